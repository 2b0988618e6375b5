"""Every special function at random points of its domain, evaluated and in static and symbolic models.

``make properties`` takes many more points than ``make test``, on the oldest runtimes as well, and for
``test_accuracy``, which compares with mpmath.
"""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import onnxp as xp
from onnxp.testing._differential import compare
from tests.helpers.properties import EXAMPLES, examples
from tests.helpers.sessions import models, programs
from tests.helpers.special import LONG, ROUGH, USUAL, Arguments, function, reference

FAR = {"j0": 1e-13, "j1": 1e-13, "y0": 1e-13, "y1": 1e-13}
"""Functions with zeros at which scipy has fewer digits, and their absolute errors there."""


def points(name: str, shape: tuple[int, ...], seed: int) -> Arguments:
    """Return random numbers between the least and the largest of the usual arguments."""
    rng = np.random.default_rng(seed)

    def between(usual: np.ndarray) -> np.ndarray:
        low, high = usual.min(), usual.max()
        if usual.size > 1 and (usual == np.round(usual)).all():
            return rng.integers(int(low), int(high) + 1, shape).astype(float)
        if low > 0:
            return np.exp(rng.uniform(np.log(low), np.log(high), shape))
        return rng.uniform(low, high, shape)

    return tuple(between(usual) for usual in USUAL[name])


def value(name: str, arguments: Arguments) -> np.ndarray:
    """Return what a function is evaluated to."""
    return np.asarray(function(name)(*map(xp.asarray, arguments)))


@pytest.mark.parametrize("name", [name for name in USUAL if EXAMPLES or name not in LONG])
@examples(1)
@given(data=st.data())
def test_every_way(name: str, data: st.DataObject):
    shape = data.draw(st.sampled_from([(6,), (1,), (0,), (30,), (2, 3)]))
    dtype = data.draw(st.sampled_from(["float64", "float32"]))
    arguments = tuple(a.astype(dtype) for a in points(name, shape, data.draw(st.integers(0, 9999))))
    evaluated = value(name, arguments)
    assert evaluated.dtype == dtype
    specs = [xp.spec(tuple(f"n{i}>=0" for i in range(len(shape))), dtype)] * len(arguments)
    symbolic, default = programs(function(name), specs, {})
    for size in (None, 0, 1):
        part = tuple(a[:size] for a in arguments)
        expected = [value(name, part)]
        compare("symbolic", expected, [np.asarray(symbolic(*part))])
        compare("default options", expected, [np.asarray(default(*part))], ulps=64)
    static = xp.trace(function(name), *(xp.spec(shape, dtype) for _ in arguments))
    compare("static", [evaluated], [np.asarray(static(*arguments))])
    with np.errstate(over="ignore"):
        exact = reference(name)(*(a.astype(float) for a in arguments)).astype(dtype)
    rough = max(ROUGH.get(name, 1e-10), 2.0 * float(np.finfo(dtype).eps))
    np.testing.assert_allclose(evaluated, exact, rtol=rough, atol=FAR.get(name, 1e-300))


@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
@examples(2)
@given(data=st.data())
def test_sums(name: str, data: st.DataObject):
    shape = tuple(data.draw(st.integers(1, 5)) for _ in range(data.draw(st.integers(1, 3))))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    rng = np.random.default_rng(data.draw(st.integers(0, 9999)))
    x = rng.uniform(-1, 1, shape) * 10.0 ** data.draw(st.integers(-3, 3))
    for result in models(function(name), x, axis=axis):
        expected = getattr(scipy.special, name)(x, axis=axis)
        np.testing.assert_allclose(result, expected, rtol=1e-13, atol=1e-15)


@examples(2)
@given(d=st.integers(1, 6), seed=st.integers(0, 9999))
def test_multivariate_gamma(d: int, seed: int):
    a = np.random.default_rng(seed).uniform(d / 2, 50, 5)
    for result in models(xp.special.multigammaln, a, d=d):
        expected = scipy.special.multigammaln(a, d)
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-13)
