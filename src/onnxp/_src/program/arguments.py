"""`argument`: traced arrays that stand for the inputs of a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from onnxp._src import dtypes
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.graph.values import FREE, Example, Trace, Value
from onnxp._src.graph.values import argument as graph_argument
from onnxp._src.program import encoding as encodings
from onnxp._src.program.binding import InputBinder
from onnxp._src.program.signature import Leaf, Signature, no_structure
from onnxp._src.program.spec import Spec, named_sizes, parse_shape
from onnxp._src.runtime.assumptions import Assumptions, with_sizes
from onnxp._src.shapes.atoms import next_serial
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ExampleError, FeedError


def argument(
    shape: Iterable[int | str | Dim | None] | int | str | Dim,
    dtype: object,
    *,
    name: str = "argument",
    example: object = None,
) -> Array:
    """Return a traced array that stands for an input of a model.

    Parameters
    ----------
    shape : sequence of int, str, Dim and None
        The sizes. A name, such as ``"N"``, is a size that is determined when the model runs. None and ``"?"``
        are sizes without a name, each different from all others.
    dtype : dtype
        The data type.
    name : str, optional
        The name of the array in messages. `build` gives the input of the model its name.
    example : numpy.ndarray or Array, optional
        An example of the input, which decides where Python needs a value, as in ``if xp.any(x < 0)``. Each
        decision becomes an assumption of the model; see `build`.

    Returns
    -------
    Array
        The traced array.

    Raises
    ------
    SpecError
        If a size cannot be parsed.
    ExampleError
        If the example has another dtype or shape.

    Examples
    --------
    >>> import onnxp as xp
    >>> x = xp.argument(shape=("N", 2), dtype=xp.float32)
    >>> model = xp.build({"x": x}, {"doubled": x * 2})
    >>> [node.op_type for node in model.graph.node]
    ['Mul']
    """
    spec = Spec(parse_shape(shape), dtypes.as_dtype(dtype))
    (spec,) = named_sizes([name if name != "argument" else f"size_{next_serial()}"], [spec])
    (array,) = make_arguments([name], [spec], FREE, None if example is None else [example])
    (leaf,) = leaves_of([name], [spec])
    result = decoded(leaf, array)
    if result is not array:
        _ARGUMENTS[result._planes[0]] = result._planes, array
    return result


_ARGUMENTS: WeakKeyDictionary[Value, tuple[tuple[Value, ...], Array]] = WeakKeyDictionary()
"""The planes and the tensors of arguments for which these differ, by the first plane."""


def tensors_of(array: object) -> object:
    """Return the tensors of an argument as an array; anything else is returned as it is."""
    if isinstance(array, Array) and array._planes[0] in _ARGUMENTS:
        planes, tensors = _ARGUMENTS[array._planes[0]]
        if array._planes == planes:
            return tensors
    return array


def make_arguments(
    names: Sequence[str],
    specs: Sequence[Spec],
    trace: Trace,
    examples: Sequence[Any] | None = None,
    assumptions: Assumptions | None = None,
) -> list[Array]:
    """Return arguments of a trace, with `examples` if there are any; they are what `decoded` takes.

    Raises
    ------
    ExampleError
        If an example does not match its spec.
    """
    leaves = leaves_of(names, specs)
    noted = {} if assumptions is None else assumptions
    data: Mapping[str, Any] = {}
    sizes: Mapping[str, int] = {}
    if examples is not None:
        data, sizes = _example(names, leaves, examples)
    arrays = []
    for leaf, spec in zip(leaves, specs, strict=True):
        shape = with_sizes(spec.shape, sizes, noted) if sizes else spec.shape
        planes = []
        for label, dtype in leaf.tensors:
            value = graph_argument(label, dtype, shape, trace)
            if examples is not None:
                value.example = Example(np.array(data[label]), noted)
            planes.append(value)
        arrays.append(new_array(_dtype_of_tensors(leaf), tuple(planes)))
    return arrays


def leaves_of(names: Sequence[str], specs: Sequence[Spec]) -> tuple[Leaf, ...]:
    """Return the inputs that specs describe."""
    return tuple(
        Leaf(name, s.dtype, s.shape, s.encoding) for name, s in zip(names, specs, strict=True)
    )


def _dtype_of_tensors(leaf: Leaf) -> dtypes.DType:
    assert leaf.dtype is not None
    if leaf.dtype.family == "category":
        return leaf.tensors[0].dtype
    return leaf.dtype if leaf.encoding is None else leaf.dtype.plain


def decoded(leaf: Leaf, array: Array) -> Array:
    """Return the array that a traced function gets for an argument of `make_arguments`."""
    assert leaf.dtype is not None
    if leaf.encoding is None and not leaf.dtype.is_unknown_to_numpy:
        return array
    return new_array(leaf.dtype, encodings.decoded(array._planes, leaf.dtype, leaf.encoding))


def _example(
    names: Sequence[str], leaves: tuple[Leaf, ...], examples: Sequence[Any]
) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the data of each plane and the value of each named size in an example."""
    binder = InputBinder(
        Signature("the example", leaves, no_structure(names), (), no_structure(()))
    )
    try:
        return binder.planes(examples)
    except FeedError as error:
        raise ExampleError(f"the example does not fit its spec: {error}") from None
