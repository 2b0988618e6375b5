"""Arrays full of one number or text."""

from __future__ import annotations

from collections.abc import Sequence

from onnxp._src import dtypes, ops
from onnxp._src.api.creation.conversion import asarray
from onnxp._src.api.data_types import astype
from onnxp._src.array.array import Array
from onnxp._src.array.base import map_planes, no_number
from onnxp._src.array.device import require_device
from onnxp._src.array.operands import Operand, as_array
from onnxp._src.graph.values import Value
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import Shape, as_shape, is_static, product, shape_text
from onnxp.errors import DTypeError, ShapeError

TINY = 64
"""Up to this many elements a filled array is stored in full, beyond it as one ConstantOfShape."""


def empty(shape: Size | Sequence[Size], *, dtype: object = None, device: object = None) -> Array:
    """Return a new array of zeros; the standard leaves the elements undefined.

    Parameters
    ----------
    shape : int, Dim or sequence of them
        The shape.
    dtype : dtype, optional
        The data type; by default float64.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array

    Raises
    ------
    ArgumentError
        If a size is negative.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.empty((2, 3)).shape
    (2, 3)
    """
    return full(shape, _nothing(dtype), dtype=_default(dtype), device=device)


def empty_like(x: Array, /, *, dtype: object = None, device: object = None) -> Array:
    """Return a new array of zeros in the shape of another; the standard leaves the elements undefined.

    Parameters
    ----------
    x : array
        The array whose shape is used.
    dtype : dtype, optional
        The data type; by default that of `x`.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.empty_like(xp.asarray([1, 2])).shape
    (2,)
    """
    return _nothing_like("empty_like", x, dtype, device)


def full(
    shape: Size | Sequence[Size],
    fill_value: Operand,
    *,
    dtype: object = None,
    device: object = None,
) -> Array:
    """Return an array filled with one number or text.

    Parameters
    ----------
    shape : int, Dim or sequence of them
        The shape.
    fill_value : scalar, str, Dim or array of rank 0
        The number or text.
    dtype : dtype, optional
        The data type; by default that of `fill_value`, or the default dtype of its kind.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array

    Raises
    ------
    ArgumentError
        If a size is negative.
    ScalarRangeError
        If the number does not fit the dtype.
    ShapeError
        If `fill_value` is an array of another rank.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.full(3, 7)
    Array([7, 7, 7], dtype=int64)
    """
    require_device(device, "full")
    sizes = as_shape(shape, "full")
    if dtype is not None and (target := dtypes.as_dtype(dtype)).family == "stored":
        return astype(full(sizes, asarray(fill_value, dtype=target.computed)), target)
    number = asarray(fill_value, dtype=dtype)
    if number.ndim != 0:
        raise ShapeError(
            f"full: fill_value must be a scalar, not an array of shape {shape_text(number.shape)}"
        )
    return no_number(map_planes(number, lambda plane: _filled(plane, sizes)))


def full_like(
    x: Array, /, fill_value: Operand, *, dtype: object = None, device: object = None
) -> Array:
    """Return an array of the shape of another, filled with one number or text.

    Parameters
    ----------
    x : array
        The array whose shape is used.
    fill_value : scalar, str, Dim or array of rank 0
        The number or text.
    dtype : dtype, optional
        The data type; by default that of `x`.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array

    Raises
    ------
    ScalarRangeError
        If the number does not fit the dtype.
    ShapeError
        If `fill_value` is an array of another rank.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.full_like(xp.asarray([1, 2]), 7)
    Array([7, 7], dtype=int64)
    """
    like = as_array(x, "full_like")
    target = like.dtype if dtype is None else dtype
    return full(like.shape, fill_value, dtype=target, device=device)


def ones(shape: Size | Sequence[Size], *, dtype: object = None, device: object = None) -> Array:
    """Return an array filled with ones.

    Parameters
    ----------
    shape : int, Dim or sequence of them
        The shape.
    dtype : dtype, optional
        The data type; by default float64.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array

    Raises
    ------
    ArgumentError
        If a size is negative.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.ones(2)
    Array([1., 1.], dtype=float64)
    """
    return full(shape, 1, dtype=_default(dtype), device=device)


def ones_like(x: Array, /, *, dtype: object = None, device: object = None) -> Array:
    """Return an array of the shape of another, filled with ones.

    Parameters
    ----------
    x : array
        The array whose shape is used.
    dtype : dtype, optional
        The data type; by default that of `x`.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.ones_like(xp.asarray([5, 6]))
    Array([1, 1], dtype=int64)
    """
    return full_like(x, 1, dtype=dtype, device=device)


def zeros(shape: Size | Sequence[Size], *, dtype: object = None, device: object = None) -> Array:
    """Return an array filled with zeros.

    Parameters
    ----------
    shape : int, Dim or sequence of them
        The shape.
    dtype : dtype, optional
        The data type; by default float64.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array

    Raises
    ------
    ArgumentError
        If a size is negative.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.zeros(2)
    Array([0., 0.], dtype=float64)
    """
    return full(shape, _nothing(dtype), dtype=_default(dtype), device=device)


def zeros_like(x: Array, /, *, dtype: object = None, device: object = None) -> Array:
    """Return an array of the shape of another, filled with zeros.

    Parameters
    ----------
    x : array
        The array whose shape is used.
    dtype : dtype, optional
        The data type; by default that of `x`.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.zeros_like(xp.asarray([5, 6]))
    Array([0, 0], dtype=int64)
    """
    return _nothing_like("zeros_like", x, dtype, device)


def _default(dtype: object) -> object:
    return dtypes.DEFAULTS["real floating"] if dtype is None else dtype


def _nothing(dtype: object) -> Operand:
    """Return the zero of a dtype; for strings, the empty string, and for categories, what is missing."""
    if dtype is not None and (named := dtypes.as_dtype(dtype).plain).extension is not None:
        try:
            return asarray(0, dtype=named)
        except DTypeError:
            raise DTypeError(
                f"{named} has no zero; write xp.full(shape, {named}.of(...)), or make its planes of zeros"
            ) from None
    is_text = dtype is not None and dtypes.as_dtype(dtype).plain.family in ("string", "category")
    return "" if is_text else 0


def _nothing_like(function: str, x: Array, dtype: object, device: object) -> Array:
    like = as_array(x, function)
    target = like.dtype if dtype is None else dtype
    return full(like.shape, _nothing(target), dtype=target, device=device)


def _filled(number: Value, shape: Shape) -> Value:
    if number.data is None:
        return ops.expand(number, shape)
    if is_static(shape) and product(shape) <= TINY:
        return ops.full(number.data, number.dtype, shape)
    return ops.constant_of_shape(number.data, number.dtype, shape)
