"""`Dim`, a size that is known only when the model runs: an integer expression over named symbols.

An expression is kept as a polynomial in canonical form, so equal expressions are equal objects up to
``==``. Comparisons answer what follows from the bounds of the symbols; whatever does not follow
raises `UnknownSizeError` instead of guessing.
"""

from __future__ import annotations

import itertools
import math
import numbers
import re
import sys
from collections.abc import Callable
from typing import Any, Protocol, final

from onnxp._src.shapes import dim_reals, intervals, polynomials
from onnxp._src.shapes.dim_reals import DimReal, NumpyOperand
from onnxp._src.shapes.intervals import UNBOUNDED, Bounds
from onnxp._src.shapes.polynomials import Monomial, Terms
from onnxp.errors import ArgumentError, UnknownSizeError

_serials = itertools.count(1)  # order symbols of computed sizes, the same in every process


@final
class Symbol:
    """A named unknown with bounds; the atom of a `Dim`.

    Declared symbols (an argument's ``"N"``) are equal if their names are. A symbol with an `origin`
    is the size of a computed value along an axis; it is equal to those with the same `serial`, which
    are the same number for a reason that their maker knows, and without one to itself only.
    """

    __slots__ = ("example", "high", "low", "name", "origin", "sort_key")

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

    def __reduce__(self) -> tuple[Any, ...]:  # an example is not a part of what it stands for
        return Symbol, (self.name, self.low, self.high, self.origin, self.sort_key[2])

    def __repr__(self) -> str:
        return self.name


@final
class Call:
    """``function(left, right)`` of two sizes where no polynomial expresses it."""

    __slots__ = ("function", "left", "right", "sort_key")

    def __init__(self, function: str, left: Size, right: Size) -> None:
        self.function = function
        self.left = left
        self.right = right
        self.sort_key: tuple[Any, ...] = (1, function, _sort_key(left), _sort_key(right))

    @property
    def bounds(self) -> Bounds:
        """The smallest and the largest value; None is unbounded."""
        return _CALL_BOUNDS[self.function](bounds(self.left), bounds(self.right))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Call) and self.sort_key == other.sort_key

    def __hash__(self) -> int:
        return hash(self.sort_key)

    def __repr__(self) -> str:
        return _atom_text(self, repr)


Atom = Symbol | Call


@final
class Dim(NumpyOperand):
    """A symbolic size.

    It mixes with integers in ``+ - * // % **`` and comparisons, and is accepted wherever the standard
    takes an integer for a size.
    """

    __slots__ = ("_hash", "_terms")

    _terms: Terms

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._hash: int | None = None

    @property
    def terms(self) -> Terms:
        """Pairs of monomial and coefficient, in canonical order."""
        return self._terms

    @property
    def symbol(self) -> Symbol | None:
        """The symbol that this size consists of, or None."""
        if len(self._terms) == 1:
            monomial, factor = self._terms[0]
            if factor == 1 and len(monomial) == 1 and isinstance(monomial[0], Symbol):
                return monomial[0]
        return None

    @property
    def symbols(self) -> frozenset[Symbol]:
        """Every symbol in the expression."""
        found: set[Symbol] = set()
        for monomial, _ in self._terms:
            for atom in monomial:
                if isinstance(atom, Symbol):
                    found.add(atom)
                else:
                    for side in (atom.left, atom.right):
                        if isinstance(side, Dim):
                            found |= side.symbols
        return frozenset(found)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self._terms)
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:  # a cached hash of strings is this process's own
        return Dim, (self._terms,)

    def __copy__(self) -> Dim:
        return self

    def __deepcopy__(self, memo: object) -> Dim:
        return self

    # What integers have beside arithmetic

    @property
    def real(self) -> Dim:
        """The size itself."""
        return self

    numerator = real

    @property
    def imag(self) -> int:
        """Zero."""
        return 0

    @property
    def denominator(self) -> int:
        """One."""
        return 1

    def conjugate(self) -> Dim:
        """Return the size itself."""
        return self

    def __format__(self, spec: str) -> str:
        return dim_reals.formatted(self, spec)

    # Arithmetic

    def as_real(self) -> DimReal:
        """Return the size as an operand of real numbers."""
        return dim_reals.size(self, *bounds(self))

    def __add__(self, other: object) -> Size:
        if isinstance(other, numbers.Integral):
            return _build(polynomials.combine(self._terms, _terms(other), 1))
        return self.as_real() + other if isinstance(other, numbers.Number) else NotImplemented

    def __radd__(self, other: object) -> Size:
        return self + other if isinstance(other, numbers.Number) else NotImplemented

    def __sub__(self, other: object) -> Size:
        if isinstance(other, numbers.Integral):
            return _build(polynomials.combine(self._terms, _terms(other), -1))
        return self.as_real() - other if isinstance(other, numbers.Number) else NotImplemented

    def __rsub__(self, other: object) -> Size:
        if isinstance(other, numbers.Integral):
            return _build(polynomials.combine(_terms(other), self._terms, -1))
        return other - self.as_real() if isinstance(other, numbers.Number) else NotImplemented

    def __mul__(self, other: object) -> Size:
        if isinstance(other, numbers.Integral):
            return _build(polynomials.multiply(self._terms, _terms(other)))
        return self.as_real() * other if isinstance(other, numbers.Number) else NotImplemented

    def __rmul__(self, other: object) -> Size:
        return self * other if isinstance(other, numbers.Number) else NotImplemented

    def __neg__(self) -> Dim:
        return Dim(tuple((monomial, -factor) for monomial, factor in self._terms))

    def __pos__(self) -> Dim:
        return self

    def __abs__(self) -> Size:
        return self if self >= 0 else -self

    def __pow__(self, other: object) -> Size:
        if type(other) is Dim or not isinstance(other, numbers.Integral) or other < 0:
            is_plain = isinstance(other, numbers.Number) and not isinstance(other, Dim)
            return self.as_real() ** other if is_plain else NotImplemented
        result: Size = 1
        for _ in range(int(other)):
            result = result * self
        return result

    def __rpow__(self, other: object) -> DimReal:
        if isinstance(other, numbers.Integral):  # a whole number, which no polynomial expresses
            return NotImplemented
        return other ** self.as_real() if isinstance(other, numbers.Number) else NotImplemented

    def __floordiv__(self, other: object) -> Size:
        return floor_divide(self, _divisor(other)) if _mixes(self, other) else NotImplemented

    def __rfloordiv__(self, other: object) -> Size:
        return floor_divide(other, _divisor(self)) if _mixes(self, other) else NotImplemented

    def __mod__(self, other: object) -> Size:
        return remainder(self, _divisor(other)) if _mixes(self, other) else NotImplemented

    def __rmod__(self, other: object) -> Size:
        return remainder(other, _divisor(self)) if _mixes(self, other) else NotImplemented

    def __divmod__(self, other: object) -> tuple[Size, Size]:
        return (self // other, self % other) if _mixes(self, other) else NotImplemented

    def __rdivmod__(self, other: object) -> tuple[Size, Size]:
        return (other // self, other % self) if _mixes(self, other) else NotImplemented

    def __truediv__(self, other: object) -> DimReal:
        return self.as_real() / other if isinstance(other, numbers.Number) else NotImplemented

    def __rtruediv__(self, other: object) -> DimReal:
        return other / self.as_real() if isinstance(other, numbers.Number) else NotImplemented

    def __floor__(self) -> Dim:
        return self

    __ceil__ = __trunc__ = __floor__

    def __round__(self, digits: int = 0) -> Dim:
        if digits < 0:
            raise _no_number(self, "rounding to tens")
        return self

    # Comparisons: conclusive or loud

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DimReal):
            return NotImplemented
        number = _whole(other)
        if number is None:
            return False if isinstance(other, numbers.Real) else NotImplemented
        return _decide(equal(self, number), self, "==", other, number)

    def __ne__(self, other: object) -> bool:
        if isinstance(other, DimReal):
            return NotImplemented
        number = _whole(other)
        if number is None:
            return True if isinstance(other, numbers.Real) else NotImplemented
        return _decide(_not(equal(self, number)), self, "!=", other, number)

    def __ge__(self, other: object) -> bool:
        return self._order(other, ">=", math.ceil, lambda d: _at_least(d, 0))

    def __gt__(self, other: object) -> bool:
        return self._order(other, ">", math.floor, lambda d: _at_least(d, 1))

    def __le__(self, other: object) -> bool:
        return self._order(other, "<=", math.floor, lambda d: _not(_at_least(d, 1)))

    def __lt__(self, other: object) -> bool:
        return self._order(other, "<", math.ceil, lambda d: _not(_at_least(d, 0)))

    def _order(
        self,
        other: object,
        text: str,
        whole: Callable[[float], int],
        rule: Callable[[Size], bool | None],
    ) -> bool:
        limit: Size
        if isinstance(other, numbers.Integral):
            limit = other
        elif not isinstance(other, numbers.Real) or isinstance(other, DimReal):
            return NotImplemented  # type: ignore[no-any-return]
        elif math.isfinite(other):
            limit = whole(float(other))
        else:  # infinite, or NaN, of which nothing is true
            return not math.isnan(other) and (float(other) > 0) == text.startswith("<")
        return _decide(rule(self - limit), self, text, other, limit)

    # Python asks for a number

    def __bool__(self) -> bool:
        return _decide(_not(equal(self, 0)), self, "!=", 0)

    def __int__(self) -> int:
        return _fixed(self, "int()")

    def __index__(self) -> int:
        return _fixed(self, "an index, a range or a size that must be a plain integer")

    def __float__(self) -> float:
        if dim_reals.asked_whether_finite(sys._getframe(1)):
            return 1.0
        return float(_fixed(self, "float()"))

    def __repr__(self) -> str:
        return text(self, repr)

    __str__ = __repr__


numbers.Integral.register(Dim)
Size = Any  # int | Dim; mypy cannot narrow `int | Dim` through reflected operators


class Oracle(Protocol):
    """What answers for sizes where their bounds do not: examples, which live on a higher floor."""

    def compare(self, left: Size, text: str, right: Size) -> bool | None:
        """Return what a comparison is, or None if there is no example."""

    def number(self, size: Dim) -> int | None:
        """Return the number that a size is, or None if there is no example."""


oracle: Oracle | None = None


def next_serial() -> int:
    """Return a number that makes a computed size different from all others."""
    return next(_serials)


def dim(
    name: str,
    low: int = 1,
    high: int | None = None,
    origin: object = None,
    serial: int | None = None,
) -> Dim:
    """Return a new size that consists of one symbol, between `low` and `high` inclusive."""
    if high is not None and high < low:
        raise ArgumentError(f"size {name!r}: the upper bound {high} is below the lower bound {low}")
    return Dim((((Symbol(name, low, high, origin, serial),), 1),))


def of_symbol(symbol: Symbol) -> Dim:
    """Return the size that is a symbol."""
    return _atom(symbol)


def term_count(size: Size) -> int:
    """Return how many terms the polynomial of a size has."""
    return len(_terms(size))


def equal(a: Size, b: Size) -> bool | None:
    """Whether two sizes are equal: True, False, or None where the bounds leave it open."""
    if a is b:
        return True
    if type(a) is int and type(b) is int:
        return a == b
    difference = a - b
    if not isinstance(difference, Dim):
        return bool(difference == 0)
    low, high = bounds(difference)
    if low == high == 0:
        return True
    if (low is not None and low > 0) or (high is not None and high < 0):
        return False
    return None


def same(a: Size, b: Size) -> bool:
    """Whether two sizes are certainly equal."""
    return a is b or equal(a, b) is True


def floor_divide(a: Size, b: Size) -> Size:
    """Return ``a // b``, in closed form where `b` divides a part of `a`.

    Where `b` turns out 0 when the model runs, it counts as 1, since a division by zero ends the process
    (onnxruntime 1.20.1 and 1.23.2). ``Dim // Dim`` refuses such a divisor.
    """
    if type(b) is int and b == 0:
        raise ArgumentError(f"size {a} is divided by zero")
    if type(a) is int and type(b) is int:
        return a // b
    quotient, rest = map(_build, polynomials.divide(_terms(a), _terms(b)))
    if type(rest) is int and type(b) is int:
        return quotient + rest // b
    if equal(rest, 0):
        return quotient
    return quotient + _atom(Call("floordiv", rest, b))


def remainder(a: Size, b: Size) -> Size:
    """Return ``a % b``, with the sign of `b`; a `b` that turns out 0 counts as 1."""
    if type(b) is int and b == 0:
        raise ArgumentError(f"size {a} is divided by zero")
    if type(a) is int and type(b) is int:
        return a % b
    rest = _build(polynomials.divide(_terms(a), _terms(b))[1])
    if type(rest) is int and type(b) is int:
        return rest % b
    return 0 if equal(rest, 0) else _atom(Call("mod", rest, b))


def maximum(a: Size, b: Size) -> Size:
    """Return the larger of two sizes, as an expression where the bounds leave it open."""
    if _at_least(a - b, 0):
        return a
    return b if _at_least(b - a, 0) else _atom(Call("max", *sorted((a, b), key=_sort_key)))


def minimum(a: Size, b: Size) -> Size:
    """Return the smaller of two sizes, as an expression where the bounds leave it open."""
    if _at_least(a - b, 0):
        return b
    return a if _at_least(b - a, 0) else _atom(Call("min", *sorted((a, b), key=_sort_key)))


def broadcast_size(a: Size, b: Size) -> Size:
    """Return the size that `a` and `b` broadcast to, given that they are equal or one of them is 1."""
    if type(a) is int and type(b) is int:
        return b if a == 1 else a
    if bounds(a)[0] in (None, 0) or bounds(b)[0] in (None, 0):  # 0 beside 1 gives 0
        return _atom(Call("broadcast", *sorted((a, b), key=_sort_key)))
    return maximum(a, b)


def bounds(size: Size) -> Bounds:
    """Return the smallest and the largest value that a size can take; None is unbounded."""
    if not isinstance(size, Dim):
        return size, size
    return intervals.both(polynomials.bounds(size.terms), _quotient_bounds(size))


def evaluate(size: Size, value: Callable[[Symbol], int]) -> int:
    """Return the number that a size is when its symbols have the given values."""
    if not isinstance(size, Dim):
        return int(size)
    total = 0
    for monomial, factor in size.terms:
        for atom in monomial:
            if isinstance(atom, Symbol):
                factor *= value(atom)
            else:
                left, right = evaluate(atom.left, value), evaluate(atom.right, value)
                factor *= _CALLS[atom.function](left, right)
        total += factor
    return total


def substitute(size: Size, value: Callable[[Symbol], Size]) -> Size:
    """Return a size with other sizes in place of its symbols."""
    if not isinstance(size, Dim):
        return size
    total: Size = 0
    for monomial, factor in size.terms:
        term: Size = factor
        for atom in monomial:
            if isinstance(atom, Symbol):
                term = term * value(atom)
            else:
                left, right = substitute(atom.left, value), substitute(atom.right, value)
                if atom.function in _CALL_SIGNS and type(right) is int:
                    right = right or 1  # as where a model runs
                term = term * _CALL_SIZES[atom.function](left, right)
        total = total + term
    return total


def as_linear(size: Dim) -> tuple[Symbol, int, int] | None:
    """Return (symbol, factor, offset) if a size is ``factor * symbol + offset`` with a positive factor."""
    terms = dict(size.terms)
    offset = terms.pop((), 0)
    if len(terms) != 1:
        return None
    ((monomial, factor),) = terms.items()
    atom = monomial[0]
    if len(monomial) != 1 or not isinstance(atom, Symbol) or factor < 1:
        return None
    return atom, factor, offset


# Canonical form


def _mixes(size: Dim, other: object) -> bool:
    """Whether there is arithmetic of a size with `other`."""
    if isinstance(other, numbers.Integral):
        return True
    if isinstance(other, numbers.Number):
        raise _no_number(size, "arithmetic with fractions")
    return False


def _whole(obj: object) -> Size | None:
    """Return a number that is an integer, if only by value, as one."""
    if isinstance(obj, numbers.Integral):
        return obj
    if isinstance(obj, numbers.Real) and float(obj).is_integer():
        return int(float(obj))
    return None


def _atom(atom: Atom) -> Dim:
    return Dim((((atom,), 1),))


def _terms(size: Size) -> Terms:
    return size.terms if isinstance(size, Dim) else polynomials.constant(int(size))


def _build(terms: Terms) -> Size:
    if not terms:
        return 0
    return terms[0][1] if terms[0][0] == () else Dim(terms)


def _sort_key(size: Size) -> tuple[Any, ...]:
    return polynomials.key(_terms(size))


# Bounds


def _quotient_bounds(size: Dim) -> Bounds:
    """Bounds from quotients being at most what is divided, which shows that ``N - N//2`` is at least 0."""
    for monomial, factor in size.terms if len(size.terms) > 1 else ():
        if len(monomial) != 1 or not isinstance(monomial[0], Call):
            continue
        call = monomial[0]
        low, divisor = bounds(call.left)[0], bounds(call.right)[0]
        if call.function == "floordiv" and low is not None and low >= 0 and (divisor or 0) >= 1:
            low, high = bounds(size + factor * (call.left - _atom(call)))
            return (low, None) if factor < 0 else (None, high)
    return UNBOUNDED


_CALLS: dict[str, Callable[[int, int], int]] = {
    "floordiv": lambda a, b: a // (b or 1),
    "mod": lambda a, b: a % (b or 1),
    "max": max,
    "min": min,
    "broadcast": lambda a, b: b if a == 1 else a,
}
_CALL_SIZES: dict[str, Callable[[Size, Size], Size]] = {
    "floordiv": floor_divide,
    "mod": remainder,
    "max": maximum,
    "min": minimum,
    "broadcast": broadcast_size,
}
_CALL_BOUNDS: dict[str, Callable[[Bounds, Bounds], Bounds]] = {
    "floordiv": intervals.floor_divide,
    "mod": intervals.remainder,
    "max": intervals.maximum,
    "min": intervals.minimum,
    "broadcast": intervals.broadcast,
}
_CALL_SIGNS = {"floordiv": "//", "mod": "%"}  # the others are written as functions


def _at_least(size: Size, limit: int) -> bool | None:
    low, high = bounds(size)
    if low is not None and low >= limit:
        return True
    return False if high is not None and high < limit else None


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


# Messages


def _decide(
    answer: bool | None, left: Size, text: str, right: Size, limit: Size | None = None
) -> bool:
    """Return the answer, or that of an example; `limit` is a whole number that stands for `right`."""
    if answer is None and oracle is not None:
        answer = oracle.compare(left, text, right if limit is None else limit)
    if answer is None:
        raise UnknownSizeError(
            f"whether {left} {text} {right} is not known before the model runs"
            f"{_bounds_text(left, right)}. Declare tighter bounds for the symbol, write the "
            "computation so that it does not branch on this size, or let an example answer: "
            "xp.trace(..., example=)"
        )
    return answer


def _fixed(size: Dim, use: str) -> int:
    """Return the number that a size is in an example, which fixes it."""
    number = None if oracle is None else oracle.number(size)
    if number is None:
        raise _no_number(size, use)
    return number


def _no_number(size: Dim, use: str) -> UnknownSizeError:
    return UnknownSizeError(
        f"the size {size} is not known before the model runs, and {use} needs a number. Array functions and "
        "operators take the size as it is: write np.sqrt(n) for math.sqrt(n), xp.zeros for np.zeros; a Python "
        "loop over it has to become an array expression, or an example fixes the size: xp.trace(..., example=)"
    )


def _divisor(size: Size) -> Size:
    if not isinstance(size, Dim):
        return size
    is_zero = equal(size, 0)
    if is_zero is None and oracle is not None:
        is_zero = _not(oracle.compare(size, "!=", 0))
    if is_zero is None:
        raise UnknownSizeError(
            f"whether the divisor {size} is 0 is not known before the model runs{_bounds_text(size)}. "
            "Declare tighter bounds for the symbol, such as 'N>=1'"
        )
    if is_zero:
        raise ArgumentError(f"a size is divided by {size}, which is 0")
    return size


def _bounds_text(*sizes: Size) -> str:
    symbols = {s for size in sizes if isinstance(size, Dim) for s in size.symbols}
    parts = []
    for symbol in sorted(symbols, key=lambda s: s.sort_key):
        high = "" if symbol.high is None else f" and <= {symbol.high}"
        parts.append(f"{symbol.name} >= {symbol.low}{high}")
    return f" ({', '.join(parts)})" if parts else ""


def text(size: Size, name: Callable[[Symbol], str]) -> str:
    """Return a size as text, with symbols called by `name`."""
    if not isinstance(size, Dim):
        return str(size)
    terms = enumerate(size.terms)
    found = "".join(_term_text(m, f, name, first=i == 0) for i, (m, f) in terms)
    return found[1:-1] if _is_call(size) and found.startswith("(") else found


def _is_call(size: Size) -> bool:
    if not isinstance(size, Dim):
        return False
    ((monomial, factor), *others) = size.terms
    return not others and factor == 1 and len(monomial) == 1 and isinstance(monomial[0], Call)


def _term_text(
    monomial: Monomial, factor: int, name: Callable[[Symbol], str], *, first: bool
) -> str:
    sign = "-" if factor < 0 else "" if first else "+"
    if not monomial:
        return f"{sign}{abs(factor)}"
    powers: dict[Atom, int] = {}
    for atom in monomial:
        powers[atom] = powers.get(atom, 0) + 1
    factors = [] if abs(factor) == 1 else [str(abs(factor))]
    for atom, n in powers.items():
        factors.append(_atom_text(atom, name) + (f"**{n}" if n > 1 else ""))
    return sign + "*".join(factors)


def _atom_text(atom: Atom, name: Callable[[Symbol], str]) -> str:
    if isinstance(atom, Symbol):
        return name(atom)
    sign = _CALL_SIGNS.get(atom.function)
    if sign is None:
        return f"{atom.function}({text(atom.left, name)}, {text(atom.right, name)})"
    return f"({_operand_text(atom.left, name)}{sign}{_operand_text(atom.right, name)})"


def _operand_text(size: Size, name: Callable[[Symbol], str]) -> str:
    found = text(size, name)
    is_function = _is_call(size) and size.terms[0][0][0].function not in _CALL_SIGNS
    return found if is_function or re.fullmatch(r"\w+", found) else f"({found})"
