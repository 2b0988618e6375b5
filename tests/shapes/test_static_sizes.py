"""Sizes that are numbers stay numbers through every function, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from benchmarks import names
from onnxp.errors import ShapeError, TracedValueError, UnknownSizeError
from tests.helpers.zoo import GENERIC, NUMPY
from tests.numpy.test_numpy_code import FUNCTIONS, METHODS, UFUNCS

EXAMPLES = {example for chapter in names.CHAPTERS.values() for example in chapter.values()}
DATA_DEPENDENT = ("nonzero", "unique", "flatnonzero", "argwhere", "extract", "only_positive")

# Beside the examples of the page of names: keys, assignments, and what has several axes
MORE = """
x[:, 1:7:2]; x[1:]; x[::-1, 3]; x[..., None]; x[0]; x[-1, :4]; x[:, [1, 2, 5]]; x[[0, 1], :]
x[k, :]; x[k][:, 2]; x[k, 0]; x[i[:, :3], 1]; x[:, p[0, :]][:1]; x[p].shape; x[None, :, None, 2:]
x.T[2:5]; xp.where(x > 0, x, 0.0); xp.where(p[:, :1], x, w[:, 0]); xp.concat([x, y], axis=1)
xp.stack([x, y], axis=-1); xp.reshape(x, (x.shape[0], 2, -1)); xp.reshape(x, (-1, 2, 5))
xp.reshape(x, (5, 2, -1)); xp.reshape(x, x.shape); xp.reshape(x[:, :6], (-1, 3))
xp.reshape(xp.reshape(x, (-1,)), (x.shape[0], 10)); xp.expand_dims(x, axis=(0, 3))
xp.sum(x, axis=0); xp.sum(x, keepdims=True); xp.mean(x, axis=1, keepdims=True); xp.argmax(x, axis=0)
xp.cumulative_sum(x, axis=1, include_initial=True); xp.diff(x, axis=1, n=3); xp.repeat(x, 3, axis=1)
xp.matmul(x.T, x); x @ x.T; xp.matmul(x[:, None, :], w); xp.tensordot(x, x, axes=((0,), (0,)))
xp.vecdot(x, x); xp.broadcast_to(x[:1, :], (7, 10)); xp.broadcast_arrays(x, xp.ones((4, 1, 1)))
xp.tile(x, (2, 3)); xp.flip(x); xp.roll(x, 2, axis=1); xp.squeeze(x[:, None, :], axis=1)
xp.unstack(x, axis=1); xp.moveaxis(x[None], 0, -1); xp.take(x, xp.asarray([1, 2]), axis=1)
xp.take(x, i[:, :2], axis=1); xp.sort(x, axis=0); xp.linspace(0, 1, 5); xp.searchsorted(w[:, 0], x)
xp.meshgrid(k, w[:, 0]); xp.tril(x); xp.eye(x.shape[0], 4); xp.full_like(x, 2, dtype=xp.int8)
xp.astype(x, xp.complex64) @ xp.astype(w, xp.complex64); xp.real(z[:, :2]); xp.clip(x, w[:, 0], 3)
x + w[:, 0]; x[:, :1] + x; xp.permute_dims(x[:, :, None] * w, (2, 0, 1))
xp.count_nonzero(p, axis=0); xp.std(x[..., None], axis=0); xp.isin(i, k)
""".replace("\n", ";").split(";")


def inputs(rows: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(rows)
    found = {}
    for name, text in names.INPUTS.items():
        spec = xp.spec(*names._parsed(text.replace("N", str(rows))))
        data = (
            random.random(spec.shape)
            if spec.dtype.family != "int"
            else random.integers(0, 3, spec.shape)
        )
        found[name] = np.asarray(
            data > 0.5 if spec.dtype.family == "bool" else data, spec.dtype.numpy
        )
    return found


def check(traced: list[Any], fewer: list[Any], more: list[Any]) -> None:
    assert len(traced) == len(fewer) == len(more)
    for shape, a, b in zip(traced, fewer, more, strict=True):
        assert len(shape) == len(a) == len(b)
        for size, p, q in zip(shape, a, b, strict=True):
            assert type(size) is int if p == q else type(size) is not int, (shape, a, b)
            assert type(size) is not int or size == p, (shape, a)


def shapes(result: Any) -> list[Any]:
    if isinstance(result, tuple | list):
        return [shape for part in result for shape in shapes(part)]
    return [tuple(result.shape)] if hasattr(result, "shape") else []


def of_fixed_size(names: list[str]) -> list[str]:
    return [name for name in names if not any(word in name for word in DATA_DEPENDENT)]


@pytest.mark.parametrize(
    "example", of_fixed_size(sorted(EXAMPLES | {m.strip() for m in MORE if m.strip()}))
)
def test_of_the_namespace(example: str) -> None:
    arguments = {
        name: xp.argument(names._parsed(text)[0], names._parsed(text)[1])
        for name, text in names.INPUTS.items()
    }
    try:
        traced = shapes(names.run(example, arguments))
    except (TracedValueError, UnknownSizeError):
        return  # it is about values
    fewer, more = (
        shapes(names.run(example, {n: xp.asarray(a) for n, a in inputs(rows).items()}))
        for rows in (6, 9)
    )
    check(traced, fewer, more)


NUMPY_CODE = [*METHODS, *UFUNCS, *FUNCTIONS]


@pytest.mark.filterwarnings("ignore:All-NaN")
@pytest.mark.parametrize("number", range(len(NUMPY_CODE)))
def test_of_numpy_functions(number: int) -> None:
    function = NUMPY_CODE[number]
    few, many = (np.random.default_rng(n).normal(size=(n, 3)) for n in (4, 7))
    x = xp.argument(("N>=4", 3), xp.float64)
    try:
        expected = shapes(function(few)), shapes(function(many))
        traced = shapes(function(x))
    except (UnknownSizeError, ValueError, IndexError):
        return  # it is for two rows only
    except RuntimeError:  # so are weights, of which numpy tells it thus
        with pytest.raises(ShapeError, match="do not fit"):
            function(x)
        return
    if all(
        type(size) is int or "nonzero" not in str(size) for shape in traced for size in shape
    ) and ("unique" not in str(traced)):
        check(traced, *expected)


@pytest.mark.parametrize("name", of_fixed_size([*GENERIC, *NUMPY]))
def test_of_predict_functions(name: str) -> None:
    function: Callable[[Any], Any] = {**GENERIC, **NUMPY}[name]
    few, many = (np.random.default_rng(n).normal(size=(n, 5)) for n in (6, 9))
    traced = shapes(function(xp.argument(("N", 5), xp.float64)))
    check(traced, shapes(function(few)), shapes(function(many)))
