"""What is replaced inside scikit-learn while its code is traced, and why.

Each replacement computes what scikit-learn computes, for every number of rows, and takes over for traced
arrays only: other callers, in other threads too, get scikit-learn's own function. What a replacement must
not do is decide by the values at hand, as the function that it replaces does.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement
from types import CellType, ModuleType
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp.sklearn._numpy_namespace import NumpyStandIn


@dataclass(frozen=True)
class Patch:
    """One function or method of scikit-learn to replace.

    Attributes
    ----------
    module, name : str
        Where it is; ``"Class.method"`` for a method.
    reason : str
        What no traced array gets through, with the version and the line where it was seen.
    replacement : callable
        Takes the namespace first, then what the function takes.
    """

    module: str
    name: str
    reason: str
    replacement: Callable[..., Any]


PATCHES: list[Patch] = []


def _replaces(
    module: str, name: str, reason: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(replacement: Callable[..., Any]) -> Callable[..., Any]:
        PATCHES.append(Patch(f"sklearn.{module}", name, reason, replacement))
        return replacement

    return register


# Checks of values, which a model cannot make


@_replaces(
    "metrics.pairwise",
    "additive_chi2_kernel",
    "It raises for negative numbers (1.9.1, pairwise.py:1826); here they give NaN.",
)
def _additive_chi2_kernel(xp: ModuleType, /, X: Any, Y: Any = None) -> Any:
    from sklearn.metrics.pairwise import check_pairwise_arrays

    X, Y = (xp.where(Z < 0, xp.nan, Z) for Z in check_pairwise_arrays(X, Y))
    X, Y = X[:, None, :], Y[None, :, :]
    both = X + Y
    return -xp.sum((X - Y) ** 2 / xp.where(both == 0, 1.0, both), axis=2)


@_replaces(
    "preprocessing._label",
    "LabelEncoder.transform",
    "It raises for labels that it does not know (1.9.1, _encode.py:236); here they give -1.",
)
def _encode_labels(xp: ModuleType, /, encoder: Any, y: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, column_or_1d

    check_is_fitted(encoder)
    known = encoder.classes_
    y = column_or_1d(y, dtype=known.dtype)
    last = known.shape[0] - 1
    places = xp.minimum(xp.searchsorted(known, y), last)
    return xp.where(xp.take(known, places, axis=0) == y, places, -1)


@_replaces(
    "preprocessing._label",
    "LabelEncoder.inverse_transform",
    "It raises for codes out of range (1.9.1, _label.py:171), and so does the model when it runs.",
)
def _decode_labels(xp: ModuleType, /, encoder: Any, y: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, column_or_1d

    check_is_fitted(encoder)
    y = column_or_1d(y)
    count = encoder.classes_.shape[0]
    return xp.take(encoder.classes_, xp.where(y < 0, count, y), axis=0)


# Branches on values


@_replaces(
    "preprocessing._label",
    "LabelBinarizer.transform",
    "It finds out the kind of target from the labels (1.9.1, multiclass.py:441) and goes "
    "through scipy.sparse.",
)
def _binarize_labels(xp: ModuleType, /, binarizer: Any, y: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, column_or_1d

    check_is_fitted(binarizer)
    classes = binarizer.classes_
    columns = (column_or_1d(y)[:, None] == classes[None, :])[:, 1 if classes.shape[0] == 2 else 0 :]
    dtype = y.dtype if xp.isdtype(y.dtype, "signed integer") else xp.int64
    if classes.shape[0] == 1:  # then there is nothing to tell from it
        columns = xp.zeros_like(columns)
    result = xp.where(columns, binarizer.pos_label, binarizer.neg_label)
    return xp.astype(result, dtype)


@_replaces(
    "calibration",
    "_convert_to_logits",
    "It takes scores for probabilities if they look like that (1.9.1, calibration.py:1000).",
)
def _convert_to_logits(xp: ModuleType, /, scores: Any, eps: float = 1e-12) -> Any:
    if scores.ndim == 1 or scores.shape[1] == 1:
        scores = xp.reshape(scores, (-1, 1))
        return xp.concat([-scores, scores], axis=1)
    between = xp.all((scores >= 0) & (scores <= 1))
    total = xp.sum(scores, axis=1)
    are_probabilities = between & xp.all(xp.abs(total - 1.0) <= 1e-8 + 1e-5)
    # of scores below 0 the logarithm is NaN, but then they are not chosen
    return xp.where(are_probabilities, xp.log(scores + eps), scores)


# Sizes as numbers


@_replaces(
    "calibration",
    "_CalibratedClassifier.predict_proba",
    "It makes a numpy array with as many rows as X, even where it does not use it (1.9.1, "
    "calibration.py:810).",
)
def _calibrated_probabilities(xp: ModuleType, /, classifier: Any, X: Any) -> Any:
    from sklearn.utils._response import _get_response_values
    from sklearn.utils.validation import _check_response_method

    methods = ["decision_function", "predict_proba"]
    scores, _ = _get_response_values(classifier.estimator, X, response_method=methods)
    if scores.ndim == 1:
        scores = xp.reshape(scores, (-1, 1))
    chosen = _check_response_method(classifier.estimator, methods).__name__
    if classifier.method == "temperature":
        if scores.shape[1] == 1 and chosen == "predict_proba":
            scores = xp.concat([1 - scores, scores], axis=1)
        result = classifier.calibrators[0].predict(scores)
    else:
        result = _one_against_rest(xp, classifier, scores)
    return xp.where((result > 1.0) & (result <= 1.0 + 1e-5), 1.0, result)


def _one_against_rest(xp: ModuleType, classifier: Any, scores: Any) -> Any:
    count = classifier.classes.shape[0]
    found = [
        calibrator.predict(scores[:, j]) for j, calibrator in enumerate(classifier.calibrators)
    ]
    if count == 2:
        return xp.stack([1.0 - found[0], found[0]], axis=1)
    columns = [xp.zeros_like(found[0])] * count
    known = xp.searchsorted(classifier.classes, classifier.estimator.classes_)
    for place, column in zip(known, found, strict=True):
        columns[int(place)] = column
    result = xp.stack(columns, axis=1)
    total = xp.sum(result, axis=1, keepdims=True)
    return xp.where(total == 0, 1 / count, result / xp.where(total == 0, 1.0, total))


@_replaces(
    "calibration",
    "_SigmoidCalibration.predict",
    "It calls scipy's `expit` (1.9.1, calibration.py:1067).",
)
def _sigmoid(xp: ModuleType, /, calibrator: Any, scores: Any) -> Any:
    return 1.0 / (1.0 + xp.exp(calibrator.a_ * scores + calibrator.b_))


@_replaces(
    "metrics.pairwise",
    "_euclidean_distances_upcast",
    "It goes through the rows in batches, to save memory (1.9.1, pairwise.py:589).",
)
def _euclidean_distances_upcast(
    xp: ModuleType, /, X: Any, XX: Any = None, Y: Any = None, YY: Any = None, batch_size: Any = None
) -> Any:
    X, Y = xp.astype(X, xp.float64), xp.astype(Y, xp.float64)
    XX = xp.sum(X * X, axis=1)[:, None] if XX is None else XX
    YY = xp.sum(Y * Y, axis=1)[None, :] if YY is None else YY
    return xp.astype(-2 * (X @ Y.T) + XX + YY, xp.float32)


@_replaces(
    "metrics.pairwise",
    "manhattan_distances",
    "It goes through the rows in batches (1.9.1, pairwise.py:1115).",
)
def _manhattan_distances(xp: ModuleType, /, X: Any, Y: Any = None) -> Any:
    from sklearn.metrics.pairwise import check_pairwise_arrays

    X, Y = check_pairwise_arrays(X, Y)
    return xp.sum(xp.abs(X[:, None, :] - Y[None, :, :]), axis=2)


@_replaces(
    "utils._array_api",
    "_fill_diagonal",
    "It goes through the diagonal in a loop (1.9.1, _array_api.py:709).",
)
def _fill_diagonal(xp: ModuleType, /, array: Any, value: Any, **_: Any) -> None:
    rows, columns = array.shape
    array[...] = xp.where(xp.eye(rows, columns, dtype=xp.bool), value, array)


@_replaces(
    "metrics.pairwise",
    "pairwise_distances_argmin",
    "It goes through the rows in batches, or through compiled code (1.9.1, _chunking.py:170).",
)
def _nearest(
    xp: ModuleType,
    /,
    X: Any,
    Y: Any,
    *,
    axis: int = 1,
    metric: str = "euclidean",
    metric_kwargs: Any = None,
) -> Any:
    from sklearn.metrics.pairwise import pairwise_distances

    distances = pairwise_distances(X, Y, metric=metric, **(metric_kwargs or {}))
    return xp.argmin(distances, axis=axis)


# Compiled code


@_replaces(
    "cluster._kmeans",
    "_labels_inertia_threadpool_limit",
    "It is Cython (1.9.1, _kmeans.py:799).",
)
def _nearest_centers(
    xp: ModuleType, /, X: Any, sample_weight: Any, centers: Any, *_: Any, **__: Any
) -> Any:
    distances = xp.sum(centers * centers, axis=1) - 2 * (X @ centers.T)
    return xp.astype(xp.argmin(distances, axis=1), xp.int32)


@_replaces(
    "metrics._scorer",
    "_threshold_scores_to_class_labels",
    "It indexes a numpy array by whether scores reach the threshold (1.9.1, _scorer.py:1063).",
)
def _labels_by_threshold(
    xp: ModuleType, /, y_score: Any, threshold: Any, classes: Any, pos_label: Any
) -> Any:
    high = 1 if pos_label is None else int(np.flatnonzero(np.asarray(classes) == pos_label)[0])
    return xp.where(y_score >= threshold, classes[high], classes[1 - high])


@_replaces(
    "impute._base",
    "SimpleImputer.transform",
    "It asks for numpy's kinds of dtypes, and how much is missing (1.9.1, _base.py:383, :680).",
)
def _impute(xp: ModuleType, /, imputer: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(imputer)
    X = validate_data(imputer, X, dtype=[xp.float64, xp.float32], reset=False)
    wanted = imputer.missing_values
    is_missing = xp.isnan(X) if wanted is np.nan or wanted != wanted else wanted == X
    values = np.asarray(imputer.statistics_, float)  # Python objects, of a constant
    filled = xp.where(is_missing, xp.asarray(values, dtype=X.dtype), X)
    if not imputer.keep_empty_features and np.isnan(values).any():
        filled = filled[:, np.flatnonzero(~np.isnan(values))]
    if imputer.add_indicator:
        indicator = xp.take(is_missing, xp.asarray(imputer.indicator_.features_), axis=1)
        filled = xp.concat([filled, xp.astype(indicator, X.dtype)], axis=1)
    return filled


# What runs slowly


@_replaces(
    "preprocessing._polynomial",
    "PolynomialFeatures.transform",
    "It fills columns block by block (1.9.1, _polynomial.py:544): a node for each, and rows "
    "in small pieces. Here the columns are rows until the end, and the products of one degree are one.",
)
def _polynomial_features(xp: ModuleType, /, features: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(features)
    X = validate_data(features, X, dtype=[xp.float64, xp.float32], reset=False)
    chosen = combinations if features.interaction_only else combinations_with_replacement
    found = [xp.ones((1, X.shape[0]), dtype=X.dtype)] if features.include_bias else []
    columns = terms = X.T
    places: dict[tuple[int, ...], int] = {(i,): i for i in range(X.shape[1])}
    for degree in range(1, features._max_degree + 1):
        if degree > 1:
            products = list(chosen(range(X.shape[1]), degree))
            if not products:
                break
            rest = xp.asarray([places[product[1:]] for product in products])
            first = xp.asarray([product[0] for product in products])
            terms = xp.take(terms, rest, axis=0) * xp.take(columns, first, axis=0)
            places = {product: i for i, product in enumerate(products)}
        if degree >= features._min_degree:
            found.append(terms)
    return xp.concat(found, axis=0).T


# Installing them

_LOCK = threading.Lock()
_NUMPY = NumpyStandIn()
_installed: list[tuple[Any, str, Any]] = []  # owner, name, what was there
_users = 0


@contextmanager
def installed() -> Iterator[None]:
    """Have the replacements in place while inside; several threads may be."""
    global _users
    with _LOCK:
        if _users == 0:
            _install()
        _users += 1
    try:
        yield
    finally:
        with _LOCK:
            _users -= 1
            if _users == 0:
                _restore()


def _install() -> None:
    _put(sys.modules["sklearn.utils._array_api"], "_check_array_api_dispatch", _accept)
    modules = [m for name, m in list(sys.modules.items()) if name.startswith("sklearn.")]
    for module in modules:
        if vars(module).get("np") is np:
            _put(module, "np", _NUMPY)
    for patch in PATCHES:
        owner: Any = sys.modules.get(patch.module)  # what is not imported is not used
        *classes, name = patch.name.split(".")
        for part in classes:
            owner = getattr(owner, part, None)
        original = getattr(owner, name, None)
        if original is None:  # in this version it has another name, or there is no need for it
            continue
        inner = _wrapped(original)
        if inner is not None:
            _put(inner, "cell_contents", _for_traced_arrays(inner.cell_contents, patch.replacement))
        elif classes:
            _put(owner, name, _for_traced_arrays(original, patch.replacement))
        else:
            replacement = _for_traced_arrays(original, patch.replacement)
            for module in modules:
                if vars(module).get(name) is original:
                    _put(module, name, replacement)


def _wrapped(function: Callable[..., Any]) -> CellType | None:
    """Return where a function that checks its parameters keeps the one that it calls.

    Replaced there, it is replaced for whoever imported it.
    """
    inner = getattr(function, "__wrapped__", None)
    cells = getattr(function, "__closure__", None) or ()
    return next((cell for cell in cells if inner and cell.cell_contents is inner), None)


def _accept(array_api_dispatch: bool) -> None:
    """Let scikit-learn have its switch on."""
    # It wants SCIPY_ARRAY_API=1 in the environment before scipy is imported, for the sake of scipy's functions.


def _for_traced_arrays(
    original: Callable[..., Any], replacement: Callable[..., Any]
) -> Callable[..., Any]:
    @functools.wraps(original)
    def function(*args: Any, **kwargs: Any) -> Any:
        for obj in (*args, *kwargs.values()):
            if isinstance(obj, Array) and obj.is_traced:
                return replacement(obj.__array_namespace__(), *args, **kwargs)
        return original(*args, **kwargs)

    return function


def _put(owner: Any, name: str, value: Any) -> None:
    _installed.append((owner, name, getattr(owner, name)))
    setattr(owner, name, value)


def _restore() -> None:
    while _installed:
        setattr(*_installed.pop())
