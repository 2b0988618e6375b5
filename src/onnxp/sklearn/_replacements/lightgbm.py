"""Replacements in lightgbm: trees, from its own JSON. It compares, adds and transforms in float64.

Thresholds are read from the model's text: JSON has 1e300 for all above, also for inf, which splits NaN from
the rest.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

import onnxp as xp
from onnxp._src.array.array import Array
from onnxp.errors import EstimatorError
from onnxp.sklearn._boosters import both, flat, logistic, rows, softmax
from onnxp.sklearn._categories import categories_of
from onnxp.sklearn._column import Column
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._lookup import look_up
from onnxp.sklearn._registry import computes_in, replaces
from onnxp.sklearn._tree_nodes import Tree
from onnxp.sklearn._trees import LinearLeaf, leaf_sum, linear_leaf_sum

computes_in("float64", "lightgbm.sklearn:LGBMModel")

_ZERO = float(np.float32(1e-35))  # numbers up to it are zero
_RAW = (
    "custom",
    "fair",
    "huber",
    "lambdarank",
    "mape",
    "quantile",
    "rank_xendcg",
    "regression",
    "regression_l1",
)
_LOGISTIC = ("binary", "cross_entropy", "multiclassova")
_LOG = ("gamma", "poisson", "tweedie")
_OTHERS = ("cross_entropy_lambda", "multiclass")


@replaces(
    "lightgbm.sklearn:LGBMModel.predict", reason="Boosters are compiled (4.7.0, basic.py:4821)."
)
def _predict(
    xp: ModuleType,
    /,
    self: Any,
    X: Any,
    raw_score: bool = False,
    start_iteration: int = 0,
    num_iteration: int | None = None,
    pred_leaf: bool = False,
    pred_contrib: bool = False,
    validate_features: bool = False,
    **kwargs: Any,
) -> Any:
    what = f"{type(self).__name__}.predict"
    if pred_leaf or pred_contrib or kwargs:
        raise EstimatorError(f"{what} cannot be traced with pred_leaf, pred_contrib or parameters")
    if self.get_params().get("pred_early_stop"):
        raise EstimatorError(
            f"{what} cannot be traced with pred_early_stop: the number of trees depends on the sums of "
            "earlier trees"
        )
    booster = self.booster_
    if num_iteration is None:
        num_iteration = booster.best_iteration if start_iteration <= 0 else -1
    dump = booster.dump_model(num_iteration=num_iteration, start_iteration=start_iteration)
    objective, *parameters = dump.get("objective", "custom").split()
    if objective not in (*_RAW, *_LOGISTIC, *_LOG, *_OTHERS):
        raise EstimatorError(
            f"{what} cannot be traced: the objective {objective!r} is not "
            f"supported; supported are {', '.join(sorted((*_RAW, *_LOGISTIC, *_LOG, *_OTHERS)))}"
        )
    if isinstance(X, Frame) and dump.get("pandas_categorical"):
        X = _coded(X, dump["pandas_categorical"], what)
    thresholds = _thresholds(
        booster.model_to_string(num_iteration=num_iteration, start_iteration=start_iteration)
    )
    parsed = [
        _Tree(info["tree_structure"], of_tree)
        for info, of_tree in zip(dump["tree_info"], thresholds, strict=True)
    ]
    numbers = xp.astype(rows(X, what), xp.float64)
    data = _prepared(numbers, parsed, what)
    groups = dump["num_tree_per_iteration"]
    trees = [tree.parsed() for tree in parsed]
    leaves = [leaf for tree in parsed for leaf in tree.leaves]
    if any(leaf.columns for leaf in leaves):  # of linear_tree
        numbers = xp.where(xp.abs(numbers) <= _ZERO, 0.0, numbers)
        raw = linear_leaf_sum(data, trees, leaves, numbers, groups=groups)
    else:
        values = [np.asarray([leaf.constant for leaf in tree.leaves]) for tree in parsed]
        raw = leaf_sum(data, trees, values, groups=groups)
    if dump["average_output"]:
        raw = raw / float(len(trees) // groups)
    return flat(raw if raw_score else _transformed(raw, objective, parameters))


def _coded(frame: Frame, known: list[list[Any]], what: str) -> Frame:
    """Return a frame with the positions of categories among those of the training rows, as lightgbm has them.

    Raises
    ------
    EstimatorError
        If other columns than those of the training rows are categories.
    """
    names = [name for name in frame if categories_of(frame[name].array) is not None]
    if len(names) != len(known):
        raise EstimatorError(
            f"{what} was fitted on {len(known)} columns of the dtype category, and gets {len(names)}: give an "
            "example with columns of this dtype"
        )
    places = {
        name: look_up(frame[name].array, values, np.arange(len(values), dtype=float), np.nan)
        for name, values in zip(names, known, strict=True)
    }
    return frame.assign(**{name: Column(place) for name, place in places.items()})


def _thresholds(text: str) -> list[list[float]]:
    """Return the thresholds of each tree, by the numbers of splits, from the text of a model."""
    start = "threshold="
    lines = [line for line in text.split("\n") if line.startswith(start)]
    return [[float(word) for word in line[len(start) :].split()] for line in lines]


class _Tree:
    """A tree as lists that are filled node by node, in the order of depth-first search."""

    def __init__(self, root: Any, thresholds: list[float]) -> None:
        self.left: list[int] = []
        self.right: list[int] = []
        self.feature: list[int] = []
        self.threshold: list[float] = []
        self.missing_left: list[bool] = []
        self.leaves: list[LinearLeaf] = []
        """What each node holds."""
        self.members: dict[int, Any] = {}
        self.zeros: set[int] = set()
        """The features whose zeros are missing values."""
        self.others: set[int] = set()
        """The features whose zeros are not."""
        stack = [(root, -1, self.left)]
        while stack:
            node, parent, side = stack.pop()
            if parent >= 0:
                side[parent] = len(self.left)
            place = self._add(node, thresholds)
            if "left_child" in node:
                stack += [(node["right_child"], place, self.right)]
                stack += [(node["left_child"], place, self.left)]

    def _add(self, node: Any, thresholds: list[float]) -> int:
        place = len(self.left)
        inner = "left_child" in node
        feature = node["split_feature"] if inner else 0
        threshold, missing_left = 0.0, False
        if inner and node["decision_type"] == "==":  # missing values go right
            self.members[place] = np.asarray(str(node["threshold"]).split("||"), np.int64)
        elif inner:
            threshold = _beside_zero(thresholds[node["split_index"]])
            kind = node["missing_type"]
            # without missing values in the training data, NaN is 0
            missing_left = threshold >= 0.0 if kind == "None" else bool(node["default_left"])
            (self.zeros if kind == "Zero" else self.others).add(feature)
        self.left.append(-1)
        self.right.append(-1)
        self.feature.append(feature)
        self.threshold.append(threshold)
        self.missing_left.append(missing_left)
        value = node.get("leaf_value", 0.0)
        self.leaves.append(
            LinearLeaf(
                node.get("leaf_const", value),
                value,
                node.get("leaf_features", ()),
                node.get("leaf_coeff", ()),
            )
        )
        return place

    def parsed(self) -> Tree:
        """Return the tree in the common form."""
        return Tree(
            np.asarray(self.left),
            np.asarray(self.right),
            np.asarray(self.feature),
            np.asarray(self.threshold),
            np.asarray(self.missing_left),
            members=self.members,
        )


def _beside_zero(threshold: float) -> float:
    """Return a threshold that sends all numbers that are taken for zero where zero goes."""
    if -_ZERO <= threshold < 0:
        return float(np.nextafter(-_ZERO, -np.inf))
    return _ZERO if 0 <= threshold < _ZERO else threshold


def _prepared(X: Array, trees: list[_Tree], what: str) -> Array:
    """Return rows whose zeros are NaN where they are missing values, and whose categories are integers."""
    zeros = set().union(*(tree.zeros for tree in trees))
    if zeros & set().union(*(tree.others for tree in trees)):
        raise EstimatorError(
            f"{what} cannot be traced: zeros of a column are missing values in some of the trees only; "
            "fit all with the same zero_as_missing"
        )
    categories = {tree.feature[node] for tree in trees for node in tree.members}
    if not zeros and not categories:
        return X
    columns = []
    for place in range(int(X.shape[1])):
        x = X[:, place]
        if place in categories:
            x = xp.trunc(x)
        elif place in zeros:
            x = xp.where(xp.abs(x) <= _ZERO, float("nan"), x)
        columns.append(x)
    return xp.stack(columns, axis=1)


def _transformed(raw: Array, objective: str, parameters: list[str]) -> Array:
    if objective == "multiclass":
        return softmax(raw)
    if objective in _LOGISTIC:
        named = dict(item.split(":") for item in parameters if ":" in item)
        return logistic(float(named.get("sigmoid", 1)) * raw)
    if objective in _LOG:
        return xp.exp(raw)
    if objective == "cross_entropy_lambda":
        return xp.log1p(xp.exp(raw))
    return xp.sign(raw) * raw * raw if "sqrt" in parameters else raw


# Classifiers


@replaces(
    "lightgbm.sklearn:LGBMClassifier.predict_proba",
    reason="It asserts that it has an array of numpy (4.7.0, sklearn.py:1797).",
)
def _probabilities(
    xp: ModuleType, /, self: Any, X: Any, raw_score: bool = False, **kwargs: Any
) -> Any:
    p = _predict(xp, self, X, raw_score=raw_score, **kwargs)
    return p if raw_score or callable(self.objective_) or p.ndim > 1 else both(p)


@replaces(
    "lightgbm.sklearn:LGBMClassifier.predict",
    reason="It calls the numpy function argmax (4.7.0, sklearn.py:1756).",
)
def _label(xp: ModuleType, /, self: Any, X: Any, raw_score: bool = False, **kwargs: Any) -> Any:
    p = _probabilities(xp, self, X, raw_score=raw_score, **kwargs)
    if raw_score or callable(self.objective_):
        return p
    return xp.take(self.classes_, xp.argmax(p, axis=1), axis=0)
