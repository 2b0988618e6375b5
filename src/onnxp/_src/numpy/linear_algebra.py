"""numpy.linalg: decompositions, determinants, inverses and solutions of equations.

They call `onnxp.linalg`, which calls numpy for concrete arrays.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.operands import as_array, as_float, in_common, is_bool, is_complex
from onnxp._src.numpy.products import matmul, norm
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import normalize_axes
from onnxp.errors import ArgumentError, LinearAlgebraError, ShapeError


def _triangle(a: Any, triangle: str) -> Any:
    """Return matrices with the lower triangle that `UPLO` selects."""
    array = as_float(a)
    if str(triangle).upper() not in ("L", "U"):
        raise ArgumentError(f"numpy.linalg: UPLO is {triangle!r}; it may be 'L' or 'U'")
    return array if str(triangle).upper() == "L" else _adjoint(array)


def _adjoint(x: Any) -> Any:
    return xp().matrix_transpose(xp().conj(x) if is_complex(x) else x)


def _unless_real(x: Any) -> tuple[bool, Any]:
    """Return whether complex numbers are known to be real, and their real parts in this case."""
    if x.is_traced or bool(xp().any(xp().imag(x) != 0)):
        return False, x
    return True, xp().real(x)


@implements(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """Translate `numpy.linalg.cholesky`."""
    return xp().linalg.cholesky(as_float(a), upper=upper)


@implements(np.linalg.det)
def det(a: Any) -> Any:
    """Translate `numpy.linalg.det`."""
    return xp().linalg.det(as_float(a))


@implements(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    """Translate `numpy.linalg.slogdet`."""
    return xp().linalg.slogdet(as_float(a))


@implements(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Translate `numpy.linalg.qr`."""
    if mode == "r":
        return xp().linalg.qr(as_float(a)).R
    if mode == "raw":
        raise ArgumentError(
            "numpy.linalg.qr: mode is 'raw', the reflections of LAPACK; it may be 'reduced', 'complete' or 'r'"
        )
    return xp().linalg.qr(as_float(a), mode=mode)


@implements(np.linalg.eig)
def eig(a: Any) -> Any:
    """Translate `numpy.linalg.eig`; the results of traced arrays are complex."""
    array = as_float(a)
    result = xp().linalg.eig(array)
    real, values = _unless_real(result.eigenvalues)
    if is_complex(array) or not real:
        return result
    return type(result)(values, xp().real(result.eigenvectors))


@implements(np.linalg.eigvals)
def eigvals(a: Any) -> Any:
    """Translate `numpy.linalg.eigvals`; the results of traced arrays are complex."""
    array = as_float(a)
    values = xp().linalg.eigvals(array)
    return values if is_complex(array) else _unless_real(values)[1]


@implements(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> Any:
    """Translate `numpy.linalg.eigh`."""
    return xp().linalg.eigh(_triangle(a, UPLO))


@implements(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Translate `numpy.linalg.eigvalsh`."""
    return xp().linalg.eigvalsh(_triangle(a, UPLO))


@implements(np.linalg.svd)
def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """Translate `numpy.linalg.svd`; of Hermitian matrices, only the lower triangle is read."""
    if not compute_uv:
        return _singular_values(as_float(a), hermitian)
    if hermitian:
        values, vectors = xp().linalg.eigh(as_float(a))
        order = xp().argsort(xp().abs(values), descending=True, axis=-1)
        values = xp().take_along_axis(values, order, axis=-1)
        vectors = xp().take_along_axis(vectors, order[..., None, :], axis=-1)
        turned = vectors * xp().astype(xp().where(values < 0, -1, 1), values.dtype)[..., None, :]
        return xp().linalg.SVDResult(vectors, xp().abs(values), _adjoint(turned))
    return xp().linalg.svd(as_float(a), full_matrices=bool(full_matrices))


def _singular_values(array: Any, hermitian: bool) -> Any:
    if not hermitian:
        return xp().linalg.svdvals(array)
    return xp().sort(xp().abs(xp().linalg.eigvalsh(array)), descending=True, axis=-1)


@implements(np.linalg.svdvals)
def svdvals(x: Any, /) -> Any:
    """Translate `numpy.linalg.svdvals`."""
    return xp().linalg.svdvals(as_float(x))


@implements(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """Translate `numpy.linalg.cond`."""
    array = as_float(x)
    if 0 in [size for size in array.shape if type(size) is int]:
        raise LinearAlgebraError("numpy.linalg.cond: there is no condition number of no elements")
    if p in (None, 2, -2):
        values = xp().linalg.svdvals(array)
        first, last = values[..., 0], values[..., -1]
        result = last / first if p == -2 else first / last
    else:
        result = norm(array, p, axis=(-2, -1)) * norm(_inverse(array), p, axis=(-2, -1))
    unknown = xp().any(xp().isnan(array), axis=(-2, -1))
    return xp().where(xp().isnan(result) & ~unknown, math.inf, result)


def _inverse(array: Any) -> Any:
    """Return inverses; of a singular matrix, infinities."""
    try:
        return xp().linalg.inv(array)
    except LinearAlgebraError:
        return xp().full_like(array, math.inf)


@implements(np.linalg.matrix_rank)
def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """Translate `numpy.linalg.matrix_rank`; of Hermitian matrices, only the lower triangle is read."""
    array = as_float(A)
    if array.ndim < 2:
        return xp().astype(xp().any(array != 0), xp().int64)
    if tol is not None and rtol is not None:
        raise ArgumentError("numpy.linalg.matrix_rank: pass tol or rtol, not both")
    if tol is None and not hermitian:
        return xp().linalg.matrix_rank(array, rtol=None if rtol is None else as_array(rtol))
    values = _singular_values(array, hermitian)
    if tol is None:
        limit = _cutoff(array, rtol) * values[..., :1]
    else:
        limit = as_array(tol)[..., None]
    ranks = xp().count_nonzero(values > limit, axis=-1)
    return xp().where(xp().any(xp().isnan(values), axis=-1), -1, ranks)


def _cutoff(array: Any, rtol: Any) -> Any:
    """Return the part of the largest singular value below which others count as 0, as a column."""
    if rtol is not None:
        return as_array(rtol)[..., None]
    size = xp().asarray(dims.maximum(*array.shape[-2:]), dtype=xp().abs(array).dtype)
    return size * xp().finfo(array.dtype).eps


@implements(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = "1e-15") -> Any:
    """Translate `numpy.linalg.pinv`, whose limit is 1e-15, or for ``rtol=None`` that of the standard."""
    if rcond is not None and rtol != "1e-15":
        raise ArgumentError("numpy.linalg.pinv: pass rcond or rtol, not both")
    limit = rcond if rcond is not None else 1e-15 if rtol == "1e-15" else rtol
    if hermitian:  # only the lower triangle is read
        array = as_float(a)
        values, vectors = xp().linalg.eigh(array)
        sizes = xp().abs(values)
        kept = sizes > _cutoff(array, limit) * xp().max(sizes, axis=-1, keepdims=True)
        inverses = xp().where(kept, 1 / xp().where(kept, values, 1.0), 0.0)
        return xp().matmul(vectors * inverses[..., None, :], _adjoint(vectors))
    return xp().linalg.pinv(as_float(a), rtol=None if limit is None else as_array(limit))


@implements(np.linalg.inv)
def inv(a: Any) -> Any:
    """Translate `numpy.linalg.inv`."""
    return xp().linalg.inv(as_float(a))


@implements(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """Translate `numpy.linalg.solve`."""
    return xp().linalg.solve(*in_common(as_float(a), as_float(b)))


@implements(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Translate `numpy.linalg.lstsq`."""
    matrix, sides = in_common(as_float(a), as_float(b))
    if matrix.ndim != 2 or sides.ndim not in (1, 2):
        raise ShapeError(
            "numpy.linalg.lstsq: a must have rank 2 and b rank 1 or 2, not "
            f"{matrix.ndim} and {sides.ndim}"
        )
    m, n = matrix.shape
    if not (matrix.is_traced or sides.is_traced):
        try:
            x, residuals, rank, values = np.linalg.lstsq(
                np.asarray(matrix), np.asarray(sides), rcond
            )
        except np.linalg.LinAlgError as error:
            raise LinearAlgebraError(f"numpy.linalg.lstsq: {error}") from None
        return (*map(xp().asarray, (x, residuals)), rank, xp().asarray(values))
    u, values, vh = xp().linalg.svd(matrix, full_matrices=False)
    limit = xp().finfo(matrix.dtype).eps if rcond == -1 else _cutoff(matrix, rcond)
    kept = values > limit * values[:1]
    columns = sides if sides.ndim == 2 else sides[:, None]
    parts = (
        xp().matmul(_adjoint(u), columns)
        * xp().where(kept, 1 / xp().where(kept, values, 1.0), 0.0)[:, None]
    )
    x = xp().matmul(_adjoint(vh), parts)
    rank = xp().astype(xp().count_nonzero(kept), xp().int32)
    errors = xp().sum(xp().abs(columns - xp().matmul(matrix, x)) ** 2, axis=0)
    sizes = [xp().asarray(size) for size in (m, n)]
    has_residuals = (xp().astype(rank, xp().int64) == sizes[1]) & (sizes[0] > sizes[1])
    residuals = errors[xp().broadcast_to(has_residuals, errors.shape)]
    return x if sides.ndim == 2 else x[:, 0], residuals, rank, values


@implements(np.linalg.matrix_power)
def matrix_power(a: Any, n: Any) -> Any:
    """Translate `numpy.linalg.matrix_power`."""
    array = as_array(a)
    if is_bool(array) and n > 0:
        return _power_of_bools(array, n)
    if is_bool(array) and n == 0:
        return xp().linalg.matrix_power(xp().astype(array, xp().int8), 0) != 0
    return xp().linalg.matrix_power(as_float(array) if n < 0 else array, n)


def _power_of_bools(array: Any, n: int) -> Any:
    if n == 1:
        return xp().asarray(array, copy=True)
    half = _power_of_bools(array, n // 2)
    square = matmul(half, half)
    return matmul(square, array) if n % 2 else square


@implements(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Translate `numpy.linalg.tensorinv`."""
    array = as_float(a)
    if ind <= 0:
        raise ArgumentError(f"numpy.linalg.tensorinv: ind is {ind}; it must be positive")
    rows, columns = array.shape[:ind], array.shape[ind:]
    size = math.prod(columns)
    return xp().reshape(xp().linalg.inv(xp().reshape(array, (-1, size))), (*columns, *rows))


@implements(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Translate `numpy.linalg.tensorsolve`."""
    array, sides = in_common(as_float(a), as_float(b))
    if axes:
        last = normalize_axes(tuple(axes), array.ndim, "numpy.linalg.tensorsolve")
        array = xp().permute_dims(array, (*(i for i in range(array.ndim) if i not in last), *last))
    unknowns = array.shape[sides.ndim :]
    size = math.prod(unknowns)
    matrix, columns = xp().reshape(array, (-1, size)), xp().reshape(sides, (-1,))
    return xp().reshape(xp().linalg.solve(matrix, columns), unknowns)


@implements(np.linalg.cross)
def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Translate `numpy.linalg.cross`."""
    return xp().linalg.cross(*in_common(x1, x2), axis=axis)


@implements(np.linalg.outer)
def outer(x1: Any, x2: Any, /) -> Any:
    """Translate `numpy.linalg.outer`."""
    return xp().linalg.outer(*in_common(x1, x2))
