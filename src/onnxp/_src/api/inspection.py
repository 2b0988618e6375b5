"""Inspection (the standard's chapter of that name): what the namespace has, for code that adapts to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

from onnxp._src import dtypes
from onnxp._src.array.device import CPU, Device, require_device
from onnxp._src.dtypes import DType

MAX_DIMENSIONS = 64  # numpy's limit; the runtime has none that is lower


@final
class Info:
    """The description of the namespace that `__array_namespace_info__` returns."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Callable[[], Info], tuple[()]]:
        return __array_namespace_info__, ()

    def capabilities(self) -> dict[str, bool | int]:
        """Return the capabilities of the namespace, under the standard's keys."""
        return {
            "boolean indexing": True,
            "data-dependent shapes": True,
            "max dimensions": MAX_DIMENSIONS,
        }

    def default_device(self) -> Device:
        """Return the device of arrays that are created without one."""
        return CPU

    def default_dtypes(self, *, device: object = None) -> dict[str, DType]:
        """Return the default dtype of each kind.

        Parameters
        ----------
        device : device, optional
            The device to ask about.
        """
        require_device(device, "default_dtypes")
        return dict(dtypes.DEFAULTS)

    def devices(self) -> tuple[Device, ...]:
        """Return all devices."""
        return (CPU,)

    def dtypes(
        self, *, device: object = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, DType]:
        """Return the standard's dtypes of some kinds, by name.

        Parameters
        ----------
        device : device, optional
            The device to ask about.
        kind : str or tuple of str, optional
            A kind of `isdtype`, or several; by default all.

        Raises
        ------
        DTypeError
            If there is no such kind.
        """
        require_device(device, "dtypes")
        kinds = (kind,) if isinstance(kind, str) else kind
        families = None if kinds is None else {k for name in kinds for k in dtypes.kinds_of(name)}
        return {
            dtype.name: dtype
            for dtype in dtypes.DTYPES
            if dtype is not dtypes.float16 and (families is None or dtype.family in families)
        }


_INFO = Info()


def __array_namespace_info__() -> Info:
    """Return an object that describes the namespace.

    Returns
    -------
    Info
        With the methods ``capabilities``, ``default_device``, ``default_dtypes``, ``devices``, ``dtypes``.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.__array_namespace_info__().default_dtypes()["integral"]
    onnxp.int64
    """
    return _INFO
