"""Functions with branches that depend on elements: they are called once for each way through them.

Such a function is called with arrays that stand for any element. A condition of a branch is taken as true in
one call and as false in another, and each element gets the result of its own way. A model computes this way
only.
"""

from __future__ import annotations

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
            if known._is_computed_as(condition):
                return taken
        place = len(self.taken)
        if place == MOST:  # each is one more way: a loop, perhaps, that does not end
            raise _too_many(self.name)
        self.conditions.append(condition)
        self.taken.append(self.decisions[place] if place < len(self.decisions) else True)
        return self.taken[-1]


_call: ContextVar[_Call | None] = ContextVar("call", default=None)

of_python: ContextVar[bool] = ContextVar("of_python", default=False)
"""Whether arrays of one element stand for Python's numbers, rather than numpy's."""


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
    import traceback

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


def of_all_ways(
    function: Callable[..., tuple[Any, ...]], operands: tuple[Any, ...], name: str
) -> tuple[Any, ...]:
    """Return the results of a function of elements, computed on the way that they take and on no other.

    Parameters
    ----------
    function : callable
        It returns a tuple of arrays, of the same number on all ways. If it raises an exception on some ways, a
        model fails if one of them is taken.
    operands : tuple of arrays
        The arguments of the function.
    name : str
        What calls the function, for errors.

    Raises
    ------
    NumpyFunctionError
        If there are more than `MOST`.
    """

    def called() -> tuple[Any, ...] | _Failure:
        try:
            return function(*operands)
        except (OnnxpError, TypeError):
            raise
        except Exception as error:
            return _Failure(error)

    ways = all_ways(called, name)
    usual: list[tuple[Any, ...]] = [
        way.result for way in ways if not isinstance(way.result, _Failure)
    ]
    if not usual:
        raise ways[0].result.error
    if len(ways) == 1:
        return usual[0]
    xp = namespace()
    blanks = tuple(xp.zeros_like(_in_common(parts)) for parts in zip(*usual, strict=True))
    return _taken(function, operands, (), blanks, name)


class _Failure(NamedTuple):
    """The exception that a function raises on one way."""

    error: Exception


def _in_common(parts: tuple[Any, ...]) -> Any:
    """Return an array of the dtype and the shape that arrays have in common."""
    xp = namespace()
    result = parts[0]
    for part in parts[1:]:
        result = xp.where(xp.asarray(True), result, part)
    return result


def _taken(
    function: Callable[..., tuple[Any, ...]],
    operands: tuple[Any, ...],
    decisions: tuple[bool, ...],
    blanks: tuple[Any, ...],
    name: str,
) -> tuple[Any, ...]:
    """Return results in the dtypes and shapes of `blanks`, on the ways that begin with `decisions`."""
    xp = namespace()
    call = _Call(decisions, name)
    token = _call.set(call)
    try:
        results = function(*operands)
    except (OnnxpError, TypeError):
        raise
    except Exception:
        results = None
    finally:
        _call.reset(token)
    if len(call.taken) > len(decisions):
        place = len(decisions)

        def side(taken: bool) -> Callable[..., tuple[Any, ...]]:
            return lambda *inner: _taken(function, inner, (*decisions, taken), blanks, name)

        yes, no = side(True), side(False)
        results = xp.cond(call.conditions[place], yes, no, *operands)
        return tuple(results)
    if results is None:
        failed = call.conditions[-1] if call.taken[-1] else ~call.conditions[-1]
        # an index past the end, which is not known before the model runs
        nothing = xp.take(
            xp.zeros(1, dtype=xp.int64), xp.reshape(xp.astype(failed, xp.int64), (1,))
        )
        return tuple(xp.where(nothing[0] == 0, blank, blank) for blank in blanks)
    return tuple(
        xp.broadcast_to(xp.astype(result, blank.dtype, copy=False), blank.shape)
        for result, blank in zip(results, blanks, strict=True)
    )
