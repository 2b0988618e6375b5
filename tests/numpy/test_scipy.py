"""Functions and distributions of scipy on traced arrays, as users call them."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from scipy import fft, integrate, interpolate, ndimage, signal, spatial, special, stats
from scipy.spatial import distance
from scipy.spatial.distance import cdist
from scipy.stats import norm

import onnxp as xp
from onnxp._src.numpy.scipy_distributions import FORMULAS
from onnxp._src.ops.runtime_bugs import installed_has
from onnxp.errors import NumpyFunctionError, OnnxpError

X = np.random.default_rng(0).uniform(0.1, 2.0, size=(5, 3))
CENTERS = np.random.default_rng(1).uniform(0.1, 2.0, size=(2, 3))
NEW = tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 17)
SPLINE = interpolate.CubicSpline([0.0, 1.0, 3.0], [0.0, 2.0, 1.0])
SLOPES = interpolate.PchipInterpolator(
    [0.5, 1.0, 1.5], [[0.0, 1], [2.0, 1], [1.0, 3]], extrapolate=False
)
EXTENDED = interpolate.interp1d([0.5, 1, 1.5], [1, 4, 2], fill_value="extrapolate")
FROZEN = stats.norm(1.0, 2.0)
TABLE = np.array([10, 20, 30])

BY_SCIPY: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda x: special.softmax(x, axis=1),
    "log_softmax": lambda x: special.log_softmax(x, axis=1),
    "logsumexp": lambda x: special.logsumexp(x, axis=1),
    "logsumexp of weights": lambda x: special.logsumexp(x, axis=1, b=2.0 * TABLE),
    "logsumexp of a list of weights": lambda x: special.logsumexp(x, axis=1, b=[1, -2, 3]),
    "logsumexp with signs": lambda x: special.logsumexp(x, axis=0, b=-1.5, return_sign=True)[1],
    "logsumexp of a list": lambda x: special.logsumexp([x, x + 1.0], axis=0),
    "softmax of a list": lambda x: special.softmax([x, 2.0 * x], axis=0),
    "entropy relative to a list": lambda x: stats.entropy(x, [1, 2, 3], axis=1),
    "entropy relative to an array": lambda x: stats.entropy(x, 1.0 * TABLE, axis=1),
    "gmean of weights": lambda x: stats.gmean(x, axis=1, weights=[1, 2, 3]),
    "betainc of a list": lambda x: special.betainc([1.0, 2.0, 3.0], 2.0, x / 2.5),
    "xlogy": lambda x: special.xlogy(x, x),
    "zscore": lambda x: stats.zscore(x, axis=0),
    "zmap": lambda x: stats.zmap(x, X[:4], axis=0),
    "gmean": lambda x: stats.gmean(x, axis=1),
    "skew": lambda x: stats.skew(x, axis=1),
    "kurtosis": lambda x: stats.kurtosis(x, axis=1),
    "variation": lambda x: stats.variation(x, axis=1),
    "sem": lambda x: stats.sem(x, axis=1),
    "moment": lambda x: stats.moment(x, 2, axis=1),
    "tmean": lambda x: stats.tmean(x, axis=1),
    "betainc": lambda x: special.betainc(x, 2.0 * x, x / 2.5),
    "chdtrc": lambda x: special.chdtrc(2.0 * x, x),
    "gammaincinv": lambda x: special.gammaincinv(x, x / 2.5),
    "polygamma": lambda x: special.polygamma(1, x),
    "stdtr": lambda x: special.stdtr(3.0 * x, x),
    "multigammaln": lambda x: special.multigammaln(x + 1.0, 3),
    "power_divergence": lambda x: stats.power_divergence(x, axis=1).pvalue,
    "ttest_1samp": lambda x: stats.ttest_1samp(x, 0.4, axis=1).pvalue,
    "ttest_rel": lambda x: stats.ttest_rel(x, x[:, ::-1] + 0.1, axis=1).pvalue,
    "ttest_ind": lambda x: stats.ttest_ind(x, x[:, ::-1] ** 2, axis=1).pvalue,
    "bartlett": lambda x: stats.bartlett(x, x[:, ::-1] ** 2, axis=1).pvalue,
    "levene": lambda x: stats.levene(x, x[:, ::-1] ** 2, axis=1).pvalue,
    "fligner": lambda x: stats.fligner(x, x[:, ::-1] ** 2, axis=1).pvalue,
    "quantile": lambda x: stats.quantile(x, 0.3, axis=0) + stats.quantile(x, [0.4], axis=-1)[0],
    "quantiles": lambda x: stats.quantile(x, [0.1, 0.8], axis=1),
    "quantile of rows": lambda x: stats.quantile(x, 0.3, axis=1, keepdims=True),
    "iqr": lambda x: stats.iqr(x, axis=1),
    "trim_mean": lambda x: stats.trim_mean(x, 0.1, axis=1),
    "entropy": lambda x: stats.entropy(x, axis=1),
    "median_abs_deviation": lambda x: stats.median_abs_deviation(x, axis=1),
    "fft": lambda x: np.abs(fft.fft(x, axis=1)),
    "trapezoid": lambda x: integrate.trapezoid(x, axis=1),
    "hilbert": lambda x: np.abs(signal.hilbert(x, axis=1)),
}
"""What scipy computes with functions of the array API."""
TRANSLATED: dict[str, Callable[[Any], Any]] = {
    "expit": lambda x: special.expit(x) + special.ndtr(x),
    "cdist": lambda x: distance.cdist(x, CENTERS),
    "cdist by name": lambda x: TABLE[cdist(x, CENTERS, "sqeuclidean").argmin(axis=1)],
    "distance_matrix": lambda x: (
        spatial.distance_matrix(x, CENTERS) + spatial.distance_matrix(x, CENTERS, 3)
    ),
    **{
        f"cdist {metric}": lambda x, metric=metric: cdist(x, CENTERS, metric)
        for metric in "braycurtis canberra chebyshev cityblock correlation cosine hamming".split()
    },
    "cdist minkowski": lambda x: cdist(x, CENTERS, "minkowski", p=3),
    "cdist mahalanobis": lambda x: cdist(x, CENTERS, metric="mahalanobis", VI=np.eye(3) * 2),
    "cdist seuclidean": lambda x: cdist(x, CENTERS, "seuclidean", V=np.array([1.0, 2, 3])),
    "euclidean": lambda x: distance.euclidean(x[0], CENTERS[0]) + distance.minkowski(x[0], x[0], 3),
    "cosine": lambda x: np.array([distance.cosine(x[0], CENTERS[0]), distance.hamming(x[0], x[0])]),
    "norm.cdf": lambda x: stats.norm.cdf(x) + norm.sf(x, 0.5, scale=2) + norm.logcdf(x),
    "norm.pdf": lambda x: norm.pdf(x, 1, 2) + norm.logpdf(x, loc=1, scale=3) + norm.logsf(x),
    "norm.ppf": lambda x: norm.ppf(x / 2.1, 3) - norm.isf(x / 2.1, scale=4),
    "frozen": lambda x: FROZEN.cdf(x) + stats.norm(loc=2).pdf(x) * FROZEN.mean(),
    "rankdata": lambda x: stats.rankdata(np.round(x), axis=1),
    "inv": lambda x: scipy.linalg.inv(x.T @ x + np.eye(3)) * scipy.linalg.det(x.T @ x),
    "solve": lambda x: scipy.linalg.solve(x.T @ x + np.eye(3), x[0], assume_a="pos"),
    "norm": lambda x: scipy.linalg.norm(x, axis=1),
    "solve_triangular": lambda x: scipy.linalg.solve_triangular(np.tri(3), x.T, lower=True),
    "cho_solve": lambda x: scipy.linalg.cho_solve((np.tri(3) + np.eye(3), True), x.T),
    "CubicSpline": lambda x: SPLINE(x - 1) + SPLINE(x, 1),
    "Pchip": lambda x: SLOPES(x),
    "splines": lambda x: interpolate.CubicSpline([0, 1, 3], [0, 2, 1])(x),
    "interp1d": lambda x: interpolate.interp1d([0, 0.5, 3], [1, 4, 2])(x) + EXTENDED(x),
    "interp1d outside": lambda x: interpolate.interp1d(
        [0.5, 1, 1.5], [1, 4, 2], bounds_error=False, fill_value=(-1, 7)
    )(x),
}


def imported_inside(x: Any) -> Any:
    from scipy.special import softmax
    from scipy.stats import norm as normal

    return softmax(x, axis=1) + normal.cdf(x)


TRANSLATED["imported inside"] = imported_inside


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [*BY_SCIPY, *TRANSLATED])
def test_functions(name: str) -> None:
    if name in BY_SCIPY and not NEW:
        pytest.skip("older versions of scipy support the array API in fewer functions")
    function = {**BY_SCIPY, **TRANSLATED}[name]
    expected = np.asarray(function(X))
    for spec in ("float64[N, 3]", "float64[5, 3]"):
        result = xp.trace(function, spec)(X)
        np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-12)
        assert (result.dtype, result.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(function(X), expected)  # scipy is what it was


SHAPES: dict[str, tuple[float, ...]] = {
    "bernoulli": (0.3,),
    "geom": (0.2,),
    "nbinom": (2.5, 0.3),
    "beta": (2.0, 3.5),
    "binom": (7, 0.3),
    "chi2": (3,),
    "gamma": (2.5,),
    "lognorm": (0.7,),
    "poisson": (2.3,),
    "t": (4,),
    "weibull_min": (1.7,),
}
PLACES = np.concatenate(
    [np.linspace(-3, 6, 19), np.arange(-1, 9), [0.25, 1e-3, 25, np.nan, np.inf, -np.inf]]
)
PROBABILITIES = np.array([0, 1e-6, 0.01, 0.3, 0.5, 0.75, 0.999, 1, -0.1, 1.1, np.nan])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FORMULAS)
def test_distributions(name: str) -> None:
    if name == "weibull_min" and installed_has("small exponentials"):
        pytest.skip("the kernel of Exp gives 5.56e-309 for 0: see the table of errors")
    distribution = getattr(stats, name)
    shapes = SHAPES.get(name, ())
    moved = (*shapes, 0.5, 2.0) if hasattr(distribution, "pdf") else (*shapes, 1)

    def function(x: Any, q: Any) -> Any:
        theirs = getattr(stats, name)
        return [
            getattr(theirs(*arguments), method)(q if method in ("ppf", "isf") else x)
            for method in FORMULAS[name]
            for arguments in (shapes, moved)
        ]

    results = xp.trace(function, "float64[N]", "float64[M]")(PLACES, PROBABILITIES)
    for result, right in zip(results, function(PLACES, PROBABILITIES), strict=True):
        np.testing.assert_allclose(result, right, rtol=1e-8, atol=1e-13)


UNDEFINED: dict[str, list[tuple[float, ...]]] = {
    "bernoulli": [(1.5,)],
    "geom": [(0.0,), (1.5,)],
    "nbinom": [(0.0, 0.3), (2, 0.0)],
    "beta": [(0.0, 1.0), (2.0, -3.5)],
    "binom": [(-1, 0.3), (7, 1.5), (2.5, 0.3)],
    "chi2": [(-3,)],
    "gamma": [(0.0,)],
    "lognorm": [(-0.7,)],
    "poisson": [(-2.3,)],
    "t": [(0.0,)],
    "weibull_min": [(-1.7,)],
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FORMULAS)
def test_parameters_without_a_distribution_give_nan(name: str) -> None:
    """Numbers decide when the function is traced, arrays when the model runs."""
    distribution = getattr(stats, name)
    numbers = [*UNDEFINED.get(name, [])]
    if hasattr(distribution, "pdf"):
        numbers += [(*SHAPES.get(name, ()), 0.5, scale) for scale in (0, -2.0)]
    columns = [tuple(np.array([[number]]) for number in arguments) for arguments in numbers]

    def function(x: Any, q: Any) -> Any:
        theirs = getattr(stats, name)
        return [
            getattr(theirs, method)(q if method in ("ppf", "isf") else x, *arguments)
            for method in FORMULAS[name]
            for arguments in (*numbers, *columns)
        ]

    x, q = np.array([-0.5, 0.25, 3.0]), np.array([0.25, 0.5])
    results = xp.trace(function, "float64[N]", "float64[M]")(x, q)
    for result, right in zip(results, function(x, q), strict=True):
        np.testing.assert_array_equal(result, right)


def test_tests_return_what_scipy_names() -> None:
    x = np.random.default_rng(0).normal(size=(4, 9))
    result = xp.trace(lambda x: stats.ttest_1samp(x, 0.5, axis=1), "float64[N, 9]", strict=True)(x)
    right = stats.ttest_1samp(x, 0.5, axis=1)
    assert (type(result).__name__, result._fields) == ("TtestResult", ("statistic", "pvalue"))
    np.testing.assert_allclose(result.pvalue, right.pvalue, rtol=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda x: cdist(x, CENTERS, "jaccard"), "jaccard.*euclidean"),
        (lambda x: cdist(x, CENTERS, "cosine", w=np.ones(3)), "cosine.*options"),
        (lambda x: stats.nakagami.cdf(x, 2.0), "nakagami.cdf.*xp.special"),
        (lambda x: stats.betabinom(5, 1, 1).pmf(x), "betabinom.pmf"),
        (lambda x: ndimage.gaussian_filter(x, 1), "array functions"),
        (lambda x: interpolate.interp1d([0, 1, 2], [0, 1, 4], kind="quadratic")(x), "functions"),
        (lambda x: signal.find_peaks(x[:, 0]), "array functions"),
        (lambda x: distance.pdist(x), "array functions"),
        (lambda x: special.mathieu_a(x, x), "mathieu_a.*table"),
        (lambda x: stats.quantile(x, 0.5, method="hazen"), r"quantile.*np\.quantile"),
        (lambda x: stats.quantile(x, [0.5, 0.6], axis=0), r"quantile.*np\.quantile"),
    ],
)
def test_what_is_not_supported_says_so(function: Callable[[Any], Any], match: str) -> None:
    with pytest.raises(OnnxpError, match=match):
        xp.trace(function, "float64[N, 3]")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not NEW, reason="older versions support the array API in fewer functions")
@pytest.mark.parametrize(
    "function",
    [
        lambda x: stats.skew(x, axis=1) + stats.kurtosis(x, axis=1),
        lambda x: np.abs(signal.hilbert(x, axis=1)),
        lambda x: stats.zscore(x, axis=1),
    ],
)
def test_integers_are_computed_in_float64(function: Callable[[Any], Any]) -> None:
    x = np.arange(24).reshape(4, 6) ** 2 % 11
    result = xp.trace(function, "int64[N, 6]")(x)
    np.testing.assert_allclose(result, function(x), rtol=1e-9, atol=1e-12)


def test_classes_of_scipy_stay_classes() -> None:
    def function(x: Any) -> Any:
        spline = interpolate.CubicSpline([0, 1, 3], [0, 2, 1])
        assert isinstance(spline, interpolate.CubicSpline)
        assert not isinstance(spline, interpolate.PchipInterpolator)
        return spline(x)

    assert xp.trace(function, "float64[N]")(np.array([1.0])) == 2
    with pytest.raises(OnnxpError):
        xp.trace(lambda x: interpolate.interp1d([0, 1], [0, 1])(x), "float64[N]")(np.array([2.0]))


def test_errors_of_scipy_are_documented_ones() -> None:
    with pytest.raises(NumpyFunctionError, match="softmax"):
        xp.trace(lambda x: special.softmax(x, axis=1, keepdims=True), "float64[N, 3]")


def test_other_threads_and_later_calls_see_scipy_itself() -> None:
    xp.trace(lambda x: stats.norm.cdf(x), "float64[N]")
    assert isinstance(stats.norm, type(norm))
    assert special.softmax([1.0, 1.0]).tolist() == [0.5, 0.5]


def test_an_iterator_needs_no_size() -> None:
    """Libraries ask whether an array is iterable, and numpy's are."""
    assert iter(xp.argument(("N", 3), xp.float64))
    with pytest.raises(OnnxpError, match="N"):
        list(xp.argument(("N", 3), xp.float64))


ROWS = np.random.default_rng(2).uniform(0.1, 2.0, size=(6, 4))
AXES = [
    name
    for name in sorted(dir(stats))
    if inspect.isfunction(function := getattr(stats, name))
    and not name.startswith("_")
    and "axis" in inspect.signature(function).parameters
]


def results_of(result: Any) -> list[Any]:
    """Return the arrays that a function of scipy gives, of what may be an object with attributes."""
    fields = getattr(result, "_fields", ()) or getattr(result, "__dict__", {}).keys()
    parts = [getattr(result, name) for name in fields if not name.startswith("_")]
    parts = parts or (list(result) if isinstance(result, tuple | list) else [result])
    return [x for x in parts if isinstance(x, xp.Array | np.ndarray | np.generic)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", AXES)
def test_statistics_along_an_axis(name: str) -> None:
    """Of arrays whose values scipy cannot see, some of its functions leave the axis to nobody."""
    for axis in (0, 1, None):
        for count in (1, 2):
            samples = [np.round(ROWS, 1), ROWS[::-1] * 1.3 + ROWS][:count]

            def function(*samples: Any, axis: Any = axis) -> list[Any]:
                return results_of(getattr(stats, name)(*samples, axis=axis))

            try:
                expected = function(*samples)
                results = xp.trace(function, *["float64[N, 4]"] * count)(*samples)
            except Exception:  # of scipy, or of a function that is not supported
                continue
            for a, b in zip(expected, results, strict=True):
                np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-12)
                assert np.shape(a) == np.shape(b)


MODES = [
    np.array([[3, 1, 1], [2, 2, 0], [3, 0, 0]]),
    np.array([[np.nan, 1, 1], [np.nan, np.nan, 2], [2, 2, 1]]),
    np.array([2.5]),
    np.array(5, np.int8),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("x", MODES, ids=str)
@pytest.mark.parametrize("options", [{}, {"axis": -1, "keepdims": True}, {"axis": None}], ids=str)
def test_modes(x: np.ndarray, options: dict[str, Any]) -> None:
    program = xp.trace(
        lambda x: tuple(stats.mode(x, **options)), xp.spec(tuple("NM"[: x.ndim]), x.dtype)
    )
    for results in (program(x), program._at_default_options()(x)):
        for a, b in zip(stats.mode(x, **options), results, strict=True):
            np.testing.assert_array_equal(b, a)
            assert (a.dtype, a.shape) == (b.dtype, b.shape)


IMPORTED_LATER = {
    "imported": "from scipy.special import softmax as f; return f(x)",
    "attribute": "import scipy; return scipy.special.softmax(x)",
    "two functions": "import scipy.stats as s; return s.zscore(x) + scipy_special().softmax(x)",
}


@pytest.mark.parametrize("name", IMPORTED_LATER)
def test_scipy_that_a_traced_function_imports_first(name: str):
    """The first trace, which imports modules, gives what the second gives, and leaves scipy as it was."""
    code = f"""
import sys
import numpy as np
import scipy
import onnxp as xp

def scipy_special():
    import scipy.special as s
    return s

def function(x):
    {IMPORTED_LATER[name]}

assert "scipy.special" not in sys.modules and "scipy.stats" not in sys.modules
first = xp.trace(function, "float64[N>=2]")
x = np.arange(3.0)
expected = function(x)
np.testing.assert_allclose(first(x), expected)
np.testing.assert_allclose(xp.trace(function, "float64[N>=2]")(x), expected)
assert type(sys.modules["scipy._lib._array_api"].SCIPY_ARRAY_API).__name__ != "_Switch"
"""
    subprocess.run([sys.executable, "-c", code], check=True)
