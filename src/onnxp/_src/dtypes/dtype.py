"""Data types: the standard's own, float16, string, times, categories, and nullable ones; their planes.

A dtype is stored in one or more *planes*, arrays of a dtype that ONNX kernels know. A real dtype is
its own plane; a complex one has a real and an imaginary plane; times and categories are stored as integers.
A nullable dtype has the planes of its plain dtype, and one of bool that tells which elements are null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, final
from weakref import WeakValueDictionary

import numpy as np

from onnxp._src.dtypes import labels, strings
from onnxp._src.dtypes.exact import NUMBERS, exactly
from onnxp.errors import DTypeError

_Host = np.ndarray[Any, Any]


_TEXT = {"string": "str", "category": "object", "extension": "object"}
"""numpy's dtypes for the families that have others than their names."""


class Plane(NamedTuple):
    """One array that stores a part of a dtype: the suffix of its name, and its dtype."""

    name: str
    dtype: DType


@final
class DType:
    """A data type. The instances are constants of the namespace; compare them with ``==`` or ``is``.

    Attributes
    ----------
    name : str
        The standard's name, which is also numpy's.
    family : str
        ``"bool"``, ``"int"``, ``"uint"``, ``"float"``, ``"complex"``, ``"string"``, ``"datetime"``,
        ``"timedelta"``, ``"category"``, ``"extension"`` or ``"nullable"``.
    plain : DType
        Of a nullable dtype, that of the elements which are not null; of all others, the dtype itself.
    unit : str
        Of times, numpy's name of the unit, such as ``"s"``; of all others, which have none, empty.
    categories : tuple of str
        Of categories, the labels, in their order; of all others, empty.
    ordered : bool
        Whether categories are less or greater than others.
    extension : type or None
        Of dtypes of users, the class.
    fields : dict of str to DType
        Of dtypes of users, the dtypes of their planes, by name; of all others, empty.
    kind : str
        numpy's letter for the family: ``"b"``, ``"i"``, ``"u"``, ``"f"``, ``"c"``, ``"U"``, ``"M"`` or ``"m"``.
    bits : int
        Size of an element in bits; of a string, which has none of its own, 0.
    numpy : numpy.dtype
        The numpy dtype of the same name; of strings, `str`, and of categories, `object`.
    host : numpy.dtype
        What the runtime takes and gives: `numpy`, but of strings objects.
    onnx : int
        ``onnx.TensorProto.DataType``.
    is_nullable : bool
        Whether elements may be null.
    planes : tuple of Plane
        What an array of this dtype is stored in.
    """

    __module__ = "onnxp"  # pickles say onnxp.float32
    __slots__ = (
        "__weakref__",
        "bits",
        "categories",
        "extension",
        "family",
        "fields",
        "host",
        "is_nullable",
        "name",
        "numpy",
        "onnx",
        "ordered",
        "plain",
        "planes",
        "unit",
    )

    name: str
    family: str
    bits: int
    numpy: np.dtype[Any]
    host: np.dtype[Any]
    onnx: int
    plain: DType
    planes: tuple[Plane, ...]
    unit: str

    def __init__(self, name: str, family: str, bits: int, onnx: int, unit: str = "") -> None:
        self.name = name
        self.family = family
        self.bits = bits
        self.numpy = self.host = np.dtype(_TEXT.get(family, name))
        self.onnx = onnx
        self.plain = self
        self.is_nullable = False
        self.planes = (Plane("", self),)
        self.unit = unit
        self.categories: tuple[str, ...] = ()
        self.ordered = False
        self.extension: Any = None
        self.fields: Mapping[str, DType] = {}

    @property
    def is_own_plane(self) -> bool:
        """Whether an array of the dtype is stored as one array of the same dtype."""
        return self.planes[0].dtype is self

    def split(self, data: _Host) -> tuple[_Host, ...]:
        """Return what is stored of numpy data of this dtype: an array for each plane.

        Masked elements are null; what is under the mask is not stored.

        Raises
        ------
        DTypeError
            If objects are not text.
        """
        if self.is_nullable:
            null = np.ma.getmaskarray(data)
            return *self.plain.split(_blanked(np.ma.getdata(data), null, self.plain)), null
        if self.family == "complex":
            parts = (data.real, data.imag)
            return tuple(np.ascontiguousarray(part).reshape(data.shape) for part in parts)
        if self.family == "string":
            return (strings.to_runtime(data),)
        if self.extension is not None:
            parts = self.extension.split(data)
            return tuple(
                plane
                for name, field in self.fields.items()
                for plane in field.split(field_data(parts[name], field, name))
            )
        if self.family == "category":
            return (labels.to_codes(data, self.categories),)
        if self.unit:
            return (data.astype(self.numpy, copy=False).view(np.int64),)
        return (data,)

    def join(self, parts: Iterable[_Host]) -> _Host:
        """Return the numpy data that an array for each plane stores; a copy of complex numbers and text.

        Of a nullable dtype, a masked array.
        """
        if self.is_nullable:
            *rest, null = parts
            data = _blanked(self.plain.join(rest), null, self.plain)
            return np.ma.MaskedArray(data, null.copy())
        if self.family == "complex":
            real, imag = parts
            data = np.empty(real.shape, self.numpy)
            data.real, data.imag = real, imag
            return data
        if self.extension is not None:
            planes = iter(parts)
            return self.extension.join(  # type: ignore[no-any-return]  # of a user's class
                {
                    name: field.join([next(planes) for _ in field.planes])
                    for name, field in self.fields.items()
                }
            )
        (part,) = parts
        if self.family == "string":
            return strings.to_numpy(part)
        if self.family == "category":
            return labels.from_codes(part, self.categories)
        return part.view(self.numpy) if self.unit else part

    @property
    def kind(self) -> str:
        """The letter that numpy has for the family."""
        return self.numpy.kind

    @property
    def char(self) -> str:
        """The letter that numpy has for the dtype."""
        return self.numpy.char

    @property
    def itemsize(self) -> int:
        """Size of an element in bytes."""
        return self.numpy.itemsize

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy dtype of the same name, under the name by which numpy asks for it."""
        return self.numpy

    @property
    def type(self) -> type[np.generic]:
        """The type of numpy's scalars."""
        return self.numpy.type

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same dtype; numpy's dtypes, types and names of dtypes count too."""
        if self is other:
            return True
        if self.is_nullable and isinstance(other, np.dtype | str | type):
            return self.name == other
        if isinstance(other, np.dtype | str | type):
            if self.family in ("category", "extension"):
                return other in (self.name, self.extension)
            try:
                return bool(self.numpy == other)
            except TypeError:
                return False
        return False if type(other) is DType else NotImplemented

    __hash__ = object.__hash__  # there is one object for each dtype

    def __repr__(self) -> str:
        if self.family == "category":
            return f"onnxp.category({self.categories!r}{', ordered=True' if self.ordered else ''})"
        if self.extension is not None:
            return self.name
        if self.is_nullable:
            return f"onnxp.nullable({self.plain!r})"
        return f"onnxp.{self.family}64({self.unit!r})" if self.unit else f"onnxp.{self.name}"

    def __str__(self) -> str:
        return labels.short_name(self.categories, self.ordered) if self.categories else self.name

    def __reduce__(self) -> Any:
        if self.family == "category":
            return category, (self.categories, self.ordered)
        if self.extension is not None:
            return as_dtype, (self.extension,)
        return (_of_name, (self.name,)) if self.unit or self.is_nullable else self.name


def _blanked(data: _Host, null: _Host, dtype: DType) -> _Host:
    """Return numpy data with 0, or empty text, where elements are null."""
    if not null.any():
        return data
    result = np.array(data)
    result[null] = "" if dtype.family == "string" else 0
    return result


# The numbers are onnx.TensorProto.DataType.
bool_ = DType("bool", "bool", 8, 9)
int8 = DType("int8", "int", 8, 3)
int16 = DType("int16", "int", 16, 5)
int32 = DType("int32", "int", 32, 6)
int64 = DType("int64", "int", 64, 7)
uint8 = DType("uint8", "uint", 8, 2)
uint16 = DType("uint16", "uint", 16, 4)
uint32 = DType("uint32", "uint", 32, 12)
uint64 = DType("uint64", "uint", 64, 13)
float16 = DType("float16", "float", 16, 10)
float32 = DType("float32", "float", 32, 1)
float64 = DType("float64", "float", 64, 11)
complex64 = DType("complex64", "complex", 64, 14)
complex128 = DType("complex128", "complex", 128, 15)
complex64.planes = (Plane("real", float32), Plane("imag", float32))
complex128.planes = (Plane("real", float64), Plane("imag", float64))

string = DType("string", "string", 0, 8)
"""Text, of any length: for labels. Called as in ONNX, pandas and Arrow.

numpy has several dtypes for text (``<U5``, `numpy.dtypes.StringDType`, objects), none of which is
called so; all are taken. The standard has none, so this one is in none of its categories.
"""
string.host = np.dtype(object)

UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns")
"""The units of time, by numpy's names, from years and months to minutes (``m``) and nanoseconds."""


def _times(family: str) -> dict[str, DType]:
    result = {}
    for unit in UNITS:
        dtype = result[unit] = DType(f"{family}64[{unit}]", family, 64, 7, unit)
        dtype.planes = (Plane("", int64),)
        dtype.host = np.dtype(np.int64)
    return result


_DATETIMES = _times("datetime")
_TIMEDELTAS = _times("timedelta")


def datetime64(unit: str, /) -> DType:
    """Return the dtype of points in time, which count units from the start of 1970, in UTC.

    Parameters
    ----------
    unit : str
        ``"Y"``, ``"M"``, ``"W"``, ``"D"``, ``"h"``, ``"m"`` (minutes), ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``.

    Returns
    -------
    DType
        The same object for the same unit.

    Raises
    ------
    DTypeError
        If there is no such unit.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.datetime64("s")
    onnxp.datetime64('s')
    >>> xp.asarray(["2024-02-29"], dtype=xp.datetime64("D"))
    Array(['2024-02-29'], dtype=datetime64[D])
    """
    return _of_unit(_DATETIMES, unit, "datetime64")


def timedelta64(unit: str, /) -> DType:
    """Return the dtype of spans of time, which are whole numbers of a unit.

    Parameters
    ----------
    unit : str
        ``"Y"``, ``"M"``, ``"W"``, ``"D"``, ``"h"``, ``"m"`` (minutes), ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``.

    Returns
    -------
    DType
        The same object for the same unit.

    Raises
    ------
    DTypeError
        If there is no such unit.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.asarray([1, 2], dtype=xp.timedelta64("D"))
    Array([1, 2], dtype=timedelta64[D])
    """
    return _of_unit(_TIMEDELTAS, unit, "timedelta64")


def _of_unit(times: dict[str, DType], unit: object, function: str) -> DType:
    if not isinstance(unit, str) or unit not in times:
        raise DTypeError(
            f"{function}: {unit!r} is not a unit of time; the units are {', '.join(UNITS)}"
        )
    return times[unit]


_CATEGORIES: WeakValueDictionary[tuple[tuple[str, ...], bool], DType] = WeakValueDictionary()


def category(categories: Iterable[str], /, ordered: bool = False) -> DType:
    """Return the dtype of elements that are one of several labels, or missing.

    Elements are stored as codes, the positions of their labels, and -1 for a missing one. `astype` of text that
    the dtype does not have gives missing ones. A model takes and gives text, with ``""`` for what is missing,
    unless its `spec` says otherwise.

    Parameters
    ----------
    categories : sequence of str
        The labels, each of them once.
    ordered : bool, optional
        Whether labels are less or greater than others, by their position.

    Returns
    -------
    DType
        The same object for the same arguments.

    Raises
    ------
    DTypeError
        If a label is no text, empty, or given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> size = xp.category(("S", "M", "L"), ordered=True)
    >>> x = xp.asarray(["M", "S", None], dtype=size)
    >>> x
    Array(['M', 'S', ''], dtype=category[S < M < L])
    >>> x < "L"
    Array([ True,  True, False], dtype=bool)
    >>> xp.astype(x, xp.int64)
    Array([ 1,  0, -1], dtype=int64)
    """
    checked = labels.checked(categories)
    key = checked, bool(ordered)
    dtype = _CATEGORIES.get(key)
    if dtype is None:
        dtype = DType(labels.full_name(*key), "category", 64, 7)
        dtype.categories, dtype.ordered = key
        dtype.planes = (Plane("", int64),)
        dtype.host = np.dtype(np.int64)
        dtype = _CATEGORIES.setdefault(key, dtype)
    return dtype


EXTENSIONS: dict[str, DType] = {}
"""The dtypes of users, by their names."""


def extension(cls: type, name: str, fields: Mapping[str, DType]) -> DType:
    """Return the dtype of a class of a user, whose planes have dtypes of any kind.

    Raises
    ------
    DTypeError
        If another dtype has the name.
    """
    if not name.isidentifier():
        raise DTypeError(f"{name!r} is no name of a dtype; take an identifier, such as 'Money'")
    other = EXTENSIONS.get(name)
    is_again = other is not None and _origin(other.extension) == _origin(cls)
    if not is_again and _is_taken(name):
        raise DTypeError(
            f"another dtype has the name {name!r}; declare one, as in name = {_origin(cls)[0] + name!r}"
        )
    dtype = DType(name, "extension", 0, 0)
    dtype.extension, dtype.fields = cls, dict(fields)
    single = len(fields) == 1
    dtype.planes = tuple(
        Plane("_".join(filter(None, (field if not single else "", plane.name))), plane.dtype)
        for field, kind in fields.items()
        for plane in kind.planes
    )
    dtype.numpy = dtype.host = np.dtype([(field, _field_type(f)) for field, f in fields.items()])
    EXTENSIONS[name] = dtype
    return dtype


def _field_type(dtype: DType) -> np.dtype[Any]:
    is_object = dtype.family in ("string", "category", "nullable")
    return np.dtype(object) if is_object else dtype.numpy


def open_type(dtype: DType) -> np.dtype[Any]:
    """Return numpy's dtype for tuples of a user, with numbers as the objects that they are."""
    return np.dtype(
        [
            (field, object if kind.plain.family in NUMBERS else _open_or_field_type(kind))
            for field, kind in dtype.fields.items()
        ]
    )


def _open_or_field_type(dtype: DType) -> np.dtype[Any]:
    return _field_type(dtype) if dtype.extension is None else open_type(dtype)


def field_data(data: Any, dtype: DType, name: str) -> _Host:
    """Return a plane of data of a user as numpy has its dtype: None is null in nullable dtypes.

    Raises
    ------
    DTypeError, ScalarRangeError
        If an element is no number that the dtype has.
    """
    array: _Host = np.asanyarray(data)
    if dtype.is_nullable:
        if array.dtype.kind == "O" and not isinstance(array, np.ma.MaskedArray):
            null = np.array([x is None for x in array.ravel().tolist()], bool).reshape(array.shape)
            array = np.ma.MaskedArray(array, null)
        null = np.ma.getmaskarray(array)
        values = _blanked(np.ma.getdata(array), null, dtype.plain)
        return np.ma.MaskedArray(field_data(values, dtype.plain, name), null)
    if dtype.family in NUMBERS:
        return exactly(array, dtype, name)
    return array if array.dtype.kind in "UOTV" else array.astype(dtype.numpy, copy=False)


def _origin(cls: type) -> tuple[str, str]:
    return cls.__module__, cls.__qualname__


def _is_taken(name: str) -> bool:
    try:
        as_dtype(name)
    except DTypeError:
        return False
    return True


DTYPES = (
    bool_,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    float16,
    float32,
    float64,
    complex64,
    complex128,
)
"""The dtypes of numbers and truth values."""
BY_NAME = {dtype.name: dtype for dtype in (*DTYPES, string)}
BY_ONNX = {dtype.onnx: dtype for dtype in (*DTYPES, string)}
_NAMES = (
    f"{', '.join(BY_NAME)}, datetime64[unit], timedelta64[unit], category[label, ...], and nullable ones "
    "such as int64?"
)
_BY_NUMPY = {dtype.host: dtype for dtype in (*DTYPES, string)}


def _nullables() -> dict[DType, DType]:
    result = {}
    for plain in (*DTYPES, string):
        dtype = result[plain] = DType(plain.name, plain.family, plain.bits, plain.onnx)
        dtype.name, dtype.family = f"{plain.name}?", "nullable"
        values = (Plane("values", plain),) if plain.is_own_plane else plain.planes
        dtype.is_nullable, dtype.host = True, plain.host
        dtype.plain, dtype.planes = plain, (*values, Plane("null", bool_))
    return result


_NULLABLE = _nullables()
_BY_NULLABLE_NAME = {dtype.name: dtype for dtype in _NULLABLE.values()}
_OF_PANDAS = {"boolean": _NULLABLE[bool_]} | {
    name: _NULLABLE[dtype]
    for dtype in DTYPES
    if dtype.family in ("int", "uint", "float") and dtype is not float16
    for name in (dtype.name.capitalize().replace("Uint", "UInt"),)
}
"""The nullable dtypes of pandas by its names."""


def nullable(dtype: object, /) -> DType:
    """Return the dtype of elements of a plain dtype that may be null.

    Parameters
    ----------
    dtype : dtype
        A dtype of numbers, bool or string; or a nullable one, which is returned as it is.

    Returns
    -------
    DType
        The same object for the same dtype.

    Raises
    ------
    DTypeError
        If it is a dtype of times or categories, which have missing elements of their own.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.nullable(xp.int64)
    onnxp.nullable(onnxp.int64)
    >>> xp.asarray([1, None, 3])
    Array([1, null, 3], dtype=int64?)
    """
    plain = as_dtype(dtype)
    if plain.is_nullable:
        return plain
    if plain not in _NULLABLE:
        what = "NaT for what is missing" if plain.unit else "missing elements of its own"
        raise DTypeError(f"nullable: {plain} has {what}; use it as it is")
    return _NULLABLE[plain]


def allowing_missing(plain: DType) -> DType:
    """Return the nullable dtype of a plain one, which is returned if it has missing elements of its own."""
    return _NULLABLE.get(plain, plain)


_BY_PYTHON = {bool: bool_, int: int64, float: float64, complex: complex128, str: string}

DEFAULTS = {
    "real floating": float64,
    "complex floating": complex128,
    "integral": int64,
    "indexing": int64,
}
INDEX = int64


def as_dtype(obj: object) -> DType:
    """Return the dtype that `obj` names: a `DType`, a numpy dtype or scalar type, a name, or ``float``.

    Raises
    ------
    DTypeError
        If there is no such dtype here.
    """
    if type(obj) is DType:
        return obj
    if isinstance(obj, type) and obj in _BY_PYTHON:
        return _BY_PYTHON[obj]
    if isinstance(obj, str) and obj in BY_NAME:
        return BY_NAME[obj]
    if isinstance(obj, str) and obj in EXTENSIONS:
        return EXTENSIONS[obj]
    if isinstance(obj, type) and type(obj.__dict__.get("dtype")) is DType:
        return obj.__dict__["dtype"]  # type: ignore[no-any-return] # what extension() made
    if isinstance(obj, str) and obj.startswith("category["):
        return category(*labels.parse(obj))
    if labels.are_of(obj):
        return category(labels.of_foreign(obj), bool(getattr(obj, "ordered", False)))
    named = _of_nullable(obj)
    if named is not None:
        return named
    found, hint = None, ""
    if type(getattr(obj, "dtype", None)) is not DType:  # of our arrays numpy 2.0 takes the dtype
        with suppress(TypeError, ValueError):  # the latter for what has an attribute dtype
            given = np.dtype(obj)  # type: ignore[call-overload]  # errors are suppressed
            # objects may be text, but are not called so
            found = None if given.kind == "O" else _of_numpy(given)
            if found is None:
                hint = _hint(given)
    if found is None or obj is None:
        raise DTypeError(
            f"{obj!r} is not a dtype; the dtypes are {_NAMES}, their numpy counterparts and names{hint}"
        )
    return found


def _of_nullable(obj: object) -> DType | None:
    """Return the nullable dtype that `obj` names, or that a dtype of pandas is."""
    if isinstance(obj, str):
        return _BY_NULLABLE_NAME.get(obj) or _OF_PANDAS.get(obj)
    if not hasattr(obj, "na_value") or isinstance(obj, np.ndarray):
        return None
    name = str(getattr(obj, "name", ""))
    return _NULLABLE[string] if name in ("string", "str") else _OF_PANDAS.get(name)


def _of_name(name: str) -> DType:
    return as_dtype(name)


def dtype_of(obj: Any) -> DType:
    """Return the dtype of an array, or of what names one; types of numpy's scalars have a `dtype` too."""
    named = isinstance(obj, type | DType)
    return as_dtype(obj if named else getattr(obj, "dtype", obj))


def from_numpy(dtype: np.dtype[Any]) -> DType:
    """Return the counterpart of a numpy dtype; byte order does not matter. Objects are taken for text.

    Raises
    ------
    DTypeError
        If there is none, as for bytes.
    """
    found = _BY_NUMPY.get(dtype) or _of_numpy(dtype)
    if found is None:
        raise DTypeError(
            f"numpy dtype {dtype} has no counterpart; the dtypes are {_NAMES}{_hint(dtype)}"
        )
    return found


def of_host(data: _Host) -> DType:
    """Return the dtype of numpy data: a nullable one for masked arrays, but of times, where NaT is missing.

    Raises
    ------
    DTypeError
        If there is none.
    """
    plain = from_numpy(data.dtype)
    return nullable(plain) if isinstance(data, np.ma.MaskedArray) and not plain.unit else plain


def _hint(dtype: np.dtype[Any]) -> str:
    if dtype.kind == "S":
        return "; decode them to text first"
    if dtype.kind not in "Mm":
        return ""
    name = "datetime64" if dtype.kind == "M" else "timedelta64"
    return f"; give one of the units {', '.join(UNITS)}, as in x.astype('{name}[s]')"


def _of_numpy(dtype: np.dtype[Any]) -> DType | None:
    if dtype.kind in "UT":
        return string
    if dtype.kind in "Mm":
        unit, count = np.datetime_data(dtype)
        return (_DATETIMES if dtype.kind == "M" else _TIMEDELTAS).get(unit) if count == 1 else None
    return _BY_NUMPY.get(dtype.newbyteorder("="))
