"""`load`: a model from a file as a program, whatever the file."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from onnxp._src.model.files import File, FileModel, Source, read_file
from onnxp._src.program.program import Program
from onnxp._src.program.signature import (
    METADATA_KEY,
    Signature,
    from_json,
    required_inputs,
    signature_of,
)
from onnxp._src.runtime.providers import Provider, Providers, as_providers
from onnxp._src.shapes.shape import Shape
from onnxp.errors import ModelFileError, RuntimeBugWarning

if TYPE_CHECKING:
    from onnx import ModelProto, TypeProto


def load(
    source: Source,
    /,
    *,
    guard: bool = False,
    providers: Sequence[Provider] | None = None,
    fallback: bool = False,
) -> Program:
    """Read a model from a file.

    Parameters
    ----------
    source : str, path, bytes, binary file, or onnx.ModelProto
        A path, the content of a file, an open file, or a model of onnx: one that `Program.save` wrote, or any
        other ONNX model. For the latter, the parameters of the program are the inputs of the model, and its
        result is a dict of the outputs. External data must be in the folder of the model, or in folders below
        it, and not behind links; without a path there are none. Sparse constants in functions of the model
        become dense, since runtimes may end the process when they inline them. Inputs and outputs of
        dtypes that no array has, such as bfloat16, become float32 or 8-bit integers, which nodes cast.
    guard : bool, optional
        Put nodes around those of the model that end the process for some inputs, in the runtime that is
        installed. Then a quotient of integers by 0 is 0, the smallest integer divided by -1 is itself, and
        an operator fails if it must have elements and has none, or an index is beyond an array. Functions of
        the model that may divide integers are inlined.
    providers, fallback : optional
        The execution providers to run on, as in `Program.to`. The default is the CPU.

    Returns
    -------
    Program

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    PermissionError
        If reading the file is not permitted.
    ArgumentTypeError
        If `source` is something else, or `providers` is not a list of providers.
    ModelFileError
        If the file is not a complete ONNX model, onnxruntime cannot load it, or a newer version of onnxp
        wrote it. If it refers to other files than those beside it, does not fit into memory, or has functions
        that call one another without end, or a node with an attribute or of a rank for which runtimes end the
        process or never end, such as strides of 0.

    ProviderError
        If an execution provider is not installed or cannot start, and `fallback` is false.

    Warns
    -----
    RuntimeBugWarning
        If a node of another tool's model may end the process, and `guard` is false.
    ProviderWarning
        If an execution provider is not installed or cannot start, and `fallback` is true.
    """
    chosen = as_providers("load", providers, fallback)
    file = read_file(source)
    path = file.name
    program = None if guard else _unparsed(file, chosen)
    if program is not None:
        return program
    from onnxp._src.model.guards import guarded, risks, text_of
    from onnxp._src.model.sparse import make_functions_dense
    from onnxp._src.model.stored import widen_interface
    from onnxp._src.model.type_inference import impossible_shape
    from onnxp._src.ops.versions import installed_runtime

    model, runtime_path = _parsed(file)
    del file
    if guard or not _metadata(model):
        version = installed_runtime()
        if guard:
            model, runtime_path = guarded(model, version), None
        elif found := risks(model, version):
            warnings.warn(
                f"{path}: onnxruntime {version} ends the process for some inputs of "
                f"{text_of(found)}. Load the model with guard=True",
                RuntimeBugWarning,
                stacklevel=2,
            )
    try:
        if make_functions_dense(model) | widen_interface(model):
            runtime_path = None
        program = Program(model, signature_of(model), providers=chosen)
        for problem in _contradictions(model, program.signature):
            raise ModelFileError(problem)
        if problem := impossible_shape(model):
            raise ModelFileError(f"onnxruntime cannot load the model: {problem}")
        program._start(runtime_path)
    except UnicodeDecodeError as error:
        raise ModelFileError(f"{path} is not an ONNX model: {error}") from None
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None
    return program


def read_program(source: Source) -> Program:
    """Return the program of a model that need not run, to show what it is.

    Raises
    ------
    ModelFileError
        If the file is not a complete ONNX model.
    """
    model, _ = _parsed(read_file(source))
    return Program(model, signature_of(model))


def _parsed(file: File) -> FileModel:
    """Return the model of a file, if no node asks for what would end the process."""
    from onnxp._src.model.impossible import impossible_node

    parsed = file.parsed()
    if problem := impossible_node(parsed.model):
        raise ModelFileError(f"{file.name}: no runtime can run {problem}")
    return parsed


def _unparsed(file: File, providers: Providers) -> Program | None:
    """Return a program of a model that onnxp wrote without importing onnx, if onnx need not look at it."""
    unparsed = file.unparsed() if METADATA_KEY.encode() in file.content else None
    if unparsed is None:
        return None
    model, message = unparsed
    text = _metadata(message)
    if text is None:
        return None
    try:
        signature = from_json(text)
        if any(True for _ in _contradictions(message, signature)):
            return None
        program = Program(model, signature, providers=providers)
        program._start()
    except ModelFileError as error:
        raise ModelFileError(f"{file.name}: {error}") from None
    return program


def _metadata(model: ModelProto) -> str | None:
    """Return what a model that onnxp wrote says of itself."""
    return next((e.value for e in model.metadata_props if e.key == METADATA_KEY), None)


def _contradictions(model: ModelProto, signature: Signature) -> Iterator[str]:
    """Yield where a signature does not match its model, which another tool may have changed."""
    advice = f"without the metadata entry {METADATA_KEY!r} it loads as the model itself says"
    parts = (
        ("inputs", signature.inputs, "", required_inputs(model)),
        ("outputs", signature.outputs, signature.guard, model.graph.output),
    )
    for what, leaves, guard, infos in parts:
        names = [name for leaf in leaves for name in leaf.planes] + [guard] * bool(guard)
        declared = [info.name for info in infos]
        if Counter(names) != Counter(declared):
            yield f"the model's metadata name the {what} {names}, but the model has {declared}; {advice}"
            return
        types = {info.name: info.type for info in infos}
        for leaf in leaves:
            if leaf.dtype is None:
                continue
            for name, dtype in leaf.tensors:
                if not _allows(types[name], dtype.onnx, leaf.shape):
                    yield (
                        f"the model's metadata say that {name!r} of the {what} is {leaf.text}, but the model "
                        f"says {_type_text(types[name])}; {advice}"
                    )


def _type_text(kind: TypeProto) -> str:
    from onnxp._src.model.display.format import type_text

    return type_text(kind)


def _allows(declared: TypeProto, elem_type: int, shape: Shape | None) -> bool:
    """Return whether a tensor of a dtype and shape may be what a model declares."""
    if declared.WhichOneof("value") is None:  # as an output may be
        return True
    tensor = declared.tensor_type
    if not declared.HasField("tensor_type") or tensor.elem_type not in (0, elem_type):
        return False
    if shape is None or not tensor.HasField("shape"):
        return True
    sizes = [size.dim_value if size.HasField("dim_value") else -1 for size in tensor.shape.dim]
    return len(sizes) == len(shape) and all(
        said < 0 or type(size) is not int or said == size
        for said, size in zip(sizes, shape, strict=True)
    )
