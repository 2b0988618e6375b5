"""Random programs of the standard give numpy's results: evaluated, and exported at two levels of optimisation.

``make fuzz SECONDS=600`` runs other programs for as long as that, and ``make test`` the same few hundred.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from onnxp._src import ops
from onnxp._src.lowering.elementwise.table import ELEMENTWISE
from tests.helpers import fuzzing, programs

GROUPS = 8
EACH = 40


def _complaint(seed: int) -> str:
    program = programs.random_program(np.random.default_rng(seed))
    try:
        found = programs.complaint(program)
    except Exception as error:
        found = f"{program!r}\n{type(error).__name__}: {error}"
    return found and f"seed {seed}:\n{found}"


@pytest.mark.parametrize("group", range(GROUPS))
def test_random_programs(group: int) -> None:
    if fuzzing.SECONDS:
        for seed in fuzzing.seeds("programs", GROUPS):
            complaint = _complaint(seed)
            assert not complaint, complaint
        return
    complaints = [_complaint(seed) for seed in range(group * EACH, (group + 1) * EACH)]
    assert not any(complaints), "\n\n".join(filter(None, complaints))


# The fuzzer itself: it finds faults that are put back


def _finds(count: int) -> bool:
    return any(_complaint(seed) for seed in range(count))


def _without_the_last(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an elementwise function return its first operand."""
    monkeypatch.setattr(ELEMENTWISE[name], "real", lambda x, *_: x)


def _wrong_negative_index(monkeypatch: pytest.MonkeyPatch) -> None:
    gather = ops.gather

    def wrong(x: Any, indices: Any, axis: int) -> Any:
        return gather(x, ops.max_(indices, ops.scalar(0, indices.dtype)), axis)

    monkeypatch.setattr(ops, "gather", wrong)


FAULTS: dict[str, Any] = {
    "negative is the identity": lambda patch: _without_the_last("negative", patch),
    "minimum is the first operand": lambda patch: _without_the_last("minimum", patch),
    "negative indices are clipped": _wrong_negative_index,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fuzzer_finds_a_fault(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[fault](monkeypatch)
    assert _finds(400)


def test_what_is_compared() -> None:
    program = programs.RandomProgram((np.arange(3.0),), (programs.Step("negative", (0,)),))
    assert programs.complaint(program) == ""
    assert "negative" in repr(program)


def test_signs_of_zeros_that_are_lost_are_not_compared() -> None:
    """Where loses the sign of the imaginary part, and the root is on the other side of the branch cut."""
    steps = [("multiply", (0, 0)), ("negative", (1,)), ("minimum", (2, 2)), ("sqrt", (3,))]
    program = programs.RandomProgram(
        (np.asarray(2.5 + 0j),), tuple(programs.Step(*step) for step in steps)
    )
    assert programs.complaint(program) == ""


def test_programs_have_all_dtypes_ranks_and_steps() -> None:
    made = [programs.random_program(np.random.default_rng(seed)) for seed in range(400)]
    assert {x.dtype.name for p in made for x in p.inputs} == set(programs.DTYPES)
    assert {x.ndim for p in made for x in p.inputs} == set(range(5))
    assert {0, 1, 2} <= {n for p in made for x in p.inputs for n in x.shape}
    assert {len(p.steps) for p in made} >= set(range(1, programs.MOST_STEPS + 1))
    missing = set(programs.STEPS) - {step.name for p in made for step in p.steps}
    assert missing == (set() if hasattr(np, "cumulative_sum") else {"cumulative_sum"})
