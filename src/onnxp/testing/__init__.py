"""Helpers for testing array API code: run it evaluated and as exported models, and compare the results."""

from onnxp._src.namespace import claim
from onnxp.testing._differential import run_all_ways

__all__ = ["run_all_ways"]

claim(globals())
