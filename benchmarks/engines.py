"""Rows per second of a scorer in each engine that is installed, beside scikit-learn's own predict there.

``python -m benchmarks.engines [ROWS]`` prints a line for each; ``make engines`` does so for a million rows.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from onnxp.sklearn import trace_estimator

from . import measure

COLUMNS = list("abcdefgh")
SMALL = 1_000
# Without their types: they are not installed where the types are checked.
pa = import_module("pyarrow")
pl = import_module("polars")
Pair = tuple[Callable[[], object], Callable[[], object]]
"""What the scorer does, and what scikit-learn does, both to all rows."""


def frame(rows: int) -> pd.DataFrame:
    """Return columns of numbers."""
    return pd.DataFrame(np.random.default_rng(0).normal(size=(rows, len(COLUMNS))), columns=COLUMNS)


class ByEstimator:
    """What a user writes with scikit-learn: a table in, a column of labels out; it can be pickled."""

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    def __call__(self, df: Any) -> pd.DataFrame:
        """Return the labels of a data frame of pandas or polars, or of an Arrow table."""
        df = df if isinstance(df, pd.DataFrame) else df.to_pandas()
        return pd.DataFrame({"label": self._estimator.predict(df[COLUMNS])})

    def polars(self, df: Any) -> Any:
        """Return the labels as a data frame of polars."""
        return pl.from_pandas(self(df))

    def arrow(self, *columns: Any) -> Any:
        """Return the labels of columns of DuckDB."""
        table = pa.Table.from_arrays(columns, COLUMNS)
        return pa.array(self._estimator.predict(table.to_pandas()))

    def iterate(self, frames: Any) -> Iterator[pd.DataFrame]:
        """Yield the labels of frames of Spark."""
        yield from map(self, frames)


def pairs(rows: int) -> Iterator[tuple[str, Pair]]:
    """Yield the engines that are installed, with both ways."""
    df = frame(rows)
    estimator = make_pipeline(StandardScaler(), LogisticRegression())
    estimator.fit(df[:SMALL], df["a"][:SMALL] > 0)
    score = trace_estimator(estimator, "predict", example=df[:SMALL]).on()
    own = ByEstimator(estimator)

    yield "pandas", (partial(score, df), partial(own, df))
    parts = [df[i : i + SMALL] for i in range(0, rows, SMALL)]
    yield (
        f"pandas, {SMALL:,} rows at a time",
        (lambda: [score(part) for part in parts], lambda: [own(part) for part in parts]),
    )
    lazy = pl.from_pandas(df).lazy()
    yield (
        "Polars",
        (
            lambda: lazy.map_batches(score, schema=score.schema(lazy)).collect(),
            lambda: lazy.map_batches(own.polars, schema={"label": pl.Boolean}).collect(),
        ),
    )
    if find_spec("dask"):
        ddf = import_module("dask.dataframe").from_pandas(df, npartitions=8)
        yield (
            "Dask",
            (
                lambda: ddf.map_partitions(score, meta=score.meta(ddf)).compute(
                    scheduler="threads"
                ),
                lambda: ddf.map_partitions(own, meta=own(df[:1])).compute(scheduler="threads"),
            ),
        )
    if find_spec("duckdb"):
        connection = import_module("duckdb").connect()
        connection.register("rows", df)
        arguments = score.duckdb()
        connection.create_function("scored", **arguments)
        by_own: Any = lambda *columns: own.arrow(*columns)  # noqa: E731 # with a signature of its own
        by_own.__signature__ = arguments["function"].__signature__
        connection.create_function("predicted", **arguments | {"function": by_own})
        query = "select count(*) from rows where {}(" + ", ".join(COLUMNS) + ")"
        yield (
            "DuckDB",
            (
                lambda: connection.sql(query.format("scored")).fetchall(),
                lambda: connection.sql(query.format("predicted")).fetchall(),
            ),
        )
    if find_spec("ray"):
        ray = import_module("ray")
        logging.getLogger("ray").setLevel(logging.ERROR)
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        data = ray.data.from_arrow(pa.Table.from_pandas(df)).repartition(8).materialize()
        yield (
            "Ray",
            (
                lambda: data.map_batches(score, batch_format="pyarrow").materialize(),
                lambda: data.map_batches(own, batch_format="pandas").materialize(),
            ),
        )
        ray.shutdown()
    if find_spec("pyspark") and shutil.which("java"):
        os.environ["PYSPARK_PYTHON"] = sys.executable  # of the workers
        spark = import_module("pyspark.sql").SparkSession.builder.master("local[2]").getOrCreate()
        spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")  # to make the frame
        sdf = spark.createDataFrame(df).coalesce(2).cache()
        yield (
            "Spark",
            (
                lambda: sdf.mapInArrow(score.iterate, score.ddl).agg({"label": "count"}).collect(),
                lambda: (
                    sdf.mapInPandas(own.iterate, "label boolean").agg({"label": "count"}).collect()
                ),
            ),
        )
        spark.stop()


def main(rows: int = 1_000_000) -> None:
    """Print a line for each engine."""
    print(f"{'engine':<28} {'rows/s':>12} {'scikit-learn':>14} {'ratio':>6}")
    for name, (scored, predicted) in pairs(rows):
        one, two = measure.seconds(scored, predicted)
        print(f"{name:<28} {rows / one:>12,.0f} {rows / two:>14,.0f} {two / one:>6.2f}", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of the engines
    main(*map(int, sys.argv[1:]))
