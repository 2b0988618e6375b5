"""Categories, against pandas, evaluated and in models."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    EvaluationError,
    ExchangeError,
    IndexingError,
    PromotionError,
    ScalarError,
)
from onnxp.testing import run_all_ways

LABELS = ("S", "M", "L", "extra, large")
SIZE = xp.category(LABELS, ordered=True)
COLOR = xp.category(("red", "green", "blue"))
SIZES = np.array(["M", "", "S", "extra, large", "M", "L", ""], object)


def polars() -> Any:
    return pytest.importorskip("polars", reason="`make test` installs polars")


def arrow() -> Any:
    return pytest.importorskip("pyarrow", reason="`make test` installs pyarrow")


def panda(values: Any, dtype: Any = SIZE) -> pd.Categorical:
    """Return what pandas has for labels."""
    values = [v or None for v in np.asarray(values, object).tolist()]
    return pd.Categorical(values, categories=list(dtype.categories), ordered=dtype.ordered)


def texts(result: Any) -> list[str]:
    return np.asarray(result).tolist()


def of_pandas(result: Any) -> list[str]:
    return ["" if pd.isna(v) else v for v in np.asarray(result, object).tolist()]


def as_sizes(function: Callable) -> Callable:
    """Return a function of text that computes with sizes; what it returns of them is text again."""

    def called(*arrays: Any) -> Any:
        result = function(*(xp.astype(x, SIZE) if x.dtype is xp.string else x for x in arrays))
        parts = result if isinstance(result, tuple) else (result,)
        return [xp.astype(x, xp.string) if x.dtype is SIZE else x for x in parts]

    return called


# The dtype


@pytest.mark.parametrize(
    ("labels", "ordered", "name"),
    [
        (("a", "b"), False, "category[a, b]"),
        (("S", "M"), True, "category[S < M]"),
        (("one",), False, "category[one]"),
        (("one",), True, "category[one <]"),
        (("<=50K", ">50K", 'x"y, ]'), False, 'category["<=50K", ">50K", "x\\"y, ]"]'),
        (("é ü", "1"), False, 'category[é ü, "1"]'),
    ],
)
def test_the_dtype(labels: tuple, ordered: bool, name: str) -> None:
    dtype = xp.category(labels, ordered=ordered)
    assert xp.category(list(labels), ordered) is dtype
    assert (dtype.name, dtype.categories, dtype.ordered) == (name, labels, ordered)
    assert xp.zeros(1, dtype=name).dtype is dtype
    assert pickle.loads(pickle.dumps(dtype)) is copy.deepcopy(dtype) is dtype
    assert eval(repr(dtype), {"onnxp": xp}) is dtype
    assert dtype == name
    assert dtype != "str"
    assert xp.isdtype(dtype, dtype)
    assert not xp.isdtype(dtype, ("numeric", "bool"))


def test_dtypes_of_many_labels_have_short_texts() -> None:
    dtype = xp.category(f"label {i}" for i in range(1000))
    assert len(str(dtype)) < 100
    assert str(dtype).endswith("..., label 999]")
    assert xp.zeros(1, dtype=dtype.name).dtype is dtype


@pytest.mark.parametrize(
    "labels", [(), ("a", "a"), ("",), (1, 2), "ab", None, ("a", None), ("\ud800",)]
)
def test_bad_labels(labels: Any) -> None:
    with pytest.raises((DTypeError, ArgumentError)):
        xp.category(labels)


@pytest.mark.parametrize(
    "name", ["category", "category[]", "category[a", "category[a, b < c]", "category[a, a]"]
)
def test_bad_names(name: str) -> None:
    with pytest.raises(DTypeError):
        xp.zeros(1, dtype=name)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_dtypes_of_other_libraries(library: str) -> None:
    make = pd.CategoricalDtype if library == "pandas" else polars().Enum
    foreign: Any = make(list(COLOR.categories))
    assert xp.asarray(["red"], dtype=foreign).dtype is COLOR


# Arrays


def test_text_becomes_categories() -> None:
    x = xp.asarray([["red", None], ["", "blue"]], dtype=COLOR)
    assert repr(x) == (
        "Array([['red', ''],\n       ['', 'blue']], dtype=category[red, green, blue])"
    )
    assert texts(x) == [["red", ""], ["", "blue"]]
    assert texts(xp.astype(x, xp.int64)) == [[0, -1], [-1, 2]]
    assert texts(xp.asarray(np.nan, dtype=COLOR)) == ""
    loaded = pickle.loads(pickle.dumps(x))
    assert loaded.dtype is COLOR
    assert texts(loaded) == texts(x)


COLUMNS: dict[str, Callable] = {
    "Series": lambda: pd.Series(panda(SIZES)),
    "Categorical": lambda: panda(SIZES),
    "CategoricalIndex": lambda: pd.CategoricalIndex(panda(SIZES)),
    "Enum": lambda: polars().Series([s or None for s in SIZES], dtype=polars().Enum(list(LABELS))),
    "Arrow": lambda: arrow().DictionaryArray.from_arrays(
        arrow().array([1, None, 0, 3, 1, 2, None]), arrow().array(LABELS), ordered=True
    ),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_of_other_libraries(kind: str) -> None:
    column = COLUMNS[kind]()
    x = xp.asarray(column)
    assert x.dtype.categories == LABELS
    assert x.dtype.ordered == (kind != "Enum")
    assert texts(x) == SIZES.tolist()
    assert texts(xp.asarray(column, dtype=xp.string)) == SIZES.tolist()
    assert texts(xp.asarray(column, dtype=xp.category(LABELS[::-1]))) == SIZES.tolist()
    with pytest.raises(DTypeError, match="'M' is not a label"):
        xp.asarray(column, dtype="category[L]")
    with pytest.raises(ArgumentError, match="copy"):
        xp.asarray(column, copy=False)


def test_columns_with_several_dictionaries() -> None:
    chunks = [arrow().array(part).dictionary_encode() for part in (["a", "b"], ["c", None, "a"])]
    x = xp.asarray(arrow().chunked_array(chunks))
    assert texts(x) == ["a", "b", "c", "", "a"]
    assert texts(xp.asarray(polars().Series(["x", None, "y"], dtype=polars().Categorical))) == [
        "x",
        "",
        "y",
    ]


@pytest.mark.parametrize("make", [pd.Categorical, pd.CategoricalIndex, pd.Series, np.array, list])
def test_asarray_refuses_labels_that_a_dtype_has_not(make: Callable) -> None:
    with pytest.raises(DTypeError, match="'z' is not a label"):
        xp.asarray(make(["z", "a"]), dtype="category[a, b]")


def test_asarray_needs_only_the_labels_that_occur() -> None:
    column = pd.Categorical(["b", None, "a"], categories=["z", "a", "b"])
    assert texts(xp.asarray(column, dtype="category[a, b]")) == ["b", "", "a"]


def test_the_way_back_to_pandas() -> None:
    x = xp.asarray(SIZES, dtype=SIZE)
    codes = np.asarray(xp.astype(x, xp.int64))
    back = pd.Categorical.from_codes(codes, x.dtype.categories, ordered=x.dtype.ordered)
    pd.testing.assert_extension_array_equal(back, panda(SIZES))


def test_categories_of_numbers_stay_text_or_are_refused() -> None:
    with pytest.raises(DTypeError, match="labels are text"):
        xp.asarray(pd.Series([1, 2], dtype="category"))


# Comparison

COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("label", LABELS)
def test_comparison_with_a_label(name: str, label: str) -> None:
    compare = getattr(operator, name)
    result = run_all_ways(as_sizes(lambda x: compare(x, label)), SIZES)
    np.testing.assert_array_equal(result, compare(panda(SIZES), label))
    mirrored = run_all_ways(as_sizes(lambda x: compare(label, x)), SIZES)
    np.testing.assert_array_equal(mirrored, compare(label, panda(SIZES)))


def test_equality_with_a_label_is_one_node() -> None:
    x = xp.argument("N", SIZE)
    model = xp.build({"x": x}, {"y": x == "L"})
    assert [node.op_type for node in model.graph.node].count("Equal") == 1
    assert len(model.graph.node) <= 2


def test_a_label_that_does_not_exist_equals_nothing() -> None:
    assert not run_all_ways(as_sizes(lambda x: x == "XXL"), SIZES).any()
    assert run_all_ways(as_sizes(lambda x: x != "XXL"), SIZES).all()


labelled = st.lists(st.sampled_from(("", *LABELS)), min_size=3, max_size=3).map(
    lambda values: np.array(values, object)
)


@pytest.mark.parametrize("name", COMPARISONS)
@settings(max_examples=10, deadline=None)
@given(a=labelled, b=labelled)
def test_comparison_of_arrays(name: str, a: np.ndarray, b: np.ndarray) -> None:
    compare = getattr(operator, name)
    result = compare(xp.asarray(a, dtype=SIZE), xp.asarray(b, dtype=SIZE))
    np.testing.assert_array_equal(np.asarray(result), compare(panda(a), panda(b)))


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparison_of_arrays_in_models(name: str) -> None:
    compare = getattr(operator, name)
    result = run_all_ways(as_sizes(compare), SIZES, SIZES[::-1].copy())
    np.testing.assert_array_equal(result, compare(panda(SIZES), panda(SIZES[::-1])))


def test_text_beside_categories() -> None:
    text = np.array(["M", "XXL", "S", "M", "L", "L", ""], object)
    result = run_all_ways(lambda x, y: xp.astype(x, SIZE) == y, SIZES, text)
    np.testing.assert_array_equal(result, (text == SIZES) & (SIZES != ""))
    mirrored = run_all_ways(lambda x, y: y == xp.astype(x, SIZE), SIZES, text)
    np.testing.assert_array_equal(mirrored, result)
    x = xp.asarray(SIZES, dtype=SIZE)
    np.testing.assert_array_equal(np.asarray(x == text.astype(str)), result)
    np.testing.assert_array_equal(np.asarray(x == text.tolist()), result)
    np.testing.assert_array_equal(np.asarray(xp.isin(x, np.array(["M", "Q"]))), SIZES == "M")


# Order, search and sets

FUNCTIONS: dict[str, Callable] = {
    "sort": xp.sort,
    "sort descending": lambda x: xp.sort(x, descending=True),
    "argsort": xp.argsort,
    "unique_values": xp.unique_values,
    "isin": lambda x: xp.isin(x, xp.asarray(["M", "L"], dtype=SIZE)),
    "isin inverted": lambda x: xp.isin(x, x, invert=True),
    "where": lambda x: xp.where(x == "M", x, "L"),
    "where of arrays": lambda x: xp.where(x < "L", x[::-1], x),
    "concat": lambda x: xp.concat([x, xp.asarray(["S"], dtype=SIZE)]),
    "stack": lambda x: xp.stack([x, x[::-1]]),
    "flip": xp.flip,
    "roll": lambda x: xp.roll(x, 2),
    "repeat": lambda x: xp.repeat(x, 2),
    "tile": lambda x: xp.tile(x, (2, 1)),
    "take": lambda x: xp.take(x, xp.asarray([0, -1])),
    "mask": lambda x: x[x != "M"],
    "reshape": lambda x: xp.reshape(x, (-1, 1)),
    "broadcast": lambda x: xp.broadcast_to(x, (2, *x.shape)),
    "min": xp.min,
    "max": lambda x: xp.max(x, keepdims=True),
    "argmin": xp.argmin,
    "argmax": xp.argmax,
    "maximum": lambda x: xp.maximum(x, "M"),
    "minimum": lambda x: xp.minimum(x[::-1], x),
    "clip": lambda x: xp.clip(x, "M", "L"),
    "searchsorted": lambda x: xp.searchsorted(xp.asarray(["S", "L"], dtype=SIZE), x),
    "codes": lambda x: xp.astype(x, xp.int32),
    "map": lambda x: xp.map(x, {"S": 0.5, "L": 2}),
    "map with default": lambda x: xp.map(x, {"S": "small"}, default="?"),
    "recode": lambda x: xp.astype(xp.recode(x, xp.category(("L", "M"))), xp.string),
    "zeros_like": xp.zeros_like,
    "full_like": lambda x: xp.full_like(x, "M"),
}
_TABLE = {"S": 0, "L": 1}
EXPECTED: dict[str, Callable] = {
    "sort": lambda p: of_pandas(p.sort_values(na_position="last")),
    "sort descending": lambda p: of_pandas(p.sort_values(ascending=False, na_position="last")),
    "argsort": lambda p: p.argsort(na_position="last").tolist(),
    "unique_values": lambda p: [*LABELS, ""],
    "isin": lambda p: p.isin(["M", "L"]).tolist(),
    "isin inverted": lambda p: p.isna().tolist(),
    "where": lambda p: ["M" if v == "M" else "L" for v in p],
    "where of arrays": lambda p: of_pandas(np.where(p < "L", p[::-1], p)),
    "concat": lambda p: [*of_pandas(p), "S"],
    "full_like": lambda p: ["M"] * len(p),
    "minimum": lambda p: of_pandas(
        [
            None if pd.isna(v) or pd.isna(w) else panda([v, w]).min()
            for v, w in zip(p, p[::-1], strict=True)
        ]
    ),
    "min": lambda p: p.min(),
    "max": lambda p: [p.max()],
    "argmin": lambda p: p.argmin(),
    "argmax": lambda p: p.argmax(),
    "maximum": lambda p: ["" if pd.isna(v) else "M" if v == "S" else v for v in p],
    "clip": lambda p: ["" if pd.isna(v) else {"S": "M", LABELS[3]: "L"}.get(v, v) for v in p],
    "searchsorted": lambda p: [{"S": 0, "M": 1, "L": 1}.get(v, 2) for v in p],
    "codes": lambda p: p.codes.tolist(),
    "map": lambda p: [{"S": 0.5, "L": 2.0}.get(v, "nan") for v in p],
    "map with default": lambda p: [{"S": "small"}.get(v, "?") for v in p],
    "recode": lambda p: of_pandas(p.set_categories(["L", "M"])),
    "zeros_like": lambda p: [""] * len(p),
    "mask": lambda p: of_pandas(p[p != "M"]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_in_models(name: str) -> None:
    result = run_all_ways(as_sizes(FUNCTIONS[name]), SIZES)
    expected = EXPECTED.get(name)
    plain = np.asarray(result).tolist()
    if expected is not None:
        wanted = expected(panda(SIZES))
        assert [str(v) for v in np.ravel(plain)] == [str(v) for v in np.ravel(wanted)]
    else:  # it only moves elements
        assert plain == texts(FUNCTIONS[name](xp.asarray(SIZES)))


def test_unique_all() -> None:
    values, indices, inverse, counts = xp.unique_all(xp.asarray(SIZES, dtype=SIZE))
    assert texts(values) == [*LABELS, ""]
    assert texts(indices) == [2, 0, 5, 3, 1]
    assert texts(values[inverse]) == SIZES.tolist()
    assert texts(counts) == [1, 2, 1, 1, 2]


def test_assignment() -> None:
    x = xp.asarray(SIZES, dtype=SIZE)
    x[0], x[1:3] = "L", ["S", ""]
    x[x == "extra, large"] = "S"
    assert texts(x) == ["L", "S", "", "S", "M", "L", ""]
    with pytest.raises(DTypeError, match="'XXL' is not a label"):
        x[0] = "XXL"


def test_control_flow() -> None:
    def function(x: Any) -> Any:
        x = xp.astype(x, SIZE)
        first = xp.cond(x[0] == "M", lambda: x[0], lambda: x[1])
        return xp.astype(first, xp.string)

    assert texts(xp.trace(function, "string[3]")(np.array(["M", "L", "S"], object))) == "M"


@pytest.mark.parametrize("ours", ["where", "concatenate", "sort", "isin", "less", "maximum"])
def test_numpys_functions(ours: str) -> None:
    calls: dict[str, Callable] = {
        "where": lambda x: np.where(x == "M", x, "L"),
        "concatenate": lambda x: np.concatenate([x, x]),
        "sort": np.sort,
        "isin": lambda x: np.isin(x, ["M"]),
        "less": lambda x: np.less(x, "L"),
        "maximum": lambda x: np.maximum(x, "M"),
    }
    expected: dict[str, Callable] = {
        "where": FUNCTIONS["where"],
        "concatenate": lambda x: xp.concat([x, x]),
        "sort": xp.sort,
        "isin": lambda x: x == "M",
        "less": lambda x: x < "L",
        "maximum": FUNCTIONS["maximum"],
    }
    x = xp.asarray(SIZES, dtype=SIZE)
    result = calls[ours](x)
    assert result.dtype is expected[ours](x).dtype
    assert texts(result) == texts(expected[ours](x))


# Recoding


@pytest.mark.parametrize("unknown", ["missing", "error"])
def test_recoding(unknown: Any) -> None:
    target = xp.category((*LABELS[::-1], "more"))

    def function(x: Any) -> Any:
        return xp.astype(xp.recode(xp.astype(x, SIZE), target, unknown=unknown), xp.string)

    assert run_all_ways(function, SIZES).tolist() == SIZES.tolist()


@pytest.mark.parametrize(
    "x",
    [
        xp.asarray(["red", "blue"], dtype=COLOR),
        xp.asarray(["red", "blue"]),
        xp.asarray([1, 0]),
    ],
    ids=["categories", "text", "codes"],
)
def test_recoding_fails_for_other_labels(x: Any) -> None:
    target = xp.category(("red",))
    assert texts(xp.recode(x, target)) == (["", "red"] if x.dtype is xp.int64 else ["red", ""])
    with pytest.raises(EvaluationError):
        np.asarray(xp.recode(x, target, unknown="error"))


def test_codes() -> None:
    codes = np.array([0, 3, -1, 4, -5, 2**40])
    result = run_all_ways(lambda x: xp.astype(xp.recode(x, SIZE), xp.string), codes)
    assert result.tolist() == ["S", "extra, large", "", "", "", ""]


# What is refused

x, o = xp.asarray(["red", ""], dtype=COLOR), xp.asarray(["S", ""], dtype=SIZE)
REFUSED: dict[str, tuple[Callable, type]] = {
    "two dtypes": (lambda: x == o, PromotionError),
    "where": (lambda: xp.where(x == "red", x, o), PromotionError),
    "concat": (lambda: xp.concat([x, o]), PromotionError),
    "numbers": (lambda: x == 1, ScalarError),
    "sum with a number": (lambda: x + 1, ScalarError),
    "add": (lambda: x + x, DTypeError),
    "less": (lambda: x < "red", DTypeError),
    "min": (lambda: xp.min(x), DTypeError),
    "argmax": (lambda: xp.argmax(x), DTypeError),
    "clip": (lambda: xp.clip(x, "red"), DTypeError),
    "searchsorted": (lambda: xp.searchsorted(x, x), DTypeError),
    "missing": (lambda: x == "", DTypeError),
    "other label": (lambda: xp.where(x == "red", x, "black"), DTypeError),
    "asarray": (lambda: xp.asarray(["black"], dtype=COLOR), DTypeError),
    "asarray of numbers": (lambda: xp.asarray([1], dtype=COLOR), DTypeError),
    "astype of codes": (lambda: xp.astype(xp.asarray([1]), COLOR), DTypeError),
    "astype of labels": (lambda: xp.astype(o, COLOR), DTypeError),
    "float": (lambda: float(x[0]), ArgumentTypeError),
    "bool": (lambda: bool(x[0]), ArgumentTypeError),
    "to float": (lambda: xp.astype(x, xp.float64), DTypeError),
    "isnan": (lambda: xp.isnan(x), DTypeError),
    "sum": (lambda: xp.sum(x), DTypeError),
    "any": (lambda: xp.any(x), DTypeError),
    "np.any": (lambda: np.any(x), DTypeError),
    "matmul": (lambda: x @ x, DTypeError),
    "index": (lambda: x[x], IndexingError),
    "dlpack": (lambda: x.__dlpack__(), ExchangeError),
    "np.add": (lambda: np.add(x, x), DTypeError),
    "np.fmax": (lambda: np.fmax(o, o), DTypeError),
    "np.pad": (lambda: np.pad(x, 1), DTypeError),
    "np.digitize": (lambda: np.digitize(o, o), DTypeError),
    "map": (lambda: xp.map(x, {1: 1.0}), DTypeError),
    "recode": (lambda: xp.recode(xp.asarray([1.5]), COLOR), DTypeError),
    "recode to numbers": (lambda: xp.recode(x, xp.int64), DTypeError),
    "unknown": (lambda: xp.recode(x, SIZE, unknown="?"), ArgumentError),  # type: ignore[arg-type]  # the error is tested
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    call, error = REFUSED[case]
    with pytest.raises(error):
        call()


def test_nulls() -> None:
    x = xp.asarray(SIZES, dtype=SIZE)
    assert texts(xp.nulls.isnull(x)) == [not s for s in SIZES]
    assert texts(xp.nulls.fill_null(x, "S")) == [s or "S" for s in SIZES]
    with pytest.raises(DTypeError, match="isnull"):
        xp.isnan(x)
