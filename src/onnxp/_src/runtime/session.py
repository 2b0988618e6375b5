"""The sessions of the runtime: their options, their memory, and the cache of those that evaluate values."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from onnxp._src.runtime.interrupt import SessionRunner

if TYPE_CHECKING:
    import onnxruntime
    from onnx import ModelProto

MAX_SESSIONS = 1024


class CachedSession(NamedTuple):
    """A session that evaluates all values of one structure.

    Attributes
    ----------
    runner : SessionRunner
        The session.
    inputs, outputs : tuple of str
        The names of what it takes and gives.
    positions : mapping of str to int
        By the name of a node of its model, the position in the plan of the node that it is a part of.
    """

    runner: SessionRunner
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    positions: Mapping[str, int]


_sessions: OrderedDict[tuple[Any, ...], CachedSession] = OrderedDict()
_lock = threading.Lock()
_arena = threading.Lock()
_shared: bool | None = None


def session_options() -> onnxruntime.SessionOptions:
    """Return the session options under which evaluation and export agree bit for bit.

    No graph optimisation, since some change results; no threads of its own, since each session would
    start a pool; one memory arena for all sessions, since each would keep its peak for itself.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # failures are raised, not printed
    if _share_arena():
        options.add_session_config_entry("session.use_env_allocators", "1")
    return options


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


def find_session(key: tuple[Any, ...]) -> CachedSession | None:
    """Return the session of a structure, if it is cached, and make it the last one to be dropped."""
    cached = _sessions.get(key)
    if cached is not None:
        with contextlib.suppress(KeyError):  # another thread may have just dropped it
            _sessions.move_to_end(key)
    return cached


def create_session(
    key: tuple[Any, ...], model: ModelProto, positions: Mapping[str, int], *, loops: bool
) -> CachedSession:
    """Return the session of a structure, which is created unless another thread has just done so.

    `loops` says whether a run of it may take any time.
    """
    with _lock:
        cached = _sessions.get(key)
        if cached is not None:
            return cached
        import onnxruntime

        session = onnxruntime.InferenceSession(
            model.SerializeToString(), session_options(), providers=["CPUExecutionProvider"]
        )
        cached = CachedSession(
            SessionRunner(session, len(model.graph.node), loops=loops),
            tuple(info.name for info in model.graph.input),
            tuple(info.name for info in model.graph.output),
            positions,
        )
        while len(_sessions) >= MAX_SESSIONS:
            _sessions.popitem(last=False)
        _sessions[key] = cached
        return cached


def session_count() -> int:
    """Return the number of cached sessions."""
    return len(_sessions)
