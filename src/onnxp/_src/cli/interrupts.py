"""Ctrl-C before a command has begun to read or write."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process without a word, as the system does it.

    The imports of a command would print where they were, or lose it (onnxruntime 1.32.0).
    """
    before = signal.getsignal(signal.SIGINT)
    is_pythons = before is signal.default_int_handler
    if not is_pythons or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
