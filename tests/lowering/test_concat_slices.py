"""Arrays that are filled piece by piece, and pieces of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.testing import run_all_ways


def test_filling_by_pieces_copies_each_once():
    """What is not replaced later is not copied again for every piece; what was replaced leaves no node."""

    def fill(x):
        y = xp.empty((x.shape[0], 12), dtype=x.dtype)
        y[:, 0] = 1
        for i in range(3):
            y[:, 1 + 3 * i : 4 + 3 * i] = x * (i + 2)
        y[:, 10:] = y[:, 2:4] + y[:, 5:7]
        y[:, -1] = x[:, 0]
        return y

    x = np.random.default_rng(0).normal(size=(4, 3))
    expected = np.concatenate([np.ones((4, 1)), x * 2, x * 3, x * 4, np.zeros((4, 2))], axis=1)
    expected[:, 10:] = expected[:, 2:4] + expected[:, 5:7]
    expected[:, 11] = x[:, 0]
    np.testing.assert_array_equal(run_all_ways(fill, x, static_axes=(1,)), expected)
    nodes = xp.trace(fill, "float64[N, 3]").model.graph.node
    joined = [node for node in nodes if node.op_type == "Concat" and len(node.input) > 2]
    assert [len(node.input) for node in joined] == [6]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_pieces_of_pieces(data):
    """Any sequence of assignments and slices along an axis gives what numpy gives."""
    steps = data.draw(
        st.lists(
            st.tuples(st.booleans(), st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=8
        )
    )

    def run(x):
        y = x * 1
        for number, (write, start, stop) in enumerate(steps):
            if write:
                y[:, start:stop] = number
            elif y[:, start:stop].shape[1] > 0:
                y = y[:, start:stop]
        return y

    x = np.arange(16.0).reshape(2, 8)
    np.testing.assert_array_equal(run_all_ways(run, x, static_axes=(1,)), run(x))
