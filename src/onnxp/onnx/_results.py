"""Dtypes and shapes of the results of an operator, by ONNX's shape inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from onnxp._src import dtypes
from onnxp._src.dtypes import BY_ONNX, DType
from onnxp._src.graph.values import Attributes, Operator, Value
from onnxp._src.model.impossible import impossible_node
from onnxp._src.model.shape_inference import Inferred, Sizes, infer
from onnxp._src.model.version_converter import last_version
from onnxp._src.ops.versions import BASE_OPSET
from onnxp._src.program.spec import parse_shape
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import Shape, is_static, product
from onnxp.errors import ShapeError
from onnxp.onnx._schemas import Call

if TYPE_CHECKING:
    from onnx import ModelProto

_SMALL = 64
"""Shape inference uses the values of concrete integers with up to this number of elements."""

_Kind = tuple[int, Shape, bytes] | None  # elem_type, sizes, data


def input_type(value: Value | None, places: Mapping[Dim, Dim]) -> _Kind:
    """Return the dtype, sizes and, of a few concrete integers, the bytes of an input."""
    if value is None:
        return None
    sizes = tuple(places.get(s, s) if isinstance(s, Dim) else s for s in value.shape)
    content = b""
    small = value.trace is None and is_static(value.shape) and product(value.shape) <= _SMALL
    if small and value.dtype.family == "int":
        content = data_of(value).tobytes()
    return value.dtype.onnx, sizes, content


def infer_outputs(
    call: Call,
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
    kinds = tuple(input_type(value, places) for value in values)
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
    model = one_node(operator, attributes, kinds, count)
    problem = "" if operator.domain else impossible_node(model)
    if problem:  # onnx's inference might not get over it, either
        return None, problem.partition(": ")[2]
    high = last_version(model.graph.node[0], operator.low)
    inputs: dict[str, tuple[int, Sizes | None]] = {
        f"x{i}": (kind[0], kind[1]) for i, kind in enumerate(kinds) if kind is not None
    }
    try:
        return high, infer(model, inputs, strict=True)
    except ShapeError as error:
        return high, str(error)


def one_node(
    operator: Operator, attributes: Attributes, kinds: tuple[_Kind, ...], count: int
) -> ModelProto:
    """Return a model that has the operator as its only node."""
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


def output_types(call: Call, kinds: list[Inferred], declared: Mapping[str, Any]) -> _Types:
    """Combine the inferred dtypes and shapes of the outputs with those that the user declares."""
    count = len(kinds)
    declared_dtypes = several(declared.get("dtype"), count)
    declared_shapes = (
        several(declared.get("shape"), count) if count > 1 else [declared.get("shape")]
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
                tuple(
                    size if size is None or isinstance(size, Dim) else parse_shape((size,))[0]
                    for size in sizes
                )
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


def several(obj: Any, count: int) -> list[Any]:
    return list(obj) if isinstance(obj, list | tuple) and len(obj) == count else [obj] * count
