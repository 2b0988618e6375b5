"""Data types: the standard's own, float16, string, times, categories, and nullable ones; their planes.

A dtype is stored in one or more *planes*, arrays of a dtype that ONNX kernels know. A real dtype is
its own plane; a complex one has a real and an imaginary plane; times and categories are stored as integers.
A nullable dtype has the planes of its plain dtype, and one of bool that tells which elements are null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, final

import numpy as np

from onnxp._src.dtypes import labels, strings
from onnxp._src.dtypes.exact import blanked, field_data, spread, with_nulls
from onnxp._src.namespace import namespace

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
        ``"timedelta"``, ``"category"``, ``"extension"``, ``"stored"`` or ``"nullable"``.
    computed : DType
        The dtype in which numbers that models store, such as ``bfloat16``, are computed; of all other dtypes,
        the dtype itself.
    plain : DType
        Of a nullable dtype, that of the elements which are not null; of all others, the dtype itself.
    unit : str
        Of times, numpy's name of the unit, such as ``"s"``; of all others, which have none, empty.
    categories : tuple of str
        Of categories, the labels, in their order; of all others, empty.
    ordered : bool
        Whether categories are less or greater than others.
    extension : type or None
        Of user-defined dtypes, the class.
    fields : dict of str to DType
        Of user-defined dtypes, the dtypes of their fields, by name, with ``null`` if they are nullable; of all
        others, empty.
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
        "computed",
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
    computed: DType
    plain: DType
    planes: tuple[Plane, ...]
    unit: str

    def __init__(
        self,
        name: str,
        family: str,
        bits: int,
        onnx: int,
        unit: str = "",
        computed: DType | None = None,
    ) -> None:
        self.name = name
        self.family = family
        self.bits = bits
        self.computed = self if computed is None else computed
        self.numpy = self.host = np.dtype(
            _TEXT.get(family, self.computed.name if computed else name)
        )
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
        if self.is_nullable and self.fields:
            return spread(data, self.plain.split, self.planes)
        if self.is_nullable:
            null = np.ma.getmaskarray(data)
            return *self.plain.split(blanked(np.ma.getdata(data), null, self.plain)), null
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
            if self.fields:
                return with_nulls(rest, null, self.plain.join)
            data = blanked(self.plain.join(rest), null, self.plain)
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
    def is_unknown_to_numpy(self) -> bool:
        """Whether numpy's data do not tell the dtype, as those of labels and of user-defined dtypes."""
        return self.family == "category" or bool(self.fields)

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
        if self.family == "stored" and isinstance(other, np.dtype | str | type):
            return self.name == (other if isinstance(other, str) else np.dtype(other).name)
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
            return namespace().category, (self.categories, self.ordered)
        if self.extension is not None:
            return getattr, (self.extension, "dtype")
        if self.is_nullable:
            return namespace().nullable, (self.plain,)
        if self.unit:
            return getattr(namespace(), f"{self.family}64"), (self.unit,)
        return self.name


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
DEFAULTS = {
    "real floating": float64,
    "complex floating": complex128,
    "integral": int64,
    "indexing": int64,
}
INDEX = int64
