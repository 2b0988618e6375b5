"""Distributions of counts: binomial, negative binomial and Poisson."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand
from onnxp._src.lowering.special import distributions
from onnxp.special._apply import apply


def bdtr(k: Operand, n: Operand, p: Operand, /) -> Array:
    """Compute the probability of at most floor(k) successes in n trials, of the binomial distribution.

    Parameters
    ----------
    k, n, p : array or number
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
    >>> xp.special.bdtr(xp.asarray([0, 2]), 5, 0.5)
    Array([0.03125, 0.5    ], dtype=float64)
    """
    return apply(distributions.bdtr, k, n, p)


def bdtrc(k: Operand, n: Operand, p: Operand, /) -> Array:
    """Compute the probability of more than floor(k) successes in n trials.

    Parameters
    ----------
    k, n, p : array or number
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
    >>> xp.special.bdtrc(xp.asarray([0, 2]), 5, 0.5)
    Array([0.96875, 0.5    ], dtype=float64)
    """
    return apply(distributions.bdtrc, k, n, p)


def bdtri(k: Operand, n: Operand, y: Operand, /) -> Array:
    """Compute the inverse of `bdtr` with respect to p.

    Parameters
    ----------
    k, n, y : array or number
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
    >>> xp.special.bdtri(xp.asarray([2]), 5, 0.5)
    Array([0.5], dtype=float64)
    """
    return apply(distributions.bdtri, k, n, y)


def nbdtr(k: Operand, n: Operand, p: Operand, /) -> Array:
    """Compute the probability of at most floor(k) failures before n successes.

    Parameters
    ----------
    k, n, p : array or number
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
    >>> xp.special.nbdtr(xp.asarray([0, 2]), 5, 0.5)
    Array([0.03125  , 0.2265625], dtype=float64)
    """
    return apply(distributions.nbdtr, k, n, p)


def nbdtrc(k: Operand, n: Operand, p: Operand, /) -> Array:
    """Compute the probability of more than floor(k) failures before n successes.

    Parameters
    ----------
    k, n, p : array or number
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
    >>> xp.special.nbdtrc(xp.asarray([0, 2]), 5, 0.5)
    Array([0.96875  , 0.7734375], dtype=float64)
    """
    return apply(distributions.nbdtrc, k, n, p)


def nbdtri(k: Operand, n: Operand, y: Operand, /) -> Array:
    """Compute the inverse of `nbdtr` with respect to p.

    Parameters
    ----------
    k, n, y : array or number
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
    >>> xp.special.nbdtri(xp.asarray([2]), 5, 0.5)
    Array([0.63588391], dtype=float64)
    """
    return apply(distributions.nbdtri, k, n, y)


def pdtr(k: Operand, m: Operand, /) -> Array:
    """Compute the probability of at most floor(k) events of the Poisson distribution with mean m.

    Parameters
    ----------
    k, m : array or number
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
    >>> xp.special.pdtr(xp.asarray([0, 2]), 1.5)
    Array([0.22313016, 0.80884683], dtype=float64)
    """
    return apply(distributions.pdtr, k, m)


def pdtrc(k: Operand, m: Operand, /) -> Array:
    """Compute the probability of more than floor(k) events of the Poisson distribution with mean m.

    Parameters
    ----------
    k, m : array or number
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
    >>> xp.special.pdtrc(xp.asarray([0, 2]), 1.5)
    Array([0.77686984, 0.19115317], dtype=float64)
    """
    return apply(distributions.pdtrc, k, m)


def pdtri(k: Operand, y: Operand, /) -> Array:
    """Compute the inverse of `pdtr` with respect to m.

    Parameters
    ----------
    k, y : array or number
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
    >>> xp.special.pdtri(xp.asarray([0, 2]), 0.5)
    Array([0.69314718, 2.67406031], dtype=float64)
    """
    return apply(distributions.pdtri, k, y)
