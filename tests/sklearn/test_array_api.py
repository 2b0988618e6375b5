"""scikit-learn's own support of the array API: estimators are fitted and metrics computed on our arrays."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn import config_context, metrics
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier, RidgeCV
from sklearn.metrics import pairwise
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    StandardScaler,
)

import onnxp as xp

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5))
LABELS = (X[:, 0] + X[:, 1] > 0).astype(np.int64)
TARGET = 2 * X[:, 0] + 1
GUESS = RNG.permutation(LABELS)
SCORES = 1 / (1 + np.exp(-X[:, 1]))

ESTIMATORS = [
    (Ridge(solver="svd"), TARGET),
    (RidgeCV(), TARGET),
    (RidgeClassifier(solver="svd"), LABELS),
    pytest.param(
        LogisticRegression(),
        LABELS,
        marks=pytest.mark.skipif(
            sklearn.__version__.startswith("1.8."), reason="scikit-learn 1.8 fits it with numpy"
        ),
    ),
    (LinearDiscriminantAnalysis(), LABELS),
    (GaussianNB(), LABELS),
    (GaussianMixture(2, random_state=0, init_params="random"), None),
    (PCA(2, svd_solver="full"), None),
    (PCA(2, svd_solver="randomized", power_iteration_normalizer="QR", random_state=0), None),
    (Nystroem(n_components=5, random_state=0), None),
    (PolynomialFeatures(), None),
    (StandardScaler(), None),
    (MinMaxScaler(), None),
    (MaxAbsScaler(), None),
    (Normalizer(), None),
    (Binarizer(), None),
    (make_pipeline(StandardScaler(), PCA(2, svd_solver="full"), Ridge(solver="svd")), TARGET),
]
METHODS = ("transform", "predict", "predict_proba", "decision_function")
OF_LABELS = (
    "accuracy_score f1_score precision_score recall_score jaccard_score balanced_accuracy_score "
    "zero_one_loss hamming_loss confusion_matrix cohen_kappa_score matthews_corrcoef"
).split()
OF_NUMBERS = (
    "mean_squared_error root_mean_squared_error mean_absolute_error median_absolute_error max_error "
    "mean_absolute_percentage_error mean_pinball_loss r2_score explained_variance_score "
    "d2_absolute_error_score"
).split()
# Without roc_curve: scikit-learn 1.9 calls where(x) and diff(x, 2) there, which the standard does not have.
OF_SCORES = (
    "det_curve average_precision_score precision_recall_curve brier_score_loss log_loss".split()
)
OF_PAIRS = (
    "euclidean_distances manhattan_distances cosine_distances cosine_similarity linear_kernel "
    "polynomial_kernel sigmoid_kernel rbf_kernel laplacian_kernel chi2_kernel "
    "paired_euclidean_distances paired_cosine_distances"
).split()


@pytest.fixture(autouse=True)
def _dispatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let scikit-learn compute by the namespace of its arguments; it asks for scipy's variable, too."""
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    with config_context(array_api_dispatch=True):
        yield


def assert_same(result: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        for part, wanted in zip(result, expected, strict=True):
            assert_same(part, wanted)
    else:
        np.testing.assert_allclose(np.asarray(result), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("estimator", "y"), ESTIMATORS, ids=lambda value: type(value).__name__)
def test_estimators_are_fitted_on_our_arrays(estimator: Any, y: np.ndarray | None) -> None:
    ours = clone(estimator).fit(xp.asarray(X), None if y is None else xp.asarray(y))
    theirs = clone(estimator).fit(X, y)
    methods = [method for method in METHODS if hasattr(theirs, method)]
    assert methods
    for method in methods:
        result = getattr(ours, method)(xp.asarray(X))
        assert isinstance(result, xp.Array)
        assert_same(result, getattr(theirs, method)(X))


@pytest.mark.parametrize("name", OF_LABELS)
def test_metrics_of_labels(name: str) -> None:
    metric = getattr(metrics, name)
    assert_same(metric(xp.asarray(LABELS), xp.asarray(GUESS)), metric(LABELS, GUESS))


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_metrics_of_numbers(name: str) -> None:
    metric = getattr(metrics, name)
    assert_same(metric(xp.asarray(TARGET), xp.asarray(X[:, 0])), metric(TARGET, X[:, 0]))


@pytest.mark.parametrize("name", OF_SCORES)
def test_metrics_of_scores(name: str) -> None:
    metric = getattr(metrics, name)
    assert_same(metric(xp.asarray(LABELS), xp.asarray(SCORES)), metric(LABELS, SCORES))


@pytest.mark.parametrize("name", OF_PAIRS)
def test_distances_and_kernels(name: str) -> None:
    function, rows = getattr(pairwise, name), np.abs(X)
    result = function(xp.asarray(rows), xp.asarray(rows))
    assert isinstance(result, xp.Array)
    assert_same(result, function(rows, rows))


def test_models_are_chosen_on_our_arrays() -> None:
    rows, labels, target = xp.asarray(X), xp.asarray(LABELS), xp.asarray(TARGET)
    for part, expected in zip(
        train_test_split(rows, labels, random_state=0),
        train_test_split(X, LABELS, random_state=0),
        strict=True,
    ):
        assert isinstance(part, xp.Array)
        assert_same(part, expected)
    assert_same(
        cross_val_score(LinearDiscriminantAnalysis(), rows, labels),
        cross_val_score(LinearDiscriminantAnalysis(), X, LABELS),
    )
    search = GridSearchCV(Ridge(solver="svd"), {"alpha": [0.1, 1.0]})
    assert clone(search).fit(rows, target).best_params_ == search.fit(X, TARGET).best_params_
