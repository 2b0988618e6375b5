"""numpy's ufuncs for arrays of onnxp, with numpy's rules for dtypes."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache, partial, reduce
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from onnxp._src import dtypes
from onnxp._src.dtypes import DType
from onnxp._src.namespace import namespace
from onnxp._src.numpy import counting, dispatch, loops, reductions, text
from onnxp._src.numpy.formulas import COMPOSED, RENAMED, SAME
from onnxp._src.numpy.operands import has_nulls
from onnxp._src.numpy.refused import REASONS
from onnxp._src.numpy.results import certainly_differ, check_out, of_shape, stored, write
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import broadcast
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    NumpyFunctionError,
    ShapeError,
)

_REDUCTIONS = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}
_ACCUMULATIONS = {"add": "cumsum", "multiply": "cumprod"}


def is_translated(ufunc: np.ufunc) -> bool:
    """Return whether a ufunc accepts arrays of onnxp."""
    name = ufunc.__name__
    return name in SAME or name in RENAMED or name in COMPOSED


def call(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply a ufunc to operands that contain arrays of onnxp.

    Raises
    ------
    NumpyFunctionError
        If the ufunc is not supported.
    """
    xp = namespace()
    for x in inputs:  # every call pays for it
        if isinstance(x, xp.Array):
            if x._dtype.is_nullable and method != "__call__":
                _check_nulls(ufunc, method)
        elif isinstance(x, dispatch.Composite):  # which numpy asks next
            return NotImplemented
    if not kwargs and method == "__call__":
        return _elementwise(xp, ufunc, inputs, kwargs)
    apply = _METHODS.get(method)
    if apply is None:
        raise NumpyFunctionError(f"numpy.{ufunc.__name__}.{method} is not supported")
    out = kwargs.pop("out", None)
    casting = kwargs.get("casting", "same_kind")
    keys = kwargs.keys() & {"casting", "order", "subok"}
    options = {key: kwargs.pop(key) for key in keys}
    if options:  # of which the order is of no consequence
        _check_options(ufunc.__name__, options)
    if kwargs.get("dtype", 0) is None:
        del kwargs["dtype"]
    return apply(xp, _Given(ufunc, inputs, kwargs, out, casting))


class _Given(NamedTuple):
    """What a method of a ufunc is given: operands, options, `out` and the rule of casting."""

    ufunc: np.ufunc
    inputs: tuple[Any, ...]
    kwargs: dict[str, Any]
    out: Any
    casting: Any


def _call(xp: ModuleType, given: _Given) -> Any:
    """Apply a ufunc with options."""
    ufunc, inputs, kwargs, out, casting = given
    if ufunc is np.vecdot and "axis" in kwargs:
        axis = kwargs.pop("axis")
        inputs = tuple(xp.moveaxis(xp.asarray(x), axis, -1) for x in inputs)  # the axis of each
    where = kwargs.pop("where", True)
    result = _elementwise(xp, ufunc, inputs, kwargs, casting)
    if where is not True:
        result = _chosen(xp, ufunc, where, result, out)
    return result if out is None else _into(xp, out, result, ufunc.__name__, casting)


def _reduce(xp: ModuleType, given: _Given, method: str = "reduce") -> Any:
    """Reduce or accumulate."""
    ufunc, inputs, kwargs, out, casting = given
    kwargs["out"] = out[0] if isinstance(out, tuple) else out
    name = ufunc.__name__
    reduction = (_REDUCTIONS if method == "reduce" else _ACCUMULATIONS).get(name)
    if reduction is None:
        return _along(xp, ufunc, method, inputs, kwargs, casting)
    if method == "accumulate" and np.ndim(inputs[0]) == 0:
        raise ArgumentTypeError(f"numpy.{name}.accumulate: the array must have an axis")
    kwargs.setdefault("axis", 0)
    kwargs = {k: v for k, v in kwargs.items() if (k == "axis" or v is not None)}
    return getattr(reductions, reduction)(*inputs, **kwargs)


def _outer(xp: ModuleType, given: _Given) -> Any:
    """Apply a ufunc to all pairs of elements."""
    a, b = (x if isinstance(x, xp.Array) else xp.asarray(x) for x in given.inputs)
    wide = xp.reshape(a, (*a.shape, *(1,) * b.ndim))
    return _call(xp, given._replace(inputs=(wide, b)))


def _at(xp: ModuleType, given: _Given) -> None:
    """Apply a ufunc to the elements at indices, which may repeat; numpy takes no options."""
    ufunc, inputs = given.ufunc, given.inputs
    if dispatch.writes_into_numpy(inputs, {}, ufunc.at):
        ufunc.at(*dispatch.hosted(inputs))
        return
    a, indices, *rest = inputs
    indices = np.zeros(0, np.int64) if isinstance(indices, list) and not indices else indices
    counting.at(ufunc, _applied(xp, ufunc), a, indices, rest[0] if rest else None, ufunc.__name__)


def _reduceat(xp: ModuleType, given: _Given) -> Any:
    """Reduce the parts between indices."""
    kwargs = {**given.kwargs, "out": given.out}
    return _along(xp, given.ufunc, "reduceat", given.inputs, kwargs, given.casting)


_METHODS: dict[str, Callable[..., Any]] = {
    "__call__": _call,
    "reduce": _reduce,
    "accumulate": partial(_reduce, method="accumulate"),
    "outer": _outer,
    "at": _at,
    "reduceat": _reduceat,
}
"""What applies a method of a ufunc."""


_DECIDED = ("bitwise_and", "bitwise_or", "logical_and", "logical_or")
"""Ufuncs in which an operand may decide, whatever the other one is."""


def _check_nulls(ufunc: np.ufunc, method: str) -> None:
    """Raise unless a method of a ufunc takes nullable arrays: those that are functions of numpy do.

    Raises
    ------
    DTypeError
        If it does not.
    """
    name = ufunc.__name__
    table = {"reduce": _REDUCTIONS, "accumulate": _ACCUMULATIONS}.get(method, ())
    if name not in table and (method != "outer" or ufunc.signature is not None):
        raise dispatch.no_nulls(f"{name}.{method}")


def _of_nulls(xp: ModuleType, ufunc: np.ufunc, inputs: tuple[Any, ...], dtype: Any) -> Any:
    """Apply a ufunc to nullable arrays: an element is null if one of an operand is.

    Raises
    ------
    DTypeError
        If it is a product of matrices and vectors for which there is no rule.
    """
    name = ufunc.__name__
    if dtype is None and (name in _DECIDED or name in ("matmul", "vecdot")):
        return getattr(xp, name)(*inputs)
    if ufunc.signature is not None:
        raise dispatch.no_nulls(name)
    of_nulls = [has_nulls(x) for x in inputs]
    null_masks = [
        xp.nulls.isnull(x) for x, nullable in zip(inputs, of_nulls, strict=True) if nullable
    ]
    null = reduce(xp.logical_or, null_masks)
    parts = (
        xp.nulls.get_data(x) if nullable else x
        for x, nullable in zip(inputs, of_nulls, strict=True)
    )
    results = ufunc(*parts) if dtype is None else ufunc(*parts, dtype=dtype)
    if isinstance(results, tuple):
        return tuple(xp.nulls.make_nullable(result, null) for result in results)
    return xp.nulls.make_nullable(results, null)


def _applied(xp: ModuleType, ufunc: np.ufunc) -> Callable[..., Any]:
    return lambda *operands: _elementwise(xp, ufunc, operands, {})


def _along(
    xp: ModuleType,
    ufunc: np.ufunc,
    method: str,
    inputs: tuple[Any, ...],
    kwargs: dict[str, Any],
    casting: Any,
) -> Any:
    """Apply a ufunc along an axis, element by element."""
    names = (
        ("indices", "axis", "dtype", "out") if method == "reduceat" else ("axis", "dtype", "out")
    )
    given = {**dict(zip(names, inputs[1:], strict=False)), **kwargs}
    axis, dtype = given.pop("axis", 0), given.pop("dtype", None)
    out = given.pop("out", None)
    apply, a = _applied(xp, ufunc), inputs[0]
    if method == "accumulate":
        result = loops.accumulate(apply, ufunc, a, axis, dtype)
    elif method == "reduceat":
        result = loops.reduceat(apply, ufunc, a, given.pop("indices"), axis, dtype)
    else:
        keepdims, initial = bool(given.pop("keepdims", False)), given.pop("initial", None)
        where = given.pop("where", True)
        result = loops.reduce(apply, ufunc, a, axis, dtype, keepdims, initial, where)
    if given.pop("where", True) is not True or given:
        raise NumpyFunctionError(
            f"numpy.{ufunc.__name__}.{method}: where is not supported; write np.where(where, x, identity)"
        )
    return stored(result, out, f"{ufunc.__name__}.{method}", casting)


def _chosen(xp: ModuleType, ufunc: np.ufunc, where: Any, result: Any, out: Any) -> Any:
    """Return results where `where` is true, and the elements of `out` elsewhere."""
    if out is None or any(target is None for target in out):
        raise ArgumentError(
            f"numpy.{ufunc.__name__}: where= needs out=, which has the values of the other elements"
        )
    results = result if isinstance(result, tuple) else (result,)
    chosen = tuple(xp.where(where, new, old) for new, old in zip(results, out, strict=True))
    return chosen if isinstance(result, tuple) else chosen[0]


def _check_options(name: str, options: dict[str, Any]) -> None:
    """Raise for what numpy does not take as options of a universal function."""
    try:
        np.positive(np.zeros(0), **options)
    except (TypeError, ValueError) as error:
        kind = ArgumentTypeError if isinstance(error, TypeError) else ArgumentError
        raise kind(f"numpy.{name}: {error}") from None


def _into(xp: ModuleType, out: tuple[Any, ...], result: Any, name: str, casting: Any) -> Any:
    """Write results into the arrays that numpy was given for them, to whose shapes they broadcast."""
    results = result if isinstance(result, tuple) else (result,)
    written: list[Any] = []
    whole: Any = ()  # the shape of all results of a function with several
    for target in out:
        if target is not None:
            check_out(target, name)
            whole = broadcast(whole, target.shape, f"numpy.{name}") if len(out) > 1 else ()
    for target, value in zip(out, results, strict=True):
        shape = broadcast(whole, value.shape, f"numpy.{name}")
        if target is None:
            written.append(xp.broadcast_to(value, shape))
            continue
        shape = broadcast(target.shape, shape, f"numpy.{name}")
        problem = (
            f"numpy.{name}: out has shape {target.shape}, but the result has shape {value.shape}"
        )
        if certainly_differ(shape, target.shape):
            raise ShapeError(problem)
        core = min(_core_rank(name), value.ndim)
        if core:
            value = of_shape(value, (*value.shape[:-core], *target.shape[-core:]), problem)
        written.append(write(value, target, name, casting))
    return written[0] if len(written) == 1 else tuple(written)


def _core_rank(name: str) -> int:
    """Return how many axes of a result do not broadcast, as in ``matmul``."""
    signature = getattr(getattr(np, name, None), "signature", None)
    return 0 if signature is None else len(re.findall(r"\w+", signature.partition("->")[2]))


def _elementwise(
    xp: ModuleType,
    ufunc: np.ufunc,
    inputs: tuple[Any, ...],
    kwargs: dict[str, Any],
    casting: Any = "same_kind",
) -> Any:
    if not kwargs:  # most calls are of arrays of one dtype
        own = {x._dtype if isinstance(x, xp.Array) else None for x in inputs}
        same = _of_one_dtype(ufunc, own.pop()) if len(own) == 1 else None
        if same is not None:
            return getattr(xp, same)(*inputs)
    name = ufunc.__name__
    dtype = kwargs.pop("dtype", None)
    if kwargs:
        raise ArgumentError(f"numpy.{name}: {', '.join(kwargs)} is not supported")
    for x in inputs:
        if isinstance(x, xp.Array) and x._dtype.is_nullable:
            return _of_nulls(xp, ufunc, inputs, dtype)
        if isinstance(x, xp.Array) and x.dtype.numpy.kind in "OV":  # which numpy does not have
            ours = name if name in SAME else RENAMED.get(name)
            if ours is None or dtype is not None:
                raise DTypeError(f"numpy.{name} is not supported for {x.dtype}")
            return getattr(xp, ours)(*inputs)
    if name in text.UFUNCS and dispatch.has_arrays(inputs, traced=True):
        return text.UFUNCS[name](*inputs)
    composed = COMPOSED.get(name)
    ours = name if name in SAME else RENAMED.get(name)
    if composed is None and ours is None:
        composed = _special(xp, ufunc)
    if composed is None and ours is None:
        if not dispatch.has_arrays(inputs, traced=True):  # such as `digamma` of scipy
            return ufunc(*dispatch.hosted(inputs), dtype=dtype)
        if isinstance(getattr(np, name, None), np.ufunc):
            reason = REASONS.get(name, "use functions of the namespace of the array")
            raise NumpyFunctionError(f"numpy.{name} is not supported: {reason}")
        if name.endswith("(vectorized)"):
            raise NumpyFunctionError(
                f"numpy.frompyfunc: {name} takes numbers only; write np.vectorize"
            )
        raise NumpyFunctionError(
            f"{name}: this universal function is not of numpy, and xp.special has none of its name; write its "
            "formula with array functions, or np.interp of a table of its values"
        )
    if name in _COMPARISONS and dtype is None and any(type(x) is int for x in inputs):
        return _compared(xp, name, inputs)  # any Python integer, in range or not
    operands = _cast(xp, ufunc, inputs, dtype, casting)
    return composed(xp, *operands) if composed else getattr(xp, str(ours))(*operands)


_SPECIAL = {"_riemann_zeta": "zeta", "_zeta": "zeta"}
"""Names of scipy's ufuncs that are not those of `onnxp.special`."""


def _special(xp: ModuleType, ufunc: np.ufunc) -> Callable[..., Any] | None:
    """Return the special function that stands for a ufunc of scipy."""
    name = _SPECIAL.get(ufunc.__name__, ufunc.__name__)
    if name not in xp.special.__all__ or isinstance(getattr(np, name, None), np.ufunc):
        return None
    function = getattr(xp.special, name)
    return lambda xp, *operands: function(*operands)


_COMPARISONS = {
    "equal": operator.eq,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "not_equal": operator.ne,
}


def _compared(xp: ModuleType, name: str, inputs: tuple[Any, ...]) -> Any:
    a, b = (x if type(x) is int or isinstance(x, xp.Array) else xp.asarray(x) for x in inputs)
    return _COMPARISONS[name](a, b)


@lru_cache(maxsize=1024)
def _of_one_dtype(ufunc: np.ufunc, dtype: DType | None) -> str | None:
    """Return the name of the function of ours that a ufunc is for arrays of one dtype of numbers."""
    name = ufunc.__name__
    if dtype is None or dtype.is_nullable or dtype.numpy.kind not in "biufc":
        return None
    same = name if name in SAME else RENAMED.get(name)
    is_plain = name not in COMPOSED and name not in text.UFUNCS
    return same if is_plain and _computes_in(ufunc, dtype) else None


@lru_cache(maxsize=1024)
def _computes_in(ufunc: np.ufunc, dtype: DType) -> bool:
    """Return whether numpy computes a function of operands of a dtype in this dtype."""
    try:
        loop = ufunc.resolve_dtypes((*(dtype.numpy,) * ufunc.nin, *(None,) * ufunc.nout))
    except TypeError:
        return False
    return all(kind == dtype.numpy for kind in loop[: ufunc.nin])


def _cast(
    xp: ModuleType, ufunc: np.ufunc, inputs: tuple[Any, ...], dtype: Any, casting: Any
) -> list[Any]:
    """Return the operands in the dtypes that numpy would compute in."""
    own = {x._dtype if isinstance(x, xp.Array) else None for x in inputs}
    if dtype is None and len(own) == 1 and None not in own and _computes_in(ufunc, own.pop()):
        return [*inputs]
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
    options: dict[str, Any] = {"casting": casting}
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
        if isinstance(x, xp.Array):
            if x.dtype is target:
                operands.append(x)
                continue
            array = x
        elif type(x) is int:
            # a truth value is made of an integer of 64 bits
            array = xp.asarray(x, dtype=xp.int64 if target == xp.bool else target)
        else:
            array = xp.asarray(np.asarray(x, loop))
        operands.append(xp.astype(array, target, copy=False))
    return operands
