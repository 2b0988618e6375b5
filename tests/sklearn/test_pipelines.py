"""Pipelines of mixed frames give the results of scikit-learn, for rows that they were not fitted on too."""

from __future__ import annotations

import pytest

from tests.helpers.sklearn_pipelines import PIPELINES, outcome


@pytest.mark.parametrize("name", PIPELINES)
def test_pipelines(name: str):
    found = outcome(name)
    assert found.what == "right", found.detail
