"""Views share their elements with the array that they were taken of, as in numpy."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp._src.array.layout import Strided, indexed, reshaped, transposed
from onnxp._src.shapes.dims import dim
from onnxp.errors import ArgumentError, ReadOnlyError, ShapeError, UnknownSizeError
from tests.helpers import fuzzing

X = np.arange(12.0).reshape(4, 3)


def results(function, arrays):
    """Return what a function returns and what it leaves in its arguments, as numpy arrays."""
    returned = function(*arrays)
    parts = returned if isinstance(returned, tuple | list) else (returned,)
    return [np.asarray(part) for part in (*parts, *arrays)]


def check(function, *arrays, open_sizes=True):
    """Compare with numpy: evaluated, exported with fixed sizes, and exported with symbolic sizes."""
    expected = results(function, [x.copy() for x in arrays])
    for result in (
        results(function, [xp.asarray(x) for x in arrays]),
        traced(function, arrays, [x.shape for x in arrays]),
        *(
            [traced(function, arrays, [symbolic(i, x.shape) for i, x in enumerate(arrays)])]
            if open_sizes
            else []
        ),
    ):
        for ours, theirs in zip(result, expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def symbolic(i, shape):
    return tuple(dim(f"n{i}_{j}", min(size, 2)) for j, size in enumerate(shape))


def traced(function, arrays, shapes):
    def owned(*arrays):
        copies = [x.copy() for x in arrays]
        returned = function(*copies)
        return [*(returned if isinstance(returned, tuple | list) else (returned,)), *copies]

    specs = [xp.spec(s, x.dtype) for s, x in zip(shapes, arrays, strict=True)]
    return xp.trace(owned, *specs)(*arrays)


def replace_nan(x):
    column = x[:, 0]
    column[np.isnan(column)] = 0
    return column


def center_columns(x):
    for column in x.T:
        column -= column.mean()
    return x


def write_through_a_mask(x):
    x[:, 1][x[:, 1] < 5] = 0
    return x


def write_out(x):
    out = np.zeros_like(x)
    np.multiply(x[:, 0], 2, out=out[:, 0])
    return out


def flatten(x):
    y = x.ravel()
    y[y > 1] = 1
    return y


def swap(x):
    x[0], x[1] = x[1], x[0]
    return x


def views_of_views(x):
    v = x[1:3]
    w = v[:, 1:]
    x[2] = 7
    w[0] = -1
    v += 1
    return v, w


def take_a_number(x):
    row = x[0]
    number = row[0]
    number += 10
    row[1] = 5
    return row, number


def one_element(x):
    v = x[0, 0, ...]
    v += 1
    return v


def reverse(x):
    v = np.flip(x, axis=0)
    v[0] = 5
    w = x[::-1, ::-1]
    w[0, 0] = 6
    return v, w


def reshape_and_turn(x):
    v = x.reshape(-1)
    w = v[:4].reshape(2, 2).T
    w[0] = -2
    v[3] = 9
    return v, w


def ravel_copies(x):
    y = x[::-1, :].ravel()
    y[0] = 1
    z = np.ravel(x[:, 0])
    z[0] = 2
    u = np.ravel(x[:, 1][::-1])
    u[0] = 3
    v = np.ravel(x, order="F")
    v[0] = 4
    w = x.T.ravel("F")  # a view, as those behind it
    w[1] = 5
    t = x[1:].ravel()
    t[0] = 6
    s = x[:, None, :].ravel()
    s[5] = 7
    return y, z, u, v, w, t, s


def ravel_parts(x):
    z = x + 1j * x
    real = z.real.ravel()
    real[0] = 8
    whole = z.ravel()
    whole[1] = 9
    return z


def copies(x):
    y = x.copy()
    y[0] = 1
    z = x.flatten()
    z[0] = 2
    u = x[[0, 1]]
    u[0] = 3
    v = x[x > 3]
    v[0] = 4
    w = np.pad(x, 0)
    w[0] = 5
    return y, z, u, v, w


def swap_axes(x):
    v = np.swapaxes(x, 0, 1)
    v[0] = 1
    u = np.moveaxis(x, 0, 1)
    u[1] = 2
    w = np.expand_dims(x, 1)
    w[:, 0, 2] = 8
    s = np.squeeze(w, 1)
    s[1] = 4
    return v, u, w, s


def reverse_all_axes(x):
    cube = x.reshape(2, 2, 3)
    turned = cube.T
    turned[0] = -1
    return turned, cube


def write_to_the_base(x):
    v = x[1]
    t = x.T
    x += 1
    x[1, 0] = 50
    return v, t


def overlap(x):
    x[1:] += x[:-1]
    return x


def in_a_loop(x):
    for i in range(3):
        x[i + 1] -= x[i] * 0.5
        x[i][1] = i
    return x


@pytest.mark.parametrize(
    "function",
    [
        write_through_a_mask,
        write_out,
        flatten,
        swap,
        views_of_views,
        take_a_number,
        one_element,
        reverse,
        reshape_and_turn,
        ravel_copies,
        ravel_parts,
        copies,
        swap_axes,
        reverse_all_axes,
        write_to_the_base,
        overlap,
        in_a_loop,
    ],
    ids=lambda function: function.__name__,
)
def test_as_in_numpy(function):
    check(function, X)


def test_columns_one_by_one():
    expected = center_columns(X.copy())
    np.testing.assert_array_equal(np.asarray(center_columns(xp.asarray(X))), expected)
    result = xp.trace(lambda x: center_columns(x.copy()), "float64[N, 3]")(X)
    np.testing.assert_array_equal(result, expected)


def test_missing_numbers_in_a_column():
    x = X.copy()
    x[1, 0] = np.nan
    check(replace_nan, x)


def test_unpacking_and_splitting():
    def double(x):
        a, b, c = x.T
        a *= 2
        top, bottom = np.split(x, 2)
        top += bottom
        return a, b, c, top

    expected = results(double, [X.copy()])
    for ours, theirs in zip(results(double, [xp.asarray(X)]), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(traced(double, [X], [(4, 3)])[-1], expected[-1])


def test_parts_of_complex_numbers():
    def change(z):
        z.real[0] = 9
        z.imag[1] = 4
        return z.real, z.imag

    check(change, np.array([1 + 2j, 3 - 1j]))


class TestReadOnly:
    @pytest.mark.parametrize(
        "view",
        [
            lambda x: xp.broadcast_to(x, (2, 3)),
            lambda x: xp.broadcast_arrays(x, xp.zeros((2, 1)))[0],
            lambda x: xp.broadcast_to(x, (2, 3))[0],
        ],
    )
    def test_broadcast_arrays(self, view):
        x = xp.asarray([1.0, 2.0, 3.0])
        v = view(x)
        with pytest.raises(ReadOnlyError, match=r"read-only.*\.copy\(\)"):
            v[...] = 1
        with pytest.raises(ReadOnlyError):
            v += 1
        x[0] = 7
        assert float(v[(0,) * v.ndim]) == 7

    @pytest.mark.parametrize("write", ["view", "base"])
    def test_where_numpy_decides_by_the_size(self, write):
        def function(x):
            flat = x.T.reshape(-1)  # a view of one row, a copy of several
            (flat if write == "view" else x)[0] = 1
            return flat

        with pytest.raises(ReadOnlyError, match=r"reshape.*\.copy\(\)"):
            xp.trace(function, "float64[N, 3]")
        check(function, X)  # where there are at least two rows, it is a copy

    def test_where_numpy_decides_by_whether_the_size_is_even(self):
        def function(x):
            part = x[::2].reshape(3, -1)
            x[0] = 99
            return part

        with pytest.raises(ReadOnlyError, match="reshape"):
            xp.trace(function, "float64[N, 3]")
        check(function, X, open_sizes=False)

    def test_where_numpy_decides_by_the_memory(self):
        x = xp.asarray(X).T + 1  # in numpy in Fortran order, so that ravel copies
        flat = x.ravel()
        with pytest.raises(ReadOnlyError, match="memory"):
            flat[0] = 1
        del flat
        x[0] = 1


class TestCosts:
    def test_no_nodes_for_views_that_are_not_written_to(self):
        program = xp.trace(lambda x: x[1:] - x[:-1], "float64[N, 2]")
        assert [node.op_type for node in program.model.graph.node] == ["Slice", "Slice", "Sub"]

    def test_in_place_operators_of_a_part_write_once(self):
        def function(x):
            x[1:3] += 5
            return x

        program = xp.trace(function, "float64[5, 2]")
        operators = [node.op_type for node in program.model.graph.node]
        assert sorted(operators) == ["Add", "Concat", "Slice", "Slice", "Slice"]

    def test_views_do_not_keep_each_other_alive(self):
        x = xp.asarray(np.zeros(2000))
        for _ in range(1500):
            x = x[1:]
        root = x._links.root
        assert root.shape == (2000,)
        assert len(root._links.views) < 40
        x[0] = 1
        assert float(root[1500]) == 1

    def test_long_series_of_writes(self):
        x = xp.asarray(np.zeros((2, 3)))
        row = x[0]
        for _ in range(1000):
            row += 1
        np.testing.assert_array_equal(np.asarray(x), [[1000] * 3, [0] * 3])


class TestJit:
    def test_arguments_that_are_written_to(self):
        @xp.jit
        def normalize(x, y):
            x[:, 0] -= 1
            y.T[0] = 5
            return x + 1

        x, y, z = xp.asarray(X), xp.asarray(X), X.copy()
        result = normalize(x, y)
        expected = X.copy()
        expected[:, 0] -= 1
        np.testing.assert_array_equal(np.asarray(x), expected)
        np.testing.assert_array_equal(np.asarray(result), expected + 1)
        assert np.asarray(y)[:, 0].tolist() == [5] * 4
        normalize(z, z)
        np.testing.assert_array_equal(z, X)  # the caller's numpy arrays stay as they are

    def test_arguments_that_share_their_elements(self):
        def function(x, y):
            x[0] = y[-1]
            y += x
            return x.sum()

        for pick in (lambda x: (x, x), lambda x: (x, x[::-1]), lambda x: (x[:2], x[1:])):
            x, ours = np.arange(3.0), xp.asarray(np.arange(3.0))
            assert float(xp.jit(function)(*pick(ours))) == function(*pick(x))
            np.testing.assert_array_equal(np.asarray(ours), x)

    def test_views_as_arguments(self):
        @xp.jit
        def clear(x):
            x[...] = 0

        x = xp.asarray(X)
        clear(x[1])
        assert np.asarray(x)[1].tolist() == [0, 0, 0]
        assert np.asarray(x)[2].tolist() == [6, 7, 8]


def test_views_inside_of_loops():
    def step(i, x):
        row = x[i]
        row *= 2
        return x

    result = xp.trace(lambda x: xp.fori_loop(0, 3, step, x), "float64[N, 3]")(X)
    expected = X.copy()
    expected[:3] *= 2
    np.testing.assert_array_equal(result, expected)


def test_views_of_arrays_from_outside_of_a_loop():
    def function(x):
        row = x[0]

        def step(i, total):
            row[0] = 1
            return total + row[0]

        return xp.fori_loop(0, 3, step, xp.asarray(0.0))

    with pytest.raises(ArgumentError, match="from outside"):
        xp.trace(function, "float64[N, 3]")


# Random series of views and writes

KEYS = [
    (0,),
    (-1,),
    (slice(1, None),),
    (slice(None, None, 2),),
    (slice(None, None, -1),),
    (slice(None), 0),
    (slice(None), slice(0, 2)),
    (..., 0),
    (..., slice(None, None, -1)),
    (None,),
    (slice(0, 2), None),
]


@st.composite
def series(draw):
    """Draw instructions: views of earlier arrays, and writes into them."""
    steps = []
    for _ in range(draw(st.integers(2, 7))):
        source = draw(st.integers(0, 6))
        kind = draw(
            st.sampled_from(
                "index turn flat split_last copy flip write add mask fancy number swap diagonal flat_write "
                "order fill sort put real".split()
            )
        )
        steps.append((kind, source, draw(st.integers(0, 10))))
    return steps


def follow(steps, x, skipped=None):
    """Follow instructions as far as the arrays allow, and return all arrays; `skipped` gets the others."""
    arrays = [x]
    for kind, source, number in steps:
        a = arrays[source % len(arrays)]
        if kind == "index":
            try:
                view = a[KEYS[number % len(KEYS)]]
            except IndexError:
                if skipped is not None:
                    skipped.append(kind)
                continue
            if view.ndim:
                arrays.append(view)
        elif kind == "turn" and a.ndim > 1:
            arrays.append(np.swapaxes(a, 0, number % a.ndim))
        elif kind == "flat":
            arrays.append(a.reshape(-1))
        elif kind == "split_last" and a.ndim and a.shape[-1] == 4:
            arrays.append(a.reshape((*a.shape[:-1], 2, 2)))
        elif kind == "copy":
            arrays.append(a.copy())
        elif kind == "flip" and a.ndim:
            arrays.append(np.flip(a, axis=number % a.ndim))
        elif kind == "write":
            try:
                a[KEYS[number % len(KEYS)]] = number
            except IndexError:
                if skipped is not None:
                    skipped.append(kind)
                continue
        elif kind == "add":
            a += number
        elif kind == "mask":
            a[a > 5] = number
        elif kind == "fancy" and a.ndim and a.shape[0] > 1:
            a[np.array([1, 0])] = -number
        elif kind in MORE and a.ndim and a.size:
            MORE[kind](a, number, arrays)
    return arrays


def take_out(a, number, arrays):
    element = a[(0,) * a.ndim]
    element += number
    a[(-1,) * a.ndim] = element


def swap_ends(a, number, arrays):
    a[0], a[-1] = a[-1], a[0]


def look_at_the_diagonal(a, number, arrays):
    if a.ndim > 1:
        arrays.append(np.diagonal(a))


def write_flat_elements(a, number, arrays):
    a.flat[number % a.size] = number


def in_other_order(a, number, arrays):
    arrays.append(a.copy().T)


def symbolically(steps, x):
    """Trace instructions with symbolic sizes as far as these decide, or else with fixed sizes."""

    def function(x):
        return follow(steps, x.copy())

    try:
        return xp.trace(function, xp.spec(symbolic(0, x.shape), x.dtype))(x)
    except (UnknownSizeError, ShapeError, ReadOnlyError):
        return xp.trace(function, xp.spec(x.shape, x.dtype))(x)


MORE = {
    "number": take_out,
    "swap": swap_ends,
    "diagonal": look_at_the_diagonal,
    "flat_write": write_flat_elements,
    "order": in_other_order,
    "fill": lambda a, number, arrays: a[..., 0].fill(number) if a.ndim > 1 else None,
    "sort": lambda a, number, arrays: a.sort(axis=number % a.ndim),
    "put": lambda a, number, arrays: np.put(a, [0], number),
    "real": lambda a, number, arrays: arrays.append(a.real),
}


@given(
    steps=series(),
    shape=st.sampled_from([(3, 4), (2, 3, 4), (4,), (0, 4), (1, 4), (4, 4)]),
    way=st.sampled_from(["evaluated", "static", "jit", "symbolic"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def compare_series(steps, shape, way):
    """Compare a random series with numpy, in one of the ways to run it."""
    x = np.arange(np.prod(shape, dtype=int), dtype=np.float64).reshape(shape)
    try:
        skipped = []
        expected = [a.copy() for a in follow(steps, x.copy(), skipped)]
    except ValueError as error:  # a diagonal is read-only
        assert "read-only" in str(error)  # noqa: PT017
        with pytest.raises(ReadOnlyError):
            follow(steps, xp.asarray(x))
        return
    if way in ("jit", "symbolic") and (skipped or 0 in shape):
        way = "static"  # of symbolic sizes, an index may be out of range when the model runs
    try:
        if way == "evaluated":
            result = follow(steps, xp.asarray(x))
        elif way == "symbolic":
            result = symbolically(steps, x)
        elif way == "static":
            result = xp.trace(lambda x: follow(steps, x.copy()), xp.spec(shape, x.dtype))(x)
        else:
            ours = xp.asarray(x)
            result = [*xp.jit(lambda x: follow(steps, x))(ours)]
            result[0] = ours
    except ReadOnlyError as error:
        assert "memory" in str(error)  # noqa: PT017
        return
    assert len(result) == len(expected)
    for ours, theirs in zip(result, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), theirs)


def test_random_series_of_views_and_writes():
    if fuzzing.SECONDS:
        for number in fuzzing.seeds("views", 1):
            seed(number)(compare_series)()
    else:
        compare_series()


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_layout_is_numpys(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    x, memory = np.zeros(shape), Strided.in_order(shape)
    for _ in range(data.draw(st.integers(0, 3))):
        if data.draw(st.booleans()):
            order = data.draw(st.permutations(range(x.ndim)))
            x, memory = x.transpose(order), transposed(memory, order)
        else:
            key = data.draw(st.sampled_from(KEYS))
            used = sum(part not in (None, ...) for part in key)
            if used > x.ndim or 0 in x.shape or not x[key].ndim:
                continue
            x, memory = x[key], indexed(memory, key, int)
    target = data.draw(st.permutations(x.shape)) if data.draw(st.booleans()) else (x.size,)
    copied = not np.shares_memory(x.reshape(target), x)
    if x.size:
        assert (reshaped(memory, target) is None) == copied
