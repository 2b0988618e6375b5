"""Standard input and output in place of files."""

from __future__ import annotations

import errno
import gzip
import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import onnxp as xp
from onnxp._src.cli.app import FAILED, PIPE_CLOSED, run
from onnxp._src.program import streams

FRAME = pd.DataFrame({"b": [0.5, 1.5, -2.0, 3.0], "a": [1.0, 2.0, 3.0, 4.0], "id": [7, 8, 9, 10]})
SCORED = pd.DataFrame({"id": [7, 8, 9, 10], "score": [2.5, 5.5, 4.0, 11.0]})


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "model.onnx"
    xp.trace(lambda a, b: {"score": a * 2 + b}, "float64[N]", "float64[N]").save(path)
    return str(path)


def _given(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))


def _content(kind: str) -> bytes:
    file = io.BytesIO()
    match kind:
        case "csv":
            FRAME.to_csv(file, index=False)
        case "gzip":
            return gzip.compress(_content("csv"))
        case "parquet":
            FRAME.to_parquet(file)
        case "arrow":
            FRAME.to_feather(file, compression="uncompressed")
    return file.getvalue()


@pytest.mark.parametrize("kind", ["csv", "gzip", "parquet", "arrow"])
def test_a_pipe_gives_what_a_file_gives(
    kind: str,
    model: str,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
):
    _given(_content(kind), monkeypatch)
    assert run(["run", model, "-", "-o", "-", "--keep", "id", "--batch", "3"]) == 0
    said = capfdbinary.readouterr()
    assert said.err == b""
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(said.out)), SCORED, check_dtype=False)


def test_arrays(model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    xp.trace(lambda x: x * 2, "float64[N, 2]").save(model)
    file = io.BytesIO()
    np.save(file, np.arange(4.0).reshape(2, 2))
    _given(file.getvalue(), monkeypatch)
    assert run(["run", model, "-", "-o", str(tmp_path / "out.npy"), "--columns", "a,b"]) == 0
    assert np.load(tmp_path / "out.npy").tolist() == [[0.0, 2.0], [4.0, 6.0]]


def test_no_rows(
    model: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
):
    _given(b"a,b\n", monkeypatch)
    assert run(["run", model, "-", "-o", "-"]) == 0
    assert capfdbinary.readouterr().out == b"score\n"
    _given(b"", monkeypatch)
    assert run(["run", model, "-", "-o", "-"]) == FAILED
    assert b"stdin.csv is empty" in capfdbinary.readouterr().err


@pytest.mark.parametrize("output", ["-", "out.csv"])
def test_a_broken_row_is_named(
    output: str,
    model: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
):
    monkeypatch.chdir(tmp_path)
    _given(b"a,b\n1,2\nx,3\n", monkeypatch)
    assert run(["run", model, "-", "-o", output]) == FAILED
    assert "invalid value 'x' in line 3" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["model.onnx"]


def test_no_parts_are_kept_of_what_cannot_be_read_again(
    model: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
):
    monkeypatch.chdir(tmp_path)
    rows = FRAME.to_csv(index=False).encode()

    def interrupted(*_: object) -> None:
        assert list(Path("out.csv.parts").glob("part-*"))
        raise KeyboardInterrupt

    monkeypatch.setitem(streams.WRITERS, ".csv", interrupted)
    (tmp_path / "rows.csv").write_bytes(rows)
    assert run(["run", model, "rows.csv", "-o", "out.csv"]) == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert Path("out.csv.parts").exists()
    _given(rows, monkeypatch)
    assert run(["run", model, "-", "-o", "out.csv"]) == 130
    assert "the same command goes on" not in capsys.readouterr().err
    assert not Path("out.csv.parts").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no files that are pipes")
def test_a_pipe_in_the_file_system(model: str, tmp_path: Path):
    pipe, rows = tmp_path / "rows", _content("gzip")
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_bytes, args=(rows,), daemon=True).start()
    assert run(["run", model, str(pipe), "-o", str(tmp_path / "out.csv"), "--keep", "id"]) == 0
    scored = pd.read_csv(tmp_path / "out.csv")
    pd.testing.assert_frame_equal(scored, SCORED, check_dtype=False)
    named = pipe.rename(tmp_path / "rows.csv")
    with pytest.raises(xp.errors.ArgumentError, match="is a pipe or a device"):
        xp.load(model).on().stream(named, tmp_path / "again.csv")


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="Windows has no closed pipes")
def test_who_reads_may_stop(model: str, tmp_path: Path):
    rows = pd.DataFrame({"a": np.arange(200_000.0), "b": 0.0})
    rows.to_csv(tmp_path / "rows.csv", index=False)
    command = [sys.executable, "-m", "onnxp", "run", model, str(tmp_path / "rows.csv"), "-o", "-"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"score\n"
    process.stdout.close()
    assert (process.stderr.read(), process.wait()) == (b"", PIPE_CLOSED)
    process.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no full device")
@pytest.mark.parametrize("rows", [2, 100_000])
def test_standard_output_that_is_full(rows: int, model: str, tmp_path: Path):
    frame = pd.DataFrame({"a": np.arange(float(rows)), "b": 0.0})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    for arguments in (["run", model, str(tmp_path / "rows.csv"), "-o", "-"], ["show", model]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "onnxp", *arguments], stdout=full, stderr=subprocess.PIPE
            )
        assert done.returncode == FAILED
        what = b"the scores" if arguments[0] == "run" else b"what is printed"
        said = (
            b"onnxp: cannot write " + what + b" to standard output: No space left on device; what"
        )
        assert done.stderr.startswith(said)
        assert done.stderr.count(b"\n") == 1


def test_no_room_for_standard_input(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError(errno.ENOSPC, "as if the copy was full")

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Endless()))
    assert run(["run", model, "-", "-o", "-"]) == FAILED
    assert "onnxp: cannot copy standard input to " in (said := capsys.readouterr().err)
    assert "TMPDIR" in said


def _pressed(model: str, output: str, folder: Path, *, closed: bool) -> tuple[int, bytes, bytes]:
    """Return how a run of rows on standard input ends on Ctrl-C, which comes when it reads or writes."""
    command = [sys.executable, "-m", "onnxp", "run", model, "-", "-o", output, "--batch", "50"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"a,b\n" + b"1,2\n" * 200_000)
    process.stdin.flush()
    if closed:
        process.stdin.close()
        process.stdin = None
    first = process.stdout.read(10) if output == "-" and closed else b""
    while not closed and not [*folder.glob("tmp*/stdin")]:
        time.sleep(0.01)
    while output != "-" and not [*folder.glob("*.parts/part-*")]:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, first + out, err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C in another way")
def test_ctrl_c_between_pipes(model: str, tmp_path: Path):
    folder = tmp_path / "run"
    folder.mkdir()
    assert _pressed(model, "-", folder, closed=False) == (130, b"", b"onnxp: interrupted\n")
    code, out, err = _pressed(model, "-", folder, closed=True)
    assert (code, err) == (130, b"onnxp: interrupted\n")
    assert out.startswith(b"score\n4\n4\n")
    assert _pressed(model, "out.csv", folder, closed=True) == (130, b"", b"onnxp: interrupted\n")
    assert {path.name for path in folder.iterdir()} <= {".ses"}  # of onnxruntime
