"""Arithmetic of shapes: tuples of integers and symbolic sizes."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Set
from typing import Any, TypeGuard

import numpy as np

from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dims import Dim, Size, broadcast_size, equal, same
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    AxisError,
    BroadcastError,
    LeakedArrayError,
    OnnxpError,
    ShapeError,
    TracedValueError,
)

Shape = tuple[Size, ...]
MAX_SIZE = 2**63 - 1


def is_static(shape: Shape) -> TypeGuard[tuple[int, ...]]:
    """Return whether every size is a number."""
    for size in shape:  # noqa: SIM110  # a generator takes three times as long
        if type(size) is not int:
            return False
    return True


def is_zero(size: Size) -> bool:
    """Return whether a size is the number 0; whether a symbolic one is 0 is not asked."""
    return type(size) is int and size == 0


def is_empty(shape: Shape) -> bool:
    """Return whether a shape is known to have no elements."""
    return any(map(is_zero, shape))


def size_names(
    shapes: Iterable[Shape], known: Mapping[Symbol, str] | None = None
) -> dict[Symbol, str]:
    """Return what to call each symbol of some shapes, so that different ones have different names.

    Those that are `known` keep their names.
    """
    names = dict(known or {})
    symbols: dict[Symbol, None] = {}
    for size in (size for shape in shapes for size in shape if type(size) is Dim):
        symbol = size.symbol
        symbols.update(
            {symbol: None}
            if symbol is not None
            else dict.fromkeys(sorted(size.symbols, key=lambda symbol: symbol.sort_key))
        )
    taken = set(names.values())
    # declared ones first: they keep their names where they can
    for symbol in sorted(symbols, key=lambda symbol: symbol.origin is not None):
        if symbol not in names:
            number, name = 0, symbol.name
            while name in taken:
                number += 1
                name = f"{symbol.name}_{number}"
            names[symbol] = name
            taken.add(name)
    return names


def as_size(obj: object, function: str, *, minimum: int | None = 0) -> Size:
    """Return `obj` as a size: a Python int or a `Dim`.

    Raises
    ------
    ArgumentTypeError
        If it is not an integer.
    ArgumentError
        If it is below `minimum`, or too large.
    """
    if type(obj) is Dim:
        return obj
    number = obj if type(obj) is int else as_integer(obj, function, "a size")
    least = -MAX_SIZE if minimum is None else minimum
    if number < least:
        raise ArgumentError(f"{function}: a size must be at least {least}, not {number}")
    if number > MAX_SIZE:
        raise ArgumentError(f"{function}: a size must be at most {MAX_SIZE}, not {number}")
    return number


MAX_RANK = 64
"""How many axes numpy's arrays have at most."""


def as_shape(obj: object, function: str, *, minimum: int | None = 0) -> Shape:
    """Return `obj` as a shape: an integer, or any sequence of integers and symbolic sizes."""
    if isinstance(obj, Iterable) and getattr(obj, "ndim", 1) != 0:
        if isinstance(obj, str | bytes | Set | Mapping):
            raise ArgumentTypeError(
                f"{function}: a shape must be an integer or a sequence of them, not {obj!r} "
                f"of type {type(obj).__name__}"
            )
        sizes = tuple(as_size(size, function, minimum=minimum) for size in obj)
        if len(sizes) > MAX_RANK:
            raise ShapeError(
                f"{function}: {len(sizes):,} axes are more than the {MAX_RANK} of arrays"
            )
        return sizes
    return (as_size(obj, function, minimum=minimum),)


def normalize_axis(axis: Any, rank: int, function: str) -> int:
    """Return `axis` counted from the front.

    Raises
    ------
    AxisError
        If it is out of range.
    ArgumentTypeError
        If it is not an integer.
    """
    number = axis if type(axis) is int else as_integer(axis, function, "axis")
    if not -rank <= number < rank:
        raise AxisError(f"{function}: axis {number} is out of range for an array of rank {rank}")
    return number % rank


def as_integer(obj: Any, function: str, what: str) -> int:
    """Return what Python takes for an index as a number; a bool is more likely a mistake than a number.

    Raises
    ------
    ArgumentTypeError
        If it is none.
    """
    if not isinstance(obj, bool | np.bool_):
        try:
            return operator.index(obj)
        except LeakedArrayError:
            raise
        except TracedValueError as error:
            advice = "; take it from a shape, like x.shape[0], or use xp.arange(n), which takes a traced n"
            raise TracedValueError(
                f"{function}: {what} must be known when the function is traced, and so cannot be an element of "
                f"a traced array{advice if what == 'a size' else ''}{_place(str(error))}"
            ) from None
        except OnnxpError:  # an array that tells better why it is none
            raise
        except TypeError:
            pass
    raise ArgumentTypeError(
        f"{function}: {what} must be an integer, not {obj!r} of type {type(obj).__name__}"
    ) from None


def _place(message: str) -> str:
    """Return the end of a message that says where an array was computed."""
    before, separator, place = message.rpartition(" (computed at ")
    return separator + place if before else ""


def normalize_axes(axis: Any, rank: int, function: str) -> tuple[int, ...]:
    """Return an axis, a tuple of axes or None (all of them) as a tuple counted from the front."""
    if axis is None:
        return tuple(range(rank))
    if type(axis) is int:
        return (axis % rank if -rank <= axis < rank else normalize_axis(axis, rank, function),)
    given = axis if isinstance(axis, tuple | list) else (axis,)
    axes = tuple(normalize_axis(a, rank, function) for a in given)
    if len(set(axes)) != len(axes):
        raise AxisError(f"{function}: axis {tuple(given)} names an axis twice")
    return axes


def broadcast(a: Shape, b: Shape, function: str = "broadcasting") -> Shape:
    """Return the shape that two shapes broadcast to.

    Two different symbolic sizes may turn out equal, or one of them 1: the result is then the larger
    one, and the runtime checks. A size that is symbolic beside a number other than 1 takes that number.

    Raises
    ------
    BroadcastError
        If they cannot broadcast.
    """
    if a is b:
        return a
    if len(a) < len(b):
        a, b = b, a
    offset = len(a) - len(b)
    if not b:
        return a
    result = list(a)
    changed = False
    for i, q in enumerate(b, offset):
        p = a[i]
        if p is q:
            continue
        if type(p) is int and type(q) is int:
            if p == q or q == 1:
                continue
            if p != 1:
                raise _broadcast_error(function, a, b)
            result[i] = q
        else:
            result[i] = _broadcast_size(p, q, function, a, b)
        changed = True
    return tuple(result) if changed else a


def _broadcast_size(p: Size, q: Size, function: str, a: Shape, b: Shape) -> Size:
    if same(p, q) or same(q, 1):
        return p
    if same(p, 1):
        return q
    if type(p) is int or type(q) is int:
        number, symbolic = (p, q) if type(p) is int else (q, p)
        if equal(symbolic, number) is False and equal(symbolic, 1) is False:
            raise _broadcast_error(function, a, b)
        return number
    if equal(p, q) is False and equal(p, 1) is False and equal(q, 1) is False:
        raise _broadcast_error(function, a, b)
    return broadcast_size(p, q)


def broadcast_all(shapes: Iterable[Shape], function: str = "broadcasting") -> Shape:
    """Return the shape that several shapes broadcast to."""
    result: Shape = ()
    for shape in shapes:
        result = broadcast(result, shape, function)
    return result


def product(sizes: Iterable[Size]) -> Size:
    """Return the product of sizes."""
    result: Size = 1
    for size in sizes:
        result = result * size
    return result


def same_shape(a: Shape, b: Shape) -> bool:
    """Return whether two shapes are certainly equal."""
    return a is b or (len(a) == len(b) and all(same(p, q) for p, q in zip(a, b, strict=True)))


def shape_text(shape: Shape) -> str:
    """Return a shape as Python would print it."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _broadcast_error(function: str, a: Shape, b: Shape) -> BroadcastError:
    return BroadcastError(
        f"{function}: shapes {shape_text(a)} and {shape_text(b)} do not broadcast; "
        "sizes must be equal or 1, counted from the last axis"
    )
