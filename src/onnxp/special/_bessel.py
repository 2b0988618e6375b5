"""Bessel functions of the orders 0 and 1."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.lowering.special import bessel
from onnxp.special._apply import apply


def i0(x: Array, /) -> Array:
    """Compute the modified Bessel function of the first kind of order 0.

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
    >>> xp.special.i0(xp.asarray([0.0, 1.0]))
    Array([1.        , 1.26606588], dtype=float64)
    """
    return apply(bessel.i0, x)


def i0e(x: Array, /) -> Array:
    """Compute ``exp(-abs(x)) * i0(x)``, which does not overflow.

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
    >>> xp.special.i0e(xp.asarray([0.0, 1000.0]))
    Array([1.        , 0.01261724], dtype=float64)
    """
    return apply(bessel.i0e, x)


def i1(x: Array, /) -> Array:
    """Compute the modified Bessel function of the first kind of order 1.

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
    >>> xp.special.i1(xp.asarray([0.0, 1.0]))
    Array([0.       , 0.5651591], dtype=float64)
    """
    return apply(bessel.i1, x)


def i1e(x: Array, /) -> Array:
    """Compute ``exp(-abs(x)) * i1(x)``, which does not overflow.

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
    >>> xp.special.i1e(xp.asarray([0.0, 1000.0]))
    Array([0.        , 0.01261093], dtype=float64)
    """
    return apply(bessel.i1e, x)


def j0(x: Array, /) -> Array:
    """Compute the Bessel function of the first kind of order 0.

    Near its zeros from 5 on, the error is small in comparison with its amplitude.

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
    >>> xp.special.j0(xp.asarray([0.0, 10.0]))
    Array([ 1.        , -0.24593576], dtype=float64)
    """
    return apply(bessel.j0, x)


def j1(x: Array, /) -> Array:
    """Compute the Bessel function of the first kind of order 1.

    Near its zeros from 5 on, the error is small in comparison with its amplitude.

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
    >>> xp.special.j1(xp.asarray([0.0, 10.0]))
    Array([0.        , 0.04347275], dtype=float64)
    """
    return apply(bessel.j1, x)


def k0(x: Array, /) -> Array:
    """Compute the modified Bessel function of the second kind of order 0.

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
    >>> xp.special.k0(xp.asarray([0.0, 1.0]))
    Array([       inf, 0.42102444], dtype=float64)
    """
    return apply(bessel.k0, x)


def k0e(x: Array, /) -> Array:
    """Compute ``exp(x) * k0(x)``, which does not underflow.

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
    >>> xp.special.k0e(xp.asarray([1.0, 1000.0]))
    Array([1.14446308, 0.03962832], dtype=float64)
    """
    return apply(bessel.k0e, x)


def k1(x: Array, /) -> Array:
    """Compute the modified Bessel function of the second kind of order 1.

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
    >>> xp.special.k1(xp.asarray([0.0, 1.0]))
    Array([       inf, 0.60190723], dtype=float64)
    """
    return apply(bessel.k1, x)


def k1e(x: Array, /) -> Array:
    """Compute ``exp(x) * k1(x)``, which does not underflow.

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
    >>> xp.special.k1e(xp.asarray([1.0, 1000.0]))
    Array([1.63615349, 0.03964813], dtype=float64)
    """
    return apply(bessel.k1e, x)


def y0(x: Array, /) -> Array:
    """Compute the Bessel function of the second kind of order 0.

    Near its zeros, the error is small in comparison with its amplitude.

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
    >>> xp.special.y0(xp.asarray([0.0, 10.0]))
    Array([      -inf, 0.05567117], dtype=float64)
    """
    return apply(bessel.y0, x)


def y1(x: Array, /) -> Array:
    """Compute the Bessel function of the second kind of order 1.

    Near its zeros, the error is small in comparison with its amplitude.

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
    >>> xp.special.y1(xp.asarray([0.0, 10.0]))
    Array([      -inf, 0.24901542], dtype=float64)
    """
    return apply(bessel.y1, x)
