"""Functions of the user that compute with a data frame give what pandas gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import onnxp as xp
from benchmarks import frame_methods
from onnxp.errors import EstimatorError, FrameError
from onnxp.sklearn import trace_estimator
from onnxp.sklearn._column import Column
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._lacks import REASONS

ROWS = 30
_rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "a": np.where(_rng.random(ROWS) < 0.3, np.nan, _rng.normal(size=ROWS)),
        "b": _rng.normal(size=ROWS) + 3,
        "n": _rng.integers(-3, 4, ROWS),
        "s": _rng.choice(["x", "y", None], ROWS),
        "m": _rng.integers(0, 3, ROWS).astype(np.uint8),
        "flag": _rng.random(ROWS) < 0.5,
    }
)
NUMBERS = ["a", "b", "n"]
TABLE = pd.DataFrame({"s": ["x", "q", None], "w": [1, 2, 3], "k": ["one", None, "none"]})
TABLE2 = pd.DataFrame({"s": ["x", "x", "y", None], "n": [0, 1, 0, -1], "w": [1.5, 2.5, 3.5, 4.5]})


def by_mask(df: Any) -> Any:
    df = df.copy()
    df.loc[df["b"] > 3, "a"] = 0.0
    df.loc[df["s"] == "x", "b"] = -1.0
    return df


def by_item(df: Any) -> Any:
    df = df.copy()
    df["c"] = df["a"] * 2
    df["one"] = 1
    df[["p", "q"]] = df[["a", "b"]] + 1
    del df["one"]
    return df[["c", "p", "q"]]


def by_name(df: Any) -> Any:
    return pd_like(df, {name: df[name].fillna(0) for name in NUMBERS})


def pd_like(df: Any, columns: dict[str, Any]) -> Any:
    return df.assign(**columns)[list(columns)]


def loc_with(df: Any) -> Any:
    df = df.copy()
    many = df["b"] > 3
    df.loc[many, "n"] = df.loc[many, "n"] * 2 + 1
    df.loc[df["n"] > 0, "a"] /= df.loc[df["n"] > 0, "b"].abs()
    df.loc[df["flag"], "b"] = df.loc[df["n"] > 0, "b"].clip(upper=4)
    df["of some"] = np.sqrt(df.loc[many, "m"])
    df.loc[many, "s"] = df.loc[many, "s"].fillna("none").str.upper()
    return df[["a", "b", "n", "of some", "s"]]


def loc_of_new_names(df: Any) -> Any:
    df = df.copy()
    df.loc[df["n"] > 0, "new"] = 1.5
    df.loc[df["n"] > 0, ["a", "b"]] = [1.0, 2.0]
    df.loc[df["n"] < 0, ["b", "a"]] = df[["a", "b"]]
    return df[["a", "b", "new"]]


def by_conditions(df: Any) -> Any:
    df = df[["a", "b"]].copy()
    df[df < 0] = 0.0
    df[df["b"] > 4] = -1.0
    df[df.isna()] = 7.0
    return df


def of_selections(df: Any) -> Any:
    many, few = df["n"] > 0, df["m"] > 0
    df = df.copy()
    df["both"] = (df.loc[many, "b"] + df.loc[few, "b"]).fillna(9)
    df["beside"] = (df.loc[many, "n"] * df["m"]).fillna(0)
    df["first"] = df["b"] - df.loc[many, "n"]
    df["upper"] = df.loc[few, "s"].str.upper()
    df.loc[many, "s"] = df.loc[few, "s"].str.upper().str[0]
    df["none"] = (df.loc[many, "n"] + df.loc[~many, "n"]).isna()
    return df[["both", "beside", "first", "upper", "s", "none"]]


def by_label(df: Any) -> Any:
    df = df.copy()
    df.loc[:, ["a", "b"]] = df[["b", "a"]]
    return df[["a", "b"]]


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "selections": of_selections,
    "loc by label": by_label,
    "any and all": lambda df: pd_like(
        df, {"x": (df[["a", "n"]] * 0).any(axis=1), "y": (df[["a", "n"]] * 0 + 1).all(axis=1)}
    ),
    "replace bools": lambda df: df.replace({0: 9, 1: 0})[["n", "flag"]],
    "replace a bool": lambda df: pd_like(
        df, {"n": df["n"].replace(True, 99), "f": df["flag"].replace(True, False)}
    ),
    "replace patterns": lambda df: df[["s"]].replace({"x": "w", "w": "x", "y": "x"}, regex=True),
    "quotients of infinities": lambda df: pd_like(
        df, {"q": (df["b"] / 0) // 3, "r": (df["b"] / 0) % 3, "b": df.b // 2}
    ),
    "loc with a selection": loc_with,
    "loc of new names": loc_of_new_names,
    "items by conditions": by_conditions,
    "nullable": lambda df: df["a"].round().astype("Int64").fillna(-5).to_frame(),
    "replace by column": lambda df: df.replace({"s": {"x": "X"}, "n": {1: 10, 2: 20}})[["s", "n"]],
    "replace in columns": lambda df: df.replace({"n": 1, "m": 2}, 0)[["n", "m"]],
    "replace by pattern": lambda df: df.replace("x+", "long", regex=True)[["s", "n"]],
    "replace a pattern": lambda df: df["s"].replace({"[xy]": "z"}, regex=True).to_frame(),
    "replace regex=": lambda df: df["s"].replace(regex="x", value="q").to_frame(),
    "ratio": lambda df: pd_like(df, {"r": df["a"] / df["b"]}),
    "integers": lambda df: pd_like(
        df, {"r": df["n"] / 2, "q": df.n // 2, "m": df.n % 3, "p": df.n**2}
    ),
    "integers by 0": lambda df: pd_like(
        df,
        {
            "a": df["n"] // df["n"],
            "b": df["n"] % df["m"],
            "c": df["m"] // df["m"],
            "d": 5 // df["n"],
            "e": 5 % df["m"],
            "f": df["n"] // 0,
            "g": df["n"] % 0,
            "h": df["n"].floordiv(0),
            "i": np.floor_divide(df["n"], df["m"]),
            "j": np.mod(df["n"], df["n"]),
            "k": df["n"] // (df["n"] > 0),
            "l": df["n"] / df["m"],
        },
    ),
    "divmod": lambda df: pd_like(
        df, dict(zip("pqrs", divmod(df["n"], df["m"]) + divmod(7, df["n"]), strict=True))
    ),
    "frames by 0": lambda df: df[["n", "m"]] // df[["m", "n"]].to_numpy(),
    "fractions by 0": lambda df: pd_like(
        df, {"p": df["a"] // df["n"], "q": df["n"] % df["b"].round()}
    ),
    "rows by a column": lambda df: df[["a", "b"]].div(df["b"], axis=0).mul(df["n"], axis="index"),
    "filled": lambda df: pd_like(
        df, {"p": df["a"].add(df["b"], fill_value=1), "q": df["b"].rsub(df["a"], fill_value=0)}
    ),
    "swapped": lambda df: df[["a", "b"]].rdiv(1).rpow(2).rsub(3),
    "reflected": lambda df: pd_like(df, {"r": 1 / df["b"], "d": 2 - df["a"], "p": 2 ** df["b"]}),
    "methods": lambda df: pd_like(df, {"r": df["a"].add(df["b"]).mul(2).sub(1).div(df["b"])}),
    "unary": lambda df: pd_like(df, {"r": -df["a"], "s": abs(df["n"]), "t": ~df["flag"]}),
    "two brackets": lambda df: df[["b", "a"]],
    "frame and number": lambda df: df[NUMBERS] * 2 - 1,
    "frame and frame": lambda df: df[["a", "b"]] - df[["a", "b"]].fillna(0),
    "frame and constants": lambda df: df[NUMBERS] / pd.Series({"a": 1.0, "b": 2.0, "n": 4.0}),
    "frame and list": lambda df: df[NUMBERS] + [1, 2, 3],
    "fillna": lambda df: df[NUMBERS].fillna(0.5),
    "fillna of a dict": lambda df: df[NUMBERS].fillna({"a": -1.0}),
    "fillna of a column": lambda df: pd_like(df, {"a": df["a"].fillna(df["b"])}),
    "fillna of text": lambda df: pd_like(df, {"s": df["s"].fillna("none")}),
    "isna": lambda df: df[["a", "b", "s"]].isna().astype(float),
    "notna": lambda df: pd_like(df, {"a": df["a"].notna().astype(int), "s": df["s"].isnull()}),
    "clip": lambda df: df[NUMBERS].clip(-0.5, 1.5),
    "clip below": lambda df: pd_like(df, {"a": df["a"].clip(lower=0), "n": df["n"].clip(upper=1)}),
    "astype": lambda df: df[["b", "n", "flag"]].astype("float32"),
    "astype of a dict": lambda df: df[["b", "n"]].astype({"n": np.float64, "b": int}),
    "astype text": lambda df: pd_like(df, {"n": df["n"].astype(str)}),
    "map numbers": lambda df: pd_like(df, {"s": df["s"].map({"x": 1, "y": 2.5})}),
    "map text": lambda df: pd_like(
        df, {"n": df["n"].map({-1: "low", 0: "zero", 1: "high"}).fillna("")}
    ),
    "map integers": lambda df: pd_like(df, {"n": df["n"].map({-1: 10, 0: 20})}),
    "where": lambda df: pd_like(
        df, {"a": df["a"].where(df["b"] > 3), "n": df["n"].where(df.n > 0, 0)}
    ),
    "where of a frame": lambda df: df[["a", "b"]].where(df[["a", "b"]] > 0, -1),
    "where of a function": lambda df: df[["a", "b"]].where(lambda x: x > 0, 0),
    "mask": lambda df: pd_like(df, {"b": df["b"].mask(df["flag"], df["a"])}),
    "np.where": lambda df: pd_like(df, {"r": np.where(df["a"] > 0, df["b"], 0)}),
    "ufuncs": lambda df: np.log1p(df[["a", "b"]].abs()),
    "ufunc of columns": lambda df: pd_like(
        df, {"r": np.maximum(df["a"], df["b"]), "e": np.exp(df["a"])}
    ),
    "replace": lambda df: pd_like(
        df, {"s": df["s"].replace({"x": "z"}), "n": df["n"].replace(-1, 9)}
    ),
    "between": lambda df: pd_like(df, {"b": df["b"].between(2, 3).astype(int)}),
    "isin": lambda df: pd_like(df, {"s": df["s"].isin(["x", "q"]), "n": df["n"].isin([1, 2])}),
    "conditions": lambda df: pd_like(
        df, {"r": ((df["a"] > 0) & (df["b"] < 3) | df["flag"]).astype(int)}
    ),
    "comparison": lambda df: pd_like(df, {"s": (df["s"] == "x").astype(int), "b": df["b"].gt(3)}),
    "round": lambda df: df[["a", "b"]].round(1),
    "by mask": lambda df: by_mask(df)[["a", "b"]],
    "by item": by_item,
    "by name": by_name,
    "drop": lambda df: df.drop(columns=["s", "flag"]),
    "drop by axis": lambda df: df.drop(["s", "flag"], axis=1),
    "rename": lambda df: df[NUMBERS].rename(columns={"a": "z"}),
    "loc": lambda df: df.loc[:, ["b", "n"]],
    "loc slice": lambda df: df.loc[:, "a":"n"],
    "iloc": lambda df: df.iloc[:, [2, 0]],
    "iloc slice": lambda df: df.iloc[:, :2],
    "select_dtypes": lambda df: df.select_dtypes("number"),
    "select_dtypes without": lambda df: df.select_dtypes(exclude=["object", "str", "bool"]),
    "to_numpy": lambda df: df[["a", "b"]].to_numpy() * 2,
    "values": lambda df: df[NUMBERS].values,
    "values of a column": lambda df: df["b"].values.reshape(-1, 1) * 2,
    "to_frame": lambda df: (df["a"] - df["b"]).to_frame("difference"),
    "sum of rows": lambda df: df[NUMBERS].sum(axis=1).to_frame("sum"),
    "mean of rows": lambda df: df[["a", "b"]].mean(axis=1).to_frame("mean"),
    "extremes of rows": lambda df: pd_like(
        df, {"low": df[["a", "b"]].min(axis=1), "high": df[["a", "b"]].max(axis=1)}
    ),
    "any of rows": lambda df: (df[["a", "b"]] > 3).any(axis=1).to_frame("any"),
    "count of missing": lambda df: df[["a", "s"]].isna().sum(axis=1).to_frame("missing"),
    "apply": lambda df: df[["a", "b"]].apply(np.sqrt),
    "apply to columns": lambda df: df[["a", "b"]].apply(lambda column: column.clip(0, 1)),
    "pipe": lambda df: df[["a", "b"]].pipe(lambda x, k: x * k, 3),
    "loop": lambda df: pd_like(df, {c: df[c] * 2 for c in df.columns if c in ("a", "b")}),
    "items": lambda df: pd_like(df, {f"{c}_": x + 1 for c, x in df[["a", "b"]].items()}),
    "assign functions": lambda df: df[["a"]].assign(r=lambda d: d["a"] * 2, q=lambda d: d["r"] + 1),
}


EXPRESSIONS = """
    pd.cut(df["b"], [-10, 2, 3, 20], labels=False).to_frame()
    df[["b", "a"]] - pd.Series({"a": 1.0, "b": 2.0})
    df[["b", "a"]].mul(pd.Series({"a": 3.0, "b": 2.0}))
    pd.Series({"a": 3.0, "b": 2.0}) / df[["b", "a"]]
    df[["b", "a"]] - df[["a", "b"]]
    df[["b", "a"]].gt(pd.Series({"a": 1.0, "b": 2.0}))
    df[["b", "a"]].round({"a": 1})
    df[["b", "a"]].round(pd.Series({"b": 1}))
    pd.cut(df["b"], [-10, 2, 3, 20], labels=["lo", "mid", "hi"]).to_frame()
    pd.cut(df["n"], bins=[-3, 0, 3], labels=[0.5, 1.5], include_lowest=True).to_frame()
    pd.cut(df["n"], [-3, 0, 3], right=False, labels=False).to_frame()
    pd.concat([df[["a"]], df[["b"]] * 2], axis=1)
    pd.concat([df["a"], df["b"]], axis=1, keys=["x", "y"])
    pd.concat({"x": df["a"], 0: df["a"] + 1}, axis=1)
    pd.concat([df["a"], df["b"].rename("c"), df["s"]], axis="columns")
    pd.concat([df[["a"]], pd.DataFrame(df[["b"]].to_numpy(), columns=["c"], index=df.index)], axis=1)
    pd.DataFrame({"r": np.where(df["a"] > 0, 1, 0), "q": df["b"], "k": 1, "t": "text"})
    pd.DataFrame({"k": 1, "r": df["a"]}, index=df.index)
    pd.DataFrame(np.log1p(df[["b"]]), columns=["b"])
    pd.DataFrame(df[["a", "b"]].to_numpy(), columns=["p", "q"], dtype="float32")
    pd.DataFrame(df, columns=["b", "a"])
    pd.Series(np.where(df["a"] > 0, 1, 0), name="r").to_frame()
    pd.Series(df["b"].values, index=df.index, name="q").to_frame()
    pd.isna(df["a"]).to_frame()
    pd.isnull(df[["a", "s"]])
    pd.notna(df["a"]).to_frame()
    pd.to_numeric(df["n"]).to_frame()
    df[["a", "b"]].std(axis=1).to_frame()
    df[["a", "b", "n"]].var(axis=1, ddof=0).to_frame()
    df[["a", "b", "n"]].std(axis=1, skipna=False).to_frame()
    df[["a", "b", "n"]].median(axis=1).to_frame()
    df[["a", "b", "n", "m"]].median(axis=1, skipna=False).to_frame()
    df[["n", "m"]].median(axis=1).to_frame()
    df[["a", "b"]].prod(axis=1).to_frame()
    df[["a", "b"]].min(axis=1, skipna=False).to_frame()
    df[["a", "s"]].count(axis=1).to_frame()
    df[["b", "n"]].idxmax(axis=1).to_frame()
    df[["b", "n"]].idxmin(axis=1).to_frame()
    df.sum(axis=1, numeric_only=True).to_frame()
    df[["a", "b"]].sum(axis=1, min_count=1).to_frame()
    df[["a", "b", "n"]].sum(axis=1, min_count=3, skipna=False).to_frame()
    df[["a", "n"]].prod(axis=1, min_count=2).to_frame()
    df[["n", "m"]].sum(axis=1, min_count=2).to_frame()
    df[["n", "m"]].sum(axis=1, min_count=3).to_frame()
    df[["a", "b"]].apply("sum", axis=1, min_count=2).to_frame()
    df[["a", "b"]].apply(lambda row: row.sum(min_count=2), axis=1).to_frame()
    df[["a", "b"]].agg("sum", axis=1, skipna=False).to_frame()
    df[["a", "b"]].agg(["min", "sum"], axis=1, skipna=False)
    df.count(axis=1, numeric_only=True).to_frame()
    df.assign(a=0).idxmin(axis=1, skipna=True, numeric_only=True).to_frame()
    df[["a", "m"]].any(axis=1, skipna=False).to_frame()
    df[["a", "m"]].all(axis=1, skipna=False).to_frame()
    df.any(axis=1, bool_only=True).to_frame()
    df.drop(columns=["zz", "s", "flag"], errors="ignore")
    df.rename(columns={"a": "z"}, errors="raise")[["z"]]
    df[["a", "b"]].agg("mean", axis=1).to_frame()
    np.mean(df[["a", "b"]], axis=1).to_frame()
    np.std(df[["b", "n"]], axis=1).to_frame()
    np.clip(df["b"], 2, 3).to_frame()
    np.round(df["b"], 1).to_frame()
    round(df["b"], 1).to_frame()
    df[["b", "n"]].dot([1.0, 2.0]).to_frame()
    df[["b", "n"]] @ np.asarray([[1.0], [2.0]])
    df.loc[:, df.dtypes == "float64"]
    df.loc[:, df.columns != "s"]
    df[df.columns.difference(["s", "flag"])]
    df[df.select_dtypes("number").columns]
    df.iloc[:, df.columns.get_indexer(["a", "b"])]
    df.iloc[:, -1].to_frame()
    df.where(df["b"] > 3, np.nan)[["a", "b"]]
    df[["a", "b"]].mask(df["b"] > 3, 0)
    df.isin([1, 2, "x"])
    df["n"].isin({1, 2}).to_frame()
    df["a"].combine_first(df["b"]).to_frame()
    df[["a"]].combine_first(df[["b"]].rename(columns={"b": "a"}))
    df["b"].case_when([(df["b"] > 3, 1.0), (df["n"] > 0, 2.0)]).to_frame()
    df["n"].apply(np.sign).to_frame()
    df["b"].transform(np.exp).to_frame()
    df["s"].map({"x": "q"}, na_action="ignore").to_frame()
    df[["a", "b"]].transform({"a": np.abs, "b": lambda c: c + 1})
    df[["a"]].squeeze(axis=1).to_frame()
    df.reset_index(drop=True)[["a"]]
    df[["a", "b"]].set_axis(["q", "r"], axis=1)[["q"]]
    df.filter(items=["a", "b"])
    df.filter(like="a")[["a"]]
    df.filter(regex="^[ab]$")
    df[["a"]].add_prefix("p_").add_suffix("_s")
    df.reindex(columns=["b", "new", "a"])
    df.insert(0, "z", df["b"]) or df[["z", "a"]]
    df.pop("a").to_frame()
    df.empty or df[["a"]]
    df[["a", "n", "b"]].diff(axis=1)
    df[["n", "m", "b"]].diff(-1, axis=1)
    df[["a", "b", "n"]].shift(1, axis=1)
    df[["n", "m", "b"]].shift(-2, axis="columns", fill_value=7)
    df[["b", "a"]].pct_change(axis=1)
    df[["a", "b", "n"]].ffill(axis=1)
    df[["n", "a", "b"]].bfill(axis=1)
    pd.DataFrame({"p": df["a"], "q": df["a"], "r": df["a"], "s": df["b"]}).bfill(axis=1, limit=2)
    pd.DataFrame({"p": df["b"], "q": df["a"], "r": df["a"], "s": df["a"]}).ffill(axis=1, limit=1)
    df[["b", "a", "n"]].cumsum(axis=1)
    df[["n", "m"]].cumsum(axis=1)
    df[["flag"]].cumsum(axis=1)
    df[["a", "b", "n"]].cumprod(axis=1)
    df[["b", "a", "n"]].cummax(axis=1)
    df[["b", "a", "n"]].cummin(axis=1, skipna=False)
    df[["a", "b", "n", "m"]].rank(axis=1)
    df[["n", "m", "a"]].rank(axis=1, method="min", ascending=False)
    df[["n", "m", "a"]].rank(axis=1, method="max", na_option="top")
    df[["n", "m", "a"]].rank(axis=1, method="first", na_option="bottom")
    df[["n", "m", "a"]].rank(axis=1, method="dense", pct=True)
    df[["n", "m", "a"]].rank(axis=1, pct=True)
    df[["n", "m", "a"]].nunique(axis=1).to_frame()
    df[["n", "m", "a"]].nunique(axis=1, dropna=False).to_frame()
    df[["a", "b", "n"]].quantile(0.3, axis=1).to_frame()
    df[["a", "b", "n"]].quantile(0.3, axis=1, interpolation="linear").to_frame()
    df.merge(TABLE, on="s", how="left")[["a", "w", "k"]]
    df[["s", "n"]].merge(TABLE, how="left")
    pd.merge(df, TABLE.rename(columns={"w": "a"}), on="s", how="left")[["a_x", "a_y"]]
    df.merge(TABLE.rename(columns={"s": "key"}), left_on="s", right_on="key", how="left")[["key", "w"]]
    df.merge(TABLE2, on=["s", "n"], how="left")[["w"]]
    df.merge(TABLE.rename(columns={"w": "b"}), on="s", how="left", suffixes=("", "_t"))[["b", "b_t"]]
    df.join(TABLE.set_index("s"), on="s")[["b", "w"]]
    df.merge(TABLE.set_index("s")["w"], on="s", how="left")[["b", "w"]]
    df.join(TABLE2.set_index(["s", "n"])["w"], on=["s", "n"])[["w"]]
    df[["n"]].merge(pd.DataFrame({"n": [0, 1], "v": [True, False]}), on="n", how="left").fillna(0).astype(float)
    isinstance(df, pd.DataFrame) and isinstance(df["a"], pd.Series) and df[["a"]]
"""
FUNCTIONS |= {text: eval(f"lambda df: {text}") for text in EXPRESSIONS.split("\n    ")[1:]}


@pytest.mark.filterwarnings(
    "ignore:invalid value:RuntimeWarning", "ignore:divide by zero:RuntimeWarning"
)
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions(function: Callable[[Any], Any]):
    step = FunctionTransformer(lambda df: function(df.copy())).fit(FRAME)
    program = trace_estimator(step, "transform", example=FRAME)
    assert program.assumptions == ()
    session = ort.InferenceSession(program.model.SerializeToString())
    for count in (1, 3, ROWS):
        rows = FRAME.head(count)
        wanted = step.transform(rows)
        found = session.run(None, program.feeds(rows))
        columns = [
            column for array in found for column in ([array] if array.ndim == 1 else array.T)
        ]
        expected = (
            wanted.T if isinstance(wanted, np.ndarray) else [wanted[c] for c in wanted.columns]
        )
        assert len(columns) == len(expected)
        for column, series in zip(columns, expected, strict=True):
            if column.dtype == object:
                text = ["" if pd.isna(v) else v for v in series]
                assert column.tolist() == text
            else:
                np.testing.assert_allclose(
                    column,
                    np.asarray(series, float),
                    rtol=1e-6 if column.dtype == np.float32 else 1e-14,
                )


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda df: df.groupby("s"), "a traced frame has no 'groupby'"),
        (lambda df: df["a"].rolling(3), "a traced column has no 'rolling'"),
        (lambda df: df.merge(TABLE, on="s"), "how='inner' may drop or add rows.*how='left'"),
        (lambda df: df.merge(df, how="left"), "merge of two traced frames"),
        (
            lambda df: df.merge(pd.concat([TABLE, TABLE]), on="s", how="left"),
            "several rows with {'s': 'x'}.*drop_duplicates",
        ),
        (
            lambda df: df.merge(TABLE, how="left", left_on=["s", "n"], right_on=["s"]),
            "compared with as many columns",
        ),
        (lambda df: df.merge(TABLE, how="left", on="s", left_on="s"), "give either on="),
        (lambda df: df.merge(TABLE, how="left", on="s", validate="1:1"), "write 'm:1'"),
        (
            lambda df: df.merge(
                TABLE.rename(columns={"w": "b"}), on="s", how="left", suffixes=("", "")
            ),
            "give different suffixes",
        ),
        (lambda df: df.merge(TABLE, on="n", how="left"), r"\['n'\] not among the columns"),
        (
            lambda df: df.merge(pd.DataFrame({"n": [1], "w": [2**60 + 1]}), how="left"),
            "merge: 1152921504606846977 is no number of float64",
        ),
        (lambda df: df["n"].map({1: 2**53 + 1}), "map: 9007199254740993 is no number of float64"),
        (lambda df: df[["a", "a"]], "are not distinct"),
        (lambda df: df.join(TABLE), "join: a model has no labels of rows"),
        (lambda df: df.rank(), "rank\\(axis=1\\)"),
        (lambda df: df.diff(), "diff\\(axis=1\\)"),
        (lambda df: df[NUMBERS].rank(axis=1, method="mean"), "method must be 'average'"),
        (lambda df: df[df["a"] > 0], "rows of a traced frame cannot be selected.*use where"),
        (lambda df: df.loc[df["a"] > 0], "rows that a condition selects are not a result"),
        (lambda df: df["a"][df["a"] > 0], "rows of a traced column cannot be selected"),
        (lambda df: df["a"].map(3), "map takes a dict, a Series or a function"),
        (
            lambda df: df.apply(lambda row: row.cov(), axis=1),
            "a row of a traced frame has no 'cov'",
        ),
        (
            lambda df: df.loc[df["n"] > 0, "a"].to_frame(),
            "the rows that a condition selects have no 'to_frame'",
        ),
        (
            lambda df: df.loc[df["n"] > 0, "a"].sum(),
            "the rows that a condition selects have no 'sum'",
        ),
        (
            lambda df: df.loc[df["n"] > 0, "a"],
            "rows that a condition selects are not a result",
        ),
        (lambda df: df[["a"]].mean(), "depends on the other rows"),
        (
            lambda df: df[["a"]].min(axis=1, min_count=1),
            "min of a traced frame takes axis, skipna, numeric_only, not 'min_count'",
        ),
        (
            lambda df: df[["a", "b"]].apply(lambda row: row.max(ddof=1), axis=1),
            "max of a traced frame takes axis, skipna, numeric_only, not 'ddof'",
        ),
        (
            lambda df: df.nunique(axis=1, bogus=1),
            r"nunique\(\) of traced columns takes axis, dropna;",
        ),
        (
            lambda df: df["s"].str.replace("x", "y", count=1),
            r"replace\(\) of traced columns takes pat, repl",
        ),
        (lambda df: df["a"].isna(axis=0), r"isna\(\) of traced columns takes no parameters;"),
        (
            lambda df: df[["a"]].idxmax(axis=1, skipna=False),
            "raises an error for rows with missing",
        ),
        (lambda df: df.rename(columns={"zz": "a"}, errors="raise"), "'zz'"),
        (
            lambda df: df.drop(index=[0]),
            "rows of a traced frame cannot be dropped|unexpected keyword",
        ),
        (lambda df: df * 2 if df["a"] else df, "truth value of a traced column is unknown"),
        (lambda df: df * df["a"], "aligns the rows of a column with the columns"),
        (lambda df: df.to_numpy(), "no array has columns of text and of numbers"),
        (lambda df: df["zz"], "zz"),
        (lambda df: df["a"].mean(), "no 'mean': the result depends on the other rows"),
        (lambda df: df["a"].sum(), "no 'sum': the result depends on the other rows"),
        (lambda df: df.sort_values("a"), "no 'sort_values': a model keeps all rows"),
        (lambda df: df.T, "no 'T': the rows would be columns"),
        (lambda df: df["n"].apply(lambda v: [v]), "tuples are not a result"),
        (lambda df: df["s"].apply(lambda v: v.encode()), "str of a traced column has no 'encode'"),
        (lambda df: df["a"].str.lower(), "only text has str"),
        (lambda df: df["s"].str.get_dummies(), "str of a traced column has no 'get_dummies'"),
        (lambda df: pd.cut(df["b"], 3, labels=False), "cut: a number of bins depends on the other"),
        (lambda df: pd.cut(df["b"], [0, 3], retbins=True), "cut: a model gives no edges"),
        (lambda df: df[["a"]] / pd.Series({"a": 1, "z": 2}), "pandas adds columns of NaN"),
        (lambda df: df[["a", "b"]].add(df[["a"]], fill_value=0), "pandas adds columns of NaN"),
        (lambda df: df[["a", "b"]] @ pd.Series({"a": 1, "z": 2}), "dot: the labels"),
        (
            lambda df: df[["a", "b"]].apply(lambda r: r.dot(pd.Series({"a": 1})), axis=1),
            "dot: the labels",
        ),
        (lambda df: df[["a"]].isin(pd.Series([1, 2])), "isin: pandas aligns the rows"),
        (lambda df: df["n"].map(lambda n: range(n)[0]), "to a function of Python"),
        (lambda df: pd.cut(df["b"], [3, 0]), r"cut: the edges \[3, 0\] do not increase"),
        (lambda df: pd.cut(df["b"], [0, 3, 3]), "leave one out, or write duplicates='drop'"),
        (
            lambda df: pd.cut(df["b"], pd.IntervalIndex.from_tuples([(0, 1), (2, 3)])),
            "cut: intervals follow each other",
        ),
        (
            lambda df: pd.cut(df["b"], [0, 3], labels=["a", "b"]),
            "1 bins need as many labels, not 2",
        ),
        (lambda df: pd.qcut(df["b"], 3), "qcut: quantiles depend on the other rows"),
        (lambda df: pd.get_dummies(df["s"]).columns, "get_dummies .* fit a OneHotEncoder"),
        (lambda df: pd.get_dummies(df["s"]), "get_dummies .* is not a result.*fit a OneHotEncoder"),
        (lambda df: df["s"].cat.codes, "has no 'cat': .* fit an OrdinalEncoder"),
        (lambda df: df["s"].factorize()[0], "has no 'factorize': .* fit an OrdinalEncoder"),
        (lambda df: pd.factorize(df["s"])[0], "fit an OrdinalEncoder"),
        (
            lambda df: pd.Categorical(df["s"]).codes,
            "which categories there are depends on the rows",
        ),
        (lambda df: pd.get_dummies(df["s"], drop_first=True), "fit a OneHotEncoder"),
        (lambda df: pd.get_dummies(df)[["b_x"]], "the name of no column, and of no indicator"),
        (lambda df: pd.concat([df, df]), "concat of rows: a model keeps its rows"),
        (lambda df: pd.concat([df, df], axis=1, keys="ab"), "one for each column"),
        (lambda df: pd.concat([df, df], axis=1), "there are several columns 'a'; rename them"),
        (lambda df: pd.concat([df, FRAME], axis=1), "and a DataFrame with rows of its own"),
        (
            lambda df: pd.concat([df[["a"]], pd.get_dummies(df["s"])], axis=1),
            r"its columns depend on the rows.*reindex\(columns=",
        ),
        (
            lambda df: pd.concat([df[["a"]], pd.get_dummies(df[["a", "s"]])], axis=1),
            "there are several columns .'a'.; rename them",
        ),
        (lambda df: df.join(df[["a"]]), "both have columns .'a'.; give lsuffix= and rsuffix="),
        (lambda df: pd.merge(TABLE, df, how="left"), "the frame comes first"),
        (lambda df: pd.Series([df["a"]]), "Series of a list"),
        (lambda df: df.index.values, "no labels of rows"),
        (lambda df: df.assign(i=df.index), r"no values.*np\.arange\(len\(df\)\)"),
        (lambda df: df.index * 2, r"np\.arange\(len\(df\)\)"),
        (lambda df: df["n"] * df.index, r"np\.arange\(len\(df\)\)"),
        (lambda df: np.asarray(df.index), r"np\.arange\(len\(df\)\)"),
        (lambda df: df["n"].iloc[0], "with the whole column"),
        (lambda df: math.sqrt(df["n"]), r"np\.sqrt\(df\['a'\]\)"),
        (lambda df: df["s"].map(lambda s: ord(s)), r"\.str\.replace\(pattern"),
        (lambda df: df.reset_index(), r"reset_index\(drop=True\)"),
        (lambda df: df["s"].str.extract("(x)(y)"), "write one call for each group"),
        (lambda df: df["n"].mod(df["n"]), "mod of two columns of integers.* write the operator"),
    ],
)
def test_what_a_frame_lacks(function: Callable[[Any], Any], message: str):
    step = FunctionTransformer(function)
    step.fit(FRAME)
    with pytest.raises(EstimatorError, match=message):
        trace_estimator(step, "transform", dtype={"s": "string", "n": "int64", "flag": "bool"})


def test_the_error_is_raised_at_the_line():
    step = FunctionTransformer(lambda df: df.cov()).fit(FRAME[["a", "b"]])
    with pytest.raises(FrameError, match="depends on the other rows"):
        trace_estimator(step, "transform", example=FRAME[["a", "b"]])


class Ratios(TransformerMixin, BaseEstimator):
    """A user's transformer: it remembers means as a Series of pandas."""

    def fit(self, X: Any, y: Any = None) -> Ratios:
        self.means_ = X[["a", "b"]].mean()
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        X = X.copy()
        X[["a", "b"]] = X[["a", "b"]].fillna(self.means_) / self.means_
        X["ratio"] = X["a"] / X["b"]
        return X[["a", "b", "ratio", "s"]]


def pipelines() -> dict[str, Any]:
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    named = make_column_transformer(
        (StandardScaler(), ["b", "n"]), (one_hot, ["s"]), verbose_feature_names_out=False
    ).set_output(transform="pandas")
    return {
        "own transformer": make_pipeline(
            Ratios(), make_column_transformer((one_hot, ["s"]), remainder="passthrough")
        ),
        "names of an output": make_pipeline(
            named, FunctionTransformer(lambda df: df.assign(p=df["b"] * df["s_x"], q=df["n"] - 1))
        ),
        "function of some columns": make_column_transformer(
            (FunctionTransformer(lambda df: df.assign(r=df["a"] / df["b"])), ["a", "b"]),
            (one_hot, ["s"]),
        ),
        "union": make_union(
            FunctionTransformer(lambda df: df[["a", "b"]]),
            FunctionTransformer(lambda df: df[["n"]] * 2),
        ),
        "union of frames": make_pipeline(
            make_union(
                FunctionTransformer(lambda df: df[["b"]], feature_names_out=lambda t, names: ["b"]),
                FunctionTransformer(
                    lambda df: df[["n"]] * 2, feature_names_out=lambda t, names: ["n"]
                ),
                verbose_feature_names_out=False,
            ).set_output(transform="pandas"),
            FunctionTransformer(lambda df: df[["n", "b"]]),
        ),
        "scaler with names": make_pipeline(
            FunctionTransformer(lambda df: df[["a", "b"]].fillna(0)),
            StandardScaler().set_output(transform="pandas"),
            FunctionTransformer(lambda df: df["a"].to_frame()),
        ),
    }


@pytest.mark.parametrize("name", pipelines())
def test_pipelines(name: str):
    pipe = pipelines()[name]
    pipe.fit(FRAME)
    program = trace_estimator(pipe, "transform", example=FRAME)
    for count in (1, 3, ROWS):
        rows = FRAME.head(count)
        wanted = np.asarray(pipe.transform(rows), dtype=float)
        np.testing.assert_allclose(program(rows), wanted, rtol=1e-13, atol=1e-14)


def test_a_model_after_a_function():
    features = FunctionTransformer(lambda df: df.assign(r=df["a"] / df["b"])[["a", "b", "r"]])
    y = (FRAME["b"] > 3).to_numpy()
    for model in (LinearRegression(), RandomForestClassifier(10, random_state=0)):
        pipe = make_pipeline(features, SimpleImputer(), model).fit(FRAME, y)
        program = trace_estimator(pipe, example=FRAME)
        np.testing.assert_allclose(
            program(FRAME).astype(float), pipe.predict(FRAME).astype(float), rtol=1e-13
        )


def test_pandas_is_restored():
    step = FunctionTransformer(lambda df: pd.DataFrame({"r": df["a"]})).fit(FRAME)
    before = pd.DataFrame.__init__, pd.Series.__init__, pd.concat, pd.isna
    trace_estimator(step, "transform", example=FRAME)
    assert (pd.DataFrame.__init__, pd.Series.__init__, pd.concat, pd.isna) == before
    assert type(pd.DataFrame({"r": FRAME["a"]})) is pd.DataFrame


def test_frames_without_names_keep_the_dtypes_of_columns():
    columns = make_column_transformer(
        (StandardScaler(), ["b"]),
        (FunctionTransformer(lambda df: df.assign(m=df["m"] * 2)), ["m"]),
        ("passthrough", ["flag"]),
    ).set_output(transform="pandas")
    steps = make_pipeline(columns, FunctionTransformer(lambda df: np.log1p(df.abs()))).fit(FRAME)
    found = trace_estimator(steps, "transform", example=FRAME)(FRAME)
    expected = steps.transform(FRAME)
    assert expected.dtypes.iloc[2] == np.float16
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_page_of_methods_is_current():
    version = ".".join(pd.__version__.split(".")[:2])
    if f"pandas {version}." not in frame_methods.HEAD.format(version="3.1"):
        pytest.skip("the page lists the methods of pandas 3.1")
    current = frame_methods.PAGE.read_text(encoding="utf-8") == frame_methods.page()
    assert current, "make it anew: python -m benchmarks.frame_methods --write"


def test_reasons_are_of_names_that_are_missing():
    both = frame_methods.names(Frame) & frame_methods.names(Column)
    assert sorted(both & set(REASONS)) == []
    unknown = set(REASONS) - frame_methods.names(pd.DataFrame) - frame_methods.names(pd.Series)
    assert unknown <= {
        "to_feather",
        "swapaxes",
        "to_hdf",
        "to_iceberg",
        "xs",
        "from_arrow",
        "list",
        "struct",
    }


FILLED: dict[str, Callable[[Any], Any]] = {
    "uint8 and uint8": lambda df: df["u"].add(df["u"], fill_value=-1),
    "uint8 and uint8, of floats": lambda df: df["u"].mul(df["u"], fill_value=1.5),
    "uint8 and float64": lambda df: df["u"].add(df["a"], fill_value=2),
    "float64 and uint8": lambda df: df["a"].sub(df["u"], fill_value=2),
    "float64 and float64": lambda df: df["a"].add(df["b"], fill_value=2),
    "float32 and uint8": lambda df: df["f"].mul(df["u"], fill_value=1.5),
    "uint8 and a number": lambda df: df["u"].add(3, fill_value=1),
    "float64 and NaN": lambda df: df["a"].add(np.nan, fill_value=1),
    "int64 and NaN": lambda df: df["i"].add(np.nan, fill_value=1),
    "bool and int64": lambda df: df["t"].add(df["i"], fill_value=1),
}


@pytest.mark.parametrize("name", FILLED)
def test_filled_values_keep_dtypes(name: str) -> None:
    df = pd.DataFrame(
        {"u": np.array([200, 1, 0], np.uint8), "i": [5, -2, 7], "t": [True, False, True]}
    )
    df = df.assign(
        a=[1.5, np.nan, 3], b=[np.nan, np.nan, 2], f=np.array([1, np.nan, 3], np.float32)
    )
    program = xp.trace(lambda df: pd.DataFrame({"y": FILLED[name](df)}), example=df)
    result, expected = np.asarray(program(df)["y"]), FILLED[name](df).to_numpy()
    np.testing.assert_array_equal(result, expected, strict=True)


REFUSED_BY_PANDAS: dict[str, Callable[[Any], Any]] = {
    "an axis of one": lambda df: df["a"].add(1, axis=1),
    "an axis of none": lambda df: df["n"].gt(1, axis=5),
    "nothing in its place": lambda df: df["n"].replace(1),
    "nothing in their place": lambda df: df["s"].replace(["x", "y"]),
    "levels of labels": lambda df: df["a"].reset_index("x", drop=True),
    "a list of values": lambda df: df["flag"].fillna([1, 2]),
    "text as a moment": lambda df: pd.to_datetime(df["n"], unit="D") - "2020",
}


@pytest.mark.parametrize("name", REFUSED_BY_PANDAS)
def test_what_pandas_refuses(name: str) -> None:
    function = REFUSED_BY_PANDAS[name]
    with pytest.raises((TypeError, ValueError, KeyError)):
        function(FRAME)
    with pytest.raises(FrameError):
        xp.trace(function, example=FRAME, verify=False)
