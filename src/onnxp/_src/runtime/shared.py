"""Sessions that programs with the same model share, in one process.

Workers of an engine unpickle a program for each task, and a service loads a file again: the runtime takes
longer to make a session than to run it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakValueDictionary

from onnxp._src.runtime.interrupt import SessionRunner

MAX_KEPT = 32
"""How many sessions are kept that no program uses at the moment."""
MAX_BYTES = 64 * 2**20
"""Bytes of the models of these sessions, all together."""


class _Kept(NamedTuple):
    runner: SessionRunner
    size: int


_in_use: WeakValueDictionary[bytes, SessionRunner] = WeakValueDictionary()
_kept: OrderedDict[bytes, _Kept] = OrderedDict()
_lock = threading.Lock()


def shared_runner(content: bytes, make: Callable[[], SessionRunner]) -> SessionRunner:
    """Return a session of a serialised model, with the options of programs; `make` creates it."""
    if len(content) > MAX_BYTES:
        return make()
    digest = hashlib.blake2b(content, digest_size=16).digest()
    with _lock:
        runner = _in_use.get(digest)
    if runner is None:
        created = make()  # no lock is held: it may take seconds
        with _lock:
            runner = _in_use.setdefault(digest, created)
    with _lock:
        _kept[digest] = _Kept(runner, len(content))
        _kept.move_to_end(digest)
        while len(_kept) > MAX_KEPT or sum(kept.size for kept in _kept.values()) > MAX_BYTES:
            _kept.popitem(last=False)
    return runner
