"""Determinants, ranks and inverses of matrices, and solutions of linear equations."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.api.creation import asarray
from onnxp._src.api.elementwise import isnan
from onnxp._src.api.linear_algebra import matmul
from onnxp._src.api.searching import count_nonzero, where
from onnxp._src.api.utility import any
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.operands import common
from onnxp._src.lowering.linalg import elimination, inverse
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import broadcast, shape_text
from onnxp.errors import ShapeError
from onnxp.linalg._decompositions import adjoint, svd, svdvals
from onnxp.linalg._host import check_dtypes, computed, matrices, several, square_matrices


class SlogdetResult(NamedTuple):
    """The result of `slogdet`: the sign of a determinant and the logarithm of its magnitude."""

    sign: Array
    logabsdet: Array


def det(x: Array, /) -> Array:
    """Compute the determinants of square matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold square
        matrices.

    Returns
    -------
    Array
        The determinants, of the dtype of `x`.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its matrices are not square.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.det(xp.asarray([[2.0, 0.0], [0.0, 4.0]]))
    Array(8., dtype=float64)
    """
    array = square_matrices("det", x)
    if not array.is_traced:
        return computed("det", np.linalg.det, array)
    check_dtypes("det", array)
    return new_array(array.dtype, elimination.det(array._planes))


def inv(x: Array, /) -> Array:
    """Compute the inverses of square matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold square
        matrices.

    Returns
    -------
    Array
        The inverses, of the dtype and the shape of `x`.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its matrices are not square.
    LinearAlgebraError
        If a concrete matrix has no inverse. The result of a model is then NaN, and also where the matrix has
        an inverse by rounding only.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.inv(xp.asarray([[2.0, 0.0], [0.0, 4.0]]))
    Array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float64)
    """
    array = square_matrices("inv", x)
    if not array.is_traced:
        return computed("inv", np.linalg.inv, array)
    check_dtypes("inv", array)
    return new_array(array.dtype, inverse.inverse(array._planes))


def matrix_rank(x: Array, /, *, rtol: float | Array | None = None) -> Array:
    """Compute the ranks of matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold matrices.
    rtol : float or array, optional
        Singular values up to `rtol` times the largest one count as 0. The default is the larger of the two
        sizes times the ``eps`` of the dtype.

    Returns
    -------
    Array
        The ranks, of dtype int64.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its rank is less than 2.
    LinearAlgebraError
        If a concrete matrix has elements that are not finite. The result of a model is then -1.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.matrix_rank(xp.asarray([[1.0, 1.0], [1.0, 1.0]]))
    Array(1, dtype=int64)
    """
    array = matrices("matrix_rank", x)
    if not _is_traced(array, rtol):
        return computed("matrix_rank", lambda a: np.linalg.matrix_rank(a, rtol=_limit(rtol)), array)
    dtypes.require("matrix_rank", "floating-point", array.dtype)
    values = svdvals(array)
    ranks = count_nonzero(values > _cutoff(array, values, rtol), axis=-1)
    return where(any(isnan(values), axis=-1), -1, ranks)


def pinv(x: Array, /, *, rtol: float | Array | None = None) -> Array:
    """Compute the pseudo-inverses of matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold matrices.
    rtol : float or array, optional
        Singular values up to `rtol` times the largest one count as 0. The default is the larger of the two
        sizes times the ``eps`` of the dtype.

    Returns
    -------
    Array
        The pseudo-inverses, of the dtype of `x`, with the last two sizes exchanged.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its rank is less than 2.
    LinearAlgebraError
        If a concrete matrix has elements that are not finite. The result of a model is then NaN.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.pinv(xp.asarray([[2.0, 0.0]]))
    Array([[0.5],
           [0. ]], dtype=float64)
    """
    array = matrices("pinv", x)
    if _is_traced(array, rtol):
        dtypes.require("pinv", "floating-point", array.dtype)
        u, s, vh = svd(array, full_matrices=False)
        kept = s > _cutoff(array, s, rtol)
        inverses = where(kept, 1 / where(kept, s, 1.0), 0.0)
        return matmul(adjoint(vh) * inverses[..., None, :], adjoint(u))
    limit = _limit(rtol)
    if limit is None and array.dtype.family in ("float", "complex"):  # numpy takes it for 1e-15
        limit = max(array.shape[-2:]) * dtypes.finfo(array.dtype).eps
    return computed("pinv", lambda a: np.linalg.pinv(a, rtol=limit), array)


def slogdet(x: Array, /) -> SlogdetResult:
    """Compute the signs and the logarithms of the magnitudes of determinants of square matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold square
        matrices.

    Returns
    -------
    SlogdetResult
        ``sign``, of the dtype of `x`, and ``logabsdet``, which is real.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its matrices are not square.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.slogdet(xp.asarray([[0.0, 1.0], [1.0, 0.0]]))
    SlogdetResult(sign=Array(-1., dtype=float64), logabsdet=Array(0., dtype=float64))
    """
    array = square_matrices("slogdet", x)
    if not array.is_traced:
        return SlogdetResult(*several("slogdet", np.linalg.slogdet, array))
    check_dtypes("slogdet", array)
    sign, logabsdet = elimination.slogdet(array._planes)
    return SlogdetResult(new_array(array.dtype, sign), new_array(array._planes[0].dtype, logabsdet))


def solve(x1: Array, x2: Array, /) -> Array:
    """Solve systems of linear equations.

    Parameters
    ----------
    x1 : array
        The coefficients, an array of dtype float32, float64, complex64 or complex128. The last two
        axes hold square matrices.
    x2 : array
        The right-hand sides: a vector if the rank is 1, otherwise the columns of the matrices in the last
        two axes.

    Returns
    -------
    Array
        The solutions, of the promoted dtype.

    Raises
    ------
    DTypeError, ShapeError
        If an array has another dtype, or the shapes do not match.
    LinearAlgebraError
        If a concrete matrix is singular. The result of a model is then NaN, and also where the matrix is
        singular but for rounding.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.solve(xp.asarray([[2.0, 0.0], [0.0, 4.0]]), xp.asarray([2.0, 2.0]))
    Array([1. , 0.5], dtype=float64)
    """
    a, b = common("solve", x1, x2)
    a = square_matrices("solve", a)
    if b.ndim == 0:
        raise ShapeError("solve: the right-hand side must have rank 1 or more, not 0")
    if not (a.is_traced or b.is_traced):
        return computed("solve", np.linalg.solve, a, b)
    check_dtypes("solve", a, b)
    return _solved(a, b)


def _solved(a: Array, b: Array) -> Array:
    size = a.shape[-1]
    planes = b._planes
    rows = max(b.ndim - 2, 0)
    if dims.equal(b.shape[rows], size) is False:
        raise ShapeError(
            f"solve: matrices of shape {shape_text(a.shape)} do not match right-hand sides of shape "
            f"{shape_text(b.shape)}: axis {rows} must have size {size}"
        )
    broadcast(a.shape[:-2], b.shape[:-2], "solve")
    planes = tuple(ops.require_size(plane, rows, size) for plane in planes)
    if b.ndim == 1:
        planes = tuple(ops.unsqueeze(plane, (1,)) for plane in planes)
    results = inverse.solve(a._planes, planes)
    if b.ndim == 1:
        results = tuple(ops.squeeze(result, (a.ndim - 1,)) for result in results)
    return new_array(a.dtype, results)


def _is_traced(array: Array, rtol: float | Array | None) -> bool:
    return array.is_traced or (isinstance(rtol, Array) and rtol.is_traced)


def _cutoff(array: Array, values: Array, rtol: float | Array | None) -> Array:
    """Return the largest singular values that count as 0; `values` are in descending order."""
    if rtol is None:
        sizes = dims.maximum(*array.shape[-2:])
        limit = asarray(sizes, dtype=values.dtype) * dtypes.finfo(array.dtype).eps
    else:
        limit = asarray(rtol)[..., None]
    return limit * values[..., :1]


def _limit(rtol: float | Array | None) -> Any:
    return np.asarray(rtol) if isinstance(rtol, Array) else rtol
