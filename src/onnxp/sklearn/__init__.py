"""Export of fitted scikit-learn estimators by tracing the code of scikit-learn, without converters.

This module needs scikit-learn 1.8 or newer: ``pip install "onnxp[sklearn]"``. ``import onnxp`` does not import
it.
"""

from onnxp.sklearn._version import warn_if_untested  # fails if scikit-learn is missing or too old

# isort: split
from onnxp._src.namespace import claim
from onnxp.sklearn._convert import convert_estimator
from onnxp.sklearn._dispatch import dispatch
from onnxp.sklearn._functions import trace_function as trace_function  # `onnxp.trace` calls it
from onnxp.sklearn._registry import REPLACEMENTS, computes_in, replaces, replacing, stands_in
from onnxp.sklearn._trace import trace_estimator

__all__ = [
    "computes_in",
    "convert_estimator",
    "dispatch",
    "replaces",
    "replacing",
    "stands_in",
    "trace_estimator",
]

claim(globals())
warn_if_untested(row.path for row in REPLACEMENTS if row.applies)
