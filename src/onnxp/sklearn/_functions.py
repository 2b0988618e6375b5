"""Functions of a data frame as programs, for `onnxp.trace`: they compute with a traced frame, as steps do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from onnxp._src.array.array import Array
from onnxp._src.graph.values import Target
from onnxp._src.numpy.translation import Modules
from onnxp._src.program.known_arrays import arrays_of
from onnxp._src.program.metadata import package_versions
from onnxp._src.program.program import Program
from onnxp._src.program.recording import trace_parameters
from onnxp._src.program.signature import FEATURE_NAMES
from onnxp._src.program.verify import verify as verify_program
from onnxp.errors import ArgumentError
from onnxp.sklearn._dispatch import dispatch
from onnxp.sklearn._inputs import describe
from onnxp.sklearn._kinds import missing_text
from onnxp.sklearn._options import Options, optioned
from onnxp.sklearn._results import first_rows, with_columns


def trace_function(
    function: Callable[..., Any],
    example: Any,
    columns: Mapping[str, Any] | None,
    target: Target,
    *,
    output_names: Sequence[str] | None,
    drop_unused: bool,
    check_assumptions: bool,
    source_lines: bool,
    translate_numpy: Modules,
    verify: bool,
    strict: bool,
    metadata: Mapping[str, Any],
    doc: str,
) -> Program:
    """Make a program of a function of a data frame, with an input for each column of the example.

    A frame that the function returns is a dict of its columns. `onnxp.trace` documents the other parameters.

    Parameters
    ----------
    function : callable
        The function, whose only argument is a frame.
    example : data frame
        An example of it, of pandas or polars, or an Arrow table.
    columns : mapping of str to Spec or str, or None
        The specs of the columns; by default, they are described by the example.
    target : Target
        What the model is for.
    output_names, drop_unused, check_assumptions, source_lines, translate_numpy, verify, strict, metadata, doc
        As in `onnxp.trace`.
    """
    inputs = describe(
        function,
        "",
        n_features=None,
        dtype=None,
        batch="N",
        spec=columns and dict(columns),
        columns="1d",
        input_name="",
        example=example,
        drop_unused=drop_unused,
    )
    name = getattr(function, "__qualname__", type(function).__name__)

    def compute(table: Any = None, /, **arrays: Any) -> Any:
        if arrays and all(isinstance(array, Array) for array in arrays.values()):
            with dispatch():
                return with_columns(function(inputs.gather(arrays)))
        if table is None or isinstance(table, Mapping):
            raise ArgumentError(f"{name}: give the data frame that the function takes")
        return with_columns(function(table.copy() if hasattr(table, "copy") else table))

    compute.__qualname__ = name
    with optioned(Options(target, missing_text=missing_text(function, example))):
        trace = partial(
            trace_parameters,
            compute,
            dict(inputs.specs),
            input_names=list(inputs.specs),
            output_names=output_names,
            drop_unused=drop_unused,
            target=target,
            example=inputs.example,
            check_assumptions=check_assumptions,
            source_lines=source_lines,
            translate_numpy=translate_numpy,
            strict=strict,
            metadata={FEATURE_NAMES: list(inputs.specs), **metadata},
            versions=package_versions("onnxp", "numpy"),
            doc=doc,
            known=arrays_of(function),
            takes_table=True,
        )
        program = inputs.traced(trace)
    if verify and inputs.example is not None:

        def call(arrays: list[Any]) -> Any:
            return compute(first_rows(example, len(arrays[0])))

        rows = [inputs.example[leaf.name] for leaf in program.signature.inputs]
        verify_program(program, call, program.signature.inputs, rows)
    return program
