"""The identity matrix, and triangles of matrices."""

from __future__ import annotations

from onnxp._src import dtypes, ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import map_planes, new_array
from onnxp._src.array.device import require_device
from onnxp._src.array.operands import as_array, cast
from onnxp._src.dtypes import INDEX
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import as_integer, as_size, shape_text
from onnxp.errors import ShapeError

_FAR = 2**40
"""A diagonal beyond all matrices; onnxruntime 1.23.2 and older crash on larger ones."""


def eye(
    n_rows: Size,
    n_cols: Size | None = None,
    /,
    *,
    k: int = 0,
    dtype: object = None,
    device: object = None,
) -> Array:
    """Return a matrix with ones on a diagonal and zeros elsewhere.

    Parameters
    ----------
    n_rows : int or Dim
        The number of rows.
    n_cols : int or Dim, optional
        The number of columns; by default that of the rows.
    k : int, optional
        How far the diagonal is above the main one.
    dtype : dtype, optional
        The data type, numeric or bool; by default float64.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array
        Of rank 2.

    Raises
    ------
    ArgumentError
        If a size is negative.
    DTypeError
        If `dtype` is a dtype of another kind.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.eye(2, 3, k=1)
    Array([[0., 1., 0.],
           [0., 0., 1.]], dtype=float64)
    """
    require_device(device, "eye")
    rows = as_size(n_rows, "eye")
    columns = rows if n_cols is None else as_size(n_cols, "eye")
    target = dtypes.as_dtype(dtypes.DEFAULTS["real floating"] if dtype is None else dtype)
    if target.is_nullable:
        return cast(eye(n_rows, n_cols, k=k, dtype=target.plain), target)
    dtypes.require("eye", "numeric or boolean", target)
    part = target.planes[0].dtype
    diagonal = _diagonal("eye", k)
    real = ops.eye(rows, columns, diagonal, part)
    if target.family != "complex":
        return new_array(target, (real,))
    return new_array(target, (real, ops.constant_of_shape(0, part, (rows, columns))))


def tril(x: Array, /, *, k: int = 0) -> Array:
    """Return the lower triangles of matrices, with zeros above.

    Parameters
    ----------
    x : array
        Of a numeric dtype or bool, of rank 2 or more; the last two axes hold matrices.
    k : int, optional
        The last diagonal to keep: how far it is above the main one.

    Returns
    -------
    Array
        Of the dtype and shape of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    ShapeError
        If the rank is less than 2.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.tril(xp.ones((2, 3)))
    Array([[1., 0., 0.],
           [1., 1., 0.]], dtype=float64)
    """
    return _triangle("tril", x, k)


def triu(x: Array, /, *, k: int = 0) -> Array:
    """Return the upper triangles of matrices, with zeros below.

    Parameters
    ----------
    x : array
        Of a numeric dtype or bool, of rank 2 or more; the last two axes hold matrices.
    k : int, optional
        The first diagonal to keep: how far it is above the main one.

    Returns
    -------
    Array
        Of the dtype and shape of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    ShapeError
        If the rank is less than 2.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.triu(xp.ones((2, 3)))
    Array([[1., 1., 1.],
           [0., 1., 1.]], dtype=float64)
    """
    return _triangle("triu", x, k)


def _diagonal(function: str, k: int) -> int:
    return max(-_FAR, min(_FAR, as_integer(k, function, "k")))


def _triangle(function: str, x: Array, k: int) -> Array:
    array = as_array(x, function)
    dtypes.require(function, "numeric or boolean", array.dtype, nulls=True)
    if array.ndim < 2:
        raise ShapeError(
            f"{function} needs an array of rank 2 or more, not one of shape {shape_text(array.shape)}"
        )
    diagonal = ops.scalar(_diagonal(function, k), INDEX)
    return map_planes(array, lambda plane: ops.trilu(plane, diagonal, upper=function == "triu"))
