"""Programs for tables."""

from __future__ import annotations

import pytest

import onnxp as xp


@pytest.fixture(scope="module")
def of_columns() -> xp.Program:
    """Return a program with an input for each column."""

    def predict(age, sex, fare):
        score = age * 2 + fare
        return {"score": score, "label": xp.where(sex == "f", "yes", "no")}

    return xp.trace(predict, "float64[N]", "string[N]", "float64[N]")


@pytest.fixture(scope="module")
def of_matrix() -> xp.Program:
    """Return a program of one matrix, without names."""
    return xp.trace(lambda X: {"p": X * xp.asarray([1.0, 10.0], dtype=xp.float32)}, "float32[N, 2]")
