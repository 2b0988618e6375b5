"""The short way of a call: numpy arrays that match the inputs exactly go to the runtime as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, final

import numpy as np

from onnxp._src.program.signature import Signature
from onnxp._src.runtime.failures import is_of_runtime
from onnxp._src.runtime.interrupt import SessionRunner

_ndarray = np.ndarray


class _Input(NamedTuple):
    """What an array must be for an input."""

    name: str
    dtype: np.dtype[Any]
    rank: int
    fixed: tuple[tuple[int, int], ...]  # axes and sizes


class _Size(NamedTuple):
    """A symbolic size: its bounds, and the positions and axes of the arrays that have it."""

    low: int
    high: int | None
    places: list[tuple[int, int]]

    @property
    def is_any(self) -> bool:
        """Whether every array has such a size."""
        return self.low <= 0 and self.high is None and len(self.places) == 1


@final
class DirectCall:
    """A call of a session with arrays that need no conversion.

    All else, errors too, is for the long way, which says what is wrong.
    """

    __slots__ = ("_inputs", "_outputs", "_runner", "_sizes")

    def __init__(
        self,
        inputs: list[_Input],
        sizes: list[_Size],
        outputs: Sequence[str],
        runner: SessionRunner,
    ) -> None:
        self._inputs = inputs
        self._sizes = sizes
        self._outputs = outputs
        self._runner = runner

    def __call__(self, args: tuple[Any, ...]) -> list[Any] | None:
        """Return the results, or None if an argument does not match or the run fails."""
        if len(args) != len(self._inputs):
            return None
        feeds = {}
        for position, (name, dtype, rank, fixed) in enumerate(self._inputs):
            array = args[position]
            if type(array) is not _ndarray or (array.dtype is not dtype and array.dtype != dtype):
                return None
            shape = array.shape
            if len(shape) != rank or not array.flags.c_contiguous:
                return None
            for axis, size in fixed:
                if shape[axis] != size:
                    return None
            feeds[name] = array
        for low, high, places in self._sizes:
            size = -1
            for position, axis in places:
                other = args[position].shape[axis]
                if other < low or (high is not None and other > high) or size not in (-1, other):
                    return None
                size = other
        try:
            return self._runner.run(self._outputs, feeds)
        except Exception as error:
            if not is_of_runtime(error):
                raise
            return None


def direct_call(signature: Signature, runner: SessionRunner) -> DirectCall | None:
    """Return the short way into a session; None if its inputs or outputs need more than the arrays."""
    if any(item is not None for item in signature.input_treedef["items"]):
        return None
    leaves = (*signature.inputs, *signature.outputs)
    if any(
        x.dtype is None or x.dtype.family == "string" or not x.dtype.is_own_plane for x in leaves
    ):
        return None
    inputs: list[_Input] = []
    sizes: dict[str, _Size] = {}
    for position, leaf in enumerate(signature.inputs):
        if leaf.dtype is None or leaf.shape is None:
            return None
        fixed = []
        for axis, size in enumerate(leaf.shape):
            if isinstance(size, int):
                fixed.append((axis, size))
                continue
            symbol = size.symbol
            if symbol is None or symbol.origin is not None:
                return None
            known = sizes.setdefault(symbol.name, _Size(symbol.low, symbol.high, []))
            known.places.append((position, axis))
        inputs.append(_Input(leaf.name, leaf.dtype.numpy, len(leaf.shape), tuple(fixed)))
    outputs = [leaf.name for leaf in signature.outputs]
    checked = [size for size in sizes.values() if not size.is_any]
    return DirectCall(inputs, checked, outputs, runner)
