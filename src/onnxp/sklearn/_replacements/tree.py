"""Replacements in ``sklearn.tree``: the compiled trees of all estimators but histogram gradient boosting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import onnxp as xp
from onnxp.sklearn._registry import computes_in, stands_in
from onnxp.sklearn._tree_nodes import Tree
from onnxp.sklearn._trees import leaf_sum, leaves, paths

computes_in("float64", "sklearn.tree._classes:BaseDecisionTree")


@stands_in("sklearn.tree._tree:Tree")
class TracedTree:
    """A compiled tree whose methods take traced rows, which are float32 as the compiled ones want them."""

    def __init__(self, tree: Any) -> None:
        self.compiled = tree

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "compiled":  # asked for while it is copied
            raise AttributeError(name)
        return getattr(self.compiled, name)

    def predict(self, X: Any) -> Any:
        """Return the values of the leaves, of shape (rows, classes) or (rows, outputs, classes)."""
        _, outputs, classes = self.compiled.value.shape
        result = leaf_sum(X, [of_compiled(self)], [flat_values(self)])
        return result if outputs == 1 else xp.reshape(result, (X.shape[0], outputs, classes))

    def apply(self, X: Any) -> Any:
        """Return the number of the leaf of each row."""
        return leaves(X, [of_compiled(self)])[:, 0]

    def decision_path(self, X: Any) -> Any:
        """Return which nodes each row passes, as a dense matrix of 0 and 1."""
        return paths(X, [of_compiled(self)])


def of_compiled(tree: TracedTree) -> Tree:
    """Return a tree in the common form."""
    own = tree.compiled
    return Tree(
        own.children_left,
        own.children_right,
        own.feature,
        own.threshold,
        own.missing_go_to_left.astype(bool),
    )


_OWN = (
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "ExtraTreeClassifier",
    "ExtraTreeRegressor",
)


def compiled_trees(estimators: Iterable[Any]) -> list[TracedTree] | None:
    """Return the trees of scikit-learn's own tree estimators, or None if there are others among them."""
    kinds = {type(estimator) for estimator in estimators}
    own = {(f"{kind.__module__}", kind.__qualname__) for kind in kinds}
    if not own <= {("sklearn.tree._classes", name) for name in _OWN}:
        return None
    return [estimator.tree_ for estimator in estimators]


def flat_values(tree: TracedTree) -> np.ndarray[Any, Any]:
    """Return what the nodes hold: a row for each, of all outputs and classes."""
    values: np.ndarray[Any, Any] = tree.compiled.value
    return values.reshape(len(values), -1)
