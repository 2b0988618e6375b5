"""Run sessions so that Ctrl-C and a time limit end them.

The runtime does not look at signals. So what may take long runs in a worker thread, while the calling thread
waits, and is told to terminate. That ends a run after the kernel that is at work; a loop is many kernels.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from queue import SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any, final

from onnxp._src.model.version_converter import subgraphs
from onnxp.errors import RunTimeoutError

if TYPE_CHECKING:
    import onnxruntime
    from onnx import NodeProto

LONG = 50_000_000
"""Bytes of an input times nodes from which on a run is handed to a worker, which takes 10 µs."""
SLOW = 0.1
"""Seconds that a run took, from which on the next one is handed to a worker."""

_POLL = 0.1  # Windows lets no signal through while a lock is waited for


def has_loops(nodes: Iterable[NodeProto]) -> bool:
    """Whether there is a Loop or a Scan among some nodes, or in their subgraphs."""
    return any(
        node.op_type in ("Loop", "Scan") or any(has_loops(graph.node) for graph in subgraphs(node))
        for node in nodes
    )


def _shortest_run(session: onnxruntime.InferenceSession) -> Callable[..., list[Any]]:
    """Return the shortest way into the runtime, which takes output names, feeds and options.

    The method of the class checks the names anew in each run, and the binding makes options for each run that
    has none: together 3 µs of 7 (onnxruntime 1.20.1 to 1.32.0).
    """
    if not _options:
        import onnxruntime

        _options.append(onnxruntime.RunOptions())
    run: Callable[..., list[Any]] = getattr(getattr(session, "_sess", None), "run", session.run)
    return run


_options: list[onnxruntime.RunOptions] = []
"""One for all runs, also of several threads; those of a worker have options of their own, to be ended."""


@final
class SessionRunner:
    """A session, and how to run it.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        What runs.
    nodes : int
        How many nodes its model has.
    loops : bool
        Whether a run may take any time, whatever its inputs are.
    """

    __slots__ = ("__weakref__", "_in_worker", "_limit", "_run", "session")

    def __init__(self, session: onnxruntime.InferenceSession, nodes: int, *, loops: bool) -> None:
        self.session = session
        self._run = _shortest_run(session)
        self._limit = LONG // max(nodes, 1)
        self._in_worker = loops

    def run(
        self, outputs: Sequence[str], feeds: Mapping[str, Any], timeout: float | None = None
    ) -> list[Any]:
        """Run the session.

        Raises
        ------
        RunTimeoutError
            If it takes more than `timeout` seconds.
        KeyboardInterrupt
            On Ctrl-C, if it may take long.
        """
        if self._in_worker or timeout is not None:
            return _run_in_worker(self.session, outputs, feeds, timeout)
        for value in feeds.values():
            if getattr(value, "nbytes", 0) > self._limit:  # a sequence has none
                return _run_in_worker(self.session, outputs, feeds, timeout)
        start = monotonic()
        results: list[Any] = self._run(outputs, feeds, _options[0])
        if monotonic() - start > SLOW:
            self._in_worker = True
        return results


class _Task:
    """A run: its result or error, once the lock is free."""

    __slots__ = ("error", "feeds", "lock", "options", "outputs", "results", "session")

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        outputs: Sequence[str],
        feeds: Mapping[str, Any],
    ) -> None:
        import onnxruntime

        self.session, self.outputs, self.feeds = session, outputs, feeds
        self.options = onnxruntime.RunOptions()
        self.options.log_severity_level = 4  # or it prints that it was terminated
        self.results: list[Any] = []
        self.error: BaseException | None = None
        self.lock = threading.Lock()
        self.lock.acquire()

    def run(self) -> None:
        try:
            self.results = self.session.run(self.outputs, self.feeds, self.options)
        except BaseException as error:
            self.error = error
        self.lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        """Return whether it ended before `timeout`."""
        end = None if timeout is None else monotonic() + timeout
        while True:
            rest = _POLL if end is None else min(_POLL, max(end - monotonic(), 0))
            if self.lock.acquire(timeout=rest):
                return True
            if end is not None and monotonic() >= end:
                return False

    def terminate(self) -> None:
        """End the run, after the kernel that is at work."""
        self.options.terminate = True
        self.wait()


class _Worker:
    """A thread that waits for tasks."""

    __slots__ = ("tasks",)

    def __init__(self) -> None:
        self.tasks: SimpleQueue[_Task] = SimpleQueue()
        threading.Thread(target=self._work, name="onnxp-run", daemon=True).start()

    def _work(self) -> None:
        while True:
            task = self.tasks.get()
            task.run()
            del task  # or its arrays live until the next one
            _idle.append(self)


_idle: deque[_Worker] = deque()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # a child has none of the threads


def _run_in_worker(
    session: onnxruntime.InferenceSession,
    outputs: Sequence[str],
    feeds: Mapping[str, Any],
    timeout: float | None,
) -> list[Any]:
    task = _Task(session, outputs, feeds)
    try:
        worker = _idle.pop()
    except IndexError:
        worker = _Worker()
    try:
        worker.tasks.put(task)
        ended = task.wait(timeout)
    except BaseException:  # what a handler of a signal raises
        task.terminate()
        raise
    if not ended:
        task.terminate()
        if task.error is not None:
            raise RunTimeoutError(f"the run took more than {timeout:g} s, and was ended")
    if task.error is not None:
        raise task.error
    return task.results
