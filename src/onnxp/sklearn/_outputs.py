"""What the methods of an estimator, and steps in it, give: the outputs of its model."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from inspect import isgenerator
from typing import Any

import numpy as np
from joblib import parallel_config
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector

from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.namespace import namespace
from onnxp._src.program.estimators import LABEL, OUTPUT_NAMES
from onnxp.errors import ArgumentError, EstimatorError, NameCollisionError
from onnxp.sklearn._dispatch import dispatch
from onnxp.sklearn._errors import explained
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._inputs import Inputs
from onnxp.sklearn._results import by_column, checked, plain
from onnxp.sklearn._steps import Step, watched, watching
from onnxp.sklearn._validity import collecting

VALID = "valid"
"""The name of the output that tells which rows are valid."""


class Outputs:
    """The outputs of a model of an estimator, and how they are computed.

    Parameters
    ----------
    inputs : Inputs
        The inputs of the model.
    methods : dict
        The methods of the estimator by the names of their outputs.
    steps : dict
        The steps by the names of theirs.
    columns : list of str or None
        The names of the columns of what the estimator transforms to.
    as_dict : bool
        Whether the result is a dict by name even of one output.
    validity : bool
        Whether there is the output `VALID`.
    has_example : bool
        Whether there is an example, for errors.
    """

    def __init__(
        self,
        inputs: Inputs,
        methods: dict[str, str],
        steps: dict[str, Step],
        columns: list[str] | None,
        *,
        as_dict: bool,
        validity: bool,
        has_example: bool,
    ) -> None:
        self._inputs = inputs
        self._methods = methods
        self._steps = steps
        self._columns = columns
        self._as_dict = as_dict or bool(steps) or validity
        self._validity = validity
        self._has_example = has_example
        self._names = [*methods, *steps]
        self._mixed: dict[str, list[str]] = {}  # the columns of outputs of several kinds

    @property
    def root(self) -> str | None:
        """The name of the output, if the result is no dict."""
        return None if self._as_dict else self._names[0]

    def traced(self, estimator: Any, arrays: Mapping[str, Array], title: str) -> Any:
        """Return the result of an estimator for traced arrays.

        Raises
        ------
        ArgumentError
            If the methods do not run a step.
        """
        X = self._inputs.gather(arrays)
        with (
            collecting() if self._validity else contextlib.nullcontext() as conditions,
            watching([step.path for step in self._steps.values()]) as found,
        ):
            results = [
                _computed(estimator, name, X, self._columns, has_example=self._has_example)
                for name in self._methods.values()
            ]
        for name, step in self._steps.items():
            if found[step.path] is None:
                raise ArgumentError(f"{title} does not run the step {name!r}")
            results.append(checked(plain(found[step.path], step.columns), X, name))
        for name, result in zip(self._names, results, strict=True):
            if isinstance(result, dict):
                self._mixed[name] = list(result)
        return self._result(results, None if conditions is None else _all(conditions, X), title)

    def expected(self, estimator: Any, table: Any, arrays: Mapping[str, Any], title: str) -> Any:
        """Return scikit-learn's own result, for a table or the one array; after that of traced arrays.

        Raises
        ------
        ArgumentError
            If there are arrays of columns instead of a table.
        """
        rows = table
        if rows is None and len(arrays) == 1 and not self._inputs.by_column:
            (rows,) = arrays.values()
        if rows is None or isinstance(rows, Mapping):
            raise ArgumentError(f"{title}: give the data frame that scikit-learn takes")
        own = watched(estimator) if self._steps else estimator
        parallel = (
            parallel_config(backend="sequential") if self._steps else contextlib.nullcontext()
        )
        paths = [step.path for step in self._steps.values()]
        with watching(paths) as found, parallel:
            results = [getattr(own, name)(rows) for name in self._methods.values()]
        results = [list(r) if isgenerator(r) else r for r in results]
        results += [found[path] for path in paths]
        # a model is dense, as its results are
        results = [r.toarray() if hasattr(r, "toarray") else r for r in results]
        results = [
            by_column(r, self._mixed[name]) if name in self._mixed else r
            for name, r in zip(self._names, results, strict=True)
        ]
        valid = np.ones(len(rows), dtype=bool)  # scikit-learn raises an error otherwise
        return self._result(results, valid, title)

    def _result(self, results: list[Any], valid: Any, title: str) -> Any:
        if self._as_dict:
            every = dict(zip(self._names, results, strict=True))
            return every | {VALID: valid} if self._validity else every
        if isinstance(results[0], list):
            raise EstimatorError(
                f"{title} gives a list of {len(results[0])} arrays: ask for {list(self._methods.values())}, "
                "and the model has an output for each"
            )
        return results[0]


def names_of(
    given: Sequence[str] | None,
    estimator: Any,
    methods: list[str],
    steps: Mapping[str, Step],
    inputs: Mapping[str, Any],
) -> list[str]:
    """Return the names of the outputs of methods.

    Raises
    ------
    ArgumentError
        If there are not as many as methods.
    NameCollisionError
        If two outputs, or an output and an input, have one name.
    """
    names = list(given or (_output_name(estimator, name) for name in methods))
    if len(names) != len(methods):
        raise ArgumentError(f"{len(methods)} methods need as many output names, not {names}")
    clash = [name for name in (*names, *steps) if name in inputs]
    if clash:
        raise NameCollisionError(
            f"{clash[0]!r} is the name of a column and of an output; give output_names="
            f"{[f'{name}_out' if name in clash else name for name in names]}"
        )
    if len({*names, *steps}) < len(names) + len(steps):
        raise NameCollisionError(f"the outputs {[*names, *steps]} must have different names")
    return names


def _output_name(estimator: Any, method: str) -> str:
    if method == "predict" and (
        is_classifier(estimator) or is_clusterer(estimator) or is_outlier_detector(estimator)
    ):
        return LABEL
    return OUTPUT_NAMES.get(method, method)


def _computed(
    estimator: Any, method: str, X: Array | Frame, columns: list[str] | None, *, has_example: bool
) -> Any:
    own: Any = (
        X.copy() if isinstance(X, Frame) else new_array(X.dtype, X._planes)
    )  # it computes in place
    with dispatch():
        try:
            result = getattr(estimator, method)(own)
            if isgenerator(result):  # of stages
                result = list(result)
            result = plain(result, columns)
        except Exception as error:
            if isinstance(error, EstimatorError):  # from an estimator that traces another one
                raise
            raise explained(error, estimator, method, has_example=has_example) from error
    return checked(result, X, f"{type(estimator).__name__}.{method}")


def _all(conditions: list[Any], X: Array | Frame) -> Any:
    """Return which rows satisfy all conditions."""
    xp = namespace()
    result = xp.ones((X.shape[0],), dtype=xp.bool)
    for condition in conditions:
        result = result & condition
    return result
