"""The traced namespace hands out wrapped functions only, of extensions as well."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.testing import traced

DIRECT = {"from_dlpack", "asarray", "__array_namespace_info__"}


@pytest.mark.parametrize("door", ["", "fft", "linalg", "special"])
def test_every_function_is_wrapped(door: str):
    plain: Any = getattr(xp, door) if door else xp
    namespace: Any = getattr(traced, door) if door else traced
    functions = [name for name in plain.__all__ if inspect.isfunction(getattr(plain, name))]
    assert len(functions) > 10
    for name in {*functions} - DIRECT:
        wrapper = getattr(namespace, name)
        assert wrapper is not getattr(plain, name), name
        assert wrapper.__wrapped__ is getattr(plain, name), name
        assert wrapper.__doc__ == getattr(plain, name).__doc__


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda x: traced.fft.fft(x), np.fft.fft([1.0, 2.0])),
        (lambda x: traced.linalg.outer(x, x), [[1.0, 2.0], [2.0, 4.0]]),
        (lambda x: traced.linalg.vector_norm(x, ord=1), 3.0),
    ],
)
def test_functions_of_extensions_return_arrays_of_the_namespace(call: Any, expected: Any):
    result = call(traced.asarray([1.0, 2.0]))
    assert type(result) is traced.Array
    np.testing.assert_allclose(np.asarray(result), expected)


def test_extensions_are_modules_with_the_names_of_the_standard():
    assert inspect.ismodule(traced.fft)
    assert traced.fft is traced.fft
    assert {*traced.linalg.__all__} == {*xp.linalg.__all__}
