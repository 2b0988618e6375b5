"""Numbers, text, times and user-defined elements of Python, in lists or alone, as numpy data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np

from onnxp._src import dtypes
from onnxp._src.array import missing
from onnxp._src.array.missing import is_missing
from onnxp._src.dtypes import INDEX, DType, moments
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentError, DTypeError, ScalarRangeError, ShapeError

_HOST = np.ndarray[Any, Any]


def from_python(obj: object, target: DType | None) -> _HOST:
    """Convert numbers, and sequences of them, to numpy data."""
    try:
        with np.errstate(over="ignore"):
            data = np.array(obj, None if target is None else target.numpy, order="C")
    except OverflowError as error:
        raise ScalarRangeError(f"asarray: a number does not fit {target}: {error}") from None
    except TypeError as error:
        advice = ""
        if any(map(is_missing, leaves_of(obj))):
            advice = f"; {target} has no nulls, so write dtype='{target}?'"
        raise DTypeError(
            f"asarray: {obj!r} cannot be converted to {target}: {error}{advice}"
        ) from None
    except ValueError as error:
        kind = ShapeError if "inhomogeneous" in str(error) else ArgumentError
        raise kind(f"asarray: {error}") from None
    if data.dtype.kind not in "biufc" or isinstance(_first_leaf(obj), str | bytes):
        return _from_odd(obj, data)
    if target is None and _lost_integers(obj, data):
        raise _too_large()
    return data


def _from_odd(obj: object, data: _HOST) -> _HOST:
    """Convert text, or integers beyond 64 bits beside floats, for which numpy finds no dtype of numbers."""
    if data.dtype.kind in "mM" and not isinstance(obj, list | tuple):  # a Series of pandas
        return data
    is_list = isinstance(obj, list | tuple)
    leaves = list(leaves_of(obj)) if is_list or data.dtype.kind != "O" else data.ravel().tolist()
    if data.dtype.kind == "O" and not leaves:
        return data
    if data.dtype.kind == "O" and any(map(is_missing, leaves)):
        return with_holes(leaves, data.shape, None)
    if leaves and all(isinstance(leaf, _MOMENTS) for leaf in leaves):
        moment = [
            moments.of_python(leaf, "asarray") if isinstance(leaf, moments.Moment) else leaf
            for leaf in leaves
        ]
        return moments.in_common_unit(moment, "asarray").reshape(data.shape)
    if leaves and all(isinstance(leaf, str) for leaf in leaves):
        return np.array(leaves, object).reshape(data.shape)  # <U would lose null characters
    if data.dtype.kind == "O" and all(isinstance(leaf, int | float | complex) for leaf in leaves):
        if all(isinstance(leaf, int) for leaf in leaves):
            raise _too_large()
        return from_python(obj, DEFAULT_OF[kind_of(leaves)])
    if hasattr(obj, "toarray"):
        raise DTypeError(
            f"asarray: {type(obj).__name__} is sparse, and arrays are dense; write x.toarray()"
        )
    kinds = sorted({type(leaf).__name__ for leaf in leaves})
    advice = next((f"; {_ADVICE[kind]}" for kind in kinds if kind in _ADVICE), "")
    if kinds == ["float", "str"] and any(leaf != leaf for leaf in leaves):
        advice = "; write None for what is missing"
    raise DTypeError(
        f"asarray: an object of type {type(obj).__name__} is made of neither numbers nor text, "
        f"but of {' and '.join(kinds) or 'nothing'}{advice}"
    )


_ADVICE = {
    "Decimal": "convert them by float(x)",
    "Fraction": "convert them by float(x)",
    "bytes": "decode them, by x.decode()",
    "time": "write spans of time since midnight",
    "tuple": "write lists, or a dtype of your own, xp.ExtensionDType",
}
"""What to write for elements of a type."""

_MOMENTS = (date, timedelta, np.datetime64, np.timedelta64)


def _lost_integers(obj: object, data: _HOST) -> bool:
    """Test whether numpy converted Python integers beyond int64 to another dtype."""
    if data.dtype not in (np.uint64, np.float64) or not data.size:
        return False
    if not (np.abs(data) >= 2.0**63).any():
        return False
    leaves = list(leaves_of(obj))
    if data.dtype == np.uint64:
        return any(type(leaf) is int for leaf in leaves)
    return all(type(leaf) is int for leaf in leaves)


def _too_large() -> ScalarRangeError:
    return ScalarRangeError(
        "asarray: an integer does not fit int64, the default integer dtype; say dtype=xp.uint64 up to 2**64-1, "
        "or dtype=xp.float64"
    )


def leaves_of(obj: object) -> Iterator[Any]:
    if isinstance(obj, list | tuple):
        for part in obj:
            yield from leaves_of(part)
    else:
        yield obj


def _first_leaf(obj: object) -> object:
    while isinstance(obj, list | tuple) and obj:
        obj = obj[0]
    return obj


def with_holes(leaves: list[Any], shape: tuple[int, ...], target: DType | None) -> _HOST:
    """Convert Python objects, of which some are missing, to masked data."""
    mask = np.array([is_missing(leaf) for leaf in leaves], bool)
    rest = [leaf for leaf in leaves if not is_missing(leaf)]
    if rest or target is None:
        data = from_python(rest, None if target is dtypes.string else target)
    else:
        data = np.empty(0, target.host)
    return missing.with_holes(data, mask).reshape(shape)


def shape_of(obj: object) -> tuple[int, ...]:
    def zeros(part: object) -> object:
        return [zeros(p) for p in part] if isinstance(part, list | tuple) else 0

    return np.shape(from_python(zeros(obj), None))


def _tuples_as_leaves(obj: object) -> object:
    return [_tuples_as_leaves(part) for part in obj] if isinstance(obj, list) else _Leaf(obj)


class _Leaf:
    """An element, whatever it is, in a nested list."""

    def __init__(self, element: object) -> None:
        self.element = element


def masked_objects(obj: Any) -> _HOST:
    """Return objects of a user in lists, which count as axes, masked where they are missing."""
    if isinstance(obj, np.ndarray | np.generic):
        data = np.asarray(obj).astype(object)
    else:
        nested = _tuples_as_leaves(obj)
        data = np.empty(shape_of(nested), object)
        leaves = [leaf.element for leaf in leaves_of(nested)]
        for place, leaf in zip(np.ndindex(*data.shape), leaves, strict=True):
            data[place] = leaf
    mask = [is_missing(element) for element in data.ravel().tolist()]
    return np.ma.MaskedArray(data, np.array(mask, bool).reshape(data.shape))


DEFAULT_OF = {
    "bool": dtypes.bool_,
    "int": INDEX,
    "float": dtypes.DEFAULTS["real floating"],
    "complex": dtypes.DEFAULTS["complex floating"],
    "string": dtypes.string,
}
"""The default dtype of each kind of Python scalar."""


def kind_of(scalars: list[Any]) -> str:
    if any(isinstance(s, str) for s in scalars):
        return "string"
    for kind, types in (("complex", (complex,)), ("float", (float, DimReal)), ("int", (int, Dim))):
        if any(isinstance(s, types) and not isinstance(s, bool) for s in scalars):
            return kind
    return "bool"
