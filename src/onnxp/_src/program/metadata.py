"""What a user says of a model: the metadata that `trace` takes, and the text that describes a function."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from inspect import cleandoc
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from onnxp._src.program.signature import FEATURE_NAMES, METADATA_KEY
from onnxp.errors import ArgumentError, ArgumentTypeError

RESERVED = (FEATURE_NAMES, "feature_names_out", "classes", METADATA_KEY)
"""What `trace_estimator` and `build` write themselves."""


def checked_metadata(metadata: object) -> dict[str, Any]:
    """Return metadata as JSON can store them: tuples and arrays become lists, numbers of numpy Python's.

    Raises
    ------
    ArgumentTypeError
        If they are not a dict of text and such values.
    ArgumentError
        If a key is one that onnxp writes.
    """
    if metadata is None:
        return {}
    if not isinstance(metadata, Mapping):
        raise ArgumentTypeError(f"metadata must be a dict, not {type(metadata).__name__}")
    for key in metadata:
        if not isinstance(key, str) or not key:
            raise ArgumentTypeError(f"a key of metadata must be text, not {key!r}")
        if key in RESERVED:
            raise ArgumentError(
                f"metadata: the key {key!r} is written by onnxp; choose another one"
            )
    try:
        result = {key: _plain(value, f"metadata[{key!r}]") for key, value in metadata.items()}
        json.dumps(result, ensure_ascii=False).encode()
    except RecursionError:
        raise ArgumentError("metadata contain themselves, or are too deep") from None
    except UnicodeEncodeError as error:
        raise ArgumentError(
            f"metadata: {error.object!r} is not text that UTF-8 can encode"
        ) from None
    return result


def _plain(value: object, where: str) -> Any:
    """Return a value with types that JSON gives back."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ArgumentTypeError(f"{where}: a key must be text, not {key!r}")
        return {key: _plain(part, f"{where}[{key!r}]") for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part, f"{where}[{i}]") for i, part in enumerate(value)]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise ArgumentTypeError(
        f"{where} is of type {type(value).__name__}; metadata are text, numbers, booleans, None, and lists "
        "and dicts of them: convert it, such as str(value)"
    )


def as_entries(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return metadata as entries of a model, for other tools: text as it is, other values as JSON."""
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in metadata.items()
    }


def documentation(function: object, doc: object) -> str:
    """Return the text that describes a function: `doc`, or its docstring.

    Raises
    ------
    ArgumentTypeError
        If `doc` is not text.
    """
    if doc is None:
        own = function.__doc__ if isinstance(function, FunctionType | MethodType) else None
        return cleandoc(own).encode(errors="replace").decode() if own else ""
    if not isinstance(doc, str):
        raise ArgumentTypeError(f"doc must be text, not {doc!r} of type {type(doc).__name__}")
    try:
        doc.encode()
    except UnicodeEncodeError:
        raise ArgumentError(f"doc is not text that UTF-8 can encode: {doc!r}") from None
    return doc


def without_addresses(text: str) -> str:
    """Return a ``repr`` that is the same in every process."""
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def package_versions(*names: str) -> dict[str, str]:
    """Return the versions of packages that are imported."""
    versions = {name: getattr(sys.modules.get(name), "__version__", None) for name in names}
    return {name: version for name, version in versions.items() if isinstance(version, str)}
