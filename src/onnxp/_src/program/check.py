"""Comparison of the results of a model with those of its function, for `Program.check`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self, final

import numpy as np

from onnxp._src.array import missing

Data = np.ndarray[Any, Any]


@final
class Difference(NamedTuple):
    """The difference between an output of a model and the result of the function.

    Attributes
    ----------
    name : str
        The name of the output.
    absolute : float
        The largest absolute difference of two elements. It is infinite if the shapes differ, or if one
        element is null, NaN or infinite and the other is not; two nulls are left out. For elements that are
        not numbers it is 1 or 0.
    relative : float
        The largest relative difference of two elements, relative to the result of the function.
    dtype, shape : str, tuple
        The dtype and the shape of the output.
    expected_dtype, expected_shape : str, tuple
        The dtype and the shape of the result of the function.
    rtol, atol : float
        The tolerances, relative to the result of the function and absolute. Of columns that differ in size,
        it is the least.
    agrees : bool
        Whether the shapes and nulls are equal, and all elements within the tolerances.
    only_missing : bool
        Whether all differences are elements that are missing in one of the two: null, NaN, NaT or empty text.
    """

    name: str
    absolute: float
    relative: float
    dtype: str
    shape: tuple[int, ...]
    expected_dtype: str
    expected_shape: tuple[int, ...]
    rtol: float
    atol: float
    agrees: bool
    only_missing: bool = False

    def __str__(self) -> str:
        what = f"{self.dtype}{list(self.shape)}"
        expected = f"{self.expected_dtype}{list(self.expected_shape)}"
        of = what if what == expected else f"{what}, but the function returned {expected}"
        verdict = "agrees" if self.agrees else "differs"
        within = f"rtol={self.rtol:.3g}, atol={self.atol:.3g}"
        distance = f"{self.absolute:.3g} absolute, {self.relative:.3g} relative"
        where = ", only in missing values" if self.only_missing else ""
        return f"{self.name}: {verdict} ({within}): {distance}{where} ({of})"


@final
class Location(NamedTuple):
    """Where a model and its function part.

    Attributes
    ----------
    line : str
        The line of code, as ``file.py:12, in function``.
    difference : Difference
        The first variable that differs, the result of a function, or the first node if optimizations
        change it; `Difference.name` is its name.
    branches : tuple of str
        The lines before that ran only when the function was traced, or only when it was not.
    optimization : str
        The optimization of the runtime that changes the node; empty if the model differs without any.
    example : dict of str to numpy.ndarray
        Inputs that show the difference: few rows, if the number of rows is symbolic.
    """

    line: str
    difference: Difference
    branches: tuple[str, ...]
    optimization: str
    example: dict[str, Data]

    def __str__(self) -> str:
        lines = [f"first at {self.line}:", f"  {self.difference}"]
        if self.optimization:
            lines.append(f"  by the optimization {self.optimization} of onnxruntime")
        lines += [f"  {branch}" for branch in self.branches]
        lines += [f"  for {name} = {_short(array)}" for name, array in self.example.items()]
        return "\n".join(lines)


@final
class Comparison(tuple[Difference, ...]):
    """The differences of all outputs, a tuple of `Difference`. As a bool, it is whether all outputs agree.

    Attributes
    ----------
    location : Location or None
        Where they part, if that was asked for and is known.
    searched : bool
        Whether they differ and the location was asked for.
    ties : str
        Why they differ though no step is wrong, if the location was asked for and that is so.
    """

    location: Location | None
    searched: bool
    ties: str

    def __new__(
        cls,
        rows: Iterable[Difference],
        location: Location | None = None,
        *,
        searched: bool = False,
        ties: str = "",
    ) -> Self:
        comparison = super().__new__(cls, rows)
        comparison.location = location
        comparison.searched = searched
        comparison.ties = ties
        return comparison

    def __bool__(self) -> bool:
        return all(difference.agrees for difference in self)

    @property
    def largest(self) -> float:
        """The largest absolute difference."""
        return max((d.absolute for d in self), default=0.0)

    @property
    def largest_relative(self) -> float:
        """The largest relative difference."""
        return max((d.relative for d in self), default=0.0)

    def __repr__(self) -> str:
        lines = [*map(str, self)]
        if self.ties:
            lines.append(f"no step is wrong: {self.ties}")
        elif self.searched:
            lines.append(_UNKNOWN if self.location is None else str(self.location))
        return "\n".join(lines)


_UNKNOWN = (
    "no step could be told apart: no variable of the function is an array that differs, such as "
    "df['a'].to_numpy()"
)


RELATIVE = {"float16": 2e-2, "float32": 1e-3, "float64": 1e-6}
"""The default tolerances by dtype: far above rounding errors, and far below another result."""


def compare(
    names: Sequence[str],
    results: Sequence[Data],
    references: Sequence[Data],
    rtol: float | None = None,
    atol: float | None = None,
) -> Comparison:
    """Compare the outputs of a model with the results of its function.

    By default, the tolerance is relative to each element and to the largest one of its column, by the narrower
    dtype of the two; integers, bools and text must be equal. Columns are those of arrays of rank 2. Objects are
    compared one by one: what is missing among them is NaN beside numbers, and empty beside text.
    """
    rows = []
    for name, result, reference in zip(names, results, references, strict=True):
        absolute = relative = float("inf")
        data = result, missing.beside(reference, result)
        same_nulls = np.array_equal(np.ma.getmaskarray(data[0]), np.ma.getmaskarray(data[1]))
        output, expected = map(_blanked, data)
        relative_limit, limits = _limits(output, expected, rtol, atol)
        absolute_limit = float(np.min(limits)) if np.size(limits) else 0.0
        agrees = only_missing = False
        if output.shape == expected.shape and same_nulls:
            absolute, relative = _distance(output, expected)
            agrees = _within(output, expected, relative_limit, limits)
        if output.shape == expected.shape and not agrees:
            both = ~np.logical_or(*map(missing.lacking, data))
            limit = np.broadcast_to(limits, output.shape)[both]
            only_missing = _within(output[both], expected[both], relative_limit, limit)
        rows.append(
            Difference(
                name,
                absolute,
                relative,
                _name(output),
                output.shape,
                _name(expected),
                expected.shape,
                relative_limit,
                absolute_limit,
                agrees,
                only_missing,
            )
        )
    return Comparison(rows)


def _blanked(data: Data) -> Data:
    """Return an array with blanks under its mask, if it has one."""
    if not isinstance(data, np.ma.MaskedArray):
        return data
    blank = "" if data.dtype.kind in "UO" else 0
    return np.where(np.ma.getmaskarray(data), np.array(blank, data.dtype), np.ma.getdata(data))


def _limits(
    output: Data, expected: Data, rtol: float | None, atol: float | None
) -> tuple[float, Data]:
    """Return the relative tolerance, and the absolute one: one number, or one for each column."""
    parts = [x.real.dtype.name for x in (output, expected) if x.dtype.kind in "fc"]
    name = max(parts, key=lambda name: RELATIVE.get(name, 0.0), default="")
    default = RELATIVE.get(name, 0.0) if output.dtype.kind in "fc" else 0.0  # not of counts
    relative = default if rtol is None else rtol
    if atol is not None or rtol is not None or default == 0:
        return relative, np.asarray(atol or 0.0)
    if expected.dtype.kind not in "iufc":
        return relative, np.asarray(0.0)
    sizes = np.where(np.isfinite(expected), np.abs(expected), 0).astype(np.float64)
    largest = sizes.max(initial=0.0)
    columns = sizes.max(axis=0, initial=0.0) if expected.ndim == 2 else largest
    # differences of large numbers have the rounding errors of these
    rounding = min(4096 * float(np.finfo(name).eps), relative)
    return relative, np.maximum(relative * columns, rounding * largest)


def _within(output: Data, expected: Data, rtol: float, atol: Data) -> bool:
    if output.dtype.kind not in "iufcb" or expected.dtype.kind not in "iufcb":
        return bool(np.all(_equal(output, expected)))
    if (
        output.dtype.kind in "iub"
        and expected.dtype.kind in "iub"
        and rtol == 0
        and not np.any(atol)
    ):
        return bool(np.all(_equal(output, expected)))  # float64 does not hold all int64
    with np.errstate(all="ignore"):
        wide = np.result_type(output, expected, np.float64)
        a, b = output.astype(wide), expected.astype(wide)
        same = _equal(output, expected)
        near = (np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(a) & np.isfinite(b)
        return bool(np.all(same | near))


def _equal(a: Data, b: Data) -> Any:
    """Return which elements are equal; NaN equals NaN, and NaT equals NaT."""
    return (a == b) | ((a != a) & (b != b))


def _name(data: Data) -> str:
    kind = data.dtype.kind
    is_text = kind in "UT" or (kind == "O" and all(isinstance(x, str) for x in data.flat[:1]))
    return "string" if is_text else str(data.dtype)  # without the width


def _distance(a: Data, b: Data) -> tuple[float, float]:
    if a.size == 0:
        return 0.0, 0.0
    if a.dtype.kind not in "iufc" or b.dtype.kind not in "iufc":
        different = float(not np.all(_equal(a, b)))
        return different, different
    same = _equal(a, b)
    with np.errstate(all="ignore"):
        wide = np.result_type(a, b, np.float64)
        difference = np.abs(a.astype(wide) - b.astype(wide))
        if "f" not in a.dtype.kind + b.dtype.kind and "c" not in a.dtype.kind + b.dtype.kind:
            difference = np.maximum(difference, 1.0)  # of integers that float64 takes for equal
        absolute = np.where(same, 0.0, np.where(np.isfinite(difference), difference, np.inf))
        relative = np.where(same, 0.0, absolute / np.abs(b.astype(wide)))
        relative = np.where(np.isnan(relative), np.inf, relative)  # of two infinities
    return float(absolute.max()), float(relative.max())


def _short(array: Data) -> str:
    text = np.array2string(array, threshold=20, separator=", ", floatmode="unique", prefix=" " * 4)
    return f"{_name(array)}{list(array.shape)} {text}"
