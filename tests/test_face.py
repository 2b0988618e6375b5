"""What users meet first: the names of `onnxp`, their modules, pickles, and what is refused with a hint."""

from __future__ import annotations

import pytest

import onnxp as xp
from onnxp.errors import ArgumentTypeError


@pytest.mark.parametrize("arguments", [(), (1,), ([1, 2],), ((2, 3), xp.float32), (xp.int64, ())])
def test_the_constructor_of_arrays_names_asarray(arguments):
    with pytest.raises(ArgumentTypeError, match=r"xp\.asarray"):
        xp.Array(*arguments)
    with pytest.raises(ArgumentTypeError, match=r"xp\.asarray"):
        xp.Array(dtype=xp.float32)
