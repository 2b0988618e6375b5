"""The coefficients of `onnxp.special`: ``python -m benchmarks.special_coefficients`` writes their module.

Each polynomial interpolates a function at Chebyshev points, with the lowest degree for which the largest
relative error is below `GOAL`, a tenth of the spacing of float64.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mpmath as mp

MODULE = Path(__file__).parent.parent / "src/onnxp/_src/lowering/special/coefficients.py"
GOAL = 2e-17
HEADER = '''"""Coefficients of polynomials, constant term first; see ``benchmarks/special_coefficients.py``."""

# fmt: off
'''
mp.mp.dps = 50
TINY = mp.mpf(10) ** -20
BASES = {"x": "", "t": "; centered", "chebyshev": "; Chebyshev polynomials"}


class Part(NamedTuple):
    """A polynomial to find.

    Attributes
    ----------
    function : callable
        What it approximates.
    low, high : number
        The ends of the interval.
    basis : {"x", "t", "chebyshev"}
        Powers of the variable itself; powers of t, which goes from -1 to 1; or Chebyshev polynomials of t.
    text : str
        What the coefficients are of.
    """

    function: Callable[[Any], Any]
    low: Any
    high: Any
    basis: str
    text: str


def erfcx(x: Any) -> Any:
    """Return exp(x**2) * erfc(x)."""
    if x < 20:
        return mp.exp(x * x) * mp.erfc(x)
    terms = ((-1) ** k * mp.fac2(2 * k - 1) / (2 * x * x) ** k for k in range(30))
    return mp.fsum(terms) / (x * mp.sqrt(mp.pi))


def log_ndtr(x: Any) -> tuple[Any, Any]:
    """Return the logarithm of the distribution function, and its derivative, for negative x."""
    y = -x / mp.sqrt(2)
    e = erfcx(y)
    return mp.log(e / 2) - y * y, mp.sqrt(2 / mp.pi) / e


def ndtri(logarithm: Any) -> Any:
    """Return the quantile whose probability below 1/2 has this logarithm."""
    r = mp.sqrt(-2 * logarithm)
    x = -(r - (mp.log(r) + mp.log(2 * mp.pi) / 2) / r) if r > 2 else mp.mpf(-1)
    for _ in range(60):
        value, slope = log_ndtr(x)
        step = (value - logarithm) / slope
        x -= step
        if abs(step) < mp.mpf(10) ** -42 * abs(x):
            break
    return x


def stirling(x: Any) -> Any:
    """Return x times what Stirling's formula lacks."""
    return x * (mp.loggamma(x) - (x - 0.5) * mp.log(x) + x - mp.log(2 * mp.pi) / 2)


def of_ratio(function: Callable[[Any], Any], center: Any, last: Any) -> Callable[[Any], Any]:
    """Return the function of r = (x - center)/(x + center); `last` is the limit for infinite x."""

    def of(r: Any) -> Any:
        return last if r > 1 - TINY else function(center * (1 + r) / (1 - r))

    return of


def of_inverse_square(function: Callable[[Any], Any], last: Any) -> Callable[[Any], Any]:
    """Return the function of u = 1 / x**2; `last` is the limit for u = 0."""
    return lambda u: last if u < TINY else function(1 / mp.sqrt(u))


def of_square(function: Callable[[Any], Any], first: Any) -> Callable[[Any], Any]:
    """Return the function of z = x**2; `first` is the limit for z = 0."""
    return lambda z: first if z < TINY else function(mp.sqrt(z))


def from_limit(function: Callable[[Any], Any], limit: Any, at: Any = 0) -> Callable[[Any], Any]:
    """Return the function with its limit at a point."""
    return lambda x: limit if abs(x - at) < TINY else function(x)


def ratio(x: Any, center: Any) -> Any:
    """Return (x - center)/(x + center)."""
    return (mp.mpf(x) - center) / (mp.mpf(x) + center)


ROOT = mp.findroot(mp.digamma, mp.mpf("1.4616"))
J0_ZEROS = [mp.besseljzero(0, k) for k in (1, 2)]
J1_ZEROS = [mp.besseljzero(1, k) for k in (1, 2)]


def without_zeros(order: int, zeros: Sequence[Any]) -> Callable[[Any], Any]:
    """Return the Bessel function over its first zeros, of z = x**2, by its series around them."""

    def of(z: Any) -> Any:
        x = mp.sqrt(z)
        for zero in zeros:
            if abs(x - zero) < TINY:
                x += TINY
        value = mp.besselj(order, x) / (x if order else 1) if x > TINY else mp.mpf(1) / (1 + order)
        return value / mp.fprod(x * x - zero * zero for zero in zeros)

    return of


def rest_of_y(order: int) -> Callable[[Any], Any]:
    """Return what the Bessel function of the second kind has beside its logarithm, of z = x**2."""

    def of(z: Any) -> Any:
        x = mp.sqrt(z) if z > TINY else mp.sqrt(TINY)
        logarithm = 2 / mp.pi * (mp.log(x / 2) + mp.euler) * mp.besselj(order, x)
        rest = mp.bessely(order, x) - logarithm
        return (rest + 2 / (mp.pi * x)) / x if order else rest

    return of


def modulus(order: int) -> Callable[[Any], Any]:
    """Return the modulus of the Bessel functions over its limit."""

    def of(x: Any) -> Any:
        return mp.sqrt(mp.pi / 2 * x * (mp.besselj(order, x) ** 2 + mp.bessely(order, x) ** 2))

    return of


def phase(order: int) -> Callable[[Any], Any]:
    """Return x times the phase of the Bessel functions, without x - (2 * order + 1) * pi/4."""

    def of(x: Any) -> Any:
        angle = mp.atan2(mp.bessely(order, x), mp.besselj(order, x))
        rest = angle - x + (2 * order + 1) * mp.pi / 4
        return x * (rest - 2 * mp.pi * mp.nint(rest / (2 * mp.pi)))

    return of


def scaled_i(order: int) -> Callable[[Any], Any]:
    """Return sqrt(x) * exp(-x) * I(x)."""
    return lambda x: mp.sqrt(x) * mp.exp(-x) * mp.besseli(order, x)


def scaled_k(order: int) -> Callable[[Any], Any]:
    """Return sqrt(x) * exp(x) * K(x)."""
    return lambda x: mp.sqrt(x) * mp.exp(x) * mp.besselk(order, x)


def of_inverse(function: Callable[[Any], Any], first: Any) -> Callable[[Any], Any]:
    """Return the function of u = 1 / x; `first` is the limit for u = 0."""
    return lambda u: first if u < mp.mpf(10) ** -10 else function(1 / u)


def rest_of_k(order: int) -> Callable[[Any], Any]:
    """Return what K has beside its logarithm, of z = x**2."""

    def of(z: Any) -> Any:
        x = mp.sqrt(z) if z > TINY else mp.sqrt(TINY)
        logarithm = (mp.log(x / 2) + mp.euler) * mp.besseli(order, x)
        if order:
            return (logarithm + 1 / x - mp.besselk(1, x)) / x
        return mp.besselk(0, x) + logarithm

    return of


def k_minus_e(m: Any) -> Any:
    """Return the difference of the complete elliptic integrals."""
    return mp.ellipk(m) - mp.ellipe(m)


def scaled_ei(x: Any) -> Any:
    """Return x * exp(-x) * Ei(x)."""
    return x * mp.exp(-x) * mp.ei(x)


UNIFORM = "Terms of Temme's uniform expansion of gammaincc in eta (DLMF 8.12.9 to 8.12.11)"


STIRLING_SERIES = (1, 1 / mp.mpf(12), 1 / mp.mpf(288), -139 / mp.mpf(51840), -571 / mp.mpf(2488320))
UNIFORM_LIMITS = (
    -1 / mp.mpf(3),
    -1 / mp.mpf(540),
    25 / mp.mpf(6048),
    101 / mp.mpf(155520),
    -3184811 / mp.mpf(3695155200),
)


def uniform(order: int) -> Callable[[Any], Any]:
    """Return a term of Temme's expansion, of eta with ``eta**2 / 2 = m - log(1 + m)``."""
    terms: dict[int, Any] = {1: mp.mpf(1)}  # of powers of 1 / m; by recursion, each from the last
    for k in range(1, order + 1):
        after = {1: (-1) ** k * STIRLING_SERIES[k]}
        for power, factor in terms.items():
            for raised in (power + 1, power + 2):
                after[raised] = after.get(raised, 0) - power * factor
        terms = after

    def of(eta: Any) -> Any:
        if abs(eta) < mp.mpf(10) ** -12:
            return UNIFORM_LIMITS[order]
        with mp.workdps(120):
            m = mp.findroot(lambda m: m - mp.log1p(m) - eta * eta / 2, eta + eta * eta / 3)
            first = (-1) ** (order + 1) * mp.fac2(2 * order - 1) / eta ** (2 * order + 1)
            return first + mp.fsum(factor / m**power for power, factor in terms.items())

    return of


HALF = mp.mpf(1) / 2
ERFCX_CENTER = mp.mpf("3.75")
NDTRI_CENTER = mp.mpf(5)
E1_CENTER = mp.mpf(4)
K_CENTER = mp.mpf(4)
ROOT_2_PI = mp.sqrt(2 * mp.pi)
HALF_PI_ROOT = mp.sqrt(mp.pi / 2)
PARTS: dict[str, Part] = {
    "ERF": Part(
        of_square(lambda x: mp.erf(x) / x, 2 / mp.sqrt(mp.pi)), 0, 1, "x", "erf(x) / x in x**2"
    ),
    "ERFCX": Part(
        of_ratio(lambda x: (1 + 2 * x) * erfcx(x), ERFCX_CENTER, 2 / mp.sqrt(mp.pi)),
        ratio("0.5", ERFCX_CENTER),
        1,
        "t",
        "(1 + 2*x) * erfcx(x) in (x - 3.75)/(x + 3.75), from x = 1/2",
    ),
    "NDTRI": Part(
        of_square(lambda q: -ndtri(mp.log(HALF - q)) / q, ROOT_2_PI),
        0,
        mp.mpf("0.452") ** 2,
        "chebyshev",
        "ndtri(q + 1/2) / q in q**2, up to 0.452",
    ),
    "NDTRI_TAIL": Part(
        of_ratio(lambda r: -ndtri(-r * r / 2) / r, NDTRI_CENTER, None),
        ratio("1.9", NDTRI_CENTER),
        ratio(39, NDTRI_CENTER),
        "chebyshev",
        "-ndtri(p) / r in (r - 5)/(r + 5), r = sqrt(-2 * log(p)) from 1.9 to 39",
    ),
    "LOG_GAMMA_NEAR_1": Part(
        from_limit(lambda d: mp.loggamma(1 + d) / d, -mp.euler),
        -HALF,
        HALF,
        "x",
        "gammaln(1 + x) / x",
    ),
    "LOG_GAMMA_NEAR_2": Part(
        from_limit(lambda d: mp.loggamma(2 + d) / d, 1 - mp.euler),
        -HALF,
        1,
        "x",
        "gammaln(2 + x) / x",
    ),
    "STIRLING": Part(
        of_inverse_square(stirling, mp.mpf(1) / 12),
        0,
        mp.mpf(1) / 9,
        "x",
        "x * (gammaln(x) - Stirling's formula) in 1 / x**2, from x = 3",
    ),
    "SCALED_GAMMA": Part(
        lambda u: ROOT_2_PI if u < TINY else mp.gamma(1 / u) * mp.exp(1 / u) * u ** (1 / u - HALF),
        0,
        mp.mpf("0.4"),
        "x",
        "gamma(x) * exp(x) / x**(x - 1/2) in 1/x, from x = 2.5",
    ),
    "RECIPROCAL_GAMMA": Part(mp.rgamma, 1, 2, "t", "1 / gamma(x) between 1 and 2"),
    "DIGAMMA": Part(
        from_limit(lambda x: mp.digamma(x) / (x - ROOT), mp.polygamma(1, ROOT), ROOT),
        1,
        2,
        "t",
        "psi(x) / (x - root) between 1 and 2",
    ),
    "DIGAMMA_FAR": Part(
        of_inverse_square(
            lambda x: x * x * (mp.log(x) - 1 / (2 * x) - mp.digamma(x)), mp.mpf(1) / 12
        ),
        0,
        mp.mpf(1) / 4,
        "x",
        "x**2 * (log(x) - 1/(2*x) - psi(x)) in 1 / x**2, from x = 2",
    ),
    "ZETA": Part(
        from_limit(lambda s: (s - 1) * mp.zeta(s), mp.mpf(1), 1),
        -1,
        1,
        "t",
        "(x - 1) * zeta(x) between -1 and 1",
    ),
    "SINE_OF_TURNS": Part(
        of_square(lambda x: (mp.sinpi(x) / (mp.pi * x) - 1) / (x * x), -(mp.pi**2) / 6),
        0,
        mp.mpf(1) / 4,
        "x",
        "(sin(pi * x) / (pi * x) - 1) / x**2 in x**2, up to 1/2",
    ),
    **{
        f"UNIFORM_{order}": Part(uniform(order), mp.mpf("-0.56"), mp.mpf("0.56"), "x", UNIFORM)
        for order in range(5)
    },
    "ARTANH": Part(
        lambda z: mp.mpf(1) / 3 if z < TINY else (mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
        0,
        mp.mpf(1) / 4,
        "x",
        "(artanh(x) / x - 1) / x**2 in x**2, up to 1/2",
    ),
    "E": Part(
        from_limit(lambda m: mp.ellipe(1 - m) + mp.log(m) / mp.pi * k_minus_e(m), mp.mpf(1)),
        0,
        HALF,
        "t",
        "ellipe(1 - x) + log(x)/pi * (ellipk(x) - ellipe(x)), up to 1/2",
    ),
    "K_MINUS_E": Part(
        from_limit(lambda m: k_minus_e(m) / m, mp.pi / 4),
        0,
        HALF,
        "t",
        "(ellipk(x) - ellipe(x)) / x, up to 1/2",
    ),
    "SPENCE": Part(
        from_limit(lambda w: mp.polylog(2, w) / w, mp.mpf(1)), -HALF, HALF, "x", "spence(1 - x) / x"
    ),
    "E1": Part(
        from_limit(lambda x: mp.e1(x) + mp.log(x), -mp.euler), 0, 1, "x", "exp1(x) + log(x) up to 1"
    ),
    "E1_FAR": Part(
        of_ratio(lambda x: x * mp.exp(x) * mp.e1(x), E1_CENTER, mp.mpf(1)),
        ratio(1, E1_CENTER),
        1,
        "t",
        "x * exp(x) * exp1(x) in (x - 4)/(x + 4), from 1",
    ),
    "EI": Part(
        from_limit(lambda x: (mp.ei(x) - mp.log(x) - mp.euler) / x, mp.mpf(1)),
        0,
        6,
        "x",
        "(expi(x) - log(x) - euler) / x up to 6",
    ),
    "EI_MIDDLE": Part(scaled_ei, 6, 14, "t", "x * exp(-x) * expi(x) between 6 and 14"),
    "EI_FAR": Part(
        lambda u: scaled_ei(1 / u), mp.mpf(1) / 40, mp.mpf(1) / 14, "t", "the same in 1/x, 14 to 40"
    ),
    "EI_LAST": Part(
        lambda u: mp.mpf(1) if u < mp.mpf(10) ** -8 else scaled_ei(1 / u),
        0,
        mp.mpf(1) / 40,
        "x",
        "the same in 1/x, from 40",
    ),
    "I0": Part(
        of_square(lambda x: mp.besseli(0, x), mp.mpf(1)), 0, 64, "x", "i0(x) in x**2 up to 8"
    ),
    "I0_FAR": Part(
        of_inverse(scaled_i(0), 1 / ROOT_2_PI),
        0,
        mp.mpf(1) / 8,
        "t",
        "sqrt(x) * i0e(x) in 1/x, from 8",
    ),
    "I1": Part(
        of_square(lambda x: mp.besseli(1, x) / x, HALF), 0, 64, "x", "i1(x) / x in x**2 up to 8"
    ),
    "I1_FAR": Part(
        of_inverse(scaled_i(1), 1 / ROOT_2_PI),
        0,
        mp.mpf(1) / 8,
        "t",
        "sqrt(x) * i1e(x) in 1/x, from 8",
    ),
    "K0": Part(rest_of_k(0), 0, 1, "x", "k0(x) + (log(x/2) + euler) * i0(x) in x**2 up to 1"),
    "K0_FAR": Part(
        of_ratio(scaled_k(0), K_CENTER, HALF_PI_ROOT),
        ratio(1, K_CENTER),
        1,
        "t",
        "sqrt(x) * k0e(x) in (x - 4)/(x + 4), from 1",
    ),
    "K1": Part(
        rest_of_k(1), 0, 1, "x", "((log(x/2) + euler) * i1(x) + 1/x - k1(x)) / x in x**2 up to 1"
    ),
    "K1_FAR": Part(
        of_ratio(scaled_k(1), K_CENTER, HALF_PI_ROOT),
        ratio(1, K_CENTER),
        1,
        "t",
        "sqrt(x) * k1e(x) in (x - 4)/(x + 4), from 1",
    ),
    "J0": Part(
        without_zeros(0, J0_ZEROS), 0, 25, "x", "j0(x) over its first two zeros in x**2 up to 5"
    ),
    "J1": Part(
        without_zeros(1, J1_ZEROS), 0, 25, "x", "j1(x) / x over its first two zeros in x**2 up to 5"
    ),
    "Y0": Part(
        rest_of_y(0),
        0,
        25,
        "chebyshev",
        "y0(x) - 2/pi * (log(x/2) + euler) * j0(x) in x**2 up to 5",
    ),
    "Y1": Part(
        rest_of_y(1),
        0,
        25,
        "chebyshev",
        "(y1(x) - 2/pi * ((log(x/2) + euler) * j1(x) - 1/x)) / x in x**2 up to 5",
    ),
    "MODULUS_0": Part(
        of_inverse_square(modulus(0), mp.mpf(1)), 0, mp.mpf("0.04"), "t", "in 1 / x**2, from 5"
    ),
    "PHASE_0": Part(
        of_inverse_square(phase(0), mp.mpf(-1) / 8), 0, mp.mpf("0.04"), "t", "in 1 / x**2, from 5"
    ),
    "MODULUS_1": Part(
        of_inverse_square(modulus(1), mp.mpf(1)), 0, mp.mpf("0.04"), "t", "in 1 / x**2, from 5"
    ),
    "PHASE_1": Part(
        of_inverse_square(phase(1), mp.mpf(3) / 8), 0, mp.mpf("0.04"), "t", "in 1 / x**2, from 5"
    ),
}


def interpolate(part: Part, degree: int, cache: dict[Any, Any]) -> list[Any]:
    """Return the Chebyshev coefficients of the interpolating polynomial."""
    n = degree + 1
    points = [mp.cos(mp.pi * (k + HALF) / n) for k in range(n)]
    values = [value(part, t, cache) for t in points]
    coefficients = [
        2 * mp.fsum(v * mp.cos(mp.pi * j * (k + HALF) / n) for k, v in enumerate(values)) / n
        for j in range(n)
    ]
    coefficients[0] /= 2
    return coefficients


def value(part: Part, t: Any, cache: dict[Any, Any]) -> Any:
    """Return the function at a point of the interval from -1 to 1."""
    if t not in cache:
        low, high = mp.mpf(part.low), mp.mpf(part.high)
        cache[t] = part.function(low + (high - low) * (1 + t) / 2)
    return cache[t]


def powers(chebyshev: Sequence[Any]) -> list[Any]:
    """Return the coefficients of powers of t."""
    before, now = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    total = [mp.mpf(0)] * len(chebyshev)
    for c in chebyshev:
        for i, p in enumerate(before):
            total[i] += c * p
        after = [mp.mpf(0), *(2 * p for p in now)]
        for i, p in enumerate(before):
            after[i] -= p
        before, now = now, after
    return total


def shifted(coefficients: Sequence[Any], low: Any, high: Any) -> list[Any]:
    """Return the coefficients of powers of x, by t = (2*x - low - high) / (high - low)."""
    slope, constant = 2 / mp.mpf(high - low), -mp.mpf(high + low) / mp.mpf(high - low)
    total: list[Any] = [mp.mpf(0)]
    for c in reversed(coefficients):
        product = [mp.mpf(0)] * (len(total) + 1)
        for i, p in enumerate(total):
            product[i] += p * constant
            product[i + 1] += p * slope
        product[0] += c
        total = product
    return total[: len(coefficients)]


def fit(part: Part) -> tuple[list[float], float]:
    """Return the coefficients, and the largest relative error."""
    cache: dict[Any, Any] = {}
    checks = [mp.cos(mp.pi * (k + mp.mpf("0.37")) / 101) for k in range(101)]
    for degree in range(6, 60):
        chebyshev = interpolate(part, degree, cache)
        inside = powers(chebyshev)
        error = max(
            abs(mp.polyval(inside[::-1], t) / value(part, t, cache) - 1) for t in checks[::5]
        )
        if error < GOAL:
            error = max(
                abs(mp.polyval(inside[::-1], t) / value(part, t, cache) - 1) for t in checks
            )
            if error < GOAL:
                break
    if part.basis == "chebyshev":
        return [float(c) for c in chebyshev], float(error)
    if part.basis == "x":
        inside = shifted(inside, part.low, part.high)
    return [float(c) for c in inside], float(error)


def constant(name: str, numbers: Sequence[float], text: str) -> str:
    """Return the source of a tuple of numbers."""
    lines = "".join(f"    {number!r},\n" for number in numbers)
    return f'{name} = (\n{lines})\n"""{text[0].upper()}{text[1:]}."""\n'


def halves(number: Any) -> tuple[float, float]:
    """Return a number as the sum of two floats."""
    return float(number), float(number - float(number))


def main(names: Sequence[str]) -> None:
    """Fit, and write the module; or print some."""
    sources = []
    for name in names or PARTS:
        part = PARTS[name]
        coefficients, error = fit(part)
        print(f"{name}: {len(coefficients)} terms, {error:.1e}", file=sys.stderr, flush=True)
        sources.append(constant(name, coefficients, part.text + BASES[part.basis]))
    pairs = [("DIGAMMA_ROOT", [halves(ROOT)])]
    pairs += [("J0_ZEROS", [halves(z) for z in J0_ZEROS])]
    pairs += [("J1_ZEROS", [halves(z) for z in J1_ZEROS])]
    sources += [f"{name} = {tuple(numbers)!r}\n" for name, numbers in pairs]
    text = HEADER + "\n".join(sources)
    if names:
        print(text)
    else:
        MODULE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
