"""What kinds of values a fitted estimator has met: text or numbers by column; None or NaN for missing text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.utils import get_tags

from onnxp._src.program import tables
from onnxp.sklearn._lookup import is_missing

_INNER = ("best_estimator_", "estimator_", "regressor_", "steps", "transformer_list")


def text_columns(estimator: Any) -> dict[int, bool]:
    """Return by position of a column whether it was text; columns of unknown kinds are left out.

    Encoders know their categories, and imputers what they fill in. All other transformers of scikit-learn whose
    tags do not mention text or categories take numbers. What functions get is unknown.
    """
    if hasattr(estimator, "_transformer_to_input_indices"):
        return _of_column_transformer(estimator)
    for attribute in _INNER:
        inner = getattr(estimator, attribute, None)
        if isinstance(inner, list):  # of names and steps: the steps of a union agree
            inner = next((step for _, step, *_ in inner if hasattr(step, "fit")), None)
        if inner is not None:
            count = getattr(inner, "n_features_in_", None)
            same = count is None or count == getattr(estimator, "n_features_in_", count)
            return text_columns(inner) if same else {}  # of a selection of features
    if isinstance(categories := getattr(estimator, "categories_", None), list):
        return _kinds(map(np.asarray, categories))
    statistics = getattr(estimator, "statistics_", None)
    if isinstance(statistics, np.ndarray) and statistics.ndim == 1:
        return _kinds(statistics[:, None])
    if _takes_numbers(estimator):
        return dict.fromkeys(range(estimator.n_features_in_), False)
    return {}


def _of_column_transformer(transformer: Any) -> dict[int, bool]:
    result: dict[int, bool] = {}
    for name, step, _ in transformer.transformers_:
        columns = transformer._transformer_to_input_indices.get(name, [])
        if hasattr(step, "fit"):
            inner = text_columns(step)
            result |= {columns[i]: kind for i, kind in inner.items() if i < len(columns)}
    return result


def _kinds(columns: Any) -> dict[int, bool]:
    result = {}
    for i, values in enumerate(columns):
        kinds = {isinstance(v, str) for v in values.tolist() if not is_missing(v)}
        if len(kinds) == 1:
            result[i] = kinds.pop()
    return result


def _takes_numbers(estimator: Any) -> bool:
    module = type(estimator).__module__
    if not module.startswith("sklearn.") or not hasattr(estimator, "transform"):
        return False
    if hasattr(estimator, "estimators_"):  # which may take what they want
        return False
    tags = get_tags(estimator)
    others = tags.no_validation or tags.input_tags.string or tags.input_tags.categorical
    return hasattr(estimator, "n_features_in_") and tags.input_tags.two_d_array and not others


def missing_text(estimator: Any, example: Any) -> float | None:
    """Return what missing text is, None or NaN: in the example, or else among the categories of encoders.

    Models have ``""`` for both, but `SimpleImputer` fills only one of them.
    """
    values: set[Any] = set()
    if example is not None and tables.is_table(example):
        values = {v for name in tables.column_names(example) for v in _objects(example[name])}
    else:
        for part in _inside(estimator, set()):
            for categories in getattr(part, "categories_", None) or ():
                values |= set(_objects(categories))
    missing = [v for v in values if v is None or isinstance(v, float)]
    return None if missing and all(v is None for v in missing) else np.nan


def _objects(column: Any) -> list[Any]:
    """Return missing values, if a column has objects of Python."""
    is_list = isinstance(column, list | tuple)
    array = np.asarray(column if is_list or not hasattr(column, "to_numpy") else column.to_numpy())
    values = list(column) if is_list else array.ravel().tolist() if array.dtype.kind == "O" else []
    return [v for v in values if v is None or is_missing(v)]


def _inside(obj: Any, seen: set[int]) -> Iterator[Any]:
    """Yield an estimator, and the estimators inside it."""
    if id(obj) in seen:
        return
    seen.add(id(obj))
    if isinstance(obj, list | tuple | dict):
        for part in obj.values() if isinstance(obj, dict) else obj:
            yield from _inside(part, seen)
    elif hasattr(obj, "get_params") and not isinstance(obj, type):
        yield obj
        for part in vars(obj).values():
            yield from _inside(part, seen)
