"""What sessions make of a model: optimizations, and changes without them, that are wrong."""

from __future__ import annotations

from onnxp._src.ops.runtime_bug import MID, NEW, OLD, RuntimeBug

ROWS: dict[str, RuntimeBug] = {
    "constants without elements": RuntimeBug(
        "Add, Div, Mul, Sub",
        "all",
        OLD,
        MID,
        "default optimizations take a constant without elements for 0 or 1 and drop the operation: no session "
        "starts, or the result is None or of another shape",
        "written as Max, whose result has no elements either; functions of the model are not called",
    ),
    "turned by a vector": RuntimeBug(
        "MatMul",
        "float32, and float64 of the newest",
        OLD,
        NEW,
        "default optimizations fuse a preceding Transpose with the product with a vector, which is wrong",
        "computed with a matrix of one column",
    ),
    "transposed stacks of empty matrices": RuntimeBug(
        "MatMul",
        "float32",
        OLD,
        MID,
        "default optimizations join a Transpose and the product, and a sum over nothing is noise",
        "an axis of size 1 is between them where there may be nothing to sum over",
    ),
    "turned on both sides": RuntimeBug(
        "MatMul",
        "float32",
        OLD,
        OLD,
        "default optimizations fail for a Transpose times itself that has another use: no session starts",
        "an axis of size 1 separates them",
    ),
    "casts of casts": RuntimeBug(
        "Cast",
        "float32, float64 to int64 to uint32",
        OLD,
        NEW,
        "fused to one cast from the first to the last dtype, even without optimizations",
        "another operator separates them",
    ),
    "ranges of indices": RuntimeBug(
        "Gather",
        "all",
        OLD,
        NEW,
        "default optimizations make a Slice of a Gather at what Range gives: negative indices and those "
        "beyond the end are cut off",
        "a Reshape is between them",
    ),
    "checks of sizes": RuntimeBug(
        "Shape",
        "all",
        OLD,
        NEW,
        "default optimizations compute the Shape of a Reshape or an Expand to constant sizes, and no run "
        "checks that they fit",
        "the sizes are computed from elements",
    ),
    "ranges that are results": RuntimeBug(
        "Gather",
        "all",
        OLD,
        MID,
        "default optimizations remove the Range of indices that is a result too: no session starts, or the "
        "result is missing",
        "a Reshape is between them",
    ),
    "truncated truth": RuntimeBug(
        "Cast",
        "float16, float32, float64 to any integer but uint32 to bool",
        OLD,
        MID,
        "becomes one cast from the first to the last dtype, unoptimised too: 0.3 is True",
        "integers that may come from floats are compared with 0",
    ),
    "columns normalised": RuntimeBug(
        "LayerNormalization, SimplifiedLayerNormalization",
        "float32, and float64 of the older",
        OLD,
        NEW,
        "default optimizations take the mean and root of an axis of size 1, scaled by more elements, for "
        "a layer normalization, and the run fails",
        "a Max of one input is before the root unless the axis is longer",
    ),
    "products of reciprocals": RuntimeBug(
        "Div, Mul",
        "all",
        OLD,
        NEW,
        "default optimizations make y / x of (1 / x) * y, integers included: finite where 1 / x overflows",
        "a Reshape is between them",
    ),
    "scales of higher rank": RuntimeBug(
        "MatMul",
        "float32",
        OLD,
        OLD,
        "default optimizations make a factor of one element a part of the product and lose its axes",
        "the product gets the axes before",
    ),
    "scales of products": RuntimeBug(
        "MatMul",
        "all",
        OLD,
        NEW,
        "default optimizations multiply the constant factors of a product and of its operands in float32, "
        "where they overflow or underflow, or end the load if they are infinite",
        "a Reshape is between them if together they exceed 2**64",
    ),
    "normalised in float64": RuntimeBug(
        "LayerNormalization",
        "float64",
        OLD,
        MID,
        "default optimizations add 1e-5 in place of the number that was to be added to the variance",
        "a Max of one input is before the root",
    ),
    "casts outside of branches": RuntimeBug(
        "If, Loop",
        "all",
        OLD,
        NEW,
        "a model's input that is cast to another dtype and back and read in a subgraph is removed, "
        "unoptimised too, and the run fails",
        "an operator that changes nothing is between them",
    ),
    "dequantized constants": RuntimeBug(
        "DequantizeLinear",
        "int4, uint4",
        OLD,
        NEW,
        "default optimizations leave it to each run, though its inputs are constants",
        "the numbers are quantized again, as 8-bit integers, behind a Floor that changes nothing",
    ),
    "unrounded float16": RuntimeBug(
        "all without a kernel",
        "float16",
        OLD,
        NEW,
        "intermediate results are not rounded to float16, even without optimizations",
        "computed in float32, with recorded casts",
    ),
    "casts of float16 to itself": RuntimeBug(
        "Cast",
        "float16",
        OLD,
        MID,
        "without optimizations, a model with one between operators without a kernel does not load",
        "none is written",
    ),
}
