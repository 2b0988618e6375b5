"""Functions of elements or rows: ``np.vectorize``, ``np.frompyfunc``, ``np.apply_along_axis``, ``math``."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import EvaluationError, OnnxpError
from tests.helpers import sessions

TABLE = np.array([10.0, 20.0, 30.0])
GRADED = np.frompyfunc(abs, 1, 1)


def grade(v):
    if v < -1:
        return -1.0
    if v > 1 and v < 2:
        v += 10
        return v
    elif not v > 0 or v == 2:
        return v * 2
    return np.sqrt(v)


def first_above(row, limit=0.5):
    for i in range(len(row)):
        if row[i] > limit:
            return float(i)
    return -1.0


def cleaned(row):
    row[row < 0] = 0
    return row / row.sum() if row.sum() > 0 else row


def halved(v):
    while v > 1:
        v = v / 2
    return v


BRANCHES: list[Callable[[Any], Any]] = [
    np.vectorize(grade, otypes=[float]),
    lambda x: np.vectorize(lambda v: v if v > 0 else 0.0)(x + 0.0),
    lambda x: np.vectorize(lambda v, w: max(v, w) + min(v, w, 0.0), otypes=[float])(x, x[0]),
    lambda x: np.vectorize(lambda v: (v, 1.0) if v > 0 else (-v, 2.0), otypes=[float, float])(x)[1],
    lambda x: np.apply_along_axis(first_above, 1, x),
    lambda x: np.apply_along_axis(cleaned, 1, x.copy()),
]


@pytest.mark.parametrize("function", BRANCHES)
@pytest.mark.parametrize("n", [1, 2, 7])
def test_each_element_takes_its_way_through_a_function(
    function: Callable[[Any], Any], n: int
) -> None:
    x = np.random.default_rng(n).normal(size=(n, 3)) * 1.5
    x[0, 0] = 2.0
    expected = function(x)
    for spec in ("float64[N, 3]", f"float64[{n}, 3]"):
        result = xp.trace(function, spec)(x)
        if expected.dtype.kind == "U":
            assert result.tolist() == expected.tolist()
        else:
            np.testing.assert_array_equal(result, expected)


def looked_up(i, scale):
    if i < 0:
        return 0.0
    if i > 2:
        return -1.0
    return TABLE[int(i) if isinstance(i, float) else i] * scale


def named(v):
    if v > 1:
        return "high", 1.0
    return ("middle", 0.5) if v > 0 else ("low", v)


def checked(v):
    assert v < 100, "too large"
    if v < -100:
        raise ValueError(f"{v} is too small")
    return 1.0 if v > 0 else 2.0


def counted(v):
    n = 0
    while n < 3 and v > n:
        n += 1
    return n


def normed(row):
    if row.sum() > 0:
        return row / np.abs(row).max()
    return row * 0


def with_maths(v):
    import math as m

    return (
        sqrt(abs(v)) + m.log(abs(v) + 1, 2) + m.hypot(v, 1) + math.erf(v) + m.pow(abs(v), 1.5)
        if not m.isnan(v)
        else m.floor(v)
    )


of_text = np.vectorize(named, otypes=[object, float])
doubled = np.vectorize(lambda v: v * 2 if v > 0 else -v, otypes=[float])

SQUARES = {i: i * i + 0.5 for i in range(-40, 80)}
PAIRS = {(0, 0): 1, (0, 1): 2, (1, -2): 3, (7, 7): 4}
EVEN = frozenset(range(-300, 300, 2))


def whole(v):
    try:
        return int(v) * 2
    except ValueError:
        return -1


def wholes(x):
    with np.errstate(invalid="ignore"):
        return np.vectorize(whole, [int])(np.where(x > 2, np.nan, x))


WORDS = {f"w{i}": i for i in range(80)}


class Priced:
    table = SQUARES

    def __call__(self, v):
        return self.table[v] if v in self.table else self.other(v)

    def other(self, v):
        return {1000: 1.5}.get(v, -2.5)


def helped(v, scale):
    return rounded(v) * scale


def rounded(v):
    if v < -1000:
        raise ValueError(f"{v} is too small")
    return float(int(v)) if v < 1000 else 0.0


PRICES = {-1: 2.5, 0: 1.0, 1: -3.0, 2.0: 4.0}
NAMES = {"low", "none"}


def priced(v):
    k = np.floor(v)
    return PRICES[k] * 2 if k in PRICES else v


MORE: dict[str, Callable[[Any], Any]] = {
    "looked up in a dict": lambda x: np.vectorize(priced, otypes=[float])(x),
    "get of a dict": lambda x: np.vectorize(PRICES.get, otypes=[float])(
        np.floor(x).astype(int), 0.5
    ),
    "get of a dict in a function": lambda x: np.vectorize(
        lambda v: {1: "one"}.get(v, "other"), otypes=["U5"]
    )(np.floor(x).astype(np.int8)),
    "get of nothing": lambda x: np.vectorize({1: 2.5}.get, otypes=[float])(np.round(x)),
    "get of text, with a default": lambda x: np.vectorize({1: "one", 2: "two"}.get, ["U4"])(
        np.floor(x).astype(int), "text"
    ).astype(str),
    "a large dict": lambda x: np.vectorize(
        lambda k: SQUARES[k] + 1 if k in SQUARES else 0.0, [float]
    )(np.floor(x * 9)),
    "get of a large dict": lambda x: np.vectorize(SQUARES.get, [float])(np.floor(x).astype(int), 0),
    "tuples in a dict": lambda x: np.vectorize(lambda a, b: PAIRS.get((a, b), -1), [int])(
        np.floor(x[:, 0]).astype(int), np.floor(x[:, 1])
    ),
    "a large set": lambda x: np.vectorize(lambda k: k in EVEN, [bool])(np.floor(x).astype(int)),
    "integers": wholes,
    "classes of Python": lambda x: np.vectorize(
        lambda v: isinstance(v, int) + 2 * isinstance(v, float) + 4 * (type(v) is float), [int]
    )(x),
    "classes of integers": lambda x: np.vectorize(
        lambda v: isinstance(v, int) + 2 * (type(v) is int) + 4 * isinstance(v, float), [int]
    )(np.round(x).astype(np.int8)),
    "an object": lambda x: np.vectorize(Priced(), [float])(np.round(x).astype(int)),
    "text in a large dict": lambda x: np.vectorize(lambda t: WORDS.get(t, -1), [int])(
        np.where(x > 0, "w3", "high")
    ),
    "a helper": lambda x: np.vectorize(helped, [float])(x, 2.0),
    "bools in a dict": lambda x: np.vectorize(lambda v: {True: 1.5, False: 2.5}[v], [float])(x > 0),
    "text in a set": lambda x: np.vectorize(lambda t: t in NAMES, [bool])(
        np.where(x > 0, "low", "high")
    ),
    "a way that cannot fail": lambda x: np.vectorize(looked_up, otypes=[float])(
        np.floor(x[:, 0]).astype(int), x[:, 1]
    ),
    "text": lambda x: (of_text(x)[0].astype(str), of_text(x)[1]),
    "text by otypes": lambda x: np.vectorize(lambda v: "a" if v > 0 else "bb", otypes=["U"])(x),
    "raises": lambda x: np.vectorize(checked, otypes=[float])(x),
    "loops": lambda x: np.vectorize(counted, otypes=[int])(x),
    "rows": lambda x: np.apply_along_axis(normed, 1, x),
    "maths": lambda x: np.vectorize(with_maths, otypes=[float])(x),
    "a function of maths": lambda x: (
        np.vectorize(math.exp, otypes=[float])(x) + math.sqrt(x.shape[1])
    ),
    "maths of the whole": lambda x: x * math.sqrt((x**2).sum() + 1),
    "nested": lambda x: np.vectorize(lambda row: doubled(row).sum(), signature="(n)->()")(x + 0.0),
    "nested, elements": lambda x: np.vectorize(
        lambda a, b: doubled(a) + b if b > 0 else 0.0, otypes=[float]
    )(x[:, 0], x[:, 1]),
    "from Python": lambda x: np.frompyfunc(lambda v: v * 2 if v > 0 else 0.0, 1, 1)(x).astype(
        float
    ),
    "two from Python": lambda x: tuple(
        part.astype(float)
        for part in np.frompyfunc(lambda a, b: (max(a, b), a + b), 2, 2)(x[:, 0], x[:, 1])
    ),
}


NEEDS_ROWS = ("nested", "rows")
"""What numpy does not apply to nothing."""


OF_PYTHON: dict[str, Callable[[Any], Any]] = {
    "a difference": lambda x: np.vectorize(lambda v: v - 1, [int])(x),
    "a product": lambda x: np.vectorize(lambda v: v * 2 + v**2, [int])(x),
    "a minus": lambda x: np.vectorize(lambda v: -v, [int])(x),
    "bits": lambda x: np.vectorize(lambda v: v << 3, [int])(x),
    "a float": lambda x: np.vectorize(lambda v: v + 0.1, [float])(x),
    "truth": lambda x: np.vectorize(lambda v: (v > 0) + (v > 1) - (v > 100), [int])(x),
    "truth of the whole": lambda x: np.vectorize(lambda b: -b * 3, [int])(x > 1),
    "from Python": lambda x: np.frompyfunc(lambda v: (v > 0) + (v > 1), 1, 1)(x).astype(int),
    "rounded": lambda x: np.vectorize(lambda v: round(v * 2.675, 2), [float])(x),
    "rounded to an integer": lambda x: np.vectorize(lambda v: round(v / 2), [int])(x),
    "a dtype of numpy's scalars": lambda x: np.vectorize(lambda v: v / 4)(x),
    "a place": lambda x: np.vectorize(lambda v: [1.5, 2.5, 3.5][int(v) % 3], [float])(x),
}


@pytest.mark.parametrize("name", OF_PYTHON)
@pytest.mark.parametrize("dtype", ["int8", "uint8", "float32", "float64"])
def test_elements_are_numbers_of_python(name: str, dtype: str) -> None:
    if dtype.startswith("float") and name == "bits":
        pytest.skip("Python shifts no floating-point numbers")
    function = OF_PYTHON[name]
    x = np.array([0, 1, 127, 3, 2], dtype)
    expected = function(x)
    for spec in (f"{dtype}[N]", f"{dtype}[5]"):
        program = xp.trace(function, spec)
        for result in (program(x), sessions.both(program.model).run(None, {"x": x})[0]):
            assert result.dtype == expected.dtype
            np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    ("name", "n"), [(name, n) for name in MORE for n in (0, 1, 6) if n or name not in NEEDS_ROWS]
)
def test_functions_of_elements(name: str, n: int) -> None:
    function = MORE[name]
    x = np.random.default_rng(n).normal(size=(n, 3)) * 2.5
    program = xp.trace(function, "float64[N, 3]" if name in NEEDS_ROWS else "float64[N>=0, 3]")
    expected = function(x)
    parts = expected if isinstance(expected, tuple) else (expected,)
    results = sessions.both(program.model).run(None, {"x": x})
    for result, right in zip(results, parts, strict=True):
        if right.dtype.kind == "U":
            assert result.tolist() == right.tolist()
        else:
            np.testing.assert_allclose(result, right, rtol=1e-12)
            assert result.dtype == right.dtype


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (lambda x: np.vectorize(checked)(x), 200.0),
        (lambda x: np.vectorize(checked)(x), -200.0),
        (lambda x: np.vectorize(lambda v: {0.5: 2.0}[v])(x), -1.0),
        (lambda x: np.vectorize(math.sqrt)(x), -1.0),
        (lambda x: np.vectorize(math.log)(x), 0.0),
        (lambda x: np.vectorize(math.exp)(x), 1000.0),
        (lambda x: x * math.acos(x[0]), 2.0),
    ],
)
def test_what_raises_in_numpy_fails_in_the_run(
    function: Callable[[Any], Any], value: float
) -> None:
    program = xp.trace(function, "float64[N]")
    usual, wrong = np.array([0.5]), np.array([value])
    np.testing.assert_allclose(program(usual), function(usual))
    with pytest.raises((AssertionError, LookupError, TypeError, ValueError, OverflowError)):
        function(wrong)
    with pytest.raises(EvaluationError):
        program(wrong)


def test_a_function_that_always_raises() -> None:
    def never(v):
        raise KeyError("nothing")

    with pytest.raises(KeyError, match="nothing"):
        xp.trace(lambda x: np.vectorize(never)(x), "float64[N]")


def test_maths_of_numbers_are_pythons() -> None:
    def function(x):
        assert type(math.sqrt(4)) is float
        assert math.pi == np.pi
        assert "sqrt" in dir(math)
        return x + math.floor(2.5) + math.gcd(4, 6)

    np.testing.assert_array_equal(xp.trace(function, "float64[N]")(np.zeros(1)), [4.0])
    assert math.sqrt is sqrt


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda x: {1.0: 2.0}.get(x[0], 0.0), "searchsorted"),
        (lambda x: np.vectorize(halved)(x), "64 ways.*xp.while_loop"),
        (lambda x: np.vectorize(lambda v: sum(v > i for i in range(9) if v > i))(x), "64 ways"),
        (lambda x: np.vectorize(lambda v: v, signature="(n,m,k)->()")(x), "signature"),
        (lambda x: GRADED(x), "np.vectorize"),
        (lambda x: np.apply_along_axis(lambda row: "a" if row[0] > 0 else "bc", 1, x), "signature"),
        (lambda x: np.vectorize(lambda v: math.fsum([v]))(x), "float"),
        (lambda x: np.vectorize(lambda v: f"a{v}")(x), "makes no text of them"),
        (lambda x: np.vectorize(lambda v: "%s" % v)(x), "makes no text of them"),  # noqa: UP031
        (lambda x: np.vectorize(lambda v: "{}".format(v))(x), "makes no text of them"),  # noqa: UP032
        (lambda x: np.vectorize(lambda v: {"1": 2}.get(str(v), 0))(x), "makes no text of them"),
        (lambda x: np.vectorize(str)(x), "makes no text of them"),
        (lambda x: np.vectorize(lambda v: repr(v))(x), "makes no text of them"),
        (
            lambda x: np.vectorize(lambda t: t.lower())(np.where(x > 0, "A", "b")),
            "np.strings.lower",
        ),
        (lambda x: np.vectorize(len, [int])(np.where(x > 0, "A", "b")), "np.strings.str_len"),
        (lambda x: np.vectorize(str.upper)(np.where(x > 0, "A", "b")), "np.strings.lower"),
        (lambda x: math.exp(x), r"math\.exp takes one number.*np\.exp"),
    ],
)
def test_what_needs_elements_says_what_to_write(function: Callable[[Any], Any], match: str) -> None:
    with pytest.raises(OnnxpError, match=match):
        xp.trace(function, "float64[N, 3]")


@pytest.mark.parametrize("source", ['f"a{v}"', "str(v)", '"%s" % v', "repr(v)"])
def test_text_of_elements_is_refused_without_a_source_file_too(source: str) -> None:
    """Only a function with a source file is copied."""
    function = np.vectorize(eval(f"lambda v: {source}"))
    with pytest.raises(OnnxpError, match="makes no text of them"):
        xp.trace(lambda x: function(x), "float64[N]")
