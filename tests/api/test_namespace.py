"""Every name of the standard's main namespace is there, and takes the parameters that the standard gives it."""

from __future__ import annotations

import inspect
import math

import pytest

import onnxp as xp

# The functions of 2025.12, by chapter: names, kinds and defaults of their parameters.
FUNCTIONS = """
# Creation
arange(start, /, stop=None, step=1, *, dtype=None, device=None)
asarray(obj, /, *, dtype=None, device=None, copy=None)
empty(shape, *, dtype=None, device=None)
empty_like(x, /, *, dtype=None, device=None)
eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None)
from_dlpack(x, /, *, device=None, copy=None)
full(shape, fill_value, *, dtype=None, device=None)
full_like(x, /, fill_value, *, dtype=None, device=None)
linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True)
meshgrid(*arrays, indexing='xy')
ones(shape, *, dtype=None, device=None)
ones_like(x, /, *, dtype=None, device=None)
tril(x, /, *, k=0)
triu(x, /, *, k=0)
zeros(shape, *, dtype=None, device=None)
zeros_like(x, /, *, dtype=None, device=None)
# Data types
astype(x, dtype, /, *, copy=True, device=None)
can_cast(from_, to, /)
finfo(type, /)
iinfo(type, /)
isdtype(dtype, kind)
result_type(*arrays_and_dtypes)
# Element-wise
abs(x, /)
acos(x, /)
acosh(x, /)
add(x1, x2, /)
asin(x, /)
asinh(x, /)
atan(x, /)
atan2(x1, x2, /)
atanh(x, /)
bitwise_and(x1, x2, /)
bitwise_left_shift(x1, x2, /)
bitwise_invert(x, /)
bitwise_or(x1, x2, /)
bitwise_right_shift(x1, x2, /)
bitwise_xor(x1, x2, /)
ceil(x, /)
clip(x, /, min=None, max=None)
conj(x, /)
copysign(x1, x2, /)
cos(x, /)
cosh(x, /)
divide(x1, x2, /)
equal(x1, x2, /)
exp(x, /)
expm1(x, /)
floor(x, /)
floor_divide(x1, x2, /)
greater(x1, x2, /)
greater_equal(x1, x2, /)
hypot(x1, x2, /)
imag(x, /)
isfinite(x, /)
isinf(x, /)
isnan(x, /)
less(x1, x2, /)
less_equal(x1, x2, /)
log(x, /)
log1p(x, /)
log2(x, /)
log10(x, /)
logaddexp(x1, x2, /)
logical_and(x1, x2, /)
logical_not(x, /)
logical_or(x1, x2, /)
logical_xor(x1, x2, /)
maximum(x1, x2, /)
minimum(x1, x2, /)
multiply(x1, x2, /)
negative(x, /)
nextafter(x1, x2, /)
not_equal(x1, x2, /)
positive(x, /)
pow(x1, x2, /)
real(x, /)
reciprocal(x, /)
remainder(x1, x2, /)
round(x, /)
sign(x, /)
signbit(x, /)
sin(x, /)
sinh(x, /)
square(x, /)
sqrt(x, /)
subtract(x1, x2, /)
tan(x, /)
tanh(x, /)
trunc(x, /)
# Indexing
take(x, indices, /, *, axis=None)
take_along_axis(x, indices, /, *, axis=-1)
# Inspection
__array_namespace_info__()
# Linear algebra
matmul(x1, x2, /)
matrix_transpose(x, /)
tensordot(x1, x2, /, *, axes=2)
vecdot(x1, x2, /, *, axis=-1)
# Manipulation
broadcast_arrays(*arrays)
broadcast_shapes(*shapes)
broadcast_to(x, /, shape)
concat(arrays, /, *, axis=0)
expand_dims(x, /, axis)
flip(x, /, *, axis=None)
moveaxis(x, source, destination, /)
permute_dims(x, /, axes)
repeat(x, repeats, /, *, axis=None)
reshape(x, /, shape, *, copy=None)
roll(x, /, shift, *, axis=None)
squeeze(x, /, axis)
stack(arrays, /, *, axis=0)
tile(x, repetitions, /)
unstack(x, /, *, axis=0)
# Searching
argmax(x, /, *, axis=None, keepdims=False)
argmin(x, /, *, axis=None, keepdims=False)
count_nonzero(x, /, *, axis=None, keepdims=False)
nonzero(x, /)
searchsorted(x1, x2, /, *, side='left', sorter=None)
where(condition, x1, x2, /)
# Sets
isin(x1, x2, /, *, invert=False)
unique_all(x, /)
unique_counts(x, /)
unique_inverse(x, /)
unique_values(x, /)
# Sorting
argsort(x, /, *, axis=-1, descending=False, stable=True)
sort(x, /, *, axis=-1, descending=False, stable=True)
# Statistics
cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False)
cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False)
max(x, /, *, axis=None, keepdims=False)
mean(x, /, *, axis=None, keepdims=False)
min(x, /, *, axis=None, keepdims=False)
prod(x, /, *, axis=None, dtype=None, keepdims=False)
std(x, /, *, axis=None, correction=0.0, keepdims=False)
sum(x, /, *, axis=None, dtype=None, keepdims=False)
var(x, /, *, axis=None, correction=0.0, keepdims=False)
# Utilities
all(x, /, *, axis=None, keepdims=False, skipna=True)
any(x, /, *, axis=None, keepdims=False, skipna=True)
diff(x, /, *, axis=-1, n=1, prepend=None, append=None)
"""
SIGNATURES = {
    line.partition("(")[0]: line
    for line in FUNCTIONS.split("\n")
    if line and not line.startswith("#")
}
DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128".split()
METHODS = """
abs add and array_namespace bool complex dlpack dlpack_device eq float floordiv ge getitem gt index int invert
le lshift lt matmul mod mul ne neg or pos pow rshift setitem sub truediv xor
radd rsub rmul rtruediv rfloordiv rpow rmod rmatmul rand ror rxor rlshift rrshift
iadd isub imul itruediv ifloordiv ipow imod imatmul iand ior ixor ilshift irshift
""".split()


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name):
    function = getattr(xp, name)
    ours = inspect.signature(function)
    bare = [parameter.replace(annotation=parameter.empty) for parameter in ours.parameters.values()]
    text = str(ours.replace(parameters=bare, return_annotation=ours.empty))
    assert f"{name}{text}".replace(" ", "") == SIGNATURES[name].replace(" ", "")


@pytest.mark.parametrize("name", SIGNATURES)
def test_functions_are_documented_and_exported(name, subtests: pytest.Subtests):
    function = getattr(xp, name)
    assert name in xp.__all__
    assert function.__module__ == "onnxp"
    assert function.__name__ == name
    documentation = inspect.getdoc(function)
    for section in ("Returns\n---", "Examples\n---", ">>> "):
        with subtests.test(section=section):
            assert section in documentation


def test_constants():
    assert (xp.e, xp.pi, xp.inf) == (math.e, math.pi, math.inf)
    assert math.isnan(xp.nan)
    assert xp.newaxis is None


@pytest.mark.parametrize("name", DTYPES)
def test_dtypes(name: str):
    assert str(getattr(xp, name)) == name


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    assert callable(getattr(xp.Array, f"__{name}__"))


def test_attributes():
    x = xp.asarray([[1, 2, 3]])
    assert (x.ndim, x.shape, x.size, x.dtype) == (2, (1, 3), 3, xp.int64)
    assert x.device == x.to_device(x.device).device
    assert x.T.shape == x.mT.shape == (3, 1)


def test_version_of_the_standard():
    assert xp.__array_api_version__ == "2025.12"
    assert xp.asarray(1).__array_namespace__(api_version="2025.12") is xp
    with pytest.raises(ValueError, match="2019"):
        xp.asarray(1).__array_namespace__(api_version="2019.12")


def test_all_names_what_there_is(subtests: pytest.Subtests):
    assert len(set(xp.__all__)) == len(xp.__all__)
    for name in xp.__all__:
        with subtests.test(name=name):
            assert hasattr(xp, name)
