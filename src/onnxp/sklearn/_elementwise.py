"""The elementwise operations of traced columns and frames, with the names and the meaning of pandas."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.array.device import CPU
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn import _absent, _uncertain
from onnxp.sklearn._conversion import converted
from onnxp.sklearn._dtype_kinds import is_text
from onnxp.sklearn._lacks import reason
from onnxp.sklearn._lookup import is_missing, look_up

Function = Callable[..., Any]

_CLASSES: dict[int, Callable[..., Any]] = {}
"""The classes of columns and of frames, by their rank."""


def frame_of(columns: Mapping[Any, Array]) -> Any:
    """Return a frame of columns."""
    return _CLASSES[2](columns)


class Elementwise:
    """A column or a frame: objects of traced arrays that operators apply to.

    Subclasses define `_map` and `to_numpy`. They have no metaclass, so that objects of pandas can become one.
    """

    ndim: int

    def __init_subclass__(cls) -> None:
        _CLASSES[cls.ndim] = cls

    __onnxp_traced__ = True
    __hash__ = None  # type: ignore[assignment]  # == compares elements

    if TYPE_CHECKING:

        def _map(self, function: Function, *others: Any) -> Self:
            """Apply a function of arrays to each array, and to the corresponding ones of the others."""

        def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = None) -> Any:
            """Return the elements as an array."""

    def __getattr__(self, name: str) -> Any:
        raise FrameError(f"a traced {type(self).__name__.lower()} has no {name!r}: {reason(name)}")

    def __array_namespace__(self, *, api_version: str | None = None) -> ModuleType:
        return namespace()

    @property
    def device(self) -> Any:
        """The device of the arrays."""
        return CPU

    def __onnxp_array__(self) -> Any:
        return self.to_numpy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.to_numpy()
        if isinstance(array, Array) and array.is_traced:
            kind = type(self).__name__.lower()
            raise FrameError(
                f"numpy makes no array of a traced {kind}; write {kind}.to_numpy(), which is an array of onnxp"
            )
        return np.asarray(array, dtype)

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __bool__(self) -> bool:
        raise FrameError(f"the truth value of a traced {type(self).__name__.lower()} is unknown")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs.get("out") is not None:
            return NotImplemented
        first = next(i for i, obj in enumerate(inputs) if type(obj) is type(self))
        others = [obj for i, obj in enumerate(inputs) if i != first]
        if any(isinstance(obj, Elementwise) and type(obj) is not type(self) for obj in others):
            return NotImplemented

        function = _OF_UFUNCS.get(ufunc, ufunc)

        def apply(x: Any, *rest: Any) -> Any:
            return function(*rest[:first], x, *rest[first:], **kwargs)

        return inputs[first]._map(apply, *others)

    def __round__(self, decimals: int = 0) -> Any:
        return self.round(decimals)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if (
            func in _METHODS and args and isinstance(args[0], Elementwise)
        ):  # as numpy does for pandas
            options = {"ddof": 0} if func in (np.std, np.var) else {}
            return getattr(args[0], func.__name__)(*args[1:], **options, **kwargs)
        return func(*_as_arrays(args), **_as_arrays(kwargs))

    # Missing values. Text has none of its own: a missing one is "".

    def isna(self) -> Self:
        """Return whether elements are missing."""
        return self._map(_is_missing)

    def notna(self) -> Self:
        """Return whether elements are present."""
        return self._map(lambda x: ~_is_missing(x))

    isnull, notnull = isna, notna

    def fillna(self, value: Any) -> Self:
        """Replace missing elements."""
        return self._map(filled, value)

    # Selection

    def where(self, cond: Any, other: Any = np.nan) -> Self:
        """Keep the elements where the condition is true, and replace the rest."""
        return self._map(_chosen, _called(cond, self), _called(other, self))

    def mask(self, cond: Any, other: Any = np.nan) -> Self:
        """Replace the elements where the condition is true."""
        return self._map(
            lambda x, c, y: _chosen(x, ~c, y), _called(cond, self), _called(other, self)
        )

    def replace(self, to_replace: Any, value: Any = None) -> Self:
        """Replace values by others: one, several by one, or those of a dict."""
        pairs = replacements(to_replace, value)
        return self._map(lambda x: _replaced(x, pairs))

    def isin(self, values: Any) -> Self:
        """Return whether elements are among some values."""
        xp = namespace()
        keys = list(values)

        def found(x: Array) -> Any:
            own = [k for k in keys if is_missing(k) or isinstance(k, str) == holds_text(x)]
            if x.dtype.is_nullable or x.dtype.family == "category":
                among = [k for k in own if not is_missing(k)]
                result = xp.isin(x, xp.asarray(among, dtype=x.dtype.plain if among else None))
                return result | _is_missing(x) if len(among) < len(own) else result
            return xp.astype(look_up(x, own, np.ones(len(own), dtype=np.int64), 0), xp.bool)

        return self._map(found)

    # Numbers

    def clip(self, lower: Any = None, upper: Any = None, *, axis: Any = None) -> Self:
        """Limit the elements to a range, which may differ by column."""
        if axis in (0, "index") and self.ndim == 2:
            raise FrameError("clip: a range for each row is not supported; clip the columns")
        return self._map(
            lambda x, low, high: np.clip(x, _bound(x, low), _bound(x, high)), lower, upper
        )

    def round(self, decimals: int = 0) -> Self:
        """Round the elements."""
        return self._map(lambda x: np.round(x, decimals))

    def abs(self) -> Self:
        """Return the absolute values."""
        return self._map(abs)

    def astype(self, dtype: Any) -> Self:
        """Convert the elements. Text stays text as ``object`` and ``"category"``."""
        return self._map(lambda x: converted(x, dtype))

    @property
    def values(self) -> Any:
        """The elements as an array."""
        return self.to_numpy()


_METHODS = (
    *(np.round, np.sum, np.prod, np.mean, np.std, np.var, np.min, np.max, np.any, np.all),
    np.clip,
)
"""The functions of numpy that call the method of their argument."""


def _called(obj: Any, whole: Any) -> Any:
    return obj(whole) if callable(obj) else obj


def _as_arrays(obj: Any) -> Any:
    if isinstance(obj, Elementwise):
        return obj.to_numpy()
    if isinstance(obj, tuple | list):
        return type(obj)([_as_arrays(part) for part in obj])
    if isinstance(obj, dict):
        return {key: _as_arrays(value) for key, value in obj.items()}
    return obj


def _is_missing(x: Array) -> Any:
    """Return which elements are missing; text is if it is empty, NaN is also beside nulls, as in pandas."""
    if x.dtype is string:
        return x == ""
    null = nulls.isnull(x)
    if x.dtype.plain.family != "float":
        return null
    return null | nulls.fill_null(namespace().isnan(x), False)


def has_missing(x: Array) -> bool:
    """Return whether the dtype has missing elements."""
    dtype = x.dtype
    return dtype.is_nullable or bool(dtype.unit) or dtype.family in ("string", "float", "category")


def holds_text(x: Array) -> bool:
    """Return whether elements are text or labels, which may be missing."""
    return is_text(x.dtype)


def filled(x: Array, value: Any) -> Any:
    """Replace missing elements."""
    if not has_missing(x) or (not isinstance(value, Array) and is_missing(value)):
        return x
    is_text = holds_text(x) or (isinstance(value, str) and x.dtype.family == "datetime")
    if isinstance(value, str) != is_text and not isinstance(value, Array):
        raise FrameError(f"fillna: {value!r} cannot fill missing elements of {x.dtype}")
    result = namespace().where(_is_missing(x), value, x)
    stays = isinstance(value, Array) and value.dtype.is_nullable
    return result if stays or not x.dtype.is_nullable else nulls.get_data(result)


def _missing_for(x: Array) -> Any:
    """Return what is missing beside the elements of an array."""
    if x.dtype.is_nullable:
        return None
    if x.dtype.unit:
        return x.dtype.type("NaT", x.dtype.unit)
    return "" if holds_text(x) else np.nan


def _chosen(x: Array, condition: Any, other: Any) -> Any:
    if not isinstance(other, Array) and is_missing(other):
        other = _missing_for(x)
    return namespace().where(condition, x, other)


def _bound(x: Array, bound: Any) -> Any:
    """Return a bound of a range, of which missing elements are none."""
    if isinstance(bound, Array):
        return namespace().where(_is_missing(bound), x, bound) if has_missing(bound) else bound
    if isinstance(bound, np.ndarray) and bound.ndim:
        return _bound(x, namespace().asarray(bound))
    return None if is_missing(bound) else bound


def replacements(to_replace: Any, value: Any) -> list[tuple[Any, Any]]:
    """Return old and new values, as ``replace`` of pandas takes them.

    Raises
    ------
    FrameError
        If values of a column are given by its name.
    """
    if not isinstance(to_replace, Mapping):
        olds = to_replace if isinstance(to_replace, list | tuple) else [to_replace]
        news = value if isinstance(value, list | tuple) else [value] * len(olds)
        return list(zip(olds, news, strict=True))
    if value is not None or any(isinstance(new, Mapping) for new in to_replace.values()):
        raise FrameError("replace of a column takes a dict of old and new values")
    return list(to_replace.items())


def _replaced(x: Array, pairs: list[tuple[Any, Any]]) -> Any:
    result, is_bool = x, x.dtype.plain.family == "bool"
    for old, new in pairs:
        is_of_kind = (isinstance(old, str), _is_bool(old)) == (holds_text(x), is_bool)
        if not is_of_kind and not is_missing(old):
            continue  # pandas finds no such element either
        new = _missing_for(x) if is_missing(new) else new
        if new is not None and (isinstance(new, str), is_bool and not _is_bool(new)) != (
            holds_text(x),
            False,
        ):
            raise FrameError(f"replace: {new!r} does not fit the dtype {x.dtype}; write map")
        result = namespace().where(_is_missing(x) if is_missing(old) else x == old, new, result)
    return result


def _is_bool(obj: object) -> bool:
    return isinstance(obj, bool | np.bool_)


def _sum(x: Any, y: Any) -> Any:
    return _absent.stays(operator.add(x, y), x, y)


# Integers divided by 0 are floating-point numbers in pandas: infinite, or NaN.


def _quotient(x: Any, y: Any) -> Any:
    return _whole_division(operator.floordiv, x, y)


def _remainder(x: Any, y: Any) -> Any:
    return _whole_division(operator.mod, x, y)


def _whole_division(function: Function, x: Any, y: Any) -> Any:
    if _is_span(x) and _is_span(y) and function is operator.floordiv:  # NaN where one is NaT
        number = namespace().astype(function(x, y), namespace().float64)
        return namespace().where(_lacks(x) | _lacks(y), np.nan, number)
    if not (_is_whole(x) and _is_whole(y)) or (not isinstance(y, Array) and np.all(y)):
        arrays = [obj for obj in (x, y) if isinstance(obj, Array)]
        if all(obj.dtype.family in ("float", "int", "uint") for obj in arrays):
            function = _OF_NUMPY[function]  # whose quotients of infinities are NaN
        return function(x, y)
    xp = namespace()
    x, y = (xp.asarray(obj, dtype=None if isinstance(obj, Array) else xp.int64) for obj in (x, y))
    if y.dtype.family == "bool":
        y = xp.astype(y, x.dtype)
    by_zero = xp.astype(x, xp.float64) / 0.0 if function is operator.floordiv else xp.nan
    return xp.where(y == 0, by_zero, xp.astype(function(x, xp.where(y == 0, 1, y)), xp.float64))


def _is_span(obj: Any) -> bool:
    if isinstance(obj, Array):
        return obj.dtype.family == "timedelta"
    return isinstance(obj, timedelta | np.timedelta64)


def _is_whole(obj: Any) -> bool:
    if isinstance(obj, Array):
        return obj.dtype.family in ("int", "uint", "bool")
    return np.asarray(obj).dtype.kind in "iub"


_OF_NUMPY: dict[Function, Function] = {
    operator.floordiv: np.floor_divide,
    operator.mod: np.remainder,
}
_OF_UFUNCS: dict[np.ufunc, Function] = {
    np.add: _sum,
    np.floor_divide: _quotient,
    np.remainder: _remainder,
}
_BINARY: dict[str, Function] = {
    "add": _sum,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": _quotient,
    "mod": _remainder,
    "pow": operator.pow,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
}
_BINARY |= {
    name: _uncertain.passing(_BINARY[name])
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
}
_COMPARISONS: dict[str, Function] = {
    name: _uncertain.comparing(getattr(operator, name))
    for name in ("eq", "ne", "lt", "le", "gt", "ge")
}
_OF_UFUNCS |= {
    np.equal: _COMPARISONS["eq"],
    np.not_equal: _COMPARISONS["ne"],
    np.less: _COMPARISONS["lt"],
    np.less_equal: _COMPARISONS["le"],
    np.greater: _COMPARISONS["gt"],
    np.greater_equal: _COMPARISONS["ge"],
}
_UNARY: dict[str, Function] = {
    "neg": operator.neg,
    "pos": operator.pos,
    "invert": operator.invert,
    "abs": operator.abs,
}


def _binary(function: Function) -> Function:
    def method(self: Elementwise, other: Any) -> Any:
        return self._map(function, other)

    return method


def _unary(function: Function) -> Function:
    def method(self: Elementwise) -> Any:
        return self._map(function)

    return method


def _named(function: Function, name: str) -> Function:
    """Return the method for an operator, which can fill missing elements, and apply to rows."""

    def method(
        self: Elementwise,
        other: Any,
        axis: Any = "columns",
        level: None = None,
        fill_value: Any = None,
    ) -> Any:
        if level is not None:
            raise FrameError(f"{name}: a traced frame has no levels of labels")
        if self.ndim == 1 and name.lstrip("r") in ("floordiv", "mod") and _both_whole(self, other):
            raise FrameError(
                f"{name} of two columns of integers gives 0 where the operator gives infinity or NaN "
                "(pandas 3.1.1); write the operator, // or %"
            )
        of_rows = axis in (0, "index") and self.ndim == 2
        other = other.to_numpy()[:, None] if of_rows and getattr(other, "ndim", 0) == 1 else other
        return self._map(lambda x, y: _with_filled(function, x, y, fill_value), other)

    method.__name__ = name
    return method


def _with_filled(function: Function, x: Any, y: Any, value: Any) -> Any:
    """Call a function with a value for an element that is missing, unless that of the other is as well."""
    if value is None:
        return function(x, y)
    both = _lacks(x) & _lacks(y)
    result = function(*(filled(z, value) if isinstance(z, Array) else z for z in (x, y)))
    return namespace().where(both, np.nan, result)


def _lacks(x: Any) -> Any:
    return _is_missing(x) if isinstance(x, Array) else is_missing(x)


def _both_whole(x: Elementwise, y: Any) -> bool:
    return isinstance(y, Elementwise) and _is_whole(x.to_numpy()) and _is_whole(y.to_numpy())


def _swapped(function: Function) -> Function:
    return lambda x, y: function(y, x)


for _name, _function in (_BINARY | _COMPARISONS).items():
    setattr(Elementwise, f"__{_name}__", _binary(_function))
    if _name not in ("and", "or", "xor"):
        setattr(Elementwise, _name, _named(_function, _name))
for _name, _function in _BINARY.items():
    setattr(Elementwise, f"__r{_name}__", _binary(_swapped(_function)))
    if _name not in ("and", "or", "xor"):
        setattr(Elementwise, f"r{_name}", _named(_swapped(_function), f"r{_name}"))
for _name, _function in _UNARY.items():
    setattr(Elementwise, f"__{_name}__", _unary(_function))
for _name, _word in {
    "div": "truediv",
    "rdiv": "rtruediv",
    "multiply": "mul",
    "subtract": "sub",
    "divide": "truediv",
}.items():
    setattr(Elementwise, _name, getattr(Elementwise, _word))
