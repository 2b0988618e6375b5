"""Logarithms of sums of exponentials, and shares in such sums."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from onnxp._src.api.elementwise import abs as absolute
from onnxp._src.api.elementwise import exp, isfinite, log, log1p, real, sign
from onnxp._src.api.manipulation import squeeze
from onnxp._src.api.searching import where
from onnxp._src.api.statistical import Axis
from onnxp._src.api.statistical import max as largest_of
from onnxp._src.api.statistical import sum as sum_of
from onnxp._src.array.array import Array
from onnxp._src.array.operands import as_array, as_like, cast
from onnxp._src.shapes.shape import normalize_axes
from onnxp.special._apply import computed_in


def logsumexp(
    a: Array,
    axis: Axis = None,
    b: Any = None,
    keepdims: bool = False,
    return_sign: bool = False,
) -> Any:
    """Compute the logarithm of the sum of ``b * exp(a)``, without overflow.

    Parameters
    ----------
    a : array
        Of a numeric dtype.
    axis : int or tuple of int, optional
        The axes to sum along; all by default.
    b : array or number, optional
        Factors that broadcast with `a`; where one is 0, any `a` adds nothing.
    keepdims : bool, optional
        Whether to keep the axes with size 1.
    return_sign : bool, optional
        Whether to return the logarithm of the absolute value, and the sign. Otherwise, the logarithm
        of a negative sum is NaN.

    Returns
    -------
    Array, or tuple of two
        Of float32 if all arrays are, else of float64; complex with this precision if one is complex. The sign
        of a complex sum is its direction.

    Raises
    ------
    DTypeError, BroadcastError
        If an array is text, or the shapes do not broadcast.
    ArgumentError
        If there are no elements. If only the run can tell, the run fails.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.logsumexp(xp.asarray([1000.0, 1000.0]))
    Array(1000.69314718, dtype=float64)
    """
    x, weights = _operands("logsumexp", a, b, or_complex=True)
    if x.dtype.family == "complex":
        top, terms = _complex_terms(x, weights, axis)
        total = sum_of(terms, axis=axis, keepdims=True)
        logarithm, signs = log(absolute(total) if return_sign else total) + top, sign(total)
    else:
        top, terms, rest = _parts(x, weights, axis)
        share = rest / terms
        # with factors of both signs, the terms may cancel
        usual = log(absolute(terms)) + log1p(where(share > -0.5, share, 0.0))
        logarithm = where(share > -0.5, usual, log(absolute(terms + rest))) + top
        signs = sign(terms + rest)
        if not return_sign and b is not None:
            logarithm = where(signs < 0.0, nan, logarithm)
    if not keepdims:
        axes = normalize_axes(axis, x.ndim, "logsumexp")
        logarithm, signs = squeeze(logarithm, axes), squeeze(signs, axes)
    return (logarithm, signs) if return_sign else logarithm


def softmax(x: Array, axis: Axis = None) -> Array:
    """Compute the share of each exponential in their sum.

    Parameters
    ----------
    x : array
        Of a numeric dtype.
    axis : int or tuple of int, optional
        The axes to sum along; all by default.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64; complex64 and complex128 stay.

    Raises
    ------
    DTypeError
        If `x` is text.
    ArgumentError
        If there are no elements. If only the run can tell, the run fails.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.softmax(xp.asarray([1000.0, 1000.0]))
    Array([0.5, 0.5], dtype=float64)
    """
    x, _ = _operands("softmax", x, None, or_complex=True)
    if x.dtype.family == "complex":
        _, terms = _complex_terms(x, None, axis)
    else:
        terms = exp(x - largest_of(x, axis=axis, keepdims=True))
    return terms / sum_of(terms, axis=axis, keepdims=True)


def log_softmax(x: Array, axis: Axis = None) -> Array:
    """Compute the logarithm of `softmax`, accurately for shares near 0 and 1.

    Parameters
    ----------
    x : array
        Of a real dtype.
    axis : int or tuple of int, optional
        The axes to sum along; all by default.

    Returns
    -------
    Array
        Of the shape of `x`; of float32 if `x` is, else of float64.

    Raises
    ------
    DTypeError
        If `x` is complex or text.
    ArgumentError
        If there are no elements. If only the run can tell, the run fails.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.special.log_softmax(xp.asarray([1000.0, 0.0]))
    Array([    0., -1000.], dtype=float64)
    """
    x, _ = _operands("log_softmax", x, None)
    top, terms, rest = _parts(x, None, axis)
    return (x - top) - (log(terms) + log1p(rest / terms))


def _complex_terms(x: Array, weights: Array | None, axis: Axis) -> tuple[Array, Array]:
    """Return the largest real part, and the terms over its exponential."""
    sizes = real(x) if weights is None else where(weights == 0.0, -inf, real(x))
    largest = largest_of(sizes, axis=axis, keepdims=True)
    top = where(isfinite(largest), largest, 0.0)
    terms = exp(x - top)
    if weights is not None:
        terms = where(weights == 0.0, 0.0, weights * terms)
    return top, terms


def _operands(
    function: str, a: Any, b: Any, *, or_complex: bool = False
) -> tuple[Array, Array | None]:
    dtype = computed_in(function, (a,) if b is None else (a, b), or_complex=or_complex)
    x = cast(as_array(a, function), dtype)
    return x, None if b is None else cast(as_like(b, dtype, function), dtype)


def _parts(x: Array, weights: Array | None, axis: Axis) -> tuple[Array, Array, Array]:
    """Return the largest element, and the sums of its terms and of the others over its exponential."""
    if weights is not None:
        x = where(weights == 0.0, -inf, x)
    largest = largest_of(x, axis=axis, keepdims=True)
    top = where(isfinite(largest), largest, 0.0)
    is_top = x == largest
    ones = exp(where(is_top, x, top) - top)
    rest = exp(where(is_top, -inf, x) - top)
    if weights is not None:
        ones, rest = weights * ones, weights * rest
    terms = sum_of(where(is_top, ones, 0.0), axis=axis, keepdims=True)
    return top, terms, sum_of(rest, axis=axis, keepdims=True)
