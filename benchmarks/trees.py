"""Models of trees and neighbors: beside scikit-learn's own ``predict``, and in float32 beside skl2onnx.

Times are the processor's for one thread, which a busy machine changes least.
``python -m benchmarks.trees [NAME ...] --write`` writes rows of the table of ``docs/speed.rst``.
"""

from __future__ import annotations

import argparse
import functools
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import skl2onnx
from sklearn.base import BaseEstimator, is_classifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import QuantileTransformer
from threadpoolctl import threadpool_limits

from onnxp.sklearn import trace_estimator

from .measure import seconds
from .models import LARGE, Rows, bare, data, rows
from .table import Row

PAGE = Path(__file__).parent.parent / "docs" / "tree_speed.inc"
OLD, NEW = "onnxruntime>=1.20", "onnxruntime>=1.23"
CASES: dict[str, tuple[Callable[..., BaseEstimator], str]] = {
    "RandomForestClassifier, 2 classes": (RandomForestClassifier, "2 classes"),
    "RandomForestClassifier, 3 classes": (RandomForestClassifier, "3 classes"),
    "RandomForestRegressor": (RandomForestRegressor, "number"),
    "ExtraTreesClassifier": (ExtraTreesClassifier, "3 classes"),
    "BaggingClassifier": (BaggingClassifier, "2 classes"),
    "AdaBoostClassifier": (AdaBoostClassifier, "2 classes"),
    "GradientBoostingClassifier": (GradientBoostingClassifier, "2 classes"),
    "GradientBoostingRegressor(max_depth=5)": (
        functools.partial(GradientBoostingRegressor, max_depth=5),
        "number",
    ),
    "HistGradientBoostingClassifier": (HistGradientBoostingClassifier, "2 classes"),
    "IsolationForest": (IsolationForest, "number"),
}
OTHERS: dict[str, tuple[Callable[..., BaseEstimator], str]] = {
    "KNeighborsClassifier": (KNeighborsClassifier, "3 classes"),
    "QuantileTransformer": (QuantileTransformer, "number"),
}
LEAST = {OLD: 0.9, NEW: 1.0}
"""How much of our time scikit-learn takes at least, for many rows."""
REFUSED = ("HistGradientBoostingClassifier",)
"""The models that skl2onnx makes of these do not load."""


@functools.cache
def fitted(name: str) -> BaseEstimator:
    """Return the fitted model of a case."""
    X, targets = data()
    make, target = (CASES | OTHERS)[name]
    model = make()
    if "random_state" in model.get_params():
        model.set_params(random_state=0)
    return model.fit(X, targets[target])


def _method(model: BaseEstimator) -> str:
    return "predict" if hasattr(model, "predict") else "transform"


@functools.cache
def ours(name: str, **options: Any) -> Callable[[Rows], list[Rows]]:
    """Return a call of our model in a bare session of one thread."""
    model = fitted(name)
    return bare(trace_estimator(model, _method(model), dtype="float32", **options).model)


@functools.cache
def converted(name: str) -> Callable[[Rows], list[Rows]]:
    """Return a call of skl2onnx's model."""
    model = fitted(name)
    options = {id(model): {"zipmap": False}} if is_classifier(model) else None
    opsets = {"": 21, "ai.onnx.ml": 3}
    return bare(skl2onnx.to_onnx(model, rows(1), options=options, target_opset=opsets))


def against_itself(name: str, count: int, target: str) -> tuple[float, float]:
    """Time our model and scikit-learn's method."""
    X, model, run = rows(count), fitted(name), ours(name, target=target)
    call = getattr(model, _method(model))
    with threadpool_limits(1):
        return seconds(lambda: run(X), lambda: call(X), time.thread_time)


def against_converter(name: str, count: int) -> tuple[float, float]:
    """Time our model in float32 and the converter's."""
    X, first, second = rows(count), ours(name, exact=False), converted(name)
    return seconds(lambda: first(X), lambda: second(X), time.thread_time)


def recorded(name: str) -> tuple[float, float]:
    """Time the recording of a forest of 100 trees; the limit is half a second."""
    model = fitted(name)
    samples = []
    for _ in range(5):
        start = time.thread_time()
        trace_estimator(model, dtype="float32")
        samples.append(time.thread_time() - start)
    return float(np.min(samples)), 0.5


def _rows() -> Iterator[Row]:
    for name in CASES | OTHERS:
        for target, least in LEAST.items():
            for count, promise in ((1, 3.0), (LARGE, least)):
                yield Row(
                    f"{name}, {count:,}, {target[-4:]}",
                    "scikit-learn",
                    functools.partial(against_itself, name, count, target),
                    at_least=promise,
                )
        if _is_converted(name):
            for count in (1, LARGE):
                yield Row(
                    f"{name}, {count:,}, exact=False",
                    "skl2onnx",
                    functools.partial(against_converter, name, count),
                    at_most=1.1,
                )
    yield Row(
        "record RandomForestRegressor",
        "limit",
        functools.partial(recorded, "RandomForestRegressor"),
        at_most=1.0,
    )


def _is_converted(name: str) -> bool:
    return name in CASES and name not in REFUSED


ROWS = list(_rows())


def _cells(name: str) -> Iterator[str]:
    yield f"``{name}``".replace(", 2 classes``", "``, 2 classes").replace(
        ", 3 classes``", "``, 3 classes"
    )
    for target in (OLD, NEW):
        for count in (1, LARGE):
            yield _ratio(*against_itself(name, count, target))
    for count in (1, LARGE):
        yield _ratio(*against_converter(name, count)) if _is_converted(name) else ""


def _ratio(ours: float, other: float) -> str:
    return f"{other / ours:.2g}" if other < 100 * ours else f"{round(other / ours, -1):.0f}"


_HEAD = [
    "Model",
    *[f"{target[13:]}, {rows}" for target in (OLD, NEW) for rows in ("1 row", f"{LARGE:,}")],
    "skl2onnx, 1 row",
    f"{LARGE:,}",
]


def _lines(cells: Iterable[str]) -> str:
    first, *others = cells
    return "\n".join([f"   * - {first}", *(f"     - {cell}".rstrip() for cell in others), ""])


def _written() -> dict[str, str]:
    """Return the lines of each model in the page, by its first cell."""
    rows = PAGE.read_text(encoding="utf-8").split("   * - ")[2:]
    return {row.partition("\n")[0]: f"   * - {row}" for row in rows}


def main() -> None:
    """Print how many times as long the others take, or write it where the page includes it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    every = [*(CASES | OTHERS)]
    parser.add_argument("names", nargs="*", metavar="NAME", help="models; all by default")
    parser.add_argument("--write", action="store_true", help=f"write their rows of {PAGE.name}")
    given = parser.parse_args()
    names = given.names or every
    if unknown := [name for name in names if name not in every]:
        parser.error(f"no models: {unknown}; there are {every}")
    measured = {name: _lines(_cells(name)) for name in names}
    if not given.write:
        print(*measured.values(), sep="", end="")
        return
    before = _written()
    head = ".. list-table::\n   :header-rows: 1\n   :widths: 40 10 10 10 10 10 10\n\n" + _lines(
        _HEAD
    )
    rows_of = [measured.get(name) or before[next(_cells(name))] for name in every]
    PAGE.write_text(head + "".join(rows_of), encoding="utf-8")


if __name__ == "__main__":
    main()
