"""Graphs of all functions: nothing is computed for nulls that are not there, nor values for `isnull`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import onnxp as xp
from benchmarks import dtype_calls
from onnxp.errors import OnnxpError
from tests.helpers.every_way import flattened

HEAD = "int64?"
CARRIED = ("cond", "fori_loop", "while_loop", "scan")
"""Functions whose branches and loops have the planes of their results, whatever these are."""


def program_of(call: str, nulls_of: Callable[[Any], Any], result: Callable[[Any], Any]) -> Any:
    """Trace a call with arrays in which `nulls_of` makes nulls; None if it is refused."""

    def function(**inputs: Any) -> list[Any]:
        arrays = {
            name: x if name in dtype_calls.OTHERS else nulls_of(x) for name, x in inputs.items()
        }
        results = flattened(dtype_calls.run(call, arrays))
        return [result(x) for x in results if isinstance(x, xp.Array)]

    specs = {
        name: xp.spec(dtype_calls.shape_of(name, "N"), dtype_calls.dtype_of(HEAD, name))
        for name in dtype_calls.SIZES
    }
    try:
        return xp.trace(function, translate_numpy=False, **specs)
    except OnnxpError:
        return None


def operators(program: xp.Program) -> list[str]:
    return [node.op_type for node in program.model.graph.node]


def test_no_nulls_cost_no_node() -> None:
    """Every function with arrays of a nullable dtype that have no nulls, and with plain ones."""
    tried = 0
    for name, row in dtype_calls.calls(HEAD).items():
        for call in row if name not in CARRIED else ():
            nullable = program_of(
                call,
                lambda x: xp.nulls.make_nullable(xp.nulls.get_data(x)),
                xp.nulls.get_data,
            )
            if nullable is None:  # such as those of linalg
                continue
            plain = program_of(call, xp.nulls.get_data, xp.nulls.get_data)
            assert operators(nullable) == operators(plain), call
            tried += 1
    assert tried > 200


ELEMENTWISE = sorted(
    {*dtype_calls.UNARY.split(), *dtype_calls.BINARY.split(), "pow", "clip"}
    - {"logical_and", "logical_or", "nextafter"}  # Kleene's logic looks at values
)
MOVES = "flip roll take reshape concat stack tile repeat squeeze permute_dims expand_dims".split()


@pytest.mark.parametrize("names", [ELEMENTWISE, MOVES], ids=["elementwise", "moves"])
def test_isnull_computes_no_values(names: list[str]) -> None:
    for name in names:
        for call in dtype_calls.calls(HEAD)[name]:
            program = program_of(call, lambda x: x, xp.nulls.isnull)
            if program is not None:
                graph = program.model.graph
                used = {x for node in graph.node for x in node.input if x.endswith("_values")}
                assert used == set(), call
