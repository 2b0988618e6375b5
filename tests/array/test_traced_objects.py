"""What Python does with traced arrays beside computing: copies, pickles, comparisons, writes, threads."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import LeakedArrayError, NotAnArrayError, TracedValueError

ROWS = np.asarray([1.0, 2.0, 3.0], np.float32)


def traced() -> xp.Array:
    return xp.argument(("N",), xp.float32)


@pytest.mark.parametrize("held", [lambda x: x, lambda x: {"a": [x]}, lambda x: xp.sum(x)])
def test_a_traced_array_is_not_pickled(held) -> None:
    with pytest.raises(TracedValueError, match=r"cannot be pickled.*Return it.*pickle the program"):
        pickle.dumps(held(traced()))


def test_what_is_pickled(subtests: pytest.Subtests) -> None:
    x = traced()
    for obj in (
        xp.asarray([1, 2]),
        xp.asarray([1j]),
        xp.sum(xp.asarray(ROWS)),
        xp.unique_all(xp.asarray([2, 2])),
    ):
        with subtests.test(obj=obj):
            for again in (pickle.loads(pickle.dumps(obj)), copy.deepcopy(obj)):
                assert repr(again) == repr(obj)
    for obj in (
        x.shape[0],
        x.shape[0] / 2,
        xp.spec(("N", 2), "int8"),
        xp.float32,
        x.device,
        xp.finfo(xp.float32),
    ):
        with subtests.test(obj=obj):
            assert repr(pickle.loads(pickle.dumps(obj))) == repr(obj)
    assert pickle.loads(pickle.dumps(xp.float32)) is xp.float32


def test_copies_are_arrays_of_their_own() -> None:
    def function(x):
        deep, shallow = copy.deepcopy({"x": x})["x"], copy.copy(x)
        deep += 1
        shallow[0] = 9
        return x, deep, shallow

    results = xp.trace(function, "float32[N]")(ROWS)
    assert [r.tolist() for r in results] == [[1, 2, 3], [2, 3, 4], [9, 2, 3]]


class Estimator:
    """As in scikit-learn: parameters in, fitted attributes, clones."""

    def __init__(self, offset: Any) -> None:
        self.offset = offset

    def predict(self, x):
        other = copy.deepcopy(self)
        other.offset += x[0]
        return x + other.offset + self.offset


@pytest.mark.parametrize("offset", [np.zeros(1, np.float32), xp.zeros(1, dtype=xp.float32)])
def test_clones_of_objects_inside_of_a_trace(offset) -> None:
    estimator = Estimator(offset)
    if isinstance(offset, np.ndarray):  # numpy cannot hold what is traced
        with pytest.raises((TracedValueError, TypeError)):
            xp.trace(estimator.predict, "float32[N]")
    else:
        assert xp.trace(estimator.predict, "float32[N]")(ROWS).tolist() == [2, 3, 4]
    assert np.asarray(estimator.offset).tolist() == [0]


@pytest.mark.parametrize(
    "use",
    [
        lambda x: 1 if x == x else 2,
        lambda x: 1 if x[0] == 1 else 2,
        lambda x: x[0] and 1,
        lambda x: not x[0],
        lambda x: x[0] < x[1] < x[2],
        lambda x: max(x[0], x[1]),
        lambda x: sorted([x[0], x[1]]),
        lambda x: [x + 1].index(x),
        lambda x: x in [x + 1],
        lambda x: 3 in x,
        lambda x: [1, 2, 3][xp.argmax(x)],
        lambda x: range(xp.argmax(x)),
        lambda x: "abc"[xp.argmax(x)],
        lambda x: f"{x[0]:.2f}",
        lambda x: float(x[0]),
        lambda x: round(float(x[0])),
        lambda x: x.item(),
        lambda x: next(iter(lambda: bool(x[0] > 0), False)),
    ],
)
def test_python_can_not_look_at_a_traced_array(use) -> None:
    with pytest.raises(TracedValueError, match=r"not known before the model runs|no elements"):
        xp.trace(use, "float32[N]")


def test_what_does_not_look_is_fine() -> None:
    x = traced()
    assert (x == None).dtype == xp.bool  # noqa: E711  # as in numpy, of each element
    assert x in [x]
    assert repr(x) == str(x) == f"{x}" == "Array(traced float32[N])"
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)


@pytest.mark.parametrize(
    "result",
    [None, "text", [], {}, {"a": []}, (None, 1), iter(()), lambda: 1, xp, object()],
    ids=lambda obj: type(obj).__name__,
)
def test_functions_that_return_no_arrays(result) -> None:
    with pytest.raises(NotAnArrayError, match="array"):
        xp.trace(lambda x: result, "float32[N]")


def test_writes_stay_inside() -> None:
    def function(x, params):
        x[0] = 5
        x += params["w"]
        params["w"][:] = 0
        params["w"] *= 2
        params["new"] = x
        return x, params["w"]

    w = np.ones(3, np.float32)
    program = xp.trace(function, "float32[3]", {"w": "float32[3]"})
    for a, b in ((ROWS, {"w": w}), (xp.asarray(ROWS), {"w": xp.asarray(w)})):
        x, zeros = program(a, b)
        assert np.asarray(x).tolist() == [6, 3, 4]
        assert np.asarray(zeros).tolist() == [0, 0, 0]
        assert np.asarray(a).tolist() == [1, 2, 3]
        assert list(b) == ["w"]
        assert np.asarray(b["w"]).tolist() == [1, 1, 1]


def test_what_is_written_into_an_array_outside_leaks() -> None:
    no_scope = xp.zeros(2)

    def function(x):
        no_scope[0] = x[0]
        return x

    xp.trace(function, "float64[N]")
    with pytest.raises(LeakedArrayError, match=r"used after the trace of .*function"):
        no_scope + 1


def test_traces_in_several_threads() -> None:
    failures: list[Any] = []
    barrier = threading.Barrier(6)

    def work(i: int) -> None:
        try:
            barrier.wait()
            for k in range(8):
                program = xp.trace(
                    lambda x, i=i, k=k: xp.sum(x * i) + xp.asarray([0.0, k])[1], "float64[N]"
                )
                assert float(program(np.ones(3))) == 3 * i + k
                assert float(xp.sum(xp.asarray([1.0, i])) * k) == (1 + i) * k
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_program_is_called_from_several_threads() -> None:
    program = xp.trace(lambda x: xp.cumulative_sum(x) * 2, "float64[N]")
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(30):
            if program(np.full(i + 1, 1.0))[-1] != 2 * (i + 1):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
