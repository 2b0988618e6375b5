"""How messages write what to pass: as arguments of Python, or as options of the command at work."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple


class Wording(NamedTuple):
    """The words for what a caller can pass."""

    example: str = "xp.trace(..., example=)"
    """An example that answers what a function asks of its arguments."""
    rows: str = "example=X"
    """A few rows of what an estimator was fitted on."""
    takes_dtypes: bool = True
    """Whether the caller can also name the dtypes of columns."""
    categories: str = "trace with dtype={'a': 'category[label, ...]'}"
    """How to tell the categories of a column of text."""
    columns: str = 'program.on(["age", "fare"])'
    """The names of columns."""
    arrays: str = "call the program with arrays, as with np.stack(df['lags']) for a column of lists"
    """What to do with a model that takes arrays, not columns."""
    fallback: str = "pass fallback=True"
    """How to do without execution providers that are not there."""
    to_float32: str = "quantize program.cast('float32')"
    """How to quantize a model of float64."""
    parameter: str = "{}={!r}"
    """A parameter and its value."""

    def option(self, name: str, value: str) -> str:
        """Return how to give a parameter."""
        return self.parameter.format(name, value)

    def rows_or_dtypes(self, dtypes: str = "name: dtype") -> str:
        """Return how to tell the dtypes of columns: by rows, or by a dict with these items."""
        return f"{self.rows} or dtype={{{dtypes}}}" if self.takes_dtypes else self.rows


wording: ContextVar[Wording] = ContextVar("wording", default=Wording())  # noqa: B039 # it is immutable
