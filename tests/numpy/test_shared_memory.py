"""Which arrays share their elements: a write into a result shows in the arguments if it does in numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import onnxp as xp
from onnxp._src.array import views
from onnxp.errors import (
    ArgumentError,
    NumpyAttributeError,
    NumpyFunctionError,
    OnnxpError,
    ReadOnlyError,
)
from tests.helpers import numpy_calls

NAMES = [*numpy_calls.functions(), *numpy_calls.methods()]
OTHERWISE = frozenset(
    # numpy.asanyarray and the like return arrays of numpy unless the namespace is translated
    "numpy.asanyarray numpy.asarray numpy.ascontiguousarray numpy.asfortranarray numpy.require numpy.lexsort "
    # read-only here, where numpy returns views that it warns of, or overlap
    "numpy.broadcast_arrays numpy.meshgrid numpy.imag "
    # numpy 2.4.6 leaves the elements undefined, or ends the process for `out` of another dtype
    "numpy.nanpercentile numpy.nanquantile numpy.nancumprod".split()
)


def effects(call: numpy_calls.NumpyCall, make: Callable[[np.ndarray], Any]) -> Iterator[list[Any]]:
    """Yield the arguments after a call, and after a write into each result; the results after the reverse."""
    args, kwargs = numpy_calls._replaced((call.args, call.kwargs), make)
    kind = type(make(np.zeros(1)))
    given = [x for x in numpy_calls._leaves([*args, *kwargs.values()]) if isinstance(x, kind)]
    result = call.function(*args, **kwargs)
    results = [x for x in numpy_calls._leaves([result]) if isinstance(x, kind) and x.ndim]
    yield [np.array(x) for x in given]
    for written, others in [*((x, given) for x in results), *((x, results) for x in given)]:
        try:
            written[...] = 5
        except ValueError as error:
            if "memory" in str(error):  # numpy decides by the memory, so that onnxp refuses
                return
            yield ["read-only"]
        yield [np.array(x) for x in others]


@pytest.mark.skipif(
    tuple(map(int, np.__version__.split(".")[:2])) < (2, 4),
    reason="the calls follow the signatures of numpy's methods, which it has since 2.4",
)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in NAMES if name not in OTHERWISE])
def test_a_write_shows_where_it_does_in_numpy(name: str) -> None:
    @settings(
        max_examples=4,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(numpy_calls.calls(name))
    def same(call: numpy_calls.NumpyCall) -> None:
        try:
            expected = list(effects(call, np.array))
            result = list(effects(call, xp.asarray))
        except Exception:  # of either: other tests compare what is raised
            return
        for ours, right in zip(result, expected, strict=False):
            for a, b in zip(ours, right, strict=True):
                np.testing.assert_array_equal(a, b, err_msg=repr(call))

    same()


def change_real_parts(z: Any) -> Any:
    z.real = 5
    z.imag[0] = 1
    z.imag = [7, 8]
    return z


def fill_gaps_in_place(x: Any) -> Any:
    x[0, 0] = np.nan
    np.nan_to_num(x[:, 0], copy=False, nan=5.0)
    return np.nan_to_num(x, copy=False)


def write_flat(x: Any) -> Any:
    x.T.flat[1] = 40
    x.flat[:: x.shape[1] + 1] = 0
    part = x.flat[:2]
    part[0] = 99
    y = np.zeros_like(x)
    y.flat = [1.0, 2.0]
    return np.stack([x, y]) + sum(x[0].flat)


def look_at_a_diagonal(x: Any) -> Any:
    diagonal = x[:3].diagonal()
    x[0, 0] = 77
    x += 1
    return diagonal


def write_into_new_arrays(x: Any) -> Any:
    full = np.full_like(x, 2)
    full[0] = 1
    grid, _ = np.meshgrid(np.asarray(x[0]), np.arange(2.0))
    grid[0] = 7
    return full.sum() + grid.sum()


def write_diagonals(x: Any) -> Any:
    square = x.T @ x
    np.einsum("ii->i", square)[:] = 0
    diagonals = np.einsum("ijj->ji", x[:, :, None] * np.ones(3))
    cubes = np.einsum("ij,k->ijk", x, np.ones(3))
    np.einsum("ijj->ij", cubes)[:, 1] += 5
    truth = x[:3] > 4
    np.einsum("ii->i", truth)[...] = True
    np.einsum("ij->ji", x)[0] = -1
    diagonals[0] = 9
    return square.sum() + cubes.sum() + truth.sum() + diagonals.sum() + x


def fill_diagonals(x: Any) -> Any:
    tall, wide, wrapped = x.copy(), x.T.copy(), np.concatenate([x, x])
    np.fill_diagonal(tall, 50)
    np.fill_diagonal(wide, [60, 70])
    np.fill_diagonal(wrapped, [80, 90], wrap=True)
    return np.concatenate([tall, wide.T, wrapped])


@pytest.mark.parametrize(
    "function",
    [
        fill_gaps_in_place,
        write_flat,
        look_at_a_diagonal,
        write_into_new_arrays,
        write_diagonals,
        fill_diagonals,
    ],
)
@pytest.mark.parametrize("spec", ["float64[4, 3]", "float64[N, 3]"])
def test_writes_in_place(function: Callable[[Any], Any], spec: str) -> None:
    x = np.arange(12.0).reshape(4, 3)
    expected = function(x.copy())
    np.testing.assert_array_equal(np.asarray(function(xp.asarray(x))), expected)
    np.testing.assert_array_equal(xp.trace(function, spec)(x), expected)


def test_times_are_viewed_as_integers() -> None:
    def change(when: Any) -> Any:
        days = when.view("int64")
        days[days % 7 == 0] = 1
        return when, days

    when = np.arange(5, 15).astype("datetime64[D]")
    expected = change(when.copy())
    for results in (change(xp.asarray(when)), xp.trace(change, "datetime64[D][N]")(when)):
        for result, right in zip(results, expected, strict=True):
            np.testing.assert_array_equal(np.asarray(result), right)


def test_parts_of_complex_numbers_are_set() -> None:
    z = np.array([1 + 2j, 3 - 1j])
    expected = change_real_parts(z.copy())
    np.testing.assert_array_equal(np.asarray(change_real_parts(xp.asarray(z))), expected)
    np.testing.assert_array_equal(xp.trace(change_real_parts, "complex128[N]")(z), expected)
    x = xp.zeros(2)
    x.real = 3
    assert x.tolist() == [3, 3]
    with pytest.raises(TypeError, match="no imaginary"):
        x.imag = 3


@pytest.mark.parametrize(
    "take",
    [
        lambda x: np.diag(x),
        lambda x: x.diagonal(),
        lambda x: np.linalg.diagonal(x),
        lambda x: xp.linalg.diagonal(x),
    ],
)
def test_diagonals_are_read_only(take: Callable[[Any], Any]) -> None:
    with pytest.raises(ReadOnlyError, match="copy"):
        take(xp.ones((2, 2)))[0] = 1


class TestWhetherArraysShare:
    X = xp.reshape(xp.arange(12), (4, 3))

    @pytest.mark.parametrize(
        ("a", "b", "shared"),
        [
            (X, X, True),
            (X, X.T, True),
            (X[0], X[1], False),
            (X[:, 0], X[2], True),
            (X[::2], X[1::2], False),
            (X, X.copy(), False),
            (X, X + 1, False),
            (X[:0], X[:0], False),
            (X, np.zeros(3), False),
        ],
    )
    def test_as_in_numpy(self, a: Any, b: Any, shared: bool) -> None:
        assert np.shares_memory(a, b) is shared
        assert np.may_share_memory(a, b) is shared

    def test_parts_of_complex_numbers(self) -> None:
        z = xp.asarray([1j, 2])
        assert np.shares_memory(z.real, z)
        assert not np.shares_memory(z.real, z.imag)

    def test_sizes_that_are_not_known(self) -> None:
        x = xp.argument(("N", 3), xp.float64)
        assert np.may_share_memory(x[0], x[1])
        assert not np.shares_memory(x, x.copy())
        with pytest.raises(NumpyFunctionError, match="may_share_memory"):
            np.shares_memory(x[0], x[1])

    def test_base(self) -> None:
        x = self.X.copy()
        assert x.base is None
        assert x[0].T.base is x


@pytest.mark.parametrize(
    ("use", "advice"),
    [
        (lambda x: x.flags.writeable, r"x\.copy"),
        (lambda x: x.strides, "sliding_window_view"),
        (lambda x: x.ctypes, r"np\.asarray\(x\)\.ctypes"),
        (lambda x: x.data, r"np\.asarray\(x\)\.data"),
        (lambda x: x.resize((2, 2)), "np.zeros"),
        (lambda x: x.view(np.int64), r"x\.astype\(int64\)"),
        (lambda x: setattr(x, "shape", (2, 2)), r"x\.reshape"),
        (lambda x: setattr(x, "dtype", np.int64), r"x\.astype"),
    ],
)
def test_attributes_of_the_memory(use: Callable[[Any], Any], advice: str) -> None:
    for x in (xp.ones(4), xp.argument(("N",), xp.float64)):
        with pytest.raises(NumpyAttributeError, match=advice):
            use(x)
        assert not hasattr(x, "strides")


def test_other_attributes() -> None:
    x = xp.ones((2, 3), dtype=xp.float32)
    assert (x.nbytes, x.itemsize) == (24, 4)
    x.view()[0] = 5
    x.view(np.ndarray)[1] = 6
    x.view(np.float32)[:, 0] = 7
    assert x.tolist() == [[7, 5, 5], [7, 6, 6]]
    with pytest.raises(AttributeError, match="'iloc'") as raised:
        x.iloc  # noqa: B018
    assert not isinstance(raised.value, OnnxpError)


@pytest.mark.parametrize("value", [300, np.int64(300), np.float64(300.5), [300] * 3, 1e20, np.nan])
@pytest.mark.parametrize(
    "write",
    [
        lambda x, v: x.__setitem__(0, v[0] if isinstance(v, list) else v),
        lambda x, v: x.__setitem__(slice(None), v),
        lambda x, v: x.fill(v[0] if isinstance(v, list) else v),
    ],
)
def test_numbers_that_a_dtype_cannot_hold(write: Callable[[Any, Any], None], value: Any) -> None:
    with pytest.raises((OverflowError, ValueError)):
        write(np.zeros(3, np.int8), value)
    with pytest.raises(OnnxpError):
        write(xp.zeros(3, dtype=xp.int8), value)


@pytest.mark.parametrize(
    "write",
    [
        lambda x: np.copyto(x, 300),
        lambda x: np.put(x, [0], 300),
        lambda x: np.place(x, x == 0, [300]),
        lambda x: np.putmask(x, x == 0, 300),
    ],
)
def test_functions_that_write_such_numbers(write: Callable[[Any], None]) -> None:
    with pytest.raises(OnnxpError, match="300"):
        write(xp.zeros(3, dtype=xp.int8))


def test_squares_of_truth_values() -> None:
    x = np.array([True, False])
    assert (xp.asarray(x) ** 2).dtype == (x**2).dtype == np.int8
    assert (xp.asarray(x) ** 3).dtype == (x**3).dtype


def test_many_views_of_views_are_written_at_once() -> None:
    x = xp.zeros(300)
    chain = [x]
    for _ in range(299):
        chain.append(chain[-1][1:])
    get, taken = views.INDEX.get, []

    def counted(planes: Any, argument: Any) -> Any:
        taken.append(argument)
        return get(planes, argument)

    assert all(view._links.kind is views.INDEX for view in chain[1:])
    kind = views.INDEX._replace(get=counted)
    for view in chain[1:]:
        view._links.kind = kind
    chain[150][0] = 1
    assert len(taken) <= 450  # 150 to put the elements back, and 300 for the views
    assert float(chain[100][50]) == 1


TURNED = {
    "T": lambda x: x.T,
    "swapaxes": lambda x: np.swapaxes(x, 0, 1)[1:],
    "of a result": lambda x: np.abs(x.T) + 1,
    "copy": lambda x: np.copy(x.T),
    "copy in the order of memory": lambda x: x.T.copy("K"),
    "array": lambda x: np.array(x.T),
    "astype": lambda x: x.T.astype(np.float32),
    "zeros_like": lambda x: np.zeros_like(x.T) + np.arange(2),
    "full_like": lambda x: np.full_like(x.T, 2),
    "concatenate": lambda x: np.concatenate([x.T, x.T]),
    "stack": lambda x: np.stack([x.T, x.T])[0],
    "sort": lambda x: np.sort(x.T, axis=0),
    "cumsum": lambda x: x.T.cumsum(axis=0),
    "where": lambda x: np.where(x.T > 1, x.T, 0),
    "sum": lambda x: np.stack([x, x, x]).transpose(2, 1, 0).sum(axis=0),
    "roll": lambda x: np.roll(x.T, 1, axis=0),
    "order of Fortran": lambda x: np.asfortranarray(x.reshape(4, 2)),
    "copy in the order of Fortran": lambda x: np.copy(x.reshape(4, 2), "F"),
    "method": lambda x: x.reshape(4, 2).copy(order="F"),
}
IN_C = {
    "copy": lambda x: x.T.copy()[::-1] * 2,
    "of C": lambda x: np.copy(x.T, order="C"),
    "zeros_like": lambda x: np.zeros_like(x.T, None, "C") + x.T.copy(),
    "matmul": lambda x: x.T @ x,
    "take": lambda x: np.take(x.T, [1, 0], axis=0),
    "indices": lambda x: x.T[[1, 0]],
    "repeat": lambda x: np.repeat(x.T, 2, axis=0),
}
BY_MEMORY = {
    "ravel": lambda x, order: np.ravel(x, order=order),
    "flatten": lambda x, order: x.flatten(order),
    "method": lambda x, order: x.ravel(order=order),
    "reshape": lambda x, order: np.reshape(x, (2, -1), order="A"),
}


@pytest.mark.parametrize("order", ["A", "K"])
@pytest.mark.parametrize("name", BY_MEMORY)
@pytest.mark.parametrize("turn", TURNED)
def test_orders_of_memory_are_refused_after_a_transpose(turn, name, order):
    def function(x):
        return BY_MEMORY[name](TURNED[turn](x), order)

    if isinstance(TURNED[turn](xp.ones((2, 4))), xp.Array):  # not one of numpy
        with pytest.raises(
            ArgumentError, match=r"order='[AK]' takes the elements as numpy keeps them.*order='C'"
        ):
            function(xp.ones((2, 4)))
    with pytest.raises(ArgumentError, match=r"models have no such order"):
        xp.trace(function, "float64[N, 4]")


@pytest.mark.parametrize("turn", TURNED)
def test_a_reshaped_array_that_may_be_a_copy_is_not_written_to(turn):
    def function(x):
        y = TURNED[turn](x)
        y.reshape(-1)[0] = 1
        return y

    x = np.arange(8.0).reshape(2, 4)
    copy = TURNED[turn](x)
    assert not np.shares_memory(copy, copy.reshape(-1))
    if turn in ("T", "swapaxes"):  # views, of which the order is known
        np.testing.assert_array_equal(xp.trace(function, "float64[2, 4]")(x), function(x))
    else:
        with pytest.raises(ReadOnlyError):
            xp.trace(function, "float64[2, 4]")


@pytest.mark.parametrize("order", ["A", "K"])
@pytest.mark.parametrize("name", BY_MEMORY)
@pytest.mark.parametrize("make", IN_C)
def test_orders_of_memory_are_those_of_c_otherwise(make, name, order):
    def function(x):
        return BY_MEMORY[name](IN_C[make](x), order)

    x = np.arange(8.0).reshape(2, 4)
    np.testing.assert_array_equal(xp.trace(function, "float64[N, 4]")(x), function(x))
