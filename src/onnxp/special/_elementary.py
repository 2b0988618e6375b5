"""Variants of exponentials, logarithms, roots and powers."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand
from onnxp._src.lowering.elementwise import exponential
from onnxp._src.lowering.special import elementary
from onnxp.special._apply import apply


def boxcox(x: Operand, lmbda: Operand, /) -> Array:
    """Compute ``(x**lmbda - 1) / lmbda``, or the logarithm of x for ``lmbda == 0``.

    Parameters
    ----------
    x, lmbda : array or number
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
    >>> xp.special.boxcox(xp.asarray([1.0, 4.0]), 0.5)
    Array([0., 2.], dtype=float64)
    """
    return apply(elementary.boxcox, x, lmbda)


def boxcox1p(x: Operand, lmbda: Operand, /) -> Array:
    """Compute `boxcox` of ``1 + x``, accurately near 0.

    Parameters
    ----------
    x, lmbda : array or number
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
    >>> xp.special.boxcox1p(xp.asarray([0.0, 1e-20]), 0.5)
    Array([0.e+00, 1.e-20], dtype=float64)
    """
    return apply(elementary.boxcox1p, x, lmbda)


def cbrt(x: Array, /) -> Array:
    """Compute the cube root.

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
    >>> xp.special.cbrt(xp.asarray([-8.0, 27.0]))
    Array([-2.,  3.], dtype=float64)
    """
    return apply(elementary.cbrt, x)


def cosm1(x: Array, /) -> Array:
    """Compute ``cos(x) - 1``, accurately near 0.

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
    >>> xp.special.cosm1(xp.asarray([0.0, 1e-9]))
    Array([-0.e+00, -5.e-19], dtype=float64)
    """
    return apply(elementary.cosm1, x)


def exp10(x: Array, /) -> Array:
    """Compute 10 to the power of x.

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
    >>> xp.special.exp10(xp.asarray([-1.0, 3.0]))
    Array([1.e-01, 1.e+03], dtype=float64)
    """
    return apply(elementary.exp10, x)


def exp2(x: Array, /) -> Array:
    """Compute 2 to the power of x.

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
    >>> xp.special.exp2(xp.asarray([-1.0, 3.0]))
    Array([0.5, 8. ], dtype=float64)
    """
    return apply(elementary.exp2, x)


def expm1(x: Array, /) -> Array:
    """Compute ``exp(x) - 1``, accurately near 0.

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
    >>> xp.special.expm1(xp.asarray([0.0, 1e-20]))
    Array([0.e+00, 1.e-20], dtype=float64)
    """
    return apply(exponential.expm1, x)


def expit(x: Array, /) -> Array:
    """Compute ``1 / (1 + exp(-x))``, the logistic function.

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
    >>> xp.special.expit(xp.asarray([-1.0, 0.0, 1000.0]))
    Array([0.26894142, 0.5       , 1.        ], dtype=float64)
    """
    return apply(elementary.expit, x)


def exprel(x: Array, /) -> Array:
    """Compute ``(exp(x) - 1) / x``, which is 1 at 0.

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
    >>> xp.special.exprel(xp.asarray([0.0, 1.0]))
    Array([1.        , 1.71828183], dtype=float64)
    """
    return apply(elementary.exprel, x)


def inv_boxcox(x: Operand, lmbda: Operand, /) -> Array:
    """Compute the inverse of `boxcox` with respect to its first argument.

    Parameters
    ----------
    x, lmbda : array or number
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
    >>> xp.special.inv_boxcox(xp.asarray([0.0, 2.0]), 0.5)
    Array([1., 4.], dtype=float64)
    """
    return apply(elementary.inv_boxcox, x, lmbda)


def inv_boxcox1p(x: Operand, lmbda: Operand, /) -> Array:
    """Compute the inverse of `boxcox1p` with respect to its first argument.

    Parameters
    ----------
    x, lmbda : array or number
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
    >>> xp.special.inv_boxcox1p(xp.asarray([0.0, 2.0]), 0.5)
    Array([0., 3.], dtype=float64)
    """
    return apply(elementary.inv_boxcox1p, x, lmbda)


def log1p(x: Array, /) -> Array:
    """Compute ``log(1 + x)``, accurately near 0.

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
    >>> xp.special.log1p(xp.asarray([0.0, 1e-20]))
    Array([0.e+00, 1.e-20], dtype=float64)
    """
    return apply(exponential.log1p, x)


def log_expit(x: Array, /) -> Array:
    """Compute the logarithm of `expit`, accurately in both tails.

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
    >>> xp.special.log_expit(xp.asarray([-1000.0, 0.0]))
    Array([-1.00000000e+03, -6.93147181e-01], dtype=float64)
    """
    return apply(elementary.log_expit, x)


def logit(p: Array, /) -> Array:
    """Compute ``log(p / (1 - p))``, the inverse of `expit`.

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
    >>> xp.special.logit(xp.asarray([0.0, 0.5, 0.9]))
    Array([      -inf, 0.        , 2.19722458], dtype=float64)
    """
    return apply(elementary.logit, p)


def radian(d: Operand, m: Operand, s: Operand, /) -> Array:
    """Convert degrees, minutes and seconds to radians.

    Parameters
    ----------
    d, m, s : array or number
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
    >>> xp.special.radian(xp.asarray([180.0, 1.0]), 30, 0)
    Array([3.1503193 , 0.02617994], dtype=float64)
    """
    return apply(elementary.radian, d, m, s)


def sinc(x: Array, /) -> Array:
    """Compute ``sin(π*x) / (π*x)``, which is 1 at 0, and 0 at other integers.

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
    >>> xp.special.sinc(xp.asarray([0.0, 0.5]))
    Array([1.        , 0.63661977], dtype=float64)
    """
    return apply(elementary.sinc, x)
