"""Runs on arrays in the memory of a device, which are exchanged by DLPack and bound to a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from onnxp._src.program.signature import violation
from onnxp._src.runtime.failures import failure, is_of_runtime
from onnxp.errors import ArgumentError, FeedError

if TYPE_CHECKING:
    from onnxp._src.program.base import ProgramBase
    from onnxp._src.program.signature import Leaf

DEVICES: Final = {1: "cpu", 2: "cuda", 3: "cuda_pinned", 10: "rocm"}
"""What onnxruntime calls a device, by its number in DLPack."""


@final
class DeviceArray:
    """A result in the memory of a device. Other libraries take it by DLPack, such as ``torch.from_dlpack``.

    Attributes
    ----------
    dtype : str
        The name of the dtype.
    shape : tuple of int
        The shape.
    device : str
        Where it is, such as ``"cuda"``.
    """

    __slots__ = ("_value", "device", "dtype", "shape")

    def __init__(self, value: Any, dtype: str) -> None:
        self._value = value
        self.dtype = dtype
        self.shape = tuple(value.shape())
        self.device = value.device_name()

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return the array in the memory of the CPU."""
        return self._value.numpy()  # type: ignore[no-any-return]  # onnxruntime is untyped

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """Return the array in the memory of the CPU."""
        return np.asarray(self.numpy(), dtype)

    def __dlpack__(self, **options: Any) -> Any:
        """Return a capsule of DLPack, which shares the memory."""
        if self.device == "cpu":
            return self.numpy().__dlpack__(**options)
        return self._value._get_c_value().to_dlpack()

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return the device and its number."""
        if self.device == "cpu":
            return 1, 0
        device, number = self._value._get_c_value().__dlpack_device__()
        return int(device), int(number)

    def __repr__(self) -> str:
        return f"DeviceArray({self.dtype}{list(self.shape)} on {self.device})"


def run_on_device(
    program: ProgramBase, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> list[DeviceArray]:
    """Run a program on arrays where they are: see `Program.run_on_device`."""
    name, inputs = program.signature.name, program.signature.inputs
    for leaf in (*inputs, *program.signature.outputs):
        if leaf.dtype is None or len(leaf.planes) != 1 or leaf.dtype.family not in _PLAIN:
            raise ArgumentError(
                f"run_on_device: {leaf.name!r} is {leaf.text}; inputs and outputs must be arrays of numbers "
                "or bools"
            )
    arrays = _ordered([leaf.name for leaf in inputs], args, kwargs)
    places = [_device(array, leaf) for array, leaf in zip(arrays, inputs, strict=True)]
    where = next((place for place in places if place[0] != "cpu"), ("cpu", 0))
    session = program.session()
    binding = session.io_binding()
    for array, leaf, place in zip(arrays, inputs, places, strict=True):
        value = _imported(array, leaf) if place[0] != "cpu" else _copied(array, leaf)
        binding.bind_ortvalue_input(leaf.planes[0], value)
    for leaf in program.signature.outputs:
        binding.bind_output(leaf.planes[0], *where)
    if program.signature.guard:
        binding.bind_output(program.signature.guard)
    binding.synchronize_inputs()
    try:
        session.run_with_iobinding(binding)
    except Exception as error:
        if not is_of_runtime(error):
            raise
        raise failure(f"program {name!r}", {}, error, program._place) from None
    binding.synchronize_outputs()
    values = list(binding.get_outputs())
    if program.signature.guard and not values.pop().numpy():
        raise violation(name, program.assumptions, certain=False)
    return [
        DeviceArray(value, leaf.dtype.name)
        for value, leaf in zip(values, program.signature.outputs, strict=True)
        if leaf.dtype is not None
    ]


_PLAIN = ("bool", "int", "uint", "float")


def _ordered(names: list[str], args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    if len(args) + len(kwargs) != len(names) or set(given) != set(names):
        raise FeedError(
            f"run_on_device takes an array for each of the inputs {names}; it got {len(args)} by position and "
            f"{list(kwargs)} by name"
        )
    return [given[name] for name in names]


def _device(array: Any, leaf: Leaf) -> tuple[str, int]:
    """Return where an array is, as onnxruntime names it."""
    if not hasattr(array, "__dlpack_device__"):
        raise FeedError(
            f"run_on_device: {leaf.name!r} must be an array that DLPack can exchange, such as one of torch, "
            f"cupy or numpy, not {array!r:.60} of type {type(array).__name__}"
        )
    device, number = array.__dlpack_device__()
    if int(device) not in DEVICES:
        raise ArgumentError(
            f"run_on_device: {leaf.name!r} is on a device that onnxruntime does not exchange "
            f"(number {int(device)} in DLPack); copy it to the CPU"
        )
    return DEVICES[int(device)], int(number)


def _copied(array: Any, leaf: Leaf) -> Any:
    """Return an array in the memory of the CPU as a value of onnxruntime."""
    import onnxruntime

    data = np.ascontiguousarray(np.from_dlpack(array))
    _require_dtype(data.dtype.name, leaf)
    return onnxruntime.OrtValue.ortvalue_from_numpy(data.reshape(np.shape(data)))


def _imported(array: Any, leaf: Leaf) -> Any:
    """Return an array in the memory of a device as a value of onnxruntime, which shares it."""
    import onnxruntime

    assert leaf.dtype is not None
    make: Any = onnxruntime.OrtValue
    if hasattr(make, "from_dlpack"):
        value = make.from_dlpack(array)
    else:
        base = onnxruntime.capi._pybind_state.OrtValue
        if not hasattr(base, "from_dlpack"):
            raise ArgumentError(
                f"onnxruntime {onnxruntime.__version__} does not take arrays on devices; install 1.23 or "
                "newer, or copy them to the CPU"
            )
        value = make(base.from_dlpack(array.__dlpack__(), leaf.dtype.family == "bool"))
    names = {"float": "float32", "double": "float64"}
    of_runtime = value.data_type().removeprefix("tensor(").removesuffix(")")
    _require_dtype(names.get(of_runtime, of_runtime), leaf)
    return value


def _require_dtype(name: str, leaf: Leaf) -> None:
    assert leaf.dtype is not None
    if name != leaf.dtype.name:
        raise FeedError(f"{leaf.name!r} must be {leaf.dtype.name}, not {name}; cast it first")
