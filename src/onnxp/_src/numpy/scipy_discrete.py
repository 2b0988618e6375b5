"""Discrete distributions of scipy, `scipy.stats`, at traced arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.operands import as_array

Formulas = dict[str, Callable[..., Any]]


def _counted(k: Any, most: Any, values: Callable[[Any], Any]) -> Any:
    """Return logarithms at whole numbers from 0 on."""
    fits = (k >= 0) & (k <= most) & (k == xp().floor(k))
    return xp().where(fits, values(xp().where(fits, k, 0.0)), -math.inf)


def _from(least: int, k: Any, below: float, values: Callable[[Any], Any]) -> Any:
    """Return values at whole numbers, and another number below the first one."""
    return xp().where(k < least, below, values(xp().floor(xp().where(k < least, float(least), k))))


def _up_to(n: Any, k: Any, at_least: float, values: Callable[[Any], Any]) -> Any:
    """Return values below `n`, and another number from it on."""
    return xp().where(k < n, values(xp().where(k < n, k, 0.0)), at_least)


def _gammaln(x: Any) -> Any:
    return xp().special.gammaln(as_array(x))


def _log(x: Any) -> Any:
    return xp().log(as_array(x))


def _log1p(x: Any) -> Any:
    return xp().log1p(as_array(x))


_POISSON: Formulas = {
    "pmf": lambda k, mu: xp().exp(_POISSON["logpmf"](k, mu)),
    "logpmf": lambda k, mu: _counted(
        k, math.inf, lambda k: xp().special.xlogy(k, mu) - _gammaln(k + 1) - mu
    ),
    "cdf": lambda k, mu: _from(0, k, 0.0, lambda k: xp().special.pdtr(k, mu)),
    "sf": lambda k, mu: _from(0, k, 1.0, lambda k: xp().special.pdtrc(k, mu)),
}
_BINOM: Formulas = {
    "pmf": lambda k, n, p: xp().exp(_BINOM["logpmf"](k, n, p)),
    "logpmf": lambda k, n, p: _counted(
        k,
        n,
        lambda k: (
            _gammaln(n + 1.0)
            - _gammaln(k + 1)
            - _gammaln(n - k + 1)
            + xp().special.xlogy(k, p)
            + xp().special.xlog1py(n - k, -p)
        ),
    ),
    "cdf": lambda k, n, p: _from(
        0, k, 0.0, lambda k: _up_to(n, k, 1.0, lambda k: xp().special.betaincc(k + 1, n - k, p))
    ),
    "sf": lambda k, n, p: _from(
        0, k, 1.0, lambda k: _up_to(n, k, 0.0, lambda k: xp().special.betainc(k + 1, n - k, p))
    ),
}
_BERNOULLI: Formulas = {
    method: lambda k, p, formula=formula: formula(k, 1, p) for method, formula in _BINOM.items()
}
_NBINOM: Formulas = {
    "pmf": lambda k, n, p: xp().exp(_NBINOM["logpmf"](k, n, p)),
    "logpmf": lambda k, n, p: _counted(
        k,
        math.inf,
        lambda k: (
            _gammaln(n + k)
            - _gammaln(k + 1)
            - _gammaln(n * 1.0)
            + n * _log(p)
            + xp().special.xlog1py(k, -p)
        ),
    ),
    "cdf": lambda k, n, p: _from(0, k, 0.0, lambda k: xp().special.betainc(n, k + 1, p)),
    "sf": lambda k, n, p: _from(0, k, 1.0, lambda k: xp().special.betaincc(n, k + 1, p)),
}
_GEOM: Formulas = {
    "pmf": lambda k, p: xp().exp(_GEOM["logpmf"](k, p)),
    "logpmf": lambda k, p: _counted(
        k - 1, math.inf, lambda k: xp().special.xlog1py(k, -p) + _log(p)
    ),
    "cdf": lambda k, p: _from(1, k, 0.0, lambda k: -xp().expm1(k * _log1p(-p))),
    "sf": lambda k, p: _from(1, k, 1.0, lambda k: xp().exp(k * _log1p(-p))),
    "logsf": lambda k, p: _from(1, k, 0.0, lambda k: k * _log1p(-p)),
}

DISCRETE: dict[str, Formulas] = {
    "bernoulli": _BERNOULLI,
    "binom": _BINOM,
    "geom": _GEOM,
    "nbinom": _NBINOM,
    "poisson": _POISSON,
}
"""Formulas at the number of events."""
