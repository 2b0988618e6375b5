"""Replacements of functions of scikit-learn, in a module for each of its modules, and of other libraries.

Importing registers them, and imports none of the libraries.

Each replacement returns the result of scikit-learn for every number of rows. ``onnxp.sklearn._registry``
explains how to write one.
"""

from onnxp.sklearn._replacements import (  # noqa: F401
    calibration,
    catboost,
    category_encoders,
    cluster,
    covariance,
    decomposition,
    discriminant_analysis,
    dtypes,
    dummy,
    encoders,
    ensemble,
    feature_selection,
    frames,
    gaussian_process,
    gradient_boosting,
    impute,
    isotonic,
    kernel_approximation,
    lda,
    lightgbm,
    linear_model,
    manifold,
    metrics,
    mixture,
    multiclass,
    naive_bayes,
    neighbors,
    neural_network,
    nmf,
    pandas,
    power,
    preprocessing,
    quantile,
    scipy_functions,
    semi_supervised,
    splines,
    svm,
    text,
    tree,
    utils,
    xgboost,
)
