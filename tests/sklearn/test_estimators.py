"""Estimators whose compiled parts, or loops over rows, are replaced: the numbers of scikit-learn."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.cluster import BisectingKMeans, FeatureAgglomeration, KMeans, MiniBatchKMeans
from sklearn.covariance import EllipticEnvelope, LedoitWolf
from sklearn.decomposition import FactorAnalysis, SparseCoder
from sklearn.dummy import DummyClassifier
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    ExpSineSquared,
    Matern,
    RationalQuadratic,
    WhiteKernel,
)
from sklearn.kernel_approximation import AdditiveChi2Sampler, PolynomialCountSketch
from sklearn.kernel_ridge import KernelRidge
from sklearn.mixture import BayesianGaussianMixture
from sklearn.naive_bayes import CategoricalNB

import onnxp as xp
from onnxp.errors import EstimatorError
from onnxp.sklearn import convert_estimator, dispatch, trace_estimator
from tests.helpers.estimators import DTYPES, assert_agrees
from tests.helpers.sessions import session

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5))
NEW = np.r_[RNG.normal(size=(9, 5)), X[:3]]
REAL = X[:, 0] + X[:, 1] ** 2
THREE = np.digitize(REAL, [0.0, 1.0])
COUNTS = RNG.integers(0, 4, (60, 5)).astype(float)
POSITIVE = np.abs(X) + 0.1
ROWS = {
    "X": (X, NEW),
    "far": (X + 1e4, NEW + 1e4),
    "counts": (COUNTS, COUNTS[20:32]),
    "positive": (POSITIVE, np.abs(NEW) + 0.1),
}
TARGETS = {
    "": None,
    "three": THREE,
    "two": np.where(REAL > 0.5, "yes", "no"),
    "real": REAL,
    "column": REAL[:, None],
    "outputs": np.c_[REAL, REAL**2],
    "labels": np.c_[THREE, REAL > 0],
}

CASES = [
    ("X three", DummyClassifier(), "predict predict_proba"),
    ("X two", DummyClassifier(strategy="constant", constant="no"), "predict predict_proba"),
    ("X labels", DummyClassifier(), "predict"),
    ("X", EllipticEnvelope(random_state=0), "predict decision_function score_samples"),
    ("X", LedoitWolf(), "mahalanobis"),
    ("X", FactorAnalysis(2), "transform score_samples"),
    ("X", FactorAnalysis(5), "score_samples"),
    ("X", FeatureAgglomeration(3), "transform"),
    ("X", FeatureAgglomeration(3, pooling_func=np.max), "transform"),
    ("X", FeatureAgglomeration(3, pooling_func=np.median), "transform"),
    *(
        ("X real", KernelRidge(kernel=kind, gamma=0.3), "predict")
        for kind in ("linear", "polynomial", "rbf", "sigmoid", "laplacian")
    ),
    ("positive real", KernelRidge(kernel="chi2", gamma=0.5), "predict"),
    ("X", KMeans(3, random_state=0), "transform"),
    ("X", MiniBatchKMeans(3, random_state=0), "transform"),
    ("X", BisectingKMeans(3, random_state=0), "transform"),
    ("counts three", CategoricalNB(), "predict predict_proba predict_log_proba"),
    ("positive", AdditiveChi2Sampler(), "transform"),
    ("X", PolynomialCountSketch(degree=3, coef0=1, n_components=20, random_state=0), "transform"),
    ("X", PolynomialCountSketch(n_components=21, gamma=0.3, random_state=0), "transform"),
    *(
        (
            "X",
            BayesianGaussianMixture(n_components=2, covariance_type=kind, random_state=0),
            "predict_proba",
        )
        for kind in ("full", "tied", "diag")
    ),
]
GAUSSIAN = [
    None,
    RBF([1.0, 2.0, 1.0, 0.5, 1.0]) + WhiteKernel(0.1),
    ConstantKernel(2.0) * Matern(nu=0.5) + WhiteKernel(0.1),
    Matern(nu=1.5) + WhiteKernel(0.1),
    Matern(nu=2.5) + WhiteKernel(0.1),
    Matern(nu=np.inf) + WhiteKernel(0.1),
    RationalQuadratic() + WhiteKernel(0.1),
    ExpSineSquared() + WhiteKernel(9.0),
    DotProduct() ** 2 + WhiteKernel(0.1),
]


def fit(estimator, data: str):
    rows, _, target = data.partition(" ")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(ROWS[rows][0], TARGETS[target])
    return estimator, ROWS[rows][1]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("data", "estimator", "methods"), CASES, ids=lambda case: str(case)[:60])
def test_estimators(data: str, estimator, methods: str, dtype: str):
    model, rows = fit(estimator, data)
    for method in methods.split():
        assert_agrees(model, method, rows.astype(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kernel", GAUSSIAN, ids=lambda kernel: str(kernel)[:40])
def test_gaussian_processes(kernel, dtype: str):
    model, rows = fit(GaussianProcessRegressor(kernel, optimizer=None), "X real")
    # the default has no noise, and the weights of the rows are large
    assert_agrees(model, "predict", rows.astype(dtype), rtol=1e-12 if kernel else 1e-9)


@pytest.mark.parametrize("normalize_y", [False, True])
@pytest.mark.parametrize("target", ["real", "column", "outputs"])
def test_deviations_of_gaussian_processes(target: str, normalize_y: bool):
    kernel = RBF() + WhiteKernel(0.1)
    model, rows = fit(GaussianProcessRegressor(kernel, normalize_y=normalize_y), f"X {target}")
    converted = convert_estimator(model)
    with dispatch():
        program = xp.trace(lambda X: converted.predict(X, return_std=True), "float64[N, 5]")
    for size in (1, 3, 12):
        actual = session(program.model).run(None, {"X": rows[:size]})
        for one, other in zip(actual, model.predict(rows[:size], return_std=True), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12, strict=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", ["two", "three"])
@pytest.mark.parametrize("kernel", [None, Matern(nu=1.5)])
def test_gaussian_process_classifiers(kernel, target: str, dtype: str):
    model, rows = fit(GaussianProcessClassifier(kernel), f"X {target}")
    for method in ("predict", "predict_proba"):
        assert_agrees(model, method, rows.astype(dtype))


def test_distances_far_from_the_origin():
    model, rows = fit(KMeans(3, random_state=0), "far")
    for dtype in DTYPES:  # scikit-learn's own distances have fewer digits here
        assert_agrees(model, "transform", rows.astype(dtype), rtol=1e-7)


def test_bessel_functions_are_refused():
    model, _ = fit(GaussianProcessRegressor(Matern(nu=0.7), optimizer=None), "X real")
    with pytest.raises(EstimatorError, match=r"leaves the array API at sklearn/gaussian_process"):
        trace_estimator(model)


def test_random_labels_are_refused():
    model, _ = fit(DummyClassifier(strategy="uniform"), "X three")
    with pytest.raises(EstimatorError, match="cannot be traced"):
        trace_estimator(model)


@pytest.mark.parametrize(
    ("atoms", "dtype"),
    [
        (1, "float64"),
        (2, "float64"),
        (4, "float64"),
        (9, "float64"),
        (1, "float32"),
        (2, "float32"),
    ],
)
def test_sparse_codes(atoms: int, dtype: str):
    dictionary = np.random.default_rng(atoms).normal(size=(9, 5)).astype(dtype)
    dictionary[7] = dictionary[3]  # atoms that depend on one another end the pursuit
    model = SparseCoder(dictionary, transform_n_nonzero_coefs=atoms).fit(X)
    rows = NEW.astype(dtype)
    rows[2] = 2 * dictionary[4]
    assert_agrees(model, "transform", rows, rtol=1e-9)


@pytest.mark.parametrize("algorithm", ["threshold", "lasso_cd"])
def test_other_sparse_codes(algorithm: str):
    model = SparseCoder(np.eye(5)[:4], transform_algorithm=algorithm, transform_alpha=0.3).fit(X)
    if algorithm == "threshold":
        assert_agrees(model, "transform", NEW)
    else:
        with pytest.raises(EstimatorError, match="cannot be traced"):
            trace_estimator(model, "transform")
