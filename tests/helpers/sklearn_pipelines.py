"""Pipelines as people write them: frames of mixed columns, text, numbers with missing values."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import onnxruntime as ort
import pandas as pd
from sklearn import (
    calibration,
    cluster,
    decomposition,
    ensemble,
    gaussian_process,
    kernel_approximation,
    linear_model,
    multiclass,
    multioutput,
    naive_bayes,
    neighbors,
    neural_network,
    svm,
    tree,
)
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import (
    RFE,
    SelectFromModel,
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
    chi2,
    f_classif,
    f_regression,
    mutual_info_classif,
)
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, TunedThresholdClassifierCV
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator
from tests.helpers.sklearn_outcomes import dense, difference_of

ROWS = 160


def frame(seed: int) -> pd.DataFrame:
    """Return a table of passengers, whose columns have six dtypes, some with missing values."""
    rng = np.random.default_rng(seed)
    words = ["late", "Cabin", "nice", "été", "food", "cold", "staff", "no", "again", "7"]
    age = rng.normal(35, 12, ROWS).round(1)
    age[rng.uniform(size=ROWS) < 0.15] = np.nan
    fare = rng.lognormal(3, 1, ROWS)
    fare[rng.uniform(size=ROWS) < 0.05] = np.nan
    port = rng.choice(["S", "C", "Q"], ROWS).astype(object)
    port[rng.uniform(size=ROWS) < 0.1] = None
    return pd.DataFrame(
        {
            "age": age,
            "fare": fare,
            "weight": rng.normal(70, 9, ROWS).astype(np.float32),
            "relatives": rng.integers(0, 5, ROWS),
            "sex": rng.choice(["male", "female"], ROWS),
            "port": port,
            "deck": pd.Categorical(
                rng.choice(["A", "B", "C", "D"], ROWS, p=[0.6, 0.3, 0.07, 0.03])
            ),
            "insured": rng.integers(0, 2, ROWS).astype(bool),
            "note": [" ".join(rng.choice(words, rng.integers(1, 7))) for _ in range(ROWS)],
        }
    )


class Target(NamedTuple):
    """Targets of the rows of a table."""

    two: np.ndarray
    text: np.ndarray
    real: np.ndarray
    several: np.ndarray
    labels: np.ndarray


def targets(table: pd.DataFrame) -> Target:
    """Return what to predict."""
    rng = np.random.default_rng(5)
    real = (
        table["age"].fillna(30) / 10
        + (table["sex"] == "male") * 2.0
        + table["relatives"] * 0.5
        + rng.normal(size=len(table))
    ).to_numpy()
    two = (real > np.median(real)).astype(int)
    text = np.asarray(["low", "mid", "high"])[np.digitize(real, np.quantile(real, [0.3, 0.7]))]
    several = np.stack([real, real**2 / 5 + rng.normal(size=len(table))], axis=1)
    labels = np.stack([two, (table["fare"].fillna(0) > 20).astype(int)], axis=1)
    return Target(two, text, real, several, labels)


NUMBERS = ["age", "fare", "weight", "relatives"]
TEXT = ["sex", "port"]


def impute() -> Any:
    """Return what numbers usually go through."""
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler())


def mixed(
    *, numbers: Any = None, text: Any = None, also: tuple[Any, ...] = (), **options: Any
) -> Any:
    """Return the usual transformer of mixed columns."""
    encoder = text or OneHotEncoder(handle_unknown="ignore")
    return make_column_transformer(
        (numbers or impute(), NUMBERS), (encoder, TEXT), *also, **options
    )


def _log_fare(df: Any) -> Any:
    return np.log1p(df)


def _family(df: pd.DataFrame) -> pd.DataFrame:
    return df.assign(ratio=df["fare"] / (df["relatives"] + 1), old=df["age"] > 50)


_BOTH = "predict predict_proba"
Made = Callable[[], Any]
PIPELINES: dict[str, tuple[Made, str, str]] = {
    "logistic regression of mixed columns": (
        lambda: make_pipeline(mixed(), linear_model.LogisticRegression()),
        "two",
        _BOTH,
    ),
    "forest, first category dropped, remainder kept": (
        lambda: make_pipeline(
            mixed(
                text=OneHotEncoder(drop="first", sparse_output=False),
                also=(("drop", ["deck", "note"]),),
                remainder="passthrough",
            ),
            ensemble.RandomForestClassifier(20, random_state=0),
        ),
        "text",
        _BOTH,
    ),
    "histogram boosting of ordinal codes": (
        lambda: make_pipeline(
            make_column_transformer(
                ("passthrough", NUMBERS),
                (
                    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
                    [*TEXT, "deck"],
                ),
            ),
            ensemble.HistGradientBoostingClassifier(
                max_iter=15, categorical_features=[4, 5, 6], random_state=0
            ),
        ),
        "two",
        _BOTH,
    ),
    "histogram boosting of a frame's categories": (
        lambda: make_pipeline(
            make_column_transformer(("passthrough", [*NUMBERS, "deck"])).set_output(
                transform="pandas"
            ),
            ensemble.HistGradientBoostingRegressor(
                max_iter=15, categorical_features="from_dtype", random_state=0
            ),
        ),
        "real",
        "predict",
    ),
    "target encoding and boosting": (
        lambda: make_pipeline(
            make_column_transformer(
                (TargetEncoder(random_state=0), [*TEXT, "deck"]), (impute(), NUMBERS)
            ),
            ensemble.GradientBoostingClassifier(n_estimators=15, random_state=0),
        ),
        "two",
        _BOTH + " decision_function",
    ),
    "infrequent categories and a linear support vector machine": (
        lambda: make_pipeline(
            mixed(
                text=OneHotEncoder(
                    min_frequency=10, handle_unknown="infrequent_if_exist", sparse_output=False
                ),
                also=((OneHotEncoder(max_categories=2), ["deck"]),),
            ),
            svm.LinearSVC(),
        ),
        "text",
        "predict decision_function",
    ),
    "selectors by dtype": (
        lambda: make_pipeline(
            make_column_transformer(
                (impute(), make_column_selector(dtype_include="number")),
                (
                    make_pipeline(
                        SimpleImputer(strategy="most_frequent"),
                        OneHotEncoder(handle_unknown="ignore"),
                    ),
                    make_column_selector(pattern="sex|port"),
                ),
            ),
            linear_model.RidgeClassifier(),
        ),
        "two",
        "predict decision_function",
    ),
    "text imputed by a constant": (
        lambda: make_pipeline(
            mixed(
                text=make_pipeline(
                    SimpleImputer(strategy="constant", fill_value="missing"),
                    OneHotEncoder(handle_unknown="ignore"),
                )
            ),
            neighbors.KNeighborsClassifier(7, weights="distance"),
        ),
        "text",
        _BOTH,
    ),
    "notes and numbers": (
        lambda: make_pipeline(
            make_column_transformer((TfidfVectorizer(), "note"), (impute(), NUMBERS)),
            linear_model.LogisticRegression(max_iter=500),
        ),
        "two",
        _BOTH,
    ),
    "notes by characters, naive Bayes": (
        lambda: make_pipeline(
            make_column_transformer(
                (CountVectorizer(analyzer="char_wb", ngram_range=(2, 3)), "note"),
                (OneHotEncoder(handle_unknown="ignore"), ["sex"]),
            ),
            naive_bayes.MultinomialNB(),
        ),
        "text",
        _BOTH,
    ),
    "notes, latent semantics, boosting": (
        lambda: make_pipeline(
            make_column_transformer(
                (
                    make_pipeline(
                        TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)),
                        decomposition.TruncatedSVD(4, random_state=0),
                    ),
                    "note",
                ),
                (impute(), NUMBERS),
            ),
            ensemble.HistGradientBoostingClassifier(max_iter=10, random_state=0),
        ),
        "two",
        _BOTH,
    ),
    "nearest neighbors impute": (
        lambda: make_pipeline(
            mixed(numbers=make_pipeline(StandardScaler(), KNNImputer(n_neighbors=4))),
            linear_model.SGDClassifier(loss="log_loss", random_state=0),
        ),
        "two",
        _BOTH,
    ),
    "iterative imputation with indicators": (
        lambda: make_pipeline(
            mixed(numbers=IterativeImputer(add_indicator=True, random_state=0)),
            linear_model.Lasso(0.05),
        ),
        "real",
        "predict",
    ),
    "union of values and indicators": (
        lambda: make_pipeline(
            make_column_transformer(
                (make_union(impute(), MissingIndicator(features="all")), NUMBERS)
            ),
            tree.DecisionTreeRegressor(max_depth=4, random_state=0),
        ),
        "real",
        "predict",
    ),
    "normal quantiles and principal components": (
        lambda: make_pipeline(
            mixed(
                numbers=make_pipeline(
                    SimpleImputer(),
                    QuantileTransformer(n_quantiles=50, output_distribution="normal"),
                ),
                text=OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
            ),
            decomposition.PCA(0.9, random_state=0),
            svm.SVC(probability=True, random_state=0),
        ),
        "text",
        _BOTH + " decision_function",
    ),
    "powers, bins and splines": (
        lambda: make_pipeline(
            make_column_transformer(
                (make_pipeline(SimpleImputer(), PowerTransformer()), ["age", "fare"]),
                (KBinsDiscretizer(4, encode="onehot-dense", strategy="quantile"), ["weight"]),
                (SplineTransformer(n_knots=4), ["relatives"]),
            ),
            linear_model.ElasticNet(0.01),
        ),
        "real",
        "predict",
    ),
    "logarithms of skewed columns": (
        lambda: make_pipeline(
            make_column_transformer(
                (make_pipeline(SimpleImputer(), FunctionTransformer(_log_fare)), ["fare"]),
                (SimpleImputer(), ["age"]),
                (OneHotEncoder(handle_unknown="ignore"), ["deck", "sex"]),
            ),
            TransformedTargetRegressor(linear_model.Ridge(), func=np.log1p, inverse_func=np.expm1),
        ),
        "real",
        "predict",
    ),
    "features computed on the frame": (
        lambda: make_pipeline(
            FunctionTransformer(_family),
            make_column_transformer(
                (impute(), ["ratio", "age"]), ("passthrough", ["old", "insured"])
            ),
            linear_model.LogisticRegression(),
        ),
        "two",
        _BOTH,
    ),
    "polynomials and selection": (
        lambda: make_pipeline(
            mixed(
                text=OrdinalEncoder(
                    handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
                )
            ),
            PolynomialFeatures(2, interaction_only=True),
            VarianceThreshold(0.01),
            SelectKBest(f_classif, k=8),
            LinearDiscriminantAnalysis(),
        ),
        "text",
        _BOTH,
    ),
    "chi-squared selection of counts": (
        lambda: make_pipeline(
            make_column_transformer((CountVectorizer(binary=True), "note")),
            SelectPercentile(chi2, percentile=60),
            naive_bayes.ComplementNB(),
        ),
        "two",
        _BOTH,
    ),
    "selection by a forest": (
        lambda: make_pipeline(
            mixed(),
            SelectFromModel(ensemble.ExtraTreesClassifier(10, random_state=0)),
            linear_model.LogisticRegression(),
        ),
        "two",
        _BOTH,
    ),
    "recursive elimination": (
        lambda: make_pipeline(
            mixed(),
            RFE(linear_model.Ridge(), n_features_to_select=4),
            linear_model.HuberRegressor(),
        ),
        "real",
        "predict",
    ),
    "kernel approximation by landmarks": (
        lambda: make_pipeline(
            mixed(text=OneHotEncoder(sparse_output=False, handle_unknown="ignore")),
            kernel_approximation.Nystroem(n_components=12, random_state=0),
            linear_model.SGDClassifier(random_state=0),
        ),
        "text",
        "predict decision_function",
    ),
    "random Fourier features": (
        lambda: make_pipeline(
            mixed(text=OneHotEncoder(sparse_output=False, handle_unknown="ignore")),
            kernel_approximation.RBFSampler(n_components=16, random_state=0),
            linear_model.BayesianRidge(),
        ),
        "real",
        "predict",
    ),
    "clusters as features": (
        lambda: make_pipeline(
            make_column_transformer(
                (
                    make_pipeline(
                        SimpleImputer(), RobustScaler(), cluster.KMeans(4, random_state=0)
                    ),
                    NUMBERS,
                ),
                (OneHotEncoder(), ["sex"]),
            ),
            linear_model.LogisticRegression(),
        ),
        "two",
        _BOTH,
    ),
    "stacking": (
        lambda: make_pipeline(
            mixed(),
            ensemble.StackingClassifier(
                [
                    ("forest", ensemble.RandomForestClassifier(8, random_state=0)),
                    ("vectors", svm.SVC(random_state=0)),
                    ("bayes", make_pipeline(MaxAbsScaler(), linear_model.Perceptron())),
                ],
                final_estimator=linear_model.LogisticRegression(),
                passthrough=True,
                cv=3,
            ),
        ),
        "text",
        _BOTH,
    ),
    "soft voting": (
        lambda: make_pipeline(
            mixed(text=OneHotEncoder(sparse_output=False, handle_unknown="ignore")),
            ensemble.VotingClassifier(
                [
                    ("linear", linear_model.LogisticRegression()),
                    ("bayes", naive_bayes.GaussianNB()),
                    ("tree", tree.DecisionTreeClassifier(max_depth=3, random_state=0)),
                ],
                voting="soft",
                weights=[2, 1, 1],
            ),
        ),
        "text",
        _BOTH,
    ),
    "hard voting": (
        lambda: make_pipeline(
            mixed(),
            ensemble.VotingClassifier(
                [
                    ("linear", linear_model.LogisticRegression()),
                    ("vectors", svm.LinearSVC()),
                    ("forest", ensemble.ExtraTreesClassifier(8, random_state=0)),
                ]
            ),
        ),
        "text",
        "predict",
    ),
    "stacked regressors": (
        lambda: make_pipeline(
            mixed(),
            ensemble.StackingRegressor(
                [
                    ("ridge", linear_model.RidgeCV()),
                    (
                        "boosting",
                        ensemble.GradientBoostingRegressor(n_estimators=8, random_state=0),
                    ),
                ],
                cv=3,
            ),
        ),
        "real",
        "predict",
    ),
    "isotonic calibration": (
        lambda: calibration.CalibratedClassifierCV(
            make_pipeline(mixed(), ensemble.RandomForestClassifier(8, random_state=0)),
            method="isotonic",
            cv=3,
        ),
        "text",
        _BOTH,
    ),
    "sigmoid calibration of vectors": (
        lambda: make_pipeline(mixed(), calibration.CalibratedClassifierCV(svm.LinearSVC(), cv=3)),
        "two",
        _BOTH,
    ),
    "a tuned threshold": (
        lambda: TunedThresholdClassifierCV(
            make_pipeline(mixed(), linear_model.LogisticRegression()), scoring="f1", cv=3
        ),
        "two",
        _BOTH,
    ),
    "grid search": (
        lambda: GridSearchCV(
            make_pipeline(mixed(), svm.SVR()), {"svr__C": [0.5, 2.0], "svr__kernel": ["rbf"]}, cv=2
        ),
        "real",
        "predict",
    ),
    "random search of AdaBoost": (
        lambda: RandomizedSearchCV(
            make_pipeline(mixed(), ensemble.AdaBoostClassifier(n_estimators=10, random_state=0)),
            {"adaboostclassifier__learning_rate": [0.5, 1.0]},
            n_iter=2,
            cv=2,
        ),
        "text",
        _BOTH,
    ),
    "bagged linear models of some columns": (
        lambda: make_pipeline(
            mixed(text=OneHotEncoder(sparse_output=False, handle_unknown="ignore")),
            ensemble.BaggingClassifier(
                linear_model.LogisticRegression(), 5, max_features=0.7, random_state=0
            ),
        ),
        "two",
        _BOTH,
    ),
    "several outputs": (
        lambda: make_pipeline(mixed(), multioutput.MultiOutputRegressor(linear_model.Ridge())),
        "several",
        "predict",
    ),
    "a chain of regressors": (
        lambda: make_pipeline(
            mixed(text=OneHotEncoder(sparse_output=False, handle_unknown="ignore")),
            multioutput.RegressorChain(ensemble.HistGradientBoostingRegressor(max_iter=5)),
        ),
        "several",
        "predict",
    ),
    "several labels, one against the rest": (
        lambda: make_pipeline(
            mixed(), multiclass.OneVsRestClassifier(linear_model.LogisticRegression())
        ),
        "labels",
        _BOTH,
    ),
    "a forest of several labels": (
        lambda: make_pipeline(mixed(), ensemble.RandomForestClassifier(8, random_state=0)),
        "labels",
        _BOTH,
    ),
    "a neural network": (
        lambda: make_pipeline(
            mixed(numbers=make_pipeline(SimpleImputer(), MinMaxScaler())),
            neural_network.MLPClassifier((8, 4), max_iter=30, random_state=0),
        ),
        "text",
        _BOTH,
    ),
    "a Gaussian process": (
        lambda: make_pipeline(
            mixed(text=OneHotEncoder(sparse_output=False, handle_unknown="ignore")),
            gaussian_process.GaussianProcessRegressor(alpha=0.5),
        ),
        "real",
        "predict",
    ),
    "quadratic discriminants": (
        lambda: make_pipeline(
            make_column_transformer((impute(), NUMBERS)),
            QuadraticDiscriminantAnalysis(reg_param=0.1),
        ),
        "text",
        _BOTH,
    ),
    "outliers in a forest": (
        lambda: make_pipeline(mixed(), ensemble.IsolationForest(n_estimators=20, random_state=0)),
        "",
        "predict decision_function score_samples",
    ),
    "outliers by density": (
        lambda: make_pipeline(
            mixed(text=OneHotEncoder(sparse_output=False, handle_unknown="ignore")),
            neighbors.LocalOutlierFactor(novelty=True),
        ),
        "",
        "predict score_samples",
    ),
    "clusters of normalized rows": (
        lambda: make_pipeline(
            mixed(text=OneHotEncoder(sparse_output=False, handle_unknown="ignore")),
            Normalizer(),
            cluster.MiniBatchKMeans(3, random_state=0),
        ),
        "",
        "predict transform",
    ),
    "categorical naive Bayes": (
        lambda: make_pipeline(
            make_column_transformer((OrdinalEncoder(), ["sex", "deck", "insured"])),
            naive_bayes.CategoricalNB(),
        ),
        "text",
        _BOTH,
    ),
    "counts weighted, centroids": (
        lambda: make_pipeline(
            make_column_transformer((make_pipeline(CountVectorizer(), TfidfTransformer()), "note")),
            neighbors.NearestCentroid(),
        ),
        "text",
        _BOTH,
    ),
    "vectors of text": (
        lambda: make_pipeline(
            make_column_transformer((TfidfVectorizer(min_df=2, stop_words=["no"]), "note")),
            svm.SVC(kernel="linear", random_state=0),
        ),
        "two",
        "predict decision_function",
    ),
    "a forest of words": (
        lambda: make_pipeline(
            make_column_transformer((CountVectorizer(max_features=8), "note")),
            ensemble.RandomForestClassifier(8, random_state=0),
        ),
        "two",
        _BOTH,
    ),
    "nested column transformers, frames out": (
        lambda: make_pipeline(
            make_column_transformer(
                (
                    make_pipeline(
                        make_column_transformer(
                            (SimpleImputer(), ["age", "fare"]), remainder="passthrough"
                        ),
                        StandardScaler(),
                    ),
                    NUMBERS,
                ),
                (Binarizer(threshold=2), ["relatives"]),
                (OneHotEncoder(sparse_output=False), ["sex"]),
                verbose_feature_names_out=False,
            ).set_output(transform="pandas"),
            linear_model.PoissonRegressor(),
        ),
        "real",
        "predict",
    ),
    "mutual information and a union": (
        lambda: make_pipeline(
            mixed(text=OneHotEncoder(sparse_output=False, handle_unknown="ignore")),
            FeatureUnion(
                [
                    ("best", SelectKBest(mutual_info_classif, k=3)),
                    ("components", decomposition.KernelPCA(2, kernel="rbf")),
                ]
            ),
            linear_model.LogisticRegression(),
        ),
        "two",
        _BOTH,
    ),
    "partial least squares after regression selection": (
        lambda: make_pipeline(
            mixed(text=OneHotEncoder(sparse_output=False, handle_unknown="ignore")),
            SelectKBest(f_regression, k=5),
            PLSRegression(2),
        ),
        "real",
        "predict",
    ),
}


class Outcome(NamedTuple):
    """What became of a pipeline: ``"right"``, ``"refused"`` or ``"failed"`` with the error, or ``"wrong"``."""

    name: str
    what: str
    detail: str = ""


def outcome(name: str) -> Outcome:
    """Fit a pipeline, trace its methods and compare them for other rows."""
    make, target, methods = PIPELINES[name]
    table = frame(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = getattr(targets(table), target) if target else None
        fitted = make().fit(table, y)
        batches = [pd.concat([table, frame(1)]), frame(1).iloc[3:4]]
        expected = [
            [getattr(fitted, method)(batch) for method in methods.split()] for batch in batches
        ]
        try:
            program = trace_estimator(fitted, methods.split(), example=table.head(5))
        except EstimatorError as error:
            return Outcome(name, "refused", str(error))
        except Exception as error:
            return Outcome(name, "failed", f"{type(error).__name__}: {error}")
        session = ort.InferenceSession(program.model.SerializeToString())
        for batch, wanted in zip(batches, expected, strict=True):
            actual = session.run(None, program.feeds(batch))
            flat = [
                np.asarray(dense(a)) for w in wanted for a in (w if isinstance(w, list) else [w])
            ]
            for one, other in zip(actual, flat, strict=True):
                difference = difference_of(one, other, 1e-9)
                if difference or (other.dtype.kind in "fi" and one.dtype != other.dtype):
                    return Outcome(
                        name, "wrong", f"{len(batch)} rows: {difference} {one.dtype} {other.dtype}"
                    )
    return Outcome(name, "right")
