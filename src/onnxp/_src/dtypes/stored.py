"""Numbers of 4 to 16 bits that models store: how they are rounded, and their bits in a model.

An array of such a dtype has float32 data, or int8 or uint8 data, that the dtype holds exactly.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from onnxp._src.dtypes.dtype import DType, float32, int8, uint8

_Host = np.ndarray[Any, Any]

# The numbers are onnx.TensorProto.DataType.
bfloat16 = DType("bfloat16", "stored", 16, 16, computed=float32)
float8_e4m3fn = DType("float8_e4m3fn", "stored", 8, 17, computed=float32)
float8_e4m3fnuz = DType("float8_e4m3fnuz", "stored", 8, 18, computed=float32)
float8_e5m2 = DType("float8_e5m2", "stored", 8, 19, computed=float32)
float8_e5m2fnuz = DType("float8_e5m2fnuz", "stored", 8, 20, computed=float32)
uint4 = DType("uint4", "stored", 4, 21, computed=uint8)
int4 = DType("int4", "stored", 4, 22, computed=int8)
STORED = (
    bfloat16,
    float8_e4m3fn,
    float8_e4m3fnuz,
    float8_e5m2,
    float8_e5m2fnuz,
    int4,
    uint4,
)
"""The dtypes that constants may be stored in, and that no runtime computes in."""


class Layout(NamedTuple):
    """The bits of floating-point numbers.

    Attributes
    ----------
    mantissa : int
        The bits of the mantissa.
    bias : int
        What is added to exponents.
    largest : float
        The largest finite number.
    saturates : bool
        Whether larger numbers become the largest one, as in ONNX's Cast; else infinity.
    unsigned_zero : bool
        Whether NaN has the bits of -0.0, which the dtype has not.
    """

    mantissa: int
    bias: int
    largest: float
    saturates: bool = True
    unsigned_zero: bool = False

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number with the full precision."""
        return 2.0 ** (1 - self.bias)


LAYOUTS = {
    "bfloat16": Layout(7, 127, float(2.0**127 * (2 - 2.0**-7)), saturates=False),
    "float8_e4m3fn": Layout(3, 7, 448.0),
    "float8_e4m3fnuz": Layout(3, 8, 240.0, unsigned_zero=True),
    "float8_e5m2": Layout(2, 15, 57344.0),
    "float8_e5m2fnuz": Layout(2, 16, 57344.0, unsigned_zero=True),
}
"""By the names of dtypes."""


def rounded(data: _Host, dtype: DType) -> _Host:
    """Return real numbers as data of a stored dtype: the nearest ones, to even in a tie.

    Of integers, the lowest 4 bits are kept, and floating-point numbers are truncated before.
    """
    layout = LAYOUTS.get(dtype.name)
    if layout is None:
        with np.errstate(invalid="ignore"):
            low = (data.astype(np.int64) & 15).astype(np.int8)
        return ((low ^ 8) - 8 if dtype.computed.family == "int" else low).astype(dtype.host)
    wide = data.astype(np.float64)
    _, exponents = np.frexp(wide)
    step = np.ldexp(1.0, np.maximum(exponents, 2 - layout.bias) - 1 - layout.mantissa)
    with np.errstate(invalid="ignore"):
        result = np.rint(wide / step) * step
        beyond = np.abs(result) > layout.largest
    limit = layout.largest if layout.saturates else np.inf
    result = np.where(beyond, np.copysign(limit, result), result)
    result = np.where(np.isnan(wide), np.nan, result)
    return np.asarray(result + 0.0 if layout.unsigned_zero else result, np.float32)


def packed(data: _Host, dtype: DType) -> bytes:
    """Return the bits of data of a stored dtype, in the order of ONNX."""
    data = np.ascontiguousarray(data).reshape(-1)
    codes: _Host
    if dtype.bits == 4:
        low = np.zeros(data.size + data.size % 2, np.uint8)
        low[: data.size] = data.view(np.uint8) & 15
        return (low[::2] | low[1::2] << 4).tobytes()
    if dtype.bits == 16:
        codes = data.view(np.uint32) >> 16
        return codes.astype("<u2").tobytes()
    layout = LAYOUTS[dtype.name]
    codes = np.searchsorted(_numbers(dtype.name), np.abs(data)).astype(np.uint8)
    codes |= np.signbit(data).astype(np.uint8) << 7
    codes[np.isnan(data)] = 0x80 if layout.unsigned_zero else 0x7F
    return codes.tobytes()


def unpacked(content: bytes, shape: tuple[int, ...], dtype: DType) -> _Host:
    """Return the data of a stored dtype that bytes of a model are; `packed` undone."""
    codes: _Host = np.frombuffer(content, "<u2" if dtype.bits == 16 else np.uint8)
    if dtype.bits == 4:
        low = np.stack([codes & 15, codes >> 4], axis=1).reshape(-1)[: math.prod(shape)]
        return rounded(low, dtype).reshape(shape)
    if dtype.bits == 16:
        codes = codes.astype(np.uint32) << 16
        return codes.view(np.float32).reshape(shape)
    layout = LAYOUTS[dtype.name]
    numbers = np.full(256, np.nan, np.float32)
    positive = _numbers(dtype.name)
    numbers[: positive.size], numbers[128 : 128 + positive.size] = positive, -positive
    if layout.unsigned_zero:
        numbers[128] = np.nan
    if dtype is float8_e5m2:
        numbers[[0x7C, 0xFC]] = np.inf, -np.inf
    return numbers[codes].reshape(shape)


@cache
def _numbers(name: str) -> _Host:
    """Return the finite numbers of 8 bits that are not negative, in the order of their bits."""
    layout = LAYOUTS[name]
    exponents, mantissas = np.divmod(np.arange(128), 2**layout.mantissa)
    normal = exponents > 0
    numbers = np.ldexp(
        (mantissas + normal * 2**layout.mantissa).astype(np.float64),
        np.maximum(exponents, 1) - layout.bias - layout.mantissa,
    )
    result: _Host = numbers[numbers <= layout.largest].astype(np.float32)
    return result
