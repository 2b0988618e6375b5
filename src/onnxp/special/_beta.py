"""The beta function, relatives, and the incomplete gamma and beta functions."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand
from onnxp._src.lowering.special import incomplete_beta, incomplete_gamma
from onnxp.special._apply import apply


def beta(a: Operand, b: Operand, /) -> Array:
    """Compute ``gamma(a) * gamma(b) / gamma(a + b)``.

    Parameters
    ----------
    a, b : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.beta(xp.asarray([0.5, 2.0]), 3.0)
    Array([1.06666667, 0.08333333], dtype=float64)
    """
    return apply(incomplete_beta.beta, a, b)


def betainc(a: Operand, b: Operand, x: Operand, /) -> Array:
    """Compute the regularized incomplete beta function, for positive a and b and x from 0 to 1.

    Parameters
    ----------
    a, b, x : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.betainc(2.0, 3.0, xp.asarray([0.0, 0.5]))
    Array([0.    , 0.6875], dtype=float64)
    """
    return apply(incomplete_beta.betainc, a, b, x)


def betaincc(a: Operand, b: Operand, x: Operand, /) -> Array:
    """Compute ``1 - betainc(a, b, x)``, accurately where that is small.

    Parameters
    ----------
    a, b, x : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.betaincc(2.0, 3.0, xp.asarray([0.5, 1.0]))
    Array([0.3125, 0.    ], dtype=float64)
    """
    return apply(incomplete_beta.betaincc, a, b, x)


def betainccinv(a: Operand, b: Operand, y: Operand, /) -> Array:
    """Compute the inverse of `betaincc` with respect to x.

    Parameters
    ----------
    a, b, y : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.betainccinv(2.0, 3.0, xp.asarray([0.3125]))
    Array([0.5], dtype=float64)
    """
    return apply(incomplete_beta.betainccinv, a, b, y)


def betaincinv(a: Operand, b: Operand, y: Operand, /) -> Array:
    """Compute the inverse of `betainc` with respect to x.

    Parameters
    ----------
    a, b, y : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.betaincinv(2.0, 3.0, xp.asarray([0.6875]))
    Array([0.5], dtype=float64)
    """
    return apply(incomplete_beta.betaincinv, a, b, y)


def betaln(a: Operand, b: Operand, /) -> Array:
    """Compute the logarithm of the absolute value of `beta`.

    Parameters
    ----------
    a, b : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.betaln(xp.asarray([0.5, 200.0]), 300.0)
    Array([  -2.27910963, -337.98011307], dtype=float64)
    """
    return apply(incomplete_beta.betaln, a, b)


def binom(n: Operand, k: Operand, /) -> Array:
    """Compute the binomial coefficient, for real numbers too.

    Parameters
    ----------
    n, k : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.binom(xp.asarray([5.0, 0.5]), 2)
    Array([10.   , -0.125], dtype=float64)
    """
    return apply(incomplete_beta.binom, n, k)


def gammainc(a: Operand, x: Operand, /) -> Array:
    """Compute the regularized lower incomplete gamma function, for a and x that are not negative.

    Parameters
    ----------
    a, x : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.gammainc(xp.asarray([0.5, 100.0]), 100.0)
    Array([1.       , 0.5132988], dtype=float64)
    """
    return apply(incomplete_gamma.gammainc, a, x)


def gammaincc(a: Operand, x: Operand, /) -> Array:
    """Compute ``1 - gammainc(a, x)``, accurately where that is small.

    Parameters
    ----------
    a, x : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.gammaincc(xp.asarray([0.5, 100.0]), 100.0)
    Array([2.08848758e-45, 4.86701202e-01], dtype=float64)
    """
    return apply(incomplete_gamma.gammaincc, a, x)


def gammainccinv(a: Operand, y: Operand, /) -> Array:
    """Compute the inverse of `gammaincc` with respect to x.

    Parameters
    ----------
    a, y : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.gammainccinv(2.0, xp.asarray([0.5, 1e-10]))
    Array([ 1.67834699, 26.33398161], dtype=float64)
    """
    return apply(incomplete_gamma.gammainccinv, a, y)


def gammaincinv(a: Operand, y: Operand, /) -> Array:
    """Compute the inverse of `gammainc` with respect to x.

    Parameters
    ----------
    a, y : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.gammaincinv(2.0, xp.asarray([0.5, 1e-10]))
    Array([1.67834699e+00, 1.41422023e-05], dtype=float64)
    """
    return apply(incomplete_gamma.gammaincinv, a, y)


def poch(z: Operand, m: Operand, /) -> Array:
    """Compute ``gamma(z + m) / gamma(z)``, the rising factorial.

    Parameters
    ----------
    z, m : array or number
        Of a real dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is complex or text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.poch(xp.asarray([3.0, 0.5]), 2)
    Array([12.  ,  0.75], dtype=float64)
    """
    return apply(incomplete_beta.poch, z, m)
