"""The errors of runtimes, as data: operator, dtypes, versions, what happens, and how it is avoided.

`onnxp._src.lowering` avoids most of them. The rest affects the results of models on these runtimes. Tests
verify each row on the runtimes that it names, and its absence on the others.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from onnxp._src.ops.versions import TRIED, installed_runtime, release

_OLD, _MID, _NEW = TRIED


class RuntimeBug(NamedTuple):
    """An error of some runtimes.

    Attributes
    ----------
    operator, dtypes : str
        The operator and the dtypes of the kernel.
    first, last : str
        The first and the last of the `TRIED` runtimes with the error, or one between them.
    what : str
        What happens.
    answer : str
        How onnxp avoids it; empty if it does not.
    crash : bool
        Whether the error ends the process.
    """

    operator: str
    dtypes: str
    first: str
    last: str
    what: str
    answer: str = ""
    crash: bool = False

    @property
    def shows(self) -> bool:
        """Whether the error affects the results of array functions."""
        return not self.answer

    def applies(self, version: str) -> bool:
        """Return whether a version of the runtime has the error."""
        return release(self.first) <= release(version) <= release(self.last)


_INTEGERS = "int32, int64"
_FLOATS = "float32, float64"

RUNTIME_BUGS: dict[str, RuntimeBug] = {
    "division by zero": RuntimeBug(
        "Div, Mod",
        _INTEGERS,
        _OLD,
        _MID,
        "a zero divisor ends the process, even while a session is created",
        "the divisor is moved away from zero; the result there is 0",
        crash=True,
    ),
    "smallest by -1": RuntimeBug(
        "Div",
        _INTEGERS,
        _OLD,
        _NEW,
        "the smallest integer divided by -1 ends the process",
        "the divisor is moved; the result wraps, as in numpy",
        crash=True,
    ),
    "smallest modulo -1": RuntimeBug(
        "Mod",
        _INTEGERS,
        _OLD,
        _MID,
        "the smallest integer modulo -1 ends the process",
        "the divisor is moved; the result is 0",
        crash=True,
    ),
    "sorting no rows": RuntimeBug(
        "TopK",
        "all",
        _OLD,
        _MID,
        "no rows but several columns, sorted along the columns, end the process",
        "the number to sort is 0 where there are no rows",
        crash=True,
    ),
    "unique along no elements": RuntimeBug(
        "Unique",
        "all",
        _OLD,
        _NEW,
        "rows without elements, compared along an axis, end the process",
        "`xp.onnx.op` refuses them, or makes the run fail",
        crash=True,
    ),
    "recurrence over nothing": RuntimeBug(
        "GRU, LSTM, RNN",
        _FLOATS,
        _OLD,
        _NEW,
        "a sequence or a batch without elements ends the process",
        "`xp.onnx.op` refuses them, or makes the run fail",
        crash=True,
    ),
    "one-hot vectors of empty arrays": RuntimeBug(
        "OneHot",
        "all",
        _OLD,
        _MID,
        "no indices end the process",
        "a branch avoids the kernel",
        crash=True,
    ),
    "products of empty arrays": RuntimeBug(
        "Einsum",
        _FLOATS,
        _OLD,
        _MID,
        "a product of arrays without elements ends the process",
        "a branch avoids the kernel",
        crash=True,
    ),
    "scatter at no place": RuntimeBug(
        "ScatterND",
        "all",
        _OLD,
        _MID,
        "index tuples of length 0 end the process",
        "none is written",
        crash=True,
    ),
    "indices into empty arrays": RuntimeBug(
        "GatherND",
        "all",
        _OLD,
        _MID,
        "index 0 of an axis without elements reads beyond it: any number, or the process ends for strings",
        "indices of what may be empty are taken from a Range of the size, which fails",
        crash=True,
    ),
    "maxima of no place": RuntimeBug(
        "MaxUnpool",
        _FLOATS,
        _OLD,
        _MID,
        "an index beyond the result writes there, and may end the process",
        "`xp.onnx.op` makes the run fail",
        crash=True,
    ),
    "blocks without elements": RuntimeBug(
        "Col2Im",
        _FLOATS,
        _OLD,
        _MID,
        "blocks without elements end the process",
        "`xp.onnx.op` refuses them, or makes the run fail",
        crash=True,
    ),
    "blocks of nothing": RuntimeBug(
        "QuantizeLinear",
        "float32",
        _OLD,
        _MID,
        "an array without elements, quantized in blocks, ends the process",
        "`xp.onnx.op` refuses it, or makes the run fail",
        crash=True,
    ),
    "images of no pixel": RuntimeBug(
        "ConvTranspose",
        "float32",
        _OLD,
        _NEW,
        "images of three axes without elements end the process, others of 1.20.1 and 1.23.2 too",
        "`xp.onnx.op` refuses them, or makes the run fail",
        crash=True,
    ),
    "samples of no image": RuntimeBug(
        "GridSample",
        "float32",
        _OLD,
        _MID,
        "places in an image without elements end the process",
        "`xp.onnx.op` refuses them, or makes the run fail",
        crash=True,
    ),
    "padding beyond strides": RuntimeBug(
        "ConvTranspose",
        "float32",
        _OLD,
        _MID,
        "an output_padding as large as the stride reads beyond an array, and may end the process",
        "models with one, which ONNX does not define, are refused",
        crash=True,
    ),
    "places of no rank": RuntimeBug(
        "MaxUnpool",
        _FLOATS,
        _OLD,
        _MID,
        "indices whose rank is not declared end the process while a session is created",
        "`load` refuses the model",
        crash=True,
    ),
    "regions of no image": RuntimeBug(
        "RoiAlign",
        _FLOATS,
        _OLD,
        _MID,
        "an index of an image that does not exist reads beyond them, and may end the process",
        "`xp.onnx.op` makes the run fail",
        crash=True,
    ),
    "far diagonals": RuntimeBug(
        "Trilu",
        "all",
        _OLD,
        _MID,
        "a diagonal near -2**63 ends the process",
        "the diagonal is clipped to one that is beyond all matrices",
        crash=True,
    ),
    "sparse constants of functions": RuntimeBug(
        "Constant",
        "sparse tensors",
        _MID,
        _NEW,
        "when a function with one is inlined, its name is read after it was freed, which ends some processes",
        "they are made dense, in models that are loaded and in those that are written",
        crash=True,
    ),
    "order of int64": RuntimeBug(
        "Max, Min, Sign",
        "int64",
        _MID,
        _MID,
        "only the lower 32 bits are compared",
        "computed by comparison operators, which are correct",
    ),
    "integer sums": RuntimeBug(
        "ReduceSum, ReduceProd",
        _INTEGERS,
        _NEW,
        _NEW,
        "computed in float64: inexact above 2**53, and saturated where numpy wraps",
        "sums are matrix products with ones, or running sums",
    ),
    "shifts by the width": RuntimeBug(
        "BitShift",
        "uint32, uint64",
        _OLD,
        _MID,
        "a shift by the width or more is taken modulo the width",
        "such shifts are computed without the kernel",
    ),
    "NaN in maxima": RuntimeBug(
        "ReduceMax, ReduceMin",
        "float16, float32, float64",
        _OLD,
        _NEW,
        "NaN is ignored",
        "NaN is searched for separately",
    ),
    "NaN in argmax": RuntimeBug(
        "ArgMax, ArgMin",
        "float16, float32, float64",
        _OLD,
        _NEW,
        "NaN is ignored",
        "NaN is searched for separately",
    ),
    "order of NaN": RuntimeBug(
        "TopK",
        "float16, float32, float64",
        _OLD,
        _MID,
        "NaN, and numbers next to it, may have any position",
        "NaN is replaced before sorting",
    ),
    "means of empty arrays": RuntimeBug(
        "ReduceMean",
        _FLOATS,
        _OLD,
        _NEW,
        "the mean of an empty axis is 0",
        "NaN is computed where a size may be 0",
    ),
    "axes below 0": RuntimeBug(
        "ArgMax, ArgMin, ReduceMax, ReduceMean, ReduceMin, ReduceProd, ReduceSum",
        "all",
        _OLD,
        _MID,
        "an axis that is counted from the end stays in the result of an array without elements",
        "axes are counted from the start",
    ),
    "empty unsigned products": RuntimeBug(
        "MatMul",
        "uint32, uint64",
        _OLD,
        _NEW,
        "fails if the summed axis is empty",
        "computed in the signed dtype, which wraps in the same way",
    ),
    "empty vectors": RuntimeBug(
        "MatMul",
        f"{_INTEGERS}, {_FLOATS}",
        _OLD,
        _MID,
        "the product of a matrix and an empty vector is random",
        "computed with a matrix of one column where a vector may be empty",
    ),
    "constants without elements": RuntimeBug(
        "Add, Div, Mul, Sub",
        "all",
        _OLD,
        _MID,
        "default optimizations take a constant without elements for 0 or 1 and drop the operation: no session "
        "starts, or the result is None or of another shape",
        "written as Max, whose result has no elements either; functions of the model are not called",
    ),
    "empty stacks": RuntimeBug(
        "MatMul",
        "all",
        _OLD,
        _MID,
        "fails for an empty stack of matrices and another operand that is broadcast to it",
        "both operands are made empty stacks",
    ),
    "turned by a vector": RuntimeBug(
        "MatMul",
        "float32, and float64 of the newest",
        _OLD,
        _NEW,
        "default optimizations fuse a preceding Transpose with the product with a vector, which is wrong",
        "computed with a matrix of one column",
    ),
    "transposed stacks of empty matrices": RuntimeBug(
        "MatMul",
        "float32",
        _OLD,
        _MID,
        "default optimizations join a Transpose and the product, and a sum over nothing is noise",
        "an axis of size 1 is between them where there may be nothing to sum over",
    ),
    "turned on both sides": RuntimeBug(
        "MatMul",
        "float32",
        _OLD,
        _OLD,
        "default optimizations fail for a Transpose times itself that has another use: no session starts",
        "an axis of size 1 separates them",
    ),
    "vectors of different lengths": RuntimeBug(
        "MatMul",
        f"{_INTEGERS}, {_FLOATS}",
        _OLD,
        _MID,
        "the product of two vectors of different lengths reads beyond the shorter one",
        "the runtime compares the lengths first if they are not known",
    ),
    "sign of NaN": RuntimeBug(
        "Sign", "float16", _OLD, _NEW, "the sign of NaN is 0", "computed in float32"
    ),
    "sine near multiples of pi": RuntimeBug(
        "Sin",
        "float64",
        _MID,
        _NEW,
        "near multiples of pi all digits are wrong",
        "the argument is reduced first",
    ),
    "transform of empty arrays": RuntimeBug(
        "DFT",
        _FLOATS,
        _OLD,
        _MID,
        "a transform of an axis without elements ends the process",
        "the runtime checks the size first",
        crash=True,
    ),
    "lengths of DFT": RuntimeBug(
        "DFT",
        _FLOATS,
        _OLD,
        _NEW,
        "if the length is not a power of two, errors are up to thousands of times larger",
        "only powers of two are transformed, in float64",
    ),
    "inverse DFT": RuntimeBug(
        "DFT",
        "float64",
        _OLD,
        _NEW,
        "the inverse divides by a length that was rounded to float32",
        "the real and imaginary parts are exchanged before and after a forward transform",
    ),
    "selected zeros": RuntimeBug(
        "Where",
        "float16, float32, float64",
        _OLD,
        _NEW,
        "a negative zero selected from the first operand, in some layouts from the second, loses its sign",
    ),
    "double rounding": RuntimeBug(
        "Cast",
        "float64 to float16",
        _OLD,
        _NEW,
        "rounded twice, by way of float32: the last bit may differ",
        "the remainder of the first rounding selects the neighbor",
    ),
    "casts to uint32": RuntimeBug(
        "Cast",
        "float32, float64 to uint32",
        _OLD,
        _NEW,
        "numbers that do not fit give results that depend on their position",
        "cast to int64 first",
    ),
    "casts of casts": RuntimeBug(
        "Cast",
        "float32, float64 to int64 to uint32",
        _OLD,
        _NEW,
        "fused to one cast from the first to the last dtype, even without optimizations",
        "another operator separates them",
    ),
    "hyperbolic tangents": RuntimeBug(
        "Tanh",
        "float32",
        _OLD,
        _NEW,
        "exceeds 1, and tiny numbers lose digits",
        "clipped, and tiny numbers are returned unchanged",
    ),
    "square roots": RuntimeBug(
        "Sqrt",
        "float32",
        _OLD,
        _OLD,
        "of arrays: infinity gives NaN, subnormal numbers 0, -0.0 gives 0.0, and the last bit is wrong",
        "computed in float64 where this runtime is installed; a model recorded elsewhere has it there",
    ),
    "rounding to zero": RuntimeBug(
        "Ceil, Floor", _FLOATS, _OLD, _OLD, "of arrays: zeros are never negative"
    ),
    "small exponentials": RuntimeBug(
        "Exp", "float64", _OLD, _OLD, "of arrays: subnormal results are 5.56e-309"
    ),
    "logarithms of subnormals": RuntimeBug(
        "Log", _FLOATS, _OLD, _OLD, "of arrays: all subnormal numbers give the same result"
    ),
    "rows of strings": RuntimeBug(
        "Gather",
        "string",
        _OLD,
        _NEW,
        "along an axis other than the last, only the first string of each row is selected",
        "GatherElements is used",
    ),
    "collected strings": RuntimeBug(
        "Loop",
        "string",
        _OLD,
        _NEW,
        "stacking outputs overwrites memory: wrong text, or the process ends",
        "`scan` raises an error for outputs that are strings",
        crash=True,
    ),
    "text of numpy": RuntimeBug(
        "inputs of a model",
        "string",
        _OLD,
        _NEW,
        "``>U`` arrays end the process, ``<U`` arrays are cut at null characters, and objects that "
        "are not text become text",
        "inputs are arrays of objects that are checked to be text",
        crash=True,
    ),
    "numbers in strings": RuntimeBug(
        "Cast",
        "string to int64, float64",
        _OLD,
        _NEW,
        "text that only begins with a number is read as a number",
        "such text is found first, and makes the run fail",
    ),
    "digits in strings": RuntimeBug(
        "Cast", "float64 to string", _OLD, _NEW, "8 digits are written", "`astype` refuses"
    ),
    "error function of NaN": RuntimeBug("Erf", "float32", _OLD, _MID, "NaN gives 1"),
    "ranges of indices": RuntimeBug(
        "Gather",
        "all",
        _OLD,
        _NEW,
        "default optimizations make a Slice of a Gather at what Range gives: negative indices and those "
        "beyond the end are cut off",
        "a Reshape is between them",
    ),
    "checks of sizes": RuntimeBug(
        "Shape",
        "all",
        _OLD,
        _NEW,
        "default optimizations compute the Shape of a Reshape or an Expand to constant sizes, and no run "
        "checks that they fit",
        "the sizes are computed from elements",
    ),
    "ranges that are results": RuntimeBug(
        "Gather",
        "all",
        _OLD,
        _MID,
        "default optimizations remove the Range of indices that is a result too: no session starts, or the "
        "result is missing",
        "a Reshape is between them",
    ),
    "truncated truth": RuntimeBug(
        "Cast",
        "float16, float32, float64 to any integer but uint32 to bool",
        _OLD,
        _MID,
        "becomes one cast from the first to the last dtype, unoptimised too: 0.3 is True",
        "integers that may come from floats are compared with 0",
    ),
    "columns normalised": RuntimeBug(
        "LayerNormalization, SimplifiedLayerNormalization",
        "float32, and float64 of the older",
        _OLD,
        _NEW,
        "default optimizations take the mean and root of an axis of size 1, scaled by more elements, for "
        "a layer normalization, and the run fails",
        "a Max of one input is before the root unless the axis is longer",
    ),
    "products of reciprocals": RuntimeBug(
        "Div, Mul",
        "all",
        _OLD,
        _NEW,
        "default optimizations make y / x of (1 / x) * y, integers included: finite where 1 / x overflows",
        "a Reshape is between them",
    ),
    "scales of higher rank": RuntimeBug(
        "MatMul",
        "float32",
        _OLD,
        _OLD,
        "default optimizations make a factor of one element a part of the product and lose its axes",
        "the product gets the axes before",
    ),
    "scales of products": RuntimeBug(
        "MatMul",
        "all",
        _OLD,
        _NEW,
        "default optimizations multiply the constant factors of a product and of its operands in float32, "
        "where they overflow or underflow, or end the load if they are infinite",
        "a Reshape is between them if together they exceed 2**64",
    ),
    "normalised in float64": RuntimeBug(
        "LayerNormalization",
        "float64",
        _OLD,
        _MID,
        "default optimizations add 1e-5 in place of the number that was to be added to the variance",
        "a Max of one input is before the root",
    ),
    "casts outside of branches": RuntimeBug(
        "If, Loop",
        "all",
        _OLD,
        _NEW,
        "a model's input that is cast to another dtype and back and read in a subgraph is removed, "
        "unoptimised too, and the run fails",
        "an operator that changes nothing is between them",
    ),
    "children with one number": RuntimeBug(
        "TreeEnsemble",
        _FLOATS,
        _MID,
        _MID,
        "a tree is taken for a leaf if its root has a leaf and a node as children, and their numbers are equal",
        "the leaves of such a tree are numbered from the second on",
    ),
    "fractions as members": RuntimeBug(
        "TreeEnsemble",
        _FLOATS,
        _MID,
        _NEW,
        "a split by members of large sets truncates: 1.5 is a member of {1, 33, 64}",
        "tables of categories give columns of 0 and 1, which trees compare",
    ),
    "products by a number": RuntimeBug(
        "MatMul, Mul",
        "float64",
        "1.30.0",
        "1.30.0",
        "a product of matrices times a number, or divided by one, rounds it to float32 by default",
    ),
    "tiles of integers": RuntimeBug(
        "ConvInteger, MatMulInteger",
        "int8, uint8",
        _MID,
        _MID,
        "on processors with AMX, products with 17 to 31 columns, or so many more than a multiple of 32, have "
        "wrong numbers in some rows if there are 32 or more; threads get parts of a multiple of 16 columns",
        "columns are a multiple of 16, of zeros that are cut off, or rows at most 31",
    ),
    "saturated products": RuntimeBug(
        "ConvInteger, MatMulInteger",
        "uint8 by int8",
        _OLD,
        _NEW,
        "on x86 processors without VNNI, sums of two products are no larger than 32,767",
        "constants are uint8",
    ),
    "convolutions by int8": RuntimeBug(
        "ConvInteger",
        "int8",
        _OLD,
        _MID,
        "there is no kernel",
        "constants are uint8",
    ),
    "casts of 4 bits": RuntimeBug(
        "Cast",
        "int4, uint4",
        _OLD,
        _OLD,
        "there is no kernel",
        "DequantizeLinear with a scale of 1",
    ),
    "dequantized constants": RuntimeBug(
        "DequantizeLinear",
        "int4, uint4",
        _OLD,
        _NEW,
        "default optimizations leave it to each run, though its inputs are constants",
        "the numbers are quantized again, as 8-bit integers, behind a Floor that changes nothing",
    ),
    "unrounded float16": RuntimeBug(
        "all without a kernel",
        "float16",
        _OLD,
        _NEW,
        "intermediate results are not rounded to float16, even without optimizations",
        "computed in float32, with recorded casts",
    ),
    "casts of float16 to itself": RuntimeBug(
        "Cast",
        "float16",
        _OLD,
        _MID,
        "without optimizations, a model with one between operators without a kernel does not load",
        "none is written",
    ),
}


@cache
def installed_has(name: str) -> bool:
    """Return whether the installed runtime has an error; untested versions count as the older tested one."""
    row = RUNTIME_BUGS[name]
    version = release(installed_runtime())
    following = [r for r in map(release, TRIED) if r > release(row.last)]
    return version >= release(row.first) and (not following or version < following[0])
