"""What runtimes get wrong by themselves, as data: operator, dtypes, versions, what happens, what we do.

Most of it never shows, since the recipes in `onnxp.numerics` go around it. What remains is a property
of the runtime that a model is run on. Tests show every row on the runtimes that it names, and that the
others are right.
"""

from __future__ import annotations

from typing import NamedTuple

from onnxp._src.ops.versions import TRIED, release

_OLD, _MID, _NEW = TRIED


class RuntimeBug(NamedTuple):
    """One mistake of some runtimes.

    Attributes
    ----------
    operator, dtypes : str
        Whose kernel makes it.
    first, last : str
        The runtimes that do, of those that were tried.
    what : str
        What happens.
    answer : str
        Where it is avoided; empty if it shows.
    crash : bool
        Whether it ends the process.
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
        """Whether the results of array functions have it."""
        return not self.answer

    def applies(self, version: str) -> bool:
        """Whether a runtime has it."""
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
    "scatter at no place": RuntimeBug(
        "ScatterND",
        "all",
        _OLD,
        _MID,
        "index tuples of length 0 end the process",
        "none is written",
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
    "order of int64": RuntimeBug(
        "Max, Min, Sign",
        "int64",
        _MID,
        _MID,
        "only the lower 32 bits are compared",
        "comparison operators decide, which are right",
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
        "such shifts are answered without the kernel",
    ),
    "NaN in maxima": RuntimeBug(
        "ReduceMax, ReduceMin",
        "float16, float32, float64",
        _OLD,
        _NEW,
        "NaN is ignored",
        "NaN is looked for beside",
    ),
    "NaN in argmax": RuntimeBug(
        "ArgMax, ArgMin",
        "float16, float32, float64",
        _OLD,
        _NEW,
        "NaN does not win",
        "NaN is looked for beside",
    ),
    "order of NaN": RuntimeBug(
        "TopK",
        "float16, float32, float64",
        _OLD,
        _MID,
        "NaN, and numbers around it, may come anywhere",
        "NaN is partitioned out before",
    ),
    "means of nothing": RuntimeBug(
        "ReduceMean",
        _FLOATS,
        _OLD,
        _NEW,
        "the mean of nothing is 0",
        "it is made NaN where a size may be 0",
    ),
    "empty unsigned products": RuntimeBug(
        "MatMul",
        "uint32, uint64",
        _OLD,
        _NEW,
        "fails if what is summed over is empty",
        "computed in the signed dtype, which wraps alike",
    ),
    "empty vectors": RuntimeBug(
        "MatMul",
        f"{_INTEGERS}, {_FLOATS}",
        _OLD,
        _MID,
        "a matrix times a vector without elements is noise",
        "computed with a matrix of one column where a vector may be empty",
    ),
    "turned by a vector": RuntimeBug(
        "MatMul",
        "float32, and float64 of the newest",
        _OLD,
        _NEW,
        "default optimisations join a Transpose, near or far before, and the product with a vector wrongly",
        "computed with a matrix of one column where a Transpose is behind the matrix",
    ),
    "turned on both sides": RuntimeBug(
        "MatMul",
        "float32",
        _OLD,
        _OLD,
        "default optimisations fail at a Transpose times itself that has another use: no session starts",
        "an axis of size 1 is between them",
    ),
    "vectors of different lengths": RuntimeBug(
        "MatMul",
        f"{_INTEGERS}, {_FLOATS}",
        _OLD,
        _MID,
        "the product of two vectors of different lengths reads beyond the shorter one",
        "the runtime compares the lengths before where they are not known",
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
        "the argument is reduced before",
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
        "what the first rounding has lost decides between neighbours",
    ),
    "casts to uint32": RuntimeBug(
        "Cast",
        "float32, float64 to uint32",
        _OLD,
        _NEW,
        "what does not fit gives different numbers at different places",
        "cast by way of int64",
    ),
    "casts of casts": RuntimeBug(
        "Cast",
        "float32, float64 to int64 to uint32",
        _OLD,
        _NEW,
        "becomes one cast from the first to the last dtype, unoptimised too",
        "another operator is between them",
    ),
    "hyperbolic tangents": RuntimeBug(
        "Tanh",
        "float32",
        _OLD,
        _NEW,
        "exceeds 1, and tiny numbers lose digits",
        "clipped, and tiny numbers are their own tangents",
    ),
    "square roots": RuntimeBug(
        "Sqrt",
        "float32",
        _OLD,
        _OLD,
        "of arrays: infinity gives NaN, subnormal numbers 0, and -0.0 gives 0.0",
    ),
    "rounding to zero": RuntimeBug(
        "Ceil, Floor", _FLOATS, _OLD, _OLD, "of arrays: a zero never has a minus sign"
    ),
    "small exponentials": RuntimeBug(
        "Exp", "float64", _OLD, _OLD, "of arrays: what would be subnormal is 5.56e-309"
    ),
    "logarithms of subnormals": RuntimeBug(
        "Log", _FLOATS, _OLD, _OLD, "of arrays: all subnormal numbers give the same"
    ),
    "rows of strings": RuntimeBug(
        "Gather",
        "string",
        _OLD,
        _NEW,
        "along another axis than the last, only the first string of each row is taken",
        "GatherElements takes them",
    ),
    "collected strings": RuntimeBug(
        "Loop",
        "string",
        _OLD,
        _NEW,
        "what is collected writes over memory: other text, or the process ends",
        "`scan` refuses strings as outputs of its steps",
        crash=True,
    ),
    "text of numpy": RuntimeBug(
        "inputs of a model",
        "string",
        _OLD,
        _NEW,
        "``>U`` arrays end the process, ``<U`` arrays lose what is behind a null character, and objects that "
        "are no text become text",
        "arrays of objects are fed that are known to be text",
        crash=True,
    ),
    "numbers in strings": RuntimeBug(
        "Cast",
        "string to int64, float64",
        _OLD,
        _NEW,
        "takes what begins with a number for a number",
        "text that is none is taken out before, and makes the run fail",
    ),
    "digits in strings": RuntimeBug(
        "Cast", "float64 to string", _OLD, _NEW, "8 digits are written", "`astype` refuses"
    ),
    "error function of NaN": RuntimeBug("Erf", "float32", _OLD, _MID, "NaN gives 1"),
}
