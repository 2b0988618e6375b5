"""All functions and ufuncs of numpy that are translated: what the two protocols of numpy call.

They are imported when numpy first calls one, or when a function is traced.
"""

from __future__ import annotations

from onnxp._src.numpy import (  # noqa: F401  # which register functions when they are imported
    calendar,
    comparison,
    counting,
    creation,
    editing,
    einsum,
    elementwise,
    fourier,
    histograms,
    inspection,
    linear_algebra,
    loops,
    manipulation,
    masked_functions,
    matrices,
    missing,
    padding,
    polynomials,
    products,
    quantiles,
    ranges,
    reductions,
    searching,
    selection,
    sequences,
    sets,
    shaping,
    sorting,
    statistics,
    text,
)
from onnxp._src.numpy.dispatch import call
from onnxp._src.numpy.ufuncs import call as call_ufunc

__all__ = ["call", "call_ufunc"]
