import itertools

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentError, DeviceError, DTypeError
from onnxp.testing import run_all_ways
from tests.helpers.samples import ALL, COMPLEX, FLOATS, INTEGERS, REAL, array

KINDS = {
    "bool": ("bool",),
    "signed integer": INTEGERS[:4],
    "unsigned integer": INTEGERS[4:],
    "integral": INTEGERS,
    "real floating": FLOATS,
    "complex floating": COMPLEX,
    "numeric": (*REAL, *COMPLEX),
}


def in_range(dtype, to):
    """Return elements of a dtype that the other dtype, if it is an integer, has room for."""
    x = array(dtype, (200,), seed=3)
    if np.dtype(to).kind in "iu" and np.dtype(dtype).kind == "f":
        wide = x.astype(np.float64)
        limits = np.iinfo(to)
        return x[(wide > max(limits.min, -(2**31)) - 1) & (wide < min(limits.max, 2**31 - 1) + 1)]
    return x


@pytest.mark.parametrize("dtype", ALL)
def test_astype(dtype, subtests: pytest.Subtests):
    for to in ALL:
        with subtests.test(to=to):
            if dtype in COMPLEX and to not in (*COMPLEX, "bool"):
                continue
            x = in_range(dtype, to)
            with np.errstate(all="ignore"):
                expected = x.astype(to)
            result = run_all_ways(lambda a, t=to: xp.astype(a, getattr(xp, t)), x)
            assert result.dtype == expected.dtype
            if (dtype, to) == ("float64", "float16"):  # rounded twice: see the table of defects
                np.testing.assert_allclose(result, expected, rtol=1e-3)
            else:
                np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (2, 3)])
@pytest.mark.parametrize("to", ["bool", "uint64", "float32", "complex64"])
def test_astype_keeps_shapes(shape, to: str):
    x = array("int16", shape)
    result = run_all_ways(lambda a: xp.astype(a, to), x)
    np.testing.assert_array_equal(result, x.astype(to))
    assert result.shape == shape


@pytest.mark.parametrize("to", REAL)
def test_astype_of_complex_numbers_names_the_part(to: str):
    with pytest.raises(DTypeError, match="real"):
        xp.astype(xp.asarray([1j]), getattr(xp, to))


def test_astype_copies_objects_not_elements():
    x = xp.asarray([1, 2])
    assert xp.astype(x, xp.int64, copy=False) is x
    other = xp.astype(x, xp.int64)
    other[0] = 5
    assert int(x[0]) == 1
    assert xp.astype(x, xp.int8, copy=False, device="cpu").dtype == xp.int8


def test_astype_is_a_node_only_where_something_changes(subtests: pytest.Subtests):
    x = xp.argument(("N",), xp.float32)
    for to, expected in ((xp.float32, ["Identity"]), (xp.float64, ["Cast"]), (xp.bool, ["Cast"])):
        with subtests.test(to=to):
            model = xp.build({"x": x}, {"y": xp.astype(x, to)})
            assert [node.op_type for node in model.graph.node] == expected


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: xp.astype(x, "decimal"), DTypeError),
        (lambda x: xp.astype(x, None), DTypeError),
        (lambda x: xp.astype([1], xp.int8), TypeError),
        (lambda x: xp.astype(x, xp.int8, device="gpu"), DeviceError),
    ],
)
def test_astype_refuses(call, error):
    with pytest.raises(error):
        call(xp.asarray([1]))


@pytest.mark.parametrize(("a", "b"), list(itertools.product(ALL, ALL)))
def test_promotion(a, b):
    expected = np.result_type(a, b).name
    first, second = getattr(xp, a), getattr(xp, b)
    assert xp.can_cast(first, second) is (expected == b)
    x, y = xp.zeros(2, dtype=first), xp.zeros(2, dtype=second)
    assert str(xp.result_type(first, y)) == expected
    assert xp.concat([x, y]).dtype.name == xp.stack([x, y]).dtype.name == expected
    assert xp.where(xp.asarray([True, False]), x, y).dtype.name == expected


def test_promotion_of_several_is_that_of_all():
    several = (xp.int8, xp.uint8, xp.float16)  # pair by pair it would be float32
    assert xp.result_type(*several).name == np.result_type("int8", "uint8", "float16").name


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize("scalar", [True, 3, 2.5, 1j])
def test_promotion_with_scalars(dtype, scalar):
    x = xp.ones(2, dtype=dtype)
    expected = np.result_type(np.dtype(dtype), scalar).name
    assert str(xp.result_type(x, scalar)) == str(xp.result_type(scalar, x.dtype)) == expected
    assert (x == scalar).dtype == xp.bool
    if (dtype, scalar) != ("bool", True):
        assert str((x * scalar).dtype) == str((scalar * x).dtype) == expected
        np.testing.assert_array_equal(
            np.asarray(x * scalar), np.asarray([scalar, scalar], expected)
        )


def test_result_type_of_several(subtests: pytest.Subtests):
    assert xp.result_type(xp.int8, xp.uint8, xp.int32, 5) == xp.int32
    assert xp.result_type(1.5, xp.float32, xp.complex64) == xp.complex64
    assert xp.result_type(np.float64(1), xp.float32) == xp.float64
    for arguments in ((), (1,), (1.5, 2j)):
        with subtests.test(arguments=arguments), pytest.raises(ArgumentError):
            xp.result_type(*arguments)
    with pytest.raises(DTypeError):
        xp.result_type("decimal")


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize("kind", KINDS)
def test_isdtype(dtype, kind):
    assert xp.isdtype(getattr(xp, dtype), kind) is (dtype in KINDS[kind])
    assert xp.isdtype(getattr(xp, dtype), ("bool", kind)) is (
        dtype == "bool" or dtype in KINDS[kind]
    )
    assert xp.isdtype(getattr(xp, dtype), getattr(xp, dtype))


@pytest.mark.parametrize("kind", ["float", "integers", 3, None])
def test_isdtype_refuses(kind: object):
    with pytest.raises(DTypeError):
        xp.isdtype(xp.int8, kind)


@pytest.mark.parametrize("dtype", [*FLOATS, *COMPLEX])
def test_finfo(dtype, subtests: pytest.Subtests):
    ours, theirs = xp.finfo(getattr(xp, dtype)), np.finfo(dtype)
    for name in ("bits", "eps", "max", "min", "smallest_normal"):
        with subtests.test(name=name):
            number = getattr(ours, name)
            assert type(number) is (int if name == "bits" else float)
            assert number == getattr(theirs, name)
    assert ours.dtype.numpy == theirs.dtype
    assert xp.finfo(xp.ones(1, dtype=dtype)) == ours
    with pytest.raises(DTypeError):
        xp.iinfo(getattr(xp, dtype))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_iinfo(dtype):
    ours, theirs = xp.iinfo(getattr(xp, dtype)), np.iinfo(dtype)
    assert (ours.bits, ours.max, ours.min) == (theirs.bits, theirs.max, theirs.min)
    assert ours.dtype == getattr(xp, dtype)
    assert xp.iinfo(xp.ones(1, dtype=dtype)) == ours
    with pytest.raises(DTypeError):
        xp.finfo(getattr(xp, dtype))


def test_inspection(subtests: pytest.Subtests):
    info = xp.__array_namespace_info__()
    capabilities = info.capabilities()
    assert capabilities["boolean indexing"] is capabilities["data-dependent shapes"] is True
    assert info.devices() == (info.default_device(),)
    assert info.default_dtypes(device="cpu")["real floating"] == xp.float64
    standard = set(ALL) - {"float16"}
    assert info.dtypes().keys() == standard
    for kind, names in KINDS.items():
        with subtests.test(kind=kind):
            assert info.dtypes(kind=kind).keys() == set(names) & standard
    assert info.dtypes(kind=("bool", "integral")).keys() == {"bool", *INTEGERS}
    assert info.dtypes(kind=()) == {}
    for name, dtype in info.dtypes().items():
        with subtests.test(name=name):
            assert dtype is getattr(xp, name)
    for call in (info.dtypes, info.default_dtypes):
        with pytest.raises(DeviceError):
            call(device="gpu")
    with pytest.raises(DTypeError):
        info.dtypes(kind="decimal")


def test_as_many_dimensions_as_the_namespace_says():
    most = xp.__array_namespace_info__().capabilities()["max dimensions"]
    x = xp.reshape(xp.arange(4), (2, *(1,) * (most - 2), 2))
    assert float(xp.permute_dims(x, tuple(reversed(range(most))))[(0,) * (most - 1)][1]) == 2
    assert np.asarray(x + x).shape == x.shape


@pytest.mark.parametrize("dtype", ALL)
def test_code_for_numpy_asks_dtypes_for_their_kind(dtype):
    ours, numpys = getattr(xp, dtype), np.dtype(dtype)
    assert (ours.kind, ours.itemsize, ours.type) == (numpys.kind, numpys.itemsize, numpys.type)
