"""numpy's functions of arrays whose first size is not known, and may be 0."""

import linecache

import numpy as np
import pytest

import onnxp as xp

CALLS = """
np.partition(x, 2, axis=-1)
np.argpartition(x, 2, axis=-1)
np.sort(x, axis=0)
np.argsort(x, axis=0, kind='stable')
np.unique(x)
np.unique(x, return_counts=True)
np.median(x, axis=-1)
np.percentile(x, 30, axis=-1)
np.quantile(x, [0.1, 0.2], axis=-1)
np.nanmedian(x, axis=-1)
np.cumsum(x, axis=0)
np.cumprod(x, axis=0)
np.cumsum(x)
np.diff(x, axis=0)
np.diff(x, axis=0, prepend=0)
np.ediff1d(x)
np.gradient(x, axis=-1)
np.trapezoid(x, axis=0)
np.trapezoid(x, axis=-1)
np.roll(x, 1, axis=0)
np.roll(x, 2)
np.rot90(np.atleast_2d(x))
np.flip(x, axis=0)
np.flipud(x)
np.tile(x, 2)
np.repeat(x, 2, axis=0)
np.repeat(x, 2)
np.pad(x, 1)
np.ravel(x)
x.flatten()
x.reshape(-1)
x.reshape(len(x), -1)
np.vstack([x, x])
np.hstack([x, x])
np.dstack([x, x])
np.column_stack([x, x])
np.stack([x, x], axis=-1)
np.concatenate([x, x[:1]])
np.append(x, x)
np.append(x, x, axis=0)
np.insert(x, 0, 1.0, axis=0)
np.delete(x, -1, axis=-1)
np.array_split(x, 4, axis=-1)
np.where(x > 0, x, 0)
np.where(x > 0)
np.nonzero(x)
np.flatnonzero(x > 0)
np.argwhere(x > 0)
np.extract(x > 0, x)
x[x > 0]
np.compress([True, False], x, axis=-1)
np.take(x, [0, 1], axis=-1)
np.take_along_axis(x, np.argsort(x, axis=-1), axis=-1)
np.choose((x > 0).astype(int), [x, -x])
np.select([x > 0, x < -1], [x, 2 * x], 0)
np.searchsorted([-1, 0, 1], x)
np.digitize(x, [-1, 0, 1])
np.histogram(x, bins=4, range=(-2, 2))[0]
np.bincount((np.abs(x) * 3).astype(int).ravel(), minlength=3)
np.interp(x, [-1, 0, 1], [0, 1, 4])
np.clip(x, -1, 1)
np.nan_to_num(x)
np.sign(x)
np.heaviside(x, 0.5)
np.round(x, 1)
np.fix(x)
np.modf(x)
np.maximum.accumulate(x, axis=0)
np.add.reduce(x, axis=0)
np.add.reduceat(x, [0, 1], axis=-1)
np.add.outer(x.ravel(), [1, 2])
np.minimum.reduce(x, axis=-1)
np.logical_and.reduce(x > 0, axis=0)
np.any(x > 0, axis=0)
np.all(x > 0)
np.count_nonzero(x, axis=-1)
np.count_nonzero(x)
np.sum(x)
np.sum(x, axis=0)
np.prod(x, axis=0)
np.mean(x, axis=-1)
np.nansum(x, axis=0)
np.var(x, axis=-1)
np.std(x, axis=-1, ddof=1)
np.average(x, axis=-1, weights=np.arange(1, 1 + x.shape[-1]))
np.linalg.norm(x, axis=-1)
np.linalg.norm(x)
np.ptp(x, axis=-1)
np.dot(x, np.ones(x.shape[-1]))
x @ np.ones((6, 2))
np.inner(x, np.ones(6))
np.outer(x, [1, 2])
np.kron(x, [1, 2])
np.tensordot(x, np.ones((6, 2)), 1)
np.einsum('...i,i->...', x, np.ones(6))
np.vdot(x, x)
np.trace(np.atleast_2d(x))
np.tril(np.atleast_2d(x))
np.triu(np.atleast_2d(x))
np.diag(np.atleast_2d(x))
np.diagonal(np.atleast_2d(x))
np.convolve(x.ravel(), [1, 2])
np.correlate(x.ravel(), [1, 2], 'full')
np.apply_along_axis(np.sum, -1, x)
np.vander(x.ravel(), 3)
np.polyval([1, 2], x)
np.unwrap(x)
np.cov(x, rowvar=False)
np.corrcoef(x, rowvar=False)
np.meshgrid(x.ravel(), [1, 2])
np.indices(x.shape)
np.ones_like(x)
np.full_like(x, 2)
np.zeros(x.shape)
np.arange(len(x))
np.linspace(0, 1, len(x))
np.eye(len(x))
np.identity(len(x))
np.tri(len(x))
np.array(x)
np.asarray(x, dtype=np.float32)
np.atleast_3d(x)
np.expand_dims(x, 0)
np.moveaxis(x, 0, -1)
np.swapaxes(x, 0, -1)
x.T
np.broadcast_to(x, (2, *x.shape))
np.array_equal(x, x)
np.allclose(x, x)
np.isclose(x, 0)
np.isin(x, [0, 1])
np.intersect1d(x, [0.0, 1.0])
np.setdiff1d(x, [0.0])
np.union1d(x, [0.0])
np.fft.fft(x, axis=-1)
np.fft.rfft(x, axis=-1)
np.lib.stride_tricks.sliding_window_view(x, 2, axis=-1)
np.piecewise(x, [x < 0, x >= 0], [-1, 1])
np.angle(x + 1j)
np.real(x + 1j)
np.float_power(x, 2)
np.logaddexp(x, 0)
np.sinc(x)
np.i0(x)
np.lexsort((x.ravel(),))
np.fmod(x, 2)
np.nancumsum(x, axis=0)
np.nanargmax(x, axis=-1)
np.argmax(x, axis=-1)
np.max(x, axis=-1)
np.nanmax(x, axis=-1)
np.max(x, axis=0, initial=0)
np.block([[x], [x]])
np.require(x)
np.isreal(x)
np.unravel_index((x > 9).astype(int), (3, 4))
np.ravel_multi_index(((x > 0).astype(int), (x > 1).astype(int)), (2, 2))
np.nanpercentile(x, 20, axis=-1)
np.histogram_bin_edges(x, 4, range=(0, 1))
np.fliplr(np.atleast_2d(x))
np.cumulative_sum(x, axis=0)
np.matvec(np.ones((2, 6)), x)
np.vecdot(x, x)
np.linalg.vector_norm(x)
np.average(x)
np.nanstd(x, axis=-1)
np.signbit(x)
np.copysign(1, x)
np.divmod(x, 2)
np.floor_divide(x, 0.3)
np.remainder(x, 0.3)
np.hypot(x, 1)
np.arctan2(x, 1)
np.cbrt(x)
np.positive(x)
np.exp2(x)
np.rint(x)
np.nextafter(x, 1)
"""

SHAPES = {"float64[N>=0]": (), "float64[N>=0, 6]": (6,)}


def function_of(call: str):
    """Return a function of x that computes an expression; a tuple of arrays if it is a sequence."""
    source = f"def f(x):\n    return {call}\n"
    linecache.cache[call] = (len(source), None, source.splitlines(True), call)
    scope = {"np": np}
    exec(compile(source, call, "exec"), scope)

    def function(x):
        result = scope["f"](x)
        return tuple(result) if isinstance(result, list | tuple) else result

    return function


def raises(function, x) -> bool:
    try:
        function(x)
    except (ArithmeticError, AttributeError, IndexError, TypeError, ValueError):
        return True
    return False


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of no elements, and of too few
@pytest.mark.parametrize("spec", SHAPES)
@pytest.mark.parametrize("call", CALLS.strip().splitlines())
def test_one_model_serves_no_rows_one_row_and_several(call, spec):
    if "rowvar=False" in call and np.shape(np.cov(np.ones((1, 2)), rowvar=False)) == ():
        pytest.skip("numpy before 2.2 takes one row for one column")
    function = function_of(call)
    samples = [np.random.default_rng(n).normal(size=(n, *SHAPES[spec])) for n in (0, 1, 5)]
    samples = [x for x in samples if not raises(function, x)]
    if not samples:
        pytest.skip("numpy itself refuses arrays of this rank")
    program = xp.trace(function, spec)
    for x in samples:
        expected, result = function(x), program(x)
        if not isinstance(expected, tuple):
            expected, result = (expected,), (result,)
        assert len(result) == len(expected)
        for a, b in zip(result, expected, strict=True):
            assert a.dtype == np.asarray(b).dtype
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (lambda x: np.squeeze(x[None]), r"np.squeeze\(x, axis=0\)"),
        (lambda x: x[None].squeeze(), r"np.squeeze\(x, axis=0\)"),
        (lambda x: np.split(x, 2), "np.array_split"),
    ],
)
def test_what_depends_on_an_unknown_size_says_what_to_write(function, advice):
    with pytest.raises(xp.errors.UnknownSizeError, match=advice):
        xp.trace(function, "float64[N, 6]")
