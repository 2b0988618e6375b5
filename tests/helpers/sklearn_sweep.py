"""Every estimator of scikit-learn with default parameters: each method is traced right, or refused."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import onnxruntime as ort
from sklearn.utils import all_estimators

import onnxp as xp
from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator
from tests.helpers.sklearn_cases import data

METHODS = (
    "predict predict_proba predict_log_proba decision_function score_samples transform inverse_transform"
).split()
BATCHES = (1, 3, 12)
ESTIMATORS: dict[str, type] = dict(all_estimators())
ESTIMATORS.pop(
    "IterativeImputer", None
)  # it is there if another test enabled it before: test_imputation

# What scikit-learn's own tests give those that need an estimator, or columns.
_REGRESSOR = "LinearRegression"
_NEEDED: dict[str, dict[str, Any]] = {
    "ColumnTransformer": {
        "transformers": [("a", "StandardScaler", [0, 2])],
        "remainder": "passthrough",
    },
    "FeatureUnion": {"transformer_list": [("a", "StandardScaler"), ("b", "MinMaxScaler")]},
    "GridSearchCV": {"estimator": "Ridge", "param_grid": {"alpha": [0.1, 1.0]}},
    "HalvingGridSearchCV": {"estimator": "Ridge", "param_grid": {"alpha": [0.1, 1.0]}},
    "HalvingRandomSearchCV": {"estimator": "Ridge", "param_distributions": {"alpha": [0.1, 1.0]}},
    "MultiOutputRegressor": {"estimator": _REGRESSOR},
    "Pipeline": {"steps": [("a", "StandardScaler"), ("b", "LogisticRegression")]},
    "RandomizedSearchCV": {
        "estimator": "Ridge",
        "param_distributions": {"alpha": [0.1, 1.0]},
        "n_iter": 2,
    },
    "RegressorChain": {"estimator": _REGRESSOR},
    "SparseCoder": {"dictionary": np.eye(5)},
    "StackingClassifier": {"estimators": [("a", "LogisticRegression"), ("b", "GaussianNB")]},
    "StackingRegressor": {"estimators": [("a", "Ridge"), ("b", _REGRESSOR)]},
    "VotingClassifier": {
        "estimators": [("a", "LogisticRegression"), ("b", "GaussianNB")],
        "voting": "soft",
    },
    "VotingRegressor": {"estimators": [("a", "Ridge"), ("b", _REGRESSOR)]},
}
_WRAPPERS = (
    "CalibratedClassifierCV ClassifierChain FixedThresholdClassifier MultiOutputClassifier OneVsOneClassifier "
    "OneVsRestClassifier OutputCodeClassifier RFE RFECV SelectFromModel SelfTrainingClassifier "
    "SequentialFeatureSelector TunedThresholdClassifierCV"
).split()
_TARGETS = (
    ("X", "three"),
    ("X", "two"),
    ("X", "target"),
    ("positive", "counts"),
    ("X", "targets"),
    ("positive", "three"),
    ("kernel", "three"),
    ("three", ""),
    ("X", "labels"),
)


class Outcome(NamedTuple):
    """What became of one method: ``"right"``, ``"refused"`` with the error's text, or ``"wrong"``."""

    method: str
    what: str
    detail: str = ""


def fitted(name: str) -> tuple[Any, str] | None:
    """Return a fitted estimator and which data it was fitted on; None if it takes none of them."""
    given = {**data("float64"), "labels": np.eye(3, dtype=int)[data("float64")["codes"]]}
    parameters = _made(
        _NEEDED.get(name, {"estimator": "LogisticRegression"} if name in _WRAPPERS else {})
    )
    for rows, target in _TARGETS:
        try:
            estimator = ESTIMATORS[name](**parameters)
            if "random_state" in estimator.get_params():
                estimator.set_params(random_state=0)
            estimator.fit(given[rows], given[target]) if target else estimator.fit(given[rows])
        except Exception:
            continue
        return estimator, rows
    return None


# With scikit-learn 1.9, by how many methods of an estimator are traced right.
RIGHT = {
    1: """
        ARDRegression AdaBoostRegressor AdditiveChi2Sampler AffinityPropagation BaggingRegressor
        BayesianRidge BernoulliRBM Binarizer ColumnTransformer DecisionTreeRegressor DummyRegressor
        ElasticNet ElasticNetCV ExtraTreeRegressor ExtraTreesRegressor FeatureUnion GammaRegressor
        GaussianProcessRegressor GradientBoostingRegressor GridSearchCV HalvingGridSearchCV
        HalvingRandomSearchCV HistGradientBoostingRegressor HuberRegressor Isomap KNNImputer
        KNeighborsRegressor KNeighborsTransformer KernelCenterer KernelDensity KernelPCA KernelRidge
        Lars LarsCV Lasso LassoCV LassoLars LassoLarsCV LassoLarsIC LinearRegression LinearSVR
        LatentDirichletAllocation LocallyLinearEmbedding MLPRegressor MeanShift MissingIndicator
        MultiOutputRegressor MultiTaskElasticNet MultiTaskElasticNetCV MultiTaskLasso
        MultiTaskLassoCV NeighborhoodComponentsAnalysis Normalizer NuSVR Nystroem
        OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV OutputCodeClassifier PLSSVD
        PassiveAggressiveRegressor PoissonRegressor PolynomialCountSketch PolynomialFeatures
        QuantileRegressor RANSACRegressor RBFSampler RadiusNeighborsRegressor
        RadiusNeighborsTransformer RandomForestRegressor RandomTreesEmbedding RandomizedSearchCV
        RegressorChain Ridge RidgeCV SGDRegressor SVR SimpleImputer SplineTransformer TargetEncoder
        TfidfTransformer TheilSenRegressor TransformedTargetRegressor TweedieRegressor
    """,
    2: """
        Birch BisectingKMeans CalibratedClassifierCV DictionaryLearning FactorAnalysis FastICA
        FeatureAgglomeration FunctionTransformer GaussianProcessClassifier GenericUnivariateSelect
        IncrementalPCA KBinsDiscretizer KMeans KNeighborsClassifier LabelBinarizer LabelEncoder
        LabelPropagation LabelSpreading LinearSVC MaxAbsScaler MinMaxScaler
        MiniBatchDictionaryLearning MiniBatchKMeans MiniBatchNMF MiniBatchSparsePCA
        MultiOutputClassifier NMF NuSVC
        OneHotEncoder OneVsOneClassifier OrdinalEncoder PassiveAggressiveClassifier Perceptron
        PowerTransformer QuantileTransformer RadiusNeighborsClassifier RidgeClassifier
        RidgeClassifierCV RobustScaler SGDClassifier SVC SelectFdr SelectFpr SelectFromModel
        SelectFwe SelectKBest SelectPercentile SequentialFeatureSelector SparseCoder SparsePCA
        StackingRegressor StandardScaler TruncatedSVD VarianceThreshold VotingRegressor
    """,
    3: """
        BaggingClassifier BayesianGaussianMixture BernoulliNB CCA CategoricalNB ComplementNB
        DecisionTreeClassifier DummyClassifier EllipticEnvelope ExtraTreeClassifier
        ExtraTreesClassifier GaussianMixture GaussianNB HistGradientBoostingClassifier
        IsolationForest MLPClassifier MultinomialNB OneClassSVM OneVsRestClassifier PCA PLSCanonical
        PLSRegression RandomForestClassifier SGDOneClassSVM VotingClassifier
    """,
    4: """
        AdaBoostClassifier ClassifierChain FixedThresholdClassifier GradientBoostingClassifier
        LogisticRegression LogisticRegressionCV NearestCentroid Pipeline
        QuadraticDiscriminantAnalysis SelfTrainingClassifier StackingClassifier
        TunedThresholdClassifierCV
    """,
    5: """
        LinearDiscriminantAnalysis
    """,
    6: """
        RFE RFECV
    """,
}
LEAST = {name: count for count, names in RIGHT.items() for name in names.split()}


def _made(parameter: Any) -> Any:
    """Return parameters with estimators in place of their names."""
    if isinstance(parameter, str) and parameter in ESTIMATORS:
        return ESTIMATORS[parameter]()
    if isinstance(parameter, dict):
        return {key: _made(value) for key, value in parameter.items()}
    if isinstance(parameter, list | tuple):
        return type(parameter)(_made(part) for part in parameter)
    return parameter


def outcomes(name: str) -> Iterator[Outcome]:
    """Try each method of an estimator."""
    if not any(hasattr(ESTIMATORS[name], method) for method in METHODS):
        return  # such as TSNE, which takes seconds to fit
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = fitted(name)
        if found is None:
            return
        estimator, kind = found
        for method in METHODS:
            if hasattr(estimator, method):
                outcome = _outcome(estimator, method, data("float64")[kind])
                if outcome is not None:
                    yield outcome


def _outcome(estimator: Any, method: str, rows: np.ndarray) -> Outcome | None:
    try:
        if method == "inverse_transform":
            rows = _dense(estimator.transform(rows))
        batches = [rows[:size] for size in BATCHES]
        expected = [getattr(estimator, method)(batch) for batch in batches]
    except Exception:  # scikit-learn itself does not
        return None
    if getattr(rows, "dtype", np.dtype(object)).kind not in "fi":
        return None
    spec = xp.spec(("N", *rows.shape[1:]), rows.dtype)
    try:
        program = trace_estimator(estimator, [method], spec=spec)
    except EstimatorError as error:
        return Outcome(method, "refused", str(error))
    session = ort.InferenceSession(program.model.SerializeToString())
    for batch, wanted in zip(batches, expected, strict=True):
        found = session.run(None, {"X": batch})
        for one, other in zip(found, wanted if isinstance(wanted, list) else [wanted], strict=True):
            dense = np.asarray(_dense(other))
            if len(batch) == 1 and dense.ndim == one.ndim - 1:
                dense = dense[None]  # SparsePCA gives a row of its own without its first axis
            difference = _difference(one, dense)
            if difference:
                return Outcome(method, "wrong", f"{len(batch)} rows: {difference}")
    return Outcome(method, "right")


def _dense(result: Any) -> Any:
    """Return a result without sparse arrays, which models do not have."""
    return result.toarray() if hasattr(result, "toarray") else result


def _difference(found: np.ndarray, wanted: np.ndarray) -> str:
    if found.shape != wanted.shape:
        return f"shape {found.shape} instead of {wanted.shape}"
    if wanted.dtype.kind in "OU":
        return "" if [*map(str, found)] == [*map(str, wanted)] else "other labels"
    close = np.isclose(found, wanted, 1e-7, 1e-7 * np.abs(wanted).max(initial=1.0), equal_nan=True)
    return "" if close.all() else f"off by {np.abs(found - wanted).max()}"
