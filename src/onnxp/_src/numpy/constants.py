"""Arrays of numpy that traced arrays can index, as in ``LABELS[np.argmax(scores, axis=1)]``.

If traced arrays are written into one that the function makes, it is called again, and makes an array of onnxp.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import has_arrays
from onnxp.errors import NumpyFunctionError

Site = tuple[CodeType, int]
"""Where code calls a function, or applies an operator."""


class Constants(NamedTuple):
    """What is done with the arrays of numpy in a function that is traced.

    Attributes
    ----------
    indexable : bool
        Whether those that the code finds by name are replaced by those that traced arrays can index.
    written : frozenset of Site
        Where the code makes arrays that traced arrays are written into: they are arrays of onnxp.
    """

    indexable: bool = False
    written: frozenset[Site] = frozenset()


class Notes:
    """What a trace does with the arrays of numpy, and what it should do in another call."""

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self.needed = constants

    def need_indexable(self) -> None:
        """Note that a traced array was used with an array of numpy that the code finds by name."""
        self.needed = self.needed._replace(indexable=True)

    def need_written(self, site: Site) -> None:
        """Note that a traced array was written into an array that the code makes."""
        self.needed = self.needed._replace(written=self.needed.written | {site})


notes: ContextVar[Notes | None] = ContextVar("notes", default=None)


class ConstantArray(np.ndarray):
    """A view of an array of numpy; what depends on arrays of onnxp is recorded as a constant of the model."""

    site: Site | None = None
    """Where the array, or one that it was made of, was made."""

    def __array_finalize__(self, obj: Any) -> None:
        self.site = getattr(obj, "site", None)

    def __getitem__(self, key: Any) -> Any:
        if has_arrays(key):
            return xp().asarray(plain(self))[key]
        return made(super().__getitem__(key), (self,))

    def __setitem__(self, key: Any, value: Any) -> None:
        if has_arrays((key, value)):
            raise cannot_write(self, "assignment")
        super().__setitem__(key, value)

    @property
    def flat(self) -> Any:
        """The elements one after the other."""
        return _Flat(self)

    @flat.setter
    def flat(self, values: Any) -> None:
        self.flat[...] = values

    def fill(self, value: Any) -> None:
        """Fill the array with a number."""
        if has_arrays(value):
            raise cannot_write(self, "ndarray.fill")
        super().fill(value)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        if return_scalar:  # as of an array of numpy
            return plain(array)[()]
        result = super().__array_wrap__(array, context, return_scalar)
        written = () if context is None else context[1][context[0].nin :]
        return made(result, written)

    def __reduce__(self) -> Any:
        return plain(self).__reduce__()

    def copy(self, order: Any = "C") -> Any:
        """Return a copy to write into: an array of onnxp, unless onnxp has no such dtype."""
        return as_writable(np.array(plain(self), order="C"))


class _Flat:
    """The elements of an array of numpy, `numpy.flatiter`, into which no traced array is written."""

    def __init__(self, array: ConstantArray) -> None:
        self._array = array
        self._elements = plain(array).flat

    def __getattr__(self, name: str) -> Any:
        return getattr(self._elements, name)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self._elements, dtype)

    def __iter__(self) -> Any:
        return iter(self._elements)

    def __len__(self) -> int:
        return len(self._elements)

    def __getitem__(self, key: Any) -> Any:
        if has_arrays(key):
            return xp().asarray(plain(self._array)).flat[key]
        return as_constant(self._elements[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        if has_arrays((key, value)):
            raise cannot_write(self._array, "ndarray.flat")
        self._elements[key] = value


def plain(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an array of numpy itself with the same memory."""
    return array.view(np.ndarray)


def as_constant(result: Any) -> Any:
    """Return a view that traced arrays can index, for an array of numpy, and other objects unchanged."""
    if type(result) is np.ndarray:
        return result.view(ConstantArray)
    if type(result) is tuple or type(result) is list:
        return type(result)(map(as_constant, result))
    return result


def made(result: Any, arrays: Iterable[Any] = ()) -> Any:
    """Return what a call or an operator makes, as arrays that traced arrays can index or be written into.

    What has its elements in the memory of one of `arrays` is a view of it.
    """
    if type(result) is tuple or type(result) is list:
        return type(result)(made(part, arrays) for part in result)
    constant = as_constant(result)
    current = notes.get()
    if type(constant) is not ConstantArray or current is None:
        return constant
    sites = {getattr(x, "site", None) for x in arrays if np.may_share_memory(result, x)}
    site = sites.pop() if sites else _calling_site()
    if site in current.constants.written and not sites:
        return as_writable(plain(constant), text=True)
    constant.site = None if sites else site
    return constant


def _calling_site() -> Site:
    """Return where the code that is traced is."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("onnxp."):
        frame = frame.f_back
    return frame.f_code, frame.f_lasti


def cannot_write(array: Any, name: str) -> NumpyFunctionError:
    """Return the error that a traced array cannot be written into an array of numpy.

    If the code that is traced has made the array, it is called again.
    """
    current = notes.get()
    if current is not None and type(array) is ConstantArray and array.site is not None:
        current.need_written(array.site)
    elif current is not None and type(array) is np.ndarray:
        current.need_indexable()
    return NumpyFunctionError(
        f"{name}: a traced array cannot be written into an array of numpy, which has its elements before the "
        "model runs; make the array in the traced function, or write into x = np.array(constant), a copy"
    )


def as_writable(result: Any, *, text: bool = False) -> Any:
    """Return an array of onnxp for one of numpy of numbers, or `text`, so that traced arrays can be written."""
    kinds = "biufcmMU" if text else "biufcmM"
    if isinstance(result, np.ndarray) and result.dtype.kind in kinds:
        return xp().asarray(plain(result))
    return as_constant(result)


def _method(name: str) -> Callable[..., Any]:
    original = getattr(np.ndarray, name)

    def method(self: ConstantArray, *args: Any, **kwargs: Any) -> Any:
        if has_arrays((args, kwargs)):
            return getattr(xp().asarray(plain(self)), name)(*args, **kwargs)
        return original(self, *args, **kwargs)

    method.__name__ = name
    return method


def _making(name: str) -> Callable[..., Any]:
    original = getattr(np.ndarray, name)

    def method(self: ConstantArray, *args: Any, **kwargs: Any) -> Any:
        return made(original(self, *args, **kwargs), (self,))

    method.__name__ = name
    return method


for _name in ("clip", "compress", "dot", "repeat", "searchsorted", "take", "__contains__"):
    setattr(ConstantArray, _name, _method(_name))
for _name in ("astype", "flatten"):
    setattr(ConstantArray, _name, _making(_name))
