"""Versions of operators: in which versions a node is valid, and its conversion to newer ones.

Most new versions of an operator only add dtypes or attributes, and nodes stay valid. Other changes are handled
by the adapters of onnx, and by rules in this module for nodes that the adapters leave unchanged
although their meaning changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableSequence
from functools import lru_cache
from typing import TYPE_CHECKING

from onnxp._src.dtypes import DType
from onnxp._src.model.messages import copied
from onnxp._src.model.nodes import subgraphs
from onnxp.errors import InlineError

if TYPE_CHECKING:
    from onnx import NodeProto, ValueInfoProto
    from onnx.defs import OpSchema

OLDEST = 7
"""The oldest supported opset. Before it, operators had other rules for broadcasting."""

ML = "ai.onnx.ml"
ML_SHAPES = 3
"""The first version of `ML` with shape inference."""

Types = Mapping[str, "ValueInfoProto"]


@lru_cache(maxsize=4096)
def schema(domain: str, op: str, version: int) -> OpSchema | None:
    """Return the schema of an operator in a version of its domain, or None if onnx has none."""
    from onnx import defs

    try:
        return defs.get_schema(op, version, domain)
    except defs.SchemaError:
        return None


@lru_cache(maxsize=4096)
def history(domain: str, op: str) -> tuple[OpSchema, ...]:
    """Return the schema versions of an operator, oldest first."""
    schemas: list[OpSchema] = []
    version = _newest(domain)
    while version > 0:
        newest = schema(domain, op, version)
        if newest is None:
            break
        schemas.append(newest)
        version = newest.since_version - 1
    return tuple(reversed(schemas))


@lru_cache(maxsize=1)
def known_domains() -> frozenset[str]:
    """Return the domains with schemas in onnx."""
    from onnx import defs

    return frozenset(s.domain for s in defs.get_all_schemas())


@lru_cache(maxsize=64)
def _newest(domain: str) -> int:
    from onnx import defs

    return max(
        [s.since_version for s in defs.get_all_schemas_with_history() if s.domain == domain],
        default=0,
    )


def enum_name(member: object) -> str:
    """Return the name of a member of an enumeration of onnx, whose type differs between releases."""
    return str(member).rpartition(".")[2]


def tensor_type(dtype: DType) -> str:
    """Return the type of tensors of a dtype as schemas write it, such as ``"tensor(float)"``."""
    name = {"float32": "float", "float64": "double"}.get(dtype.name, dtype.name)
    return f"tensor({name})"


def least_version(node: NodeProto, version: int) -> int:
    """Return the lowest version of its domain in which a node of `version` has the same meaning."""
    current = schema(node.domain, node.op_type, version)
    if current is None:
        return version
    if current.domain == ML and current.since_version < ML_SHAPES:
        better = schema(ML, node.op_type, ML_SHAPES)
        if better is not None and stays(node, better):
            return ML_SHAPES
    return int(current.since_version)


def last_version(node: NodeProto, version: int) -> int | None:
    """Return the last version of its domain in which a node of `version` has the same meaning, or None."""
    current = schema(node.domain, node.op_type, version)
    if current is None:
        return version
    since = current.since_version
    rule = _RULES.get(node.op_type) if node.domain == "" else None
    for later in history(node.domain, node.op_type):
        if later.since_version > since:
            ruled = rule is not None and since <= rule[0] < later.since_version
            if ruled or not stays(node, later):
                return int(later.since_version) - 1
    return None


def changes_meaning(op: str, old: int, new: int) -> bool:
    """Return whether nodes that are valid in two opsets mean different things."""
    return op in _RULES and old <= _RULES[op][0] < new


def raise_nodes(
    nodes: MutableSequence[NodeProto],
    before: Mapping[str, int],
    after: Mapping[str, int],
    types: Types,
    owner: str,
) -> None:
    """Convert nodes to other versions of their domains, in place.

    Raises
    ------
    InlineError
        If a node cannot be converted.
    """
    made: list[NodeProto] = []
    for node in nodes:
        for graph in subgraphs(node):
            raise_nodes(graph.node, before, after, types, owner)
        made.extend(_raised(node, before, after, types, owner))
    del nodes[:]
    nodes.extend(made)


def _raised(
    node: NodeProto, before: Mapping[str, int], after: Mapping[str, int], types: Types, owner: str
) -> list[NodeProto]:
    domain = node.domain
    old, new = before.get(domain, 1), after.get(domain, 1)
    source, target = schema(domain, node.op_type, old), schema(domain, node.op_type, new)
    if source is None:
        if old != new:
            raise InlineError(
                f"{owner} uses {domain} in version {old}, but the model needs version {new} of it"
            )
        return [node]
    if target is not None and target.since_version == source.since_version:
        return [node]
    if old > new:
        raise _no_way(node, domain, old, new, owner)
    rule = _RULES.get(node.op_type) if domain == "" else None
    if rule is not None and source.since_version <= rule[0] < new:
        return rule[1](node, old, new, types, owner)
    if target is not None and stays(node, target):
        return [node]
    if domain != "":
        raise _no_way(node, domain, old, new, owner)
    return _adapted(node, old, new, types, owner)


def _no_way(node: NodeProto, domain: str, old: int, new: int, owner: str) -> InlineError:
    where = f"version {old} of {domain}" if domain else f"opset {old}"
    to = f"version {new}" if domain else f"opset {new}"
    return InlineError(
        f"{owner} uses {node.op_type} of {where}, but the outer model needs {to}, in which the operator "
        f"has another meaning, and there is no conversion; export it again for {to}"
    )


def stays(node: NodeProto, target: OpSchema) -> bool:
    """Return whether a node is valid under another schema without changes."""
    from onnx import AttributeProto

    if target.deprecated or not target.min_input <= len(node.input) <= target.max_input:
        return False
    if not target.min_output <= len(node.output) <= target.max_output:
        return False
    attributes = {a.name: AttributeProto.AttributeType.Name(a.type) for a in node.attribute}
    kinds = {name: enum_name(a.type) for name, a in target.attributes.items()}
    needed = {name for name, a in target.attributes.items() if a.required}
    return needed <= attributes.keys() and all(
        kinds.get(name) == kind for name, kind in attributes.items()
    )


def _adapted(node: NodeProto, old: int, new: int, types: Types, owner: str) -> list[NodeProto]:
    """Convert a node by the version converter of onnx."""
    from onnx import TensorProto, helper, version_converter

    info = helper.make_tensor_value_info
    names = dict.fromkeys(name for name in node.input if name)
    inputs = [types.get(name) or info(name, TensorProto.FLOAT, None) for name in names]
    results = [
        types.get(name) or info(name, TensorProto.FLOAT, None) for name in node.output if name
    ]
    graph = helper.make_graph([node], "node", inputs, results)
    # the C++ importer rejects newer IR versions
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", old)], ir_version=8)
    try:
        converted = version_converter.convert_version(model, new).graph
    except Exception:  # assertions in C++ have several classes
        raise _no_way(node, "", old, new, owner) from None
    kept = {*names, *node.output, ""}
    prefix = next(name for name in node.output if name)
    nodes = [
        helper.make_node("Constant", [], [tensor.name], value=tensor)
        for tensor in converted.initializer
    ]
    nodes.extend(converted.node)
    for made in nodes:
        for labels in (made.input, made.output):
            for i, label in enumerate(labels):
                if label not in kept:
                    labels[i] = f"{prefix}/{label}"
    nodes[-1].name = node.name
    return nodes


# Rules for nodes that the adapters leave unchanged although their meaning changes


def _softmax(node: NodeProto, old: int, new: int, types: Types, owner: str) -> list[NodeProto]:
    """Convert Softmax, LogSoftmax and Hardmax, which reduced all axes from `axis` on until opset 12."""
    from onnx import helper

    axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
    x, y = node.input[0], node.output[0]
    kind = types[x].type.tensor_type if x in types else None
    rank = len(kind.shape.dim) if kind is not None and kind.HasField("shape") else None
    if axis == -1 or (rank is not None and axis % max(rank, 1) == rank - 1):
        return [helper.make_node(node.op_type, [x], [y], name=node.name, axis=-1)]
    shape, flat, result = (f"{y}/{part}" for part in ("shape", "flat", "result"))
    return [
        helper.make_node("Shape", [x], [shape]),
        helper.make_node("Flatten", [x], [flat], axis=axis),
        helper.make_node(node.op_type, [flat], [result], name=node.name, axis=-1),
        helper.make_node("Reshape", [result, shape], [y]),
    ]


def _resize(node: NodeProto, old: int, new: int, types: Types, owner: str) -> list[NodeProto]:
    """Convert Upsample and Resize of opset 10, whose mapping of coordinates became an option later."""
    from onnx import helper

    mode = next((a.s for a in node.attribute if a.name == "mode"), b"nearest")
    if node.op_type == "Resize" and mode == b"nearest":  # rounding depends on the scale
        raise _no_way(node, "", old, new, owner)
    nodes = _adapted(node, old, new, types, owner)
    options = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    resize = next(made for made in nodes if made.op_type == "Resize")
    resize.attribute.extend(helper.make_attribute(*option) for option in options.items())
    return nodes


def _clip(node: NodeProto, old: int, new: int, types: Types, owner: str) -> list[NodeProto]:
    """Convert Clip, whose limits were attributes; the adapter supports float32 only."""
    from onnx import helper

    limits = {a.name: a.f for a in node.attribute}
    y = node.output[0]
    least, most = (_float_like(node, y, name, limits.get(name, limit)) for name, limit in _LIMITS)
    inputs = [node.input[0], least[-1].output[0], most[-1].output[0]]
    return [*least, *most, helper.make_node("Clip", inputs, [y], name=node.name)]


_LIMITS = (("min", -3.4028234663852886e38), ("max", 3.4028234663852886e38))


def _pad(node: NodeProto, old: int, new: int, types: Types, owner: str) -> list[NodeProto]:
    """Convert Pad, whose parameters were attributes; the adapter supports float32 only."""
    from onnx import TensorProto, helper

    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    y = node.output[0]
    amounts = helper.make_tensor(
        "", TensorProto.INT64, [len(attributes["pads"])], attributes["pads"]
    )
    # not value_ints, which Pad's shape inference does not see (onnxruntime 1.20.1 and 1.23.2)
    pads = helper.make_node("Constant", [], [f"{y}/pads"], value=amounts)
    value = _float_like(node, y, "value", attributes.get("value", 0.0))
    inputs = [node.input[0], f"{y}/pads", value[-1].output[0]]
    mode = attributes.get("mode", b"constant")
    return [pads, *value, helper.make_node("Pad", inputs, [y], name=node.name, mode=mode)]


def _float_like(node: NodeProto, prefix: str, name: str, number: float) -> list[NodeProto]:
    """Return nodes that create a number with the dtype of the first input of a node."""
    from onnx import helper

    raw, cast = f"{prefix}/{name}", f"{prefix}/{name}_like"
    return [
        helper.make_node("Constant", [], [raw], value_float=number),
        helper.make_node("CastLike", [raw, node.input[0]], [cast]),
    ]


def _dropout(node: NodeProto, old: int, new: int, types: Types, owner: str) -> list[NodeProto]:
    """Convert Dropout, which has no effect in inference; until opset 11 its mask was all false."""
    from onnx import TensorProto, helper

    x, y = node.input[0], node.output[0]
    made = [helper.make_node("Identity", [x], [y], name=node.name)]
    if any(node.output[1:]):
        mask = node.output[1]
        no = helper.make_tensor("", TensorProto.BOOL, [1], [False])
        made += [
            helper.make_node("Shape", [x], [f"{mask}/shape"]),
            helper.make_node("ConstantOfShape", [f"{mask}/shape"], [f"{mask}/bool"], value=no),
            helper.make_node("CastLike", [f"{mask}/bool", x], [mask])
            if old < 10
            else helper.make_node("Identity", [f"{mask}/bool"], [mask]),
        ]
    return made


def _roi_align(node: NodeProto, old: int, new: int, types: Types, owner: str) -> list[NodeProto]:
    from onnx import helper

    copy = copied(node)
    option = helper.make_attribute("coordinate_transformation_mode", "output_half_pixel")
    copy.attribute.append(option)
    return [copy]


def _refuse(node: NodeProto, old: int, new: int, types: Types, owner: str) -> list[NodeProto]:
    raise _no_way(node, "", old, new, owner)


_Rule = Callable[["NodeProto", int, int, Types, str], "list[NodeProto]"]

# The last opset to which a rule applies. Nodes may be valid in newer ones, but have another meaning.
_RULES: dict[str, tuple[int, _Rule]] = {
    "Softmax": (12, _softmax),
    "LogSoftmax": (12, _softmax),
    "Hardmax": (12, _softmax),
    "Resize": (10, _resize),
    "Upsample": (9, _resize),
    "Clip": (10, _clip),
    "Dropout": (11, _dropout),
    "Pad": (10, _pad),
    "RoiAlign": (15, _roi_align),
    "GroupNormalization": (20, _refuse),
    "Scan": (8, _refuse),
    "Split": (17, _adapted),
    "DFT": (19, _adapted),
    "GridSample": (19, _adapted),
}
