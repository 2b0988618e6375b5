"""The error function and the normal distribution."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.lowering.special import error
from onnxp.special._apply import apply


def erf(x: Array, /) -> Array:
    """Compute the error function, the integral of ``2 / sqrt(π) * exp(-t**2)`` from 0 to x.

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
    >>> xp.special.erf(xp.asarray([0.0, 1.0]))
    Array([0.        , 0.84270079], dtype=float64)
    """
    return apply(error.erf, x)


def erfc(x: Array, /) -> Array:
    """Compute ``1 - erf(x)``, accurately where that is small.

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
    >>> xp.special.erfc(xp.asarray([0.0, 1.0, 20.0]))
    Array([1.00000000e+000, 1.57299207e-001, 5.39586561e-176], dtype=float64)
    """
    return apply(error.erfc, x)


def erfcinv(y: Array, /) -> Array:
    """Compute the inverse of `erfc`.

    Parameters
    ----------
    y : array
        Of a real dtype.

    Returns
    -------
    Array
        Of the shape of `y`; of float32 if `y` is, else of float64.

    Raises
    ------
    DTypeError
        If `y` is complex or text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.erfcinv(xp.asarray([0.0, 0.5, 2.0]))
    Array([       inf, 0.47693628,       -inf], dtype=float64)
    """
    return apply(error.erfcinv, y)


def erfcx(x: Array, /) -> Array:
    """Compute ``exp(x**2) * erfc(x)``, which does not underflow.

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
    >>> xp.special.erfcx(xp.asarray([0.0, 1e10]))
    Array([1.00000000e+00, 5.64189584e-11], dtype=float64)
    """
    return apply(error.erfcx, x)


def erfinv(y: Array, /) -> Array:
    """Compute the inverse of `erf`.

    Parameters
    ----------
    y : array
        Of a real dtype.

    Returns
    -------
    Array
        Of the shape of `y`; of float32 if `y` is, else of float64.

    Raises
    ------
    DTypeError
        If `y` is complex or text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.erfinv(xp.asarray([-1.0, 0.0, 0.5]))
    Array([      -inf, 0.        , 0.47693628], dtype=float64)
    """
    return apply(error.erfinv, y)


def log_ndtr(x: Array, /) -> Array:
    """Compute the logarithm of `ndtr`, accurately in both tails.

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
    >>> xp.special.log_ndtr(xp.asarray([-50.0, 0.0]))
    Array([-1.25483136e+03, -6.93147181e-01], dtype=float64)
    """
    return apply(error.log_ndtr, x)


def ndtr(x: Array, /) -> Array:
    """Compute the distribution function of the standard normal distribution.

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
    >>> xp.special.ndtr(xp.asarray([-1.0, 0.0, 1.0]))
    Array([0.15865525, 0.5       , 0.84134475], dtype=float64)
    """
    return apply(error.ndtr, x)


def ndtri(p: Array, /) -> Array:
    """Compute the quantiles of the standard normal distribution, the inverse of `ndtr`.

    Parameters
    ----------
    p : array
        Of a real dtype.

    Returns
    -------
    Array
        Of the shape of `p`; of float32 if `p` is, else of float64.

    Raises
    ------
    DTypeError
        If `p` is complex or text.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.ndtri(xp.asarray([0.0, 0.5, 0.975]))
    Array([      -inf, 0.        , 1.95996398], dtype=float64)
    """
    return apply(error.ndtri, p)
