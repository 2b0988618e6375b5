"""Estimators of scikit-learn: how one is known, its methods, and advice for callers of `trace` who have one."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

from onnxp.errors import EstimatorError, OnnxpError, TracedValueError, UnknownSizeError

OUTPUT_NAMES = {
    "predict": "prediction",
    "predict_proba": "probabilities",
    "predict_log_proba": "log_probabilities",
    "predict_joint_log_proba": "joint_log_probabilities",
    "decision_function": "scores",
    "score_samples": "sample_scores",
    "transform": "transformed",
    "inverse_transform": "original",
}
"""The methods that can be traced, and the names of their outputs. That of ``predict`` is `LABEL` for labels."""
LABEL = "label"


def hint(obj: object) -> str:
    """Return what to write instead, if an object is an estimator or a method of one; otherwise ``""``."""
    owner = getattr(obj, "__self__", obj)
    method = "predict" if owner is obj else getattr(obj, "__name__", "")
    if not is_estimator(owner):
        return ""
    return f"; for estimators, write onnxp.sklearn.trace_estimator(estimator, {method!r})"


def mention_trace_estimator(error: BaseException, function: Any) -> None:
    """Add to an error of traced code in an estimator that `trace_estimator` traces its methods.

    Raises
    ------
    EstimatorError
        If the function is itself a method of an estimator, and the error is not one of array code.
    """
    if isinstance(error, EstimatorError) or not isinstance(error, Exception):
        return
    owner = getattr(function, "__self__", None)
    if not is_estimator(owner):
        owner = next(_estimators(error.__traceback__), None)
    if owner is None:
        return
    kind = type(owner).__name__
    if owner is not getattr(function, "__self__", None) or (
        isinstance(error, OnnxpError) and not isinstance(error, TracedValueError | UnknownSizeError)
    ):
        error.add_note(
            f"{kind} is an estimator: write program = onnxp.sklearn.trace_estimator(estimator, method) "
            "outside of the function, and call program(X) in it"
        )
        return
    method = function.__name__
    raise EstimatorError(
        f"{kind}.{method} is not array code, so traced arrays stop it ({type(error).__name__}, above); write "
        f"onnxp.sklearn.trace_estimator(estimator, {method!r}), which traces the code of scikit-learn"
    ) from error


def is_estimator(obj: object) -> bool:
    """Return whether an object is an estimator, rather than the class of one."""
    kind = type(
        obj
    )  # an object of pandas that has not been made yet looks for attributes without end
    return not issubclass(kind, type) and hasattr(kind, "get_params") and hasattr(kind, "fit")


def _estimators(traceback: TracebackType | None) -> Iterator[Any]:
    """Yield the estimators whose methods an error passed through, outermost first."""
    while traceback is not None:
        local = traceback.tb_frame.f_locals
        replaced = local.get("args")  # a method that is replaced gets its estimator first
        owner = replaced[0] if isinstance(replaced, tuple) and replaced else local.get("self")
        if is_estimator(owner):
            yield owner
        traceback = traceback.tb_next
