"""Binding of the arguments of a call to the inputs of a model, with checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, final

import numpy as np

from onnxp._src.array.missing import stacked
from onnxp._src.program import column_values, tables
from onnxp._src.program import encoding as encodings
from onnxp._src.program.inputs import Input, column_for
from onnxp._src.program.signature import FEATURE_NAMES, Signature
from onnxp._src.program.tree import TreeDef
from onnxp._src.shapes import dims
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dims import Dim, Size, as_linear, evaluate, substitute
from onnxp._src.shapes.shape import Shape
from onnxp.errors import (
    FeedError,
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
        self._leaves = [Input(leaf) for leaf in signature.inputs]
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
        if len(args) == 1 and not kwargs:
            table = tables.by_position(tables.of_arrow(args[0]), names)
            columns = self._of_table(table) if tables.is_table(table) else None
            if columns is not None:
                return columns
        elif len(args) > 1 and tables.is_frame(args[0]):
            raise FeedError(
                f"{self._title}: a table is the only argument, and its columns are the inputs; leave out the "
                f"other {len(args) - 1}"
            )
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
            columns = tables.columns(table, names, self._title, [leaf.dtype for leaf in leaves])
            return [column_for(leaf, column) for leaf, column in zip(leaves, columns, strict=True)]
        (leaf,) = leaves
        if isinstance(table, Mapping) and leaf.name in table:
            return [table[leaf.name]]
        if self._features is None or leaf.dtype is None:
            if not tables.is_frame(table):
                return None
            raise FeedError(
                f"{self._title} takes one array, {leaf.name!r} ({leaf.text}), and does not know the names of "
                "its columns; give an array, such as df.to_numpy(), or np.stack(df['a']) for a column of lists"
            )
        columns = tables.columns(table, self._features, self._title, [leaf.dtype])
        parts = [
            column_values.as_input(column, leaf.dtype, name)
            for name, column in zip(self._features, columns, strict=True)
        ]
        tables.require_rows(self._features, parts, self._title)
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
                f"; declare '{symbol.name}>=0' in the spec, or as batch= of trace_estimator, to allow "
                "empty arrays"
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
