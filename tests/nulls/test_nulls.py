"""Nullable arrays: their sources, what numpy gets, Kleene's logic, and the functions of `onnxp.nulls`."""

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

import onnxp as xp
from onnxp import nulls
from onnxp.errors import (
    ArgumentError,
    BroadcastError,
    DTypeError,
    EvaluationError,
    ExchangeError,
    FeedError,
    IndexingError,
    ScalarRangeError,
    ShapeError,
    SpecError,
)
from onnxp.testing import run_all_ways

pl = pytest.importorskip("polars", reason="`make test` installs polars")
pa = pytest.importorskip("pyarrow", reason="`make test` installs pyarrow")

X = np.ma.masked_array([1, 2, 3], [False, True, False])


def listed(array: Any) -> list[Any]:
    return np.ma.asarray(array).tolist()


SOURCES = {
    "list": ([1, None, 3], "int64?", [1, None, 3]),
    "nested list": ([[1.5, None], [2, 3]], "float64?", [[1.5, None], [2.0, 3.0]]),
    "text": (["a", None], "string?", ["a", None]),
    "truth": ([None, True], "bool?", [None, True]),
    "nothing but None": ([None, None], "float64?", [None, None]),
    "masked element": ([1, np.ma.masked], "int64?", [1, None]),
    "pandas.NA": ([pd.NA, 2], "int64?", [None, 2]),
    "arrays": ([xp.asarray(1), None], "int64?", [1, None]),
    "objects": (np.array([1, None], object), "int64?", [1, None]),
    "masked array": (X, "int64?", [1, None, 3]),
    "masked array of text": (np.ma.masked_array(["a", "b"], [1, 0]), "string?", [None, "b"]),
    "masked array without mask": (np.ma.masked_array([1, 2]), "int64?", [1, 2]),
    "masked complex": (np.ma.masked_array([1j, 2], [0, 1]), "complex128?", [1j, None]),
    "pandas Int64": (pd.array([1, None], dtype="Int64"), "int64?", [1, None]),
    "pandas without nulls": (pd.array([1, 2], dtype="Int8"), "int8?", [1, 2]),
    "pandas boolean": (pd.Series([True, None], dtype="boolean"), "bool?", [True, None]),
    "pandas Float32": (pd.Series([1.5, None], dtype="Float32"), "float32?", [1.5, None]),
    "pandas string": (pd.Series(["a", None], dtype="string"), "string?", ["a", None]),
    "pandas text": (pd.Series(["a", None]), "string?", ["a", None]),
    "pandas text without nulls": (pd.Series(["a", "b"]), "string", ["a", "b"]),
    "pandas objects": (pd.Series([1, None], dtype=object), "int64?", [1, None]),
    "pandas Arrow": (pd.Series([1, None], dtype="int64[pyarrow]"), "int64?", [1, None]),
    "pandas float64": (pd.Series([1.5, 2.5]), "float64", [1.5, 2.5]),
    "polars": (pl.Series([1, None]), "int64?", [1, None]),
    "polars without nulls": (pl.Series([1, 2]), "int64", [1, 2]),
    "polars text": (pl.Series(["a", None]), "string?", ["a", None]),
    "Arrow": (pa.array([1.5, None]), "float64?", [1.5, None]),
    "Arrow truth": (pa.array([True, None]), "bool?", [True, None]),
    "Arrow chunks": (pa.chunked_array([["a"], [None]]), "string?", ["a", None]),
}


@pytest.mark.parametrize("name", SOURCES)
def test_sources(name):
    source, dtype, expected = SOURCES[name]
    array = xp.asarray(source)
    assert str(array.dtype) == dtype
    assert listed(array) == expected


@pytest.mark.parametrize(
    ("source", "dtype", "expected"),
    [
        ([1, None], "int8?", [1, None]),
        ([1, 2], "Float32", [1.0, 2.0]),
        ([], "string?", []),
        (None, "int64?", None),
        (["1", None], "int64?", [1, None]),
        (X, "float32?", [1.0, None, 3.0]),
        (np.array([1.5]), "float64?", [1.5]),
        ([None, None], "string?", [None, None]),
        (xp.asarray([1, 2]), "int64?", [1, 2]),
    ],
)
def test_sources_with_a_dtype(source, dtype, expected):
    array = xp.asarray(source, dtype=dtype)
    assert array.dtype is xp.result_type(dtype)
    assert listed(array) == expected


def test_times_have_nat_for_what_is_masked():
    times = np.ma.masked_array(np.array(["2024-02-29", "2024-03-01"], "M8[D]"), [0, 1])
    assert np.isnat(np.asarray(xp.asarray(times))).tolist() == [False, True]


@pytest.mark.parametrize(
    ("source", "dtype", "error", "message"),
    [
        ([1, None], "int64", DTypeError, r"write dtype='int64\?'"),
        (X, "int64", DTypeError, "fill_null"),
        ([300, None], "int8?", ScalarRangeError, "int8"),
        ([[1], [2, None]], None, ShapeError, "inhomogeneous"),
        ([1, "a", None], None, DTypeError, "numbers nor text"),
        (["a", None], "int64?", ArgumentError, "invalid literal"),
    ],
)
def test_sources_that_are_refused(source, dtype, error, message):
    with pytest.raises(error, match=message):
        np.ma.asarray(xp.asarray(source, dtype=dtype))


def test_a_masked_array_is_not_shared():
    with pytest.raises(ArgumentError, match="copy"):
        xp.asarray(X, copy=False)
    data = X.copy()
    array = xp.asarray(data)
    data[0] = 7
    assert listed(array) == [1, None, 3]


def test_repr():
    assert repr(xp.asarray([1, None])) == "Array([1, null], dtype=int64?)"
    assert repr(xp.asarray(["a", None])) == "Array(['a', null], dtype=string?)"
    assert repr(xp.asarray([1, None])[1]) == "Array(null, dtype=int64?)"


def test_numpy_gets_a_masked_array_or_an_error():
    array = xp.asarray([1, None])
    masked = np.ma.asarray(array)
    assert masked.tolist() == [1, None]
    assert masked.data.tolist() == [1, 0]
    with pytest.raises(DTypeError, match=r"np\.ma\.asarray\(x\) .*fill_null"):
        np.asarray(array)
    np.testing.assert_array_equal(np.asarray(xp.asarray([1, 2], dtype="int64?")), [1, 2])
    with pytest.raises(ExchangeError, match="DLPack"):
        np.from_dlpack(array)
    assert not hasattr(xp.asarray([1]), "_mask")


@pytest.mark.parametrize(
    "clone", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies(clone):
    array = clone(xp.asarray([1, None]))
    assert (array.dtype, listed(array)) == ("int64?", [1, None])


@pytest.mark.parametrize("convert", [bool, int, float, complex, "index"])
def test_python_gets_no_null(convert):
    convert = (lambda x: x.__index__()) if convert == "index" else convert
    assert convert(xp.asarray([1, None])[0]) == convert(xp.asarray(1))
    with pytest.raises(ArgumentError, match="null"):
        convert(xp.asarray([1, None])[1])


def test_none_equals_nothing():
    with pytest.raises(DTypeError, match="isnull"):
        xp.asarray([1, None]) == None  # noqa: B015, E711


# Elementwise


@pytest.mark.parametrize(
    "function",
    {
        "arithmetic": lambda x, y: (x + y, x - 1, 2 * x, x // y, x % y, -x, abs(x), x**2),
        "comparison": lambda x, y: (x == y, x != 1, x < y, x >= 2, x < 3),
        "functions": lambda x, y: (xp.maximum(x, y), xp.clip(x, 1, 2), xp.sign(x), xp.sqrt(x)),
        "mixed": lambda x, y: (x + 1.5, x & 1, x << y, xp.astype(x, "float32?") / 2),
        "times": lambda x, y: x * np.timedelta64(1, "D"),
    }.items(),
    ids=lambda item: item[0],
)
def test_null_if_an_operand_is(function):
    _, function = function
    y = np.ma.masked_array([2, 0, 0], [False, False, True])
    results = run_all_ways(function, X, y)
    for result in results if isinstance(results, list) else [results]:
        if result.dtype.kind in "mM":
            assert np.isnat(result).tolist() == [False, True, False]
        else:
            assert result.mask[1]
            assert not result.mask[0]
            assert result.data[1] == 0  # a blank


def test_plain_and_nullable_operands():
    result = run_all_ways(lambda x, y: (x + y, y - x), np.array([[1], [2], [3]]), X)
    assert result[0].mask.tolist() == [[False, True, False]] * 3
    np.testing.assert_array_equal(result[1][:, 0], [0, -1, -2])


TRUTH = np.ma.masked_array([True] * 3 + [False] * 3 + [True] * 3, [0] * 6 + [1] * 3)
OTHER = np.ma.masked_array([True, False, True] * 3, [0, 0, 1] * 3)


@pytest.mark.parametrize("name", ["and", "or", "xor"])
def test_kleene_logic_is_that_of_pandas(name):
    expected = pd.array(TRUTH.tolist(), dtype="boolean")
    other = pd.array(OTHER.tolist(), dtype="boolean")
    expected = getattr(expected, f"__{name}__")(other)
    bits = run_all_ways(lambda x, y: getattr(x, f"__{name}__")(y), TRUTH, OTHER)
    logic = run_all_ways(getattr(xp, f"logical_{name}"), TRUTH, OTHER)
    assert bits.tolist() == logic.tolist() == expected.to_numpy(object, na_value=None).tolist()


def test_kleene_logic_with_plain_operands_and_scalars():
    x = xp.asarray([True, False, None])
    assert listed(x & False) == [False, False, False]
    assert listed(True | x) == [True, True, True]
    assert listed(x & xp.asarray([True, False, True])) == [True, False, None]
    assert listed(xp.logical_or(xp.asarray([0, 2, None]), xp.asarray([0.0, 0.0, 5.0]))) == [
        False,
        True,
        True,
    ]
    assert listed(~x) == listed(xp.logical_not(x)) == [False, True, None]


# Selection


def test_indexing():
    def function(x, i):
        return x[1:], x[::-1], x[i], x[None, :, None], x[0], x[xp.asarray([2, 2])]

    results = run_all_ways(function, X, np.array([2, 1]))
    assert [r.tolist() for r in results] == [
        [None, 3],
        [3, None, 1],
        [3, None],
        [[[1], [None], [3]]],
        1,
        [3, 3],
    ]


def test_a_null_in_a_mask_selects_nothing():
    mask = np.ma.masked_array([True, True, False], [True, False, False])

    def function(x, mask):
        y = xp.asarray([1, 2, 3]) + x * 0
        y[mask] = 7
        z = x[xp.asarray(True) & mask]
        return y, xp.where(mask, x, 10 * x), z

    written, chosen, selected = run_all_ways(function, np.array([1, 2, 3]), mask)
    assert written.tolist() == [1, 7, 3]
    assert chosen.tolist() == [10, 2, 30]
    assert selected.tolist() == [2]
    assert xp.asarray([1, 2, 3])[mask].shape == (1,)


def test_a_null_in_an_index():
    i = xp.asarray([0, None])
    for index in (i, i[1], np.ma.asarray(i), slice(i[1], None)):
        with pytest.raises((IndexingError, ArgumentError), match="null"):
            xp.asarray([1, 2, 3])[index]
    program = xp.trace(lambda x, i: x[i], "int64[N]", "int64?[M]")
    x, indices = np.array([5, 6]), np.ma.masked_array([1, 0])
    assert program(x, indices).tolist() == [6, 5]
    with pytest.raises(EvaluationError):
        program(x, np.ma.masked_array([1, 0], [0, 1]))


def test_assignment():
    def function(x):
        x[0] = None
        x[1:] = xp.asarray([None, 9])
        y = x.copy()
        y[y > 3] = 4
        z = x.copy()
        z[:2] = [5, None]
        return x, y, z

    x, y, z = run_all_ways(function, X, static_axes=[0])
    assert [x.tolist(), y.tolist(), z.tolist()] == [[None, None, 9], [None, None, 4], [5, None, 9]]


def test_assignment_to_plain_arrays():
    x = xp.asarray([1, 2])
    with pytest.raises(DTypeError, match="fill_null"):
        x[0] = xp.asarray([None], dtype="int64?")[0]
    with pytest.raises(DTypeError, match="fill_null"):
        x += xp.asarray([1, None])
    with pytest.raises(ScalarRangeError):
        xp.asarray([1, None], dtype="int8?")[0] = 300
    y = xp.asarray([1, None])
    y += x
    assert listed(y) == [2, None]


def test_views_share_nulls():
    x = xp.asarray([[1, None], [3, 4]])
    x.T[0, 1] = None
    x[0][1] = 2
    assert listed(x) == [[1, 2], [None, 4]]


def test_moves():
    def function(x):
        return (
            xp.reshape(x, (3, 1)),
            xp.concat([x, x + 0.5]),
            xp.stack([x, x]),
            xp.flip(x),
            xp.roll(x, 1),
            xp.repeat(x, 2),
            xp.tile(x, (2,)),
            xp.expand_dims(x, axis=0),
            xp.broadcast_to(x, (2, 3)),
            xp.take(x, xp.asarray([1, 0])),
        )

    results = run_all_ways(function, X, static_axes=[0])
    assert [r.tolist() for r in results] == [
        [[1], [None], [3]],
        [1.0, None, 3.0, 1.5, None, 3.5],
        [[1, None, 3]] * 2,
        [3, None, 1],
        [3, 1, None],
        [1, 1, None, None, 3, 3],
        [1, None, 3, 1, None, 3],
        [[1, None, 3]],
        [[1, None, 3]] * 2,
        [None, 1],
    ]


# Casts


def test_casts():
    x = np.ma.masked_array(["1", "x", "-3"], [0, 1, 0])

    def function(x):
        numbers = xp.astype(x, "int64?")  # a run that would fail for "x"
        return numbers, xp.astype(numbers, "float32?"), xp.astype(numbers, "string?")

    results = run_all_ways(function, x)
    assert [r.tolist() for r in results] == [[1, None, -3], [1.0, None, -3.0], ["1", None, "-3"]]
    assert listed(xp.astype(xp.asarray([1, 2]), "int64?")) == [1, 2]
    times = xp.astype(xp.asarray([0, None]), "datetime64[s]")
    assert np.isnat(np.asarray(times)).tolist() == [False, True]


@pytest.mark.parametrize("dtype", ["int64", "float64", "bool", "string", "complex64"])
def test_casts_to_plain_dtypes_are_refused(dtype):
    with pytest.raises(DTypeError, match=r"fill_null.*require_no_null"):
        xp.astype(xp.asarray([1, 2], dtype="int64?"), dtype)


# Functions of onnxp.nulls


def test_fill_null():
    def function(x, y):
        return nulls.fill_null(x, 0), nulls.fill_null(x, 0.5), nulls.fill_null(x, y)

    results = run_all_ways(function, X, np.array([7, 8, 9]))
    assert [r.tolist() for r in results] == [[1, 0, 3], [1.0, 0.5, 3.0], [1, 8, 3]]
    assert [r.dtype for r in results] == [np.int64, np.float64, np.int64]
    assert nulls.fill_null(xp.asarray([1, 2]), 0).dtype is xp.int64
    with pytest.raises(DTypeError, match="coalesce"):
        nulls.fill_null(xp.asarray([1, None]), xp.asarray([None, 1]))
    with pytest.raises(BroadcastError):
        nulls.fill_null(xp.asarray([1, None]), xp.asarray([1, 2, 3]))


def test_coalesce_count_same():
    y = np.ma.masked_array([5, 6, 7], [0, 1, 1])

    def function(x, y):
        return (
            nulls.coalesce(y, x),
            nulls.coalesce(y, x, -1),
            nulls.count(x),
            nulls.count(x, axis=0, keepdims=True),
            nulls.same(x, y),
            nulls.same(y, 5),
        )

    results = run_all_ways(function, X, y)
    assert [r.tolist() for r in results] == [
        [5, None, 3],
        [5, -1, 3],
        2,
        [2],
        [False, True, False],
        [True, False, False],
    ]


def test_masks_and_data():
    def function(x, mask):
        y = nulls.make_nullable(x, mask)
        return y, nulls.get_mask(y), nulls.get_data(y), nulls.isnull(x), nulls.make_nullable(x)

    results = run_all_ways(function, np.array([1, 2]), np.array([True, False]))
    assert [r.tolist() for r in results] == [
        [None, 2],
        [True, False],
        [0, 2],
        [False, False],
        [1, 2],
    ]
    with pytest.raises(DTypeError, match="bool"):
        nulls.make_nullable(xp.asarray([1]), xp.asarray([1]))


def test_nan_is_no_null():
    x = np.array([1.0, np.nan])
    assert run_all_ways(nulls.isnull, x).tolist() == [False, False]
    assert run_all_ways(nulls.null_from_nan, x).tolist() == [1.0, None]
    y = np.ma.masked_array([np.nan, 2.0, 3.0], [0, 1, 0])
    assert run_all_ways(lambda y: xp.isnan(y), y).tolist() == [True, None, False]
    assert run_all_ways(nulls.null_from_nan, y).tolist() == [None, None, 3.0]


def test_times():
    x = np.array(["2024-01-01", "NaT"], "M8[D]")
    when = np.datetime64("2000-01-01")

    def function(x):
        return nulls.isnull(x), nulls.fill_null(x, when), nulls.count(x), nulls.same(x, x)

    isnull, filled, count, same = run_all_ways(function, x)
    assert isnull.tolist() == [False, True]
    assert filled[1] == when
    assert (count, same.all()) == (1, True)
    program = xp.trace(nulls.require_no_null, "datetime64[D][N]")
    for required in (program, lambda x: nulls.require_no_null(xp.asarray(x))):
        assert np.asarray(required(x[:1])).tolist() == x[:1].tolist()
        with pytest.raises((ArgumentError, EvaluationError), match="null"):
            required(x)


def test_categories():
    x = xp.asarray(["a", "", "b"], dtype=xp.category(["a", "b"]))
    assert np.asarray(nulls.isnull(x)).tolist() == [False, True, False]
    assert np.asarray(nulls.fill_null(x, "b")).tolist() == ["a", "b", "b"]
    assert int(nulls.count(x)) == 2
    assert np.asarray(nulls.isnull(nulls.make_nullable(x, x == "a"))).tolist() == [
        True,
        True,
        False,
    ]
    assert np.asarray(nulls.same(x, x)).all()


def test_require_no_null():
    program = xp.trace(nulls.require_no_null, "string?[N]")
    assert program(np.ma.masked_array(["a", "b"])).tolist() == ["a", "b"]
    with pytest.raises(EvaluationError):
        program(np.ma.masked_array(["a", "b"], [0, 1]))
    with pytest.raises(ArgumentError, match="null"):
        nulls.require_no_null(xp.asarray([None, 1]))


# Models


def operators(function: Any, *specs: Any) -> list[str]:
    return [node.op_type for node in xp.trace(function, *specs).model.graph.node]


@pytest.mark.parametrize(
    ("function", "nodes"),
    [
        (lambda x: nulls.fill_null(x, 0), ["Where"]),
        (lambda x: nulls.fill_null(x + 1, 0), ["Add", "Where"]),
        (lambda x: nulls.isnull(x * 2 + x), ["Identity"]),
        (lambda x: nulls.get_data(x), ["Where"]),
        (lambda x: nulls.coalesce(x, 0), ["Where"]),
        (
            lambda x: nulls.fill_null(xp.astype(nulls.fill_null(x, 0), "int64?") + 1, 5),
            ["Where", "Add"],
        ),
        (lambda x: nulls.fill_null((x + x) * x, 0), ["Add", "Mul", "Where"]),
        (lambda x: nulls.fill_null(x[::-1], 0), ["Slice", "Slice", "Where"]),
    ],
)
def test_graphs_have_no_dead_nodes(function, nodes):
    assert operators(function, "int64?[N]") == nodes


def test_without_nulls_nothing_is_computed_for_them():
    def function(x):
        y = nulls.make_nullable(x)
        z = xp.where(y > 0, xp.concat([y, y])[:3] + xp.reshape(y, (3,)), y)
        return nulls.fill_null(z, 0)

    def plain(x):
        return xp.where(x > 0, xp.concat([x, x])[:3] + xp.reshape(x, (3,)), x)

    assert operators(function, "int64[3]") == operators(plain, "int64[3]")


def test_programs():
    loaded = xp.load(bytes(xp.trace(lambda x, y: {"sum": x + y}, "int64?[N]", "float64[N]")))
    graph = loaded.model.graph
    assert [leaf.name for leaf in graph.input] == ["x_values", "x_null", "y"]
    assert [leaf.name for leaf in graph.output] == ["sum_values", "sum_null"]
    loaded = xp.load(bytes(xp.trace(lambda x, y: x + y, "int64?[N]", "float64[N]")))
    result = loaded(X, np.array([0.5, 1.5, 2.5]))
    assert isinstance(result, np.ma.MaskedArray)
    assert result.tolist() == [1.5, None, 5.5]
    assert loaded(X.data, np.zeros(3)).tolist() == [1.0, 2.0, 3.0]
    assert listed(loaded(xp.asarray(X), xp.zeros(3))) == [1.0, None, 3.0]
    assert loaded([1, None], [0.5, 0.5]).tolist() == [1.5, None]
    with pytest.raises(FeedError):
        loaded([1.5, None], [0.5, 0.5])
    with pytest.raises(FeedError):
        loaded([1, 2], [0.5, None])
    with pytest.raises(FeedError):
        loaded(X.astype(float), np.zeros(3))
    assert "x_null: bool[N]" in str(loaded)


@pytest.mark.parametrize("function", [lambda x: x * 3, lambda x: x, lambda x: x > 1])
def test_bytes_of_outputs_do_not_depend_on_what_is_under_nulls(function):
    from onnxruntime import InferenceSession

    session = InferenceSession(bytes(xp.trace(function, "int64?[N]")))
    null = np.array([False, True])
    runs = [
        session.run(None, {"x_values": np.array([1, junk]), "x_null": null})[0].tobytes()
        for junk in (0, 7, -(2**63))
    ]
    assert len(set(runs)) == 1


@pytest.mark.parametrize(
    ("spec", "fed", "expected"),
    [
        (xp.spec("float64?[N]", null="nan"), np.array([1.0, np.nan]), [1.0, None]),
        (xp.spec("int64?[N]", null=-1), np.array([5, -1]), [5, None]),
        (xp.spec("string?[N]", null=""), np.array(["a", ""]), ["a", None]),
        (xp.spec("complex64?[N]", null="nan"), np.array([1j, np.nan], np.complex64), [1j, None]),
    ],
)
def test_encodings(spec, fed, expected):
    program = xp.trace(lambda x: (x, nulls.isnull(x)), spec)
    for way in (program, xp.load(bytes(program))):
        assert way(fed)[0].tolist() == expected
        masked = np.ma.masked_array([fed[0], fed[0]], [0, 1])
        values, isnull = way(masked)
        assert values.tolist() == expected
        assert isnull.tolist() == [False, True]
        with pytest.raises(FeedError, match="stands for null"):
            way(np.ma.masked_array([fed[1], fed[1]], [0, 1]))
    outer = xp.trace(lambda x: program(x)[1], f"{spec.dtype}[N]")
    assert outer(masked).tolist() == [False, True]


def test_calls_of_programs_jit_and_control_flow():
    program = xp.trace(lambda x: x + 1, "int64?[N]")
    assert run_all_ways(lambda x: program(x) * 2, X, static_axes=[0]).tolist() == [4, None, 8]
    assert listed(xp.trace(lambda x: program(x), "int64[N]")(np.array([1]))) == [2]
    jitted = xp.jit(lambda x: x + 1)
    assert listed(jitted(xp.asarray(X))) == jitted(X).tolist() == [2, None, 4]
    assert jitted(X.data).tolist() == [2, 3, 4]

    def branches(x):
        doubled = xp.cond(xp.asarray(True) & nulls.isnull(x[1]), lambda: x * 2, lambda: x)
        return doubled, xp.fori_loop(0, 3, lambda i, y: y + i, x)

    doubled, looped = run_all_ways(branches, X, static_axes=[0])
    assert (doubled.tolist(), looped.tolist()) == ([2, None, 6], [4, None, 6])


def test_tables():
    program = xp.trace(lambda a, b: {"c": a * b}, "int64?[N]", "bool?[N]")
    frame = pd.DataFrame({"a": pd.array([1, None, 3], "Int64"), "b": [True, True, None]})
    frame["b"] = frame["b"].astype("boolean")
    for table in (
        frame,
        pl.from_pandas(frame),
        pa.Table.from_pandas(frame),
        frame.astype({"a": float}),
    ):
        assert program(table)["c"].tolist() == [1, None, None]
    with pytest.raises(FeedError, match="round"):
        program(frame.assign(a=[1.5, np.nan, 3]))


def test_scorers():
    program = xp.trace(
        lambda a, b, t: {"c": a * b, "t": t, "p": a > 1, "h": xp.astype(a, "float16?")},
        "int64?[N]",
        "float64[N]",
        xp.spec("string?[N]", null=""),
    )
    score = program.on()
    frame = pd.DataFrame({"a": pd.array([1, None, 3], "Int64"), "b": 0.5, "t": ["x", "y", None]})
    result = score(frame)
    assert list(map(str, result.dtypes)) == ["Float64", "string", "boolean", "Float32"]
    assert result["c"].tolist()[::2] == [0.5, 1.5]
    assert result.isna()["c"].tolist() == result.isna()["p"].tolist() == [False, True, False]
    assert result.isna()["t"].tolist() == [False, False, True]
    expected = {
        "c": [0.5, None, 1.5],
        "t": ["x", "y", None],
        "p": [False, None, True],
        "h": [1, None, 3],
    }
    assert score(pl.from_pandas(frame)).to_dict(as_series=False) == expected
    assert score(pa.Table.from_pandas(frame)).to_pydict() == expected
    assert score(frame.iloc[:0]).dtypes.tolist() == result.dtypes.tolist()
    other = xp.trace(lambda a: {"c": a}, "int64?[N]").on()
    assert other.schema(pl.from_pandas(frame).lazy()) == {"c": pl.Int64}


def test_matrices_of_nullable_columns():
    program = xp.trace(lambda X: {"s": xp.sum(X, axis=1)}, "float64?[N, 2]")
    score = program.on(["a", "b"])
    frame = pd.DataFrame({"a": pd.array([1, None], "Float64"), "b": [0.5, 1.5]})
    assert score(frame)["s"].tolist() == [1.5, 1.5]


def test_a_spec_needs_a_nullable_dtype():
    with pytest.raises(SpecError, match=r"float64\?"):
        xp.spec("float64[N]", null="nan")


def test_arrays_of_one_element():
    assert listed(xp.zeros(2, dtype="string?")) == ["", ""]
    assert listed(xp.full(2, None, dtype="int64?")) == [None, None]
    assert listed(xp.full_like(xp.asarray([1, None]), 7)) == [7, 7]
    assert listed(xp.zeros_like(xp.asarray(["a", None]))) == ["", ""]


def test_checks_compare_nulls():
    program = xp.trace(lambda x: x + 1, "int64?[N]")
    (row,) = program.check(X)
    assert (row.agrees, row.absolute) == (True, 0)
    filled = xp.trace(lambda x: nulls.get_data(x) if x.is_traced else x + 1, "int64?[N]")
    (row,) = filled.check(np.ma.masked_array([0, 1], [1, 0]))
    assert not row.agrees


def test_other_dtypes_are_named():
    with pytest.raises(FeedError, match=r"use x\.astype\('int64'\)"):
        xp.trace(lambda x: x, "int64?[N]")(X.astype("int32"))
