"""Functions and estimators of scikit-learn that are replaced by array code."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import calibration
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import pairwise
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import (
    LabelBinarizer,
    LabelEncoder,
)

import onnxp as xp
from onnxp.errors import (
    EvaluationError,
)
from onnxp.sklearn import dispatch, trace_estimator
from tests.helpers.sklearn_cases import data
from tests.helpers.sklearn_results import check

BATCHES = (1, 3, 7, 12)
X = data("float64")["X"]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("method", ["sigmoid", "temperature"])
@pytest.mark.parametrize("inner", ["scores", "probabilities"])
def test_calibration(classes: int, method: str, inner: str):
    y = data("float64")["two" if classes == 2 else "codes"]
    estimator = LogisticRegression(C=0.1)
    if inner == "probabilities":
        estimator = GaussianNB()
    fitted = CalibratedClassifierCV(estimator, method=method, cv=3).fit(X, y)
    found = trace_estimator(fitted, "predict_proba")
    for size in BATCHES:
        check(found(X[:size]), fitted.predict_proba(X[:size]))


def test_scores_that_look_like_probabilities(subtests: pytest.Subtests):
    """Whether they do is decided for each batch, as scikit-learn does, not once and for all."""
    looks = np.array([[0.25, 0.75], [0.5, 0.5]])
    does_not = np.array([[0.25, 0.75], [0.5, 0.6]])
    with dispatch():
        found = xp.trace(lambda s: calibration._convert_to_logits(s), "float64[N, 2]")
    for scores in (looks, does_not, does_not - 1):
        with subtests.test(scores=scores.tolist()):
            check(found(scores), calibration._convert_to_logits(scores))


def test_labels_that_are_unknown(subtests: pytest.Subtests):
    given = np.array([3, 5, 9])
    encoder = LabelEncoder().fit(given)
    model = trace_estimator(encoder, "transform")
    assert model(np.array([9, 4, 10, 2, 3])).tolist() == [2, -1, -1, -1, 0]
    back = trace_estimator(encoder, "inverse_transform")
    assert back(np.array([2, 0])).tolist() == [9, 3]
    for code in (3, -1):
        with subtests.test(code=code):
            with pytest.raises(EvaluationError):
                back(np.array([0, code]))
            with pytest.raises(ValueError, match="previously unseen"):
                encoder.inverse_transform(np.array([0, code]))


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_binarized_labels(classes: int, subtests: pytest.Subtests):
    """The number of columns does not depend on which labels a batch has."""
    given = np.array([3, 5, 9])[:classes]
    binarizer = LabelBinarizer(neg_label=-1, pos_label=2).fit(given)
    model = trace_estimator(binarizer, "transform")
    for y in (given, given[:1], np.append(given, given[:1])):
        with subtests.test(y=y.tolist()):
            check(model(y), binarizer.transform(y))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_distances_to_itself(dtype):
    rows = X.astype(dtype)
    with dispatch():
        model = xp.trace(pairwise.euclidean_distances, xp.spec(("N", 5), dtype))
    for size in BATCHES:
        found = model(rows[:size])
        check(found, pairwise.euclidean_distances(rows[:size]))
        assert (np.diagonal(found) == 0).all()


def test_negative_numbers_in_a_chi_squared_kernel_give_nan():
    constant = xp.asarray(np.abs(X[:4]))
    with dispatch():
        model = xp.trace(lambda X: pairwise.chi2_kernel(X, constant), "float64[N, 5]")
    rows = np.abs(X[:2])
    rows[1, 2] *= -1
    found = model(rows)
    check(found[:1], pairwise.chi2_kernel(rows[:1], np.abs(X[:4])))
    assert np.isnan(found[1]).all()


@pytest.mark.filterwarnings("ignore:Label .* is present in all training examples")
@pytest.mark.filterwarnings("ignore:Label not .* is present in all training examples")
def test_labels_that_all_or_no_rows_have(subtests: pytest.Subtests):
    some = data("float64")["two"]
    labels = np.stack([some, np.zeros_like(some), np.ones_like(some)], axis=1)
    model = OneVsRestClassifier(LogisticRegression()).fit(X, labels)
    for method in ("predict", "predict_proba", "decision_function"):
        found = trace_estimator(model, method)
        for size in BATCHES:
            with subtests.test(method=method, size=size):
                check(found(X[:size]), getattr(model, method)(X[:size]))
