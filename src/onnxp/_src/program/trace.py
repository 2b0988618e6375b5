"""`trace`: make a program of a function by calling it with arrays without values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from onnxp._src.graph.values import Target
from onnxp._src.namespace import namespace
from onnxp._src.ops.targets import as_target
from onnxp._src.program.estimators import hint
from onnxp._src.program.metadata import checked_metadata, documentation, package_versions
from onnxp._src.program.program import Program
from onnxp._src.program.samples import (
    is_list_of_numbers,
    is_of_frame,
    is_sample,
    spec_text,
    specs_of,
)
from onnxp._src.program.tables import is_frame
from onnxp._src.program.tree import short
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    MissingPackageError,
    NameCollisionError,
    SpecError,
)

if TYPE_CHECKING:
    from onnxp._src.numpy.translation import Modules


def trace(
    function: Callable[..., Any],
    /,
    *specs: Any,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    drop_unused: bool = False,
    opset: int | None = None,
    target: str | None = None,
    functions: bool | None = None,
    example: Any = None,
    check_assumptions: bool = False,
    source_lines: bool = False,
    translate_numpy: Modules = True,
    verify: bool = True,
    strict: bool = False,
    metadata: Mapping[str, Any] | None = None,
    doc: str | None = None,
    **named_specs: Any,
) -> Program:
    """Make a program of a function by calling it with traced arrays.

    Parameters
    ----------
    function : callable
        A function of arrays, or structures of arrays, that returns an array or a structure of arrays. A
        symbolic size that it returns becomes an array of rank 0.
    *specs, **named_specs : Spec, str, or structures of them
        The dtypes and shapes of the arguments: ``xp.spec(("N", 2), xp.float32)`` or ``"float32[N, 2]"``.
        Without any, they are made from `example`: the first axis of its arrays is the batch, ``N``, and those
        with as many rows share it.
    input_names, output_names : sequence of str, optional
        The names of the inputs and outputs, in order. By default they consist of the names of the
        parameters and the keys of structures: ``X``, ``params_w``, ``output``, ``output_0``.
    drop_unused : bool, optional
        Remove inputs that no output depends on. If a structure is used in part, its used arrays become
        parameters, with the names of the inputs of the model.
    opset : int, optional
        The highest opset that the model may use, from 17 on. By default, that of the target.
    target : str, optional
        What the model is for, such as ``"portable"``; the guide to targets lists them. By default it is
        ``"onnxruntime>=1.20"``, but operators that `onnxp.onnx.op` records may be newer or of other domains.
    functions : bool, optional
        Whether functions of onnxp, such as ``atan2``, and called programs become local functions of the model.
        If False, their nodes take the place of the calls. By default, only functions of more than 8 nodes
        that are called more than once are local functions.
    example : array, or structure of arrays, optional
        An example of the argument, or a tuple or a dict of examples of all arguments. Columns of tables,
        numbers and lists of numbers are arrays, too. If it is a data frame, and there are no specs, the
        function gets a frame whose columns are inputs of the model, and frames that it returns are dicts of
        their columns. A dict of specs, such as ``{"age": "float64[N>=0]"}``, describes the columns that it
        names, and the number of rows of all. The example decides where the function needs a value, as in
        ``if xp.any(X < 0)``. `Program.assumptions` lists the decisions.
    check_assumptions : bool, optional
        Add an output ``assumptions_hold`` to the model, a bool of rank 0, which tells whether the data
        satisfy the assumptions. Calls of the program, and scorers of it, raise an error if they do not.
    source_lines : bool, optional
        Store the line of code that recorded each node in its metadata; see `build`.
    translate_numpy : bool, or sequence of modules or their names, optional
        Whether numpy's functions accept traced arrays and sizes in the modules of the function, in this thread.
        Name modules of other packages that the function calls to include them.
    verify : bool, optional
        If there is an example, compare the model with the function on its first 1,000 rows, and on its first
        row. The model runs with the default options of onnxruntime, the function with numpy.
    strict : bool, optional
        Raise the error, instead of a warning, if the function asks for the value of a traced array and catches
        the error, as in ``except Exception``.
    metadata : dict, optional
        What the model shall say of itself, such as ``{"author": "Ada", "version": 3}``: text, numbers,
        booleans, None, and lists and dicts of them. `Program.metadata` gives it back, also of a loaded model,
        and other tools find it in the ``metadata_props`` of the model, values other than text as JSON.
    doc : str, optional
        The description of the model, its ``doc_string``. By default the docstring of the function.

    Returns
    -------
    Program

    Raises
    ------
    SpecError
        If an argument has no spec, or two specs declare different bounds for the same named size.
    NotAnArrayError
        If the function returns an object that is not an array, a symbolic size, or a structure of them.
    NameCollisionError
        If two inputs or outputs have the same name.
    MixedTracesError
        If the function uses an array of another trace.
    ExampleError
        If the example does not match the specs.
    ArgumentError
        If there are names for the inputs of a function of a data frame.
    FrameError
        If a function of a data frame asks for what depends on other rows.
    MissingPackageError
        If the example is a data frame, and scikit-learn is not installed.
    EstimatorError
        If the function is a method of a scikit-learn estimator, not array code: `trace_estimator` traces it.
    TracedValueError
        If the function needs the value of a traced array, as in ``if x > 0``, without an example.
    UnknownSizeError
        If the function needs the value of a symbolic size, as in ``range(x.shape[0])``, without an example.
    VerificationError
        If the results of the model and of the function differ for the example.
    OpsetError, TargetError
        If a node has no form in the opset, or cannot run on the target.

    Warns
    -----
    CaughtErrorWarning
        If the function asks for the value of a traced array and catches the error, so that the model has the
        branch of the except clause.
    FixedSizeWarning
        If the size of the example is used as a number, so that the model is only correct for this size.
    FrozenValueWarning
        If the function reads the clock or draws random numbers, so that the model has what the trace got.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> program = xp.trace(lambda X: {"double": X * 2}, "float32[N, 2]")
    >>> program(np.ones((3, 2), np.float32))["double"].shape
    (3, 2)

    >>> def scale(X):
    ...     if xp.any(X < 0):
    ...         X = X - xp.min(X)
    ...     return X / xp.max(X)
    >>> data = np.asarray([[1.0, 2.0], [3.0, 4.0]])
    >>> program = xp.trace(scale, "float64[N, 2]", example=data)
    >>> [(a.text, a.expected) for a in program.assumptions]
    [('any(X < 0.0)', False)]
    >>> program(-data, check=True)
    Traceback (most recent call last):
        ...
    onnxp.errors.AssumptionError: an assumption does not hold for these data: any(X < 0.0) is False...
    """
    columns = specs[0] if len(specs) == 1 and isinstance(specs[0], Mapping) else None
    of_example = not specs or (columns is not None and is_frame(example))
    if example is not None and of_example and not named_specs and callable(function):
        if is_of_frame(function, example):
            return _traced_frame(
                function,
                example,
                columns,
                as_target("trace", target, opset, functions),
                input_names=input_names,
                output_names=output_names,
                drop_unused=drop_unused,
                check_assumptions=check_assumptions,
                source_lines=source_lines,
                translate_numpy=translate_numpy,
                verify=verify,
                strict=strict,
                metadata=checked_metadata(metadata),
                doc=documentation(function, doc),
            )
        specs, named_specs = specs_of(function, example)
    bound, positional = _bind_specs(function, specs, named_specs)
    from onnxp._src.program.recording import trace_parameters  # and the names of scipy with it

    return trace_parameters(
        function,
        bound,
        positional,
        input_names=input_names,
        output_names=output_names,
        drop_unused=drop_unused,
        target=as_target("trace", target, opset, functions),
        example=example,
        check_assumptions=check_assumptions,
        source_lines=source_lines,
        translate_numpy=translate_numpy,
        verify=verify,
        strict=strict,
        metadata=checked_metadata(metadata),
        versions=package_versions("onnxp", "numpy"),
        doc=documentation(function, doc),
    )


def _traced_frame(
    function: Callable[..., Any],
    example: Any,
    columns: Mapping[str, Any] | None,
    target: Target,
    *,
    input_names: Sequence[str] | None,
    **options: Any,
) -> Program:
    """Make a program of a function of a data frame, as onnxp.sklearn traces steps that are functions.

    Raises
    ------
    ArgumentError
        If there are names for the inputs, which are called as the columns.
    MissingPackageError
        If scikit-learn is not installed.
    """
    if advice := hint(function):
        raise SpecError(f"trace: {short(function)} is no function of a data frame{advice}")
    if input_names is not None:
        raise ArgumentError(
            f"trace: the inputs of a function of a data frame are called as its columns, not {input_names}; "
            "rename the columns"
        )
    try:
        sklearn = namespace().sklearn
    except AttributeError as error:
        raise MissingPackageError(f"a function of a data frame: {error}") from None
    program: Program = sklearn.trace_function(function, example, columns, target, **options)
    return program


def _bind_specs(
    function: Callable[..., Any], specs: tuple[Any, ...], named: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the specs by argument name, and the names of the arguments to pass by position."""
    for sample in (*specs, *named.values()):
        if is_frame(sample):
            raise SpecError(
                "an argument is described by its spec, and not by a data frame: write trace(function, "
                "example=df), which makes an input of each column"
            )
        if is_sample(sample) or is_list_of_numbers(sample):
            text = spec_text(sample)
            raise SpecError(
                f"an argument is described by its spec, and not by an array: write {text!r} instead, or "
                "trace(function, example=...) with the arrays alone"
            )
    if not callable(function):
        raise ArgumentTypeError(
            f"trace: a function is needed, not {function!r} of type {type(function).__name__}"
            f"{hint(function)}"
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise SpecError(
            f"the parameters of {function!r} are unknown to Python; trace a lambda that calls it"
        ) from None
    _require_parameters(signature, named)
    try:
        bound = signature.bind(*specs, **named)
    except TypeError as error:
        raise SpecError(f"the specs do not fit the function: {error}{hint(function)}") from None
    _require_no_constants(bound.arguments, signature)
    arguments: dict[str, Any] = {}
    positional: list[str] = []
    gap = False  # arguments after one that keeps its default are passed by name
    for name, parameter in signature.parameters.items():
        if name not in bound.arguments:
            gap = True
            continue
        value = bound.arguments[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            several = {f"{name}_{i}": v for i, v in enumerate(value)}
            arguments.update(several)
            positional.extend(several)
        elif parameter.kind is parameter.VAR_KEYWORD:
            clash = sorted(arguments.keys() & value.keys())
            if clash:
                raise NameCollisionError(
                    f"two parameters of {function!r} would be called {clash[0]!r}"
                )
            arguments.update(value)
        else:
            arguments[name] = value
            if not gap and parameter.kind is not parameter.KEYWORD_ONLY:
                positional.append(name)
    return arguments, positional


def _require_no_constants(arguments: Mapping[str, Any], signature: inspect.Signature) -> None:
    """Raise for a constant in the place of a spec: a number, None, or a word that is no dtype.

    Raises
    ------
    SpecError
        If there is one.
    """
    for name, value in arguments.items():
        kind = signature.parameters[name].kind
        several = value if kind is inspect.Parameter.VAR_KEYWORD else {name: value}
        for key, constant in several.items():
            if _is_constant(constant):
                bound = f"functools.partial(function, {key}={constant!r})"
                raise SpecError(
                    f"the spec at [{key!r}] is {constant!r}, which is not a spec; write it like "
                    "'float32[N, 2]', or 'float64[]' for rank 0. A constant is no input of the model: bind it "
                    f"before, by {bound} or a lambda"
                )


def _is_constant(obj: object) -> bool:
    return isinstance(obj, int | float | None) or (isinstance(obj, str) and obj.isidentifier())


def _require_parameters(signature: inspect.Signature, named: Mapping[str, Any]) -> None:
    """Raise unless a function has the parameters that are named, which may be misspelled options.

    Raises
    ------
    SpecError
        If it has not.
    """
    parameters = signature.parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return
    names = list(signature.parameters)
    unknown = [name for name in named if name not in names]
    if unknown:
        import difflib

        options = inspect.signature(trace).parameters.values()
        names += [p.name for p in options if p.kind is p.KEYWORD_ONLY]
        close = difflib.get_close_matches(unknown[0], names, 1)
        raise SpecError(
            f"{unknown[0]!r} is neither an option of trace nor a parameter of the function"
            + (f"; write {close[0]}=" if close else "")
        )
