"""Display of a model in Netron, a viewer in the browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from onnxp._src.model.files import detach, fits_protobuf
from onnxp._src.shapes.shape import as_integer
from onnxp.errors import ArgumentError, MissingPackageError

if TYPE_CHECKING:
    from onnx import ModelProto


def show(model: ModelProto, name: str, *, port: int | None, browse: bool) -> str:
    """Serve a model to a browser, and return the address."""
    if port is not None:
        port = as_integer(port, "view", "port")
        if not 0 < port < 2**16:
            raise ArgumentError(f"view: port must be a number from 1 to 65535, not {port}")
    try:
        import netron
    except ImportError as error:
        raise MissingPackageError(
            f"Program.view needs Netron ({error}): pip install 'onnxp[view]', or save the program and open "
            "the file at https://netron.app"
        ) from None
    shown = model if fits_protobuf(model) else detach(model)[0]
    # a bytearray, because Netron 8 and 9 first try other formats for bytes
    content = bytearray(shown.SerializeToString(deterministic=True))
    file = re.sub(r"[^\w.-]+", "_", name).strip("_") or "model"
    try:
        host, number = netron.serve(f"{file}.onnx", content, address=port, browse=browse)
    except OSError as error:
        raise ArgumentError(f"view: port {port} cannot be used: {error}") from None
    return f"http://{host}:{number}"
