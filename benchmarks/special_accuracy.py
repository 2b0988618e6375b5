"""The worst errors of special functions beside those of scipy, for `benchmarks.accuracy`.

The truth is computed by mpmath. Samples are few, because some truths take milliseconds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np
from scipy import special

import onnxp as xp

Floats = np.ndarray[Any, Any]
DIGITS = 50
COUNT = 300


class Sample:
    """Random numbers, so many of each sort."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self.random = np.random.default_rng(seed)

    def even(self, low: float, high: float) -> Floats:
        """Return numbers between two."""
        return np.asarray(self.random.uniform(low, high, self.count))

    def sized(self, low: float, high: float) -> Floats:
        """Return positive numbers, whose logarithms are spread evenly."""
        return np.asarray(np.exp(self.random.uniform(np.log(low), np.log(high), self.count)))

    def signed(self, low: float, high: float) -> Floats:
        """Return such numbers of both signs."""
        return np.copysign(self.sized(low, high), self.even(-1, 1))

    def whole(self, low: int, high: int) -> Floats:
        """Return integers."""
        return self.random.integers(low, high, self.count).astype(float)

    def around(self, a: Floats, spread: float) -> Floats:
        """Return positive numbers about so many standard deviations from the mean of a gamma distribution."""
        return np.asarray(np.abs(a + self.even(-spread, spread) * np.sqrt(a)) + 1e-6)

    def shares(self, a: Floats, b: Floats) -> Floats:
        """Return numbers in the middle of a beta distribution."""
        return np.clip(self.random.beta(a, b), 1e-3, 0.999)


class Row(NamedTuple):
    """A row of the table.

    Attributes
    ----------
    name : str
        The function.
    arguments : str
        The arguments in words.
    truth : callable
        The function of mpmath.
    draw : callable
        A function of a sample that returns the arguments.
    """

    name: str
    arguments: str
    truth: Callable[..., Any]
    draw: Callable[[Sample], tuple[Floats, ...]]


def _erfcx(x: Any) -> Any:
    if x < 20:
        return mp.exp(x * x) * mp.erfc(x)
    terms = ((-1) ** k * mp.fac2(2 * k - 1) / (2 * x * x) ** k for k in range(30))
    return mp.fsum(terms) / (x * mp.sqrt(mp.pi))


def _ndtr(x: Any) -> Any:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _log_ndtr(x: Any) -> Any:
    return mp.log(_ndtr(x)) if x < 0 else mp.log1p(-_ndtr(-x))


def _ndtri(p: Any) -> Any:
    x = mp.mpf(float(special.ndtri(float(p))))
    for _ in range(5):
        x -= (_ndtr(x) - p) / mp.npdf(x)
    return x


def _erfcinv(y: Any) -> Any:
    return mp.erfinv(1 - y) if y > 0.5 else -_ndtri(y / 2) / mp.sqrt(2)


def _log_gamma(x: Any) -> Any:
    return mp.loggamma(x).real if x > 0 else mp.log(abs(mp.gamma(x)))


def _lower(a: Any, x: Any) -> Any:
    return mp.gammainc(a, 0, x, regularized=True)


def _upper(a: Any, x: Any) -> Any:
    return mp.gammainc(a, x, mp.inf, regularized=True)


def _beta(a: Any, b: Any, x: Any) -> Any:
    return mp.betainc(a, b, 0, x, regularized=True)


def _t(df: Any, t: Any) -> Any:
    tail = _beta(df / 2, mp.mpf(1) / 2, df / (df + t * t)) / 2
    return tail if t < 0 else 1 - tail


def _radians(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(mp.radians(x))


def _bessel(function: Callable[[int, Any], Any], order: int, growth: int = 0) -> Callable[..., Any]:
    return lambda x: function(order, x) * mp.exp(growth * abs(x))


def _single(draw: Callable[[Sample], Floats]) -> Callable[[Sample], tuple[Floats, ...]]:
    return lambda s: (draw(s),)


def _rows() -> Iterator[Row]:
    one: list[tuple[str, str, Callable[..., Any], Callable[[Sample], Floats]]] = [
        ("cbrt", "all", lambda x: mp.sign(x) * mp.cbrt(abs(x)), lambda s: s.signed(1e-300, 1e300)),
        ("cosdg", "to 1000", _radians(mp.cos), lambda s: s.even(-1000, 1000)),
        ("cosm1", "to 50", lambda x: mp.cos(x) - 1, lambda s: s.signed(1e-15, 50)),
        ("cotdg", "to 1000", _radians(mp.cot), lambda s: s.even(-1000, 1000)),
        ("ellipe", "to 1", mp.ellipe, lambda s: 1 - s.sized(1e-14, 1e10)),
        ("ellipk", "to 1", mp.ellipk, lambda s: 1 - s.sized(1e-14, 1e10)),
        ("ellipkm1", "to 1e10", lambda p: mp.ellipk(1 - p), lambda s: s.sized(1e-30, 1e10)),
        ("entr", "positive", lambda x: -x * mp.log(x), lambda s: s.sized(1e-300, 1e300)),
        ("erf", "to 6", mp.erf, lambda s: s.signed(1e-300, 6)),
        ("erfc", "-6 to 26", mp.erfc, lambda s: s.even(-6, 26)),
        ("erfcinv", "to 2", _erfcinv, lambda s: s.even(0, 2)),
        ("erfcinv", "small", _erfcinv, lambda s: s.sized(1e-300, 1)),
        ("erfcx", "-26 to 30", _erfcx, lambda s: s.even(-26, 30)),
        ("erfcx", "positive", _erfcx, lambda s: s.sized(1e-10, 1e100)),
        ("erfinv", "to 1", mp.erfinv, lambda s: s.even(-1, 1)),
        ("exp1", "to 700", mp.e1, lambda s: s.sized(1e-100, 700)),
        ("exp10", "to 300", lambda x: mp.mpf(10) ** x, lambda s: s.even(-300, 300)),
        ("exp2", "to 1000", lambda x: mp.mpf(2) ** x, lambda s: s.even(-1000, 1000)),
        ("expi", "-50 to 0", mp.ei, lambda s: -s.sized(1e-10, 50)),
        ("expi", "1 to 700", mp.ei, lambda s: s.sized(1, 700)),
        ("expit", "-700 to 40", lambda x: 1 / (1 + mp.exp(-x)), lambda s: s.even(-700, 40)),
        ("expm1", "to 700", mp.expm1, lambda s: s.signed(1e-10, 700)),
        ("exprel", "to 700", lambda x: mp.expm1(x) / x, lambda s: s.signed(1e-10, 700)),
        ("gamma", "to 171", mp.gamma, lambda s: s.even(0, 171)),
        ("gamma", "negative", mp.gamma, lambda s: s.even(-170, 0)),
        ("gammaln", "positive", _log_gamma, lambda s: s.sized(1e-300, 1e300)),
        ("gammaln", "to 30", _log_gamma, lambda s: s.even(0, 30)),
        ("i0", "to 710", _bessel(mp.besseli, 0), lambda s: s.signed(1e-10, 710)),
        ("i0e", "to 1e4", _bessel(mp.besseli, 0, -1), lambda s: s.signed(1e-10, 1e4)),
        ("i1", "to 710", _bessel(mp.besseli, 1), lambda s: s.signed(1e-10, 710)),
        ("i1e", "to 1e4", _bessel(mp.besseli, 1, -1), lambda s: s.signed(1e-10, 1e4)),
        ("j0", "to 5", _bessel(mp.besselj, 0), lambda s: s.even(-5, 5)),
        ("j1", "to 5", _bessel(mp.besselj, 1), lambda s: s.even(-5, 5)),
        ("k0", "to 700", _bessel(mp.besselk, 0), lambda s: s.sized(1e-100, 700)),
        ("k0e", "to 1e4", _bessel(mp.besselk, 0, 1), lambda s: s.sized(1e-100, 1e4)),
        ("k1", "to 700", _bessel(mp.besselk, 1), lambda s: s.sized(1e-100, 700)),
        ("k1e", "to 1e4", _bessel(mp.besselk, 1, 1), lambda s: s.sized(1e-100, 1e4)),
        ("log1p", "from -1", mp.log1p, lambda s: s.sized(1e-12, 1e10) - 1),
        ("log_expit", "all", lambda x: -mp.log1p(mp.exp(-x)), lambda s: s.even(-50, 700)),
        ("log_ndtr", "-40 to 9", _log_ndtr, lambda s: s.even(-40, 9)),
        ("logit", "0 to 1", lambda p: mp.log(p / (1 - p)), lambda s: s.even(0, 1)),
        ("ndtr", "-37 to 9", _ndtr, lambda s: s.even(-37, 9)),
        ("ndtri", "0 to 1", _ndtri, lambda s: s.even(0, 1)),
        ("ndtri", "small", _ndtri, lambda s: s.sized(1e-300, 0.4)),
        ("psi", "positive", mp.digamma, lambda s: s.sized(1e-100, 1e100)),
        ("psi", "to 30", mp.digamma, lambda s: s.even(0, 30)),
        ("rgamma", "to 170", mp.rgamma, lambda s: s.even(-170, 170)),
        ("sinc", "to 50", mp.sincpi, lambda s: s.even(-50, 50)),
        ("sindg", "to 1000", _radians(mp.sin), lambda s: s.even(-1000, 1000)),
        ("spence", "all", lambda z: mp.polylog(2, 1 - z), lambda s: s.sized(1e-10, 1e10)),
        ("tandg", "to 1000", _radians(mp.tan), lambda s: s.even(-1000, 1000)),
        ("zeta", "-30 to 30", mp.zeta, lambda s: s.even(-30, 30)),
        ("zetac", "to 60", lambda x: mp.zeta(x) - 1, lambda s: s.even(0, 60)),
    ]
    for name, text, truth, draw in one:
        yield Row(name, text, truth, _single(draw))
    yield Row("beta", "to 300", mp.beta, lambda s: (s.sized(1e-3, 300), s.sized(1e-3, 300)))
    yield Row("binom", "integers", mp.binomial, lambda s: (s.whole(30, 60), s.whole(0, 30)))
    yield Row("boxcox", "to 3", _box_cox, lambda s: (s.sized(0.1, 10), s.even(-1, 1)))
    yield Row("expn", "n to 30", mp.expint, lambda s: (s.whole(1, 30), s.sized(0.01, 100)))
    yield Row("rel_entr", "similar", lambda x, y: x * mp.log(x / y), _similar)
    yield Row("kl_div", "similar", lambda x, y: x * mp.log(x / y) - x + y, _similar)
    yield Row(
        "pseudo_huber",
        "to 1000",
        lambda d, r: d * d * (mp.sqrt(1 + (r / d) ** 2) - 1),
        lambda s: (s.sized(1e-3, 1e3), s.signed(1e-10, 1e3)),
    )
    yield Row("xlogy", "positive", lambda x, y: x * mp.log(y), _pairs)
    yield Row("xlog1py", "positive", lambda x, y: x * mp.log1p(y), _pairs)
    yield Row(
        "poch",
        "to 30",
        lambda a, m: mp.gammaprod([a + m], [a]),
        lambda s: (s.even(0, 30), s.even(0, 30)),
    )
    yield Row("zeta", "x and q", mp.zeta, lambda s: (s.even(1.05, 20), s.even(0.01, 30)))
    yield Row(
        "polygamma",
        "n to 7",
        lambda n, x: mp.polygamma(int(n), x),
        lambda s: (s.whole(0, 8), s.even(0.05, 30)),
    )
    yield Row("gammainc", "to 10", _lower, _small_shapes)
    yield Row("gammainc", "to 1e4", _lower, _large_shapes)
    yield Row("gammaincc", "to 10", _upper, _small_shapes)
    yield Row("gammaincc", "to 1e4", _upper, _large_shapes)
    yield Row("betainc", "to 10", _beta, lambda s: _triple(s, 0.1, 10))
    yield Row("betainc", "to 1000", _beta, lambda s: _triple(s, 10, 1000))
    yield Row("stdtr", "df to 100", _t, lambda s: (s.sized(0.5, 100), s.even(-20, 5)))
    yield Row(
        "pdtr",
        "to 100",
        lambda k, m: _upper(k + 1, m),
        lambda s: (s.whole(0, 100), s.sized(1, 100)),
    )


def _small_shapes(s: Sample) -> tuple[Floats, ...]:
    a = s.sized(0.05, 10)
    return a, a * s.even(0.2, 3)


def _large_shapes(s: Sample) -> tuple[Floats, ...]:
    a = s.sized(10, 1e4)
    return a, s.around(a, 4)


def _box_cox(x: Any, power: Any) -> Any:
    return mp.expm1(power * mp.log(x)) / power


def _similar(s: Sample) -> tuple[Floats, ...]:
    x = s.sized(1e-3, 1e3)
    return x, x * (1 + s.signed(1e-10, 0.5))


def _pairs(s: Sample) -> tuple[Floats, ...]:
    return s.sized(1e-3, 1e3), s.sized(1e-10, 1e3)


def _triple(s: Sample, low: float, high: float) -> tuple[Floats, ...]:
    a, b = s.sized(low, high), s.sized(low, high)
    return a, b, s.shares(a, b)


ROWS = list(_rows())


class Figures(NamedTuple):
    """The largest errors of a row in ulp: of both dtypes, and of scipy in float64."""

    float32: float
    float64: float
    scipy: float


def measure(row: Row, count: int = COUNT, seed: int = 0) -> Figures:
    """Return the worst errors of a function."""
    function, other = getattr(xp.special, row.name), getattr(special, row.name)
    arguments = row.draw(Sample(count, seed))
    narrow = _narrow(arguments)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = np.asarray(function(*map(xp.asarray, arguments)))
        single = np.asarray(function(*map(xp.asarray, narrow)))
        theirs = _of_scipy(row.name, other, arguments)
    wide = _truth(row.truth, arguments)
    short = _truth(row.truth, tuple(a.astype(float) for a in narrow))
    return Figures(_worst(single, short), _worst(ours, wide), _worst(theirs, wide))


def _narrow(arguments: tuple[Floats, ...]) -> tuple[Floats, ...]:
    """Return arguments in float32, without those that it has no normal numbers for."""
    info = np.finfo(np.float32)
    fits = np.ones(len(arguments[0]), bool)
    for a in arguments:
        fits &= (a == 0) | (np.abs(a) > info.smallest_normal) & (np.abs(a) < info.max)
    return tuple(a[fits].astype(np.float32) for a in arguments)


def _of_scipy(name: str, function: Callable[..., Any], arguments: tuple[Floats, ...]) -> Floats:
    if name in ("polygamma", "expn"):
        arguments = (arguments[0].astype(np.int64), *arguments[1:])
    return np.asarray(function(*arguments))


def _truth(function: Callable[..., Any], arguments: tuple[Floats, ...]) -> list[Any]:
    with mp.workdps(DIGITS):
        return [
            mp.re(function(*(mp.mpf(float(a)) for a in point)))
            for point in zip(*arguments, strict=True)
        ]


def _worst(results: Floats, truth: list[Any]) -> float:
    """Return the largest error in ulp, without results that underflow or overflow."""
    info = np.finfo(results.dtype)
    worst = 0.0
    with mp.workdps(DIGITS):
        for result, exact in zip(results, truth, strict=True):
            if not info.smallest_normal < abs(exact) < info.max:
                continue
            unit = np.spacing(results.dtype.type(abs(exact)))
            worst = max(worst, float(abs(mp.mpf(float(result)) - exact) / mp.mpf(float(unit))))
    return worst


def table() -> str:
    """Return the rows of the table of the page."""
    lines = []
    for row in ROWS:
        figures = measure(row)
        text = ", ".join(f"{error:.2f}" for error in figures)
        print(f"special.{row.name:13}{row.arguments:18}{text}", flush=True)
        lines.append(f"   {row.name}, {row.arguments}, {text}")
    return "\n".join(sorted(lines))
