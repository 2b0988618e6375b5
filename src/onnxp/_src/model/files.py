"""Models in files: written whole or not at all, read with care."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeAlias, final

from onnxp._src.dtypes import ALL_BY_ONNX
from onnxp._src.model.external_data import READING, read_external_data
from onnxp._src.model.messages import copy_fields
from onnxp._src.model.nodes import subgraphs
from onnxp._src.model.unparsed import Unparsed, read
from onnxp._src.model.wire import Scanner, Summary, Undecided, scan
from onnxp.errors import ArgumentTypeError, ModelFileError, SaveError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

PROTOBUF_LIMIT = 2**31 - 1
_SEPARATE = 1024  # bytes from which on a tensor goes to the data file
_ALIGNMENT = 4096

Blobs = list[tuple[int, bytes]]  # which initializer, and its bytes


def fits_protobuf(model: ModelProto) -> bool:
    """Return whether a model can be serialised as one message."""
    tensors = sum(_size(tensor) for tensor in model.graph.initializer)
    return tensors + 1024 * len(model.graph.node) < PROTOBUF_LIMIT


def _size(tensor: TensorProto) -> int:
    """Return how many bytes a tensor has; to look at them would copy them."""
    if tensor.string_data:
        return tensor.ByteSize()
    dtype = ALL_BY_ONNX.get(tensor.data_type)
    return (math.prod(tensor.dims) * (128 if dtype is None else dtype.bits) + 7) // 8


def detach(model: ModelProto, least: int = _SEPARATE) -> tuple[ModelProto, Blobs]:
    """Return a copy of a model without its tensors of at least so many bytes, and those."""
    from onnx import ModelProto

    light = ModelProto()
    copy_fields(model, light, "graph")
    copy_fields(model.graph, light.graph, "initializer")
    blobs: Blobs = []
    for i, tensor in enumerate(model.graph.initializer):
        place = light.graph.initializer.add()
        if _size(tensor) < least or not tensor.HasField("raw_data"):
            place.CopyFrom(tensor)
            continue
        place.name, place.data_type = tensor.name, tensor.data_type
        place.dims.extend(tensor.dims)
        blobs.append((i, tensor.raw_data))
    return light, blobs


def attach(light: ModelProto, blobs: Blobs) -> None:
    """Put the tensors of `detach` back into the model."""
    for i, content in blobs:
        light.graph.initializer[i].raw_data = content


def save_model(
    model: ModelProto,
    path: str | os.PathLike[str],
    *,
    external_data: bool = False,
    scorer: Callable[[str], str] | None = None,
) -> None:
    """Write a model; large tensors to ``path + ".data"`` if asked for, or if protobuf could not hold them.

    `scorer` returns Python code for a model in a file of this name, which is written beside it.

    Raises
    ------
    SaveError
        If it cannot be written. No half-written file is left.
    """
    name = _file_name(path, "save")
    others: list[tuple[str, Callable[[BinaryIO], Any]]] = []
    if scorer is not None:
        folder, base = os.path.split(name)
        code = scorer(base).encode()
        target = os.path.join(folder, f"score_{os.path.splitext(base)[0]}.py")
        others.append((target, lambda file: file.write(code)))
    light, blobs = detach(model) if external_data or not fits_protobuf(model) else (model, [])
    if not blobs:
        content = model.SerializeToString(deterministic=True)
        _write([*others, (name, lambda file: file.write(content))])
        return
    places: list[tuple[int, bytes]] = []
    end = 0
    for i, blob in blobs:
        offset = -(-end // _ALIGNMENT) * _ALIGNMENT
        end = offset + len(blob)
        places.append((offset, blob))
        _point_to(light.graph.initializer[i], os.path.basename(name) + ".data", offset, len(blob))

    def write_data(file: BinaryIO) -> None:
        for offset, blob in places:
            file.seek(offset)
            file.write(blob)

    light_content = light.SerializeToString(deterministic=True)
    _write([*others, (name + ".data", write_data), (name, lambda file: file.write(light_content))])


def _point_to(tensor: Any, location: str, offset: int, length: int) -> None:
    from onnx import TensorProto

    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=str(value))


def _write(parts: Sequence[tuple[str, Callable[[BinaryIO], Any]]]) -> None:
    """Write files beside their targets and put them in place together, so that no reader sees half of them."""
    waiting: list[tuple[str, str]] = []
    try:
        for target, content in parts:
            mode = _mode(target)
            temporary = os.path.join(os.path.dirname(target), f".onnxp-{os.urandom(8).hex()}")
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            handle = os.open(temporary, flags, 0o666)
            waiting.append((temporary, target))
            with os.fdopen(handle, "wb") as file:
                content(file)
            if mode is not None:
                os.chmod(temporary, mode)
        while waiting:
            os.replace(*waiting[0])
            del waiting[0]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        number = error.errno if isinstance(error, OSError) else errno.EINVAL
        message = f"cannot write the model: {reason}; nothing was written"
        raise SaveError(number, message, parts[-1][0]) from None
    finally:
        for temporary, _ in waiting:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _mode(target: str) -> int | None:
    """Return the permissions of a file that will be replaced; raise if it must not be."""
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is write-protected")
    return stat.S_IMODE(status.st_mode)


def _file_name(path: str | os.PathLike[str], function: str) -> str:
    """Return a path as text, with links followed: external data are found beside the file itself."""
    try:
        return os.path.realpath(os.fsdecode(path))
    except TypeError:
        raise ArgumentTypeError(
            f"{function}: a path is needed, not {path!r} of type {type(path).__name__}"
        ) from None
    except ValueError:  # such as a null character; opening it says what is wrong
        return os.fsdecode(path)


class FileModel(NamedTuple):
    """A model that was read, with its external data.

    `path` is the file if the runtime may read it by itself: its external data are those of initializers
    only, which are found beside the file.
    """

    model: ModelProto
    path: str | None


@final
class File:
    """The content of a file, which may be a model.

    Attributes
    ----------
    name : str
        The file, for messages and for external data beside it.
    is_file : bool
        Whether there is a file; bytes have no folder with external data.
    content : bytes
        What was read.
    """

    def __init__(self, name: str, content: bytes) -> None:
        self.is_file = bool(name)
        self.name = name or "the model"
        self.content = content
        self._summary: Summary | None = None

    def parsed(self) -> FileModel:
        """Read the model, with its external data.

        Raises
        ------
        ModelFileError
            If it is not a whole ONNX model, or asks for what it must not have.
        """
        try:
            model, summary = _parsed(self.content, self.name, self._summary)
            if summary.external and not self.is_file:
                raise ModelFileError(
                    "the model has external data, which are found beside its file; load it by its path"
                )
            read_external_data(model, summary.external, self.name)
        except MemoryError:
            raise ModelFileError(f"{self.name} does not fit into memory") from None
        direct = all(place == "graph.initializer" for place in summary.external)
        return FileModel(as_saved(model), self.name if direct else None)

    def unparsed(self) -> tuple[Unparsed, Any] | None:
        """Read the model without onnx, and return it and its message; None if onnx has to tell what it is.

        Raises
        ------
        ModelFileError
            If it is not a model, or asks for what it must not have.
        """
        try:
            scanner = Scanner(self.content, self.name)
            self._summary = scanner.summary()
            model, message = read(scanner, self._summary)
            sound = message.graph.output and message.opset_import
            unsound = not sound or any(True for _ in _undefined_in_functions(message))
        except Undecided:
            return None
        return None if unsound else (model, message)


Source: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO | ModelProto"
"""What a model is read from: a path, its bytes, a binary file that is open, or a model of onnx."""


def read_file(source: Source) -> File:
    """Read a file, or what stands for one.

    Raises
    ------
    FileNotFoundError, PermissionError
        If there is no such file, or it must not be read.
    ModelFileError
        If it is not a regular file.
    ArgumentTypeError
        If `source` is something else.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return File("", bytes(source))
    if isinstance(source, str | os.PathLike):
        name = _file_name(source, "load")
        return File(name, _content(name))
    content = None
    if hasattr(source, "SerializeToString"):
        content = source.SerializeToString()
    elif hasattr(source, "read"):
        content = source.read()
    if not isinstance(content, bytes):
        raise ArgumentTypeError(
            f"load: a path, bytes, a binary file or a ModelProto is needed, not {source!r} of type "
            f"{type(source).__name__}"
        )
    return File("", content)


def parse(content: bytes) -> ModelProto:
    """Return the model of a file that was read without onnx."""
    from onnx import ModelProto

    model = ModelProto()
    model.ParseFromString(content)
    return as_saved(model)


def as_saved(model: ModelProto) -> ModelProto:
    """Return a parsed model as it was before it was saved."""
    for tensor in model.graph.initializer:
        if tensor.data_location == 0:
            tensor.ClearField("data_location")
    return model


def _content(name: str) -> bytes:
    try:
        with open(os.open(name, READING), "rb") as file:
            kind = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(kind):
                what = "a folder" if stat.S_ISDIR(kind) else "not a regular file"
                raise ModelFileError(f"{name} is {what}, not an ONNX model")
            return file.read()
    except (IsADirectoryError, NotADirectoryError):
        raise ModelFileError(f"{name} is a folder, not an ONNX model") from None
    except ValueError as error:  # a null character in the name
        raise ModelFileError(f"{name!r} cannot be read: {error}") from None
    except MemoryError:
        raise ModelFileError(f"{name} does not fit into memory") from None


def _parsed(content: bytes, name: str, summary: Summary | None) -> tuple[ModelProto, Summary]:
    """Return a model, and what was seen of it before anything else looked at it."""
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    model = ModelProto()
    try:
        try:
            summary = summary or scan(content, name)
            model.ParseFromString(content)
        except Undecided:
            model.ParseFromString(content)
            summary = scan(model.SerializeToString(), name)
    except (Undecided, DecodeError) as error:
        raise ModelFileError(f"{name} is not an ONNX model, or is cut short: {error}") from None
    if not model.graph.output or not model.opset_import:
        raise ModelFileError(f"{name} is not a whole ONNX model: it has no outputs or no opset")
    for function, label in _undefined_in_functions(model):
        raise ModelFileError(
            f"{name}: the function {function!r} uses {label!r}, which it does not define"
        )
    return model, summary


def _undefined_in_functions(model: ModelProto) -> Iterator[tuple[str, str]]:
    """Yield the names of functions, and what they use and do not have."""
    for function in model.functions:
        for label in _undefined(function.node, set(function.input)):
            yield function.name, label


def _undefined(nodes: Iterable[NodeProto], outer: Set[str]) -> Iterator[str]:
    """Yield the names that nodes use and nothing defines; runtimes up to 1.23.2 then end the process."""
    nodes = list(nodes)
    names = {"", *outer, *(name for node in nodes for name in node.output)}
    for node in nodes:
        yield from (name for name in node.input if name not in names)
        for graph in subgraphs(node):
            own = {info.name for info in graph.input} | {t.name for t in graph.initializer}
            own |= {sparse.values.name for sparse in graph.sparse_initializer}
            yield from _undefined(graph.node, names | own)
