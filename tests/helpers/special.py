"""Arguments of special functions: usual ones inside of their domains, and special ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

import onnxp as xp

Arguments = tuple[np.ndarray[Any, Any], ...]

_REAL = np.array([-7.5, -2.25, -1.0, -0.3, 0.0, 1e-9, 0.4, 0.7, 1.0, 1.6, 3.2, 6.5, 12.0])
_POSITIVE = np.array([1e-12, 0.02, 0.3, 0.9, 1.0, 1.4, 2.0, 2.6, 4.5, 9.0, 30.0, 150.0])
_SHAPE = np.array([[0.3], [1.0], [2.5], [12.0]])
_PROBABILITY = np.array([1e-12, 0.01, 0.2, 0.45, 0.5, 0.6, 0.9, 0.999])
_NOT_A_POLE = np.array([-7.3, -2.6, -0.5, 1e-9, 0.3, 0.9, 1.7, 2.2, 4.2, 11.3, 60.5])

_SETS = {
    "real": _REAL,
    "positive": _POSITIVE,
    "probability": _PROBABILITY,
    "not_a_pole": _NOT_A_POLE,
    "less_than_1": np.array([-300.0, -1.5, 0.0, 0.3, 0.5, 0.97, 1.0 - 1e-10]),
}
_ONE: dict[str, str] = {
    "cosdg": "real",
    "cosm1": "real",
    "cbrt": "real",
    "cotdg": "not_a_pole",
    "digamma": "not_a_pole",
    "ellipe": "less_than_1",
    "ellipk": "less_than_1",
    "ellipkm1": "positive",
    "entr": "positive",
    "erf": "real",
    "erfc": "real",
    "erfcx": "real",
    "exp1": "positive",
    "exp10": "real",
    "exp2": "real",
    "expi": "not_a_pole",
    "expit": "real",
    "expm1": "real",
    "exprel": "real",
    "factorial": "positive",
    "gamma": "not_a_pole",
    "gammaln": "not_a_pole",
    "gammasgn": "not_a_pole",
    "i0": "real",
    "i0e": "real",
    "i1": "real",
    "i1e": "real",
    "j0": "real",
    "j1": "real",
    "k0": "positive",
    "k0e": "positive",
    "k1": "positive",
    "k1e": "positive",
    "log1p": "positive",
    "log_expit": "real",
    "log_ndtr": "real",
    "loggamma": "positive",
    "logit": "probability",
    "ndtr": "real",
    "ndtri": "probability",
    "psi": "not_a_pole",
    "rgamma": "not_a_pole",
    "sinc": "not_a_pole",
    "sindg": "real",
    "spence": "positive",
    "tandg": "real",
    "y0": "positive",
    "y1": "positive",
    "zeta": "not_a_pole",
    "zetac": "not_a_pole",
}
_COUNT = np.array([[0.0], [2.0], [5.0]])
_TRIALS = np.array([[7.0], [8.0], [30.0]])
_FEW = np.array([0.1, 0.5, 1.0, 3.0, 20.0])
_FREEDOM = np.array([[0.7], [2.0], [30.0]])
_T = np.array([-30.0, -2.0, -0.1, 0.3, 1.0, 5.0])
_DELTA = np.array([[0.5], [2.0]])
_POWER = np.array([[-1.5], [0.0], [0.5]])

USUAL: dict[str, Arguments] = {
    **{name: (_SETS[kind],) for name, kind in _ONE.items()},
    "bdtr": (_COUNT, _TRIALS, _PROBABILITY),
    "bdtrc": (_COUNT, _TRIALS, _PROBABILITY),
    "bdtri": (_COUNT, _TRIALS, _PROBABILITY),
    "beta": (_SHAPE, _POSITIVE),
    "betainc": (_SHAPE, _DELTA[:1], _PROBABILITY),
    "betaincc": (_SHAPE, _DELTA[:1], _PROBABILITY),
    "betainccinv": (_SHAPE, _DELTA[:1], _PROBABILITY),
    "betaincinv": (_SHAPE, _DELTA[:1], _PROBABILITY),
    "betaln": (_SHAPE, _POSITIVE),
    "binom": (_TRIALS, np.array([0.0, 1.0, 2.5, 6.0, 7.0])),
    "boxcox": (_POSITIVE, _POWER),
    "boxcox1p": (_POSITIVE, _POWER),
    "chdtr": (_FREEDOM, _FEW),
    "chdtrc": (_FREEDOM, _FEW),
    "chdtri": (_FREEDOM, _PROBABILITY),
    "erfcinv": (2.0 * _PROBABILITY,),
    "erfinv": (2.0 * _PROBABILITY - 1.0,),
    "expn": (np.array([[1.0], [2.0], [9.0]]), _POSITIVE),
    "fdtr": (_FREEDOM, _DELTA[:1], _FEW),
    "fdtrc": (_FREEDOM, _DELTA[:1], _FEW),
    "fdtri": (_FREEDOM, _DELTA[:1], _PROBABILITY),
    "gammainc": (_SHAPE, _POSITIVE),
    "gammaincc": (_SHAPE, _POSITIVE),
    "gammainccinv": (_SHAPE, _PROBABILITY),
    "gammaincinv": (_SHAPE, _PROBABILITY),
    "gdtr": (_DELTA, _DELTA, _FEW),
    "gdtrc": (_DELTA, _DELTA, _FEW),
    "huber": (_DELTA, _REAL),
    "inv_boxcox": (_PROBABILITY, -_POWER),
    "inv_boxcox1p": (_PROBABILITY, -_POWER),
    "kl_div": (_POSITIVE, _SHAPE),
    "nbdtr": (_COUNT, _TRIALS, _PROBABILITY),
    "nbdtrc": (_COUNT, _TRIALS, _PROBABILITY),
    "nbdtri": (_COUNT, _TRIALS, _PROBABILITY),
    "pdtr": (_COUNT, _FEW),
    "pdtrc": (_COUNT, _FEW),
    "pdtri": (_COUNT, _PROBABILITY),
    "poch": (_SHAPE, np.array([0.0, 0.5, 2.0, 7.25])),
    "polygamma": (np.array([[0.0], [1.0], [4.0]]), _POSITIVE),
    "pseudo_huber": (_DELTA, _REAL),
    "radian": (np.array([[12.0], [-90.0]]), np.array([30.0, 59.0]), np.array([0.0, 59.5])),
    "rel_entr": (_POSITIVE, _SHAPE),
    "stdtr": (_FREEDOM, _T),
    "stdtrit": (_FREEDOM, _PROBABILITY),
    "xlog1py": (_POSITIVE, _SHAPE),
    "xlogy": (_POSITIVE, _SHAPE),
}
"""Two dimensions where there are two arguments, which then broadcast."""

_ENDS = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, -1.5, 10.0, 1e5, np.inf, -np.inf, np.nan]
_LARGE = [171.0, 172.0, 1e17, -1e17, 1e300, -1e300, 710.0, -750.0]
_P = [0.0, 1e-10, 0.3, 1.0, -0.1, 1.1, np.nan]
_X = [0.0, 0.5, 4.0, -1.0, np.inf, np.nan]
_S = [0.5, 2.0, np.nan]
_K = [0.0, 2.5, 7.0, -1.0]
_WAVES = ("j0", "j1", "y0", "y1")  # scipy loses large angles

EDGES: dict[str, tuple[list[float], ...]] = {
    **{name: (_ENDS + (_LARGE if name not in _WAVES else []),) for name in _ONE},
    "erfcinv": (_ENDS,),
    "erfinv": (_ENDS,),
    **dict.fromkeys(
        "boxcox boxcox1p gammainc gammaincc huber kl_div rel_entr xlog1py xlogy".split(),
        (_ENDS, _ENDS),
    ),
    "pseudo_huber": (_ENDS[:10], _ENDS),
    **dict.fromkeys(("gammaincinv", "gammainccinv", "chdtri"), (_S, _P)),
    **dict.fromkeys(("betainc", "betaincc", "betaincinv", "betainccinv"), (_S, _S, _P)),
    **dict.fromkeys(("bdtr", "bdtrc", "bdtri", "nbdtr", "nbdtrc", "nbdtri"), (_K, [7.0], _P)),
    **dict.fromkeys(("chdtr", "chdtrc"), ([*_S, 0.0, -1.0], _X)),
    **dict.fromkeys(("fdtr", "fdtrc"), ([*_S, 0.0, -1.0], [*_S, -1.0], _X)),
    "fdtri": (_S, _S, _P),
    **dict.fromkeys(("gdtr", "gdtrc"), ([2.0], [*_S, -1.0], _X)),
    **dict.fromkeys(("pdtr", "pdtrc"), (_K, _X)),
    "pdtri": (_K, _P),
    "stdtr": ([*_S, -1.0, np.inf], [-3.0, -np.inf, *_X]),
    "stdtrit": ([*_S, -1.0, np.inf], _P[1:]),
    "expn": ([0.0, 1.0, 3.0, -1.0], _X),
    **dict.fromkeys(
        ("poch", "binom", "betaln"), ([-3.0, 0.0, 1.0, 4.0], [-2.0, 0.0, 1.0, 3.0, 5.0])
    ),
    "beta": ([-3.0, -0.5, 1.0, 4.0], [0.5, 1.0, 3.0, 5.0]),
}
"""Poles, infinities, NaN, and numbers outside of the domain."""

LONG = frozenset(
    """bdtr bdtrc bdtri betaincc betainccinv chdtr chdtrc chdtri fdtrc fdtri gammaincc gammainccinv gdtr gdtrc
    nbdtr nbdtrc nbdtri pdtrc pdtri stdtrit""".split()
)
"""Functions of long recipes that consist of those of others."""

OVERFLOWING = frozenset({"expi", "exprel", "i0", "i1", "pseudo_huber"})
"""Functions for which an intermediate number of scipy overflows."""

EXACT = frozenset({"sinc"})
"""Functions whose zeros are exact, unlike those of scipy."""

ROUGH = {"beta": 1e-12, "betaln": 1e-12, "cotdg": 1e-5, "kl_div": 1e-12, "y1": 1e-11}
"""Functions for which scipy has fewer digits, and how many."""


def reference(name: str) -> Callable[..., Any]:
    """Return the function of scipy, without its warnings."""
    function = getattr(special, name)

    def quiet(*arguments: Any, **options: Any) -> Any:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return function(*arguments, **options)

    return quiet


def function(name: str) -> Callable[..., Any]:
    """Return the function of onnxp."""
    return getattr(xp.special, name)
