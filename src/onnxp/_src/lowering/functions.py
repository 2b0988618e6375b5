"""Recipes: algorithms that are recorded once and called by one node.

A recipe is a local function of the model. Graph viewers show its calls as single nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from inspect import unwrap
from typing import Any

from onnxp._src import ops
from onnxp._src.dtypes import DType
from onnxp._src.graph.name_scopes import no_scope
from onnxp._src.graph.values import FREE, Function, Promise, Value, argument
from onnxp._src.lowering.expr import Expr
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import Shape, broadcast_all, same_shape

Pair = tuple[Expr, Expr]

_functions: dict[tuple[Hashable, ...], Function] = {}


def elementwise(name: str) -> Callable[[Callable[..., Expr]], Callable[..., Value]]:
    """Convert an elementwise formula to a function of values.

    The formula is recorded once for each combination of dtypes, with expressions of rank 0, so it may only use
    elementwise operators. Calls broadcast.

    Parameters
    ----------
    name : str
        The name of the function in the model.
    """

    def decorate(formula: Callable[..., Expr]) -> Callable[..., Value]:
        def function(*inputs: Value) -> Value:
            dtypes = tuple(value.dtype for value in inputs)
            key = (formula, dtypes)
            recorded = _functions.get(key)
            if recorded is None:
                formal = _formal(_names(formula), [(dtype, 0) for dtype in dtypes])
                with no_scope():
                    output = formula(*(Expr(value) for value in formal)).value
                recorded = _functions[key] = Function(name, formal, (output,), Promise())
            return _broadcasting(recorded, inputs)[0]

        function.__name__ = formula.__name__
        function.__doc__ = formula.__doc__
        return function

    return decorate


def complex_elementwise(
    name: str,
) -> Callable[[Callable[..., Pair | Expr]], Callable[..., Any]]:
    """Convert an elementwise formula for complex numbers to a function of pairs of values.

    The formula takes pairs of expressions (real part, imaginary part), and returns a pair, or one
    expression if the result is real. The function takes and returns values in the same way.

    Parameters
    ----------
    name : str
        The name of the function in the model.
    """

    def decorate(formula: Callable[..., Pair | Expr]) -> Callable[..., Any]:
        def function(*pairs: tuple[Value, Value]) -> Any:
            inputs = tuple(plane for pair in pairs for plane in pair)
            dtypes = tuple(plane.dtype for plane in inputs)
            key = (formula, dtypes)
            recorded = _functions.get(key)
            if recorded is None:
                names = [f"{n}_{part}" for n in _names(formula) for part in ("real", "imag")]
                formal = _formal(names, [(dtype, 0) for dtype in dtypes])
                parts = [Expr(value) for value in formal]
                with no_scope():
                    result = formula(*zip(parts[::2], parts[1::2], strict=True))
                outputs = (result,) if isinstance(result, Expr) else result
                recorded = Function(name, formal, tuple(part.value for part in outputs), Promise())
                _functions[key] = recorded
            results = _broadcasting(recorded, inputs)
            return results[0] if len(results) == 1 else results

        function.__name__ = formula.__name__
        function.__doc__ = formula.__doc__
        return function

    return decorate


def recipe(
    name: str,
    build: Callable[..., Sequence[Value]],
    inputs: Sequence[Value],
    types: Sequence[tuple[DType, Shape]],
    *options: Hashable,
    promise: Promise | None = None,
) -> tuple[Value, ...]:
    """Call a recipe that depends on ranks. It is recorded once for each combination of types and options.

    Parameters
    ----------
    name : str
        The name of the function in the model.
    build : callable
        A function of formal inputs, with the dtypes and ranks of `inputs` and unknown sizes, and of `options`
        that returns the outputs.
    inputs : sequence of Value
        The inputs.
    types : sequence of (dtype, shape)
        The types of the outputs, for these inputs.
    options : hashable
        Other arguments of `build`, such as an axis.
    promise : Promise, optional
        Which elements the result depends on, if branches or loops hide it.
    """
    signature = tuple([(value.dtype, len(value.shape)) for value in inputs])
    return ops.call(recorded(name, build, signature, *options, promise=promise), inputs, types)


def recorded(
    name: str,
    build: Callable[..., Sequence[Value]],
    signature: tuple[tuple[DType, int], ...],
    *options: Hashable,
    promise: Promise | None = None,
) -> Function:
    """Return the function that `recipe` calls for inputs of some dtypes and ranks."""
    key = (name, build, signature, options)
    function = _functions.get(key)
    if function is None:
        formal = _formal(_names(build), signature)
        with no_scope():  # the function outlives the scope of its first call
            outputs = tuple(build(*formal, *options))
        function = _functions[key] = Function(name, formal, outputs, promise)
    return function


def _broadcasting(function: Function, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    shape = inputs[0].shape
    if len(inputs) > 1:
        shape = broadcast_all([value.shape for value in inputs], function.name)
        traced = [x for x in inputs if x.trace is not None]
        is_one = bool(traced) and all(same_shape(x.shape, traced[0].shape) for x in traced)
        if is_one and any(x.trace is None and 0 in x.shape for x in inputs):
            nothing = ops.expand(traced[0], shape)  # "constants without elements" in `runtime_bugs`
            return tuple(ops.cast(nothing, output.dtype) for output in function.outputs)
    # the numbers in a formula have rank 0, and beside a last axis of size 1 they are slow: see `ops`
    ones = (
        len(shape) - 1 - next((i for i in range(len(shape) - 1, 0, -1) if not _is_one(shape[i])), 0)
    )
    if ones > 0:
        inputs = tuple(_without_last(x, ones) for x in inputs)
        shape = shape[:-ones]
    results = ops.call(function, inputs, [(output.dtype, shape) for output in function.outputs])
    if ones > 0:
        axes = tuple(range(len(shape), len(shape) + ones))
        results = tuple(ops.unsqueeze(x, axes) for x in results)
    return results


def _is_one(size: Size) -> bool:
    return type(size) is int and size == 1


def _without_last(x: Value, count: int) -> Value:
    """Squeeze the last axes, of size 1."""
    rank = len(x.shape)
    return ops.squeeze(x, tuple(range(max(rank - count, 0), rank)))


def _names(function: Callable[..., object]) -> Sequence[str]:
    code = getattr(unwrap(function), "__code__", None)
    return code.co_varnames[: code.co_argcount] if code is not None else ()


def _formal(names: Sequence[str], signature: Sequence[tuple[DType, int]]) -> tuple[Value, ...]:
    formal = []
    for i, (dtype, rank) in enumerate(signature):
        name = names[i] if i < len(names) else f"x{i}"
        value = argument(name, dtype, (), FREE)
        value.shape = tuple(dims.dim(f"{name}_{k}", 0, origin=(value, k)) for k in range(rank))
        formal.append(value)
    return tuple(formal)
