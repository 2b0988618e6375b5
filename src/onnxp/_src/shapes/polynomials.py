"""Polynomials with integer coefficients over atoms, in canonical form: the arithmetic behind `Dim`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from onnxp._src.shapes import intervals
from onnxp._src.shapes.intervals import UNBOUNDED, Bounds


class Atom(Protocol):
    """What a polynomial is made of: it can be ordered, hashed, and has bounds."""

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Equal for equal atoms."""

    @property
    def bounds(self) -> Bounds:
        """The smallest and the largest value."""


Monomial = tuple[Any, ...]  # of atoms: sorted, with repetition; () is the constant term
Terms = tuple[tuple[Monomial, int], ...]  # in canonical order, without coefficients of zero

_MAX_DEGREE = 10  # for `_shifted_bounds`, which takes 2**degree steps


def constant(number: int) -> Terms:
    """Return a number as a polynomial."""
    return (((), number),) if number else ()


def canonical(terms: Mapping[Monomial, int]) -> Terms:
    """Return terms in canonical order: by degree, then by the atoms."""
    kept = [(monomial, factor) for monomial, factor in terms.items() if factor]
    return tuple(sorted(kept, key=lambda term: _monomial_key(term[0])))


def key(terms: Terms) -> tuple[Any, ...]:
    """Return a key that orders polynomials."""
    return tuple((_monomial_key(monomial), factor) for monomial, factor in terms)


def _monomial_key(monomial: Monomial) -> tuple[Any, ...]:
    return (-len(monomial), tuple(atom.sort_key for atom in monomial))


def combine(a: Terms, b: Terms, factor: int) -> Terms:
    """Return ``a + factor * b``."""
    total = dict(a)
    for monomial, other in b:
        total[monomial] = total.get(monomial, 0) + factor * other
    return canonical(total)


def multiply(a: Terms, b: Terms) -> Terms:
    """Return ``a * b``."""
    total: dict[Monomial, int] = {}
    for left, p in a:
        for right, q in b:
            monomial = tuple(sorted(left + right, key=lambda atom: atom.sort_key))
            total[monomial] = total.get(monomial, 0) + p * q
    return canonical(total)


def divide(a: Terms, b: Terms) -> tuple[Terms, Terms]:
    """Return (q, r) with ``a == q * b + r``, where `r` is empty if `b` divides `a`."""
    if len(b) > 1:
        whole = _exact_quotient(a, b)
        return ((), a) if whole is None else (whole, ())
    ((part, by),) = b
    quotient: dict[Monomial, int] = {}
    rest: dict[Monomial, int] = {}
    for monomial, factor in a:
        shared = _without(monomial, part)
        if shared is None:
            rest[monomial] = factor
        else:
            quotient[shared], rest[monomial] = divmod(factor, by)
    return canonical(quotient), canonical(rest)


def _exact_quotient(a: Terms, b: Terms) -> Terms | None:
    """Return ``a / b`` by polynomial division, or None if there is a remainder."""
    (lead, by), *_ = b
    quotient: dict[Monomial, int] = {}
    while a:
        monomial, factor = a[0]
        shared = _without(monomial, lead)
        if shared is None or factor % by:
            return None
        quotient[shared] = factor // by
        a = combine(a, multiply(((shared, factor // by),), b), -1)
    return canonical(quotient)


def _without(monomial: Monomial, part: Monomial) -> Monomial | None:
    left = list(monomial)
    for atom in part:
        if atom not in left:
            return None
        left.remove(atom)
    return tuple(left)


def bounds(terms: Terms) -> Bounds:
    """Return the smallest and the largest value that follow from the bounds of the atoms."""
    total: Bounds = (0, 0)
    for monomial, factor in terms:
        product: Bounds = (1, 1)
        for atom in monomial:
            product = intervals.multiply(product, atom.bounds)
        total = intervals.add(total, intervals.scale(product, factor))
    return intervals.both(total, _shifted_bounds(terms))


def _shifted_bounds(terms: Terms) -> Bounds:
    """Bounds from rewriting each atom as its lower bound plus something that is not negative.

    This sees that ``N*M - N`` is at least 0, which adding up the terms' own bounds does not.
    """
    signs = {factor > 0 for monomial, factor in terms if monomial}
    if len(signs) < 2 or max(len(monomial) for monomial, _ in terms) > _MAX_DEGREE:
        return UNBOUNDED
    total: dict[Monomial, int] = {}
    for monomial, factor in terms:
        expanded: dict[Monomial, int] = {(): factor}
        for atom in monomial:
            low = atom.bounds[0]
            if low is None:
                return UNBOUNDED
            step: dict[Monomial, int] = {}
            for part, f in expanded.items():
                if low:
                    step[part] = step.get(part, 0) + f * low
                longer = tuple(sorted((*part, atom), key=lambda a: a.sort_key))
                step[longer] = step.get(longer, 0) + f
            expanded = step
        for part, f in expanded.items():
            total[part] = total.get(part, 0) + f
    rest = [factor for monomial, factor in total.items() if monomial]
    number = total.get((), 0)
    low_bound = number if all(f >= 0 for f in rest) else None
    high_bound = number if all(f <= 0 for f in rest) else None
    return low_bound, high_bound
