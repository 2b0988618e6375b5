"""Operators of ONNX and of other domains, recorded by name."""

from onnxp.onnx._operators import op

__all__ = ["op"]
