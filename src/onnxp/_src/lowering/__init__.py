"""Algorithms composed of operators, for functions without an exact ONNX operator or kernel."""
