"""What `show` and `check` print of a model."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from onnxp._src.dtypes import ALL_BY_ONNX
from onnxp._src.model.obstacles import elem_types
from onnxp._src.program.load import load, read_program
from onnxp._src.program.program import Program
from onnxp._src.program.targets import Targets
from onnxp.errors import ArgumentError, ModelFileError


def load_or_read(path: Path) -> tuple[Program, str]:
    """Return the program of a file, and why onnxruntime cannot run it, or "".

    Raises
    ------
    ModelFileError
        If it is not a model.
    """
    try:
        return load(path), ""
    except ModelFileError as error:
        try:
            program = read_program(path)
            description(program, path, "")
        except Exception:  # whatever a damaged file leads to
            raise error from None
        return program, str(error).removeprefix(f"{path.absolute()}: ")


def description(program: Program, path: Path, problem: str) -> dict[str, Any]:
    """Return what there is to say of a model, for people and programs."""
    model = program.model
    numbers = Counter(elem_types(model).values())
    dtypes = {ALL_BY_ONNX[n].name: count for n, count in numbers.items() if n in ALL_BY_ONNX}
    return {
        "name": program.signature.name,
        "problem": problem,
        "inputs": {leaf.name: leaf.text for leaf in program.inputs},
        "outputs": {leaf.name: leaf.text for leaf in program.outputs},
        "assumptions": [str(assumption) for assumption in program.assumptions],
        "metadata": program.metadata,
        "versions": program.versions,
        "producer": f"{model.producer_name} {model.producer_version}".strip(),
        "doc": model.doc_string,
        "opsets": {entry.domain or "ai.onnx": entry.version for entry in model.opset_import},
        "nodes": len(model.graph.node),
        "functions": len(model.functions),
        "tensors": dict(sorted(dtypes.items())),
        "targets": [name for name, found in program.targets().items() if not (found or problem)],
        "bytes": path.stat().st_size,
    }


def listing(program: Program, path: Path, problem: str, nodes: int, functions: bool) -> str:
    """Return the description of a model and its nodes as text."""
    lines = [
        f"{key}: {_short(value)}"
        for key, value in description(program, path, problem).items()
        if value not in ({}, [], "")
    ]
    return "\n".join([*lines, "", program.text(limit=nodes, functions=functions)])


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={part}" for key, part in value.items())
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def targets_of(program: Program, target: str | None) -> Targets:
    """Return what stands in the way of all targets, or of one.

    Raises
    ------
    ArgumentError
        If there is no such target.
    """
    targets = program.targets()
    if target is not None and target not in targets:
        raise ArgumentError(f"target must be one of {', '.join(targets)}, not {target!r}")
    return targets if target is None else targets.only(target)
