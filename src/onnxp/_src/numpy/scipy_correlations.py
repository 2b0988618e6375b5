"""Correlations and regressions of two samples, as `scipy.stats` has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.manipulation import ravel
from onnxp._src.numpy.operands import as_float, axis_of, in_common
from onnxp._src.numpy.scipy_statistics import FUNCTIONS as STATISTICS
from onnxp._src.numpy.scipy_statistics import count_of, propagates
from onnxp._src.shapes import dims
from onnxp.errors import ArgumentError, NumpyFunctionError, ShapeError

_ranks = STATISTICS["scipy.stats", "rankdata"]


class SignificanceResult(NamedTuple):
    """What tests return: a statistic and a p-value."""

    statistic: Any
    pvalue: Any


class Line(NamedTuple):
    """The five parts of a linear regression."""

    slope: Any
    intercept: Any
    rvalue: Any
    pvalue: Any
    stderr: Any


class LinregressResult(Line):
    """What `scipy.stats.linregress` returns: five parts, and the error of the intercept as an attribute."""

    intercept_stderr: Any = None


def _tail(cdf: Callable[[Any], Any], statistic: Any, alternative: str, name: str) -> Any:
    """Return p-values of a statistic with a symmetric distribution, from its cumulative function."""
    if alternative == "two-sided":
        return 2.0 * cdf(-xp().abs(statistic))
    if alternative not in ("less", "greater"):
        raise ArgumentError(
            f"scipy.stats.{name}: alternative is {alternative!r}; it may be 'two-sided', 'less' or 'greater'"
        )
    return cdf(statistic if alternative == "less" else -statistic)


def _correlation(x: Any, y: Any) -> Any:
    """Return correlations along the last axis; of constant rows, NaN."""

    def normal(a: Any) -> Any:
        rest = a - xp().mean(a, axis=-1, keepdims=True)
        size = xp().max(xp().abs(rest), axis=-1, keepdims=True)
        scaled = rest / size
        constant = xp().all(a == a[..., :1], axis=-1, keepdims=True)
        length = xp().sqrt(xp().sum(scaled * scaled, axis=-1, keepdims=True))
        return xp().where(constant, xp().nan, scaled / length)

    return xp().clip(xp().sum(normal(x) * normal(y), axis=-1), -1.0, 1.0)


def _paired(name: str, x: Any, y: Any, axis: Any) -> tuple[Any, Any]:
    """Return two samples along the last axis."""
    a, b = in_common(as_float(x), as_float(y))
    if axis is None:
        a, b, axis = ravel(a), ravel(b), -1
    a, b = (xp().moveaxis(z, axis_of(axis, z, name), -1) for z in (a, b))
    sizes = a.shape[-1], b.shape[-1]
    if all(type(n) is int for n in sizes) and sizes[0] != sizes[1]:
        raise ShapeError(
            f"scipy.stats.{name}: x and y must have the same size along axis {axis}, not {sizes[0]} and "
            f"{sizes[1]}"
        )
    return a, b


def _pearsonr(
    x: Any, y: Any, *, alternative: str = "two-sided", method: Any = None, axis: Any = 0
) -> SignificanceResult:
    if method is not None:
        raise NumpyFunctionError(
            "scipy.stats.pearsonr of traced arrays is supported without method: resampling needs random numbers"
        )
    a, b = _paired("pearsonr", x, y, axis)
    r = _correlation(a, b)
    count = count_of(a)
    two = count == 2
    r = xp().where(two, xp().round(r), r)
    shape = xp().where(two, 1.0, count / 2 - 1)
    beta = xp().special.betainc

    def cdf(statistic: Any) -> Any:
        return beta(shape, shape, (1.0 + statistic) / 2)

    p = _tail(cdf, r, alternative, "pearsonr")
    return SignificanceResult(r, xp().where(two & ~xp().isnan(r), 1.0, p))


def _pointbiserialr(x: Any, y: Any, *, axis: Any = 0, **options: Any) -> SignificanceResult:
    for option, value in options.items():
        if value not in ("propagate", False):
            raise NumpyFunctionError(
                f"scipy.stats.pointbiserialr of traced arrays is supported without {option}"
            )
    return _pearsonr(x, y, axis=axis)


def _spearmanr(
    a: Any,
    b: Any = None,
    axis: Any = 0,
    nan_policy: str = "propagate",
    alternative: str = "two-sided",
) -> SignificanceResult:
    propagates("spearmanr", nan_policy)
    samples = [as_float(x) for x in (a, b) if x is not None]
    if axis is None:
        samples, axis = [ravel(x) for x in samples], 0
    place = axis_of(axis, samples[0], "spearmanr")
    if any(x.ndim > 2 for x in samples):
        raise ShapeError("scipy.stats.spearmanr: samples must have rank 1 or 2")
    rows = [xp().moveaxis(x, place, -1) if x.ndim == 2 else x[None, :] for x in samples]
    ranks = _ranks(xp().concat(rows, axis=0), axis=1)
    is_pair = dims.equal(ranks.shape[0], 2)
    if is_pair is None:
        raise NumpyFunctionError(
            f"scipy.stats.spearmanr gives a number for 2 variables and else a matrix, and {ranks.shape[0]} "
            "variables are not known to be either before the model runs: give their number in the spec"
        )
    r = _correlation(ranks[:, None, :], ranks[None, :, :])
    r = r[0, 1] if is_pair else r
    freedom = count_of(ranks) - 2
    t = r * xp().sqrt(xp().maximum(freedom / ((r + 1.0) * (1.0 - r)), 0.0))
    return SignificanceResult(r, _tail(_student(freedom), t, alternative, "spearmanr"))


def _student(freedom: Any) -> Callable[[Any], Any]:
    return lambda t: xp().special.stdtr(freedom, t)


def _linregress(
    x: Any,
    y: Any,
    alternative: str = "two-sided",
    *,
    axis: Any = 0,
    nan_policy: str = "propagate",
    keepdims: bool = False,
) -> LinregressResult:
    propagates("linregress", nan_policy)
    if keepdims:
        raise NumpyFunctionError(
            "scipy.stats.linregress of traced arrays is supported without keepdims"
        )
    a, b = _paired("linregress", x, y, axis)
    count = count_of(a)
    means = [xp().mean(z, axis=-1, keepdims=True) for z in (a, b)]
    u, v = a - means[0], b - means[1]
    xx, xy, yy = (xp().mean(s * t, axis=-1) for s, t in ((u, u), (u, v), (v, v)))
    flat = (xx == 0) | (yy == 0)
    r = xp().clip(xy / xp().sqrt(xp().where(flat, 1.0, xx * yy)), -1.0, 1.0)
    r = xp().where(flat, xp().where(xx == 0, xp().nan, 0.0), r)
    slope = xy / xx
    first, second = (mean[..., 0] for mean in means)
    intercept = second - slope * first
    freedom = count - 2
    tiny = 1e-20
    t = r * xp().sqrt(freedom / ((1.0 - r + tiny) * (1.0 + r + tiny)))
    two = count == 2
    error = xp().where(two, 0.0, xp().sqrt((1.0 - r**2) * yy / xx / freedom))
    p = _tail(_student(xp().where(two, 1.0, freedom)), t, alternative, "linregress")
    p = xp().where(two, xp().where(b[..., 0] == b[..., -1], 1.0, 0.0), p)
    offset_error = xp().where(two, 0.0, error * xp().sqrt(xx + first**2))
    result = LinregressResult(slope, intercept, r, p, error)
    result.intercept_stderr = offset_error
    return result


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("scipy.stats", function.__name__[1:]): function
    for function in (_linregress, _pearsonr, _pointbiserialr, _spearmanr)
}
