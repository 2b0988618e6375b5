"""Trigonometric functions of angles in degrees."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.lowering.special import degrees
from onnxp.special._apply import apply


def cosdg(x: Array, /) -> Array:
    """Compute the cosine of an angle in degrees; 0 beyond 1e14.

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
    >>> xp.special.cosdg(xp.asarray([0.0, 60.0, 90.0]))
    Array([ 1. ,  0.5, -0. ], dtype=float64)
    """
    return apply(degrees.cosdg, x)


def cotdg(x: Array, /) -> Array:
    """Compute the cotangent of an angle in degrees; 0 beyond 1e14.

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
    >>> xp.special.cotdg(xp.asarray([0.0, 45.0, 90.0]))
    Array([inf,  1., -0.], dtype=float64)
    """
    return apply(degrees.cotdg, x)


def sindg(x: Array, /) -> Array:
    """Compute the sine of an angle in degrees; 0 beyond 1e14.

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
    >>> xp.special.sindg(xp.asarray([0.0, 30.0, 180.0]))
    Array([ 0. ,  0.5, -0. ], dtype=float64)
    """
    return apply(degrees.sindg, x)


def tandg(x: Array, /) -> Array:
    """Compute the tangent of an angle in degrees; 0 beyond 1e14.

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
    >>> xp.special.tandg(xp.asarray([0.0, 45.0, 90.0]))
    Array([ 0.,  1., inf], dtype=float64)
    """
    return apply(degrees.tandg, x)
