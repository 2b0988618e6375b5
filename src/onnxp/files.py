"""Models in files: written whole or not at all, read with care."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from onnxp.errors import ModelFileError, SaveError

if TYPE_CHECKING:
    from onnx import ModelProto

PROTOBUF_LIMIT = 2**31 - 1
_SEPARATE = 1024  # bytes from which on a tensor goes to the data file
_ALIGNMENT = 4096


def save_model(model: ModelProto, path: str | os.PathLike[str], *, external_data: bool = False) -> None:
    """Write a model; large tensors to ``path + ".data"`` if asked for, or if protobuf could not hold them.

    Raises
    ------
    SaveError
        If it can not be written. No half-written file is left.
    """
    target = Path(path)
    if external_data or weight(model) >= PROTOBUF_LIMIT:
        model = _with_external_data(model, target)
    _write(target, lambda file: file.write(model.SerializeToString(deterministic=True)))


def weight(model: ModelProto) -> int:
    """Return about how many bytes a model takes, without serialising it."""
    tensors = sum(len(t.raw_data) for t in model.graph.initializer)
    return tensors + 1024 * len(model.graph.node)


def _with_external_data(model: ModelProto, target: Path) -> ModelProto:
    from onnx import ModelProto, TensorProto

    data_path = target.with_name(target.name + ".data")
    light = ModelProto()
    light.CopyFrom(model)
    places: list[tuple[bytes, int]] = []
    end = 0
    for tensor in light.graph.initializer:
        if len(tensor.raw_data) < _SEPARATE:
            continue
        offset = -(-end // _ALIGNMENT) * _ALIGNMENT
        end = offset + len(tensor.raw_data)
        places.append((tensor.raw_data, offset))
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (
            ("location", data_path.name),
            ("offset", str(offset)),
            ("length", str(len(tensor.raw_data))),
        ):
            tensor.external_data.add(key=key, value=value)
        tensor.ClearField("raw_data")

    def write(file: object) -> None:
        for content, offset in places:
            file.seek(offset)  # type: ignore[attr-defined]
            file.write(content)  # type: ignore[attr-defined]

    _write(data_path, write)
    return light


def _write(target: Path, content: object) -> None:
    """Write beside the target and put it in place, so that nobody ever sees half a file."""
    import tempfile

    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            content(file)  # type: ignore[operator]
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise SaveError(
            error.errno, f"can not write the model: {error.strerror}; nothing was written", str(target)
        ) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def read_model(path: str | os.PathLike[str]) -> ModelProto:
    """Read a model, with its external data.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If it is not a whole ONNX model.
    """
    import onnx
    from google.protobuf.message import DecodeError

    name = os.fspath(path)
    try:
        model = onnx.load(name)
    except FileNotFoundError as error:
        if error.filename in (name, None):
            raise
        raise ModelFileError(f"{name}: its external data is missing: {error}") from None
    except IsADirectoryError:
        raise ModelFileError(f"{name} is a folder, not an ONNX model") from None
    except (DecodeError, ValueError, onnx.checker.ValidationError) as error:
        raise ModelFileError(f"{name} is not an ONNX model, or is cut short: {error}") from None
    if not model.graph.output or not model.opset_import:
        raise ModelFileError(f"{name} is not a whole ONNX model: it has no outputs or no opset")
    return model
