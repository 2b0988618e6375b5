"""Runs that write their results into arrays which are there already, so that nothing is copied to its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from onnxp._src.runtime.blocks import Cut

if TYPE_CHECKING:
    import onnxruntime

Host = np.ndarray[Any, Any]
_Declared: TypeAlias = dict[str, tuple[str | None, Sequence[Any]]]
"""The dtypes and shapes of outputs, by name."""

_DTYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    **{
        f"tensor({name})": name
        for name in "bool float16 int8 int16 int32 int64 uint8 uint16 uint32 uint64".split()
    },
}
"""The dtypes of numpy that the runtime reads and writes in place, by its names."""


@final
class OutputWriter:
    """Runs a session and writes its outputs into arrays.

    It uses the binding of onnxruntime, whose classes make a device for each output, which takes 40 µs
    (onnxruntime 1.32.0).
    """

    __slots__ = ("_bind", "_cpu", "_declared", "_session", "_value")

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session: Any = session
        self._declared: _Declared | None = None  # empty if it cannot be used
        self._bind: Any = None
        self._cpu: Any = None
        self._value: Any = None

    def room(self, cut: Cut, outputs: Sequence[str]) -> list[Host] | None:
        """Return arrays for the outputs of a run in blocks; None if they cannot be written into arrays."""
        if self._declared is None:
            self._declared = self._start()
        if not self._declared:
            return None
        if cut.outputs is not None and not cut.outputs.issuperset(outputs):
            return None
        room: list[Host] = []
        for name in outputs:
            dtype, shape = self._declared[name]
            # an output that is an input is returned as it is
            if dtype is None or name in cut.parts or name in cut.whole:
                return None
            try:
                array = cut.room(dtype, shape)
            except MemoryError:  # a whole run says which node needs it
                return None
            if array is None:
                return None
            room.append(array)
        return room

    def _start(self) -> _Declared:
        """Return the outputs, if the runtime has the binding and it takes the inputs."""
        try:
            from onnxruntime.capi import _pybind_state as runtime

            device = runtime.OrtDevice
            self._cpu = device(device.cpu(), device.default_memory(), 0)
            if any(info.type not in _DTYPES for info in self._session.get_inputs()):
                return {}  # text cannot be bound
            self._bind = runtime.SessionIOBinding
            self._value = runtime.OrtValue.ortvalue_from_numpy
            infos = self._session.get_outputs()
            self._session = self._session._sess
        except (ImportError, AttributeError):
            return {}
        return {info.name: (_DTYPES.get(info.type), info.shape) for info in infos}

    def run(self, feeds: Mapping[str, Host], results: Mapping[str, Host], options: Any) -> None:
        """Run the session, and write its outputs into `results`. It fails if they have other shapes."""
        binding = self._bind(self._session)
        for name, array in feeds.items():
            binding.bind_input(name, array)
        for name, array in results.items():
            # the address of an array alone, which `bind_output` takes, takes twice as long
            binding.bind_ortvalue_output(name, self._value(array, self._cpu))
        self._session.run_with_iobinding(binding, options)
