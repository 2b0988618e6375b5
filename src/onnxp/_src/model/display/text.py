"""Display of a model as text: a line for each node, with types and the user's lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from onnxp._src.model.display.format import (
    Lines,
    Types,
    attribute_text,
    bodies,
    bytes_text,
    counted,
    described,
    elided,
    operator_text,
    scope_text,
    size_of,
    tensor_values,
    text_of,
    type_text,
    types,
)

if TYPE_CHECKING:
    from onnx import FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto

_WIDEST = 96  # comments after longer lines are not aligned


class _Line(NamedTuple):
    depth: int
    text: str
    comment: str = ""


def listing(
    model: ModelProto,
    lines: Lines,
    *,
    notes: Iterable[str],
    limit: int | None,
    functions: bool,
) -> str:
    """Return a listing of a model.

    Parameters
    ----------
    model : onnx.ModelProto
        Any model.
    lines : callable
        Returns the user's line for a node, or an empty text.
    notes : iterable of str
        Comments at the beginning.
    limit : int or None
        The number of nodes, and the number of initializers, to show for each graph.
    functions : bool
        Whether to show the nodes of functions.
    """
    model = described(model)
    graph = model.graph
    tensors = {tensor.name for tensor in graph.initializer}
    inputs = [info.name for info in graph.input if info.name not in tensors]
    outputs = [info.name for info in graph.output]
    declared = types(graph)
    opsets = ", ".join(f"{o.domain} {o.version}".strip() for o in model.opset_import)
    content = [
        _Line(
            0,
            f"{graph.name or 'model'}({_typed(inputs, declared)}) -> {_typed(outputs, declared)}:",
        ),
        _Line(
            1,
            f"# {counted(len(graph.node), 'node')}, {counted(len(graph.initializer), 'initializer')} "
            f"of {bytes_text(size_of(graph.initializer))}, opset {opsets}",
        ),
    ]
    content += [_Line(1, f"# {note}") for note in notes]
    content += _body(graph, 1, {}, lines, limit)
    for function in model.functions:
        content += _function(function, limit, shown=functions)
    return _aligned(content)


def _body(
    graph: GraphProto, depth: int, outer: Types, lines: Lines, limit: int | None
) -> list[_Line]:
    declared = {**outer, **types(graph)}
    content: list[_Line] = []
    first, end = elided(len(graph.initializer), limit)
    content += [_tensor(tensor, depth) for tensor in graph.initializer[:first]]
    if first < end:
        content.append(_gap(depth, end - first, "initializer"))
    content += [_tensor(tensor, depth) for tensor in graph.initializer[end:]]
    content += _nodes(graph.node, depth, declared, lines, limit)
    content.append(_Line(depth, f"return {', '.join(text_of(info.name) for info in graph.output)}"))
    return content


def _nodes(
    nodes: Sequence[NodeProto],
    depth: int,
    declared: Types,
    lines: Lines,
    limit: int | None,
) -> list[_Line]:
    content: list[_Line] = []
    first, end = elided(len(nodes), limit)
    for node in nodes[:first]:
        content += _node(node, depth, declared, lines, limit)
    if first < end:
        content.append(_gap(depth, end - first, "node"))
    for node in nodes[end:]:
        content += _node(node, depth, declared, lines, limit)
    return content


def _tensor(tensor: TensorProto, depth: int) -> _Line:
    values = tensor_values(tensor)
    text = f"{text_of(tensor.name)}: {type_text(tensor)}"
    return _Line(depth, f"{text} = {values}" if values else text)


def _node(
    node: NodeProto, depth: int, declared: Types, lines: Lines, limit: int | None
) -> list[_Line]:
    inputs = [
        *(text_of(name) or "None" for name in node.input),
        *map(attribute_text, node.attribute),
    ]
    outputs = _typed(node.output, declared)
    text = f"{outputs} = {operator_text(node)}({', '.join(filter(None, inputs))})"
    scope = scope_text(node)
    shown = not scope or any(
        text_of(name).lstrip("/").startswith(f"{scope}/") for name in node.output
    )
    comment = "  ".join(filter(None, ("" if shown else scope, lines(node))))
    content = [_Line(depth, text, comment)]
    limit = None if limit is None else max(limit // 4, 4)  # less for bodies
    for name, graph in bodies(node).items():
        inner = {**declared, **types(graph)}
        head = _typed([info.name for info in graph.input], inner)
        content.append(_Line(depth + 1, f"{name}({head}):"))
        content += _body(graph, depth + 2, declared, lines, limit)
    return content


def _function(function: FunctionProto, limit: int | None, *, shown: bool) -> list[_Line]:
    head = (
        f"{function.domain}.{function.name}({', '.join(map(text_of, function.input))}) -> "
        f"{', '.join(map(text_of, function.output))}:"
    )
    if not shown:
        return [_Line(0, f"{head} {counted(len(function.node), 'node')}")]
    inner = _nodes(function.node, 1, _function_types(function), lambda node: "", limit)
    return [_Line(0, head), *inner, _Line(1, f"return {', '.join(map(text_of, function.output))}")]


def _function_types(function: FunctionProto) -> Types:
    return {info.name: info.type for info in function.value_info}


def _typed(names: Sequence[str], declared: Types) -> str:
    return ", ".join(
        f"{text_of(name)}: {type_text(declared[name])}"
        if name in declared
        else text_of(name) or "_"
        for name in names
    )


def _gap(depth: int, number: int, what: str) -> _Line:
    return _Line(depth, f"... {counted(number, f'more {what}')} ...")


def _aligned(content: Sequence[_Line]) -> str:
    texts = ["    " * line.depth + _escaped(line.text) for line in content]
    widths = [len(text) for text, line in zip(texts, content, strict=True) if line.comment]
    width = max((w for w in widths if w <= _WIDEST), default=0)
    return "\n".join(
        f"{text:<{width}}  # {line.comment}" if line.comment else text
        for text, line in zip(texts, content, strict=True)
    )


def _escaped(text: str) -> str:
    """Return text without line breaks and control characters, which names of other tools may contain."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
