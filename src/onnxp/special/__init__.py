"""Special functions, with the names and semantics of `scipy.special`.

scipy's support of the array API finds this module by itself. All functions are traced, take arrays of any real
dtype and broadcast. They compute in float64, and :doc:`accuracy` lists their errors. Outside of its domain, a
function is NaN, as in scipy.
"""

from onnxp._src.namespace import claim
from onnxp.special._elementary import (
    boxcox,
    boxcox1p,
    cbrt,
    cosm1,
    exp2,
    exp10,
    expit,
    exprel,
    inv_boxcox,
    inv_boxcox1p,
    log_expit,
    logit,
    radian,
    sinc,
)
from onnxp.special._entropy import entr, huber, kl_div, pseudo_huber, rel_entr, xlog1py, xlogy
from onnxp.special._error import erf, erfc, erfcinv, erfcx, erfinv, log_ndtr, ndtr, ndtri
from onnxp.special._gamma import digamma, gamma, gammaln, gammasgn, loggamma, psi, rgamma

__all__ = [
    "boxcox",
    "boxcox1p",
    "cbrt",
    "cosm1",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfinv",
    "exp2",
    "exp10",
    "expit",
    "exprel",
    "gamma",
    "gammaln",
    "gammasgn",
    "huber",
    "inv_boxcox",
    "inv_boxcox1p",
    "kl_div",
    "log_expit",
    "log_ndtr",
    "loggamma",
    "logit",
    "ndtr",
    "ndtri",
    "pseudo_huber",
    "psi",
    "radian",
    "rel_entr",
    "rgamma",
    "sinc",
    "xlog1py",
    "xlogy",
]

claim(globals())
