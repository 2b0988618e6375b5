"""The commands. typer reads their parameters and docstrings; what they do is elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onnxp import __version__
from onnxp._src.cli.interrupts import ended_at_once
from onnxp._src.cli.output import say
from onnxp._src.wording import Wording, wording
from onnxp.errors import ArgumentError, OnnxpError, OpsetError, SaveError

if TYPE_CHECKING:
    from onnxp._src.program.csv_files import CsvFormat
    from onnxp._src.program.program import Program

DIFFERENT = 1
"""The exit code of `compare` if results differ, and of `check` if a model does not meet a target."""
WRONG_USAGE = 2
"""The exit code for arguments that the command does not have or take."""
FAILED = 3
"""The exit code if a model or data cannot be used, or a model cannot be converted for a target."""
PIPE_CLOSED = 141
"""The exit code if what reads standard output has ended, as that of a process that SIGPIPE ends."""

_COMMAND = Wording(
    columns="--columns age,fare",
    arrays="give a .npz file with an array for each input, as np.savez writes it",
    fallback="pass --fallback",
    to_float32="pass --dtype float32 as well",
    parameter="--{} {!r}",
)
_WORDINGS = {
    "trace": _COMMAND._replace(example="xp.trace(..., example=) in Python"),
    "sklearn": _COMMAND._replace(
        example="--example rows.csv",
        rows="--example rows.csv",
        takes_dtypes=False,
        categories="give as --example a .parquet file in which the column is a category",
    ),
}
"""How the messages of commands write what to pass."""

app = typer.Typer(
    name="onnxp",
    rich_markup_mode=None,  # rich takes longer to import than a command of few rows to run
    help="Look at, run, compare and time ONNX models, and make them of Python functions and estimators.",
    epilog="The exit code is 0 if all went well, 1 if compare found differences or check --target obstacles, 2 "
    "for wrong usage, and 3 if a model or data cannot be used, or a model cannot be converted for a target.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Model = Annotated[Path, typer.Argument(help="An ONNX model.", show_default=False)]
Output = Annotated[
    Path, typer.Option("--output", "-o", help="The file to write.", show_default=False)
]
Rows = Annotated[int, typer.Option(min=0, help="How many rows to draw if there are no data.")]
Data = Annotated[
    Path | None,
    typer.Option(
        help="The inputs: a .npz file with an array for each, or rows as .csv, .parquet, .arrow or .npy.",
        show_default=False,
    ),
]
Columns = Annotated[
    str,
    typer.Option(help="The columns of a model that has no names, as a,b,c.", show_default=False),
]
Separator = Annotated[
    str, typer.Option(help="The character between the cells of a CSV file; \\t is a tab.")
]
Decimal = Annotated[str, typer.Option(help="The decimal point of numbers in a CSV file.")]
Encoding = Annotated[str, typer.Option(help="The encoding of a CSV file.")]
Missing = Annotated[
    str | None,
    typer.Option(
        help="The cells of a CSV file that are missing values, as NA,-; blank ones are anyway.",
        show_default="as in pandas",
    ),
]


def _targets(begun: str) -> list[str]:
    """Return the targets that a word which was begun may be, for the shell."""
    from onnxp._src.ops.targets import TARGETS

    return [name for name in TARGETS if name.startswith(begun)]


Target = Annotated[
    str | None,
    typer.Option(
        help="What the model is for, such as 'onnxruntime>=1.23' or portable.",
        show_default=False,
        autocompletion=_targets,
    ),
]
Opset = Annotated[
    int | None, typer.Option(help="The newest opset of the model.", show_default=False)
]
Providers = Annotated[
    str,
    typer.Option(
        help="Execution providers in order of preference, as CUDAExecutionProvider,CPUExecutionProvider.",
        show_default="the CPU",
    ),
]
Fallback = Annotated[
    bool, typer.Option("--fallback", help="Do without providers that are not there.")
]


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; errors of onnxp are a line on stderr."""
    token = wording.set(_WORDINGS.get(next(iter(arguments), ""), _COMMAND))
    try:
        app(list(arguments), prog_name="onnxp")  # also as python -m onnxp, for the completion
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # which click calls 1
            return PIPE_CLOSED
        return end.code if isinstance(end.code, int) else FAILED
    except _UsageError as error:
        print(f"onnxp: {error}", file=sys.stderr)
        return WRONG_USAGE
    except FileNotFoundError as error:
        _print_error(f"there is no file {error.filename}" if error.filename else str(error), error)
        return FAILED
    except (OnnxpError, OSError) as error:
        said = error.strerror if isinstance(error, SaveError) and error.strerror else str(error)
        _print_error(said, error)
        return FAILED
    except Exception as error:  # of other packages
        _print_error(f"{type(error).__name__}: {error}", error)
        return FAILED
    finally:
        wording.reset(token)
    return 0


def _print_error(message: str, error: Exception) -> None:
    notes = [n for n in getattr(error, "__notes__", ()) if not n.startswith("For an expl")]
    print("\n".join([f"onnxp: {message}", *notes]), file=sys.stderr)


class _UsageError(Exception):
    """Arguments that a command does not take."""


@contextmanager
def _usage() -> Iterator[None]:
    """Make errors of arguments those of usage."""
    try:
        yield
    except (ArgumentError, OpsetError) as error:
        raise _UsageError(error) from None


def _version(wanted: bool) -> None:
    if wanted:
        say(f"onnxp {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Look at, run, compare and time ONNX models, and make them of Python functions and estimators."""


def _load(path: Path, providers: str = "", fallback: bool = False) -> Program:
    from onnxp._src.program.load import load

    return load(path, providers=_names(providers) or None, fallback=fallback)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _csv(
    command: str, separator: str, decimal: str, encoding: str, missing: str | None
) -> CsvFormat:
    from onnxp._src.program.csv_files import csv_format

    cells = None if missing is None else missing.split(",")
    with _usage():
        return csv_format(command, separator.replace("\\t", "\t"), decimal, encoding, cells)


def _check_target(command: str, target: str | None, opset: int | None = None) -> None:
    from onnxp._src.ops.targets import as_target

    with _usage():
        as_target(command, target, opset)


def _save(program: Program, output: Path, external_data: bool = False) -> None:
    program.save(output, external_data=external_data)
    say(f"{program!r} written to {output}")


@app.command()
def show(
    model: Model,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
    nodes: Annotated[int, typer.Option(min=0, help="How many nodes to list.")] = 40,
    functions: Annotated[bool, typer.Option(help="List the nodes of functions, too.")] = False,
) -> None:
    """Show what a model takes and returns, what it says of itself, and its nodes."""
    from onnxp._src.cli.inspection import description, listing, load_or_read

    program, problem = load_or_read(model)
    if as_json:
        say(json.dumps(description(program, model, problem), indent=2))
    else:
        say(listing(program, model, problem, nodes, functions))


@app.command(name="run")
def run_model(
    model: Model,
    data: Annotated[
        Path,
        typer.Argument(
            help="The rows: .csv, .tsv (also .gz, .zst), .parquet, .arrow or .npy; - is standard input. Or "
            ".npz: arrays of any shape, by the names of the inputs."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The file to write, in one of these formats; - writes CSV to standard output.",
            show_default=False,
        ),
    ],
    columns: Columns = "",
    keep: Annotated[
        str, typer.Option(help="Columns of the data to write, too, as a,b.", show_default=False)
    ] = "",
    batch: Annotated[
        int, typer.Option(min=1, help="The largest number of rows at a time.")
    ] = 65_536,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    separator: Separator = ",",
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
    missing: Missing = None,
    providers: Providers = "",
    fallback: Fallback = False,
) -> None:
    """Score a file, batch by batch. A run that was interrupted goes on where it ended."""
    with ended_at_once():
        from onnxp._src.cli.running import STANDARD, stream

        csv = _csv("run", separator, decimal, encoding, missing)
        program = _load(model, providers, fallback)
        program.session()  # which fails before anything is read
    try:
        scored = stream(program, data, output, _names(columns), _names(keep), batch, not quiet, csv)
    except KeyboardInterrupt:
        goes_on = "; the same command goes on with the rows that are left"
        is_kept = STANDARD not in (data, output) and not data.is_fifo()
        typer.echo(f"onnxp: interrupted{goes_on if is_kept else ''}", err=True)
        raise
    if not quiet and output != STANDARD:
        say(f"{scored} written to {output}")


@app.command()
def compare(
    model: Model,
    other: Annotated[
        Path | None,
        typer.Argument(
            help="The model to compare with; without it, the same model without optimizations.",
            show_default=False,
        ),
    ] = None,
    runtime: Annotated[
        str,
        typer.Option(
            help="Run the model on other runtimes instead: ort,reference,openvino.",
            show_default=False,
        ),
    ] = "",
    data: Data = None,
    columns: Columns = "",
    separator: Separator = ",",
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
    missing: Missing = None,
    rows: Rows = 100,
    rtol: Annotated[float | None, typer.Option(min=0, show_default="by dtype")] = None,
    atol: Annotated[float | None, typer.Option(min=0, show_default="by dtype")] = None,
    providers: Providers = "",
    fallback: Fallback = False,
) -> None:
    """Compare a model with another, with other runtimes, or with itself; the exit code is 1 if they differ."""
    from onnxp._src.cli import running

    csv = _csv("compare", separator, decimal, encoding, missing)
    with _usage():
        running.check_runtimes(_names(runtime), other)
    program = _load(model, providers, fallback)
    inputs = running.inputs_of(program, data, rows, _names(columns), csv)
    tolerances = rtol, atol
    agrees = True
    with running.advice_for_drawn(data):
        if not runtime:
            comparison = (
                running.compare_optimized(program, inputs, tolerances)
                if other is None
                else running.compare_models(program, _load(other), inputs, tolerances)
            )
            say(str(comparison))
            agrees = bool(comparison)
        else:
            for name, found in running.compare_runtimes(
                program, model, _names(runtime), inputs, tolerances
            ):
                say(f"{name}:\n{found}")
                agrees = agrees and not isinstance(found, str) and bool(found)
    if not agrees:
        raise typer.Exit(DIFFERENT)


@app.command()
def bench(
    model: Model,
    rows: Annotated[
        list[int] | None, typer.Option(min=1, help="Rows in a call.", show_default="1, 1000")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="A model to time beside it.", show_default=False)
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="How long to measure each.")] = 1.0,
    data: Data = None,
    columns: Columns = "",
    separator: Separator = ",",
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
    missing: Missing = None,
    providers: Providers = "",
    fallback: Fallback = False,
) -> None:
    """Time calls with given data, or some that are drawn at random. The memory is the most that was used."""
    from onnxp._src.cli.running import timings

    csv = _csv("bench", separator, decimal, encoding, missing)
    paths = [path for path in (model, against) if path is not None]
    programs = {str(path): _load(path, providers, fallback) for path in paths}
    for line in timings(programs, rows or [1, 1000], seconds, data, _names(columns), csv):
        say(line)


@app.command()
def check(model: Model, target: Target = None) -> None:
    """Tell which targets a model meets, or what stands in the way of --target: then the exit code is 1."""
    from onnxp._src.cli.inspection import targets_of

    _check_target("check", target)
    targets = targets_of(_load(model), target)
    say(repr(targets))
    if target is not None and targets[target]:
        raise typer.Exit(DIFFERENT)


@app.command()
def convert(
    model: Model,
    output: Output,
    target: Target = None,
    opset: Opset = None,
    inline: Annotated[
        bool, typer.Option("--inline", help="Replace calls of functions by their nodes.")
    ] = False,
    dtype: Annotated[
        str | None,
        typer.Option(help="Compute in a narrower dtype: float16 or float32.", show_default=False),
    ] = None,
    int8: Annotated[bool, typer.Option("--int8", help="Multiply matrices in int8.")] = False,
    keep: Annotated[
        str,
        typer.Option(
            help="Nodes, steps or operators that --dtype and --int8 leave as they are, as a,b.",
            show_default=False,
        ),
    ] = "",
    external_data: Annotated[
        bool,
        typer.Option("--external-data", help="Write tensors from 1 kB on to a file of their own."),
    ] = False,
) -> None:
    """Rewrite a model: for a target, an older opset, or a narrower dtype."""
    from onnxp._src.cli.making import check_dtype, converted, refuse_same

    _check_target("convert", target, opset)
    with _usage():
        check_dtype(dtype, int8, _names(keep))
        refuse_same(model, output)
    functions = False if inline else None
    program = converted(_load(model), target, opset, functions, dtype, int8, _names(keep))
    _save(program, output, external_data)


@app.command()
def view(
    model: Model,
    port: Annotated[
        int | None, typer.Option(help="The port of the server.", show_default="free")
    ] = None,
) -> None:
    """Open a model in Netron, in the browser, until Ctrl-C."""
    say(_load(model).view(port=port))
    import_module("netron").wait()


@app.command()
def trace(
    function: Annotated[
        str, typer.Argument(help="A function, as package.module:function.", show_default=False)
    ],
    specs: Annotated[
        list[str],
        typer.Argument(
            help="A spec for each argument, such as 'float32[N, 4]' or 'X: float32[N, 4]'.",
            show_default=False,
        ),
    ],
    output: Output,
    target: Target = None,
    opset: Opset = None,
) -> None:
    """Trace a Python function, which is imported, and save the model."""
    from onnxp._src.cli.making import as_path, by_name, imported, modules_of_folder, users_line
    from onnxp._src.program.trace import trace as trace_function

    _check_target("trace", target, opset)
    with _usage():
        path = as_path(function)
        positional, named = by_name(specs)
    with modules_of_folder():
        with users_line():
            program = trace_function(
                imported(path), *positional, target=target, opset=opset, **named
            )
        _save(program, output)


@app.command()
def sklearn(
    estimator: Annotated[
        Path,
        typer.Argument(help="A fitted estimator, written by joblib or pickle.", show_default=False),
    ],
    output: Output,
    methods: Annotated[
        str, typer.Option(help="The methods, as predict,predict_proba.")
    ] = "predict",
    example: Annotated[
        Path | None,
        typer.Option(
            help="A few of the rows it was fitted on, as .csv, .csv.gz or .parquet, if they were a data frame.",
            show_default=False,
        ),
    ] = None,
    dates: Annotated[
        str,
        typer.Option(
            help="Columns of a .csv example that are dates or times, as a,b.", show_default=False
        ),
    ] = "",
    drop_unused: Annotated[
        bool,
        typer.Option(
            "--drop-unused", help="Leave out the inputs of columns that no output depends on."
        ),
    ] = False,
    separator: Separator = ",",
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
    missing: Missing = None,
    target: Target = None,
) -> None:
    """Trace a fitted scikit-learn estimator and save the model. The file is unpickled: it can run any code."""
    from onnxp._src.cli.making import (
        Example,
        estimator_program,
        modules_of_folder,
        refuse_same,
    )

    _check_target("sklearn", target)
    with _usage():
        refuse_same(estimator, output)
    csv = _csv("sklearn", separator, decimal, encoding, missing)
    rows = None if example is None else Example(example, _names(dates), csv)
    with modules_of_folder():
        program = estimator_program(estimator, _names(methods), rows, target, drop_unused)
        _save(program, output)
