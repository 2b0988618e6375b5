"""`Array`: a dtype and one value for each of its planes, with the standard's attributes and operators."""

from __future__ import annotations

import math
import operator
import sys
import typing
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import date, timedelta
from functools import partial
from types import ModuleType
from typing import Any, final
from weakref import ref

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.array import exchange, keys, scalars, views
from onnxp._src.array.device import CPU, DLPACK_CPU, Device, require_device
from onnxp._src.array.scalars import Scalar
from onnxp._src.dtypes import DType, moments, promote
from onnxp._src.graph.values import Value
from onnxp._src.lowering import casts, contraction
from onnxp._src.lowering.elementwise.table import ELEMENTWISE, Row
from onnxp._src.lowering.indexing import getitem, setitem
from onnxp._src.lowering.time import arithmetic as time_arithmetic
from onnxp._src.lowering.time import units
from onnxp._src.namespace import namespace
from onnxp._src.numpy import attributes, shaping
from onnxp._src.numpy.methods import NumpyMethods
from onnxp._src.runtime import assumptions
from onnxp._src.runtime.evaluate import MAX_DEPTH, evaluate
from onnxp._src.runtime.failures import traced_error
from onnxp._src.shapes import dims
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim, Size
from onnxp._src.shapes.shape import Shape, is_static, product, same_shape, shape_text
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    PromotionError,
    ScalarRangeError,
    ShapeError,
)

sized: ContextVar[list[Value] | None] = ContextVar("sized", default=None)
"""The values whose sizes a function that is traced has asked for, outside of branches and loops."""
written: ContextVar[list[ref[Array]] | None] = ContextVar("written", default=None)
"""The arrays that are written to while a part of a computation is recorded, if something collects them."""


def _note_write(array: Array) -> None:
    noted = written.get()
    if noted is not None:
        noted.append(ref(array))


@final
class Array(NumpyMethods):
    """An n-dimensional array: concrete, or traced (a promise of one, for a model to compute).

    Functions of the namespace make arrays, such as `asarray`. Operators, indexing and attributes are
    those of the standard. Item assignment and in-place operators such as ``+=`` give the array object a
    new value; results computed from it earlier do not change. What numpy makes a view shares its elements
    with its base: parts taken by slices and integers, transposes, reshaped arrays and the like.

    Attributes
    ----------
    dtype : DType
        The data type.
    shape : tuple of int and Dim
        The sizes; those that are known only when a model runs are `Dim`.
    ndim : int
        The number of axes.
    size : int or Dim
        The number of elements.
    device : Device
        The device, always a CPU.
    """

    __slots__ = ("__weakref__", "_dtype", "_links", "_planes")
    __array_priority__ = 1000.0

    _dtype: DType
    _planes: tuple[Value, ...]
    _links: views.Links | None

    def __init__(self, *args: object, **kwargs: object) -> None:
        raise ArgumentTypeError(
            "Array: arrays are made by functions, not by calling the class; write xp.asarray(obj), "
            "xp.zeros(shape) or xp.argument(shape, dtype)"
        )

    # Attributes

    @property
    def dtype(self) -> DType:
        """The data type."""
        return self._dtype

    @dtype.setter
    def dtype(self, dtype: object) -> None:
        raise attributes.refuse_to_set("dtype", "x = x.astype(dtype)")

    @property
    def device(self) -> Device:
        """The device of the array."""
        return CPU

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._planes[0].shape)

    @property
    def shape(self) -> Shape:
        """The sizes."""
        first = self._planes[0]
        if first.trace is None:
            if not is_static(first.shape):
                evaluate(self._planes)
        else:
            note_size(self)
        return first.shape

    @shape.setter
    def shape(self, shape: object) -> None:
        raise attributes.refuse_to_set("shape", "x = x.reshape(shape)")

    @property
    def size(self) -> Size:
        """The number of elements."""
        return product(self.shape)

    @property
    def flat(self) -> Array:
        """The elements along one axis, which can be written to."""
        return new_view(self, views.FLAT, (product(self.shape),))

    @flat.setter
    def flat(self, values: Any) -> None:
        shaping.put(self, namespace().arange(self.size), values)

    @property
    def base(self) -> Array | None:
        """The array that this one is a view of."""
        return None if self._links is None else self._links.root  # type: ignore[return-value]

    @property
    def T(self) -> Array:
        """The array with its axes in reverse order, as in numpy; a vector is returned unchanged."""
        rank = self.ndim
        if rank <= 2:
            return self.mT if rank == 2 else self
        return new_view(self, views.TRANSPOSE, tuple(reversed(range(rank))))

    @property
    def mT(self) -> Array:
        """The transpose of the last two axes."""
        rank = self.ndim
        if rank < 2:
            raise ShapeError(f"mT needs an array of rank 2 or more, not {rank}")
        order = (*range(rank - 2), rank - 1, rank - 2)
        return new_view(self, views.TRANSPOSE, order)

    @property
    def is_traced(self) -> bool:
        """Whether the values are known only when a model runs."""
        return self._planes[0].trace is not None

    def __array_namespace__(self, *, api_version: str | None = None) -> ModuleType:
        """Return the namespace: the module ``onnxp``."""
        versions = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")
        if api_version is not None and api_version not in versions:
            raise ArgumentError(
                f"__array_namespace__: there is no version {api_version!r} of the standard, only {versions}"
            )
        return namespace()

    def to_device(self, device: object, /, *, stream: object = None) -> Array:
        """Return the array on a device."""
        require_device(device, "to_device")
        if stream is not None:
            raise ArgumentError(f"to_device: a CPU has no streams, but stream is {stream!r}")
        return self

    # What Python and numpy ask for

    def _numpy(self) -> np.ndarray[Any, Any]:
        """Return the elements: a view that must not be written to; for complex dtypes and strings a copy."""
        return exchange.to_host(self._dtype, self._planes)

    def __array__(
        self, dtype: np.dtype[Any] | None = None, copy: bool | None = None
    ) -> np.ndarray[Any, Any]:
        """Return the elements as a numpy array, read-only and without a copy if possible."""
        reason = exchange.NOT_FOR_NUMPY
        if self.is_traced and str(sys._getframe(1).f_globals.get("__name__")).startswith("scipy."):
            reason = exchange.NOT_FOR_SCIPY
        data = exchange.to_host(self._dtype, self._planes, reason)
        return exchange.to_numpy(data, dtype, copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return the DLPack device of the memory: a CPU."""
        return DLPACK_CPU

    def __dlpack__(
        self,
        *,
        stream: object = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """Export the elements to another library, which must not write to them.

        Memory is exported without a copy and, for consumers that support DLPack 1.0, marked as read-only.
        Complex numbers are copied, since they are stored in two parts.

        Parameters
        ----------
        stream : None
            A CPU has no streams.
        max_version : tuple of int, optional
            The newest version of DLPack that the consumer supports.
        dl_device : tuple of int, optional
            The device that the consumer asks for; only ``(1, 0)``, the CPU, is supported.
        copy : bool, optional
            Whether to export a copy, which the consumer may write to.

        Returns
        -------
        PyCapsule

        Raises
        ------
        ExchangeError
            If the consumer asks for another device or a stream, or the array holds strings.
        TracedValueError
            If the array is traced.
        """
        return exchange.to_dlpack(
            self._dtype,
            self._planes,
            stream=stream,
            max_version=max_version,
            dl_device=dl_device,
            copy=copy,
        )

    def _item(self, conversion: str) -> Any:
        if self.is_traced:
            raise traced_error(self._planes[0])
        self._require_rank_0(conversion)
        return self._numpy()[()]

    def _require_rank_0(self, conversion: str) -> None:
        if self.ndim != 0:
            raise ArgumentTypeError(
                f"{conversion} needs an array of rank 0, not one of shape {shape_text(self.shape)}; "
                "use xp.any or xp.all for a truth value, or take an element"
            )

    def _assumed(self, conversion: str) -> Any:
        """Return the element that a traced array has for the example."""
        data = assumptions.elements(self._planes[0])
        if data is None:
            raise traced_error(self._planes[0], by_example=self.ndim == 0)
        self._require_rank_0(conversion)
        return data[()]

    def _require_number(self, conversion: str) -> None:
        if self._dtype.unit:
            raise ArgumentTypeError(
                f"{conversion} cannot convert {self._dtype}; compare it, divide it by a span of time, or write "
                "xp.astype(x, xp.int64) for the number of units"
            )
        if self._dtype.family == "string":
            raise ArgumentTypeError(
                f"{conversion} cannot convert a string; compare it, as in x == 'a', or get the text by x.item()"
            )

    def __bool__(self) -> bool:
        self._require_number("bool()")
        if not self.is_traced:
            return bool(self._item("bool()"))
        truth = self if self._dtype is dtypes.bool_ else self != 0
        answer = bool(truth._assumed("bool()"))
        assumptions.assume(truth._planes[0], answer)
        return answer

    def __int__(self) -> int:
        if self._dtype.family == "complex":
            raise ArgumentTypeError(f"int() cannot convert {self._dtype}; take its real part first")
        self._require_number("int()")
        if not self.is_traced:
            return int(self._item("int()"))
        whole = apply("trunc", self) if self._dtype.family == "float" else self
        number = int(whole._assumed("int()"))
        expected = number != 0 if self._dtype is dtypes.bool_ else number
        assumptions.assume((whole == expected)._planes[0], True)
        return number

    def __float__(self) -> float:
        if self._dtype.family == "complex":
            raise ArgumentTypeError(
                f"float() cannot convert {self._dtype}; take its real part first"
            )
        self._require_number("float()")
        return float(self._item("float()"))

    def __complex__(self) -> complex:
        self._require_number("complex()")
        return complex(self._item("complex()"))

    def __index__(self) -> int:
        if self._dtype.family not in ("int", "uint"):
            raise ArgumentTypeError(
                f"an index must be an integer array of rank 0, not {self._dtype}"
            )
        return int(self)

    def __hash__(self) -> int:
        raise ArgumentTypeError(
            "an array is unhashable, so that it is no key of a dict and no element of a set; for d[x], write "
            "values[np.searchsorted(keys, x)] with arrays of the keys, in order, and of their values"
        )

    def __len__(self) -> int:
        if self.ndim == 0:
            raise ArgumentTypeError("an array of rank 0 has no len()")
        return self.shape[0].__index__()

    def __iter__(self) -> Any:
        if self.ndim == 0:
            raise ArgumentTypeError("an array of rank 0 cannot be iterated over")
        return self._rows()

    def _rows(self) -> Any:
        for i in range(
            len(self)
        ):  # at the first element, because libraries ask whether there is an iterator
            yield self[i]

    def __format__(self, spec: str) -> str:
        if spec and (self.is_traced or self.ndim == 0):
            return format(self._item("format()"), spec)
        return format(str(self), spec)

    def __repr__(self) -> str:
        if self.is_traced:
            sizes = ", ".join(map(str, self.shape))
            return f"Array(traced {self._dtype}[{sizes}])"
        text = np.array2string(self._numpy(), separator=", ", prefix="Array(")
        return f"Array({text}, dtype={self._dtype})"

    def __reduce__(self) -> Any:
        """Pickle the elements."""
        data = exchange.to_host(self._dtype, self._planes, exchange.NOT_FOR_PICKLE)
        return namespace().asarray, (np.array(data),)

    def __copy__(self) -> Array:
        return new_array(self._dtype, self._planes)

    def __deepcopy__(self, memo: Any) -> Array:
        return new_array(self._dtype, self._planes)  # values never change

    # Indexing

    def __getitem__(self, key: Any, /) -> Array:
        parts = keys.plain(key, _planes_of)
        planes = getitem.get(self._planes, parts)
        if keys.is_view(parts, len(self._planes[0].shape)):
            return new_view(self, views.INDEX, parts, planes)
        return materialized(new_array(self._dtype, planes))

    def __setitem__(self, key: Any, value: Any, /) -> None:
        new = as_dtype_of(value, self._dtype, "assignment")
        parts = keys.plain(key, _planes_of)
        if not views.is_part_of(self, parts, new):
            views.check_writable(self)
            self._write(setitem.put(self._planes, parts, new._planes))

    def _shares(self, other: Array) -> bool | None:
        """Return whether a write into one array may change the other; None if that cannot be known yet."""
        return views.overlap(self, other)

    def _window(self, compute: Callable[[Array], Array]) -> Array:
        """Return what a function computes of the array as a read-only view of it."""

        def planes_of(planes: tuple[Value, ...]) -> tuple[Value, ...]:
            return compute(new_array(self._dtype, planes))._planes

        return new_view(self, views.READ_ONLY, planes_of)

    def _diagonal(self, index: Array, rank: int) -> Array:
        """Return the elements that have one index on each of the first axes, as a view."""
        return new_view(self, views.INDEX, index._planes * rank)

    def _counts(self) -> Array:
        """Return the numbers of units that times are, as a view."""
        return new_view(self, views.PART, 0)

    def _scatter(self, positions: Array, values: Array, reduction: str) -> Array:
        """Return a vector with values combined into its elements at positions, which may repeat."""
        return new_array(
            self._dtype,
            tuple(
                ops.scatter_elements(plane, positions._planes[0], new, 0, reduction)
                for plane, new in zip(self._planes, values._planes, strict=True)
            ),
        )

    # Operators

    def __abs__(self) -> Array:
        return apply("abs", self)

    def __neg__(self) -> Array:
        return apply("negative", self)

    def __pos__(self) -> Array:
        return apply("positive", self)

    def __invert__(self) -> Array:
        return apply("bitwise_invert", self)

    def __add__(self, other: Any, /) -> Array:
        return _operate("add", self, other)

    def __radd__(self, other: Any, /) -> Array:
        return _operate("add", other, self)

    def __sub__(self, other: Any, /) -> Array:
        return _operate("subtract", self, other)

    def __rsub__(self, other: Any, /) -> Array:
        return _operate("subtract", other, self)

    def __mul__(self, other: Any, /) -> Array:
        return _operate("multiply", self, other)

    def __rmul__(self, other: Any, /) -> Array:
        return _operate("multiply", other, self)

    def __truediv__(self, other: Any, /) -> Array:
        return _operate("divide", self, other)

    def __rtruediv__(self, other: Any, /) -> Array:
        return _operate("divide", other, self)

    def __floordiv__(self, other: Any, /) -> Array:
        return _operate("floor_divide", self, other)

    def __rfloordiv__(self, other: Any, /) -> Array:
        return _operate("floor_divide", other, self)

    def __mod__(self, other: Any, /) -> Array:
        return _operate("remainder", self, other)

    def __rmod__(self, other: Any, /) -> Array:
        return _operate("remainder", other, self)

    def __pow__(self, other: Any, /) -> Array:
        if self._dtype is dtypes.bool_ and type(other) is int and other == 2:
            self = cast(self, dtypes.int8)  # numpy multiplies by itself
        return _operate("pow", self, other)

    def __rpow__(self, other: Any, /) -> Array:
        return _operate("pow", other, self)

    def __and__(self, other: Any, /) -> Array:
        return _operate("bitwise_and", self, other)

    def __rand__(self, other: Any, /) -> Array:
        return _operate("bitwise_and", other, self)

    def __or__(self, other: Any, /) -> Array:
        return _operate("bitwise_or", self, other)

    def __ror__(self, other: Any, /) -> Array:
        return _operate("bitwise_or", other, self)

    def __xor__(self, other: Any, /) -> Array:
        return _operate("bitwise_xor", self, other)

    def __rxor__(self, other: Any, /) -> Array:
        return _operate("bitwise_xor", other, self)

    def __lshift__(self, other: Any, /) -> Array:
        return _operate("bitwise_left_shift", self, other)

    def __rlshift__(self, other: Any, /) -> Array:
        return _operate("bitwise_left_shift", other, self)

    def __rshift__(self, other: Any, /) -> Array:
        return _operate("bitwise_right_shift", self, other)

    def __rrshift__(self, other: Any, /) -> Array:
        return _operate("bitwise_right_shift", other, self)

    def __matmul__(self, other: Any, /) -> Array:
        return _matmul(self, other)

    def __rmatmul__(self, other: Any, /) -> Array:
        return _matmul(other, self)

    def __eq__(self, other: Any, /) -> Array:  # type: ignore[override]
        return _operate("equal", self, other)

    def __ne__(self, other: Any, /) -> Array:  # type: ignore[override]
        return _operate("not_equal", self, other)

    def __lt__(self, other: Any, /) -> Array:
        return _operate("less", self, other)

    def __le__(self, other: Any, /) -> Array:
        return _operate("less_equal", self, other)

    def __gt__(self, other: Any, /) -> Array:
        return _operate("greater", self, other)

    def __ge__(self, other: Any, /) -> Array:
        return _operate("greater_equal", self, other)

    # In place: the array object takes the new value

    def _take(self, operation: str, result: Array) -> Array:
        if result._dtype is not self._dtype:
            if not np.can_cast(result._dtype.numpy, self._dtype.numpy, "same_kind"):
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
            for axis, size in enumerate(shape):  # or it fails
                result = map_planes(result, partial(ops.require_size, axis=axis, size=size))
        views.check_writable(self)
        self._write(result._planes)
        return self

    def _write(self, planes: tuple[Value, ...]) -> None:
        """Give the array new elements, and every array that shares them."""
        for changed in views.write(self, planes):
            assert isinstance(changed, Array)
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

    def __ipow__(self, other: Any, /) -> Array:
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


_allocate: Any = object.__new__  # `Array(...)` is for users, whom it sends to `asarray`


def note_size(array: Array) -> None:
    """Note that a function which is traced depends on the sizes of an array."""
    noted = sized.get()
    if noted is not None:
        noted.append(array._planes[0])


def new_array(dtype: DType, planes: tuple[Value, ...]) -> Array:
    """Return an array of `planes`; if it is concrete and its graph has grown deep, evaluate it."""
    array: Array = _allocate(Array)
    array._dtype = dtype
    array._planes = planes
    array._links = None
    first = planes[0]
    if first.depth > MAX_DEPTH and first.trace is None:
        evaluate(planes)
    return array


def new_view(
    base: Array, kind: views.Kind, argument: Any, planes: tuple[Value, ...] | None = None
) -> Array:
    """Return a view of an array; `planes` are its planes, if they have been recorded."""
    if planes is None:
        planes = kind.get(base._planes, argument)
    dtype = base._dtype if kind is not views.PART else planes[0].dtype
    view = new_array(dtype, planes)
    views.link(base, view, kind, argument)
    return view


def _planes_of(obj: object) -> tuple[Value, ...] | None:
    return obj._planes if isinstance(obj, Array) else None


def _differ(a: Size, b: Size) -> bool:
    return dims.equal(a, b) is False


# Operands

Operand = Array | Scalar | Dim | DimReal | np.generic | np.ndarray[Any, Any] | moments.Moment
"""What may stand beside an array: an array, a number (of sizes too), text, a time, and numpy's of these."""

_TYPED = (Array, np.ndarray, np.generic, date, timedelta)
"""The types of operands that have a dtype of their own."""


def of_planes(result: Value | Sequence[Value]) -> Array:
    """Return the array made of a value, or of a (real, imaginary) pair of values."""
    if type(result) is Value:
        return new_array(result.dtype, (result,))
    real, imag = result
    return new_array(dtypes.COMPLEX_OF[real.dtype], (real, imag))


def materialized(array: Array) -> Array:
    """Evaluate a concrete array whose sizes depend on data, so that its shape is plain numbers."""
    return all_materialized((array,))[0]


def all_materialized(arrays: Sequence[Array]) -> Sequence[Array]:
    """Evaluate the results of one computation in one run, as `materialized` does."""
    first = arrays[0]._planes[0]
    if first.trace is None and not all(is_static(array._planes[0].shape) for array in arrays):
        evaluate([plane for array in arrays for plane in array._planes])
    return arrays


def from_host(data: np.ndarray[Any, Any]) -> Array:
    """Return numpy data as an array. The data must never be written to again.

    Raises
    ------
    DTypeError
        If onnxp has no such dtype, or objects are not text.
    """
    return new_array(*exchange.from_host(data))


def is_operand(obj: object) -> bool:
    """Test whether `obj` is an `Operand` of every operator, which text is not."""
    return isinstance(obj, _OPERANDS)


_OPERANDS = (*_TYPED, int, float, complex, Dim, DimReal)


def as_array(obj: object, function: str) -> Array:
    """Convert a numpy array or scalar to an array; return an array unchanged.

    Raises
    ------
    ArgumentTypeError
        If `obj` is of another type.
    """
    if type(obj) is Array:
        return obj
    if isinstance(obj, np.ndarray | np.generic):
        refuse_mask(obj, function)
        return from_host(np.array(obj, order="C"))
    if isinstance(obj, moments.Moment):
        return from_host(np.asarray(moments.of_python(obj, function)))
    raise ArgumentTypeError(
        f"{function} needs an array, not {obj!r} of type {type(obj).__name__}; use xp.asarray"
    )


def refuse_mask(obj: object, function: str) -> None:
    """Raise if `obj` is a masked array, whose mask would be lost.

    Raises
    ------
    ArgumentTypeError
        If `obj` is a masked array.
    """
    if isinstance(obj, np.ma.MaskedArray):
        raise ArgumentTypeError(
            f"{function}: a MaskedArray would lose its mask; use x.filled(number), and xp.where for the mask"
        )


def scalar_array(number: Scalar | Dim | DimReal, dtype: DType, function: str) -> Array:
    """Convert a Python scalar to an array, in the dtype that it takes beside an array of `dtype`.

    Raises
    ------
    ScalarError
        If a scalar of its kind cannot stand beside the dtype.
    ScalarRangeError
        If an integer does not fit.
    """
    return new_array(*scalars.to_planes(number, dtype, function))


def as_pair(function: str, a: object, b: object) -> tuple[Array, Array]:
    """Convert two operands to arrays; a Python scalar takes the dtype of the other one."""
    if isinstance(a, _TYPED) and not moments.lacks_unit(a):
        left = as_array(a, function)
        return left, as_like(b, left._dtype, function)
    right = as_array(b, function)
    return as_like(a, right._dtype, function), right


def common(function: str, *operands: object) -> tuple[Array, ...]:
    """Cast arrays to the dtype that they promote to; Python scalars are refused."""
    arrays = [as_array(operand, function) for operand in operands]
    dtype = dtypes.promote_all((array._dtype for array in arrays), function)
    return tuple(cast(array, dtype) for array in arrays)


def as_like(obj: object, dtype: DType, function: str) -> Array:
    """Convert an operand to an array; a Python scalar takes `dtype`."""
    if isinstance(obj, _TYPED):
        if dtype.unit and moments.lacks_unit(obj):
            obj = moments.with_unit(obj, dtype)
        return as_array(obj, function)
    if isinstance(obj, int | float | complex | str | bytes | Dim | DimReal):
        return scalar_array(obj, dtype, function)  # type: ignore[arg-type]  # bytes are refused
    return as_array(obj, function)


def as_dtype_of(obj: object, dtype: DType, function: str) -> Array:
    """Cast a value that is assigned to an array of `dtype` to it, as numpy does.

    Raises
    ------
    DTypeError
        If it is complex and `dtype` is not, or one is text and the other is not.
    """
    if dtype.family in ("int", "uint"):
        obj = _as_integers(obj, dtype, function)
    array = as_like(_from_sequence(obj), dtype, function)
    if array._dtype is dtype:
        return array
    promoted = promote(array._dtype, dtype, function)
    if promoted.family == "complex" != dtype.family:
        raise DTypeError(
            f"{function}: {array._dtype} cannot be written into an array of {dtype}; "
            "write xp.real(value) for the real parts"
        )
    return cast(array, dtype)


def _as_integers(obj: Any, dtype: DType, function: str) -> Any:
    """Return a number, or numbers in a list, as integers, which numpy refuses if the dtype cannot hold them."""
    if isinstance(obj, float | np.integer | np.floating):
        if not math.isfinite(obj):
            raise ScalarRangeError(f"{function}: {obj} is not a number that {dtype} holds")
        return int(obj)
    return namespace().asarray(obj, dtype=dtype) if isinstance(obj, list | tuple) else obj


def cast(array: Array, dtype: DType) -> Array:
    """Cast an array; real to complex gives a zero imaginary part."""
    if array._dtype is dtype:
        return array
    if dtype.unit or array._dtype.unit:
        return new_array(dtype, (units.cast(array._planes[0], array._dtype, dtype),))
    return new_array(dtype, casts.cast_planes(array._planes, dtype))


def map_planes(array: Array, move: Callable[[Value], Value]) -> Array:
    """Return an array of the results of one function of each plane."""
    return new_array(array._dtype, tuple(move(plane) for plane in array._planes))


def apply(name: str, *operands: Any) -> Array:
    """Apply an elementwise function of the table to arrays; a Python scalar adapts to the other operand.

    Dtypes that the standard leaves undefined are computed with as in numpy.

    Raises
    ------
    DTypeError, PromotionError
        If neither the standard nor numpy defines it for these dtypes.
    BroadcastError
        If the shapes do not broadcast.
    """
    row = ELEMENTWISE[name]
    if len(operands) == 1:
        x = as_array(operands[0], name)
        dtype = x._dtype
        if dtype not in row.allowed:
            return _apply_as_numpy(name, row, x)
        if dtype.family != "complex":
            value = row.real(x._planes[0])
            result = new_array(value.dtype, (value,))
        else:
            result = of_planes(_complex(row, name, dtype)(x._planes))
        return result if x._links is None else views.like(result, x)
    a, b = operands
    if type(a) is not Array or type(b) is not Array:
        if row.mixed is not None and (answer := _beyond_range(name, a, b)) is not None:
            return answer
        scalar = b
        if row.category == "boolean":
            a, b = (bool(x) if type(x) in (int, float, complex) else x for x in (a, b))
        elif type(a) is int or type(b) is int:
            a, b = (_as_floats(name, row, x) for x in (a, b))
        a, b = as_pair(name, a, b)
        if row.check is not None:
            row.check(scalar, b._dtype)
    dtype = a._dtype
    if b._dtype is not dtype:
        if (
            row.mixed is not None
            and dtypes.uint64 in (dtype, b._dtype)
            and "int" in (dtype.family, b._dtype.family)
        ):
            pair = (x if x._dtype is dtypes.uint64 else cast(x, dtypes.INDEX) for x in (a, b))
            return of_planes(row.mixed(*(x._planes[0] for x in pair)))
        if dtype.unit or b._dtype.unit:
            return _apply_to_times(name, a, b)
        dtype = promote(dtype, b._dtype, name)
        if dtype in row.allowed:
            a, b = cast(a, dtype), cast(b, dtype)
    if dtype not in row.allowed:
        return _apply_as_numpy(name, row, a, b)
    if dtype.family != "complex":
        value = row.real(a._planes[0], b._planes[0])
        result = new_array(value.dtype, (value,))
    else:
        result = of_planes(_complex(row, name, dtype)(a._planes, b._planes))
    if a._links is None and b._links is None:
        return result
    return views.like(result, a, b)


def _apply_as_numpy(name: str, row: Row, *arrays: Array) -> Array:
    """Apply an elementwise function in the dtypes that numpy computes it in.

    Raises
    ------
    DTypeError
        If numpy does not define it for these dtypes either.
    """
    if any(x._dtype.unit for x in arrays):
        return _apply_to_times(name, *arrays)
    if dtypes.string in (x._dtype for x in arrays):
        if name == "add" and all(x._dtype is dtypes.string for x in arrays):  # as in numpy
            return of_planes(ops.string_concat(*(x._planes[0] for x in arrays)))
        dtypes.require(name, row.category, *(x._dtype for x in arrays))
    loop = dtypes.loop_dtypes(name, *(x._dtype for x in arrays))
    if loop is None:
        dtypes.require(name, row.category, *(x._dtype for x in arrays))
        raise PromotionError(
            f"{name}: {' and '.join(str(x._dtype) for x in arrays)} have no common {row.category} dtype; "
            "write xp.astype(x, dtype) on one of them"
        )
    if row.category == "boolean":  # numpy asks what is not zero
        arrays = tuple(x if x._dtype is dtypes.bool_ else apply("not_equal", x, 0) for x in arrays)
        return of_planes(row.real(*(x._planes[0] for x in arrays)))
    arrays = tuple(map(cast, arrays, loop))
    if loop[0] in row.allowed:
        return apply(name, *arrays)
    if loop[0].family == "complex":
        return of_planes(_complex(row, name, loop[0])(*(x._planes for x in arrays)))
    if row.boolean is None:
        dtypes.require(name, row.category, loop[0])
    assert row.boolean is not None
    return of_planes(row.boolean(*(x._planes[0] for x in arrays)))


def _apply_to_times(name: str, *arrays: Array) -> Array:
    """Apply an elementwise function to arrays among which are times, in a common unit.

    Raises
    ------
    DTypeError
        If numpy does not define it for these dtypes.
    """
    loop = dtypes.time_loop(name, *(x._dtype for x in arrays))
    recipes = time_arithmetic.RECIPES.get(name, {})
    recipe = None
    if loop is not None:
        recipe = recipes.get("".join(dtype.kind for dtype in loop[:-1]))
    if loop is None or recipe is None:
        raise DTypeError(
            f"{name} is not defined for {' and '.join(str(x._dtype) for x in arrays)}; "
            f"{_TIME_ADVICE if recipes else 'write xp.astype(x, xp.int64) for numbers of units'}"
        )
    planes = (cast(x, dtype)._planes[0] for x, dtype in zip(arrays, loop, strict=False))
    return new_array(loop[-1], (recipe(*planes),))


_TIME_ADVICE = (
    "points in time are compared with points, spans of time with spans, and spans are added, multiplied and "
    "divided"
)


def _from_sequence(obj: Any) -> Any:
    """Return a list or tuple as an array, and anything else as it is."""
    return namespace().asarray(obj) if isinstance(obj, list | tuple) else obj


def _matmul(a: Any, b: Any) -> Array:
    if type(a) is Array and type(b) is Array:
        return matmul(a, b)
    a, b = _from_sequence(a), _from_sequence(b)
    if all(isinstance(x, Array | np.ndarray | str | bytes) for x in (a, b)):
        return matmul(a, b)
    return typing.cast(Array, NotImplemented)


def _as_floats(name: str, row: Row, x: Any) -> Any:
    """Cast an integer array where numpy computes in floating-point numbers, which hold any Python integer."""
    if type(x) is not Array:
        return x
    dtype = dtypes.INDEX if x._dtype is dtypes.bool_ else x._dtype
    if dtype in row.allowed or dtype.family not in ("int", "uint"):
        return x
    loop = dtypes.loop_dtypes(name, dtype, dtype)
    return cast(x, loop[0]) if loop is not None and loop[0].family == "float" else x


def _beyond_range(name: str, a: Any, b: Any) -> Array | None:
    """Return the answer of a comparison with a Python integer that no number of the dtype can equal."""
    array, number = (b, a) if type(a) is int else (a, b)
    if type(number) is not int or type(array) is not Array:
        return None
    if array._dtype.family not in ("int", "uint"):
        return None
    low, high = dtypes.int_range(array._dtype)
    if low <= number <= high:
        return None
    is_true = _COMPARE[name](*((number, 0) if type(a) is int else (0, number)))
    same = apply("equal", array, array)
    return same if is_true else apply("logical_not", same)


_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "equal": operator.eq,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "not_equal": operator.ne,
}


def _complex(row: Row, name: str, dtype: DType) -> Any:
    if row.complex is None:
        raise DTypeError(f"{name}: {dtype} is not supported")
    return row.complex


def _operate(name: str, a: Any, b: Any) -> Array:
    if (type(a) is Array and type(b) is Array) or (is_operand(a) and is_operand(b)):
        return apply(name, a, b)
    if isinstance(a, list | tuple) or isinstance(b, list | tuple):
        return apply(name, *(_from_sequence(x) for x in (a, b)))
    if name in ("equal", "not_equal"):
        if isinstance(b, str | bytes):
            return apply(name, a, b)
        if b is None:  # as in numpy, no element is None
            same = apply("equal", a, a)
            return apply("not_equal" if name == "equal" else "equal", same, same)
    is_text = isinstance(a, str | bytes) or isinstance(b, str | bytes)
    if is_text and (
        name != "multiply"
        or dtypes.string in (getattr(a, "dtype", None), getattr(b, "dtype", None))
    ):
        return apply(
            name, a, b
        )  # which says what is defined for text; Python repeats it by an integer
    # Python asks the other operand, and raises if that refuses too
    return typing.cast(Array, NotImplemented)


def matmul(x1: Any, x2: Any, /) -> Array:
    """Compute the matrix product of the last two axes; the others broadcast."""
    a, b = as_pair("matmul", x1, x2)
    dtype = promote(a._dtype, b._dtype, "matmul")
    dtypes.require("matmul", "numeric or boolean", dtype)
    contraction.check_matmul(a.shape, b.shape)
    if dtype is dtypes.bool_:  # as in numpy: whether any product is true
        return apply("not_equal", matmul(cast(a, dtypes.INDEX), cast(b, dtypes.INDEX)), 0)
    return of_planes(contraction.matmul(cast(a, dtype)._planes, cast(b, dtype)._planes))
