"""The gamma function, its logarithm and derivatives."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.lowering.special import gamma as recipes
from onnxp.special._apply import apply


def digamma(x: Array, /) -> Array:
    """Compute the derivative of `gammaln`; another name of `psi`.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64; complex64 and complex128 stay.

    Raises
    ------
    DTypeError
        If `x` is text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.digamma(xp.asarray([1.0, 2.0]))
    Array([-0.57721566,  0.42278434], dtype=float64)
    """
    return apply(recipes.psi, x)


def factorial(n: Array, /) -> Array:
    """Compute ``gamma(n + 1)``, the correctly rounded product of 1 to n for integers; 0 for negative numbers.

    Parameters
    ----------
    n : array
        Of a real dtype.

    Returns
    -------
    Array
        Of the shape of `n`; of float32 if `n` is, else of float64.

    Raises
    ------
    DTypeError
        If `n` is complex or text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.factorial(xp.asarray([5, 20, -1]))
    Array([1.20000000e+02, 2.43290201e+18, 0.00000000e+00], dtype=float64)
    """
    return apply(recipes.factorial, n)


def gamma(x: Array, /) -> Array:
    """Compute the gamma function; of positive integers n, the correctly rounded factorial of ``n - 1``.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64; complex64 and complex128 stay.

    Raises
    ------
    DTypeError
        If `x` is text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.gamma(xp.asarray([0.5, 5.0, -1.0]))
    Array([ 1.77245385, 24.        ,         nan], dtype=float64)
    """
    return apply(recipes.gamma, x)


def gammaln(x: Array, /) -> Array:
    """Compute the logarithm of the absolute value of the gamma function.

    Near zeros of the result for negative numbers, the error is small in comparison with 1, not with the result.

    Parameters
    ----------
    x : array
        Of a real dtype.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64.

    Raises
    ------
    DTypeError
        If `x` is complex or text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.gammaln(xp.asarray([0.5, 100.0]))
    Array([  0.57236494, 359.13420537], dtype=float64)
    """
    return apply(recipes.gammaln, x)


def gammasgn(x: Array, /) -> Array:
    """Compute the sign of the gamma function; NaN at its poles.

    Parameters
    ----------
    x : array
        Of a real dtype.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64.

    Raises
    ------
    DTypeError
        If `x` is complex or text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.gammasgn(xp.asarray([2.0, -0.5, -1.5]))
    Array([ 1., -1.,  1.], dtype=float64)
    """
    return apply(recipes.gammasgn, x)


def loggamma(x: Array, /) -> Array:
    """Compute the logarithm of the gamma function; NaN for negative numbers that are not complex.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64; complex64 and complex128 stay.

    Raises
    ------
    DTypeError
        If `x` is text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.loggamma(xp.asarray([0.5, 100.0]))
    Array([  0.57236494, 359.13420537], dtype=float64)
    """
    return apply(recipes.loggamma, x)


def psi(x: Array, /) -> Array:
    """Compute the derivative of `gammaln`, the digamma function.

    Near zeros of the result for negative numbers, the error is small in comparison with 1, not with the result.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64; complex64 and complex128 stay.

    Raises
    ------
    DTypeError
        If `x` is text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.psi(xp.asarray([1.0, 2.0]))
    Array([-0.57721566,  0.42278434], dtype=float64)
    """
    return apply(recipes.psi, x)


def rgamma(x: Array, /) -> Array:
    """Compute the reciprocal of the gamma function, which is 0 at its poles.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64; complex64 and complex128 stay.

    Raises
    ------
    DTypeError
        If `x` is text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.rgamma(xp.asarray([5.0, -1.0]))
    Array([0.04166667, 0.        ], dtype=float64)
    """
    return apply(recipes.rgamma, x)
