"""The linear algebra extension of the standard.

All functions support concrete and traced arrays. Of concrete arrays, decompositions, determinants, inverses and
solutions call numpy. Of traced arrays, they are recorded as graphs, computed in float64, with errors like those
of numpy's routines (LAPACK), so that both results agree to rounding only. `inv` and `solve` use the operator
``Inverse`` of onnxruntime's domain ``com.microsoft``, and a QR decomposition for targets without it.

A model cannot raise an error for some matrices of a stack. Where numpy raises one, such as for singular
matrices in `inv`, for matrices that are not positive definite in `cholesky`, or for NaN in `svd`, the results
of a model for these matrices are NaN or infinite, and a rank is -1 (`matrix_rank`). Of matrices that are
singular but for rounding, such as ``[[1, 2, 3], [4, 5, 6], [7, 8, 9]]``, numpy finds some singular and returns
numbers without a correct digit for others; in a model, `inv` and `solve` give NaN for all of them.
"""

from onnxp._src.api.linear_algebra import matmul, matrix_transpose, tensordot, vecdot
from onnxp._src.namespace import claim
from onnxp.linalg._decompositions import (
    EighResult,
    EigResult,
    QRResult,
    SVDResult,
    cholesky,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    qr,
    svd,
    svdvals,
)
from onnxp.linalg._products import (
    cross,
    diagonal,
    matrix_norm,
    matrix_power,
    outer,
    trace,
    vector_norm,
)
from onnxp.linalg._solvers import SlogdetResult, det, inv, matrix_rank, pinv, slogdet, solve

__all__ = [
    "EigResult",
    "EighResult",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
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

claim(globals())
