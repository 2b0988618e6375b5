"""numpy's names in the modules of a traced function: what they stand for, where, and for how long."""

from __future__ import annotations

import builtins
import importlib
import itertools
import math
import pickle
import sys
import threading
from collections.abc import Callable
from functools import partial, singledispatch, singledispatchmethod
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy
import numpy as np
import numpy.linalg as la
import pandas as pd
import pytest
from numpy import concatenate, float32, maximum, ndarray, vectorize
from numpy import zeros as make_zeros
from numpy.polynomial import Polynomial
from numpy.random import default_rng

import onnxp as xp
from onnxp.errors import (
    ArgumentTypeError,
    FrozenValueWarning,
    NumpyFunctionError,
    OnnxpError,
    UnknownSizeError,
)

X = np.random.default_rng(0).normal(size=(4, 3))
LABELS = np.array([10, 20, 30])
ones = np.ones
make_ones = partial(np.ones, dtype=float)


class K:
    np = numpy
    labels = np.array([7, 8, 9])
    __slots__ = ("slot",)

    def __init__(self) -> None:
        self.slot = np.array([1.0, 2.0, 4.0])

    def __call__(self, x):
        return self.slot[x.argmax(axis=1)] + K.labels[x.argmin(axis=1)]

    @property
    def tripled(self):
        return np.full(3, 3.0)

    @staticmethod
    def counted(x):
        return np.arange(len(x)) + x[:, 0]


class Params(NamedTuple):
    table: Any
    nested: Any


HELD = SimpleNamespace(labels=np.array([0.5, 1.5, 2.5]), deep={"a": [np.array([1, 2, 3])]})
PARAMS = Params(np.array([3.0, 1.0, 2.0]), (np.array([5, 6, 7]),))


def imports_inside(x):
    import numpy as inner

    return inner.zeros(len(x)) + inner.asarray(x)[:, 0]


def imports_a_function_inside(x):
    from numpy import c_, full

    return c_[x, full(len(x), 2.0)]


def imports_a_module_inside(x):
    import numpy.linalg as inner

    return inner.norm([x[:, 0], x[:, 1]], axis=0)


def has_a_default(x, np=np, zeros=np.zeros, table=LABELS):
    return np.ones(len(x)) + zeros(x.shape[0]) + table[x.argmax(1)]


def has_a_keyword_default(x, *, table=LABELS):
    return table[x.argmax(1)]


def _closure() -> Callable[[Any], Any]:
    import numpy as captured

    made, table = captured.full, captured.array([1.0, 2.0, 3.0])

    def function(x):
        return made(len(x), 2) + table[captured.argmax(x, axis=1)]

    return function


WORKS: dict[str, Callable[[Any], Any]] = {
    "import_inside": imports_inside,
    "import_of_a_function_inside": imports_a_function_inside,
    "import_of_a_module_inside": imports_a_module_inside,
    "captured_function": lambda x: ones(len(x)) * x[:, 0],
    "captured_partial": lambda x: make_ones(len(x)) * x[:, 0],
    "imported_function": lambda x: make_zeros(len(x)) + concatenate([x[:, 0], x[:0, 0]]),
    "imported_class": lambda x: x * 2 if isinstance(x, ndarray) else x,
    "imported_module": lambda x: la.norm([x[:, 0], x[:, 1]], axis=0),
    "default": has_a_default,
    "keyword_default": has_a_keyword_default,
    "closure": _closure(),
    "partial": partial(has_a_default, table=np.array([1, 2, 4])),
    "partial_of_positions": partial(lambda table, x: table[x.argmax(1)], LABELS),
    "class_attribute": lambda x: K.np.zeros(len(x)) + K.np.asarray(x)[:, 0],
    "class_attribute_array": lambda x: K.labels[x.argmax(1)],
    "slot": lambda x: MADE.slot[x.argmax(1)],
    "callable_object": K(),
    "property": lambda x: MADE.tripled * x,
    "static_method": K.counted,
    "attribute": lambda x: HELD.labels[x.argmax(1)],
    "container": lambda x: HELD.deep["a"][0][x.argmax(1)],
    "namedtuple": lambda x: PARAMS.table[x.argmax(1)] + PARAMS.nested[0][x.argmin(1)],
    "result_of_a_constant": lambda x: (LABELS * 2)[::-1][x.argmax(1)] + LABELS.cumsum()[0],
    "method_of_a_constant": lambda x: LABELS.astype(float).take(x.argmax(1)) + LABELS.dot(x.T),
    "copy_of_a_constant": lambda x: _written(LABELS.astype(float).copy(), x),
    "copy_by_array": lambda x: _written(np.array([1.0, 2.0, 3.0]), x),
    "type": lambda x: x * 2 if type(x) is np.ndarray else x,
    "type_of_a_result": lambda x: x * 2 if type(x.sum()) is np.float64 else x,
    "type_of_a_size": lambda x: x * 2 if type(len(x)) is int else x,
    "isinstance_of_several": lambda x: x * 2 if isinstance(x, (list, np.ndarray)) else x,
    "isinstance_of_a_union": lambda x: x * 2 if isinstance(x, list | np.ndarray) else x,
    "isinstance_of_a_scalar": lambda x: x * 2 if isinstance(x.sum(), float) else x,
    "isinstance_of_a_size": lambda x: x * 2 if isinstance(len(x), int) else x,
    "not_an_instance": lambda x: x if isinstance(x, list | tuple | dict | str) else x * 2,
    "isscalar": lambda x: x * 2 if np.isscalar(x.mean()) and not np.isscalar(x) else x,
    "len_of_a_list": lambda x: x * len([x, x, x]),
    "r_": lambda x: np.r_[x[:, 0], 1.0, np.zeros(2)],
    "r_of_sizes": lambda x: np.r_[0 : len(x)],
    "c_": lambda x: np.c_[x, np.ones(len(x)), np.arange(len(x))],
    "eye": lambda x: np.eye(len(x)) @ x,
    "identity": lambda x: np.identity(x.shape[0]),
    "tri": lambda x: np.tri(len(x)),
    "linspace": lambda x: np.linspace(0, 1, len(x)),
    "indices": lambda x: np.indices(x.shape)[0],
    "full_of_an_array": lambda x: np.full((len(x), 3), x[0]),
    "filled": lambda x: _written(np.full((len(x), 3), 1), x.astype(int)),
    "zeros_like_a_constant": lambda x: _written(np.zeros_like(LABELS, dtype=float), x),
    "array_of_sizes": lambda x: np.array([len(x), x.shape[1]]),
    "array_with_ndmin": lambda x: np.array(x[0], ndmin=2, dtype=np.float32),
    "asarray_of_rows": lambda x: np.asarray([x[0], [1, 2, 3], LABELS]),
    "ascontiguousarray": lambda x: np.ascontiguousarray(x.T),
    "asfortranarray": lambda x: np.asfortranarray(x, dtype=np.float32),
    "atleast_2d": lambda x: np.atleast_2d(x[0]),
    "require": lambda x: np.require(x, np.float32, "C"),
    "mean_of_sizes": lambda x: x / len(x) + np.sqrt(len(x)) + np.log(x.shape[0]),
    "product_of_sizes": lambda x: x.reshape(np.prod(x.shape)),
    "mean_of_a_list": lambda x: np.mean([x[:, 0], x[:, 1]], axis=0),
    "ufunc_of_a_list": lambda x: np.maximum([x[0, 0], 0.0], [0.5, x[0, 1]]),
    "reduction_of_a_list": lambda x: np.maximum.reduce([x[:, 0], x[:, 1], x[:, 2]]),
    "block": lambda x: np.block([[x, np.ones((len(x), 1))], [np.zeros((1, 4))]]),
    "masked_text": lambda x: np.array(["a", "b", "c"])[x.argmax(1)],
    "host_only": lambda x: x * sum(i for i in np.arange(3)) + np.linalg.det(np.eye(2)),
    "sorted_constants": lambda x: x[:, sorted(np.array([2, 0]), key=lambda i: -i)],
}
MADE = K()


def _written(a: Any, x: Any) -> Any:
    a[1] = x[0] if a.ndim == 2 else x[0, 0]
    a *= 2
    return a


@pytest.mark.parametrize("name", WORKS)
@pytest.mark.parametrize("spec", ["float64[N, 3]", "float64[4, 3]"])
def test_numpys_names(name: str, spec: str) -> None:
    function = WORKS[name]
    expected, result = np.asarray(function(X)), xp.trace(function, spec)(X)
    if expected.dtype.kind == "U":
        assert result.tolist() == expected.tolist()
        return
    np.testing.assert_allclose(result, expected, rtol=1e-13)
    assert (result.dtype, result.shape) == (expected.dtype, expected.shape)
    test_nothing_is_left_behind()


def test_nothing_is_left_behind() -> None:
    assert np is numpy
    assert builtins.__import__ is importlib.__import__ or not isinstance(
        builtins.__import__, partial
    )
    assert not {"len", "isinstance", "type"} & globals().keys()
    assert type(LABELS) is type(HELD.labels) is type(K.labels) is type(MADE.slot) is np.ndarray
    assert type(PARAMS.nested[0]) is type(HELD.deep["a"][0]) is np.ndarray
    assert ones is numpy.ones
    assert K.np is numpy
    assert has_a_default.__defaults__[2] is LABELS


def test_an_error_leaves_nothing_behind() -> None:
    def fails(x):
        LABELS[x.argmax(1)]
        raise ZeroDivisionError(len(x))

    with pytest.raises(ZeroDivisionError, match="N"):
        xp.trace(fails, "float64[N, 3]")
    test_nothing_is_left_behind()


@pytest.mark.parametrize(
    ("function", "error", "text"),
    [
        (lambda x: list(range(len(x))), UnknownSizeError, "the size N"),
        (lambda x: LABELS.__setitem__(0, x[0, 0]), NumpyFunctionError, "cannot be written"),
        (lambda x: np.random.normal(size=len(x)), NumpyFunctionError, "normal is not supported"),  # noqa: NPY002
        (lambda x: np.r_["0,2", x[0], x[1]], OnnxpError, "np.concatenate"),
        (lambda x: {1: 2}[len(x)], KeyError, "N"),
    ],
)
@pytest.mark.filterwarnings("ignore::onnxp.errors.FrozenValueWarning")
def test_what_does_not_work_says_so(function, error, text) -> None:
    with pytest.raises(error, match=text):
        xp.trace(function, "float64[N, 3]")


def test_an_array_that_no_name_leads_to() -> None:
    hidden = itertools.repeat(LABELS.copy())
    with pytest.raises(OnnxpError, match=r"xp\.asarray\(a\)\[i\].*test_translation"):
        xp.trace(lambda x: next(hidden)[x.argmax(1)], "float64[N, 3]")


def test_other_threads_see_numpy_itself() -> None:
    inside, seen, checked = threading.Event(), [], threading.Event()

    def watch() -> None:
        inside.wait(10)
        real = np.zeros(2)
        seen.append(
            type(real) is np.ndarray
            and isinstance(real, np.ndarray)
            and np.zeros is numpy.zeros
            and ones(2).tolist() == [1, 1]
            and len([1, 2]) == 2
            and type(np.array([1])) is np.ndarray
            and np.add is sys.modules["numpy"].add
        )
        checked.set()

    def function(x):
        inside.set()
        assert checked.wait(10)
        assert np.zeros is not sys.modules["numpy"].zeros
        return np.zeros(len(x)) + LABELS[x.argmax(1)]

    thread = threading.Thread(target=watch)
    thread.start()
    xp.trace(function, "float64[N, 3]")
    thread.join()
    assert seen == [True]


def test_traces_of_two_threads_at_once() -> None:
    barrier, results, waited = threading.Barrier(2, timeout=10), [], set()

    def function(x):
        if threading.get_ident() not in waited:
            waited.add(threading.get_ident())
            barrier.wait()
        result = np.zeros(len(x)) + LABELS[x.argmax(1)]
        return result

    def trace() -> None:
        results.append(xp.trace(function, "float64[N, 3]")(X).tolist())

    threads = [threading.Thread(target=trace) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [LABELS[X.argmax(1)].tolist()] * 2
    test_nothing_is_left_behind()


def test_the_switch() -> None:
    with pytest.raises(UnknownSizeError):
        xp.trace(lambda x: np.zeros(len(x)), "float64[N, 3]", translate_numpy=False)


def test_a_module_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    library = ModuleType("somelibrary")
    library.__file__ = "/usr/lib/site-packages/somelibrary.py"
    exec("import numpy as np\ndef f(x):\n    return np.zeros(len(x)) + x[:, 0]\n", library.__dict__)
    monkeypatch.setitem(sys.modules, "somelibrary", library)
    program = xp.trace(lambda x: library.f(x), "float64[N, 3]", translate_numpy=["somelibrary"])
    np.testing.assert_array_equal(program(X), X[:, 0])
    assert xp.trace(lambda x: library.f(x), "float64[N, 3]", translate_numpy=[library])
    assert library.np is numpy
    with pytest.raises(UnknownSizeError):
        xp.trace(lambda x: library.f(x), "float64[N, 3]")
    with pytest.raises(ArgumentTypeError, match="translate_numpy"):
        xp.trace(lambda x: x, "float64[N, 3]", translate_numpy=["nonsense"])


def test_in_jit() -> None:
    @xp.jit
    def function(x, table):
        return np.zeros(len(x)) + LABELS[np.argmax(x, axis=1)] + table[0]

    np.testing.assert_array_equal(
        function(X, np.ones(1)), np.zeros(4) + LABELS[X.argmax(1)] + np.ones(1)[0]
    )
    plain = xp.jit(translate_numpy=False)(lambda x: x * isinstance(x, np.ndarray))
    assert not np.any(plain(X))


def test_inside_another_trace() -> None:
    @xp.jit
    def inner(x):
        return LABELS[x.argmax(1)] * np.ones(len(x))

    program = xp.trace(lambda x: inner(x) + np.zeros(len(x)), "float64[N, 3]")
    np.testing.assert_array_equal(program(X), LABELS[X.argmax(1)])


def test_the_function_runs_once_unless_a_constant_is_indexed() -> None:
    calls = []

    def function(x):
        calls.append(len(x))
        return np.zeros(len(x)) + x[:, 0]

    xp.trace(function, "float64[N, 3]")
    assert len(calls) == 1


def test_results_outlive_the_trace() -> None:
    kept: dict[str, Any] = {}

    def function(x):
        kept.update(function=np.mean, ufunc=np.add, array=np.arange(3) * 2, maker=np.zeros)
        return x

    xp.trace(function, "float64[N, 3]")
    assert kept["function"]([1, 3]) == 2
    assert kept["ufunc"].reduce([1, 2]) == 3
    assert type(kept["maker"](2)) is np.ndarray
    assert kept["function"] == np.mean
    for obj in kept.values():
        copy = pickle.loads(pickle.dumps(obj))
        assert type(copy) in (np.ndarray, np.ufunc, type(np.mean), type(np.zeros))


# What Python asks of classes and sizes


@singledispatch
def scaled(x):
    return x * 3


@scaled.register(np.ndarray)
def _(x):
    return x * np.full(len(x), 2.0)[:, None]


class Scaler:
    @singledispatchmethod
    def scaled(self, x):
        return x * 3

    @scaled.register(np.ndarray)
    def _(self, x):
        return x * 2

    def __call__(self, x):
        return self.scaled(x)


def matched(x):
    match x:
        case list():
            return x
        case np.ndarray(ndim=1):
            return x * 5
        case np.ndarray(ndim=2) as matrix:
            return matrix * 2
        case _:
            return x * 3


def matched_of_several(x):
    match (x, x.shape):
        case (np.ndarray(), (_, 3)):
            return x * 2
    return x * 3


def matched_by_name(x):
    match x:
        case ndarray(ndim=2) as matrix if isinstance(x, ndarray):
            return matrix * 2
    return x * 3


def _matched_in_closure():
    kind = ndarray

    def function(x):
        match [x]:
            case [kind()]:
                return x * 2
        return x * 3

    return function


def matched_by_imported_name(x):
    from numpy import ndarray as Matrix

    match x:
        case list() | Matrix():
            return x * 2
    return x * 3


@pytest.mark.parametrize(
    "function",
    [
        matched_by_name,
        lambda x: matched_by_name(x),
        _matched_in_closure(),
        matched_by_imported_name,
        scaled,
        lambda x: scaled(x),
        lambda x: Scaler().scaled(x),
        Scaler(),
        matched,
        matched_of_several,
    ],
)
def test_classes_decide_as_for_numpys_arrays(function: Callable[[Any], Any]) -> None:
    for spec in ("float64[N, 3]", "float64[4, 3]"):
        np.testing.assert_array_equal(xp.trace(function, spec)(X), X * 2)
    assert scaled(2) == 6
    assert matched(2) == 6
    assert matched_by_name(X) is not X
    assert ndarray is np.ndarray


def test_a_class_that_is_matched_and_compared_is_refused() -> None:
    def function(x):
        match x:
            case kind() if type(x) is kind:
                return x * 2
        return x * 3

    kind = ndarray
    with pytest.raises(NumpyFunctionError, match=r"case np\."):
        xp.trace(function, "float64[N, 3]")


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[: min(len(x), 3)],
        lambda x: x[: min([3, x.shape[0]])],
        lambda x: np.ones(max(len(x), 6)) * x.sum(),
        lambda x: x[: np.min([len(x), 3])],
        lambda x: np.ones(np.amax((len(x), x.shape[1]))),
        lambda x: x[: min(x.shape)] * max(2, 3),
        lambda x: np.full(3, min([2.0, 1.0], key=lambda a: -a)),
    ],
)
@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_the_smaller_size(function: Callable[[Any], Any], n: int) -> None:
    x = np.arange(3.0 * n).reshape(n, 3)
    np.testing.assert_array_equal(xp.trace(function, "float64[N, 3]")(x), function(x))


def picked(labels, x):
    return labels[x.argmax(1)]


@pytest.mark.parametrize("way", [xp.jit, lambda f: xp.trace(f, "float64[N, 3]")])
@pytest.mark.parametrize(
    "function",
    [partial(picked, LABELS), partial(lambda x, labels: labels[x.argmax(1)], labels=LABELS)],
)
def test_constants_of_partial_functions(way: Any, function: Callable[[Any], Any]) -> None:
    np.testing.assert_array_equal(way(function)(X), function(X))


GENERATOR = np.random.default_rng(0)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.random.default_rng(0).shuffle(x),
        lambda x: np.random.Generator(np.random.PCG64(0)).shuffle(x),
        lambda x: np.random.RandomState(0).shuffle(x),
        lambda x: np.random.shuffle(x),  # noqa: NPY002
        lambda x: GENERATOR.shuffle(x),
    ],
)
@pytest.mark.filterwarnings("ignore::onnxp.errors.FrozenValueWarning")
def test_a_traced_array_is_not_shuffled(function: Callable[[Any], Any]) -> None:
    with pytest.raises(NumpyFunctionError, match="shuffle"):
        xp.trace(function, "float64[4, 3]")


def test_generators_draw_what_they_would() -> None:
    def function(x):
        rng = np.random.default_rng(1)
        order = np.arange(3)
        rng.shuffle(order)
        assert isinstance(rng, np.random.Generator)
        return x[:, order] + rng.normal(size=3) + np.random.RandomState(2).permutation(3)

    np.testing.assert_array_equal(xp.trace(function, "float64[N, 3]")(X), function(X))
    before = type(GENERATOR)
    with pytest.warns(FrozenValueWarning):
        xp.trace(lambda x: x + GENERATOR.normal(), "float64[N, 3]")
    assert type(GENERATOR) is before


@np.vectorize
def decorated(v, w=1.0):
    return v * 2 + w


POLYNOMIAL = np.polynomial.Polynomial([1.0, 2.0, 3.0], domain=[-2, 2])
OBJECTS: list[Callable[[Any], Any]] = [
    lambda x: decorated(x),
    lambda x: decorated(x, 3.0) + decorated(x[:, :1], x),
    lambda x: np.vectorize(lambda v: np.mean([v, 1.0]), otypes=[np.float32])(x),
    lambda x: np.vectorize(lambda v: (v > 0, np.exp(v)))(x)[1],
    lambda x: np.vectorize(lambda v, w: v @ w, signature="(n),(n)->()")(x, x[0]),
    lambda x: (
        np.vectorize(lambda v, table: table[int(v)], excluded=[1])(np.arange(3), [1, 2, 3]) + x
    ),
    lambda x: POLYNOMIAL(x),
    lambda x: np.polynomial.Chebyshev([1, 0.5, 0.25])(x[:, 0]),
    lambda x: np.random.default_rng(0).normal(size=(3, 2))[x.argmax(axis=1)],
    lambda x: np.float32(x) + np.int64(x) + np.float64(x.mean()),
    lambda x: x / np.float64(len(x)),
    lambda x: np.array_split(x[:, 0], 3)[1],
    lambda x: np.array_split(x, 4, axis=0)[-1],
    lambda x: x * 2 if x.dtype.char == "d" else x,
]


@pytest.mark.parametrize("function", OBJECTS)
@pytest.mark.parametrize("n", [1, 2, 7])
def test_objects_of_numpy(function: Callable[[Any], Any], n: int) -> None:
    x = np.random.default_rng(n).normal(size=(n, 3))
    expected = function(x)
    for spec in ("float64[N, 3]", f"float64[{n}, 3]"):
        result = xp.trace(function, spec)(x)
        assert result.dtype == expected.dtype
        np.testing.assert_allclose(
            result, expected, rtol=1e-6 if result.dtype == np.float32 else 1e-12
        )


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda x: {1.0: 2.0}[x[0, 0]], "searchsorted"),
        (lambda x: x[0, 0] in {1.0}, "element of a set"),
        (lambda x: sum(np.nditer(x)), "nditer"),
        (lambda x: list(np.nditer(x, flags=["multi_index"])), "np.ndindex"),
        (lambda x: np.testing.assert_allclose(x, 0), r"program\.check"),
        (lambda x: np.zeros(len(x), dtype=[("a", float)]), "an array for each field"),
        (lambda x: np.rec.fromarrays([x]), "an array for each field"),
        (lambda x: [1, 2, 3][x.astype(int)[0, 0]], r"np\.asarray\(values\)\[i\]"),
        (lambda x: x * float(x[0, 0]), r"x for float\(x\)"),
        (lambda x: x * int(x[0, 0]), r"xp\.astype"),
        (lambda x: sum(v for _, v in np.ndenumerate(x)), "ndenumerate"),
        (lambda x: np.random.default_rng(0).permutation(x), "order"),
        (lambda x: x[: int(len(x) * 0.5)], "n // 2"),
    ],
)
def test_what_needs_elements_says_what_to_write(function: Callable[[Any], Any], match: str) -> None:
    with pytest.raises(OnnxpError, match=match):
        xp.trace(function, "float64[N, 3]")


def test_an_error_on_all_ways_is_the_functions_own() -> None:
    with pytest.raises(ZeroDivisionError):
        xp.trace(lambda x: np.vectorize(lambda v: v * (1 // 0))(x), "float64[N]")


def called_in_a_function(x):
    import numpy as np

    return np.float32(x) + np.zeros(len(x), np.float32)[:, None]


def called_of_an_attribute(x):
    return K.np.float32(x)


def not_called(x):
    assert np.float32 is numpy.float32
    kinds = {np.float32: "single"}
    return x.astype(dtype=np.float32) + np.asarray(x[0], np.float32) * len(kinds[np.float32])


@pytest.mark.parametrize("function", [called_in_a_function, called_of_an_attribute, not_called])
def test_scalar_types_convert_arrays(function: Callable[[Any], Any]) -> None:
    for _ in range(3):  # Python specializes code that runs often
        result = xp.trace(function, "float64[N, 3]")(X)
        assert result.dtype == np.float32
        np.testing.assert_array_equal(result, function(X))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.allclose(x, x + 1e-12),
        lambda x: np.allclose(x, 1.0),
        lambda x: np.array_equal(x, x.copy()),
        lambda x: np.array_equal(x, x[::-1]),
        lambda x: np.array_equiv(x, x[:1]),
        lambda x: np.where(np.allclose(x, 0), 1.0, 2.0),
    ],
)
def test_comparisons_of_whole_arrays(function: Callable[[Any], Any]) -> None:
    for spec in ("float64[N, 3]", "float64[4, 3]"):
        result = xp.trace(lambda x: function(x), spec)(X)
        assert result.shape == ()
        assert result == function(X)
    evaluated = function(xp.asarray(X))
    assert bool(evaluated == function(X))


def test_a_branch_on_such_a_comparison_says_what_to_write() -> None:
    with pytest.raises(OnnxpError, match="where"):
        xp.trace(lambda x: x if np.allclose(x, 0) else -x, "float64[N]")


@pytest.mark.parametrize(
    "function",
    [
        lambda x: vectorize(lambda v: v * 2)(x),
        lambda x: Polynomial([1.0, 2.0])(x),
        lambda x: x @ default_rng(0).normal(size=(3, 2)),
        lambda x: default_rng(0).normal(size=3)[x.argmax(axis=1)],
        lambda x: maximum(x, 0) + float32(2),
    ],
)
def test_names_that_are_imported_from_numpy(function: Callable[[Any], Any]) -> None:
    np.testing.assert_allclose(xp.trace(function, "float64[N, 3]")(X), function(X), rtol=1e-12)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: round(x.mean(), 2) + round(x.sum()),
        lambda x: math.floor(x[0, 0] * 7) + math.ceil(x[0, 1]) + math.trunc(x[0, 2] * 9),
        lambda x: x[: math.floor(abs(x[0, 0]) * 0) + 1],
        lambda x: x + round(np.linspace(0, 1, 4).mean(), 1) + {TABLE.max(): 2}[9.5],
    ],
)
def test_python_rounds_numbers(function: Callable[[Any], Any]) -> None:
    expected = np.asarray(function(X))
    for result in (xp.trace(function, "float64[N, 3]")(X), np.asarray(function(xp.asarray(X)))):
        np.testing.assert_allclose(result, expected)
        assert result.dtype == expected.dtype


def test_python_does_not_round_arrays() -> None:
    for function in (round, math.floor):
        with pytest.raises(TypeError, match="np"):
            function(xp.ones(2))


@pytest.mark.parametrize(
    "function",
    [lambda x: pd.Series(x[:, 0]).mean(), lambda x: pd.DataFrame(x).values, lambda x: pd.isna(x)],
)
def test_tables_of_pandas_say_what_they_need(function: Callable[[Any], Any]) -> None:
    with pytest.raises(OnnxpError):
        xp.trace(function, "float64[N, 3]")


TABLE = np.asarray([[1.5, 5.0, 2.0], [4.0, 3.0, 9.5]])
OF_CONSTANTS: dict[str, Callable[[], Any]] = {
    "percentile": lambda: np.percentile(np.floor(TABLE), 30, axis=0),
    "median": lambda: np.median(np.floor(TABLE), axis=0),
    "nanquantile": lambda: np.nanquantile(np.floor(TABLE), 0.3, axis=1)[:1],
    "partition": lambda: np.partition(np.floor(TABLE), 1, axis=0),
    "interp": lambda: np.interp(np.floor(TABLE), [0, 1], [0, 1]),
    "cov": lambda: np.cov(np.floor(TABLE))[0, :1],
    "gradient": lambda: np.gradient(np.floor(TABLE), axis=1),
    "permutation": lambda: np.random.default_rng(0).permutation(np.floor(TABLE)),
}


@pytest.mark.parametrize("name", OF_CONSTANTS)
def test_functions_of_constants_that_numpy_made(name: str) -> None:
    function = OF_CONSTANTS[name]
    result = xp.trace(lambda x: function() + x[0], "float64[N, 3]")(np.ones((2, 3)))
    np.testing.assert_allclose(result, function() + np.ones(3))
