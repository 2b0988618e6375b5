"""The categories of dtypes that functions take, and the kinds of the standard's `isdtype`."""

from __future__ import annotations

from onnxp._src.dtypes.dtype import DTYPES, DType, string
from onnxp._src.dtypes.names import BY_NAME, STORED_BY_NAME, as_dtype
from onnxp._src.dtypes.parametrized import UNITS, datetime64, timedelta64
from onnxp.errors import DTypeError


def _kinds(*kinds: str) -> frozenset[DType]:
    return frozenset(dtype for dtype in DTYPES if dtype.family in kinds)


_TIMES = frozenset(map(datetime64, UNITS)) | frozenset(map(timedelta64, UNITS))

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
    "numeric, boolean or string": frozenset((*DTYPES, string)),
    "ordered": _kinds("int", "uint", "float") | {string} | _TIMES,
    "real numeric or time": _kinds("int", "uint", "float") | _TIMES,
    "floating-point or time": _kinds("float", "complex") | _TIMES,
    "numeric or time": _kinds("int", "uint", "float", "complex") | _TIMES,
}


_OF_LABELS = ("all", "ordered")
"""Categories of dtypes that contain those of labels, too."""

FILL_ADVICE = "fill the nulls by xp.nulls.fill_null(x, value)"
"""What to write where nulls are not allowed."""


_NUMBERS = {
    "bool": ("int64", "float64", "complex128"),
    "int": ("float64", "complex128"),
    "uint": ("float64", "complex128"),
    "float": ("complex128",),
    "string": ("float64", "int64"),
}
"""The dtypes of numbers that elements of other families can be cast to, the closest one first."""


_ORDER_OF_TEXT = {
    "less": "np.searchsorted(['b'], x, side='right') == 0 in place of x < 'b'",
    "less_equal": "np.searchsorted(['b'], x) == 0 in place of x <= 'b'",
    "greater": "np.searchsorted(['b'], x) == 1 in place of x > 'b'",
    "greater_equal": "np.searchsorted(['b'], x, side='right') == 1 in place of x >= 'b'",
}
"""What to write for comparisons of text with one text, which ONNX has no operators for, by function."""


def require(function: str, category: str, *dtypes: DType, nulls: bool = False) -> None:
    """Raise `DTypeError` unless all `dtypes` are in `category`, with `nulls` of their elements if nullable."""
    allowed = CATEGORIES[category]
    for dtype in dtypes:
        if (dtype.plain if nulls else dtype) in allowed:
            continue
        if dtype.family != "category" or category not in _OF_LABELS:
            mark = "?" if nulls and dtype.is_nullable else ""
            names = ", ".join(d.name + mark for d in BY_NAME.values() if d in allowed)
            for time in (datetime64("s"), timedelta64("s")):
                names += f", {time.family}64[unit]" if time in allowed and not mark else ""
            article = "an" if category[0] in "aeiou" else "a"
            advice = _advice(function, dtype, allowed, nulls)
            raise DTypeError(
                f"{function}: {dtype} is not {article} {category} dtype; allowed are {names}{advice}"
            )


def _advice(function: str, dtype: DType, allowed: frozenset[DType], nulls: bool) -> str:
    """Return what to write where elements of a dtype are not allowed."""
    plain = dtype.plain
    if dtype.family == "stored" and dtype.computed in allowed:
        return f"; take {dtype.computed}, and cast the result to {dtype} if it is to be stored"
    if dtype.is_nullable and plain in allowed:
        return f", not nullable ones; {FILL_ADVICE}"
    if plain.family == "string" and function in _ORDER_OF_TEXT:
        return f"; write {_ORDER_OF_TEXT[function]} for the order of text"
    if plain.extension is not None:
        first = next(iter(plain.fields))
        return f"; take a part of the elements, as in {plain}.parts(x)[{first!r}]"
    x = "xp.nulls.fill_null(x, value)" if dtype.is_nullable and not nulls else "x"
    mark = "?" if dtype.is_nullable and nulls else ""
    numbers = _NUMBERS.get(plain.family, ())
    for number in numbers:
        if BY_NAME[number] in allowed:
            return f"; write xp.astype({x}, '{number}{mark}')"
    if BY_NAME["int64"] in allowed:
        if plain.family == "category":
            return "; write xp.astype(x, xp.int64) for the positions of the labels"
        if plain.unit:
            return "; write xp.astype(x, xp.int64) for numbers of units"
        return f"; write xp.astype(xp.round({x}), 'int64{mark}')" if plain.family == "float" else ""
    if BY_NAME["float64"] in allowed:
        if plain.family == "category":
            return "; write xp.astype(xp.astype(x, xp.int64), xp.float64) for the positions of the labels"
        if plain.unit:
            return "; write xp.astype(x, xp.float64) for numbers of units"
        return f"; write xp.real({x})" if plain.family == "complex" else ""
    if allowed == CATEGORIES["boolean"]:
        return "; compare the elements, as in x != y"
    return ""


def require_ordered(function: str, dtype: DType) -> None:
    """Raise `DTypeError` for categories that have no order."""
    if dtype.family == "category" and not dtype.ordered:
        raise DTypeError(
            f"{function}: the labels of {dtype} have no order; recode it, as in "
            "xp.recode(x, xp.category(x.dtype.categories, ordered=True))"
        )


def isdtype(dtype: object, kind: object) -> bool:
    """Return whether `dtype` is of `kind`.

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
    tested = as_dtype(dtype)
    if isinstance(kind, tuple):
        return any(isdtype(tested, k) for k in kind)
    if isinstance(kind, str) and (kind == "bool" or not _is_name(kind)):
        return tested.computed.family in kinds_of(kind)
    return tested is as_dtype(kind)


def _is_name(text: str) -> bool:
    return (
        text in BY_NAME or text in STORED_BY_NAME or text.endswith(("]", "?"))
    )  # datetime64[s], int64?


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
