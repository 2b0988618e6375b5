"""A namespace for arrays of Python objects, in which None is null: what functions mean, one element at a time.

It is the oracle of all dtypes beyond the standard. Elements are numpy's scalars, labels of categories their
positions, with NaN for a missing one. Functions of elements and of lanes are numpy's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

Objects = np.ndarray[Any, Any]


def objects(values: Sequence[Any], shape: tuple[int, ...] | None = None) -> Objects:
    """Return an array of objects as they are; numpy would take times apart."""
    result = np.empty(len(values), object)
    for position, value in enumerate(values):
        result[position] = value
    return result if shape is None else result.reshape(shape)


def of_numpy(array: Any) -> Objects:
    """Return the scalars of an array of numpy; None is masked."""
    array = np.asanyarray(array)
    null = np.ma.getmaskarray(array).ravel()
    flat = np.ma.getdata(array).ravel()
    return objects([None if null[j] else flat[j] for j in range(flat.size)], array.shape)


def is_missing(value: Any) -> bool:
    """Return whether a scalar is NaN or NaT."""
    return isinstance(value, np.generic | float) and bool(value != value)


def elementwise(function: Callable[..., Any], *, nulls: bool = True) -> Callable[..., Objects]:
    """Return a function of arrays for one of scalars; null where an element is, unless it takes None."""

    def apply(*operands: Any) -> Objects:
        broadcast = np.broadcast_arrays(*map(as_objects, operands))
        with np.errstate(all="ignore"):
            results = [
                None if nulls and any(v is None for v in values) else function(*values)
                for values in zip(*(a.ravel() for a in broadcast), strict=True)
            ]
        return objects(results, broadcast[0].shape)

    return apply


def as_objects(x: Any) -> Objects:
    if isinstance(x, np.ndarray) and x.dtype == object:
        return x
    return of_numpy(x)


KLEENE = ("logical_and", "logical_or", "bitwise_and", "bitwise_or")


def _kleene(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    decisive = name.endswith("or")

    def decide(a: Any, b: Any) -> Any:
        if a is None or b is None:
            other = b if a is None else a
            is_truth = isinstance(other, np.bool_) or name.startswith("logical")
            return (
                np.bool_(decisive)
                if other is not None and is_truth and bool(other) is decisive
                else None
            )
        return function(a, b)

    return decide


class Elements:
    """The namespace.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the elements, for results of no elements.
    skips_missing : bool
        Whether NaN is left out as null is, and found once: a missing label is.
    """

    def __init__(self, dtype: Any, *, skips_missing: bool = False) -> None:
        self.dtype = np.dtype(dtype)
        self.skips_missing = skips_missing
        self.nulls = Nulls(self)
        self.linalg = self
        self.fft = np.fft
        self.dates = Dates()

    def __getattr__(self, name: str) -> Any:
        function = getattr(np, name)
        if name in KLEENE:
            return elementwise(_kleene(function, name), nulls=False)
        if isinstance(function, np.ufunc) or name in ("real", "imag", "round", "positive"):
            return elementwise(function)
        return function  # which moves elements

    def sign(self, x: Any) -> Objects:
        return elementwise(lambda v: v if is_missing(v) else np.sign(v))(x)  # NaT has none

    # Lanes

    def _rest(self, lane: Sequence[Any]) -> list[Any]:
        return [v for v in lane if v is not None and not (self.skips_missing and is_missing(v))]

    def _numbers(self, rest: Sequence[Any]) -> Any:
        return np.array(rest) if rest else np.empty(0, self.dtype)

    def _reduced(
        self, function: Callable[[Sequence[Any]], Any], x: Any, axis: Any, keepdims: bool = False
    ) -> Objects:
        """Return a value for each lane."""
        x = as_objects(x)
        if axis is None:
            axis, x, rank = 0, x.reshape(-1), x.ndim
        else:
            rank = 1
        moved = np.moveaxis(x, axis, -1)
        lanes = moved.reshape(int(np.prod(moved.shape[:-1])), moved.shape[-1])
        with np.errstate(all="ignore"):
            result = objects([function(list(lane)) for lane in lanes], moved.shape[:-1])
        return (
            np.expand_dims(result, tuple(range(rank)) if rank != 1 else axis)
            if keepdims
            else result
        )

    def _along(self, function: Callable[[Sequence[Any]], Any], x: Any, axis: int) -> Objects:
        """Return a lane for each lane."""
        moved = np.moveaxis(as_objects(x), axis, -1)
        lanes = moved.reshape(int(np.prod(moved.shape[:-1])), moved.shape[-1])
        with np.errstate(all="ignore"):
            results = [list(function(list(lane))) for lane in lanes]
        length = len(results[0]) if results else len(function([None] * moved.shape[-1]))
        flat = objects([v for lane in results for v in lane])
        return np.moveaxis(flat.reshape(*moved.shape[:-1], length), -1, axis)

    def _statistic(name: str, nothing: Any = None) -> Any:  # type: ignore[misc]  # of the class body
        def reduce(self: Elements, x: Any, *, axis: Any = None, keepdims: bool = False) -> Objects:
            def of_lane(lane: Sequence[Any]) -> Any:
                rest = self._rest(lane)
                if not rest and nothing is None:
                    return self.nulls._null
                numbers = self._numbers(rest)
                if name == "mean" and self.dtype.kind == "M":  # rounded down
                    ticks = np.int64(sum(numbers.view(np.int64).tolist()) // len(rest))
                    return self.nulls._null if np.isnat(numbers).any() else ticks.astype(self.dtype)
                return getattr(np, name)(numbers)

            return self._reduced(of_lane, x, axis, keepdims)

        return reduce

    max, min = _statistic("max"), _statistic("min")
    mean, std, var = _statistic("mean"), _statistic("std"), _statistic("var")
    sum, prod = _statistic("sum", 0), _statistic("prod", 1)

    def any(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Objects:
        return self._reduced(lambda lane: any(map(bool, self._rest(lane))), x, axis, keepdims)

    def all(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Objects:
        return self._reduced(lambda lane: all(map(bool, self._rest(lane))), x, axis, keepdims)

    def count_nonzero(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Objects:
        return self._reduced(lambda lane: sum(map(bool, self._rest(lane))), x, axis, keepdims)

    def nonzero(self, x: Any) -> tuple[Objects, ...]:
        return np.nonzero(
            elementwise(lambda v: v is not None and bool(v), nulls=False)(x).astype(bool)
        )

    def _position(name: str) -> Any:  # type: ignore[misc]  # of the class body
        def find(self: Elements, x: Any, *, axis: Any = None, keepdims: bool = False) -> Objects:
            def of_lane(lane: Sequence[Any]) -> Any:
                kept = [j for j, v in enumerate(lane) if self._rest([v])]
                if not kept:
                    return 0 if self.skips_missing else None
                return kept[int(getattr(np, name)(self._numbers([lane[j] for j in kept])))]

            return self._reduced(of_lane, x, axis, keepdims)

        return find

    argmax, argmin = _position("argmax"), _position("argmin")

    def _cumulative(name: str, first: Any) -> Any:  # type: ignore[misc]  # of the class body
        def accumulate(
            self: Elements, x: Any, *, axis: int = 0, include_initial: bool = False
        ) -> Objects:
            def of_lane(lane: Sequence[Any]) -> list[Any]:
                totals = iter(getattr(np, name)(self._numbers(self._rest(lane))))
                start = [
                    np.zeros(1, self.dtype)[0] + first
                    if self.dtype.kind != "m"
                    else np.zeros(1, self.dtype)[0]
                ]
                return start * include_initial + [None if v is None else next(totals) for v in lane]

            return self._along(of_lane, x, axis)

        return accumulate

    cumulative_sum, cumulative_prod = _cumulative("cumsum", 0), _cumulative("cumprod", 1)

    # Order

    def _order(self, lane: Sequence[Any], descending: bool = False) -> list[int]:
        """Return positions in order; nulls last, and NaN and NaT before them."""
        kept = [j for j, v in enumerate(lane) if v is not None]
        numbers = self._numbers([lane[j] for j in kept])
        present = [j for j, v in zip(kept, numbers, strict=True) if not is_missing(v)]
        missing = [j for j in kept if j not in present]
        _, ranks = np.unique(self._numbers([lane[j] for j in present]), return_inverse=True)
        places = np.argsort(-ranks if descending else ranks, stable=True)
        nulls = [j for j in range(len(lane)) if j not in kept]
        is_first = descending and self.dtype.kind == "f" and not self.skips_missing
        ordered = [present[j] for j in places]
        return [*missing, *ordered, *nulls] if is_first else [*ordered, *missing, *nulls]

    def argsort(self, x: Any, *, axis: int = -1, descending: bool = False) -> Objects:
        return self._along(lambda lane: self._order(lane, descending), x, axis)

    def sort(self, x: Any, *, axis: int = -1, descending: bool = False) -> Objects:
        return self._along(lambda lane: [lane[j] for j in self._order(lane, descending)], x, axis)

    def searchsorted(self, x1: Any, x2: Any, *, side: str = "left", sorter: Any = None) -> Objects:
        x1 = as_objects(x1)
        if sorter is not None:
            x1 = x1[np.asarray(sorter, int)]
        table = self._numbers([v for v in x1 if v is not None])

        def search(v: Any) -> int:
            if v is None:
                return len(table) if side == "left" else len(x1)
            return int(np.searchsorted(table, v, side))

        return elementwise(search, nulls=False)(x2)

    def _distinct(self, x: Any) -> tuple[list[int], Objects]:
        """Return the positions of distinct elements in order, and the index of each element among them."""
        flat = list(as_objects(x).ravel())
        first: list[int] = []
        inverse = [0] * len(flat)
        for j in self._order(flat):
            v = flat[j]
            last = flat[first[-1]] if first else None
            once = self.skips_missing or self.dtype.kind in "mM"
            is_again = bool(first) and (
                (v is None and last is None)
                or (
                    v is not None
                    and last is not None
                    and (v == last or (once and is_missing(v) and is_missing(last)))
                )
            )
            if not is_again:
                first.append(j)
            inverse[j] = len(first) - 1
        return first, objects(inverse, as_objects(x).shape)

    def unique_all(self, x: Any) -> tuple[Objects, ...]:
        first, inverse = self._distinct(x)
        flat = as_objects(x).ravel()
        counts = [int((inverse == j).sum()) for j in range(len(first))]
        return objects([flat[j] for j in first]), objects(first), inverse, objects(counts)

    def unique_counts(self, x: Any) -> tuple[Objects, ...]:
        values, _, _, counts = self.unique_all(x)
        return values, counts

    def unique_inverse(self, x: Any) -> tuple[Objects, ...]:
        values, _, inverse, _ = self.unique_all(x)
        return values, inverse

    def unique_values(self, x: Any) -> Objects:
        return self.unique_all(x)[0]

    def isin(self, x1: Any, x2: Any, *, invert: bool = False) -> Objects:
        others = [v for v in as_objects(x2).ravel() if v is not None]
        return elementwise(
            lambda v: (v is not None and any(v == o for o in others)) != invert, nulls=False
        )(x1)

    # Moves that numpy 2.0 does not have, or with other arguments

    def unstack(self, x: Any, *, axis: int = 0) -> list[Objects]:
        return list(np.moveaxis(x, axis, 0))

    def take_along_axis(self, x: Any, indices: Any, axis: int = -1) -> Objects:
        return np.take_along_axis(x, indices, axis)

    # Choices

    def where(self, condition: Any, x1: Any, x2: Any) -> Objects:
        return elementwise(lambda c, a, b: a if c is not None and c else b, nulls=False)(
            condition, x1, x2
        )

    def clip(self, x: Any, low: Any, high: Any) -> Objects:
        return elementwise(lambda v, a, b: np.minimum(np.maximum(v, a), b))(x, low, high)

    def full_like(self, x: Any, value: Any) -> Objects:
        return objects([value] * x.size, x.shape)

    def _blank(self) -> Any:
        if self.skips_missing:
            return np.float64(np.nan)
        zero = np.zeros(1, self.dtype)[0]
        return zero.item() if isinstance(zero, np.void) else zero

    def zeros_like(self, x: Any) -> Objects:
        return self.full_like(x, self._blank())

    def ones_like(self, x: Any) -> Objects:
        return self.full_like(x, np.ones(1, self.dtype)[0])

    def _triangle(name: str) -> Any:  # type: ignore[misc]  # of the class body
        def keep(self: Elements, x: Any, *, k: int = 0) -> Objects:
            kept = getattr(np, name)(np.ones(x.shape, bool), k=k)
            return self.where(kept, x, self.zeros_like(x))

        return keep

    tril, triu = _triangle("tril"), _triangle("triu")

    def diff(self, x: Any, *, axis: int = -1, n: int = 1, prepend: Any = None) -> Objects:
        if prepend is not None:
            shape = [1 if a == axis % x.ndim else size for a, size in enumerate(x.shape)]
            x = np.concatenate([np.broadcast_to(prepend, shape), x], axis=axis)
        moved = np.moveaxis(x, axis, 0)
        for _ in range(n):
            subtract = np.not_equal if self.dtype.kind == "b" else np.subtract
            moved = elementwise(subtract)(moved[1:], moved[:-1])
        return np.moveaxis(moved, 0, axis)

    def astype(self, x: Any, dtype: Any, *, copy: bool = True) -> Objects:
        if dtype == np.dtype(object):  # its own
            return x
        if self.skips_missing:
            return elementwise(lambda v: np.int64(-1 if is_missing(v) else v))(x)
        name = dtype.__name__ if isinstance(dtype, type) else dtype.rstrip("?")
        target = np.dtype({"string": "str"}.get(name, name))

        def cast(v: Any) -> Any:
            result = np.array([v]).astype(target)
            if (
                target.kind in "mM"
                and np.can_cast(v.dtype, target)
                and result.astype(v.dtype)[0] != v
            ):
                return np.array("NaT", target)[()]  # too large for the unit
            return result[0]

        return elementwise(cast)(x)

    # Products

    def vecdot(self, x1: Any, x2: Any) -> Objects:
        add = np.logical_or if self.dtype.kind == "b" else np.add

        def total(lane: Sequence[Any]) -> Any:
            return None if any(v is None for v in lane) else reduce(add, lane, self._blank())

        return self._reduced(total, self.multiply(x1, x2), -1)

    def matmul(self, x1: Any, x2: Any) -> Objects:
        if x2.ndim == 1:
            return self.vecdot(x1, x2)
        return self.vecdot(x1[..., None, :], np.swapaxes(x2, -1, -2))

    def tensordot(self, x1: Any, x2: Any, *, axes: int) -> Objects:
        return self.matmul(x1, x2)

    def outer(self, x1: Any, x2: Any) -> Objects:
        return self.multiply(x1[:, None], x2[None])

    def diagonal(self, x: Any) -> Objects:
        return np.diagonal(x)

    def put(self, x: Any, key: Any, value: Any) -> Objects:
        result = x.copy()
        result[key] = value if isinstance(value, np.ndarray) else objects([value])
        return result

    # Control flow

    def cond(self, pred: Any, yes: Any, no: Any, *operands: Any) -> Any:
        return (yes if np.asarray(pred).item() else no)(*operands)

    def fori_loop(self, lower: int, upper: int, body: Any, value: Any) -> Any:
        for j in range(lower, upper):
            value = body(j, value)
        return value

    def while_loop(self, going: Any, body: Any, value: Any) -> Any:
        while going(value):
            value = body(value)
        return value

    def scan(self, f: Any, carry: Any, xs: Any) -> Any:
        outputs = []
        for row in xs:
            carry, output = f(carry, row)
            outputs.append(output)
        return carry, np.stack(outputs) if outputs else np.empty((0, *xs.shape[1:]), object)

    def recode(self, x: Any, labels: str) -> Objects:
        return self.map(x, {1.0: 2.0, 2.0: 0.0})  # those of the call

    def jit(self, function: Any) -> Any:
        return function

    def map(self, x: Any, mapping: Any, *, default: Any = None) -> Objects:
        def look_up(v: Any) -> Any:
            for key, value in mapping.items():
                if v == key or (is_missing(v) and is_missing(key)):
                    return value
            return np.nan if default is None else default

        return elementwise(look_up)(x)


class Nulls:
    """The functions of ``onnxp.nulls``."""

    def __init__(self, namespace: Elements) -> None:
        self._xp = namespace

    def _is_null(self, v: Any) -> bool:
        is_missing_too = self._xp.skips_missing or self._xp.dtype.kind in "mM"
        return v is None or (is_missing_too and is_missing(v))

    @property
    def _null(self) -> Any:
        if self._xp.skips_missing:
            return np.float64(np.nan)
        return np.array(["NaT"], self._xp.dtype)[0] if self._xp.dtype.kind in "mM" else None

    def isnull(self, x: Any) -> np.ndarray[Any, Any]:
        return elementwise(self._is_null, nulls=False)(x).astype(bool)

    def get_mask(self, x: Any) -> np.ndarray[Any, Any]:
        return self.isnull(x)

    def get_data(self, x: Any) -> Objects:
        return elementwise(lambda v: self._xp._blank() if v is None else v, nulls=False)(x)

    def fill_null(self, x: Any, value: Any) -> Objects:
        return elementwise(lambda v, o: o if self._is_null(v) else v, nulls=False)(x, value)

    def coalesce(self, x: Any, y: Any) -> Objects:
        return self.fill_null(x, y)

    def require_no_null(self, x: Any) -> Objects:
        return x

    def count(self, x: Any, *, axis: Any = None) -> Objects:
        return self._xp._reduced(lambda lane: sum(not self._is_null(v) for v in lane), x, axis)

    def make_nullable(self, x: Any, null: Any) -> Objects:
        return elementwise(lambda v, o: self._null if o else v, nulls=False)(x, null)

    def null_from_nan(self, x: Any) -> Objects:
        return elementwise(lambda v: self._null if is_missing(v) else v, nulls=False)(x)

    def same(self, x1: Any, x2: Any) -> Objects:
        def are_same(a: Any, b: Any) -> bool:
            if self._is_null(a) or self._is_null(b):
                return self._is_null(a) and self._is_null(b)
            return bool(a == b)

        return elementwise(are_same, nulls=False)(x1, x2)


class Dates:
    """The functions of ``onnxp.dates``, by pandas and numpy."""

    UNKNOWN = np.int64(-(2**63))

    def __getattr__(self, name: str) -> Any:
        def field(x: Any) -> Objects:
            return elementwise(lambda v: self._field(name, v))(x)

        return field

    def _field(self, name: str, v: Any) -> Any:
        if is_missing(v):
            return np.bool_(False) if name.startswith("is_") else self.UNKNOWN
        if name == "is_business_day":
            return np.is_busday(v.astype("M8[D]"))
        moment = pd.Series(np.array([v])).dt
        name = {"weekday": "day_of_week", "dayofyear": "day_of_year"}.get(name, name)
        if name in ("week", "isoyear"):
            return moment.isocalendar()["week" if name == "week" else "year"][0]
        return getattr(moment, name)[0]

    def _rounded(name: str) -> Any:  # type: ignore[misc]  # of the class body
        def apply(self: Dates, x: Any, unit: str) -> Objects:
            def of(v: Any) -> Any:
                return getattr(pd.Series(np.array([v])).dt, name)(unit).to_numpy()[0]

            return elementwise(of)(x)

        return apply

    ceil, floor, round = _rounded("ceil"), _rounded("floor"), _rounded("round")

    def add_business_days(self, x: Any, number: Any) -> Objects:
        return elementwise(
            lambda v, n: (
                np.busday_offset(v.astype("M8[D]"), n, "forward")
                if not is_missing(v)
                else v.astype("M8[D]")
            )
        )(x, number)

    def count_business_days(self, start: Any, stop: Any) -> Objects:
        def count(a: Any, b: Any) -> Any:
            if is_missing(a) or is_missing(b):
                return self.UNKNOWN
            return np.busday_count(a.astype("M8[D]"), b.astype("M8[D]"))

        return elementwise(count)(start, stop)

    def from_parts(self, year: Any, month: int, day: int, *, dtype: Any) -> Objects:
        def made(v: Any) -> Any:
            try:
                return np.datetime64(f"{int(v):04}-{month:02}-{day:02}")
            except (TypeError, ValueError):  # of a null, or no such day
                return np.datetime64("NaT", "D")

        return elementwise(made, nulls=False)(year)
