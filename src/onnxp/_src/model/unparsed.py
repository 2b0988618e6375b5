"""Models that are read without onnx, as far as something looks at them: each message when a field is asked for.

Importing onnx takes longer than a session of most models. What reads these messages takes those of onnx too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, final

from onnxp._src.model.impossible import SHAPED, may_be_impossible
from onnxp._src.model.nodes import all_nodes
from onnxp._src.model.wire import MESSAGES, Scanner, Summary, Undecided

MOST_NODES = 3000
"""Of larger models onnx reads the nodes faster than Python, the import included."""


@final
class Message:
    """A message with the fields that `wire.MESSAGES` has; missing ones have the defaults of protobuf."""

    __slots__ = ("_end", "_kind", "_scanner", "_start", "_values")

    def __init__(self, scanner: Scanner, kind: str, start: int, end: int) -> None:
        self._scanner = scanner
        self._kind = kind
        self._start = start
        self._end = end
        self._values: dict[str, Any] | None = None

    def _read(self) -> dict[str, Any]:
        if self._values is None:
            self._values = {}
            for name, value, several in self._fields():
                if several:
                    self._values.setdefault(name, []).extend(value)
                else:
                    (self._values[name],) = value
        return self._values

    def _fields(self) -> Iterator[tuple[str, list[Any], bool]]:
        scanner = self._scanner
        for name, kind, several, first, last in scanner.fields(self._kind, self._start, self._end):
            if kind == "packed":
                yield name, scanner.packed(first, last), True
            elif kind == "int":
                yield name, [first], several
            elif kind == "text":
                yield name, [scanner.content[first:last].decode()], several
            elif kind != "bytes":
                yield name, [Message(scanner, kind, first, last)], several

    def __getattr__(self, name: str) -> Any:
        value = self._read().get(name)
        if value is not None:
            return value
        for label, kind in MESSAGES[self._kind].values():
            if label == name:
                if kind.endswith("*"):
                    return ()
                plain = {"text": "", "int": 0}
                return plain[kind] if kind in plain else Message(self._scanner, kind, 0, 0)
        raise Undecided  # the table lacks it

    def read_all(self) -> None:
        """Read the message, and those within.

        Raises
        ------
        Undecided
            If only protobuf can read one of them.
        """
        for value in self._read().values():
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, Message):
                    part.read_all()

    def HasField(self, name: str) -> bool:
        """Return whether a field is there."""
        return name in self._read()

    def WhichOneof(self, _: str) -> str | None:
        """Return which of several fields is there, of a type."""
        return next(iter(self._read()), None)


class Unparsed(NamedTuple):
    """A model that is known to be sound, and to need no other file.

    Attributes
    ----------
    content : bytes
        The model.
    nodes : int
        How many nodes it has.
    loops : bool
        Whether there is a Loop or a Scan among them.
    """

    content: bytes
    nodes: int
    loops: bool


def read(scanner: Scanner, summary: Summary) -> tuple[Unparsed, Any]:
    """Return a model, and its message.

    Raises
    ------
    Undecided
        If onnx has to tell whether it can run.
    """
    content = scanner.content
    if summary.external or summary.nodes > MOST_NODES:
        raise Undecided
    message: Any = Message(scanner, "Model", 0, len(content))
    if message.functions and b"sparse_value" in content:
        raise Undecided
    bodies = [message.graph, *message.functions]
    graph = message.graph
    for part in (*graph.input, *graph.output, *graph.initializer, *message.metadata_props):
        part.read_all()  # for what is undecided is so here, not where it is used
    if any(may_be_impossible(all_nodes(body.node)) for body in bodies):
        raise Undecided
    operators = {node.op_type for body in bodies for node in all_nodes(body.node)}
    if not operators.isdisjoint(("Slice", *SHAPED)):
        from onnxp._src.model.type_inference import may_have_impossible_shape

        if may_have_impossible_shape(message):
            raise Undecided
    loops = not operators.isdisjoint(("Loop", "Scan"))
    return Unparsed(content, summary.nodes, loops), message
