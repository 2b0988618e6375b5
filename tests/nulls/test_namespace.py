"""All functions of the namespace with nullable arrays: none shows what is under nulls."""

import inspect

import numpy as np
import pytest

import onnxp as xp
from benchmarks import names, nulls
from onnxp import special
from onnxp.errors import DTypeError, OnnxpError


@pytest.fixture(scope="module")
def table():
    return nulls.rows()


def test_page_is_current(table):
    current = nulls.PAGE.read_text(encoding="utf-8") == nulls.page(table)
    assert current, "make it anew: python -m benchmarks.nulls --write"


def test_what_is_refused(table):
    refused = {
        name
        for functions in table.values()
        for name, text in functions.items()
        if text.startswith("refused")
    }
    assert refused == {"finfo", "iinfo"}


def known(x: xp.Array) -> np.ndarray:
    return np.asarray(xp.nulls.get_data(x))


DECIDED = {"bitwise_and", "bitwise_or", "logical_and", "logical_or"}
ELEMENTWISE = names.CHAPTERS["Elementwise functions"]


@pytest.mark.parametrize("name", sorted(ELEMENTWISE.keys() - DECIDED))
def test_elementwise_functions_are_those_of_plain_arrays(name):
    """Null where an operand is, and the plain result elsewhere."""
    inputs = nulls.inputs(1)
    result = names.run(ELEMENTWISE[name], inputs)
    used = [inputs[x] for x in names.uses(ELEMENTWISE[name])]
    null = np.logical_or.reduce([np.asarray(xp.nulls.isnull(x)) for x in used])
    expected = names.run(ELEMENTWISE[name], {k: xp.asarray(known(v)) for k, v in inputs.items()})
    assert result.dtype is xp.nullable(expected.dtype)
    np.testing.assert_array_equal(np.asarray(xp.nulls.isnull(result)), null)
    np.testing.assert_array_equal(known(result)[~null], np.asarray(expected)[~null])


MOVES = names.CHAPTERS["Manipulation functions"]


@pytest.mark.parametrize("name", sorted(MOVES.keys() - {"broadcast_shapes"}))
def test_moves_are_those_of_elements_and_of_nulls(name):
    inputs = nulls.inputs(1)
    results = nulls.host(names.run(MOVES[name], inputs))
    moved = nulls.host(names.run(MOVES[name], {k: xp.nulls.isnull(v) for k, v in inputs.items()}))
    for result, null in zip(results, moved, strict=True):
        np.testing.assert_array_equal(np.ma.getmaskarray(result), null)


@pytest.mark.parametrize("name", sorted({*special.__all__} - {"multigammaln"}))
def test_special_functions(name):
    function = getattr(special, name)
    x = np.ma.masked_array([0.3, 0.6], [0, 1])
    count = sum(p.default is p.empty for p in inspect.signature(function).parameters.values())
    try:
        plain = function(*(xp.asarray(x.data),) * count)
    except OnnxpError:
        pytest.skip(f"{name} takes no numbers between 0 and 1 for all of its parameters")
    try:
        result = function(*(xp.asarray(x),) * count)
    except DTypeError as error:
        assert "fill_null" in str(error)  # noqa: PT017
        return
    assert np.ma.asarray(result).mask.tolist() == [False, True]
    np.testing.assert_array_equal(known(result)[0], np.asarray(plain)[0])


MATRIX = xp.asarray(np.ma.masked_array(np.eye(2), [[0, 1], [0, 0]]))
LINALG = [name for name in xp.linalg.__all__ if not name.endswith("Result")]


@pytest.mark.parametrize("name", LINALG)
def test_linear_algebra(name):
    function = getattr(xp.linalg, name)
    parameters = inspect.signature(function).parameters.values()
    count = sum(p.default is p.empty and p.kind is p.POSITIONAL_ONLY for p in parameters)
    arguments = (MATRIX[0] if name in ("outer", "cross") else MATRIX,) * count
    if name in ("diagonal", "matmul", "matrix_transpose", "tensordot", "vecdot"):
        assert function(*arguments).dtype == "float64?"
        return
    with pytest.raises(DTypeError, match="fill_null"):
        function(*arguments)


@pytest.mark.parametrize("name", sorted({*xp.fft.__all__} - {"fftfreq", "rfftfreq"}))
def test_fourier_transforms(name):
    if name in ("fftshift", "ifftshift"):
        assert np.ma.asarray(getattr(xp.fft, name)(MATRIX)).mask.sum() == 1
        return
    with pytest.raises(DTypeError, match="fill_null"):
        getattr(xp.fft, name)(MATRIX)
