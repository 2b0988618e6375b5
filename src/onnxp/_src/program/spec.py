"""`Spec`: the dtype and the shape of an input, as an object or as text such as ``"float32[N, 2]"``."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import partial
from typing import Literal, final

import numpy as np

from onnxp._src.dtypes import DType, as_dtype, labels
from onnxp._src.program import encoding as encodings
from onnxp._src.program.encoding import Encoding
from onnxp._src.shapes import dims
from onnxp._src.shapes.atoms import Symbol, next_serial
from onnxp._src.shapes.dims import Dim, Size
from onnxp._src.shapes.shape import Shape, as_size
from onnxp.errors import DTypeError, OnnxpError, SpecError


@final
class Spec:
    """The dtype and the shape of an input. `spec` creates specs.

    Attributes
    ----------
    shape : tuple of int and Dim
        The sizes.
    dtype : DType
        The data type.
    encoding : str, int, float or None
        Of a nullable dtype, what stands for null in the one input of the model; None for two inputs. Of
        categories, ``"codes"`` for an input of codes, ``"strict"`` if other labels fail; None for text.
    """

    __slots__ = ("dtype", "encoding", "shape")

    def __init__(self, shape: Shape, dtype: DType, encoding: Encoding = None) -> None:
        if dtype.family == "stored":
            raise SpecError(
                f"runtimes take no inputs of {dtype}, which constants are stored in; declare {dtype.computed}"
            )
        encodings.check(encoding, dtype)
        self.shape = shape
        self.dtype = dtype
        self.encoding = encoding

    def __repr__(self) -> str:
        text = f"{self.dtype}[{', '.join(map(size_text, self.shape))}]"
        encoding = encodings.text(self.dtype, self.encoding)
        return re.sub(rf"{_UNNAMED}\d+", "?", text) + encoding

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Spec) and repr(self) == repr(other)
        return same and self.dtype is other.dtype  # type: ignore[attr-defined]  # of this class

    def __hash__(self) -> int:
        return hash(repr(self))


def spec(
    shape: Iterable[int | str | Dim | None] | int | str | Dim,
    dtype: object = None,
    *,
    null: Encoding = None,
    encoding: Literal["text", "codes"] = "text",
    unknown: Literal["missing", "error"] = "missing",
) -> Spec:
    """Describe an input.

    Parameters
    ----------
    shape : sequence of int, str, Dim and None
        The sizes. A name, such as ``"N"``, is a size of at least 1 that is determined when the model runs.
        None and ``"?"`` are sizes without a name, each different from all others. Text may also declare other
        bounds, ``"N>=0"`` or ``"1<=N<=64"``, or be an expression, ``"2*N"``. Bounds apply to all inputs of a
        trace. Without `dtype`, a whole spec as text, ``"float32[N, 2]"``.
    dtype : dtype, optional
        The data type.
    null : str, int or float, optional
        What stands for null in an input of a nullable dtype: a number that the dtype holds exactly, ``"nan"``
        or NaN, or text. The model then has one input for it, not one for the values and another that tells
        which are null.
    encoding : {"text", "codes"}, optional
        Whether an input of categories takes labels, or codes: the positions of the labels, as int64.
    unknown : {"missing", "error"}, optional
        Whether text that is not a label becomes a missing value, or makes the run of the model fail.

    Returns
    -------
    Spec

    Raises
    ------
    SpecError
        If a size cannot be parsed, `null` cannot stand for null, or the dtype has no categories.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.spec(("N", 2), xp.float32)
    float32[N, 2]
    >>> xp.spec("float64?[N]", null="nan")
    float64?[N] (null='nan')
    """
    if isinstance(null, np.generic):
        null = null.item()
    if isinstance(null, float) and null != null:
        null = "nan"
    for given, allowed in ((encoding, ("text", "codes")), (unknown, ("missing", "error"))):
        if given not in allowed:
            raise SpecError(f"{given!r} is none of {allowed}")
    encoded = [encodings.CODES] * (encoding == "codes") + [encodings.STRICT] * (unknown == "error")
    if len(encoded) + (null is not None) > 1:
        raise SpecError("null is for nullable dtypes, encoding or unknown for categories; give one")
    null = encoded[0] if encoded else null
    if dtype is None and isinstance(shape, str):
        whole = parse(shape)
        return Spec(whole.shape, whole.dtype, null)
    return Spec(parse_shape(shape), as_dtype(dtype), null)


def parse_shape(shape: object) -> Shape:
    """Convert a sequence of integers, names, expressions and `Dim` to a shape."""
    if isinstance(shape, str | int | Dim):
        shape = (shape,)
    if not isinstance(shape, Iterable) or isinstance(shape, bytes | Set | Mapping):
        raise SpecError(f"a shape is a sequence of integers and names, not {shape!r}")
    return tuple(_size(size, shape) for size in shape)


def _size(size: object, shape: object) -> Size:
    if size is None:
        size = "?"
    if isinstance(size, str):
        return parse_size(size)
    try:
        result = as_size(size, "spec")
    except OnnxpError as error:
        raise SpecError(
            f"{size!r} in shape {shape!r} is not a size; use an integer, or a name such as 'N' for a size "
            f"that is determined when the model runs ({error})"
        ) from None
    if isinstance(result, Dim):
        for symbol in result.symbols:
            if symbol.origin is not None:
                raise SpecError(
                    f"{size} in shape {shape!r} is the size of a computed array; an input's size needs a name"
                )
    return result


_UNSTATED = (1, None)
LONGEST_SIZE = 1000
"""In characters: longer text is refused as a size."""
_MOST_TERMS = 1000
_OPERATORS: dict[type[ast.operator], Callable[[Size, Size], Size]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.FloorDiv: dims.floor_divide,
    ast.Mod: dims.remainder,
}
_FUNCTIONS: dict[str, Callable[[Size, Size], Size]] = {
    "max": dims.maximum,
    "min": dims.minimum,
    "broadcast": dims.broadcast_size,
}
# The bound that a number on the right of a comparison declares, and the offset to it.
_RELATIONS: dict[type[ast.cmpop], tuple[int, int]] = {
    ast.GtE: (0, 0),
    ast.Gt: (0, 1),
    ast.LtE: (1, 0),
    ast.Lt: (1, -1),
}


def parse_size(text: str, symbols: Mapping[str, Dim] | None = None) -> Size:
    """Parse a size from text such as ``"N"``, ``"2*N+1"``, ``"N>=0"`` or ``"1<=N<=64"``.

    Names that are not in `symbols` become new symbols, and each ``?`` one that `named_sizes` names.
    """
    try:
        text = re.sub(r"\?", lambda _: f"{_UNNAMED}{next_serial()}", text)
        if len(text) > LONGEST_SIZE:
            raise SpecError(f"it is longer than {LONGEST_SIZE} characters")
        tree = ast.parse(text.strip(), mode="eval").body
        if isinstance(tree, ast.Compare):
            return _bounded(tree)
        return as_size(_evaluate(tree, symbols or {}), "spec")
    except (SyntaxError, OnnxpError, ValueError, RecursionError, MemoryError) as error:
        raise SpecError(
            f"{text[:LONGEST_SIZE]!r} is not a size; write an integer, a name, an expression such as '2*N', "
            f"or bounds such as 'N>=0' and '1<=N<=64' ({error})"
        ) from None


def _bounded(tree: ast.Compare) -> Dim:
    """Parse a name with bounds: ``N >= 0``, ``0 <= N``, ``1 <= N <= 64``."""
    sides = [tree.left, *tree.comparators]
    names = [i for i, side in enumerate(sides) if isinstance(side, ast.Name)]
    bounds: dict[int, int] = {}
    for i, relation in enumerate(tree.ops):
        number = sides[i + 1] if i in names else sides[i]
        if type(relation) not in _RELATIONS or not isinstance(number, ast.Constant):
            break
        which, shift = _RELATIONS[type(relation)]
        if i not in names:  # the number is on the left
            which, shift = 1 - which, -shift
        if type(number.value) is not int or which in bounds:
            break
        bounds[which] = number.value + shift
    name = sides[names[0]] if len(names) == 1 else None
    if not isinstance(name, ast.Name) or len(bounds) != len(tree.ops):
        raise SpecError("bounds must compare one name with one or two integers")
    return dims.dim(name.id, bounds.get(0, 1), bounds.get(1))


def _evaluate(node: ast.expr, symbols: Mapping[str, Dim]) -> Size:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name):
        size = symbols.get(node.id)
        return dims.dim(node.id) if size is None else size
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluate(node.operand, symbols)
    if isinstance(node, ast.BinOp):
        left, right = _evaluate(node.left, symbols), _evaluate(node.right, symbols)
        if isinstance(node.op, ast.Mult):
            return _product(left, right)
        if isinstance(node.op, ast.Pow) and type(right) is int and 0 <= right <= 64:
            power: Size = 1
            for _ in range(right):
                power = _product(power, left)
            return power
        if type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 2:
        function = _FUNCTIONS.get(node.func.id)
        if function is not None and not node.keywords:
            left, right = (_evaluate(argument, symbols) for argument in node.args)
            return function(left, right)
    raise SpecError(f"{ast.unparse(node)!r} is not part of a size")


def _product(a: Size, b: Size) -> Size:
    if dims.term_count(a) * dims.term_count(b) > _MOST_TERMS:
        raise SpecError("it has too many terms")
    return a * b


def size_text(size: Size) -> str:
    """Return a size as text for `parse_size`, with the bounds if it is a single symbol."""
    symbol = size.symbol if isinstance(size, Dim) else None
    return str(size) if symbol is None else bounds_text(symbol)


def bounds_text(symbol: Symbol) -> str:
    """Return the declaration of a symbol: ``"N"``, ``"N>=0"`` or ``"0<=N<=64"``."""
    if symbol.high is not None:
        return f"{symbol.low}<={symbol.name}<={symbol.high}"
    return symbol.name if symbol.low == 1 else f"{symbol.name}>={symbol.low}"


_UNNAMED = "unnamed_size_"


def named_sizes(names: Sequence[str], specs: Sequence[Spec]) -> list[Spec]:
    """Name the sizes without a name after the input and the axis: ``X_0``."""
    taken = {
        symbol.name
        for spec in specs
        for size in spec.shape
        if isinstance(size, Dim)
        for symbol in size.symbols
    }

    def named(symbol: Symbol, label: str) -> Dim:
        if not symbol.name.startswith(_UNNAMED):
            return dims.of_symbol(symbol)
        while label in taken:
            label += "_"
        taken.add(label)
        return dims.dim(label, symbol.low, symbol.high)

    result = []
    for name, spec in zip(names, specs, strict=True):
        stem = re.sub(r"\W|^(?=\d)", "_", name)
        shape = tuple(
            dims.substitute(size, partial(named, label=f"{stem}_{axis}"))
            for axis, size in enumerate(spec.shape)
        )
        result.append(Spec(shape, spec.dtype, spec.encoding))
    return result


def agree(shapes: Sequence[Shape]) -> list[Shape]:
    """Give each symbol the bounds that one of its declarations has.

    Raises
    ------
    SpecError
        If two declarations have different bounds, or a size is computed from names that are not sizes.
    """
    declared: dict[str, Symbol] = {}
    sizes = [size for shape in shapes for size in shape if isinstance(size, Dim)]
    for symbol in (s for size in sizes for s in sorted(size.symbols, key=lambda s: s.sort_key)):
        other = declared.setdefault(symbol.name, symbol)
        if other.bounds == symbol.bounds or symbol.bounds == _UNSTATED:
            continue
        if other.bounds != _UNSTATED:
            raise SpecError(
                f"the size {symbol.name} is declared twice, as {bounds_text(other)} and as "
                f"{bounds_text(symbol)}; declare its bounds once"
            )
        declared[symbol.name] = symbol
    alone = {size.symbol.name for size in sizes if size.symbol is not None}
    for size in sizes:
        names = sorted(symbol.name for symbol in size.symbols)
        if len(names) > 1 and not alone.intersection(names):
            raise SpecError(
                f"the size {size} is computed from {' and '.join(names)}, which are sizes of no argument; "
                f"write a name without operators, such as {'_'.join(names)}, or declare them elsewhere"
            )

    def agreed(symbol: Symbol) -> Dim:
        return dims.of_symbol(declared[symbol.name])

    return [tuple(dims.substitute(size, agreed) for size in shape) for shape in shapes]


_SPEC = rf"(?s)^\s*({labels.NAME}|\w+(?:\[\w+\])?\??)\s*\[(.*)\]\s*$"  # float32[N], datetime64[s][N], int64?[N]
_COMMA = r",(?![^()]*\))"  # not those of max(N, 2)


def parse(text: str) -> Spec:
    """Parse a spec from text such as ``"float32[N, 2]"``.

    Raises
    ------
    SpecError
        If the text cannot be parsed.
    """
    match = re.match(_SPEC, text)
    if match is None:
        raise SpecError(
            f"{text!r} is not a spec; write it like 'float32[N, 2]', or 'float64[]' for rank 0"
        )
    try:
        dtype = as_dtype(match[1])
    except DTypeError as error:
        raise SpecError(f"{text!r}: {error}") from None
    sizes = match[2].strip()
    return Spec(tuple(map(parse_size, re.split(_COMMA, sizes))) if sizes else (), dtype)


def as_spec(obj: str | Spec) -> Spec:
    """Convert text to a spec; return a spec unchanged."""
    return parse(obj) if isinstance(obj, str) else obj


def is_spec(obj: object) -> bool:
    """Return whether `obj` is a spec or text."""
    return isinstance(obj, Spec | str)


__all__ = [
    "Spec",
    "agree",
    "as_spec",
    "bounds_text",
    "is_spec",
    "named_sizes",
    "parse",
    "parse_shape",
    "parse_size",
    "size_text",
    "spec",
]
