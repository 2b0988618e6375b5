"""The coefficients of `onnxp._src.lowering`: ``python -m benchmarks.minimax`` prints them with their errors.

Each polynomial approximates a function of z = x**2 such that the largest relative error of the result
that it is a part of is as small as it can be (Remez 1934). Coefficients are rounded one by one, the others
fitted again each time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mpmath

mpmath.mp.dps = 50
GRID = 400


class Part(NamedTuple):
    """A polynomial to find.

    Attributes
    ----------
    function : callable
        What it approximates, of z.
    weight : callable
        What its absolute error has to be multiplied by to be a relative error of the result, of z.
    largest : number
        The end of the interval that starts at 0.
    terms : int
        How many coefficients it has.
    """

    function: Callable[[Any], Any]
    weight: Callable[[Any], Any]
    largest: Any
    terms: int


def _odd(function: Callable[[Any], Any], largest: Any, terms: int) -> Part:
    """f(x) = x + x * z * p(z)."""

    def ratio(z: Any) -> Any:
        return function(mpmath.sqrt(z)) / mpmath.sqrt(z)

    return Part(lambda z: (ratio(z) - 1) / z, lambda z: z / ratio(z), largest**2, terms)


def _inverse(function: Callable[[Any], Any], largest: Any, terms: int) -> Part:
    """f(x) = x / (1 + z * p(z))."""

    def ratio(z: Any) -> Any:
        return mpmath.sqrt(z) / function(mpmath.sqrt(z))

    return Part(lambda z: (ratio(z) - 1) / z, lambda z: z / ratio(z), largest**2, terms)


def _half_tanh(x: Any) -> Any:
    """expm1(x) = x / (1 - x/2 + z * p(z)), for what is beside -x/2."""
    return 2 * mpmath.tanh(x / 2)


SPARE = mpmath.mpf("1e-4")  # reduced arguments may be a little larger
PARTS: dict[str, Part] = {
    "trigonometry._SINE, negated": _odd(mpmath.sin, mpmath.pi / 2 + SPARE, 8),
    "trigonometry._COTANGENT": _inverse(mpmath.tan, mpmath.pi / 4 + SPARE, 9),
    "trigonometry._ARCSINE": _odd(mpmath.asin, mpmath.mpf(1) / 2, 13),
    "trigonometry._ARCTANGENT, negated": _odd(mpmath.atan, mpmath.tan(mpmath.pi / 8) + SPARE, 11),
    "exponential._EXPM1": _inverse(_half_tanh, mpmath.mpf("1.1"), 8),
    "hyperbolic._SINH": _odd(mpmath.sinh, mpmath.mpf(1), 7),
    "hyperbolic._TANH": _inverse(mpmath.tanh, mpmath.mpf("0.55"), 8),
}


def value(coefficients: Sequence[Any], z: Any) -> Any:
    """Return the value of a polynomial."""
    total = mpmath.mpf(0)
    for c in reversed(coefficients):
        total = total * z + c
    return total


def fit(part: Part, fixed: Sequence[Any] = ()) -> list[Any]:
    """Return the coefficients that follow after the first, `fixed` ones."""
    free = part.terms - len(fixed)
    grid = [part.largest * (1 - mpmath.cos(mpmath.pi * (i + 1) / GRID)) / 2 for i in range(GRID)]
    wanted = [part.function(z) - value(fixed, z) for z in grid]
    weights = [part.weight(z) for z in grid]
    nodes = [round((i + 0.5) * (GRID - 1) / (free + 1)) for i in range(free + 1)]
    best: tuple[Any, list[Any]] = (mpmath.inf, [])
    for _ in range(20):
        matrix, right = mpmath.matrix(free + 1), mpmath.matrix(free + 1, 1)
        for row, i in enumerate(nodes):
            for column in range(free):
                matrix[row, column] = grid[i] ** (len(fixed) + column)
            matrix[row, free] = (-1) ** row / weights[i]
            right[row] = wanted[i]
        solution = list(mpmath.lu_solve(matrix, right))[:free]
        errors = [
            weight * (value([0] * len(fixed) + solution, z) - target)
            for z, weight, target in zip(grid, weights, wanted, strict=True)
        ]
        best = min(best, (max(map(abs, errors)), solution), key=lambda found: found[0])
        extremes = _alternating(errors)
        if len(extremes) <= free or extremes == nodes:
            break
        nodes = _most(extremes, errors, free + 1)
    return best[1]


def _alternating(errors: Sequence[Any]) -> list[int]:
    """Return where the largest error of each run of one sign is."""
    found: list[int] = []
    for i, error in enumerate(errors):
        if found and (error > 0) == (errors[found[-1]] > 0):
            if abs(error) > abs(errors[found[-1]]):
                found[-1] = i
        else:
            found.append(i)
    return found


def _most(extremes: list[int], errors: Sequence[Any], count: int) -> list[int]:
    while len(extremes) > count:
        extremes = (
            extremes[1:] if abs(errors[extremes[0]]) < abs(errors[extremes[-1]]) else extremes[:-1]
        )
    return extremes


def rounded(part: Part) -> list[float]:
    """Return all coefficients as float64."""
    fixed: list[Any] = []
    while len(fixed) < part.terms:
        fixed.append(mpmath.mpf(float(fit(part, fixed)[0])))
    return [float(c) for c in fixed]


def error(part: Part, coefficients: Sequence[float]) -> float:
    """Return the largest relative error."""
    points = [part.largest * (i + 1) / 500 for i in range(500)]
    return float(
        max(abs(part.weight(z) * (value(coefficients, z) - part.function(z))) for z in points)
    )


def main() -> int:
    """Print all coefficients."""
    for name, part in PARTS.items():
        coefficients = rounded(part)
        print(f"{name}: {error(part, coefficients):.1e}")
        print("".join(f"    {c!r},\n" for c in coefficients))
    return 0


if __name__ == "__main__":
    sys.exit(main())
