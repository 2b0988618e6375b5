"""What is known of a value of a model for any number of rows: how it depends on them, and its shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, final

import numpy as np

ROWS = "rows"
"""The size that is the number of rows. Other names are other sizes, which do not depend on it."""
COUNTED = "counted"
"""A size that is computed from the number of rows, or of those selected."""


@final
class Selection:
    """The size of what a mask selects. Each selected element belongs to a row, as each row does to itself.

    Attributes
    ----------
    sizes : tuple
        The shape of the mask.
    source : "rows" or Selection
        What the mask selects from.
    """

    __slots__ = ("sizes", "source")

    def __init__(self, sizes: Sizes, source: str | Selection) -> None:
        self.sizes = sizes
        self.source = source


Size: TypeAlias = "int | str | Selection | None"
Sizes = tuple[Size, ...]
Host = np.ndarray[Any, Any]


class State(NamedTuple):
    """How a value depends on the rows.

    Attributes
    ----------
    kind : str
        ``"constant"``: it does not. ``"rows"``: its slices along an axis depend on the same row each.
        ``"stacked"``: so, but for several blocks of all rows, one behind the other. ``"flat"``: the elements
        of rows, as a vector. ``"count"``: it depends on the number of rows, or of those selected, only.
        ``"mixed"``: in any other way.
    axis : int
        The axis of the rows.
    times : int
        The number of blocks; for a vector of elements, how many each row has.
    space : "rows" or Selection
        What is along the axis: the rows, or elements that a mask selects from them.
    own : str
        ``"number"``: each row is its own number; of a selection, in what it selects from. ``"index"``:
        along the last axis, each row is an index that begins with its own number. ``"turned"``: so, but
        along the first axis.
    reason : str
        Why it is mixed.
    """

    kind: Literal["constant", "rows", "stacked", "flat", "count", "mixed"]
    axis: int = 0
    times: int = 1
    space: str | Selection = ROWS
    own: Literal["", "number", "index", "turned"] = ""
    reason: str = ""

    @property
    def numbered(self) -> str | Selection:
        """What the own numbers are places in."""
        return self.space.source if isinstance(self.space, Selection) else ROWS


CONSTANT = State("constant")
COUNT = State("count")


def rows(axis: int, count: str | Selection = ROWS) -> State:
    """Return the state of a value with the rows along an axis."""
    return State("rows", axis, space=count)


def is_counted(size: object) -> bool:
    """Return whether a size depends on the rows."""
    return isinstance(size, Selection) or (isinstance(size, str) and size in (ROWS, COUNTED))


class Fact(NamedTuple):
    """What is known of a value.

    Attributes
    ----------
    state : State
        How it depends on the rows. Its sizes along other axes do not depend on them.
    shape : tuple or None
        The sizes; None for those that are not known.
    data : array of objects or None
        The elements of short vectors of integers, where they are known: a number, or the name of a size.
    """

    state: State
    shape: Sizes | None
    data: Host | None = None

    @property
    def sizes(self) -> Sizes:
        """The sizes.

        Raises
        ------
        Mixed
            If not even the rank is known.
        """
        if self.shape is None:
            raise Mixed("{op} of an unknown shape")
        return self.shape

    @property
    def rank(self) -> int:
        """The rank."""
        return len(self.sizes)

    @property
    def axis(self) -> int | None:
        """The axis of the rows."""
        return self.state.axis if self.state.kind == "rows" else None

    def integers(self) -> list[int]:
        """Return the elements of a constant.

        Raises
        ------
        Mixed
            If they are not known, or depend on the rows.
        """
        if self.data is None or not all(isinstance(x, int) for x in self.data.flat):
            raise Mixed("{op} by computed numbers")
        return [int(x) for x in self.data.flat]


class Mixed(Exception):
    """A row of the result depends on other rows. The message has ``{op}`` in place of the operator's name."""


class Call(NamedTuple):
    """A node: its operator, its attributes, what is known of its inputs, and how many outputs it has.

    `selection` returns what an input selects, if it is a mask: always the same for the same mask.
    """

    op: str
    attributes: Mapping[str, Any]
    inputs: Sequence[Fact | None]
    outputs: int
    selection: Callable[[int], Selection]

    def get(self, name: str, default: Any) -> Any:
        """Return an attribute."""
        return self.attributes.get(name, default)

    @property
    def facts(self) -> list[Fact]:
        """The inputs that are there."""
        return [fact for fact in self.inputs if fact is not None]

    def input(self, position: int) -> Fact | None:
        """Return an input, if it is there."""
        return self.inputs[position] if position < len(self.inputs) else None

    def axes(self) -> list[int]:
        """Return the axes of the second input, or of the attribute of older opsets, if there is one."""
        fact = self.input(1)
        return list(self.get("axes", ())) if fact is None else fact.integers()

    def first(self) -> Fact:
        """Return the first input, of which all others must be independent of the rows.

        Raises
        ------
        Mixed
            If one depends on them.
        """
        first, *rest = self.facts
        if any(fact.state.kind != "constant" for fact in rest):
            raise Mixed("{op} by computed numbers")
        return first


def product(sizes: Iterable[Size]) -> int | None:
    """Return the product of sizes; None if one is not a number."""
    numbers = list(sizes)
    if not all(isinstance(size, int) for size in numbers):
        return None
    return math.prod(size for size in numbers if isinstance(size, int))


def broadcast(shapes: Sequence[Sizes]) -> Sizes:
    """Return the shape that shapes broadcast to."""
    rank = max(map(len, shapes), default=0)
    result: list[Size] = []
    for i in range(-rank, 0):
        sizes = {shape[i] for shape in shapes if len(shape) >= -i} - {1}
        result.append(1 if not sizes else sizes.pop() if len(sizes) == 1 else None)
    return tuple(result)


def known(data: Sequence[object] | Host) -> Fact:
    """Return what is known of a vector of sizes."""
    vector = np.array(data, object)
    state = COUNT if any(map(is_counted, vector.flat)) else CONSTANT
    return Fact(state, vector.shape, vector)


def row_axis(fact: Fact) -> int | None:
    """Return the axis of the rows, of a value that has rows or is constant."""
    if fact.state.kind not in ("rows", "constant"):
        raise Mixed("{op} of the number of {rows}")
    return fact.axis
