"""What each function of the namespace does with dtypes beyond the standard: it works, or says why not."""

from __future__ import annotations

import pytest

from benchmarks import dtypes

MOVES = frozenset(
    "astype broadcast_arrays broadcast_to concat expand_dims flip full_like matrix_transpose meshgrid moveaxis "
    "permute_dims repeat reshape roll squeeze stack take take_along_axis tile unstack where".split()
)
"""Functions that only move elements."""


@pytest.fixture(scope="module")
def support() -> dict[str, dict[str, str]]:
    return dtypes.support()  # raises if a function raises what is not an error of onnxp


def test_every_function_that_takes_arrays_is_in_the_table(
    support: dict[str, dict[str, str]],
) -> None:
    assert len(support) > 170
    assert {name.partition(".")[0] for name in support if "." in name} == set(dtypes.MODULES)
    assert support.keys() >= MOVES


def test_functions_that_move_elements_take_all(support: dict[str, dict[str, str]]) -> None:
    assert {name: row for name, row in support.items() if name in MOVES and any(row.values())} == {}


@pytest.mark.parametrize("name", sorted(MOVES - {"broadcast_arrays", "meshgrid", "unstack"}))
def test_moves_keep_the_dtype(name: str) -> None:
    function = dtypes.call(name)
    assert function is not None
    for x in dtypes.samples().values():
        assert function(x).dtype is x.dtype


def test_errors_say_what_is_refused(support: dict[str, dict[str, str]]) -> None:
    arrays = dtypes.samples()
    for name, row in support.items():
        for head, message in row.items():
            if message:
                assert str(arrays[head].dtype).rstrip("?") in message, (name, message)
                calls_others = name.endswith("_like") or name == "nulls.same"
                assert name.rpartition(".")[2] in message or calls_others, (name, message)


@pytest.mark.parametrize(
    ("head", "works", "refused"),
    [
        (
            "category",
            {"equal", "sort", "isin", "unique_all"},
            {"less", "min", "add", "isnan", "sum"},
        ),
        ("ordered", {"less", "min", "maximum", "clip", "searchsorted"}, {"add", "mean", "any"}),
        ("of a user", set(), {"add", "equal", "sort", "isin", "unique_values", "tril", "exp"}),
        ("string", {"add", "sort", "equal", "any", "nonzero"}, {"less", "sum", "exp"}),
        ("datetime64", {"dates.year", "dates.floor", "nulls.isnull"}, {"add", "dates.from_parts"}),
        ("int64?", {"linalg.matmul", "dates.from_parts"}, {"linalg.inv", "fft.fft"}),
    ],
)
def test_some_rows(
    support: dict[str, dict[str, str]], head: str, works: set[str], refused: set[str]
) -> None:
    assert {name for name in works if support[name][head]} == set()
    assert {name for name in refused if not support[name][head]} == set()


def test_reasons_are_of_several_functions() -> None:
    a, b = (
        dtypes.reason(name, f"{name} is not defined for Pair; define it by @Pair.define({name!r})")
        for name in ("add", "exp")
    )
    assert a == b == "is not defined for Pair; define it by @Pair.define(name)"
