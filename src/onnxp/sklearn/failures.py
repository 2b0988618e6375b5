"""Where scikit-learn's code left the array API, and how to say it."""

from __future__ import annotations

import linecache
import os
from types import TracebackType
from typing import Any

import sklearn

import onnxp
from onnxp.errors import EstimatorError, TracedValueError, UnknownSizeError

_HERE = os.path.join(os.path.dirname(onnxp.__file__), "")
_SKLEARN = os.path.join(os.path.dirname(sklearn.__file__), "")


def explained(error: Exception, estimator: Any, method: str, *, has_example: bool) -> EstimatorError:
    """Return what to raise for an error that a method of an estimator met with a traced array."""
    what = f"{type(estimator).__name__}.{method} can not be traced"
    line = _last_line(error.__traceback__)
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, TracedValueError | UnknownSizeError) and not has_example:
        advice = (
            "With example=X, a few typical rows, the values that it asks for come from the example and are noted "
            "as assumptions; a number of rows that it asks for would fix the batch."
        )
    else:
        advice = (
            "Only estimators whose method is array API code can be traced; see which in the guide, or write the "
            "method with array functions and use xp.trace."
        )
    return EstimatorError(f"{what}: scikit-learn {sklearn.__version__} leaves the array API{line}\n{reason}\n{advice}")


def _last_line(traceback: TracebackType | None) -> str:
    """Return the last line of scikit-learn's, or else of the user's, that ran before an error."""
    last: tuple[bool, str, int, str] | None = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        file = code.co_filename
        theirs = file.startswith(_SKLEARN)
        if not file.startswith(_HERE) and (theirs or last is None or not last[0]):
            last = theirs, file, traceback.tb_lineno, code.co_name
        traceback = traceback.tb_next
    if last is None:
        return ""
    theirs, file, number, function = last
    short = os.path.join("sklearn", file.removeprefix(_SKLEARN)) if theirs else file
    text = linecache.getline(file, number).strip()
    return f" at {short}:{number}, in {function}:\n    {text}"
