"""Operators on two nullable arrays with random elements, against Polars, whose nulls have the same rules."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp

pl = pytest.importorskip("polars", reason="`make test` installs polars")

integers = st.one_of(st.none(), st.integers(-100, 100))
numbers = st.one_of(st.none(), st.floats(-1e6, 1e6), st.just(math.nan))
truths = st.one_of(st.none(), st.booleans())
texts = st.one_of(st.none(), st.sampled_from(["", "a", "b", "ä", "ab"]))
ELEMENTS = {"Int64": integers, "Float64": numbers, "Boolean": truths, "String": texts}


def pair(values: list[Any], kind: str) -> tuple[xp.Array, Any]:
    series = pl.Series(values, dtype=getattr(pl, kind))
    return xp.asarray(series), series


def same(result: Any, expected: Any) -> bool:
    mine = (
        np.ma.asarray(result).tolist() if result.dtype.is_nullable else np.asarray(result).tolist()
    )
    theirs = expected.to_list() if isinstance(expected, pl.Series) else expected
    mine, theirs = (x if isinstance(x, list) else [x] for x in (mine, theirs))
    return len(mine) == len(theirs) and all(
        a is b is None or (a is not None and b is not None and a == pytest.approx(b, nan_ok=True))
        if not isinstance(a, str)
        else a == b
        for a, b in zip(mine, theirs, strict=True)
    )


OF_TWO: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "add": ("Int64", lambda x, y: x + y),
    "subtract": ("Float64", lambda x, y: x - y),
    "multiply": ("Int64", lambda x, y: x * y),
    "less": ("Int64", lambda x, y: x < y),
    "equal": ("String", lambda x, y: x == y),
    "not_equal": ("Int64", lambda x, y: x != y),
    "and": ("Boolean", lambda x, y: x & y),
    "or": ("Boolean", lambda x, y: x | y),
    "xor": ("Boolean", lambda x, y: x ^ y),
    "join": ("String", lambda x, y: x + y),
}


@pytest.mark.parametrize("name", OF_TWO)
@settings(max_examples=20)
@given(data=st.data())
def test_functions_of_two(name: str, data: st.DataObject) -> None:
    kind, function = OF_TWO[name]
    rows = data.draw(st.lists(st.tuples(ELEMENTS[kind], ELEMENTS[kind]), min_size=1, max_size=6))
    (x, s), (y, t) = (pair([row[i] for row in rows], kind) for i in range(2))
    assert same(function(x, y), function(s, t))
