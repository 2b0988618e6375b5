"""Train the pipeline that the other examples serve, and save it: ``python passengers.py passengers.onnx``."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from onnxp.sklearn import trace_estimator


def passengers(n: int) -> pd.DataFrame:
    """Return a table of passengers, drawn at random."""
    rng = np.random.default_rng(0)
    age = rng.normal(30, 12, n).clip(1).round()
    return pd.DataFrame(
        {
            "age": np.where(rng.random(n) < 0.2, np.nan, age),
            "fare": rng.lognormal(3, 1, n).round(2),
            "sex": rng.choice(["female", "male"], n),
        }
    )


def main(path: str) -> None:
    df = passengers(500)
    survived = np.where((df["sex"] == "female") | (df["age"] < 10), "yes", "no")
    pipeline = make_pipeline(
        make_column_transformer(
            (SimpleImputer(), ["age", "fare"]),
            (OneHotEncoder(handle_unknown="ignore"), ["sex"]),
        ),
        HistGradientBoostingClassifier(max_iter=20),
    ).fit(df, survived)
    trace_estimator(pipeline, ["predict", "predict_proba"], example=df).save(path)


if __name__ == "__main__":
    main(sys.argv[1])
