"""The table of programs, and what they are given."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple


class Program(NamedTuple):
    """A function of one array of rows, the shape of a row, and whether it takes text, dates or any numbers."""

    function: Any
    shape: tuple[int, ...]
    kind: str = "numbers"


CASES: dict[str, Program] = {}


def takes(cases: dict[str, Program], shape: tuple[int, ...], kind: str = "numbers") -> Any:
    """Return a decorator that enters a function into a table."""

    def register(function: Any) -> Any:
        cases[function.__name__] = Program(function, shape, kind)
        return function

    return register


_takes = partial(takes, CASES)
table, signal, prices = _takes((4,)), _takes((16,)), _takes((12,))
image, colour, sequence = _takes((6, 6)), _takes((4, 4, 3)), _takes((5, 4))
matrix, small_matrix = _takes((3, 3)), _takes((2, 2))
dates, texts = _takes((), "dates"), _takes((), "text")
