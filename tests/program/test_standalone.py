"""Scorers in files of their own, which run without onnxp."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
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


def test_it_is_a_command(program: xp.Program, file: Path, tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "rows.csv", index=False)
    command = [sys.executable, file, tmp_path / "rows.csv", tmp_path / "scores.csv"]
    subprocess.run(command, check=True)
    with open(tmp_path / "scores.csv", newline="", encoding="utf-8") as opened:
        header, *rows = csv.reader(opened)
    expected = program.on()(FRAME)
    assert header == list(expected.columns)
    assert [row[0] for row in rows] == expected["label"].tolist()
    assert [float(row[1]) for row in rows] == expected["probabilities_no"].tolist()


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeffage,old,id\n30,1,5\n\n", [[30, 5, True]]),
        ("id,age,old\n5,30.0,true\n6,1e1,False\n", [[30, 5, True], [10, 6, False]]),
        ('"age","id",old,"a ""b"""\n30,"5",0,x\n', [[30, 5, False]]),
        ("age,id,old\n", []),
        ("age,id,old\n30,5\n", "line 2 has 2 cells, and the header 3"),
        ("age,id,old,age\n30,5,1,2\n", r"several columns are called \['age'\]"),
        (
            "age,id,old\n\n1,2,1\n1.5,5,1\n",
            r"rows.csv, line 4, column 'age': '1.5' is not an integer",
        ),
        ("age,id,old\nmuch,5,1\n", r"line 2, column 'age': 'much' is not an integer"),
        ("age,id,old\n,5,1\n", "'age' is float64, but int64 is needed"),
        ("age,id,old\n1,5,maybe\n", "line 2, column 'old': 'maybe' is not a bool"),
        ("", "rows.csv is empty"),
    ],
)
def test_files_as_other_programs_write_them(text: str, expected: Any, tmp_path: Path) -> None:
    def function(age: Any, id: Any, old: Any) -> Any:
        return {"a": age * 1, "i": id * 1, "o": old & True}

    program = xp.trace(function, "int64[N>=0]", "int64[N>=0]", "bool[N>=0]")
    program.save(tmp_path / "m.onnx", scorer=True)
    (tmp_path / "rows.csv").write_text(text, encoding="utf-8")
    main = loaded(tmp_path / "score_m.py")["main"]
    result = main([str(tmp_path / "rows.csv"), str(tmp_path / "scores.csv")])
    if isinstance(expected, str):
        assert re.search(expected, result)
        return
    assert result == 0
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert scores.columns.tolist() == ["a", "i", "o"]
    assert scores.to_numpy(object).tolist() == expected


@pytest.mark.parametrize("inputs", [["float64[N]"], ["float64[N]", "string[N]"]])
def test_truth_values_beside_missing_ones_are_numbers(inputs: list[str], tmp_path: Path) -> None:
    program = xp.trace(lambda *x: x[0] * 2, *inputs, input_names=["a", "s"][: len(inputs)])
    program.save(tmp_path / "m.onnx", scorer=True)
    score = loaded(tmp_path / "score_m.py")["score"]
    for cells in (["True", "FALSE", "", "2.5"], [True, False, None, 2.5]):
        (result,) = score({"a": cells, "s": ["x"] * 4}).values()
        np.testing.assert_array_equal(result, [2.0, 0.0, np.nan, 5.0])
    with pytest.raises(ValueError, match="'yes' is not a number"):
        score({"a": ["yes"], "s": ["x"]})


def test_a_model_of_floats_has_a_short_file(tmp_path: Path) -> None:
    program = xp.trace(lambda a, b: {"s": a + b}, "float64[N]", "float32[N]")
    program.save(tmp_path / "m.onnx", scorer=True)
    text = (tmp_path / "score_m.py").read_text()
    function, _, command = text.partition("# From here on it is the command")
    assert len(function.splitlines()) <= 88
    assert len(command.splitlines()) <= 55
    (tmp_path / "function.py").write_text(function)
    score = loaded(tmp_path / "function.py")["score"]
    assert score({"a": [1, None], "b": np.float64([2, 3])})["s"].tolist()[0] == 3.0
    for wrong in (["x", "1"], [1j, 2j]):
        with pytest.raises((TypeError, ValueError)):
            score({"a": wrong, "b": [1, 2]})
    (tmp_path / "rows.csv").write_text("b,a\n1,NA\n2,\n3,1.5\n")
    main = loaded(tmp_path / "score_m.py")["main"]
    assert main([str(tmp_path / "rows.csv"), str(tmp_path / "scores.csv")]) == 0
    assert (tmp_path / "scores.csv").read_text().split() == ["s", "nan", "nan", "4.5"]


@pytest.mark.parametrize("arguments", [[], ["--help"], ["a.csv"]])
def test_the_command_says_what_it_takes(arguments: list[str], file: Path) -> None:
    assert loaded(file)["main"](arguments) == "give two files: rows.csv scores.csv"


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
        ({"age": ["x"], "sex": ["a"], "fare": [1.0]}, ValueError, "row 0 of column 'age': 'x' is not an int"),
        ({"age": np.array([2.7], object), "sex": ["a"], "fare": [1.0]}, ValueError, "is not an integer"),
        ({"age": ["1_0"], "sex": ["a"], "fare": [1.0]}, ValueError, "is not an integer"),
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


def test_times_in_files(of_times: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("when,span\n2024-02-29 12:30:00,3600\n,5\n2000-01-01,\n")
    command = [sys.executable, of_times, tmp_path / "rows.csv", tmp_path / "scores.csv"]
    subprocess.run(command, check=True)
    assert (tmp_path / "scores.csv").read_text().split() == [
        "later,twice,year",
        "2024-02-29T13:30:00,7200,2024.0",
        ",10,nan",
        ",,2000.0",
    ]


@pytest.mark.parametrize(
    ("when", "error", "message"),
    [
        (["2024-02-29T12:30:00Z"], ValueError, "has a time zone"),
        (pd.to_datetime(["2024-02-29"]).tz_localize("Europe/Paris"), ValueError, "has a time zone"),
        (["soon"], ValueError, "soon"),
        (["now"], ValueError, "'now' is not a date"),
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


def test_nullable_columns_in_files(nullable: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(
        "age,name,ok,fare,when\n1,a,True,1.5,2024-02-29\n,,,,\n3.0,b,0,2,\n"
    )
    command = [sys.executable, nullable, tmp_path / "rows.csv", tmp_path / "scores.csv"]
    subprocess.run(command, check=True)
    assert (tmp_path / "scores.csv").read_text().split() == [
        "older,other,not,fares_0,fares_1,filled,later",
        "2,b,False,1.5,3.0,1.5,2024-02-29T00:00:01",
        ",,,,,-1.0,",
        "4,a,True,2.0,4.0,2.0,",
    ]


def test_a_nullable_matrix(tmp_path: Path) -> None:
    program = xp.trace(lambda x: xp.sum(x, axis=1), "float64?[N, 2]")
    program.save(tmp_path / "m.onnx", scorer=["a", "b"])
    result = loaded(tmp_path / "score_m.py")["score"]({"b": [2, None], "a": [10, 20]})
    assert result["output"].tolist() == [12.0, 20.0]


@pytest.mark.parametrize(
    ("age", "error", "message"),
    [
        ([1.5, None], TypeError, "'age' is float64, but int64 is needed"),
        (np.array([1.5, np.nan]), ValueError, "'1.5' is not an integer"),
        (np.array([2**63], np.uint64), OverflowError, "does not fit"),
        ([None, "x"], ValueError, "row 1 of column 'age': 'x' is not an integer"),
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


def test_files_with_a_header_only(of_times: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("when,span\n")
    assert loaded(of_times)["main"]([str(tmp_path / "rows.csv"), str(tmp_path / "out.csv")]) == 0
    assert (tmp_path / "out.csv").read_text().split() == ["later,twice,year"]


def test_rows_that_violate_an_assumption(tmp_path: Path) -> None:
    def scale(x: Any) -> dict[str, Any]:
        return {"y": x if xp.any(x < 0) else x * 10}

    program = xp.trace(scale, "float64[N>=0]", example=np.ones(2), check_assumptions=True)
    program.save(tmp_path / "m.onnx", scorer=True)
    standalone = loaded(tmp_path / "score_m.py")
    assert standalone["score"]({"x": [1.0, 2.0]})["y"].tolist() == [10.0, 20.0]
    with pytest.raises(ValueError, match=r"does not hold for these rows: .*x < 0.0\) is False"):
        standalone["score"]({"x": [1.0, -2.0]})
    source, target = tmp_path / "rows.csv", tmp_path / "out.csv"
    source.write_text("x\n1\n-1\n")
    assert "does not hold" in standalone["main"]([str(source), str(target)])
    assert not target.exists()
    source.write_text("x\n")
    assert standalone["main"]([str(source), str(target)]) == 0


@pytest.mark.parametrize("spec", ["uint8[N]", "uint8?[N]"])
def test_unsigned_integers_in_files(spec: str, tmp_path: Path) -> None:
    program = xp.trace(lambda x: {"y": x}, spec, input_names=["x"])
    program.save(tmp_path / "m.onnx", scorer=True)
    main = loaded(tmp_path / "score_m.py")["main"]
    source, target = tmp_path / "rows.csv", tmp_path / "out.csv"
    source.write_text("x\n7\n255.0\n")
    assert main([str(source), str(target)]) == 0
    assert target.read_text().split() == ["y", "7", "255"]
    for cell in ("256", "-1"):
        source.write_text(f"x\n7\n{cell}\n")
        assert (
            main([str(source), str(target)]) == "OverflowError: column 'x' does not fit into uint8"
        )
