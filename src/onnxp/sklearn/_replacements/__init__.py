"""What is replaced inside scikit-learn, a module for each of its own; importing this registers all of it.

Each replacement computes what scikit-learn computes, for every number of rows. ``onnxp.sklearn._registry``
says how to write one.
"""

from onnxp.sklearn._replacements import (  # noqa: F401
    calibration,
    cluster,
    impute,
    metrics,
    preprocessing,
    utils,
)
