"""Devices: where arrays live when they are evaluated."""

from __future__ import annotations

from typing import final

from onnxp.errors import DeviceError


@final
class Device:
    """A device, such as `CPU`. Wherever one is taken, its name is taken too."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return self.name == (other.name if isinstance(other, Device) else other)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"Device({self.name!r})"

    def __str__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        return "CPU"


CPU = Device("cpu")

DLPACK_CPU = (1, 0)
"""The CPU in DLPack: kDLCPU, and the number of the device."""


def require_device(device: object, function: str) -> None:
    """Raise `DeviceError` unless `device` is None or exists here."""
    if device is not None and device != CPU:
        raise DeviceError(
            f"{function}: there is no device {device!r}; the devices are {[CPU.name]}"
        )
