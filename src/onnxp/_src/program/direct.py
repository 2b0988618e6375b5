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

    All else, errors and assumptions that do not hold too, is for the long way, which says what is wrong.
    """

    __slots__ = ("_checked", "_has_guard", "_inputs", "_outputs", "_runner", "_sizes", "_types")

    def __init__(
        self,
        inputs: list[_Input],
        sizes: list[_Size],
        outputs: Sequence[str],
        guard: str,
        runner: SessionRunner,
    ) -> None:
        self._types = [(name, dtype) for name, dtype, _, _ in inputs]
        self._inputs = inputs
        self._sizes = sizes
        self._checked: list[tuple[int, ...]] = []  # the shapes of the last call
        self._outputs = [*outputs, guard] if guard else outputs
        self._has_guard = bool(guard)
        self._runner = runner

    def __call__(self, args: tuple[Any, ...]) -> list[Any] | None:
        """Return the results, or None if an argument does not match or the run fails."""
        if len(args) != len(self._types):
            return None
        feeds = {}
        shapes = []
        for (name, dtype), array in zip(self._types, args):  # noqa: B905  # strict takes time
            if (
                type(array) is not _ndarray
                or (array.dtype is not dtype and array.dtype != dtype)
                or not array.flags.c_contiguous
            ):
                return None
            feeds[name] = array
            shapes.append(array.shape)
        if shapes != self._checked:
            if not self._match(shapes):
                return None
            self._checked = shapes
        if self._has_guard and self._runner.is_large(feeds):
            return None  # the assumptions are those of all rows, and a large run may be cut
        try:
            results = self._runner.run(self._outputs, feeds)
        except Exception as error:
            if not is_of_runtime(error):
                raise
            return None
        if self._has_guard and not results.pop():
            return None
        return results

    def _match(self, shapes: list[tuple[int, ...]]) -> bool:
        """Return whether arrays of some shapes match the inputs."""
        for shape, (_, _, rank, fixed) in zip(shapes, self._inputs, strict=True):
            if len(shape) != rank or any(shape[axis] != size for axis, size in fixed):
                return False
        for low, high, places in self._sizes:
            sizes = {shapes[position][axis] for position, axis in places}
            size = sizes.pop()
            if sizes or size < low or (high is not None and size > high):
                return False
        return True


def direct_call(signature: Signature, runner: SessionRunner) -> DirectCall | None:
    """Return the short way into a session; None if a call does more than run it on the arrays."""
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
    return DirectCall(inputs, checked, outputs, signature.guard, runner)
