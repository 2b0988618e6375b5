"""Columns of text of each library are the same objects, whether or not their texts repeat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import onnxp as xp
from onnxp._src.program import column_values, text_columns
from onnxp.errors import FeedError

COLUMNS: dict[str, Callable[[list[str | None]], Any]] = {
    "str of pandas": lambda d: pd.Series(d, dtype="str"),
    "string of pandas": lambda d: pd.Series(d, dtype="string"),
    "in Python": lambda d: pd.Series(d, dtype="string[python]"),
    "objects": lambda d: pd.Series(d, dtype=object),
    "pandas on Arrow": lambda d: pd.Series(d, dtype=pd.ArrowDtype(pa.string())),
    "labels by name": lambda d: pd.Series(d, dtype="str", index=np.arange(len(d)) * 0.5 - 7),
    "an index": lambda d: pd.Index(d, dtype="str"),
    "Polars": lambda d: pl.Series("a", d, pl.String),
    "Arrow": lambda d: pa.array(d, pa.string()),
    "a slice of Arrow": lambda d: pa.array(["before", *d, "after"], pa.large_string())[1:-1],
    "chunks": lambda d: pa.chunked_array([d[:100], d[100:150], [], d[150:]], pa.string()),
    "views": lambda d: pa.array(d, pa.string_view()),
}
TEXTS: dict[str, Callable[[int], str | None]] = {
    "few": lambda i: ["ä", "bb\0", "", "日本"][i % 4],
    "few, missing": lambda i: None if i % 7 == 3 else ["ä", "bb"][i % 2],
    "many": lambda i: f"passenger {i}",
    "many, missing": lambda i: None if i % 3 else f"passenger {i}",
    "many behind few": lambda i: "first" if i < 5000 else f"passenger {i}",
    "missing": lambda _: None,
}


@pytest.mark.parametrize("size", [0, 200, 6000])
@pytest.mark.parametrize("texts", TEXTS)
@pytest.mark.parametrize("kind", COLUMNS)
def test_objects(kind: str, texts: str, size: int) -> None:
    data = [TEXTS[texts](i) for i in range(size)]
    result = column_values.as_input(COLUMNS[kind](data), xp.string, "a")
    assert result.dtype == object
    assert result.shape == (size,)
    assert result.tolist() == [text or "" for text in data]
    assert {*map(type, result.tolist())} <= {str}


@pytest.mark.parametrize("kind", [k for k in COLUMNS if k not in ("in Python", "objects", "views")])
def test_each_text_is_made_once(kind: str) -> None:
    result = column_values.as_input(
        COLUMNS[kind](["a long text", "b", None] * 3000), xp.string, "a"
    )
    assert len({*map(id, result.tolist())}) == 3


def test_polars_without_arrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_columns, "_has_arrow", lambda: False)
    column = pl.Series(["a", None] * 3000)
    assert column_values.as_input(column, xp.string, "a").tolist() == ["a", ""] * 3000


def test_objects_that_are_not_text_are_refused() -> None:
    with pytest.raises(FeedError, match=r"column 'a' has 5 of type int, but text is needed"):
        column_values.as_input(pd.Series(["a", 5] * 3000, dtype=object), xp.string, "a")


def test_the_objects_of_a_caller_are_not_changed() -> None:
    given = np.array(["a", None, "b"], object)
    assert column_values.as_input(given, xp.string, "a").tolist() == ["a", "", "b"]
    assert given.tolist() == ["a", None, "b"]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float32(), pa.float64()])
def test_missing_numbers_of_arrow_are_nan(kind: Any) -> None:
    column = pa.array([1, None, 100], kind)
    result = column_values.as_input(column, xp.float64, "a")
    np.testing.assert_array_equal(result, [1, np.nan, 100], strict=True)
