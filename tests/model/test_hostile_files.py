"""Hostile files raise an error of our own or run; none ends or blocks the process, or reads other files.

``make hostile-files`` tries many more mutations, on the oldest runtime and on the installed one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.hostile_files import (
    HAND_MADE,
    IMPOSSIBLE,
    Outcome,
    hand_made,
    mutations,
    outcomes,
    write_files,
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("hostile")
    files = write_files(folder, hand_made(folder))
    return {outcome.name: outcome for outcome in outcomes(folder, files)}


@pytest.mark.parametrize("name", HAND_MADE)
def test_files_made_by_hand(found: dict[str, Outcome], name: str):
    assert not found[name].is_bad, found[name]


REFUSED = [
    name
    for name in HAND_MADE
    if (" in '" in name and "sparse.bin" not in name)
    or name in IMPOSSIBLE
    or name.startswith(("calls,", "calls itself", "schema", "rank", "text", "nested too"))
    or name in ("two graphs", "negative pad", "doubled shape", "undefined in a function")
]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_at_load(found: dict[str, Outcome], name: str):
    outcome = found[name]
    if name in ("calls, 8 deep", "schema of a large size"):
        assert outcome.result == "right"
    else:
        assert (outcome.step, outcome.result.partition(":")[0]) == ("load", "onnxp.ModelFileError")


@pytest.mark.parametrize("name", ["negative size", "large constant", "large input"])
def test_what_is_printed_and_inlined(found: dict[str, Outcome], name: str):
    assert found[name].step in ("inline", "call")


def test_mutations(tmp_path: Path):
    files = write_files(tmp_path, mutations(150, 7))
    results = list(outcomes(tmp_path, files))
    assert [outcome for outcome in results if outcome.is_bad] == []
    assert {outcome.step for outcome in results} >= {"load", "call"}
