"""The code that `standalone` puts together: a scorer that needs onnxruntime and numpy only."""

SCORE = '''"""Score tables by the model beside this file, with onnxruntime and numpy. By onnxp {version}."""

{imports}from pathlib import Path

import numpy as np
import onnxruntime

# The columns that the model takes, and their dtypes{nulls}.
COLUMNS = {columns}

session = onnxruntime.InferenceSession(str(Path(__file__).with_name({model!r})))


def score(table):
    """Return a dict of {arrays} for a data frame, an Arrow table or a dict of columns. Others are ignored."""
    missing = [name for name in COLUMNS if name not in getattr(table, "column_names", table)]
    if missing:
        raise KeyError(f"the table has no {{missing}}")
    columns = {{name: {convert}(table[name], name, dtype) for name, dtype in COLUMNS.items()}}
    rows = max(map(len, columns.values()))
    wrong = {{name: column.shape for name, column in columns.items() if column.shape != (rows,)}}
    if wrong:
        raise ValueError(f"different numbers of rows, or two columns of one name: {{wrong}}, not {{(rows,)}}")
    results = session.run({names}, {feeds}){guard}
    return {results}


def as_input(column, name, dtype):
    """Return a column in the dtype of its input{missing}."""
    if isinstance(column, np.ma.MaskedArray):
        column = column.tolist()  # with None for what is missing
'''
"""The columns, the session, the function and the beginning of the conversion, for `str.format`."""

MISSING = {
    "float": "missing numbers are NaN",
    "string": "missing text is empty",
    "time": "missing times are NaT",
}
"""What is said of missing elements, by the family of dtypes."""

GUARD = """
    if rows and not results[{place}]:
        raise ValueError({message!r})"""
"""The check of the assumptions, for `str.format`."""

OF_TEXT = """    if dtype == "str":
        texts = ["" if is_missing(x) else x for x in np.asarray(column, object)]
        if not all(isinstance(x, str) for x in texts):
            raise TypeError(f"column {name!r} has elements that are not text")
        return np.array(texts, object)
"""
"""The conversion of columns of text."""

OF_TIMES = """    if np.dtype(dtype).kind in "mM":
        array = np.asarray(column)
        if array.dtype.kind in "OUT":  # text, or objects of Python
            array = np.array([np.array("NaT", dtype) if is_missing(x) else as_time(x, name) for x in array])
        array = array if array.size else array.astype(dtype)
        if array.dtype.kind != np.dtype(dtype).kind:
            raise TypeError(f"column {name!r} is {array.dtype}, but {dtype} is needed")
        result = array.astype(dtype)
        if ((result.astype(array.dtype) != array) & ~np.isnat(array)).any():
            raise OverflowError(f"column {name!r} has times that {dtype} cannot express")
        return result.view(np.int64)  # the numbers of units since 1970, or of the span
"""
"""The conversion of columns of times."""

OF_NUMBERS = """    array = np.asarray(column)
    if array.dtype.kind == "O":
        array = np.array([np.nan if x is None or type(x).__name__ == "NAType" else x for x in array])
"""
"""The conversion of columns of numbers."""

OF_UNSIGNED = """    if array.dtype.kind == "i" and dtype.startswith("uint") and (array >= 0).all():
        array = array.astype(np.uint64)
"""
"""What models of unsigned integers have besides."""

OF_KINDS = """    if array.size and not np.can_cast(array.dtype, dtype, "same_kind"):
        raise TypeError(f"column {name!r} is {array.dtype}, but {dtype} is needed")
"""
"""The check of columns of numbers."""

OF_FLOATS = """    return array.astype(dtype)
"""
"""The end of it for models of floats only."""

OF_INTEGERS = """    result = array.astype(dtype)
    if result.dtype.kind in "iu" and (result != array).any():
        raise OverflowError(f"column {name!r} does not fit into {dtype}")
    return result
"""
"""The end of it where a number may not fit."""

IS_MISSING = """

def is_missing(x):
    return x is None or type(x).__name__ in ("NAType", "NaTType") or x != x
"""
"""What text and times need."""

AS_TIME = '''

TIMES = re.compile(r"-?\\d{4}-\\d\\d(-\\d\\d([T ]\\d\\d(:\\d\\d(:\\d\\d(\\.\\d+)?)?)?)?)?|NaT|")


def as_time(x, name):
    """Return text in the notation of ISO 8601, or an object of Python or pandas, as a time of numpy."""
    if hasattr(x, "total_seconds"):
        return x.to_timedelta64() if hasattr(x, "to_timedelta64") else np.timedelta64(x)
    if isinstance(x, np.timedelta64):
        return x
    if not TIMES.fullmatch(str(x)):  # which are in UTC, without a time zone
        raise ValueError(f"column {name!r} has {str(x)!r}, which is not a time such as 2024-12-31T23:59:59")
    return np.datetime64(str(x))
'''
"""What times need."""

OF_NULLABLE = '''

def as_nullable(column, name, dtype):
    """Return a masked array where elements may be missing; NaN is not, where the model takes floats."""
    if not dtype.endswith("?"):
        return as_input(column, name, dtype)
    dtype = dtype[:-1]
    to_list = next((m for m in ("to_pylist", "to_list", "tolist") if hasattr(column, m)), None)
    cells = getattr(column, to_list)() if to_list else list(column)
    has_nan = dtype.startswith("float")
    null = np.array([
        x is None or type(x).__name__ in ("NAType", "NaTType") or (x != x and not has_nan) for x in cells
    ], bool)
    known = [x for x, missing in zip(cells, null) if not missing]
    if "int" in dtype and null.any():  # whole numbers beside NaN
        known = [int(x) if isinstance(x, float) and x.is_integer() else x for x in known]
    values = np.full(len(cells), "" if dtype == "str" else 0, object if dtype == "str" else dtype)
    values[~null] = as_input(known, name, dtype)
    return np.ma.MaskedArray(values, null)
'''
"""The conversion of columns in which elements may be missing."""
