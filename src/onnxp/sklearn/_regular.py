"""Regular expressions of Python in the syntax of RE2, which runtimes have.

Letters, digits and white space are those of Unicode, as in Python.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from onnxp.errors import FrameError

WORD = r"\p{L}\p{N}_"
SPACE = r"\t-\r\x1C-\x20\x{85}\p{Z}"

_CLASSES = {"w": WORD, "d": r"\p{Nd}", "s": SPACE}
_PART = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\s\S])|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\(\?P<\w+>|\(\?:|\(\?|"
    r"[*+?]\??|\{\d*,?\d*\}\??|[\s\S]"
)
_QUANTIFIER = re.compile(r"[*+?]\??|\{\d*,?\d*\}\??")
_GROUP = "(?P<group>"
_WIDTHLESS = ("^", r"\A", r"(?:\n?\z)", r"\z")


class Group(NamedTuple):
    """An expression with one group, between characters.

    Attributes
    ----------
    whole : str
        The expression.
    before, after : int
        How many of the characters that match are before and after the group.
    """

    whole: str
    before: int
    after: int


def translated(pattern: str, *, ignore_case: bool = False) -> str:
    """Return an expression in the syntax of RE2, without numbered groups.

    Raises
    ------
    FrameError
        If RE2 has no such expression, as for references and look-around.
    """
    flag = "i" if ignore_case or pattern.startswith("(?i)") else ""
    parts = (part.replace(_GROUP, "(?:") for part in _parts(pattern))
    return f"(?{flag}:{''.join(parts)})"


def with_group(pattern: str, *, ignore_case: bool = False) -> Group:
    """Return an expression with one group, before and after which a fixed number of characters match.

    Raises
    ------
    FrameError
        If the expression has no such form.
    """
    parts = _parts(pattern)
    if parts.count(_GROUP) == 1:
        start = parts.index(_GROUP)
        before, after = _width(parts[:start]), _width(parts[_closing(parts, start) + 1 :])
        if before is not None and after is not None:
            return Group(translated(pattern, ignore_case=ignore_case), before, after)
    one_each = "; write one call for each group" if parts.count(_GROUP) > 1 else ""
    raise FrameError(
        f"the expression {pattern!r} must have one group, between characters and classes of characters that "
        r"are not repeated, such as ' ([A-Za-z]+)\.'" + one_each
    )


def require_longest(pattern: str, *, anchors: bool = False) -> None:
    """Raise an error for expressions of which Python may not take the longest match, as Tokenizer does.

    Raises
    ------
    FrameError
        If there are lazy or repeated groups, alternatives of which the first need not be the longest, an
        empty match, or anchors, unless these are allowed.
    """
    parts = _parts(pattern)
    repeats = [_QUANTIFIER.fullmatch(part) is not None for part in parts]
    lazy = any(_QUANTIFIER.fullmatch(part) and part[1:].endswith("?") for part in parts)
    grouped = any(part == ")" and repeat for part, repeat in zip(parts, repeats[1:], strict=False))
    anchored = not anchors and any(part in _WIDTHLESS for part in parts)
    if lazy or grouped or anchored or re.match(pattern, "") or not _is_first_longest(parts):
        raise FrameError(
            f"the expression {pattern!r} is not supported here: write one without ^ and $, lazy or repeated "
            "groups, and an empty match; alternatives are texts, none of which starts with an earlier one"
        )


def _is_first_longest(parts: list[str]) -> bool:
    """Return whether the first alternative that matches is the longest."""
    if "|" not in parts:
        return True
    if parts[0] in (_GROUP, "(?:") and _closing(parts, 0) == len(parts) - 1:
        parts = parts[1:-1]
    if any(len(part.removeprefix("\\")) > 1 or part in (".", "^", ")", *"*+?") for part in parts):
        return False
    texts = "".join(part[-1] if part != "|" else "\0" for part in parts).split("\0")
    return not any(b.startswith(a) and a != b for i, a in enumerate(texts) for b in texts[i:])


def _parts(pattern: str) -> list[str]:
    try:
        re.compile(pattern)
    except re.error as error:
        raise FrameError(f"{pattern!r} is not a regular expression: {error}") from None
    return [_part(part, pattern) for part in _PART.findall(pattern.removeprefix("(?i)"))]


def _part(part: str, pattern: str) -> str:
    if part == "(" or part.startswith("(?P<"):
        return _GROUP
    if part == "$":
        return r"(?:\n?\z)"
    if part == "(?" or (part[-1] == "+" and len(part) > 1 and _QUANTIFIER.match(part)):
        raise FrameError(f"the expression {pattern!r} has {part!r}..., which RE2 does not have")
    if part.startswith("[") and len(part) > 1:
        return re.sub(
            r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\s\S])|\[",
            lambda m: _escape(m[1], pattern, inside=True) if m[1] else r"\[",
            part[1:],
        ).join(("[", ""))
    return _escape(part[1:], pattern) if part.startswith("\\") else part


def _escape(letter: str, pattern: str, *, inside: bool = False) -> str:
    """Translate what follows a backslash, in a class of characters or outside."""
    if letter in _CLASSES:
        return _CLASSES[letter] if inside else f"[{_CLASSES[letter]}]"
    if letter.lower() in _CLASSES and not inside:
        return f"[^{_CLASSES[letter.lower()]}]"
    if letter[0] in "xu" and len(letter) > 1:
        return rf"\x{{{letter[1:]}}}"
    if letter in "AZ" and not inside:
        return {"A": r"\A", "Z": r"\z"}[letter]
    if letter in "nrtfv" or not letter.isalnum():
        return rf"\{letter}" if letter.isascii() else letter
    raise FrameError(
        rf"the expression {pattern!r} has \{letter}, which RE2 does not have with the meaning of Python"
    )


def _closing(parts: list[str], start: int) -> int:
    depth = 0
    for i in range(start, len(parts)):
        depth += parts[i] in (_GROUP, "(?:")
        depth -= parts[i] == ")"
        if depth == 0:
            return i
    return len(parts)


def _width(parts: list[str]) -> int | None:
    """Return how many characters the parts match, if that is fixed and they have no groups."""
    if any(part in ("(?:", "|") or _QUANTIFIER.fullmatch(part) for part in parts):
        return None
    return sum(part not in _WIDTHLESS for part in parts)
