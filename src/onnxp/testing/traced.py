"""A namespace like `onnxp` in which every call runs an exported model.

Each call replaces its arrays by arguments with **all sizes symbolic**, builds and checks a model,
runs it in onnxruntime with default and with disabled options, which must give the same, and returns
concrete results. With this namespace, a test suite for array namespaces tests exported models:

>>> from onnxp.testing import traced as xp
>>> x = xp.asarray([1.0, 2.0])
>>> float(xp.sum(x * x))
5.0

Functions that need the length of an array in Python (`unstack`, iteration) use static sizes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

import onnxp
from onnxp._src.array.array import Array as Concrete
from onnxp._src.array.base import new_array
from onnxp._src.array.device import Device
from onnxp._src.dtypes import DType
from onnxp._src.graph.values import Trace
from onnxp._src.program.arguments import make_arguments
from onnxp._src.program.build import build_model
from onnxp._src.program.program import Program
from onnxp._src.program.signature import Leaf, Signature
from onnxp._src.program.spec import Spec
from onnxp._src.shapes import dims
from onnxp.testing._differential import check_model, compare, tolerance

# Functions that need the sizes or the memory of their arguments in Python.
_STATIC = frozenset({"unstack", "__iter__"})
_DIRECT = frozenset({"from_dlpack", "__array_namespace_info__"})
_EXTENSIONS = frozenset({"fft", "linalg", "special"})


class Array:
    """A concrete array whose operations are traced, exported and run."""

    __slots__ = ("_array",)
    __hash__ = None  # type: ignore[assignment]  # == compares elements
    __array_ufunc__ = None
    _array: Concrete

    def __init__(self, array: Concrete) -> None:
        self._array = array

    def __array_namespace__(self, *, api_version: str | None = None) -> ModuleType:
        self._array.__array_namespace__(api_version=api_version)
        return sys.modules[__name__]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return self._array.__array__(dtype, copy)

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._array, name)
        if isinstance(attribute, Concrete):
            return call(lambda x: getattr(x, name), name, (self,), {})
        return attribute

    def __repr__(self) -> str:
        return f"traced.{self._array!r}"

    def __setitem__(self, key: Any, value: Any) -> None:
        self._array = call(_assigned, "__setitem__", (self, key, value), {})._array

    def __len__(self) -> int:
        return len(self._array)

    def to_device(self, device: object, /, *, stream: object = None) -> Array:
        """Move the array to a device."""
        return Array(self._array.to_device(device, stream=stream))


def _assigned(x: Concrete, key: Any, value: Any) -> Concrete:
    x[key] = value
    return x


def _method(name: str) -> Callable[..., Any]:
    def method(self: Array, *args: Any) -> Any:
        text = name in ("__eq__", "__ne__") and isinstance(args[0], str | bytes)
        if not (text or name == "__getitem__" or all(map(_operand, args))):
            return NotImplemented
        return call(lambda x, *rest: getattr(x, name)(*rest), name, (self, *args), {})

    method.__name__ = name
    return method


def _in_place(name: str) -> Callable[..., Any]:
    def method(self: Array, other: Any) -> Any:
        if not _operand(other):
            return NotImplemented
        result = call(lambda x, y: getattr(x, name)(y), name, (self, other), {})
        self._array = result._array
        return self

    method.__name__ = name
    return method


def _python(name: str) -> Callable[..., Any]:
    def method(self: Array, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._array, name)(*args, **kwargs)

    return wraps(getattr(Concrete, name))(method)


def _iterate(self: Array) -> Any:
    take = _method("__getitem__")
    return iter([take(self, i) for i in range(len(self))])


def _operand(obj: object) -> bool:
    return isinstance(obj, Array | bool | int | float | complex | np.generic | np.ndarray)


_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
for _name in ("getitem", "abs", "neg", "pos", "invert", "eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Array, f"__{_name}__", _method(f"__{_name}__"))
for _name in _BINARY:
    setattr(Array, f"__{_name}__", _method(f"__{_name}__"))
    setattr(Array, f"__r{_name}__", _method(f"__r{_name}__"))
    setattr(Array, f"__i{_name}__", _in_place(f"__i{_name}__"))
for _name in ("bool", "int", "float", "complex", "index", "dlpack", "dlpack_device"):
    setattr(Array, f"__{_name}__", _python(f"__{_name}__"))
setattr(Array, "__iter__", _iterate)  # noqa: B010


def call(function: Callable[..., Any], name: str, args: Any, kwargs: Any) -> Any:
    """Call a function by exporting and running it.

    Parameters
    ----------
    function : callable
        A function of onnxp arrays.
    name : str
        The name of the model.
    args, kwargs : tuple, dict
        The arguments, with arrays of this module nested in tuples, lists, dicts and slices.

    Returns
    -------
    object
        The result of the function, with arrays of this module.
    """
    arrays: list[Array] = []

    def outline(array: Array) -> str:
        arrays.append(array)
        return f"array {array.dtype} {array.shape if name in _STATIC else array.ndim}"

    key = (name, repr(_map(Array, outline, (args, kwargs))))
    exported = _exported.get(key)
    if exported is None:
        exported = _Export(function, name, args, kwargs)
        if arrays and _repeatable((args, kwargs)):
            while len(_exported) >= _MAX_EXPORTED:
                del _exported[next(iter(_exported))]
            _exported[key] = exported
    if exported.program is None:
        return exported.result
    results = iter(exported.run([np.asarray(x._array) for x in arrays]))
    return _map(Concrete, lambda _: Array(onnxp.asarray(next(results))), exported.result)


# A call is exported once for arrays of the same dtypes and ranks.
_exported: dict[Any, _Export] = {}
_MAX_EXPORTED = 2048
_PLAIN = (bool, int, float, complex, str, type(None), type(Ellipsis), type, DType, Device)


def _repeatable(obj: Any) -> bool:
    """Return whether the text of the arguments identifies them."""
    if isinstance(obj, tuple | list):
        return all(_repeatable(part) for part in obj)
    if isinstance(obj, dict):
        return all(_repeatable(part) for part in obj.values())
    if isinstance(obj, slice):
        return _repeatable((obj.start, obj.stop, obj.step))
    return isinstance(obj, (*_PLAIN, Array))


class _Export:
    """An exported call: its program, and its result with traced arrays."""

    def __init__(self, function: Callable[..., Any], name: str, args: Any, kwargs: Any) -> None:
        trace = Trace(name)
        leaves: list[Leaf] = []
        arguments: list[Concrete] = []

        def replace(array: Array) -> Concrete:
            number = len(leaves)
            shape = tuple(
                size if name in _STATIC else dims.dim(f"s{number}_{axis}", 0)
                for axis, size in enumerate(array.shape)
            )
            leaves.append(Leaf(f"x{number}", array.dtype, shape))
            arguments.extend(make_arguments([f"x{number}"], [Spec(shape, array.dtype)], trace))
            return new_array(array.dtype, arguments[-1]._planes)

        self.result = function(*_map(Array, replace, args), **_map(Array, replace, kwargs))
        outputs: list[Concrete] = []
        _map(Concrete, outputs.append, self.result)
        self.program: Program | None = None
        if outputs:
            results = tuple(Leaf(f"y{i}", y.dtype, y.shape) for i, y in enumerate(outputs))
            signature = Signature(
                name, tuple(leaves), _flat(len(leaves)), results, _flat(len(results))
            )
            built = build_model(signature, arguments, outputs, drop_unused=False)
            self.program = Program(built.model, built.signature)
            check_model(self.program)
            self._optimized = self.program._at_default_options()
            self._ulps = tolerance(self.program.model)

    def run(self, arrays: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
        """Return the results at default options, which those at disabled options must equal."""
        assert self.program is not None
        results = self._optimized.run(arrays)
        compare("default options", self.program.run(arrays), results, ulps=self._ulps)
        return results


def _flat(count: int) -> dict[str, Any]:
    return {"kind": "list", "name": "", "keys": list(range(count)), "items": [None] * count}


def _map(kind: type, change: Callable[[Any], Any], obj: Any) -> Any:
    if isinstance(obj, kind):
        return change(obj)
    if isinstance(obj, tuple) and hasattr(obj, "_fields"):
        return type(obj)(*(_map(kind, change, part) for part in obj))
    if isinstance(obj, tuple | list):
        return type(obj)([_map(kind, change, part) for part in obj])
    if isinstance(obj, dict):
        return {key: _map(kind, change, part) for key, part in obj.items()}
    if isinstance(obj, slice):
        return slice(*(_map(kind, change, part) for part in (obj.start, obj.stop, obj.step)))
    return obj


def _function(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def traced(*args: Any, **kwargs: Any) -> Any:
        return call(function, name, args, kwargs)

    traced.__name__ = traced.__qualname__ = name
    traced.__doc__ = function.__doc__
    traced.__wrapped__ = function  # type: ignore[attr-defined]  # signatures are those of onnxp
    return traced


@wraps(onnxp.from_dlpack)
def from_dlpack(x: Any, /, **kwargs: Any) -> Array:
    """Convert without exporting."""
    return Array(onnxp.from_dlpack(x._array if isinstance(x, Array) else x, **kwargs))


@wraps(onnxp.asarray)
def asarray(obj: Any, /, **kwargs: Any) -> Array:
    """Return the same object if the array needs no conversion."""
    if isinstance(obj, Array) and onnxp.asarray(obj._array, **kwargs) is obj._array:
        return obj
    result: Array = call(onnxp.asarray, "asarray", (obj,), kwargs)
    return result


# not globals, because `all` and `abs` would hide the builtins in this module
_made: dict[str, Any] = {}


def _wrapped(name: str, thing: Any) -> Any:
    """Return what this namespace has for an object of onnxp."""
    if name in _EXTENSIONS:
        return _Extension(name, thing)
    if name not in _DIRECT and callable(thing) and not isinstance(thing, type):
        return _function(name, thing)
    return thing


class _Extension(ModuleType):
    """A module such as `linalg`, whose functions are wrapped as well."""

    def __init__(self, name: str, module: ModuleType) -> None:
        super().__init__(f"{__name__}.{name}", module.__doc__)
        self.__all__ = list(module.__all__)
        for exported in self.__all__:
            setattr(self, exported, _wrapped(f"{name}.{exported}", getattr(module, exported)))


def __getattr__(name: str) -> Any:
    if name not in _made:
        _made[name] = _wrapped(name, getattr(onnxp, name))
    return _made[name]
