"""Examples of every name of the standard: ``python -m benchmarks.names`` runs them, ``--write`` the page too.

Each name has an example. It is evaluated, and traced on inputs whose number of rows ``N`` is symbolic;
the model must give the same bits. The page says what the model is made of.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from onnx import AttributeProto, ModelProto, NodeProto

import onnxp as xp
from onnxp.errors import TracedValueError, UnknownSizeError

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "names.rst"
ACCURACY = DOCS / "accuracy.rst"

INPUTS = {
    "x": "float32[N, 10]",
    "y": "float32[N, 10]",
    "w": "float32[10, 3]",
    "i": "int64[N, 10]",
    "j": "int64[N, 10]",
    "k": "int64[N]",
    "p": "bool[N, 10]",
    "q": "bool[N, 10]",
    "z": "complex64[N, 10]",
}
"""What the examples use."""

ROWS = 4  # N while they run


def _each(names: str, call: str) -> dict[str, str]:
    return {name: call.format(name) for name in names.split()}


def _methods(table: str) -> dict[str, str]:
    pairs = (line.split(": ", 1) for line in table.strip().splitlines())
    return {name.strip(): example for name, example in pairs}


CHAPTERS: dict[str, dict[str, str]] = {
    "Array object": _methods("""
        dtype: x.dtype
        device: x.device
        mT: x.mT
        ndim: x.ndim
        shape: x.shape
        size: x.size
        T: x.T
        __abs__: abs(x)
        __add__: x + y
        __and__: i & j
        __array_namespace__: x.__array_namespace__()
        __bool__: bool(p[0, 0])
        __complex__: complex(z[0, 0])
        __dlpack__: x.__dlpack__()
        __dlpack_device__: x.__dlpack_device__()
        __eq__: x == y
        __float__: float(x[0, 0])
        __floordiv__: x // y
        __ge__: x >= y
        __getitem__: x[:, 2]
        __gt__: x > y
        __index__: range(i[0, 0])
        __int__: int(i[0, 0])
        __invert__: ~i
        __le__: x <= y
        __lshift__: i << j
        __lt__: x < y
        __matmul__: x @ w
        __mod__: x % y
        __mul__: x * y
        __ne__: x != y
        __neg__: -x
        __or__: i | j
        __pos__: +x
        __pow__: x ** y
        __rshift__: i >> j
        __setitem__: x[:, 0] = 0
        __sub__: x - y
        __truediv__: x / y
        __xor__: i ^ j
        to_device: x.to_device(x.device)
    """),
    "Constants": _each("e inf nan newaxis pi", "xp.{}"),
    "Creation functions": {
        "arange": "xp.arange(x.shape[0])",
        "asarray": "xp.asarray(x)",
        **_each("empty ones zeros", "xp.{}(x.shape)"),
        **_each("empty_like ones_like zeros_like", "xp.{}(x)"),
        "eye": "xp.eye(x.shape[0])",
        "from_dlpack": "xp.from_dlpack(np.ones(3))",
        "full": "xp.full(x.shape, 2.0)",
        "full_like": "xp.full_like(x, 2.0)",
        "linspace": "xp.linspace(0, 1, x.shape[0])",
        "meshgrid": "xp.meshgrid(k, k)",
        **_each("tril triu", "xp.{}(x)"),
    },
    "Data types": _each(
        "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128",
        "xp.astype(x, xp.{})",
    ),
    "Data type functions": {
        "astype": "xp.astype(x, xp.float64)",
        "can_cast": "xp.can_cast(x, xp.float64)",
        "finfo": "xp.finfo(x.dtype)",
        "iinfo": "xp.iinfo(i.dtype)",
        "isdtype": 'xp.isdtype(x.dtype, "real floating")',
        "result_type": "xp.result_type(x, y)",
    },
    "Elementwise functions": {
        **_each("abs acos acosh", "xp.{}(x)"),
        "add": "xp.add(x, y)",
        **_each("asin asinh atan", "xp.{}(x)"),
        "atan2": "xp.atan2(x, y)",
        "atanh": "xp.atanh(x)",
        "bitwise_and": "xp.bitwise_and(i, j)",
        "bitwise_invert": "xp.bitwise_invert(i)",
        **_each("bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor", "xp.{}(i, j)"),
        "ceil": "xp.ceil(x)",
        "clip": "xp.clip(x, -1, 1)",
        "conj": "xp.conj(z)",
        "copysign": "xp.copysign(x, y)",
        **_each("cos cosh", "xp.{}(x)"),
        **_each("divide equal", "xp.{}(x, y)"),
        **_each("exp expm1 floor", "xp.{}(x)"),
        **_each("floor_divide greater greater_equal hypot", "xp.{}(x, y)"),
        "imag": "xp.imag(z)",
        **_each("isfinite isinf isnan", "xp.{}(x)"),
        **_each("less less_equal", "xp.{}(x, y)"),
        **_each("log log10 log1p log2", "xp.{}(x)"),
        "logaddexp": "xp.logaddexp(x, y)",
        "logical_and": "xp.logical_and(p, q)",
        "logical_not": "xp.logical_not(p)",
        **_each("logical_or logical_xor", "xp.{}(p, q)"),
        **_each("maximum minimum multiply", "xp.{}(x, y)"),
        "negative": "xp.negative(x)",
        **_each("nextafter not_equal", "xp.{}(x, y)"),
        "positive": "xp.positive(x)",
        "pow": "xp.pow(x, y)",
        "real": "xp.real(z)",
        "reciprocal": "xp.reciprocal(x)",
        "remainder": "xp.remainder(x, y)",
        **_each("round sign signbit sin sinh sqrt square", "xp.{}(x)"),
        "subtract": "xp.subtract(x, y)",
        **_each("tan tanh trunc", "xp.{}(x)"),
    },
    "Indexing functions": {
        "take": "xp.take(x, k, axis=1)",
        "take_along_axis": "xp.take_along_axis(x, i, axis=1)",
    },
    "Linear algebra functions": {
        "matmul": "xp.matmul(x, w)",
        "matrix_transpose": "xp.matrix_transpose(x)",
        "tensordot": "xp.tensordot(x, w, axes=1)",
        "vecdot": "xp.vecdot(x, y)",
    },
    "Manipulation functions": {
        "broadcast_arrays": "xp.broadcast_arrays(x, w[:, 0])",
        "broadcast_shapes": "xp.broadcast_shapes(x.shape, (1, 10))",
        "broadcast_to": "xp.broadcast_to(x, (3, *x.shape))",
        "concat": "xp.concat([x, y])",
        "expand_dims": "xp.expand_dims(x, axis=1)",
        "flip": "xp.flip(x, axis=0)",
        "moveaxis": "xp.moveaxis(x, 0, 1)",
        "permute_dims": "xp.permute_dims(x, (1, 0))",
        "repeat": "xp.repeat(x, 2, axis=0)",
        "reshape": "xp.reshape(x, (-1, 5))",
        "roll": "xp.roll(x, 1, axis=0)",
        "squeeze": "xp.squeeze(w[:1, :], axis=0)",
        "stack": "xp.stack([x, y])",
        "tile": "xp.tile(x, (2, 1))",
        "unstack": "xp.unstack(w, axis=1)",
    },
    "Searching functions": {
        **_each("argmax argmin count_nonzero", "xp.{}(x, axis=1)"),
        "nonzero": "xp.nonzero(x)",
        "searchsorted": "xp.searchsorted(k, i)",
        "where": "xp.where(p, x, y)",
    },
    "Set functions": {
        "isin": "xp.isin(i, k)",
        **_each("unique_all unique_counts unique_inverse unique_values", "xp.{}(x)"),
    },
    "Sorting functions": _each("argsort sort", "xp.{}(x, axis=1)"),
    "Statistical functions": _each(
        "cumulative_prod cumulative_sum max mean min prod std sum var", "xp.{}(x, axis=1)"
    ),
    "Utility functions": {
        **_each("all any", "xp.{}(p, axis=1)"),
        "diff": "xp.diff(x, axis=1)",
    },
    "Inspection": {"__array_namespace_info__": "xp.__array_namespace_info__()"},
}


class Row(NamedTuple):
    """What an example gives: problems, empty if there are none, and what the model is made of."""

    evaluated: str
    traced: str
    nodes: str = ""
    inlined: str = ""
    opset: str = ""


def data() -> dict[str, np.ndarray[Any, Any]]:
    """Return the inputs while examples run."""
    random = np.random.default_rng(0)

    def array(spec: str) -> np.ndarray[Any, Any]:
        shape = [int(size) for size in xp.spec(*_parsed(spec.replace("N", str(ROWS)))).shape]
        dtype = spec.partition("[")[0]
        if dtype == "bool":
            return random.random(shape) < 0.5
        if dtype == "int64":
            return np.arange(np.prod(shape)).reshape(shape) % ROWS
        return np.asarray(random.random(shape) + 0.5).astype(dtype)

    return {name: array(spec) for name, spec in INPUTS.items()}


def _parsed(spec: str) -> tuple[tuple[int | str, ...], str]:
    dtype, _, sizes = spec.rstrip("]").partition("[")
    parts = [part.strip() for part in sizes.split(",")]
    return tuple(int(part) if part.isdigit() else part for part in parts), dtype


def arrays(result: Any) -> list[xp.Array]:
    """Return the arrays in a result."""
    if isinstance(result, xp.Array):
        return [result]
    return [x for part in result for x in arrays(part)] if isinstance(result, tuple | list) else []


def run(example: str, inputs: Mapping[str, Any]) -> Any:
    """Run an example; an assignment returns the array that is assigned to."""
    scope = {"xp": xp, "np": np, **inputs}
    if " = " in example:
        exec(example, scope)
        return scope[example[0]]
    return eval(example, scope)


def uses(example: str) -> list[str]:
    """Return the inputs that an example uses."""
    return [name for name in INPUTS if re.search(rf"\b{name}\b", example)]


def attempt(example: str) -> tuple[Row, ModelProto | None]:
    """Evaluate and trace an example."""
    used = uses(example)
    given = {name: array for name, array in data().items() if name in used}
    try:
        results = arrays(
            run(example, {name: xp.asarray(array.copy()) for name, array in given.items()})
        )
        expected = [np.asarray(result) for result in results]
    except Exception as error:
        return Row(f"{type(error).__name__}: {error}", "not tried"), None
    if not used:
        return (Row("", "", "0", "0") if expected else Row("", "")), None

    def function(*given: xp.Array) -> list[xp.Array]:
        found = arrays(run(example, dict(zip(used, given, strict=True))))
        return found or [given[0]]

    specs = [xp.spec(*_parsed(INPUTS[name])) for name in used]
    try:
        program = xp.trace(function, *specs, input_names=used)
        found = program(*given.values())
    except (TracedValueError, UnknownSizeError):
        return Row("", "asks for a value"), None
    except Exception as error:
        return Row("", f"{type(error).__name__}: {error}"), None
    if not expected:  # it was not about arrays
        return Row("", ""), None
    for a, b in zip(expected, found, strict=True):
        if a.dtype != b.dtype or not np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"):
            return Row("", f"{b}, not {a}"), None
    model = program.model
    counted = str(len(model.graph.node)), str(inlined(model)), str(model.opset_import[0].version)
    return Row("", "", *counted), model


def inlined(model: ModelProto) -> int:
    """Return the number of nodes if functions were written in place of their calls, subgraphs included."""
    functions = {function.name: function.node for function in model.functions}

    def count(nodes: Iterable[NodeProto]) -> int:
        return sum(
            count(functions[node.op_type])
            if node.domain == "onnxp"
            else 1 + sum(count(a.g.node) for a in node.attribute if a.type == AttributeProto.GRAPH)
            for node in nodes
        )

    return count(model.graph.node)


def accuracy() -> dict[str, list[str]]:
    """Return the cells of the page that the accuracy script wrote: ulp in float16, float32, float64."""
    text = ACCURACY.read_text(encoding="utf-8") if ACCURACY.exists() else ""
    found = re.findall(r"^   (\w+), ([\d.]+), ([\d.]+), ([\d.]+)$", text, re.MULTILINE)
    return {name: list(figures) for name, *figures in found}


def page(rows: Mapping[str, Mapping[str, Row]]) -> str:
    """Return the page of the documentation."""
    worst = accuracy()
    inputs = ", ".join(f"``{name}`` {spec}" for name, spec in INPUTS.items())
    lines = [
        "Names",
        "=====",
        "",
        "This page lists every name of the main namespace of the standard, 2025.12, with an example. The",
        "example was evaluated, and traced with a symbolic number of rows; both gave the same bits.",
        "``python -m benchmarks.names --write`` generates this page.",
        "",
        f"The inputs are {inputs}.",
        "",
        "*Nodes* is the number of nodes that a graph viewer shows, with the number including functions and",
        "subgraphs in brackets. *Opset* is the opset that the model needs. *Ulp* is the largest measured",
        "error in float32 and float64, in units in the last place, of results that are not correctly rounded"
        + (" (:doc:`accuracy`)." if worst else "."),
        "",
    ]
    for chapter, examples in rows.items():
        lines += [chapter, "-" * len(chapter), "", ".. list-table::", "   :header-rows: 1"]
        lines += ["   :widths: 18 28 10 14 10 8 12", ""]
        lines += _line("Name", "Example", "Evaluated", "Traced", "Nodes", "Opset", "Ulp")
        for name, row in examples.items():
            ulp = ", ".join(worst[name][1:]) if name in worst else ""
            nodes = row.nodes + (f" ({row.inlined})" if row.inlined != row.nodes else "")
            cells = row.evaluated or "yes", row.traced or "yes", nodes, row.opset, ulp
            lines += _line(f"``{name}``", f"``{CHAPTERS[chapter][name]}``", *cells)
        lines.append("")
    return "\n".join(lines)


def _line(first: str, *cells: str) -> list[str]:
    return [f"   * - {first}", *(f"     - {cell}".rstrip() for cell in cells)]


def table(note: Callable[[str], object]) -> dict[str, dict[str, Row]]:
    """Return what all examples give; what fails is noted."""
    rows: dict[str, dict[str, Row]] = {}
    for chapter, examples in CHAPTERS.items():
        rows[chapter] = {}
        for name, example in examples.items():
            rows[chapter][name] = row = attempt(example)[0]
            if row.evaluated or row.traced not in ("", "asks for a value"):
                note(f"{example}: {row.evaluated or row.traced}")
    return rows


def main(argv: list[str]) -> int:
    """Run all examples; the exit code says whether all are right."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.names", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args(argv)
    problems: list[str] = []
    rows = table(problems.append)
    if options.write:
        PAGE.write_text(page(rows), encoding="utf-8")
    print("".join(f"{problem}\n" for problem in problems), end="")
    print(f"{sum(map(len, rows.values()))} names, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
