"""Nearest neighbors and densities: the distances, labels and numbers of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.neighbors import (
    KernelDensity,
    KNeighborsClassifier,
    KNeighborsRegressor,
    KNeighborsTransformer,
    LocalOutlierFactor,
    NearestCentroid,
    NearestNeighbors,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
    RadiusNeighborsTransformer,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator
from tests.helpers.estimators import DTYPES, assert_agrees

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
NEW = np.r_[RNG.normal(size=(9, 4)), X[:3]]  # some at distance 0
REAL = X[:, 0] + X[:, 1] ** 2
THREE = np.digitize(REAL, [0.0, 1.0])
NAMES = np.asarray(["low", "middle", "high"])[THREE]
BOTH = np.c_[THREE, X[:, 2] > 0]
FLAGS = (X > 0.3).astype(float)
PLACES = X[:, :2] / 2
VARIANCES = {"V": X.var(axis=0, ddof=1)}
COVARIANCE = {"V": np.cov(X.T)}

METRICS = [
    ("euclidean", None, X),
    ("sqeuclidean", None, X),
    ("manhattan", None, X),
    ("chebyshev", None, X),
    ("minkowski", {"p": 3}, X),
    ("minkowski", {"p": 1.5, "w": np.asarray([1.0, 2.0, 0.5, 0.0])}, X),
    ("seuclidean", VARIANCES, X),
    ("mahalanobis", COVARIANCE, X),
    ("mahalanobis", {"VI": np.linalg.inv(np.cov(X.T))}, X),
    ("canberra", None, X),
    ("braycurtis", None, X),
    ("cosine", None, X),
    ("correlation", None, X),
    ("haversine", None, PLACES),
    ("nan_euclidean", None, np.where(X > 1.5, np.nan, X)),
    ("hamming", None, np.round(X)),
]
BINARY = ["jaccard", "dice", "rogerstanimoto", "russellrao", "sokalsneath", "hamming"]


def distance_in(x, parameter: float = 2.0):
    return np.exp(-parameter * x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("metric", "parameters", "rows"),
    METRICS,
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_metrics(metric: str, parameters, rows: np.ndarray, dtype: str):
    own = {key: value for key, value in (parameters or {}).items() if key != "p"}
    model = NearestNeighbors(
        n_neighbors=4, metric=metric, metric_params=own or None, p=(parameters or {}).get("p", 2)
    ).fit(rows)
    new = (rows[:12] + 0.25 if metric != "hamming" else rows[40:52]).astype(dtype)
    check_distances(model, new)


@pytest.mark.parametrize("metric", BINARY)
def test_binary_metrics(metric: str):
    model = NearestNeighbors(n_neighbors=4, metric=metric).fit(FLAGS.astype(bool))
    check_distances(model, FLAGS[20:32])


def check_distances(model, rows: np.ndarray):
    """Distances are compared, and not which of equally far rows has them."""
    program = trace_estimator(model, ["kneighbors"], dtype=rows.dtype)
    distances, index = program(rows)["kneighbors"]
    expected = model.kneighbors(rows)[0]
    np.testing.assert_allclose(distances, expected, rtol=1e-12, atol=1e-12)
    assert index.dtype == np.int64


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("algorithm", ["kd_tree", "ball_tree", "brute"])
@pytest.mark.parametrize("weights", ["uniform", "distance", distance_in, None])
def test_classifiers(weights, algorithm: str, dtype: str):
    model = KNeighborsClassifier(weights=weights, algorithm=algorithm).fit(X, NAMES)
    # scikit-learn's distances by a matrix product are not 0 for equal rows
    rows = NEW + 0.1 if algorithm == "brute" else NEW
    for method in ("predict", "predict_proba"):
        assert_agrees(model, method, rows.astype(dtype))


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_outputs(weights: str):
    model = KNeighborsClassifier(4, weights=weights).fit(X, BOTH)
    for method in ("predict", "predict_proba"):
        assert_agrees(model, method, NEW)
    assert_agrees(KNeighborsRegressor(4, weights=weights).fit(X, BOTH), "predict", NEW)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weights", ["uniform", "distance", distance_in])
def test_regressors(weights, dtype: str):
    assert_agrees(
        KNeighborsRegressor(3, weights=weights).fit(X, REAL), "predict", NEW.astype(dtype)
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_radius_regressors(weights, dtype: str):
    model = RadiusNeighborsRegressor(1.5, weights=weights).fit(X, REAL)
    assert_agrees(model, "predict", NEW.astype(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("outlier", ["high", "most_frequent", "unknown"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.filterwarnings("ignore:Outlier label")
def test_radius_classifiers(weights: str, outlier: str, dtype: str):
    model = RadiusNeighborsClassifier(0.9, weights=weights, outlier_label=outlier)
    rows = NEW.copy()
    rows[0] += 100
    for method in ("predict", "predict_proba"):
        assert_agrees(model.fit(X, NAMES.astype("U9")), method, rows.astype(dtype))


def test_radius_classifiers_of_outputs():
    model = RadiusNeighborsClassifier(1.6, outlier_label=[0, 1]).fit(X, BOTH)
    for method in ("predict", "predict_proba"):
        assert_agrees(model, method, NEW + 1)


def test_no_neighbor_within_the_radius():
    real = RadiusNeighborsRegressor(0.5).fit(X, REAL)
    assert_agrees(real, "predict", NEW + 3)


@pytest.mark.parametrize("metric", ["manhattan", "chebyshev", "minkowski", "canberra"])
def test_radius_metrics(metric: str):
    model = RadiusNeighborsRegressor(2.0, metric=metric, p=3, weights="distance").fit(X, REAL)
    assert_agrees(model, "predict", NEW)


def test_the_border_belongs_to_the_radius():
    grid = RNG.integers(0, 4, (60, 3)).astype(float)
    for weights in ("uniform", "distance"):
        model = RadiusNeighborsRegressor(2.0, weights=weights).fit(grid, REAL[:60])
        assert_agrees(model, "predict", grid[:12])


@pytest.mark.parametrize("mode", ["distance", "connectivity"])
def test_graphs_are_dense(mode: str):
    assert_agrees(KNeighborsTransformer(n_neighbors=4, mode=mode).fit(X), "transform", NEW)
    assert_agrees(RadiusNeighborsTransformer(radius=1.2, mode=mode).fit(X), "transform", NEW)


def test_precomputed_distances():
    distances = np.linalg.norm(X[:, None] - X[None], axis=2)
    new = np.linalg.norm(NEW[:, None] - X[None], axis=2)
    for weights in ("uniform", "distance"):
        model = KNeighborsClassifier(metric="precomputed", weights=weights).fit(distances, THREE)
        assert_agrees(model, "predict", new)
        assert_agrees(model, "predict_proba", new)


def test_a_metric_of_the_user_is_refused():
    model = KNeighborsClassifier(metric=lambda a, b: np.abs(a - b).sum()).fit(X, THREE)
    with pytest.raises(EstimatorError, match="leaves the array API"):
        trace_estimator(model)


def test_in_a_pipeline():
    model = make_pipeline(StandardScaler(), KNeighborsClassifier()).fit(X, THREE)
    assert_agrees(model, "predict_proba", NEW)


# Ties


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("features", [3, 5, 6, 15, 19, 27])
def test_equal_rows_are_at_equal_distances(features: int, dtype: str):
    rng = np.random.default_rng(features)
    rows = np.repeat(rng.normal(size=(4, features)), [2, 3, 4, 5], axis=0).astype(dtype)
    new = np.r_[rng.normal(size=(9, features)), rows[[0, 2, 5]]].astype(dtype)
    model = KNeighborsClassifier(1, algorithm="brute").fit(rows, np.arange(len(rows)))
    assert_agrees(model, "predict", new)
    for metric in ("manhattan", "chebyshev", "minkowski"):
        same = KNeighborsClassifier(1, metric=metric, p=3, algorithm="brute")
        assert_agrees(same.fit(rows, np.arange(len(rows))), "predict", new)
    distances, _ = trace_estimator(NearestNeighbors(n_neighbors=14).fit(rows), ["kneighbors"])(
        new.astype(float)
    )["kneighbors"]
    assert all(len(np.unique(row)) <= 4 for row in distances)


def test_the_first_of_two_equal_rows():
    model = KNeighborsClassifier(1, algorithm="brute").fit([[-1.7, -1.3, -1.4]] * 2, [0, 1])
    rows = np.asarray([[0, 0, 0], [1, 1, 1], [-1, 2, 0.5]], float)
    assert trace_estimator(model)(rows).tolist() == [0, 0, 0]


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "chebyshev", "cosine"])
def test_the_first_rows_of_several_at_the_same_distance(metric: str):
    rng = np.random.default_rng(2)
    rows = rng.permutation(np.repeat(rng.integers(1, 4, (9, 3)), 3, axis=0)) / 3.0
    new = rng.integers(1, 4, (40, 3)) / 3.0
    model = NearestNeighbors(n_neighbors=4, metric=metric).fit(rows)
    distances, places = trace_estimator(model, ["kneighbors"])(new)["kneighbors"]
    for row, near in zip(distances, places, strict=True):
        for distance in np.unique(row):
            assert (np.diff(near[row == distance]) > 0).all()


@pytest.mark.parametrize("features", [3, 5, 15, 19, 27])
def test_equal_centers(features: int):
    rng = np.random.default_rng(features)
    rows, new = rng.normal(size=(30, features)), rng.normal(size=(200, features))
    model = KMeans(4, n_init=1, random_state=0).fit(rows)
    model.cluster_centers_[1:] = model.cluster_centers_[0]
    assert not trace_estimator(model)(new).any()
    nearest = NearestCentroid(shrink_threshold=50).fit(rows, np.arange(30) % 4)
    assert len(np.unique(nearest.centroids_, axis=0)) == 1
    assert not trace_estimator(nearest)(new).any()


def test_far_from_the_origin():
    far = X + 1e6
    assert_agrees(KNeighborsRegressor(weights="distance").fit(far, REAL), "predict", NEW + 1e6)


# Densities and outliers


@pytest.mark.parametrize(
    "kernel", ["gaussian", "tophat", "epanechnikov", "exponential", "linear", "cosine"]
)
@pytest.mark.parametrize("features", [1, 2, 4])
def test_densities(kernel: str, features: int):
    rows, new = X[:, :features].copy(), NEW[:, :features].copy()
    new[-1] += 9  # far from all
    for weights in (None, np.linspace(0.5, 2, len(rows))):
        model = KernelDensity(kernel=kernel, bandwidth=1.1).fit(rows, sample_weight=weights)
        assert_agrees(model, "score_samples", new)
        assert_agrees(model, "score_samples", new.astype("float32"))


def test_densities_of_another_metric():
    model = KernelDensity(metric="manhattan", kernel="exponential").fit(X)
    assert_agrees(model, "score_samples", NEW)


@pytest.mark.parametrize("dtype", DTYPES)
def test_local_outliers(dtype: str):
    model = LocalOutlierFactor(novelty=True, n_neighbors=7, contamination=0.2).fit(X)
    for method in ("predict", "decision_function", "score_samples"):
        assert_agrees(model, method, NEW.astype(dtype))


@pytest.mark.filterwarnings("ignore:Data was converted to boolean")
def test_yule_metric():
    rows = (X > 0).astype(float)
    graph = RadiusNeighborsTransformer(metric="yule", radius=0.7).fit(rows[:30])
    assert_agrees(graph, "transform", rows[30:42])


@pytest.mark.filterwarnings("ignore:One or more samples have no neighbors")
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("algorithm", ["kd_tree", "ball_tree", "brute"])
@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean", "manhattan", "chebyshev"])
def test_rows_at_the_radius_itself(metric: str, algorithm: str, weights: str):
    """Sums of tenths reach the radius up to rounding, and the order of the sums decides."""
    if metric == "sqeuclidean" and algorithm != "brute":
        pytest.skip("scikit-learn has no trees of squared distances")
    rows, y = load_iris(return_X_y=True)
    # without a tree a matrix product decides, which differs in the last bits: no sum reaches this radius
    radius = 1.255 if algorithm == "brute" else 1.3
    # and on some processors equal rows are 1e-7 apart for scikit-learn
    near = 1e-4 if algorithm == "brute" else 1e-12
    model = RadiusNeighborsRegressor(radius, metric=metric, algorithm=algorithm, weights=weights)
    model.fit(rows[::2], y[::2] * 1.0)
    np.testing.assert_allclose(trace_estimator(model)(rows), model.predict(rows), near, near)
    graph = RadiusNeighborsTransformer(radius=radius, metric=metric, algorithm=algorithm)
    graph.fit(rows[::2])
    np.testing.assert_allclose(
        trace_estimator(graph, "transform")(rows), graph.transform(rows).toarray(), near, near
    )


@pytest.mark.parametrize("count", [330, 1201, 4096])
def test_many_fitted_rows(count: int):
    """They are searched by groups, and of rows at the same distance the first ones are found."""
    rng = np.random.default_rng(count)
    fitted = rng.integers(-3, 4, size=(count, 3)).astype(float)
    rows = np.concatenate([rng.integers(-4, 5, size=(40, 3)), rng.normal(size=(40, 3))])
    squares = ((rows[:, None, :] - fitted) ** 2).sum(axis=2)
    order = np.argsort(squares, axis=1, kind="stable")[:, :5]
    program = trace_estimator(NearestNeighbors(algorithm="brute").fit(fitted), ["kneighbors"])
    assert program.rowwise
    for part in (slice(None), slice(0, 1)):
        distances, index = program(rows[part])["kneighbors"]
        np.testing.assert_array_equal(index[:40], order[part][:40])  # others round
        expected = np.sqrt(np.take_along_axis(squares, order, axis=1))[part]
        np.testing.assert_allclose(distances, expected, rtol=1e-12)


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e300])
def test_rows_without_distances(number: float):
    """scikit-learn raises; here some neighbors are found."""
    fitted = RNG.normal(size=(1201, 3))
    program = trace_estimator(NearestNeighbors(algorithm="brute").fit(fitted), ["kneighbors"])
    _, index = program(np.full((2, 3), number))["kneighbors"]
    assert ((index >= 0) & (index < 1201)).all()


@pytest.mark.parametrize("p", [0.0015, 0.01, 0.3, 1, 3])
@pytest.mark.parametrize("features", [1, 4])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.filterwarnings("ignore:Mind that")
def test_powers_of_float32(p: float, features: int, weights: str):
    """Among all rows, scikit-learn rounds sums and distances to float32, whose largest number is 3e38."""
    rows = X[:, :features].astype(np.float32)
    new = NEW[:9, :features].astype(np.float32)
    model = KNeighborsRegressor(3, p=p, weights=weights, algorithm="brute").fit(rows, REAL)
    distances, _ = trace_estimator(model, ["kneighbors"], dtype="float32")(new)["kneighbors"]
    np.testing.assert_allclose(distances, model.kneighbors(new)[0], rtol=1e-6)
    prediction = trace_estimator(model, dtype="float32")(new)
    np.testing.assert_allclose(prediction, model.predict(new), rtol=1e-5)


@pytest.mark.parametrize("fitted", ["float32", "float64"])
@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.filterwarnings("ignore:Mind that")
def test_distances_that_are_infinite(fitted: str):
    """Of rows in another dtype than the fitted ones, infinite distances are equal: the first rows are found."""
    model = KNeighborsClassifier(5, p=0.0015, algorithm="brute").fit(X.astype(fitted), NAMES)
    other = "float64" if fitted == "float32" else "float32"
    distances, index = trace_estimator(model, ["kneighbors"], dtype=other)(NEW.astype(other))[
        "kneighbors"
    ]
    expected, places = model.kneighbors(NEW.astype(other))
    np.testing.assert_array_equal(index, places)
    np.testing.assert_allclose(distances, expected, rtol=1e-6)


@pytest.mark.parametrize("fitted", ["float64", "float32", "int64"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "metric",
    ["braycurtis", "canberra", "chebyshev", "cosine", "correlation", "manhattan", "sqeuclidean"],
)
def test_dtypes_of_fitted_rows(metric: str, dtype: str, fitted: str):
    """scikit-learn computes distances by itself or by scipy, as the dtypes of rows say."""
    rng = np.random.default_rng(3)
    rows = (10 * rng.normal(size=(60, 4))).astype(fitted)
    model = KNeighborsRegressor(4, metric=metric, algorithm="brute", weights="distance")
    model.fit(rows, rng.normal(size=60))
    queries = (10 * rng.normal(size=(20, 4))).astype(dtype)
    found = trace_estimator(model, "predict", dtype=dtype)(queries)
    rtol = 1e-5 if dtype == fitted == "float32" else 1e-10  # some sums of float32 are of float32
    np.testing.assert_allclose(found, model.predict(queries), rtol=rtol)


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan", "nan_euclidean"])
def test_dtypes_of_distances(metric: str):
    rows = np.random.default_rng(5).normal(size=(30, 3)).astype(np.float32)
    nearest = NearestNeighbors(n_neighbors=2, metric=metric).fit(rows)
    within = RadiusNeighborsTransformer(radius=0.5, metric=metric).fit(rows)
    weighted = KNeighborsRegressor(2, metric=metric, weights="distance").fit(rows, rows[:, 0])
    for model, method in ((nearest, "kneighbors"), (within, "transform"), (weighted, "predict")):
        expected = getattr(model, method)(rows[:5] + 1)
        found = next(iter(trace_estimator(model, [method], dtype="float32")(rows[:5] + 1).values()))
        if method == "kneighbors":
            expected, found = expected[0], found[0]
        expected = expected.toarray() if hasattr(expected, "toarray") else expected
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
