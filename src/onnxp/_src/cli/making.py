"""What `convert`, `trace` and `sklearn` do: models of other models, functions and estimators."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from onnxp._src.program.program import Program
from onnxp.errors import ArgumentError, MissingPackageError


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


def estimator_program(
    path: Path,
    methods: Sequence[str],
    example: Path | None,
    target: str | None,
    dates: Sequence[str] = (),
) -> Program:
    """Unpickle a fitted estimator and trace its methods.

    Raises
    ------
    ArgumentError
        If the file cannot be unpickled, or `dates` are not columns of dates in the example.
    MissingPackageError
        If joblib, or pandas for the example, is not installed.
    """
    joblib = _package("joblib", "sklearn")
    from onnxp.sklearn import trace_estimator

    options: dict[str, Any] = {} if target is None else {"target": target}
    if example is not None:
        pandas = _package("pandas", "tables")
        read = pandas.read_parquet if example.suffix == ".parquet" else pandas.read_csv
        options["example"] = _with_dates(read(example), dates, pandas.to_datetime)
    return trace_estimator(_unpickled(joblib, path), methods, **options)


def _with_dates(table: Any, names: Sequence[str], convert: Callable[..., Any]) -> Any:
    """Return a table of pandas whose text in some columns is read as dates."""
    for name in names:
        if name not in table.columns:
            raise ArgumentError(f"--dates: there is no column {name!r}, only {list(table.columns)}")
        try:
            table[name] = convert(table[name], format="ISO8601")
        except (TypeError, ValueError) as error:
            raise ArgumentError(f"--dates: the column {name!r} is not of dates: {error}") from None
    return table


def _unpickled(joblib: Any, path: Path) -> Any:
    try:
        return joblib.load(path)
    except OSError:
        raise
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
