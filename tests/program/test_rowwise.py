"""Programs that are proved to be row-wise, of all kinds: other rows of the batch change nothing."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import OnnxpError
from onnxp.sklearn import dispatch, trace_estimator
from tests.helpers import numpy_predictors, numpy_scorers, sklearn_cases
from tests.helpers.programs import array, random_program

PREDICTORS = {**numpy_predictors.CASES, **numpy_scorers.CASES}
ROWS = 9

TOGETHER = frozenset(
    {
        # of scikit-learn's cases, those that look at the whole batch
        "CalibratedClassifierCV(temp).predict",
        "CalibratedClassifierCV(temp).predict_proba",
        "euclidean_distances(X,X).call",
    }
)


def depends_on_its_batch(program: xp.Program, *inputs: np.ndarray) -> str:
    """Return how the result of a row changes with the other rows; empty if it does not."""
    count = len(inputs[0])
    random = np.random.default_rng(count)
    ways = {
        "permuted": random.permutation(count),
        "split": np.arange(count // 2),
        "rest": np.arange(count // 2, count),
        "duplicated": np.repeat(np.arange(count), 2),
        "with others": random.integers(0, count, count),
        "alone": np.array([count - 1]),
    }
    whole = _results(program, inputs)
    for way, chosen in ways.items():
        for one, other in zip(whole, _results(program, [x[chosen] for x in inputs]), strict=True):
            expected = one[chosen] if len(one) == count else one
            if not _agree(expected, other):
                return way
    return ""


def _results(program: xp.Program, inputs: Any) -> list[np.ndarray]:
    return [np.asarray(x) for x in program.run(list(inputs))]


def _agree(a: np.ndarray, b: np.ndarray) -> bool:
    if a.dtype.kind not in "fc":
        return a.shape == b.shape and bool(np.all(a == b))
    rtol = 1e-4 if a.dtype.itemsize <= 4 or a.dtype == np.complex64 else 1e-9
    return a.shape == b.shape and np.allclose(a, b, rtol=rtol, atol=rtol, equal_nan=True)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", PREDICTORS)
def test_predict_functions(name: str) -> None:
    function, spec, rows = PREDICTORS[name]
    program = xp.trace(function, spec)
    if program.rowwise:
        data = rows(np.random.default_rng(3), ROWS)
        assert not depends_on_its_batch(program, data), program.text()


def _traced(case: sklearn_cases.Case) -> tuple[xp.Program, np.ndarray]:
    rows = case.input("float64")
    spec = xp.spec(("N", *rows.shape[1:]), rows.dtype)
    model = case.fitted("float64")
    for example in (None, rows[:5]):
        try:
            if case.method == "call":
                with dispatch():
                    return xp.trace(model, spec, example=example), rows
            return trace_estimator(model, case.method, spec=spec, example=example), rows
        except OnnxpError as error:
            failure = error
    raise failure


@pytest.mark.parametrize("case", sklearn_cases.CASES, ids=lambda case: case.id)
def test_estimators(case: sklearn_cases.Case) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program, rows = _traced(case)
    assert bool(program.rowwise) is (case.id not in TOGETHER), str(program.rowwise)
    if program.rowwise:
        assert not depends_on_its_batch(program, rows[:ROWS])


def test_most_estimators_are_proved() -> None:
    assert len(TOGETHER) <= 0.05 * len(sklearn_cases.CASES)


def test_random_programs() -> None:
    proved = Counter[bool]()
    for seed in range(150):
        random = np.random.default_rng(seed)
        program = random_program(random, 5)
        inputs = [x for x in program.inputs if x.ndim]
        if len(inputs) != len(program.inputs):
            continue
        specs = [xp.spec(("N>=0", *x.shape[1:]), x.dtype) for x in inputs]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                traced = xp.trace(lambda *x: program(xp, *x)[-1], *specs)  # noqa: B023
        except Exception:  # such as sizes that have to be known
            continue
        rowwise = bool(traced.rowwise)
        proved[rowwise] += 1
        if rowwise:
            data = [array(random, str(x.dtype), (ROWS, *x.shape[1:])) for x in inputs]
            assert not depends_on_its_batch(traced, *data), (seed, program)
    assert proved[True] > 10
