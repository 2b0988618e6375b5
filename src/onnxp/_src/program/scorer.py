"""`Scorer`: a program that takes a table and returns one of the same kind, with its outputs as columns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import numpy as np

from onnxp._src.array.missing import stacked
from onnxp._src.dtypes import DType
from onnxp._src.program import column_values, engines, tables
from onnxp._src.program.columns import columns_of, fields_of, names_of
from onnxp._src.program.signature import Leaf
from onnxp._src.program.zipmaps import without_maps
from onnxp._src.shapes.shape import as_integer
from onnxp.errors import ArgumentError, EvaluationError, FeedError

if TYPE_CHECKING:
    from pathlib import Path

    from onnxp._src.program.csv_files import Columns, CsvFormat
    from onnxp._src.program.csv_writer import Write
    from onnxp._src.program.program import Program

Host = np.ndarray[Any, Any]
Cast = Literal["safe", "same_kind"]
_Columns = dict[str, Any]


@final
class Scorer:
    """A program for tables, which `Program.on` makes: a data frame in, one of the same kind out.

    It binds columns to inputs by name, in whatever order the table has them, and ignores the others. It can
    be pickled and sent to the workers of an engine.

    Attributes
    ----------
    columns : tuple of str
        The columns that it needs.
    outputs : tuple of str
        The columns that it adds. An output with several columns gives ``name_0``, ``name_1``, and so on, or
        ``name_class`` if the model knows the names of its classes; of a classifier of several targets,
        ``label_0`` and ``label_1``, and ``probabilities_0_class``.
    keep : tuple of str
        The columns of the table that the result has, too.
    """

    __module__ = "onnxp"  # also where the namespace is not loaded

    def __init__(
        self, program: Program, columns: Sequence[str] | None, keep: Sequence[str], cast: Cast
    ) -> None:
        self._given = program
        self._program = program = without_maps(program)
        self._threads: int | None = None
        self._inputs = program.signature.inputs
        self._is_matrix = len(self._inputs) == 1 and self._inputs[0].is_matrix
        self.columns = columns_of(program, self._is_matrix, columns)
        self.keep = names_of(keep, "keep")
        if cast not in ("safe", "same_kind"):
            raise ArgumentError(f"on: cast must be 'safe' or 'same_kind', not {cast!r}")
        self._cast = cast
        self.fields = fields_of(program)
        self.outputs = tuple(field.name for field in self.fields)
        twice = sorted({*self.keep} & {*self.outputs})
        if twice:
            raise ArgumentError(f"on: keep has {twice}, which are names of outputs")

    def __getstate__(self) -> _State:
        return self._given, self.columns, self.keep, self._cast

    def __setstate__(self, state: _State) -> None:
        self.__init__(*state)
        if "ONNXP_NUM_THREADS" not in os.environ:
            self._threads = 1  # in a worker of an engine, which has one for each processor

    def __repr__(self) -> str:
        return f"Scorer({self._program.signature.name}: {', '.join(self.columns)} -> {', '.join(self.outputs)})"

    def __call__(self, table: Any, /) -> Any:
        """Score a table.

        Parameters
        ----------
        table : data frame, Arrow table or record batch, dict of columns, or 2-D array
            The rows. The columns of an array are those of `columns`, in this order.

        Returns
        -------
        same kind as `table`
            The kept columns and the outputs. A data frame of pandas keeps its index. Outputs of categories are
            such columns: of pandas, of ``Enum`` of Polars, dictionaries of Arrow. For an array, an array with a
            column for each output.

        Raises
        ------
        FeedError
            If a column is missing, doubled, or of another kind than its input.
        AssumptionError
            If the model has the output of ``check_assumptions=True``, and the rows violate an assumption.
        EvaluationError
            If the runtime fails.
        """
        return self._scored(table, {f.name: f.dtype for f in self.fields if f.dtype.categories})

    def _scored(self, table: Any, categories: Mapping[str, DType]) -> Any:
        """Score a table; columns that are not among the categories have text for labels."""
        if isinstance(table, np.ndarray):
            return self._score_array(table)
        if isinstance(table, Mapping):
            result = self._kept(table) | self._score(table)
            tables.require_rows([*result], [*result.values()], "the scorer")
            return result
        if type(table).__name__ == "LazyFrame":
            raise FeedError(
                "a lazy frame has no rows yet; write lf.map_batches(scorer, schema=scorer.schema(lf))"
            )
        table = tables.of_arrow(table)
        if not tables.is_frame(table):
            advice = (
                tables.advice(table) or "give a data frame, an Arrow table or a dict of columns"
            )
            raise FeedError(f"a table is needed, not {type(table).__name__}: {advice}")
        return engines.table_like(
            table,
            self._kept(table) | self._score(table),
            categories,
        )

    def _kept(self, table: Any) -> _Columns:
        return dict(
            zip(self.keep, tables.columns(table, list(self.keep), "the scorer"), strict=True)
        )

    def _score_array(self, array: Host) -> Host:
        if array.ndim != 2 or array.shape[1] != len(self.columns):
            raise FeedError(
                f"an array must have a column for each of {list(self.columns)}, but it has shape {array.shape}"
            )
        if self.keep:
            raise FeedError(
                f"an array has no names, so the columns {list(self.keep)} cannot be kept"
            )
        results = list(self._score(dict(zip(self.columns, array.T, strict=True))).values())
        if len({column.dtype.kind in "UO" for column in results}) > 1:  # text and numbers
            results = [column.astype(object) for column in results]
        has_masks = any(isinstance(column, np.ma.MaskedArray) for column in results)
        matrix: Host = (np.ma if has_masks else np).column_stack(results)
        return matrix

    def _score(self, table: Any) -> _Columns:
        title = self._program.signature.name
        arrays = self._bind(table)
        if arrays and not len(arrays[0]):  # engines ask with no rows what columns there will be
            return {field.name: _nothing(field.dtype) for field in self.fields}
        if self._program.signature.guard:
            self._program._check_assumptions(arrays)
        results = self._program.run(arrays, threads=self._threads)
        for leaf, result in zip(self._program.signature.outputs, results, strict=True):
            if len(result) != len(arrays[0]):
                raise EvaluationError(
                    f"{title}: output {leaf.name!r} has {len(result)} rows for {len(arrays[0])} rows of the "
                    "table; a scorer needs one for each"
                )
        return {
            field.name: results[field.output]
            if field.column is None
            else results[field.output][:, field.column]
            for field in self.fields
        }

    def _bind(self, table: Any) -> list[Host]:
        """Return the arrays of a table, one for each input of the program."""
        title = self._program.signature.name
        leaves = self._column_leaves()
        dtypes = [leaf.dtype for leaf in leaves]
        columns = tables.columns(table, list(self.columns), title, dtypes)
        arrays = [
            self._convert(column, leaf, name)
            for column, leaf, name in zip(columns, leaves, self.columns, strict=True)
        ]
        tables.require_rows(self.columns, arrays, title)
        return [stacked(arrays)] if self._is_matrix else arrays

    def _convert(self, column: Any, leaf: Leaf, name: str) -> Host:
        """Return a column as an array of the dtype of its input."""
        assert leaf.dtype is not None
        array: Host = column_values.as_input(column, leaf.dtype, name, self._cast)
        is_2d = leaf.shape is not None and len(leaf.shape) == 2 and not self._is_matrix
        return array[:, None] if is_2d and array.ndim == 1 else array

    def stream(
        self,
        source: str | os.PathLike[str],
        target: str | os.PathLike[str],
        *,
        batch: int = 65_536,
        progress: bool = True,
        separator: str = ",",
        decimal: str = ".",
        encoding: str = "utf-8",
        missing: Sequence[str] | None = None,
    ) -> int:
        """Score a file, one batch of rows at a time.

        The results are collected in a folder, ``target + ".parts"``, and moved into place at the end, so the
        target is complete or absent. If a run was interrupted, the same call goes on where it ended. While one
        process writes a target, others raise an error. Columns of a CSV file that are kept are text, as they
        are there, but for those that are inputs, too. Spans of time are whole numbers in the unit of their
        dtype there.

        Parameters
        ----------
        source, target : str or path
            The files to read and to write: ``.csv`` and ``.tsv`` (also ``.csv.gz`` and ``.csv.zst``),
            ``.parquet``, ``.arrow`` or ``.feather`` (Arrow IPC; also a stream to read), or ``.npy``, whose
            columns are those of `columns`, in this order.
        batch : int, optional
            The largest number of rows at a time. Wide rows come in batches of 64 MB, and a model of one row, or
            another number, gets as many.
        progress : bool, optional
            Whether to show the progress in a terminal, which needs ``tqdm``.
        separator, decimal, encoding : str, optional
            How a CSV source is written: the character between cells, a tab in ``.tsv``, the decimal point, and
            the encoding, by its name in Python. A CSV target has commas, or tabs, points and UTF-8.
        missing : list of str, optional
            The cells of a CSV source that are missing values, besides blank ones. By default those that are so
            for `pandas.read_csv`, such as ``NA``, ``null`` and ``NaN``. Missing values are NaN, ``""``, NaT, or
            null for nullable inputs.

        Returns
        -------
        int
            The number of rows.

        Raises
        ------
        ArgumentError
            If the format is unknown, the source cannot be read or lacks a column, or another run is writing
            the target.
        FeedError, AssumptionError, EvaluationError
            If a batch cannot be scored; the message names its rows.
        FileNotFoundError
            If there is no source, or no folder for the target.
        SaveError
            If a part or the target cannot be written, such as on a full disk.
        MissingPackageError
            If ``pyarrow`` is not installed.
        """
        if as_integer(batch, "stream", "batch") < 1:
            raise ArgumentError(f"stream: batch must be at least 1, not {batch}")
        from pathlib import Path  # files need a dozen modules of the standard library

        from onnxp._src.program.csv_files import csv_format

        csv = csv_format("stream", separator, decimal, encoding, missing)
        return self._stream(Path(source), Path(target), batch, progress, csv)

    def _stream(
        self,
        source: Path,
        target: Path | Write,
        batch: int,
        progress: bool,
        csv: CsvFormat,
        *,
        once: bool = False,
    ) -> int:
        """Score a file into another, or write it as CSV; `once` keeps no parts of a broken run."""
        from onnxp._src.program import streams
        from onnxp._src.program.table_files import is_csv

        dtypes = [leaf.dtype for leaf in self._column_leaves() if leaf.dtype is not None]
        width = sum(x.host.itemsize for x in (*dtypes, *(field.dtype for field in self.fields)))
        identity = repr((self.columns, self.keep, self._cast)).encode()
        model = self._program.__getstate__()[0] + identity
        is_text = not isinstance(target, os.PathLike) or is_csv(target)
        score = self._in_counts if is_text else self
        fixed = [
            leaf.shape[0] for leaf in self._inputs if leaf.shape and isinstance(leaf.shape[0], int)
        ]
        batch = min(batch, *fixed) if fixed else batch
        task = streams.Task(model, self._columns_of_files(csv), width, score)
        if not isinstance(target, os.PathLike):
            return streams.pipe(task, source, target, batch, progress)
        return streams.stream(task, source, target, batch, progress, once=once)

    def _columns_of_files(self, csv: CsvFormat) -> Columns:
        """Return the columns that are read of a file."""
        from onnxp._src.program.csv_files import KEPT, Columns, kind_of_cells

        dtypes = [leaf.dtype for leaf in self._column_leaves() if leaf.dtype is not None]
        others = [name for name in self.keep if name not in self.columns]
        kinds = [*map(kind_of_cells, dtypes), *(KEPT for _ in others)]
        return Columns([*self.columns, *others], kinds, csv)

    def _in_counts(self, table: Any) -> Any:
        """Score a table; spans of time are numbers of units."""
        return engines.table_like(
            table,
            self._kept(table)
            | {name: _counted(column) for name, column in self._score(table).items()},
        )

    # What engines ask for

    def iterate(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Score batches one by one, for ``mapInArrow`` of Spark.

        Parameters
        ----------
        batches : iterable of tables
            The batches, of any kind that a call takes.

        Yields
        ------
        table
            The result of each, of the same kind; labels of categories are text, as `ddl` says.
        """
        for batch in batches:
            yield self._scored(batch, {})

    def meta(self, frame: Any) -> Any:
        """Return the result for no rows, for ``map_partitions`` of Dask.

        Parameters
        ----------
        frame : data frame of Dask or pandas
            What will be scored.

        Returns
        -------
        pandas.DataFrame
            The columns of the result, without rows.

        Raises
        ------
        FeedError
            If it is a frame of another package.
        """
        frame = getattr(frame, "_meta", frame)
        if not hasattr(frame, "iloc"):
            raise FeedError(
                f"meta: a frame of Dask or pandas is needed, not {tables.kind_of(frame)}; write "
                "scorer.schema(lf) for Polars, and scorer.ddl for Spark"
            )
        return self(frame.iloc[:0])

    def schema(self, frame: Any) -> dict[str, Any]:
        """Return the names and dtypes of the result, for ``map_batches`` of a lazy frame of Polars.

        Parameters
        ----------
        frame : polars.LazyFrame or polars.DataFrame
            What will be scored.

        Returns
        -------
        dict
            The dtype of each column.

        Raises
        ------
        ArgumentError
            If Polars has no type for an output.
        FeedError
            If it is a frame of another package.
        """
        if not hasattr(frame, "collect_schema"):
            raise FeedError(
                f"schema: a frame of Polars is needed, not {tables.kind_of(frame)}; write scorer.meta(df) for "
                "pandas and Dask, and scorer.ddl for Spark"
            )
        polars = tables.import_package("polars", "schema")
        kept = frame.collect_schema()
        return (
            {name: kept[name] for name in self.keep}
            | {name: getattr(polars, kind) for name, kind in self._types_in(engines.POLARS).items()}
            | {
                field.name: polars.Enum(list(field.dtype.categories))
                for field in self.fields
                if field.dtype.categories
            }
        )

    @property
    def ddl(self) -> str:
        """The columns of the result as Spark writes a schema, such as ``"label bigint, score double"``.

        Raises
        ------
        ArgumentError
            If columns are kept, whose types a program does not know.
        """
        if self.keep:
            raise ArgumentError(
                f"ddl: the types of the kept columns {list(self.keep)} are those of the frame; write them "
                "before the ones of Program.on() without keep"
            )
        types = self._types_in(engines.SPARK)
        return ", ".join(f"{engines.quoted(name, '`')} {kind}" for name, kind in types.items())

    def duckdb(self) -> dict[str, Any]:
        """Return the arguments of ``create_function`` of a DuckDB connection, but for the name.

        The function takes `columns` in their order. With several outputs it returns a struct. If an input is
        nullable, the function is called for NULL; else its result is NULL where an argument is.

        Returns
        -------
        dict
            ``function``, ``parameters``, ``return_type``, ``type`` and ``null_handling``.

        Raises
        ------
        ArgumentError
            If DuckDB has no type for an input or an output.
        """
        pa = tables.import_package("pyarrow", "duckdb")
        leaves = self._column_leaves()
        types = [
            engines.type_name(engines.DUCKDB, leaf.dtype, f"input {name!r}")
            for name, leaf in zip(self.columns, leaves, strict=True)
            if leaf.dtype is not None
        ]
        is_nullable = any(leaf.dtype is not None and leaf.dtype.is_nullable for leaf in leaves)
        results = self._types_in(engines.DUCKDB)
        several = ", ".join(f"{engines.quoted(name)} {kind}" for name, kind in results.items())
        single = len(self.fields) == 1

        def function(*columns: Any) -> Any:
            result = self._score(dict(zip(self.columns, columns, strict=True)))
            arrays = [engines.arrow_array(column) for column in result.values()]
            return arrays[0] if single else pa.StructArray.from_arrays(arrays, list(result))

        # DuckDB counts the parameters (2.0)
        places = [
            Parameter(f"column_{i}", Parameter.POSITIONAL_ONLY) for i in range(len(self.columns))
        ]
        function.__signature__ = Signature(places)  # type: ignore[attr-defined]  # for inspect
        return {
            "function": function,
            "parameters": types,
            "return_type": next(iter(results.values())) if single else f"STRUCT({several})",
            "type": "arrow",
            "null_handling": "special" if is_nullable else "default",
        }

    def _types_in(self, types: Mapping[str, str]) -> dict[str, str]:
        """Return the types of the outputs in an engine, by their names."""
        return {
            field.name: engines.type_name(types, field.dtype, f"output {field.name!r}")
            for field in self.fields
        }

    def _column_leaves(self) -> Sequence[Leaf]:
        return [self._inputs[0]] * len(self.columns) if self._is_matrix else self._inputs


def _counted(column: Any) -> Any:
    """Return spans of time as numbers of their unit, and other columns unchanged."""
    if column.dtype.kind != "m":
        return column
    return np.ma.MaskedArray(column.astype(np.int64), np.isnat(column))


def _nothing(dtype: DType) -> Host:
    """Return no elements of a dtype."""
    empty = np.empty(0, dtype.numpy)
    return np.ma.MaskedArray(empty) if dtype.is_nullable else empty


_State: TypeAlias = "tuple[Program, Sequence[str], Sequence[str], Cast]"
"""What is pickled of a scorer."""

__test__ = {"Scorer": Scorer}
"""For doctest, which passes over a class whose ``__module__`` is another."""
