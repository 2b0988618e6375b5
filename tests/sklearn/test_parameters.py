"""Estimators with parameters drawn at random are traced right, or refused with the documented error."""

from __future__ import annotations

import pytest

from tests.helpers.sklearn_outcomes import outcomes
from tests.helpers.sklearn_parameters import NAMES, cases

SEED = 3


@pytest.mark.parametrize("name", NAMES[SEED % 4 :: 4])
def test_drawn_parameters(name: str):
    for case in cases(name, 1, SEED):
        for outcome in outcomes(case):
            assert outcome.what in ("right", "refused"), (
                f"{case}\n{outcome.method}: {outcome.detail}"
            )
