"""Comparison of a function that is evaluated and exported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from onnxp._src.api.creation import asarray
from onnxp._src.array.array import Array
from onnxp._src.dtypes import from_numpy
from onnxp._src.program.program import Program
from onnxp._src.program.spec import Spec
from onnxp._src.program.trace import trace
from onnxp._src.program.tree import flatten
from onnxp._src.shapes import dims


def run_all_ways(
    function: Callable[..., Any], *arrays: np.ndarray[Any, Any], static_axes: Sequence[int] = ()
) -> Any:
    """Run a function evaluated, exported with static shapes, and exported with symbolic shapes.

    Parameters
    ----------
    function : callable
        A function of arrays that returns an array or a structure of arrays.
    *arrays : numpy.ndarray
        The arguments of the function.
    static_axes : sequence of int, optional
        Axes with static sizes in the symbolic export, counted from the front.

    Returns
    -------
    numpy.ndarray, or list of them
        The evaluated results.

    Raises
    ------
    AssertionError
        If the results differ in dtype, shape or any bit, except for the payloads of NaN; if a model is
        not valid ONNX; or if the results with the default optimizations of the runtime are not close.
    """
    evaluated = _leaves(function(*(asarray(a) for a in arrays)))
    names = [f"input_{i}" for i in range(len(arrays))]
    static = trace(
        function, *(Spec(a.shape, from_numpy(a.dtype)) for a in arrays), input_names=names
    )
    symbolic = trace(
        function,
        *(_symbolic(i, np.asarray(a), static_axes) for i, a in enumerate(arrays)),
        input_names=names,
    )
    for way, program in (("static", static), ("symbolic", symbolic)):
        _check_model(program)
        results = _leaves(program(*arrays))
        _compare(way, evaluated, results, exact=True)
        _compare(f"{way}, optimised", evaluated, _run_optimised(program, arrays), exact=False)
    return evaluated[0] if len(evaluated) == 1 else evaluated


def _symbolic(number: int, array: np.ndarray[Any, Any], static_axes: Sequence[int]) -> Spec:
    shape = tuple(
        size if axis in static_axes else dims.dim(f"s{number}_{axis}", 0)
        for axis, size in enumerate(array.shape)
    )
    return Spec(shape, from_numpy(array.dtype))


def _leaves(result: Any) -> list[np.ndarray[Any, Any]]:
    leaves, _ = flatten(result, lambda x: isinstance(x, Array | np.ndarray | np.generic), "result")
    return [np.asarray(leaf) for _, leaf in leaves]


def _check_model(program: Program) -> None:
    import onnx

    onnx.checker.check_model(program.model, full_check=True)


def _run_optimised(program: Program, arrays: Sequence[np.ndarray[Any, Any]]) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    other = Program(program.model, program.signature)
    other._session = program.session(options)
    return _leaves(other(*arrays))


def _compare(
    way: str,
    expected: list[np.ndarray[Any, Any]],
    results: list[np.ndarray[Any, Any]],
    *,
    exact: bool,
) -> None:
    assert len(expected) == len(results), (
        f"{way}: {len(results)} results, evaluated {len(expected)}"
    )
    for a, b in zip(expected, results, strict=True):
        assert a.dtype == b.dtype, f"{way}: dtype {b.dtype}, evaluated {a.dtype}"
        assert a.shape == b.shape, f"{way}: shape {b.shape}, evaluated {a.shape}"
        if exact or a.dtype.kind not in "fc":
            equal = _same_bits(a, b)
            assert equal.all(), f"{way}: {b[~equal][:5]}, evaluated {a[~equal][:5]}"
        else:
            np.testing.assert_allclose(b, a, rtol=64 * np.finfo(a.dtype).eps, err_msg=way)


def _same_bits(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if a.dtype.kind == "c":
        return np.asarray(_same_bits(a.real, b.real) & _same_bits(a.imag, b.imag))
    if a.dtype.kind == "f":
        same = (a == b) & (np.signbit(a) == np.signbit(b))
        return np.asarray(same | (np.isnan(a) & np.isnan(b)))
    return np.asarray(a == b)
