"""Nullable arrays with random elements, against Polars: evaluated, and in models with any number of rows.

Where the two differ, the oracle says so: Polars sorts nulls first, ``is_in`` is null for a null, and NaN equals
itself and is the largest number, so that numbers are compared without NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp import nulls

pl = pytest.importorskip("polars", reason="`make test` installs polars")

Function = Callable[[Any, Any], Any]
Pairs = dict[str, tuple[Function, Function]]

POOLS: dict[str, tuple[str, list[Any]]] = {
    "Boolean": ("bool?", [None, True, False]),
    "Int64": ("int64?", [None, 0, 1, -1, 7, 7, -100, 2**40]),
    "Int8": ("int8?", [None, 0, 1, -1, 7, 7, -11]),
    "Float64": ("float64?", [None, 0.0, 1.5, -2.5, 3.0, 3.0, 1e6, 0.25]),
    "String": ("string?", [None, "", "a", "b", "ä", "ab", "B", "😀"]),
}


def choose(condition: Any, then: Any, otherwise: Any) -> Any:
    return pl.select(pl.when(condition).then(then).otherwise(otherwise)).to_series()


def order(s: Any, descending: bool = False) -> Any:
    """Return positions in order; those of nulls are the last."""
    frame = s.to_frame("a").with_row_index("i")
    return frame.sort("a", descending=descending, nulls_last=True, maintain_order=True)["i"]


def value_counts(s: Any) -> Any:
    return s.to_frame("a").group_by("a").len().sort("a", nulls_last=True)["len"]


OF_ALL: Pairs = {
    "equal": (lambda x, y: x == y, lambda s, t: s == t),
    "not equal": (lambda x, y: x != y, lambda s, t: s != t),
    "same": (lambda x, y: nulls.same(x, y), lambda s, t: s.eq_missing(t)),
    "isnull": (lambda x, y: nulls.isnull(x), lambda s, t: s.is_null()),
    "count": (lambda x, y: nulls.count(x), lambda s, t: s.count()),
    "coalesce": (
        lambda x, y: nulls.coalesce(x, y),
        lambda s, t: pl.select(pl.coalesce(s, t)).to_series(),
    ),
    "where": (lambda x, y: xp.where(x == y, x, y[::-1]), lambda s, t: choose(s == t, s, t[::-1])),
    "mask": (lambda x, y: x[x == y], lambda s, t: s.filter(s == t)),
    "sort": (lambda x, y: xp.sort(x), lambda s, t: s.sort(nulls_last=True)),
    "sort downwards": (
        lambda x, y: xp.sort(x, descending=True),
        lambda s, t: s.sort(descending=True, nulls_last=True),
    ),
    "argsort": (lambda x, y: xp.argsort(x), lambda s, t: order(s)),
    "argsort downwards": (
        lambda x, y: xp.argsort(x, descending=True),
        lambda s, t: order(s, descending=True),
    ),
    "unique": (lambda x, y: xp.unique_values(x), lambda s, t: s.unique().sort(nulls_last=True)),
    "value counts": (lambda x, y: xp.unique_counts(x)[1], lambda s, t: value_counts(s)),
    "isin": (
        lambda x, y: xp.isin(x, y),
        lambda s, t: s.is_in(t.drop_nulls().implode()).fill_null(False),
    ),
    "concat": (lambda x, y: xp.concat([x, y]), lambda s, t: pl.concat([s, t])),
    "flip": (lambda x, y: x[::-1], lambda s, t: s.reverse()),
}
OF_TRUTH: Pairs = {
    "and": (lambda x, y: x & y, lambda s, t: s & t),
    "or": (lambda x, y: x | y, lambda s, t: s | t),
    "xor": (lambda x, y: x ^ y, lambda s, t: s ^ t),
    "not": (lambda x, y: ~x, lambda s, t: ~s),
    "any": (lambda x, y: xp.any(x), lambda s, t: s.any()),
    "all": (lambda x, y: xp.all(x), lambda s, t: s.all()),
    "any of Kleene": (
        lambda x, y: xp.any(x, skipna=False),
        lambda s, t: s.any(ignore_nulls=False),
    ),
    "all of Kleene": (
        lambda x, y: xp.all(x, skipna=False),
        lambda s, t: s.all(ignore_nulls=False),
    ),
    "number of true ones": (lambda x, y: xp.sum(xp.astype(x, "int64?")), lambda s, t: s.sum()),
}
OF_NUMBERS: Pairs = {
    "add": (lambda x, y: x + y, lambda s, t: s + t),
    "subtract": (lambda x, y: x - y, lambda s, t: s - t),
    "multiply": (lambda x, y: x * y, lambda s, t: s * t),
    "divide": (lambda x, y: x / y, lambda s, t: s / t),
    "less": (lambda x, y: x < y, lambda s, t: s < t),
    "at least": (lambda x, y: x >= y, lambda s, t: s >= t),
    "larger": (
        lambda x, y: xp.maximum(x, y),
        lambda s, t: choose(s.is_null() | t.is_null(), None, choose(s > t, s, t)),
    ),
    "sum": (lambda x, y: xp.sum(x), lambda s, t: s.sum()),
    "mean": (lambda x, y: xp.mean(xp.astype(x, "float64?")), lambda s, t: s.mean()),
    "var": (lambda x, y: xp.var(xp.astype(x, "float64?")), lambda s, t: s.var(ddof=0)),
    "median": (lambda x, y: np.median(x), lambda s, t: s.median()),
    "min": (lambda x, y: xp.min(x), lambda s, t: s.min()),
    "max": (lambda x, y: xp.max(x), lambda s, t: s.max()),
    "argmin": (lambda x, y: xp.argmin(x), lambda s, t: s.arg_min()),
    "argmax": (lambda x, y: xp.argmax(x), lambda s, t: s.arg_max()),
    "cumulative_sum": (lambda x, y: xp.cumulative_sum(x), lambda s, t: s.cum_sum()),
    "diff": (lambda x, y: xp.diff(x), lambda s, t: s.diff()[1:]),
    "clip": (lambda x, y: xp.clip(x, -1, 2), lambda s, t: s.clip(-1, 2)),
    "abs": (lambda x, y: abs(x), lambda s, t: s.abs()),
    "negative": (lambda x, y: -x, lambda s, t: -s),
    "sign": (lambda x, y: xp.sign(x), lambda s, t: s.sign()),
    "truth": (lambda x, y: xp.astype(x, "bool?"), lambda s, t: s.cast(pl.Boolean)),
}
TABLE = {0: 1.5, 7: 2.5}
OF_INTEGERS: Pairs = {
    "floor_divide": (
        lambda x, y: x // xp.where(y == 0, 1, y),
        lambda s, t: s // choose(t == 0, 1, t),
    ),
    "remainder": (lambda x, y: x % xp.where(y == 0, 1, y), lambda s, t: s % choose(t == 0, 1, t)),
    "text": (lambda x, y: xp.astype(x, "string?"), lambda s, t: s.cast(pl.String)),
    "map": (
        lambda x, y: xp.map(x, TABLE),
        lambda s, t: choose(s.is_null(), None, s.replace_strict(TABLE, default=float("nan"))),
    ),
}
OF_TEXT: Pairs = {
    "join": (lambda x, y: x + y, lambda s, t: s + t),
    "upper": (lambda x, y: np.strings.upper(x), lambda s, t: s.str.to_uppercase()),
    "length": (lambda x, y: np.strings.str_len(x), lambda s, t: s.str.len_chars()),
    "startswith": (
        lambda x, y: np.strings.startswith(x, "a"),
        lambda s, t: s.str.starts_with("a"),
    ),
}
PAIRS: dict[str, Pairs] = {
    "Boolean": {name: OF_ALL[name] for name in OF_ALL if "sort" not in name} | OF_TRUTH,
    "Int64": OF_ALL | OF_NUMBERS | OF_INTEGERS,
    "Int8": OF_ALL | {name: OF_NUMBERS[name] for name in ("less", "larger", "min", "argmax")},
    "Float64": OF_ALL | OF_NUMBERS,
    "String": OF_ALL | OF_TEXT,
}


def listed(result: Any) -> list[Any]:
    """Return elements, None for nulls."""
    if isinstance(result, xp.Array):
        result = np.ma.asarray(result) if result.dtype.is_nullable else np.asarray(result)
    if isinstance(result, pl.Series):
        return list(result.to_list())
    values = result.tolist() if hasattr(result, "tolist") else result
    return values if isinstance(values, list) else [values]


def same(result: Any, expected: Any) -> bool:
    mine, theirs = listed(result), listed(expected)
    return len(mine) == len(theirs) and all(
        a is b
        if a is None or b is None
        else a == b or a == pytest.approx(b, rel=1e-12, abs=1e-12, nan_ok=True)
        for a, b in zip(mine, theirs, strict=True)
    )


@cache
def model(kind: str) -> xp.Program:
    """Return a model of all functions, written and read again."""
    spec = f"{POOLS[kind][0]}[N]"
    program = xp.trace(lambda x, y: [ours(x, y) for ours, _ in PAIRS[kind].values()], spec, spec)
    return xp.load(bytes(program))


@st.composite
def columns(draw: st.DrawFn, kind: str) -> list[tuple[Any, Any]]:
    element = st.sampled_from(POOLS[kind][1])
    return draw(st.lists(st.tuples(element, element), min_size=1, max_size=6))


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind,
            marks=pytest.mark.skipif(
                kind == "String" and not hasattr(np.strings.upper, "_implementation"),
                reason="functions of numpy 2.0 for text take no other arrays",
            ),
        )
        for kind in PAIRS
    ],
)
@settings(max_examples=8)
@example(data=None)
@given(data=st.data())
def test_results_are_those_of_polars(kind: str, data: st.DataObject | None) -> None:
    rows = data.draw(columns(kind)) if data is not None else [(None, None), (None, None)]
    columns_ = [[row[i] for row in rows] for i in range(2)]
    s, t = (pl.Series(values, dtype=getattr(pl, kind)) for values in columns_)
    x, y = (xp.asarray(column, dtype=POOLS[kind][0]) for column in (s, t))
    of_model = model(kind)(x, y)
    for (name, (ours, theirs)), traced in zip(PAIRS[kind].items(), of_model, strict=True):
        expected = theirs(s, t)
        for result in (ours(x, y), traced):
            assert same(result, expected), (name, listed(result), listed(expected))
