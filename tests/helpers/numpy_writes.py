"""Short programs that write through views, as people write them for numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

WRITES: dict[str, Callable[[Any], Any]] = {}


def writes(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    WRITES[function.__name__] = function
    return function


@writes
def swap_rows(X):
    X[0], X[-1] = X[-1].copy(), X[0].copy()
    return X


@writes
def swap_cols_alias(X):
    X[:, 0], X[:, 1] = X[:, 1], X[:, 0]
    return X


@writes
def chained(X):
    X[:, 1][X[:, 1] < 0] = 0
    return X


@writes
def chained_slices(X):
    X[:, 1:][:, ::2][:, 0] = 7
    return X


@writes
def slice_of_slice_add(X):
    a = X[:, 1:]
    b = a[:, 1:]
    b += 10
    return X, a, b


@writes
def flat_assign(X):
    X.flat[::2] = 0
    return X


@writes
def flat_index(X):
    X.flat[0] = 9
    return X


@writes
def flat_all(X):
    X.flat = 5
    return X


@writes
def flat_list(X):
    X.flat[[0, 2]] = [8, 9]
    return X


@writes
def real_assign(X):
    z = X + 1j * X
    z.real[:, 0] = 3
    z.imag *= 2
    return z


@writes
def real_setter(X):
    z = X + 1j
    z.real = X * 2
    z.imag = 0
    return z


@writes
def out_kw(X):
    np.multiply(X, 2, out=X)
    np.add(X[:, 0], 1, out=X[:, 1])
    return X


@writes
def out_positional(X):
    np.negative(X, X)
    return X


@writes
def log_where(X):
    r = np.zeros(X.shape)
    np.log(X, out=r, where=X > 0)
    return r


@writes
def copyto(X):
    np.copyto(X[:, 2], 4)
    np.copyto(X, -1, where=X < 0)
    return X


@writes
def put_along(X):
    i = X.argmax(axis=1)[:, None]
    np.put_along_axis(X, i, 0, axis=1)
    return X


@writes
def put_flat(X):
    np.put(X, [0, 2], [-7, -8])
    return X


@writes
def put_method(X):
    X.put([1], 44)
    return X


@writes
def putmask(X):
    np.putmask(X, X > 2, 2)
    return X


@writes
def place(X):
    np.place(X, X < 0, [0])
    return X


@writes
def masked_column(X):
    X[X[:, 0] > 0, 1] += 1
    return X


@writes
def masked_col_view(X):
    c = X[:, 3]
    c[c > 1] *= 2
    c[c < 0] = 0
    return X


@writes
def ndenumerate_write(X):
    for (i, j), v in np.ndenumerate(np.arange(4).reshape(1, 4)):
        X[i, j] = v
    return X


@writes
def reversed_write(X):
    r = X[::-1]
    r[0] = 1
    return X


@writes
def reversed_cols(X):
    r = X[:, ::-1]
    r[:, :2] += 3
    return X


@writes
def diag_fill(X):
    M = X[:, :, None] * np.ones((1, 1, 4))
    for k in range(4):
        M[:, k, k] = 0
    return M


@writes
def fill_diagonal(X):
    S = X.T @ X
    np.fill_diagonal(S, 1)
    return S


@writes
def fill_diagonal_rect(X):
    np.fill_diagonal(X, -1)
    return X


@writes
def einsum_view(X):
    d = np.einsum("ij->ji", X)
    d[0] = 2
    return X


@writes
def einsum_diag(X):
    S = X.T @ X
    d = np.einsum("ii->i", S)
    d[:] = 0
    return S


@writes
def unpack_cols(X):
    a, b, _, d = X.T
    a *= 2
    d -= b
    return X


@writes
def loop_cols(X):
    for col in X.T:
        col -= col.mean().astype(col.dtype)
    return X


@writes
def loop_index_cols(X):
    for j in range(X.shape[1]):
        X[:, j] = X[:, j] * j
    return X


@writes
def row_view_loop(X):
    Y = X[:1]
    for row in Y:
        row[row > 0] = 0
    return X


@writes
def reshape_write(X):
    v = X.reshape(-1)
    v[:2] = 3
    return X


@writes
def ravel_threshold(X):
    Y = X.ravel()
    Y[Y > 1] = 1
    return X


@writes
def reshape3(X):
    v = X.reshape(len(X), 2, 2)
    v[:, 0, 1] = 0
    v[..., 1] *= 2
    return X


@writes
def swapaxes_write(X):
    X.swapaxes(0, 1)[2] = 5
    return X


@writes
def moveaxis_write(X):
    np.moveaxis(X, 0, 1)[0] = 1
    return X


@writes
def transpose_iadd(X):
    t = X.T
    t += np.arange(4)[:, None]
    return X


@writes
def newaxis_write(X):
    v = X[:, None, :]
    v[:, 0, 1] = 9
    return X


@writes
def expand_squeeze(X):
    v = np.expand_dims(X, 0)
    np.squeeze(v, 0)[:, 0] = 6
    return X


@writes
def split_write(X):
    a, b = np.hsplit(X, 2)
    a[:] = b
    return X


@writes
def array_split_write(X):
    for part in np.array_split(X, 3, axis=1):
        part[:, 0] = 0
    return X


@writes
def flip_write(X):
    np.flip(X, axis=1)[:, 0] = 1
    np.fliplr(X)[:, -1] = 2
    return X


@writes
def ellipsis_write(X):
    X[..., -1] = X[..., 0]
    X[...] += 1
    return X


@writes
def overlap_shift(X):
    X[:, 1:] = X[:, :-1]
    return X


@writes
def overlap_iadd(X):
    X[:, 1:] += X[:, :-1]
    return X


@writes
def fancy_rows(X):
    X[[0, -1]] += 1
    return X


@writes
def fancy_copy_is_copy(X):
    y = X[:, [0, 1]]
    y[:] = 0
    return X, y


@writes
def mask_copy_is_copy(X):
    y = X[X > 0]
    y[:] = 0
    return X


@writes
def scalar_is_copy(X):
    v = X[0]
    m = v[0]
    m += 10
    return X, m


@writes
def base_then_view(X):
    v = X[:, 0]
    X[:, 0] = 4
    return v


@writes
def view_rebind(X):
    v = X[:, 0]
    v = v + 1
    v[:] = 0
    return X


@writes
def aug_on_attr(X):
    class Box:
        pass

    b = Box()
    b.v = X[:, 0]
    b.v += 1
    return X


@writes
def aug_in_dict(X):
    d = {"a": X[:, 1]}
    d["a"] *= 3
    return X


@writes
def aug_in_list(X):
    columns = [X[:, j] for j in range(4)]
    columns[0] += 1
    columns[3] -= columns[0]
    return X


@writes
def fn_mutates(X):
    def clip0(v):
        v[v < 0] = 0

    clip0(X[:, 2])
    clip0(X[:1])
    return X


@writes
def sort_inplace(X):
    X.sort(axis=1)
    X[:, 0].sort()
    return X


@writes
def sort_col_view(X):
    c = X[:, 1]
    c.sort()
    return X


@writes
def partition_inplace(X):
    X[:, ::-1].sort(axis=1)
    return X


@writes
def fill_method(X):
    X[:, 1].fill(3)
    X.T[0].fill(2)
    return X


@writes
def iop_int_float(X):
    k = X.astype(int)
    k += 1
    k[:, 0] = 2.7
    k *= 2
    return k


@writes
def bool_ops(X):
    m = X > 0
    m[:, 0] |= True
    m[:, 1] &= False
    m ^= True
    return m


@writes
def broadcast_assign(X):
    X[:] = np.arange(4)
    X[:, :2] = [[1, 2]]
    return X


@writes
def window_write(X):
    Y = np.zeros_like(X)
    Y[:, 1:-1] = X[:, :-2] + X[:, 2:]
    Y[:, [0, -1]] = X[:, [0, -1]]
    return Y


@writes
def add_at_view(X):
    c = X[:, 0]
    np.add.at(c, [0, 0], 1)
    return X


@writes
def subtract_at(X):
    np.subtract.at(X, (slice(None), [0, 0, 1]), 1)
    return X


@writes
def at_mask(X):
    np.negative.at(X, (slice(None), 0))
    return X


@writes
def nan_to_num_inplace(X):
    F = X.astype(float)
    F[:, 0] = np.nan
    np.nan_to_num(F[:, 0], copy=False, nan=3.0)
    return F


@writes
def clip_out(X):
    np.clip(X[:, :2], 0, 1, out=X[:, :2])
    return X


@writes
def cumsum_out(X):
    np.cumsum(X, axis=1, out=X)
    return X


@writes
def ufunc_acc_out(X):
    np.maximum.accumulate(X[:, :3], axis=1, out=X[:, 1:])
    return X


@writes
def mean_out(X):
    r = np.empty((4,))
    X.mean(axis=0, out=r)
    return r


@writes
def take_out(X):
    r = np.empty((len(X), 2), X.dtype)
    np.take(X, [0, 2], axis=1, out=r)
    return r


@writes
def dot_out(X):
    r = np.empty((len(X), 4))
    np.dot(X.astype(float), np.eye(4), out=r)
    return r


@writes
def views_two_ways(X):
    a = X[:, :3]
    b = X[:, 1:]
    a += 1
    b *= 2
    X -= 1
    return a, b, X


@writes
def enumerate_rows(X):
    for i, c in enumerate(X.T):
        c[:] = i
    return X


@writes
def zip_cols(X):
    for c, k in zip(X.T, [1, 2, 3, 4], strict=True):
        c *= k
    return X


@writes
def conditional_iadd(X):
    np.add(X, 1, out=X, where=X > 0)
    return X


@writes
def setitem_none(X):
    X[:, None, 0] = 3
    return X


@writes
def ix_assign(X):
    X[np.ix_([0], [1, 3])] = 0
    return X


@writes
def nonzero_assign(X):
    X[np.nonzero(X > 1)] = 1
    i, j = np.where(X < 0)
    X[i, j] = 0
    return X


@writes
def tuple_swap_views(X):
    a, b = X[:, 0], X[:, 1]
    a[:], b[:] = b, a
    return X


@writes
def walrus(X):
    (c := X[:, 0])[:] = 1
    return X, c


@writes
def del_alias(X):
    Y = X
    Y[:, 0] = 0
    del Y
    return X


@writes
def view_method(X):
    v = X.view()
    v[:, 0] = 1
    return X


@writes
def array_copy(X):
    v = np.array(X)
    v[:, 0] = 1
    return X, v


@writes
def triu_assign(X):
    S = X.T @ X
    S[np.triu_indices(4, 1)] = 0
    S[np.tril_indices_from(S, -1)] *= 2
    return S


@writes
def diag_view_write(X):
    S = X.T @ X
    S.reshape(-1)[::5] = 0
    return S


@writes
def lambda_setitem(X):
    [X.__setitem__((slice(None), j), j) for j in range(2)]
    return X


@writes
def roll_assign(X):
    X[:] = np.roll(X, 1, axis=1)
    return X


@writes
def where_assign(X):
    X[:, 0] = np.where(X[:, 0] > 0, X[:, 1], X[:, 2])
    return X
