"""Every function with every dtype beyond the standard: right in all ways, or refused alike in all of them.

The calls are those of the table in the documentation, and the oracle computes one element at a time, by numpy.
``make fuzz`` tries more dtypes, and other arrays each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

import onnxp as xp
from benchmarks import dtype_calls
from benchmarks.dtypes import samples
from onnxp.errors import OnnxpError
from tests.helpers import fuzzing
from tests.helpers.every_way import Calls, flattened

HEADS = tuple(dtype_calls.ELEMENTS)
UNCHECKED = ("empty_like", "can_cast", "finfo", "iinfo", "isdtype", "result_type")
"""Functions without elements to compare."""
NOT_OF_ALL = ("linalg.cholesky", "linalg.inv", "linalg.solve")
"""Functions that fail for some numbers."""


@cache
def calls(head: str) -> Calls:
    left_out = (*UNCHECKED, *NOT_OF_ALL) if dtype_calls.is_stored(head) else UNCHECKED
    table = dtype_calls.calls(head).items()
    return Calls(head, [call for name, row in table if name not in left_out for call in row])


def test_every_function_has_calls() -> None:
    tried = dtype_calls.CALLS.keys() | dtype_calls.TAKE_NO_ARRAYS
    assert set(dtype_calls.functions()) - tried == set()


def check(head: str, rows: int, seed: int, *, static: bool = False) -> None:
    complaints = calls(head).check(rows, seed, static=static)
    assert not complaints, "\n".join([f"{head}, {rows} rows, seed {seed}:", *complaints])


@pytest.mark.parametrize("head", HEADS)
@settings(max_examples=2, phases=[Phase.explicit, Phase.generate])  # a seed cannot be simpler
@example(rows=0, seed=0)
@example(rows=1, seed=1)
@given(rows=st.integers(2, 7), seed=st.integers(0, 2**20))
def test_results(head: str, rows: int, seed: int) -> None:
    """Evaluated, and in models with symbolic sizes and a static one, which were written and read."""
    check(head, rows, seed, static=rows == 1)


if fuzzing.SECONDS:

    @pytest.mark.parametrize("head", [*HEADS, *dtype_calls.MORE])
    def test_more_results(head: str) -> None:
        for seed in fuzzing.seeds("dtypes", len(HEADS) + len(dtype_calls.MORE)):
            check(head, seed % 8, seed, static=seed % 8 == 2)


FAULTS: dict[str, tuple[str, str, str, Callable[..., Any]]] = {
    "order": ("datetime64", "xp.sort(x)", "_src.api.sorting.from_order", lambda x, dtype: x),
    "nulls": (
        "int64?",
        "xp.add(x, y)",
        "_src.lowering.nulls.either",
        lambda null_masks, shape: null_masks[0],
    ),
    "labels": ("ordered", "xp.argsort(x)", "_src.api.sorting.in_order", lambda x, dtype: x),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    head, call, place, wrong = FAULTS[name]
    assert Calls(head, [call]).check(7, 1) == []
    monkeypatch.setattr(f"onnxp.{place}", wrong)
    assert Calls(head, [call]).check(7, 1) != []


@pytest.mark.parametrize("head", [head for head in HEADS if head.endswith("?")])
def test_nullable_results_have_the_dtypes_of_plain_ones(head: str) -> None:
    nullable = samples()[head]
    plain = {
        name: xp.nulls.get_data(x) if x.dtype.is_nullable else x for name, x in nullable.items()
    }
    for call in calls(head).groups.any_rows:
        found, expected = (
            [x.dtype.plain for x in flattened(dtype_calls.run(call, inputs))]
            for inputs in (nullable, plain)
        )
        assert found == expected, call


# What is refused


ADVICE = re.compile(
    r"(?:; write|; fill the nulls by|; recode it, as in) "
    r"((?:xp|np)\.(?!.*(?: on one of| in place of|\.\.\.)).*?)"
    r"(?= for |, or |;|$)"
)


def followed(message: str, x: xp.Array) -> xp.Array:
    """Return what a message says to write for an array."""
    advice = ADVICE.search(message)
    if advice is None:
        return x
    value = "" if x.dtype.plain.family == "string" else 0
    return eval(advice[1], {"xp": xp, "np": np, "x": x, "value": value})


def refusals(head: str, messages: dict[str, str]) -> dict[str, str]:
    """Return why calls are refused with traced arrays of what messages say to write for them."""
    inputs = samples()[head]
    is_stored = dtype_calls.is_stored(head)
    refused: dict[str, str] = {}

    def function(**traced: Any) -> Any:
        for call, message in messages.items():
            arrays = inputs | traced
            try:
                arrays |= {
                    name: followed(message, arrays[name]) for name in ("x", "y", "m", "c", "q")
                }
                dtype_calls.run(call, arrays)
            except OnnxpError as error:
                refused[call] = str(error).partition("\n")[0]
        return traced["n"] + 0

    specs = {
        name: xp.spec(dtype_calls.shape_of(name, "N"), dtype_calls.dtype_of(head, name))
        for name in inputs
        if name in dtype_calls.OTHERS or not is_stored
    }
    xp.trace(function, translate_numpy=False, **specs)
    return refused


@pytest.mark.parametrize("head", HEADS)
def test_models_refuse_the_same(head: str) -> None:
    refused = calls(head).groups.refused
    assert refusals(head, dict.fromkeys(refused, "")) == refused


SAID = (
    "; define it by",
    "; take a part of",
    "; points in time are compared",
    "; compare the elements",
    "; add a point in time",
    "is declared as datetime64[s]",
    "on one of them",
    "for the order of text",
    "map labels to numbers by",
    "Pair.of",
    "xp.recode(codes, dtype)",
    "return integers",
    "not a complex",
)
"""What else messages advise."""


@pytest.mark.parametrize("head", HEADS)
def test_refusals_say_what_to_write(head: str) -> None:
    """What a message says to write is taken."""
    refused = calls(head).groups.refused
    silent = {call: why for call, why in refused.items() if not ADVICE.search(why)}
    assert [why for why in silent.values() if not any(said in why for said in SAID)] == []
    again = refusals(head, {call: why for call, why in refused.items() if "imag" not in call})
    assert {call: why for call, why in again.items() if call not in silent} == {}
