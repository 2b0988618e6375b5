"""Random programs of the standard, run evaluated and exported, with numpy as the oracle.

A program is a list of steps, each of which takes earlier values and gives a new one. It is run with numpy,
with evaluated arrays, and as a model with symbolic sizes, at the default and at disabled optimisations of the
runtime.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

import onnxp as xp
from onnxp._src.shapes import dims
from onnxp.errors import OnnxpError, TracedValueError, UnknownSizeError

Random = np.random.Generator

DTYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)
MOST_STEPS = 8
MOST_ELEMENTS = 400


class Step(NamedTuple):
    """A step: a function by its name, the numbers of the values that it takes, and other arguments."""

    name: str
    operands: tuple[int, ...]
    arguments: tuple[Any, ...] = ()


class RandomProgram(NamedTuple):
    """Inputs, and steps that compute with them."""

    inputs: tuple[np.ndarray, ...]
    steps: tuple[Step, ...]

    def __call__(self, namespace: ModuleType, *inputs: Any) -> list[Any]:
        """Return the results of all steps."""
        values = list(inputs)
        for step in self.steps:
            operands = [values[i] for i in step.operands]
            result = STEPS[step.name](namespace, *operands, *step.arguments)
            # as it was drawn: numpy's scalars are not what its arrays of rank 0 are
            values.append(np.asarray(result) if namespace is np else result)
        return values[len(inputs) :]

    def __repr__(self) -> str:
        rows = [f"  x{i} = {x.dtype} {x.shape} {x.tolist()}" for i, x in enumerate(self.inputs)]
        for i, step in enumerate(self.steps, len(self.inputs)):
            names = ", ".join([*(f"x{k}" for k in step.operands), *map(repr, step.arguments)])
            rows.append(f"  x{i} = {step.name}({names})")
        return "\n".join(rows)


# Steps. Each is called with numpy and with onnxp, which have the standard's functions alike.


def _assigned(ns: ModuleType, x: Any, value: Any, key: Any) -> Any:
    x = ns.asarray(x, copy=True)
    x[key] = value
    return x


def _masked(ns: ModuleType, x: Any, number: int) -> Any:
    x = ns.asarray(x, copy=True)
    x[x > number] = number
    return x


def _either(ns: ModuleType, x: Any, y: Any) -> Any:
    """Choose by a branch that reads `y`, an array from outside."""

    def moved(x: Any) -> Any:
        return ns.where(ns.any(y != y), ns.flip(x, axis=0), x)

    is_true = ns.any(x == y)
    if ns is np:
        return moved(x) if is_true else ns.flip(x, axis=0)
    return xp.cond(is_true, moved, lambda x: xp.flip(x, axis=0), x)


def _repeatedly(ns: ModuleType, x: Any, y: Any, count: int) -> Any:
    """Change `x` as often as `count`, or as `y` has rows, by what is read of `y` and written into a view."""

    def body(i: Any, x: Any) -> Any:
        x = ns.asarray(x, copy=True)
        view = x[::-1]
        view[:1] = x[1:2] if x.shape[0] == 4 else x[:1]
        x = ns.where(ns.any(y == y), ns.roll(x, 1, axis=0), x)
        return ns.where(ns.asarray(i) == 1, ns.flip(x, axis=0), x)

    end = y.shape[0] if count < 0 else count
    if ns is not np:
        return xp.fori_loop(0, end, body, x)
    for i in range(end):
        x = body(i, x)
    return x


STEPS: dict[str, Callable[..., Any]] = {
    "cond": _either,
    "fori_loop": _repeatedly,
    **{
        name: (lambda ns, *args, name=name: getattr(ns, name)(*args))
        for name in (
            "add subtract multiply divide floor_divide remainder maximum minimum equal not_equal less "
            "greater_equal logical_and bitwise_and bitwise_or abs negative square sign floor sqrt exp tanh "
            "isfinite isnan logical_not positive"
        ).split()
    },
    **{
        name: (
            lambda ns, x, axis, keepdims, name=name: getattr(ns, name)(
                x, axis=axis, keepdims=keepdims
            )
        )
        for name in "sum prod max min mean any all".split()
    },
    **{
        name: (lambda ns, x, axis, name=name: getattr(ns, name)(x, axis=axis))
        for name in "argmax argmin sort flip expand_dims".split()
    },
    "argsort": lambda ns, x, axis: ns.argsort(x, axis=axis, stable=True),
    "cumulative_sum": lambda ns, x, axis: ns.cumulative_sum(x, axis=axis),
    "astype": lambda ns, x, dtype: ns.astype(x, getattr(ns, dtype)),
    "concat": lambda ns, x, y, axis: ns.concat([x, y], axis=axis),
    "stack": lambda ns, x, y, axis: ns.stack([x, y], axis=axis),
    "where": lambda ns, c, x, y: ns.where(c, x, y),
    "matmul": lambda ns, x, y: ns.matmul(x, y),
    "reshape": lambda ns, x, shape: ns.reshape(x, shape),
    "permute_dims": lambda ns, x, order: ns.permute_dims(x, order),
    "roll": lambda ns, x, shift, axis: ns.roll(x, shift, axis=axis),
    "take": lambda ns, x, indices, axis: ns.take(x, ns.asarray(indices), axis=axis),
    "repeat": lambda ns, x, count, axis: ns.repeat(x, count, axis=axis),
    "x[key]": lambda ns, x, key: x[key],
    "x[mask]": lambda ns, x, mask: x[mask],
    "x[indices]": lambda ns, x, indices: x[ns.asarray(indices)],
    "x[key] = value": _assigned,
    "x[x > number] = number": _masked,
    "x + size": lambda ns, x, axis: x + x.shape[axis],
}

NEED_AXES = frozenset(
    "cumulative_sum argmax argmin argsort repeat flip take cond fori_loop".split()
)
"""Functions that numpy applies to arrays of rank 0 as if they had an axis."""

# Random programs


def array(random: Random, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array of small numbers, with NaN and infinities now and then."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return np.asarray(random.integers(0, 2, shape)).astype(bool)
    numbers = np.asarray(random.integers(0 if kind == "u" else -4, 6, shape))
    if kind in "iu":
        return numbers.astype(dtype)
    result = np.asarray(numbers / 2).astype(dtype)
    if kind == "f" and shape and random.integers(0, 6) == 0:
        result[random.integers(0, 4, shape) == 0] = random.choice([np.nan, np.inf, -np.inf])
    return result


def random_program(random: Random, most_steps: int = MOST_STEPS) -> RandomProgram:
    """Return a program of up to `most_steps` steps that numpy can run."""
    inputs = [_input(random, None)]
    while random.integers(0, 2) and len(inputs) < 3:
        inputs.append(_input(random, inputs[0]))
    values: list[Any] = list(inputs)
    steps: list[Step] = []
    count = random.integers(1, most_steps + 1)
    for _ in range(1000):
        if len(steps) == count:
            break
        step = _random_step(random, values)
        if _differs_by_design(step, [values[i] for i in step.operands]):
            continue
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                operands = [values[i] for i in step.operands]
                result = np.asarray(STEPS[step.name](np, *operands, *step.arguments))
        except Exception:  # another step
            continue
        if result.size > MOST_ELEMENTS or result.dtype.name not in DTYPES or result.ndim > 4:
            continue
        values.append(result)
        steps.append(step)
    return RandomProgram(tuple(inputs), tuple(steps))


def _differs_by_design(step: Step, operands: list[Any]) -> bool:
    """Whether numpy answers something else than the standard, or answers where a model cannot know."""
    x = operands[0]
    if step.name in NEED_AXES and x.ndim == 0:
        return True
    if step.name in ("take", "x[indices]") and x.size == 0:  # numpy does not look at the indices
        return True
    if step.name == "astype" and np.dtype(step.arguments[0]).kind in "iu":  # of NaN and infinities
        return not np.isfinite(x).all()
    if step.name == "floor_divide":  # of infinities: the standard keeps them
        return not all(np.isfinite(operand).all() for operand in operands)
    if step.name == "sign" and x.dtype.kind == "c":  # of NaN beside infinity: the standard has NaN
        return bool(np.isnan(x).any())
    if step.name in ("sum", "mean", "prod") and x.dtype.kind in "fc":  # numpy begins with +0
        parts = (x.real, x.imag) if x.dtype.kind == "c" else (x,)
        return any((np.signbit(part) & (part == 0)).any() for part in parts)
    if step.name == "x[mask]" and operands[1].dtype == np.uint64:  # numpy wraps large indices
        return bool((operands[1] >= 2**63).any())
    if step.name == "x[key] = value":  # numpy drops leading axes of size 1
        return operands[1].ndim > x[step.arguments[0]].ndim
    return False


def _input(random: Random, other: np.ndarray | None) -> np.ndarray:
    dtype = str(random.choice(DTYPES))
    if other is not None and random.integers(0, 3):
        shape = tuple(n if random.integers(0, 4) else 1 for n in other.shape)
        return array(random, other.dtype.name if random.integers(0, 2) else dtype, shape)
    rank = int(random.integers(0, 5))
    return array(random, dtype, tuple(int(n) for n in random.choice([0, 1, 2, 3, 4], rank)))


def _random_step(random: Random, values: list[Any]) -> Step:
    name = str(random.choice(list(STEPS)))
    # later values more often, so that the steps build on each other
    picks = [int(i) for i in np.minimum(random.integers(0, 2 * len(values), 3), len(values) - 1)]
    x = values[picks[0]]
    axis = int(random.integers(-x.ndim, x.ndim)) if x.ndim else 0
    if name in ("sum", "prod", "max", "min", "mean", "any", "all"):
        axes = None if x.ndim == 0 or random.integers(0, 3) == 0 else axis
        return Step(name, (picks[0],), (axes, bool(random.integers(0, 2))))
    arguments: dict[str, tuple[int, tuple[Any, ...]]] = {
        "cumulative_sum": (1, (axis,)),
        "astype": (1, (str(random.choice(DTYPES)),)),
        "concat": (2, (axis,)),
        "stack": (2, (axis,)),
        "where": (3, ()),
        "reshape": (1, (_shape(random, x),)),
        "permute_dims": (1, (tuple(int(i) for i in random.permutation(x.ndim)),)),
        "roll": (1, (int(random.integers(-3, 4)), axis)),
        "take": (1, ([int(i) for i in random.integers(-2, 3, random.integers(0, 4))] or [0], axis)),
        "repeat": (1, (int(random.integers(0, 3)), axis)),
        "x[key]": (1, (_key(random, x),)),
        "x[mask]": (2, ()),
        "x[indices]": (1, ([int(i) for i in random.integers(-2, 3, random.integers(1, 4))],)),
        "x[key] = value": (2, (_key(random, x),)),
        "fori_loop": (2, (int(random.integers(-1, 4)),)),
        "x[x > number] = number": (1, (int(random.integers(0, 3)),)),
        "x + size": (1, (axis,)),
        **dict.fromkeys("argmax argmin sort argsort flip expand_dims".split(), (1, (axis,))),
    }
    unary = (
        "abs negative square sign floor sqrt exp tanh isfinite isnan logical_not positive".split()
    )
    count, others = arguments.get(name, (1 if name in unary else 2, ()))
    return Step(name, tuple(picks[:count]), others)


def _key(random: Random, x: Any) -> tuple[Any, ...]:
    parts: list[Any] = []
    for size in x.shape:
        kind = random.integers(0, 4)
        if kind == 0 and size:
            parts.append(int(random.integers(-size, size)))
        elif kind == 1:
            parts.append(slice(None, None, -1))
        else:
            bounds = [
                None if random.integers(0, 3) == 0 else int(random.integers(-3, 5)) for _ in "ab"
            ]
            parts.append(slice(*bounds, int(random.choice([1, 1, 2, -1]))))
    if random.integers(0, 6) == 0:
        parts.insert(int(random.integers(0, len(parts) + 1)), None)
    return tuple(parts)


def _shape(random: Random, x: Any) -> tuple[int, ...]:
    choices = [(-1,), (1, -1), (x.size,), (2, -1), (-1, 1), x.shape[::-1]]
    return choices[int(random.integers(0, len(choices)))]


# Comparison


def complaint(program: RandomProgram) -> str:
    """Run a program in all ways, and say what differs from numpy; empty if nothing does."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected = [np.asarray(x) for x in program(np, *(x.copy() for x in program.inputs))]
    unstable = _unstable(program, expected)
    precision, sizes = _precision(program, expected), _sizes(program, expected)
    for way, run in WAYS.items():
        try:
            results = run(program)
        except (UnknownSizeError, TracedValueError):
            continue
        except OnnxpError as error:
            if isinstance(error, TypeError):  # dtypes that the standard does not combine
                continue
            return f"{program!r}\n{way}: {type(error).__name__}: {error}"
        for i, (a, b) in enumerate(zip(expected, results, strict=True), len(program.inputs)):
            if i in unstable:
                continue
            difference = _difference(a, b, precision[i], sizes[i])
            if difference == "dtype":
                break  # what follows is computed in another one, as the standard has it
            if difference:
                return f"{program!r}\n{way}: x{i} {difference}"
    return ""


INEXACT = frozenset("exp tanh mean sum prod cumulative_sum matmul".split())
"""Functions whose floating-point results have rounding errors."""

STEEP = frozenset(
    "argsort argmax argmin remainder floor floor_divide equal not_equal less greater_equal astype sign".split()
)
"""Functions that make large differences of small ones."""


UNSIGNED = {
    *"where maximum minimum max min sum mean cumulative_sum matmul cond".split(),
    *("x[key] = value", "x[x > number] = number"),
}
"""Functions whose negative zeros may lose their sign, see "Signs of zeros" in docs/sharp_edges.rst."""

BRANCHING = frozenset(("divide", "floor_divide", "sqrt"))
"""Functions that make large differences of the signs of zeros; sqrt of complex numbers."""


CANCELLING = frozenset(("add", "subtract", "x + size", "sum", "mean", "cumulative_sum", "matmul"))
"""Functions whose results may be small beside the rounding errors of their operands."""


def _sizes(program: RandomProgram, results: list[np.ndarray]) -> list[float]:
    """Return the largest number that each value, or a sum behind it, has."""
    sizes: list[float] = []
    steps = [None] * len(program.inputs) + list(program.steps)
    for step, x in zip(steps, [*program.inputs, *results], strict=True):
        with np.errstate(all="ignore"):
            own = np.abs(x[np.isfinite(x)]) if x.dtype.kind in "fc" else np.abs(x.astype(float))
        sizes.append(float(np.max(own, initial=0.0)))
        if step is not None and step.name in CANCELLING:
            sizes[-1] = max(sizes[-1], *(sizes[i] for i in step.operands))
    return sizes


def _precision(program: RandomProgram, results: list[np.ndarray]) -> list[float]:
    """Return the largest rounding error of the dtypes that each value was computed in."""
    errors = [_eps(x) for x in program.inputs]
    for step, result in zip(program.steps, results, strict=True):
        error = max(errors[i] for i in step.operands)
        if step.name == "exp":  # which makes relative errors of absolute ones
            finite = np.abs(result[np.isfinite(result) & (result != 0)])
            error *= max(1.0, float(np.max(np.abs(np.log(finite)), initial=0.0)))
        errors.append(max(_eps(result), error))
    return errors


def _eps(x: np.ndarray) -> float:
    return float(np.finfo(x.dtype).eps) if x.dtype.kind in "fc" else 0.0


def _unstable(program: RandomProgram, results: list[np.ndarray]) -> set[int]:
    """Return the numbers of the values that rounding errors or signs of zeros can change altogether."""
    rounded: set[int] = set()
    unsigned: set[int] = set()
    unstable: set[int] = set()
    for i, (step, result) in enumerate(
        zip(program.steps, results, strict=True), len(program.inputs)
    ):
        inexact = not rounded.isdisjoint(step.operands)
        if not unstable.isdisjoint(step.operands) or (
            inexact and (step.name in STEEP or step.name == "x[x > number] = number")
        ):
            unstable.add(i)
        if step.name in BRANCHING and not unsigned.isdisjoint(step.operands):
            unstable.add(i)
        if not unsigned.isdisjoint(step.operands) or (
            step.name in UNSIGNED and _has_negative_zeros(result)
        ):
            unsigned.add(i)
        if inexact or (step.name in INEXACT and result.dtype.kind in "fc"):
            rounded.add(i)
    return unstable


def _has_negative_zeros(x: np.ndarray) -> bool:
    parts = (x.real, x.imag) if x.dtype.kind == "c" else (x,) if x.dtype.kind == "f" else ()
    return any(bool(np.any(np.signbit(part) & (part == 0))) for part in parts)


def _evaluated(program: RandomProgram) -> list[np.ndarray]:
    return [np.asarray(x) for x in program(xp, *map(xp.asarray, program.inputs))]


def _exported(program: RandomProgram, level: str, *, symbolic: bool = True) -> list[np.ndarray]:
    import onnxruntime

    specs = [
        xp.spec(
            tuple(dims.dim(f"s{i}_{k}", 0) for k in range(x.ndim)) if symbolic else x.shape, x.dtype
        )
        for i, x in enumerate(program.inputs)
    ]
    names = [f"x{i}" for i in range(len(specs))]
    traced = xp.trace(lambda *inputs: program(xp, *inputs), *specs, input_names=names)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    return traced._with_options(options).run(program.inputs)


WAYS: dict[str, Callable[[RandomProgram], list[np.ndarray]]] = {
    "evaluated": _evaluated,
    "exported, optimised": lambda program: _exported(program, "ORT_ENABLE_ALL"),
    "exported, not optimised": lambda program: _exported(program, "ORT_DISABLE_ALL"),
    "exported with fixed sizes": lambda program: _exported(
        program, "ORT_ENABLE_ALL", symbolic=False
    ),
}


def _difference(expected: np.ndarray, result: np.ndarray, eps: float, size: float) -> str:
    if expected.shape != result.shape:
        return f"has shape {result.shape}, numpy {expected.shape}"
    if expected.dtype != result.dtype:
        return "dtype"
    if expected.dtype.kind in "fc":
        with np.errstate(all="ignore"):
            finite = np.isfinite(expected)
            near = np.isclose(
                result, expected, rtol=256 * eps, atol=64 * eps * size, equal_nan=True
            )
            if expected.dtype.kind == "c":  # infinities times complex numbers
                near |= ~finite
        return "" if near.all() else f"is {result.tolist()}, numpy {expected.tolist()}"
    equal = np.array_equal(expected, result)
    return "" if equal else f"is {result.tolist()}, numpy {expected.tolist()}"
