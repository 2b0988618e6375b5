"""Replacements in ``sklearn.ensemble``, but for gradient boosting: the trees of a model as one operator."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._host import on_host
from onnxp.sklearn._registry import computes_in, replaces
from onnxp.sklearn._replacements.tree import compiled_trees, flat_values, of_compiled
from onnxp.sklearn._trees import leaf_sum, leaf_values, leaves, paths

for _kind in (
    "_bagging:BaseBagging",
    "_forest:BaseForest",
    "_iforest:IsolationForest",
    "_weight_boosting:BaseWeightBoosting",
):
    computes_in("float64", f"sklearn.ensemble.{_kind}")

_ONE_BY_ONE = "It asks the compiled trees one by one"


# Forests


@replaces(
    "sklearn.ensemble._forest:ForestClassifier.predict_proba",
    reason=f"{_ONE_BY_ONE} (1.9.1, _forest.py:957).",
)
def _forest_probabilities(xp: ModuleType, /, forest: Any, X: Any) -> Any:
    trees = compiled_trees(forest.estimators_)
    if trees is None:
        return NotImplemented
    X = forest._validate_X_predict(X)
    total = leaf_sum(X, [*map(of_compiled, trees)], [*map(flat_values, trees)], mean=True)
    _, outputs, width = trees[0].value.shape
    if outputs == 1:
        return total
    counts = np.asarray(forest.n_classes_)
    return [total[:, k * width : k * width + int(n)] for k, n in enumerate(counts)]


@replaces(
    "sklearn.ensemble._forest:ForestRegressor.predict",
    reason=f"{_ONE_BY_ONE} (1.9.1, _forest.py:1079).",
)
def _forest_prediction(xp: ModuleType, /, forest: Any, X: Any) -> Any:
    trees = compiled_trees(forest.estimators_)
    if trees is None:
        return NotImplemented
    X = forest._validate_X_predict(X)
    total = leaf_sum(X, [*map(of_compiled, trees)], [*map(flat_values, trees)], mean=True)
    return total[:, 0] if total.shape[1] == 1 else total


@replaces(
    "sklearn.ensemble._forest:BaseForest.apply",
    reason=f"{_ONE_BY_ONE} (1.9.1, _forest.py:258).",
)
def _forest_leaves(xp: ModuleType, /, forest: Any, X: Any) -> Any:
    trees = compiled_trees(forest.estimators_)
    if trees is None:
        return NotImplemented
    return leaves(forest._validate_X_predict(X), [*map(of_compiled, trees)])


@replaces(
    "sklearn.ensemble._forest:BaseForest.decision_path",
    reason="It gives a sparse matrix (1.9.1, _forest.py:304); here it is dense, without `n_nodes_ptr`.",
)
def _forest_paths(xp: ModuleType, /, forest: Any, X: Any) -> Any:
    trees = compiled_trees(forest.estimators_)
    if trees is None:
        return NotImplemented
    return paths(forest._validate_X_predict(X), [*map(of_compiled, trees)])


@replaces(
    "sklearn.ensemble._iforest:IsolationForest._compute_chunked_score_samples",
    reason="It goes through the rows in batches, and asks the trees one by one (1.9.1, _iforest.py:584).",
)
def _isolation_scores(xp: ModuleType, /, forest: Any, X: Any) -> Any:
    from sklearn.ensemble._iforest import _average_path_length

    trees = compiled_trees(forest.estimators_)
    if trees is None:
        return NotImplemented
    depths = [
        np.asarray(depth) + np.asarray(length) - 1.0
        for depth, length in zip(
            forest._decision_path_lengths, forest._average_path_length_per_tree, strict=True
        )
    ]
    found = leaf_sum(X, _on_features(trees, forest.estimators_features_), depths)[:, 0]
    with on_host():
        longest = _average_path_length(np.asarray([int(forest._max_samples)]))[0]
    if longest == 0:  # a single row
        return xp.full_like(found, 0.5)
    return 2.0 ** -(found / float(len(trees) * longest))


def _on_features(trees: Sequence[Any], features: Sequence[Any]) -> list[Any]:
    """Return trees that were fitted on some of the columns, as trees of all columns."""
    result = []
    for tree, chosen in zip(map(of_compiled, trees), features, strict=True):
        columns = np.asarray(chosen)
        result.append(tree._replace(feature=columns[np.maximum(tree.feature, 0)]))
    return result


# Bagging


@replaces(
    "sklearn.ensemble._bagging:_parallel_predict_proba",
    reason=f"{_ONE_BY_ONE} (1.9.1, _bagging.py:202).",
)
def _bagging_probabilities(
    xp: ModuleType,
    /,
    estimators: Sequence[Any],
    estimators_features: Sequence[Any],
    X: Any,
    n_classes: int,
    predict_params: Any = None,
    predict_proba_params: Any = None,
) -> Any:
    trees = compiled_trees(estimators)
    if trees is None or any(len(e.classes_) != n_classes for e in estimators):
        return NotImplemented
    on_all = _on_features(trees, estimators_features)
    return leaf_sum(xp.astype(X, xp.float32), on_all, [*map(flat_values, trees)])


@replaces(
    "sklearn.ensemble._bagging:_parallel_predict_regression",
    reason=f"{_ONE_BY_ONE} (1.9.1, _bagging.py:257).",
)
def _bagging_prediction(
    xp: ModuleType,
    /,
    estimators: Sequence[Any],
    estimators_features: Sequence[Any],
    X: Any,
    params: Any,
) -> Any:
    trees = compiled_trees(estimators)
    if trees is None:
        return NotImplemented
    on_all = _on_features(trees, estimators_features)
    total = leaf_sum(xp.astype(X, xp.float32), on_all, [*map(flat_values, trees)])
    return total[:, 0] if total.shape[1] == 1 else total


# AdaBoost


@replaces(
    "sklearn.ensemble._weight_boosting:AdaBoostClassifier.decision_function",
    reason=f"{_ONE_BY_ONE} (1.9.1, _weight_boosting.py:658).",
)
def _adaboost_scores(xp: ModuleType, /, booster: Any, X: Any) -> Any:
    trees = compiled_trees(booster.estimators_)
    count = int(booster.n_classes_)
    if trees is None or count == 1 or any(len(e.classes_) != count for e in booster.estimators_):
        return NotImplemented
    weights = np.asarray(booster.estimator_weights_)
    votes = [
        np.where(
            np.argmax(flat_values(tree), axis=1)[:, None] == np.arange(count),
            w,
            -1 / (count - 1) * w,
        )
        for tree, w in zip(trees, weights, strict=False)
    ]
    X = xp.astype(booster._check_X(X), xp.float32)
    scores = leaf_sum(X, [*map(of_compiled, trees)], votes) / float(weights.sum())
    return scores[:, 1] - scores[:, 0] if count == 2 else scores


@replaces(
    "sklearn.ensemble._weight_boosting:AdaBoostRegressor._get_median_predict",
    reason=f"{_ONE_BY_ONE} (1.9.1, _weight_boosting.py:1148).",
)
def _weighted_median(xp: ModuleType, /, booster: Any, X: Any, limit: int) -> Any:
    estimators = booster.estimators_[:limit]
    trees = compiled_trees(estimators)
    if trees is None:
        return NotImplemented
    X = xp.astype(X, xp.float32)
    held = leaf_values(X, [*map(of_compiled, trees)], [flat_values(tree)[:, 0] for tree in trees])
    predictions = xp.permute_dims(held, (1, 0))
    order = xp.argsort(predictions, axis=1)
    weight = xp.cumulative_sum(xp.take(booster.estimator_weights_, order, axis=0), axis=1)
    median = xp.argmax(xp.astype(weight >= 0.5 * weight[:, -1:], xp.int32), axis=1, keepdims=True)
    chosen = xp.take_along_axis(order, median, axis=1)
    return xp.take_along_axis(predictions, chosen, axis=1)[:, 0]
