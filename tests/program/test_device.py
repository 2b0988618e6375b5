"""Runs on arrays that are exchanged by DLPack; without a GPU, in the memory of the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest

import onnxp as xp
from onnxp._src.program import device
from onnxp.errors import ArgumentError, AssumptionError, EvaluationError, FeedError

X = np.arange(6, dtype=np.float32).reshape(2, 3)
base = onnxruntime.capi._pybind_state.OrtValue
with_dlpack = pytest.mark.skipif(
    not hasattr(base, "from_dlpack"), reason="onnxruntime 1.20 has no DLPack"
)


@pytest.fixture
def program() -> xp.Program:
    return xp.trace(lambda x, n: (x * n, x > 2), "float32[N, 3]", "float32[3]")


class Elsewhere:
    """An array that says that it is on another device."""

    def __init__(self, array: Any, number: int) -> None:
        self.array, self.number = array, number

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.number, 0


def test_arrays_of_any_library_are_run_where_they_are(program: xp.Program) -> None:
    for x, n in ((X, X[0]), (xp.asarray(X), xp.asarray(X[0])), (X.T.copy().T, X[0][::1])):
        product, mask = program.run_on_device(x, n=n)
        assert product.device == "cpu"
        assert (product.dtype, product.shape, mask.dtype) == ("float32", (2, 3), "bool")
        np.testing.assert_array_equal(np.from_dlpack(product), X * X[0])
        np.testing.assert_array_equal(np.asarray(mask), X > 2)
        np.testing.assert_array_equal(np.asarray(xp.from_dlpack(product)), X * X[0])
        assert product.__dlpack_device__() == (1, 0)
        assert "float32[2, 3] on cpu" in repr(product)


def test_results_can_be_arguments(program: xp.Program) -> None:
    (first, _), n = program.run_on_device(X, X[0]), X[1]
    (second, _) = program.run_on_device(first, n)
    np.testing.assert_array_equal(second.numpy(), X * X[0] * n)


def test_assumptions_are_checked() -> None:
    def shifted(x):
        return (x - 1 if xp.any(x > 9) else x, x > 2)

    program = xp.trace(shifted, "float32[N, 3]", example=X, check_assumptions=True)
    shift, mask = program.run_on_device(X)
    np.testing.assert_array_equal(shift.numpy(), X)
    np.testing.assert_array_equal(mask.numpy(), X > 2)
    with pytest.raises(AssumptionError, match="x > 9"):
        program.run_on_device(X + 9)


@with_dlpack
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "uint8", "float16"])
def test_memory_is_shared_with_the_runtime(dtype: str) -> None:
    leaf = xp.trace(lambda x: x, f"{dtype}[N]").inputs[0]
    data = np.arange(3).astype(dtype)
    value = device._imported(data, leaf)
    assert value.shape() == [3]
    data[0] = 9
    np.testing.assert_array_equal(value.numpy(), data)
    with pytest.raises(FeedError, match=f"must be {dtype}, not int16; cast it first"):
        device._imported(data.astype(np.int16), leaf)


def test_a_runtime_without_dlpack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(onnxruntime.OrtValue, "from_dlpack", raising=False)
    monkeypatch.setattr(onnxruntime.capi._pybind_state, "OrtValue", object)
    leaf = xp.trace(lambda x: x, "float32[N]").inputs[0]
    with pytest.raises(ArgumentError, match=r"does not take arrays on devices; install 1\.23"):
        device._imported(X[0], leaf)


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((X,), {}, r"an array for each of the inputs \['x', 'n'\]; it got 1 by position and \[\]"),
        ((X, X[0]), {"n": X[0]}, "2 by position and"),
        ((X,), {"m": X[0]}, r"by name"),
        ((X, [1.0, 2.0, 3.0]), {}, r"'n' must be an array that DLPack can exchange, .* not \[1"),
        ((X.astype(np.float64), X[0]), {}, "'x' must be float32, not float64; cast it first"),
    ],
)
def test_wrong_arguments(program: xp.Program, args: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        program.run_on_device(*args, **kwargs)


def test_other_devices_and_dtypes(program: xp.Program) -> None:
    with pytest.raises(
        ArgumentError, match=r"onnxruntime does not exchange \(number 8 in DLPack\)"
    ):
        program.run_on_device(Elsewhere(X, 8), X[0])
    text = xp.trace(lambda x: x == "a", "string[N]")
    with pytest.raises(ArgumentError, match=r"'x' is string\[N\]; .* numbers or bools"):
        text.run_on_device(np.asarray(["a"]))
    with pytest.raises(ArgumentError, match="numbers or bools"):
        xp.trace(lambda x: x * 1j, "complex64[N]").run_on_device(X[0])


def test_sizes_that_do_not_fit(program: xp.Program) -> None:
    with pytest.raises(EvaluationError, match="program"):
        program.run_on_device(X, X[0, :2].copy())
