"""Data type functions (the standard's chapter of that name)."""

from __future__ import annotations

from typing import Any, Literal, TypeGuard

from onnxp._src import dtypes, ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.defined import defined
from onnxp._src.array.device import require_device
from onnxp._src.array.nullable import MISSING, filled, null_of, plain, with_null
from onnxp._src.array.operands import Operand, as_array, as_like, cast
from onnxp._src.array.scalars import Scalar
from onnxp._src.dtypes import DType, finfo, iinfo, isdtype
from onnxp._src.lowering import categories, parsing, reductions, stored, strings
from onnxp._src.lowering.time import text, units
from onnxp.errors import ArgumentError, DTypeError, EvaluationError, PromotionError


def astype(x: Array, dtype: object, /, *, copy: bool = True, device: object = None) -> Array:
    """Cast an array to a data type.

    Floats are truncated to integers and integers wrap. The runtime decides what NaN, infinities and
    numbers out of the integer's range become. A number is true unless it is 0.

    Integers and bools go to strings, as Python writes them. A string goes to real numbers if it is one in
    decimal notation (as ``"-12"``; for floating-point dtypes also ``"1.5e-3"``, ``"nan"`` and ``"inf"``);
    else the evaluation, or the run of the model, fails. So it does for integers that the dtype cannot hold,
    where numpy raises an ``OverflowError``, and for ``"1_000"``, which numpy reads. Floats that are too large
    are infinite, those that are too small 0; the last bit of a number below 2.2e-308 may differ from numpy's.

    Points in time go to coarser units by rounding down, and to text in ISO 8601, as numpy writes it. Text
    goes to points in time if it is one of the years from 0 to 9999, with a ``T`` or a space before the time;
    any other text becomes NaT, as does what the unit does not express. Numbers count units; NaN becomes NaT
    and the reverse, and in int64 NaT is the smallest number. Months and years have no fixed length, so spans
    in these go to the other units only by way of points in time.

    To the dtypes that only constants have, such as bfloat16, floats are rounded to the nearest number, ties to
    even.

    Text goes to categories if it is one of their labels, else it becomes missing, and the reverse gives the
    labels. To signed integers they go as their codes, the positions of labels, and -1 for a missing one;
    `recode` makes labels of codes, and of other labels.

    Parameters
    ----------
    x : array
        Of any dtype.
    dtype : dtype
        The data type to cast to. Complex arrays can be cast to complex dtypes and bool only; strings
        cannot be cast to complex or bool, nor floating-point numbers to string, since the operator
        keeps 8 digits. Only constants can be cast to dtypes of fewer than 16 bits but int8 and uint8, and to
        bfloat16.
    copy : bool, optional
        Whether the result must be another array object even if nothing changes.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array
        Of the shape of `x`.

    Raises
    ------
    DTypeError
        If there is no such dtype, or `x` cannot be cast to it.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.astype(xp.asarray([1.5, -1.5]), xp.int64)
    Array([ 1, -1], dtype=int64)
    """
    require_device(device, "astype")
    target = dtypes.as_dtype(dtype)
    if getattr(x, "dtype", None) is target:
        return new_array(target, x._planes) if copy else x
    array = as_array(x, "astype")
    if array.dtype.is_nullable or target.is_nullable:
        return _nullable(array, target)
    if array.dtype.extension is not None or target.extension is not None:
        return _extension(array, target)
    if target.family == "stored":
        return _stored(array, target)
    if "category" in (array.dtype.family, target.family):
        return _categories(array, target)
    if array.dtype.unit or target.unit:
        return _times(array, target)
    if array.dtype is dtypes.string or target is dtypes.string:
        return _text(array, target)
    if array.dtype.family == "complex" and target.family != "complex":
        if target.family != "bool":
            raise DTypeError(
                f"astype: {array.dtype} cannot be cast to {target}; take xp.real, xp.imag or xp.abs of it first"
            )
        real, imag = (ops.cast(plane, target) for plane in array._planes)
        return new_array(target, (ops.or_(real, imag),))
    return cast(array, target)


def _nullable(array: Array, target: DType) -> Array:
    """Cast to or from a nullable dtype."""
    if not target.is_nullable and target.family not in MISSING:
        return cast(array, target)  # which refuses
    values, null = plain(array), null_of(array)
    if array.dtype.plain is dtypes.string and target.plain is not dtypes.string:
        values = filled(array, as_like("1", dtypes.string, "astype"))  # a number, or the run fails
    return with_null(astype(values, target.plain), null)


def _stored(array: Array, target: DType) -> Array:
    """Round constants to a dtype that models store."""
    if array.is_traced:
        raise DTypeError(
            f"astype: {target} stores constants, but the array depends on an input of the model; compute in "
            f"{array.dtype}, and cast weights, which are known"
        )
    if array.dtype.family not in ("bool", "int", "uint", "float"):
        raise DTypeError(
            f"astype: {array.dtype} cannot be cast to {target}; cast it to {target.computed} first"
        )
    return new_array(target, (stored.narrowed(array._planes[0], target),))


def _times(array: Array, target: DType) -> Array:
    """Cast to or from times."""
    plane = array._planes[0]
    if array.dtype.family == "datetime" and target is dtypes.string:
        return new_array(target, (text.to_text(plane, array.dtype),))
    if target.family == "datetime" and array.dtype is dtypes.string:
        return new_array(target, (text.from_text(plane, target),))
    return new_array(target, (units.convert(plane, array.dtype, target),))


def _extension(array: Array, target: DType) -> Array:
    """Cast to or from a user-defined dtype, by its own definition."""
    for dtype in (array.dtype, target):
        result = (
            NotImplemented if dtype.extension is None else defined(dtype, "astype", array, target)
        )
        if isinstance(result, Array):
            if result.dtype is target:
                return result
            raise DTypeError(
                f"astype: the definition for {dtype} returned {result.dtype}, but {target} is needed"
            )
    owner = target if target.extension is not None else array.dtype
    raise DTypeError(
        f"astype: {array.dtype} cannot be cast to {target}; define it by a function with the decorator "
        f"@{owner}.define('astype')"
    )


def _categories(array: Array, target: DType) -> Array:
    """Cast to or from categories: labels as text, or their codes as integers."""
    plane = array._planes[0]
    if target.family == "category":
        if array.dtype is dtypes.string:
            return new_array(target, (categories.codes_of(plane, target),))
        codes = array.dtype.family in ("int", "category")
        advice = "; write xp.recode(x, dtype)" if codes else ""
    else:
        if target is dtypes.string:
            return new_array(target, (categories.text_of(plane, array.dtype),))
        if target.family == "int":
            return new_array(target, (ops.cast(plane, target),))
        advice = "; write xp.map(x, {label: number}), or cast to xp.int64 for the codes of labels"
    raise DTypeError(f"astype: {array.dtype} cannot be cast to {target}{advice}")


def _text(array: Array, target: DType) -> Array:
    """Cast to or from strings."""
    plane = array._planes[0]
    if array.dtype is dtypes.string and target.family in ("int", "uint", "float"):
        return new_array(target, (parsing.parse(plane, target),))
    if array.dtype.family in ("int", "uint", "bool"):
        return new_array(target, (strings.to_string(plane),))
    if target is dtypes.bool_:  # as in Python, text is true unless it is empty
        return new_array(target, (reductions.truth((plane,)),))
    advice = "map the values that occur"
    if target is dtypes.string:
        advice = f"runtimes write other digits than numpy; {advice}"
    raise DTypeError(f"astype: {array.dtype} cannot be cast to {target}; {advice}")


def recode(
    x: Operand, dtype: object, /, *, unknown: Literal["missing", "error"] = "missing"
) -> Array:
    """Change the labels of categories, or make categories of text or codes.

    Parameters
    ----------
    x : array
        Of a `category` dtype, of strings, or of signed integers, which are codes: the positions of labels.
    dtype : DType
        The `category` dtype of the result.
    unknown : {"missing", "error"}, optional
        What becomes of labels that `dtype` does not have: missing ones, or the evaluation, or the run of the
        model, fails.

    Returns
    -------
    Array
        Of the shape of `x`. It takes a node or two.

    Raises
    ------
    DTypeError
        If `x` has another dtype, or `dtype` no labels.
    ArgumentError
        If `unknown` has another value.
    EvaluationError
        If `unknown` is ``"error"``, and there is another label.

    Examples
    --------
    >>> import onnxp as xp
    >>> x = xp.asarray(["b", "a", "c"], dtype=xp.category(("a", "b", "c")))
    >>> xp.recode(x, xp.category(("b", "a")))
    Array(['b', 'a', ''], dtype=category[b, a])
    """
    array = as_array(x, "recode")
    target = dtypes.as_dtype(dtype)
    if unknown not in ("missing", "error"):
        raise ArgumentError(f"recode: unknown must be 'missing' or 'error', not {unknown!r}")
    if array.dtype.family not in ("category", "string", "int") or target.family != "category":
        raise DTypeError(
            f"recode: {array.dtype} cannot be recoded to {target}; categories are made of text, of integers "
            "and of other categories"
        )
    if array.dtype is target:
        return new_array(target, array._planes)
    plane = array._planes[0]
    strict = unknown == "error"
    if strict and not array.is_traced:
        _require_labels(array, target)
    if array.dtype.family == "category":
        codes = categories.recoded(plane, array.dtype, target, strict=strict)
    elif array.dtype is dtypes.string:
        codes = categories.codes_of(plane, target, strict=strict)
    else:
        codes = categories.of_integers(plane, target, strict=strict)
    return new_array(target, (codes,))


def _require_labels(array: Array, target: DType) -> None:
    """Raise an error if an element of a constant is a label or a code that categories do not have.

    Raises
    ------
    EvaluationError
        If there is one.
    """
    known = (
        {*target.categories, ""}
        if array.dtype.family != "int"
        else range(-1, len(target.categories))
    )
    for element in array._numpy().ravel().tolist():
        if element not in known:
            raise EvaluationError(
                f"recode: {element!r} is none of the labels of {target}; write unknown='missing' to make it "
                "missing"
            )


def can_cast(from_: object, to: object, /) -> bool:
    """Test whether promotion can turn one dtype into another.

    Parameters
    ----------
    from_ : dtype or array
        The dtype to cast from.
    to : dtype
        The dtype to cast to.

    Returns
    -------
    bool
        True if `from_` and `to` promote to `to`.

    Raises
    ------
    DTypeError
        If an argument is not a dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.can_cast(xp.int8, xp.int16), xp.can_cast(xp.int64, xp.float64)
    (True, True)
    """
    source = dtypes.dtype_of(from_)
    target = dtypes.as_dtype(to)
    try:
        return dtypes.promote(source, target) is target
    except PromotionError:
        return False


def result_type(*arrays_and_dtypes: Array | DType | Scalar | Any) -> DType:
    """Return the dtype that arrays, dtypes and Python scalars promote to.

    Parameters
    ----------
    *arrays_and_dtypes : array, dtype or scalar
        At least one array or dtype.

    Returns
    -------
    DType

    Raises
    ------
    ArgumentError
        If there are scalars only.
    PromotionError, ScalarError
        If some are text and others are not.

    Notes
    -----
    Within a kind, and where the standard combines kinds, its tables hold; elsewhere numpy's do (NEP 50).

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.result_type(xp.int8, xp.uint8), xp.result_type(xp.float32, 1j)
    (onnxp.int16, onnxp.complex64)
    """
    typed = [x for x in arrays_and_dtypes if not _is_scalar(x)]
    if not typed:
        raise ArgumentError("result_type needs an array or a dtype among its arguments")
    result = dtypes.promote_all(map(dtypes.dtype_of, typed), "result_type").computed
    for scalar in arrays_and_dtypes:
        if _is_scalar(scalar):
            result = dtypes.beside(result, scalar, "result_type")
    return result


def _is_scalar(obj: object) -> TypeGuard[Scalar]:
    return isinstance(obj, bool | int | float | complex) and not hasattr(obj, "dtype")


__all__ = ["astype", "can_cast", "finfo", "iinfo", "isdtype", "recode", "result_type"]
