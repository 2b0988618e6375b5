"""Evaluation: values that depend on constants only are computed by onnxruntime.

A session is built once for each structure of nodes and serves all data of the same dtypes and ranks.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from onnxp._src.graph.record import leak_text
from onnxp._src.graph.source import source_text
from onnxp._src.graph.values import Node, Value
from onnxp._src.shapes.shape import is_static
from onnxp.errors import EvaluationError, LeakedArrayError, TracedValueError

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime

    from onnxp._src.model.writing.writer import Written

MAX_SESSIONS = 1024
MAX_DEPTH = 256
"""A chain of this many nodes that nobody looks at is evaluated, so that it cannot grow for ever."""


class _Entry(NamedTuple):
    session: onnxruntime.InferenceSession
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    positions: dict[str, int]  # of the plan's node that each of the model's nodes is a part of


_sessions: OrderedDict[tuple[Any, ...], _Entry] = OrderedDict()
_lock = threading.Lock()
_planning = threading.Lock()
_arena = threading.Lock()


def options() -> onnxruntime.SessionOptions:
    """Return the session options under which evaluation and export agree bit for bit.

    No graph optimisation, since some change results; no threads of its own, since each session would
    start a pool; one memory arena for all sessions, since each would keep its peak for itself.
    """
    import onnxruntime

    chosen = onnxruntime.SessionOptions()
    chosen.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    chosen.intra_op_num_threads = 1
    chosen.inter_op_num_threads = 1
    chosen.log_severity_level = 4  # failures are raised, not printed
    if _share_arena():
        chosen.add_session_config_entry("session.use_env_allocators", "1")
    return chosen


_shared: bool | None = None


def _share_arena() -> bool:
    """Register the process's shared allocator; sessions that do not ask for it are not affected."""
    global _shared
    with _arena:  # a second attempt would fail, and seem to say that there is none
        if _shared is None:
            import onnxruntime as ort

            memory = ort.OrtMemoryInfo(
                "Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT
            )
            try:
                # 1: grow by what is asked for, not to the next power of two
                ort.create_and_register_allocator(memory, ort.OrtArenaCfg(0, 1, -1, -1))
                _shared = True
            except Exception:  # another library has registered one, which serves as well
                _shared = False
    return _shared


def data(value: Value) -> np.ndarray[Any, Any]:
    """Return the elements of a value; it is evaluated if it has not been."""
    found = value.data
    if found is None:
        evaluate((value,))
        found = value.data
        assert found is not None
    return found


def evaluate(targets: Sequence[Value]) -> None:
    """Give all `targets` their data, and what is alive behind them too.

    Raises
    ------
    TracedValueError
        If one depends on an argument.
    EvaluationError
        If the runtime fails.
    """
    for value in targets:
        if value.trace is not None:
            raise traced_error(value)
    # Outside of the lock, another thread may give data to any value: the model would not be that of the
    # key. And while it plans, it refers to values that nobody keeps.
    with _planning:
        missing = [value for value in targets if value.data is None]
        if not missing:
            return
        plan = _Plan(missing)
        entry = _sessions.get(plan.key)
        written = _write(plan) if entry is None else None
    if entry is None:
        assert written is not None
        entry = _create(plan, written)
    else:
        _touch(plan.key)
    try:
        results = entry.session.run(
            entry.outputs,
            dict(zip(entry.inputs, [value.data for value in plan.leaves], strict=True)),
        )
    except Exception as error:
        raise _translate(error, plan, entry.positions) from None
    with _planning:
        for value, result in zip(plan.outputs, results, strict=True):
            if not is_static(value.shape):
                value.shape = result.shape
            value.depth = 0
            value.data = result
            value.node = None  # after the data: another thread looks for data first


def traced_error(value: Value, reason: str = "") -> TracedValueError:
    """Return the error for asking a traced value for its elements; `reason` replaces what it says."""
    if value.trace is not None and value.trace.ended:
        return LeakedArrayError(leak_text(value.trace) + _where(value))
    if reason:
        return TracedValueError(reason + _where(value))
    return TracedValueError(
        "the value of a traced array is not known before the model runs: `if`, `bool`, `int`, `float`, `range` "
        "and np.asarray cannot use it. Use xp.where for a branch and array functions for the rest, "
        "or compute what does not depend on the input outside of the traced function; bool() and int() can be "
        "answered by an example: xp.trace(..., example=)" + _where(value)
    )


def _where(value: Value) -> str:
    text = source_text(value.node.source) if value.node is not None else ""
    return f" (computed at {text})" if text else ""


def _reference_counts(values: Sequence[Value]) -> list[int]:
    return [sys.getrefcount(value) for value in values]


class _Probe:
    __slots__ = ()


# What the counting itself adds differs between Python versions.
_OWN_REFERENCES = _reference_counts([_Probe()])[0]  # type: ignore[list-item]


class _Plan:
    """What to run for some values: leaves with data, a structural key, and the values to keep."""

    __slots__ = ("key", "leaves", "nodes", "outputs")

    def __init__(self, targets: list[Value]) -> None:
        self.leaves: list[Value] = []
        self.nodes: list[Node] = []
        slots: dict[Value | Node, int] = {}
        key: list[Any] = []
        values: list[Value] = []
        uses: list[int] = []
        position: dict[Value, int] = {}
        stack: list[Value] = list(targets)
        while stack:
            value = stack[-1]
            if value in slots:
                stack.pop()
                continue
            node = value.node
            if value.data is not None or node is None:
                slots[value] = len(slots)
                self.leaves.append(value)
                key.append(-(value.dtype.onnx << 8) - len(value.shape))  # negative: no slot
                stack.pop()
                continue
            slot = slots.get(node)
            if slot is None:
                ready = True
                for source in node.inputs:
                    if source is not None and source not in slots:
                        stack.append(source)
                        ready = False
                if not ready:
                    continue
                slot = slots[node] = len(slots)
                self.nodes.append(node)
                key.append(node.op)
                key.append(node.attributes)
                for source in node.inputs:
                    if source is None:
                        key.append(None)
                        continue
                    key.append(slots[source])
                    known = position.get(source)
                    if known is not None:
                        uses[known] += 1
            slots[value] = (slot << 8) | value.index
            position[value] = len(values)
            values.append(value)
            uses.append(0)
            stack.pop()
        key.append("outputs")
        value = source = None  # type: ignore[assignment]  # or they count as somebody
        self.outputs = self._alive(targets, values, uses)
        key.extend([slots[value] for value in self.outputs])
        self.key = tuple(key)

    @staticmethod
    def _alive(targets: list[Value], values: list[Value], uses: list[int]) -> list[Value]:
        """Return the targets and whatever else somebody outside of this plan still refers to.

        Keeping them saves computing them again when they are looked at.
        """
        outputs = list(dict.fromkeys(targets))
        if len(values) > len(outputs):
            # besides: the lists `values`, the dicts `slots` and `position`
            counts = _reference_counts(values)
            wanted = set(outputs)
            for value, count, used in zip(values, counts, uses, strict=True):
                if value not in wanted and count > _OWN_REFERENCES + used + _PLAN_REFERENCES:
                    outputs.append(value)
        return outputs


_PLAN_REFERENCES = 2


def _write(plan: _Plan) -> Written:
    from onnxp._src.model.writing.writer import evaluation_model

    return evaluation_model(plan.leaves, plan.outputs)


def _touch(key: tuple[Any, ...]) -> None:
    """Make a session the last one to be dropped."""
    with contextlib.suppress(KeyError):  # another thread may have just dropped it
        _sessions.move_to_end(key)


def _create(plan: _Plan, written: Written) -> _Entry:
    with _lock:
        entry = _sessions.get(plan.key)
        if entry is not None:
            return entry
        import onnxruntime

        model, made_by = written
        order = {node: i for i, node in enumerate(plan.nodes)}
        positions = {name: order[node] for name, node in made_by.items()}
        try:
            session = onnxruntime.InferenceSession(
                model.SerializeToString(), options(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise _translate(error, plan, positions) from None
        entry = _Entry(
            session,
            tuple(info.name for info in model.graph.input),
            tuple(info.name for info in model.graph.output),
            positions,
        )
        while len(_sessions) >= MAX_SESSIONS:
            _sessions.popitem(last=False)
        _sessions[plan.key] = entry
        return entry


def _translate(error: Exception, plan: _Plan, positions: Mapping[str, int]) -> EvaluationError:
    def place(name: str) -> str:
        position = positions.get(name)
        return "" if position is None else source_text(plan.nodes[position].source)

    feeds = {f"i{i}": value.data for i, value in enumerate(plan.leaves)}
    return failure("evaluation", feeds, error, place)


_FAILED_NODE = re.compile(
    r"running (\S+) node\. Name:'([^']*)'(?: Status Message: )?(.*)", re.DOTALL
)

# Where in the runtime: "matmul_helper.h:164 Compute ", "[ONNXRuntimeError] : 1 : FAIL : "
_SOURCE = re.compile(r"^(?:\S+\.(?:cc|h):\d+ (?:\S+ )?|\[ONNXRuntimeError\] : \d+ : \w+ : )")


def failure(
    what: str, feeds: Mapping[str, Any], error: Exception, place: Callable[[str], str]
) -> EvaluationError:
    """Return the error for a run that failed: what ran, on what, why, and the user's line."""
    sizes = ", ".join(f"{_name(v.dtype)}{list(v.shape)}" for v in list(feeds.values())[:8])
    text = str(error)
    found = _FAILED_NODE.search(text)
    if found is None:
        reason = text.rsplit(" : ", 1)[-1].strip()
        return EvaluationError(f"the runtime failed in {what} of {sizes}: {reason}")
    line = place(found[2])
    where = f" at {line}" if line else ""
    reason = _SOURCE.sub("", found[3].rsplit(") ", 1)[-1].strip())
    if found[1] == "Cast" and reason.startswith("sto"):  # such as stoll, the function of C++
        reason = "a string is no number, or one that is too large"
    return EvaluationError(f"{found[1]} failed in {what}{where}, given {sizes}: {reason}")


def _name(dtype: np.dtype[Any]) -> str:
    return "string" if dtype.hasobject else str(dtype)


def session_count() -> int:
    """Return how many sessions are cached."""
    return len(_sessions)
