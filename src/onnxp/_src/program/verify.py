"""Verification of a traced program: its model and its function give the same results for the example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from onnxp._src.program.check import Difference, compare
from onnxp._src.program.locating import as_data, reference, take_rows
from onnxp._src.program.program import Program
from onnxp._src.program.signature import Leaf
from onnxp.errors import AssumptionError, EvaluationError, VerificationError

Data = np.ndarray[Any, Any]

MOST_ROWS = 1000


def verify(
    program: Program,
    function: Callable[[list[Any]], Any],
    inputs: Sequence[Leaf],
    example: Sequence[Any],
    *,
    required: bool = False,
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
    required : bool, optional
        Whether there is an error if the function accepts no arrays.

    Raises
    ------
    VerificationError
        If a result differs by more than the tolerance of its dtype, or the model fails.
    """
    arrays = [as_data(array, leaf) for array, leaf in zip(example, inputs, strict=True)]
    whole = take_rows(arrays, inputs, MOST_ROWS)
    model = program._at_default_options()
    for data, what in ((whole, "the example"), (take_rows(arrays, inputs, 1), "its first row")):
        if what != "the example" and (_same_sizes(data, whole) or not _assumed(program, data)):
            continue
        called = reference(function, data)
        if isinstance(called, list):
            if required:
                raise VerificationError(f"the function fails on {what}: {called[-1]}")
            continue
        expected = called.results
        if len(expected) != len(program.signature.outputs):
            raise VerificationError(
                f"for {what}, the model of {program.signature.name} has {len(program.signature.outputs)} "
                f"results, and its function {len(expected)}; verify=False turns this comparison off"
            )
        results = _results(model, inputs, data, what)
        names = [leaf.name for leaf in program.signature.outputs]
        comparison = compare(names, results, expected)
        if not comparison:
            pairs = zip(comparison, results, expected, strict=True)
            causes = {_cause(*pair) for pair in pairs if not pair[0].agrees}
            raise VerificationError(
                f"the model of {program.signature.name} and its function disagree on {what}:\n{comparison}\n"
                f"{causes.pop() if len(causes) == 1 else _OTHER} With verify=False, "
                "Program.check(..., locate=True) says where"
            )


def _same_sizes(a: list[Data], b: list[Data]) -> bool:
    return [x.shape for x in a] == [x.shape for x in b]


def _assumed(program: Program, arrays: list[Data]) -> bool:
    """Return whether all assumptions are known to hold for arrays."""
    if not program.assumptions:
        return True
    if program._guard is None:
        return False
    try:
        program._check_assumptions(arrays)
    except (AssumptionError, EvaluationError):
        return False
    return True


_OTHER = (
    "The function takes another branch when it is traced, or a library computes something else for traced "
    "arrays."
)


def _cause(difference: Difference, result: Data, expected: Data) -> str:
    """Return the likely cause of the difference of an output, for a message."""
    if difference.only_missing and result.dtype.kind in "OUT":
        return (
            "Only missing values differ: ONNX has no missing text, so '' stands for it, and a column that has "
            "both needs another text in place of one of them before the call, or trace_estimator with "
            "dtype={'column': 'string?'}."
        )
    if difference.only_missing:
        return (
            "Only missing values differ: fill them by fillna(value), or trace with a nullable dtype, such as "
            "dtype={'column': 'int64?'}."
        )
    if result.shape != expected.shape or np.ma.isMaskedArray(expected):
        return _OTHER
    if result.dtype.kind in "OUT" and expected.dtype.kind in "UT":
        pairs = zip(result.ravel().tolist(), expected.ravel().tolist(), strict=True)
        if all(str(mine).startswith(other) for mine, other in pairs):
            return (
                "The function cuts text: numpy's arrays of text have a width, and assignment cuts what is "
                "longer. Give them dtype=object, or a larger width."
            )
    is_place = result.dtype.kind in "iu" and expected.dtype.kind in "iu"
    if is_place and np.array_equal(np.sort(result, axis=None), np.sort(expected, axis=None)):
        return (
            "The results have the same elements in another order. If they are positions, elements that are "
            "equal (ties) may be sorted in any order: sort with kind='stable'."
        )
    return _OTHER


def _results(model: Program, inputs: Sequence[Leaf], arrays: list[Data], what: str) -> list[Data]:
    names = {leaf.name for leaf in model.signature.inputs}
    used = [array for leaf, array in zip(inputs, arrays, strict=True) if leaf.name in names]
    try:
        return model.run(used)
    except EvaluationError as error:
        raise VerificationError(
            f"the model of {model.signature.name} fails on {what}, for which its function has a result: {error}"
        ) from error
