"""The command line: ``onnxp`` and ``python -m onnxp``."""
