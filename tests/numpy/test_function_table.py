"""The page of numpy's functions is made from the code, and says of each what becomes of it."""

from __future__ import annotations

import numpy as np
import pytest

import onnxp as xp
from benchmarks import numpy_functions
from benchmarks.numpy_functions import HOST, REFUSED, TRANSLATED, functions, status
from onnxp._src.numpy.refused import REASONS
from onnxp.errors import NumpyFunctionError

NEWEST = tuple(map(int, np.__version__.split(".")[:2])) >= (2, 4)
NO_ARRAYS = frozenset(
    "base_repr binary_repr broadcast_shapes can_cast datetime_data einsum_path format_float_positional "
    "format_float_scientific from_dlpack frombuffer fromfile fromregex fromstring genfromtxt get_include "
    "get_printoptions getbufsize geterr geterrcall info isdtype issubdtype load loadtxt min_scalar_type "
    "mintypecode printoptions promote_types set_printoptions setbufsize seterr seterrcall show_config "
    "show_runtime test typename".split()
)
"""The functions that take no arrays: text, files, dtypes, settings and shapes."""


@pytest.mark.skipif(not NEWEST, reason="the page lists the functions of numpy 2.4")
def test_every_function_is_accounted_for() -> None:
    kinds = {name: status(name) for name in functions()}
    assert {name for name, kind in kinds.items() if kind == HOST} == NO_ARRAYS
    assert {name for name, kind in kinds.items() if kind == REFUSED} == REASONS.keys()
    counts = [list(kinds.values()).count(kind) for kind in (TRANSLATED, HOST, REFUSED)]
    assert counts == COUNTS
    assert sum(counts) == len(kinds)


COUNTS = [337, 36, 17]


@pytest.mark.skipif(not NEWEST, reason="the page lists the functions of numpy 2.4")
def test_the_page_is_current() -> None:
    assert numpy_functions.PAGE.read_text(encoding="utf-8") == numpy_functions.page()


@pytest.mark.parametrize("name", ["roots", "polymul", "bmat", "real_if_close", "isfortran"])
def test_a_refusal_says_what_to_write(name: str) -> None:
    arguments = 2 if name == "polymul" else 1

    def function(x):
        return getattr(np, name)(*[x] * arguments)

    with pytest.raises(NumpyFunctionError, match=name) as raised:
        xp.trace(function, "int64[N]")
    assert REASONS[name] in str(raised.value)
