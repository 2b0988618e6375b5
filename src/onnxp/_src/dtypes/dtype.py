"""Data types: the standard's own, float16 and string; categories, promotion, planes.

A dtype is stored in one or more *planes*, arrays of a dtype that ONNX kernels know. A real dtype is
its own plane; a complex one has a real and an imaginary plane.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple, final

import numpy as np

from onnxp.errors import DTypeError, PromotionError, ScalarError


class Plane(NamedTuple):
    """One array that stores a part of a dtype: the suffix of its name, and its dtype."""

    name: str
    dtype: DType


@final
class DType:
    """A data type. The instances are the module's constants; compare them with ``==`` or ``is``.

    Attributes
    ----------
    name : str
        The standard's name, which is also numpy's.
    family : str
        ``"bool"``, ``"int"``, ``"uint"``, ``"float"``, ``"complex"`` or ``"string"``.
    kind : str
        numpy's letter for that: ``"b"``, ``"i"``, ``"u"``, ``"f"``, ``"c"`` or ``"U"``.
    bits : int
        Size of an element in bits; of a string, which has none of its own, 0.
    numpy : numpy.dtype
        The numpy dtype of the same name; of strings, `str`.
    host : numpy.dtype
        What the runtime takes and gives: `numpy`, but of strings objects.
    onnx : int
        ``onnx.TensorProto.DataType``.
    planes : tuple of Plane
        What an array of this dtype is stored in.
    """

    __slots__ = ("bits", "family", "host", "name", "numpy", "onnx", "planes")

    name: str
    family: str
    bits: int
    numpy: np.dtype[Any]
    host: np.dtype[Any]
    onnx: int
    planes: tuple[Plane, ...]

    def __init__(self, name: str, family: str, bits: int, onnx: int) -> None:
        self.name = name
        self.family = family
        self.bits = bits
        self.numpy = self.host = np.dtype(str if family == "string" else name)
        self.onnx = onnx
        self.planes = (Plane("", self),)

    @property
    def kind(self) -> str:
        """The letter that numpy has for the family."""
        return self.numpy.kind

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
        """Whether it is the same dtype; numpy's dtypes, types and names of dtypes count too."""
        if self is other:
            return True
        if isinstance(other, np.dtype | str | type):
            try:
                return bool(self.numpy == other)
            except TypeError:
                return False
        return False if type(other) is DType else NotImplemented

    __hash__ = object.__hash__  # there is one object for each dtype

    def __repr__(self) -> str:
        return f"onnxp.{self.name}"

    def __str__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        return "bool_" if self.family == "bool" else self.name


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
BY_NAME = {dtype.name: dtype for dtype in (*DTYPES, string)}
BY_ONNX = {dtype.onnx: dtype for dtype in (*DTYPES, string)}
_BY_NUMPY = {dtype.host: dtype for dtype in (*DTYPES, string)}
_BY_PYTHON = {bool: bool_, int: int64, float: float64, complex: complex128, str: string}

DEFAULTS = {
    "real floating": float64,
    "complex floating": complex128,
    "integral": int64,
    "indexing": int64,
}
INDEX = int64


def _kinds(*kinds: str) -> frozenset[DType]:
    return frozenset(dtype for dtype in DTYPES if dtype.family in kinds)


CATEGORIES: dict[str, frozenset[DType]] = {
    "all": frozenset((*DTYPES, string)),
    "boolean": _kinds("bool"),
    "signed integer": _kinds("int"),
    "unsigned integer": _kinds("uint"),
    "integer": _kinds("int", "uint"),
    "integer or boolean": _kinds("int", "uint", "bool"),
    "real floating-point": _kinds("float"),
    "complex floating-point": _kinds("complex"),
    "floating-point": _kinds("float", "complex"),
    "real numeric": _kinds("int", "uint", "float"),
    "numeric": _kinds("int", "uint", "float", "complex"),
    "numeric or boolean": frozenset(DTYPES),
    "real numeric or string": _kinds("int", "uint", "float") | {string},
}

COMPLEX_OF = {float16: complex64, float32: complex64, float64: complex128}


def _promotion() -> dict[tuple[DType, DType], DType]:
    """Promotion inside a kind, of int with uint, and of float with complex (the standard's tables)."""
    table: dict[tuple[DType, DType], DType] = {(string, string): string}
    for a in DTYPES:
        for b in DTYPES:
            if a.family == b.family:
                table[a, b] = a if a.bits >= b.bits else b
            elif a.family == "int" and b.family == "uint":
                bits = a.bits if a.bits > b.bits else 2 * b.bits
                if bits <= 64:
                    table[a, b] = table[b, a] = BY_NAME[f"int{bits}"]
            elif a.family == "float" and b.family == "complex":
                wide = COMPLEX_OF[a]
                table[a, b] = table[b, a] = wide if wide.bits > b.bits else b
    return table


PROMOTION = _promotion()


def promote(a: DType, b: DType, function: str = "promotion") -> DType:
    """Return the dtype that `a` and `b` promote to.

    Raises
    ------
    PromotionError
        If the standard leaves the pair undefined.
    """
    if a is b:
        return a
    try:
        return PROMOTION[a, b]
    except KeyError:
        raise PromotionError(
            f"{function}: {a} and {b} do not promote to a common dtype. The standard promotes within a kind, "
            "integers of either sign except with uint64, and float with complex; "
            "write xp.astype(x, dtype) on one of them"
        ) from None


def beside(
    dtype: DType, scalar: bool | int | float | complex | str | bytes, function: str
) -> DType:
    """Return the dtype that a Python scalar takes beside an array of `dtype`.

    That is `dtype`, except for a complex number beside real floating-point ones.

    Raises
    ------
    ScalarError
        If its kind does not go with the dtype.
    """
    kind = dtype.family
    if isinstance(scalar, bool):
        fits = kind == "bool"
    elif isinstance(scalar, int):
        fits = kind != "bool" and kind != "string"
    elif isinstance(scalar, str):
        fits = kind == "string"
    elif isinstance(scalar, bytes):
        fits = False
    else:
        fits = kind in ("float", "complex")
    if not fits:
        raise ScalarError(
            f"{function}: the Python scalar {scalar!r} does not go with {dtype}; a bool goes with bool, an int "
            "with numeric dtypes, a float or a complex with floating-point ones, a str with string"
        )
    return COMPLEX_OF[dtype] if kind == "float" and isinstance(scalar, complex) else dtype


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
    found = None
    if type(getattr(obj, "dtype", None)) is not DType:  # of our arrays numpy 2.0 takes the dtype
        with suppress(TypeError, ValueError):  # the latter for what has an attribute dtype
            given = np.dtype(obj)  # type: ignore[call-overload]
            # objects may be text, but are not called so
            found = None if given.kind == "O" else _of_numpy(given)
    if found is None or obj is None:
        raise DTypeError(
            f"{obj!r} is not a dtype; the dtypes are {', '.join(BY_NAME)}, their numpy counterparts and names"
        )
    return found


def dtype_of(obj: Any) -> DType:
    """Return the dtype of an array, or of what names one; types of numpy's scalars have a `dtype` too."""
    return as_dtype(obj if isinstance(obj, type) else getattr(obj, "dtype", obj))


def from_numpy(dtype: np.dtype[Any]) -> DType:
    """Return the counterpart of a numpy dtype; byte order does not matter. Objects are taken for text.

    Raises
    ------
    DTypeError
        If there is none, as for datetime dtypes and bytes.
    """
    found = _BY_NUMPY.get(dtype) or _of_numpy(dtype)
    if found is None:
        hint = "; decode them to text first" if dtype.kind == "S" else ""
        raise DTypeError(
            f"numpy dtype {dtype} has no counterpart; the dtypes are {', '.join(BY_NAME)}{hint}"
        )
    return found


def _of_numpy(dtype: np.dtype[Any]) -> DType | None:
    if dtype.kind in "UT":
        return string
    return _BY_NUMPY.get(dtype.newbyteorder("="))


def is_in(dtype: DType, category: str) -> bool:
    """Whether `dtype` is in a category of the standard, such as ``"real floating-point"``."""
    return dtype in CATEGORIES[category]


def require(function: str, category: str, *dtypes: DType) -> None:
    """Raise `DTypeError` unless all `dtypes` are in `category`."""
    allowed = CATEGORIES[category]
    for dtype in dtypes:
        if dtype not in allowed:
            names = ", ".join(d.name for d in BY_NAME.values() if d in allowed)
            article = "an" if category[0] in "aeiou" else "a"
            raise DTypeError(
                f"{function}: {dtype} is not {article} {category} dtype; allowed are {names}"
            )


class finfo_object(NamedTuple):
    """Limits of a floating-point dtype, as `finfo` returns them."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


class iinfo_object(NamedTuple):
    """Limits of an integer dtype, as `iinfo` returns them."""

    bits: int
    max: int
    min: int
    dtype: DType


def finfo(type: object, /) -> finfo_object:
    """Limits of a floating-point dtype; for a complex one those of its parts.

    Parameters
    ----------
    type : dtype or array
        A floating-point dtype, or an array of one.

    Returns
    -------
    finfo_object
        With Python floats ``eps``, ``max``, ``min``, ``smallest_normal``, and ``bits``, ``dtype``.

    Raises
    ------
    DTypeError
        If it is not a floating-point dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.finfo(xp.float32).bits
    32
    """
    dtype = dtype_of(type)
    require("finfo", "floating-point", dtype)
    part = dtype.planes[0].dtype
    info = np.finfo(part.numpy)
    return finfo_object(
        int(info.bits),
        float(info.eps),
        float(info.max),
        float(info.min),
        float(info.smallest_normal),
        part,
    )


def iinfo(type: object, /) -> iinfo_object:
    """Limits of an integer dtype.

    Parameters
    ----------
    type : dtype or array
        An integer dtype, or an array of one.

    Returns
    -------
    iinfo_object
        With ``bits``, ``max``, ``min``, ``dtype``.

    Raises
    ------
    DTypeError
        If it is not an integer dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.iinfo(xp.int8).max
    127
    """
    dtype = dtype_of(type)
    require("iinfo", "integer", dtype)
    low, high = int_range(dtype)
    return iinfo_object(dtype.bits, high, low, dtype)


def int_range(dtype: DType) -> tuple[int, int]:
    """Return the smallest and the largest number of an integer dtype."""
    if dtype.family == "int":
        return -(2 ** (dtype.bits - 1)), 2 ** (dtype.bits - 1) - 1
    return 0, 2**dtype.bits - 1


def isdtype(dtype: object, kind: object) -> bool:
    """Whether `dtype` is of `kind`.

    Parameters
    ----------
    dtype : dtype
        The dtype to ask about.
    kind : dtype, str, or tuple of them
        A dtype, or one of ``"bool"``, ``"signed integer"``, ``"unsigned integer"``, ``"integral"``,
        ``"real floating"``, ``"complex floating"``, ``"numeric"``.

    Returns
    -------
    bool

    Raises
    ------
    DTypeError
        If `kind` is none of these.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.isdtype(xp.uint8, ("bool", "integral"))
    True
    """
    given = as_dtype(dtype)
    if isinstance(kind, tuple):
        return any(isdtype(given, k) for k in kind)
    if (isinstance(kind, str) and kind not in BY_NAME) or kind == "bool":
        return given.family in kinds_of(str(kind))
    return given is as_dtype(kind)


_KINDS = {
    "bool": ("bool",),
    "signed integer": ("int",),
    "unsigned integer": ("uint",),
    "integral": ("int", "uint"),
    "real floating": ("float",),
    "complex floating": ("complex",),
    "numeric": ("int", "uint", "float", "complex"),
}


def kinds_of(kind: str) -> tuple[str, ...]:
    """Return the `DType.family` values behind a kind name of the standard's `isdtype`."""
    try:
        return _KINDS[kind]
    except KeyError:
        raise DTypeError(
            f"{kind!r} is not a kind of dtype; the kinds are {', '.join(_KINDS)}"
        ) from None
