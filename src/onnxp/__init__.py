"""An array library that implements the Python array API standard by recording ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onnxp import errors as errors
from onnxp._src.namespace import claim
from onnxp._version import __version__ as __version__

if TYPE_CHECKING:
    from onnxp import dates as dates
    from onnxp import fft as fft
    from onnxp import linalg as linalg
    from onnxp import nulls as nulls
    from onnxp import onnx as onnx
    from onnxp import sklearn as sklearn
    from onnxp import special as special
    from onnxp import testing as testing
    from onnxp._src.public import *

__array_api_version__ = "2025.12"

_DOORS = ("dates", "errors", "fft", "linalg", "nulls", "onnx", "sklearn", "special", "testing")
"""The public modules. All but `errors` are imported when they are first used."""

_ALONE = {
    "load": "onnxp._src.program.load",
    "Program": "onnxp._src.program.program",
    "Assumption": "onnxp._src.program.signature",
    "Rowwise": "onnxp._src.program.rowwise",
}
"""Names that do not need the namespace, and where they are: loading a saved model takes few of the modules."""

_SPELLINGS = {
    "absolute": "abs",
    "amax": "max",
    "amin": "min",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "array": "asarray",
    "bool_": "bool",
    "concatenate": "concat",
    "cumprod": "cumulative_prod",
    "cumsum": "cumulative_sum",
    "left_shift": "bitwise_left_shift",
    "ndarray": "Array",
    "power": "pow",
    "right_shift": "bitwise_right_shift",
    "transpose": "permute_dims",
    "true_divide": "divide",
    "unique": "unique_values",
}
"""The standard's spelling of numpy's names."""

if not TYPE_CHECKING:  # to a type checker, a name that is not here is an error

    def __getattr__(name: str) -> Any:
        if name in _DOORS:
            from importlib import import_module

            try:
                return import_module(f"onnxp.{name}")
            except ImportError as error:
                raise AttributeError(str(error)) from error
        names = globals()
        if name in _ALONE and "__all__" not in names:
            alone = {key: getattr(_imported(module), key) for key, module in _ALONE.items()}
            claim({"__name__": __name__, "__all__": [*alone], **alone})
            return alone[name]
        if "__all__" not in names:
            public = _imported("onnxp._src.public")
            for exported in public.__all__:
                names.setdefault(exported, getattr(public, exported))
            names["__all__"] = [*public.__all__, "linalg", "__array_api_version__", "__version__"]
            claim(names)
        if name in names:
            return names[name]
        spelling = _SPELLINGS.get(name)
        hint = f"; the standard calls it '{spelling}'" if spelling else ""
        raise AttributeError(f"module 'onnxp' has no attribute {name!r}{hint}")

    def _imported(module: str) -> Any:
        """Import a module; the collector of cycles, which finds none here, would take a tenth of the time."""
        import gc
        from importlib import import_module

        collects = gc.isenabled()
        gc.disable()
        try:
            return import_module(module)
        finally:
            if collects:
                gc.enable()

    def __dir__() -> list[str]:
        exported = __getattr__("__all__")
        dunders = (name for name in globals() if name.startswith("__") and name.endswith("__"))
        return sorted({*exported, *_DOORS, *dunders})
