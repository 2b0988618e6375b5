"""What pandas has and a traced frame cannot have, with the reason."""

from __future__ import annotations

from onnxp._src.wording import wording

_ROWS = (
    "the result depends on the other rows that the model gets; compute it when the step is fitted"
)
_SELECTS = "a model keeps all rows in their order; use where to replace elements"
_PYTHON = "Python cannot look at each element of a traced column; compute with whole columns"
_POSITIONS = (
    "a model cannot take rows by their number; write what is computed for each row with the whole column, as "
    "in df['column'] * 2, without a loop"
)
_CATEGORIES = (
    "categories are those of the rows that the model gets; write map with a dict, fit an OrdinalEncoder, or "
    "{categories}"
)
_LABELS = "a model has no labels of rows"
_SHAPE = "the rows and columns of the result are not those of the input"
_COLUMN = "only a column has it: write df['text'].str or df['day'].dt"
_TRANSPOSED = (
    "the rows would be columns; compute along them instead, as df.max(axis=1) for df.T.max(), or with the "
    "array df.to_numpy().T"
)
_FILES = "a traced frame has no values to write or show"

_NAMES: dict[str, str] = {
    _ROWS: """
        agg aggregate argmax argmin autocorr bfill corr corrwith count cov cummax cummin cumprod
        cumsum describe diff dot equals ewm expanding ffill groupby hasnans hist idxmax idxmin interpolate
        is_monotonic_decreasing is_monotonic_increasing is_unique kurt kurtosis max mean median min mode
        nunique pct_change prod product quantile rank resample rolling sem shift skew std unique
        value_counts var
    """,
    _SELECTS: """
        argsort asof at_time between_time drop_duplicates dropna duplicated first_valid_index head item
        last_valid_index nlargest nsmallest query repeat sample searchsorted sort_index sort_values tail
        take truncate
    """,
    _POSITIONS: "iat iloc",
    _CATEGORIES: "cat factorize",
    _COLUMN: "dt str",
    _PYTHON: """
        combine iterrows itertuples list sparse struct
    """,
    _LABELS: """
        add_prefix add_suffix align asfreq at drop droplevel filter get items keys pop
        reindex reindex_like rename_axis reorder_levels set_axis set_flags swaplevel to_period
        to_timestamp tz_convert tz_localize update xs
    """,
    _SHAPE: """
        axes compare explode melt memory_usage pivot pivot_table size squeeze stack swapaxes unstack
    """,
    _TRANSPOSED: "T transpose",
    _FILES: """
        array attrs boxplot convert_dtypes flags from_arrow from_dict from_records info isetitem nbytes plot
        style to_clipboard to_csv to_dict to_excel to_feather to_hdf to_html to_iceberg to_json to_latex
        to_list to_markdown to_orc to_parquet to_pickle to_records to_sql to_stata to_string to_xarray
        to_xml tolist
    """,
}
REASONS = {name: reason for reason, names in _NAMES.items() for name in names.split()}
"""The reason for each name of a DataFrame or a Series that a frame or a column lacks."""

OTHERWISE = (
    "it has the columns of a model, without values; write the step with the methods it has, listed in the "
    "guide to data frames, or with array functions of df['column'].to_numpy()"
)


def reason(name: str) -> str:
    """Return why a traced frame or column lacks a name."""
    return REASONS.get(name, OTHERWISE).replace("{categories}", wording.get().categories)
