"""Replacements in category_encoders, for new rows: without the target, as in predictions."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._frame import Frame
from onnxp.sklearn._lookup import is_missing
from onnxp.sklearn._registry import replaces
from onnxp.sklearn._validity import require


@replaces(
    "category_encoders.ordinal:OrdinalEncoder._map_column",
    reason="It makes integers where no category is unknown (2.11.2, ordinal.py:303).",
)
def _map_column(xp: ModuleType, /, values: Any, col_mapping: Any) -> Any:
    return values.map(col_mapping)


@replaces(
    "category_encoders.count:CountEncoder._transform",
    reason="It goes through the elements (2.11.2, count.py:168).",
)
def _count(xp: ModuleType, /, self: Any, X: Any) -> Any:
    for name in self.cols:
        column = X[name]
        groups = (self._min_group_categories or {}) if self._min_group_size is not None else {}
        if name in groups:
            column = column.map(groups[name]).fillna(column)
        column = column.map(self.mapping[name])
        unknown = self._handle_unknown[name]
        if unknown == "error":
            require(column.notna().array)
        elif unknown != "value":
            column = column.fillna(float(unknown)) if _is_number(unknown) else column
        elif self._handle_missing[name] != "return_nan":
            column = column.fillna(0.0)
        X[name] = column
    return X


@replaces(
    "category_encoders.leave_one_out:LeaveOneOutEncoder.transform_leave_one_out",
    reason="It looks for categories that it does not know (2.11.2, leave_one_out.py:186).",
)
def _leave_one_out(xp: ModuleType, /, self: Any, X: Any, y: Any, mapping: Any = None) -> Any:
    if y is not None:
        return NotImplemented
    for name, table in mapping.items():
        means = (table["sum"] / table["count"]).where(table["count"] > 1, float(self._mean))
        X[name] = _looked_up(self, X[name], means)
    return X


@replaces(
    "category_encoders.cat_boost:CatBoostEncoder._transform",
    reason="It looks for categories that it does not know (2.11.2, cat_boost.py:165).",
)
def _cat_boost(xp: ModuleType, /, self: Any, X: Any, y: Any = None) -> Any:
    if y is not None:
        return NotImplemented
    mean = float(self._mean)
    for name, table in self.mapping.items():
        means = (table["sum"] + mean * self.a) / (table["count"] + self.a)
        X[name] = _looked_up(self, X[name], means.where(table["count"] > 1, mean))
    return X


def _looked_up(encoder: Any, column: Any, means: Any) -> Any:
    """Return the means of categories, and what the encoder makes of unknown ones and of missing elements."""
    mean = float(encoder._mean)
    missing = column.isna()
    is_known = column.isin([key for key in means.index if not is_missing(key)])
    result = column.map(means)
    if encoder.handle_unknown == "value":
        result = result.mask(~is_known & ~missing, mean)
    elif encoder.handle_unknown == "error":
        require((is_known | missing).array)
    if encoder.handle_missing == "return_nan":
        result = result.mask(missing, np.nan)
    elif encoder.handle_missing == "value" and not any(map(is_missing, means.index)):
        result = result.mask(missing, mean)
    return result


@replaces(
    "category_encoders.rankhot:RankHotEncoder._transform",
    reason="It calls Python for each row (2.11.2, rankhot.py:192).",
)
def _rank_hot(xp: ModuleType, /, self: Any, X_in: Any, override_return_df: bool = False) -> Any:
    X = self.ordinal_encoder.transform(X_in.copy())
    blocks = {name: X[[name]] for name in X.columns}
    for table in self.mapping:
        codes, rows = X[table["col"]], table["mapping"]
        if self.handle_unknown == "error":
            require(codes.isin([*rows.index, np.nan]).array)
        default = np.nan if self.handle_unknown == "return_nan" else 0.0
        block = rows.reindex(codes).fillna(default)
        if self.handle_missing == "return_nan":
            block = block.mask(codes.isna(), np.nan)
        blocks[table["col"]] = block
    columns = {name: column for block in blocks.values() for name, column in block.items()}
    return Frame({name: column.array for name, column in columns.items()})


def _is_number(obj: Any) -> bool:
    return isinstance(obj, int | np.integer)
