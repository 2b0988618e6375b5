"""Scorers in files of their own, which run without onnxp."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import onnxp as xp
from onnxp.errors import ArgumentError, SaveError
from onnxp.sklearn import trace_estimator


class Fare(xp.ExtensionDType):
    """A dtype of a user."""

    planes: ClassVar = {"cents": xp.int64, "currency": xp.string}


FRAME = pd.DataFrame({
    "fare": [7.25, np.nan, 71.5, 8.0],
    "sex": ["male", "female", "female", "male"],
    "id": [1, 2, 3, 4],
    "age": [29, 31, 8, 40],
})  # fmt: skip


@pytest.fixture(scope="module")
def program() -> xp.Program:
    pipeline = make_pipeline(
        make_column_transformer(
            (SimpleImputer(), ["age", "fare"]), (OneHotEncoder(handle_unknown="ignore"), ["sex"])
        ),
        LogisticRegression(),
    ).fit(FRAME, ["no", "yes", "yes", "no"])
    return trace_estimator(pipeline, ["predict", "predict_proba"], example=FRAME)


@pytest.fixture(scope="module")
def file(program: xp.Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scorer") / "passengers.onnx"
    program.save(path, scorer=True)
    return path.with_name("score_passengers.py")


ALONE = "import sys; sys.modules.update(dict.fromkeys(['onnxp', 'onnx', 'pandas', 'sklearn']))\n"


def alone(file: Path, code: str) -> Any:
    """Return what code prints where there is nothing but numpy and onnxruntime."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{ALONE}import json\nfrom {file.stem} import *\n{code}"],
        cwd=file.parent, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def loaded(file: Path) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__file__": str(file), "__name__": "scorer"}
    exec(compile(file.read_text(encoding="utf-8"), file, "exec"), namespace)
    return namespace


@pytest.mark.parametrize("make", [pd.DataFrame, pa.Table.from_pandas, dict])
def test_the_scores_are_those_of_the_scorer(make: Any, program: xp.Program, file: Path) -> None:
    expected = program.on()(FRAME)
    result = loaded(file)["score"](make(FRAME))
    assert list(result) == list(expected.columns)
    for name, column in result.items():
        np.testing.assert_array_equal(column, expected[name].to_numpy(object))


def test_it_needs_numpy_and_onnxruntime_only(program: xp.Program, file: Path) -> None:
    table = {
        name: FRAME[name].astype(object).where(FRAME[name].notna(), None).tolist() for name in FRAME
    }
    result = alone(
        file, f"print(json.dumps({{k: v.tolist() for k, v in score({table!r}).items()}}))"
    )
    assert result == program.on()(FRAME).to_dict("list")


def test_a_matrix(tmp_path: Path) -> None:
    model = LogisticRegression().fit(FRAME[["id", "age"]], [0, 1, 0, 1])
    trace_estimator(model, "predict_proba").save(tmp_path / "m.onnx", scorer=True)
    result = loaded(tmp_path / "score_m.py")["score"](FRAME[["age", "id"]])
    probabilities = model.predict_proba(FRAME[["id", "age"]])
    np.testing.assert_allclose(np.stack(list(result.values()), axis=1), probabilities, rtol=1e-12)


def test_a_matrix_whose_columns_are_named(tmp_path: Path) -> None:
    program = xp.trace(lambda x: x.sum(axis=1), "float64[N, 2]")
    program.save(tmp_path / "m.onnx", scorer=["a", "b"])
    result = loaded(tmp_path / "score_m.py")["score"]({"b": [2, 3], "a": [10, 20]})
    assert result["output"].tolist() == [12.0, 23.0]


CELLS = {
    "float64": [True, None, 2.5],
    "string": ["a", None, ""],
    "int64": [1, 2, 3],
    "datetime64[s]": ["2024-02-29", None, ""],
    "int64?": [1, None, 3],
}


@pytest.mark.parametrize(
    ("dtypes", "lines"),
    [
        (["float64"], 40),
        (["float64", "string"], 50),
        (["int64", "float64"], 45),
        (["datetime64[s]", "float64", "string"], 75),
        ([*CELLS], 110),
    ],
    ids=str,
)
def test_a_file_has_what_its_model_needs(dtypes: list[str], lines: int, tmp_path: Path) -> None:
    names = [f"x{i}" for i in range(len(dtypes))]
    copy = lambda *columns: tuple(column.copy() for column in columns)  # noqa: E731
    specs = [f"{dtype}[N>=0]" for dtype in dtypes]
    outputs = [f"y{i}" for i in range(len(dtypes))]
    program = xp.trace(copy, *specs, input_names=names, output_names=outputs)
    program.save(tmp_path / "m.onnx", scorer=True)
    code = tmp_path / "score_m.py"
    assert len(code.read_text().splitlines()) <= lines
    for rows in (3, 0):
        table = {name: CELLS[dtype][:rows] for name, dtype in zip(names, dtypes, strict=True)}
        result = loaded(code)["score"](table)
        assert [len(column) for column in result.values()] == [rows] * len(dtypes)
    with pytest.raises((TypeError, ValueError)):
        loaded(code)["score"](table | {"x0": [1j, 2j]})


@pytest.mark.parametrize(
    "inputs", [["float64[N]"], ["float64[N]", "string[N]", "bool[N]"]], ids=len
)
@pytest.mark.parametrize(
    "cells",
    [
        [True, None, 2.5],
        np.ma.MaskedArray([1.0, 9.0, 2.5], [False, True, False]),
        pd.array([1.0, None, 2.5], dtype="Float64"),
        pl.Series([1.0, None, 2.5]),
        pa.chunked_array([[1.0, None], [2.5]]),
    ],
    ids=["list", "mask", "pandas", "Polars", "Arrow"],
)
def test_missing_numbers_are_nan(cells: Any, inputs: list[str], tmp_path: Path) -> None:
    program = xp.trace(lambda *x: x[0] * 2, *inputs, input_names=["a", "s", "b"][: len(inputs)])
    program.save(tmp_path / "m.onnx", scorer=True)
    score = loaded(tmp_path / "score_m.py")["score"]
    (result,) = score({"a": cells, "s": ["x", None, ""], "b": [True, False, True]}).values()
    np.testing.assert_array_equal(result, [2.0, np.nan, 5.0])
    with pytest.raises(TypeError, match="'a' is <U4, but float64 is needed"):
        score({"a": ["True"], "s": ["x"], "b": [True]})


def test_a_column_that_is_doubled(file: Path) -> None:
    with pytest.raises(ValueError, match=r"two columns of one name: {'age': .4, 2.}, not .4,."):
        loaded(file)["score"](pd.concat([FRAME, FRAME[["age"]]], axis=1))


def test_many_columns_share_lines(tmp_path: Path) -> None:
    names = [f"column_{i}" for i in range(2000)]
    program = xp.trace(lambda x: x * 2, f"float64[N, {len(names)}]")
    program.save(tmp_path / "m.onnx", scorer=names)
    code = tmp_path / "score_m.py"
    assert len(code.read_text().splitlines()) < len(names)
    rows = np.arange(2.0 * len(names)).reshape(2, len(names))
    result = loaded(code)["score"](pd.DataFrame(rows, columns=names))
    np.testing.assert_array_equal(np.stack([*result.values()], axis=1), rows * 2)


def test_forty_lines_for_columns_of_numbers(tmp_path: Path) -> None:
    names = ["age", "fare", "distance", "weight"]
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 4)), columns=names)
    model = LogisticRegression().fit(frame, ["no", "yes"] * 10)
    program = trace_estimator(model, ["predict", "predict_proba"], example=frame)
    program.save(tmp_path / "m.onnx", scorer=True)
    code = tmp_path / "score_m.py"
    assert len(code.read_text().splitlines()) <= 40
    scores = loaded(code)["score"](frame[names[::-1]])
    assert scores["label"].tolist() == model.predict(frame).tolist()


def test_columns_that_all_become_matrices(tmp_path: Path) -> None:
    program = xp.trace(lambda a, b: {"y": xp.concat([a, b], axis=1)[:, 0]}, *["float32[N, 1]"] * 2)
    program.save(tmp_path / "m.onnx", scorer=True)
    assert loaded(tmp_path / "score_m.py")["score"]({"b": [1.0], "a": [2.0]})["y"].tolist() == [2.0]


@pytest.mark.parametrize("spec", ["uint8[N]", "uint8?[N]"])
def test_unsigned_integers(spec: str, tmp_path: Path) -> None:
    program = xp.trace(lambda x: {"y": x}, spec, input_names=["x"])
    program.save(tmp_path / "m.onnx", scorer=True)
    score = loaded(tmp_path / "score_m.py")["score"]
    for cells in ([7, 255], np.array([7, 255], np.int64), np.array([7, 255], np.uint64)):
        assert score({"x": cells})["y"].tolist() == [7, 255]
    for cells in ([7, 256], [7, -1], [7, 2.0]):
        with pytest.raises((OverflowError, TypeError), match="column 'x'"):
            score({"x": cells})


def test_names_are_not_code(tmp_path: Path) -> None:
    name = '\'"""; raise SystemExit(3) #{x}\\'
    function = lambda **columns: {f"{name}2": columns[name] * 2}  # noqa: E731
    program = xp.trace(
        function, **{name: "float64[N]"}, output_names=[f"{name}2"], input_names=[name]
    )
    path = tmp_path / f"{name.replace('/', '')}.onnx"
    program.save(path, scorer=True)
    code = next(tmp_path.glob("score_*.py"))
    assert loaded(code)["score"]({name: [1.0]})[f"{name}2"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        ({"sex": ["a"], "fare": [1.0]}, KeyError, r"no \['age'\]"),
        ({"age": [1.5], "sex": ["a"], "fare": [1.0]}, TypeError, "'age' is float64, but int64"),
        ({"age": [None], "sex": ["a"], "fare": [1.0]}, TypeError, "'age' is float64, but int64"),
        ({"age": np.uint64([2**63]), "sex": ["a"], "fare": [1.0]}, OverflowError, "'age' does not fit"),
        ({"age": ["x"], "sex": ["a"], "fare": [1.0]}, TypeError, "'age' is <U1, but int64 is needed"),
        ({"age": np.array([2.7], object), "sex": ["a"], "fare": [1.0]}, TypeError, "'age' is float64"),
        ({"age": [2**64], "sex": ["a"], "fare": [1.0]}, TypeError, "'age' is object, but int64"),
        ({"age": [1], "sex": [5], "fare": [1.0]}, TypeError, "'sex' has elements that are not text"),
        ({"age": [1], "sex": ["a"], "fare": [[1.0, 2.0]]}, ValueError, "one name: {'fare': .1, 2.}"),
        ({"age": [1, 2], "sex": ["a"], "fare": [1.0]}, ValueError, "different numbers of rows"),
    ],
)  # fmt: skip
def test_bad_columns(file: Path, column: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        loaded(file)["score"]({"id": [1]} | column)


MOMENTS = ["2024-02-29 12:30:00", None, "1999-12-31 23:59:59"]
OF_TIMES: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.Series(pd.to_datetime(MOMENTS)),
    "objects": lambda: pd.Series(pd.to_datetime(MOMENTS), dtype=object),
    "text": lambda: ["2024-02-29 12:30:00", "", "1999-12-31T23:59:59"],
    "Python": lambda: [
        dt.datetime(2024, 2, 29, 12, 30),
        None,
        dt.datetime(1999, 12, 31, 23, 59, 59),
    ],
    "numpy": lambda: np.array(["2024-02-29T12:30:00", "NaT", "1999-12-31T23:59:59"], "M8[ms]"),
}


@pytest.fixture(scope="module")
def of_times(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def later(when: Any, span: Any) -> dict[str, Any]:
        return {"later": when + span, "twice": span * 2, "year": xp.dates.year(when, dtype=float)}

    folder = tmp_path_factory.mktemp("times")
    program = xp.trace(later, "datetime64[s][N]", "timedelta64[s][N]")
    program.save(folder / "t.onnx", scorer=True)
    return folder / "score_t.py"


@pytest.mark.parametrize("kind", OF_TIMES)
def test_times(kind: str, of_times: Path) -> None:
    spans = pd.to_timedelta(["1h", "1D", None])
    result = loaded(of_times)["score"]({"when": OF_TIMES[kind](), "span": spans})
    np.testing.assert_array_equal(
        result["later"], np.array(["2024-02-29T13:30:00", "NaT", "NaT"], "M8[s]")
    )
    assert result["twice"].tolist()[:2] == [dt.timedelta(hours=2), dt.timedelta(days=2)]
    np.testing.assert_array_equal(result["year"], [2024, np.nan, 1999])


@pytest.mark.parametrize(
    ("when", "error", "message"),
    [
        (
            ["2024-02-29T12:30:00Z"],
            ValueError,
            "'when' has '2024-02-29T12:30:00Z', which is not a time such as",
        ),
        (
            pd.to_datetime(["2024-02-29"]).tz_localize("Europe/Paris"),
            ValueError,
            "00:00.01:00', which is",
        ),
        (["20240229"], ValueError, "'20240229', which is not a time"),
        (["soon"], ValueError, "soon"),
        (["now"], ValueError, "'now', which is not a time"),
        ([1], TypeError, "'when' is int64, but datetime64.s. is needed"),
        (np.array(["2024-02-29T12:30:00.5"], "M8[ms]"), OverflowError, "cannot express"),
    ],
    ids=str,
)
def test_times_that_are_refused(
    when: Any, error: type[Exception], message: str, of_times: Path
) -> None:
    with pytest.raises(error, match=message):
        loaded(of_times)["score"]({"when": when, "span": np.array([1], "m8[s]")})


def test_a_dtype_of_a_user_has_no_scorer_without_onnxp(tmp_path: Path) -> None:
    program = xp.trace(lambda x: Fare.parts(x)["cents"], "Fare[N]")
    assert program.on()({"x": [(3, "EUR"), (4, "USD")]})["output"].tolist() == [3, 4]
    with pytest.raises(ArgumentError, match="also nullable ones; 'x' is Fare"):
        program.save(tmp_path / "m.onnx", scorer=True)


# Nullable columns


def of_nulls(age: Any, name: Any, ok: Any, fare: Any, when: Any) -> dict[str, Any]:
    return {
        "older": age + 1,
        "other": xp.flip(name),
        "not": ~ok,
        "fares": xp.stack([fare, fare * 2], axis=1),
        "filled": xp.nulls.fill_null(fare, -1.0),
        "later": when + 1,
    }


PLAIN = {
    "age": [1, None, 3],
    "name": ["a", None, ""],
    "ok": [True, None, False],
    "fare": [1.5, None, 2.0],
    "when": np.array(["2024-02-29", "NaT", "2024-01-01"], "M8[s]"),
}
PANDAS = dict.fromkeys(PLAIN) | {
    "age": "Int64",
    "name": "string",
    "ok": "boolean",
    "fare": "Float64",
}
MASKS = {"age": 9, "name": "z", "ok": True, "fare": 7.0}


def masked(name: str) -> Any:
    null = [x is None for x in PLAIN[name]]
    data = [MASKS[name] if m else x for x, m in zip(PLAIN[name], null, strict=True)]
    return np.ma.MaskedArray(np.array(data, object if name == "name" else None), null)


OF_NULLS: dict[str, Callable[[], Any]] = {
    "lists": lambda: PLAIN,
    "pandas": lambda: pd.DataFrame({k: pd.Series(v, dtype=PANDAS[k]) for k, v in PLAIN.items()}),
    "masked arrays": lambda: PLAIN | {name: masked(name) for name in MASKS},
    "floats": lambda: PLAIN | {"age": np.array([1.0, np.nan, 3.0])},
}
SPECS = {
    "masks": ["int64?[N]", "string?[N]", "bool?[N]", "float64?[N]", "datetime64[s][N]"],
    "values for null": [
        xp.spec("int64?[N]", null=-1),
        xp.spec("string?[N]", null="none"),
        "bool?[N, 1]",
        xp.spec("float64?[N]", null="nan"),
        "datetime64[s][N]",
    ],
}


@pytest.fixture(scope="module", params=SPECS)
def nullable(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nulls")
    function = of_nulls
    if request.param != "masks":
        function = lambda age, name, ok, fare, when: of_nulls(age, name, ok[:, 0], fare, when)  # noqa: E731
    xp.trace(function, *SPECS[request.param]).save(folder / "m.onnx", scorer=True)
    return folder / "score_m.py"


@pytest.mark.parametrize("kind", OF_NULLS)
def test_nullable_columns(kind: str, nullable: Path) -> None:
    result = loaded(nullable)["score"](OF_NULLS[kind]())
    assert {name: x.tolist() for name, x in result.items() if name != "later"} == {
        "older": [2, None, 4],
        "other": ["", None, "a"],
        "not": [False, None, True],
        "fares_0": [1.5, None, 2.0],
        "fares_1": [3.0, None, 4.0],
        "filled": [1.5, -1.0, 2.0],
    }
    assert np.isnat(result["later"]).tolist() == [False, True, False]


def test_a_nullable_matrix(tmp_path: Path) -> None:
    program = xp.trace(lambda x: xp.sum(x, axis=1), "float64?[N, 2]")
    program.save(tmp_path / "m.onnx", scorer=["a", "b"])
    result = loaded(tmp_path / "score_m.py")["score"]({"b": [2, None], "a": [10, 20]})
    assert result["output"].tolist() == [12.0, 20.0]


@pytest.mark.parametrize(
    ("age", "error", "message"),
    [
        ([1.5, None], TypeError, "'age' is float64, but int64 is needed"),
        (np.array([1.5, np.nan]), TypeError, "'age' is float64, but int64 is needed"),
        (np.array([2**63], np.uint64), OverflowError, "does not fit"),
        ([None, "x"], TypeError, "'age' is <U1, but int64 is needed"),
    ],
    ids=str,
)
def test_bad_nullable_columns(
    age: Any, error: type[Exception], message: str, nullable: Path
) -> None:
    table = {name: column[: len(age)] for name, column in PLAIN.items()} | {"age": age}
    with pytest.raises(error, match=message):
        loaded(nullable)["score"](table)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("complex128[N]", "'output' .* not a column"),
        ("complex64?[N]", "'output' .* not a column"),
        ("Fare[N]", r"'output' .* not a column of a table; return the dict Fare.parts\(output\)"),
        ("float64[N, 3]", r"save: .* does not know the names of its columns.* scorer=\[\"age"),
        ("float64[]", "no column of a table"),
    ],
)
def test_programs_without_a_scorer(spec: str, message: str, tmp_path: Path) -> None:
    program = xp.trace(lambda x: x.copy(), spec)
    with pytest.raises(ArgumentError, match=message):
        program.save(tmp_path / "m.onnx", scorer=True)
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_if_one_file_cannot_be(program: xp.Program, tmp_path: Path) -> None:
    (tmp_path / "score_m.py").mkdir()
    with pytest.raises(SaveError):
        program.save(tmp_path / "m.onnx", scorer=True)
    assert not (tmp_path / "m.onnx").exists()


BIG = 2**53 + 1


@pytest.mark.parametrize(
    "make",
    [
        lambda x: pd.array(x, dtype="Int64"),
        lambda x: pd.Series(x, dtype="int64[pyarrow]"),
        pl.Series,
        pa.array,
        lambda x: pa.chunked_array([x]),
        lambda x: x,
    ],
    ids=["Int64", "pyarrow in pandas", "Polars", "Arrow", "chunked", "list"],
)
@pytest.mark.parametrize("values", [[BIG, None], [None, None], [BIG, BIG + 2]], ids=str)
def test_large_integers_beside_nulls(make: Any, values: list[Any], big: Path) -> None:
    assert loaded(big)["score"]({"x": make(values)})["y"].tolist() == values


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("big")
    program = xp.trace(lambda x: {"y": x}, "int64?[N]", input_names=["x"])
    program.save(folder / "m.onnx", scorer=True)
    return folder / "score_m.py"


def test_rows_that_violate_an_assumption(tmp_path: Path) -> None:
    def scale(x: Any) -> dict[str, Any]:
        return {"y": x if xp.any(x < 0) else x * 10}

    program = xp.trace(scale, "float64[N>=0]", example=np.ones(2), check_assumptions=True)
    program.save(tmp_path / "m.onnx", scorer=True)
    standalone = loaded(tmp_path / "score_m.py")
    assert standalone["score"]({"x": [1.0, 2.0]})["y"].tolist() == [10.0, 20.0]
    with pytest.raises(ValueError, match=r"does not hold for these rows: .*x < 0.0\) is False"):
        standalone["score"]({"x": [1.0, -2.0]})
    assert standalone["score"]({"x": []})["y"].tolist() == []
