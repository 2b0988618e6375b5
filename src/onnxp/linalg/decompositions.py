"""Decompositions and solvers of concrete arrays, by numpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from onnxp import dims, dtypes
from onnxp.array import Array, as_array, cast, common, from_host
from onnxp.dtypes import require
from onnxp.errors import ArgumentError, DTypeError, LinearAlgebraError, ShapeError, TracedValueError


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
    array = square_matrices("cholesky", x)
    return _computed("cholesky", lambda a: np.linalg.cholesky(a, upper=upper), array)


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
    return _computed("det", np.linalg.det, square_matrices("det", x))


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
    array = square_matrices("eig", x)
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
    return EighResult(*_several("eigh", np.linalg.eigh, square_matrices("eigh", x)))


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
    array = square_matrices("eigvals", x)
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
    return _computed("eigvalsh", np.linalg.eigvalsh, square_matrices("eigvalsh", x))


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
    return _computed("inv", np.linalg.inv, square_matrices("inv", x))


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
    array = matrices("pinv", x)
    limit = _limit(rtol)
    if limit is None and array.dtype.kind in ("float", "complex"):  # numpy takes it for 1e-15
        limit = max(array.shape[-2:]) * dtypes.finfo(array.dtype).eps
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
    return QRResult(*_several("qr", lambda a: np.linalg.qr(a, mode), matrices("qr", x)))


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
    return SlogdetResult(*_several("slogdet", np.linalg.slogdet, square_matrices("slogdet", x)))


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
    array = matrices("svd", x)
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
    return _computed(
        "svdvals", lambda a: np.linalg.svd(a, compute_uv=False), matrices("svdvals", x)
    )


# Arguments and results


def matrices(function: str, x: object) -> Array:
    """Return an array of matrices, or raise `ShapeError`."""
    array = as_array(x, function)
    if array.ndim < 2:
        raise ShapeError(f"{function} needs an array of rank 2 or more, not {array.ndim}")
    return array


def square_matrices(function: str, x: object) -> Array:
    """Return an array of square matrices, or raise `ShapeError`."""
    array = matrices(function, x)
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
                f"linalg.{function} is computed by numpy, so it can not take a traced array; what does not "
                "depend on the input can be computed outside of the traced function"
            )
    try:
        return compute(*map(np.asarray, arrays))
    except np.linalg.LinAlgError as error:
        raise LinearAlgebraError(f"{function}: {error}") from None
    except ValueError as error:
        raise ShapeError(f"{function}: {error}") from None
