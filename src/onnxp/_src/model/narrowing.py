"""Models that compute in a narrower float dtype, such as float16; inputs and outputs keep their dtypes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from onnxp._src.dtypes import BY_NAME, BY_ONNX, finfo
from onnxp._src.model.boxes import Box, box_name, innermost, note, noted, put_into, refreshed
from onnxp._src.model.display.format import operator_text
from onnxp._src.model.inliner import inline
from onnxp._src.model.magnitudes import large_values
from onnxp._src.model.messages import copied, replace
from onnxp._src.model.nodes import all_nodes, subgraphs
from onnxp._src.model.obstacles import elem_types
from onnxp._src.model.version_converter import schema, tensor_type
from onnxp._src.model.writing.names import UniqueNames
from onnxp.errors import ArgumentError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

WIDER: Final = {"float16": ("float32", "float64"), "float32": ("float64",)}
"""The dtypes that become another one."""
_LARGE: Final = {
    "float16": {BY_NAME[name].onnx for name in ("int32", "int64", "uint16", "uint32", "uint64")},
    "float32": set[int](),
}
"""Integers, such as microseconds of times, that would become infinite."""
_FILLED: Final = {"Constant": "value", "ConstantOfShape": "value"}
"""Operators whose result has the dtype of an attribute."""
_GIVEN: Final = {"Cast": "to", "EyeLike": "dtype"}
"""Operators whose result has the dtype that an attribute names."""

_CASTS: Final = {"Cast", "CastLike"}
"""Operators that are left out where operand and result have one dtype: a model with one may not load ("casts of
float16 to itself" in `runtime_bugs`)."""


def narrow(model: ModelProto, dtype: str, keep: Sequence[str]) -> None:
    """Make a model compute in a narrower dtype, in place.

    Nodes stay as they are if they match `keep`, have no form in the dtype, have subgraphs, read a constant
    that the dtype does not hold, one that would be infinite or 0, or have large operands: see `magnitudes`.

    Parameters
    ----------
    model : onnx.ModelProto
        The model. Its functions are inlined, but for those without a float of a wider dtype.
    dtype : str
        One of `WIDER`.
    keep : sequence of str
        Names of nodes, of steps (the first parts of names) and of operators.

    Raises
    ------
    ArgumentError
        If a name matches no node, or no node can compute in the dtype.
    """
    boxes = noted(model)
    if model.functions:
        boxes |= inline(model, False, _untouched(model, dtype)).boxes
    check_names("cast", model.graph, keep)
    names = _Narrowing(model, dtype, keep, boxes).run()
    note(model, refreshed(model, boxes, names), {})


def _untouched(model: ModelProto, dtype: str) -> set[str]:
    """Return the functions of a model whose nodes read and compute nothing in a dtype wider than `dtype`."""
    trial = copied(model)
    boxes = inline(trial, False).boxes
    types = elem_types(trial)
    wider = {0, *(BY_NAME[name].onnx for name in WIDER[dtype])}  # 0: not known
    untouched = {box.function for box in boxes.values()}
    for node in all_nodes(trial.graph.node):
        if any(types.get(name, 0) in wider for name in (*node.input, *node.output) if name):
            box = boxes.get(box_name(node))
            while box:
                untouched.discard(box.function)
                box = boxes.get(box.outer)
    return untouched


def matches(node: NodeProto, key: str) -> bool:
    """Return whether a name means a node: its own, that of a step it belongs to, or its operator."""
    return key in (node.name, node.op_type) or node.name.startswith(f"{key}/")


def check_names(function: str, graph: GraphProto, keep: Sequence[str]) -> None:
    """Raise an error if a name matches no node.

    Raises
    ------
    ArgumentError
        If one does not.
    """
    for key in keep:
        if not any(matches(node, key) for node in graph.node):
            steps = dict.fromkeys(
                "/".join(parts[:depth])
                for parts in (node.name.split("/") for node in graph.node)
                for depth in range(1, len(parts))
            )
            others = dict.fromkeys(node.op_type for node in graph.node)
            raise ArgumentError(
                f"{function}: no node matches {key!r} of keep; name a node, a step "
                f"({', '.join(steps) or 'none here'}) or an operator ({', '.join(others)})"
            )


@final
class _Narrowing:
    """The state of one run.

    Attributes
    ----------
    _narrow, _wide : dict of str to str
        The names under which a tensor of a wider dtype is there in the narrower dtype, and in its own.
    _box, _box_of : str, dict of str to str
        The call that the node at work is a part of, and the calls that values are computed in.
    """

    def __init__(
        self, model: ModelProto, dtype: str, keep: Sequence[str], boxes: Mapping[str, Box]
    ) -> None:
        self._graph = graph = model.graph
        self._keep = keep
        self._boxes = boxes
        self._box = ""
        self._box_of: dict[str, str] = {}
        self._dtype = BY_NAME[dtype]
        self._number = self._dtype.onnx
        self._types = elem_types(model)
        self._wider = {BY_NAME[name].onnx for name in WIDER[dtype]}
        self._opset = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
        self._outputs = dict.fromkeys(info.name for info in graph.output)
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._lossy: dict[str, bool] = {}
        self._large = large_values(graph.node, self._is_large)
        names = [name for node in graph.node for name in (*node.output, node.name)]
        names += [info.name for info in graph.input] + [*self._tensors]
        self._take = UniqueNames(names).take
        self._narrow: dict[str, str] = {}
        self._wide: dict[str, str] = {info.name: info.name for info in graph.input}
        self._made: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def run(self) -> dict[str, list[str]]:
        """Rewrite the graph, and return the names by which values of a wider dtype are read now.

        Raises
        ------
        ArgumentError
            If no node computes in a wider dtype and could do so in the narrower one.
        """
        changed = False
        kept: Counter[str] = Counter()
        for node in self._graph.node:
            self._box = box_name(node)
            touches = any(self._is_wider(name) for name in (*node.input, *node.output))
            if touches and self._is_narrow(node):
                self._write_narrow(node)
                changed = True
            else:
                kept[operator_text(node)] += touches
                self._write_wide(node)
        if not changed:
            operators = ", ".join(op for op, count in kept.items() if count)
            raise ArgumentError(
                f"cast: no node of the model can compute in {self._dtype.name}"
                + (
                    f": {operators}"
                    if operators
                    else f": it has no floats wider than {self._dtype.name}"
                )
            )
        self._box = ""
        for name in self._outputs:
            if self._is_wider(name) and name not in self._wide:
                self._made.append(self._cast(self._narrow[name], self._types[name], name))
        self._replace()
        names: dict[str, list[str]] = {}
        for other in (self._narrow, self._wide):
            for name, label in other.items():
                names.setdefault(name, []).append(label)
        return names

    def _is_wider(self, name: str) -> bool:
        return self._types.get(name) in self._wider

    def _is_narrow(self, node: NodeProto) -> bool:
        """Return whether a node shall and can compute in the narrower dtype."""
        if any(matches(node, key) for key in self._keep) or any(True for _ in subgraphs(node)):
            return False
        if any(name in self._tensors and self._is_lossy(name) for name in node.input):
            return False
        if not self._large.isdisjoint([*node.input, *node.output]):
            return False
        names = [name for name in (*node.input, *node.output) if name]
        if not all(self._types.get(name) for name in names):  # a sequence, or not known
            return False
        if node.op_type == "Cast" and self._types[node.input[0]] in _LARGE[self._dtype.name]:
            return False
        if node.op_type in _FILLED and not any(a.name == "value" for a in node.attribute):
            return False
        return self._parameters(node) is not None

    def _is_large(self, name: str) -> bool:
        """Return whether a constant has numbers between which the dtype does not hold all integers."""
        from onnx import numpy_helper

        tensor = self._tensors.get(name)
        if tensor is None or tensor.data_type not in self._wider:
            return False
        data = numpy_helper.to_array(tensor)
        return bool(np.any((np.abs(data) > 2 / finfo(self._dtype).eps) & np.isfinite(data)))

    def _is_lossy(self, name: str) -> bool:
        """Return whether a constant becomes infinite or 0 in the narrower dtype."""
        if name not in self._lossy:
            from onnx import numpy_helper

            tensor = self._tensors[name]
            self._lossy[name] = tensor.data_type in self._wider and _loses(
                numpy_helper.to_array(tensor), self._dtype.numpy
            )
        return self._lossy[name]

    def _parameters(self, node: NodeProto) -> tuple[set[int], set[int]] | None:
        """Return which inputs and outputs change their dtype, or None if not all of the outputs can."""
        current = schema(node.domain, node.op_type, self._opset) if not node.domain else None
        if current is None:
            return None
        allowed = {c.type_param_str: c.allowed_type_strs for c in current.type_constraints}
        text = tensor_type(self._dtype)
        read: set[int] = set()
        for i, name in enumerate(node.input):
            parameter = current.inputs[min(i, len(current.inputs) - 1)].type_str
            if self._is_wider(name) and parameter in allowed:
                if text not in allowed[parameter]:
                    return None
                read.add(i)
        types = {current.inputs[min(i, len(current.inputs) - 1)].type_str for i in read}
        written: set[int] = set()
        for i, name in enumerate(node.output):
            if not self._is_wider(name):
                continue
            parameter = current.outputs[min(i, len(current.outputs) - 1)].type_str
            if parameter in types or (
                node.op_type in {**_FILLED, **_GIVEN} and text in allowed.get(parameter, ())
            ):
                written.add(i)
        if not read and not written:
            return None
        return read, written

    def _write_narrow(self, node: NodeProto) -> None:
        parameters = self._parameters(node)
        assert parameters is not None
        read, written = parameters
        known = {*self._wider, self._number}
        if node.op_type in _CASTS and written and self._types[node.input[0]] in known:
            source = node.input[0]
            self._narrow[node.output[0]] = self._as_narrow(source) if 0 in read else source
            return
        made = copied(node)
        for i, name in enumerate(node.input):
            if name and self._is_wider(name):
                made.input[i] = self._as_narrow(name) if i in read else self._as_wide(name)
        for i, name in enumerate(node.output):
            if i in written:
                if name in self._outputs:
                    made.output[i] = self._take(f"{name}_{self._dtype.name}")
                self._narrow[name] = made.output[i]
            else:
                self._wide[name] = name
        if written:
            self._set_dtype(made)
        self._add(made)

    def _add(self, node: NodeProto) -> None:
        self._box_of |= dict.fromkeys(node.output, self._box)
        self._made.append(node)

    def _set_dtype(self, node: NodeProto) -> None:
        from onnx import numpy_helper

        for attribute in node.attribute:
            if attribute.name == _GIVEN.get(node.op_type):
                attribute.i = self._number
            elif attribute.name == _FILLED.get(node.op_type):
                data = numpy_helper.to_array(attribute.t)
                attribute.t.CopyFrom(numpy_helper.from_array(data.astype(self._dtype.numpy)))

    def _write_wide(self, node: NodeProto) -> None:
        made = copied(node)
        for i, name in enumerate(node.input):
            if self._is_wider(name):
                made.input[i] = self._as_wide(name)
        captured = {name for graph in subgraphs(node) for name in _captured(graph)}
        renamed = {name: self._as_wide(name) for name in captured if name in self._narrow}
        if any(name != other for name, other in renamed.items()):
            for graph in subgraphs(made):
                _rename(graph, renamed)
        self._wide.update({name: name for name in node.output})
        self._add(made)

    def _as_narrow(self, name: str) -> str:
        """Return the name of a tensor in the narrower dtype."""
        if name not in self._narrow:
            if name in self._tensors:
                self._narrow[name] = self._constant(name)
            else:
                cast = self._cast(name, self._number, self._take(f"{name}_{self._dtype.name}"))
                self._made.append(cast)
                self._narrow[name] = cast.output[0]
        return self._narrow[name]

    def _as_wide(self, name: str) -> str:
        """Return the name of a tensor in its own dtype."""
        if name not in self._wide:
            if name not in self._narrow or name in self._tensors:
                return name
            number = self._types[name]
            target = name if name in self._outputs else self._take(f"{name}_{BY_ONNX[number].name}")
            self._made.append(self._cast(self._narrow[name], number, target))
            self._wide[name] = target
        return self._wide[name]

    def _constant(self, name: str) -> str:
        from onnx import numpy_helper

        data = numpy_helper.to_array(self._tensors[name]).astype(self._dtype.numpy)
        target = self._take(f"{name}_{self._dtype.name}")
        self._constants.append(numpy_helper.from_array(data, target))
        return target

    def _cast(self, source: str, number: int, target: str) -> NodeProto:
        from onnx import helper

        node = helper.make_node("Cast", [source], [target], self._take("Cast"), to=number)
        box = innermost(self._box_of.get(source, ""), self._box, self._boxes)
        put_into(node, box)
        self._box_of[target] = box
        return node

    def _replace(self) -> None:
        """Put the new nodes in place, and drop what nothing reads or is declared of another dtype."""
        graph = self._graph
        del graph.node[:]
        graph.node.extend(self._made)
        read = {name for node in graph.node for name in node.input}
        read.update(
            name for node in graph.node for sub in subgraphs(node) for name in _captured(sub)
        )
        kept = [t for t in graph.initializer if t.name in read or t.name in self._outputs]
        replace(graph.initializer, [*kept, *self._constants])
        for info in graph.value_info:
            if self._narrow.get(info.name) == info.name:
                info.type.tensor_type.elem_type = self._number


def _loses(data: np.ndarray[Any, Any], dtype: Any) -> bool:
    with np.errstate(all="ignore"):
        narrow = data.astype(dtype)
    return bool(
        np.any(np.isfinite(data) & ~np.isfinite(narrow)) or np.any((data != 0) & (narrow == 0))
    )


def _captured(graph: GraphProto) -> Iterator[str]:
    """Yield the names that a subgraph may read from outside; its own are among them."""
    for node in graph.node:
        yield from node.input
        for body in subgraphs(node):
            yield from _captured(body)
    yield from (info.name for info in graph.output)


def _rename(graph: GraphProto, renamed: dict[str, str]) -> None:
    for node in graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = renamed.get(name, name)
        for body in subgraphs(node):
            _rename(body, renamed)
    for info in graph.output:
        info.name = renamed.get(info.name, info.name)
