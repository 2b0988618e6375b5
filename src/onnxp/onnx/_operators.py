"""`op`, which records an ONNX operator by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from onnxp._src import dtypes
from onnxp._src.array.array import Array
from onnxp._src.array.base import all_materialized, from_host, new_array
from onnxp._src.dtypes import BY_NAME, BY_ONNX, DType
from onnxp._src.graph.record import record_many
from onnxp._src.graph.values import Attributes, Operator, Value
from onnxp._src.model.linker import LONG_NAME, open_model
from onnxp._src.model.shape_inference import Inferred, Sizes, infer, sized
from onnxp._src.model.version_converter import (
    enum_name,
    history,
    known_domains,
    last_version,
    schema,
    tensor_type,
)
from onnxp._src.ops.versions import BASE_OPSET
from onnxp._src.program.spec import parse_shape
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import Shape, is_static, product
from onnxp.errors import DTypeError, OperatorError, ShapeError
from onnxp.onnx._attributes import attribute
from onnxp.onnx._guards import checked, divided, in_branch

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnx.defs import OpSchema

_SMALL = 64
"""Shape inference uses the values of concrete integers with up to this number of elements."""


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
    integers by 0 gives 0, and the smallest integer divided by -1 itself. A recurrence or a Unique along an axis
    of an array without elements is an error, of this function or of the run, and so are indices of MaxUnpool,
    RoiAlign and GatherND beyond an array.

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
    for candidate in _candidates(name, domain, version):
        try:
            return _record(_Call(name, domain, version, candidate), inputs, outputs, attributes)
        except OperatorError as error:  # a newer version may accept the call
            first = first or error
    assert first is not None
    raise first


def _candidates(name: str, domain: str, version: int | None) -> list[OpSchema | None]:
    """Return the schema versions of an operator to try, or None for one without a schema."""
    forms = history(domain, name)
    if not forms:
        if domain in known_domains():
            raise OperatorError(_unknown(name, domain))
        return [None]
    if version is not None:
        form = schema(domain, name, version)
        if form is None or form.deprecated:
            raise OperatorError(
                f"{name}: there is no such operator in version {version}; its versions are "
                f"{', '.join(str(f.since_version) for f in forms if not f.deprecated)}"
            )
        return [form]
    usable = [form for form in forms if not form.deprecated]
    if forms[-1].deprecated and domain == "" and forms[-1].since_version <= BASE_OPSET:
        raise OperatorError(
            f"{name} was removed in opset {forms[-1].since_version}; pass "
            f"version={usable[-1].since_version} to use its last version"
        )
    if domain != "":
        return [usable[-1]]
    old = [form for form in usable if form.since_version <= BASE_OPSET][-1:]
    return [*old, *(form for form in usable if form.since_version > BASE_OPSET)]


def _unknown(name: str, domain: str) -> str:
    import difflib

    from onnx import defs

    names = sorted({s.name for s in defs.get_all_schemas() if s.domain == domain})
    close = difflib.get_close_matches(name, names, 3, 0.5)
    by_case = [n for n in names if n.lower() == name.lower()]
    hint = ", ".join(by_case or close)
    return f"there is no operator {name!r} in {domain or 'ONNX'}" + (
        f"; did you mean {hint}?" if hint else "; for an operator of another domain, pass domain="
    )


class _Call(NamedTuple):
    """An operator with its schema."""

    name: str
    domain: str
    version: int | None
    schema: OpSchema | None

    def error(self, problem: str) -> OperatorError:
        return OperatorError(f"{self.name}: {problem}. {self.takes()}")

    def takes(self) -> str:
        """Describe the inputs and attributes of the operator for messages."""
        form = self.schema
        if form is None:
            return f"The operator has no schema in domain {self.domain!r}"
        inputs = ", ".join(
            formal.name + _OPTIONS[enum_name(formal.option)] + f" ({_types_text(formal.types)})"
            for formal in form.inputs
        )
        attributes = ", ".join(
            f"{a.name} ({enum_name(a.type).lower()}{', required' if a.required else ''})"
            for a in sorted(form.attributes.values(), key=lambda a: a.name)
        )
        return (
            f"{self.name} of {self.domain or 'opset'} {form.since_version} takes the inputs "
            f"{inputs or 'none'}; the attributes {attributes or 'none'}"
        )


_OPTIONS = {"Single": "", "Optional": "?", "Variadic": "..."}


def _types_text(types: Iterable[str]) -> str:
    names = [dtype.name for dtype in BY_NAME.values() if tensor_type(dtype) in types]
    others = [text for text in sorted(types) if not text.startswith("tensor(")]
    if len(names) >= 12 and not others:
        return "any"
    return ", ".join(names) if names else ", ".join(others[:3]) or "no supported dtype"


def _record(
    call: _Call, inputs: Sequence[Any], outputs: int | None, arguments: Mapping[str, Any]
) -> Any:
    attributes = dict(arguments)
    formals = call.schema.attributes if call.schema is not None else {}
    declared: dict[str, Any] = {
        k: attributes.pop(k) for k in ("dtype", "shape") if k in attributes and k not in formals
    }
    if any(enum_name(a.type) in ("GRAPH", "GRAPHS") for a in formals.values()):
        raise call.error("it has subgraphs; use xp.cond, xp.while_loop or xp.scan")
    written = tuple(
        (key, _written(call, key, value))
        for key, value in sorted(attributes.items())
        if value is not None
    )
    _check_attributes(call, {key for key, _ in written})
    values = _values(call, inputs)
    count = _count(call, outputs)
    if call.domain == "":
        values = checked(call.name, values, attributes, call.error)
    low = call.version or 1
    if call.schema is not None:
        low = call.schema.since_version
    operator, kinds = _infer(
        call, Operator(call.domain, call.name, low, None), values, written, count
    )
    types = _output_types(call, kinds, declared)
    quotient = divided(call.name, values, attributes) if call.domain == "" else None
    if quotient is not None:
        return new_array(quotient.dtype, (quotient,))
    if call.domain == "" and operator.high is not None and operator.high < BASE_OPSET:
        model = _one_node(operator, written, tuple(_kind(v, {}) for v in values), count)
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


def _check_attributes(call: _Call, keys: set[str]) -> None:
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


def _written(call: _Call, key: str, value: Any) -> bytes:
    formal = call.schema.attributes.get(key) if call.schema is not None else None
    try:
        return attribute(key, value, None if formal is None else enum_name(formal.type))
    except TypeError as error:
        raise call.error(f"the attribute {key!r} {error}") from None


# Inputs and outputs


def _values(call: _Call, inputs: Sequence[Any]) -> tuple[Value | None, ...]:
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
            if enum_name(formal.option) == "Single":
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


def _array(call: _Call, position: int, obj: Any) -> Any:
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


def _number(call: _Call, position: int, obj: Any, dtype: DType | None) -> Value:
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


def _count(call: _Call, outputs: int | None) -> int:
    form = call.schema
    if outputs is None:
        return max(form.min_output, 1) if form is not None else 1
    most = form.max_output if form is not None else 2**31
    least = max(form.min_output, 1) if form is not None else 1
    if type(outputs) is not int or not least <= outputs <= most:
        upper = "" if most > 1000 else f" and at most {most}"
        raise call.error(f"outputs must be at least {least}{upper}, not {outputs!r}")
    return outputs


# Types of outputs

_Kind = tuple[int, Shape, bytes] | None  # elem_type, sizes, data


def _kind(value: Value | None, places: Mapping[Dim, Dim]) -> _Kind:
    if value is None:
        return None
    sizes = tuple(places.get(s, s) if isinstance(s, Dim) else s for s in value.shape)
    content = b""
    small = value.trace is None and is_static(value.shape) and product(value.shape) <= _SMALL
    if small and value.dtype.family == "int":
        content = data_of(value).tobytes()
    return value.dtype.onnx, sizes, content


def _infer(
    call: _Call,
    operator: Operator,
    values: Sequence[Value | None],
    attributes: Attributes,
    count: int,
) -> tuple[Operator, list[Inferred]]:
    """Infer the last version of the operator, and the types of its outputs."""
    # without the actual sizes, which may refer to arrays: the cache must not keep these
    sizes = dict.fromkeys(s for v in values if v is not None for s in v.shape if isinstance(s, Dim))
    places = {size: dims.dim(f"size_{i}", 0) for i, size in enumerate(sizes)}
    sizes_of = {place: size for size, place in places.items()}
    kinds = tuple(_kind(value, places) for value in values)
    high, types = _inferred(operator, attributes, kinds, count)
    if isinstance(types, str):
        shapes = ", ".join("none" if v is None else f"{v.dtype}{list(v.shape)}" for v in values)
        raise call.error(f"it does not take {shapes}: {types}")
    return operator._replace(high=high), [
        Inferred(kind, None)
        if shape is None
        else Inferred(kind, tuple(sizes_of[s] if isinstance(s, Dim) else s for s in shape))
        for kind, shape in types
    ]


@lru_cache(maxsize=1024)
def _inferred(
    operator: Operator, attributes: Attributes, kinds: tuple[_Kind, ...], count: int
) -> tuple[int | None, list[Inferred] | str]:
    model = _one_node(operator, attributes, kinds, count)
    high = last_version(model.graph.node[0], operator.low)
    inputs: dict[str, tuple[int, Sizes | None]] = {
        f"x{i}": (kind[0], kind[1]) for i, kind in enumerate(kinds) if kind is not None
    }
    try:
        return high, infer(model, inputs, strict=True)
    except ShapeError as error:
        return high, str(error)


def _one_node(
    operator: Operator, attributes: Attributes, kinds: tuple[_Kind, ...], count: int
) -> ModelProto:
    from onnx import AttributeProto, ModelProto

    model = ModelProto(ir_version=10)
    model.opset_import.add(domain=operator.domain, version=operator.low)
    if operator.domain:
        model.opset_import.add(domain="", version=BASE_OPSET)
    graph = model.graph
    graph.name = operator.name
    node = graph.node.add(op_type=operator.name, domain=operator.domain)
    for i, kind in enumerate(kinds):
        node.input.append("" if kind is None else f"x{i}")
        if kind is None:
            continue
        elem_type, sizes, content = kind
        if content:
            tensor = graph.initializer.add(name=f"x{i}", data_type=elem_type, raw_data=content)
            tensor.dims.extend(map(int, sizes))
        info = graph.input.add(name=f"x{i}")
        info.type.tensor_type.elem_type = elem_type
        info.type.tensor_type.shape.SetInParent()
        for size in sizes:
            info.type.tensor_type.shape.dim.add(dim_value=size if type(size) is int else None)
    for _, content in attributes:
        attribute = AttributeProto()
        attribute.ParseFromString(content)
        node.attribute.append(attribute)
    for i in range(count):
        node.output.append(f"y{i}")
        graph.output.add(name=f"y{i}")
    return model


_Types = list[tuple[DType, tuple[Any, ...]]]


def _output_types(call: _Call, kinds: list[Inferred], declared: Mapping[str, Any]) -> _Types:
    """Combine the inferred dtypes and shapes of the outputs with those that the user declares."""
    count = len(kinds)
    declared_dtypes = _several(declared.get("dtype"), count)
    declared_shapes = (
        _several(declared.get("shape"), count) if count > 1 else [declared.get("shape")]
    )
    types: _Types = []
    for kind, declared_dtype, sizes in zip(kinds, declared_dtypes, declared_shapes, strict=True):
        if kind.elem_type == 0:
            raise call.error("its output is not a tensor")
        dtype = BY_ONNX.get(kind.elem_type) if kind.elem_type else None
        if dtype is None and kind.elem_type:
            raise call.error("its output has an unsupported dtype")
        if declared_dtype is not None:
            requested = dtypes.as_dtype(declared_dtype)
            if dtype is not None and dtype is not requested:
                raise call.error(f"its output is {dtype}, not {requested}")
            dtype = requested
        shape = kind.shape
        if sizes is not None:
            named = isinstance(sizes, tuple | list)
            parsed: Sizes = (
                tuple(None if size is None else parse_shape((size,))[0] for size in sizes)
                if named
                else parse_shape(sizes)
            )
            if shape is not None and len(shape) != len(parsed):
                raise call.error(f"its output has rank {len(shape)}, not {len(parsed)}")
            inferred = shape or (None,) * len(parsed)
            shape = tuple(p if k is None else k for k, p in zip(inferred, parsed, strict=True))
        if dtype is None or shape is None or len(dtype.planes) > 1:
            what = "dtype" if dtype is None else "shape"
            raise call.error(f"the {what} of its output is unknown; pass {what}=")
        types.append((dtype, shape))
    return types


def _several(obj: Any, count: int) -> list[Any]:
    return list(obj) if isinstance(obj, list | tuple) and len(obj) == count else [obj] * count
