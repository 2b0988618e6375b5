"""Dtypes of users: money with a currency, a decimal of one plane, and a number of two floats."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    ExchangeError,
    IndexingError,
    PromotionError,
    ScalarError,
    ScalarRangeError,
)

CURRENCY = xp.category(("EUR", "USD"))


class Money(xp.ExtensionDType):
    """An amount in a currency; the sum of two currencies has none."""

    planes: ClassVar = {"cents": xp.int64, "currency": CURRENCY}


@Money.define("add")
def _add(a: Any, b: Any) -> Any:
    if not (a.dtype == b.dtype == Money):
        return NotImplemented
    a, b = Money.parts(a), Money.parts(b)
    currency = xp.where(a["currency"] == b["currency"], a["currency"], "")
    return Money.of(cents=a["cents"] + b["cents"], currency=currency)


@Money.define("multiply")
def _multiply(a: Any, b: Any) -> Any:
    price, number = (a, b) if getattr(a, "dtype", None) == Money else (b, a)
    cents, currency = Money.parts(price).values()
    return Money.of(cents=cents * number, currency=currency)


@Money.define("sum")
def _sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return xp.sum(Money.parts(x)["cents"], axis=axis, keepdims=keepdims)


class Cents(xp.ExtensionDType):
    """Fixed-point numbers with two decimals."""

    planes: ClassVar = {"units": xp.int64}

    @classmethod
    def split(cls, data: Any) -> dict[str, Any]:
        values = np.asarray(data, object)
        units = [int(Decimal(str(v)) * 100) for v in values.ravel().tolist()]
        return {"units": np.array(units, np.int64).reshape(values.shape)}

    @classmethod
    def join(cls, planes: Any) -> Any:
        units = planes["units"]
        result = np.empty(units.shape, object)
        result[...] = np.vectorize(lambda u: Decimal(int(u)) / 100, otypes=[object])(units)
        return result

    @classmethod
    def promote(cls, other: Any) -> Any:
        return cls if xp.isdtype(other, "integral") else None


for _name in ("add", "subtract", "equal", "less"):

    def _of_units(a: Any, b: Any, name: str = _name) -> Any:
        a, b = (xp.astype(xp.asarray(x), Cents) for x in (a, b))
        result = getattr(xp, name)(*(Cents.parts(x)["units"] for x in (a, b)))
        return result if result.dtype == xp.bool else Cents.of(units=result)

    Cents.define(_name)(_of_units)


@Cents.define("astype")
def _astype(x: Any, dtype: Any) -> Any:
    if dtype == Cents:
        return Cents.of(units=xp.astype(xp.round(x * 100), xp.int64))
    return xp.astype(Cents.parts(x)["units"] / 100, dtype)


class Twofold(xp.ExtensionDType):
    """Numbers of about 106 bits, as unevaluated sums of two floats."""

    planes: ClassVar = {"high": xp.float64, "low": xp.float64}


@Twofold.define("add")
def _add_twofold(a: Any, b: Any) -> Any:
    a, b = Twofold.parts(a), Twofold.parts(b)
    total = a["high"] + b["high"]
    part = total - a["high"]
    rest = (a["high"] - (total - part)) + (b["high"] - part) + a["low"] + b["low"]
    high = total + rest
    return Twofold.of(high=high, low=rest - (high - total))


PRICES = np.array([(250, "EUR"), (999, "USD"), (1, ""), (-5, "EUR")], Money.dtype.numpy)


def prices() -> Any:
    return xp.asarray(PRICES, dtype=Money)


def rows(x: Any) -> list[Any]:
    return np.asarray(x).tolist()


# The dtype


def test_the_dtype() -> None:
    dtype = Money.dtype
    assert dtype == Money == dtype
    assert xp.full(1, prices()[0]).dtype is dtype
    assert (str(dtype), repr(dtype), dtype.family) == ("Money", "Money", "extension")
    assert dict(dtype.fields) == {"cents": xp.int64, "currency": CURRENCY}
    assert [plane.name for plane in dtype.planes] == ["cents", "currency"]
    assert [plane.name for plane in Cents.dtype.planes] == [""]
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert xp.asarray(PRICES, dtype="Money").dtype is dtype
    assert not xp.isdtype(dtype, ("numeric", "bool"))
    assert dtype != xp.int64
    assert hash(dtype) == hash(Money.dtype)


@pytest.mark.parametrize(
    ("name", "planes", "problem"),
    [
        ("A", None, "declare the planes"),
        ("A", {}, "declare the planes"),
        ("A", {"x": "int65"}, "int65"),
        ("A", {"x y": xp.int64}, "identifier"),
        ("A", {"class": xp.int64}, "identifier"),
        ("A", {1: xp.int64}, "identifier"),
        (
            "float64",
            {"x": xp.int64},
            r"another dtype has the name .* name = '[a-z_]+_(float64|Money)'",
        ),
        (
            "Money",
            {"x": xp.int64},
            r"another dtype has the name .* name = '[a-z_]+_(float64|Money)'",
        ),
        ("a b", {"x": xp.int64}, "not a name"),
    ],
)
def test_bad_declarations(name: str, planes: Any, problem: str) -> None:
    with pytest.raises(DTypeError, match=problem):
        type(
            "Bad",
            (xp.ExtensionDType,),
            {"name": name} | ({"planes": planes} if planes is not None else {}),
        )


def test_a_class_that_is_declared_again_takes_the_name() -> None:
    def declare(dtype: Any) -> Any:
        class Again(xp.ExtensionDType):
            planes: ClassVar = {"x": dtype}

        return Again

    first, second = declare(xp.int64), declare(xp.int32)
    assert xp.asarray([(1,)], dtype="Again").dtype is second.dtype is not first.dtype


def test_subclasses_inherit_definitions() -> None:
    class Fee(Money):
        pass

    assert Fee.dtype is not Money.dtype
    assert set(Fee._operations) == set(Money._operations)
    Fee.define("negative")(lambda x: x)
    assert "negative" not in Money._operations


# Arrays


def test_of_and_parts() -> None:
    x = Money.of(cents=xp.asarray([[1], [2]]), currency=xp.asarray(["EUR", "USD"], dtype=CURRENCY))
    assert x.shape == (2, 2)
    assert rows(Money.parts(x)["cents"]) == [[1, 1], [2, 2]]
    assert rows(x) == [[(1, "EUR"), (1, "USD")], [(2, "EUR"), (2, "USD")]]
    assert rows(pickle.loads(pickle.dumps(x))) == rows(x)
    assert repr(Money.of(cents=7, currency="EUR")) == "Array((7, 'EUR'), dtype=Money)"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: Money(), ArgumentTypeError),
        (lambda: Money.of(cents=1), ArgumentError),
        (lambda: Money.of(cents=1, currency="EUR", more=1), ArgumentError),
        (lambda: Money.of(cents=xp.asarray(1.5), currency="EUR"), DTypeError),
        (lambda: Money.of(cents=1, currency="GBP"), DTypeError),
        (lambda: Money.parts(xp.asarray(1)), DTypeError),
        (lambda: Money.define("flip"), ArgumentError),
        (lambda: Money.define("nonsense"), ArgumentError),
        (lambda: xp.asarray({"cents": 1}, dtype=Money), DTypeError),
        (lambda: xp.zeros(2, dtype=Money), DTypeError),
        (lambda: xp.where(xp.asarray(True), prices(), 0), ScalarError),
        (lambda: xp.concat([prices(), xp.asarray([1])]), PromotionError),
        (lambda: prices().__dlpack__(), ExchangeError),
        (lambda: float(prices()[0]), ArgumentTypeError),
        (lambda: bool(prices()[0]), ArgumentTypeError),
        (lambda: xp.arange(prices()[0]), ArgumentTypeError),
        (lambda: xp.asarray([1, 2])[prices()], IndexingError),
        (lambda: np.cov(prices()), TypeError),
        (lambda: np.fmax(prices(), prices()), DTypeError),
        (lambda: np.median(prices()), DTypeError),
    ],
)
def test_refused(call: Callable, error: type) -> None:
    with pytest.raises(error):
        call()


class Numbers(xp.ExtensionDType):
    """A plane of each kind of numbers."""

    planes: ClassVar = {
        "a": xp.int64,
        "b": "int8?",
        "c": xp.uint64,
        "d": xp.float32,
        "e": xp.bool,
        "f": xp.complex64,
    }


class Nested(xp.ExtensionDType):
    planes: ClassVar = {"numbers": Numbers, "text": xp.string}


ZERO = {"a": 0, "b": 0, "c": 0, "d": 0.0, "e": False, "f": 0j}
FED: dict[str, Callable] = {
    "of": lambda row: Numbers.of(**row),
    "of lists": lambda row: Numbers.of(**{name: [value] for name, value in row.items()}),
    "dict": lambda row: xp.asarray(row, dtype=Numbers),
    "tuples": lambda row: xp.asarray([tuple(row.values())], dtype=Numbers),
    "nested tuples": lambda row: xp.asarray([(tuple(row.values()), "a")], dtype=Nested),
    "structured": lambda row: xp.asarray(
        np.array([tuple(row.values())], [(n, np.asarray(v).dtype) for n, v in row.items()]),
        dtype=Numbers,
    ),
}


@pytest.mark.parametrize("way", FED)
@pytest.mark.parametrize(
    ("plane", "number", "error"),
    [
        ("a", 1.9, ScalarRangeError),
        ("a", 2**70, ScalarRangeError),
        ("a", float(2**63), ScalarRangeError),
        ("a", np.uint64(2**63), ScalarRangeError),
        ("a", np.nan, ScalarRangeError),
        ("a", np.float32(0.5), ScalarRangeError),
        ("a", "1", DTypeError),
        ("a", None, DTypeError),
        ("b", 1.5, ScalarRangeError),
        ("b", 128, ScalarRangeError),
        ("b", "1", DTypeError),
        ("c", -1, ScalarRangeError),
        ("c", 2**64, ScalarRangeError),
        ("d", 1e300, ScalarRangeError),
        ("d", 10**400, ScalarRangeError),
        ("d", "1", DTypeError),
        ("e", 2, ScalarRangeError),
        ("f", 1e300j, ScalarRangeError),
    ],
)
def test_numbers_are_kept_or_refused(way: str, plane: str, number: Any, error: type) -> None:
    with pytest.raises(error, match=rf"{plane} is|None cannot be"):
        FED[way](ZERO | {plane: number})


@pytest.mark.parametrize("way", FED)
def test_numbers_that_a_plane_holds(way: str) -> None:
    values = {"a": 2.0, "b": -128, "c": 2**64 - 1, "d": 0.1, "e": 1, "f": np.inf}
    expected = [(2, -128, 2**64 - 1, float(np.float32(0.1)), True, complex(np.inf))]
    result = FED[way](values)
    if result.dtype == Nested:
        result = Nested.parts(result)["numbers"]
    assert rows(result.reshape(-1)) == expected


def test_planes_of_arrays_in_lists() -> None:
    x = Money.of(cents=[xp.asarray(1), 2], currency="EUR")
    assert rows(x) == [(1, "EUR"), (2, "EUR")]


MOVES: dict[str, Callable] = {
    "flip": xp.flip,
    "mask": lambda x: x[xp.asarray([True, False, True, True])],
    "take": lambda x: xp.take(x, xp.asarray([3, 0])),
    "reshape": lambda x: xp.reshape(x, (2, 2)),
    "repeat": lambda x: xp.repeat(x, 2),
    "stack": lambda x: xp.stack([x, x]),
    "concat": lambda x: xp.concat([x, x[:1]]),
    "where": lambda x: xp.where(xp.asarray([True, False, True, False]), x, xp.flip(x)),
    "roll": lambda x: xp.roll(x, 1),
    "broadcast": lambda x: xp.broadcast_to(x[0], (3,)),
    "numpy's where": lambda x: np.where(xp.asarray([True, False, True, False]), x, x[::-1]),
    "numpy's tile": lambda x: np.tile(x, 2),
}


@pytest.mark.parametrize("move", MOVES)
def test_moves_need_no_definition(move: str) -> None:
    result = MOVES[move](prices())
    assert result.dtype is Money.dtype
    places = MOVES[move](xp.arange(4))
    assert rows(result) == PRICES[np.asarray(places)].tolist()


def test_assignment() -> None:
    x = prices()
    view = x[1:]
    view[0] = Money.of(cents=3, currency="EUR")
    x[2:] = x[:2]
    assert rows(x) == [(250, "EUR"), (3, "EUR"), (250, "EUR"), (3, "EUR")]
    with pytest.raises(ScalarError):
        x[0] = 1
    x[0] = (7, "USD")
    x[1:3] = [(8, "EUR"), (9, "EUR")]
    assert rows(x) == [(7, "USD"), (8, "EUR"), (9, "EUR"), (3, "EUR")]


BESIDE: dict[str, tuple[Callable[[Any], Any], list[Any]]] = {
    "equal": (lambda x: x == Decimal("1.25"), [True, False]),
    "reflected": (lambda x: Decimal("1.25") == x, [True, False]),
    "less": (lambda x: x < Decimal(1), [False, True]),
    "add": (lambda x: Decimal("0.75") + x, [Decimal(2), Decimal("0.25")]),
    "list": (lambda x: x - [Decimal(1), Decimal(2)], [Decimal("0.25"), Decimal("-2.5")]),
    "where": (lambda x: xp.where(x < 1, 0, x), [Decimal("1.25"), Decimal(0)]),
    "where by a decimal": (
        lambda x: xp.where(x < 1, x, Decimal("0.01")),
        [Decimal("0.01"), Decimal("-0.5")],
    ),
    "zeros_like": (lambda x: xp.zeros_like(x), [Decimal(0), Decimal(0)]),
    "zeros": (lambda x: xp.zeros(2, dtype=Cents) + x, [Decimal("1.25"), Decimal("-0.5")]),
    "fill_null": (
        lambda x: xp.nulls.fill_null(xp.nulls.make_nullable(x, x < 1), Decimal(3)),
        [Decimal("1.25"), Decimal(3)],
    ),
    "same": (lambda x: xp.nulls.same(x, Decimal("1.25")), [True, False]),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_the_class_takes_is_an_operand(name: str) -> None:
    """What ``asarray`` makes elements of may stand beside an array."""
    function, expected = BESIDE[name]
    x = xp.asarray([Decimal("1.25"), "-0.5"], dtype=Cents)
    assert rows(function(x)) == expected
    assert rows(xp.trace(function, "Cents[N]")(x)) == expected


def test_tuples_are_operands() -> None:
    x = prices()
    fee = (1, "EUR")
    assert rows(x + fee) == rows(fee + x)
    assert rows(x + fee)[0] == (251, "EUR")
    for other in (5, "EUR", Fraction(1, 2), object()):
        with pytest.raises(TypeError, match="Money"):
            xp.where(xp.asarray(True), x, other)


def test_definitions() -> None:
    x = prices()
    assert rows(x + x[::-1]) == [(245, "EUR"), (1000, ""), (1000, ""), (245, "EUR")]
    assert rows(x * 2) == rows(2 * x) == rows(np.multiply(x, 2)) == rows(x * np.full(4, 2))
    assert int(xp.sum(x)) == int(x.sum()) == 1245
    with pytest.raises(
        DTypeError, match=r"subtract is not defined for Money.*@Money.define\('subtract'\)"
    ):
        _ = x - x
    with pytest.raises(DTypeError, match="add is not defined for Money and int64"):
        _ = x + xp.asarray(1)


@pytest.mark.parametrize("result", [5, None, (), (xp.asarray(1), 2), np.ones(2)], ids=repr)
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("negative", lambda x: -x),
        ("subtract", lambda x: 1 - x),
        ("sum", lambda x: xp.sum(x)),
        ("matmul", lambda x: x @ x),
        ("astype", lambda x: xp.astype(x, xp.int64)),
    ],
)
def test_definitions_return_arrays(name: str, call: Callable, result: Any) -> None:
    class Odd(xp.ExtensionDType):
        planes: ClassVar = {"x": xp.int64}

    Odd.define(name)(lambda *_, **__: result)
    with pytest.raises(ArgumentTypeError, match=f"{name}.*Odd.*returned"):
        call(Odd.of(x=xp.asarray([1, 2])))


def test_definitions_of_astype_return_the_dtype() -> None:
    class Off(xp.ExtensionDType):
        planes: ClassVar = {"x": xp.int64}

    Off.define("astype")(lambda x, dtype: xp.asarray([1.5]))
    with pytest.raises(DTypeError, match="returned float64, but int64 is needed"):
        xp.astype(Off.of(x=xp.asarray([1, 2])), xp.int64)


def test_definitions_return_tuples_of_arrays() -> None:
    class Even(xp.ExtensionDType):
        planes: ClassVar = {"x": xp.int64}

    Even.define("nonzero")(lambda x: xp.nonzero(Even.parts(x)["x"]))
    assert rows(xp.nonzero(Even.of(x=xp.asarray([0, 2])))[0]) == [1]


def test_promotion_and_casts() -> None:
    x = xp.asarray([Decimal("1.25"), "-0.5"], dtype=Cents)
    assert rows(x + 1) == [Decimal("2.25"), Decimal("0.5")]
    assert rows(xp.concat([x, xp.asarray([3])])) == [Decimal("1.25"), Decimal("-0.5"), Decimal(3)]
    assert rows(xp.astype(x, xp.float64)) == [1.25, -0.5]
    assert rows(x < xp.asarray(1)) == [False, True]
    x[0] = xp.asarray(7)
    assert rows(x) == [Decimal(7), Decimal("-0.5")]


finite = st.floats(-1e200, 1e200, allow_subnormal=False)


@settings(max_examples=50, deadline=None)
@given(a=finite, b=finite)
def test_twofold_sums_are_exact(a: float, b: float) -> None:
    x, y = (Twofold.of(high=xp.asarray(v), low=0.0) for v in (a, b))
    high, low = (float(part) for part in Twofold.parts(x + y).values())
    assert Fraction(high) + Fraction(low) == Fraction(a) + Fraction(b)


def test_every_function_moves_or_is_refused() -> None:
    """No function of the namespace is silently wrong for a dtype that defines none."""

    class Bare(xp.ExtensionDType):
        planes: ClassVar = {"a": xp.int64, "b": xp.float64}

    square = Bare.of(a=xp.asarray([[1, 2], [3, 4]]), b=xp.asarray([[0.5, 1.5], [2.5, 3.5]]))
    moved, refused = set(), set()
    for name in xp.__all__:
        function = getattr(xp, name)
        if not inspect.isfunction(function):
            continue
        names = list(inspect.signature(function).parameters)
        if names[:1] not in (["x"], ["x1"]):
            continue
        arguments = [square] * (2 if names[1:2] == ["x2"] else 1)
        try:
            result = function(*arguments)
        except (DTypeError, ScalarError, PromotionError):
            refused.add(name)
        except (ArgumentError, ArgumentTypeError, TypeError, IndexingError):
            continue  # it needs other arguments
        else:
            if isinstance(result, xp.Array):
                assert result.dtype is Bare.dtype, name
                assert sorted(rows(result.reshape(-1))) == sorted(rows(square.reshape(-1))), name
                moved.add(name)
    assert {"flip", "matrix_transpose"} <= moved
    assert {"add", "sum", "sort", "equal", "unique_values", "isin", "tril", "map"} <= refused
    assert not moved & {"add", "equal", "sum"}


def test_nullable_planes():
    class Offer(xp.ExtensionDType):
        planes: ClassVar = {"amount": "int64?"}

    assert Offer.of(amount=xp.asarray([1, None])).shape == (2,)
