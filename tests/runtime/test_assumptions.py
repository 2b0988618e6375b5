"""Examples that answer where traced code asks for a value, and what is assumed by that."""

import copy
import pickle
import warnings

import hypothesis.strategies as st
import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    AssumptionError,
    ExampleError,
    FixedSizeWarning,
    LeakedArrayError,
    NameCollisionError,
    OnnxpError,
    TracedValueError,
    UnknownSizeError,
)
from tests.helpers import sessions

X = np.asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def texts(program: xp.Program) -> list[tuple[str, bool]]:
    return [(a.text, a.expected) for a in program.assumptions]


def shifted(x):
    if xp.any(x < 0):
        return x - xp.min(x)
    return x * 2


def test_a_branch_follows_the_example() -> None:
    program = xp.trace(shifted, "float64[N, 3]", example=X)
    assert texts(program) == [("any(x < 0.0)", False)]
    np.testing.assert_array_equal(program(X), shifted(X))
    other = xp.trace(shifted, "float64[N, 3]", example=-X)
    assert texts(other) == [("any(x < 0.0)", True)]
    np.testing.assert_array_equal(other(-X), shifted(-X))


def test_check_tells_where_an_assumption_fails() -> None:
    program = xp.trace(shifted, "float64[N, 3]", example=X)
    np.testing.assert_array_equal(program(X[:1], check=True), X[:1] * 2)
    with pytest.raises(AssumptionError, match=r"any\(x < 0.0\) is False.*test_assumptions.py:\d+"):
        program(-X, check=True)
    program(-X)  # as told: wrong, since nobody asked


def test_an_output_tells_whether_assumptions_hold(tmp_path) -> None:
    program = xp.trace(shifted, "float64[N, 3]", example=X, check_assumptions=True)
    program.save(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert [output.name for output in session.get_outputs()] == ["output", "assumptions_hold"]
    for data, holds in ((X, True), (-X, False), (X[:1], True)):
        assert session.run(["assumptions_hold"], {"x": data})[0] == holds
    loaded = xp.load(tmp_path / "model.onnx")
    assert loaded.assumptions == program.assumptions
    for checking in (program, loaded):
        for options in ({}, {"check": True}):
            np.testing.assert_array_equal(checking(X, **options), X * 2)
            with pytest.raises(AssumptionError):
                checking(-X, **options)
        np.testing.assert_array_equal(checking(-X, check=False), -X * 2)  # as told, and wrong


def test_a_model_saved_without_that_output_says_so(tmp_path) -> None:
    program = xp.trace(shifted, "float64[N, 3]", example=X)
    program.save(tmp_path / "model.onnx")
    loaded = xp.load(tmp_path / "model.onnx")
    assert loaded.assumptions == program.assumptions
    np.testing.assert_array_equal(loaded(X), X * 2)
    with pytest.raises(ArgumentError, match="check_assumptions"):
        loaded(X, check=True)


def test_copies_check_too() -> None:
    program = xp.trace(shifted, "float64[N, 3]", example=X)
    for other in (copy.deepcopy(program), pickle.loads(pickle.dumps(program))):
        assert other.assumptions == program.assumptions
        with pytest.raises(AssumptionError):
            other(-X, check=True)


def test_without_an_example_nothing_is_guessed() -> None:
    with pytest.raises(TracedValueError, match="example"):
        xp.trace(shifted, "float64[N, 3]")
    program = xp.trace(lambda x: x, "float64[N]", example=X[0])
    assert program.assumptions == ()
    program(X[0], check=True)


def test_integers_and_indices() -> None:
    def function(x):
        count = int(xp.sum(xp.astype(x > 2, xp.int64)))
        first = [10, 20, 30][xp.astype(x[0, 0], xp.int64)]
        return x * count + first + int(x[0, 2])

    program = xp.trace(function, "float64[N, 3]", example=X)
    assert [expected for _, expected in texts(program)] == [True, True, True]
    assert program.assumptions[0].text == "sum(x > 2.0) == 4"
    np.testing.assert_array_equal(program(X, check=True), X * 4 + 20 + 3)
    for bad in (X + 1, X[:1], X + np.asarray([[0, 0, 1], [0, 0, 0]])):
        with pytest.raises(AssumptionError):
            program(bad, check=True)


@pytest.mark.parametrize(
    "use", [lambda x: x * float(x[0, 0]), lambda x: np.asarray(x), lambda x: x + complex(x[0, 0])]
)
def test_floats_are_never_taken_from_an_example(use) -> None:
    with pytest.raises(TracedValueError):
        xp.trace(use, "float64[N, 3]", example=X, translate_numpy=False)


def test_truth_of_all_dtypes() -> None:
    for dtype in (xp.int8, xp.uint64, xp.float16, xp.float32, xp.complex64):
        spec = xp.spec(("N",), dtype)
        for data in ([0, 3], [2, 0]):
            example = np.asarray(data, dtype.numpy)
            program = xp.trace(lambda x: x if x[0] else x * 2, spec, example=example)
            np.testing.assert_array_equal(
                program(example, check=True), example * (1 if data[0] else 2)
            )
            with pytest.raises(AssumptionError):
                program(example[::-1].copy(), check=True)
    program = xp.trace(lambda x: x if x[0] else -x, "float64[N]", example=np.asarray([np.nan]))
    program(np.asarray([np.nan]), check=True)


def test_truth_needs_rank_0() -> None:
    with pytest.raises(TypeError, match="rank 0"):
        xp.trace(lambda x: x if x else -x, "float64[N]", example=X[0])


def test_comparisons_of_sizes() -> None:
    def function(x, y):
        if x.shape[0] > 1:
            x = x * 2
        if x.shape[0] == y.shape[0]:
            x = x + y[:, None]
        if x.shape[0] != 1 and x.shape[0] <= 2 * y.shape[0]:
            x = x - 1
        return x, y

    program = xp.trace(function, "float64[N, 3]", "float64[M]", example=(X, np.ones(2)))
    assert ("N > 1", True) in texts(program)
    for got, expected in zip(program(X, np.ones(2), check=True), (X * 2, np.ones(2)), strict=True):
        np.testing.assert_array_equal(got, expected)
    with pytest.raises(AssumptionError, match="N > 1"):
        program(X[:1], np.ones(2), check=True)
    with pytest.raises(UnknownSizeError):
        xp.trace(function, "float64[N, 3]", "float64[M]")


def test_sizes_that_depend_on_data() -> None:
    def function(x):
        chosen = x[x > 2]
        return chosen if chosen.shape[0] == 0 else chosen / xp.max(chosen)

    program = xp.trace(function, "float64[N]", example=X[:, 2])
    np.testing.assert_array_equal(program(X[:, 2], check=True), [0.5, 1.0])
    with pytest.raises(AssumptionError):
        program(np.zeros(3), check=True)


def test_a_size_as_a_number_is_loud() -> None:
    def rows(x):
        return sum(x[i, ...] for i in range(x.shape[0]))

    with pytest.warns(FixedSizeWarning, match="right for N = 2 only") as caught:
        program = xp.trace(rows, "float64[N, 3]", example=X)
    assert caught[0].filename == __file__
    (assumption,) = program.assumptions
    assert assumption.fixes_size
    assert "fixes the size" in repr(assumption)
    np.testing.assert_array_equal(program(X, check=True), X.sum(0))
    with pytest.raises(AssumptionError, match="N == 2"):
        program(X[:1], check=True)


@pytest.mark.parametrize(
    "use", [lambda x: x * len(x), lambda x: sum(list(x)), lambda x: x + np.ones(x.shape)]
)
def test_length_and_iteration_fix_the_size(use) -> None:
    with pytest.warns(FixedSizeWarning):
        program = xp.trace(use, "float64[N, 3]", example=X, translate_numpy=False)
    assert any(a.fixes_size for a in program.assumptions)
    np.testing.assert_array_equal(program(X, check=True), use(X))


def test_once_for_each_place() -> None:
    def function(x):
        for column in range(3):
            if xp.any(x[:, column] < 0):  # one place, three expressions
                x = x + 1
        for _ in range(3):
            if x.shape[0] > 1:
                x = x + 1
        return x

    program = xp.trace(function, "float64[N, 3]", example=X)
    assert [text for text, _ in texts(program)].count("N > 1") == 1
    for column in range(3):
        bad = X.copy()
        bad[0, column] = -1
        with pytest.raises(AssumptionError):
            program(bad, check=True)


CONDITIONS = (
    lambda ns, x: ns.any(x < 0),
    lambda ns, x: ns.sum(x) > 1,
    lambda ns, x: x[0, 0] <= x[-1, 1],
    lambda ns, x: x.shape[0] > 2,
    lambda ns, x: x[x[:, 0] > 0, :].shape[0] > 1,
    lambda ns, x: int(ns.sum(ns.astype(x > 1, ns.int64))) % 2 == 0,
    lambda ns, x: ns.all(ns.isfinite(x)),
    lambda ns, x: ns.argmax(x[:, 0]) == 0,
    lambda ns, x: x.shape[0] // 2 == 1,
)


@given(
    st.lists(st.integers(0, len(CONDITIONS) - 1), min_size=1, max_size=4),
    st.integers(0, 2**32),
    st.integers(1, 5),
    st.integers(1, 5),
)
@settings(max_examples=40, deadline=None)
def test_a_model_whose_assumptions_hold_is_right(chosen, seed, rows, other_rows) -> None:
    def function(x):
        ns = x.__array_namespace__()
        for number in chosen:
            x = x + 1 if CONDITIONS[number](ns, x) else -x * 2
        return x

    random = np.random.default_rng(seed)
    example = random.integers(-2, 3, (rows, 2)).astype(np.float64)
    program = xp.trace(function, "float64[N, 2]", example=example)
    np.testing.assert_array_equal(program(example, check=True), function(example))
    for _ in range(5):
        data = random.integers(-2, 3, (other_rows, 2)).astype(np.float64)
        try:
            result = program(data, check=True)
        except AssumptionError:
            continue
        np.testing.assert_array_equal(result, function(data))


def test_structures_and_names_of_examples() -> None:
    def function(params, x):
        return x @ params["w"] if xp.all(x > 0) else x @ params["v"]

    specs = ({"w": "float64[3]", "v": "float64[3]"}, "float64[N, 3]")
    params = {"w": np.ones(3), "v": np.zeros(3)}
    for example in ((params, X), [params, X], {"params": params, "x": X}):
        program = xp.trace(function, *specs, example=example)
        np.testing.assert_array_equal(program(params, X, check=True), X.sum(1))


@pytest.mark.parametrize(
    "example",
    [
        X.astype(np.float32),
        X[0],
        X[:, :2],
        np.zeros((0, 3)),
        (X, X),
        {"y": X},
        "text",
        [[1.0, 2.0]],
    ],
)
def test_examples_that_do_not_fit(example) -> None:
    with pytest.raises(ExampleError):
        xp.trace(lambda x: x, "float64[N, 3]", example=example)


def test_examples_whose_sizes_contradict() -> None:
    with pytest.raises(ExampleError, match="N is 2"):
        xp.trace(lambda x, y: x, "float64[N, 3]", "float64[N]", example=(X, np.ones(3)))
    with pytest.raises(ExampleError):
        xp.trace(lambda x, y: x, "float64[N, 3]", "float64[N]", example=X)


def test_the_example_is_copied() -> None:
    data = X.copy()
    x = xp.argument((2, 3), "float64", example=data)
    data[:] = -1
    assert not xp.any(x < 0)


def test_arguments_by_hand() -> None:
    x = xp.argument(("N", 3), "float64", name="x", example=X)
    y = xp.argument(("N",), "float64", name="y", example=np.asarray([3.0, 4.0]))
    result = x + y[:, None] if xp.all(x[:, 0] <= y) and x.shape[0] > 1 else x
    model = xp.build({"x": x, "y": y}, {"z": result}, check_assumptions=True)
    session = sessions.both(model)
    for data, other, holds in (
        (X, [3.0, 4.0], True),
        (X, [0.0, 9.0], False),
        (X[:1], [3.0], False),
    ):
        feeds = {"x": data, "y": np.asarray(other)}
        assert session.run(["assumptions_hold"], feeds)[0] == holds
    plain = xp.build({"x": x, "y": y}, {"z": result})
    assert [output.name for output in plain.graph.output] == ["z"]
    with pytest.raises(NameCollisionError):
        xp.build({"x": x, "y": y}, {"assumptions_hold": result}, check_assumptions=True)
    with pytest.raises(ExampleError):
        xp.argument((3,), "float64", example=X)


def test_an_argument_without_example_beside_one_with() -> None:
    x = xp.argument(("N",), "float64", example=np.ones(2))
    y = xp.argument(("N",), "float64")
    assert x[0] == 1
    with pytest.raises(TracedValueError):
        bool(xp.any(x > y))


def test_without_an_example_the_output_is_true() -> None:
    program = xp.trace(lambda x: x + 1, "float64[N]", check_assumptions=True)
    session = sessions.both(program.model)
    assert session.run(["assumptions_hold"], {"x": np.ones(1)})[0]


def test_values_behind_branches_loops_and_recipes() -> None:
    def function(x):
        y = xp.cond(xp.max(x) > 2, lambda z: z + xp.sum(x), lambda z: z - 1, x)
        (z, _), _ = xp.scan(lambda s, row: ((s[0] + row * y[0, 0], s[1]), None), (x[0, ...], y), x)
        if xp.all(xp.floor_divide(z, 2.0) > 1):
            return z
        return -z

    program = xp.trace(function, "float64[N, 3]", example=X)
    assert len(program.assumptions) == 1
    expected = function(xp.asarray(X))
    np.testing.assert_array_equal(program(X, check=True), np.asarray(expected))


def test_a_formal_input_of_a_loop_has_no_example() -> None:
    def function(x):
        return xp.fori_loop(0, 3, lambda i, s: s + 1 if s[0] > 0 else s, x)

    with pytest.raises(TracedValueError):
        xp.trace(function, "float64[N]", example=X[0])


def test_opset_limit_holds_for_assumptions() -> None:
    program = xp.trace(shifted, "float64[N, 3]", example=X, check_assumptions=True, opset=21)
    assert program.model.opset_import[0].version == 21


def test_dropped_inputs() -> None:
    def function(x, y):
        return x if xp.all(y > 0) else -x

    specs, example = ("float64[N]", "float64[N]"), (np.ones(2), np.ones(2))
    kept = xp.trace(function, *specs, example=example, drop_unused=True, check_assumptions=True)
    with pytest.raises(AssumptionError):
        kept(np.ones(1), -np.ones(1), check=True)
    dropped = xp.trace(function, *specs, example=example, drop_unused=True)
    np.testing.assert_array_equal(dropped(np.ones(1)), [1.0])
    with pytest.raises(OnnxpError):
        dropped(np.ones(1), check=True)


def test_a_parameter_called_check() -> None:
    program = xp.trace(lambda x, check: x + check, "float64[N]", "float64[N]")
    np.testing.assert_array_equal(program(np.ones(2), check=np.ones(2)), [2.0, 2.0])


# Comparing with numpy


def test_a_size_that_may_be_0_is_not_assumed_to_be_positive() -> None:
    program = xp.trace(lambda x: x + 1, "float64[N>=0, 3]", example=X)
    assert program.assumptions == ()
    assert program(X[:0], check=True).shape == (0, 3)


def test_check_compares_with_the_function() -> None:
    program = xp.trace(lambda x: {"a": x / 3, "b": xp.sum(x, axis=1) > 5}, "float32[N, 3]")
    report = program.check(X.astype(np.float32))
    assert [d.name for d in report] == ["a", "b"]
    assert report.largest < 1e-6
    assert "absolute" in str(report)


def test_check_reports_what_differs() -> None:
    class Drifting:
        offset = 0.0

        def predict(self, x):
            return x + self.offset, x[0, ...]

    model = Drifting()
    program = xp.trace(model.predict, "float64[N, 3]")
    model.offset = 0.5
    report = program.check(X)
    assert report.largest == 0.5
    assert report[1].absolute == 0
    assert report.largest_relative == 0.5 / 1.5
    model.offset = np.nan
    assert program.check(X).largest == np.inf
    Drifting.predict = lambda self, x: (x[0, ...], x[0, ...])
    program = xp.trace(lambda x: x[:1, :], "float64[N, 3]")
    assert program.check(X).largest == 0


def test_check_leaves_the_callers_arrays_alone() -> None:
    def function(x):
        x[0, 0] = -1.0
        return x

    data = X.copy()
    program = xp.trace(function, "float64[N, 3]")
    assert program.check(data).largest == 0
    np.testing.assert_array_equal(data, X)


def test_check_needs_the_function_and_the_assumptions(tmp_path) -> None:
    program = xp.trace(shifted, "float64[N, 3]", example=X)
    with pytest.raises(AssumptionError):
        program.check(-X)
    program.save(tmp_path / "model.onnx")
    with pytest.raises(ArgumentError, match="is unknown"):
        xp.load(tmp_path / "model.onnx").check(X)


# Arrays that leave their trace


def test_leaked_arrays_say_where_they_were_traced() -> None:
    kept = []
    xp.trace(lambda x: kept.append(x * 2) or x, "float64[N]")
    for use in (
        lambda: kept[0] + 1,
        lambda: bool(kept[0][0]),
        lambda: np.asarray(kept[0]),
        lambda: xp.trace(lambda y: y + kept[0], "float64[N]"),
        lambda: xp.build({"x": xp.argument(("N",), "float64")}, {"y": kept[0]}),
    ):
        with pytest.raises((LeakedArrayError, xp.errors.MixedTracesError), match="trace"):
            use()
    with pytest.raises(LeakedArrayError, match=r"test_assumptions.py:\d+"):
        kept[0] + 1


def test_a_failing_function_leaves_nothing_open() -> None:
    kept = []

    def function(x):
        kept.append(x)
        raise RuntimeError("own")

    with pytest.raises(RuntimeError, match="own"):
        xp.trace(function, "float64[N]")
    with pytest.raises(LeakedArrayError):
        kept[0] * 2


def test_no_warnings_without_need() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        xp.trace(shifted, "float64[N, 3]", example=X)


def test_a_divisor_that_is_zero_in_the_example_is_refused():
    with pytest.raises(ArgumentError, match="divided by N-2, which is 0"):
        xp.trace(
            lambda x: x + x.shape[0] // (x.shape[0] - 2), "float32[N]", example=np.ones(2, "f4")
        )
