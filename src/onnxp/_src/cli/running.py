"""What `run`, `compare` and `bench` do: models on data, beside other models, runtimes and the clock."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import numpy as np

from onnxp._src.cli import samples
from onnxp._src.cli.arrays import ARRAYS, ordered_inputs, run_arrays
from onnxp._src.cli.output import write
from onnxp._src.cli.timing import most_memory, time_calls
from onnxp._src.program.check import Comparison
from onnxp._src.program.check import compare as compare_results
from onnxp._src.program.csv_files import CsvFormat
from onnxp._src.program.load import load
from onnxp._src.program.program import Program
from onnxp._src.program.signature import FEATURE_NAMES
from onnxp._src.program.table_files import ARROW, READERS, no_rows, suffix_of
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentError, EvaluationError, MissingPackageError, SaveError

RUNTIMES = {"ort": "onnxruntime", "reference": "onnx.reference", "openvino": "openvino"}
"""The runtimes that `compare` knows, and the packages that they need."""
_COMMAS = CsvFormat()
_ROWS = 65_536
"""How many rows of a file are read at a time."""


def stream(
    program: Program,
    data: Path,
    output: Path,
    columns: Sequence[str],
    keep: Sequence[str],
    batch: int,
    progress: bool,
    csv: CsvFormat,
) -> str:
    """Score a file and return how much that is: rows, or arrays of a ``.npz`` file.

    `STANDARD` is standard input and output.
    """
    if suffix_of(data) == ARRAYS:
        if columns or keep:
            raise ArgumentError(f"{data} has arrays, not columns: leave out --columns and --keep")
        count = run_arrays(program, inputs_of(program, data, 0, (), csv), output)
        return f"{count} array{'s' * (count != 1)}"
    with _spooled(data) as source:
        scorer = program.on(columns or _numbered(program, source), keep=keep)
        target = write if output == STANDARD else output
        rows = scorer._stream(source, target, batch, progress, csv, once=source != data)
        return f"{rows} rows"


@contextmanager
def _spooled(data: Path) -> Iterator[Path]:
    """Yield a file of rows; standard input and pipes become one, since files are read more than once."""
    if data != STANDARD and not data.is_fifo():
        yield data
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "stdin")
        with (
            open(path, "wb") as file,
            nullcontext(sys.stdin.buffer) if data == STANDARD else open(data, "rb") as content,
        ):
            _copy(content, file, "standard input" if data == STANDARD else str(data))
        with open(path, "rb") as file:
            head = file.read(8)
        suffix = next((s for mark, s in _MARKS.items() if head.startswith(mark)), ".csv")
        yield path.rename(path.with_suffix(suffix))


def _copy(content: IO[bytes], file: IO[bytes], name: str) -> None:
    try:
        shutil.copyfileobj(content, file)
        file.flush()
    except OSError as error:
        if error.errno is None or error.errno not in _FULL:
            raise
        raise SaveError(
            error.errno,
            f"cannot copy {name} to {tempfile.gettempdir()}: {os.strerror(error.errno)}; set the environment "
            "variable TMPDIR to a folder with more room, or name a file in place of a pipe",
        ) from None


_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
"""What the system says where there is no room."""
STANDARD = Path("-")
"""What a command has in place of a file for standard input and output."""
_MARKS = {
    b"PAR1": ".parquet",
    ARROW: ".arrow",
    b"\xff\xff\xff\xff": ".arrows",
    b"\x93NUMPY": ".npy",
    b"\x1f\x8b": ".csv.gz",
    b"\x28\xb5\x2f\xfd": ".csv.zst",
}
"""The first bytes of files that are not text."""


def _numbered(program: Program, data: Path) -> list[str] | None:
    """Return names for the columns of a file of an array, if the model takes one and has none."""
    if data.suffix != ".npy" or len(program.inputs) != 1:
        return None
    (leaf,) = program.inputs
    if leaf.shape is None or not leaf.is_matrix or FEATURE_NAMES in program.metadata:
        return None
    width = leaf.shape[1]
    return [str(i) for i in range(width)] if isinstance(width, int) else None


def inputs_of(
    program: Program,
    data: Path | None,
    rows: int,
    columns: Sequence[str],
    csv: CsvFormat,
) -> dict[str, Any]:
    """Return the arrays of a file, or some that are drawn at random.

    Raises
    ------
    ArgumentError
        If the file is not one of arrays, and cannot be read as one of rows.
    """
    if data is None:
        return dict(samples.inputs(program, rows))
    if suffix_of(data) in READERS:
        return _inputs_of_rows(program, data, columns, csv)
    try:
        with np.load(data, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (ValueError, AttributeError, TypeError) as error:
        raise ArgumentError(
            f"{data} must be a .npz file, as np.savez writes it, with an array of numbers or text for each "
            f"input, or a file of rows ({', '.join(READERS)}): {error}"
        ) from None


@contextmanager
def advice_for_drawn(data: Path | None) -> Iterator[None]:
    """Say of a run that fails that its data were drawn at random, unless they were given."""
    try:
        yield
    except EvaluationError as error:
        if data is None:
            error.add_note("The data were drawn at random; give real ones, as with --data rows.csv")
        raise


def _inputs_of_rows(
    program: Program, data: Path, columns: Sequence[str], csv: CsvFormat
) -> dict[str, Any]:
    scorer = program.on(columns or _numbered(program, data))
    read = scorer._columns_of_files(csv)
    tables = list(READERS[suffix_of(data)](data, read, _ROWS)) or [no_rows(read)]
    arrays = scorer._bind(import_module("pyarrow").concat_tables(tables))
    return {leaf.name: array for leaf, array in zip(program.inputs, arrays, strict=True)}


Tolerances = tuple[float | None, float | None]


def compare_models(
    first: Program, second: Program, inputs: dict[str, Any], tolerances: Tolerances
) -> Comparison:
    """Compare the outputs of two models.

    Raises
    ------
    ArgumentError
        If their outputs have other names.
    """
    mine, others = ([leaf.name for leaf in p.outputs] for p in (first, second))
    if mine != others:
        raise ArgumentError(f"the outputs differ: {mine} and {others}")
    results, expected = (
        [*map(_as_array, p.run(ordered_inputs(p, inputs)))] for p in (first, second)
    )
    return compare_results(mine, results, expected, *tolerances)


def _as_array(result: Any) -> Any:
    """Return an output as an array: the numbers of sequences and maps, which models of other tools have."""
    if isinstance(result, dict):
        return _as_array(list(result.values()))
    if isinstance(result, list):
        parts = [np.ravel(_as_array(part)) for part in result]
        return np.concatenate(parts) if parts else np.empty(0)
    return np.asarray(result) if np.isscalar(result) else result


def compare_optimized(
    program: Program, inputs: dict[str, Any], tolerances: Tolerances
) -> Comparison:
    """Compare a model at the default options of onnxruntime with itself without optimizations."""
    return compare_models(program._at_default_options(), program, inputs, tolerances)


def check_runtimes(runtimes: Sequence[str], other: Path | None) -> None:
    """Raise an error if there is no such runtime, or another model to compare with as well.

    Raises
    ------
    ArgumentError
        If there is.
    """
    if runtimes and other is not None:
        raise ArgumentError("compare takes another model or --runtime, not both")
    for name in runtimes:
        if name not in RUNTIMES:
            raise ArgumentError(f"a runtime must be one of {', '.join(RUNTIMES)}, not {name!r}")


def compare_runtimes(
    program: Program,
    path: Path,
    runtimes: Sequence[str],
    inputs: dict[str, Any],
    tolerances: Tolerances,
) -> Iterator[tuple[str, Comparison | str]]:
    """Compare other runtimes with a model as onnxp runs it; yield why one fails in place of a comparison.

    Raises
    ------
    ArgumentError
        If an input or output of the model is not one array.
    MissingPackageError
        If a runtime is not installed.
    """
    if any(len(leaf.planes) > 1 for leaf in (*program.inputs, *program.outputs)):
        raise ArgumentError(
            "other runtimes take models whose inputs and outputs are one array each"
        )
    ordered = ordered_inputs(program, inputs)
    names = [leaf.name for leaf in program.outputs]
    expected = [*map(_as_array, program.run(ordered))]
    feeds = program.feeds(*ordered)
    for name in runtimes:
        try:
            results = _RUN[name](path, feeds, names)
        except (MissingPackageError, KeyboardInterrupt):
            raise
        except BaseException as error:  # whatever a runtime raises
            yield name, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            continue
        yield name, compare_results(names, [*map(_as_array, results)], expected, *tolerances)


def _ort(path: Path, feeds: dict[str, Any], names: list[str]) -> list[Any]:
    return list(load(path)._at_default_options().session().run(names, feeds))


def _reference(path: Path, feeds: dict[str, Any], names: list[str]) -> list[Any]:
    from onnx.reference import ReferenceEvaluator

    with np.errstate(all="ignore"):
        return list(ReferenceEvaluator(str(path)).run(names, feeds))


def _openvino(path: Path, feeds: dict[str, Any], names: list[str]) -> list[Any]:
    try:
        openvino = import_module("openvino")
    except ImportError:
        raise MissingPackageError("this needs openvino: pip install openvino") from None
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    results = compiled(feeds)
    return [np.asarray(results[name]) for name in names]


_RUN = {"ort": _ort, "reference": _reference, "openvino": _openvino}


def _repeated(program: Program, inputs: dict[str, Any], rows: int) -> dict[str, Any]:
    """Return inputs with so many rows: the first ones, or all of them over and over.

    Raises
    ------
    ArgumentError
        If there are none.
    """
    has_rows = {
        leaf.name for leaf in program.inputs if leaf.shape and isinstance(leaf.shape[0], Dim)
    }
    count = min([len(inputs[name]) for name in has_rows & {*inputs}], default=1)
    if not count:
        raise ArgumentError("the data have no rows")
    order = np.arange(rows) % count
    return {name: array[order] if name in has_rows else array for name, array in inputs.items()}


def timings(
    programs: dict[str, Program],
    rows: Sequence[int],
    seconds: float,
    data: Path | None = None,
    columns: Sequence[str] = (),
    csv: CsvFormat = _COMMAS,
) -> Iterator[str]:
    """Yield the lines of a table of times, with the most memory that the process had used.

    The rows are those of a file, over and over if it has fewer, or drawn at random.
    """
    heads = f"{'first':>10} {'p50':>10} {'p99':>10} {'rows/s':>14} {'memory':>9}"
    yield f"{'model':<30} {'rows':>8} {heads}"
    for count in rows:
        for name, program in programs.items():
            inputs = inputs_of(program, data, count, columns, csv)
            if data is not None:
                inputs = _repeated(program, inputs, count)
            arrays, drawn = ordered_inputs(program, inputs), samples.rows_of(program, inputs)
            with advice_for_drawn(data):
                timing = time_calls(partial(program.run, arrays), drawn, seconds)
            times = (timing.first, timing.median, timing.slowest)
            cells = " ".join(f"{time * 1e3:>7.3f} ms" for time in times)
            memory = most_memory()
            used = f"{memory / 2**20:>6,.0f} MB" if memory else ""
            yield f"{name[-30:]:<30} {drawn:>8} {cells} {timing.rows_per_second:>14,.0f} {used:>9}"
