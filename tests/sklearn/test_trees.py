"""Trees: every decision is scikit-learn's, at and beside every threshold, and so is every sum."""

from __future__ import annotations

import copy
import functools
import warnings
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    RandomTreesEmbedding,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)
from threadpoolctl import threadpool_limits

import onnxp as xp
from onnxp._src.ops.targets import TARGETS
from onnxp._src.ops.versions import TRIED, release
from onnxp.errors import ArgumentError, EstimatorError
from onnxp.sklearn import _tree_nodes, _trees, convert_estimator, trace_estimator
from onnxp.sklearn._options import Options, optioned
from onnxp.sklearn._replacements.gradient_boosting import TracedPredictor
from onnxp.sklearn._replacements.tree import TracedTree, of_compiled
from onnxp.sklearn._tree_nodes import Tree
from onnxp.sklearn._trees import leaf_sum, leaves, paths
from tests.helpers import sessions
from tests.helpers.trees import probes, random_tree, walk

NEW = "onnxruntime>=1.23"
RUNS_NEW = release(version("onnxruntime")) >= (1, 23)
TARGET_WORDS = [
    "onnxruntime>=1.20",
    pytest.param(
        NEW, marks=pytest.mark.skipif(not RUNS_NEW, reason="1.20.1 has no kernel of TreeEnsemble")
    ),
]
RNG = np.random.default_rng(0)
COUNT = 200
X = RNG.normal(size=(COUNT, 4))
X[:, 3] = RNG.integers(0, 4, COUNT)  # ties
HOLES = np.where(RNG.random(X.shape) < 0.1, np.nan, X)
REAL = X[:, 0] + np.sin(3 * X[:, 1]) + RNG.normal(size=COUNT) / 5
THREE = np.digitize(REAL, [-0.6, 0.7])
DATA = {
    "three": (X, THREE),
    "two": (X, np.where(REAL > 0, "yes", "no")),
    "holes": (HOLES, THREE),
    "real": (X, REAL),
    "holes real": (HOLES, REAL),
    "counts": (X, np.abs(REAL)),
    "outputs": (X, np.c_[REAL, REAL**2]),
    "labels": (X, np.c_[THREE, REAL > 0]),
    "huge": (X * 1e37, REAL),
    "tiny": (X * 1e-44, REAL),
    "one": (X, np.ones(COUNT)),
    "alone": (X, None),
    "categories": (np.c_[HOLES[:, :3], np.where(X[:, 3] == 0, np.nan, X[:, 3] * 7)], REAL),
    "many categories": (np.c_[RNG.integers(0, 40, COUNT) * 2, HOLES[:, 1:3], X[:, 3]], THREE),
}


@functools.cache
def fitted(make, data: str):
    estimator = make()
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=0)
    rows, target = DATA[data]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(rows, target) if target is not None else estimator.fit(rows)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Threads of OpenMP that wait for one another make small fits slow."""
    with threadpool_limits(1):
        yield


# Every decision


def traced_leaves(trees: list[Tree], dtype: str, columns: int, compare: str, target: str):
    """Return a function of rows that gives the leaves of trees that compare in a dtype."""

    def found(X):
        return leaves(xp.astype(X, getattr(xp, compare)), trees)

    with optioned(Options(TARGETS[target])):
        program = xp.trace(found, xp.spec(("N", columns), dtype))
    session = sessions.both(program.model)
    return lambda rows: session.run(None, {"X": rows})[0]


COMPILED = {
    "forest": (lambda: RandomForestClassifier(5), "three"),
    "forest with holes": (lambda: RandomForestClassifier(5), "holes"),
    "extra trees": (lambda: ExtraTreesRegressor(5), "real"),
    "extra tree with holes": (ExtraTreeRegressor, "holes real"),
    "best first": (lambda: DecisionTreeRegressor(max_leaf_nodes=40), "real"),
    "tree with holes": (DecisionTreeRegressor, "holes real"),
    "huge": (DecisionTreeRegressor, "huge"),
    "tiny": (DecisionTreeRegressor, "tiny"),
    "one leaf": (DecisionTreeRegressor, "one"),
    "stump": (lambda: DecisionTreeRegressor(max_depth=1), "real"),
    "boosting": (lambda: GradientBoostingRegressor(n_estimators=5), "real"),
    "isolation": (lambda: IsolationForest(n_estimators=5), "alone"),
    "embedding": (lambda: RandomTreesEmbedding(5), "alone"),
}


@pytest.mark.parametrize("target", TARGET_WORDS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", COMPILED)
def test_leaves_of_compiled_trees(name: str, dtype: str, target: str):
    model = fitted(*COMPILED[name])
    estimators = np.ravel(getattr(model, "estimators_", [model]))
    trees = [estimator.tree_ for estimator in estimators]
    common = [of_compiled(TracedTree(tree)) for tree in trees]
    found = traced_leaves(common, dtype, X.shape[1], "float32", target)
    with np.errstate(over="ignore"):
        rows = np.concatenate(
            [probes(tree, X.shape[1], np.dtype(dtype).type, np.float32) for tree in common]
        )
        wanted = np.stack([tree.apply(rows.astype(np.float32)) for tree in trees], axis=1)
    np.testing.assert_array_equal(found(rows), wanted)
    for tree, column in zip(trees, wanted.T, strict=True):  # the probes go everywhere
        assert len(set(column.tolist())) == tree.n_leaves


CATEGORIES = np.where(RNG.random(COUNT) < 0.1, np.nan, RNG.integers(0, 7, COUNT))
HISTOGRAMS = {
    "numbers": (lambda: HistGradientBoostingRegressor(max_iter=5), "real", HOLES),
    "classes": (lambda: HistGradientBoostingClassifier(max_iter=5), "three", HOLES),
    "categories": (
        lambda: HistGradientBoostingRegressor(max_iter=5, categorical_features=[0]),
        "real",
        np.c_[CATEGORIES, X[:, 1:]],
    ),
    "one leaf": (lambda: HistGradientBoostingRegressor(max_iter=2), "one", X),
}


@functools.cache
def histograms(name: str):
    make, data, rows = HISTOGRAMS[name]
    return make().fit(rows, DATA[data][1] + (rows[:, 0] == 3 if data == "real" else 0))


@pytest.mark.parametrize("target", TARGET_WORDS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", HISTOGRAMS)
def test_leaves_of_histogram_trees(name: str, dtype: str, target: str):
    model = histograms(name)
    known, places = model._bin_mapper.make_known_categories_bitsets()
    predictors = [copy.deepcopy(predictor) for stage in model._predictors for predictor in stage]
    for predictor in predictors:
        predictor.nodes["value"] = np.arange(len(predictor.nodes))
    common = [TracedPredictor(predictor).tree(known, places) for predictor in predictors]
    assert any(tree.members for tree in common) is (name == "categories")
    found = traced_leaves(common, dtype, X.shape[1], "float64", target)
    points = np.concatenate(
        [probes(tree, X.shape[1], np.dtype(dtype).type, np.float64) for tree in common]
    )
    wanted = np.stack(
        [
            predictor.predict(points.astype(np.float64), known, places, 1)
            for predictor in predictors
        ],
        axis=1,
    )
    np.testing.assert_array_equal(found(points), wanted)


@pytest.mark.parametrize("target", TARGET_WORDS)
@pytest.mark.parametrize("compare", ["float32", "float64"])
@pytest.mark.parametrize("strict", [False, True])
def test_trees_of_any_shape(compare: str, strict: bool, target: str):
    """Also with children of the root that would have the same number, which 1.23.2 takes for a leaf."""
    rng = np.random.default_rng(1)
    trees = [random_tree(rng)._replace(strict=strict) for _ in range(200)]
    rows = np.concatenate(
        [rng.normal(size=(40, 3)), [[tree.threshold[0]] * 3 for tree in trees], [[np.nan] * 3]]
    )
    rows = rows.astype(compare)
    found = traced_leaves(trees, compare, 3, compare, target)(rows)
    assert found.tolist() == [[walk(tree, row)[-1] for tree in trees] for row in rows]


def test_paths_of_trees_of_any_shape():
    rng = np.random.default_rng(2)
    trees = [random_tree(rng) for _ in range(20)]
    rows = rng.normal(size=(30, 3)).astype(np.float32)
    found = xp.trace(lambda X: paths(X, trees), "float32[N, 3]")(rows)
    wanted = np.concatenate(
        [[np.isin(np.arange(len(t.left)), walk(t, row)) for row in rows] for t in trees], axis=1
    )
    np.testing.assert_array_equal(found, wanted)


def test_members():
    """Values are truncated; negative ones, and those beyond all members, go right."""
    ones = np.ones(3, int)
    tree = Tree(
        ones * [1, -1, -1], ones * [2, -1, -1], ones * 0, ones * 0.0, np.array([True] * 3),
        members={0: np.array([1, 33, 64, 300])},
    )  # fmt: skip
    other = tree._replace(members={0: np.array([], int)}, missing_left=np.array([False] * 3))
    rows = np.array([[1], [33], [64.9], [300], [2], [0], [-1], [301], [1e300], [np.inf], [np.nan]])
    found = traced_leaves([tree, other], "float64", 1, "float64", "onnxruntime>=1.20")(rows)
    assert found[:, 0].tolist() == [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 1]
    assert found[:, 1].tolist() == [2] * 11


def test_each_tree_has_an_operator(monkeypatch):
    rng = np.random.default_rng(3)
    trees = [random_tree(rng) for _ in range(9)]
    values = [rng.normal(size=len(tree.left)) for tree in trees]
    rows = rng.normal(size=(30, 3)).astype(np.float32)

    def both(X):
        return leaves(X, trees), leaf_sum(X, trees, values, groups=3)

    levels = xp.trace(both, "float32[N, 3]")(rows)
    monkeypatch.setattr(_trees, "_SEVERAL", len(trees) + 1)
    program = xp.trace(both, "float32[N, 3]")
    kinds = [node.op_type for node in program.model.graph.node]
    assert kinds.count("TreeEnsembleRegressor") == len(trees)  # leaves and sums share them
    for one, other in zip(program(rows), levels, strict=True):
        np.testing.assert_array_equal(one, other)
    monkeypatch.setattr(_trees, "_BITS", 2)
    with pytest.raises(EstimatorError, match=r"a tree has \d+ nodes, .*limit max_depth"):
        xp.trace(both, "float32[N, 3]")


def test_stages_of_two_classes():
    """For one row, scikit-learn gives numbers instead of arrays."""
    model = GradientBoostingClassifier(n_estimators=3).fit(*DATA["two"])
    X = DATA["two"][0]
    (found,) = trace_estimator(model, ["staged_predict"])(X).values()
    np.testing.assert_array_equal(found, list(model.staged_predict(X)))
    (found,) = trace_estimator(model, ["staged_predict"])(X[:1]).values()
    assert [stage.tolist() for stage in found] == [[s] for s in model.staged_predict(X[:1])]


# Every method

CLASSIFIER = "predict predict_proba"
SCORES = f"{CLASSIFIER} decision_function"
STAGES = "staged_predict staged_predict_proba staged_decision_function"
METHODS = {
    "DecisionTreeClassifier": (
        DecisionTreeClassifier,
        "holes",
        f"{CLASSIFIER} predict_log_proba apply decision_path",
    ),
    "DecisionTreeClassifier(labels)": (DecisionTreeClassifier, "labels", CLASSIFIER),
    "DecisionTreeClassifier(one)": (DecisionTreeClassifier, "one", CLASSIFIER),
    "DecisionTreeRegressor": (DecisionTreeRegressor, "holes real", "predict apply decision_path"),
    "DecisionTreeRegressor(outputs)": (DecisionTreeRegressor, "outputs", "predict"),
    "ExtraTreeClassifier": (ExtraTreeClassifier, "two", CLASSIFIER),
    "ExtraTreeRegressor": (ExtraTreeRegressor, "real", "predict"),
    "RandomForestClassifier": (
        lambda: RandomForestClassifier(20),
        "three",
        f"{CLASSIFIER} predict_log_proba apply decision_path",
    ),
    "RandomForestClassifier(text)": (lambda: RandomForestClassifier(20), "two", CLASSIFIER),
    "RandomForestClassifier(holes)": (lambda: RandomForestClassifier(20), "holes", CLASSIFIER),
    "RandomForestClassifier(labels)": (lambda: RandomForestClassifier(20), "labels", CLASSIFIER),
    "RandomForestRegressor": (lambda: RandomForestRegressor(20), "real", "predict apply"),
    "RandomForestRegressor(outputs)": (lambda: RandomForestRegressor(20), "outputs", "predict"),
    "RandomForestRegressor(one)": (lambda: RandomForestRegressor(3), "one", "predict"),
    "ExtraTreesClassifier": (lambda: ExtraTreesClassifier(20), "three", CLASSIFIER),
    "ExtraTreesRegressor": (lambda: ExtraTreesRegressor(20), "holes real", "predict"),
    "BaggingClassifier": (
        lambda: BaggingClassifier(max_features=3),
        "two",
        f"{CLASSIFIER} predict_log_proba",
    ),
    "BaggingClassifier(logistic)": (
        lambda: BaggingClassifier(LogisticRegression(), max_features=3),
        "two",
        SCORES,
    ),
    "BaggingRegressor": (lambda: BaggingRegressor(max_features=3), "real", "predict"),
    "BaggingRegressor(linear)": (lambda: BaggingRegressor(LinearRegression()), "real", "predict"),
    "AdaBoostClassifier": (
        lambda: AdaBoostClassifier(n_estimators=10),
        "three",
        f"{SCORES} predict_log_proba {STAGES}",
    ),
    "AdaBoostClassifier(two)": (lambda: AdaBoostClassifier(n_estimators=10), "two", SCORES),
    "AdaBoostClassifier(logistic)": (
        lambda: AdaBoostClassifier(LogisticRegression(), n_estimators=3),
        "three",
        SCORES,
    ),
    "AdaBoostRegressor": (
        lambda: AdaBoostRegressor(n_estimators=10),
        "real",
        "predict staged_predict",
    ),
    "AdaBoostRegressor(linear)": (
        lambda: AdaBoostRegressor(LinearRegression(), n_estimators=3),
        "real",
        "predict",
    ),
    "GradientBoostingClassifier": (
        lambda: GradientBoostingClassifier(n_estimators=5),
        "three",
        f"{SCORES} predict_log_proba apply {STAGES}",
    ),
    "GradientBoostingClassifier(two)": (
        lambda: GradientBoostingClassifier(n_estimators=5),
        "two",
        f"{SCORES} apply",
    ),
    "GradientBoostingClassifier(exponential)": (
        lambda: GradientBoostingClassifier(n_estimators=5, loss="exponential"),
        "two",
        SCORES,
    ),
    "GradientBoostingClassifier(zero)": (
        lambda: GradientBoostingClassifier(n_estimators=5, init="zero"),
        "three",
        SCORES,
    ),
    "GradientBoostingClassifier(dummy)": (
        lambda: GradientBoostingClassifier(
            n_estimators=5, init=DummyClassifier(strategy="most_frequent")
        ),
        "three",
        SCORES,
    ),
    "GradientBoostingClassifier(tree)": (
        lambda: GradientBoostingClassifier(
            n_estimators=5, init=DecisionTreeClassifier(min_samples_leaf=30)
        ),
        "three",
        SCORES,
    ),
    "GradientBoostingRegressor": (
        lambda: GradientBoostingRegressor(n_estimators=5),
        "real",
        "predict apply staged_predict",
    ),
    "GradientBoostingRegressor(huber)": (
        lambda: GradientBoostingRegressor(n_estimators=5, loss="huber"),
        "real",
        "predict",
    ),
    "HistGradientBoostingClassifier": (
        lambda: HistGradientBoostingClassifier(max_iter=5),
        "holes",
        f"{SCORES} {STAGES}",
    ),
    "HistGradientBoostingClassifier(two)": (
        lambda: HistGradientBoostingClassifier(max_iter=5),
        "two",
        SCORES,
    ),
    "HistGradientBoostingRegressor": (
        lambda: HistGradientBoostingRegressor(max_iter=5),
        "holes real",
        "predict staged_predict",
    ),
    "HistGradientBoostingRegressor(poisson)": (
        lambda: HistGradientBoostingRegressor(max_iter=5, loss="poisson"),
        "counts",
        "predict",
    ),
    "HistGradientBoostingRegressor(one)": (
        lambda: HistGradientBoostingRegressor(max_iter=2),
        "one",
        "predict",
    ),
    "IsolationForest": (
        lambda: IsolationForest(n_estimators=10, max_features=3),
        "alone",
        "predict decision_function score_samples",
    ),
    "IsolationForest(one row)": (
        lambda: IsolationForest(n_estimators=3, max_samples=1),
        "alone",
        "score_samples",
    ),
    "RandomTreesEmbedding": (lambda: RandomTreesEmbedding(5), "alone", "apply transform"),
    "HistGradientBoostingRegressor(categories)": (
        lambda: HistGradientBoostingRegressor(max_iter=5, categorical_features=[3]),
        "categories",
        "predict staged_predict",
    ),
    "HistGradientBoostingClassifier(categories)": (
        lambda: HistGradientBoostingClassifier(max_iter=5, categorical_features=[3, 0]),
        "many categories",
        SCORES,
    ),
}


def results(model, methods: str, rows: np.ndarray) -> list[np.ndarray]:
    """Return what scikit-learn gives, array by array and dense."""
    flat = []
    for method in methods.split():
        with np.errstate(divide="ignore"):
            result = getattr(model, method)(rows)
            result = [*result] if method.startswith("staged") else result
        if method == "decision_path" and isinstance(result, tuple):  # and the pointer of a forest
            result = result[0]
        for array in result if isinstance(result, list) else [result]:
            flat.append(array.toarray() if hasattr(array, "toarray") else np.asarray(array))
    return flat


def outputs(program: xp.Program, rows: np.ndarray) -> list[np.ndarray]:
    """Return what a bare session with the runtime's own defaults gives."""
    return sessions.both(program.model).run(None, {"X": rows})


def check(found: np.ndarray, wanted: np.ndarray, tolerance: float = 1e-14) -> None:
    assert found.shape == wanted.shape
    if wanted.dtype.kind != "f":
        assert found.tolist() == wanted.tolist()
        return
    finite = np.isfinite(wanted)
    np.testing.assert_array_equal(found[~finite], wanted[~finite])
    scale = max(1e-300, np.abs(wanted[finite]).max(initial=0))
    assert (np.abs(found[finite] - wanted[finite]) <= tolerance * scale).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", METHODS)
def test_methods(name: str, dtype: str):
    make, data, methods = METHODS[name]
    model = fitted(make, data)
    program = trace_estimator(model, methods.split(), dtype=dtype)
    session = sessions.both(program.model)
    rows = np.tile(DATA[data][0], (5, 1)).astype(dtype)
    for size in (1, 3, 1000):
        found = session.run(None, {"X": rows[:size]})
        for one, other in zip(found, results(model, methods, rows[:size]), strict=True):
            check(one, other)


ONE_OF_EACH = (
    "RandomForestClassifier",
    "RandomForestRegressor",
    "DecisionTreeRegressor",
    "GradientBoostingClassifier",
    "HistGradientBoostingClassifier",
    "IsolationForest",
)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_no_rows(name: str):
    make, data, methods = METHODS[name]
    program = trace_estimator(fitted(make, data), methods.split()[:3])
    for found in outputs(program, np.zeros((0, 4))):
        assert found.shape[0] == 0


@pytest.mark.skipif(not RUNS_NEW, reason="1.20.1 has no kernel of TreeEnsemble")
@pytest.mark.parametrize("name", METHODS)
def test_methods_for_newer_runtimes(name: str):
    make, data, methods = METHODS[name]
    methods = " ".join(method for method in methods.split() if "staged" not in method)
    model = fitted(make, data)
    program = trace_estimator(model, methods.split(), target=NEW)
    assert "TreeEnsembleRegressor" not in {node.op_type for node in program.model.graph.node}
    rows = DATA[data][0]
    for size in (1, 200):
        wanted = results(model, methods, rows[:size])
        for one, other in zip(outputs(program, rows[:size]), wanted, strict=True):
            check(one, other)


@pytest.mark.parametrize("width", [512, 20])
def test_sums_are_bit_for_bit(width: int, monkeypatch):
    """Whatever the number of rows and trees, rows alone or among others: ties between classes stay ties."""
    monkeypatch.setattr(_trees, "_WIDTH", width)
    rng = np.random.default_rng(4)
    trees = [random_tree(rng) for _ in range(157)]
    values = [rng.normal(size=(len(tree.left), 2)) for tree in trees]
    rows = rng.normal(size=(200, 3)).astype(np.float32)
    wanted = np.zeros((200, 2))
    for tree, held in zip(trees, values, strict=True):
        wanted += held[[walk(tree, row)[-1] for row in rows]]
    program = xp.trace(lambda X: leaf_sum(X, trees, values), "float32[N, 3]")
    for size in (1, 2, 3, 5, 64, 200):
        np.testing.assert_array_equal(program(rows[:size]), wanted[:size])
    singles = [v[:, 0] for v in values]
    single = xp.trace(lambda X: leaf_sum(X, trees, singles), "float32[N, 3]")
    for size in (1, 3, 200):
        np.testing.assert_array_equal(single(rows[:size])[:, 0], wanted[:size, 0])


def test_unknown_categories():
    """They go where missing values go; numbers between the categories are unknown too."""
    model = fitted(*METHODS["HistGradientBoostingRegressor(categories)"][:2])
    rows = np.tile(DATA["categories"][0][:1], (6, 1))
    rows[:, 3] = [7, 8, 7.5, -1, 1e9, np.nan]
    check(trace_estimator(model)(rows), model.predict(rows))


# In pipelines, of other classes, and by less exact sums


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_methods_of_a_forest_share_its_operators(dtype: str):
    pipeline = make_pipeline(StandardScaler(), RandomForestClassifier(10, random_state=0))
    pipeline.fit(X, DATA["two"][1])
    one, program = (
        trace_estimator(pipeline, methods, dtype=dtype)
        for methods in (["predict_proba"], ["predict", "predict_proba"])
    )
    of_one, of_both = (
        [node.op_type for node in own.model.graph.node].count("TreeEnsembleRegressor")
        for own in (one, program)
    )
    assert of_both == of_one > 0
    rows = X.astype(dtype)
    found = program(rows)
    check(found["label"], pipeline.predict(rows))
    check(found["probabilities"], pipeline.predict_proba(rows))


class Doubled(DecisionTreeRegressor):
    """Overrides what the trees of a forest do."""

    def predict(self, X, check_input=True):
        return 2 * super().predict(X, check_input)


def test_trees_of_other_classes():
    forest = copy.deepcopy(fitted(lambda: RandomForestRegressor(4), "real"))
    for tree in forest.estimators_:
        tree.__class__ = Doubled
    check(trace_estimator(forest)(X), forest.predict(X))


class Shifted(RandomForestRegressor):
    """Overrides the method itself."""

    def predict(self, X):
        return super().predict(X) + 1


def test_forest_of_another_class():
    model = Shifted(4, random_state=0).fit(X, REAL)
    check(trace_estimator(model)(X), model.predict(X))


def test_warm_start_and_pruning():
    pruned = DecisionTreeClassifier(ccp_alpha=0.01, random_state=0).fit(X, THREE)
    check(trace_estimator(pruned, "predict_proba")(X), pruned.predict_proba(X))
    warm = RandomForestClassifier(3, warm_start=True, random_state=0).fit(X, THREE)
    warm.set_params(n_estimators=6).fit(X, THREE)
    check(trace_estimator(warm, "predict_proba")(X), warm.predict_proba(X))


def test_evaluated_trees():
    """A converted estimator takes arrays that are not traced as well."""
    model = fitted(DecisionTreeRegressor, "real")
    tree = convert_estimator(model).tree_
    check(
        np.asarray(tree.predict(xp.asarray(X, dtype=xp.float32))),
        model.tree_.predict(X.astype("f4")),
    )
    assert tree.node_count == model.tree_.node_count
    assert copy.copy(tree).max_depth == model.tree_.max_depth


@pytest.mark.parametrize("target", TARGET_WORDS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_sums_in_float32(name: str, dtype: str, target: str):
    make, data, methods = METHODS[name]
    model = fitted(make, data)
    method = "score_samples" if name == "IsolationForest" else methods.split()[0]
    program = trace_estimator(model, [method], dtype=dtype, exact=False, target=target)
    kinds = [node.op_type for node in program.model.graph.node]
    assert kinds.count("TreeEnsembleRegressor") == 1
    assert "ReduceSum" not in kinds
    rows = DATA[data][0].astype(dtype)
    for one, other in zip(outputs(program, rows), results(model, method, rows), strict=True):
        check(one, other, 1e-6)


@pytest.mark.parametrize("infinite", [False, True])
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("target", TARGET_WORDS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("strict", [False, True])
def test_missing_numbers_by_negation(
    strict: bool, dtype: str, target: str, exact: bool, infinite: bool, monkeypatch
):
    monkeypatch.setattr(_tree_nodes, "_MANY", 0)
    monkeypatch.setattr(_trees, "_SEVERAL", 99)
    monkeypatch.setattr(_trees, "_FIRST_LEVELS", 0)
    rng = np.random.default_rng(3)
    trees = [random_tree(rng)._replace(strict=strict) for _ in range(5)]
    trees = [t._replace(threshold=t.threshold.astype(dtype).astype(float)) for t in trees]
    values = [rng.integers(0, 9, size=len(tree.left)).astype(float) for tree in trees]
    kind = np.dtype(dtype).type
    rows = np.concatenate([probes(tree, 3, kind, kind) for tree in trees])
    if infinite:
        trees[0].threshold[0] = np.inf
        trees[0].missing_left[0] = True
    with optioned(Options(TARGETS[target], exact=exact)):
        program = xp.trace(lambda X: leaf_sum(X, trees, values), xp.spec(("N", 3), dtype))
    nodes = [n for n in program.model.graph.node if n.op_type.startswith("TreeEnsemble")]
    tracks = [
        any(a.name == "nodes_missing_value_tracks_true" and any(a.ints) for a in node.attribute)
        for node in nodes
    ]
    assert any(tracks) == (infinite and target != "portable")
    assert program.rowwise
    expected = sum(
        held[[walk(tree, row)[-1] for row in rows]]
        for tree, held in zip(trees, values, strict=True)
    )
    assert program(rows)[:, 0].tolist() == expected.tolist()


def test_leaves_that_add_nothing():
    """In float32, a leaf has only the numbers that are not 0, and one at least."""
    rng = np.random.default_rng(5)
    trees = [random_tree(rng) for _ in range(7)]
    values = [rng.integers(0, 2, size=(len(tree.left), 3)).astype(float) for tree in trees]
    values[0][:] = 0.0
    rows = rng.normal(size=(40, 3)).astype(np.float32)
    with optioned(Options(exact=False)):
        program = xp.trace(lambda X: leaf_sum(X, trees, values), "float32[N, 3]")
    expected = sum(
        held[[walk(tree, row)[-1] for row in rows]]
        for tree, held in zip(trees, values, strict=True)
    )
    np.testing.assert_array_equal(program(rows), expected)


PARITY = {
    "DecisionTreeRegressor": DecisionTreeRegressor(max_depth=6, random_state=0),
    "ExtraTreeRegressor": ExtraTreeRegressor(max_depth=6, random_state=0),
    "RandomForestRegressor": RandomForestRegressor(5, max_depth=5, random_state=0),
    "ExtraTreesRegressor": ExtraTreesRegressor(5, max_depth=5, random_state=0),
    "GradientBoostingRegressor": GradientBoostingRegressor(n_estimators=5, random_state=0),
}


@pytest.mark.skipif(
    find_spec("leafparity") is None and version("onnxruntime") in TRIED[:2],
    reason="leafparity is not installed, which runs on the newest onnxruntime only",
)
@pytest.mark.parametrize(
    ("name", "holes"),
    [
        *((name, False) for name in PARITY),
        # the others refuse NaN
        *((name, True) for name in PARITY if not name.startswith("Gradient")),
    ],
)
def test_equivalence_is_proven(name: str, holes: bool):
    """leafparity compares all regions of the input; it reads single operators in float32 only."""
    from leafparity import analyze

    rows = (HOLES if holes else X).astype(np.float32)
    model = copy.deepcopy(PARITY[name]).fit(rows, REAL)
    program = trace_estimator(model, dtype="float32", exact=False)
    verdict = analyze(model, program.model).verdict
    assert verdict["status"] == "EQUIVALENT", verdict


def test_unknown_target():
    with pytest.raises(
        ArgumentError, match=r"target must be one of onnxruntime>=1.20, .*, not '1.20'"
    ):
        trace_estimator(fitted(DecisionTreeRegressor, "real"), target="1.20")
