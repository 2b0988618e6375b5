"""What formulas of special functions share: float64, loops, and ways to evaluate fitted functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from math import exp, pi

from onnxp._src import ops
from onnxp._src.dtypes import bool_, float32, float64, int64
from onnxp._src.graph.values import Promise, Value
from onnxp._src.lowering.elementwise.double_double import product_of
from onnxp._src.lowering.elementwise.range_reduction import half_parity
from onnxp._src.lowering.elementwise.trigonometric import short_sine
from onnxp._src.lowering.expr import Expr, polynomial, where
from onnxp._src.lowering.functions import elementwise, recipe
from onnxp._src.lowering.special import coefficients as c
from onnxp._src.shapes.shape import broadcast_all

Formula = Callable[..., Expr]
Recipe = Callable[..., Value]

_MOST = 100_000  # steps of a loop


def special(name: str) -> Callable[[Formula], Recipe]:
    """Convert a formula in float64 to a function of values, whose result has their dtype."""

    def decorate(formula: Formula) -> Recipe:
        return elementwise(name)(_in_float64(formula))

    return decorate


def looping(name: str) -> Callable[[Formula], Recipe]:
    """Convert a formula with loops in float64 to a function of values, whose result has their dtype.

    It is recorded once for each combination of ranks, which the state of a loop has.
    """

    def decorate(formula: Formula) -> Recipe:
        inner = _in_float64(formula)

        @wraps(formula)
        def build(*values: Value) -> tuple[Value]:
            return (inner(*map(Expr, values)).value,)

        @wraps(formula)
        def function(*inputs: Value) -> Value:
            shape = broadcast_all([value.shape for value in inputs], name)
            types = ((inputs[0].dtype, shape),)
            return recipe(name, build, inputs, types, promise=Promise())[0]

        return function

    return decorate


def _in_float64(formula: Formula) -> Formula:
    @wraps(formula)
    def function(*inputs: Expr) -> Expr:
        return formula(*(x.cast(float64) for x in inputs)).cast(inputs[0].dtype)

    return function


def call(function: Recipe, *operands: Expr) -> Expr:
    """Call a recorded function."""
    return Expr(function(*(x.value for x in operands)))


def ones(*operands: Expr) -> Expr:
    """Return ones of the shape that the operands broadcast to."""
    total = operands[0].is_nan()
    for x in operands[1:]:
        total = total | x.is_nan()
    return total.cast(float64) * 0.0 + 1.0


def iterate(
    most: int, state: Sequence[Expr], step: Callable[..., tuple[Expr, Sequence[Expr]]]
) -> tuple[Expr, ...]:
    """Repeat a step until it asks for no more, at most so many times.

    Parameters
    ----------
    most : int
        The largest number of repetitions.
    state : sequence of Expr
        Where it starts, all of the full shape.
    step : callable
        A function of the number of the repetition, from 1 on, and the state. It returns where to go on, and
        the next state, which must not change an element that is finished.
    """

    def body(trip: Value, *values: Value) -> tuple[Value, list[Value], tuple[()]]:
        unfinished, after = step(Expr(ops.cast(trip, float64)) + 1.0, *map(Expr, values))
        axes = tuple(range(len(unfinished.value.shape)))
        # a sum, because ReduceMax of an empty array raises an error (onnxruntime 1.20.1)
        count = ops.reduce("ReduceSum", unfinished.cast(float32).value, axes)
        going = ops.greater(count, ops.scalar(0.0, float32))
        return going, [x.value for x in after], ()

    results = ops.loop(ops.scalar(most, int64), [x.value for x in state], body)
    return tuple(map(Expr, results))


def repeat(
    times: int, state: Sequence[Expr], step: Callable[..., Sequence[Expr]]
) -> tuple[Expr, ...]:
    """Repeat a step so many times.

    Parameters
    ----------
    times : int
        The number of repetitions.
    state : sequence of Expr
        Where it starts, all of the full shape.
    step : callable
        A function of the number of the repetition, from 1 on, and the state. It returns the next state.
    """

    def body(trip: Value, *values: Value) -> tuple[Value, list[Value], tuple[()]]:
        after = step(Expr(ops.cast(trip, float64)) + 1.0, *map(Expr, values))
        return ops.scalar(True, bool_), [x.value for x in after], ()

    return tuple(map(Expr, ops.loop(ops.scalar(times, int64), [x.value for x in state], body)))


def inside_out(depth: Expr, step: Callable[[Expr, Expr], Expr], start: Expr) -> Expr:
    """Evaluate a nested expression from the inside, which adds up fewer errors than from the outside.

    Parameters
    ----------
    depth : Expr
        The number of steps of each element.
    step : callable
        A function of the number of the step, which counts down to 1, and what is inside.
    start : Expr
        What is innermost, of the full shape.
    """

    def body(_: Expr, k: Expr, inner: Expr) -> tuple[Expr, list[Expr]]:
        after = where(k >= 1.0, step(k, inner), inner)
        return k >= 2.0, [k - 1.0, after]

    return iterate(_MOST, (depth.unary("Ceil") + 0.0 * start, start), body)[1]


# Evaluation


def centered(x: Expr, low: float, high: float) -> Expr:
    """Return t, which goes from -1 to 1 between `low` and `high`."""
    return x * (2.0 / (high - low)) - (high + low) / (high - low)


def ratio(x: Expr, center: float) -> Expr:
    """Return ``(x - center) / (x + center)``; 1 for infinity."""
    return 1.0 - (2.0 * center) / (x + center)


def ratio_of(x: float, center: float) -> float:
    """Return the same of a number."""
    return (x - center) / (x + center)


def chebyshev(t: Expr, coefficients: Sequence[float]) -> Expr:
    """Evaluate a sum of Chebyshev polynomials (Clenshaw 1955), where powers would lose digits."""
    twice = 2.0 * t
    after, now = t.const(coefficients[-1]), twice * coefficients[-1] + coefficients[-2]
    for coefficient in coefficients[-3:0:-1]:
        after, now = now, (twice * now - after) + coefficient
    return (t * now - after) + coefficients[0]


def exp_in_factors(x: Expr) -> tuple[Expr, Expr]:
    """Return two factors of the exponential, whose product with a small number may be finite beyond 709."""
    large = (x > 700.0).cast(float64)
    return (x - 16.0 * large).unary("Exp"), 1.0 + large * (exp(16.0) - 1.0)


def exp_of_square(x: Expr, factor: float) -> Expr:
    """Return ``exp(factor * x**2)`` for a factor of 1, -1 or -1/2, and abs(x) below 1e150."""
    square = product_of(x, x)
    return (factor * square.high).unary("Exp") * (1.0 + factor * square.low)


# Multiples of π


def sine_over_pi(x: Expr) -> Expr:
    """Return sin(π*x)/π, with the sign of x where it is 0."""
    count = x.unary("Round")
    rest = x - count
    square = rest * rest
    sine = rest + rest * (square * polynomial(square, c.SINE_OF_TURNS))
    return sine * (1.0 - 4.0 * half_parity(count))


def sine_of_turns(x: Expr) -> Expr:
    """Return sin(π*x), with the sign of x where it is 0."""
    return pi * sine_over_pi(x)


def cosine_of_turns(x: Expr) -> Expr:
    """Return cos(π*x)."""
    count = x.unary("Round")
    return short_sine((0.5 - abs(x - count)) * pi) * (1.0 - 4.0 * half_parity(count))


def cotangent_of_turns(x: Expr) -> Expr:
    """Return cot(π*x)."""
    rest = x - x.unary("Round")
    return short_sine((0.5 - abs(rest)) * pi) / short_sine(rest * pi)
