"""Programs of linear algebra, scipy and numbers."""

from __future__ import annotations

import numpy as np
import scipy.interpolate
import scipy.spatial.distance
import scipy.special
import scipy.stats

from tests.helpers.numpy_programs.cases import matrix, small_matrix, table


# Linear algebra
@table
def ridge_closed_form(X):
    y = X[:, 0]
    A = X[:, 1:]
    w = np.linalg.solve(A.T @ A + np.eye(3), A.T @ y)
    return A @ w


@table
def pca_svd(X):
    Xc = X - X.mean(axis=0)
    _, s, Vt = np.linalg.svd(Xc.T @ Xc + np.eye(4), full_matrices=False)
    return s, np.abs(Xc @ Vt.T[:, :2])


@small_matrix
def batched_inverse(X):
    A = X @ X.transpose(0, 2, 1) + np.eye(2)
    return np.linalg.inv(A), np.linalg.det(A)


@matrix
def cholesky_logdet(X):
    A = np.einsum("nij,nkj->nik", X, X) + np.eye(3)
    L = np.linalg.cholesky(A)
    return 2 * np.log(np.diagonal(L, axis1=-2, axis2=-1)).sum(-1), np.linalg.slogdet(A)[1]


@matrix
def trace_and_sym(X):
    S = (X + np.swapaxes(X, -1, -2)) / 2
    return np.trace(S, axis1=1, axis2=2), np.linalg.eigvalsh(S), np.linalg.matrix_power(S, 3)


@table
def outer_products(X):
    return (
        np.einsum("ni,nj->nij", X, X),
        np.einsum("ij->j", X),
        np.multiply.outer(X[:, 0], np.arange(3)),
    )


@table
def qr_features(X):
    Q, R = np.linalg.qr(X.T @ X + 2 * np.eye(4))
    return np.abs(Q), np.abs(R)


@table
def projection(X):
    B = np.array([[1.0, 0], [1, 1], [0, 1], [0, 0]])
    P = B @ np.linalg.pinv(B)
    return X @ P


@table
def gram_schmidt(X):
    basis = []
    for v in X.T[:2]:
        w = v.astype(float)
        for b in basis:
            w = w - np.dot(w, b) * b
        basis.append(w / (np.linalg.norm(w) + 1))
    return np.array(basis)


# Scipy
@table
def erf_features(X):
    return (
        scipy.special.erf(X / np.sqrt(2)),
        scipy.special.gammaln(np.abs(X) + 1),
        scipy.special.expit(X),
        scipy.special.xlogy(np.abs(X), np.abs(X) + 1),
    )


@table
def zscore_rows(X):
    return scipy.stats.zscore(X + np.arange(4) ** 2, axis=1)


@table
def stats_bits(X):
    return (
        scipy.stats.skew(X, axis=1),
        scipy.stats.kurtosis(X, axis=1),
        scipy.stats.entropy(np.abs(X) + 1, axis=1),
    )


@table
def interp_spline(X):
    xs = np.linspace(-6, 10, 9)
    cs = scipy.interpolate.CubicSpline(xs, np.sin(xs))
    return cs(X[:, 0]), np.interp(X[:, 1], xs, np.cos(xs))


@table
def norm_logpdf(X):
    return scipy.stats.norm.logpdf(X, loc=0.5, scale=2).sum(axis=1), scipy.stats.norm.ppf(
        scipy.special.expit(X[:, 0] / 3)
    )


@table
def pdist_mean(X):
    D = scipy.spatial.distance.cdist(X, X, "cityblock")
    return D.mean(axis=1)


@table
def rankdata_rows(X):
    return scipy.stats.rankdata(X, axis=1)


# More numeric oddities
@table
def mixed_dtypes(X):
    m = X > 0
    return X * m, 1 - m.astype(int), m.mean(axis=0), m.sum(), ~m


@table
def int_math(X):
    k = X.astype(np.int32)
    return k // 3, k % 3, k**2, k / 2, -k, np.bitwise_and(k, 1), k << 1


@table
def keepdims_chain(X):
    return X.sum(1, keepdims=True) / X.shape[1] - X.mean(axis=None) + X.max()


@table
def ogrid_mgrid(X):
    i, j = np.ogrid[:3, :4]
    gx, gy = np.meshgrid(np.arange(4), X[:, 0])
    return X[:, None, :] * (i + j), gx + gy


@table
def flat_and_ravel(X):
    return X.flatten()[::2], X.ravel()[:3], np.ravel(X, order="F")[:3], X.T.flatten()


@table
def tolerance(X):
    return np.isclose(X, np.round(X), atol=0.1), np.allclose(X, X), np.array_equal(X, X)


@table
def divmod_frexp(X):
    q, r = np.divmod(X, 2)
    f, i = np.modf(X / 2)
    return q, r, f, i, np.fmod(X, 3), np.remainder(X, -3)


@table
def gradient_laplacian(X):
    g = np.gradient(X, axis=1)
    return g, np.diff(X, n=2, axis=1, prepend=0, append=0)


@table
def tile_repeat(X):
    return np.tile(X[:, :1], 3), np.repeat(X, 2, axis=1), np.repeat(X[:, 0], [2], axis=0)


@table
def matmul_stack(X):
    W = np.stack([np.eye(4), 2 * np.eye(4)])
    return np.matmul(X, W), np.inner(X, W[1]), np.kron(np.array([1, 2]), X)


@table
def any_all_branchless(X):
    ok = np.all(np.isfinite(X), axis=1) & np.any(X != 0, axis=1)
    return np.where(ok[:, None], X, 0.0)


@table
def errstate_division(X):
    with np.errstate(divide="ignore", invalid="ignore"):
        r = X[:, 0] / X[:, 1]
    r[~np.isfinite(r)] = 0
    return r


@table
def percent_rank(X):
    x = X[:, 0]
    return (x[:, None] > x[None, :]).sum(axis=1) / max(len(x) - 1, 1)


@table
def cumulative_product(X):
    return (
        np.cumprod(1 + X / 100, axis=1)[:, -1],
        np.add.reduce(X, axis=1),
        np.logical_or.reduce(X > 2, axis=1),
    )


@table
def polynomial_eval(X):
    return (
        np.polyval([1, -2, 0.5], X),
        np.polynomial.polynomial.polyval(X[:, 0], [1, 2, 3]),
        np.poly1d([1, 0, -1])(X[:, 1]),
    )


@table
def chebyshev(X):
    t = np.tanh(X[:, 0])
    return np.polynomial.chebyshev.chebval(t, [1, 2, 3]), np.polynomial.Polynomial([1, 2])(t)
