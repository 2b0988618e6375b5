"""Scorers on the engines themselves, for frames with columns in another order; run by ``make engines``."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import onnxp as xp
from onnxp.errors import FeedError

ROWS = 1000
rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {"fare": rng.normal(size=ROWS), "id": np.arange(ROWS), "age": rng.normal(size=ROWS) * 10}
)
MISSING, DOUBLED = r"has no \['age'\]", "several columns 'age'"
EXPECTED = FRAME["age"] * 2 + FRAME["fare"]


@pytest.fixture(scope="module")
def program() -> xp.Program:
    return xp.trace(
        lambda age, fare: {"score": age * 2 + fare, "old": age > 5}, "float64[N]", "float64[N]"
    )


def agrees(result: Any) -> bool:
    """Return whether a result has the scores of all rows, in any order."""
    result = pd.DataFrame(result).sort_values("id", ignore_index=True)
    return bool(
        np.array_equal(result["id"], FRAME["id"])
        and np.array_equal(result["score"], EXPECTED)
        and np.array_equal(result["old"], FRAME["age"] > 5)
    )


def doubled(table: Any) -> Any:
    """Return a table or batch of Arrow with its column `age` twice."""
    names = [*table.schema.names, "age"]
    return type(table).from_arrays([*table.columns, table["age"]], names)


def test_polars(program: xp.Program):
    scorer = program.on(keep=["id"])
    lazy = pl.from_pandas(FRAME).lazy()
    scored = lazy.map_batches(scorer, schema=scorer.schema(lazy))
    assert agrees(scored.collect().to_pandas())
    assert scored.filter(pl.col("old")).collect().height == int((FRAME["age"] > 5).sum())
    wrong = lazy.drop("age").map_batches(scorer, schema=scorer.schema(lazy))
    with pytest.raises(Exception, match=MISSING):  # of Polars
        wrong.collect()


def test_dask(program: xp.Program):
    dd = pytest.importorskip("dask.dataframe", reason="`make engines` installs dask")
    scorer = program.on(keep=["id"])
    ddf = dd.from_pandas(FRAME, npartitions=3)
    scored = ddf.map_partitions(scorer, meta=scorer.meta(ddf))
    assert agrees(scored.compute())
    assert scored["score"].sum().compute() == pytest.approx(EXPECTED.sum())
    with pytest.raises(FeedError, match=MISSING):
        scorer.meta(ddf[["fare", "id"]])
    wrong = ddf[["fare", "id"]].map_partitions(scorer, meta=scorer.meta(ddf))
    with pytest.raises(FeedError, match=MISSING):
        wrong.compute()
    twice = ddf.map_partitions(lambda df: scorer(df[[*df, "age"]]), meta=scorer.meta(ddf))
    with pytest.raises(FeedError, match=DOUBLED):
        twice.compute()


def test_duckdb(program: xp.Program):
    duckdb = pytest.importorskip("duckdb", reason="`make engines` installs duckdb")
    with duckdb.connect() as con:
        con.register("passengers", FRAME)
        con.create_function("score", **program.on().duckdb())
        query = "select id, s.score, s.old from (select id, score(age, fare) as s from passengers)"
        assert agrees(con.sql(query).df())
        assert agrees(program.on(keep=["id"])(con.table("passengers")).to_pandas())
        with pytest.raises(FeedError, match=MISSING):
            program.on()(con.sql("select fare, id from passengers"))
        with pytest.raises(duckdb.Error, match="score"):  # two parameters
            con.sql("select score(fare) from passengers").fetchall()
        single = xp.trace(lambda fare: {"double": fare * 2}, "float64[N]")
        con.create_function("double", **single.on().duckdb())
        ((total,),) = con.sql("select sum(double(fare)) from passengers").fetchall()
        assert total == pytest.approx(FRAME["fare"].sum() * 2)


def test_duckdb_has_nulls_and_times():
    duckdb = pytest.importorskip("duckdb", reason="`make engines` installs duckdb")
    dtypes = {"i": "int64?", "b": "bool?", "f": "float32?", "t": "string?"}
    times = {"d": "datetime64[D]", "s": "datetime64[s]", "u": "datetime64[us]"}
    for name, dtype in (dtypes | times).items():
        program = xp.trace(lambda x: {"y": x}, f"{dtype}[N]")
        options = program.on().duckdb()
        (kind,) = options["parameters"]
        value = "1" if name in dtypes else "'2024-02-28'"
        with duckdb.connect() as con:
            con.create_function("f", **options)
            query = f"select f(x) = x, f(null::{kind}) is null from (select {value}::{kind} as x)"
            assert con.sql(query).fetchall() == [(True, True)], dtype
    filled = xp.trace(lambda x: {"y": xp.nulls.fill_null(x, -1)}, "int64?[N]")
    with duckdb.connect() as con:
        con.create_function("f", **filled.on().duckdb())
        rows = con.sql("select f(x) from (values (3), (null)) as t(x)").fetchall()
        assert rows == [(3,), (-1,)]


@pytest.mark.filterwarnings("ignore")  # its own
def test_spark(program: xp.Program, monkeypatch: pytest.MonkeyPatch):
    sql = pytest.importorskip("pyspark.sql", reason="`make engines` installs pyspark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java: https://spark.apache.org/docs/latest/#downloading")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)  # of the workers
    spark = sql.SparkSession.builder.master("local[2]").getOrCreate()
    try:
        sdf = spark.createDataFrame(FRAME)
        scorer = program.on(keep=["id"])
        scored = sdf.mapInArrow(scorer.iterate, "id bigint, " + program.on().ddl)
        assert agrees(scored.toPandas())
        scorer = program.on()
        wrong = sdf.drop("age").mapInArrow(scorer.iterate, scorer.ddl)
        with pytest.raises(Exception, match=MISSING):  # of Spark
            wrong.collect()
        # a frame of Spark with doubled columns cannot be mapped
        twice = sdf.mapInArrow(lambda batches: map(scorer, map(doubled, batches)), scorer.ddl)
        with pytest.raises(Exception, match=DOUBLED):
            twice.collect()
    finally:
        spark.stop()


@pytest.mark.filterwarnings("ignore")  # its own
def test_ray(program: xp.Program):
    ray = pytest.importorskip("ray", reason="`make engines` installs ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        data = ray.data.from_arrow(pa.Table.from_pandas(FRAME)).repartition(3)
        scored = data.map_batches(program.on(keep=["id"]), batch_format="pyarrow")
        assert agrees(scored.to_pandas())
        scorer = program.on()
        wrong = data.drop_columns(["age"]).map_batches(scorer, batch_format="pyarrow")
        with pytest.raises(Exception, match=MISSING):  # of Ray
            wrong.materialize()
        # Ray has no tables with doubled columns
        twice = data.map_batches(lambda table: scorer(doubled(table)), batch_format="pyarrow")
        with pytest.raises(Exception, match=DOUBLED):
            twice.materialize()
    finally:
        ray.shutdown()


@pytest.mark.filterwarnings("ignore")  # its own
def test_a_worker_of_ray_that_dies(program: xp.Program, tmp_path: Path):
    ray = pytest.importorskip("ray", reason="`make engines` installs ray")
    scorer, dead = program.on(keep=["id"]), tmp_path / "dead"

    def scored_later(table: pa.Table) -> pa.Table:
        if not dead.exists():
            dead.touch()
            os._exit(1)
        return scorer(table)

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        data = ray.data.from_arrow(pa.Table.from_pandas(FRAME)).repartition(3)
        assert agrees(data.map_batches(scored_later, batch_format="pyarrow").to_pandas())
        assert dead.exists()
    finally:
        ray.shutdown()
