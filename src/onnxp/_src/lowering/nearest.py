"""The columns of a product with the least numbers, which are the nearest of several rows.

All numbers of many rows leave the cache of a processor: for 10,000 rows and 2,000 columns, the whole takes
80 ms, and 64 rows at a time take 55 ms (onnxruntime 1.32.0).
"""

from __future__ import annotations

from math import log2

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import bool_, int64
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import FREE, Promise, Value, argument, constant
from onnxp._src.lowering.functions import recipe
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import Shape

_BLOCK_BYTES = 2**20
_LEAST_ROWS = 64  # of a block: the table is read for each


def least_columns(x: Value, table: Value, count: int, groups: int) -> Value:
    """Return the columns of ``x @ table`` with the least numbers in each row, in any order.

    Columns are searched by groups: those with the least numbers are in as many groups with the least ones.

    Parameters
    ----------
    x : Value
        The rows, float64 of shape (rows, features).
    table : Value
        The table, float64 of shape (features, columns).
    count : int
        How many columns to return.
    groups : int
        How many groups there are: column ``i`` is in group ``i % groups``. 0 for none.

    Returns
    -------
    columns : Value
        Of shape (rows, count), int64.
    """
    rows, columns = x.shape[0], table.shape[1]
    assert isinstance(columns, int)
    block = max(_LEAST_ROWS, 2 ** round(log2(_BLOCK_BYTES / (8 * columns))))
    low, high = dims.bounds(rows)
    at_once = low is not None and low > 0 and high is not None and high <= block
    size = columns // groups if groups else 0
    return recipe(
        "nearest",
        _nearest,
        (x, table),
        ((int64, (rows, count)),),
        *(count, size, groups, 0 if at_once else block),
        promise=Promise((1,), whole=(1,), reduces="resizes"),
    )[0]


def _nearest(
    x: Value, table: Value, count: int, size: int, groups: int, block: int
) -> tuple[Value, ...]:
    """Search one block of rows at once, or several ones one after the other.

    Without rows there is no block: TopK of none ends the process (onnxruntime 1.20.1 to 1.23.2).
    """
    if not block:
        return (_search(x, table, count, size, groups),)
    operands = x, table
    formal = tuple(
        argument(name, v.dtype, v.shape, FREE) for name, v in zip("xt", operands, strict=True)
    )
    rows = x.shape[0]
    trips = dims.floor_divide(rows + (block - 1), block)

    def in_blocks(x: Value, table: Value) -> Value:
        padded = ops.pad(x, (0, 0), (trips * block - rows, 0))
        blocks = ops.reshape(padded, (trips, block, x.shape[1]))

        def step(trip: Value) -> tuple[Value, tuple[()], tuple[Value]]:
            part = ops.gather(blocks, trip, 0)
            return ops.scalar(True, bool_), (), (_search(part, table, count, size, groups),)

        (found,) = ops.loop(ops.scalar_size(trips), (), step, collected=trips)
        found = ops.reshape(found, (trips * block, count))
        return ops.slice_values(found, ops.ints(0), ops.size_value(rows), 0, rows)

    shapes: list[Shape] = [(rows, count)]
    return ops.if_(
        ops.equal(ops.scalar_size(trips), ops.scalar(1, int64)),
        operands,
        close(formal, (_search(formal[0], formal[1], count, size, groups),)),
        close(formal, (in_blocks(formal[0], formal[1]),)),
        shapes,
    )


def _search(x: Value, table: Value, count: int, size: int, groups: int) -> Value:
    rows = x.shape[0]
    numbers = ops.mat_mul(x, table)
    if not groups:
        return ops.top_k(numbers, count, 1)[1]
    stacked = ops.reshape(numbers, (rows, size, groups))
    _, group = ops.top_k(ops.reduce("ReduceMin", stacked, (1,)), count, 1)
    group, _ = ops.top_k(group, count, 1)  # of equal numbers the first columns count
    columns = ops.add(ops.unsqueeze(group, (2,)), constant(np.arange(size) * groups))
    columns = ops.reshape(columns, (rows, count * size))
    _, place = ops.top_k(ops.gather_elements(numbers, columns, 1), count, 1)
    return ops.gather_elements(columns, place, 1)
