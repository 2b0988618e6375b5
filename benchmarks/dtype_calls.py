"""Calls of every function that takes arrays, and arrays of every dtype beyond the standard for them.

The page :doc:`dtype_support` shows which of them work. ``tests/api/test_every_dtype.py`` runs them with random
arrays, evaluated and in models, and compares the results.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, ClassVar

import numpy as np

import onnxp as xp


class Pair(xp.ExtensionDType):
    """A dtype of a user that defines no function."""

    planes: ClassVar = {"a": xp.int64, "b": xp.float64}


MODULES = ("linalg", "fft", "dates", "nulls")
"""The modules whose functions are tried as well."""

LABELS = ("S", "M", "L")


def _spans(*numbers: int | str) -> list[Any]:
    return [np.timedelta64(number, "s") for number in numbers]


ELEMENTS: dict[str, tuple[Any, list[Any]]] = {
    "string": ("string", ["b", "", "a", "ab", "é", "12"]),
    "datetime64": (
        "datetime64[s]",
        [
            "2024-02-29T12:34:56",
            "NaT",
            "1969-12-31T23:59:59",
            "1970-01-01",
            "1900-03-01",
            "2399-12-31",
        ],
    ),
    "timedelta64": ("timedelta64[s]", _spans(3, "NaT", -7, 0, 86_400, 3)),
    "bool?": ("bool?", [True, None, False]),
    "int64?": ("int64?", [3, None, -2, 0, 3, 7]),
    "float64?": ("float64?", [0.5, None, -1.5, 0.0, np.nan, 4.25]),
    "string?": ("string?", ["b", None, "", "a", "ab"]),
    "category": (xp.category(LABELS), ["M", None, "S", "L"]),
    "ordered": (xp.category(LABELS, ordered=True), ["M", None, "S", "L"]),
    "of a user": (Pair, [(1, 0.5), (2, -1.0), (1, 2.0)]),
    "of a user?": ("Pair?", [(1, 0.5), None, (2, -1.0)]),
    "bfloat16": ("bfloat16", [0.75, 3.0, -1.5, 0.0]),
}
"""By the heads of the table, a dtype and elements of arrays."""

_DAYS = ["2024-02-29", "NaT", "-3000-03-01", "6000-12-31", "1970-01-01", "1969-12-31", "1900-03-01"]
MORE: dict[str, tuple[Any, list[Any]]] = {
    **{f"datetime64[{unit}]": (f"datetime64[{unit}]", _DAYS) for unit in ("D", "h", "ms")},
    "datetime64[ns]": (
        "datetime64[ns]",
        ["2024-02-29T12:34:56.789", "NaT", "1969-12-31", "1970-01-01"],
    ),
    "timedelta64[D]": ("timedelta64[D]", [np.timedelta64(n, "D") for n in (3, "NaT", -7, 0)]),
    "timedelta64[us]": ("timedelta64[us]", [np.timedelta64(n, "us") for n in (3, "NaT", -7, 0)]),
    **{
        f"{name}?": (f"{name}?", [3, None, -2, 0, -128, 127]) for name in ("int8", "int16", "int32")
    },
    **{
        f"{name}?": (f"{name}?", [3, None, 0, 255])
        for name in ("uint8", "uint16", "uint32", "uint64")
    },
    **{f"{name}?": (f"{name}?", [0.5, None, -1.5, 0.0, np.nan]) for name in ("float16", "float32")},
    **{
        f"float8_{kind}": (f"float8_{kind}", [0.75, 3.0, -1.5, 0.0])
        for kind in ("e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz")
    },
    "int4": ("int4", [3, -2, 0, 7]),
    "uint4": ("uint4", [3, 2, 0, 15]),
}
"""More dtypes, which are tried for longer: other units, sizes of numbers, and numbers that are stored."""

SIZES = {
    "x": "N",
    "y": "N",
    "m": "N, 3",
    "c": "3",
    "q": "3, 3",
    "b": "N",
    "p": "N, 3",
    "u": "N",
    "i": "N",
    "k": "N",
    "n": "N",
    "t": "N",
}
"""The shapes of what calls take."""

OTHERS: dict[str, tuple[str, list[Any]]] = {
    "b": ("bool", [True, False]),
    "p": ("bool", [True, False]),
    "u": ("bool?", [True, None, False]),
    "i": ("int64", [0]),  # positions along N
    "k": ("int64", [0, 1, 2]),
    "n": ("int64", [2, -1, 3]),
    "t": ("timedelta64[s]", _spans(1, -86_400, "NaT")),
}
"""The dtypes and elements of what is not of the dtype that is tried."""

UNARY = (
    "abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag isfinite "
    "isinf isnan log log10 log1p log2 logical_not negative positive real reciprocal round sign signbit sin "
    "sinh sqrt square tan tanh trunc"
)
BINARY = (
    "add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign divide equal "
    "floor_divide greater greater_equal hypot less less_equal logaddexp logical_and logical_or logical_xor "
    "maximum minimum multiply nextafter not_equal remainder subtract"
)


def _along(names: str, *more: str) -> dict[str, tuple[str, ...]]:
    """Return calls with an axis."""
    calls = ("xp.{}(x)", "xp.{}(m, axis=1)", *more)
    return {name: tuple(call.format(name) for call in calls) for name in names.split()}


def _each(names: str, *calls: str, module: str = "") -> dict[str, tuple[str, ...]]:
    """Return calls of several functions, in which ``{}`` stands for the name."""
    full = [f"{module}.{name}" if module else name for name in names.split()]
    return {name: tuple(call.format(name) for call in calls) for name in full}


KEEP = "xp.{}(m, axis=0, keepdims=True)"

CALLS: dict[str, tuple[str, ...]] = {
    **_each(UNARY, "xp.{}(x)"),
    **_each(BINARY, "xp.{}(x, y)", "xp.{}(m, c)"),
    "pow": ("xp.pow(x, k)",),
    "clip": ("xp.clip(x, y, y)", "xp.clip(m, c[:1], c[1:2])"),
    # creation
    "asarray": ("xp.asarray(x)",),
    **_each("empty_like ones_like zeros_like", "xp.{}(x)"),
    "full_like": ("xp.full_like(x, c[0])",),
    "meshgrid": ("xp.meshgrid(x, c)",),
    **_each("tril triu", "xp.{}(m)", "xp.{}(m, k=1)"),
    # dtypes
    "astype": ("xp.astype(x, x.dtype, copy=True)",),
    "can_cast": ("xp.can_cast(x.dtype, x.dtype)",),
    "finfo": ("xp.finfo(x.dtype)",),
    "iinfo": ("xp.iinfo(x.dtype)",),
    "isdtype": ("xp.isdtype(x.dtype, 'numeric')",),
    "result_type": ("xp.result_type(x, y)",),
    # moves
    "take": ("xp.take(x, i)", "xp.take(m, k, axis=1)"),
    "take_along_axis": ("xp.take_along_axis(x, i)", "xp.take_along_axis(m, k[:, None], axis=1)"),
    "matrix_transpose": ("xp.matrix_transpose(m)",),
    "broadcast_arrays": ("xp.broadcast_arrays(m, c)",),
    "broadcast_to": ("xp.broadcast_to(c, (2, 3))", "xp.broadcast_to(x, (2, *x.shape))"),
    "concat": ("xp.concat([x, y])", "xp.concat([m, m], axis=1)", "xp.concat([m, c], axis=None)"),
    "expand_dims": ("xp.expand_dims(x, axis=0)",),
    "flip": ("xp.flip(x)", "xp.flip(m, axis=1)"),
    "moveaxis": ("xp.moveaxis(m, 0, 1)",),
    "permute_dims": ("xp.permute_dims(m, (1, 0))",),
    "repeat": ("xp.repeat(x, 2)", "xp.repeat(x, k)"),
    "reshape": ("xp.reshape(m, (-1,))", "xp.reshape(m, (3, -1))"),
    "roll": ("xp.roll(x, 1)", "xp.roll(m, (1, 2), axis=(0, 1))"),
    "squeeze": ("xp.squeeze(x[None], axis=0)",),
    "stack": ("xp.stack([x, y])", "xp.stack([x, y], axis=1)"),
    "tile": ("xp.tile(x, (2,))", "xp.tile(m, (2, 1))"),
    "unstack": ("xp.unstack(m, axis=1)",),
    "where": ("xp.where(b, x, y)", "xp.where(p, m, c)", "xp.where(u, x, y)"),
    # products
    "matmul": ("xp.matmul(x, y)", "xp.matmul(m, c)", "xp.matmul(m, q)"),
    "tensordot": ("xp.tensordot(x, y, axes=1)", "xp.tensordot(m, q, axes=1)"),
    "vecdot": ("xp.vecdot(x, y)", "xp.vecdot(m, c)"),
    # searching, sets, sorting
    **_along("argmax argmin count_nonzero", KEEP),
    "nonzero": ("xp.nonzero(x)", "xp.nonzero(m)"),
    "searchsorted": (
        "xp.searchsorted(xp.sort(x), y)",
        "xp.searchsorted(xp.sort(x), c, side='right')",
        "xp.searchsorted(x, y, sorter=xp.argsort(x))",
    ),
    "isin": ("xp.isin(x, c)", "xp.isin(m, y, invert=True)"),
    **_each("unique_all unique_counts unique_inverse unique_values", "xp.{}(x)", "xp.{}(m)"),
    **_along("argsort sort", "xp.{}(m, axis=0, descending=True)"),
    # statistics
    **_along("max mean min prod std sum var", KEEP),
    **_each("cumulative_prod cumulative_sum", "xp.{}(x)", "xp.{}(m, axis=1, include_initial=True)"),
    **_along("all any", KEEP),
    "diff": ("xp.diff(x)", "xp.diff(m, axis=1, n=2)", "xp.diff(m, axis=1, prepend=m[:, :1])"),
    # control flow
    "cond": ("xp.cond(xp.any(b), lambda a: xp.flip(a), lambda a: a, x)",),
    "fori_loop": ("xp.fori_loop(0, 3, lambda j, a: xp.roll(a, 1), x)",),
    "while_loop": (
        "xp.while_loop(lambda s: s[0] < 2, lambda s: (s[0] + 1, xp.flip(s[1])), (xp.asarray(0), x))",
    ),
    "scan": ("xp.scan(lambda carry, row: (row, carry), c, m)",),
    "jit": ("xp.jit(lambda a: xp.flip(a))(x)",),
    # what Python calls
    "x[...]": (
        "x[::-1]",
        "x[1:]",
        "x[i]",
        "m[:, 1]",
        "m[..., None, 1:]",
        "x[b]",
        "m[p]",
        "m[b]",
        "x[u]",
    ),
    "x[...] = y": (
        "put(x, b, c[0])",
        "put(x, u, c[0])",
        "put(x, i, c[0])",
        "put(m, p, c[0])",
        "put(m, (slice(None), 1), x)",
        "put(x, slice(None, None, 2), c[0])",
    ),
    # linalg, fft
    **_each(
        "cholesky det diagonal eig eigh eigvals eigvalsh inv matrix_norm matrix_rank matrix_transpose pinv qr "
        "slogdet svd svdvals trace",
        "xp.{}(q)",
        module="linalg",
    ),
    **_each("linalg.cross", "xp.{}(c, c)"),
    **_each("linalg.outer", "xp.{}(x, c)"),
    **_each("linalg.matmul linalg.solve", "xp.{}(q, q)"),
    **_each("linalg.vecdot", "xp.{}(m, c)"),
    "linalg.tensordot": ("xp.linalg.tensordot(m, q, axes=1)",),
    "linalg.matrix_power": ("xp.linalg.matrix_power(q, 2)",),
    "linalg.vector_norm": ("xp.linalg.vector_norm(c)",),
    **_each(
        "fft fftn hfft ifft ifftn ihfft irfft irfftn rfft rfftn",
        "xp.{}(q)",
        module="fft",
    ),
    **_each("fft.fftshift fft.ifftshift", "xp.{}(x)", "xp.{}(m, axes=1)"),
    # dates
    **_each(
        "day dayofyear days_in_month hour is_business_day is_leap_year isoyear microsecond minute month "
        "nanosecond quarter second week weekday year",
        "xp.{}(x)",
        module="dates",
    ),
    **_each("dates.ceil dates.floor dates.round", "xp.{}(x, 'h')"),
    "dates.add_business_days": (
        "xp.dates.add_business_days(x, 3)",
        "xp.dates.add_business_days(x, n)",
    ),
    "dates.count_business_days": ("xp.dates.count_business_days(x, y)",),
    "dates.from_parts": ("xp.dates.from_parts(x, 2, 29, dtype='datetime64[D]')",),
    # nulls
    "nulls.coalesce": ("xp.nulls.coalesce(x, y)", "xp.nulls.coalesce(m, c)"),
    "nulls.count": ("xp.nulls.count(x)", "xp.nulls.count(m, axis=1)"),
    "nulls.fill_null": ("xp.nulls.fill_null(x, xp.nulls.get_data(y))",),
    "nulls.get_data": ("xp.nulls.get_data(x)",),
    "nulls.get_mask": ("xp.nulls.get_mask(x)",),
    "nulls.isnull": ("xp.nulls.isnull(x)",),
    "nulls.make_nullable": ("xp.nulls.make_nullable(x, b)",),
    "nulls.null_from_nan": ("xp.nulls.null_from_nan(x)",),
    "nulls.require_no_null": ("xp.nulls.require_no_null(x[~xp.nulls.isnull(x)])",),
    "nulls.same": ("xp.nulls.same(x, y)",),
}
"""Calls of functions, by their names; those of arrays are named as they are written."""

_NUMBER = "xp.{}(x, n)"
OTHER_CALLS: dict[str, dict[str, tuple[str, ...]]] = {
    "datetime64": {
        "add": ("xp.add(x, t)", "xp.add(t, x)", "xp.add(x, n)"),
        "subtract": ("xp.subtract(x, t)", "xp.subtract(x, n)"),
        "map": (
            "xp.map(x, {np.datetime64('1970-01-01', 's'): 1.5, np.datetime64('NaT', 's'): 2.5})",
        ),
        "astype": (
            "xp.astype(x, xp.int64)",
            "xp.astype(x, 'datetime64[D]')",
            "xp.astype(x, 'datetime64[ns]')",
        ),
    },
    "timedelta64": {
        **_each("divide floor_divide remainder multiply", _NUMBER),
        "map": ("xp.map(x, {np.timedelta64(3, 's'): 1.5})",),
        "astype": ("xp.astype(x, xp.int64)", "xp.astype(x, 'timedelta64[D]')"),
    },
    "int64?": {
        **_each("add subtract multiply divide floor_divide remainder less equal maximum", _NUMBER),
        "map": ("xp.map(x, {3: 1.5, 0: 2.5}, default=0.0)",),
        "astype": ("xp.astype(x, 'float64?')", "xp.astype(x, 'bool?')", "xp.astype(x, 'string?')"),
    },
    "float64?": {
        **_each("add subtract multiply divide floor_divide remainder less equal maximum", _NUMBER),
        "astype": ("xp.astype(x, 'float32?')", "xp.astype(x, 'bool?')"),
    },
    "bool?": {
        **_each(
            "logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor equal",
            "xp.{}(x, b)",
        ),
        "astype": ("xp.astype(x, 'int64?')",),
    },
    "string": {"map": ("xp.map(x, {'a': 1, '': 2}, default=0)",)},
    "string?": {"map": ("xp.map(x, {'a': 1, '': 2}, default=0)",)},
    "category": {
        **_each("equal not_equal", "xp.{}(x, 'M')"),
        "map": ("xp.map(x, {'S': 1, 'L': 2}, default=0)",),
        "astype": ("xp.astype(x, xp.int64)",),
        "recode": ("xp.recode(x, 'category[L, XL, M]')",),
    },
    "ordered": {
        **_each(
            "equal not_equal less less_equal greater greater_equal maximum minimum", "xp.{}(x, 'M')"
        ),
        "map": ("xp.map(x, {'S': 1, 'L': 2}, default=0)",),
        "astype": ("xp.astype(x, xp.int64)",),
    },
}
"""More calls for some dtypes: with operands of another one, and with elements."""
TAKE_NO_ARRAYS = frozenset(
    "__array_namespace_info__ arange argument broadcast_shapes build category datetime64 empty eye fft.fftfreq "
    "fft.rfftfreq from_dlpack full linspace load map name_scope nullable ones recode spec timedelta64 trace "
    "zeros".split()
)
"""Functions without calls for all dtypes: those that make arrays, dtypes and programs; `map`, `recode`."""


def calls(head: str) -> dict[str, tuple[str, ...]]:
    """Return the calls to try with a dtype, by the names of functions."""
    others = OTHER_CALLS.get(_like(head), {})
    names = (*CALLS, *sorted(others.keys() - CALLS.keys()))
    return {name: CALLS.get(name, ()) + others.get(name, ()) for name in names}


def _like(head: str) -> str:
    """Return the head of the table that a dtype is like."""
    dtype = dtype_of(head, "x")
    family = xp.asarray([], dtype=dtype).dtype.plain.family
    if head in MORE and head.endswith("?"):
        return "float64?" if family == "float" else "int64?"
    return f"{family}64" if family in ("datetime", "timedelta") else head


def is_stored(head: str) -> bool:
    """Return whether only constants are of a dtype."""
    family: str = xp.asarray([], dtype=dtype_of(head, "x")).dtype.family
    return family == "stored"


def functions() -> list[str]:
    """Return the names of all functions of the namespace and its modules."""
    names: list[str] = getattr(xp, "__all__")  # noqa: B009  # which type checkers do not see
    of_modules = (f"{module}.{name}" for module in MODULES for name in getattr(xp, module).__all__)
    return sorted(
        name
        for name in (*names, *of_modules)
        if inspect.isfunction(attrgetter(name)(xp)) or name == "jit"
    )


def put(x: Any, key: Any, value: Any) -> Any:
    """Return a copy of an array with other elements."""
    result = x.copy()
    result[key] = value
    return result


def written(function: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Return a copy of an array that a function wrote into."""
    result = x.copy()
    function(result, *args, **kwargs)
    return result


def run(expression: str, arrays: Mapping[str, Any], namespace: Any = xp) -> Any:
    """Return the result of a call."""
    own = {"put": put, "written": written, "operator": operator, "np": np}
    scope = {
        "xp": namespace,
        **{name: getattr(namespace, name, x) for name, x in own.items()},
        **arrays,
    }
    return eval(expression, scope)


def data(head: str, rows: int, seed: int = 0) -> dict[str, list[Any]]:
    """Return random elements of all that calls take, as nested lists, for ``N`` rows."""
    random = np.random.default_rng(seed)

    def drawn(name: str, shape: list[int]) -> list[Any]:
        if name == "i":
            return list(random.integers(0, max(rows, 1), shape).tolist())
        pool = OTHERS[name][1] if name in OTHERS else (ELEMENTS | MORE)[head][1]
        flat = iter([pool[j] for j in random.integers(0, len(pool), int(np.prod(shape)))])
        return [
            [next(flat) for _ in range(shape[1])] if len(shape) > 1 else next(flat)
            for _ in range(shape[0])
        ]

    return {
        name: drawn(name, [rows if size == "N" else int(size) for size in sizes.split(", ")])
        for name, sizes in SIZES.items()
    }


def dtype_of(head: str, name: str) -> Any:
    """Return the dtype of what calls take."""
    return OTHERS[name][0] if name in OTHERS else (ELEMENTS | MORE)[head][0]


def shape_of(name: str, rows: Any) -> tuple[Any, ...]:
    """Return the shape of what calls take, for a number of rows or the name of it."""
    return tuple(rows if size == "N" else int(size) for size in SIZES[name].split(", "))


def arrays(head: str, elements: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return arrays of lists of elements."""
    return {
        name: xp.reshape(
            xp.asarray(values, dtype=dtype_of(head, name)),
            shape_of(name, len(values)),
        )
        for name, values in elements.items()
    }
