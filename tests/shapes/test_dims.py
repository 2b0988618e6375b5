"""Sizes: exact arithmetic of symbols, checked against numbers put in their place."""

from __future__ import annotations

import copy
import itertools
import math
import operator
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import onnxp as xp
from onnxp._src.array.base import new_array
from onnxp._src.ops.sizes import size_value
from onnxp._src.shapes import dims
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim, dim
from onnxp.errors import ArgumentError, ArgumentTypeError, UnknownSizeError
from tests.helpers import sessions

# name, lower and upper bound; the values that are tried
SYMBOLS = {"A": (0, None), "B": (1, None), "C": (3, 9), "D": (-4, 2)}
VALUES = {"A": (0, 1, 2, 7), "B": (1, 2, 5), "C": (3, 4, 9), "D": (-4, -1, 0, 2)}
ASSIGNMENTS = [dict(zip(VALUES, v, strict=True)) for v in itertools.product(*VALUES.values())]

Number = Callable[[dict[str, int]], int]
Case = tuple[dims.Size, Number]


def evaluate(size: dims.Size, values: dict[str, int]) -> int:
    return dims.evaluate(size, lambda symbol: values[symbol.name])


def symbol(name: str) -> Case:
    return dim(name, *SYMBOLS[name]), lambda values: values[name]


def integer(number: int) -> Case:
    return number, lambda values: number


def combine(function: Callable, reference: Callable[[int, int], int]):
    """Return a function that combines two (size, number) cases."""

    def combined(pair: tuple[Case, Case]) -> Case:
        (a, p), (b, q) = pair
        return function(a, b), lambda values: reference(p(values), q(values))

    return combined


ARITHMETIC = [
    combine(operator.add, operator.add),
    combine(operator.sub, operator.sub),
    combine(operator.mul, operator.mul),
    combine(dims.maximum, max),
    combine(dims.minimum, min),
]
atoms = st.one_of(st.sampled_from(sorted(SYMBOLS)).map(symbol), st.integers(-5, 5).map(integer))


def grow(cases: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    return st.one_of([st.tuples(cases, cases).map(c) for c in ARITHMETIC])


polynomials = st.recursive(atoms, grow, max_leaves=6)
# divisors: any number but 0, and any symbol but those that can be 0
divisors = st.one_of(
    st.integers(-5, 5).filter(bool).map(integer),
    st.sampled_from(["B", "C"]).map(symbol),
    st.tuples(st.sampled_from(["B", "C"]).map(symbol), st.integers(1, 3).map(integer)).map(
        ARITHMETIC[0]
    ),
)
quotients = st.tuples(polynomials, divisors).flatmap(
    lambda pair: st.sampled_from(
        [
            combine(operator.floordiv, operator.floordiv)(pair),
            combine(operator.mod, operator.mod)(pair),
        ]
    )
)
sizes = st.recursive(st.one_of(atoms, quotients), grow, max_leaves=4)


def run_sizes(found: list[dims.Size], assignments: list[dict[str, int]]) -> list[list[int]]:
    """Return what a model computes of sizes; the symbols are the sizes of its inputs."""
    inputs = {}
    for name, (low, high) in SYMBOLS.items():
        if low >= 0:
            size = dim(name, low, high)
            inputs[name] = xp.argument((size,), xp.bool)
    outputs = {f"y{i}": new_array(xp.int64, (size_value(s),)) for i, s in enumerate(found)}
    model = xp.build(inputs, outputs)
    session = sessions.both(model)
    results = []
    for values in assignments:
        feeds = {name: np.zeros(values[name], bool) for name in inputs}
        results.append([int(y[0]) for y in session.run(list(outputs), feeds)])
    return results


def without_negative_symbol(case: Case) -> bool:
    return isinstance(case[0], Dim) and all(s.name != "D" for s in case[0].symbols)


@pytest.mark.parametrize("text", ["(A - 3) // B", "(A - 3) % B", "A * (1 // B)", "(C - 4) // (-B)"])
def test_a_model_divides_as_python_does(text: str):
    found = eval(text, {name: dim(name, *bounds) for name, bounds in SYMBOLS.items()})
    for values, results in zip(ASSIGNMENTS, run_sizes([found], ASSIGNMENTS), strict=True):
        assert results == [eval(text, dict(values))]


def test_a_divisor_that_turns_out_zero_does_not_end_the_process():
    n, m = dim("B"), dim("A", 0)
    quotient, rest = dims.floor_divide(n, m), dims.remainder(n, m)
    values = {"A": 0, "B": 5, "C": 3}
    assert evaluate(quotient, values) == 5
    assert run_sizes([quotient, rest], [values]) == [[5, 0]]


@pytest.mark.parametrize("text", ["n // m", "7 // m", "n % m", "7 % m", "divmod(n, m)"])
def test_a_divisor_that_may_be_zero_is_refused(text: str):
    names = {"n": dim("N"), "m": dim("M", 0)}
    with pytest.raises(UnknownSizeError, match=r"divisor M is 0 is not known .*M >= 0"):
        eval(text, names)


@pytest.mark.parametrize("text", ["8 // zero", "k % zero", "divmod(k, zero)"])
def test_a_divisor_that_is_known_to_be_zero_is_refused(text: str):
    with pytest.raises(ArgumentError, match="which is 0"):
        eval(text, {"k": dim("K", 2, 4), "zero": dim("Z", 0, 0)})


@pytest.mark.parametrize("function", [dims.floor_divide, dims.remainder, operator.floordiv])
def test_division_by_zero_is_refused(function: Callable):
    with pytest.raises(ArgumentError, match="N is divided by zero"):
        function(dim("N"), 0)
    if function is not operator.floordiv:
        with pytest.raises(ArgumentError, match="3 is divided by zero"):
            function(3, 0)


N = dim("N")
M = dim("M")
LOW_ZERO = dim("Z", 0)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (N, "N"),
        (-N, "-N"),
        (2 * N - 3 * M + 1, "-3*M+2*N+1"),
        (N * N * M, "M*N**2"),
        (N // 2 * 3, "3*(N//2)"),
        ((N + 1) % M - 1, "((N+1)%M)-1"),
        (dims.maximum(N, M), "max(M, N)"),
        (dims.minimum(LOW_ZERO, 4), "min(Z, 4)"),
        (N // 2, "N//2"),
        (dims.floor_divide(N // 2, M), "(N//2)//M"),
        (dims.floor_divide(N, dims.floor_divide(N, M - 1)), "N//(N//(M-1))"),
    ],
)
def test_text(size: Dim, text: str):
    assert repr(size) == str(size) == f"{size}" == text
    numbers = {"N": 7, "M": 4, "Z": 9}
    names = {**numbers, "max": max, "min": min}
    assert eval(text, names) == evaluate(size, numbers)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("N >= 1", True),
        ("N > 0", True),
        ("N == 0", False),
        ("N != 0", True),
        ("bool(N)", True),
        ("N == N + 1", False),
        ("N + 1 > N", True),
        ("N * M >= N", True),
        ("2 * N == 2 * N", True),
        ("N < 0.5", False),
        ("N >= 0.5", True),
        ("N > 0.0", True),
        ("N == 1.5", False),
        ("N != 1.5", True),
        ("N == None", False),
        ("N == 'N'", False),
        ("N < inf", True),
        ("N > -inf", True),
        ("N >= inf", False),
        ("N < nan", False),
        ("N > nan", False),
        ("N == nan", False),
        ("F == 3", True),
        ("F < 3", False),
        ("max(N, 1) == N", True),
        ("abs(N) == N", True),
        ("abs(-N) == N", True),
        ("round(N) == N", True),
        ("floor(N) == ceil(N) == trunc(N) == N", True),
        ("int64(0) == N", False),
        ("int64(0) < N", True),
        ("float32(0.5) < N", True),
        ("int64(2) * N == 2 * N", True),
        ("N ** 2 == N * N", True),
        ("(N + 1) * M // (N + 1) == M", True),
        ("(N * M + M) // (N + 1) == M", True),
        ("divmod(2 * N + 1, 2) == (N, 1)", True),
        ("divmod(0, N) == (0, 0)", True),
    ],
)
def test_what_follows_from_the_bounds_is_answered(text: str, answer: bool):
    names = vars(math) | {"int64": np.int64, "float32": np.float32}
    assert eval(text, names | {"N": N, "M": M, "F": dim("F", 3, 3)}) is answer


@pytest.mark.parametrize(
    "text",
    [
        "N == 2",
        "N == 2.0",
        "N != 2",
        "2 == N",
        "int64(2) == N",
        "float32(2) == N",
        "N == M",
        "N < M",
        "N > 1",
        "N >= 1.5",
        "1 < N",
        "bool(Z)",
        "Z == 0",
        "N in (2, 3)",
        "(N, 2) == (2, 2)",
        "abs(N - M)",
        "max(N, M)",
        "bool(N - M)",
    ],
)
def test_what_is_open_is_loud(text: str):
    names = {"N": N, "M": M, "Z": LOW_ZERO, "int64": np.int64, "float32": np.float32}
    with pytest.raises(UnknownSizeError, match=r"not known before the model runs.*>= [01]"):
        eval(text, names)


@pytest.mark.parametrize(
    "text",
    [
        "int(N)",
        "float(N)",
        "range(N)",
        "[0] * N",
        "[1, 2][N]",
        "sqrt(N)",
        "N // 0.5",
        "0.5 % N",
        "round(N, -1)",
    ],
)
def test_a_number_is_refused(text: str):
    with pytest.raises(UnknownSizeError, match="the size N is not known before the model runs"):
        eval(text, vars(math) | {"N": N, "float32": np.float32})


@pytest.mark.parametrize("text", ["2 ** N", "N ** M", "N + 'a'", "N & 1", "N < 'a'", "N / 'a'"])
def test_other_operators_are_not_there(text: str):
    with pytest.raises(TypeError, match=r"unsupported operand|not supported"):
        eval(text, {"N": N, "M": M})


def test_numpy_leaves_sizes_alone():
    shape = (N, 2, np.int64(3))
    assert math.prod(shape) == 6 * N
    assert sum(shape) == N + 5
    assert np.prod(shape) == 6 * N
    assert np.prod(N) is N
    assert np.prod(np.asarray(shape)[np.asarray((0, 1))]) == 2 * N
    assert np.maximum(N, N).dtype == xp.int64


@given(sizes)
def test_arithmetic_is_that_of_numbers(case: Case):
    size, number = case
    for values in ASSIGNMENTS:
        assert evaluate(size, values) == number(values), (size, values)


@given(sizes)
def test_bounds_hold_every_value(case: Case):
    size, number = case
    low, high = dims.bounds(size)
    found = [number(values) for values in ASSIGNMENTS]
    assert low is None or low <= min(found), size
    assert high is None or high >= max(found), size


@given(sizes, sizes)
def test_comparisons_are_conclusive_or_loud(one: Case, other: Case):
    (a, p), (b, q) = one, other
    for compare in (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge):
        expected = {compare(p(values), q(values)) for values in ASSIGNMENTS}
        try:
            answer = compare(a, b)
        except UnknownSizeError:
            assert isinstance(a, Dim) or isinstance(b, Dim)
        else:
            assert type(answer) is bool
            assert expected == {answer}, (a, b, compare)


@given(sizes, sizes)
def test_equal_is_right_where_it_answers(one: Case, other: Case):
    (a, p), (b, q) = one, other
    expected = {p(values) == q(values) for values in ASSIGNMENTS}
    answer = dims.equal(a, b)
    assert answer is None or expected == {answer}
    assert dims.same(a, b) == (answer is True)


@given(st.lists(polynomials, min_size=2, max_size=4), st.randoms())
def test_the_order_of_terms_does_not_matter(cases: list[Case], random):
    shuffled = random.sample(cases, len(cases))
    for combine_all in (sum, math.prod):
        a, b = combine_all(c[0] for c in cases), combine_all(c[0] for c in shuffled)
        assert a - b == 0
        if isinstance(a, Dim):
            assert hash(a) == hash(b)
            assert str(a) == str(b)
            assert a.terms == b.terms


@given(polynomials, polynomials)
def test_a_product_divides_by_its_factors(one: Case, other: Case):
    a, b = one[0], other[0]
    if dims.equal(b, 0) is False:
        assert dims.same(dims.floor_divide(a * b, b), a)
        assert dims.same(dims.remainder(a * b, b), 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(sizes.filter(without_negative_symbol), min_size=1, max_size=6))
def test_a_model_computes_the_same_sizes(cases: list[Case]):
    assignments = [v for v in ASSIGNMENTS if v["D"] == 0][::3]
    for values, results in zip(
        assignments, run_sizes([c[0] for c in cases], assignments), strict=True
    ):
        expected = [number(values) for _, number in cases]
        assert results == expected, ([c[0] for c in cases], values)


NUMBERS = [
    "N",
    "M",
    "Z",
    "N + 1",
    "2.0",
    "0.5",
    "-3",
    "int64(2)",
    "float64(0.25)",
    "N * M",
    "1 / N",
]
REALS = [f"({a}) {o} ({b})" for o in "+-*/" for a in NUMBERS for b in NUMBERS]
REALS += [
    "N ** 0.5",
    "N ** -1",
    "(N + 1) ** 2.0",
    "10 * N ** 0.145",
    "-N / 2",
    "abs(-N / 2)",
    "(1 / N) ** 3",
    "0.9 ** N",
    "1.5 ** (M - Z)",
]
SOME = [dict(zip("NMZ", v, strict=True)) for v in itertools.product((1, 2, 5), (1, 3), (0, 4))]
NUMPY = {"int64": np.int64, "float64": np.float64}


def reals() -> dict[str, Any]:
    found = {}
    for text in REALS:
        try:
            value = eval(text, {"N": N, "M": M, "Z": LOW_ZERO, **NUMPY})
        except UnknownSizeError:
            assert text.endswith("/ (Z)"), text
        else:
            if isinstance(value, DimReal):
                found[text] = value
    assert len(found) > 200
    return found


def test_real_numbers_of_sizes_lie_between_their_bounds(subtests: pytest.Subtests):
    for text, real in reals().items():
        with subtests.test(text):
            for values in SOME:
                number = float(eval(text, {**values, **NUMPY}))
                assert real.low <= number <= real.high, values
                assert eval(str(real), dict(values)) == pytest.approx(number, rel=1e-14), values


def test_a_model_computes_real_numbers_of_sizes():
    found = reals()
    inputs = {s: xp.argument((dim(s, int(s != "Z")),), xp.bool) for s in "NMZ"}
    model = xp.build(inputs, {f"y{i}": xp.asarray(real) for i, real in enumerate(found.values())})
    session = sessions.both(model)
    for values in SOME:
        results = session.run(None, {s: np.zeros(n, bool) for s, n in values.items()})
        expected = [float(eval(text, {**values, **NUMPY})) for text in found]
        np.testing.assert_allclose(results, expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("N / 2 > 0", True),
        ("N / 2 == 0", False),
        ("3 < 10 * N ** 0.145", True),
        ("0.5 * N >= 0.5", True),
        ("N < 0.5 * N", None),
        ("N / 2 == N / 2", True),
        ("N / 2 != N / 2", False),
        ("1 / N <= 1", True),
        ("1 / N < 0.5", None),
        ("N / 2 < inf", True),
        ("N / 2 == nan", False),
        ("bool(N / 2)", True),
        ("bool(Z / 2)", None),
        ("isnan(N)", False),
        ("isfinite(N / 2)", True),
        ("any(isnan(size) for size in (2, N))", False),
        ("float64(2) < N / 9", None),
        ("N / 2 == 'N'", False),
    ],
)
def test_real_numbers_compare_conclusively_or_loudly(text: str, answer: bool | None):
    names = vars(math) | {"N": N, "Z": LOW_ZERO, "float64": np.float64}
    if answer is None:
        with pytest.raises(UnknownSizeError, match="not known before the model runs"):
            eval(text, names)
    else:
        assert eval(text, names) is answer


@pytest.mark.parametrize(
    "text",
    [
        "float(N / 2)",
        "int(N / 2)",
        "round(N / 2)",
        "floor(N / 2)",
        "sqrt(N / 2)",
        "isnan(float(N))",
        "1 / Z",
        "1 / (N - 1)",
        "(N - 3) ** 0.5",
        "N - 1j",
        "N * inf",
    ],
)
def test_what_needs_more_of_a_real_number_is_refused(text: str):
    with pytest.raises(UnknownSizeError, match="not known before the model runs"):
        eval(text, vars(math) | {"N": N, "Z": LOW_ZERO})


def test_a_real_number_acts_beside_an_array_as_a_float_does():
    def function(x):
        n = x.shape[0]
        return [
            x * (1.0 / n),
            x / n**0.5,
            xp.where(x > 0, n / 4, x),
            xp.full((2,), n / 2),
            np.sqrt(n) * x,
        ]

    program = xp.trace(function, "float32[N]")
    for n in (1, 3, 8):
        x = np.arange(n, dtype=np.float32)
        for result, expected in zip(program(x), function_of_numpy(x, n), strict=True):
            np.testing.assert_allclose(result, expected, rtol=1e-6)
            assert result.dtype == expected.dtype
    whole = np.arange(3)
    halved = xp.trace(lambda x: x * (x.shape[0] / 2), "int64[N]")(whole)
    np.testing.assert_array_equal(halved, whole * 1.5)
    assert halved.dtype == np.float64


def function_of_numpy(x: np.ndarray, n: int) -> list[np.ndarray]:
    return [
        x * (1.0 / n),
        x / n**0.5,
        np.where(x > 0, n / 4, x).astype(x.dtype),
        np.full(2, n / 2),
        np.sqrt(n) * x,
    ]


def test_an_example_answers_for_real_numbers_of_sizes():
    def function(x):
        n = x.shape[0]
        return x + 1 if n / 2 < n**0.9 else x

    with pytest.raises(UnknownSizeError, match=r"N / 2.0 < N \*\* 0.9"):
        xp.trace(function, "float64[N]")
    program = xp.trace(function, "float64[N]", example=np.ones(6))
    assert program(np.ones(2)).tolist() == [2, 2]
    assert "N / 2.0 < N ** 0.9 is True" in repr(program.assumptions)


def test_numpy_arrays_beside_sizes_are_traced():
    def function(x):
        return [np.arange(3) * x.shape[0], np.log(x.shape[0]), x.shape[0] - np.ones(2, np.float32)]

    a, b, c = xp.trace(function, "float32[N]")(np.ones(5, np.float32))
    np.testing.assert_array_equal(a, [0, 5, 10])
    assert b == pytest.approx(np.log(5))
    assert c.tolist() == [4, 4]
    assert c.dtype == np.float32


def test_symbols_of_computed_sizes_are_different():
    a, b = dim("nonzero", 0, origin="here"), dim("nonzero", 0, origin="there")
    assert dims.equal(a, b) is None
    assert a == a
    assert str(a + b) == "nonzero+nonzero"
    assert dims.text(a + b, {a.symbol: "x", b.symbol: "y"}.__getitem__) == "x+y"


def test_a_large_rank_is_no_trouble():
    sizes = [dim(f"n{i}", i % 2) for i in range(40)]
    product = math.prod(sizes)
    assert product >= 0
    assert (product + 1) > 0
    with pytest.raises(UnknownSizeError):
        bool(product - sizes[0] == 5)


def test_copies_and_pickles():
    size = 2 * N + M // 2
    assert copy.deepcopy(size) is size
    assert copy.copy(size) is size
    assert pickle.loads(pickle.dumps(size)) == size


def test_messages_with_sizes_in_them():
    assert f"{N:>4}|{N:d}|{N / 2:.2f}|{2 * N:,}" == "   N|N|N / 2.0|2*N"
    assert (N.real, N.imag, N.numerator, N.denominator, N.conjugate()) == (N, 0, N, 1, N)


def test_hashes_survive_another_process(subtests: pytest.Subtests):
    size = 2 * N + 1
    hash(size)  # cached, with this process's hash of strings
    script = (
        "import pickle, sys; from onnxp._src.shapes.dims import dim; size = pickle.load(sys.stdin.buffer);"
        "print({size: 'found'}[2 * dim('N') + 1])"
    )
    for seed in ("1", "2"):
        with subtests.test(seed=seed):
            env = {**os.environ, "PYTHONHASHSEED": seed}
            done = subprocess.run(
                [sys.executable, "-c", script],
                input=pickle.dumps(size),
                env=env,
                capture_output=True,
            )
            assert done.stdout == b"found\n", done.stderr


def test_bounds_that_contradict_each_other():
    with pytest.raises(ArgumentError, match="'N': the upper bound 1 is below the lower bound 2"):
        dim("N", 2, 1)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "size", [N, 2 * N + 1, dims.maximum(LOW_ZERO - 1, 0), N // M, dims.broadcast_size(N, M)]
)
def test_pickles_name_public_classes_only(size: Dim, protocol: int):
    data = pickle.dumps(size, protocol)
    again = pickle.loads(data)
    assert b"_src" not in data
    assert type(again) is type(size) is xp.Dim
    assert dims.same(again, size)
    assert again.terms == size.terms
    assert [s.bounds for s in again.symbols] == [s.bounds for s in size.symbols]


@pytest.mark.parametrize("arguments", [(), ("N",), (((),),)])
def test_a_call_makes_no_size(arguments: tuple):
    with pytest.raises(ArgumentTypeError, match=r"xp\.argument\(\('N', 4\), dtype\)"):
        xp.Dim(*arguments)
