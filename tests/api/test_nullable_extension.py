"""Nullable arrays of user-defined dtypes: definitions compute what is not null."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import onnxruntime
import pytest

import onnxp as xp
from onnxp.errors import DTypeError, ShapeError, SpecError

EUR = (250, "EUR")
USD = (5, "USD")


class Toll(xp.ExtensionDType):
    """Cents of a currency."""

    planes: ClassVar = {"cents": xp.int64, "currency": xp.category(("EUR", "USD"))}


@Toll.define("add")
def add(a: Any, b: Any) -> Any:
    a, b = Toll.parts(a), Toll.parts(b)
    currency = xp.where(a["currency"] == b["currency"], a["currency"], "")
    return Toll.of(cents=a["cents"] + b["cents"], currency=currency)


@Toll.define("multiply")
def multiply(price: Any, number: Any) -> Any:
    parts = Toll.parts(price)
    return Toll.of(cents=parts["cents"] * number, currency=parts["currency"])


@Toll.define("equal")
def equal(a: Any, b: Any) -> Any:
    a, b = Toll.parts(a), Toll.parts(b)
    return (a["cents"] == b["cents"]) & (a["currency"] == b["currency"])


class Sale(xp.ExtensionDType):
    """Planes of all kinds."""

    planes: ClassVar = {"price": Toll, "at": "datetime64[s]", "note": "string?", "count": "int64?"}


class Ratio(xp.ExtensionDType):
    """Fractions of Python."""

    planes: ClassVar = {"top": xp.int64, "bottom": xp.int64}

    @classmethod
    def split(cls, data: Any) -> Any:
        numbers = np.asarray(data, object)
        return {
            "top": np.array([f.numerator for f in numbers.flat]).reshape(numbers.shape),
            "bottom": np.array([f.denominator for f in numbers.flat]).reshape(numbers.shape),
        }

    @classmethod
    def join(cls, planes: Any) -> Any:
        return np.vectorize(Fraction, otypes=[object])(planes["top"], planes["bottom"])


ORDER = ((3, "USD"), np.datetime64("2024-02-29T12:00:00"), None, 4)
PRICES = xp.asarray([EUR, None, USD], dtype="Toll?")
PLAIN = xp.asarray([(1, "EUR")] * 3, dtype=Toll)


def test_the_dtype() -> None:
    dtype = xp.nullable(Toll)
    assert dtype is xp.nullable("Toll") is xp.nullable(dtype) is xp.spec("Toll?[N]").dtype
    assert (dtype.plain, dtype.is_nullable, dtype.name) == (Toll.dtype, True, "Toll?")
    assert [plane.name for plane in dtype.planes] == ["cents", "currency", "null"]
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert xp.result_type(dtype, Toll) is xp.result_type(Toll, dtype) is dtype


@pytest.mark.parametrize(
    ("dtype", "data"),
    [
        ("Toll?", [EUR, None, USD]),
        ("Toll?", [[None, EUR], [USD, None]]),
        ("Toll?", [None, None]),
        ("Toll?", []),
        ("Toll?", None),
        ("Toll?", EUR),
        ("Ratio?", [Fraction(1, 3), None]),
        ("Ratio?", [None]),
    ],
    ids=str,
)
def test_data_in_and_out(dtype: str, data: Any) -> None:
    x = xp.asarray(data, dtype=dtype)
    assert x.tolist() == data
    assert np.ma.getmaskarray(np.ma.asarray(x)).tolist() == np.asarray(xp.nulls.isnull(x)).tolist()
    for other in (
        pickle.loads(pickle.dumps(x)),
        copy.deepcopy(x),
        xp.asarray(np.ma.asarray(x), dtype=dtype),
    ):
        assert (other.dtype, other.tolist()) == (x.dtype, data)


def test_planes_of_all_kinds() -> None:
    x = xp.asarray([None, ORDER], dtype="Sale?")
    null, order = x.tolist()
    assert null is None
    assert (order[0], order[2], order[3]) == (ORDER[0], None, 4)
    program = xp.trace(lambda x: x[::-1], "Sale?[N]")
    assert program(x).tolist() == [order, None]


FUNCTIONS: dict[str, tuple[Callable[[Any, Any], Any], list[Any]]] = {
    "add": (lambda x, y: x + y, [(251, "EUR"), None, (6, "")]),
    "add reflected": (lambda x, y: y + x, [(251, "EUR"), None, (6, "")]),
    "multiply": (lambda x, y: x * 2, [(500, "EUR"), None, (10, "USD")]),
    "equal": (lambda x, y: x == y, [False, None, False]),
    "where": (lambda x, y: xp.where(xp.nulls.isnull(x), y, x), [EUR, (1, "EUR"), USD]),
    "concat": (lambda x, y: xp.concat([x[:2], y[:1]]), [EUR, None, (1, "EUR")]),
    "flip": (lambda x, y: x[::-1], [USD, None, EUR]),
    "fill_null": (lambda x, y: xp.nulls.fill_null(x, y), [EUR, (1, "EUR"), USD]),
    "coalesce": (lambda x, y: xp.nulls.coalesce(x, y), [EUR, (1, "EUR"), USD]),
    "isnull": (lambda x, y: xp.nulls.isnull(x), [False, True, False]),
    "count": (lambda x, y: xp.nulls.count(x), 2),
    "make_nullable": (lambda x, y: xp.nulls.make_nullable(y), [(1, "EUR")] * 3),
    "cond": (
        lambda x, y: xp.cond(xp.all(y == y), lambda x: x + x, lambda x: x, x),
        [(500, "EUR"), None, (10, "USD")],
    ),
    "loop": (
        lambda x, y: xp.while_loop(
            lambda s: s[0] < 2, lambda s: (s[0] + 1, s[1] + s[1]), (xp.asarray(0), x)
        )[1],
        [(1000, "EUR"), None, (20, "USD")],
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    function, expected = FUNCTIONS[name]
    program = xp.trace(function, "Toll?[N]", "Toll[N]")
    loaded = xp.load(bytes(program))
    static = xp.trace(function, "Toll?[3]", "Toll[3]")
    for call in (function, program, loaded, static, xp.jit(function)):
        assert call(PRICES, PLAIN).tolist() == expected
    if isinstance(expected, list) and len(expected) == 3 and name not in ("concat", "flip"):
        assert program(PRICES[1:2], PLAIN[:1]).tolist() == expected[1:2]


def test_a_bare_session_takes_the_planes() -> None:
    program = xp.trace(lambda price: price * 2, "Toll?[N]")
    session = onnxruntime.InferenceSession(bytes(program))
    assert [value.name for value in session.get_inputs()] == [
        "price_cents",
        "price_currency",
        "price_null",
    ]
    feeds = {
        "price_cents": np.array([3, 99]),
        "price_currency": np.array(["USD", "junk"], object),
        "price_null": np.array([False, True]),
    }
    assert [out.tolist() for out in session.run(None, feeds)] == [
        [6, 0],
        ["USD", "EUR"],
        [False, True],
    ]
    assert program.check(PRICES)


def test_assignment() -> None:
    x = PRICES.copy()
    x[0] = None
    x[1] = PLAIN[0]
    assert x.tolist() == [None, (1, "EUR"), USD]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: xp.sum(PRICES),
            DTypeError,
            r"sum is not defined for Toll\?.*fill_null\(x, Toll.of",
        ),
        (lambda: xp.sort(PRICES), DTypeError, r"sort is not defined for Toll\?"),
        (
            lambda: PRICES - PRICES,
            DTypeError,
            r"subtract is not defined for Toll; .*define\('subtract'\)",
        ),
        (lambda: PRICES & PRICES, DTypeError, r"define\('bitwise_and'\)"),
        (lambda: xp.astype(PRICES, Toll), DTypeError, "which has no nulls; fill the nulls"),
        (lambda: xp.zeros(2, dtype="Toll?"), DTypeError, "Toll has no zero"),
        (lambda: xp.spec("Toll?[N]", null="nan"), SpecError, "has a mask"),
        (
            lambda: xp.asarray([(1, "XXX"), None], dtype="Toll?"),
            DTypeError,
            "'XXX' is not a label",
        ),
        (lambda: xp.asarray([[EUR], [EUR, None]], dtype="Toll?"), ShapeError, "inhomogeneous"),
        (lambda: xp.asarray(["a", None], dtype="Toll?"), DTypeError, "is made of tuples"),
    ],
)
def test_refused(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_plane_of_the_name_null_is_refused() -> None:
    class OwnNull(xp.ExtensionDType):
        planes: ClassVar = {"null": xp.bool, "value": xp.int64}

    with pytest.raises(DTypeError, match="OwnNull has a plane 'null' of its own"):
        xp.nullable(OwnNull)
