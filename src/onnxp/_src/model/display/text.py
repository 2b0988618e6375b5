"""A model as text: one line for each node, with types and the user's lines."""

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

_WIDEST = 96  # from here on a comment follows its line without being aligned


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
    """Return a model as text.

    Parameters
    ----------
    model : onnx.ModelProto
        Any model.
    lines : callable
        Returns the user's line for a node, or an empty text.
    notes : iterable of str
        What else to say at the beginning.
    limit : int or None
        How many nodes, and how many initializers, to show of each graph.
    functions : bool
        Show what is in the model's functions.
    """
    model = described(model)
    graph = model.graph
    tensors = {tensor.name for tensor in graph.initializer}
    inputs = [info.name for info in graph.input if info.name not in tensors]
    outputs = [info.name for info in graph.output]
    known = types(graph)
    opsets = ", ".join(f"{o.domain} {o.version}".strip() for o in model.opset_import)
    content = [
        _Line(0, f"{graph.name or 'model'}({_typed(inputs, known)}) -> {_typed(outputs, known)}:"),
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
    known = {**outer, **types(graph)}
    content: list[_Line] = []
    first, end = elided(len(graph.initializer), limit)
    content += [_tensor(tensor, depth) for tensor in graph.initializer[:first]]
    if first < end:
        content.append(_gap(depth, end - first, "initializer"))
    content += [_tensor(tensor, depth) for tensor in graph.initializer[end:]]
    content += _nodes(graph.node, depth, known, lines, limit)
    content.append(_Line(depth, f"return {', '.join(text_of(info.name) for info in graph.output)}"))
    return content


def _nodes(
    nodes: Sequence[NodeProto],
    depth: int,
    known: Types,
    lines: Lines,
    limit: int | None,
) -> list[_Line]:
    content: list[_Line] = []
    first, end = elided(len(nodes), limit)
    for node in nodes[:first]:
        content += _node(node, depth, known, lines, limit)
    if first < end:
        content.append(_gap(depth, end - first, "node"))
    for node in nodes[end:]:
        content += _node(node, depth, known, lines, limit)
    return content


def _tensor(tensor: TensorProto, depth: int) -> _Line:
    values = tensor_values(tensor)
    text = f"{text_of(tensor.name)}: {type_text(tensor)}"
    return _Line(depth, f"{text} = {values}" if values else text)


def _node(
    node: NodeProto, depth: int, known: Types, lines: Lines, limit: int | None
) -> list[_Line]:
    given = [
        *(text_of(name) or "None" for name in node.input),
        *map(attribute_text, node.attribute),
    ]
    outputs = _typed(node.output, known)
    text = f"{outputs} = {operator_text(node)}({', '.join(filter(None, given))})"
    scope = scope_text(node)
    shown = not scope or any(
        text_of(name).lstrip("/").startswith(f"{scope}/") for name in node.output
    )
    comment = "  ".join(filter(None, ("" if shown else scope, lines(node))))
    content = [_Line(depth, text, comment)]
    limit = None if limit is None else max(limit // 4, 4)  # a body is a detail
    for name, graph in bodies(node).items():
        inner = {**known, **types(graph)}
        head = _typed([info.name for info in graph.input], inner)
        content.append(_Line(depth + 1, f"{name}({head}):"))
        content += _body(graph, depth + 2, known, lines, limit)
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


def _typed(names: Sequence[str], known: Types) -> str:
    return ", ".join(
        f"{text_of(name)}: {type_text(known[name])}" if name in known else text_of(name) or "_"
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
    """Return text without line breaks and control characters, which names in other tools' models may have."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
