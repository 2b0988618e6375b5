"""Advice for Python in the messages of errors, as options of a command."""

from __future__ import annotations

import re

_EXAMPLE = "--example rows.csv"
_ADVICE: dict[str, tuple[tuple[str, str], ...]] = {
    "run": ((r"as in program\.on\(\[.*?\]\)", "as in --columns age,fare"),),
    "trace": ((r"xp\.trace\(\.\.\., example=\)", "xp.trace(..., example=) in Python"),),
    "sklearn": (
        (r"xp\.trace\(\.\.\., example=\)", _EXAMPLE),
        (
            r"trace with example=df, a few rows of a data frame, or dtype=\{.*?\}",
            f"give {_EXAMPLE}, a few rows of what it was fitted on",
        ),
        (r"example=df, a few rows, or by dtype=\{.*?\}", f"{_EXAMPLE}, a few rows"),
        (r"example=df or dtype=\{.*?\}", _EXAMPLE),
        (r"example=(df|X)\b", _EXAMPLE),
    ),
}
"""What to replace by what in the messages of a command."""


def for_command(command: str, message: str) -> str:
    """Return the message of an error with the options of a command in place of arguments of Python."""
    for pattern, option in _ADVICE.get(command, ()):
        message = re.sub(pattern, option, message)
    return message
