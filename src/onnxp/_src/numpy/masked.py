"""Masked arrays, as `numpy.ma.MaskedArray`, of traced arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import dispatch, reductions, sorting
from onnxp._src.numpy.dispatch import Composite
from onnxp._src.numpy.manipulation import ravel
from onnxp._src.numpy.operands import as_array, as_float, has_nulls, in_dtype
from onnxp.errors import ArgumentError, DTypeError, NumpyFunctionError

_FILLS = {"b": True, "i": 999999, "u": 999999, "f": 1e20, "c": 1e20 + 0j, "U": "N/A"}
"""What takes the place of masked elements by default, by the kinds of dtypes."""

_TINY = float(np.finfo(np.float64).tiny)
IS_BAD: dict[str, Callable[..., Any]] = {
    "arccos": lambda x: np.abs(x) > 1,
    "arccosh": lambda x: x < 1,
    "arcsin": lambda x: np.abs(x) > 1,
    "arctanh": lambda x: np.abs(x) > 1 - 1e-15,
    "log": lambda x: x <= 0,
    "log10": lambda x: x <= 0,
    "log2": lambda x: x <= 0,
    "sqrt": lambda x: x < 0,
    "tan": lambda x: np.abs(np.cos(x)) < 1e-35,
}
"""What numpy masks in the results of functions of one operand."""
_RENAMED = {"amax": "max", "amin": "min", "absolute": "abs"}
_DIVISIONS = frozenset(("divide", "floor_divide", "fmod", "remainder", "true_divide"))
_COMPARISONS = frozenset("equal greater greater_equal less less_equal not_equal".split())


def _of_both(name: str) -> Callable[..., Any]:
    """Return a method that does with the elements and the mask what an array's method does with elements."""

    def method(self: MaskedArray, *args: Any, **kwargs: Any) -> Any:
        data = getattr(self.data, name)(*args, **kwargs)
        moved = name not in ("clip", "round")
        mask = getattr(self._mask, name)(*args, **kwargs) if moved else self._mask.copy()
        return MaskedArray(data, mask, self._fill_value)

    return method


class MaskedArray(Composite, NDArrayOperatorsMixin):
    """An array with a mask, as `numpy.ma.MaskedArray`, of which an array is traced.

    Parameters
    ----------
    data : array
        The elements.
    mask : array
        Of dtype bool and the shape of `data`: which elements do not count.
    fill_value : number, optional
        What takes the place of masked elements.
    has_mask : array or True, optional
        Whether numpy keeps a mask: without one, means and variances are those of plain arrays.
    """

    def __init__(self, data: Any, mask: Any, fill_value: Any = None, has_mask: Any = True) -> None:
        self.has_mask = has_mask
        self.data = data
        self._mask = mask
        self._fill_value = fill_value

    @staticmethod
    def __onnxp_stands_for__() -> type:
        return np.ma.MaskedArray

    def __onnxp_length__(self) -> Any:
        return self.shape[0]

    def is_traced(self) -> bool:
        """Return whether the elements or the mask are not known."""
        return bool(self.data.is_traced or self._mask.is_traced)

    def as_nullable(self) -> Any:
        """Return an array whose null elements are those that are masked."""
        return xp().nulls.make_nullable(self.data, self._mask)

    # What numpy's masked arrays have

    @property
    def mask(self) -> Any:
        """Which elements are masked."""
        return self._mask

    @mask.setter
    def mask(self, value: Any) -> None:
        self._mask[...] = as_array(value)
        self.has_mask = True

    @property
    def fill_value(self) -> Any:
        """What takes the place of masked elements."""
        if self._fill_value is not None:
            return self._fill_value
        return _FILLS[self.data.dtype.numpy.kind if self.data.dtype.kind != "O" else "U"]

    @fill_value.setter
    def fill_value(self, value: Any) -> None:
        self._fill_value = value

    def set_fill_value(self, value: Any = None) -> None:
        """Set what takes the place of masked elements."""
        self._fill_value = value

    def get_fill_value(self) -> Any:
        """Return what takes the place of masked elements."""
        return self.fill_value

    def __getattr__(self, name: str) -> Any:
        if name in ("shape", "dtype", "ndim", "size", "device"):
            return getattr(self.data, name)
        if hasattr(np.ma.MaskedArray, name):
            raise NumpyFunctionError(
                f"numpy.ma.MaskedArray.{name} is not supported for traced arrays; write x.filled(value)"
            )
        raise AttributeError(name)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        (out,) = kwargs.pop("out", (None,))
        if method != "__call__" or kwargs or (out is not None and out is not inputs[0]):
            raise NumpyFunctionError(
                f"numpy.{ufunc.__name__} with options is not supported for masked arrays; write x.filled(value)"
            )
        return apply(ufunc, *inputs) if out is None else write(ufunc, out, inputs[1])

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self.of_numpy(func, args, kwargs)

    def of_numpy(self, function: Any, args: Any, kwargs: Any) -> Any:
        """Call a function of numpy with masked arrays: a method of the first, as numpy does.

        Raises
        ------
        NumpyFunctionError
            If it is none.
        """
        name = _RENAMED.get(function.__name__, function.__name__)
        if function in (np.asarray, np.array, np.ascontiguousarray, np.shape, np.ndim, np.size):
            return dispatch.call(function, (args[0].data, *args[1:]), kwargs)
        if function is np.where and len(args) > 1:  # numpy gives an array without a mask
            return np.where(*(x.data if isinstance(x, MaskedArray) else x for x in args))
        if args and isinstance(args[0], MaskedArray) and name in vars(MaskedArray):
            return getattr(args[0], name)(*args[1:], **kwargs)
        raise NumpyFunctionError(
            f"numpy.{name} of masked arrays is not supported; fill them by x.filled(value), or see np.ma.{name}"
        )

    def filled(self, fill_value: Any = None) -> Any:
        """Return an array with a value in place of masked elements."""
        value = self.fill_value if fill_value is None else fill_value
        if isinstance(value, np.ndarray | xp().Array):
            value = xp().astype(as_array(value), self.data.dtype, copy=False)
        elif self.data.dtype.kind != "O":
            value = in_dtype(np.asarray(value, self.data.dtype.numpy), self.data.dtype.numpy)
        return np.where(self._mask, value, self.data)

    def compressed(self) -> Any:
        """Return the elements that are not masked, as a vector."""
        return ravel(self.data)[~ravel(self._mask)]

    def count(self, axis: Any = None, keepdims: Any = False) -> Any:
        """Return the numbers of elements that are not masked."""
        return reductions.sum(xp().astype(~self._mask, xp().int64), axis, keepdims=bool(keepdims))

    # Elements

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Any]:
        return (
            MaskedArray(d, m, self._fill_value) for d, m in zip(self.data, self._mask, strict=True)
        )

    def __bool__(self) -> bool:
        return bool(self.data)

    def __float__(self) -> float:
        return float(self.data)

    def __int__(self) -> int:
        return int(self.data)

    def __getitem__(self, key: Any) -> Any:
        key = _plain_key(key)
        return MaskedArray(self.data[key], self._mask[key], self._fill_value)

    def __setitem__(self, key: Any, value: Any) -> None:
        key = _plain_key(key)
        if value is np.ma.masked:
            self._mask[key] = True
            self.has_mask = True
            return
        if isinstance(value, MaskedArray | np.ma.MaskedArray):
            value = as_masked(value)
            self.data[key], self._mask[key] = value.data, value.mask
            return
        self.data[key] = value
        self._mask[key] = False

    @property
    def T(self) -> MaskedArray:
        """The array with its axes in reverse order."""
        return MaskedArray(self.data.T, self._mask.T, self._fill_value)

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> MaskedArray:
        """Return the elements in another dtype."""
        return MaskedArray(xp().astype(self.data, dtype), self._mask.copy(), self._fill_value)

    # Reductions

    def _reduced(self, data: Any, axis: Any, keepdims: Any) -> MaskedArray:
        """Return a reduction, which is masked where all its elements are."""
        mask = reductions.all(self._mask, axis, keepdims=bool(keepdims))
        return MaskedArray(xp().where(mask, xp().zeros((), dtype=data.dtype), data), mask)

    def sum(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
    ) -> Any:
        """Return the sum of the elements that are not masked."""
        _no_out(out, "sum")
        data = reductions.sum(self.filled(0), axis, dtype, keepdims=bool(keepdims))
        return self._reduced(data, axis, keepdims)

    def prod(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
    ) -> Any:
        """Return the product of the elements that are not masked."""
        _no_out(out, "prod")
        data = reductions.prod(self.filled(1), axis, dtype, keepdims=bool(keepdims))
        return self._reduced(data, axis, keepdims)

    product = prod

    def mean(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
    ) -> Any:
        """Return the mean of the elements that are not masked."""
        _no_out(out, "mean")
        x = self.data if dtype is None else xp().astype(self.data, dtype)
        half = x.dtype == xp().float16
        x = xp().astype(x, xp().float32) if half else x
        total = MaskedArray(x, self._mask).sum(axis, keepdims=keepdims)
        result = total * 1.0 / self.count(axis, keepdims)
        if self.has_mask is not True:
            result = MaskedArray(result.data, result.mask & self.has_mask)
        return result.astype(self.data.dtype) if half else result

    def var(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        keepdims: Any = False,
    ) -> Any:
        """Return the variance of the elements that are not masked."""
        _no_out(out, "var")
        x = self if dtype is None else self.astype(dtype)
        differences = x - x.mean(axis, keepdims=True)
        squares = apply(np.multiply, differences, differences)
        total = squares.sum(axis, keepdims=keepdims)
        count = self.count(axis, keepdims) - ddof
        result = apply(np.divide, total, count, is_ma=True)
        unused = np.less_equal(count, 0) | total.mask
        data = xp().where(unused, xp().zeros((), dtype=result.dtype), result.data)
        few = unused
        if result.ndim:  # where the mean is not finite, numpy has 0 (2.4.6)
            hidden = reductions.all(self._mask, axis, keepdims=bool(keepdims))
            few = np.less_equal(count, 0) | hidden
        if self.has_mask is not True:
            plain = reductions.var(x.data, axis, ddof=ddof, keepdims=bool(keepdims))
            data, few = np.where(self.has_mask, data, plain), few & self.has_mask
        result = MaskedArray(data, few)
        return result if dtype is None else result.astype(dtype)

    def std(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        keepdims: Any = False,
    ) -> Any:
        """Return the standard deviation of the elements that are not masked."""
        result = apply(np.sqrt, self.var(axis, dtype, out, ddof, keepdims))
        return MaskedArray(result.data, result.mask | ~np.isfinite(result.data))

    def _extreme(self, name: str, axis: Any, fill_value: Any, keepdims: Any) -> Any:
        filled = self.filled(
            _end(self.data.dtype, name == "min") if fill_value is None else fill_value
        )
        return self._reduced(
            getattr(reductions, name)(filled, axis, keepdims=bool(keepdims)), axis, keepdims
        )

    def min(
        self, axis: Any = None, out: Any = None, fill_value: Any = None, keepdims: Any = False
    ) -> Any:
        """Return the least element that is not masked."""
        _no_out(out, "min")
        return self._extreme("min", axis, fill_value, keepdims)

    def max(
        self, axis: Any = None, out: Any = None, fill_value: Any = None, keepdims: Any = False
    ) -> Any:
        """Return the largest element that is not masked."""
        _no_out(out, "max")
        return self._extreme("max", axis, fill_value, keepdims)

    def ptp(
        self, axis: Any = None, out: Any = None, fill_value: Any = None, keepdims: Any = False
    ) -> Any:
        """Return the difference of the largest and the least element."""
        return self.max(axis, out, fill_value, keepdims) - self.min(axis, out, fill_value, keepdims)

    def any(self, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
        """Return whether any element that is not masked is true."""
        _no_out(out, "any")
        data = reductions.any(self.filled(False), axis, keepdims=bool(keepdims))
        return self._reduced(data, axis, keepdims)

    def all(self, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
        """Return whether all elements that are not masked are true."""
        _no_out(out, "all")
        data = reductions.all(self.filled(True), axis, keepdims=bool(keepdims))
        return self._reduced(data, axis, keepdims)

    def argmin(
        self, axis: Any = None, fill_value: Any = None, out: Any = None, **keepdims: Any
    ) -> Any:
        """Return the place of the least element that is not masked."""
        filled = self.filled(_end(self.data.dtype, True) if fill_value is None else fill_value)
        return reductions.argmin(filled, axis, out, **keepdims)

    def argmax(
        self, axis: Any = None, fill_value: Any = None, out: Any = None, **keepdims: Any
    ) -> Any:
        """Return the place of the largest element that is not masked."""
        filled = self.filled(_end(self.data.dtype, False) if fill_value is None else fill_value)
        return reductions.argmax(filled, axis, out, **keepdims)

    def median(
        self, axis: Any = None, out: Any = None, overwrite_input: Any = False, keepdims: Any = False
    ) -> Any:
        """Return the median of the elements that are not masked."""
        _no_out(out, "median")
        x = as_float(self.data)
        nan = xp().full((), np.nan, dtype=x.dtype)
        result = np.nanmedian(xp().where(self._mask, nan, x), axis=axis, keepdims=bool(keepdims))
        is_nan = reductions.any(xp().isnan(x) & ~self._mask, axis, keepdims=bool(keepdims))
        return self._reduced(xp().where(is_nan, nan, result), axis, keepdims)

    def cumsum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """Return the sums of the elements so far; masked ones are left out, and stay masked."""
        _no_out(out, "cumsum")
        mask = ravel(self._mask) if axis is None else self._mask
        return MaskedArray(reductions.cumsum(self.filled(0), axis, dtype), mask)

    def cumprod(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """Return the products of the elements so far; masked ones are left out, and stay masked."""
        _no_out(out, "cumprod")
        mask = ravel(self._mask) if axis is None else self._mask
        return MaskedArray(reductions.cumprod(self.filled(1), axis, dtype), mask)

    # Order

    def argsort(self, axis: Any = -1, *args: Any, endwith: bool = True, **kwargs: Any) -> Any:
        """Return the places of the elements in order, with those that are masked at the end."""
        if not endwith or args or kwargs.get("fill_value") is not None:
            raise NumpyFunctionError(
                "numpy.ma.argsort is supported with masked elements at the end only; write np.argsort of "
                "x.filled(value)"
            )
        is_float = xp().isdtype(self.data.dtype, "real floating")
        return sorting.argsort(
            self.filled(np.nan if is_float else _end(self.data.dtype, True)), axis
        )

    def sort(self, axis: Any = -1, *args: Any, **kwargs: Any) -> None:
        """Sort the elements in place, with those that are masked at the end."""
        order = self.argsort(axis, *args, **kwargs)
        self.data[...] = xp().take_along_axis(self.data, order, axis=axis)
        self._mask[...] = xp().take_along_axis(self._mask, order, axis=axis)

    __hash__ = None  # type: ignore[assignment]  # as numpy's


for _name in (
    "clip copy diagonal flatten ravel repeat reshape round squeeze swapaxes take transpose".split()
):
    setattr(MaskedArray, _name, _of_both(_name))


# Operations


def as_masked(obj: Any) -> MaskedArray:
    """Return a masked array of an array, with nothing masked, or of one of numpy or with nulls."""
    if isinstance(obj, MaskedArray):
        return obj
    if isinstance(obj, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(obj)
        return MaskedArray(as_array(np.ma.getdata(obj)), as_array(mask), obj.fill_value)
    array = as_array(obj)
    if has_nulls(array):
        return MaskedArray(xp().nulls.get_data(array), xp().nulls.isnull(array))
    return MaskedArray(array, xp().zeros(array.shape, dtype=xp().bool))


def apply(ufunc: np.ufunc, *operands: Any, is_ma: bool = False) -> MaskedArray:
    """Apply a ufunc: results are masked where an operand is, or where the function is not defined.

    Operands of rank 0 are numbers to numpy, unless they are masked: only functions of `numpy.ma` (`is_ma`) look
    at where they are defined.
    """
    parts = [
        as_masked(x) if isinstance(x, MaskedArray | np.ma.MaskedArray) else x for x in operands
    ]
    data = [x.data if isinstance(x, MaskedArray) else x for x in parts]
    masks = [x.mask for x in parts if isinstance(x, MaskedArray)]
    mask = reduce(np.logical_or, masks)
    result: Any = ufunc(*data)
    name = ufunc.__name__
    fill_value = getattr(parts[0], "_fill_value", None) if name not in _COMPARISONS else None
    if name in _COMPARISONS:
        if name in ("equal", "not_equal"):
            full = [x.mask if isinstance(x, MaskedArray) else False for x in parts]
            result = np.where(mask, ufunc(*full), result)
    elif isinstance(result, tuple):
        raise NumpyFunctionError(
            f"numpy.ma.{name} is not supported for traced arrays; write x.filled(value)"
        )
    else:
        if is_ma or result.ndim:
            mask = _with_undefined(mask, name, data, result)
        first = xp().astype(as_array(data[0]), result.dtype, copy=False)
        result = np.where(mask, first, result)
    kept = [x.has_mask for x in parts if isinstance(x, MaskedArray)]
    has_domain = name in IS_BAD or name in _DIVISIONS or name == "power"
    has_mask = has_domain or any(x is True for x in kept) or reduce(np.logical_or, kept)
    return MaskedArray(result, xp().broadcast_to(mask, result.shape).copy(), fill_value, has_mask)


def _with_undefined(mask: Any, name: str, data: list[Any], result: Any) -> Any:
    """Return a mask, with the places in it where a function is not defined."""
    if name in IS_BAD:
        mask = mask | IS_BAD[name](data[0])
    if name in _DIVISIONS:
        mask = mask | (np.abs(data[0]) * _TINY >= np.abs(data[1]))
    if (name in _DIVISIONS or name == "power") and xp().isdtype(result.dtype, "real floating"):
        mask = mask | ~np.isfinite(result)
    return mask


def write(ufunc: np.ufunc, target: MaskedArray, other: Any) -> MaskedArray:
    """Apply a ufunc in place; elements that are masked afterwards stay what they were."""
    result = apply(ufunc, target, other)
    kind, new = target.data.dtype.numpy, result.data.dtype.numpy
    if not np.can_cast(new, kind, "same_kind"):
        raise DTypeError(
            f"numpy.{ufunc.__name__}: the result is {new}, which is not written into a masked array of {kind}; "
            f"write x = np.{ufunc.__name__}(x, y)"
        )
    target.data[...] = np.where(result.mask, target.data, result.data)
    target.mask[...] = result.mask
    target.has_mask = result.has_mask
    return target


def _plain_key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(map(_plain_key, key))
    return key.data if isinstance(key, MaskedArray) else key


def _no_out(out: Any, name: str) -> None:
    if out is not None:
        raise ArgumentError(f"numpy.ma.{name}: out is not supported for traced arrays")


def _end(dtype: Any, largest: bool) -> Any:
    """Return the largest or the least number of a dtype."""
    kind = dtype.numpy
    if kind.kind == "b":
        return largest
    if kind.kind in "iu":
        return np.iinfo(kind).max if largest else np.iinfo(kind).min
    return np.inf if largest else -np.inf
