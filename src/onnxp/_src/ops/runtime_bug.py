"""A row of the tables of `runtime_bugs`."""

from __future__ import annotations

from typing import NamedTuple

from onnxp._src.ops.versions import TRIED, release

OLD, MID, NEW = TRIED
INTEGERS = "int32, int64"
FLOATS = "float32, float64"


class RuntimeBug(NamedTuple):
    """An error of some runtimes.

    Attributes
    ----------
    operator, dtypes : str
        The operator and the dtypes of the kernel.
    first, last : str
        The first and the last of the `TRIED` runtimes with the error, or one between them.
    what : str
        What happens.
    answer : str
        How onnxp avoids it; empty if it does not.
    crash : bool
        Whether the error ends the process.
    """

    operator: str
    dtypes: str
    first: str
    last: str
    what: str
    answer: str = ""
    crash: bool = False

    @property
    def shows(self) -> bool:
        """Whether the error affects the results of array functions."""
        return not self.answer

    def applies(self, version: str) -> bool:
        """Return whether a version of the runtime has the error."""
        return release(self.first) <= release(version) <= release(self.last)
