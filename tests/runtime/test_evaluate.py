"""Evaluation: sessions are shared, memory is given back, and threads do not disturb each other."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import onnxp as xp
from onnxp._src import ops
from onnxp._src.array.base import of_planes
from onnxp._src.graph.values import Value
from onnxp._src.runtime import evaluate, session
from onnxp._src.runtime.interrupt import SessionRunner
from onnxp._src.runtime.session import session_count
from onnxp.errors import EvaluationError


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """Start without sessions, and give the others back at the end."""
    kept = dict(session._sessions)
    session._sessions.clear()
    yield
    session._sessions.update(kept)


def array(*shape: int, dtype: str = "float32", seed: int = 0) -> xp.Array:
    values = np.random.default_rng(seed).normal(size=shape) * 5
    return xp.asarray(values.astype(dtype))


def is_evaluated(x: xp.Array) -> bool:
    return all(plane.data is not None for plane in x._planes)


# Sessions are shared


def assigned(a: xp.Array) -> xp.Array:
    a = a + 0
    a[1:, 0] = 3
    return a


EXPRESSIONS: dict[str, Callable] = {
    "add": lambda a, b, v: a + b,
    "broadcast": lambda a, b, v: a[:, None, :] + b[None, :, :] * v,
    "matmul": lambda a, b, v: a @ b.mT,
    "matmul vector": lambda a, b, v: a @ v,
    "sum": lambda a, b, v: xp.sum(a),
    "sum axis": lambda a, b, v: xp.sum(a, axis=0),
    "mean": lambda a, b, v: xp.mean((a - b) ** 2),
    "max": lambda a, b, v: xp.max(a, axis=1),
    "slice": lambda a, b, v: a[1:, ::2],
    "difference": lambda a, b, v: a[1:] - a[:-1],
    "item": lambda a, b, v: a[1, -1],
    "where": lambda a, b, v: xp.where(a > b, a, v),
    "concat": lambda a, b, v: xp.concat([a, b], axis=1),
    "stack": lambda a, b, v: xp.stack([a, b]),
    "cast": lambda a, b, v: xp.astype(a, xp.int64),
    "reshape": lambda a, b, v: xp.reshape(a, (a.shape[1], a.shape[0])),
    "mask": lambda a, b, v: a[a > 0],
    "argmax": lambda a, b, v: xp.argmax(a, axis=1),
    "expand": lambda a, b, v: xp.broadcast_to(v, a.shape) * a.shape[0],
    "recipe": lambda a, b, v: a // b + a % b,
    "assign": lambda a, b, v: assigned(a),
    "complex": lambda a, b, v: xp.astype(a, xp.complex64) * (1 + 2j) + b,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_new_data_and_sizes_build_no_second_session(name: str):
    expression = EXPRESSIONS[name]
    for i, shape in enumerate([(3, 4), (3, 4), (5, 2), (2, 7), (30, 40)]):
        a, b, v = array(*shape, seed=i), array(*shape, seed=i + 9), array(shape[1], seed=i + 99)
        result = np.asarray(expression(a, b, v))
        if i == 0:
            count = session_count()
            assert count <= 2
        assert session_count() == count
        if name in ("add", "matmul", "slice", "difference", "item", "mask"):
            x, y, z = (np.asarray(operand) for operand in (a, b, v))
            np.testing.assert_allclose(result, expression(x, y, z), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_small_sizes_build_few_sessions(name: str):
    """Sizes 0 and 1 may need other nodes, so there may be more structures, but never one for each size."""
    for shape in [
        (1, 1),
        (1, 4),
        (4, 1),
        (2, 1),
        (1, 2),
        (2, 2),
        (7, 1),
        (1, 7),
        (9, 9),
        (12, 1),
        (1, 12),
    ]:
        np.asarray(EXPRESSIONS[name](array(*shape), array(*shape), array(shape[1]))) if shape[
            0
        ] > 1 else None
    assert session_count() <= 3


def test_python_numbers_are_data():
    for number in range(1, 10):
        assert float(xp.asarray(1.0) * number + 2 * number) == 3 * number
    assert session_count() == 1


def test_dtypes_and_ranks_have_sessions_of_their_own():
    for dtype in ("float32", "float64", "int64"):
        for shape in ((2,), (2, 2), (2, 2, 2)):
            for _ in range(2):
                np.asarray(array(*shape, dtype=dtype) + array(*shape, dtype=dtype))
    assert session_count() == 9


def test_structures_that_look_alike_are_told_apart():
    a, b = xp.asarray([1.0, 2.0]), xp.asarray([5.0, 7.0])
    cases: list[tuple[Callable, list]] = [
        (lambda: (a + b) * a, [6.0, 18.0]),
        (lambda: (a + b) * b, [30.0, 63.0]),
        (lambda: (a + b) * (a + b), [36.0, 81.0]),
        (lambda: (a + b) - a, [5.0, 7.0]),
        (lambda: a - (a + b), [-5.0, -7.0]),
        (lambda: xp.concat([a, b]), [1.0, 2.0, 5.0, 7.0]),
        (lambda: xp.concat([b, a]), [5.0, 7.0, 1.0, 2.0]),
        (lambda: xp.concat([a, b, a]), [1.0, 2.0, 5.0, 7.0, 1.0, 2.0]),
        (lambda: xp.concat([a, xp.concat([b, a])]), [1.0, 2.0, 5.0, 7.0, 1.0, 2.0]),
        (lambda: xp.stack([a, b], axis=0)[1], [5.0, 7.0]),
        (lambda: xp.stack([a, b], axis=1)[1], [2.0, 7.0]),
        (lambda: a * -0.0, [-0.0, -0.0]),
        (lambda: a * 0.0, [0.0, 0.0]),
    ]
    for _ in range(2):
        for expression, expected in cases:
            found = np.asarray(expression()).tolist()
            assert str(found) == str(expected)


def test_one_run_gives_both_planes(monkeypatch: pytest.MonkeyPatch):
    z = xp.astype(array(3), xp.complex64) * (1 + 1j)
    runs = count_runs(monkeypatch)
    np.asarray(z)
    assert runs == [1]
    assert session_count() == 1


def count_runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that holds how many sessions have run."""
    runs = [0]
    run = SessionRunner.run

    def counting(runner, *arguments):
        runs[0] += 1
        return run(runner, *arguments)

    monkeypatch.setattr(SessionRunner, "run", counting)
    return runs


def no_plan(targets):
    raise AssertionError("a plan was made")


A, B = np.asarray([[1.5, -2.0], [0.25, 3.0]]), np.asarray([[2.0, 5.0], [-1.0, 8.0]])
ONE_NODE = {
    "one input": (lambda a, b: xp.exp(a), np.exp(A)),
    "two inputs": (lambda a, b: a - b, A - B),
    "two inputs, turned": (lambda a, b: b - a, B - A),
    "one input twice": (lambda a, b: a * a, A * A),
    "an input and a constant": (lambda a, b: xp.max(a, axis=0), A.max(0)),
    "a number": (lambda a, b: a / 3.0, A / 3.0),
    "a shape that depends on data": (lambda a, b: xp.nonzero(a > 0)[1], np.nonzero(A > 0)[1]),
    "another dtype": (lambda a, b: a > b, A > B),
    "matrices": (lambda a, b: a @ b, A @ B),
    "a slice": (lambda a, b: a[1:, ...], A[1:]),
    "three inputs, two of them the same": (lambda a, b: xp.where(a > 0, b, b), B),
}


@pytest.mark.parametrize("name", ONE_NODE)
def test_a_node_whose_session_is_cached_needs_no_plan(name: str, monkeypatch: pytest.MonkeyPatch):
    compute, expected = ONE_NODE[name]
    first = compute(xp.asarray(A), xp.asarray(B))
    assert np.array_equal(np.asarray(first), expected)
    again = compute(xp.asarray(A), xp.asarray(B))
    node = again._planes[0].node
    inputs = [] if node is None else [x for x in node.inputs if x is not None]
    if all(x.data is not None for x in inputs):
        monkeypatch.setattr(evaluate, "Plan", no_plan)
    result = np.asarray(again)
    assert result.dtype == expected.dtype
    assert np.array_equal(result, expected)
    assert again.shape == expected.shape


def test_several_nodes_need_a_plan(monkeypatch: pytest.MonkeyPatch):
    float(xp.asarray(1.0) + 1)
    monkeypatch.setattr(evaluate, "Plan", no_plan)
    assert float(xp.asarray(2.0) + 1) == 3.0
    with pytest.raises(AssertionError, match="a plan was made"):
        float(xp.asarray(2.0) + 1 + 1)


def test_a_node_that_fails_says_where():
    def gather(*numbers: int) -> xp.Array:
        table, index = xp.asarray([1.0, 2.0]), xp.asarray(numbers)
        return of_planes(ops.gather(table._planes[0], index._planes[0], 0))  # unchecked

    assert np.asarray(gather(1, 0)).tolist() == [2.0, 1.0]
    with pytest.raises(EvaluationError, match=r"test_evaluate\.py:\d+"):
        np.asarray(gather(5, 0))


def test_data_that_a_thread_gives_while_another_writes_the_model(monkeypatch):
    """The model of a structure must not contain it: the next arrays have other data."""

    def formula(x):
        first = xp.reciprocal(x)
        return first, xp.atan(first)

    def given(plan):
        monkeypatch.setattr(evaluate, "_write", write)
        np.asarray(
            first
        )  # as another thread may do: its session is cached, so that it takes no lock
        assert first._planes[0].data is not None
        return write(plan)

    write = evaluate._write
    data = [np.full((1, 1, 1, 1, 1, n), n, np.float32) for n in (2, 3, 4)]
    np.asarray(formula(xp.asarray(data[0]))[0])
    monkeypatch.setattr(evaluate, "_write", given)
    first, second = formula(xp.asarray(data[1]))
    np.testing.assert_allclose(np.asarray(second), np.arctan(1 / data[1]), rtol=1e-6)
    first, second = formula(xp.asarray(data[2]))
    np.testing.assert_allclose(np.asarray(second), np.arctan(1 / data[2]), rtol=1e-6)


def test_one_node_in_many_threads():
    a = xp.asarray(A)
    float(xp.sum(a + a))
    wrong = []

    def work(number):
        b = xp.asarray(A * number)
        for _ in range(200):
            c = a + b
            if not np.array_equal(np.asarray(c), A + A * number):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "MAX_SESSIONS", 4)
    x = xp.asarray(1.0)
    often = lambda: float(x + 2.0)  # noqa: E731
    for length in range(1, 12):
        y = x
        for _ in range(length):
            y = y * 2.0
        assert float(y) == 2.0**length
        assert often() == 3.0
        assert session_count() <= 4
    before = session._sessions.copy()
    often()
    assert session._sessions == before  # what is used stays


def test_dropped_sessions_are_freed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "MAX_SESSIONS", 1)
    float(xp.asarray(1.0) + 1)
    (entry,) = session._sessions.values()
    reference = weakref.ref(entry.runner.session)
    del entry
    float(xp.asarray(1.0) * 3 - 1)
    gc.collect()
    assert reference() is None


def test_session_options():
    float(xp.asarray(1.0) + 1)
    (entry,) = session._sessions.values()
    options = entry.runner.session.get_session_options()
    assert options.intra_op_num_threads == options.inter_op_num_threads == 1
    assert entry.runner.session.get_providers() == ["CPUExecutionProvider"]


THREADS = """
import os, threading
import numpy as np, onnxp as xp
def threads():
    folder = "/proc/self/task"
    return len(os.listdir(folder)) if os.path.isdir(folder) else threading.active_count()
float(xp.asarray(1.0) + 1)
before = threads()
x = xp.asarray(np.ones((50, 50)))
for length in range(1, 40):
    y = x
    for _ in range(length):
        y = y @ x / 50
    np.asarray(y)
xp.trace(lambda x: x @ x, "float64[N, N]")(np.ones((50, 50)))
from onnxp._src.runtime import session
print(session.session_count(), threads() - before)
"""


def test_sessions_start_no_threads():
    done = subprocess.run(
        [sys.executable, "-c", THREADS], capture_output=True, text=True, check=False
    )
    assert done.stdout == "40 0\n", done.stderr


# Memory


def test_a_long_loop_without_a_look():
    x = xp.asarray(np.zeros(10))
    blocks = []
    for i in range(100_000):
        x = x + 1
        if i % 10_000 == 5_000:
            blocks.append(sys.getallocatedblocks())
    assert max(blocks[1:]) < blocks[0] + 20 * evaluate.MAX_DEPTH  # that of one chain, not of all
    assert np.asarray(x).tolist() == [100_000.0] * 10


@pytest.mark.parametrize(
    "step",
    [
        lambda x: x + 1,
        lambda x: xp.concat([x[1:], x[:1]]),
        lambda x: xp.where(x > 0, x, -x),
        lambda x: (x + x) / 2,
        lambda x: xp.real(x * (1 + 0j)),
    ],
)
def test_loops_are_evaluated_at_a_limit(step: Callable):
    x = xp.asarray(np.ones(3))
    for _ in range(2000):
        x = step(x)
        assert all(plane.depth <= evaluate.MAX_DEPTH + 20 for plane in x._planes)


def test_in_place_loops_too():
    x = xp.asarray(np.zeros(3))
    for _ in range(3000):
        x += 1
        x[0] = 0.0
    assert np.asarray(x).tolist() == [0.0, 3000.0, 3000.0]


def test_a_deep_graph_does_not_overflow_the_stack():
    """Recorded, built, run and freed without recursion, though no limit cuts it while it is traced."""
    depth = 5_000

    def function(x):
        for _ in range(depth):
            x = x + 1
        return x

    program = xp.trace(function, "float32[N]")
    assert program(np.zeros(2, np.float32)).tolist() == [depth, depth]
    x = xp.argument(("N",), xp.float32)
    for _ in range(100_000):
        x = -x
    del x


def test_history_is_dropped():
    x = array(4)
    y = x * 2
    node = y._planes[0].node
    middle = weakref.ref((y + 1)._planes[0])
    assert middle() is None  # nobody kept it
    z = y + 1
    hidden = weakref.ref(z._planes[0])
    z = z * 3
    assert hidden() is not None
    np.asarray(z)
    assert hidden() is None  # an intermediate result without a name
    assert z._planes[0].node is None
    assert node is not None


def test_results_with_a_name_are_kept(monkeypatch: pytest.MonkeyPatch):
    x = array(4)
    y = x * 2
    z = y + 1
    w = z * z
    np.asarray(w)
    assert is_evaluated(y)
    assert is_evaluated(z)
    runs = count_runs(monkeypatch)
    np.testing.assert_array_equal(np.asarray(z), np.asarray(x) * 2 + 1)
    np.testing.assert_array_equal(np.asarray(y), np.asarray(x) * 2)
    assert runs == [0]


def test_what_waits_elsewhere_is_not_computed_twice(monkeypatch: pytest.MonkeyPatch):
    x = array(4)
    shared = x * 2
    left, right = shared + 1, shared - 1
    value = weakref.ref(shared._planes[0])
    del shared
    np.asarray(left)
    assert value() is not None  # `right` waits for it
    assert value().data is not None
    np.testing.assert_array_equal(np.asarray(right), np.asarray(x) * 2 - 1)
    assert value() is None


def test_large_intermediates_are_released():
    """A chain over 8 MB keeps one result and not eight: what the process holds at the end is bounded."""
    x = xp.asarray(np.ones(1_000_000))
    y = x
    for _ in range(8):
        y = y + 1
    np.asarray(y)
    alive = [v for v in gc.get_objects() if isinstance(v, Value) and v.data is not None]
    assert sum(v.data.nbytes for v in alive if v.data.nbytes >= 8_000_000) <= 16_000_000


def test_selections_do_not_need_the_garbage_collector():
    """Sizes refer to the arrays that they are sizes of, which refer to them."""
    x = array(1000)
    np.asarray(x[x > 0] * 2)
    gc.collect()
    gc.disable()
    try:
        selected = x[x > 0]
        result = selected * 2 + selected
        values = [weakref.ref(selected._planes[0]), weakref.ref(result._planes[0])]
        np.asarray(result)
        del selected, result
        assert [value() for value in values] == [None, None]
    finally:
        gc.enable()


def test_data_are_not_copied():
    values = np.arange(10_000.0)
    x = xp.asarray(values, copy=False)
    assert np.shares_memory(np.asarray(x), values)
    y = x + 1
    assert np.shares_memory(np.asarray(y), np.asarray(y))
    z = y[:5]
    np.asarray(z)
    assert np.shares_memory(np.asarray(y), y._planes[0].data)


def test_results_can_not_be_written_to():
    x = xp.asarray(np.zeros(3)) + 1
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(x)[0] = 5
    values = np.zeros(3)
    y = xp.asarray(values)
    values[0] = 5
    assert np.asarray(y).tolist() == [0, 0, 0]


# Failures


def test_a_failure_names_the_line_and_leaves_all_as_it_was():
    x = xp.asarray(np.arange(4.0))
    good = x * 2
    later = xp.take(good, xp.asarray([3]) + 4) + 1
    for _ in range(2):
        with pytest.raises(
            EvaluationError, match=r"^Gather.* failed .*test_evaluate\.py:\d+, in .*Out of range"
        ):
            np.asarray(later)
    assert np.asarray(good).tolist() == [0, 2, 4, 6]
    assert float(xp.sum(x)) == 6


def test_too_large_a_result_is_an_error_and_not_the_end():
    column, row = xp.asarray(np.ones((10**6, 1))), xp.asarray(np.ones((1, 10**7)))
    with pytest.raises(EvaluationError, match=r"^Mul failed .*allocate memory"):
        np.asarray(column * row)
    program = xp.trace(lambda x, y: x * y, "float64[N, 1]", "float64[1, M]")
    with pytest.raises(EvaluationError, match=r"^Mul failed in program .*allocate memory"):
        program(np.ones((10**6, 1)), np.ones((1, 10**7)))
    assert np.asarray(column + 1)[0, 0] == 2


# Threads


def in_threads(work: Callable[[int], object], count: int = 8) -> list[object]:
    """Run in several threads that start together and switch often."""
    results: list[object] = [None] * count
    barrier = threading.Barrier(count)
    interval = sys.getswitchinterval()

    def run(i: int) -> None:
        barrier.wait()
        try:
            results[i] = work(i)
        except Exception as error:
            results[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    return results


def chain(x: xp.Array) -> list[xp.Array]:
    steps = []
    for _ in range(30):
        x = x * 2 - x / 3
        steps.append(x)
    return steps


def test_threads_evaluate_the_same_expression():
    def work(i: int) -> list:
        results = []
        for k in range(20):
            x = xp.asarray(np.arange(4.0) + k)
            results.append((np.asarray(chain(x)[-1]) + float(xp.sum(x))).tolist())
        return results

    results = in_threads(work)
    assert all(result == results[0] for result in results), results
    assert session_count() == 2


def test_threads_look_at_one_graph():
    """Whatever another thread is doing with it, a graph is one structure, so there is one session."""
    x = xp.asarray(np.arange(4.0))
    expected = np.asarray(chain(x)[-1]).tobytes()
    for kept in range(1, 6):
        steps = chain(x)
        named, last = steps[:: kept * 2], steps[-1]
        del steps
        before = session_count()
        results = in_threads(lambda i, last=last: np.asarray(last).tobytes())
        assert results == [expected] * 8
        assert session_count() <= before + 1
        assert all(is_evaluated(step) for step in named)


def test_threads_look_at_parts_of_one_graph():
    steps = chain(xp.asarray(np.arange(4.0)))
    expected = [np.asarray(step).tobytes() for step in chain(xp.asarray(np.arange(4.0)))]
    results = in_threads(lambda i: [np.asarray(step).tobytes() for step in steps[i::8]])
    for i, result in enumerate(results):
        assert result == expected[i::8]


def test_threads_and_a_tiny_cache(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "MAX_SESSIONS", 2)

    def work(i: int) -> list[float]:
        results = []
        for k in range(30):
            x = xp.asarray(1.0)
            for _ in range((i + k) % 5 + 1):
                x = x + 1
            results.append(float(x) - (i + k) % 5)
        return results

    assert in_threads(work) == [[2.0] * 30] * 8
    assert session_count() <= 2


def test_threads_record_while_others_evaluate():
    shared = xp.asarray(np.arange(3.0)) + 1

    def work(i: int) -> object:
        if i % 2:
            return np.asarray(shared * i).tolist() == [i, 2 * i, 3 * i]
        program = xp.trace(lambda x: x + shared, "float64[3]")
        return program(np.ones(3)).tolist() == [2, 3, 4]

    assert in_threads(work) == [True] * 8


def test_a_child_process_can_evaluate():
    if not hasattr(os, "fork"):
        return
    assert float(xp.asarray(1.0) + 1) == 2
    child = os.fork()
    if child == 0:
        os._exit(
            0 if float(xp.asarray(1.0) + 1) == 2 and float(xp.asarray(2.0) * 3 - 1) == 5 else 1
        )
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("shape", [(3, 0, 2), (2, 3, 4), (40, 50, 60)])
@pytest.mark.parametrize("permutation", [(2, 1, 0), (0, 2, 1), (1, 2, 0)])
def test_numpy_transposes_what_is_known(
    shape: tuple[int, ...], permutation: tuple[int, ...]
) -> None:
    data = np.random.default_rng(0).normal(size=shape)
    data[data > 1] = -0.0
    data[data < -1] = np.nan
    result = np.asarray(xp.permute_dims(xp.asarray(data), permutation))
    assert result.tobytes() == data.transpose(permutation).tobytes()
    assert result.flags.c_contiguous
    assert session_count() == 0


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "uint64", "bool"])
@pytest.mark.parametrize("other", ["array", "number"])
def test_numpy_chooses_from_what_is_known(dtype: str, other: str) -> None:
    random = np.random.default_rng(0)
    a, b = (random.normal(size=20_000) * 3 for _ in range(2))
    a, b = np.round(a, 1).astype(dtype), np.round(b, 1).astype(dtype)
    b = b[:1].reshape(()) if other == "number" else b
    x, y = xp.asarray(a), xp.asarray(b)
    result = np.asarray(xp.where(xp.asarray(a) > xp.asarray(a[:1]), x, y))
    assert result.dtype == a.dtype
    np.testing.assert_array_equal(result, np.where(a > a[0], a, b))
    if dtype.startswith("float"):
        np.testing.assert_array_equal(np.signbit(result), np.signbit(np.where(a > a[0], a, b)))
        assert not any("Where" in key for key in session._sessions)


@pytest.mark.parametrize("dtype", ["float16", "float64", "int8", "uint64", "bool", "str"])
def test_numpy_takes_elements_of_what_is_known(dtype: str) -> None:
    random = np.random.default_rng(0)
    data = np.round(random.normal(size=300) * 3, 1)
    data[:3] = np.nan if dtype.startswith("float") else 0, -0.0, 0.0
    data = data.astype(dtype)
    for indices in (random.integers(-300, 300, 20_000), random.integers(0, 300, 20_000, np.int32)):
        result = np.asarray(xp.take(xp.asarray(data), xp.asarray(indices), axis=0))
        expected = data[indices]
        if dtype == "str":
            assert result.tolist() == expected.tolist()
        else:
            assert result.dtype == expected.dtype
            assert result.tobytes() == expected.tobytes()
    assert not any("GatherElements" in key for key in session._sessions)


@pytest.mark.parametrize("index", [300, -301])
@pytest.mark.parametrize("count", [3, 20_000])
def test_an_index_that_is_out_of_range_fails_however_many_there_are(index: int, count: int) -> None:
    indices = np.zeros(count, np.int64)
    indices[-1] = index
    computed = xp.asarray(indices) + 0
    result = xp.take(array(300), computed, axis=0)
    np.asarray(computed)
    with pytest.raises(EvaluationError, match="GatherElements failed"):
        np.asarray(result)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64"])
@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_numpy_finds_extremes_of_what_is_known(
    name: str, dtype: str, axis: int | None, keepdims: bool
) -> None:
    x = (np.random.default_rng(0).normal(size=(130, 110)) * 100).astype(dtype)
    special = x.copy()
    if dtype.startswith("float"):
        special[3, 4], special[5] = np.nan, np.inf
        special[:, 2] = -0.0
        special[7, 2] = 0.0
    program = xp.trace(
        lambda x: getattr(xp, name)(x, axis=axis, keepdims=keepdims), f"{dtype}[130, 110]"
    )
    for data in (x, special, x * 0):
        expected = getattr(np, name)(data, axis=axis, keepdims=keepdims)
        result = np.asarray(getattr(xp, name)(xp.asarray(data), axis=axis, keepdims=keepdims))
        np.testing.assert_array_equal(result, expected, strict=True)
        assert np.asarray(program(data)).tobytes() == result.tobytes()


def test_extremes_of_what_is_known_need_no_session() -> None:
    x = xp.asarray(np.random.default_rng(0).normal(size=20_000))
    assert np.asarray(xp.max(x)) == np.asarray(x).max()
    assert np.asarray(xp.argmin(x)) == np.asarray(x).argmin()
    assert session_count() == 0


def test_choices_from_what_is_computed_are_part_of_it() -> None:
    x = array(200, 100)
    np.asarray(xp.where(x > 0, x + 1, x * 2))
    assert [("Where" in key, "Add" in key) for key in session._sessions] == [(True, True)]


def test_numpy_transposes_many_elements_of_what_is_evaluated_first() -> None:
    x = array(100, 300)
    assert np.asarray((x + 1).T).tobytes() == (np.asarray(x) + 1).T.tobytes()
    (key,) = session._sessions
    assert "Add" in key
    assert "Transpose" not in key
    few = array(3, 4)
    assert np.asarray((few * 2).T).shape == (4, 3)
    assert "Transpose" in list(session._sessions)[-1]
