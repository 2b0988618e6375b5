"""Fitted scikit-learn estimators as models, without converters: scikit-learn's own code is traced.

It needs scikit-learn 1.8 or newer: ``pip install "onnxp[sklearn]"``. ``import onnxp`` alone never imports it.
"""

import onnxp.sklearn.requirement  # noqa: F401
from onnxp.sklearn.conversion import convert_estimator
from onnxp.sklearn.dispatching import dispatch
from onnxp.sklearn.tracing import trace_estimator

__all__ = ["convert_estimator", "dispatch", "trace_estimator"]
