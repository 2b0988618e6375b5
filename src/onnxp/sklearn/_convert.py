"""Conversion of fitted estimators: copies whose numpy arrays are replaced by arrays of onnxp."""

from __future__ import annotations

import copy
import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import sklearn

from onnxp._src.api.creation import asarray
from onnxp._src.dtypes import DType, as_dtype
from onnxp._src.graph.name_scopes import NameScope, automatic
from onnxp._src.program.estimators import OUTPUT_NAMES
from onnxp.errors import DTypeError, ScalarRangeError
from onnxp.sklearn import _registry as registry
from onnxp.sklearn._steps import is_estimator
from onnxp.sklearn._steps import running as running_step

_PLAIN = (list, tuple, set, frozenset)
_CONFIG = "_sklearn_output_config"
_NAMES_IN = "feature_names_in_"
NAMES = "_onnxp_output_names"
"""The attribute of a converted transformer for the names of the columns that `set_output` asks for."""
_LEFT = ("scores_", "pvalues_")  # numpy arrays in feature selection (scikit-learn 1.9.1)
_LABELS = ("classes_", "classes")  # labels must not be rounded


def convert_estimator(estimator: Any, dtype: object = None) -> Any:
    """Return a copy of a fitted estimator with arrays of onnxp. The estimator itself does not change.

    The arrays in attributes of the estimator, of estimators and containers in them, and of scikit-learn's
    helper objects are converted; sparse ones become dense. Compiled objects are replaced by the stand-ins
    that `stands_in` has registered. Arrays of other objects than numbers and text are not converted.

    Parameters
    ----------
    estimator : object
        A fitted estimator.
    dtype : dtype, optional
        The dtype for floating-point arrays. Labels, and arrays of estimators that always compute in another
        dtype (`computes_in`), are not cast. By default, no arrays are cast.

    Returns
    -------
    object
        An estimator of the same class. It identifies columns by their positions. Frames that `set_output` asks
        for are traced frames.

    Raises
    ------
    ScalarRangeError
        If a number is too large for `dtype`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from onnxp.sklearn import convert_estimator
    >>> convert_estimator(StandardScaler().fit(np.asarray([[1.0], [3.0]]))).mean_
    Array([2.], dtype=float64)
    """
    return _Conversion(None if dtype is None else as_dtype(dtype)).of(estimator, "")


class _Conversion:
    """A conversion. It remembers converted objects by identity, so shared objects stay shared."""

    def __init__(self, dtype: DType | None) -> None:
        self.dtype = dtype
        self.done: dict[int, Any] = {}

    def of(self, obj: Any, name: str) -> Any:
        """Convert an object, which is the attribute `name` of another one."""
        if id(obj) in self.done:
            return self.done[id(obj)]
        kind = type(obj)
        if not isinstance(obj, np.ndarray | np.generic) and kind.__module__ != "builtins":
            registry.load(kind)
            make = registry.stand_in(obj)
            if make is not None:
                self.done[id(obj)] = make(obj)
                return self.done[id(obj)]
        if isinstance(obj, np.ndarray | np.generic):
            return self.array(obj, name)
        if kind.__module__.startswith("scipy.sparse") and hasattr(obj, "toarray"):
            return self.array(obj.toarray(), name)
        if kind is functools.partial:
            return functools.partial(_late(obj.func), *obj.args, **obj.keywords)
        if kind is dict:
            return {key: self.of(value, name) for key, value in obj.items()}
        if kind is tuple and len(obj) > 1 and _is_step(obj):
            step = self.of(obj[1], name)
            _name_scopes(step, obj[0])
            return (obj[0], step, *(self.of(part, name) for part in obj[2:]))
        if kind in _PLAIN:
            return kind(self.of(part, name) for part in obj)
        if isinstance(obj, tuple) and hasattr(kind, "_make"):  # a named tuple
            return kind._make(self.of(part, name) for part in obj)
        if not _has_arrays_inside(obj):
            return obj
        special = getattr(obj, "__sklearn_array_api_convert__", None)
        if special is not None:
            return special(lambda array: self.of(array, ""))
        result = self.done[id(obj)] = copy.copy(obj)
        outer = self.dtype
        if registry.own_dtype(kind) is not None:
            self.dtype = None
        names = _output_names(obj)
        if names is not None:
            vars(result)[NAMES] = names
        for attribute, value in vars(obj).items():
            if attribute == _CONFIG or (attribute == _NAMES_IN and _is_of_sklearn(kind)):
                del vars(result)[attribute]
            elif attribute not in _LEFT:
                if attribute == "transformers_":
                    value = _by_position(value, vars(obj).get("_transformer_to_input_indices", {}))
                vars(result)[attribute] = self.of(value, attribute)
        self.dtype = outer
        return result

    def array(self, array: Any, name: str) -> Any:
        if isinstance(array, np.ma.MaskedArray):
            # the results of a search, which predictions do not use
            return array
        if array.dtype.kind not in "biufc":
            try:
                converted = asarray(array)
            except DTypeError:  # an array of other objects, perhaps of estimators
                return self.objects(array) if array.dtype.kind == "O" and array.ndim else array
            # None among categories is one of them
            return array if converted.dtype.family == "nullable" else converted
        if self.dtype is None or array.dtype.kind != "f" or name in _LABELS:
            return asarray(array)
        result = asarray(array, dtype=self.dtype)
        lost = np.isfinite(array) & ~np.isfinite(np.asarray(result))
        if lost.any():
            raise ScalarRangeError(
                f"the fitted attribute {name} contains {np.asarray(array)[lost].flat[0]}, which does not fit "
                f"{self.dtype}; use dtype=float64"
            )
        return result

    def objects(self, array: Any) -> Any:
        """Convert an array of objects, such as the estimators of gradient boosting."""
        result = np.empty_like(array)
        for place, obj in np.ndenumerate(array):
            result[place] = self.of(obj, "")
        return result


def _late(function: Any) -> Any:
    """Return a function of scikit-learn that is looked up when it is called, since it may be replaced then."""
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    name = getattr(function, "__name__", "")
    if not getattr(module, "__name__", "").startswith("sklearn.") or not hasattr(module, name):
        return function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(module, name)(*args, **kwargs)

    return call


def _by_position(transformers: Any, indices: dict[str, Any]) -> Any:
    """Return the steps of a ColumnTransformer, with the positions of columns instead of names and masks."""
    return [
        (
            name,
            step,
            indices[name][0]
            if np.ndim(columns) == 0 and not isinstance(columns, slice)
            else indices[name],
        )
        if name in indices
        else (name, step, columns)
        for name, step, columns in transformers
    ]


def _output_names(estimator: Any) -> list[str] | None:
    """Return the names of the columns of a transformer's frame, none if unknown; None if it gives an array."""
    settings = getattr(estimator, "_sklearn_output_config", {})
    kind = settings.get("transform", sklearn.get_config()["transform_output"])
    if kind == "default" or not hasattr(estimator, "get_feature_names_out"):
        return None
    try:
        return [str(name) for name in estimator.get_feature_names_out()]
    except Exception:  # such as of a function that does not say what it makes
        return []


# Name scopes of steps


def _is_step(obj: tuple[Any, ...]) -> bool:
    """Return whether a tuple is a named step of a pipeline, a union or a similar estimator."""
    return isinstance(obj[0], str) and is_estimator(obj[1])


def _name_scopes(estimator: Any, name: str) -> None:
    """Make the methods of an estimator record in a name scope with the name of its step."""
    running: list[str] = []
    scope = automatic(name, shared=True)
    for method in OUTPUT_NAMES:
        if callable(getattr(estimator, method, None)):
            vars(estimator)[method] = _scoped(estimator, method, name, scope, running)


def _scoped(
    estimator: Any, method: str, name: str, scope: NameScope, running: list[str]
) -> Callable[..., Any]:
    """Return a method that records in a name scope, and looks up the original in the class at each call."""
    kind = type(estimator)
    of_class = inspect.getattr_static(kind, method, None)
    bound = getattr(estimator, method)
    late = method not in vars(estimator) and of_class is not None

    @functools.wraps(bound)
    def call(*args: Any, **kwargs: Any) -> Any:
        function = bound
        if late:  # it may be replaced now
            function = inspect.getattr_static(kind, method).__get__(estimator, kind)
        if running:  # called by another method of the same estimator
            return function(*args, **kwargs)
        running.append(method)
        try:
            with scope, running_step(name, method) as note:
                result = function(*args, **kwargs)
                note(result)
                return result
        finally:
            running.pop()

    return call


def _is_of_sklearn(kind: type) -> bool:
    """Return whether a class has code of an estimator of scikit-learn, which would compare names of columns."""
    modules = [base.__module__ for base in kind.__mro__]
    general = ("sklearn.base", "sklearn.utils")
    return any(m.startswith("sklearn.") and not m.startswith(general) for m in modules)


def _has_arrays_inside(obj: Any) -> bool:
    """Return whether to convert the attributes of an object: estimators, and scikit-learn's helpers."""
    if isinstance(obj, type) or callable(obj) or not hasattr(obj, "__dict__"):
        return False
    return hasattr(obj, "get_params") or type(obj).__module__.partition(".")[0] == "sklearn"
