"""`op`, which records an ONNX operator by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onnxp._src import dtypes
from onnxp._src.array.array import Array
from onnxp._src.array.base import all_materialized, from_host, new_array
from onnxp._src.dtypes import DType
from onnxp._src.graph.record import record_many
from onnxp._src.graph.values import Operator, Value
from onnxp._src.model.linker import LONG_NAME, open_model
from onnxp._src.model.shape_inference import sized
from onnxp._src.model.version_converter import enum_name, tensor_type
from onnxp._src.ops.versions import BASE_OPSET
from onnxp.errors import DTypeError, OperatorError
from onnxp.onnx._attributes import attribute
from onnxp.onnx._guards import checked
from onnxp.onnx._results import infer_outputs, input_type, one_node, output_types
from onnxp.onnx._schemas import Call, candidates
from onnxp.onnx._sizes import Given
from onnxp.onnx._substitutes import divided, in_branch


def op(
    name: str,
    /,
    *inputs: Any,
    domain: str = "",
    version: int | None = None,
    outputs: int | None = None,
    **attributes: Any,
) -> Any:
    """Record an ONNX operator.

    Parameters
    ----------
    name : str
        The name of the operator in ONNX, such as ``"Gelu"``.
    *inputs : array, number, text or None
        The inputs. None omits an optional input. A number is converted to the dtype of other inputs if the
        operator requires the same dtype for them.
    domain : str, optional
        The domain of the operator, such as ``"ai.onnx.ml"`` or ``"com.microsoft"``. The default is the
        domain of ONNX.
    version : int, optional
        The version of the domain (the opset) that defines the operator. The default is the lowest opset of
        exported models, or the first newer one that has the operator.
    outputs : int, optional
        The number of outputs, if some of them are optional. By default, only the required outputs are returned.
    **attributes : int, float, str, dtype, array, or a sequence of these
        The attributes, with their names in ONNX. For an operator without a schema, ``dtype`` and ``shape``
        declare the dtype and the shape of the output, or lists of them for several outputs; a size of None is
        known when the model has run. They are attributes if the schema of the operator has attributes of
        this name.

    Returns
    -------
    Array or tuple of Array
        The output, or a tuple of several outputs.

    Raises
    ------
    OperatorError
        If the operator does not exist, or does not take these inputs and attributes.
    OpsetError
        By `onnxp.build` or `onnxp.trace`, if the operator needs a newer opset than the one requested.

    Notes
    -----
    Kernels of some runtimes end the process on some inputs. There, other nodes are recorded: a division of
    integers by 0 gives 0, and the smallest integer divided by -1 itself. What has no elements, and must have
    some, is an error, of this function or of the run: the operand of a recurrence, of DFT, of Unique along an
    axis, the image of ConvTranspose, GridSample and RoiAlign, blocks of Col2Im and QuantizeLinear. So are
    indices of MaxUnpool, RoiAlign and GatherND beyond an array, attributes and ranks that `onnxp.load` refuses,
    and sizes that inputs must share, such as a bias of Conv and its weights: kernels that do not compare them
    read beyond the smaller one; likewise the columns of the predictors of ai.onnx.ml and their coefficients.
    Operators of other domains are recorded as they are.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.onnx.op("Celu", xp.asarray([-1.0, 2.0], dtype=xp.float32), alpha=2.0)
    Array([-0.78693867,  2.        ], dtype=float32)
    >>> values, indices = xp.onnx.op("TopK", xp.asarray([3.0, 1.0, 2.0]), np.array([2]))
    >>> indices
    Array([0, 2], dtype=int64)
    """
    if not all(isinstance(text, str) for text in (name, domain)):
        raise OperatorError(
            f"op: the name and the domain of an operator must be text, not {name!r} and {domain!r}"
        )
    domain = "" if domain == LONG_NAME else domain
    while inputs and inputs[-1] is None:
        inputs = inputs[:-1]
    first: OperatorError | None = None
    for candidate in candidates(name, domain, version):
        try:
            return _record(Call(name, domain, version, candidate), inputs, outputs, attributes)
        except OperatorError as error:  # a newer version may accept the call
            first = first or error
    assert first is not None
    raise first


def _record(
    call: Call, inputs: Sequence[Any], outputs: int | None, arguments: Mapping[str, Any]
) -> Any:
    attributes = {key: value for key, value in arguments.items() if value is not None}
    formals = call.schema.attributes if call.schema is not None else {}
    declared: dict[str, Any] = {
        k: attributes.pop(k) for k in ("dtype", "shape") if k in attributes and k not in formals
    }
    if any(enum_name(a.type) in ("GRAPH", "GRAPHS") for a in formals.values()):
        raise call.error("it has subgraphs; use xp.cond, xp.while_loop or xp.scan")
    written = tuple((key, _written(call, key, value)) for key, value in sorted(attributes.items()))
    _check_attributes(call, {key for key, _ in written})
    values = _values(call, inputs)
    count = _count(call, outputs)
    low = call.version or 1
    if call.schema is not None:
        low = call.schema.since_version
    values = checked(Given(call.domain, call.name, values, attributes, call.error))
    operator, kinds = infer_outputs(
        call, Operator(call.domain, call.name, low, None), values, written, count
    )
    types = output_types(call, kinds, declared)
    quotient = divided(call.name, values, attributes) if call.domain == "" else None
    if quotient is not None:
        return new_array(quotient.dtype, (quotient,))
    if call.domain == "" and operator.high is not None and operator.high < BASE_OPSET:
        model = one_node(operator, written, tuple(input_type(v, {}) for v in values), count)
        opened = open_model(model, call.name)
        results = record_many(
            opened.linked, tuple(v for v in values if v is not None), [(d, ()) for d, _ in types]
        )
    else:
        guarded = in_branch(operator, values, types, attributes, written)
        results = guarded or record_many(operator, values, [(d, ()) for d, _ in types], written)
    arrays = []
    for value, (dtype, shape) in zip(results, types, strict=True):
        value.shape = sized(value, shape)
        arrays.append(new_array(dtype, (value,)))
    arrays = list(all_materialized(arrays))
    return arrays[0] if count == 1 else tuple(arrays)


# Attributes


def _check_attributes(call: Call, keys: set[str]) -> None:
    if call.schema is None:
        return
    import difflib

    formals = call.schema.attributes
    for key in sorted(keys - formals.keys()):
        close = difflib.get_close_matches(key, formals, 1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise call.error(f"there is no attribute {key!r}{hint}")
    for key, formal in formals.items():
        if formal.required and key not in keys:
            raise call.error(f"the attribute {key!r} is missing")


def _written(call: Call, key: str, value: Any) -> bytes:
    formal = call.schema.attributes.get(key) if call.schema is not None else None
    try:
        return attribute(key, value, None if formal is None else enum_name(formal.type))
    except TypeError as error:
        raise call.error(f"the attribute {key!r} {error}") from None


# Inputs and outputs


def _values(call: Call, inputs: Sequence[Any]) -> tuple[Value | None, ...]:
    """Convert the inputs to values, and check them against the schema."""
    form = call.schema
    arrays = [_array(call, i, obj) for i, obj in enumerate(inputs)]
    if form is None:
        return tuple(None if a is None else _number(call, i, a, None) for i, a in enumerate(arrays))
    if not form.min_input <= len(inputs) <= form.max_input:
        raise call.error(f"{len(inputs)} inputs were given")
    bound: dict[str, DType] = {}
    formals = [form.inputs[min(i, len(form.inputs) - 1)] for i in range(len(inputs))]
    for i, (array, formal) in enumerate(zip(arrays, formals, strict=True)):
        if array is None:
            if enum_name(formal.option) != "Optional":
                raise call.error(f"the input {formal.name} is required")
        elif isinstance(array, Value):
            if tensor_type(array.dtype) not in formal.types:
                raise call.error(f"input {i}, {formal.name}, is {array.dtype}")
            if _is_alike(formal):
                other = bound.setdefault(formal.type_str, array.dtype)
                if other is not array.dtype:
                    raise call.error(
                        f"input {i}, {formal.name}, is {array.dtype}, but must be {other} like another input"
                    )
    return tuple(
        None if array is None else _number(call, i, array, _number_dtype(formal, array, bound))
        for i, (array, formal) in enumerate(zip(arrays, formals, strict=True))
    )


_INSTEAD = {
    "complex": "xp.real(x) and xp.imag(x)",
    "nullable": "xp.nulls.fill_null(x, value) and xp.nulls.isnull(x)",
    "extension": "the arrays of {dtype}.parts(x)",
}
"""What to pass in place of an array that has several planes, by the family of its dtype."""


def _is_alike(formal: Any) -> bool:
    """Return whether all inputs of the same type variable have the same dtype."""
    return not formal.type_str.startswith("tensor(") and formal.is_homogeneous


def _array(call: Call, position: int, obj: Any) -> Any:
    """Convert an array to a value; return numbers, text and None unchanged."""
    if obj is None or isinstance(obj, bool | int | float | str):
        return obj
    if isinstance(obj, np.ndarray | np.generic):
        try:
            obj = from_host(np.array(obj, order="C"))
        except DTypeError as error:
            raise call.error(f"input {position}: {error}") from None
    if not isinstance(obj, Array):
        raise call.error(
            f"input {position} must be an array, a number, text or None, not {obj!r} "
            f"of type {type(obj).__name__}"
        )
    if len(obj._planes) > 1:
        advice = _INSTEAD[obj.dtype.family].format(dtype=obj.dtype)
        raise call.error(
            f"input {position} is {obj.dtype}, which ONNX operators do not support; pass {advice}"
        )
    return obj._planes[0]


def _number_dtype(formal: Any, obj: Any, bound: Mapping[str, DType]) -> DType | None:
    """Return the dtype of a number, text or bool as an input."""
    if isinstance(obj, Value):
        return None
    if _is_alike(formal) and formal.type_str in bound:
        return bound[formal.type_str]
    usual: tuple[DType, ...] = (dtypes.int64, dtypes.float32, dtypes.float64)
    if isinstance(obj, str):
        usual = (dtypes.string,)
    elif isinstance(obj, bool):
        usual = (dtypes.bool_,)
    elif isinstance(obj, float):
        usual = (dtypes.float64, dtypes.float32)
    return next((d for d in usual if tensor_type(d) in formal.types), None)


def _number(call: Call, position: int, obj: Any, dtype: DType | None) -> Value:
    if isinstance(obj, Value):
        return obj
    if dtype is None:
        if call.schema is not None:
            raise call.error(f"input {position} cannot be {obj!r}")
        dtype = dtypes.as_dtype(type(obj))
    if isinstance(obj, str) is not (dtype.family == "string"):
        raise call.error(f"input {position} is {obj!r}, but {dtype} is needed")
    try:
        data = np.asarray(obj, dtype.numpy)
    except (OverflowError, ValueError) as error:
        raise call.error(f"input {position}: {error}") from None
    if isinstance(obj, float) and dtype.family != "float":
        raise call.error(f"input {position} is {obj!r}, but {dtype} is needed")
    return from_host(data)._planes[0]


def _count(call: Call, outputs: int | None) -> int:
    form = call.schema
    if outputs is None:
        return max(form.min_output, 1) if form is not None else 1
    most = form.max_output if form is not None else 2**31
    least = max(form.min_output, 1) if form is not None else 1
    if type(outputs) is not int or not least <= outputs <= most:
        upper = "" if most > 1000 else f" and at most {most}"
        raise call.error(f"outputs must be at least {least}{upper}, not {outputs!r}")
    return outputs
