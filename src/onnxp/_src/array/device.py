"""Devices: where arrays live when they are evaluated."""

from __future__ import annotations

from typing import final

from onnxp.errors import DeviceError

NAMES = ["cpu"]


@final
class Device:
    """A device: where arrays live when they are evaluated. Functions take its name as well.

    Parameters
    ----------
    name : str
        ``"cpu"``, the only device.

    Raises
    ------
    DeviceError
        If there is no such device.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        if name not in NAMES:
            raise DeviceError(f"Device: there is no device {name!r}; the devices are {NAMES}")
        self.name = name

    def __eq__(self, other: object) -> bool:
        return self.name == (other.name if isinstance(other, Device) else other)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"Device({self.name!r})"

    def __str__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[type[Device], tuple[str]]:
        return Device, (self.name,)


CPU = Device("cpu")

DLPACK_CPU = (1, 0)
"""The CPU in DLPack: kDLCPU, and the number of the device."""


def require_device(device: object, function: str) -> None:
    """Raise `DeviceError` unless `device` is None or exists."""
    if device is not None and device != CPU:
        raise DeviceError(f"{function}: there is no device {device!r}; the devices are {NAMES}")
