"""Inference of the dtypes and shapes of the outputs of a model, for inputs with symbolic sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from onnxp._src.graph.values import Value
from onnxp._src.model.messages import copied
from onnxp._src.model.type_inference import infer_types
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
"""A shape with None for unknown sizes."""


class Inferred(NamedTuple):
    """The type of an output: its ``TensorProto.DataType``, and its shape, with None for unknown sizes.

    An unknown dtype or shape is None. The dtype is 0 if the output is not a tensor.
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
"""The outputs of operators of ``ai.onnx.ml`` that onnx does not infer (onnx 1.17.0 to 1.23.2)."""


def _tensor(elem_type: int, sizes: Iterable[Any]) -> Any:
    from onnx import TypeProto

    tensor = TypeProto.Tensor(elem_type=elem_type)
    tensor.shape.dim.extend(sizes)
    return tensor


def _rows(elem_type: int, x: Any, columns: int | None) -> Any:
    """Return the type of a tensor with the rows of `x`."""
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
    """Return the number of scores of a linear classifier: one for each label."""
    labels = [len(a.ints) + len(a.strings) for n, a in attributes.items() if n.startswith("classl")]
    scores = len(attributes["intercepts"].floats) if "intercepts" in attributes else 0
    return sum(labels) if scores == sum(labels) or (scores, *labels) == (1, 2) else None


class _Tokens:
    """A mapping between sizes and the names that stand for them during inference."""

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

    def size(self, inferred: int | str | None) -> Size | None:
        return inferred if type(inferred) is int else self._sizes.get(str(inferred))


def infer(
    model: ModelProto, inputs: Mapping[str, tuple[int, Sizes | None]], *, strict: bool
) -> list[Inferred]:
    """Infer the types of the outputs of a model.

    Parameters
    ----------
    model : onnx.ModelProto
        The model. Its declarations of outputs and of intermediate values are ignored.
    inputs : mapping of str to (elem_type, shape)
        The types of inputs. Others have their declared types.
    strict : bool
        Raise an error if sizes contradict each other.

    Raises
    ------
    ShapeError
        If sizes contradict each other and `strict` is true.
    """
    from onnx import shape_inference

    tokens = _Tokens()
    asked = copied(model)
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
            done = infer_types(asked, strict=strict)
        except shape_inference.InferenceError as error:
            if strict:
                raise ShapeError(_reason(error)) from None
        except Exception:  # onnx also rejects some valid models
            break
        if not _tell(asked.graph, done.graph):
            break
    inferred = [_found(info.type, tokens) for info in done.graph.output]
    if any(x.elem_type is None or x.shape is None for x in inferred):
        inferred = _asked_of_runtime(asked, inferred, tokens)
    return inferred


def _tell(graph: GraphProto, inferred: GraphProto) -> bool:
    """Add the outputs of operators that onnx does not infer; return whether there were any."""
    outputs = {info.name: info for info in graph.output}
    declared: dict[str, TypeProto.Tensor] = {}
    for info in (*inferred.input, *inferred.value_info, *inferred.output):
        if info.type.tensor_type.elem_type and info.type.tensor_type.HasField("shape"):
            declared[info.name] = info.type.tensor_type
    complete = [
        node for node in graph.node if node.input and _is_complete(declared.get(node.input[0]))
    ]
    return _tell_of(complete, graph, outputs, declared) or _tell_of(
        graph.node, graph, outputs, declared
    )


def _told(node: NodeProto, declared: Mapping[str, TypeProto.Tensor]) -> list[Any]:
    attributes = {a.name: a for a in node.attribute}
    if node.op_type == "Loop" and node.domain == "":
        return [_of_any_size(info) for info in attributes["body"].g.output[1:]][
            : len(node.input) - 2
        ]
    rule = ML_RULES.get(node.op_type) if node.domain == ML else None
    x = declared.get(node.input[0]) if node.input else None
    return rule(attributes, x) if rule is not None and x is not None else []


def _of_any_size(info: ValueInfoProto) -> Any:
    """Return the types of the state of a loop, whose sizes may change and whose ranks are those of the body."""
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
    declared: dict[str, TypeProto.Tensor],
) -> bool:
    news = False
    for node in nodes:
        for name, result in zip(node.output, _told(node, declared), strict=False):
            if not name or name in declared or result is None:
                continue
            info = outputs[name] if name in outputs else graph.value_info.add(name=name)
            info.type.tensor_type.CopyFrom(result)
            declared[name] = result
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
        tokens.size(size.dim_param)
        if size.dim_value < 0 or not size.HasField("dim_value")
        else size.dim_value
        for size in tensor.shape.dim
    ]
    return Inferred(tensor.elem_type or None, tuple(sizes))


def _asked_of_runtime(
    model: ModelProto, inferred: Sequence[Inferred], tokens: _Tokens
) -> list[Inferred]:
    """Use the inference of the runtime for operators that onnx does not know."""
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
    except Exception:  # for example, a missing kernel
        return list(inferred)
    filled = []
    for kind, output in zip(inferred, session.get_outputs(), strict=True):
        elem_type = _ELEM_TYPES.get(output.type, 0)
        sizes = tuple(tokens.size(size) for size in output.shape)
        # an unknown rank looks like rank 0
        shape = kind.shape if kind.shape is not None else sizes or None
        filled.append(Inferred(kind.elem_type or elem_type, shape))
    return filled


_ELEM_TYPES = {
    f"tensor({name})": number
    for number, name in enumerate(
        "float uint8 int8 uint16 int16 int32 int64 string bool float16 double uint32 uint64".split(),
        1,
    )
}


def sized(value: Value, shape: Sizes) -> Shape:
    """Return a shape in which new symbols, the sizes of `value`, replace unknown sizes."""
    return tuple(
        dims.dim(f"size_{axis}", 0, origin=(value, axis)) if size is None else size
        for axis, size in enumerate(shape)
    )
