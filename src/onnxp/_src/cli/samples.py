"""Random inputs for a model, drawn from its signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from onnxp._src.dtypes import DType, int_range
from onnxp._src.program.program import Program
from onnxp._src.program.signature import Leaf
from onnxp._src.shapes import dims
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentError

Host = np.ndarray[Any, Any]

_OTHER = 3
"""The size of axes that have a name, but are not the rows."""
_TEXTS = np.asarray(["a", "b", "c", ""], dtype=object)


def inputs(program: Program, rows: int, seed: int = 0) -> dict[str, Host]:
    """Return an array for each input of a program; the first symbolic size of the inputs is `rows`.

    Raises
    ------
    ArgumentError
        If an input is no tensor, or has an unknown rank.
    """
    rng = np.random.default_rng(seed)
    numbers: dict[Symbol, int] = {}
    for leaf in program.inputs:
        for size in leaf.shape or ():
            for symbol in size.symbols if isinstance(size, Dim) else ():
                wanted = _OTHER if numbers else rows
                most = wanted if symbol.high is None else symbol.high
                numbers.setdefault(symbol, max(symbol.low, min(wanted, most)))
    return {leaf.name: _array(leaf, numbers, rng) for leaf in program.inputs}


def _array(leaf: Leaf, numbers: Mapping[Symbol, int], rng: np.random.Generator) -> Host:
    if leaf.dtype is None or leaf.shape is None:
        raise ArgumentError(f"input {leaf.name!r} is {leaf.text}: give data for it, with --data")
    shape = tuple(
        dims.evaluate(size, numbers.__getitem__) if isinstance(size, Dim) else size
        for size in leaf.shape
    )
    return _values(leaf.dtype, shape, rng)


def _values(dtype: DType, shape: tuple[int, ...], rng: np.random.Generator) -> Host:
    match dtype.family:
        case "bool":
            return rng.random(shape) < 0.5
        case "string":
            return np.asarray(_TEXTS[rng.integers(len(_TEXTS), size=shape)], dtype=object)
        case "int" | "uint":
            low, high = int_range(dtype)
            drawn = rng.integers(max(low, 0), min(high, 9), size=shape, endpoint=True)
            return np.asarray(drawn, dtype.numpy)
        case "complex":
            return np.asarray(rng.normal(size=shape) + 1j * rng.normal(size=shape), dtype.numpy)
        case _:
            return np.asarray(rng.normal(size=shape) * 2, dtype.numpy)
