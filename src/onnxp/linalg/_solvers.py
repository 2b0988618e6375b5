"""Determinants, ranks and inverses of concrete matrices, and solutions of linear equations."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from onnxp._src import dtypes
from onnxp._src.array.array import Array, common
from onnxp.errors import ShapeError
from onnxp.linalg._host import computed, matrices, several, square_matrices


class SlogdetResult(NamedTuple):
    """Sign and logarithm of the magnitude of a determinant, of `slogdet`."""

    sign: Array
    logabsdet: Array


def det(x: Array, /) -> Array:
    """Compute determinants of square matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold square matrices.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its matrices are not square, or it is traced.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.det(xp.asarray([[2.0, 0.0], [0.0, 4.0]]))
    Array(8., dtype=float64)
    """
    return computed("det", np.linalg.det, square_matrices("det", x))


def inv(x: Array, /) -> Array:
    """Inverses of square matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold square matrices.

    Returns
    -------
    Array
        Of the dtype and the shape of `x`.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its matrices are not square, or it is traced.
    LinearAlgebraError
        If a matrix has no inverse.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.inv(xp.asarray([[2.0, 0.0], [0.0, 4.0]]))
    Array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float64)
    """
    return computed("inv", np.linalg.inv, square_matrices("inv", x))


def matrix_rank(x: Array, /, *, rtol: float | Array | None = None) -> Array:
    """Ranks of matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold matrices.
    rtol : float or array, optional
        Which singular values count as 0, relative to the largest; by default below the larger of the two
        sizes times the dtype's ``eps``.

    Returns
    -------
    Array
        Of dtype int64.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its rank is less than 2, or it is traced.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.matrix_rank(xp.asarray([[1.0, 1.0], [1.0, 1.0]]))
    Array(1, dtype=int64)
    """
    array = matrices("matrix_rank", x)
    return computed("matrix_rank", lambda a: np.linalg.matrix_rank(a, rtol=_limit(rtol)), array)


def pinv(x: Array, /, *, rtol: float | Array | None = None) -> Array:
    """Pseudo-inverses of matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold matrices.
    rtol : float or array, optional
        Which singular values count as 0, relative to the largest; by default below the larger of the two
        sizes times the dtype's ``eps``.

    Returns
    -------
    Array
        Of the dtype of `x`, the last two sizes exchanged.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its rank is less than 2, or it is traced.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.pinv(xp.asarray([[2.0, 0.0]]))
    Array([[0.5],
           [0. ]], dtype=float64)
    """
    array = matrices("pinv", x)
    limit = _limit(rtol)
    if limit is None and array.dtype.family in ("float", "complex"):  # numpy takes it for 1e-15
        limit = max(array.shape[-2:]) * dtypes.finfo(array.dtype).eps
    return computed("pinv", lambda a: np.linalg.pinv(a, rtol=limit), array)


def slogdet(x: Array, /) -> SlogdetResult:
    """Signs and logarithms of determinants of square matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold square matrices.

    Returns
    -------
    SlogdetResult
        ``sign``, of the dtype of `x`, and ``logabsdet``, real.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its matrices are not square, or it is traced.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.slogdet(xp.asarray([[0.0, 1.0], [1.0, 0.0]]))
    SlogdetResult(sign=Array(-1., dtype=float64), logabsdet=Array(0., dtype=float64))
    """
    return SlogdetResult(*several("slogdet", np.linalg.slogdet, square_matrices("slogdet", x)))


def solve(x1: Array, x2: Array, /) -> Array:
    """Solve systems of linear equations; the arrays must not be traced.

    Parameters
    ----------
    x1 : array
        The coefficients, of dtype float32, float64, complex64 or complex128; the last two axes hold
        square matrices.
    x2 : array
        The right sides: a vector if its rank is 1, else the columns of matrices in the last two axes.

    Returns
    -------
    Array
        Of the promoted dtype.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If a dtype is another, the shapes do not fit, or an array is traced.
    LinearAlgebraError
        If a matrix is singular.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.solve(xp.asarray([[2.0, 0.0], [0.0, 4.0]]), xp.asarray([2.0, 2.0]))
    Array([1. , 0.5], dtype=float64)
    """
    a, b = common("solve", x1, x2)
    square_matrices("solve", a)
    if b.ndim == 0:
        raise ShapeError("solve: the right side must have rank 1 or more, not 0")
    return computed("solve", np.linalg.solve, a, b)


def _limit(rtol: float | Array | None) -> Any:
    return np.asarray(rtol) if isinstance(rtol, Array) else rtol
