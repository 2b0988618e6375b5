"""What `Program.check` compares with on request: a function, or the methods of an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn

from onnxp._src.program.estimators import LABEL, OUTPUT_NAMES, is_estimator
from onnxp._src.program.locating import Origin
from onnxp._src.program.signature import Signature
from onnxp.errors import ArgumentError

_METHODS = {output: method for method, output in OUTPUT_NAMES.items()} | {LABEL: "predict"}


def is_reference(obj: object) -> bool:
    """Return whether an argument is something to compare with, which no input is."""
    return is_estimator(obj) or (callable(obj) and not isinstance(obj, type))


def origin_of(reference: Any, signature: Signature) -> Origin:
    """Return a function or an estimator as what a program was traced from.

    Raises
    ------
    ArgumentError
        If an output of the program is not called by a method that the estimator has.
    """
    names = [leaf.name for leaf in signature.outputs]
    if not is_estimator(reference):
        return Origin(partial(_ordered, reference, names), reference, _cannot_trace, True)
    methods = []
    for name in names:
        method = getattr(reference, _METHODS.get(name, name), None)
        if not callable(method):
            raise ArgumentError(
                f"check: {type(reference).__name__} has no method for the output {name!r}; give a function "
                "that returns the outputs as a list or as a dict by name, as lambda X: [estimator.predict(X)]"
            )
        methods.append(method)
    return Origin(partial(_all, methods), partial(_all, methods), _cannot_trace, True)


def _all(methods: list[Any], *args: Any, **kwargs: Any) -> list[Any]:
    return [method(*args, **kwargs) for method in methods]


def _ordered(function: Any, names: list[str], *args: Any, **kwargs: Any) -> Any:
    """Call a function; a dict of the outputs comes in their order."""
    result = function(*args, **kwargs)
    if isinstance(result, Mapping) and {*result} == {*names}:
        return [result[name] for name in names]
    return result


def _cannot_trace(*_: Any) -> NoReturn:
    raise ArgumentError("check: trace the function again to locate a difference")
