"""The dtypes that only constants have: their rounding, bits, names, limits and promotion."""

from __future__ import annotations

import pickle
from math import prod

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx.reference import ReferenceEvaluator

import onnxp as xp
from onnxp._src.dtypes import STORED_BY_NAME, DType
from onnxp._src.dtypes.stored import LAYOUTS, packed, rounded, unpacked
from onnxp.errors import DTypeError, SpecError

FLOATS = sorted(LAYOUTS)


def all_numbers(dtype: DType) -> np.ndarray:
    """Return the number of each pattern of bits."""
    bits = np.arange(2**dtype.bits)
    if dtype.bits == 4:
        content = (bits[::2] | bits[1::2] << 4).astype(np.uint8).tobytes()
    else:
        content = bits.astype(f"<u{dtype.bits // 8}").tobytes()
    return unpacked(content, bits.shape, dtype)


@pytest.mark.parametrize("name", FLOATS)
def test_numbers_are_those_of_ml_dtypes(name: str):
    other = np.dtype(
        getattr(pytest.importorskip("ml_dtypes", reason="a package that onnx installs"), name)
    )
    bits = np.arange(2 ** (8 * other.itemsize)).astype(f"u{other.itemsize}")
    with np.errstate(invalid="ignore"):
        expected = bits.view(other).astype(np.float32)
    np.testing.assert_array_equal(all_numbers(STORED_BY_NAME[name]), expected)


@pytest.mark.parametrize("name", sorted(STORED_BY_NAME))
def test_numbers_keep_their_bits(name: str):
    dtype = STORED_BY_NAME[name]
    numbers = all_numbers(dtype)
    numbers = numbers[np.isfinite(numbers)]
    np.testing.assert_array_equal(rounded(numbers, dtype), numbers)
    again = unpacked(packed(numbers, dtype), numbers.shape, dtype)
    np.testing.assert_array_equal(again, numbers)
    np.testing.assert_array_equal(np.signbit(again), np.signbit(numbers))


@pytest.mark.parametrize("name", FLOATS)
def test_nan_stays_nan(name: str):
    dtype = STORED_BY_NAME[name]
    data = rounded(np.array([np.nan, -np.nan, 1.0]), dtype)
    np.testing.assert_array_equal(unpacked(packed(data, dtype), (3,), dtype), [np.nan, np.nan, 1.0])


@pytest.mark.parametrize("name", FLOATS)
@given(data=st.data())
def test_rounds_to_the_nearest_number(name: str, data: st.DataObject):
    dtype = STORED_BY_NAME[name]
    numbers = np.unique(all_numbers(dtype)[np.isfinite(all_numbers(dtype))].astype(np.float64))
    i = data.draw(st.integers(0, numbers.size - 2))
    share = data.draw(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))
    low, high = numbers[i : i + 2]
    found = float(rounded(np.array([low + share * (high - low)]), dtype)[0])
    if share == 0.5:
        even = [x for x in (low, high) if packed(np.float32([x]), dtype)[0] % 2 == 0]
        assert found == even[0]
    else:
        assert found == (low if share < 0.5 else high)


@pytest.mark.parametrize("name", [name for name in FLOATS if name != "bfloat16"])
def test_large_numbers_are_those_of_the_operator(name: str):
    dtype = STORED_BY_NAME[name]
    x = np.float32([1e6, -1e6, np.inf, -np.inf, 449, 465, 60000, 62000, 247, 249])
    info = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("Cast", ["x"], ["a"], to=dtype.onnx),
            onnx.helper.make_node("Cast", ["a"], ["y"], to=onnx.TensorProto.FLOAT),
        ],
        "g",
        [info("x", onnx.TensorProto.FLOAT, [None])],
        [info("y", onnx.TensorProto.FLOAT, [None])],
    )
    opset = [onnx.helper.make_opsetid("", 21)]
    model = onnx.helper.make_model(graph, ir_version=10, opset_imports=opset)
    expected = ReferenceEvaluator(model).run(None, {"x": x})[0]
    np.testing.assert_array_equal(rounded(x, dtype), expected)


def test_large_bfloat16_is_infinite():
    np.testing.assert_array_equal(
        rounded(np.array([3.3961775292304601e38, 3.3961e38, -1e39]), xp.bfloat16),
        np.float32([np.inf, 3.3895314e38, -np.inf]),
    )


def test_rounds_once():
    x = 1 + 2.0**-8 + 2.0**-40  # float32 would make a tie of it
    assert float(xp.astype(xp.asarray(x), xp.bfloat16)) == 1 + 2.0**-7


@pytest.mark.parametrize(("name", "expected"), [("int4", [7, -8, -1, 0]), ("uint4", [7, 8, 15, 0])])
def test_integers_wrap(name: str, expected: list[int]):
    x = xp.astype(xp.asarray([7, 8, -1, 16]), name)
    assert x.dtype is STORED_BY_NAME[name]
    assert np.asarray(x).tolist() == expected


def test_floats_are_truncated_to_integers():
    assert np.asarray(xp.astype(xp.asarray([1.9, -1.9]), xp.int4)).tolist() == [1, -1]


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (3, 5)])
@pytest.mark.parametrize("name", sorted(STORED_BY_NAME))
def test_size_in_bytes(name: str, shape: tuple[int, ...]):
    dtype = STORED_BY_NAME[name]
    data = np.arange(prod(shape)).reshape(shape).astype(dtype.host) % 8
    content = packed(data, dtype)
    assert len(content) == (prod(shape) * dtype.bits + 7) // 8
    np.testing.assert_array_equal(unpacked(content, shape, dtype), data)


@pytest.mark.parametrize("name", sorted(STORED_BY_NAME))
def test_names(name: str):
    dtype = getattr(xp, name)
    assert xp.asarray([1, 2], dtype=name).dtype is dtype
    assert repr(dtype) == f"onnxp.{name}"
    assert str(dtype) == name
    assert dtype == name
    assert dtype != dtype.computed
    assert dtype != dtype.numpy
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert name not in xp.__array_namespace_info__().dtypes()
    assert xp.isdtype(dtype, name)


@pytest.mark.parametrize("name", sorted(STORED_BY_NAME))
def test_arrays_of_ml_dtypes(name: str):
    other = np.dtype(
        getattr(pytest.importorskip("ml_dtypes", reason="a package that onnx installs"), name)
    )
    data = np.array([[0, 1], [2, 7]]).astype(other)
    dtype = STORED_BY_NAME[name]
    assert dtype == other
    assert xp.asarray(data).dtype is dtype
    assert xp.asarray([1], dtype=other).dtype is dtype
    x = xp.asarray(data)
    np.testing.assert_array_equal(np.asarray(x), data.astype(dtype.host))
    np.testing.assert_array_equal(np.asarray(x, dtype=other), data)
    np.testing.assert_array_equal(np.asarray(xp.jit(lambda a: a + 1)(data)), data.astype(float) + 1)


@pytest.mark.parametrize("name", FLOATS)
def test_finfo(name: str):
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="a package that onnx installs")
    limits, expected = xp.finfo(name), ml_dtypes.finfo(name)
    assert limits.dtype is STORED_BY_NAME[name]
    for attribute in ("bits", "eps", "max", "min", "smallest_normal"):
        assert getattr(limits, attribute) == float(getattr(expected, attribute)), attribute


def test_iinfo():
    assert xp.iinfo(xp.int4) == (4, 7, -8, xp.int4)
    assert xp.iinfo(xp.uint4) == (4, 15, 0, xp.uint4)


def test_kinds():
    assert xp.isdtype(xp.bfloat16, "real floating")
    assert xp.isdtype(xp.int4, "signed integer")
    assert xp.isdtype(xp.uint4, ("bool", "unsigned integer"))
    assert not xp.isdtype(xp.bfloat16, "integral")


def test_promotion():
    assert xp.result_type(xp.bfloat16, xp.bfloat16) is xp.float32
    assert xp.result_type(xp.bfloat16, xp.float8_e5m2) is xp.float32
    assert xp.result_type(xp.bfloat16, xp.float16) is xp.float32
    assert xp.result_type(xp.bfloat16, xp.float64) is xp.float64
    assert xp.result_type(xp.int4, xp.uint4) is xp.int16
    assert xp.result_type(xp.int4, xp.float32) is xp.float32
    assert xp.result_type(xp.int4, 1) is xp.int8
    assert xp.can_cast(xp.bfloat16, xp.float32)
    assert xp.can_cast(xp.bfloat16, xp.bfloat16)
    assert not xp.can_cast(xp.float32, xp.bfloat16)


REFUSED = {
    "input": (lambda: xp.spec("bfloat16[N]"), SpecError, "declare float32"),
    "argument": (lambda: xp.argument(("N",), xp.int4), SpecError, "declare int8"),
    "nullable": (lambda: xp.nullable(xp.int4), DTypeError, r"write xp\.nullable\(xp\.int8\)"),
    "text": (
        lambda: xp.asarray(["1"], dtype=xp.int4),
        DTypeError,
        "cast it to int8 first",
    ),
    "complex": (
        lambda: xp.asarray([1j], dtype=xp.bfloat16),
        DTypeError,
        "cast it to float32 first",
    ),
    "null": (lambda: xp.asarray([1, None], dtype=xp.int4), DTypeError, "fill_null"),
    "arange": (
        lambda: xp.arange(3, dtype=xp.int4),
        DTypeError,
        "take int8, and cast the result to int4",
    ),
    "sum": (
        lambda: xp.sum(xp.asarray([1.0]), dtype=xp.bfloat16),
        DTypeError,
        "take float32, and cast the result to bfloat16",
    ),
    "assignment": (
        lambda: xp.zeros(2, dtype=xp.bfloat16).__setitem__(0, 1),
        DTypeError,
        r"write into xp\.astype\(x, xp\.float32\)",
    ),
    "in place": (
        lambda: xp.zeros(2, dtype=xp.bfloat16).__iadd__(1),
        DTypeError,
        r"write x = x \+ y",
    ),
    "plane": (
        lambda: type("Small", (xp.ExtensionDType,), {"planes": {"a": xp.int4}}),
        DTypeError,
        "declare int8",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str):
    function, error, advice = REFUSED[case]
    with pytest.raises(error, match=advice):
        function()
