"""Distributions of real numbers: chi-square, F, gamma and Student's t."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand
from onnxp._src.lowering.special import distributions
from onnxp.special._apply import apply


def chdtr(v: Operand, x: Operand, /) -> Array:
    """Compute the distribution function of the chi-squared distribution with v degrees of freedom.

    Parameters
    ----------
    v, x : array or number
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
    >>> xp.special.chdtr(2.0, xp.asarray([1.0, 3.0]))
    Array([0.39346934, 0.77686984], dtype=float64)
    """
    return apply(distributions.chdtr, v, x)


def chdtrc(v: Operand, x: Operand, /) -> Array:
    """Compute ``1 - chdtr(v, x)``, accurately where that is small.

    Parameters
    ----------
    v, x : array or number
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
    >>> xp.special.chdtrc(2.0, xp.asarray([1.0, 3.0]))
    Array([0.60653066, 0.22313016], dtype=float64)
    """
    return apply(distributions.chdtrc, v, x)


def chdtri(v: Operand, p: Operand, /) -> Array:
    """Compute the inverse of `chdtrc` with respect to x.

    Parameters
    ----------
    v, p : array or number
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
    >>> xp.special.chdtri(2.0, xp.asarray([0.05, 0.5]))
    Array([5.99146455, 1.38629436], dtype=float64)
    """
    return apply(distributions.chdtri, v, p)


def fdtr(dfn: Operand, dfd: Operand, x: Operand, /) -> Array:
    """Compute the distribution function of the F distribution.

    Parameters
    ----------
    dfn, dfd, x : array or number
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
    >>> xp.special.fdtr(2.0, 5.0, xp.asarray([1.0, 3.0]))
    Array([0.56879885, 0.86070251], dtype=float64)
    """
    return apply(distributions.fdtr, dfn, dfd, x)


def fdtrc(dfn: Operand, dfd: Operand, x: Operand, /) -> Array:
    """Compute ``1 - fdtr(dfn, dfd, x)``, accurately where that is small.

    Parameters
    ----------
    dfn, dfd, x : array or number
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
    >>> xp.special.fdtrc(2.0, 5.0, xp.asarray([1.0, 3.0]))
    Array([0.43120115, 0.13929749], dtype=float64)
    """
    return apply(distributions.fdtrc, dfn, dfd, x)


def fdtri(dfn: Operand, dfd: Operand, p: Operand, /) -> Array:
    """Compute the inverse of `fdtr` with respect to x.

    Parameters
    ----------
    dfn, dfd, p : array or number
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
    >>> xp.special.fdtri(2.0, 5.0, xp.asarray([0.5, 0.95]))
    Array([0.79876978, 5.78613504], dtype=float64)
    """
    return apply(distributions.fdtri, dfn, dfd, p)


def gdtr(a: Operand, b: Operand, x: Operand, /) -> Array:
    """Compute the distribution function of the gamma distribution with rate a and shape b.

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
    >>> xp.special.gdtr(2.0, 3.0, xp.asarray([1.0, 3.0]))
    Array([0.32332358, 0.9380312 ], dtype=float64)
    """
    return apply(distributions.gdtr, a, b, x)


def gdtrc(a: Operand, b: Operand, x: Operand, /) -> Array:
    """Compute ``1 - gdtr(a, b, x)``, accurately where that is small.

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
    >>> xp.special.gdtrc(2.0, 3.0, xp.asarray([1.0, 3.0]))
    Array([0.67667642, 0.0619688 ], dtype=float64)
    """
    return apply(distributions.gdtrc, a, b, x)


def stdtr(df: Operand, t: Operand, /) -> Array:
    """Compute the distribution function of Student's t distribution with df degrees of freedom.

    Parameters
    ----------
    df, t : array or number
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
    >>> xp.special.stdtr(3.0, xp.asarray([-1.0, 2.0]))
    Array([0.19550111, 0.93033702], dtype=float64)
    """
    return apply(distributions.stdtr, df, t)


def stdtrit(df: Operand, p: Operand, /) -> Array:
    """Compute the inverse of `stdtr` with respect to t.

    Parameters
    ----------
    df, p : array or number
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
    >>> xp.special.stdtrit(3.0, xp.asarray([0.5, 0.975]))
    Array([0.        , 3.18244631], dtype=float64)
    """
    return apply(distributions.stdtrit, df, p)
