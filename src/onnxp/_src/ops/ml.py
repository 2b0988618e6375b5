"""Operators of the domain ``ai.onnx.ml``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from onnxp._src.dtypes import float32, from_numpy, string
from onnxp._src.graph.record import record
from onnxp._src.graph.values import Attributes, Operator, Value

DOMAIN = "ai.onnx.ml"
Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


class Trees(NamedTuple):
    """The nodes of several trees, one tree after the other; the first node of each is its root.

    Attributes
    ----------
    sizes : array of int
        How many nodes each tree has.
    left, right : array of int
        The children of a node, counted within its tree, and -1 at a leaf.
    feature : array of int
        Which column a node looks at.
    threshold : array of float
        ``x <= threshold`` goes left.
    missing_left : array of bool
        Whether NaN goes left.
    weight : array of float
        What a leaf adds; of TreeEnsembleRegressor also of shape (nodes, columns), a number for each column.
    target : array of int
        Which column of the result a leaf adds to, if it adds one number.
    strict : bool
        Whether ``x < threshold`` goes left, and not ``x <= threshold``.
    """

    sizes: Ints
    left: Ints
    right: Ints
    feature: Ints
    threshold: Floats
    missing_left: Bools
    weight: Floats
    target: Ints
    strict: bool

    @property
    def roots(self) -> Ints:
        """The first node of each tree."""
        return np.cumsum(self.sizes) - self.sizes

    @property
    def root(self) -> Ints:
        """For each node, the root of its tree."""
        return np.repeat(self.roots, self.sizes)


_REGRESSOR = Operator(DOMAIN, "TreeEnsembleRegressor", 3, 4)
_ENSEMBLE = Operator(DOMAIN, "TreeEnsemble", 5, None)
_LESS_EQUAL, _LESS = 0, 1  # of TreeEnsemble


def tree_ensemble_regressor(
    x: Value, trees: Trees, n_targets: int, base: Sequence[float] | None = None
) -> Value:
    """TreeEnsembleRegressor: the sum of the weights of the leaves; float32, also of float64 (up to 1.32.0)."""
    inner = trees.left >= 0
    count = len(inner)
    number = np.arange(count) - trees.root
    tree = np.repeat(np.arange(len(trees.sizes)), trees.sizes)
    branch = b"BRANCH_LT" if trees.strict else b"BRANCH_LEQ"
    leaf = ~inner
    weight, target = trees.weight[leaf], trees.target[leaf]
    of_leaf = np.arange(len(weight))
    if weight.ndim == 2:
        adds = weight != 0
        adds[:, 0] |= ~adds.any(axis=1)  # a leaf has a number
        of_leaf, target = np.nonzero(adds)
        weight = weight[adds]
    attributes: dict[str, Any] = {
        "aggregate_function": b"SUM",
        "n_targets": n_targets,
        "nodes_falsenodeids": np.where(inner, trees.right, 0),
        "nodes_featureids": np.where(inner, trees.feature, 0),
        "nodes_modes": [branch if is_inner else b"LEAF" for is_inner in inner.tolist()],
        "nodes_nodeids": number,
        "nodes_treeids": tree,
        "nodes_truenodeids": np.where(inner, trees.left, 0),
        "post_transform": b"NONE",
        "target_ids": target,
        "target_nodeids": number[leaf][of_leaf],
        "target_treeids": tree[leaf][of_leaf],
    }
    missing = inner & trees.missing_left
    if missing.any():
        attributes["nodes_missing_value_tracks_true"] = missing
    floats = {
        "nodes_values": np.where(inner, trees.threshold, 0).astype(x.dtype.numpy),
        "target_weights": weight.ravel().astype(x.dtype.numpy),
    }
    if base is not None:
        floats["base_values"] = np.asarray(base, x.dtype.numpy)
    if x.dtype is float32:
        attributes |= floats
    else:
        attributes |= {f"{name}_as_tensor": _Tensor(array) for name, array in floats.items()}
    return record(_REGRESSOR, (x,), float32, (x.shape[0], n_targets), _written(attributes))


def tree_ensemble(x: Value, trees: Trees, n_targets: int) -> Value:
    """TreeEnsemble: the sum of the weights of the leaves, in the dtype of `x`; not in onnxruntime 1.20.1."""
    trees = _with_branches(trees)
    inner = trees.left >= 0
    node, leaf = _numbers(trees, inner)
    start = trees.root[inner]
    left, right = trees.left[inner] + start, trees.right[inner] + start
    dtype = x.dtype.numpy
    order = np.argsort(leaf[~inner])
    modes = np.full(len(left), _LESS if trees.strict else _LESS_EQUAL, np.uint8)
    attributes: dict[str, Any] = {
        "aggregate_function": 1,
        "leaf_targetids": trees.target[~inner][order],
        "leaf_weights": _Tensor(trees.weight[~inner][order].astype(dtype)),
        "n_targets": n_targets,
        "nodes_falseleafs": ~inner[right],
        "nodes_falsenodeids": np.where(inner[right], node[right], leaf[right]),
        "nodes_featureids": trees.feature[inner],
        "nodes_modes": _Tensor(modes),
        "nodes_splits": _Tensor(trees.threshold[inner].astype(dtype)),
        "nodes_trueleafs": ~inner[left],
        "nodes_truenodeids": np.where(inner[left], node[left], leaf[left]),
        "tree_roots": node[trees.roots],
    }
    if trees.missing_left[inner].any():
        attributes["nodes_missing_value_tracks_true"] = trees.missing_left[inner]
    return record(_ENSEMBLE, (x,), x.dtype, (x.shape[0], n_targets), _written(attributes))


def _with_branches(trees: Trees) -> Trees:
    """Put a branch before a tree that is a leaf: TreeEnsemble has no other way to write one."""
    bare = trees.left[trees.roots] < 0
    if not bare.any():
        return trees
    at = trees.roots[bare]
    number = {
        "left": 1,
        "right": 1,
        "feature": 0,
        "threshold": 0,
        "missing_left": 0,
        "weight": 0,
        "target": 0,
    }
    columns: dict[str, Any] = {
        name: np.insert(getattr(trees, name), at, value) for name, value in number.items()
    }
    return trees._replace(sizes=trees.sizes + bare, **columns)


def _numbers(trees: Trees, inner: Bools) -> tuple[Ints, Ints]:
    """Return the numbers of branches and of leaves, which count apart.

    onnxruntime 1.23.2 takes a tree for a leaf if the children of its root, a branch and a leaf, have the same
    number; the leaves of such a tree are numbered from the second on.
    """
    node, leaf = np.cumsum(inner) - 1, np.cumsum(~inner) - 1
    roots = trees.roots
    left, right = roots + trees.left[roots], roots + trees.right[roots]
    left_number, right_number = (np.where(inner[at], node[at], leaf[at]) for at in (left, right))
    trapped = np.repeat((inner[left] != inner[right]) & (left_number == right_number), trees.sizes)
    if trapped.any():
        count = np.repeat(np.add.reduceat(~inner, roots), trees.sizes)
        first = np.repeat(np.append(0, np.cumsum(~inner))[roots], trees.sizes)
        leaf = np.where(trapped, first + (leaf - first + 1) % count, leaf)
    return node, leaf


# Attributes


class _Tensor(NamedTuple):
    """An array that an attribute holds as a tensor, not as a list."""

    array: np.ndarray[Any, Any]


_LABEL_ENCODER = Operator(DOMAIN, "LabelEncoder", 2, None)
_LABELS = {"string": "strings", "int64": "int64s", "float32": "floats"}


def label_encoder(x: Value, keys: Any, values: Any, default: Any) -> Value:
    """LabelEncoder: the value of the key that an element is; text, int64 to these and float32."""
    dtype = string if values.dtype.kind == "O" else from_numpy(values.dtype)
    kind = _LABELS[dtype.name]
    attributes = {
        f"default_{kind.removesuffix('s')}": _plain(default),
        f"keys_{_LABELS[x.dtype.name]}": _listed(keys),
        f"values_{kind}": _listed(values),
    }
    return record(_LABEL_ENCODER, (x,), dtype, x.shape, _written(attributes))


def _listed(array: Any) -> Any:
    return [text.encode() for text in array.tolist()] if array.dtype.kind == "O" else array


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode()
    return float(value) if isinstance(value, np.floating) else int(value)


def _written(attributes: dict[str, Any]) -> Attributes:
    return tuple((name, _attribute(name, attributes[name])) for name in sorted(attributes))


def _attribute(name: str, value: Any) -> bytes:
    """Return an ``onnx.AttributeProto`` as bytes, of long lists too in a few milliseconds."""
    from onnx import AttributeProto, numpy_helper

    proto = AttributeProto(name=name)
    if isinstance(value, _Tensor):
        proto.type = AttributeProto.TENSOR
        proto.t.CopyFrom(numpy_helper.from_array(value.array))
    elif isinstance(value, int):
        proto.type, proto.i = AttributeProto.INT, value
    elif isinstance(value, float):
        proto.type, proto.f = AttributeProto.FLOAT, value
    elif isinstance(value, bytes):
        proto.type, proto.s = AttributeProto.STRING, value
    elif isinstance(value, list):
        proto.type = AttributeProto.STRINGS
        proto.strings.extend(value)
    elif value.dtype.kind == "f":
        proto.type = AttributeProto.FLOATS
        proto.floats.extend(value.tolist())
    else:
        proto.type = AttributeProto.INTS
        proto.ints.extend(value.astype(np.int64).tolist())
    return bytes(proto.SerializeToString(deterministic=True))
