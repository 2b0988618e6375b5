"""`argument` and `build`: traced arrays, and models of the computations that use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from onnxp._src import dtypes
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.graph.source import SourceFormatter
from onnxp._src.graph.values import FORMAL, FREE, Example, Target, Trace, Value
from onnxp._src.graph.values import argument as graph_argument
from onnxp._src.lowering import nulls
from onnxp._src.lowering.checks import with_checks
from onnxp._src.ops.sizes import SYMBOL
from onnxp._src.ops.targets import as_target
from onnxp._src.program import encoding as encodings
from onnxp._src.program.binding import InputBinder
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
from onnxp._src.program.spec import Spec, bounds_text, named_sizes, parse_shape
from onnxp._src.program.tree import TreeDef, count_leaves
from onnxp._src.runtime.assumptions import Assumptions, Noted, guard_value, unite, with_sizes
from onnxp._src.runtime.evaluate import evaluate
from onnxp._src.shapes.atoms import Symbol, next_serial
from onnxp._src.shapes.dims import Dim, as_linear
from onnxp._src.shapes.shape import is_static, product, shape_text, size_names
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    ExampleError,
    FeedError,
    LeakedArrayError,
    MissingArgumentError,
    MixedTracesError,
    NameCollisionError,
    NotAnArrayError,
    SpecError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onnx import ModelProto

    from onnxp._src.graph.values import Node


def argument(
    shape: Iterable[int | str | Dim | None] | int | str | Dim,
    dtype: object,
    *,
    name: str = "argument",
    example: object = None,
) -> Array:
    """Return a traced array that stands for an input of a model.

    Parameters
    ----------
    shape : sequence of int, str, Dim and None
        The sizes. A name, such as ``"N"``, is a size that is determined when the model runs. None and ``"?"``
        are sizes without a name, each different from all others.
    dtype : dtype
        The data type.
    name : str, optional
        The name of the array in messages. `build` gives the input of the model its name.
    example : numpy.ndarray or Array, optional
        An example of the input, which decides where Python needs a value, as in ``if xp.any(x < 0)``. Each
        decision becomes an assumption of the model; see `build`.

    Returns
    -------
    Array
        The traced array.

    Raises
    ------
    SpecError
        If a size cannot be parsed.
    ExampleError
        If the example has another dtype or shape.

    Examples
    --------
    >>> import onnxp as xp
    >>> x = xp.argument(shape=("N", 2), dtype=xp.float32)
    >>> model = xp.build({"x": x}, {"doubled": x * 2})
    >>> [node.op_type for node in model.graph.node]
    ['Mul']
    """
    spec = Spec(parse_shape(shape), dtypes.as_dtype(dtype))
    (spec,) = named_sizes([name if name != "argument" else f"size_{next_serial()}"], [spec])
    (array,) = make_arguments([name], [spec], FREE, None if example is None else [example])
    (leaf,) = leaves_of([name], [spec])
    result = decoded(leaf, array)
    if result is not array:
        _ARGUMENTS[result._planes[0]] = result._planes, array
    return result


_ARGUMENTS: WeakKeyDictionary[Value, tuple[tuple[Value, ...], Array]] = WeakKeyDictionary()
"""The planes and the tensors of arguments for which these differ, by the first plane."""


def _tensors_of(array: object) -> object:
    """Return the tensors of an argument as an array; anything else is returned as it is."""
    if isinstance(array, Array) and array._planes[0] in _ARGUMENTS:
        planes, tensors = _ARGUMENTS[array._planes[0]]
        if array._planes == planes:
            return tensors
    return array


def make_arguments(
    names: Sequence[str],
    specs: Sequence[Spec],
    trace: Trace,
    examples: Sequence[Any] | None = None,
    assumptions: Assumptions | None = None,
) -> list[Array]:
    """Return arguments of a trace, with `examples` if there are any; they are what `decoded` takes.

    Raises
    ------
    ExampleError
        If an example does not match its spec.
    """
    leaves = leaves_of(names, specs)
    noted = {} if assumptions is None else assumptions
    data: Mapping[str, Any] = {}
    sizes: Mapping[str, int] = {}
    if examples is not None:
        data, sizes = _example(names, leaves, examples)
    arrays = []
    for leaf, spec in zip(leaves, specs, strict=True):
        shape = with_sizes(spec.shape, sizes, noted) if sizes else spec.shape
        planes = []
        for label, dtype in leaf.tensors:
            value = graph_argument(label, dtype, shape, trace)
            if examples is not None:
                value.example = Example(np.array(data[label]), noted)
            planes.append(value)
        arrays.append(new_array(_dtype_of_tensors(leaf), tuple(planes)))
    return arrays


def leaves_of(names: Sequence[str], specs: Sequence[Spec]) -> tuple[Leaf, ...]:
    """Return the inputs that specs describe."""
    return tuple(
        Leaf(name, s.dtype, s.shape, s.encoding) for name, s in zip(names, specs, strict=True)
    )


def _dtype_of_tensors(leaf: Leaf) -> dtypes.DType:
    assert leaf.dtype is not None
    if leaf.dtype.family == "category":
        return leaf.tensors[0].dtype
    return leaf.dtype if leaf.encoding is None else leaf.dtype.plain


def decoded(leaf: Leaf, array: Array) -> Array:
    """Return the array that a traced function gets for an argument of `make_arguments`."""
    assert leaf.dtype is not None
    if leaf.encoding is None and leaf.dtype.family not in ("category", "extension"):
        return array
    return new_array(leaf.dtype, encodings.decoded(array._planes, leaf.dtype, leaf.encoding))


def _example(
    names: Sequence[str], leaves: tuple[Leaf, ...], examples: Sequence[Any]
) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the data of each plane and the value of each named size in an example."""
    binder = InputBinder(
        Signature("the example", leaves, no_structure(names), (), no_structure(()))
    )
    try:
        return binder.planes(examples)
    except FeedError as error:
        raise ExampleError(f"the example does not fit its spec: {error}") from None


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
    arguments = {label: _tensors_of(array) for label, array in inputs.items()}
    for label, array in arguments.items():
        if not _is_argument(array):
            raise NotAnArrayError(
                f"input {label!r} is {array!r}; an input must be an array that xp.argument returned and "
                "that has not been assigned to"
            )
    for label, array in outputs.items():
        if not isinstance(array, Array):
            raise NotAnArrayError(
                f"output {label!r} is {array!r} of type {type(array).__name__}; an output must be an array"
            )
    signature = Signature(
        name,
        tuple(Leaf(label, x.dtype, x.shape) for label, x in inputs.items()),
        no_structure(inputs),
        tuple(Leaf(label, y.dtype, y.shape) for label, y in outputs.items()),
        no_structure(outputs),
    )
    tensors = [x for x in arguments.values() if isinstance(x, Array)]
    noted = [x._planes[0].example.assumptions for x in tensors if _has_example(x)]
    return build_model(
        signature,
        tensors,
        list(outputs.values()),
        drop_unused=drop_unused,
        target=as_target("build", target, opset, functions),
        assumptions=unite(noted),
        check_assumptions=check_assumptions,
        source_lines=source_lines,
    ).model


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
    order = _survey(list(results.values()))
    if checks := size_checks(sized, order):
        first = next(iter(results))
        results[first] = with_checks(results[first], checks)
        order = _survey(list(results.values()))
    used = _used(order, planes)
    symbols = _symbols(order, {k: v for k, v in planes.items() if v in used}, planes)
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
        target=target or as_target("build"),
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


def _survey(outputs: list[Value]) -> list[Value]:
    """Return the traced values that `outputs` depend on.

    Maximal expressions of constants are evaluated, and become initializers, except for large arrays that
    one node makes from a few numbers, such as zeros.
    """
    concrete: dict[Value, None] = {}
    order: dict[Value, None] = {}
    stack = list(outputs)
    while stack:
        value = stack.pop()
        if value in order or value.data is not None:
            continue
        if value.trace is None:
            if not _is_pattern(value):
                concrete[value] = None
            continue
        order[value] = None
        if value.node is not None:
            stack.extend([v for v in value.node.inputs if v is not None and v not in order])
    evaluate(tuple(concrete))
    return list(order)


GUARD = "assumptions_hold"
"""The name of the output that tells whether the assumptions hold."""

LARGE = 4096
"""The size in bytes above which an array that a node makes from one number stays a node."""


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
    return bool(product(value.shape) * value.dtype.itemsize > LARGE)


def _used(order: list[Value], inputs: Mapping[str, Value]) -> set[Value]:
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


def _symbols(
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
