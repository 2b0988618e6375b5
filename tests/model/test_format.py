"""Models say the dtype and shape of each value, and say it right."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import onnx
import pytest

import onnxp as xp
from benchmarks import names
from onnxp._src.shapes.shape import size_names
from tests.helpers.described import wrong_types

EXAMPLES = {
    f"{name}: {example}": example
    for chapter in names.CHAPTERS.values()
    for name, example in chapter.items()
}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_types_of_every_function(example: str):
    model = names.attempt(example)[1]
    if model is None:
        return
    data = names.data()
    feeds = {}
    for info in model.graph.input:
        array, _, plane = info.name.partition("_")
        value = data[array] if info.name not in data else data[info.name]
        feeds[info.name] = getattr(value, plane) if plane and info.name not in data else value
    assert wrong_types(model, feeds) == []


def types(model: onnx.ModelProto) -> dict[str, list[Any]]:
    return {
        info.name: [size.dim_param or size.dim_value for size in info.type.tensor_type.shape.dim]
        for infos in (model.graph.value_info, model.graph.output)
        for info in infos
    }


def test_sizes_by_name():
    def function(x, y):
        both = xp.concat([x[1:], y])
        return xp.sum(both * 2, axis=0), xp.reshape(x, (-1,)) + 1

    model = xp.trace(function, "float32[N, 2]", "float32[M, 2]").model
    found = types(model)
    assert found["slice"] == ["N-1", 2]
    assert found["concat"] == ["M+N-1", 2]
    assert found["reshape"] == ["2*N"]
    assert wrong_types(model, {"x": np.ones((3, 2), "f4"), "y": np.ones((4, 2), "f4")}) == []


def test_sizes_read_from_expressions():
    program = xp.trace(lambda x, y: y * x.shape[0], "int64[2*N+1]", "int64[N//2]")
    feeds = {"x": np.ones(9, np.int64), "y": np.ones(2, np.int64)}
    assert wrong_types(program.model, feeds) == []


def test_what_a_loop_collects_in_no_trips(subtests: pytest.Subtests):
    """Then sizes are 0 that the body does not say."""
    program = xp.trace(
        lambda x: xp.scan(lambda s, row: (s, xp.stack([s, xp.sum(row)])), xp.sum(x), x)[1],
        "float64[N>=0, M>=0]",
    )
    assert program.signature.outputs[0].text == "float64[N, 2]"
    for shape in ((0, 2), (3, 2), (0, 0), (2, 0)):
        with subtests.test(shape=shape):
            assert wrong_types(program.model, {"x": np.ones(shape)}) == []


def test_different_computed_sizes_have_different_names():
    def function(x, nonzero):
        first, second = xp.nonzero(x > 0)[0], xp.nonzero(x > 1)[0]
        twice = xp.concat([first, second]) * 2
        return {"first": xp.take(x, first) + nonzero[0], "count": xp.sum(twice)}

    program = xp.trace(function, "float32[N]", "float32[nonzero]")
    found = types(program.model)
    names_of_sizes = {size for shape in found.values() for size in shape if isinstance(size, str)}
    assert names_of_sizes >= {"N", "nonzero_1", "nonzero_2"}
    x = np.asarray([0.5, 2, 3], np.float32)
    assert wrong_types(program.model, {"x": x, "nonzero": x[:1]}) == []
    # those of the signature are not affected by those inside
    assert str(program.signature.outputs[0].shape) == "(nonzero_1,)"
    assert "nonzero_2" not in program.model.metadata_props[0].value


def test_what_an_unused_input_declares_does_not_take_a_name():
    def function(x, y):
        kept = x[xp.nonzero(x > 0)[0]]
        return kept + y.shape[0] * 0 + xp.sum(y[:0])

    program = xp.trace(function, "float32[N]", "float32[nonzero]")
    x = np.asarray([-1, 2, 3], np.float32)
    assert wrong_types(program.model, {"x": x, "y": x[:1]}) == []


def test_names_of_symbols():
    n, m = xp.argument(("N",), xp.float32).shape[0], xp.argument(("M",), xp.float32).shape[0]
    counts = [xp.nonzero(xp.argument(("N",), xp.float32))[0].shape[0] for _ in range(3)]
    (a,), (b,), (c,) = (count.symbols for count in counts)
    assert list(size_names([(counts[0], n), (counts[1],)]).values()) == [
        "N",
        "nonzero",
        "nonzero_1",
    ]
    known = {a: "N", b: "M"}
    names = size_names([(n, 3), (m + counts[2],), (counts[1], counts[0])], known)
    assert names[a] == "N"
    assert names[b] == "M"
    assert names[n.symbol] == "N_1"
    assert names[m.symbol] == "M_1"
    assert names[c] == "nonzero"


def test_every_value_has_one_type_and_bytes_are_the_same():
    def function(x):
        y = xp.sort(xp.exp(x) + xp.exp(x), axis=1)
        values, inverse = xp.unique_inverse(y)
        z = xp.fori_loop(0, 3, lambda i, s: s + 1, y)
        return {"y": y, "again": y, "values": values, "inverse": inverse, "z": z, "same": x}

    digests = set()
    for _ in range(2):
        model = xp.trace(function, "float32[N, 4]").model
        labels = [info.name for info in model.graph.value_info]
        assert len(set(labels)) == len(labels)
        ends = {i.name for i in model.graph.output} | {i.name for i in model.graph.input}
        assert not ends.intersection(labels)
        digests.add(hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest())
        assert wrong_types(model, {"x": np.ones((2, 4), np.float32)}) == []
    assert len(digests) == 1


def test_a_wrong_type_is_noticed():
    model = xp.trace(lambda x: xp.exp(x) + 1, "float32[N, 2]").model
    model.graph.value_info[0].type.tensor_type.shape.dim[1].dim_value = 3
    x = np.ones((2, 2), np.float32)
    assert wrong_types(model, {"x": x}) == ["exp has shape (2, 2), a size is 3"]
    model.graph.value_info[0].type.tensor_type.shape.dim[1].dim_param = "N"
    assert wrong_types(model, {"x": x}) == []
    assert len(wrong_types(model, {"x": x[:1]})) == 1
