"""The registry of supported numpy functions, and their conversion of arguments."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from onnxp._src.dtypes import bool_
from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.refused import reason_for
from onnxp._src.shapes import dims
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import normalize_axes, normalize_axis
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    IndexingError,
    NumpyFunctionError,
    ShapeError,
)

Axes = int | tuple[int, ...] | None

WITH_NULLS = frozenset(
    "all amax amin any append argmax argmin argsort argwhere around array array_split asanyarray asarray "
    "ascontiguousarray atleast_1d atleast_2d atleast_3d block broadcast_arrays broadcast_to clip "
    "column_stack concatenate copy count_nonzero cumprod cumsum cumulative_prod cumulative_sum diag "
    "diagflat diagonal diff dot dsplit dstack ediff1d empty_like expand_dims flatnonzero flip fliplr "
    "flipud full_like hsplit hstack iscomplexobj isin isrealobj isscalar iterable ix_ matmul "
    "matrix_transpose max mean meshgrid min moveaxis ndim nonzero ones_like permute_dims prod ptp ravel "
    "repeat reshape result_type roll rollaxis rot90 round searchsorted shape size sort split squeeze "
    "stack std sum swapaxes take take_along_axis tensordot tile trace transpose unique unique_all "
    "unique_counts unique_inverse unique_values unstack var vecdot vsplit vstack where zeros_like".split()
)
"""The functions of numpy that take nullable arrays. The numbers of others could be wrong."""

OF_NULLS_AND_NAN = {
    f"nan{name}": name
    for name in "argmax argmin cumprod cumsum max mean min prod std sum var".split()
}
"""The functions that leave out NaN, which is null to those that leave out nulls."""


class _Functions(dict[Any, Callable[..., Any]]):
    """Implementations of numpy functions, which refuse nullable arrays unless they know of nulls."""

    def __setitem__(self, function: Any, translated: Callable[..., Any]) -> None:
        super().__setitem__(function, _checked(translated, function.__name__))


FUNCTIONS = _Functions()
"""The implementations of numpy functions, with numpy's signatures."""


def _checked(translated: Callable[..., Any], name: str) -> Callable[..., Any]:
    if name in WITH_NULLS or hasattr(translated, "__wrapped__"):
        return translated

    @wraps(translated)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if any(map(has_nulls, args)) or any(map(has_nulls, kwargs.values())):
            if name in OF_NULLS_AND_NAN and (args or "a" in kwargs):
                x, *rest = args or (kwargs.pop("a"),)
                of_nulls = FUNCTIONS[getattr(np, OF_NULLS_AND_NAN[name])]
                return of_nulls(xp().nulls.null_from_nan(x), *rest, **kwargs)
            raise no_nulls(name)
        return translated(*args, **kwargs)

    return checked


def no_nulls(name: str) -> DTypeError:
    """Return the error of a function that nullable arrays are given to."""
    return DTypeError(
        f"numpy.{name} is not defined for nullable arrays; fill the nulls by xp.nulls.fill_null(x, value)"
    )


def has_nulls(obj: Any) -> bool:
    """Return whether an object is a nullable array, or a list or tuple with one."""
    if isinstance(obj, tuple | list):
        return any(map(has_nulls, obj))
    return isinstance(obj, xp().Array) and obj.dtype.is_nullable


def implements(*functions: Callable[..., Any]) -> Callable[..., Any]:
    """Register an implementation of numpy functions."""

    def register(translated: Callable[..., Any]) -> Callable[..., Any]:
        translated = _checked(translated, functions[0].__name__)
        for function in functions:
            FUNCTIONS[function] = translated
        return translated

    return register


def call(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Call a numpy function with arguments that contain arrays of onnxp.

    Concrete arrays are converted to numpy arrays for unsupported functions, which return numpy arrays.

    Raises
    ------
    NumpyFunctionError
        If the function is not supported and an array is traced.
    """
    translated = FUNCTIONS.get(function)
    if translated is not None:
        if args and isinstance(args[0], np.ndarray) and writes_into_numpy(args, kwargs, function):
            return function(*hosted(args), **hosted(kwargs))
        try:
            return translated(*args, **kwargs)
        except TypeError as error:
            if type(error) not in (TypeError, np.exceptions.DTypePromotionError):
                raise
            raise NumpyFunctionError(
                f"{_name(function)} is not supported with these arguments: {error}"
            ) from error
    if has_arrays((args, kwargs), traced=True):
        reason = reason_for(function.__name__.lstrip("_"), str(function.__module__))
        raise NumpyFunctionError(
            f"{_name(function)} is not supported for traced arrays and sizes: {reason}"
        )
    return function(*hosted(args), **hosted(kwargs))


def _name(function: Any) -> str:
    return f"{function.__module__ or 'numpy.random'}.{function.__name__}"


_IN_PLACE = frozenset("copyto fill_diagonal place put put_along_axis putmask at".split())


def writes_into_numpy(args: Any, kwargs: Any, function: Any) -> bool:
    """Return whether a function writes elements that are known into an array of numpy."""
    return (
        function.__name__ in _IN_PLACE
        and bool(args)
        and isinstance(args[0], np.ndarray)
        and not has_arrays((args, kwargs), traced=True)
    )


def has_arrays(obj: Any, *, traced: bool = False) -> bool:
    """Return whether an object, or a part of a list, tuple, dict or slice, is an array of onnxp or a size.

    With `traced`, arrays whose elements are known do not count.
    """
    if isinstance(obj, _LEAVES):
        return False
    if isinstance(obj, slice):
        obj = (obj.start, obj.stop, obj.step)
    elif isinstance(obj, dict):
        obj = tuple(obj.values())
    if isinstance(obj, tuple | list):
        return any(has_arrays(part, traced=traced) for part in obj)
    if isinstance(obj, xp().Array):
        return obj.is_traced or not traced
    return isinstance(obj, Dim | DimReal)


_LEAVES = (int, float, str, np.ndarray, np.generic, type(None))


def hosted(obj: Any) -> Any:
    """Convert the concrete arrays in an object to numpy arrays."""
    if isinstance(obj, xp().Array):
        return np.asarray(obj)
    if isinstance(obj, tuple | list):
        return type(obj)([hosted(part) for part in obj])
    if isinstance(obj, dict):
        return {key: hosted(value) for key, value in obj.items()}
    return obj


def without_tables(obj: Any) -> Any:
    """Convert traced columns and tables in an object to arrays."""
    if hasattr(type(obj), "__onnxp_array__"):
        return obj.__onnxp_array__()
    if isinstance(obj, tuple | list) and obj:
        parts = [without_tables(part) for part in obj]
        is_same = all(a is b for a, b in zip(parts, obj, strict=True))
        return obj if is_same else type(obj)(parts)
    return obj


# Arguments


def as_array(obj: Any) -> Any:
    """Convert an object to an array."""
    return obj if isinstance(obj, xp().Array) else xp().asarray(obj)


def as_float(obj: Any, dtype: object = None) -> Any:
    """Convert an object to an array of `dtype`; by default, integers and bools become float64, as in numpy."""
    array = as_array(obj)
    if array.dtype.is_nullable:
        whole = array.dtype.plain.family in ("bool", "int", "uint")
        dtype = xp().nullable(dtype or (xp().float64 if whole else array.dtype.plain))
    if dtype is not None:
        return xp().astype(array, dtype)
    if xp().isdtype(array.dtype, ("bool", "integral")):
        return xp().astype(array, xp().float64)
    return array


def is_bool(array: Any) -> bool:
    """Return whether an array is of truth values."""
    return bool(array.dtype.plain is bool_)


def is_complex(array: Any) -> bool:
    """Return whether an array is of complex numbers."""
    return bool(xp().isdtype(array.dtype, "complex floating"))


def in_common(*objects: Any) -> list[Any]:
    """Return arrays in the dtype that numpy promotes them to; numbers are arrays of rank 0 as well."""
    if (beyond := _beyond_numpy(objects)) is not None:
        return [xp().asarray(x, dtype=beyond) for x in objects]
    arrays = [as_array(x) for x in objects]
    dtype: Any = np.result_type(*(x.dtype.numpy for x in arrays)) if arrays else None
    if any(map(has_nulls, arrays)):
        dtype = xp().nullable(dtype)
    return [xp().astype(x, dtype, copy=False) for x in arrays]


def in_common_with_numbers(*objects: Any) -> list[Any]:
    """Return arrays in the dtype that numpy promotes them to; Python numbers adapt to the others.

    Raises
    ------
    ScalarRangeError
        If a Python integer does not fit the dtype.
    """
    if (beyond := _beyond_numpy(objects)) is not None:
        return [xp().asarray(x, dtype=beyond) for x in objects]
    dtype = np.result_type(*map(kind_of, objects))
    return [in_dtype(x, dtype) for x in objects]


def _beyond_numpy(objects: tuple[Any, ...]) -> Any:
    """Return the dtype of an array among objects that numpy has none for, to which text may be converted.

    Raises
    ------
    DTypeError
        If there are several.
    """
    others = [x.dtype for x in objects if isinstance(x, xp().Array) and x.dtype.kind in "OV"]
    return xp().result_type(*others) if others else None


def in_dtype(obj: Any, dtype: Any) -> Any:
    """Return an array of a dtype. A Python integer that does not fit is refused, others are cast.

    Raises
    ------
    ScalarRangeError
        If a Python integer does not fit the dtype.
    """
    if type(obj) is int and np.dtype(dtype).kind in "iu":
        return xp().asarray(obj, dtype=dtype)
    array = as_array(obj)
    return xp().astype(array, xp().nullable(dtype) if has_nulls(array) else dtype, copy=False)


def kind_of(obj: Any) -> Any:
    """Return what numpy makes a dtype of: Python numbers, and sizes, adapt to what is beside them."""
    if isinstance(obj, Dim | DimReal):
        return 1 if isinstance(obj, Dim) else 1.0
    return obj if type(obj) in (bool, int, float, complex) else as_array(obj).dtype.numpy


def as_indices(obj: Any, name: str) -> Any:
    """Return an array of indices as int64: truth values count as 0 and 1, other numbers lose their fractions.

    Raises
    ------
    DTypeError
        If it is not an array of real numbers.
    """
    array = as_array(obj)
    if not xp().isdtype(array.dtype, ("bool", "integral", "real floating")):
        raise DTypeError(f"numpy.{name}: indices must be integers, not {array.dtype}")
    return xp().astype(array, xp().int64, copy=False)


def axes_of(axis: Any, array: Any, name: str) -> tuple[int, ...]:
    """Return the axes that a function goes over, counted from the front; of an array of rank 0, none.

    Raises
    ------
    AxisError
        If there is no such axis, or one is given twice.
    """
    if array.ndim == 0 and type(axis) is int and axis in (0, -1):
        return ()
    return normalize_axes(axis, array.ndim, f"numpy.{name}")


def axis_of(axis: Any, array: Any, name: str) -> int:
    """Return one axis, counted from the front.

    Raises
    ------
    AxisError
        If there is no such axis.
    """
    return normalize_axis(axis, array.ndim, f"numpy.{name}")


def as_count(obj: Any, name: str, what: str) -> int:
    """Return what Python takes for an index.

    Raises
    ------
    ArgumentTypeError
        If it is none.
    """
    try:
        return operator.index(obj)
    except TypeError as error:
        if type(error) is not TypeError:
            raise
        raise ArgumentTypeError(
            f"numpy.{name}: {what} must be an integer, not {obj!r} of type {type(obj).__name__}"
        ) from None


def choice_of(value: Any, choices: tuple[Any, ...], name: str, what: str) -> None:
    """Raise if the value of an option is not one of its choices.

    Raises
    ------
    ArgumentError
        If it is not.
    """
    if not any(value is choice or value == choice for choice in choices):
        raise ArgumentError(
            f"numpy.{name}: {what} must be one of {', '.join(map(repr, choices))}, not {value!r}"
        )


def required(values: Any, condition: Any) -> Any:
    """Return integers or floating-point numbers; the run fails unless a condition holds for all elements."""
    # the number of failures is an index that is past the end, unless it is 0; of no rows it is 0 as well
    failures = xp().sum(xp().astype(~condition, xp().int64))
    return values + xp().take(xp().zeros(1, dtype=values.dtype), xp().reshape(failures, (1,)))[0]


# Results


def promoted_with(array: Any, out: Any) -> Any:
    """Return an array in the dtype that numpy reduces it in: that of the array and of `out`, promoted.

    Raises
    ------
    DTypeError
        If the two dtypes do not promote.
    """
    if out is None or not hasattr(out, "dtype"):
        return array
    target = out.dtype if isinstance(out, np.ndarray) else out.dtype.numpy
    try:
        dtype = np.result_type(array.dtype.numpy, target)
    except TypeError:
        raise DTypeError(
            f"an array of {array.dtype} is not reduced into out of {target}; give an array of {array.dtype}"
        ) from None
    return xp().astype(array, dtype, copy=False)


BACKWARDS = "backwards"
"""The rule of `numpy.take` and `numpy.argmax`: `out` must be of a dtype that is cast to that of the result."""


def stored(result: Any, out: Any, name: str, casting: Any = "same_kind") -> Any:
    """Return a result; if there is `out`, write the result into it and return that.

    Raises
    ------
    DTypeError
        If numpy does not cast the result to the dtype of `out`.
    ShapeError
        If their shapes differ.
    ArgumentTypeError, ArgumentError
        If `out` is not an array, or is read-only.
    """
    if isinstance(out, tuple) and len(out) == 1:
        (out,) = out
    if out is None:
        return result
    check_out(out, name)
    problem = f"numpy.{name}: out has shape {out.shape}, but the result has shape {result.shape}"
    return write(of_shape(result, out.shape, problem), out, name, casting)


def certainly_differ(a: Any, b: Any) -> bool:
    """Return whether two shapes differ, whatever their symbolic sizes are."""
    return len(a) != len(b) or any(dims.equal(p, q) is False for p, q in zip(a, b, strict=True))


def certainly_positive(size: Any) -> bool:
    """Return whether a size is at least 1, whatever its symbols are."""
    return (dims.bounds(size)[0] or 0) > 0


def of_shape(array: Any, shape: Any, problem: str) -> Any:
    """Return an array that must have a shape; where sizes are symbolic, the run fails if it does not.

    Raises
    ------
    ShapeError
        With `problem`, if it certainly has another shape.
    """
    if certainly_differ(array.shape, shape):
        raise ShapeError(problem)
    return array._of_shape(shape)


def check_out(out: Any, name: str) -> None:
    """Raise if a result cannot be written into `out`.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If `out` is not an array, or is read-only.
    """
    if not isinstance(out, np.ndarray | xp().Array):
        raise ArgumentTypeError(
            f"numpy.{name}: out must be an array, not {out!r} of type {type(out).__name__}"
        )
    if isinstance(out, np.ndarray) and not out.flags.writeable:
        raise ArgumentError(f"numpy.{name}: out is read-only")


def write(result: Any, out: Any, name: str, casting: Any) -> Any:
    """Write a result into an array, to whose shape it broadcasts.

    Raises
    ------
    DTypeError
        If numpy does not cast the result to the dtype of `out`.
    """
    source = result.dtype.numpy
    target = out.dtype if isinstance(out, np.ndarray) else out.dtype.numpy
    if casting == BACKWARDS:
        allowed = np.can_cast(target, source, "safe")
    else:
        allowed = np.can_cast(source, target, casting)
    if not allowed:
        raise DTypeError(
            f"numpy.{name}: the result is {source}, which is not written into out of {target} with "
            f"casting={casting!r}; give an array of {source}"
        )
    if isinstance(out, np.ndarray):
        out[...] = np.asarray(result)
    else:
        out[...] = xp().astype(result, out.dtype, copy=False)
    return out


def cast_result(result: Any, dtype: Any, casting: Any, name: str) -> Any:
    """Cast a result to a dtype that was asked for.

    Raises
    ------
    DTypeError
        If `casting` does not allow it.
    """
    if dtype is None:
        return result
    target = xp().asarray(0, dtype=dtype).dtype
    if not np.can_cast(result.dtype.numpy, target.numpy, casting):
        raise DTypeError(
            f"numpy.{name}: {result.dtype} is not cast to {target} with casting={casting!r}"
        )
    return xp().astype(result, target, copy=False)


def element(array: Any, args: tuple[Any, ...]) -> Any:
    """Return an element as a Python number, at an index that is given as `numpy.ndarray.item` takes it.

    Raises
    ------
    ArgumentError
        If there is no index and there are more elements than one.
    IndexingError
        If there is no such element.
    """
    index = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
    if not index:
        if not array.is_traced and array.size != 1:
            raise ArgumentError(
                f"numpy.ndarray.item: there are {array.size} elements, so give an index"
            )
        return _python(array)
    if len(index) == 1 and array.ndim != 1:
        array = xp().reshape(array, (-1,))
    if len(index) != array.ndim:
        raise IndexingError(
            f"numpy.ndarray.item: {len(index)} indices do not match an array of rank {array.ndim}"
        )
    return _python(array[tuple(as_count(i, "ndarray.item", "an index") for i in index)])


def _python(array: Any) -> Any:
    """Return the only element as a Python object; None if it is null."""
    return listed(xp().reshape(array, (1,)))[0] if has_nulls(array) else np.asarray(array).item()


def listed(array: Any) -> Any:
    """Return the elements as a list, with None for nulls."""
    return (np.ma.asarray(array) if has_nulls(array) else np.asarray(array)).tolist()
