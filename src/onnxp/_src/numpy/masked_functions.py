"""The functions of `numpy.ma` for traced arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import creation, dispatch
from onnxp._src.numpy.manipulation import reshape
from onnxp._src.numpy.masked import IS_BAD, MaskedArray, apply, as_masked
from onnxp._src.numpy.operands import as_array
from onnxp._src.numpy.refused import reason_for
from onnxp._src.shapes.shape import same_shape
from onnxp.errors import NumpyFunctionError

# Making masked arrays


def array(
    data: Any,
    dtype: Any = None,
    copy: Any = False,
    order: Any = None,
    mask: Any = None,
    fill_value: Any = None,
    keep_mask: Any = True,
    hard_mask: Any = False,
    shrink: Any = True,
    subok: Any = True,
    ndmin: int = 0,
) -> MaskedArray:
    """Translate `numpy.ma.array`."""
    if hard_mask:
        raise NumpyFunctionError("numpy.ma.array: hard_mask is not supported for traced arrays")
    given = as_masked(data) if isinstance(data, MaskedArray | np.ma.MaskedArray) else None
    elements = creation.array(data if given is None else given.data, dtype, copy=copy, ndmin=ndmin)
    hidden = xp().zeros(elements.shape, dtype=xp().bool)
    if mask is not None:
        chosen = xp().astype(creation.array(mask), xp().bool)
        if chosen.ndim and not same_shape(chosen.shape, elements.shape):
            chosen = reshape(chosen, elements.shape)
        hidden = xp().broadcast_to(chosen, elements.shape).copy()
    if given is not None and keep_mask:
        hidden = hidden | given.mask
    if fill_value is None and given is not None:
        fill_value = given._fill_value
    return MaskedArray(elements, hidden, fill_value)


def masked_array(
    data: Any,
    mask: Any = None,
    dtype: Any = None,
    copy: Any = False,
    subok: Any = True,
    ndmin: int = 0,
    fill_value: Any = None,
    keep_mask: Any = True,
    hard_mask: Any = None,
    shrink: Any = True,
    order: Any = None,
) -> MaskedArray:
    """Translate `numpy.ma.MaskedArray`, which is `numpy.ma.masked_array`."""
    return array(
        data, dtype, copy, order, mask, fill_value, keep_mask, hard_mask, shrink, subok, ndmin
    )


def masked_where(condition: Any, a: Any, copy: Any = True) -> MaskedArray:
    """Translate `numpy.ma.masked_where`."""
    hidden = condition.data if isinstance(condition, MaskedArray) else condition
    return _shrunk(array(a, copy=copy, mask=hidden))


def _shrunk(result: MaskedArray) -> MaskedArray:
    """Return a masked array that has no mask if nothing is masked."""
    result.has_mask = xp().any(result.mask)
    return result


def _where(test: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Return a function that masks the elements for which a test with some numbers is true."""

    def masked(x: Any, *args: Any, copy: Any = True) -> MaskedArray:
        numbers, rest = args[:count], args[count:]
        elements = as_masked(x).data
        result = array(x, copy=rest[0] if rest else copy, mask=test(elements, *numbers))
        return _shrunk(result) if count else result  # masked_invalid keeps its mask

    return masked


def masked_values(
    x: Any, value: Any, rtol: float = 1e-5, atol: float = 1e-8, copy: Any = True, shrink: Any = True
) -> MaskedArray:
    """Translate `numpy.ma.masked_values`."""
    elements = as_masked(x).data
    if xp().isdtype(elements.dtype, "real floating"):
        hidden = np.isclose(elements, value, atol=atol, rtol=rtol)
    else:
        hidden = elements == value
    return array(x, copy=copy, mask=hidden, fill_value=value)


def masked_equal(x: Any, value: Any, copy: Any = True) -> MaskedArray:
    """Translate `numpy.ma.masked_equal`."""
    return _shrunk(array(x, copy=copy, mask=as_masked(x).data == value, fill_value=value))


def fix_invalid(a: Any, mask: Any = None, copy: Any = True, fill_value: Any = None) -> Any:
    """Translate `numpy.ma.fix_invalid`."""
    result = array(a, copy=copy, mask=mask)
    invalid = ~np.isfinite(result.data)
    value = result.fill_value if fill_value is None else fill_value
    return MaskedArray(np.where(invalid, value, result.data), result.mask | invalid, fill_value)


# Asking


def getmask(a: Any) -> Any:
    """Translate `numpy.ma.getmask`."""
    return a.mask if isinstance(a, MaskedArray) else np.ma.nomask


def is_masked(x: Any) -> bool:
    """Translate `numpy.ma.is_masked`, which is not known of a masked array that is traced."""
    if not isinstance(x, MaskedArray):
        return False
    raise NumpyFunctionError(
        "numpy.ma.is_masked: which elements are masked is not known before the model runs; write "
        "np.where(x.mask.any(), a, b)"
    )


# Combining


def where(condition: Any, x: Any = np._NoValue, y: Any = np._NoValue) -> Any:
    """Translate `numpy.ma.where`."""
    if x is np._NoValue:
        return np.nonzero(as_masked(condition).filled(False))
    test, a, b = map(as_masked, (condition, x, y))
    chosen = test.data
    mask = test.mask | np.where(chosen, a.mask, b.mask)
    return MaskedArray(np.where(chosen, a.data, b.data), mask)


def average(
    a: Any, axis: Any = None, weights: Any = None, returned: Any = False, *, keepdims: Any = False
) -> Any:
    """Translate `numpy.ma.average`."""
    x = as_masked(a)
    if weights is None:
        mean: Any = x.mean(axis, keepdims=keepdims)
        return (mean, x.count(axis, keepdims) * 1.0) if returned else mean
    given = as_masked(weights)
    w = given.data
    if w.ndim == 1 and x.ndim > 1:
        if type(axis) is not int:
            raise NumpyFunctionError(
                "numpy.ma.average: for weights of rank 1, axis must be a number"
            )
        w = xp().moveaxis(reshape(w, (*(1,) * (x.ndim - 1), -1)), -1, axis)
    kinds = [z.dtype.numpy for z in (x.data, w)]
    kind = np.result_type(*kinds, *([np.float64] if kinds[0].kind in "iub" else []))
    counted = np.where(x.mask, 0, xp().broadcast_to(w, x.data.shape))
    total: Any = MaskedArray(xp().astype(counted, kind), x.mask).sum(axis, keepdims=keepdims)
    products: Any = apply(np.multiply, x.astype(kind), counted)
    result = products.sum(axis, keepdims=keepdims) / total
    return (result, total) if returned else result


def _joined(name: str) -> Callable[..., Any]:
    function = getattr(np, name)

    def join(arrays: Any, *args: Any, **kwargs: Any) -> MaskedArray:
        parts = [as_masked(x) for x in arrays]
        return MaskedArray(
            function([x.data for x in parts], *args, **kwargs),
            function([x.mask for x in parts], *args, **kwargs),
        )

    return join


def sort(a: Any, axis: Any = -1, *args: Any, **kwargs: Any) -> Any:
    """Translate `numpy.ma.sort`."""
    result = as_masked(a).copy()
    if axis is None:
        result, axis = result.ravel(), -1
    result.sort(axis, *args, **kwargs)
    return result


@cache
def _functions() -> dict[str, Callable[..., Any]]:
    inside = lambda x, low, high: (x >= np.minimum(low, high)) & (x <= np.maximum(low, high))  # noqa: E731
    return {
        "MaskedArray": masked_array,
        "array": array,
        "asanyarray": lambda a, dtype=None: array(a, dtype),
        "asarray": lambda a, dtype=None, order=None: array(a, dtype),
        "average": average,
        "filled": lambda a, fill_value=None: (
            a.filled(fill_value) if isinstance(a, MaskedArray) else as_array(a)
        ),
        "fix_invalid": fix_invalid,
        "getdata": lambda a, subok=True: as_masked(a).data,
        "getmask": getmask,
        "getmaskarray": lambda arr: as_masked(arr).mask,
        "isMaskedArray": lambda x: isinstance(x, MaskedArray),
        "is_masked": is_masked,
        "make_mask": lambda m, copy=False, shrink=True, dtype=bool: xp().astype(as_array(m), bool),
        "mask_or": lambda m1, m2, copy=False, shrink=True: np.logical_or(m1, m2),
        "masked_equal": masked_equal,
        "masked_greater": _where(lambda x, value: x > value, 1),
        "masked_greater_equal": _where(lambda x, value: x >= value, 1),
        "masked_inside": _where(inside, 2),
        "masked_invalid": _where(lambda x: ~np.isfinite(x), 0),
        "masked_less": _where(lambda x, value: x < value, 1),
        "masked_less_equal": _where(lambda x, value: x <= value, 1),
        "masked_not_equal": _where(lambda x, value: x != value, 1),
        "masked_outside": _where(
            lambda x, low, high: (x < np.minimum(low, high)) | (x > np.maximum(low, high)), 2
        ),
        "masked_values": masked_values,
        "masked_where": masked_where,
        "sort": sort,
        "where": where,
        **{
            name: _joined(name)
            for name in ("column_stack", "concatenate", "dstack", "hstack", "stack", "vstack")
        },
    }


def names() -> list[str]:
    """Return the names of the functions that are translated."""
    methods = {name for name in vars(MaskedArray) if callable(getattr(np.ma, name, None))}
    ufuncs = {
        name for name, f in vars(np.ma).items() if isinstance(getattr(f, "f", None), np.ufunc)
    }
    names = {*_functions(), *methods, *ufuncs} - {"is_masked", "product"}
    return sorted(name for name in names if not name.startswith("_"))


def call(function: Any, args: Any, kwargs: Any) -> Any:
    """Call a function of `numpy.ma` with arguments that contain traced arrays.

    Raises
    ------
    NumpyFunctionError
        If it is not supported.
    """
    name = {"amax": "max", "amin": "min"}.get(function.__name__, function.__name__)
    translated = _functions().get(name)
    if translated is not None:
        return translated(*args, **kwargs)
    if args and callable(vars(MaskedArray).get(name)):
        return getattr(as_masked(args[0]), name)(*args[1:], **kwargs)
    ufunc = getattr(np, name, None)
    if isinstance(ufunc, np.ufunc) and not kwargs:
        first, *rest = args
        result = apply(ufunc, as_masked(first), *rest, is_ma=True)
        if name in IS_BAD:  # here, numpy masks all results that are not finite
            result.mask = result.mask | ~np.isfinite(result.data)
        return result
    raise NumpyFunctionError(
        f"numpy.ma.{name} is not supported for traced arrays: {reason_for(name, 'numpy.ma')}"
    )


dispatch.OF_MASKED.append(call)
