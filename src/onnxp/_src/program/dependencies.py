"""The values, arguments and sizes that the outputs of a model depend on."""

from __future__ import annotations

from collections.abc import Mapping

from onnxp._src.graph.values import FORMAL, FREE, Target, Value
from onnxp._src.ops.sizes import SYMBOL
from onnxp._src.program.stored import StoredConstants
from onnxp._src.runtime.evaluate import evaluate
from onnxp._src.shapes.dims import Dim, as_linear
from onnxp._src.shapes.shape import is_static, product, shape_text
from onnxp.errors import LeakedArrayError, MissingArgumentError, MixedTracesError

_LARGE = 4096
"""The size in bytes above which an array that a node makes from one number stays a node."""


def traced_values(outputs: list[Value], target: Target) -> list[Value]:
    """Return the traced values that `outputs` depend on.

    Maximal expressions of constants are evaluated, and become initializers, except for large arrays that
    one node makes from a few numbers, such as zeros, and those made of smaller constants in stored dtypes.
    """
    concrete: dict[Value, None] = {}
    order: dict[Value, None] = {}
    stored = StoredConstants(target)
    stack = list(outputs)
    while stack:
        value = stack.pop()
        if value in order or value.data is not None:
            continue
        if value.trace is None:
            if stored.shrink(value):
                assert value.node is not None
                stack.extend([v for v in value.node.inputs if v is not None])
            elif not _is_pattern(value):
                concrete[value] = None
            continue
        order[value] = None
        if value.node is not None:
            for v in value.node.inputs:
                if v is not None and v.data is None and v not in order:
                    stack.append(v)
    evaluate(tuple(concrete))
    return list(order)


def _is_pattern(value: Value) -> bool:
    """Return whether a value is large, without data, and made from one number."""
    node = value.node
    if node is None or value.data is not None or not is_static(value.shape):
        return False
    if node.op in ("EyeLike", "Cast"):
        source = node.inputs[0]
        return source is not None and _is_pattern(source)
    if node.op != "ConstantOfShape" or node.inputs[0] is None or node.inputs[0].data is None:
        return False
    return bool(product(value.shape) * value.dtype.itemsize > _LARGE)


def used_arguments(order: list[Value], inputs: Mapping[str, Value]) -> set[Value]:
    """Return the arguments among some values; all must be among the inputs."""
    arguments = set(inputs.values())
    traces = {value.trace for value in arguments} - {FREE}
    used: set[Value] = set()
    for value in order:
        if value.node is not None:
            continue
        used.add(value)
        if value in arguments:
            continue
        what = f"{value.name} ({value.dtype}{shape_text(value.shape)})"
        if value.trace is not FREE and value.trace not in traces:
            owner = value.trace.name if value.trace is not None else "nothing"
            raise MixedTracesError(
                f"an output depends on {what}, an argument of another trace, {owner}; "
                "a traced array can only be used while its function is traced"
            )
        if value.index == FORMAL:
            raise LeakedArrayError(
                f"an output depends on {value.dtype}{shape_text(value.shape)} from inside a loop, whose values "
                "live in one step only: return them from the function of the loop, as part of the value or of "
                "what xp.scan collects"
            )
        raise MissingArgumentError(
            f"an output depends on the argument {what}, which is not among the inputs "
            f"{list(inputs)}; add it to the inputs"
        )
    return used


def size_sources(
    order: list[Value], used: Mapping[str, Value], inputs: Mapping[str, Value]
) -> dict[str, tuple[str, int, int, int]]:
    """Return the source of each symbol in use: (input, axis, factor, offset); of used inputs, if possible."""
    sources = {**_sizes_of(inputs), **_sizes_of(used)}
    needed: dict[str, tuple[str, int, int, int]] = {}
    for value in order:
        if value.node is not None and value.node.op == SYMBOL:
            name = dict(value.node.attributes)["name"]
            if name not in sources:
                raise MissingArgumentError(
                    f"an output depends on the size {name}, which is not the size of any of the inputs "
                    f"{list(inputs)}"
                )
            needed[name] = sources[name]
    return needed


def _sizes_of(inputs: Mapping[str, Value]) -> dict[str, tuple[str, int, int, int]]:
    sources: dict[str, tuple[str, int, int, int]] = {}
    for label, value in inputs.items():
        for axis, size in enumerate(value.shape):
            linear = as_linear(size) if isinstance(size, Dim) else None
            if linear is None:
                continue
            symbol, factor, offset = linear
            simple = (factor, offset) == (1, 0)
            if symbol.name not in sources or (simple and sources[symbol.name][2:] != (1, 0)):
                sources[symbol.name] = (label, axis, factor, offset)
    return sources
