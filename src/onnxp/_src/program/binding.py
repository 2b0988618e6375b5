"""Binding of the arguments of a call to the inputs of a model, with checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, final

import numpy as np

from onnxp._src.array.missing import stacked, with_holes
from onnxp._src.dtypes import DType, from_numpy, of_host
from onnxp._src.dtypes.strings import to_runtime
from onnxp._src.graph.values import constant
from onnxp._src.namespace import namespace
from onnxp._src.program import advise, tables
from onnxp._src.program import encoding as encodings
from onnxp._src.program.arrays import is_array
from onnxp._src.program.signature import FEATURE_NAMES, Leaf, Signature
from onnxp._src.program.tree import TreeDef
from onnxp._src.shapes import dims
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dims import Dim, Size, as_linear, evaluate, substitute
from onnxp._src.shapes.shape import Shape, shape_text
from onnxp.errors import (
    ArgumentError,
    DTypeError,
    FeedError,
    ScalarRangeError,
    UnknownSizeError,
)

if TYPE_CHECKING:
    from onnxp._src.array.array import Array


class _Place(NamedTuple):
    """An axis of an input with a symbolic size."""

    position: int
    axis: int
    size: Dim
    linear: tuple[Symbol, int, int] | None
    name: str


@final
class InputBinder:
    """Binds arguments to the inputs of a program, and checks dtypes, ranks and sizes.

    Parameters
    ----------
    signature : Signature
        The signature of the program.
    """

    __slots__ = ("_features", "_leaves", "_names", "_places", "_title", "_treedef")

    def __init__(self, signature: Signature) -> None:
        self._title = signature.name
        self._treedef = signature.input_treedef
        self._names: list[str] = self._treedef["keys"]
        self._leaves = [_Input(leaf) for leaf in signature.inputs]
        self._features: list[str] | None = signature.metadata.get(FEATURE_NAMES)
        self._places = [
            _Place(i, axis, size, as_linear(size), f"axis {axis} of {leaf.name!r}")
            for i, leaf in enumerate(signature.inputs)
            for axis, size in enumerate(leaf.shape or ())
            if isinstance(size, Dim)
        ]

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """Return the arrays of a call, one for each input. A single table binds its columns by name.

        Raises
        ------
        FeedError
            If arguments are missing, unexpected, or have another structure than in the trace.
        """
        names = self._names
        if len(args) == 1 and not kwargs and tables.is_table(args[0]):
            columns = self._of_table(args[0])
            if columns is not None:
                return columns
        if len(args) > len(names):
            raise FeedError(
                f"{self._title} takes {len(names)} arguments ({', '.join(names)}), not {len(args)}"
            )
        bound = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name in bound or name not in names:
                problem = "given twice" if name in bound else "not one of its arguments"
                raise FeedError(f"{self._title}: {name!r} is {problem}; they are {names}")
            bound[name] = value
        if len(bound) < len(names):
            are_columns = all(leaf.leaf.is_column for leaf in self._leaves)
            advice = tables.advice(args[0]) if len(args) == 1 and are_columns else ""
            if advice:
                raise FeedError(f"{self._title} takes a table with the columns {names}: {advice}")
            missing = [name for name in names if name not in bound]
            raise FeedError(f"{self._title}: {missing} is missing; the arguments are {names}")
        arrays: list[Any] = []
        for name, treedef in zip(names, self._treedef["items"], strict=True):
            collect(bound[name], treedef, arrays, self._title)
        return arrays

    def _of_table(self, table: Any) -> list[Any] | None:
        """Return the columns of a table, one for each input, or as one array if the only input is a matrix.

        None is returned if the table is an argument itself, such as a dict of arrays.
        """
        if any(item is not None for item in self._treedef["items"]):
            return None
        leaves = [leaf.leaf for leaf in self._leaves]
        is_matrix = len(leaves) == 1 and leaves[0].is_matrix
        if not is_matrix:
            names = [leaf.name for leaf in leaves]
            columns = tables.columns(table, names, self._title)
            return [_column_for(leaf, column) for leaf, column in zip(leaves, columns, strict=True)]
        (leaf,) = leaves
        if isinstance(table, Mapping) and leaf.name in table:
            return [table[leaf.name]]
        if self._features is None or leaf.dtype is None:
            if not tables.is_frame(table):
                return None
            raise FeedError(
                f"{self._title} takes one array, {leaf.name!r} ({leaf.text}), and does not know the names of "
                "its columns; give an array, such as df.to_numpy()"
            )
        columns = tables.columns(table, self._features, self._title)
        parts = [
            tables.as_input(column, leaf.dtype, name)
            for name, column in zip(self._features, columns, strict=True)
        ]
        return [stacked(parts)]

    def cast(self, arguments: Sequence[Any], casting: Literal["safe", "same_kind"]) -> list[Any]:
        """Return arrays in the dtypes of the inputs, where `casting` allows that.

        Raises
        ------
        FeedError
            If it is not "safe" or "same_kind".
        """
        if casting not in ("safe", "same_kind"):
            raise FeedError(f"{self._title}: cast must be 'safe' or 'same_kind', not {casting!r}")
        return [
            obj.astype(leaf.numpy)
            if isinstance(obj, np.ndarray | np.generic)
            and leaf.numpy is not None
            and obj.dtype.kind in "biufc"
            # integers would wrap
            and np.can_cast(obj.dtype, leaf.numpy, casting if leaf.numpy.kind in "fc" else "safe")
            else obj
            for leaf, obj in zip(self._leaves, arguments, strict=True)
        ]

    def feeds(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """Return the feeds of a session.

        Raises
        ------
        FeedError
            If an array does not match its input, or sizes do not agree.
        """
        return self.planes(arguments)[0]

    def planes(self, arguments: Sequence[Any]) -> tuple[dict[str, Any], dict[str, int]]:
        """Return the feeds of a session, and the values of the declared symbols.

        Raises
        ------
        FeedError
            If an array does not match its input, or sizes do not agree.
        """
        arrays = [leaf.check(obj) for leaf, obj in zip(self._leaves, arguments, strict=True)]
        sizes = self._sizes(arrays) if self._places else {}
        feeds: dict[str, Any] = {}
        for leaf, array in zip(self._leaves, arrays, strict=True):
            if leaf.dtype is None:
                feeds[leaf.planes[0]] = array
            elif leaf.is_plain:
                feeds[leaf.planes[0]] = np.asarray(array, order="C")
            else:
                parts = encodings.split(array, leaf.dtype, leaf.leaf.encoding, leaf.leaf.name)
                feeds.update(zip(leaf.planes, parts, strict=True))
        return feeds, sizes

    def arrays(self, arguments: Sequence[Any]) -> list[Array]:
        """Return the arguments of a call on traced arrays, as arrays.

        Raises
        ------
        FeedError
            If an array certainly does not match its input.
        """
        return [leaf.traced(obj) for leaf, obj in zip(self._leaves, arguments, strict=True)]

    def unify(self, arrays: Sequence[Array]) -> tuple[dict[str, Size], list[Shape]]:
        """Return the symbols in the caller's sizes, and the shapes that the inputs must have then.

        Raises
        ------
        FeedError
            If two sizes certainly do not agree, or one contradicts its declaration.
        """
        values: dict[str, Size] = {}
        sources: dict[str, str] = {}
        for place in self._places:
            if place.linear is None or place.linear[0].origin is not None:
                continue
            symbol = place.linear[0]
            value = _solve_traced(place, arrays[place.position].shape[place.axis])
            before = values.setdefault(symbol.name, value)
            source = sources.setdefault(symbol.name, place.name)
            if dims.equal(before, value) is False:
                raise FeedError(
                    f"by {place.name}, {symbol.name} is {value}, but it is {before} by {source}"
                )
            if type(value) is int:  # prefer numbers to symbols
                values[symbol.name] = value
        shapes: list[Shape] = []
        for leaf, array in zip(self._leaves, arrays, strict=True):
            needed = leaf.leaf.shape
            if needed is not None:
                pairs = zip(needed, array.shape, strict=True)
                shapes.append(tuple(_needed(size, got, values) for size, got in pairs))
            else:
                shapes.append(array.shape)
        return values, shapes

    def _sizes(self, arrays: Sequence[np.ndarray[Any, Any]]) -> dict[str, int]:
        """Return the value of each declared symbol.

        Raises
        ------
        FeedError
            If it has several values, or one outside its bounds, which runtimes do not check.
        """
        declared: dict[str, tuple[int, str]] = {}
        later: list[tuple[_Place, int]] = []
        for place in self._places:
            got = arrays[place.position].shape[place.axis]
            if place.linear is None:
                later.append((place, got))
                continue
            symbol = place.linear[0]
            value = _solve(place, got)
            if symbol.origin is not None:  # a name in a foreign model
                continue
            before, source = declared.setdefault(symbol.name, (value, place.name))
            if before != value:
                means = (
                    "" if place.size.symbol else f", and {place.size} is {_at(place.size, before)}"
                )
                raise FeedError(
                    f"{place.name} has size {got}, but {symbol.name} is {before} by {source}{means}"
                )
        values = {name: number for name, (number, _) in declared.items()}
        for place, got in later:
            size = place.size
            if any(symbol.name not in values for symbol in size.symbols):
                continue
            number = evaluate(size, lambda symbol: values[symbol.name])
            if number != got:
                raise FeedError(f"{place.name} has size {got}, but {size} is {number} here")
        return values


def _column_for(leaf: Leaf, column: Any) -> Any:
    """Return a column of a table for an input of shape (N,) or (N, 1)."""
    if leaf.dtype is None:
        return column
    array = tables.as_input(column, leaf.dtype, leaf.name)
    if leaf.shape is not None and len(leaf.shape) == 2 and array.ndim == 1:
        return array[:, None]
    return array


def _at(size: Dim, value: int) -> int:
    return evaluate(size, lambda _: value)


def _solve(place: _Place, got: int) -> int:
    """Solve a linear size for its symbol.

    Raises
    ------
    FeedError
        If there is no solution within the declared bounds.
    """
    assert place.linear is not None
    symbol, factor, offset = place.linear
    value, rest = divmod(got - offset, factor)
    if rest:
        raise FeedError(
            f"{place.name} has size {got}, but {place.size} is needed, and no {symbol.name} gives that"
        )
    if value < symbol.low or (symbol.high is not None and value > symbol.high):
        means = "" if place.size.symbol else f", that is {symbol.name} = {value}"
        raise FeedError(
            f"{place.name} has size {got}{means}, but {symbol.name} was declared at least {symbol.low}"
            + ("" if symbol.high is None else f" and at most {symbol.high}")
            + (
                f"; declare '{symbol.name}>=0', in the spec or as batch=, to allow empty arrays"
                if value == 0
                else ""
            )
        )
    return value


def _solve_traced(place: _Place, got: Size) -> Size:
    """Solve a linear size for its symbol, for an array whose size may be symbolic."""
    if type(got) is int:
        return _solve(place, got)
    assert place.linear is not None
    symbol, factor, offset = place.linear
    rest = dims.remainder(got - offset, factor)
    value = dims.floor_divide(got - offset, factor)
    needed = (
        f"{place.name} has size {got}, but {place.size} is needed, where {symbol.name} was declared at "
        f"least {symbol.low}" + ("" if symbol.high is None else f" and at most {symbol.high}")
    )
    high = dims.bounds(value)[1]
    if (type(rest) is int and rest) or (high is not None and high < symbol.low):
        raise FeedError(needed)
    try:  # except for the default bound of 1, because a selection by data may be empty
        fits = (symbol.low <= 1 or value >= symbol.low) and (
            symbol.high is None or value <= symbol.high
        )
    except UnknownSizeError as error:
        raise FeedError(f"{needed}; {error}") from None
    if not fits:
        raise FeedError(needed)
    return value


def _needed(size: Size, got: Size, values: Mapping[str, Size]) -> Size:
    """Return the size that an axis must have; `got` if it is unknown, or only a name in a foreign model."""
    if not isinstance(size, Dim):
        return size
    if all(s.origin is None and s.name in values for s in size.symbols):
        return substitute(size, lambda symbol: values[symbol.name])
    return got


class _Input:
    """An input, with everything that each call needs."""

    __slots__ = ("dtype", "fixed", "is_labelled", "is_plain", "leaf", "numpy", "planes", "rank")

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf
        self.dtype = leaf.dtype
        self.numpy = None if leaf.dtype is None else leaf.dtype.numpy
        self.planes = leaf.planes
        family = "" if leaf.dtype is None else leaf.dtype.family
        self.is_labelled = family in ("category", "extension")
        self.is_plain = leaf.dtype is None or leaf.dtype.is_own_plane
        self.rank = None if leaf.shape is None else len(leaf.shape)
        self.fixed = [(i, n) for i, n in enumerate(leaf.shape or ()) if type(n) is int]

    def check(self, obj: Any) -> Any:
        """Convert and check an array."""
        if type(obj) is np.ndarray and obj.dtype == self.numpy and not self.is_labelled:
            array = obj
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
        """Return categories as text, or as codes, and what a dtype of a user takes as its own data.

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
            if dtype.extension is not None:
                labels: np.ndarray[Any, Any] = namespace().asarray(obj, dtype=dtype)._numpy()
                return labels
            if is_array(obj):
                obj = obj._numpy()
            codes = getattr(getattr(obj, "dtype", None), "kind", "") in ("i", "u")
            if codes and leaf.encoding == encodings.CODES and isinstance(obj, np.ndarray):
                return obj
            return tables.as_labels(obj, leaf.name)
        except (DTypeError, ArgumentError, ScalarRangeError) as error:
            raise FeedError(f"input {leaf.name!r} ({leaf.text}): {error}") from None

    def traced(self, obj: Any) -> Array:
        """Convert and check an argument of a call with traced arrays."""
        from onnxp._src.array.base import from_host, new_array
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
        array = cast(obj, self.dtype) if is_plain else obj
        if array.dtype is not self.dtype:
            raise FeedError(
                f"input {self.leaf.name!r} has dtype {array.dtype}, but {self.leaf.text} is needed; "
                f"use xp.astype"
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
        if self.leaf.is_column and tables.is_column(obj) and not tables.is_frame(obj):
            obj = _column_for(self.leaf, obj)
        if isinstance(obj, list | tuple | bool | int | float | complex | str):
            obj = _of_python(obj, self.leaf, self.dtype)
        masked = isinstance(obj, np.ma.MaskedArray)
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


def array_for(leaf: Leaf, obj: Any) -> Array:
    """Return an argument as the array of onnxp that a traced function gets.

    Raises
    ------
    FeedError
        If it does not match the input.
    """
    return _Input(leaf).traced(obj)


def host_for(leaf: Leaf, obj: Any) -> np.ndarray[Any, Any]:
    """Return an argument as the numpy array that a call takes it for.

    Raises
    ------
    FeedError
        If it does not match the input.
    """
    return _Input(leaf).check(obj)  # type: ignore[no-any-return]  # of an input with a dtype


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


def collect(obj: Any, treedef: TreeDef, arrays: list[Any], title: str) -> None:
    """Append the arrays of `obj`, which must have the structure of `treedef`."""
    if treedef is None:
        arrays.append(obj)
        return
    keys = treedef["keys"]
    if treedef["kind"] == "dict":
        if not isinstance(obj, Mapping) or set(obj) != set(keys):
            actual = list(obj) if isinstance(obj, Mapping) else type(obj).__name__
            raise FeedError(f"{title}: a dict with the keys {keys} is needed, not {actual}")
        parts = [obj[key] for key in keys]
    elif treedef["kind"] in ("dataclass", "namedtuple"):
        if not all(hasattr(obj, key) for key in keys):
            raise FeedError(
                f"{title}: an object with the fields {keys} is needed, not {type(obj).__name__}"
            )
        parts = [getattr(obj, key) for key in keys]
    else:
        if not isinstance(obj, tuple | list) or len(obj) != len(keys):
            size = f" of {len(obj)}" if isinstance(obj, tuple | list) else ""
            raise FeedError(
                f"{title}: a {treedef['kind']} of {len(keys)} arrays is needed, "
                f"not {type(obj).__name__}{size}"
            )
        parts = list(obj)
    for part, inner in zip(parts, treedef["items"], strict=True):
        collect(part, inner, arrays, title)
