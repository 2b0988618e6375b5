"""The standard's extension for linear algebra.

Products, norms and other compositions of array functions work on every array. Decompositions and solvers
compute by numpy, on concrete arrays; for traced ones they raise `TracedValueError`. A model mostly needs
them of its fitted parameters, which are constants.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from onnxp import dims, dtypes
from onnxp.array import Array, as_array, cast, common, from_host
from onnxp.creation import arange, eye
from onnxp.dtypes import require
from onnxp.elementwise import abs, multiply, pow, sqrt, subtract
from onnxp.errors import (
    ArgumentError,
    DTypeError,
    LinearAlgebraError,
    ShapeError,
    TracedValueError,
)
from onnxp.indexing import take
from onnxp.linear_algebra import from_the_end, matmul, matrix_transpose, tensordot, vecdot
from onnxp.manipulation import broadcast_to, reshape, stack, unstack
from onnxp.searching import count_nonzero
from onnxp.shapes import as_integer, normalize_axes, shape_text
from onnxp.statistical import max, min, sum

__all__ = [
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]


# Of every array


def cross(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """Cross product of vectors of three elements.

    Parameters
    ----------
    x1, x2 : array
        Of a numeric dtype. All axes but `axis` broadcast; along `axis` they have three elements.
    axis : int, optional
        The axis of both arrays that has the vectors' elements, counted from the end; from the front only
        if the ranks are the same.

    Returns
    -------
    Array
        Of the promoted dtype and the broadcast shape.

    Raises
    ------
    DTypeError
        If a dtype is not numeric.
    AxisError
        If an array has no such axis.
    ShapeError
        If it has not three elements, or the other axes do not broadcast.

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
        if not dims.same(array.shape[last], 3):
            raise ShapeError(
                f"cross: axis {axis} must have 3 elements, but the shape is {shape_text(array.shape)}"
            )
    (a0, a1, a2), (b0, b1, b2) = unstack(a, axis=last), unstack(b, axis=last)
    parts = [
        subtract(multiply(a1, b2), multiply(a2, b1)),
        subtract(multiply(a2, b0), multiply(a0, b2)),
        subtract(multiply(a0, b1), multiply(a1, b0)),
    ]
    return stack(parts, axis=last)


def diagonal(x: Array, /, *, offset: int = 0) -> Array:
    """Diagonals of matrices.

    Parameters
    ----------
    x : array
        Of rank 2 or more; the last two axes hold matrices.
    offset : int, optional
        Which diagonal: above the main one if positive, below it if negative.

    Returns
    -------
    Array
        Of the dtype of `x`; the diagonal is its last axis.

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
    array = _matrices("diagonal", x)
    offset = as_integer(offset, "diagonal", "offset")
    *batch, rows, columns = array.shape
    down, right = builtins.max(-offset, 0), builtins.max(offset, 0)
    length = dims.maximum(dims.minimum(rows - down, columns - right), 0)
    steps = arange(length)
    flat = reshape(array, (*batch, rows * columns))
    return take(flat, (steps + down) * columns + steps + right, axis=-1)


def matrix_norm(
    x: Array, /, *, keepdims: bool = False, ord: float | Literal["fro", "nuc"] | None = "fro"
) -> Array:
    """Norms of matrices.

    Parameters
    ----------
    x : array
        Of a floating-point dtype and of rank 2 or more; the last two axes hold matrices.
    keepdims : bool, optional
        Whether those axes stay, with one element each.
    ord : {"fro", "nuc", 1, -1, 2, -2, inf, -inf}, optional
        The Frobenius norm, the sum of the singular values, the largest (smallest) sum of magnitudes over a
        column, the largest (smallest) singular value, or the largest (smallest) sum over a row.

    Returns
    -------
    Array
        Of the real dtype that goes with that of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    ShapeError
        If the rank is less than 2.
    ArgumentError
        If there is no such norm.
    TracedValueError
        If `x` is traced and the norm needs its singular values.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.matrix_norm(xp.asarray([[3.0, 0.0], [0.0, 4.0]]))
    Array(5., dtype=float64)
    """
    array = _matrices("matrix_norm", x)
    require("matrix_norm", "floating-point", array.dtype)
    if ord in ("fro", None):
        sizes = abs(array)
        return sqrt(sum(multiply(sizes, sizes), axis=(-2, -1), keepdims=keepdims))
    if ord in ("nuc", 2, -2):
        reduce = {"nuc": sum, 2: max, -2: min}[ord]
        found = reduce(svdvals(array), axis=-1)
        return reshape(found, (*found.shape, 1, 1)) if keepdims else found
    if ord not in (1, -1, np.inf, -np.inf):
        raise ArgumentError(
            f"matrix_norm: ord is {ord!r}; it may be 'fro', 'nuc', 1, -1, 2, -2, inf or -inf"
        )
    summed, other = (-2, -1) if ord in (1, -1) else (-1, -2)
    sums = sum(abs(array), axis=summed, keepdims=True)
    found = (max if ord > 0 else min)(sums, axis=other, keepdims=True)  # type: ignore[operator]
    return found if keepdims else reshape(found, array.shape[:-2])


def matrix_power(x: Array, n: int, /) -> Array:
    """Powers of square matrices.

    Parameters
    ----------
    x : array
        Of a floating-point dtype; the last two axes hold square matrices.
    n : int
        The exponent; of a negative one the inverse is taken, which `x` must not be traced for.

    Returns
    -------
    Array
        Of the dtype and the shape of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    ShapeError
        If the matrices are not square.
    LinearAlgebraError
        If `n` is negative and a matrix has no inverse.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.matrix_power(xp.asarray([[1.0, 1.0], [0.0, 1.0]]), 3)
    Array([[1., 3.],
           [0., 1.]], dtype=float64)
    """
    array = _square("matrix_power", x)
    require("matrix_power", "floating-point", array.dtype)
    exponent = as_integer(n, "matrix_power", "n")
    if exponent < 0:
        array, exponent = inv(array), -exponent
    if exponent == 0:
        return broadcast_to(eye(array.shape[-1], dtype=array.dtype), array.shape)
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
    """Outer product of two vectors.

    Parameters
    ----------
    x1, x2 : array
        Of a numeric dtype and of rank 1.

    Returns
    -------
    Array
        Of the promoted dtype and of shape ``(x1.size, x2.size)``.

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
    """Sums of the diagonals of matrices.

    Parameters
    ----------
    x : array
        Of a numeric dtype and of rank 2 or more; the last two axes hold matrices.
    offset : int, optional
        Which diagonal: above the main one if positive, below it if negative.
    dtype : dtype, optional
        The dtype of the result, as in `onnxp.sum`.

    Returns
    -------
    Array
        Of `dtype`, or of the one that `onnxp.sum` gives.

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
    array = _matrices("trace", x)
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
    """Norms of vectors.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.
    axis : int or tuple of int, optional
        The axes that hold a vector, by default all.
    keepdims : bool, optional
        Whether those axes stay, with one element each.
    ord : float, optional
        The exponent; ``inf`` is the largest magnitude, ``-inf`` the smallest, 0 the number of elements
        that are not 0.

    Returns
    -------
    Array
        Of the real dtype that goes with that of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    AxisError
        If there is no such axis.

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
        return max(sizes, axis=axes, keepdims=keepdims)
    if ord == -np.inf:
        return min(sizes, axis=axes, keepdims=keepdims)
    if ord == 0:
        return cast(count_nonzero(sizes, axis=axes, keepdims=keepdims), sizes.dtype)
    if ord == 1:
        return sum(sizes, axis=axes, keepdims=keepdims)
    if ord == 2:
        return sqrt(sum(multiply(sizes, sizes), axis=axes, keepdims=keepdims))
    return pow(sum(pow(sizes, float(ord)), axis=axes, keepdims=keepdims), 1 / ord)


# Of concrete arrays


class EigResult(NamedTuple):
    """Eigenvalues, and eigenvectors in columns, of `eig`."""

    eigenvalues: Array
    eigenvectors: Array


class EighResult(NamedTuple):
    """Eigenvalues, and eigenvectors in columns, of `eigh`."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """An orthonormal and an upper triangular matrix, of `qr`."""

    Q: Array
    R: Array


class SlogdetResult(NamedTuple):
    """Sign and logarithm of the magnitude of a determinant, of `slogdet`."""

    sign: Array
    logabsdet: Array


class SVDResult(NamedTuple):
    """Left singular vectors in columns, singular values, and right singular vectors in rows, of `svd`."""

    U: Array
    S: Array
    Vh: Array


def cholesky(x: Array, /, *, upper: bool = False) -> Array:
    """Cholesky factor of symmetric (Hermitian) positive definite matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold square matrices.
    upper : bool, optional
        Whether the factor is upper triangular.

    Returns
    -------
    Array
        Of the dtype and the shape of `x`.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its matrices are not square, or it is traced.
    LinearAlgebraError
        If a matrix is not positive definite.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.cholesky(xp.asarray([[4.0, 2.0], [2.0, 5.0]]))
    Array([[2., 0.],
           [1., 2.]], dtype=float64)
    """
    array = _square("cholesky", x)
    return _computed("cholesky", lambda a: np.linalg.cholesky(a, upper=upper), array)


def det(x: Array, /) -> Array:
    """Determinants of square matrices; `x` must not be traced.

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
    return _computed("det", np.linalg.det, _square("det", x))


def eig(x: Array, /) -> EigResult:
    """Eigenvalues and eigenvectors of square matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold square matrices.

    Returns
    -------
    EigResult
        ``eigenvalues`` and ``eigenvectors``, of the complex dtype that goes with that of `x`.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its matrices are not square, or it is traced.
    LinearAlgebraError
        If they are not found.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.eig(xp.asarray([[2.0, 0.0], [0.0, 4.0]])).eigenvalues
    Array([2.+0.j, 4.+0.j], dtype=complex128)
    """
    array = _square("eig", x)
    values, vectors = _several("eig", np.linalg.eig, array)
    wide = dtypes.COMPLEX_OF.get(array.dtype, array.dtype)
    return EigResult(cast(values, wide), cast(vectors, wide))


def eigh(x: Array, /) -> EighResult:
    """Eigenvalues and eigenvectors of symmetric (Hermitian) matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold square matrices, whose
        lower triangle is read.

    Returns
    -------
    EighResult
        ``eigenvalues``, real and ascending, and ``eigenvectors``.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its matrices are not square, or it is traced.
    LinearAlgebraError
        If they are not found.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.eigh(xp.asarray([[2.0, 0.0], [0.0, 4.0]])).eigenvalues
    Array([2., 4.], dtype=float64)
    """
    return EighResult(*_several("eigh", np.linalg.eigh, _square("eigh", x)))


def eigvals(x: Array, /) -> Array:
    """Eigenvalues of square matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold square matrices.

    Returns
    -------
    Array
        Of the complex dtype that goes with that of `x`.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its matrices are not square, or it is traced.
    LinearAlgebraError
        If they are not found.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.eigvals(xp.asarray([[2.0, 0.0], [0.0, 4.0]]))
    Array([2.+0.j, 4.+0.j], dtype=complex128)
    """
    array = _square("eigvals", x)
    values = _computed("eigvals", np.linalg.eigvals, array)
    return cast(values, dtypes.COMPLEX_OF.get(array.dtype, array.dtype))


def eigvalsh(x: Array, /) -> Array:
    """Eigenvalues of symmetric (Hermitian) matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold square matrices, whose
        lower triangle is read.

    Returns
    -------
    Array
        Real and ascending.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its matrices are not square, or it is traced.
    LinearAlgebraError
        If they are not found.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.eigvalsh(xp.asarray([[2.0, 0.0], [0.0, 4.0]]))
    Array([2., 4.], dtype=float64)
    """
    return _computed("eigvalsh", np.linalg.eigvalsh, _square("eigvalsh", x))


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
    return _computed("inv", np.linalg.inv, _square("inv", x))


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
    array = _matrices("matrix_rank", x)
    return _computed("matrix_rank", lambda a: np.linalg.matrix_rank(a, rtol=_limit(rtol)), array)


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
    array = _matrices("pinv", x)
    limit = _limit(rtol)
    if limit is None and array.dtype.kind in ("float", "complex"):  # numpy takes it for 1e-15
        limit = builtins.max(array.shape[-2:]) * dtypes.finfo(array.dtype).eps
    return _computed("pinv", lambda a: np.linalg.pinv(a, rtol=limit), array)


def qr(x: Array, /, *, mode: Literal["reduced", "complete"] = "reduced") -> QRResult:
    """Orthonormal times upper triangular matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold matrices.
    mode : {"reduced", "complete"}, optional
        Whether Q has as many columns as are needed, or is square.

    Returns
    -------
    QRResult
        ``Q`` and ``R``, of the dtype of `x`.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its rank is less than 2, or it is traced.
    ArgumentError
        If there is no such mode.

    Examples
    --------
    >>> import onnxp as xp
    >>> Q, R = xp.linalg.qr(xp.asarray([[3.0, 1.0], [4.0, 2.0]]))
    >>> xp.round(xp.abs(xp.matmul(Q, R)))
    Array([[3., 1.],
           [4., 2.]], dtype=float64)
    """
    if mode not in ("reduced", "complete"):
        raise ArgumentError(f"qr: mode is {mode!r}; it may be 'reduced' or 'complete'")
    return QRResult(*_several("qr", lambda a: np.linalg.qr(a, mode), _matrices("qr", x)))


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
    return SlogdetResult(*_several("slogdet", np.linalg.slogdet, _square("slogdet", x)))


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
    _square("solve", a)
    if b.ndim == 0:
        raise ShapeError("solve: the right side must have rank 1 or more, not 0")
    return _computed("solve", np.linalg.solve, a, b)


def svd(x: Array, /, *, full_matrices: bool = True) -> SVDResult:
    """Singular value decompositions of matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold matrices.
    full_matrices : bool, optional
        Whether U and Vh are square, or have as many vectors as there are singular values.

    Returns
    -------
    SVDResult
        ``U``, ``S``, real and descending, and ``Vh``.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its rank is less than 2, or it is traced.
    LinearAlgebraError
        If it is not found.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.svd(xp.asarray([[3.0, 0.0], [0.0, 4.0]])).S
    Array([4., 3.], dtype=float64)
    """
    array = _matrices("svd", x)
    return SVDResult(
        *_several("svd", lambda a: np.linalg.svd(a, full_matrices=full_matrices), array)
    )


def svdvals(x: Array, /) -> Array:
    """Singular values of matrices; `x` must not be traced.

    Parameters
    ----------
    x : array
        Of dtype float32, float64, complex64 or complex128; the last two axes hold matrices.

    Returns
    -------
    Array
        Real and descending.

    Raises
    ------
    DTypeError, ShapeError, TracedValueError
        If `x` is of another dtype, its rank is less than 2, or it is traced.
    LinearAlgebraError
        If they are not found.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.svdvals(xp.asarray([[3.0, 0.0], [0.0, 4.0]]))
    Array([4., 3.], dtype=float64)
    """
    return _computed("svdvals", lambda a: np.linalg.svd(a, compute_uv=False), _matrices("svdvals", x))


# Checks


def _matrices(function: str, x: object) -> Array:
    array = as_array(x, function)
    if array.ndim < 2:
        raise ShapeError(f"{function} needs an array of rank 2 or more, not {array.ndim}")
    return array


def _square(function: str, x: object) -> Array:
    array = _matrices(function, x)
    rows, columns = array.shape[-2:]
    if not dims.same(rows, columns):
        raise ShapeError(f"{function} needs square matrices, not {rows} by {columns}")
    return array


def _limit(rtol: float | Array | None) -> Any:
    return np.asarray(rtol) if isinstance(rtol, Array) else rtol


def _computed(function: str, compute: Callable[..., Any], *arrays: Array) -> Array:
    """Return what numpy computes of concrete arrays."""
    return _taken(_run(function, compute, arrays))


def _several(function: str, compute: Callable[..., Any], *arrays: Array) -> list[Array]:
    return [_taken(part) for part in _run(function, compute, arrays)]


def _taken(result: Any) -> Array:
    return from_host(np.array(result, order="C"))


def _run(function: str, compute: Callable[..., Any], arrays: Sequence[Array]) -> Any:
    require(function, "floating-point", *(array.dtype for array in arrays))
    for array in arrays:
        if array.dtype is dtypes.float16:
            raise DTypeError(f"{function}: numpy has no routine for float16; cast to float32 first")
        if array.is_traced:
            raise TracedValueError(
                f"linalg.{function} is computed by numpy, so it can not take a traced array; what does not depend "
                "on the input can be computed outside of the traced function"
            )
    try:
        return compute(*map(np.asarray, arrays))
    except np.linalg.LinAlgError as error:
        raise LinearAlgebraError(f"{function}: {error}") from None
    except ValueError as error:
        raise ShapeError(f"{function}: {error}") from None
