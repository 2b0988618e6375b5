"""The rules of operators that move elements: shapes, axes and concatenation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from onnxp._src.model.rowwise.facts import (
    CONSTANT,
    COUNT,
    COUNTED,
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
    known,
    product,
    row_axis,
    rows,
)
from onnxp._src.model.rowwise.rules import Rule


def _moved(call: Call, move: Callable[[Host], Host]) -> list[Fact] | None:
    """Return what is known of a vector of sizes that an operator moves, or None if it is no such vector."""
    fact = call.facts[0]
    if fact.data is None or any(other.state.kind != "constant" for other in call.facts[1:]):
        return None
    return [known(move(fact.data))]


def _at(state: State, axis: int) -> State:
    """Return a state with the rows along another axis, where they are no longer indices."""
    return state._replace(axis=axis, own="number" if state.own == "number" else "")


# Shapes


def shape(call: Call) -> list[Fact]:
    """Take the sizes."""
    sizes = _countable(call.facts[0])
    return [known(sizes[call.get("start", 0) : call.get("end", len(sizes))])]


def _countable(fact: Fact) -> Sizes:
    """Return the sizes of a value, unless one is a multiple of the number of rows."""
    if fact.state.kind in ("stacked", "flat"):
        raise Mixed("{op} of rows behind rows")
    return fact.sizes


def size(call: Call) -> list[Fact]:
    """Count the elements."""
    sizes = _countable(call.facts[0])
    counted = [n for n in sizes if is_counted(n)]
    others = product(n for n in sizes if not is_counted(n))
    if not counted:
        return [known(np.array(others, object))]
    total = counted[0] if len(counted) == others == 1 else COUNTED
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
    if COUNTED in fact.data.flat:
        raise Mixed("{op} to a computed number of {rows}")
    return tuple(fact.data.flat)


def _expanded(fact: Fact, target: Sizes) -> Fact:
    result = broadcast([fact.sizes, target])
    places = {(i - len(target), n) for i, n in enumerate(target) if is_counted(n)}
    axis_of_rows = row_axis(fact)
    if axis_of_rows is not None:
        places.add((axis_of_rows - fact.rank, fact.state.space))
    if not places:
        return Fact(CONSTANT, result)
    if len(places) > 1:
        raise Mixed("{op} along several axes of {rows}")
    ((axis, count),) = places
    assert not isinstance(count, int | None)
    if axis_of_rows is None and fact.rank >= -axis and fact.sizes[axis] != 1:
        raise Mixed("{op} of a constant with as many rows")
    if axis_of_rows is not None and len(target) >= -axis and target[axis] not in (1, count):
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
        return [_unflattened(fact, target)]
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


def _unflattened(fact: Fact, target: list[Size]) -> Fact:
    """Return rows of elements that were one behind the other."""
    space = fact.state.space
    assert isinstance(space, Selection)
    is_of_rows = target[:1] in ([-1], [space.source]) and product(target[1:]) == fact.state.times
    if is_of_rows and fact.rank == 1:  # of a higher rank, there may be more elements
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
    axis = row_axis(fact)
    if axis is None:
        return [Fact(CONSTANT, shape)]
    state = rows(order.index(axis), fact.state.space)
    if fact.state.own == "turned" and order == [1, 0]:
        state = state._replace(own="index")
    return [Fact(state, shape)]


def unsqueeze(call: Call) -> list[Fact]:
    """Insert axes of size 1."""
    fact, axes = call.facts[0], call.axes()
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
        axes = {axis % fact.rank for axis in call.axes()}
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


def flatten(call: Call) -> list[Fact]:
    """Make a matrix."""
    fact, at = call.facts[0], call.get("axis", 1)
    if row_axis(fact) is None:
        return [Fact(CONSTANT, (product(fact.sizes[:at]), product(fact.sizes[at:])))]
    if fact.axis != 0 or at != 1:
        raise Mixed("{op} of rows to other rows")
    return [Fact(rows(0, fact.state.space), (fact.sizes[0], product(fact.sizes[1:])))]


# Joining


def concat(call: Call) -> list[Fact]:
    """Put arrays behind each other."""
    facts = call.facts
    axis = call.get("axis", 0) % facts[0].rank
    if all(fact.data is not None for fact in facts):
        joined = np.concatenate([fact.data for fact in facts if fact.data is not None], axis)
        return [known(joined)]
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
    ((axis_of_rows, count),) = axes
    assert axis_of_rows is not None
    if axis_of_rows != axis:
        numbers = [fact.state.own for fact in facts]
        leads = axis == facts[0].rank - 1 and lengths[0] == 1 and numbers[0] == "number"
        leads = leads and not any(numbers[1:])
        state = rows(axis_of_rows, count)._replace(own="index" if leads else "")
        return [Fact(state, tuple(sizes))]
    if len(facts) == 1:
        return [facts[0]]
    if count != ROWS:
        raise Mixed("{op} of selected rows")
    return [Fact(State("stacked", axis, len(facts)), tuple(sizes))]


MOVEMENT_RULES: dict[str, Rule] = {
    "Concat": concat,
    "ConstantOfShape": constant_of_shape,
    "Expand": expand,
    "Flatten": flatten,
    "Range": range_,
    "Reshape": reshape,
    "Shape": shape,
    "Size": size,
    "Squeeze": squeeze,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}
