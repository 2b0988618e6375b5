"""Random inputs for a model, drawn from its signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onnxp._src.dtypes import DType, int_range
from onnxp._src.program.program import Program
from onnxp._src.program.signature import Leaf
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentError

Host = np.ndarray[Any, Any]

_OTHER = 3
"""The size of axes that have a name, but are not the rows."""
_TEXTS = ("a", "b", "c", "")
_NULLS = 0.2
"""The part of the elements of nullable inputs that are null."""
_DAYS = 20_000
"""Points in time are drawn from so many days from 1970 on."""


def inputs(program: Program, rows: int, seed: int = 0) -> dict[str, Host]:
    """Return an array for each input of a program; the first symbolic size of the inputs is `rows`.

    Sizes of one name are equal. In models of other tools, first axes without a name have `rows`, too.

    Raises
    ------
    ArgumentError
        If an input is not a tensor, or has an unknown rank.
    """
    rng = np.random.default_rng(seed)
    numbers: dict[str, int] = {}
    for leaf in program.inputs:
        for axis, size in enumerate(leaf.shape or ()):
            for symbol in size.symbols if isinstance(size, Dim) else ():
                is_unnamed = symbol.origin is not None and symbol.name == f"{leaf.name}_{axis}"
                is_rows = not numbers or (axis == 0 and is_unnamed)
                wanted = rows if is_rows else _OTHER
                most = wanted if symbol.high is None else symbol.high
                numbers.setdefault(symbol.name, max(symbol.low, min(wanted, most)))
    return {leaf.name: _array(leaf, numbers, rng) for leaf in program.inputs}


def rows_of(program: Program, arrays: Mapping[str, Host]) -> int:
    """Return the number of rows of inputs: their first symbolic size, or the first one if all are numbers."""
    pairs = [
        pair
        for leaf in program.inputs
        for pair in zip(leaf.shape or (), arrays[leaf.name].shape, strict=False)
    ]
    return next(
        (number for size, number in pairs if isinstance(size, Dim)), pairs[0][1] if pairs else 1
    )


def _array(leaf: Leaf, numbers: Mapping[str, int], rng: np.random.Generator) -> Host:
    if leaf.dtype is None or leaf.shape is None:
        raise ArgumentError(f"input {leaf.name!r} is {leaf.text}: give data for it, with --data")
    shape = tuple(
        dims.evaluate(size, lambda symbol: numbers[symbol.name]) if isinstance(size, Dim) else size
        for size in leaf.shape
    )
    values = _values(leaf.dtype, shape, rng)
    if isinstance(values, np.ma.MaskedArray) and leaf.encoding not in (None, "nan"):
        values.mask |= values.data == leaf.encoding  # which stands for null
    return values


def _values(dtype: DType, shape: tuple[int, ...], rng: np.random.Generator) -> Host:
    if dtype.is_nullable and dtype.fields:
        objects = _values(dtype.plain, shape, rng).astype(object)
        return np.ma.MaskedArray(objects, rng.random(shape) < _NULLS)
    if dtype.extension is not None:
        fields = {name: _values(kind, shape, rng) for name, kind in dtype.fields.items()}
        host: Host = dtype.extension.join(fields)
        return host
    if dtype.is_nullable and not dtype.fields:
        mask = rng.random(shape) < _NULLS
        return np.ma.MaskedArray(_values(dtype.plain, shape, rng), mask)
    match dtype.family:
        case "bool":
            return rng.random(shape) < 0.5
        case "string":
            return _choices(_TEXTS, shape, rng)
        case "category":
            return _choices(dtype.categories, shape, rng)
        case "datetime":
            days = rng.integers(_DAYS, size=shape).astype("M8[D]")
            return np.asarray(days, dtype.numpy)
        case "timedelta":
            return np.asarray(rng.integers(-9, 9, size=shape, endpoint=True), dtype.numpy)
        case "int" | "uint":
            low, high = int_range(dtype)
            drawn = rng.integers(max(low, 0), min(high, 9), size=shape, endpoint=True)
            return np.asarray(drawn, dtype.numpy)
        case "complex":
            return np.asarray(rng.normal(size=shape) + 1j * rng.normal(size=shape), dtype.numpy)
        case _:
            return np.asarray(rng.normal(size=shape) * 2, dtype.numpy)


def _choices(texts: Sequence[str], shape: tuple[int, ...], rng: np.random.Generator) -> Host:
    drawn = np.asarray(texts, dtype=object)[rng.integers(len(texts), size=shape)]
    return np.asarray(drawn, dtype=object)
