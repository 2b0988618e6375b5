"""Specs from examples, sizes without names, and lists and numbers as arguments."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import onnxp as xp
from onnxp.errors import ExampleError, FeedError, SpecError

X = np.arange(6.0).reshape(3, 2)


class Parts(NamedTuple):
    a: Any
    b: Any


def specs(program: xp.Program) -> list[str]:
    return [leaf.text for leaf in program.inputs]


@pytest.mark.parametrize(
    ("function", "example", "expected"),
    [
        (lambda x: x * 2, X, ["float64[N, 2]"]),
        (lambda x: x * 2, xp.asarray(X, dtype=xp.float32), ["float32[N, 2]"]),
        (lambda x, /: x * 2, X, ["float64[N, 2]"]),
        (lambda x, scale=2.0: x * scale, X, ["float64[N, 2]"]),
        (lambda x, scale=2.0: x * scale, (X, np.float32(3)), ["float64[N, 2]", "float32[]"]),
        (lambda x, *, scale: x * scale, {"x": X, "scale": X[:1]}, ["float64[N, 2]", "float64[N_1, 2]"]),
        (lambda x, y: x + y[:, None], (X, X[:, 0]), ["float64[N, 2]", "float64[N]"]),
        (lambda *xs: xs[0] + xs[1], (X, X), ["float64[N, 2]", "float64[N, 2]"]),
        (lambda d: d["p"] + d["q"][0], {"p": X, "q": [X]}, ["float64[N, 2]", "float64[N, 2]"]),
        (lambda x: x.a + x.b, Parts(X, X), ["float64[N, 2]", "float64[N, 2]"]),
        (lambda s: s + "!", np.asarray(["a"]), ["string[N]"]),
        (lambda x: x * 2, 1.5, ["float64[]"]),
        (lambda x: x * 2, [1, 2], ["int64[N]"]),
        (lambda x: x * 2, [1, None], ["int64?[N]"]),
        (lambda x: x[0] * x[1], [np.float64(1), np.float64(2)], ["float64[]", "float64[]"]),
        (lambda x: x * 2, [[1.0, 2.0], (3.0, 4.0)], ["float64[N, 2]"]),
        (lambda s: s + "!", ["a", "b"], ["string[N]"]),
        (lambda x, y: x * y, ([1.0, 2.0], 3), ["float64[N]", "int64[]"]),
        (lambda x, y: x * y, {"x": pd.Series([1.5]), "y": [2.0]}, ["float64[N]", "float64[N]"]),
        (lambda x: x * 2, pd.Series([1, None]), ["float64[N]"]),
        (lambda x: x * 2, pd.Series([1, None], dtype="Int64"), ["int64?[N]"]),
        (lambda x: x * 2, np.ma.array([1, 2], mask=[0, 1]), ["int64?[N]"]),
        (lambda s: s + "!", pd.Series(["a", "b"]), ["string[N]"]),
        (lambda s: s, pd.Series(["b", "a"], dtype="category"), ["category[a, b][N]"]),
        (lambda t: t, pd.Series(np.asarray(["2020"], "M8[s]")), ["datetime64[s][N]"]),
    ],
)  # fmt: skip
def test_an_example_alone_gives_the_specs(function: Any, example: Any, expected: list[str]) -> None:
    assert specs(xp.trace(function, example=example)) == expected


def test_the_batch_of_an_example_is_dynamic() -> None:
    program = xp.trace(lambda x: x.sum(axis=0), example=X)
    np.testing.assert_array_equal(program(X[:1]), X[0])


@pytest.mark.parametrize(
    ("function", "example", "message"),
    [
        (
            lambda x, y: x,
            X,
            r"an example for the arguments \['x', 'y'\] must be a tuple of 2 arrays",
        ),
        (lambda x, y: x, (X, X, X), "must be a tuple of 2 arrays"),
        (
            lambda x: x,
            "float64[N]",
            r"the example at \['x'\] is 'float64\[N\]' of type str; it must",
        ),
        (lambda x: x, X.tolist, "it must be an array, a column, or a number or list of numbers"),
        (lambda x: x, [[1, 2], [3]], r"no spec can be made from the example of \['x'\]"),
        (lambda x: x, pd.Series([object()]), r"no spec can be made from the example of \['x'\]"),
        (
            lambda x, y: x,
            (pd.DataFrame(X), 1.0),
            r"example of 'x' is a pandas\.DataFrame; .*df\.to_numpy\(\).*; a function whose only argument",
        ),
        (
            lambda x, y: x,
            (pd.DataFrame({"age": [1.0], "sex": ["f"]}), 1.0),
            r"several dtypes, and an array has one: write .* def f\(age, sex\) and example=\{'age': df\[",
        ),
        (
            lambda x: x,
            np.array([[1.0, "f"], [2.0, "m"]], object),
            r"'x' is an array of objects, with columns of text and of numbers; write a parameter for each",
        ),
        (
            lambda x: x,
            [pd.DataFrame(X)],
            r"the example at \['x'\]\[0\] is an object of type DataFrame",
        ),
        (lambda a, b: a, pd.DataFrame(X), r"example=\{'a': df\['a'\], 'b': df\['b'\]\}"),
    ],
)
def test_examples_that_give_no_specs(function: Any, example: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        xp.trace(function, example=example)


def test_a_frame_for_several_specs_says_what_to_write() -> None:
    with pytest.raises(
        ExampleError, match=r"not an object of type DataFrame; write example=\{'a': df\['a'\]"
    ):
        xp.trace(lambda a, b: a + b, "float64[N]", "float64[N]", example=pd.DataFrame(X))


def test_an_example_of_polars() -> None:
    polars = pytest.importorskip("polars", reason="`make test` installs polars")
    program = xp.trace(lambda x: x * 2, example=polars.Series([1.0, 2.0]))
    assert specs(program) == ["float64[N]"]
    np.testing.assert_array_equal(program([3.0]), [6.0])


@pytest.mark.parametrize("options", [{"example": X}, {}])
@pytest.mark.parametrize(
    ("name", "advice"), [("opsett", "; write opset="), ("scal", "; write scale="), ("zzz", "")]
)  # fmt: skip
def test_misspelled_options_are_named(name: str, advice: str, options: Any) -> None:
    given = () if options else ("float64[N, 2]",)
    message = f"'{name}' is neither an option of trace nor a parameter of the function"
    with pytest.raises(SpecError, match=message) as raised:
        xp.trace(lambda x, scale=2.0: x * scale, *given, **options, **{name: 17})
    assert advice in str(raised.value)


@pytest.mark.parametrize("sample", [X, xp.asarray(X)])
def test_an_array_instead_of_a_spec_says_what_to_write(sample: Any) -> None:
    with pytest.raises(SpecError, match=r"write 'float64\[N, 2\]' instead"):
        xp.trace(lambda x: x, sample)


@pytest.mark.parametrize(
    "spec",
    [
        "float64[?, 2]",
        xp.spec((None, 2), "float64"),
        xp.spec(("?", 2), "float64"),
    ],
)
def test_sizes_without_names(spec: Any) -> None:
    program = xp.trace(lambda x, y: x.sum() + y.sum(), spec, spec)
    assert specs(program) == ["float64[x_0, 2]", "float64[y_0, 2]"]
    assert program(X, X[:1]) == X.sum() + X[:1].sum()


def test_sizes_without_names_keep_their_bounds_and_differ_from_names() -> None:
    program = xp.trace(lambda x, y: x.sum() + y.sum(), "float64[?>=0, ?]", "float64[x_0]")
    assert specs(program) == ["float64[x_0_, x_1]", "float64[x_0]"]
    assert program(X[:0], X[0]) == 1


def test_a_spec_prints_sizes_without_names() -> None:
    assert repr(xp.spec((None, 2, "N"), "int8")) == "int8[?, 2, N]"
    assert xp.spec((None,), "int8") == xp.spec("?", "int8")


def test_arguments_without_names() -> None:
    x, y = xp.argument((None, 2), "float64"), xp.argument((None, 2), "float64")
    model = xp.build({"x": x, "y": y}, {"s": x.sum() + y.sum()})
    sizes = [i.type.tensor_type.shape.dim[0].dim_param for i in model.graph.input]
    assert len(set(sizes)) == 2
    assert xp.load(model)(X, X[:1])["s"] == X.sum() + X[:1].sum()


@pytest.mark.parametrize(
    ("spec", "given", "expected"),
    [
        ("float32[N, 2]", [[1, 2.5]], np.asarray([[1, 2.5]], np.float32)),
        ("float32[]", 3, np.float32(3)),
        ("float64[N]", (1, True), np.asarray([1.0, 1.0])),
        ("int8[N]", [1, -2], np.asarray([1, -2], np.int8)),
        ("uint64[]", 2**64 - 1, np.uint64(2**64 - 1)),
        ("bool[N]", [True, False], np.asarray([True, False])),
        ("complex128[]", 1j, np.complex128(1j)),
        ("string[N]", ["a", "é"], np.asarray(["a", "é"])),
        ("string[]", "a", np.asarray("a")),
        ("int32[N>=0]", [], np.asarray([], np.int32)),
    ],
)
def test_lists_and_numbers_take_the_dtype_of_the_input(
    spec: str, given: Any, expected: Any
) -> None:
    result = xp.trace(lambda x: x.copy(), spec)(given)
    np.testing.assert_array_equal(result, expected)
    assert result.shape == np.shape(expected)
    if expected.dtype.kind != "U":
        assert result.dtype == expected.dtype


@pytest.mark.parametrize(
    ("spec", "given", "message"),
    [
        ("int8[]", 300, "300 out of bounds for int8"),
        ("uint8[N]", [-1], "-1 out of bounds for uint8"),
        ("int8[]", 1.0, "not float"),
        ("bool[]", 1, "not int"),
        ("float32[]", 1e300, "overflow"),
        ("float32[]", 1j, "not complex"),
        ("float32[N]", ["1"], "not list"),
        ("float64[N, 2]", [[1, 2], [3]], "not list"),
        ("float64[N]", [1, None], "not list"),
        ("string[N]", [1], "not list"),
    ],
)
def test_python_numbers_of_another_kind(spec: str, given: Any, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        xp.trace(lambda x: x.copy(), spec)(given)


@pytest.mark.parametrize(
    ("spec", "array", "casting"),
    [
        ("float32[N]", np.ones(2), "same_kind"),
        ("float64[N]", np.ones(2, np.float32), "safe"),
        ("float64[N]", np.ones(2, np.int32), "safe"),
        ("int64[N]", np.ones(2, np.int8), "same_kind"),
    ],
)
def test_arrays_are_cast_on_demand(spec: str, array: Any, casting: str) -> None:
    program = xp.trace(lambda x: x * 2, spec)
    with pytest.raises(FeedError, match="is needed; use x"):
        program(array)
    np.testing.assert_array_equal(program(array, cast=casting), [2, 2])


@pytest.mark.parametrize(
    ("spec", "array", "casting", "message"),
    [
        ("int8[N]", np.asarray([300]), "same_kind", "has dtype int64"),
        ("float32[N]", np.ones(2), "safe", "has dtype float64"),
        ("int64[N]", np.ones(2), "same_kind", "has dtype float64"),
        ("int64[N]", np.ones(2), "unsafe", "cast must be 'safe' or 'same_kind', not 'unsafe'"),
    ],
)
def test_casts_that_lose_more(spec: str, array: Any, casting: str, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        xp.trace(lambda x: x * 2, spec)(array, cast=casting)


def test_a_parameter_called_cast() -> None:
    program = xp.trace(lambda x, cast: x + cast, "float64[N]", "float64[N]")
    np.testing.assert_array_equal(program(np.ones(2), cast=np.ones(2)), [2, 2])


@pytest.mark.parametrize(
    ("sample", "advice"),
    [
        ([1.0, 2.0], r"write 'float64\[N\]' instead"),
        ([[1, 2, 3]], r"write 'int64\[N, 3\]' instead"),
        (pd.DataFrame({"a": [1.0]}), r"write trace\(function, example=df\)"),
    ],
)
def test_samples_in_the_place_of_specs(sample: Any, advice: str):
    with pytest.raises(SpecError, match=advice):
        xp.trace(lambda x: x, sample)
