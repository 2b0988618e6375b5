"""Predict functions written for numpy in different fields, traced for any number of rows, against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest

import onnxp as xp
from onnxp._src.ops.runtime_bugs import RUNTIME_BUGS
from tests.helpers import numpy_predictors, numpy_scorers
from tests.helpers.runtimes import INSTALLED

CASES = {**numpy_predictors.CASES, **numpy_scorers.CASES}
SIZES = (0, 1, 2, 7)
if RUNTIME_BUGS["sorting no rows"].applies(INSTALLED):
    # where N, which is at least 1, is 0 after all
    SIZES = (1, 2, 7)


def _flat(result: Any) -> list[Any]:
    if isinstance(result, dict):
        return list(result.values())
    return list(result) if isinstance(result, tuple | list) else [result]


def _compare(results: list[Any], expected: list[Any]) -> None:
    for result, right in zip(results, map(np.asarray, expected), strict=True):
        if right.dtype.kind == "U":
            assert result.tolist() == right.tolist()
            continue
        assert result.shape == right.shape
        assert result.dtype == right.dtype or right.sum() == 0  # numpy counts nothing in integers
        rtol, atol = (1e-5, 1e-6) if right.dtype == np.float32 else (1e-6, 1e-9)
        np.testing.assert_allclose(result, right, rtol=rtol, atol=atol)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", CASES)
def test_a_predictor_is_traced_as_it_is(name: str) -> None:
    function, spec, rows = CASES[name]
    program = xp.trace(function, spec)
    session = onnxruntime.InferenceSession(program.model.SerializeToString())
    (feed,) = session.get_inputs()
    for n in SIZES:
        data = rows(np.random.default_rng(n), n)
        try:
            expected = _flat(function(data.copy()))
        except (ValueError, IndexError):
            assert n < 2  # which numpy refuses
            continue
        _compare(
            session.run(None, {feed.name: data.astype(object) if data.dtype.kind == "U" else data}),
            expected,
        )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", numpy_scorers.CASES)
def test_a_predictor_of_fixed_sizes_and_evaluated(name: str) -> None:
    function, _, rows = CASES[name]
    data = rows(np.random.default_rng(3), 5)
    expected = _flat(function(data.copy()))
    dtype = xp.string if data.dtype.kind == "U" else data.dtype
    _compare(_flat(xp.trace(function, xp.spec(data.shape, dtype))(data)), expected)
    _compare([np.asarray(x) for x in _flat(function(xp.asarray(data)))], expected)
