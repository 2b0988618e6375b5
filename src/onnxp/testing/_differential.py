"""Comparison of a function that is evaluated and exported."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp._src.api.creation import asarray
from onnxp._src.array.array import Array
from onnxp._src.dtypes import of_host
from onnxp._src.program.program import Program
from onnxp._src.program.spec import Spec
from onnxp._src.program.trace import trace
from onnxp._src.program.tree import flatten
from onnxp._src.shapes import dims
from onnxp.errors import EvaluationError, FeedError

if TYPE_CHECKING:
    from onnx import ModelProto

MOST_KEPT = 32
_optimized: OrderedDict[bytes, Program] = OrderedDict()
"""Programs at the default options of the runtime, by their models, which were checked; the last used last."""


def run_all_ways(
    function: Callable[..., Any], *arrays: np.ndarray[Any, Any], static_axes: Sequence[int] = ()
) -> Any:
    """Run a function evaluated, exported with static shapes, and exported with symbolic shapes.

    Parameters
    ----------
    function : callable
        A function of arrays that returns an array or a structure of arrays.
    *arrays : numpy.ndarray
        The arguments of the function. A masked array has a nullable dtype.
    static_axes : sequence of int, optional
        Axes with static sizes in the symbolic export, counted from the front.

    Returns
    -------
    numpy.ndarray, or list of them
        The evaluated results, masked arrays if their dtypes are nullable.

    Raises
    ------
    AssertionError
        If the results differ in dtype, shape or any bit, except for the payloads of NaN; if a model is
        not valid ONNX; or if the results with the default optimizations of the runtime differ, except for
        the last bits of what they compute in another order.
    """
    evaluated = _leaves(function(*(asarray(a) for a in arrays)))
    names = [f"input_{i}" for i in range(len(arrays))]
    static = trace(function, *(Spec(a.shape, of_host(a)) for a in arrays), input_names=names)
    symbolic = trace(
        function,
        *(_symbolic(i, np.asanyarray(a), static_axes) for i, a in enumerate(arrays)),
        input_names=names,
    )
    for way, program in (("static", static), ("symbolic", symbolic)):
        default, ulps = _checked(program), tolerance(program.model)
        compare(way, evaluated, _leaves(program(*arrays)))
        compare(f"{way}, optimized", evaluated, _leaves(default(*arrays)), ulps=ulps)
    for size in (0, 1):
        smaller = [_cut(array, size, static_axes) for array in arrays]
        expected, results = (_outcome(p, smaller) for p in (symbolic, default))
        compare(f"symbolic, optimized, sizes of at most {size}", expected, results, ulps=ulps)
    return evaluated[0] if len(evaluated) == 1 else evaluated


def _symbolic(number: int, array: np.ndarray[Any, Any], static_axes: Sequence[int]) -> Spec:
    shape = tuple(
        size if axis in static_axes else dims.dim(f"s{number}_{axis}", 0)
        for axis, size in enumerate(array.shape)
    )
    return Spec(shape, of_host(array))


def _leaves(result: Any) -> list[np.ndarray[Any, Any]]:
    leaves, _ = flatten(result, lambda x: isinstance(x, Array | np.ndarray | np.generic), "result")
    return [_host(leaf) for _, leaf in leaves]


def _host(leaf: Any) -> np.ndarray[Any, Any]:
    """Return an array as numpy has it: masked if it is of a nullable dtype."""
    is_masked = leaf.dtype.is_nullable if isinstance(leaf, Array) else np.ma.isMaskedArray(leaf)
    return np.ma.asarray(leaf) if is_masked else np.asarray(leaf)


def _checked(program: Program) -> Program:
    """Check a model, and return its program at the default options; equal models share it."""
    key = program.model.SerializeToString(deterministic=True)
    if key not in _optimized:
        check_model(program)
        _optimized[key] = program._at_default_options()
        if len(_optimized) > MOST_KEPT:
            _optimized.popitem(last=False)
    _optimized.move_to_end(key)
    return _optimized[key]


def check_model(program: Program) -> None:
    """Have onnx check a model."""
    import onnx

    onnx.checker.check_model(program.model, full_check=True)


FUSED = frozenset(
    "Conv Div Erf Gemm MatMul Mul ReduceMean ReduceProd ReduceSum ReduceSumSquare Sigmoid Tanh".split()
)
"""Operators of what default optimizations compute in another order, such as MatMul with a factor."""


def tolerance(model: ModelProto) -> int:
    """Return how many units in the last place the default optimizations may move results by."""
    nodes = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    return 64 if any(node.op_type in FUSED for node in nodes) else 0


def _cut(
    array: np.ndarray[Any, Any], size: int, static_axes: Sequence[int]
) -> np.ndarray[Any, Any]:
    """Return the first elements of an array along the axes that are symbolic."""
    return array[tuple(slice(None if axis in static_axes else size) for axis in range(array.ndim))]


def _outcome(program: Program, arrays: Sequence[np.ndarray[Any, Any]]) -> list[Any]:
    """Return results, or none if the run fails: arrays of other sizes need not go together."""
    try:
        return _leaves(program(*arrays))
    except (EvaluationError, FeedError):
        return []


def compare(way: str, expected: Sequence[Any], results: Sequence[Any], *, ulps: int = 0) -> None:
    """Raise an error unless two lists of arrays are equal.

    Parameters
    ----------
    way : str
        The origin of the results, for messages.
    expected, results : sequence of array
        The arrays to compare.
    ulps : int
        The tolerance for floating-point numbers, in units in the last place of the largest.

    Raises
    ------
    AssertionError
        If they differ in number, dtype, shape or any bit, except for the payloads of NaN.
    """
    assert len(expected) == len(results), (
        f"{way}: {len(results)} results, but {len(expected)} expected"
    )
    for a, b in zip(expected, results, strict=True):
        assert a.dtype == b.dtype, f"{way}: dtype {b.dtype}, expected {a.dtype}"
        assert a.shape == b.shape, f"{way}: shape {b.shape}, expected {a.shape}"
        masks = [isinstance(x, np.ma.MaskedArray) for x in (a, b)]
        assert masks[0] == masks[1], f"{way}: one is a masked array, the other is not"
        if masks[0]:
            same = np.ma.getmaskarray(a) == np.ma.getmaskarray(b)
            assert same.all(), f"{way}: nulls at {~np.ma.getmaskarray(b)}"
            a, b = np.ma.getdata(a), np.ma.getdata(b)  # with blanks under nulls
        if ulps and a.dtype.kind in "fc":
            relative = ulps * float(np.finfo(a.dtype).eps)
            largest = float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a)))
            np.testing.assert_allclose(
                b, a, rtol=relative, atol=relative * min(largest, 1.0), err_msg=way
            )
        else:
            equal = _same_bits(a, b)
            assert equal.all(), f"{way}: {b[~equal][:5]}, expected {a[~equal][:5]}"


def _same_bits(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if a.dtype.kind == "c":
        return np.asarray(_same_bits(a.real, b.real) & _same_bits(a.imag, b.imag))
    if a.dtype.kind in "mM":  # NaT does not equal itself
        return np.asarray(a.view(np.int64) == b.view(np.int64))
    if a.dtype.kind == "f":
        same = (a == b) & (np.signbit(a) == np.signbit(b))
        return np.asarray(same | (np.isnan(a) & np.isnan(b)))
    return np.asarray(a == b)
