"""Estimators that were fitted on data frames: an input for each column."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

import onnxp as xp
from onnxp.errors import ArgumentError, EstimatorError, ExampleError, FeedError, SpecError
from onnxp.sklearn import trace_estimator

ROWS = 60
_rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "age": np.where(_rng.random(ROWS) < 0.2, np.nan, _rng.normal(40, 10, ROWS)),
        "fare": _rng.gamma(2, 10, ROWS).astype("float32"),
        "class": _rng.integers(1, 4, ROWS),
        "sex": _rng.choice(["m", "f"], ROWS),
        "port": pd.Series(_rng.choice(["S", "C", "Q"], ROWS), dtype="category"),
        "alone": _rng.random(ROWS) < 0.5,
    }
)
LABELS = (FRAME["fare"] * _rng.random(ROWS) > 10).astype(int).to_numpy()
NUMBERS = make_pipeline(SimpleImputer(), StandardScaler())
ONE_HOT = OneHotEncoder(handle_unknown="ignore")
ORDINAL = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)

TRANSFORMERS: dict[str, Any] = {
    "names": make_column_transformer(
        (NUMBERS, ["age", "fare"]), (ONE_HOT, ["sex", "port", "class"])
    ),
    "positions": make_column_transformer((NUMBERS, [0, 1]), (ONE_HOT, [3, 4, 2])),
    "slices": make_column_transformer((NUMBERS, slice("age", "class")), (ONE_HOT, slice(3, 5))),
    "mask": make_column_transformer((NUMBERS, np.arange(6) < 2), (ONE_HOT, np.arange(6) == 3)),
    "selectors": make_column_transformer(
        (NUMBERS, make_column_selector(dtype_include=np.number)),
        (ONE_HOT, make_column_selector(dtype_exclude=np.number)),
    ),
    "remainder": make_column_transformer((ONE_HOT, ["sex", "port"]), remainder=NUMBERS),
    "passthrough": make_column_transformer(
        (ORDINAL, ["sex", "port"]), (NUMBERS, ["age"]), remainder="passthrough"
    ),
    "dropped": ColumnTransformer(
        [("a", NUMBERS, ["age"]), ("b", "drop", ["fare"]), ("c", ORDINAL, ["sex"])]
    ),
    "weights": ColumnTransformer(
        [("a", NUMBERS, ["age"]), ("c", ORDINAL, ["sex"])], transformer_weights={"a": 0.5}
    ),
    "nested": make_column_transformer(
        (
            make_column_transformer((ONE_HOT, ["sex"]), remainder=NUMBERS),
            ["sex", "age", "fare"],
        ),
        (ORDINAL, ["port"]),
    ),
    "union": make_column_transformer((make_union(NUMBERS, MinMaxScaler()), ["age", "class"])),
    "pandas output": make_column_transformer(
        (NUMBERS, ["age", "fare"]), (OneHotEncoder(sparse_output=False), ["sex"])
    ).set_output(transform="pandas"),
    "float32 only": make_column_transformer((StandardScaler(), ["fare"]), (ORDINAL, ["port"])),
}


def fitted(name: str) -> Any:
    from sklearn.base import clone

    model = make_pipeline(clone(TRANSFORMERS[name]), SimpleImputer(), LogisticRegression())
    return model.fit(FRAME, LABELS)


def dense(array: Any) -> np.ndarray:
    return np.asarray(array.toarray() if hasattr(array, "toarray") else array)


@pytest.mark.parametrize("columns", ["1d", "2d"])
@pytest.mark.parametrize("name", TRANSFORMERS)
def test_pipelines(name: str, columns: str):
    model = fitted(name)
    program = trace_estimator(model, ["predict", "predict_proba"], example=FRAME, columns=columns)
    assert [leaf.name for leaf in program.signature.inputs] == list(FRAME)
    session = ort.InferenceSession(program.model.SerializeToString())
    for count in (1, 3, ROWS):
        rows = FRAME.head(count)
        labels, probabilities = session.run(None, program.feeds(rows))
        np.testing.assert_array_equal(labels, model.predict(rows))
        np.testing.assert_allclose(probabilities, model.predict_proba(rows), rtol=1e-13, atol=1e-15)


def test_inputs_of_a_frame():
    program = trace_estimator(fitted("names"), example=FRAME)
    assert repr(program) == (
        "Program(Pipeline.predict(age: float64[N], fare: float32[N], class: int64[N], sex: string[N], "
        "port: string[N], alone: bool[N]) -> label: int64[N])"
    )
    assert program.assumptions == ()


@pytest.mark.parametrize("kind", ["polars", "arrow", "dict", "reordered", "more columns"])
def test_tables(kind: str):
    pl, pa = (
        pytest.importorskip("polars", reason="`make test` installs polars"),
        pytest.importorskip("pyarrow", reason="`make test` installs pyarrow"),
    )
    model = fitted("names")
    program = trace_estimator(model, "predict_proba", example=FRAME)
    plain = FRAME.astype({"port": str})
    table: Any = {
        "polars": lambda: pl.from_pandas(plain),
        "arrow": lambda: pa.Table.from_pandas(plain),
        "dict": lambda: {name: plain[name].to_numpy() for name in plain},
        "reordered": lambda: FRAME[FRAME.columns[::-1]],
        "more columns": lambda: FRAME.assign(more=0),
    }[kind]()
    np.testing.assert_allclose(program(table), model.predict_proba(FRAME), rtol=1e-13)


def test_dtypes_without_a_frame():
    text = {"sex": "string", "port": "string", "class": "int64", "alone": "bool"}
    program = trace_estimator(fitted("names"), "predict_proba", dtype=text)
    assert [leaf.text for leaf in program.signature.inputs] == [
        "float64[N]",
        "float64[N]",
        "int64[N]",
        "string[N]",
        "string[N]",
        "bool[N]",
    ]
    np.testing.assert_allclose(program(FRAME), fitted("names").predict_proba(FRAME), rtol=1e-13)


def test_specs_without_a_frame():
    spec = {"age": "float64[N]", "fare": "float32[N, 1]", "class": "int64[N]", "sex": "string[N]"}
    spec |= {"port": "string[N]", "alone": "bool[N]"}
    program = trace_estimator(fitted("names"), "predict_proba", spec=spec)
    assert [leaf.text for leaf in program.signature.inputs] == list(spec.values())
    np.testing.assert_allclose(program(FRAME), fitted("names").predict_proba(FRAME), rtol=1e-13)


def test_one_array_for_all_columns():
    frame = FRAME[["fare", "class"]].astype(float)
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(frame, LABELS)
    for program in (trace_estimator(model), trace_estimator(model, example=frame, columns=False)):
        assert [leaf.text for leaf in program.signature.inputs] == ["float64[N, 2]"]
        np.testing.assert_allclose(program(FRAME), model.predict(frame), rtol=1e-13)
        np.testing.assert_allclose(program(frame.to_numpy()), model.predict(frame), rtol=1e-13)
    columns = trace_estimator(model, columns="1d")
    assert [leaf.text for leaf in columns.signature.inputs] == ["float64[N]"] * 2
    np.testing.assert_allclose(columns(frame), model.predict(frame), rtol=1e-13)


def test_no_rows():
    program = trace_estimator(fitted("names"), "predict_proba", example=FRAME, batch="N>=0")
    assert program.assumptions == ()
    assert program(FRAME.head(0)).shape == (0, 2)
    with pytest.raises(
        FeedError, match=r"declare 'N>=0' in the spec, or as batch= of trace_estimator"
    ):
        trace_estimator(fitted("names"), example=FRAME)(FRAME.head(0))


def test_names_of_an_estimator_without_names():
    X = FRAME[["class", "sex"]].to_numpy(dtype=object)
    model = make_column_transformer((OrdinalEncoder(), [1]), (StandardScaler(), [0])).fit(X)
    program = trace_estimator(model, "transform", dtype={"x0": "int64", "x1": "string"})
    table = {"x0": X[:, 0], "x1": X[:, 1]}
    np.testing.assert_allclose(program(table), model.transform(X), rtol=1e-13)


NUMBERED = pd.DataFrame({0: FRAME["age"], 1: FRAME["sex"], 2: FRAME["fare"], 3: FRAME["class"]})


def test_labels_that_are_numbers():
    step = FunctionTransformer(lambda df: df.assign(r=df[2] / df[3])[[2, "r"]])
    model = make_pipeline(
        make_union(step, make_column_transformer((ONE_HOT, [1]), (NUMBERS, [0]))),
        LogisticRegression(),
    ).fit(NUMBERED, LABELS)
    program = trace_estimator(model, "predict_proba", example=NUMBERED)
    assert [leaf.name for leaf in program.signature.inputs] == ["0", "1", "2", "3"]
    expected = model.predict_proba(NUMBERED)
    np.testing.assert_allclose(program(NUMBERED), expected, rtol=1e-13)
    np.testing.assert_allclose(program(NUMBERED.rename(columns=str)), expected, rtol=1e-13)


@pytest.mark.parametrize("dtype", [{1: "string"}, {"x1": "string"}, {1: "string", 3: "int64"}])
def test_dtypes_of_some_columns_without_names(dtype: Any):
    model = make_column_transformer((ONE_HOT, [1, 3]), (NUMBERS, [0, 2])).fit(NUMBERED)
    program = trace_estimator(model, "transform", dtype=dtype)
    table = {leaf.name: NUMBERED[i] for i, leaf in enumerate(program.signature.inputs)}
    np.testing.assert_allclose(program(table), dense(model.transform(NUMBERED)), rtol=1e-13)


@pytest.mark.parametrize("convert", [lambda dtypes: dtypes, dict], ids=["series", "dict"])
def test_dtypes_of_pandas(convert: Any):
    program = trace_estimator(fitted("names"), "predict_proba", dtype=convert(FRAME.dtypes))
    assert [leaf.text for leaf in program.signature.inputs] == [
        *("float64[N]", "float32[N]", "int64[N]", "string[N]", "string[N]", "bool[N]")
    ]
    nullable = FRAME.convert_dtypes()
    program = trace_estimator(fitted("names"), "predict_proba", dtype=nullable.dtypes)
    assert [leaf.text for leaf in program.signature.inputs] == [
        *("float64[N]", "float64[N]", "float64[N]", "string[N]", "string[N]", "float64[N]")
    ]
    np.testing.assert_allclose(program(nullable), fitted("names").predict_proba(FRAME), rtol=1e-6)


def test_mixed_results_are_columns():
    model = make_column_transformer((StandardScaler(), ["fare"]), remainder="passthrough")
    model.fit(FRAME[["fare", "sex"]])
    program = trace_estimator(model, "transform", example=FRAME)
    assert repr(program) == (
        "Program(ColumnTransformer.transform(fare: float32[N], sex: string[N]) -> "
        "transformed_standardscaler__fare: float32[N], transformed_remainder__sex: string[N])"
    )
    found = program(FRAME)
    wanted = model.transform(FRAME)
    np.testing.assert_array_equal(found["remainder__sex"], wanted[:, 1])
    np.testing.assert_allclose(found["standardscaler__fare"], wanted[:, 0].astype(float), rtol=1e-6)


def test_names_and_classes_are_kept(tmp_path: Any):
    program = trace_estimator(fitted("names"), example=FRAME)
    program.save(tmp_path / "model.onnx")
    loaded = xp.load(tmp_path / "model.onnx")
    assert loaded.metadata == program.metadata == {"feature_names": list(FRAME), "classes": [0, 1]}
    np.testing.assert_array_equal(loaded(FRAME), program(FRAME))
    transformer = fitted("names")[0]
    program = trace_estimator(transformer, "transform", example=FRAME)
    assert program.metadata["feature_names_out"] == list(transformer.get_feature_names_out())


def test_check_compares_with_scikit_learn(monkeypatch: pytest.MonkeyPatch):
    model = fitted("names")
    program = trace_estimator(model, "predict_proba", example=FRAME)
    monkeypatch.setattr(model, "predict_proba", lambda rows: np.full((len(rows), 2), 2.0))
    assert program.check(FRAME).largest > 1


def test_check_takes_the_frame():
    program = trace_estimator(fitted("names"), "predict_proba", example=FRAME)
    assert program.check(FRAME).largest < 1e-14
    with pytest.raises(ArgumentError, match="give the data frame"):
        program.check({name: FRAME[name].to_numpy() for name in FRAME})


# Bad input


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"example": FRAME.drop(columns="sex")}, ExampleError, r"has no \['sex'\]"),
        (
            {"example": FRAME.assign(sex=pd.Timestamp(0))},
            SpecError,
            r"on text in the columns \['sex'\], but the input is datetime64\[.*\]\[N\]",
        ),
        ({"dtype": {"sexx": "string"}}, SpecError, r"takes the columns .* not \['sexx'\]"),
        ({"spec": {"sexx": "string[N]"}}, SpecError, r"takes the columns .* not \['sexx'\]"),
        (
            {"spec": {"sex": "string[N, 2]"}},
            SpecError,
            r"a column is string\[N\] or string\[N, 1\]",
        ),
        ({"spec": "float64[N, 6]", "columns": "1d"}, SpecError, "spec is a dict"),
        (
            {"spec": {"sex": "string[N]"}, "columns": False},
            SpecError,
            "a dict of specs makes an input of each column; give columns='1d'",
        ),
        ({"spec": FRAME}, SpecError, "not an object of type DataFrame; rows are given by example="),
        ({"example": FRAME.iloc[0]}, ExampleError, "a Series is one row or one column"),
        ({"example": FRAME.to_dict("records")}, ExampleError, "a list of rows is not a table"),
        (
            {},
            SpecError,
            r"on text in the columns \['sex', 'port'\], but the input is float64\[N, 6\]: trace with "
            r"example=X or dtype={'sex': 'string', 'port': 'string'}",
        ),
        (
            {"dtype": {"class": "int64", "port": "string"}},
            SpecError,
            r"on text in the columns \['sex'\], .* or dtype={'sex': 'string', 'port': 'string'}",
        ),
        (
            {"dtype": {"sex": "string", "port": "string", "age": "string"}},
            SpecError,
            r"on numbers in the columns \['age'\], but the input is string\[N\]: give the dtypes, or",
        ),
        (
            {"example": FRAME.to_numpy(dtype=str)},
            SpecError,
            r"on numbers in the columns \['age', 'fare', 'class'\], but the input is string\[N, 6\]",
        ),
        (
            {"example": FRAME.assign(sex=1)},
            SpecError,
            r"on text in the columns \['sex'\], but the input is int64\[N\]: give the dtypes, or",
        ),
        ({"columns": "3d"}, ArgumentError, "columns is '1d', '2d' or False"),
        ({"columns": True}, ArgumentError, "columns is '1d', '2d' or False"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], error: type[Exception], message: str):
    with pytest.raises(error, match=message):
        trace_estimator(fitted("names"), **arguments)


def test_bad_tables():
    program = trace_estimator(fitted("names"), example=FRAME)
    with pytest.raises(FeedError, match=r"the DataFrame has no \['port'\]"):
        program(FRAME.drop(columns="port"))
    with pytest.raises(FeedError, match="column 'port' is int64, but text is needed"):
        program(FRAME.assign(port=1))
    with pytest.raises(FeedError, match="column 'age' is str, but float64 is needed"):
        program(FRAME.assign(age="40"))
    with pytest.raises(FeedError, match="column 'port' is category, but text is needed"):
        program(FRAME.assign(port=pd.Series([1] * ROWS, dtype="category")))


def test_one_dtype_for_columns_of_all_kinds():
    df = pd.DataFrame({"city": ["a", "b", "a"], "age": [1.0, 2.0, 3.0]})
    pipeline = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["city"]), ("passthrough", ["age"])),
        LogisticRegression(),
    ).fit(df, [0, 1, 0])
    with pytest.raises(
        ExampleError, match=r"leave it out, .* as in df.astype\(\{'age': 'float32'\}\)"
    ):
        trace_estimator(pipeline, example=df, dtype="float32")
    program = trace_estimator(pipeline, example=df.astype({"age": "float32"}))
    assert [leaf.text for leaf in program.inputs] == ["string[N]", "float32[N]"]


def test_an_array_of_text_and_numbers_has_an_input_for_each_column():
    X = np.array([["a", 1.5, 2], ["b", np.nan, 3], ["a", 0.5, 5], ["c", 2.5, 7]] * 3, dtype=object)
    y = np.arange(12) % 2
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), [0]), (SimpleImputer(), [1, 2])
    )
    pipeline = make_pipeline(encode, LogisticRegression()).fit(X, y)
    program = trace_estimator(pipeline, "predict_proba", example=X)
    assert [str(leaf.dtype) for leaf in program.inputs] == ["string", "float64", "int64"]
    for rows in (X, X[:1], X[::-1]):
        np.testing.assert_allclose(program(rows), pipeline.predict_proba(rows), rtol=1e-14)
    with pytest.raises(FeedError, match="column 'x0' has 2 of type int, but text is needed"):
        program(X[:, ::-1])


def test_an_array_has_no_columns_by_name():
    frame = pd.DataFrame({"s": ["a", "b"] * 3, "n": np.arange(6.0)})
    encode = make_column_transformer((OneHotEncoder(), ["s"]), remainder="passthrough")
    pipeline = make_pipeline(encode, LinearRegression()).fit(frame, np.arange(6.0))
    program = trace_estimator(pipeline, example=frame)
    with pytest.raises(FeedError, match="takes a table with the columns"):
        program(frame.to_numpy(dtype=object))


def test_an_example_of_numbers_as_objects():
    X = np.array([[1, 2.5, True], [3, 0.5, False], [4, 1.0, True]], dtype=object)
    model = LinearRegression().fit(X, np.arange(3.0))
    program = trace_estimator(model, example=X)
    assert program.inputs[0].dtype is xp.float64
    np.testing.assert_allclose(program(X.astype(float)), model.predict(X), rtol=1e-14)


@pytest.mark.parametrize(
    "function",
    [
        lambda X: pd.DataFrame(X, columns=["age", "city", "n"])[["n", "age"]].astype(float),
        lambda X: X[:, 0].astype(float).reshape(-1, 1),
        lambda X: X[:, [0, 2]].astype(float) * 2,
        lambda X: np.column_stack([X[:, 0].astype(float), X[:, -1].astype(int)]),
        lambda X: (X[:, 1] == "a").astype(int).reshape(-1, 1),
        lambda X: X[..., :2][:, 0].astype(float)[:, None],
    ],
)
@pytest.mark.parametrize("by_dtype", [False, True])
def test_functions_of_an_array_of_objects(function: Any, by_dtype: bool):
    X = np.array([[20.0, "a", 1], [30.0, "b", 2], [25.0, "a", 3]], dtype=object)
    step = FunctionTransformer(function).fit(X)
    dtypes = {"x0": "float64", "x1": "string", "x2": "int64"}
    given: dict[str, Any] = {"dtype": dtypes} if by_dtype else {"example": X}
    program = trace_estimator(step, "transform", **given)
    np.testing.assert_array_equal(program(X), step.transform(X))


@pytest.mark.filterwarnings("ignore::onnxp.errors.FixedSizeWarning")
def test_a_loop_over_rows_is_advised_to_be_one_of_columns():
    step = FunctionTransformer(lambda df: df.assign(b=np.array([v * 2 for v in df["fare"].values])))
    X = FRAME[["fare"]]
    with pytest.raises(EstimatorError, match=r"as a loop over rows does.*for the whole column"):
        trace_estimator(step.fit(X), "transform", example=X)


def test_an_error_in_a_function_of_the_user_names_its_line_only():
    step = FunctionTransformer(lambda df: df + undefined)  # noqa: F821
    step.fit(FRAME[["fare"]])
    with pytest.raises(EstimatorError, match=r"(?s)NameError.*change this line") as caught:
        trace_estimator(step, "transform", example=FRAME[["fare"]])
    assert "replaces" not in str(caught.value)
