"""Columns of results in the types of pandas and Arrow, and maps of classes, which are columns too."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import skl2onnx
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.tree import DecisionTreeClassifier

import onnxp as xp
from onnxp._src.program.engines import arrow_array
from onnxp.sklearn import trace_estimator

X = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16", "float32", "float64"])
@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 1000])
@pytest.mark.parametrize("step", [1, 2])
def test_arrow_has_the_numbers_of_numpy(dtype: str, rows: int, step: int) -> None:
    column = (np.arange(rows * step) % 3).astype(dtype)[::step]
    array = arrow_array(column)
    array.validate(full=True)
    assert array.equals(pa.array(column))
    assert array.to_pylist() == column.tolist()


def test_arrow_shares_the_memory_of_numbers() -> None:
    column = np.arange(5.0)
    assert arrow_array(column).buffers()[1].address == column.ctypes.data


@pytest.mark.parametrize("names", [["label"], ["a", "b"]])
def test_names_of_one_result_are_its_own(names: list[str]) -> None:
    """The names are shared by results, unless a user changes those of one."""
    df = pd.DataFrame({"x": [1.0, 2.0]}, index=["p", "q"])
    scorer = xp.trace(lambda x: {name: x + i for i, name in enumerate(names)}, "float64[N]").on()
    first, second = scorer(df), scorer(df)
    pd.testing.assert_frame_equal(
        first, pd.DataFrame({n: df["x"] + i for i, n in enumerate(names)})
    )
    first.columns.name = "mine"
    first.iloc[0, 0] = -1.0
    assert second.columns.name is None
    assert second.iloc[0, 0] == scorer(df).iloc[0, 0] == 1.0
    assert df["x"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("columns", [list("abc"), ["c", "z", "a", "b"], [0, "b", "a"]])
def test_small_frames_are_taken_as_a_whole(width: int, columns: list[Any]) -> None:
    df = pd.DataFrame(np.arange(4.0 * len(columns)).reshape(4, -1), columns=columns)
    names = [str(name) for name in columns if name != "z"][:width]
    program = xp.trace(
        lambda **k: {"s": sum((i + 1) * v for i, v in enumerate(k.values()))},
        **dict.fromkeys(names, "float64[N]"),
    )
    expected = sum((i + 1) * df[0 if n == "0" else n] for i, n in enumerate(names))
    for table in (df, df.copy().astype(dict.fromkeys(columns[:1], "float32"))):
        assert program.on()(table)["s"].tolist() == expected.tolist()
    kept = program.on(keep=[str(columns[-1])])(df)
    assert kept[str(columns[-1])].tolist() == df[columns[-1]].tolist()


class TestSeveralTargets:
    """A classifier knows the classes of each target, which label its probabilities, and no names of targets."""

    TABLE = pd.DataFrame(X, columns=["p", "q"])
    SAME = np.where(X > 0, "yes", "no")
    OTHERS = np.stack(
        [SAME[:, 0], np.asarray(["s", "m", "l"])[np.digitize(X[:, 1], [-0.5, 0.5])]], axis=1
    )

    @pytest.mark.parametrize(
        "y", [SAME, OTHERS, (X > 0).astype(int)], ids=["same", "others", "ints"]
    )
    @pytest.mark.parametrize(
        "estimator",
        [MultiOutputClassifier(LogisticRegression()), DecisionTreeClassifier(max_depth=3)],
    )
    @pytest.mark.parametrize("name", ["label", "out_1"])
    def test_columns(self, estimator: Any, y: Any, name: str) -> None:
        fitted = estimator.fit(self.TABLE, y)
        several = ["predict", "predict_proba"]
        program = trace_estimator(fitted, several, output_names=[name, "probabilities"])
        result = program.on()(self.TABLE)
        classes = [np.unique(column) for column in y.T]
        assert list(result.columns) == [f"{name}_0", f"{name}_1"] + [
            f"probabilities_{i}_{label}" for i, labels in enumerate(classes) for label in labels
        ]
        assert result.iloc[:, :2].to_numpy().tolist() == fitted.predict(self.TABLE).tolist()
        expected = np.concatenate(fitted.predict_proba(self.TABLE), axis=1)
        np.testing.assert_allclose(result.iloc[:, 2:], expected, atol=1e-6)

    def test_chains(self) -> None:
        chain = ClassifierChain(LogisticRegression()).fit(self.TABLE, (X > 0).astype(int))
        scorer = trace_estimator(chain, "predict_proba").on()
        assert scorer.outputs == ("probabilities_0", "probabilities_1")


class TestMaps:
    @pytest.mark.parametrize("labels", [["no", "yes", "so"], [3, 1, 2]])
    def test_probabilities_of_skl2onnx_are_columns(self, labels: list[Any], tmp_path: Path) -> None:
        y = [labels[i % 3] for i in range(len(X))]
        estimator = LogisticRegression().fit(X, y)
        path = tmp_path / "m.onnx"
        path.write_bytes(skl2onnx.to_onnx(estimator, X[:1]).SerializeToString())
        scorer = xp.load(path).on(["p", "q"])
        df = pd.DataFrame(X, columns=["p", "q"])
        for score in (scorer, pickle.loads(pickle.dumps(scorer))):
            result = score(df)
            assert result["output_label"].tolist() == estimator.predict(X).tolist()
            names = [f"output_probability_{label}" for label in estimator.classes_]
            assert list(result.columns)[1:] == names
            np.testing.assert_allclose(result[names], estimator.predict_proba(X), atol=1e-6)
        df.to_parquet(tmp_path / "in.parquet")
        assert scorer.stream(tmp_path / "in.parquet", tmp_path / "out.csv", progress=False) == 40
        assert list(pd.read_csv(tmp_path / "out.csv").columns)[1:] == names

    def test_calls_return_the_maps(self, tmp_path: Path) -> None:
        estimator = LogisticRegression().fit(X, X[:, 0] > 0)
        program = xp.load(skl2onnx.to_onnx(estimator, X[:1]).SerializeToString())
        result = program(X)
        assert [*result["output_probability"][0]] == [0, 1]
