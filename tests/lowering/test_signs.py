"""The sign of a number as 1 or -1, for zeros too, in few nodes."""

from __future__ import annotations

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.lowering.elementwise.sign_bits import sign_of
from onnxp._src.lowering.expr import Expr
from onnxp._src.runtime.evaluate import data_of


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_signs_of_extremes(dtype: type[np.floating]) -> None:
    info = np.finfo(dtype)
    sizes = np.array(
        [0, info.smallest_subnormal, info.tiny, info.eps, 1 - info.epsneg, 1, info.max, np.inf],
        dtype,
    )
    x = np.concatenate([sizes, -sizes])
    (value,) = xp.asarray(x)._planes
    result = data_of(sign_of(Expr(value)).value)
    np.testing.assert_array_equal(result, np.copysign(dtype(1), x))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_sign_takes_three_nodes(dtype: str) -> None:
    """Sign of float32 takes ten times as long as a sum, and a comparison is cast and scaled."""
    nodes = xp.trace(lambda x, y: xp.atan2(x, y), f"{dtype}[N]", f"{dtype}[N]").model.graph.node
    kinds = [node.op_type for node in nodes]
    assert "Sign" not in kinds
    assert kinds.count("Clip") == 2
    assert len(kinds) <= (28 if dtype == "float32" else 59)
