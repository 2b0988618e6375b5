"""The beta function and relatives, and the regularized incomplete beta function.

The latter is a continued fraction (Didonato and Morris 1992) on one side of the mean and its complement on the
other. Its factor ``x**a * (1 - x)**b / beta(a, b)`` is computed in 106 bits.
"""

from __future__ import annotations

from math import inf, nan

from onnxp._src.lowering.elementwise.double_double import (
    Twofold,
    add,
    quotient,
    subtract,
    sum_of,
    times,
)
from onnxp._src.lowering.expr import Expr, maximum, minimum, where
from onnxp._src.lowering.special.exponents import (
    beta_of,
    exact,
    exp_of,
    gamma_quotient,
    log_of,
    signed_gamma_of,
)
from onnxp._src.lowering.special.formulas import inside_out, looping, ones, special
from onnxp._src.lowering.special.inverses import solve

_LARGE = 1e6  # from here on, quotients of gamma functions are expanded
_LARGEST = 1e8  # if both parameters are larger, fractions would take seconds
_LARGEST_TERM = 1e9  # logarithms of gamma functions have 24 digits
_WHOLE = 2.0**50  # larger results may not be the nearest integers


def _is_whole(x: Expr) -> Expr:
    return x.unary("Floor") == x


def _even(x: Expr) -> Expr:
    """Return 1 for even integers, -1 for odd ones."""
    return 1.0 - 2.0 * (x - 2.0 * (0.5 * x).unary("Floor"))


def _beta_of(x: Expr, y: Expr) -> tuple[Twofold, Expr, Expr]:
    """Return a logarithm and a factor of the beta function, and whether it has a pole."""
    a, b = minimum(x, y), maximum(x, y)
    pole = _is_whole(a) & (a <= 0.0)
    # a negative integer and a smaller positive one
    finite = pole & _is_whole(b) & (b > 0.0) & (a + b <= 0.0)
    total = sum_of(a, b)
    low = where(finite, 0.0, total.low)
    total = Twofold(where(finite, 1.0 - a, total.high), low)
    first = signed_gamma_of(where(finite, (1.0 - a) - b, a))
    second, last = signed_gamma_of(b), signed_gamma_of(total)
    exponent = subtract(add(first[0], second[0]), last[0])
    factor = first[1] * second[1] / last[1]
    far = (b > _LARGE) & (abs(a) <= 0.5 * b)
    distant = subtract(first[0], gamma_quotient(maximum(b, _LARGE), where(far, a, 0.0)))
    exponent = _reliable(_either(far, distant, exponent), far | (a > 0.0), maximum(abs(a), b))
    factor = where(far, first[1], factor * where(finite, _even(b), 1.0))
    return exponent, factor, (pole | _is_whole(b) & (b <= 0.0)) & ~finite


def _reliable(exponent: Twofold, certain: Expr, size: Expr) -> Twofold:
    """Return a logarithm; NaN if it is small and consists of logarithms too large to have its digits."""
    lost = ~certain & (size > _LARGEST_TERM) & (abs(exponent.high) < 800.0)
    return Twofold(where(lost, nan, exponent.high), exponent.low)


def _either(condition: Expr, a: Twofold, b: Twofold) -> Twofold:
    return Twofold(where(condition, a.high, b.high), where(condition, a.low, b.low))


@special("beta")
def beta(a: Expr, b: Expr) -> Expr:
    """Compute ``gamma(a) * gamma(b) / gamma(a + b)``."""
    exponent, factor, pole = _beta_of(a, b)
    result = where(pole, inf, exp_of(exponent) * factor)
    return where((maximum(a, b) == inf) & (minimum(a, b) > 0.0), 0.0, result)


@special("betaln")
def betaln(a: Expr, b: Expr) -> Expr:
    """Compute the logarithm of the absolute value of the beta function."""
    exponent, factor, pole = _beta_of(a, b)
    result = where(pole, inf, exponent.high + (abs(factor).unary("Log") + exponent.low))
    return where((maximum(a, b) == inf) & (minimum(a, b) > 0.0), -inf, result)


def _rounded(result: Expr, whole: Expr) -> Expr:
    """Round a result that is a whole number."""
    return where(whole & (abs(result) < _WHOLE), result.unary("Round"), result)


@special("binom")
def binom(n: Expr, k: Expr) -> Expr:
    """Compute ``gamma(n + 1) / (gamma(k + 1) * gamma(n - k + 1))``; of integers, an integer."""
    k = where(k > 0.5 * n, n - k, k)
    one = n.const(1.0)
    top, bottom, rest = map(
        signed_gamma_of, (sum_of(n, one), sum_of(k, one), add(sum_of(n, -k), exact(one)))
    )
    exponent = subtract(top[0], rest[0])
    far = (n > _LARGE) & (abs(k) <= 0.4 * n)
    start = maximum(n, _LARGE) - where(far, k - 1.0, 0.0)
    exponent = _either(far, gamma_quotient(start, where(far, k, 0.0)), exponent)
    exponent = _reliable(exponent, far, maximum(abs(n), abs(k)))
    result = exp_of(subtract(exponent, bottom[0])) / bottom[1]
    result = result * where(far, 1.0, top[1] / rest[1])
    outside = _is_whole(k) & (k < 0.0)
    result = where(outside, 0.0, _rounded(result, _is_whole(n) & _is_whole(k)))
    result = where((n == inf) & (k >= 0.0), where(k > 0.0, n, 1.0), result)
    undefined = _is_whole(n) & (n < 0.0) | n.is_nan() | k.is_nan()
    return where(undefined, nan, result)


@special("poch")
def poch(z: Expr, m: Expr) -> Expr:
    """Compute ``gamma(z + m) / gamma(z)``; of integers, an integer."""
    top = sum_of(z, m)
    above = _is_whole(top.high) & _is_whole(top.low) & (top.high <= 0.0)
    below = _is_whole(z) & (z <= 0.0)
    both = above & below  # the quotient of two poles
    first = signed_gamma_of(_either(both, exact(1.0 - z), top))
    second = signed_gamma_of(_either(both, subtract(exact(1.0 - z), exact(m)), exact(z)))
    far = (z > _LARGE) & (abs(m) <= 0.5 * z)
    distant = gamma_quotient(maximum(z, _LARGE), where(far, m, 0.0))
    exponent = _either(far, distant, subtract(first[0], second[0]))
    exponent = _reliable(exponent, far, maximum(abs(z), abs(m)))
    result = exp_of(exponent) * where(far, 1.0, first[1] / second[1])
    whole = _is_whole(z) & _is_whole(m) & (m > 0.0)
    result = _rounded(result * where(both, _even(m), 1.0), whole)
    result = where(below & ~above, 0.0, where(above & ~below, inf, result))
    result = where((z == inf) & (abs(m) < inf), where(m > 0.0, z, 0.0), result)
    return where(m == 0.0, 1.0, result)


# Incomplete


def _fraction(a: Expr, b: Expr, x: Twofold, y: Twofold) -> Expr:
    """Return a continued fraction for x up to the mean."""
    one = exact(a.const(1.0))
    distance = add(subtract(times(a, y), times(b, x)), one)
    middle = distance.high
    least = minimum(a, b)
    slow = minimum(10.0 / y.high.unary("Sqrt"), 110.0)
    depth = 20.0 + slow + 1.3 * minimum(least, _LARGEST).unary("Sqrt")
    z = x.high

    def step(k: Expr, inner: Expr) -> Expr:
        twice = a + 2.0 * k
        before = twice - 1.0
        numerator = (a + (k - 1.0)) / before * (((a + b) + (k - 1.0)) / before)
        numerator = numerator * (k * (b - k) * z * z)
        start = k + k * (b - k) * z / before
        return numerator / ((start + (a + k) / (twice + 1.0) * (middle + k * (2.0 - z))) + inner)

    # the rest is small unless x is near the mean
    start = quotient(times(a, distance), add(exact(a), one))
    rest = inside_out(depth, step, ones(a, b, z) - 1.0)
    return 1.0 / (start.high + (start.low + rest))


def _switch(a: Expr, b: Expr) -> Expr:
    """Return where the function is neither small nor near 1, and both fractions converge."""
    mean, safe = a / (a + b), (a + 1.0) / (a + b + 2.0)
    return where(a > b, maximum(safe, minimum(mean, 0.98)), minimum(safe, maximum(mean, 0.02)))


def pair(a: Expr, b: Expr, x: Twofold, y: Twofold) -> tuple[Expr, Expr, Expr]:
    """Return the function and its complement for x and ``y = 1 - x``, and their common factor."""
    turned = x.high > _switch(a, b)
    p, q = where(turned, b, a), where(turned, a, b)
    u = Twofold(where(turned, y.high, x.high), where(turned, y.low, x.low))
    v = Twofold(where(turned, x.high, y.high), where(turned, x.low, y.low))
    logarithm, divisor = beta_of(p, q)
    powers = add(times(p, log_of(u)), times(q, log_of(v)))
    exponent = subtract(powers, logarithm)
    factor = exponent.high.unary("Exp") / divisor
    fraction = _fraction(p, q, u, v)
    smaller = factor * (fraction + fraction * exponent.low)
    smaller = where((minimum(p, q) > _LARGEST) & (smaller > 0.0), nan, smaller)
    return where(turned, 1.0 - smaller, smaller), where(turned, smaller, 1.0 - smaller), factor


def regularized(a: Expr, b: Expr, x: Twofold, y: Twofold, *, complement: bool) -> Expr:
    """Return the function or its complement; x and y are from 0 to 1."""
    inside = (a > 0.0) & (b > 0.0) & (a < inf) & (b < inf) & (x.high > 0.0) & (y.high > 0.0)
    half = x.high.const(0.5)
    low, high = (
        Twofold(where(inside, part.high, half), where(inside, part.low, 0.0)) for part in (x, y)
    )
    result = pair(where(inside, a, 1.0), where(inside, b, 1.0), low, high)[int(complement)]
    # of a = 0 or infinite b, all the weight is at 0
    at_zero, at_one = (a == 0.0) | (b == inf), (b == 0.0) | (a == inf)
    left = where(at_zero & ~at_one, half * 2.0, where(at_one & ~at_zero, half * 0.0, nan))
    edge = where(x.high == 0.0, 0.0, where(y.high == 0.0, 1.0, left))
    edge = where((a >= 0.0) & (b >= 0.0) & (x.high >= 0.0) & (y.high >= 0.0), edge, nan)
    edge = where(at_zero & (a == 0.0) & at_one & (b == 0.0), nan, edge)
    return where(inside, result, 1.0 - edge if complement else edge)


def one_minus(x: Expr) -> Twofold:
    """Return ``1 - x`` exactly."""
    return sum_of(x.const(1.0), -x)


@looping("betainc")
def betainc(a: Expr, b: Expr, x: Expr) -> Expr:
    """Compute the regularized incomplete beta function."""
    return regularized(a, b, exact(x), one_minus(x), complement=False)


@looping("betaincc")
def betaincc(a: Expr, b: Expr, x: Expr) -> Expr:
    """Compute the complement of `betainc`."""
    return regularized(a, b, exact(x), one_minus(x), complement=True)


def quantile(a: Expr, b: Expr, p: Expr, q: Expr) -> tuple[Expr, Expr]:
    """Return x and ``1 - x`` where the function is p and its complement is q."""
    inside = (a > 0.0) & (b > 0.0) & (a < inf) & (b < inf) & (p > 0.0) & (q > 0.0)
    a_, b_, low, high = (where(inside, value, 0.5) for value in (a, b, p, q))
    half = exact(low.const(0.5))
    at_half, rest, _ = pair(a_, b_, half, half)
    # turned so that x is at most 1/2
    turned = where(low < high, at_half < low, rest > high)
    first, second = where(turned, b_, a_), where(turned, a_, b_)
    low, high = where(turned, high, low), where(turned, low, high)
    exponent, factor = beta_of(first, second)
    logarithm = exponent.high + (first * factor).unary("Log")
    # x**a / (a * beta(a, b)) is at most this much too small
    spare = maximum(1.0 - second, 0.0) * 0.6931471805599453
    least = ((low.unary("Log") + logarithm - spare) / first).unary("Exp")

    def at(x: Expr) -> tuple[Expr, Expr, Expr]:
        lower, upper, common = pair(first, second, exact(x), one_minus(x))
        return lower, upper, common / (1.0 - x)

    guess = minimum(maximum(least, 1e-308), 0.5)
    x = solve(at, low, high, guess, 1e-308, 0.50001)
    x = where(least < 1e-307, least, x)
    left, right = where(turned, 1.0 - x, x), where(turned, x, 1.0 - x)
    edge = where(p == 0.0, 0.0, where(q == 0.0, p.const(1.0), nan))
    edge = where((a > 0.0) & (b > 0.0), edge, nan)
    return where(inside, left, edge), where(inside, right, 1.0 - edge)


@looping("betaincinv")
def betaincinv(a: Expr, b: Expr, y: Expr) -> Expr:
    """Compute the inverse of `betainc`."""
    return quantile(a, b, y, 1.0 - y)[0]


@looping("betainccinv")
def betainccinv(a: Expr, b: Expr, y: Expr) -> Expr:
    """Compute the inverse of `betaincc`."""
    return quantile(a, b, 1.0 - y, y)[0]
