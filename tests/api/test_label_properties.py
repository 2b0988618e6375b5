"""Categories with random elements, against pandas: evaluated, and in models with any number of rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import OnnxpError

LABELS = {
    "sizes": ("S", "M", "L", "XL"),
    "backwards": ("b", "ab", "a"),
    "other letters": ("日本", "é", "a, b", "ß "),
    "one": ("only",),
}
Function = Callable[..., Any]


def dtype_of(name: str, ordered: bool) -> xp.DType:
    return xp.category(LABELS[name], ordered=ordered)


def panda(values: list[Any], name: str, ordered: bool) -> pd.Series:
    return pd.Series(pd.Categorical(values, LABELS[name], ordered=ordered))


def listed(result: Any) -> list[Any]:
    """Return elements, None for those that are missing."""
    if isinstance(result, xp.Array | np.ndarray):
        flat = np.asarray(result).ravel().tolist()
        return [None if value == "" or value != value else value for value in flat]
    values = result.tolist() if hasattr(result, "tolist") else result
    return [
        None if pd.isna(value) else value
        for value in (values if isinstance(values, list) else [values])
    ]


def counts(s: pd.Series) -> pd.Series:
    """Return how often each label occurs that does, in their order."""
    found = s.value_counts(sort=False).sort_index()
    return found[found > 0]


def positions(s: pd.Series) -> Any:
    return pd.Categorical(s).argsort(kind="stable", na_position="last")


# Functions of two columns and a mask: ours of arrays, and what pandas says. The first and the last label are
# those of the dtype.

ALWAYS: dict[str, tuple[Function, Function]] = {
    "equal": (lambda x, y, b: x == y, lambda s, t, b: s == t),
    "not equal": (lambda x, y, b: x != y, lambda s, t, b: s != t),
    "equal to a label": (lambda x, y, b: x == first(x), lambda s, t, b: s == first(s)),
    "not the label": (lambda x, y, b: first(x) != x, lambda s, t, b: first(s) != s),
    "equal to no label": (lambda x, y, b: x == "none of them", lambda s, t, b: s == "none of them"),
    "not no label": (lambda x, y, b: x != "none of them", lambda s, t, b: s != "none of them"),
    "isin": (lambda x, y, b: xp.isin(x, y), lambda s, t, b: s.isin(t.dropna())),
    "isin labels": (lambda x, y, b: np.isin(x, [first(x)]), lambda s, t, b: s.isin([first(s)])),
    "is one of others": (
        lambda x, y, b: np.isin(x, [first(x), "none of them"]),
        lambda s, t, b: s.isin([first(s), "none of them"]),
    ),
    "sort": (lambda x, y, b: xp.sort(x), lambda s, t, b: s.sort_values(na_position="last")),
    "sort downwards": (
        lambda x, y, b: xp.sort(x, descending=True),
        lambda s, t, b: s.sort_values(na_position="last", ascending=False),
    ),
    "argsort": (lambda x, y, b: xp.argsort(x), lambda s, t, b: positions(s)),
    "unique": (
        lambda x, y, b: xp.unique_values(x),
        lambda s, t, b: pd.Series(s.unique()).sort_values(na_position="last"),
    ),
    "labels that occur": (
        lambda x, y, b: xp.unique_counts(x[~xp.nulls.isnull(x)])[0],
        lambda s, t, b: counts(s).index,
    ),
    "value counts": (
        lambda x, y, b: xp.unique_counts(x[~xp.nulls.isnull(x)])[1],
        lambda s, t, b: counts(s),
    ),
    "where": (lambda x, y, b: xp.where(b, x, y), lambda s, t, b: s.where(b, t)),
    "where a label": (
        lambda x, y, b: np.where(b, x, first(x)),
        lambda s, t, b: s.where(b, first(s)),
    ),
    "concat": (lambda x, y, b: xp.concat([x, y]), lambda s, t, b: pd.concat([s, t])),
    "mask": (lambda x, y, b: x[b], lambda s, t, b: s[b]),
    "rows of a label": (lambda x, y, b: y[x == first(x)], lambda s, t, b: t[s == first(s)]),
    "flip": (lambda x, y, b: x[::-1], lambda s, t, b: s[::-1]),
    "repeat": (lambda x, y, b: xp.repeat(x, 2), lambda s, t, b: s.repeat(2)),
    "take": (lambda x, y, b: xp.take(x, xp.argsort(y)), lambda s, t, b: s.iloc[positions(t)]),
    "map": (
        lambda x, y, b: xp.map(x, {first(x): 1.5}),
        lambda s, t, b: s.map({first(s): 1.5}).astype(float),
    ),
    "map of other text": (
        lambda x, y, b: xp.map(x, {"none of them": 0.5, last(x): 1.5}),
        lambda s, t, b: s.map({"none of them": 0.5, last(s): 1.5}).astype(float),
    ),
    "map to text": (
        lambda x, y, b: xp.map(x, {last(x): "a"}, default=""),
        lambda s, t, b: s.map({last(s): "a"}),
    ),
    "codes": (lambda x, y, b: xp.astype(x, xp.int64), lambda s, t, b: s.cat.codes),
    "text": (lambda x, y, b: xp.astype(x, xp.string), lambda s, t, b: s.astype(object)),
    "missing": (lambda x, y, b: xp.nulls.isnull(x), lambda s, t, b: s.isna()),
    "count": (lambda x, y, b: xp.nulls.count(x), lambda s, t, b: s.count()),
    "fill": (lambda x, y, b: xp.nulls.fill_null(x, first(x)), lambda s, t, b: s.fillna(first(s))),
    "coalesce": (lambda x, y, b: xp.nulls.coalesce(x, y), lambda s, t, b: s.fillna(t)),
    "same": (
        lambda x, y, b: xp.nulls.same(x, y),
        lambda s, t, b: (s == t) | (s.isna() & t.isna()),
    ),
    "assign": (lambda x, y, b: put(x, b, last(x)), lambda s, t, b: s.mask(b, last(s))),
    "recode": (
        lambda x, y, b: xp.recode(x, xp.category((last(x), "new"))),
        lambda s, t, b: s.cat.set_categories([last(s), "new"]),
    ),
    "codes of other labels": (
        lambda x, y, b: xp.astype(xp.recode(x, xp.category(("new", last(x)))), xp.int64),
        lambda s, t, b: s.cat.set_categories(["new", last(s)]).cat.codes,
    ),
}
OF_ORDERED: dict[str, tuple[Function, Function]] = {
    "less": (lambda x, y, b: x < y, lambda s, t, b: s < t),
    "less or equal": (lambda x, y, b: x <= y, lambda s, t, b: s <= t),
    "less than a label": (lambda x, y, b: x < last(x), lambda s, t, b: s < last(s)),
    "at least a label": (lambda x, y, b: x >= first(x), lambda s, t, b: s >= first(s)),
    "label before": (lambda x, y, b: first(x) < x, lambda s, t, b: first(s) < s),
}
OF_ROWS: dict[str, tuple[Function, Function]] = {
    "min": (lambda x, y, b: xp.min(x), lambda s, t, b: s.min()),
    "max": (lambda x, y, b: xp.max(x), lambda s, t, b: s.max()),
}


def labels_of(x: Any) -> tuple[str, ...]:
    return tuple(x.cat.categories if isinstance(x, pd.Series) else x.dtype.categories)


def first(x: Any) -> str:
    return labels_of(x)[0]


def last(x: Any) -> str:
    return labels_of(x)[-1]


def put(x: xp.Array, key: Any, value: Any) -> xp.Array:
    result = x.copy()
    result[key] = value
    return result


def functions(ordered: bool, rows: int) -> dict[str, tuple[Function, Function]]:
    return {**ALWAYS, **(OF_ORDERED if ordered else {}), **(OF_ROWS if ordered and rows else {})}


@cache
def model(name: str, ordered: bool, some_rows: bool) -> xp.Program:
    """Return a model of all functions, written and read again."""
    chosen = functions(ordered, rows=int(some_rows))
    rows = "N" if some_rows else "N>=0"
    column = xp.spec(rows, dtype_of(name, ordered))
    program = xp.trace(
        lambda x, y, b: [ours(x, y, b) for ours, _ in chosen.values()],
        column,
        column,
        xp.spec(rows, xp.bool),
        translate_numpy=False,
    )
    return xp.load(bytes(program))


@st.composite
def columns(draw: st.DrawFn) -> tuple[str, bool, list[tuple[Any, Any, bool]]]:
    name = draw(st.sampled_from(list(LABELS)))
    element = st.sampled_from([*LABELS[name], None])
    rows = draw(st.lists(st.tuples(element, element, st.booleans()), max_size=7))
    return name, draw(st.booleans()), rows


@settings(max_examples=40)
@example(("sizes", True, []))
@example(("sizes", True, [(None, None, True)]))
@example(("sizes", True, [(None, "S", True), (None, "S", False)]))
@given(columns())
def test_results_are_those_of_pandas(case: tuple[str, bool, list[tuple[Any, Any, bool]]]) -> None:
    name, ordered, rows = case
    a, b = ([row[i] for row in rows] for i in range(2))
    chosen = np.array([row[2] for row in rows], bool)
    x, y = (xp.asarray(values, dtype=dtype_of(name, ordered)) for values in (a, b))
    s, t = (panda(values, name, ordered) for values in (a, b))
    pairs = functions(ordered, len(rows))
    expected = {key: listed(theirs(s, t, chosen)) for key, (_, theirs) in pairs.items()}
    evaluated = {key: listed(ours(x, y, xp.asarray(chosen))) for key, (ours, _) in pairs.items()}
    assert evaluated == expected
    of_model = model(name, ordered, some_rows=bool(rows))(x, y, chosen)
    assert dict(zip(pairs, map(listed, of_model), strict=True)) == expected


OTHERS = ("L", "XXL")
REFUSED: dict[str, tuple[bool, Function, Function]] = {
    "order of labels without one": (False, lambda x: x < x[::-1], lambda s: s < s[::-1]),
    "order by a label": (False, lambda x: x < "M", lambda s: s < "M"),
    "minimum without an order": (False, lambda x: xp.min(x), lambda s: s.min()),
    "order by no label": (True, lambda x: x < "XXL", lambda s: s < "XXL"),
    "fill by no label": (
        True,
        lambda x: xp.nulls.fill_null(x, "XXL"),
        lambda s: s.fillna("XXL"),
    ),
    "where no label": (
        True,
        lambda x: np.where(x == "S", x, "XXL"),
        lambda s: s.where(s == "S", "XXL"),
    ),
    "assign no label": (True, lambda x: put(x, 0, "XXL"), lambda s: s.__setitem__(0, "XXL")),
    "equal to other labels": (
        True,
        lambda x: x == xp.recode(x, xp.category(OTHERS)),
        lambda s: s == s.cat.set_categories(OTHERS),
    ),
    "add": (True, lambda x: x + x, lambda s: s + s),
    "sum": (True, lambda x: xp.sum(x), lambda s: s.sum()),
    "abs": (True, lambda x: abs(x), lambda s: abs(s)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_pandas_refuses_is_refused(name: str) -> None:
    """pandas compares labels in another order, and joins others as objects, which are refused here."""
    ordered, ours, theirs = REFUSED[name]
    values = ["S", None, "L"]
    with pytest.raises((TypeError, ValueError)):
        theirs(panda(values, "sizes", ordered))
    with pytest.raises(OnnxpError):
        ours(xp.asarray(values, dtype=dtype_of("sizes", ordered)))
    with pytest.raises(OnnxpError):
        xp.trace(ours, xp.spec("N", dtype_of("sizes", ordered)))
