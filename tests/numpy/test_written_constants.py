"""Writes of traced arrays into arrays of numpy: those that the function makes become arrays of onnxp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import NumpyFunctionError

TABLE = np.arange(3.0)
X = np.array([1.5, -2.0, 3.0])


def _assigned(a: Any, x: Any) -> Any:
    a[0] = x[0]
    return a


def _added(a: Any, x: Any) -> Any:
    a += x
    return a


def _written_by(function: Callable[..., Any], a: Any, *args: Any, **kwargs: Any) -> Any:
    function(a, *args, **kwargs)
    return a


def _flat(a: Any, x: Any) -> Any:
    a.flat[1] = x[1]
    return a


def _masked(a: Any, x: Any) -> Any:
    a[x > 0] = 7
    return a


def _two_of_one_line(x: Any) -> Any:
    first, second = (np.arange(3.0) for _ in range(2))
    first[1:] = x[:2]
    return first, second, [x[0], x[1], x[2]][int(second[1])]


def _three_places(x: Any) -> Any:
    a, b, c = np.arange(3), np.linspace(0, 1, 3), np.tile([1.0], 3)
    a[0] = x[0].astype(int)
    b[1] = x[1]
    c += x
    return a, b, c


def _rows(x: Any) -> Any:
    weights, rows = np.linspace(0, 1, 5), []
    for k in range(3):
        row = weights * k
        row[k] = x[k]
        rows.append(row)
    return np.stack(rows)


def _view(x: Any) -> Any:
    a = np.arange(6.0).reshape(2, 3)
    first = a[0]
    first[:] = x
    return a


def _parts(x: Any) -> Any:
    a, b = np.split(np.arange(6.0), 2)
    a[0] = x[0]
    return a, b


def _text(x: Any) -> Any:
    labels = np.repeat(["lo"], 3)
    labels[x > 0] = "hi"
    return labels


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "two of one line": _two_of_one_line,
    "three places": _three_places,
    "rows": _rows,
    "view": _view,
    "parts": _parts,
    "text": _text,
    "arange": lambda x: _assigned(np.arange(3.0), x),
    "in place": lambda x: _added(np.arange(3.0), x),
    "flat": lambda x: _flat(np.arange(3.0), x),
    "mask": lambda x: _masked(np.arange(3), x),
    "fill": lambda x: _written_by(lambda a, v: a.fill(v), np.arange(3.0), x[0]),
    "put": lambda x: _written_by(np.put, np.arange(3.0), [0], x[0]),
    "add.at": lambda x: _written_by(np.add.at, np.arange(3.0), [0, 0], x[0]),
    "out": lambda x: np.multiply(x, 2, out=np.arange(3.0)),
    "power": lambda x: _assigned(np.linspace(0, 1, 3) ** 2, x),
    "random": lambda x: _assigned(np.random.default_rng(0).normal(size=3), x),
    "product of a table": lambda x: _assigned(TABLE * 2, x),
    "elements of a table": lambda x: _assigned(TABLE[[2, 1, 0]], x),
    "cast of a table": lambda x: _assigned(TABLE.astype(np.float32), x),
    "mesh": lambda x: _assigned(np.meshgrid(np.arange(2.0), np.arange(3.0))[0].T, x),
    "index": lambda x: sum(x[i] * i for i in np.arange(3)) + [x, x * 2][np.arange(2)[1]],
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_numpy(name: str) -> None:
    function = FUNCTIONS[name]
    expected = function(X)
    for spec in ("float64[3]", "float64[N]"):
        if spec == "float64[N]" and name not in ("mask", "put", "add.at", "arange", "rows"):
            continue  # whose size has to be that of the constant
        result = xp.trace(function, spec)(X)
        pairs = (
            zip(result, expected, strict=True) if type(expected) is tuple else [(result, expected)]
        )
        for ours, theirs in pairs:
            assert ours.dtype.kind == "T" or ours.dtype == theirs.dtype
            np.testing.assert_array_equal(np.asarray(ours, object), np.asarray(theirs, object))
    np.testing.assert_array_equal(TABLE, np.arange(3.0))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: _assigned(TABLE, x),
        lambda x: _added(TABLE, x),
        lambda x: _assigned(TABLE[1:], x),
        lambda x: _assigned(np.asarray(TABLE), x),
        lambda x: _assigned(np.ravel(TABLE), x),
        lambda x: np.add(x, 1, out=TABLE),
        lambda x: TABLE.fill(x[0]),
        lambda x: _flat(TABLE, x),
        lambda x: np.put(TABLE, [0], x[0]),
    ],
)
def test_arrays_of_the_caller_are_not_written(function: Callable[[Any], Any]) -> None:
    with pytest.raises(NumpyFunctionError, match=r"make the array in the traced function"):
        xp.trace(function, "float64[3]")
    np.testing.assert_array_equal(TABLE, np.arange(3.0))


def test_the_function_runs_once_more_for_each_place() -> None:
    calls = []

    def function(x: Any) -> Any:
        calls.append(1)
        return _three_places(x)

    xp.trace(function, "float64[3]")
    assert len(calls) == 4


def test_in_jit() -> None:
    function = xp.jit(_rows)
    np.testing.assert_array_equal(np.asarray(function(xp.asarray(X))), _rows(X))
