"""Categories with random labels, against pandas, and against numpy on their codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp

LABELS = ("S", "M", "L", "XL")
elements = st.sampled_from([*LABELS, None])
lists = st.lists(elements, max_size=8)
filled = st.lists(elements, min_size=1, max_size=8)


def ours(values: list[Any]) -> xp.Array:
    return xp.asarray(values, dtype=xp.category(LABELS, ordered=True))


def theirs(values: list[Any]) -> pd.Series:
    return pd.Series(pd.Categorical(values, LABELS, ordered=True))


def listed(result: Any) -> list[Any]:
    """Return elements, None for those that are missing."""
    if isinstance(result, pd.Series):
        return [None if pd.isna(value) else value for value in result.tolist()]
    return [None if value == "" else value for value in np.asarray(result).ravel().tolist()]


OF_ONE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sort": (xp.sort, lambda s: s.sort_values(na_position="last")),
    "flip": (xp.flip, lambda s: s[::-1]),
    "isnull": (xp.nulls.isnull, lambda s: s.isna()),
    "fill_null": (lambda x: xp.nulls.fill_null(x, "M"), lambda s: s.fillna("M")),
    "isin": (
        lambda x: xp.isin(x, xp.asarray(["S", "L"], dtype=x.dtype)),
        lambda s: s.isin(["S", "L"]),
    ),
    "codes": (lambda x: xp.astype(x, xp.int64), lambda s: s.cat.codes),
    "map": (
        lambda x: xp.map(x, {"S": "a", "M": "b"}, default=""),
        lambda s: s.map({"S": "a", "M": "b"}),
    ),
    "equal": (lambda x: x == "M", lambda s: s == "M"),
    "less": (lambda x: x < "L", lambda s: s < "L"),
    "at least": (lambda x: x >= "M", lambda s: s >= "M"),
    "mask": (lambda x: x[x > "S"], lambda s: s[s > "S"]),
    "unique": (xp.unique_values, lambda s: pd.Series(s.unique()).sort_values(na_position="last")),
    "repeat": (lambda x: xp.repeat(x, 2), lambda s: s.repeat(2)),
}


@pytest.mark.parametrize("name", OF_ONE)
@settings(max_examples=20)
@given(values=lists)
def test_functions_of_one(name: str, values: list[Any]) -> None:
    function, expected = OF_ONE[name]
    assert listed(function(ours(values))) == listed(expected(theirs(values)))


@pytest.mark.parametrize("name", ["min", "max"])
@settings(max_examples=20)
@given(values=filled)
def test_extremes(name: str, values: list[Any]) -> None:
    expected = getattr(theirs(values), name)()
    assert listed(getattr(xp, name)(ours(values))) == [None if pd.isna(expected) else expected]


@settings(max_examples=30)
@given(st.lists(st.tuples(elements, elements, st.booleans()), max_size=8))
def test_functions_of_two(rows: list[tuple[Any, Any, bool]]) -> None:
    a, b = ([row[i] for row in rows] for i in range(2))
    chosen = np.array([row[2] for row in rows], bool)
    x, y, s, t = ours(a), ours(b), theirs(a), theirs(b)
    assert listed(xp.where(xp.asarray(chosen), x, y)) == listed(s.where(chosen, t))
    assert listed(xp.concat([x, y])) == a + b
    assert listed(xp.nulls.coalesce(x, y)) == listed(s.where(s.notna(), t))
    assert listed(x == y) == (s == t).tolist()
    assert listed(x < y) == (s < t).tolist()


@settings(max_examples=20)
@given(values=lists, queries=lists)
def test_searchsorted(values: list[Any], queries: list[Any]) -> None:
    present = sorted((v for v in values if v is not None), key=LABELS.index)
    wanted = [v for v in queries if v is not None]
    codes = [LABELS.index(v) for v in present]
    expected = np.searchsorted(codes, [LABELS.index(v) for v in wanted])
    result = xp.searchsorted(ours(present), ours(wanted))
    assert np.asarray(result).tolist() == expected.tolist()


@settings(max_examples=20)
@given(values=lists, labels=st.permutations(LABELS), kept=st.integers(1, 4))
def test_recode(values: list[Any], labels: list[str], kept: int) -> None:
    dtype = xp.category(labels[:kept])
    expected = theirs(values).cat.set_categories(labels[:kept])
    result = xp.recode(ours(values), dtype)
    assert listed(result) == listed(expected)
    assert np.asarray(xp.astype(result, xp.int64)).tolist() == expected.cat.codes.tolist()
