"""The standard's extension for linear algebra.

Products, norms and other compositions of array functions work on every array. Decompositions and solvers
compute by numpy, on concrete arrays; for traced ones they raise `TracedValueError`. A model mostly needs
them of its fitted parameters, which are constants.
"""

from onnxp._src.api.linear_algebra import matmul, matrix_transpose, tensordot, vecdot
from onnxp.linalg._decompositions import cholesky, eig, eigh, eigvals, eigvalsh, qr, svd, svdvals
from onnxp.linalg._products import (
    cross,
    diagonal,
    matrix_norm,
    matrix_power,
    outer,
    trace,
    vector_norm,
)
from onnxp.linalg._solvers import det, inv, matrix_rank, pinv, slogdet, solve

__all__ = [
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]
