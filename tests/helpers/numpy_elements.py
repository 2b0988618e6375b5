"""numpy's functions on arrays of objects, in which None is null: the oracle of code for numpy with nulls."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks import dtype_calls
from tests.helpers import every_way
from tests.helpers.elements import Elements, Objects, as_objects, elementwise, objects

OF_STANDARD = {
    "amax": "max",
    "amin": "min",
    "cumsum": "cumulative_sum",
    "cumprod": "cumulative_prod",
    "inner": "matmul",
    "dot": "matmul",
    "vdot": "vecdot",
}


class NumpyElements(Elements):
    """numpy, and the module ``operator``."""

    def __getattr__(self, name: str) -> Any:
        if name in OF_STANDARD:
            return getattr(self, OF_STANDARD[name])
        return super().__getattr__(name)

    def fix(self, x: Any) -> Objects:
        return self.trunc(x)

    def ptp(self, x: Any) -> Objects:
        return self.subtract(self.max(x), self.min(x))

    def flatnonzero(self, x: Any) -> Any:
        return self.nonzero(x)[0]

    def argwhere(self, x: Any) -> Any:
        return np.stack(self.nonzero(x), axis=1)

    def average(self, x: Any) -> Objects:
        return self.mean(x)

    def unique(self, x: Any) -> Objects:
        return self.unique_values(x)

    def union1d(self, x: Any, y: Any) -> Objects:
        return self.unique_values(np.concatenate([x, y]))

    def intersect1d(self, x: Any, y: Any) -> Objects:
        return self._where_both(x, y, lambda a, b: a and b)

    def setxor1d(self, x: Any, y: Any) -> Objects:
        return self._where_both(x, y, lambda a, b: a != b)

    def setdiff1d(self, x: Any, y: Any) -> Objects:
        return self._where_both(x, y, lambda a, b: a and not b)

    def _where_both(self, x: Any, y: Any, kept: Any) -> Objects:
        def has(values: Any, v: Any) -> bool:
            return any(v is o or (v is not None and o is not None and v == o) for o in values)

        both = self.union1d(x, y)
        return objects([v for v in both if kept(has(x, v), has(y, v))])

    def select(self, conditions: Any, choices: Any, default: Any) -> Objects:
        result = default
        for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
            result = self.where(condition, choice, result)
        return result

    def ediff1d(self, x: Any) -> Objects:
        return self.diff(x.ravel())

    def trace(self, x: Any) -> Objects:
        return self.sum(np.diagonal(x))

    def outer(self, x: Any, y: Any) -> Objects:
        return self.multiply(x[:, None], y[None])

    def kron(self, x: Any, y: Any) -> Objects:
        return self.outer(x, y).reshape(-1)

    def einsum(self, text: str, *operands: Any) -> Objects:
        return operands[0].T if len(operands) == 1 else self.matmul(*operands)

    def gradient(self, c: Any) -> Objects:
        a, b, d = (c[i : i + 1] for i in range(3))
        parts = self.subtract(b, a), self.subtract(d, a), self.subtract(d, b)
        return self.divide(np.concatenate(parts), np.array([1.0, 2.0, 1.0]))

    def diag(self, x: Any) -> Objects:
        if x.ndim == 2:
            return np.diagonal(x)
        return self.where(np.eye(len(x), dtype=bool), x, self.zeros_like(x))

    def reciprocal(self, x: Any) -> Objects:
        def inverse(v: Any) -> Any:
            return v if v == 0 and isinstance(v, np.integer) else np.reciprocal(v)

        return elementwise(inverse)(x)

    def isclose(self, x: Any, y: Any) -> Objects:
        return elementwise(np.isclose)(x, y)

    def nan_to_num(self, x: Any) -> Objects:
        return elementwise(np.nan_to_num)(x)

    def interp(self, x: Any, xp: Any, fp: Any) -> Objects:
        return elementwise(lambda v: np.interp(v, xp, fp))(x)

    def digitize(self, x: Any, bins: Any) -> Objects:
        return elementwise(lambda v: np.digitize(v, bins))(x)

    def round(self, x: Any, decimals: int = 0) -> Objects:
        return elementwise(lambda v: np.round(v, decimals))(x)

    def real(self, x: Any) -> Objects:
        return x

    def imag(self, x: Any) -> Objects:
        return elementwise(lambda v: np.zeros_like(v)[()])(x)

    def argsort(self, x: Any, *, axis: int = -1, kind: str = "") -> Objects:
        return super().argsort(x, axis=axis)

    def put(self, x: Any, places: Any, values: Any) -> None:
        x[places] = values  # np.put does not repeat objects (numpy 2.4)

    def argpartition(self, x: Any, kth: int) -> Any:
        return self.argsort(x).astype(int)

    def apply_along_axis(self, function: Any, axis: int, x: Any) -> Objects:
        return function(x, axis=axis)

    def fill_diagonal(self, x: Any, value: Any) -> None:
        for j in range(len(x)):
            x[j, j] = value

    def partition(self, x: Any, kth: int) -> Objects:
        return self.sort(x)

    def written(self, function: Any, x: Any, *args: Any, **kwargs: Any) -> Objects:
        result = x.copy()
        function(result, *args, **kwargs)
        return result


OF_OPERATORS = {
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "and_": "bitwise_and",
    "or_": "bitwise_or",
    "xor": "bitwise_xor",
}


class Operators:
    """The module ``operator``."""

    def __init__(self, numpy: NumpyElements) -> None:
        self._numpy = numpy

    def __getattr__(self, name: str) -> Any:
        return getattr(self._numpy, OF_OPERATORS.get(name, name))


SAME = {
    "np.add.reduce(x)": "np.sum(x)",
    "np.maximum.reduce(m, axis=1)": "np.max(m, axis=1)",
    "np.add.accumulate(x)": "np.cumsum(x)",
    "np.logical_or.reduce(x)": "np.any(x)",
    "np.multiply.outer(x, c)": "np.outer(x, c)",
    "np.add(x, y, where=b, out=x.copy())": "np.where(b, np.add(x, y), x)",
    "np.maximum(x, y, out=x.copy())": "np.maximum(x, y)",
    "np.divide(x, y, dtype=float)": "np.divide(x, y)",
    "m.sum(axis=1)": "np.sum(m, axis=1)",
    "m.max(axis=0)": "np.max(m, axis=0)",
    "x.mean()": "np.mean(x)",
    "x.argsort()": "np.argsort(x)",
    "x.cumsum()": "np.cumsum(x)",
    "x.round(1)": "np.round(x, 1)",
    "x.clip(c[:1], c[1:2])": "np.clip(x, c[:1], c[1:2])",
}
"""Calls of methods, and functions that are the same."""


def expected(head: str, call: str, elements: dict[str, list[Any]]) -> list[Objects]:
    """Return what the oracle says of code for numpy."""
    numpy = NumpyElements(every_way.oracle(head).dtype)
    numpy.np, numpy.operator = numpy, Operators(numpy)
    inputs = every_way.inputs_of(head, elements)
    result = dtype_calls.run(SAME.get(call, call), inputs, numpy)
    return [as_objects(x) for x in every_way.flattened(result)]
