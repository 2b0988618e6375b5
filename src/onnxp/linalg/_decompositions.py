"""Decompositions of matrices: of concrete ones by numpy, of traced ones by recipes."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from onnxp._src import dtypes
from onnxp._src.api.elementwise import conj
from onnxp._src.api.linear_algebra import matrix_transpose
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.operands import cast
from onnxp._src.graph.values import Value
from onnxp._src.lowering.linalg import reflections, rotations, schur, tridiagonal
from onnxp._src.lowering.linalg.cholesky import cholesky as cholesky_factors
from onnxp.errors import ArgumentError
from onnxp.linalg._host import check_dtypes, computed, matrices, several, square_matrices


class EigResult(NamedTuple):
    """The result of `eig`: eigenvalues, and eigenvectors as columns."""

    eigenvalues: Array
    eigenvectors: Array


class EighResult(NamedTuple):
    """The result of `eigh`: eigenvalues, and eigenvectors as columns."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """The result of `qr`: an orthonormal and an upper triangular matrix."""

    Q: Array
    R: Array


class SVDResult(NamedTuple):
    """The result of `svd`: left singular vectors (columns), singular values, right singular vectors (rows)."""

    U: Array
    S: Array
    Vh: Array


def adjoint(x: Array) -> Array:
    """Return the conjugate transposes of matrices."""
    return matrix_transpose(conj(x) if x.dtype.family == "complex" else x)


def cholesky(x: Array, /, *, upper: bool = False) -> Array:
    """Compute Cholesky factors of symmetric (Hermitian) positive definite matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold square
        matrices.
    upper : bool, optional
        Whether the factor is upper triangular.

    Returns
    -------
    Array
        The factors, of the dtype and the shape of `x`.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its matrices are not square.
    LinearAlgebraError
        If a concrete matrix is not positive definite. The result of a model is then NaN.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.cholesky(xp.asarray([[4.0, 2.0], [2.0, 5.0]]))
    Array([[2., 0.],
           [1., 2.]], dtype=float64)
    """
    array = square_matrices("cholesky", x)
    if array.is_traced:
        check_dtypes("cholesky", array)
        factors = new_array(
            array.dtype, cholesky_factors((adjoint(array) if upper else array)._planes)
        )
        return adjoint(factors) if upper else factors
    return computed("cholesky", lambda a: np.linalg.cholesky(a, upper=upper), array)


def eig(x: Array, /) -> EigResult:
    """Compute the eigenvalues and eigenvectors of square matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold square
        matrices.

    Returns
    -------
    EigResult
        ``eigenvalues`` and ``eigenvectors``, of the complex dtype with the precision of `x`.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its matrices are not square.
    LinearAlgebraError
        If a concrete matrix has elements that are not finite. The result of a model is then NaN.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.eig(xp.asarray([[2.0, 0.0], [0.0, 4.0]])).eigenvalues
    Array([2.+0.j, 4.+0.j], dtype=complex128)
    """
    array = square_matrices("eig", x)
    wide = dtypes.COMPLEX_OF.get(array.dtype, array.dtype)
    if array.is_traced:
        check_dtypes("eig", array)
        return EigResult(*(new_array(wide, planes) for planes in schur.eig(array._planes)))
    values, vectors = several("eig", np.linalg.eig, array)
    return EigResult(cast(values, wide), cast(vectors, wide))


def eigh(x: Array, /) -> EighResult:
    """Compute the eigenvalues and eigenvectors of symmetric (Hermitian) matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold square
        matrices, of which only the lower triangle is read.

    Returns
    -------
    EighResult
        ``eigenvalues`` and ``eigenvectors``. The eigenvalues are real, in ascending order.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its matrices are not square.
    LinearAlgebraError
        If a concrete matrix has elements that are not finite. The result of a model is then NaN.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.eigh(xp.asarray([[2.0, 0.0], [0.0, 4.0]])).eigenvalues
    Array([2., 4.], dtype=float64)
    """
    array = square_matrices("eigh", x)
    if not array.is_traced:
        return EighResult(*several("eigh", np.linalg.eigh, array))
    check_dtypes("eigh", array)
    values, vectors = rotations.eigh(array._planes)
    return EighResult(_real(values), new_array(array.dtype, vectors))


def eigvals(x: Array, /) -> Array:
    """Compute the eigenvalues of square matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold square
        matrices.

    Returns
    -------
    Array
        The eigenvalues, of the complex dtype with the precision of `x`.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its matrices are not square.
    LinearAlgebraError
        If a concrete matrix has elements that are not finite. The result of a model is then NaN.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.eigvals(xp.asarray([[2.0, 0.0], [0.0, 4.0]]))
    Array([2.+0.j, 4.+0.j], dtype=complex128)
    """
    array = square_matrices("eigvals", x)
    wide = dtypes.COMPLEX_OF.get(array.dtype, array.dtype)
    if array.is_traced:
        check_dtypes("eigvals", array)
        return new_array(wide, schur.eigvals(array._planes))
    return cast(computed("eigvals", np.linalg.eigvals, array), wide)


def eigvalsh(x: Array, /) -> Array:
    """Compute the eigenvalues of symmetric (Hermitian) matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold square
        matrices, of which only the lower triangle is read.

    Returns
    -------
    Array
        The eigenvalues, which are real, in ascending order.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its matrices are not square.
    LinearAlgebraError
        If a concrete matrix has elements that are not finite. The result of a model is then NaN.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.eigvalsh(xp.asarray([[2.0, 0.0], [0.0, 4.0]]))
    Array([2., 4.], dtype=float64)
    """
    array = square_matrices("eigvalsh", x)
    if not array.is_traced:
        return computed("eigvalsh", np.linalg.eigvalsh, array)
    check_dtypes("eigvalsh", array)
    return _real(tridiagonal.eigvalsh(array._planes))


def qr(x: Array, /, *, mode: Literal["reduced", "complete"] = "reduced") -> QRResult:
    """Compute QR decompositions of matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold matrices.
    mode : {"reduced", "complete"}, optional
        Whether Q has ``min(M, N)`` columns or is square, for matrices of shape ``(M, N)``.

    Returns
    -------
    QRResult
        ``Q`` and ``R``, of the dtype of `x`.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its rank is less than 2.
    ArgumentError
        If `mode` is another value.

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
    array = matrices("qr", x)
    if not array.is_traced:
        return QRResult(*several("qr", lambda a: np.linalg.qr(a, mode), array))
    check_dtypes("qr", array)
    factors = reflections.qr(array._planes, complete=mode == "complete")
    return QRResult(*(new_array(array.dtype, planes) for planes in factors))


def svd(x: Array, /, *, full_matrices: bool = True) -> SVDResult:
    """Compute singular value decompositions of matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold matrices.
    full_matrices : bool, optional
        Whether U and Vh are square. Otherwise they have as many vectors as there are singular values.

    Returns
    -------
    SVDResult
        ``U``, ``S`` and ``Vh``. ``S`` is real, in descending order.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its rank is less than 2.
    LinearAlgebraError
        If a concrete matrix has elements that are not finite. The result of a model is then NaN.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.svd(xp.asarray([[3.0, 0.0], [0.0, 4.0]])).S
    Array([4., 3.], dtype=float64)
    """
    array = matrices("svd", x)
    if not array.is_traced:
        return SVDResult(
            *several("svd", lambda a: np.linalg.svd(a, full_matrices=full_matrices), array)
        )
    check_dtypes("svd", array)
    u, s, vh = rotations.svd(array._planes, full=full_matrices)
    return SVDResult(new_array(array.dtype, u), _real(s), new_array(array.dtype, vh))


def svdvals(x: Array, /) -> Array:
    """Compute the singular values of matrices.

    Parameters
    ----------
    x : array
        An array of dtype float32, float64, complex64 or complex128. The last two axes hold matrices.

    Returns
    -------
    Array
        The singular values, which are real, in descending order.

    Raises
    ------
    DTypeError, ShapeError
        If `x` has another dtype, or its rank is less than 2.
    LinearAlgebraError
        If a concrete matrix has elements that are not finite. The result of a model is then NaN.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linalg.svdvals(xp.asarray([[3.0, 0.0], [0.0, 4.0]]))
    Array([4., 3.], dtype=float64)
    """
    array = matrices("svdvals", x)
    if not array.is_traced:
        return computed("svdvals", lambda a: np.linalg.svd(a, compute_uv=False), array)
    check_dtypes("svdvals", array)
    return _real(rotations.svd(array._planes, full=False)[1])


def _real(plane: Value) -> Array:
    return new_array(plane.dtype, (plane,))
