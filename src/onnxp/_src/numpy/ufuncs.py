"""numpy's ufuncs for arrays of onnxp, with numpy's rules for dtypes."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from onnxp._src import dtypes
from onnxp._src.namespace import namespace
from onnxp._src.numpy import reductions
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentError, DTypeError, NumpyFunctionError

# numpy's names that differ from those of the namespace
_RENAMED = {
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "conjugate": "conj",
    "fabs": "abs",
    "float_power": "pow",
    "invert": "bitwise_invert",
    "left_shift": "bitwise_left_shift",
    "power": "pow",
    "right_shift": "bitwise_right_shift",
    "rint": "round",
    "true_divide": "divide",
}
_SAME = frozenset(
    "add subtract multiply divide floor_divide remainder negative positive sign exp expm1 log log1p "
    "log2 log10 sqrt square reciprocal sin cos tan sinh cosh tanh hypot bitwise_and bitwise_or "
    "bitwise_xor greater greater_equal less less_equal equal not_equal logical_and logical_or "
    "logical_xor logical_not maximum minimum isfinite isinf isnan signbit copysign nextafter floor "
    "ceil trunc matmul logaddexp".split()
)


def _fmod(xp: ModuleType, x: Any, y: Any) -> Any:
    rest = xp.remainder(x, y)  # has the sign of y
    if xp.isdtype(rest.dtype, "real floating"):
        return xp.copysign(xp.remainder(abs(x), abs(y)), x)
    return xp.where((rest != 0) & ((x < 0) != (y < 0)), rest - y, rest)


def _ignoring_nan(name: str) -> Callable[[ModuleType, Any, Any], Any]:
    def function(xp: ModuleType, x: Any, y: Any) -> Any:
        picked = getattr(xp, name)(x, y)
        if not xp.isdtype(picked.dtype, "real floating"):
            return picked
        return xp.where(xp.isnan(x), y, xp.where(xp.isnan(y), x, picked))

    return function


_COMPOSED: dict[str, Callable[..., Any]] = {
    "exp2": lambda xp, x: xp.pow(2.0, x),
    "expit": lambda xp, x: 1.0 / (1.0 + xp.exp(-x)),  # of scipy.special
    "deg2rad": lambda xp, x: x * (math.pi / 180),
    "radians": lambda xp, x: x * (math.pi / 180),
    "rad2deg": lambda xp, x: x * (180 / math.pi),
    "degrees": lambda xp, x: x * (180 / math.pi),
    "divmod": lambda xp, x, y: (xp.floor_divide(x, y), xp.remainder(x, y)),
    "fmod": _fmod,
    "cbrt": lambda xp, x: xp.copysign(xp.abs(x) ** (1 / 3), x),
    "heaviside": lambda xp, x, h: xp.where(
        x == 0, h, xp.where(xp.isnan(x), x, xp.astype(x > 0, x.dtype))
    ),
    "modf": lambda xp, x: (
        xp.copysign(xp.where(xp.isinf(x), 0.0, x - xp.trunc(x)), x),
        xp.trunc(x),
    ),
    "vecdot": lambda xp, x, y: xp.vecdot(x, y),
    "matvec": lambda xp, x, y: xp.squeeze(xp.matmul(x, xp.expand_dims(y, axis=-1)), axis=-1),
    "vecmat": lambda xp, x, y: xp.squeeze(
        xp.matmul(xp.expand_dims(xp.conj(x), axis=-2), y), axis=-2
    ),
    "fmax": _ignoring_nan("maximum"),
    "fmin": _ignoring_nan("minimum"),
    "logaddexp2": lambda xp, x, y: xp.logaddexp(x * math.log(2), y * math.log(2)) / math.log(2),
}
_REDUCTIONS = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}
_ACCUMULATIONS = {"add": "cumsum", "multiply": "cumprod"}


def call(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply a ufunc to operands that contain arrays of onnxp.

    Raises
    ------
    NumpyFunctionError
        If the ufunc is not supported.
    """
    xp = namespace()
    out = kwargs.pop("out", None)
    if method == "__call__":
        where = kwargs.pop("where", True)
        result = _elementwise(xp, ufunc, inputs, kwargs)
        if where is not True:
            result = _chosen(xp, ufunc, where, result, out)
    elif method in ("reduce", "accumulate"):
        table = _REDUCTIONS if method == "reduce" else _ACCUMULATIONS
        name = table.get(ufunc.__name__)
        if name is None:
            raise NumpyFunctionError(f"numpy.{ufunc.__name__}.{method} is not supported")
        kwargs.setdefault("axis", 0)
        kwargs = {k: v for k, v in kwargs.items() if (k == "axis" or v is not None)}
        result = getattr(reductions, name)(*inputs, **kwargs)
    elif method == "outer" and not kwargs:
        a, b = (x if isinstance(x, xp.Array) else xp.asarray(x) for x in inputs)
        wide = xp.reshape(a, (*a.shape, *(1,) * b.ndim))
        result = _elementwise(xp, ufunc, (wide, b), {})
    else:
        raise NumpyFunctionError(f"numpy.{ufunc.__name__}.{method} is not supported")
    return result if out is None else _into(out, result)


def _chosen(xp: ModuleType, ufunc: np.ufunc, where: Any, result: Any, out: Any) -> Any:
    """Return results where `where` is true, and the elements of `out` elsewhere."""
    if out is None or any(target is None for target in out):
        raise ArgumentError(
            f"numpy.{ufunc.__name__}: where= needs out=, which has the values of the other elements"
        )
    results = result if isinstance(result, tuple) else (result,)
    chosen = tuple(xp.where(where, new, old) for new, old in zip(results, out, strict=True))
    return chosen if isinstance(result, tuple) else chosen[0]


def _into(out: tuple[Any, ...], result: Any) -> Any:
    """Store results in `out`."""
    results = result if isinstance(result, tuple) else (result,)
    for target, value in zip(out, results, strict=True):
        if target is not None:
            target[...] = np.asarray(value) if isinstance(target, np.ndarray) else value
    return out[0] if len(out) == 1 else out


def _elementwise(
    xp: ModuleType, ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    name = ufunc.__name__
    dtype = kwargs.pop("dtype", None)
    if kwargs:
        raise ArgumentError(f"numpy.{name}: {', '.join(kwargs)} is not supported")
    composed = _COMPOSED.get(name)
    ours = name if name in _SAME else _RENAMED.get(name)
    if composed is None and ours is None:
        raise NumpyFunctionError(
            f"numpy.{name} is not supported; use functions of the namespace of the array"
        )
    operands = _cast(xp, ufunc, inputs, dtype)
    return composed(xp, *operands) if composed else getattr(xp, str(ours))(*operands)


def _cast(xp: ModuleType, ufunc: np.ufunc, inputs: tuple[Any, ...], dtype: Any) -> list[Any]:
    """Return the operands in the dtypes that numpy would compute in."""
    kinds: list[Any] = []
    for x in inputs:
        if isinstance(x, Dim | DimReal):
            kinds.append(int if isinstance(x, Dim) else float)
        elif isinstance(x, bool | int | float | complex) and not isinstance(x, np.generic):
            kinds.append(np.dtype(bool) if isinstance(x, bool) else type(x))
        elif isinstance(x, xp.Array):
            kinds.append(x.dtype.numpy)
        else:
            kinds.append(np.asarray(x).dtype)
    outputs = (None,) * ufunc.nout
    options: dict[str, Any] = {}
    if dtype is not None:
        loop_dtype = dtypes.as_dtype(dtype).numpy
        options["signature"] = (*(None,) * ufunc.nin, loop_dtype, *outputs[1:])
    try:
        result = ufunc.resolve_dtypes((*kinds, *outputs), **options)
    except TypeError as error:
        raise DTypeError(f"numpy.{ufunc.__name__}: {error}") from None
    operands: list[Any] = []
    for x, loop in zip(inputs, result, strict=False):
        if isinstance(x, Dim | DimReal):
            operands.append(x)
            continue
        target = dtypes.from_numpy(np.dtype(loop))
        array = x if isinstance(x, xp.Array) else xp.asarray(np.asarray(x, loop))
        operands.append(xp.astype(array, target, copy=False))
    return operands
