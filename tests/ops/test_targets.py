"""Tests of targets: what a model is for decides which opset and operators it may have."""

import numpy as np
import onnx
import pytest

import onnxp as xp
from onnxp._src.ops.targets import TARGETS
from onnxp._src.ops.versions import installed_opset, release
from onnxp.errors import ArgumentError, ArgumentTypeError, OpsetError
from tests.helpers.sessions import run

X = np.asarray([-0.0, 1.0, -2.0], np.float32)


@pytest.mark.parametrize("name", TARGETS)
def test_a_model_has_the_opset_of_its_target(name):
    program = xp.trace(xp.signbit, "float32[N]", target=name)
    assert program.model.opset_import[0].version <= TARGETS[name].opset
    assert run(program.model, {"x": X})[0].tolist() == [True, False, True]


def test_the_default_target_is_the_oldest_runtime():
    model = xp.trace(xp.signbit, "float32[N]").model
    assert model == xp.trace(xp.signbit, "float32[N]", target="onnxruntime>=1.20").model


def test_opset_overrides_the_opset_of_the_target():
    model = xp.trace(xp.signbit, "float32[N]", target="onnxruntime>=1.23", opset=26).model
    assert model.opset_import[0].version == (26 if installed_opset() >= 26 else 21)


@pytest.mark.skipif(release(onnx.__version__) < (1, 18), reason="onnx 1.17 does not know opset 23")
def test_named_operators_may_be_newer_than_the_default_target_only():
    def normed(x):
        return xp.onnx.op("RMSNormalization", x, np.ones(4, np.float32))

    assert xp.trace(normed, "float32[N, 4]", verify=False).model.opset_import[0].version == 23
    assert xp.trace(normed, "float32[N, 4]", target="onnxruntime>=1.23").model
    with pytest.raises(OpsetError, match=r"target .onnxruntime>=1\.20. has opset 21"):
        xp.trace(normed, "float32[N, 4]", target="onnxruntime>=1.20")


def test_functions_stay_or_not():
    def angle(y, x):
        return xp.atan2(y, x)

    specs = "float32[N]", "float32[N]"
    assert xp.trace(angle, *specs, functions=True).model.functions
    bare = xp.trace(angle, *specs, functions=False)
    assert not bare.model.functions
    np.testing.assert_array_equal(run(bare.model, {"y": X, "x": X})[0], bare(X, X))


@pytest.mark.parametrize("name", ["1.20", "", 3, ["portable"]])
def test_unknown_targets_are_refused(name):
    with pytest.raises(ArgumentError, match=r"target must be one of onnxruntime>=1\.20"):
        xp.trace(xp.exp, "float32[N]", target=name)


def test_functions_must_be_a_bool():
    with pytest.raises(ArgumentTypeError, match="functions must be True, False or None, not 'no'"):
        xp.trace(xp.exp, "float32[N]", functions="no")
