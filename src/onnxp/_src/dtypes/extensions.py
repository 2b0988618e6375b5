"""User-defined dtypes: a class, and the dtypes of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from onnxp._src.dtypes.dtype import DType
from onnxp._src.dtypes.exact import NUMBERS
from onnxp._src.dtypes.names import EXTENSIONS, as_dtype
from onnxp._src.dtypes.parametrized import planes_of
from onnxp.errors import DTypeError


def extension(cls: type, name: str, fields: Mapping[str, DType]) -> DType:
    """Return the dtype of a user's class, whose fields have dtypes of any kind.

    Raises
    ------
    DTypeError
        If another dtype has the name.
    """
    if not name.isidentifier():
        raise DTypeError(f"{name!r} is not a name of a dtype; take an identifier, such as 'Money'")
    other = EXTENSIONS.get(name)
    is_again = other is not None and _origin(other.extension) == _origin(cls)
    if not is_again and _is_taken(name):
        longer = f"{_origin(cls)[0].replace('.', '_')}_{name}"
        raise DTypeError(
            f"another dtype has the name {name!r}; declare one, as in name = {longer!r}"
        )
    dtype = DType(name, "extension", 0, 0)
    dtype.extension, dtype.fields = cls, dict(fields)
    dtype.planes = planes_of(fields)
    dtype.numpy = dtype.host = np.dtype([(field, _field_type(f)) for field, f in fields.items()])
    EXTENSIONS[name] = dtype
    return dtype


def _field_type(dtype: DType) -> np.dtype[Any]:
    is_object = dtype.family in ("string", "category", "nullable")
    return np.dtype(object) if is_object else dtype.numpy


def open_type(dtype: DType) -> np.dtype[Any]:
    """Return numpy's dtype for tuples, with numbers as the objects that they are."""
    return np.dtype(
        [
            (field, object if kind.plain.family in NUMBERS else _open_or_field_type(kind))
            for field, kind in dtype.fields.items()
        ]
    )


def _open_or_field_type(dtype: DType) -> np.dtype[Any]:
    return _field_type(dtype) if dtype.extension is None else open_type(dtype)


def _origin(cls: type) -> tuple[str, str]:
    return cls.__module__, cls.__qualname__


def _is_taken(name: str) -> bool:
    try:
        as_dtype(name)
    except DTypeError:
        return False
    return True
