"""Exported models on `onnx.reference`: what they compute there, and what differs, and why."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

import onnxp as xp
from benchmarks.names import CHAPTERS, attempt, data
from onnxp._src.ops.versions import release
from tests.helpers import sessions, zoo
from tests.helpers.runtimes import affected
from tests.helpers.samples import array

EXAMPLES = {example: name for chapter in CHAPTERS.values() for name, example in chapter.items()}
PREDICT = {**zoo.GENERIC, **zoo.NUMPY}

DIFFERENT: dict[str, str] = {}
"""Models that `onnx.reference` does not run as onnxruntime does, and the reason."""
if release(onnx.__version__) < (1, 18):
    DIFFERENT |= dict.fromkeys(
        ("nearest_neighbours", "nearest_neighbours_vote"),
        "Gather calls ascontiguousarray on an array",
    )
if affected("logarithms of subnormals"):
    DIFFERENT["log of float32"] = "onnxruntime errs"


def compare(name: str, model: onnx.ModelProto, feeds: dict[str, np.ndarray[Any, Any]]) -> None:
    if name in DIFFERENT:
        pytest.skip(DIFFERENT[name])
    expected = sessions.session(model, "disabled").run(None, feeds)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        results = ReferenceEvaluator(model).run(None, feeds)
    assert len(results) == len(expected)
    for a, b in zip(expected, results, strict=True):
        b = np.asarray(b)
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        if a.dtype.kind == "f":
            tolerance = 1e-9 if a.dtype == np.float64 else 1e-3 if a.dtype == np.float16 else 2e-5
            np.testing.assert_allclose(b, a, rtol=tolerance, atol=tolerance)
        else:
            np.testing.assert_array_equal(b, a)


@pytest.mark.parametrize("example", EXAMPLES)
def test_names_of_the_standard(example: str):
    model = attempt(example)[1]
    if model is not None:
        read = [info.name for info in model.graph.input]
        feeds = {name: array for name, array in data().items() if name in read}
        if "z_real" in read:
            z = data()["z"]
            feeds |= {"z_real": z.real.copy(), "z_imag": z.imag.copy()}
        compare(example, model, feeds)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("name", PREDICT)
def test_predict_functions(name: str, rows: int):
    model = xp.trace(PREDICT[name], "float64[N, 5]", input_names=["x"]).model
    x = np.random.default_rng(0).normal(size=(rows, 5))
    compare(name, model, {"x": x})


CONTROL_FLOW: dict[str, Callable[[Any], Any]] = {
    "fori_loop": lambda x: xp.fori_loop(0, 3, lambda i, s: s * x + i, x),
    "while_loop": lambda x: xp.while_loop(
        lambda c: c[0] < 4, lambda c: (c[0] + 1, 2 * c[1] + 1), (xp.asarray(0), x)
    ),
    "cond": lambda x: xp.cond(xp.sum(x) > 0, lambda: x * 2, lambda: -x),
    "prod": lambda x: xp.prod(xp.astype(x * 10, xp.int64)),
    "pow": lambda x: xp.astype(x, xp.int64) ** 5,
    "searchsorted": lambda x: xp.searchsorted(xp.sort(x), x),
    "float16": lambda x: xp.astype(x, xp.float16) * 3 / 7,
    "truth": lambda x: xp.astype(xp.astype(x, xp.int32), xp.bool),
}


@pytest.mark.parametrize("size", [0, 1, 5])
@pytest.mark.parametrize("name", CONTROL_FLOW)
def test_loops_and_branches(name: str, size: int):
    model = xp.trace(CONTROL_FLOW[name], "float64[N>=0]", input_names=["x"]).model
    x = np.random.default_rng(size).normal(size=size) * 3
    compare(name, model, {"x": x})


UNARY = """abs acos acosh asin asinh atan atanh bitwise_invert ceil cos cosh exp expm1 floor isfinite
    isinf isnan log log1p log2 logical_not negative reciprocal round sign signbit sin sinh sqrt
    tan tanh trunc sum prod max min mean std any all argmax count_nonzero cumulative_sum
    cumulative_prod sort argsort nonzero unique_values flip"""
BINARY = """add atan2 bitwise_and bitwise_left_shift bitwise_right_shift copysign divide equal
    floor_divide greater hypot logaddexp maximum multiply nextafter pow remainder subtract
    matmul searchsorted"""


@pytest.mark.parametrize("name", [*UNARY.split(), *BINARY.split()])
def test_functions_of_many_dtypes(name: str):
    """Extremes, signs of zeros, NaN and infinities among them."""
    count = 1 if name in UNARY.split() else 2
    for dtype in ("bool", "int16", "uint64", "float32", "complex64"):
        arrays = {key: array(dtype, (6,), seed) for seed, key in enumerate(["x", "y"][:count], 1)}
        try:
            program = xp.trace(
                getattr(xp, name), *[f"{dtype}[N]"] * count, input_names=list(arrays)
            )
            program(**arrays)
        except (xp.errors.OnnxpError, TypeError):
            continue  # not of this dtype, or not for these numbers
        feeds = {}
        for info in program.model.graph.input:
            x = arrays[info.name[0]]
            part = {"x_real": x.real, "y_real": x.real, "x_imag": x.imag, "y_imag": x.imag}
            feeds[info.name] = np.ascontiguousarray(part.get(info.name, x))
        compare(f"{name} of {dtype}", program.model, feeds)
