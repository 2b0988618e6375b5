"""Sizes that inputs of operators must share, which kernels of some runtimes do not compare.

Where they differ, a kernel reads beyond an array, or returns memory that it has not written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from string import ascii_uppercase, digits
from typing import Any, NamedTuple

from onnxp._src import ops
from onnxp._src.graph.values import Value
from onnxp._src.model.guard_nodes import REDUCTIONS
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import Shape, shape_text


class Given(NamedTuple):
    """A call of `op`: the operator, inputs and attributes, and what makes an error of a text."""

    domain: str
    name: str
    values: tuple[Value | None, ...]
    attributes: Mapping[str, Any]
    error: Callable[[str], Exception]

    def at(self, position: int) -> Value:
        """Return an input that the schema requires."""
        value = self.values[position]
        assert value is not None
        return value

    def value(self, position: int) -> Value | None:
        """Return an input; None where there is none."""
        return self.values[position] if position < len(self.values) else None


_IMAGES, _WINDOWS = "N C ...", "M K ..."

_RECURRENT = ("GRU", "LSTM", "RNN")

SHAPES: dict[str, tuple[str, ...]] = {
    "Attention": (
        *("B L Q | B H L E", "B S X | B K S E", "B S Y | B K S V", "..."),
        *("B K P E", "B K P V"),
    ),
    "BatchNormalization": (_IMAGES, "C", "C", "C", "C"),
    "CausalConvWithState": ("B C L", "C 1 W", "C", "B C P"),
    "Col2Im": ("N C L", "A", "A"),
    "Conv": (_IMAGES, _WINDOWS, "M"),
    "ConvInteger": (_IMAGES, _WINDOWS, "one", "one | M"),
    "CumSum": ("...", "one"),
    "DFT": ("...", "one", "one"),
    "GRU": ("T N I", "D 3H I", "D 3H H", "D 6H", "N", "D N H"),
    "GridSample": (_IMAGES, "N ..."),
    "InstanceNormalization": (_IMAGES, "C", "C"),
    "LSTM": ("T N I", "D 4H I", "D 4H H", "D 8H", "N", "D N H", "D N H", "D 3H"),
    "NonMaxSuppression": ("N B 4", "N C B", "one", "one", "one"),
    "OneHot": ("...", "one", "2"),
    "QLinearConv": (
        *(_IMAGES, "one", "one"),
        *(_WINDOWS, "one | M", "one | M"),
        *("one", "one", "M"),
    ),
    "RNN": ("T N I", "D H I", "D H H", "D 2H", "N", "D N H"),
    "RoiAlign": (_IMAGES, "R 4", "R"),
    "STFT": ("B L | B L 1", "one", "W", "one"),
    "TopK": ("...", "1"),
    **dict.fromkeys(REDUCTIONS, ("...", "A")),
}
"""The shapes of inputs: equal letters are equal sizes, ``one`` is rank 0 or one element."""


def matched(given: Given) -> dict[int, Value]:
    """Return the inputs, by position, for which a run fails if their sizes do not match.

    Raises
    ------
    OperatorError
        What the call's `error` makes, if they never match.
    """
    known = _known(given)
    found: dict[int, Value] = {}
    for i, text in enumerate(SHAPES.get(given.name, ()) if not given.domain else ()):
        if given.value(i) is not None:
            found[i] = _with_shape(given, i, _forms(text, given), known)
    return found


def _known(given: Given) -> dict[str, Size]:
    """Return the sizes that attributes declare."""
    if given.name == "Attention":
        return _known_of_heads(given)
    if given.name not in _RECURRENT:
        return {}
    known: dict[str, Size] = {"D": 2 if given.attributes.get("direction") == "bidirectional" else 1}
    recurrent = given.at(2)
    if recurrent.shape:
        known["H"] = given.attributes.get("hidden_size", recurrent.shape[-1])
    return known


def _known_of_heads(given: Given) -> dict[str, Size]:
    heads = {"K": "kv_num_heads", "H": "q_num_heads"}
    known = {k: given.attributes[v] for k, v in heads.items() if v in given.attributes}
    if any(type(number) is not int or number < 1 for number in known.values()):
        raise given.error(f"{' and '.join(heads.values())} must be 1 or more")
    x = given.at(0)
    if len(known) == 2 and len(x.shape) == 3:
        known["E"] = dims.floor_divide(x.shape[2], known["H"])
        known["V"] = dims.floor_divide(given.at(2).shape[-1], known["K"])
        known |= {"Q": known["H"] * known["E"], "X": known["K"] * known["E"]}
        known["Y"] = known["K"] * known["V"]
    return known


def _forms(text: str, given: Given) -> list[list[str]]:
    """Return the shapes that an input may have."""
    forms = [form.split() for form in text.split("|")]
    if given.attributes.get("layout") and given.name in _RECURRENT:  # batches first
        forms = [[*f[1::-1], *f[2:]] if len(f) == 3 and "N" in f else f for f in forms]
    return [each for form in forms for each in ([[], ["1"]] if form == ["one"] else [form])]


def _with_shape(
    given: Given, position: int, forms: Sequence[Sequence[str]], known: dict[str, Size]
) -> Value:
    """Return an input of one of some shapes; where it is not known whether it is, a run checks the last."""
    value = given.at(position)
    possible = [form for form in forms if _may_have(form, value.shape, known)]
    if not possible:
        text = " or ".join(_text(form, known) for form in forms)
        raise given.error(
            f"input {position} has the shape {shape_text(value.shape)}, but must have {text}"
        )
    for form in possible:
        if all(dims.same(*pair) for pair in _pairs(form, value.shape, known)):
            break
    else:
        if len(possible) > 1:  # of one axis
            size = value.shape[0]
            wanted = [number for form in possible for _, number in _pairs(form, value.shape, known)]
            return ops.require_zeros(value, ops.scalar_size(prod(size - n for n in wanted)))
    for token, size in zip(form, value.shape, strict=False):
        if token.isalpha():
            known.setdefault(token, size)
    for axis, (size, needed) in enumerate(_pairs(form, value.shape, known)):
        if not dims.same(size, needed):
            value = ops.require_size(value, axis, needed)
    return value


def _may_have(form: Sequence[str], shape: Shape, known: Mapping[str, Size]) -> bool:
    """Return whether the sizes that are known allow a form."""
    if len(shape) < len(form) - 1 if "..." in form else len(shape) != len(form):
        return False
    return all(dims.equal(*pair) is not False for pair in _pairs(form, shape, known))


def _pairs(
    form: Sequence[str], shape: Shape, known: Mapping[str, Size]
) -> Iterator[tuple[Size, Size]]:
    """Yield each size and the one that it must be; itself where any is right."""
    for token, size in zip(form, shape, strict=False):
        number = _wanted(token, known)
        yield size, size if number is None else number


def _wanted(token: str, known: Mapping[str, Size]) -> Size | None:
    factor, letter = token.rstrip(ascii_uppercase), token.lstrip(digits)
    if not letter or letter == "...":
        return int(factor) if not letter else None
    return None if letter not in known else int(factor or 1) * known[letter]


def _text(form: Sequence[str], known: Mapping[str, Size]) -> str:
    sizes = [_wanted(token, known) for token in form]
    parts = [t if size is None else str(size) for t, size in zip(form, sizes, strict=True)]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
