"""The order in which numpy would keep the elements of results in memory: that of the operands, or that of C.

Only ``order="K"`` and ``"A"``, and whether `reshape` gives a view, depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from onnxp._src.namespace import namespace as xp

P = ParamSpec("P")
R = TypeVar("R")

_IN_C = frozenset(
    "argwhere ascontiguousarray bincount choose convolve correlate digitize dot inner ix_ kron matmul "
    "nonzero outer ravel repeat reshape searchsorted take tensordot tile tri vdot".split()
)
"""Functions of numpy that return new arrays in the order of C, whatever the order of their operands is."""

_ORDER = {
    **dict.fromkeys("asanyarray asarray astype empty_like ones_like zeros_like".split(), 2),
    "copy": 1,
    "full_like": 3,
}
"""The position of the argument `order`, by function."""


def with_order(function: Callable[..., Any], result: Any, args: Any, kwargs: Any) -> Any:
    """Return the result of a function of numpy, noting in which order numpy would keep it.

    Parameters
    ----------
    function : callable
        The function.
    result : object
        What it returned, or tuples and lists of such.
    args, kwargs : tuple, dict
        Its arguments.
    """
    if getattr(result, "ndim", 2) < 2:
        return result
    order = kwargs.get("order")
    place = _ORDER.get(function.__name__, len(args))
    if place < len(args):
        order = args[place]
    if order == "F":
        if any(result is x for x in _arrays(args)):
            result = xp().asarray(result, copy=True)
        return _turn(result)
    if order == "C" or function.__name__ in _IN_C:
        return result
    return _turn(result) if _has_turned(args) or _has_turned(kwargs.values()) else result


def _has_turned(objects: Iterable[Any]) -> bool:
    """Return whether an array, or one in a tuple or list, may be in another order than C's."""
    for obj in objects:
        if type(obj) in (tuple, list):
            if _has_turned(obj):
                return True
        elif (links := getattr(obj, "_links", None)) is not None and links.turned:
            return True
    return False


def _arrays(obj: Any) -> Iterator[Any]:
    """Yield the arrays in an object."""
    if isinstance(obj, xp().Array):
        yield obj
    elif isinstance(obj, tuple | list):
        for part in obj:
            yield from _arrays(part)


def _turn(result: Any) -> Any:
    for x in _arrays(result):
        if x.ndim > 1:
            x._turn()
    return result


def keeps_order(method: Callable[P, R]) -> Callable[P, R]:
    """Decorate a method that returns new arrays in the order of the array in numpy's memory."""

    @wraps(method)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        result = method(*args, **kwargs)
        array: Any = args[0]
        return result if array._links is None else with_order(method, result, (array,), kwargs)

    return checked
