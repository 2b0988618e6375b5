"""Distances of scipy, `scipy.spatial.distance`, of traced arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.operands import as_array
from onnxp.errors import NumpyFunctionError, ShapeError


def _euclidean(d: Any, u: Any, v: Any) -> Any:
    return xp().sqrt(xp().sum(d * d, axis=-1))


def _cosine(d: Any, u: Any, v: Any) -> Any:
    norms = xp().sqrt(xp().sum(u * u, axis=-1)) * xp().sqrt(xp().sum(v * v, axis=-1))
    return 1 - xp().sum(u * v, axis=-1) / norms


def _correlation(d: Any, u: Any, v: Any) -> Any:
    u, v = (x - xp().mean(x, axis=-1, keepdims=True) for x in (u, v))
    return _cosine(d, u, v)


def _canberra(d: Any, u: Any, v: Any) -> Any:
    total = abs(u) + abs(v)
    zero = total == 0
    return xp().sum(xp().where(zero, 0.0, abs(d) / xp().where(zero, 1.0, total)), axis=-1)


_METRICS: dict[str, Callable[..., Any]] = {
    "braycurtis": lambda d, u, v: xp().sum(abs(d), axis=-1) / xp().sum(abs(u + v), axis=-1),
    "canberra": _canberra,
    "chebyshev": lambda d, u, v: xp().max(abs(d), axis=-1),
    "cityblock": lambda d, u, v: xp().sum(abs(d), axis=-1),
    "correlation": _correlation,
    "cosine": _cosine,
    "euclidean": _euclidean,
    "hamming": lambda d, u, v: xp().mean(xp().astype(u != v, xp().float64), axis=-1),
    "mahalanobis": lambda d, u, v, VI: xp().sqrt(xp().sum(d @ as_array(VI) * d, axis=-1)),
    "minkowski": lambda d, u, v, p=2: xp().sum(abs(d) ** p, axis=-1) ** (1 / p),
    "seuclidean": lambda d, u, v, V: xp().sqrt(xp().sum(d * d / as_array(V), axis=-1)),
    "sqeuclidean": lambda d, u, v: xp().sum(d * d, axis=-1),
}


def _distance(metric: Any, u: Any, v: Any, options: dict[str, Any]) -> Any:
    if metric not in _METRICS:
        raise NumpyFunctionError(
            f"scipy.spatial.distance: the metric {metric!r} is not supported for traced arrays, only "
            f"{', '.join(_METRICS)}"
        )
    options = {name: value for name, value in options.items() if value is not None}
    try:
        return _METRICS[metric](u - v, u, v, **options)
    except TypeError as error:
        if type(error) is not TypeError:
            raise
        raise NumpyFunctionError(
            f"scipy.spatial.distance: {metric} of traced arrays is not supported with these options: {error}"
        ) from error


def _doubles(obj: Any, rank: int, name: str) -> Any:
    array = as_array(obj)
    if array.ndim != rank:
        raise ShapeError(
            f"scipy.spatial.distance.{name} needs arrays of rank {rank}, not {array.ndim}"
        )
    return xp().astype(array, xp().float64, copy=False)


def cdist(XA: Any, XB: Any, metric: Any = "euclidean", *, out: Any = None, **kwargs: Any) -> Any:
    """Translate `scipy.spatial.distance.cdist`."""
    if out is not None:
        kwargs["out"] = out
    a, b = (_doubles(x, 2, "cdist") for x in (XA, XB))
    return _distance(metric, a[:, None, :], b[None, :, :], kwargs)


def distance_matrix(x: Any, y: Any, p: float = 2, threshold: int = 1000000) -> Any:
    """Translate `scipy.spatial.distance_matrix`."""
    if p == np.inf:
        return cdist(x, y, "chebyshev")
    return cdist(x, y, "euclidean") if p == 2 else cdist(x, y, "minkowski", p=p)


def _of_vectors(metric: str, *names: str) -> Callable[..., Any]:
    def function(u: Any, v: Any, *args: Any, **kwargs: Any) -> Any:
        options = {**dict(zip((*names, "w"), args, strict=False)), **kwargs}
        return _distance(metric, _doubles(u, 1, metric), _doubles(v, 1, metric), options)

    return function


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("scipy.spatial.distance", "cdist"): cdist,
    ("scipy.spatial", "distance_matrix"): distance_matrix,
    **{
        ("scipy.spatial.distance", name): _of_vectors(
            name, *{"minkowski": ("p",), "mahalanobis": ("VI",), "seuclidean": ("V",)}.get(name, ())
        )
        for name in _METRICS
    },
}
"""The translations by the module and the name of a function."""
