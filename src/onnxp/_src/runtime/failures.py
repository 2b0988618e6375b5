"""Errors of evaluation, with the user's line and without the runtime's internals."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from onnxp._src.graph.source import source_text
from onnxp._src.graph.values import FREE, Value
from onnxp._src.runtime.advice import advice
from onnxp._src.wording import wording
from onnxp.errors import EvaluationError, LeakedArrayError, OnnxpError, TracedValueError

if TYPE_CHECKING:
    import numpy as np

_FAILED_NODE = r"(?s)running (\S+) node\. Name:'([^']*)'(?: Status Message: )?(.*)"

_CODE = r"\[ONNXRuntimeError\] : \d+ : \w+ : |\[(?:Type|Shape)InferenceError\] "
_CONTEXT = (
    r"Load model from .*? failed:|Exception during \w+: |Failed to load model with error: "
    r"|\n+==> Context: .*"
)
# A line of the runtime's source, before a function: "matmul_helper.h:164 ", "/core/graph/graph.cc:12 "
_PLACE = r"\S+\.(?:cc|cpp|h|hpp):\d+ "
_FALSE = r"^.{1,80}? was false\. "


def is_of_runtime(error: Exception) -> bool:
    """Return whether the runtime raised an error, rather than a handler of a signal, such as an alarm."""
    if isinstance(error, OnnxpError):
        return False
    return type(error).__module__.startswith("onnxruntime") or isinstance(
        error, RuntimeError | ValueError | TypeError
    )


def traced_error(
    value: Value, reason: str = "", *, conversion: str = "", by_example: bool = False
) -> TracedValueError:
    """Return the error for asking a traced value for its elements; `reason` replaces what it says.

    It says what to write in place of a conversion, and that an example can give the answer, if it can.
    """
    from onnxp._src.graph.record import leak_text
    from onnxp._src.numpy.translation import note_conversion

    note_conversion()
    if value.trace is not None and value.trace.ended:
        return LeakedArrayError(leak_text(value.trace) + _where(value))
    if reason:
        return _noted(TracedValueError(reason + _where(value)), value)
    error = TracedValueError(
        "the value of a traced array is not known before the model runs: "
        + advice(conversion)
        + ", or compute what does not depend on the input outside of the traced function"
        + (f"; an example can answer here: {wording.get().example}" if by_example else "")
        + _where(value)
    )
    return _noted(error, value)


def _noted(error: TracedValueError, value: Value) -> TracedValueError:
    if value.trace is not None and value.trace is not FREE and not _is_expected():
        value.trace.caught.append(error)
    return error


def _is_expected() -> bool:
    """Return whether array-api-compat, which scipy contains, asks by an error whether an array is lazy."""
    frame = sys._getframe(1)
    while frame.f_code.co_name != "is_lazy_array":
        if frame.f_back is None:
            return False
        frame = frame.f_back
    return True


def _where(value: Value) -> str:
    text = source_text(value.node.source) if value.node is not None else ""
    return f" (computed at {text})" if text else ""


def plain_text(message: str) -> str:
    """Return the text of an error of the runtime without its codes, source files and signatures."""
    text = re.sub(_CODE, "", message)
    text = re.sub(_CONTEXT, "", text, flags=re.DOTALL)
    while match := re.search(_PLACE, text):
        text = text[: match.start()] + _without_signature(text[match.end() :])
    return " ".join(text.split())


def _without_signature(text: str) -> str:
    """Return what follows the function that a text begins with."""
    text = re.sub(r"::<lambda\([^)]*\)>", "", text)
    name = re.match(r"[^()]*?(\S+)\(", text)
    if name is None or ("::" not in name[1] and " " in name[0].strip()):
        return re.sub(_FALSE, "", text.partition(" ")[2] or text)
    depth = 0
    for i, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == ")" and not depth:
            rest = re.sub(r"^(?: const)?(?: \[with [^]]*\])? ", "", text[i + 1 :])
            return re.sub(_FALSE, "", rest)
    return text


def failure(
    what: str, feeds: Mapping[str, Any], error: Exception, place: Callable[[str], str]
) -> EvaluationError:
    """Return the error for a run that failed: it names what ran, its inputs, the reason and the user's line."""
    sizes = ", ".join(f"{_name(v.dtype)}{list(v.shape)}" for v in list(feeds.values())[:8])
    text = str(error)
    match = re.search(_FAILED_NODE, text)
    if match is None:
        reason = plain_text(text)
        return EvaluationError(f"the runtime failed in {what} of {sizes}: {reason}")
    line = place(match[2])
    where = f" at {line}" if line else ""
    operator, reason = match[1], match[3]
    while inner := re.search(_FAILED_NODE, reason):  # in a branch, or the body of a loop
        operator, reason = inner[1], inner[3]
    reason = plain_text(reason)
    if operator == "Cast" and reason.startswith("sto"):  # such as stoll, the function of C++
        reason = "a string is not a number, or is too large"
    return EvaluationError(f"{operator} failed in {what}{where}, given {sizes}: {reason}")


def _name(dtype: np.dtype[Any]) -> str:
    return "string" if dtype.hasobject else str(dtype)
