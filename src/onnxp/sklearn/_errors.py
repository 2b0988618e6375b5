"""Where scikit-learn's code left the array API, and how to say it."""

from __future__ import annotations

import linecache
import os
from types import TracebackType
from typing import Any

import sklearn

import onnxp
from onnxp.errors import EstimatorError, TracedValueError, UnknownSizeError

_OURS = os.path.join(os.path.dirname(onnxp.__file__), "")
_PACKAGES = os.path.join(os.path.dirname(os.path.dirname(sklearn.__file__)), "")
_OTHERS = (
    "array_api_compat",
    "joblib",
    "numpy",
    "scipy",
)  # whose lines say less than those that call them


def explained(
    error: Exception, estimator: Any, method: str, *, has_example: bool
) -> EstimatorError:
    """Return what to raise for an error that a method of an estimator met with a traced array."""
    advice = (
        "only array API code can be traced; write this method with array functions and use xp.trace"
    )
    if isinstance(error, TracedValueError | UnknownSizeError) and not has_example:
        advice = (
            "with example=X, a few typical rows, the values that it asks for come from the example; otherwise "
            + advice
        )
    return EstimatorError(
        f"{type(estimator).__name__}.{method} cannot be traced: it leaves the array API at "
        f"{_last_line(error.__traceback__)}\n{type(error).__name__}: {error}\n"
        f"What to do: {advice}"
    )


def _last_line(traceback: TracebackType | None) -> str:
    """Return the last line of scikit-learn's, or of the user's, that ran before an error."""
    last = None
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if not _is_foreign(file):
            last = traceback
        traceback = traceback.tb_next
    if last is None:
        return "an unknown line"
    code = last.tb_frame.f_code
    file, version = code.co_filename, ""
    text = linecache.getline(file, last.tb_lineno).strip() or "(compiled)"
    file = file.removeprefix(_PACKAGES)
    if file.startswith("sklearn" + os.sep):  # which compiled code says without a folder
        version = f" (scikit-learn {sklearn.__version__})"
    return f"{file}:{last.tb_lineno}, in {code.co_name}{version}:\n    {text}"


def _is_foreign(file: str) -> bool:
    if file.startswith(_OURS) or file == "<stringsource>":  # which Cython calls its own code
        return True
    return file.startswith(_PACKAGES) and file.removeprefix(_PACKAGES).split(os.sep)[0] in _OTHERS
