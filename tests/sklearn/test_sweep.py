"""No estimator of scikit-learn makes a wrong model, or fails in another way than with the documented error."""

from __future__ import annotations

import re

import pytest
import sklearn

from benchmarks import estimators
from tests.helpers.sklearn_sweep import ESTIMATORS, LEAST, outcomes

PAGE = estimators.PAGE.read_text(encoding="utf-8")
MAKE = "make the page anew: python -m benchmarks.estimators --write"

PLACE = re.compile(r" cannot be traced: it leaves the array API at \S+:\d+, in \S+.*:\n    \S")
OTHER = re.compile(r" cannot be traced: (it gives|from \S+ rows)")


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_method_is_right_or_refused(name: str):
    found = list(outcomes(name))
    for outcome in found:
        assert outcome.what != "wrong", outcome
        if outcome.what == "refused":
            assert PLACE.search(outcome.detail) or OTHER.search(outcome.detail), outcome
    if sklearn.__version__.startswith("1.9."):
        right = [outcome.method for outcome in found if outcome.what == "right"]
        assert len(right) >= LEAST.get(name, 0), right
        if name not in estimators.OTHERS:
            assert estimators.row(name, found) in PAGE, MAKE


@pytest.mark.parametrize("name", estimators.OTHERS)
def test_estimators_that_take_other_rows(name: str):
    found = list(estimators.of_others(name))
    assert all(outcome.what != "wrong" for outcome in found)
    if sklearn.__version__.startswith("1.9."):
        assert estimators.row(name, found) in PAGE, MAKE
