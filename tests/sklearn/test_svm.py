"""Support vector machines: the decisions and the labels of libsvm."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics.pairwise import laplacian_kernel, rbf_kernel
from sklearn.multiclass import OneVsOneClassifier
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC, NuSVR, OneClassSVM

from onnxp.errors import ArgumentError, EstimatorError
from onnxp.sklearn import trace_estimator
from tests.helpers.estimators import DTYPES, assert_agrees

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 4))
NEW = RNG.normal(size=(12, 4))
REAL = X[:, 0] + X[:, 1] ** 2
CLASSES = {
    "two": np.where(REAL > 0.5, "yes", "no"),
    "three": np.digitize(REAL, [0.0, 1.0]),
    "four": np.digitize(REAL, [-0.2, 0.5, 1.5]) * 10,
}
KERNELS = ["linear", "poly", "rbf", "sigmoid"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("classes", CLASSES)
def test_classifiers(classes: str, kernel: str, dtype: str):
    for shape in ("ovr", "ovo"):
        model = SVC(kernel=kernel, decision_function_shape=shape, coef0=0.5)
        model.fit(X, CLASSES[classes])
        for method in ("predict", "decision_function"):
            assert_agrees(model, method, NEW.astype(dtype))


@pytest.mark.parametrize("classes", CLASSES)
def test_nu_classifiers(classes: str):
    model = NuSVC(nu=0.2).fit(X, CLASSES[classes])
    for method in ("predict", "decision_function"):
        assert_agrees(model, method, NEW)


def test_ties_are_broken_by_scores():
    rows = RNG.normal(size=(200, 4))
    model = SVC(kernel="linear", break_ties=True, C=0.01).fit(X, CLASSES["four"])
    assert (trace_estimator(model)(rows) == model.predict(rows)).all()
    model.break_ties = False
    assert (trace_estimator(model)(rows) == model.predict(rows)).all()


def test_ties_of_pairs_cannot_be_broken():
    model = SVC(break_ties=True, decision_function_shape="ovo").fit(X, CLASSES["three"])
    with pytest.raises((ArgumentError, EstimatorError), match="break_ties must be False"):
        trace_estimator(model)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("make", [SVR, NuSVR])
def test_regressors(make, kernel: str, dtype: str):
    assert_agrees(make(kernel=kernel).fit(X, REAL), "predict", NEW.astype(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kernel", KERNELS)
def test_one_class(kernel: str, dtype: str):
    model = OneClassSVM(kernel=kernel, nu=0.3).fit(X)
    for method in ("predict", "decision_function", "score_samples"):
        assert_agrees(model, method, NEW.astype(dtype))


@pytest.mark.parametrize("own", [rbf_kernel, laplacian_kernel, lambda A, B: (A @ B.T + 1) ** 2])
@pytest.mark.parametrize("classes", CLASSES)
def test_kernels_of_the_user(classes: str, own):
    model = SVC(kernel=own).fit(X, CLASSES[classes])
    for method in ("predict", "decision_function"):
        assert_agrees(model, method, NEW)
    assert_agrees(SVR(kernel=own).fit(X, REAL), "predict", NEW)


def test_precomputed_kernels():
    model = SVC(kernel="precomputed").fit(rbf_kernel(X, X), CLASSES["three"])
    for method in ("predict", "decision_function"):
        assert_agrees(model, method, rbf_kernel(NEW, X))


def test_far_from_the_origin():
    model = SVR(gamma=0.1).fit(X + 1e4, REAL)
    assert_agrees(model, "predict", NEW + 1e4)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("classes", ["two", "three", "four"])
def test_probabilities(classes: str):
    model = SVC(probability=True, random_state=0).fit(X, CLASSES[classes])
    for method in ("predict_proba", "predict_log_proba"):
        assert_agrees(model, method, NEW)


def test_one_against_one():
    model = OneVsOneClassifier(LinearSVC(random_state=0)).fit(X, CLASSES["four"])
    for method in ("predict", "decision_function"):
        assert_agrees(model, method, NEW)
