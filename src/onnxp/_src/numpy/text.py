"""numpy's functions of text, `numpy.strings`, as far as runtimes have kernels for them.

Tokenizer, of the domain ``com.microsoft``, finds parts of text by regular expressions of RE2. Characters are
classified as by Python, by expressions that list them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import cache, reduce
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, has_arrays, hosted, implements
from onnxp._src.numpy.operands import as_array, required
from onnxp.errors import ArgumentError, DTypeError, NumpyFunctionError

_ANY = "(?s:.)"


# Expressions


@cache
def _class(*kinds: str) -> str:
    """Return the inside of a class of the characters of some kinds: predicates of `str`, or "title"."""
    tests = [_is_title if kind == "title" else getattr(str, kind) for kind in kinds]
    codes = (code for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    chosen = (code for code in codes if any(test(chr(code)) for test in tests))
    return "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in _ranges(chosen))


def _is_title(character: str) -> bool:
    return character.istitle() and not character.isupper()


def _ranges(codes: Iterator[int]) -> Iterator[tuple[int, int]]:
    low = high = -1
    for code in codes:
        if code != high + 1:
            if high >= 0:
                yield low, high
            low = code
        high = code
    if high >= 0:
        yield low, high


def _listed(characters: str) -> str:
    return "".join(f"\\x{{{ord(c):x}}}" for c in characters)


def _constant(text: Any, name: str) -> str:
    if has_arrays(text, traced=True) or np.ndim(text) != 0 or not isinstance(text, str | np.str_):
        raise NumpyFunctionError(
            f"numpy.strings.{name}: only one constant text is supported, not {text!r}"
        )
    return str(text)


def _whole(name: str, start: Any, end: Any) -> None:
    if start != 0 or end is not None:
        raise NumpyFunctionError(
            f"numpy.strings.{name}: start and end are not supported for traced arrays"
        )


# Operators


def _vector(a: Any, name: str) -> Any:
    x = as_array(a)
    if x.dtype != xp().string:
        raise DTypeError(f"numpy.strings.{name}: an array of text is needed, not of {x.dtype}")
    return xp().reshape(x, (-1,))


def matches(a: Any, pattern: str, name: str) -> Any:
    """Return which elements match an expression as a whole."""
    x = _vector(a, name)
    return xp().reshape(xp().onnx.op("RegexFullMatch", x, pattern=pattern), as_array(a).shape)


def tokens(x: Any, pattern: str) -> Any:
    """Return the parts of text that match, and "" after the last one; there is one column or more."""
    return columns(
        x, "Tokenizer", domain="com.microsoft", mark=0, mincharnum=1, pad_value="", tokenexp=pattern
    )


def columns(x: Any, operator: str, **attributes: Any) -> Any:
    """Return the parts that an operator gives for each text, and "" after the last one."""
    # a row more, because of no rows the kernels make no matrix
    rows = xp().concat([x, xp().full((1,), "")])
    if operator == "Tokenizer":
        attributes.update(dtype="string", shape=(rows.shape[0], None))
        pieces = xp().onnx.op(operator, rows, **attributes)
    else:
        pieces, _ = xp().onnx.op(operator, rows, **attributes)
    pieces = xp().concat([pieces, xp().full((rows.shape[0], 1), "")], axis=1)
    return pieces[: x.shape[0], :]


def _pieces(x: Any, delimiter: str, most: int) -> Any:
    """Return the parts of text between delimiters, at most so many of them, or all of them for -1."""
    limit = {"maxsplit": most} if most >= 0 else {}
    return columns(x, "StringSplit", delimiter=delimiter, **limit)


def _first(a: Any, pattern: str, name: str) -> Any:
    """Return the first part that matches, or "" if there is none."""
    return xp().reshape(tokens(_vector(a, name), pattern)[:, 0], as_array(a).shape)


_WIDTH = re.compile(r"[<>=|]?U([0-9]+)")
_MOST = 1000
"""How often expressions of RE2 repeat at most."""


def cut(x: Any, dtype: Any) -> Any:
    """Return text of at most as many characters as one of numpy's dtypes of text has, such as ``"U3"``.

    Raises
    ------
    NumpyFunctionError
        If these are too many for an expression.
    """
    width = _WIDTH.fullmatch(dtype.str if isinstance(dtype, np.dtype) else str(dtype))
    if width is None or int(width[1]) == 0 or x.dtype != xp().string:
        return x
    if int(width[1]) > _MOST:
        raise NumpyFunctionError(
            f"text of a model is not cut to {width[1]} characters, only to {_MOST} or fewer; write astype(str)"
        )
    return _first(x, f"(?s:.{{1,{width[1]}}})", "astype")


def joined(parts: Any) -> Any:
    """Return the texts of each row, one behind the other: of shape (N,), from shape (N, M)."""
    rows = parts.shape[0]
    empty = xp().full((rows, 1), "")

    def halved(parts: Any) -> Any:
        return parts[:, 0::2] + xp().concat([parts, empty], axis=1)[:, 1::2]

    result = xp().while_loop(
        lambda parts: xp().onnx.op("Shape", parts)[1] > 1,
        halved,
        xp().concat([parts, empty], axis=1),
    )
    return xp().reshape(result, (rows,))


def _count(a: Any, pattern: str, name: str) -> Any:
    is_token = tokens(_vector(a, name), pattern) != ""
    return xp().reshape(xp().sum(xp().astype(is_token, xp().int64), axis=1), as_array(a).shape)


def length(a: Any) -> Any:
    """Return the number of characters, as `numpy.strings.str_len` does."""
    return _count(a, _ANY, "str_len")


def _cased(action: str, name: str) -> Callable[..., Any]:
    """Return a translation of ``upper`` or ``lower``."""

    @cache
    def several() -> dict[str, str]:
        return _images(name, lambda c: len(getattr(c, name)()) > 1 or (name, c) == _SIGMA)

    def changed(x: Any) -> Any:
        # of no text, StringNormalizer gives one
        padded = xp().concat([xp().reshape(x, (-1,)), xp().full((1,), "")])
        # the default locale, en_US.UTF-8, may be missing, and then no session starts (1.20.1 to 1.32.0)
        result = xp().onnx.op(
            "StringNormalizer",
            padded,
            case_change_action=action,
            locale="C.UTF-8",
            shape=(None,),
        )
        return xp().reshape(result[:-1], x.shape)

    def changed_each(x: Any) -> Any:
        if name == _SIGMA[0]:
            fits = ~matches(x, f"(?s).*{_SIGMA[1]}.*", name)
            why = f"numpy.strings.lower: what {_SIGMA[1]!r} becomes depends on its place; replace it before"
            x = xp().take(x, required(xp().arange(x.shape[0]), xp().all(fits), why))
        characters = tokens(x, _ANY)
        images = _looked_up(characters, several())
        return joined(xp().where(images != "", images, changed(characters)))

    def function(a: Any) -> Any:
        x = _vector(a, name)
        # StringNormalizer changes each character to another one
        is_one = ~matches(x, f"(?s).*[{_listed(''.join(several()))}].*", name)
        result = xp().cond(xp().all(is_one), lambda: changed(x), lambda: changed_each(x))
        return xp().reshape(result, as_array(a).shape)

    return function


_SIGMA = ("lower", "Σ")
"""The letter that becomes another one at the end of a word, which no kernel knows."""


def _images(name: str, test: Callable[[str], bool]) -> dict[str, str]:
    """Return the results of a method of `str` for the characters that pass a test."""
    return {c: getattr(c, name)() for c in map(chr, range(sys.maxunicode + 1)) if test(c)}


def _looked_up(characters: Any, images: dict[str, str]) -> Any:
    """Return the images of characters, and "" for those that have none."""
    return xp().onnx.op(
        "LabelEncoder",
        characters,
        domain="ai.onnx.ml",
        keys_strings=list(images),
        values_strings=list(images.values()),
        default_string="",
    )


def casefolded(x: Any) -> Any:
    """Return text of shape (N,) as `str.casefold` does."""
    characters = tokens(x, _ANY)
    images = _looked_up(characters, _folded())
    return joined(xp().where(images != "", images, characters))


@cache
def _folded() -> dict[str, str]:
    return _images("casefold", lambda c: c.casefold() != c)


def _is_in(predicate: str) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        return matches(x, f"[{_class(predicate)}]+", predicate)

    return function


def _is_cased(kind: str, other: str) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        rest = f"[^{_class(other, 'title')}]*"
        return matches(x, f"(?s){rest}[{_class(kind)}]{rest}", kind)

    return function


UFUNCS: dict[str, Callable[..., Any]] = {
    "str_len": length,
    **{
        name: _is_in(name) for name in "isalpha isdigit isdecimal isnumeric isspace isalnum".split()
    },
    "isupper": _is_cased("isupper", "islower"),
    "islower": _is_cased("islower", "isupper"),
}
"""Functions of text that are universal functions, by their names."""


# Functions


def _translates(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function for traced arrays; of others, numpy computes it."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        original = getattr(np.strings, name)

        def translated(*args: Any, **kwargs: Any) -> Any:
            if has_arrays((args, kwargs), traced=True):
                return function(*args, **kwargs)
            hosts = hosted(args)
            if name in _LENGTHENING and isinstance(args[0], xp().Array):
                hosts = (_roomy(hosts[0]), *hosts[1:])
            return original(*hosts, **hosted(kwargs))

        implements(original)(translated)
        return function

    return register


_LENGTHENING = frozenset("capitalize lower swapcase title upper".split())
"""Functions that make up to three characters of one, for which numpy's arrays of text may have no room."""


def _roomy(text: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return text.astype(f"U{3 * max(text.dtype.itemsize // 4, 1)}")


@_translates("startswith")
def startswith(a: Any, prefix: Any, start: Any = 0, end: Any = None) -> Any:
    """Translate `numpy.strings.startswith` for a constant prefix."""
    _whole("startswith", start, end)
    return matches(a, f"(?s){re.escape(_constant(prefix, 'startswith'))}.*", "startswith")


@_translates("endswith")
def endswith(a: Any, suffix: Any, start: Any = 0, end: Any = None) -> Any:
    """Translate `numpy.strings.endswith` for a constant suffix."""
    _whole("endswith", start, end)
    return matches(a, f"(?s).*{re.escape(_constant(suffix, 'endswith'))}", "endswith")


@_translates("find")
def find(a: Any, sub: Any, start: Any = 0, end: Any = None) -> Any:
    """Translate `numpy.strings.find` for a constant text."""
    _whole("find", start, end)
    text = _constant(sub, "find")
    if not text:
        return xp().zeros(as_array(a).shape, dtype=xp().int64)
    before = _pieces(_vector(a, "find"), text, 1)[:, 0]
    has = matches(a, f"(?s).*{re.escape(text)}.*", "find")
    return xp().where(has, length(xp().reshape(before, as_array(a).shape)), -1)


@_translates("rfind")
def rfind(a: Any, sub: Any, start: Any = 0, end: Any = None) -> Any:
    """Translate `numpy.strings.rfind` for a constant text."""
    _whole("rfind", start, end)
    text = _constant(sub, "rfind")
    if not text:
        return length(a)
    until = length(_first(a, f"(?s).*{re.escape(text)}", "rfind"))
    return xp().where(until > 0, until - len(text), -1)


@_translates("count")
def count(a: Any, sub: Any, start: Any = 0, end: Any = None) -> Any:
    """Translate `numpy.strings.count` for a constant text."""
    _whole("count", start, end)
    text = _constant(sub, "count")
    return _count(a, re.escape(text), "count") if text else length(a) + 1


def _strips(name: str, pattern: str) -> None:
    def function(a: Any, chars: Any = None) -> Any:
        inside = _class("isspace") if chars is None else _listed(_constant(chars, name))
        if not inside:
            return as_array(a)
        return _first(a, f"(?s){pattern.replace('X', f'[^{inside}]')}", name)

    _translates(name)(function)


_strips("strip", "X(?:.*X)?")
_strips("lstrip", "X.*")
_strips("rstrip", ".*X")
_translates("upper")(_cased("UPPER", "upper"))
_translates("lower")(_cased("LOWER", "lower"))


def _of_each(a: Any, pattern: str, name: str) -> Any:
    """Return which characters match, in the shape of `a`."""
    return xp().reshape(matches(xp().reshape(a, (-1,)), pattern, name), a.shape)


@cache
def _titles() -> dict[str, str]:
    return _images("title", lambda c: c.title() != c.upper())


def _recased(name: str, is_upper: Callable[[Any], Any]) -> None:
    """Translate a function that puts each character into upper, or title, or lower case."""

    def function(a: Any) -> Any:
        characters = tokens(_vector(a, name), _ANY)
        upper = is_upper(characters)
        above = FUNCTIONS[np.strings.upper](xp().where(upper, characters, ""))
        below = FUNCTIONS[np.strings.lower](xp().where(upper, "", characters))
        if name == "swapcase":  # which leaves the letters in title case
            is_title = _of_each(characters, f"[{_class('title')}]", name)
            below = xp().where(is_title, characters, below)
        else:
            titles = _looked_up(xp().where(upper, characters, ""), _titles())
            above = xp().where(titles != "", titles, above)
        return xp().reshape(joined(above + below), as_array(a).shape)

    _translates(name)(function)


def _start_words(characters: Any) -> Any:
    cased = _of_each(characters, f"[{_class('islower', 'isupper', 'title')}]", "title")
    return ~xp().concat([xp().zeros((cased.shape[0], 1), dtype=xp().bool), cased[:, :-1]], axis=1)


_recased("title", _start_words)
_recased(
    "capitalize",
    lambda characters: xp().broadcast_to(xp().arange(characters.shape[1]) == 0, characters.shape),
)
_recased("swapcase", lambda characters: _of_each(characters, f"[{_class('islower')}]", "swapcase"))


@_translates("replace")
def replace(a: Any, old: Any, new: Any, count: Any = -1) -> Any:
    """Translate `numpy.strings.replace` for constant text."""
    text, other = _constant(old, "replace"), _constant(new, "replace")
    if has_arrays(count, traced=True) or np.ndim(count) != 0:
        raise NumpyFunctionError("numpy.strings.replace: only one constant count is supported")
    if not text:
        raise NumpyFunctionError("numpy.strings.replace: the text to replace must not be empty")
    x, most = _vector(a, "replace"), int(count)
    if most == 0 or text == other:
        return as_array(a)
    pieces = _pieces(x, text, most)
    replaced = _count(x, re.escape(text), "replace")
    replaced = replaced if most < 0 else xp().minimum(replaced, most)
    places = xp().arange(pieces.shape[1])
    between = (places > 0) & (places <= xp().reshape(replaced, (-1, 1)))
    return xp().reshape(joined(xp().where(between, other, "") + pieces), as_array(a).shape)


def partition(a: Any, sep: Any) -> tuple[Any, Any, Any]:
    """Translate `numpy.strings.partition` for constant text."""
    text, shape = _constant(sep, "partition"), as_array(a).shape
    if not text:
        raise ArgumentError("numpy.strings.partition: the separator must not be empty")
    pieces = _pieces(_vector(a, "partition"), text, 1)
    has = matches(xp().reshape(as_array(a), (-1,)), f"(?s).*{re.escape(text)}.*", "partition")
    last = xp().clip(xp().asarray(1), None, xp().asarray(pieces.shape[1] - 1))
    after = xp().where(has, xp().take(pieces, xp().reshape(last, (1,)), axis=1)[:, 0], "")
    before, middle = pieces[:, 0], xp().where(has, text, "")
    return xp().reshape(before, shape), xp().reshape(middle, shape), xp().reshape(after, shape)


if hasattr(np.strings, "partition"):  # since numpy 2.1
    _translates("partition")(partition)


@implements(np.char.partition)
def _partitioned(a: Any, sep: Any) -> Any:
    """Translate `numpy.char.partition`, whose parts are along the last axis."""
    if has_arrays(a, traced=True):
        return xp().stack(partition(a, sep), axis=-1)
    return np.char.partition(hosted(a), hosted(sep))


def _justifies(name: str, at_the_left: Callable[[Any, int], Any]) -> None:
    def function(a: Any, width: Any, fillchar: Any = " ") -> Any:
        if has_arrays(width, traced=True) or np.ndim(width) != 0:
            raise NumpyFunctionError(f"numpy.strings.{name}: only one constant width is supported")
        fill = _constant(fillchar, name)
        pads = xp().asarray([fill * n for n in range(int(width) + 1)])
        x = as_array(a)
        gap = xp().clip(int(width) - length(x), 0, int(width))
        left = at_the_left(gap, int(width))

        def padding(n: Any) -> Any:
            return xp().reshape(xp().take(pads, xp().reshape(n, (-1,))), x.shape)

        return padding(left) + x + padding(gap - left)

    _translates(name)(function)


@_translates("zfill")
def zfill(a: Any, width: Any) -> Any:
    """Translate `numpy.strings.zfill`, which inserts zeros after a sign."""
    x = _vector(a, "zfill")
    parts = tokens(x, _ANY)
    first = parts[:, 0]
    signed = (first == "+") | (first == "-")
    rest = joined(xp().concat([xp().where(signed, "", first)[:, None], parts[:, 1:]], axis=1))
    justified = FUNCTIONS[np.strings.rjust]
    sizes = (justified(rest, n, "0") for n in (max(int(width) - 1, 0), width))
    result = xp().where(signed, first, "") + xp().where(signed, *sizes)
    return xp().reshape(result, as_array(a).shape)


_justifies("rjust", lambda gap, width: gap)
_justifies("ljust", lambda gap, width: xp().zeros_like(gap))
_justifies("center", lambda gap, width: gap // 2 + (gap & width & 1))


def multiply(a: Any, i: Any) -> Any:
    """Translate `numpy.strings.multiply` for a constant number."""
    if has_arrays(i, traced=True) or np.ndim(i) != 0:
        raise NumpyFunctionError("numpy.strings.multiply: only one constant number is supported")
    x = as_array(a)
    return reduce(lambda text, _: text + x, range(int(i)), xp().full(x.shape, ""))


_translates("multiply")(multiply)
FUNCTIONS[np.char.multiply] = FUNCTIONS[np.strings.multiply]
