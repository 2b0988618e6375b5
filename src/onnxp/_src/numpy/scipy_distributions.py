"""Distributions of scipy, `scipy.stats`, at traced arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.constants import as_constant
from onnxp._src.numpy.dispatch import as_array, has_arrays
from onnxp.errors import NumpyFunctionError

_PROBABILITIES = ("ppf", "isf")
_METHODS = ("cdf", "isf", "logcdf", "logpdf", "logpmf", "logsf", "pdf", "pmf", "ppf", "sf")
Formulas = dict[str, Callable[..., Any]]


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
FORMULAS: dict[str, Formulas] = {
    "expon": _EXPON,
    "laplace": _LAPLACE,
    "logistic": _LOGISTIC,
    "lognorm": _LOGNORM,
    "norm": _NORM,
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
    parameters = [given[name] for name in shapes]
    if method in _PROBABILITIES:
        return formula(array, *parameters) * scale + loc
    z = (array - loc) / scale
    result = formula(z, *parameters)
    if method == "pdf":
        result = result / scale
    elif method == "logpdf":
        result = result - (
            math.log(scale) if isinstance(scale, int | float) else xp().log(as_array(scale))
        )
    return _where(xp().isnan(z), math.nan, result)
