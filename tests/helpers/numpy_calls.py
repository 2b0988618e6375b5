"""Random calls of numpy's functions and of ndarray's methods.

`calls` draws the arguments of a function by the names of its parameters. ``numpy_differences`` makes the calls.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

import onnxp as xp
from onnxp._src.numpy import formulas as TABLES
from onnxp._src.numpy.dispatch import FUNCTIONS

importlib.import_module("onnxp._src.numpy.functions")  # which fills FUNCTIONS

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
    "condlist": lambda i: st.lists(i.mask(), min_size=1, max_size=2).filter(_are_conditions),
    "funclist": lambda _: st.sampled_from([[1], [1, _doubled], [np.abs, 0, 2], []]),
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


def _doubled(x: Any) -> Any:
    return x + x


def _are_conditions(masks: list[np.ndarray]) -> bool:
    """Whether masks are conditions for numpy, which takes a list of scalars for one condition."""
    return all(mask.ndim for mask in masks)


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


def _integers(inputs: Inputs) -> Strategy:
    kinds = st.sampled_from(["bool", "uint8", "int64"])
    return st.one_of(kinds.flatmap(lambda kind: inputs.exact(inputs.shape, kind)), inputs.array())


def _vector(inputs: Inputs) -> Strategy:
    return st.sampled_from([(1,), (3,), (4,)]).flatmap(inputs.exact)


def _bit_order(_: Inputs) -> Strategy:
    return st.sampled_from(["big", "little", "middle"])


OF_FUNCTION: dict[str, dict[str, Callable[[Inputs], Strategy]]] = {
    "numpy.delete": {"obj": _places},
    "numpy.insert": {  # of nothing numpy takes some shapes that do not broadcast
        "obj": _places,
        "values": lambda i: i.other().filter(lambda x: np.size(x) or np.ndim(x) < 2),
    },
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
    "numpy.packbits": {"a": _integers, "bitorder": _bit_order},
    "numpy.unpackbits": {  # of nothing numpy 2.4 leaves the bits that count adds unset
        "a": lambda i: st.one_of(i.exact(i.shape, "uint8"), i.array()).filter(np.size),
        "bitorder": _bit_order,
        "count": lambda _: st.sampled_from([None, 0, 3, 20, -2]),
    },
    "numpy.resize": {
        "new_shape": lambda _: SHAPE.filter(lambda shape: np.min(shape, initial=0) >= 0)
    },
    "numpy.trim_zeros": {
        "filt": lambda i: st.one_of(i.exact((4,)), i.exact((0,))),
        "trim": lambda _: st.sampled_from(["fb", "f", "b", "x"]),
        "axis": lambda _: st.none(),
    },
    "numpy.poly": {"seq_of_zeros": lambda i: i.exact((3,))},
    "numpy.polyadd": {"a1": _vector, "a2": _vector},
    "numpy.polysub": {"a1": _vector, "a2": _vector},
    "numpy.polyder": {"p": _vector, "m": lambda _: st.integers(-1, 2)},
    "numpy.polyint": {
        "p": _vector,
        "m": lambda _: st.integers(-1, 2),
        "k": lambda _: st.sampled_from([None, 1.5, [1, 2]]),
    },
    "numpy.polyfit": {
        "x": lambda _: st.just(np.array([0.0, 1.0, 2.0, 4.0])),
        "y": lambda i: (
            st.sampled_from([(4,), (4, 2), (3,)])
            .flatmap(lambda shape: i.exact(shape, "float64"))
            .filter(lambda y: np.isfinite(y).all())
        ),
        "deg": lambda _: st.sampled_from([0, 1, 2, -1]),
        "rcond": lambda _: st.none(),
        "full": lambda _: FLAG,
        "w": lambda _: st.sampled_from([None, [1.0, 2.0, 1.0, 0.5]]),
        "cov": lambda _: st.just(False),
    },
    "numpy.histogram2d": {
        "x": lambda i: i.exact((4,), "float64"),
        "y": lambda i: st.sampled_from([(4,), (3,)]).flatmap(lambda s: i.exact(s, "float64")),
        "bins": lambda _: st.sampled_from(
            [1, 3, [2, 3], [[-1.0, 0.0, 1.5], 2], [-3.0, 0.0, 1.0, 2.0]]
        ),
        "range": lambda _: st.sampled_from([None, [[-1, 2], [0, 1]], [[0, 1]]]),
        "weights": lambda i: st.one_of(st.none(), i.exact((4,), "float64")),
    },
    "numpy.histogramdd": {
        "sample": lambda i: st.sampled_from([(4, 2), (3, 1), (4, 3)]).flatmap(
            lambda s: i.exact(s, "float64")
        ),
        "bins": lambda _: st.sampled_from([1, 3, [2, 3], [[-1.0, 0.0, 1.5], 2]]),
        "range": lambda _: st.sampled_from([None, [[-1, 2], [0, 1]]]),
        "weights": lambda i: st.one_of(st.none(), i.exact((4,), "float64")),
    },
    "numpy.logspace": {
        "start": Inputs.other,
        "stop": Inputs.other,
        "num": lambda _: st.sampled_from([0, 1, 5, -1]),
        "base": lambda _: st.sampled_from([10.0, 2]),
    },
    "numpy.geomspace": {
        "start": lambda i: i.exact(i.shape).map(lambda x: np.abs(x) + np.ones(1, x.dtype)[0]),
        "stop": lambda _: st.sampled_from([1, 4.0, 300, 0]),
        "num": lambda _: st.sampled_from([0, 1, 5, -1]),
    },
    "numpy.fromiter": {
        "iter": lambda i: i.exact((4,), "float64"),
        "count": lambda _: st.sampled_from([-1, 2, 9]),
        "dtype": lambda _: st.sampled_from(["float32", "float64", "int64"]),
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

NO_MORE_ARGUMENTS = frozenset({"numpy.apply_along_axis", "numpy.piecewise"})
"""Functions that pass further arguments on, which a ufunc takes for `out`."""

NOT_DRAWN = {
    "numpy.unique_values",
    "numpy.shares_memory",
    "numpy.may_share_memory",
    "numpy.empty",
    "numpy.empty_like",
    "numpy.frompyfunc",
    "numpy.ndenumerate",
    "numpy.nditer",
} | {f"numpy.{name}" for name in ("zeros", "ones", "full", "arange", "eye", "asarray", "array")}
"""What has no elements to compare, or is called by ``like=`` only."""


def functions() -> list[str]:
    """Return the names of the functions of numpy that are translated, but for those with tests of their own."""
    names = (
        f"{function.__module__}.{function.__name__}"
        for function, translation in FUNCTIONS.items()
        if translation.__module__.rpartition(".")[2]
        not in ("calendar", "fourier", "linear_algebra", "text")
    )
    return sorted(name for name in names if name not in NOT_DRAWN)


def ufuncs() -> list[str]:
    """Return the names of the universal functions that are translated."""
    names = sorted({*TABLES.SAME, *TABLES.RENAMED, *TABLES.COMPOSED})
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
        if kind is parameter.VAR_POSITIONAL and name in NO_MORE_ARGUMENTS:
            continue
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
