"""Parameters of models, which the functions find as global variables."""

from __future__ import annotations

import math
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field

import numpy as np

np.random.seed(7)  # noqa: NPY002
COEF = np.array([[0.4, -1.2, 0.3, 0.8], [1.1, 0.2, -0.5, 0.1], [-0.6, 0.7, 0.9, -0.4]])
INTERCEPT = np.array([0.05, -0.1, 0.2])
CLASSES = np.array(["setosa", "versicolor", "virginica"])
THRESHOLD = np.float32(0.35)
PRIOR = np.float64(0.2)
GRID = np.linspace(0, 1, 11)
COV = np.array(
    [[2.0, 0.3, 0.1, 0.0], [0.3, 1.5, 0.2, 0.1], [0.1, 0.2, 1.0, 0.3], [0.0, 0.1, 0.3, 0.8]]
)
PRECISION = np.linalg.inv(COV)
SUPPORT = np.array([[0.1, 0.5, -0.3, 0.2], [1.0, -1.0, 0.5, 0.0], [-0.7, 0.3, 0.9, -1.2]])
DUAL = np.array([0.7, -1.1, 0.4])
TREE = {
    "feature": np.array([0, 1, -1, -1, 2, -1, -1]),
    "threshold": np.array([0.1, -0.3, 0.0, 0.0, 0.4, 0.0, 0.0]),
    "left": np.array([1, 2, -1, -1, 5, -1, -1]),
    "right": np.array([4, 3, -1, -1, 6, -1, -1]),
    "value": np.array([0.0, 0.0, 1.0, 2.0, 0.0, 3.0, 4.0]),
}
WEIGHTS = OrderedDict(
    w1=np.full((4, 5), 0.1), b1=np.zeros(5), w2=np.ones((5, 2)) / 5, b2=np.array([0.1, -0.1])
)
Stats = namedtuple("Stats", ["mean", "std"])
STATS = Stats(np.array([0.1, 0.2, 0.3, 0.4]), np.array([1.0, 2.0, 0.5, 1.5]))
PALETTE = {"red": 0, "green": 1, "blue": 2}
COLUMNS = ["age", "height", "weight", "income"]
RULES = [(0, np.greater, 0.5, 1.0), (1, np.less, 0.0, 2.0), (3, np.greater_equal, 0.2, 4.0)]


@dataclass
class Model:
    """A linear model."""

    coef: np.ndarray
    intercept: float = 0.0
    link: str = "logit"
    limits: tuple[float, float] = (0.01, 0.99)
    names: list[str] = field(default_factory=lambda: ["no", "yes"])

    def margin(self, X):
        return X @ self.coef + self.intercept

    def predict_proba(self, X):
        z = self.margin(X)
        if self.link == "logit":
            p = 1.0 / (1.0 + np.exp(-z))
        elif self.link == "probit":
            p = 0.5 * (1 + np.tanh(z * math.sqrt(2 / math.pi)))
        else:
            raise ValueError(self.link)
        p = np.clip(p, *self.limits)
        return np.column_stack((1 - p, p))

    def predict(self, X):
        return np.array(self.names)[self.predict_proba(X).argmax(axis=1)]


MODEL = Model(np.array([0.3, -0.2, 0.5, 0.1]), 0.05)
