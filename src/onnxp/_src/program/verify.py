"""Verification of a traced program: its model and its function give the same results for the example."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from onnxp._src.array.array import from_host
from onnxp._src.program.check import Comparison, compare
from onnxp._src.program.program import Program
from onnxp._src.program.signature import Leaf
from onnxp._src.program.tree import flatten, is_structure
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dims import Dim
from onnxp.errors import AssumptionError, EvaluationError, VerificationError

Data = np.ndarray[Any, Any]

MOST_ROWS = 1000


def verify(
    program: Program,
    function: Callable[[list[Any]], Any],
    inputs: Sequence[Leaf],
    example: Sequence[Any],
) -> None:
    """Compare a model with its function on an example, and on the first row of it.

    The model runs in a session with the default options of the runtime, as it will elsewhere. The function is
    called with numpy arrays, or with arrays of onnxp if it does not accept those; if it accepts neither, there
    is nothing to compare with.

    Parameters
    ----------
    program : Program
        The program.
    function : callable
        Calls the traced function with arrays in the order of `inputs`.
    inputs : sequence of Leaf
        The inputs of the function, some of which the model may not have.
    example : sequence of arrays
        An array for each of them.

    Raises
    ------
    VerificationError
        If a result differs by more than the tolerance of its dtype, or the model fails.
    """
    arrays = [_as_data(array, leaf) for array, leaf in zip(example, inputs, strict=True)]
    whole = _first_rows(arrays, inputs, MOST_ROWS)
    model = _with_default_options(program)
    for data, what in ((whole, "the example"), (_first_rows(arrays, inputs, 1), "its first row")):
        if what != "the example" and (_same_sizes(data, whole) or not _assumed(program, data)):
            continue
        expected = _expected(function, data)
        if expected is None:
            continue
        if len(expected) != len(program.signature.outputs):
            raise VerificationError(
                f"for {what}, the model of {program.signature.name} has {len(program.signature.outputs)} "
                f"results, and its function {len(expected)}; verify=False turns this comparison off"
            )
        comparison = _compared(model, inputs, data, expected, what)
        if not comparison:
            raise VerificationError(
                f"the model of {program.signature.name} and its function disagree on {what}:\n{comparison}\n"
                "The function takes another branch when it is traced, or a library computes something else for "
                "traced arrays. verify=False turns this comparison off"
            )


def _as_data(array: Any, leaf: Leaf) -> Data:
    data = np.asarray(array)
    assert leaf.dtype is not None
    return data if leaf.dtype.family == "string" else data.astype(leaf.dtype.numpy, copy=False)


def _first_rows(arrays: list[Data], inputs: Sequence[Leaf], count: int) -> list[Data]:
    """Return the first rows of arrays whose number of rows is a symbol that has no other use."""
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
        array[:count]
        if leaf.shape and isinstance(leaf.shape[0], Dim) and is_free(leaf.shape[0].symbol)
        else array
        for array, leaf in zip(arrays, inputs, strict=True)
    ]


def _same_sizes(a: list[Data], b: list[Data]) -> bool:
    return [x.shape for x in a] == [x.shape for x in b]


def _with_default_options(program: Program) -> Program:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1  # a pool of threads would only cost time
    model = Program(program.model, program.signature)
    model._use(program.session(options))
    return model


def _assumed(program: Program, arrays: list[Data]) -> bool:
    """Whether all assumptions are known to hold for arrays."""
    if not program.assumptions:
        return True
    if program._guard is None:
        return False
    try:
        program._check_assumptions(arrays)
    except (AssumptionError, EvaluationError):
        return False
    return True


def _expected(function: Callable[[list[Any]], Any], arrays: list[Data]) -> list[Data] | None:
    """Return the results of the function, or None if it accepts neither kind of arrays."""
    for convert in (deepcopy, lambda array: from_host(np.array(array))):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                result = function([convert(array) for array in arrays])
                leaves, _ = flatten(result, lambda obj: not is_structure(obj), "the result")
                dense = (getattr(leaf, "toarray", lambda leaf=leaf: leaf)() for _, leaf in leaves)
                results = [np.asarray(leaf) for leaf in dense]
            except Exception:  # a function of traced arrays need not accept others
                continue
        if all(x.dtype.kind != "O" or all(isinstance(e, str) for e in x.flat) for x in results):
            return results
    return None


def _compared(
    model: Program, inputs: Sequence[Leaf], arrays: list[Data], expected: list[Data], what: str
) -> Comparison:
    names = {leaf.name for leaf in model.signature.inputs}
    used = [array for leaf, array in zip(inputs, arrays, strict=True) if leaf.name in names]
    try:
        results = model.run(used)
    except EvaluationError as error:
        raise VerificationError(
            f"the model of {model.signature.name} fails on {what}, for which its function has a result: {error}"
        ) from error
    return compare([leaf.name for leaf in model.signature.outputs], results, expected)
