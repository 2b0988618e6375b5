"""The processors that threads run on, where the system says and takes it (Linux).

A thread that is woken starts on the processor of the one that wakes it, if it ran there before and the system
takes both for busy. Two threads that share a run then take turns, while another processor does nothing.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable


def processor_count() -> int:
    """Return how many processors this thread may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def current_processor() -> int:
    """Return the number of the processor that this thread runs on, -1 if the system does not say."""
    return _getcpu()()


@functools.cache
def _getcpu() -> Callable[[], int]:
    """Return the function of the C library, which Python does not have."""
    if hasattr(os, "sched_setaffinity"):
        import ctypes

        with contextlib.suppress(AttributeError, OSError):
            getcpu: Callable[[], int] = ctypes.PyDLL(None).sched_getcpu
            return getcpu
    return lambda: -1


def keep_off(thread: int, processor: int) -> None:
    """Let another thread run on the processors of this one, but not on `processor`, if there are others."""
    with contextlib.suppress(AttributeError, OSError):
        all_of_them = os.sched_getaffinity(0)
        os.sched_setaffinity(thread, all_of_them - {processor} or all_of_them)
