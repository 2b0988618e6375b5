"""Programs called on traced arrays: own ones, and models from anywhere."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

import onnxp as xp
from onnxp._src.ops.versions import installed_opset
from onnxp._src.program.signature import signature_of
from tests.helpers import sessions

FLOAT, INT64, BOOL, DOUBLE = (
    TensorProto.FLOAT,
    TensorProto.INT64,
    TensorProto.BOOL,
    TensorProto.DOUBLE,
)


def run(model: onnx.ModelProto, feeds: Mapping[str, Any]) -> list[np.ndarray]:
    """Run a model as anybody would who has nothing but the runtime."""
    onnx.checker.check_model(model, full_check=True)
    return sessions.run(model, feeds)


def values(*infos: tuple[str, int, Sequence[Any] | None]) -> list[onnx.ValueInfoProto]:
    return [helper.make_tensor_value_info(*info) for info in infos]


def model_of(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    weights: Mapping[str, np.ndarray] | None = None,
    *,
    opset: int = 21,
    domains: Mapping[str, int] | None = None,
    functions: Sequence[onnx.FunctionProto] = (),
    name: str = "other",
) -> onnx.ModelProto:
    tensors = [numpy_helper.from_array(data, n) for n, data in (weights or {}).items()]
    graph = helper.make_graph(nodes, name, inputs, outputs, tensors)
    imports = {"": opset, **(domains or {})}
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid(*entry) for entry in imports.items()],
        functions=functions,
        ir_version=10 if functions else 8,
    )


@pytest.fixture
def load(tmp_path: Path) -> Callable[[onnx.ModelProto], xp.Program]:
    def loaded(model: onnx.ModelProto) -> xp.Program:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.onnx"
        onnx.save(model, path)
        return xp.load(path)

    return loaded


def compare(program: xp.Program, feeds: Mapping[str, np.ndarray], **options: Any) -> xp.Program:
    """Trace a function that calls a program, with symbolic and static sizes, and compare with the program."""
    expected = program(**feeds)
    if isinstance(expected, dict):
        expected = list(expected.values())
    for symbolic in (True, False):
        specs = {
            name: xp.spec(
                [f"{name}{i}>=0" if symbolic else n for i, n in enumerate(data.shape)], data.dtype
            )
            for name, data in feeds.items()
        }
        traced = xp.trace(lambda **given: list(program(**given).values()), **specs, **options)
        results = run(traced.model, feeds)
        for result, wanted, leaf in zip(results, expected, traced.signature.outputs, strict=True):
            # a runtime's default optimisations re-associate a little
            np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-6)
            assert result.dtype == wanted.dtype
            assert len(leaf.shape) == result.ndim
            assert all(
                type(size) is not int or size == n
                for size, n in zip(leaf.shape, result.shape, strict=True)
            )
    return traced


# Own programs


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


# Foreign models

node = helper.make_node
F34 = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)


def test_weights_become_constants(load):
    weights = {
        "w": np.ones((4, 2), np.float32),
        "b": np.zeros(2, np.float32),
        "s": np.array([-1, 2]),
    }
    program = load(
        model_of(
            [
                node("MatMul", ["x", "w"], ["m"]),
                node("Add", ["m", "b"], ["a"]),
                node("Reshape", ["a", "s"], ["y"]),
            ],
            values(("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, ["n", 2])),
            weights,
        )
    )
    compare(program, {"x": F34})
    twice = xp.trace(
        lambda x: program(x)["y"] + program(x * 2)["y"], "float32[N, 4]", functions=True
    ).model
    assert {t.name: list(t.dims) for t in twice.graph.initializer if t.dims} == {
        "w": [4, 2],
        "b": [2],
    }
    assert [f.name for f in twice.functions] == ["other"]
    assert not [
        n
        for f in twice.functions
        for n in f.node
        if n.op_type == "Constant" and n.output[0] in "wb"
    ]


def test_batch_stays_symbolic(load):
    program = load(
        model_of(
            [node("Relu", ["x"], ["r"]), node("Flatten", ["r"], ["y"])],
            values(("x", FLOAT, ["batch", 2, 3])),
            values(("y", FLOAT, ["batch", 6])),
        )
    )
    traced = xp.trace(lambda x: program(x)["y"], "float32[N, 2, 3]")
    assert traced.signature.outputs[0].shape == (traced.signature.inputs[0].shape[0], 6)


def test_data_dependent_sizes_are_unknown(load):
    program = load(
        model_of(
            [node("NonZero", ["x"], ["y"])],
            values(("x", FLOAT, [None])),
            values(("y", INT64, [1, 7])),
        )
    )
    traced = xp.trace(lambda x: program(x)["y"], "float32[N]")
    (rank, size) = traced.signature.outputs[0].shape
    assert rank == 1
    assert type(size) is not int or size == 7
    (found,) = run(traced.model, {"x": np.array([0, 1, 1, 1, 1, 1, 1, 1], np.float32)})
    assert found.shape == (1, 7)


def test_declared_row_count_is_not_believed(load):
    """LightGBM's converter declares one label, whatever the number of rows."""
    domain = {"com.microsoft": 1}
    program = load(
        model_of(
            [node("NonZero", ["x"], ["i"]), node("Squeeze", ["i"], ["y"])],
            values(("x", FLOAT, [None])),
            values(("y", INT64, [1])),
            domains=domain,
        )
    )
    traced = xp.trace(lambda x: program(x)["y"] * 1, "float32[N]")
    assert run(traced.model, {"x": np.ones(3, np.float32)})[0].tolist() == [0, 1, 2]


def test_if_with_captures_and_its_own_weights(load):
    bias = numpy_helper.from_array(np.float32([5]), "bias")
    then = helper.make_graph(
        [node("Add", ["x", "bias"], ["t"])], "then", [], values(("t", FLOAT, None)), [bias]
    )
    other = helper.make_graph(
        [node("MatMul", ["x", "w"], ["e"])], "else", [], values(("e", FLOAT, None))
    )
    program = load(
        model_of(
            [node("If", ["c"], ["y"], then_branch=then, else_branch=other)],
            values(("c", BOOL, []), ("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, ["n", 4])),
            {"w": np.eye(4, dtype=np.float32) * 2},
        )
    )
    for condition in (True, False):
        compare(program, {"c": np.array(condition), "x": F34})


def test_loop_and_scan(load):
    body = helper.make_graph(
        [
            node("Add", ["s", "one"], ["s2"]),
            node("Identity", ["s2"], ["o"]),
            node("Identity", ["go"], ["go2"]),
        ],
        "body",
        values(("i", INT64, []), ("go", BOOL, []), ("s", FLOAT, ["a", "b"])),
        values(("go2", BOOL, []), ("s2", FLOAT, ["a", "b"]), ("o", FLOAT, ["a", "b"])),
    )
    step = helper.make_graph(
        [node("Add", ["c", "v"], ["c2"]), node("Identity", ["c2"], ["w"])],
        "step",
        values(("c", FLOAT, [4]), ("v", FLOAT, [4])),
        values(("c2", FLOAT, [4]), ("w", FLOAT, [4])),
    )
    program = load(
        model_of(
            [
                node("Loop", ["n", "", "x"], ["last", "all"], body=body),
                node("ReduceSum", ["x"], ["zero"], keepdims=0),
                node("Expand", ["zero", "four"], ["start"]),
                node("Scan", ["start", "x"], ["total", "sums"], body=step, num_scan_inputs=1),
            ],
            values(("x", FLOAT, ["rows", 4])),
            values(("last", FLOAT, None), ("all", FLOAT, None), ("sums", FLOAT, None)),
            {"n": np.array(3), "one": np.ones((1, 4), np.float32), "four": np.array([4])},
        )
    )
    compare(program, {"x": F34})


def test_local_functions_and_their_names(load):
    def function(name: str, op: str) -> onnx.FunctionProto:
        return helper.make_function(
            "mine", name, ["a"], ["b"], [node(op, ["a"], ["b"])], [helper.make_opsetid("", 21)]
        )

    outer = helper.make_function(
        "mine",
        "other",
        ["a"],
        ["b"],
        [node("expm1", ["a"], ["c"], domain="mine"), node("Neg", ["c"], ["b"])],
        [helper.make_opsetid("", 21), helper.make_opsetid("mine", 1)],
    )
    program = load(
        model_of(
            [node("other", ["x"], ["y"], domain="mine")],
            values(("x", FLOAT, ["n"])),
            values(("y", FLOAT, ["n"])),
            domains={"mine": 1},
            functions=[function("expm1", "Abs"), outer],
        )
    )
    traced = xp.trace(lambda x: (program(x)["y"], xp.expm1(x)), "float32[N]")
    found, own = run(traced.model, {"x": F34[0]})
    np.testing.assert_array_equal(found, -np.abs(F34[0]))
    np.testing.assert_allclose(own, np.expm1(F34[0]), rtol=1e-6)
    assert "mine" not in {entry.domain for entry in traced.model.opset_import}


def test_default_and_left_out_inputs(load):
    program = load(
        model_of(
            [node("Clip", ["x", "", "top"], ["y"])],
            values(("x", FLOAT, ["n"]), ("top", FLOAT, [])),
            values(("y", FLOAT, ["n"])),
            {"top": np.float32(0.5)},
        )
    )
    compare(program, {"x": F34[0]})


def test_outputs_that_are_inputs_weights_or_twins(load):
    program = load(
        model_of(
            [node("Neg", ["x"], ["y"])],
            values(("x", FLOAT, ["n"])),
            values(("y", FLOAT, ["n"]), ("w", FLOAT, [2])),
            {"w": np.ones(2, np.float32)},
        )
    )
    compare(program, {"x": F34[0]})


def test_other_domains(load):
    program = load(
        model_of(
            [node("FusedMatMul", ["x", "x"], ["y"], domain="com.microsoft", transB=1)],
            values(("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, None)),
            domains={"com.microsoft": 1},
        )
    )
    traced = compare(program, {"x": F34})
    assert {e.domain: e.version for e in traced.model.opset_import}["com.microsoft"] == 1


def test_strange_names(load):
    """Names of the linked model are its own, whatever the caller's are, or how they are written."""
    program = load(
        model_of(
            [node("Neg", ["x y/z:0"], ["Add"]), node("Abs", ["Add"], ["add out"])],
            values(("x y/z:0", FLOAT, ["n"])),
            values(("add out", FLOAT, ["n"])),
            name="a b/c",
        )
    )
    traced = xp.trace(lambda add: program(add + 1)["add out"] + 1, "float32[N]")
    np.testing.assert_array_equal(run(traced.model, {"add": F34[0]})[0], np.abs(F34[0] + 1) + 1)


IMAGE = np.random.default_rng(2).normal(size=(1, 2, 4, 6)).astype(np.float32)
CONVERTED: dict[str, tuple[int, onnx.NodeProto, dict[str, np.ndarray], dict[str, np.ndarray]]] = {
    "Relu": (7, node("Relu", ["x"], ["y"]), {"x": F34}, {}),
    "Softmax": (11, node("Softmax", ["x"], ["y"], axis=0), {"x": F34}, {}),
    "Softmax of rank 4": (9, node("Softmax", ["x"], ["y"]), {"x": IMAGE}, {}),
    "LogSoftmax": (11, node("LogSoftmax", ["x"], ["y"], axis=2), {"x": IMAGE}, {}),
    "Hardmax": (11, node("Hardmax", ["x"], ["y"]), {"x": IMAGE}, {}),
    "Clip": (7, node("Clip", ["x"], ["y"], min=-0.5, max=0.5), {"x": F34}, {}),
    "Squeeze": (11, node("Squeeze", ["x"], ["y"], axes=[0]), {"x": IMAGE}, {}),
    "Unsqueeze": (11, node("Unsqueeze", ["x"], ["y"], axes=[0, 2]), {"x": F34}, {}),
    "ReduceSum": (11, node("ReduceSum", ["x"], ["y"], axes=[1], keepdims=0), {"x": F34}, {}),
    "ReduceMean": (17, node("ReduceMean", ["x"], ["y"], axes=[-1]), {"x": F34}, {}),
    "Split": (11, node("Split", ["x"], ["y", "z"], axis=1), {"x": F34}, {}),
    "Split in parts": (11, node("Split", ["x"], ["y", "z"], axis=1, split=[1, 3]), {"x": F34}, {}),
    "Split of 13": (13, node("Split", ["x"], ["y", "z"], axis=1), {"x": F34}, {}),
    "Pad": (10, node("Pad", ["x"], ["y"], pads=[0, 1, 2, 0], value=3.0), {"x": F34}, {}),
    "Slice": (9, node("Slice", ["x"], ["y"], starts=[1], ends=[3], axes=[1]), {"x": F34}, {}),
    "TopK": (9, node("TopK", ["x"], ["y", "z"], k=2), {"x": F34}, {}),
    "Pad of doubles": (
        10,
        node("Pad", ["x"], ["y"], pads=[0, 1, 2, 0]),
        {"x": F34.astype(float)},
        {},
    ),
    "Pad by reflection": (
        9,
        node("Pad", ["x"], ["y"], pads=[0, 1, 1, 0], mode="reflect"),
        {"x": F34},
        {},
    ),
    "Dropout with its mask": (10, node("Dropout", ["x"], ["y", "mask"]), {"x": F34}, {}),
    "Dropout": (11, node("Dropout", ["x"], ["y"], ratio=0.3), {"x": F34}, {}),
    "Scatter": (
        10,
        node("Scatter", ["x", "i", "x"], ["y"], axis=1),
        {"x": F34},
        {"i": np.array([[3, 2, 1, 0]] * 3)},
    ),
    "Upsample": (
        9,
        node("Upsample", ["x", "s"], ["y"]),
        {"x": IMAGE},
        {"s": np.float32([1, 1, 2, 3])},
    ),
    "Upsample linear": (
        9,
        node("Upsample", ["x", "s"], ["y"], mode="linear"),
        {"x": IMAGE},
        {"s": np.float32([1, 1, 2, 2])},
    ),
    "Resize linear": (
        10,
        node("Resize", ["x", "s"], ["y"], mode="linear"),
        {"x": IMAGE},
        {"s": np.float32([1, 1, 2, 2])},
    ),
    "BatchNormalization": (
        9,
        node("BatchNormalization", ["x", "a", "a", "a", "b"], ["y"]),
        {"x": IMAGE},
        {"a": np.float32([1, 2]), "b": np.float32([3, 4])},
    ),
    "Gemm": (
        9,
        node("Gemm", ["x", "w", "b"], ["y"]),
        {"x": F34},
        {"w": np.ones((4, 2), np.float32), "b": np.ones(2, np.float32)},
    ),
    "RoiAlign": (
        10,
        node("RoiAlign", ["x", "r", "i"], ["y"], output_height=2, output_width=2),
        {"x": IMAGE},
        {"r": np.float32([[0, 0, 3, 2]]), "i": np.array([0])},
    ),
    "DFT": (17, node("DFT", ["x"], ["y"]), {"x": F34[:, :, None]}, {}),
    "Cast": (8, node("Cast", ["x"], ["y"], to=INT64), {"x": F34}, {}),
    "OneHot": (
        9,
        node("OneHot", ["i", "d", "v"], ["y"]),
        {"i": np.array([0, 2])},
        {"d": np.array(3), "v": np.float32([0, 1])},
    ),
    "AveragePool": (7, node("AveragePool", ["x"], ["y"], kernel_shape=[2, 2]), {"x": IMAGE}, {}),
    "Reshape": (8, node("Reshape", ["x", "s"], ["y"]), {"x": F34}, {"s": np.array([0, 2, -1])}),
}


@pytest.mark.parametrize("case", CONVERTED)
def test_older_opsets_are_raised(load, case: str):
    opset, operator, inputs, weights = CONVERTED[case]
    infos = [
        (n, helper.np_dtype_to_tensor_dtype(d.dtype), [None] * d.ndim) for n, d in inputs.items()
    ]
    model = model_of(
        [operator],
        values(*infos),
        [helper.make_empty_tensor_value_info(n) for n in operator.output],
        weights,
        opset=opset,
    )
    inferred = onnx.shape_inference.infer_shapes(model)
    for info, known in zip(model.graph.output, inferred.graph.output, strict=True):
        elem_type = known.type.tensor_type.elem_type or FLOAT
        info.type.tensor_type.elem_type = elem_type
    program = load(model)
    compare(program, inputs)


@pytest.mark.parametrize(
    ("opset", "operator", "inputs"),
    [
        (18, node("GroupNormalization", ["x", "w", "w"], ["y"], num_groups=2), IMAGE),
        (10, node("Resize", ["x", "s"], ["y"]), IMAGE),
        (6, node("Relu", ["x"], ["y"]), F34),
    ],
)
def test_what_can_not_be_raised_is_refused(
    opset: int, operator: onnx.NodeProto, inputs: np.ndarray
):
    model = model_of(
        [operator],
        values(("x", FLOAT, [None] * inputs.ndim)),
        values(("y", FLOAT, [None] * inputs.ndim)),
        {"w": np.ones(2, np.float32), "s": np.float32([1, 1, 2, 2])},
        opset=opset,
    )
    program = xp.Program(model, signature_of(model))
    with pytest.raises(xp.errors.InlineError, match=f"opset {opset}"):
        xp.trace(lambda x: program(x)["y"], xp.spec(("N", *inputs.shape[1:]), xp.float32))


def test_old_operators_in_subgraphs_and_functions(load):
    then = helper.make_graph(
        [node("Squeeze", ["x"], ["t"], axes=[0])], "then", [], values(("t", FLOAT, None))
    )
    other = helper.make_graph(
        [node("ReduceSum", ["x"], ["e"], axes=[0], keepdims=0)],
        "else",
        [],
        values(("e", FLOAT, None)),
    )
    program = load(
        model_of(
            [node("If", ["c"], ["y"], then_branch=then, else_branch=other)],
            values(("c", BOOL, []), ("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, [4])),
            opset=11,
        )
    )
    for condition in (True, False):
        compare(program, {"c": np.array(condition), "x": F34[:1]})


def test_sequences_inside_are_all_right(load):
    program = load(
        model_of(
            [
                node("SplitToSequence", ["x"], ["s"], axis=1),
                node("ConcatFromSequence", ["s"], ["y"], axis=0),
            ],
            values(("x", FLOAT, [3, 4])),
            values(("y", FLOAT, [12, 1])),
        )
    )
    compare(program, {"x": F34})


def test_outputs_that_are_no_tensors(load):
    sequence = helper.make_tensor_sequence_value_info("s", FLOAT, None)
    nodes = [node("SplitToSequence", ["x"], ["s"], axis=1), node("Neg", ["x"], ["y"])]
    program = load(
        model_of(nodes, values(("x", FLOAT, [3, 4])), [sequence, *values(("y", FLOAT, [3, 4]))])
    )

    def use(x, name):
        return program(x)[name]

    traced = xp.trace(lambda x: use(x, "y"), "float32[3, 4]")
    np.testing.assert_array_equal(traced(F34), -F34)
    with pytest.raises(xp.errors.InlineError, match="'s' is a sequence"):
        xp.trace(lambda x: use(x, "s"), "float32[3, 4]")
    with pytest.raises(KeyError):
        xp.trace(lambda x: use(x, "t"), "float32[3, 4]")
    only = load(model_of(nodes[:1], values(("x", FLOAT, [3, 4])), [sequence]))
    with pytest.raises(xp.errors.InlineError, match="no output is a tensor"):
        xp.trace(lambda x: only(x), "float32[3, 4]")


def test_inputs_that_are_no_tensors(load):
    sequence = helper.make_tensor_sequence_value_info("s", FLOAT, None)
    program = load(
        model_of(
            [node("ConcatFromSequence", ["s"], ["y"], axis=0)],
            [sequence],
            values(("y", FLOAT, None)),
        )
    )
    with pytest.raises(xp.errors.InlineError, match="'s' is a sequence"):
        xp.trace(lambda x: program(x)["y"], "float32[3]")


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("float64[N, 4]", "has dtype"),
        ("float32[4]", "has shape"),
        ("float32[N, 5]", "does not take x: float32"),
    ],
)
def test_foreign_inputs_that_do_not_fit(load, spec: str, text: str):
    program = load(
        model_of(
            [node("MatMul", ["x", "w"], ["y"])],
            values(("x", FLOAT, ["n", "m"])),
            values(("y", FLOAT, ["n", 2])),
            {"w": np.ones((4, 2), np.float32)},
        )
    )
    with pytest.raises(xp.errors.FeedError, match=text):
        xp.trace(lambda x: program(x)["y"], spec)


def test_domains_that_contradict_each_other(load):
    """A tree of the first version goes with one of the third, but not with what replaced both."""
    tree = {
        "nodes_treeids": [0, 0, 0], "nodes_nodeids": [0, 1, 2], "nodes_featureids": [0, 0, 0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"], "nodes_values": [0.5, 0.0, 0.0],
        "nodes_truenodeids": [1, 0, 0], "nodes_falsenodeids": [2, 0, 0],
        "target_treeids": [0, 0], "target_nodeids": [1, 2], "target_ids": [0, 0], "target_weights": [1.0, 2.0],
        "n_targets": 1,
    }  # fmt: skip
    programs = [
        load(
            model_of(
                [node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", **tree)],
                values(("x", FLOAT, ["n", 4])),
                values(("y", FLOAT, ["n", 1])),
                domains={"ai.onnx.ml": version},
                opset=15,
            )
        )
        for version in (1, 3)
    ]
    traced = xp.trace(lambda x: programs[0](x)["y"] + programs[1](x)["y"], "float32[N, 4]")
    assert {e.domain: e.version for e in traced.model.opset_import}["ai.onnx.ml"] == 3
    np.testing.assert_array_equal(run(traced.model, {"x": F34})[0], 2 * programs[0](F34)["y"])
    keys = {"keys_int64s": [1], "values_int64s": [2], "domain": "ai.onnx.ml", "version": 4}
    xp.trace(
        lambda x, i: (programs[0](x)["y"], xp.onnx.op("LabelEncoder", i, **keys)),
        "float32[N, 4]",
        "int64[N]",
    )

    model = model_of(
            [
                node(
                    "TreeEnsemble", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1, tree_roots=[0],
                    nodes_featureids=[0], nodes_modes=numpy_helper.from_array(np.uint8([0])),
                    nodes_splits=numpy_helper.from_array(np.float32([0.5])),
                    nodes_truenodeids=[0], nodes_trueleafs=[1], nodes_falsenodeids=[1], nodes_falseleafs=[1],
                    leaf_targetids=[0, 0], leaf_weights=numpy_helper.from_array(np.float32([1, 2])),
                )
            ],
            values(("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, ["n", 1])),
            domains={"ai.onnx.ml": 5},
    )  # fmt: skip
    newest = xp.Program(model, signature_of(model))  # onnxruntime 1.20.1 has no kernel
    with pytest.raises(xp.errors.InlineError, match="TreeEnsembleRegressor of version 1"):
        xp.trace(lambda x: programs[0](x)["y"] + newest(x)["y"], "float32[N, 4]")


def test_domains_that_nobody_knows_keep_their_version():
    def program(version: int) -> xp.Program:
        model = model_of(
            [node("Foo", ["x"], ["y"], domain="org.example")],
            values(("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, ["n", 4])),
            domains={"org.example": version},
        )
        return xp.Program(model, signature_of(model))

    two, three = program(2), program(3)
    traced = xp.trace(lambda x: two(x)["y"], "float32[N, 4]")
    assert {e.domain: e.version for e in traced.model.opset_import}["org.example"] == 2
    rows, columns = traced.signature.outputs[0].shape
    assert columns == 4  # declared, and checked when the model runs
    assert "Reshape" in {n.op_type for n in traced.model.graph.node}
    assert type(rows) is not int
    with pytest.raises(xp.errors.InlineError, match=r"org\.example in version 2"):
        xp.trace(lambda x: two(x)["y"] + three(x)["y"], "float32[N, 4]")


def test_outputs_of_unknown_rank():
    model = model_of(
        [node("Foo", ["x"], ["y", "z"], domain="org.example")],
        values(("x", FLOAT, ["n"])),
        values(("y", FLOAT, None), ("z", FLOAT, ["n"])),
        domains={"org.example": 1},
    )
    program = xp.Program(model, signature_of(model))
    assert (
        xp.trace(lambda x: program(x)["z"], "float32[N]").signature.outputs[0].dtype is xp.float32
    )
    with pytest.raises(xp.errors.InlineError, match="rank that is not known"):
        xp.trace(lambda x: program(x)["y"], "float32[N]")


def test_the_long_name_of_the_domain(load):
    program = load(
        model_of(
            [node("Squeeze", ["x"], ["y"], axes=[0], domain="ai.onnx")],
            values(("x", FLOAT, [1, "n"])),
            values(("y", FLOAT, ["n"])),
            opset=12,
        )
    )
    compare(program, {"x": F34[:1]})


def test_old_functions(load):
    function = helper.make_function(
        "mine",
        "squeezed",
        ["a"],
        ["b"],
        [node("Squeeze", ["a"], ["c"], axes=[0]), node("Softmax", ["c"], ["b"])],
        [helper.make_opsetid("", 12)],
    )
    program = load(
        model_of(
            [node("squeezed", ["x"], ["y"], domain="mine")],
            values(("x", FLOAT, [1, 3, 4])),
            values(("y", FLOAT, [3, 4])),
            opset=12,
            domains={"mine": 1},
            functions=[function],
        )
    )
    compare(program, {"x": F34[None]})


def test_foreign_models_in_eager_branches_and_jit(load):
    program = load(
        model_of(
            [node("MatMul", ["x", "w"], ["y"])],
            values(("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, ["n", 2])),
            {"w": np.ones((4, 2), np.float32)},
        )
    )

    def branch(x: xp.Array) -> xp.Array:
        return xp.cond(xp.sum(x) > 0, lambda v: program(v)["y"], lambda v: program(-v)["y"], x)

    wanted = np.abs(F34.sum()) / F34.sum() * F34 @ np.ones((4, 2), np.float32)
    np.testing.assert_allclose(np.asarray(branch(xp.asarray(F34))), wanted, rtol=1e-6)
    np.testing.assert_allclose(xp.jit(branch)(F34), wanted, rtol=1e-6)


def test_text_goes_through(load):
    program = load(
        model_of(
            [node("StringConcat", ["x", "end"], ["y"])],
            values(("x", TensorProto.STRING, ["n"])),
            values(("y", TensorProto.STRING, ["n"])),
            {"end": np.array(["!"], object)},
        )
    )
    traced = xp.trace(lambda x: program(x)["y"] == "a!", "string[N]")
    assert run(traced.model, {"x": np.array(["a", "b"], object)})[0].tolist() == [True, False]
    counted = xp.trace(lambda x: x + program(np.array(["b"]))["y"].shape[0], "int64[N]")
    assert counted(np.array([4])).tolist() == [5]


# Models of other libraries


def test_forest_and_boosting_of_other_tools(load, subtests: pytest.Subtests):
    import lightgbm
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType
    from skl2onnx import to_onnx
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier

    X, y = load_iris(return_X_y=True)
    X = X.astype(np.float32)
    forest = RandomForestClassifier(8, max_depth=4, random_state=0).fit(X, y)
    words = np.array(["setosa", "versicolor", "virginica"])
    named = RandomForestClassifier(8, max_depth=4, random_state=0).fit(X, words[y])
    boosting = lightgbm.LGBMClassifier(n_estimators=8, verbose=-1, random_state=0).fit(X, y)
    kind = [("x", FloatTensorType([None, 4]))]
    models = {
        "forest": to_onnx(forest, X[:1], options={"zipmap": False}, target_opset=18),
        "forest_zipped": to_onnx(forest, X[:1], target_opset=18),
        "words": to_onnx(named, X[:1], options={"zipmap": False}, target_opset=18),
        "boosting": convert_lightgbm(boosting, initial_types=kind, zipmap=False, target_opset=15),
        "boosting_zipped": convert_lightgbm(boosting, initial_types=kind, target_opset=15),
    }
    programs = {name: load(model) for name, model in models.items()}

    def pipeline(X):
        """Half of the one and half of the other, of standardised and restored features."""
        X = (X - 1) + 1
        result = {}
        for name, program in programs.items():
            outputs = program(X)
            result[name] = next(v for k, v in outputs.items() if "prob" in k)
            result[f"{name}_label"] = next(v for k, v in outputs.items() if "label" in k)
        result["mean"] = (result["forest"] + result["boosting"]) / 2
        return result

    traced = xp.trace(pipeline, "float32[N, 4]")
    N = traced.signature.inputs[0].shape[0]
    assert {leaf.shape for leaf in traced.signature.outputs} == {(N, 3), (N,)}
    for rows in (1, 3, 7, 150):
        names = [leaf.name for leaf in traced.signature.outputs]
        found = dict(zip(names, run(traced.model, {"X": X[:rows]}), strict=True))
        np.testing.assert_array_equal(found["words_label"], named.predict(X[:rows]))
        for name, estimator in (("forest", forest), ("boosting", boosting)):
            wanted = estimator.predict_proba(X[:rows])
            for variant in (name, f"{name}_zipped"):
                with subtests.test(rows=rows, variant=variant):
                    np.testing.assert_allclose(found[variant], wanted, atol=1e-6)
                    np.testing.assert_array_equal(
                        found[f"{variant}_label"], estimator.predict(X[:rows])
                    )


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
