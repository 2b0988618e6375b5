"""Division, powers and shifts of integers, which are exact, wrap, and never end the process.

Narrow integers are computed in a wider dtype if this avoids a special case. Division by zero returns 0, and
shifts by the width or more remove all bits, as in numpy.
"""

from __future__ import annotations

from collections.abc import Callable

from onnxp._src import dtypes, ops
from onnxp._src.dtypes import DType, bool_, float32, int32, int64, uint32, uint64
from onnxp._src.graph.values import Promise, Value
from onnxp._src.lowering.expr import Expr
from onnxp._src.lowering.functions import elementwise, recipe
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes.shape import broadcast, is_empty, same_shape
from onnxp.errors import ArgumentError

RING: dict[DType, DType] = {
    dtype: int64 if dtype in (uint32, int64, uint64) else int32
    for dtype in dtypes.CATEGORIES["integer"]
}
"""The dtypes in which sums and products are computed; casting back gives correct results modulo the width."""

_HOLDING = {**RING, int32: int64}  # no quotient of two int32 overflows an int64
_UNSIGNED = {int32: uint32, int64: uint64}
_DIRECT_POWERS = 3


def static_value(x: Value) -> int | None:
    """Return the number of a constant of rank 0, or None."""
    if x.data is None or x.shape or x.trace is not None:
        return None
    return int(x.data)


# Order. The int64 kernels of Max, Min and Sign compare 32 bits only (onnxruntime 1.23.2), so these
# use the comparisons, which are right; the differences wrap, and wrap back.


def maximum(x: Value, y: Value) -> Value:
    """Return the larger one."""
    return _maximum_int64(x, y) if x.dtype is int64 else ops.max_(x, y)


def minimum(x: Value, y: Value) -> Value:
    """Return the smaller one."""
    return _minimum_int64(x, y) if x.dtype is int64 else ops.min_(x, y)


def sign(x: Value) -> Value:
    """Return -1, 0 or 1."""
    return _sign_int64(x) if x.dtype is int64 else ops.sign(x)


# uint64 beside int64, of which no integer dtype holds both


def mixed_less(x: Value, y: Value) -> Value:
    """Return whether the first is less, of a uint64 and an int64 in either order."""
    zero = ops.scalar(0, int64)
    if x.dtype is uint64:
        return ops.and_(ops.greater(y, zero), ops.less(x, ops.cast(y, uint64)))
    return ops.or_(ops.less(x, zero), ops.less(ops.cast(x, uint64), y))


def mixed_equal(x: Value, y: Value) -> Value:
    """Return whether a uint64 and an int64, in either order, are the same number."""
    signed, unsigned = (y, x) if x.dtype is uint64 else (x, y)
    fits = ops.greater_or_equal(signed, ops.scalar(0, int64))
    return ops.and_(fits, ops.equal(unsigned, ops.cast(signed, uint64)))


@elementwise("maximum")
def _maximum_int64(x: Expr, y: Expr) -> Expr:
    return y + (x - y) * (x > y).cast(int64)


@elementwise("minimum")
def _minimum_int64(x: Expr, y: Expr) -> Expr:
    return y + (x - y) * (x < y).cast(int64)


@elementwise("sign")
def _sign_int64(x: Expr) -> Expr:
    return (x > 0).cast(int64) - (x < 0).cast(int64)


# Division


def floor_divide(x: Value, y: Value) -> Value:
    """Compute the quotient rounded down; 0 for a zero divisor, and MIN // -1 wraps."""
    divisor = static_value(y)
    if divisor is not None and divisor > 0 and x.dtype is not uint64:
        return _floor_divide_by_positive(x, y)
    return _floor_divide(x, y)


@elementwise("floor_divide")
def _floor_divide(x: Expr, y: Expr) -> Expr:
    if x.dtype is uint64:
        return _divide_uint64(x, y)
    a, b = x.cast(_HOLDING[x.dtype]), y.cast(_HOLDING[x.dtype])
    # a zero divisor becomes 1 and its quotient is taken 0 times; -1 becomes 1, -1 times
    moved = _moved(b) if x.dtype is int64 else (b == 0).cast(b.dtype)
    divisor = b + moved
    quotient = a / divisor
    if x.dtype.family == "int":
        rest = a - quotient * divisor
        quotient = quotient - (((rest ^ divisor) < 0) & (rest != 0)).cast(a.dtype)
    return (quotient * (1 - moved)).cast(x.dtype)


def truncate_divide(x: Value, y: Value) -> Value:
    """Compute the quotient rounded toward zero, as Div does; 0 for a zero divisor, and MIN / -1 wraps."""
    if static_value(y) in (None, 0, -1):
        return _truncate_divide(x, y)
    return ops.div(x, y)


@elementwise("truncate_divide")
def _truncate_divide(x: Expr, y: Expr) -> Expr:
    if x.dtype is uint64:
        return _divide_uint64(x, y)
    a, b = x.cast(_HOLDING[x.dtype]), y.cast(_HOLDING[x.dtype])
    moved = _moved(b) if x.dtype is int64 else (b == 0).cast(b.dtype)
    return ((a / (b + moved)) * (1 - moved)).cast(x.dtype)


def _moved(y: Expr) -> Expr:
    """Return the number to add to a divisor: it becomes 1 if it is 0 or -1, which may end the process.

    Every onnxruntime up to 1.32.0 dies of MIN / -1, and up to 1.23.2 of x / 0 and MIN % -1.
    """
    minus = (y == -1).cast(y.dtype)
    return (y == 0).cast(y.dtype) + minus + minus


@elementwise("floor_divide_by_positive")
def _floor_divide_by_positive(x: Expr, y: Expr) -> Expr:
    a, b = x.cast(RING[x.dtype]), y.cast(RING[x.dtype])
    quotient = a / b
    if x.dtype.family == "int":
        quotient = quotient - (quotient * b > a).cast(a.dtype)
    return quotient.cast(x.dtype)


def _divide_uint64(x: Expr, y: Expr) -> Expr:
    """Divide with the kernels of int64; onnxruntime 1.20.1 has none for uint64.

    Half of `x` is not negative as int64, nor is a divisor below 2**63; twice their quotient is at most
    1 too small. So is 0 if the divisor is larger.
    """
    zero = (y == 0).cast(int64)
    divisor = y.cast(int64) + zero
    half = Expr(ops.bit_shift(x.value, ops.scalar(1, uint64), "RIGHT")).cast(int64)
    quotient = half * (divisor > 0).cast(int64) / divisor * 2
    rest = x.cast(int64) - quotient * divisor
    lowest = divisor.const(dtypes.iinfo(int64).min)
    enough = (rest ^ lowest) >= (divisor ^ lowest)
    return ((quotient + enough.cast(int64)) * (1 - zero)).cast(uint64)


def remainder(x: Value, y: Value) -> Value:
    """Compute the remainder with the sign of the divisor; 0 for a zero divisor."""
    if static_value(y) in (None, 0, -1):
        return _remainder(x, y)
    return ops.mod(x, y)


@elementwise("remainder")
def _remainder(x: Expr, y: Expr) -> Expr:
    if x.dtype is int64:
        return _mod(x, y + _moved(y))
    if x.dtype is uint64:
        return _mod(x, y + (y == 0).cast(uint64))
    a, b = x.cast(_HOLDING[x.dtype]), y.cast(_HOLDING[x.dtype])
    return _mod(a, b + (b == 0).cast(b.dtype)).cast(x.dtype)


def _mod(x: Expr, y: Expr) -> Expr:
    return Expr(ops.mod(x.value, y.value))


# Powers


def check_exponent(exponent: object, dtype: DType) -> None:
    """Raise for a Python integer that no integer can be raised to.

    Raises
    ------
    ArgumentError
        If it is negative and `dtype` an integer dtype.
    """
    if type(exponent) is int and exponent < 0 and dtype.family in ("int", "uint"):
        raise ArgumentError(
            f"pow: {dtype} to the power of {exponent} is not an integer; "
            "cast the base to a floating-point dtype first"
        )


def power(x: Value, y: Value) -> Value:
    """Compute the power that wraps; the run fails if an exponent is negative.

    Raises
    ------
    ArgumentError
        If an exponent is known, and negative.
    """
    exponent = static_value(y)
    if exponent is None or exponent < 0:
        shape = broadcast(x.shape, y.shape, "pow")
        is_known = y.trace is None and y.dtype.family == "int" and data_of(y).size
        if is_known and not is_empty(shape):  # as in numpy, it is no error if nothing results
            check_exponent(int(data_of(y).min()), x.dtype)
        return recipe("pow", _power, (x, y), ((x.dtype, shape),), promise=Promise())[0]
    if exponent == 0:
        return ops.expand(ops.scalar(1, x.dtype), x.shape)
    if exponent <= _DIRECT_POWERS:
        return _static_power(x, exponent)[0]
    return recipe("pow", _static_power, (x,), ((x.dtype, x.shape),), exponent)[0]


def _static_power(x: Value, exponent: int) -> tuple[Value]:
    base = ops.cast(x, RING[x.dtype]) if exponent > 1 else x
    result: Value | None = None
    while True:
        if exponent & 1:
            result = base if result is None else ops.mul(result, base)
        exponent >>= 1
        if not exponent:
            assert result is not None
            return (ops.cast(result, x.dtype),)
        base = ops.mul(base, base)


def _power(x: Value, y: Value) -> tuple[Value]:
    """Compute the power by squaring and multiplying, for the number of bits of the largest exponent."""
    ring = RING[x.dtype]
    base, exponent = Expr(ops.cast(x, ring)), Expr(ops.cast(y, ring))
    shape = broadcast(x.shape, y.shape)
    if x.dtype.family == "int":
        wrong = exponent < 0
        if not same_shape(x.shape, y.shape):  # nor does it fail there
            wrong = _any(wrong & (base == base))
        exponent = exponent + _fail(wrong).cast(ring)
    one = ops.full(1, ring, (1,) * len(shape))  # the first iteration, which always runs, expands it
    result = Expr(
        ops.loop(
            None,
            (one, base.value, exponent.cast(_UNSIGNED[ring]).value),
            _power_step,
            shapes=(shape, x.shape, y.shape),
        )[0]
    )
    return (result.cast(x.dtype).value,)


def _fail(condition: Expr) -> Expr:
    """Return zeros; the run fails where a condition holds."""
    return Expr(ops.gather(ops.ints(0), condition.cast(int64).value, 0))


def _any(x: Expr) -> Expr:
    """Return whether an element is not zero; of numbers that are not negative."""
    # ReduceMax fails for empty arrays (onnxruntime 1.20.1)
    every = tuple(range(len(x.value.shape)))
    return Expr(ops.reduce("ReduceSum", ops.cast(x.value, float32), every)).cast(bool_)


def _power_step(
    _trip: Value, result: Value, base: Value, bits: Value
) -> tuple[Value, tuple[Value, ...], tuple[()]]:
    b = Expr(base)
    odd = (Expr(bits) & 1).cast(b.dtype)
    rest = ops.bit_shift(bits, ops.scalar(1, bits.dtype), "RIGHT")
    step = (Expr(result) * (odd * (b - 1) + 1)).value, (b * b).value, rest
    return _any(Expr(rest)).value, step, ()


# Bits


def bitwise(logical: Callable[..., Value], integer: Callable[..., Value]) -> Callable[..., Value]:
    """Return a recipe that uses one operator for bool and another for integers."""

    def either(x: Value, *rest: Value) -> Value:
        return (logical if x.dtype is bool_ else integer)(x, *rest)

    return either


def left_shift(x: Value, y: Value) -> Value:
    """Shift bits to the left; the result is 0 for shifts by the width or more, and for negative shifts."""
    count = static_value(y)
    if count is None:
        return _left_shift(x, y)
    return ops.mul(x, _power_of_two(count, x.dtype))


def right_shift(x: Value, y: Value) -> Value:
    """Bits moved down, the sign moves in; only it is left after the width or more, or a negative shift."""
    count = static_value(y)
    if count is None or x.dtype.family == "int" or not 0 <= count < x.dtype.bits:
        return _right_shift(x, y)
    return ops.bit_shift(x, y, "RIGHT")


def _power_of_two(exponent: int, dtype: DType) -> Value:
    if not 0 <= exponent < dtype.bits:
        return ops.scalar(0, dtype)
    number = 1 << exponent
    if number > dtypes.iinfo(dtype).max:  # the sign bit
        number = -number
    return ops.scalar(number, dtype)


@elementwise("bitwise_left_shift")
def _left_shift(x: Expr, y: Expr) -> Expr:
    return _shift(x, y, "LEFT")


@elementwise("bitwise_right_shift")
def _right_shift(x: Expr, y: Expr) -> Expr:
    if x.dtype is not int64:
        return _shift(x, y, "RIGHT")
    sign = -(x < 0).cast(int64)
    return _shift(x ^ sign, y, "RIGHT") ^ sign


def _shift(x: Expr, y: Expr, direction: str) -> Expr:
    """Shift in an unsigned dtype that is twice as wide, if there is one: signs come in by themselves.

    A shift by the width of the kernel's dtype is out of reach: onnxruntime 1.23.2 and older shift
    modulo the width.
    """
    if x.dtype.bits == 64:
        a, count = x.cast(uint64), y.cast(uint64)
        more = _by(_at_most(count, 64), count.const(6), "RIGHT")  # 1 if 64 or more, else 0
        return _by(_by(a, _at_most(count, 63), direction), more, direction).cast(x.dtype)
    wide = uint64 if x.dtype.bits == 32 else uint32
    return _by(x.cast(wide), _at_most(y.cast(wide), wide.bits // 2), direction).cast(x.dtype)


def _at_most(x: Expr, limit: int) -> Expr:
    return Expr(ops.min_(x.value, ops.scalar(limit, x.dtype)))


def _by(x: Expr, count: Expr, direction: str) -> Expr:
    return Expr(ops.bit_shift(x.value, count.value, direction))
