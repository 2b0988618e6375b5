"""Branches and loops: evaluated, exported static and exported symbolic."""

from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentError, ArgumentTypeError, DTypeError, ShapeError
from onnxp.testing import run_all_ways

SIZES = (0, 1, 4)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("flag", [True, False])
def test_cond_takes_the_branch(size: int, flag: bool) -> None:
    x = np.arange(float(size))
    result = run_all_ways(
        lambda x, p: xp.cond(p, lambda x: x * 2, lambda x: x - 1, x), x, np.asarray(flag)
    )
    np.testing.assert_array_equal(result, x * 2 if flag else x - 1)


@pytest.mark.parametrize("flag", [True, False])
def test_cond_with_sizes_that_differ_closures_and_structures(flag: bool) -> None:
    x, y = np.arange(4.0), np.full(4, 10.0)

    def function(x, y, p):
        return xp.cond(
            p, lambda t: {"a": t[0][1:], "b": (t[1],)}, lambda t: {"a": t[0] + y, "b": (y,)}, (x, y)
        )

    a, b = run_all_ways(function, x, y, np.asarray(flag))
    np.testing.assert_array_equal(a, x[1:] if flag else x + y)
    np.testing.assert_array_equal(b, y)


def test_only_the_branch_taken_is_run() -> None:
    x, i = np.arange(3.0), np.asarray(7)
    result = run_all_ways(
        lambda x, i: xp.cond(i < 3, lambda x, i: x[i], lambda x, i: x[0] - 1, x, i), x, i
    )
    assert result == -1


@pytest.mark.parametrize("limit", [0, 1, 1000])
def test_while_loop(limit: int) -> None:
    def function(x, limit):
        start = {"value": x, "trips": 0}
        return xp.while_loop(
            lambda s: xp.all(s["value"] < limit) & (s["trips"] < 20),  # it ends without values, too
            lambda s: {"value": s["value"] * 2, "trips": s["trips"] + 1},
            start,
        )

    value, trips = np.asarray([1, 3]), 0
    expected = value
    while (expected < limit).all():
        expected, trips = expected * 2, trips + 1
    results = run_all_ways(function, value, np.asarray(limit))
    np.testing.assert_array_equal(results[0], expected)
    assert results[1] == trips


def test_while_loop_with_a_size_that_shrinks() -> None:
    result = run_all_ways(
        lambda x: xp.while_loop(lambda s: xp.sum(s) > 3.0, lambda s: s[1:], x), np.ones(6)
    )
    np.testing.assert_array_equal(result, np.ones(3))


@pytest.mark.parametrize("size", SIZES)
def test_fori_loop_over_a_symbolic_size(size: int) -> None:
    x = np.arange(float(size)) + 1
    total = run_all_ways(
        lambda x: xp.fori_loop(0, x.shape[0], lambda i, s: s + x[i] * 2, xp.asarray(0.0)), x
    )
    assert total == 2 * x.sum()


class Carry(NamedTuple):
    total: object
    last: object


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("reverse", [False, True])
def test_scan(size: int, reverse: bool) -> None:
    x = np.arange(2.0 * size).reshape(size, 2)

    def function(x):
        start = Carry(xp.asarray(np.zeros(2)), xp.asarray(np.ones(2)))
        return xp.scan(
            lambda c, row: (Carry(c.total + row, row), c.total + row), start, x, reverse=reverse
        )

    total, last, sums = run_all_ways(function, x)
    walked = x[::-1] if reverse else x
    np.testing.assert_array_equal(total, x.sum(axis=0))
    np.testing.assert_array_equal(last, walked[-1] if size else np.ones(2))
    expected = np.cumsum(walked, axis=0)
    np.testing.assert_array_equal(sums, expected[::-1] if reverse else expected)


def test_complex_values_and_nesting() -> None:
    z = np.asarray([1 + 2j, 3 - 1j])

    def function(z):
        def body(i, z):
            return xp.cond(i < 2, lambda z: z + 1, lambda z: z, z)

        return xp.fori_loop(0, 5, body, z)

    np.testing.assert_array_equal(run_all_ways(function, z), z + 2)


class Tagged(xp.ExtensionDType):
    planes: ClassVar = {"size": xp.int64, "tag": xp.string}


class Held(xp.ExtensionDType):
    planes: ClassVar = {"tagged": Tagged, "rank": "int64?"}


@pytest.mark.parametrize(
    "text",
    [
        xp.asarray(["c", "a"]),
        xp.asarray(["c", None]),
        Tagged.of(size=1, tag=xp.asarray(["c", "a"])),
        Held.of(tagged=Tagged.of(size=1, tag=xp.asarray(["c", "a"])), rank=None),
    ],
    ids=lambda x: str(x.dtype),
)
def test_scan_collects_no_text(text: xp.Array) -> None:
    with pytest.raises(DTypeError, match="cannot be strings"):
        xp.scan(lambda c, e: (e, c), text[0], text)
    carry, _ = xp.scan(lambda c, e: (e, None), text[0], text)
    assert repr(carry) == repr(text[1])


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: xp.cond(x, lambda: 1, lambda: 2), ArgumentTypeError),
        (lambda x: xp.cond(True, lambda: x, lambda: (x, x)), ArgumentTypeError),
        (lambda x: xp.cond(True, lambda: x, lambda: xp.asarray(1)), DTypeError),
        (lambda x: xp.cond(True, lambda: x, lambda: x[None, :]), ShapeError),
        (lambda x: xp.while_loop(lambda s: True, lambda s: xp.asarray([1]), x), DTypeError),
        (lambda x: xp.scan(lambda c, r: c, x, x), ArgumentTypeError),
        (lambda x: xp.scan(lambda c, r: (c, r), x, None), ShapeError),
        (lambda x: xp.scan(lambda c, r: (c, r[0]), x, (x, x[:2])), ShapeError),
        (lambda x: xp.fori_loop(0.5, 2, lambda i, s: s, x), ArgumentTypeError),
    ],
)
def test_mistakes(call, error) -> None:
    with pytest.raises(error, match=r"cond|while_loop|scan|fori_loop"):
        call(xp.asarray([1.0, 2.0, 3.0]))


class Money(NamedTuple):
    euros: Any
    cents: Any

    def doubled(self):
        return Money(self.euros * 2, self.cents * 2)


def test_classes_of_the_user_stay_themselves():
    """Functions get what was given to the loop, with its methods, and so does the caller."""

    def function(x):
        start = Money(x, x + 1)
        looped = xp.fori_loop(0, 3, lambda i, m: m.doubled(), start)
        while_ = xp.while_loop(lambda m: xp.all(m.doubled().euros < 20), Money.doubled, looped)
        branch = xp.cond(xp.all(x > 0), Money.doubled, lambda m: m, while_)
        carry, ys = xp.scan(lambda m, _: (m.doubled(), m), branch, None, length=2)
        assert all(type(m) is Money for m in (looped, while_, branch, carry, ys))
        return carry

    result = xp.trace(function, "float64[2]")(np.ones(2))
    assert type(result) is Money
    np.testing.assert_array_equal(result.euros, [128, 128])


def test_structures_of_two_classes_differ():
    class Other(NamedTuple):
        euros: Any
        cents: Any

    with pytest.raises(ArgumentTypeError, match=r"Money\(euros: array, .* and Other\(euros: array"):
        xp.fori_loop(0, 3, lambda i, m: Other(*m), Money(xp.asarray(1.0), xp.asarray(2.0)))


def _written(s):
    s += 1
    s[0, 0] = s[0, 0] * 2
    return s


def _carried(c, r):
    c += r
    r *= 2
    copied = xp.asarray(c, copy=True)
    copied[0] = 7
    return c, r + copied


WRITING = [
    (lambda a: xp.cond(xp.sum(a) > 0, _written, lambda z: z, a) + a, [[5.0, 5], [7, 9]]),
    (lambda a: xp.fori_loop(0, 2, lambda i, s: _written(s), a) + a, [[11.0, 6], [8, 10]]),
    (lambda a: xp.while_loop(lambda s: s[1, 1] < 6, _written, a), [[10.0, 4], [5, 6]]),
    (lambda a: xp.scan(_carried, a[0, :], a)[1], [[9.0, 8], [13, 16]]),
]


@pytest.mark.parametrize(("function", "expected"), WRITING)
def test_functions_write_into_what_they_take(function, expected):
    x = np.asarray([[1.0, 2], [3, 4]])
    given = xp.asarray(x)
    assert np.asarray(function(given)).tolist() == expected
    assert np.asarray(given).tolist() == x.tolist()
    assert run_all_ways(function, x).tolist() == expected


def _branch(a, b):
    b[0] = 1
    return a


@pytest.mark.parametrize(
    ("function", "when"),
    [
        (lambda a, b: xp.cond(a[0] > 9, lambda z: _branch(z, b), lambda z: z, a), "whichever"),
        (lambda a, b: xp.fori_loop(0, 2, lambda i, s: _branch(s, b), a), "once"),
        (lambda a, b: xp.while_loop(lambda s: s[0] < 0, lambda s: b.__iadd__(1), a), "once"),
        (lambda a, b: xp.scan(lambda c, x: (np.add(b, 1, out=b), x), a, a), "once"),
        (
            lambda a, b: xp.fori_loop(
                0, 2, lambda i, s: xp.cond(True, lambda: _branch(s, b), lambda: s), a
            ),
            "whi",
        ),
    ],
)
def test_functions_do_not_write_into_other_arrays(function, when):
    """It would happen in both branches, and once in a loop."""
    with pytest.raises(ArgumentError, match=f"writes into float64.* from outside.* {when}"):
        xp.trace(lambda a: function(a, a * 2), "float64[N]")
    a = xp.asarray([1.0, 2.0])
    with pytest.raises(ArgumentError, match=when):
        function(a, a * 2)


def test_a_condition_that_may_be_null():
    true = xp.asarray([True, None])[0]
    for call in (
        lambda: xp.cond(true, lambda: 1, lambda: 2),
        lambda: xp.while_loop(lambda x: x < 3, lambda x: x + 1, xp.asarray([1, None])[0]),
    ):
        with pytest.raises(ArgumentTypeError, match=r"not bool\? of shape .*; fill the nulls by"):
            call()
