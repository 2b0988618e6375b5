"""Every function of fft with random shapes and options, evaluated and in static and symbolic models.

Errors may be twice those of numpy for known lengths, and 2e-15 for symbolic ones. ``make properties`` takes
many more arrays than ``make test``, on the oldest runtimes as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import onnxp as xp
from tests.helpers.properties import EXAMPLES, examples
from tests.helpers.transforms import ONE, SEVERAL, bare, check, numbers, ways

SHIFTS = ("fftshift", "ifftshift")
FREQUENCIES = ("fftfreq", "rfftfreq")
LENGTHS = st.sampled_from([6, 2, 3, 5, 8, 12, 67, 100]) | st.integers(2, 300 if EXAMPLES else 20)
DTYPES = st.sampled_from(["float64", "float32"])
NORMS = st.sampled_from(["ortho", "backward", "forward"])


def test_every_function_has_a_test():
    assert {*ONE, *SEVERAL, *SHIFTS, *FREQUENCIES} == set(xp.fft.__all__)


def shape_with(data: st.DataObject, axis: int, rank: int) -> tuple[int, ...]:
    """Draw a shape, whose other axes are short or empty."""
    shape = [data.draw(st.sampled_from([2, 1, 3, 0])) for _ in range(rank)]
    shape[axis] = data.draw(LENGTHS)
    return tuple(shape)


@pytest.mark.parametrize("name", ONE)
@examples(2)
@given(data=st.data())
def test_transforms_of_one_axis(name: str, data: st.DataObject):
    rank = data.draw(st.integers(1, 3))
    axis = data.draw(st.integers(-rank, rank - 1))
    x = numbers(
        name, shape_with(data, axis, rank), data.draw(DTYPES), data.draw(st.integers(0, 99))
    )
    check(name, x, axis=axis, norm=data.draw(NORMS), n=data.draw(st.none() | LENGTHS))


@pytest.mark.parametrize("name", SEVERAL)
@examples(2)
@given(data=st.data())
def test_transforms_of_several_axes(name: str, data: st.DataObject):
    shape = [data.draw(st.integers(2, 7)) for _ in range(data.draw(st.integers(1, 3)))]
    places = st.lists(st.integers(0, len(shape) - 1), min_size=1, max_size=3, unique=True)
    options: dict[str, Any] = {"axes": data.draw(places), "norm": data.draw(NORMS)}
    if data.draw(st.booleans()):
        options["s"] = [data.draw(st.integers(2, 9)) for _ in options["axes"]]
    x = numbers(name, tuple(shape), data.draw(DTYPES), data.draw(st.integers(0, 99)))
    check(name, x, **options)


@pytest.mark.parametrize("name", SHIFTS)
@examples(2)
@given(data=st.data())
def test_shifts(name: str, data: st.DataObject):
    shape = tuple(data.draw(st.integers(0, 6)) for _ in range(data.draw(st.integers(1, 3))))
    axes = data.draw(st.none() | st.integers(-len(shape), len(shape) - 1))
    x = np.arange(np.prod(shape, dtype=int), dtype="float32").reshape(shape)
    for result in ways(lambda a: getattr(xp.fft, name)(a, axes=axes), x):
        np.testing.assert_array_equal(result, getattr(np.fft, name)(x, axes=axes))


@pytest.mark.parametrize("name", FREQUENCIES)
@examples(2)
@given(n=st.integers(1, 300), d=st.floats(1e-3, 1e3))
def test_frequencies(name: str, n: int, d: float):
    function, expected = getattr(xp.fft, name), getattr(np.fft, name)(n, d)
    np.testing.assert_allclose(np.asarray(function(n, d=d)), expected, rtol=1e-15)
    x = np.zeros(n)
    for size in (n, "N"):
        result = bare(lambda a: function(a.shape[0], d=d) + a[0], x, xp.spec((size,), "float64"))
        np.testing.assert_allclose(result, expected, rtol=1e-15)
