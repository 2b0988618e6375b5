"""Predict functions written for numpy in different fields, traced for any number of rows, against numpy."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

import onnxp as xp
from tests.helpers.numpy_predictors import CASES

SIZES = (1, 3, 17)


@pytest.mark.parametrize("name", CASES)
def test_a_predictor_is_traced_as_it_is(name: str) -> None:
    function, spec, rows = CASES[name]
    program = xp.trace(function, spec)
    session = onnxruntime.InferenceSession(program.model.SerializeToString())
    (feed,) = session.get_inputs()
    for n in SIZES:
        data = rows(np.random.default_rng(n), n)
        expected = function(data.copy())
        expected = expected if isinstance(expected, tuple) else (expected,)
        results = session.run(None, {feed.name: data})
        for result, right in zip(results, map(np.asarray, expected), strict=True):
            if right.dtype.kind == "U":
                assert result.tolist() == right.tolist()
                continue
            assert (result.dtype, result.shape) == (right.dtype, right.shape)
            np.testing.assert_allclose(result, right, rtol=1e-6, atol=1e-9)
