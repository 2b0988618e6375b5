"""Errors of the documented class, with advice for the case that was met."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    FeedError,
    LeakedArrayError,
    OnnxpError,
    ScalarRangeError,
    SpecError,
    TracedValueError,
    UnknownSizeError,
)

TEXT = xp.asarray(["a", "b"])
COMPUTATIONS: list[Callable[[Any], Any]] = [
    lambda s: s < "b",
    lambda s: s >= "b",
    lambda s: s * 2,
    lambda s: s @ "b",
    lambda s: -s,
    lambda s: s + b"b",
    lambda s: xp.asarray([1]) + "b",
    lambda s: "b" - xp.asarray([1]),
]


@pytest.mark.parametrize("function", COMPUTATIONS)
def test_text_is_not_computed_with(function: Callable[[Any], Any]) -> None:
    with pytest.raises(OnnxpError):
        function(TEXT)
    with pytest.raises(OnnxpError):
        xp.trace(lambda s: function(s), "string[N]")


SIZES: list[Callable[[Any, Any], Any]] = [
    lambda x, n: xp.full(n, 10),
    lambda x, n: xp.zeros((n, 2)),
    lambda x, n: xp.eye(n),
    lambda x, n: xp.linspace(0, 1, n),
    lambda x, n: xp.reshape(x, (n, 2)),
    lambda x, n: xp.broadcast_to(x, (n, 2)),
    lambda x, n: xp.tile(x, (n,)),
]


@pytest.mark.parametrize("function", SIZES)
def test_a_traced_size_leads_to_shapes_and_ranges(function: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(TracedValueError, match=r"x\.shape\[0\].*xp\.arange\(n\)") as caught:
        xp.trace(function, "float32[2]", "int64[]")
    assert "xp.where" not in str(caught.value)


@pytest.mark.parametrize("matrix", [sparse.csr_matrix(np.eye(2)), sparse.csc_array(np.eye(2))])
def test_a_sparse_matrix_is_made_dense(matrix: Any) -> None:
    program = xp.trace(lambda x: x * 2, "float64[N, 2]")
    with pytest.raises(FeedError, match=r"x\.toarray\(\)"):
        program(matrix)
    with pytest.raises(DTypeError, match=r"x\.toarray\(\)"):
        xp.asarray(matrix)


@pytest.mark.parametrize(
    ("function", "helps"),
    [
        (lambda x: 1 if xp.all(x > 0) else 2, True),
        (lambda x: int(x[0]), True),
        (lambda x: x[int(xp.argmax(x))], True),
        (lambda x: float(x[0]), False),
        (lambda x: math.sqrt(x[0]), False),
        (lambda x: complex(x[0]), False),
        (lambda x: bool(x), False),
        (lambda x: f"{x[0]:.2f}", False),
        (lambda x: np.asarray(x), False),
        (lambda x: np.array([x, x]), False),
    ],
)
def test_an_example_is_advised_where_it_helps(function: Callable[[Any], Any], helps: bool) -> None:
    with pytest.raises(TracedValueError) as caught:
        xp.trace(function, "float64[N]", translate_numpy=False)
    assert ("example=" in str(caught.value)) is helps


@pytest.mark.parametrize("function", [memoryview, lambda x: b"".join([x])])
def test_compiled_code_needs_memory(function: Callable[[Any], Any]) -> None:
    with pytest.raises(TracedValueError, match="compiled code"):
        xp.trace(lambda x: function(x), "float64[N]")


@pytest.mark.parametrize("make", [np.zeros, np.ones, np.empty, lambda n: np.full(n, 1.0)])
@pytest.mark.parametrize(
    "shape", [lambda x: x.shape[0], lambda x: x.shape, lambda x: (x.shape[0], 2)]
)
def test_numpy_makes_no_array_of_a_symbolic_size(make: Any, shape: Any) -> None:
    with pytest.raises(UnknownSizeError, match="the size N"):
        xp.trace(lambda x: x + make(shape(x)), "float64[N]", translate_numpy=False)


@pytest.mark.parametrize(
    "text", ["float32[batch-size, 4]", "float32[rows+columns]", "float32[a*b]"]
)
def test_a_size_is_computed_from_sizes(text: str) -> None:
    with pytest.raises(SpecError, match="computed from"):
        xp.trace(lambda x: x, text)


def test_a_size_may_be_computed_from_another_argument() -> None:
    program = xp.trace(lambda x, y: x[1:] + y, "float32[N]", "float32[N-1]")
    assert program(np.ones(3, "f4"), np.ones(2, "f4")).shape == (2,)


@pytest.mark.parametrize(
    "make",
    [lambda: xp.arange(0, 1, 1e-13), lambda: xp.arange(2**50), lambda: xp.linspace(0, 1, 2**50)],
)
def test_numbers_that_no_memory_holds(make) -> None:
    with pytest.raises(ArgumentError, match=r"memory|hold"):
        make()


def _kept(record: Callable[[Any, list[Any]], Any]) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        kept: list[Any] = []
        record(x, kept)
        return kept[0] + 1

    return function


def _noting(kept: list[Any]) -> Callable[[Any], Any]:
    def body(value: Any) -> Any:
        kept.append(value * 2)
        return value + 1

    return body


LOOPS: list[Callable[[Any, list[Any]], Any]] = [
    lambda x, kept: xp.fori_loop(0, 3, lambda i, c: _noting(kept)(c), x),
    lambda x, kept: xp.fori_loop(0, 3, lambda i, c: c + 0 * _noting(kept)(i), x),
    lambda x, kept: xp.while_loop(lambda c: xp.any(c < 3), _noting(kept), x),
    lambda x, kept: xp.scan(lambda c, e: (_noting(kept)(c), e), x[0], x),
    lambda x, kept: xp.scan(lambda c, e: (c, _noting(kept)(e)), x[0], x),
]


@pytest.mark.parametrize("record", LOOPS)
def test_an_array_from_inside_a_loop_is_a_leak(record: Any) -> None:
    with pytest.raises(LeakedArrayError):
        xp.trace(_kept(record), "int64[N]")


@pytest.mark.parametrize("size", ["3", "M"])
def test_cross_of_a_symbolic_axis(size: str) -> None:
    a, b = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
    program = xp.trace(lambda x, y: xp.linalg.cross(x, y), f"float64[N, {size}]", "float64[N, K]")
    np.testing.assert_array_equal(program(a, b), np.cross(a, b))
    with pytest.raises(OnnxpError):
        program(a, b[:, :2])


def test_a_number_out_of_range() -> None:
    x = xp.asarray([1, 200], dtype=xp.uint8)
    for refused in (lambda: x + 300, lambda: xp.where(x > 1, x, 300), lambda: np.add(x, -1)):
        with pytest.raises(ScalarRangeError):
            refused()


def test_sizes_for_functions_that_numpy_has_compiled() -> None:
    """Numpy replaces a TypeError of ``__index__`` by one of its own."""
    with pytest.raises(UnknownSizeError, match="the size N is not known before the model runs"):
        xp.trace(lambda x: np.zeros(x.shape[0]), "float64[N]", translate_numpy=False)


def test_compiled_code_that_needs_memory() -> None:
    with pytest.raises(TracedValueError, match="compiled code needs the elements of an array"):
        xp.trace(lambda x: memoryview(x), "float64[N]")


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("multiply", [lambda x, m: x * m, lambda x, m: m * x])
def test_a_matrix_of_numpy_is_no_factor(multiply: Any) -> None:
    matrix = np.matrix(np.eye(3))
    with pytest.raises(ArgumentTypeError, match=r"product of matrices; write x @ np\.asarray\(m\)"):
        xp.trace(lambda x: multiply(x, matrix), "float64[N, 3]")


def test_elements_are_not_deleted() -> None:
    def function(x: Any) -> Any:
        del x[0]
        return x

    for refused in (lambda: function(xp.ones(3)), lambda: xp.trace(function, "float64[N]")):
        with pytest.raises(ArgumentError, match=r"cannot be deleted; write np\.delete"):
            refused()
