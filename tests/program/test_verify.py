"""A trace with an example compares its model with its function; `Program.check` has a verdict."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import onnxp as xp
from onnxp._src.program import verify
from onnxp.errors import (
    ArgumentError,
    CaughtErrorWarning,
    FeedError,
    TracedValueError,
    VerificationError,
)

X = np.asarray([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])


def by_class(x: Any) -> Any:
    return x * 2 if isinstance(x, np.ndarray) else x * 3


def by_scalar(x: Any) -> Any:
    return x * 2 if np.isscalar(x[0, 0]) else x * 3


def by_type(x: Any) -> Any:
    return x + 1 if type(x) is np.ndarray else x


def by_rows(x: Any) -> Any:
    return x * 2 if x.shape[0] > 1 else x


def in_shape(x: Any) -> Any:
    return x[:, 0] if isinstance(x, np.ndarray) else x


@pytest.mark.parametrize("function", [by_class, by_scalar, by_type, in_shape])
def test_another_branch_is_an_error(function: Any) -> None:
    with pytest.raises(
        VerificationError, match=r"disagree on the example.*\n.*differs \(rtol=1e-06"
    ):
        xp.trace(function, "float64[N, 2]", example=X, translate_numpy=False)
    program = xp.trace(function, "float64[N, 2]", example=X, verify=False, translate_numpy=False)
    assert program(X).shape[0] == 3


def test_the_first_row_is_compared_where_assumptions_hold() -> None:
    program = xp.trace(by_rows, "float64[N, 2]", example=X)
    assert [a.text for a in program.assumptions]
    spread = xp.trace(lambda x: (x - np.mean(x, axis=0)) / x.shape[0], "float64[N, 2]", example=X)
    assert spread(X).shape == X.shape


def test_results_that_agree() -> None:
    xp.trace(lambda x: {"a": x.sum(axis=1), "b": x > 1}, "float64[N, 2]", example=X)
    xp.trace(lambda x, y: np.stack([x, y]), "float64[N]", "float64[N]", example=(X[:, 0], X[:, 1]))
    xp.trace(lambda s: s == "a", "string[N]", example=np.asarray(["a", "b"], object))
    xp.trace(lambda x: x[xp.argmax(x)], "int64[N]", example=np.asarray([3, 1]))


def test_a_function_of_traced_arrays_only() -> None:
    program = xp.trace(lambda x: x * 1 if x.is_traced else None, "float64[N, 2]", example=X)
    assert program(X).shape == (3, 2)


def test_at_most_a_thousand_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[int] = []

    def function(x: Any) -> Any:
        if not isinstance(x, xp.Array):
            rows.append(x.shape[0])
        return x + 1

    xp.trace(function, "float64[N]", example=np.zeros(5000))
    assert rows == [verify.MOST_ROWS, 1]
    rows.clear()
    xp.trace(function, "float64[N>=2]", example=np.zeros(3))
    assert rows == [3]


def test_the_model_runs_with_the_default_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that only goes wrong when it is optimised is found: here, one that stands for it."""
    wrong = xp.trace(lambda x: x * 3, "float64[N, 2]")
    monkeypatch.setattr(xp.Program, "_at_default_options", lambda program: wrong)
    with pytest.raises(VerificationError):
        xp.trace(lambda x: x * 2, "float64[N, 2]", example=X)


def stand_in(program: xp.Program, function: Any) -> None:
    """Let another function take the place of the traced one."""
    assert program._origin is not None
    program._origin = program._origin._replace(call=lambda arrays: function(*arrays))


def test_the_verdict() -> None:
    program = xp.trace(lambda x: x / 3, "float64[N, 2]")
    comparison = program.check(X)
    assert comparison
    assert "agrees (rtol=1e-06" in str(comparison)
    stand_in(program, lambda x: x / 3.0001)
    assert not program.check(X)
    assert "differs" in str(program.check(X))
    assert program.check(X, rtol=1e-3)
    assert "relative" in str(program.check(X, rtol=1e-3, atol=0.5))
    stand_in(program, lambda x: x.astype(np.int64))
    assert not program.check(X)


@pytest.mark.parametrize(
    ("output", "expected", "agrees"),
    [
        ([1.0, np.nan], [1.0, np.nan], True),
        ([1.0, np.inf], [1.0, np.nan], False),
        ([np.inf], [-np.inf], False),
        ([1e-9, 1e3], [2e-9, 1e3], True),  # of the largest one
        ([1, 2], [1, 3], False),
        (["a"], ["b"], False),
        ([True], [True], True),
        ([[1.0]], [1.0], False),
        ([1e300], [1.1e300], False),
        ([[1e9, 0.5]], [[1e9, 0.51]], False),  # of the largest one of its column
        ([[1e9, 1e-7]], [[1e9, 0.0]], True),  # the rounding error of the other numbers of its row
        ([[np.nan, 0.5], [1.0, 2.0]], [[np.nan, 0.5], [1.0, 2.0]], True),
    ],
)
def test_tolerances(output: Any, expected: Any, agrees: bool) -> None:
    comparison = verify.compare(["y"], [np.asarray(output)], [np.asarray(expected)])
    assert bool(comparison) is agrees


def catches(x: Any) -> Any:
    try:
        return x / float(x.max())
    except Exception:
        return x


def catches_types(x: Any) -> Any:
    try:
        return x if x.max() > 1 else -x
    except (TypeError, ValueError):
        return x * 0


@pytest.mark.parametrize("function", [catches, catches_types])
def test_a_caught_error_is_told(function: Any) -> None:
    with pytest.warns(CaughtErrorWarning, match=r"test_verify\.py:\d+"):
        xp.trace(function, "float64[N, 2]")
    with pytest.raises(TracedValueError):
        xp.trace(function, "float64[N, 2]", strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        xp.trace(lambda x: x.max(), "float64[N, 2]")


def filled(x: Any) -> Any:
    return xp.nulls.fill_null(x, 0) * 2


NULLS: list[tuple[Any, list[Any]]] = [
    ("int64?[N]", [np.ma.array([1, 2], mask=[0, 1]), [1, None], xp.asarray([1, None])]),
    ("int64?[N]", [pd.Series([1, None], dtype="Int64"), pd.Series([1, None]), np.array([1, 2])]),
    (xp.spec("int64?[N]", null=-1), [np.array([1, -1]), [1, None]]),
    (xp.spec("float64?[N]", null="nan"), [np.array([1.5, np.nan]), [1.5, None]]),
    (xp.spec("float32?[N]", null="nan"), [np.array([1.5, np.nan], np.float32)]),
    (xp.spec("complex128?[N]", null="nan"), [np.array([1.5j, np.nan]), [1j, None]]),
]  # fmt: skip


@pytest.mark.parametrize("locate", [False, True])
@pytest.mark.parametrize("function", [filled, lambda x: x + 1, lambda x: {"a": -x, "b": x == x}])
@pytest.mark.parametrize(
    ("spec", "argument"), [(spec, given) for spec, arguments in NULLS for given in arguments]
)
def test_the_function_gets_nulls_as_the_model_does(
    spec: Any, argument: Any, function: Any, locate: bool
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = xp.trace(function, spec, example=argument)
        comparison = program.check(argument, locate=locate)
    assert comparison, comparison
    assert comparison.largest == comparison.largest_relative == 0


@pytest.mark.parametrize("spec", ["string?[N]", xp.spec("string?[N]", null="")])
def test_the_function_gets_text_with_nulls(spec: Any) -> None:
    program = xp.trace(lambda s: (xp.nulls.fill_null(s, "z"), s), spec, example=["a", None])
    assert program.check(["a", None])
    assert program.check(pd.Series(["a", None], dtype="string"), locate=True)


@pytest.mark.parametrize("spec", ["float64?[N]", xp.spec("float64?[N]", null="nan")])
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + 1 if x.is_traced else x + 2,
        lambda x: x if x.is_traced else xp.nulls.fill_null(x, 7.0),
        lambda x: xp.nulls.fill_null(x, 7.0 if x.is_traced else 8.0),
        lambda x: xp.where(x > 1, x, None) if x.is_traced else x,
    ],
)
def test_another_branch_of_nulls_is_an_error(function: Any, spec: Any) -> None:
    data = [1.0, None, 2.0]
    with pytest.raises(VerificationError, match="differs"):
        xp.trace(function, spec, example=data)
    program = xp.trace(function, spec)
    assert not program.check(data)
    assert not program.check(data, locate=True)


@pytest.mark.parametrize(
    ("null", "agrees", "largest"), [([0, 1], True, 0), ([1, 0], False, np.inf), ([0, 0], False, np.inf)]
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_only_what_is_not_null_is_compared(
    dtype: str, null: Any, agrees: bool, largest: float
) -> None:
    output = np.ma.array(np.array([1, 2], dtype), mask=[0, 1])
    expected = np.ma.array(np.array([1, 9], dtype), mask=null)
    comparison = verify.compare(["y"], [output], [expected])
    assert bool(comparison) is agrees
    assert comparison.largest == comparison.largest_relative == largest


def added(age: Any, income: Any) -> Any:
    return age + income


FRAME = pd.DataFrame({"income": [3.0, 4.0], "age": [1, 2]})


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((FRAME.astype(float),), {}),
        (({"age": np.ones(2), "income": np.ones(2), "id": np.ones(2)},), {}),
        (([1.0, 2.0], [3, 4]), {}),
        (([1.0, 2.0],), {"income": FRAME["income"]}),
        ((xp.asarray([1.0, 2.0]),), {"income": (3.0, 4.0)}),
    ],
)
@pytest.mark.parametrize("locate", [False, True])
def test_check_binds_its_arguments_as_a_call_does(args: Any, kwargs: Any, locate: bool) -> None:
    program = xp.trace(added, "float64[N]", "float64[N]")
    program(*args, **kwargs)
    assert program.check(*args, **kwargs, locate=locate).largest == 0
    with pytest.raises(FeedError, match=r"\['income'\] is missing"):
        program.check([1.0, 2.0], locate=locate)


@pytest.mark.parametrize("locate", [False, True])
def test_check_refuses_what_a_call_refuses(locate: bool) -> None:
    program = xp.trace(added, "float64[N]", "float64[N]")
    with pytest.raises(FeedError, match="has size 2, but N is 1"):
        program.check([1.0], [1.0, 2.0], locate=locate)


def test_check_needs_as_many_results() -> None:
    program = xp.trace(lambda x: (x, x) if isinstance(x, xp.Array) else x, "float64[N, 2]")
    for locate in (False, True):
        with pytest.raises(ArgumentError, match="has 2 results, and its function 1"):
            program.check(X, locate=locate)


def test_check_says_why_the_function_refuses_arrays() -> None:
    program = xp.trace(lambda x: x * 1 if x.is_traced else x.missing, "float64[N, 2]")
    with pytest.raises(ArgumentError, match="neither arrays of numpy nor of onnxp; AttributeError"):
        program.check(X)


@pytest.mark.parametrize(
    ("results", "expected", "cause"),
    [
        (np.array(["long", "a"], object), np.array(["lo", "a"]), "numpy's arrays of text have a width"),
        (np.array(["long", "a"], object), np.array(["lo", "b"]), "takes another branch"),
        (np.array([1, 0, 2]), np.array([0, 1, 2]), r"equal \(ties\) may be sorted"),
        (np.array([1, 0, 3]), np.array([0, 1, 2]), "takes another branch"),
        (np.array([1.0, np.nan]), np.array([1.0, 2.0]), "Only missing values differ: fill"),
    ],
)  # fmt: skip
def test_causes_are_named(results: Any, expected: Any, cause: str) -> None:
    def constant(x: Any) -> Any:
        return xp.asarray(results) if isinstance(x, xp.Array) else expected

    with pytest.raises(VerificationError, match=cause):
        xp.trace(constant, "float64[3]", example=X[:, 0])
