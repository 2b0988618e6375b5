"""Proofs that models are row-wise: the rules for operators, and that nothing is proved that is not so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest

import onnxp as xp
from onnxp._src.model.rowwise.prover import prove
from tests.helpers.sessions import parse, session

W = xp.asarray(np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32))
ROWS = 12

MIXING: dict[str, tuple[Callable[[Any], Any], str]] = {
    "mean": (lambda x: x - xp.mean(x, axis=0), "mean over N"),
    "sum of all": (lambda x: x / xp.sum(x), "sum over N"),
    "max": (lambda x: xp.max(x, axis=0), "max over N"),
    "argmax": (lambda x: xp.argmax(x, axis=0), "argmax over N"),
    "cumulative sum": (lambda x: xp.cumulative_sum(x, axis=0), "CumSum over N"),
    "first row": (lambda x: x - x[0], "Gather along N"),
    "first rows": (lambda x: x - x[:1], "Slice along N"),
    "sort": (lambda x: xp.sort(x, axis=0), "sort over N"),
    "argsort": (lambda x: xp.argsort(x, axis=0), "argsort over N"),
    "rows by rows": (lambda x: x @ x.T, "MatMul of rows with rows"),
    "columns by columns": (lambda x: x.T @ x, "MatMul over N"),
    "reversed": (lambda x: xp.flip(x, axis=0), "Slice along N"),
    "rolled": (lambda x: xp.roll(x, 1, axis=0), "Slice along N"),
    "number of rows": (lambda x: x * x.shape[0], "number of N"),
    "place of the row": (
        lambda x: x[:, 0] + xp.arange(x.shape[0], dtype=xp.float32),
        "numbers of N",
    ),
    "place as an index": (
        lambda x: xp.asarray([1.0, 2.0])[xp.arange(x.shape[0]) % 2] + x[:, 0],
        "numbers of N",
    ),
    "rows of one column": (lambda x: xp.take(x, xp.asarray([0, 0]), axis=0), "Gather along N"),
    "a flat sum": (
        lambda x: xp.reshape(xp.cumulative_sum(xp.reshape(x, (-1,))), x.shape),
        "over N",
    ),
    "a flat sort": (
        lambda x: xp.reshape(xp.sort(xp.reshape(x, (-1,))), x.shape),
        "sort over N",
    ),
    "a flat argsort": (
        lambda x: xp.reshape(xp.argsort(xp.reshape(x, (-1,))), (-1, 4)),
        "argsort over N",
    ),
    "a flat product": (
        lambda x: xp.reshape(xp.cumulative_prod(xp.reshape(x, (-1,))), x.shape),
        "cumulative_prod over N",
    ),
    "selected rows": (lambda x: x[x[:, 0] > 0], "selects from N"),
    "number of selected rows": (lambda x: x / xp.sum(xp.astype(x > 0, xp.float32)), "sum over N"),
    "a branch": (lambda x: xp.where(xp.any(x > 0), x, -x), "over N"),
    "turned": (lambda x: xp.reshape(x.T, x.shape), "Reshape of rows to other rows"),
    "each with each": (lambda x: x[:, 0][:, None] + x[:, 0][None, :], "rows with each other"),
    "behind each other": (lambda x: xp.concat([x, x], axis=0)[: x.shape[0]], "Slice"),
    "sum of stacked": (
        lambda x: xp.sum(xp.stack([x[:, 0], x[:, 1]], axis=0), axis=1),
        "sum over N",
    ),
    "rows by values": (
        lambda x: xp.take(x[:, 0], xp.astype(x[:, 1], xp.int64) * 0, axis=0),
        "along N",
    ),
    "repeated": (lambda x: xp.repeat(x, 2, axis=0), "of rows to other rows"),
    "halves": (
        lambda x: xp.reshape(xp.concat([x[:, 0], x[:, 1]], axis=0), (-1, 2)),
        "rows behind rows",
    ),
    "tiled": (lambda x: xp.tile(x, (2, 1)), "Tile along N"),
    "a search": (lambda x: xp.searchsorted(xp.sort(x[:, 0]), x[:, 1]), "sort over N"),
    "differences": (lambda x: xp.diff(x, axis=0), "Slice along N"),
    "unique": (lambda x: xp.unique_inverse(x[:, 0]).inverse_indices, "over N"),
    "triangle": (lambda x: xp.triu(x), "Trilu along N"),
    "transposed": (lambda x: x.T, "has N along axis 1"),
    "steps": (
        lambda x: xp.fori_loop(0, x.shape[0], lambda _, y: y * 2, x),
        "ends for all rows together",
    ),
    "until all": (
        lambda x: xp.while_loop(lambda y: xp.max(y) > 1e-3, lambda y: y / 2, x),
        "max over N",
    ),
    "a branch for all": (
        lambda x: xp.cond(xp.sum(x) > 0, lambda y: y, lambda y: -y, x),
        "sum over N",
    ),
}

ROWWISE: dict[str, Callable[[Any], Any]] = {
    "product": lambda x: x @ W,
    "product with a vector": lambda x: x @ W[0, :],
    "product from the left": lambda x: (W @ x.T).T,
    "softmax": lambda x: xp.exp(x) / xp.sum(xp.exp(x), axis=1, keepdims=True),
    "cumulative": lambda x: xp.cumulative_sum(x, axis=1) + xp.cumulative_prod(x, axis=1),
    "sort": lambda x: xp.sort(x, axis=1)[:, 1],
    "stack": lambda x: xp.stack([x[:, 0], x[:, 1]], axis=1),
    "there and back": lambda x: xp.matrix_transpose(xp.matrix_transpose(x) * W[:, :1]),
    "argmax": lambda x: xp.argmax(x, axis=1),
    "max": lambda x: xp.max(x, axis=1),
    "take": lambda x: xp.take(x, xp.asarray([0, 0]), axis=1),
    "table": lambda x: xp.take(W, xp.argmax(x, axis=1), axis=0),
    "distances": lambda x: xp.sum((x[:, None, :] - W[None, :, :]) ** 2, axis=2),
    "reshape": lambda x: xp.reshape(x, (x.shape[0], 2, 2)),
    "broadcast": lambda x: xp.broadcast_to(x[:, :1], x.shape),
    "zeros": lambda x: xp.zeros((x.shape[0], 3)),
    "searchsorted": lambda x: xp.searchsorted(W[0, :] * 0 + 1, x[:, 0]),
    "float64": lambda x: xp.sin(xp.astype(x, xp.float64)) + xp.log1p(xp.astype(x, xp.float64) ** 2),
    "logaddexp": lambda x: xp.logaddexp(x, x),
    "variance": lambda x: xp.var(x, axis=1),
    "flip": lambda x: xp.flip(x, axis=1),
    "isin": lambda x: xp.isin(xp.astype(x, xp.int64), xp.asarray([1, 2])),
    "take along": lambda x: xp.take_along_axis(x, xp.argsort(x, axis=1), axis=1),
    "one-hot": lambda x: xp.astype(xp.argmax(x, axis=1)[:, None] == xp.arange(4), xp.float32),
    "integer powers": lambda x: xp.astype(x, xp.int64) ** xp.astype(x[:, :1] > 0, xp.int64),
    "norm": lambda x: xp.linalg.vector_norm(x, axis=1),
    "vecdot": lambda x: xp.vecdot(x, W[0, :]),
    "any": lambda x: xp.any(x > 0, axis=1),
    "product of columns": lambda x: xp.prod(x, axis=1),
    "chosen column": lambda x: x[xp.arange(x.shape[0]), xp.argmax(x, axis=1)],
    "steps": lambda x: xp.fori_loop(0, 5, lambda _, y: xp.tanh(y) @ W, x),
    "complex": lambda x: xp.real(xp.exp(1j * xp.astype(x, xp.complex64))),
    "fft": lambda x: xp.real(xp.fft.fft(xp.astype(x, xp.complex64), axis=1)),
    "text": lambda x: xp.astype(xp.astype(x > 0, xp.int64), xp.float32),
}


TABLE = np.arange(40.0, dtype=np.float32)
COLUMNS = TABLE.reshape(10, 4)


def _assigned(key: Callable[[Any], Any], values: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        y = x * 1
        y[key(x)] = values(y, key(x))
        return y

    return function


def _rows_of(x: Any) -> Any:
    return np.arange(len(x))


MIXING_BY_NUMBERS: dict[str, Callable[[Any], Any]] = {
    "an element of a table": lambda x: x[:, 0] + TABLE[_rows_of(x)],
    "a row of a table": lambda x: x + COLUMNS[_rows_of(x)],
    "a column of a table": lambda x: x[:, 0] + COLUMNS[_rows_of(x), 1],
    "other columns of a table": lambda x: x[:, 0] + COLUMNS[_rows_of(x), np.argmax(x, axis=1)],
    "columns by numbers": lambda x: x[:, 0] + COLUMNS[np.argmax(x, axis=1), _rows_of(x)],
    "take": lambda x: x[:, 0] + np.take(TABLE, _rows_of(x)),
    "take columns": lambda x: x[:, 0] + np.take(COLUMNS.T, _rows_of(x), axis=1)[0],
    "take along an axis": lambda x: x[:, 0] + np.take_along_axis(TABLE, _rows_of(x), axis=0),
    "take along columns": lambda x: np.take_along_axis(x, _rows_of(x)[:, None], axis=1),
    "both axes": lambda x: x[_rows_of(x), _rows_of(x)],
    "int32": lambda x: x[:, 0] + TABLE[np.astype(_rows_of(x), np.int32)],
    "steps": lambda x: xp.fori_loop(0, 3, lambda _, y: y + TABLE[_rows_of(y)], x[:, 0]),
    "numbers that are carried": lambda x: xp.fori_loop(
        0, 3, lambda _, y: (y[0] + TABLE[y[1]], y[1]), (x[:, 0], _rows_of(x))
    )[0],
    "a branch": lambda x: xp.cond(
        xp.sum(W) > 0, lambda y: y + TABLE[_rows_of(y)], lambda y: y, x[:, 0]
    ),
    "a comparison": lambda x: np.where(_rows_of(x) < 5, x[:, 0], 0),
    "a one-hot": lambda x: x * np.astype(_rows_of(x)[:, None] == np.arange(4), np.float32),
    "a mask": lambda x: x * np.astype(_rows_of(x)[:, None], bool),
    "arithmetic": lambda x: x[_rows_of(x) // 2],
    "the numbers": _rows_of,
    "repeated numbers": lambda x: np.broadcast_to(_rows_of(x)[:, None], x.shape),
    "values": _assigned(_rows_of, lambda y, i: COLUMNS[i]),
    "values of selected rows": _assigned(
        lambda x: np.nonzero(x[:, 0] > 0)[0], lambda y, i: y[i] + COLUMNS[i]
    ),
    "numbers of selected rows": _assigned(
        lambda x: np.nonzero(x[:, 0] > 0)[0], lambda y, i: np.astype(i, np.float32)[:, None]
    ),
    "values of selected elements": _assigned(lambda x: np.nonzero(x > 0), lambda y, i: COLUMNS[i]),
    "rows of selected elements": _assigned(lambda x: np.nonzero(x > 0), lambda y, i: TABLE[i[0]]),
    "written columns": _assigned(lambda x: (_rows_of(x), _rows_of(x)), lambda y, i: y[i] * 2),
}
ROWWISE |= {
    "own elements": lambda x: x[:, 0][_rows_of(x)],
    "own rows": lambda x: np.take(x, _rows_of(x), axis=0),
    "own columns": lambda x: np.take(x.T, _rows_of(x), axis=1)[0],
    "own elements along an axis": lambda x: np.take_along_axis(x[:, 0], _rows_of(x), axis=0),
    "own steps": lambda x: xp.fori_loop(0, 3, lambda _, y: y + x[_rows_of(y), 1], x[:, 0]),
    "assigned to itself": _assigned(_rows_of, lambda y, i: y[i] * 2),
    "selected rows": _assigned(lambda x: np.nonzero(x[:, 0] > 0)[0], lambda y, i: y[i] * 2),
    "selected elements": _assigned(lambda x: np.nonzero(x > 0), lambda y, i: y[i] * 2),
    "columns of selected elements": _assigned(
        lambda x: np.nonzero(x > 0), lambda y, i: TABLE[i[1]]
    ),
}


def _fill(x: Any) -> Any:
    y = x * 1
    y[y < 0] = 0
    return y


def _scale(x: Any) -> Any:
    y = xp.exp(x)
    y[y > 1] *= 2
    return y


def _by_rows(x: Any) -> Any:
    y = x[:, 0] * 0
    y[x[:, 0] > 0] = x[:, 1][x[:, 0] > 0] * 3
    return y


ROWWISE |= {"filled by a mask": _fill, "scaled by a mask": _scale, "rows of a mask": _by_rows}


def _data(dtype: type = np.float32) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(ROWS, 4)).astype(dtype)


@pytest.mark.parametrize("name", MIXING)
def test_what_mixes_rows_is_not_proved(name: str) -> None:
    function, reason = MIXING[name]
    rowwise = xp.trace(function, "float32[N, 4]").rowwise
    assert not rowwise
    assert reason in rowwise.reason


@pytest.mark.parametrize("name", MIXING_BY_NUMBERS)
def test_numbers_of_rows_are_indices_of_their_own_rows_only(name: str) -> None:
    program = xp.trace(MIXING_BY_NUMBERS[name], "float32[N, 4]")
    assert not program.rowwise
    assert "number" in program.rowwise.reason
    is_output = "the output 'output' has the numbers of N" in program.rowwise.reason
    assert is_output or "test_rowwise.py:" in program.rowwise.reason


def test_numbers_of_rows_are_no_indices_of_another_input() -> None:
    program = xp.trace(lambda x, w: x + w[np.arange(len(x))], "float64[N]", "float64[M]")
    assert "Gather of the numbers of N at " in program.rowwise.reason.replace("Elements", "")
    assert xp.trace(lambda x, w: x + w[np.arange(len(x))], "float64[N]", "float64[N]").rowwise


@pytest.mark.parametrize("name", ROWWISE)
def test_what_is_row_wise_is_proved(name: str) -> None:
    program = xp.trace(ROWWISE[name], "float32[N, 4]")
    assert program.rowwise, str(program.rowwise)
    X = _data()
    whole = np.asarray(program(X))
    order = np.random.default_rng(2).permutation(ROWS)
    np.testing.assert_allclose(program(X[order]), whole[order], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(program(X[3:5]), whole[3:5], rtol=1e-5, atol=1e-6)


def test_the_reason_names_the_line() -> None:
    def centered(X: Any) -> Any:
        return X - xp.mean(X, axis=0)

    reason = xp.trace(centered, "float32[rows, 4]").rowwise.reason
    assert reason.startswith("mean over rows at ")
    assert reason.endswith(f"test_rowwise.py:{centered.__code__.co_firstlineno + 1}, in centered")


def test_rows_are_those_of_all_inputs() -> None:
    both = xp.trace(lambda a, b: a + b[:, None], "float32[N, 4]", "float32[N]")
    assert both.rowwise.rows == "N"
    weights = xp.trace(lambda a, b: a @ b, "float32[N, 4]", "float32[4, M]")
    assert weights.rowwise
    swapped = xp.trace(lambda a, b: a @ b, "float32[N, M]", "float32[M]")
    assert swapped.rowwise
    assert not xp.trace(lambda a, b: a + b.T, "float32[N, 4]", "float32[4, N]").rowwise
    assert not xp.trace(lambda a, b: a + b[1:], "float32[N]", "float32[N + 1]").rowwise
    assert "no input" in xp.trace(lambda a: a, "float32[3]").rowwise.reason


def test_a_loaded_program_is_proved_and_names_no_line(tmp_path: Any) -> None:
    path = tmp_path / "model.onnx"
    xp.trace(lambda x: xp.sort(x, axis=1) - xp.max(x, axis=0), "float32[N, 4]").save(path)
    assert xp.load(path).rowwise.reason.startswith("max over N")
    xp.trace(lambda x: xp.sort(x, axis=1), "float32[N, 4]").save(path)
    assert xp.load(path).rowwise


def test_inlined_programs_are_looked_into() -> None:
    good = xp.trace(lambda x: xp.max(x, axis=1, keepdims=True) + x, "float32[N, 4]")
    bad = xp.trace(lambda x: xp.max(x, axis=0) + x, "float32[N, 4]")
    assert xp.trace(lambda x: good(x * 2) * 2, "float32[N, 4]").rowwise
    rowwise = xp.trace(lambda x: bad(x * 2) * 2, "float32[N, 4]").rowwise
    assert "max over N at " in rowwise.reason


MODELS: dict[str, tuple[str, bool]] = {
    "softmax of several axes": (
        "g (float[N, 4, 2] x) => (float[N, 4, 2] y) { y = Softmax<axis=1>(x) }",
        True,
    ),
    "a batch of images": (
        "g (float[N, 3, 8, 8] x, float[2, 3, 3, 3] w) => (float[N, 2, 6, 6] y) { y = Conv(x, w) }",
        True,
    ),
    "training": (
        "g (float[N, 3] x, float[3] s) => (float[N, 3] y) "
        "{ y, m, v = BatchNormalization<training_mode=1>(x, s, s, s, s) }",
        False,
    ),
    "layer normalization": (
        "g (float[N, 3] x, float[3] s) => (float[N, 3] y) { y = LayerNormalization<axis=1>(x, s) }",
        True,
    ),
    "normalization of all": (
        "g (float[N, 3] x, float[3] s) => (float[N, 3] y) { y = LayerNormalization<axis=0>(x, s) }",
        False,
    ),
    "einsum": (
        'g (float[N, 3] x, float[3, 2] w) => (float[N, 2] y) { y = Einsum<equation="ij,jk->ik">(x, w) }',
        True,
    ),
    "einsum over rows": (
        'g (float[N, 3] x, float[3] w) => (float[3] y) { y = Einsum<equation="ij,j->j">(x, w) }',
        False,
    ),
    "trace of rows": (
        'g (float[N, N] x) => (float[N] y) { y = Einsum<equation="ii->i">(x) }',
        False,
    ),
    "random": ("g (float[N, 3] x) => (float[N, 3] y) { y = RandomUniformLike(x) }", False),
    "random steps": (
        "g (float[N, 3] x) => (float[N, 3] y) { one = Constant<value_int=1>() "
        "z = Loop(one, ) <body = b (int64 i, bool c) => (bool d, float[3] r) "
        "{ d = Identity(c) r = RandomUniform<shape=[3]>() }> "
        "axes = Constant<value_ints=[0]>() w = Squeeze(z, axes) y = Add(x, w) }",
        False,
    ),
    "batches of matrices": (
        "g (float[N, 3, 2] x, float[N, 2, 5] w) => (float[N, 3, 5] y) { y = MatMul(x, w) }",
        True,
    ),
    "as many matrices": (
        "g (float[N, 3, 2] x, float[7, 2, 5] w) => (float[7, 3, 5] y) { y = MatMul(x, w) }",
        False,
    ),
    "a vector by matrices": (
        "g (float[N, 2, 5] x, float[2] w) => (float[N, 5] y) { y = MatMul(w, x) }",
        True,
    ),
    "as many numbers": ("g (float[N] x, float[5] c) => (float[5] y) { y = Add(x, c) }", False),
    "narrow numbers of rows": (
        "g (float[N] x) => (float[N] y) { s = Shape<start=0,end=1>(x) n = Squeeze(s) "
        "z = Constant<value_int=0>() o = Constant<value_int=1>() r = Range(z, n, o) "
        "i = Cast<to=3>(r) j = Cast<to=7>(i) y = Gather(x, j) }",
        False,
    ),
    "as many as all elements": (
        "g (float[N, 4] x, float[1] c) => (float[M] y) { f = Constant<value_ints=[-1]>() "
        "v = Reshape(x, f) s = Shape(v) y = Expand(c, s) }",
        False,
    ),
    "as many as elements of a size": (
        "g (float[N, 4] x, float[1] c) => (float[M] y) { f = Constant<value_ints=[-1]>() "
        "v = Reshape(x, f) s = Size(v) t = Reshape(s, f) y = Expand(c, t) }",
        False,
    ),
    "as many columns as rows": (
        "g (float[N, 4] x) => (float[N, M] y) { s = Shape<start=0,end=1>(x) "
        "z = Constant<value_ints=[0]>() o = Constant<value_ints=[1]>() t = Mul(s, s) u = Concat<axis=0>(t, o) "
        "v = Gather<axis=0>(u, z) y = Slice(x, z, v, o) }",
        False,
    ),
    "numbers of rows": (
        "g (float[N] x) => (float[N] y) { s = Shape<start=0,end=1>(x) n = Squeeze(s) "
        "z = Constant<value_int=0>() o = Constant<value_int=1>() r = Range(z, n, o) "
        "i = Cast<to=6>(r) y = Gather(x, i) }",
        True,
    ),
    "a table by numbers of rows": (
        "g (float[N] x, float[M] t) => (float[N] y) { s = Shape<start=0,end=1>(x) n = Squeeze(s) "
        "z = Constant<value_int=0>() o = Constant<value_int=1>() r = Range(z, n, o) "
        "y = Gather(t, r) }",
        False,
    ),
    "a batch by numbers of rows": (
        "g (float[N, 4] x, int64[N, 2] k) => (float[N] y) { s = Shape<start=0,end=1>(x) n = Squeeze(s) "
        "z = Constant<value_int=0>() o = Constant<value_int=1>() r = Range(z, n, o) "
        "a = Constant<value_ints=[1]>() i = Unsqueeze(r, a) y = GatherND<batch_dims=1>(x, i) }",
        False,
    ),
    "a batch by indices of rows": (
        "g (float[N, 4, 4] x, int64[N, 1] k) => (float[N] y) { s = Shape<start=0,end=1>(x) n = Squeeze(s) "
        "z = Constant<value_int=0>() o = Constant<value_int=1>() r = Range(z, n, o) "
        "a = Constant<value_ints=[1]>() i = Unsqueeze(r, a) j = Concat<axis=1>(i, k) "
        "y = GatherND<batch_dims=1>(x, j) }",
        False,
    ),
    "columns by numbers of rows": (
        "g (float[N, 4] x) => (float[N, 4] y) { s = Shape<start=0,end=1>(x) n = Squeeze(s) "
        "z = Constant<value_int=0>() o = Constant<value_int=1>() r = Range(z, n, o) "
        "a = Constant<value_ints=[1]>() i = Unsqueeze(r, a) q = Constant<value_ints=[0]>() "
        "u = Slice(x, q, a, a) y = ScatterElements<axis=1>(x, i, u) }",
        False,
    ),
    "elements of a table": (
        "g (int64[N, 4] x, float[9] t) => (float[N, 4] y) { f = Constant<value_ints=[-1]>() "
        "b = Constant<value_ints=[-1, 4]>() v = Reshape(x, f) g = GatherElements(t, v) y = Reshape(g, b) }",
        True,
    ),
    "elements beside others": (
        "g (float[N, 4] x, float[3, 1] c) => (float[M, 4] y) { f = Constant<value_ints=[-1]>() "
        "b = Constant<value_ints=[-1, 4]>() v = Reshape(x, f) a = Add(v, c) y = Reshape(a, b) }",
        False,
    ),
    "repeated elements": (
        "g (float[N, 4] x, float[1, 3] c) => (float[M, 4] y) { f = Constant<value_ints=[-1]>() "
        "o = Constant<value_ints=[1]>() b = Constant<value_ints=[-1, 4]>() v = Reshape(x, f) "
        "u = Unsqueeze(v, o) a = Add(u, c) y = Reshape(a, b) }",
        False,
    ),
    "elements of steps": (
        "g (float[N, 4] x) => (float[M, 4] y) { f = Constant<value_ints=[-1]>() "
        "n = Constant<value_int=2>() b = Constant<value_ints=[-1, 4]>() v = Reshape(x, f) "
        "z = Loop(n, ) <body = b (int64 i, bool c) => (bool d, float[K] r) "
        "{ d = Identity(c) r = Exp(v) }> y = Reshape(z, b) }",
        False,
    ),
    "elements in other rows": (
        "g (int64[N, 4] x, float[9] t) => (float[M, 2] y) { f = Constant<value_ints=[-1]>() "
        "b = Constant<value_ints=[-1, 2]>() v = Reshape(x, f) g = GatherElements(t, v) y = Reshape(g, b) }",
        False,
    ),
    "a mask of other elements": (
        "g (int64[N, 4] x, bool[9] t) => (int64[N, 4] y) { f = Constant<value_ints=[-1]>() "
        "v = Reshape(x, f) m = GatherElements(t, v) c = Compress(x, m) "
        "n = NonZero(x) i = Transpose<perm=[1, 0]>(n) y = ScatterND(x, i, c) }",
        False,
    ),
    "any axis of size 1": ("g (float[N, 1] x) => (float[M] y) { y = Squeeze(x) }", False),
    "words": (
        'g (string[N] x) => (string[N] y) { y = StringNormalizer<case_change_action="LOWER">(x) }',
        True,
    ),
    "dropped words": (
        'g (string[N] x) => (string[M] y) { y = StringNormalizer<stopwords=["a"]>(x) }',
        False,
    ),
    "split words": (
        "g (string[N] x) => (string[N, M] y, int64[N] n) { y, n = StringSplit(x) }",
        False,
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_of_others(name: str) -> None:
    text, expected = MODELS[name]
    assert (prove(parse(text)).cause is None) is expected


def test_masks_of_other_shapes_do_not_match() -> None:
    model = parse(
        "g (float[N, 2] m, float[N, 3] x) => (float[K] y) { "
        "zero = Constant<value_float=0.0>() shape = Constant<value_ints=[-1]>() "
        "mask = Greater(m, zero) flat = Reshape(mask, shape) y = Compress(x, flat) }"
    )
    assert prove(model).cause is not None


def test_old_opsets_are_refused() -> None:
    model = parse("g (float[N, 4] x) => (float[N, 4] y) { y = Softmax<axis=1>(x) }", opset=11)
    proof = prove(model)
    assert proof.cause is not None
    assert "opset" in proof.cause.reason


def test_functions_of_others_promise_nothing() -> None:
    model = onnx.parser.parse_model(
        """<ir_version: 10, opset_import: ["" : 21, "onnxp" : 1]>
        g (float[N, 4] x) => (float[N, 4] y) { y = onnxp.sin(x) }
        <domain: "onnxp", opset_import: ["" : 21]>
        sin (x) => (y) { axes = Constant<value_ints=[0]>() m = ReduceMean(x, axes) y = Sub(x, m) }"""
    )
    X = _data()
    assert not np.allclose(
        session(model).run(None, {"x": X})[0][:3], session(model).run(None, {"x": X[:3]})[0]
    )
    assert prove(model).cause is not None


def test_live_bytes_of_a_row() -> None:
    program = xp.trace(lambda x: xp.tanh(x @ W) @ W, "float32[N, 4]")
    assert 32 <= prove(program.model).row_bytes <= 64
