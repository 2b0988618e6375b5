"""Arrays from numbers, text, sequences, and other libraries' arrays."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.api.creation.python_objects import (
    DEFAULT_OF,
    from_python,
    kind_of,
    leaves_of,
    masked_objects,
    shape_of,
    with_holes,
)
from onnxp._src.api.data_types import astype, result_type
from onnxp._src.api.manipulation import stack
from onnxp._src.array import column_types, missing
from onnxp._src.array.array import Array
from onnxp._src.array.base import from_host, new_array, no_number
from onnxp._src.array.device import require_device
from onnxp._src.array.missing import is_missing
from onnxp._src.array.nullable import null_scalar
from onnxp._src.array.operands import as_like, cast
from onnxp._src.dtypes import INDEX, DType, columns, labels, moments
from onnxp._src.dtypes.exact import NUMBERS, spread
from onnxp._src.graph.values import constant
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import MAX_RANK, as_shape
from onnxp.errors import ArgumentError, DTypeError, ExchangeError, ShapeError

_HOST = np.ndarray[Any, Any]


def asarray(
    obj: Any, /, *, dtype: object = None, device: object = None, copy: bool | None = None
) -> Array:
    """Convert an object to an array.

    Parameters
    ----------
    obj : array, number, str, None, Dim, nested sequence of them, buffer, or object with ``__dlpack__``
        The object to convert. Arrays in a sequence are stacked, traced ones too. Numpy arrays of
        objects must consist of text. Columns of categories of pandas, Polars and Arrow have a `category` dtype
        of their labels; other columns, and masked arrays, are converted with what is missing in them.
    dtype : dtype, optional
        The data type; by default that of `obj`, or the default dtype of its kind. It is nullable if an
        element is missing: None, ``pandas.NA`` or ``np.ma.masked``; that of masked arrays and of nullable
        columns of pandas always is.
    device : device, optional
        The device of the result.
    copy : bool, optional
        For an `Array`, whether to return another object; else whether to copy the memory, as by
        default. If False, the memory is shared and must not be written to any more.

    Returns
    -------
    Array

    Raises
    ------
    DTypeError
        If there is no such dtype, `obj` is made of neither numbers nor text, it is complex and `dtype` is not,
        or it has a label that `dtype` has not.
    ScalarRangeError
        If a number does not fit the dtype.
    ShapeError
        If a sequence is ragged.
    ArgumentError
        If `copy` is False and a copy is needed, or text cannot be encoded as UTF-8.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.asarray([[1, 2], [3, 4]], dtype=xp.float32)
    Array([[1., 2.],
           [3., 4.]], dtype=float32)
    >>> xp.asarray(["cat", "dog"])
    Array(['cat', 'dog'], dtype=string)
    >>> xp.asarray([1, None, 3])
    Array([1, null, 3], dtype=int64?)
    """
    require_device(device, "asarray")
    target = None if dtype is None else dtypes.as_dtype(dtype)
    array = _converted(obj, target, copy)
    return array if array is obj else no_number(array)


def _converted(obj: object, target: DType | None, copy: bool | None) -> Array:
    if isinstance(obj, Array):
        if target is None or target is obj.dtype:
            return new_array(obj.dtype, obj._planes) if copy else obj
        if copy is False:
            raise _needs_copy(f"{obj.dtype} as {target}")
        return astype(obj, target)
    if target is not None and target.family == "stored":
        if copy is False:
            raise _needs_copy(f"an object of type {type(obj).__name__} as {target}")
        return astype(asarray(obj), target)
    if target is not None and target.fields and not isinstance(obj, Array):
        return _to_extension(obj, target)
    if columns.is_categorical(obj):
        return _from_column(obj, target, copy)
    if target is not None and target.is_nullable:
        return _nullable(obj, target, copy)
    foreign = _foreign(obj)
    if foreign is not None:
        return _from_numpy(foreign, target, copy)
    if copy is False:
        raise _needs_copy(f"an object of type {type(obj).__name__}")
    if isinstance(obj, Dim | DimReal) or (isinstance(obj, list | tuple) and _has_arrays(obj)):
        return _from_parts(obj, target)
    if target is not None and target.unit:
        return _from_numpy(from_python(obj, None), target, copy)
    if target is not None and target.family == "category":
        return _to_categories(obj, target)
    data = from_python(obj, None if target is dtypes.string else target)
    if target is dtypes.string and not data.size:
        data = data.astype(object)
    array = from_host(data)
    return array if target is None or array.dtype is target else astype(array, target)


def from_dlpack(x: object, /, *, device: object = None, copy: bool | None = None) -> Array:
    """Convert an array of another library to an array through DLPack.

    Parameters
    ----------
    x : object
        With methods ``__dlpack__`` and ``__dlpack_device__``, and in the memory of a CPU.
    device : device, optional
        The device of the result.
    copy : bool, optional
        Whether its memory is copied. By default it is shared if its elements are real numbers in
        C order; shared memory must not be written to any more.

    Returns
    -------
    Array
        Of the dtype and shape of `x`.

    Raises
    ------
    BufferError
        If `x` cannot be exported, or if `copy` is False and a copy is needed.
    AttributeError
        If `x` has no such methods.
    DTypeError
        If onnxp has no such dtype.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.from_dlpack(np.asarray([1.0, 2.0]))
    Array([1., 2.], dtype=float64)
    """
    require_device(device, "from_dlpack")
    if isinstance(x, Array):
        return new_array(x.dtype, x._planes)
    data = np.from_dlpack(x)  # type: ignore[arg-type]  # numpy checks it
    if copy is False and not _shareable(data):
        raise ExchangeError(
            f"from_dlpack: {data.dtype} in this memory layout needs a copy, but copy is False; "
            "real numbers in C order are shared"
        )
    return from_host(np.array(data, order="C") if copy else data)


# Foreign memory


def _foreign(obj: object) -> _HOST | None:
    """Return an array of another library, or a buffer, as a numpy array; None for other objects."""
    if isinstance(obj, np.ndarray | np.generic):
        return obj if isinstance(obj, np.ma.MaskedArray) else missing.of_text(np.asarray(obj))
    if isinstance(obj, bool | int | float | complex | str | list | tuple | Dim | DimReal):
        return None
    if column_types.library(obj):
        return _of_column(obj)
    if hasattr(obj, "__dlpack__"):
        return np.from_dlpack(obj)
    try:
        return np.asarray(memoryview(obj))  # type: ignore[arg-type]  # a TypeError tells
    except TypeError:
        return None


def _of_column(column: Any) -> _HOST | None:
    """Return a column of another library as numpy data; None if Python objects are to be looked at.

    Raises
    ------
    DTypeError
        If no dtype has its elements.
    """
    refusal = column_types.refusal(column)
    if refusal is not None:
        why, instead = refusal
        raise DTypeError(f"asarray: x {why}, which no dtype has; {instead}")
    for read in (missing.masked, missing.times):
        data = read(column)
        if data is not None:
            return data
    return np.asarray(column) if hasattr(column, "null_count") else None


def _from_numpy(data: _HOST, target: DType | None, copy: bool | None) -> Array:
    if data.dtype.kind == "O" and not isinstance(data, np.ma.MaskedArray):
        leaves = data.ravel().tolist()
        data = with_holes(leaves, data.shape, None) if any(map(is_missing, leaves)) else data
    if isinstance(data, np.ma.MaskedArray):
        if copy is False:
            raise _needs_copy("a masked array")
        array = from_host(np.array(data, order="C", subok=True))
        return array if target is None else astype(array, target)
    source = dtypes.from_numpy(data.dtype)
    result = target or source
    if source.family == "stored":
        return astype(from_host(data), result, copy=False)
    if copy is False:
        if result is not source or not _shareable(data):
            raise _needs_copy(f"{data.dtype} in this memory layout as {result}")
        return from_host(data)
    if result.family == "category":
        return _to_categories(data, result)
    if result.unit and source is not result:
        return _to_times(data, source, result)
    if source is dtypes.string or result is dtypes.string or source.unit:
        return astype(from_host(np.array(data, order="C")), result, copy=False)
    if source.family == "complex" and result.family not in ("complex", "bool"):
        raise DTypeError(f"asarray: {source} cannot be cast to {result}; take its real part first")
    with np.errstate(all="ignore"):
        return from_host(np.array(data, result.numpy, order="C"))


def _to_times(data: _HOST, source: DType, target: DType) -> Array:
    if source is dtypes.string:
        return from_host(moments.texts_to_times(data, target, "asarray"))
    if source.family == target.family:
        return from_host(moments.in_unit(data, target, "asarray"))
    return astype(from_host(np.array(data, order="C")), target)


def _to_extension(obj: Any, target: DType) -> Array:
    """Convert data to a user-defined dtype."""
    if target.is_nullable:
        data = obj if isinstance(obj, np.ma.MaskedArray) else masked_objects(obj)
        stored = spread(
            data, lambda rest: _host_planes(_to_extension(rest, target.plain)), target.planes
        )
        return new_array(target, tuple(map(constant, stored)))
    parts = target.extension.split(obj)
    missing = [name for name in target.fields if name not in parts]
    if missing:
        raise DTypeError(f"asarray: {target} needs the planes {', '.join(target.fields)}")
    planes = {name: parts[name] for name in target.fields}
    return target.extension.of(**planes)  # type: ignore[no-any-return]  # of a user's class


def _host_planes(array: Array) -> list[_HOST]:
    return [data_of(plane) for plane in array._planes]


def as_plane(part: Any, dtype: DType, name: str) -> Array:
    """Convert a plane of a user-defined dtype, whose numbers are kept.

    Raises
    ------
    DTypeError, ScalarRangeError
        If an element is not a number that the dtype has.
    """
    numbers = dtype.plain.family in NUMBERS and isinstance(
        part, int | float | complex | str | np.generic
    )
    if dtype.plain.family in NUMBERS and isinstance(part, list | tuple):
        numbers = not _has_arrays(part)
    if isinstance(part, np.ndarray):
        part = dtypes.field_data(part, dtype, name)
    elif numbers:
        with suppress(ValueError):  # of ragged lists
            part = np.array(part, object)
        part = dtypes.field_data(part, dtype, name) if isinstance(part, np.ndarray) else part
    return asarray(part, dtype=dtype)


def _from_column(column: Any, target: DType | None, copy: bool | None) -> Array:
    """Convert a column of categories of another library."""
    if copy is False:
        raise _needs_copy(f"an object of type {type(column).__name__}")
    dtype, codes = columns.categorical(column)
    if target is not None and target.family == "category":
        return _to_categories(dtype.join([codes]), target)
    array = new_array(dtype, (constant(codes),))
    return array if target is None else astype(array, target)


def _to_categories(obj: Any, target: DType) -> Array:
    """Convert labels, among which may be missing ones, to categories."""
    codes = labels.known_codes(np.asarray(obj, object), target, "asarray")
    return new_array(target, (constant(codes),))


def _nullable(obj: object, target: DType, copy: bool | None) -> Array:
    """Convert an object to an array of a nullable dtype."""
    data = _foreign(obj)
    if isinstance(obj, list | tuple) and not _has_arrays(obj):
        leaves = list(leaves_of(obj))
        if any(map(is_missing, leaves)):
            data = with_holes(leaves, shape_of(obj), target.plain)
    if data is not None and not data.size:
        data = np.ma.MaskedArray(np.empty(data.shape, target.plain.host))
    if data is not None and (isinstance(data, np.ma.MaskedArray) or data.dtype.kind == "O"):
        return astype(_from_numpy(data, None, copy), target)
    if is_missing(obj):
        return null_scalar(target)
    return astype(asarray(obj, dtype=target.plain, copy=copy), target)


def _shareable(data: _HOST) -> bool:
    return data.dtype.kind not in "cUT" and data.dtype.isnative and data.flags.c_contiguous


def _needs_copy(what: str) -> ArgumentError:
    return ArgumentError(f"asarray: {what} needs a copy, but copy is False")


# Sequences of arrays


def _has_arrays(obj: list[Any] | tuple[Any, ...], depth: int = 1) -> bool:
    if depth > MAX_RANK:
        raise ShapeError(f"asarray: the sequence is nested more than {MAX_RANK} deep")
    kinds = set(map(type, obj))
    if kinds & {Array, Dim, DimReal, type(np.ma.masked)}:
        return True
    if kinds & {list, tuple}:
        return any(_has_arrays(part, depth + 1) for part in obj if isinstance(part, list | tuple))
    return False


def _from_parts(obj: Any, target: DType | None) -> Array:
    """Convert a symbolic size, or a nested sequence with arrays or symbolic sizes in it, to an array."""
    leaves = list(leaves_of(obj))
    holes = any(map(is_missing, leaves))
    if holes and not any(isinstance(leaf, Array | Dim | DimReal) for leaf in leaves):
        known = None if target is None else target.plain
        return _from_numpy(with_holes(leaves, shape_of(obj), known), target, None)
    if isinstance(obj, list | tuple) and all(type(leaf) in (int, Dim) for leaf in obj):
        sizes = new_array(INDEX, (ops.shape_value(as_shape(obj, "asarray", minimum=None)),))
        return sizes if target is None else cast(sizes, target)
    typed = [leaf for leaf in leaves if hasattr(leaf, "dtype") and not is_missing(leaf)]
    plain = [leaf for leaf in leaves if not hasattr(leaf, "dtype") and not is_missing(leaf)]
    scalars = [1 if type(s) is Dim else 1.0 if type(s) is DimReal else s for s in plain]
    dtype = result_type(*typed) if typed else DEFAULT_OF[kind_of(scalars)]
    for scalar in scalars:
        dtype = dtypes.beside(dtype, scalar, "asarray")
    result = _stacked(obj, dtypes.nullable(dtype) if holes else dtype)
    return result if target is None else astype(result, target)


def _stacked(obj: Any, dtype: DType) -> Array:
    if isinstance(obj, list | tuple):
        return stack([_stacked(part, dtype) for part in obj])
    if isinstance(obj, bool) and dtype.family != "bool":
        obj = int(obj)
    return cast(as_like(obj, dtype, "asarray"), dtype)
