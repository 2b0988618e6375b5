"""Creation functions (the standard's chapter of that name)."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp import dtypes
from onnxp.array import Array, as_array, cast, from_host
from onnxp.devices import require_device
from onnxp.errors import ArgumentError, DTypeError


def asarray(
    obj: Any, /, *, dtype: object = None, device: object = None, copy: bool | None = None
) -> Array:
    """Convert to an array.

    Parameters
    ----------
    obj : array, numpy array, number, nested sequence of numbers, or object with ``__dlpack__``
        What to convert.
    dtype : dtype, optional
        The data type; by default that of `obj`, or the default dtype of its kind.
    device : device, optional
        Where to put it.
    copy : bool, optional
        Data of numpy is copied unless this is False; then it must not be written to any more.

    Returns
    -------
    Array
    """
    require_device(device, "asarray")
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    if isinstance(obj, Array):
        return obj if wanted is None else cast(obj, wanted)
    data = np.array(obj, copy=True, order="C")
    if isinstance(obj, np.ndarray | np.generic):
        result = as_array(data, "asarray")
        return result if wanted is None else cast(result, wanted)
    try:
        data = data.astype(wanted.numpy) if wanted is not None else data
    except (ValueError, OverflowError) as error:
        raise ArgumentError(f"asarray: {error}") from None
    if data.dtype.kind == "O":
        raise DTypeError(f"asarray: {obj!r} is not made of numbers of one kind")
    return from_host(data)
