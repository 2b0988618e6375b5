"""Log the pipeline to MLflow, load it back and score a table: ``python registry.py passengers.onnx``."""

from __future__ import annotations

import sys

import mlflow
import numpy as np
import pandas as pd

import onnxp as xp


def main(path: str) -> None:
    program = xp.load(path)
    df = pd.DataFrame({"age": [29.0, np.nan], "fare": [7.25, 71.5], "sex": ["male", "female"]})
    with mlflow.start_run():
        logged = mlflow.onnx.log_model(program.model, name="passengers")
    model = xp.load(mlflow.onnx.load_model(logged.model_uri))  # a ModelProto, which xp.load takes
    print(model(df)["label"].tolist())


if __name__ == "__main__":
    main(sys.argv[1])
