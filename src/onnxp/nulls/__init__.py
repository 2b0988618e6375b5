"""Missing values: arrays of nullable dtypes, whose elements may be null.

`onnxp.nullable` makes their dtypes, such as ``int64?``. Arithmetic and comparisons give null where an
operand is null; reductions and sorts leave nulls out, or put them last. NaN is a number here, not null.
"""

from onnxp._src.namespace import claim
from onnxp.nulls._functions import (
    coalesce,
    count,
    fill_null,
    get_data,
    get_mask,
    isnull,
    make_nullable,
    null_from_nan,
    require_no_null,
    same,
)

__all__ = [
    "coalesce",
    "count",
    "fill_null",
    "get_data",
    "get_mask",
    "isnull",
    "make_nullable",
    "null_from_nan",
    "require_no_null",
    "same",
]

claim(globals())
