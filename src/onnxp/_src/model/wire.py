"""The wire format of protobuf: what a model file refers to and asks for, read without onnx.

A walk of a few microseconds for each node; the bytes of weights are skipped. `load` looks here before
anything parses the file, and before the runtime sees it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple, final

from onnxp._src.shapes.shape import MAX_RANK
from onnxp.errors import ModelFileError

MAX_NESTING = 100
"""Messages within messages, at which protobuf stops too."""
MAX_CALLS = 5_000
MAX_EXPANDED = 100_000
"""Calls of functions and nodes after inlining, unless the file itself has about as many nodes.

Runtimes inline functions before they run anything (onnxruntime 1.20.1 takes 9 s for 4,096 calls).
"""
MAX_NESTED = 500_000
"""Nodes, each counted twice for each subgraph that it is in, in which time runtimes infer types.

onnxruntime up to 1.23.2 takes 3 s for half of that.
"""
MOST_DATA_TYPES = 127
"""More than ``TensorProto.DataType`` has, or will have soon."""

ITEM_BITS = {
    **dict.fromkeys((21, 22, 23), 4),
    **dict.fromkeys((2, 3, 9, 17, 18, 19, 20, 24), 8),
    **dict.fromkeys((4, 5, 10, 16), 16),
    **dict.fromkeys((1, 6, 12), 32),
    **dict.fromkeys((7, 11, 13, 14), 64),
    15: 128,
    **dict.fromkeys((25, 26), 2),
}
"""The width of an element by ``TensorProto.DataType``; strings have none."""

# Of each message: the fields that are read, by number. `*` marks what may come several times, `text` what
# must be UTF-8, `int` a varint; other names are messages.
MESSAGES: dict[str, dict[int, tuple[str, str]]] = {
    "Model": {
        2: ("producer_name", "text"),
        3: ("producer_version", "text"),
        4: ("domain", "text"),
        7: ("graph", "Graph"),
        8: ("opset_import", "OperatorSetId*"),
        14: ("metadata_props", "StringStringEntry*"),
        20: ("training_info", "TrainingInfo*"),
        25: ("functions", "Function*"),
    },
    "OperatorSetId": {1: ("domain", "text"), 2: ("version", "int")},
    "StringStringEntry": {1: ("key", "text"), 2: ("value", "text")},
    "TrainingInfo": {1: ("initialization", "Graph"), 2: ("algorithm", "Graph")},
    "Graph": {
        1: ("node", "Node*"),
        2: ("name", "text"),
        5: ("initializer", "Tensor*"),
        11: ("input", "ValueInfo*"),
        12: ("output", "ValueInfo*"),
        13: ("value_info", "ValueInfo*"),
        15: ("sparse_initializer", "SparseTensor*"),
        16: ("metadata_props", "StringStringEntry*"),
    },
    "Function": {
        1: ("name", "text"),
        4: ("input", "text*"),
        5: ("output", "text*"),
        6: ("attribute", "text*"),
        7: ("node", "Node*"),
        9: ("opset_import", "OperatorSetId*"),
        10: ("domain", "text"),
        11: ("attribute_proto", "Attribute*"),
        12: ("value_info", "ValueInfo*"),
        13: ("overload", "text"),
        14: ("metadata_props", "StringStringEntry*"),
    },
    "Node": {
        1: ("input", "text*"),
        2: ("output", "text*"),
        3: ("name", "text"),
        4: ("op_type", "text"),
        5: ("attribute", "Attribute*"),
        7: ("domain", "text"),
        8: ("overload", "text"),
        9: ("metadata_props", "StringStringEntry*"),
    },
    "Attribute": {
        1: ("name", "text"),
        5: ("t", "Tensor"),
        6: ("g", "Graph"),
        10: ("tensors", "Tensor*"),
        11: ("graphs", "Graph*"),
        14: ("tp", "Type"),
        15: ("type_protos", "Type*"),
        21: ("ref_attr_name", "text"),
        22: ("sparse_tensor", "SparseTensor"),
        23: ("sparse_tensors", "SparseTensor*"),
    },
    "SparseTensor": {1: ("values", "Tensor"), 2: ("indices", "Tensor"), 3: ("dims", "int*")},
    "Tensor": {
        1: ("dims", "int*"),
        2: ("data_type", "int"),
        8: ("name", "text"),
        9: ("raw_data", "bytes"),
        13: ("external_data", "StringStringEntry*"),
        14: ("data_location", "int"),
    },
    "ValueInfo": {1: ("name", "text"), 2: ("type", "Type")},
    "Type": {
        1: ("tensor_type", "Type.Tensor"),
        4: ("sequence_type", "Type.Sequence"),
        5: ("map_type", "Type.Map"),
        8: ("sparse_tensor_type", "Type.SparseTensor"),
        9: ("optional_type", "Type.Optional"),
    },
    "Type.Tensor": {1: ("elem_type", "int"), 2: ("shape", "TensorShape")},
    "Type.SparseTensor": {1: ("elem_type", "int"), 2: ("shape", "TensorShape")},
    "Type.Sequence": {1: ("elem_type", "Type")},
    "Type.Optional": {1: ("elem_type", "Type")},
    "Type.Map": {2: ("value_type", "Type")},
    "TensorShape": {1: ("dim", "TensorShape.Dimension*")},
    "TensorShape.Dimension": {1: ("dim_value", "int"), 2: ("dim_param", "text")},
}


class Undecided(Exception):
    """Raised where protobuf's own reader may see something else, such as a part that is merged of two."""


class Summary(NamedTuple):
    """What a model file refers to and asks for.

    Attributes
    ----------
    external : tuple of str
        The places of the tensors whose data are in other files, such as ``graph.initializer``.
    nodes : int
        How many nodes the file has, those of subgraphs and functions included.
    """

    external: tuple[str, ...]
    nodes: int


def scan(content: bytes, name: str) -> Summary:
    """Read a serialised model; `name` is its file, for messages.

    Raises
    ------
    ModelFileError
        If it is not a model, or cannot be one that runs.
    Undecided
        If only protobuf's own reader can tell; what that serialises is decided.
    """
    return Scanner(content, name).summary()


def tensor_bytes(data_type: int, dims: tuple[int, ...] | list[int]) -> int | None:
    """Return how many bytes the elements of a tensor take; None where that is not known."""
    bits = ITEM_BITS.get(data_type)
    return None if bits is None else -(-math.prod(dims) * bits // 8)


_Key = tuple[str, str, str]  # domain, name, overload: which function
_MAIN: _Key = ("", "", "")

# By tag, the number and wire type of a field: name, kind, and whether it may come several times.
_Fields = Mapping[int, tuple[str, str, bool]]


def _by_tag(fields: Mapping[int, tuple[str, str]]) -> _Fields:
    tags: dict[int, tuple[str, str, bool]] = {}
    for number, (name, kind) in fields.items():
        several, kind = kind.endswith("*"), kind.removesuffix("*")
        tags[number << 3 | (0 if kind == "int" else 2)] = name, kind, several
        if kind == "int" and several:
            tags[number << 3 | 2] = name, "packed", True
    return tags


_TAGS = {message: _by_tag(fields) for message, fields in MESSAGES.items()}

_PLAIN = {"StringStringEntry", "Type", "ValueInfo"}
"""What needs no look if it is short and all ASCII: then its texts are UTF-8, and its ranks small."""
_LONG = 4096
"""How many bytes a message has at least for its runs to be worth a pattern, which takes 5 ms to compile."""


@cache
def _run(message: str) -> re.Pattern[bytes] | None:
    """Return a pattern for fields of which such a message may have millions in a row, as those of trees do."""
    short = b"|".join(b"%b.{%d}" % (re.escape(bytes([n])), n) for n in range(128))
    match message:
        case "Attribute":  # floats, ints and strings, each with a tag of its own
            fields = rb"\x3d.{4}|\x40[\x80-\xff]{0,9}[\x00-\x7f]|\x4a(?:%b)" % short
        case "Tensor":  # strings
            fields = rb"\x32(?:%b)" % short
        case _:
            return None
    return re.compile(b"(?:%b)++" % fields, re.DOTALL)


@final
class Scanner:
    """A walk over all messages of a model."""

    def __init__(self, content: bytes, name: str) -> None:
        self.content = content
        self.name = name
        self.external: list[str] = []
        self.calls: dict[_Key, Counter[_Key]] = {_MAIN: Counter()}
        self.sizes: Counter[_Key] = Counter()  # the nodes of each function
        self.scope = _MAIN
        self.subgraphs = 0  # around what is read
        self.nested = 0

    def summary(self) -> Summary:
        """Read the model; see `scan`."""
        try:
            self.read("Model", 0, len(self.content), "", 0)
        except IndexError:  # a number that is cut short
            raise self.cut_short() from None
        if self.nested > MAX_NESTED:
            raise self.error("its subgraphs are nested too deep")
        self.check_calls()
        return Summary(tuple(self.external), sum(self.sizes.values()))

    def error(self, problem: str) -> ModelFileError:
        return ModelFileError(f"{self.name}: {problem}")

    def cut_short(self) -> ModelFileError:
        return ModelFileError(f"{self.name} is not an ONNX model, or is cut short")

    def read(self, message: str, start: int, end: int, path: str, depth: int) -> dict[str, str]:
        """Read a message; return its texts."""
        if depth > MAX_NESTING:
            raise self.error(f"its parts are nested more than {MAX_NESTING} deep")
        texts: dict[str, str] = {}
        if message == "Function":  # whose name may come after its nodes
            self.scope = self._key(start, end)
            self.calls[self.scope] = Counter()
        elif message == "Tensor":
            self._tensor(start, end, path, depth)
            return texts
        elif message == "TensorShape":
            self._check_rank(sum(1 for _ in self.fields("TensorShape", start, end)), path)
        seen: set[str] = set()
        rank = 0
        self.subgraphs += message == "Graph"
        for name, kind, several, first, last in self.fields(message, start, end):
            if kind == "text":
                texts[name] = self._text(first, last, name, path)
            elif name == "elem_type":
                self._check_data_type(first, path)
            elif name == "version":
                if not 0 < first < 2**31:
                    raise self.error(f"{path} has the invalid version {_signed(first)}")
            elif kind == "int":
                rank += 1
            elif kind == "packed":
                rank += len(self.packed(first, last))
            else:
                if not several and name in seen:  # protobuf merges the two
                    raise Undecided
                seen.add(name)
                if (
                    kind in _PLAIN
                    and last - first <= MAX_RANK
                    and self.content[first:last].isascii()
                ):
                    continue
                self.read(kind, first, last, f"{path}.{name}" if path else name, depth + 1)
        if message == "Node":
            key = _function_key(texts, "op_type")
            self.calls[self.scope][key] += 1
            self.sizes[self.scope] += 1
            self.nested += 2 ** max(self.subgraphs - 1, 0)
        elif message == "Function":
            self.scope = _MAIN
        elif message == "SparseTensor":
            self._check_rank(rank, path)
        elif message == "Graph":
            self.subgraphs -= 1
        return texts

    def _key(self, start: int, end: int) -> _Key:
        texts = {
            name: self._text(first, last, name, "functions")
            for name, kind, several, first, last in self.fields("Function", start, end)
            if kind == "text" and not several
        }
        return _function_key(texts, "name")

    def _tensor(self, start: int, end: int, path: str, depth: int) -> None:
        dims: list[int] = []
        data_type, raw, location, name = 0, -1, 0, ""
        for field, kind, _, first, last in self.fields("Tensor", start, end):
            if field == "dims":
                dims.extend(self.packed(first, last) if kind == "packed" else (_signed(first),))
            elif field == "data_type":
                data_type = first
            elif field == "raw_data":
                raw = last - first
            elif field == "name":
                name = self._text(first, last, field, path)
            elif field == "data_location":
                if first not in (0, 1):
                    raise Undecided
                location = first
            else:
                self.read(kind, first, last, f"{path}.{field}", depth + 1)
        self._check_rank(len(dims), path)
        self._check_data_type(data_type, path)
        what = f"the tensor {name!r} ({path})"
        if any(size < 0 for size in dims):
            raise self.error(f"{what} has a negative size: {dims}")
        if location:
            self.external.append(path)
            return
        needed = tensor_bytes(data_type, dims)
        if raw >= 0 and needed is not None and raw != needed:
            raise self.error(f"{what} has {raw} bytes, but {dims} needs {needed}")

    def _check_rank(self, rank: int, path: str) -> None:
        if rank > MAX_RANK:
            raise self.error(f"{path} has rank {rank:,}; arrays have at most {MAX_RANK} axes")

    def _check_data_type(self, number: int, path: str) -> None:
        """Raise unless it may be one; onnxruntime 1.23.2 ends the process for others."""
        if number > MOST_DATA_TYPES:
            raise self.error(f"{path} has the unknown data type {_signed(number)}")

    def _text(self, start: int, end: int, name: str, path: str) -> str:
        try:
            return self.content[start:end].decode()
        except UnicodeDecodeError:
            text = self.content[start : min(end, start + 40)]
            where = f"{path}.{name}" if path else name
            raise self.error(f"{where} is not text in UTF-8: {text!r}") from None

    def packed(self, pos: int, end: int) -> list[int]:
        """Return the numbers of a field that has several."""
        numbers: list[int] = []
        while pos < end:
            number, pos = self._varint(pos, end)
            numbers.append(_signed(number))
        return numbers

    def _varint(self, pos: int, end: int) -> tuple[int, int]:
        result = shift = 0
        while pos < end and shift < 70:
            byte = self.content[pos]
            pos += 1
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result & 0xFFFF_FFFF_FFFF_FFFF, pos
            shift += 7
        raise self.cut_short()

    def fields(self, message: str, pos: int, end: int) -> Iterator[tuple[str, str, bool, int, int]]:
        """Yield name, kind and bounds of the fields that the table has; a number has its value as both."""
        tags = _TAGS[message]
        run = _run(message) if end - pos > _LONG else None
        content = self.content
        while pos < end:
            if run is not None and (skipped := run.match(content, pos, end)):
                pos = skipped.end()
                continue
            tag = content[pos]
            pos += 1
            if tag >= 0x80:
                tag, pos = self._varint(pos - 1, end)
            wire = tag & 7
            if not 8 <= tag < 2**32:
                raise self.cut_short()
            if wire == 2:
                size = content[pos]
                pos += 1
                if size >= 0x80:
                    size, pos = self._varint(pos - 1, end)
                first, pos = pos, pos + size
                last = pos
            elif wire == 0:
                first, pos = self._varint(pos, end)
                last = first
            elif wire in (1, 5):
                pos += 8 if wire == 1 else 4
                first = last = 0
            elif wire in (3, 4):  # groups, which no version of ONNX has
                raise Undecided
            else:
                raise self.cut_short()
            if pos > end:
                raise self.cut_short()
            field = tags.get(tag)
            if field is not None:
                yield (*field, first, last)

    def check_calls(self) -> None:
        """Raise if functions call themselves, or one another so often that inlining never ends.

        Raises
        ------
        ModelFileError
            If they do.
        """
        total = sum(self.sizes.values())
        expanded: dict[_Key, tuple[int, int]] = {}
        active: set[_Key] = set()
        stack = [_MAIN]
        while stack:
            key = stack[-1]
            if key in expanded:
                stack.pop()
                continue
            called = [k for k in self.calls[key] if k in self.calls and k != _MAIN]
            later = [k for k in called if k not in expanded]
            if later:
                if key in active or key in later:
                    raise self.error(f"its function {key[1]!r} calls itself")
                active.add(key)
                stack.extend(later)
                continue
            calls, nodes = 0, self.sizes[key]
            for inner in called:
                times = self.calls[key][inner]
                calls += times * (1 + expanded[inner][0])
                nodes += times * expanded[inner][1]
            if calls > max(MAX_CALLS, 4 * total) or nodes > max(MAX_EXPANDED, 4 * total):
                raise self.error(
                    f"its functions call one another so often that its {total:,} nodes become "
                    f"{_number(nodes)}, by {_number(calls)} calls"
                )
            expanded[key] = calls, nodes
            active.discard(key)
            stack.pop()


def _function_key(texts: Mapping[str, str], name: str) -> _Key:
    domain = texts.get("domain", "")
    return (
        "" if domain == "ai.onnx" else domain,
        texts.get(name, ""),
        texts.get("overload", ""),
    )


def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number


def _number(count: int) -> str:
    return f"{count:,}" if count < 10**9 else "over 10**9"
