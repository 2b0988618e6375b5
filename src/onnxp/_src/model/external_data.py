"""External data: tensors in files beside the model, read where they may be and nowhere else.

onnx and the runtimes differ: onnx 1.17 to 1.20 follow symbolic links, and all versions leave out the tensors in
sparse tensors and in the defaults of functions; onnxruntime looks for those in the working directory, 1.20.1
anywhere, in memory too.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from onnxp._src.model.messages import parts_of
from onnxp._src.model.wire import tensor_bytes
from onnxp.errors import ModelFileError

if TYPE_CHECKING:
    from onnx import ModelProto, TensorProto

READING = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""How files of unknown origin are opened: a pipe must not block."""
_EXTERNAL = 1  # TensorProto.DataLocation


def read_external_data(model: ModelProto, places: Sequence[str], name: str) -> None:
    """Read the tensors of a model that are in files of its folder, wherever the model has them.

    Parameters
    ----------
    model : onnx.ModelProto
        Gets their elements.
    places : sequence of str
        Where in the model they are, as `wire.scan` says.
    name : str
        The model's own file.

    Raises
    ------
    ModelFileError
        If one is elsewhere, is not there, or its file ends before it does.
    """
    if not places:
        return
    tensors = [t for t in parts_of(model, "TensorProto") if t.data_location == _EXTERNAL]
    files = [_External(tensor, name) for tensor in tensors]
    total, memory = sum(file.length for file in files), memory_limit()
    if memory is not None and total > memory:
        raise ModelFileError(
            f"{name}: its external data have {total:,} bytes, and there are {memory:,} bytes of memory"
        )
    for tensor, file in zip(tensors, files, strict=True):
        tensor.raw_data = file.read()
        tensor.ClearField("data_location")
        del tensor.external_data[:]


class _External:
    """The elements of one tensor in another file, which is checked at once and read later."""

    def __init__(self, tensor: TensorProto, name: str) -> None:
        entries = {entry.key: entry.value for entry in tensor.external_data}
        self.what = f"the external data of {name} cannot be read: tensor {tensor.name!r}"
        self.location = entries.get("location", "")
        self.path = self._path(os.path.dirname(name))
        self.offset = self._number(entries.get("offset", "0"), "offset")
        needed = tensor_bytes(tensor.data_type, list(tensor.dims))
        length = self._number(entries["length"], "length") if entries.get("length") else needed
        if length is None:
            raise self._error(f"elements of type {tensor.data_type} have no known size")
        if needed is not None and length != needed:
            raise self._error(f"the length is {length:,}, but {list(tensor.dims)} needs {needed:,}")
        self.length = length
        with self._open() as file:
            size = os.fstat(file.fileno()).st_size
        if self.offset + length > size:
            raise self._error(
                f"{self.location!r} has {size:,} bytes, but its offset is {self.offset:,} and its length "
                f"{length:,}"
            )

    def read(self) -> bytes:
        with self._open() as file:
            file.seek(self.offset)
            content = file.read(self.length)
        if len(content) != self.length:
            raise self._error(f"{self.location!r} has become shorter")
        return content

    def _open(self) -> BinaryIO:
        try:
            handle = os.open(self.path, READING | getattr(os, "O_NOFOLLOW", 0))
            file = open(handle, "rb")  # noqa: SIM115
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise self._error(f"{self.location!r}: {reason}") from None
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            file.close()
            linked = stat.S_ISREG(status.st_mode)
            problem = "has other hard links" if linked else "is not a regular file"
            raise self._error(f"{self.location!r} {problem}")
        return file

    def _path(self, folder: str) -> str:
        """Return the path of the file, which must be in the model's folder and no link."""
        parts = re.split(r"[\\/]", self.location)
        absolute = os.path.isabs(self.location) or parts[0] == "" or parts[0].endswith(":")
        if not self.location or absolute or ".." in parts or "_ORT_MEM_ADDR_" in parts:
            raise self._error(
                f"{self.location!r} is not a file in the model's folder; put it there, and name it without '..'"
            )
        try:
            folder = os.path.realpath(folder or os.curdir)
            path = os.path.join(folder, *parts)
            real = os.path.realpath(path)
        except ValueError as error:
            raise self._error(f"{self.location!r}: {error}") from None
        if os.path.normcase(real) != os.path.normcase(os.path.normpath(path)):
            raise self._error(
                f"{self.location!r} is a link, or in a folder that is one; put the file itself beside the model"
            )
        return real

    def _number(self, text: str, name: str) -> int:
        if not re.fullmatch(r"[0-9]{1,19}", text):
            raise self._error(f"the {name} is {text[:40]!r}, not a number of bytes")
        return int(text)

    def _error(self, reason: str) -> ModelFileError:
        return ModelFileError(f"{self.what}, {reason}")


def memory_limit() -> int | None:
    """Return how many bytes of memory this process may have at most; None where that is not known."""
    limits: list[int] = []
    try:
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            limits.append(int(file.read()))
    except (AttributeError, OSError, ValueError):
        pass
    return min(limits, default=None)
