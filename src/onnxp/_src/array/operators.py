"""Python's operators, as methods of arrays."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.array import views
from onnxp._src.array.apply import apply, operate, operate_matmul, pandas_computes
from onnxp._src.array.base import ArrayBase, is_number, map_planes, new_array, written
from onnxp._src.array.operands import cast
from onnxp._src.graph.values import Value
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import Shape, same_shape, shape_text
from onnxp.errors import ArgumentTypeError, DTypeError, ShapeError

if TYPE_CHECKING:
    from onnxp._src.array.array import Array


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

    def __add__(self, other: Any, /) -> Array:
        return operate("add", self, other)

    def __radd__(self, other: Any, /) -> Array:
        return operate("add", other, self)

    def __sub__(self, other: Any, /) -> Array:
        return operate("subtract", self, other)

    def __rsub__(self, other: Any, /) -> Array:
        return operate("subtract", other, self)

    def __mul__(self, other: Any, /) -> Array:
        return operate("multiply", self, other)

    def __rmul__(self, other: Any, /) -> Array:
        return operate("multiply", other, self)

    def __truediv__(self, other: Any, /) -> Array:
        return operate("divide", self, other)

    def __rtruediv__(self, other: Any, /) -> Array:
        return operate("divide", other, self)

    def __floordiv__(self, other: Any, /) -> Array:
        return operate("floor_divide", self, other)

    def __rfloordiv__(self, other: Any, /) -> Array:
        return operate("floor_divide", other, self)

    def __mod__(self, other: Any, /) -> Array:
        return operate("remainder", self, other)

    def __rmod__(self, other: Any, /) -> Array:
        return operate("remainder", other, self)

    def __pow__(self, other: Any, mod: Any = None, /) -> Array:
        if mod is not None:
            raise ArgumentTypeError("pow() with three arguments takes no arrays; write x**y % z")
        if self._dtype is dtypes.bool_ and type(other) is int and other == 2:
            other = np.int8(2)  # numpy multiplies by itself
        return operate("pow", self, other)

    def __rpow__(self, other: Any, /) -> Array:
        return operate("pow", other, self)

    def __and__(self, other: Any, /) -> Array:
        return operate("bitwise_and", self, other)

    def __rand__(self, other: Any, /) -> Array:
        return operate("bitwise_and", other, self)

    def __or__(self, other: Any, /) -> Array:
        return operate("bitwise_or", self, other)

    def __ror__(self, other: Any, /) -> Array:
        return operate("bitwise_or", other, self)

    def __xor__(self, other: Any, /) -> Array:
        return operate("bitwise_xor", self, other)

    def __rxor__(self, other: Any, /) -> Array:
        return operate("bitwise_xor", other, self)

    def __lshift__(self, other: Any, /) -> Array:
        return operate("bitwise_left_shift", self, other)

    def __rlshift__(self, other: Any, /) -> Array:
        return operate("bitwise_left_shift", other, self)

    def __rshift__(self, other: Any, /) -> Array:
        return operate("bitwise_right_shift", self, other)

    def __rrshift__(self, other: Any, /) -> Array:
        return operate("bitwise_right_shift", other, self)

    def __matmul__(self, other: Any, /) -> Array:
        return operate_matmul(self, other)

    def __rmatmul__(self, other: Any, /) -> Array:
        return operate_matmul(other, self)

    def __eq__(self, other: Any, /) -> Array:  # type: ignore[override]  # of elements
        return operate("equal", self, other)

    def __ne__(self, other: Any, /) -> Array:  # type: ignore[override]  # of elements
        return operate("not_equal", self, other)

    def __lt__(self, other: Any, /) -> Array:
        return operate("less", self, other)

    def __le__(self, other: Any, /) -> Array:
        return operate("less_equal", self, other)

    def __gt__(self, other: Any, /) -> Array:
        return operate("greater", self, other)

    def __ge__(self, other: Any, /) -> Array:
        return operate("greater_equal", self, other)

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
