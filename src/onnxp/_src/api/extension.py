"""User-defined dtypes, an extension of the standard."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import numpy as np

from onnxp._src import dtypes
from onnxp._src.api.creation.conversion import as_plane
from onnxp._src.api.manipulation import broadcast_arrays
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.defined import DEFINABLE
from onnxp._src.dtypes import DType
from onnxp.errors import ArgumentError, ArgumentTypeError, DTypeError

_Host = np.ndarray[Any, Any]
_F = TypeVar("_F", bound=Callable[..., Any])


class ExtensionDType:
    """The base class of user-defined dtypes.

    A subclass declares the dtypes of its planes, by their names. Arrays of it are made by `of` and by
    ``xp.asarray(data, dtype=Money)``. Functions that only move elements, ``where``, specs, programs and control
    flow support it as they are; other functions are those that are defined.

    Attributes
    ----------
    planes : dict of str to dtype
        The dtypes of the planes, by their names: any, also those of categories and of times.
    name : str
        The name in specs and models; by default that of the class.
    dtype : DType
        The dtype, which functions also find if the class is given.

    Examples
    --------
    >>> import onnxp as xp
    >>> class Cost(xp.ExtensionDType):
    ...     planes = {"cents": xp.int64, "currency": xp.category(("EUR", "USD"))}
    >>> @Cost.define("multiply")
    ... def multiply(price, number):
    ...     cents, currency = Cost.parts(price).values()
    ...     return Cost.of(cents=cents * number, currency=currency)
    >>> prices = Cost.of(cents=xp.asarray([250, 999]), currency="EUR")
    >>> xp.flip(prices * 2)
    Array([(1998, 'EUR'), ( 500, 'EUR')], dtype=Cost)
    >>> prices + prices
    Traceback (most recent call last):
        ...
    onnxp.errors.DTypeError: add is not defined for Cost; define it by a function with the...
    >>> program = xp.trace(lambda price: price[:1] * 3, "Cost[N]")
    >>> [value.name for value in program.model.graph.input]
    ['price_cents', 'price_currency']
    """

    planes: ClassVar[Mapping[str, Any]]
    name: ClassVar[str]
    dtype: ClassVar[DType]
    _operations: ClassVar[dict[str, Callable[..., Any]]] = {}

    def __init_subclass__(cls) -> None:
        cls.name = str(cls.__dict__.get("name", cls.__name__))
        planes = getattr(cls, "planes", None)
        if not isinstance(planes, Mapping) or not planes:
            raise DTypeError(
                f"{cls.name}: declare the planes, as in planes = {{'amount': xp.int64}}, not {planes!r}"
            )
        for plane in planes:
            is_identifier = isinstance(plane, str) and plane.isidentifier()
            if not is_identifier or keyword.iskeyword(plane):
                raise DTypeError(
                    f"{cls.name}: the name of a plane must be an identifier, not {plane!r}"
                )
        fields = {plane: dtypes.as_dtype(kind) for plane, kind in planes.items()}
        for plane, kind in fields.items():
            if kind.family == "stored":
                raise DTypeError(
                    f"{cls.name}: the plane {plane!r} is of {kind}, which constants are stored in; declare "
                    f"{kind.computed}"
                )
        cls._operations = dict(cls._operations)
        cls.dtype = dtypes.extension(cls, cls.name, fields)

    def __new__(cls, *args: object, **kwargs: object) -> ExtensionDType:
        raise ArgumentTypeError(
            f"{cls.name} is a dtype; write {cls.name}.of({', '.join(f'{n}=...' for n in cls.planes)}) for an "
            "array of it"
        )

    @classmethod
    def of(cls, **parts: Any) -> Array:
        """Return an array made of its planes, which broadcast.

        Parameters
        ----------
        **parts : array or scalar
            The planes, by their names. What is not an array is converted to the dtype of the plane.

        Returns
        -------
        Array

        Raises
        ------
        ArgumentError
            If a plane is missing, or there is none of a name.
        DTypeError
            If an array has another dtype than its plane, or an element is not a number.
        ScalarRangeError
            If the dtype of a plane does not have a number, such as a fraction among integers.
        """
        fields = cls.dtype.fields
        if set(parts) != set(fields):
            raise ArgumentError(
                f"{cls.name}.of: the planes are {', '.join(fields)}, not {', '.join(parts) or 'none'}"
            )
        arrays = []
        for name, dtype in fields.items():
            part = parts[name]
            if isinstance(part, Array) and part.dtype is not dtype:
                raise DTypeError(
                    f"{cls.name}.of: {name} is {part.dtype}, but {dtype} is needed; write xp.astype"
                )
            arrays.append(as_plane(part, dtype, f"{cls.name}.of: {name}"))
        if len(arrays) > 1:
            arrays = list(broadcast_arrays(*arrays))
        return new_array(cls.dtype, tuple(plane for array in arrays for plane in array._planes))

    @classmethod
    def parts(cls, x: Array, /) -> dict[str, Array]:
        """Return the planes of an array, by their names.

        Parameters
        ----------
        x : array
            Of this dtype.

        Returns
        -------
        dict of str to Array

        Raises
        ------
        DTypeError
            If it has another dtype.
        """
        if getattr(x, "dtype", None) is not cls.dtype:
            raise DTypeError(f"{cls.name}.parts: {x!r} is not an array of {cls.name}")
        planes = iter(x._planes)
        return {
            name: new_array(dtype, tuple(next(planes) for _ in dtype.planes))
            for name, dtype in cls.dtype.fields.items()
        }

    @classmethod
    def define(cls, function: str, /) -> Callable[[_F], _F]:
        """Return a decorator that defines a function of the namespace for arrays of this dtype.

        Parameters
        ----------
        function : str
            The name of the function in the namespace, such as ``"add"``, ``"less"``, ``"sum"`` or ``"astype"``.

        Returns
        -------
        decorator
            Of a function that takes the arguments of the call, at least one of which is an array of this dtype,
            and returns an array, or ``NotImplemented``. A call raises ArgumentTypeError if it returns something
            else.

        Raises
        ------
        ArgumentError
            If the namespace has no such function, or it is one that only moves elements.
        """
        if function not in DEFINABLE:
            raise ArgumentError(
                f"{cls.name}.define: {function!r} is not a function to define; these are "
                f"{', '.join(sorted(DEFINABLE))}"
            )

        def decorate(implementation: _F) -> _F:
            cls._operations[function] = implementation
            return implementation

        return decorate

    @classmethod
    def promote(cls, other: DType) -> object:
        """Return the dtype that this one and another promote to, or None if there is none.

        A subclass may override it, and define ``"astype"`` for the casts.
        """
        return None

    @classmethod
    def split(cls, data: Any) -> Mapping[str, Any]:
        """Return the planes of user-defined data, by name; by default of a structured array of numpy.

        A subclass may override it, and `join`, to take and to return other objects.
        """
        if isinstance(data, Mapping):
            return data
        array = np.asarray(data) if isinstance(data, np.ndarray | np.void) else None
        if array is None:
            array = _of_tuples(data, cls.dtype)
        if array.dtype.names is None or set(array.dtype.names) != set(cls.dtype.fields):
            raise DTypeError(
                f"asarray: {cls.name} is made of a structured array with the fields "
                f"{', '.join(cls.dtype.fields)}, of tuples of them, or by {cls.name}.of, not of {array.dtype}"
            )
        return {name: array[name] for name in cls.dtype.fields}

    @classmethod
    def join(cls, planes: Mapping[str, _Host]) -> Any:
        """Return the user-defined data that planes store; by default a structured array of numpy."""
        first = next(iter(planes.values()))
        result = np.empty(first.shape, cls.dtype.numpy)
        for name, plane in planes.items():
            result[name] = np.ma.getdata(plane)
            if isinstance(plane, np.ma.MaskedArray):
                result[name][np.ma.getmaskarray(plane)] = None
        return result


def _of_tuples(data: Any, dtype: DType) -> _Host:
    """Return tuples, in a sequence or a sequence of sequences, as a structured array.

    Raises
    ------
    DTypeError
        If there is anything else.
    """
    leaves, stack = [], [data]
    while stack:
        part = stack.pop()
        if isinstance(part, list):
            stack += part
        else:
            leaves.append(part)
    try:
        if all(isinstance(leaf, tuple | np.void) for leaf in leaves):
            return np.array(data, dtypes.open_type(dtype))
    except (TypeError, ValueError):
        pass
    raise DTypeError(
        f"asarray: {dtype} is made of tuples ({', '.join(dtype.fields)}), of a structured array, or by "
        f"{dtype}.of, not of {data!r}"
    )


__all__ = ["ExtensionDType"]
