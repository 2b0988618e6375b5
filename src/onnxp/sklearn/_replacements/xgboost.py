"""Replacements in xgboost: trees, from its own JSON. It compares, adds and transforms in float32."""

from __future__ import annotations

import json
from itertools import pairwise
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
from onnxp.sklearn._trees import leaf_sum, leaves
from onnxp.sklearn._validity import require

computes_in("float32", "xgboost.sklearn:XGBModel")

_COMPILED = "Boosters are compiled (3.2.0, core.py:2729)."
_LOGISTIC = ("binary:logistic", "reg:logistic")
_LOG = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox")
_RAW = (
    "binary:hinge",
    "binary:logitraw",
    "rank:map",
    "rank:ndcg",
    "rank:pairwise",
    "reg:absoluteerror",
    "reg:pseudohubererror",
    "reg:quantileerror",
    "reg:squarederror",
    "reg:squaredlogerror",
)
_SOFTMAX = ("multi:softprob", "multi:softmax")


@replaces("xgboost.sklearn:XGBModel.predict", reason=_COMPILED)
def _predict(
    xp: ModuleType,
    /,
    self: Any,
    X: Any,
    *,
    output_margin: bool = False,
    validate_features: bool = True,
    base_margin: Any = None,
    iteration_range: Any = None,
) -> Any:
    what = f"{type(self).__name__}.predict"
    if base_margin is not None:
        raise EstimatorError(f"{what} cannot be traced with base_margin")
    learner = json.loads(self.get_booster().save_raw("json"))["learner"]
    objective = learner["objective"]["name"]
    if objective not in (*_LOGISTIC, *_LOG, *_RAW, *_SOFTMAX):
        raise EstimatorError(
            f"{what} cannot be traced: the objective {objective!r} is not "
            f"supported; supported are {', '.join(sorted((*_LOGISTIC, *_LOG, *_RAW, *_SOFTMAX)))}"
        )
    booster, forest = _forest(learner)
    data = _data(self, X, forest, what)
    base = _base(learner, objective)
    if booster["name"] == "gblinear":
        margin = _linear(data, np.asarray(forest["weights"], np.float32), base)
    else:
        first, last = self._get_iteration_range(iteration_range)
        margin = _summed(data, forest, booster.get("weight_drop"), base, (first, last), what)
    return flat(margin) if output_margin else _transformed(margin, objective)


def _forest(learner: Any) -> tuple[Any, Any]:
    """Return the booster, and its trees or weights."""
    booster = learner["gradient_booster"]
    return booster, booster.get("gbtree", booster)["model"]  # dart has one inside


def _data(model: Any, X: Any, forest: Any, what: str) -> Array:
    """Return the rows as xgboost has them: in float32, with NaN for what is missing."""
    known = forest.get("cats", {}).get("enc")
    if isinstance(X, Frame) and known:
        X = _coded(X, [_categories(part, what) for part in known], what)
    data = xp.astype(rows(X, what), xp.float32)
    if model.missing is None or np.isnan(model.missing):
        return data
    return xp.where(data == float(np.float32(model.missing)), float("nan"), data)


def _coded(frame: Frame, known: list[list[Any]], what: str) -> Frame:
    """Return a frame with the positions of categories among those of the training rows.

    Others, for which xgboost raises an error, are missing, and their rows are not valid.

    Raises
    ------
    EstimatorError
        If other columns than those of the training rows are categories.
    """
    given = [categories_of(array) is not None for array in frame.arrays]
    if given != [bool(values) for values in known]:
        names = [name for name, of_categories in zip(frame, known, strict=False) if of_categories]
        raise EstimatorError(
            f"{what} was fitted on columns of the dtype category at the places of {names}; give an example "
            "with columns of this dtype there"
        )
    codes = {}
    for name, values in zip(frame, known, strict=True):
        if values:
            column = frame[name]
            places = look_up(column.array, values, np.arange(len(values), dtype=float), np.nan)
            require(~xp.isnan(places) | column.isna().array)
            codes[name] = Column(places)
    return frame.assign(**codes)


def _categories(encoding: Any, what: str) -> list[Any]:
    """Return the categories of a column: a model holds numbers, or the bytes of all texts and their ends."""
    if "offsets" not in encoding:
        return list(encoding["values"])
    content = bytes(byte % 256 for byte in encoding["values"])
    ends = encoding["offsets"]
    if not content.isascii():  # the ends count characters, and some bytes are lost (3.2.0)
        raise EstimatorError(
            f"{what} cannot be traced: the texts of its categories have other characters than those of ASCII, "
            "which xgboost does not save; encode them before, as OrdinalEncoder does, and fit with "
            'feature_types=["c", "q", ...]'
        )
    return [content[start:end].decode() for start, end in pairwise(ends)]


@replaces("xgboost.sklearn:XGBModel.apply", reason=_COMPILED)
def _apply(xp: ModuleType, /, self: Any, X: Any, iteration_range: Any = None) -> Any:
    what = f"{type(self).__name__}.apply"
    _, forest = _forest(json.loads(self.get_booster().save_raw("json"))["learner"])
    if "trees" not in forest:
        raise EstimatorError(f"{what} cannot be traced: {self.booster} has no trees")
    first, last = self._get_iteration_range(iteration_range)
    ends = forest["iteration_indptr"]
    trees = [_tree(tree, what)[0] for tree in forest["trees"][ends[first] : ends[last or -1]]]
    numbers = leaves(_data(self, X, forest, what), trees)
    return xp.astype(numbers, xp.float32)  # in which xgboost gives them


def _base(learner: Any, objective: str) -> np.ndarray[Any, Any]:
    """Return what the sums start from, a number for each column; the file has what it becomes."""
    parameters = learner["learner_model_param"]
    given = json.loads(parameters["base_score"])  # a list from 3.1 on
    base = np.atleast_1d(np.asarray(given, np.float32))
    if objective in _LOGISTIC:
        base = -np.log(np.float32(1) / base - np.float32(1))
    elif objective in _LOG:
        base = np.log(base)
    columns = max(1, int(parameters["num_class"]), int(parameters.get("num_target", 1)))
    return np.broadcast_to(base, (columns,))


def _linear(X: Array, weights: np.ndarray[Any, Any], base: np.ndarray[Any, Any]) -> Array:
    table = weights.reshape(-1, len(base))
    products = xp.where(xp.isnan(X), 0.0, X) @ xp.asarray(table[:-1])
    return products + xp.asarray(table[-1] + base[0])  # for all columns (3.2.0)


def _summed(
    X: Array,
    forest: Any,
    weights: Any,
    base: np.ndarray[Any, Any],
    iterations: tuple[int, int],
    what: str,
) -> Array:
    ends = forest["iteration_indptr"]
    chosen = slice(ends[iterations[0]], ends[iterations[1] or -1])
    groups = len(base)
    of_group: list[list[tuple[Tree, Any]]] = [[] for _ in range(groups)]
    if weights is None:
        weights = np.ones(len(forest["trees"]))
    for tree, group, weight in zip(
        forest["trees"][chosen],
        forest["tree_info"][chosen],
        np.asarray(weights, np.float32)[chosen],
        strict=True,
    ):
        parsed, values = _tree(tree, what)
        for column, held in enumerate(values.T, group):
            of_group[column].append((parsed, held * weight))
    pairs = [pair for stage in zip(*of_group, strict=True) for pair in stage]
    if not pairs:
        return xp.broadcast_to(xp.asarray(base), (X.shape[0], groups))
    trees, held = zip(*pairs, strict=True)
    return leaf_sum(X, trees, held, groups=groups, base=base.tolist(), dtype=xp.float32)


def _tree(dump: Any, what: str) -> tuple[Tree, np.ndarray[Any, Any]]:
    """Return a tree, and what its nodes hold: a column for each number of a leaf."""
    left = np.asarray(dump["left_children"], np.int64)
    right = np.where(left < 0, -1, np.asarray(dump["right_children"], np.int64))
    missing_left = np.asarray(dump["default_left"]).astype(bool)
    threshold = np.asarray(dump["split_conditions"], np.float32)
    values = threshold[:, None]  # of leaves
    width = int(dump["tree_param"]["size_leaf_vector"])
    if width > 1:
        if "leaf_weights" not in dump:
            raise EstimatorError(
                f"{what} cannot be traced: multi_output_tree needs xgboost 3.1 or newer"
            )
        values = np.zeros((len(left), width), np.float32)
        leaf = np.flatnonzero(left < 0)  # the right child is its number
        numbers = np.asarray(dump["right_children"])[leaf]
        values[leaf] = np.asarray(dump["leaf_weights"], np.float32).reshape(-1, width)[numbers]
    members = {}
    for node, first, size in zip(
        dump["categories_nodes"], dump["categories_segments"], dump["categories_sizes"], strict=True
    ):
        # members go right
        members[node] = np.asarray(dump["categories"][first : first + size], np.int64)
        left[node], right[node] = right[node], left[node]
        missing_left[node] = not missing_left[node]
    feature = np.asarray(dump["split_indices"], np.int64)
    tree = Tree(
        left,
        right,
        feature,
        threshold.astype(np.float64),
        missing_left,
        strict=True,
        members=members,
    )
    return tree, values


def _transformed(margin: Array, objective: str) -> Array:
    if objective == "multi:softprob":
        return softmax(margin)
    if objective == "multi:softmax":
        return xp.astype(xp.argmax(margin, axis=1), xp.float32)
    margin = flat(margin)
    if objective in _LOGISTIC:
        return logistic(xp.maximum(margin, xp.asarray(-88.7, dtype=xp.float32)))
    if objective in _LOG:
        return xp.exp(margin)
    if objective == "binary:hinge":
        return xp.astype(margin > 0, xp.float32)
    return margin


# Classifiers


@replaces(
    "xgboost.sklearn:XGBClassifier.predict",
    reason="It fills an array of numpy with as many labels as there are rows (3.2.0, sklearn.py:1864).",
)
def _label(
    xp: ModuleType, /, self: Any, X: Any, *, output_margin: bool = False, **options: Any
) -> Any:
    p = _predict(xp, self, X, output_margin=output_margin, **options)
    if output_margin:
        return p
    if p.ndim > 1 and self.n_classes_ != 2:
        return xp.argmax(p, axis=1)
    if p.ndim > 1:  # several labels
        return xp.astype(p > 0.5, xp.float64)
    if self.objective == "multi:softmax":
        return xp.astype(p, xp.int32)
    return xp.astype(p > 0.5, xp.int64)


@replaces(
    "xgboost.sklearn:XGBClassifier.predict_proba",
    reason="It calls the numpy functions vstack and transpose (3.2.0, sklearn.py:1686).",
)
def _probabilities(xp: ModuleType, /, self: Any, X: Any, *args: Any, **options: Any) -> Any:
    if args:
        return NotImplemented
    if self.objective == "multi:softmax":
        return softmax(_predict(xp, self, X, output_margin=True, **options))
    p = _predict(xp, self, X, **options)
    return p if p.ndim == 2 else both(p)
