"""
The accuracy of functions
=========================

How far is a result from the right number, in units in the last place (ulp)? Half an ulp is the best that a
float can be. The right numbers are computed by numpy in extended precision.
"""

import matplotlib.pyplot as plt
import numpy as np

import onnxp as xp


def ulps(result: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Return the errors of float64 numbers, in ulp."""
    return np.abs((result - exact) / np.spacing(np.abs(exact.astype(np.float64)))).astype(float)


x = np.linspace(0.01, 20, 20_001)
names = ["exp", "log", "log1p", "expm1", "sin", "cos", "tanh", "sqrt"]
errors = []
for name in names:
    exact = getattr(np, name)(x.astype(np.longdouble))
    errors.append(
        [
            ulps(np.asarray(getattr(space, name)(of(x))), exact).max()
            for space, of in ((xp, xp.asarray), (np, np.asarray))
        ]
    )

fig, axes = plt.subplots(figsize=(7, 3.5))
places = np.arange(len(names))
axes.bar(places - 0.2, [ours for ours, _ in errors], 0.4, label="onnxp")
axes.bar(places + 0.2, [theirs for _, theirs in errors], 0.4, label="numpy")
axes.axhline(0.5, color="gray", linestyle=":")
axes.set_xticks(places, names)
axes.set_ylabel("largest error, ulp")
axes.legend()
plt.show()

# %%
# :doc:`/accuracy` has a table of all functions, on their whole domains.
