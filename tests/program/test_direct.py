"""The short way of a call: taken by arrays that match exactly, and never another result than the long one's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import onnxp as xp
from onnxp._src.program.binding import InputBinder
from onnxp._src.program.program import Program
from onnxp.errors import AssumptionError, EvaluationError, FeedError

X = np.arange(6, dtype=np.float32).reshape(3, 2)


@pytest.fixture
def program() -> Program:
    """Return a program of two arrays that share a size, with a session."""
    traced = xp.trace(
        lambda x, y: x * 2 + xp.sum(y), "float32[N, 2]", xp.spec(("N", "M<=4"), xp.float32)
    )
    traced(X, X)
    return traced


def no_binding(*arguments: Any) -> Any:
    raise AssertionError("the long way was taken")


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 2), (5, 4)])
def test_plain_arrays_are_not_bound(
    program: Program, monkeypatch: pytest.MonkeyPatch, rows, columns
):
    monkeypatch.setattr(InputBinder, "bind", no_binding)
    y = np.ones((rows, columns), np.float32)
    result = program(np.ones((rows, 2), np.float32), y)
    assert np.array_equal(result, np.full((rows, 2), 2 + rows * columns, np.float32))


def test_shapes_are_checked_whenever_they_change(program: Program):
    for rows in (2, 3):
        ones = np.ones((rows, 2), np.float32)
        for arguments in [(ones, ones), (ones, ones)]:
            assert np.array_equal(program(*arguments), ones * 2 + 2 * rows)
        with pytest.raises(FeedError, match="N is"):
            program(ones, ones[1:])
        with pytest.raises(FeedError, match="at most 4"):
            program(ones, np.ones((rows, 5), np.float32))
        assert np.array_equal(program(ones, ones), ones * 2 + 2 * rows)


OTHERS: dict[str, tuple[Any, ...]] = {
    "Fortran's order": (np.asfortranarray(X), X),
    "every second row": (np.repeat(X, 2, axis=0)[::2], X),
    "onnxp arrays": (xp.asarray(X), xp.asarray(X)),
    "one of each": (X, xp.asarray(X)),
    "read-only": (np.broadcast_to(X[:1], (3, 2)), X),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_arrays_take_the_long_way(name: str, program: Program):
    x, y = OTHERS[name]
    expected = np.asarray(x) * 2 + np.asarray(y).sum()
    assert np.array_equal(np.asarray(program(x, y)), expected)


REFUSED: dict[str, tuple[tuple[Any, ...], str]] = {
    "another dtype": ((X.astype(np.float64), X), "has dtype float64"),
    "another byte order": ((X.astype(">f4"), X), "byte order"),
    "another rank": ((X[0], X), "has shape"),
    "another size": ((X[:, :1], X), "has shape"),
    "sizes that differ": ((X, X[:2]), "N is 3"),
    "a size above its bound": ((X, np.ones((3, 5), np.float32)), "at most 4"),
    "no rows": ((X[:0], X[:0]), "at least 1"),
    "too few": ((X,), "missing"),
    "too many": ((X, X, X), "takes 2"),
    "a masked array": ((np.ma.masked_array(X, X > 1), X), "filled"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_match_is_refused_as_before(name: str, program: Program):
    arguments, message = REFUSED[name]
    with pytest.raises(FeedError, match=message):
        program(*arguments)


def test_keywords_and_options_take_the_long_way(program: Program):
    expected = X * 2 + X.sum()
    assert np.array_equal(program(x=X, y=X), expected)
    assert np.array_equal(program(X, y=X), expected)
    assert np.array_equal(program(X, X, timeout=10), expected)
    assert np.array_equal(program(X, X, check=True), expected)


@pytest.mark.parametrize("loaded", [False, True])
def test_assumptions_are_checked_on_the_short_way(
    loaded: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def positive(x: Any) -> Any:
        return xp.log(x) if xp.all(x > 0) else x

    program = xp.trace(positive, "float32[N, 2]", example=X + 1, check_assumptions=True)
    if loaded:
        program.save(tmp_path / "model.onnx")
        program = xp.load(tmp_path / "model.onnx")
    program(X + 1)
    with monkeypatch.context() as short:
        short.setattr(InputBinder, "bind", no_binding)
        assert np.array_equal(program(X + 1), np.log(X + 1))
    with pytest.raises(AssumptionError):
        program(X)
    many = np.ones((200_000, 2), np.float32)
    assert not program(many).any()
    many[-1, 1] = -1
    with pytest.raises(AssumptionError):
        program(many)


def test_errors_of_the_run_are_explained():
    table = xp.asarray([1.0, 2.0])
    program = xp.trace(lambda i: xp.take(table, i), "int64[N]")
    assert program(np.asarray([0, 1])).tolist() == [1.0, 2.0]
    with pytest.raises(EvaluationError, match=r"test_direct\.py:\d+"):
        program(np.asarray([7]))


STRUCTURES = {
    "a tuple": lambda x: (x + 1, x.T),
    "a dict": lambda x: {"a": x + 1, "b": [x > 1]},
    "complex": lambda x: x + 1j,
    "text": lambda x: xp.asarray(["a", "b"])[xp.astype(x[:, 0] > 1, xp.int64)],
    "a size": lambda x: x.shape[0] + xp.zeros(()),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_results_are_those_of_the_long_way(name: str):
    program = xp.trace(STRUCTURES[name], "float32[N, 2]")
    first, again, by_name = program(X), program(X), program(x=X)
    for other in (again, by_name):
        np.testing.assert_equal(other, first)
        assert type(other) is type(first)


@given(
    x=hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.bool_]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    )
)
def test_jit_gives_the_same_in_each_call(x: np.ndarray):
    first, again = halved(x), halved(x)
    for result in (first, again):
        assert result["half"].dtype == np.divide(x, 2).dtype
        assert np.array_equal(result["half"], x / 2, equal_nan=True)
        assert np.array_equal(result["parts"][0], x, equal_nan=x.dtype.kind == "f")


@xp.jit
def halved(x):
    return {"half": x / 2, "parts": [x + 0 if x.dtype != xp.bool else x]}


class TestJit:
    def test_plain_arrays_are_not_flattened(self, monkeypatch: pytest.MonkeyPatch):
        from onnxp._src.program import jit

        function = xp.jit(lambda x, y: x @ y)
        expected = function(X, X.T)
        monkeypatch.setattr(jit, "flatten", no_binding)
        assert np.array_equal(function(X, X.T.copy()), expected)

    def test_constants_and_arrays_of_onnxp_are_told_apart(self):
        function = xp.jit(lambda x, k: x * k)
        assert np.array_equal(function(X, 2), X * 2)
        assert np.array_equal(function(X, 3), X * 3)
        assert np.array_equal(function(X, X), X * X)
        assert isinstance(function(X, 2), np.ndarray)
        assert isinstance(function(xp.asarray(X), 2), xp.Array)
        assert np.array_equal(function(X, k=X), X * X)

    def test_sizes_that_decide_are_looked_at(self):
        function = xp.jit(lambda x: x * 2 if x.shape[0] > 2 else x)
        for _ in range(2):
            for rows in (1, 2, 3, 4):
                assert np.array_equal(
                    function(X[:rows]), X[:rows] * (2 if len(X[:rows]) > 2 else 1)
                )

    def test_numbers_and_sizes_in_the_result(self):
        function = xp.jit(lambda x: (x + 1, x.shape[0], "text"))
        for rows in (1, 2, 3):
            result = function(X[:rows].copy())
            assert result[1:] == (rows, "text")
            assert np.array_equal(result[0], X[:rows] + 1)

    def test_writes_leave_the_callers_array_alone(self):
        @xp.jit
        def function(x):
            x[0] = 7.0
            return x

        for _ in range(3):
            x = X.copy()
            assert function(x)[0].tolist() == [7.0, 7.0]
            assert np.array_equal(x, X)

    def test_dropped_programs_are_not_called(self, monkeypatch: pytest.MonkeyPatch):
        from onnxp._src.program import jit

        monkeypatch.setattr(jit, "MAX_PROGRAMS", 1)
        function = xp.jit(lambda x: x + x)
        for dtype in (np.float32, np.float64, np.int32, np.float32):
            for _ in range(2):
                result = function(X.astype(dtype))
                assert result.dtype == dtype
                assert np.array_equal(result, (X + X).astype(dtype))
        assert len(function._direct) == 1
