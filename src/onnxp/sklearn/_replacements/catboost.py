"""Replacements in catboost: trees, from its own JSON. It compares in float32 and adds in float64."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import onnxp as xp
from onnxp._src.array.array import Array
from onnxp.errors import EstimatorError
from onnxp.sklearn._boosters import both, flat, logistic, rows, softmax
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._registry import computes_in, replaces
from onnxp.sklearn._tree_nodes import Tree
from onnxp.sklearn._trees import leaf_sum

computes_in("float64", "catboost.core:CatBoost")

_BINARY = ("CrossEntropy", "Focal", "Logloss")
_EACH = ("MultiClassOneVsAll", "MultiCrossEntropy", "MultiLogloss")  # a probability of its own
_LABELS = ("MultiCrossEntropy", "MultiLogloss")  # several at a time
_NUMBERS = ("RawFormulaVal", "Exponent")
_CLASSES = ("Class", "Probability", "LogProbability")


@replaces("catboost.core:CatBoost._predict", reason="Models are compiled (1.2.10, core.py).")
def _predict(
    xp: ModuleType,
    /,
    self: Any,
    data: Any,
    prediction_type: str,
    ntree_start: int = 0,
    ntree_end: int = 0,
    *args: Any,
    **kwargs: Any,
) -> Any:
    what = f"{type(self).__name__}.predict"
    if ntree_start:
        raise EstimatorError(f"{what} cannot be traced with ntree_start")
    if prediction_type not in (*_NUMBERS, *_CLASSES):
        raise EstimatorError(
            f"{what} cannot be traced for prediction_type={prediction_type!r}, but for "
            f"{', '.join((*_NUMBERS, *_CLASSES))}"
        )
    names = self.feature_names_
    unnamed = [str(i) for i in range(len(names))]
    if isinstance(data, Frame) and names not in (unnamed, list(data.columns)):
        raise EstimatorError(
            f"{what} takes the columns {names} in this order, not {list(data.columns)}; give their dtypes, or "
            "a data frame as example=, in this order"
        )
    model = _dump(self, what)
    raw = _raw(xp.astype(rows(data, what), xp.float32), model, ntree_end, what)
    if prediction_type == "RawFormulaVal":
        return flat(raw)
    if prediction_type == "Exponent":
        return xp.exp(flat(raw))
    loss = model["model_info"]["params"]["loss_function"]["type"]
    if loss not in (*_BINARY, *_EACH, "MultiClass"):
        raise EstimatorError(
            f"{what} cannot be traced: the loss {loss!r} is not supported; "
            f"supported are {', '.join((*_BINARY, *_EACH, 'MultiClass'))}"
        )
    if prediction_type == "Class":
        return _label(self, raw, loss)
    if prediction_type == "LogProbability":
        return _log_probabilities(raw, loss)
    if loss == "MultiClass":
        return softmax(raw)
    return logistic(raw) if loss in _EACH else both(logistic(raw[:, 0]))


@replaces("catboost.core:CatBoost._staged_predict", reason="Models are compiled (1.2.10, core.py).")
def _staged(
    xp: ModuleType,
    /,
    self: Any,
    data: Any,
    prediction_type: str,
    ntree_start: int,
    ntree_end: int,
    eval_period: int,
    *args: Any,
    **kwargs: Any,
) -> Any:
    last = ntree_end or self.tree_count_
    for first in range(ntree_start, last, eval_period):
        end = min(first + eval_period, last)
        yield _predict(xp, self, data, prediction_type, ntree_start, end)


def _dump(model: Any, what: str) -> Any:
    if any(np.isinf(borders).any() for borders in model.get_borders().values()):
        raise EstimatorError(
            f"{what} cannot be traced: a border is infinite, which catboost does not save as JSON (1.2.10); "
            "fit without rows that have -inf"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        model.save_model(str(path), format="json")
        return json.loads(path.read_text(encoding="utf-8"))


def _raw(X: Array, model: Any, count: int, what: str) -> Array:
    """Return the sums of the first trees, or of all if `count` is 0."""
    features = model["features_info"]
    kinds = [name for name in features if name not in ("float_features", "ctrs") and features[name]]
    if kinds:
        raise EstimatorError(
            f"{what} cannot be traced: it was fitted with {' and '.join(kinds)}, whose statistics catboost "
            "looks up by hashes; encode them before, as OrdinalEncoder or TargetEncoder do"
        )
    scale, bias = model["scale_and_bias"]
    floats = {f["feature_index"]: f for f in features["float_features"]}
    if "oblivious_trees" in model:
        pairs = [_oblivious(tree, floats, len(bias)) for tree in model["oblivious_trees"]]
    else:
        pairs = [_tree(tree, floats, len(bias)) for tree in model["trees"]]
    pairs = pairs[: count or None]
    total = leaf_sum(X, [tree for tree, _ in pairs], [values for _, values in pairs])
    return float(scale) * total + xp.asarray(np.asarray(bias, np.float64))


def _oblivious(dump: Any, floats: Any, columns: int) -> tuple[Tree, np.ndarray[Any, Any]]:
    """Return a tree that asks the same of all nodes of a level; the first level is the lowest bit of a leaf."""
    splits = dump["splits"] or []
    depth = len(splits)
    node = np.arange(2 ** (depth + 1) - 1)
    inner = node < 2**depth - 1
    level = np.floor(np.log2(node + 1)).astype(np.int64)
    asked = [*(_split(split, floats) for split in splits), (0, 0.0, False)]  # leaves ask nothing
    feature, threshold, missing_left = (
        np.asarray(column)[level] for column in zip(*asked, strict=True)
    )
    leaf = node[~inner] - (2**depth - 1)
    code = np.zeros_like(leaf)
    for bit in range(depth):
        code |= (leaf >> (depth - 1 - bit) & 1) << bit
    values = np.zeros((len(node), columns))
    values[~inner] = np.asarray(dump["leaf_values"], np.float64).reshape(-1, columns)[code]
    tree = Tree(
        np.where(inner, 2 * node + 1, -1),
        np.where(inner, 2 * node + 2, -1),
        feature,
        threshold,
        missing_left,
    )
    return tree, values


def _tree(dump: Any, floats: Any, columns: int) -> tuple[Tree, np.ndarray[Any, Any]]:
    """Return a tree that grew leaf by leaf or level by level (``grow_policy``)."""
    nodes, children = [dump], [[-1, -1]]
    for place, node in enumerate(nodes):  # which grows
        if "split" in node:
            children[place] = [len(nodes), len(nodes) + 1]
            nodes += [node["left"], node["right"]]
            children += [[-1, -1], [-1, -1]]
    splits = [_split(n["split"], floats) if "split" in n else (0, 0.0, False) for n in nodes]
    feature, threshold, missing_left = (np.asarray(column) for column in zip(*splits, strict=True))
    values = np.zeros((len(nodes), columns))
    for place, node in enumerate(nodes):
        if "split" not in node:
            values[place] = node["value"]
    left, right = np.asarray(children).T
    return Tree(left, right, feature, threshold, missing_left), values


def _split(split: Any, floats: Any) -> tuple[int, float, bool]:
    """Return the column, the border, of which all above go right, and whether NaN goes left."""
    feature = floats[split["float_feature_index"]]
    border = float(np.float32(split["border"]))
    return feature["flat_feature_index"], border, feature["nan_value_treatment"] != "AsTrue"


def _label(model: Any, raw: Array, loss: str) -> Array:
    if loss in _LABELS:
        return xp.astype(raw > 0, xp.int64)
    classes = np.asarray(model.classes_)
    if loss not in _BINARY:
        return xp.take(xp.asarray(classes), xp.argmax(raw, axis=1), axis=0)[:, None]
    threshold = model.get_probability_threshold()
    border = -float(np.log(1 / (0.5 if threshold is None else threshold) - 1))
    return xp.take(xp.asarray(classes), xp.astype(raw[:, 0] > border, xp.int64), axis=0)


def _log_probabilities(raw: Array, loss: str) -> Array:
    if loss == "MultiClass":
        raw = raw - xp.max(raw, axis=1, keepdims=True)
        return raw - xp.log(xp.sum(xp.exp(raw), axis=1, keepdims=True))
    if loss in _EACH:
        return -xp.log1p(xp.exp(-raw))
    return -xp.log1p(xp.exp(xp.concat([raw, -raw], axis=1)))
