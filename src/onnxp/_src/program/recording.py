"""Programs of functions whose parameters are known: the call with traced arrays, and the model of it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from onnxp._src.api.creation import asarray
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array, sized, widened
from onnxp._src.dtypes import bool_
from onnxp._src.graph.name_scopes import no_scope
from onnxp._src.graph.record import gc_paused
from onnxp._src.graph.source import user_source
from onnxp._src.graph.values import Target, Trace, Value
from onnxp._src.numpy.constants import ConstantArray, Constants
from onnxp._src.numpy.masked import MaskedArray
from onnxp._src.numpy.translation import Modules, translated
from onnxp._src.ops.targets import as_target
from onnxp._src.program import verify as verification
from onnxp._src.program.arguments import decoded, leaves_of, make_arguments
from onnxp._src.program.binding import collect
from onnxp._src.program.build import build_model
from onnxp._src.program.estimators import mention_trace_estimator
from onnxp._src.program.known_arrays import Named, arrays_of
from onnxp._src.program.locating import Origin
from onnxp._src.program.observing import Observer
from onnxp._src.program.program import Program
from onnxp._src.program.samples import of_columns
from onnxp._src.program.signature import Leaf, Signature, no_structure
from onnxp._src.program.spec import Spec, agree, as_spec, is_spec, named_sizes
from onnxp._src.program.tree import (
    Path,
    TreeDef,
    check_keys,
    flatten,
    names_of,
    record_types,
    short,
    unflatten,
)
from onnxp._src.runtime.assumptions import Assumptions, guard_value
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp.errors import (
    ArgumentTypeError,
    CaughtErrorWarning,
    ExampleError,
    FeedError,
    NameCollisionError,
    SpecError,
    TracedValueError,
)


def trace_parameters(
    function: Callable[..., Any],
    bound: dict[str, Any],
    positional: Sequence[str] = (),
    *,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    drop_unused: bool = False,
    target: Target | None = None,
    example: Any = None,
    check_assumptions: bool = False,
    source_lines: bool = False,
    translate_numpy: Modules = True,
    verify: bool = False,
    strict: bool | None = None,
    output_root: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    versions: Mapping[str, str] | None = None,
    doc: str = "",
    known: Iterable[Named] | None = None,
    observer: Observer | None = None,
    takes_table: bool = False,
) -> Program:
    """Make a program of a function whose parameters are known; see `trace`.

    Parameters
    ----------
    function : callable
        The function.
    bound : dict
        The specs of the parameters, by name. The names need not be identifiers.
    positional : sequence of str
        The names of the parameters to pass by position.
    target : Target, optional
        What the model is for.
    output_root : str, optional
        The name of the output, or the first part of the names of several.
    metadata : mapping, optional
        Values to store in the model, which JSON can represent.
    versions : mapping, optional
        The versions of packages to store in the model.
    doc : str, optional
        The description of the model.
    known : iterable of (str, array), optional
        Names for constants, by default those that the function sees.
    observer : Observer, optional
        Watches the function; the outputs are what it has seen.
    takes_table : bool, optional
        Compare with the function of the arguments as they are, as the methods of estimators take tables.
    """
    target = target or as_target("trace")
    parameters = _parameters(bound, positional, input_names)
    name = getattr(function, "__qualname__", type(function).__name__)
    examples = None if example is None else _flat_example(example, parameters.treedef)
    trace = partial(Trace, name, target, user_source())
    recorded = _record(function, parameters, trace, examples, translate_numpy, observer)
    if strict is not None:
        _tell_caught_errors(recorded.trace, strict=strict)
    assumptions = recorded.trace.assumptions
    try:
        results, treedef = flatten(recorded.result, _is_result, "the result")
        check_keys(treedef, "the result")
        arrays = [widened(_as_output(obj)) for _, obj in results]
        types = record_types(recorded.result)
        unflatten(treedef, iter(arrays), types)  # fails now rather than when the program is called
        labels = _output_names(output_names, [path for path, _ in results], output_root)
        if (
            takes_table and output_names is None
        ):  # a function may return a column, or another for it
            labels = [f"{label}_out" if label in parameters.names else label for label in labels]
        full = Signature(
            name,
            parameters.leaves,
            parameters.treedef,
            tuple(Leaf(n, a.dtype, a.shape) for n, a in zip(labels, arrays, strict=True)),
            treedef,
            metadata=metadata or {},
            versions=versions or {},
        )
        model, signature, made_by = build_model(
            full,
            recorded.arguments,
            arrays,
            drop_unused=drop_unused,
            target=target,
            assumptions=assumptions,
            check_assumptions=check_assumptions,
            source_lines=source_lines,
            sized=recorded.sized,
            doc=doc,
            known=arrays_of(function) if known is None else known,
        )
        sources = {label: node.source for label, node in made_by.items()}
        whole = len(signature.inputs) == len(full.inputs)
        guard = _guard(full, recorded.arguments, assumptions) if whole and assumptions else None
    finally:
        recorded.trace.ended = True

    by_example = examples is not None  # which the program must not keep

    def call(arrays: list[Any]) -> Any:
        args, kwargs = parameters.arguments(arrays)
        return function(*args, **kwargs)

    def observed(arrays: list[Any], observer: Observer) -> Program:
        return trace_parameters(
            function,
            bound,
            positional,
            input_names=parameters.names,
            target=target,
            example=parameters.named(arrays) if by_example else None,
            translate_numpy=translate_numpy,
            observer=observer,
        )

    origin = Origin(function, call, observed, takes_table) if whole or takes_table else None
    program = Program(model, signature, types, sources, origin, guard)
    if verify and examples is not None:
        verification.verify(program, call, full.inputs, examples)
    return program


class _Parameters(NamedTuple):
    """The parameters that a function is called with, and the inputs of the model that they consist of.

    Attributes
    ----------
    bound : dict
        The specs by parameter, in structures.
    positional : sequence of str
        The names of the parameters to pass by position.
    treedef : TreeDef
        The structure of all parameters.
    names, specs : list
        The names and the specs of the inputs.
    """

    bound: dict[str, Any]
    positional: Sequence[str]
    treedef: TreeDef
    names: list[str]
    specs: list[Spec]

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The inputs."""
        return leaves_of(self.names, self.specs)

    def named(self, arrays: Iterable[Any]) -> dict[str, Any]:
        """Return arrays of the inputs as parameters by name."""
        named: dict[str, Any] = unflatten(self.treedef, iter(arrays), record_types(self.bound))
        return named

    def arguments(self, arrays: Iterable[Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return arrays of the inputs as arguments of a call: those by position, and those by name."""
        named = self.named(arrays)
        return [named.pop(name) for name in self.positional], named


def _parameters(
    bound: dict[str, Any], positional: Sequence[str], input_names: Sequence[str] | None
) -> _Parameters:
    leaves, treedef = flatten(
        bound, is_spec, "the spec", needed="a spec, such as 'float32[N, 2]'", error=SpecError
    )
    check_keys(treedef, "the spec")
    names = _leaf_names(input_names, [path for path, _ in leaves], "", "inputs")
    specs = _agreed(named_sizes(names, [as_spec(leaf) for _, leaf in leaves]))
    return _Parameters(bound, positional, treedef, names, specs)


class _Recorded(NamedTuple):
    """The trace of a function, the arrays that it was called with, and its result."""

    trace: Trace
    arguments: list[Array]
    result: Any
    sized: list[Value]


def _record(
    function: Callable[..., Any],
    parameters: _Parameters,
    trace: Callable[[], Trace],
    examples: list[Any] | None,
    translate_numpy: Modules,
    observer: Observer | None,
    constants: Constants | None = None,
) -> _Recorded:
    """Call a function with traced arrays.

    If it uses arrays of numpy with them as these cannot be, it is called again with other `constants`.
    """
    traced = trace()
    traced.assumptions = {}
    names, specs = parameters.names, parameters.specs
    arguments = make_arguments(names, specs, traced, examples, traced.assumptions)
    # new array objects, because the function may assign to its arguments
    inputs = zip(parameters.leaves, arguments, strict=True)
    arrays = (decoded(leaf, new_array(a.dtype, a._planes)) for leaf, a in inputs)
    args, kwargs = parameters.arguments(arrays)
    constants = constants or Constants()
    needed = constants
    try:
        with (
            translated(function, translate_numpy, constants=constants) as (call, translation),
            no_scope(),
            gc_paused(),
            _noting_sizes() as noted,
        ):
            try:
                if observer is None:
                    result = _called(call, args, kwargs)
                else:
                    observer.clear()
                    with observer:
                        _called(call, args, kwargs)
                    result = observer.traced()
            finally:
                needed = translation.notes.needed
    except BaseException as error:
        traced.ended = True
        if needed == constants:
            mention_trace_estimator(error, function)
            raise
    if needed != constants:
        return _record(
            function, parameters, trace, examples, translate_numpy, observer, constants=needed
        )
    return _Recorded(traced, arguments, result, noted)


def _output_names(names: Sequence[str] | None, paths: list[Path], root: str | None) -> list[str]:
    """Return the names of the outputs, which by default are keys of the result, or begin with a root."""
    plain = paths and all(path and isinstance(path[0], str) for path in paths)
    return _leaf_names(names, paths, root or ("" if plain else "output"), "outputs")


def _tell_caught_errors(traced: Trace, *, strict: bool) -> None:
    """Warn of errors that were raised while a function was traced, and did not come out of it.

    Raises
    ------
    TracedValueError
        If `strict`: the first of the errors.
    """
    for error in traced.caught:
        if strict:
            raise error
        warnings.warn(
            f"{traced.name} catches an error of a traced array, and the model has the branch after it: {error}",
            CaughtErrorWarning,
            stacklevel=4,
        )


def _called(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Call a function with traced arrays.

    Raises
    ------
    TracedValueError
        If compiled code refuses them, because it needs the memory of an array.
    """
    try:
        return function(*args, **kwargs)
    except TypeError as error:
        if type(error) is TypeError and re.search(_NOT_MEMORY, str(error)):
            raise TracedValueError(
                "compiled code needs the elements of an array, and a traced array has none before the model "
                f"runs ({error}); replace the call by array functions, or call it outside the traced function"
            ) from error
        raise


_NOT_MEMORY = (
    r"(?=.*\bArray\b).*(bytes-like object|buffer|convert|expected|incorrect type|cannot be)"
)
"""What compiled code says of an object that has no memory for it."""


def _is_result(obj: object) -> bool:
    """Return whether an object is an output: an array, a size, or a constant number or array of numpy."""
    return isinstance(
        obj, Array | ConstantArray | Dim | DimReal | MaskedArray | complex | float | int
    ) or (isinstance(obj, np.ndarray | np.generic) and obj.dtype.kind in "biufcmMUT")


def _as_output(obj: Any) -> Array:
    return asarray(obj.as_nullable() if isinstance(obj, MaskedArray) else obj)


@contextmanager
def _noting_sizes() -> Iterator[list[Value]]:
    """Note the values whose sizes are asked for."""
    noted: list[Value] = []
    token = sized.set(noted)
    try:
        yield noted
    finally:
        sized.reset(token)


def _guard(signature: Signature, arguments: list[Array], assumptions: Assumptions) -> Program:
    """Return a program that computes each of the assumptions as a bool."""
    arrays = [
        new_array(bool_, (guard_value({noted: conditions}),))
        for noted, conditions in assumptions.items()
    ]
    names = [f"assumption_{i}" for i in range(len(arrays))]
    leaves = tuple(Leaf(name, bool_, ()) for name in names)
    guarded = signature._replace(outputs=leaves, output_treedef=no_structure(names))
    built = build_model(guarded, arguments, arrays)
    return Program(built.model, built.signature)


def _flat_example(example: Any, treedef: TreeDef) -> list[Any]:
    """Return the arrays of an example: of one argument, a tuple of all, or a dict by name."""
    names = treedef["keys"]
    if isinstance(example, Mapping) and set(example) == set(names):
        values = [example[name] for name in names]
    elif len(names) == 1:
        values = [example]
    elif isinstance(example, tuple | list) and len(example) == len(names):
        values = list(example)
    else:
        raise ExampleError(
            f"an example for the arguments {names} must be a tuple of {len(names)} or a dict by name, not "
            f"{short(example)}{of_columns(example, names)}"
        )
    leaves: list[Any] = []
    try:
        for value, item in zip(values, treedef["items"], strict=True):
            collect(value, item, leaves, "the example")
    except FeedError as error:
        raise ExampleError(str(error)) from None
    return leaves


def _agreed(specs: list[Spec]) -> list[Spec]:
    shapes = agree([spec.shape for spec in specs])
    return [
        Spec(shape, spec.dtype, spec.encoding) for shape, spec in zip(shapes, specs, strict=True)
    ]


def _leaf_names(names: Sequence[str] | None, paths: list[Path], root: str, what: str) -> list[str]:
    if names is None:
        return names_of(paths, root, what)
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise ArgumentTypeError(
            f"trace: the names of {what} must be a list of strings, not {names!r}"
        )
    names = list(names)
    if len(names) != len(paths):
        raise NameCollisionError(f"{len(paths)} {what} need as many names, not {names}")
    if len(set(names)) != len(names):
        raise NameCollisionError(f"the names of {what} must differ: {names}")
    return names
