"""Dtypes of users in programs: inputs and outputs, files with and without the class, control flow, sessions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.dtypes import EXTENSIONS
from onnxp.errors import FeedError, SpecError
from tests.helpers.sessions import both


class Price(xp.ExtensionDType):
    """An amount in a currency."""

    planes: ClassVar = {"cents": xp.int64, "currency": xp.category(("EUR", "USD"))}


@Price.define("multiply")
def _multiply(price: Any, number: Any) -> Any:
    cents, currency = Price.parts(price).values()
    return Price.of(cents=cents * number, currency=currency)


class Half(xp.ExtensionDType):
    """A number with a second plane that may be null, in a dtype of its own."""

    planes: ClassVar = {"price": Price, "day": xp.datetime64("D"), "share": "float64?"}


PRICES = np.array([(250, "EUR"), (999, "USD"), (1, "")], Price.dtype.numpy)
COUNT = np.array([2, 3, 4])
TOTAL = [(500, "EUR"), (2997, "USD"), (4, "")]


def total(price: Any, count: Any) -> dict[str, Any]:
    return {"total": price * count, "first": price[0], "back": xp.flip(price)}


@pytest.fixture(scope="module")
def program() -> xp.Program:
    return xp.trace(total, "Price[N]", "int64[N]")


@pytest.fixture
def unregistered() -> Iterator[None]:
    del EXTENSIONS["Price"]
    yield
    EXTENSIONS["Price"] = Price.dtype


@pytest.mark.parametrize(
    "price",
    [
        PRICES,
        PRICES.tolist(),
        {"cents": PRICES["cents"], "currency": PRICES["currency"]},
        {"cents": [250, 999, 1], "currency": ["EUR", "USD", None]},
    ],
    ids=["structured", "tuples", "planes", "lists"],
)
def test_calls(program: xp.Program, price: Any) -> None:
    results = program(price, COUNT)
    assert results["total"].tolist() == TOTAL
    assert results["first"].tolist() == (250, "EUR")
    assert results["back"].tolist() == PRICES[::-1].tolist()


def test_calls_with_arrays(program: xp.Program) -> None:
    results = program(xp.asarray(PRICES, dtype=Price), xp.asarray(COUNT))
    assert results["total"].dtype == Price
    assert np.asarray(results["total"]).tolist() == TOTAL


@pytest.mark.parametrize(
    "price", [COUNT, [1, 2, 3], PRICES[:2], xp.asarray(COUNT), {"cents": COUNT}]
)
def test_other_data_are_refused(program: xp.Program, price: Any) -> None:
    with pytest.raises(FeedError):
        program(price, COUNT)


def test_in_a_bare_session(program: xp.Program) -> None:
    feeds = {"price_cents": PRICES["cents"], "price_currency": PRICES["currency"], "count": COUNT}
    results = both(program.model).run(["total_cents", "total_currency"], feeds)
    assert list(zip(*(r.tolist() for r in results), strict=True)) == TOTAL
    assert {i.name for i in program.model.graph.input} == set(feeds)


def test_files_with_the_class(program: xp.Program) -> None:
    loaded = xp.load(bytes(program))
    assert loaded.inputs == program.inputs
    assert loaded(PRICES, COUNT)["total"].tolist() == TOTAL


def test_files_without_the_class(program: xp.Program, unregistered: None) -> None:
    loaded = xp.load(bytes(program))
    assert [leaf.name for leaf in loaded.inputs] == ["price_cents", "price_currency", "count"]
    results = loaded({"cents": PRICES["cents"], "currency": PRICES["currency"]}, COUNT)
    assert results["total"]["cents"].tolist() == [500, 2997, 4]
    assert results["total"]["currency"].tolist() == ["EUR", "USD", ""]
    again = xp.load(bytes(loaded))
    assert again.inputs == loaded.inputs


def test_files_with_another_class_of_the_name(program: xp.Program) -> None:
    content = bytes(program)
    other = EXTENSIONS["Price"]
    try:
        EXTENSIONS["Price"] = Half.dtype
        loaded = xp.load(content)
    finally:
        EXTENSIONS["Price"] = other
    assert [leaf.name for leaf in loaded.inputs] == ["price_cents", "price_currency", "count"]


def test_loading_imports_nothing(program: xp.Program, tmp_path: Any) -> None:
    program.save(tmp_path / "model.onnx")
    code = (
        "import sys, onnxp as xp\n"
        f"program = xp.load({str(tmp_path / 'model.onnx')!r})\n"
        "print(len(program.inputs), any('test_extension' in name for name in sys.modules))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["3", "False"]


def test_the_metadata(program: xp.Program) -> None:
    (entry,) = (e for e in program.model.metadata_props if e.key == "onnxp.schema")
    leaf = json.loads(entry.value)["inputs"][0]
    assert leaf["dtype"] == "Price"
    assert leaf["parts"] == {"cents": "int64", "currency": "category[EUR, USD]"}
    assert leaf["planes"] == ["price_cents", "price_currency"]


def test_control_flow_and_jit() -> None:
    def function(price: Any, n: Any) -> Any:
        doubled = xp.while_loop(
            lambda state: state[0] < n,
            lambda state: (state[0] + 1, state[1] * 2),
            (xp.asarray(0), price),
        )[1]
        return xp.cond(n > 1, lambda: doubled, lambda: xp.flip(doubled))

    program = xp.trace(function, "Price[N]", "int64[]")
    assert program(PRICES, np.asarray(2)).tolist() == [(1000, "EUR"), (3996, "USD"), (4, "")]
    assert program(PRICES, np.asarray(0)).tolist() == PRICES[::-1].tolist()
    result = xp.jit(lambda price: price * 2)(xp.asarray(PRICES, dtype=Price))
    assert result.dtype == Price
    assert np.asarray(result).tolist() == [(500, "EUR"), (1998, "USD"), (2, "")]


def test_calls_of_programs_while_tracing(program: xp.Program) -> None:
    outer = xp.trace(lambda p, n: program(p * 10, n)["total"], "Price[N]", "int64[N]")
    assert outer(PRICES, COUNT).tolist() == [(5000, "EUR"), (29970, "USD"), (40, "")]


def test_build() -> None:
    price = xp.argument("N", Price)
    model = xp.build({"price": price}, {"double": price * 2})
    assert xp.load(model)(PRICES)["double"].tolist() == [(500, "EUR"), (1998, "USD"), (2, "")]


def test_planes_of_all_kinds() -> None:
    names = ["x_price_cents", "x_price_currency", "x_day", "x_share_values", "x_share_null"]
    program = xp.trace(xp.flip, "Half[N]")
    assert [i.name for i in program.model.graph.input] == names
    price = Price.of(cents=xp.asarray([1, 2]), currency="EUR")
    x = Half.of(
        price=price,
        day=xp.asarray(["2024-02-29", "NaT"], dtype="datetime64[D]"),
        share=xp.asarray([0.5, None]),
    )
    result = program(x)
    parts = Half.parts(result)
    assert np.asarray(parts["price"]).tolist() == [(2, "EUR"), (1, "EUR")]
    assert np.isnat(np.asarray(parts["day"])).tolist() == [True, False]
    assert np.ma.asarray(parts["share"]).tolist() == [None, 0.5]


@pytest.mark.parametrize("text", ["Prices[N]", "Price", "Price[N"])
def test_bad_specs(text: str) -> None:
    with pytest.raises(SpecError):
        xp.trace(lambda x: x, text)


def test_a_file_of_schema_2() -> None:
    program = xp.load(Path(__file__).parent / "files" / "schema_2_columns.onnx")
    assert [leaf.text for leaf in program.inputs] == [
        "category[a < b][N]",
        "category[a < b][N] (codes)",
        "category[a < b][N] (unknown='error')",
        "int64?[N]",
        "float64?[N] (null='nan')",
        "int64[N]",  # of a class that is not here
        "category[digital, spring][N]",
    ]
    results = program(
        ["a", "c", "b"],
        np.array([1, 0, -1]),
        ["b", "", "a"],
        np.ma.array([1, 2, 3], mask=[True, False, False]),
        np.array([1.5, np.nan, 0.0]),
        {"grams": np.array([10, 20, 30]), "scale": ["spring", None, "digital"]},
    )
    assert results["label"].tolist() == ["b", "", "a"]
    assert results["code"].tolist() == ["b", "a", ""]
    assert results["is_b"].tolist() == [True, False, False]
    assert results["filled"].tolist() == [0, 2, 3]
    assert results["number"].tolist() == [3.0, None, 0.0]
    assert {name: plane.tolist() for name, plane in results["weight"].items()} == {
        "grams": [10],
        "scale": ["spring"],
    }


@pytest.mark.parametrize("cents", [1.9, 2**70, None, "1"])
def test_feeds_keep_numbers(program: xp.Program, cents: Any) -> None:
    with pytest.raises(FeedError, match=r"input 'price'.*cents is"):
        program([(cents, "EUR")], [1])
