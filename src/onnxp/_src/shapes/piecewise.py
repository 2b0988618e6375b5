"""Functions of one integer that are linear in pieces, apart from a period: the exact graph of a size.

Whatever is made of one unknown by ``+ -``, by ``*`` and ``//`` with numbers and by ``max(..., 0)`` is
such a function. It answers what its extremes are, and equal functions have one simplest form.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd, lcm
from typing import NamedTuple

from onnxp._src.shapes.intervals import Bounds

_MOST = 64  # pieces, and steps of a period


class TooComplexError(Exception):
    """A function has too many pieces, or too long a period."""


class Piece(NamedTuple):
    """The function from `start` on: at ``n = q * period + r`` it is ``steps[r] * q + values[r]``.

    A `start` of None is no bound.
    """

    start: int | None
    steps: tuple[int, ...]
    values: tuple[int, ...]

    def at(self, n: int) -> int:
        """Return the value at `n`."""
        q, r = divmod(n, len(self.values))
        return self.steps[r] * q + self.values[r]


class Graph(NamedTuple):
    """A function on the integers from the first piece's start up to `high`; None is no bound."""

    pieces: tuple[Piece, ...]
    high: int | None

    def at(self, n: int) -> int:
        """Return the value at `n`."""
        piece = next(p for p in reversed(self.pieces) if p.start is None or p.start <= n)
        return piece.at(n)

    def ends(self) -> Iterator[tuple[Piece, int | None]]:
        """Return the pieces with the last number of each; None is no bound."""
        for piece, following in zip(self.pieces, self.pieces[1:], strict=False):
            assert following.start is not None
            yield piece, following.start - 1
        yield self.pieces[-1], self.high


def identity(bounds: Bounds) -> Graph:
    """Return the function that is its argument."""
    return Graph((Piece(bounds[0], (1,), (0,)),), bounds[1])


def constant(number: int, like: Graph) -> Graph:
    """Return the function that is a number, on the numbers that another is a function of."""
    return Graph((Piece(like.pieces[0].start, (0,), (number,)),), like.high)


def add(f: Graph, g: Graph, factor: int) -> Graph:
    """Return ``f + factor * g``."""
    pieces = []
    for start, p, q in _common(f, g):
        period = _period(len(p.values), len(q.values))
        p, q = _widen(p, period), _widen(q, period)
        steps = tuple(a + factor * b for a, b in zip(p.steps, q.steps, strict=True))
        values = tuple(a + factor * b for a, b in zip(p.values, q.values, strict=True))
        pieces.append(Piece(start, steps, values))
    return _checked(pieces, f.high)


def floor_divide(f: Graph, by: int) -> Graph:
    """Return ``f // by`` for a positive number."""
    pieces = []
    for piece in f.pieces:
        period = len(piece.values) * lcm(*(by // gcd(step, by) for step in piece.steps))
        wide = _widen(piece, _period(period))
        steps, values = (tuple(x // by for x in row) for row in (wide.steps, wide.values))
        pieces.append(Piece(piece.start, steps, values))
    return _checked(pieces, f.high)


def positive_part(f: Graph) -> Graph:
    """Return ``max(f, 0)``."""
    pieces = []
    for piece, end in f.ends():
        period = len(piece.values)
        turns = [  # where the sign of each residue turns, or None
            None
            if step == 0
            else period * (-(value // step) if step > 0 else value // -step + 1) + r
            for r, (step, value) in enumerate(zip(piece.steps, piece.values, strict=True))
        ]
        inside = {
            turn
            for turn in turns
            if turn is not None
            and (piece.start is None or turn > piece.start)
            and (end is None or turn <= end)
        }
        for start in (piece.start, *sorted(inside)):
            steps, values = [], []
            for step, value, turn in zip(piece.steps, piece.values, turns, strict=True):
                if turn is None:
                    positive = value > 0
                else:
                    positive = (start is not None and start >= turn) == (step > 0)
                steps.append(step if positive else 0)
                values.append(value if positive else 0)
            pieces.append(Piece(start, tuple(steps), tuple(values)))
    return _checked(pieces, f.high)


def extremes(f: Graph) -> Bounds:
    """Return the smallest and the largest value; None is unbounded."""
    lows: list[int | None] = []
    highs: list[int | None] = []
    for piece, end in f.ends():
        period = len(piece.values)
        for r, (step, value) in enumerate(zip(piece.steps, piece.values, strict=True)):
            first = None if piece.start is None else piece.start + (r - piece.start) % period
            last = None if end is None else end - (end - r) % period
            if first is not None and last is not None and first > last:
                continue  # no number of the piece leaves this residue
            at_first, at_last = (
                value if step == 0 else None if n is None else piece.at(n) for n in (first, last)
            )
            lows.append(at_first if step >= 0 else at_last)
            highs.append(at_last if step >= 0 else at_first)
    low = None if None in lows else min(x for x in lows if x is not None)
    high = None if None in highs else max(x for x in highs if x is not None)
    return low, high


def simplest(f: Graph) -> Graph:
    """Return the same function with the shortest periods and the fewest pieces."""
    kept: list[tuple[Piece, int | None]] = []
    for piece, end in reversed([*f.ends()]):
        short = _narrow(piece)
        if kept and _continues(kept[-1][0], short, end):
            later, last = kept.pop()
            kept.append((later._replace(start=piece.start), last))
        else:
            kept.append((short, end))
    return Graph(tuple(piece for piece, _ in reversed(kept)), f.high)


def line(f: Graph) -> tuple[int, int]:
    """Return the slope and the value at 0 of the line on which a function without periods begins."""
    low = f.pieces[0].start
    if low is None or low == f.high:
        (slope,), (offset,) = f.pieces[0].steps, f.pieces[0].values
        return slope, offset
    slope = f.at(low + 1) - f.at(low)
    return slope, f.at(low) - slope * low


def bends(f: Graph) -> Iterator[tuple[int, int]]:
    """Return where the slope of a function without periods changes, and by how much.

    The function is its `line`, plus ``change * max(n - place, 0)`` for each of them.
    """
    low = f.pieces[0].start
    starts = [piece.start for piece in f.pieces if piece.start is not None and piece.start != low]
    for place in sorted({n for start in starts for n in (start - 1, start)}):
        if (low is None or place > low) and (f.high is None or place < f.high):
            change = f.at(place + 1) - 2 * f.at(place) + f.at(place - 1)
            if change:
                yield place, change


def _continues(later: Piece, earlier: Piece, end: int | None) -> bool:
    """Return whether `later` is what `earlier` is, too, up to the end of that."""
    period = lcm(len(later.values), len(earlier.values))
    if earlier.start is not None and end is not None and end - earlier.start <= 2 * period:
        return all(later.at(n) == earlier.at(n) for n in range(earlier.start, end + 1))
    return _widen(later, period)[1:] == _widen(earlier, period)[1:]


def _common(f: Graph, g: Graph) -> Iterator[tuple[int | None, Piece, Piece]]:
    """Return the starts of the pieces of both, and which pieces begin or go on there."""
    i = j = 0
    start = f.pieces[0].start
    while True:
        yield start, f.pieces[i], g.pieces[j]
        nexts = [h.pieces[k + 1].start for h, k in ((f, i), (g, j)) if k + 1 < len(h.pieces)]
        if not nexts:
            return
        start = min(n for n in nexts if n is not None)
        i += i + 1 < len(f.pieces) and f.pieces[i + 1].start == start
        j += j + 1 < len(g.pieces) and g.pieces[j + 1].start == start


def _period(*periods: int) -> int:
    period = lcm(*periods)
    if period > _MOST:
        raise TooComplexError
    return period


def _checked(pieces: list[Piece], high: int | None) -> Graph:
    if len(pieces) > _MOST:
        raise TooComplexError
    return Graph(tuple(pieces), high)


def _widen(piece: Piece, period: int) -> Piece:
    """Return the same function with a multiple of its period."""
    length = len(piece.values)
    times = period // length
    if times == 1:
        return piece
    steps = tuple(step * times for step in piece.steps) * times
    values = tuple(
        piece.steps[r % length] * (r // length) + piece.values[r % length] for r in range(period)
    )
    return Piece(piece.start, steps, values)


def _narrow(piece: Piece) -> Piece:
    """Return the same function with the shortest period."""
    period = len(piece.values)
    for length in range(1, period):
        times = period // length
        if period % length or any(step % times for step in piece.steps):
            continue
        steps = tuple(step // times for step in piece.steps[:length])
        short = Piece(piece.start, steps, piece.values[:length])
        if _widen(short, period) == piece:
            return short
    return piece
