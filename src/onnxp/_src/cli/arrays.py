"""Runs of models on arrays of any shape, which are in ``.npz`` files by the names of inputs and outputs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from onnxp._src.program.program import Program
from onnxp.errors import ArgumentError, SaveError

ARRAYS = ".npz"
"""The suffix of their files."""


def run_arrays(program: Program, inputs: dict[str, Any], output: Path) -> int:
    """Run a model once, write its outputs into a file, and return how many arrays these are.

    Raises
    ------
    ArgumentError
        If the file is not one of arrays, or the model lacks an input.
    SaveError
        If it cannot be written.
    """
    if output.suffix.lower() != ARRAYS:
        raise ArgumentError(f"arrays are written into a {ARRAYS} file, not {str(output)!r}")
    ordered = ordered_inputs(program, inputs)
    if program.signature.guard:
        program._check_assumptions(ordered)
    results = program.run(ordered)
    arrays = dict(
        part
        for leaf, result in zip(program.outputs, results, strict=True)
        for part in _parts(leaf.name, result)
    )
    unfinished = output.with_name(f"{output.name}.unfinished-{os.getpid()}")
    try:
        with open(unfinished, "wb") as file:
            np.savez(file, **arrays)
        os.replace(unfinished, output)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise SaveError(error.errno, f"cannot write {output}: {why}", str(output)) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return len(arrays)


def ordered_inputs(program: Program, inputs: dict[str, Any]) -> list[Any]:
    """Return the arrays for the inputs of a model in their order.

    Raises
    ------
    ArgumentError
        If one is missing.
    """
    names = [leaf.name for leaf in program.inputs]
    missing = [name for name in names if name not in inputs]
    if missing:
        raise ArgumentError(f"the inputs {missing} are missing; there are {list(inputs)}")
    return [inputs[name] for name in names]


def _parts(name: str, result: Any) -> Iterator[tuple[str, Any]]:
    """Yield the arrays of an output: those of a sequence or a map by its places or keys."""
    if isinstance(result, dict | list):
        pairs = result.items() if isinstance(result, dict) else enumerate(result)
        for key, part in pairs:
            yield from _parts(f"{name}_{key}", part)
    elif isinstance(result, np.ma.MaskedArray):
        yield from _parts(f"{name}_values", result.data)
        yield f"{name}_null", np.ma.getmaskarray(result)
    else:
        array = np.asarray(result)
        yield name, array.astype(str) if array.dtype == object else array
