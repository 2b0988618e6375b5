"""Translated functions of scipy.stats on traced arrays: means, ranks, correlation and transformations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

import onnxp as xp
from onnxp.errors import OnnxpError, UnknownSizeError
from tests.helpers.sessions import both
from tests.numpy.test_scipy_linear import check

X = np.random.default_rng(0).uniform(0.1, 2.0, size=(7, 5))
Function = Callable[[Any], Any]

CASES: dict[str, Function] = {
    "boxcox": lambda x: stats.boxcox(x[0], 0.5),
    "false_discovery_control": lambda x: stats.false_discovery_control(x / 2, axis=1),
    "false_discovery_control, by": lambda x: stats.false_discovery_control(x / 2, method="by"),
    "hmean": lambda x: stats.hmean(x, axis=1),
    "hmean, negative": lambda x: stats.hmean(x - 0.5, axis=1, keepdims=True),
    "hmean, weights": lambda x: stats.hmean(x, axis=1, weights=np.arange(1.0, 6)),
    "hmean of all": lambda x: stats.hmean(x, axis=None),
    "pmean": lambda x: stats.pmean(x, -1.5, axis=0),
    "pmean, 0": lambda x: stats.pmean(x, 0, axis=1),
    "rankdata, ordinal": lambda x: stats.rankdata(np.round(x), "ordinal", axis=1),
    "rankdata, min": lambda x: stats.rankdata(np.round(x), "min", axis=0),
    "rankdata, max": lambda x: stats.rankdata(np.round(x), "max", axis=1),
    "rankdata, dense": lambda x: stats.rankdata(np.round(x), "dense", axis=1),
    "rankdata of integers": lambda x: stats.rankdata(np.round(x).astype(int), "dense", axis=1),
    "linregress": lambda x: tuple(stats.linregress(x[:, 0], x[:, 1])),
    "linregress, less": lambda x: stats.linregress(x[:, 0], x[:, 1], alternative="less").pvalue,
    "linregress, offset": lambda x: stats.linregress(x[:, 0], x[:, 1]).intercept_stderr,
    "linregress, constant": lambda x: tuple(stats.linregress(x[:, 0], x[:, 1] * 0))[:2],
    "linregress of two points": lambda x: tuple(stats.linregress(x[0, :2], x[1, :2])),
    "pearsonr": lambda x: tuple(stats.pearsonr(x[:, 0], x[:, 1])),
    "pearsonr, less": lambda x: stats.pearsonr(x[:, 0], x[:, 1], alternative="less").pvalue,
    "pearsonr, greater": lambda x: stats.pearsonr(x[:, 0], x[:, 1], alternative="greater").pvalue,
    "pearsonr, constant": lambda x: tuple(stats.pearsonr(x[:, 0] * 0 + 0.3, x[:, 1])),
    "pointbiserialr": lambda x: tuple(stats.pointbiserialr(x[:, 0] > 1, x[:, 1])),
    "spearmanr": lambda x: tuple(stats.spearmanr(np.round(x[:, 0]), x[:, 1])),
    "spearmanr of columns": lambda x: tuple(stats.spearmanr(x[:, :2], alternative="less")),
    "spearmanr of many": lambda x: tuple(stats.spearmanr(x)),
    "spearmanr of rows": lambda x: tuple(stats.spearmanr(x[:3], x[1:3] ** 2 + x[0], axis=1)),
    "yeojohnson": lambda x: stats.yeojohnson(x[0] - 1, 0.5) + stats.yeojohnson(x[0] - 1, 2.0),
}
NEW = tuple(map(int, __import__("scipy").__version__.split(".")[:2])) >= (1, 15)
if NEW:
    CASES |= {
        "pearsonr of rows": lambda x: tuple(stats.pearsonr(x, x[:, ::-1] ** 2, axis=1)),
        "pearsonr of two points": lambda x: tuple(stats.pearsonr(x[:, :2], x[:, 2:4], axis=1)),
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_functions(name: str) -> None:
    check(CASES[name], X, "float64[N>=5, 5]")


def test_ranks_of_missing_elements_are_missing() -> None:
    x = np.round(X)
    x[1, 2] = np.nan
    check(lambda x: stats.rankdata(x, axis=1), x, "float64[N, 5]")
    program = xp.trace(lambda x: stats.rankdata(x, "min", axis=1), "float64[N, 5]")
    with pytest.raises(OnnxpError):  # scipy has floats for these ranks, but integers for all others
        program(x)


SHAPES = [
    (name, bias, axis)
    for name in ("skew", "kurtosis")
    for bias in (True, False)
    for axis in (0, 1, None)
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "bias", "axis"), SHAPES)
@pytest.mark.parametrize("count", [1, 3, 7])
def test_third_and_fourth_moments(name: str, bias: bool, axis: Any, count: int) -> None:
    x = X[:count].copy()
    x[:, 1] = 0.5

    def function(x: Any) -> Any:
        return (
            getattr(stats, name)(x, axis=axis, bias=bias),
            getattr(stats, name)(x, axis=axis, bias=bias, keepdims=True),
        )

    check(function, x, "float64[N, 5]")


ROWS: dict[str, Function] = {
    "logsumexp": lambda x: special.logsumexp(x, axis=1),
    "logsumexp, kept": lambda x: x - special.logsumexp(x, axis=-1, keepdims=True),
    "logsumexp, weights": lambda x: special.logsumexp(x, axis=-1, b=np.arange(1.0, 6.0)),
    "zscore": lambda x: stats.zscore(x, axis=1, ddof=1),
    "entropy": lambda x: stats.entropy(x, axis=1),
    "gmean": lambda x: stats.gmean(x, axis=1),
    "iqr": lambda x: stats.iqr(x, axis=1),
    "median_abs_deviation": lambda x: stats.median_abs_deviation(x, axis=1),
    "trim_mean": lambda x: stats.trim_mean(x, 0.25, axis=1),
    "sem": lambda x: stats.sem(x, axis=1),
    "ttest_1samp": lambda x: stats.ttest_1samp(x, 0, axis=1).pvalue,
    "circmean": lambda x: stats.circmean(x, axis=1),
}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("count", [0, 1, 7])
def test_functions_of_each_row_of_any_number_of_rows(name: str, count: int) -> None:
    function, x = ROWS[name], X[:count]
    program = xp.trace(function, "float64[N>=0, 5]")
    assert program.assumptions == ()
    with np.errstate(all="ignore"):
        expected = np.asarray(function(x))
    for result in (program(x), both(program.model).run(None, {"x": x})[0]):
        np.testing.assert_allclose(result, expected, rtol=1e-12, strict=True)


def test_functions_of_all_rows_ask_whether_there_are_some() -> None:
    with pytest.raises(UnknownSizeError, match="N >= 0"):
        xp.trace(lambda x: special.logsumexp(x, axis=0), "float64[N>=0, 5]")


def test_parts_of_a_regression_by_name() -> None:
    def function(x: Any) -> Any:
        slope, intercept, r, p, error = result = stats.linregress(x[:, 0], x[:, 1])
        return slope, intercept, r, p, error, result.intercept_stderr, result.slope

    check(function, X, "float64[N, 5]")


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda x: stats.boxcox(x[0]), "lmbda"),
        (lambda x: stats.yeojohnson(x[0]), "lmbda"),
        (lambda x: stats.hmean(x, nan_policy="omit"), "hmean.*propagate"),
        (lambda x: stats.spearmanr(x, axis=1), "a number for 2 variables"),
        (lambda x: stats.pearsonr(x[0], x[0, :3]), "same size"),
        (lambda x: stats.pearsonr(x[0], x[1], alternative="more"), "more.*greater"),
        (lambda x: stats.rankdata(x, "middle"), "middle.*dense"),
        (lambda x: stats.false_discovery_control(x, method="b"), "'b'.*'by'"),
    ],
)
def test_what_is_not_supported_says_so(function: Function, match: str) -> None:
    with pytest.raises(OnnxpError, match=match):
        xp.trace(function, "float64[N, 5]")


def test_values_outside_0_and_1_fail_as_scipys_do() -> None:
    program = xp.trace(lambda x: stats.false_discovery_control(x), "float64[N]")
    with pytest.raises(OnnxpError):
        program(np.array([0.1, 1.5]))
