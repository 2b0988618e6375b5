"""What stands for einops in code that is traced: its module for namespaces of the standard."""

from __future__ import annotations

from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

from onnxp._src.numpy.dispatch import has_arrays, without_tables
from onnxp._src.numpy.einsum import einsum
from onnxp._src.numpy.operands import as_array
from onnxp._src.numpy.standin import Function, NumpyNamespace, is_tracing
from onnxp.errors import ShapeError

_OF_NAMESPACES = frozenset("pack rearrange reduce repeat unpack".split())
"""The functions that ``einops.array_api`` has, too."""


class EinopsNamespace(NumpyNamespace):
    """A module of einops, whose functions accept traced arrays in a thread that traces."""

    def _translation(self, value: Any) -> Any:
        stand_in = stands_for_einops(value)
        return value if stand_in is None else stand_in


class EinopsFunction(Function):
    """A function of einops that accepts traced arrays, beside arrays of numpy, in a thread that traces."""

    def __init__(self, function: Any) -> None:
        super().__init__(function, True)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the function of the same name for namespaces, or the translation."""
        if is_tracing.get():
            args = without_tables(args)
        if not (is_tracing.get() and has_arrays((args, kwargs), traced=True)):
            return self.__wrapped__(*args, **kwargs)
        if self.__name__ in _OF_NAMESPACES:
            function = getattr(import_module("einops.array_api"), self.__name__)
            first = args[0]
            is_list = isinstance(first, list | tuple)
            first = list(map(as_array, first)) if is_list else as_array(first)
            return function(first, *args[1:], **kwargs)
        if self.__name__ == "parse_shape":
            return _sizes(*args, **kwargs)
        *operands, pattern = args
        short = import_module("einops.einops")._compactify_pattern_for_einsum(pattern)
        return einsum(short, *map(as_array, operands))


def _sizes(x: Any, pattern: str) -> dict[str, Any]:
    """Return the sizes of the axes that a pattern names."""
    names = pattern.split()
    if "..." in names:
        place = names.index("...")
        middle = [""] * (x.ndim - len(names) + 1)
        names = [*names[:place], *middle, *names[place + 1 :]]
    if len(names) != x.ndim or not all(name.isidentifier() or name in ("", "_") for name in names):
        raise ShapeError(f"einops.parse_shape: {pattern!r} does not name the axes of {x.shape}")
    return {name: x.shape[i] for i, name in enumerate(names) if name not in ("", "_")}


def stands_for_einops(value: Any) -> Any:
    """Return what stands for a module or a function of einops in code that is traced, None for others."""
    if isinstance(value, ModuleType):
        return EinopsNamespace(value) if value.__name__ == "einops" else None
    if not isinstance(value, FunctionType) or value.__module__ not in (
        "einops.einops",
        "einops.packing",
    ):
        return None
    is_known = value.__name__ in _OF_NAMESPACES | {"einsum", "parse_shape"}
    return EinopsFunction(value) if is_known else None
