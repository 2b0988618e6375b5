"""The rules of operators that select: ranges, indices, masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from onnxp._src.model.rowwise.facts import (
    CONSTANT,
    ROWS,
    Call,
    Fact,
    Mixed,
    Selection,
    Size,
    is_counted,
    known,
    row_axis,
    rows,
)
from onnxp._src.model.rowwise.rules import Rule, renewed

_END = 2**31 - 1  # from here on, an end of a slice is the end of the axis


# Ranges


def slice_(call: Call) -> list[Fact]:
    """Take ranges along axes."""
    fact = call.facts[0]
    bounds = call.facts[1:]
    starts, ends = (_elements(bound) for bound in bounds[:2])
    axes = [a % fact.rank for a in bounds[2].integers()] if len(bounds) > 2 else range(len(starts))
    steps = bounds[3].integers() if len(bounds) > 3 else [1] * len(starts)
    if fact.data is not None and all(isinstance(i, int) for i in (*starts, *ends)):
        key = [slice(None)] * fact.rank
        for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
            key[axis] = slice(
                start, None if step < 0 and end < -fact.data.shape[axis] else end, step
            )
        return [known(fact.data[tuple(key)])]
    axis_of_rows = row_axis(fact)
    sizes = list(fact.sizes)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if axis == axis_of_rows:
            to_end = end == fact.state.space or (isinstance(end, int) and end >= _END)
            if start != 0 or step != 1 or not to_end:
                raise Mixed("{op} along {rows}")
        else:
            if is_counted(start) or is_counted(end):
                raise Mixed("{op} by the number of {rows}")
            sizes[axis] = _slice_size(sizes[axis], start, end, step)
    return [Fact(fact.state, tuple(sizes))]


def _elements(fact: Fact) -> list[object]:
    if fact.data is not None:
        return list(fact.data.flat)
    if fact.state.kind == "constant" and fact.shape is not None and len(fact.shape) == 1:
        (length,) = fact.shape
        if isinstance(length, int):
            return [None] * length
    raise Mixed("{op} by computed numbers")


def _slice_size(size: Size, start: object, end: object, step: int) -> Size:
    if isinstance(size, int) and isinstance(start, int) and isinstance(end, int):
        stop = None if step < 0 and end < -size else end
        return len(range(*slice(start, stop, step).indices(size)))
    return None


def split(call: Call) -> list[Fact]:
    """Take ranges one after the other."""
    fact = call.first()
    axis = call.get("axis", 0) % fact.rank
    if row_axis(fact) == axis:
        raise Mixed("{op} along {rows}")
    lengths = call.input(1)
    total = fact.sizes[axis]
    counts: list[Size] = [None] * call.outputs
    if lengths is not None and lengths.data is not None:
        counts = list(lengths.data.flat)
    elif lengths is None and isinstance(total, int) and total % call.outputs == 0:
        counts = [total // call.outputs] * call.outputs
    before, after = fact.sizes[:axis], fact.sizes[axis + 1 :]
    return [Fact(fact.state, (*before, count, *after)) for count in counts]


def pad(call: Call) -> list[Fact]:
    """Put elements around."""
    fact = call.first()
    amounts = call.facts[1].integers() if len(call.facts) > 1 else list(call.get("pads", ()))
    rank = fact.rank
    chosen = call.input(3)
    axes = range(rank) if chosen is None else [axis % rank for axis in chosen.integers()]
    sizes = list(fact.sizes)
    for axis, before, after in zip(axes, amounts, amounts[len(axes) :], strict=False):
        if axis == row_axis(fact) and (before or after):
            raise Mixed("{op} along {rows}")
        current = sizes[axis]
        if before or after:
            sizes[axis] = current + before + after if isinstance(current, int) else None
    return [Fact(fact.state, tuple(sizes))]


def tile(call: Call) -> list[Fact]:
    """Repeat."""
    fact = call.first()
    times = call.facts[1].integers()
    axis = row_axis(fact)
    if axis is not None and times[axis] != 1:
        raise Mixed("{op} along {rows}")
    sizes = [
        n if k == 1 else n * k if isinstance(n, int) else None
        for n, k in zip(fact.sizes, times, strict=True)
    ]
    return [Fact(fact.state, tuple(sizes))]


def trilu(call: Call) -> list[Fact]:
    """Keep a triangle of each matrix."""
    fact = call.first()
    axis = row_axis(fact)
    if axis is not None and axis >= fact.rank - 2:
        raise Mixed("{op} along {rows}")
    return [Fact(fact.state, fact.shape)]


def one_hot(call: Call) -> list[Fact]:
    """Replace each index by a vector."""
    fact = call.first()
    place = call.get("axis", -1) % (fact.rank + 1)
    axis = row_axis(fact)
    depth = call.facts[1].data
    count = None if depth is None else depth.flat[0]
    state = CONSTANT if axis is None else rows(axis + (axis >= place), fact.state.space)
    return [Fact(state, (*fact.sizes[:place], count, *fact.sizes[place:]))]


# Indices


def gather(call: Call) -> list[Fact]:
    """Take slices by indices along an axis."""
    fact, indices = call.facts
    axis = call.get("axis", 0) % fact.rank
    shape = (*fact.sizes[:axis], *indices.sizes, *fact.sizes[axis + 1 :])
    if fact.data is not None and indices.data is not None and indices.state.kind == "constant":
        return [known(np.array(np.take(fact.data, indices.data.astype(np.int64), axis), object))]
    if fact.state.kind == "count" or indices.state.kind not in ("rows", "constant"):
        raise Mixed("{op} by the number of {rows}")
    from_rows, by_rows = row_axis(fact), indices.axis
    if by_rows is not None:
        if from_rows is None:
            return [Fact(rows(axis + by_rows, indices.state.space), shape)]
        if _is_by_own_numbers(call):
            state = rows(axis + by_rows, indices.state.space)
            numbers = fact.state.own == "number" and fact.state.space == ROWS
            if numbers and fact.rank == indices.rank == 1:
                # the own number of the row that is its own
                state = state._replace(own="number")
            return [Fact(state, shape)]
        raise Mixed("{op} of rows by rows")
    if from_rows is None:
        return [Fact(CONSTANT, shape)]
    if from_rows == axis:
        raise Mixed("{op} along {rows}")
    state = rows(from_rows if from_rows < axis else from_rows + indices.rank - 1, fact.state.space)
    is_first = indices.rank == 0 and indices.data is not None and indices.data == 0
    if is_first and _is_of_indices(call):
        state = state._replace(own="number")
    return [Fact(state, shape)]


def _is_of_indices(call: Call) -> bool:
    """Return whether a Gather takes numbers out of indices that begin with the own number of a row."""
    fact = call.facts[0]
    axes = {"turned": 0, "index": fact.rank - 1}
    axis: int = call.get("axis", 0) % fact.rank
    return axes.get(fact.state.own) == axis


def _is_by_own_numbers(call: Call) -> bool:
    """Return whether each row takes itself: the indices are numbers of what is along the indexed axis."""
    fact, indices = call.facts[:2]
    own, axis = indices.state.own, 0
    if not call.op.endswith("ND"):
        axis, is_number = call.get("axis", 0) % fact.rank, own == "number"
    else:
        is_number = own == "index" or (own == "number" and indices.sizes[-1] == 1)
        is_number = is_number and not call.get("batch_dims", 0)
    return is_number and (fact.axis, fact.state.space) == (axis, indices.state.numbered)


def _is_of_vector(call: Call) -> bool:
    """Return whether each row takes itself from a vector of rows."""
    fact, indices = call.facts[:2]
    return _is_by_own_numbers(call) and fact.rank == 1 and indices.axis == 0


def gather_elements(call: Call) -> list[Fact]:
    """Take elements by indices along an axis."""
    fact, indices = call.facts
    axis = call.get("axis", 0) % fact.rank
    if indices.state.kind in ("stacked", "flat") and fact.state == CONSTANT and fact.rank == 1:
        return [Fact(renewed(indices.state), indices.shape)]
    from_rows, by_rows = row_axis(fact), row_axis(indices)
    if (from_rows is None and by_rows in (None, axis)) or _is_of_vector(call):
        return [Fact(indices.state._replace(own=""), indices.shape)]
    if from_rows != by_rows or from_rows == axis or fact.state.space != indices.state.space:
        raise Mixed("{op} along {rows}")
    return [Fact(indices.state._replace(own=""), indices.shape)]


def scatter_elements(call: Call) -> list[Fact]:
    """Replace elements by indices along an axis."""
    fact, indices, updates = call.facts
    axis = call.get("axis", 0) % fact.rank
    if _is_of_vector(call) and updates.state == rows(0, indices.state.space):
        return [Fact(fact.state, fact.shape)]
    axes = {(row_axis(part), part.state.space) for part in call.facts}
    if axes == {(None, ROWS)}:
        return [Fact(CONSTANT, fact.shape)]
    if len(axes) > 1 or axis == fact.axis:
        raise Mixed("{op} along {rows}")
    return [Fact(fact.state, fact.shape)]


def gather_nd(call: Call) -> list[Fact]:
    """Take slices by index vectors."""
    fact, indices = call.facts
    batch, length = call.get("batch_dims", 0), indices.sizes[-1]
    from_rows, by_rows = row_axis(fact), row_axis(indices)
    if not isinstance(length, int) or by_rows == indices.rank - 1:
        raise Mixed("{op} along {rows}")
    shape = (*indices.sizes[:-1], *fact.sizes[batch + length :])
    if from_rows is None:
        if by_rows is not None and by_rows < batch:
            raise Mixed("{op} of a constant with as many rows")
        return [Fact(indices.state._replace(own=""), shape)]
    if by_rows is None:
        if from_rows < batch + length:
            raise Mixed("{op} along {rows}")
        axis = from_rows - batch - length + indices.rank - 1
        return [Fact(rows(axis, fact.state.space), shape)]
    same = from_rows == by_rows < batch and fact.state.space == indices.state.space
    if same or _is_by_own_numbers(call):
        return [Fact(rows(by_rows, indices.state.space), shape)]
    raise Mixed("{op} of rows by rows")


def scatter_nd(call: Call) -> list[Fact]:
    """Replace slices by index vectors."""
    fact, indices, updates = call.facts
    length = indices.sizes[-1]
    from_rows, by_rows, with_rows = (row_axis(part) for part in call.facts)
    if (from_rows, by_rows, with_rows) == (None, None, None):
        return [Fact(CONSTANT, fact.shape)]
    if from_rows is None or not isinstance(length, int):
        raise Mixed("{op} along {rows}")
    if by_rows is None:
        axis, space = from_rows - length + indices.rank - 1, fact.state.space
        allowed = from_rows >= length
    else:
        axis, space = by_rows, indices.state.space
        allowed = _is_by_own_numbers(call)
    if allowed and (with_rows, updates.state.space) == (axis, space):
        return [Fact(fact.state, fact.shape)]
    raise Mixed("{op} along {rows}")


def non_zero(call: Call) -> list[Fact]:
    """Return the places of true elements."""
    fact = call.facts[0]
    if row_axis(fact) is None:
        return [Fact(CONSTANT, (fact.rank, None))]
    if fact.axis != 0:
        raise Mixed("{op} selects of {rows}")
    selected = call.selection(0)
    return [Fact(rows(1, selected)._replace(own="turned"), (fact.rank, selected))]


def compress(call: Call) -> list[Fact]:
    """Select slices, or elements."""
    fact, mask = call.facts
    axis = call.get("axis", None)
    if row_axis(fact) is None and mask.state == CONSTANT:
        sizes = (
            (None,)
            if axis is None
            else [None if i == axis else n for i, n in enumerate(fact.sizes)]
        )
        return [Fact(CONSTANT, tuple(sizes))]
    if fact.axis != 0:
        raise Mixed("{op} selects of {rows}")
    if mask.state == rows(0, fact.state.space) and (fact.rank == 1 if axis is None else axis == 0):
        chosen = call.selection(1)
        return [Fact(rows(0, chosen), (chosen, *fact.sizes[1:]))]
    selected = mask.state.space
    is_flat = axis is None and mask.state.kind == "flat" and None not in fact.sizes
    if is_flat and isinstance(selected, Selection) and selected.sizes == fact.sizes:
        return [Fact(rows(0, selected), (selected,))]
    if axis is not None and axis % fact.rank and mask.state == CONSTANT:
        sizes = [None if i == axis % fact.rank else n for i, n in enumerate(fact.sizes)]
        return [Fact(fact.state, tuple(sizes))]
    raise Mixed("{op} selects of {rows}")


_INDEXING = frozenset("Gather GatherElements GatherND ScatterElements ScatterND".split())
_KEEPING = frozenset(
    "Cast Concat Expand Gather Identity Reshape Squeeze Transpose Unsqueeze".split()
)


def uses_numbers(call: Call, results: Sequence[Fact]) -> bool:
    """Return whether a node with numbers of rows among its inputs takes rows by them, or keeps them.

    What else is computed of them depends on the place of a row: an element of a table, too.
    """
    if call.op in ("Shape", "Size"):
        return True
    numbers = [i for i, fact in enumerate(call.inputs) if fact is not None and fact.state.own]
    if call.op in _INDEXING and numbers == [1]:
        return _is_by_own_numbers(call)
    if call.op == "Gather" and numbers == [0] and _is_of_indices(call):
        data = call.facts[1].data
        return data is not None and (bool(results[0].state.own) or bool(np.all(data > 0)))
    return call.op in _KEEPING and all(fact.state.own for fact in results)


SELECTION_RULES: dict[str, Rule] = {
    "Compress": compress,
    "Gather": gather,
    "GatherElements": gather_elements,
    "GatherND": gather_nd,
    "NonZero": non_zero,
    "OneHot": one_hot,
    "Pad": pad,
    "ScatterElements": scatter_elements,
    "ScatterND": scatter_nd,
    "Slice": slice_,
    "Split": split,
    "Tile": tile,
    "Trilu": trilu,
}
