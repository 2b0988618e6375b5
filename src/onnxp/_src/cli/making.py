"""What `convert`, `trace` and `sklearn` do: models of other models, functions and estimators."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

from onnxp._src.graph.source import SourceFormatter, error_source
from onnxp._src.model.narrowing import WIDER
from onnxp._src.program.csv_files import CsvFormat, of_file
from onnxp._src.program.program import Program
from onnxp._src.program.trace import trace
from onnxp.errors import ArgumentError, MissingPackageError, OnnxpError


def check_dtype(dtype: str | None, int8: bool, keep: Sequence[str]) -> None:
    """Raise an error if there is no such dtype, or nodes are to stay as they are without one.

    Raises
    ------
    ArgumentError
        If so.
    """
    if keep and not (dtype or int8):
        raise ArgumentError("--keep names what --dtype or --int8 leaves as it is; give one of them")
    if dtype is not None and dtype not in WIDER:
        raise ArgumentError(f"--dtype must be one of {', '.join(WIDER)}, not {dtype!r}")


def converted(
    program: Program,
    target: str | None,
    opset: int | None,
    functions: bool | None,
    dtype: str | None,
    int8: bool,
    keep: Sequence[str],
) -> Program:
    """Return a program for a target that computes in another dtype, if one is given."""
    if dtype is not None:
        program = program.cast(dtype, keep=keep)
    if int8:
        program = program.quantize(keep=keep)
    return program.convert(target, opset=opset, functions=functions)


def by_name(specs: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
    """Return the specs without a name, and those that are written as ``name: spec``.

    Raises
    ------
    ArgumentError
        If a name is given twice, or is one of what `trace` takes besides.
    """
    positional: list[str] = []
    named: dict[str, Any] = {}
    options = {p.name for p in signature(trace).parameters.values() if p.kind is p.KEYWORD_ONLY}
    for spec in specs:
        name, colon, rest = spec.partition(":")
        if not (colon and name.strip().isidentifier()):
            positional.append(spec)
            continue
        name = name.strip()
        if name in named or name in options:
            advice = "is given twice" if name in named else "cannot be named"
            raise ArgumentError(f"the argument {name!r} {advice}; give the specs in its order")
        named[name] = rest.strip()
    return positional, named


@contextmanager
def users_line() -> Iterator[None]:
    """Name the line of the user's code in errors that come of it."""
    try:
        yield
    except Exception as error:
        source = error_source(error)
        if source is not None:
            formatter = SourceFormatter()
            if formatter.line(source) not in str(error):
                error.add_note(f"at {formatter.text(source)}")
        raise


@contextmanager
def modules_of_folder() -> Iterator[None]:
    """Let Python find the modules of the current folder, as a script there does."""
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


class Example(NamedTuple):
    """A file of rows that an estimator was fitted on: its columns of dates, and the format of a CSV file."""

    path: Path
    dates: Sequence[str]
    csv: CsvFormat

    def read(self) -> Any:
        """Return the rows as a data frame of pandas.

        Raises
        ------
        ArgumentError
            If the file cannot be read, or a column of dates is not there or has something else.
        MissingPackageError
            If pandas is not installed.
        """
        pandas = _package("pandas", "tables")
        csv = of_file(self.csv, self.path)
        try:
            if self.path.suffix == ".parquet":
                frame = pandas.read_parquet(self.path)
            else:
                frame = pandas.read_csv(
                    self.path,
                    sep=csv.separator,
                    decimal=csv.decimal,
                    encoding=csv.encoding,
                    na_values=list(csv.missing),
                    keep_default_na=False,
                )
        except ValueError as error:  # as those of pandas are
            raise ArgumentError(f"{self.path} cannot be read: {error}") from None
        for name in self.dates:
            if name not in frame:
                raise ArgumentError(
                    f"--dates: there is no column {name!r}, only {[*frame.columns]}"
                )
            try:
                frame[name] = pandas.to_datetime(frame[name], format="ISO8601")
            except (TypeError, ValueError):
                raise ArgumentError(
                    f"--dates: the column {name!r} is not of dates such as 2024-12-31 or 2024-12-31T18:30:00"
                    f"{_other_than_date(frame[name])}; write them so, or give the frame as a .parquet file"
                ) from None
        return frame

    def more_dates(self, frame: Any) -> list[str]:
        """Return the columns of text in the rows that look like dates."""
        if self.path.suffix == ".parquet":
            return []
        return [n for n in frame.columns if _are_dates(frame[n].dropna().tolist())]


def _other_than_date(column: Any) -> str:
    """Return which cell of a column is not a date."""
    for row, cell in enumerate(column.tolist()):
        if cell == cell and not _are_dates([cell]):
            return f", but {cell!r} in row {row}"
    return ""


def _are_dates(cells: list[Any]) -> bool:
    try:
        return bool(cells) and all(datetime.fromisoformat(cell) for cell in cells)
    except (TypeError, ValueError):  # a number, or other text
        return False


class ObjectPath(NamedTuple):
    """A module and the name of an object in it."""

    module: str
    name: str


def as_path(text: str) -> ObjectPath:
    """Return the module and the name in text such as ``package.module:function``.

    Raises
    ------
    ArgumentError
        If it has another form.
    """
    module, _, name = text.partition(":")
    if not module or not name:
        raise ArgumentError(f"a function is named as package.module:function, not {text!r}")
    return ObjectPath(module, name)


def imported(path: ObjectPath) -> Any:
    """Return the object at a path.

    Raises
    ------
    ArgumentError
        If it cannot be imported.
    """
    module, name = path
    try:
        obj: Any = import_module(module)
        for part in name.split("."):
            obj = getattr(obj, part)
    except (ImportError, AttributeError) as error:
        raise ArgumentError(f"cannot import {':'.join(path)!r}: {error}") from None
    return obj


def estimator_program(
    path: Path,
    methods: Sequence[str],
    example: Example | None,
    target: str | None,
    drop_unused: bool,
) -> Program:
    """Unpickle a fitted estimator and trace its methods.

    Raises
    ------
    ArgumentError
        If the file cannot be unpickled, or the example not be read.
    MissingPackageError
        If joblib, or pandas for the example, is not installed.
    """
    joblib = _package("joblib", "sklearn")
    from onnxp.sklearn import trace_estimator

    options: dict[str, Any] = {"target": target, "drop_unused": drop_unused}
    rows = None if example is None else example.read()
    estimator = _unpickled(joblib, path)
    try:
        with users_line():
            return trace_estimator(estimator, methods, example=rows, **options)
    except OnnxpError as error:
        dates = [] if example is None or rows is None else example.more_dates(rows)
        if not dates or example is None:
            raise
        with_dates = example._replace(dates=[*example.dates, *dates])
        try:
            trace_estimator(estimator, methods, example=with_dates.read(), **options)
        except OnnxpError as other:
            if str(other) == str(error):  # which the dates have no part in
                raise error from None
        advice = f"pass --dates {','.join(with_dates.dates)} if these columns are dates"
        error.args = (f"{advice}. Otherwise: {error}",)
        raise error from None


def _unpickled(joblib: Any, path: Path) -> Any:
    path.stat()  # or there is no file
    print(f"unpickling {path}, which runs the code in it", file=sys.stderr)
    try:
        return joblib.load(path)
    except OSError:
        raise
    except ModuleNotFoundError as error:
        raise ArgumentError(
            f"{path} needs the module {error.name!r}: run the command in the folder where it is, or name that "
            "folder in PYTHONPATH"
        ) from None
    except Exception as error:  # whatever the code in it raises, or bytes that are not a pickle
        raise ArgumentError(
            f"{path} cannot be unpickled: it must be written by joblib.dump or pickle.dump, with versions of "
            f"packages that are compatible with the installed ones ({type(error).__name__}: {error})"
        ) from None


def refuse_same(source: Path, target: Path) -> None:
    """Raise an error if a file would replace the one that it is made of.

    Raises
    ------
    ArgumentError
        If it would.
    """
    if target.exists() and target.samefile(source):
        raise ArgumentError(f"the output would replace {source}; name another file")


def _package(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise MissingPackageError(
            f"this needs {name}: pip install {name} 'onnxp[{extra}]'"
        ) from None
