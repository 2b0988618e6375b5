"""A fitted estimator's method as a program."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.ops.targets import as_target
from onnxp._src.program.estimators import OUTPUT_NAMES
from onnxp._src.program.locating import Ties
from onnxp._src.program.metadata import (
    checked_metadata,
    documentation,
    package_versions,
    without_addresses,
)
from onnxp._src.program.program import Program
from onnxp._src.program.recording import trace_parameters
from onnxp._src.program.signature import FEATURE_NAMES
from onnxp._src.program.spec import Spec
from onnxp._src.program.verify import verify as verify_program
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    EstimatorError,
    TiesWarning,
    VerificationError,
)
from onnxp.sklearn._attributes import fitted_arrays
from onnxp.sklearn._convert import convert_estimator
from onnxp.sklearn._errors import require_fitted, with_cause
from onnxp.sklearn._inputs import describe, feature_names
from onnxp.sklearn._kinds import missing_text
from onnxp.sklearn._options import Options, optioned
from onnxp.sklearn._outputs import Outputs, names_of
from onnxp.sklearn._results import first_rows
from onnxp.sklearn._steps import checked as checked_steps
from onnxp.sklearn._steps import feature_names_out
from onnxp.sklearn._ties import TIES, neighbors_of_models


def trace_estimator(
    estimator: Any,
    method: str | Sequence[str] = "predict",
    *,
    n_features: int | None = None,
    dtype: object = None,
    batch: Any = "N",
    spec: Spec | str | Mapping[str, Spec | str] | None = None,
    columns: str | bool | None = None,
    input_name: str = "X",
    output_names: Sequence[str] | None = None,
    outputs: Sequence[str] = (),
    example: Any = None,
    check_assumptions: bool = False,
    opset: int | None = None,
    target: str | None = None,
    functions: bool | None = None,
    exact: bool = True,
    validity: bool = False,
    drop_unused: bool = False,
    verify: bool = True,
    metadata: Mapping[str, Any] | None = None,
    doc: str | None = None,
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
    dtype : dtype or dict, optional
        The dtype of the input, by default that of `example`, or float64. The model computes in the dtypes in
        which scikit-learn computes for it. A dict has dtypes of columns by name.
    batch : str, int or Dim, optional
        How many rows, by default any number from 1: ``"N"``.
    spec : Spec, str or dict, optional
        The input, described in full, instead of `n_features`, `dtype` and `batch`. A dict has the specs of
        columns by name.
    columns : {"1d", "2d", False}, optional
        ``"1d"`` makes an input of shape (N,) for each column, which is named after it, and ``"2d"`` one of
        shape (N, 1). The names are those of the data frame that the estimator was fitted on. False makes one
        input for all columns, which must have one dtype. By default, there is an input for each column if
        `example` is a table, or `dtype` or `spec` is a dict.
    input_name : str, optional
        What the model's input is called, if it is one.
    output_names : sequence of str, optional
        What its outputs are called, one for each method. By default ``label`` (``predict`` of classifiers,
        clusterings and outlier detectors), ``prediction`` (``predict`` of others), ``probabilities``,
        ``log_probabilities``, ``joint_log_probabilities``, ``scores`` (``decision_function``),
        ``sample_scores`` (``score_samples``), ``transformed``, ``original`` (``inverse_transform``), or the
        name of the method.
    outputs : sequence of str, optional
        Steps whose results are further outputs, such as ``["columntransformer", "pca"]``: transformers in
        pipelines, unions and column transformers, of any depth. The names are those of scikit-learn's
        parameters, ``"columntransformer__pipeline__standardscaler"``, and the outputs have the same names.
    example : array or table, optional
        A few typical rows, as an array, a data frame of pandas or polars, an Arrow table, or a dict of arrays.
        They decide where code other than that of scikit-learn needs a value, and `Program.assumptions` lists
        the decisions, as in `onnxp.trace`. The columns of a table also give the dtypes of the inputs.
    check_assumptions : bool, optional
        Add an output that says whether the assumptions hold, as in `onnxp.trace`.
    opset, target, functions : optional
        What the model is for, as in `onnxp.trace`. Sums of trees are faster for ``"onnxruntime>=1.23"`` than
        for the default, ``"onnxruntime>=1.20"``.
    exact : bool, optional
        If False, trees add what their leaves hold in float32, in one operator, and for float32 input fitted
        numbers are cast to float32: faster, with differences of about 1e-7. The leaves themselves stay those
        of scikit-learn.
    verify : bool, optional
        If there is an example, compare the model with the estimator on its first 1,000 rows and on its first
        row. The model runs with the default options of onnxruntime.
    validity : bool, optional
        Add an output ``valid``, a bool for each row. It is False where scikit-learn raises an error for the
        values of the row, such as NaN, infinity, a negative number or an unknown category.
    drop_unused : bool, optional
        Remove the inputs of columns that no output depends on, such as those that a `ColumnTransformer` drops.
    metadata : dict, optional
        What the model shall say of itself besides the names of features and classes, as in `onnxp.trace`.
    doc : str, optional
        The description of the model, by default the estimator as scikit-learn prints it.

    Returns
    -------
    Program
        It gives what the method gives; of several methods, a dict by output name.

    Raises
    ------
    EstimatorError
        If the method is not array API code: the message has scikit-learn's line.
    VerificationError
        If the results of the model and of the estimator differ for the example.
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
    chosen = Options(
        as_target("trace_estimator", target, opset, functions),
        exact,
        missing_text(estimator, example),
    )
    inputs = describe(
        estimator,
        methods[0],
        n_features=n_features,
        dtype=dtype,
        batch=batch,
        spec=spec,
        columns=columns,
        input_name=input_name,
        example=example,
        drop_unused=drop_unused,
    )
    steps = checked_steps(outputs, estimator)
    names = names_of(output_names, estimator, methods, steps, inputs.specs)
    said = _metadata(estimator, methods, list(inputs.specs), by_column=inputs.by_column)
    said |= checked_metadata(metadata)
    converted = convert_estimator(estimator, None if exact else inputs.floating)
    title = f"{type(estimator).__name__}.{methods[0]}"
    results = Outputs(
        inputs,
        dict(zip(names, methods, strict=True)),
        steps,
        said.get("feature_names_out"),
        as_dict=not isinstance(method, str),
        validity=validity,
        has_example=example is not None,
    )

    def compute(table: Any = None, /, **arrays: Any) -> Any:
        if arrays and all(isinstance(array, Array) for array in arrays.values()):
            return results.traced(converted, arrays, title)
        return results.expected(estimator, table, arrays, title)  # for `Program.check`

    compute.__qualname__ = title
    with optioned(chosen):
        trace = partial(
            trace_parameters,
            compute,
            dict(inputs.specs),
            input_names=list(inputs.specs),
            output_root=results.root,
            example=inputs.example,
            check_assumptions=check_assumptions,
            drop_unused=drop_unused,
            target=chosen.target,
            translate_numpy=_translated(estimator),
            metadata=said,
            known=fitted_arrays(estimator),
            versions=package_versions("onnxp", "numpy", "sklearn", *_packages(estimator)),
            doc=documentation(None, without_addresses(repr(estimator)) if doc is None else doc),
            takes_table=True,
        )
        program = inputs.traced(trace)
    if program._origin is not None:
        ties = Ties(TIES, partial(neighbors_of_models, trace_estimator))
        program._origin = program._origin._replace(ties=ties)
    _require_any_rows(program)
    if verify and inputs.example is not None:
        check = partial(
            _verify, program, compute, inputs.example, example if inputs.by_column else None
        )
        try:
            check()
        except VerificationError as error:
            with neighbors_of_models(trace_estimator), contextlib.suppress(VerificationError):
                check(required=True)
                text = f"{TIES}, so results differ; Program.check says by how much"
                warnings.warn(f"{title}: {text}", TiesWarning, stacklevel=2)
                return program
            raise with_cause(error, estimator, example) from None
    return program


def _require_any_rows(program: Program) -> None:
    """Require that no decision of the example makes a model wrong for other rows.

    Raises
    ------
    EstimatorError
        If the method counts on a number of rows, or scikit-learn asks for values.
    """
    title = program.signature.name
    for assumption in program.assumptions:
        if assumption.fixes_size:
            raise EstimatorError(
                f"{title} cannot be traced for any number of rows: it needs it as a number at "
                f"{assumption.place}, in {assumption.function}, as a loop over rows does. Write it for the "
                "whole column, as df['n'] * 2 for [v * 2 for v in df['n']]; or trace for 12 rows by batch=12"
            )
        if assumption.place.startswith(("sklearn/", "sklearn\\")):
            raise EstimatorError(
                f"{title} cannot be traced: scikit-learn asks whether {assumption.text} at "
                f"{assumption.place}, in {assumption.function}, and else goes on in another way; a model that "
                "follows the example would be wrong for other rows"
            )


def _verify(
    program: Program,
    compute: Callable[..., Any],
    example: Mapping[str, Any],
    table: Any,
    *,
    required: bool = False,
) -> None:
    """Compare a program with scikit-learn on the example, in the form of a table if there is one."""

    def call(arrays: list[Any]) -> Any:
        return compute(arrays[0] if table is None else first_rows(table, len(arrays[0])))

    leaves = program.signature.inputs
    rows = [example[leaf.name] for leaf in leaves]
    verify_program(program, call, leaves, rows, required=required)


_OF_BOOSTERS = {
    "xgboost": "; write model = xgboost.XGBClassifier(), or XGBRegressor(), and "
    'model.load_model(booster.save_raw("json"))',
    "lightgbm": "; fit lightgbm.LGBMClassifier or LGBMRegressor, which have scikit-learn's interface",
}
"""What to do with a model that a library's own `train` returns."""


def _checked_methods(estimator: Any, given: object) -> list[str]:
    methods = [given] if isinstance(given, str) else given
    if not isinstance(methods, list | tuple) or not methods:
        raise ArgumentTypeError(f"trace_estimator: method is a name or several, not {given!r}")
    if not all(isinstance(name, str) for name in methods):
        raise ArgumentTypeError(f"trace_estimator: method is a name or several, not {given!r}")
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        library = type(estimator).__module__.partition(".")[0]
        advice = _OF_BOOSTERS.get(library, "") if type(estimator).__name__ == "Booster" else ""
        raise ArgumentTypeError(
            f"trace_estimator needs a fitted estimator, not {estimator!r}{advice}"
        )
    require_fitted(estimator)
    for name in methods:
        if name == "score" or name.startswith(("fit", "partial_fit")):
            instead = (
                "score is one number of all rows and their labels: trace 'predict', and pass its results to "
                "sklearn.metrics"
                if name == "score"
                else f"{name} learns: trace a method of the fitted estimator, such as 'predict' or 'transform'"
            )
            raise ArgumentError(f"trace_estimator: {instead}")
        if not callable(getattr(estimator, name, None)):
            offered = [known for known in OUTPUT_NAMES if hasattr(estimator, known)]
            raise ArgumentError(
                f"{type(estimator).__name__} has no method {name!r}; it has {', '.join(offered)}"
            )
    return list(methods)


def _metadata(
    estimator: Any, methods: list[str], names: list[str], *, by_column: bool
) -> dict[str, Any]:
    """Return the names of features and classes, as JSON can store them."""
    result: dict[str, Any] = {}
    features = names if by_column else feature_names(estimator)
    if features is not None and "inverse_transform" not in methods:
        result[FEATURE_NAMES] = features
    classes = getattr(estimator, "classes_", None)
    if classes is not None:
        several = isinstance(classes, list)
        result["classes"] = (
            [np.asarray(c).tolist() for c in classes] if several else np.asarray(classes).tolist()
        )
    if "transform" in methods and (columns := feature_names_out(estimator)) is not None:
        result["feature_names_out"] = columns
    return result


def _packages(estimator: Any) -> list[str]:
    """Return the packages of an estimator, and of those in it."""
    parts = [estimator, *estimator.get_params(deep=True).values()]
    kinds = {
        type(part).__module__.partition(".")[0] for part in parts if hasattr(part, "get_params")
    }
    return sorted(kinds - {"__main__", "builtins"})


_COMPUTE_THEMSELVES = ("catboost", "lightgbm", "onnxp", "sklearn", "xgboost")
"""The packages of estimators in which numpy is not translated."""


def _translated(estimator: Any) -> list[str]:
    """Return the installed packages of an estimator in which numpy is translated, as in the user's code."""
    names = [name for name in _packages(estimator) if name not in _COMPUTE_THEMSELVES]
    files = {name: getattr(sys.modules.get(name), "__file__", None) or "" for name in names}
    return [name for name, file in files.items() if "-packages" in file]
