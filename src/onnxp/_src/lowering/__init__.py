"""Algorithms made of operators: what ONNX or its runtimes do not offer exactly."""
