"""Models as files hold them: the same bytes every time, lean, named, and valid wherever they are read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
import onnx
import pytest

import onnxp as xp
from onnxp._src import ops
from onnxp._src.array.base import new_array
from onnxp._src.ops import versions
from onnxp._src.program.program import Program
from onnxp.errors import OpsetError
from tests.helpers import sessions

X = np.asarray([[1, -2], [3, 4], [-5, 6]], np.float32)
MATRIX = "float32[N, 2]"


def graphs(model: onnx.ModelProto) -> Iterator[onnx.GraphProto]:
    """Yield the graph of a model and all subgraphs."""

    def inner(nodes) -> Iterator[onnx.GraphProto]:
        for node in nodes:
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.GRAPH:
                    yield attribute.g
                    yield from inner(attribute.g.node)

    yield model.graph
    yield from inner(model.graph.node)
    for function in model.functions:
        yield from inner(function.node)


def check(program: Program) -> onnx.ModelProto:
    """Check what is promised of every model."""
    model = program.model
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == versions.IR_VERSION == 10
    assert (model.producer_name, model.producer_version) == ("onnxp", xp.__version__)
    made = [t.name for t in model.graph.initializer] + [i.name for i in model.graph.input]
    nodes = []
    for graph in graphs(model):
        made += [name for node in graph.node for name in node.output if name]
        nodes += [node.name for node in graph.node]
        if graph is not model.graph:
            made += [info.name for info in graph.input]
    in_functions = [f.node for f in model.functions]
    assert max(Counter(made).values(), default=0) <= 1, "every name is given once"
    assert all(nodes)
    used = {node.op_type for g in graphs(model) for node in g.node if node.domain == "onnxp"}
    used |= {node.op_type for f in in_functions for node in f if node.domain == "onnxp"}
    assert used == {f.name for f in model.functions}, "each function is there, and none for nothing"
    domains = {i.domain: i.version for i in model.opset_import}
    assert domains == {"": domains[""], **({"onnxp": 1} if model.functions else {})}
    assert domains[""] >= versions.BASE_OPSET
    return model


def operators(model: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node]


def initializers(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}


def bare(model: onnx.ModelProto, **feeds: np.ndarray) -> list[np.ndarray]:
    return sessions.run(model, feeds)


# The same bytes

BYTES = """
import hashlib, sys
import numpy as np, onnxp as xp

def function(x, params):
    first, second = x[x[:, 0] > 0], x[x[:, 1] > 0]
    total = xp.fori_loop(0, 3, lambda i, s: s * 2 + xp.sum(x), x)
    return {
        "selected": [first, second, xp.concat([first, second])],
        "sizes": xp.asarray(x) * x.shape[0] + x.size // 3,
        "recipes": xp.floor_divide(x, 2.0) + xp.remainder(x, 3.0) + xp.atan2(x, params["w"]),
        "loop": total + params["b"],
        "constants": xp.asarray(np.arange(3000.0, dtype=np.float32))[:2] + x,
    }

def model():
    specs = {"w": "float32[2]", "b": "float32[]", "unused": "int8[K, M]"}
    return xp.trace(function, "float32[N, 2]", specs).model

if sys.argv[1] == "after other work":
    y = xp.asarray(np.ones(3))
    for _ in range(10):
        y = y[y > 0] // 2.0 + 1
    np.asarray(y)
    xp.trace(lambda x: x[x > 0], "float64[M]")
digests = {hashlib.sha256(model().SerializeToString(deterministic=True)).hexdigest() for _ in range(2)}
print(digests)
"""


def test_the_same_program_gives_the_same_bytes_in_every_process():
    found = set()
    for seed, history in (("0", ""), ("1", ""), ("2", "after other work")):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", BYTES, history],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    (digests,) = found
    assert digests.count("'") == 2  # one digest


# Lean


def test_equal_nodes_are_written_once():
    def function(x):
        return (x + 1) * (x + 1), (x + 1) - (x * 2), x * 2

    model = check(xp.trace(function, MATRIX))
    assert Counter(operators(model)) == {"Add": 1, "Mul": 2, "Sub": 1}
    for y, expected in zip(bare(model, x=X), ((X + 1) ** 2, X + 1 - X * 2, X * 2), strict=True):
        np.testing.assert_array_equal(y, expected)


def test_nodes_that_differ_in_something_are_two():
    def function(x):
        return (
            xp.sum(x, axis=0, keepdims=True),
            xp.sum(x, axis=0),
            x - 1,
            1 - x,
            x * 0.0,
            x * -0.0,
            xp.astype(x, xp.int32),
            xp.astype(x, xp.int64),
        )

    model = check(xp.trace(function, MATRIX))
    assert Counter(operators(model)) == {"ReduceSum": 2, "Sub": 2, "Mul": 2, "Cast": 2}
    minus = bare(model, x=np.ones((1, 2), np.float32))[5]
    assert np.signbit(minus).all()


@pytest.mark.parametrize("size", [3, 5000])
def test_equal_constants_are_written_once(size: int):
    weights = np.arange(size, dtype=np.float32)
    a, b, c = xp.asarray(weights), xp.asarray(weights.copy()), xp.asarray(weights + 1)
    other = weights.copy()
    other[size // 2] = -1  # with the same ends
    d, e = xp.asarray(weights.astype(np.float64)), xp.asarray(other)
    model = check(
        xp.trace(
            lambda x, y: (x * a + b, x * c, y * d, x * e), f"float32[{size}]", f"float64[{size}]"
        )
    )
    assert sorted(v.dtype.name for v in initializers(model).values()) == ["float32"] * 3 + [
        "float64"
    ]


def test_constants_fold():
    weights = xp.asarray(np.arange(4.0, dtype=np.float32))

    def function(x):
        scaled = xp.reshape((weights * 2 + 1)[::-1], (2, 2)) @ xp.ones((2, 2), dtype=xp.float32)
        return x @ scaled

    model = check(xp.trace(function, MATRIX))
    assert operators(model) == ["MatMul"]
    (constant,) = initializers(model).values()
    np.testing.assert_array_equal(constant, [[12, 12], [4, 4]])


def test_what_nobody_uses_is_not_written():
    def function(x):
        x + 12345
        xp.floor_divide(x, 2.0)
        return x * 2

    model = check(xp.trace(function, MATRIX))
    assert operators(model) == ["Mul"]
    assert len(model.graph.initializer) == 1


def test_scalars_take_the_dtype_of_their_array():
    model = check(xp.trace(lambda x, i: (x * 2, i + 3), MATRIX, "int64[]"))
    found = {(v.dtype.name, v.shape) for v in initializers(model).values()}
    assert found == {("float32", ()), ("int64", ())}


# Names


def test_names_of_inputs_and_outputs_are_the_users():
    names = [
        "add",
        "Add",
        "constant",
        "Add_1",
        "mul",
        "Identity",
        "Mul",
        "size_N",
        "trips",
        "trip",
        "body",
    ]
    names += [
        "going",
        "state",
        "starts",
        "shape",
        "cast",
        "floor_divide",
        "x",
        "y",
        "mod",
        "Slice",
        "",
    ]
    names = names[:-1]

    def function(*xs):
        x = xs[0]
        y = (x + 1) * 2 + x.shape[0]
        z = xp.fori_loop(0, 3, lambda i, s: s + x, y)
        results = [y, z, xp.floor_divide(x, 2.0), x[1:], x[1:], x + 1, xp.asarray(X), x]
        return dict(
            zip(
                ["adds", "Loop", "loop", "slice", "Slice_2", "constant_1", "mul_1", "add_1"],
                results,
                strict=True,
            )
        )

    program = xp.trace(function, *[MATRIX] * len(names), input_names=names)
    model = check(program)
    assert [info.name for info in model.graph.input] == names
    wanted = ["adds", "Loop", "loop", "slice", "Slice_2", "constant_1", "mul_1", "add_1"]
    assert [info.name for info in model.graph.output] == wanted
    y = (X + 1) * 2 + 3
    expected = [y, y + 3 * X, X // 2, X[1:], X[1:], X + 1, X, X]
    for found, right in zip(bare(model, **dict.fromkeys(names, X)), expected, strict=True):
        np.testing.assert_array_equal(found, right)


def test_nodes_and_constants_have_names_that_say_what_they_are():
    def function(x):
        return xp.reshape(xp.sin(x[1:, ::2] + 1), (-1,)) * 2 + xp.floor_divide(x[0, 0], 2.0)

    model = check(xp.trace(function, MATRIX))
    for node in model.graph.node:
        assert node.name.rpartition("/")[2].rstrip("_0123456789") == node.op_type.rstrip(
            "_0123456789"
        )
        assert all(name.islower() or name == "output" for name in node.output)
    roles = {name.rstrip("_0123456789") for name in initializers(model)}
    assert (
        {"starts", "ends", "steps", "axes", "shape", "indices", "constant"} >= roles > {"constant"}
    )


def test_sizes_in_the_signature_of_the_model():
    model = check(
        xp.trace(lambda x, y: (x @ y, xp.concat([x[:, 0], y[0]])), "float32[N, 3]", "float32[3, M]")
    )

    def shape(info: onnx.ValueInfoProto) -> list[str | int]:
        return [d.dim_param or d.dim_value for d in info.type.tensor_type.shape.dim]

    assert [shape(info) for info in model.graph.input] == [["N", 3], [3, "M"]]
    assert [shape(info) for info in model.graph.output] == [["N", "M"], ["M+N"]]


# Outputs


def test_outputs_without_a_node_of_their_own():
    constant = xp.asarray(X)

    def function(x):
        y = x + 1
        return [x, x, y, y, constant, constant, x + 1, constant + 0]

    model = check(xp.trace(function, MATRIX))
    assert Counter(operators(model)) == {"Add": 1, "Identity": 7}
    results = bare(model, x=X)
    for y, expected in zip(results, [X, X, X + 1, X + 1, X, X, X + 1, X], strict=True):
        np.testing.assert_array_equal(y, expected)


# Opsets


def test_the_lowest_opset():
    model = check(xp.trace(lambda x: xp.floor_divide(xp.sin(x) @ x.mT, 2.0), MATRIX))
    assert model.opset_import[0].version == 21
    for function in model.functions:
        assert {i.domain: i.version for i in function.opset_import}[""] == 21


def test_an_operator_that_needs_more():
    if versions.installed_opset() < versions.OPSETS["BitCast"]:
        assert versions.installed_opset() >= 21
        return

    def function(x):
        return new_array(xp.int32, (ops.bit_cast(x._planes[0], xp.int32),)) + 1

    program = xp.trace(function, MATRIX)
    model = check(program)
    assert model.opset_import[0].version == versions.OPSETS["BitCast"] == 26
    np.testing.assert_array_equal(program(X), X.view(np.int32) + 1)
    with pytest.raises(OpsetError, match=r"BitCast.*needs opset 26, but opset=21 was given"):
        xp.trace(function, MATRIX, opset=21)
    assert xp.trace(function, MATRIX, opset=26).model == model


# Functions


def test_recipes_are_functions_of_the_model():
    def function(x, y):
        a = xp.floor_divide(x, 2.0) + xp.floor_divide(x, y)
        return a, xp.remainder(x, y), xp.floor_divide(xp.astype(x, xp.float64), 3.0)

    program = xp.trace(function, MATRIX, "float32[2]", functions=True)
    model = check(program)
    calls = [node.op_type for node in model.graph.node if node.domain == "onnxp"]
    assert sorted(calls) == ["floor_divide", "floor_divide", "floor_divide_1", "remainder"]
    assert sorted(f.name for f in model.functions) == [
        "floor_divide",
        "floor_divide_1",
        "remainder",
    ]
    y = np.asarray([2, -3], np.float32)
    expected = [X // 2 + X // y, X % y, X.astype(np.float64) // 3]
    for found, right in zip(bare(model, x=X, y=y), expected, strict=True):
        np.testing.assert_array_equal(found, right)


def test_functions_of_functions():
    """A recipe that calls recipes: all are there, with the names of their own scopes."""

    def function(x):
        return (
            xp.pow(x, 3),
            xp.asinh(x),
            xp.acosh(xp.abs(x) + 1),
            xp.logaddexp(x, 2 * x),
            xp.expm1(x),
        )

    program = xp.trace(function, "float64[N, 2]")
    model = check(program)
    x = X.astype(np.float64)
    expected = [x**3, np.arcsinh(x), np.arccosh(abs(x) + 1), np.logaddexp(x, 2 * x), np.expm1(x)]
    for found, right in zip(bare(model, x=x), expected, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-14)


# Subgraphs


def test_a_loop_reads_what_is_outside():
    weights = xp.asarray(np.asarray([2, 3], np.float32))

    def function(x, y):
        no_scope = x * 7

        def step(i, state):
            a, b, c = state
            return a + no_scope, x[0], b * weights + xp.floor_divide(c, 2.0) * (weights + 1)

        return xp.fori_loop(0, 3, step, (x, y, y)), no_scope

    program = xp.trace(function, MATRIX, "float32[2]")
    model = check(program)
    assert operators(model).count("Mul") == 1
    y = np.asarray([10, 20], np.float32)
    w = np.asarray(weights)
    a, b, c = X, y, y
    for _ in range(3):
        a, b, c = a + X * 7, X[0], b * w + c // 2 * (w + 1)
    for found, right in zip(bare(model, x=X, y=y), (a, b, c, X * 7), strict=True):
        np.testing.assert_array_equal(found, right)


def test_a_loop_whose_results_are_its_inputs_and_twins():
    def step(i, state):
        a, b, _ = state
        d = a + 1
        return b, d, d

    def function(x, y):
        return xp.fori_loop(0, 5, step, (x, y, x)), xp.fori_loop(0, 4, lambda i, s: x, y)

    program = xp.trace(function, "float32[N]", "float32[N]")
    model = check(program)
    x, y = X[0], X[1]
    a, b, c = x, y, x
    for _ in range(5):
        a, b, c = b, a + 1, a + 1
    for found, right in zip(bare(model, x=x, y=y), (a, b, c, x), strict=True):
        np.testing.assert_array_equal(found, right)


def test_loops_in_loops_and_branches():
    def function(x):
        def inner(j, s):
            return xp.cond(xp.sum(s) > 10, lambda t: t - x, lambda t: t + x * 2, s)

        def outer(i, s):
            return xp.fori_loop(0, 3, inner, s + 1) + x

        return xp.fori_loop(0, 2, outer, x)

    program = xp.trace(function, "float32[N]")
    model = check(program)
    assert sum(1 for _ in graphs(model)) == 5
    x = np.asarray([1, 2, 3], np.float32)
    s = x
    for _ in range(2):
        s = s + 1
        for _ in range(3):
            s = s - x if s.sum() > 10 else s + x * 2
        s = s + x
    np.testing.assert_array_equal(bare(model, x=x)[0], s)


def test_equal_loops_are_one():
    def function(x):
        first = xp.fori_loop(0, 3, lambda i, s: s * 2, x)
        second = xp.fori_loop(0, 3, lambda i, s: s * 2, x)
        third = xp.fori_loop(0, 3, lambda i, s: s * 3, x)
        return first, second, third

    model = check(xp.trace(function, MATRIX))
    assert operators(model).count("Loop") == 2
    for found, factor in zip(bare(model, x=X), (8, 8, 27), strict=True):
        np.testing.assert_array_equal(found, X * factor)


def test_sizes_inside_of_a_loop():
    program = xp.trace(
        lambda x: xp.fori_loop(0, x.shape[0], lambda i, s: s + x.shape[0], x), "int64[N]"
    )
    check(program)
    assert program(np.zeros(4, np.int64)).tolist() == [16] * 4


@pytest.mark.parametrize("length", [1, 100, 120, 126, 127, 128, 129, 200, 16_384, 70_000])
def test_values_with_names_of_any_length_are_described(length):
    name = "ä" + "n" * (length - 1)

    def function(x):
        with xp.name_scope(name):
            y = x + 1
            return y > 0, xp.exp(y)[:, 0] * 2

    graph = xp.trace(function, MATRIX).model.graph
    results = {output.name for output in graph.output}
    computed = {output for node in graph.node for output in node.output} - results
    types = {info.name: info.type.tensor_type for info in graph.value_info}
    assert types.keys() == computed
    assert f"{name}/add" in types
    for label, tensor in types.items():
        sizes = [size.dim_param or size.dim_value for size in tensor.shape.dim]
        if label == f"{name}/add":
            assert tensor.elem_type == onnx.TensorProto.FLOAT
            assert sizes == ["N", 2]
