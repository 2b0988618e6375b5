"""Code written for numpy: methods, universal functions and functions of numpy on our arrays."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

import onnxp as xp
from benchmarks import names
from onnxp.errors import DTypeError, EvaluationError, OnnxpError, TracedValueError, UnknownSizeError
from onnxp.testing import run_all_ways

MATRIX = np.asarray([[1.5, -2.0, 3.25], [0.5, 4.0, -1.0]])
INTS = np.asarray([[3, -2, 7], [1, 4, 0]])

METHODS: list[Callable[[Any], Any]] = [
    lambda x: x.sum(),
    lambda x: x.sum(axis=1),
    lambda x: x.sum(axis=0, keepdims=True),
    lambda x: x.mean(),
    lambda x: x.mean(1),
    lambda x: x.std(axis=0),
    lambda x: x.var(axis=0, ddof=1),
    lambda x: x.prod(0),
    lambda x: x.max(),
    lambda x: x.min(axis=1),
    lambda x: x.argmax(),
    lambda x: x.argmin(axis=1),
    lambda x: x.cumsum(),
    lambda x: x.cumsum(axis=1),
    lambda x: x.cumprod(axis=0),
    lambda x: (x > 0).any(),
    lambda x: (x > 0).all(axis=1),
    lambda x: (x > 0).sum(axis=0),
    lambda x: x.reshape(3, 2),
    lambda x: x[x > 0].reshape(np.count_nonzero(x > 0), 1),
    lambda x: x.reshape((-1,)),
    lambda x: x.ravel(),
    lambda x: x.flatten(),
    lambda x: x.transpose(),
    lambda x: x.transpose(1, 0),
    lambda x: x.swapaxes(0, 1),
    lambda x: x[:, :1].squeeze(1),
    lambda x: x.astype(np.float32),
    lambda x: x.astype("int64"),
    lambda x: x.copy() + 1,
    lambda x: x.clip(-1, 2),
    lambda x: x.round(),
    lambda x: x.conj(),
    lambda x: x.dot(x.T),
    lambda x: x.take([0, 2], axis=1),
    lambda x: x.argsort(axis=1),
    lambda x: x.repeat(2),
    lambda x: x.argsort(axis=0, kind="stable"),
    lambda x: x.diagonal(),
    lambda x: x.trace(),
    lambda x: x[0].searchsorted([0, 2]) * 0,
    lambda x: x.real + x.imag,
    lambda x: x.conjugate(),
    lambda x: divmod(x, 2)[1],
    lambda x: _sorted_in_place(x),
    lambda x: _filled_in_place(x),
]


def _sorted_in_place(x: Any) -> Any:
    x = x.copy()
    x.sort(axis=1)
    return x


def _filled_in_place(x: Any) -> Any:
    x = x.copy()
    x[0].fill(3)
    x.fill(7)
    return x


@pytest.mark.parametrize("data", [MATRIX, INTS], ids=["float", "int"])
@pytest.mark.parametrize("function", METHODS)
def test_methods(function: Callable[[Any], Any], data: np.ndarray) -> None:
    result, expected = run_all_ways(function, data), function(data)
    np.testing.assert_allclose(result, expected, rtol=1e-14)
    assert result.dtype == expected.dtype


UFUNCS: list[Callable[[Any], Any]] = [
    lambda x: np.exp(x),
    lambda x: np.add(x, 1),
    lambda x: np.divide(x, 2),
    lambda x: np.power(x, 2),
    lambda x: np.maximum(x, np.asarray([1.0, 0.0, 2.0])),
    lambda x: np.asarray([1.0, 0.0, 2.0]) * x,
    lambda x: np.float64(2.0) - x,
    lambda x: np.ones((2, 2)) @ x,
    lambda x: np.abs(x),
    lambda x: np.isnan(x),
    lambda x: np.logical_and(x > 0, x < 3),
    lambda x: np.arctan2(x, 1.0),
    lambda x: np.rad2deg(x),
    lambda x: np.exp2(x),
    lambda x: special.expit(x),
    lambda x: np.fmax(x, 0),
    lambda x: np.add.reduce(x, axis=1),
    lambda x: np.maximum.reduce(x),
    lambda x: np.add.accumulate(x, axis=1),
    lambda x: np.divmod(x, 2)[1],
    lambda x: np.fmod(x, 2),
]


@pytest.mark.parametrize("data", [MATRIX, INTS], ids=["float", "int"])
@pytest.mark.parametrize("function", UFUNCS)
def test_ufuncs(function: Callable[[Any], Any], data: np.ndarray) -> None:
    result, expected = run_all_ways(function, data), function(data)
    np.testing.assert_allclose(result, expected, rtol=1e-14)
    assert result.dtype == expected.dtype


FUNCTIONS: list[Callable[[Any], Any]] = [
    lambda x: np.sum(x, axis=1),
    lambda x: np.mean(x),
    lambda x: np.std(x, axis=0),
    lambda x: np.where(x > 0, x, 0),
    lambda x: np.where(x > 0, 1.0, 0.0),
    lambda x: np.concatenate([x, x], axis=1),
    lambda x: np.stack([x, x]),
    lambda x: np.vstack([x, x]),
    lambda x: np.hstack([x, x[:, :1]]),
    lambda x: np.column_stack([x[:, 0], x]),
    lambda x: np.clip(x, 0, 1),
    lambda x: np.dot(x, x.T),
    lambda x: np.outer(x[0], x[1]),
    lambda x: np.inner(x, x),
    lambda x: np.tensordot(x, x, axes=([1], [1])),
    lambda x: np.linalg.norm(x),
    lambda x: np.linalg.norm(x, axis=1, ord=1),
    lambda x: np.argmax(x, axis=1),
    lambda x: np.sort(x, axis=0),
    lambda x: np.argsort(x, axis=1),
    lambda x: np.expand_dims(x, 1),
    lambda x: np.squeeze(x[:, :1], 1),
    lambda x: np.reshape(x, (3, -1)),
    lambda x: np.transpose(x),
    lambda x: np.zeros_like(x),
    lambda x: np.full_like(x, 3),
    lambda x: np.flip(x, 0),
    lambda x: np.tile(x, (2, 1)),
    lambda x: np.roll(x, 1, axis=1),
    lambda x: np.round(x, 1),
    lambda x: np.isclose(x, np.add(x, 1e-9)),
    lambda x: np.nan_to_num(x),
    lambda x: np.take(x, [0, 2], axis=1),
    lambda x: np.average(x, axis=0, weights=np.asarray([[1.0], [3.0]]) * np.ones((2, 3))),
    lambda x: np.split(x, 3, axis=1)[1],
    lambda x: np.count_nonzero(x, axis=0),
    lambda x: np.cumsum(x),
    lambda x: np.max(x, axis=0),
    lambda x: np.real(x),
    lambda x: np.atleast_2d(x[0]),
    lambda x: np.diff(x, axis=1),
    lambda x: np.isin(x, [1.5, 3]),
    lambda x: np.median(x, axis=1),
    lambda x: np.median(x, keepdims=True),
    lambda x: np.quantile(x, 0.3, axis=0),
    lambda x: np.quantile(x, [0.0, 0.25, 1.0], axis=1, keepdims=True),
    lambda x: np.percentile(x, [[10, 50]]),
    lambda x: np.searchsorted([-1.0, 0.5, 2.0], x, side="right"),
    lambda x: np.digitize(x, [3.0, 1.0, -1.0]),
    lambda x: np.interp(x, [-1.0, 0.5, 0.5, 2.0], [1.0, 2.0, 3.0, -1.0], right=9.0),
    lambda x: np.ptp(x, axis=1),
    lambda x: np.unique(x > 0),
    lambda x: np.unique(x, return_counts=True)[1],
    lambda x: np.unique(np.where(x > 1, np.nan, x)),
    lambda x: np.unique(np.where(x > 1, np.nan, x), return_counts=True)[1],
    lambda x: np.unique(np.where(x > 1, np.nan, x), return_inverse=True)[1],
    lambda x: np.unique(np.where(x > 1, np.nan, x), return_index=True, equal_nan=False)[1],
    lambda x: np.nansum(np.where(x > 1, np.nan, x), axis=0),
    lambda x: np.nanmean(np.where(x > 1, np.nan, x), axis=1),
    lambda x: np.nanstd(np.where(x > 2, np.nan, x), axis=1),
    lambda x: np.nanvar(np.where(x > 3, np.nan, x), axis=1, ddof=1),
    lambda x: np.nanmax(np.where(x < 0, np.nan, x), axis=1),
    lambda x: np.nanmin(np.where(x < 0, np.nan, x)),
    lambda x: np.cov(x.T),
    lambda x: np.cov(x, rowvar=False, ddof=0),
    lambda x: np.cov(x.T, aweights=[2.0, 0.5]),
    lambda x: np.cov(x.T, fweights=[2, 3], aweights=[1, 0.5]),
    lambda x: np.cov(x[0], x[1], fweights=np.array([1, 4, 2]), ddof=0),
    lambda x: np.cov(x.T * 1j, aweights=np.abs(x[:, 0]), bias=True),
    lambda x: np.corrcoef(x.T),
    lambda x: np.pad(x, 1, constant_values=7),
    lambda x: np.pad(x, ((0, x.shape[0]), (3, 0))),
    lambda x: np.pad(x, ((0, 2), (3, 0)), mode="edge"),
    lambda x: np.pad(x, ((0, 0), (2, 5)), mode="reflect"),
    lambda x: np.pad(x, ((3, 2), (0, 4)), mode="symmetric"),
    lambda x: np.pad(x, (2, 4), mode="wrap"),
    lambda x: np.append(x, [[1, 2, 3]], axis=0),
    lambda x: np.dstack([x, x]),
    lambda x: np.array_split(x, 2, axis=1)[1],
    lambda x: np.hsplit(x, 3)[0],
    lambda x: np.broadcast_arrays(x, x[:1])[1],
    lambda x: np.meshgrid(x[:, 0], x[0])[1],
    lambda x: np.fliplr(np.flipud(x)),
    lambda x: np.diagonal(x, 1),
    lambda x: np.diagonal(x, -1),
    lambda x: np.trace(x),
    lambda x: np.diag(x[0], -1),
    lambda x: np.diag(x),
    lambda x: np.vander(x[0], 3),
    lambda x: np.kron(x, x[0]),
    lambda x: np.polyval([1, 2, 3], x),
    lambda x: x[np.triu_indices_from(x, 1)],
    lambda x: np.select([x > 3, x > 0], [x, x * 2], 5),
    lambda x: np.argwhere(x > 0),
    lambda x: np.flatnonzero(x > 0),
    lambda x: np.compress([True, False, True], x, axis=1),
    lambda x: np.extract(x > 0, x),
    lambda x: np.add(np.zeros((2, 2), like=x), x[:, :2]),
    lambda x: np.add(np.arange(3, like=x), x),
    lambda x: np.multiply(np.array([1.0, 2.0, 3.0], like=x), x),
    lambda x: np.linspace(x[0, 0], 3, 4),
    lambda x: x[np.ix_([1, 0], [0, 2])],
    lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=1),
    lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 2)),
    lambda x: np.trapezoid(x, axis=1),
    lambda x: np.trapezoid(x, x=[0.0, 1.0, 3.0]),
    lambda x: np.angle(x),
    lambda x: np.sinc(x),
    lambda x: np.unravel_index(np.argmax(x), (2, 3))[1],
    lambda x: np.unravel_index(np.argmax(x), (2, 3), order="F")[1],
    lambda x: np.choose(x > 0, [x, -1]),
    lambda x: np.choose(np.where(x > 0, 3, -2), [x, -1, x[0]], mode="wrap"),
    lambda x: np.choose(np.where(x > 0, 3, -2), [x, -1, x[0]], mode="clip"),
    lambda x: np.sum(x, where=x > 0, initial=2),
    lambda x: np.max(x, axis=1, initial=2),
    lambda x: np.argmax(x > 0, axis=1),
    lambda x: np.sort(x, kind="stable"),
    lambda x: np.diff(x, prepend=0),
    lambda x: np.clip(x, None, 1),
    lambda x: np.clip(x, [0, 1, 2], None),
    lambda x: np.where(x > 0, x, np.float32(2)),
    lambda x: np.concatenate([x, np.ones((1, 3), np.float32)]),
    lambda x: np.linalg.vector_norm(x, axis=1),
    lambda x: np.linalg.norm(x, "fro"),
    lambda x: np.linalg.norm(x[0], 0),
    lambda x: np.linalg.norm(x[0], 3, keepdims=True),
    lambda x: np.linalg.norm(x, -np.inf),
    lambda x: np.linalg.norm(x[:, :, None] * x[0], 1, axis=(2, 0), keepdims=True),
    lambda x: np.linalg.matrix_norm(x, ord=np.inf),
    lambda x: np.linalg.diagonal(x[:, :, None] * x[0], offset=1),
    lambda x: np.linalg.trace(x[:, :, None] * x[0]),
    lambda x: np.trace(x[:, :, None] * x[0], 1, 2, 0),
    lambda x: np.linalg.multi_dot([x, x.T, x]),
    lambda x: np.linalg.matmul(x, x.T),
    lambda x: np.linalg.vecdot(x, x),
    lambda x: np.subtract.outer(x[0], x[1]),
    lambda x: np.heaviside(x, 0.5),
    lambda x: np.cbrt(x),
    lambda x: np.modf(x)[0],
    lambda x: np.add.reduce(x > 0, axis=1),
    lambda x: np.vecdot(x, x),
]


if hasattr(np, "unstack"):  # since numpy 2.1
    FUNCTIONS += [
        lambda x: np.unstack(x, axis=1)[2],
        lambda x: np.cumulative_sum(x, axis=1),
        lambda x: np.clip(x, max=1),
    ]


@pytest.mark.parametrize("data", [MATRIX, INTS], ids=["float", "int"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions(function: Callable[[Any], Any], data: np.ndarray) -> None:
    result, expected = run_all_ways(function, data, static_axes=(1,)), function(data)
    np.testing.assert_allclose(result, expected, rtol=1e-14)
    assert result.dtype == expected.dtype


GAPS = np.asarray([[1.0, np.nan, 2.0], [np.nan, 1.0, np.inf]])

ARGUMENTS: list[tuple[Callable[[Any], Any], np.ndarray]] = [
    (lambda x: np.average(x, axis=0, weights=np.asarray([1.0, 3.0])), MATRIX),
    (lambda x: np.average(x @ x.T, axis=0, weights=np.asarray([1.0, 3.0])), MATRIX),
    (lambda x: np.average(x, axis=(1, 0), weights=MATRIX**2), MATRIX),
    (lambda x: np.average(x, axis=1, weights=np.asarray([1, 2, 5]), keepdims=True), INTS),
    (lambda x: np.average(x, axis=-1, weights=[1, 2, 5], returned=True), MATRIX),
    (lambda x: np.diff(x, prepend=0.5), INTS),
    (lambda x: np.diff(x, append=np.asarray([[1.5], [2.5]])), INTS),
    (lambda x: np.diff(x, n=0, append=0), INTS),
    (lambda x: np.choose(x, [10, 20, 30], mode="clip"), INTS),
    (lambda x: np.choose(x, [10, 20, 30], mode="wrap"), INTS),
    (lambda x: np.meshgrid(x[0], x[1], x[0], sparse=True), INTS),
    (lambda x: np.meshgrid(x[0], x[1], sparse=True, indexing="ij"), INTS),
    (lambda x: np.nan_to_num(x, nan=np.inf, posinf=-np.inf), GAPS),
    (lambda x: np.unique(x, True, True, True)[:2], GAPS),
    (lambda x: np.unique(x, return_inverse=True, return_counts=True), GAPS[0]),
    (lambda x: np.unique(x, return_counts=True, equal_nan=False), GAPS),
    (lambda x: np.unique(x, return_counts=True), MATRIX),
    (lambda x: np.linalg.norm(x, 0, axis=1), GAPS),
    (lambda x: np.linalg.norm(x, 1), MATRIX),
    (lambda x: np.linalg.norm(x, -1, axis=(1, 0), keepdims=True), MATRIX),
    (lambda x: np.linalg.norm(x, np.inf, keepdims=True), MATRIX),
    (lambda x: np.linalg.norm(x, -np.inf, axis=(-1, -2)), MATRIX),
    (lambda x: np.triu(x, 1), MATRIX),
    (lambda x: np.tril(x[0], -1), MATRIX),
    (lambda x: np.round(x * 7, -1), INTS),
    (lambda x: np.compress([True], x, axis=0), MATRIX),
    (lambda x: np.compress([False, True], x, axis=1), MATRIX),
    (lambda x: np.compress([False, True], x), MATRIX),
]


@pytest.mark.parametrize(("function", "data"), ARGUMENTS)
def test_rarer_arguments(function: Callable[[Any], Any], data: np.ndarray) -> None:
    results, expected = run_all_ways(function, data), function(data)
    if not isinstance(expected, tuple | list):
        results, expected = [results], [expected]
    for result, wanted in zip(results, expected, strict=True):
        assert np.shape(result) == np.shape(wanted)
        assert np.asarray(result).dtype == np.asarray(wanted).dtype
        np.testing.assert_allclose(result, wanted, rtol=1e-13)


def test_weights_need_their_axis() -> None:
    with pytest.raises(OnnxpError, match="axis=None"):
        np.average(xp.asarray(MATRIX), weights=np.ones(3))


def test_what_has_no_translation_takes_concrete_arrays_as_numpy() -> None:
    x = xp.asarray(MATRIX)
    assert isinstance(np.real_if_close(x), np.ndarray)
    np.testing.assert_array_equal(np.histogram(x)[0], np.histogram(MATRIX)[0])


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: np.histogram(x, "auto"), "numpy.histogram"),
        (lambda x: np.cov(x, aweights=[1, 2]), "numpy.cov"),
        (lambda x: np.cov(x, aweights=[1, 2, -3]), "numpy.cov"),
        (lambda x: np.cov(x, fweights=[1, 2, 0.5]), "numpy.cov"),
        (lambda x: np.quantile(x, 0.5, method="inverted_cdf", weights=[1, 2, 3]), "numpy.quantile"),
        (lambda x: np.einsum("ij,jk", x), "numpy.einsum"),
        (lambda x: np.polymul(x[0], [1.0]), "polymul"),
        (lambda x: np.real_if_close(x), "numpy.real_if_close"),
        (lambda x: np.add.at(np.zeros(3), x, 1), "numpy.add.at"),
        (lambda x: np.sum(x, out=np.empty(3)), "numpy.sum"),
    ],
)
def test_what_cannot_be_translated_says_the_name(function, name) -> None:
    x = xp.argument(("N", 3), xp.float64)
    with pytest.raises(OnnxpError, match=name):
        function(x)


@pytest.mark.parametrize("index", [-1, 2])
def test_choose_out_of_range(index: int) -> None:
    program = xp.trace(lambda i: np.choose(i, [[1, 2], [3, 4]]), "int64[2]")
    assert program(np.asarray([1, 0])).tolist() == [3, 2]
    with pytest.raises(EvaluationError):
        program(np.asarray([0, index]))


def test_asarray_of_a_traced_array(subtests: pytest.Subtests) -> None:
    x = xp.argument(("N", 3), xp.float64)
    for convert in (np.asarray, np.array, np.ascontiguousarray):
        with (
            subtests.test(convert=convert.__name__),
            pytest.raises(TracedValueError, match="traced"),
        ):
            convert(x)
    with pytest.raises(TracedValueError):
        np.ones(3)[:] = x[0]
    for use in ("np.array([x, x])", "np.mean([x, x])", "np.ones(3)[x]", "np.full(3, x[0, 0])"):
        with (
            subtests.test(use),
            pytest.raises(TracedValueError, match=r"np\.stack.*xp\.asarray"),
        ):
            eval(use, {"np": np, "x": x})
    for use in ("float(y)", "np.float64(y)", "bool(y)", "y.item()", "3 in y"):
        with subtests.test(use), pytest.raises(TracedValueError):
            eval(use, {"np": np, "y": x[0, 0]})
    for use in ("np.zeros(x.shape)", "np.empty(x.shape)", "np.full(x.shape, 1.0)"):
        with subtests.test(use), pytest.raises(UnknownSizeError, match="the size N"):
            eval(use, {"np": np, "x": x})


def test_an_array_of_numpy_is_indexed_by_a_traced_one() -> None:
    def labels(x):
        best = np.argmax(x, axis=1)
        return np.asarray([10, 20, 30], like=best)[best]

    data = np.eye(3)[[2, 0]]
    assert labels(data).tolist() == xp.trace(labels, "float64[N, 3]")(data).tolist() == [30, 10]


EINSUMS = (
    "ij,jk->ik|ij->ji|ii|ii->i|ij->|i,i|i,j->ij|ij,ij->ij|ij,ij->i|bij,bjk->bik|...ij,...jk->...ik|ij,kj"
    "|ni,kij,nj->nk|ij,jk,kl->il|i...->...|...i,...i|iij->j|ij,j,j->i|lj,ij->ij|ij,k->jk|i,j,k->kji|iji->j"
    "|ij,lj->i|...,...|bhqd,bhkd->bhqk|ij,ji->|i->i| ij , jk "
).split("|")
EXTENTS = {"i": 2, "j": 3, "k": 4, "l": 1, "b": 2, "n": 3, "h": 2, "q": 3, "d": 5}


@pytest.mark.parametrize("subscripts", EINSUMS)
def test_einsum(subscripts: str) -> None:
    parts = subscripts.replace("...", "bl").replace(" ", "").split("->")[0].split(",")
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=[EXTENTS[label] for label in part]) for part in parts]
    result = run_all_ways(lambda *a: np.einsum(subscripts, *a), *arrays)
    np.testing.assert_allclose(result, np.einsum(subscripts, *arrays), rtol=1e-12)


def test_einsum_of_other_kinds() -> None:
    ints = np.arange(6, dtype=np.int32).reshape(2, 3)
    result = run_all_ways(lambda x: np.einsum("ij,kj->ik", x, x), ints)
    assert result.dtype == np.int32
    np.testing.assert_array_equal(result, ints @ ints.T)
    np.testing.assert_allclose(
        run_all_ways(lambda x: np.einsum(x, [0, 1], x.T, [1, 2], [0, 2]), MATRIX), MATRIX @ MATRIX.T
    )
    np.testing.assert_allclose(
        run_all_ways(lambda x: np.einsum("ij,j", x, np.arange(3)), MATRIX), MATRIX @ np.arange(3)
    )


def test_an_einsum_of_matrices_is_one_product() -> None:
    program = xp.trace(lambda x: np.einsum("nk,km->nm", x, np.ones((4, 2))), "float64[N, 4]")
    assert [node.op_type for node in program.model.graph.node] == ["MatMul"]


@pytest.mark.parametrize(
    ("subscripts", "reason"),
    [
        ("ij->k", "labels"),
        ("ij->ii", "labels"),
        ("i", "rank 2"),
        ("ij,jk", "2 operands"),
        ("i1", "letters"),
    ],
)
def test_einsum_of_what_does_not_fit(subscripts: str, reason: str) -> None:
    with pytest.raises(OnnxpError, match=reason):
        np.einsum(subscripts, xp.asarray(MATRIX))


def test_numpy_knows_the_dtypes() -> None:
    x = xp.argument(("N", 3), xp.float32)
    assert x.dtype == np.float32
    assert np.dtype("f4") == x.dtype
    assert x.dtype == "float32"
    assert x.dtype != np.float64
    assert x.dtype != "something"
    assert x.dtype in (np.float32, np.float64)
    assert xp.float64.__eq__(float)
    assert np.dtype(x.dtype) == np.float32
    assert np.issubdtype(x.dtype, np.floating)
    assert np.finfo(x.dtype).eps == np.finfo(np.float32).eps
    assert np.zeros(2, dtype=x.dtype).dtype == np.float32
    assert np.result_type(x.dtype, np.int64) == np.float64


@pytest.mark.parametrize("dtype", [np.float32, "float32", np.dtype("float32"), xp.float32, "f4"])
def test_dtypes_under_numpys_names(dtype: Any) -> None:
    x = xp.asarray([1, 2], dtype=dtype)
    assert x.dtype is xp.float32
    assert xp.zeros(2, dtype=dtype).dtype is xp.float32
    assert xp.astype(x, dtype).dtype is xp.float32
    assert xp.sum(x, dtype=dtype).dtype is xp.float32
    assert xp.eye(2, dtype=dtype).dtype is xp.float32
    assert dtype == "f4" or xp.isdtype(x.dtype, dtype)
    assert xp.finfo(dtype).bits == 32
    assert xp.can_cast(dtype, np.float64)
    assert xp.result_type(x, dtype) is xp.float32
    assert xp.spec(("N",), dtype).dtype is xp.float32
    assert xp.argument(("N",), dtype).dtype is xp.float32


CALLS = sorted(
    example
    for chapter in names.CHAPTERS.values()
    for example in chapter.values()
    if example.startswith("xp.") and names.uses(example)
)
INPUTS = names.data()


@pytest.mark.parametrize("example", CALLS)
def test_every_function_takes_numpys_arrays(example: str) -> None:
    used = names.uses(example)
    expected = names.run(example, {name: xp.asarray(INPUTS[name]) for name in used})
    result = names.run(example, {name: INPUTS[name] for name in used})
    _same(result, expected)
    for kept in used[:1] if len(used) > 1 else []:  # beside one that is traced
        spec = names._parsed(names.INPUTS[kept])

        def function(x, kept=kept):
            return names.arrays(names.run(example, {**INPUTS, kept: x}))

        if names.arrays(expected):
            traced = xp.trace(function, xp.spec(*spec))(INPUTS[kept])
            _same(traced, names.arrays(expected))


def _same(a: Any, b: Any) -> None:
    if isinstance(b, tuple | list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            _same(x, y)
    elif isinstance(b, xp.Array):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
        assert np.asarray(a).dtype == b.dtype
    else:
        assert a == b or repr(a) == repr(b)


def test_where_of_a_ufunc() -> None:
    """Elsewhere is what was there before, which numpy leaves to chance if nothing was."""

    def shares(x):
        total = np.sum(x, axis=1, keepdims=True)
        y = x * 1
        np.divide(x, total, out=y, where=total != 0)
        return y

    x = np.asarray([[1.0, 3.0], [-2.0, 2.0]])
    np.testing.assert_array_equal(run_all_ways(shares, x), [[0.25, 0.75], [-2.0, 2.0]])
    with pytest.raises(OnnxpError, match="where= needs out="):
        np.sqrt(xp.asarray(x), where=xp.asarray(x) > 0)


def test_squeeze_without_an_axis_does_not_guess() -> None:
    """numpy drops the axis of N where N is 1."""
    with pytest.raises(UnknownSizeError, match="whether the size N of axis 0 is 1"):
        xp.trace(np.squeeze, "float64[N, 1]")
    program = xp.trace(lambda x: x.squeeze(), "float64[N>=2, 1]")
    assert program(np.ones((3, 1))).shape == (3,)
    assert xp.squeeze(xp.ones((3, 1)), 1).shape == np.squeeze(xp.ones((1, 3, 1))).shape == (3,)
    program = xp.trace(lambda x: np.squeeze(x), "float64[N, 1]", example=np.ones((2, 1)))
    assert [(a.text, a.expected) for a in program.assumptions] == [("N == 1", False)]


@pytest.mark.parametrize("n", [1, 2, 7])
def test_bessel_functions_and_their_window(n) -> None:
    x = np.linspace(-3, 3, n)
    program = xp.trace(lambda x: np.kaiser(len(x), 8.6) + np.i0(x), "float64[N]")
    np.testing.assert_allclose(program(x), np.kaiser(n, 8.6) + np.i0(x), rtol=1e-12)


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("name", ["min", "max"])
def test_extremes_of_no_truth_values(name: str, axis: int | None):
    program = xp.trace(lambda x: getattr(np, name)(x, axis=axis), "bool[N>=0, M>=0]")
    x = np.array([[True, False, False], [True, True, False]])
    np.testing.assert_array_equal(program(x), getattr(np, name)(x, axis=axis))
    with pytest.raises(EvaluationError):
        program(x[:0] if axis != 1 else x[:, :0])


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize(
    ("shape", "count"), [((3, 3), 0), ((7, 2), 2), ((2, 4), 5), ((0, 3), 1), ((0, 0), 0)]
)
def test_diagonals_are_filled_with_any_number_of_values(shape: Any, count: int, wrap: bool):
    def filled(x: Any, values: Any) -> Any:
        x = x.copy()
        np.fill_diagonal(x, values, wrap)
        return x

    x, values = np.zeros(shape), np.arange(1.0, count + 1)
    expected = filled(x, values)
    np.testing.assert_array_equal(np.asarray(filled(xp.asarray(x), values)), expected)
    program = xp.trace(filled, "float64[N>=0, M>=0]", "float64[K>=0]")
    np.testing.assert_array_equal(program(x, values), expected)


def test_the_diagonal_of_a_stack_needs_equal_sizes():
    def filled(x: Any) -> Any:
        np.fill_diagonal(x, 5)
        return x

    x = np.zeros((2, 2, 2))
    np.testing.assert_array_equal(xp.trace(filled, "float64[N, N, N]")(x), filled(np.copy(x)))
    with pytest.raises(UnknownSizeError):
        xp.trace(filled, "float64[A, B, C]")


def test_dtypes_of_edges():
    for dtype in ("float32", "float64", "int8", "bool"):
        x = np.array([1, 0, 1], dtype)
        for options in ({}, {"range": (0, 2)}, {"bins": 3}):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of truth values
                expected = np.histogram_bin_edges(x, **options)
            result = np.asarray(np.histogram_bin_edges(xp.asarray(x), **options))
            assert result.dtype == expected.dtype
            np.testing.assert_allclose(result, expected, rtol=1e-6)
    truth = np.linspace(xp.asarray(True), 0, 5, dtype=bool)
    assert truth.tolist() == np.linspace(np.asarray(True), 0, 5, dtype=bool).tolist()


@pytest.mark.parametrize("method", ["lower", "higher", "nearest", "midpoint"])
@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float64])
def test_quantiles_that_are_elements(method, dtype) -> None:
    x = np.random.default_rng(0).integers(0, 50, size=(6, 3)).astype(dtype)

    def function(x):
        return [
            np.quantile(x, [0, 0.1, 0.3, 0.5, 0.9, 1.0], axis=0, method=method),
            np.percentile(x, 95, method=method),
        ]

    for result, right in zip(
        xp.trace(function, xp.spec(("N", 3), dtype))(x), function(x), strict=True
    ):
        np.testing.assert_array_equal(result, right)
        assert result.dtype == right.dtype


def test_functions_of_rows_are_numpys_for_concrete_arrays() -> None:
    def function(row):
        return np.array([row.min(), row.max()])

    result = np.apply_along_axis(function, 1, xp.asarray(MATRIX))
    assert isinstance(result, xp.Array)
    np.testing.assert_array_equal(np.asarray(result), np.apply_along_axis(function, 1, MATRIX))


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "any", "all", "max"])
def test_a_condition_does_not_make_an_array_larger(name: str):
    options = {"initial": 0.0} if name == "max" else {}

    def reduced(x: Any, where: Any) -> Any:
        return getattr(np, name)(x, where=where, **options)

    program = xp.trace(reduced, "float64[N, M]", "bool[K>=0]")
    for shape, size in (
        ((2, 3), 3),
        ((2, 3), 1),
        ((2, 1), 1),
        ((2, 1), 3),
        ((2, 1), 0),
        ((2, 3), 2),
    ):
        x, where = np.arange(1.0, 1 + np.prod(shape)).reshape(shape), np.ones(size, bool)
        try:
            expected = reduced(x, where)
        except ValueError:
            with pytest.raises(OnnxpError):
                np.asarray(reduced(xp.asarray(x), xp.asarray(where)))
            with pytest.raises(EvaluationError):
                program(x, where)
            continue
        np.testing.assert_array_equal(reduced(xp.asarray(x), xp.asarray(where)), expected)
        np.testing.assert_array_equal(program(x, where), expected)


JOINS: dict[str, Callable[[Any], Any]] = {
    "an integer": lambda x: np.r_[0, x],
    "a float": lambda x: np.r_[x, 0.5, True],
    "a list": lambda x: np.r_[x, [1, 2]],
    "a number of numpy": lambda x: np.r_[np.float64(1), x],
    "a size": lambda x: np.r_[len(x), x],
    "a range": lambda x: np.r_[0:3, x, -1:1:5j],
    "columns": lambda x: np.c_[x, x > 0, np.ones(len(x), np.float32)],
    "columns of a range": lambda x: np.c_[x, 0 : len(x)],
}


@pytest.mark.parametrize("dtype", [np.int8, np.float32, np.float64])
@pytest.mark.parametrize("name", JOINS)
def test_joins_by_brackets_have_numpys_dtypes(name: str, dtype: Any) -> None:
    x = np.array([1, 5, 2], dtype)
    result, expected = xp.trace(JOINS[name], xp.spec(("N",), dtype))(x), JOINS[name](x)
    np.testing.assert_array_equal(result, expected)
    assert result.dtype == expected.dtype


@pytest.mark.parametrize("given", [np.int8, np.float32, np.float64])
@pytest.mark.parametrize("wanted", [np.float32, np.float64, np.int64])
def test_clip_computes_in_a_dtype(given: Any, wanted: Any) -> None:
    x = np.array([-3, 0, 1, 5], given)

    def function(x):
        return np.clip(x, 0, 2, dtype=wanted), np.clip(x, x[1], None, dtype=wanted)

    try:
        expected = function(x)
    except TypeError:
        with pytest.raises(DTypeError, match="casting='same_kind'"):
            xp.trace(function, xp.spec(("N",), given))
        return
    for result, right in zip(xp.trace(function, xp.spec(("N",), given))(x), expected, strict=True):
        np.testing.assert_array_equal(result, right)
        assert result.dtype == right.dtype


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", [np.int8, np.float16, np.float32, np.float64])
def test_sums_of_powers_of_two(dtype: Any) -> None:
    numbers = [0, 1, -1, 5, -100] + (
        [0.3, -700, np.inf, -np.inf, np.nan] if dtype != np.int8 else []
    )
    a, b = np.meshgrid(np.array(numbers, dtype), np.array(numbers, dtype))
    expected = np.logaddexp2(a, b)
    spec = xp.spec(("N", "M"), dtype)
    eps = float(np.finfo(expected.dtype).eps)
    for result in (
        np.logaddexp2(xp.asarray(a), xp.asarray(b)),
        xp.trace(lambda x, y: np.logaddexp2(x, y), spec, spec)(a, b),
    ):
        assert result.dtype == expected.dtype
        np.testing.assert_allclose(np.asarray(result), expected, 4 * eps, eps / 2)
    np.testing.assert_array_equal(np.asarray(np.logaddexp2(xp.asarray(a), xp.asarray(a))), a + 1.0)
