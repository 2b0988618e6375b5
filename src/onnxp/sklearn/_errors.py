"""Messages for code of scikit-learn that cannot be traced: the line, and how to replace it."""

from __future__ import annotations

import linecache
import os
import re
from collections.abc import Iterator
from inspect import Parameter, signature
from types import FrameType, TracebackType
from typing import Any

import sklearn
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

import onnxp
from onnxp._src.program.estimators import OUTPUT_NAMES
from onnxp._src.wording import wording
from onnxp.errors import (
    DTypeError,
    EstimatorError,
    TracedValueError,
    UnknownSizeError,
    VerificationError,
)
from onnxp.sklearn._column import Column
from onnxp.sklearn._dates import Dates
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._registry import find, is_compiled
from onnxp.sklearn._strings import Strings

_OURS = os.path.join(os.path.dirname(onnxp.__file__), "")
_PACKAGES = os.path.join(os.path.dirname(os.path.dirname(sklearn.__file__)), "")
_STANDARD = os.path.join(os.path.dirname(os.__file__), "")
_OTHERS = (
    "array_api_compat",
    "joblib",
    "numpy",
    "scipy",
)  # functions whose callers are more informative


def require_fitted(estimator: Any) -> None:
    """Raise unless scikit-learn takes an estimator for fitted.

    Raises
    ------
    NotFittedError
        If it does not.
    """
    try:
        check_is_fitted(estimator)
    except NotFittedError as error:
        if type(estimator).__module__.startswith("sklearn."):
            raise
        raise NotFittedError(
            f"{error} If it is fitted: scikit-learn knows that by attributes that end in _, such as "
            "self.mean_, which fit must set; or define __sklearn_is_fitted__(self) to return True"
        ) from None


def with_cause(error: VerificationError, estimator: Any, example: Any) -> VerificationError:
    """Return an error of verification with a cause that it may have: empty text, or trees after other steps."""
    names = list(filter(None, map(_of_both, _texts(example))))
    if names:
        return VerificationError(
            f"{error}\nOr it is because of the columns {names}, which have missing text and empty text: a "
            "model takes both for missing. Replace one of them before the call, or trace with "
            f"dtype={{{names[0]!r}: 'string?'}}"
        )
    trees = [
        type(part).__name__
        for part in estimator.get_params(deep=True).values()
        if type(part).__name__.startswith("HistGradientBoosting")
    ]
    if not trees:
        return error
    return VerificationError(
        f"{error}\nOr the example has training rows: thresholds of {trees[0]} are numbers of them, and a step "
        "before it that rounds otherwise in the last bit, such as PowerTransformer, takes such a row to the "
        "other side. Give rows that it was not trained on"
    )


def _texts(example: Any) -> list[Any]:
    """Return the columns of a data frame of pandas that are text."""
    dtypes = getattr(example, "dtypes", None)
    if dtypes is None or not hasattr(example, "isna") or getattr(example, "ndim", 0) != 2:
        return []
    return [example[name] for name in example if getattr(example[name].dtype, "kind", "") == "O"]


def _of_both(column: Any) -> Any:
    """Return the name of a column that has missing text and empty text."""
    return column.name if column.isna().any() and (column == "").any() else None


def explained(
    error: Exception, estimator: Any, method: str, *, has_example: bool
) -> EstimatorError:
    """Return the error to raise for an error in a method of an estimator with a traced array."""
    advice = ""
    line = _last_line(error.__traceback__)
    of_user = not line.startswith("sklearn" + os.sep)
    if isinstance(error, TracedValueError | UnknownSizeError) and not has_example and of_user:
        rows = wording.get().rows
        advice = f"with {rows}, a few typical rows, the values that it asks for come from them; or "
    if isinstance(error, DTypeError) and not has_example:
        advice = f"inputs get other dtypes by {wording.get().rows_or_dtypes()}; or "
    if isinstance(error, TypeError) and (taken := _parameters_taken(str(error))):
        advice = f"{taken}; or "
    frames = list(_frames(error.__traceback__))
    return EstimatorError(
        f"{type(estimator).__name__}.{method} cannot be traced: it leaves the array API at "
        f"{line}\n{type(error).__name__}: {error}\n"
        f"What to do: {advice}{_replacement(frames, estimator, method)}"
    )


_OF_PANDAS = {
    kind.__name__: kind for last in (Frame, Column, Strings, Dates) for kind in last.__mro__
}
"""The classes whose methods are those of pandas, by their names."""


def _parameters_taken(text: str) -> str:
    """Return what a method takes, if a parameter of pandas that it does not have was given to it."""
    called = re.match(r"(\w+)\.(\w+)\(\) got an unexpected keyword argument", text)
    method = called and getattr(_OF_PANDAS.get(called[1]), called[2], None)
    if not called or method is None:
        return ""
    _, *names = signature(method).parameters
    return f"{called[2]}() of traced columns takes {', '.join(names) or 'no parameters'}"


def _replacement(frames: list[FrameType], estimator: Any, method: str) -> str:
    """Return instructions for replacing the function that fails, or the method that calls it."""
    if frames and _path(frames[-1]) is None and not _is_of_package(frames[-1]):
        return (
            "change this line of yours; a traced array has the functions of numpy, and a traced frame those "
            "methods of pandas that do not depend on other rows"
        )
    leaf = next((path for frame in reversed(frames) if (path := _path(frame))), None)
    step, name = next(
        (
            (type(own), frame.f_code.co_name)
            for frame in reversed(frames)
            if frame.f_code.co_name in OUTPUT_NAMES
            and hasattr(own := frame.f_locals.get("self"), "get_params")
        ),
        (type(estimator), method),
    )
    whole = f"{step.__module__}:{step.__qualname__}.{name}"
    text = "write what it computes with array functions and trace again"
    if leaf is not None:
        text = f"write {leaf} with array functions and trace again:\n{_registration(leaf)}"
    return (
        f"{text}\nor use a model of this step that another tool has exported:\n"
        f'    @onnxp.sklearn.replaces("{whole}")\n'
        f'    def _(xp, self, X):\n        y = xp.load("{name}.onnx")(X)["name of its output"]\n'
        f"        return xp.reshape(y, (X.shape[0], *y.shape[1:]))"
    )


def _registration(path: str) -> str:
    """Return code that replaces a function or method, or the objects of a compiled class."""
    owner, name = find(path) or (None, "")
    if isinstance(owner, type) and is_compiled(owner):
        kind = path.rpartition(".")[0]
        return (
            f'    @onnxp.sklearn.stands_in("{kind}")\n'
            f"    class Traced{owner.__name__}:  # it has the method {name}"
        )
    function = getattr(owner, name, None)
    names = ["xp", "/", *_parameters(function)]
    return f'    @onnxp.sklearn.replaces("{path}")\n    def _({", ".join(names)}): ...'


def _parameters(function: Any) -> list[str]:
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return ["*args", "**kwargs"]
    return [
        str(p.replace(annotation=p.empty, default=p.default if _is_plain(p) else ...)).replace(
            "Ellipsis", "..."
        )
        for p in parameters
    ]


def _is_plain(parameter: Parameter) -> bool:
    """Return whether the representation of a default value is valid code."""
    return parameter.default in (None, parameter.empty) or isinstance(
        parameter.default, bool | int | float | str
    )


def _path(frame: FrameType) -> str | None:
    """Return the path of the function of a frame, ``"module:Class.method"``, if it can be replaced."""
    module = str(frame.f_globals.get("__name__", ""))
    path = f"{module}:{frame.f_code.co_qualname.removeprefix(module + '.')}"
    return path if re.fullmatch(r"[\w.]+:[\w.]+", path) and find(path) is not None else None


def _frames(traceback: TracebackType | None) -> Iterator[FrameType]:
    """Yield the frames of the code of scikit-learn, other packages and the user, outermost first."""
    while traceback is not None:
        if not _is_foreign(traceback.tb_frame.f_code.co_filename):
            yield traceback.tb_frame
        traceback = traceback.tb_next


def _last_line(traceback: TracebackType | None) -> str:
    """Return the last line of scikit-learn, or of the user, that ran before an error."""
    last = None
    while traceback is not None:
        if not _is_foreign(traceback.tb_frame.f_code.co_filename):
            last = traceback
        traceback = traceback.tb_next
    if last is None:
        return "an unknown line"
    code = last.tb_frame.f_code
    file, version = code.co_filename, ""
    text = linecache.getline(file, last.tb_lineno).strip() or "(compiled)"
    file = file.removeprefix(_PACKAGES)
    if file.startswith("sklearn" + os.sep):  # the path in compiled code, which is relative
        version = f" (scikit-learn {sklearn.__version__})"
    return f"{file}:{last.tb_lineno}, in {code.co_name}{version}:\n    {text}"


def _is_of_package(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_PACKAGES)


def _is_foreign(file: str) -> bool:
    if file.startswith(_OURS) or file == "<stringsource>":  # internals of Cython
        return True
    if file.startswith(_STANDARD) and not file.startswith(_PACKAGES):
        return True
    # Cython gives the path within the packages
    return file.removeprefix(_PACKAGES).split(os.sep)[0] in _OTHERS
