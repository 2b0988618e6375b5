"""Protobuf messages of any type: their parts, copies, and repeated fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSequence
from typing import Any, TypeVar

_M = TypeVar("_M", bound=Any)


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


def copied(message: _M) -> _M:
    """Return a copy of a message, to be changed."""
    copy = type(message)()
    copy.CopyFrom(message)
    return copy  # type: ignore[no-any-return]  # a message


def replace(field: MutableSequence[_M], messages: Iterable[_M]) -> None:
    """Put messages in place of those of a repeated field, some of which may be among them."""
    copies = [copied(message) for message in messages]
    del field[:]
    field.extend(copies)


def field_bytes(number: int, content: bytes) -> bytes:
    """Return a field of a serialized message: a string, or another message, as bytes."""
    size = len(content)
    head = b"%c" % (number << 3 | 2)  # the number is below 16
    while size > 127:
        head += b"%c" % (size & 127 | 128)
        size >>= 7
    return b"%b%c%b" % (head, size, content)
