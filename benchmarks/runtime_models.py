"""The models that `benchmarks.runtimes` runs: array functions, predict functions, scikit-learn's estimators.

``runtime_models.txt`` is the list for which figures are promised; models that came later are counted apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import onnxp as xp
from benchmarks.names import CHAPTERS, attempt, data
from onnxp.errors import OnnxpError, TargetError
from onnxp.sklearn import dispatch, trace_estimator
from tests.helpers import numpy_predictors, numpy_scorers, sklearn_cases, zoo

LIST = Path(__file__).with_suffix(".txt")
LARGE = 2**53 + 1
"""An integer that float64 does not hold."""


class Model(NamedTuple):
    """A model of the corpus, how it is made for a target, and arrays for its inputs."""

    name: str
    make: Callable[[str | None], xp.Program]
    feeds: dict[str, Any]


def models() -> Iterator[Model]:
    """Yield all models."""
    yield from _names()
    yield from _predict_functions()
    yield from _estimators()
    yield from _names_of_integers()
    yield from _predictors()


def listed() -> list[str]:
    """Return the names of the models of the list."""
    return LIST.read_text(encoding="utf-8").splitlines()


def named() -> set[str]:
    """Return the names of all functions and estimators that models are made of, if they can be."""
    examples = {*_examples()} | {_of_integers(example) for example in _examples()}
    functions = {**zoo.GENERIC, **zoo.NUMPY}.keys() | {case.id for case in sklearn_cases.CASES}
    predictors = {**numpy_predictors.CASES, **numpy_scorers.CASES}
    return {
        *examples,
        *(f"{example}, a large one" for example in examples),
        *(f"{name} of {dtype}" for name in functions for dtype in ("float32", "float64")),
        *(f"{name} for numpy" for name in predictors),
    }


def _names() -> Iterator[Model]:
    for example in _examples():
        model = attempt(example)[1]
        if model is None:
            continue
        read = [info.name for info in model.graph.input]
        feeds: dict[str, Any] = {name: array for name, array in data().items() if name in read}
        if "z_real" in read:
            z = data()["z"]
            feeds |= {"z_real": z.real.copy(), "z_imag": z.imag.copy()}
        yield Model(example, partial(_converted, xp.load(model)), feeds)


def _names_of_integers() -> Iterator[Model]:
    """Yield the examples of floats on integers instead, small ones and one that is large."""
    examples = _examples()
    for example in examples:
        other = _of_integers(example)
        if other in examples or "i" not in re.findall(r"\w+", other):
            continue
        model = attempt(other)[1]
        if model is None:
            continue
        read = [info.name for info in model.graph.input]
        feeds: dict[str, Any] = {name: array for name, array in data().items() if name in read}
        make = partial(_converted, xp.load(model))
        yield Model(other, make, feeds)
        if "take" not in other and "** j" not in other:  # a large one is not an index or exponent
            large = feeds["i"].copy()
            large[1, 2] = LARGE
            yield Model(f"{other}, a large one", make, feeds | {"i": large})


def _of_integers(example: str) -> str:
    return re.sub(r"\by\b", "j", re.sub(r"\bx\b", "i", example))


def _examples() -> list[str]:
    examples = (example for chapter in CHAPTERS.values() for example in chapter.values())
    return [*dict.fromkeys(examples)]


def _predict_functions() -> Iterator[Model]:
    rng = np.random.default_rng(0)
    for name, function in {**zoo.GENERIC, **zoo.NUMPY}.items():
        for dtype in ("float32", "float64"):
            make = partial(xp.trace, function, f"{dtype}[N, 5]", input_names=["x"])
            x = rng.normal(size=(6, 5)).astype(dtype)
            yield Model(f"{name} of {dtype}", partial(_named, make), {"x": x})


def _predictors() -> Iterator[Model]:
    for name, case in {**numpy_predictors.CASES, **numpy_scorers.CASES}.items():
        make = partial(xp.trace, case.function, case.spec, input_names=["x"])
        x = case.rows(np.random.default_rng(0), 6)
        yield Model(f"{name} for numpy", partial(_named, make), {"x": x})


def _converted(program: xp.Program, target: str | None) -> xp.Program:
    return program if target is None else program.convert(target)


def _named(make: Callable[..., xp.Program], target: str | None) -> xp.Program:
    return make(target=target)


def _estimators() -> Iterator[Model]:
    for case in sklearn_cases.CASES:
        for dtype in ("float32", "float64"):
            x = case.input(dtype)[:6]
            spec = xp.spec(("N", *x.shape[1:]), x.dtype)
            make = partial(_traced, case, case.fitted(dtype), spec, x)
            yield Model(f"{case.id} of {dtype}", make, {"X": x})


def _traced(
    case: sklearn_cases.Case, model: Any, spec: xp.Spec, x: Any, target: str | None
) -> xp.Program:
    try:
        if case.method == "call":
            with dispatch():
                return xp.trace(model, spec, input_names=["X"], target=target)
        return trace_estimator(model, case.method, spec=spec, target=target)
    except TargetError:
        raise
    except OnnxpError:
        if case.method == "call":
            raise
        return trace_estimator(model, case.method, spec=spec, target=target, example=x)
