"""The recipes for complex numbers, by those for real numbers: of the functions that scipy has for both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from onnxp._src.graph.values import Value
from onnxp._src.lowering.elementwise import exponential
from onnxp._src.lowering.special import elementary, entropy, error, gamma, integrals
from onnxp._src.lowering.special.complex import elementary as complex_elementary
from onnxp._src.lowering.special.complex import error as complex_error
from onnxp._src.lowering.special.complex import gamma as complex_gamma
from onnxp._src.lowering.special.complex import integrals as complex_integrals

RECIPES: dict[Callable[..., Value], Callable[..., Any]] = {
    elementary.sinc: complex_elementary.sinc,
    entropy.xlog1py: complex_elementary.xlog1py,
    entropy.xlogy: complex_elementary.xlogy,
    error.erf: complex_error.erf,
    error.erfc: complex_error.erfc,
    error.erfcx: complex_error.erfcx,
    error.log_ndtr: complex_error.log_ndtr,
    error.ndtr: complex_error.ndtr,
    gamma.gamma: complex_gamma.gamma,
    gamma.loggamma: complex_gamma.loggamma,
    gamma.psi: complex_gamma.psi,
    gamma.rgamma: complex_gamma.rgamma,
    integrals.exp1: complex_integrals.exp1,
    integrals.expi: complex_integrals.expi,
    integrals.spence: complex_integrals.spence,
    exponential.expm1: complex_elementary.expm1,
    exponential.log1p: complex_elementary.log1p,
}
