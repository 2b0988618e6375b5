"""Terms of entropies, and robust losses."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand
from onnxp._src.lowering.special import entropy
from onnxp.special._apply import apply


def entr(x: Array, /) -> Array:
    """Compute ``-x * log(x)``; 0 at 0, and negative infinity below.

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
    >>> xp.special.entr(xp.asarray([0.0, 0.5, -1.0]))
    Array([0.        , 0.34657359,       -inf], dtype=float64)
    """
    return apply(entropy.entr, x)


def huber(delta: Operand, r: Operand, /) -> Array:
    """Compute Huber's loss: ``r**2 / 2`` up to delta, ``delta * (abs(r) - delta / 2)`` beyond.

    It is infinite for negative delta.

    Parameters
    ----------
    delta, r : array or number
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
    >>> xp.special.huber(1.0, xp.asarray([0.5, 3.0]))
    Array([0.125, 2.5  ], dtype=float64)
    """
    return apply(entropy.huber, delta, r)


def kl_div(x: Operand, y: Operand, /) -> Array:
    """Compute ``x * log(x / y) - x + y``, accurately for similar numbers.

    It is y where x is 0 and y is not negative, and infinite where x or y is negative.

    Parameters
    ----------
    x, y : array or number
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
    >>> xp.special.kl_div(xp.asarray([1.0, 0.0]), xp.asarray([2.0, 3.0]))
    Array([0.30685282, 3.        ], dtype=float64)
    """
    return apply(entropy.kl_div, x, y)


def pseudo_huber(delta: Operand, r: Operand, /) -> Array:
    """Compute ``delta**2 * (sqrt(1 + (r / delta)**2) - 1)``, a smooth loss like Huber's.

    It is infinite for negative delta.

    Parameters
    ----------
    delta, r : array or number
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
    >>> xp.special.pseudo_huber(1.0, xp.asarray([0.5, 3.0]))
    Array([0.11803399, 2.16227766], dtype=float64)
    """
    return apply(entropy.pseudo_huber, delta, r)


def rel_entr(x: Operand, y: Operand, /) -> Array:
    """Compute ``x * log(x / y)``.

    It is 0 where x is 0 and y is not negative, and infinite where x or y is negative.

    Parameters
    ----------
    x, y : array or number
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
    >>> xp.special.rel_entr(xp.asarray([1.0, 0.0]), xp.asarray([2.0, 3.0]))
    Array([-0.69314718,  0.        ], dtype=float64)
    """
    return apply(entropy.rel_entr, x, y)


def xlog1py(x: Operand, y: Operand, /) -> Array:
    """Compute ``x * log(1 + y)``, which is 0 where x is 0.

    Parameters
    ----------
    x, y : array or number
        Of a numeric dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64; complex with this
        precision if one is complex.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.xlog1py(xp.asarray([0.0, 2.0]), xp.asarray([-1.0, 1e-20]))
    Array([0.e+00, 2.e-20], dtype=float64)
    """
    return apply(entropy.xlog1py, x, y)


def xlogy(x: Operand, y: Operand, /) -> Array:
    """Compute ``x * log(y)``, which is 0 where x is 0.

    Parameters
    ----------
    x, y : array or number
        Of a numeric dtype; at least one is an array.

    Returns
    -------
    Array
        Of the broadcast shape; of float32 if all arrays are, else of float64; complex with this
        precision if one is complex.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is text, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.xlogy(xp.asarray([0.0, 2.0]), xp.asarray([0.0, 3.0]))
    Array([0.        , 2.19722458], dtype=float64)
    """
    return apply(entropy.xlogy, x, y)
