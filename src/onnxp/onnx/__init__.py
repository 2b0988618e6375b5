"""Any ONNX operator, by its name."""

from onnxp.onnx._operators import op

__all__ = ["op"]
