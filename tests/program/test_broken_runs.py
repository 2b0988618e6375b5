"""Runs over files that break off: full disks, Ctrl-C, workers that die, and files that end too early."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest

import onnxp as xp
from onnxp.errors import ArgumentError, SaveError

resource = pytest.importorskip("resource", reason="there are no limits of file sizes on Windows")
ROWS = 50_000
TABLE = pa.table({"a": np.arange(ROWS) / 7, "b": np.arange(ROWS) / 3})
EXPECTED = np.arange(ROWS) / 7 * 2 + np.arange(ROWS) / 3
SUFFIXES = [".csv", ".parquet", ".arrow", ".npy"]


@pytest.fixture(scope="module")
def scorer() -> xp.Scorer:
    return xp.trace(lambda a, b: {"score": a * 2 + b}, "float64[N]", "float64[N]").on()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.parquet"
    pyarrow.parquet.write_table(TABLE, path)
    return path


@pytest.fixture
def limit() -> Iterator[Any]:
    """Return a function that sets the largest size of files, which Python reports as an error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def scores(path: Path) -> np.ndarray:
    if path.suffix == ".npy":
        return np.load(path)[:, 0]
    readers = {
        ".csv": pyarrow.csv.read_csv,
        ".parquet": pyarrow.parquet.read_table,
        ".arrow": pyarrow.feather.read_table,
    }
    return readers[path.suffix](path)["score"].to_numpy()


@pytest.mark.parametrize("size", [1_000, 300_000], ids=["parts", "target"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk(suffix: str, size: int, source: Path, scorer: xp.Scorer, limit: Any) -> None:
    target = source.with_name(f"out{suffix}")
    limit(size)
    kept = "no batch is done" if size < 10_000 else "what is done is kept"
    with pytest.raises(SaveError, match=rf"cannot write out{suffix}: File too large; {kept}"):
        scorer.stream(source, target, batch=10_000, progress=False)
    limit(resource.RLIM_INFINITY)
    assert not target.exists()
    assert not list(source.parent.rglob("*unfinished*"))
    assert scorer.stream(source, target, batch=10_000, progress=False) == ROWS
    np.testing.assert_allclose(scores(target), EXPECTED, rtol=1e-15)
    assert sorted(path.name for path in source.parent.iterdir()) == ["in.parquet", target.name]


@pytest.mark.parametrize("external_data", [False, True])
def test_a_model_on_a_full_disk(external_data: bool, tmp_path: Path, limit: Any) -> None:
    W = np.ones((200, 200))
    program = xp.trace(lambda x: x @ W, "float64[N, 200]")
    limit(10_000)
    with pytest.raises(SaveError, match="File too large; nothing was written"):
        program.save(tmp_path / "m.onnx", external_data=external_data)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt: processes in the background of a shell ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_ctrl_c_ends_a_run_that_goes_on_later(source: Path, scorer: xp.Scorer) -> None:
    target = source.with_name("out.parquet")
    parts = source.with_name("out.parquet.parts")

    ended = threading.Event()

    def press() -> None:
        while len(list(parts.glob("part-*.arrow"))) < 3:
            if ended.wait(0.002):
                return
        os.kill(os.getpid(), signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            scorer.stream(source, target, batch=100, progress=False)
    finally:
        ended.set()
        presser.join()
    assert not target.exists()
    assert len(list(parts.glob("part-*.arrow"))) >= 3
    assert scorer.stream(source, target, batch=100, progress=False) == ROWS
    np.testing.assert_array_equal(scores(target), EXPECTED)
    assert not parts.exists()


def die(scorer: xp.Scorer) -> None:
    scorer(TABLE)
    os._exit(1)


def score(scorer: xp.Scorer) -> np.ndarray:
    return scorer(TABLE)["score"].to_numpy()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked")
def test_a_worker_that_dies(scorer: xp.Scorer) -> None:
    scorer(TABLE)
    for task in (die, score):
        with ProcessPoolExecutor(1, get_context("fork")) as pool:
            future = pool.submit(task, scorer)
            if task is die:
                with pytest.raises(BrokenProcessPool):
                    future.result(60)
            else:
                np.testing.assert_array_equal(future.result(60), EXPECTED)


@pytest.mark.parametrize("part", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_that_end_too_early(
    suffix: str, part: float, tmp_path: Path, scorer: xp.Scorer
) -> None:
    path = tmp_path / f"in{suffix}"
    writers = {
        ".csv": pyarrow.csv.write_csv,
        ".parquet": pyarrow.parquet.write_table,
        ".arrow": pyarrow.feather.write_feather,
        ".npy": lambda table, path: np.save(path, np.stack([c.to_numpy() for c in table], axis=1)),
    }
    writers[suffix](TABLE, path)
    content = path.read_bytes()
    content = content[: int(len(content) * part)]
    if suffix == ".csv" and part:
        content = content[: content.rindex(b",")]  # a row without its last column
    path.write_bytes(content)
    with pytest.raises(
        (ArgumentError, xp.errors.FeedError), match=f"in{suffix} (cannot be read|has no|is empty)"
    ):
        scorer.stream(path, tmp_path / "out.csv", progress=False)
    assert not (tmp_path / "out.csv").exists()
