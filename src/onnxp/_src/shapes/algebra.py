"""Arithmetic of expressions in canonical form.

========================  ================================================================
written as                canonical form
========================  ================================================================
``max(a, b)``             ``b + max(a-b, 0)``, of whichever difference begins with plus
``min(a, b)``             ``a - max(a-b, 0)``
``a % k``                 ``a - k * (a//k)``, for a number `k`
========================  ================================================================

What depends on one unknown has one form, so ``n - min(n, 1)`` is ``max(n-1, 0)``. Rules that hold for
several unknowns are noted where they are applied, as "before -> after (where)".
"""

from __future__ import annotations

from collections.abc import Callable

from onnxp._src.shapes import polynomials, ranges
from onnxp._src.shapes.atoms import Call, Symbol
from onnxp._src.shapes.polynomials import Terms


def add(a: Terms, b: Terms, factor: int = 1) -> Terms:
    """Return ``a + factor * b``."""
    return _tidied(polynomials.combine(a, b, factor))


def multiply(a: Terms, b: Terms) -> Terms:
    """Return ``a * b``."""
    return _tidied(polynomials.multiply(a, b))


def floor_divide(a: Terms, b: Terms) -> Terms:
    """Return ``a // b``, which is `a` where `b` turns out 0."""
    by = polynomials.number(b)
    if by == 1:
        return a
    quotient, rest = polynomials.divide(a, b)
    if by is None:
        if ranges.bounds(rest) == (0, 0):
            return quotient
        return polynomials.combine(quotient, _call("floordiv", rest, b), 1)
    if by < 0:  # a // -k -> -a // k
        return floor_divide(polynomials.scale(a, -1), polynomials.constant(-by))
    return add(quotient, _quotient(rest, by))


def _quotient(a: Terms, by: int) -> Terms:
    """Return ``a // by`` of terms with factors from 0 up to the positive number `by`, exclusive."""
    constant = dict(a).get((), 0)
    shared = polynomials.content(a, by)  # (g*a + c) // (g*k) -> (a + c//g) // k
    if shared > 1:
        by //= shared
        constant //= shared
        moving = polynomials.combine(a, polynomials.constant(dict(a).get((), 0)), -1)
        moving = tuple((monomial, factor // shared) for monomial, factor in moving)
        a = polynomials.combine(moving, polynomials.constant(constant), 1)
    if by == 1:
        return a
    if polynomials.number(a) is not None:
        return polynomials.constant(constant // by)
    (monomial, factor), *others = a
    if len(monomial) == 1 and factor == 1 and all(not other for other, _ in others):
        atom = monomial[0]
        if type(atom) is Call and atom.function == "floordiv":
            inner = polynomials.number(atom.right)
            if inner is not None:  # (a//m + c) // k -> (a + c*m) // (m*k)
                shifted = polynomials.combine(atom.left, polynomials.constant(constant * inner), 1)
                return floor_divide(shifted, polynomials.constant(inner * by))
        if type(atom) is Call and atom.function == "max" and 0 < constant < by:
            # (max(d, 0) + c) // k -> max(d + c, 0) // k  (0 <= c < k)
            moved = positive_part(polynomials.combine(atom.left, polynomials.constant(constant), 1))
            return floor_divide(moved, polynomials.constant(by))
    low, high = ranges.bounds(a)
    if low is not None and high is not None and low // by == high // by:
        return polynomials.constant(low // by)
    call = _call("floordiv", a, polynomials.constant(by))
    return call if _is_shifted_symbol(a) else ranges.simplest(call)


def _is_shifted_symbol(a: Terms) -> bool:
    """Return whether terms are a symbol plus a number."""
    monomial, factor = a[0]
    alone = len(a) == 1 or (len(a) == 2 and not a[1][0])
    return alone and factor == 1 and len(monomial) == 1 and type(monomial[0]) is Symbol


def remainder(a: Terms, b: Terms) -> Terms:
    """Return ``a % b``, with the sign of `b`, which is 0 where `b` turns out 0."""
    by = polynomials.number(b)
    if by is not None:
        return add(a, floor_divide(a, b), -by)
    rest = polynomials.divide(a, b)[1]
    return () if ranges.bounds(rest) == (0, 0) else _call("mod", rest, b)


def maximum(a: Terms, b: Terms) -> Terms:
    """Return the larger of two expressions."""
    return add(b, positive_part(polynomials.combine(a, b, -1)))


def minimum(a: Terms, b: Terms) -> Terms:
    """Return the smaller of two expressions."""
    return add(a, positive_part(polynomials.combine(a, b, -1)), -1)


def positive_part(a: Terms) -> Terms:
    """Return ``max(a, 0)``."""
    low, high = ranges.bounds(a)
    if low is not None and low >= 0:
        return a
    if high is not None and high <= 0:
        return ()
    shared = polynomials.content(a, dict(a).get((), 0))
    if shared > 1:  # max(g*a, 0) -> g * max(a, 0)
        part = tuple((monomial, factor // shared) for monomial, factor in a)
        return polynomials.scale(positive_part(part), shared)
    if _is_shifted_symbol(a):
        return _call("max", a, ())  # as simple as can be
    flat = _flattened(a)
    if flat is not None:
        return positive_part(flat)
    negative = polynomials.scale(a, -1)
    flat = _flattened(negative)
    if flat is not None:
        return polynomials.combine(positive_part(flat), a, 1)
    if a[0][1] < 0:  # max(a, 0) -> max(-a, 0) + a
        return polynomials.combine(positive_part(negative), a, 1)
    (monomial, factor), *others = a
    if len(monomial) == 1 and factor == 1 and all(not other for other, _ in others):
        inner = monomial[0]
        by = polynomials.number(inner.right) if type(inner) is Call else None
        if type(inner) is Call and inner.function == "floordiv" and by is not None:
            # max(a//k + c, 0) -> max(a + c*k, 0) // k
            shift = polynomials.constant(by * dict(a).get((), 0))
            moved = positive_part(polynomials.combine(inner.left, shift, 1))
            return floor_divide(moved, polynomials.constant(by))
    return ranges.simplest(_call("max", a, ()))


def _flattened(a: Terms) -> Terms | None:
    """Return something simpler that is positive where `a` is, and then equal; None if there is no rule."""
    for term in a:
        monomial, factor = term
        inner = monomial[0] if len(monomial) == 1 else None
        if factor > 0 and type(inner) is Call and inner.function == "max":
            rest = polynomials.combine(a, (term,), -1)
            other = polynomials.combine(rest, inner.left, factor)
            if ranges.at_least(rest, 1) is False:  # k*max(a, 0) + b -> k*a + b  (k > 0 >= b)
                return other
            if ranges.at_least(other, 1) is False:  # k*max(a, 0) + b -> b  (k > 0 >= k*a + b)
                return rest
    return None


def broadcast(a: Terms, b: Terms) -> Terms:
    """Return the size that `a` and `b` broadcast to: `b` where `a` is 1, else `a`."""
    one = polynomials.constant(1)
    if a == one:
        return b
    is_plain = polynomials.number(a) is not None and polynomials.number(b) is not None
    if a == b or b == one or is_plain:
        return a
    parts = {*_parts(a), *_parts(b)}  # it is associative and commutative, and of equal sizes one
    first, *others = sorted(parts, key=polynomials.key)
    for other in others:
        first = _call("broadcast", first, other)
    return first


def _parts(a: Terms) -> list[Terms]:
    """Return the sizes that broadcast to `a`."""
    if len(a) == 1 and a[0][1] == 1 and len(a[0][0]) == 1:
        atom = a[0][0][0]
        if type(atom) is Call and atom.function == "broadcast":
            return [*_parts(atom.left), *_parts(atom.right)]
    return [a]


def evaluate(terms: Terms, value: Callable[[Symbol], int]) -> int:
    """Return the number that an expression is when its symbols have certain values."""
    total = 0
    for monomial, factor in terms:
        for atom in monomial:
            if isinstance(atom, Symbol):
                factor *= value(atom)
            else:
                left, right = evaluate(atom.left, value), evaluate(atom.right, value)
                factor *= _ON_NUMBERS[atom.function](left, right)
        total += factor
    return total


def substitute(terms: Terms, value: Callable[[Symbol], Terms]) -> Terms:
    """Return an expression with others in place of its symbols."""
    total: Terms = ()
    for monomial, factor in terms:
        term = polynomials.constant(factor)
        for atom in monomial:
            if isinstance(atom, Symbol):
                part = value(atom)
            else:
                left, right = substitute(atom.left, value), substitute(atom.right, value)
                if atom.function in ("floordiv", "mod") and not right:
                    right = polynomials.constant(1)  # as where a model runs
                part = _ON_TERMS[atom.function](left, right)
            term = multiply(term, part)
        total = add(total, term)
    return total


_ON_NUMBERS: dict[str, Callable[[int, int], int]] = {
    "floordiv": lambda a, b: a // (b or 1),
    "mod": lambda a, b: a % (b or 1),
    "max": max,
    "broadcast": lambda a, b: b if a == 1 else a,
}
_ON_TERMS: dict[str, Callable[[Terms, Terms], Terms]] = {
    "floordiv": floor_divide,
    "mod": remainder,
    "max": maximum,
    "broadcast": broadcast,
}


def _call(function: str, left: Terms, right: Terms) -> Terms:
    return (((Call(function, left, right),), 1),)


def _tidied(terms: Terms) -> Terms:
    """Return a sum in simplest form; only quotients can make it simpler."""
    for monomial, _ in terms:
        if len(monomial) == 1 and type(monomial[0]) is Call and monomial[0].function == "floordiv":
            return ranges.simplest(terms) if len(terms) > 1 else terms
    return terms
