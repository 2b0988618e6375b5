"""Estimators with other than default parameters, whose methods compute in another way than by default."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import AffinityPropagation, KMeans
from sklearn.decomposition import (
    NMF,
    DictionaryLearning,
    LatentDirichletAllocation,
    MiniBatchNMF,
    SparseCoder,
    SparsePCA,
)
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import VotingClassifier
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.kernel_approximation import PolynomialCountSketch, SkewedChi2Sampler
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.manifold import LocallyLinearEmbedding
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor, RadiusNeighborsRegressor
from sklearn.preprocessing import QuantileTransformer, SplineTransformer
from sklearn.random_projection import SparseRandomProjection
from sklearn.semi_supervised import LabelPropagation, LabelSpreading
from sklearn.svm import SVC, NuSVC
from sklearn.tree import DecisionTreeClassifier

from onnxp.errors import EstimatorError
from onnxp.sklearn import replacing, trace_estimator
from tests.helpers.estimators import assert_agrees

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)) * [1.0, 2.0, 0.5, 1.0, 3.0]
UNSEEN = RNG.normal(size=(12, 5)) * [2.0, 2.0, 2.0, 2.0, 4.0]
SCORES = X @ RNG.normal(size=(5, 3)) + RNG.normal(size=(60, 3))
TWO, THREE = (SCORES[:, 0] > 0).astype(int), np.asarray(["x", "y", "zz"])[SCORES.argmax(axis=1)]
LABELS = (SCORES > 0).astype(int)
REAL = SCORES[:, 0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("estimator", "target", "methods"),
    [
        (SVC(probability=True, random_state=0), TWO, "predict_proba predict_log_proba"),
        (SVC(probability=True, kernel="poly", random_state=0), THREE, "predict_proba"),
        (NuSVC(probability=True, random_state=0), THREE, "predict_proba"),
        (OneVsRestClassifier(LogisticRegression()), TWO, "predict predict_proba"),
        (OneVsRestClassifier(SGDClassifier(random_state=0)), LABELS, "predict decision_function"),
        (OneVsRestClassifier(GaussianNB()), LABELS, "predict predict_proba"),
        (OneVsOneClassifier(GaussianNB()), THREE, "predict decision_function"),
        (OutputCodeClassifier(LogisticRegression(), random_state=0), TWO, "predict"),
        (CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=3), THREE, "predict_proba"),
        (CalibratedClassifierCV(GaussianNB(), method="temperature", cv=3), THREE, "predict_proba"),
        (
            VotingClassifier([("a", GaussianNB()), ("b", DecisionTreeClassifier(max_depth=2))]),
            THREE,
            "predict transform",
        ),
        (
            VotingClassifier(
                [("a", GaussianNB()), ("b", LogisticRegression())],
                voting="soft",
                flatten_transform=False,
            ),
            THREE,
            "predict predict_proba transform",
        ),
        (LabelPropagation(kernel="knn", n_neighbors=4), TWO, "predict predict_proba"),
        (LabelSpreading(kernel="knn", n_neighbors=4), TWO, "predict predict_proba"),
        (KNeighborsRegressor(p=0.3, algorithm="brute"), REAL, "predict"),
        (RadiusNeighborsRegressor(radius=None), REAL, "predict"),
        (QuantileTransformer(n_quantiles=20), None, "transform inverse_transform"),
        (
            QuantileTransformer(n_quantiles=20, output_distribution="normal"),
            None,
            "transform inverse_transform",
        ),
        (SelectKBest(f_classif, k=0), TWO, "transform"),
        (SparseRandomProjection(3, random_state=0), None, "transform inverse_transform"),
        (DictionaryLearning(3, random_state=0, split_sign=True), None, "transform"),
        (SparseCoder(X[:4]), None, "transform"),
        (LocallyLinearEmbedding(random_state=0), None, "transform"),
        (SkewedChi2Sampler(skewedness=30.0, random_state=0), None, "transform"),
        (PolynomialCountSketch(coef0=2.0, random_state=0), None, "transform"),
        (SplineTransformer(sparse_output=True, extrapolation="continue"), None, "transform"),
        (AffinityPropagation(random_state=0), None, "predict"),
    ],
    ids=lambda value: str(value).replace("\n", "")[:70] if hasattr(value, "get_params") else "",
)
@pytest.mark.filterwarnings("ignore")
def test_methods_agree(estimator: Any, target: Any, methods: str, dtype: str):
    fitted = estimator.fit(X) if target is None else estimator.fit(X, target)
    rows = np.concatenate([UNSEEN[:7], X[:5]]).astype(dtype)
    for method in methods.split():
        given = rows
        if method == "inverse_transform":
            given = fitted.transform(rows)
            given = given.toarray() if hasattr(given, "toarray") else given
        rtol = 1e-7 if isinstance(estimator, SkewedChi2Sampler) and dtype == "float32" else 1e-9
        assert_agrees(fitted, method, given, rtol=rtol)


def test_constant_splines_of_degree_0():
    splines = SplineTransformer(degree=0, sparse_output=True).fit(X)
    assert_agrees(splines, "transform", UNSEEN)


def test_sparse_components_from_float32():
    components = SparsePCA(3, random_state=0).fit(X)
    for rows in (X, X.astype(np.float32)):  # of one row, scikit-learn gives no row
        assert_agrees(components, "transform", rows, batches=(3, 7))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "estimator",
    [
        NMF(3, random_state=0),
        NMF(3, alpha_W=0.01, l1_ratio=0.5, random_state=0),
        NMF(3, solver="mu", alpha_W=0.01, random_state=0),
        NMF(3, solver="mu", beta_loss="kullback-leibler", alpha_W=0.01, l1_ratio=1, random_state=0),
        NMF(3, solver="mu", beta_loss="itakura-saito", max_iter=25, random_state=0),
        NMF(3, solver="mu", beta_loss=3, tol=0, max_iter=15, random_state=0),
        MiniBatchNMF(3, random_state=0),
        MiniBatchNMF(3, beta_loss=0.5, transform_max_iter=7, random_state=0),
        LatentDirichletAllocation(4, random_state=0),
        LatentDirichletAllocation(3, max_doc_update_iter=5, doc_topic_prior=0.7, random_state=0),
    ],
    ids=str,
)
def test_iterations_end_as_those_of_scikit_learn(estimator: Any, dtype: str):
    """How many they are depends on all rows of the batch."""
    rows = (np.abs(X) + 0.01).astype(dtype)
    fitted = estimator.fit(rows)
    unseen = (np.abs(UNSEEN) + 0.01).astype(dtype)
    assert_agrees(fitted, "transform", unseen, rtol=1e-9, rtol32=2e-4)


@pytest.mark.skipif(sklearn.__version__ < "1.9", reason="it gives NaN")
def test_probabilities_of_far_rows_are_equal():
    model = SGDClassifier(loss="log_loss", random_state=0).fit(X, THREE)
    model.intercept_ = model.intercept_ - 800.0
    is_far = model.decision_function(UNSEEN).max(axis=1) < -750
    assert is_far.any()
    assert not is_far.all()
    assert_agrees(model, "predict_proba", UNSEEN)


def test_branches_of_scikit_learn_do_not_follow_an_example():
    """Where all classes have no probability, it gives equal ones, and asks whether there is such a row."""
    path = "sklearn.linear_model._stochastic_gradient:SGDClassifier.predict_proba"
    model = SGDClassifier(loss="modified_huber", random_state=0).fit(X, THREE)
    assert_agrees(model, "predict_proba", UNSEEN * 5.0)
    with (
        replacing({path: lambda xp, self, X: NotImplemented}),
        pytest.raises(
            EstimatorError, match=r"scikit-learn asks whether any\(.*wrong for other rows"
        ),
    ):
        trace_estimator(model, "predict_proba", example=X)


def test_distances_from_centers_far_away_in_float32():
    rows = (X + 1e4).astype(np.float32)
    model = KMeans(3, random_state=0, n_init=1).fit(X + 1e4)
    assert_agrees(model, "transform", rows[:12], rtol=1e-7)


def test_factorizations_in_random_order_are_refused():
    model = NMF(2, shuffle=True, random_state=0).fit(np.abs(X))
    with pytest.raises(EstimatorError, match="draws a random order"):
        trace_estimator(model, "transform")


def test_topics_of_no_rows():
    model = LatentDirichletAllocation(3, max_iter=2, n_jobs=2, random_state=0).fit(np.abs(X))
    program = trace_estimator(model, "transform", batch="N>=0")
    for rows in (X[:0], X[:1], X):
        expected = model.transform(np.abs(rows)) if len(rows) else np.empty((0, 3))
        np.testing.assert_allclose(program(np.abs(rows)), expected, rtol=1e-12)


def test_isotonic_regression_beyond_its_ends():
    x = np.sort(RNG.normal(size=40))
    y = np.cumsum(RNG.normal(size=40) + 0.3)
    rows = np.concatenate([x[:5], [x[0] - 1, x[-1] + 1], RNG.normal(size=5)])[:, None]
    for out_of_bounds in ("nan", "clip"):
        for weights in (None, np.arange(1.0, 41.0)):
            model = IsotonicRegression(out_of_bounds=out_of_bounds).fit(x, y, weights)
            assert_agrees(model, "predict", rows)
            assert_agrees(model, "transform", rows.astype(np.float32))
    constant = IsotonicRegression(out_of_bounds="clip").fit(x, -y * 0.0)
    assert_agrees(constant, "predict", rows)


@pytest.mark.parametrize("out_of_bounds", ["nan", "clip"])
def test_isotonic_regression_of_float32(out_of_bounds: str):
    x = np.sort(RNG.normal(size=40)).astype(np.float32)
    y = np.cumsum(RNG.normal(size=40) + 0.3).astype(np.float32)
    model = IsotonicRegression(out_of_bounds=out_of_bounds).fit(x, y)
    rows = np.concatenate([x[:5], [x[0] - 1, x[-1] + 1], RNG.normal(size=200)]).astype(np.float32)
    result = trace_estimator(model, "predict", dtype="float32", n_features=1)(rows[:, None])
    np.testing.assert_array_equal(result, model.predict(rows), strict=True)


def test_isotonic_regression_tells_which_rows_are_out_of_bounds():
    model = IsotonicRegression(out_of_bounds="raise").fit([0.0, 1.0, 2.0], [0.0, 1.0, 3.0])
    program = trace_estimator(model, validity=True, n_features=1)
    assert program(np.asarray([[0.5], [3.0]]))["valid"].tolist() == [True, False]


def test_quantiles_that_repeat():
    rows = np.stack([RNG.integers(0, 4, 60), np.zeros(60), RNG.normal(size=60)], axis=1) * 1.0
    for distribution in ("uniform", "normal"):
        model = QuantileTransformer(n_quantiles=30, output_distribution=distribution).fit(rows)
        assert_agrees(model, "transform", rows[:12], rtol=1e-12)
        others = np.concatenate([rows[:4] + 0.25, [[-1.0, 1.0, np.nan]]])
        assert_agrees(model, "transform", others, rtol=1e-12, batches=(1, 5))


@pytest.mark.parametrize("keep_empty_features", [True, False])
def test_imputed_values_become_missing_again(keep_empty_features: bool):
    rows = X[:12].copy()
    rows[RNG.uniform(size=rows.shape) < 0.3] = np.nan
    imputer = SimpleImputer(add_indicator=True, keep_empty_features=keep_empty_features).fit(rows)
    assert_agrees(imputer, "inverse_transform", imputer.transform(rows), batches=(7, 12))


@pytest.mark.parametrize("strategy", ["uniform", "stratified"])
def test_random_labels_are_refused_with_the_reason(strategy: str):
    model = DummyClassifier(strategy=strategy).fit(X, TWO)
    with pytest.raises(EstimatorError, match="draws random labels"):
        trace_estimator(model)
