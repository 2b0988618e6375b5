"""Hostile values for every function: no process dies, and what is raised is an error of ours, well put.

``make hostile`` gives each function many more values than ``make test`` does, and others each time.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import onnxp
from tests.helpers import hostile, samples
from tests.helpers.hostile import Call, Process, functions

EXAMPLES = int(os.environ.get("ONNXP_HOSTILE", "0"))
FUNCTIONS = functions()

Strategy = st.SearchStrategy[Any]

SHAPES = [
    (),
    (0,),
    (1,),
    (3,),
    (5,),
    (0, 3),
    (3, 0),
    (1, 1),
    (2, 3),
    (3, 3),
    (1, 3),
    (2, 1, 3),
    (2, 0, 3),
]
SMALL = [0, 1, 2, 3, -1, -2, -4, 5, 64, 255, 256]
HUGE = [2**31, -(2**31), 2**40, 2**62, 2**63 - 1, -(2**63), 2**63, 2**64, 10**30, -(10**30)]
TOO_LARGE = [2**40, 2**62, 2**63 - 1, 2**63, 10**30]  # for the memory of any machine
FLOATS = [0.0, -0.0, 0.5, 1.0, -1.5, 1e300, -1e300, 5e-324, 1e-40, np.inf, -np.inf, np.nan]
JUNK = [None, "x", b"x", object, {}, [], (), [[1], [2, 3]], 1j, True, 1.5, ..., np.array(["x"])]

small = st.sampled_from(SMALL)
numbers = st.sampled_from([*SMALL, *HUGE, *FLOATS])
scalars = st.sampled_from([*SMALL, *HUGE, *FLOATS, True, False, 1 + 2j, complex(np.nan, np.inf)])
junk = st.sampled_from(JUNK)


def often(usual: Strategy, *others: Strategy) -> Strategy:
    """Mostly the usual, now and then something else."""
    return st.integers(0, 9).flatmap(lambda n: usual if n < 8 else st.one_of(*others, junk))


def tuples(strategy: Strategy, most: int = 3) -> Strategy:
    return st.lists(strategy, max_size=most).map(tuple)


class Inputs:
    """What the arguments of one call have in common: a dtype and a shape, mostly."""

    def __init__(self, dtype: str, shape: tuple[int, ...]) -> None:
        self.dtype = dtype
        self.shape = shape

    def exact(self, shape: tuple[int, ...], dtype: str | None = None) -> Strategy:
        return st.integers(0, 99).map(lambda seed: samples.array(dtype or self.dtype, shape, seed))

    def array(self) -> Strategy:
        shape = self.shape
        fitting = [shape, shape, shape[1:], (1,) * len(shape), (1, *shape)]
        odd = st.tuples(st.sampled_from(SHAPES), st.sampled_from(samples.WITH_TEXT))
        return often(
            st.sampled_from(fitting).flatmap(self.exact),
            odd.flatmap(lambda drawn: self.exact(*drawn)),
            scalars,
        )

    def mask(self) -> Strategy:
        return often(self.exact(self.shape, "bool"), self.array())

    def indices(self) -> Strategy:
        lists = st.lists(st.sampled_from([0, 1, 2, -1, -3, 7, 2**40, -(2**63)]), max_size=4)
        return often(lists.map(lambda numbers: np.array(numbers, np.int64)), self.array())

    def key(self) -> Strategy:
        bounds = st.sampled_from([None, *SMALL, *HUGE])
        usual = st.one_of(
            small,
            st.builds(slice, bounds, bounds, bounds),
            self.indices(),
            st.sampled_from([None, ...]),
        )
        part = often(usual, numbers, self.mask(), self.exact(self.shape[:1], "bool"))
        return st.one_of(part, self.mask(), tuples(part))

    def new_shape(self) -> Strategy:
        total = int(np.prod(self.shape))
        fitting = [
            (total,),
            (-1,),
            (1, total),
            self.shape,
            (2, *self.shape),
            (1, -1),
            (-1, -1),
            total,
        ]
        return often(st.sampled_from(fitting), tuples(SIZES), SIZES)


SIZES = often(st.sampled_from([0, 1, 2, 3]), st.sampled_from([*TOO_LARGE, -1, -(2**63)]))
AXIS = often(st.integers(-3, 2), numbers)
AXES = st.one_of(AXIS, tuples(AXIS), st.none())
FLAG = often(st.booleans(), scalars)
DTYPES = [*(getattr(onnxp, name) for name in samples.ALL), onnxp.string]
DTYPE = often(
    st.sampled_from(DTYPES), st.sampled_from(["float32", "int7", float, np.int8, "numeric"])
)

ARGUMENTS: dict[str, Callable[[Inputs], Strategy]] = {
    **dict.fromkeys(
        ("x", "x1", "x2", "obj", "value", "min", "max", "prepend", "append"), Inputs.array
    ),
    **dict.fromkeys(
        ("fill_value", "start", "stop", "step"), lambda i: st.one_of(scalars, i.array())
    ),
    **dict.fromkeys(("axis", "axes", "source", "destination"), lambda _: AXES),
    **dict.fromkeys(("keepdims", "descending", "stable", "include_initial"), lambda _: FLAG),
    **dict.fromkeys(("copy", "endpoint", "invert", "ordered", "skipna"), lambda _: FLAG),
    **dict.fromkeys(("num", "n_rows", "n_cols", "n"), lambda _: SIZES),
    **dict.fromkeys(("k", "shift", "correction"), lambda _: st.one_of(numbers, tuples(small))),
    **dict.fromkeys(("dtype", "type", "from_", "to"), lambda _: DTYPE),
    "array": lambda i: st.sampled_from([i.shape, *SHAPES]).flatmap(i.exact),
    "api_version": lambda _: st.sampled_from([None, "2025.12", "1999.01", 7]),
    "arrays": lambda i: often(tuples(i.array()), i.array()),
    "arrays_and_dtypes": lambda i: tuples(st.one_of(i.array(), DTYPE)),
    "categories": lambda _: often(st.lists(st.sampled_from(["a", "b", "", "é"]), max_size=3)),
    "condition": Inputs.mask,
    "device": lambda _: often(st.none(), st.sampled_from(["cpu", "gpu"])),
    "indexing": lambda _: often(st.sampled_from(["xy", "ij"])),
    "indices": Inputs.indices,
    "key": Inputs.key,
    "kind": lambda _: often(st.sampled_from(["numeric", "bool", "odd"]), DTYPE, tuples(DTYPE)),
    "mapping": lambda _: st.sampled_from(
        [{}, {1: 2.5}, {"a": 1}, {0: "a", 1: "b"}, [1], {1: None}]
    ),
    "default": lambda _: st.one_of(st.none(), scalars),
    "unknown": lambda _: often(st.sampled_from(["missing", "error"])),
    "unit": lambda _: often(st.sampled_from(["s", "x", "ns", ""]), st.none(), st.integers()),
    "repeats": lambda i: st.one_of(SIZES, i.indices()),
    "repetitions": lambda _: often(tuples(SIZES), SIZES),
    "shape": Inputs.new_shape,
    "shapes": lambda i: often(tuples(i.new_shape()), i.new_shape()),
    "side": lambda _: often(st.sampled_from(["left", "right"])),
    "sorter": Inputs.indices,
}


@st.composite
def calls(draw: st.DrawFn, name: str) -> Call:
    inputs = Inputs(draw(st.sampled_from(samples.WITH_TEXT)), draw(st.sampled_from(SHAPES)))
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for parameter in inspect.signature(FUNCTIONS[name]).parameters.values():
        if parameter.default is not parameter.empty and draw(st.booleans()):
            if parameter.kind is not parameter.KEYWORD_ONLY:
                break
            continue
        value = draw(ARGUMENTS[parameter.name](inputs))
        if parameter.kind is parameter.VAR_POSITIONAL:
            args.extend(value if isinstance(value, tuple) else [value])
        elif parameter.kind is parameter.KEYWORD_ONLY:
            kwargs[parameter.name] = value
        else:
            args.append(value)
    return Call(name, tuple(args), kwargs)


@pytest.fixture(scope="session")
def process() -> Iterator[Process]:
    process = Process()
    yield process
    process.stop()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_hostile_values(name: str, process: Process):
    @settings(
        max_examples=EXAMPLES or 5,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(calls(name))
    def harmless(call: Call) -> None:
        complaint = process(call).complaint
        assert not complaint, complaint

    harmless()


@pytest.mark.parametrize(
    ("raised", "complaint"),
    [
        (KeyError("x"), "KeyError"),
        (NotImplementedError(), "NotImplementedError"),
        (TypeError("deep inside"), "TypeError"),
        (TypeError("unsupported operand type(s) for +"), ""),
        (OverflowError("too large"), "OverflowError"),
        (onnxp.errors.ArgumentError("f: n must be at least 1, not 0"), ""),
        (onnxp.errors.EvaluationError("[ONNXRuntimeError] : 1 : FAIL"), "unclear message"),
    ],
)
def test_what_is_complained_about(
    raised: Exception, complaint: str, monkeypatch: pytest.MonkeyPatch
):
    def function() -> None:
        raise raised

    monkeypatch.setattr(hostile, "functions", lambda: {"f": function})
    found = hostile.outcome(Call("f", (), {})).complaint
    assert complaint in found
    assert bool(found) is bool(complaint)


def ends(connection: Any) -> None:
    """Stand for a process that a call ends."""
    connection.recv()
    os.abort()


def test_a_process_that_ends_is_complained_about():
    process = Process(ends)
    for _ in range(2):
        assert process(Call("f", (), {})).complaint == "the process ended: SIGABRT"
    process.stop()
