"""The registry of replacements: what others register, when it is active, and what the errors say about it."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import threading
import types

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.svm import SVR

import onnxp as xp
from onnxp.errors import ArgumentError, ArgumentTypeError, EstimatorError
from onnxp.sklearn import (
    _registry,
    computes_in,
    convert_estimator,
    dispatch,
    replaces,
    replacing,
    stands_in,
    trace_estimator,
)
from tests.helpers import sessions

X = np.random.default_rng(0).normal(size=(20, 3))
Y = X.sum(axis=1)


def refuse(array):
    memoryview(array)  # as compiled code asks for memory
    return array


class Table:
    """Stands for a compiled object: it takes numpy arrays only."""

    def __init__(self, steps):
        self.steps = steps

    def lookup(self, x):
        return self.steps[np.searchsorted(self.steps[:-1], refuse(x))]


class Model(RegressorMixin, BaseEstimator):
    """Computes with a compiled function and a compiled object."""

    def fit(self, X, y):
        self.table_ = Table(np.sort(y))
        self.weights_ = np.ones(X.shape[1])
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X):
        return self.table_.lookup(sys.modules["mylib"].softness(X @ self.weights_))


class Scores(Model):
    """Overrides the method that is replaced."""

    def predict(self, X):
        return X @ self.weights_ + 1


@pytest.fixture
def mylib(monkeypatch):
    """A library of someone else's, and rows for it that are gone after the test."""
    module = types.ModuleType("mylib")
    module.__version__ = "2.1.0"

    def softness(x):
        return np.log1p(np.exp(refuse(x)))

    class Own(Model):
        pass

    for name, obj in {"softness": softness, "Model": Own, "Table": Table}.items():
        obj.__module__, obj.__qualname__ = "mylib", name
        setattr(module, name, obj)
    monkeypatch.setitem(sys.modules, "mylib", module)
    user = types.ModuleType("user_of_mylib")
    user.soft = softness
    monkeypatch.setitem(sys.modules, "user_of_mylib", user)
    monkeypatch.setattr(_registry, "REPLACEMENTS", list(_registry.REPLACEMENTS))
    monkeypatch.setattr(_registry, "STAND_INS", dict(_registry.STAND_INS))
    monkeypatch.setattr(_registry, "COMPUTES_IN", dict(_registry.COMPUTES_IN))
    return module


def register(mylib):
    @replaces("mylib:softness", versions=">=2,<4")
    def _softness(xp, /, x):
        return xp.log1p(xp.exp(x))

    @stands_in(mylib.Table)
    class TracedTable:
        def __init__(self, table):
            self.steps = xp.asarray(table.steps)

        def lookup(self, x):
            return xp.take(self.steps, xp.searchsorted(self.steps[:-1], x))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_function_and_object(mylib, in_pipeline: bool, dtype: str):
    register(mylib)
    computes_in("float64", "mylib:Model")
    model = make_pipeline(StandardScaler(), mylib.Model()) if in_pipeline else mylib.Model()
    model.fit(X, Y)
    program = trace_estimator(model, dtype=dtype)
    session = sessions.both(program.model)
    for size in (1, 3, 20):
        rows = X[:size].astype(dtype)
        (found,) = session.run(None, {"X": rows})
        np.testing.assert_array_equal(found, model.predict(rows))
    assert isinstance(model.table_ if not in_pipeline else model[-1].table_, Table)


def test_fitted_numbers_of_others_are_cast(mylib):
    model = mylib.Model().fit(X, Y)
    assert convert_estimator(model, "float32").weights_.dtype == xp.float32
    computes_in(xp.float64, Model)  # a base class
    assert convert_estimator(model, "float32").weights_.dtype == xp.float64


@pytest.mark.parametrize("place", ["mylib:softness", "mylib:Model.predict"])
def test_method_of_a_class_in_a_pipeline(mylib, place: str):
    """A step of a pipeline has the methods that its class has when it is called."""
    with pytest.raises(EstimatorError):
        trace_estimator(make_pipeline(StandardScaler(), mylib.Model()).fit(X, Y))
    register(mylib)

    def half(xp, /, *args):
        return args[-1] / 2 if args[-1].ndim == 1 else args[-1][:, 0]

    replaces(place)(half)
    model = make_pipeline(StandardScaler(), mylib.Model()).fit(X, Y)
    assert trace_estimator(model)(X).shape == (20,)
    if place.endswith("predict"):
        np.testing.assert_allclose(trace_estimator(model)(X), model[0].transform(X)[:, 0])


def test_subclass_that_overrides_the_method(mylib):
    replaces("mylib:Model.predict")(lambda xp, self, X: X[:, 0])
    model = make_pipeline(Scores()).fit(X, Y)
    np.testing.assert_allclose(trace_estimator(model)(X), Y + 1)


def test_bound_elsewhere_under_another_name(mylib):
    register(mylib)
    user = sys.modules["user_of_mylib"]
    with dispatch():
        program = xp.trace(lambda x: user.soft(x), "float64[N]")
        assert user.soft is not mylib.softness.__wrapped__
    np.testing.assert_allclose(program(Y), mylib.softness(Y))
    assert user.soft is mylib.softness
    assert not hasattr(user.soft, "__wrapped__")


def test_only_the_thread_that_traces(mylib):
    register(mylib)
    entered, left = threading.Event(), threading.Event()
    failures = []

    def trace_elsewhere():
        entered.wait(10)
        try:
            with pytest.raises(TypeError, match="bytes-like"):
                xp.trace(lambda x: mylib.softness(x), "float64[N]")
        except BaseException as error:
            failures.append(error)
        left.set()

    thread = threading.Thread(target=trace_elsewhere)
    thread.start()
    with dispatch():
        xp.trace(lambda x: mylib.softness(x), "float64[N]")
        entered.set()
        assert left.wait(10)
        with pytest.raises(TypeError, match="bytes-like"):
            mylib.softness(xp.asarray(Y))  # not traced
        assert mylib.softness(Y).tolist() == np.log1p(np.exp(Y)).tolist()
    thread.join()
    assert failures == []


def test_case_that_a_replacement_leaves(mylib):
    replaces("mylib:softness")(lambda xp, x: NotImplemented if x.ndim == 1 else x)
    with dispatch():
        assert xp.trace(lambda x: mylib.softness(x), "float64[N, 2]")(X[:, :2]).shape == (20, 2)
        with pytest.raises(TypeError, match="bytes-like"):
            xp.trace(lambda x: mylib.softness(x), "float64[N]")


@pytest.mark.parametrize(
    ("versions", "applies"), [(">=2,<4", True), (">=3", False), ("<2.1", False)]
)
def test_versions(mylib, versions: str, applies: bool):
    replaces("mylib:softness", versions=versions)(lambda xp, x: x)
    assert ("mylib:softness" in _registry.replacements()) is applies


def test_later_rows_win(mylib):
    register(mylib)
    replaces("mylib:softness")(lambda xp, x: x)
    with dispatch():
        assert xp.trace(lambda x: mylib.softness(x), "float64[N]")(Y).tolist() == Y.tolist()


def test_replacing_for_one_trace():
    path = "sklearn.linear_model._base:LinearModel.predict"
    pipeline = make_pipeline(StandardScaler(), Ridge()).fit(X, Y)
    method = Ridge.predict
    with replacing({path: lambda xp, self, X: X[:, 1]}):
        program = trace_estimator(pipeline)
    np.testing.assert_allclose(program(X), pipeline[0].transform(X)[:, 1])
    np.testing.assert_allclose(trace_estimator(pipeline)(X), pipeline.predict(X))
    assert Ridge.predict is method
    with pytest.raises(ZeroDivisionError), replacing({path: lambda xp, self, X: X}):
        raise ZeroDivisionError
    assert path not in _registry.replacements()


def test_replacing_while_another_thread_traces():
    """Paths that are new are put in place beside those that are there."""
    path = "sklearn.linear_model._base:LinearModel.predict"
    ridge = Ridge().fit(X, Y)
    with dispatch():
        with replacing({path: lambda xp, self, X: X[:, 1]}):
            np.testing.assert_array_equal(trace_estimator(ridge)(X), X[:, 1])
        np.testing.assert_allclose(trace_estimator(ridge)(X), ridge.predict(X))


def test_inherited_methods_leave_no_trace():
    """A path may name a class that inherits the method."""
    tagged, other = Tagged().fit(X, Y), LinearRegression().fit(X, Y)
    with replacing({f"{__name__}:Tagged.predict": lambda xp, self, X: X[:, 1]}):
        np.testing.assert_array_equal(trace_estimator(tagged)(X), X[:, 1])
        np.testing.assert_allclose(trace_estimator(other)(X), other.predict(X))
    assert "predict" not in vars(Tagged)


@pytest.mark.filterwarnings("ignore::onnxp.errors.RuntimeBugWarning")  # TopK of older runtimes
def test_models_of_other_tools_as_parts(tmp_path):
    """As the message of a refused method says."""
    skl2onnx = pytest.importorskip("skl2onnx")
    machine = KNeighborsRegressor(3)
    pipeline = make_pipeline(StandardScaler(), machine).fit(X, Y)
    model = skl2onnx.to_onnx(machine, X[:1], target_opset=18)
    (tmp_path / "predict.onnx").write_bytes(model.SerializeToString())
    part = xp.load(tmp_path / "predict.onnx")
    path = "sklearn.neighbors._regression:KNeighborsRegressor.predict"

    def predict(xp, self, X):
        return xp.reshape(part(X)["variable"], X.shape[:1])

    with replacing({path: predict}):
        program = trace_estimator(pipeline)
    np.testing.assert_allclose(program(X), pipeline.predict(X))


def test_entry_points(mylib, monkeypatch):
    """The rows of a package are imported when one of its estimators is met."""
    loaded = []

    class Point:
        name = "mylib"

        def load(self):
            loaded.append(self.name)
            register(mylib)

    monkeypatch.setattr(_registry, "_entry_points", lambda: [Point()])
    monkeypatch.setattr(_registry, "_loaded", set())
    trace_estimator(StandardScaler().fit(X), "transform")
    assert loaded == []
    trace_estimator(make_pipeline(StandardScaler(), mylib.Model()).fit(X, Y))
    convert_estimator(mylib.Model().fit(X, Y))
    assert loaded == ["mylib"]


def test_group_of_entry_points():
    points = importlib.metadata.entry_points(group="onnxp.sklearn")
    assert list(_registry._entry_points()) == list(points)


# What the errors say


def test_error_names_the_leaf(mylib):
    model = make_pipeline(StandardScaler(), mylib.Model()).fit(X, Y)
    with pytest.raises(EstimatorError) as raised:
        trace_estimator(model)
    text = str(raised.value)
    assert '@onnxp.sklearn.replaces("mylib:Model.predict")\n    def _(xp, self, X):' in text
    assert 'y = xp.load("predict.onnx")(X)["name of its output"]' in text
    assert re.search(r"write \S+:refuse with array functions", text)


@pytest.mark.parametrize(
    ("estimator", "says"),
    [
        (SVR(), 'replaces("sklearn.svm._libsvm:predict")\n    def _(xp, /, X, support,'),
        (KNeighborsRegressor(), 'stands_in("sklearn.neighbors._kd_tree:BinaryTree64")'),
    ],
    ids=str,
)
def test_error_names_compiled_functions_and_objects(estimator, says: str, monkeypatch):
    monkeypatch.setattr(_registry, "REPLACEMENTS", [])
    monkeypatch.setattr(_registry, "STAND_INS", {})
    with pytest.raises(EstimatorError, match=re.escape(says)):
        trace_estimator(estimator.fit(X, Y))


@pytest.mark.parametrize("path", ["mylib", "mylib.softness", "mylib:", ":a", "my lib:a", 3])
def test_wrong_paths(path):
    with pytest.raises(ArgumentError, match='write "module:function"'):
        replaces(path)
    if isinstance(path, str):
        with pytest.raises(ArgumentError, match='write "module:function"'):
            stands_in(path)
    else:
        with pytest.raises(ArgumentTypeError, match="must be a type"):
            computes_in("float64", path)


def test_wrong_versions():
    with pytest.raises(ArgumentError, match='must have the form ">=2,<4"'):
        replaces("mylib:softness", versions="2.*")(len)


@pytest.mark.parametrize("path", ["sklearn.svm:SVR.nothing", "no_such_module:a"])
def test_replacing_what_is_not_there(path: str):
    with pytest.raises(ArgumentError, match="replacing"), replacing({path: len}):
        pass


def test_methods_of_compiled_classes():
    path = "sklearn.tree._tree:Tree.apply"
    with (
        pytest.raises(ArgumentError, match=r'stands_in\("sklearn.tree._tree:Tree"\)'),
        replacing({path: len}),
    ):
        trace_estimator(StandardScaler().fit(X), "transform")
    trace_estimator(StandardScaler().fit(X), "transform")


# What the registry asks of the conversion


class Holder(TransformerMixin, BaseEstimator):
    """Has its estimators in an array of objects, as gradient boosting does."""

    def fit(self, X, y=None):
        self.steps_ = np.empty((2, 1), dtype=object)
        self.steps_[:, 0] = [StandardScaler().fit(X), StandardScaler().fit(2 * X)]
        return self

    def transform(self, X):
        return self.steps_[1, 0].transform(self.steps_[0, 0].transform(X))


def test_arrays_of_estimators():
    holder = Holder().fit(X)
    np.testing.assert_allclose(
        trace_estimator(holder, "transform", n_features=3)(X), holder.transform(X)
    )


class Tagged(LinearRegression):
    """Says that its targets are labels of one dimension, as estimators of boosters do."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.one_d_labels = True
        return tags


def test_tags_do_not_decide_about_the_input():
    model = Tagged().fit(X, Y)
    np.testing.assert_allclose(trace_estimator(model)(X), model.predict(X))
    assert trace_estimator(LabelEncoder().fit([1, 2]), "transform").signature.inputs[0].text == (
        "int64[N]"
    )


WITHOUT_PANDAS = """
import sys
import numpy as np
from sklearn.preprocessing import StandardScaler
import onnxp as xp
X = np.asarray([[1.0], [3.0]])
print(xp.sklearn.trace_estimator(StandardScaler().fit(X), "transform")(X).tolist())
assert "pandas" not in sys.modules
"""


def test_pandas_need_not_be_imported():
    result = subprocess.run([sys.executable, "-c", WITHOUT_PANDAS], capture_output=True, text=True)
    assert result.stdout.strip() == "[[-1.0], [1.0]]", result.stderr
