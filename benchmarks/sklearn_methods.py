"""Count the methods of scikit-learn that are traced, exported and right, beside other tools.

    python -m benchmarks.sklearn_methods [--all] [--parameters SETS] [--pipelines] [--seed SEED] [--missing]

The 128 methods of tests/helpers/sklearn_cases.py, in a bare onnxruntime at batches of 1, 3, 7 and 12 rows; with
``--all`` every estimator of scikit-learn with default parameters as well, with ``--parameters`` every estimator
with sets of other parameters, drawn at random, and with ``--pipelines`` pipelines of data frames. The exit code
is 1 if a promise is broken: at least 117 of the 128 without an example, 124 with one; of the other parameters
95 %, for rows of each dtype; none wrong.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import ndonnx as ndx
import numpy as np
import onnxruntime as ort
import skl2onnx
from skl2onnx.common.data_types import guess_data_type
from sklearn.base import is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.utils._array_api import move_estimator_to

import onnxp as xp
from onnxp.sklearn import dispatch, trace_estimator
from tests.helpers import sklearn_sweep
from tests.helpers.sklearn_cases import CASES, Case
from tests.helpers.sklearn_outcomes import outcomes, reason
from tests.helpers.sklearn_parameters import NAMES, cases

BATCHES = (1, 3, 7, 12)
Rows = np.ndarray[Any, Any]
Model = tuple[Any, int]  # and which of its outputs


def ours(case: Case, rows: Rows) -> Model:
    """Trace without an example."""
    return _traced(case, rows, None), 0


def ours_by_example(case: Case, rows: Rows) -> Model:
    """Trace with an example."""
    return _traced(case, rows, rows[:5]), 0


def _traced(case: Case, rows: Rows, example: Rows | None) -> Any:
    spec = xp.spec(("N", *rows.shape[1:]), rows.dtype)
    if case.method == "call":
        with dispatch():
            return xp.trace(case.fitted("float64"), spec, example=example, verify=False).model
    return trace_estimator(
        case.fitted("float64"), case.method, spec=spec, example=example, verify=False
    ).model


def converted(case: Case, rows: Rows) -> Model:
    """Convert by skl2onnx, with the options that its documentation has for the method."""
    outputs = {"predict": 0, "transform": 0, "predict_proba": 1, "decision_function": 1}
    fitted = case.fitted("float64")
    if case.method not in (*outputs, "score_samples") or is_classifier(fitted) != (
        case.method not in ("transform", "score_samples") and hasattr(fitted, "classes_")
    ):
        raise NotImplementedError(f"there is no {case.method}")
    last = fitted[-1] if isinstance(fitted, Pipeline) else fitted
    options: dict[str, Any] = {}
    if is_classifier(fitted):
        options = {"zipmap": False, "raw_scores": case.method == "decision_function"}
        if isinstance(last, CalibratedClassifierCV | GaussianNB):
            del options["raw_scores"]
    if case.method == "score_samples":
        options = {"score_samples": True}
    kind = type(guess_data_type(rows[:1])[0][1])
    model = skl2onnx.convert_sklearn(
        fitted,
        initial_types=[("X", kind([None, *rows.shape[1:]]))],
        options={id(last): options} if options else None,
    )
    return model, outputs.get(case.method, len(model.graph.output) - 1)


def by_ndonnx(case: Case, rows: Rows) -> Model:
    """Trace by ndonnx, with what scikit-learn offers for it."""
    X = ndx.argument(shape=("N", *rows.shape[1:]), dtype=getattr(ndx, str(rows.dtype)))
    with dispatch():
        fitted = case.fitted("float64")
        if case.method == "call":
            y = fitted(X)
        else:
            y = getattr(move_estimator_to(fitted, ndx, None), case.method)(X)
    return ndx.build({"X": X}, {"y": y}), 0


TOOLS: dict[str, Callable[[Case, Rows], Model]] = {
    "onnxp": ours,
    "onnxp, with example": ours_by_example,
    "skl2onnx": converted,
    "ndonnx": by_ndonnx,
}
PROMISED_PARAMETERS = 0.95
PROMISED = {"onnxp": 117, "onnxp, with example": 124}


def outcome(case: Case, dtype: str, tool: Callable[[Case, Rows], Model]) -> str:
    """Return what becomes of a case: right, wrong, or why there is no model that runs."""
    rows = case.input("float64")
    rows = rows.astype(dtype) if rows.dtype.kind == "f" else rows
    try:
        model, place = tool(case, rows)
        session = ort.InferenceSession(model.SerializeToString())
        name = session.get_inputs()[0].name
        found = [session.run(None, {name: rows[:size]})[place] for size in BATCHES]
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    for size, result in zip(BATCHES, found, strict=True):
        fitted = case.fitted("float64")
        call = fitted if case.method == "call" else getattr(fitted, case.method)
        if not _same(np.asarray(result), np.asarray(call(rows[:size])), dtype):
            return "wrong"
    return "right"


def _same(found: Rows, wanted: Rows, dtype: str) -> bool:
    if wanted.ndim == 1 and found.shape == (len(wanted), 2):
        # scores of both classes for those of one
        found = found[:, 1]
    if found.shape != wanted.shape and found.size == wanted.size:  # (N, 1) for (N,)
        found = found.reshape(wanted.shape)
    if found.shape != wanted.shape:
        return False
    if wanted.dtype.kind in "OU":
        return [*map(str, found)] == [*map(str, wanted)]
    tolerance = 1e-7 if dtype == "float64" else 1e-4
    limit = tolerance * max(1.0, float(np.abs(wanted).max()))
    return bool(np.allclose(found, wanted, rtol=tolerance, atol=limit))


def main(argv: list[str]) -> int:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="every estimator of scikit-learn too")
    parser.add_argument("--missing", action="store_true", help="say what is missing, and why")
    parser.add_argument("--parameters", type=int, metavar="SETS", help="sets of other parameters")
    parser.add_argument("--pipelines", action="store_true", help="pipelines of data frames too")
    parser.add_argument("--seed", type=int, default=0, help="what the parameters are drawn with")
    options = parser.parse_args(argv)
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    ort.set_default_logger_severity(4)
    kept = True
    print(f"{'methods of 128':24} {'float64':>8} {'float32':>8} {'wrong':>6}")
    for name, tool in TOOLS.items():
        counts = {}
        wrong = 0
        for dtype in ("float64", "float32"):
            found = {case.id: outcome(case, dtype, tool) for case in CASES}
            counts[dtype] = sum(what == "right" for what in found.values())
            wrong += sum(what == "wrong" for what in found.values())
            if options.missing:
                lines = (
                    f"  {case} {dtype}: {w[:150]}" for case, w in found.items() if w != "right"
                )
                print(*lines, sep="\n")
        print(f"{name:24} {counts['float64']:8} {counts['float32']:8} {wrong:6}", flush=True)
        if name in PROMISED:
            kept &= min(counts.values()) >= PROMISED[name] and wrong == 0
    if options.all:
        kept &= _show_all(options.missing)
    if options.parameters:
        kept &= _show_parameters(options.parameters, options.seed)
    if options.pipelines:
        kept &= _show_pipelines()
    return 0 if kept else 1


def _show_all(missing: bool) -> bool:
    total: Counter[str] = Counter()
    for name in sklearn_sweep.ESTIMATORS:
        for method, what, detail in sklearn_sweep.outcomes(name):
            total[what] += 1
            if what == "wrong" or (missing and what == "refused"):
                print(f"  {name}.{method}: {what}: {' '.join(detail.split())[:200]}")
    print(f"of all estimators, {total.total()} methods: {dict(total)}")
    return not total["wrong"]


def _show_parameters(sets: int, seed: int) -> bool:
    """Print how many methods are right with other parameters, and each that is not with the reason."""
    total: dict[str, Counter[str]] = {"as fitted": Counter(), "float32": Counter()}
    for name in NAMES:
        for case in cases(name, sets, seed):
            for outcome in outcomes(case):
                is_float32 = outcome.dtype == "float32" != case.fitted.dtype
                total["float32" if is_float32 else "as fitted"][outcome.what] += 1
                if outcome.what != "right":
                    why = reason(outcome) if outcome.what == "refused" else outcome.detail
                    print(f"  {outcome.what} {name}.{outcome.method} {outcome.dtype}: {case}"[:150])
                    print(f"      {' '.join(why.split())[:140]}", flush=True)
    for rows, counts in total.items():
        share = counts["right"] / max(1, counts.total())
        print(f"other parameters, rows {rows}: {dict(counts)}, {share:.1%} right")
    return all(
        counts["right"] >= PROMISED_PARAMETERS * counts.total()
        and counts["right"] + counts["refused"] == counts.total()
        for counts in total.values()
    )


def _show_pipelines() -> bool:
    from tests.helpers.sklearn_pipelines import PIPELINES, outcome

    found = [outcome(name) for name in PIPELINES]
    print(*(f"  {o.what} {o.name}: {o.detail[:200]}" for o in found if o.what != "right"), sep="\n")
    print(f"of {len(found)} pipelines: {dict(Counter(o.what for o in found))}")
    return all(o.what == "right" for o in found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
