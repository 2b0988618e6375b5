"""A small matrix as the argument of programs, and what a model takes and returns."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import onnx

from onnxp._src.program.program import Program
from tests.helpers import sessions

MATRIX = "float32[N, 2]"
X = np.arange(6, dtype=np.float32).reshape(3, 2)
W = np.asarray([2, -1], np.float32)


class Pair(NamedTuple):
    left: Any
    right: Any


def check(program: Program) -> Program:
    onnx.checker.check_model(program.model, full_check=True)
    return program


def bare(program: Program, *feeds: np.ndarray) -> list[np.ndarray]:
    """Run the model in a bare onnxruntime with default options."""
    session = sessions.both(program.model)
    names = [info.name for info in session.get_inputs()]
    return session.run(None, dict(zip(names, feeds, strict=True)))


def inputs(program: Program) -> list[str]:
    return [info.name for info in program.model.graph.input]


def outputs(program: Program) -> list[str]:
    return [info.name for info in program.model.graph.output]
