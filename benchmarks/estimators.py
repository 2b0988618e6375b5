"""The page of all estimators: ``python -m benchmarks.estimators`` prints it, with ``--write`` writes it.

Each method of each estimator is traced with default parameters and compared with scikit-learn, as in the tests;
estimators that take text or need parameters are fitted by `OTHERS`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sklearn
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.image import PatchExtractor
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.kernel_approximation import SkewedChi2Sampler
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator
from tests.helpers.sklearn_sweep import ESTIMATORS, Outcome, outcomes

PAGE = Path(__file__).parent.parent / "docs" / "estimators.rst"
HEAD = """Estimators
==========

This page lists the estimators of scikit-learn {version} and their methods for new rows, with default
parameters. ``python -m benchmarks.estimators --write`` generates it: each method was traced, and its model gave
the numbers of scikit-learn for 1, 3, 7 and 12 rows; sparse results are dense in models. Beside these methods,
trees have ``apply``, ``decision_path`` and ``staged_predict``, and neighbors ``kneighbors`` (:doc:`sklearn`).
Parameters that are refused raise an error with the reason. Where fitted rows are equally far from a row,
as in columns of whole numbers, ``KNNImputer`` and the other estimators of neighbors may take other ones of
them than scikit-learn (:doc:`sklearn`).

"""


class Other(NamedTuple):
    """An estimator that the sweep of the tests does not fit.

    Attributes
    ----------
    fit : callable
        Return the fitted estimator.
    rows : array
        What its methods take.
    methods : str
        The methods.
    spec : str, optional
        The spec of the input, if the estimator does not tell it.
    """

    fit: Callable[[], Any]
    rows: Any
    methods: str
    spec: str | None = None


X = np.abs(np.random.default_rng(0).normal(size=(12, 5)))
CODES = np.arange(12) % 3
TEXTS = np.asarray(["a cat sat", "the dog", "été à Paris"] * 4, dtype=object)
LABELS = np.asarray([["a", "c"], ["b", ""]] * 6, dtype=object)
OTHERS: dict[str, Other] = {
    "CountVectorizer": Other(lambda: CountVectorizer().fit(TEXTS), TEXTS, "transform"),
    "TfidfVectorizer": Other(lambda: TfidfVectorizer().fit(TEXTS), TEXTS, "transform"),
    "HashingVectorizer": Other(HashingVectorizer, TEXTS, "transform"),
    "FeatureHasher": Other(lambda: FeatureHasher(4), LABELS, "transform", "string[N, 2]"),
    "DictVectorizer": Other(
        lambda: DictVectorizer().fit([{"a": 1}]), X, "transform", "float64[N, 1]"
    ),
    "PatchExtractor": Other(
        lambda: PatchExtractor(patch_size=(2, 2)).fit(np.zeros((3, 4, 4))),
        X,
        "transform",
        "float64[N, 4, 4]",
    ),
    "MultiLabelBinarizer": Other(
        lambda: MultiLabelBinarizer().fit([("a", "b"), ("c",)]), LABELS, "transform", "string[N, 2]"
    ),
    "IsotonicRegression": Other(
        lambda: IsotonicRegression(out_of_bounds="clip").fit(X[:, 0], X[:, 1]),
        X[:, 0],
        "predict transform",
    ),
    "NearestNeighbors": Other(lambda: NearestNeighbors(n_neighbors=3).fit(X), X, "kneighbors"),
    "LocalOutlierFactor": Other(
        lambda: LocalOutlierFactor(3, novelty=True).fit(X),
        X,
        "predict decision_function score_samples",
    ),
    "GaussianRandomProjection": Other(
        lambda: GaussianRandomProjection(2, random_state=0).fit(X), X, "transform"
    ),
    "SparseRandomProjection": Other(
        lambda: SparseRandomProjection(2, random_state=0).fit(X), X, "transform"
    ),
    "SkewedChi2Sampler": Other(lambda: SkewedChi2Sampler(random_state=0).fit(X), X, "transform"),
    "FrozenEstimator": Other(
        lambda: FrozenEstimator(LogisticRegression().fit(X, CODES)), X, "predict predict_proba"
    ),
}
REASONS = {
    "BernoulliRBM": "draws random numbers",
    "DictVectorizer": "takes dicts",
    "FeatureHasher": "hashes text",
    "HashingVectorizer": "hashes text",
    "PatchExtractor": "gives several rows for one",
}
"""Why methods are not traced."""
NOTES = {
    "FrozenEstimator": "as the estimator inside",
    "LocalOutlierFactor": "with ``novelty=True``",
    "MultiLabelBinarizer": "rows of labels, with empty text for none",
}


def of_others(name: str) -> Iterable[Outcome]:
    """Yield the outcomes of an estimator of `OTHERS`."""
    other = OTHERS[name]
    estimator = other.fit()
    for method in other.methods.split():
        try:
            program = trace_estimator(estimator, [method], spec=other.spec)
        except EstimatorError as error:
            yield Outcome(method, "refused", str(error))
            continue
        rows = (
            [set(row) - {""} for row in other.rows] if name == "MultiLabelBinarizer" else other.rows
        )
        wanted = getattr(estimator, method)(rows)
        found = next(iter(program(other.rows).values()))
        pairs = zip(found, wanted, strict=True) if isinstance(wanted, tuple) else [(found, wanted)]
        same = all(
            np.allclose(a, b.toarray() if hasattr(b, "toarray") else b, rtol=1e-7, atol=1e-12)
            for a, b in pairs
        )
        yield Outcome(method, "right" if same else "wrong")


def row(name: str, found: Iterable[Outcome]) -> str:
    """Return the row of an estimator in the table of its module."""
    by_state: dict[str, list[str]] = {"right": [], "refused": []}
    for outcome in found:
        by_state[outcome.what].append(f"``{outcome.method}``")
    right, refused = (", ".join(names) for names in by_state.values())
    if not right and not refused:
        right = "*no method for new rows*"
    if refused:
        refused += f": {REASONS[name]}"
    note = f" ({NOTES[name]})" if name in NOTES else ""
    return f"   * - ``{name}``\n     - {right}{note}\n     -{' ' if refused else ''}{refused}\n"


def page() -> str:
    """Return the page."""
    version = ".".join(sklearn.__version__.split(".")[:2])
    parts = [HEAD.format(version=version)]
    modules: dict[str, list[str]] = {}
    for name, kind in ESTIMATORS.items():
        modules.setdefault(".".join(kind.__module__.split(".")[:2]), []).append(name)
    for module, names in sorted(modules.items()):
        parts.append(f"{module}\n{'-' * len(module)}\n\n")
        parts.append(".. list-table::\n   :header-rows: 1\n   :widths: 26 48 26\n\n")
        parts.append("   * - Estimator\n     - Traced\n     - Not traced\n")
        for name in names:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                parts.append(row(name, list(of_others(name) if name in OTHERS else outcomes(name))))
        parts.append("\n")
    return "".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    text = page()
    if "--write" in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)
