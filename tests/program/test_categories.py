"""Categories in programs: specs, encodings, files, data frames, control flow, and sessions without onnxp."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import onnxp as xp
from onnxp.errors import EvaluationError, FeedError, NotAnArrayError, SpecError, VerificationError
from tests.helpers.sessions import both

SIZE = xp.category(("S", "M", "L"), ordered=True)
TEXT = np.array(["M", "XL", "S", ""], object)
AMOUNT = np.array([1.0, 2.0, 3.0, 4.0])


def price(size: Any, amount: Any) -> dict[str, Any]:
    return {
        "next": xp.minimum(xp.maximum(size, "M"), "L"),
        "price": xp.map(size, {"S": 0.5, "M": 1.0, "L": 2.0}, default=0.0) * amount,
        "large": size > "S",
    }


EXPECTED = {
    "next": np.array(["M", "", "M", ""]),
    "price": np.array([1.0, 0.0, 1.5, 0.0]),
    "large": np.array([True, False, False, False]),
}


@pytest.fixture(scope="module")
def program() -> xp.Program:
    return xp.trace(price, "category[S < M < L][N]", "float64[N]")


def check(results: Any) -> None:
    for name, value in EXPECTED.items():
        np.testing.assert_array_equal(np.asarray(results[name]), value)


def check_table(results: Any) -> None:
    """Check columns, of which one has categories, and null or NaN for those that are missing."""
    for name, value in EXPECTED.items():
        column = np.asarray(results[name])
        if column.dtype == object:
            column = np.array([x if isinstance(x, str) else "" for x in column.tolist()])
        np.testing.assert_array_equal(column, value)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("category[a, b][N]", ("a", "b")),
        (' category["x, ]", b][2, N>=0] ', ("x, ]", "b")),
        ("category[a < b][]", ("a", "b")),
    ],
)
def test_specs(text: str, labels: tuple) -> None:
    program = xp.trace(lambda x: x == labels[0], text)
    (leaf,) = program.inputs
    assert leaf.dtype is not None
    assert leaf.dtype.categories == labels
    assert [i.type.tensor_type.elem_type for i in program.model.graph.input] == [xp.string.onnx]
    assert xp.load(bytes(program)).inputs == program.inputs


@pytest.mark.parametrize("text", ["category[N]x", "category[a, b", "category[a, a][N]", "category"])
def test_bad_specs(text: str) -> None:
    with pytest.raises(SpecError):
        xp.trace(lambda x: x, text)


def test_specs_of_different_labels_differ() -> None:
    many = [f"label{i}" for i in range(20)]
    a, b = (xp.spec("N", xp.category(labels)) for labels in (many, [*many[:9], "x", *many[9:]]))
    assert repr(a) == repr(b)
    assert a != b
    assert a == xp.spec("N", xp.category(many))


@pytest.mark.parametrize(
    "options",
    [
        {"null": "", "encoding": "codes"},
        {"encoding": "codes", "unknown": "error"},
        {"encoding": "bytes"},
        {"unknown": "?"},
    ],
)
def test_options_that_do_not_go_together(options: Any) -> None:
    with pytest.raises(SpecError):
        xp.spec("N", SIZE, **options)
    with pytest.raises(SpecError):
        xp.spec("N", xp.int64, encoding="codes")


def test_in_a_bare_session(program: xp.Program) -> None:
    results = both(program.model).run(None, {"size": TEXT, "amount": AMOUNT})
    check(dict(zip(EXPECTED, results, strict=True)))
    ops = [node.op_type for node in program.model.graph.node]
    assert ops.count("LabelEncoder") == 1


@pytest.mark.parametrize(
    "size",
    [
        TEXT,
        TEXT.astype(str),
        TEXT.tolist(),
        ["M", "XL", "S", None],
        pd.Series(TEXT, dtype="category"),
        pd.Categorical(TEXT),
        pd.Series(["M", None, "S", np.nan]),
    ],
    ids=lambda x: type(x).__name__,
)
def test_calls(program: xp.Program, size: Any) -> None:
    check(program(size, AMOUNT))


def test_calls_with_arrays(program: xp.Program) -> None:
    size = xp.astype(xp.asarray(TEXT), SIZE)
    results = program(size, xp.asarray(AMOUNT))
    check(results)
    assert results["next"].dtype is SIZE
    check(program(xp.asarray(TEXT), xp.asarray(AMOUNT)))


def test_calls_with_columns(program: xp.Program) -> None:
    polars, arrow = (
        pytest.importorskip("polars", reason="`make test` installs polars"),
        pytest.importorskip("pyarrow", reason="`make test` installs pyarrow"),
    )
    enum = polars.Enum(["XL", "M", "S"])
    check(program(polars.Series(["M", "XL", "S", None], dtype=enum), AMOUNT))
    check(program(arrow.array(["M", None, "S", ""]).dictionary_encode(), AMOUNT))


@pytest.mark.parametrize("kind", ["pandas", "polars", "dict"])
def test_tables(program: xp.Program, kind: str) -> None:
    why = f"`make test` installs {kind}"
    make: Any = dict if kind == "dict" else pytest.importorskip(kind, reason=why).DataFrame
    table = make({"amount": AMOUNT, "size": TEXT.tolist()})
    check(program(table))
    check_table(program.on(keep=["amount"])(table))
    check_table(xp.load(bytes(program)).on()(table))


def test_tables_of_categories(program: xp.Program) -> None:
    frame = pd.DataFrame({"amount": AMOUNT, "size": pd.Categorical(["M", None, "S", None])})
    check(program(frame))
    scored = program.on(keep=["size"])(frame)
    check_table(scored)
    pd.testing.assert_series_equal(scored["size"], frame["size"])
    pyarrow = pytest.importorskip("pyarrow", reason="`make test` installs pyarrow")
    arrow = pyarrow.table({"amount": AMOUNT, "size": pyarrow.array(frame["size"])})
    check(program(arrow))
    check_table(program.on()(arrow).to_pydict())


@pytest.mark.parametrize(
    "size",
    [np.arange(4), [1, 2, 3, 4], pd.Series([1, 2, 3, 4]), xp.asarray([1, 2, 3, 4]), [["M"] * 4]],
)
def test_other_data_are_refused(program: xp.Program, size: Any) -> None:
    with pytest.raises(FeedError):
        program(size, AMOUNT)


def test_targets_without_label_encoders() -> None:
    specs = ("category[S < M < L][N]", "float64[N]")
    program = xp.trace(price, *specs, target="portable")
    assert {node.domain for node in program.model.graph.node} <= {"", "onnxp"}
    check(program(TEXT, AMOUNT))


def test_codes() -> None:
    program = xp.trace(price, xp.spec("N", SIZE, encoding="codes"), "float64[N]")
    assert program.inputs[0].encoding == "codes"
    codes = np.array([1, 7, 0, -1])
    check(program(codes, AMOUNT))
    check(program(codes.astype(np.int8), AMOUNT))
    check(program(pd.Categorical(["M", None, "S", None]), AMOUNT))
    check(xp.load(bytes(program))(TEXT, AMOUNT))
    results = both(program.model).run(None, {"size": codes, "amount": AMOUNT})
    check(dict(zip(EXPECTED, results, strict=True)))


def test_unknown_labels_fail() -> None:
    program = xp.trace(lambda x: x == "S", xp.spec("N", SIZE, unknown="error"))
    loaded = xp.load(bytes(program))
    for p in (program, loaded):
        np.testing.assert_array_equal(p(["S", "", "L"]), [True, False, False])
        with pytest.raises(EvaluationError):
            p(["S", "XL"])


def test_build() -> None:
    x = xp.argument("N", SIZE, name="x")
    model = xp.build({"size": x}, {"sorted": xp.sort(x), "same": x})
    program = xp.load(model)
    assert [leaf.dtype for leaf in (*program.inputs, *program.outputs)] == [SIZE] * 3
    assert program(["L", "S", "?"])["sorted"].tolist() == ["S", "L", ""]
    assert program(["L", "S", "?"])["same"].tolist() == ["L", "S", ""]
    with pytest.raises(NotAnArrayError):
        xp.build({"size": xp.flip(x)}, {"y": x})


def test_files(program: xp.Program, tmp_path: Path) -> None:
    program.save(tmp_path / "model.onnx")
    loaded = xp.load(tmp_path / "model.onnx")
    assert loaded.inputs == program.inputs
    assert loaded.outputs == program.outputs
    check(loaded(TEXT, AMOUNT))
    (entry,) = (e for e in program.model.metadata_props if e.key == "onnxp.schema")
    assert json.loads(entry.value)["inputs"][0]["dtype"] == "category[S < M < L]"


def test_calls_of_programs_while_tracing(program: xp.Program) -> None:
    def function(size: Any, amount: Any) -> Any:
        return program(xp.minimum(size, "M"), amount * 2)["price"]

    outer = xp.trace(function, "category[S < M < L][N]", "float64[N]")
    np.testing.assert_array_equal(outer(TEXT, AMOUNT), [2.0, 0.0, 3.0, 0.0])
    constant = xp.trace(lambda amount: program(["M", "", "S", "?"], amount)["next"], "float64[4]")
    assert constant(AMOUNT).tolist() == EXPECTED["next"].tolist()


def test_jit() -> None:
    calls = []

    @xp.jit
    def function(size: Any, amount: Any) -> Any:
        calls.append(1)
        return price(size, amount)

    size = xp.asarray(["M", "", "S", ""], dtype=SIZE)
    for _ in range(2):
        results = function(size, xp.asarray(AMOUNT))
        check(results)
        assert results["next"].dtype is SIZE
    assert len(calls) == 1
    function(xp.asarray(["a"] * 4, dtype=xp.category(("a", "S", "M", "L"), ordered=True)), AMOUNT)
    assert len(calls) == 2


def test_control_flow() -> None:
    def function(x: Any, n: Any) -> Any:
        def step(state: Any) -> Any:
            return state[0] + 1, xp.flip(state[1])

        _, turned = xp.while_loop(lambda state: state[0] < n, step, (xp.asarray(0), x))
        return xp.cond(n > 1, lambda: turned, lambda: xp.maximum(turned, "M"))

    program = xp.trace(function, "category[S < M < L][N]", "int64[]")
    assert program(["S", "M", "L"], np.asarray(3)).tolist() == ["L", "M", "S"]
    assert program(["S", "M", "L"], np.asarray(0)).tolist() == ["M", "M", "L"]


def test_examples_decide_branches() -> None:
    def function(x: Any) -> Any:
        return xp.sort(x) if xp.any(x == "L") else x

    program = xp.trace(function, "category[S < M < L][N]", example=np.array(["L", "S", "M"]))
    assert program(["M", "S"]).tolist() == ["S", "M"]
    assert bool(program.check(np.array(["L", "S"])))
    assert bool(program.check(pd.Categorical(["L", "S"]), locate=True))


def test_verification_calls_the_function_with_categories() -> None:
    def function(x: Any) -> Any:
        return x > "S" if isinstance(x, xp.Array) and x.is_traced else x < "S"

    with pytest.raises(VerificationError):
        xp.trace(function, "category[S < M < L][N]", example=np.array(["L", "S", "M"]))


def test_sizes_of_zero_and_one(program: xp.Program) -> None:
    open_program = xp.trace(price, "category[S < M < L][N>=0]", "float64[N>=0]")
    for count in (0, 1):
        results = open_program(TEXT[:count], AMOUNT[:count])
        for name, value in EXPECTED.items():
            assert results[name].tolist() == value[:count].tolist()


def test_a_scorer_without_onnxp_takes_text(program: xp.Program, tmp_path: Path) -> None:
    program.save(tmp_path / "model.onnx", scorer=True)
    spec = importlib.util.spec_from_file_location("scorer", tmp_path / "score_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    check(module.score({"size": TEXT, "amount": AMOUNT}))


def test_unknown_label_is_named():
    program = xp.trace(lambda c: c == "a", xp.spec("category[a, b][N]", unknown="error"))
    with pytest.raises(
        EvaluationError, match=r"input 'c' has the label 'z', which category\[a, b\]"
    ):
        program(np.array(["a", "z"]))
    with pytest.raises(EvaluationError, match="recode: 'z' is none of the labels"):
        xp.recode(xp.asarray(["a", "z"]), xp.category(("a", "b")), unknown="error")
    with pytest.raises(EvaluationError, match="recode: 2 is none of the labels"):
        xp.recode(xp.asarray([0, 2]), xp.category(("a", "b")), unknown="error")


def test_program_of_other_categories():
    program = xp.trace(lambda c: c == "a", "category[a, b][N]")
    x = xp.asarray(["a", "c"], dtype="category[a, c]")
    with pytest.raises(FeedError, match=r"use xp\.recode\(x, dtype\)"):
        xp.trace(lambda c: program(c), "category[a, c][N]")
    assert np.asarray(program(xp.recode(x, "category[a, b]"))).tolist() == [True, False]
