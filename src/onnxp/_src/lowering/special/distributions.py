"""Distribution functions of statistics, by the incomplete gamma and beta functions."""

from __future__ import annotations

from math import inf, nan

from onnxp._src.lowering.elementwise.double_double import Twofold, add, product_of, quotient
from onnxp._src.lowering.elementwise.exponential import expm1, log1p
from onnxp._src.lowering.expr import Expr, maximum, minimum, power, where
from onnxp._src.lowering.special.error import ndtr, ndtri
from onnxp._src.lowering.special.exponents import exact
from onnxp._src.lowering.special.formulas import call, looping
from onnxp._src.lowering.special.incomplete_beta import one_minus, quantile, regularized
from onnxp._src.lowering.special.incomplete_gamma import (
    gammainc,
    gammaincc,
    gammainccinv,
)

_LARGE = 1e140  # products of larger numbers have no exact sum

# Of the gamma function


@looping("chdtr")
def chdtr(v: Expr, x: Expr) -> Expr:
    """Compute the distribution function of the chi-squared distribution."""
    return call(gammainc, 0.5 * v, 0.5 * x)


@looping("chdtrc")
def chdtrc(v: Expr, x: Expr) -> Expr:
    """Compute the survival function of the chi-squared distribution."""
    return call(gammaincc, 0.5 * v, 0.5 * x)


@looping("chdtri")
def chdtri(v: Expr, p: Expr) -> Expr:
    """Compute the inverse of `chdtrc` with respect to x."""
    return 2.0 * call(gammainccinv, 0.5 * v, p)


@looping("gdtr")
def gdtr(a: Expr, b: Expr, x: Expr) -> Expr:
    """Compute the distribution function of the gamma distribution."""
    return call(gammainc, b, a * x)


@looping("gdtrc")
def gdtrc(a: Expr, b: Expr, x: Expr) -> Expr:
    """Compute the survival function of the gamma distribution."""
    return call(gammaincc, b, a * x)


def _events(k: Expr, m: Expr) -> Expr:
    """Return 1 more than a number of events; NaN if it is negative."""
    return where((k >= 0.0) & (m >= 0.0), k.unary("Floor") + 1.0, nan)


@looping("pdtr")
def pdtr(k: Expr, m: Expr) -> Expr:
    """Compute the distribution function of the Poisson distribution."""
    return call(gammaincc, _events(k, m), m)


@looping("pdtrc")
def pdtrc(k: Expr, m: Expr) -> Expr:
    """Compute the survival function of the Poisson distribution."""
    return call(gammainc, _events(k, m), m)


@looping("pdtri")
def pdtri(k: Expr, y: Expr) -> Expr:
    """Compute the inverse of `pdtr` with respect to m."""
    inside = (y >= 0.0) & (y < 1.0)
    return call(gammainccinv, _events(k, y), where(inside, y, nan))


# Of the beta function


def _binomial(k: Expr, n: Expr, p: Expr, *, survival: bool) -> Expr:
    """Return the distribution or the survival function of the binomial distribution."""
    count = k.unary("Floor")
    left = n - count
    none = (count == 0.0) & (left > 0.0)
    ordinary = (count >= 0.0) & (left > 0.0)
    result = regularized(
        where(ordinary, count + 1.0, 1.0),
        where(ordinary, left, 1.0),
        exact(p),
        one_minus(p),
        complement=not survival,
    )
    logarithm = left * call(log1p, -p)
    simple = -call(expm1, logarithm) if survival else power(1.0 - p, left)
    result = where(none, simple, result)
    last = 0.0 if survival else 1.0
    result = where(left == 0.0, last, where(ordinary, result, nan))
    if survival:
        result = where((count < 0.0) & (left >= 0.0), 1.0, result)
    return where((p >= 0.0) & (p <= 1.0), result, nan)


@looping("bdtr")
def bdtr(k: Expr, n: Expr, p: Expr) -> Expr:
    """Compute the distribution function of the binomial distribution."""
    return _binomial(k, n, p, survival=False)


@looping("bdtrc")
def bdtrc(k: Expr, n: Expr, p: Expr) -> Expr:
    """Compute the survival function of the binomial distribution."""
    return _binomial(k, n, p, survival=True)


@looping("bdtri")
def bdtri(k: Expr, n: Expr, y: Expr) -> Expr:
    """Compute the inverse of `bdtr` with respect to p."""
    count = k.unary("Floor")
    left = n - count
    valid = (count >= 0.0) & (left > 0.0) & (y >= 0.0) & (y <= 1.0)
    first = quantile(where(valid, left, 1.0), where(valid, count + 1.0, 1.0), y, 1.0 - y)[1]
    return where(valid, first, nan)


def _trials(k: Expr, n: Expr) -> tuple[Expr, Expr]:
    valid = (k >= 0.0) & (n > 0.0)
    return where(valid, n, nan), where(valid, k.unary("Floor") + 1.0, nan)


@looping("nbdtr")
def nbdtr(k: Expr, n: Expr, p: Expr) -> Expr:
    """Compute the distribution function of the negative binomial distribution."""
    return regularized(*_trials(k, n), exact(p), one_minus(p), complement=False)


@looping("nbdtrc")
def nbdtrc(k: Expr, n: Expr, p: Expr) -> Expr:
    """Compute the survival function of the negative binomial distribution."""
    return regularized(*_trials(k, n), exact(p), one_minus(p), complement=True)


@looping("nbdtri")
def nbdtri(k: Expr, n: Expr, y: Expr) -> Expr:
    """Compute the inverse of `nbdtr` with respect to p."""
    return quantile(*_trials(k, n), y, 1.0 - y)[0]


def _shares(a: Twofold, b: Expr) -> tuple[Twofold, Twofold]:
    """Return the shares of two numbers in their sum, of which a power multiplies errors."""
    total = add(a, exact(b))
    return quotient(a, total), quotient(exact(b), total)


def _fisher(a: Expr, b: Expr, x: Expr, *, survival: bool) -> Expr:
    valid = (a > 0.0) & (b > 0.0) & (a < inf) & (b < inf) & (x >= 0.0)
    share, rest = _shares(product_of(where(valid, a, 1.0), minimum(x, _LARGE)), b)
    first, second = (where(valid, 0.5 * n, nan) for n in (a, b))
    result = regularized(first, second, share, rest, complement=survival)
    return where(valid & (x == inf), 0.0 if survival else 1.0, result)


@looping("fdtr")
def fdtr(dfn: Expr, dfd: Expr, x: Expr) -> Expr:
    """Compute the distribution function of the F distribution."""
    return _fisher(dfn, dfd, x, survival=False)


@looping("fdtrc")
def fdtrc(dfn: Expr, dfd: Expr, x: Expr) -> Expr:
    """Compute the survival function of the F distribution."""
    return _fisher(dfn, dfd, x, survival=True)


@looping("fdtri")
def fdtri(dfn: Expr, dfd: Expr, p: Expr) -> Expr:
    """Compute the inverse of `fdtr` with respect to x."""
    share, rest = quantile(0.5 * dfn, 0.5 * dfd, p, 1.0 - p)
    return dfd * share / (dfn * rest)


@looping("stdtr")
def stdtr(df: Expr, t: Expr) -> Expr:
    """Compute the distribution function of Student's t distribution."""
    finite, size = minimum(df, _LARGE), minimum(abs(t), _LARGE)
    rest, share = _shares(product_of(size, size), finite)
    half = where(df > 0.0, 0.5 * finite, nan)
    tail = 0.5 * regularized(half, 0.5 + 0.0 * half, share, rest, complement=False)
    tail = where(t.is_inf(), where(df > 0.0, 0.0 * half, nan), tail)
    result = where(t < 0.0, tail, where(t == 0.0, 0.5 + 0.0 * half, 1.0 - tail))
    return where(df == inf, call(ndtr, t), where(t.is_nan(), nan, result))


@looping("stdtrit")
def stdtrit(df: Expr, p: Expr) -> Expr:
    """Compute the inverse of `stdtr` with respect to t."""
    tail = minimum(p, 1.0 - p)
    inside = (tail > 0.0) & (tail < 0.5) & (df > 0.0) & (df < inf)
    half = where(inside, 0.5 * df, 1.0)
    twice = where(inside, 2.0 * tail, 0.5)
    share, rest = quantile(half, 0.5 + 0.0 * half, twice, 1.0 - twice)
    size = (maximum(half, 0.0) * 2.0 * rest / share).unary("Sqrt")
    edge = where(tail == 0.0, tail.const(inf), where(tail == 0.5, tail.const(0.0), nan))
    result = where(inside, size, where(df > 0.0, edge, nan)) * (p - 0.5).sign()
    return where(df == inf, call(ndtri, p), result)
