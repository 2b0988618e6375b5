"""Functions of `scipy.linalg`, by those of `numpy.linalg` and of `onnxp.linalg`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.operands import as_array, as_float, in_common, is_complex, required
from onnxp._src.numpy.results import certainly_positive
from onnxp._src.shapes import dims
from onnxp.errors import ArgumentError, NumpyFunctionError, ShapeError


def _refuse(name: str, **options: Any) -> None:
    """Raise an error if an option is given."""
    for option, value in options.items():
        if value is not None and value is not False:
            raise NumpyFunctionError(
                f"scipy.linalg.{name}: {option} is not supported for traced arrays"
            )


def _adjoint(x: Any) -> Any:
    return xp().matrix_transpose(xp().conj(x) if is_complex(x) else x)


def _whole(a: Any, *, lower: bool, hermitian: bool = True) -> Any:
    """Return symmetric or Hermitian matrices of which one triangle is given."""
    part = xp().tril(a, k=-1) if lower else xp().triu(a, k=1)
    other = _adjoint(part) if hermitian else xp().matrix_transpose(part)
    return part + other + xp().tril(xp().triu(a))


_ONE_TRIANGLE = {
    "sym": False,
    "symmetric": False,
    "her": True,
    "hermitian": True,
    "pos": True,
    "positive definite": True,
}
"""Structures of matrices of which one triangle is read, and whether they are Hermitian."""


def _inv(a: Any, overwrite_a: bool = False, check_finite: bool = True, **options: Any) -> Any:
    return np.linalg.inv(as_float(a))


def _det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    return xp().linalg.det(as_float(a))


def _norm(
    a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True
) -> Any:
    return np.linalg.norm(as_float(a), ord=ord, axis=axis, keepdims=keepdims)


def _solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: Any = None,
    transposed: bool = False,
) -> Any:
    a, kind = as_float(a), str(assume_a)
    if kind in _ONE_TRIANGLE:
        a = _whole(a, lower=lower, hermitian=_ONE_TRIANGLE[kind])
    elif kind in ("upper triangular", "lower triangular"):
        a = xp().triu(a) if kind.startswith("upper") else xp().tril(a)
    elif kind == "diagonal":
        a = xp().tril(xp().triu(a))
    return np.linalg.solve(xp().matrix_transpose(a) if transposed else a, as_float(b))


def _solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    a = as_float(a)
    if unit_diagonal:
        one = xp().eye(a.shape[-1], dtype=a.dtype)
        a = (xp().tril(a, k=-1) if lower else xp().triu(a, k=1)) + one
    else:
        a = xp().tril(a) if lower else xp().triu(a)
    if trans in (1, "T"):
        a = xp().matrix_transpose(a)
    elif trans in (2, "C"):
        a = _adjoint(a)
    return np.linalg.solve(a, as_float(b))


def _cholesky(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    return xp().linalg.cholesky(as_float(a), upper=not lower)


def _cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Any, bool]:
    return _cholesky(a, lower), lower


def _cho_solve(
    c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    factor, lower = c_and_lower
    first, second = (0, 2) if lower else (2, 0)
    return _solve_triangular(factor, _solve_triangular(factor, b, first, lower), second, lower)


def _qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any:
    _refuse("qr", pivoting=pivoting)
    if mode not in ("full", "r", "economic"):
        raise NumpyFunctionError(
            f"scipy.linalg.qr: mode={mode!r} is not supported for traced arrays; it may be 'full', 'r' or "
            "'economic'"
        )
    kind = "reduced" if mode == "economic" else "complete"
    result = xp().linalg.qr(as_float(a), mode=kind)
    return (result.R,) if mode == "r" else (result.Q, result.R)


def _eigh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: Any = None,
) -> Any:
    _refuse("eigh", subset_by_value=subset_by_value, type=None if type == 1 else type)
    matrix = as_float(a)
    if b is None:
        matrix = matrix if lower else _adjoint(matrix)
    else:  # of L^-1 a L^-H, where b = L L^H
        factor = _cholesky(b, lower=True) if lower else _adjoint(_cholesky(b))
        half = _solve_triangular(factor, _whole(matrix, lower=lower), lower=True)
        matrix = _solve_triangular(factor, _adjoint(half), lower=True)
    part = slice(None)
    if subset_by_index is not None:
        first, last = subset_by_index
        part = slice(first, last + 1)
    if eigvals_only:
        return xp().linalg.eigvalsh(matrix)[..., part]
    values, vectors = xp().linalg.eigh(matrix)
    if b is not None:
        vectors = _solve_triangular(factor, vectors, 2, lower=True)
    return values[..., part], vectors[..., part]


def _eigvalsh(a: Any, b: Any = None, **options: Any) -> Any:
    return _eigh(a, b, eigvals_only=True, **options)


def _eig(
    a: Any,
    b: Any = None,
    left: bool = False,
    right: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Any:
    _refuse("eig", b=b, left=left, homogeneous_eigvals=homogeneous_eigvals)
    if not right:
        return xp().linalg.eigvals(as_float(a))
    return tuple(xp().linalg.eig(as_float(a)))


def _eigvals(
    a: Any,
    b: Any = None,
    overwrite_a: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Any:
    _refuse("eigvals", b=b, homogeneous_eigvals=homogeneous_eigvals)
    return xp().linalg.eigvals(as_float(a))


def _svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    if not compute_uv:
        return xp().linalg.svdvals(as_float(a))
    return tuple(xp().linalg.svd(as_float(a), full_matrices=bool(full_matrices)))


def _svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    return xp().linalg.svdvals(as_float(a))


def _limit(array: Any, sizes: Any, atol: Any, rtol: Any) -> Any:
    """Return the largest magnitude that counts as 0."""
    if rtol is None and atol is None:
        count = xp().asarray(dims.maximum(*array.shape[-2:]), dtype=sizes.dtype)
        rtol = count * xp().finfo(array.dtype).eps
    relative = 0.0 if rtol is None else rtol * xp().max(sizes, axis=-1, keepdims=True)
    return (0.0 if atol is None else atol) + relative


def _pinv(
    a: Any,
    *,
    atol: Any = None,
    rtol: Any = None,
    return_rank: bool = False,
    check_finite: bool = True,
) -> Any:
    array = as_float(a)
    u, values, vh = xp().linalg.svd(array, full_matrices=False)
    kept = values > _limit(array, values, atol, rtol)
    inverses = xp().where(kept, 1 / xp().where(kept, values, 1.0), 0.0)
    result = xp().matmul(_adjoint(vh) * inverses[..., None, :], _adjoint(u))
    return (result, xp().count_nonzero(kept, axis=-1)) if return_rank else result


def _pinvh(
    a: Any,
    atol: Any = None,
    rtol: Any = None,
    lower: bool = True,
    return_rank: bool = False,
    check_finite: bool = True,
) -> Any:
    array = as_float(a)
    values, vectors = _eigh(array, lower=lower)
    kept = xp().abs(values) > _limit(array, xp().abs(values), atol, rtol)
    inverses = xp().where(kept, 1 / xp().where(kept, values, 1.0), 0.0)
    result = xp().matmul(vectors * inverses[..., None, :], _adjoint(vectors))
    return (result, xp().count_nonzero(kept, axis=-1)) if return_rank else result


def _kept(values: Any, array: Any, rcond: Any) -> Any:
    """Return which singular values of a matrix are not 0."""
    if array.ndim != 2:
        raise ShapeError("scipy.linalg.orth and null_space of traced arrays need one matrix")
    return values > _limit(array, values, None, rcond)


def _orth(A: Any, rcond: Any = None) -> Any:
    array = as_float(A)
    u, values, _ = xp().linalg.svd(array, full_matrices=False)
    return u[:, _kept(values, array, rcond)]


def _null_space(A: Any, rcond: Any = None, **options: Any) -> Any:
    array = as_float(A)
    _, values, vh = xp().linalg.svd(array)
    rest = array.shape[1] - values.shape[0]
    null = xp().concat([~_kept(values, array, rcond), xp().ones((rest,), dtype=xp().bool)])
    return _adjoint(vh[null, :])


def _solve_banded(l_and_u: Any, ab: Any, b: Any, **options: Any) -> Any:
    below, above = (int(n) for n in l_and_u)
    bands, sides = in_common(as_float(ab), as_float(b))
    count = below + above + 1
    if bands.ndim != 2 or dims.equal(bands.shape[0], count) is False:
        raise ShapeError(
            f"scipy.linalg.solve_banded of traced arrays needs {count} diagonals, for l = {below} and u = "
            f"{above}, not an array of shape {bands.shape}"
        )
    bands = required(bands, xp().asarray(bands.shape[0]) == count)
    number = xp().arange(bands.shape[1])
    band = number[:, None] - number[None, :] + above
    inside = (band >= 0) & (band < count)
    matrix = xp().take_along_axis(bands, xp().clip(band, 0, count - 1), axis=0)
    return np.linalg.solve(xp().where(inside, matrix, 0.0), sides)


def _lstsq(
    a: Any,
    b: Any,
    cond: Any = None,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    lapack_driver: Any = None,
) -> Any:
    matrix, sides = in_common(as_float(a), as_float(b))
    m, n = matrix.shape[-2:]
    taller = certainly_positive(m - n)
    if not taller and not certainly_positive(n - m + 1):
        raise NumpyFunctionError(
            "scipy.linalg.lstsq has residuals if there are more rows than columns, and whether "
            f"{m} > {n} is not known before the model runs: write np.linalg.lstsq(a, b)"
        )
    eps = xp().finfo(matrix.dtype).eps if cond is None else cond
    x, _, rank, values = np.linalg.lstsq(matrix, sides, eps)
    if not taller:
        return x, xp().zeros((0,), dtype=x.dtype), xp().astype(rank, xp().int64), values
    rest = xp().sum(xp().abs(sides - xp().matmul(matrix, x)) ** 2, axis=0)
    # scipy's residuals are empty for lower ranks
    return x, xp().where(rank == n, rest, xp().nan), xp().astype(rank, xp().int64), values


def _polar(a: Any, side: str = "right") -> tuple[Any, Any]:
    if side not in ("left", "right"):
        raise ArgumentError(f"scipy.linalg.polar: side is {side!r}; it may be 'right' or 'left'")
    u, values, vh = xp().linalg.svd(as_float(a), full_matrices=False)
    if side == "left":
        return xp().matmul(u, vh), xp().matmul(u * values, _adjoint(u))
    return xp().matmul(u, vh), xp().matmul(_adjoint(vh) * values, vh)


def _orthogonal_procrustes(A: Any, B: Any, check_finite: bool = True) -> tuple[Any, Any]:
    a, b = in_common(as_float(A), as_float(B))
    u, values, vh = xp().linalg.svd(xp().matmul(_adjoint(a), b))
    return xp().matmul(u, vh), xp().sum(values)


def _vector(name: str, x: Any) -> Any:
    array = as_array(x)
    if array.ndim != 1:
        raise ShapeError(f"scipy.linalg.{name} of traced arrays needs arrays of rank 1")
    return array


def _by_places(values: Any, places: Any) -> Any:
    return xp().reshape(xp().take(values, xp().reshape(places, (-1,)), axis=0), places.shape)


def _toeplitz(c: Any, r: Any = None) -> Any:
    column = _vector("toeplitz", c)
    row = (xp().conj(column) if is_complex(column) else column) if r is None else r
    column, row = in_common(column, _vector("toeplitz", row))
    rows, columns = xp().arange(column.shape[0])[:, None], xp().arange(row.shape[0])[None, :]
    values = xp().concat([xp().flip(row[1:]), column])
    return _by_places(values, rows - columns + row.shape[0] - 1)


def _hankel(c: Any, r: Any = None) -> Any:
    column = _vector("hankel", c)
    column, row = in_common(column, xp().zeros_like(column) if r is None else _vector("hankel", r))
    rows, columns = xp().arange(column.shape[0])[:, None], xp().arange(row.shape[0])[None, :]
    return _by_places(xp().concat([column, row[1:]]), rows + columns)


def _circulant(c: Any) -> Any:
    column = _vector("circulant", c)
    places = xp().arange(column.shape[0])
    return _by_places(column, (places[:, None] - places[None, :]) % column.shape[0])


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("scipy.linalg", function.__name__[1:]): function
    for function in (
        _cho_factor,
        _cho_solve,
        _cholesky,
        _circulant,
        _det,
        _eig,
        _eigh,
        _eigvals,
        _eigvalsh,
        _hankel,
        _inv,
        _lstsq,
        _norm,
        _null_space,
        _orth,
        _orthogonal_procrustes,
        _pinv,
        _pinvh,
        _polar,
        _qr,
        _solve,
        _solve_banded,
        _solve_triangular,
        _svd,
        _svdvals,
        _toeplitz,
    )
}
