"""Measure the worst errors of the real elementwise functions: ``python -m benchmarks.accuracy``.

It prints a table in units in the last place (ulp), or writes the page of the documentation with
``--write``. The truth is computed in 80-bit floats, in float64 for narrower dtypes, and where that
cancels, by mpmath.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from math import inf, ldexp, log, pi, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import onnxp as xp
from benchmarks import complex_accuracy, special_accuracy

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.rst"
DTYPES = ("float16", "float32", "float64")
ALLOWED = {"float16": 1.0, "float32": 5.0, "float64": 4.0}
EXACT = (
    "abs ceil copysign floor maximum minimum negative nextafter positive round sign trunc".split()
)
TEXT = """\
Accuracy
========

This page lists the largest measured errors for real numbers, in units in the last place (ulp). The samples
cover the whole domain of each function, points near its zeros, branch points and poles, and angles of all
magnitudes near multiples of π/2. The error of correctly rounded results is at most half an ulp.
``python -m benchmarks.accuracy --write`` generates this page, here for onnxruntime {runtime} on x86-64.

.. csv-table::
   :header: function, {dtypes}

{table}

These functions are always exact: comparisons, predicates,
{exact},
``log2`` of powers of two, and ``log10`` of powers of ten.

float64
   Trigonometric and hyperbolic functions and their inverses are composed of basic operators, because
   runtimes have no kernels for them, or inaccurate ones. Other functions use the kernels of Exp, Log and Pow.
float32
   Functions use the kernels of the runtime if there are any, and are computed in float64 otherwise.
float16
   Functions are computed in float32 and rounded once.

``logaddexp`` of float64 loses digits for results smaller than 1e-10, where its absolute error is
below 1e-26. Some kernels of onnxruntime 1.20.1 are less accurate, see :doc:`runtimes`.

On one machine, the model of a special function gives the same bits on onnxruntime 1.20.1, 1.23.2 and 1.32.0,
except that on 1.20.1 results below the least normal number, and the signs of zeros, may be others. ``make
properties`` compares 192 models.

Special functions
-----------------

The functions of ``onnxp.special`` compute in float64, also for float32. These are their largest errors for
{count} arguments of each row, and those of scipy {scipy} for the same arguments in float64. The truth is
computed by mpmath.

.. csv-table::
   :header: function, arguments, float32, float64, scipy

{special}

Near zeros of ``gammaln`` and ``psi`` for negative arguments, of ``expi``, of ``y0`` and ``y1``, and of ``j0``
and ``j1`` from 5 on, the error is about an ulp of the numbers around the zero. Of the others, ``gammaincc`` has
more than 4 ulp more than five standard deviations from its mean: up to 6. ``betainc`` and what consists of it
take time in proportion to the square root of their parameters.

Complex numbers
~~~~~~~~~~~~~~~

The functions that scipy has for complex numbers take them as well. Their errors are relative to the larger part
of the result; here for {complex_count} arguments of each row.

.. csv-table::
   :header: function, arguments, complex64, complex128, scipy

{complex}

Those of ``loggamma`` and ``psi`` are near zeros of the result.
"""

Floats = np.ndarray[Any, Any]


class Points:
    """Arguments of one dtype: `count` of each sort."""

    def __init__(self, dtype: str, count: int, seed: int = 0) -> None:
        self.dtype = np.dtype(dtype)
        self.count = count
        self.random = np.random.default_rng(seed)
        self.info = np.finfo(self.dtype)

    def of(self, numbers: Any) -> Floats:
        """Return numbers in the dtype, without those that it has no room for."""
        with np.errstate(over="ignore", under="ignore"):
            cast: Floats = np.asarray(numbers).astype(self.dtype)
        return np.extract(np.isfinite(cast), cast)

    def sign(self) -> Floats:
        """Return random signs."""
        return self.random.choice([-1.0, 1.0], self.count)

    def between(self, low: float, high: float) -> Floats:
        """Return numbers that are spread evenly."""
        return self.of(self.random.uniform(low, high, self.count))

    def sized(self, low: float | None = None, high: float | None = None) -> Floats:
        """Return positive numbers whose logarithms are spread evenly; all sizes that there are."""
        low = float(self.info.smallest_subnormal) if low is None else low
        high = float(self.info.max) if high is None else high
        return self.of(np.exp(self.random.uniform(np.log(low), np.log(high), self.count)))

    def signed(self, low: float | None = None, high: float | None = None) -> Floats:
        """Return such numbers of both signs."""
        sizes = self.sized(low, high)
        return self.of(np.copysign(sizes, self.sign()[: len(sizes)]))

    def near(self, point: float) -> Floats:
        """Return numbers around a point, most of them very near."""
        offset = self.sign() * 10.0 ** self.random.uniform(-17, -0.5, self.count)
        return self.of(point + offset * (abs(point) or 1.0))

    def multiples(self, step: float) -> Floats:
        """Return multiples of a number, small and large, and their neighbours."""
        k = np.exp(self.random.uniform(0, log(2.0**40), self.count)).round() * self.sign()
        nearest = self.of(k * step)
        with np.errstate(over="ignore"):
            above = np.nextafter(nearest, self.dtype.type(inf))
        return self.of(np.concatenate([nearest, above]))

    def hard_angles(self) -> Floats:
        """Return the numbers nearest to multiples of π/2, in every binade."""
        digits = self.info.nmant + 1
        return self.of(list(_near_right_angles(digits, self.info.maxexp - digits)))


def _near_right_angles(digits: int, largest: int) -> Iterator[float]:
    """Yield numbers of so many bits, by the convergents of the fraction of a power of two and π/2."""
    import mpmath

    with mpmath.workprec(3000):
        for exponent in range(-digits, largest + 1):
            rest = mpmath.ldexp(2 / mpmath.pi, exponent)
            before, denominator = 0, 1
            while denominator < 2**digits:
                yield ldexp(denominator, exponent)
                rest = 1 / (rest - mpmath.floor(rest))
                before, denominator = denominator, int(mpmath.floor(rest)) * denominator + before


class Case(NamedTuple):
    """A function: its truth, and where to look."""

    truth: Callable[..., Any]
    points: Callable[[Points], list[Any]]


def _log_of_sum(x: Floats, y: Floats) -> Floats:
    """Return the rounded truth as sums of two floats."""
    import mpmath

    with mpmath.workprec(300):
        result = np.empty(x.shape, np.longdouble)
        for i, (a, b) in enumerate(zip(x, y, strict=True)):
            high, low = sorted((mpmath.mpf(float(a)), mpmath.mpf(float(b))), reverse=True)
            exact = high + mpmath.log1p(mpmath.exp(low - high))
            near = float(exact)
            result[i] = np.longdouble(near) + np.longdouble(float(exact - near))
        return result


def _pairs(p: Points) -> list[Any]:
    return [
        (p.between(-3, 3), p.between(-3, 3)),
        (p.signed(), p.signed()),
        (p.signed(1e-3, 1e3), p.signed(1e-3, 1e3)),
    ]


def _sums(p: Points) -> list[Any]:
    x = p.between(-4, -0.05)
    with np.errstate(all="ignore"):
        other = np.log(-np.expm1(x.astype(np.float64)))
    mixed = p.random.uniform(1 - 1e-3, 1 + 1e-3, len(x))
    return [
        (p.between(-3, 3), p.between(-3, 3)),
        (p.between(-700, 700), p.between(-700, 700)),
        (p.signed(1e-4, 10), p.signed(1e-4, 10)),
        (x, (other * mixed).astype(p.dtype)),
    ]


def _powers(p: Points) -> list[Any]:
    return [
        (p.sized(1e-3, 1e3), p.between(-30, 30)),
        (p.near(1.0), p.signed(1.0, 1e4)),
        (p.sized(), p.between(-1, 1)),
    ]


def _circle(p: Points) -> list[Any]:
    x = p.signed(1e-2, 1e2)
    close = (x * p.random.uniform(0.99, 1.01, len(x))).astype(p.dtype)
    return [*_pairs(p), (close, x), (p.signed(), p.signed(1e-3, 1e3))]


def _angles(p: Points) -> list[Any]:
    return [
        p.between(-10, 10),
        p.signed(),
        p.multiples(pi / 2),
        p.multiples(pi / 4),
        p.hard_angles(),
    ]


def _one_argument(*points: float) -> Callable[[Points], list[Any]]:
    return lambda p: [p.between(-3, 3), p.signed(), *(p.near(point) for point in points)]


def _positive(p: Points) -> list[Any]:
    return [p.sized(), p.near(1.0), p.between(0.1, 10)]


def _arc(p: Points) -> list[Any]:
    return [p.between(-1, 1), p.signed(None, 1.0), *(p.near(x) for x in (-1.0, -0.5, 0.5, 1.0))]


def _exponents(p: Points) -> list[Any]:
    largest = log(float(p.info.max))
    return [p.between(-largest - 40, largest), p.between(largest - 1, largest + 0.7)]


CASES: dict[str, Case] = {
    "acos": Case(np.arccos, _arc),
    "acosh": Case(np.arccosh, lambda p: [1 + p.sized(1e-17, 1.0), p.sized(1.0), p.near(2.0**30)]),
    "add": Case(np.add, _pairs),
    "asin": Case(np.arcsin, _arc),
    "asinh": Case(np.arcsinh, _one_argument(2.0**30, 1.0)),
    "atan": Case(np.arctan, _one_argument(sqrt(2.0) - 1, 1.0, sqrt(2.0) + 1)),
    "atan2": Case(np.arctan2, _circle),
    "atanh": Case(np.arctanh, _arc),
    "cos": Case(np.cos, _angles),
    "cosh": Case(np.cosh, lambda p: [*_one_argument(1.0)(p), *_exponents(p)]),
    "divide": Case(np.divide, _pairs),
    "exp": Case(np.exp, lambda p: [p.between(-1, 1), *_exponents(p)]),
    "expm1": Case(np.expm1, lambda p: [*_one_argument(-log(2), log(3))(p), *_exponents(p)]),
    "floor_divide": Case(np.floor_divide, _pairs),
    "hypot": Case(np.hypot, _circle),
    "log": Case(np.log, _positive),
    "log10": Case(np.log10, lambda p: [*_positive(p), p.near(10.0), p.near(1e7), p.near(1e-4)]),
    "log1p": Case(np.log1p, lambda p: [p.signed(None, 0.9), p.sized(0.1), p.near(-1.0)]),
    "log2": Case(np.log2, lambda p: [*_positive(p), p.near(2.0), p.near(4096.0), p.near(0.125)]),
    "logaddexp": Case(_log_of_sum, _sums),
    "multiply": Case(np.multiply, _pairs),
    "pow": Case(np.power, _powers),
    "reciprocal": Case(np.reciprocal, _one_argument()),
    "remainder": Case(np.remainder, _pairs),
    "sin": Case(np.sin, _angles),
    "sinh": Case(np.sinh, lambda p: [*_one_argument(1.0)(p), *_exponents(p)]),
    "sqrt": Case(np.sqrt, _positive),
    "square": Case(np.square, _one_argument()),
    "subtract": Case(np.subtract, _pairs),
    "tan": Case(np.tan, _angles),
    "tanh": Case(np.tanh, _one_argument(0.55, 1.0)),
}


def ulps(results: Floats, truth: Floats) -> Floats:
    """Return distances in units in the last place of the truth; infinity for a wrong kind of number."""
    info = np.finfo(results.dtype)
    size = np.abs(truth)
    with np.errstate(all="ignore"):
        exponent = np.frexp(np.where(np.isfinite(size), size, 1))[1]
        unit = np.ldexp(
            truth.dtype.type(1), np.maximum(exponent - info.nmant - 1, info.minexp - info.nmant)
        )
        distance = np.abs(results.astype(truth.dtype) - truth) / unit
    overflowed = size >= truth.dtype.type(info.max) * (1 + truth.dtype.type(info.eps) / 4)
    right = (results == truth) | (np.isnan(results) & np.isnan(truth))
    right |= overflowed & np.isinf(results) & (np.sign(results) == np.sign(truth))
    return np.where(right, 0.0, np.where(np.isnan(distance), inf, distance)).astype(np.float64)


class Worst(NamedTuple):
    """The largest error, and where it is."""

    error: float
    arguments: tuple[Any, ...]


def measure(name: str, dtype: str, count: int, seed: int = 0) -> Worst:
    """Return the worst error of a function."""
    case = CASES[name]
    wide = np.longdouble if dtype == "float64" else np.float64
    worst = Worst(0.0, ())
    for sample in case.points(Points(dtype, count, seed)):
        arguments = sample if isinstance(sample, tuple) else (sample,)
        size = min(map(len, arguments))
        arguments = tuple(np.asarray(a)[:size] for a in arguments)
        results = np.asarray(getattr(xp, name)(*map(xp.asarray, arguments)))
        with np.errstate(all="ignore"):
            truth = case.truth(*(a.astype(wide) for a in arguments))
        errors = ulps(results, truth)
        at = int(errors.argmax()) if size else 0
        if size and errors[at] > worst.error:
            worst = Worst(float(errors[at]), tuple(a[at] for a in arguments))
    return worst


def page(rows: dict[str, list[float]]) -> str:
    """Return the page of the documentation."""
    table = "\n".join(
        f"   {name}, {', '.join(f'{error:.2f}' for error in errors)}"
        for name, errors in rows.items()
    )
    return TEXT.format(
        runtime=version("onnxruntime"),
        dtypes=", ".join(DTYPES),
        table=table,
        exact=", ".join(EXACT),
        count=special_accuracy.COUNT,
        scipy=version("scipy"),
        special=special_accuracy.table(),
        complex_count=complex_accuracy.COUNT,
        complex=complex_accuracy.table(),
    )


def main(argv: list[str]) -> int:
    """Measure; the exit code says whether all errors are as small as promised."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument(
        "functions", nargs="*", metavar="function", help="all unless some are named"
    )
    parser.add_argument("--count", type=int, default=200_000, help="arguments of each sort")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args(argv)
    if np.finfo(np.longdouble).nmant < 63:
        parser.error("this platform has no floats of 80 bits to compare float64 with")
    broken = 0
    rows: dict[str, list[float]] = {}
    for name in options.functions or CASES:
        rows[name] = []
        for dtype in DTYPES:
            count = min(options.count, 20_000) if name == "logaddexp" else options.count
            worst = measure(name, dtype, count, options.seed)
            rows[name].append(worst.error)
            note = "" if worst.error <= ALLOWED[dtype] else "  too much"
            broken += bool(note)
            print(f"{name:13}{dtype:9}{worst.error:7.3f}  {worst.arguments}{note}", flush=True)
    if options.write:
        PAGE.write_text(page(rows), encoding="utf-8")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
