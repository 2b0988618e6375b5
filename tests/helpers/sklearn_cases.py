"""The inference methods of scikit-learn that are array API code: 128 cases, as data.

A case is a fitted estimator and one of its methods, or a function of arrays, with the input to call it
on. Estimators are fitted by numpy, once for each dtype, when they are first asked for.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import (
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    RidgeCV,
)
from sklearn.metrics import pairwise
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KernelCenterer,
    LabelBinarizer,
    LabelEncoder,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.utils import extmath

ROWS = 60
FEATURES = 5
Data = dict[str, np.ndarray]


@functools.cache
def data(dtype: str) -> Data:
    """Return what estimators are fitted on: rows, and targets of several kinds."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, FEATURES))
    slopes = rng.normal(size=(FEATURES, 3))
    scores = X @ slopes + rng.normal(size=(ROWS, 3)) / 2
    y3 = np.argmax(scores, axis=1)
    return {
        "X": X.astype(dtype),
        "positive": np.abs(X).astype(dtype),
        "kernel": (X @ X.T).astype(dtype),
        "target": (scores[:, 0] + 1).astype(dtype),
        "targets": scores.astype(dtype),
        "counts": rng.poisson(np.exp(scores[:, 0] / 4)).astype(dtype),
        "two": (scores[:, 0] > 0).astype(np.int64),
        "three": np.array([10, 20, 35])[y3],
        "codes": y3,
        "text": np.array(["no", "yes"])[(scores[:, 0] > 0).astype(int)],
    }


@dataclass(frozen=True)
class Case:
    """One method to trace.

    Attributes
    ----------
    name, method : str
        As in the table; ``"call"`` where a function is the case.
    factory : callable
        Makes the estimator, unfitted; or the function.
    fit_on : tuple of str
        What of `data` to fit on.
    rows : str
        What of `data` to call the method on, unless `made` says it.
    made : callable or None
        Makes the input from the fitted estimator and the data.
    """

    name: str
    method: str
    factory: Callable[[], Any]
    fit_on: tuple[str, ...] = ()
    rows: str = "X"
    made: Callable[[Any, Data], np.ndarray] | None = None

    @property
    def id(self) -> str:
        """The name of the case in a test."""
        return f"{self.name}.{self.method}"

    def fitted(self, dtype: str) -> Any:
        """Return the fitted estimator, which other cases share; or the function."""
        return self.factory() if self.method == "call" else _fitted(self, dtype)

    def input(self, dtype: str) -> np.ndarray:
        """Return rows to call the method on."""
        if self.made is None:
            return data(dtype)[self.rows]
        return np.asarray(self.made(self.fitted(dtype), data(dtype)))


_FITTED: dict[tuple[str, str], Any] = {}


def _fitted(case: Case, dtype: str) -> Any:
    key = case.name, dtype
    if key not in _FITTED:
        given = data(dtype)
        with warnings.catch_warnings(), config_context(enable_metadata_routing=False):
            warnings.simplefilter("ignore")
            _FITTED[key] = case.factory().fit(*(given[part] for part in case.fit_on))
    return _FITTED[key]


def _transformed(estimator: Any, given: Data) -> np.ndarray:
    return estimator.transform(given["X"])


CASES: list[Case] = []


def _case(
    name: str,
    factory: Callable[[], Any],
    methods: str,
    *fit_on: str,
    rows: str = "X",
    made: Callable[[Any, Data], np.ndarray] | None = None,
) -> None:
    for method in methods.split():
        make = _transformed if method == "inverse_transform" and made is None else made
        CASES.append(Case(name, method, factory, fit_on, rows, make))


CLASSIFIER = "predict predict_proba predict_log_proba decision_function"
BOTH_WAYS = "transform inverse_transform"

_case("Binarizer", lambda: Binarizer(threshold=0.1), "transform", "X")
for norm in ("l1", "l2", "max"):
    _case(f"Normalizer({norm})", lambda norm=norm: Normalizer(norm=norm), "transform", "X")
_case("StandardScaler", StandardScaler, BOTH_WAYS, "X")
_case("StandardScaler(no mean)", lambda: StandardScaler(with_mean=False), BOTH_WAYS, "X")
_case("MinMaxScaler", MinMaxScaler, BOTH_WAYS, "X")
_case("MinMaxScaler(clip)", lambda: MinMaxScaler((0.2, 0.8), clip=True), "transform", "X")
_case("MaxAbsScaler", MaxAbsScaler, BOTH_WAYS, "X")
_case("PolynomialFeatures(2)", lambda: PolynomialFeatures(2), "transform", "X")
_case(
    "PolynomialFeatures(3,inter,nobias)",
    lambda: PolynomialFeatures(3, interaction_only=True, include_bias=False),
    "transform",
    "X",
)
_case("KernelCenterer", KernelCenterer, "transform", "kernel", rows="kernel")
_case("LabelEncoder(int)", LabelEncoder, "transform", "three", rows="three")
_case(
    "LabelEncoder(int)",
    LabelEncoder,
    "inverse_transform",
    "three",
    made=lambda encoder, given: encoder.transform(given["three"]),
)
_case("LabelBinarizer(int)", LabelBinarizer, "transform", "three", rows="three")
_case(
    "LabelBinarizer(int)",
    LabelBinarizer,
    "inverse_transform",
    "three",
    made=lambda binarizer, given: binarizer.transform(given["three"]),
)
_case("Ridge(svd)", lambda: Ridge(solver="svd"), "predict", "X", "target")
_case("Ridge(svd,multi)", lambda: Ridge(solver="svd"), "predict", "X", "targets")
_case(
    "Ridge(svd,no intercept)",
    lambda: Ridge(solver="svd", fit_intercept=False),
    "predict",
    "X",
    "target",
)
_case("RidgeCV", RidgeCV, "predict", "X", "target")
_case("RidgeClassifier(2)", RidgeClassifier, "predict decision_function", "X", "two")
_case("RidgeClassifier(3)", RidgeClassifier, "predict decision_function", "X", "three")
_case("RidgeClassifierCV(3)", RidgeClassifierCV, "predict decision_function", "X", "three")
_case("LogisticRegression(2)", LogisticRegression, CLASSIFIER, "X", "two")
_case("LogisticRegression(3)", LogisticRegression, CLASSIFIER, "X", "three")
_case("LogisticRegression(str)", LogisticRegression, "predict", "X", "text")
_case("PoissonRegressor", PoissonRegressor, "predict", "X", "counts")
_case("LDA(2)", LinearDiscriminantAnalysis, f"{CLASSIFIER} transform", "X", "two")
_case("LDA(3)", LinearDiscriminantAnalysis, f"{CLASSIFIER} transform", "X", "three")
_case(
    "GaussianNB(2)",
    GaussianNB,
    "predict predict_proba predict_log_proba predict_joint_log_proba",
    "X",
    "two",
)
_case("GaussianNB(3)", GaussianNB, "predict predict_proba predict_log_proba", "X", "three")
for kind in ("full", "tied", "diag", "spherical"):
    _case(
        f"GaussianMixture({kind})",
        lambda kind=kind: GaussianMixture(2, covariance_type=kind, random_state=0),
        "predict predict_proba score_samples",
        "X",
    )
for name, make in {
    "full": lambda: PCA(3, svd_solver="full"),
    "full,whiten": lambda: PCA(3, svd_solver="full", whiten=True),
    "covariance_eigh": lambda: PCA(3, svd_solver="covariance_eigh"),
    "randomized,QR": lambda: PCA(
        3, svd_solver="randomized", power_iteration_normalizer="QR", random_state=0
    ),
}.items():
    _case(f"PCA({name})", make, f"{BOTH_WAYS} score_samples", "X")
for kernel in ("rbf", "linear", "polynomial", "sigmoid", "cosine", "chi2", "additive_chi2"):
    rows = "positive" if "chi2" in kernel else "X"
    _case(
        f"Nystroem({kernel})",
        lambda kernel=kernel: Nystroem(kernel=kernel, n_components=4, random_state=0),
        "transform",
        rows,
        rows=rows,
    )
_case(
    "CalibratedClassifierCV(temp)",
    lambda: CalibratedClassifierCV(LogisticRegression(), method="temperature", cv=2),
    "predict predict_proba",
    "X",
    "codes",  # its loss reads memory that is not its own for labels other than 0, 1, 2 (1.9.1)
)
_case("GridSearchCV(Ridge)", lambda: _search(GridSearchCV, _ridge()), "predict", "X", "target")
_case(
    "GridSearchCV(LogReg)",
    lambda: _search(GridSearchCV, LogisticRegression(), "C"),
    CLASSIFIER,
    "X",
    "three",
)
_case(
    "RandomizedSearchCV(Ridge)",
    lambda: _search(RandomizedSearchCV, _ridge(), n_iter=2, random_state=0),
    "predict",
    "X",
    "target",
)
for search in (HalvingGridSearchCV, HalvingRandomSearchCV):
    _case(
        f"{search.__name__.removesuffix('CV')}CV(Ridge)",
        lambda search=search: _search(search, _ridge(), random_state=0),
        "predict",
        "X",
        "target",
    )
_case(
    "Pipeline(scale,poly,ridge)",
    lambda: make_pipeline(StandardScaler(), PolynomialFeatures(2), _ridge()),
    "predict",
    "X",
    "target",
)
_case(
    "Pipeline(scale,pca,logreg)",
    lambda: make_pipeline(StandardScaler(), PCA(3), LogisticRegression()),
    CLASSIFIER,
    "X",
    "three",
)
_case(
    "Pipeline(minmax,nystroem,lda)",
    lambda: make_pipeline(
        MinMaxScaler(), Nystroem(n_components=10, random_state=0), LinearDiscriminantAnalysis()
    ),
    CLASSIFIER,
    "X",
    "three",
)
_case(
    "FeatureUnion(scale,pca)",
    lambda: FeatureUnion([("scale", StandardScaler()), ("pca", PCA(2))]),
    "transform",
    "X",
)
_case("FunctionTransformer(identity)", FunctionTransformer, "transform", "X")


def _ridge() -> Ridge:
    return Ridge(solver="svd")


def _search(search: Any, estimator: Any, parameter: str = "alpha", **how: Any) -> Any:
    return search(estimator, {parameter: [0.1, 1.0, 10.0]}, cv=2, **how)


def _call(name: str, function: Callable[[Any, Any], Any], rows: str = "X") -> None:
    """Add a function of rows and a constant matrix, which it takes of the rows' namespace and dtype."""
    CASES.append(Case(name, "call", lambda: _Function(function, rows), rows=rows))


class _Function:
    """A function of rows beside constant others."""

    def __init__(self, function: Callable[[Any, Any], Any], rows: str) -> None:
        self.function = function
        self.rows = rows

    def __call__(self, X: Any) -> Any:
        constant = data(str(X.dtype))[self.rows][:8] + np.dtype(X.dtype).type(0.125)
        return self.function(X, X.__array_namespace__().asarray(constant))


for name in (
    "euclidean_distances cosine_similarity cosine_distances linear_kernel polynomial_kernel rbf_kernel "
    "sigmoid_kernel"
).split():
    _call(f"{name}(X,const)", getattr(pairwise, name))
_call("euclidean_distances(sq)", lambda X, C: pairwise.euclidean_distances(X, C, squared=True))
_call("euclidean_distances(X,X)", lambda X, C: pairwise.euclidean_distances(X, X))
for name in ("chi2_kernel", "additive_chi2_kernel"):
    _call(f"{name}(X,const)", getattr(pairwise, name), "positive")
for metric in ("euclidean", "cosine", "l2", "manhattan"):
    _call(
        f"pairwise_distances({metric})",
        lambda X, C, metric=metric: pairwise.pairwise_distances(X, C, metric=metric),
    )
_call("pairwise_kernels(rbf)", lambda X, C: pairwise.pairwise_kernels(X, C, metric="rbf"))
_call("paired_euclidean(X,2X)", lambda X, C: pairwise.paired_euclidean_distances(X, 2 * X))
_call("paired_cosine(X,2X+1)", lambda X, C: pairwise.paired_cosine_distances(X, 2 * X + 1))
_call("extmath.softmax", lambda X, C: extmath.softmax(X))
