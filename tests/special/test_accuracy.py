"""Errors of special functions against mpmath, for a few arguments; ``benchmarks.accuracy`` takes more."""

from __future__ import annotations

import time

import pytest

from benchmarks.special_accuracy import ROWS, Row, measure
from tests.helpers.properties import EXAMPLES

COUNT = EXAMPLES or 25
SEED = time.time_ns() if EXAMPLES else 5
ALLOWED = 5.5
ROUGH = {"betainc": 8.0, "gammainc": 8.0}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.arguments}")
def test_errors(row: Row):
    figures = measure(row, COUNT, SEED)
    assert figures.float32 < 0.51
    assert figures.float64 < ROUGH.get(row.name, ALLOWED)
