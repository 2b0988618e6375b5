"""Programs that compute in a narrower float dtype, or multiply matrices in integers of 8 bits."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from onnxp._src.dtypes import float32, float64
from onnxp._src.dtypes.stored import STORED
from onnxp._src.model.messages import copied
from onnxp._src.model.obstacles import elem_types
from onnxp._src.program.locating import Origin
from onnxp._src.wording import wording
from onnxp.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

    from onnxp._src.program.base import ProgramBase

PRODUCTS = ("MatMul", "Gemm", "Conv")
INTEGER_PRODUCTS = ("MatMulInteger", "ConvInteger")
"""What onnxruntime's tool writes for products with constants."""


def cast(program: ProgramBase, dtype: Any, keep: Sequence[str]) -> ModelProto:
    """Return a model that computes in a narrower float dtype: see `Program.cast`."""
    from onnxp._src.model.narrowing import WIDER, narrow

    name = str(getattr(dtype, "name", getattr(dtype, "__name__", dtype)))
    if name not in WIDER:
        is_stored = name in {stored.name for stored in STORED}
        stores = "; weights are stored in it by xp.astype, before the trace" if is_stored else ""
        raise ArgumentError(f"cast: dtype must be one of {', '.join(WIDER)}, not {dtype!r}{stores}")
    copy = copied(program.model)
    narrow(copy, name, _as_names("cast", keep))
    return copy


def quantize(program: ProgramBase, keep: Sequence[str], per_channel: bool) -> ModelProto:
    """Return a model whose products of matrices are of integers: see `Program.quantize`."""
    import onnx
    from onnxruntime.quantization import quantize_dynamic

    from onnxp._src.model.boxes import without_boxes
    from onnxp._src.model.integer_products import ROWS, channels_of_group, make_safe
    from onnxp._src.model.narrowing import check_names, matches
    from onnxp._src.model.rewriting import adapt
    from onnxp._src.ops.targets import as_target

    keys = _as_names("quantize", keep)
    copy = copied(program.model)
    check_names("quantize", copy.graph, keys)
    adapt(copy, as_target("quantize", functions=False))
    without_boxes(copy)  # the tool moves nodes
    kept = [n.name for n in copy.graph.node if any(matches(n, key) for key in keys)]
    constants = {tensor.name: tensor for tensor in copy.graph.initializer}
    products = [node for node in copy.graph.node if node.op_type in PRODUCTS]
    factors = {node.name: _factor(node, constants) for node in products}
    if not any(factor is not None for factor in factors.values()):
        raise ArgumentError(_no_product(program.model))
    for node in products:
        factor = factors[node.name]
        is_stack = factor is not None and factor.ndim > 2 and node.op_type == "MatMul"
        if (
            factor is None
            or (per_channel and is_stack)  # the tool writes what does not run
            or ROWS < channels_of_group(node, factor) < len(factor)  # several groups
        ):
            kept.append(node.name)
        elif node.name not in kept and not np.all(np.isfinite(factor)):
            raise ArgumentError(
                f"quantize: a constant of {node.name} has an infinity or NaN, which no integer is; name the "
                "node in keep="
            )
    with TemporaryDirectory() as folder, _quiet():
        path = Path(folder, "model.onnx")
        quantize_dynamic(
            copy,
            path,
            op_types_to_quantize=["MatMul", "Conv"],
            nodes_to_exclude=[*kept, *(f"{name}_MatMul" for name in kept)],  # its names of Gemm
            per_channel=per_channel,
        )
        quantized = onnx.load(path)
    make_safe(quantized, [name for node in copy.graph.node for name in node.output])
    if not any(node.op_type in INTEGER_PRODUCTS for node in quantized.graph.node):
        raise ArgumentError(
            _no_product(program.model)
            + (f" beside those that keep={list(keep)} names" if kept else "")
        )
    return quantized


def _no_product(model: ModelProto) -> str:
    """Return that a model has no product to quantize, and what to do if it has one of float64."""
    is_wide = float64.onnx in elem_types(model).values()
    advice = f"; as it has float64, {wording.get().to_float32}" if is_wide else ""
    return f"quantize: the model has no product of float32 with a constant matrix{advice}"


def _factor(node: NodeProto, constants: Mapping[str, TensorProto]) -> np.ndarray[Any, Any] | None:
    """Return the constant of float32 that a product has as its second factor, if it has one."""
    from onnx import numpy_helper

    tensor = constants.get(node.input[1])
    is_float32 = tensor is not None and tensor.data_type == float32.onnx
    return numpy_helper.to_array(tensor) if tensor is not None and is_float32 else None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the tool from logging advice that does not apply."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _as_names(function: str, keep: Any) -> list[str]:
    if isinstance(keep, str) or not isinstance(keep, Sequence | set | frozenset):
        example = [keep] if isinstance(keep, str) else ["Softmax"]
        raise ArgumentTypeError(
            f"{function}: keep must be a list of names, not {keep!r}; write keep={example!r}"
        )
    for name in keep:
        if not isinstance(name, str):
            raise ArgumentTypeError(
                f"{function}: a name of keep must be text, not {name!r} of type {type(name).__name__}"
            )
    return sorted(keep)


def origin_of(program: ProgramBase) -> Origin:
    """Return what the models of a program are compared with: its function, or itself if that is not known."""
    if program._origin is not None:
        return program._origin

    def trace(*_: Any) -> NoReturn:
        raise ArgumentError("the function of a program that was loaded is not known")

    return Origin(program.run, program.run, trace, takes_table=False)
