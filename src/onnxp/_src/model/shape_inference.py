"""Dtypes and shapes of what a model gives for some inputs, with symbolic sizes put in and taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from onnxp._src.graph.values import Value
from onnxp._src.model.version_converter import ML
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim, Size
from onnxp._src.shapes.shape import Shape
from onnxp.errors import ShapeError

if TYPE_CHECKING:
    from onnx import (
        AttributeProto,
        GraphProto,
        ModelProto,
        NodeProto,
        TypeProto,
        ValueInfoProto,
    )

FLOAT, INT64, STRING = 1, 7, 8  # onnx.TensorProto.DataType
_PREFIX = "onnxp_size_"


Sizes = tuple[Size | None, ...]
"""A shape with None for a size that nothing is known of."""


class Inferred(NamedTuple):
    """An output: its ``TensorProto.DataType``, and its shape with None for a size that nothing is known of.

    None where the dtype, or the rank, is unknown; 0 where the output is no tensor.
    """

    elem_type: int | None
    shape: Sizes | None


ML_RULES: dict[str, Callable[[Mapping[str, AttributeProto], Any], list[Any]]] = {
    "Scaler": lambda a, x: [_tensor(FLOAT, x.shape.dim)],
    "Normalizer": lambda a, x: [_tensor(FLOAT, x.shape.dim)],
    "Imputer": lambda a, x: [_tensor(x.elem_type, x.shape.dim)],
    "LinearRegressor": lambda a, x: [_rows(FLOAT, x, a["targets"].i if "targets" in a else 1)],
    "SVMRegressor": lambda a, x: [_rows(FLOAT, x, 1)],
    "LinearClassifier": lambda a, x: [_labels(a, x), _rows(FLOAT, x, _columns(a))],
    "SVMClassifier": lambda a, x: [_labels(a, x), _rows(FLOAT, x, None)],
    "FeatureVectorizer": lambda a, x: [_rows(FLOAT, x, sum(a["inputdimensions"].ints))],
}
"""What the classical operators give, of which onnx says little (onnx 1.17.0 to 1.23.2)."""


def _tensor(elem_type: int, sizes: Iterable[Any]) -> Any:
    from onnx import TypeProto

    tensor = TypeProto.Tensor(elem_type=elem_type)
    tensor.shape.dim.extend(sizes)
    return tensor


def _rows(elem_type: int, x: Any, columns: int | None) -> Any:
    """Return a tensor of as many rows as `x` has."""
    from onnx import TensorShapeProto

    if len(x.shape.dim) != 2:
        return None
    return _tensor(elem_type, [x.shape.dim[0], TensorShapeProto.Dimension(dim_value=columns)])


def _labels(attributes: Mapping[str, AttributeProto], x: Any) -> Any:
    if len(x.shape.dim) != 2:
        return None
    strings = any(a.strings for name, a in attributes.items() if name.startswith("classlabels"))
    return _tensor(STRING if strings else INT64, [x.shape.dim[0]])


def _columns(attributes: Mapping[str, AttributeProto]) -> int | None:
    """Return how many scores a linear classifier gives: one for each label."""
    labels = [len(a.ints) + len(a.strings) for n, a in attributes.items() if n.startswith("classl")]
    scores = len(attributes["intercepts"].floats) if "intercepts" in attributes else 0
    return sum(labels) if scores == sum(labels) or (scores, *labels) == (1, 2) else None


class _Tokens:
    """Names for sizes, equal for those that are equal, and the way back."""

    def __init__(self) -> None:
        self._names: dict[Any, str] = {}
        self._sizes: dict[str, Dim] = {}

    def fill(self, kind: TypeProto, elem_type: int, shape: Sizes | None) -> None:
        tensor = kind.tensor_type
        tensor.elem_type = elem_type
        tensor.ClearField("shape")
        if shape is None:
            return
        tensor.shape.SetInParent()
        for size in shape:
            if isinstance(size, Dim):
                name = self._names.setdefault(size.terms, f"{_PREFIX}{len(self._names)}")
                self._sizes[name] = size
                tensor.shape.dim.add(dim_param=name)
            elif size is None:
                tensor.shape.dim.add()
            else:
                tensor.shape.dim.add(dim_value=size)

    def size(self, found: int | str | None) -> Size | None:
        return found if type(found) is int else self._sizes.get(str(found))


def infer(
    model: ModelProto, inputs: Mapping[str, tuple[int, Sizes | None]], *, strict: bool
) -> list[Inferred]:
    """Return what the outputs of a model are.

    Parameters
    ----------
    model : onnx.ModelProto
        What it says of its outputs, and of values on the way, is not believed.
    inputs : mapping of str to (elem_type, shape)
        What some of its inputs are; the others are as the model says.
    strict : bool
        Raise where sizes contradict each other.

    Raises
    ------
    ShapeError
        If they do.
    """
    from onnx import ModelProto, shape_inference

    tokens = _Tokens()
    asked = ModelProto()
    asked.CopyFrom(model)
    graph = asked.graph
    for info in graph.input:
        if info.name in inputs:
            tokens.fill(info.type, *inputs[info.name])
    del graph.value_info[:]
    for info in graph.output:
        info.ClearField("type")
    done = asked
    while True:
        try:
            done = shape_inference.infer_shapes(
                asked, check_type=strict, strict_mode=strict, data_prop=True
            )
        except shape_inference.InferenceError as error:
            if strict:
                raise ShapeError(_reason(error)) from None
        except Exception:  # it refuses more than what cannot be inferred
            break
        if not _tell(asked.graph, done.graph):
            break
    found = [_found(info.type, tokens) for info in done.graph.output]
    if any(x.elem_type is None or x.shape is None for x in found):
        found = _asked_of_runtime(asked, found, tokens)
    return found


def _tell(graph: GraphProto, inferred: GraphProto) -> bool:
    """Add what is known of operators of which onnx does not know what comes out; whether anything was new."""
    outputs = {info.name: info for info in graph.output}
    known: dict[str, TypeProto.Tensor] = {}
    for info in (*inferred.input, *inferred.value_info, *inferred.output):
        if info.type.tensor_type.elem_type and info.type.tensor_type.HasField("shape"):
            known[info.name] = info.type.tensor_type
    complete = [
        node for node in graph.node if node.input and _is_complete(known.get(node.input[0]))
    ]
    return _tell_of(complete, graph, outputs, known) or _tell_of(graph.node, graph, outputs, known)


def _told(node: NodeProto, known: Mapping[str, TypeProto.Tensor]) -> list[Any]:
    attributes = {a.name: a for a in node.attribute}
    if node.op_type == "Loop" and node.domain == "":
        return [_of_any_size(info) for info in attributes["body"].g.output[1:]][
            : len(node.input) - 2
        ]
    rule = ML_RULES.get(node.op_type) if node.domain == ML else None
    x = known.get(node.input[0]) if node.input else None
    return rule(attributes, x) if rule is not None and x is not None else []


def _of_any_size(info: ValueInfoProto) -> Any:
    """Return what a loop carries: its sizes may change from trip to trip, its rank is that of the body."""
    from onnx import TensorShapeProto

    tensor = info.type.tensor_type
    if not tensor.elem_type or not tensor.HasField("shape"):
        return None
    return _tensor(tensor.elem_type, [TensorShapeProto.Dimension() for _ in tensor.shape.dim])


def _is_complete(tensor: Any) -> bool:
    return tensor is not None and all(size.WhichOneof("value") for size in tensor.shape.dim)


def _tell_of(
    nodes: Iterable[NodeProto],
    graph: GraphProto,
    outputs: Mapping[str, ValueInfoProto],
    known: dict[str, TypeProto.Tensor],
) -> bool:
    news = False
    for node in nodes:
        for name, result in zip(node.output, _told(node, known), strict=False):
            if not name or name in known or result is None:
                continue
            info = outputs[name] if name in outputs else graph.value_info.add(name=name)
            info.type.tensor_type.CopyFrom(result)
            known[name] = result
            news = True
    return news


def _reason(error: Exception) -> str:
    text = str(error).split("(op_type:", 1)[-1]
    return (
        text.rsplit("[ShapeInferenceError]", 1)[-1]
        .rsplit("[TypeInferenceError]", 1)[-1]
        .strip(" \n:")
    )


def _found(kind: TypeProto, tokens: _Tokens) -> Inferred:
    if kind.WhichOneof("value") is None:
        return Inferred(None, None)
    if not kind.HasField("tensor_type"):
        return Inferred(0, None)
    tensor = kind.tensor_type
    if not tensor.HasField("shape"):
        return Inferred(tensor.elem_type or None, None)
    sizes = [
        size.dim_value if size.HasField("dim_value") else tokens.size(size.dim_param)
        for size in tensor.shape.dim
    ]
    return Inferred(tensor.elem_type or None, tuple(sizes))


def _asked_of_runtime(
    model: ModelProto, found: Sequence[Inferred], tokens: _Tokens
) -> list[Inferred]:
    """Fill gaps with what the runtime knows of operators that onnx does not know."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            model.SerializeToString(),
            options,
            providers=["CPUExecutionProvider"],
            enable_fallback=0,
        )
    except Exception:  # an operator that it has no kernel for, say
        return list(found)
    filled = []
    for known, output in zip(found, session.get_outputs(), strict=True):
        elem_type = _ELEM_TYPES.get(output.type, 0)
        sizes = tuple(tokens.size(size) for size in output.shape)
        # an unknown rank looks like rank 0
        shape = known.shape if known.shape is not None else sizes or None
        filled.append(Inferred(known.elem_type or elem_type, shape))
    return filled


_ELEM_TYPES = {
    f"tensor({name})": number
    for number, name in enumerate(
        "float uint8 int8 uint16 int16 int32 int64 string bool float16 double uint32 uint64".split(),
        1,
    )
}


def sized(value: Value, shape: Sizes) -> Shape:
    """Return a shape with a symbol of its own, the size of `value`, wherever nothing is known."""
    return tuple(
        dims.dim(f"size_{axis}", 0, origin=(value, axis)) if size is None else size
        for axis, size in enumerate(shape)
    )
