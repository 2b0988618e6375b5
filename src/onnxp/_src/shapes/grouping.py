"""Terms for people and runtimes: ``min``, ``max`` and ``%`` in place of what canonical form makes of them."""

from __future__ import annotations

from collections.abc import Iterator

from onnxp._src.shapes import polynomials
from onnxp._src.shapes.atoms import Call
from onnxp._src.shapes.polynomials import Monomial, Terms


def grouped(terms: Terms) -> Terms:
    """Return an expression of the same value with fewer parts.

    ============================  =======================  ======================================
    canonical                     grouped                  where
    ============================  =======================  ======================================
    ``b + max(a - b, 0)``         ``max(a, b)``            `a` and `b` have no negative terms
    ``a - max(a - b, 0)``         ``min(a, b)``
    ``max(a, 0) - a``             ``max(-a, 0)``
    ``a - k * (a // k)``          ``a % k``                `k` is a number
    ============================  =======================  ======================================

    All of it may be multiplied by something.
    """
    calls = [
        (monomial, factor, atom)
        for monomial, factor in terms
        for atom in monomial
        if type(atom) is Call and (atom.function == "max" or _by_number(atom))
    ]
    if not calls:
        return terms
    rest = dict(terms)
    for monomial, factor, call in sorted(calls, key=lambda found: -found[2].weight):
        if rest.get(monomial) != factor:
            continue  # it went into another group
        cofactor = _without(monomial, call)
        for group, times, taken in _groups(call, factor):
            part = polynomials.multiply(taken, ((cofactor, 1),))
            if part and all(_has(rest.get(m, 0), count) for m, count in part):
                for m, count in part:
                    rest[m] -= count
                del rest[monomial]
                joined = tuple(sorted((*cofactor, group), key=lambda atom: atom.sort_key))
                rest[joined] = rest.get(joined, 0) + times
                break
    return polynomials.canonical(rest)


def _groups(call: Call, factor: int) -> Iterator[tuple[Call, int, Terms]]:
    """Return ``(group, times, terms)`` such that ``factor * call + terms`` is ``times * group``."""
    if call.function != "max":
        by = polynomials.number(call.right)
        assert by is not None
        times, left = divmod(-factor, by)
        if not left:
            yield Call("mod", call.left, call.right), times, polynomials.scale(call.left, times)
        return
    yield (
        Call("max", polynomials.scale(call.left, -1), ()),
        factor,
        polynomials.scale(call.left, -factor),
    )
    above, below = _signs(call.left)
    parts = sorted((above, below), key=polynomials.key)
    if factor > 0:
        yield Call("max", *parts), factor, polynomials.scale(below, factor)
    else:
        yield Call("min", *parts), -factor, polynomials.scale(above, -factor)


def _by_number(call: Call) -> bool:
    return call.function == "floordiv" and polynomials.number(call.right) is not None


def _signs(terms: Terms) -> tuple[Terms, Terms]:
    """Return the terms with positive factors, and the others with their signs turned."""
    positive = tuple((monomial, factor) for monomial, factor in terms if factor > 0)
    negative = tuple((monomial, -factor) for monomial, factor in terms if factor < 0)
    return positive, negative


def _has(count: int, part: int) -> bool:
    """Return whether a coefficient can give another one away without turning its sign."""
    return 0 < part <= count or 0 > part >= count


def _without(monomial: Monomial, atom: Call) -> Monomial:
    place = monomial.index(atom)
    return monomial[:place] + monomial[place + 1 :]
