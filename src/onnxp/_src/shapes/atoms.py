"""Atoms, what the polynomials of sizes are made of: named symbols, and functions of sizes."""

from __future__ import annotations

import itertools
from typing import Any, final

from onnxp._src.shapes import polynomials
from onnxp._src.shapes.intervals import Bounds
from onnxp._src.shapes.polynomials import Terms

_serials = itertools.count(1)  # order symbols of computed sizes, the same in every process


def next_serial() -> int:
    """Return a number that makes a computed size different from all others."""
    return next(_serials)


@final
class Symbol:
    """A named unknown with bounds.

    Declared symbols (an argument's ``"N"``) are equal if their names are. A symbol with an `origin`
    is the size of a computed value along an axis; it is equal to those with the same `serial`, which
    are the same number for a reason that their maker knows, and without one to itself only.
    """

    __slots__ = ("example", "high", "low", "name", "origin", "sort_key")

    weight = 1

    def __init__(
        self,
        name: str,
        low: int = 1,
        high: int | None = None,
        origin: object = None,
        serial: int | None = None,
    ) -> None:
        self.name = name
        self.low = low
        self.high = high
        self.origin = origin
        self.example: object = None  # what answers for it where the bounds do not
        if serial is None:
            serial = 0 if origin is None else next_serial()
        self.sort_key: tuple[Any, ...] = (0, name, serial)

    @property
    def bounds(self) -> Bounds:
        """The smallest and the largest value; None is unbounded."""
        return self.low, self.high

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbol) and self.sort_key == other.sort_key

    def __hash__(self) -> int:
        return hash(self.sort_key)

    def __repr__(self) -> str:
        return self.name


@final
class Call:
    """``function(left, right)`` of two sizes where no polynomial expresses it.

    Attributes
    ----------
    function : str
        In canonical form ``"max"`` with 0 on the right, ``"floordiv"``, ``"mod"`` or ``"broadcast"``.
        What `grouping` makes for people and runtimes also has ``"min"`` and ``"max"`` of any two sizes.
    left, right : Terms
        The operands.
    weight : int
        How many symbols, numbers and functions it is made of.
    bounds : Bounds or None
        The smallest and the largest value, once `ranges` has worked them out.
    graph : object
        Where the function is one of a single unknown, once `ranges` has worked it out.
    """

    __slots__ = ("_hash", "bounds", "function", "graph", "left", "right", "sort_key", "weight")

    def __init__(self, function: str, left: Terms, right: Terms) -> None:
        self.function = function
        self.left = left
        self.right = right
        self.sort_key: tuple[Any, ...] = (
            1,
            function,
            polynomials.key(left),
            polynomials.key(right),
        )
        self.weight: int = 1 + polynomials.weight(left) + polynomials.weight(right)
        self.bounds: Bounds | None = None
        self.graph: Any = False
        self._hash: int | None = None

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Call) and self.sort_key == other.sort_key)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self.sort_key)
        return self._hash


Atom = Symbol | Call


def symbols(terms: Terms) -> frozenset[Symbol]:
    """Return every symbol in an expression."""
    result: set[Symbol] = set()
    for monomial, _ in terms:
        for atom in monomial:
            if isinstance(atom, Symbol):
                result.add(atom)
            else:
                result |= symbols(atom.left) | symbols(atom.right)
    return frozenset(result)


# Plain data, for pickles


def to_plain(terms: Terms) -> tuple[Any, ...]:
    """Return an expression as tuples of text and numbers; the example of a symbol is not a part of it."""
    return tuple((tuple(map(_atom_to_plain, monomial)), factor) for monomial, factor in terms)


def of_plain(plain: tuple[Any, ...]) -> Terms:
    """Return the expression that `to_plain` wrote."""
    return tuple((tuple(map(_atom_of_plain, monomial)), factor) for monomial, factor in plain)


def _atom_to_plain(atom: Atom) -> tuple[Any, ...]:
    if isinstance(atom, Symbol):
        return "symbol", atom.name, atom.low, atom.high, atom.origin, atom.sort_key[2]
    return atom.function, to_plain(atom.left), to_plain(atom.right)


def _atom_of_plain(plain: tuple[Any, ...]) -> Atom:
    function, *rest = plain
    if function == "symbol":
        return Symbol(*rest)
    left, right = rest
    return Call(function, of_plain(left), of_plain(right))
