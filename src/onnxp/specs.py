"""`Spec`: the dtype and the shape of an input, as an object or as text such as ``"float32[N, 2]"``."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable
from typing import Any, final

from onnxp import dims
from onnxp.dims import Dim, Size
from onnxp.dtypes import DType, as_dtype
from onnxp.errors import DTypeError, OnnxpError, SpecError
from onnxp.shapes import Shape, as_size


@final
class Spec:
    """The dtype and the shape of an input. Make one with `spec`.

    Attributes
    ----------
    shape : tuple of int and Dim
        The sizes.
    dtype : DType
        The data type.
    """

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: Shape, dtype: DType) -> None:
        self.shape = shape
        self.dtype = dtype

    def __repr__(self) -> str:
        return f"{self.dtype}[{', '.join(map(str, self.shape))}]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spec) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))


def spec(shape: Iterable[int | str | Dim] | int | str | Dim, dtype: object) -> Spec:
    """Describe an input.

    Parameters
    ----------
    shape : sequence of int, str and Dim
        The sizes. A name, such as ``"N"``, is a size that is known when the model runs and at least 1;
        text may declare other bounds, ``"N>=0"``, or be an expression, ``"2*N"``.
    dtype : dtype
        The data type.

    Returns
    -------
    Spec

    Raises
    ------
    SpecError
        If a size can not be understood.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.spec(("N", 2), xp.float32)
    float32[N, 2]
    """
    return Spec(parse_shape(shape), as_dtype(dtype))


def parse_shape(shape: object) -> Shape:
    """Return sizes given as integers, names, expressions and `Dim`."""
    if isinstance(shape, str | int | Dim):
        shape = (shape,)
    if not isinstance(shape, Iterable):
        raise SpecError(f"a shape is a sequence of integers and names, not {shape!r}")
    return tuple(_size(size, shape) for size in shape)


def _size(size: object, shape: object) -> Size:
    if isinstance(size, str):
        return parse_size(size)
    try:
        return as_size(size, "spec")
    except OnnxpError as error:
        raise SpecError(
            f"{size!r} in shape {shape!r} is not a size; use an integer, or a name such as 'N' for a size "
            f"that is known when the model runs ({error})"
        ) from None


_BOUND = re.compile(r"^\s*([A-Za-z_]\w*)\s*(>=|<=|>|<)\s*(\d+)\s*$")
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: dims.floor_divide,
    ast.Mod: dims.remainder,
}


def parse_size(text: str) -> Size:
    """Return the size that text such as ``"N"``, ``"2*N+1"`` or ``"N>=0"`` stands for."""
    bound = _BOUND.match(text)
    if bound:
        name, relation, number = bound[1], bound[2], int(bound[3])
        if relation.startswith(">"):
            return dims.dim(name, number + (relation == ">"))
        return dims.dim(name, 1, number - (relation == "<"))
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        return as_size(_evaluate(tree), "spec")
    except (SyntaxError, OnnxpError, ValueError) as error:
        raise SpecError(
            f"{text!r} is not a size; write an integer, a name, an expression such as '2*N' or a bound "
            f"such as 'N>=0' ({error})"
        ) from None


def _evaluate(node: ast.expr) -> Size:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name):
        return dims.dim(node.id)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluate(node.left), _evaluate(node.right))
    raise SpecError(f"{ast.unparse(node)!r} is not part of a size")


_SPEC = re.compile(r"^\s*(\w+)\s*\[(.*)\]\s*$", re.DOTALL)


def parse(text: str) -> Spec:
    """Return the spec that text such as ``"float32[N, 2]"`` stands for.

    Raises
    ------
    SpecError
        If it does not parse.
    """
    match = _SPEC.match(text)
    if match is None:
        raise SpecError(f"{text!r} is not a spec; write it like 'float32[N, 2]', or 'float64[]' for rank 0")
    try:
        dtype = as_dtype(match[1])
    except DTypeError as error:
        raise SpecError(f"{text!r}: {error}") from None
    sizes = match[2].strip()
    return Spec(tuple(parse_size(size) for size in sizes.split(",")) if sizes else (), dtype)


def as_spec(obj: object) -> Spec:
    """Return a spec, or text as one."""
    return parse(obj) if isinstance(obj, str) else obj  # type: ignore[return-value]


def is_spec(obj: object) -> bool:
    """Whether `obj` is a spec or text, which should be one."""
    return isinstance(obj, Spec | str)


__all__ = ["Spec", "as_spec", "is_spec", "parse", "parse_shape", "parse_size", "spec"]
