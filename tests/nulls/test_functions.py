"""Functions of the namespace for nullable arrays, against pandas, polars and numpy.ma.

``tests/api/test_every_dtype.py`` runs all of them in models.
"""

import math
import operator
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp import nulls
from onnxp.errors import ArgumentError, DTypeError, OnnxpError
from onnxp.testing import run_all_ways

pl = pytest.importorskip("polars", reason="`make test` installs polars")

PANDAS = {"int64": "Int64", "int8": "Int8", "float64": "Float64", "bool": "boolean"}
INTEGERS = st.lists(st.sampled_from([None, -3, 0, 1, 1, 2, 7]), min_size=1, max_size=7)
FLOATS = st.lists(st.sampled_from([None, -1.5, 0.0, 1.0, 1.0, 4.25]), min_size=1, max_size=7)
TRUTHS = st.lists(st.sampled_from([None, False, True]), min_size=1, max_size=5)
TEXTS = st.lists(st.sampled_from([None, "b", "", "a", "a", "é"]), min_size=1, max_size=6)


def masked(values: list[Any], dtype: str) -> Any:
    blank = "" if dtype == "str" else 0
    data = np.array([blank if v is None else v for v in values], dtype)
    return np.ma.masked_array(data, [v is None for v in values])


def ours(values: list[Any], dtype: str) -> xp.Array:
    return xp.asarray(masked(values, dtype))


def python(result: Any) -> Any:
    """Return a result of pandas, polars or onnxp with None for nulls."""
    if isinstance(result, pd.Series | pd.api.extensions.ExtensionArray):
        return [python(v) for v in result]
    if isinstance(result, pl.Series):
        return result.to_list()
    if result is pd.NA or result is None:
        return None
    if hasattr(result, "tolist"):
        return result.tolist()
    return result


def close(a: Any, b: Any) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(close, a, b))
    if a is None or b is None:
        return a is b
    return a == b or (isinstance(a, float) and math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12))


REDUCTIONS = {
    "sum": (xp.sum, lambda s: s.sum(), lambda s: s.sum()),
    "prod": (xp.prod, lambda s: s.prod(), lambda s: s.product()),
    "max": (xp.max, lambda s: s.max(), lambda s: s.max()),
    "min": (xp.min, lambda s: s.min(), lambda s: s.min()),
    "mean": (xp.mean, lambda s: s.mean(), lambda s: s.mean()),
    "var": (lambda x: xp.var(x, correction=1), lambda s: s.var(), lambda s: s.var()),
    "std": (lambda x: xp.std(x, correction=1), lambda s: s.std(), lambda s: s.std()),
    "count": (nulls.count, lambda s: s.count(), lambda s: s.count()),
    "argmax": (xp.argmax, None, lambda s: s.arg_max()),
    "argmin": (xp.argmin, None, lambda s: s.arg_min()),
    "cumulative_sum": (xp.cumulative_sum, lambda s: s.cumsum(), lambda s: s.cum_sum()),
    "cumulative_prod": (xp.cumulative_prod, lambda s: s.cumprod(), lambda s: s.cum_prod()),
    "sort": (xp.sort, lambda s: s.sort_values(), lambda s: s.sort(nulls_last=True)),
    "sort descending": (
        lambda x: xp.sort(x, descending=True),
        lambda s: s.sort_values(ascending=False),
        lambda s: s.sort(descending=True, nulls_last=True),
    ),
    "diff": (xp.diff, lambda s: s.diff()[1:], lambda s: s.diff()[1:]),
    "isin": (
        lambda x: xp.isin(x, xp.asarray([1, None, 2])),
        lambda s: s.isin([1, 2]),
        lambda s: s.is_in([s.dtype.to_python()(v) for v in (1, 2)]).fill_null(False),
    ),
    "comparison": (lambda x: x > 0, lambda s: s > 0, lambda s: s > 0),
    "arithmetic": (lambda x: 2 * x - 1, lambda s: 2 * s - 1, lambda s: 2 * s - 1),
}


@pytest.mark.parametrize("name", REDUCTIONS)
@settings(max_examples=8, deadline=None)
@example(values=[None, None])
@example(values=[2.0])
@example(values=[None, 1.0, None])
@given(values=FLOATS)
def test_floats(name, values):
    function, of_pandas, of_polars = REDUCTIONS[name]
    result = python(function(ours(values, "float64")))
    if of_pandas is not None:
        expected = python(of_pandas(pd.Series(values, dtype="Float64")))
        assert close(result, expected)
    expected = python(of_polars(pl.Series(values, dtype=pl.Float64)))
    assert close(result, expected)


@pytest.mark.parametrize("name", sorted(REDUCTIONS.keys() - {"mean", "var", "std"}))
@settings(max_examples=6, deadline=None)
@example(values=[None, None])
@example(values=[None, -3, None, -3])
@given(values=INTEGERS)
def test_integers(name, values):
    function, of_pandas, of_polars = REDUCTIONS[name]
    result = python(function(ours(values, "int64")))
    if of_pandas is not None:
        assert close(result, python(of_pandas(pd.Series(values, dtype="Int64"))))
    assert close(result, python(of_polars(pl.Series(values, dtype=pl.Int64))))


def test_smallest_integers_beside_nulls():
    x = np.ma.masked_array(np.array([0, -128, -128], "int8"), [1, 0, 0])

    def function(x):
        return xp.max(x), xp.argmax(x), xp.min(x), xp.argmin(x), xp.sort(x), xp.argsort(x)

    results = [r.tolist() for r in run_all_ways(function, x)]
    assert results == [-128, 1, -128, 1, [-128, -128, None], [1, 2, 0]]


def test_nan_beside_nulls():
    x = np.ma.masked_array([0.0, np.nan, 1.0, -np.inf], [1, 0, 0, 0])

    def function(x):
        return xp.max(x), xp.min(x), xp.mean(x), xp.argmax(x), xp.sort(x), xp.isnan(x)

    highest, lowest, mean, index, ordered, isnan = run_all_ways(function, x)
    assert np.isnan([highest.item(), lowest.item(), mean.item()]).all()
    assert index.item() == 1
    np.testing.assert_array_equal(ordered[:3].data, [-np.inf, 1, np.nan])
    assert ordered.mask.tolist() == [False, False, False, True]
    assert isnan.tolist() == [None, True, False, False]


@settings(max_examples=15, deadline=None)
@example(values=[None])
@example(values=[True, None])
@given(values=TRUTHS)
def test_truth(values):
    def function(x):
        return xp.any(x), xp.all(x), xp.any(x, skipna=False), xp.all(x, skipna=False)

    results = [python(r) for r in function(ours(values, "bool"))]
    of_pandas = pd.array(values, dtype="boolean")
    of_polars = pl.Series(values, dtype=pl.Boolean)
    expected = [f(skipna=s) for s in (True, False) for f in (of_pandas.any, of_pandas.all)]
    assert results == list(map(python, expected))
    expected = [f(ignore_nulls=s) for s in (True, False) for f in (of_polars.any, of_polars.all)]
    assert results == expected


@settings(max_examples=15, deadline=None)
@example(values=[None])
@example(values=["b", None, "a", None])
@given(values=TEXTS)
def test_sets_of_text(values):
    check_sets(values, "str")


@settings(max_examples=15, deadline=None)
@example(values=[None])
@example(values=[1, None, 1, None])
@given(values=INTEGERS)
def test_sets_of_integers(values):
    check_sets(values, "int64")


def check_sets(values, dtype):
    def function(x):
        return (*xp.unique_all(x), xp.unique_values(x), *xp.unique_counts(x), *xp.unique_inverse(x))

    results = [python(r) for r in function(ours(values, dtype))]
    distinct = sorted({v for v in values if v is not None}) + [None] * (None in values)
    expected = [
        distinct,
        [values.index(v) for v in distinct],
        [distinct.index(v) for v in values],
        [values.count(v) for v in distinct],
    ]
    assert results[:4] == expected
    assert results[4:] == [distinct, distinct, expected[3], distinct, expected[2]]


@pytest.mark.parametrize("side", ["left", "right"])
@settings(max_examples=10, deadline=None)
@example(values=[None, None], queries=[None, 1])
@given(values=INTEGERS, queries=INTEGERS)
def test_searchsorted(side, values, queries):
    table = sorted(v for v in values if v is not None)
    count, size = len(table), len(values)
    ordered = table + [None] * (size - count)

    def function(x, y):
        return xp.searchsorted(x, y, side=side), xp.searchsorted(x, 1, side=side)

    found, one = function(ours(ordered, "int64"), ours(queries, "int64"))
    search = np.searchsorted(table, [0 if q is None else q for q in queries], side)
    behind = count if side == "left" else size
    assert found.tolist() == [
        behind if q is None else s for q, s in zip(queries, search, strict=True)
    ]
    assert one == np.searchsorted(table, 1, side)
    x = xp.asarray(masked(values, "int64"))
    assert int(xp.searchsorted(x, 1, side=side, sorter=xp.argsort(x))) == one


MATRIX = np.ma.masked_array(
    np.array([[3.5, 1.0, 2.0], [7.0, -1.5, 4.0], [0.0, 0.0, 2.5]]),
    [[0, 1, 0], [0, 0, 1], [1, 1, 0]],
)


@pytest.mark.parametrize("axis", [0, 1, -1, None, (0, 1)])
@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "std", "var", "any", "all"])
def test_axes(name, axis):
    def function(x):
        reduce = getattr(xp, name)
        return reduce(x, axis=axis), reduce(x, axis=axis, keepdims=True)

    expected = getattr(np.ma, name)
    for result, keepdims in zip(run_all_ways(function, MATRIX), (False, True), strict=True):
        wanted = expected(MATRIX, axis=axis, keepdims=keepdims)
        assert result.shape == wanted.shape
        assert close(python(result), python(wanted))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", ["sort", "argsort", "cumulative_sum", "argmax", "argmin", "diff"])
def test_along_axes(name, axis):
    result = python(run_all_ways(lambda x: getattr(xp, name)(x, axis=axis), MATRIX))
    lanes = MATRIX if axis == 1 else MATRIX.T
    expected = [python(getattr(xp, name)(xp.asarray(lane))._numpy()) for lane in lanes]
    if name in ("argmax", "argmin"):
        assert result == expected
    else:
        assert result == (
            expected if axis == 1 else [list(row) for row in zip(*expected, strict=True)]
        )


def test_cumulative_with_an_initial_value():
    def function(x):
        return xp.cumulative_sum(x, axis=1, include_initial=True)

    result = run_all_ways(function, MATRIX)
    assert result.tolist() == [[0, 3.5, None, 5.5], [0, 7, 5.5, None], [0, None, None, 2.5]]


def test_dtypes_of_results():
    x = xp.asarray([1, None], dtype="int8?")
    assert xp.sum(x).dtype == xp.cumulative_sum(x).dtype == "int64?"
    assert xp.max(x).dtype == xp.sort(x).dtype == xp.unique_values(x).dtype == "int8?"
    assert xp.sum(x, dtype="float32").dtype == "float32?"
    assert xp.any(x).dtype is xp.bool
    assert xp.all(x, skipna=False).dtype == "bool?"
    assert xp.argsort(x).dtype is xp.count_nonzero(x).dtype is xp.int64
    assert xp.isin(x, x).dtype is xp.bool
    assert xp.mean(xp.asarray([1.5, None], dtype="float16?")).dtype == "float16?"


def test_half_precision_is_accumulated_in_single():
    x = np.ma.masked_array(np.full(4000, 60000.0, np.float16), np.arange(4000) == 7)
    result = run_all_ways(xp.mean, x)
    assert result.item() == 60000


def test_complex_numbers():
    x = np.ma.masked_array([1 + 1j, 5j, 3], [0, 1, 0])

    def function(x):
        return xp.sum(x), xp.prod(x), xp.mean(x), xp.abs(x), xp.real(x), xp.unique_values(x)

    results = [r.tolist() for r in run_all_ways(function, x)]
    assert results[:3] == [4 + 1j, 3 + 3j, 2 + 0.5j]
    assert results[3][1] is results[4][1] is None
    assert results[5] == [1 + 1j, 3 + 0j, None]


def test_without_elements():
    empty = xp.asarray([], dtype="float64?")
    assert python(xp.sum(empty)._numpy()) == 0
    assert python(xp.mean(xp.asarray([None, None]))._numpy()) is None
    assert xp.unique_values(empty).shape == xp.sort(empty).shape == (0,)
    assert xp.max(empty).item() is xp.min(empty).item() is None


def test_masked_arrays_as_arguments():
    x = np.ma.masked_array([1, 2], [0, 1])
    assert int(xp.sum(x)) == 1
    assert python((xp.asarray([1, 2]) + x)._numpy()) == [2, None]


@pytest.mark.parametrize(
    "call",
    {
        "sum of bool": lambda x: xp.sum(x > 1),
        "mean of integers": lambda x: xp.mean(x),
        "product of text": lambda x: xp.asarray(["a", None]) @ x,
        "finfo": lambda x: xp.finfo(x.dtype),
        "fft": lambda x: xp.fft.fft(xp.astype(x, "float64?")),
        "norm": lambda x: xp.linalg.vector_norm(xp.astype(x, "float64?")),
        "dates": lambda x: xp.dates.from_parts(x + 0.5),
    }.items(),
    ids=lambda item: item[0],
)
def test_what_is_refused(call):
    with pytest.raises(DTypeError):
        call[1](xp.asarray([1, None]))


# numpy's functions and methods

BOTH = {
    "reductions": lambda np, x: [x.sum(0), x.mean(), x.std(ddof=1), x.max(1), np.ptp(x), x.var()],
    "order": lambda np, x: [np.sort(x, axis=1), np.argsort(x, axis=0)],
    "moves": lambda np, x: [x.T, x.ravel(), x.reshape(-1, 1), np.expand_dims(x, 0), np.diagonal(x)],
    "ufuncs": lambda np, x: [np.add(x, 1), np.exp(x), np.negative(x), np.maximum(x, 2), abs(x)],
    "cumulative": lambda np, x: [x.cumsum(1), np.cumprod(x, axis=0)],
    "rounding": lambda np, x: [np.round(x), np.clip(x, 1, 2), np.floor(x)],
    "logic": lambda np, x: [(x > 1).any(0), (x > 1).all(), (x > 1).sum(1)],
    "joins": lambda np, x: [np.concatenate([x, x]), np.vstack([x, x]), np.stack([x, x], axis=1)],
    "where": lambda np, x: [np.where(x > 1, 0, x)],
}


@pytest.mark.parametrize("name", BOTH)
def test_numpy_functions_are_those_of_numpy_ma(name):
    results = run_all_ways(lambda x: BOTH[name](np, x), MATRIX)
    expected = BOTH[name](np.ma, MATRIX)
    for result, wanted in zip(
        results if isinstance(results, list) else [results], expected, strict=True
    ):
        assert close(python(result), python(wanted))


@pytest.mark.parametrize(
    "name",
    "cov corrcoef lexsort bincount histogram interp".split(),
)
def test_numpy_functions_that_do_not_know_of_nulls(name):
    x = xp.asarray([1.0, None, 2.0])
    extra = {"interp": (x, x)}.get(name, ())
    with pytest.raises(DTypeError, match="fill_null"):
        getattr(np, name)(x, *extra)
    with pytest.raises(OnnxpError, match="fill_null"):
        xp.trace(lambda x: getattr(np, name)(x, *(x for _ in extra)), "float64?[N]")


@pytest.mark.parametrize("operation", [operator.add, operator.lt, operator.and_])
def test_operators_refuse_the_missing_element_of_pandas(operation):
    x = xp.asarray([1, None])
    for operands in ((x, pd.NA), (pd.NA, x)):
        with pytest.raises(DTypeError, match="fill_null"):
            operation(*operands)


def test_methods_of_ufuncs():
    x = xp.asarray([1.0, None])
    assert np.add.reduce(x).tolist() == 1.0
    assert np.add.outer(x, x).tolist() == [[2.0, None], [None, None]]
    with pytest.raises(ArgumentError, match="where= needs out="):
        np.add(x, x, where=[True, False])


def test_composed_ufuncs():
    x = np.ma.masked_array([7.5, np.nan, -7.5, np.inf], [0, 0, 1, 0])

    def function(x):
        return np.fmax(x, 0), *np.divmod(x, 2), np.floor_divide(x, np.inf), np.fmod(x, 4)

    with np.errstate(all="ignore"):
        plain = [*map(np.asarray, (np.fmax(x.data, 0), *np.divmod(x.data, 2)))]
    for result, wanted in zip(run_all_ways(function, x), plain, strict=False):
        assert result.mask.tolist() == [False, False, True, False]
        np.testing.assert_array_equal(result.data[[0, 1, 3]], wanted[[0, 1, 3]])


def test_elements_as_python_has_them():
    x = xp.asarray([1, None])
    assert x.tolist() == [1, None]
    assert x[0].item() == x.item(0) == 1
    assert x[1].item() is x.item(1) is None
    assert [v.tolist() for v in x] == [1, None]


def test_special_functions_and_map():
    x = np.ma.masked_array([0.0, 1.0, 2.0], [0, 1, 0])
    result = run_all_ways(xp.special.erf, x)
    assert result.mask.tolist() == [False, True, False]
    np.testing.assert_allclose(result.data[[0, 2]], [0, 0.9953222650189527])
    mapped = run_all_ways(lambda x: xp.map(x, {0: 5, 1: 6}, default=7), x)
    assert mapped.tolist() == [5, None, 7]


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        (
            "mean",
            [1, None],
            "int64? is not a floating-point dtype; allowed are float16?, float32?,",
        ),
        ("std", [1, None], "int64? is not a real floating-point dtype; allowed are float16?,"),
        ("var", [True, None], "bool? is not a real floating-point dtype"),
        ("sum", ["a", None], "string? is not a numeric dtype; allowed are int8?,"),
        ("prod", [True, None], "bool? is not a numeric dtype"),
        ("max", ["a", None], "string? is not a real numeric dtype"),
        ("min", [1j, None], "complex128? is not a real numeric dtype"),
        ("argmax", [True, None], "bool? is not a real numeric dtype"),
        ("cumulative_sum", ["a", None], "string? is not a numeric dtype"),
        ("cumulative_prod", [True, None], "bool? is not a numeric dtype"),
        ("sqrt", ["a", None], "string? is not a floating-point dtype"),
        ("negative", [True, None], "bool? is not a numeric dtype"),
        ("bitwise_invert", [1.0, None], "float64? is not an integer or boolean dtype"),
    ],
)
def test_errors_name_nullable_dtypes(name: str, values: list[Any], message: str):
    for array in (xp.asarray(values), xp.asarray(values[:1]).astype(xp.asarray(values).dtype)):
        with pytest.raises(DTypeError, match=re.escape(f"{name}: {message}")):
            getattr(xp, name)(array)


def test_errors_of_two_operands_name_nullable_dtypes():
    with pytest.raises(DTypeError, match=r"bitwise_and: float64\? is not an integer or boolean"):
        xp.bitwise_and(xp.asarray([1.0, None]), 1)
