"""Questions for elements of traced values, which are not known: the errors that answer them."""

from __future__ import annotations

import sys

from onnxp._src.graph.source import source_text
from onnxp._src.graph.values import FREE, Value
from onnxp._src.runtime.advice import advice
from onnxp._src.wording import wording
from onnxp.errors import LeakedArrayError, TracedValueError


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
