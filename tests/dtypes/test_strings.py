"""Strings: what moves them, compares them and orders them; what refuses them; how they go in and out."""

from __future__ import annotations

import copy
import inspect
import operator
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.dtypes import StringDType  # type: ignore[attr-defined]  # numpy's stubs lack it

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    ExchangeError,
    IndexingError,
    PromotionError,
    ScalarError,
    ShapeError,
)
from onnxp.testing import run_all_ways
from tests.helpers.strings import LABELS, same, text

SHAPES = [(0,), (1,), (5,), (2, 3), (3, 1), (0, 3), (3, 0), (2, 1, 3), (2, 2, 2)]
NUMBERS = np.array([3, -1, 0])


# Creation


@pytest.mark.parametrize(
    "obj",
    [
        ["cat", "dog"],
        ("cat", "dog"),
        [["a", "b"], ["", "😀"]],
        "cat",
        "",
        np.str_("cat"),
        LABELS,
        LABELS.astype(object),
        LABELS.astype(StringDType()),
        LABELS.astype(">U5"),
        LABELS.reshape(2, 4).T,
        LABELS[::-2],
        np.array([], "U3"),
        np.array([], object),
        [np.str_("a"), "b"],
    ],
    ids=lambda x: re.sub(r"\W+", " ", f"{type(x).__name__} {x!r}")[:40],
)
def test_asarray(obj: Any):
    x = xp.asarray(obj)
    assert x.dtype is xp.string
    same(x, np.asarray(np.asarray(obj, object), str))
    same(xp.asarray(x, dtype=xp.string), x)
    assert xp.asarray(obj, dtype="str").dtype is xp.string


@pytest.mark.parametrize("name", ["a\0", "\0", "a\0b", "\0\0"])
def test_null_characters(name: str):
    """``<U`` cannot have them at the end; then objects come back."""
    x = xp.asarray([name, "a"])
    assert np.asarray(x).dtype.kind == ("O" if name.endswith("\0") else "U")
    assert x.tolist() == [name, "a"]
    assert xp.asarray(np.array([name, "a"], StringDType())).tolist() == [name, "a"]
    assert np.asarray(x == name).tolist() == [True, False]
    assert np.asarray(xp.full(2, name) == x).tolist() == [True, False]
    assert int(xp.unique_values(x).shape[0]) == 2
    assert pickle.loads(pickle.dumps(x)).tolist() == x.tolist()
    program = xp.trace(lambda x: (xp.concat([x, xp.asarray([name])]), x == name), "string[N]")
    joined, equal = program(np.array([name, "a"], object))
    assert joined.tolist() == [name, "a", name]
    assert equal.tolist() == [True, False]


@pytest.mark.parametrize(
    ("obj", "error", "message"),
    [
        (
            np.array(["a", 1], object),
            DTypeError,
            "element 1 of the array is 1 of type int, which is not text",
        ),
        (np.array([1, 2], object), DTypeError, "an array of objects must be of str"),
        (
            np.array(["a", np.nan], object),
            DTypeError,
            "is nan of type float, .* fill missing values",
        ),
        (np.array([["a", b"b"]], object), DTypeError, "element 1 of the array is b'b'"),
        (np.array([[1], "a"], object), DTypeError, r"element 0 of the array is \[1\]"),
        (np.array([b"a"]), DTypeError, r"\|S1 has no counterpart.*decode them to text"),
        (np.bytes_(b"a"), DTypeError, "decode them to text"),
        (["a", 1], DTypeError, "neither numbers nor text, but of int and str"),
        ([b"a"], DTypeError, "but of bytes"),
        (
            [xp.asarray("a"), 1],
            ScalarError,
            "asarray: the Python scalar 1 cannot be combined with string",
        ),
        (
            [xp.asarray(1), "a"],
            ScalarError,
            "asarray: the Python scalar 'a' cannot be combined with int64",
        ),
        ([["a"], ["b", "c"]], ShapeError, "inhomogeneous"),
        (
            "\ud800",
            ArgumentError,
            r"element 0 of the array is '\\ud800', which UTF-8 cannot encode",
        ),
        (["a", "\ud83d", "\ude00"], ArgumentError, "element 1"),
        (np.array(["\ud800"]), ArgumentError, "surrogates"),
    ],
    ids=lambda x: re.sub(r"\W+", " ", repr(x))[:40],
)
def test_asarray_refuses(obj: Any, error: type, message: str):
    with pytest.raises(error, match=message):
        xp.asarray(obj)


class NAType:
    """Stands for pandas.NA, which refuses to be compared."""

    def __ne__(self, other: object) -> Any:
        raise TypeError("boolean value of NA is ambiguous")


def test_missing_values_of_pandas():
    array = xp.asarray(np.array(["a", NAType()], object))
    assert array.dtype == "string?"
    assert np.ma.asarray(array).tolist() == ["a", None]


def test_memory_is_shared_where_it_can_be(subtests: pytest.Subtests):
    objects = LABELS.astype(object)
    same(xp.asarray(objects, copy=False), LABELS)
    for needs_copy in (LABELS, LABELS.astype(StringDType()), objects[::2]):
        with (
            subtests.test(dtype=needs_copy.dtype),
            pytest.raises(ArgumentError, match="needs a copy"),
        ):
            xp.asarray(needs_copy, copy=False)
    x = xp.asarray(objects)
    objects[0] = "changed"
    same(x, LABELS)


def test_filled(subtests: pytest.Subtests):
    same(xp.full(3, "ab"), np.full(3, "ab"))
    same(xp.full((2, 100), "ab"), np.full((2, 100), "ab"))
    same(xp.full((2, 0), "ab"), np.full((2, 0), "ab"))
    same(xp.full((), "ab"), np.array("ab"))
    same(xp.full_like(xp.asarray([1, 2]), "ab", dtype=xp.string), np.full(2, "ab"))
    for make in (xp.zeros, xp.empty):
        with subtests.test(make=make.__name__):
            same(make((2, 2), dtype=xp.string), np.zeros((2, 2), str))
    for make in (xp.zeros_like, xp.empty_like):
        with subtests.test(make=make.__name__):
            same(make(xp.asarray(LABELS)), np.zeros(len(LABELS), str))
            same(make(xp.asarray(NUMBERS), dtype=str), np.zeros(3, str))
            assert make(xp.asarray(LABELS), dtype=xp.int8).dtype is xp.int8
    same(xp.ones(2, dtype=xp.string), np.ones(2, str))
    for n in (0, 1, 100):
        with subtests.test(n=n):
            same(
                xp.trace(lambda x: xp.full(x.shape, "ab"), "int8[N>=0]")(np.zeros(n, np.int8)),
                np.full(n, "ab"),
            )


# What an array is to Python and numpy


def test_an_array_is_looked_at():
    x = xp.asarray(["b", "a"])
    assert repr(x) == "Array(['b', 'a'], dtype=string)"
    assert repr(xp.asarray("a")) == "Array('a', dtype=string)"
    assert [part.item() for part in x] == ["b", "a"]
    assert type(x[0].item()) is str
    assert f"{x[0]:>3}" == "  b"
    assert x.tolist() == ["b", "a"]
    assert np.asarray(x).dtype == "<U1"
    assert np.asarray(x, dtype=object).tolist() == ["b", "a"]
    assert np.asarray(x, dtype=StringDType()).tolist() == ["b", "a"]
    assert np.array(x, str).tolist() == ["b", "a"]
    assert (x.size, x.shape, x.ndim) == (2, (2,), 1)
    for other in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        same(other, x)
        other[0] = "c"
        assert x.tolist() == ["b", "a"]


@pytest.mark.parametrize("convert", [bool, int, float, complex])
def test_text_is_no_number(convert: Callable, subtests: pytest.Subtests):
    for x in (xp.asarray("1"), xp.argument((), xp.string)):
        with (
            subtests.test(x=str(x)),
            pytest.raises(ArgumentTypeError, match=r"cannot convert a string; compare it"),
        ):
            convert(x)


def test_no_index(subtests: pytest.Subtests):
    x = xp.asarray(LABELS)
    with pytest.raises(ArgumentTypeError, match="integer array of rank 0, not string"):
        [1, 2][xp.asarray("1")]
    for key in (x, "a", LABELS, slice(xp.asarray("a"), None)):
        with subtests.test(key=key), pytest.raises(IndexingError):
            x[key]


def test_no_dlpack():
    with pytest.raises(ExchangeError, match="no dtype for string"):
        np.from_dlpack(xp.asarray(LABELS))
    with pytest.raises(BufferError):
        xp.from_dlpack(LABELS)


# Everything that moves elements

MOVES: dict[str, Callable[[Any, Any], Any]] = {
    "all": lambda x, np: x[...],
    "reverse": lambda x, np: x[::-1],
    "step": lambda x, np: x[..., ::2],
    "new axis": lambda x, np: x[None, ..., None],
    "tail": lambda x, np: x[1:],
    "reshape": lambda x, np: np.reshape(x, (1, -1)),
    "transpose": lambda x, np: np.permute_dims(x, tuple(range(x.ndim))[::-1]),
    "move": lambda x, np: np.moveaxis(x, 0, -1),
    "expand": lambda x, np: np.expand_dims(x, axis=0),
    "broadcast": lambda x, np: np.broadcast_to(x, (2, *x.shape)),
    "flip": lambda x, np: np.flip(x),
    "roll": lambda x, np: np.roll(x, 1, axis=-1),
    "roll all": lambda x, np: np.roll(x, 2),
    "repeat": lambda x, np: np.repeat(x, 2, axis=0),
    "tile": lambda x, np: np.tile(x, (2,) * x.ndim),
    "concat": lambda x, np: np.concat((x, x[:1], x), axis=0),
    "concat last": lambda x, np: np.concat((x, x), axis=-1),
    "stack": lambda x, np: np.stack((x, x), axis=1),
    "mask": lambda x, np: x[x != "a"],
    "mask of rows": lambda x, np: x[np.isin(x, LABELS)],
    "equal": lambda x, np: x == x[:1],
    "not equal": lambda x, np: x[:1] != x,
    "equal text": lambda x, np: x == "a",
    "text equal": lambda x, np: "a" == x,  # noqa: SIM300
    "text differs": lambda x, np: "é" != x,  # noqa: SIM300
    "where": lambda x, np: np.where(x == "a", x[:1], x),
    "where text": lambda x, np: np.where(x == "a", x, np.asarray("other")),
    "sort": lambda x, np: np.sort(x, axis=0),
    "sort last": lambda x, np: np.sort(x),
    "argsort": lambda x, np: np.argsort(x, axis=0, stable=True),
    "unique": lambda x, np: np.sort(np.unique_values(x)),  # numpy 2.3 does not sort text
    "counts": lambda x, np: np.unique_counts(x),
    "inverse": lambda x, np: np.unique_inverse(x),
    "facts": lambda x, np: np.unique_all(x),
}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", MOVES)
def test_moves(name: str, shape: tuple[int, ...]):
    x = text(shape)
    move = MOVES[name]
    expected = move(x, np)
    if not isinstance(expected, tuple):
        expected = (expected,)
    found = run_all_ways(lambda x: move(x, xp), x)
    for a, b in zip(found if isinstance(found, list) else [found], expected, strict=True):
        same(a, b)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_picks(data: st.DataObject):
    """Taking, along every axis; one kernel takes of each row only the first string."""
    shape = tuple(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)))
    axis = data.draw(st.integers(0, len(shape) - 1))
    x = text(shape, data.draw(st.integers(0, 99)))
    index = st.integers(-shape[axis], shape[axis] - 1)
    indices = np.array(data.draw(st.lists(index, min_size=0, max_size=4)), np.int64)
    number = data.draw(index)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=shape[0], max_size=shape[0])))
    along = np.array(data.draw(st.lists(index, min_size=2, max_size=2))).reshape(
        *(2 if i == axis else 1 for i in range(len(shape)))
    )
    along = np.broadcast_to(along, tuple(2 if i == axis else n for i, n in enumerate(shape)))
    key = (*(slice(None),) * axis, number)

    def picks(x: Any, indices: Any, mask: Any, along: Any, np: Any) -> Any:
        return (
            np.take(x, indices, axis=axis),
            np.take_along_axis(x, along, axis=axis),
            x[key],
            x[(*(slice(None),) * axis, indices)],
            x[(*(slice(None),) * axis, indices[:, None])],
            x[mask],
            x[mask, ..., None],
            x[(0,) * len(shape)],
            x[(-1,) * (len(shape) - 1)],
        )

    expected = picks(x, indices, mask, along, np)
    found = run_all_ways(lambda *a: picks(*a, xp), x, indices, mask, along)
    for a, b in zip(found, expected, strict=True):
        same(a, b)


def assigned(x: Any, key: Any, value: Any) -> Any:
    x[key] = value
    return x


@pytest.mark.parametrize("shape", [(3,), (3, 2), (3, 1, 2)], ids=str)
@pytest.mark.parametrize(
    "key",
    [
        0,
        -1,
        slice(None),
        slice(1, None),
        slice(None, None, -2),
        ...,
        np.array([2, 0]),
        np.array([True, False, True]),
    ],
    ids=str,
)
def test_assignment(key: Any, shape: tuple[int, ...], subtests: pytest.Subtests):
    x = text(shape)
    selected = x[key].shape
    wide = x.astype("U60")
    for value in ("other", "", text(selected, 1), np.array("é")):
        with subtests.test(value=str(value)):
            expected = assigned(wide.copy(), key, value)
            array = isinstance(value, np.ndarray)
            found = run_all_ways(
                lambda x, v, value=value, array=array: assigned(x, key, v if array else value),
                x,
                value if array else np.array("unused"),
            )
            same(found, expected)


def test_assignment_by_a_mask_of_text():
    def function(x: Any) -> Any:
        x[x == "cat"] = "lion"
        x[x != "lion"] = x[::-1][x != "lion"]
        return x

    x = LABELS.astype("U5")
    same(run_all_ways(function, x), function(x.copy()))


def test_two_strings_in_where():
    same(
        run_all_ways(lambda x: xp.where(x == "cat", "yes", "no"), LABELS),
        np.where(LABELS == "cat", "yes", "no"),
    )


@pytest.mark.parametrize("side", ["left", "right"])
def test_search(side: str):
    table = np.sort(LABELS)
    found = run_all_ways(
        lambda t, x: (xp.searchsorted(t, x, side=side), xp.searchsorted(t, "d", side=side)),
        table,
        text((4, 3)),
    )
    same(found[0], np.searchsorted(table, text((4, 3)), side))
    same(found[1], np.searchsorted(table, "d", side))
    empty = run_all_ways(lambda t, x: xp.searchsorted(t, x, side=side), table[:0], LABELS)
    same(empty, np.zeros(len(LABELS), np.int64))
    order = np.argsort(LABELS)
    same(
        xp.searchsorted(
            xp.asarray(LABELS), xp.asarray(LABELS), side=side, sorter=xp.asarray(order)
        ),
        np.searchsorted(LABELS, LABELS, side, order),
    )


@pytest.mark.parametrize(
    "candidates", [LABELS[:0], LABELS[:1], LABELS[1:4], np.array([["a"], ["b"]])], ids=str
)
@pytest.mark.parametrize("invert", [False, True])
def test_membership(candidates: np.ndarray, invert: bool, subtests: pytest.Subtests):
    for x in (LABELS, text((3, 4)), LABELS[:0]):
        with subtests.test(shape=x.shape):
            found = run_all_ways(lambda x, y: xp.isin(x, y, invert=invert), x, candidates)
            same(found, np.isin(x, candidates, invert=invert))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")), max_size=8
    )
)
def test_order_is_that_of_code_points(strings: list[str]):
    x = xp.asarray(np.array(strings, str))
    assert xp.sort(x).tolist() == sorted(strings)
    assert xp.sort(x, descending=True).tolist() == sorted(strings, reverse=True)
    assert xp.unique_values(x).tolist() == sorted(set(strings))
    assert [strings[i] for i in xp.argsort(x).tolist()] == sorted(strings)


@pytest.mark.parametrize("descending", [False, True])
def test_equal_strings_keep_their_order(descending: bool):
    x = np.array(["b", "a", "b", "a", "b"])
    found = run_all_ways(lambda x: xp.argsort(x, descending=descending), x)
    assert found.tolist() == ([0, 2, 4, 1, 3] if descending else [1, 3, 0, 2, 4])


def test_control_flow():
    def branches(x: Any, n: Any) -> Any:
        return xp.cond(n > 1, lambda x: x[::-1], lambda x: xp.full_like(x, "none"), x)

    def loops(x: Any, n: Any) -> Any:
        grown = xp.fori_loop(0, n, lambda i, y: xp.concat([y, x[:1]]), x)
        return grown, xp.while_loop(
            lambda y: y != "cat", lambda y: xp.where(y == "", "cat", ""), xp.asarray("x")
        )

    for n in (0, 1, 3):
        given = np.asarray(n)
        same(
            run_all_ways(branches, LABELS, given),
            LABELS[::-1] if n > 1 else np.full(len(LABELS), "none"),
        )
        grown, last = run_all_ways(loops, LABELS, given)
        same(grown, np.concatenate([LABELS, *[LABELS[:1]] * n]))
        same(last, np.array("cat"))
    carried, ranks = xp.scan(
        lambda s, x: (xp.where(x == "cat", x, s), x == "cat"), "", xp.asarray(LABELS)
    )
    assert (carried.item(), ranks.tolist()) == ("cat", (LABELS == "cat").tolist())
    with pytest.raises(DTypeError, match="scan: outputs cannot be strings"):
        xp.scan(lambda s, x: (s, x), xp.asarray(0), xp.asarray(LABELS))


# The dtype


def test_the_dtype(subtests: pytest.Subtests):
    for name in (
        "string",
        "str",
        str,
        np.str_,
        "U",
        "<U7",
        np.dtype(">U3"),
        StringDType(),
        xp.string,
    ):
        with subtests.test(name=name):
            assert xp.zeros(1, dtype=name).dtype is xp.string
    for other in (
        object,
        "object",
        "O",
        bytes,
        "S3",
        dict,
        "text",
        "datetime64",
        xp.asarray("a"),
    ):
        with subtests.test(other=other), pytest.raises(DTypeError):
            xp.zeros(1, dtype=other)
    assert (repr(xp.string), str(xp.string), xp.string.kind) == ("onnxp.string", "string", "U")
    assert xp.string.itemsize == 0
    assert pickle.loads(pickle.dumps(xp.string)) is xp.string
    assert xp.isdtype(xp.string, "string")
    assert xp.isdtype(xp.string, (xp.int8, str))
    for kind in (
        "bool",
        "integral",
        "signed integer",
        "unsigned integer",
        "real floating",
        "complex floating",
        "numeric",
    ):
        with subtests.test(kind=kind):
            assert not xp.isdtype(xp.string, kind)
    assert xp.can_cast(xp.string, xp.string)
    assert not xp.can_cast(xp.int8, xp.string)
    assert not xp.can_cast(xp.string, xp.float64)
    assert xp.result_type(xp.asarray("a"), xp.string) is xp.string
    with pytest.raises(PromotionError, match="string and int8"):
        xp.result_type(xp.string, xp.int8)
    assert "string" not in xp.__array_namespace_info__().dtypes()
    for limits in (xp.finfo, xp.iinfo):
        with (
            subtests.test(limits=limits.__name__),
            pytest.raises(DTypeError, match="string is not"),
        ):
            limits(xp.string)


# What strings are not operands of

TAKES_TEXT = frozenset(
    "equal not_equal where isin searchsorted sort argsort unique_all unique_counts unique_inverse "
    "unique_values take take_along_axis broadcast_arrays broadcast_to concat expand_dims flip moveaxis "
    "permute_dims matrix_transpose repeat reshape roll squeeze stack tile unstack meshgrid asarray astype "
    "empty_like zeros_like ones_like full_like from_dlpack result_type can_cast add map recode all any nonzero "
    "count_nonzero".split()
)


@pytest.mark.parametrize("kind", ["concrete", "traced"])
def test_everything_else_refuses_strings(kind: str, subtests: pytest.Subtests):
    """By an error that names the function and the dtype, when it is called."""
    square = xp.asarray(text((2, 2))) if kind == "concrete" else xp.argument((2, 2), xp.string)
    tried = 0
    for name in xp.__all__:
        function = getattr(xp, name)
        if not inspect.isfunction(function) or name in TAKES_TEXT:
            continue
        names = list(inspect.signature(function).parameters)
        if names[:1] not in (["x"], ["x1"]):
            continue
        arguments = [square] * (2 if names[1:2] == ["x2"] else 1)
        with subtests.test(name), pytest.raises(DTypeError, match=rf"{name}.*string"):
            function(*arguments)
        tried += 1
    assert tried > 80


@pytest.mark.parametrize("name", ["arange", "linspace", "eye"])
def test_makers_of_numbers(name: str):
    with pytest.raises(DTypeError, match=f"{name}: string is not"):
        getattr(xp, name)(
            *{"arange": (3,), "linspace": (0, 1, 3), "eye": (2,)}[name], dtype=xp.string
        )


def test_operators(subtests: pytest.Subtests):
    x = xp.asarray(LABELS)
    for expression in ("x < x", "-x", "x @ x", "~x", "abs(x)"):
        with subtests.test(expression), pytest.raises(DTypeError, match="string is not"):
            eval(expression, {"x": x})
    for expression in ("x < 'a'", "x * 'a'"):
        with (
            subtests.test(expression),
            pytest.raises(
                TypeError, match=r"unsupported operand|not supported|concatenate|string is not"
            ),
        ):
            eval(expression, {"x": x})
    for other in (1, 1.5, True, 1j, b"cat"):
        with subtests.test(other=other):
            for call in (lambda o=other: x == o, lambda o=other: o != x):
                with pytest.raises(ScalarError, match="cannot be combined with string"):
                    call()
    for number in (xp.asarray(1), xp.asarray([1.5])):
        with pytest.raises(ScalarError, match="'cat' cannot be combined with"):
            number == "cat"  # noqa: B015
        with pytest.raises(PromotionError):
            number == x  # noqa: B015
    with pytest.raises(ArgumentError, match=r"equal: the Python scalar is '\\ud800'"):
        x == "\ud800"  # noqa: B015
    with pytest.raises(ScalarError):
        x[0] = 1
    with pytest.raises(PromotionError):
        x[:1] = NUMBERS[:1]
    with pytest.raises(PromotionError):
        xp.concat([x, xp.asarray(NUMBERS)])
    assert not np.asarray(x == None).any()  # noqa: E711


NUMPY_CODE = """
np.equal(x, "cat")
x == labels
x != labels[::-1]
np.where(x == "cat", "yes", "no")
np.isin(x, ["cat"])
np.concatenate([x, x])
np.take(x, [1, 0])
np.sort(x)
x.reshape(2, 4)
x.take([1])
""".strip().splitlines()


@pytest.mark.parametrize("code", NUMPY_CODE)
def test_numpy_code(code: str):
    result = eval(code, {"np": np, "x": xp.asarray(LABELS), "labels": LABELS})
    assert isinstance(result, xp.Array | np.ndarray)
    same(result, eval(code, {"np": np, "x": LABELS, "labels": LABELS}))


def test_the_traced_namespace():
    from onnxp.testing import traced

    x = traced.asarray(LABELS)
    same(traced.where(x == "cat", "yes", "no"), np.where(LABELS == "cat", "yes", "no"))
    same(traced.sort(x[x != "cat"]), np.sort(LABELS[LABELS != "cat"]))
    x[0] = "horse"
    assert np.asarray(x)[0] == "horse"


@pytest.mark.parametrize(
    ("compare", "instead"),
    [
        (operator.lt, lambda x: np.searchsorted(["b"], x, side="right") == 0),
        (operator.le, lambda x: np.searchsorted(["b"], x) == 0),
        (operator.gt, lambda x: np.searchsorted(["b"], x) == 1),
        (operator.ge, lambda x: np.searchsorted(["b"], x, side="right") == 1),
    ],
)
def test_comparison_by_order_says_what_to_write(
    compare: Callable[[Any, Any], Any], instead: Callable[[Any], Any]
) -> None:
    source = inspect.getsource(instead).partition("lambda x: ")[2].rstrip().removesuffix("),")
    message = f"write {source} in place of".replace('"', "'")
    with pytest.raises(DTypeError, match=re.escape(message)):
        xp.trace(lambda x: compare(x, "b"), "string[N]")
    texts = np.array(["a", "b", "bb", ""])
    result = xp.trace(instead, "string[N]")(texts)
    assert result.tolist() == [compare(text, "b") for text in texts.tolist()]
