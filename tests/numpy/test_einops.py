"""einops, which has a module for any namespace of the standard, on ours: eager and traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import einops
import einops.array_api as ein
import numpy as np
import pytest

import onnxp as xp
from tests.helpers import sessions

Case = tuple[str, Callable[[Any, Any], Any]]
IMAGES = "float32[N, 4, 6, 3]"

CASES: dict[str, Case] = {
    "rearrange, transpose": (IMAGES, lambda e, x: e.rearrange(x, "b h w c -> b c h w")),
    "rearrange, patches": (
        IMAGES,
        lambda e, x: e.rearrange(x, "b (h p) (w q) c -> (b h w) (p q c)", p=2, q=3),
    ),
    "rearrange, ungroup the symbolic axis": (
        "float32[2*N, 3]",
        lambda e, x: e.rearrange(x, "(b t) c -> b t c", t=2),
    ),
    "rearrange, list": (IMAGES, lambda e, x: e.rearrange([x, x], "k b h w c -> b h w (k c)")),
    "reduce, mean": (IMAGES, lambda e, x: e.reduce(x, "b h w c -> b c", "mean")),
    "reduce, pooling": (
        IMAGES,
        lambda e, x: e.reduce(x, "b (h p) (w q) c -> b h w c", "max", p=2, q=2),
    ),
    "reduce, over the symbolic axis": (IMAGES, lambda e, x: e.reduce(x, "b h w c -> h w", "sum")),
    "repeat": (IMAGES, lambda e, x: e.repeat(x, "b h w c -> b (h k) w c m", k=2, m=3)),
    "repeat, symbolic axis": (IMAGES, lambda e, x: e.repeat(x, "b h w c -> (k b) h w c", k=3)),
    "pack and unpack": ("float32[N, 4]", lambda e, x: _pack(e, x)),
    "unpack with -1": (
        "float32[N, 7]",
        lambda e, x: e.unpack(x, [[2], [-1]], "n *")[1],
    ),
    "ellipsis": (IMAGES, lambda e, x: e.rearrange(x, "b ... c -> b c ...")),
}


def _pack(e: Any, x: Any) -> Any:
    packed, shapes = e.pack([x, x[:, None, :]], "n * c")
    first, second = e.unpack(packed * 2, shapes, "n * c")
    return first + second[:, 0, :]


class _Numpy:
    """einops itself, with what it has for numpy."""

    rearrange, reduce, repeat = einops.rearrange, einops.reduce, einops.repeat
    pack, unpack = einops.pack, einops.unpack


@pytest.mark.parametrize("case", CASES)
def test_traced_and_eager(case: str, subtests: pytest.Subtests) -> None:
    spec, function = CASES[case]
    program = xp.trace(lambda x: function(ein, x), spec)
    session = sessions.both(program.model)
    for n in (1, 2, 5):
        with subtests.test(n=n):
            shape = [eval(str(size), {"N": n}) for size in program.signature.inputs[0].shape]
            x = np.random.default_rng(n).normal(size=shape).astype(np.float32)
            expected = function(_Numpy, x)
            (result,) = session.run(None, {program.signature.inputs[0].name: x})
            for found in (result, np.asarray(function(ein, xp.asarray(x)))):
                assert found.shape == expected.shape
                np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_asnumpy() -> None:
    assert ein.asnumpy(xp.asarray([1, 2])).tolist() == [1, 2]


def test_sizes_stay_numbers() -> None:
    program = xp.trace(lambda x: ein.rearrange(x, "b (h p) w c -> b h (p w) c", p=2), IMAGES)
    assert program.signature.outputs[0].shape[1:] == (2, 12, 3)
