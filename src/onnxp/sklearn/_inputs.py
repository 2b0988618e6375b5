"""The inputs of an estimator's model: one array of rows and columns, or an input for each column of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.preprocessing import LabelBinarizer, LabelEncoder
from sklearn.utils import get_tags

from onnxp._src import dtypes
from onnxp._src.array.array import Array
from onnxp._src.dtypes import DType, as_dtype, from_numpy, string
from onnxp._src.program import column_values, tables
from onnxp._src.program.program import Program
from onnxp._src.program.spec import Spec, as_spec
from onnxp._src.program.spec import spec as make_spec
from onnxp._src.shapes import dims
from onnxp._src.wording import wording
from onnxp.errors import (
    ArgumentError,
    DTypeError,
    ExampleError,
    FeedError,
    OnnxpError,
    SpecError,
)
from onnxp.sklearn import _absent, _categories, _dtype_kinds, _nullable, _strptime
from onnxp.sklearn._dtype_kinds import is_text as is_text_dtype
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._kinds import text_columns
from onnxp.sklearn._lookup import is_missing

LAYOUTS = (None, False, "1d", "2d")


class Inputs(NamedTuple):
    """The inputs of a model.

    Attributes
    ----------
    specs : dict
        The spec of each input, by name.
    by_column : bool
        Whether an input is a column of a table, rather than all rows and columns.
    example : dict or None
        An example of each input, by name.
    labels : sequence
        The labels of the columns in data frames, which need not be text, if inputs are columns.
    by_position : bool
        Whether the columns have no names, as those of an array of objects.
    nullable : dict
        The dtypes that keep what is missing in columns that are nullable in pandas, by name.
    kinds : dict
        The dtypes of the columns of the example, by name.
    empty : frozenset of str
        The columns of text in which the example has ``""``, and nothing missing.
    refused : dict
        Why the columns of the example are no inputs that are text without need, to be left out as unused.
    """

    specs: dict[str, Spec]
    by_column: bool
    example: dict[str, Any] | None
    labels: Sequence[Any] = ()
    by_position: bool = False
    nullable: Mapping[str, str] = MappingProxyType({})
    kinds: Mapping[str, Any] = MappingProxyType({})
    empty: frozenset[str] = frozenset()
    refused: Mapping[str, ExampleError] = MappingProxyType({})

    @property
    def floating(self) -> DType | None:
        """The floating-point dtype that all numbers have, or None."""
        numbers = {spec.dtype for spec in self.specs.values()} - {string}
        dtype = next(iter(numbers)) if len(numbers) == 1 else None
        return dtype if dtype is not None and dtype.family == "float" else None

    def gather(self, arrays: Mapping[str, Array]) -> Array | Frame:
        """Return the argument of the method: the array, or a frame of the columns."""
        if not self.by_column:
            (array,) = arrays.values()
            return array
        columns = [self._column(name, x if x.ndim == 1 else x[:, 0]) for name, x in arrays.items()]
        named = dict(zip(self.labels, columns, strict=True))
        return Frame(named, by_position=self.by_position)

    def traced(self, trace: Callable[[], Program]) -> Program:
        """Return what a function traces.

        Raises
        ------
        ExampleError
            If it needs a column that is no input.
        """
        try:
            program = trace()
        except OnnxpError:
            if not self.refused:
                raise
            raise next(iter(self.refused.values())) from None
        for leaf in program.inputs:
            if leaf.name in self.refused:
                raise self.refused[leaf.name]
        return program

    def _column(self, name: str, array: Array) -> Array:
        """Return an input as the column that it is in pandas."""
        _absent.note(array, name not in self.empty)
        if self.example is not None and array.dtype.plain is string:
            _strptime.note(array, self.example[name])
        if name in self.nullable and array.dtype.family in ("float", "string"):
            array = _nullable.as_nullable(array, self.nullable[name])
        kind = self.kinds.get(name)
        _dtype_kinds.note(array, kind)
        if not array.dtype.is_nullable and array.dtype.family != "category":
            _categories.note(array, _categories.of_dtype(kind))
        return array


def describe(
    estimator: Any,
    method: str,
    *,
    n_features: int | None,
    dtype: Any,
    batch: Any,
    spec: Any,
    columns: Any,
    input_name: str,
    example: Any,
    drop_unused: bool,
) -> Inputs:
    """Return the inputs of a model of a method. `trace_estimator` documents the parameters.

    Raises
    ------
    ArgumentError
        If `columns` is unknown.
    SpecError
        If the arguments do not say what the inputs are, or contradict each other or the estimator.
    ExampleError
        If the example lacks a column, or has one of a dtype that no input has.
    """
    if columns not in LAYOUTS or (columns == 0 and columns is not False):
        raise ArgumentError(f"columns is '1d', '2d' or False, not {columns!r}")
    if hasattr(dtype, "to_dict"):  # df.dtypes
        dtype = dtype.to_dict()
    if spec is not None and not isinstance(spec, Spec | str | Mapping):
        raise SpecError(
            "spec is 'float64[N, 3]', say, or a dict of specs by column, not an object of type "
            f"{type(spec).__name__}; rows are given by example="
        )
    if columns is None:
        has_columns = tables.is_table(example) or tables.is_mixed(example)
        tabular = has_columns and not _is_label_encoder(estimator)
        columns = (
            "1d" if tabular or isinstance(dtype, Mapping) or isinstance(spec, Mapping) else False
        )
    if columns:
        inputs = _by_column(
            estimator, n_features, dtype, batch, spec, columns, example, drop_unused
        )
        _check_kinds(estimator, method, list(inputs.specs), inputs, example)
        return inputs
    rows = None
    if example is not None:
        is_1d = _is_label_encoder(estimator) or _takes_documents(estimator)
        if spec is None and not is_1d and _is_text_of_one_axis(example):
            raise ExampleError(_ONE_TEXT)
        advice = "" if is_1d or isinstance(example, np.ndarray) else tables.advice(example)
        if advice:
            raise ExampleError(f"the example must be rows and columns: {advice}")
        names = feature_names(estimator)
        if tables.is_table(example) and names is not None:
            example = np.stack([np.asarray(c) for c in _example_columns(example, names)], axis=1)
        rows = np.asarray(example)
        if rows.dtype.kind == "O" and (kind := _dtype_of(rows, input_name)) is not string:
            rows = column_values.as_input(rows, kind, input_name)
    if spec is None:
        described = _described(estimator, method, n_features, dtype, batch, rows)
    elif isinstance(spec, Mapping):
        raise SpecError(
            "a dict of specs makes an input of each column; give columns='1d' or '2d', or one spec such as "
            "'float64[N, 3]'"
        )
    else:
        described = as_spec(spec)
        _check_columns(estimator, method, described.shape)
    inputs = Inputs({input_name: described}, False, None if rows is None else {input_name: rows})
    names = feature_names(estimator) or [
        f"x{i}" for i in range(getattr(estimator, "n_features_in_", 0))
    ]
    _check_kinds(estimator, method, names, inputs, example)
    return inputs


def feature_names(estimator: Any) -> list[str] | None:
    """Return the names of the columns that an estimator was fitted on, if it has them."""
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


def _check_kinds(
    estimator: Any, method: str, names: list[str], inputs: Inputs, example: Any
) -> None:
    """Raise a `SpecError` if columns that were fitted on text are numbers, or the other way round."""
    kinds = text_columns(estimator) if method != "inverse_transform" else {}
    specs = list(inputs.specs.values())
    specs = specs if inputs.by_column else specs * len(names)
    fitted = f"{type(estimator).__name__} was fitted on"
    for was_text, kind in ((True, "text"), (False, "numbers")):
        columns = [i for i, is_text in kinds.items() if is_text is was_text and i < len(names)]
        wrong = [i for i in columns if is_text_dtype(specs[i].dtype) is not was_text]
        if not wrong:
            continue
        labels = [names[i] for i in wrong]
        advice = "give the dtypes, or an example, of the values that it was fitted on"
        if (was_text and example is None) or not inputs.by_column:
            text = [names[i] for i, is_text in kinds.items() if is_text]
            dtypes_of = ", ".join(f"{name!r}: 'string'" for name in text)
            advice = f"trace with {wording.get().rows_or_dtypes(dtypes_of)}"
        raise SpecError(
            f"{fitted} {kind} in the columns {labels}, but the input is {specs[wrong[0]]}: {advice}"
        )


# One input for each column


def _by_column(
    estimator: Any,
    n_features: int | None,
    dtype: Any,
    batch: Any,
    spec: Any,
    columns: str,
    example: Any,
    drop_unused: bool,
) -> Inputs:
    if spec is not None and not isinstance(spec, Mapping):
        raise SpecError(
            f"with an input for each column, spec is a dict of column names and specs, not {spec!r}"
        )
    described = {} if spec is None else {str(name): given for name, given in spec.items()}
    by_name = (
        {str(name): kind for name, kind in dtype.items()} if isinstance(dtype, Mapping) else {}
    )
    labels = _labels(estimator, n_features, [*(spec or ()), *(dtype if by_name else ())], example)
    names = [str(label) for label in labels]
    unknown = [name for name in (*described, *by_name) if name not in names]
    if unknown:
        raise SpecError(f"{type(estimator).__name__} takes the columns {names}, not {unknown}")
    parts = (
        None if example is None else dict(zip(names, _example_columns(example, names), strict=True))
    )
    default = dtypes.DEFAULTS["real floating"]
    if dtype is not None and not isinstance(dtype, Mapping):
        default = as_dtype(dtype)
    given = {name: _column_spec(name, spec) for name, spec in described.items()}
    rows = next((column.shape[0] for column in given.values()), batch)
    shape = (rows,) if columns == "1d" else (rows, 1)
    specs: dict[str, Spec] = {}
    refused: dict[str, ExampleError] = {}
    for name in names:
        if name in given:
            specs[name] = given[name]
        elif name in by_name:
            specs[name] = make_spec(shape, column_values.named_dtype(by_name[name], name))
        elif parts is not None and (dtype is None or isinstance(dtype, Mapping)):
            try:
                specs[name] = make_spec(shape, _dtype_of(parts[name], name))
            except ExampleError as error:
                if not drop_unused:
                    raise
                refused[name] = error
                specs[name] = make_spec(shape, string)
                parts[name] = np.full(len(parts[name]), "", object)
        else:
            specs[name] = make_spec(shape, default)
    values = None
    if parts is not None:
        is_for_all = dtype is not None and not isinstance(dtype, Mapping)
        of_numbers = [n for n in names if getattr(parts[n], "dtype", None) in _NUMBERS]
        advice = (
            "; dtype= is for every column: leave it out, and convert columns of the example, as in "
            f"df.astype({{{(of_numbers or names)[0]!r}: {default.name!r}}})"
        )
        values = {
            name: _example_of(parts[name], specs[name], name, advice if is_for_all else "")
            for name in names
        }
    by_position = not tables.is_table(example) and labels == [f"x{i}" for i in range(len(labels))]
    parts = {} if parts is None else parts
    nullable = {name: _nullable.dtype_of(column) for name, column in parts.items()}
    is_pandas = example is not None and tables.kind_of(example).startswith("pandas.")
    return Inputs(
        specs,
        True,
        values,
        labels,
        by_position,
        {name: dtype for name, dtype in nullable.items() if dtype},
        {name: column.dtype for name, column in parts.items() if is_pandas},
        frozenset(n for n, c in parts.items() if specs[n].dtype is string and _has_empty(c)),
        refused,
    )


def _has_empty(column: Any) -> bool:
    """Return whether a column of text has empty elements, and nothing missing."""
    values = np.asarray(column, dtype=object).ravel().tolist()
    is_empty = [isinstance(value, str) and not value for value in values]
    return any(is_empty) and not any(map(is_missing, values))


def _labels(
    estimator: Any, n_features: int | None, described: list[Any], example: Any
) -> list[Any]:
    """Return the labels of the columns: text, or what a data frame has instead."""
    names: list[Any] | None = feature_names(estimator)
    if names is not None:
        return names
    count = n_features if n_features is not None else getattr(estimator, "n_features_in_", None)
    if example is not None and tables.is_table(example):
        names = tables.column_names(example)
    elif described and count is not None and len(described) < count:
        # some of x0, x1, ..., or 0, 1, ...
        for every in ([f"x{i}" for i in range(count)], list(range(count))):
            if set(described) <= set(every):
                return every
    if names is None and described:
        names = list(dict.fromkeys(described))
    if names is None and count is not None:
        return [f"x{i}" for i in range(int(count))]
    if names is None or (count is not None and len(names) != count):
        what = (
            "does not say which columns it takes"
            if names is None
            else f"takes {count} columns, not {names}"
        )
        raise SpecError(
            f"{type(estimator).__name__} {what}; give all of them in order: spec={{'age': 'float64[N]', ...}}"
        )
    return names


def _column_spec(name: str, given: Any) -> Spec:
    if not isinstance(given, Spec | str):
        raise SpecError(
            f"the spec of column {name!r} is {given!r}, which is not a spec; write it like 'float64[N]'"
        )
    result = as_spec(given)
    if len(result.shape) not in (1, 2) or (
        len(result.shape) == 2 and not dims.same(result.shape[1], 1)
    ):
        raise SpecError(
            f"column {name!r} is {result}, but a column is {result.dtype}[N] or {result.dtype}[N, 1]"
        )
    return result


def _example_columns(example: Any, names: list[str]) -> list[Any]:
    if not tables.is_table(example):
        rows = np.asarray(example)
        if rows.ndim != 2 or rows.shape[1] != len(names):
            raise ExampleError(
                f"the example must have the columns {names}, not the shape {rows.shape}"
            )
        return [rows[:, i] for i in range(len(names))]
    try:
        return tables.columns(example, names, "the example")
    except FeedError as error:
        raise ExampleError(str(error)) from None


def _dtype_of(column: Any, name: str) -> DType:
    try:
        return column_values.inferred_dtype(column, name)
    except DTypeError as error:
        raise ExampleError(str(error)) from None


_NUMBERS = ("int64", "float64", "float32", "int32")


def _example_of(column: Any, spec: Spec, name: str, advice: str) -> Any:
    try:
        array = column_values.as_input(column, spec.dtype, name)
    except FeedError as error:
        raise ExampleError(f"{error}{advice}") from None
    return array if len(spec.shape) == 1 else np.reshape(array, (-1, 1))


# All columns in one array


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
    if _is_label_encoder(estimator):
        classes = estimator.classes_
        if method == "transform":
            return make_spec((batch,), dtype or from_numpy(classes.dtype))
        if n_features is None and hasattr(estimator, "neg_label"):
            columns = len(classes) if len(classes) > 2 else 1
            return make_spec((batch, columns), dtype or dtypes.INDEX)
        return make_spec((batch,), dtype or dtypes.INDEX)
    if method != "inverse_transform" and _takes_documents(estimator):
        return make_spec((batch,), dtype or string)
    if isinstance(estimator, IsotonicRegression) and n_features is None:
        return make_spec((batch,), dtype or dtypes.DEFAULTS["real floating"])
    if n_features is None:
        n_features = _columns(estimator, method)
    if n_features is None and example is not None and example.ndim == 2:
        n_features = example.shape[1]
    if n_features is None:
        raise SpecError(
            f"{type(estimator).__name__} does not say how many columns {method} takes; "
            "give n_features=, the whole spec=, or an example= of rows and columns"
        )
    _check_columns(estimator, method, (None, n_features))
    return make_spec(
        (batch, n_features), dtypes.DEFAULTS["real floating"] if dtype is None else dtype
    )


_ONE_TEXT = (
    "the example is text of one axis, which only vectorizers take: fit the pipeline on a data frame, such "
    "as series.to_frame('text'), give it as the example, and let the function of the first step choose the "
    "column, as in lambda df: df['text'].str.lower()"
)


def _is_text_of_one_axis(example: Any) -> bool:
    if tables.is_table(example) or np.ndim(example) != 1:
        return False
    elements = np.asarray(example, dtype=object).tolist()
    return bool(elements) and all(isinstance(e, str) for e in elements)


def _takes_documents(estimator: Any) -> bool:
    """Return whether an estimator, or the first step of a pipeline, takes text of one axis."""
    while hasattr(estimator, "steps") or hasattr(estimator, "transformer_list"):
        steps = estimator.steps if hasattr(estimator, "steps") else estimator.transformer_list
        estimator = steps[0][1]
    if not hasattr(estimator, "__sklearn_tags__"):
        return False
    tags = get_tags(estimator).input_tags
    return bool(tags.string and not tags.two_d_array)


def _is_label_encoder(estimator: Any) -> bool:
    """Return whether an estimator takes labels, which have one axis."""
    return isinstance(estimator, LabelEncoder | LabelBinarizer)


def _check_columns(estimator: Any, method: str, shape: tuple[Any, ...]) -> None:
    # transformers may give other columns than they name: SparseCoder(split_sign=True) (scikit-learn 1.9.1)
    count = None if method == "inverse_transform" else _columns(estimator, method)
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
