"""How an input or output of a model stores an array in tensors.

By default there is a tensor for each plane: ``x``, ``z_real`` and ``z_imag``, or ``x_values`` and
``x_null``. An *encoding* stores a nullable array in one tensor, in which some value stands for null.
Categories are one tensor of text, or of integers if the encoding is ``"codes"``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp._src import dtypes
from onnxp._src.dtypes import DType, Plane, strings
from onnxp._src.dtypes.exact import spread, with_nulls
from onnxp.errors import FeedError, SpecError

if TYPE_CHECKING:
    from onnxp._src.graph.values import Value

Encoding = str | int | float | None
"""The text or number that stands for null, ``"nan"`` for NaN; None for a tensor for each plane.

Of categories, `CODES`, or `STRICT` for text of which other labels fail; None for any text.
"""
CODES, STRICT = "codes", "strict"
_Host = np.ndarray[Any, Any]


def check(encoding: Encoding, dtype: DType) -> None:
    """Raise unless a value can stand for null in arrays of a dtype.

    Raises
    ------
    SpecError
        If it cannot.
    """
    if encoding is None or (dtype.family == "category" and encoding in (CODES, STRICT)):
        return
    if encoding in (CODES, STRICT) and dtype.plain.family != "string":
        raise SpecError(f"encoding={encoding!r} is for categories, not for {dtype}")
    if dtype.fields:
        raise SpecError(f"null={encoding!r} cannot stand for null in {dtype}, which has a mask")
    if not dtype.is_nullable:
        raise SpecError(f"null={encoding!r} needs a nullable dtype, such as {dtype}?, not {dtype}")
    family = dtype.plain.family
    is_number = isinstance(encoding, int | float) and not isinstance(encoding, bool)
    allowed = {
        "string": isinstance(encoding, str),
        "float": encoding == "nan",
        "complex": encoding == "nan",
    }.get(family, False)
    if family == "float" and is_number:
        allowed = _is_held(encoding, dtype.plain)
    if family in ("int", "uint") and type(encoding) is int:
        low, high = dtypes.int_range(dtype.plain)
        allowed = low <= encoding <= high
    if not allowed:
        values = {"bool": "a bool has none to spare", "string": "text", "complex": "'nan'"}
        raise SpecError(
            f"null={encoding!r} cannot stand for null in {dtype}: "
            f"{values.get(family, f'a number that {dtype.plain} holds exactly')}"
            f"{' or nan' if family == 'float' else ''} is allowed"
        )


def _is_held(number: Any, dtype: DType) -> bool:
    """Return whether a floating-point dtype has a number, which is neither rounded nor infinite."""
    try:
        with np.errstate(over="ignore"):
            held = float(dtype.numpy.type(number))
    except OverflowError:
        return False
    return math.isfinite(held) and held == number  # what is rounded would make other elements null


def tensors(name: str, dtype: DType, encoding: Encoding = None) -> tuple[Plane, ...]:
    """Return the names and dtypes of the tensors for an array."""
    if dtype.fields:
        return tuple(t for part, kind in _fields(name, dtype) for t in tensors(part, kind))
    if dtype.family == "category":
        return (Plane(name, dtypes.int64 if encoding == CODES else dtypes.string),)
    planes = dtype.planes if encoding is None else dtype.plain.planes
    return tuple(Plane(f"{name}_{p.name}" if p.name else name, p.dtype) for p in planes)


def decoded(values: Sequence[Value], dtype: DType, encoding: Encoding) -> tuple[Value, ...]:
    """Record the planes of an array that a model gets as tensors."""
    from onnxp._src import ops
    from onnxp._src.lowering import categories

    if dtype.fields:
        parts = iter(values)
        return tuple(
            plane
            for kind in dtype.fields.values()
            for plane in decoded([next(parts) for _ in tensors("", kind)], kind, None)
        )
    if dtype.family == "category":
        if encoding == CODES:
            return (categories.of_integers(values[0], dtype, strict=False),)
        return (categories.codes_of(values[0], dtype, strict=encoding == STRICT),)
    if encoding is None:
        return tuple(values)
    if encoding == "nan" and dtype.plain.family != "string":
        is_nan = [ops.is_nan(value) for value in values]
        return *values, is_nan[0] if len(is_nan) == 1 else ops.or_(*is_nan)
    (value,) = values
    return value, ops.equal(value, ops.scalar(encoding, dtype.plain))


def encoded(planes: Sequence[Value], dtype: DType, encoding: Encoding) -> tuple[Value, ...]:
    """Record the tensors for an array that a model is given."""
    from onnxp._src import ops
    from onnxp._src.lowering import categories, nulls

    if dtype.fields:
        parts = iter(planes)
        return tuple(
            tensor
            for kind in dtype.fields.values()
            for tensor in encoded([next(parts) for _ in kind.planes], kind, None)
        )
    if dtype.family == "category":
        return (planes[0] if encoding == CODES else categories.text_of(planes[0], dtype),)
    if encoding is None:
        return tuple(planes)
    *values, null = planes
    number = _number(dtype, encoding)
    return nulls.filled(values, null, [ops.scalar(number, value.dtype) for value in values])


def split(data: _Host, dtype: DType, encoding: Encoding, name: str) -> tuple[_Host, ...]:
    """Return the tensors for numpy data.

    Raises
    ------
    FeedError
        If an element that is not null equals the value that stands for null.
    """
    if dtype.is_nullable and dtype.fields:
        plain = dtype.plain
        return spread(data, lambda rest: split(rest, plain, None, name), tensors(name, dtype))
    if dtype.extension is not None:
        parts = dtype.extension.split(data)
        return tuple(
            tensor
            for field, kind in dtype.fields.items()
            for tensor in split(
                dtypes.field_data(parts[field], kind, field), kind, None, f"{name}_{field}"
            )
        )
    if dtype.family == "category":
        return (_labels(data, dtype, encoding),)
    if encoding is None:
        return dtype.split(np.asanyarray(data, order="C"))
    number = _number(dtype, encoding)
    null = np.ma.getmaskarray(data)
    if null.any():
        values = np.array(np.ma.getdata(data))
        same = values != values if number != number else values == number
        if (same & ~null).any():
            raise FeedError(
                f"input {name!r} has {number!r}, which stands for null, among the elements that are not null"
            )
        values[null] = complex(math.nan, math.nan) if dtype.plain.family == "complex" else number
    else:
        values = np.asarray(data, order="C")
    return dtype.plain.split(values)


def _labels(data: _Host, dtype: DType, encoding: Encoding) -> _Host:
    if encoding == CODES:
        return data.astype(np.int64) if data.dtype.kind in "iu" else dtype.split(data)[0]
    objects = data.astype(object)
    missing = np.array([x is None or x != x for x in objects.ravel().tolist()], bool)
    objects[missing.reshape(objects.shape)] = ""
    return strings.to_runtime(np.ascontiguousarray(objects).reshape(data.shape))


def join(parts: Iterable[_Host], dtype: DType, encoding: Encoding) -> _Host:
    """Return the numpy data that tensors of a model store; of categories, their labels as text."""
    if dtype.is_nullable and dtype.fields:
        *values, null = parts
        return with_nulls(values, null, lambda rest: join(rest, dtype.plain, None))
    if dtype.extension is not None:
        rest = iter(parts)
        return dtype.extension.join(  # type: ignore[no-any-return]  # of a user's class
            {
                field: join([next(rest) for _ in tensors("", kind)], kind, None)
                for field, kind in dtype.fields.items()
            }
        )
    if dtype.family == "category" and encoding != CODES:
        return strings.to_numpy(next(iter(parts)))
    return dtype.join(parts)


def unknown_label(data: _Host, dtype: DType, encoding: Encoding) -> str:
    """Return the first label of an input that its dtype does not have, if labels must be known."""
    if encoding != STRICT:
        return ""
    known = {*dtype.categories, ""}
    return next((label for label in data.ravel().tolist() if label not in known), "")


def text(dtype: DType, encoding: Encoding) -> str:
    """Return what to write behind the dtype and the shape in messages."""
    if encoding is None:
        return ""
    if dtype.family == "category":
        return " (codes)" if encoding == CODES else " (unknown='error')"
    return f" (null={encoding!r})"


def _fields(name: str, dtype: DType) -> Iterator[tuple[str, DType]]:
    """Yield the names and dtypes of the fields of a user-defined dtype."""
    for field, kind in dtype.fields.items():
        yield (name if len(dtype.fields) == 1 else f"{name}_{field}"), kind


def _number(dtype: DType, encoding: Encoding) -> Any:
    return math.nan if encoding == "nan" and dtype.plain.family != "string" else encoding
