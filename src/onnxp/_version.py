"""The version of onnxp."""

__version__ = "0.1.0"
