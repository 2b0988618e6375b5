"""Comparison of the results of a model with those of its function, for `Program.check`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, final

import numpy as np

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
        element is NaN or infinite and the other is not. For elements that are not numbers it is 1 or 0.
    relative : float
        The largest relative difference of two elements, relative to the result of the function.
    dtype, shape : str, tuple
        The dtype and the shape of the output.
    expected_dtype, expected_shape : str, tuple
        The dtype and the shape of the result of the function.
    """

    name: str
    absolute: float
    relative: float
    dtype: str
    shape: tuple[int, ...]
    expected_dtype: str
    expected_shape: tuple[int, ...]

    def __str__(self) -> str:
        what = f"{self.dtype}{list(self.shape)}"
        expected = f"{self.expected_dtype}{list(self.expected_shape)}"
        of = what if what == expected else f"{what}, but the function returned {expected}"
        return f"{self.name}: {self.absolute:.3g} absolute, {self.relative:.3g} relative ({of})"


@final
class Comparison(tuple[Difference, ...]):
    """The differences of all outputs, a tuple of `Difference`."""

    __slots__ = ()

    @property
    def largest(self) -> float:
        """The largest absolute difference."""
        return max((d.absolute for d in self), default=0.0)

    @property
    def largest_relative(self) -> float:
        """The largest relative difference."""
        return max((d.relative for d in self), default=0.0)

    def __repr__(self) -> str:
        return "\n".join(map(str, self))


def compare(
    names: Sequence[str], results: Sequence[Data], references: Sequence[Data]
) -> Comparison:
    """Compare the outputs of a model with the results of its function."""
    rows = []
    for name, output, expected in zip(names, results, references, strict=True):
        absolute = relative = float("inf")
        if output.shape == expected.shape:
            absolute, relative = _distance(output, expected)
        rows.append(
            Difference(
                name,
                absolute,
                relative,
                _name(output),
                output.shape,
                _name(expected),
                expected.shape,
            )
        )
    return Comparison(rows)


def _name(data: Data) -> str:
    return "string" if data.dtype.kind in "UOT" else str(data.dtype)  # without the width


def _distance(a: Data, b: Data) -> tuple[float, float]:
    if a.size == 0:
        return 0.0, 0.0
    if a.dtype.kind not in "iufc" or b.dtype.kind not in "iufc":
        different = float(np.any(a != b))
        return different, different
    same = (a == b) | ((a != a) & (b != b))
    with np.errstate(all="ignore"):
        wide = np.result_type(a, b, np.float64)
        difference = np.abs(a.astype(wide) - b.astype(wide))
        absolute = np.where(same, 0.0, np.where(np.isfinite(difference), difference, np.inf))
        relative = np.where(same, 0.0, absolute / np.abs(b.astype(wide)))
    return float(absolute.max()), float(relative.max())
