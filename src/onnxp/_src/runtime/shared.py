"""Sessions that programs with the same model share, in one process.

Workers of an engine unpickle a program for each task, and a service loads a file again: the runtime takes
longer to make a session than to run it.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections import OrderedDict
from collections.abc import Callable
from weakref import WeakValueDictionary

from onnxp._src.runtime.interrupt import SessionRunner
from onnxp._src.runtime.providers import Pairs

try:
    from _blake2 import blake2b  # hashlib loads OpenSSL, which takes 3 ms
except ImportError:
    from hashlib import blake2b

MAX_KEPT = 32
"""How many sessions are kept that no program uses at the moment."""
MAX_BYTES = 64 * 2**20
"""Bytes of the models of these sessions, all together."""


_in_use: WeakValueDictionary[tuple[bytes, Pairs], SessionRunner] = WeakValueDictionary()
_kept: OrderedDict[tuple[bytes, Pairs], tuple[SessionRunner, int]] = OrderedDict()
"""Sessions, and the bytes of their models."""
_lock = allocate_lock()


def shared_runner(content: bytes, pairs: Pairs, make: Callable[[], SessionRunner]) -> SessionRunner:
    """Return a session of a serialised model on providers, with the options of programs; `make` creates it."""
    if len(content) > MAX_BYTES:
        return make()
    key = blake2b(content, digest_size=16).digest(), pairs
    with _lock:
        runner = _in_use.get(key)
    if runner is None:
        created = make()  # no lock is held: it may take seconds
        with _lock:
            runner = _in_use.setdefault(key, created)
    with _lock:
        _kept[key] = runner, len(content)
        _kept.move_to_end(key)
        while len(_kept) > MAX_KEPT or sum(size for _, size in _kept.values()) > MAX_BYTES:
            _kept.popitem(last=False)
    return runner
