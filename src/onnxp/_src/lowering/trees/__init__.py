"""Trees without the operators of ``ai.onnx.ml``: where rows end, by elementwise operators and tables."""
