"""Functions with branches that depend on elements: they are called once for each way through them.

Such a function is called with arrays that stand for any element. A condition of a branch is taken as true in
one call and as false in another, and each element gets the result of its own way.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

from onnxp._src.namespace import namespace
from onnxp.errors import NumpyFunctionError, OnnxpError

MOST = 64
"""How many ways there may be through a function."""


class _Call:
    """The conditions that one call asked for, and whether each was taken as true."""

    def __init__(self, decisions: tuple[bool, ...], name: str) -> None:
        self.decisions = decisions
        self.name = name
        self.conditions: list[Any] = []
        self.taken: list[bool] = []

    def decide(self, condition: Any) -> bool:
        for known, taken in zip(self.conditions, self.taken, strict=True):
            if known._planes[0] is condition._planes[0]:
                return taken
        place = len(self.taken)
        if place == MOST:  # each is one more way: a loop, perhaps, that does not end
            raise _too_many(self.name)
        self.conditions.append(condition)
        self.taken.append(self.decisions[place] if place < len(self.decisions) else True)
        return self.taken[-1]


_call: ContextVar[_Call | None] = ContextVar("call", default=None)


class Way(NamedTuple):
    """One way through a function: its result, and the conditions that are true only on this way."""

    result: Any
    conditions: tuple[Any, ...]

    def condition(self) -> Any:
        """Return which elements take this way, as an array of bools; True if all do."""
        result: Any = True
        for condition in self.conditions:
            result = condition if result is True else result & condition
        return result


def all_ways(function: Callable[[], Any], name: str) -> list[Way]:
    """Return all ways through a function; the last one is taken where no other is.

    Parameters
    ----------
    function : callable
        It takes no arguments. It must do the same whenever its conditions are taken alike.
    name : str
        What calls the function, for errors.

    Raises
    ------
    NumpyFunctionError
        If there are more than `MOST`, or the function raises an error on some of them only.
    """
    pending: list[tuple[bool, ...]] = [()]
    ways: list[Way] = []
    while pending:
        if len(ways) == MOST:
            raise _too_many(name)
        call = _Call(pending.pop(), name)
        token = _call.set(call)
        try:
            result = function()
        except (OnnxpError, TypeError):
            raise
        except Exception as error:
            if not call.taken:
                raise
            raise _raised(name, error) from error
        finally:
            _call.reset(token)
        pairs = zip(call.conditions, call.taken, strict=True)
        ways.append(Way(result, tuple(part if taken else ~part for part, taken in pairs)))
        taken = tuple(call.taken)
        pending += [(*taken[:i], not taken[i]) for i in range(len(call.decisions), len(taken))]
    return ways


def _raised(name: str, error: Exception) -> NumpyFunctionError:
    places = traceback.extract_tb(error.__traceback__)
    text = traceback.format_exception_only(error)[-1].strip()
    return NumpyFunctionError(
        f"{name}: a way through the function raises {text} ({places[-1].filename}:{places[-1].lineno}); a "
        "model takes all ways for all elements and picks the results, so return a value in its place, such as "
        "np.nan"
    )


def _too_many(name: str) -> NumpyFunctionError:
    return NumpyFunctionError(
        f"{name}: the function has more than {MOST} ways through it, which depend on elements; write its "
        "branches with np.where or np.select, and its loops with xp.while_loop"
    )


def decided(condition: Any) -> bool | None:
    """Return how a condition, an array of bools, is taken in this call; None outside of `all_ways`."""
    call = _call.get()
    return None if call is None else call.decide(condition)


def is_deciding() -> bool:
    """Return whether a function is called by `all_ways`."""
    return _call.get() is not None


def of_all_ways(function: Callable[[], tuple[Any, ...]], name: str) -> tuple[Any, ...]:
    """Return for each element the results of its way: arrays, of the same number on all ways."""
    xp = namespace()
    ways = all_ways(function, name)
    result: tuple[Any, ...] = ways[-1].result
    for way in reversed(ways[:-1]):
        condition = way.condition()
        pairs = zip(way.result, result, strict=True)
        result = tuple(xp.where(condition, one, other) for one, other in pairs)
    return result
