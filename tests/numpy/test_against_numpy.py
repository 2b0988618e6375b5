"""Random calls of numpy's functions and of ndarray's methods: numpy's results, or an error of ours.

``make fuzz`` makes many more calls of each function than ``make test`` does, and others each time.
"""

from __future__ import annotations

import inspect
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import onnxp as xp
from onnxp._src.numpy.dispatch import FUNCTIONS
from onnxp.errors import OnnxpError, ScalarRangeError
from tests.helpers import fuzzing, numpy_calls, numpy_differences

pytestmark = pytest.mark.skipif(
    tuple(map(int, np.__version__.split(".")[:2])) < (2, 4),
    reason="older versions of numpy give other results, and have no signatures",
)
NAMES = [*numpy_calls.functions(), *numpy_calls.methods(), *numpy_calls.ufuncs()]


@pytest.mark.parametrize("name", NAMES)
def test_a_call_gives_what_numpy_gives(name: str) -> None:
    @settings(
        max_examples=8,
        derandomize=not fuzzing.SECONDS,
        database=None,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if fuzzing.SECONDS else [])],
        suppress_health_check=list(HealthCheck),
    )
    @given(numpy_calls.calls(name))
    def same(call: numpy_calls.NumpyCall) -> None:
        is_traced = crc32(repr(call).encode()) % 6 == 0  # which takes longer
        complaint = numpy_differences.complaint(call, traced=is_traced)
        assert not complaint, complaint

    if fuzzing.SECONDS:
        for number in fuzzing.seeds("numpy", len(NAMES)):
            seed(number)(same)()
    else:
        same()


def _cast_to_the_array(arr: Any, values: Any, axis: Any = None) -> Any:
    x = xp.asarray(arr)
    parts = (xp.reshape(x, (-1,)), xp.reshape(xp.astype(xp.asarray(values), x.dtype), (-1,)))
    return xp.concat(parts)


def _axis_modulo_the_rank(a: Any, indices: Any, axis: Any = None, **kwargs: Any) -> Any:
    x = xp.reshape(xp.asarray(a), (-1,)) if axis is None else xp.asarray(a)
    return xp.take(x, xp.asarray(indices, dtype=xp.int64), axis=(axis or 0) % x.ndim)


def _variance_without_its_limit(a: Any, axis: Any = None, ddof: Any = 0, **kwargs: Any) -> Any:
    return xp.var(xp.astype(xp.asarray(a), xp.float64), axis=axis, correction=ddof)


FAULTS = {
    np.append: _cast_to_the_array,
    np.take: _axis_modulo_the_rank,
    np.var: _variance_without_its_limit,
}
"""What these functions once did."""


@pytest.mark.parametrize("function", FAULTS, ids=lambda function: function.__name__)
def test_the_calls_find_a_fault(function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FUNCTIONS, function, FAULTS[function])
    found: list[str] = []

    @settings(
        max_examples=150,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(numpy_calls.calls(f"numpy.{function.__name__}"))
    def look(call: numpy_calls.NumpyCall) -> None:
        found.append(numpy_differences.complaint(call, traced=False))

    look()
    assert any(found)


NOT_OURS = frozenset(
    "base byteswap ctypes data dump dumps flags flat getfield resize setfield setflags strides tofile "
    "view".split()
)
"""What has to do with memory, which these arrays do not show."""


def test_every_method_of_an_array_is_there() -> None:
    missing = {name for name in dir(np.ndarray) if not hasattr(xp.Array, name)}
    assert {name for name in missing if not name.startswith("__")} <= NOT_OURS


METHODS = [
    name
    for name in dir(np.ndarray)
    if not name.startswith("_") and callable(getattr(np.ndarray, name)) and name not in NOT_OURS
]


@pytest.mark.parametrize("name", METHODS)
def test_a_method_takes_what_numpys_takes(name: str) -> None:
    try:
        expected = inspect.signature(getattr(np.ndarray, name))
    except ValueError:
        pytest.skip("numpy has no signatures of its methods before 2.4")
    ours = inspect.signature(getattr(xp.Array, name)).parameters
    for parameter in list(expected.parameters.values())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:  # keepdims, initial, where: drawn above
            continue
        assert parameter.name in ours, f"{name} takes no {parameter.name}"
        assert ours[parameter.name].default == parameter.default or name == "to_device"


MATRIX = np.asarray([[1.5, -2.0, 3.25], [0.5, 4.0, -1.0]])
BYTES = np.asarray([1, 44, 44], np.int8)
UNSIGNED = np.asarray([1, 200], np.uint8)


def _zeros(a: Any, dtype: Any) -> Any:
    return np.astype(a * 0, dtype)


def _f4(a: Any) -> Any:
    return np.astype(a * 1.1, np.float32)


REFUSED: list[tuple[str, Any]] = [
    ("quantile-of-a-number", lambda a: np.quantile(a[0, 0], 1, axis=0)),
    ("take-axis", lambda a: np.take(a[0], [0], axis=2)),
    ("take-negative-axis", lambda a: np.take(a[0], [0], axis=-3)),
    ("compress-axis", lambda a: np.compress([True, False], a[0], axis=1)),
    ("einsum-diagonal", lambda a: np.einsum("ii->i", a)),
    ("add-out", lambda a: np.add(a, a, out=np.zeros((2, 3), np.int64))),
    ("cos-out", lambda a: np.cos(a + 1j, out=np.zeros((2, 3)))),
    ("matmul-out-shape", lambda a: np.matmul(a, a[0, :, None], out=np.zeros((2, 3)))),
    ("sum-out-shape", lambda a: np.sum(a, axis=0, out=np.zeros(2))),
    ("multi-dot", lambda a: np.linalg.multi_dot([a, a[0], a[0]])),
    ("cov-rank", lambda a: np.cov(a[None, :, :])),
    ("average-zero", lambda a: np.average(a[:, 0], weights=[1, -1])),
    ("power", lambda a: np.power(2, np.astype(a * 0 - 1, np.int64))),
    ("round-bool", lambda a: np.round(a > 0, -1)),
    ("windows", lambda a: np.lib.stride_tricks.sliding_window_view(a, 5, axis=1)),
    ("power-operator", lambda a: np.astype(a, np.int64) ** np.astype(a, np.int64)),
    ("unravel", lambda a: np.unravel_index(np.astype(a * 0 + 7, np.int64), (2, 2))),
    ("swapaxes", lambda a: a[0, 0].swapaxes(0, 1)),
    ("clip", lambda a: np.clip(np.astype(a, np.int8), 300, None)),
    ("pad", lambda a: np.pad(np.astype(a, np.int8), 1, constant_values=300)),
    ("logical-and", lambda a: np.logical_and(a, 2**70)),
    ("logical-xor", lambda a: np.logical_xor(2**63, np.astype(a, np.uint64))),
    ("nanargmax-out", lambda a: np.nanargmax(a, axis=0, out=a[0] * 0)),
    ("percentile-out", lambda a: np.percentile(a, 30, axis=0, out=_zeros(a[0], np.int8))),
    ("lower-out", lambda a: np.quantile(_f4(a), 0.3, axis=0, out=a[0] * 0, method="lower")),
    ("nanmean-out", lambda a: np.nanmean(a, axis=0, out=_zeros(a[0], np.int8))),
    ("lexsort-shapes", lambda a: np.lexsort((a[0], a[0, :2]))),
    ("copyto-where", lambda a: np.copyto(a[0] * 1, 1, where=a[:1] > 0)),
    ("insert", lambda a: np.insert(np.astype(a, np.int8), 0, [300])),
    ("trapezoid-of-nothing", lambda a: np.trapezoid(a[0, :0], np.stack([a[0], a[0]]), axis=0)),
    ("insert-rows-at-one-place", lambda a: np.insert(a[0], [1], [[5.0, 6.0]])),
    ("insert-a-column-in-a-row", lambda a: np.insert(a[0], slice(1), [[5.0], [6.0]])),
    ("round-out", lambda a: np.round(np.astype(a, np.int8), -1, out=_zeros(a, np.int8))),
    ("gradient-rank-0", lambda a: np.gradient(a[0, 0], [0.0, 1.0])),
    (
        "windows-of-no-axis",
        lambda a: np.lib.stride_tricks.sliding_window_view(a, (1, 1), axis=(0, 2)),
    ),
    ("piecewise-shapes", lambda a: np.piecewise(a[0], [a[0] > 0, a > 0], [1, 2])),
    ("bincount-floats", lambda a: np.bincount(a[0, :0])),
    ("broadcast-nothing", lambda a: np.broadcast_to(a[:0], (0, 7))),
    ("repeat-nothing", lambda a: np.repeat(a[:0], [1, 2], axis=1)),
    ("partition-kth", lambda a: np.partition(a > 0, 3)),
    ("argpartition-kth", lambda a: np.argpartition(a, [1, -4])),
    ("pad-by-nothing", lambda a: np.pad(np.astype(a, np.int8), 0, constant_values=300)),
    ("edges-weights", lambda a: np.histogram_bin_edges(a, range=(0, 1), weights=a[0])),
    ("fill-diagonal", lambda a: np.fill_diagonal(np.astype(a, np.int8), 300)),
    ("fill-diagonal-list", lambda a: np.fill_diagonal(np.astype(a, np.int8), [1, -200])),
    ("nanvar-out", lambda a: np.nanvar(a, axis=0, out=_zeros(a[0], np.int8))),
    ("nanmedian-out", lambda a: np.nanmedian(a[:0], axis=0, out=_zeros(a[0], np.int8))),
    ("packbits-axis", lambda a: np.packbits(a[0, 0] > 0, axis=1)),
    ("packbits-axes", lambda a: np.packbits(a[0, 0] > 0, axis=(0, 1))),
    ("unpackbits-axis", lambda a: np.unpackbits(np.astype(a[1, 1], np.uint8), axis=1)),
    ("roll-rank-0", lambda a: np.roll(a[0, 0], 0, axis=())),
    ("roll-nothing", lambda a: np.roll(a[0], (), axis=5)),
    ("select-choice", lambda a: np.select([a > 0], [1], np.astype(a * a, np.uint8))),
    ("nan-to-num", lambda a: np.nan_to_num(a[:, :1], nan=[1, 2, 3])),
    ("add-casting", lambda a: np.add(a, np.astype(a, np.int64), casting="no")),
    ("divmod-out", lambda a: np.divmod(a[0], 3, out=(a[0] * 0, a * 0))),
    ("stack-dtype-out", lambda a: np.stack(a, out=a * 0, dtype=np.float64)),
    ("concat-dtype-out", lambda a: np.concatenate([a], out=a * 0, dtype=np.float64)),
    ("full-like", lambda a: np.full_like(np.astype(a, np.int8), 2**70)),
]


@pytest.mark.parametrize("function", [f for _, f in REFUSED], ids=[name for name, _ in REFUSED])
def test_what_numpy_refuses(function: Any) -> None:
    with pytest.raises((ValueError, TypeError, ArithmeticError, IndexError)):
        function(MATRIX)
    with pytest.raises(OnnxpError):
        np.asarray(function(xp.asarray(MATRIX)))
    for spec in ("float64[2, 3]", "float64[N, M]"):
        with pytest.raises(OnnxpError):
            xp.trace(function, spec)(MATRIX)


ANSWERED: list[tuple[str, Any]] = [
    ("cov-of-nothing", lambda a: np.cov(a[0, :0])),
    ("nanvar-of-infinity", lambda a: np.nanvar(np.where(a < 0, -np.inf, a))),
    ("var-ddof", lambda a: np.var(a[0], ddof=3)),
    ("var-ddof-of-equal", lambda a: np.var(a[0] * 0, ddof=3)),
    ("ix_", lambda a: a[np.ix_(a[:, 0] > 1, [True, False, True])]),
    ("angle", lambda a: np.angle(np.astype(a, np.int8))),
    ("median-of-nothing", lambda a: np.median(a[:, :0])),
    ("einsum-of-one", lambda a: np.einsum("ij,jk->ik", a, a[:1, :1])),
    ("linspace", lambda a: np.linspace(np.astype(a[0, 0], np.float32), np.astype(a[1, 1], np.float32), 3)),
    ("greater", lambda a: np.greater(np.astype(a * 0 + 200, np.uint8), 300)),
    ("clip", lambda a: np.clip(np.astype(a * 0 + 200, np.uint8), 0, 4550)),
    ("clip-method", lambda a: np.astype(a * 0 + 200, np.uint8).clip(0, 300)),
    ("default-arguments", lambda a: a.sum(out=None) + a.take(0, mode="raise") + a.max(initial=9.0)),
    ("where", lambda a: a.sum(axis=1, where=a > 0, initial=2.0)),
    ("modes", lambda a: a.take([7, -9], mode="clip") + a.take([7, -9], mode="wrap")),
    ("out", lambda a: np.add(a, 1, out=a * 0)),
    ("max-of-bool-out", lambda a: np.amax(a > 0, axis=0, out=_zeros(a[0], np.int8), initial=2)),
    ("nanmin-out", lambda a: np.nanmin(a, axis=0, out=_zeros(a[0], np.int8))),
    ("max-out-bool", lambda a: np.max(np.astype(a, np.int8), axis=0, out=_zeros(a[0], np.bool_))),
    ("sum-out", lambda a: np.sum(a * 1.3, axis=0, out=_zeros(a[0], np.int8))),
    ("nansum-out", lambda a: np.nansum(a * 1.3, axis=0, out=_zeros(a[0], np.bool_))),
    ("cumsum-out", lambda a: np.cumsum(a * 1.3, axis=0, out=_zeros(a, np.int8))),
    ("union1d", lambda a: np.union1d(np.astype(a, np.int8), 0)),
    ("union1d-float", lambda a: np.union1d(_f4(a), 0.5)),
    ("logical-or", lambda a: np.logical_or(np.astype(a, np.int8), 300)),
    ("nanquantile-out", lambda a: np.nanquantile(np.astype(a, np.int8), 0.3, 0, _zeros(a[0], np.int8))),
    ("quantile-of-bool", lambda a: np.quantile(a > 0, 0.3, axis=0, method="lower")),
    ("interp-at-one", lambda a: np.interp(a[0] * np.nan, a[0, :1], a[1, :1], left=9.0)),
    ("around-out", lambda a: np.around(_f4(a), 1, out=a * 0)),
    ("around-bool-out", lambda a: np.around(a > 0, 1, out=a * 0)),
    ("average-int8", lambda a: np.average(np.astype(a, np.int8), weights=_f4(a * a))),
    ("gradient-of-float32", lambda a: np.gradient(_f4(a), a[0] * a[0], axis=1)),
    ("lexsort-rank-0", lambda a: np.lexsort((a[0, :1][0] * np.ones(()),))),
    ("piecewise-rank-0", lambda a: np.piecewise(np.sum(a), [np.sum(a) > 0, np.sum(a) < 0], [3, 4])),
    ("i0", lambda a: np.i0(_f4(a))),
    ("insert-numbers", lambda a: np.insert(np.astype(a, np.int8), [0, 1], [1.5, a[0, 1]])),
    ("average-rank-0", lambda a: np.average(a[0, 0]) + np.std(a[0, 0], ddof=2, dtype=np.float32)),
    ("var-complex", lambda a: np.var(a + 1j, dtype=np.complex128)),
    ("nanstd-complex", lambda a: np.nanstd(a[:0] + 1j, axis=1, dtype=np.complex128)),
    ("vector-norm", lambda a: np.linalg.vector_norm(a, ord=None)),
    ("nanquantile-0", lambda a: np.nanquantile(np.where(a < 0, -np.inf, np.sqrt(a)), 0, axis=1)),
    ("nanmedian-of-nothing", lambda a: np.nanmedian(a[:0])),
    ("ptp-bool-out", lambda a: np.ptp(a > 0, axis=1, out=_zeros(a[:, 0], np.int8))),
    ("sum-initial-out", lambda a: np.sum(a, 1, np.float32, _zeros(a[:, 0], np.int64), initial=0.75)),
    ("full-like-one", lambda a: np.full_like(a, a[:1, :1], shape=())),
    ("round-bool-out", lambda a: np.round(a > 0, -1, out=_zeros(a, np.float32))),
    ("divmod-half-out", lambda a: np.divmod(a[0], 3, out=(a * 0, None))[1]),
    ("nan-to-num", lambda a: np.nan_to_num(np.sqrt(a), nan=[[1, 2, 3]])),
    ("select-default", lambda a: np.select([a > 2], [np.astype(a * a, np.uint8)], default=-1)),
    ("full-like-large", lambda a: np.full_like(a * 1j, -(2**70))),
    ("where-large", lambda a: np.where(a > 1, np.astype(a, np.float32), 2**70)),
    ("prod-initial", lambda a: np.prod(a > -9, 1, np.int64, _zeros(a[:, 0], np.bool_), initial=0.5)),
    ("insert-nothing", lambda a: np.insert(a[0], (a[0] > 0) & (a[1] < 0), [])),
    ("insert-a-row", lambda a: np.insert(a, [1, 0], [[5.0, 6.0]])),
    ("insert-values-of-rank-3", lambda a: np.insert(a, [1], [[[5.0]]], axis=1)),
    ("power-of-nothing", lambda a: np.power(np.astype(a[:0], np.int8), np.astype(a[1, 0], np.int8))),
    (
        "ravel-multi-index-of-nothing",
        lambda a: np.ravel_multi_index((np.astype(a[0, 0] + 99, np.int64), np.zeros(0, int)), (3, 2)),
    ),
    ("trapezoid-of-a-row", lambda a: np.trapezoid(a[0], a * a, axis=-1)),
    ("trapezoid-of-rows", lambda a: np.trapezoid(a, np.stack([a, a * a]), axis=-1)),
    ("vecdot-axis", lambda a: np.linalg.vecdot(a, [0.5, 1.5], axis=0)),
    ("vecdot-ufunc-axis", lambda a: np.vecdot(a, [[0.5], [1.5]], axis=0)),
    ("delete-nothing", lambda a: np.delete(a, []) + np.delete(a, (), axis=0).size),
    ("reduceat-nothing", lambda a: np.add.reduceat(a, [])),
    ("at-nothing", lambda a: (np.add.at(b := a * 1, [], 1), b)[1]),
    ("fmin-complex", lambda a: np.fmin(a * 1j, np.sqrt(a))),
    ("fmax-complex-rank-0", lambda a: np.fmax(1j, np.sqrt(a[0, 1]))),
    ("interp-of-nan", lambda a: np.interp(a[0] * np.nan, np.sort(a[0]), a[1])),
]  # fmt: skip

_INT8 = {
    "append": lambda a: np.append(a, 300),
    "dot": lambda a: np.dot(a, 300),
    "inner": lambda a: np.inner(a, 300),
    "outer": lambda a: np.outer(a, 300),
    "kron": lambda a: np.kron(a, 300),
    "tensordot": lambda a: np.tensordot(a, 300, axes=0),
    "einsum": lambda a: np.einsum("i,->i", a, 300),
    "diff": lambda a: np.diff(a, prepend=300, append=-300),
    "searchsorted": lambda a: np.searchsorted(a, 300),
    "isin": lambda a: np.isin(a, [300, 1]),
    "stack": lambda a: np.stack([a[0], 300]),
    "small": lambda a: np.append(a, 1),
}
ANSWERED += [
    (f"int8-{name}", lambda a, f=f: f(np.astype(a[0] * 0 + 44, np.int8)))
    for name, f in _INT8.items()
]


@pytest.mark.parametrize("function", [f for _, f in ANSWERED], ids=[name for name, _ in ANSWERED])
@pytest.mark.filterwarnings("ignore")
def test_what_numpy_answers(function: Any) -> None:
    expected = np.asarray(function(MATRIX))
    for result in (
        function(xp.asarray(MATRIX)),
        xp.trace(function, "float64[2, 3]")(MATRIX),
        xp.trace(function, "float64[N, M]")(MATRIX),
        xp.trace(function, "float64[N, M]")._at_default_options()(MATRIX),
    ):
        assert np.asarray(result).dtype == expected.dtype
        np.testing.assert_allclose(np.asarray(result), expected, rtol=1e-6)


@pytest.mark.parametrize(
    "name", ["mean", "std", "var", "nanmean", "nanstd", "nanvar", "sum", "cumsum"]
)
def test_a_wider_array_to_write_into_widens_the_sums(name: str) -> None:
    x = np.asarray([1.1, 2.7, 3.3, 1e8, 1.0], np.float32)

    def function(a: Any) -> Any:
        return getattr(np, name)(
            a, axis=0, out=_zeros(a if name == "cumsum" else a[0, ...], np.float64)
        )

    expected = getattr(np, name)(x.astype(np.float64))
    for result in (function(xp.asarray(x)), xp.trace(function, "float32[N]")(x)):
        assert np.asarray(result).dtype == np.float64
        np.testing.assert_allclose(np.asarray(result), expected, rtol=1e-14)


@pytest.mark.filterwarnings("ignore")
def test_decimals_without_end() -> None:
    np.testing.assert_array_equal(np.round(xp.asarray(MATRIX), 400), np.round(MATRIX, 400))
    with pytest.raises(ScalarRangeError):
        np.round(xp.asarray(MATRIX), 2**70)


@pytest.mark.parametrize("index", [(6,), (0, 0, 0), (2, 0), ()])
def test_an_element_by_its_index(index) -> None:
    x = xp.asarray(MATRIX)
    assert x.item(5) == MATRIX.item(5)
    assert x.item((1, 2)) == x.item(1, 2) == MATRIX.item(1, 2)
    with pytest.raises(OnnxpError):
        x.item(*index)


@pytest.mark.parametrize("count", [2**62, 2**63, -1])
def test_repetitions_without_end(count) -> None:
    with pytest.raises(OnnxpError):
        np.asarray(xp.repeat(xp.arange(3), count))
    with pytest.raises(OnnxpError):
        np.asarray(np.repeat(xp.arange(3), count))


def test_nothing_is_drawn_in_vain() -> None:
    assert len(NAMES) > 0.9 * len(FUNCTIONS)
