"""Messages of protobuf, whatever they are of: their parts, and copies without one field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def parts_of(message: Any, name: str) -> Iterator[Any]:
    """Yield the parts of a message, at any depth, that are messages of the type `name`."""
    if message.DESCRIPTOR.name == name:
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in (value,) if hasattr(value, "DESCRIPTOR") else value:
                yield from parts_of(part, name)


def copy_fields(source: Any, target: Any, besides: str) -> None:
    """Copy all fields of a message but one."""
    for field, value in source.ListFields():
        if field.name == besides:
            continue
        place = getattr(target, field.name)
        if hasattr(place, "MergeFrom"):  # a message, or several of something
            place.MergeFrom(value)
        else:
            setattr(target, field.name, value)
