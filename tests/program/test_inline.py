"""Programs called on traced arrays."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp._src.ops.versions import installed_opset
from tests.helpers import sessions
from tests.helpers.foreign_models import (
    loader,
    run,
)


@pytest.fixture
def load(tmp_path: Path) -> Callable[[onnx.ModelProto], xp.Program]:
    return loader(tmp_path)


def scaled(x: xp.Array, y: xp.Array) -> dict[str, Any]:
    weights = xp.asarray(np.arange(8.0).reshape(4, 2))
    return {"product": x @ weights, "pair": (xp.expm1(x[:, 0]) + y, xp.nonzero(y)[0])}


SCALED = xp.trace(scaled, "float64[N, 4]", "float64[N]", functions=True)


X = np.random.default_rng(0).normal(size=(5, 4))


Y = np.array([0.0, 1.0, 2.0, 0.0, 3.0])


def test_sizes_are_the_callers():
    shapes = {}

    def outer(x, y):
        result = SCALED(x, y)
        shapes.update(result, product=result["product"].shape)
        return result

    program = xp.trace(outer, "float64[2*M, 4]", "float64[2*M]")
    M = xp.spec("M", xp.float64).shape[0]
    assert shapes["product"] == (2 * M, 2)
    assert shapes["pair"][0].shape == (2 * M,)
    assert shapes["pair"][1].ndim == 1
    assert run(program.model, {"x": X[:4], "y": Y[:4]})[2].tolist() == [1, 2]


def test_static_sizes_stay_static():
    program = xp.trace(SCALED, xp.spec((5, 4), xp.float64), "float64[5]")
    assert program.signature.outputs[0].shape == (5, 2)


@pytest.mark.parametrize("rows", [1, 3, 5])
def test_result_is_that_of_the_program(rows: int):
    program = xp.trace(lambda x, y: SCALED(x * 2, y=y), "float64[R, 4]", "float64[R]")
    found, wanted = program(X[:rows], Y[:rows]), SCALED(X[:rows] * 2, Y[:rows])
    np.testing.assert_array_equal(found["product"], wanted["product"])
    np.testing.assert_array_equal(found["pair"][0], wanted["pair"][0])
    np.testing.assert_array_equal(found["pair"][1], wanted["pair"][1])


def test_a_program_used_twice_is_written_once():
    """One function, one copy of the weights, and the recipe that caller and linked model use is one too."""

    def outer(x, y):
        return SCALED(x, y)["product"] + SCALED(x + 1, y)["product"] + xp.expm1(x[:, :2])

    model = xp.trace(outer, "float64[N, 4]", "float64[N]", functions=True).model
    assert sorted(f.name for f in model.functions) == ["expm1", "scaled"]
    assert [n.op_type for n in model.graph.node].count("scaled") == 2
    assert [list(t.dims) for t in model.graph.initializer].count([4, 2]) == 1


def test_mixed_inputs():
    program = xp.trace(
        lambda x: SCALED(x, Y)["pair"][0] + SCALED(x, xp.asarray(Y))["pair"][0], "float64[5, 4]"
    )
    np.testing.assert_array_equal(program(X), 2 * SCALED(X, Y)["pair"][0])


def test_concrete_arrays_still_run_the_model():
    assert isinstance(SCALED(X, Y)["product"], np.ndarray)
    found = SCALED(xp.asarray(X), Y)["product"]
    assert not found.is_traced
    np.testing.assert_array_equal(np.asarray(found), SCALED(X, Y)["product"])


def test_nested():
    middle = xp.trace(lambda a, b: SCALED(a, b)["product"] * 2, "float64[A, 4]", "float64[A]")
    outer = xp.trace(
        lambda x, y: middle(x, y) + SCALED(x, y)["product"],
        "float64[B, 4]",
        "float64[B]",
        functions=True,
    )
    (found,) = run(outer.model, {"x": X, "y": Y})
    np.testing.assert_array_equal(found, 3 * SCALED(X, Y)["product"])
    assert sorted(f.name for f in outer.model.functions).count("expm1") == 1


def test_two_programs_of_one_name():
    def make(number: float) -> xp.Program:
        def same(x):
            return xp.tanh(x) * number

        return xp.trace(same, "float64[N]", functions=True)

    a, b = make(2.0), make(3.0)
    model = xp.trace(lambda x: a(x) - b(x), "float64[N]", functions=True).model
    assert {f.name for f in model.functions} == {"same", "same_1", "tanh"}
    np.testing.assert_allclose(run(model, {"x": Y})[0], -np.tanh(Y), rtol=1e-14)


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclass
class Params:
    w: Any
    parts: Any


def test_structures_and_complex_planes():
    inner = xp.trace(
        lambda p, z: Pair(p.w * z, (xp.abs(p.parts[0]),)),
        Params("complex128[N]", ["float64[N]"]),
        "complex128[N]",
    )
    outer = xp.trace(
        lambda w, z: inner(Params(w, [xp.real(z)]), z=z), "complex128[K]", "complex128[K]"
    )
    w, z = Y + 1j, Y - 2j
    found = outer(w, z)
    assert type(found) is Pair
    np.testing.assert_array_equal(found.left, w * z)
    np.testing.assert_array_equal(found.right[0], np.abs(Y))
    assert outer.signature.outputs[0].shape == outer.signature.inputs[0].shape


def test_in_branches_and_loops():
    step = xp.trace(lambda x: xp.sin(x) + 1, "float64[N]")

    def looped(x):
        last, every = xp.scan(lambda c, _: (step(c), step(c)), x, None, 3)
        return xp.cond(xp.sum(x) > 0, lambda v: step(v), lambda v: -step(v), last), every

    wanted = Y
    for _ in range(3):
        wanted = np.sin(wanted) + 1
    wanted = np.sin(wanted) + 1
    traced = xp.trace(looped, "float64[N]")
    np.testing.assert_allclose(run(traced.model, {"x": Y})[0], wanted, rtol=1e-14)
    last, every = looped(xp.asarray(Y))  # eagerly
    np.testing.assert_allclose(np.asarray(last), wanted, rtol=1e-14)
    assert every.shape == (3, 5)


def test_in_jit():
    inner = xp.trace(lambda x: x * 2, "float32[N]")
    doubled = xp.jit(lambda x: inner(x) + 1)
    np.testing.assert_array_equal(doubled(np.ones(3, np.float32)), np.full(3, 3, np.float32))


def test_sizes_that_are_expressions():
    inner = xp.trace(lambda x: x[1:, :], "float32[2*N + 1, M]")
    outer = xp.trace(inner, "float32[9, M]")
    assert outer.signature.outputs[0].shape[0] == 8


@given(factor=st.integers(1, 4), offset=st.integers(0, 3), size=st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_sizes_fit_or_are_refused(factor: int, offset: int, size: int):
    inner = xp.trace(lambda x: xp.concat([x, x[1:]]), f"float32[{factor}*N + {offset}]")
    n, rest = divmod(size - offset, factor)
    if rest or n < 1:
        with pytest.raises(xp.errors.FeedError, match="axis 0 of 'x'"):
            xp.trace(inner, xp.spec((size,), xp.float32))
        return
    outer = xp.trace(inner, xp.spec((size,), xp.float32))
    assert outer.signature.outputs[0].shape == (2 * size - 1,)
    x = np.arange(size, dtype=np.float32)
    np.testing.assert_array_equal(outer(x), np.concatenate([x, x[1:]]))


def test_symbols_of_one_name_are_not_confused():
    """The inner N is the outer M, the inner M the outer N."""
    inner = xp.trace(lambda x, y: (xp.concat([x, x]), y), "float64[N]", "float64[M]")
    outer = xp.trace(lambda x, y: inner(x, y), "float64[M]", "float64[N]")
    (m,), (n,) = (leaf.shape for leaf in outer.signature.inputs)
    assert [leaf.shape for leaf in outer.signature.outputs] == [(2 * m,), (n,)]


def test_saved_and_loaded(load):
    program = load(SCALED.model)
    outer = xp.trace(lambda x, y: program(x, y), "float64[K, 4]", "float64[K]")
    assert outer.signature.outputs[0].shape == (outer.signature.inputs[1].shape[0], 2)
    np.testing.assert_array_equal(outer(X, Y)["pair"][1], [1, 2, 4])


def test_arguments_made_by_hand():
    x, y = xp.argument(("K", 4), xp.float64, name="x"), xp.argument("K", xp.float64, name="y")
    model = xp.build({"x": x, "y": y}, {"product": SCALED(x, y)["product"]})
    np.testing.assert_array_equal(run(model, {"x": X, "y": Y})[0], SCALED(X, Y)["product"])


def test_arrays_of_two_traces():
    kept = []
    xp.trace(lambda x: (kept.append(x), x)[1], "float64[N, 4]")
    with pytest.raises(xp.errors.OnnxpError, match="trace"):
        xp.trace(lambda y: SCALED(kept[0], y), "float64[N]")


@pytest.mark.parametrize(
    ("specs", "text"),
    [
        (("float32[N, 4]", "float64[N]"), "has dtype float32"),
        (("float64[N]", "float64[N]"), "has shape"),
        (("float64[N, 3]", "float64[N]"), "has shape"),
        (("float64[3, 4]", "float64[4]"), "N is 4, but it is 3 by axis 0 of 'x'"),
        (("float64[N, 4]", "float64[N + 1]"), "N is N\\+1, but it is N by"),
        (("float64[0, 4]", "float64[0]"), "declared at least 1"),
    ],
)
def test_inputs_that_do_not_fit(specs: tuple[str, str], text: str):
    with pytest.raises(xp.errors.FeedError, match=text):
        xp.trace(SCALED, *specs)


@pytest.mark.parametrize("call", ["SCALED(x)", "SCALED(x, x, x)", "SCALED(x, z=x)"])
def test_inputs_that_are_missing_or_too_many(call: str):
    with pytest.raises(xp.errors.FeedError):
        xp.trace(lambda x: eval(call, {"SCALED": SCALED, "x": x}), "float64[N, 4]")


def test_sizes_that_may_fit_are_checked_when_the_model_runs():
    outer = xp.trace(SCALED, "float64[A, B]", "float64[C]")
    assert outer.signature.outputs[0].shape[1] == 2
    np.testing.assert_array_equal(run(outer.model, outer.feeds(X, Y))[0], SCALED(X, Y)["product"])
    with pytest.raises(Exception, match=r"[Rr]eshape"):
        run(outer.model, outer.feeds(X, Y[:1]))
    with pytest.raises(Exception, match=r"[Rr]eshape"):
        run(outer.model, outer.feeds(X[:, :3], Y))


def test_opset_limit():
    if installed_opset() < 26:
        pytest.skip(
            "needs a program of a newer opset: https://onnxruntime.ai/docs/reference/compatibility.html"
        )
    inner = xp.trace(lambda x: xp.signbit(x), "float64[N]", opset=26)
    assert inner.model.opset_import[0].version == 26
    with pytest.raises(xp.errors.OpsetError, match="needs opset 26, but opset=21 was given"):
        xp.trace(inner, "float64[N]", opset=21)


def absolute(x: xp.Array) -> xp.Array:
    return -x if xp.any(x < 0) else x


@pytest.mark.parametrize("kept", ["as it is", "pickled", "saved"])
def test_assumptions_are_passed_on(load, kept: str, subtests: pytest.Subtests):
    inner = xp.trace(absolute, "float64[N]", example=-Y[1:], check_assumptions=kept == "saved")
    if kept == "pickled":
        inner = pickle.loads(pickle.dumps(inner))
    elif kept == "saved":
        inner = load(inner.model)
    for options in ({}, {"example": -Y[1:]}):
        with subtests.test(example="example" in options):
            outer = xp.trace(
                lambda x: inner(x * 2), "float64[M]", check_assumptions=True, **options
            )
            (assumption,) = outer.assumptions
            assert "any(x < 0.0)" in assumption.text
            np.testing.assert_array_equal(outer(-Y, check=True), 2 * Y)
            assert [bool(run(outer.model, {"x": data})[1]) for data in (-Y, Y)] == [True, False]
            with pytest.raises(xp.errors.AssumptionError, match="any"):
                outer(Y, check=True)
    with pytest.raises(xp.errors.AssumptionError, match="does not hold for the example"):
        xp.trace(lambda x: inner(x), "float64[M]", example=Y)


def test_assumptions_that_nobody_can_check(load):
    inner = load(xp.trace(absolute, "float64[N]", example=-Y[1:]).model)
    with pytest.raises(xp.errors.InlineError, match="check_assumptions=True"):
        xp.trace(lambda x: inner(x), "float64[M]")
    known = xp.trace(absolute, "float64[N]", example=-Y[1:])
    with pytest.raises(xp.errors.InlineError, match=r"pass one to xp\.argument"):
        known(xp.argument("M", xp.float64))
    x = xp.argument("M", xp.float64, example=-Y)
    model = xp.build({"x": x}, {"y": known(x)}, check_assumptions=True)
    assert [bool(run(model, {"x": data})[1]) for data in (-Y, Y)] == [True, False]


def test_examples_go_through_programs():
    inner = xp.trace(lambda x: x - 1, "float64[N]")
    outer = xp.trace(lambda x: absolute(inner(x)), "float64[N]", example=Y)
    assert len(outer.assumptions) == 1
    np.testing.assert_array_equal(outer(Y), np.where(True, -(Y - 1), 0))


def test_pickled_and_shared_by_threads():
    program = pickle.loads(pickle.dumps(copy.deepcopy(SCALED)))
    models = []

    def work() -> None:
        traced = xp.trace(lambda x, y: program(x, y), "float64[N, 4]", "float64[N]")
        models.append(traced.model.SerializeToString(deterministic=True))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(models) == 4
    assert len(set(models)) == 1


VECTOR = np.asarray([1.0, 2.0, 3.0], np.float32)


@pytest.mark.parametrize(
    ("inner", "sizes", "outer"),
    [
        (lambda a: a @ VECTOR, "M, 3", lambda f, x: f(x.T)),
        (lambda a: a @ VECTOR, "M, 3", lambda f, x: f(xp.exp(x.T) + 1)),
        (lambda a: a.T, "3, M", lambda f, x: f(x) @ VECTOR),
    ],
)
def test_what_is_turned_and_a_vector_on_two_sides_of_a_call(inner, sizes, outer) -> None:
    """Default optimisations join them in a way that is wrong: see `runtime_bugs`."""
    called = xp.trace(inner, f"float32[{sizes}]")
    program = xp.trace(lambda x: outer(called, x), "float32[3, N]")
    data = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    session = sessions.both(program.model)
    (found,) = session.run(None, {"x": data})
    np.testing.assert_allclose(found, np.asarray(outer(inner, xp.asarray(data))), rtol=1e-5)


def test_bounds_that_were_declared_hold_for_the_caller(subtests: pytest.Subtests) -> None:
    several = xp.trace(lambda x: x * 2 if x.shape[0] > 1 else x, "float32[N>=2]")
    few = xp.trace(lambda x: x * 2, "float32[N<=4]")
    for called, spec, good in (
        (several, "float32[A]", False),
        (several, "float32[A>=2]", True),
        (several, "float32[1<=A<=1]", False),
        (few, "float32[A]", False),
        (few, "float32[1<=A<=4]", True),
    ):
        with subtests.test(program=repr(called), spec=spec):
            if good:
                xp.trace(lambda a, called=called: called(a), spec)
            else:
                with pytest.raises(xp.errors.FeedError, match="declared at least"):
                    xp.trace(lambda a, called=called: called(a), spec)
    example = np.ones(3, np.float32)
    program = xp.trace(lambda a: several(a), "float32[A]", example=example)
    assert [a.text for a in program.assumptions] == ["A >= 2"]
    # the bound by default is not asked for: what data select may be nothing
    xp.trace(lambda a: xp.trace(lambda x: x * 2, "float32[N]")(a[a > 0]), "float32[A]")


def test_a_damaged_weight_that_nothing_reads(tmp_path: Path) -> None:
    node = onnx.helper.make_node("Add", ["x", "x"], ["y"])
    infos = [onnx.helper.make_tensor_value_info(name, 1, ["N"]) for name in "xy"]
    damaged = onnx.TensorProto(name="w", data_type=1, dims=[4])
    graph = onnx.helper.make_graph([node], "g", infos[:1], infos[1:], [damaged])
    model = onnx.helper.make_model(
        graph, ir_version=10, opset_imports=[onnx.helper.make_opsetid("", 21)]
    )
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    program = xp.load(path)
    with pytest.raises(xp.errors.ModelFileError, match="the initializer 'w' is damaged"):
        xp.trace(lambda x: program(x)["y"], "float32[N]")
