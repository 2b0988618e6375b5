"""Runs in blocks have the bits of whole runs, whatever the blocks and threads are."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import onnx.parser
import pytest
from onnxruntime import InferenceSession

import onnxp as xp
from onnxp._src.runtime import blocks, interrupt, processors, session, shared, written
from onnxp.errors import ArgumentError, RunTimeoutError

RANDOM = np.random.default_rng(0)
ODD = 64 * 40 + 13
"""A number of rows that leaves a rest."""


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the blocks of each run that is cut and goes well; of others, the whole run gives the results."""
    counts: list[int] = []
    run = interrupt._run_blocks

    def counted(run_blocks: blocks.Blocks, *args: Any, **options: Any) -> bool:
        is_done = run(run_blocks, *args, **options)
        counts.extend([run_blocks.count] * is_done)
        return is_done

    monkeypatch.setattr(interrupt, "_run_blocks", counted)
    return counts


@pytest.fixture
def small_blocks(counts: list[int], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Cut everything into blocks of 64 rows or few more; count the blocks."""
    monkeypatch.setattr(interrupt, "LARGE", 0)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 2000)
    monkeypatch.setattr(blocks, "LARGEST", 1)
    monkeypatch.setattr(blocks, "WHOLE_BYTES", 0)
    monkeypatch.setattr(blocks, "FEW_NODES", 0)
    monkeypatch.setattr(blocks, "PRODUCT_SIZE", 0)
    monkeypatch.setattr(session, "_sessions", {})
    monkeypatch.setattr(shared, "_in_use", WeakValueDictionary())
    monkeypatch.setattr(shared, "_kept", OrderedDict())
    blocks.steps_of.cache_clear()
    yield counts
    blocks.steps_of.cache_clear()


def same_bits(a: Any, b: Any) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.hasobject or a.dtype.kind in "UT":
        return bool(a.tolist() == b.tolist())
    return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


W = RANDOM.normal(size=(8, 5)).astype(np.float32)
TABLE = RANDOM.normal(size=8)

ROWWISE: dict[str, Callable[[Any], Any]] = {
    "affine": lambda x: x @ xp.asarray(W) + 1,
    "layers": lambda x: xp.tanh(xp.tanh(x @ xp.asarray(W)) @ xp.asarray(W.T)),
    "softmax": lambda x: xp.exp(x) / xp.sum(xp.exp(x), axis=1, keepdims=True),
    "log": lambda x: xp.log(xp.abs(x)),
    "float64": lambda x: (
        xp.sin(xp.astype(x, xp.float64) * 1e3) + xp.log1p(xp.astype(x * x, xp.float64))
    ),
    "far": lambda x: xp.sin(xp.exp(xp.astype(x, xp.float64) * 10)),
    "sort": lambda x: xp.sort(x, axis=1),
    "argmax": lambda x: xp.argmax(x, axis=1),
    "max": lambda x: xp.max(x, axis=1),
    "table": lambda x: xp.asarray(TABLE)[xp.argmax(x, axis=1)],
    "search": lambda x: xp.searchsorted(xp.asarray(np.sort(TABLE).astype(np.float32)), x),
    "masked": lambda x: _masked(x),
    "several": lambda x: (xp.sum(x, axis=1), x > 0, xp.asarray([1, 2])),
    "matrices": lambda x: x[:, :, None] * x[:, None, :],
    "text": lambda x: xp.asarray(["a", "b", "c"])[xp.argmax(x[:, :3], axis=1)],
}


def _masked(x: Any) -> Any:
    y = x * 1
    y[y < 0] *= 2
    return y


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("name", ROWWISE)
def test_programs(name: str, threads: int, small_blocks: list[int]) -> None:
    X = RANDOM.normal(size=(ODD, 8)).astype(np.float32)
    X[5, 3], X[70, 1], X[900, 2] = np.nan, -0.0, np.inf
    program = xp.trace(ROWWISE[name], "float32[N, 8]")
    bare = program.session().run(None, {"x": X})
    results = program(X, threads=threads)
    results = results if isinstance(results, tuple) else (results,)
    assert all(map(same_bits, results, bare))
    assert small_blocks
    assert min(small_blocks) > 5


def test_what_mixes_rows_runs_whole(small_blocks: list[int]) -> None:
    X = RANDOM.normal(size=(ODD, 8)).astype(np.float32)
    program = xp.trace(lambda x: x - xp.mean(x, axis=0), "float32[N, 8]")
    assert same_bits(program(X), program.session().run(None, {"x": X})[0])
    assert not small_blocks


PLACES = RANDOM.normal(size=(ODD, 8))
BY_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    "elements": lambda x, w: PLACES[:, 0][np.arange(len(x))] + x[:, 0],
    "columns": lambda x, w: PLACES[np.arange(len(x)), 1] + x[:, 0],
    "rows": lambda x, w: np.take(PLACES, np.arange(len(x)), axis=0) + x,
    "along": lambda x, w: np.take_along_axis(PLACES[:, 0], np.arange(len(x)), axis=0) + x[:, 0],
    "steps": lambda x, w: xp.fori_loop(
        0, 3, lambda _, y: y + PLACES[np.arange(len(y)), 1], x[:, 0]
    ),
    "another input": lambda x, w: w[np.arange(len(x))] + x[:, 0],
    "values": lambda x, w: _numbered(x, np.arange(len(x))),
    "selected rows": lambda x, w: _numbered(x, np.nonzero(x[:, 0] > 0)[0]),
    "selected elements": lambda x, w: _numbered(x, np.nonzero(x > 1)),
}


def _numbered(x: Any, i: Any) -> Any:
    y = x * 1
    y[i] = y[i] + PLACES[i]
    return y


@pytest.mark.parametrize("name", BY_NUMBERS)
def test_tables_by_the_numbers_of_rows(name: str, small_blocks: list[int]) -> None:
    x, w = RANDOM.normal(size=(ODD, 8)), RANDOM.normal(size=ODD + 1)
    program = xp.trace(BY_NUMBERS[name], "float64[N, 8]", "float64[M]")
    expected = program.session().run(None, {"x": x, "w": w})[0]
    for threads in (1, 2):
        assert same_bits(program(x, w, threads=threads), expected)
    assert not small_blocks


def test_other_inputs_go_to_every_block(small_blocks: list[int]) -> None:
    program = xp.trace(
        lambda a, b, c: a @ b + c[:, None], "float64[N, 8]", "float64[8, M]", "float64[N]"
    )
    a, b, c = RANDOM.normal(size=(ODD, 8)), RANDOM.normal(size=(8, 3)), RANDOM.normal(size=ODD)
    assert same_bits(program(a, b, c), program.session().run(None, {"a": a, "b": b, "c": c})[0])
    assert small_blocks


def test_rows_that_fail_fail_as_in_a_whole_run(small_blocks: list[int]) -> None:
    program = xp.trace(lambda x: xp.asarray([1.0, 2.0])[x], "int64[N]")
    X = np.zeros(ODD, np.int64)
    assert same_bits(program(X), np.ones(ODD))
    X[-1] = 5
    with pytest.raises(xp.errors.EvaluationError):
        program(X)


UNARY = "exp log sin cos tanh expm1 log1p sqrt sign floor square asinh atan".split()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", UNARY)
def test_elementwise_functions_of_evaluated_arrays(
    name: str, dtype: str, small_blocks: list[int]
) -> None:
    x = -np.abs(RANDOM.normal(size=ODD)).astype(dtype)
    x[::100] *= 1e8

    def function(x: Any) -> Any:
        return getattr(xp, name)(-x)

    cut = np.asarray(function(xp.asarray(x)))
    assert small_blocks
    program = xp.trace(function, f"{dtype}[N]")
    assert same_bits(cut, program.session().run(None, {program.inputs[0].name: x})[0])


SHAPES = {
    "equal": ((ODD, 3), (ODD, 3)),
    "a row": ((1000, 70), (70,)),
    "a column": ((ODD, 3), (ODD, 1)),
    "a number": ((ODD, 3), ()),
    "a number of full rank": ((3, ODD), (1, 1)),
    "few long rows": ((3, ODD), (3, ODD)),
    "a row of full rank": ((1000, 70), (1, 70)),
    "a square": ((128, 128), (128,)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_broadcast_arrays(name: str, small_blocks: list[int]) -> None:
    a, b = (RANDOM.normal(size=shape) for shape in SHAPES[name])

    def formula(a: Any, b: Any) -> Any:
        return xp.exp(a * b) - b

    result = np.asarray(formula(xp.asarray(a), xp.asarray(b)))
    assert small_blocks
    program = xp.trace(formula, *(xp.spec(shape, xp.float64) for shape in SHAPES[name]))
    assert same_bits(result, program.session().run(None, {"a": a, "b": b})[0])


def test_intermediates_that_are_kept_have_their_own_shape(small_blocks: list[int]) -> None:
    a, v = RANDOM.normal(size=(256, 64)), RANDOM.normal(size=64)
    doubled = xp.asarray(v) * 2
    result = np.asarray(xp.asarray(a) + doubled)
    np.testing.assert_array_equal(result, a + v * 2)
    np.testing.assert_array_equal(np.asarray(doubled), v * 2)


@pytest.mark.parametrize("shapes", [((ODD, 30), (30, 20)), ((300, 300), (300, 300))])
def test_rows_of_products(shapes: Any, small_blocks: list[int]) -> None:
    for dtype in (np.float32, np.float64):
        a, b = (RANDOM.normal(size=shape).astype(dtype) for shape in shapes)
        result = np.asarray(xp.asarray(a) @ xp.asarray(b))
        whole = xp.trace(lambda a, b: a @ b, *(f"{np.dtype(dtype)}[{m}, {n}]" for m, n in shapes))
        assert same_bits(result, whole.session().run(None, {"a": a, "b": b})[0])
    assert blocks.thread_count(None) == 1 or small_blocks


def test_programs_with_assumptions(small_blocks: list[int]) -> None:
    def positive(x: Any) -> Any:
        return xp.log(x) if xp.all(x > 0) else x

    X = np.abs(RANDOM.normal(size=(ODD, 8)))
    program = xp.trace(positive, "float64[N, 8]", example=X[:3], check_assumptions=True)
    (result,) = (program(X, check=True),)
    assert program.rowwise
    assert same_bits(result, program.session().run(["output"], {"x": X})[0])
    assert small_blocks


@pytest.mark.parametrize(
    ("function", "spec", "in_place"),
    [
        (ROWWISE["layers"], "float32[N, 8]", True),
        (lambda x: (x * 2 + 1, xp.sum(x, axis=1) > 0), "float64[N, 3]", True),
        (lambda x: x * 2 + 1, "float64[N, M]", False),
        (ROWWISE["several"], "float64[N, 3]", False),  # one output is the same for all rows
        (ROWWISE["text"], "float64[N, 3]", False),
    ],
)
def test_results_are_written_in_place(
    function: Any, spec: str, in_place: bool, small_blocks: list[int], monkeypatch: Any
) -> None:
    copied: list[Any] = []
    copy = blocks.Blocks._copy

    def noted(self: Any, results: Any, place: Any) -> None:
        copied.append(place)
        copy(self, results, place)

    monkeypatch.setattr(blocks.Blocks, "_copy", noted)
    program = xp.trace(function, spec)
    shape = (ODD, 8 if "8" in spec else 3)
    X = RANDOM.normal(size=shape).astype(program.inputs[0].dtype.numpy)
    results = program(X)
    bare = program.session().run(None, {"x": X})
    assert all(map(same_bits, results if isinstance(results, tuple) else (results,), bare))
    assert small_blocks
    assert bool(copied) is not in_place


def test_columns_of_text_are_cut(small_blocks: list[int]) -> None:
    columns = {"size": RANDOM.normal(size=ODD), "port": RANDOM.choice(["a", "b", "äöü", ""], ODD)}
    program = xp.trace(
        lambda size, port: xp.where(port == xp.asarray("b"), size + 1, size * 2),
        size="float64[N]",
        port="string[N]",
    )
    columns["port"] = columns["port"].astype(object)
    assert same_bits(program(**columns), program.session().run(None, columns)[0])
    assert small_blocks


def test_an_output_that_is_an_input_is_copied(small_blocks: list[int]) -> None:
    model = onnx.parser.parse_model(
        """<ir_version: 10, opset_import: ["": 21]>
        g (float[N, 3] x) => (float[N, 3] y, float[N, 3] x) { y = Exp(x) }"""
    )
    X = RANDOM.normal(size=(ODD, 3)).astype(np.float32)
    writer = written.OutputWriter(InferenceSession(model.SerializeToString()))
    cut = blocks.Cut({"x": X}, {}, 0, ODD, 64)
    assert writer.room(cut, ["y", "x"]) is None
    assert writer.room(cut, ["y"]) is not None


def test_results_of_other_forms_are_not_put_together() -> None:
    X = np.ones((ODD, 2))
    cut = blocks.Cut({"x": X}, {}, 0, ODD, 64, frozenset({"y"}))

    def run(_: Any, feeds: Any, options: Any) -> list[np.ndarray]:
        rows = len(feeds["x"])
        return [np.ones((rows, 1 if rows == 64 else 3))]

    work = blocks.Blocks(cut, ["y"], run)
    with pytest.raises(blocks.NotRowwiseError):
        work.work(None)


def test_single_kernels_are_not_cut(small_blocks: list[int]) -> None:
    x = RANDOM.normal(size=(ODD, 3))
    np.asarray(xp.abs(xp.asarray(x)))
    xp.trace(xp.abs, "float64[N, 3]")(x)
    assert not small_blocks


def test_the_calling_thread_takes_part(
    small_blocks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[object] = []
    monkeypatch.setattr(interrupt, "_hand_over", handed.append)
    program = xp.trace(ROWWISE["layers"], "float32[N, 8]")
    X = RANDOM.normal(size=(ODD, 8)).astype(np.float32)
    result = program(X, threads=1)
    assert small_blocks
    assert not handed
    assert same_bits(result, program.session().run(None, {"x": X})[0])


def test_the_calling_thread_takes_the_first_block_before_it_wakes_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is the longest one; and a thread that wakes up takes the others at once."""
    rows: list[int] = []
    cut = blocks.Cut({"x": np.zeros((ODD, 2))}, {}, 0, ODD, 512, lead=64)
    run = blocks.Blocks(
        cut, ["y"], lambda _, feeds, __: [rows.append(len(feeds["x"])) or feeds["x"] + 1]
    )
    monkeypatch.setattr(interrupt, "_hand_over", lambda task, _: task.claim() and task.run())
    interrupt._options or interrupt._shortest_run(xp.trace(xp.exp, "float32[N]").session())
    assert interrupt._run_blocks(run, 2, None, None, takes_part=True)
    assert len(rows) == run.count
    assert rows[-1] == 512 + 64
    assert run.results()[0].all()


def test_steps_of_python_before_runs_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes 0.1 to 0.5 us of a run of 150; those after another thread is woken make it wait for Python."""
    program = xp.trace(lambda X: X @ xp.asarray(np.ones(10, np.float32)) + 1, "float32[N, 10]")
    X = RANDOM.normal(size=(200_000, 10)).astype(np.float32)
    expected = program(X, threads=1)
    monkeypatch.setenv("ONNXP_NUM_THREADS", "2")
    events: list[str] = []

    def note(frame: Any, event: str, argument: Any) -> None:
        if event in ("call", "c_call"):
            events.append(argument.__name__ if event == "c_call" else frame.f_code.co_name)

    steps: list[tuple[int, int]] = []
    for _ in range(4):  # the first looks for a plan, others may end what is not used any more
        events.clear()
        sys.setprofile(note)
        try:
            result = program(X)
        finally:
            sys.setprofile(None)
        assert same_bits(result, expected)
        woken = events.index("put")
        steps.append((woken, events.index("run_with_iobinding") - woken))
    assert min(before for before, _ in steps) < 60
    assert min(after for _, after in steps) < 12
    assert "bind_output" not in events  # it takes the address of an array, which takes 1 us


def test_workers_that_start_late_are_not_waited_for(
    small_blocks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = threading.Event()

    class Late(SimpleQueue[Any]):
        def get(self, *args: Any, **options: Any) -> Any:
            begin.wait()
            return super().get(*args, **options)

    monkeypatch.setattr("queue.SimpleQueue", Late)
    monkeypatch.setattr(interrupt, "_idle", idle := deque())
    program = xp.trace(ROWWISE["layers"], "float32[N, 8]")
    X = RANDOM.normal(size=(ODD, 8)).astype(np.float32)
    expected = program.session().run(None, {"x": X})[0]
    for _ in range(3):
        assert same_bits(program(X, threads=3), expected)
        assert len(set(idle)) == len(idle) == 2  # given back
    begin.set()
    for _ in range(3):  # the calling thread only waits
        assert same_bits(program(X, threads=3, timeout=30), expected)
    deadline = time.monotonic() + 10
    while len(idle) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(set(idle)) == len(idle)
    for worker in idle:  # which no other test knows of
        worker.tasks.put(None)


TWO_PROCESSORS = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="threads cannot be kept off a processor",
)


@TWO_PROCESSORS
def test_workers_keep_off_the_processor_of_the_calling_thread(
    small_blocks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupt, "_idle", idle := deque())
    program = xp.trace(ROWWISE["layers"], "float32[N, 8]")
    X = RANDOM.normal(size=(ODD, 8)).astype(np.float32)
    all_of_them = os.sched_getaffinity(0)
    for own in [*all_of_them][:2] * 2:
        monkeypatch.setattr(interrupt, "current_processor", lambda own=own: own)
        program(X, threads=2)
        _wait_until(lambda: len(idle) == 1)
        assert os.sched_getaffinity(idle[0]._id) == all_of_them - {own}
    program(X, threads=2, timeout=30)  # the calling thread only waits
    _wait_until(lambda: len(idle) == 2)
    assert all(os.sched_getaffinity(worker._id) == all_of_them for worker in idle)
    for worker in idle:  # which no other test knows of
        worker.tasks.put(None)


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


@TWO_PROCESSORS
def test_the_processor_of_a_thread() -> None:
    seen: list[int] = []

    def look(processor: int) -> None:
        os.sched_setaffinity(0, {processor})  # of this thread only
        seen.append(processors.current_processor())

    several = sorted(os.sched_getaffinity(0))
    for processor in several:
        thread = threading.Thread(target=look, args=(processor,))
        thread.start()
        thread.join()
    assert seen == several


def test_systems_that_do_not_place_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sched_getaffinity", "sched_setaffinity"):
        monkeypatch.delattr(os, name, raising=False)
    processors._getcpu.cache_clear()
    try:
        assert processors.current_processor() == -1
        processors.keep_off(threading.get_native_id(), 0)
        assert processors.processor_count() == os.cpu_count()
    finally:
        processors._getcpu.cache_clear()


def test_small_runs_are_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "_run_blocks", pytest.fail)
    program = xp.trace(ROWWISE["layers"], "float32[N, 8]")
    program(RANDOM.normal(size=(1000, 8)).astype(np.float32))
    np.asarray(xp.exp(xp.asarray(RANDOM.normal(size=1000))) + 1)


@pytest.mark.parametrize(
    ("size", "each", "nodes", "threads", "steps"),
    [
        (100, 100, 30, 1, (0, 0)),  # small
        (10**6, 120, 64, 1, (5440, 0)),
        (10**6, 120, 30, 1, (10880, 0)),  # fewer nodes, longer blocks
        (10**6, 120, 10, 1, (21824, 0)),
        (10**6, 120, 3, 1, (0, 0)),  # few nodes
        (10**5, 48, 3, 2, (43904, 12288)),  # a block for each thread
        (10**6, 120, 3, 2, (33216, 4864)),  # of 4 MB at most
        (10**5, 120, 3, 16, (19072, 4864)),  # no more threads than have 2 MB
        (10**5, 30, 3, 2, (0, 0)),
        (10**6, 120, 30, 2, (10880, 448)),  # the lead is shorter where rows take longer
        (10**6, 10**6, 30, 1, (64, 0)),
        (100, 10**6, 30, 1, (0, 0)),  # one block
        (10**6, 0, 3, 2, (0, 0)),
    ],
)
def test_sizes_of_blocks(
    size: int, each: int, nodes: int, threads: int, steps: tuple[int, int]
) -> None:
    assert blocks.steps_of(size, each, nodes, threads) == steps


@pytest.mark.parametrize(
    ("size", "nodes"), [(50_000, 2), (99_999, 2), (10**6 + 13, 2), (50_000, 30), (99_999, 30)]
)
@pytest.mark.parametrize("threads", [2, 3, 16])
def test_threads_get_as_many_blocks_and_the_first_one_ends_last(
    size: int, threads: int, nodes: int
) -> None:
    """Otherwise the calling thread sleeps until another one has ended, and is woken late."""
    step, lead = blocks.steps_of(size, 120, nodes, threads)
    used = min(threads, size * 120 // blocks.THREAD_BYTES) if nodes == 2 else threads
    rows: list[int] = []
    X = np.zeros((size, 1), np.int8)
    cut = blocks.Cut({"x": X}, {}, 0, size, step, lead=lead)
    run = blocks.Blocks(
        cut, ["y"], lambda _, feeds, __: [rows.append(len(feeds["x"])) or feeds["x"] + 1]
    )
    run.work(None)
    assert len(rows) == run.count
    assert run.count % used == 0
    assert rows[0] == step + lead > max(rows[1:])
    assert all(count % blocks.STEP == 0 for count in rows[:-1])
    assert rows[-1] >= blocks.STEP
    assert run.results()[0].all()
    assert sum(rows) == size


def test_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONNXP_NUM_THREADS", "3")
    assert blocks.thread_count(None) == 3
    assert blocks.thread_count(2) == 2
    monkeypatch.setenv("ONNXP_NUM_THREADS", "many")
    with pytest.raises(ArgumentError, match="ONNXP_NUM_THREADS"):
        blocks.thread_count(None)
    monkeypatch.delenv("ONNXP_NUM_THREADS")
    assert blocks.thread_count(None) >= 1


def test_a_wrong_number_of_threads_is_said_by_calls(
    small_blocks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = xp.trace(ROWWISE["layers"], "float32[N, 8]")
    monkeypatch.setenv("ONNXP_NUM_THREADS", "0")
    with pytest.raises(ArgumentError, match="ONNXP_NUM_THREADS must be a whole number"):
        program(np.ones((ODD, 8), np.float32))


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True])
def test_what_is_no_number_of_threads(threads: Any) -> None:
    program = xp.trace(ROWWISE["layers"], "float32[N, 8]")
    with pytest.raises(ArgumentError, match="threads must be a whole number"):
        program(np.ones((2, 8), np.float32), threads=threads)


def test_one_thread_while_another_call_runs(
    small_blocks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []
    run = interrupt._run_blocks

    def counted(run_blocks: blocks.Blocks, threads: int, *args: Any, **options: Any) -> bool:
        used.append(threads)
        return run(run_blocks, threads, *args, **options)

    monkeypatch.setattr(interrupt, "_run_blocks", counted)
    program = xp.trace(ROWWISE["layers"], "float32[N, 8]")
    X = RANDOM.normal(size=(ODD, 8)).astype(np.float32)
    program(X, threads=4)
    monkeypatch.setattr(interrupt, "_in_flight", [None])
    program(X, threads=4)
    assert used == [4, 1]


def test_threads_end_with_the_run(small_blocks: list[int]) -> None:
    program = xp.trace(ROWWISE["layers"], "float32[N, 8]")
    X = RANDOM.normal(size=(ODD, 8)).astype(np.float32)
    for _ in range(5):
        program(X, threads=3)
    before = threading.active_count()
    for _ in range(20):
        program(X, threads=3)
    assert threading.active_count() <= before  # workers are used again


def test_few_threads_wait_for_work(small_blocks: list[int]) -> None:
    program = xp.trace(ROWWISE["layers"], "float32[N, 8]")
    X = RANDOM.normal(size=(64 * 400, 8)).astype(np.float32)
    program(X, threads=100)
    deadline = time.monotonic() + 10
    while _workers() > blocks.MOST_THREADS and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _workers() <= blocks.MOST_THREADS


def _workers() -> int:
    return sum(thread.name.startswith("onnxp-run") for thread in threading.enumerate())


def test_calls_of_several_threads_at_once(small_blocks: list[int]) -> None:
    program = xp.trace(ROWWISE["layers"], "float32[N, 8]")
    data = [RANDOM.normal(size=(ODD, 8)).astype(np.float32) for _ in range(4)]
    expected = [program.session().run(None, {"x": X})[0] for X in data]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(10):
            if not same_bits(program(data[i], threads=3), expected[i]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_runs_end_with_their_last_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four threads run blocks at once, and results are written slowly: none may be missing."""

    class Slow(np.ndarray):
        def __setitem__(self, key: Any, value: Any) -> None:
            time.sleep(0.0005)
            super().__setitem__(key, value)

    room = SimpleNamespace(empty=lambda shape, dtype: np.zeros(shape, dtype).view(Slow))
    monkeypatch.setattr(blocks, "np", room)
    X = RANDOM.normal(size=(64 * 12, 2))
    cut = blocks.Cut({"x": X}, {}, 0, len(X), 64)
    interrupt._options or interrupt._shortest_run(xp.trace(xp.exp, "float32[N]").session())
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(15):
            run = blocks.Blocks(cut, ["y"], lambda _, feeds, __: [feeds["x"] * number])
            interrupt._run_blocks(run, 3, None, None, takes_part=True)
            if not same_bits(run.results()[0].view(np.ndarray), X * number):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    idle = [*interrupt._idle]
    assert len(set(idle)) == len(
        idle
    )  # a worker that was given back twice would do two tasks in turn


def test_a_time_limit_ends_blocks(small_blocks: list[int]) -> None:
    def slow(x: Any) -> Any:
        return xp.fori_loop(0, 2000, lambda _, y: xp.tanh(y), x)

    program = xp.trace(slow, "float32[N, 8]")
    X = RANDOM.normal(size=(ODD * 20, 8)).astype(np.float32)
    start = time.monotonic()
    with pytest.raises(RunTimeoutError, match=r"more than 0\.1 s"):
        program(X, timeout=0.1, threads=2)
    assert time.monotonic() - start < 5
    small = xp.trace(lambda x: xp.tanh(x) + 1, "float32[N, 8]")
    assert same_bits(small(X, threads=2), small.session().run(None, {"x": X})[0])


def test_progress_is_told(small_blocks: list[int]) -> None:
    program = xp.trace(ROWWISE["layers"], "float32[N, 8]")
    X = RANDOM.normal(size=(ODD, 8)).astype(np.float32)
    told: list[tuple[int, int]] = []
    runner = program._runnable.start()
    runner.run(["output"], {"x": X}, progress=lambda done, size: told.append((done, size)))
    assert told[-1] == (ODD, ODD)
    assert program(X, progress=True).shape == (ODD, 8)


@pytest.mark.parametrize(
    ("name", "is_cut"), [("exp", True), ("log", True), ("sqrt", False), ("negative", False)]
)
def test_one_slow_kernel_is_cut(name: str, is_cut: bool, counts: list[int]) -> None:
    x = np.abs(RANDOM.normal(size=300_000))
    np.asarray(getattr(xp, name)(xp.asarray(x)))
    assert bool(counts) is is_cut
