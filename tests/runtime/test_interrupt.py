"""Ctrl-C and timeouts end runs, and nothing is broken after; what is short runs in place."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.program.program import Program
from onnxp._src.runtime import interrupt
from onnxp.errors import ArgumentError, RunTimeoutError

X = np.ones(3)


def endless(x):
    return xp.while_loop(lambda v: xp.max(v) >= 0, lambda v: v * 1, x)


def nested(x):
    return xp.cond(xp.max(x) > 0, lambda: xp.fori_loop(0, 2, lambda i, v: endless(v), x), lambda: x)


@pytest.fixture(scope="module", params=[endless, nested], ids=lambda f: f.__name__)
def program(request) -> Program:
    return xp.trace(request.param, "float64[N]")


def called_by_another() -> Program:
    inner = xp.trace(endless, "float64[N]")
    return xp.trace(lambda x: inner(x) + 1, "float64[N]")


def test_timeouts(program: Program):
    start = time.monotonic()
    with pytest.raises(RunTimeoutError, match=r"the run took more than 0\.2 s") as raised:
        program(X, timeout=0.2)
    assert time.monotonic() - start < 5
    assert isinstance(raised.value, TimeoutError)
    np.testing.assert_array_equal(program(-X, timeout=60), -X)  # the session is usable
    np.testing.assert_array_equal(program(-X), -X)


def test_timeouts_of_functions():
    program = called_by_another()
    with pytest.raises(RunTimeoutError):
        program(X, timeout=0.2)
    with pytest.raises(RunTimeoutError):
        pickle.loads(pickle.dumps(program))(X, timeout=0.2)


def test_timeouts_of_models_without_loops():
    program = xp.trace(lambda x: x + 1, "float64[N]")
    np.testing.assert_array_equal(program(X, timeout=60), X + 1)
    traced = xp.trace(lambda x: program(x, timeout=1), "float64[N]")
    np.testing.assert_array_equal(traced(X), X + 1)


@pytest.mark.parametrize("timeout", [0, -1, "1", True, float("nan"), [1]])
def test_what_is_no_timeout(timeout: object):
    program = xp.trace(lambda x: x + 1, "float64[N]")
    with pytest.raises(ArgumentError, match="timeout must be a number of seconds above 0"):
        program(X, timeout=timeout)
    with pytest.raises(ArgumentError, match="timeout must be a number of seconds above 0"):
        program.run([X], timeout=timeout)


def test_what_is_no_list_of_arrays():
    program = xp.trace(lambda x: x + 1, "float64[N]")
    for arrays in (3, None, [], [X, X]):
        with pytest.raises(ArgumentError, match="run takes a list of 1 arrays"):
            program.run(arrays)
    for threads in (0, "1", 1.5):
        with pytest.raises(ArgumentError, match="threads must be"):
            program.run([X], threads=threads)


def test_a_parameter_called_timeout():
    program = xp.trace(lambda timeout: timeout + 1, "float64[N]")
    np.testing.assert_array_equal(program(timeout=X), X + 1)


def test_errors_come_through():
    program = xp.trace(
        lambda x, i: xp.fori_loop(0, 2, lambda k, v: v[i] + k, x), "float64[3]", "int64[3]"
    )
    for timeout in (None, 60):
        with pytest.raises(xp.errors.EvaluationError):
            program(X, np.asarray([0, 7, 1]), timeout=timeout)


# Signals

SCRIPT = """
import os, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell ignores in its background
import numpy as np
import onnx, onnxruntime  # an interrupted import of a compiled module may not be repeated
import onnxp as xp

def endless(x):
    return xp.while_loop(lambda v: xp.max(v) >= 0, lambda v: v * 1, x)

def later():
    time.sleep(0.5)
    print("sent", time.monotonic(), flush=True)
    os.kill(os.getpid(), signal.SIGINT)

{setup}
threading.Thread(target=later, daemon=True).start()
try:
    {run}
except KeyboardInterrupt:
    print("ended", time.monotonic(), flush=True)
{after}
print("right", flush=True)
"""

PROGRAM = "program = xp.trace(endless, 'float64[N]'); x = np.ones(3)"
CASES = {
    "program": (PROGRAM, "program(x)", "assert (program(-x) == -x).all()"),
    "with a timeout": (PROGRAM, "program(x, timeout=99)", "assert (program(-x) == -x).all()"),
    "evaluation": (
        "x = xp.asarray(np.ones(3)); y = endless(x)",
        "np.asarray(y)",
        "assert float(xp.sum(x + 1)) == 6; assert (np.asarray(endless(-x)) == -np.ones(3)).all()",
    ),
    "blocks": (
        "f = lambda x: xp.fori_loop(0, 10**6, lambda _, v: xp.tanh(v) + 1e-9, x)\n"
        "program = xp.trace(f, 'float64[N, 4]'); assert program.rowwise; x = np.ones((400_000, 4))",
        "program(x, threads=2)",
        "assert xp.trace(lambda x: x + 1, 'float64[N, 4]')(x)[-1, 0] == 2",
    ),
    "jit": ("f = xp.jit(endless)", "f(np.ones(3))", "assert (f(-np.ones(3)) == -1).all()"),
    "loaded": (
        PROGRAM + "; program.save(sys.argv[1]); program = xp.load(sys.argv[1])",
        "program(x)",
        "assert (program(-x) == -x).all()",
    ),
    "many kernels": (
        "program = xp.trace(work, 'float32[N, N]')\n"
        "x = np.ones((600, 600), np.float32); program(x[:2, :2])",
        "program(x)",
        "program(x[:2, :2])",
    ),
}
WORK = """
def work(x):
    for i in range(2000):
        x = x @ (x * 0 + 1 / 600)
    return x
"""


def run(script: str, *arguments: object) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process")
@pytest.mark.parametrize("name", CASES)
def test_ctrl_c(name: str, tmp_path: Path):
    setup, call, after = CASES[name]
    words = run(WORK + SCRIPT.format(setup=setup, run=call, after=after), tmp_path / "model.onnx")
    sent, ended = float(words[1]), float(words[3])
    assert words[::2] == ["sent", "ended", "right"]
    assert ended - sent < 1


THREADS = """
import os, queue, signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
import numpy as np
import onnxp as xp

program = xp.trace(
    lambda x: xp.while_loop(lambda v: xp.max(v) >= 0, lambda v: v * 1, x), "float64[N]"
)
results = queue.Queue()

def use():
    try:
        program(np.ones(3), timeout=1.5)
    except xp.errors.RunTimeoutError:
        results.put(program(-np.ones(3)).sum())

for _ in range(3):
    threading.Thread(target=use).start()
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    results.get(timeout=60)
except KeyboardInterrupt:
    print("interrupted")
print(*[results.get(timeout=60) for _ in range(3)])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process")
def test_other_threads_go_on():
    """Only the main thread is interrupted; others end by their timeout."""
    assert run(THREADS) == ["interrupted", "-3.0", "-3.0", "-3.0"]


HANDLER = """
import os, signal, threading
import numpy as np
import onnxp as xp

seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append(1))
program = xp.trace(lambda x: xp.fori_loop(0, 3_000_000, lambda i, v: v + 1, x), "float64[N]")
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
print(program(np.zeros(1)), seen)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process")
def test_a_handler_that_does_not_raise_ends_nothing():
    assert run(HANDLER) == ["[3000000.]", "[1]"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_after_a_fork():
    program = xp.trace(lambda x: xp.fori_loop(0, 3, lambda i, v: v + 1, x), "float64[N]")
    program(X)  # a worker is idle now
    script = (
        "import os, numpy as np, onnxp as xp\n"
        "p = xp.trace(lambda x: xp.fori_loop(0, 3, lambda i, v: v + 1, x), 'float64[N]')\n"
        "p(np.ones(3))\n"
        "pid = os.fork()\n"
        "if not pid:\n"
        "    os._exit(int(p(np.ones(3)).sum()))\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    assert run(script) == ["12"]


# What runs where


def threads_of(program: Program, *arrays: np.ndarray) -> bool:
    """Whether a call is handed to a worker."""
    before = len(interrupt._idle)
    interrupt._idle.clear()
    program(*arrays)
    time.sleep(0.05)
    used = bool(interrupt._idle)
    assert before >= 0
    return used


@pytest.mark.parametrize(
    ("function", "spec", "shape", "in_worker"),
    [
        (lambda x: x + 1, "float64[N]", (3,), False),
        (lambda x: xp.sum(x * x), "float64[N]", (1000,), False),
        (lambda x: xp.fori_loop(0, 2, lambda i, v: v + 1, x), "float64[N]", (3,), True),
        (lambda x: xp.scan(lambda c, r: (c + r, c), x[0], x), "float64[N]", (3,), True),
        (lambda x: x * x + 1, "float64[N]", (5_000_000,), True),
    ],
    ids=["short", "sum", "loop", "scan", "large"],
)
def test_what_runs_in_a_worker(function, spec: str, shape: tuple[int, ...], in_worker: bool):
    program = xp.trace(function, spec)
    assert threads_of(program, np.zeros(shape)) == in_worker


def test_what_was_slow_runs_in_a_worker(monkeypatch):
    program = xp.trace(lambda x: x + 1, "float64[N]")
    assert not threads_of(program, X)
    monkeypatch.setattr(interrupt, "SLOW", 0.0)
    program(X)
    assert threads_of(program, X)
    monkeypatch.setattr(interrupt, "SLOW", 60.0)
    assert threads_of(program, X)
    assert not threads_of(program, X)  # it was quick again


def test_own_functions_with_loops_are_evaluated_in_place():
    interrupt._idle.clear()
    xp.sort(xp.asarray([2.0, float("nan"), 1.0])).__array__()
    time.sleep(0.05)
    assert not interrupt._idle


def test_workers_are_used_again():
    program = xp.trace(lambda x: xp.fori_loop(0, 3, lambda i, v: v + 1, x), "float64[N]")
    interrupt._idle.clear()
    for _ in range(50):
        program(X)
    time.sleep(0.05)
    assert len(interrupt._idle) <= 3


def test_arrays_do_not_outlive_their_run():
    import weakref

    program = xp.trace(lambda x: xp.fori_loop(0, 3, lambda i, v: v + 1, x), "float64[N]")
    x = np.ones(3)
    gone = weakref.ref(x)
    program(x)
    del x
    time.sleep(0.05)
    assert gone() is None


def test_many_threads_at_once():
    program = xp.trace(lambda x: xp.fori_loop(0, 100, lambda i, v: v + 1, x), "float64[N]")
    sums: list[float] = []

    def use(k: int) -> None:
        for _ in range(20):
            sums.append(float(program(np.full(1, float(k)))[0]) - k)

    threads = [threading.Thread(target=use, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == [100.0] * 160
    assert signal.getsignal(signal.SIGINT) is not None
