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


OWN_ELEMENTS = {
    "argmax": lambda x: x[np.arange(x.shape[0]), x.argmax(axis=1)],
    "len": lambda x: x[np.arange(len(x)), np.argmin(x, axis=1)] + x.sum(axis=1),
    "a column": lambda x: x[np.arange(len(x)), 2],
    "of a matrix": lambda x: x.reshape((-1, 2, 2))[np.arange(len(x)), x.argmax(axis=1) // 2],
}


@pytest.mark.parametrize("rows", ["N", "N>=0"])
@pytest.mark.parametrize("name", OWN_ELEMENTS)
def test_elements_that_each_row_chooses(name: str, rows: str) -> None:
    program = xp.trace(OWN_ELEMENTS[name], f"float64[{rows}, 4]")
    assert program.rowwise
    assert not depends_on_its_batch(program, np.random.default_rng(0).normal(size=(ROWS, 4)))


OTHERS = {
    "the next row": lambda x: x[(np.arange(len(x)) + 1) % len(x), x.argmax(axis=1)],
    "the chosen row": lambda x: x[x.argmax(axis=1) * 0, np.arange(len(x)) % 4],
    "reversed": lambda x: x[np.arange(len(x))[::-1], x.argmax(axis=1)],
    "the numbers": lambda x: np.arange(len(x)) + x[:, 0],
}


@pytest.mark.parametrize("rows", ["N", "N>=0"])
@pytest.mark.parametrize("name", OTHERS)
def test_elements_of_other_rows(name: str, rows: str) -> None:
    assert not xp.trace(OTHERS[name], f"float64[{rows}, 4]").rowwise


def depends_on_its_batch(
    program: xp.Program, *inputs: np.ndarray, whole: tuple[np.ndarray, ...] = ()
) -> str:
    """Return how the result of a row changes with the other rows; empty if it does not.

    `whole` are more inputs, which have no rows.
    """
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
    results = _results(program, [*inputs, *whole])
    for way, chosen in ways.items():
        changed = _results(program, [*(x[chosen] for x in inputs), *whole])
        for one, other in zip(results, changed, strict=True):
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


MOST = 2 * ROWS + 3
"""The size of tables, from which every number of a row can take an element."""
TABLE = np.random.default_rng(0).normal(size=MOST)
COLUMNS = np.random.default_rng(1).normal(size=(MOST, 3))


class _Numbered:
    """A random program with numbers of rows, masks, tables, and an input without rows."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __call__(self, X: Any, y: Any, w: Any) -> Any:
        self._random = np.random.default_rng(self.seed)
        self._rows = np.arange(len(X))
        self._vectors, self._matrices = [y, X[:, 0]], [X, np.tanh(X) * 2]
        self._masks, self._numbers = [X[:, 1] > 0], [self._rows]
        steps = (self._computed, self._masked, self._numbered, self._gathered, self._written)
        for _ in range(self._random.integers(2, 6)):
            self._choice(steps)(w)
        self._choice((self._gathered, self._written))(w)
        return self._choice((self._vectors[-1], self._matrices[-1]))

    def _choice(self, options: Any) -> Any:
        return options[self._random.integers(len(options))]

    def _computed(self, _: Any) -> None:
        a, b, mask = (self._choice(kind) for kind in (self._vectors, self._vectors, self._masks))
        ways = (lambda: a + b, lambda: a * 2 - 1, lambda: np.where(mask, a, b))
        self._vectors.append(self._choice(ways)())

    def _masked(self, _: Any) -> None:
        numbers, vector = self._choice(self._numbers), self._choice(self._vectors)
        ways = (
            lambda: vector > 0.5,
            lambda: vector < 0,
            lambda: numbers < 5,
            lambda: numbers % 2 == 0,
            lambda: np.astype(numbers, bool),
        )
        self._masks.append(self._choice(ways[:2] * 3 + ways)())

    def _numbered(self, _: Any) -> None:
        numbers = self._choice(self._numbers)
        ways = (
            lambda: np.astype(np.astype(numbers, np.int32), np.int64),
            lambda: numbers[:, None][:, 0],
            lambda: numbers[::-1],
            lambda: numbers // 2,
            lambda: len(self._rows) - 1 - numbers,
            lambda: np.nonzero(self._vectors[0] == self._vectors[0])[0],
        )
        self._numbers.append(self._choice(ways[:2] * 3 + ways)())

    def _gathered(self, w: Any) -> None:
        i, X, y = (self._choice(kind) for kind in (self._numbers, self._matrices, self._vectors))
        ways = (
            lambda: y[i],
            lambda: X[i, 1],
            lambda: X[i, np.argmax(X, axis=1)],
            lambda: np.take(X, i, axis=0)[:, 2],
            lambda: np.take_along_axis(y, i, axis=0),
            lambda: xp.fori_loop(0, 2, lambda _, v: v + y[i], y),
            lambda: TABLE[i],
            lambda: w[i],
            lambda: COLUMNS[i, 1],
            lambda: np.take(COLUMNS, i, axis=0)[:, 0],
            lambda: np.take_along_axis(w, i, axis=0),
            lambda: np.take_along_axis(X, i[:, None] % 3, axis=1)[:, 0],
            lambda: np.take_along_axis(np.concat([X] * 7, axis=1), i[:, None], axis=1)[:, 0],
            lambda: np.concat([X] * 7, axis=1)[i, i],
            lambda: xp.fori_loop(0, 2, lambda _, v: v + TABLE[i], y),
            lambda: np.astype(i, np.float64),
            lambda: np.astype(i[:, None] == np.arange(3), np.float64)[:, 1],
        )
        self._vectors.append(self._choice(ways[:6] * 2 + ways)())

    def _written(self, w: Any) -> None:
        X, y = self._choice(self._matrices) * 1, self._choice(self._vectors) * 1
        mask, other = self._choice(self._masks), self._choice(self._vectors)
        i = self._choice((np.nonzero(mask)[0], *self._numbers))
        r, c = np.nonzero(X > 0.3)
        sources = (
            lambda: y[i] + other[i],
            lambda: X[i, 2],
            lambda: TABLE[i],
            lambda: w[i],
            lambda: COLUMNS[i, 1],
            lambda: np.astype(i, np.float64),
        )
        places = (
            lambda: X[r, c] * 2,
            lambda: other[r] + TABLE[c],
            lambda: COLUMNS[r, c],
            lambda: w[r],
            lambda: np.astype(r, np.float64),
        )
        if self._random.random() < 0.4:
            X[r, c] = self._choice(places[:2] * 2 + places)()
        elif self._random.random() < 0.3:
            X[i, 1] = self._choice(sources[:2] * 2 + sources)()
        else:
            y[i] = self._choice(sources[:2] * 2 + sources)()
        self._matrices.append(X)
        self._vectors.append(y)


@pytest.mark.filterwarnings("ignore::onnxp.errors.FrozenValueWarning")
@pytest.mark.parametrize("first", range(0, 400, 100))
def test_random_programs_with_the_numbers_of_rows(first: int) -> None:
    random = np.random.default_rng(first)
    X, y, w = random.normal(size=(ROWS, 3)), random.normal(size=ROWS), random.normal(size=MOST)
    proved = Counter[bool]()
    for seed in range(first, first + 100):
        program = xp.trace(_Numbered(seed), "float64[N, 3]", "float64[N]", "float64[M]")
        proved[bool(program.rowwise)] += 1
        if program.rowwise:
            assert not depends_on_its_batch(program, X, y, whole=(w,)), (seed, program.text())
    assert min(proved[True], proved[False]) > 10
