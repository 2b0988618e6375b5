"""Products, norms and diagonals: compositions of array functions."""

from __future__ import annotations

import builtins
from typing import Literal

import numpy as np

from onnxp._src import ops
from onnxp._src.api.creation import arange, asarray, eye, zeros
from onnxp._src.api.elementwise import abs, multiply, pow, sqrt, subtract
from onnxp._src.api.indexing import take
from onnxp._src.api.linear_algebra import from_the_end, matmul
from onnxp._src.api.manipulation import broadcast_to, concat, reshape, stack, unstack
from onnxp._src.api.searching import count_nonzero
from onnxp._src.api.statistical import max, min, sum
from onnxp._src.array.array import Array
from onnxp._src.array.base import map_planes
from onnxp._src.array.operands import as_array, cast, common
from onnxp._src.dtypes import require
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import as_integer, normalize_axes, shape_text
from onnxp.errors import ArgumentError, ShapeError
from onnxp.linalg._decompositions import svdvals
from onnxp.linalg._host import matrices, square_matrices
from onnxp.linalg._solvers import inv


def cross(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """Compute cross products of vectors with three elements.

    Parameters
    ----------
    x1, x2 : array
        Arrays of a numeric dtype, with three elements along `axis`. The other axes broadcast.
    axis : int, optional
        The axis that holds the vectors, in both arrays. It must be negative if the ranks differ.

    Returns
    -------
    Array
        An array of the promoted dtype and the broadcast shape.

    Raises
    ------
    DTypeError
        If a dtype is not numeric.
    AxisError
        If `axis` is out of range.
    ShapeError
        If `axis` does not have three elements, or the other axes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.cross(xp.asarray([1, 0, 0]), xp.asarray([0, 1, 0]))
    Array([0, 0, 1], dtype=int64)
    """
    a, b = common("cross", x1, x2)
    require("cross", "numeric", a.dtype)
    last = from_the_end(axis, a.ndim, b.ndim, "cross")
    for array in (a, b):
        if dims.equal(array.shape[last], 3) is False:
            raise ShapeError(
                f"cross: axis {axis} must have 3 elements, but the shape is {shape_text(array.shape)}"
            )
    a, b = (
        map_planes(x, lambda plane: ops.require_size(plane, len(plane.shape) + last, 3))
        for x in (a, b)
    )
    (a0, a1, a2), (b0, b1, b2) = unstack(a, axis=last), unstack(b, axis=last)
    parts = [
        subtract(multiply(a1, b2), multiply(a2, b1)),
        subtract(multiply(a2, b0), multiply(a0, b2)),
        subtract(multiply(a0, b1), multiply(a1, b0)),
    ]
    return stack(parts, axis=last)


def diagonal(x: Array, /, *, offset: int = 0) -> Array:
    """Return the diagonals of matrices.

    Parameters
    ----------
    x : array
        An array of rank 2 or more. The last two axes hold matrices.
    offset : int, optional
        The offset of the diagonal: above the main diagonal if positive, below it if negative.

    Returns
    -------
    Array
        The diagonals in the last axis, of the dtype of `x`: a read-only view, as in numpy.

    Raises
    ------
    ShapeError
        If the rank is less than 2.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.diagonal(xp.asarray([[1, 2], [3, 4]]))
    Array([1, 4], dtype=int64)
    """
    array = matrices("diagonal", x)
    offset = as_integer(offset, "diagonal", "offset")
    *batch, rows, columns = array.shape
    down, right = builtins.max(-offset, 0), builtins.max(offset, 0)
    length = dims.maximum(dims.minimum(rows - down, columns - right), 0)
    steps = arange(length)
    places = (steps + down) * columns + steps + right
    return array._window(lambda x: take(reshape(x, (*batch, rows * columns)), places, axis=-1))


def matrix_norm(
    x: Array, /, *, keepdims: bool = False, ord: float | Literal["fro", "nuc"] | None = "fro"
) -> Array:
    """Compute the norms of matrices.

    Parameters
    ----------
    x : array
        An array of a floating-point dtype and of rank 2 or more. The last two axes hold matrices.
    keepdims : bool, optional
        Whether to keep these axes, with size 1.
    ord : {"fro", "nuc", 1, -1, 2, -2, inf, -inf}, optional
        The Frobenius norm, the sum of the singular values, the largest (smallest) sum of magnitudes over a
        column, the largest (smallest) singular value, or the largest (smallest) sum over a row.

    Returns
    -------
    Array
        The norms, of the real dtype with the precision of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    ShapeError
        If the rank is less than 2.
    ArgumentError
        If `ord` is another value.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.matrix_norm(xp.asarray([[3.0, 0.0], [0.0, 4.0]]))
    Array(5., dtype=float64)
    """
    array = matrices("matrix_norm", x)
    require("matrix_norm", "floating-point", array.dtype)
    if ord in ("fro", None):
        sizes = abs(array)
        return sqrt(sum(multiply(sizes, sizes), axis=(-2, -1), keepdims=keepdims))
    if ord in ("nuc", 2, -2):
        values = svdvals(array)
        if ord == 2:
            norms = _largest(values, (-1,))
        else:
            norms = (sum if ord == "nuc" else min)(values, axis=-1)
        return reshape(norms, (*norms.shape, 1, 1)) if keepdims else norms
    if ord not in (1, -1, np.inf, -np.inf):
        raise ArgumentError(
            f"matrix_norm: ord is {ord!r}; it may be 'fro', 'nuc', 1, -1, 2, -2, inf or -inf"
        )
    summed, other = (-2, -1) if ord in (1, -1) else (-1, -2)
    sums = sum(abs(array), axis=summed, keepdims=True)
    if ord in (1, np.inf):
        norms = _largest(sums, (other,), keepdims=True)
    else:
        norms = min(sums, axis=other, keepdims=True)
    return norms if keepdims else reshape(norms, array.shape[:-2])


def _largest(sizes: Array, axes: tuple[int, ...], *, keepdims: bool = False) -> Array:
    """Return the largest numbers that are not negative; of none it is 0, as in numpy."""
    for axis in axes:
        if (dims.bounds(sizes.shape[axis])[0] or 0) < 1:
            shape = list(sizes.shape)
            shape[axis] = 1
            sizes = concat([sizes, zeros(tuple(shape), dtype=sizes.dtype)], axis=axis)
    return max(sizes, axis=axes, keepdims=keepdims)


def matrix_power(x: Array, n: int, /) -> Array:
    """Raise square matrices to an integer power.

    Parameters
    ----------
    x : array
        An array of a floating-point dtype, or of integers if `n` is not negative. The last two axes hold
        square matrices.
    n : int
        The exponent. If it is negative, the matrices are inverted.

    Returns
    -------
    Array
        The powers, of the dtype and the shape of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not numeric, or `n` is negative and it is not floating-point.
    ShapeError
        If the matrices are not square.
    LinearAlgebraError
        If `n` is negative and a concrete matrix has no inverse. The result of a model is then NaN.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.matrix_power(xp.asarray([[1.0, 1.0], [0.0, 1.0]]), 3)
    Array([[1., 3.],
           [0., 1.]], dtype=float64)
    """
    array = square_matrices("matrix_power", x)
    require("matrix_power", "numeric", array.dtype)
    exponent = as_integer(n, "matrix_power", "n")
    if exponent < 0:
        array, exponent = inv(array), -exponent
    if exponent == 0:
        identity = eye(array.shape[-1], dtype=array.dtype)
        return asarray(broadcast_to(identity, array.shape), copy=True)
    result: Array | None = None
    while exponent:
        if exponent & 1:
            result = array if result is None else matmul(result, array)
        exponent >>= 1
        if exponent:
            array = matmul(array, array)
    assert result is not None
    return result


def outer(x1: Array, x2: Array, /) -> Array:
    """Compute the outer product of two vectors.

    Parameters
    ----------
    x1, x2 : array
        Arrays of a numeric dtype and of rank 1.

    Returns
    -------
    Array
        An array of the promoted dtype and of shape ``(x1.size, x2.size)``.

    Raises
    ------
    DTypeError
        If a dtype is not numeric.
    ShapeError
        If a rank is not 1.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.outer(xp.asarray([1, 2]), xp.asarray([1, 10]))
    Array([[ 1, 10],
           [ 2, 20]], dtype=int64)
    """
    a, b = common("outer", x1, x2)
    require("outer", "numeric", a.dtype)
    if a.ndim != 1 or b.ndim != 1:
        raise ShapeError(f"outer needs two arrays of rank 1, not of ranks {a.ndim} and {b.ndim}")
    return multiply(a[:, None], b[None, :])


def trace(x: Array, /, *, offset: int = 0, dtype: object = None) -> Array:
    """Sum the diagonals of matrices.

    Parameters
    ----------
    x : array
        An array of a numeric dtype and of rank 2 or more. The last two axes hold matrices.
    offset : int, optional
        The offset of the diagonal: above the main diagonal if positive, below it if negative.
    dtype : dtype, optional
        The dtype of the result, as in `onnxp.sum`.

    Returns
    -------
    Array
        The sums, of `dtype`, or of the default dtype of `onnxp.sum`.

    Raises
    ------
    DTypeError
        If the dtype is not numeric.
    ShapeError
        If the rank is less than 2.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.trace(xp.asarray([[1, 2], [3, 4]]))
    Array(5, dtype=int64)
    """
    array = matrices("trace", x)
    require("trace", "numeric", array.dtype)
    return sum(diagonal(array, offset=offset), axis=-1, dtype=dtype)


def vector_norm(
    x: Array,
    /,
    *,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
    ord: float = 2,
) -> Array:
    """Compute the norms of vectors.

    Parameters
    ----------
    x : array
        An array of a floating-point dtype.
    axis : int or tuple of int, optional
        The axes that hold the vectors. The default is all axes.
    keepdims : bool, optional
        Whether to keep these axes, with size 1.
    ord : float, optional
        The order of the norm. ``inf`` is the largest magnitude, ``-inf`` the smallest magnitude, and 0 the
        number of elements that are not 0.

    Returns
    -------
    Array
        The norms, of the real dtype with the precision of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    AxisError
        If an axis is out of range or given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.vector_norm(xp.asarray([3.0, 4.0]))
    Array(5., dtype=float64)
    """
    array = as_array(x, "vector_norm")
    require("vector_norm", "floating-point", array.dtype)
    axes = normalize_axes(axis, array.ndim, "vector_norm")
    sizes = abs(array)
    if ord == np.inf:
        return _largest(sizes, axes, keepdims=keepdims)
    if ord == -np.inf:
        return min(sizes, axis=axes, keepdims=keepdims)
    if ord == 0:
        return cast(count_nonzero(sizes, axis=axes, keepdims=keepdims), sizes.dtype)
    if ord == 1:
        return sum(sizes, axis=axes, keepdims=keepdims)
    if ord == 2:
        return sqrt(sum(multiply(sizes, sizes), axis=axes, keepdims=keepdims))
    return pow(sum(pow(sizes, float(ord)), axis=axes, keepdims=keepdims), 1 / ord)
