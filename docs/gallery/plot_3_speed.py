"""
Rows per second
===============

A model has no overhead for each step of a pipeline, which matters most for few rows. Times are the best of
several calls.
"""

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from onnxp.sklearn import trace_estimator

rng = np.random.default_rng(0)
X = rng.normal(size=(10_000, 20))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
estimators = {
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression()),
    "boosted trees": make_pipeline(SimpleImputer(), HistGradientBoostingClassifier(max_iter=30)),
}


def best(function, rows) -> float:
    """Return the time of a call, in seconds."""
    times = []
    for _ in range(7):
        start = perf_counter()
        function(rows)
        times.append(perf_counter() - start)
    return min(times)


sizes = [1, 10, 100, 1000, 10_000]
fig, axes = plt.subplots(figsize=(7, 4))
for color, (name, estimator) in zip(("tab:blue", "tab:orange"), estimators.items(), strict=True):
    estimator.fit(X[:2000], y[:2000])
    program = trace_estimator(estimator, "predict_proba")
    for style, what, predict in (
        ("-", "model", program),
        (":", "scikit-learn", estimator.predict_proba),
    ):
        rates = [n / best(predict, X[:n]) for n in sizes]
        axes.loglog(sizes, rates, style, color=color, marker="o", label=f"{name}, {what}")
axes.set_xlabel("rows in a call")
axes.set_ylabel("rows per second")
axes.legend()
plt.show()

# %%
# :doc:`/speed` has the ratios for more estimators, beside other tools.
