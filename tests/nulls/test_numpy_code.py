"""Code for numpy with nullable arrays: right evaluated and in models, or refused with advice."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from benchmarks.dtype_calls import run
from benchmarks.dtypes import samples
from onnxp.errors import DTypeError
from onnxp.testing import run_all_ways
from tests.helpers.every_way import Calls
from tests.helpers.numpy_elements import SAME, expected

HEADS = ("int64?", "float64?", "bool?", "string?")

UFUNCS_OF_TWO = (
    "add subtract multiply divide floor_divide remainder fmod maximum minimum fmax fmin arctan2 hypot copysign "
    "equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor bitwise_and "
    "bitwise_or bitwise_xor logaddexp heaviside nextafter"
).split()
UFUNCS_OF_ONE = (
    "absolute negative positive sign square sqrt exp log log1p expm1 sin cos tanh floor ceil trunc rint "
    "reciprocal isnan isfinite isinf signbit logical_not invert cbrt deg2rad"
).split()
OPERATORS = ("add sub mul truediv floordiv mod eq ne lt le gt ge and_ or_ xor").split()

CALLS = {
    **{f"np.{name}": [f"np.{name}(x, y)", f"np.{name}(m, c)"] for name in UFUNCS_OF_TWO},
    **{f"np.{name}": [f"np.{name}(x)"] for name in UFUNCS_OF_ONE},
    **{f"operator.{name}": [f"operator.{name}(x, y)"] for name in OPERATORS},
    "np.power": ["np.power(x, k)"],
    # moves
    "append": ["np.append(x, y)"],
    "concatenate": ["np.concatenate([x, y])", "np.concatenate([m, m], axis=1)"],
    "stacks": [
        "np.stack([x, y])",
        "np.hstack([x, y])",
        "np.vstack([x, y])",
        "np.column_stack([x, y])",
    ],
    "dstack": ["np.dstack([x, y])"],
    "tile": ["np.tile(x, 2)"],
    "repeat": ["np.repeat(x, 2)", "np.repeat(x, k)"],
    "roll": ["np.roll(x, 1)", "np.roll(m, 1, axis=1)"],
    "flips": ["np.flip(x)", "np.flipud(m)", "np.fliplr(m)", "np.rot90(m)"],
    "transposes": ["np.transpose(m)", "np.swapaxes(m, 0, 1)", "np.moveaxis(m, 0, 1)", "m.T"],
    "shapes": [
        "np.ravel(m)",
        "np.reshape(m, -1)",
        "np.expand_dims(x, 0)",
        "np.squeeze(x[None], axis=0)",
    ],
    "at least": ["np.atleast_1d(x)", "np.atleast_2d(x)", "np.broadcast_to(c, (2, 3))"],
    "diagonals": ["np.diag(c)", "np.diag(q)", "np.diagonal(q)", "np.trace(q)"],
    "split": ["np.split(c, 3)", "np.array_split(c, 2)"],
    "take": ["np.take(x, i)", "np.take(m, k, axis=1)", "np.take_along_axis(x, i, 0)"],
    "delete": ["np.delete(c, 1)"],
    "insert": ["np.insert(c, 1, c[:1])"],
    "compress": ["np.compress(b, x)", "np.extract(b, x)"],
    "resize": ["np.resize(c, 5)"],
    "triangles": ["np.tril(m)", "np.triu(m, k=1)"],
    "pad": ["np.pad(x, 1, mode='edge')", "np.pad(c, (1, 2), mode='wrap')"],
    # choices
    "where": ["np.where(b, x, y)", "np.where(u, x, y)", "np.where(p, m, c)"],
    "select": ["np.select([b, ~b], [x, y], y)"],
    "choose": ["np.choose(k, [x, y, x])"],
    "clip": ["np.clip(x, c[:1], c[1:2])"],
    "copyto": ["written(np.copyto, x, y, where=b)"],
    "put": [
        "written(np.put, c, [0, 2], c[:1])",
        "written(np.putmask, x, b, y)",
        "written(np.place, c, [True, False, True], c[1:2])",
    ],
    # reductions
    **{
        name: [f"np.{name}(x)", f"np.{name}(m, axis=0)", f"np.{name}(m, axis=1, keepdims=True)"]
        for name in "sum prod min max mean std var any all".split()
    },
    "ptp": ["np.ptp(x)"],
    **{name: [f"np.{name}(x)", f"np.{name}(m, axis=1)"] for name in ("argmax", "argmin")},
    **{name: [f"np.{name}(x)", f"np.{name}(m, axis=1)"] for name in ("cumsum", "cumprod")},
    "count_nonzero": ["np.count_nonzero(x)", "np.count_nonzero(m, axis=1)"],
    "nonzero": ["np.nonzero(x)", "np.flatnonzero(x)", "np.argwhere(x)"],
    "average": ["np.average(x)"],
    # order and sets
    "sort": ["np.sort(x)", "np.sort(m, axis=0)", "np.argsort(x, kind='stable')"],
    "partition": ["np.partition(c, 1)[1]"],
    "unique": ["np.unique(x)", "np.unique_counts(x)"],
    "searchsorted": [
        "np.searchsorted(np.sort(x), y)",
        "np.searchsorted(np.sort(x), y, side='right')",
    ],
    "isin": ["np.isin(x, c)"],
    "sets": ["np.union1d(x, y)", "np.intersect1d(x, y)", "np.setdiff1d(x, y)", "np.setxor1d(x, y)"],
    # products, differences
    "products": [
        "np.dot(m, c)",
        "np.matmul(m, q)",
        "np.inner(c, c)",
        "np.vdot(c, c)",
        "np.tensordot(m, q, axes=1)",
    ],
    "outer": ["np.outer(x, c)", "np.multiply.outer(x, c)"],
    "kron": ["np.kron(c, c)"],
    "einsum": ["np.einsum('ij,j->i', m, c)", "np.einsum('ij->ji', m)"],
    "diff": ["np.diff(x)", "np.ediff1d(x)", "np.diff(m, axis=1)"],
    "gradient": ["np.gradient(c)"],
    # elements
    "round": ["np.round(x)", "np.round(x, 1)"],
    "fix": ["np.fix(x)"],
    "real": ["np.real(x)", "np.imag(x)"],
    "isclose": ["np.isclose(x, y)"],
    "nan_to_num": ["np.nan_to_num(x)"],
    "interp": ["np.interp(x, [0.0, 1.0, 2.0], [0.0, 10.0, 20.0])"],
    "digitize": ["np.digitize(x, [0.0, 1.0])"],
    "likes": ["np.zeros_like(x)", "np.ones_like(x)", "np.full_like(x, c[0])", "np.copy(x)"],
    "along an axis": ["np.apply_along_axis(np.max, 1, m)"],
    "argpartition": ["np.take(c, np.argpartition(c, 1)[1:2])"],
    "fill": [
        "written(np.fill_diagonal, q, c[0])",
        "written(np.put_along_axis, m, k[:, None], c[:1, None], 1)",
    ],
    "ascontiguousarray": ["np.ascontiguousarray(m)", "np.asfortranarray(m)"],
    "same": list(SAME),
}


@cache
def calls(head: str) -> Calls:
    return Calls(head, [call for row in CALLS.values() for call in row], expected)


@pytest.mark.parametrize("head", HEADS)
def test_results(head):
    complaints = [
        text for rows in (0, 1, 4) for text in calls(head).check(rows, rows, static=rows == 1)
    ]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(
    "call",
    ["np.add.reduceat(x, [0, 1])", "np.add.at(x, 0, 1)", "np.histogram(x)", "np.cross(c, c)"],
)
def test_what_is_refused(call):
    with pytest.raises(DTypeError, match="not defined for nullable arrays; fill the nulls by"):
        run(call, samples()["int64?"])


def test_isin_of_nothing():
    for x in (np.array(["a", "b"]), np.array([1, 2])):
        assert run_all_ways(lambda x: np.isin(x, []), x).tolist() == [False, False]
