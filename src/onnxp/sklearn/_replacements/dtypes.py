"""Estimators whose Python code is traced as it is, in float64 for every input, as in scikit-learn."""

from __future__ import annotations

from onnxp.sklearn._registry import computes_in

for _kind in (
    "cluster._kmeans:_BaseKMeans",
    "kernel_ridge:KernelRidge",
    "mixture._bayesian_mixture:BayesianGaussianMixture",
    "naive_bayes:CategoricalNB",
):
    computes_in("float64", f"sklearn.{_kind}")
