"""Distributions of scipy, `scipy.stats`, at traced arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.constants import as_constant
from onnxp._src.numpy.dispatch import has_arrays
from onnxp._src.numpy.operands import as_array
from onnxp._src.numpy.scipy_discrete import DISCRETE, Formulas
from onnxp.errors import NumpyFunctionError

_PROBABILITIES = ("ppf", "isf")
_METHODS = ("cdf", "isf", "logcdf", "logpdf", "logpmf", "logsf", "pdf", "pmf", "ppf", "sf")


def _where(condition: Any, x: Any, y: Any) -> Any:
    return xp().where(condition, x, y)


def _unit(q: Any, values: Any) -> Any:
    return _where((q >= 0) & (q <= 1), values, math.nan)


def _special(name: str) -> Callable[[Any], Any]:
    return lambda z: getattr(xp().special, name)(z)


_NORM: Formulas = {
    "pdf": lambda z: xp().exp(-z * z / 2) / math.sqrt(2 * math.pi),
    "logpdf": lambda z: -z * z / 2 - math.log(math.sqrt(2 * math.pi)),
    "cdf": _special("ndtr"),
    "sf": lambda z: xp().special.ndtr(-z),
    "logcdf": _special("log_ndtr"),
    "logsf": lambda z: xp().special.log_ndtr(-z),
    "ppf": _special("ndtri"),
    "isf": lambda q: -xp().special.ndtri(q),
}
_EXPON: Formulas = {
    "pdf": lambda z: _where(z >= 0, xp().exp(-z), 0.0),
    "logpdf": lambda z: _where(z >= 0, -z, -math.inf),
    "cdf": lambda z: _where(z > 0, -xp().expm1(-z), 0.0),
    "sf": lambda z: _where(z > 0, xp().exp(-z), 1.0),
    "logsf": lambda z: _where(z > 0, -z, 0.0),
    "ppf": lambda q: _unit(q, -xp().log1p(-q)),
    "isf": lambda q: _unit(q, -xp().log(q)),
}
_UNIFORM: Formulas = {
    "pdf": lambda z: _where((z >= 0) & (z <= 1), 1.0, 0.0),
    "cdf": lambda z: xp().clip(z, 0.0, 1.0),
    "sf": lambda z: 1 - xp().clip(z, 0.0, 1.0),
    "ppf": lambda q: _unit(q, q),
    "isf": lambda q: _unit(q, 1 - q),
}
_LOGISTIC: Formulas = {
    "pdf": lambda z: xp().exp(_LOGISTIC["logpdf"](z)),
    "logpdf": lambda z: -abs(z) - 2 * xp().log1p(xp().exp(-abs(z))),
    "cdf": _special("expit"),
    "sf": lambda z: xp().special.expit(-z),
    "logcdf": _special("log_expit"),
    "logsf": lambda z: xp().special.log_expit(-z),
    "ppf": _special("logit"),
    "isf": lambda q: -xp().special.logit(q),
}
_LAPLACE: Formulas = {
    "pdf": lambda z: xp().exp(-abs(z)) / 2,
    "logpdf": lambda z: -abs(z) - math.log(2),
    "cdf": lambda z: _where(z > 0, 1 - xp().exp(-abs(z)) / 2, xp().exp(-abs(z)) / 2),
    "sf": lambda z: _LAPLACE["cdf"](-z),
    "ppf": lambda q: _unit(q, _where(q > 0.5, -xp().log(2 * (1 - q)), xp().log(2 * q))),
    "isf": lambda q: -_LAPLACE["ppf"](q),
}


def _positive(z: Any) -> Any:
    """Return what is positive, and 1 elsewhere."""
    return _where(z > 0, z, 1.0)


_LOGNORM: Formulas = {
    "pdf": lambda z, s: _where(
        z > 0, _NORM["pdf"](xp().log(_positive(z)) / s) / (s * _positive(z)), 0.0
    ),
    "cdf": lambda z, s: _where(z > 0, xp().special.ndtr(xp().log(_positive(z)) / s), 0.0),
    "sf": lambda z, s: _where(z > 0, xp().special.ndtr(-xp().log(_positive(z)) / s), 1.0),
    "ppf": lambda q, s: xp().exp(s * xp().special.ndtri(q)),
    "isf": lambda q, s: xp().exp(-s * xp().special.ndtri(q)),
}
_WEIBULL: Formulas = {
    "pdf": lambda z, c: _where(
        z > 0, c * _positive(z) ** (c - 1) * xp().exp(-(_positive(z) ** c)), 0.0
    ),
    "cdf": lambda z, c: _where(z > 0, -xp().expm1(-(_positive(z) ** c)), 0.0),
    "sf": lambda z, c: _where(z > 0, xp().exp(-(_positive(z) ** c)), 1.0),
    "ppf": lambda q, c: _unit(q, (-xp().log1p(-q)) ** (1 / c)),
}
_CAUCHY: Formulas = {
    "pdf": lambda z: 1 / (math.pi * (1 + z * z)),
    "cdf": lambda z: xp().atan2(xp().ones_like(z), -z) / math.pi,
    "sf": lambda z: xp().atan2(xp().ones_like(z), z) / math.pi,
    "ppf": lambda q: _where(
        (q == 0) | (q == 1),
        xp().copysign(xp().full((), math.inf), q - 0.5),
        _unit(q, xp().tan(math.pi * q - math.pi / 2)),
    ),
}
_GUMBEL: Formulas = {
    "pdf": lambda z: xp().exp(-z - xp().exp(-z)),
    "logpdf": lambda z: -z - xp().exp(-z),
    "cdf": lambda z: xp().exp(-xp().exp(-z)),
    "sf": lambda z: -xp().expm1(-xp().exp(-z)),
    "logcdf": lambda z: -xp().exp(-z),
    "ppf": lambda q: _unit(q, -xp().log(-xp().log(q))),
}
_GAMMA: Formulas = {
    "pdf": lambda z, a: xp().exp(_GAMMA["logpdf"](z, a)),
    "logpdf": lambda z, a: _where(
        z > 0, xp().special.xlogy(a - 1.0, _positive(z)) - z - _log_gamma(a), -math.inf
    ),
    "cdf": lambda z, a: _where(z > 0, xp().special.gammainc(a, _positive(z)), 0.0),
    "sf": lambda z, a: _where(z > 0, xp().special.gammaincc(a, _positive(z)), 1.0),
    "ppf": lambda q, a: xp().special.gammaincinv(a, q),
    "isf": lambda q, a: xp().special.gammainccinv(a, q),
}
_CHI2: Formulas = {
    "pdf": lambda z, df: _GAMMA["pdf"](z / 2, df / 2) / 2,
    "logpdf": lambda z, df: _GAMMA["logpdf"](z / 2, df / 2) - math.log(2),
    **{name: lambda z, df, name=name: _GAMMA[name](z / 2, df / 2) for name in ("cdf", "sf")},
    **{name: lambda q, df, name=name: 2 * _GAMMA[name](q, df / 2) for name in _PROBABILITIES},
}


def _inside(z: Any) -> Any:
    return _where((z > 0) & (z < 1), z, 0.5)


_BETA: Formulas = {
    "pdf": lambda z, a, b: _where(
        (z > 0) & (z < 1),
        xp().exp(
            xp().special.xlog1py(b - 1.0, -_inside(z))
            + xp().special.xlogy(a - 1.0, _inside(z))
            - xp().special.betaln(as_array(a), as_array(b))
        ),
        0.0,
    ),
    "cdf": lambda z, a, b: xp().special.betainc(a, b, xp().clip(z, 0.0, 1.0)),
    "sf": lambda z, a, b: xp().special.betaincc(a, b, xp().clip(z, 0.0, 1.0)),
    "ppf": lambda q, a, b: xp().special.betaincinv(a, b, q),
    "isf": lambda q, a, b: xp().special.betainccinv(a, b, q),
}
_T: Formulas = {
    "pdf": lambda z, df: xp().exp(_T["logpdf"](z, df)),
    "logpdf": lambda z, df: (
        _log_gamma((df + 1) / 2)
        - _log_gamma(df / 2)
        - xp().log(df * math.pi * xp().ones_like(z)) / 2
        - (df + 1) / 2 * xp().log1p(z * z / df)
    ),
    "cdf": lambda z, df: xp().special.stdtr(df, z),
    "sf": lambda z, df: xp().special.stdtr(df, -z),
    "ppf": lambda q, df: xp().special.stdtrit(df, q),
    "isf": lambda q, df: -xp().special.stdtrit(df, q),
}


def _log_gamma(a: Any) -> Any:
    return math.lgamma(a) if isinstance(a, int | float) else xp().special.gammaln(as_array(a))


FORMULAS: dict[str, Formulas] = {
    **DISCRETE,
    "beta": _BETA,
    "cauchy": _CAUCHY,
    "chi2": _CHI2,
    "expon": _EXPON,
    "gamma": _GAMMA,
    "gumbel_r": _GUMBEL,
    "laplace": _LAPLACE,
    "logistic": _LOGISTIC,
    "lognorm": _LOGNORM,
    "norm": _NORM,
    "t": _T,
    "uniform": _UNIFORM,
    "weibull_min": _WEIBULL,
}
"""Formulas at the standardized argument ``(x - loc) / scale``, or of a probability."""


def is_distribution(obj: Any) -> bool:
    """Return whether an object is a distribution of scipy, with its parameters or without."""
    is_frozen = hasattr(obj, "dist") and hasattr(obj, "kwds")
    return type(obj.dist if is_frozen else obj).__module__.startswith("scipy.stats.") and all(
        callable(getattr(obj, name, None)) for name in ("cdf", "ppf")
    )


def attribute(distribution: Any, name: str) -> Any:
    """Return an attribute of a distribution, whose methods accept traced arrays."""
    value = getattr(distribution, name)
    return partial(_called, distribution, name) if name in _METHODS else value


def _called(distribution: Any, method: str, x: Any, *args: Any, **kwargs: Any) -> Any:
    if not has_arrays((x, args, kwargs), traced=True):
        return as_constant(getattr(distribution, method)(x, *args, **kwargs))
    if hasattr(distribution, "dist"):
        return compute(distribution.dist, method, x, distribution.args, distribution.kwds)
    return compute(distribution, method, x, args, kwargs)


def compute(
    distribution: Any, method: str, x: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Compute a method of a distribution at a traced array.

    Raises
    ------
    NumpyFunctionError
        If it has no formula here.
    """
    formula = FORMULAS.get(distribution.name, {}).get(method)
    if formula is None and method == "logpdf" and distribution.name in FORMULAS:
        return xp().log(compute(distribution, "pdf", x, args, kwargs))
    if formula is None:
        raise NumpyFunctionError(
            f"scipy.stats.{distribution.name}.{method} is not supported for traced arrays, only methods of "
            f"{', '.join(FORMULAS)}; write its formula with array functions and xp.special"
        )
    shapes = (
        [name.strip() for name in distribution.shapes.split(",")] if distribution.shapes else []
    )
    given = {**dict(zip((*shapes, "loc", "scale"), args, strict=False)), **kwargs}
    loc, scale = given.get("loc", 0), given.get("scale", 1)
    array = xp().astype(as_array(x), xp().float64, copy=False)
    conditions = [
        _is_defined(distribution.name, name, given[name])
        for name in (*shapes, "scale")
        if name in given
    ]
    if False in (condition for condition in conditions if isinstance(condition, bool)):
        return math.nan * sum((as_array(value) * 0.0 for value in given.values()), array)
    parameters = [given[name] for name in shapes]
    if method in _PROBABILITIES:
        result = formula(array, *parameters) * scale + loc
    else:
        z = (array - loc) / scale
        result = formula(z, *parameters)
        if method == "pdf":
            result = result / scale
        elif method == "logpdf":
            result = result - (
                math.log(scale) if isinstance(scale, int | float) else xp().log(as_array(scale))
            )
        result = _where(xp().isnan(z), math.nan, result)
    for condition in conditions:
        if not isinstance(condition, bool):
            result = _where(condition, result, math.nan)
    return result


def _is_defined(distribution: str, name: str, parameter: Any) -> Any:
    """Return whether a distribution has such a parameter: a bool for a number, else for each element."""
    value = float(parameter) if isinstance(parameter, int | float) else as_array(parameter)
    if name == "p":
        least = value > 0 if distribution in ("geom", "nbinom") else value >= 0
        return least & (value <= 1)
    if name == "n" and distribution == "binom":
        return (value >= 0) & (value % 1 == 0)
    return value >= 0 if name == "mu" else value > 0
