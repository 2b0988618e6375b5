"""Serve the pipeline over HTTP: ``MODEL=passengers.onnx uvicorn service:app``."""

from __future__ import annotations

import os

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
session = ort.InferenceSession(os.environ["MODEL"])


class Passenger(BaseModel):
    age: float | None = None
    fare: float
    sex: str


@app.post("/score")
def score(passengers: list[Passenger]) -> dict[str, list[str] | list[list[float]]]:
    feeds = {
        "age": np.array([np.nan if p.age is None else p.age for p in passengers], np.float64),
        "fare": np.array([p.fare for p in passengers], np.float64),
        "sex": np.array([p.sex for p in passengers], object),
    }
    label, probabilities = session.run(["label", "probabilities"], feeds)
    return {"label": label.tolist(), "probabilities": probabilities.tolist()}
