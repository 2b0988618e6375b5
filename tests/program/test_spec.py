"""Specs: what describes an input, as objects and as text."""

from __future__ import annotations

import copy
import itertools
import pickle

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import onnxp as xp
from onnxp._src.program.spec import Spec, agree, parse, parse_size, size_text
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import dim
from onnxp.errors import DTypeError, SpecError

NAMES = {"N": dim("N"), "M": dim("M", 0), "K": dim("K", 2, 8)}
sizes = st.recursive(
    st.one_of(st.sampled_from(list(NAMES.values())), st.integers(-4, 9)),
    lambda parts: st.one_of(
        [
            st.tuples(parts, parts).map(lambda pair, combine=combine: combine(*pair))
            for combine in (
                lambda a, b: a + b,
                lambda a, b: a - b,
                lambda a, b: a * b,
                lambda a, b: dims.floor_divide(a, b if not isinstance(b, int) or b else 3),
                lambda a, b: dims.remainder(a, b if not isinstance(b, int) or b else 3),
                dims.maximum,
                dims.minimum,
                dims.broadcast_size,
            )
        ]
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("text", "shape", "bounds"),
    [
        ("float32[]", "()", []),
        ("float32[N, 2]", "(N, 2)", [(1, None)]),
        (" float32 [ N ,2 ] ", "(N, 2)", [(1, None)]),
        ("float32[N>=0]", "(N,)", [(0, None)]),
        ("float32[0 <= N]", "(N,)", [(0, None)]),
        ("float32[N>3]", "(N,)", [(4, None)]),
        ("float32[N<8]", "(N,)", [(1, 7)]),
        ("float32[2 <= N <= 8]", "(N,)", [(2, 8)]),
        ("float32[8 > N >= 0]", "(N,)", [(0, 7)]),
        ("float32[2*N + 1, N//2, N % 3]", "(2*N+1, N//2, N%3)", [(1, None)]),
        ("float32[N**2, -(1 - N)]", "(N**2, N-1)", [(1, None)]),
        ("float32[max(N, 3), min(3, N)]", "(max(N, 3), min(N, 3))", [(1, None)]),
        ("float32[7]", "(7,)", []),
        ("float32[batch_size]", "(batch_size,)", [(1, None)]),
        ("float32[größe]", "(größe,)", [(1, None)]),
    ],
)
def test_text(text: str, shape: str, bounds: list):
    spec = parse(text)
    assert str(spec.shape).replace("'", "") == shape
    assert spec.dtype is xp.float32
    symbols = {s for size in spec.shape if isinstance(size, dims.Dim) for s in size.symbols}
    assert [s.bounds for s in symbols] == bounds
    assert parse(repr(spec)) == spec
    assert hash(parse(repr(spec))) == hash(spec)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "float32",
        "[N]",
        "float33[N]",
        "float32[N",
        "float32(N)",
        "float32[N] x",
        "float32[,]",
        "float32[N,]",
        "float32[N M]",
        "float32[-1]",
        "float32[1.5]",
        "float32[N/2]",
        "float32[...]",
        "float32[None]",
        "float32[True]",
        "float32['N']",
        "float32[f(N)]",
        "float32[max(N)]",
        "float32[N.real]",
        "float32[N // 0]",
        "float32[3 // 0]",
        "float32[3 % 0]",
        "float32[N<1]",
        "float32[3<=N<=2]",
        "float32[N==3]",
        "float32[N!=3]",
        "float32[N>=M]",
        "float32[N>=1.5]",
        "float32[N>=-1]",
        "float32[1<=N<=2<=M]",
        "float32[2<=N>=3]",
        "float32[N>=0 and M]",
        "float32[9**9**9]",
        "float32[N**1000]",
        "float32[(A+B+C+D)**40]",
        "float32[9223372036854775808]",
        f"float32[{'9' * 5000}]",
        f"float32[{'(' * 300}N{')' * 300}]",
        f"float32[{'-' * 900}N + {'N' * 2000}]",
        "float32[if]",
        "float32[lambda: 0]",
        "float32[N\0]",
        "float32[__import__('os')]",
    ],
    ids=lambda text: text[:30],
)
def test_text_that_is_no_spec(text: str):
    with pytest.raises(SpecError, match=r"is not a spec|is not a size|float33"):
        parse(text)
    with pytest.raises(SpecError):
        xp.trace(lambda x: x, text)


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (("N", 2), "float32[N, 2]"),
        (["N", np.int64(2)], "float32[N, 2]"),
        ("N", "float32[N]"),
        (3, "float32[3]"),
        ((), "float32[]"),
        (NAMES["M"], "float32[M>=0]"),
        ((2 * NAMES["N"], "K>=2"), "float32[2*N, K>=2]"),
        (np.asarray([2, 3]), "float32[2, 3]"),
        (iter(("N", 1)), "float32[N, 1]"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_objects(shape: object, text: str):
    assert repr(xp.spec(shape, xp.float32)) == text
    if not hasattr(shape, "__next__"):
        assert xp.argument(shape, xp.float32).ndim == text.count(",") + (text != "float32[]")


@pytest.mark.parametrize(
    "shape",
    [
        None,
        2.0,
        (2.0,),
        (True,),
        ("N", -1),
        (2**63,),
        {2, 3},
        {"N": 2},
        b"ab",
        [[2]],
        object(),
    ],
    ids=lambda shape: type(shape).__name__,
)
def test_objects_that_are_no_shape(shape: object, subtests: pytest.Subtests):
    for function in (xp.spec, xp.argument):
        with (
            subtests.test(function=function.__name__),
            pytest.raises(SpecError, match=r"is not a size|a shape is a sequence"),
        ):
            function(shape, xp.float32)


def test_other_mistakes():
    with pytest.raises(DTypeError, match="float33"):
        xp.spec(("N",), "float33")
    x = xp.argument(("N",), xp.int64)
    with pytest.raises(SpecError, match=r"is not a size.*traced"):
        xp.spec((x[0],), xp.float32)
    mask = x[x > 0]
    with pytest.raises(SpecError, match=r"nonzero in shape .* is the size of a computed array"):
        xp.spec((mask.shape[0],), xp.float32)


def test_bounds_given_once_hold_everywhere():
    shapes = [parse(f"float32[{sizes}]").shape for sizes in ("2*N", "N>=0, M", "N, M<=9, K")]
    agreed = agree(shapes)
    assert [str(shape) for shape in agreed] == ["(2*N,)", "(N, M)", "(N, M, K)"]
    for shape in agreed:
        for size in shape:
            for symbol in size.symbols:
                assert symbol.bounds == {"N": (0, None), "M": (1, 9), "K": (1, None)}[symbol.name]
    assert dims.equal(agreed[0][0], 0) is None
    assert dims.equal(shapes[0][0], 0) is False


def test_bounds_that_differ():
    with pytest.raises(
        SpecError, match=r"size N is declared twice, as N>=0 and as 2<=N<=3; declare its bounds"
    ):
        xp.trace(lambda x, y: (x, y), "float32[N>=0]", "float32[2<=N<=3]")
    x, y = xp.argument("N>=0", xp.float32), xp.argument("N", xp.float32)
    with pytest.raises(
        SpecError, match="the inputs declare the size N as N>=0 and as N; declare the same bounds"
    ):
        xp.build({"x": x, "y": y}, {"z": x + y})
    z = xp.argument(x.shape, xp.float32)
    assert len(xp.build({"x": x, "z": z}, {"y": x + z}).graph.input) == 2


def test_text_of_sizes():
    assert [size_text(size) for size in (3, *NAMES.values(), NAMES["M"] + 1)] == [
        "3",
        "N",
        "M>=0",
        "2<=K<=8",
        "M+1",
    ]


@given(sizes)
def test_a_size_is_what_its_text_says(size):
    low, high = dims.bounds(size)
    if low is not None and low == high < 0:  # a negative number, which is not a size
        return
    if len(str(size)) < 1000:
        again = parse_size(str(size), NAMES)
        for n, m, k in itertools.product((1, 2, 3, 7), (0, 1, 2, 5), range(2, 9)):
            numbers = {"N": n, "M": m, "K": k}
            first, second = (
                dims.evaluate(s, lambda symbol, numbers=numbers: numbers[symbol.name])
                for s in (size, again)
            )
            assert first == second
        assert dims.same(again, size)


@given(sizes)
def test_substitution_of_numbers_is_evaluation(size):
    values = {"N": 3, "M": 5, "K": 4}
    if isinstance(size, dims.Dim):
        number = dims.evaluate(size, lambda s: values[s.name])
        assert dims.substitute(size, lambda s: values[s.name]) == number
        again = dims.substitute(size, dims.of_symbol)  # may be another form of the size
        for n, m, k in itertools.product(range(4), repeat=3):
            values.update(N=n, M=m, K=k)
            assert dims.evaluate(again, lambda s: values[s.name]) == dims.evaluate(
                size, lambda s: values[s.name]
            )


def test_specs_are_values():
    spec = xp.spec(("N", 2), xp.float32)
    assert spec == parse("float32[N,2]")
    assert spec != parse("float32[N>=0,2]")
    assert spec != parse("float64[N,2]")
    assert spec != "float32[N, 2]"
    assert len({spec, parse("float32[N, 2]"), Spec(spec.shape, spec.dtype)}) == 1
    for copied in (copy.copy(spec), copy.deepcopy(spec), pickle.loads(pickle.dumps(spec))):
        assert copied == spec
        assert copied.dtype is xp.float32


@pytest.mark.parametrize(
    ("dtype", "null", "text"),
    [
        ("int64?", np.int64(-1), "-1"),
        ("uint8?", np.uint8(255), "255"),
        ("float16?", np.float16(-1), "-1.0"),
        ("float32?", np.float32("nan"), "'nan'"),
        ("string?", np.str_("?"), "'?'"),
    ],
)
def test_null_is_a_scalar_of_numpy(dtype: str, null: np.generic, text: str):
    spec = xp.spec(("N",), dtype, null=null)
    assert repr(spec) == f"{dtype}[N] (null={text})"
    program = xp.trace(lambda x: xp.nulls.isnull(x), spec)
    assert program(np.ma.MaskedArray([null], [True], xp.nullable(dtype).numpy)).tolist() == [True]
