"""Functions as people write them for numpy: no, one and several rows, in a session at default options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import onnxp as xp
from tests.helpers import numpy_decisions, numpy_science, sessions

CASES = {**numpy_science.CASES, **numpy_decisions.CASES}
SPECS = {"text": xp.string, "dates": "datetime64[D]", "bytes": np.uint8}
NEEDS_ROWS = ("im2col", "lennard", "rolling3", "swap", "vect_grade")
"""What numpy does not compute of no rows."""
WORDS = np.array(["apple", " Red", "blue", "green", "paid", "Late", "", "two words"])


def _rows(shape: tuple[int, ...], kind: str, n: int) -> np.ndarray:
    rng = np.random.default_rng(7 * n + 1)
    match kind:
        case "text":
            return WORDS[rng.integers(0, len(WORDS), n)]
        case "dates":
            return rng.integers(-20_000, 30_000, n).astype("datetime64[D]")
        case "bytes":
            return rng.integers(0, 256, (n, *shape)).astype(np.uint8)
        case "positive":
            return rng.uniform(0.1, 5, (n, *shape))
    x = rng.normal(size=(n, *shape)) * 2.5
    if kind == "missing":
        x[rng.random(x.shape) < 0.25] = np.nan
    return x


def _parts(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple | list) else [result]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_a_model(name: str) -> None:
    function, shape, kind = CASES[name]
    program = xp.trace(function, xp.spec(("N>=0", *shape), SPECS.get(kind, np.float64)))
    bare = sessions.session(program.model)
    (argument,) = (value.name for value in bare.get_inputs())
    for n in (1, 7) if name in NEEDS_ROWS else (0, 1, 7):
        x = _rows(shape, kind, n)
        expected = [np.asarray(part) for part in _parts(function(x.copy()))]
        of_strings = x.astype(object) if kind == "text" else x
        results = [program(x)] if kind == "dates" else [bare.run(None, {argument: of_strings})]
        for result, right in zip(_parts(results[0]), expected, strict=True):
            if right.dtype.kind == "U":
                assert np.asarray(result).tolist() == right.tolist()
                continue
            assert result.dtype == right.dtype
            np.testing.assert_allclose(result, right, rtol=1e-8, atol=1e-8)
            assert result.shape == right.shape
