"""The results of numpy functions: their dtype, their shape, and out=."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.constants import cannot_write
from onnxp._src.numpy.operands import as_count, has_nulls
from onnxp._src.shapes import dims
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    IndexingError,
    ShapeError,
)


def promoted_with(array: Any, out: Any) -> Any:
    """Return an array in the dtype that numpy reduces it in: that of the array and of `out`, promoted.

    Raises
    ------
    DTypeError
        If the two dtypes do not promote.
    """
    if out is None or not hasattr(out, "dtype"):
        return array
    target = out.dtype if isinstance(out, np.ndarray) else out.dtype.numpy
    try:
        dtype = np.result_type(array.dtype.numpy, target)
    except TypeError:
        raise DTypeError(
            f"an array of {array.dtype} is not reduced into out of {target}; give an array of {array.dtype}"
        ) from None
    return xp().astype(array, dtype, copy=False)


BACKWARDS = "backwards"
"""The rule of `numpy.take` and `numpy.argmax`: `out` must be of a dtype that is cast to that of the result."""


def stored(result: Any, out: Any, name: str, casting: Any = "same_kind") -> Any:
    """Return a result; if there is `out`, write the result into it and return that.

    Raises
    ------
    DTypeError
        If numpy does not cast the result to the dtype of `out`.
    ShapeError
        If their shapes differ.
    ArgumentTypeError, ArgumentError
        If `out` is not an array, or is read-only.
    """
    if isinstance(out, tuple) and len(out) == 1:
        (out,) = out
    if out is None:
        return result
    check_out(out, name)
    problem = f"numpy.{name}: out has shape {out.shape}, but the result has shape {result.shape}"
    return write(of_shape(result, out.shape, problem), out, name, casting)


def certainly_differ(a: Any, b: Any) -> bool:
    """Return whether two shapes differ, whatever their symbolic sizes are."""
    return len(a) != len(b) or any(dims.equal(p, q) is False for p, q in zip(a, b, strict=True))


def certainly_positive(size: Any) -> bool:
    """Return whether a size is at least 1, whatever its symbols are."""
    return (dims.bounds(size)[0] or 0) > 0


def of_shape(array: Any, shape: Any, problem: str) -> Any:
    """Return an array that must have a shape; where sizes are symbolic, the run fails if it does not.

    Raises
    ------
    ShapeError
        With `problem`, if it certainly has another shape.
    """
    if certainly_differ(array.shape, shape):
        raise ShapeError(problem)
    return array._of_shape(shape)


def check_out(out: Any, name: str) -> None:
    """Raise if a result cannot be written into `out`.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If `out` is not an array, or is read-only.
    """
    if not isinstance(out, np.ndarray | xp().Array):
        raise ArgumentTypeError(
            f"numpy.{name}: out must be an array, not {out!r} of type {type(out).__name__}"
        )
    if isinstance(out, np.ndarray) and not out.flags.writeable:
        raise ArgumentError(f"numpy.{name}: out is read-only")


def write(result: Any, out: Any, name: str, casting: Any) -> Any:
    """Write a result into an array, to whose shape it broadcasts.

    Raises
    ------
    DTypeError
        If numpy does not cast the result to the dtype of `out`.
    NumpyFunctionError
        If the result is traced, and the array one of numpy.
    """
    source = result.dtype.numpy
    target = out.dtype if isinstance(out, np.ndarray) else out.dtype.numpy
    if casting == BACKWARDS:
        allowed = np.can_cast(target, source, "safe")
    else:
        allowed = np.can_cast(source, target, casting)
    if not allowed:
        raise DTypeError(
            f"numpy.{name}: the result is {source}, which is not written into out of {target} with "
            f"casting={casting!r}; give an array of {source}"
        )
    if isinstance(out, np.ndarray):
        if result.is_traced:
            raise cannot_write(out, f"numpy.{name}")
        out[...] = np.asarray(result)
    else:
        out[...] = xp().astype(result, out.dtype, copy=False)
    return out


def cast_result(result: Any, dtype: Any, casting: Any, name: str) -> Any:
    """Cast a result to a dtype that was asked for.

    Raises
    ------
    DTypeError
        If `casting` does not allow it.
    """
    if dtype is None:
        return result
    target = xp().asarray(0, dtype=dtype).dtype
    if not np.can_cast(result.dtype.numpy, target.numpy, casting):
        raise DTypeError(
            f"numpy.{name}: {result.dtype} is not cast to {target} with casting={casting!r}"
        )
    return xp().astype(result, target, copy=False)


def element(array: Any, args: tuple[Any, ...]) -> Any:
    """Return an element as a Python number, at an index that is given as `numpy.ndarray.item` takes it.

    Raises
    ------
    ArgumentError
        If there is no index and there are more elements than one.
    IndexingError
        If there is no such element.
    """
    if array.is_traced:
        return array._item("item()")  # which raises
    index = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
    if not index:
        if array.size != 1:
            raise ArgumentError(
                f"numpy.ndarray.item: there are {array.size} elements, so give an index"
            )
        return _python(array)
    if len(index) == 1 and array.ndim != 1:
        array = xp().reshape(array, (-1,))
    if len(index) != array.ndim:
        raise IndexingError(
            f"numpy.ndarray.item: {len(index)} indices do not match an array of rank {array.ndim}"
        )
    return _python(array[tuple(as_count(i, "ndarray.item", "an index") for i in index)])


def _python(array: Any) -> Any:
    """Return the only element as a Python object; None if it is null."""
    return listed(xp().reshape(array, (1,)))[0] if has_nulls(array) else np.asarray(array).item()


def listed(array: Any) -> Any:
    """Return the elements as a list, with None for nulls."""
    if array.is_traced:
        return array._item("tolist()")  # which raises
    return (np.ma.asarray(array) if has_nulls(array) else np.asarray(array)).tolist()
