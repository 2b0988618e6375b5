"""A table with columns of numbers and text, and what a program of its columns returns."""

from __future__ import annotations

from typing import Any

import numpy as np

ROWS = 7
DATA = {
    "id": np.arange(ROWS) + 100,
    "fare": np.linspace(-1, 2, ROWS),
    "age": np.arange(ROWS, dtype=np.float32) * 3,
    "sex": np.asarray(["f", "m", "f", "f", "m", "", "m"], dtype=object),
}


def columns_of(table: Any) -> dict[str, list[Any]]:
    names = table.keys() if isinstance(table, dict) else getattr(table, "column_names", None)
    names = list(table.columns if names is None else names)
    return {name: np.asarray(table[name]).tolist() for name in names}


EXPECTED = {
    "score": (DATA["age"] * 2.0 + DATA["fare"]).tolist(),
    "label": ["yes" if s == "f" else "no" for s in DATA["sex"]],
}
