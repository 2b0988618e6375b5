"""Comparison of traced estimators with scikit-learn, for several numbers of rows and both dtypes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from inspect import isgenerator
from typing import Any

import numpy as np

import onnxp as xp
from onnxp.sklearn import trace_estimator
from tests.helpers.sessions import session

BATCHES = (1, 3, 7, 12)
DTYPES = ("float64", "float32")


def assert_agrees(
    estimator: Any,
    method: str,
    rows: np.ndarray,
    *,
    rtol: float = 1e-12,
    rtol32: float = 2e-6,
    batches: Sequence[int] = BATCHES,
) -> None:
    """Assert that the model of a method gives what scikit-learn gives, in a session without onnxp.

    Parameters
    ----------
    estimator : object
        The fitted estimator.
    method : str
        The method. Sparse results are compared as dense ones.
    rows : array
        At least as many rows as the largest batch has.
    rtol, rtol32 : float, optional
        The differences allowed for results in float64 and float32, as parts of the largest number.
    batches : sequence of int, optional
        How many of the rows to give at a time.
    """
    program = trace_estimator(estimator, [method], spec=xp.spec(("N", *rows.shape[1:]), rows.dtype))
    for size in batches:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = getattr(estimator, method)(rows[:size].copy())
        expected = (
            list(result) if isgenerator(result) or isinstance(result, list | tuple) else [result]
        )
        actual = session(program.model).run(None, {"X": rows[:size]})
        for one, other in zip(actual, map(_dense, expected), strict=True):
            assert one.shape == other.shape, (size, one.shape, other.shape)
            if other.dtype.kind != "f":
                assert [*map(str, one.ravel())] == [*map(str, other.ravel())], size
                continue
            scale = max(1.0, np.abs(other[np.isfinite(other)]).max(initial=0.0))
            np.testing.assert_allclose(
                one,
                other,
                rtol=0,
                atol=(rtol if other.dtype == np.float64 else rtol32) * scale,
                err_msg=f"{size} rows",
            )


def _dense(array: Any) -> np.ndarray:
    return np.asarray(array.toarray() if hasattr(array, "toarray") else array)
