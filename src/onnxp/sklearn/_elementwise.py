"""The elementwise operations of traced columns and frames, with the names and the meaning of pandas."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.array.device import CPU
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn._conversion import converted
from onnxp.sklearn._lacks import reason
from onnxp.sklearn._lookup import is_missing
from onnxp.sklearn._missing import (
    NO_VALUE,
    among,
    bounded,
    chosen,
    filled,
    missing,
    replaced,
    replacements,
)
from onnxp.sklearn._operators import BINARY, COMPARISONS, OF_UFUNCS, is_whole, with_filled

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

        function = OF_UFUNCS.get(ufunc, ufunc)

        def apply(x: Any, *rest: Any) -> Any:
            return function(*rest[:first], x, *rest[first:], **kwargs)

        return inputs[first]._map(apply, *others)

    def __round__(self, decimals: int = 0) -> Any:
        return self.round(decimals)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func in _METHODS and args and isinstance(args[0], Elementwise):
            # as numpy does for pandas
            options = {"ddof": 0} if func in (np.std, np.var) else {}
            return getattr(args[0], func.__name__)(*args[1:], **options, **kwargs)
        return func(*_as_arrays(args), **_as_arrays(kwargs))

    # Missing values. Text has none of its own: a missing one is "" (`_absent`).

    def isna(self) -> Self:
        """Return whether elements are missing."""
        return self._map(missing)

    def notna(self) -> Self:
        """Return whether elements are present."""
        return self._map(lambda x: ~missing(x))

    isnull, notnull = isna, notna

    def fillna(self, value: Any) -> Self:
        """Replace missing elements."""
        if isinstance(value, list | tuple | set | np.ndarray):
            raise FrameError(
                f"fillna: the value must be one for all, a column or a dict, not a {type(value).__name__}"
            )
        return self._map(filled, value)

    # Selection

    def where(self, cond: Any, other: Any = np.nan) -> Self:
        """Keep the elements where the condition is true, and replace the rest."""
        return self._map(chosen, _called(cond, self), _called(other, self))

    def mask(self, cond: Any, other: Any = np.nan) -> Self:
        """Replace the elements where the condition is true."""
        return self._map(
            lambda x, c, y: chosen(x, ~c, y), _called(cond, self), _called(other, self)
        )

    def replace(self, to_replace: Any, value: Any = NO_VALUE) -> Self:
        """Replace values by others: one, several by one, or those of a dict."""
        pairs = replacements(to_replace, value)
        return self._map(lambda x: replaced(x, pairs))

    def isin(self, values: Any) -> Self:
        """Return whether elements are among some values, which a dict has by column."""
        if self.ndim == 2 and isinstance(values, Mapping):
            lists = {name: list(values.get(name, ())) for name in self.columns}
            return self._map(among, lists)
        if self.ndim == 2 and hasattr(values, "index") and hasattr(values, "reindex"):
            raise FrameError(
                "isin: pandas aligns the rows of a Series or a frame; give a list or a dict"
            )
        keys = list(values)
        return self._map(lambda x: among(x, keys))

    # Numbers

    def clip(self, lower: Any = None, upper: Any = None, *, axis: Any = None) -> Self:
        """Limit the elements to a range, which may differ by column."""
        if axis in (0, "index") and self.ndim == 2:
            raise FrameError("clip: a range for each row is not supported; clip the columns")
        numbers = [bound for bound in (lower, upper) if isinstance(bound, int | float | np.number)]
        if len(numbers) == 2 and not any(map(is_missing, numbers)):
            lower, upper = sorted(numbers)
        return self._map(
            lambda x, low, high: np.clip(x, bounded(x, low), bounded(x, high)), lower, upper
        )

    def round(self, decimals: Any = 0) -> Self:
        """Round the elements, by decimals that may differ by column, where there are some."""
        if hasattr(decimals, "to_dict") or isinstance(decimals, Mapping):
            several = {name: decimals.get(name) for name in self.columns}
            return self._map(lambda x, d: x if d is None else np.round(x, int(d)), several)
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
    np.all, np.any, np.clip, np.max, np.mean, np.min, np.prod, np.round, np.std, np.sum, np.var,
)  # fmt: skip
"""The functions of numpy that call the method of their argument."""


def _called(obj: Any, whole: Any) -> Any:
    return obj(whole) if callable(obj) else obj


def _as_arrays(obj: Any) -> Any:
    if isinstance(obj, Elementwise):
        array = obj.to_numpy()
        is_null = array.dtype.is_nullable and array.dtype.plain.family == "bool"
        return nulls.fill_null(array, False) if is_null else array  # numpy raises an error
    if isinstance(obj, tuple | list):
        return type(obj)([_as_arrays(part) for part in obj])
    if isinstance(obj, dict):
        return {key: _as_arrays(value) for key, value in obj.items()}
    return obj


_UNARY: dict[str, Function] = {
    "neg": operator.neg,
    "pos": operator.pos,
    "invert": operator.invert,
    "abs": operator.abs,
}


def _binary(function: Function) -> Function:
    def method(self: Elementwise, other: Any) -> Any:
        return _aligned(self, other)._map(function, other)

    return method


def _aligned(frame: Any, other: Any) -> Any:
    """Return a frame with its columns in the order of the result of pandas with an operand that has labels.

    Raises
    ------
    FrameError
        If the operand has labels of other columns.
    """
    is_frame = isinstance(other, Elementwise) and other.ndim == 2
    is_labelled = isinstance(other, Mapping) or hasattr(other, "to_dict")
    if frame.ndim != 2 or not (is_frame or is_labelled):
        return frame
    names, labels = list(frame.columns), list(other.columns if is_frame else dict(other))
    if set(names) != set(labels):
        raise FrameError(
            f"pandas adds columns of NaN where operands have the labels {labels} and {names}; select the same "
            "columns of both"
        )
    if names == labels or isinstance(other, dict):
        return frame
    import pandas

    return frame[list(pandas.Index(names).join(pandas.Index(labels), how="outer"))]


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
        axes = (None, 0, "index", "rows") if self.ndim == 1 else (0, 1, "index", "rows", "columns")
        if axis not in (*axes, "columns"):  # which is the default here
            raise FrameError(f"{name}: axis must be one of {axes}, not {axis!r}")
        if self.ndim == 1 and name.lstrip("r") in ("floordiv", "mod") and _both_whole(self, other):
            raise FrameError(
                f"{name} of two columns of integers gives 0 where the operator gives infinity or NaN "
                "(pandas 3.1.1); write the operator, // or %"
            )
        of_rows = axis in (0, "index") and self.ndim == 2
        other = other.to_numpy()[:, None] if of_rows and getattr(other, "ndim", 0) == 1 else other
        return _aligned(self, other)._map(
            lambda x, y: with_filled(function, x, y, fill_value), other
        )

    method.__name__ = name
    return method


def _both_whole(x: Elementwise, y: Any) -> bool:
    return isinstance(y, Elementwise) and is_whole(x.to_numpy()) and is_whole(y.to_numpy())


def _swapped(function: Function) -> Function:
    return lambda x, y: function(y, x)


for _name, _function in (BINARY | COMPARISONS).items():
    setattr(Elementwise, f"__{_name}__", _binary(_function))
    if _name not in ("and", "or", "xor"):
        setattr(Elementwise, _name, _named(_function, _name))
for _name, _function in BINARY.items():
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
