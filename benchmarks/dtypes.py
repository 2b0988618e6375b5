"""What each function does with dtypes beyond the standard: ``python -m benchmarks.dtypes``."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

import onnxp as xp
from benchmarks.dtype_calls import ELEMENTS, arrays, calls, data, run
from onnxp.errors import OnnxpError


def samples() -> dict[str, dict[str, Any]]:
    """Return arrays with three rows, by the heads of the table."""
    return {head: arrays(head, data(head, 3, seed=5)) for head in ELEMENTS}


def outcome(expression: str, inputs: Mapping[str, Any]) -> str:
    """Return ``""`` if a call works, else the message of its error.

    Raises
    ------
    AssertionError
        If it raises another error than one of `onnxp.errors`.
    """
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = run(expression, inputs)
            for array in result if isinstance(result, tuple | list) else (result,):
                if isinstance(array, xp.Array):
                    array._numpy()
    except OnnxpError as error:
        return str(error).partition("\n")[0]
    except Exception as error:
        text = f"{expression}, {inputs['x'].dtype}: {type(error).__name__}: {error}"
        raise AssertionError(text) from error
    return ""


def support() -> dict[str, dict[str, dict[str, str]]]:
    """Return for each function and head its calls, with ``""`` if it works, or why it is refused."""
    inputs = samples()
    table: dict[str, dict[str, dict[str, str]]] = {}
    for head in ELEMENTS:
        for name, expressions in calls(head).items():
            row = table.setdefault(name, {})
            row[head] = {call: outcome(call, inputs[head]) for call in expressions}
    return {name: table[name] for name in sorted(table, key=lambda name: ("." in name, name))}


def cell(row: Mapping[str, str]) -> str:
    """Return what the table says of a function and a dtype: yes, the calls that work, or nothing."""
    working = [call.removeprefix("xp.") for call, why in row.items() if not why]
    if len(working) == len(row):
        return "yes" if row else ""
    return ", ".join(f"``{call}``" for call in working)


def reason(name: str, message: str) -> str:
    """Return why a function is refused, without what is so of the function and the dtype only."""
    text = re.sub(rf"^{re.escape(name)}\b:? ?", "", message)
    text = re.sub(r"; allowed are [^;]*", "", text)
    text = text.replace(f"define({name!r})", "define(name)")
    return text


if __name__ == "__main__":
    for name, columns in support().items():
        print(f"{name:24}", *(f"{cell(row) or '-':4.20}" for row in columns.values()))
