"""An array library that implements the Python array API standard by recording ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onnxp import errors as errors
from onnxp._src.namespace import claim
from onnxp._version import __version__

if TYPE_CHECKING:
    from onnxp import dates as dates
    from onnxp import fft as fft
    from onnxp import linalg as linalg
    from onnxp import onnx as onnx
    from onnxp import sklearn as sklearn
    from onnxp import special as special
    from onnxp import testing as testing
    from onnxp._src.public import *

__array_api_version__ = "2025.12"

_DOORS = ("dates", "errors", "fft", "linalg", "onnx", "sklearn", "special", "testing")
"""The public modules. All but `errors` are imported when they are first used."""

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

__all__ = [  # noqa: RUF022  # the standard's order, after what is our own
    "cond",
    "fori_loop",
    "jit",
    "map",
    "name_scope",
    "scan",
    "while_loop",
    "Array",
    "Assumption",
    "Comparison",
    "DType",
    "Device",
    "Difference",
    "Dim",
    "Location",
    "Program",
    "Scorer",
    "Spec",
    "argument",
    "build",
    "load",
    "spec",
    "trace",
    # Constants
    "e",
    "inf",
    "nan",
    "newaxis",
    "pi",
    # Creation functions
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
    # Data types
    "bool",
    "complex64",
    "complex128",
    "datetime64",
    "float16",
    "float32",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "string",
    "timedelta64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    # Data type functions
    "astype",
    "can_cast",
    "finfo",
    "iinfo",
    "isdtype",
    "result_type",
    # Element-wise functions
    "abs",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "ceil",
    "clip",
    "conj",
    "copysign",
    "cos",
    "cosh",
    "divide",
    "equal",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "imag",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "nextafter",
    "not_equal",
    "positive",
    "pow",
    "real",
    "reciprocal",
    "remainder",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
    # Indexing functions
    "take",
    "take_along_axis",
    # Linear algebra functions
    "matmul",
    "matrix_transpose",
    "tensordot",
    "vecdot",
    "linalg",
    # Manipulation functions
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "concat",
    "expand_dims",
    "flip",
    "moveaxis",
    "permute_dims",
    "repeat",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "tile",
    "unstack",
    # Searching functions
    "argmax",
    "argmin",
    "count_nonzero",
    "nonzero",
    "searchsorted",
    "where",
    # Set functions
    "UniqueAllResult",
    "UniqueCountsResult",
    "UniqueInverseResult",
    "isin",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    # Sorting functions
    "argsort",
    "sort",
    # Statistical functions
    "cumulative_prod",
    "cumulative_sum",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
    # Utility functions
    "all",
    "any",
    "diff",
    # Inspection
    "__array_namespace_info__",
    "__array_api_version__",
    "__version__",
]

if not TYPE_CHECKING:  # to a type checker, a name that is not here is an error

    def __getattr__(name: str) -> Any:
        if name in _DOORS:
            from importlib import import_module

            try:
                return import_module(f"onnxp.{name}")
            except ImportError as error:
                raise AttributeError(str(error)) from error
        if name in __all__:
            from onnxp._src import public

            names = globals()
            names.update(
                {public_name: getattr(public, public_name) for public_name in public.__all__}
            )
            claim(names)
            return names[name]
        spelling = _SPELLINGS.get(name)
        hint = f"; the standard calls it '{spelling}'" if spelling else ""
        raise AttributeError(f"module 'onnxp' has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    dunders = (name for name in globals() if name.startswith("__") and name.endswith("__"))
    return sorted({*__all__, *_DOORS, *dunders})
