"""What onnxp promises about speed and size, measured beside its peers: ``python -m benchmarks``."""
