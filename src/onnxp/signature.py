"""What a program takes and gives, and how a model's metadata says so.

The schema is versioned: `load` reads every version up to its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from onnxp.dims import dim
from onnxp.dtypes import BY_NAME, DType
from onnxp.errors import ModelFileError, SpecError
from onnxp.shapes import Shape
from onnxp.specs import parse_size
from onnxp.structure import Skeleton

SCHEMA_VERSION = 1
METADATA_KEY = "onnxp.schema"


class Leaf(NamedTuple):
    """One array of a signature.

    Attributes
    ----------
    name : str
        Its name; the model's inputs or outputs are called ``name`` or ``name_plane``.
    dtype : DType or None
        None for what a foreign model has and onnxp has not, such as sequences.
    shape : tuple or None
        None where the rank is unknown.
    """

    name: str
    dtype: DType | None
    shape: Shape | None

    @property
    def planes(self) -> tuple[str, ...]:
        """The names of the model's inputs or outputs."""
        return (self.name,) if self.dtype is None else plane_names(self.name, self.dtype)


class Signature(NamedTuple):
    """Inputs and outputs of a program.

    The skeleton of the inputs is a dict of the parameters.
    """

    name: str
    inputs: tuple[Leaf, ...]
    input_skeleton: Skeleton
    outputs: tuple[Leaf, ...]
    output_skeleton: Skeleton


def plane_names(name: str, dtype: DType) -> tuple[str, ...]:
    """Return what the planes of an array are called: ``x``, or ``z_real`` and ``z_imag``."""
    return tuple(f"{name}_{plane.name}" if plane.name else name for plane in dtype.planes)


def to_json(signature: Signature, producer: str) -> str:
    """Return a signature as text for the model's metadata."""

    def leaf(x: Leaf) -> dict[str, Any]:
        assert x.dtype is not None and x.shape is not None
        return {
            "name": x.name,
            "dtype": x.dtype.name,
            "shape": [size if type(size) is int else _size_text(size) for size in x.shape],
            "planes": list(x.planes),
        }

    content = {
        "version": SCHEMA_VERSION,
        "producer": producer,
        "name": signature.name,
        "inputs": [leaf(x) for x in signature.inputs],
        "input_structure": signature.input_skeleton,
        "outputs": [leaf(x) for x in signature.outputs],
        "output_structure": signature.output_skeleton,
    }
    return json.dumps(content, separators=(",", ":"))


def _size_text(size: Any) -> str:
    symbol = size.symbol
    if symbol is not None and symbol.origin is None:
        if symbol.high is not None:
            return f"{symbol.name}<={symbol.high}"
        return symbol.name if symbol.low == 1 else f"{symbol.name}>={symbol.low}"
    return str(size)


def from_json(text: str) -> Signature:
    """Return the signature that a model's metadata describes.

    Raises
    ------
    ModelFileError
        If a newer onnxp wrote it, or it is damaged.
    """
    try:
        content = json.loads(text)
        version = content["version"]
        if version > SCHEMA_VERSION:
            raise ModelFileError(
                f"the model's metadata has version {version}, written by {content.get('producer')}; this onnxp reads "
                f"up to version {SCHEMA_VERSION}. Upgrade onnxp, or run the model in onnxruntime itself"
            )
        return Signature(
            content["name"],
            tuple(_leaf(x) for x in content["inputs"]),
            content["input_structure"],
            tuple(_leaf(x) for x in content["outputs"]),
            content["output_structure"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"the model's metadata can not be read: {error!r}") from None


def _leaf(content: Mapping[str, Any]) -> Leaf:
    shape = tuple(_saved_size(size) for size in content["shape"])
    return Leaf(content["name"], BY_NAME[content["dtype"]], shape)


def _saved_size(size: int | str) -> Any:
    if isinstance(size, int):
        return size
    try:
        return parse_size(size)
    except SpecError:  # the size of a computed value, or a maximum: any size goes
        return dim(size, 0)
