"""`Dim`, a size that is known only when the model runs: an integer expression over named symbols.

An expression is kept as a polynomial in canonical form, so equal expressions are equal objects up to
``==``. Comparisons answer what follows from the bounds of the symbols; whatever does not follow
raises `UnknownSizeError` instead of guessing.
"""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Callable
from typing import Any, final, overload

from onnxp._src.shapes import algebra, atoms, dim_reals, dim_text, oracle, polynomials, ranges
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dim_reals import DimReal, NumpyOperand
from onnxp._src.shapes.intervals import Bounds
from onnxp._src.shapes.polynomials import Terms
from onnxp.errors import ArgumentError, ArgumentTypeError


@final
class Dim(NumpyOperand):
    """A symbolic size.

    It mixes with integers in ``+ - * // % **`` and comparisons, and is accepted wherever the standard
    takes an integer for a size. The sizes of a traced array are such; there is nothing to call.
    """

    __module__ = "onnxp"
    __slots__ = ("_bounds", "_hash", "_terms", "_weight")

    _terms: Terms
    _hash: int | None
    _bounds: Bounds | None
    _weight: int | None

    def __init__(self, *args: object) -> None:
        raise ArgumentTypeError(
            "Dim: sizes are not made by calling the class. Name a size in a shape, "
            "xp.argument(('N', 4), dtype), and take it from the array, x.shape[0]"
        )

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
        return atoms.symbols(self._terms)

    @property
    def weight(self) -> int:
        """How many symbols, numbers and functions the expression is made of."""
        if self._weight is None:
            self._weight = polynomials.weight(self._terms)
        return self._weight

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self._terms)
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return Dim._of_plain, (atoms.to_plain(self._terms),)

    @classmethod
    def _of_plain(cls, plain: Any) -> Dim:
        return _dim(atoms.of_plain(plain))

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

    @overload
    def __add__(self, other: int | Dim) -> int | Dim: ...
    @overload
    def __add__(self, other: object) -> Any: ...
    def __add__(self, other: Any) -> Any:
        if isinstance(other, numbers.Integral):
            return of_terms(algebra.add(self._terms, _terms(other)))
        return self.as_real() + other if isinstance(other, numbers.Number) else NotImplemented

    @overload
    def __radd__(self, other: int) -> int | Dim: ...
    @overload
    def __radd__(self, other: object) -> Any: ...
    def __radd__(self, other: Any) -> Any:
        return self + other if isinstance(other, numbers.Number) else NotImplemented

    @overload
    def __sub__(self, other: int | Dim) -> int | Dim: ...
    @overload
    def __sub__(self, other: object) -> Any: ...
    def __sub__(self, other: Any) -> Any:
        if isinstance(other, numbers.Integral):
            return of_terms(algebra.add(self._terms, _terms(other), -1))
        return self.as_real() - other if isinstance(other, numbers.Number) else NotImplemented

    @overload
    def __rsub__(self, other: int) -> int | Dim: ...
    @overload
    def __rsub__(self, other: object) -> Any: ...
    def __rsub__(self, other: Any) -> Any:
        if isinstance(other, numbers.Integral):
            return of_terms(algebra.add(_terms(other), self._terms, -1))
        return other - self.as_real() if isinstance(other, numbers.Number) else NotImplemented

    @overload
    def __mul__(self, other: int | Dim) -> int | Dim: ...
    @overload
    def __mul__(self, other: object) -> Any: ...
    def __mul__(self, other: Any) -> Any:
        if isinstance(other, numbers.Integral):
            return of_terms(algebra.multiply(self._terms, _terms(other)))
        return self.as_real() * other if isinstance(other, numbers.Number) else NotImplemented

    @overload
    def __rmul__(self, other: int) -> int | Dim: ...
    @overload
    def __rmul__(self, other: object) -> Any: ...
    def __rmul__(self, other: Any) -> Any:
        return self * other if isinstance(other, numbers.Number) else NotImplemented

    def __neg__(self) -> Dim:
        return _dim(polynomials.scale(self._terms, -1))

    def __pos__(self) -> Dim:
        return self

    def __abs__(self) -> int | Dim:
        return self if self >= 0 else -self

    @overload
    def __pow__(self, other: int) -> int | Dim: ...
    @overload
    def __pow__(self, other: object) -> Any: ...
    def __pow__(self, other: Any) -> Any:
        if type(other) is Dim or not isinstance(other, numbers.Integral) or other < 0:
            is_plain = isinstance(other, numbers.Number) and not isinstance(other, Dim)
            return self.as_real() ** other if is_plain else NotImplemented
        result: Size = 1
        for _ in range(int(other)):
            result = result * self
        return result

    def __rpow__(self, other: Any) -> DimReal:
        if isinstance(other, numbers.Integral):  # a whole number, which no polynomial expresses
            return NotImplemented
        return other ** self.as_real() if isinstance(other, numbers.Number) else NotImplemented

    def __floordiv__(self, other: int | Dim) -> int | Dim:
        return floor_divide(self, _divisor(other)) if _mixes(self, other) else NotImplemented

    def __rfloordiv__(self, other: int) -> int | Dim:
        return floor_divide(other, _divisor(self)) if _mixes(self, other) else NotImplemented

    def __mod__(self, other: int | Dim) -> int | Dim:
        return remainder(self, _divisor(other)) if _mixes(self, other) else NotImplemented

    def __rmod__(self, other: int) -> int | Dim:
        return remainder(other, _divisor(self)) if _mixes(self, other) else NotImplemented

    def __divmod__(self, other: int | Dim) -> tuple[int | Dim, int | Dim]:
        return (self // other, self % other) if _mixes(self, other) else NotImplemented

    def __rdivmod__(self, other: int) -> tuple[int | Dim, int | Dim]:
        return (other // self, other % self) if _mixes(self, other) else NotImplemented

    def __truediv__(self, other: object) -> DimReal:
        return self.as_real() / other if isinstance(other, numbers.Number) else NotImplemented

    def __rtruediv__(self, other: Any) -> DimReal:
        return other / self.as_real() if isinstance(other, numbers.Number) else NotImplemented

    def __floor__(self) -> Dim:
        return self

    __ceil__ = __trunc__ = __floor__

    def __round__(self, digits: int = 0) -> Dim:
        if digits < 0:
            raise oracle.no_number(self, "rounding to tens")
        return self

    # Comparisons: conclusive or loud

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DimReal):
            return NotImplemented
        number = _whole(other)
        if number is None:
            return False if isinstance(other, numbers.Real) else NotImplemented
        answer = _known(lambda size: equal(size, number), self)
        return oracle.decide(answer, self, "==", other, number)

    def __ne__(self, other: object) -> bool:
        if isinstance(other, DimReal):
            return NotImplemented
        number = _whole(other)
        if number is None:
            return True if isinstance(other, numbers.Real) else NotImplemented
        answer = _known(lambda size: _not(equal(size, number)), self)
        return oracle.decide(answer, self, "!=", other, number)

    def __ge__(self, other: object) -> bool:
        return self._order(other, ">=", math.ceil, lambda d: _is_at_least(d, 0))

    def __gt__(self, other: object) -> bool:
        return self._order(other, ">", math.floor, lambda d: _is_at_least(d, 1))

    def __le__(self, other: object) -> bool:
        return self._order(other, "<=", math.floor, lambda d: _not(_is_at_least(d, 1)))

    def __lt__(self, other: object) -> bool:
        return self._order(other, "<", math.ceil, lambda d: _not(_is_at_least(d, 0)))

    def _order(
        self,
        other: object,
        text: str,
        whole: Callable[[float], int],
        rule: Callable[[Size], bool | None],
    ) -> bool:
        limit: Size
        if isinstance(other, Dim):
            limit = other
        elif isinstance(other, numbers.Integral):
            limit = int(other)
        elif not isinstance(other, numbers.Real) or isinstance(other, DimReal):
            return NotImplemented  # type: ignore[no-any-return]  # operators return what this returns
        elif math.isfinite(other):
            limit = whole(float(other))
        else:  # infinite, or NaN, of which nothing is true
            return not math.isnan(other) and (float(other) > 0) == text.startswith("<")
        answer = _known(lambda size: rule(size - limit), self)
        return oracle.decide(answer, self, text, other, limit)

    # Python asks for a number

    def __bool__(self) -> bool:
        return oracle.decide(_not(equal(self, 0)), self, "!=", 0)

    def __int__(self) -> int:
        return oracle.number(self, "int()")

    def __index__(self) -> int:
        return oracle.number(self, "an index, a range or a size that must be a plain integer")

    def __float__(self) -> float:
        if dim_reals.asked_whether_finite(sys._getframe(1)):
            return 1.0
        return float(oracle.number(self, "float()"))

    def __repr__(self) -> str:
        return dim_text.text(self._terms, repr)

    __str__ = __repr__


numbers.Integral.register(Dim)
Size = int | Dim


def _dim(terms: Terms) -> Dim:
    size = object.__new__(Dim)
    size._terms = terms
    size._hash = size._bounds = size._weight = None
    return size


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
    return of_symbol(Symbol(name, low, high, origin, serial))


def of_symbol(symbol: Symbol) -> Dim:
    """Return the size that is a symbol."""
    return _dim((((symbol,), 1),))


def of_terms(terms: Terms) -> Size:
    """Return the size that an expression in canonical form is."""
    number = polynomials.number(terms)
    return _dim(terms) if number is None else number


def term_count(size: Size) -> int:
    """Return how many terms the polynomial of a size has."""
    return len(_terms(size))


def bounds(size: Size) -> Bounds:
    """Return the smallest and the largest value that a size can take; None is unbounded."""
    if not isinstance(size, Dim):
        return size, size
    if size._bounds is None:
        size._bounds = ranges.bounds(size._terms)
    return size._bounds


def equal(a: Size, b: Size) -> bool | None:
    """Return whether two sizes are equal: True, False, or None where the bounds leave it open."""
    if a is b:
        return True
    if isinstance(a, Dim):
        if isinstance(b, Dim):
            if a._terms == b._terms:
                return True
            low, high = ranges.bounds(polynomials.combine(a._terms, b._terms, -1))
            return _is_number(low, high, 0)
        return _is_number(*bounds(a), b)
    return _is_number(*bounds(b), a) if isinstance(b, Dim) else a == b


def _is_number(low: int | None, high: int | None, number: int) -> bool | None:
    if (low is not None and low > number) or (high is not None and high < number):
        return False
    return True if low == high == number else None


def same(a: Size, b: Size) -> bool:
    """Return whether two sizes are certainly equal."""
    if a is b:
        return True
    if (
        isinstance(a, Dim)
        and isinstance(b, Dim)
        and ranges.has_one_form(a._terms)
        and ranges.has_one_form(b._terms)
    ):
        return a._terms == b._terms
    return equal(a, b) is True


def floor_divide(a: Size, b: Size) -> Size:
    """Return ``a // b``, in closed form where `b` divides a part of `a`.

    Where `b` turns out 0 when the model runs, it counts as 1, since a division by zero ends the process
    (onnxruntime 1.20.1 and 1.23.2). ``Dim // Dim`` refuses such a divisor.
    """
    if type(b) is int and b == 0:
        raise ArgumentError(f"size {a} is divided by zero")
    return of_terms(algebra.floor_divide(_terms(a), _terms(b)))


def remainder(a: Size, b: Size) -> Size:
    """Return ``a % b``, with the sign of `b`; a `b` that turns out 0 counts as 1."""
    if type(b) is int and b == 0:
        raise ArgumentError(f"size {a} is divided by zero")
    return of_terms(algebra.remainder(_terms(a), _terms(b)))


def maximum(a: Size, b: Size) -> Size:
    """Return the larger of two sizes, as an expression where the bounds leave it open."""
    return (
        max(a, b) if type(a) is type(b) is int else of_terms(algebra.maximum(_terms(a), _terms(b)))
    )


def minimum(a: Size, b: Size) -> Size:
    """Return the smaller of two sizes, as an expression where the bounds leave it open."""
    return (
        min(a, b) if type(a) is type(b) is int else of_terms(algebra.minimum(_terms(a), _terms(b)))
    )


def broadcast_size(a: Size, b: Size) -> Size:
    """Return the size that `a` and `b` broadcast to; where a model computes it, it checks that they do."""
    return of_terms(algebra.broadcast(_terms(a), _terms(b)))


def evaluate(size: Size, value: Callable[[Symbol], int]) -> int:
    """Return the number that a size is when its symbols have the given values."""
    return algebra.evaluate(size.terms, value) if isinstance(size, Dim) else int(size)


def substitute(size: Size, value: Callable[[Symbol], Size]) -> Size:
    """Return a size with other sizes in place of its symbols."""
    if not isinstance(size, Dim):
        return size
    symbol = size.symbol
    if symbol is not None:
        return value(symbol)
    return of_terms(algebra.substitute(size.terms, lambda s: _terms(value(s))))


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


def text(size: Size, name: Callable[[Symbol], str]) -> str:
    """Return a size as text, with symbols called by `name`."""
    return dim_text.text(_terms(size), name)


def _terms(size: Any) -> Terms:
    return size._terms if type(size) is Dim else polynomials.constant(int(size))


def _mixes(size: Dim, other: object) -> bool:
    """Return whether there is arithmetic of a size with `other`."""
    if isinstance(other, numbers.Integral):
        return True
    if isinstance(other, numbers.Number):
        raise oracle.no_number(size, "arithmetic with fractions")
    return False


def _whole(obj: object) -> Size | None:
    """Return a number that is an integer, if only by value, as one."""
    if isinstance(obj, Dim):
        return obj
    if isinstance(obj, numbers.Integral):
        return int(obj)
    if isinstance(obj, numbers.Real) and float(obj).is_integer():
        return int(float(obj))
    return None


def _known(rule: Callable[[Size], bool | None], size: Dim) -> bool | None:
    """Return what a rule says of a size, which may be taken as if no symbol of it were 0."""
    answer = rule(size)
    if answer is not None or not oracle.taken_as_filled.get():
        return answer
    return rule(substitute(size, lambda s: of_symbol(s) + (s.low == 0)))


def _is_at_least(size: Size, limit: int) -> bool | None:
    low, high = bounds(size)
    if low is not None and low >= limit:
        return True
    return False if high is not None and high < limit else None


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _divisor(size: Any) -> Any:
    if not isinstance(size, Dim):
        return size
    if oracle.is_zero(equal(size, 0), size):
        raise ArgumentError(f"a size is divided by {size}, which is 0")
    return size
