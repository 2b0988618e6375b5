"""Errors of the runtime are shown without its codes, source files and signatures."""

from __future__ import annotations

import pytest

from onnxp._src.runtime.failures import plain_text

CODE = "[ONNXRuntimeError] : 1 : FAIL : "
FOLDER = "/onnxruntime_src/onnxruntime/core/"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            f"{CODE}{FOLDER}graph/model.cc:256 onnxruntime::Model::Model(onnx::ModelProto&&, "
            "const onnxruntime::logging::Logger&) Unsupported model IR version: 99\n",
            "Unsupported model IR version: 99",
        ),
        (
            f"{CODE}{FOLDER}graph/graph.cc:1571 void onnxruntime::Graph::Initialize() "
            "initializer_arg was false. There is no initializer: w",
            "There is no initializer: w",
        ),
        (f"{CODE}model.cc:119 Validate No opset registered", "No opset registered"),
        ("matmul_helper.h:164 Compute MatMul dimension mismatch", "MatMul dimension mismatch"),
        ("gather.cc:154 operator() index 7 is too large", "index 7 is too large"),
        (
            f"{CODE}Load model from /tmp/a b.onnx failed:Protobuf parsing failed.",
            "Protobuf parsing failed.",
        ),
        (
            f"Exception during initialization: {FOLDER}x.cc:1 const T* onnxruntime::Foo() const "
            "[with T = int] stoll",
            "stoll",
        ),
        (
            f"{FOLDER}a.h:45 onnxruntime::Helper::Helper(const onnxruntime::TensorShape&, bool) "
            "input_size == size was false. Cannot reshape {3} to {2}",
            "Cannot reshape {3} to {2}",
        ),
        (
            f"{FOLDER}a.cc:1 onnxruntime::Model::Load()::<lambda(const onnx::NodeProto&)> "
            "it != opsets.end() was false. No opset",
            "No opset",
        ),
        (
            f'{CODE}In Node, ("", Foo, "", -1) : ("x": tensor(float),) -> ("y",) , Error No Op',
            'In Node, ("", Foo, "", -1) : ("x": tensor(float),) -> ("y",) , Error No Op',
        ),
        ("nothing of that", "nothing of that"),
        ("a.cc:1 (", "("),
    ],
)
def test_plain_text(message: str, expected: str):
    assert plain_text(message) == expected
