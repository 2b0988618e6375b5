import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentError, DeviceError, DTypeError, ExchangeError, TracedValueError
from tests.helpers.samples import ALL, COMPLEX, array

VERSIONED = tuple(map(int, np.__version__.split(".")[:2])) >= (2, 1)


class Producer:
    """Another library's array: it has nothing but the two methods."""

    def __init__(self, data):
        self.data = data

    def __dlpack__(self, **kwargs):
        return self.data.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return (1, 0)


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0)])
def test_out(dtype, shape):
    data = array(dtype, shape)
    x = xp.asarray(data)
    assert x.__dlpack_device__() == (1, 0)
    result = np.from_dlpack(x)
    assert result.dtype == data.dtype
    np.testing.assert_array_equal(result, data)
    if dtype not in COMPLEX and result.size:
        assert np.shares_memory(result, np.asarray(x))


def test_computed_arrays_go_out_without_a_copy():
    x = xp.asarray([1.0, 2.0]) + 1
    assert np.shares_memory(np.from_dlpack(x), np.asarray(x))


@pytest.mark.parametrize("dtype", ["int8", "float32", "complex128"])
@pytest.mark.parametrize("copy", [None, True, False])
@pytest.mark.parametrize("version", [None, (0, 8), (1, 0), (2, 0)])
def test_keywords(dtype, copy, version):
    x = xp.asarray(array(dtype, (3,)))
    capsule = x.__dlpack__(copy=copy, max_version=version, dl_device=(1, 0), stream=None)
    versioned = VERSIONED and version is not None and version >= (1, 0)
    assert ("dltensor_versioned" if versioned else "dltensor") in repr(capsule)


@pytest.mark.skipif("not VERSIONED", reason="numpy has DLPack 1.0 since 2.1")
def test_what_is_handed_out_is_marked_read_only():
    x = xp.asarray([1, 2])
    assert not np.from_dlpack(x).flags.writeable
    copied = np.from_dlpack(x, copy=True)
    copied[0] = 9
    assert int(x[0]) == 1


@pytest.mark.parametrize("keywords", [{"dl_device": (2, 0)}, {"dl_device": (1, 1)}, {"stream": 1}])
def test_other_devices_are_refused(keywords):
    with pytest.raises(BufferError, match="CPU"):
        xp.asarray([1]).__dlpack__(**keywords)


def test_read_only_memory_before_dlpack_1():
    data = np.arange(3)
    data.flags.writeable = False
    x = xp.asarray(data, copy=False)
    assert "dltensor" in repr(x.__dlpack__())
    with pytest.raises(ExchangeError):
        x.__dlpack__(copy=False)


def test_traced_arrays_have_no_memory(subtests: pytest.Subtests):
    x = xp.argument((3,), xp.float32)
    assert x.__dlpack_device__() == (1, 0)
    for call in ("x.__dlpack__()", "np.from_dlpack(x)", "np.from_dlpack(x + 1)"):
        with subtests.test(call), pytest.raises(TracedValueError):
            eval(call, {"np": np, "x": x})


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_in(dtype, shape, subtests: pytest.Subtests):
    data = array(dtype, shape)
    for foreign in (data, Producer(data)):
        for copy in (None, True):
            with subtests.test(producer=type(foreign).__name__, copy=copy):
                x = xp.from_dlpack(foreign, copy=copy, device="cpu")
                assert x.dtype.numpy == data.dtype
                np.testing.assert_array_equal(np.asarray(x), data)
                shared = copy is None and dtype not in COMPLEX and data.size
                assert np.shares_memory(np.asarray(x), data) == bool(shared)
        np.testing.assert_array_equal(np.asarray(xp.asarray(foreign)), data)


def test_our_own_arrays_come_in_as_they_are(subtests: pytest.Subtests):
    for x in (xp.asarray([1j, 2]), xp.argument((3,), xp.float32)):
        for copy in (None, True, False):
            with subtests.test(dtype=x.dtype, copy=copy):
                y = xp.from_dlpack(x, copy=copy)
                assert y is not x
                assert y._planes == x._planes


def test_there_and_back():
    x = xp.asarray([[1.0, 2.0]])
    y = xp.from_dlpack(Producer(x))
    assert np.shares_memory(np.asarray(x), np.asarray(y))


def test_asarray_takes_producers():
    data = np.asarray([1.0, 2.0])
    copied, shared = xp.asarray(Producer(data)), xp.asarray(Producer(data), copy=False)
    data[0] = 7
    assert (float(copied[0]), float(shared[0])) == (1, 7)


@pytest.mark.parametrize(
    "data", [np.arange(6)[::2], np.arange(4).reshape(2, 2).T, np.ones(2, np.complex64)]
)
def test_what_must_be_copied_is_copied_unless_that_is_forbidden(data):
    np.testing.assert_array_equal(np.asarray(xp.from_dlpack(Producer(data))), data)
    with pytest.raises(BufferError):
        xp.from_dlpack(Producer(data), copy=False)
    with pytest.raises(ArgumentError):
        xp.asarray(Producer(data), copy=False)


def test_what_is_no_producer_is_refused(subtests: pytest.Subtests):
    for x in (3, [1, 2], None):
        with subtests.test(x=x), pytest.raises(AttributeError):
            xp.from_dlpack(x)
    with pytest.raises(DeviceError):
        xp.from_dlpack(np.ones(2), device="gpu")
    with pytest.raises((BufferError, DTypeError)):
        xp.from_dlpack(np.ones(2, np.longdouble))
