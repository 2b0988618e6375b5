"""The recorded graph: values, nodes, traces, where they came from, and what bodies close over."""

from __future__ import annotations

import gc
import inspect
import threading
import weakref

import numpy as np
import pytest

import onnxp as xp
from onnxp._src import dtypes, ops
from onnxp._src.graph.record import merge, record, record_many
from onnxp._src.graph.source import source_text
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.substitution import substitute
from onnxp._src.graph.traversal import walk
from onnxp._src.graph.values import FREE, Body, Function, Trace, Value, argument, constant
from onnxp.errors import DTypeError, MixedTracesError


def traced(name: str = "x", trace: Trace = FREE, rank: int = 1) -> Value:
    return argument(name, xp.float32, (2,) * rank, trace)


def neg(value: Value) -> Value:
    return record("Neg", (value,), value.dtype, value.shape)


def add(a: Value, b: Value) -> Value:
    return record("Add", (a, b), a.dtype, a.shape)


# Constants


@pytest.mark.parametrize(
    "data",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(12.0).reshape(2, 6)[:, ::2],
        np.arange(6.0)[::-1],
        np.arange(6.0).astype(">f8"),
        np.arange(6).astype(">i2"),
        np.asarray(5.0),
        np.asarray(5.0).astype(">f4"),
        np.zeros((0, 3)),
        np.broadcast_to(np.arange(3.0), (2, 3)),
    ],
    ids=lambda data: f"{data.dtype.str}{data.shape}{data.strides}",
)
def test_constants_are_native_and_in_order(data: np.ndarray):
    value = constant(data)
    assert value.data is not None
    assert value.data.dtype.isnative
    assert value.data.flags.c_contiguous
    assert value.shape == data.shape
    assert value.dtype.numpy == value.data.dtype
    np.testing.assert_array_equal(value.data, data)


@pytest.mark.parametrize("data", [np.asarray([b"a"]), np.zeros(2, "V3")])
def test_constants_of_other_dtypes(data: np.ndarray):
    with pytest.raises(DTypeError):
        constant(data)


# Recording


def test_a_node():
    x, y = traced("x"), traced("y")
    z = record("Concat", (x, None, y), xp.float32, (4,), (("axis", 0),))
    assert (z.dtype, z.shape, z.index, z.data, z.trace, z.depth) == (
        xp.float32,
        (4,),
        0,
        None,
        FREE,
        1,
    )
    assert z.node is not None
    assert (z.node.op, z.node.inputs, z.node.attributes, z.node.arity) == (
        "Concat",
        (x, None, y),
        (("axis", 0),),
        3,
    )
    assert repr(z) == "Value(Concat: float32[4])"
    assert repr(x) == "Value(x: float32[2])"
    assert repr(z.node) == "Node(Concat)"
    assert repr(constant(np.zeros(3))) == "Value(constant: float64[3])"


def test_several_outputs():
    x = traced()
    values, indices = record_many("TopK", (x, None), [(xp.float32, (1,)), (xp.int64, (1,))])
    assert values.node is indices.node
    assert (values.index, indices.index) == (0, 1)
    assert (values.dtype, indices.dtype) == (xp.float32, xp.int64)
    assert values.node.outputs == 2


def test_values_have_slots_and_are_compared_by_identity():
    for obj in (traced(), neg(traced()).node, Trace("f")):
        assert not hasattr(obj, "__dict__")
    a, b = traced(), traced()
    assert a != b
    assert len({a, b, a}) == 2


def test_depth():
    x = constant(np.zeros(2))
    y = neg(neg(x))
    assert (x.depth, y.depth, add(y, neg(x)).depth) == (0, 2, 3)


def test_recording_is_quick_to_forget():
    x = traced()
    y = neg(x)
    reference = weakref.ref(y)
    z = neg(y)
    del y
    assert reference() is not None
    del z
    gc.disable()  # there are no cycles
    try:
        assert reference() is None
    finally:
        gc.enable()


# Traces


A, B = Trace("a"), Trace("b")


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        (None, None, None),
        (None, A, A),
        (A, None, A),
        (A, A, A),
        (FREE, A, A),
        (A, FREE, A),
        (FREE, None, FREE),
        (None, FREE, FREE),
    ],
)
def test_traces_merge(first: Trace | None, second: Trace | None, merged: Trace | None):
    assert merge(first, second) is merged


def test_traces_of_two_functions_do_not_merge():
    with pytest.raises(MixedTracesError, match="one of a, one of b"):
        merge(A, B)


def test_traces_pass_through_nodes():
    a, b = Trace("a"), Trace("b")
    x, y, free, fixed = (
        traced("x", a),
        traced("y", b),
        traced("free"),
        constant(np.zeros(2, np.float32)),
    )
    assert neg(x).trace is a
    assert add(fixed, fixed).trace is None
    assert add(free, fixed).trace is FREE
    assert add(add(free, fixed), x).trace is a
    with pytest.raises(MixedTracesError):
        add(x, y)
    with pytest.raises(MixedTracesError):
        record("Concat", (free, None, y, fixed, x), xp.float32, (8,))


# Where the user's code stands


def here() -> int:
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def line_of(value: Value) -> str:
    assert value.node is not None
    return source_text(value.node.source)


def test_sites():
    x = xp.argument((2,), xp.float32)
    y, line = x + 1, here()
    assert line_of(y._planes[0]) == f"{__file__}:{line}, in test_sites"
    start = here()
    parts = [
        x * 2,
        x / 3,
    ]
    for i, part in enumerate(parts):
        assert line_of(part._planes[0]) == f"{__file__}:{start + 2 + i}, in test_sites"
    result = (lambda v: xp.floor_divide(v, 2.0))(x)
    assert line_of(result._planes[0]) == f"{__file__}:{here() - 1}, in <lambda>"


def test_sites_of_code_without_a_file():
    x = xp.argument((2,), xp.float32)
    names = {"x": x}
    exec(compile("\n\ny = x + 1", "<console>", "exec"), names)
    assert line_of(names["y"]._planes[0]) == "<console>:3, in <module>"
    assert source_text(None) == ""


def test_sites_in_a_thread():
    """A thread may start inside of the package: there is no frame of a user."""
    found = []
    x = traced()
    thread = threading.Thread(target=lambda: found.append(neg(x)))
    thread.start()
    thread.join()
    assert "test_graph.py" in line_of(found[0])


# Walking


def test_walking_yields_inputs_first_and_everything_once():
    x = traced()
    a = neg(x)
    b = add(a, a)
    c = add(b, a)
    order = list(walk([c, a]))
    assert order == [x, a, b, c]
    first, *others = walk([neg(b)], stop=[b])
    assert first is b
    assert len(others) == 1
    assert list(walk([])) == []


def test_walking_a_deep_graph():
    x = traced()
    for _ in range(100_000):
        x = neg(x)
    assert sum(1 for _ in walk([x])) == 100_001


def test_walking_a_wide_graph():
    """A value that is used twice at each step has 2**100 paths."""
    x = traced()
    for _ in range(100):
        x = add(x, x)
    assert sum(1 for _ in walk([x])) == 101


# Bodies


def body(*, factor: float = 2.0, outer: Value | None = None, name: str = "s") -> Body:
    state = argument(name, xp.float32, (2,), FREE)
    result = ops.mul(state, ops.scalar(factor, xp.float32))
    if outer is not None:
        result = ops.add(result, outer)
    return close((state,), (result,))


def test_equal_bodies_have_equal_structures():
    x, y = traced("x"), traced("y")
    assert body().structure == body(name="t").structure
    assert hash(body().structure) == hash(body(name="t").structure)
    assert body(outer=x).structure == body(outer=y).structure
    assert body().structure != body(outer=x).structure
    assert body().structure != "something else"


def test_bodies_capture_what_is_outside():
    x = traced("x")
    no_scope = ops.mul(x, x)
    captured = body(outer=no_scope).captures
    assert no_scope in captured
    assert x not in captured
    assert len(captured) == 2  # and the factor, which is data
    assert body(factor=3.0).structure == body(factor=2.0).structure


def test_structures_keep_nothing_alive():
    x = traced("x")
    reference = weakref.ref(x)
    structure = body(outer=neg(x)).structure
    del x
    gc.collect()
    assert reference() is None
    assert structure == body(outer=traced()).structure


# Substitution


def substituted(*outputs: Value, **replacements: Value) -> tuple[Value, ...]:
    return substitute(outputs, {}, lambda value: replacements[value.name])


def test_substitution_copies_what_is_traced():
    x, number = traced("x"), constant(np.ones(2, np.float32))
    shared = neg(x)
    outer = add(number, number)
    copy, same = substituted(add(add(shared, outer), shared), outer, x=number)
    assert same is outer
    assert copy.trace is None
    assert copy.node is not None
    left, right = copy.node.inputs
    assert left is not None
    assert left.node is not None
    assert left.node.inputs == (right, outer)
    assert right is not None
    assert right.node is not None
    assert right.node.inputs == (number,)


def test_substitution_keeps_several_outputs_on_one_node():
    x = traced("x")
    both = record_many("TopK", (x, None), [(xp.float32, (1,)), (xp.int64, (1,))])
    values, indices = substituted(*both, x=constant(np.ones(2, np.float32)))
    assert values.node is indices.node
    assert (values.index, indices.index, indices.dtype) == (0, 1, xp.int64)


def test_substitution_reaches_what_a_subgraph_reads():
    x, y = traced("x"), traced("y")
    loop = body(outer=x)
    results = record_many("Loop", (None, None, y), [(xp.float32, (2,))], bodies=(("body", loop),))
    (copy,) = substituted(*results, x=neg(y), y=y)
    assert copy.node is not None
    ((_, inner),) = copy.node.bodies
    assert inner.structure == loop.structure
    assert x not in inner.captures
    assert copy.node.inputs[3:] == inner.captures
    assert dict(copy.node.attributes)["body"] is inner.structure


def test_functions_are_themselves():
    x = traced()
    function = Function("f", (x,), (neg(x),))
    assert repr(function) == "onnxp.f"
    assert function != Function("f", (x,), (neg(x),))
    called = record(function, (x,), xp.float32, x.shape)
    assert repr(called) == "Value(onnxp.f: float32[2])"
    assert dtypes.float32 is xp.float32
