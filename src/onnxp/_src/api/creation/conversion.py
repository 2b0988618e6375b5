"""Arrays from numbers, text, sequences, and other libraries' arrays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.api.data_types import astype, result_type
from onnxp._src.api.manipulation import stack
from onnxp._src.array import column_types, missing
from onnxp._src.array.array import Array
from onnxp._src.array.base import from_host, new_array
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
from onnxp._src.shapes.shape import as_shape
from onnxp.errors import ArgumentError, DTypeError, ExchangeError, ScalarRangeError, ShapeError

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
        return _from_numpy(_from_python(obj, None), target, copy)
    if target is not None and target.family == "category":
        return _to_categories(obj, target)
    data = _from_python(obj, None if target is dtypes.string else target)
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
        data = _with_holes(leaves, data.shape, None) if any(map(is_missing, leaves)) else data
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
        data = obj if isinstance(obj, np.ma.MaskedArray) else _masked_objects(obj)
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


def _masked_objects(obj: Any) -> _HOST:
    """Return objects of a user in lists, which count as axes, masked where they are missing."""
    if isinstance(obj, np.ndarray | np.generic):
        data = np.asarray(obj).astype(object)
    else:
        nested = _tuples_as_leaves(obj)
        data = np.empty(_shape(nested), object)
        leaves = [leaf.element for leaf in _leaves(nested)]
        for place, leaf in zip(np.ndindex(*data.shape), leaves, strict=True):
            data[place] = leaf
    mask = [is_missing(element) for element in data.ravel().tolist()]
    return np.ma.MaskedArray(data, np.array(mask, bool).reshape(data.shape))


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
        leaves = list(_leaves(obj))
        if any(map(is_missing, leaves)):
            data = _with_holes(leaves, _shape(obj), target.plain)
    if data is not None and not data.size:
        data = np.ma.MaskedArray(np.empty(data.shape, target.plain.host))
    if data is not None and (isinstance(data, np.ma.MaskedArray) or data.dtype.kind == "O"):
        return astype(_from_numpy(data, None, copy), target)
    if is_missing(obj):
        return null_scalar(target)
    return astype(asarray(obj, dtype=target.plain, copy=copy), target)


def _shape(obj: object) -> tuple[int, ...]:
    def zeros(part: object) -> object:
        return [zeros(p) for p in part] if isinstance(part, list | tuple) else 0

    return np.shape(_from_python(zeros(obj), None))


def _tuples_as_leaves(obj: object) -> object:
    return [_tuples_as_leaves(part) for part in obj] if isinstance(obj, list) else _Leaf(obj)


class _Leaf:
    """An element, whatever it is, in a nested list."""

    def __init__(self, element: object) -> None:
        self.element = element


def _with_holes(leaves: list[Any], shape: tuple[int, ...], target: DType | None) -> _HOST:
    """Convert Python objects, of which some are missing, to masked data."""
    mask = np.array([is_missing(leaf) for leaf in leaves], bool)
    rest = [leaf for leaf in leaves if not is_missing(leaf)]
    if rest or target is None:
        data = _from_python(rest, None if target is dtypes.string else target)
    else:
        data = np.empty(0, target.host)
    return missing.with_holes(data, mask).reshape(shape)


def _shareable(data: _HOST) -> bool:
    return data.dtype.kind not in "cUT" and data.dtype.isnative and data.flags.c_contiguous


def _needs_copy(what: str) -> ArgumentError:
    return ArgumentError(f"asarray: {what} needs a copy, but copy is False")


# Python objects


def _from_python(obj: object, target: DType | None) -> _HOST:
    """Convert numbers, and sequences of them, to numpy data."""
    try:
        with np.errstate(over="ignore"):
            data = np.array(obj, None if target is None else target.numpy, order="C")
    except OverflowError as error:
        raise ScalarRangeError(f"asarray: a number does not fit {target}: {error}") from None
    except TypeError as error:
        advice = ""
        if any(map(is_missing, _leaves(obj))):
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
    leaves = list(_leaves(obj)) if is_list or data.dtype.kind != "O" else data.ravel().tolist()
    if data.dtype.kind == "O" and not leaves:
        return data
    if data.dtype.kind == "O" and any(map(is_missing, leaves)):
        return _with_holes(leaves, data.shape, None)
    if leaves and all(isinstance(leaf, _MOMENTS) for leaf in leaves):
        moment = [
            moments.of_python(leaf, "asarray") if isinstance(leaf, moments.Moment) else leaf
            for leaf in leaves
        ]
        return np.array(moment).reshape(data.shape)
    if leaves and all(isinstance(leaf, str) for leaf in leaves):
        return np.array(leaves, object).reshape(data.shape)  # <U would lose null characters
    if data.dtype.kind == "O" and all(isinstance(leaf, int | float | complex) for leaf in leaves):
        if all(isinstance(leaf, int) for leaf in leaves):
            raise _too_large()
        return _from_python(obj, DEFAULT_OF[_kind(leaves)])
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
    leaves = list(_leaves(obj))
    if data.dtype == np.uint64:
        return any(type(leaf) is int for leaf in leaves)
    return all(type(leaf) is int for leaf in leaves)


def _too_large() -> ScalarRangeError:
    return ScalarRangeError(
        "asarray: an integer does not fit int64, the default integer dtype; say dtype=xp.uint64 up to 2**64-1, "
        "or dtype=xp.float64"
    )


def _leaves(obj: object) -> Iterator[Any]:
    if isinstance(obj, list | tuple):
        for part in obj:
            yield from _leaves(part)
    else:
        yield obj


def _first_leaf(obj: object) -> object:
    while isinstance(obj, list | tuple) and obj:
        obj = obj[0]
    return obj


# Sequences of arrays


def _has_arrays(obj: list[Any] | tuple[Any, ...]) -> bool:
    kinds = set(map(type, obj))
    if kinds & {Array, Dim, DimReal, type(np.ma.masked)}:
        return True
    if kinds & {list, tuple}:
        return any(_has_arrays(part) for part in obj if isinstance(part, list | tuple))
    return False


DEFAULT_OF = {
    "bool": dtypes.bool_,
    "int": INDEX,
    "float": dtypes.DEFAULTS["real floating"],
    "complex": dtypes.DEFAULTS["complex floating"],
    "string": dtypes.string,
}
"""The default dtype of each kind of Python scalar."""


def _kind(scalars: list[Any]) -> str:
    if any(isinstance(s, str) for s in scalars):
        return "string"
    for kind, types in (("complex", (complex,)), ("float", (float, DimReal)), ("int", (int, Dim))):
        if any(isinstance(s, types) and not isinstance(s, bool) for s in scalars):
            return kind
    return "bool"


def _from_parts(obj: Any, target: DType | None) -> Array:
    """Convert a symbolic size, or a nested sequence with arrays or symbolic sizes in it, to an array."""
    leaves = list(_leaves(obj))
    holes = any(map(is_missing, leaves))
    if holes and not any(isinstance(leaf, Array | Dim | DimReal) for leaf in leaves):
        known = None if target is None else target.plain
        return _from_numpy(_with_holes(leaves, _shape(obj), known), target, None)
    if isinstance(obj, list | tuple) and all(type(leaf) in (int, Dim) for leaf in obj):
        sizes = new_array(INDEX, (ops.shape_value(as_shape(obj, "asarray", minimum=None)),))
        return sizes if target is None else cast(sizes, target)
    typed = [leaf for leaf in leaves if hasattr(leaf, "dtype") and not is_missing(leaf)]
    plain = [leaf for leaf in leaves if not hasattr(leaf, "dtype") and not is_missing(leaf)]
    scalars = [1 if type(s) is Dim else 1.0 if type(s) is DimReal else s for s in plain]
    dtype = result_type(*typed) if typed else DEFAULT_OF[_kind(scalars)]
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
