"""Text between numpy and the runtime, which takes and gives arrays of `str` objects.

What else it is given it turns into text, and it has no care for memory: of ``<U`` arrays it drops what
is behind a null character, of bytes it reads too much, ``>U`` arrays end the process (onnxruntime
1.20.1 to 1.32.0). So it is given objects that are known to be text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp.errors import ArgumentError, DTypeError

_HOST = np.ndarray[Any, Any]


def to_runtime(data: _HOST) -> _HOST:
    """Return text, in any dtype that numpy has for it, as objects.

    Raises
    ------
    DTypeError
        If an element is not text.
    ArgumentError
        If UTF-8 cannot encode one.
    """
    objects = data if data.dtype.kind == "O" else data.astype(object)
    flat = objects.ravel().tolist()
    try:
        "".join(flat).encode()
    except (TypeError, UnicodeEncodeError):
        for position, element in enumerate(flat):
            check(element, f"element {position} of the array")
    return objects


def is_missing(element: object) -> bool:
    """Return whether a Python object stands for a missing element: None, NaN, or NA or NaT of pandas."""
    if element is None or type(element).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(element, float | np.floating) and bool(element != element)


def check(element: object, what: str) -> None:
    """Raise unless an element is text that can be encoded."""
    if not isinstance(element, str):
        advice = (
            "fill missing values first"
            if is_missing(element)
            else "an array of objects must be of str"
        )
        raise DTypeError(
            f"{what} is {element!r} of type {type(element).__name__}, which is not text; {advice}"
        )
    try:
        element.encode()
    except UnicodeEncodeError as error:
        raise ArgumentError(
            f"{what} is {element!r}, which UTF-8 cannot encode: {error.reason}"
        ) from None


def to_numpy(objects: _HOST) -> _HOST:
    """Return the runtime's text as numpy's own, ``<U``; as it is if that would lose null characters."""
    flat = objects.ravel().tolist()
    if "\0" in "".join(flat) and any(element.endswith("\0") for element in flat):
        return objects
    return objects.astype(str)
