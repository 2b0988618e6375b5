"""Operators of ONNX and of other domains, recorded by name."""

from onnxp._src.namespace import claim
from onnxp.onnx._operators import op

__all__ = ["op"]

claim(globals())
