"""Rounding of points in time to units of the calendar, and to multiples of spans."""

from __future__ import annotations

from typing import NamedTuple

from onnxp._src import ops
from onnxp._src.dtypes import DType, datetime64, int64
from onnxp._src.dtypes.moments import NAT
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.functions import elementwise
from onnxp._src.lowering.time import units
from onnxp._src.lowering.time.arithmetic import add


class Grid(NamedTuple):
    """The points in time to round to: each `number`-th one of a unit, from an offset in days after 1970 on."""

    unit: str
    number: int = 1
    offset: int = 0


def floor(x: Value, dtype: DType, grid: Grid) -> Value:
    """Return the last point of a grid that is not later."""
    return _times(_place(x, dtype, grid), dtype, grid)


def ceil(x: Value, dtype: DType, grid: Grid) -> Value:
    """Return the first point of a grid that is not earlier."""
    place = _place(x, dtype, grid)
    below = _times(place, dtype, grid)
    above = _times(_next(place), dtype, grid)
    return ops.where(ops.equal(below, x), below, above)


def round_(x: Value, dtype: DType, grid: Grid) -> Value:
    """Return the closest point of a grid; of two, that whose number is even."""
    place = _place(x, dtype, grid)
    below = _times(place, dtype, grid)
    above = _times(_next(place), dtype, grid)
    return _closest(x, place, below, above)


@elementwise("closest_time")
def _closest(x: Expr, place: Expr, below: Expr, above: Expr) -> Expr:
    back, forth = x - below, above - x
    is_odd = (place & 1) == 1
    return where((forth < back) | ((forth == back) & is_odd), above, below)


def _place(x: Value, dtype: DType, grid: Grid) -> Value:
    """Return the number of the last point of a grid that is not later."""
    if grid.offset:
        x = add(x, _constant(-grid.offset, datetime64("D"), dtype))
    place = units.cast(x, dtype, datetime64(grid.unit))
    return place if grid.number == 1 else units.quotient(place, grid.number)


def _times(place: Value, dtype: DType, grid: Grid) -> Value:
    """Return the points of a grid of given numbers."""
    if grid.number > 1:
        place = units.multiple(place, grid.number)
    times = units.cast(place, datetime64(grid.unit), dtype)
    if grid.offset:
        times = add(times, _constant(grid.offset, datetime64("D"), dtype))
    return times


def _constant(count: int, source: DType, target: DType) -> Value:
    return units.cast(ops.scalar(count, int64), source, target)


@elementwise("next_time")
def _next(place: Expr) -> Expr:
    return where(place == NAT, NAT, place + 1)
