"""What each function of the namespace does with dtypes beyond the standard: ``python -m benchmarks.dtypes``."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar

import numpy as np

import onnxp as xp
from onnxp.errors import OnnxpError


class Pair(xp.ExtensionDType):
    """A dtype of a user that defines no function."""

    planes: ClassVar = {"a": xp.int64, "b": xp.float64}


def samples() -> dict[str, Any]:
    """Return an array of rank 1 of each dtype, by the heads of the table."""
    labels = ["b", "a", "b"]
    return {
        "string": xp.asarray(labels),
        "datetime64": xp.asarray(["2024-02-29", "NaT", "1999-12-31"], dtype="datetime64[D]"),
        "timedelta64": xp.asarray([3, -1, 2], dtype="timedelta64[s]"),
        "int64?": xp.asarray([3, None, 2]),
        "float64?": xp.asarray([0.5, None, 0.25]),
        "category": xp.asarray(labels, dtype="category[a, b]"),
        "ordered": xp.asarray(labels, dtype="category[a < b]"),
        "of a user": Pair.of(a=xp.asarray([1, 2, 3]), b=0.5),
    }


MODULES = ("linalg", "fft", "dates", "nulls")
"""The modules whose functions are tried as well."""

CALLS: dict[str, Callable[..., Any]] = {
    "astype": lambda x: xp.astype(x, x.dtype, copy=True),
    "broadcast_arrays": lambda x: xp.broadcast_arrays(x, x),
    "broadcast_to": lambda x: xp.broadcast_to(x, (2, 3)),
    "can_cast": lambda x: xp.can_cast(x.dtype, x.dtype),
    "clip": lambda x: xp.clip(x, x, x),
    "concat": lambda x: xp.concat([x, x]),
    "expand_dims": lambda x: xp.expand_dims(x, axis=0),
    "full_like": lambda x: xp.full_like(x, x[0]),
    "matrix_transpose": lambda x: xp.matrix_transpose(x[None]),
    "meshgrid": lambda x: xp.meshgrid(x, x),
    "moveaxis": lambda x: xp.moveaxis(x[None], 0, 1),
    "permute_dims": lambda x: xp.permute_dims(x[None], (1, 0)),
    "repeat": lambda x: xp.repeat(x, 2),
    "reshape": lambda x: xp.reshape(x, (3, 1)),
    "roll": lambda x: xp.roll(x, 1),
    "squeeze": lambda x: xp.squeeze(x[None], axis=0),
    "stack": lambda x: xp.stack([x, x]),
    "take": lambda x: xp.take(x, xp.asarray([2, 0])),
    "take_along_axis": lambda x: xp.take_along_axis(x, xp.asarray([2, 0])),
    "tensordot": lambda x: xp.tensordot(x, x, axes=1),
    "tile": lambda x: xp.tile(x, (2,)),
    "tril": lambda x: xp.tril(x[None]),
    "triu": lambda x: xp.triu(x[None]),
    "where": lambda x: xp.where(xp.asarray([True, False, True]), x, x[::-1]),
    "dates.add_business_days": lambda x: xp.dates.add_business_days(x, 1),
    "dates.ceil": lambda x: xp.dates.ceil(x, "h"),
    "dates.count_business_days": lambda x: xp.dates.count_business_days(x, x),
    "dates.floor": lambda x: xp.dates.floor(x, "h"),
    "dates.from_parts": lambda x: xp.dates.from_parts(x, 1, 1, dtype="datetime64[D]"),
    "dates.round": lambda x: xp.dates.round(x, "h"),
    "linalg.matrix_power": lambda x: xp.linalg.matrix_power(_matrix(x), 2),
    "linalg.solve": lambda x: xp.linalg.solve(_matrix(x), _matrix(x)),
    "linalg.tensordot": lambda x: xp.linalg.tensordot(x, x, axes=1),
    "nulls.coalesce": lambda x: xp.nulls.coalesce(x, x),
    "nulls.fill_null": lambda x: xp.nulls.fill_null(x, xp.nulls.get_data(x)[0]),
    "nulls.require_no_null": lambda x: xp.nulls.require_no_null(x[:1]),
}
"""Calls of functions that need other arguments than one or two arrays."""

REPEATED = ("x1", "x2")


OF_VECTORS = ("cross", "outer", "vecdot", "vector_norm")


def _matrix(x: Any) -> Any:
    return xp.stack([x, xp.roll(x, 1), xp.flip(x)])


def call(name: str) -> Callable[..., Any] | None:
    """Return a call of a function with one array, or None if it takes no array."""
    function = attrgetter(name)(xp)
    if name in CALLS:
        return CALLS[name]
    if not inspect.isfunction(function):
        return None
    names = list(inspect.signature(function).parameters)
    module, _, last = name.rpartition(".")
    shaped = _matrix if module == "linalg" and last not in OF_VECTORS else lambda x: x
    if tuple(names[:2]) == REPEATED:
        return lambda x: function(shaped(x), shaped(x))
    optional = all(
        p.default is not p.empty for p in list(inspect.signature(function).parameters.values())[1:]
    )
    return (lambda x: function(shaped(x))) if names[:1] == ["x"] and optional else None


def outcome(function: Callable[..., Any], x: Any) -> str:
    """Return ``""`` if a call works, else the message of its error.

    Raises
    ------
    AssertionError
        If it raises another error than one of `onnxp.errors`.
    """
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = function(x)
            for array in result if isinstance(result, tuple | list) else (result,):
                if isinstance(array, xp.Array):
                    array._numpy()
    except OnnxpError as error:
        return str(error).partition("\n")[0]
    except Exception as error:
        raise AssertionError(f"{function}, {x.dtype}: {type(error).__name__}: {error}") from error
    return ""


def support() -> dict[str, dict[str, str]]:
    """Return for each function, by the heads of the columns, ``""`` if it works, or why it is refused."""
    arrays = samples()
    names: list[str] = getattr(xp, "__all__")  # noqa: B009  # which type checkers do not see
    of_modules = (
        f"{module}.{name}" for module in MODULES for name in sorted(getattr(xp, module).__all__)
    )
    calls = {name: call(name) for name in (*sorted(names), *of_modules)}
    return {
        name: {head: outcome(function, x) for head, x in arrays.items()}
        for name, function in calls.items()
        if function is not None
    }


def reason(name: str, message: str) -> str:
    """Return why a function is refused, without what is so of the function and the dtype only."""
    text = re.sub(rf"^{name}\b:? ?", "", message)
    text = re.sub(r"; allowed are [^;]*", "", text)
    text = text.replace(f"define({name!r})", "define(name)")
    return text


if __name__ == "__main__":
    for name, row in support().items():
        print(f"{name:20}", *("yes" if not message else " - " for message in row.values()))
