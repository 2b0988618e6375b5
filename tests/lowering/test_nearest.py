"""The columns of a product with the least numbers, for rows in one block, several blocks, and none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.array.base import new_array
from onnxp._src.graph.values import constant
from onnxp._src.lowering import nearest
from tests.helpers import sessions

RNG = np.random.default_rng(0)
COUNT = 5
ROWS = (0, 1, 2, 63, 64, 65, 128, 200)


def search(x: Any, table: np.ndarray, groups: int) -> Any:
    columns = nearest.least_columns(x._planes[0], constant(table), COUNT, groups)
    return new_array(xp.int64, (columns,))


def least(rows: np.ndarray, table: np.ndarray) -> np.ndarray:
    return np.sort(np.argsort(rows @ table, axis=1, kind="stable")[:, :COUNT], axis=1)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(nearest, "_BLOCK_BYTES", 1)


@pytest.mark.parametrize("groups", [0, 6, 12])
@pytest.mark.parametrize("size", ["N>=0", 40, 64, 65, 200])
def test_least_columns(size: Any, groups: int):
    table = RNG.normal(size=(3, 48))
    program = xp.trace(lambda x: search(x, table, groups), xp.spec((size, 3), xp.float64))
    assert program.outputs[0].shape == (program.inputs[0].shape[0], COUNT)
    session = sessions.both(program.model)
    for count in ROWS if isinstance(size, str) else (size,):
        rows = RNG.normal(size=(count, 3))
        (columns,) = session.run(None, {"x": rows})
        assert np.array_equal(np.sort(columns, axis=1), least(rows, table))


def test_evaluated():
    table, rows = RNG.normal(size=(3, 48)), RNG.normal(size=(130, 3))
    columns = np.asarray(search(xp.asarray(rows), table, 6))
    assert np.array_equal(np.sort(columns, axis=1), least(rows, table))


@pytest.mark.parametrize("size", ["N", "N>=0", "N>=65"])
def test_each_row_by_itself(size: str):
    table = RNG.normal(size=(3, 48))
    program = xp.trace(lambda x: search(x, table, 6) * 2, xp.spec((size, 3), xp.float64))
    assert program.rowwise, str(program.rowwise)


def test_blocks_only_for_many_rows():
    table = RNG.normal(size=(3, 48))
    few, many = (
        {node.op_type for node in xp.trace(lambda x: search(x, table, 6), spec).model.graph.node}
        for spec in ("float64[64, 3]", "float64[65, 3]")
    )
    assert "If" not in few
    assert "If" in many
