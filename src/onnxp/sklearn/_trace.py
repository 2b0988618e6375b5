"""A fitted estimator's method as a program."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import isgenerator
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector
from sklearn.preprocessing import LabelBinarizer, LabelEncoder
from sklearn.utils.validation import check_is_fitted

from onnxp._src import dtypes
from onnxp._src.array.array import Array, new_array
from onnxp._src.dtypes import from_numpy
from onnxp._src.ops.versions import TARGETS
from onnxp._src.program.program import Program
from onnxp._src.program.spec import Spec, as_spec
from onnxp._src.program.spec import spec as make_spec
from onnxp._src.program.trace import trace
from onnxp._src.shapes import dims
from onnxp.errors import ArgumentError, ArgumentTypeError, EstimatorError, SpecError
from onnxp.sklearn._convert import convert_estimator
from onnxp.sklearn._dispatch import dispatch
from onnxp.sklearn._errors import explained
from onnxp.sklearn._methods import OUTPUT_NAMES
from onnxp.sklearn._options import Options, optioned


def trace_estimator(
    estimator: Any,
    method: str | Sequence[str] = "predict",
    *,
    n_features: int | None = None,
    dtype: object = None,
    batch: Any = "N",
    spec: Spec | str | None = None,
    input_name: str = "X",
    output_names: Sequence[str] | None = None,
    example: Any = None,
    check_assumptions: bool = False,
    opset: int | None = None,
    target: str = "onnxruntime>=1.20",
    exact: bool = True,
) -> Program:
    """Trace a method of a fitted scikit-learn estimator; no converter is written for any.

    The estimator may be a pipeline, a union, or another one that holds estimators. scikit-learn's own code
    is run on a traced array, so the model computes what that code computes. The estimator and
    scikit-learn's settings stay as they are.

    Parameters
    ----------
    estimator : object
        A fitted estimator.
    method : str or sequence of str, optional
        Which method to trace, or several to compute in one model.
    n_features : int, optional
        How many columns the method takes; by default as many as the estimator was fitted with.
    dtype : dtype, optional
        The dtype of the input, by default that of `example`, or float64. The model computes in it: if it is
        float32, so are the coefficients.
    batch : str, int or Dim, optional
        How many rows, by default any number from 1: ``"N"``.
    spec : Spec or str, optional
        The input, described in full, instead of `n_features`, `dtype` and `batch`.
    input_name : str, optional
        What the model's input is called.
    output_names : sequence of str, optional
        What its outputs are called, one for each method. By default ``label`` (``predict`` of classifiers,
        clusterings and outlier detectors), ``prediction`` (``predict`` of others), ``probabilities``,
        ``log_probabilities``, ``joint_log_probabilities``, ``scores`` (``decision_function``),
        ``sample_scores`` (``score_samples``), ``transformed``, ``original`` (``inverse_transform``), or the
        name of the method.
    example : array, optional
        A few typical rows. Where scikit-learn asks for a value, they answer, and the answer is noted in
        `Program.assumptions`, as in `onnxp.trace`.
    check_assumptions : bool, optional
        Add an output that says whether the assumptions hold, as in `onnxp.trace`.
    opset : int, optional
        The newest opset that the model may need.

    target : str, optional
        The least runtime that the model must run on: ``"onnxruntime>=1.20"``, or ``"onnxruntime>=1.23"``, for
        which sums of trees are faster.
    exact : bool, optional
        If False, trees add what their leaves hold in float32, in one operator: faster, with differences of
        about 1e-7. The leaves themselves stay those of scikit-learn.

    Returns
    -------
    Program
        It gives what the method gives; of several methods, a dict by output name.

    Raises
    ------
    EstimatorError
        If the method is not array API code: the message has scikit-learn's line.
    NotFittedError
        scikit-learn's own error, if the estimator is not fitted.
    ArgumentError
        If the estimator has no such method.
    SpecError
        If `n_features` is needed, or is not what the estimator was fitted with.

    Notes
    -----
    What scikit-learn checks in the values, a model does not: NaN and infinity go through the computation;
    where a chi-squared kernel meets a negative number the result is NaN; `LabelEncoder` gives -1
    for a label that it does not know.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from onnxp.sklearn import trace_estimator
    >>> X, y = np.asarray([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), np.asarray([5, 5, 7])
    >>> pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    >>> program = trace_estimator(pipeline, ["predict", "predict_proba"])
    >>> program
    Program(Pipeline.predict(X: float64[N, 2]) -> label: int64[N], probabilities: float64[N, 2])
    >>> program(X)["label"].tolist()
    [5, 5, 7]
    """
    methods = _checked_methods(estimator, method)
    if target not in TARGETS:
        raise ArgumentError(
            f"trace_estimator: target is one of {', '.join(TARGETS)}, not {target!r}"
        )
    chosen = Options(TARGETS[target], exact)
    given = None if example is None else np.asarray(example)
    if spec is None:
        described = _described(estimator, methods[0], n_features, dtype, batch, given)
    else:
        described = as_spec(spec)
        _check_columns(estimator, methods[0], described.shape)
    names = list(output_names or (_output_name(estimator, name) for name in methods))
    if len(names) != len(methods):
        raise ArgumentError(f"{len(methods)} methods need as many output names, not {names}")
    floating = described.dtype if described.dtype.family == "float" else None
    converted = convert_estimator(estimator, floating)

    def compute(X: Any) -> Any:
        if not isinstance(X, Array):  # `Program.check` compares with scikit-learn's own result
            results = [getattr(estimator, name)(X) for name in methods]
            results = [list(r) if isgenerator(r) else r for r in results]
        else:
            results = [
                _computed(converted, name, X, has_example=given is not None) for name in methods
            ]
        if not isinstance(method, str):
            return dict(zip(names, results, strict=True))
        if isinstance(results[0], list):
            raise EstimatorError(
                f"{compute.__qualname__} gives a list of {len(results[0])} arrays: ask for {methods}, and the "
                "model has an output for each"
            )
        return results[0]

    compute.__qualname__ = f"{type(estimator).__name__}.{methods[0]}"
    with optioned(chosen):
        program = trace(
            compute,
            described,
            input_names=[input_name],
            output_names=names if isinstance(method, str) else None,
            example=given,
            check_assumptions=check_assumptions,
            opset=opset,
        )
    for assumption in program.assumptions:
        if assumption.fixes_size:
            raise EstimatorError(
                f"{compute.__qualname__} cannot be traced for any number of rows: it needs it as a number at "
                f"{assumption.place}, in {assumption.function}. With batch=12, say, the model takes 12 rows"
            )
    return program


def _checked_methods(estimator: Any, given: object) -> list[str]:
    methods = [given] if isinstance(given, str) else given
    if not isinstance(methods, list | tuple) or not methods:
        raise ArgumentTypeError(f"trace_estimator: method is a name or several, not {given!r}")
    if not all(isinstance(name, str) for name in methods):
        raise ArgumentTypeError(f"trace_estimator: method is a name or several, not {given!r}")
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        raise ArgumentTypeError(f"trace_estimator needs a fitted estimator, not {estimator!r}")
    check_is_fitted(estimator)
    for name in methods:
        if not callable(getattr(estimator, name, None)):
            offered = [known for known in OUTPUT_NAMES if hasattr(estimator, known)]
            raise ArgumentError(
                f"{type(estimator).__name__} has no method {name!r}; it has {', '.join(offered)}"
            )
    return list(methods)


def _computed(estimator: Any, method: str, X: Array, *, has_example: bool) -> Any:
    own = new_array(X.dtype, X._planes)  # scikit-learn computes in place
    with dispatch():
        try:
            result = getattr(estimator, method)(own)
            if isgenerator(result):  # of stages
                result = list(result)
        except Exception as error:
            if isinstance(error, EstimatorError):  # from an estimator that traces another one
                raise
            raise explained(error, estimator, method, has_example=has_example) from error
    for array in result if isinstance(result, list | tuple) else [result]:
        _check_result(array, X, f"{type(estimator).__name__}.{method}")
    return result


def _check_result(result: Any, X: Array, what: str) -> None:
    if not isinstance(result, Array):
        raise EstimatorError(
            f"{what} cannot be traced: it gives a {type(result).__name__}, made of what it was fitted with, "
            "not an array that depends on the input"
        )
    if result.ndim == 0 or not dims.same(result.shape[0], X.shape[0]):
        raise EstimatorError(
            f"{what} cannot be traced: from {X.shape[0]} rows it gives an array of shape {result.shape}, "
            "whose rows are not those of the input"
        )


def _output_name(estimator: Any, method: str) -> str:
    if method == "predict" and (
        is_classifier(estimator) or is_clusterer(estimator) or is_outlier_detector(estimator)
    ):
        return "label"
    return OUTPUT_NAMES.get(method, method)


# The input


def _described(
    estimator: Any,
    method: str,
    n_features: int | None,
    dtype: object,
    batch: Any,
    example: np.ndarray[Any, Any] | None,
) -> Spec:
    if dtype is None and example is not None:
        dtype = from_numpy(example.dtype)
    if isinstance(estimator, LabelEncoder | LabelBinarizer):
        classes = estimator.classes_
        if method == "transform":
            return make_spec((batch,), dtype or from_numpy(classes.dtype))
        if n_features is None and hasattr(estimator, "neg_label"):
            columns = len(classes) if len(classes) > 2 else 1
            return make_spec((batch, columns), dtype or dtypes.INDEX)
        return make_spec((batch,), dtype or dtypes.INDEX)
    if n_features is None:
        n_features = _columns(estimator, method)
    if n_features is None and example is not None and example.ndim == 2:
        n_features = example.shape[1]
    if n_features is None:
        raise SpecError(
            f"{type(estimator).__name__} does not say how many columns {method} takes; "
            "give n_features=, or the whole spec="
        )
    _check_columns(estimator, method, (None, n_features))
    return make_spec(
        (batch, n_features), dtypes.DEFAULTS["real floating"] if dtype is None else dtype
    )


def _check_columns(estimator: Any, method: str, shape: tuple[Any, ...]) -> None:
    count = _columns(estimator, method)
    if count is not None and len(shape) == 2 and not dims.same(shape[1], count):
        raise SpecError(
            f"{type(estimator).__name__}.{method} takes {count} columns, not {shape[1]}"
        )


def _columns(estimator: Any, method: str) -> int | None:
    """Return how many columns a method takes, or None if the estimator does not say."""
    if method == "inverse_transform":
        try:
            return len(estimator.get_feature_names_out())
        except (AttributeError, ValueError, TypeError):
            return None
    count = getattr(estimator, "n_features_in_", None)
    return None if count is None else int(count)
