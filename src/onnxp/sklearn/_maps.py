"""Maps of pandas: the elements of a column are replaced by the values of a dict."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn import _absent
from onnxp.sklearn._lookup import as_floats, is_missing, look_up, look_up_text
from onnxp.sklearn._missing import missing


def mapped(x: Array, table: Mapping[Any, Any], *, skips_missing: bool) -> Any:
    """Return the values of the elements, as `Series.map` of pandas gives them.

    Parameters
    ----------
    x : array
        The elements.
    table : mapping
        The values, by element. Where there is none, the result is missing, or what the mapping makes.
    skips_missing : bool
        Whether what is missing stays so.

    Raises
    ------
    FrameError
        If the mapping makes values that depend on the element.
    """
    if hasattr(type(table), "__missing__"):
        return _made(x, table, skips_missing)
    values = list(table.values())
    if any(isinstance(value, str) for value in values):
        return look_up_text(x, list(table), values)
    return look_up(x, list(table), as_floats(values, "map"), np.nan)


_OF_ALL_KEYS = (defaultdict.__missing__, Counter.__missing__)


def _made(x: Array, table: Mapping[Any, Any], skips_missing: bool) -> Any:
    """Return values by a mapping that makes the same value for all other keys."""
    make = int if isinstance(table, Counter) else getattr(table, "default_factory", None)
    if make is None or getattr(type(table), "__missing__", None) not in _OF_ALL_KEYS:
        raise FrameError(
            f"map: {type(table).__name__} makes values of keys that are not known; write a function"
        )
    default = make()
    known = {key: value for key, value in table.items() if not is_missing(key)}
    values = np.asarray([*known.values(), default])
    result = look_up(x, list(known), values[:-1], values[-1])
    of_missing = next((value for key, value in table.items() if is_missing(key)), default)
    if skips_missing:
        of_missing = "" if values.dtype.kind == "U" else np.nan
    nothing = missing(x)
    result = namespace().where(nothing, of_missing, result)
    return _absent.note(result, nothing) if skips_missing else result
