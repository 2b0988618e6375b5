"""Answers to what the bounds of sizes leave open: an example's, if there is one, or an error.

Examples are known to a higher layer, which registers itself here.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from onnxp.errors import UnknownSizeError

if TYPE_CHECKING:
    from onnxp._src.shapes.dim_reals import DimReal
    from onnxp._src.shapes.dims import Dim, Size


class Oracle(Protocol):
    """What knows examples of sizes."""

    def compare(self, left: Size | DimReal, sign: str, right: Size | DimReal) -> bool | None:
        """Return what a comparison is for the example, or None if there is none."""

    def number(self, size: Dim) -> int | None:
        """Return the number that a size is in the example, or None if there is none."""


_oracle: Oracle | None = None

taken_as_filled: ContextVar[bool] = ContextVar("taken_as_filled", default=False)
"""Whether sizes that may be 0 are compared as if they were not, by code that gives nothing for no rows."""


def register(oracle: Oracle) -> None:
    """Let `oracle` answer."""
    global _oracle
    _oracle = oracle


def decide(
    answer: bool | None, left: Size | DimReal, sign: str, right: Any, limit: Any = None
) -> bool:
    """Return the answer to a comparison, or the example's where it is None.

    Parameters
    ----------
    answer : bool or None
        What follows from the bounds.
    left, sign, right : size or number, str, size or number
        The comparison.
    limit : int or Dim, optional
        A whole number that stands for `right`.

    Raises
    ------
    UnknownSizeError
        If there is no example.
    """
    if answer is None and _oracle is not None:
        answer = _oracle.compare(left, sign, right if limit is None else limit)
    if answer is None:
        raise UnknownSizeError(
            f"whether {left} {sign} {right} is not known before the model runs{_bounds_text(left, right)}. "
            "Declare tighter bounds for the symbol, write the computation so that it does not branch on "
            f"this size, or let an example answer: {_words()}"
        )
    return answer


def number(size: Dim, use: str) -> int:
    """Return the number that a size is in the example, which fixes it.

    Raises
    ------
    UnknownSizeError
        If there is no example; `use` says what needs a number.
    """
    fixed = None if _oracle is None else _oracle.number(size)
    if fixed is None:
        raise no_number(size, use)
    return fixed


def no_number(size: Dim, use: str) -> UnknownSizeError:
    """Return the error for a use of a size that needs a number."""
    return UnknownSizeError(
        f"the size {size} is not known before the model runs, and {use} needs a number. Array functions and "
        "operators take the size as it is: write np.sqrt(n) for math.sqrt(n), and n // 2 for int(n / 2); a "
        "Python loop over it has to become an array expression, or an example fixes the size: "
        f"{_words()}"
    )


def is_zero(answer: bool | None, divisor: Dim) -> bool:
    """Return whether a divisor is 0; `answer` is what follows from the bounds.

    Raises
    ------
    UnknownSizeError
        If it is not known.
    """
    if answer is None and _oracle is not None:
        differs = _oracle.compare(divisor, "!=", 0)
        answer = None if differs is None else not differs
    if answer is None:
        raise UnknownSizeError(
            f"whether the divisor {divisor} is 0 is not known before the model runs{_bounds_text(divisor)}. "
            "Declare tighter bounds for the symbol, such as 'N>=1'"
        )
    return answer


def _words() -> str:
    """Return how to give an example."""
    from onnxp._src.wording import wording

    return wording.get().example


def _bounds_text(*sizes: object) -> str:
    symbols = {symbol for size in sizes for symbol in getattr(size, "symbols", ())}
    parts = []
    for symbol in sorted(symbols, key=lambda s: s.sort_key):
        high = "" if symbol.high is None else f" and <= {symbol.high}"
        parts.append(f"{symbol.name} >= {symbol.low}{high}")
    return f" ({', '.join(parts)})" if parts else ""
