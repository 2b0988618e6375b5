"""`build`: models of the computations that use arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array, widened
from onnxp._src.graph.source import SourceFormatter
from onnxp._src.graph.values import Target, Value
from onnxp._src.lowering import nulls
from onnxp._src.lowering.checks import with_checks
from onnxp._src.ops.targets import as_target
from onnxp._src.program import encoding as encodings
from onnxp._src.program.arguments import tensors_of
from onnxp._src.program.dependencies import size_sources, traced_values, used_arguments
from onnxp._src.program.known_arrays import KnownArrays, Named
from onnxp._src.program.metadata import as_entries
from onnxp._src.program.signature import (
    METADATA_KEY,
    Assumption,
    Leaf,
    Signature,
    declare_sizes,
    no_structure,
    shorten_sizes,
    to_json,
)
from onnxp._src.program.sizes import size_checks
from onnxp._src.program.spec import bounds_text
from onnxp._src.program.tree import TreeDef, count_leaves
from onnxp._src.runtime.assumptions import Assumptions, Noted, guard_value, unite
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import size_names
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    NameCollisionError,
    NotAnArrayError,
    SpecError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onnx import ModelProto

    from onnxp._src.graph.values import Node


def build(
    inputs: Mapping[str, Array],
    outputs: Mapping[str, Array],
    *,
    drop_unused: bool = False,
    check_assumptions: bool = False,
    name: str = "onnxp",
    opset: int | None = None,
    target: str | None = None,
    functions: bool | None = None,
    source_lines: bool = False,
) -> ModelProto:
    """Build a model from its inputs and outputs.

    Parameters
    ----------
    inputs : mapping of str to Array
        The names of the inputs and the arguments that stand for them. A complex input becomes two inputs of
        the model, ``name_real`` and ``name_imag``.
    outputs : mapping of str to Array
        The names of the outputs and the arrays to compute. Complex outputs become two outputs as well.
    drop_unused : bool, optional
        Remove inputs that no output depends on.
    check_assumptions : bool, optional
        Add an output ``assumptions_hold``, a bool of rank 0, which tells whether the data satisfy the
        assumptions that were derived from examples. Without examples it is always true.
    name : str, optional
        The name of the graph.
    opset : int, optional
        The highest opset that the model may use, from 17 on. By default, that of the target.
    target : str, optional
        What the model is for, such as ``"portable"``; the guide to targets lists them. By default it is
        ``"onnxruntime>=1.20"``, but operators that `onnxp.onnx.op` records may be newer or of other domains.
    functions : bool, optional
        Whether functions of onnxp, such as ``atan2``, and called programs become local functions of the model.
        If False, their nodes take the place of the calls. By default, only functions of more than 8 nodes
        that are called more than once are local functions.
    source_lines : bool, optional
        Store the line of code that recorded each node in its metadata, under ``onnxp.source``. Paths of files
        are relative to the folder from which Python imports them.

    Returns
    -------
    onnx.ModelProto

    Raises
    ------
    NotAnArrayError
        If an input is not an argument, or an output is not an array.
    MissingArgumentError
        If an output depends on an argument that is not an input.
    NameCollisionError
        If two inputs or outputs have the same name.
    MixedTracesError
        If an output belongs to the trace of another function.
    SpecError
        If two inputs declare different bounds for the same named size.
    OpsetError
        If an output needs a newer opset than `opset`.
    TargetError
        If a node cannot run on the target.
    """
    for what, arrays in (("inputs", inputs), ("outputs", outputs)):
        if not isinstance(arrays, Mapping):
            raise ArgumentTypeError(
                f"build: {what} must be a dict of names and arrays, not {arrays!r} "
                f"of type {type(arrays).__name__}"
            )
    arguments = {label: tensors_of(array) for label, array in inputs.items()}
    for label, array in arguments.items():
        if not _is_argument(array):
            raise NotAnArrayError(
                f"input {label!r} is {array!r}; an input must be an array that xp.argument returned and "
                "that has not been assigned to"
            )
    for label, array in outputs.items():
        if not isinstance(array, Array):
            raise NotAnArrayError(
                f"output {label!r} is {array!r} of type {type(array).__name__}; an output must be an array "
                "of onnxp, such as xp.asarray(...)"
            )
    results = {label: widened(array) for label, array in outputs.items()}
    signature = Signature(
        name,
        tuple(Leaf(label, x.dtype, x.shape) for label, x in inputs.items()),
        no_structure(inputs),
        tuple(Leaf(label, y.dtype, y.shape) for label, y in results.items()),
        no_structure(results),
    )
    tensors = [x for x in arguments.values() if isinstance(x, Array)]
    noted = [x._planes[0].example.assumptions for x in tensors if _has_example(x)]
    return build_model(
        signature,
        tensors,
        list(results.values()),
        drop_unused=drop_unused,
        target=as_target("build", target, opset, functions),
        assumptions=unite(noted),
        check_assumptions=check_assumptions,
        source_lines=source_lines,
    ).model


GUARD = "assumptions_hold"
"""The name of the output that tells whether the assumptions hold."""


class Built(NamedTuple):
    """A model, its signature, and by name of its nodes the recorded node that each is (a part of)."""

    model: ModelProto
    signature: Signature
    made_by: dict[str, Node]


def build_model(
    signature: Signature,
    inputs: list[Array],
    outputs: list[Array],
    *,
    drop_unused: bool = False,
    target: Target | None = None,
    assumptions: Assumptions | None = None,
    check_assumptions: bool = False,
    source_lines: bool = False,
    sized: Sequence[Value] = (),
    doc: str = "",
    known: Iterable[Named] = (),
) -> Built:
    """Build a model with a signature; a run fails where a size of the values `sized` is wrong. See `build`.

    Constants that are `known` arrays have their names.
    """
    from onnxp._src.model.writing.writer import export_model
    from onnxp._version import __version__

    planes = _planes(signature.inputs, [x._planes for x in inputs], "input")
    encoded = [
        encodings.encoded(_blanked(x)._planes, x.dtype, leaf.encoding)
        for leaf, x in zip(signature.outputs, outputs, strict=True)
    ]
    results = _planes(signature.outputs, encoded, "output")
    if not results:
        raise NotAnArrayError("there is no output; a model must compute at least one array")
    noted = assumptions or {}
    places = SourceFormatter()
    signature = signature._replace(assumptions=tuple(_public(n, places) for n in noted))
    if check_assumptions:
        if GUARD in results:
            raise NameCollisionError(
                f"{GUARD!r} is the name of the output that check_assumptions=True adds; rename the output"
            )
        results[GUARD] = guard_value(noted)
        signature = signature._replace(guard=GUARD)
    clash = planes.keys() & results.keys()
    if clash:
        raise NameCollisionError(
            f"{sorted(clash)[0]!r} is the name of an input and of an output; names must differ even if the "
            "output is the unchanged input"
        )
    _check_inputs(planes)
    target = target or as_target("build")
    order = traced_values(list(results.values()), target)
    if checks := size_checks(sized, order):
        first = next(iter(results))
        results[first] = with_checks(results[first], checks)
        order = traced_values(list(results.values()), target)
    used = used_arguments(order, planes)
    symbols = size_sources(order, {k: v for k, v in planes.items() if v in used}, planes)
    if drop_unused:
        read = {source[0] for source in symbols.values()}
        read |= {label for label, value in planes.items() if value in used}
        kept = tuple(leaf for leaf in signature.inputs if not read.isdisjoint(leaf.planes))
        planes = {label: planes[label] for leaf in kept for label in leaf.planes}
        signature = _without_unused(signature, kept)
    sizes = size_names([value.shape for value in (*planes.values(), *results.values())])
    model, made_by = export_model(
        planes,
        results,
        symbols,
        name=signature.name,
        sizes=sizes,
        target=target,
        source_lines=source_lines,
        name_of=KnownArrays(known).name,
    )
    model.producer_name, model.producer_version = "onnxp", __version__
    model.doc_string = doc
    for key, text in as_entries(signature.metadata).items():
        model.metadata_props.add(key=key, value=text)
    entry = model.metadata_props.add()
    entry.key = METADATA_KEY
    signature, sizes = shorten_sizes(signature, sizes)
    entry.value = to_json(signature, sizes, f"onnxp {__version__}")
    return Built(model, declare_sizes(signature, sizes), made_by)


def _blanked(array: Array) -> Array:
    """Return an output with blanks under nulls, so that its bytes do not depend on what was fed there."""
    if not array.dtype.is_nullable:
        return array
    return new_array(array.dtype, nulls.blanked(array._planes))


def _public(noted: Noted, places: SourceFormatter) -> Assumption:
    source = noted.source
    place, function = (places.line(source), source[0].co_name) if source is not None else ("", "")
    return Assumption(noted.text, noted.expected, place, function, noted.fixes_size)


def _has_example(array: Array) -> bool:
    return hasattr(array._planes[0], "example")


def _is_argument(obj: object) -> bool:
    planes = obj._planes if isinstance(obj, Array) else ()
    return bool(planes) and all(p.trace is not None and p.node is None for p in planes)


def _planes(
    leaves: Iterable[Leaf], tensors: Iterable[tuple[Value, ...]], what: str
) -> dict[str, Value]:
    named: dict[str, Value] = {}
    for leaf, values in zip(leaves, tensors, strict=True):
        if not _is_name(leaf.name):
            raise ArgumentError(
                f"the name of an {what} must be text that is not empty, not {leaf.name!r}"
            )
        for label, value in zip(leaf.planes, values, strict=True):
            if label in named:
                raise NameCollisionError(f"two {what}s would be called {label!r}")
            named[label] = value
    return named


def _is_name(label: object) -> bool:
    try:
        return isinstance(label, str) and bool(label.encode())
    except UnicodeEncodeError:
        return False


def _check_inputs(inputs: Mapping[str, Value]) -> None:
    """Raise an error if an argument has two names, or a named size has two declarations."""
    names: dict[Value, str] = {}
    declared: dict[Symbol, Symbol] = {}
    for label, value in inputs.items():
        if names.setdefault(value, label) != label:
            raise NameCollisionError(
                f"the inputs {names[value]!r} and {label!r} are the same argument; make one for each"
            )
        for size in value.shape:
            for symbol in size.symbols if isinstance(size, Dim) else ():
                other = declared.setdefault(symbol, symbol)
                if other.bounds != symbol.bounds:
                    raise SpecError(
                        f"the inputs declare the size {symbol.name} as {bounds_text(other)} and as "
                        f"{bounds_text(symbol)}; declare the same bounds, or use the size of the other input"
                    )


def _without_unused(signature: Signature, kept: tuple[Leaf, ...]) -> Signature:
    """Remove unused parameters; if a structure is used in part, its used arrays become parameters."""
    parameters: dict[str, TreeDef] = {}
    leaves = iter(signature.inputs)
    treedef = signature.input_treedef
    for name, item in zip(treedef["keys"], treedef["items"], strict=True):
        parameter = [next(leaves) for _ in range(count_leaves(item))]
        used = [leaf for leaf in parameter if leaf in kept]
        parts = {name: item} if parameter == used else {leaf.name: None for leaf in used}
        if parts.keys() & parameters.keys():
            raise NameCollisionError(
                f"without the unused inputs, two parameters would be called {next(iter(parts))!r}; "
                "give the inputs other names"
            )
        parameters |= parts
    keys, items = list(parameters), list(parameters.values())
    return signature._replace(inputs=kept, input_treedef=treedef | {"keys": keys, "items": items})
