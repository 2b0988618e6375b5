"""Decompositions of concrete matrices."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from onnxp._src import dtypes
from onnxp._src.array.array import Array, cast
from onnxp.errors import ArgumentError
from onnxp.linalg._host import computed, matrices, several, square_matrices


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
    return computed("cholesky", lambda a: np.linalg.cholesky(a, upper=upper), array)


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
    values, vectors = several("eig", np.linalg.eig, array)
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
    return EighResult(*several("eigh", np.linalg.eigh, square_matrices("eigh", x)))


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
    values = computed("eigvals", np.linalg.eigvals, array)
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
    return computed("eigvalsh", np.linalg.eigvalsh, square_matrices("eigvalsh", x))


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
    return QRResult(*several("qr", lambda a: np.linalg.qr(a, mode), matrices("qr", x)))


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
        *several("svd", lambda a: np.linalg.svd(a, full_matrices=full_matrices), array)
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
    return computed("svdvals", lambda a: np.linalg.svd(a, compute_uv=False), matrices("svdvals", x))
