"""Name scopes: what nodes and values are called, in which order scopes may be left, threads."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
import pytest

import onnxp as xp
from onnxp import errors
from onnxp._src.graph import name_scopes


@pytest.fixture(autouse=True)
def _all_scopes_are_left() -> Iterator[None]:
    yield
    assert name_scopes.CURRENT.get() is None


def trace(function: Any, *specs: str, **options: Any) -> xp.Program:
    program = xp.trace(function, *(specs or ("float32[N, 3]",)), **options)
    onnx.checker.check_model(program.model, full_check=True)
    return program


def nodes(program: xp.Program) -> list[str]:
    return [node.name for node in program.model.graph.node]


def values(program: xp.Program) -> list[str]:
    return [name for node in program.model.graph.node for name in node.output]


def test_names_of_nodes_and_values():
    weights = np.arange(9, dtype=np.float32).reshape(3, 3)

    def function(x):
        with xp.name_scope("model"):
            with xp.name_scope("scaler"):
                x = (x - 1) / 2
            x = x @ weights
        return xp.exp(x) + 1

    program = trace(function)
    assert nodes(program) == [
        "model/scaler/Sub",
        "model/scaler/Div",
        "model/MatMul",
        "Exp",
        "Add",
    ]
    assert values(program)[:3] == ["model/scaler/sub", "model/scaler/div", "model/matmul"]
    names = {tensor.name: list(tensor.dims) for tensor in program.model.graph.initializer}
    assert names == {"constant": [], "constant_1": [], "weights": [3, 3]}
    x = np.ones((2, 3), np.float32)
    np.testing.assert_allclose(program(x), np.ones((2, 3)) + 1)


def test_several_scopes_of_one_name_are_numbered_as_they_are_written():
    def function(x):
        with xp.name_scope("unused"):
            x + 12345
        for _ in range(3):
            with xp.name_scope("step"):
                x = xp.exp(x)
        with xp.name_scope("step_1"):
            return xp.exp(x) * 2

    assert nodes(trace(function)) == [
        "step/Exp",
        "step_1/Exp",
        "step_2/Exp",
        "step_1_1/Exp",
        "step_1_1/Mul",
    ]


def test_a_scope_object_may_be_entered_again_and_inside_of_itself():
    scope = xp.name_scope("a")

    def function(x):
        with scope, scope:
            x = xp.exp(x)
        with scope:
            return xp.exp(x)

    assert nodes(trace(function)) == ["a/a/Exp", "a_1/Exp"]


def test_a_scope_decorates_a_function():
    @xp.name_scope("twice")
    def twice(x):
        """Double."""
        return x + x

    assert (twice.__name__, twice.__doc__) == ("twice", "Double.")
    assert nodes(trace(lambda x: twice(twice(x)))) == ["twice/Add", "twice_1/Add"]


def test_equal_nodes_keep_the_first_scope():
    def function(x):
        with xp.name_scope("a"):
            y = xp.exp(x)
        with xp.name_scope("b"):
            return y + xp.exp(x)

    assert nodes(trace(function)) == ["a/Exp", "b/Add"]


def test_scopes_and_names_of_inputs_and_outputs_do_not_clash():
    def function(x, y):
        with xp.name_scope("a"):
            return {"a/Exp": xp.exp(x), "a/exp_1": xp.exp(y), "last": xp.exp(x + y)}

    program = trace(function, "float32[N, 3]", "float32[N, 3]", input_names=["a/exp", "a/add"])
    used = [*nodes(program), *values(program), "a/exp", "a/add"]
    assert len(set(used)) == len(used)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_allclose(program(x, x)["last"], np.exp(x + x))


def test_slashes_are_levels():
    def function(x):
        with xp.name_scope("a/b"):
            return xp.exp(x) + 1

    assert nodes(trace(function)) == ["a/b/Exp", "a/b/Add"]


def test_jitted_functions_are_scopes():
    @xp.jit
    def softmax(x):
        e = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
        return e / xp.sum(e, axis=-1, keepdims=True)

    program = trace(lambda x: xp.jit(lambda y: softmax(y) + 1)(softmax(x)))
    found = nodes(program)
    assert {name.split("/")[0] for name in found} == {"softmax", "lambda"}
    assert {name.split("/")[1] for name in found if name.startswith("lambda")} == {"softmax", "Add"}


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("predict", "predict"),
        ("<lambda>", "lambda"),
        ("a/b", "a/b"),
        ("//a//b/", "a/b"),
        ("a\n\ud800b", "a__b"),
        ("", "scope"),
        ("/", "scope"),
        (3, "3"),
    ],
)
def test_scopes_of_what_has_a_name(name: object, scope: str):
    assert name_scopes.automatic(name).name == scope
    xp.name_scope(name_scopes.automatic(name).name)


def test_a_model_does_not_depend_on_the_scope_it_is_traced_in():
    def function(x):
        return xp.exp(x) + 1

    with xp.name_scope("outer"):
        inside = trace(function)
        x = xp.argument(("N", 3), xp.float32)
        y = function(x)
    assert inside.model == trace(function).model
    built = xp.build({"x": x}, {"y": y})  # but here the scope is the user's wish
    assert [node.name for node in built.graph.node] == ["outer/Exp", "outer/Add"]


def test_bodies_and_functions():
    def function(x):
        with xp.name_scope("first"):
            y = xp.atan2(x, x + 1)
        with xp.name_scope("loop"):
            z = xp.fori_loop(0, 3, lambda i, s: s + y, x)
            return xp.cond(z[0, 0] > 0, lambda z: z + 1, lambda z: xp.atan2(z, z), z)

    program = trace(function)
    (recipe,) = program.model.functions
    assert not any("/" in node.name for node in recipe.node)
    (loop,) = (node for node in program.model.graph.node if node.op_type == "Loop")
    assert loop.name == "loop/Loop"
    assert "loop/Add" in [node.name for node in loop.attribute[0].g.node]
    (branch,) = (node for node in program.model.graph.node if node.op_type == "If")
    inner = {node.name for a in branch.attribute for node in a.g.node if node.op_type != "Identity"}
    assert all(name.startswith("loop/") for name in inner)
    x = np.full((2, 3), 2, np.float32)
    np.testing.assert_allclose(program(x), x + 3 * np.arctan2(x, x + 1) + 1, rtol=1e-6)


def test_evaluation_is_not_affected():
    with xp.name_scope("a"):
        x = xp.asarray([1.0, 2.0]) + 1
        assert xp.sum(x) == 5
    with xp.name_scope("b"):
        np.testing.assert_array_equal(np.asarray(xp.asarray([1.0, 2.0]) + 1), [2, 3])


def test_bytes_do_not_depend_on_what_was_traced_before():
    def function(x):
        for _ in range(2):
            with xp.name_scope("a"):
                x = xp.exp(x)
        return x

    def digest() -> str:
        return hashlib.sha256(
            trace(function).model.SerializeToString(deterministic=True)
        ).hexdigest()

    first = digest()
    trace(lambda x: function(function(x)))
    assert digest() == first


# Wrong use


@pytest.mark.parametrize("name", ["", "/", "a/", "/a", "a//b", "a\nb", "\ud800", "a\x00"])
def test_names_that_are_refused(name: str):
    with pytest.raises(errors.ArgumentError, match="name_scope: a name needs"):
        xp.name_scope(name)


@pytest.mark.parametrize("name", [None, 1, b"a", ["a"], len])
def test_names_that_are_no_strings(name: Any):
    with pytest.raises(errors.ArgumentTypeError, match="name_scope: a name must be a string"):
        xp.name_scope(name)


@pytest.mark.parametrize("name", ["skaler µ", "PCA (2)", "步骤", "a-b.c:d"])
def test_names_that_are_odd(name: str):
    def function(x):
        with xp.name_scope(name):
            return xp.exp(x) + 1

    program = trace(function)
    assert nodes(program) == [f"{name}/Exp", f"{name}/Add"]
    program(np.ones((2, 3), np.float32))


def test_leaving_out_of_order():
    a, b = xp.name_scope("a"), xp.name_scope("b")
    a.__enter__()
    b.__enter__()
    with pytest.raises(errors.ScopeError, match="'a' was left before 'b'"):
        a.__exit__(None, None, None)
    assert name_scopes.CURRENT.get() is None
    with pytest.raises(errors.ScopeError, match="'b' is not open here"):
        b.__exit__(None, None, None)


def test_leaving_out_of_order_does_not_hide_another_error():
    a, b = xp.name_scope("a"), xp.name_scope("b")

    def fail() -> None:
        with a:
            b.__enter__()
            raise KeyError

    with pytest.raises(KeyError):
        fail()


def test_leaving_what_was_not_entered():
    with xp.name_scope("a"):
        with pytest.raises(errors.ScopeError, match="'a' is not open here"):
            xp.name_scope("a").__exit__(None, None, None)
        assert name_scopes.CURRENT.get() is not None


def test_a_generator_that_keeps_a_scope_open():
    def parts() -> Iterator[int]:
        with xp.name_scope("part"):
            yield 1
            yield 2

    running = parts()
    with pytest.raises(errors.ScopeError, match="'a' was left before 'part'"), xp.name_scope("a"):
        next(running)
    assert name_scopes.CURRENT.get() is None
    with pytest.raises(errors.ScopeError, match="'part' is not open here"):
        list(running)


def test_errors_leave_scopes():
    with pytest.raises(errors.TracedValueError):
        trace(lambda x: bool(xp.name_scope("a")(xp.sum)(x)))


# Several at once


def test_threads_do_not_mix_scopes():
    count, steps = 4, 50
    barrier = threading.Barrier(count)
    found: dict[int, list[str]] = {}

    def work(number: int) -> None:
        def function(x):
            barrier.wait()
            for _ in range(steps):
                with xp.name_scope(f"t{number}"):
                    x = x + number
            return x * 2

        found[number] = nodes(trace(function))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    with xp.name_scope("main"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for number in range(count):
        prefixes = [f"t{number}{f'_{i}' if i else ''}/Add" for i in range(steps)]
        assert found[number] == [*prefixes, "Mul"]


def test_tasks_do_not_mix_scopes():
    async def work(name: str) -> list[str]:
        x = xp.argument(("N",), xp.float32)
        with xp.name_scope(name):
            y = xp.exp(x)
            await asyncio.sleep(0)
            y = y + 1
        return [node.name for node in xp.build({"x": x}, {"y": y}).graph.node]

    async def both() -> list[list[str]]:
        return await asyncio.gather(work("a"), work("b"))

    assert asyncio.run(both()) == [["a/Exp", "a/Add"], ["b/Exp", "b/Add"]]
