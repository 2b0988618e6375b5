"""Traced columns, as a Series of pandas."""

from __future__ import annotations

import builtins
import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace
from onnxp._src.numpy.keys_of_dicts import is_get
from onnxp.errors import DTypeError, FrameError
from onnxp.sklearn import _mixed
from onnxp.sklearn._categories import Categories, categories_of, codes
from onnxp.sklearn._categories import note as note_categories
from onnxp.sklearn._conversion import as_categories, without_nulls
from onnxp.sklearn._dates import Dates
from onnxp.sklearn._dtype_kinds import host_dtype
from onnxp.sklearn._elements import Pieces
from onnxp.sklearn._elementwise import Elementwise, frame_of
from onnxp.sklearn._lacks import reason
from onnxp.sklearn._lookup import look_up_text
from onnxp.sklearn._maps import mapped
from onnxp.sklearn._missing import NO_VALUE, combined_first, replacements
from onnxp.sklearn._strings import Parts, Strings
from onnxp.sklearn._tuples import columns_of
from onnxp.sklearn._ways import by_element, merged, ways_through

_KINDS = (bool, float, int, str)


class Column(Elementwise):
    """A traced column, as a Series of pandas.

    Parameters
    ----------
    array : Array
        The elements, of shape (N,).
    name : str, optional
        The name of the column, which need not be text.
    """

    ndim = 1

    @staticmethod
    def __onnxp_stands_for__() -> type | None:
        return getattr(sys.modules.get("pandas"), "Series", None)

    def __init__(self, array: Array, name: Any = None) -> None:
        self.array = array
        self.name = name

    @property
    def shape(self) -> Any:
        """The shape, (N,)."""
        return self.array.shape

    @property
    def dt(self) -> Dates:
        """The fields of points in time, and of spans.

        Raises
        ------
        DTypeError
            If the column has another dtype.
        """
        if not self.array.dtype.unit:
            raise DTypeError(
                f"the column {self.name!r} is {self.array.dtype}, and only times have dt; trace with a column "
                "of dates, such as pd.to_datetime(df[name])"
            )
        return Dates(self.array, lambda array: Column(array, self.name))

    @property
    def str(self) -> Strings:
        """The functions of text.

        Raises
        ------
        DTypeError
            If the column has another dtype.
        """
        if self.array.dtype.plain is not string:
            raise DTypeError(
                f"the column {self.name!r} is {self.array.dtype}, and only text has str; trace with a column "
                "of text, or convert it by astype(str)"
            )
        null = nulls.isnull(self.array) if self.array.dtype.is_nullable else None
        return Strings(self.array, lambda array: Column(array, self.name), null)

    @property
    def cat(self) -> CategoricalAccessor:
        """The labels and codes of a column of categories.

        Raises
        ------
        FrameError
            If the column has another dtype.
        """
        return CategoricalAccessor(self)

    @property
    def dtype(self) -> Any:
        """The dtype as pandas has it; object for text that is computed."""
        return host_dtype(self.array)

    def __len__(self) -> int:
        return len(self.array)

    def __repr__(self) -> builtins.str:
        return f"Column({self.name}: {self.array.dtype}[{self.array.shape[0]}])"

    def __float__(self) -> float:
        raise FrameError(
            "a traced column is not one number: write np.sqrt(df['a']) for math.sqrt(df['a']), which takes "
            "one, and df['a'].astype(float) for float(df['a'])"
        )

    def _map(self, function: Callable[..., Any], *others: Any) -> Column:
        return Column(function(self.array, *map(operand, others)), self.name)

    def map(self, arg: Any, na_action: Any = None) -> Column:
        """Replace elements by the values of a dict, or by NaN (``""`` among text) where it has none."""
        if isinstance(getattr(arg, "__wrapped__", arg), np.ufunc):
            return self.apply(arg)
        if any(arg is kind for kind in _KINDS):
            return self.apply(arg)
        if is_get(arg):
            arg = arg.__self__
        arg = arg.to_dict() if hasattr(arg, "to_dict") else arg
        if callable(arg) and not isinstance(arg, Mapping):
            return self._by_element(arg, na_action)
        if not isinstance(arg, Mapping):
            raise FrameError(f"map takes a dict, a Series or a function, not {arg!r}")
        return Column(mapped(self.array, arg, skips_missing=na_action is not None), self.name)

    def apply(self, func: Any, args: Any = (), **kwargs: Any) -> Column:
        """Apply a ufunc of numpy to the column, or a function to each element."""
        bare = getattr(func, "__wrapped__", func)  # of the numpy of a trace
        if isinstance(bare, np.ufunc):
            return self._map(bare)
        if is_get(func):
            return self.map(func)
        if func is builtins.str:
            text = self if self.array.dtype is string else self.astype(func)
            return text.fillna("<NA>" if self.array.dtype.is_nullable else "nan")
        if any(func is kind for kind in _KINDS):
            return self.astype(func)
        if not callable(func):
            raise FrameError(f"apply takes a function, not {func!r}")
        return self._by_element(func, None, *args, **kwargs)

    transform = apply

    def _by_element(
        self, function: Callable[..., Any], na_action: Any, *args: Any, **kwargs: Any
    ) -> Column:
        result: Column = by_element(function, self._without_nulls(), *args, **kwargs)
        return result if na_action is None else result.mask(self.isna())

    def replace(
        self, to_replace: Any = None, value: Any = NO_VALUE, *, regex: Any = False
    ) -> Column:
        """Replace values by others: one, several by one, or those of a dict; with `regex`, what matches."""
        if regex is False:
            numbers = self._replaced_by_numbers(to_replace, value)
            return super().replace(to_replace, value) if numbers is None else numbers
        if self.array.dtype is not string:
            return self.copy()
        pairs = replacements(to_replace if regex is True else regex, value)
        result = self
        for old, new in pairs:  # in the texts that contained it before
            replaced = result.str.replace(old, new, regex=True)
            is_first = len(pairs) == 1
            result = replaced if is_first else result.mask(self.str.contains(old), replaced)
        return result

    def _replaced_by_numbers(self, to_replace: Any, value: Any) -> Column | None:
        """Return the numbers of several texts, beside which others stay; None if that is not asked for."""
        if self.array.dtype is not string or not isinstance(to_replace, Mapping | list):
            return None
        pairs = replacements(to_replace, value)
        is_number = [isinstance(new, int | float | np.number) for _, new in pairs]
        if len(pairs) < 2 or not all(is_number) or not all(isinstance(k, str) for k, _ in pairs):
            return None
        present = [key for key, _ in pairs]
        result = self.map(dict(pairs))
        replaced = self.isin(present).array | self.isna().array
        return Column(_mixed.note(result.array, ~replaced), self.name)

    def case_when(self, caselist: Sequence[tuple[Any, Any]]) -> Column:
        """Replace elements by the value of the first condition that is true."""
        result = self
        for condition, value in reversed(caselist):
            result = result.mask(condition, value)
        return result

    def combine_first(self, other: Any) -> Column:
        """Replace missing elements by those of another column."""
        return Column(combined_first(self.array, operand(other)), self.name)

    @property
    def index(self) -> RowLabels:
        """A stand-in for the labels of rows."""
        return RowLabels(self.shape[0])

    dtypes = dtype

    @property
    def T(self) -> Column:
        """The column itself."""
        return self

    def transpose(self) -> Column:
        """Return the column itself."""
        return self

    @property
    def loc(self) -> Column:
        """The column itself, to which values are assigned where a condition is true."""
        return self

    @property
    def empty(self) -> bool:
        """Whether there are no rows."""
        return bool(self.shape[0] == 0)

    def pipe(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function with the column."""
        return func(self, *args, **kwargs)

    def reset_index(self, level: None = None, *, drop: bool = False) -> Column:
        """Return the column; there are no labels of rows to drop."""
        require_drop(drop, level)
        return self.copy()

    def any(self) -> Any:
        """Return whether any element is true, for a branch."""
        return namespace().any(self.array)

    def all(self) -> Any:
        """Return whether all elements are true, for a branch."""
        return namespace().all(self.array)

    def sum(self) -> Any:
        """Return how many conditions are true, for a branch."""
        if self.array.dtype.family != "bool":
            raise FrameError(f"a traced column has no 'sum': {reason('mean')}")
        return namespace().sum(namespace().astype(self.array, namespace().int64))

    def between(self, left: Any, right: Any, inclusive: builtins.str = "both") -> Column:
        """Return whether elements are in a range."""
        low = self >= left if inclusive in ("both", "left") else self > left
        high = self <= right if inclusive in ("both", "right") else self < right
        both: Column = low & high
        return both

    def to_frame(self, name: Any = None) -> Any:
        """Return a frame of this column."""
        name = self.name if name is None else name
        return frame_of({0 if name is None else name: self.array})

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = None) -> Array:
        """Return the elements as an array of shape (N,)."""
        column = self if na_value is None else self.fillna(na_value)
        if dtype is not None:
            return column.astype(dtype).array
        is_number = self.array.dtype.plain.family not in ("bool", "category")
        return column._without_nulls().array if is_number else column.array

    def _without_nulls(self) -> Column:
        """Return the column as steps of scikit-learn get it."""
        is_nullable = self.array.dtype.is_nullable
        return Column(without_nulls(self.array), self.name) if is_nullable else self

    def copy(self, deep: bool = True) -> Column:
        """Return a column with the same elements."""
        return Column(self.array, self.name)

    def rename(self, name: Any) -> Column:
        """Return the column under another name."""
        return Column(self.array, name)

    def __iter__(self) -> Any:
        raise FrameError(
            "Python does not see the elements of a traced column one by one; write df['column'].map(function), "
            "or df.apply(function, axis=1), instead of a loop"
        )

    def __getitem__(self, key: Any) -> Any:
        raise FrameError(
            f"rows of a traced column cannot be selected ([{key!r}]): a model keeps all rows"
        )

    def __setitem__(self, key: Any, value: Any) -> None:
        if not (isinstance(key, Column) and key.array.dtype.plain.family == "bool"):
            raise FrameError(f"rows of a traced column are selected by a condition, not by {key!r}")
        self.array = self.mask(condition_of(key), value).array


class CategoricalAccessor:
    """The accessor ``cat`` of a column of categories."""

    def __init__(self, column: Column) -> None:
        self._column = column
        known = categories_of(column.array)
        if known is not None:
            self.categories, self.ordered = known.values, known.ordered

    def set_categories(self, new_categories: Any, ordered: bool | None = None) -> Column:
        """Return the column with other labels; elements that are none of them are missing."""
        known = categories_of(self._column.array)
        is_ordered = bool(known and known.ordered) if ordered is None else ordered
        labels = Categories(list(new_categories), is_ordered)
        return Column(as_categories(self._column.array, labels), self._column.name)

    reorder_categories = set_categories

    def rename_categories(self, new_categories: Any) -> Column:
        """Return the column with other texts for its labels."""
        old = list(self.categories)
        new = (
            [new_categories.get(label, label) for label in old]
            if isinstance(new_categories, Mapping)
            else list(new_categories)
        )
        if not all(isinstance(label, builtins.str) for label in new) or len(new) != len(old):
            raise FrameError(
                f"rename_categories: {new} are not {len(old)} texts; write df['column'].map({{...}})"
            )
        text = look_up_text(self._column.array, old, new)
        return Column(note_categories(text, Categories(new, self.ordered)), self._column.name)

    def as_ordered(self) -> Column:
        """Return the column, whose labels are compared by their order."""
        return self.set_categories(self.categories, ordered=True)

    @property
    def codes(self) -> Column:
        """The positions of the labels, and -1 for missing ones."""
        if categories_of(self._column.array) is None:
            raise self._lack("codes")
        return Column(codes(self._column.array), self._column.name)

    def add_categories(self, new_categories: Any) -> Column:
        """Return the column, in which more labels may be filled."""
        if self._column.array.dtype.family == "category":
            raise self._lack("add_categories")
        return self._column.copy()

    def remove_unused_categories(self) -> Column:
        """Raise an error: which labels are used depends on the rows.

        Raises
        ------
        FrameError
            Always.
        """
        raise FrameError(f"remove_unused_categories: {reason('cat')}")

    def __getattr__(self, name: builtins.str) -> Any:
        raise self._lack(name)

    def _lack(self, name: builtins.str) -> FrameError:
        """Return the error for something that the accessor has not."""
        if categories_of(self._column.array) is None:
            return FrameError(f"a traced column has no 'cat': {reason('cat')}")
        return FrameError(
            f"the cat of a traced column has no {name!r}: categories are fixed when it is traced; write "
            "xp.recode(df['column'].to_numpy(), dtype)"
        )


class CategoricalColumn(Column):
    """A traced column of categories, as a Categorical of pandas, which has what ``cat`` of a Series has."""

    @staticmethod
    def __onnxp_stands_for__() -> type | None:
        return getattr(sys.modules.get("pandas"), "Categorical", None)

    def __getattr__(self, name: builtins.str) -> Any:
        if name in ("categories", "ordered", "set_categories", "rename_categories"):
            return getattr(self.cat, name)
        return super().__getattr__(name)

    @property
    def codes(self) -> Any:
        """The positions of the labels, and -1 for missing ones, as an array."""
        return self.cat.codes.array


def _of_parts(self: Parts, func: Callable[..., Any]) -> Column:
    """Apply a function to the list of parts of each text, such as `len`."""
    ways = ways_through(func, Pieces(self))
    return Column(merged(ways, self.len().shape[0], func))


for _name in ("apply", "map"):
    setattr(Parts, _name, _of_parts)


class RowLabels:
    """The ``index`` of a frame, which other frames accept for theirs: a model has no labels of rows.

    Parameters
    ----------
    rows : size
        The number of rows.
    """

    __onnxp_traced__ = True

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    @property
    def size(self) -> Any:
        """The number of rows."""
        return self.rows

    @property
    def shape(self) -> Any:
        """The shape, (N,)."""
        return (self.rows,)

    def __onnxp_length__(self) -> Any:
        return self.rows

    def __getattr__(self, name: str) -> Any:
        raise FrameError(
            f"the index of a traced frame has no {name!r}: a model has no labels of rows"
        )

    def refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise for a use of the labels as values."""
        raise FrameError(
            "the index of a traced frame has no values: a model has no labels of rows; write "
            "np.arange(len(df)) for the numbers of the rows, or df.reset_index() before the step to make a "
            "column of the labels"
        )

    __array__ = __iter__ = __getitem__ = __add__ = __radd__ = __sub__ = __rsub__ = refuse
    __mul__ = __rmul__ = __truediv__ = __floordiv__ = __mod__ = refuse
    __lt__ = __le__ = __gt__ = __ge__ = refuse


def operand(obj: Any) -> Any:
    """Return the array of a column, also of some of its rows, and anything else as it is."""
    if hasattr(type(obj), "aligned"):
        obj = obj.aligned()
    parts = columns_of(obj)
    if parts is not None and len(parts) == 1:
        obj = parts[0]
    if isinstance(obj, RowLabels):
        obj.refuse()
    return obj.array if isinstance(obj, Column) else obj


def condition_of(obj: Any) -> Any:
    """Return which rows a condition selects: none for which it is null."""
    array = operand(obj)
    return nulls.fill_null(array, False) if array.dtype.is_nullable else array


def require_drop(drop: bool, level: Any) -> None:
    """Raise if ``reset_index`` would keep labels of rows, or drop some of them."""
    if level is not None:
        raise FrameError(f"reset_index: a traced frame has no level {level!r} of labels")
    if not drop:
        raise FrameError(
            "a traced frame has no labels of rows to keep as a column: reset_index(drop=True)"
        )


def add_inplace(kind: type[Elementwise]) -> None:
    """Give the methods of a class that have one in pandas the parameter `inplace`."""
    for name in ("clip", "drop", "fillna", "mask", "rename", "replace", "reset_index", "where"):
        if hasattr(kind, name):
            setattr(kind, name, _with_inplace(getattr(kind, name)))


def _with_inplace(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Any, *args: Any, inplace: bool = False, **kwargs: Any) -> Any:
        result = method(self, *args, **kwargs)
        if not inplace:
            return result
        vars(self).update(vars(result))
        return None

    return call


add_inplace(Column)
