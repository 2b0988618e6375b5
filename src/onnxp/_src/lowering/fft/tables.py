"""Roots of unity, lengths and their factors: the constants of transforms whose length is static."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from onnxp._src.graph.values import Value, constant

LARGEST_FACTOR = 64
"""The largest factor of a length that is the product of others: it takes one product with a matrix."""
LARGEST_PRIME = 127
"""The largest prime factor that does. A convolution with a chirp takes longer, and its errors are larger."""
LARGEST_MATRIX = 2**14
"""The most elements of a matrix for other lengths, if it has few columns or there are no such factors."""
FEW = 6  # columns of a matrix, whose product takes less time than those of several factors
_COST_OF_PRODUCT = 44
"""The cost of one more product, in terms of a sum (onnxruntime 1.32.0)."""

_PRIMES = tuple(
    n for n in range(LARGEST_FACTOR + 1, LARGEST_PRIME + 1) if all(n % k for k in range(2, n))
)

Table = np.ndarray[Any, np.dtype[np.float64]]


def roots(k: Any, n: int, divisor: np.longdouble | float = 1.0) -> tuple[Table, Table]:
    """Return the real and imaginary parts of ``exp(-2j * pi * k / n) / divisor``.

    The angles are reduced to an eighth of a turn by integers, and long double is used where it is wider than
    double, so that nearly all results are rounded correctly.
    """
    k = np.asarray(k, np.int64) % n
    eighth = 8 * k // n
    from_axis = np.where(eighth % 2 == 0, 8 * k - eighth * n, (eighth + 1) * n - 8 * k)
    angle = from_axis.astype(np.longdouble) * np.arccos(np.longdouble(-1)) / (4 * np.longdouble(n))
    cos, sin = np.cos(angle) / divisor, np.sin(angle) / divisor
    swapped = np.isin(eighth, (1, 2, 5, 6))
    cos, sin = np.where(swapped, sin, cos), np.where(swapped, cos, sin)
    real = np.where(np.isin(eighth, (2, 3, 4, 5)), -cos, cos)
    imag = np.where(eighth < 4, -sin, sin)
    return real.astype(np.float64), imag.astype(np.float64)


@lru_cache(maxsize=512)
def matrices(
    n: int, inputs: int, outputs: int, divisor: np.longdouble | float, *, turned: bool
) -> tuple[Value, Value]:
    """Return the real and imaginary parts of the transform of length `n`, of shape (outputs, inputs).

    They are for as many leading elements; the other inputs are zeros, and the other outputs not asked for.
    Rows are multiplied by `turned` matrices.
    """
    real, imag = roots(np.outer(np.arange(outputs), np.arange(inputs)), n, divisor)
    if turned:
        real, imag = np.ascontiguousarray(real.T), np.ascontiguousarray(imag.T)
    return constant(real), constant(imag)


@lru_cache(maxsize=64)
def ends_halved(n: int, count: int) -> Value:
    """Return so many weights of the first half of a Hermitian sequence, 1/2 for what is in it once."""
    weights = np.ones(n // 2 + 1)
    weights[0] = 0.5
    if n % 2 == 0:
        weights[-1] = 0.5
    return constant(weights[:count])


@lru_cache(maxsize=256)
def twiddles(a: int, b: int) -> tuple[Value, Value]:
    """Return the factors between the transforms of length `a` and `b`, of shape (a, b)."""
    real, imag = roots(np.outer(np.arange(a), np.arange(b)), a * b)
    return constant(real), constant(imag)


@lru_cache(maxsize=64)
def chirp(n: int, count: int) -> tuple[Value, Value]:
    """Return so many of ``exp(-1j * pi * k**2 / n)``."""
    real, imag = _chirp(n, count)
    return constant(real), constant(imag)


def _chirp(n: int, count: int) -> tuple[Table, Table]:
    k = np.arange(count, dtype=np.int64)
    return roots(k * k % (2 * n), 2 * n)


@lru_cache(maxsize=64)
def chirp_filter(
    n: int, m: int, inputs: int, outputs: int, divisor: np.longdouble | float
) -> tuple[Value, Value]:
    """Return the transform of length `m` of the conjugate of the chirp in both directions, divided by `m`."""
    real, imag = _chirp(n, max(inputs, outputs))
    conjugate = real.astype(np.longdouble) - 1j * imag
    response = np.zeros(m, np.clongdouble)
    response[:outputs] = conjugate[:outputs]
    response[m - inputs + 1 :] = conjugate[inputs - 1 : 0 : -1]
    spectrum = np.fft.fft(response) / m / divisor
    return constant(spectrum.real.astype(np.float64)), constant(spectrum.imag.astype(np.float64))


@lru_cache(maxsize=4096)
def factors(n: int) -> tuple[int, ...] | None:
    """Return factors of a length for the fewest and smallest products, the largest last.

    There are none if a prime factor is large.
    """
    if n <= LARGEST_FACTOR or n in _PRIMES:
        return (n,)
    best: tuple[int, ...] | None = None
    for first in (*range(2, LARGEST_FACTOR + 1), *_PRIMES):
        rest = factors(n // first) if n % first == 0 else None
        if rest is not None and (best is None or _cost((first, *rest)) < _cost(best)):
            best = (first, *rest)
    return best


def _cost(parts: tuple[int, ...]) -> int:
    return _COST_OF_PRODUCT * len(parts) + sum(parts)


@lru_cache(maxsize=1024)
def next_length(n: int) -> int:
    """Return the length of at least `n` that has factors and is the fastest."""
    best, least = 0, 0
    for m in range(n, n + max(n // 3, 8)):
        parts = factors(m) if _is_smooth(m) else None
        if parts is not None and (not best or m * _cost(parts) < least):
            best, least = m, m * _cost(parts)
    return best


def _is_smooth(n: int) -> bool:
    """Return whether a length has small prime factors only, of which there are enough."""
    for prime in (2, 3, 5, 7):
        while n % prime == 0:
            n //= prime
    return n == 1
