"""`Array`: a dtype and one value for each of its planes, with the standard's attributes and operators."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, final

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.array import exchange, keys, views
from onnxp._src.array.apply import apply
from onnxp._src.array.base import materialized, new_array, new_view, widened
from onnxp._src.array.device import CPU, DLPACK_CPU, Device, require_device
from onnxp._src.array.nullable import required
from onnxp._src.array.operands import as_dtype_of
from onnxp._src.array.operators import Operators
from onnxp._src.graph.sameness import is_same
from onnxp._src.graph.values import Value
from onnxp._src.lowering.indexing import getitem, setitem
from onnxp._src.namespace import namespace
from onnxp._src.numpy import editing, keys_of_dicts, ways
from onnxp._src.numpy.methods import NumpyMethods
from onnxp._src.runtime import assumptions
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.runtime.questions import traced_error
from onnxp._src.shapes.shape import product, shape_text
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    ShapeError,
)

_NUMPY_MA = "numpy.ma.core"
"""The module of numpy that asks an array for its elements and its mask."""


@final
class Array(Operators, NumpyMethods):
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

    __slots__ = ()
    __array_priority__ = 1000.0

    def __init__(self, *args: object, **kwargs: object) -> None:
        raise ArgumentTypeError(
            "Array: arrays are made by functions, not by calling the class; write xp.asarray(obj), "
            "xp.zeros(shape) or xp.argument(shape, dtype)"
        )

    # Attributes

    @property
    def device(self) -> Device:
        """The device of the array."""
        return CPU

    @property
    def flat(self) -> Array:
        """The elements along one axis, which can be written to."""
        return new_view(self, views.FLAT, (product(self.shape),))

    @flat.setter
    def flat(self, values: Any) -> None:
        editing.put(self, namespace().arange(self.size), values)

    @property
    def base(self) -> Array | None:
        """The array that this one is a view of."""
        return None if self._links is None else self._links.root  # type: ignore[return-value]  # views see a protocol

    @property
    def T(self) -> Array:
        """The array with its axes in reverse order, as in numpy; a vector is returned unchanged."""
        rank = len(self._planes[0].shape)
        if rank == 2:
            return new_view(self, views.TRANSPOSE, (1, 0))
        return new_view(self, views.TRANSPOSE, tuple(reversed(range(rank)))) if rank > 2 else self

    @property
    def mT(self) -> Array:
        """The transpose of the last two axes."""
        rank = self.ndim
        if rank < 2:
            raise ShapeError(f"mT needs an array of rank 2 or more, not {rank}")
        order = (*range(rank - 2), rank - 1, rank - 2)
        return new_view(self, views.TRANSPOSE, order)

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
        first = self._planes[0]
        if (
            dtype is None
            and not copy
            and first.trace is None
            and self._dtype in exchange.STORED_AS_THEY_ARE
        ):
            return exchange.read_only(data_of(first))
        reason = exchange.NOT_FOR_NUMPY
        if self.is_traced:
            caller = str(sys._getframe(1).f_globals.get("__name__")).partition(".")[0]
            reason = exchange.NOT_FOR.get(caller, reason)
        data = exchange.to_host(self._dtype, self._planes, reason)
        for_mask = (
            self._dtype.is_nullable and sys._getframe(1).f_globals.get("__name__") == _NUMPY_MA
        )
        return exchange.to_numpy(data, dtype, copy, for_mask=for_mask)

    @property
    def _mask(self) -> np.ndarray[Any, Any]:
        """The mask that `numpy.ma.asarray` asks for; only nullable arrays have one."""
        if not self._dtype.is_nullable:
            raise AttributeError("_mask")
        return np.ma.getmaskarray(self._numpy())

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
            raise traced_error(self._planes[0], conversion=conversion)
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
            raise traced_error(self._planes[0], conversion=conversion, by_example=self.ndim == 0)
        self._require_rank_0(conversion)
        return data[()]

    def _require_number(self, conversion: str) -> None:
        if self._dtype.unit:
            raise ArgumentTypeError(
                f"{conversion} cannot convert {self._dtype}; compare it, divide it by a span of time, or write "
                "xp.astype(x, xp.int64) for the number of units"
            )
        if self._dtype.extension is not None:
            raise ArgumentTypeError(
                f"{conversion} cannot convert {self._dtype}; convert one of {self._dtype}.parts(x)"
            )
        if self._dtype.family == "category":
            raise ArgumentTypeError(
                f"{conversion} cannot convert {self._dtype}; compare it, as in "
                f"x == {self._dtype.categories[0]!r}, or write xp.astype(x, xp.int64) for the codes of labels"
            )
        if self._dtype.family == "string":
            raise ArgumentTypeError(
                f"{conversion} cannot convert a string; compare it, as in x == 'a', or get the text by x.item()"
            )

    def __bool__(self) -> bool:
        if self._dtype.is_nullable:
            return bool(required(self, "bool()"))
        self._require_number("bool()")
        if not self.is_traced:
            return bool(self._item("bool()"))
        truth = self if self._dtype is dtypes.bool_ else self != 0
        if self.ndim == 0 and (taken := ways.decided(truth)) is not None:
            return taken
        answer = bool(truth._assumed("bool()"))
        assumptions.assume(truth._planes[0], answer)
        return answer

    def __int__(self) -> int:
        return self._integer("int()")

    def _integer(self, conversion: str) -> int:
        if self._dtype.is_nullable:
            return int(required(self, conversion))
        if self._dtype.family == "complex":
            raise ArgumentTypeError(f"int() cannot convert {self._dtype}; take its real part first")
        self._require_number(conversion)
        if not self.is_traced:
            return int(self._item(conversion))
        whole = apply("trunc", self) if self._dtype.family == "float" else self
        number = int(whole._assumed(conversion))
        expected = number != 0 if self._dtype is dtypes.bool_ else number
        assumptions.assume((whole == expected)._planes[0], True)
        return number

    def __float__(self) -> float:
        if self._dtype.is_nullable:
            return float(required(self, "float()"))
        if self._dtype.family == "complex":
            raise ArgumentTypeError(
                f"float() cannot convert {self._dtype}; take its real part first"
            )
        self._require_number("float()")
        return float(self._item("float()"))

    def __complex__(self) -> complex:
        if self._dtype.is_nullable:
            return complex(required(self, "complex()"))
        self._require_number("complex()")
        return complex(self._item("complex()"))

    def __index__(self) -> int:
        if self._dtype.is_nullable:
            return required(self, "an index").__index__()
        if self._dtype.family not in ("int", "uint"):
            raise ArgumentTypeError(
                f"an index must be an integer array of rank 0, not {self._dtype}"
            )
        return self._integer("an index")

    def __hash__(self) -> int:
        if self.ndim == 0 and self.is_traced and ways.is_deciding():
            key = keys_of_dicts.hash_on_this_way(self._is_key, sys._getframe(1))
            if key is not None:
                return key
        raise ArgumentTypeError(
            "an array is unhashable, and so cannot be a key of a dict or an element of a set; for d[x], "
            "write values[np.searchsorted(keys, x)] with arrays of the keys, in order, and of their values"
        )

    def _is_computed_as(self, other: Array) -> bool:
        """Return whether the same nodes compute this array and another one, of one plane each."""
        return is_same(self._planes[0], other._planes[0])

    def _is_key(self, key: Any) -> bool:
        """Return whether the element is a key of a dict, on this way through a function of elements."""
        if self._dtype is dtypes.string:
            return isinstance(key, str) and bool(self == key)
        if self._dtype.family not in ("bool", "int", "uint", "float"):
            return False
        number = keys_of_dicts.as_number(key, self._dtype.numpy)
        return number is not None and bool(self == number)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise ArgumentTypeError("an array of rank 0 has no len()")
        return self.shape[0].__index__()

    def __iter__(self) -> Any:
        if self.ndim == 0:
            raise ArgumentTypeError("an array of rank 0 cannot be iterated over")
        return self._rows()

    def _rows(self) -> Any:
        for i in range(len(self)):
            # at the first element, because libraries ask whether there is an iterator
            yield self[i]

    def __format__(self, spec: str) -> str:
        if spec and (self.is_traced or self.ndim == 0):
            return format(self._item("format()"), spec)
        if spec:
            raise ArgumentTypeError(
                f"format() with {spec!r} needs an array of rank 0, not one of shape {shape_text(self.shape)}; "
                "format its elements, or xp.round(x, decimals)"
            )
        return str(self)

    def __repr__(self) -> str:
        if self.is_traced:
            sizes = ", ".join(map(str, self.shape))
            return f"Array(traced {self._dtype}[{sizes}])"
        data = self._numpy()
        if self._dtype.is_nullable:
            data = exchange.with_null_text(data)
        text = np.array2string(data, separator=", ", prefix="Array(")
        return f"Array({text}, dtype={self._dtype})"

    def __reduce__(self) -> Any:
        """Pickle the elements."""
        data = exchange.to_host(self._dtype, self._planes, exchange.NOT_FOR_PICKLE)
        make = namespace().asarray
        if self._dtype.is_unknown_to_numpy or self._dtype.family == "stored":
            make = partial(make, dtype=self._dtype)
        return make, (np.array(data, subok=True),)

    def __copy__(self) -> Array:
        return new_array(self._dtype, self._planes)

    def __deepcopy__(self, memo: Any) -> Array:
        return new_array(self._dtype, self._planes)  # values never change

    # Indexing

    def __getitem__(self, key: Any, /) -> Array:
        if self._dtype.family == "stored":
            return widened(self)[key]  # type: ignore[no-any-return]  # an array
        parts = keys.plain(key, _planes_of)
        planes = getitem.get(self._planes, parts)
        if keys.is_view(parts, len(self._planes[0].shape)):
            return new_view(self, views.INDEX, parts, planes)
        return materialized(new_array(self._dtype, planes))

    def __setitem__(self, key: Any, value: Any, /) -> None:
        if self._dtype.family == "stored":
            raise DTypeError(
                f"assignment: {self._dtype} stores constants, which are not written to; write into "
                f"xp.astype(x, xp.{self._dtype.computed}), and cast that to {self._dtype} when it is whole"
            )
        new = as_dtype_of(value, self._dtype, "assignment")
        parts = keys.plain(key, _planes_of)
        if not views.is_part_of(self, parts, new):
            views.check_writable(self)
            self._write(setitem.put(self._planes, parts, new._planes))

    def __delitem__(self, key: Any, /) -> None:
        raise ArgumentError(
            "del: the elements of an array cannot be deleted; write np.delete(x, index, axis=0), or x[mask] "
            "for what stays"
        )

    def _shares(self, other: Array) -> bool | None:
        """Return whether a write into one array may change the other; None if that cannot be known yet."""
        return views.overlap(self, other)

    @property
    def _is_turned(self) -> bool:
        """Whether numpy might keep the elements in another order than C's."""
        return self._links is not None and self._links.turned

    def _turn(self) -> None:
        """Note that numpy might keep the elements in another order than C's."""
        if self._links is None:
            self._links = views.Links()
        self._links.turned = True

    def _window(self, compute: Callable[[Array], Array]) -> Array:
        """Return what a function computes of the array as a read-only view of it."""

        def planes_of(planes: tuple[Value, ...]) -> tuple[Value, ...]:
            return compute(new_array(self._dtype, planes))._planes

        return new_view(self, views.READ_ONLY, planes_of)

    def _raveled(self) -> Array:
        """Return the elements along one axis: a view if they follow each other in numpy's memory."""
        shape = (product(self.shape),)
        planes = tuple(ops.reshape(plane, shape) for plane in self._planes)
        kind = views.reshape_kind(self, shape, contiguous=True)
        if kind is None:
            return new_array(self._dtype, planes)
        return new_view(self, kind, shape, planes)

    def _diagonal(self, index: Array, rank: int) -> Array:
        """Return the elements that have one index on each of the first axes, as a view."""
        return new_view(self, views.INDEX, index._planes * rank)

    def _counts(self) -> Array:
        """Return the numbers of units that times are, as a view."""
        return new_view(self, views.COUNTS, 0)

    def _scatter(self, positions: Array, values: Array, reduction: str) -> Array:
        """Return a vector with values combined into its elements at positions, which may repeat."""
        return new_array(
            self._dtype,
            tuple(
                ops.scatter_elements(plane, positions._planes[0], new, 0, reduction)
                for plane, new in zip(self._planes, values._planes, strict=True)
            ),
        )


def _planes_of(obj: object) -> tuple[Value, ...] | None:
    return obj._planes if isinstance(obj, Array) else None
