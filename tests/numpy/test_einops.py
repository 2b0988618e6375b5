"""einops, which has a module for any namespace of the standard, on ours: eager and traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import einops
import einops.array_api as ein
import numpy as np
import pytest
from einops import rearrange

import onnxp as xp
from onnxp.errors import ShapeError
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


WEIGHTS = np.arange(6.0, dtype=np.float32).reshape(3, 2)

AS_WRITTEN: dict[str, Callable[[Any], Any]] = {
    "module": lambda x: einops.rearrange(x, "b h w c -> b c (h w)"),
    "imported function": lambda x: rearrange(x, "b (h p) w c -> b h w (p c)", p=2),
    "imported in the function": lambda x: _imported(x),
    "reduce": lambda x: einops.reduce(x, "b h w c -> b c", "max"),
    "repeat": lambda x: einops.repeat(x, "b h w c -> b h w c k", k=2),
    "list with a constant": lambda x: einops.rearrange([x[0], PICTURE], "k h w c -> h w (k c)"),
    "constant": lambda x: x * rearrange(WEIGHTS, "c k -> k c")[0],
    "einsum": lambda x: einops.einsum(x, WEIGHTS, "b h w chan, chan out -> b h w out"),
    "einsum of one": lambda x: einops.einsum(x, "b h w c -> b c"),
    "einsum with an ellipsis": lambda x: einops.einsum(x, x, "... c, ... c -> ..."),
    "pack": lambda x: einops.pack([x, x[..., 0]], "b h w *")[0],
    "unpack": lambda x: einops.unpack(x, [[1], [2]], "b h w *")[1],
    "parse_shape": lambda x: x * einops.parse_shape(x, "_ height w _")["height"],
    "parse_shape with an ellipsis": lambda x: x + einops.parse_shape(x, "batch ... c")["batch"],
}
PICTURE = np.ones((4, 6, 3), np.float32)


def _imported(x: Any) -> Any:
    from einops import repeat

    return repeat(x, "b h w c -> (k b) h w c", k=2)


@pytest.mark.parametrize("case", AS_WRITTEN)
def test_code_that_was_written_for_numpy(case: str) -> None:
    function = AS_WRITTEN[case]
    session = sessions.both(xp.trace(function, x="float32[N, 4, 6, 3]").model)
    for n in (1, 2, 5):
        x = np.random.default_rng(n).normal(size=(n, 4, 6, 3)).astype(np.float32)
        (result,) = session.run(None, {"x": x})
        np.testing.assert_allclose(result, function(x), rtol=1e-5, atol=1e-5, strict=True)


def test_sizes_of_composed_axes() -> None:
    with pytest.raises(ShapeError, match="does not name the axes"):
        xp.trace(lambda x: x * einops.parse_shape(x, "(a b) c")["c"], "float32[N, 3]")
