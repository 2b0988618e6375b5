"""Dtypes as objects: one of each, under a public name."""

from __future__ import annotations

import copy
import pickle

import pytest

import onnxp as xp
from onnxp._src.dtypes import BY_NAME


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_name_the_public_constant(name: str, protocol: int):
    dtype = getattr(xp, name)
    data = pickle.dumps(dtype, protocol)
    assert pickle.loads(data) is dtype
    assert b"onnxp" in data
    assert b"_src" not in data


@pytest.mark.parametrize("name", BY_NAME)
def test_copies_are_the_same_object(name: str):
    dtype = getattr(xp, name)
    assert copy.copy(dtype) is dtype
    assert copy.deepcopy([dtype])[0] is dtype
