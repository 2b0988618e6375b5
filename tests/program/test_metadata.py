"""What a model says of itself: metadata, description, versions."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import onnxp as xp
from onnxp.errors import ArgumentError, ArgumentTypeError
from onnxp.sklearn import trace_estimator

SAID = {"author": "Ada", "version": 3, "rates": [0.5, None, True], "data": {"rows": 10}}
X, y = np.asarray([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), [0, 1, 1]


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


def double(x):
    """Double it.

    Every element.
    """
    return x * 2


def reloaded(program: xp.Program) -> list[xp.Program]:
    """Return a program as it is, from its bytes, and from the model that onnx has parsed."""
    return [program, xp.load(bytes(program)), xp.load(onnx.load_from_string(bytes(program)))]


def test_what_is_said_comes_back() -> None:
    for program in reloaded(xp.trace(double, "float64[N]", metadata=SAID)):
        assert program.metadata == SAID
        assert program.doc == "Double it.\n\nEvery element."
        assert program.versions == {"onnxp": xp.__version__, "numpy": np.__version__}


def test_other_tools_find_it() -> None:
    model = xp.trace(double, "float64[N]", metadata=SAID, doc="twice").model
    entries = {entry.key: entry.value for entry in model.metadata_props}
    assert entries["author"] == "Ada"
    assert {key: json.loads(entries[key]) for key in SAID if key != "author"} == {
        key: value for key, value in SAID.items() if key != "author"
    }
    assert model.doc_string == "twice"


def test_the_metadata_of_another_tool() -> None:
    model = xp.trace(double, "float64[N]").model
    del model.metadata_props[:]
    model.metadata_props.add(key="trained", value="2026")
    assert xp.load(model).metadata == {"trained": "2026"}


def test_numbers_of_numpy_become_those_of_python() -> None:
    said = {"n": np.int64(3), "w": np.arange(2.0), "t": (1, "a")}
    program = xp.trace(double, "float64[N]", metadata=said)
    assert program.metadata == {"n": 3, "w": [0.0, 1.0], "t": [1, "a"]}
    assert type(program.metadata["n"]) is int


@pytest.mark.parametrize(
    ("metadata", "error", "message"),
    [
        ({"f": double}, ArgumentTypeError, r"metadata\['f'\] is of type function"),
        ({"a": [1, {2: 3}]}, ArgumentTypeError, r"metadata\['a'\]\[1\]: a key must be text, not 2"),
        ({1: 2}, ArgumentTypeError, "a key of metadata must be text, not 1"),
        ({"": 2}, ArgumentTypeError, "a key of metadata must be text, not ''"),
        (["a"], ArgumentTypeError, "metadata must be a dict, not list"),
        ({"a": "\ud800"}, ArgumentError, "not text that UTF-8 can encode"),
        ({"a": CYCLE}, ArgumentError, "metadata contain themselves"),
        ({"classes": [1]}, ArgumentError, "the key 'classes' is written by onnxp"),
        ({"onnxp.schema": "x"}, ArgumentError, "the key 'onnxp.schema' is written by onnxp"),
    ],
)
def test_bad_metadata(metadata: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        xp.trace(double, "float64[N]", metadata=metadata)


def test_a_description_that_is_no_text() -> None:
    with pytest.raises(ArgumentTypeError, match="doc must be text, not 3"):
        xp.trace(double, "float64[N]", doc=3)  # type: ignore[arg-type] # the error is tested


def test_estimators_describe_themselves() -> None:
    pipeline = make_pipeline(
        StandardScaler(), FunctionTransformer(double), LogisticRegression(C=2)
    ).fit(X, y)
    program = trace_estimator(pipeline, metadata={"author": "Ada"})
    assert program.metadata == {"classes": [0, 1], "author": "Ada"}
    assert {"onnxp", "numpy", "sklearn"} == set(program.versions)
    assert "LogisticRegression(C=2)" in program.doc
    assert " at 0x" not in program.doc
    assert trace_estimator(pipeline, doc="mine").doc == "mine"


def test_the_bytes_are_the_same_each_time() -> None:
    programs = [xp.trace(double, "float64[N]", metadata=SAID) for _ in range(2)]
    assert bytes(programs[0]) == bytes(programs[1])
