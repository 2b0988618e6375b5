"""What users get wrong: each mistake has its class, and a message with what was given and what is allowed.

Files that are not models, and paths that cannot be written, are in `test_files`.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import operator
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import onnxp as xp
from onnxp import errors
from onnxp._src.program.spec import parse
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    BroadcastError,
    DTypeError,
    FeedError,
    MissingArgumentError,
    MixedTracesError,
    NameCollisionError,
    NotAnArrayError,
    OpsetError,
    PromotionError,
    ScalarError,
    ScalarRangeError,
    SpecError,
    TracedValueError,
    UnknownSizeError,
)

MATRIX = "float32[N, 2]"
X = np.ones((3, 2), np.float32)


def argument(text: str) -> xp.Array:
    shape, dtype = parse(text).shape, parse(text).dtype
    return xp.argument(shape, dtype)


def kind_of(obj: object) -> str:
    return type(obj).__name__


def test_every_error_is_ours_and_a_builtin(subtests: pytest.Subtests):
    classes = [c for c in vars(errors).values() if isinstance(c, type)]
    assert len(classes) > 20
    for kind in classes:
        with subtests.test(kind=kind.__name__):
            assert issubclass(kind, errors.OnnxpError) or issubclass(kind, Warning)
            assert kind.__doc__
            assert kind.__doc__.splitlines()[0].endswith(".")
            builtins = [b for b in kind.__mro__ if b.__module__ == "builtins"]
            assert kind is errors.OnnxpError or len(builtins) > 3, (
                f"{kind} is not a builtin error too"
            )


# Shapes and dtypes of operands

a32, b32 = np.ones((2, 3), np.float32), np.ones(4, np.float32)
i8, u64, f64, flag = np.ones(3, np.int8), np.ones(3, np.uint64), np.ones(3), np.ones(3, bool)


@pytest.mark.parametrize("kind", ["concrete", "traced"])
@pytest.mark.parametrize(
    ("function", "left", "right", "error", "message"),
    [
        (operator.add, a32, b32, BroadcastError, r"shapes \(2, 3\) and \(4,\) do not broadcast"),
        (operator.lt, a32, b32, BroadcastError, r"\(2, 3\) and \(4,\)"),
        (operator.matmul, a32, a32, errors.ShapeError, r"matmul.*\(2, 3\).*\(2, 3\)"),
        (operator.matmul, a32, np.asarray(1, np.float32), errors.ShapeError, "matmul.*rank"),
        (operator.sub, flag, flag, DTypeError, "subtract.*bool"),
        (operator.and_, f64, f64, DTypeError, "bitwise_and.*float64"),
        (operator.and_, u64, i8, PromotionError, "bitwise_and: uint64 and int8 .*integer"),
        (operator.lshift, i8, 1.5, DTypeError, "bitwise_left_shift.*float64"),
        (operator.mod, f64 * 1j, f64, DTypeError, "remainder.*complex128"),
        (operator.add, i8, 128, ScalarRangeError, "add: 128 .*int8.* -128 to 127"),
        (operator.sub, u64, -1, ScalarRangeError, "subtract: -1 .*uint64"),
        (operator.add, f64, 10**400, ScalarRangeError, "add: .*float64"),
        (operator.add, f64, np.asarray(["a"]), PromotionError, "add: float64 and string"),
        (operator.add, f64, np.asarray([None]), DTypeError, "element 0 of the array is None"),
        (operator.add, f64, np.datetime64("2020-01-01"), DTypeError, "datetime64"),
    ],
)
def test_operands(kind: str, function: Callable, left, right, error: type, message: str):
    def operand(obj: Any) -> Any:
        if not isinstance(obj, np.ndarray | np.generic) or obj.dtype.kind in "UOM":
            return obj
        return xp.asarray(obj) if kind == "concrete" else xp.argument(obj.shape, obj.dtype.name)

    with pytest.raises(error, match=message):
        function(operand(left), operand(right))
    if isinstance(left, np.ndarray):
        with pytest.raises(error, match=message):  # numpy's own arrays are operands too
            function(operand(left), right)


@pytest.mark.parametrize("other", ["a", {}, object()], ids=kind_of)
def test_operands_that_are_no_numbers(other: object, subtests: pytest.Subtests):
    x = xp.asarray(X)
    for function in (operator.add, operator.matmul, operator.lt):
        with subtests.test(function=function.__name__):
            with pytest.raises(
                TypeError, match=r"unsupported operand|not supported|cannot be combined"
            ):
                function(x, other)
            with pytest.raises(TypeError):
                function(other, x)
    if isinstance(other, str):
        # which stands beside arrays of strings: False would be a silent mistake
        for function in (operator.eq, operator.ne):
            with (
                subtests.test(function=function.__name__),
                pytest.raises(ScalarError, match=r"equal: the Python scalar 'a' .* float32"),
            ):
                function(x, other)
    else:
        assert (x == other) is False
        assert (x != other) is True


# Asking a traced array for its value


def number(x):
    return x[0, 0]


def branch(x):
    if number(x) > 0:  # the line
        return x
    return -x


def loop(x):
    while number(x) > 0:  # the line
        x = x - 1
    return x


def short_circuit(x):
    return number(x) > 0 and x  # the line


VALUE = "not known before the model runs"
HOSTILE: list[tuple[Callable, type, str]] = [
    (lambda x: bool(number(x)), TracedValueError, r"xp\.where\(.*for a branch"),
    (lambda x: bool(x), TracedValueError, r"xp\.where"),
    (lambda x: not x, TracedValueError, VALUE),
    (lambda x: int(number(x)), TracedValueError, VALUE),
    (lambda x: float(number(x)), TracedValueError, r"np\.sqrt\(x\) for math"),
    (lambda x: complex(number(x)), TracedValueError, VALUE),
    (lambda x: math.sqrt(number(x)), TracedValueError, VALUE),
    (lambda x: number(x).item(), TracedValueError, r"item\(\).*leave it out"),
    (lambda x: x.tolist(), TracedValueError, r"tolist\(\).*leave it out"),
    (lambda x: pd.DataFrame(x), TracedValueError, "trace_estimator"),
    (lambda x: np.asarray(x), TracedValueError, r"np\.asarray"),
    (lambda x: np.asarray(x, dtype=np.float64), TracedValueError, VALUE),
    (lambda x: np.array([number(x), 2.0]), TracedValueError, VALUE),
    (lambda x: f"{number(x):.2f}", TracedValueError, "format the results of the program"),
    (lambda x: max(number(x), 0.0), TracedValueError, VALUE),
    (lambda x: sorted([number(x), number(x) + 1]), TracedValueError, VALUE),
    (lambda x: number(x) in (1.0, 2.0), TracedValueError, VALUE),
    (lambda x: x.__dlpack__(), TracedValueError, "traced|not known"),
    (lambda x: pickle.dumps(x), TracedValueError, VALUE),
    (branch, TracedValueError, VALUE),
    (loop, TracedValueError, VALUE),
    (short_circuit, TracedValueError, VALUE),
    (lambda x: len(x), UnknownSizeError, "the size N is not known"),
    (lambda x: list(x), UnknownSizeError, "the size N is not known"),
    (lambda x: [*x], UnknownSizeError, "the size N is not known"),
    (lambda x: range(x.shape[0]), UnknownSizeError, "a Python loop over it"),
    (lambda x: x * math.sqrt(x.shape[0]), UnknownSizeError, r"write np\.sqrt\(n\)"),
    (lambda x: x * (1 / (x.shape[0] - 1)), UnknownSizeError, r"the divisor N-1 .*N>=2"),
    (lambda x: x if x.shape[0] == 3 else -x, UnknownSizeError, r"whether N == 3 .*N >= 1"),
    (lambda x: x if x.shape == (3, 2) else -x, UnknownSizeError, "whether N == 3"),
    (lambda x: np.zeros(x.shape), UnknownSizeError, "the size N"),
    (lambda x: {x: 1}, TypeError, "unhashable"),
]


@pytest.mark.parametrize(("function", "error", "message"), HOSTILE)
def test_values_of_traced_arrays(function: Callable, error: type, message: str):
    with pytest.raises(error, match=message):
        xp.trace(function, MATRIX, translate_numpy=False)


@pytest.mark.parametrize(
    "function",
    [lambda x, i: [1, 2][i], lambda x, i: range(i), lambda x, i: int(i), lambda x, i: "a" * i],
)
def test_indices_of_python(function: Callable):
    with pytest.raises(TracedValueError, match=VALUE):
        xp.trace(function, MATRIX, "int64[]")


def test_an_index_must_be_an_integer():
    with pytest.raises(
        ArgumentTypeError, match="an index must be an integer array of rank 0, not float32"
    ):
        [1, 2][xp.asarray(X)[0, 0]]


@pytest.mark.parametrize("function", [branch, loop, short_circuit])
def test_the_users_line_is_named(function: Callable):
    source = Path(__file__).read_text().splitlines()
    start = function.__code__.co_firstlineno
    line = next(i for i, text in enumerate(source[start:], start + 1) if "# the line" in text)
    pattern = re.escape(f"{__file__}:{line}, in {function.__name__}")
    with pytest.raises(TracedValueError, match=f"computed at {pattern}"):
        xp.trace(function, MATRIX)


def test_concrete_arrays_have_their_limits_too(subtests: pytest.Subtests):
    x = xp.asarray(X)
    for conversion in (bool, int, float, complex):
        with (
            subtests.test(conversion=conversion.__name__),
            pytest.raises(ArgumentTypeError, match=r"rank 0, not one of shape \(3, 2\)"),
        ):
            conversion(x)
    for conversion in (int, float):
        with (
            subtests.test(conversion=conversion.__name__),
            pytest.raises(ArgumentTypeError, match="cannot convert complex128; take its real part"),
        ):
            conversion(xp.asarray(1j))
    with pytest.raises(ArgumentTypeError, match="rank 0"):
        len(xp.asarray(1.0))
    with pytest.raises(ArgumentTypeError, match="rank 0"):
        iter(xp.asarray(1.0))
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)


def test_copies_of_traced_arrays():
    def function(x):
        y = copy.copy(x)
        z = copy.deepcopy([x])[0]
        y += 1
        return x, y, z

    x, y, z = xp.trace(function, MATRIX)(X)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, X + 1)
    np.testing.assert_array_equal(z, X)


def test_text_of_traced_arrays():
    x = argument(MATRIX)
    assert repr(x) == str(x) == f"{x}" == "Array(traced float32[N, 2])"


# Traces that meet


def leftover() -> xp.Array:
    kept = []

    def first(x):
        kept.append(x * 2)
        return x

    xp.trace(first, MATRIX)
    return kept[0]


def test_arrays_of_two_traces():
    old = leftover()
    message = r"after the trace of leftover\.<locals>\.first \(traced at .*\) has ended\. A traced"

    def second(x):
        return x + old

    second.__qualname__ = "second"
    with pytest.raises(MixedTracesError, match=message):
        xp.trace(second, MATRIX)
    message = (
        r"depends on x \(float32\(N, 2\)\), an argument of another trace, leftover\.<locals>\.first"
    )
    with pytest.raises(MixedTracesError, match=message):
        xp.trace(lambda x: old, MATRIX)
    with pytest.raises(MixedTracesError, match=message):
        xp.build({"x": argument(MATRIX)}, {"y": old})
    with pytest.raises(MixedTracesError, match="two different traces meet"):
        xp.trace(lambda x: xp.trace(lambda y: x + y, MATRIX) and x, MATRIX)
    with pytest.raises(TracedValueError, match="has ended"):
        np.asarray(old + 1)


def test_an_argument_that_is_no_input():
    x, y = (
        xp.argument(("N",), xp.float32, name="first"),
        xp.argument(("M",), xp.int8, name="second"),
    )
    with pytest.raises(
        MissingArgumentError,
        match=r"depends on the argument second \(int8\(M,\)\).*the inputs \['x'\]; add it",
    ):
        xp.build({"x": x}, {"z": xp.astype(y, xp.float32)})
    with pytest.raises(MissingArgumentError, match="the argument first"):
        xp.trace(lambda z: z + x[0], "float32[]")
    with pytest.raises(
        MissingArgumentError, match=r"depends on the size M, which is not the size of any .*\['x'\]"
    ):
        xp.build({"x": x}, {"z": x * y.shape[0]})


# Names


@pytest.mark.parametrize(
    ("trace", "message"),
    [
        (
            lambda: xp.trace(lambda x: {"x": x + 1}, MATRIX),
            "'x' is the name of an input and of an output",
        ),
        (
            lambda: xp.trace(lambda z, z_real: z, "complex64[N]", "float32[N]"),
            "two inputs .*'z_real'",
        ),
        (
            lambda: xp.trace(lambda a, a_b: a["b"], {"b": MATRIX}, MATRIX),
            r"two inputs .*'a_b': \['a_b'\]",
        ),
        (lambda: xp.trace(lambda x: {"a b": x + 1, "a_b": x}, MATRIX), "two outputs .*'a_b'"),
        (
            lambda: xp.trace(lambda x: x, MATRIX, input_names=["output"]),
            "'output' is the name of an input and",
        ),
        (
            lambda: xp.trace(lambda x, y: x, MATRIX, MATRIX, input_names=["a", "a"]),
            "inputs must differ",
        ),
        (
            lambda: xp.trace(lambda x: (x, x), MATRIX, output_names=["a", "a"]),
            "outputs must differ",
        ),
        (
            lambda: xp.trace(lambda x: x, MATRIX, input_names=["a", "b"]),
            "1 inputs need as many names",
        ),
        (lambda: xp.trace(lambda x: x, MATRIX, output_names=[]), "1 outputs need as many names"),
        (lambda: xp.trace(lambda *xs, **k: xs[0], MATRIX, xs_0=MATRIX), "two parameters .*'xs_0'"),
        (
            lambda: (lambda x: xp.build({"a": x, "b": x}, {"y": x + 1}))(argument(MATRIX)),
            "the inputs 'a' and 'b' are the same argument",
        ),
    ],
)
def test_names_that_collide(trace: Callable, message: str):
    with pytest.raises(NameCollisionError, match=message):
        trace()


@pytest.mark.parametrize("name", ["", "\ud800", 3, None, b"x"], ids=repr)
def test_what_is_no_name(name: Any):
    x = argument(MATRIX)
    with pytest.raises(
        ArgumentError, match="the name of an input must be text that is not empty, not"
    ):
        xp.build({name: x}, {"y": x + 1})
    with pytest.raises(
        ArgumentError, match="the name of an output must be text that is not empty, not"
    ):
        xp.build({"x": x}, {name: x + 1})


@pytest.mark.parametrize("names", ["x", [3], [None]])
def test_what_are_no_names(names: Any):
    with pytest.raises(ArgumentTypeError, match="the names of inputs must be a list of strings"):
        xp.trace(lambda x: x, MATRIX, input_names=names)


# Results and inputs that are not arrays


class Pair(NamedTuple):
    a: Any
    b: Any


@dataclasses.dataclass
class Point:
    x: Any
    name: str


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda x: None,
            "the result is None of type NoneType; it must be an array, or a tuple",
        ),
        (lambda x: (x, np.void(b"a")), r"the result at \[1\] is .* of type void"),
        (lambda x: {"a": x, "b": b"bytes"}, r"the result at \['b'\] is b'bytes' of type bytes"),
        (lambda x: (x, "text"), r"the result at \[1\] is 'text' of type str"),
        (lambda x: {"a": Pair(x, [None])}, r"the result at \['a'\]\['b'\]\[0\] is None"),
        (lambda x: Point(x, "origin"), r"the result at \['name'\] is 'origin' of type str"),
        (lambda x: Pair, "of type type"),
        (lambda x: (y for y in (x, x)), "of type generator"),
        (lambda x: {x.ndim}, r"\{2\} of type set"),
        (lambda x: {(0, 1): x}, r"a dict with the key \(0, 1\) of type tuple"),
        (lambda x: (), "there is no output"),
        (lambda x: {"a": []}, "there is no output"),
    ],
)
def test_results_that_are_no_arrays(function: Callable, message: str):
    with pytest.raises(NotAnArrayError, match=message):
        xp.trace(function, MATRIX)


@pytest.mark.parametrize(
    ("inputs", "outputs", "error", "message"),
    [
        (
            {"x": X},
            {},
            NotAnArrayError,
            "(?s)input 'x' is array.* must be an array that xp.argument returned",
        ),
        ({"x": None}, {}, NotAnArrayError, "input 'x' is None"),
        ({"x": xp.asarray(X)}, {}, NotAnArrayError, "input 'x' is Array"),
        (
            {"x": argument(MATRIX) + 1},
            {},
            NotAnArrayError,
            "an array that xp.argument returned",
        ),
        (
            {},
            {"y": X},
            NotAnArrayError,
            "(?s)output 'y' is array.* of type ndarray; an output must be an array of onnxp",
        ),
        ({}, {"y": 1.0}, NotAnArrayError, "output 'y' is 1.0 of type float"),
        ({}, {"y": [xp.asarray(X)]}, NotAnArrayError, "(?s)output 'y' is .* of type list"),
        ({}, {}, NotAnArrayError, "there is no output"),
        (
            [argument(MATRIX)],
            {},
            ArgumentTypeError,
            "build: inputs must be a dict of names and arrays",
        ),
        ({}, argument(MATRIX), ArgumentTypeError, "build: outputs must be a dict .* of type Array"),
    ],
)
def test_what_build_does_not_take(inputs: Any, outputs: Any, error: type, message: str):
    with pytest.raises(error, match=message):
        xp.build(inputs, outputs)


@pytest.mark.parametrize(
    ("trace", "error", "message"),
    [
        (
            lambda f: xp.trace(f),
            SpecError,
            "do not fit the function: missing a required argument: 'x'",
        ),
        (
            lambda f: xp.trace(f, MATRIX, MATRIX),
            SpecError,
            "do not fit the function: too many positional",
        ),
        (
            lambda f: xp.trace(f, y=MATRIX),
            SpecError,
            "'y' is neither an option of trace nor a parameter",
        ),
        (lambda f: xp.trace(f, X), SpecError, r"write 'float32\[N, 2\]' instead, or .* example="),
        (
            lambda f: xp.trace(f, [X]),
            SpecError,
            r"the spec at \['x'\]\[0\] is an object of type ndarray; it must be a spec, such as",
        ),
        (lambda f: xp.trace(f, xp.asarray(X)), SpecError, r"write 'float32\[N, 2\]' instead"),
        (
            lambda f: xp.trace(f, np.float32),
            SpecError,
            r"the spec at \['x'\] is .*float32.* of type type",
        ),
        (
            lambda f: xp.trace(f, "N, 2"),
            SpecError,
            r"'N, 2' is not a spec; write it like 'float32\[N, 2\]'",
        ),
        (lambda f: xp.trace(f, "sum"), SpecError, r"partial\(function, x='sum'\)"),
        (lambda f: xp.trace(f, 3), SpecError, r"3, which is not a spec.*partial\(function, x=3\)"),
        (
            lambda f: xp.trace(f, {"a": 3}),
            SpecError,
            r"the spec at \['x'\]\['a'\] is 3 of type int",
        ),
        (
            lambda f: xp.trace(f, {None: MATRIX}),
            NotAnArrayError,
            "the spec has a dict with the key None",
        ),
        (
            lambda f: xp.trace(3, MATRIX),
            ArgumentTypeError,
            "trace: a function is needed, not 3 of type int",
        ),
        (
            lambda f: xp.trace(max, MATRIX),
            SpecError,
            "the parameters of <built-in function max> are unknown",
        ),
        (
            lambda f: xp.trace(f, MATRIX, opset="21"),
            ArgumentTypeError,
            "opset must be an integer, not '21'",
        ),
        (
            lambda f: xp.trace(f, MATRIX, opset=16),
            OpsetError,
            "every model needs opset 17 at least, but opset=16",
        ),
    ],
)
def test_what_trace_does_not_take(trace: Callable, error: type, message: str):
    with pytest.raises(error, match=message):
        trace(lambda x: x + 1)


# Feeding

program = xp.trace(
    lambda x, params: x * params["w"], MATRIX, {"w": "float32[2]", "k": "int64[2*N + 1]"}
)
PARAMS = {"w": np.ones(2, np.float32), "k": np.zeros(7, np.int64)}


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, r"\['x', 'params'\] is missing; the arguments are \['x', 'params'\]"),
        ((X,), {}, r"\['params'\] is missing"),
        ((X, PARAMS, X), {}, r"takes 2 arguments \(x, params\), not 3"),
        (
            (X,),
            {"parameters": PARAMS},
            r"'parameters' is not one of its arguments; they are \['x', 'params'\]",
        ),
        ((X, PARAMS), {"x": X}, "'x' is given twice"),
        ((X, [X, X]), {}, r"a dict with the keys \['w', 'k'\] is needed, not list"),
        ((X, {"w": X}), {}, r"a dict with the keys \['w', 'k'\] is needed, not \['w'\]"),
        ((X, PARAMS | {"z": X}), {}, r"is needed, not \['w', 'k', 'z'\]"),
        (
            ({"x": X}, PARAMS),
            {},
            r"'x' must be a numpy or onnxp array \(float32\[N, 2\]\), not dict",
        ),
        ((["a"], PARAMS), {}, r"not list; use np\.asarray\(x, 'float32'\)"),
        ((None, PARAMS), {}, "not NoneType"),
        ((1.5, PARAMS), {}, r"has shape \(\), but float32\[N, 2\] is needed"),
        (
            (X.astype(np.float64), PARAMS),
            {},
            r"'x' has dtype float64, but float32\[N, 2\] is needed; use x\.astype",
        ),
        ((X.astype(object), PARAMS), {}, "'x' has dtype object, but"),
        ((X.astype("U"), PARAMS), {}, "'x' has dtype <U"),
        (
            (X.astype(">f4"), PARAMS),
            {},
            "'x' has byte order '>f4'; the runtime takes native arrays",
        ),
        ((np.ma.array(X, mask=X > 0), PARAMS), {}, r"not MaskedArray; use x\.filled"),
        ((X[0], PARAMS), {}, r"'x' has shape \(2,\), but float32\[N, 2\] is needed"),
        ((X[None], PARAMS), {}, r"'x' has shape \(1, 3, 2\), but"),
        ((X[:, :1], PARAMS), {}, r"'x' has shape \(3, 1\), but float32\[N, 2\] is needed"),
        (
            (X[:0], PARAMS),
            {},
            "axis 0 of 'x' has size 0, but N was declared at least 1; declare 'N>=0'",
        ),
        (
            (X, PARAMS | {"k": np.zeros(9, int)}),
            {},
            r"axis 0 of 'params_k' has size 9, but N is 3 by axis 0 of 'x', and 2\*N\+1 is 7",
        ),
        (
            (X, PARAMS | {"k": np.zeros(8, int)}),
            {},
            r"axis 0 of 'params_k' has size 8, but 2\*N\+1 is needed, and no N gives that",
        ),
        (
            (X, PARAMS | {"k": np.zeros(7, np.int32)}),
            {},
            r"'params_k' has dtype int32, but int64\[2\*N\+1\]",
        ),
        ((xp.asarray(X[0]), PARAMS), {}, r"'x' has shape \(2,\)"),
    ],
)
def test_feeding(args: tuple, kwargs: dict, message: str):
    with pytest.raises(FeedError, match=message):
        program(*args, **kwargs)
    np.testing.assert_array_equal(program(X, PARAMS), X)  # it is none the worse for it


class Structures(NamedTuple):
    several: Any
    pair: Any


structured = xp.trace(
    lambda s: s.several[0] + s.pair.x, Structures(["float32[N]"] * 2, Point("float32[N]", "int8[]"))
)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (X[0], r"an object with the fields \['several', 'pair'\] is needed, not ndarray"),
        (Structures([X[0]], None), "a list of 2 arrays is needed, not list of 1"),
        (Structures(X, None), "a list of 2 arrays is needed, not ndarray"),
        (
            Structures([X[0]] * 2, {"x": 1, "name": 2}),
            r"the fields \['x', 'name'\] is needed, not dict",
        ),
        (Structures([X[0]] * 2, Point(X[0], "a")), "'s_pair_name' must be a numpy or onnxp array"),
        (
            Structures([X[0], X[0, :1]], Point(X[0], np.int8(1))),
            "'s_several_1' has size 1, but N is 2 by axis 0",
        ),
    ],
)
def test_feeding_structures(given: Any, message: str):
    with pytest.raises(FeedError, match=message):
        structured(given)


def test_a_size_that_two_inputs_share():
    pair = xp.trace(lambda x, y: x + y, "float32[N]", "float32[N]")
    with pytest.raises(FeedError, match="axis 0 of 'y' has size 1, but N is 2 by axis 0 of 'x'"):
        pair(X[0], X[0, :1])  # the runtime would broadcast it
    product = xp.trace(lambda x, y, z: x[0] + y[0] + z[0], "int8[N]", "int8[M]", "int8[N*M]")
    x, y = np.ones(2, np.int8), np.ones(3, np.int8)
    assert product(x, y, np.ones(6, np.int8)) == 3
    with pytest.raises(FeedError, match=r"axis 0 of 'z' has size 5, but M\*N is 6 here"):
        product(x, y, np.ones(5, np.int8))


def test_failures_of_the_runtime_name_the_program():
    failing = xp.trace(lambda x, y: x + y, "float32[N]", "float32[M]")
    with pytest.raises(errors.EvaluationError, match=r"Add.*float32\[2\].*float32\[3\]") as raised:
        failing(np.ones(2, np.float32), np.ones(3, np.float32))
    assert "test_bad_input.py" in str(raised.value)


def nested(depth: int) -> Any:
    sequence: Any = 1.0
    for _ in range(depth):
        sequence = [sequence]
    return sequence


def within_itself() -> list[Any]:
    sequence: list[Any] = []
    sequence.append(sequence)
    return sequence


MANY = {
    "nested": lambda: xp.asarray(nested(3000)),
    "within itself": lambda: xp.asarray(within_itself()),
    "zeros": lambda: xp.zeros((1,) * 65),
    "reshape": lambda: xp.reshape(xp.ones(1), (1,) * 65),
}


@pytest.mark.parametrize("name", MANY)
def test_more_axes_than_arrays_have(name: str):
    with pytest.raises(errors.ShapeError, match="64"):
        MANY[name]()
    assert xp.asarray(nested(64)).ndim == 64


def test_formats_of_several_elements():
    x = xp.asarray([1.5, 2.5])
    assert f"{x}" == str(x)
    assert f"{x[0]:.2f}" == "1.50"
    with pytest.raises(ArgumentTypeError, match=r"format\(\) with '.2f' needs an array of rank 0"):
        f"{x:.2f}"


def test_powers_of_three_arguments():
    with pytest.raises(ArgumentTypeError, match=r"write x\*\*y % z"):
        pow(xp.asarray(7), 2, 5)
