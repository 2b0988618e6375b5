"""Run sessions so that Ctrl-C and a time limit end them.

The runtime does not look at signals. So what may take long runs in a worker thread, while the calling thread
waits, and is told to terminate. That ends a run after the kernel that is at work; a loop is many kernels.
"""

from __future__ import annotations

import contextlib
import os
from _thread import allocate_lock
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, final

from onnxp._src.model.nodes import subgraphs
from onnxp._src.runtime.blocks import FEW_NODES, MOST_THREADS, Blocks, Cutter, thread_count
from onnxp._src.runtime.processors import current_processor, keep_off
from onnxp._src.runtime.written import OutputWriter
from onnxp.errors import RunTimeoutError

if TYPE_CHECKING:
    import onnxruntime
    from onnx import NodeProto

Progress = Callable[[int, int], object]
"""Called with the number of rows that are done, and of all."""

LONG = 50_000_000
"""Bytes of an input times nodes from which on a run is handed to a worker, which takes 10 µs."""
SLOW = 0.1
"""Seconds that a run took, from which on the next one is handed to a worker."""

AS_LOOP = 50
"""The number of nodes that a model with loops counts as having, at least."""
LARGE = 8_000_000
"""Bytes of an input times nodes from which on a run is cut into blocks, if it can be: some milliseconds."""

_POLL = 0.1  # Windows lets no signal through while a lock is waited for


def has_loops(nodes: Iterable[NodeProto]) -> bool:
    """Return whether there is a Loop or a Scan among some nodes, or in their subgraphs."""
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


_in_flight: list[None] = []
"""An entry for each long run: to append one and to remove one are single steps, which need no lock."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_flight.clear)


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
    cutter : callable, optional
        How to cut large runs into blocks; see `blocks`.
    """

    __slots__ = (
        "__weakref__",
        "_cutter",
        "_in_worker",
        "_limit",
        "_loops",
        "_nodes",
        "_run",
        "_writer",
        "session",
    )

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        nodes: int,
        *,
        loops: bool,
        cutter: Cutter | None = None,
    ) -> None:
        self.session = session
        self._run = _shortest_run(session)
        self._writer = OutputWriter(session)
        self._nodes = max(nodes, AS_LOOP if loops else FEW_NODES)
        self._cutter = cutter
        self._limit = (LONG if cutter is None else LARGE) // self._nodes
        self._in_worker = self._loops = loops

    def is_large(self, feeds: Mapping[str, Any]) -> bool:
        """Return whether a run with some arrays may be cut, or handed to a worker."""
        return any(value.nbytes > self._limit for value in feeds.values())

    def run(
        self,
        outputs: Sequence[str],
        feeds: Mapping[str, Any],
        timeout: float | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> list[Any]:
        """Run the session.

        Parameters
        ----------
        outputs, feeds : sequence of str, mapping of str to array
            What to compute, of what.
        timeout : float, optional
            The number of seconds after which to end it.
        threads : int, optional
            How many threads it may use, if it can be cut.
        progress : callable, optional
            Called with the number of rows that are done, and of all.

        Raises
        ------
        RunTimeoutError
            If it takes more than `timeout` seconds.
        KeyboardInterrupt
            On Ctrl-C, if it may take long.
        """
        may_be_long = self._in_worker or timeout is not None
        limit = self._limit
        try:
            for value in feeds.values():
                if value.nbytes > limit:
                    may_be_long = True
        except AttributeError:  # a sequence has none
            may_be_long = True
        if may_be_long:
            long = self._run_long(outputs, feeds, timeout, threads, progress)
            if long is not None:
                return long
        start = monotonic()
        results: list[Any] = self._run(outputs, feeds, _options[0])
        if monotonic() - start > SLOW:
            self._in_worker = True
        return results

    def _run_long(
        self,
        outputs: Sequence[str],
        feeds: Mapping[str, Any],
        timeout: float | None,
        threads: int | None,
        progress: Progress | None,
    ) -> list[Any] | None:
        """Run the session in blocks or in a worker; return None if it is too short for that."""
        size = max([getattr(value, "nbytes", 0) for value in feeds.values()], default=0)
        work = size * self._nodes
        is_long = self._in_worker or timeout is not None or work > LONG
        _in_flight.append(None)
        try:
            if self._cutter is not None and work > LARGE:
                # several calls at once are parallel as they are
                used = thread_count(threads) if len(_in_flight) == 1 else 1
                cut = self._cutter(feeds, self._nodes, used)
                if cut is not None:
                    room = self._writer.room(cut, outputs)
                    blocks = Blocks(cut, outputs, self._run, room, self._writer.run)
                    takes_part = not is_long and progress is None
                    if _run_blocks(blocks, used, timeout, progress, takes_part=takes_part):
                        return blocks.results()
            if is_long:
                start = monotonic()
                results = _run_in_worker(self.session, outputs, feeds, timeout)
                # not for ever: a busy machine may have delayed the run that was slow
                self._in_worker = self._loops or monotonic() - start > SLOW
                return results
        finally:
            del _in_flight[-1:]
        return None


class _Task:
    """What a worker does with options that can end it: its result or error, once the lock is free."""

    __slots__ = ("_claimed", "_work", "ended", "error", "lock", "options", "result", "worker")

    def __init__(self, work: Callable[[onnxruntime.RunOptions], Any]) -> None:
        self._work: Callable[[onnxruntime.RunOptions], Any] | None = work
        self.options = type(_options[0])()
        self.options.log_severity_level = 4  # or it prints that it was terminated
        self.worker: _Worker | None = None
        self.ended = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.lock = allocate_lock()
        self.lock.acquire()
        self._claimed = allocate_lock()

    def claim(self) -> bool:
        """Return whether the caller is the first to ask: the worker, to do it, or else `drop`."""
        return self._claimed.acquire(blocking=False)

    def drop(self) -> bool:
        """Take a task back from its worker, which may start late; return False if it has begun."""
        if not self.claim():
            return False
        self._work = None  # or its arrays live until then
        if self.worker is not None and not self.worker.rest():
            self.worker.tasks.put(None)
        return True

    def run(self) -> None:
        assert self._work is not None
        try:
            self.result = self._work(self.options)
        except BaseException as error:
            self.error = error
        self.ended = True
        self.lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        """Return whether it ended before `timeout`."""
        end = None if timeout is None else monotonic() + timeout
        while True:
            rest = _POLL if end is None else min(_POLL, max(end - monotonic(), 0))
            # a signal may come between the acquisition and the return
            if self.ended or self.lock.acquire(timeout=rest):
                return True
            if end is not None and monotonic() >= end:
                return False

    def terminate(self) -> None:
        """End it, after the kernel that is at work."""
        self.options.terminate = True
        if self.worker is not None and not self.drop():
            self.wait()


class _Worker:
    """A thread that waits for tasks."""

    __slots__ = ("_avoided", "_id", "tasks")

    def __init__(self) -> None:
        from queue import SimpleQueue  # these are imported for long runs only
        from threading import Thread

        self.tasks: SimpleQueue[_Task | None] = SimpleQueue()
        thread = Thread(target=self._work, name="onnxp-run", daemon=True)
        thread.start()
        self._id = thread.native_id
        self._avoided = -1

    def avoid(self, processor: int) -> None:
        """Run on other processors than one, or on any if it is -1."""
        if processor != self._avoided and self._id is not None:
            self._avoided = processor
            keep_off(self._id, processor)

    def _work(self) -> None:
        while (task := self.tasks.get()) is not None:
            if not task.claim():
                continue
            task.run()
            del task  # or its arrays live until the next one
            if not self.rest():
                return

    def rest(self) -> bool:
        """Wait for other tasks, unless enough others do."""
        _idle.append(self)
        if len(_idle) > MOST_THREADS:
            with contextlib.suppress(ValueError):  # it has a task already
                _idle.remove(self)
                return False
        return True


_idle: deque[_Worker] = deque()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # a child has none of the threads


def _hand_over(task: _Task, avoided: int = -1) -> None:
    """Let a worker do a task, on another processor than one."""
    try:
        worker = _idle.pop()
    except IndexError:
        worker = _Worker()
    worker.avoid(avoided)
    worker.tasks.put(task)
    task.worker = worker


def _run_in_worker(
    session: onnxruntime.InferenceSession,
    outputs: Sequence[str],
    feeds: Mapping[str, Any],
    timeout: float | None,
) -> list[Any]:
    task = _Task(lambda options: session.run(outputs, feeds, options))
    try:
        _hand_over(task)
        ended = task.wait(timeout)
    except BaseException:  # what a handler of a signal raises
        task.terminate()
        raise
    if not ended:
        task.terminate()
        if task.error is not None or not task.ended:
            raise _late(timeout)
    if task.error is not None:
        raise task.error
    results: list[Any] = task.result
    return results


def _run_blocks(
    blocks: Blocks,
    threads: int,
    timeout: float | None,
    progress: Progress | None,
    *,
    takes_part: bool,
) -> bool:
    """Run blocks in so many threads; return whether all went well.

    If a block fails, the whole run says better why. The calling thread is one of the threads if it
    `takes_part`, or else waits, which a signal interrupts.
    """
    end = None if timeout is None else monotonic() + timeout
    tasks = [_Task(blocks.work) for _ in range(min(threads, blocks.count) - takes_part)]
    waiting = [*tasks]
    try:
        # what the caller does while another thread wakes up is short: if Python's lock is not free
        # then, that thread sleeps again
        first = blocks.take() if takes_part else None
        if tasks:
            own = current_processor() if takes_part else -1
            for task in tasks:
                _hand_over(task, own)
        if takes_part:
            with contextlib.suppress(Exception):  # a block is missing then
                blocks.work(_options[0], first)
        while waiting and not blocks.is_done and (end is None or monotonic() < end):
            rest = _POLL if end is None else min(_POLL, max(end - monotonic(), 0))
            if waiting[0].wait(rest):
                del waiting[0]
            if progress is not None:
                progress(blocks.done, blocks.size)
        if progress is not None:  # others may have ended in the meantime
            progress(blocks.done, blocks.size)
    except BaseException:
        _end(blocks, waiting)
        raise
    if blocks.is_done:
        for task in waiting:
            task.drop()
    elif waiting:
        _end(blocks, waiting)
        raise _late(timeout)
    return blocks.is_done


def _end(blocks: Blocks, tasks: Sequence[_Task]) -> None:
    blocks.stopped = True
    for task in tasks:
        task.options.terminate = True
    for task in tasks:
        task.terminate()


def _late(timeout: float | None) -> RunTimeoutError:
    return RunTimeoutError(f"the run took more than {timeout:g} s, and was ended")
