"""Walking the recorded graph."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from onnxp._src.graph.values import Value


def walk(outputs: Iterable[Value], stop: Container[Value] = ()) -> Iterator[Value]:
    """Yield every value behind `outputs`, inputs first; do not look behind those in `stop`."""
    done: set[Value] = set()
    stack: list[tuple[Value, bool]] = [(value, False) for value in reversed(list(outputs))]
    while stack:
        value, ready = stack.pop()
        if value in done:
            continue
        node = value.node
        if ready or node is None or value.data is not None or value in stop:
            done.add(value)
            yield value
        else:
            stack.append((value, True))
            stack.extend(
                (v, False) for v in reversed(node.inputs) if v is not None and v not in done
            )
