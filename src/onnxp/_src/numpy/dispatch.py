"""The registry of supported numpy functions, and their conversion of arguments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import reduce, wraps
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.memory import with_order
from onnxp._src.numpy.operands import as_array, has_nulls
from onnxp._src.numpy.refused import reason_for
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp.errors import DTypeError, NumpyFunctionError

WITH_NULLS = frozenset(
    "all amax amin any append apply_along_axis argmax argmin argpartition argsort argwhere around array "
    "array_split asanyarray asarray ascontiguousarray asfortranarray astype atleast_1d "
    "atleast_2d atleast_3d average block broadcast_arrays broadcast_to choose clip column_stack compress "
    "concatenate copy copyto count_nonzero cumprod cumsum cumulative_prod cumulative_sum delete diag "
    "diagflat diagonal diff dot dsplit dstack ediff1d einsum empty_like expand_dims extract fill_diagonal "
    "flatnonzero flip fliplr flipud full_like gradient hsplit hstack inner insert intersect1d "
    "iscomplexobj isin isrealobj isscalar iterable ix_ kron matmul matrix_transpose max mean meshgrid min "
    "moveaxis ndim nonzero ones_like outer pad partition place prod ptp put put_along_axis "
    "putmask ravel repeat reshape resize result_type roll rollaxis rot90 round searchsorted "
    "select setdiff1d setxor1d shape size sort split squeeze stack std sum swapaxes take take_along_axis "
    "tensordot tile trace transpose tril triu union1d unique unique_all unique_counts unique_inverse "
    "unique_values unstack var vdot vecdot vsplit vstack where zeros_like".split()
)
"""The functions of numpy that take nullable arrays. The numbers of others could be wrong."""

OF_NULLS_AND_NAN = {
    f"nan{name}": name
    for name in "argmax argmin cumprod cumsum max mean median min percentile prod quantile std sum var".split()
}
"""The functions that leave out NaN, which is null to those that leave out nulls."""


OF_ELEMENTS = frozenset(
    "angle capitalize center count digitize endswith find fix imag interp isclose iscomplex isneginf isposinf "
    "isreal ljust lower lstrip nan_to_num real replace rfind rjust rstrip sinc startswith "
    "strip swapcase title upper zfill".split()
)
"""The functions of each element of their first argument, or first two, which give null for what is null."""


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
            others = [*args[2 if name == "isclose" else 1 :], *kwargs.values()]
            if name in OF_ELEMENTS and args and not has_nulls(others):
                return _of_elements(translated, *args, **kwargs)
            raise no_nulls(name)
        return translated(*args, **kwargs)

    return checked


def _of_elements(translated: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    nulls = xp().nulls
    null_masks = [nulls.isnull(x) for x in args if has_nulls(x)]
    parts = (nulls.get_data(x) if has_nulls(x) else x for x in args)
    result = as_array(translated(*parts, **kwargs))
    null = reduce(xp().logical_or, null_masks)
    return nulls.make_nullable(result, xp().broadcast_to(null, result.shape))


def no_nulls(name: str) -> DTypeError:
    """Return the error of a function that nullable arrays are given to."""
    return DTypeError(
        f"numpy.{name} is not defined for nullable arrays; fill the nulls by xp.nulls.fill_null(x, value)"
    )


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
    for x in args:
        if hasattr(type(x), "of_numpy") and not str(function.__module__).startswith("numpy.ma"):
            return x.of_numpy(function, args, kwargs)
    translated = FUNCTIONS.get(function)
    if translated is not None:
        if args and isinstance(args[0], np.ndarray) and writes_into_numpy(args, kwargs, function):
            return function(*hosted(args), **hosted(kwargs))
        try:
            result = translated(*args, **kwargs)
            if not kwargs and not args[1:] and args and getattr(args[0], "_links", 0) is None:
                return result  # of an array that is no view, which is the commonest call
            return with_order(function, result, args, kwargs)
        except TypeError as error:
            if type(error) not in (TypeError, np.exceptions.DTypePromotionError):
                raise
            raise NumpyFunctionError(
                f"{_name(function)} is not supported with these arguments: {error}"
            ) from error
    if str(function.__module__).startswith("numpy.ma") and has_arrays((args, kwargs), traced=True):
        return OF_MASKED[0](function, args, kwargs)
    if has_arrays((args, kwargs), traced=True):
        reason = reason_for(function.__name__.lstrip("_"), function.__module__ or "numpy.random")
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
    return isinstance(obj, Dim | DimReal | Composite)


class Composite(ABC):
    """What has traced arrays for elements, and takes part in numpy's functions: a masked array."""

    @abstractmethod
    def of_numpy(self, function: Any, args: Any, kwargs: Any) -> Any:
        """Call a function of numpy that is given such an object."""


OF_MASKED: list[Callable[..., Any]] = []
"""The function that calls those of `numpy.ma`, when its module is imported."""

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
