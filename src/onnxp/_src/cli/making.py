"""What `convert`, `trace` and `sklearn` do: models of other models, functions and estimators."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from onnxp._src.program.program import Program
from onnxp._src.program.table_files import csv_format
from onnxp.errors import ArgumentError, MissingPackageError, OnnxpError


def converted(
    program: Program,
    target: str | None,
    opset: int | None,
    functions: bool | None,
    dtype: str | None,
    int8: bool,
    keep: Sequence[str],
) -> Program:
    """Return a program for a target that computes in another dtype, if one is given.

    Raises
    ------
    ArgumentError
        If nodes are to stay as they are, and no dtype is given.
    """
    if keep and not (dtype or int8):
        raise ArgumentError("--keep names what --dtype or --int8 leaves as it is; give one of them")
    if dtype is not None:
        program = program.cast(dtype, keep=keep)
    if int8:
        program = program.quantize(keep=keep)
    return program.convert(target, opset=opset, functions=functions)


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
    csv: Mapping[str, str]

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
        csv = csv_format("sklearn", **self.csv)
        try:
            if self.path.suffix == ".parquet":
                frame = pandas.read_parquet(self.path)
            else:
                frame = pandas.read_csv(
                    self.path, sep=csv.separator, decimal=csv.decimal, encoding=csv.encoding
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
                    f"--dates: the column {name!r} is not of dates such as 2024-12-31 or 2024-12-31T18:30:00; "
                    "write them so, or give the frame as a .parquet file"
                ) from None
        return frame

    def advice(self) -> str:
        """Return which option says that columns of text are dates, if they look like dates."""
        if self.path.suffix == ".parquet" or self.dates:
            return ""
        frame = self.read()
        names = [n for n in frame.columns if _are_dates(frame[n].dropna().tolist())]
        return f"pass --dates {','.join(names)} if these columns are dates" if names else ""


def _are_dates(cells: list[Any]) -> bool:
    try:
        return bool(cells) and all(datetime.fromisoformat(cell) for cell in cells)
    except (TypeError, ValueError):  # a number, or other text
        return False


def imported(path: str) -> Any:
    """Return what a path such as ``package.module:function`` names.

    Raises
    ------
    ArgumentError
        If it cannot be imported.
    """
    module, separator, name = path.partition(":")
    if not separator:
        raise ArgumentError(f"a function is named as package.module:function, not {path!r}")
    try:
        obj: Any = import_module(module)
        for part in name.split("."):
            obj = getattr(obj, part)
    except (ImportError, AttributeError) as error:
        raise ArgumentError(f"cannot import {path!r}: {error}") from None
    return obj


def estimator_program(
    path: Path, methods: Sequence[str], example: Example | None, target: str | None
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

    options: dict[str, Any] = {} if target is None else {"target": target}
    if example is not None:
        options["example"] = example.read()
    try:
        return trace_estimator(_unpickled(joblib, path), methods, **options)
    except OnnxpError as error:
        if example is not None and (advice := example.advice()):
            error.add_note(advice)
        raise


def _unpickled(joblib: Any, path: Path) -> Any:
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
