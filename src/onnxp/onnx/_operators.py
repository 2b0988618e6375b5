"""Any ONNX operator, by its name: ``xp.onnx.op``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from onnxp._src import dtypes
from onnxp._src.array.array import Array, all_materialized, from_host, new_array
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
)
from onnxp._src.ops.versions import BASE_OPSET
from onnxp._src.program.spec import parse_shape
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import Shape, is_static, product
from onnxp.errors import DTypeError, OperatorError, ShapeError
from onnxp.onnx._attributes import attribute

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnx.defs import OpSchema

_SMALL = 64
"""Concrete integers of at most so many elements are shown to shape inference."""


def op(
    name: str,
    /,
    *inputs: Any,
    domain: str = "",
    version: int | None = None,
    outputs: int | None = None,
    **attributes: Any,
) -> Any:
    """Record any ONNX operator.

    Parameters
    ----------
    name : str
        The operator, called as in ONNX: ``"Gelu"``.
    *inputs : array, number, text or None
        What it reads; None leaves an optional input out. A number takes the dtype of the inputs that
        the operator wants to be alike.
    domain : str, optional
        Of the operator, such as ``"ai.onnx.ml"`` or ``"com.microsoft"``; ONNX's own by default.
    version : int, optional
        The version of the domain (the opset) in which the operator is meant. By default it is the
        opset that models get, or the first later one that knows the operator.
    outputs : int, optional
        How many outputs to ask for, where the operator leaves that open. By default those that it
        always has.
    **attributes : int, float, str, dtype, array, or a sequence of such
        Attributes, called as in ONNX. Where the operator has no attributes ``dtype`` and ``shape``,
        these two say what comes out of an operator that nobody here knows: a dtype and a shape, or
        lists of them.

    Returns
    -------
    Array or tuple of Array
        A tuple if there are several outputs.

    Raises
    ------
    OperatorError
        If there is no such operator, or it takes other inputs or attributes; the message says which.
    OpsetError
        When the model is built, if the operator needs a newer opset than allowed.

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
        raise OperatorError(f"op: an operator is named by text, not by {name!r} of {domain!r}")
    domain = "" if domain == LONG_NAME else domain
    while inputs and inputs[-1] is None:
        inputs = inputs[:-1]
    first: OperatorError | None = None
    for known in _candidates(name, domain, version):
        try:
            return _record(_Call(name, domain, version, known), inputs, outputs, attributes)
        except OperatorError as error:  # perhaps a newer version takes it
            first = first or error
    assert first is not None
    raise first


def _candidates(name: str, domain: str, version: int | None) -> list[OpSchema | None]:
    """Return the forms of an operator to try; None where nobody here knows it."""
    forms = history(domain, name)
    if not forms:
        if domain in known_domains():
            raise OperatorError(_unknown(name, domain))
        return [None]
    if version is not None:
        found = schema(domain, name, version)
        if found is None or found.deprecated:
            raise OperatorError(
                f"{name}: there is no such operator in version {version}; it is there in "
                f"{', '.join(str(f.since_version) for f in forms if not f.deprecated)} and up"
            )
        return [found]
    usable = [form for form in forms if not form.deprecated]
    if forms[-1].deprecated and domain == "" and forms[-1].since_version <= BASE_OPSET:
        raise OperatorError(
            f"{name} is gone since opset {forms[-1].since_version}; version={usable[-1].since_version} "
            "names it as it was"
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
        f"; did you mean {hint}?" if hint else "; an operator of another domain needs domain="
    )


class _Call(NamedTuple):
    """Which operator is called, in which form."""

    name: str
    domain: str
    version: int | None
    schema: OpSchema | None

    def error(self, problem: str) -> OperatorError:
        return OperatorError(f"{self.name}: {problem}. {self.takes()}")

    def takes(self) -> str:
        """Return what the operator takes, for messages."""
        known = self.schema
        if known is None:
            return f"Nothing is known of the operator itself, of domain {self.domain!r}"
        inputs = ", ".join(
            formal.name + _OPTIONS[enum_name(formal.option)] + f" ({_types_text(formal.types)})"
            for formal in known.inputs
        )
        attributes = ", ".join(
            f"{a.name} ({enum_name(a.type).lower()}{', required' if a.required else ''})"
            for a in sorted(known.attributes.values(), key=lambda a: a.name)
        )
        return (
            f"{self.name} of {self.domain or 'opset'} {known.since_version} takes the inputs "
            f"{inputs or 'none'}; the attributes {attributes or 'none'}"
        )


_OPTIONS = {"Single": "", "Optional": "?", "Variadic": "..."}


def _types_text(types: Iterable[str]) -> str:
    names = [dtype.name for dtype in BY_NAME.values() if _type_text(dtype) in types]
    others = [text for text in sorted(types) if not text.startswith("tensor(")]
    if len(names) >= 12 and not others:
        return "any"
    return ", ".join(names) if names else ", ".join(others[:3]) or "none of our dtypes"


def _type_text(dtype: DType) -> str:
    name = {"float32": "float", "float64": "double"}.get(dtype.name, dtype.name)
    return f"tensor({name})"


def _record(
    call: _Call, inputs: Sequence[Any], outputs: int | None, given: Mapping[str, Any]
) -> Any:
    attributes = dict(given)
    own = call.schema.attributes if call.schema is not None else {}
    told: dict[str, Any] = {
        k: attributes.pop(k) for k in ("dtype", "shape") if k in attributes and k not in own
    }
    if any(enum_name(a.type) in ("GRAPH", "GRAPHS") for a in own.values()):
        raise call.error("it has subgraphs, which xp.cond, xp.while_loop and xp.scan record")
    written = tuple(
        (key, _written(call, key, value))
        for key, value in sorted(attributes.items())
        if value is not None
    )
    _check_attributes(call, {key for key, _ in written})
    values = _values(call, inputs)
    count = _count(call, outputs)
    low = call.version or 1
    if call.schema is not None:
        low = call.schema.since_version
    operator, kinds = _infer(
        call, Operator(call.domain, call.name, low, None), values, written, count
    )
    types = _told_types(call, kinds, told)
    if call.domain == "" and operator.high is not None and operator.high < BASE_OPSET:
        model = _one_node(operator, written, tuple(_kind(v, {}) for v in values), count)
        opened = open_model(model, call.name)
        results = record_many(
            opened.linked, tuple(v for v in values if v is not None), [(d, ()) for d, _ in types]
        )
    else:
        results = record_many(operator, values, [(dtype, ()) for dtype, _ in types], written)
    arrays = []
    for value, (dtype, shape) in zip(results, types, strict=True):
        value.shape = sized(value, shape)
        arrays.append(new_array(dtype, (value,)))
    arrays = list(all_materialized(arrays))
    return arrays[0] if count == 1 else tuple(arrays)


# Attributes


def _check_attributes(call: _Call, given: set[str]) -> None:
    if call.schema is None:
        return
    import difflib

    known = call.schema.attributes
    for key in sorted(given - known.keys()):
        close = difflib.get_close_matches(key, known, 1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise call.error(f"there is no attribute {key!r}{hint}")
    for key, formal in known.items():
        if formal.required and key not in given:
            raise call.error(f"the attribute {key!r} is missing")


def _written(call: _Call, key: str, value: Any) -> bytes:
    wanted = call.schema.attributes.get(key) if call.schema is not None else None
    try:
        return attribute(key, value, None if wanted is None else enum_name(wanted.type))
    except TypeError as error:
        raise call.error(f"the attribute {key!r} {error}") from None


# Inputs and outputs


def _values(call: _Call, inputs: Sequence[Any]) -> tuple[Value | None, ...]:
    """Return the inputs as values, checked against what the operator takes."""
    known = call.schema
    arrays = [_array(call, i, obj) for i, obj in enumerate(inputs)]
    if known is None:
        return tuple(None if a is None else _number(call, i, a, None) for i, a in enumerate(arrays))
    if not known.min_input <= len(inputs) <= known.max_input:
        raise call.error(f"{len(inputs)} inputs were given")
    bound: dict[str, DType] = {}
    formals = [known.inputs[min(i, len(known.inputs) - 1)] for i in range(len(inputs))]
    for i, (array, formal) in enumerate(zip(arrays, formals, strict=True)):
        if array is None:
            if enum_name(formal.option) == "Single":
                raise call.error(f"the input {formal.name} must not be left out")
        elif isinstance(array, Value):
            if _type_text(array.dtype) not in formal.types:
                raise call.error(f"input {i}, {formal.name}, is {array.dtype}")
            if _is_alike(formal):
                other = bound.setdefault(formal.type_str, array.dtype)
                if other is not array.dtype:
                    raise call.error(
                        f"input {i}, {formal.name}, is {array.dtype}, but must be {other} as another one is"
                    )
    return tuple(
        None if array is None else _number(call, i, array, _wanted(call, formal, array, bound))
        for i, (array, formal) in enumerate(zip(arrays, formals, strict=True))
    )


def _is_alike(formal: Any) -> bool:
    """Whether all inputs of the same type variable have one dtype."""
    return not formal.type_str.startswith("tensor(") and formal.is_homogeneous


def _array(call: _Call, position: int, obj: Any) -> Any:
    """Return an input as a value, or as the number or None that it is."""
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
        raise call.error(
            f"input {position} is {obj.dtype}, which is two arrays in a model: xp.real(x) and xp.imag(x)"
        )
    return obj._planes[0]


def _wanted(call: _Call, formal: Any, obj: Any, bound: Mapping[str, DType]) -> DType | None:
    """Return the dtype that a number takes as an input."""
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
    return next((d for d in usual if _type_text(d) in formal.types), None)


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
    known = call.schema
    if outputs is None:
        return max(known.min_output, 1) if known is not None else 1
    most = known.max_output if known is not None else 2**31
    least = max(known.min_output, 1) if known is not None else 1
    if type(outputs) is not int or not least <= outputs <= most:
        upper = "" if most > 1000 else f" and at most {most}"
        raise call.error(f"outputs must be at least {least}{upper}, not {outputs!r}")
    return outputs


# What comes out

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
    """Return the operator with its last version, and what it gives."""
    # the cache must not keep the sizes, which may know the arrays that they are of
    sizes = dict.fromkeys(s for v in values if v is not None for s in v.shape if isinstance(s, Dim))
    places = {size: dims.dim(f"size_{i}", 0) for i, size in enumerate(sizes)}
    sizes_of = {place: size for size, place in places.items()}
    kinds = tuple(_kind(value, places) for value in values)
    high, found = _inferred(operator, attributes, kinds, count)
    if isinstance(found, str):
        shapes = ", ".join("none" if v is None else f"{v.dtype}{list(v.shape)}" for v in values)
        raise call.error(f"it does not take {shapes}: {found}")
    return operator._replace(high=high), [
        Inferred(kind, None)
        if shape is None
        else Inferred(kind, tuple(sizes_of[s] if isinstance(s, Dim) else s for s in shape))
        for kind, shape in found
    ]


@lru_cache(maxsize=1024)
def _inferred(
    operator: Operator, attributes: Attributes, kinds: tuple[_Kind, ...], count: int
) -> tuple[int | None, list[Inferred] | str]:
    model = _one_node(operator, attributes, kinds, count)
    high = last_version(model.graph.node[0], operator.low)
    given: dict[str, tuple[int, Sizes | None]] = {
        f"x{i}": (kind[0], kind[1]) for i, kind in enumerate(kinds) if kind is not None
    }
    try:
        return high, infer(model, given, strict=True)
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
            tensor.dims.extend(sizes)
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


def _told_types(call: _Call, kinds: list[Inferred], told: Mapping[str, Any]) -> _Types:
    """Return dtypes and shapes of the outputs, of what is inferred and what the user says."""
    count = len(kinds)
    wanted_dtypes = _several(told.get("dtype"), count)
    wanted_shapes = _several(told.get("shape"), count) if count > 1 else [told.get("shape")]
    types: _Types = []
    for kind, wanted, sizes in zip(kinds, wanted_dtypes, wanted_shapes, strict=True):
        if kind.elem_type == 0:
            raise call.error("it gives no tensor, and arrays are tensors")
        dtype = BY_ONNX.get(kind.elem_type) if kind.elem_type else None
        if dtype is None and kind.elem_type:
            raise call.error("it gives a tensor of a type that arrays have not")
        if wanted is not None:
            asked = dtypes.as_dtype(wanted)
            if dtype is not None and dtype is not asked:
                raise call.error(f"it gives {dtype}, not {asked}")
            dtype = asked
        shape = kind.shape
        if sizes is not None:
            parsed = parse_shape(sizes)
            if shape is not None and len(shape) != len(parsed):
                raise call.error(f"it gives rank {len(shape)}, not {len(parsed)}")
            known = shape or (None,) * len(parsed)
            shape = tuple(p if k is None else k for k, p in zip(known, parsed, strict=True))
        if dtype is None or shape is None or len(dtype.planes) > 1:
            what = "dtype" if dtype is None else "shape"
            raise call.error(f"what comes out is not known; say it: {what}=")
        types.append((dtype, shape))
    return types


def _several(obj: Any, count: int) -> list[Any]:
    return list(obj) if isinstance(obj, list | tuple) and len(obj) == count else [obj] * count
