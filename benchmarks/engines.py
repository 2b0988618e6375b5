"""Rows per second of a scorer in each engine that is installed, beside scikit-learn's own predict there.

``python -m benchmarks.engines [ROWS [ENGINE ...]]`` prints a line for each pipeline and engine; ``make
engines`` does so for a million rows. scikit-learn's predict is given to the engine as its users write it: in
Ray and Spark it takes batches that the engine makes frames of pandas, elsewhere it makes them itself. A
function that does nothing is given in the same way as the scorer; its rows per second tell what the engine
takes for itself.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from onnxp.sklearn import trace_estimator

from . import measure

SMALL = 1_000
PARTS = 8
# Without their types: they are not installed where the types are checked.
pa = import_module("pyarrow")
pl = import_module("polars")
Function = Callable[[Any], Any]
"""What takes a table and returns one of the same kind with a column of labels; it can be pickled."""


def numbers(rows: int) -> pd.DataFrame:
    """Return columns of numbers."""
    return pd.DataFrame(np.random.default_rng(0).normal(size=(rows, 8)), columns=list("abcdefgh"))


def linear(df: pd.DataFrame) -> Any:
    """Return a scaler and a logistic regression."""
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(df, df["a"] > 0)


def passengers(rows: int) -> pd.DataFrame:
    """Return columns of numbers, some of them missing, and of text."""
    rng = np.random.default_rng(0)
    df = pd.DataFrame(
        rng.gamma(8, 4, size=(rows, 4)), columns=["age", "fare", "distance", "weight"]
    )
    df["age"] = df["age"].where(rng.random(rows) > 0.2)
    df["sex"] = rng.choice(["female", "male"], rows)
    df["port"] = rng.choice(["Southampton", "Cherbourg", "Queenstown"], rows)
    return df


def encoded(df: pd.DataFrame) -> Any:
    """Return an imputer, a scaler, an encoder of text and a logistic regression."""
    return _behind_encoder(df, LogisticRegression())


def boosted(df: pd.DataFrame) -> Any:
    """Return the same with boosted trees."""
    return _behind_encoder(df, HistGradientBoostingClassifier())


def _behind_encoder(df: pd.DataFrame, classifier: Any) -> Any:
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["age", "fare", "distance", "weight"]),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["sex", "port"]),
    )
    chance = (df["sex"] == "female") * 30 + df["fare"] - df["age"].fillna(30)
    return make_pipeline(columns, classifier).fit(df, chance > 15)


PIPELINES = {
    "scaler and logistic regression of 8 columns": (numbers, linear),
    "imputer, scaler, one-hot and logistic regression of 6 columns": (passengers, encoded),
    "imputer, scaler, one-hot and boosted trees of 6 columns": (passengers, boosted),
}


class Labels(ABC):
    """A function of a table of pandas, Polars or Arrow that returns a column of labels, as a user writes it."""

    def __call__(self, table: Any) -> Any:
        """Return a table of the same kind."""
        labels = self.labels(table)
        if isinstance(table, pd.DataFrame):
            return pd.DataFrame({"label": labels}, index=table.index)
        if isinstance(table, pl.DataFrame):
            return pl.DataFrame({"label": labels})
        return type(table).from_pydict({"label": pa.array(labels)})

    @abstractmethod
    def labels(self, table: Any) -> Any:
        """Return an array."""

    def iterate(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Yield the labels of batches of Spark."""
        yield from map(self, batches)


class Predict(Labels):
    """The predict of scikit-learn."""

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    def labels(self, table: Any) -> Any:
        """Return what is predicted."""
        df = table if isinstance(table, pd.DataFrame) else table.to_pandas()
        return self._estimator.predict(df)


class Nothing(Labels):
    """A function that looks at no column."""

    def labels(self, table: Any) -> Any:
        """Return False for each row."""
        return np.zeros(len(table), bool)


Engine = Callable[[pd.DataFrame, Any, Any], Callable[[], object]]
"""What makes an action that scores a frame by a function; the scorer says what the result is."""


def in_pandas(df: pd.DataFrame, function: Any, _: Any) -> Callable[[], object]:
    """Return a call of the function."""
    return partial(function, df)


def in_small_frames(df: pd.DataFrame, function: Any, _: Any) -> Callable[[], object]:
    """Return calls for few rows each."""
    parts = [df[i : i + SMALL] for i in range(0, len(df), SMALL)]
    return lambda: [function(part) for part in parts]


def in_polars(df: pd.DataFrame, function: Any, scorer: Any) -> Callable[[], object]:
    """Return a lazy frame of Polars, collected."""
    lazy = pl.from_pandas(df).lazy()
    collect: Callable[[], object] = lazy.map_batches(function, schema=scorer.schema(lazy)).collect
    return collect


def in_dask(df: pd.DataFrame, function: Any, scorer: Any) -> Callable[[], object]:
    """Return a frame of Dask, computed by its threads."""
    ddf = import_module("dask.dataframe").from_pandas(df, npartitions=PARTS)
    compute: Callable[[], object] = ddf.map_partitions(function, meta=scorer.meta(ddf)).compute
    return compute


def in_duckdb(df: pd.DataFrame, function: Any, scorer: Any) -> Callable[[], object]:
    """Return a query of DuckDB."""
    connection = import_module("duckdb").connect()
    connection.register("passengers", df)
    arguments = scorer.duckdb()
    if function is not scorer:
        names = list(df)
        by_columns: Any = lambda *columns: pa.array(  # noqa: E731 # with a signature of its own
            function.labels(pa.Table.from_arrays(columns, names))
        )
        by_columns.__signature__ = arguments["function"].__signature__
        arguments |= {"function": by_columns}
    connection.create_function("score", **arguments)
    query = f"select count(*) from passengers where score({', '.join(df)})"
    return lambda: connection.sql(query).fetchall()


def in_ray(df: pd.DataFrame, function: Any, _: Any) -> Callable[[], object]:
    """Return a data set of Ray, materialized."""
    ray = import_module("ray")
    if not ray.is_initialized():
        logging.getLogger("ray").setLevel(logging.ERROR)
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    data = ray.data.from_arrow(pa.Table.from_pandas(df)).repartition(PARTS).materialize()
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # which it has set meanwhile
    kind = "pandas" if isinstance(function, Predict) else "pyarrow"
    return lambda: data.map_batches(function, batch_format=kind).materialize()


def in_spark(df: pd.DataFrame, function: Any, scorer: Any) -> Callable[[], object]:
    """Return an aggregate of Spark."""
    os.environ["PYSPARK_PYTHON"] = sys.executable  # of the workers
    builder = import_module("pyspark.sql").SparkSession.builder.master("local[2]")
    spark = builder.config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")  # to make the frame
    sdf = spark.createDataFrame(df).coalesce(2).cache()
    mapped = sdf.mapInPandas if isinstance(function, Predict) else sdf.mapInArrow
    # a frame that was computed keeps its stages, so each call makes one
    return lambda: mapped(function.iterate, scorer.ddl).agg({"label": "count"}).collect()


ENGINES: dict[str, tuple[Engine, bool]] = {
    "pandas": (in_pandas, True),
    f"pandas, {SMALL:,} rows at a time": (in_small_frames, True),
    "Polars": (in_polars, True),
    "Dask": (in_dask, find_spec("dask") is not None),
    "DuckDB": (in_duckdb, find_spec("duckdb") is not None),
    "Ray": (in_ray, find_spec("ray") is not None),
    "Spark": (in_spark, find_spec("pyspark") is not None and shutil.which("java") is not None),
}
"""The engines, and whether they are installed."""


def main(rows: int, *names: str) -> None:
    """Print a line for each pipeline and engine."""
    for title, (make, fit) in PIPELINES.items():
        print(f"\n{title}, thousand rows per second")
        print(
            f"{'':<28} {'nothing':>10} {'scikit-learn':>13} {'onnxp':>10} {'ratio':>6} {'inside':>7}"
        )
        df = make(rows)
        estimator = fit(df[:SMALL])
        scorer = trace_estimator(estimator, "predict", example=df[:SMALL]).on()
        functions = (Nothing(), Predict(estimator), scorer)
        for name, (engine, is_installed) in ENGINES.items():
            if not is_installed or (names and name not in names):
                continue
            actions = [engine(df, function, scorer) for function in functions]
            nothing, predict, score = measure.least_seconds(actions)
            speeds = [rows / seconds / 1000 for seconds in (nothing, predict, score)]
            is_hidden = score - nothing < nothing / 10  # by what the engine's own time varies
            inside = "-" if is_hidden else f"{(predict - nothing) / (score - nothing):.2f}"
            print(
                f"{name:<28} {speeds[0]:>10,.0f} {speeds[1]:>13,.0f} {speeds[2]:>10,.0f} "
                f"{predict / score:>6.2f} {inside:>7}",
                flush=True,
            )


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of the engines
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, *sys.argv[2:])
