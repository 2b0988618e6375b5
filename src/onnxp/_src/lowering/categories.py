"""Comparison of categories, on their codes, where a missing one equals nothing; and codes of text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import DType, int64
from onnxp._src.dtypes.labels import MISSING
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.elementwise import integers
from onnxp._src.lowering.lookup import look_up

Recipe = Callable[[Value, Value], Value]


def codes_of(text: Value, dtype: DType, unknown: int = MISSING, *, strict: bool = False) -> Value:
    """Return the codes of labels, and `unknown` for all else; if `strict`, the run fails for all but ``""``."""
    keys = np.array([*dtype.categories, *[""] * strict], object)
    count = len(dtype.categories)
    codes = np.append(np.arange(count), MISSING)[: len(keys)]
    other = _beyond(count) if strict else unknown
    (places,) = look_up(text, keys, [np.append(codes, other)], int64)
    return ops.gather(constant(codes), places, 0) if strict else places


def _beyond(count: int) -> int:
    """Return an index for which Gather from `count` labels and a missing one fails."""
    return count + 1


def text_of(codes: Value, dtype: DType) -> Value:
    """Return the labels of codes; ``""`` for -1."""
    return ops.gather(constant(np.array([*dtype.categories, ""], object)), codes, 0)


def of_integers(x: Value, dtype: DType, *, strict: bool) -> Value:
    """Return codes; of other integers -1, or if `strict`, the run fails for all but -1."""
    x, count = ops.cast(x, int64), len(dtype.categories)
    is_code = ops.and_(
        ops.greater_or_equal(x, ops.scalar(0, int64)), ops.less(x, ops.scalar(count, int64))
    )
    missing = ops.scalar(MISSING, int64)
    if not strict:
        return ops.where(is_code, x, missing)
    is_code = ops.or_(is_code, ops.equal(x, missing))
    places = ops.where(is_code, x, ops.scalar(_beyond(count), int64))
    return ops.gather(constant(np.append(np.arange(count), MISSING)), places, 0)


def is_missing(codes: Value) -> Value:
    """Return where a category is missing."""
    return ops.less(codes, ops.scalar(0, int64))


def recoded(codes: Value, old: DType, new: DType, *, strict: bool) -> Value:
    """Return the codes that labels have in another dtype; -1 for none, or if `strict`, the run fails."""
    positions = {label: code for code, label in enumerate(new.categories)}
    count = len(new.categories)
    other = _beyond(count) if strict else MISSING
    table = np.array([*(positions.get(label, other) for label in old.categories), MISSING])
    result = ops.gather(constant(table), codes, 0)
    if not strict or other not in table:
        return result
    return ops.gather(constant(np.append(np.arange(count), MISSING)), result, 0)


def _never_missing(codes: Value) -> bool:
    return codes.data is not None and codes.data.ndim == 0 and int(codes.data) != MISSING


def _known(truth: Value, codes: Value) -> Value:
    return truth if _never_missing(codes) else ops.and_(truth, ops.not_(is_missing(codes)))


def equal(a: Value, b: Value) -> Value:
    """Return where labels are equal; never for missing ones."""
    either = b if _never_missing(b) else a
    return _known(ops.equal(a, b), either)


def not_equal(a: Value, b: Value) -> Value:
    """Return where labels are not equal; always for missing ones."""
    return ops.not_(equal(a, b))


def less(a: Value, b: Value) -> Value:
    """Return where the first label is less; never for missing ones, whose code is the least."""
    return _known(ops.less(a, b), a)


def less_equal(a: Value, b: Value) -> Value:
    """Return where the first label is not greater; never for missing ones."""
    return _known(ops.less_or_equal(a, b), a)


def minimum(a: Value, b: Value) -> Value:
    """Return the smaller label; missing if one is."""
    return integers.minimum(a, b)


def maximum(a: Value, b: Value) -> Value:
    """Return the larger label; missing if one is."""
    missing = ops.or_(is_missing(a), is_missing(b))
    return ops.where(missing, ops.scalar(MISSING, int64), integers.maximum(a, b))


def _swapped(recipe: Recipe) -> Recipe:
    return lambda a, b: recipe(b, a)


EQUALITIES: dict[str, Recipe] = {"equal": equal, "not_equal": not_equal}
"""Functions of categories that need no order, by their names."""
ORDERINGS: dict[str, Recipe] = {
    "greater": _swapped(less),
    "greater_equal": _swapped(less_equal),
    "less": less,
    "less_equal": less_equal,
    "maximum": maximum,
    "minimum": minimum,
}
"""Functions of ordered categories, by their names."""
