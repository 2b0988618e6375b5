"""Functions that Python calls for each row of a frame: they get a `Record`, which stands for all rows."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp.errors import FrameError
from onnxp.sklearn._elements import Element
from onnxp.sklearn._rows import REDUCTIONS
from onnxp.sklearn._ways import merged, merged_by_name, tuples, ways_through

if TYPE_CHECKING:
    from onnxp.sklearn._column import Column

_REDUCTIONS = frozenset(
    {*REDUCTIONS, "all", "any", "count", "idxmax", "idxmin", "nunique", "quantile"}
)
"""The methods of a row that give one value."""
_FIRST = {"quantile": "q", "nunique": "dropna"}
"""The parameters of methods that may be given by position."""

_METHODS = frozenset(
    "abs astype clip fillna isin isna isnull mask notna notnull replace round where".split()
)
"""The methods of a row that give a value for each column."""

_OF_NUMPY = (
    np.all, np.any, np.max, np.mean, np.median, np.min, np.prod, np.std, np.sum, np.var,
)  # fmt: skip
"""The functions of numpy that call the method of a row with their name."""


def by_row(
    function: Callable[..., Any],
    frame: Any,
    column: type[Column],
    expand: bool,
    raw: bool,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Return the results of a function for each row of a frame: a column, or a frame if they have names.

    Parameters
    ----------
    function : callable
        It gets a `Record`, and further arguments.
    frame : Frame
        The rows.
    column : type
        The class of columns.
    expand : bool
        Whether the parts of a list or a tuple become columns.
    raw : bool
        Whether the function takes an array of numpy, rather than a Series.
    """
    if raw:
        frame = type(frame)(dict(enumerate(frame.arrays)))
    rows, record = frame.shape[0], Record(frame, is_array=raw)
    ways = ways_through(function, record, *args, **kwargs)
    if not expand and isinstance(ways[0].result, list | tuple):
        return tuples(ways, rows, function, column)
    fields = [_fields(way.result) for way in ways]
    if all(part is None for part in fields):
        return column(merged(ways, rows, function))
    return type(frame)(merged_by_name(ways, fields, rows, function))


def _fields(result: Any) -> dict[Any, Any] | None:
    """Return the values that a function gives for a row, by name; None if it gives one value."""
    if isinstance(result, Fields):
        return result.values
    if isinstance(result, Record):
        return dict(result.items())
    if isinstance(result, list | tuple):
        return dict(enumerate(result))
    is_series = type(result) is not Element and hasattr(result, "to_dict")
    return dict(result.to_dict()) if is_series else None


class Fields:
    """What a function gives for each row, by name: a Series of pandas that is made of elements."""

    def __init__(self, values: dict[Any, Any]) -> None:
        self.values = values

    def __getattr__(self, name: str) -> Any:
        raise FrameError(
            f"a Series of elements of a traced row has no {name!r}: it is what a function of rows returns"
        )


class Record:
    """A row of a frame, as a Series of pandas: an element for each column, by name.

    Parameters
    ----------
    frame : Frame
        The rows that it stands for.
    has_objects : bool, optional
        Whether the elements are objects of Python, as in rows of several dtypes, rather than numpy's.
    is_array : bool, optional
        Whether it is an array of numpy: its reductions leave out nothing.
    """

    __onnxp_traced__ = True
    __hash__ = None  # type: ignore[assignment]  # == compares elements

    def __init__(
        self, frame: Any, *, has_objects: bool | None = None, is_array: bool = False
    ) -> None:
        self._frame = frame
        self._has_objects = _has_objects(frame) if has_objects is None else has_objects
        self._is_array = is_array
        self._elements = {
            name: Element(column, of_numpy=not self._has_objects) for name, column in frame.items()
        }

    def __getitem__(self, name: Any) -> Any:
        if self._frame._is_label(name):
            if name not in self._elements:
                raise FrameError(f"{name!r} is not among the columns {list(self._elements)}")
            return self._elements[name]
        if isinstance(name, slice):
            return self.iloc[name]
        return self._part(self._frame[name])

    def _part(self, frame: Any) -> Record:
        """Return other elements of the same row."""
        return Record(frame, has_objects=self._has_objects, is_array=self._is_array)

    def __iter__(self) -> Iterator[Element]:
        return iter(self._elements.values())

    def __len__(self) -> int:
        return len(self._elements)

    def __contains__(self, name: object) -> bool:
        return name in self._elements

    @property
    def index(self) -> Any:
        """The names of the columns."""
        return self._frame.columns

    @property
    def loc(self) -> Record:
        """The row, whose elements are selected by name."""
        return self

    @property
    def iloc(self) -> Positions:
        """Selection of elements by position."""
        return Positions(self)

    @property
    def values(self) -> Any:
        """The elements, as an array of objects."""
        result = np.empty(len(self), dtype=object)
        for i, element in enumerate(self):
            result[i] = element
        return result

    def to_numpy(self, dtype: Any = None) -> Any:
        """Return the elements, as an array of objects."""
        return self.values

    def keys(self) -> Any:
        """Return the names of the columns."""
        return self.index

    def get(self, name: Any, default: Any = None) -> Any:
        """Return an element, or the default if there is no such column."""
        return self._elements.get(name, default)

    def items(self) -> Any:
        """Return the names and the elements."""
        return self._elements.items()

    def to_dict(self) -> dict[Any, Element]:
        """Return the elements by name."""
        return dict(self._elements)

    tolist = to_list = lambda self: list(self)

    def drop(self, labels: Any) -> Record:
        """Return the row without some elements."""
        return self._part(self._frame.drop(columns=labels))

    def dot(self, other: Any) -> Any:
        """Return the sum of products with numbers, which may have labels."""
        if hasattr(other, "to_dict"):
            other = other.to_dict()
        if isinstance(other, dict):
            names = list(self._elements)
            if set(other) != set(names):
                raise FrameError(f"dot: the labels {list(other)} are not the columns {names}")
            other = [other[name] for name in names]
        return sum(x * y for x, y in zip(self, other, strict=True))

    __matmul__ = dot

    def map(self, function: Callable[..., Any]) -> Record:
        """Apply a function to each element."""
        results = {name: function(element) for name, element in self.items()}
        full = self._frame._full
        return self._part(type(self._frame)({n: full(_column(r)) for n, r in results.items()}))

    apply = map

    def __getattr__(self, name: str) -> Any:
        if name in vars(self).get("_elements", {}):
            return self._elements[name]
        if name in _REDUCTIONS:
            return lambda *args, **kwargs: self._reduced(name, *args, **kwargs)
        if name in _METHODS:
            return lambda *args, **kwargs: self._changed(name, *args, **kwargs)
        raise FrameError(
            f"a row of a traced frame has no {name!r}; it has its elements, by name: {list(self._elements)}"
        )

    def _reduced(self, name: str, *args: Any, **kwargs: Any) -> Element:
        if len(args) > (name in _FIRST):
            raise FrameError(f"{name} of a row: give the arguments by their names, such as skipna=")
        options = ({_FIRST[name]: args[0]} if args else {}) | kwargs
        if self._is_array and name in REDUCTIONS:
            own = {"ddof": 0} if name in ("std", "var") else {}
            options = {"skipna": False} | own | options
        result = _called(name, getattr(self._frame, name), axis=1, **options)
        return Element(result, of_numpy=not self._has_objects)

    def _changed(self, name: str, *args: Any, **kwargs: Any) -> Record:
        if name == "fillna":
            args = tuple(self._by_name(obj) for obj in args)
            kwargs = {key: self._by_name(obj) for key, obj in kwargs.items()}
        if name == "clip":
            args, kwargs = (), _sorted_bounds(*args, **kwargs)
        args = tuple(map(_operand, args))
        kwargs = {key: _operand(obj) for key, obj in kwargs.items()}
        return Record(_called(name, getattr(self._frame, name), *args, **kwargs))

    def _by_name(self, obj: Any) -> Any:
        """Return columns by their names, for an element or those of a row."""
        if type(obj) is Element:
            return dict.fromkeys(self._elements, obj.column.array)
        return dict(obj._frame._columns) if type(obj) is Record else obj

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            return NotImplemented
        return Record(ufunc(*map(_operand, inputs)))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func not in _OF_NUMPY or len(args) != 1:
            raise FrameError(
                f"np.{func.__name__} of a row of a traced frame: write it with elements, r['a'], or "
                "of the frame, along axis=1"
            )
        options = {"ddof": 0} if func in (np.std, np.var) else {}
        if func is np.median:  # which makes an array of a Series
            options = {"skipna": False}
        return self._reduced(func.__name__, **(options | kwargs))


class Positions:
    """The ``iloc`` of a row."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def __getitem__(self, key: Any) -> Any:
        names = np.empty(len(self._record), dtype=object)
        names[:] = list(self._record._elements)
        found = names[key]
        return self._record[found.tolist() if isinstance(found, np.ndarray) else found]


def _sorted_bounds(lower: Any = None, upper: Any = None, **options: Any) -> dict[str, Any]:
    """Return the options of `clip`, which exchanges bounds that are in the other order."""
    elements = [bound for bound in (lower, upper) if type(bound) is Element]
    if elements and lower is not None and upper is not None:
        bounds = [_column(bound) for bound in (lower, upper)]
        lower, upper = (elements[0]._of(function(*bounds)) for function in (np.fmin, np.fmax))
    return {"lower": lower, "upper": upper, **options}


def _has_objects(frame: Any) -> bool:
    """Return whether the rows of a frame are arrays of objects in pandas."""
    families = {array.dtype.family for array in frame.arrays}
    return not (families <= {"int", "uint", "float"} or families == {"bool"})


def _operand(obj: Any) -> Any:
    """Return the operand of a frame for a row, or for an element, which is a column of shape (N, 1)."""
    if type(obj) is Record:
        return obj._frame
    if type(obj) is Element:
        return obj.column.array[:, None]
    if callable(obj) and not isinstance(obj, type):
        return lambda frame: _operand(obj(Record(frame)))
    return obj


def _column(obj: Any) -> Any:
    return obj.column if type(obj) is Element else obj


def _called(name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return method(*args, **kwargs)
    except TypeError as error:
        raise FrameError(f"{name} of a row of a traced frame: {error}") from None


def _binary(name: str, *, swapped: bool = False) -> Callable[..., Any]:
    function = getattr(operator, name)

    def method(self: Record, other: Any) -> Any:
        frame = self._frame
        if type(other) is Record:
            return Record(function(frame, other._frame))
        right = _column(other)
        if type(other) is not Element:
            return Record(function(right, frame) if swapped else function(frame, right))
        parts = {n: function(right, c) if swapped else function(c, right) for n, c in frame.items()}
        return Record(type(frame)({n: part.array for n, part in parts.items()}))

    return method


def _unary(name: str) -> Callable[..., Any]:
    function = getattr(operator, name)
    return lambda self: Record(function(self._frame))


_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
for _name in ("eq", "ne", "lt", "le", "gt", "ge", *_ARITHMETIC):
    setattr(Record, f"__{_name}__", _binary(f"__{_name}__"))
for _name in _ARITHMETIC:
    setattr(Record, f"__r{_name}__", _binary(f"__{_name}__", swapped=True))
for _name in ("neg", "pos", "invert", "abs"):
    setattr(Record, f"__{_name}__", _unary(f"__{_name}__"))
