"""Compare the installed onnxruntime with the tables of kernel gaps: ``python -m benchmarks.kernels``.

Every operator that `onnxp.ops` records is tried with every dtype that an array function may give it: one
node, sizes unknown, and a small result that is compared with numpy's. It is tried as it is, and with the
table's detour. What the tables get wrong is reported, and makes the exit code 1. The trials run in a
process of their own, so that one that ends its process is a line of the report.
"""

from __future__ import annotations

import argparse
import math
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import BY_NAME, CATEGORIES, DType, bool_, float32, int8, int64, string
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import Value, argument, constant
from onnxp._src.ops import kernels, versions
from onnxp._src.runtime.evaluate import data_of
from onnxp.errors import EvaluationError

Array = np.ndarray[Any, Any]


class Sample(NamedTuple):
    """How to try an operator: the dtypes, what to record, and what numpy says."""

    category: str
    record: Callable[[Value, Value], Value]
    expected: Callable[[Array, Array], Any]
    empty: bool = False  # also try it on arrays without columns


X = np.array([[3, 1, 2], [5, 4, 1]])
Y = np.array([[1, 2, 2], [1, 4, 3]])
FLAGS = np.array([[True, False, True], [False, False, True]])
PLACES = np.array([[0, 1, 1], [1, 0, 0]])
ROWS = np.array([1, 0, 1])
MASK = np.array([True, False, True])
FLOATS, REALS, PLAIN = "real floating-point", "real numeric", "numeric or boolean"
NARROW = "float16 float32"  # float64 has recipes of its own
DIVISIBLE = "int8 int16 int32 int64 uint8 uint16 uint32 float16 float32 float64"  # uint64 likewise
NUMBERS = (
    "int32 int64 uint32 uint64 float16 float32 float64"  # narrower integers are widened before
)


def _unary(operator: str, category: str, expected: Callable[[Array], Any]) -> Sample:
    return Sample(category, lambda x, _: ops.unary(operator, x), lambda x, _: expected(x))


def _reduce(operator: str, category: str, expected: Callable[[Array], Any]) -> Sample:
    def record(x: Value, _: Value) -> Value:
        return ops.reduce(operator, x, (1,))

    return Sample(category, record, lambda x, _: expected(x).astype(x.dtype))


def _one(
    category: str, record: Callable[[Value], Value], expected: Callable[[Array], Any]
) -> Sample:
    return Sample(category, lambda x, _: record(x), lambda x, _: expected(x))


def _scatter_elements(combine: Callable[[Any, Any], Any], reduction: str, category: str) -> Sample:
    def expected(x: Array, y: Array) -> Array:
        result = x.copy()
        for place in np.ndindex(*x.shape):
            target = PLACES[place], place[1]
            result[target] = combine(result[target], y[place])
        return result

    def record(x: Value, y: Value) -> Value:
        return ops.scatter_elements(x, constant(PLACES), y, 0, reduction)

    return Sample(category, record, expected)


def _if(x: Value, y: Value) -> Value:
    a, b = (argument(name, x.dtype, x.shape) for name in "ab")
    branches = close((a, b), (ops.identity(a),)), close((a, b), (ops.identity(b),))
    return ops.if_(ops.scalar(False, bool_), (x, y), *branches, (x.shape,))[0]


def _loop(x: Value) -> Value:
    true = ops.scalar(True, bool_)
    collect = ops.loop(
        ops.scalar(2, int64), (x,), lambda _, state: (true, (state,), (state,)), collected=2
    )
    return collect[1]


def _range(x: Value) -> Value:
    length = ops.cast(ops.gather(ops.shape_of(x), ops.scalar(0, int64), 0), x.dtype)
    return ops.range_(ops.scalar(0, int64), length, ops.scalar(1, int64), 2)


def _bits(x: Value) -> Value:
    return ops.bit_cast(x, BY_NAME[f"int{x.dtype.bits}"])


SAMPLES: dict[str, Sample] = {
    "Abs": _unary("Abs", REALS, np.abs),
    "Acos": _unary("Acos", NARROW, np.arccos),
    "Acosh": _unary("Acosh", NARROW, np.arccosh),
    "Add": Sample(REALS, ops.add, np.add),
    "And": Sample("boolean", ops.and_, np.logical_and),
    "ArgMax": _one(PLAIN, lambda x: ops.arg_max(x, 1), lambda x: x.argmax(1)),
    "ArgMin": _one(PLAIN, lambda x: ops.arg_min(x, 1), lambda x: x.argmin(1)),
    "Asin": _unary("Asin", NARROW, np.arcsin),
    "Asinh": _unary("Asinh", NARROW, np.arcsinh),
    "Atan": _unary("Atan", NARROW, np.arctan),
    "Atanh": _unary("Atanh", NARROW, np.arctanh),
    "BitCast": _one(FLOATS, _bits, lambda x: x.view(f"i{x.dtype.itemsize}")),
    "BitShift": Sample("unsigned integer", lambda x, y: ops.bit_shift(x, y, "LEFT"), np.left_shift),
    "BitwiseAnd": Sample("integer", ops.bitwise_and, np.bitwise_and),
    "BitwiseNot": _unary("BitwiseNot", "integer", np.bitwise_not),
    "BitwiseOr": Sample("integer", ops.bitwise_or, np.bitwise_or),
    "BitwiseXor": Sample("integer", ops.bitwise_xor, np.bitwise_xor),
    "Cast": _one("all", lambda x: ops.cast(x, int64), lambda x: x.astype(np.int64)),
    "Ceil": _unary("Ceil", FLOATS, np.ceil),
    "Clip": _one(
        FLOATS,
        lambda x: ops.clip(x, ops.scalar(0.25, x.dtype), ops.scalar(0.5, x.dtype)),
        lambda x: np.clip(x, 0.25, 0.5),
    ),
    "Compress": _one("all", lambda x: ops.compress(x, constant(MASK), 1), lambda x: x[:, MASK]),
    "Concat": Sample(
        "all", lambda x, y: ops.concat((x, y), 0), lambda x, y: np.concatenate((x, y))
    ),
    "ConstantOfShape": _one(
        PLAIN, lambda x: ops.constant_of_shape(1, x.dtype, x.shape), np.ones_like
    ),
    "Cos": _unary("Cos", NARROW, np.cos),
    "Cosh": _unary("Cosh", NARROW, np.cosh),
    "CumProd": _one(NUMBERS, lambda x: ops.cum_prod(x, 1), lambda x: x.cumprod(1, x.dtype)),
    "CumSum": _one(REALS, lambda x: ops.cum_sum(x, 1), lambda x: x.cumsum(1, x.dtype)),
    "DequantizeLinear": _one(
        "int8 uint8",
        lambda x: ops.dequantize_linear(x, ops.scalar(0.5, float32)),
        lambda x: x * np.float32(0.5),
    ),
    "Div": Sample(DIVISIBLE, ops.div, lambda x, y: x / y if x.dtype.kind == "f" else x // y),
    "Equal": Sample("all", ops.equal, np.equal),
    "Erf": _unary("Erf", NARROW, np.vectorize(math.erf)),
    "Exp": _unary("Exp", FLOATS, np.exp),
    "Expand": _one("all", lambda x: ops.expand(x, (2, 2, 3)), lambda x: np.stack((x, x))),
    "EyeLike": _one(
        PLAIN, lambda x: ops.eye(2, 3, 0, x.dtype), lambda x: np.eye(2, 3, dtype=x.dtype)
    ),
    "Floor": _unary("Floor", FLOATS, np.floor),
    "Gather": _one("all", lambda x: ops.gather(x, constant(ROWS), 0), lambda x: x[ROWS]),
    "GatherElements": _one(
        "all",
        lambda x: ops.gather_elements(x, constant(PLACES), 0),
        lambda x: np.take_along_axis(x, PLACES, 0),
    ),
    "GatherND": _one("all", lambda x: ops.gather_nd(x, constant(ROWS[:, None])), lambda x: x[ROWS]),
    "Gemm": Sample(
        "float64",
        lambda x, y: ops.gemm(x, ops.transpose(y, (1, 0))),
        lambda x, y: x @ y.T,
        empty=True,
    ),
    "Greater": Sample(REALS, ops.greater, np.greater),
    "GreaterOrEqual": Sample(REALS, ops.greater_or_equal, np.greater_equal),
    "Identity": _one("all", ops.identity, np.copy),
    "If": Sample("all", _if, lambda _, y: y),
    "IsInf": _one(FLOATS, ops.is_inf, np.isinf),
    "IsNaN": _one(FLOATS, ops.is_nan, np.isnan),
    "Less": Sample(REALS, ops.less, np.less),
    "LessOrEqual": Sample(REALS, ops.less_or_equal, np.less_equal),
    "Log": _unary("Log", FLOATS, np.log),
    "Loop": _one(PLAIN, _loop, lambda x: np.stack((x, x))),
    "MatMul": Sample(
        REALS,
        lambda x, y: ops.mat_mul(x, ops.transpose(y, (1, 0))),
        lambda x, y: x @ y.T,
        empty=True,
    ),
    "Max": Sample(REALS, ops.max_, np.maximum),
    "Min": Sample(REALS, ops.min_, np.minimum),
    "Mod": Sample(REALS, lambda x, y: ops.mod(x, y, fmod=x.dtype.family == "float"), np.remainder),
    "Mul": Sample(REALS, ops.mul, np.multiply),
    "Neg": _one(REALS, ops.neg, np.negative),
    "NonZero": _one(PLAIN, ops.non_zero, lambda x: np.stack(np.nonzero(x))),
    "Not": _one("boolean", ops.not_, np.logical_not),
    "Or": Sample("boolean", ops.or_, np.logical_or),
    "Pad": _one(PLAIN, lambda x: ops.pad(x, (1, 0), (0, 2)), lambda x: np.pad(x, ((1, 0), (0, 2)))),
    "Pow": Sample(FLOATS, ops.pow_, np.power),
    "QuantizeLinear": _one(
        "float32",
        lambda x: ops.quantize_linear(x, ops.scalar(0.5, float32), ops.scalar(0, int8)),
        lambda x: np.rint(x * 2).astype(np.int8),
    ),
    "Range": _one("int64", _range, lambda _: np.arange(2)),
    "Reciprocal": _unary("Reciprocal", FLOATS, np.reciprocal),
    "ReduceLogSumExp": _reduce("ReduceLogSumExp", FLOATS, lambda x: np.log(np.exp(x).sum(1))),
    "ReduceMax": _one(PLAIN, lambda x: ops.reduce_max(x, (1,)), lambda x: x.max(1)),
    "ReduceMean": _reduce("ReduceMean", FLOATS, lambda x: x.mean(1)),
    "ReduceMin": _one(PLAIN, lambda x: ops.reduce_min(x, (1,)), lambda x: x.min(1)),
    "ReduceProd": _reduce("ReduceProd", FLOATS, lambda x: x.prod(1)),
    "ReduceSum": _reduce("ReduceSum", "int32 int64 float16 float32 float64", lambda x: x.sum(1)),
    "RegexFullMatch": _one(
        "string", lambda x: ops.regex_full_match(x, "[1-3]"), lambda x: x.astype(int) < 4
    ),
    "Reshape": _one("all", lambda x: ops.reshape(x, (3, 2)), lambda x: x.reshape(3, 2)),
    "Round": _unary("Round", FLOATS, np.round),
    "ScatterElements": _scatter_elements(lambda _, new: new, "none", "all"),
    "ScatterND": Sample(
        "all", lambda x, y: ops.scatter_nd(x, constant(ROWS[:2, None]), y), lambda _, y: y[ROWS[:2]]
    ),
    "Shape": _one("all", ops.shape_of, lambda x: np.array(x.shape)),
    "Sign": _one(REALS, ops.sign, np.sign),
    "Sin": _unary("Sin", FLOATS, np.sin),
    "Sinh": _unary("Sinh", NARROW, np.sinh),
    "Slice": _one(
        "all", lambda x: ops.slice_(x, (None,), (None,), (1,), (-2,)), lambda x: x[:, ::-2]
    ),
    "Sqrt": _unary("Sqrt", FLOATS, np.sqrt),
    "Squeeze": _one("all", lambda x: ops.squeeze(ops.unsqueeze(x, (1,)), (1,)), np.copy),
    "StringConcat": Sample("string", ops.string_concat, np.strings.add),
    "StringSplit": _one(
        "string",
        lambda x: ops.string_split(ops.string_concat(x, ops.scalar("e", string)), "e", 2),
        lambda x: np.stack([x, np.full_like(x, "")], -1),
    ),
    "Sub": Sample(REALS, ops.sub, np.subtract),
    "Tan": _unary("Tan", NARROW, np.tan),
    "Tanh": _unary("Tanh", FLOATS, np.tanh),
    "Tile": _one("all", lambda x: ops.tile(x, (2, 1)), lambda x: np.tile(x, (2, 1))),
    "TopK": _one(PLAIN, lambda x: ops.top_k(x, 3, 1)[0], lambda x: np.sort(x, axis=1)),
    "Transpose": _one("all", lambda x: ops.transpose(x, (1, 0)), np.transpose),
    "Trilu": _one(PLAIN, lambda x: ops.trilu(x, ops.scalar(0, int64), upper=True), np.triu),
    "Unique": _one(
        "string",
        lambda x: ops.unique_text(ops.reshape(x, (6,)))[1],
        lambda x: np.unique(x.astype(str), return_index=True)[1],
    ),
    "Unsqueeze": _one("all", lambda x: ops.unsqueeze(x, (1,)), lambda x: x[:, None]),
    "Where": Sample(
        "all", lambda x, y: ops.where(constant(FLAGS), x, y), lambda x, y: np.where(FLAGS, x, y)
    ),
    "Xor": Sample("boolean", ops.xor, np.logical_xor),
}

WORKER = ("-m", "benchmarks.kernels", "--worker")


class Trial(NamedTuple):
    """One operator and dtype, as a line between the processes."""

    operator: str
    dtype: str

    def run(self) -> str:
        """Return what came of it: an empty string if all is well."""
        sample = SAMPLES[self.operator]
        x, y = (_numbers(numbers, self.dtype) for numbers in (X, Y))
        problem = self._compare(sample, x, y)
        if not problem and sample.empty:
            problem = self._compare(sample, x[:, :0], y[:, :0])
        return problem

    @staticmethod
    def _compare(sample: Sample, x: Array, y: Array) -> str:
        try:
            found = data_of(sample.record(constant(x), constant(y)))
        except EvaluationError as error:
            return str(error).split(": ", 1)[-1]
        with np.errstate(all="ignore"):
            expected = np.asarray(sample.expected(x, y))
        tolerance = 8 * np.finfo(x.dtype).eps if x.dtype.kind == "f" else 0
        same = np.array_equal(found, expected)
        if not same and found.dtype.kind != "O" and found.shape == expected.shape:
            same = np.allclose(found, expected, tolerance, tolerance, equal_nan=True)
        if not same:
            return f"wrong: {found.tolist()}, not {expected.tolist()}"
        return ""


def _numbers(numbers: Array, dtype: str) -> Array:
    """Return the sample's numbers: floats below 1, as inverse functions need them."""
    if dtype == "bool":
        return numbers > 2
    if dtype == "string":
        return numbers.astype(str).astype(object)
    return (numbers / 8 if dtype.startswith("float") else numbers).astype(dtype)


def trials() -> list[Trial]:
    """Return all trials that the installed runtime's opset allows."""
    return [
        Trial(operator, dtype.name)
        for operator, sample in SAMPLES.items()
        if versions.OPSETS.get(operator, 0) <= versions.installed_opset()
        for dtype in BY_NAME.values()
        if _covers(sample, dtype)
    ]


def _covers(sample: Sample, dtype: DType) -> bool:
    if dtype.family == "complex":  # no operator knows it
        return False
    return dtype in CATEGORIES.get(sample.category, ()) or dtype.name in sample.category.split()


def outcomes(waiting: list[Trial], *options: str) -> dict[Trial, str]:
    """Run trials in other processes, a new one after each that died."""
    found: dict[Trial, str] = {}
    while len(found) < len(waiting):
        rest = waiting[len(found) :]
        worker = subprocess.run(
            [sys.executable, *WORKER, *options],
            input="".join(f"{' '.join(trial)}\n" for trial in rest),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        lines = worker.stdout.splitlines()
        found.update(zip(rest, lines, strict=False))
        if len(lines) < len(rest):
            died = worker.returncode
            how = signal.Signals(-died).name if died < 0 else f"exit code {died}"
            found[rest[len(lines)]] = f"the process ended: {how}"
    return found


def work(*, bare: bool) -> None:
    """Run the trials that standard input names, and print one line for each."""
    if bare:
        kernels.DETOURS.clear()
    for line in sys.stdin:
        print(Trial(*line.split()).run().replace("\n", " "), flush=True)


def findings(release: str, detoured: dict[Trial, str], bare: dict[Trial, str]) -> Iterator[str]:
    """Yield what is wrong with the tables, a line each."""
    lacking = {
        Trial(operator, dtype): gap
        for gap in kernels.GAPS
        for operator in gap.operators.split()
        for dtype in gap.dtypes.split()
    }
    for trial in lacking:
        if trial not in bare and versions.OPSETS.get(trial.operator, 0) == 0:
            yield f"{' '.join(trial)}: has a row, but nothing tries it; add it to SAMPLES"
    for trial, problem in detoured.items():
        gap = lacking.get(trial)
        name = " ".join(trial)
        if gap is None:
            if problem:
                yield f"{name}: needs a row: {problem}"
            continue
        claimed = versions.release(release) <= versions.release(gap.until)
        if problem:
            yield f"{name}: the detour by {gap.via} does not do: {problem}"
        elif claimed and not bare[trial]:
            yield f"{name}: needs no detour, but its row says until {gap.until}"
        elif not claimed and bare[trial]:
            yield f"{name}: its row says until {gap.until}, but still: {bare[trial]}"


def main(argv: list[str]) -> int:
    """Report on the installed runtime."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels", description=__doc__)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.worker:
        work(bare=options.bare)
        return 0
    release = version("onnxruntime")
    todo = trials()
    found = list(findings(release, outcomes(todo), outcomes(todo, "--bare")))
    print("".join(f"{line}\n" for line in found), end="")
    print(f"onnxruntime {release}: {len(todo)} kernels tried, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
