"""Arguments, traces and programs, end to end: what goes in, what comes out, and what they are called."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import operator
import pickle
import subprocess
import sys
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import onnxruntime
import pytest

import onnxp as xp
from onnxp._src.program import runnable
from onnxp._src.program.program import Program
from onnxp._src.runtime import shared
from onnxp.errors import ArgumentTypeError
from tests.helpers import sessions
from tests.helpers.small_programs import MATRIX, Pair, W, X, bare, check, inputs, outputs


@dataclasses.dataclass
class Layer:
    weights: Any
    bias: Any


@dataclasses.dataclass(frozen=True)
class Result:
    label: Any
    scores: Any


# The first page of the manual


class LinearRegression:
    def __init__(self, coefficients: np.ndarray, intercept: np.ndarray) -> None:
        self._coefficients = coefficients
        self._intercept = intercept

    def predict(self, X):
        return X @ self._coefficients + self._intercept


def test_a_method_that_knows_nothing_of_us(tmp_path: Path):
    lr = LinearRegression(W, np.float32(0.5))
    expected = X @ W + np.float32(0.5)

    argument = xp.argument(shape=("N", 2), dtype=xp.float32)
    model = xp.build({"X": argument}, {"predictions": lr.predict(argument)})
    assert [node.op_type for node in model.graph.node] == ["Gemm", "Squeeze"]
    session = sessions.both(model)
    np.testing.assert_array_equal(session.run(["predictions"], {"X": X})[0], expected)

    program = check(xp.trace(lr.predict, X=xp.spec(("N", 2), xp.float32)))
    assert (
        repr(program) == "Program(LinearRegression.predict(X: float32[N, 2]) -> output: float32[N])"
    )
    program.save(tmp_path / "model.onnx")
    loaded = xp.load(tmp_path / "model.onnx")
    for result in (program(X), loaded(X), loaded(X=X), lr.predict(xp.asarray(X))):
        np.testing.assert_array_equal(np.asarray(result), expected)
    assert type(program(X)) is np.ndarray
    assert type(program(xp.asarray(X))) is xp.Array
    for rows in (1, 2, 100):
        batch = np.ones((rows, 2), np.float32)
        np.testing.assert_array_equal(program(batch), lr.predict(batch))


class Scaled:
    """What estimators are made of: numpy scalars and arrays, on either side of the operators."""

    scale = np.float32(2)
    center = np.asarray([1, -1], np.float32)
    rotation = np.asarray([[0, 1], [-1, 0]], np.float32)

    def predict(self, x):
        x = self.scale * (x - self.center) + (self.center - x) / self.scale
        x = x + (self.rotation @ x.mT).mT - np.float32(1) / (self.scale**2 + x * x)
        return x, self.center > x, -x < self.scale


def test_numpy_on_either_side_of_operators():
    model = Scaled()
    program = check(xp.trace(model.predict, MATRIX))
    assert [leaf.dtype.name for leaf in program.signature.outputs] == ["float32", "bool", "bool"]
    evaluated = model.predict(xp.asarray(X))
    expected = model.predict(X)
    for way in (evaluated, program(X), bare(program, X)):
        for found, right in zip(way, expected, strict=True):
            np.testing.assert_allclose(np.asarray(found), right, rtol=1e-6)


# Structures


def swap(pair: Pair) -> Pair:
    return Pair(pair.right * 1, pair.left * 1)


def forward(x, layers):
    for layer in layers:
        x = x @ layer.weights + layer.bias
    return Result(x > 0, {"raw": x, "by class": (x[:, 0], [x[:, 1]]), 0: x + 1})


def test_structures_in_and_out(tmp_path: Path):
    layer = Layer("float32[2, 2]", "float32[2]")
    program = check(xp.trace(forward, MATRIX, [layer, layer]))
    assert inputs(program) == [
        "x",
        "layers_0_weights",
        "layers_0_bias",
        "layers_1_weights",
        "layers_1_bias",
    ]
    assert outputs(program) == [
        "label",
        "scores_raw",
        "scores_by_class_0",
        "scores_by_class_1_0",
        "scores_0",
    ]
    layers = [Layer(np.eye(2, dtype=np.float32), W), Layer(np.ones((2, 2), np.float32), W * 2)]
    expected = forward(X, layers)
    program.save(tmp_path / "model.onnx")
    for run in (program, pickle.loads(pickle.dumps(program)), copy.deepcopy(program)):
        result = run(X, layers)
        assert type(result) is Result
        assert list(result.scores) == ["raw", "by class", 0]
        assert type(result.scores["by class"]) is tuple
        assert type(result.scores["by class"][1]) is list
        np.testing.assert_array_equal(result.label, expected.label)
        np.testing.assert_array_equal(result.scores["raw"], expected.scores["raw"])
        np.testing.assert_array_equal(
            result.scores["by class"][1][0], expected.scores["by class"][1][0]
        )
    loaded = xp.load(tmp_path / "model.onnx")
    result = loaded(X, layers)
    assert (type(result).__name__, type(result) is Result) == ("Result", False)
    assert dataclasses.is_dataclass(result)
    np.testing.assert_array_equal(result.scores[0], expected.scores[0])
    assert loaded.signature == program.signature


def test_named_tuples(tmp_path: Path):
    program = check(xp.trace(swap, Pair(MATRIX, {"a": "float32[2]"}["a"])))
    assert inputs(program) == ["pair_left", "pair_right"]
    assert outputs(program) == ["left", "right"]
    result = program(Pair(X, W))
    assert type(result) is Pair
    np.testing.assert_array_equal(result.left, W)
    program.save(tmp_path / "model.onnx")
    left, right = xp.load(tmp_path / "model.onnx")(Pair(X, W))
    np.testing.assert_array_equal(left, W)
    np.testing.assert_array_equal(right, X)


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (lambda x: x + 1, ["output"]),
        (lambda x: (x + 1, x + 2), ["output_0", "output_1"]),
        (lambda x: [x + 1], ["output_0"]),
        (lambda x: {"a": x + 1, "b": {"c": x + 2}}, ["a", "b_c"]),
        (lambda x: {3: x + 1}, ["output_3"]),
        (lambda x: ({"a": x + 1}, x + 2), ["output_0_a", "output_1"]),
    ],
)
def test_names_of_outputs(function, names: list[str]):
    assert outputs(check(xp.trace(function, MATRIX))) == names


def test_given_names():
    names = {"input_names": ["in/put:0", "größe"], "output_names": ["left out", "right"]}
    program = check(xp.trace(swap, Pair(MATRIX, "float32[2]"), **names))
    assert inputs(program) == names["input_names"]
    assert outputs(program) == names["output_names"]
    assert type(program(Pair(X, W))) is Pair
    np.testing.assert_array_equal(bare(program, X, W)[0], W)


# Outputs that nobody computes


def test_outputs_that_are_inputs_constants_and_twins():
    constant = xp.asarray(W)

    def function(x, unused):
        y = x + 1
        return {
            "x2": x,
            "y": y,
            "y2": y,
            "c": constant,
            "c2": constant * 2,
            "y3": x + 1,
            "n": constant,
        }

    program = check(xp.trace(function, MATRIX, "int8[]"))
    assert inputs(program) == ["x", "unused"]
    expected = {"x2": X, "y": X + 1, "y2": X + 1, "c": W, "c2": W * 2, "y3": X + 1, "n": W}
    results = program(X, np.int8(0))
    assert list(results) == list(expected)
    for (name, wanted), raw in zip(
        expected.items(), bare(program, X, np.asarray(0, np.int8)), strict=True
    ):
        np.testing.assert_array_equal(results[name], wanted)
        np.testing.assert_array_equal(raw, wanted)
    operators = [node.op_type for node in program.model.graph.node]
    assert operators.count("Add") == 1
    assert set(operators) == {"Add", "Identity"}


def test_a_program_without_inputs():
    program = check(xp.trace(lambda: xp.asarray(W) * 2))
    assert inputs(program) == []
    np.testing.assert_array_equal(program(), W * 2)


# Complex numbers as planes


def test_complex_inputs_and_outputs(tmp_path: Path):
    program = check(
        xp.trace(lambda z, x: {"z2": z, "part": z[0], "x2": x * 1}, "complex64[N]", "float32[N]")
    )
    assert inputs(program) == ["z_real", "z_imag", "x"]
    assert outputs(program) == ["z2_real", "z2_imag", "part_real", "part_imag", "x2"]
    program.save(tmp_path / "model.onnx")
    z = np.asarray([1 + 2j, -0.0 - 1j, np.inf], np.complex64)
    x = np.ones(3, np.float32)
    for run in (program, xp.load(tmp_path / "model.onnx")):
        assert "z: complex64[N]" in repr(run)
        for given in (z, np.asarray(z.reshape(1, 3).T[:, 0]), np.repeat(z, 2)[::2], xp.asarray(z)):
            results = run(given, x)
            assert np.asarray(results["z2"]).tobytes() == z.tobytes()
            assert np.asarray(results["part"]) == z[0]
            assert np.asarray(results["part"]).shape == ()
    real, imag, *_ = bare(program, z.real, z.imag, x)
    np.testing.assert_array_equal(real, z.real)
    np.testing.assert_array_equal(imag, z.imag)


@pytest.mark.parametrize("kind", [np.asarray, xp.asarray, lambda z: z])
def test_complex_scalars(kind):
    program = xp.trace(lambda z: (z, [z]), "complex128[]")
    z = np.complex128(1 - 2j)
    first, _ = program(kind(z))
    assert np.asarray(first).shape == ()
    assert np.asarray(first) == z


# Every dtype and size


DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128"


@pytest.mark.parametrize("dtype", DTYPES.split())
def test_every_dtype_passes_through(dtype: str, tmp_path: Path, subtests: pytest.Subtests):
    program = check(xp.trace(lambda x: x, xp.spec(("N>=0", "M"), dtype)))
    program.save(tmp_path / "model.onnx")
    loaded = xp.load(tmp_path / "model.onnx")
    for shape in ((0, 3), (1, 1), (4, 2)):
        with subtests.test(shape=shape):
            x = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
            for run in (program, loaded):
                y = run(x)
                assert (y.dtype, y.shape) == (x.dtype, x.shape)
                assert y.tobytes() == x.tobytes()


@pytest.mark.parametrize("kind", [np.asarray, np.asfortranarray, lambda x: np.repeat(x, 2, 0)[::2]])
def test_layouts(kind):
    program = xp.trace(lambda x: x + 1, MATRIX)
    given = kind(X)
    given.flags.writeable = False
    np.testing.assert_array_equal(program(given), X + 1)


def test_results_do_not_share_memory_with_inputs():
    program = xp.trace(lambda x: (x, x), MATRIX)
    given = X.copy()
    first, second = program(given)
    first[0, 0] = 99
    np.testing.assert_array_equal(given, X)
    np.testing.assert_array_equal(second, X)


def test_results_of_one_run_survive_the_next():
    program = xp.trace(lambda x: x + 1, MATRIX)
    first = program(X)
    for _ in range(5):
        program(np.zeros_like(X))
    np.testing.assert_array_equal(first, X + 1)


# Sizes


def test_sizes_are_values(subtests: pytest.Subtests):
    program = check(xp.trace(lambda x: x * x.shape[0] / x.size, "float32[N, M]"))
    for shape in ((1, 1), (3, 2), (2, 5)):
        with subtests.test(shape=shape):
            x = np.ones(shape, np.float32)
            np.testing.assert_array_equal(program(x), x * shape[0] / x.size)


def test_sizes_from_expressions():
    program = check(
        xp.trace(lambda x, y: y * x.shape[0] + y.shape[0], "int64[2*N + 1]", "int64[N//2]")
    )
    x, y = np.zeros(9, np.int64), np.ones(2, np.int64)
    np.testing.assert_array_equal(program(x, y), [11, 11])
    np.testing.assert_array_equal(bare(program, x, y)[0], [11, 11])
    source = xp.trace(lambda x: x[0] * 0 + (x.shape[0] - 1) // 2, "int64[2*N + 1]")
    assert source(x) == 4


def test_sizes_of_unused_inputs_are_known():
    program = check(xp.trace(lambda x, unused: x + unused.shape[0], "int64[2]", "float32[K]"))
    np.testing.assert_array_equal(program(np.zeros(2, int), np.zeros(7, np.float32)), [7, 7])


def test_computed_sizes_have_names_of_their_own():
    """To the runtime, two sizes of one name are one size: it reuses memory by them."""
    program = check(
        xp.trace(lambda x, nonzero: (x[x > 0], x[x > 2], nonzero), "float32[N]", "float32[nonzero]")
    )
    (first,), (second,), (third,) = (
        [size.dim_param for size in info.type.tensor_type.shape.dim]
        for info in program.model.graph.output
    )
    assert third == "nonzero"
    assert len({first, second, third}) == 3
    x = np.asarray([1, 2, 3, -1], np.float32)
    a, b, c = program(x, x[:1])
    assert (a.tolist(), b.tolist(), c.tolist()) == ([1, 2, 3], [3], [1])
    assert [y.tolist() for y in bare(program, x, x[:1])] == [[1, 2, 3], [3], [1]]


def test_bounds_come_back(tmp_path: Path):
    program = xp.trace(lambda x, y: (x, y), "float32[2<=N<=8, M]", "float32[M>=0, 2*N]")
    program.save(tmp_path / "model.onnx")
    loaded = xp.load(tmp_path / "model.onnx")
    for run in (program, loaded):
        bounds = {
            s.name: s.bounds for leaf in run.signature.inputs for d in leaf.shape for s in d.symbols
        }
        assert bounds == {"N": (2, 8), "M": (0, None)}
        run(np.ones((3, 0), np.float32), np.ones((0, 6), np.float32))
        with pytest.raises(xp.errors.FeedError, match="N was declared at least 2 and at most 8"):
            run(np.ones((9, 0), np.float32), np.ones((0, 18), np.float32))


# Assignment, leftovers, and traces in traces


def add_in_place(x, y):
    x += 1
    x[0] = 7.0
    y *= 2
    return x, y


def test_assignment_in_a_function_is_its_own():
    x, y = xp.asarray(X), xp.asarray(W)
    program = check(xp.trace(add_in_place, MATRIX, "float32[2]"))
    a, b = program(x, y)
    np.testing.assert_array_equal(np.asarray(x), X)
    np.testing.assert_array_equal(np.asarray(y), W)
    expected = X + 1
    expected[0] = 7
    np.testing.assert_array_equal(np.asarray(a), expected)
    np.testing.assert_array_equal(np.asarray(b), W * 2)
    given = X.copy()
    np.testing.assert_array_equal(program(given, W)[0], expected)
    np.testing.assert_array_equal(given, X)


def test_in_place_operators_rebind_the_object_only(subtests: pytest.Subtests):
    x = xp.asarray(X)
    before, alias = x + 0, x
    x += 1
    assert x is alias
    np.testing.assert_array_equal(np.asarray(alias), X + 1)
    np.testing.assert_array_equal(np.asarray(before), X)
    expected = X + 1
    for name in ("iadd", "isub", "imul", "itruediv", "ipow", "ifloordiv", "imod"):
        with subtests.test(name=name):
            assert getattr(operator, name)(x, 2) is alias
            expected = getattr(operator, name.removeprefix("i"))(expected, 2)
            np.testing.assert_array_equal(np.asarray(alias), expected)


def test_tracing_changes_no_array_of_the_caller():
    weights = xp.asarray(W)
    program = xp.trace(lambda x: x * weights, MATRIX)
    weights += 100
    np.testing.assert_array_equal(program(X), X * W)


def test_a_trace_in_a_trace():
    def function(x):
        inner = xp.trace(lambda y: y * 2, "float32[2]")
        return x + xp.asarray(inner(W))

    np.testing.assert_array_equal(check(xp.trace(function, MATRIX))(X), X + W * 2)


def test_traces_in_threads():
    programs: list[Any] = [None] * 8

    def work(i: int) -> None:
        programs[i] = xp.trace(lambda x: (x + i) @ W, MATRIX)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, program in enumerate(programs):
        np.testing.assert_array_equal(program(X), (X + i) @ W)


def test_one_program_in_many_threads():
    program = xp.trace(lambda x: x @ W + x[:, 0], MATRIX)
    wrong: list[int] = []

    def work(seed: int) -> None:
        x = np.random.default_rng(seed).normal(size=(50, 2)).astype(np.float32)
        for _ in range(20):
            if not np.array_equal(program(x), (xp.asarray(x) @ W + x[:, 0]).__array__()):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_errors_of_the_function_pass_through():
    class OursError(Exception):
        pass

    def function(x):
        raise OursError("from within")

    with pytest.raises(OursError, match="from within") as raised:
        xp.trace(function, MATRIX)
    assert raised.value.__cause__ is None


# The same bytes every time


def test_tracing_twice_gives_equal_bytes(tmp_path: Path):
    def build() -> bytes:
        program = xp.trace(lambda x: {"a": x @ W, "b": x[x[:, 0] > 0]}, MATRIX)
        return program.model.SerializeToString(deterministic=True)

    first = build()
    assert build() == first
    program = xp.trace(lambda x: x @ W, MATRIX)
    program.save(tmp_path / "a.onnx")
    xp.load(tmp_path / "a.onnx").save(tmp_path / "b.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


# Without the training code


TRAINING = """
import dataclasses, sys
import numpy as np, onnxp as xp

@dataclasses.dataclass
class Prediction:
    label: object
    margin: object

class Model:
    def __init__(self, weights):
        self.weights = weights
    def predict(self, X, options):
        margin = X @ self.weights + options["offset"]
        return Prediction(margin > 0, margin)

program = xp.trace(Model(np.asarray([1, -1], np.float32)).predict, "float32[N>=0, 2]", {"offset": "float32[]"})
program.save(sys.argv[1])
"""
SCORING = """
import sys
import numpy as np, onnxp as xp
program = xp.load(sys.argv[1])
print(repr(program))
result = program(np.asarray([[3, 1], [1, 3]], np.float32), {"offset": np.float32(0.5)})
print(type(result).__name__, result.label.tolist(), result.margin.tolist())
print(xp.load(sys.argv[1])(np.ones((1, 2), np.float32), {"offset": np.float32(0)}).margin.shape)
"""
BARE = """
import sys
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1])
feeds = {"X": np.asarray([[3, 1], [1, 3]], np.float32), "options_offset": np.asarray(0.5, np.float32)}
print([y.tolist() for y in session.run(["label", "margin"], feeds)], "onnxp" in sys.modules)
"""


def test_a_saved_program_needs_nothing_of_the_code_that_made_it(tmp_path: Path):
    def run(script: str) -> str:
        command = [sys.executable, "-W", "error", "-c", script, str(tmp_path / "model.onnx")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run(TRAINING) == ""
    assert run(SCORING).splitlines() == [
        "Program(Model.predict(X: float32[N, 2], options_offset: float32[])"
        " -> label: bool[N], margin: float32[N])",
        "Prediction [True, False] [2.5, -1.5]",
        "(1,)",
    ]
    assert run(BARE) == "[[[True, False], [2.5, -1.5]]] False\n".replace("[[[", "[[").replace(
        "]]]", "]]"
    )


def test_copies_run():
    program = xp.trace(swap, Pair(MATRIX, "float32[2]"))
    program(Pair(X, W))  # with a session
    for copied in (copy.copy(program), copy.deepcopy(program), pickle.loads(pickle.dumps(program))):
        assert copied.signature == program.signature
        assert copied.model == program.model
        result = copied(Pair(X, W))
        assert type(result) is Pair
        np.testing.assert_array_equal(result.right, X)


def test_sessions_with_options_of_the_user():
    program = xp.trace(lambda x: x @ W, MATRIX)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = program.session(options)
    assert session is not program.session()
    assert program.session() is program.session()
    np.testing.assert_array_equal(session.run(None, {"x": X})[0], X @ W)


class TestParameters:
    def test_inputs_and_outputs_are_described(self):
        program = xp.trace(lambda X, scale: {"y": X * scale}, "float32[N, 2]", "float32[]")
        assert [(x.name, x.dtype, x.text) for x in program.inputs] == [
            ("X", xp.float32, "float32[N, 2]"),
            ("scale", xp.float32, "float32[]"),
        ]
        assert [x.name for x in program.outputs] == ["y"]

    def test_the_signature_is_that_of_the_function(self):
        program = xp.trace(lambda X, scale: X * scale, "float32[N, 2]", "float32[]")
        assert str(inspect.signature(program)) == "(X, scale)"
        assert "model" in inspect.signature(Program).parameters


class TestSharedSessions:
    @pytest.fixture(autouse=True)
    def created(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Return a list with the number of sessions that are made."""
        monkeypatch.setattr(shared, "_kept", OrderedDict())
        monkeypatch.setattr(shared, "_in_use", WeakValueDictionary())
        created = [0]
        session_of = runnable.session_of

        def counting(*arguments: Any) -> Any:
            created[0] += 1
            return session_of(*arguments)

        monkeypatch.setattr(runnable, "session_of", counting)
        return created

    @pytest.mark.parametrize(("limit", "times"), [(runnable.MAX_BYTES, 1), (10, 3)])
    def test_a_model_is_read_once_for_several_pickles(
        self, limit: int, times: int, monkeypatch: pytest.MonkeyPatch
    ):
        read: list[object] = []
        of_content = runnable.File.unparsed

        def unparsed(file: runnable.File) -> object:
            read.append(file)
            return of_content(file)

        monkeypatch.setattr(runnable.File, "unparsed", unparsed)
        monkeypatch.setattr(runnable, "MAX_BYTES", limit)
        data = pickle.dumps(xp.trace(lambda x: x * 7 - limit, "float64[N]"))
        first, *others = [pickle.loads(data) for _ in range(3)]
        assert len(read) == times
        assert [p(np.ones(2)).tolist() for p in (first, *others)] == [[7.0 - limit] * 2] * 3
        assert all(p.signature == first.signature for p in others)

    def test_programs_that_are_unpickled_share_one(self, created: list[int]):
        data = pickle.dumps(xp.trace(lambda x: x * 3, "float64[N]"))
        for _ in range(50):
            assert pickle.loads(data)(np.ones(2)).tolist() == [3.0, 3.0]
        assert created == [1]

    def test_files_that_are_loaded_again_share_one(self, created: list[int], tmp_path: Path):
        xp.trace(lambda x: x * 3, "float64[N]").save(tmp_path / "model.onnx")
        programs = [xp.load(tmp_path / "model.onnx") for _ in range(5)]
        assert created == [1]
        assert len({id(program.session()) for program in programs}) == 1

    def test_other_models_and_options_have_their_own(self, created: list[int]):
        programs = [xp.trace(lambda x, k=k: x * k, "float64[N]") for k in (2.0, 3.0)]
        assert [program(np.ones(1))[0] for program in programs] == [2.0, 3.0]
        assert created == [2]
        options = onnxruntime.SessionOptions()
        assert programs[0].session(options) is not programs[0].session()

    def test_few_are_kept(self, created: list[int], monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(shared, "MAX_KEPT", 3)
        for k in range(6):
            xp.trace(lambda x, k=k: x * (k + 0.5), "float64[N]")(np.ones(1))
        assert len(shared._kept) == 3
        monkeypatch.setattr(shared, "MAX_BYTES", 10)
        xp.trace(lambda x: x * 7, "float64[N]")(np.ones(1))
        assert len(shared._kept) == 3  # a large one is not kept at all

    def test_threads_get_the_same_results(self):
        data = pickle.dumps(xp.trace(lambda x: x * 3, "float64[N]"))
        with ThreadPoolExecutor(8) as pool:
            results = pool.map(
                lambda n: pickle.loads(data)(np.full(2, float(n))).tolist(), range(64)
            )
            assert list(results) == [[3.0 * n, 3.0 * n] for n in range(64)]


@pytest.mark.parametrize("args", [(), ("m.onnx",), (xp.trace(lambda x: x, "float32[N]").model,)])
def test_programs_are_not_made_by_their_class(args):
    with pytest.raises(ArgumentTypeError, match=r"made by xp\.trace .* xp\.load\(model\)"):
        xp.Program(*args)
