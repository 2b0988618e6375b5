"""Canonical form: equal sizes are the same expression, and bounds are those of the numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from onnxp._src.program.spec import parse_size
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim, Size, dim

# name, lower and upper bound
SYMBOLS = {name: dim(name, *bounds) for name, bounds in {
    "N": (0, None), "M": (1, None), "K": (0, 9), "D": (-4, 3),
}.items()}  # fmt: skip
NAMES = {"max": dims.maximum, "min": dims.minimum, "broadcast": dims.broadcast_size}


def size_of(text: str) -> Size:
    return eval(text, NAMES | SYMBOLS)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("N - min(N, 1)", "max(N-1, 0)"),
        ("max(0, N - 1)", "max(N-1, 0)"),
        ("max(max(max(N - 1, 0) - 1, 0) - 1, 0)", "max(N-3, 0)"),
        ("max(max(N - 1, 0) - min(N, 1), 0)", "max(N-2, 0)"),
        ("min(N + min(N, 1), 1)", "min(N, 1)"),
        ("2 * N + min(N, 1) - N + 2 * min(N, 1)", "N+3*min(N, 1)"),
        ("max(2 * N - 4, 0)", "2*max(N-2, 0)"),
        ("min(N, 3) + max(N, 3)", "N+3"),
        ("min(max(N, 2), 5)", "max(N, 2)-max(N-5, 0)"),
        ("max(M - 1, 0)", "M-1"),
        ("max(N * M - 1, 0) + min(N * M, 1)", "M*N"),
        ("max(max(N - M, 0) - 2, 0)", "max(-M+N-2, 0)"),
        ("max(N - M, 0) - max(M - N, 0)", "-M+N"),
        ("N - max(N - M, 0)", "min(M, N)"),
        ("min(min(N, M), M)", "min(M, N)"),
        ("max(min(N, M), N)", "N"),
        ("3 * min(N, M) - 2 * N", "-2*N+3*min(M, N)"),
        ("M * min(N, 4)", "M*min(N, 4)"),
        ("N // 2 + (N + 1) // 2", "N"),
        ("N - N // 2", "(N+1)//2"),
        ("N // 2 // 3", "N//6"),
        ("(N // 2 + 3) // 3", "(N//6)+1"),
        ("(2 * N + 1) // 4", "N//2"),
        ("(max(N - 1, 0) + 1) // 2", "N//2"),
        ("min(N // 2, (N + 1) // 2)", "N//2"),
        ("max(N // 2 - 1, 0)", "max(N-2, 0)//2"),
        ("(max(N - 2, 0) + 1) // 2", "max(N-1, 0)//2"),
        ("N % 2 + 2 * (N // 2)", "N"),
        ("N - 4 * (N // 4) + 1", "(N%4)+1"),
        ("(N + 2) % 4 + N // 4 * 4", None),
        ("(M * N + 3) % 4", "(M*N+3)%4"),
        ("K // 10", "0"),
        ("max(K, 9)", "9"),
        ("min(K + 1, 10)", "K+1"),
        ("broadcast(N, broadcast(M, N))", "broadcast(M, N)"),
        ("broadcast(broadcast(K, M), N)", "broadcast(broadcast(K, M), N)"),
        ("broadcast(K, broadcast(N, M))", "broadcast(broadcast(K, M), N)"),
    ],
)
def test_canonical_form(text: str, canonical: str | None):
    size = size_of(text)
    if canonical is not None:
        assert str(size) == canonical
    again = parse_size(str(size), {k: v for k, v in SYMBOLS.items() if isinstance(v, Dim)})
    assert dims.same(again, size)
    for n in range(12):
        for m in (1, 2, 5):
            values = {"N": n, "M": m, "K": n % 10, "D": -1}
            if "broadcast" not in text:
                number = eval(text, values | {"max": max, "min": min})
                assert dims.evaluate(size, lambda symbol, at=values: at[symbol.name]) == number


# Sizes of one unknown

Case = tuple[Size, Callable[[int], int]]
RANGE = {"N": range(200), "K": range(10), "D": range(-4, 4)}


def combined(function: Callable, reference: Callable[[int, int], int]) -> Callable:
    def combine(pair: tuple[Case, Case]) -> Case:
        (a, p), (b, q) = pair
        return function(a, b), lambda n: reference(p(n), q(n))

    return combine


def constant(number: int) -> Case:
    return number, lambda n: number


def grown(cases: st.SearchStrategy[Case], *, quotients: bool) -> st.SearchStrategy[Case]:
    numbers = st.integers(-5, 5).map(constant)
    positive = st.sampled_from([1, 2, 3, 4]).map(constant)
    operations = [
        st.tuples(cases, cases).map(combined(operator.add, operator.add)),
        st.tuples(cases, cases).map(combined(operator.sub, operator.sub)),
        st.tuples(cases, cases).map(combined(dims.maximum, max)),
        st.tuples(cases, cases).map(combined(dims.minimum, min)),
        st.tuples(cases, numbers).map(combined(operator.mul, operator.mul)),
    ]
    if quotients:
        operations += [
            st.tuples(cases, positive).map(combined(operator.floordiv, operator.floordiv)),
            st.tuples(cases, positive).map(combined(operator.mod, operator.mod)),
        ]
    return st.one_of(operations)


def of_one_symbol(name: str, *, quotients: bool) -> st.SearchStrategy[Case]:
    symbol: Case = (SYMBOLS[name], lambda n: n)
    atoms = st.one_of(st.just(symbol), st.just(symbol), st.integers(-5, 5).map(constant))
    return st.recursive(atoms, lambda cases: grown(cases, quotients=quotients), max_leaves=7)


def numbers_of(name: str, case: Case) -> list[int]:
    size, number = case
    found = [dims.evaluate(size, lambda symbol, n=n: n) for n in RANGE[name]]
    assert found == [number(n) for n in RANGE[name]], size
    return found


@pytest.mark.parametrize("name", sorted(SYMBOLS.keys() - {"M"}))
@settings(deadline=None)
@given(st.data())
def test_bounds_are_exact(name: str, data: st.DataObject):
    case = data.draw(of_one_symbol(name, quotients=True))
    numbers = numbers_of(name, case)
    low, high = dims.bounds(case[0])
    assert low in (None, min(numbers))
    assert high in (None, max(numbers))
    if name != "N":
        assert None not in (low, high)


@settings(deadline=None, max_examples=300)
@given(of_one_symbol("N", quotients=False), of_one_symbol("N", quotients=False))
def test_without_quotients_equal_sizes_are_the_same_terms(one: Case, other: Case):
    a, b = numbers_of("N", one), numbers_of("N", other)
    terms = [size.terms if isinstance(size, Dim) else size for size in (one[0], other[0])]
    assert (terms[0] == terms[1]) == (a == b)
    if a != b and any(p == q for p, q in zip(a, b, strict=True)):
        assert dims.equal(one[0], other[0]) is None
    else:
        assert dims.equal(one[0], other[0]) in ([True] if a == b else [None, False])


@settings(deadline=None, max_examples=200)
@given(of_one_symbol("N", quotients=True), of_one_symbol("N", quotients=True))
def test_equal_sizes_are_found_equal(one: Case, other: Case):
    (a, _), (b, _) = one, other
    for p, q in [(a, b), ((a + b) // 2, (b + a) // 2), (a - a % 3 + b, 3 * (a // 3) + b)]:
        numbers = [
            (dims.evaluate(p, lambda symbol, n=n: n), dims.evaluate(q, lambda symbol, n=n: n))
            for n in RANGE["N"]
        ]
        assert dims.same(p, q) == all(x == y for x, y in numbers), (p, q)


@settings(deadline=None)
@given(of_one_symbol("N", quotients=True))
def test_text_is_read_as_the_same_size(case: Case):
    size = case[0] if isinstance(case[0], Dim) else abs(case[0])
    assert dims.same(parse_size(str(size), {"N": SYMBOLS["N"]}), size)


@settings(deadline=None)
@given(of_one_symbol("N", quotients=True))
def test_adding_the_parts_of_a_size_gives_the_size(case: Case):
    size, _ = case
    for parts in (
        (size // 2, (size + 1) // 2),
        (dims.maximum(size, 3), dims.minimum(size, 3) - 3),
        (size % 3, size // 3 * 3),
    ):
        assert dims.same(parts[0] + parts[1], size)
