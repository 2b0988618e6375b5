"""The table of the documentation: what each function does with dtypes beyond the standard."""

from __future__ import annotations

import re

import pytest

from benchmarks import dtype_calls, dtypes

MOVES = frozenset(
    "astype broadcast_arrays broadcast_to concat expand_dims flip full_like matrix_transpose meshgrid moveaxis "
    "permute_dims repeat reshape roll squeeze stack take take_along_axis tile unstack where".split()
)
"""Functions that only move elements."""

Support = dict[str, dict[str, dict[str, str]]]


@pytest.fixture(scope="module")
def support() -> Support:
    return dtypes.support()  # raises if a function raises what is not an error of onnxp


def test_every_function_is_in_the_table(support: Support) -> None:
    in_table = support.keys() | dtype_calls.TAKE_NO_ARRAYS
    assert set(dtype_calls.functions()) - in_table == set()


def test_functions_that_move_elements_take_all(support: Support) -> None:
    cells = {name: {dtypes.cell(row) for row in support[name].values()} for name in MOVES}
    assert {name: cell for name, cell in cells.items() if cell != {"yes"}} == {}


def test_errors_say_what_is_refused(support: Support) -> None:
    inputs = dtypes.samples()
    for name, columns in support.items():
        for head, row in columns.items():
            for call, message in row.items():
                dtype = str(inputs[head]["x"].dtype.computed).rstrip("?")
                names = [name.rpartition(".")[2], *re.findall(r"xp\.(?:\w+\.)?(\w+)\(", call)]
                calls_others = any(s in call for s in ("_like", "scan", "nulls.same", "cholesky"))
                is_named = dtype in message and any(name in message for name in names)
                assert is_named or calls_others or not message, (call, message)


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
        ("datetime64", {"dates.year", "dates.floor", "nulls.isnull"}, {"dates.from_parts"}),
        ("int64?", {"linalg.matmul", "dates.from_parts"}, {"linalg.inv", "fft.fft"}),
        ("bfloat16", {"add", "matmul", "linalg.det", "fft.fft"}, {"bitwise_and", "dates.year"}),
    ],
)
def test_some_rows(support: Support, head: str, works: set[str], refused: set[str]) -> None:
    assert {name for name in works if dtypes.cell(support[name][head]) != "yes"} == set()
    assert {name for name in refused if dtypes.cell(support[name][head])} == set()


def test_cells_have_the_calls_that_work(support: Support) -> None:
    assert (
        dtypes.cell(support["add"]["datetime64"]) == "``add(x, t)``, ``add(t, x)``, ``add(x, n)``"
    )


def test_reasons_are_of_several_functions() -> None:
    a, b = (
        dtypes.reason(name, f"{name} is not defined for Pair; define it by @Pair.define({name!r})")
        for name in ("add", "exp")
    )
    assert a == b == "is not defined for Pair; define it by @Pair.define(name)"
