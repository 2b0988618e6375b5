"""Python's operators, as methods of arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.array import views
from onnxp._src.array.apply import apply, matmul, operate, operate_matmul, pandas_computes
from onnxp._src.array.base import ArrayBase, is_number, map_planes, new_array, written
from onnxp._src.array.operands import cast
from onnxp._src.array.scalars import real_number
from onnxp._src.graph.values import Value
from onnxp._src.lowering.elementwise.table import ELEMENTWISE
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import Shape, same_shape, shape_text
from onnxp.errors import ArgumentTypeError, DTypeError, ShapeError

if TYPE_CHECKING:
    from onnxp._src.array.array import Array


def _operator(name: str) -> Callable[[Operators, Any], Array]:
    """Return the method of an operator, for which a function of the table is applied.

    It goes the ways of most operators by itself: each call more takes a fortieth of the time of ``a + b``.
    """
    row = ELEMENTWISE[name]

    def method(self: Operators, other: Any, /) -> Array:
        dtype = self._dtype
        if dtype in row.real_dtypes:
            if type(other) is type(self):
                if other._dtype is dtype:
                    value = row.real(self._planes[0], other._planes[0])
                    result = new_array(value.dtype, (value,))
                    if self._links is other._links is None:
                        return result
                    return views.like(result, self, other)
            elif (type(other) is float or type(other) is int) and dtype.family == "float":
                value = row.real(self._planes[0], real_number(other, dtype, name))
                result = new_array(value.dtype, (value,))
                return result if self._links is None else views.like(result, self)
        return operate(name, self, other)

    return method


def _reflected(name: str) -> Callable[[Operators, Any], Array]:
    """Return the method of an operator whose first operand is no array."""

    def method(self: Operators, other: Any, /) -> Array:
        return operate(name, other, self)

    return method


_power = _operator("pow")


class Operators(ArrayBase):
    """The operators of Python for `Array`, and the in-place ones, which give the array object a new value."""

    __slots__ = ()

    @property
    def __pandas_priority__(self) -> int | None:
        """What makes columns of pandas, of priority 3000, leave operators to the array; frames have 4000."""
        return None if pandas_computes(self) else 3500

    def __abs__(self) -> Array:
        return apply("abs", self)

    def __neg__(self) -> Array:
        return apply("negative", self)

    def __pos__(self) -> Array:
        return apply("positive", self)

    def __invert__(self) -> Array:
        return apply("bitwise_invert", self)

    __add__ = _operator("add")
    __radd__ = _reflected("add")
    __sub__ = _operator("subtract")
    __rsub__ = _reflected("subtract")
    __mul__ = _operator("multiply")
    __rmul__ = _reflected("multiply")
    __truediv__ = _operator("divide")
    __rtruediv__ = _reflected("divide")
    __floordiv__ = _operator("floor_divide")
    __rfloordiv__ = _reflected("floor_divide")
    __mod__ = _operator("remainder")
    __rmod__ = _reflected("remainder")

    def __pow__(self, other: Any, mod: Any = None, /) -> Array:
        if mod is not None:
            raise ArgumentTypeError("pow() with three arguments takes no arrays; write x**y % z")
        if self._dtype is dtypes.bool_ and type(other) is int and other == 2:
            other = np.int8(2)  # numpy multiplies by itself
        return _power(self, other)

    __rpow__ = _reflected("pow")
    __and__ = _operator("bitwise_and")
    __rand__ = _reflected("bitwise_and")
    __or__ = _operator("bitwise_or")
    __ror__ = _reflected("bitwise_or")
    __xor__ = _operator("bitwise_xor")
    __rxor__ = _reflected("bitwise_xor")
    __lshift__ = _operator("bitwise_left_shift")
    __rlshift__ = _reflected("bitwise_left_shift")
    __rshift__ = _operator("bitwise_right_shift")
    __rrshift__ = _reflected("bitwise_right_shift")

    def __matmul__(self, other: Any, /) -> Array:
        return matmul(self, other) if type(other) is type(self) else operate_matmul(self, other)

    def __rmatmul__(self, other: Any, /) -> Array:
        return operate_matmul(other, self)

    __eq__ = _operator("equal")  # type: ignore[assignment]  # of elements
    __ne__ = _operator("not_equal")  # type: ignore[assignment]  # of elements
    __lt__ = _operator("less")
    __le__ = _operator("less_equal")
    __gt__ = _operator("greater")
    __ge__ = _operator("greater_equal")
    # In place: the array object takes the new value

    def _take(self, operation: str, result: Array) -> Array:
        if is_number(self):
            return result
        if result._dtype is not self._dtype:
            stored = self._dtype.family == "stored"
            if stored or not np.can_cast(result._dtype.numpy, self._dtype.numpy, "same_kind"):
                raise DTypeError(
                    f"{operation}= would turn {self._dtype} into {result._dtype}; "
                    f"write x = x {operation} y"
                )
            result = cast(result, self._dtype)
        shape, wide = self.shape, result.shape
        if not same_shape(wide, shape):
            if len(wide) != len(shape) or any(map(_differ, wide, shape)):
                raise ShapeError(
                    f"{operation}= would turn shape {shape_text(shape)} into {shape_text(wide)}; "
                    f"write x = x {operation} y"
                )
            result = result._of_shape(shape)
        views.check_writable(self)
        self._write(result._planes)
        array: Array = self  # type: ignore[assignment]  # the only class that derives from this one
        return array

    def _of_shape(self, shape: Shape) -> Array:
        """Return the array with a shape of the same rank; the run fails if its sizes are others."""
        array: Array = self  # type: ignore[assignment]  # the only class that derives from this one
        return map_planes(array, partial(ops.require_shape, shape=shape))

    def _write(self, planes: tuple[Value, ...]) -> None:
        """Give the array new elements, and every array that shares them."""
        for changed in views.write(self, planes):
            assert isinstance(changed, ArrayBase)
            new_array(changed._dtype, changed._planes)  # ends a chain that has grown long
            _note_write(changed)

    def __iadd__(self, other: Any, /) -> Array:
        return self._take("+", self + other)

    def __isub__(self, other: Any, /) -> Array:
        return self._take("-", self - other)

    def __imul__(self, other: Any, /) -> Array:
        return self._take("*", self * other)

    def __itruediv__(self, other: Any, /) -> Array:
        return self._take("/", self / other)

    def __ifloordiv__(self, other: Any, /) -> Array:
        return self._take("//", self // other)

    def __imod__(self, other: Any, /) -> Array:
        return self._take("%", self % other)

    def __ipow__(self, other: Any, mod: Any = None, /) -> Array:
        return self._take("**", self**other)

    def __imatmul__(self, other: Any, /) -> Array:
        return self._take("@", self @ other)

    def __iand__(self, other: Any, /) -> Array:
        return self._take("&", self & other)

    def __ior__(self, other: Any, /) -> Array:
        return self._take("|", self | other)

    def __ixor__(self, other: Any, /) -> Array:
        return self._take("^", self ^ other)

    def __ilshift__(self, other: Any, /) -> Array:
        return self._take("<<", self << other)

    def __irshift__(self, other: Any, /) -> Array:
        return self._take(">>", self >> other)


def _differ(a: Size, b: Size) -> bool:
    return dims.equal(a, b) is False


def _note_write(array: ArrayBase) -> None:
    noted = written.get()
    if noted is not None:
        noted.append(ref(array))
