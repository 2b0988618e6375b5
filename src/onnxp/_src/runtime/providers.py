"""Execution providers: those that a user chooses, and those that the runtime has."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from numbers import Real
from typing import Any, NamedTuple, TypeAlias, TypeVar

from onnxp.errors import ArgumentError, ArgumentTypeError, ProviderError, ProviderWarning

Provider: TypeAlias = str | tuple[str, Mapping[str, Any]]
"""A provider as onnxruntime takes it: its name, or its name and its options."""
Pairs: TypeAlias = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""Providers as keys of a cache: their names and options, in order of preference."""

CPU: Pairs = (("CPUExecutionProvider", ()),)
PACKAGES = {
    "CUDAExecutionProvider": "onnxruntime-gpu",
    "TensorrtExecutionProvider": "onnxruntime-gpu",
    "DmlExecutionProvider": "onnxruntime-directml",
    "OpenVINOExecutionProvider": "onnxruntime-openvino",
    "QNNExecutionProvider": "onnxruntime-qnn",
}
"""The packages that have a provider, each of which takes the place of onnxruntime."""
SUFFIX = "ExecutionProvider"

T = TypeVar("T")


class Providers(NamedTuple):
    """The providers that a program shall run on, and whether the CPU may stand in for them."""

    pairs: Pairs
    fallback: bool = False

    @property
    def as_given(self) -> list[Provider]:
        """The providers as onnxruntime takes them."""
        return [(name, dict(options)) if options else name for name, options in self.pairs]


ON_CPU = Providers(CPU)


def as_providers(
    function: str, providers: Sequence[Provider] | None, fallback: bool = False
) -> Providers:
    """Check the arguments of a function; whether the runtime has the providers is asked by `start_on`.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If they are not as onnxruntime takes them.
    """
    if not isinstance(fallback, bool):
        raise ArgumentTypeError(
            f"{function}: fallback must be True or False, not {fallback!r} of type {type(fallback).__name__}"
        )
    if providers is None:
        return Providers(CPU, fallback)
    if not isinstance(providers, list | tuple) or _is_pair(providers):
        example = repr([providers] if isinstance(providers, str | tuple) else ["CUDA" + SUFFIX])
        raise ArgumentTypeError(
            f"{function}: providers must be a list of names, or of pairs of a name and a dict of options, not "
            f"{providers!r} of type {type(providers).__name__}; write providers={example}"
        )
    if not providers:
        raise ArgumentError(f"{function}: providers is empty; write providers={[CPU[0][0]]!r}")
    pairs = tuple(_pair(function, provider) for provider in providers)
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ArgumentError(f"{function}: the provider {name!r} is given twice; give it once")
    return Providers(pairs, fallback)


VARIABLE = "ONNXP_PROVIDERS"
"""The environment variable that names the providers on which arrays are evaluated."""


@cache
def of_evaluation() -> Providers:
    """Return the providers on which the process evaluates arrays: the CPU unless `VARIABLE` names others.

    Raises
    ------
    ArgumentError
        If it names one twice.
    """
    names = [name.strip() for name in os.environ.get(VARIABLE, "").split(",") if name.strip()]
    return as_providers(VARIABLE, names or None)


def _is_pair(provider: Any) -> bool:
    if not isinstance(provider, tuple) or len(provider) != 2:
        return False
    return isinstance(provider[0], str) and isinstance(provider[1], dict)


def _pair(function: str, provider: Any) -> tuple[str, tuple[tuple[str, str], ...]]:
    if isinstance(provider, str):
        return provider, ()
    if not _is_pair(provider):
        raise ArgumentTypeError(
            f"{function}: a provider must be a name or a pair of a name and a dict of options, not "
            f"{provider!r} of type {type(provider).__name__}; write ('CUDA{SUFFIX}', {{'device_id': 0}})"
        )
    name, options = provider
    for key, value in options.items():
        if not isinstance(key, str) or not isinstance(value, str | Real | os.PathLike):
            raise ArgumentTypeError(
                f"{function}: an option of {name!r} must have a name and a value that is text, a number or a "
                f"path, not {key!r}: {value!r}; write it as text, as the documentation of the provider does"
            )
    return name, tuple(sorted((key, str(value)) for key, value in options.items()))


def start_on(providers: Providers, start: Callable[[Pairs], T]) -> T:
    """Start a session on the chosen providers, or on those that there are, if `fallback` is true.

    Parameters
    ----------
    providers : Providers
        What the user chose.
    start : callable
        Starts a session on given providers, or raises a `ProviderError`.

    Raises
    ------
    ProviderError
        If the runtime lacks a provider, or cannot start it, and `fallback` is false.

    Warns
    -----
    ProviderWarning
        If it lacks one, or cannot start it, and `fallback` is true.
    """
    pairs, fallback = providers
    if pairs == CPU:
        return start(CPU)
    import onnxruntime

    available = onnxruntime.get_available_providers()
    missing = [name for name, _ in pairs if name not in available]
    if missing:
        text = f"onnxruntime has no {missing[0]!r} here: it has {available}"
        if not fallback:
            raise ProviderError(f"{text}. {_advice(missing[0])}")
        pairs = tuple(pair for pair in pairs if pair[0] in available) or CPU
        _warn(text, pairs)
    try:
        return start(pairs)
    except ProviderError as error:
        if not fallback:
            raise
        _warn(str(error), CPU)
    return start(CPU)


def check_started(name: str, pairs: Pairs, started: Sequence[str]) -> None:
    """Raise an error if a session has not all of its providers.

    onnxruntime 1.20 to 1.32 goes on without a provider whose libraries it cannot load.
    """
    for provider, _ in pairs:
        if provider not in started:
            from onnxp._src.wording import wording

            raise ProviderError(
                f"onnxruntime cannot start {provider!r} for the model {name!r}: it would run on "
                f"{list(started)}. Install the libraries that the provider needs (onnxruntime may have "
                f"printed which is missing), or {wording.get().fallback} to run on the CPU"
            )


def _advice(missing: str) -> str:
    import onnxruntime

    from onnxp._src.wording import wording

    for name in onnxruntime.get_all_providers():
        if missing != name and missing.casefold() in (
            name.casefold(),
            name.removesuffix(SUFFIX).casefold(),
        ):
            return f"Write {name!r}, its whole name"
    package = PACKAGES.get(missing)
    which = f"{package} in the place of onnxruntime" if package else "an onnxruntime that has it"
    return f"Install {which}, or {wording.get().fallback} to run on the CPU instead"


def _warn(text: str, pairs: Pairs) -> None:
    from onnxp._src.graph.source import warn_user

    names = [name for name, _ in pairs]
    warn_user(f"{text}. The model runs on {names} instead", ProviderWarning)
