"""Encoders and imputers of text and numbers give what scikit-learn gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction import FeatureHasher
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import CategoricalNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    LabelBinarizer,
    LabelEncoder,
    MultiLabelBinarizer,
    OneHotEncoder,
    OrdinalEncoder,
    TargetEncoder,
)

import onnxp as xp
from onnxp.errors import EstimatorError, SpecError, VerificationError
from onnxp.sklearn import trace_estimator

ROWS = 200
_rng = np.random.default_rng(0)


def _draw(values: list[Any], rows: int, dtype: Any) -> np.ndarray:
    result = np.empty((rows, 2), dtype=dtype)
    for i in range(2):  # the second column has fewer categories, of other frequencies
        kept = values[: len(values) - i]
        result[:, i] = np.asarray(kept, dtype=dtype)[
            _rng.choice(
                len(kept), rows, p=np.arange(1, len(kept) + 1) / sum(range(1, len(kept) + 1))
            )
        ]
    return result


# What to fit on, and rows with other categories as well
COLUMNS: dict[str, tuple[list[Any], list[Any], Any]] = {
    "text": (["red", "green", "été", "", "blue"], ["red", "gree", "été", "", "new"], object),
    "missing text": (["red", "green", "été", "blue", None], ["red", "x", "blue", None], object),
    "fixed text": (["red", "green", "blue"], ["red", "magenta", "blue"], "U7"),
    "int64": ([3, 2**60 + 1, -5, 0], [3, 2**60, 0, 7], np.int64),
    "int8": ([3, -5, 0, 2], [3, 7, -5, 1], np.int8),
    "uint64": ([3, 2**63 + 1, 0], [3, 2**63, 1], np.uint64),
    "float64": ([0.1, 2.5, -1.0, 1e300], [0.1, 2.5, 3.0, -1.0], np.float64),
    "missing float64": ([0.1, 2.5, -1.0, np.nan], [0.1, 3.0, np.nan], np.float64),
    "float32": ([0.1, 2.5, -1.0], [0.1, 2.5, 3.0], np.float32),
    "bool": ([True, False], [True, False], np.bool_),
}
SPECS = {
    "text": "string",
    "missing text": "string",
    "fixed text": "string",
    "missing float64": "float64",
}


def rows_of(kind: str) -> tuple[np.ndarray, np.ndarray]:
    fit, other, dtype = COLUMNS[kind]
    return _draw(fit, ROWS, dtype), _draw(other, ROWS, dtype)


def dense(result: Any) -> np.ndarray:
    return np.asarray(result.toarray() if hasattr(result, "toarray") else result)


def check(
    estimator: Any, method: str, rows: Any, spec: Any, *, counts: Any = (1, 3, ROWS)
) -> xp.Program:
    """Compare a model in a bare session with scikit-learn, in values and dtype."""
    program = trace_estimator(estimator, method, spec=spec)
    session = ort.InferenceSession(program.model.SerializeToString())
    for count in counts:
        part = rows[:count]
        wanted = dense(getattr(estimator, method)(part))
        (found,) = session.run(None, {"X": fed(part)})
        compare(found, wanted)
    return program


def fed(rows: np.ndarray) -> np.ndarray:
    """Return rows as a model takes them, in which missing text is empty."""
    if rows.dtype.kind == "U":
        return rows.astype(object)
    return np.where(rows == None, "", rows) if rows.dtype.kind == "O" else rows  # noqa: E711


def compare(found: np.ndarray, wanted: np.ndarray) -> None:
    assert found.shape == wanted.shape
    if wanted.dtype.kind in "OU":
        wanted = np.asarray(
            [["" if v is None or v != v else v for v in row] for row in wanted.tolist()], object
        )
        np.testing.assert_array_equal(found, wanted)
    else:
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)


ONE_HOT = {
    "ignore": {"handle_unknown": "ignore"},
    "drop first": {"handle_unknown": "ignore", "drop": "first"},
    "drop if binary": {"handle_unknown": "ignore", "drop": "if_binary", "sparse_output": False},
    "infrequent": {"handle_unknown": "infrequent_if_exist", "min_frequency": 45},
    "infrequent ignored": {"handle_unknown": "ignore", "min_frequency": 0.25},
    "most": {"handle_unknown": "infrequent_if_exist", "max_categories": 2, "drop": "first"},
    "warn": {"handle_unknown": "warn", "max_categories": 2},
    "int dtype": {"handle_unknown": "ignore", "dtype": np.int32},
    "float32": {"handle_unknown": "ignore", "dtype": np.float32},
}
ORDINAL = {
    "unknown": {"handle_unknown": "use_encoded_value", "unknown_value": -7},
    "unknown NaN": {
        "handle_unknown": "use_encoded_value",
        "unknown_value": np.nan,
        "min_frequency": 45,
    },
    "int dtype": {
        "handle_unknown": "use_encoded_value",
        "unknown_value": -1,
        "dtype": np.int64,
        "encoded_missing_value": 99,
    },
    "infrequent": {
        "handle_unknown": "use_encoded_value",
        "unknown_value": -1,
        "max_categories": 3,
        "encoded_missing_value": -2,
        "dtype": np.float32,
    },
}


def spec_of(kind: str) -> str:
    return f"{SPECS.get(kind, kind)}[N, 2]"


@pytest.mark.filterwarnings("ignore:Found unknown categories")
@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("options", ONE_HOT.values(), ids=ONE_HOT)
def test_one_hot(kind: str, options: dict[str, Any]):
    fit, rows = rows_of(kind)
    check(OneHotEncoder(**options).fit(fit), "transform", rows, spec_of(kind))


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("options", ORDINAL.values(), ids=ORDINAL)
def test_ordinal(kind: str, options: dict[str, Any]):
    fit, rows = rows_of(kind)
    check(OrdinalEncoder(**options).fit(fit), "transform", rows, spec_of(kind))


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("target", ["binary", "multiclass", "continuous"])
def test_target(kind: str, target: str):
    fit, rows = rows_of(kind)
    y: Any = {
        "binary": _rng.integers(0, 2, ROWS),
        "multiclass": np.asarray(["a", "b", "c"])[_rng.integers(0, 3, ROWS)],
        "continuous": _rng.normal(size=ROWS),
    }[target]
    check(TargetEncoder(random_state=0).fit(fit, y), "transform", rows, spec_of(kind))


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("drop", [None, "first"])
def test_one_hot_inverse(kind: str, drop: str | None):
    fit, _ = rows_of(kind)
    encoder = OneHotEncoder(drop=drop, sparse_output=False).fit(fit)
    encoded = encoder.transform(fit)
    check(encoder, "inverse_transform", encoded, f"float64[N, {encoded.shape[1]}]")


@pytest.mark.filterwarnings("ignore:Found unknown categories")
def test_one_hot_inverse_of_unknown_categories():
    fit, rows = rows_of("text")
    for options in ({"handle_unknown": "ignore"}, {"handle_unknown": "ignore", "drop": "first"}):
        encoder = OneHotEncoder(**options, sparse_output=False).fit(fit)
        encoded = encoder.transform(rows)
        check(encoder, "inverse_transform", encoded, f"float64[N, {encoded.shape[1]}]")


@pytest.mark.parametrize("kind", COLUMNS)
def test_ordinal_inverse(kind: str):
    fit, _ = rows_of(kind)
    encoder = OrdinalEncoder(encoded_missing_value=-2).fit(fit)
    check(encoder, "inverse_transform", encoder.transform(fit), "float64[N, 2]")


def test_ordinal_inverse_of_unknown_and_infrequent_categories():
    fit, rows = rows_of("text")
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, max_categories=3
    ).fit(fit)
    check(encoder, "inverse_transform", encoder.transform(rows), "float64[N, 2]")


def test_categories_that_are_given():
    fit, rows = rows_of("text")
    lists = [["blue", "red", "green", "", "été"], ["été", "red", "green", ""]]
    check(OrdinalEncoder(categories=lists).fit(fit), "transform", fit, "string[N, 2]")
    lists = [[*values, "more"] for values in lists]
    encoder = OneHotEncoder(categories=lists, handle_unknown="ignore").fit(fit)
    check(encoder, "transform", rows, "string[N, 2]")


@pytest.mark.parametrize("other", ["float32", "int32", "float64"])
def test_rows_of_another_dtype_than_the_categories(other: str):
    """0.1 in float32 is not 0.1 in float64: numpy compares them in float64."""
    fit = np.asarray([[0.1], [1.0], [2.0], [0.5]])
    rows = np.asarray([[0.1], [1.0], [2.0], [0.5], [3.0]]).astype(other)
    for encoder in (
        OneHotEncoder(handle_unknown="ignore"),
        OneHotEncoder(handle_unknown="ignore", dtype=np.float32),
    ):
        check(encoder.fit(fit), "transform", rows, f"{other}[N, 1]", counts=(1, 5))
        check(
            encoder.fit(fit.astype(np.float32)), "transform", rows, f"{other}[N, 1]", counts=(1, 5)
        )


def test_unknown_categories_that_scikit_learn_refuses():
    fit, rows = rows_of("text")
    one_hot = trace_estimator(
        OneHotEncoder().fit(fit), "transform", spec="string[N, 2]", validity=True
    )
    encoder = OneHotEncoder(handle_unknown="ignore").fit(fit)
    found = one_hot(fed(rows))
    np.testing.assert_array_equal(found["transformed"], encoder.transform(rows).toarray())
    known = np.isin(rows, ["red", "été", ""]).all(axis=1)
    np.testing.assert_array_equal(found["valid"], known)
    assert 0 < known.sum() < ROWS
    ordinal = trace_estimator(
        OrdinalEncoder().fit(fit), "transform", spec="string[N, 2]", validity=True
    )
    found = ordinal(fed(rows))
    np.testing.assert_array_equal(found["valid"], known)
    np.testing.assert_array_equal((found["transformed"] == -1).any(axis=1), ~known)


def test_text_and_numbers_do_not_mix():
    fit, _ = rows_of("text")
    with pytest.raises(SpecError, match=r"was fitted on text .* but the input is float64\[N, 2\]"):
        trace_estimator(OneHotEncoder().fit(fit), "transform", spec="float64[N, 2]")
    hidden = make_pipeline(FunctionTransformer(lambda X: X), OneHotEncoder()).fit(fit)
    message = (
        r"(?s)DTypeError: the array is float64.*categories that are text.*by example=X or dtype="
    )
    with pytest.raises(EstimatorError, match=message):
        trace_estimator(hidden, "transform", spec="float64[N, 2]")


# Bins and labels


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("encode", ["ordinal", "onehot", "onehot-dense"])
@pytest.mark.parametrize("strategy", ["uniform", "quantile", "kmeans"])
def test_bins(dtype: str, encode: str, strategy: str):
    X = _rng.normal(size=(ROWS, 2))
    options = {"quantile_method": "averaged_inverted_cdf"} if strategy == "quantile" else {}
    bins = KBinsDiscretizer(4, encode=encode, strategy=strategy, **options).fit(X)
    edges = np.stack([bins.bin_edges_[0][1:-1]] * 2, axis=1)
    rows = np.concatenate([edges, np.nextafter(edges, -9), np.nextafter(edges, 9), 2 * X]).astype(
        dtype
    )
    check(bins, "transform", rows, f"{dtype}[N, 2]", counts=(1, 9, len(rows)))
    encoded = dense(bins.transform(X))
    check(bins, "inverse_transform", encoded, f"float64[N, {encoded.shape[1]}]")


@pytest.mark.parametrize("labels", [["b", "a", "é", ""], [5, 2**60 + 1, -3], [0.5, -1.0]], ids=str)
def test_labels(labels: list[Any]):
    y = np.asarray(labels, dtype=object if isinstance(labels[0], str) else None)
    for encoder in (LabelEncoder(), LabelBinarizer())[: 1 if 0.5 in labels else 2]:
        encoder.fit(y)
        program = trace_estimator(encoder, "transform")
        np.testing.assert_array_equal(program(y), encoder.transform(y))


def test_unknown_labels():
    program = trace_estimator(LabelEncoder().fit(["a", "b"]), "transform", validity=True)
    found = program(np.asarray(["b", "c", "a"], dtype=object))
    np.testing.assert_array_equal(found["transformed"], [1, -1, 0])
    np.testing.assert_array_equal(found["valid"], [True, False, True])


def test_sets_of_labels():
    encoder = MultiLabelBinarizer().fit([("a", "b"), ("c",)])
    program = trace_estimator(encoder, "transform", spec="string[N, K]")
    rows = np.asarray([["a", "c"], ["b", ""], ["", "x"]], dtype=object)
    np.testing.assert_array_equal(program(rows), [[1, 0, 1], [0, 1, 0], [0, 0, 0]])
    with pytest.raises(EstimatorError, match="takes the labels of a row as an array"):
        trace_estimator(encoder, "transform", spec="string[N]")


def test_hashing_is_refused():
    with pytest.raises(EstimatorError, match=r"MurmurHash3.*use OneHotEncoder"):
        trace_estimator(FeatureHasher(4, input_type="string"), "transform", spec="string[N, 2]")


# Missing values

_HOLES = np.where(_rng.random((ROWS, 3)) < 0.2, np.nan, _rng.integers(0, 5, (ROWS, 3)))
_TEXT = np.where(_rng.random((ROWS, 2)) < 0.2, None, _rng.choice(["a", "b", "é"], (ROWS, 2)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "options",
    [
        {"strategy": "mean"},
        {"strategy": "median", "add_indicator": True},
        {"strategy": "most_frequent"},
        {"strategy": "constant", "fill_value": 0.1},
        {"strategy": "constant"},
        {"strategy": "mean", "missing_values": 3},
        {"strategy": "most_frequent", "missing_values": 3, "add_indicator": True},
    ],
    ids=str,
)
def test_imputed_numbers(dtype: str, options: dict[str, Any]):
    X = _HOLES if options.get("missing_values", np.nan) != 3 else np.nan_to_num(_HOLES)
    imputer = SimpleImputer(**options).fit(X)
    check(imputer, "transform", X.astype(dtype), f"{dtype}[N, 3]")


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.filterwarnings("ignore:Skipping features")
def test_columns_of_missing_values(keep: bool):
    X = _HOLES.copy()
    X[:, 1] = np.nan
    imputer = SimpleImputer(keep_empty_features=keep).fit(X)
    check(imputer, "transform", _HOLES, "float64[N, 3]")


def test_large_integers_keep_their_bits():
    X = np.asarray([[2**60 + 1, 0], [2**60 + 1, 5], [3, 5]])
    imputer = SimpleImputer(missing_values=0, strategy="most_frequent").fit(X)
    check(imputer, "transform", X, "int64[N, 2]", counts=(1, 3))


@pytest.mark.parametrize("add_indicator", [True, False])
@pytest.mark.parametrize("marker", [None, "a"])
@pytest.mark.parametrize("strategy", ["most_frequent", "constant"])
def test_imputed_text(strategy: str, marker: str | None, add_indicator: bool):
    X = np.where(_TEXT == None, "b", _TEXT) if marker else _TEXT  # noqa: E711
    imputer = SimpleImputer(
        missing_values=marker, strategy=strategy, add_indicator=add_indicator
    ).fit(X)
    program = trace_estimator(imputer, "transform", spec="string[N, 2]")
    found, wanted = program(fed(X)), imputer.transform(X)
    columns = list(found.values()) if isinstance(found, dict) else list(found.T)
    assert len(columns) == wanted.shape[1]
    for column, expected in zip(columns, wanted.T, strict=True):
        assert column.tolist() == expected.tolist()


@pytest.mark.parametrize("features", ["missing-only", "all"])
def test_indicator(features: str):
    X = _HOLES.copy()
    X[:, 1] = 1.0
    indicator = MissingIndicator(features=features, error_on_new=False).fit(X)
    check(indicator, "transform", _HOLES, "float64[N, 3]")
    check(
        MissingIndicator(features=features, missing_values=None).fit(_TEXT),
        "transform",
        _TEXT,
        "string[N, 2]",
    )


def test_new_missing_values_are_invalid():
    X = _HOLES.copy()
    X[:, 1] = 1.0
    program = trace_estimator(MissingIndicator().fit(X), "transform", n_features=3, validity=True)
    np.testing.assert_array_equal(program(_HOLES)["valid"], ~np.isnan(_HOLES[:, 1]))


def test_mixed_columns_of_a_frame():
    frame = pd.DataFrame({"a": _HOLES[:, 0], "b": _TEXT[:, 0]})
    pipe = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    ).fit(frame.astype(object))
    program = trace_estimator(pipe, "transform", example=frame)
    np.testing.assert_array_equal(program(frame), pipe.transform(frame.astype(object)).toarray())


# Rows that scikit-learn refuses


def test_validity():
    X = _rng.normal(size=(20, 2))
    model = make_pipeline(SimpleImputer(), LogisticRegression()).fit(X, X[:, 0] > 0)
    program = trace_estimator(model, ["predict", "predict_proba"], validity=True)
    rows = np.asarray([[0.0, 1.0], [np.nan, 1.0], [np.inf, 0.0]])
    assert [leaf.name for leaf in program.signature.outputs] == ["label", "probabilities", "valid"]
    np.testing.assert_array_equal(program(rows)["valid"], [True, True, False])
    assert program.check(rows[:2]).largest < 1e-14
    strict = trace_estimator(model[-1], validity=True)
    np.testing.assert_array_equal(strict(rows)["valid"], [True, False, False])


def test_negative_numbers_are_invalid():
    X = _rng.integers(0, 3, (40, 2))
    model = CategoricalNB().fit(X, X[:, 0] > 1)
    program = trace_estimator(model, "predict_proba", dtype="int64", validity=True)
    found = program(np.asarray([[1, 2], [-1, 0]]))
    np.testing.assert_array_equal(found["valid"], [True, False])
    np.testing.assert_allclose(
        found["probabilities"][:1], model.predict_proba([[1, 2]]), rtol=1e-14
    )


def test_validity_of_frames():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    model = make_column_transformer((OneHotEncoder(), ["b"]), remainder="passthrough").fit(frame)
    program = trace_estimator(model, "transform", example=frame, validity=True)
    rows = pd.DataFrame({"a": [1.0, 1.0], "b": ["x", "z"]})
    np.testing.assert_array_equal(program(rows)["valid"], [True, False])


def test_sparse_results_are_checked_and_verified():
    numbers = np.array([[1.0, 2.0], [3.0, 2.0], [1.0, 5.0]])
    encoder = OneHotEncoder().fit(numbers)
    comparison = trace_estimator(encoder, "transform", example=numbers).check(numbers)
    assert comparison
    assert comparison.largest == 0
    labels = pd.DataFrame({"t": ["x", "", "y", None]})  # a model reads missing text as ""
    with pytest.raises(VerificationError, match="disagree on the example"):
        trace_estimator(OneHotEncoder().fit(labels), "transform", example=labels)
