"""The linear algebra extension of the standard.

Products, norms and other compositions of array functions support all arrays, and so do `inv` and `solve`. Of
traced arrays, these use the operator ``Inverse`` of onnxruntime's domain ``com.microsoft``; of concrete arrays,
they call numpy, so both results agree to rounding only. Determinants and decompositions call numpy, so they
support concrete arrays only and raise `TracedValueError` for traced ones. Most models only need them for fitted
parameters, which are constants.
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
