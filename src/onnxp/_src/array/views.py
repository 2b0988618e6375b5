"""Views: arrays that share their elements with another array, as numpy's do.

Values never change, so a view is an array that knows its root, and the steps that lead from the planes of
the root to its own. A write gives the written array new planes, puts these back into the root, and takes
the planes of every other view of the root anew. Nothing happens to arrays that are never written to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import prod
from typing import Any, NamedTuple, Protocol, TypeVar
from weakref import ref

import numpy as np

from onnxp._src import ops
from onnxp._src.array.layout import Strided, indexed, reshaped, transposed
from onnxp._src.graph.values import constant
from onnxp._src.lowering.indexing import getitem, setitem
from onnxp._src.lowering.planes import Planes
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes import dims
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.shape import Shape, is_static
from onnxp.errors import ReadOnlyError


class Kind(NamedTuple):
    """A way to take a view.

    Attributes
    ----------
    get : callable
        Takes planes and the argument of the step; returns the planes of the view.
    put : callable or None
        Takes planes, the argument and new planes of the view; returns the planes with these in place. None
        if the view is read-only.
    refusal : str
        Why a view cannot be written to.
    """

    get: Callable[[Planes, Any], Planes]
    put: Callable[[Planes, Any, Planes], Planes] | None = None
    refusal: str = ""


class Viewable(Protocol):
    """What is needed of an array here."""

    _planes: Planes
    _links: Links | None


Result = TypeVar("Result", bound=Viewable)


class Links:
    """How an array is related to others: a view to its root by steps, a root to its views.

    Attributes
    ----------
    root : array or None
        Of a view: the array whose elements it shares.
    before : Links or None
        Of a view: the step before its own, None if that starts at the root.
    kind, argument : Kind and object
        Of a view: the last step to it.
    turned : bool
        Whether numpy might keep the elements in another order than C's, so that it decides by the memory
        whether `reshape` makes a view.
    views : list of weak references
        Of a root: its views.
    """

    __slots__ = ("argument", "before", "kind", "limit", "root", "turned", "views")

    views: list[ref[Any]]
    limit: int

    def __init__(
        self,
        root: Viewable | None = None,
        before: Links | None = None,
        kind: Kind | None = None,
        argument: Any = None,
        turned: bool = False,
    ) -> None:
        self.root = root
        self.before = before
        self.kind: Kind = kind or ROOT
        self.argument = argument
        self.turned = turned
        if root is None:
            self.views = []
            self.limit = 16


def _transpose(planes: Planes, order: Sequence[int]) -> Planes:
    axes = tuple(order)
    if len(planes) == 1:
        return (ops.transpose(planes[0], axes),)
    return tuple(ops.transpose(plane, axes) for plane in planes)


def _turn_back(planes: Planes, order: Sequence[int], new: Planes) -> Planes:
    return _transpose(new, sorted(range(len(order)), key=order.__getitem__))


def _reshape(planes: Planes, shape: Shape) -> Planes:
    return tuple(ops.reshape(plane, shape) for plane in planes)


def _reshape_back(planes: Planes, shape: Shape, new: Planes) -> Planes:
    return _reshape(new, planes[0].shape)


def _part(planes: Planes, number: int) -> Planes:
    return (planes[number],)


def _replace_part(planes: Planes, number: int, new: Planes) -> Planes:
    return (*planes[:number], *new, *planes[number + 1 :])


def _compute(planes: Planes, function: Callable[[Planes], Planes]) -> Planes:
    return function(planes)


ROOT = Kind(_compute)
"""The kind of arrays that are not views."""
INDEX = Kind(getitem.get, setitem.put)
TRANSPOSE = Kind(_transpose, _turn_back)
RESHAPE = Kind(_reshape, _reshape_back)
FLAT = Kind(_reshape, _reshape_back)
PART = Kind(_part, _replace_part)
COUNTS = Kind(_part, _replace_part)
"""The kind of numbers that are seen of times: in numpy's memory they follow each other, as parts do not."""
READ_ONLY = Kind(_compute, refusal="this view is read-only, as in numpy")
UNCERTAIN = Kind(
    _reshape,
    refusal="whether numpy's reshape gives a view or a copy depends here on sizes or on the memory",
)


def link(base: Viewable, view: Viewable, kind: Kind, argument: Any) -> None:
    """Make an array a view of another one."""
    links = base._links
    if links is None:
        links = base._links = Links()
    if links.root is None:
        root, family, before = base, links, None
    elif links.kind is FLAT:
        return  # numpy copies what is taken of `ndarray.flat`
    else:
        root, before = links.root, links
        family = root._links  # type: ignore[assignment]  # a root has links
    view._links = Links(root, before, kind, argument, links.turned or kind is TRANSPOSE)
    views = family.views
    views.append(ref(view))
    if len(views) > family.limit:
        family.views = [other for other in views if other() is not None]
        family.limit = 2 * len(family.views) + 16


def like(result: Result, *operands: Viewable) -> Result:
    """Note that numpy keeps the result of an elementwise function in the order of its operands."""
    if any(x._links is not None and x._links.turned for x in operands):
        result._links = Links(turned=True)
    return result


def check_writable(array: Viewable) -> None:
    """Raise if an array cannot be written to, or a view of the same root could not follow.

    Raises
    ------
    ReadOnlyError
        If it is read-only, or it is uncertain what it shares its elements with.
    """
    links = array._links
    if links is None:
        return
    refused = _refusal(_step(links))
    for other in _others(array, links):
        refused = refused or _refusal(other._links, UNCERTAIN)
    if refused:
        raise ReadOnlyError(f"assignment: {refused}; write x.copy() and use the copy")


def _step(links: Links | None) -> Links | None:
    """Return the last step to an array, None if it is a root."""
    return None if links is None or links.root is None else links


def _refusal(step: Links | None, kind: Kind | None = None) -> str:
    while step is not None:
        if step.kind.refusal and kind in (None, step.kind):
            return step.kind.refusal
        step = step.before
    return ""


def write(array: Viewable, planes: Planes) -> Iterator[Viewable]:
    """Give an array new planes, and all arrays that share its elements; yield each that has changed."""
    array._planes = planes
    yield array
    links = array._links
    if links is None:
        return
    root = array
    if links.root is not None:
        root = links.root
        root._planes = _put(root._planes, links, planes)
        yield root
    taken = {} if links.root is None else {id(links): planes}
    for other in _others(array, links):
        other._planes = _get(root._planes, other._links, taken)
        yield other


def _others(array: Viewable, links: Links) -> Iterator[Any]:
    """Yield the living views of the same root, but for the array itself."""
    family = links if links.root is None else links.root._links
    assert family is not None
    for reference in family.views:
        other = reference()
        if other is not None and other is not array:
            yield other


def _way(step: Links | None) -> list[Links]:
    steps = []
    while step is not None:
        steps.append(step)
        step = step.before
    return steps[::-1]


def _get(planes: Planes, step: Links | None, taken: dict[int, Planes]) -> Planes:
    """Take a view of the planes of a root; `taken` has the planes at the steps that were gone before."""
    way = []
    while step is not None and id(step) not in taken:
        way.append(step)
        step = step.before
    if step is not None:
        planes = taken[id(step)]
    for last in reversed(way):
        taken[id(last)] = planes = last.kind.get(planes, last.argument)
    return planes


def overlap(a: Viewable, b: Viewable) -> bool | None:
    """Return whether two arrays share elements; None if sizes or values that are not known decide."""
    roots = [x if x._links is None or x._links.root is None else x._links.root for x in (a, b)]
    if roots[0] is not roots[1]:
        return False
    shape, count = roots[0]._planes[0].shape, len(roots[0]._planes)
    if not is_static(shape):
        return None
    size = prod(int(n) for n in shape)
    numbers = np.arange(count * size).reshape(count, *shape)
    planes = tuple(map(constant, numbers))
    found = []
    for x in (a, b):
        parts = _get(planes, _step(x._links), {})
        if any(part.trace is not None for part in parts):
            return None
        found.append(np.concatenate([data_of(part).ravel() for part in parts]))
    return not set(found[0].tolist()).isdisjoint(found[1].tolist())


def _put(planes: Planes, last: Links | None, new: Planes) -> Planes:
    steps = _way(last)
    before = [planes]
    for step in steps[:-1]:
        before.append(step.kind.get(before[-1], step.argument))
    for step, base in zip(reversed(steps), reversed(before), strict=True):
        assert step.kind.put is not None
        new = step.kind.put(base, step.argument, new)
    return new


def is_part_of(array: Viewable, key: tuple[Any, ...], value: Viewable) -> bool:
    """Return whether `value` is ``array[key]`` itself: ``x[key] += y`` assigns what is there already."""
    links, own = value._links, array._links
    if links is None or own is None or links.kind is not INDEX:
        return False
    return (
        links.root is (array if own.root is None else own.root)
        and links.before is _step(own)
        and len(key) == len(links.argument)
        and all(map(_same_part, key, links.argument))
    )


def _same_part(a: Any, b: Any) -> bool:
    if type(a) is slice and type(b) is slice:
        pairs = zip((a.start, a.stop, a.step), (b.start, b.stop, b.step), strict=True)
        return all(_same_part(p, q) for p, q in pairs)
    return a is b or (type(a) is type(b) is int and a == b)


def reshape_kind(base: Viewable, shape: Shape, *, contiguous: bool = False) -> Kind | None:
    """Return the kind of view that numpy's `reshape` makes of an array, or None for a copy.

    With `contiguous`, for `ravel`, which makes a copy of elements that do not follow each other in memory.
    """
    links = base._links
    if links is None or (links.root is None and not links.turned):
        return RESHAPE
    root = base if links.root is None else links.root
    assert root._links is not None
    if root._links.turned:
        return UNCERTAIN
    start = root._planes[0].shape
    tried = 1 if is_static(start) and is_static(shape) else _TRIED
    answers = {
        _is_viewable(start, _step(links), shape, partial(_size, more=more), contiguous)
        for more in range(tried)
    }
    if answers == {True}:
        return RESHAPE
    return None if answers == {False} else UNCERTAIN


_TRIED = 12
"""The number of sizes for which numpy's answer is looked up, from a single row on."""


def _size(symbol: Symbol, more: int) -> int:
    size = max(symbol.low, 1) + more * (1 + sum(map(ord, symbol.name)) % 3)
    return size if symbol.high is None else min(size, symbol.high)


def _is_viewable(
    shape: Shape,
    step: Links | None,
    target: Shape,
    sizes: Callable[[Symbol], int],
    contiguous: bool,
) -> bool | None:
    """Return whether numpy can reshape without a copy, for some sizes; None if it cannot be told."""

    def number(size: Any) -> int:
        return dims.evaluate(size, sizes)

    memory = Strided.in_order(tuple(map(number, shape)))
    for link in _way(step):
        kind, argument = link.kind, link.argument
        if kind is TRANSPOSE:
            memory = transposed(memory, argument)
        elif kind is RESHAPE:
            reshaped_sizes = tuple(map(number, argument))
            if prod(reshaped_sizes) != prod(memory.sizes):  # sizes that cannot be the real ones
                return None
            viewed = reshaped(memory, reshaped_sizes)
            if viewed is None:
                return None
            memory = viewed
        elif kind is INDEX:
            picked = indexed(memory, argument, number)
            if picked is None:
                return None
            memory = picked
        elif kind is PART:
            memory = Strided(memory.sizes, tuple(2 * stride for stride in memory.strides))
        elif kind is not COUNTS:
            return None
    final = tuple(map(number, target))
    if prod(final) != prod(memory.sizes):  # sizes that cannot be the real ones
        return None
    viewed = reshaped(memory, final)
    if viewed is None or not contiguous:
        return viewed is not None
    in_order = Strided.in_order(final)
    return all(a == b for n, a, b in zip(*viewed, in_order.strides, strict=True) if n > 1)
