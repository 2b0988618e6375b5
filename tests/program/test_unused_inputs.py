"""Inputs that no output depends on."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import onnxp as xp
from onnxp.errors import ExampleError
from onnxp.sklearn import trace_estimator
from tests.helpers.small_programs import MATRIX, Pair, W, X, check, inputs


def test_unused_inputs_stay_unless_told():
    def function(x, unused, params):
        return x * params["used"]["a"]

    specs = (
        MATRIX,
        "int8[7]",
        {"used": {"a": "float32[2]", "b": "float32[]"}, "other": "float32[]"},
    )
    kept = check(xp.trace(function, *specs))
    assert inputs(kept) == ["x", "unused", "params_used_a", "params_used_b", "params_other"]
    zero = np.float32(0)
    params = {"used": {"a": W, "b": zero}, "other": zero}
    np.testing.assert_array_equal(kept(X, np.zeros(7, np.int8), params), X * W)
    dropped = check(xp.trace(function, *specs, drop_unused=True))
    assert inputs(dropped) == ["x", "params_used_a"]
    np.testing.assert_array_equal(dropped(X, W), X * W)
    np.testing.assert_array_equal(dropped(params_used_a=W, x=X), X * W)


def test_a_structure_in_full_use_stays_a_structure():
    program = xp.trace(
        lambda x, unused, pair: x * pair.left + pair.right,
        MATRIX,
        "int8[]",
        Pair("float32[2]", "float32[2]"),
        drop_unused=True,
    )
    np.testing.assert_array_equal(program(X, Pair(W, W)), X * W + W)
    np.testing.assert_array_equal(program(X, pair=Pair(W, W)), X * W + W)


def test_dropping_keeps_what_is_needed():
    sizes = xp.trace(
        lambda x, y, z: x + z.shape[0], "int64[]", "int64[K]", "int64[K]", drop_unused=True
    )
    assert len(inputs(sizes)) == 2
    assert sizes(np.asarray(1), np.zeros(5, int)) == 6
    plane = check(xp.trace(lambda z: xp.imag(z), "complex64[N]", drop_unused=True))
    assert inputs(plane) == ["z_real", "z_imag"]
    np.testing.assert_array_equal(plane(np.asarray([1 + 2j], np.complex64)), [2])


def test_build_drops_too():
    x, y = xp.argument(("N",), xp.float32), xp.argument(("M",), xp.float32)
    model = xp.build({"x": x, "y": y}, {"z": x + 1}, drop_unused=True)
    assert [info.name for info in model.graph.input] == ["x"]


NO_INPUTS = {
    "zone": (pd.to_datetime(["2024-01-01", "2024-02-01"], utc=True), "of the zone UTC"),
    "decimals": ([Decimal("1.5"), Decimal("2.5")], "is object"),
    "lists": ([[1, 2], [3]], "is object"),
}


@pytest.mark.parametrize("kind", NO_INPUTS)
def test_columns_that_are_no_inputs_are_dropped(kind: str):
    column, message = NO_INPUTS[kind]
    frame = pd.DataFrame({"age": [22.0, 38.0], "odd": column})
    step = make_column_transformer((StandardScaler(), ["age"])).fit(frame)
    program = trace_estimator(step, "transform", example=frame, drop_unused=True)
    assert [leaf.name for leaf in program.inputs] == ["age"]
    np.testing.assert_array_equal(program(frame), step.transform(frame))
    of_function = xp.trace(lambda df: df["age"] * 2, example=frame, drop_unused=True)
    assert [leaf.name for leaf in of_function.inputs] == ["age"]
    with pytest.raises(ExampleError, match=f"column 'odd' .*{message}"):
        trace_estimator(step, "transform", example=frame)


def test_columns_that_are_no_inputs_are_not_dropped_where_they_count():
    frame = pd.DataFrame({"age": [22.0, 38.0], "odd": NO_INPUTS["zone"][0]})
    for function in (lambda df: df[["odd"]], lambda df: df[["odd"]].assign(day=df["odd"].dt.day)):
        step = FunctionTransformer(function).fit(frame)
        with pytest.raises(ExampleError, match="column 'odd' has times of the zone UTC"):
            trace_estimator(step, "transform", example=frame, drop_unused=True)
