"""An array library that implements the Python array API standard by recording ONNX."""

from onnxp.array import Array, matmul
from onnxp.building import argument, build
from onnxp.creation import asarray
from onnxp.dtypes import (
    bool_ as bool,
    complex64,
    complex128,
    finfo,
    float16,
    float32,
    float64,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    isdtype,
    uint8,
    uint16,
    uint32,
    uint64,
)
from onnxp.program import Program, load, trace
from onnxp.specs import Spec, spec
from onnxp.version import __version__
