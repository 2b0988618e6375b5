"""The commands. typer reads their parameters and docstrings; what they do is elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from onnxp import __version__
from onnxp._src.cli import samples
from onnxp._src.cli.timing import time_calls
from onnxp._src.ops.targets import DEFAULT
from onnxp._src.program.check import compare as compare_results
from onnxp._src.program.load import load
from onnxp._src.program.program import Program
from onnxp._src.program.signature import FEATURE_NAMES
from onnxp._src.program.trace import trace as trace_function
from onnxp._src.wording import Wording, wording
from onnxp.errors import ArgumentError, MissingPackageError, OnnxpError

DIFFERENT = 1
"""The exit code of `compare` if results differ; 2 is that of wrong usage."""
FAILED = 3
"""The exit code if a model or data cannot be used."""

_WORDINGS = {
    "run": Wording(columns="--columns age,fare"),
    "trace": Wording(example="xp.trace(..., example=) in Python"),
    "sklearn": Wording(example="--example rows.csv", rows="--example rows.csv", takes_dtypes=False),
}
"""How the messages of commands write what to pass."""

app = typer.Typer(
    name="onnxp",
    help="Look at, run, compare and time ONNX models, and make them of Python functions and estimators.",
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
    typer.Option(help="The inputs: a .npz file with an array for each.", show_default=False),
]


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; errors of onnxp are a line on stderr."""
    token = wording.set(_WORDINGS.get(next(iter(arguments), ""), Wording()))
    try:
        app(list(arguments), standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    except (OnnxpError, OSError) as error:
        message = str(error).partition("\nFor an explanation")[0]
        print(f"onnxp: {message}", file=sys.stderr)
        return FAILED
    except Exception as error:  # of other packages
        print(f"onnxp: {type(error).__name__}: {error}", file=sys.stderr)
        return FAILED
    finally:
        wording.reset(token)
    return 0


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"onnxp {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Look at, run, compare and time ONNX models, and make them of Python functions and estimators."""


@app.command()
def show(
    model: Model,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
    nodes: Annotated[int, typer.Option(min=0, help="How many nodes to list.")] = 40,
    functions: Annotated[bool, typer.Option(help="List the nodes of functions, too.")] = False,
) -> None:
    """Show what a model takes and returns, what it says of itself, and its nodes."""
    program = load(model)
    if as_json:
        typer.echo(json.dumps(_description(program, model), indent=2))
        return
    for key, value in _description(program, model).items():
        if value not in ({}, [], ""):
            typer.echo(f"{key}: {_short(value)}")
    typer.echo()
    typer.echo(program.text(limit=nodes, functions=functions))


def _description(program: Program, path: Path) -> dict[str, Any]:
    model = program.model
    return {
        "name": program.signature.name,
        "inputs": {leaf.name: leaf.text for leaf in program.inputs},
        "outputs": {leaf.name: leaf.text for leaf in program.outputs},
        "assumptions": [str(assumption) for assumption in program.assumptions],
        "metadata": program.metadata,
        "versions": program.versions,
        "producer": f"{model.producer_name} {model.producer_version}".strip(),
        "doc": model.doc_string,
        "opsets": {entry.domain or "ai.onnx": entry.version for entry in model.opset_import},
        "nodes": len(model.graph.node),
        "functions": len(model.functions),
        "bytes": path.stat().st_size,
    }


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={part}" for key, part in value.items())
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


@app.command(name="run")
def run_model(
    model: Model,
    data: Annotated[Path, typer.Argument(help="The rows: .csv, .parquet, .arrow or .npy.")],
    output: Output,
    columns: Annotated[
        str,
        typer.Option(
            help="The columns of a model that has no names, as a,b,c.", show_default=False
        ),
    ] = "",
    keep: Annotated[
        str, typer.Option(help="Columns of the data to write, too, as a,b.", show_default=False)
    ] = "",
    batch: Annotated[
        int, typer.Option(min=1, help="The largest number of rows at a time.")
    ] = 65_536,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Score a file, batch by batch. A run that was interrupted goes on where it ended."""
    program = load(model)
    names = _names(columns) or (_numbered(program) if data.suffix == ".npy" else None)
    scorer = program.on(names, keep=_names(keep))
    rows = scorer.stream(data, output, batch=batch, progress=not quiet)
    if not quiet:
        typer.echo(f"{rows} rows written to {output}")


def _numbered(program: Program) -> list[str] | None:
    """Return names for the columns of an array, if the model takes one and has none."""
    (leaf, *others) = program.inputs
    if others or leaf.shape is None or not leaf.is_matrix or FEATURE_NAMES in program.metadata:
        return None
    width = leaf.shape[1]
    return [str(i) for i in range(width)] if isinstance(width, int) else None


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


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
    data: Data = None,
    rows: Rows = 100,
    rtol: Annotated[float | None, typer.Option(min=0, show_default="by dtype")] = None,
    atol: Annotated[float | None, typer.Option(min=0, show_default="by dtype")] = None,
) -> None:
    """Compare two models, or one with and without optimizations; the exit code is 1 if they differ."""
    first = load(model)
    inputs = _inputs(first, data, rows)
    if other is None:
        optimized = first._at_default_options()
        results, expected = (
            optimized.run(_ordered(optimized, inputs)),
            first.run(_ordered(first, inputs)),
        )
    else:
        second = load(other)
        mine = [(leaf.name, leaf.text) for leaf in first.outputs]
        if [name for name, _ in mine] != [leaf.name for leaf in second.outputs]:
            raise ArgumentError(
                f"the outputs differ: {[name for name, _ in mine]} and {[leaf.name for leaf in second.outputs]}"
            )
        results, expected = first.run(_ordered(first, inputs)), second.run(_ordered(second, inputs))
    names = [leaf.name for leaf in first.outputs]
    comparison = compare_results(names, results, expected, rtol, atol)
    typer.echo(str(comparison))
    if not comparison:
        raise typer.Exit(DIFFERENT)


def _inputs(program: Program, data: Path | None, rows: int) -> dict[str, Any]:
    if data is None:
        return dict(samples.inputs(program, rows))
    try:
        with np.load(data, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (ValueError, AttributeError, TypeError) as error:
        raise ArgumentError(
            f"{data} must be a .npz file, as np.savez writes it, with an array of numbers or text for each "
            f"input: {error}"
        ) from None


def _ordered(program: Program, inputs: dict[str, Any]) -> list[Any]:
    names = [leaf.name for leaf in program.inputs]
    missing = [name for name in names if name not in inputs]
    if missing:
        raise ArgumentError(f"the inputs {missing} are missing; there are {list(inputs)}")
    return [inputs[name] for name in names]


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
) -> None:
    """Time calls with data that are drawn at random."""
    programs = {str(path): load(path) for path in (model, against) if path is not None}
    typer.echo(f"{'model':<30} {'rows':>8} {'first':>10} {'p50':>10} {'p99':>10} {'rows/s':>14}")
    for count in rows or [1, 1000]:
        for name, program in programs.items():
            inputs = samples.inputs(program, count)
            arrays = _ordered(program, dict(inputs))
            timing = time_calls(partial(program.run, arrays), count, seconds)
            times = (timing.first, timing.median, timing.slowest)
            cells = " ".join(f"{time * 1e3:>7.3f} ms" for time in times)
            typer.echo(f"{name[-30:]:<30} {count:>8} {cells} {timing.rows_per_second:>14,.0f}")


Target = Annotated[
    str | None,
    typer.Option(help="What the model is for, such as portable.", show_default=False),
]


@app.command()
def check(model: Model, target: Target = None) -> None:
    """Tell which targets a model meets, or which nodes stand in the way; the exit code is 1 if some do."""
    targets = load(model).targets()
    if target is not None and target not in targets:
        raise ArgumentError(f"target must be one of {', '.join(targets)}, not {target!r}")
    chosen = targets if target is None else targets.only(target)
    typer.echo(repr(chosen))
    if target is not None and targets[target]:
        raise typer.Exit(DIFFERENT)


@app.command()
def convert(
    model: Model,
    output: Output,
    target: Target = None,
    opset: Annotated[
        int | None, typer.Option(help="The newest opset of the model.", show_default=False)
    ] = None,
    inline: Annotated[
        bool, typer.Option("--inline", help="Replace calls of functions by their nodes.")
    ] = False,
) -> None:
    """Rewrite a model for a target or an older opset."""
    _refuse_same(model, output)
    functions = False if inline else None
    program = load(model).convert(target, opset=opset, functions=functions)
    program.save(output)
    typer.echo(f"{program!r} written to {output}")


@app.command()
def view(
    model: Model,
    port: Annotated[
        int | None, typer.Option(help="The port of the server.", show_default="free")
    ] = None,
) -> None:
    """Open a model in Netron, in the browser, until Ctrl-C."""
    program = load(model)
    typer.echo(program.view(port=port))
    import_module("netron").wait()


@app.command()
def trace(
    function: Annotated[
        str, typer.Argument(help="A function, as package.module:function.", show_default=False)
    ],
    specs: Annotated[
        list[str],
        typer.Argument(
            help="A spec for each argument, such as 'float32[N, 4]'.", show_default=False
        ),
    ],
    output: Output,
    opset: Annotated[
        int | None, typer.Option(help="The highest opset that it may use.", show_default=False)
    ] = None,
) -> None:
    """Trace a Python function, which is imported, and save the model."""
    program = trace_function(_imported(function), *specs, opset=opset)
    program.save(output)
    typer.echo(f"{program!r} written to {output}")


def _imported(path: str) -> Any:
    module, separator, name = path.partition(":")
    if not separator:
        raise ArgumentError(f"a function is named as package.module:function, not {path!r}")
    sys.path.insert(0, "")
    try:
        obj: Any = import_module(module)
        for part in name.split("."):
            obj = getattr(obj, part)
    except (ImportError, AttributeError) as error:
        raise ArgumentError(f"cannot import {path!r}: {error}") from None
    finally:
        sys.path.remove("")
    return obj


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
            help="A few of the rows it was fitted on, as .csv or .parquet, if they were a data frame.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            help="What the model must run on, such as 'onnxruntime>=1.23' or portable.",
            show_default=DEFAULT,
        ),
    ] = None,
) -> None:
    """Trace a fitted scikit-learn estimator and save the model. The file is unpickled: it can run any code."""
    joblib = _package("joblib", "sklearn")
    from onnxp.sklearn import trace_estimator

    _refuse_same(estimator, output)
    typer.echo(f"unpickling {estimator}, which runs the code in it", err=True)
    options: dict[str, Any] = {} if target is None else {"target": target}
    if example is not None:
        pandas = _package("pandas", "tables")
        read = pandas.read_parquet if example.suffix == ".parquet" else pandas.read_csv
        options["example"] = read(example)
    program = trace_estimator(_unpickled(joblib, estimator), _names(methods), **options)
    program.save(output)
    typer.echo(f"{program!r} written to {output}")


def _unpickled(joblib: Any, path: Path) -> Any:
    try:
        return joblib.load(path)
    except OSError:
        raise
    except Exception as error:  # whatever the code in it raises, or bytes that are no pickle
        raise ArgumentError(
            f"{path} cannot be unpickled: it must be written by joblib.dump or pickle.dump, with versions of "
            f"packages that are compatible with the installed ones ({type(error).__name__}: {error})"
        ) from None


def _refuse_same(source: Path, target: Path) -> None:
    if target.exists() and target.samefile(source):
        raise ArgumentError(f"the output would replace {source}; name another file")


def _package(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise MissingPackageError(
            f"this needs {name}: pip install {name} 'onnxp[{extra}]'"
        ) from None
