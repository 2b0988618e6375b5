"""The accessor ``str`` of traced columns, with the names of pandas.

Missing text is ``""``, and what pandas finds missing in text is ``""`` as well (`_absent`); in nullable columns
it is null.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp._src.numpy.dispatch import FUNCTIONS
from onnxp._src.numpy.text import UFUNCS, casefolded, columns, joined, length, matches, tokens
from onnxp.errors import FrameError
from onnxp.sklearn import _absent
from onnxp.sklearn._conversion import as_whole
from onnxp.sklearn._elementwise import frame_of
from onnxp.sklearn._lookup import is_missing
from onnxp.sklearn._regular import SPACE, require_longest, translated, with_group

_ANY = "(?s:.)"
_PLAIN = "lower upper title swapcase strip lstrip rstrip zfill ljust rjust find rfind".split()
"""Methods that numpy's functions of text have, with the same parameters."""
_PADDING = ("zfill", "ljust", "rjust", "center")
_SIDES = {"left": "rjust", "right": "ljust", "both": "center"}
_TESTS = "isalpha isdigit isdecimal isnumeric isspace isalnum isupper islower".split()
_LITERAL = re.compile(r"[^.^$*+?{}\[\]\\|()]*")


class Strings:
    """The texts of a column; if `null` is given, one that is nullable."""

    def __init__(self, array: Array, wrap: Callable[[Any], Any], null: Array | None = None) -> None:
        self._array = array if null is None else nulls.get_data(array)
        self._null = null
        self._column = wrap

    def _wrap(self, array: Any, missing: Any = False) -> Any:
        """Return a column, whose elements are null where texts are, or something is missing in them."""
        if self._null is None and missing is False:
            return self._column(_absent.inherit(array, self._array))
        if self._null is None:
            return self._column(
                _absent.note(array, _absent.either(_absent.known(self._array), missing))
            )
        return self._column(nulls.make_nullable(array, self._null | missing))

    def _missing(self) -> Array:
        """Return where texts are missing."""
        return _absent.mask_of(self._array) if self._null is None else self._null

    def _number(self, array: Any) -> Any:
        """Return a column of integers, which are NaN where text is missing."""
        mask = _absent.known(self._array)
        if self._null is None and isinstance(mask, Array):
            number = namespace().where(mask, np.nan, namespace().astype(array, np.float64))
            return self._wrap(as_whole(number))
        return self._wrap(array)

    def __getattr__(self, name: str) -> Any:
        if name in ("find", "rfind"):
            return lambda *args, **kwargs: self._number(_numpy(name)(self._array, *args, **kwargs))
        if name in _PLAIN:
            return lambda *args, **kwargs: self._wrap(self._called(name, *args, **kwargs))
        if name in _TESTS:
            return lambda: self._test(UFUNCS[name](self._array), None)
        raise FrameError(
            f"the str of a traced column has no {name!r}: runtimes have no operators for it, or it depends on "
            "other rows; compute it before the pipeline, or map the texts that occur, by map({...})"
        )

    def center(self, width: int, fillchar: str = " ") -> Any:
        """Return texts with characters on both sides, so that they have a width."""
        return self._wrap(self._called("center", width, fillchar))

    def pad(self, width: int, side: str = "left", fillchar: str = " ") -> Any:
        """Return texts with characters at a side, or at both, so that they have a width."""
        if side not in _SIDES:
            raise FrameError(f"str.pad: side must be one of {', '.join(_SIDES)}, not {side!r}")
        return self._wrap(self._called(_SIDES[side], width, fillchar))

    def repeat(self, repeats: int) -> Any:
        """Return texts several times, one behind the other."""
        if not isinstance(repeats, int):
            raise FrameError(f"str.repeat takes one number, not {repeats!r}")
        return self._wrap(_numpy("multiply")(self._array, repeats))

    def casefold(self) -> Any:
        """Return texts in the case in which they are compared: lowercase, and ``"ss"`` for ``"ß"``."""
        return self._wrap(casefolded(self._array))

    def _called(self, name: str, *args: Any, **kwargs: Any) -> Any:
        result = _numpy(name)(self._array, *args, **kwargs)
        return _absent.stays(result, self._array) if name in _PADDING else result

    def len(self) -> Any:
        """Return the number of characters; NaN of missing text."""
        return self._number(length(self._array))

    def startswith(self, pat: Any, na: Any = None) -> Any:
        """Return which texts start with a text, or one of several."""
        return self._test(_any_of(_numpy("startswith"), self._array, pat), na)

    def endswith(self, pat: Any, na: Any = None) -> Any:
        """Return which texts end with a text, or one of several."""
        return self._test(_any_of(_numpy("endswith"), self._array, pat), na)

    def contains(
        self, pat: str, case: bool = True, flags: int = 0, na: Any = None, regex: bool = True
    ) -> Any:
        """Return which texts contain a text, or match a regular expression somewhere."""
        expression = f"(?s:.*){_expression(pat, regex, case, flags)}(?s:.*)"
        return self._test(self._matches(expression), na)

    def match(self, pat: str, case: bool = True, flags: int = 0, na: Any = None) -> Any:
        """Return which texts match a regular expression at their start."""
        return self._test(self._matches(f"{_expression(pat, True, case, flags)}(?s:.*)"), na)

    def fullmatch(self, pat: str, case: bool = True, flags: int = 0, na: Any = None) -> Any:
        """Return which texts match a regular expression as a whole."""
        return self._test(self._matches(_expression(pat, True, case, flags)), na)

    def count(self, pat: str, flags: int = 0) -> Any:
        """Return how often a regular expression matches."""
        xp = namespace()
        is_token = tokens(self._array, _of_some_length(pat, flags=flags)) != ""
        return self._number(xp.sum(xp.astype(is_token, xp.int64), axis=1))

    def replace(
        self,
        pat: Any,
        repl: Any = None,
        n: int = -1,
        case: bool | None = None,
        flags: int = 0,
        regex: bool = False,
    ) -> Any:
        """Replace a text, or what matches a regular expression, by a text."""
        pairs = pat.items() if isinstance(pat, dict) else [(pat, repl)]
        result = self._array
        for old, new in pairs:
            if n != -1 or not isinstance(old, str) or not isinstance(new, str):
                raise FrameError("str.replace takes texts, and replaces all that it finds (n=-1)")
            if regex and "\\" in new:
                raise FrameError(f"str.replace: {new!r} refers to groups, which are not known")
            found = _of_some_length(old, regex=regex, case=case is not False, flags=flags)
            result = _substituted(result, found, new)
        return self._wrap(result)

    def removeprefix(self, prefix: str) -> Any:
        """Return texts without a text at their start."""
        has = _numpy("startswith")(self._array, prefix)
        return self._wrap(namespace().where(has, _sliced(self._array, len(prefix)), self._array))

    def removesuffix(self, suffix: str) -> Any:
        """Return texts without a text at their end."""
        has = _numpy("endswith")(self._array, suffix)
        rest = _sliced(self._array, None, -len(suffix) or None)
        return self._wrap(namespace().where(has, rest, self._array))

    def capitalize(self) -> Any:
        """Return texts of an uppercase letter and lowercase ones."""
        first = _numpy("upper")(_sliced(self._array, 0, 1))
        return self._wrap(first + _numpy("lower")(_sliced(self._array, 1)))

    def slice(self, start: int | None = None, stop: int | None = None, step: Any = None) -> Any:
        """Return the characters at some positions."""
        return self[slice(start, stop, step)]

    def get(self, i: int) -> Any:
        """Return the character at a position."""
        return self[i]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice) and key.step in (None, 1):
            return self._wrap(_sliced(self._array, key.start, key.stop))
        if isinstance(key, int):
            character = _sliced(self._array, key, key + 1 if key != -1 else None)
            return self._wrap(character, character == "")
        if key == slice(None, None, -1):
            return self._wrap(joined(namespace().flip(tokens(self._array, _ANY), axis=1)))
        raise FrameError(f"the str of a traced column takes a position or a range, not {key!r}")

    def cat(self, others: Any = None, sep: str | None = None, na_rep: str | None = None) -> Any:
        """Return the texts, followed by those of other columns; missing if one is."""
        xp = namespace()
        if others is None:
            raise FrameError("str.cat without others joins the rows that the model gets")
        if hasattr(others, "columns"):
            others = [others[name] for name in others.columns]
        operands = map(_array, others if isinstance(others, list) else [others])
        texts, masks = zip((self._array, self._missing()), *map(_separated, operands), strict=True)
        if na_rep is not None:
            texts = tuple(
                xp.where(mask, na_rep, text) for text, mask in zip(texts, masks, strict=True)
            )
        result = reduce(lambda a, b: a + (sep or "") + b, texts)
        missing = reduce(operator.or_, masks) if na_rep is None else False
        if self._null is not None:
            return self._column(nulls.make_nullable(result, missing))
        if missing is not False:
            result = xp.where(missing, "", result)
        return self._column(_absent.note(result, missing))

    def split(
        self, pat: str | None = None, *, n: int = -1, expand: bool = False, regex: Any = None
    ) -> Any:
        """Split texts: into columns, of which ``str[i]`` is one, or a frame if `n` and `expand` are given."""
        pieces, counts = _split(self._array, pat, n, regex)
        if self._null is None and pat is not None:  # what is missing has no parts
            counts = namespace().where(_absent.mask_of(self._array), 0, counts)
        parts = Parts(pieces, counts, n, self)
        return parts.frame() if expand else parts

    def rsplit(self, pat: str | None = None, *, n: int = -1, expand: bool = False) -> Any:
        """Split texts as `split` does; from the end only without `n`."""
        if n > 0:
            raise FrameError("str.rsplit: n is not supported; write split(...).str[-1]")
        return self.split(pat, expand=expand, regex=False)

    def partition(self, sep: str = " ", expand: bool = True) -> Any:
        """Split texts at the first separator, into what is before it, the separator, and what follows."""
        return self._partitioned(sep, expand, last=False)

    def rpartition(self, sep: str = " ", expand: bool = True) -> Any:
        """Split texts at the last separator, into what is before it, the separator, and what follows."""
        return self._partitioned(sep, expand, last=True)

    def _partitioned(self, sep: str, expand: bool, *, last: bool) -> Any:
        if not expand or not sep:
            raise FrameError(
                "str.partition makes three columns, of text around a constant separator"
            )
        xp = namespace()
        pieces, counts = _split(self._array, sep, -1, False)
        places, ends = xp.arange(pieces.shape[1]), counts[:, None] - 1
        cut = ends if last else xp.minimum(ends, 1)
        texts = [
            joined(xp.where(inside & (places > first), sep, "") + xp.where(inside, pieces, ""))
            for inside, first in ((places < cut, 0), ((places >= cut) & (places <= ends), cut))
        ]
        middle = xp.where(counts > 1, sep, "")
        if not last:  # text without a separator is before it
            whole = counts <= 1
            before, after = (xp.where(whole, self._array, texts[0]), xp.where(whole, "", texts[1]))
            texts = [before, after]
        parts = [texts[0], middle, texts[1]]
        return frame_of({i: self._wrap(part).array for i, part in enumerate(parts)})

    def extract(self, pat: str, flags: int = 0, expand: bool = True) -> Any:
        """Return the text that the group of a regular expression matches first."""
        require_longest(pat, anchors=True)
        group = with_group(pat, ignore_case=_ignores_case(flags))
        whole = tokens(self._array, group.whole)[:, 0]
        column = self._wrap(_sliced(whole, group.before, -group.after or None), whole == "")
        name = re.search(r"\?P<(\w+)>", pat)
        return column.to_frame(name[1] if name else 0) if expand else column

    def _test(self, result: Any, na: Any) -> Any:
        """Return a column of truth values, which are `na` where text is missing, by default null or False."""
        mask = _absent.known(self._array)
        if self._null is None and isinstance(mask, Array):
            result = result | mask if na is True else result & ~mask
        column = self._wrap(result)
        return column if na is None or is_missing(na) else column.fillna(na)

    def _matches(self, expression: str) -> Any:
        return matches(self._array, expression, "contains")


class Parts:
    """The parts of split texts, as a column of lists of which ``str`` selects one.

    Parameters
    ----------
    parts : Array
        The parts of each text, of shape (N, M), with ``""`` after the last one.
    counts : Array
        How many parts each text has.
    most : int
        How often texts were split at most; -1 for no limit.
    texts : Strings
        The texts that are split.
    """

    def __init__(self, parts: Array, counts: Array, most: int, texts: Strings) -> None:
        self._parts = parts
        self._counts = counts
        self._most = most
        self._texts = texts

    @property
    def str(self) -> Parts:
        """The parts by position, and their number."""
        return self

    def len(self) -> Any:
        """Return the number of parts; NaN of missing text."""
        return self._texts._number(self._counts)

    def get(self, i: int) -> Any:
        """Return the part at a position, missing if there is none."""
        return self[i]

    def __getitem__(self, position: int) -> Any:
        if not isinstance(position, int):
            raise FrameError(
                f"the parts of split text are selected by position, not by {position!r}"
            )
        xp = namespace()
        place = position + (self._counts if position < 0 else xp.zeros_like(self._counts))
        padded = xp.concat([xp.full((self._parts.shape[0], 1), ""), self._parts], axis=1)
        inside = (place >= 0) & (place < self._counts)
        index = xp.where(inside, place + 1, 0)
        return self._texts._wrap(xp.take_along_axis(padded, index[:, None], axis=1)[:, 0], ~inside)

    def joined(self, between: Any) -> Any:
        """Return the parts in one text, with another one between them."""
        xp = namespace()
        places = xp.arange(self._parts.shape[1])
        inside = places < self._counts[:, None]
        texts = xp.where(inside & (places > 0), between, "") + xp.where(inside, self._parts, "")
        return self._texts._wrap(joined(texts))

    def frame(self) -> Any:
        """Return a column for each part."""
        if self._most < 1:
            raise FrameError(
                "str.split(expand=True) makes as many columns as the rows need that the model gets; give n=, "
                "or select parts by str.split(...).str[0]"
            )
        return frame_of({i: self[i].array for i in range(self._most + 1)})

    def __getattr__(self, name: Any) -> Any:
        raise FrameError(f"split text has no {name!r}; select a part, by .str[0]")


def _numpy(name: str) -> Callable[..., Any]:
    return FUNCTIONS[getattr(np.strings, name)]


def _array(column: Any) -> Any:
    return column.array if hasattr(column, "array") else column


def _separated(x: Any) -> tuple[Any, Array]:
    """Return texts, and where they are missing."""
    if isinstance(x, Array) and x.dtype.is_nullable:
        return nulls.get_data(x), nulls.isnull(x)
    return x, _absent.mask_of(x)


def _any_of(function: Callable[..., Any], x: Array, texts: Any) -> Any:
    first, *rest = texts if isinstance(texts, tuple) else (texts,)
    result = function(x, first)
    for text in rest:
        result = result | function(x, text)
    return result


def _ignores_case(flags: int) -> bool:
    if flags & ~re.IGNORECASE:
        raise FrameError(
            f"of the flags of regular expressions only re.IGNORECASE is supported, not {flags}"
        )
    return bool(flags)


def _expression(pattern: str, regex: bool, case: bool, flags: int) -> str:
    return translated(
        pattern if regex else re.escape(pattern), ignore_case=_ignores_case(flags) or not case
    )


def _of_some_length(pattern: str, *, regex: bool = True, case: bool = True, flags: int = 0) -> str:
    """Return an expression for parts of text, which match wherever they stand."""
    if not pattern:
        raise FrameError("an empty text is everywhere in a text")
    if regex:
        require_longest(pattern)
    return _expression(pattern, regex, case, flags)


def _substituted(x: Array, expression: str, new: str) -> Any:
    xp = namespace()
    parts = tokens(x, f"{expression}|{_ANY}")
    is_match = matches(parts, expression, "replace")
    return joined(xp.where(is_match, new, parts))


def _sliced(x: Array, start: int | None, stop: int | None = None) -> Any:
    """Return the characters from a position to another one."""
    xp = namespace()
    start = start or 0
    if start == 0 and stop is None:
        return x
    characters = tokens(x, _ANY)
    if start >= 0 and (stop is None or stop >= 0):
        least = start if stop is None else stop
        characters = xp.concat([characters, xp.full((x.shape[0], least), "")], axis=1)
        return joined(characters[:, start:stop]) if stop != start else xp.full(x.shape, "")
    counts = length(x)[:, None]
    place = xp.cumulative_sum(xp.astype(characters != "", xp.int64), axis=1) - 1
    low = start if start >= 0 else counts + start
    high = counts if stop is None else stop if stop >= 0 else counts + stop
    return joined(xp.where((place >= low) & (place < high), characters, ""))


def _split(x: Array, pattern: str | None, most: int, regex: Any) -> tuple[Any, Any]:
    """Return the parts of texts, and how many each has."""
    xp = namespace()
    if pattern is None:
        if most > 0:
            raise FrameError("str.split: give a text to split at, with n")
        parts = tokens(x, f"[^{SPACE}]+")
        return parts, xp.sum(xp.astype(parts != "", xp.int64), axis=1)
    if regex or (regex is None and len(pattern) > 1 and not _LITERAL.fullmatch(pattern)):
        raise FrameError(
            f"str.split takes a text to split at, not the regular expression {pattern!r}; give regex=False"
        )
    limit = {} if most < 1 else {"maxsplit": most}
    parts = columns(x, "StringSplit", delimiter=pattern, **limit)
    is_token = tokens(x, re.escape(pattern)) != ""
    counts = xp.sum(xp.astype(is_token, xp.int64), axis=1) + 1
    return parts, xp.minimum(counts, most + 1) if most > 0 else counts
