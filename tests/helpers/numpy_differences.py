"""The comparison of a random call (``numpy_calls``) with numpy.

`complaint` makes a call with numpy's arrays, with evaluated ones, and traced with every size symbolic: where
numpy raises, an error of `onnxp.errors` is raised; where numpy answers, the answer has its dtype, shape and
elements, or a documented error says that there is no translation. What numpy leaves open is in tables.
"""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import onnxp as xp
from onnxp._src.shapes import dims
from onnxp.errors import (
    ArgumentError,
    AxisError,
    DTypeError,
    EvaluationError,
    IndexingError,
    NumpyFunctionError,
    OnnxpError,
    ScalarRangeError,
    ShapeError,
    TracedValueError,
    UnknownSizeError,
)
from tests.helpers.numpy_calls import NumpyCall


class _Raised(NamedTuple):
    error: Exception


CUMULATIVE = frozenset(
    "numpy.cumprod numpy.cumsum numpy.nancumprod numpy.nancumsum ndarray.cumprod ndarray.cumsum".split()
)


def complaint(call: NumpyCall, *, traced: bool = True) -> str:
    """Make a call in all ways, and say what differs from numpy; empty if nothing does."""
    arrays = _arrays(call)
    if not arrays or _is_left_to_chance(call):
        return ""
    expected = _caught(lambda: _called(call, np.array))
    ways: dict[str, Callable[[], Any]] = {"evaluated": lambda: _called(call, xp.asarray)}
    if traced and not (call.name in OF_NOTHING and not arrays[0].size):
        program = _caught(lambda: _traced(call))
        ways["traced"] = lambda: _run(program, arrays)
        ways["exported"] = lambda: _run(program, arrays, default=True)
    for way, run in ways.items():
        difference = _difference(call, expected, _caught(run), way)
        if difference:
            return f"{call}\n{way}: {difference}"
    return ""


OF_NOTHING = frozenset({"numpy.bincount", "numpy.nanpercentile", "numpy.nanquantile"})
"""Functions whose dtype or shape is another one if there are no elements, which a trace cannot know."""
NEED_ROWS = frozenset({"numpy.apply_along_axis", "numpy.average"})
"""Functions that numpy refuses to call for no rows, which the standard's functions take."""


QUANTILES = frozenset("median nanmedian quantile nanquantile percentile nanpercentile".split())
POWERS = frozenset("pow power float_power __pow__ __rpow__ __ipow__".split())
MEANS = frozenset("mean nanmean var nanvar std nanstd".split())
EXTREMES = frozenset("max min amax amin nanmax nanmin".split())


def _is_left_to_chance(call: NumpyCall) -> bool:
    """Whether numpy's answer depends on the machine, or on memory that it has not written."""
    arrays = _arrays(call)
    if call.name.startswith("numpy.fft.") and not all(x.size and x.ndim for x in arrays):
        return True  # numpy 2.4.6 returns memory that it has not written, or the input
    if call.name in CUMULATIVE and "out" in call.kwargs and not all(x.ndim for x in arrays):
        return True  # which ends the process (numpy 2.4.6)
    if call.name == "numpy.linalg.multi_dot":  # whose order matters for infinities times zeros
        return not all(np.isfinite(x).all() for x in arrays)
    if _name(call) in ("dot", "inner", "tensordot") and not all(np.ndim(x) for x in call.args[:2]):
        return not all(np.isfinite(x).all() for x in arrays)  # BLAS skips what is times 0
    if call.name in OF_NOTHING and arrays[0].dtype.kind == "f" and np.isnan(arrays[0]).all():
        return True  # the dtype of the result is another one then
    if call.name == "numpy.histogram" and not all(np.isfinite(x).all() for x in arrays[1:]):
        return True  # numpy subtracts sums of weights, of which both may be infinite
    if _name(call) in EXTREMES and call.kwargs.get("out") is not None:
        # numpy casts the first element to the dtype of `out` before it compares
        return not np.can_cast(arrays[0].dtype, call.kwargs["out"].dtype)
    if _name(call) in QUANTILES and arrays[0].dtype.kind == "f":
        # numpy casts NaN to the dtype of `out` by another rule than numbers
        out = call.kwargs.get("out")
        finite = arrays[0].size and np.isfinite(arrays[0]).all()
        return out is not None and out.dtype.kind in "biu" and not finite
    if call.name == "numpy.reciprocal":  # of the integer 0
        return any(x.dtype.kind in "iu" and not x.all() for x in arrays)
    if _name(call) in POWERS and any(x.dtype.kind == "c" for x in arrays):
        # numpy multiplies, and rounds, often
        return any(np.max(np.abs(x), initial=0) > 1e6 for x in call.args[:2])
    out = call.kwargs.get("out")
    if _name(call) in MEANS and out is not None and out.dtype.kind in "iu":
        return (
            True  # numpy casts sums to the dtype of `out`, where they wrap, before it divides them
        )
    casts = any(isinstance(x, str) and x.startswith("int") for x in _leaves_of(call))
    return casts and not all(np.isfinite(x).all() for x in arrays)  # NaN as an integer


def _caught(run: Callable[[], Any]) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return run()
        except Exception as error:
            return _Raised(error)


def _called(call: NumpyCall, change: Callable[[np.ndarray], Any]) -> Any:
    args, kwargs = _replaced((call.args, call.kwargs), change)
    result = call.function(*args, **kwargs)
    if call.name in IN_PLACE:
        return _looked_at(args[0])
    return _looked_at(result)


IN_PLACE = frozenset(
    "ndarray.sort ndarray.fill ndarray.partition ndarray.put numpy.put numpy.putmask numpy.place numpy.copyto "
    "numpy.fill_diagonal numpy.put_along_axis".split()
)


def _looked_at(result: Any) -> Any:
    """Compute what results hold, which is where some errors are raised."""
    if isinstance(result, xp.Array):
        return np.asarray(result)
    if isinstance(result, tuple | list):
        return [_looked_at(part) for part in result]
    return result


def _traced(call: NumpyCall) -> Any:
    """Trace a call with every size symbolic; a result that is no array is `NOTHING`."""
    arrays = _arrays(call)
    plain: list[Any] = []

    def function(*inputs: Any) -> Any:
        waiting = iter(inputs)
        args, kwargs = _replaced((call.args, call.kwargs), lambda _: next(waiting))
        result = call.function(*args, **kwargs)
        if call.name in IN_PLACE:
            return args[0]
        leaves = _leaves(result)
        if not leaves or not all(isinstance(leaf, xp.Array) for leaf in leaves):
            plain.append(result)
            return inputs[0]
        return list(leaves) if isinstance(result, tuple | list) else result

    specs = [
        xp.spec(tuple(dims.dim(f"s{i}_{k}", 0) for k in range(x.ndim)), x.dtype)
        for i, x in enumerate(arrays)
    ]
    program = xp.trace(function, *specs, input_names=[f"x{i}" for i in range(len(arrays))])
    return NOTHING if plain else program


def _run(program: Any, arrays: list[np.ndarray], *, default: bool = False) -> Any:
    """Run a program, or raise the error of its trace."""
    if isinstance(program, _Raised):
        raise program.error
    if program is NOTHING:
        return NOTHING
    return (program._at_default_options() if default else program)(*arrays)


NOTHING = object()
"""For results that are not arrays, such as shapes."""


def _replaced(obj: Any, change: Callable[[np.ndarray], Any]) -> Any:
    if isinstance(obj, np.ndarray):
        return change(obj)
    if isinstance(obj, tuple | list):
        return type(obj)([_replaced(part, change) for part in obj])
    if isinstance(obj, dict):
        return {key: _replaced(value, change) for key, value in obj.items()}
    return obj


def _arrays(call: NumpyCall) -> list[np.ndarray]:
    arrays: list[np.ndarray] = []
    _replaced((call.args, call.kwargs), lambda x: arrays.append(x))
    return arrays


def _leaves(obj: Any) -> list[Any]:
    return [x for part in obj for x in _leaves(part)] if isinstance(obj, tuple | list) else [obj]


def _leaves_of(call: NumpyCall) -> list[Any]:
    return _leaves([*call.args, *call.kwargs.values()])


def _name(call: NumpyCall) -> str:
    return call.name.rpartition(".")[2]


def _without_out(call: NumpyCall) -> Any:
    """Return numpy's result that is cast and written into `out`, or what it raises."""
    kwargs = {key: value for key, value in call.kwargs.items() if key not in ("out", "casting")}
    return _caught(lambda: _called(call._replace(kwargs=kwargs), np.array))


def _difference(call: NumpyCall, expected: Any, result: Any, way: str) -> str:
    if isinstance(result, _Raised):
        error = result.error
        refused = isinstance(expected, _Raised)
        if not isinstance(error, OnnxpError):
            if refused and type(error) is type(expected.error) and not _is_ours(error):
                return ""  # numpy refuses it before it asks us
            return "".join(traceback.format_exception(error))
        if refused or _may_refuse(call, error, expected, way):
            return ""
        return f"raises {type(error).__name__}: {error}; numpy gives {expected!r}"
    if result is NOTHING:
        return ""
    if isinstance(expected, _Raised):
        if call.name in NEED_ROWS and not any(np.size(x) for x in _leaves(result)):
            return ""
        if "size 0 into shape" in str(expected.error) and _axis_of(call) == ():
            return ""  # numpy 2.4.6 cannot reshape what a median of no axis and no elements is taken of
        if "cannot convert float" in str(expected.error):
            return ""  # an infinity or NaN to an integer, which is left to chance
        if "SVD" in str(expected.error) and all(np.isnan(x).all() for x in _leaves(result)):
            return ""  # a model cannot tell that an iteration does not converge
        return f"gives {result!r}; numpy raises {type(expected.error).__name__}: {expected.error}"
    a, b = _leaves(expected), _leaves(result)
    if len(a) != len(b):
        return f"gives {len(b)} results, numpy {len(a)}: {result!r}"
    compare = ORDERS.get(_name(call), _difference_of_elements)
    differences = (_difference_of_leaves(call, *pair, compare) for pair in zip(a, b, strict=True))
    return next(filter(None, differences), "")


def _is_ours(error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return frames[-1].filename.startswith(str(Path(xp.__file__).parent))


def _may_refuse(call: NumpyCall, error: Exception, expected: Any, way: str) -> bool:
    """Whether a documented error may stand where numpy answers."""
    arrays, leaves = _arrays(call), _leaves_of(call)
    if isinstance(error, NumpyFunctionError):  # there is no translation
        return True
    if isinstance(error, TracedValueError | UnknownSizeError):
        return way != "evaluated"
    if isinstance(error, DTypeError):  # the standard does not order or cut complex numbers
        if _name(call) == "dot" and call.kwargs.get("out") is not None:
            return not all(
                np.ndim(x) for x in call.args
            )  # the method takes a number in the dtype of `out`
        kinds = {np.asarray(x).dtype.kind for x in leaves}
        if _name(call) == "gradient" and arrays[0].dtype.kind == "b":
            return True  # numpy subtracts them unless the steps differ
        return "c" in kinds or "complex128" in [x for x in leaves if isinstance(x, str)]
    if isinstance(error, AxisError):  # numpy takes axis 0 of what has no axes
        return not arrays[0].ndim and _axis_of(call) in ZERO
    if call.name == "numpy.place" and way != "evaluated" and not np.size(call.args[2]):
        return isinstance(error, ArgumentError)  # a trace does not know that no element is chosen
    if call.name == "numpy.full_like" and way != "evaluated" and isinstance(error, ShapeError):
        return True  # nor that a size is 1
    if call.name == "numpy.einsum" and not all(x.size for x in arrays):
        # numpy 2.4.6 takes diagonals beyond the end of nothing
        return isinstance(error, ShapeError | EvaluationError)
    out = call.kwargs.get("out")
    if isinstance(error, ShapeError | EvaluationError) and out is not None:
        # numpy broadcasts results
        return np.shape(_without_out(call)) != out.shape
    if isinstance(error, ArgumentError | ShapeError | IndexingError):
        # numpy does not look at arguments if nothing results
        return not any(np.size(x) for x in _leaves(expected))
    if isinstance(error, ScalarRangeError):  # where numpy makes objects, or wraps
        objects = any(np.asarray(x).dtype.kind == "O" for x in _leaves(expected))
        least = 0 if any(x.dtype.kind == "u" for x in arrays) else -128
        return objects or any(type(x) is int and not least <= x <= 127 for x in leaves)
    return False


ZERO = (0, -1, (0,), (-1,), (-1, 0), (0, -1), (0, 0))


def _axis_of(call: NumpyCall) -> Any:
    """Return the axis of a call, which is the last argument where it must be given."""
    if "axis" in call.kwargs:
        return call.kwargs["axis"]
    return -1 if _name(call) in ORDERS else call.args[-1]


Comparison = Callable[[NumpyCall, np.ndarray, np.ndarray], str]


def _difference_of_leaves(call: NumpyCall, expected: Any, result: Any, compare: Comparison) -> str:
    if not isinstance(expected, np.ndarray | np.generic):
        if isinstance(result, np.ndarray) and isinstance(expected, bool | int | float):
            return "" if np.array_equal(result, expected, equal_nan=True) else f"gives {result!r}"
        same = expected == result or (expected != expected and result != result)
        return "" if same else f"gives {result!r}, numpy {expected!r}"
    a, b = np.asarray(expected), np.asarray(result)
    if a.dtype != b.dtype or a.shape != b.shape:
        return f"gives {b.dtype}{b.shape}, numpy {a.dtype}{a.shape}"
    return compare(call, a, b)


def _difference_of_elements(call: NumpyCall, a: np.ndarray, b: np.ndarray) -> str:
    eps = [float(np.finfo(x.dtype).eps) for x in (a, _computed(call)) if x.dtype.kind in "fc"]
    if _equal(a, b, max(eps, default=0.0)) or _is_cut(call, a, b):
        return ""
    return f"gives {b.tolist()}, numpy {a.tolist()}"


def _computed(call: NumpyCall) -> np.ndarray:
    """Return what numpy computes, which may be of lower precision than the `out` that it is written into."""
    dtype = call.kwargs.get("dtype")
    of_call = [x for x in _arrays(call) if x is not call.kwargs.get("out")]
    if _name(call) in ("nanvar", "nanstd", "linspace", "logspace", "geomspace"):
        # which compute in the dtype of the arrays, in part, then in `dtype`
        used = [np.result_type(*x, np.float16) for x in (of_call, [dtype] if dtype else of_call)]
        return np.zeros((), max(used, key=lambda x: np.finfo(x).eps))
    if _name(call) == "histogram":  # whose densities are quotients by differences of edges
        return np.zeros((), np.result_type(_arrays(call)[0], np.float16))
    result = _without_out(call) if call.kwargs.get("out") is not None else 0
    return np.zeros(()) if isinstance(result, _Raised) else np.asarray(result)


def _equal(a: np.ndarray, b: np.ndarray, eps: float) -> bool:
    if a.dtype.kind not in "fc":
        return np.array_equal(a, b)
    with np.errstate(all="ignore"):
        size = float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a)))
        rounding = eps * (16 if a.dtype.kind == "c" else 1)  # numpy's powers are many products
        near = np.isclose(a, b, rtol=64 * rounding, atol=16 * rounding * size, equal_nan=True)
    if a.dtype.kind == "c":
        # an infinity times a complex number has parts that depend on the order of sums
        near |= ~np.isfinite(a) & ~np.isfinite(b)
    return bool(near.all())


def _is_cut(call: NumpyCall, a: np.ndarray, b: np.ndarray) -> bool:
    """Whether integers in `out` differ only where they were cut from rounded numbers, or from infinities."""
    if a.dtype.kind not in "iu" or call.kwargs.get("out") is None:
        return False
    exact = _computed(call)
    if exact.dtype.kind != "f" or exact.shape != a.shape:
        return False
    near = np.spacing(exact) * 64
    cut = np.trunc(exact - near) != np.trunc(exact + near)
    return bool(np.all((a == b) | ~np.isfinite(exact) | (cut & (np.abs(a - b) <= 1))))


# Orders that numpy leaves open


def _difference_of_orders(call: NumpyCall, a: np.ndarray, b: np.ndarray) -> str:
    """Compare the elements that indices select, if the sort need not be stable."""
    if call.kwargs.get("kind") in ("stable", "mergesort") or call.kwargs.get("stable"):
        return _difference_of_elements(call, a, b)
    x, axis = _line(call)
    selected = [np.take_along_axis(x, indices, axis) for indices in (a, b)]
    same = np.array_equal(*selected, equal_nan=x.dtype.kind == "f")
    return "" if same and _permute(b, axis) else f"gives {b.tolist()}, numpy {a.tolist()}"


def _difference_of_partitions(call: NumpyCall, a: np.ndarray, b: np.ndarray) -> str:
    """Compare the element that stands where it stands in order, and the sets before and after it."""
    x, axis = _line(call)
    if call.name.endswith("argpartition"):
        a, b = (np.take_along_axis(x, places, axis) for places in (a, b))
    parts = [_parts(part, call.args[1], axis) for part in (a, b)]
    same = np.array_equal(*parts, equal_nan=x.dtype.kind == "f")
    return "" if same else f"gives {b.tolist()}, numpy {a.tolist()}"


def _parts(x: np.ndarray, kth: int, axis: int) -> np.ndarray:
    if not x.size:
        return x
    x = np.moveaxis(x, axis, 0)
    kth %= len(x)
    return np.concatenate([np.sort(x[:kth], 0), x[kth : kth + 1], np.sort(x[kth + 1 :], 0)])


def _permute(indices: np.ndarray, axis: int) -> bool:
    return bool(
        (np.moveaxis(np.sort(indices, axis), axis, -1) == np.arange(indices.shape[axis])).all()
    )


def _line(call: NumpyCall) -> tuple[np.ndarray, int]:
    """Return the array and the axis that a function sorts along."""
    axis = call.kwargs.get("axis", -1)
    return (np.ravel(call.args[0]), 0) if axis is None else (np.atleast_1d(call.args[0]), axis)


ORDERS: dict[str, Comparison] = {
    "argsort": _difference_of_orders,
    "partition": _difference_of_partitions,
    "argpartition": _difference_of_partitions,
}
