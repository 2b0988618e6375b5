"""Whether the types that a model declares for its values are those that they have when it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import onnxruntime

from onnxp._src.dtypes import BY_ONNX
from onnxp._src.model.boxes import BOX_KEY


def wrong_types(model: onnx.ModelProto, feeds: Mapping[str, np.ndarray[Any, Any]]) -> list[str]:
    """Run a model with every value of its main graph as an output; return what is not as declared.

    Text in place of a size must stand for one number wherever it is.
    """
    inner = {info.name: info for info in model.graph.value_info}
    made = [name for node in model.graph.node for name in node.output if name]
    outputs = {info.name: info for info in model.graph.output}
    read = {name for node in model.graph.node for name in node.input}
    # nodes in the place of a call of a function are of any rank
    typed = [n for n in model.graph.node if all(e.key != BOX_KEY for e in n.metadata_props)]
    typed_names = [name for node in typed for name in node.output if name in read]
    wrong = [f"{name} has no type" for name in typed_names if name not in inner | outputs]
    wrong += [f"{name} is nothing" for name in inner if name not in made]
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    del opened.graph.value_info[:]
    for name in inner:
        opened.graph.output.add(name=name)  # the runtime infers its type by itself
        opened.graph.output[-1].type.tensor_type.elem_type = inner[name].type.tensor_type.elem_type
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(opened.SerializeToString(), options)
    declared = {info.name: info for info in model.graph.input} | outputs | inner
    found = dict(feeds) | dict(
        zip([*outputs, *inner], session.run([*outputs, *inner], dict(feeds)), strict=True)
    )
    sizes: dict[str, int] = {}
    for name, info in declared.items():
        tensor = info.type.tensor_type
        value = found[name]
        if value.dtype != BY_ONNX[tensor.elem_type].numpy:
            wrong.append(f"{name} is {value.dtype}, declared {BY_ONNX[tensor.elem_type]}")
        if len(tensor.shape.dim) != value.ndim:
            wrong.append(f"{name} has shape {value.shape}, declared {len(tensor.shape.dim)} sizes")
            continue
        for size, actual in zip(tensor.shape.dim, value.shape, strict=True):
            text = size.dim_param
            expected = sizes.setdefault(text, actual) if text else size.dim_value
            if expected != actual:
                wrong.append(f"{name} has shape {value.shape}, {text or 'a size'} is {expected}")
    return wrong
