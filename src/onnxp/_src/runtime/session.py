"""The sessions of the runtime: their options, their memory, and the cache of those that evaluate values."""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

from onnxp._src.runtime.blocks import Cutter, weighted
from onnxp._src.runtime.interrupt import SessionRunner
from onnxp._src.runtime.providers import VARIABLE, Pairs, check_started, of_evaluation, start_on

if TYPE_CHECKING:
    import onnxruntime
    from onnx import ModelProto

MAX_SESSIONS = 1024


@final
class CachedSession:
    """A session that evaluates all values of one structure.

    Attributes
    ----------
    runner : SessionRunner
        The session.
    inputs, outputs : tuple of str, list of str
        The names of what it takes and gives.
    positions : mapping of str to int
        By the name of a node of its model, the position in the plan of the node that it is a part of.
    used : bool
        Whether it was used since it was last spared.
    """

    __slots__ = ("inputs", "outputs", "positions", "runner", "used")

    def __init__(
        self,
        runner: SessionRunner,
        inputs: tuple[str, ...],
        outputs: list[str],
        positions: Mapping[str, int],
    ) -> None:
        self.runner = runner
        self.inputs = inputs
        self.outputs = outputs
        self.positions = positions
        self.used = False


_sessions: dict[tuple[Any, ...], CachedSession] = {}
_lock = allocate_lock()
_arena = allocate_lock()
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
    """Return the session of a structure, if it is cached, and note that it is in use."""
    cached = _sessions.get(key)
    if cached is not None:
        cached.used = True
    return cached


def create_session(
    key: tuple[Any, ...],
    model: ModelProto,
    positions: Mapping[str, int],
    *,
    loops: bool,
    cutter: Cutter | None,
) -> CachedSession:
    """Return the session of a structure, which is created unless another thread has just done so.

    `loops` says whether a run of it may take any time, and `cutter` how to cut a large one.
    """
    with _lock:
        cached = _sessions.get(key)
        if cached is not None:
            return cached
        import onnxruntime

        from onnxp._src.wording import wording

        content, options = model.SerializeToString(), session_options()

        def start(pairs: Pairs) -> onnxruntime.InferenceSession:
            made = onnxruntime.InferenceSession(content, options, [name for name, _ in pairs])
            check_started("of an expression", pairs, made.get_providers())
            return made

        token = wording.set(wording.get()._replace(fallback=f"unset {VARIABLE}"))
        try:
            session = start_on(of_evaluation(), start)
        finally:
            wording.reset(token)
        nodes = weighted(node.op_type for node in model.graph.node)
        cached = CachedSession(
            SessionRunner(session, nodes, loops=loops, cutter=cutter),
            tuple(info.name for info in model.graph.input),
            [info.name for info in model.graph.output],  # the binding takes lists as they are
            positions,
        )
        while len(_sessions) >= MAX_SESSIONS:
            _drop_unused()
        _sessions[key] = cached
        return cached


def _drop_unused() -> None:
    """Drop the oldest session that was not used since it was last spared (the clock algorithm)."""
    while True:
        key = next(iter(_sessions))
        oldest = _sessions.pop(key)
        if not oldest.used:
            return
        oldest.used = False
        _sessions[key] = oldest


def session_count() -> int:
    """Return the number of cached sessions."""
    return len(_sessions)
