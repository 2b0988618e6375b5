"""Arguments of special functions: usual ones inside of their domains, and special ones."""

from __future__ import annotations

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
_NOT_A_POLE = np.array([-7.3, -2.6, -0.5, 1e-9, 0.3, 1.0, 1.7, 2.0, 4.2, 11.0, 60.5])

USUAL: dict[str, Arguments] = {
    "boxcox": (_POSITIVE, np.array([[-1.5], [0.0], [0.5]])),
    "boxcox1p": (_POSITIVE, np.array([[-1.5], [0.0], [0.5]])),
    "cbrt": (_REAL,),
    "cosm1": (_REAL,),
    "digamma": (_NOT_A_POLE,),
    "entr": (_POSITIVE,),
    "erf": (_REAL,),
    "erfc": (_REAL,),
    "erfcinv": (2.0 * _PROBABILITY,),
    "erfcx": (_REAL,),
    "erfinv": (2.0 * _PROBABILITY - 1.0,),
    "exp10": (_REAL,),
    "exp2": (_REAL,),
    "expit": (_REAL,),
    "exprel": (_REAL,),
    "gamma": (_NOT_A_POLE,),
    "gammaln": (_NOT_A_POLE,),
    "gammasgn": (_NOT_A_POLE,),
    "huber": (np.array([[0.5], [2.0]]), _REAL),
    "inv_boxcox": (_PROBABILITY, np.array([[-0.5], [0.0], [2.0]])),
    "inv_boxcox1p": (_PROBABILITY, np.array([[-0.5], [0.0], [2.0]])),
    "kl_div": (_POSITIVE, _SHAPE),
    "log_expit": (_REAL,),
    "log_ndtr": (_REAL,),
    "loggamma": (_POSITIVE,),
    "logit": (_PROBABILITY,),
    "ndtr": (_REAL,),
    "ndtri": (_PROBABILITY,),
    "pseudo_huber": (np.array([[0.5], [2.0]]), _REAL),
    "psi": (_NOT_A_POLE,),
    "radian": (np.array([[12.0], [-90.0]]), np.array([30.0, 59.0]), np.array([0.0, 59.5])),
    "rel_entr": (_POSITIVE, _SHAPE),
    "rgamma": (_NOT_A_POLE,),
    "sinc": (_REAL + 0.125,),
    "xlog1py": (_POSITIVE, _SHAPE),
    "xlogy": (_POSITIVE, _SHAPE),
}
"""Two dimensions where there are two arguments, which then broadcast."""

EDGES = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, -1.5, 10.0, 171.0, 172.0, 1e5, 1e17, -1e17, 1e300]
EDGES += [-1e300, np.inf, -np.inf, np.nan, 710.0, -750.0]

EXACT = frozenset({"sinc"})
"""Functions whose zeros are exact, unlike those of scipy."""


OVERFLOWING = frozenset({"exprel", "pseudo_huber"})
"""Functions for which scipy overflows early."""


def _kl_div(x: Any, y: Any) -> Any:
    """Return what cancels in scipy."""
    wide, other = np.asarray(x, np.longdouble), np.asarray(y, np.longdouble)
    return (wide * np.log(wide / other) - wide + other).astype(np.float64)


BETTER: dict[str, Callable[..., Any]] = {"kl_div": _kl_div}
"""Functions whose usual results scipy does not have as accurately as they are tested."""


def reference(name: str) -> Callable[..., Any]:
    """Return the function of scipy."""
    return getattr(special, name)


def function(name: str) -> Callable[..., Any]:
    """Return the function of onnxp."""
    return getattr(xp.special, name)
