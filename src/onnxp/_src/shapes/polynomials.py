"""Polynomials with integer coefficients over atoms, in canonical form: the arithmetic behind `Dim`."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import Any

Monomial = tuple[
    Any, ...
]  # of atoms: sorted by their `sort_key`, with repetition; () is the constant term
Terms = tuple[tuple[Monomial, int], ...]  # in canonical order, without coefficients of zero


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


def weight(terms: Terms) -> int:
    """Return how many atoms and numbers terms are made of."""
    return sum(1 + sum(atom.weight for atom in monomial) for monomial, _ in terms)


def number(terms: Terms) -> int | None:
    """Return the number that terms are, or None if they are not one."""
    if not terms:
        return 0
    return terms[0][1] if not terms[0][0] else None


def content(terms: Terms, *others: int) -> int:
    """Return the greatest common divisor of the coefficients of what is not constant, and of `others`."""
    return gcd(*others, *(factor for monomial, factor in terms if monomial))


def _monomial_key(monomial: Monomial) -> tuple[Any, ...]:
    return (-len(monomial), tuple(atom.sort_key for atom in monomial))


def combine(a: Terms, b: Terms, factor: int) -> Terms:
    """Return ``a + factor * b``."""
    total = dict(a)
    for monomial, other in b:
        total[monomial] = total.get(monomial, 0) + factor * other
    return canonical(total)


def scale(a: Terms, factor: int) -> Terms:
    """Return ``factor * a``."""
    return tuple((monomial, factor * f) for monomial, f in a) if factor else ()


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
