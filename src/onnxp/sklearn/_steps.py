"""The results of steps of an estimator, which become further outputs of its model.

A step is known by the names on the way to it, joined as in the parameters of scikit-learn:
``columntransformer__pipeline__standardscaler``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from onnxp._src.program.estimators import OUTPUT_NAMES
from onnxp.errors import ArgumentError, ArgumentTypeError

_WRAPPERS = ("estimator", "regressor")
"""The parameters of estimators that hold another one, such as searches; their steps are known without these."""

_UNFITTED = ("estimators", "transformers")
"""The parameters whose estimators are fitted as copies."""

_names: ContextVar[tuple[str, ...]] = ContextVar("names", default=())
_watched: ContextVar[dict[str, Any] | None] = ContextVar("watched", default=None)


class Step(NamedTuple):
    """A step whose result is an output.

    Attributes
    ----------
    path : str
        The names on the way to it, without those of wrappers.
    columns : list of str or None
        The names of the columns of its result, if it has them.
    """

    path: str
    columns: list[str] | None


def checked(outputs: object, estimator: Any) -> dict[str, Step]:
    """Return the steps by the names of their outputs.

    Raises
    ------
    ArgumentError
        If a step does not exist, or does not transform.
    ArgumentTypeError
        If the steps are not a sequence of text.
    """
    if not isinstance(outputs, list | tuple) or not all(isinstance(name, str) for name in outputs):
        raise ArgumentTypeError(
            f"trace_estimator: outputs is a list of names of steps, not {outputs!r}"
        )
    steps = dict(_steps(estimator, ()))
    result = {}
    for name in outputs:
        path = "__".join(part for part in name.split("__") if part not in _WRAPPERS)
        if not hasattr(steps.get(path), "transform"):
            offered = [path for path, step in steps.items() if hasattr(step, "transform")]
            problem = (
                "transforms nothing: ask for its method" if path in steps else "does not exist"
            )
            raise ArgumentError(
                f"the step {name!r} of {type(estimator).__name__} {problem}; steps that transform are {offered}"
            )
        result[name] = Step(path, feature_names_out(steps[path]))
    return result


def feature_names_out(transformer: Any) -> list[str] | None:
    """Return the names of the columns of a result, or None if a step does not name its columns."""
    try:
        return [str(name) for name in transformer.get_feature_names_out()]
    except (AttributeError, ValueError, TypeError):
        return None


def _steps(obj: Any, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield the paths of the fitted steps inside an estimator, and the steps."""
    for attribute, value in vars(obj).items():
        if attribute in _UNFITTED:
            continue
        if _are_steps(value):
            for name, step, *_ in value:
                if is_estimator(step):
                    yield "__".join([*names, name]), step
                    yield from _steps(step, (*names, name))
        elif is_estimator(value):
            yield from _steps(value, names)


def is_estimator(obj: Any) -> bool:
    """Return whether an object is an estimator, rather than its class, or ``"passthrough"``."""
    return hasattr(obj, "get_params") and not isinstance(obj, type)


def _are_steps(obj: Any) -> bool:
    return isinstance(obj, list) and any(
        isinstance(part, tuple) and len(part) > 1 and isinstance(part[0], str) for part in obj
    )


@contextmanager
def watching(paths: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Collect the results of steps for the duration of the context."""
    results: dict[str, Any] = dict.fromkeys(paths)
    token = _watched.set(results)
    try:
        yield results
    finally:
        _watched.reset(token)


@contextmanager
def running(name: str, method: str) -> Iterator[Callable[[Any], None]]:
    """Mark that a step runs. The function in the context takes the result."""
    names = (*_names.get(), name)
    token = _names.set(names)

    def note(result: Any) -> None:
        watched = _watched.get()
        path = "__".join(names)
        if watched is not None and method == "transform" and watched.get(path, result) is None:
            watched[path] = result

    try:
        yield note
    finally:
        _names.reset(token)


def watched(estimator: Any) -> Any:
    """Return a copy of an estimator whose steps note their results; the fitted numbers are shared."""
    result = copy.copy(estimator)
    for attribute, value in vars(estimator).items():
        if attribute in _UNFITTED:
            continue
        if _are_steps(value):
            vars(result)[attribute] = [
                (name, _noting(watched(step), name), *rest)
                if is_estimator(step)
                else (name, step, *rest)
                for name, step, *rest in value
            ]
        elif is_estimator(value):
            vars(result)[attribute] = watched(value)
    return result


def _noting(step: Any, name: str) -> Any:
    """Make an estimator note what it transforms to."""
    for method in OUTPUT_NAMES:
        function = getattr(step, method, None)
        if function is not None:
            vars(step)[method] = _noted(function, name, method)
    return step


def _noted(function: Callable[..., Any], name: str, method: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        with running(name, method) as note:
            result = function(*args, **kwargs)
            note(result)
            return result

    return call
