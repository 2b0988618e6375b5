"""No estimator of scikit-learn makes a wrong model, or fails in another way than with the documented error."""

from __future__ import annotations

import re

import pytest

from tests.sklearn_sweep import ESTIMATORS, outcomes

PLACE = re.compile(r" can not be traced: it leaves the array API at \S+:\d+, in \S+.*:\n    \S")
OTHER = re.compile(r" can not be traced: (it gives|from \S+ rows)")


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_method_is_right_or_refused(name: str):
    for outcome in outcomes(name):
        assert outcome.what != "wrong", outcome
        if outcome.what == "refused":
            assert PLACE.search(outcome.detail) or OTHER.search(outcome.detail), outcome
