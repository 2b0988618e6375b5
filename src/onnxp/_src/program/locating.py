"""Where a model and its function part: the first step whose values differ, and a small input that shows it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from onnxp._src.array import missing
from onnxp._src.array.array import Array
from onnxp._src.array.base import from_host
from onnxp._src.graph.source import source_text
from onnxp._src.model.messages import copied, replace
from onnxp._src.ops import optimizer_passes
from onnxp._src.program.check import Comparison, Difference, Location, compare
from onnxp._src.program.inputs import array_for, host_for
from onnxp._src.program.observing import Observer, Step
from onnxp._src.program.tree import flatten, is_structure
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentError, OnnxpError

if TYPE_CHECKING:
    from onnxp._src.program.program import Program
    from onnxp._src.program.signature import Leaf

Data = np.ndarray[Any, Any]
Compare = Callable[[list[Data]], Comparison]

MOST_STEPS = 1000
"""How many nodes of a model are looked at one by one, each in two sessions."""


class Ties(NamedTuple):
    """Where results may differ though no step is wrong, such as neighbors that are equally far.

    Attributes
    ----------
    text : str
        What it is, for people.
    chosen : callable
        Returns a context in which the function takes what the model takes.
    """

    text: str
    chosen: Callable[[], AbstractContextManager[None]]


class Origin(NamedTuple):
    """What a program was traced from.

    Attributes
    ----------
    function : callable
        The function.
    call : callable
        Calls it with a list of arrays, in the order of the inputs.
    trace : callable
        Traces it again with an example and an observer, and returns a program whose outputs are the traced
        variables that the observer has seen, under their positions.
    takes_table : bool
        Whether the function takes the arguments of a call as they are, as methods of estimators take tables.
    ties : Ties or None
        Where the results may differ.
    """

    function: Callable[..., Any]
    call: Callable[[list[Any]], Any]
    trace: Callable[[list[Data], Observer], Program]
    takes_table: bool
    ties: Ties | None = None


class Reference(NamedTuple):
    """The results of a function, and how it was given arrays: of numpy, or of onnxp."""

    results: list[Data]
    convert: Callable[[Data], Any]


def reference(call: Callable[[list[Any]], Any], arrays: list[Data]) -> Reference | list[Exception]:
    """Call a function with arrays of numpy, else with those of onnxp; return its errors if both fail.

    Objects, such as a table of numbers and text or of numbers some of which are missing, are the results if
    neither gives arrays of numbers or text.
    """
    errors: list[Exception] = []
    objects = None
    for convert in (deepcopy, _as_array) if arrays else (deepcopy,):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                result = call([convert(array) for array in arrays])
                leaves, _ = flatten(result, lambda obj: not is_structure(obj), "the result")
                results = [_as_result(leaf) for _, leaf in leaves]
            except Exception as error:  # a function of traced arrays need not accept others
                errors.append(error)
                continue
        pairs = zip(leaves, results, strict=True)
        if all(isinstance(leaf, Array) or _is_data(data) for (_, leaf), data in pairs):
            return Reference(results, convert)
        if objects is None and all(map(_has_scalars, results)):
            objects = Reference(results, convert)
    return errors if objects is None else objects


def _is_data(result: Data) -> bool:
    """Return whether an array has no objects but text."""
    return result.dtype.kind != "O" or all(isinstance(e, str) for e in np.ma.getdata(result).flat)


def _has_scalars(result: Data) -> bool:
    """Return whether the objects of an array with axes are numbers, text, times, or missing."""
    if result.dtype.kind != "O":
        return True
    return result.ndim > 0 and all(map(missing.is_scalar, np.ma.getdata(result).flat))


def _as_array(data: Any) -> Any:
    return data if isinstance(data, Array) else from_host(np.array(data))


def as_data(array: Any, leaf: Leaf) -> Data:
    """Return an array in the dtype of an input; one of onnxp if numpy has no such dtype."""
    assert leaf.dtype is not None
    if leaf.dtype.is_nullable or leaf.dtype.is_unknown_to_numpy:
        return array_for(leaf, array)  # type: ignore[return-value]  # numpy's functions take it, too
    return np.asarray(array) if leaf.dtype.family == "string" else host_for(leaf, array)


def _as_result(obj: Any) -> Data:
    """Return a result of a function as data of numpy: a masked array if elements may be missing."""
    if isinstance(obj, Array):
        return obj._numpy()
    if isinstance(obj, np.ma.MaskedArray):
        return obj
    if hasattr(obj, "toarray"):  # sparse
        obj = obj.toarray()
    masked = missing.masked(obj)
    return np.asarray(obj) if masked is None else masked


def take_rows(arrays: list[Data], inputs: Sequence[Leaf], count: int, start: int = 0) -> list[Data]:
    """Return some rows of the arrays whose number of rows is a symbol that has no other use."""
    other = {
        symbol
        for leaf in inputs
        for axis, size in enumerate(leaf.shape or ())
        if isinstance(size, Dim) and (axis or size.symbol is None)
        for symbol in size.symbols
    }

    def is_free(symbol: Symbol | None) -> bool:
        return symbol is not None and symbol not in other and (symbol.bounds[0] or 0) <= count

    return [
        array[start : start + count]
        if leaf.shape and isinstance(leaf.shape[0], Dim) and is_free(leaf.shape[0].symbol)
        else array
        for array, leaf in zip(arrays, inputs, strict=True)
    ]


def checked(
    program: Program,
    origin: Origin,
    bound: Sequence[Any],
    arguments: tuple[tuple[Any, ...], dict[str, Any]],
    rtol: float | None,
    atol: float | None,
) -> Comparison:
    """Compare a program with its function.

    Parameters
    ----------
    program : Program
        The program.
    origin : Origin
        Its function, or another one.
    bound : sequence of arrays
        What the inputs are bound to.
    arguments : tuple
        The arguments of the call that bound them, by position and by name.
    rtol, atol : float, optional
        The tolerances.

    Raises
    ------
    ArgumentError
        If the function accepts neither arrays of numpy nor of onnxp.
    """
    program._check_assumptions(bound)
    results = program.run(bound)
    return _compared(program, results, _called(program, origin, bound, arguments), (rtol, atol))


def _called(
    program: Program,
    origin: Origin,
    bound: Sequence[Any],
    arguments: tuple[tuple[Any, ...], dict[str, Any]],
) -> Reference | list[Exception]:
    """Call the function of a program, with the arguments themselves if it takes tables."""
    if origin.takes_table:
        args, kwargs = deepcopy(arguments)
        return reference(lambda _: origin.function(*args, **kwargs), [])
    pairs = zip(bound, program.signature.inputs, strict=True)
    return reference(origin.call, [as_data(array, leaf) for array, leaf in pairs])


def _compared(
    program: Program,
    results: list[Data],
    called: Reference | list[Exception],
    tolerances: tuple[float | None, float | None],
) -> Comparison:
    """Compare the results of a model with those of its function.

    Raises
    ------
    ArgumentError
        If the function has none.
    """
    title = program.signature.name
    if isinstance(called, list):
        what = "fails" if len(called) == 1 else "accepts neither arrays of numpy nor of onnxp"
        raise ArgumentError(
            f"the function of {title} {what}"
            + "".join(f"; {type(error).__name__}: {error}" for error in called)
        ) from next(iter(called), None)
    names = [leaf.name for leaf in program.signature.outputs]
    if len(called.results) != len(names):
        raise ArgumentError(
            f"the model of {title} has {len(names)} results, and its function {len(called.results)} for these "
            "arguments, so they cannot be compared"
        )
    return compare(names, results, called.results, *tolerances)


def located(
    program: Program,
    bound: Sequence[Any],
    arguments: tuple[tuple[Any, ...], dict[str, Any]],
    rtol: float | None,
    atol: float | None,
) -> Comparison:
    """Compare a program with its function, also at the default options of the runtime, and locate a difference.

    The parameters are those of `checked`.

    Raises
    ------
    ArgumentError
        If the function accepts neither arrays of numpy nor of onnxp.
    """
    origin, inputs = program._origin, program.signature.inputs
    assert origin is not None
    tolerances = rtol, atol
    program._check_assumptions(bound)
    called = _called(program, origin, bound, arguments)
    optimized = program._at_default_options()
    model, comparison = program, _compared(program, program.run(bound), called, tolerances)
    if comparison:
        model, comparison = optimized, _compared(program, optimized.run(bound), called, tolerances)
    if comparison:
        return comparison
    if origin.ties is not None:
        with origin.ties.chosen():
            called = _called(program, origin, bound, arguments)
        if _compared(program, model.run(bound), called, tolerances):
            return Comparison(comparison, searched=True, ties=origin.ties.text)
    arrays = [as_data(array, leaf) for array, leaf in zip(bound, inputs, strict=True)]
    if not _agrees_on_arrays(origin, arrays, called, tolerances):
        args, kwargs = deepcopy(arguments)
        example = {leaf.name: array for leaf, array in zip(inputs, arrays, strict=True)}
        call = partial(origin.function, *args, **kwargs)
        location = _step_of_function(origin, call, arrays, example, tolerances)
        return Comparison(comparison, location, searched=True)

    def compared(part: list[Data]) -> Comparison:
        program._check_assumptions(part)
        return _compared(program, model.run(part), reference(origin.call, part), tolerances)

    small = smallest(arrays, inputs, compared)
    example = {leaf.name: array for leaf, array in zip(inputs, small, strict=True)}
    if model is optimized:
        location = _step_of_optimizations(program, small, example, tolerances)
    else:
        own = reference(origin.call, small)
        given = small if isinstance(own, list) else [own.convert(array) for array in small]
        call = partial(origin.call, given)
        location = _step_of_function(origin, call, small, example, tolerances)
    return Comparison(comparison, location, searched=True)


def _agrees_on_arrays(
    origin: Origin,
    arrays: list[Data],
    called: Reference | list[Exception],
    tolerances: tuple[float | None, float | None],
) -> bool:
    """Return whether a function that takes tables has the same results for arrays of their columns."""
    if not origin.takes_table:
        return True
    own = reference(origin.call, arrays)
    if isinstance(own, list) or isinstance(called, list) or len(own.results) != len(called.results):
        return False
    names = [str(i) for i, _ in enumerate(own.results)]
    return bool(compare(names, own.results, called.results, *tolerances))


def smallest(arrays: list[Data], inputs: Sequence[Leaf], compared: Compare) -> list[Data]:
    """Return few rows of arrays for which a comparison still fails, at best one."""

    def differs(part: list[Data]) -> bool:
        try:
            return not compared(part)
        except Exception:  # too few rows for the function, or another branch
            return False

    count = max((len(x) for x in arrays if x.ndim), default=0)
    while count > 1:
        half = (count + 1) // 2
        parts = (take_rows(arrays, inputs, half, start) for start in (0, count - half))
        smaller = next(
            (part for part in parts if _is_smaller(part, arrays) and differs(part)), None
        )
        if smaller is None:
            break
        arrays, count = smaller, half
    return arrays


def _is_smaller(part: list[Data], arrays: list[Data]) -> bool:
    return sum(x.size for x in part) < sum(x.size for x in arrays)


def _step_of_function(
    origin: Origin,
    call: Callable[[], Any],
    arrays: list[Data],
    example: dict[str, Data],
    tolerances: tuple[float | None, float | None],
) -> Location | None:
    """Return the first variable, or result, of a call of the function whose values differ in the model."""
    with (
        Observer(origin.function) as expected,
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        call()
    observer = Observer(origin.function)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            observed = origin.trace(arrays, observer)
        results = observed.run(arrays)
    except OnnxpError:  # what is computed and not used may fail
        return None
    steps = list(observer.arrays)
    labels = [int(leaf.name) for leaf in observed.signature.outputs]
    for position, result in sorted(zip(labels, results, strict=True), key=lambda pair: pair[0]):
        step = steps[position]
        value = expected.value(step)
        if value is None:
            continue
        difference = _difference(step.name, result, _as_result(value), tolerances)
        if difference is not None:
            return Location(
                source_text(observer.sources[step]),
                difference,
                tuple(_branches(expected, observer, step)),
                "",
                example,
            )
    return None


def _branches(untraced: Observer, traced: Observer, step: Step) -> Iterator[str]:
    """Yield the first line that only one of two calls has run, of a function that both ran, before a step."""
    functions = {line[:2] for line in untraced.lines} & {line[:2] for line in traced.lines}
    for run, other, how in ((untraced, traced, "untraced"), (traced, untraced, "traced")):
        for line in run.lines:
            if line == step.line:
                break
            if line not in other.lines and line[:2] in functions:
                yield f"line {line.number} ran only {how}"
                break


def _step_of_optimizations(
    program: Program,
    arrays: list[Data],
    example: dict[str, Data],
    tolerances: tuple[float | None, float | None],
) -> Location | None:
    """Return the first node whose values differ at the default options, and the optimization that does it."""
    feeds = program._binder.feeds(arrays)
    for name in [*_values(program.model)][:MOST_STEPS]:
        part = _part(program.model, name)
        read = {info.name for info in part.graph.input}
        given = {key: value for key, value in feeds.items() if key in read}
        expected = _result(part, given, list(_passes()))
        difference = _difference(name, _result(part, given), expected, tolerances)
        if difference is None:
            continue
        node = next(node for node in part.graph.node if name in node.output)
        cause = next(
            (
                each
                for each in _passes()
                if not _difference(name, _result(part, given, [each]), expected, tolerances)
            ),
            "several together",
        )
        return Location(program._place(node.name), difference, (), cause, example)
    return None


def _difference(
    name: str, result: Data, wanted: Data, tolerances: tuple[float | None, float | None]
) -> Difference | None:
    (difference,) = compare([name], [result], [wanted], *tolerances)
    return None if difference.agrees else difference


def _passes() -> Iterator[str]:
    yield from optimizer_passes.TRIGGERED
    yield from optimizer_passes.NAMED_OPERATORS
    yield from optimizer_passes.NOT_TRIGGERED


def _values(model: Any) -> Iterator[str]:
    """Yield the names of the values of a model whose types it has, in the order in which they are computed."""
    typed = {info.name for info in (*model.graph.value_info, *model.graph.output)}
    for node in model.graph.node:
        yield from (name for name in node.output if name in typed)


def _part(model: Any, name: str) -> Any:
    """Return the part of a model that computes one value."""
    part = copied(model)
    infos = {info.name: info for info in (*model.graph.value_info, *model.graph.output)}
    del part.graph.output[:]
    part.graph.output.add().CopyFrom(infos[name])
    needed, kept = {name}, []
    for node in reversed(model.graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(_reads(node))
    del part.graph.node[:]
    part.graph.node.extend(reversed(kept))
    for field in (part.graph.input, part.graph.initializer):
        used = [item for item in field if item.name in needed]
        replace(field, used)
    return part


def _reads(node: Any) -> Iterator[str]:
    yield from node.input
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for inner in graph.node:
                yield from _reads(inner)
            yield from (info.name for info in graph.output)


def _result(model: Any, feeds: dict[str, Data], disabled: Sequence[str] = ()) -> Data:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=list(disabled),
    )
    (result,) = session.run(None, feeds)
    return np.asarray(result)
