"""Functions of data frames as people write them in notebooks: missing text, nulls, categories, rows, calendars.

The expressions of a group are columns of one model, which runs in sessions of its own for 0, 1 and 7 rows.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import onnxp as xp
from onnxp.errors import EstimatorError, FrameError, SpecError
from onnxp.sklearn import trace_estimator
from tests.helpers.sessions import both

ROWS = 14
_rng = np.random.default_rng(3)
FRAME = pd.DataFrame(
    {
        "s": pd.Series(
            np.resize(np.array(["ab c", None, "E46 E50", "-"], object), ROWS), dtype="str"
        ),
        "t": pd.Series(np.resize(["x", "", "yes", "Yes"], ROWS), dtype="str"),
        "u": np.resize(["yes", "x"], ROWS),
        "k": np.resize([0, 1, 2, -1, 3], ROWS),
        "a": np.where(_rng.random(ROWS) < 0.3, np.nan, _rng.normal(size=ROWS).round(2)),
        "b": _rng.normal(size=ROWS).round(2),
        "f": np.resize([True, False, True, True], ROWS),
        "g": np.resize([True, True, False], ROWS),
        "i": pd.array(np.resize(np.array([3, None, 0, 12], object), ROWS), "Int64"),
        "x": pd.array(np.resize(np.array([0.5, 4.5, None], object), ROWS), "Float64"),
        "m": pd.array(np.resize(np.array([True, None, False], object), ROWS), "boolean"),
        "q": pd.array(np.resize(np.array(["u", None, "v"], object), ROWS), "string"),
        "c": pd.Categorical(np.resize(["M", "S", "L"], ROWS), ["S", "M", "L"], ordered=True),
        "h": pd.Categorical(np.resize(np.array(["red", None, "blue"], object), ROWS)),
        "d": np.resize(
            np.array(
                ["2024-02-29T07:30", "2023-12-31T23:59", "2000-01-31", "1969-03-01"], "M8[us]"
            ),
            ROWS,
        ),
        "e": np.resize(np.array(["2024-05-31", "NaT", "2023-01-01T00:00:01"], "M8[us]"), ROWS),
    }
)

GROUPS = {
    "missing text": """
        df["s"].isna()
        df["s"].fillna("").isna()
        df["s"].apply(str)
        df["s"].map(str)
        df["q"].map(str)
        df["k"].map(str)
        df["i"].map(str)
        df["m"].apply(str)
        df["h"].map(str)
        df["u"].map(defaultdict(lambda: "?", x="X"))
        df["u"].apply({"x": "X"}.get)
        df["u"].map(str.upper)
        df["u"].apply(str.title)
        df["s"].where(df["k"] > 0).isna()
        df["s"].fillna("").where(df["k"] > 0, "") + "!"
        df["s"].where(df["k"] > 0, None) + "!"
        df["s"].mask(df["k"] > 0, "z").fillna("?")
        df["k"].map({0: "zero", 1: ""}).isna()
        df["k"].map({0: "zero", 1: ""}) + "."
        df["t"].map({"x": "X", "yes": ""}).fillna("none")
        df["s"].fillna("").replace("", np.nan).isna()
        df["s"].replace("-", None).isna()
        df["s"].str[5].isna()
        df["s"].str.split(" ").str[1].fillna("none")
        df["s"].str.extract("(E)", expand=False).notna()
        df["s"].str.cat(df["t"], sep="-").isna()
        df["s"].str.cat(df["t"], na_rep="?") + "."
        df["s"].map(lambda s: s or "?")
        df["t"].map(lambda s: s or "?")
        df["t"].map(lambda s: "none" if not s else s)
        df["s"].map(lambda s: None if pd.isna(s) else "" if s == "-" else s).isna()
        df["t"].isna()
        assigned(df.assign(n=None), lambda df, r: r.loc.__setitem__((df["k"] > 0, "n"), "x"))["n"]
        df.assign(n=np.nan)["n"].fillna(df["s"])
        df["t"].fillna("?") + "."
        df["t"] == ""
        df["s"] == ""
        df["s"] != ""
        df["s"] == df["s"].where(df["k"] > 0)
        df["s"].isin(["-", None])
        df["s"].isin([""])
        df["e"].dt.strftime("%Y").isna()
    """,
    "numbers of text": """
        df["s"].str.len()
        df["t"].str.len()
        df["s"].str.find("E")
        df["s"].str.count("[Eb]")
        df["s"].str.split().str.len()
        df["s"].str.split(" ").str.len().fillna(0)
        df["t"].str.split("e").apply(len)
        df["t"].str.split("e").map(lambda parts: parts[0] if len(parts) > 1 else "none")
        df["s"].str.contains("b", na=True)
        df["s"].str.contains("^$")
        df["s"].str.isalpha()
        df["t"].str.len().astype(str)
        df["d"].dt.month.astype(str).str.zfill(2)
        df["u"].map({"x": 1}.get)
        df["u"].map(defaultdict(lambda: 7.5, x=1))
        df["s"].map(defaultdict(lambda: 7.5, {"-": 1, np.nan: 2}))
        df["s"].map(defaultdict(lambda: 7, {"-": 1}), na_action="ignore")
        df["k"].map(Counter([1, 1, 2]))
        df["i"].map(Counter([3, 12, 12]))
        df["k"].map(float) + df["k"].map(bool)
        df["t"].replace({"x": 1, "": 0, "yes": 2, "Yes": 2})
        df[["t", "u"]].replace({"x": 1, "": 0, "yes": 2, "Yes": 2})["u"]
        df[["a", "b"]].fillna(df[["a", "b"]] * 0)["a"]
        df["t"].replace(["x", "", "yes", "Yes"], [1, 0, 2, 2]) + 1
    """,
    "nulls": """
        df["k"].where(df["i"] > 2, -1)
        df["k"].mask(df["i"] > 2, -1)
        df["i"].mask(df["i"] > 2, -1).fillna(-5)
        (~(df["i"] > 2)).fillna(True)
        ((df["i"] > 2) & (df["k"] > 0)).fillna(False)
        ((df["i"] > 2) | (df["k"] > 0)).fillna(False)
        df["i"] > 2
        df["i"].ne(3)
        df["i"].between(1, 5)
        df["m"] | df["f"]
        ~df["m"]
        df["i"]
        df["i"] * df["x"]
        df["i"] // 5
        df["i"].isin([3, 12])
        np.where((df["i"] > 2).fillna(False), 1, 0)
        df["i"].to_numpy(dtype=float, na_value=np.nan)
        df["i"].astype("string").fillna("none")
        df["i"].astype("float64") / 2
        df["i"].fillna(0).map(lambda v: v * 2 if v > 2 else 0)
        df[["i", "x"]].sum(axis=1)
        df["q"].fillna("?") + "!"
        (df["q"] == "u").fillna(False)
        1 ** df["i"]
        df["i"] ** 0
        np.power(df["x"], 0)
        df["k"].abs() ** df["i"]
        df["i"] ** df["k"].abs()
        2 ** df["i"]
        df[["b", "i"]].combine_first(df[["a", "b"]])["a"]
        df[["b", "i"]].combine_first(df[["a", "b"]])["i"]
        df[["i"]].combine_first(df[["i", "k"]])["k"]
        assigned(df, lambda df, r: r.loc.__setitem__((df["i"] > 2, "k"), 9))["k"]
        assigned(df, lambda df, r: r.loc.__setitem__((~(df["i"] > 2), "k"), 9))["k"]
        assigned(df, lambda df, r: r.loc.__setitem__((df["m"], "k"), 9))["k"]
        assigned(df[["i", "x"]], lambda df, r: r.__setitem__(r > 3, -1))["i"]
        assigned(df[["i", "k"]], lambda df, r: r.__setitem__(df["i"] > 2, -1))["k"]
    """,
    "categories": """
        df["c"].cat.codes
        df["h"].cat.codes
        df["c"] > "S"
        df["c"] <= "M"
        df["c"] == "M"
        df["h"].cat.add_categories(["none"]).fillna("none").astype(object)
        df["t"].astype(pd.CategoricalDtype(["yes", "x"])).cat.codes
        df["k"].astype(pd.CategoricalDtype([2, 1, 0])).cat.codes
        pd.Categorical(df["t"], categories=["yes", "x"]).codes
        pd.Categorical(df["k"], dtype=pd.CategoricalDtype([2, 1, 0])).codes
        pd.Categorical(df["c"]).codes
        pd.Series(pd.Categorical(df["t"], categories=["x", "yes"], ordered=True)) >= "yes"
        df.assign(t=pd.Categorical(df["t"], ["yes", "x"]))["t"].isna()
        pd.Categorical(df["t"], ["x"]).rename_categories(["ex"]).astype(str)
        df["k"] * pd.Categorical(df["t"], ["yes", "x"], ordered=True).ordered
        df["k"] * len(pd.Categorical(df["t"], ["yes", "x"]).categories)
        pd.concat([df["b"], pd.get_dummies(df[["t"]]), indicators(df)], axis=1)[["b", "t_x", "k_1"]].sum(axis=1)
        pd.concat([pd.get_dummies(df[["k", "t"]]), df["b"]], axis=1).reindex(columns=["t_yes"])["t_yes"]
        df[["b"]].join(pd.get_dummies(df["t"], prefix="t"))["t_x"]
        df[["b"]].join(df["k"])["k"]
        df[["b"]].join([df[["k"]], df[["k"]].add_suffix("_2")])["k_2"]
        df[["b", "k"]].join(df[["b"]] * 2, rsuffix="_2")["b_2"]
        df[["b", "k"]].join(df[["b"]] * 2, lsuffix="_1")["b_1"]
        pd.cut(df["b"], [-9, 0, 0.5, 9], labels=["low", "mid", "high"]).cat.codes
        pd.cut(df["b"], [-1, 0, 0.5, 9]).cat.codes
        pd.cut(df["b"], [-1, 0, 0.5, 9]).astype(str)
        pd.cut(df["b"], [-1, 0, 1]).astype(object).astype(str)
        pd.cut(df["k"], [0, 1, 9]).map(str)
        pd.cut(df["b"], [-1, 0, 0, 1], labels=["low", "high"], duplicates="drop").astype(str)
        pd.cut(df["b"], pd.IntervalIndex.from_breaks([-1, 0, 1], closed="left")).cat.codes
        pd.cut(df["b"].to_numpy(), [-1, 0, 1], labels=["low", "high"]).codes
        pd.cut(df["b"].to_numpy(), [-1, 0, 1], labels=False)
        pd.cut(df["d"], pd.to_datetime(["1969-01-01", "2000-01-31", "2024-12-31"]), labels=[3, 4])
        pd.cut(df["e"], np.array(["2023-01-01", "2025-01-01"], "M8[ns]"), labels=False)
        pd.cut(df["e"], np.array(["2023-01-01", "2025-01-01"], "M8[D]"), include_lowest=True).cat.codes
        pd.get_dummies(df["h"])["red"]
        pd.get_dummies(df["k"], prefix="k").reindex(columns=["k_01"], fill_value=0)["k_01"]
        pd.get_dummies(df[["c", "k"]], drop_first=True)["c_M"]
        pd.get_dummies(df["c"], prefix="c", dummy_na=True)["c_nan"]
        pd.get_dummies(df[["c"]], dummy_na=True, drop_first=True).sum(axis=1)
        df["t"].astype("category").cat.set_categories(["yes", "x", "", "Yes"]).cat.codes
        df["t"].astype("category").cat.set_categories([]).cat.codes
        df["c"].cat.rename_categories({"S": "small"}).astype(str)
        df["c"].cat.rename_categories(["s", "m", "l"]).cat.codes
        df["h"].cat.reorder_categories(["red", "blue"]).cat.as_ordered() > "red"
        df.select_dtypes("category").shape[1] * df["k"]
        df["k"] * (df["c"].dtype == "category") + (df["i"].dtype == "Int64")
    """,
    "labels": """
        df[["k", "b"]] @ pd.Series({"b": 2.0, "k": 1.0})
        df[["k", "b"]].dot(pd.Series({"b": 2.0, "k": 1.0}))
        df[["k", "b"]].dot(pd.DataFrame({"p": [1.0, 2.0], "q": [3.0, 4.0]}, index=["b", "k"]))["q"]
        df[["k", "b"]].apply(lambda r: r.dot(pd.Series({"b": 2.0, "k": 1.0})), axis=1)
        df[["k", "b"]].apply(lambda r: r @ [2.0, 1.0], axis=1)
        df[["k", "b"]].to_numpy() @ pd.Series({"b": 2.0, "k": 1.0})
        (df[["k", "b"]] * pd.Series({"b": 2.0, "k": 1.0})).sum(axis=1)
        (df[["k", "b"]] - df[["b", "k"]]).sum(axis=1)
        df[["k", "b"]].isin({"b": [0.5], "k": [1, 2]})["k"]
        df[["k", "u"]].isin({"u": ["yes"]}).sum(axis=1)
    """,
    "rows": """
        df.apply(lambda r: r["f"] + r["g"], axis=1)
        df[["f", "g"]].apply(lambda r: r["f"] + r["g"], axis=1)
        df.apply(lambda r: (r["a"] > 0) + (r["b"] > 0) + (r["t"] == "x"), axis=1)
        df["f"].map(lambda v: v + v)
        df["b"].map(lambda v: round(v + 0.005, 2))
        df.apply(lambda r: round(r["b"] * 10.5, 1), axis=1)
        df[["k", "b"]].apply(lambda r: round(r["b"] * 10.5, 1), axis=1)
        df["f"].map(lambda v: -v)
        df["k"].map(lambda v: 2**v if v >= 1 else 0)
        df["k"].map(lambda v: 2**v)
        df.apply(lambda r: r["k"] ** 2 if r["f"] else np.power(2.0, r["k"]), axis=1)
        df["k"].map(lambda v: v ** (v - 1) if v > 0 else 0)
        df["k"].map(lambda v: sum(divmod(v, 3)))
        df["k"].map(lambda v: divmod(7, v + 10)[1])
        df["k"].map(lambda v: ((v + 10) << 2) + ((v + 10) >> 1) + (1 << (v + 2)))
        df["b"].map(lambda v: math.trunc(v * 2))
        df["b"].map(lambda v: math.floor(v) + math.ceil(v * 2))
        df[["a", "b"]].apply(lambda r: r.quantile(0.25), axis=1)
        df[["a", "b"]].apply(lambda r: r.fillna(r.mean()), axis=1)["a"]
        df[["a", "b"]].apply(lambda r: r.where(r > r.min(), 0), axis=1)["b"]
        df[["a", "b"]].apply(lambda r: r.where(lambda s: s > 0), axis=1)["b"]
        df[["a", "b"]].apply(lambda r: r.mask(r.isna(), r.b), axis=1)["a"]
        df[["a", "b"]].apply(lambda r: r.clip(r.min(), 0.1), axis=1)["b"]
        df["b"].clip(0.5, -0.5)
        df[["k", "b"]].apply(lambda r: r.iloc[0] - r.iloc[-1] + r.iloc[:1].sum(), axis=1)
        df[["k", "b"]].apply(lambda r: np.sqrt(np.sum(r**2)), axis=1)
        df[["k", "b"]].apply(lambda r: np.dot(r.values, [1, 2]), axis=1)
        df[["k", "b"]].apply(lambda r: r.drop("b").sum() + r.loc["b"], axis=1)
        df[["k", "b"]].apply(lambda r: r.map(lambda v: v * 2 if v > 0 else 0), axis=1)["k"]
        df[["k", "b"]].apply(np.std, axis=1)
        df[["k", "b"]].apply(np.std, axis=1, raw=True)
        df[["a", "b"]].apply(np.mean, axis=1)
        df[["a", "b"]].apply(np.mean, axis=1, raw=True)
        df[["k", "b"]].apply(lambda r: ((r > 0) & (r < 2)).sum(), axis=1)
        unzipped(df.apply(lambda r: (r["k"], r["b"] * 2), axis=1), df)["v"]
        unzipped(df["k"].map(lambda v: (v, -v) if v > 0 else (0, 1)), df)["v"]
        pd.DataFrame(df.apply(lambda r: [r["k"], r["b"]], axis=1).tolist(), columns=["u", "v"])["v"]
        df.apply(lambda r: (r["k"], r["t"]), axis=1).str[0]
        selected(df, ["a", "b"], lambda part: part * 2)["a"]
        selected(df, ["a", "b"], lambda part: part.fillna(0))["a"]
        selected(df, ["b", "k"], lambda part: part[["b", "k"]] + 1)["k"]
    """,
    "calendar": """
        (df["d"] + pd.DateOffset(months=1)).dt.day
        (df["d"] - pd.DateOffset(years=1, days=2)).dt.dayofyear
        (df["e"] + pd.DateOffset(months=-3, hours=5)).dt.day
        (df["d"] + pd.offsets.MonthEnd(0)).dt.dayofyear
        (df["d"] + pd.offsets.MonthEnd(1)).dt.dayofyear
        (df["d"] - pd.offsets.MonthBegin(1)).dt.dayofyear
        (df["d"] + pd.offsets.Hour(30)).dt.day
        df["d"].dt.date == date(2024, 2, 29)
        df["d"].dt.date.isin([date(2024, 2, 29), date(2000, 1, 31)])
        df["d"].dt.date.astype(str)
        df["d"].dt.normalize().isin(pd.to_datetime(["2024-02-29"]))
        df["d"].dt.to_period("M").astype(str)
        df["d"].dt.to_period("Y").astype(str)
        df["d"].dt.to_period("M").astype("int64")
        df["d"].dt.to_period("D").astype("int64")
        df["d"].dt.to_period("M").dt.to_timestamp().dt.day
        df["d"].dt.to_period("Q").astype(str)
        df["d"].dt.to_period("Q").astype("int64")
        df["d"].dt.to_period("M") == pd.Period("2024-02")
        (df["d"].dt.to_period("M") - df["d"].dt.to_period("M")).map(lambda p: p.n)
        df["d"].map(lambda t: t.weekday() + t.isoweekday() * 10)
        df["d"].map(lambda t: t.date() == date(2000, 1, 31))
        df["d"].map(lambda t: t.timestamp())
        (df["d"] + pd.DateOffset(hours=20, normalize=True)).dt.day
        (df["d"] + pd.DateOffset(days=1, normalize=True)).dt.hour
        (df["e"] - pd.offsets.MonthBegin(1, normalize=True)).dt.hour
        (df["d"] + pd.offsets.Week(1, normalize=True)).dt.hour
        df["d"].apply(lambda t: 1 if t else 0)
        (df["d"] - df["d"].dt.normalize()).map(lambda t: 1 if t else 0)
        df["e"].map({pd.NaT: 3, pd.Timestamp("2024-05-31"): 1, pd.Period("2023"): 2})
        (df["d"] - df["d"].dt.normalize()).map({pd.Timedelta(0): "midnight"})
        df["d"].dt.date.map({date(2024, 2, 29): 1})
        df["d"].map({pd.Period("2023"): "none", 3: "three"}).isna()
    """,
    "periods": """
        (df["d"] - df["d"].dt.to_period("M").dt.to_timestamp()).dt.days
        (df["d"] - df["d"].dt.to_period("Q").dt.start_time).dt.days
        (df["d"].dt.to_period("M").dt.end_time - df["d"]).dt.days
        (df["d"].dt.to_period("h").dt.to_timestamp(how="end") - df["d"]).dt.seconds
        (df["d"].dt.to_period("M").dt.to_timestamp() + pd.Timedelta(days=1)).dt.day
        (df["d"].dt.to_period("Q").dt.start_time - df["e"].dt.to_period("Q").dt.start_time).dt.days
        df["e"].dt.to_period("M").astype("int64")
        df["d"].dt.to_period("min").astype("int64")
        df["d"].dt.to_period("s").astype(str)
        df["e"].dt.to_period("M").dt.year
        df["e"].dt.to_period("M").dt.day
        df["d"].dt.to_period("Q").dt.month
        df["d"].dt.to_period("Y").dt.strftime("%d/%m")
        df["e"].map(lambda t: t.to_period("M").day if pd.notna(t) else 5)
        (df["e"].dt.to_period("M") - df["d"].dt.to_period("M")).isna()
        (df["e"].dt.to_period("D") - df["d"].dt.to_period("D")).map(lambda v: v.n if pd.notna(v) else -1)
        (df["e"].dt.to_period("M") - pd.Period("2020-01")).map(lambda v: v.n if pd.notna(v) else -1)
        (pd.Period("2020-01") - df["d"].dt.to_period("M")).map(lambda v: v.n)
        df["d"].dt.to_period("M").map({pd.Period("2024-02"): 1, pd.Period("2023-12-01", "D"): 2})
        df["e"].dt.to_period("M").map({pd.Period("2024-05"): "May", pd.NaT: "none"})
        df["d"].dt.to_period("M").isin([pd.Period("2024-02"), pd.Period("2023-12-01", "D")])
        df["e"].dt.to_period("M").where(df["k"] > 0).astype(str)
        df["d"].dt.to_period("M").mask(df["k"] > 0, pd.Period("2020-01")).astype(str)
        df["d"].dt.to_period("M").replace(pd.Period("2024-02"), pd.Period("2020-01")).astype(str)
    """,
    "dates": """
        df["d"].dt.date.isin([date(2024, 2, 29), date(1969, 3, 1)])
        df["d"].dt.date.isin([pd.Timestamp("2024-02-29"), "2024-02-29"])
        df["e"].dt.date.isin([date(2024, 5, 31), None])
        df["d"].isin([date(2000, 1, 31)])
        df["d"].isin([pd.Timestamp("2000-01-31"), "2024-02-29T07:30"])
        df["d"].dt.date == date(2024, 2, 29)
        df["d"].dt.date != pd.Timestamp("2024-02-29")
        df["d"] == date(2000, 1, 31)
        df["d"] != date(2000, 1, 31)
        df["d"].dt.date < date(2000, 1, 31)
        df["e"].isin([None])
        df["e"].isin([pd.NaT])
        df["e"].dt.date.isin([pd.NaT])
        df["e"].map({None: 1, pd.Timestamp("2024-05-31"): 2})
        df["e"].map({pd.NaT: 1, "2024-05-31": 2})
        df["e"].map({None: 1})
        df["d"].map({date(2000, 1, 31): 1, pd.Timestamp("2024-02-29T07:30"): 2})
        df["d"].dt.date.map({date(2000, 1, 31): 1, date(2024, 2, 29): 2})
        pd.to_datetime(df["d"].dt.date).astype("int64")
        pd.to_datetime(df["d"].dt.date).dt.hour
        pd.to_datetime(df["e"].dt.date) == pd.Timestamp("2024-05-31")
        (pd.to_datetime(df["d"]) - pd.to_datetime(df["d"].dt.date)).dt.seconds
    """,
    "numbers among text": """
        df[["s", "a"]].fillna(0)["a"]
        df[["s", "a"]].fillna(0)["s"].astype(str)
        df[["s", "a"]].fillna(0)["s"].isna()
        df[["s", "a"]].fillna(np.nan)["s"].isna()
        df["s"].replace({"-": 0, "ab c": 1}).isna()
        df["s"].replace({"-": 0, "ab c": 1}).fillna(7).where(df["s"] != "E46 E50", 3)
        df["s"].replace({"-": 0, "ab c": 1, "E46 E50": 2}) + 1
        df["s"].replace({"-": 0, "ab c": 1}).isin([0])
        df["b"].T
    """,
}


def indicators(df: Any) -> Any:
    """Return indicators of a column."""
    return pd.get_dummies(df["k"], prefix="k")


def assigned(df: Any, assign: Any) -> Any:
    """Return a copy of a frame that a function has written to."""
    result = df.copy()
    assign(df, result)
    return result


def selected(df: Any, names: list[str], function: Any) -> Any:
    """Return a frame in which some columns are changed where a condition is true."""
    result = df.copy()
    is_some = df["k"] > 0
    result.loc[is_some, names] = function(result.loc[is_some, names])
    return result


def unzipped(tuples: Any, frame: Any) -> Any:
    """Return a frame of the parts of tuples."""
    result = frame.copy()
    result["u"], result["v"] = zip(*tuples, strict=True)
    return result


def columns_of(results: list[Any]) -> list[Any]:
    """Return the columns of outputs that have one or several."""
    return [part for result in results for part in (result.T if result.ndim == 2 else [result])]


def cells(column: Any) -> list[Any]:
    """Return elements as Python has them, with None for what is missing and for ``""``."""
    values = np.asarray(column, dtype=object).ravel().tolist()
    return [
        None
        if v is None or v is pd.NA or v == "" or v != v
        else v
        if isinstance(v, str)
        else float(v)
        for v in values
    ]


NAMES = {"date": date, "math": math, "Counter": Counter, "defaultdict": defaultdict}


@pytest.mark.filterwarnings("ignore")  # newer pandas prefers other names
@pytest.mark.parametrize("group", GROUPS)
def test_as_in_pandas(group: str) -> None:
    texts = [line.strip() for line in GROUPS[group].strip().splitlines()]
    functions = {text: eval(f"lambda df: {text}", globals() | NAMES) for text in texts}

    def columns(df: Any) -> Any:
        return pd.DataFrame({str(i): f(df) for i, f in enumerate(functions.values())})

    step = FunctionTransformer(columns).fit(FRAME)
    program = trace_estimator(step, "transform", example=FRAME, batch="N>=0", verify=False)
    model = both(program.model)
    expected = [cells(function(FRAME.copy())) for function in functions.values()]
    for rows in (slice(0, 1), slice(1, 2), slice(3, 10)):
        results = columns_of(model.run(None, program.feeds(FRAME[rows])))
        for text, result, column in zip(texts, results, expected, strict=True):
            for given, wanted in zip(cells(result), column[rows], strict=True):
                close = isinstance(wanted, float) and given is not None
                assert given == (pytest.approx(wanted, rel=1e-12) if close else wanted), text
    assert all(len(result) == 0 for result in model.run(None, program.feeds(FRAME[:0])))


@pytest.mark.parametrize("bins", [[-1, 0, 1], [-9, 0, 9], [-1, 0, 0.5, 9]])
@pytest.mark.parametrize("option", ["", "right", "include_lowest"])
def test_intervals_are_written_as_beside_the_other_rows(bins: list[float], option: str) -> None:
    options: Any = {option: option != "right"} if option else {}

    def bands(df: Any) -> Any:
        return pd.cut(df["b"], bins, **options).astype(str).fillna("none")

    program = xp.trace(bands, example=FRAME)
    model = both(program.model)
    for rows in (*(slice(i, i + 1) for i in range(ROWS)), slice(3, 10)):
        (result,) = model.run(None, program.feeds(FRAME[rows]))
        assert result.tolist() == bands(FRAME[rows]).tolist()


def test_values_that_a_dict_makes_of_its_keys() -> None:
    class Doubled(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return key * 2

    with pytest.raises(FrameError, match="Doubled makes values of keys that are not known"):
        xp.trace(lambda df: df["u"].map(Doubled()), example=FRAME)


def test_other_texts_than_those_replaced_by_numbers_are_not_valid() -> None:
    step = FunctionTransformer(lambda df: df["u"].replace({"yes": 1, "no": 0}).to_frame())
    program = trace_estimator(step, "transform", dtype={"u": "string"}, validity=True)
    result = program({"u": np.array(["no", "x", ""])})
    assert result["valid"].tolist() == [True, False, True]
    np.testing.assert_array_equal(result["transformed"][:, 0], [0, np.nan, np.nan])


def test_one_row_that_is_missing() -> None:
    step = FunctionTransformer(lambda df: df["s"].fillna("?").to_frame()).fit(FRAME)
    assert trace_estimator(step, "transform", example=FRAME)(FRAME[1:2]).tolist() == [["?"]]


def test_empty_text_without_an_example_that_has_it_is_missing() -> None:
    step = FunctionTransformer(lambda df: df["t"].isna().to_frame())
    program = trace_estimator(step, "transform", dtype={"t": "string"})
    assert program({"t": np.array(["", "x"])}).tolist() == [[True], [False]]


def test_inputs_that_no_output_depends_on() -> None:
    steps = make_pipeline(
        make_column_transformer((StandardScaler(), ["b"]), ("drop", ["s", "k"])), LinearRegression()
    ).fit(FRAME[["s", "b", "k"]], FRAME["k"])
    whole = trace_estimator(steps, example=FRAME)
    program = trace_estimator(steps, example=FRAME, drop_unused=True)
    assert [leaf.name for leaf in whole.signature.inputs] == ["s", "b", "k"]
    assert [leaf.name for leaf in program.signature.inputs] == ["b"]
    assert program.check(FRAME)
    assert xp.load(bytes(program))(FRAME[["b"]]).tolist() == whole(FRAME).tolist()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda df: df["d"] + pd.offsets.BDay(2), r"does not compute <2 \* BusinessDays>.*dates"),
        (lambda df: df["d"].dt.to_period("W"), "not 'W'; write .*isocalendar"),
        (lambda df: df["d"].dt.to_period("2M"), "not '2M'; write .*dt.floor"),
        (lambda df: df["d"].dt.to_timestamp(), r"write .*to_period\('M'\).dt.to_timestamp"),
        (lambda df: df["d"].astype(str), r"astype\(str\) .* write .*strftime"),
        (lambda df: df["d"].dt.to_period("M") + 1, "pd.DateOffset before dt.to_period"),
        (lambda df: df["d"].dt.to_period("M") - df["d"], "pd.DateOffset before dt.to_period"),
        (lambda df: [v * 2 for v in df["a"]], "one by one; write df.'column'..map"),
        (lambda df: df["t"].cat.codes, "has no 'cat'.*OrdinalEncoder"),
        (lambda df: df["t"].replace({"x": 1, "yes": 2}).astype(str), "replace texts by texts"),
        (lambda df: df["d"].dt.date < pd.Timestamp("2024-01-01"), r"compare with pd.Timestamp"),
        (lambda df: df["d"] < date(2024, 1, 1), r"compare with pd.Timestamp"),
        (lambda df: df[["a", "b"]].T.max(), r"along them instead, as df.max\(axis=1\)"),
        (lambda df: pd.to_numeric(df["s"], downcast="float"), r"write .astype\('float32'\)"),
        (lambda df: pd.to_numeric(df["s"], dtype_backend="pyarrow"), r"write .astype\('Float64'\)"),
        (lambda df: pd.to_datetime(df["d"], utc=True), "no time zones"),
        (lambda df: df["s"].fillna(0), "fill them with text, such as '0'"),
        (lambda df: df.replace({"x": 1}), r"write df\['column'\].map"),
        (lambda df: df["h"] > "red", "categories without an order"),
        (lambda df: df["c"] > "XL", "'XL' is not among the categories"),
        (lambda df: df["c"].cat.remove_unused_categories(), "categories are those of the rows"),
        (lambda df: df["f"].astype(pd.CategoricalDtype([1, 0])), "gets no categories"),
        (lambda df: df["k"].map(lambda v: "a" if v else 0), "text for some elements, and 0"),
        (lambda df: df["k"].map(lambda v: v.real), "an element of int64 has no 'real'"),
        (lambda df: df["k"].map(lambda v: (v, v)), "tuples are not a result"),
        (lambda df: df["k"].map(lambda v: (v, v)).sum(), "tuples .* have no 'sum'.*expand"),
        (lambda df: next(iter(df["k"].map(lambda v: (v, v))))[0] + 1, "one by one|unsupported"),
        (lambda df: df.apply(lambda r: r.mean(0), axis=1), "mean of a row: give .* by their names"),
        (lambda df: df.apply(lambda r: r.sum(level=1), axis=1), "sum of a row of a traced frame"),
        (lambda df: df.apply(np.cumsum, axis=1), "np.cumsum of a row of a traced frame"),
        (lambda df: df.apply(lambda r: pd.Series({"u": r.k}).sum(), axis=1), "has no 'sum'"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_refused(function: Any, message: str) -> None:
    step = FunctionTransformer(function)
    with pytest.raises(EstimatorError, match=message):
        trace_estimator(step, "transform", example=FRAME)


def _of_missing(df: Any) -> Any:
    return df["o"].apply(lambda v: 1 if v is None else 0).to_frame()


def _of_pandas(df: Any) -> Any:
    return df[["a"]] + 1 if type(df) is pd.DataFrame else df[["a"]]


def _of_numbers(df: Any) -> Any:
    numbers = df["a"].to_numpy()
    more = numbers if hasattr(numbers, "is_traced") else numbers + 1
    return more[:, None]


@pytest.mark.parametrize(
    ("function", "agrees", "place"),
    [
        (_of_missing, False, "no step could be told apart"),
        (_of_pandas, True, ""),
        (_of_numbers, False, "more: differs"),
    ],
)
def test_locate_compares_as_check_does(function: Any, agrees: bool, place: str):
    frame = pd.DataFrame({"o": pd.Series(["u", None, "v"], dtype=object), "a": [1.0, 2.0, 3.0]})
    step = FunctionTransformer(function).fit(frame)
    program = trace_estimator(step, "transform", example=frame, verify=False)
    located = program.check(frame, locate=True)
    assert tuple(located) == tuple(program.check(frame))
    assert bool(located) is agrees
    assert place in str(located)
    assert located.searched is not agrees


def test_specs_of_some_columns_describe_the_rows_of_all():
    df = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"], "c": [1, 2]})

    def function(df: Any) -> Any:
        df = df.copy()
        df["d"] = df["a"].where(df["b"] == "x", 0.0) * df["c"]
        return df[["b", "d"]]

    program = xp.trace(function, {"a": "float64[N>=0]"}, example=df)
    assert [leaf.name for leaf in program.inputs] == ["a", "b", "c"]
    for rows in (0, 1, 2):
        expected = function(df[:rows])
        for name, column in program(df[:rows]).items():
            np.testing.assert_array_equal(column, expected[name.removesuffix("_out")])
    fixed = xp.trace(function, {"a": "float64[2]"}, example=df)
    assert all(leaf.shape == (2,) for leaf in fixed.inputs)
    for specs, words in {"q": "takes the columns", "a": "which is not a spec"}.items():
        with pytest.raises(SpecError, match=words):
            xp.trace(function, {specs: 3}, example=df)
