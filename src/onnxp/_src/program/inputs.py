"""One input of a model: conversion and checks of what is passed for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp._src.array.missing import of_text, with_holes
from onnxp._src.dtypes import DType, bool_, from_numpy, of_host, string
from onnxp._src.dtypes.strings import to_runtime
from onnxp._src.graph.values import constant
from onnxp._src.namespace import namespace
from onnxp._src.program import advise, column_values, tables
from onnxp._src.program import encoding as encodings
from onnxp._src.program.arrays import is_array
from onnxp._src.program.signature import Leaf
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import shape_text
from onnxp.errors import ArgumentError, DTypeError, FeedError, ScalarRangeError

if TYPE_CHECKING:
    from onnxp._src.array.array import Array


class Input:
    """An input, with everything that each call needs."""

    __slots__ = ("dtype", "fixed", "is_labelled", "is_plain", "leaf", "numpy", "planes", "rank")

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf
        self.dtype = leaf.dtype
        self.numpy = None if leaf.dtype is None else leaf.dtype.numpy
        self.planes = leaf.planes
        self.is_labelled = leaf.dtype is not None and leaf.dtype.is_unknown_to_numpy
        self.is_plain = leaf.dtype is None or leaf.dtype.is_own_plane
        self.rank = None if leaf.shape is None else len(leaf.shape)
        self.fixed = [(i, n) for i, n in enumerate(leaf.shape or ()) if type(n) is int]

    def check(self, obj: Any) -> Any:
        """Convert and check an array."""
        if type(obj) is np.ndarray and obj.dtype == self.numpy and not self.is_labelled:
            array = obj
        elif type(obj) is np.ndarray and self.dtype is string and obj.dtype.kind == "O":
            array = self._text(obj)
        else:
            array = self._convert(obj)
            if self.dtype is None:
                return array
        if self.rank is not None and (
            array.ndim != self.rank or any(array.shape[i] != n for i, n in self.fixed)
        ):
            raise FeedError(
                f"input {self.leaf.name!r} has shape {array.shape}, but {self.leaf.text} is needed"
            )
        return array

    def _labels(self, obj: Any) -> np.ndarray[Any, Any]:
        """Return categories as text, or as codes, or as the data of a user-defined dtype.

        Raises
        ------
        FeedError
            If they are something else.
        """
        leaf, dtype = self.leaf, self.dtype
        assert dtype is not None
        if is_array(obj) and obj.dtype is dtype:
            return obj._numpy()
        try:
            if dtype.fields:
                labels: np.ndarray[Any, Any] = namespace().asarray(obj, dtype=dtype)._numpy()
                return labels
            if is_array(obj):
                obj = obj._numpy()
            codes = getattr(getattr(obj, "dtype", None), "kind", "") in ("i", "u")
            if codes and leaf.encoding == encodings.CODES and isinstance(obj, np.ndarray):
                return obj
            return column_values.as_labels(obj, leaf.name)
        except (DTypeError, ArgumentError, ScalarRangeError) as error:
            raise FeedError(f"input {leaf.name!r} ({leaf.text}): {error}") from None

    def traced(self, obj: Any) -> Array:
        """Convert and check an argument of a call with traced arrays."""
        from onnxp._src.array.base import from_host, new_array, widened
        from onnxp._src.array.operands import cast

        encoding = self.leaf.encoding
        is_encoded = self.is_labelled or encoding is not None
        if not is_array(obj) and self.dtype is not None and is_encoded:
            tensors = encodings.split(self.check(obj), self.dtype, encoding, self.leaf.name)
            values = tuple(map(constant, tensors))
            return new_array(self.dtype, encodings.decoded(values, self.dtype, encoding))
        if not is_array(obj):
            array = from_host(np.array(self.check(obj), order="C", subok=True))
            return array if self.dtype is None else cast(array, self.dtype)
        assert self.dtype is not None
        is_plain = self.dtype.is_nullable and obj.dtype is self.dtype.plain
        array = cast(obj, self.dtype) if is_plain else widened(obj)
        if array.dtype is not self.dtype:
            is_recoded = array.dtype.family == self.dtype.family == "category"
            raise FeedError(
                f"input {self.leaf.name!r} has dtype {array.dtype}, but {self.leaf.text} is needed; "
                f"use {'xp.recode' if is_recoded else 'xp.astype'}(x, dtype)"
            )
        shape = array.shape
        if self.rank is not None and (
            len(shape) != self.rank or any(dims.equal(shape[i], n) is False for i, n in self.fixed)
        ):
            raise FeedError(
                f"input {self.leaf.name!r} has shape {shape_text(shape)}, but {self.leaf.text} is needed"
            )
        return array

    def _convert(self, obj: Any) -> Any:
        name = self.leaf.name
        if self.is_labelled:
            return self._labels(obj)
        if is_array(obj):
            obj = obj._numpy()
        if self.dtype is None:
            _require_native(name, obj if isinstance(obj, list | tuple) else [obj])
            return obj
        if self.leaf.is_column and column_values.is_column(obj) and not tables.is_frame(obj):
            obj = column_for(self.leaf, obj)
        if isinstance(obj, list | tuple | bool | int | float | complex | str):
            obj = _of_python(obj, self.leaf, self.dtype)
        if isinstance(obj, np.ndarray) and self.dtype.is_nullable:
            obj = of_text(obj)
        masked = isinstance(obj, np.ma.MaskedArray)
        if masked and obj.dtype == self.numpy and self.dtype.unit:
            return np.ma.filled(obj, self.numpy.type("NaT"))
        if masked and self.dtype.is_nullable and of_host(obj) is self.dtype:
            if self.dtype.plain.family == "string":
                self._text(np.asarray(obj.compressed()))
            return obj
        if masked or not isinstance(obj, np.ndarray | np.generic):
            use = f"use np.asarray(x, {self.dtype.numpy.name!r})"
            if masked:
                use = advise.of_masked(obj, self.dtype)
            elif hasattr(obj, "toarray"):  # sparse
                use = "use x.toarray()"
            elif self.dtype.family == "string" and isinstance(obj, list | tuple):
                use = "use np.asarray(x, 'str')" + (
                    ""
                    if all(isinstance(part, str) for part in obj)
                    else ", with '' for what is missing"
                )
            elif isinstance(obj, list | tuple) and self.dtype is bool_:
                use = advise.conversion(np.asarray(obj, object), self.dtype, "np.asarray(x)")
            elif isinstance(obj, list | tuple) and (natural := advise.numbers_of(obj)) is not None:
                use = advise.conversion(natural, self.dtype, "np.asarray(x)")
            advice = "" if masked else tables.advice(obj)
            raise FeedError(
                f"input {name!r} must be a numpy or onnxp array ({self.leaf.text}), "
                f"not {type(obj).__name__}; {advice or use}"
            )
        array = np.asarray(obj)
        _require_native(name, [array])
        try:
            dtype = from_numpy(array.dtype)
        except DTypeError:
            dtype = None
        if dtype is not self.dtype.plain:
            raise FeedError(
                f"input {name!r} has dtype {array.dtype}, but {self.leaf.text} is needed; "
                f"{advise.conversion(array, self.dtype, 'x')}"
            )
        return self._text(array) if self.dtype.plain.family == "string" else array

    def _text(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return text as the runtime takes it."""
        try:
            return to_runtime(array)
        except (DTypeError, ArgumentError) as error:
            raise FeedError(f"input {self.leaf.name!r}: {error}") from None


def column_for(leaf: Leaf, column: Any) -> Any:
    """Return a column of a table for an input of shape (N,) or (N, 1)."""
    if leaf.dtype is None:
        return column
    array = column_values.as_input(column, leaf.dtype, leaf.name)
    if leaf.shape is not None and len(leaf.shape) == 2 and array.ndim == 1:
        return array[:, None]
    return array


def array_for(leaf: Leaf, obj: Any) -> Array:
    """Return an argument as the array of onnxp that a traced function gets.

    Raises
    ------
    FeedError
        If it does not match the input.
    """
    return Input(leaf).traced(obj)


def host_for(leaf: Leaf, obj: Any) -> np.ndarray[Any, Any]:
    """Return an argument as the numpy array that a call takes it for.

    Raises
    ------
    FeedError
        If it does not match the input.
    """
    return Input(leaf).check(obj)  # type: ignore[no-any-return]  # of an input with a dtype


_KINDS = {"b": "b", "i": "biu", "u": "biu", "f": "biuf", "c": "biufc", "T": "U", "U": "U"}
"""The kinds of Python's numbers and text that inputs of a kind take."""


def _of_python(obj: Any, leaf: Leaf, dtype: DType) -> Any:
    """Return lists, numbers and text of Python as an array of a dtype, if they are of its kind.

    None is null.

    Raises
    ------
    FeedError
        If a number does not fit into the dtype.
    """
    if dtype.is_nullable and (mask := _nulls_in(obj)).any():
        rest = [part for part in obj if part is not None]
        values = _of_python(rest, leaf, dtype.plain)
        return with_holes(values, mask) if isinstance(values, np.ndarray) else obj
    try:
        natural = np.asarray(obj)
    except (ValueError, OverflowError):  # of ragged lists
        return obj
    if natural.size and natural.dtype.kind not in _KINDS.get(dtype.numpy.kind, ""):
        return obj
    try:
        with np.errstate(over="raise"):
            return np.asarray(obj, dtype.host)  # text as objects: <U loses null characters
    except (OverflowError, FloatingPointError) as error:
        raise FeedError(f"input {leaf.name!r} ({leaf.text}): {error}") from None


def _nulls_in(obj: Any) -> np.ndarray[Any, Any]:
    """Return where a list has None; lists in it count as elements."""
    return np.array([part is None for part in obj] if isinstance(obj, list | tuple) else False)


def _require_native(name: str, arrays: Iterable[Any]) -> None:
    for array in arrays:
        if isinstance(array, np.ndarray) and not array.dtype.isnative:
            raise FeedError(
                f"input {name!r} has byte order {array.dtype.str!r}; the runtime takes native arrays: "
                "use x.astype(x.dtype.newbyteorder('='))"
            )
