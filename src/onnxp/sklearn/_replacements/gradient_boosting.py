"""Replacements in gradient boosting of ``sklearn.ensemble``, by trees and by histograms."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._host import hosted, on_host
from onnxp.sklearn._registry import computes_in, replaces, stands_in
from onnxp.sklearn._replacements.tree import TracedTree, compiled_trees, flat_values, of_compiled
from onnxp.sklearn._tree_nodes import Tree
from onnxp.sklearn._trees import leaf_sum, leaves

computes_in("float64", "sklearn.ensemble._gb:BaseGradientBoosting")
computes_in(
    "float64",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting:BaseHistGradientBoosting",
)


@replaces(
    "sklearn.ensemble._gb:BaseGradientBoosting._raw_predict",
    reason="The stages are compiled code (1.9.1, _gradient_boosting.pyx:168).",
)
def _boosted(xp: ModuleType, /, booster: Any, X: Any) -> Any:
    X = booster.estimators_[0, 0]._validate_X_predict(X, check_input=True)
    base = _constant_start(booster)
    start = booster._raw_predict_init(X) if base is None else None
    return _stages(booster.estimators_, X, booster.learning_rate, base=base, start=start)


@replaces(
    "sklearn.ensemble._gb:BaseGradientBoosting._raw_predict_init",
    reason="It makes as many numbers as there are rows on the host (1.9.1, _gb.py:972).",
)
def _boosting_start(xp: ModuleType, /, booster: Any, X: Any) -> Any:
    base = _constant_start(booster)
    if base is None:
        return NotImplemented
    return xp.broadcast_to(xp.asarray(base), (X.shape[0], len(base))).copy()


@replaces(
    "sklearn.ensemble._gb:_init_raw_predictions",
    reason="It calls `np.clip` with a dtype (1.9.1, _gb.py:126).",
)
def _predicted_start(
    xp: ModuleType, /, X: Any, estimator: Any, loss: Any, use_predict_proba: bool
) -> Any:
    if use_predict_proba:
        start = estimator.predict_proba(X)
        if not loss.is_multiclass:
            start = start[:, 1]
        tiny = float(np.finfo(np.float64).eps)
        start = xp.clip(xp.astype(start, xp.float64), tiny, 1 - tiny)
    else:
        start = xp.astype(estimator.predict(X), xp.float64)
    start = loss.link.link(start)
    return xp.reshape(start, (-1, 1)) if start.ndim == 1 else start


@replaces(
    "sklearn._loss.link:MultinomialLogit.link",
    reason="It calls scipy's `gmean` (1.9.1, link.py:255).",
)
def _multinomial_logit(xp: ModuleType, /, link: Any, y_pred: Any, out: Any = None) -> Any:
    logs = xp.log(y_pred)
    return logs - xp.mean(logs, axis=1, keepdims=True)


@replaces(
    "sklearn._loss.link:LogitLink.inverse",
    reason="It calls scipy's `expit` (1.8.0, link.py:190).",
    versions="<1.9",
)
def _logistic(xp: ModuleType, /, link: Any, raw_prediction: Any, out: Any = None) -> Any:
    return 1.0 / (1.0 + xp.exp(-raw_prediction))


@replaces(
    "sklearn._loss.link:HalfLogitLink.inverse",
    reason="It calls scipy's `expit` (1.8.0, link.py:211).",
    versions="<1.9",
)
def _half_logistic(xp: ModuleType, /, link: Any, raw_prediction: Any, out: Any = None) -> Any:
    return 1.0 / (1.0 + xp.exp(-2.0 * raw_prediction))


@replaces(
    "sklearn._loss.link:LogitLink.link",
    reason="It calls scipy's `logit` (1.8.0, link.py:187).",
    versions="<1.9",
)
def _logit(xp: ModuleType, /, link: Any, y_pred: Any, out: Any = None) -> Any:
    return xp.log(y_pred / (1.0 - y_pred))


@replaces(
    "sklearn.ensemble._gb:BaseGradientBoosting.apply",
    reason="It fills an array of float64 with integers, tree by tree (1.9.1, _gb.py:1135).",
)
def _boosting_leaves(xp: ModuleType, /, booster: Any, X: Any) -> Any:
    trees = compiled_trees(booster.estimators_.ravel())
    assert trees is not None
    X = booster.estimators_[0, 0]._validate_X_predict(X, check_input=True)
    numbers = leaves(X, [*map(_without_missing, trees)])
    return xp.reshape(xp.astype(numbers, xp.float64), (X.shape[0], *booster.estimators_.shape))


@replaces(
    "sklearn.ensemble._gb:GradientBoostingClassifier.staged_predict",
    reason="It removes the axis of one row, too (1.9.1, _gb.py:1672).",
)
def _staged_labels(xp: ModuleType, /, booster: Any, X: Any) -> Any:
    for raw in booster._staged_raw_predict(X):
        codes = (
            xp.astype(raw[:, 0] >= 0, xp.int64)
            if booster.n_classes_ == 2
            else xp.argmax(raw, axis=1)
        )
        yield xp.take(xp.asarray(booster.classes_), codes, axis=0)


@replaces(
    "sklearn.ensemble._gradient_boosting:predict_stage",
    reason="It is Cython (1.9.1, _gradient_boosting.pyx:221).",
)
def _stage(xp: ModuleType, /, estimators: Any, stage: int, X: Any, scale: float, out: Any) -> None:
    out[...] = _stages(estimators[stage : stage + 1], X, scale, start=out)


def _stages(estimators: Any, X: Any, scale: float, *, base: Any = None, start: Any = None) -> Any:
    """Return the sums over stages; from a constant or an array."""
    compiled = compiled_trees(estimators.ravel())
    assert compiled is not None  # gradient boosting makes them itself
    values = [scale * flat_values(tree)[:, 0] for tree in compiled]
    groups = estimators.shape[1]
    trees = [*map(_without_missing, compiled)]
    return leaf_sum(X, trees, values, groups=groups, base=base, start=start)


def _without_missing(tree: TracedTree) -> Tree:
    """Return a tree in the common form; gradient boosting refuses NaN, which may go to any side."""
    own = of_compiled(tree)
    return own._replace(missing_left=np.zeros_like(own.missing_left))


def _constant_start(booster: Any) -> np.ndarray[Any, Any] | None:
    """Return what gradient boosting starts from, if it is the same for all rows: a number for each column."""
    from sklearn.base import is_classifier
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.ensemble._gb import _init_raw_predictions

    init = booster.init_
    if isinstance(init, str):
        return np.zeros(booster.n_trees_per_iteration_)
    if type(init) not in (DummyClassifier, DummyRegressor):
        return None
    if getattr(init, "strategy", "") in ("stratified", "uniform"):  # it draws
        return None
    zeros = np.zeros((1, booster.n_features_in_))
    with on_host():
        start = _init_raw_predictions(zeros, hosted(init), booster._loss, is_classifier(booster))
    row: np.ndarray[Any, Any] = np.asarray(start)[0]
    return row


# Histograms


@stands_in("sklearn.ensemble._hist_gradient_boosting.binning:_BinMapper")
def _unchanged(mapper: Any) -> Any:
    """Leave the host its numbers, which it makes bitsets of."""
    return mapper


@stands_in("sklearn.ensemble._hist_gradient_boosting.predictor:TreePredictor")
class TracedPredictor:
    """A tree whose method takes traced rows."""

    def __init__(self, predictor: Any) -> None:
        self.nodes = predictor.nodes
        self.left_categories = predictor.raw_left_cat_bitsets

    def predict(self, X: Any, known_cat_bitsets: Any, f_idx_map: Any, n_threads: int) -> Any:
        """Return the values of the leaves."""
        tree = self.tree(known_cat_bitsets, f_idx_map)
        return leaf_sum(X, [tree], [self.nodes["value"]])[:, 0]

    def tree(self, known_categories: Any, places: Any) -> Tree:
        """Return the tree in the common form."""
        nodes = self.nodes
        is_leaf = nodes["is_leaf"].astype(bool)
        missing_left = nodes["missing_go_to_left"].astype(bool)
        members = {}
        for node in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~is_leaf).tolist():
            left = _bits(self.left_categories[nodes["bitset_idx"][node]])
            known = _bits(known_categories[places[nodes["feature_idx"][node]]])
            if missing_left[node]:  # unknown categories go where missing values go
                left |= ~known
            members[node] = np.flatnonzero(left)
        return Tree(
            np.where(is_leaf, -1, nodes["left"].astype(np.int64)),
            np.where(is_leaf, -1, nodes["right"].astype(np.int64)),
            nodes["feature_idx"].astype(np.int64),
            nodes["num_threshold"],
            missing_left,
            members=members,
        )


def _bits(words: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the bits of a set as bools, the lowest first."""
    return np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little").astype(bool)


@replaces(
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting:BaseHistGradientBoosting._raw_predict",
    reason="It asks the compiled trees one by one (1.9.1, gradient_boosting.py:1287).",
)
def _boosted_by_histograms(xp: ModuleType, /, booster: Any, X: Any, n_threads: Any = None) -> Any:
    X = booster._preprocess_X(X, reset=False)
    known, places = booster._bin_mapper.make_known_categories_bitsets()
    predictors = [predictor for stage in booster._predictors for predictor in stage]
    values = [predictor.nodes["value"] for predictor in predictors]
    groups = booster.n_trees_per_iteration_
    base = np.broadcast_to(np.asarray(booster._baseline_prediction).ravel(), groups)
    trees = [predictor.tree(known, places) for predictor in predictors]
    return leaf_sum(X, trees, values, groups=groups, base=base.tolist())
