"""The tuples that a function gives for elements or rows: they become columns where they are unpacked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from onnxp.errors import FrameError

if TYPE_CHECKING:
    from onnxp.sklearn._column import Column


class Tuples:
    """What a function gives that returns a tuple for each row, as a Series of tuples.

    Iteration gives a single tuple, which stands for those of all rows: ``zip(*result)`` and
    ``pd.DataFrame(result.tolist())`` make columns of it.

    Parameters
    ----------
    columns : list of Column
        The parts of the tuples.
    """

    __onnxp_traced__ = True

    def __init__(self, columns: list[Column]) -> None:
        self._columns = columns

    def __iter__(self) -> Iterator[tuple[Part, ...]]:
        return iter(self.tolist())

    def tolist(self) -> list[tuple[Part, ...]]:
        """Return the tuples."""
        return _List([tuple(map(Part, self._columns))])

    to_list = tolist

    @property
    def values(self) -> Tuples:
        """The tuples."""
        return self

    @property
    def str(self) -> Tuples:
        """The parts of the tuples, by position."""
        return self

    def get(self, i: int) -> Column:
        """Return a part of each tuple."""
        return self._columns[i]

    __getitem__ = get

    def __getattr__(self, name: Any) -> Any:
        raise FrameError(
            f"the tuples that a function gives for rows have no {name!r}; write apply(..., axis=1, "
            "result_type='expand'), or select a part by .str[0]"
        )


class _List(list[tuple["Part", ...]]):
    """The only tuple, which constructors of pandas are told of."""

    __onnxp_traced__ = True


class Part:
    """A column as a part of the only tuple of `Tuples`: frames take it for a column, and nothing else does."""

    __onnxp_traced__ = True

    def __init__(self, column: Column) -> None:
        self.column = column

    def __getattr__(self, name: str) -> Any:
        raise FrameError(
            "Python does not see the tuples of a traced frame one by one; write zip(*result) and assign the "
            "parts to columns"
        )


def columns_of(obj: Any) -> list[Column] | None:
    """Return the columns of what unpacking gives: one of ``zip(*tuples)``, or all of ``tuples.tolist()``."""
    if isinstance(obj, Tuples):
        return obj._columns
    if not (isinstance(obj, list | tuple) and len(obj) == 1):
        return None
    parts = obj[0] if isinstance(obj[0], tuple) else obj
    if parts and all(type(part) is Part for part in parts):
        return [part.column for part in parts]
    return None
