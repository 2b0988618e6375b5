"""The rules of operators that move elements: shapes, axes, selection and concatenation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from onnxp._src.model.rowwise.facts import (
    CONSTANT,
    COUNT,
    ROWS,
    Call,
    Fact,
    Host,
    Mixed,
    Selection,
    Size,
    Sizes,
    State,
    broadcast,
    is_counted,
    product,
    rows,
)
from onnxp._src.model.rowwise.rules import Rule, renewed

_END = 2**31 - 1  # from here on, an end of a slice is the end of the axis


def _known(data: Sequence[object] | Host) -> Fact:
    """Return what is known of a vector of sizes."""
    vector = np.array(data, object)
    state = COUNT if any(map(is_counted, vector.flat)) else CONSTANT
    return Fact(state, vector.shape, vector)


def _moved(call: Call, move: Callable[[Host], Host]) -> list[Fact] | None:
    """Return what is known of a vector of sizes that an operator moves, or None if it is no such vector."""
    fact = call.facts[0]
    if fact.data is None or any(other.state.kind != "constant" for other in call.facts[1:]):
        return None
    return [_known(move(fact.data))]


def _row_axis(fact: Fact) -> int | None:
    """Return the axis of the rows, of a value that has rows or is constant."""
    if fact.state.kind not in ("rows", "constant"):
        raise Mixed("{op} of the number of {rows}")
    return fact.axis


def _at(state: State, axis: int) -> State:
    """Return a state with the rows along another axis; indices are none there."""
    return state._replace(axis=axis, own="number" if state.own == "number" else "")


# Shapes


def shape(call: Call) -> list[Fact]:
    """Take the sizes."""
    sizes = call.facts[0].sizes
    if call.facts[0].state.kind == "stacked":
        raise Mixed("{op} of rows behind rows")
    return [_known(sizes[call.get("start", 0) : call.get("end", len(sizes))])]


def size(call: Call) -> list[Fact]:
    """Count the elements."""
    sizes = call.facts[0].sizes
    counted = [n for n in sizes if is_counted(n)]
    others = product(n for n in sizes if not is_counted(n))
    if not counted:
        return [_known(np.array(others, object))]
    total = counted[0] if len(counted) == others == 1 else None
    return [Fact(COUNT, (), np.array(total, object))]


def constant_of_shape(call: Call) -> list[Fact]:
    """Make equal elements."""
    return [_expanded(Fact(CONSTANT, ()), _target(call.facts[0]))]


def expand(call: Call) -> list[Fact]:
    """Broadcast to a shape."""
    return [_expanded(call.facts[0], _target(call.facts[1]))]


def _target(fact: Fact) -> Sizes:
    """Return the shape that a vector is."""
    if fact.data is None:
        if fact.state.kind == "constant" and fact.shape is not None and len(fact.shape) == 1:
            (length,) = fact.shape
            if isinstance(length, int):
                return (None,) * length
        raise Mixed("{op} to a computed shape")
    if fact.state.kind == "count" and any(size is None for size in fact.data.flat):
        raise Mixed("{op} to a computed number of {rows}")
    return tuple(fact.data.flat)


def _expanded(fact: Fact, target: Sizes) -> Fact:
    result = broadcast([fact.sizes, target])
    places = {(i - len(target), n) for i, n in enumerate(target) if is_counted(n)}
    own = _row_axis(fact)
    if own is not None:
        places.add((own - fact.rank, fact.state.space))
    if not places:
        return Fact(CONSTANT, result)
    if len(places) > 1:
        raise Mixed("{op} along several axes of {rows}")
    ((axis, count),) = places
    assert not isinstance(count, int | None)
    if own is None and fact.rank >= -axis and fact.sizes[axis] != 1:
        raise Mixed("{op} of a constant with as many rows")
    if own is not None and len(target) >= -axis and target[axis] not in (1, count):
        raise Mixed("{op} along {rows}")
    state = rows(axis + len(result), count)
    if fact.state.own == "number":
        state = state._replace(own="number")
    return Fact(state, tuple(count if i == state.axis else n for i, n in enumerate(result)))


def range_(call: Call) -> list[Fact]:
    """Count."""
    start, limit, step = (None if f.data is None else f.data.flat[0] for f in call.facts)
    if (start, limit, step) == (0, ROWS, 1):
        return [Fact(rows(0)._replace(own="number"), (ROWS,))]
    if all(fact.state.kind == "constant" for fact in call.facts):
        return [Fact(CONSTANT, (None,))]
    raise Mixed("{op} of the number of {rows}")


def reshape(call: Call) -> list[Fact]:
    """Give the elements another shape, in which the rows have an axis of their own."""
    fact = call.facts[0]
    target = list(_target(call.facts[1]))
    if not call.get("allowzero", 0):
        target = [fact.sizes[i] if n == 0 else n for i, n in enumerate(target)]
    if fact.state.kind in ("constant", "count"):
        return [_reshaped(fact, target)]
    if fact.state.kind == "stacked":
        return [_unstacked(fact, target)]
    if fact.state.kind == "flat":
        return [_unflattened(fact.state, target)]
    axis, count = fact.state.axis, fact.state.space
    flattens = target == [-1] and axis == 0
    before, after = product(fact.sizes[:axis]), product(fact.sizes[axis + 1 :])
    if before is None or after is None:
        raise Mixed("{op} of unknown sizes")
    stacks = target[:1] == [-1] and product(target[1:]) == after
    if -1 in target:
        place = target.index(-1)
        others = product(n for i, n in enumerate(target) if i != place and n != count)
        if count not in target:
            target[place] = count
        elif others:
            target[place] = before * after // others
    for place in (i for i, n in enumerate(target) if n == count):
        if product(target[:place]) == before and product(target[place + 1 :]) == after:
            return [Fact(_at(fact.state, place), tuple(target))]
    if stacks:
        return [Fact(State("stacked", 0, before, count), (None, *target[1:]))]
    if flattens:
        return [Fact(State("flat", times=after, space=call.selection(0)), (None,))]
    raise Mixed("{op} of rows to other rows")


def _reshaped(fact: Fact, target: list[Size]) -> Fact:
    if -1 in target:
        total, place = product(fact.sizes), target.index(-1)
        others = product(n for i, n in enumerate(target) if i != place)
        target[place] = total // others if total is not None and others else None
    data = None
    if fact.data is not None and product(target) == fact.data.size:
        data = fact.data.reshape([n for n in target if isinstance(n, int)])
    elif fact.state.kind == "count":
        raise Mixed("{op} of the number of {rows}")
    if any(map(is_counted, target)):
        raise Mixed("{op} of a constant to rows")
    return Fact(fact.state, tuple(target), data)


def _unflattened(state: State, target: list[Size]) -> Fact:
    """Return rows of elements that were one behind the other."""
    space = state.space
    assert isinstance(space, Selection)
    if target[:1] in ([-1], [space.source]) and product(target[1:]) == state.times:
        return Fact(rows(0, space.source), (space.source, *target[1:]))
    raise Mixed("{op} of the elements of all rows")


def _unstacked(fact: Fact, target: list[Size]) -> Fact:
    axis, times = fact.state.axis, fact.state.times
    if -1 in target and ROWS not in target:
        target[target.index(-1)] = ROWS
    sizes = list(fact.sizes)
    if target == [*sizes[:axis], times, ROWS, *sizes[axis + 1 :]]:
        return Fact(rows(axis + 1), tuple(target))
    raise Mixed("{op} of rows behind rows")


# Axes


def transpose(call: Call) -> list[Fact]:
    """Permute the axes."""
    fact = call.facts[0]
    order = list(call.get("perm", None) or range(fact.rank)[::-1])
    shape = tuple(fact.sizes[i] for i in order)
    axis = _row_axis(fact)
    if axis is None:
        return [Fact(CONSTANT, shape)]
    state = rows(order.index(axis), fact.state.space)
    if fact.state.own == "turned" and order == [1, 0]:
        state = state._replace(own="index")
    return [Fact(state, shape)]


def unsqueeze(call: Call) -> list[Fact]:
    """Insert axes of size 1."""
    fact, axes = call.facts[0], _axes(call)
    rank = fact.rank + len(axes)
    new = {axis % rank for axis in axes}
    moved = _moved(call, lambda data: np.expand_dims(data, tuple(new)))
    if moved is not None:
        return moved
    old = [i for i in range(rank) if i not in new]
    state = _at(fact.state, old[fact.state.axis]) if fact.rank else fact.state
    sizes = iter(fact.sizes)
    return [Fact(state, tuple(1 if i in new else next(sizes) for i in range(rank)))]


def squeeze(call: Call) -> list[Fact]:
    """Drop axes of size 1."""
    fact = call.facts[0]
    if len(call.facts) == 1 and "axes" not in call.attributes:
        if fact.state.kind not in ("constant", "count") or None in fact.sizes:
            raise Mixed("{op} of any axis")
        axes = {i for i, n in enumerate(fact.sizes) if n == 1}
    else:
        axes = {axis % fact.rank for axis in _axes(call)}
    moved = _moved(call, lambda data: np.squeeze(data, tuple(axes)))
    if moved is not None:
        return moved
    state = fact.state
    if state.kind in ("rows", "stacked") and state.axis in axes:
        raise Mixed("{op} of the axis of {rows}")
    turned = state.own == "turned" and axes == {0}  # of a mask of rank 1
    state = _at(state, state.axis - sum(axis < state.axis for axis in axes))
    state = state._replace(own="number") if turned else state
    return [Fact(state, tuple(n for i, n in enumerate(fact.sizes) if i not in axes))]


def _axes(call: Call) -> list[int]:
    given = call.input(1)
    return given.integers() if given is not None else list(call.get("axes", []))


def flatten(call: Call) -> list[Fact]:
    """Make a matrix."""
    fact, at = call.facts[0], call.get("axis", 1)
    if _row_axis(fact) is None:
        return [Fact(CONSTANT, (product(fact.sizes[:at]), product(fact.sizes[at:])))]
    if fact.axis != 0 or at != 1:
        raise Mixed("{op} of rows to other rows")
    return [Fact(rows(0, fact.state.space), (fact.sizes[0], product(fact.sizes[1:])))]


# Selection


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
        return [_known(fact.data[tuple(key)])]
    row_axis = _row_axis(fact)
    sizes = list(fact.sizes)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if axis == row_axis:
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
    if _row_axis(fact) == axis:
        raise Mixed("{op} along {rows}")
    given = call.input(1)
    total = fact.sizes[axis]
    counts: list[Size] = [None] * call.outputs
    if given is not None and given.data is not None:
        counts = list(given.data.flat)
    elif given is None and isinstance(total, int) and total % call.outputs == 0:
        counts = [total // call.outputs] * call.outputs
    before, after = fact.sizes[:axis], fact.sizes[axis + 1 :]
    return [Fact(fact.state, (*before, count, *after)) for count in counts]


def pad(call: Call) -> list[Fact]:
    """Put elements around."""
    fact = call.first()
    amounts = call.facts[1].integers() if len(call.facts) > 1 else list(call.get("pads", ()))
    rank = fact.rank
    given = call.input(3)
    axes = range(rank) if given is None else [axis % rank for axis in given.integers()]
    sizes = list(fact.sizes)
    for axis, before, after in zip(axes, amounts, amounts[len(axes) :], strict=False):
        if axis == _row_axis(fact) and (before or after):
            raise Mixed("{op} along {rows}")
        current = sizes[axis]
        if before or after:
            sizes[axis] = current + before + after if isinstance(current, int) else None
    return [Fact(fact.state, tuple(sizes))]


def tile(call: Call) -> list[Fact]:
    """Repeat."""
    fact = call.first()
    times = call.facts[1].integers()
    axis = _row_axis(fact)
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
    axis = _row_axis(fact)
    if axis is not None and axis >= fact.rank - 2:
        raise Mixed("{op} along {rows}")
    return [Fact(fact.state, fact.shape)]


def one_hot(call: Call) -> list[Fact]:
    """Replace each index by a vector."""
    fact = call.first()
    place = call.get("axis", -1) % (fact.rank + 1)
    axis = _row_axis(fact)
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
        return [_known(np.array(np.take(fact.data, indices.data.astype(np.int64), axis), object))]
    if fact.state.kind == "count" or indices.state.kind not in ("rows", "constant"):
        raise Mixed("{op} by the number of {rows}")
    from_rows, by_rows = _row_axis(fact), indices.axis
    if by_rows is not None:
        if from_rows is None:
            return [Fact(rows(axis + by_rows, indices.state.space), shape)]
        own, space = indices.state.own, indices.state.numbered
        if (from_rows, own, fact.state.space) == (axis, "number", space):
            return [Fact(rows(axis + by_rows, indices.state.space), shape)]
        raise Mixed("{op} of rows by rows")
    if from_rows is None:
        return [Fact(CONSTANT, shape)]
    if from_rows == axis:
        raise Mixed("{op} along {rows}")
    state = rows(from_rows if from_rows < axis else from_rows + indices.rank - 1, fact.state.space)
    if (
        fact.state.own == "turned"
        and indices.rank == 0
        and indices.data is not None
        and indices.data == 0
    ):
        state = state._replace(own="number")
    return [Fact(state, shape)]


def _is_of_own_row(fact: Fact, indices: Fact) -> bool:
    """Return whether each index into a vector is the number of the row that it belongs to."""
    numbers = indices.axis == 0 and indices.state.own == "number"
    return numbers and fact.rank == 1 and fact.state == rows(0, indices.state.numbered)


def gather_elements(call: Call) -> list[Fact]:
    """Take elements by indices along an axis."""
    fact, indices = call.facts
    axis = call.get("axis", 0) % fact.rank
    if indices.state.kind in ("stacked", "flat") and fact.state == CONSTANT and fact.rank == 1:
        return [Fact(renewed(indices.state), indices.shape)]
    from_rows, by_rows = _row_axis(fact), _row_axis(indices)
    if (from_rows is None and by_rows in (None, axis)) or _is_of_own_row(fact, indices):
        return [Fact(indices.state._replace(own=""), indices.shape)]
    if from_rows != by_rows or from_rows == axis or fact.state.space != indices.state.space:
        raise Mixed("{op} along {rows}")
    return [Fact(indices.state._replace(own=""), indices.shape)]


def scatter_elements(call: Call) -> list[Fact]:
    """Replace elements by indices along an axis."""
    fact, indices, updates = call.facts
    axis = call.get("axis", 0) % fact.rank
    if _is_of_own_row(fact, indices) and updates.state._replace(own="") == rows(
        0, indices.state.space
    ):
        return [Fact(fact.state, fact.shape)]
    axes = {(_row_axis(part), part.state.space) for part in call.facts}
    if axes == {(None, ROWS)}:
        return [Fact(CONSTANT, fact.shape)]
    if len(axes) > 1 or axis == fact.axis:
        raise Mixed("{op} along {rows}")
    return [Fact(fact.state, fact.shape)]


def gather_nd(call: Call) -> list[Fact]:
    """Take slices by index vectors."""
    fact, indices = call.facts
    batch, length = call.get("batch_dims", 0), indices.sizes[-1]
    from_rows, by_rows = _row_axis(fact), _row_axis(indices)
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
    own, space = indices.state.own, indices.state.numbered
    if same or (from_rows, batch, own, fact.state.space) == (0, 0, "index", space):
        return [Fact(rows(by_rows, indices.state.space), shape)]
    raise Mixed("{op} of rows by rows")


def scatter_nd(call: Call) -> list[Fact]:
    """Replace slices by index vectors."""
    fact, indices, updates = call.facts
    length = indices.sizes[-1]
    from_rows, by_rows, with_rows = (_row_axis(part) for part in call.facts)
    if (from_rows, by_rows, with_rows) == (None, None, None):
        return [Fact(CONSTANT, fact.shape)]
    if from_rows is None or not isinstance(length, int):
        raise Mixed("{op} along {rows}")
    if by_rows is None:
        axis, space = from_rows - length + indices.rank - 1, fact.state.space
        allowed = from_rows >= length
    else:
        axis, space = by_rows, indices.state.space
        numbered = (indices.state.own, indices.state.numbered)
        allowed = from_rows == 0 and numbered == ("index", fact.state.space)
    if allowed and (with_rows, updates.state.space) == (axis, space):
        return [Fact(fact.state, fact.shape)]
    raise Mixed("{op} along {rows}")


def non_zero(call: Call) -> list[Fact]:
    """Return the places of true elements."""
    fact = call.facts[0]
    if _row_axis(fact) is None:
        return [Fact(CONSTANT, (fact.rank, None))]
    if fact.axis != 0:
        raise Mixed("{op} selects of {rows}")
    selected = call.selection(0)
    return [Fact(rows(1, selected)._replace(own="turned"), (fact.rank, selected))]


def compress(call: Call) -> list[Fact]:
    """Select slices, or elements."""
    fact, mask = call.facts
    axis = call.get("axis", None)
    if _row_axis(fact) is None and mask.state == CONSTANT:
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
    """Return whether a node with numbers of rows among its inputs takes them as indices, or keeps them.

    What else is computed of them depends on the place of a row.
    """
    if call.op in ("Shape", "Size"):
        return True
    numbers = [i for i, fact in enumerate(call.inputs) if fact is not None and fact.state.own]
    if call.op in _INDEXING and numbers == [1]:
        return True
    if call.op == "Gather" and numbers == [0] and call.facts[0].state.own == "turned":
        data = call.facts[1].data
        return data is not None and (bool(results[0].state.own) or bool(np.all(data > 0)))
    return call.op in _KEEPING and all(fact.state.own for fact in results)


# Joining


def concat(call: Call) -> list[Fact]:
    """Put arrays behind each other."""
    facts = call.facts
    axis = call.get("axis", 0) % facts[0].rank
    if all(fact.data is not None for fact in facts):
        joined = np.concatenate([fact.data for fact in facts if fact.data is not None], axis)
        return [_known(joined)]
    if any(fact.state.kind in ("count", "stacked", "flat") for fact in facts):
        raise Mixed("{op} of the number of {rows}")
    sizes = list(broadcast([fact.sizes for fact in facts]))
    lengths = [fact.sizes[axis] for fact in facts]
    sizes[axis] = (
        sum(n for n in lengths if isinstance(n, int)) if product(lengths) is not None else None
    )
    axes = {(fact.axis, fact.state.space) for fact in facts}
    if axes == {(None, ROWS)}:
        return [Fact(CONSTANT, tuple(sizes))]
    if len(axes) > 1:
        raise Mixed("{op} of rows and a constant with as many rows")
    ((row_axis, count),) = axes
    assert row_axis is not None
    if row_axis != axis:
        numbers = [fact.state.own for fact in facts]
        leads = axis == facts[0].rank - 1 and lengths[0] == 1 and numbers[0] == "number"
        leads = leads and not any(numbers[1:])
        state = rows(row_axis, count)._replace(own="index" if leads else "")
        return [Fact(state, tuple(sizes))]
    if len(facts) == 1:
        return [facts[0]]
    if count != ROWS:
        raise Mixed("{op} of selected rows")
    return [Fact(State("stacked", axis, len(facts)), tuple(sizes))]


MOVEMENT_RULES: dict[str, Rule] = {
    "Compress": compress,
    "Concat": concat,
    "ConstantOfShape": constant_of_shape,
    "Expand": expand,
    "Flatten": flatten,
    "Gather": gather,
    "GatherElements": gather_elements,
    "GatherND": gather_nd,
    "NonZero": non_zero,
    "OneHot": one_hot,
    "Pad": pad,
    "Range": range_,
    "Reshape": reshape,
    "ScatterElements": scatter_elements,
    "ScatterND": scatter_nd,
    "Shape": shape,
    "Size": size,
    "Slice": slice_,
    "Split": split,
    "Squeeze": squeeze,
    "Tile": tile,
    "Transpose": transpose,
    "Trilu": trilu,
    "Unsqueeze": unsqueeze,
}
