"""Errors of runs, with the user's line and without the runtime's internals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from onnxp.errors import EvaluationError, OnnxpError

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
