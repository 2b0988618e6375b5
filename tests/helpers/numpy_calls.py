"""Random calls of numpy's functions and of ndarray's methods, and their comparison with numpy.

`calls` draws the arguments of a function by the names of its parameters. `complaint` makes a call with numpy's
arrays, with evaluated ones, and traced with every size symbolic: where numpy raises, an error of `onnxp.errors`
is raised; where numpy answers, the answer has its dtype, shape and elements, or a documented error says that
there is no translation.
"""

from __future__ import annotations

import importlib
import inspect
import traceback
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

import onnxp as xp
from onnxp._src.numpy import ufuncs as TABLES
from onnxp._src.numpy.dispatch import FUNCTIONS
from onnxp._src.shapes import dims
from onnxp.errors import (
    ArgumentError,
    AxisError,
    DTypeError,
    EvaluationError,
    NumpyFunctionError,
    OnnxpError,
    ScalarRangeError,
    ShapeError,
    TracedValueError,
    UnknownSizeError,
)

importlib.import_module("onnxp._src.numpy.methods")  # which fills FUNCTIONS

Strategy = st.SearchStrategy[Any]

DTYPES = ("bool", "int8", "uint8", "int32", "int64", "float32", "float64", "complex128")
SHAPES = [(), (0,), (1,), (2,), (3,), (4,), (2, 3), (3, 3), (2, 1), (0, 3), (3, 0), (2, 3, 2)]
_ELEMENTS = {
    "b": [False, True],
    "i": [-3, -1, 0, 1, 2, 7],
    "u": [0, 1, 2, 3, 7],
    "f": [-2.5, -1.0, 0.0, 0.25, 1.0, 3.0],
    "c": [1 + 2j, -1j, 0j, 2.5 + 0j],
}


class NumpyCall(NamedTuple):
    """A call of numpy's function, or of a method of the first argument."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __repr__(self) -> str:
        parts = [*map(_text, self.args), *(f"{k}={_text(v)}" for k, v in self.kwargs.items())]
        return f"{self.name}({', '.join(parts)})"

    @property
    def function(self) -> Callable[..., Any]:
        """The function that is called."""
        module, _, name = self.name.rpartition(".")
        if module == "ndarray":
            return lambda array, *args, **kwargs: getattr(array, name)(*args, **kwargs)
        return getattr(importlib.import_module(module), name)


def _text(obj: Any) -> str:
    if isinstance(obj, np.ndarray):
        return f"np.array({obj.tolist()}, '{obj.dtype}').reshape({obj.shape})"
    if isinstance(obj, tuple | list):
        inner = ", ".join(map(_text, obj))
        return f"[{inner}]" if isinstance(obj, list) else f"({inner},)"
    return repr(obj)


def array(dtype: str, shape: tuple[int, ...], seed: int, special: bool = False) -> np.ndarray:
    """Return an array of few distinct elements; `special` ones are NaN and infinities."""
    kind = np.dtype(dtype).kind
    pool = _ELEMENTS[kind] + ([np.nan, np.inf, -np.inf] if special and kind == "f" else [])
    return np.random.default_rng(seed).choice(np.array(pool, dtype), shape)


class Inputs:
    """What the arguments of one call have in common."""

    def __init__(self, dtype: str, shape: tuple[int, ...]) -> None:
        self.dtype = dtype
        self.shape = shape

    def exact(self, shape: tuple[int, ...], dtype: str | None = None) -> Strategy:
        return st.builds(
            lambda seed, special: array(dtype or self.dtype, shape, seed, special),
            st.integers(0, 99),
            st.sampled_from([False, False, False, True]),
        )

    def array(self) -> Strategy:
        odd = st.tuples(st.sampled_from(SHAPES), st.sampled_from(DTYPES))
        return _often(
            self.exact(self.shape),
            odd.flatmap(lambda drawn: self.exact(*drawn)),
        )

    def other(self) -> Strategy:
        """What stands beside the array: one that fits, mostly, or a number or a list."""
        fitting = [self.shape, self.shape, self.shape[::-1], self.shape[1:], self.shape[-1:]]
        return st.one_of(st.sampled_from(fitting).flatmap(self.exact), self.array(), NUMBERS, LISTS)

    def mask(self) -> Strategy:
        shapes = st.sampled_from([self.shape, self.shape[-1:], (1,) * len(self.shape)])
        return shapes.flatmap(lambda shape: self.exact(shape, "bool"))


def _often(usual: Strategy, other: Strategy) -> Strategy:
    return st.integers(0, 7).flatmap(lambda n: usual if n else other)


NUMBERS = st.sampled_from([0, 1, 2, -1, 300, -200, 0.5, True, 2**40, -(2**70), 1j])
LISTS = st.sampled_from([[1, 2, 3], [0.5, 1.5], [300], [[1, 2, 3], [4, 5, 6]], [True, False], []])
INDICES = st.sampled_from(
    [0, 1, -1, 5, [0, 1], [0, -1], [3], [], np.array([0, 0]), np.array([[1], [0]]), np.array(0)]
)
AXIS = st.sampled_from([0, -1, 1, 0, -1, -2, 2, -3])
AXES = st.one_of(AXIS, st.none(), st.sampled_from([(0, 1), (-1, 0), (0, 0), (), (0, 2)]))
SMALL = st.integers(-2, 3)
FLAG = st.booleans()
DTYPE = st.sampled_from([None, None, "float32", "float64", "int64", "int8", "complex128", "bool"])
SHAPE = st.sampled_from([(2, 3), (-1,), 6, (3, 2), (1, -1), (0, -1), (2, 2), (), -1, (4,), (3,)])
SECTIONS = st.sampled_from([1, 2, 3, 0, -1, [1], [1, 2], [2, 1], [5], [-1]])

_FIRST = "f dst ar1 a x ary arr m v array A y z p obj prototype val element x1 ar condition".split()
_OTHER = "ar2 b x2 values test_elements a1 a2 fill_value".split()

PARAMETERS: dict[str, Callable[[Inputs], Strategy]] = {
    **dict.fromkeys(_FIRST, Inputs.array),
    **dict.fromkeys(_OTHER, Inputs.other),
    **dict.fromkeys(("axis1", "axis2", "source", "destination"), lambda _: AXIS),
    **dict.fromkeys(("axis",), lambda _: AXES),
    **dict.fromkeys(
        ("keepdims", "returned", "deg", "include_initial", "equal_nan", "invert", "increasing",
         "rowvar", "bias", "right", "copy", "sparse", "endpoint", "overwrite_input",
         "return_index", "return_inverse", "return_counts", "assume_unique", "stable", "retstep"),
        lambda _: FLAG,
    ),
    **dict.fromkeys(("k", "offset", "shift", "decimals"), lambda _: SMALL),
    **dict.fromkeys(("ddof", "correction"), lambda _: st.sampled_from([0, 1, 2, 3, 0.5, -1])),
    "a_max": lambda i: st.one_of(st.none(), NUMBERS, i.other()),
    "a_min": lambda i: st.one_of(st.none(), NUMBERS, i.other()),
    "max": lambda i: st.one_of(st.none(), NUMBERS, i.other()),
    "min": lambda i: st.one_of(st.none(), NUMBERS, i.other()),
    "prepend": lambda i: st.one_of(NUMBERS, i.other()),
    "append": lambda i: st.one_of(NUMBERS, i.other()),
    "arrays": lambda i: st.lists(i.array(), max_size=3),
    "tup": lambda i: st.lists(i.array(), max_size=3),
    "arys": lambda i: i.array(),
    "args": lambda i: i.array(),
    "xi": lambda i: i.array(),
    "dtype": lambda _: DTYPE,
    "indices": lambda _: INDICES,
    "indices_or_sections": lambda _: SECTIONS,
    "initial": lambda _: st.sampled_from([0, 1, 2, 0.5, 300]),
    "kind": lambda _: st.sampled_from([None, "stable", "quicksort"]),
    "kth": lambda _: st.sampled_from([0, 1, -1, 9]),
    "mode": lambda _: st.sampled_from(["raise", "wrap", "clip"]),
    "n": lambda _: st.integers(-1, 3),
    "N": lambda _: st.sampled_from([None, 0, 1, 2, 4]),
    "M": lambda _: st.sampled_from([None, 0, 1, 3]),
    "beta": lambda inputs: st.sampled_from([0.0, 0.5, 5, 8.6]),
    "dimensions": lambda _: SHAPE,
    "dims": lambda _: SHAPE,
    "bins": lambda _: st.sampled_from([1, 3, 0, [-1.0, 0.0, 1.5], [0, 0, 3], [2, 1], "auto"]),
    "range": lambda _: st.sampled_from([None, (-1, 2), (0.0, 0.0), (2, 1)]),
    "density": lambda _: FLAG,
    "return_indices": lambda _: FLAG,
    "minlength": lambda _: st.sampled_from([0, 1, 5, -1]),
    "vals": Inputs.other,
    "ind": lambda _: INDICES,
    "wrap": lambda _: st.just(False),
    "mask": Inputs.mask,
    "src": Inputs.other,
    "keys": lambda i: st.lists(i.exact(i.shape), min_size=1, max_size=3),
    "edge_order": lambda _: st.sampled_from([1, 2]),
    "varargs": lambda _: st.sampled_from([2.0, 0.5, [0.0, 1.0, 3.0]]),
    "discont": lambda _: st.sampled_from([None, 1.0]),
    "period": lambda _: st.sampled_from([2 * np.pi, 3, 4.0]),
    "axisa": lambda _: AXIS,
    "axisb": lambda _: AXIS,
    "axisc": lambda _: AXIS,
    "to_end": Inputs.other,
    "to_begin": Inputs.other,
    "start": lambda _: SMALL,
    "m": lambda _: st.integers(-1, 2),
    "ndim": lambda _: st.integers(1, 3),
    "multi_index": lambda i: st.lists(i.array(), min_size=1, max_size=2),
    "func1d": lambda _: st.sampled_from([np.sum, np.sort, np.cumsum, np.max]),
    "func": lambda _: st.sampled_from([np.sum, np.max]),
    "function": lambda _: st.just(lambda *parts: sum(parts)),
    "condlist": lambda i: st.lists(i.mask(), min_size=1, max_size=2),
    "funclist": lambda _: st.sampled_from([[1], [1, np.negative], [np.abs, 0, 2], []]),
    "kw": lambda _: st.just({}),
    "kwargs": lambda _: st.just({}),
    "requirements": lambda _: st.sampled_from([None, "C"]),
    "norm": lambda _: st.sampled_from([None, "ortho", "forward", "backward", "odd"]),
    "s": lambda _: st.sampled_from([None, (2,), (2, 2), (4, 3)]),
    "nan": lambda _: st.sampled_from([0.0, 1, np.inf]),
    "neginf": lambda _: st.sampled_from([None, 0.0, 5]),
    "posinf": lambda _: st.sampled_from([None, 0.0, 5]),
    "ord": lambda _: st.sampled_from([None, 1, 2, 0, np.inf, -np.inf, "fro", 3, -1]),
    "order": lambda _: st.sampled_from(["C", "C", "F"]),
    "out": lambda i: st.sampled_from(
        [None, (i.shape[1:], None), (i.shape, None), ((), None), ((), "int8"), (i.shape, "int64"),
         (i.shape, "float32"), (i.shape[:-1], "float64")]
    ).map(lambda drawn: drawn and np.zeros(drawn[0], drawn[1] or i.dtype)),
    "q": lambda _: st.sampled_from([0.5, 0.3, 1, 0, [0.25, 1.0], 1.5, np.array([0.5])]),
    "repeats": lambda _: st.sampled_from([0, 1, 2, -1, [1, 2], [2], [1, 0, 2], np.array([1, 1])]),
    "reps": lambda _: st.sampled_from([0, 1, 2, (2, 1), (1, 2, 2), [2, 1], -1]),
    "rtol": lambda _: st.sampled_from([1e-5, 0.1]),
    "atol": lambda _: st.sampled_from([1e-8, 0.1]),
    "shape": lambda _: SHAPE,
    "side": lambda _: st.sampled_from(["left", "right"]),
    "sorter": lambda _: st.none(),
    "weights": lambda i: st.one_of(i.other(), st.sampled_from([[1, -1], [1, 2], [1, 2, 3]])),
    "where": lambda i: st.one_of(i.mask(), st.just(True)),
    "axes": lambda _: st.sampled_from([None, (1, 0), (0, 1), (0,), (2, 0, 1), (-1, 0), 1, 0, (0, 0)]),
    "dx": lambda _: st.sampled_from([1.0, 2, 0.5]),
}  # fmt: skip

_NOT_DRAWN = (
    "mean",
    "method",
    "writeable",
    "order",
    "subok",
    "device",
    "like",
    "casting",
    "fweights",
    "aweights",
    "max_work",
    "sorted",
)


def _places(inputs: Inputs) -> Strategy:
    plain = [0, 1, -1, 5, [0], [1, 0], [], slice(1), slice(None, None, 2)]
    return st.one_of(st.sampled_from(plain), inputs.mask())


OF_FUNCTION: dict[str, dict[str, Callable[[Inputs], Strategy]]] = {
    "numpy.delete": {"obj": _places},
    "numpy.insert": {"obj": _places, "values": Inputs.other},
    "numpy.setxor1d": {"assume_unique": lambda _: st.just(False)},
    "numpy.intersect1d": {"assume_unique": lambda _: st.just(False)},
    "numpy.fill_diagonal": {"val": Inputs.other},
    "numpy.bincount": {
        "x": lambda i: st.one_of(i.exact((4,), "int64"), i.array()),
        "weights": lambda i: st.one_of(st.none(), i.exact((4,), "float64"), i.other()),
    },
    "numpy.put_along_axis": {"indices": lambda i: i.exact(i.shape, "int64")},
    "numpy.astype": {
        "dtype": lambda _: st.sampled_from(["float32", "int64", "int8", "complex128"])
    },
    "numpy.where": {"x": Inputs.other, "y": Inputs.other},
    "numpy.take_along_axis": {
        "indices": lambda i: i.exact(i.shape, "int64").map(lambda x: np.abs(x) % 2)
    },
    "numpy.pad": {
        "pad_width": lambda _: st.sampled_from(
            [0, 1, 2, (1, 2), ((1, 0), (0, 2)), -1, 1.5, {0: 1}]
        ),
        "mode": lambda _: st.sampled_from(
            ["constant", "edge", "reflect", "symmetric", "wrap", "odd"]
        ),
        "kwargs": lambda _: st.sampled_from(
            [{}, {}, {"constant_values": 300}, {"constant_values": 1}]
        ),
    },
    "numpy.searchsorted": {
        "a": lambda i: i.array().map(lambda x: np.sort(np.ravel(x))),
        "v": Inputs.other,
    },
    "numpy.digitize": {
        "bins": lambda _: st.sampled_from([[0, 1, 2], [2, 1], [0.5], [300, 400], [1, 3, 2], []])
    },
    "numpy.interp": {
        "xp": lambda _: st.sampled_from([[0, 1, 2], [0.5, 1.5], [1], []]),
        "fp": lambda _: st.sampled_from([[0, 1, 2], [0.5, 1.5], [1], [1j, 2]]),
        "left": lambda _: st.sampled_from([None, 0, -1.5]),
        "right": lambda _: st.sampled_from([None, 0, -1.5]),
        "period": lambda _: st.none(),
    },
    "numpy.percentile": {"q": lambda _: st.sampled_from([50, 30.0, [0, 100], 101, -1])},
    "numpy.quantile": {"method": lambda _: st.just("linear"), "weights": lambda _: st.none()},
    "numpy.linspace": {
        "start": Inputs.other,
        "stop": Inputs.other,
        "num": lambda _: st.sampled_from([0, 1, 5, -1]),
    },
    "numpy.unravel_index": {
        "indices": lambda _: st.sampled_from(
            [0, 3, 7, -1, [1, 2], [7], np.array([0, 3]), np.array([7]), np.array([0.5])]
        ),
        "shape": lambda _: st.sampled_from([(2, 2), (4,), 4, (2, 3)]),
    },
    "numpy.select": {
        "condlist": lambda i: st.lists(i.mask(), max_size=2),
        "choicelist": lambda i: st.lists(i.other(), max_size=2),
        "default": lambda _: NUMBERS,
    },
    "numpy.choose": {
        "a": lambda i: st.sampled_from([i.shape, (2,), ()]).flatmap(lambda s: i.exact(s, "int64")),
        "choices": lambda i: st.lists(i.other(), max_size=3),
    },
    "numpy.compress": {"condition": lambda i: st.one_of(LISTS, i.exact(i.shape[:1], "bool"))},
    "numpy.extract": {"condition": lambda i: st.one_of(LISTS, i.mask())},
    "numpy.einsum": {"operands": lambda _: st.none()},
    "numpy.result_type": {"arrays_and_dtypes": lambda i: i.array()},
    "numpy.broadcast_to": {
        "shape": lambda i: st.sampled_from([i.shape, (2, *i.shape), (2, 3), (3,), (1,)])
    },
    "numpy.lib.stride_tricks.sliding_window_view": {
        "window_shape": lambda _: st.sampled_from([1, 2, 3, 9, 0, -1, (2, 2), (1, 3)])
    },
    "numpy.roll": {
        "axis": lambda _: AXES,
        "shift": lambda _: st.one_of(SMALL, st.sampled_from([(1, 2)])),
    },
    **{
        f"numpy.{name}": {"b": lambda i: i.other().filter(lambda x: not isinstance(x, list) or x)}
        for name in ("dot", "inner", "vdot")
    },
    "numpy.average": {"axis": lambda _: AXIS},
    "numpy.ravel_multi_index": {  # of sizes below 0 numpy computes something
        "dims": lambda _: SHAPE.filter(lambda shape: np.min(shape, initial=0) >= 0)
    },
    "numpy.clip": {"kwargs": lambda _: st.just({})},
    "numpy.tensordot": {
        "axes": lambda _: st.sampled_from(
            [0, 1, 2, 3, -1, ([0], [0]), ([1], [0]), ([0, 1], [0, 1]), ([0, 0], [0, 1])]
        )
    },
    "numpy.meshgrid": {"indexing": lambda _: st.sampled_from(["xy", "ij", "zz"])},
    "ndarray.choose": {"choices": lambda i: st.lists(i.other(), max_size=3)},
    "ndarray.compress": {"condition": lambda i: st.one_of(LISTS, i.exact(i.shape[:1], "bool"))},
    "ndarray.dot": {"other": lambda i: i.other().filter(lambda x: not isinstance(x, list) or x)},
    "ndarray.fill": {"value": lambda _: st.sampled_from([0, 1, 2.5, True])},
    "ndarray.item": {"args": lambda _: st.sampled_from([0, 1, -1, (0, 0), 9, (0,)])},
    "ndarray.put": {"values": lambda _: st.sampled_from([1, 2.5, [1, 2], [3]])},
    "ndarray.reshape": {"shape": lambda _: st.sampled_from([2, 3, -1, 6])},
    "ndarray.searchsorted": {"v": Inputs.other},
    "ndarray.transpose": {"axes": lambda _: st.sampled_from([0, 1, 2, -1])},
}

for _name in (
    "fftshift",
    "ifftshift",
    "fftn",
    "ifftn",
    "rfftn",
    "irfftn",
    "fft2",
    "ifft2",
    "rfft2",
    "irfft2",
):
    OF_FUNCTION[f"numpy.fft.{_name}"] = {
        "axes": lambda _: st.sampled_from([None, (0, 1), (-1,), (0, 2)])
    }
for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    OF_FUNCTION[f"numpy.fft.{_name}"] = {
        "n": lambda _: st.sampled_from([None, 1, 2, 4, 0, -1]),
        "axis": lambda _: AXIS,
    }
for _name in ("cumsum", "cumprod", "nancumsum", "cumulative_sum", "cumulative_prod"):
    for _module in ("numpy", "ndarray"):  # numpy 2.4.6 ends the process if the rank of out is wrong
        OF_FUNCTION[f"{_module}.{_name}"] = {"out": lambda _: st.none()}

EINSUMS = (
    "ij,jk->ik ij->ji ii->i ii ij->j i,i i,j->ij ij,ij->i i-> ij,j ...i->... ijk->kj ij->ijk i,i-> ,"
).split()

NOT_DRAWN = {
    "numpy.unique_values",
    "numpy.shares_memory",
    "numpy.may_share_memory",
    "numpy.empty",
    "numpy.empty_like",
} | {f"numpy.{name}" for name in ("zeros", "ones", "full", "arange", "eye", "asarray", "array")}
"""What has no elements to compare, or is called by ``like=`` only."""


def functions() -> list[str]:
    """Return the names of the functions of numpy that are translated, but for those with tests of their own."""
    names = (
        f"{function.__module__}.{function.__name__}"
        for function, translation in FUNCTIONS.items()
        if translation.__module__.rpartition(".")[2] not in ("fourier", "linear_algebra", "text")
    )
    return sorted(name for name in names if name not in NOT_DRAWN)


def ufuncs() -> list[str]:
    """Return the names of the universal functions that are translated."""
    names = sorted({*TABLES._SAME, *TABLES._RENAMED, *TABLES._COMPOSED})
    return [f"numpy.{name}" for name in names if hasattr(np, name)]


@st.composite
def _ufunc_calls(draw: st.DrawFn, name: str, ufunc: np.ufunc, inputs: Inputs) -> NumpyCall:
    operands = [
        draw(inputs.array() if i or ufunc.nin == 1 else inputs.other()) for i in range(ufunc.nin)
    ]
    if draw(st.booleans()):
        operands.reverse()
    kwargs: dict[str, Any] = {}
    if ufunc.nout == 1 and draw(st.integers(0, 4)) == 0:
        kwargs["out"] = draw(PARAMETERS["out"](inputs))
        kwargs["casting"] = draw(st.sampled_from(["same_kind", "same_kind", "unsafe", "safe"]))
    return NumpyCall(name, tuple(operands), kwargs)


@st.composite
def calls(draw: st.DrawFn, name: str) -> NumpyCall:
    """A call of a function with some of its parameters."""
    inputs = Inputs(draw(st.sampled_from(DTYPES)), draw(st.sampled_from(SHAPES)))
    if name == "numpy.einsum":
        text = draw(st.sampled_from(EINSUMS))
        operands = [draw(inputs.other()) for _ in range(text.split("->")[0].count(",") + 1)]
        return NumpyCall(name, (text, *operands), {})
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    if isinstance(function := NumpyCall(name, (), {}).function, np.ufunc):
        return draw(_ufunc_calls(name, function, inputs))
    if name.startswith("ndarray."):
        first = draw(inputs.array())
        args.append(np.sort(np.ravel(first)) if name.endswith(".searchsorted") else first)
    own = OF_FUNCTION.get(name, {})
    signature = _signature(name)
    for parameter in signature.parameters.values():
        if parameter.name in _NOT_DRAWN and parameter.name not in own:
            continue
        if parameter.default is not parameter.empty and draw(st.integers(0, 2)) != 0:
            continue
        kind = parameter.kind
        if kind is parameter.VAR_KEYWORD:
            kwargs |= draw(own.get(parameter.name, lambda _: st.just({}))(inputs))
            continue
        strategy = (own.get(parameter.name) or PARAMETERS[parameter.name])(inputs)
        if kind is parameter.VAR_POSITIONAL:
            args.extend(draw(st.lists(strategy, max_size=3)))
        elif parameter.default is parameter.empty and kind is not parameter.KEYWORD_ONLY:
            args.append(draw(strategy))
        else:
            kwargs[parameter.name] = draw(strategy)
    return NumpyCall(name, tuple(args), kwargs)


def _signature(name: str) -> inspect.Signature:
    """Return the signature of a function of numpy, or ours of a method, without the array."""
    if not name.startswith("ndarray."):
        return inspect.signature(NumpyCall(name, (), {}).function)
    signature = inspect.signature(getattr(xp.Array, name.removeprefix("ndarray.")))
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def methods() -> list[str]:
    """Return the names of the methods of `numpy.ndarray` that arrays have and that are drawn."""
    skipped = {"astype", "view", "tolist", "tobytes", "to_device", "device", "T", "mT"}
    names = [name for name in dir(np.ndarray) if not name.startswith("_") and name not in skipped]
    shared = [name for name in names if callable(getattr(xp.Array, name, None))]
    return sorted(f"ndarray.{name}" for name in shared)


# Comparison


class _Raised(NamedTuple):
    error: Exception


def complaint(call: NumpyCall, *, traced: bool = True) -> str:
    """Make a call in all ways, and say what differs from numpy; empty if nothing does."""
    arrays = _arrays(call)
    if not arrays:
        return ""
    if call.name.startswith("numpy.fft.") and not all(x.size and x.ndim for x in arrays):
        return ""  # numpy 2.4.6 returns memory that it has not written, or the input
    if call.name in CUMULATIVE and "out" in call.kwargs and not all(x.ndim for x in arrays):
        return ""  # which ends the process (numpy 2.4.6)
    expected = _caught(lambda: _called(call, lambda x: np.array(x)))
    ways: dict[str, Callable[[], Any]] = {"evaluated": lambda: _called(call, xp.asarray)}
    if traced and not (call.name in QUANTILES and not arrays[0].size):
        ways["traced"] = lambda: _run_traced(call)
    for way, run in ways.items():
        found = _difference(call, expected, _caught(run))
        if found:
            return f"{call}\n{way}: {found}"
    return ""


QUANTILES = frozenset({"numpy.nanpercentile", "numpy.nanquantile"})
"""Functions whose dtype and shape numpy takes from ``nanmean`` if there are no elements."""
CUMULATIVE = frozenset(
    "numpy.cumprod numpy.cumsum numpy.nancumprod numpy.nancumsum ndarray.cumprod ndarray.cumsum".split()
)


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


def _run_traced(call: NumpyCall) -> Any:
    arrays = _arrays(call)
    plain: list[Any] = []

    def function(*given: Any) -> Any:
        waiting = iter(given)
        args, kwargs = _replaced((call.args, call.kwargs), lambda _: next(waiting))
        result = call.function(*args, **kwargs)
        if call.name in IN_PLACE:
            return args[0]
        leaves = _leaves(result)
        if not leaves or not all(isinstance(leaf, xp.Array) for leaf in leaves):
            plain.append(result)
            return given[0]
        return list(leaves) if isinstance(result, tuple | list) else result

    specs = [
        xp.spec(tuple(dims.dim(f"s{i}_{k}", 0) for k in range(x.ndim)), x.dtype)
        for i, x in enumerate(arrays)
    ]
    program = xp.trace(function, *specs, input_names=[f"x{i}" for i in range(len(arrays))])
    results = program(*arrays)
    return NOTHING if plain else results


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


def _difference(call: NumpyCall, expected: Any, result: Any) -> str:
    if isinstance(result, _Raised):
        error = result.error
        if not isinstance(error, OnnxpError):
            refused = isinstance(expected, _Raised) and type(error) is type(expected.error)
            if (refused or isinstance(error, TypeError)) and not _is_ours(error):
                return ""  # numpy refuses it before it asks us, or Python the number of arguments
            return "".join(traceback.format_exception(error))
        if isinstance(expected, _Raised) or _may_refuse(call, error, expected):
            return ""
        return f"raises {type(error).__name__}: {error}; numpy gives {expected!r}"
    if result is NOTHING:
        return ""
    if isinstance(expected, _Raised):
        if _casts_infinities(call):
            return ""
        empty = any(x.size == 0 for x in _arrays(call))
        if empty and not any(np.size(x) for x in _leaves(result)):
            return ""  # there is nothing to compute
        return f"gives {result!r}; numpy raises {type(expected.error).__name__}: {expected.error}"
    a, b = _leaves(expected), _leaves(result)
    if len(a) != len(b):
        return f"gives {len(b)} results, numpy {len(a)}: {result!r}"
    exact = not _is_unordered(call) and not _casts_infinities(call)
    return next(
        filter(
            None,
            (_difference_of_leaves(x, y, exact, _eps(call)) for x, y in zip(a, b, strict=True)),
        ),
        "",
    )


REFUSALS = (NumpyFunctionError, TracedValueError, UnknownSizeError)
"""Errors that say that there is no translation, or that a size or a value is not known."""


UNORDERED = frozenset({"partition", "argpartition"})
"""Functions whose elements may be in another order than numpy's."""


def _is_unordered(call: NumpyCall) -> bool:
    name = call.name.rpartition(".")[2]
    unstable = call.kwargs.get("kind") not in ("stable", "mergesort")
    rounded = call.kwargs.get("casting") == "unsafe"  # and cut, to the integer below or above
    return name in UNORDERED or (name == "argsort" and unstable) or rounded


def _casts_infinities(call: NumpyCall) -> bool:
    """Whether numbers without an integer may be cast to one, which is left to chance."""
    kinds = {np.asarray(x).dtype.kind for x in call.kwargs.values() if isinstance(x, np.ndarray)}
    casts = kinds & set("iub") or any(isinstance(x, str) for x in call.kwargs.values())
    if call.name == "numpy.reciprocal":  # 1 / 0 in integers
        return any(x.dtype.kind in "iu" for x in _arrays(call))
    finite = all(np.isfinite(x).all() for x in _arrays(call))
    return bool(casts) and not finite


def _may_refuse(call: NumpyCall, error: Exception, expected: Any) -> bool:
    """Whether a documented error may stand where numpy answers."""
    arrays = _arrays(call)
    plain = _leaves([*call.args, *call.kwargs.values()])
    if isinstance(error, DTypeError):  # what the standard does not define for complex numbers
        kinds = {x.dtype.kind for x in arrays} | {np.asarray(x).dtype.kind for x in plain}
        nothing = any(x.size == 0 for x in arrays)  # and numpy does not look at its dtype
        complex_ = "c" in kinds or any(isinstance(x, str) and x == "complex128" for x in plain)
        return nothing or complex_
    if isinstance(error, ShapeError | EvaluationError):  # numpy broadcasts some results
        nothing = not any(np.size(x) for x in _leaves(expected))
        return nothing or call.kwargs.get("out") is not None or call.name == "numpy.einsum"
    if isinstance(
        error, ArgumentError
    ):  # numpy does not look at arguments if there is nothing to do
        return any(x.size == 0 for x in arrays)
    if isinstance(error, AxisError):  # numpy takes axis 0 of what has none
        return arrays[0].ndim == 0
    if isinstance(error, ScalarRangeError):  # where numpy makes objects, or wraps
        return any(
            isinstance(x, np.ndarray) and x.dtype == object for x in _leaves(expected)
        ) or any(type(x) is int and not -128 <= x <= 127 for x in plain)
    return isinstance(error, REFUSALS)


def _is_ours(error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return "onnxp" in frames[-1].filename and "/tests/" not in frames[-1].filename


def _eps(call: NumpyCall) -> float:
    """Return the precision that a call computes in, which may be lower than that of its `out`."""
    if call.kwargs.get("out") is None and call.name != "numpy.histogram":
        return 0.0
    kinds = [x.dtype for x in _arrays(call) if x.dtype.kind in "fc"]
    return max((float(np.finfo(dtype).eps) for dtype in kinds), default=0.0)


def _difference_of_leaves(expected: Any, result: Any, exact: bool, least: float = 0.0) -> str:
    if not isinstance(expected, np.ndarray | np.generic):
        if isinstance(result, np.ndarray) and isinstance(expected, bool | int | float):
            return "" if np.array_equal(result, expected, equal_nan=True) else f"gives {result!r}"
        same = expected == result or (expected != expected and result != result)
        return "" if same else f"gives {result!r}, numpy {expected!r}"
    a, b = np.asarray(expected), np.asarray(result)
    if a.dtype != b.dtype or a.shape != b.shape:
        return f"gives {b.dtype}{b.shape}, numpy {a.dtype}{a.shape}"
    if not exact:
        return ""
    if a.dtype.kind in "fc":
        eps = max(float(np.finfo(a.dtype).eps), least)
        if a.dtype.kind == "c":  # infinities times complex numbers
            b = np.where(np.isfinite(a), b, a)
        with np.errstate(all="ignore"):
            finite = np.abs(a[np.isfinite(a)])
            size = float(finite.max()) if finite.size else 0.0
            same = np.allclose(a, b, rtol=64 * eps, atol=16 * eps * size, equal_nan=True)
    else:
        same = np.array_equal(a, b)
    return "" if same else f"gives {b.tolist()}, numpy {a.tolist()}"
