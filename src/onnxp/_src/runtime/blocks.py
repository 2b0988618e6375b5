"""Runs in blocks: what depends on each row, or element, by itself is computed for a few at a time.

The arrays of a block stay in the cache of a processor, and blocks run in several threads. Where a block has a
multiple of 64 rows, its bits are those of a run of all rows (onnxruntime 1.20.1 to 1.32.0): kernels compute
vectors of up to 64 elements and then single ones, which some round in another way. Threads of the runtime
itself would change bits, since each begins its part within a vector.
"""

from __future__ import annotations

import functools
import math
import os
from _thread import allocate_lock
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple, TypeAlias, final

import numpy as np

from onnxp._src.runtime.processors import processor_count
from onnxp.errors import ArgumentError

STEP = 64
"""What the number of rows of a block is a multiple of."""
BLOCK_BYTES = 640 * 2**10
"""The bytes that are alive in a block, at least: a share of a cache of the second level."""
LARGEST = 4
"""How many times as many bytes it has where few nodes take little longer than beginning a block."""
LONG_BLOCK = 64
"""The number of nodes from which on that makes no difference."""
WHOLE_BYTES = 2 * 2**20
"""The bytes up to which a run is not cut: they stay in the cache."""
FEW_NODES = 3
"""The number of nodes up to which blocks gain nothing in one thread: each array is used about once."""
SLOW = frozenset(
    "Acos Acosh Asin Asinh Atan Atanh Cos Cosh Erf Exp Log Mod Pow Sigmoid Sin Sinh Softplus Tan Tanh "
    "Where".split()
)
"""Elementwise kernels that compute about as long as `SLOW_NODES` others (onnxruntime 1.32.0)."""
SLOW_NODES = 8
THREAD_BYTES = 2 * 2**20
"""The bytes that each thread computes then at least: some 0.1 ms, as it takes 0.03 to wake it."""
LONG_BYTES = 2 * THREAD_BYTES
"""The bytes of a block then, at most, so that a thread that is late leaves blocks to others."""
LEAD_BYTES = 576 * 2**10
"""The bytes that the calling thread computes then while others wake up."""
MOST_THREADS = 16

Host = np.ndarray[Any, Any]


class Cut(NamedTuple):
    """How to cut a run.

    Attributes
    ----------
    parts : mapping of str to array
        What is cut, along the axis.
    whole : mapping of str to array
        What all blocks are given.
    axis : int
        The first axis, or -1 if all others have size 1.
    size : int
        The size of the axis.
    step : int
        How much of it a block has.
    outputs : set of str, or None
        The outputs that are cut too; None for all. The others are equal in all blocks.
    shape : tuple of int or None
        The shape of the outputs, if it is known.
    lead : int
        How much more of it the first block has.
    """

    parts: Mapping[str, Host]
    whole: Mapping[str, Any]
    axis: int
    size: int
    step: int
    outputs: frozenset[str] | None = None
    shape: tuple[int, ...] | None = None
    lead: int = 0

    def room(self, dtype: str, declared: Sequence[Any]) -> Host | None:
        """Return an array for all blocks of an output; None if the declared shape does not say which."""
        shape = self.shape
        if shape is None:
            if not declared or any(type(size) is not int for size in declared[1:]):
                return None
            return np.empty((self.size, *declared[1:]), dtype)
        if len(declared) != len(shape):
            return None
        return np.empty(shape if self.axis == 0 else (*(1,) * (len(shape) - 1), self.size), dtype)


Block: TypeAlias = tuple[int, Any, dict[str, Any], dict[str, Host]]
"""The rows of a block, where they are, what the session is fed with, and what it writes into."""

Cutter: TypeAlias = Callable[[Mapping[str, Any], int, int], Cut | None]
"""Returns how to cut a run with some feeds, of so many nodes, for so many threads; None if not at all."""


def thread_count(threads: int | None) -> int:
    """Return how many threads a run may use.

    Raises
    ------
    ArgumentError
        If `threads`, or the environment variable ``ONNXP_NUM_THREADS``, is not a number from 1 on.
    """
    if threads is not None:
        if type(threads) is not int or threads < 1:
            raise ArgumentError(f"threads must be a whole number from 1 on, not {threads!r}")
        return threads
    text = os.environ.get("ONNXP_NUM_THREADS", "")
    if text:
        if not text.isdecimal() or int(text) < 1:
            raise ArgumentError(
                f"the environment variable ONNXP_NUM_THREADS must be a whole number from 1 on, not {text!r}"
            )
        return int(text)
    return min(processor_count(), MOST_THREADS)


def weighted(operators: Iterable[str]) -> int:
    """Return how many quick nodes take as long as those with some operators."""
    return sum(SLOW_NODES if operator in SLOW else 1 for operator in operators)


@functools.lru_cache
def steps_of(size: int, bytes_each: int, nodes: int, threads: int) -> tuple[int, int]:
    """Return how many of `size` rows to compute at a time, 0 for all of them, and how many more at first.

    Each thread has as many blocks, and the calling thread, which takes the first one, ends last: another one
    would have to wake it.

    Parameters
    ----------
    size : int
        The number of rows.
    bytes_each : int
        The bytes that are alive for each row.
    nodes : int
        How many nodes a run has, `weighted`.
    threads : int
        How many threads it may use.
    """
    bytes_each = max(bytes_each, 1)
    total = size * bytes_each
    if total <= WHOLE_BYTES:
        return 0, 0
    most = BLOCK_BYTES * max(min(LONG_BLOCK // max(nodes, 1), LARGEST), 1)
    if nodes <= FEW_NODES:
        threads, most = min(threads, total // THREAD_BYTES), LONG_BYTES
        if threads < 2:
            return 0, 0
    step = max(most // bytes_each // STEP * STEP, STEP)
    lead = 0
    if threads > 1:
        lead = LEAD_BYTES * FEW_NODES // (bytes_each * max(nodes, FEW_NODES, 1)) // STEP * STEP
        count = -(-(size - lead) // (step * threads)) * threads
        step = max(-(-(size - lead) // (count * STEP)) * STEP, STEP)
    return (0, 0) if lead + step + STEP > size else (step, lead)


def cut_elements(feeds: Mapping[str, Any], nodes: int, threads: int) -> Cut | None:
    """Cut a run whose results depend on the elements of broadcast arrays at the same place only."""
    shapes = [array.shape for array in feeds.values()]
    shape = np.broadcast_shapes(*shapes)
    size = math.prod(shape)
    if not size:
        return None
    each = sum(array.dtype.itemsize for array in feeds.values() if array.size == size)
    widest = max(array.dtype.itemsize for array in feeds.values())
    if all(array.size in (1, size) and array.ndim in (0, len(shape)) for array in feeds.values()):
        step, lead = steps_of(size, each + 3 * widest, nodes, threads)
        flat = (1,) * (len(shape) - 1) + (size,)
        parts = {k: v.reshape(flat) for k, v in feeds.items() if v.size == size}
        axis = -1
    else:
        row = size // shape[0]
        step, lead = steps_of(shape[0], row * (each + 2 * widest), nodes, threads)
        size, axis = shape[0], 0
        parts = {k: v for k, v in feeds.items() if v.ndim == len(shape) and v.shape[0] == size > 1}
    if not step or not parts:
        return None
    whole = {k: v for k, v in feeds.items() if k not in parts}
    return Cut(parts, whole, axis, size, step, None, shape, lead)


PRODUCT_SIZE = 2**24
"""The multiplications from which on a product of matrices is cut."""


def cut_product(first: str, feeds: Mapping[str, Any], nodes: int, threads: int) -> Cut | None:
    """Cut the rows of the first matrix of a product, by its name."""
    if threads < 2 or len(feeds) != 2:
        return None
    whole = dict(feeds)
    a = whole.pop(first)
    (b,) = whole.values()
    if a.ndim != 2 or b.ndim != 2 or a.size * b.shape[1] < PRODUCT_SIZE:
        return None
    step = -(-a.shape[0] // (threads * STEP)) * STEP
    if step >= a.shape[0]:
        return None
    return Cut({first: a}, whole, 0, a.shape[0], step, None, (a.shape[0], b.shape[1]))


@final
class Blocks:
    """A run in blocks: the blocks that are left, and the results, which several threads fill.

    Parameters
    ----------
    cut : Cut
        How to cut it.
    outputs : sequence of str
        The outputs to return.
    run : callable
        Runs the session, for output names, feeds and options.
    room : list of array, optional
        Arrays for all blocks of the outputs.
    write : callable, optional
        Runs the session for feeds, arrays to write outputs into, by name, and options.
    """

    def __init__(
        self,
        cut: Cut,
        outputs: Sequence[str],
        run: Callable[..., list[Any]],
        room: Sequence[Host] | None = None,
        write: Callable[..., None] | None = None,
    ) -> None:
        self._cut = cut
        self._outputs = outputs
        self._run = run
        self._write = None if room is None else write
        # kernels may treat a few rows in another way, so these are added to the last block
        rows = cut.size - cut.lead
        self.count = max(rows // cut.step + (rows % cut.step >= STEP), 1)
        self.size = cut.size
        self._next = count()
        self._lock = allocate_lock()
        self._results: Sequence[Host | None] = room or []
        self._alike: dict[str, Any] = {}
        self.done = 0
        self.stopped = False

    @property
    def is_done(self) -> bool:
        """Whether all results are there."""
        return self.done == self.size

    def take(self) -> Block | None:
        """Return the next block, for `work`; None if none is left."""
        number, last = next(self._next), self.count - 1
        if number > last:
            return None
        cut = self._cut
        first = number * cut.step + cut.lead if number else 0
        end = cut.size if number == last else (number + 1) * cut.step + cut.lead
        place: Any = slice(first, end) if cut.axis == 0 else (..., slice(first, end))
        feeds = dict(cut.whole)
        for name, array in cut.parts.items():
            feeds[name] = array[place]
        if self._write is None:
            return end - first, place, feeds, {}
        parts = zip(self._outputs, self._results, strict=True)
        return end - first, place, feeds, {k: v[place] for k, v in parts if v is not None}

    def work(self, options: Any, block: Block | None = None) -> None:
        """Compute a block that was taken, and others until none is left."""
        try:
            while not self.stopped and (block := block or self.take()) is not None:
                rows, place, feeds, results = block
                if self._write is not None:
                    self._write(feeds, results, options)
                else:
                    self._copy(self._run(self._outputs, feeds, options), place)
                block = None
                with self._lock:
                    self.done += rows  # after the results: the run may end with the last
        except BaseException:
            self.stopped = True
            raise

    def _copy(self, results: list[Any], place: Any) -> None:
        """Copy the results of a block to their place."""
        if not self._results:
            with self._lock:
                self._results = self._results or self._room(results)
        for whole, result in zip(self._results, results, strict=True):
            if whole is not None:
                part = whole[place]
                if result.shape != part.shape:
                    raise NotRowwiseError
                part[...] = result

    def _room(self, results: list[Any]) -> list[Host | None]:
        """Return an array for all blocks of each output; None for those that all blocks have alike."""
        cut = self._cut
        room: list[Host | None] = []
        for name, result in zip(self._outputs, results, strict=True):
            if cut.outputs is not None and name not in cut.outputs:
                self._alike[name] = result
                room.append(None)
                continue
            rest = result.shape
            if cut.shape is not None and len(rest) != len(cut.shape):
                raise NotRowwiseError
            shape = (cut.size, *rest[1:]) if cut.axis == 0 else (*rest[:-1], cut.size)
            room.append(np.empty(shape, result.dtype))
        return room

    def results(self) -> list[Any]:
        """Return the results, once all blocks are done."""
        shape = self._cut.shape
        return [
            self._alike[name]
            if whole is None
            else whole
            if shape is None or self._cut.axis == 0
            else whole.reshape(shape)
            for name, whole in zip(self._outputs, self._results, strict=True)
        ]


class NotRowwiseError(Exception):
    """A block has a result of another form, such as what is kept of a step before: the run must not be cut."""
