"""Calls of a table, run evaluated and in models, and compared with the oracle of `elements`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

import onnxp as xp
from benchmarks import dtype_calls, dtypes
from onnxp.errors import OnnxpError
from tests.helpers.elements import Elements, Objects, as_objects, is_missing, objects, of_numpy

LABELLED = ("category", "ordered")


@cache
def oracle(head: str) -> Elements:
    """Return the namespace of a dtype."""
    if head in LABELLED:
        return Elements(float, skips_missing=True)
    dtype = xp.asarray([], dtype=dtype_calls.dtype_of(head, "x")).dtype
    return Elements(dtype.plain.numpy)


def expected(head: str, call: str, elements: dict[str, list[Any]]) -> list[Objects]:
    """Return what the oracle says; of numbers that are stored, what the dtype gives that computes them."""
    if dtype_calls.is_stored(head):
        stored = dtype_calls.arrays(head, elements)
        wide = {name: xp.astype(x, x.dtype.computed) for name, x in stored.items()}
        return [listed(x) for x in flattened(dtype_calls.run(call, wide))]
    if head in LABELLED:
        for position, label in enumerate(dtype_calls.LABELS):
            call = call.replace(repr(label), str(float(position)))
    inputs = inputs_of(head, elements)
    return [as_objects(x) for x in flattened(dtype_calls.run(call, inputs, oracle(head)))]


def inputs_of(head: str, elements: dict[str, list[Any]]) -> dict[str, Objects]:
    """Return lists of elements as the oracle has them."""
    return {name: of_elements(head, name, values) for name, values in elements.items()}


def of_elements(head: str, name: str, values: list[Any]) -> Objects:
    """Return a list of elements as the oracle has them."""
    flat = [v for row in values for v in row] if dtype_calls.SIZES[name].count(",") else values
    kind = str(dtype_calls.dtype_of(head, name)).rstrip("?")
    shape = dtype_calls.shape_of(name, len(values))
    if name in dtype_calls.OTHERS:  # a null in a mask counts as False
        return np.array([v or 0 for v in flat], kind).reshape(shape)
    if head in LABELLED:
        made = [np.float64(np.nan if v is None else dtype_calls.LABELS.index(v)) for v in flat]
    elif head.startswith("of a user"):
        made = flat
    else:
        kind = "str" if kind == "string" else oracle(head).dtype
        made = [None if v is None else np.array([v], kind)[0] for v in flat]
    return objects(made, shape)


def flattened(result: Any) -> list[Any]:
    """Return the arrays of nested tuples and lists."""
    if isinstance(result, tuple | list):
        return [x for part in result for x in flattened(part)]
    return [result]


def listed(x: Any) -> Objects:
    """Return an array as the oracle has it."""
    if not isinstance(x, xp.Array):
        return as_objects(x)
    if x.dtype.family == "category":
        codes = np.asarray(xp.astype(x, xp.int64)).astype(float)
        return of_numpy(np.where(codes < 0, np.nan, codes))
    host = of_numpy(np.ma.asarray(x) if x.dtype.is_nullable else np.asarray(x))
    if x.dtype.fields:
        return objects(
            [
                v if v is None else tuple(np.void.item(v) if isinstance(v, np.void) else v)
                for v in host.ravel()
            ],
            host.shape,
        )
    return host


_TOLERANCES = {"float64": 1e-12, "float16": 2e-3}


def _are_equal(a: Any, b: Any) -> bool:
    """Compare an element with the oracle's."""
    if a is None or b is None:
        return a is b
    if is_missing(a) or is_missing(b):
        return is_missing(a) and is_missing(b)
    if isinstance(b, float | np.floating):
        rtol = _TOLERANCES.get(np.asarray(a).dtype.name, 1e-6)
        return bool(np.isclose(a, b, rtol=rtol, atol=1e-300))
    return bool(a == b) and np.asarray(a).dtype.kind in _KINDS.get(np.asarray(b).dtype.kind, "UO")


_KINDS = {"b": "b", "i": "iu", "u": "iu", "f": "f", "c": "c", "M": "M", "m": "m"}


def complaint(call: str, results: list[Objects], right: list[Objects]) -> str:
    """Return how results differ from the oracle's, or ``""``."""
    if len(results) != len(right):
        return f"{call}: {len(results)} results, not {len(right)}"
    for x, correct in zip(results, right, strict=True):
        if x.shape != correct.shape:
            return f"{call}: shape {x.shape}, not {correct.shape}"
        if not all(_are_equal(a, b) for a, b in zip(x.ravel(), correct.ravel(), strict=True)):
            return f"{call}: {x.tolist()}, not {correct.tolist()}"
    return ""


class Exported(NamedTuple):
    """Calls in one model, and why others are refused while it is traced.

    The programs are the model at the default options of the runtime, and at those of onnxp.
    """

    programs: tuple[xp.Program, xp.Program]
    calls: list[str]
    refused: dict[str, str]


def export(
    head: str, calls: list[str], rows: int | str, constants: dict[str, Any] | None = None
) -> Exported:
    """Return calls in one model, written and read again; its results are those of the calls that work."""
    refused: dict[str, str] = {}

    def function(**arguments: Any) -> list[Any]:
        inputs = (constants or {}) | arguments
        results = []
        for call in calls:
            try:
                results.append(flattened(dtype_calls.run(call, inputs)))
            except OnnxpError as error:
                refused[call] = str(error).partition("\n")[0]
        return [*results, inputs["n"]]  # a model has an output

    specs = {
        name: xp.spec(dtype_calls.shape_of(name, rows), dtype_calls.dtype_of(head, name))
        for name in dtype_calls.SIZES
        if name not in (constants or {})
    }
    program = xp.trace(function, translate_numpy=False, **specs)
    loaded = xp.load(bytes(program))
    programs = loaded._at_default_options(), loaded
    return Exported(programs, [call for call in calls if call not in refused], refused)


def differences(
    exported: Exported, inputs: dict[str, Any], results: list[list[Objects]]
) -> list[str]:
    """Return how results of a model differ from evaluated ones."""
    complaints = []
    for program in exported.programs:
        arguments = {leaf.name: inputs[leaf.name] for leaf in program.inputs}
        for call, found, right in zip(
            exported.calls, program(**arguments)[:-1], results, strict=True
        ):
            text = complaint(call, list(map(listed, found)), right)
            complaints.append(text and f"traced {text}")
    return complaints


class Groups(NamedTuple):
    """Calls that take any number of rows, those that need a row, and why the others are refused."""

    any_rows: list[str]
    some_rows: list[str]
    refused: dict[str, str]


def grouped(head: str, calls: list[str]) -> Groups:
    """Return calls by what comes of them."""
    some, none = (dtype_calls.arrays(head, dtype_calls.data(head, rows, seed=5)) for rows in (3, 0))
    outcomes = {call: dtypes.outcome(call, some) for call in calls}
    works = [call for call, why in outcomes.items() if not why]
    without = {call: dtypes.outcome(call, none) for call in works}
    return Groups(
        [call for call, why in without.items() if not why],
        [call for call, why in without.items() if why],
        {call: why for call, why in outcomes.items() if why},
    )


class Calls:
    """Calls with arrays of a dtype, the models of them, and what an oracle says."""

    def __init__(
        self,
        head: str,
        calls: list[str],
        oracle: Callable[[str, str, dict[str, list[Any]]], list[Objects]] = expected,
    ) -> None:
        self.head = head
        self.groups = grouped(head, calls)
        self._oracle = oracle
        parts = (self.groups.any_rows, "N>=0"), (self.groups.some_rows, "N")
        self._parts = [(calls, rows) for calls, rows in parts]
        self._models: dict[tuple[int, int | str], Exported] = {}

    def model(self, part: int, rows: int | str | None = None) -> Exported:
        """Return the model of the calls that take any number of rows (0), or need one (1)."""
        calls, symbolic = self._parts[part]
        key = part, symbolic if rows is None else rows
        if key not in self._models:
            self._models[key] = export(self.head, calls, key[1])
        return self._models[key]

    def _models_of(
        self, part: int, rows: int, inputs: dict[str, Any], static: bool
    ) -> list[Exported]:
        if dtype_calls.is_stored(self.head):  # one for the constants
            constants = {name: x for name, x in inputs.items() if name not in dtype_calls.OTHERS}
            return [export(self.head, self._parts[part][0], rows, constants)] if static else []
        return [self.model(part), *([self.model(part, rows)] if static else [])]

    def check(self, rows: int, seed: int, *, static: bool = False) -> list[str]:
        """Return what is wrong with the results for random arrays: evaluated, and of models."""
        elements = dtype_calls.data(self.head, rows, seed)
        inputs = dtype_calls.arrays(self.head, elements)
        complaints: list[str] = []
        for part, (calls, _) in enumerate(self._parts):
            if not calls or (part == 1 and not rows):
                continue
            results = [
                [listed(x) for x in flattened(dtype_calls.run(call, inputs))] for call in calls
            ]
            for call, found in zip(calls, results, strict=True):
                try:
                    right = self._oracle(self.head, call, elements)
                except Exception as error:
                    complaints.append(f"{call}: the oracle raises {error!r}")
                else:
                    complaints.append(complaint(call, found, right))
            for model in self._models_of(part, rows, inputs, static):
                complaints += [f"traced {call}: {why}" for call, why in model.refused.items()]
                known = [r for c, r in zip(calls, results, strict=True) if c in model.calls]
                complaints += differences(model, inputs, known)
        return [text for text in complaints if text]
