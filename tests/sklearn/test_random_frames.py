"""Models of random functions of data frames give what pandas gives, or an error refuses the function.

``make fuzz SECONDS=600`` makes other functions for a part of that time; ``make test`` makes the same ones.
"""

from __future__ import annotations

from typing import Any

import pytest

from onnxp.sklearn import _strings
from onnxp.sklearn._column import Column
from tests.helpers import frame_programs, fuzzing

GROUPS = 8
EACH = 20


def _complaint(seed: int) -> str | None:
    source = frame_programs.random_function(seed)
    complaint = frame_programs.complaint(source)
    if complaint:
        complaint = f"seed {seed}:\n{frame_programs.complaint(frame_programs.shrunk(source))}"
    return complaint


@pytest.mark.parametrize("group", range(GROUPS))
def test_random_functions(group: int) -> None:
    if fuzzing.SECONDS:
        for seed in fuzzing.seeds("frames", GROUPS):
            complaint = _complaint(seed)
            assert not complaint, complaint
        return
    complaints = [_complaint(seed) for seed in range(group * EACH, (group + 1) * EACH)]
    assert not any(complaints), "\n\n".join(filter(None, complaints))
    assert complaints.count(None) <= EACH / 4, "too many are refused to say much"


def _swapped(monkeypatch: pytest.MonkeyPatch) -> None:
    where = Column.where
    monkeypatch.setattr(Column, "mask", where)


def _nothing_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Column, "fillna", lambda self, value: self)


def _length(monkeypatch: pytest.MonkeyPatch) -> None:
    length = _strings.length
    monkeypatch.setattr(_strings, "length", lambda x: length(x) + 1)


def _open_range(monkeypatch: pytest.MonkeyPatch) -> None:
    def between(self: Any, left: Any, right: Any, inclusive: str = "both") -> Any:
        return (self >= left) & (self < right)

    monkeypatch.setattr(Column, "between", between)


@pytest.mark.parametrize("fault", [_swapped, _nothing_filled, _length, _open_range])
def test_the_fuzzer_finds_a_fault(fault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    sources = map(frame_programs.random_function, range(150))
    assert any(frame_programs.complaint(source) for source in sources)


def test_functions_have_all_templates() -> None:
    sources = "".join(frame_programs.random_function(seed) for seed in range(2000))
    for name in (
        "str.extract",
        "dt.strftime",
        "np.select",
        "pd.concat",
        ".pipe(",
        "pd.NaT",
        "axis=1",
    ):
        assert name in sources
