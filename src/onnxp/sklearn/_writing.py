"""Text of elements of traced columns, as Python's functions write it, and numbers of text."""

from __future__ import annotations

import re
from typing import Any

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace
from onnxp._src.numpy.decimals import scaled
from onnxp._src.numpy.operands import required
from onnxp._src.numpy.text import matches, zfill
from onnxp._src.numpy.ways import decided
from onnxp.errors import FrameError
from onnxp.sklearn import _absent
from onnxp.sklearn._conversion import holds_whole
from onnxp.sklearn._elements import Element
from onnxp.sklearn._regular import SPACE

_FORM = re.compile(r"(?:(.)?([<>=^]))?([-+ ]?)(0?)(\d*)(?:\.(\d+))?([a-zA-Z%]?)", re.DOTALL)
_MOST_DIGITS = 15


def is_text(obj: Any) -> bool:
    """Return whether an object is an element of text."""
    return type(obj) is Element and _array(obj).dtype is string


def _array(element: Element) -> Array:
    array = element.column.array
    is_label = array.dtype.family == "category"
    return namespace().astype(array, string) if is_label else array


def _element(element: Element, array: Any) -> Element:
    column = type(element.column)(array)
    return Element(column, of_numpy=element.of_numpy)


def text_of(element: Element) -> Element:
    """Return what `str` makes of an element.

    Raises
    ------
    FrameError
        If it is a floating-point number or a point in time.
    """
    array, xp = _array(element), namespace()
    if array.dtype is string:
        missing = _absent.either(_absent.known(array))
        text = array if missing is False else xp.where(missing, "nan", array)
        return _element(element, _absent.note(text, False))
    if array.dtype.family in ("bool", "int", "uint"):
        return _element(element, _absent.note(xp.astype(array, string), False))
    if element.is_field:
        missing = xp.isnan(array)
        whole = xp.astype(xp.where(missing, 0.0, array), xp.int64)
        text = xp.where(missing, "nan", xp.astype(whole, string))
        return _element(element, _absent.note(text, False))
    if array.dtype.family == "float":
        why = (
            "of integers beside missing values"
            if holds_whole(array)
            else f"{array.dtype}, of which models do not know the shortest text"
        )
        raise FrameError(
            f"text of an element that is {why}: write the digits that it has, as f'{{x:.2f}}', or int(x) for "
            "whole numbers"
        )
    raise FrameError(f"text of an element of {array.dtype}: write x.strftime('%Y-%m-%d')")


class NoNumber(ValueError):
    """What `int` and `float` raise on a way on which an element is no number."""


def _numbers(element: Element, valid: Array, blank: Any) -> Array:
    """Return an element where it is a number, and a blank elsewhere; raise `NoNumber` where it is none."""
    if not decided(valid):
        raise NoNumber("an element is no number")
    array: Array = namespace().where(valid, _array(element), blank)
    return array


def integer_of(element: Element) -> Element:
    """Return what `int` makes of an element, where that is a number."""
    array, xp = _array(element), namespace()
    if array.dtype.family in ("int", "uint"):
        return element
    if array.dtype is string:
        array = _numbers(element, matches(array, _INTEGER, "int"), "0")
    elif array.dtype.family == "float":
        array = xp.trunc(_numbers(element, xp.isfinite(array), 0.0))
    return _element(element, xp.astype(array, xp.int64))


def float_of(element: Element) -> Element:
    """Return what `float` makes of an element, where that is a number."""
    array, xp = _array(element), namespace()
    if array.dtype is string:
        missing = _absent.mask_of(array)
        texts = _numbers(element, matches(array, _FLOAT, "float") | missing, "0")
        array = xp.where(missing, "nan", texts)
    return _element(element, xp.astype(array, xp.float64))


_INTEGER = rf"[{SPACE}]*[-+]?[0-9]{{1,18}}[{SPACE}]*"
_FLOAT = rf"[{SPACE}]*[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|(?i:inf|infinity|nan))[{SPACE}]*"
"""The texts of numbers in the syntax of RE2."""


def formatted(element: Element, form: str) -> Element:
    """Return what `format` makes of an element.

    Raises
    ------
    FrameError
        If models do not write it in this form.
    """
    array, xp = _array(element), namespace()
    if not form:
        return text_of(element)
    if array.dtype.unit and "%" in form:
        return element.strftime(form)  # type: ignore[no-any-return]  # a method of points in time
    match = _FORM.fullmatch(form)
    fill, align, sign, zero, width, digits, kind = match.groups() if match else (None,) * 7
    if match is None or align == "^" or (align == "=" and array.dtype is string):
        raise _not_written(form, array)
    fill, align = fill or ("0" if zero else " "), align or ("=" if zero else "")
    if array.dtype is string:
        if kind not in ("", "s") or sign or zero or digits:
            raise _not_written(form, array)
        return _justified(text_of(element), align or "<", width, fill)
    if array.dtype.family == "bool" and not element.of_numpy:
        array = xp.astype(array, xp.int64)
    if element.is_field and kind in ("", "d") and digits is None:
        array = xp.astype(xp.where(xp.isnan(array), 0.0, array), xp.int64)
    is_whole = array.dtype.family in ("int", "uint")
    if is_whole and kind in ("", "d") and digits is None:
        negative, text = _of_integers(array)
    elif kind in tuple("fF%") and (is_whole or array.dtype.family == "float"):
        decimals = 6 if digits is None else int(digits)
        negative, text = _of_floats(xp.astype(array, xp.float64), decimals, kind, form)
    else:
        raise _not_written(form, array)
    plus = "" if sign in ("", "-") else sign
    signs = xp.where(negative, "-", plus)
    if align != "=":
        return _justified(_element(element, signs + text), align or ">", width, fill)
    size = int(width or 0)
    padded = [
        _justified(_element(element, text), ">", str(max(size - n, 0)), fill).column.array
        for n in (1, 0)
    ]
    rest = padded[0] if plus else xp.where(negative, *padded)
    return _element(element, _absent.note(signs + rest, False))


def _not_written(form: str, array: Array) -> FrameError:
    kinds = "<, > and a width" if array.dtype is string else "<, >, 0, a width, d, .2f and .1%"
    return FrameError(
        f"an element of {array.dtype} is not written by models as {form!r}; forms have {kinds}"
    )


def _justified(element: Element, align: str, width: str | None, fill: str) -> Element:
    if not width:
        return element
    method = element.column.str.ljust if align == "<" else element.column.str.rjust
    return _element(element, _absent.note(method(int(width), fill).array, False))


def _of_integers(array: Array) -> tuple[Array, Array]:
    """Return which integers are negative, and the text of their digits."""
    xp = namespace()
    negative = array < 0
    if array.dtype.family == "uint":
        return negative, xp.astype(array, string)
    wide = xp.astype(array, xp.int64)  # of which the least one has no absolute value
    digits = xp.astype(xp.bitwise_invert(xp.where(negative, wide, -1)), xp.uint64) + xp.astype(
        negative, xp.uint64
    )
    return negative, xp.astype(xp.where(negative, digits, xp.astype(wide, xp.uint64)), string)


def _of_floats(x: Array, decimals: int, kind: str, form: str) -> tuple[Array, Array]:
    """Return which numbers have a minus, and the text of their digits, with `decimals` after the point."""
    if decimals > _MOST_DIGITS:
        raise _not_written(form, x)
    xp = namespace()
    x = x * 100 if kind == "%" else x
    is_finite = xp.isfinite(x)
    size = xp.where(is_finite, xp.abs(x), 0.0)
    size = required(size, size < 2.0**63, "a number of 2**63 or more has too many digits")
    if decimals == 0:
        text = xp.astype(xp.astype(xp.round(size), xp.int64), string)
    else:
        whole = xp.floor(size)
        rest = xp.astype(scaled(size - whole, decimals), xp.int64)
        carry = rest == 10**decimals
        integer = xp.astype(whole, xp.int64) + xp.astype(carry, xp.int64)
        rest = xp.where(carry, 0, rest)
        text = xp.astype(integer, string) + "." + zfill(xp.astype(rest, string), decimals)
    names = xp.where(xp.isnan(x), "NAN" if kind == "F" else "nan", "INF" if kind == "F" else "inf")
    text = xp.where(is_finite, text, names)
    return xp.signbit(x) & ~xp.isnan(x), text + "%" if kind == "%" else text
