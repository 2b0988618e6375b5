"""What ends the process in kernels of some runtimes: `xp.onnx.op` records it with a guard, or refuses it."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import onnxp as xp
from onnxp.errors import EvaluationError, OperatorError

SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]


def kinds(function, *arrays: np.ndarray, spec: str = "N>=0"):
    """Yield what a function gives evaluated, and in a bare session of a model with symbolic sizes."""
    yield [np.asarray(y) for y in _several(function(*map(xp.asarray, arrays)))]
    sizes = [
        ", ".join([spec.replace("N", f"N{i}_{k}") for k in range(a.ndim)])
        for i, a in enumerate(arrays)
    ]
    specs = [f"{a.dtype}[{s}]" for a, s in zip(arrays, sizes, strict=True)]
    model = xp.trace(lambda *args: list(_several(function(*args))), *specs).model
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names = [x.name for x in session.get_inputs()]
    yield session.run(None, dict(zip(names, arrays, strict=True)))


def _several(results):
    return results if isinstance(results, tuple) else (results,)


@pytest.mark.parametrize("dtype", SIGNED + UNSIGNED)
def test_division(dtype: str):
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    minus = [-1, -2, -7] if low else []
    x = np.asarray([low, low + 1, 0, 1, 7, high], dtype)
    for divisor in [0, 1, 2, 7, high, *minus]:
        y = np.full(6, divisor, dtype)
        exact = [abs(int(a)) // abs(divisor) if divisor else 0 for a in x]
        signs = [-1 if (int(a) < 0) != (divisor < 0) else 1 for a in x]
        expected = np.asarray([a * s for a, s in zip(exact, signs, strict=True)], object)
        wrapped = ((expected - low) % 2 ** (8 * x.itemsize) + low).astype(dtype)
        for (quotient,) in kinds(lambda a, b: xp.onnx.op("Div", a, b), x, y):
            np.testing.assert_array_equal(quotient, wrapped)
        with np.errstate(divide="ignore"):
            rest = x % y
        for (result,) in kinds(lambda a, b: xp.onnx.op("Mod", a, b), x, y):
            np.testing.assert_array_equal(result, rest)


def test_division_by_constants_is_one_node():
    for number, count in ((3, 1), (-2, 1)):
        model = xp.trace(lambda x, n=number: xp.onnx.op("Div", x, n), "int64[N]").model
        assert [node.op_type for node in model.graph.node] == ["Div"] * count
    model = xp.trace(lambda x: xp.onnx.op("Div", x, 2.0), "float64[N]").model
    assert [node.op_type for node in model.graph.node] == ["Div"]


def test_division_broadcasts():
    for (quotient,) in kinds(lambda a: xp.onnx.op("Div", a, np.asarray([[3], [0]])), np.arange(4)):
        np.testing.assert_array_equal(quotient, [[0, 0, 0, 1], [0, 0, 0, 0]])


def test_fmod_stays():
    x, y = np.asarray([-7, 7]), np.asarray([2, -2])
    for (rest,) in kinds(lambda a, b: xp.onnx.op("Mod", a, b, fmod=1), x, y):
        np.testing.assert_array_equal(rest, np.fmod(x, y))


UNIQUE = {"axis": 0, "outputs": 4}


def test_unique_of_no_columns():
    with pytest.raises(OperatorError, match="without elements ends the process"):
        xp.onnx.op("Unique", xp.zeros((3, 0)), **UNIQUE)
    program = xp.trace(lambda x: list(xp.onnx.op("Unique", x, **UNIQUE)), "float64[N, M>=0]")
    results = program(np.asarray([[1.0, 2.0], [1.0, 2.0], [0.0, 5.0]]))
    np.testing.assert_array_equal(results[0], [[0.0, 5.0], [1.0, 2.0]])
    with pytest.raises(EvaluationError):
        program(np.zeros((3, 0)))


def test_unique_without_an_axis_or_of_a_vector():
    for attributes in ({}, {"axis": 0}):
        for results in kinds(
            lambda x, a=attributes: xp.onnx.op("Unique", x, outputs=4, **a), np.zeros(0)
        ):
            assert [y.shape for y in results] == [(0,)] * 4


@pytest.mark.parametrize(("name", "gates"), [("GRU", 3), ("LSTM", 4), ("RNN", 1)])
def test_recurrences_over_nothing(name: str, gates: int):
    w, r = (np.ones((1, gates * 2, 2), np.float32) for _ in range(2))
    with pytest.raises(OperatorError, match="without elements ends the process"):
        xp.onnx.op(name, xp.zeros((0, 1, 2), dtype=xp.float32), w, r, hidden_size=2)
    program = xp.trace(lambda x: xp.onnx.op(name, x, w, r, hidden_size=2), "float32[N>=0, B>=0, 2]")
    assert program(np.ones((3, 2, 2), np.float32)).shape == (3, 1, 2, 2)
    for shape in ((0, 2, 2), (2, 0, 2)):
        with pytest.raises(EvaluationError):
            program(np.ones(shape, np.float32))


def test_nothing_that_is_computed_in_a_branch():
    for shape in ((0, 3), (2, 3)):
        x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
        for values, indices in kinds(lambda a: xp.onnx.op("TopK", a[:, :3], np.asarray([2])), x):
            assert values.shape == indices.shape == (shape[0], 2)
            np.testing.assert_array_equal(values, x[:, :0:-1])
        for (hot,) in kinds(
            lambda a: xp.onnx.op("OneHot", xp.astype(a, xp.int64), 6, np.float32([0, 1])), x
        ):
            np.testing.assert_array_equal(hot, np.eye(6, dtype=np.float32)[x.astype(int)])
        for (product,) in kinds(
            lambda a: xp.onnx.op("Einsum", a, np.ones((3, 4), np.float32), equation="ij,jk->ik"), x
        ):
            np.testing.assert_array_equal(product, x @ np.ones((3, 4), np.float32))


def test_sums_over_nothing():
    x = np.zeros((2, 0), np.float32)
    for (product,) in kinds(lambda a: xp.onnx.op("Einsum", a, equation="ij->i"), x):
        np.testing.assert_array_equal(product, [0, 0])


@pytest.mark.parametrize(("name", "dtype"), [("MatMul", "float32"), ("MatMulInteger", "uint8")])
@pytest.mark.parametrize("sizes", [(2, 0, 3), (0, 2, 3), (2, 3, 0), (2, 2, 3)])
def test_products_over_nothing(name: str, dtype: str, sizes: tuple[int, int, int]):
    n, k, m = sizes
    x, y = np.ones((n, k), dtype), np.ones((k, m), dtype)
    for rest in (x, x[None]):
        result = np.asarray(xp.onnx.op(name, xp.asarray(rest), xp.asarray(y)))
        np.testing.assert_array_equal(result, np.full((*rest.shape[:-1], m), k, result.dtype))
    program = xp.trace(
        lambda a, b: xp.onnx.op(name, a, b), f"{dtype}[N>=0, K>=0]", f"{dtype}[K>=0, M>=0]"
    )
    np.testing.assert_array_equal(program(x, y), result[0])


def test_scatter_at_no_place():
    with pytest.raises(OperatorError, match="index tuples of length 0 end the process"):
        xp.onnx.op("ScatterND", xp.ones(2), xp.zeros((2, 0), dtype=xp.int64), xp.ones((2, 2)))


@pytest.mark.parametrize("k", [-(2**63), 2**63 - 1, -1, 0, 1])
def test_far_diagonals(k: int):
    x = np.ones((3, 3), np.float32)
    near = max(-5, min(k, 5))
    for (upper,) in kinds(lambda a: xp.onnx.op("Trilu", a, np.asarray(k)), x):
        np.testing.assert_array_equal(upper, np.triu(x, near))
    program = xp.trace(lambda a, d: xp.onnx.op("Trilu", a, d), "float32[N, M]", "int64[]")
    np.testing.assert_array_equal(program(x, np.asarray(k)), np.triu(x, near))


def test_index_tuples_of_nothing():
    program = xp.trace(
        lambda x, i: xp.onnx.op("GatherND", x, i), "float32[N>=0, M>=0]", "int64[K>=0, 2]"
    )
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(program(x, np.array([[1, -1], [0, 1]])), [5, 1])
    assert program(x[:0], np.zeros((0, 2), int)).shape == (0,)
    for shape, index in (((0, 3), [0, 0]), ((2, 0), [0, 0]), ((2, 0), [-1, -1]), ((2, 3), [0, 3])):
        with pytest.raises(EvaluationError):
            program(np.zeros(shape, np.float32), np.array([index]))


@pytest.mark.parametrize("pads", [None, [0, 0, 1, 0]])
def test_maxima_of_no_place(pads: list[int] | None):
    attributes = {"kernel_shape": [2, 2], "strides": [2, 2]} | ({"pads": pads} if pads else {})
    program = xp.trace(
        lambda x, i: xp.onnx.op("MaxUnpool", x, i, **attributes),
        "float32[1, 1, 1, 2]",
        "int64[1, 1, 1, 2]",
    )
    x = np.array([[[[7.0, 8.0]]]], np.float32)
    count = 4 if pads else 8
    np.testing.assert_array_equal(
        program(x, np.array([[[[0, count - 1]]]])).ravel(), [7, *[0] * (count - 2), 8]
    )
    for index in (count, -1, 2**40, -(2**63)):
        with pytest.raises(EvaluationError):
            program(x, np.array([[[[0, index]]]]))
    shaped = xp.trace(
        lambda x, i, s: xp.onnx.op("MaxUnpool", x, i, s, shape=(1, 1, 2, 4), **attributes),
        *("float32[1, 1, 1, 2]", "int64[1, 1, 1, 2]", "int64[4]"),
    )
    with pytest.raises(EvaluationError):
        shaped(x, np.array([[[[0, 2**40]]]]), np.array([1, 1, 2, 4]))


@pytest.mark.parametrize("image", [2, -1, 10**9])
def test_regions_of_no_image(image):
    program = xp.trace(
        lambda x, r, b: xp.onnx.op("RoiAlign", x, r, b),
        "float32[N, 1, 2, 2]",
        "float32[K, 4]",
        "int64[K]",
    )
    x, region = np.ones((2, 1, 2, 2), np.float32), np.array([[0, 0, 1, 1]], np.float32)
    assert program(x, region, np.array([1])).shape == (1, 1, 1, 1)
    with pytest.raises(EvaluationError):
        program(x, region, np.array([image]))


def test_images_without_elements():
    w = np.ones((1, 2, 2, 2, 3), np.float32)
    with pytest.raises(OperatorError, match="image without elements ends the process"):
        xp.onnx.op("ConvTranspose", xp.zeros((1, 1, 0, 3, 3), dtype=xp.float32), w)
    program = xp.trace(
        lambda x: xp.onnx.op("ConvTranspose", x, w), "float32[N>=0, 1, D>=0, H>=0, W>=0]"
    )
    for count in (0, 2):
        assert program(np.ones((count, 1, 2, 3, 3), np.float32)).shape == (count, 2, 3, 4, 5)
    for shape in ((1, 1, 0, 3, 3), (1, 1, 3, 0, 3), (1, 1, 3, 3, 0)):
        with pytest.raises(EvaluationError):
            program(np.ones(shape, np.float32))


def test_samples_of_no_image():
    grid = np.zeros((1, 2, 3, 2), np.float32)
    program = xp.trace(lambda x: xp.onnx.op("GridSample", x, grid), "float32[1, 1, H>=0, 4]")
    assert program(np.ones((1, 1, 3, 4), np.float32)).shape == (1, 1, 2, 3)
    with pytest.raises(EvaluationError):
        program(np.ones((1, 1, 0, 4), np.float32))
    with pytest.raises(OperatorError, match="image without elements"):
        xp.onnx.op("GridSample", xp.zeros((1, 1, 0, 4), dtype=xp.float32), grid)


def test_neighbours_of_no_channel():
    program = xp.trace(lambda x: xp.onnx.op("LRN", x, size=3), "float32[N>=0, C>=0, 2, 2]")
    assert program(np.ones((1, 3, 2, 2), np.float32)).shape == (1, 3, 2, 2)
    with pytest.raises(EvaluationError):
        program(np.ones((3, 0, 2, 2), np.float32))


def test_windows_of_any_size():
    program = xp.trace(
        lambda x, w: xp.onnx.op("Conv", x, w, shape=(1, 1, None, 3)),
        *("float32[1, 1, 4, 4]", "float32[1, 1, H>=0, 2]"),
    )
    x = np.ones((1, 1, 4, 4), np.float32)
    assert program(x, np.ones((1, 1, 3, 2), np.float32)).shape == (1, 1, 2, 3)
    with pytest.raises(EvaluationError):
        program(x, np.ones((1, 1, 0, 2), np.float32))


def test_blocks_that_are_not_the_columns():
    def function(x: Any, i: Any, b: Any) -> Any:
        return xp.onnx.op("Col2Im", x, i, b, pads=[1, 0, 0, 2], strides=[2, 1], shape=SHAPE)

    image, block = np.array([3, 4]), np.array([2, 3])
    x = np.arange(48.0, dtype=np.float32).reshape(1, 6, 8)
    SHAPE = (1, 1, 3, 4)
    (evaluated,), (exported,) = kinds(lambda a: function(a, image, block), x)
    np.testing.assert_array_equal(evaluated, exported)
    program = xp.trace(function, "float32[N>=0, C>=0, L>=0]", "int64[2]", "int64[2]", verify=False)
    np.testing.assert_array_equal(program(x, image, block), evaluated)
    for wrong in (
        (x[:, :, :7], image, block),
        (x[:, :5], image, block),
        (x, image + 1, block),
        (x, image, block + 3),
    ):
        with pytest.raises(OperatorError, match="blocks of"):
            function(*map(xp.asarray, wrong))
        with pytest.raises(EvaluationError):
            program(*wrong)
    with pytest.raises(OperatorError, match="must have"):
        xp.onnx.op("Col2Im", x, image, block[:1])
    with pytest.raises(OperatorError, match="strides must have 2 numbers"):
        xp.onnx.op("Col2Im", x, image, block, strides=[1])


@pytest.mark.parametrize("shape", [(6, 6), (7, 6), (8, 8)])
def test_results_beyond_strides(shape: tuple[int, int]):
    x = np.arange(9.0, dtype=np.float32).reshape(1, 1, 3, 3)
    w = np.ones((1, 1, 2, 1), np.float32)

    def function(x: Any) -> Any:
        return xp.onnx.op(
            "ConvTranspose", x, w, strides=[2, 2], output_shape=shape, shape=(1, 1, *shape)
        )

    program = xp.trace(function, "float32[1, 1, H, W]", verify=False)
    if shape == (8, 8):
        with pytest.raises(OperatorError, match="beyond what strides and window reach"):
            function(xp.asarray(x))
        with pytest.raises(EvaluationError):
            program(x)
    else:
        np.testing.assert_array_equal(program(x)[0, 0, :6:2, :6:2], x[0, 0])
        np.testing.assert_array_equal(program(x), function(xp.asarray(x)))


def test_grids_of_matrices():
    def function(theta: Any, size: Any) -> Any:
        return xp.onnx.op("AffineGrid", theta, size, shape=(None, 3, 4, 2))

    theta, size = np.ones((2, 2, 3), np.float32), np.array([2, 1, 3, 4])
    program = xp.trace(function, "float32[N>=0, M>=0, K>=0]", "int64[4]", verify=False)
    known = xp.trace(lambda t: function(t, size), "float32[N>=0, M>=0, K>=0]", verify=False)
    for found in (program(theta, size), known(theta), function(theta, size)):
        assert found.shape == (2, 3, 4, 2)
    for other in (theta[:1], theta[:, :1], theta[..., :2]):
        with pytest.raises(OperatorError, match=r"theta"):
            function(other, size)
        for run in (lambda t: program(t, size), known):
            with pytest.raises(EvaluationError):
                run(other)
    with pytest.raises(OperatorError, match="4 or 5 elements"):
        function(theta, size[:3])


@pytest.mark.parametrize(("mode", "most"), [("wrap", 3), ("reflect", 2)])
def test_padding_that_repeats(mode: str, most: int):
    program = xp.trace(
        lambda x, p: xp.onnx.op("Pad", x, p, mode=mode, version=19, shape=(None,)),
        *("int64[N>=0]", "int64[2]"),
        verify=False,
    )
    x = np.arange(3)
    for pads in ((0, 0), (most, most), (1, 2), (-1, 1)):
        expected = np.pad(x, np.maximum(pads, 0), mode=mode)[max(-pads[0], 0) :]
        if mode == "reflect" or pads[0] >= 0:  # else what is cropped wraps, or does not
            np.testing.assert_array_equal(program(x, np.array(pads)), expected)
    for n, pads in ((3, (most + 1, 0)), (3, (0, 100)), (0, (1, 1))):
        with pytest.raises(EvaluationError):
            program(x[:n], np.array(pads))


def test_blocks_without_elements():
    x = np.ones((1, 4, 1), np.float32)
    for size in (0, -1):
        with pytest.raises(OperatorError, match=r"blocks of sizes .* have no elements"):
            xp.onnx.op("Col2Im", x, np.array([2, 2]), np.array([2, size]))
    assert xp.onnx.op("Col2Im", x, np.array([2, 2]), np.array([2, 2])).shape == (1, 1, 2, 2)
    program = xp.trace(
        lambda x, b: xp.onnx.op("Col2Im", x, np.array([2, 2]), b, shape=(1, None, 2, 2)),
        "float32[1, 4, L]",
        "int64[2]",
    )
    assert program(x, np.array([2, 2])).shape == (1, 1, 2, 2)
    for size in (0, -1, 2**40):
        with pytest.raises(EvaluationError):
            program(x, np.array([2, size]))


IMPOSSIBLE = {
    "stride 0": (lambda x, w: xp.onnx.op("Conv", x, w, strides=[0, 1]), "it has strides 0"),
    "group 0": (lambda x, w: xp.onnx.op("Conv", x, w, group=0), "it has group 0"),
    "window": (lambda x, w: xp.onnx.op("MaxPool", x, kernel_shape=[2**20] * 2), "it has a window"),
    "weights": (lambda x, w: xp.onnx.op("Conv", x, w[:, :, :0]), "a window without elements"),
    "padding": (
        lambda x, w: xp.onnx.op("ConvTranspose", x, w, output_padding=[1, 0]),
        "it has output_padding 1",
    ),
    "rank": (lambda x, w: xp.onnx.op("Conv", x, w[0]), "rank 4 and weights of rank 3"),
    "equation": (
        lambda x, w: xp.onnx.op("Einsum", x, equation="ij"),
        "of rank 4, where 2 is needed",
    ),
    "block": (lambda x, w: xp.onnx.op("DepthToSpace", x, blocksize=2**40), "it has blocksize"),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_no_runtime_gets_over_is_refused(name: str):
    """Evaluated and traced, by the tables that models which are loaded are held to."""
    function, words = IMPOSSIBLE[name]
    x, w = xp.ones((1, 4, 3, 3), dtype=xp.float32), xp.ones((4, 4, 2, 2), dtype=xp.float32)
    with pytest.raises(OperatorError, match=words):
        function(x, w)
    with pytest.raises(OperatorError, match=words):
        xp.trace(function, "float32[N, 4, H, W]", "float32[4, 4, 2, 2]")


X, INTS = np.ones((2, 3), np.float32), np.array([1, 1])
MISSHAPEN = {
    "CumSum": lambda x: xp.onnx.op("CumSum", x, INTS),
    "CumSum of no axis": lambda x: xp.onnx.op("CumSum", x, INTS[:0]),
    "TopK": lambda x: xp.onnx.op("TopK", x, INTS),
    "TopK of rank 0": lambda x: xp.onnx.op("TopK", x, INTS[0]),
    "TopK of none": lambda x: xp.onnx.op("TopK", x, INTS[:0]),
    "axes of rank 0": lambda x: xp.onnx.op("ReduceLogSumExp", x, INTS[0], shape=(2,)),
    "batches": lambda x: xp.onnx.op("GatherND", x, INTS[:, None], batch_dims=2),
    "neighbours": lambda x: xp.onnx.op("LRN", x[None, :, :, None], size=2**31 - 1),
    "cast": lambda x: xp.onnx.op("Cast", x, to=11, saturate=2, version=19),
    "maxima": lambda x: xp.onnx.op(
        "MaxUnpool", x[None], np.zeros((1, 2, 3), int), kernel_shape=[2, 2]
    ),
    "cropped": lambda x: xp.onnx.op("Conv", x[None], np.ones((2, 2, 2), np.float32), pads=[0, -1]),
    "no parts": lambda x: xp.onnx.op("Split", x, num_outputs=0, outputs=1),
}


@pytest.mark.parametrize("name", MISSHAPEN)
def test_parameters_of_other_shapes_are_refused(name: str):
    with pytest.raises(OperatorError, match=r"must|num_outputs|size|takes|saturate"):
        MISSHAPEN[name](xp.asarray(X))
    with pytest.raises(OperatorError, match=r"must|num_outputs|takes|saturate"):
        xp.trace(MISSHAPEN[name], "float32[N>=0, M>=0]")


def test_blocks_of_nothing():
    def function(x: Any) -> Any:
        return xp.onnx.op("QuantizeLinear", x, xp.ones_like(x), axis=0, block_size=1)

    program = xp.trace(function, "float32[N>=0, 3]")
    assert program(np.ones((2, 3), np.float32)).tolist() == [[1] * 3] * 2
    with pytest.raises(EvaluationError):
        program(np.ones((0, 3), np.float32))
    with pytest.raises(OperatorError, match="without elements"):
        function(xp.zeros((0, 3), dtype=xp.float32))


def test_transforms_of_nothing():
    program = xp.trace(lambda x: xp.onnx.op("DFT", x), "float32[N>=0, M>=0, 2]")
    x = np.ones((1, 4, 2), np.float32)
    np.testing.assert_allclose(program(x), [[[4, 4], [0, 0], [0, 0], [0, 0]]], atol=1e-6)
    for shape in ((0, 4, 2), (1, 0, 2)):
        with pytest.raises(EvaluationError):
            program(np.ones(shape, np.float32))
    with pytest.raises(OperatorError, match="without elements"):
        xp.onnx.op("DFT", xp.zeros((1, 0, 2), dtype=xp.float32))


@pytest.mark.parametrize(("name", "dtype"), [("MatMul", "float64"), ("MatMulInteger", "uint8")])
def test_products_of_vectors_of_other_sizes(name: str, dtype: str):
    program = xp.trace(
        lambda x, y: xp.onnx.op(name, x, y), f"{dtype}[N>=0, K>=0]", f"{dtype}[L>=0]"
    )
    for rows, size in ((2, 3), (1, 3)):
        x, y = np.ones((rows, size), dtype), np.ones(size, dtype)
        np.testing.assert_array_equal(program(x, y), x @ y)
    for sizes in ((2, 0), (0, 2), (2, 3)):
        with pytest.raises(EvaluationError):
            program(np.ones((2, sizes[0]), dtype), np.ones(sizes[1], dtype))


def test_scatter_at_tuples_of_a_length_that_is_not_known():
    program = xp.trace(
        lambda x, i, u: xp.onnx.op("ScatterND", x, i, u),
        *("float32[N>=0]", "int64[K>=0, D>=0]", "float32[K>=0]"),
    )
    x = np.zeros(3, np.float32)
    np.testing.assert_array_equal(program(x, np.array([[1]]), x[:1] + 5), [0, 5, 0])
    np.testing.assert_array_equal(program(x, np.zeros((0, 1), int), x[:0]), x)
    with pytest.raises(EvaluationError):
        program(x, np.zeros((2, 0), int), x[:2])
    with pytest.raises(OperatorError, match="rank 1 or more"):
        xp.onnx.op("ScatterND", x, np.array(1), x)


def cells(gates: int, steps: int = 3, hidden: int = 2, **other: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a recurrence, by the names of its inputs."""
    shapes = {
        "x": (steps, 2, 4),
        "w": (1, gates * hidden, 4),
        "r": (1, gates * hidden, hidden),
        "b": (1, 2 * gates * hidden),
    }
    return shapes | ({"lengths": (2,), "h": (1, 2, hidden)} if other else {})


QUANTIZED = {
    "x": (1, 2, 4),
    "a": (),
    "b": (),
    "w": (3, 2, 2),
    "c": (3,),
    "d": (3,),
    "e": (),
    "f": (),
}
DTYPES = {
    "ConvInteger": dict.fromkeys("xwab", "uint8"),
    "GRU": {"lengths": "int32"},
    "MatMulInteger": dict.fromkeys("xyab", "uint8"),
    "NonMaxSuppression": {"k": "int64"},
    "QLinearConv": {**dict.fromkeys("xbwdf", "uint8"), "g": "int32"},
    "RoiAlign": {"i": "int64"},
}
MATCHED: dict[
    str, tuple[dict[str, tuple[int, ...]], dict[str, Any], list[dict[str, tuple[int, ...]]]]
] = {
    "BatchNormalization": (
        {"x": (2, 3, 4), "s": (3,), "b": (3,), "m": (3,), "v": (3,)},
        {},
        [{"s": (2,)}, {"b": (4,)}, {"m": (1,)}, {"v": (2,)}],
    ),
    "Concat": (
        {"x": (2, 3), "y": (2, 1), "z": (2, 0)},
        {"axis": -1},
        [{"y": (0, 1)}, {"z": (3, 0)}, {"x": (0, 3)}],
    ),
    "Conv": (
        {"x": (1, 2, 4), "w": (3, 2, 2), "b": (3,)},
        {"shape": (1, 3, 3)},
        [{"b": (2,)}, {"b": (1,)}],
    ),
    "ConvInteger": (
        {"x": (1, 2, 4), "w": (3, 2, 2), "a": (), "b": (1,)},
        {"shape": (1, 3, 3)},
        [{"a": (2,)}, {"b": (2,)}],
    ),
    "GRU": (
        cells(3, lengths=1),
        {"hidden_size": 2},
        [{"w": (1, 8, 4)}, {"r": (0, 6, 2)}, {"b": (1, 11)}, {"lengths": (1,)}, {"h": (1, 1, 2)}],
    ),
    "InstanceNormalization": (
        {"x": (2, 3, 4), "s": (3,), "b": (3,)},
        {},
        [{"s": (2,)}, {"b": (1,)}],
    ),
    "LSTM": (
        cells(4),
        {"hidden_size": 2},
        [{"w": (1, 6, 4)}, {"r": (1, 8, 3)}, {"r": (1, 6, 2)}, {"b": (1, 8)}],
    ),
    "NonMaxSuppression": (
        {"x": (1, 6, 4), "s": (1, 2, 6), "k": (1,), "a": (1,), "b": ()},
        {},
        [{"k": (0,)}, {"a": (0,)}, {"b": (2,)}, {"s": (1, 2, 5)}, {"x": (1, 5, 4)}],
    ),
    "QLinearConv": (
        QUANTIZED | {"g": (3,)},
        {"shape": (1, 3, 3)},
        [{"c": (2,)}, {"d": (2,)}, {"g": (2,)}, {"a": (2,)}],
    ),
    "RNN": (
        cells(1),
        {"hidden_size": 2},
        [{"w": (1, 3, 4)}, {"r": (1, 2, 3)}, {"b": (1, 2)}],
    ),
    "RoiAlign": (
        {"x": (1, 1, 2, 2), "r": (2, 4), "i": (2,)},
        {},
        [{"i": (1,)}, {"x": (1, 1, 0, 2)}, {"r": (1, 4)}],
    ),
}
"""The shapes of inputs by their names, attributes, and other shapes that do not fit."""


def given(name: str, shapes: dict[str, tuple[int, ...]]) -> list[np.ndarray]:
    kinds = DTYPES.get(name, {})
    zeros = ("i", "k")
    return [
        (np.zeros if x in zeros else np.ones)(shape, kinds.get(x, "float32"))
        for x, shape in shapes.items()
    ]


@pytest.mark.parametrize("name", MATCHED)
def test_sizes_that_inputs_share(name: str):
    shapes, attributes, others = MATCHED[name]

    def function(*inputs: Any) -> Any:
        return xp.onnx.op(name, *inputs, **attributes)

    (evaluated,), (exported,) = kinds(function, *given(name, shapes))
    np.testing.assert_array_equal(evaluated, exported)
    specs = [
        f"{x.dtype}[{', '.join(f'N{i}_{k}>=0' for k in range(x.ndim))}]"
        for i, x in enumerate(given(name, shapes))
    ]
    program = xp.trace(function, *specs, verify=False)
    for other in others:
        arrays = given(name, shapes | other)
        with pytest.raises(OperatorError, match=r"must|takes|without elements"):
            function(*map(xp.asarray, arrays))
        if [x.ndim for x in arrays] == [len(shape) for shape in shapes.values()]:
            with pytest.raises(EvaluationError):
                program(*arrays)


ROWS = {"x": (2, 3)}
SUPPORT = {
    "support_vectors": [1.0, 2.0, 3.0] * 2,
    "kernel_type": "RBF",
    "kernel_params": [0.5, 0.0, 3.0],
}
PREDICTORS: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "LinearClassifier": (
        {"coefficients": [1.0] * 6, "intercepts": [1.0, 2.0], "classlabels_ints": [3, 4]},
        [{"coefficients": [1.0] * 5}, {"classlabels_ints": [3]}, {"intercepts": []}],
    ),
    "LinearRegressor": (
        {"coefficients": [1.0] * 6, "intercepts": [1.0, 2.0], "targets": 2},
        [{"coefficients": [1.0] * 5}, {"targets": 0}, {"targets": 3}],
    ),
    "SVMClassifier": (
        {
            **SUPPORT,
            "coefficients": [1.0, -1.0],
            "rho": [1.0],
            "vectors_per_class": [1, 1],
            "classlabels_ints": [0, 1],
        },
        [
            {"coefficients": [1.0]},
            {"rho": []},
            {"vectors_per_class": [1, 1, 1]},
            {"vectors_per_class": [3, -1]},
            {"support_vectors": [1.0] * 5},
            {"kernel_params": [0.5]},
            {"prob_a": [1.0]},
            {"classlabels_ints": []},
        ],
    ),
    "SVMRegressor": (
        {**SUPPORT, "coefficients": [1.0, 2.0], "rho": [1.0], "n_supports": 2},
        [{"coefficients": [1.0]}, {"rho": []}, {"support_vectors": [1.0] * 5}],
    ),
}


@pytest.mark.parametrize("name", PREDICTORS)
def test_columns_of_predictors(name: str):
    attributes, others = PREDICTORS[name]

    def function(x: Any, **other: Any) -> Any:
        return xp.onnx.op(name, x, domain="ai.onnx.ml", **(attributes | other))

    x = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    for evaluated, exported in zip(*kinds(function, x), strict=True):
        np.testing.assert_array_equal(evaluated, exported)
    program = xp.trace(function, "float32[N>=0, M>=0]", verify=False)
    for columns in (2, 4, 0):
        wrong = np.ones((2, columns), np.float32)
        with pytest.raises(OperatorError, match="3 elements along axis 1"):
            function(xp.asarray(wrong))
        with pytest.raises(EvaluationError):
            program(wrong)
    for other in others:
        with pytest.raises(OperatorError, match="must"):
            function(xp.asarray(x), **other)


def test_vectors_of_features():
    def function(x: Any, y: Any, sizes: Any = (3, 2)) -> Any:
        return xp.onnx.op("FeatureVectorizer", x, y, inputdimensions=sizes, domain="ai.onnx.ml")

    x, y = np.ones((2, 3), np.float32), np.ones((2, 1), np.float32)
    for (found,) in kinds(function, x, y):
        np.testing.assert_array_equal(found, [[1, 1, 1, 1, 0]] * 2)
    program = xp.trace(function, "float32[N>=0, M>=0]", "float32[K>=0, L>=0]", verify=False)
    for rows in (0, 1, 3):
        wrong = np.ones((rows, 1), np.float32)
        with pytest.raises(OperatorError, match="2 elements along axis 0"):
            function(x, wrong)
        with pytest.raises(EvaluationError):
            program(x, wrong)
    for sizes in ((3,), (3, 0)):
        with pytest.raises(OperatorError, match="inputdimensions must"):
            function(x, y, sizes)


def test_features_that_there_are():
    program = xp.trace(
        lambda x, i: xp.onnx.op("ArrayFeatureExtractor", x, i, domain="ai.onnx.ml"),
        *("float32[N>=0, M>=0]", "int64[K]"),
        verify=False,
    )
    x = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(program(x, np.array([2, 0])), x[:, [2, 0]])
    for index in (3, -1, 2**40):
        with pytest.raises(EvaluationError):
            program(x, np.array([index]))


def test_axes_of_transforms():
    x = np.ones((2, 4, 2), np.float32)
    program = xp.trace(
        lambda x, a: xp.onnx.op("DFT", x, None, a, version=20, shape=(2, 4, 2)),
        *("float32[2, 4, 2]", "int64[]"),
        verify=False,
    )
    for axis in (0, 1, -2, -3):
        expected = np.fft.fft(x[..., 0] + 1j * x[..., 1], axis=axis if axis >= 0 else axis + 1)
        found = program(x, np.array(axis))
        np.testing.assert_allclose(found[..., 0] + 1j * found[..., 1], expected, atol=1e-6)
    for axis in (2, -1, 3, -4):
        with pytest.raises(EvaluationError):
            program(x, np.array(axis))
        with pytest.raises(OperatorError, match="must be one of the first 2"):
            xp.onnx.op("DFT", x, None, np.array(axis), version=20)
        with pytest.raises(OperatorError, match="must be one of the first 2"):
            xp.onnx.op("DFT", x, axis=axis, version=17)


def test_frames_without_elements():
    x = np.ones((1, 16, 1), np.float32)
    step = np.array(2)
    program = xp.trace(
        lambda x, n: xp.onnx.op("STFT", x, step, None, n, shape=(1, None, None, 2)),
        *("float32[1, L, 1]", "int64[]"),
        verify=False,
    )
    assert program(x, np.array(8)).shape == (1, 5, 5, 2)
    windowed = xp.trace(
        lambda x, w: xp.onnx.op("STFT", x, step, w, shape=(1, None, None, 2)),
        *("float32[1, L, 1]", "float32[W>=0]"),
        verify=False,
    )
    assert windowed(x, np.ones(8, np.float32)).shape == (1, 5, 5, 2)
    for run, wrong in ((program, np.array(0)), (windowed, np.ones(0, np.float32))):
        with pytest.raises(EvaluationError):
            run(x, wrong)
    with pytest.raises(OperatorError, match="frame_length must be 1 or more, not 0"):
        xp.onnx.op("STFT", x, step, None, np.array(0))
    with pytest.raises(OperatorError, match="a window without elements"):
        xp.onnx.op("STFT", x, step, np.ones(0, np.float32))
    with pytest.raises(OperatorError, match=r"must have \(B, L\) or \(B, L, 1\)"):
        xp.onnx.op("STFT", np.ones((1, 16, 2), np.float32), step, np.ones(8, np.float32))


def test_normalised_axes_without_elements():
    program = xp.trace(
        lambda x: xp.onnx.op("LpNormalization", x, axis=1), "float32[N>=0, M>=0]", verify=False
    )
    assert program(np.ones((2, 4), np.float32)).tolist() == [[0.5] * 4] * 2
    assert program(np.ones((0, 4), np.float32)).shape == (0, 4)
    with pytest.raises(EvaluationError):
        program(np.ones((2, 0), np.float32))
    with pytest.raises(OperatorError, match="an axis without elements"):
        xp.onnx.op("LpNormalization", np.ones((2, 0), np.float32))


def test_normalizer_of_a_number():
    with pytest.raises(OperatorError, match="rank 1 or more"):
        xp.onnx.op("Normalizer", np.float32(1.0), domain="ai.onnx.ml")


def test_none_among_several_inputs():
    with pytest.raises(OperatorError, match="the input inputs is required"):
        xp.onnx.op("Concat", np.ones(2), None, np.ones(2), axis=0)


@pytest.mark.skipif(not onnx.defs.has("Attention"), reason="this onnx has no Attention")
@pytest.mark.parametrize(
    ("q", "k", "v"), [((2, 4, 24), (2, 6, 11), (2, 6, 12)), ((2, 4, 24), (1, 6, 12), (2, 6, 12))]
)
def test_heads_of_attention(q: tuple[int, ...], k: tuple[int, ...], v: tuple[int, ...]):
    arrays = [np.ones(shape, np.float32) for shape in (q, k, v)]
    with pytest.raises(
        OperatorError, match=r"input 1 has the shape .*, but must have \(2, S, 12\)"
    ):
        xp.onnx.op("Attention", *arrays, q_num_heads=6, kv_num_heads=3)
    q, k, v = (np.ones((2, n, 12), np.float32) for n in (4, 6, 6))
    for mask in ((4, 5), (3, 6), (6,)):
        with pytest.raises(OperatorError, match="attn_mask must have"):
            xp.onnx.op(
                "Attention", q, k, v, np.ones(mask, np.float32), q_num_heads=3, kv_num_heads=3
            )
    with pytest.raises(OperatorError, match="num_heads must be 1 or more for an array of rank 3"):
        xp.onnx.op("RotaryEmbedding", q, *np.ones((2, 50, 4), np.float32), np.zeros((2, 4), int))
    odd, rotations = np.ones((2, 4, 3, 9), np.float32), np.ones((2, 50, 4), np.float32)
    with pytest.raises(OperatorError, match="heads must have an even number of elements, not 9"):
        xp.onnx.op("RotaryEmbedding", odd, *rotations, np.zeros((2, 3), int))
    with pytest.raises(OperatorError, match="q_num_heads must be 1 or more"):
        xp.onnx.op("Attention", *arrays, q_num_heads=0, kv_num_heads=3)


TREE: dict[str, Any] = {
    "nodes_treeids": [0, 0, 0],
    "nodes_nodeids": [0, 1, 2],
    "nodes_featureids": [0, 0, 0],
    "nodes_values": [1.0, 0.0, 0.0],
    "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"],
    "nodes_truenodeids": [1, 0, 0],
    "nodes_falsenodeids": [2, 0, 0],
}


@pytest.mark.parametrize(
    ("name", "kind", "attributes"),
    [
        ("TreeEnsembleRegressor", "target", {"n_targets": 2}),
        ("TreeEnsembleClassifier", "class", {"classlabels_int64s": [4, 5]}),
    ],
)
def test_lists_of_trees(name: str, kind: str, attributes: dict[str, Any]):
    votes: dict[str, Any] = {
        "ids": [0, 1],
        "nodeids": [1, 2],
        "treeids": [0, 0],
        "weights": [1.0, 2.0],
    }
    attributes = TREE | attributes | {f"{kind}_{key}": value for key, value in votes.items()}

    def function(**other: Any) -> Any:
        x = np.zeros((2, 1), np.float32)
        return xp.onnx.op(name, x, domain="ai.onnx.ml", version=3, **(attributes | other))

    function()
    for key in ("nodes_values", "nodes_modes", f"{kind}_weights", f"{kind}_nodeids"):
        with pytest.raises(OperatorError, match=r"must have the same length, not .*nodeids"):
            function(**{key: attributes[key][:-1]})
    for ids in ([0, 2], [-1, 0]):
        with pytest.raises(OperatorError, match=f"{kind}_ids must be from 0 to 1"):
            function(**{f"{kind}_ids": ids})
