"""Estimators of scikit-learn with parameters drawn at random from what each says that it accepts."""

from __future__ import annotations

import contextlib
import signal
import warnings
from collections.abc import Iterator
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn import base
from sklearn.ensemble import RandomForestClassifier
from sklearn.gaussian_process import kernels
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import _param_validation as validation
from sklearn.utils import get_tags

from tests.helpers.sklearn_sweep import ESTIMATORS
from tests.helpers.sklearn_sweep import METHODS as _USUAL

METHODS = (*_USUAL, "predict_joint_log_proba")
NAMES = [name for name, kind in ESTIMATORS.items() if any(hasattr(kind, m) for m in METHODS)]
ROWS, FEATURES = 60, 5
FIT_SECONDS = 4
ATTEMPTS = 40
_ALWAYS = {"random_state": 0, "n_jobs": None, "n_features": 64}
_SPEED = (  # and how near to the exact result a search in a tree may stop
    "rtol atol "
    "random_state n_jobs verbose warm_start memory cache_size copy copy_X copy_X_train copy_x max_fun "
    "pre_dispatch store_cv_results store_covariance store_precision error_score refit device fit_inverse"
).split()
_MOST = {"n_estimators": 12, "max_iter": 150, "n_init": 3, "n_components": 5, "cv": 3, "degree": 4}


class Case(NamedTuple):
    """A fitted estimator with drawn parameters.

    Attributes
    ----------
    name : str
        The class.
    seed : int
        What the parameters were drawn with.
    estimator : object
        The fitted estimator.
    data : str
        The kinds of rows and targets.
    fitted, unseen : array
        Rows that it was fitted on, and others.
    """

    name: str
    seed: int
    estimator: Any
    data: str
    fitted: np.ndarray
    unseen: np.ndarray

    def __str__(self) -> str:
        return f"{self.estimator} on {self.data}".replace("\n", " ")


def cases(name: str, count: int, seed: int = 0) -> Iterator[Case]:
    """Yield estimators of a class with other than default parameters, as far as scikit-learn fits them."""
    found = 0
    for attempt in range(ATTEMPTS):
        number = 1000 * seed + attempt
        case = _fitted(name, number)
        if case is not None:
            yield case
            found += 1
            if found == count:
                return


def _fitted(name: str, seed: int) -> Case | None:
    rng = np.random.default_rng([seed, *name.encode()])
    kind = ESTIMATORS[name]
    try:
        parameters = _drawn(kind, rng)
        estimator = kind(**parameters)
        for parameter, value in _ALWAYS.items():
            if parameter in estimator.get_params(deep=False) and parameter not in parameters:
                estimator.set_params(**{parameter: value})
        rows, unseen, target, data = _data(estimator, rng)
    except (_SkipError, TypeError, ValueError, AttributeError):
        return None
    try:
        with within(FIT_SECONDS):
            estimator.fit(rows.copy(), *target)
    except Exception:
        return None
    return Case(name, seed, estimator, data, rows, unseen)


class _SkipError(Exception):
    pass


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TimeoutError after some seconds, and show no warnings."""

    def stop(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# Parameters


def _drawn(kind: type, rng: np.random.Generator) -> dict[str, Any]:
    """Return values of up to four parameters, and of those that have no default."""
    constraints = {
        name: [validation.make_constraint(c) for c in own]
        for name, own in getattr(kind, "_parameter_constraints", {}).items()
        if not isinstance(own, str)
    }
    defaults = kind().get_params(deep=False) if not _required(kind) else {}
    needed = _required(kind)
    left_out = {*_SPEED, *needed, "deprecated"}
    if "estimator" in constraints:
        left_out.add("base_estimator")  # its former name (1.8)
    optional = [n for n in constraints if n not in left_out]
    size = min(len(optional), int(rng.integers(1, 5)))
    chosen = (
        [*needed, *(str(n) for n in rng.choice(optional, size, replace=False))] if size else needed
    )
    result = {}
    for name in chosen:
        options = constraints.get(name, [None])
        for _ in range(6):
            value = _value(name, options[int(rng.integers(len(options)))], kind, rng)
            if value is not _NOTHING and not _same(value, defaults.get(name, _NOTHING)):
                result[name] = value
                break
        else:
            if name in needed:
                raise _SkipError
    return result


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and isinstance(a, str | bool | int | float | None) and a == b


def _required(kind: type) -> list[str]:
    from inspect import Parameter, signature

    return [
        p.name
        for p in signature(kind).parameters.values()
        if p.default is Parameter.empty and p.kind is not Parameter.VAR_KEYWORD
    ]


_NOTHING = object()


def _value(name: str, constraint: Any, kind: type, rng: np.random.Generator) -> Any:
    """Draw a value that satisfies a constraint, or return `_NOTHING`."""
    own = _named(name, kind, rng)
    if own is not _NOTHING:
        return own
    if isinstance(constraint, validation.Hidden):
        return _NOTHING
    if isinstance(constraint, validation.Interval):
        return _number(name, constraint, rng)
    if isinstance(constraint, validation.Options):
        known = constraint.options - getattr(constraint, "deprecated", set())
        values = sorted(known if name != "metric" else known - _OF_BOOLEANS, key=str)
        return values[int(rng.integers(len(values)))]
    if isinstance(constraint, validation._Booleans):
        return bool(rng.integers(2))
    if isinstance(constraint, validation._NoneConstraint):
        return None
    if isinstance(constraint, validation._CVObjects):
        return int(rng.integers(2, 4))
    if isinstance(constraint, validation._ArrayLikes):
        return _array(name, rng)
    if isinstance(constraint, validation._InstancesOf):
        return _instance(name, constraint.type, rng)
    return _NOTHING


def _number(name: str, interval: Any, rng: np.random.Generator) -> Any:
    low, high = interval.left, interval.right
    if interval.type is Integral:
        least = (-2 if low is None else int(low)) + (interval.closed in ("right", "neither"))
        most = _MOST.get(name, least + 6)
        if high is not None:
            most = min(most, int(high) - (interval.closed in ("left", "neither")))
        return int(rng.integers(least, max(least, most) + 1))
    if low is not None and high is not None:
        return float(rng.uniform(low, high))
    if low is not None:
        return float(low + 10 ** rng.uniform(-3, 1))
    if high is not None:
        return float(high - 10 ** rng.uniform(-3, 1))
    return float(rng.normal())


# Metrics of what is 0, by which all rows of numbers are equally far: which of them comes first is undefined
_OF_BOOLEANS = {
    *("dice", "hamming", "jaccard", "matching", "rogerstanimoto", "russellrao", "sokalmichener"),
    *("sokalsneath", "yule"),
}
_PAIRS = [(0, 1), (-1, 2), (10.0, 80.0), (1, 2), (1, 1), (2, 3)]


def _array(name: str, rng: np.random.Generator) -> Any:
    weights = rng.uniform(0.2, 1.0, int(rng.choice([2, 3, FEATURES])))
    if name == "order":
        return [2, 0, 1]
    if "prior" in name or "weights" in name or "quantiles" in name:
        return weights / weights.sum()
    return [weights, [2, 3], (7,), sorted(weights * 10), weights[:1]][int(rng.integers(5))]


def _instance(name: str, kind: type, rng: np.random.Generator) -> Any:
    if kind is tuple:
        return _PAIRS[int(rng.integers(len(_PAIRS)))]
    if kind is kernels.Kernel:
        return _KERNELS[int(rng.integers(len(_KERNELS)))]
    if kind is dict and name == "class_weight":
        return {0: 2.0, 1: 0.5}
    if kind is Integral:
        return int(rng.integers(1, 4))
    return float(rng.normal()) if kind.__name__ in ("Real", "float") else _NOTHING


_KERNELS = [
    kernels.RBF(2.0) + kernels.WhiteKernel(0.1),
    kernels.Matern(1.5, nu=0.5),
    kernels.Matern(1.5, nu=1.5) * kernels.ConstantKernel(2.0),
    kernels.Matern(1.5, nu=2.5),
    kernels.RationalQuadratic(1.0, 0.7),
    kernels.ExpSineSquared(2.0, 3.0),
    kernels.DotProduct(1.0) ** 2 + kernels.WhiteKernel(0.5),
    kernels.RBF([1.0, 2.0, 1.5, 0.5, 3.0]),
]
_CLASSIFIERS = [
    LogisticRegression(C=0.7),
    DecisionTreeClassifier(max_depth=3, random_state=0),
    GaussianNB(),
    KNeighborsClassifier(3),
    RandomForestClassifier(3, random_state=0),
    make_pipeline(StandardScaler(), LogisticRegression()),
]
_REGRESSORS = [
    Ridge(0.5),
    LinearRegression(),
    DecisionTreeRegressor(max_depth=3, random_state=0),
    KNeighborsRegressor(3),
    make_pipeline(StandardScaler(), Ridge()),
]
_OF_FEW_VALUES = (
    *(KNeighborsClassifier, KNeighborsRegressor, RandomForestClassifier),
    DecisionTreeClassifier,
)
_WRAPPED = {"ClassifierChain", "OneVsRestClassifier", "OneVsOneClassifier", "OutputCodeClassifier"}
_SELECTORS = {"RFE", "RFECV", "SelectFromModel", "SequentialFeatureSelector"}


def _named(name: str, kind: type, rng: np.random.Generator) -> Any:
    """Draw the value of a parameter that is an estimator, or several."""
    classifies = issubclass(kind, base.ClassifierMixin) or kind.__name__ in _WRAPPED
    learners = _CLASSIFIERS if classifies else _REGRESSORS
    if kind.__name__ in _SELECTORS:
        learners = [_CLASSIFIERS[0], _CLASSIFIERS[1], _REGRESSORS[0], _REGRESSORS[2]]
    if name == "final_estimator" or kind.__name__ == "OutputCodeClassifier":
        # neighbors of rows of few values, and codes of few values, are often equally near
        learners = [own for own in learners if not isinstance(own, _OF_FEW_VALUES)]
    if name in ("estimator", "final_estimator", "regressor", "base_estimator"):
        return base.clone(learners[int(rng.integers(len(learners)))])
    if name == "estimators":
        picked = rng.choice(len(learners), 2, replace=False)
        return [(f"e{i}", base.clone(learners[int(i)])) for i in picked]
    if name == "transformer_list":
        return [("a", StandardScaler()), ("b", MinMaxScaler())]
    if name == "transformers":
        return [("a", StandardScaler(), [0, 2]), ("b", MinMaxScaler(), [3])]
    if name == "steps":
        return [
            ("a", StandardScaler()),
            ("b", base.clone(learners[int(rng.integers(len(learners)))])),
        ]
    if name in ("param_grid", "param_distributions"):
        return {}
    if name == "dictionary":
        return np.eye(FEATURES)[:4]
    if name == "transformer":
        return MinMaxScaler() if rng.integers(2) else None
    return _NOTHING


# Data

_TARGETS = (
    "two",
    "three",
    "two text",
    "three text",
    "real",
    "counts",
    "targets",
    "labels",
    "outputs",
)


def _data(
    estimator: Any, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray], str]:
    """Return rows to fit on, other rows, the target, and what they are."""
    tags = get_tags(estimator)
    X = rng.normal(size=(2 * ROWS, FEATURES)) * rng.uniform(0.5, 3.0, FEATURES)
    X = X + (rng.normal(size=FEATURES) if rng.integers(2) else 0.0)
    scores = X @ rng.normal(size=(FEATURES, 3)) + rng.normal(size=(2 * ROWS, 3))
    words: list[str] = []
    name = type(estimator).__name__
    if tags.input_tags.string and not tags.input_tags.two_d_array:
        X, words = _documents(rng), ["documents"]
    elif tags.input_tags.categorical and rng.integers(2):
        X = np.argsort(np.argsort(X, axis=0), axis=0) * 4 // (2 * ROWS)
        words = ["integers"]
        if tags.input_tags.string and rng.integers(2):
            X, words = np.asarray(["a", "bb", "é", "d"], dtype=object)[X], ["text"]
    else:
        if tags.input_tags.positive_only or name in ("AdditiveChi2Sampler",):
            X, words = np.abs(X), ["positive"]
        dtype = "float32" if rng.integers(4) == 0 else "float64"
        X, words = X.astype(dtype), [*words, dtype]
        if tags.input_tags.allow_nan and rng.integers(2):
            X[rng.uniform(size=X.shape) < 0.1] = np.nan
            words.append("with NaN")
    if name in ("LabelEncoder", "LabelBinarizer"):
        X, words = rng.choice(["b", "a", "c"], 2 * ROWS), ["labels"]
    elif name == "IsotonicRegression":
        X = X[:, :1]
    elif tags.input_tags.pairwise:
        X = X[:ROWS] @ X.T
        X, words = X.T, [*words, "kernel"]
    three, two = np.argmax(scores, axis=1), (scores[:, 0] > 0).astype(np.int64)
    targets = {
        "two": two,
        "three": np.asarray([10, 20, 35])[three],
        "two text": np.asarray(["no", "yes"])[two],
        "three text": np.asarray(["x", "y", "zz"])[three],
        "real": scores[:, 0] + 1,
        "counts": rng.poisson(np.exp(np.clip(scores[:, 0] / 4, -2, 2))) + 1.0,
        "targets": scores,
        "labels": np.eye(3, dtype=int)[three] | np.eye(3, dtype=int)[two],
        "outputs": np.stack([three, two], axis=1),
    }
    kinds = _kinds(estimator, tags)
    kind = kinds[int(rng.integers(len(kinds)))]
    target = [targets[kind][:ROWS]] if kind else []
    half = X[:ROWS], X[ROWS:]
    return *half, target, ", ".join([*words, *([kind] if kind else [])])


def _kinds(estimator: Any, tags: Any) -> list[str]:
    """Return the kinds of targets that may suit an estimator."""
    name = type(estimator).__name__
    if base.is_classifier(estimator) or name in _WRAPPED:
        several = ["labels", "outputs"] if tags.target_tags.multi_output else []
        single = ["two", "three", "two text", "three text"]
        if name in ("ClassifierChain", "MultiOutputClassifier"):
            return ["labels", "outputs"]
        if name in ("OneVsRestClassifier",):
            return [*single, "labels"]
        return [*single, *several]
    if name == "PLSSVD":
        return ["targets"]
    if base.is_regressor(estimator):
        if name == "RegressorChain":
            return ["targets"]
        if tags.target_tags.positive_only:
            return ["counts"]
        if not tags.target_tags.single_output:
            return ["targets"]
        return ["real", "counts", *(["targets"] if tags.target_tags.multi_output else [])]
    if tags.target_tags.required:
        return ["two", "three", "real"]
    return ["three", "real"] if name in _SELECTORS or name.startswith("Select") else [""]


def _documents(rng: np.random.Generator) -> np.ndarray:
    words = ["red", "Green", "blue", "été", "a", "I", "the", "fox2", "over", "not_me", "42", "ΑΒΓ"]
    return np.asarray(
        [" ".join(rng.choice(words, int(rng.integers(0, 9)))) + "." for _ in range(2 * ROWS)]
    )
