"""Fitted estimators with arrays of onnxp in place of numpy's."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp.creation import asarray

_PLAIN = (list, tuple, set, frozenset)
_DROPPED = ("feature_names_in_", "_sklearn_output_config")


def convert_estimator(estimator: Any) -> Any:
    """Return a copy of a fitted estimator whose arrays are onnxp's; the estimator stays as it is.

    Arrays are looked for in the estimator's attributes, in the estimators and containers among them, and
    in scikit-learn's own helper objects. What is not made of numbers stays as it is.

    Parameters
    ----------
    estimator : object
        A fitted estimator.

    Returns
    -------
    object
        Of the same class. It takes arrays by the position of their columns: names of features that
        the estimator was fitted with are left out, and so is what `set_output` asked for.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from onnxp.sklearn import convert_estimator
    >>> convert_estimator(StandardScaler().fit(np.asarray([[1.0], [3.0]]))).mean_
    Array([2.], dtype=float64)
    """
    return _converted(estimator, {})


def _converted(obj: Any, done: dict[int, Any]) -> Any:
    """Convert recursively; `done` has what was met before, by identity, so that sharing is kept."""
    if id(obj) in done:
        return done[id(obj)]
    kind = type(obj)
    if isinstance(obj, np.ndarray | np.generic):
        return _converted_array(obj)
    if kind is dict:
        return {key: _converted(value, done) for key, value in obj.items()}
    if kind in _PLAIN:
        return kind(_converted(part, done) for part in obj)
    if isinstance(obj, type) or not _has_arrays_inside(obj):
        return obj
    special: Callable[..., Any] | None = getattr(obj, "__sklearn_array_api_convert__", None)
    if special is not None:
        return special(lambda array: _converted(array, done))
    result = done[id(obj)] = copy.copy(obj)
    for name, attribute in vars(obj).items():
        if name in _DROPPED:
            del vars(result)[name]
        else:
            vars(result)[name] = _converted(attribute, done)
    return result


def _has_arrays_inside(obj: Any) -> bool:
    """Whether to look at the attributes of an object: an estimator, or a helper of scikit-learn's."""
    if not hasattr(obj, "__dict__") or callable(obj):
        return False
    return hasattr(obj, "get_params") or type(obj).__module__.partition(".")[0] == "sklearn"


def _converted_array(array: Any) -> Any:
    if array.dtype.kind not in "biufc" or isinstance(array, np.ma.MaskedArray):
        return array
    return asarray(array)
