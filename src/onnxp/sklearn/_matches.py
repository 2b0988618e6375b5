"""Functions of Python's module `re` of elements of traced columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from onnxp._src.numpy.ways import decided
from onnxp.errors import FrameError
from onnxp.sklearn._elements import Element
from onnxp.sklearn._strings import Strings


class Match:
    """The match of a regular expression in an element.

    Parameters
    ----------
    texts : Strings
        The texts of the column.
    pattern : str
        The expression, which starts with ``^`` if it matches at the start.
    flags : int
        Its flags.
    """

    def __init__(self, texts: Strings, pattern: str, flags: int) -> None:
        self._texts, self._pattern, self._flags = texts, pattern, flags

    def group(self, number: int | str = 0) -> Element:
        """Return the text that the only group matches, or the whole expression."""
        pattern = self._pattern
        if number == 0:
            if re.compile(pattern).groups:
                raise FrameError(
                    f"group(0) of {pattern!r}: write an expression without groups, or one with one group "
                    "around the whole"
                )
            start = "^" if pattern.startswith("^") else ""
            pattern = f"{start}({pattern[len(start) :]})"
        elif number != 1 and not isinstance(number, str):
            raise FrameError(f"group({number}) of {pattern!r}: one group is known, group(1)")
        return Element(self._texts.extract(pattern, flags=self._flags, expand=False))

    __getitem__ = group

    def groups(self) -> tuple[Element]:
        """Return the text of the only group."""
        return (self.group(1),)

    def __getattr__(self, name: str) -> Any:
        raise FrameError(f"the match of an element has no {name!r}, only group and groups")


class Found:
    """What `re.findall` gives for an element: how many there are is known, and not which."""

    def __init__(self, number: Any) -> None:
        self._number = number

    def __onnxp_length__(self) -> Element:
        return Element(self._number)

    def __bool__(self) -> bool:
        return bool(Element(self._number))

    def __getattr__(self, name: str) -> Any:
        raise FrameError(
            f"what re.findall gives for an element has no {name!r}, only a length; write "
            "re.search(...).group(1) for the first"
        )

    def __iter__(self) -> Any:
        return self.__getattr__("iteration")

    def __getitem__(self, place: Any) -> Any:
        return self.__getattr__(f"[{place!r}]")


def called(function: Callable[..., Any], name: str, /, *args: Any, **kwargs: Any) -> Any:
    """Call a function of `re`, or a method of an expression, whose first argument is the expression.

    Parameters
    ----------
    function : callable
        The function, which is called if there is no element; a method has its expression already.
    name : str
        Its name.
    *args, **kwargs
        The expression, and what the function takes.

    Raises
    ------
    FrameError
        If the function is not known for elements.
    """
    is_method = isinstance(args[0], re.Pattern) and getattr(function, "__self__", None) is args[0]
    if not any(type(arg) is Element for arg in (*args, *kwargs.values())):
        return function(*args[is_method:], **kwargs)
    translated = _FUNCTIONS.get(name)
    if translated is None:
        raise FrameError(
            f"re.{name} of an element: models have {', '.join(f're.{n}' for n in _FUNCTIONS)}; write the "
            "methods of text, such as x.split(',')"
        )
    pattern, *rest = args
    flags = kwargs.pop("flags", 0)
    if isinstance(pattern, re.Pattern):
        pattern, flags = pattern.pattern, pattern.flags & ~re.UNICODE
    if not isinstance(pattern, str):
        raise FrameError(f"re.{name}: the expression must be text, not an element")
    return translated(pattern, int(flags), *rest, **kwargs)


def _texts(string: Any) -> Strings:
    if type(string) is not Element:
        raise FrameError("the functions of re take elements as the text, not as what replaces it")
    texts: Strings = string.column.str
    return texts


def _sub(pattern: str, flags: int, repl: Any, string: Any, count: int = 0) -> Element:
    if not isinstance(repl, str) or count:
        raise FrameError("re.sub of an element replaces all that it finds, by a text")
    return Element(_texts(string).replace(pattern, repl, regex=True, flags=flags))


def _matching(method: str) -> Callable[..., Match | None]:
    def matched(pattern: str, flags: int, string: Any, flags_given: int = 0) -> Match | None:
        texts, flags = _texts(string), flags | int(flags_given)
        if not decided(getattr(texts, method)(pattern, flags=flags).array):
            return None
        is_anchored = method != "contains" and not pattern.startswith("^")
        if is_anchored and "|" in pattern:
            return Match(texts, f"^(?:{pattern})", flags)
        return Match(texts, f"^{pattern}" if is_anchored else pattern, flags)

    return matched


def _findall(pattern: str, flags: int, string: Any, flags_given: int = 0) -> Found:
    return Found(_texts(string).count(pattern, flags=flags | int(flags_given)))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sub": _sub,
    "search": _matching("contains"),
    "match": _matching("match"),
    "fullmatch": _matching("fullmatch"),
    "findall": _findall,
}
