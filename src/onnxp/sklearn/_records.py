"""Functions that Python calls for each row of a frame: they get a `Record`, which stands for all rows."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from onnxp.errors import FrameError
from onnxp.sklearn._elements import Element, merged, ways_through
from onnxp.sklearn._rows import REDUCTIONS

if TYPE_CHECKING:
    from onnxp.sklearn._column import Column

_REDUCTIONS = frozenset(
    {*REDUCTIONS, "all", "any", "count", "idxmax", "idxmin", "nunique", "quantile"}
)
"""The methods of a row that give one value."""

_METHODS = frozenset(
    "abs astype clip fillna isin isna isnull mask notna notnull replace round where".split()
)
"""The methods of a row that give a value for each column."""


def by_row(
    function: Callable[..., Any],
    frame: Any,
    column: type[Column],
    expand: bool,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Return what a function gives for each row of a frame: a column, or a frame of what it gives by name.

    Parameters
    ----------
    function : callable
        It gets a `Record`, and further arguments.
    frame : Frame
        The rows.
    column : type
        The class of columns.
    expand : bool
        Whether the parts of a list or a tuple become columns.
    """
    rows, record = frame.shape[0], Record(frame)
    ways = ways_through(function, record, *args, **kwargs)
    fields = [_fields(way.result, expand) for way in ways]
    if all(part is None for part in fields):
        return column(merged(ways, rows, function))
    names = fields[0] and list(fields[0])
    if not names or any(part is None or list(part) != names for part in fields):
        raise FrameError(f"{function!r} gives different names on different ways")
    return type(frame)(
        {
            name: merged(
                [
                    way._replace(result=part[name])
                    for way, part in zip(ways, fields, strict=True)
                    if part
                ],
                rows,
                function,
            )
            for name in names
        }
    )


def _fields(result: Any, expand: bool) -> dict[Any, Any] | None:
    """Return the values that a function gives for a row, by name; None if it gives one value."""
    if isinstance(result, Fields):
        return result.values
    if isinstance(result, Record):
        return dict(result.items())
    if expand and isinstance(result, list | tuple):
        return dict(enumerate(result))
    is_series = type(result) is not Element and hasattr(result, "to_dict")
    return dict(result.to_dict()) if is_series else None


class Fields:
    """What a function gives for each row, by name: a Series of pandas that is made of elements."""

    def __init__(self, values: dict[Any, Any]) -> None:
        self.values = values


class Record:
    """A row of a frame, as a Series of pandas: an element for each column, by name.

    Parameters
    ----------
    frame : Frame
        The rows that it stands for.
    """

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self._elements = {name: Element(column) for name, column in frame.items()}

    def __getitem__(self, name: Any) -> Any:
        if self._frame._is_label(name):
            if name not in self._elements:
                raise FrameError(f"{name!r} is not among the columns {list(self._elements)}")
            return self._elements[name]
        return Record(self._frame[name])

    def __iter__(self) -> Iterator[Element]:
        return iter(self._elements.values())

    def __len__(self) -> int:
        return len(self._elements)

    def __contains__(self, name: object) -> bool:
        return name in self._elements

    @property
    def index(self) -> Any:
        """The names of the columns."""
        return self._frame.columns

    def get(self, name: Any, default: Any = None) -> Any:
        """Return an element, or the default if there is no such column."""
        return self._elements.get(name, default)

    def items(self) -> Any:
        """Return the names and the elements."""
        return self._elements.items()

    def to_dict(self) -> dict[Any, Element]:
        """Return the elements by name."""
        return dict(self._elements)

    tolist = to_list = lambda self: list(self)

    def __getattr__(self, name: str) -> Any:
        if name in self._elements:
            return self._elements[name]
        if name in _REDUCTIONS:
            return lambda **kwargs: Element(getattr(self._frame, name)(axis=1, **kwargs))
        if name in _METHODS:
            return lambda *args, **kwargs: Record(getattr(self._frame, name)(*args, **kwargs))
        raise FrameError(
            f"a row of a traced frame has no {name!r}; it has its elements, by name: {list(self._elements)}"
        )


def _binary(name: str, *, swapped: bool = False) -> Callable[..., Any]:
    function = getattr(operator, name)

    def method(self: Record, other: Any) -> Any:
        frame = self._frame
        if type(other) is Record:
            return Record(function(frame, other._frame))
        right = other.column if type(other) is Element else other
        if type(other) is not Element:
            return Record(function(right, frame) if swapped else function(frame, right))
        parts = {n: function(right, c) if swapped else function(c, right) for n, c in frame.items()}
        return Record(type(frame)({n: part.array for n, part in parts.items()}))

    return method


_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
for _name in ("eq", "ne", "lt", "le", "gt", "ge", *_ARITHMETIC):
    setattr(Record, f"__{_name}__", _binary(f"__{_name}__"))
for _name in _ARITHMETIC:
    setattr(Record, f"__r{_name}__", _binary(f"__{_name}__", swapped=True))
