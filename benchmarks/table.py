"""A row of the benchmark table: what is measured, against whom, and which ratio is promised."""

from __future__ import annotations

import csv
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

UNITS: dict[str, tuple[tuple[float, str], ...]] = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")),
    "B": ((1e6, "MB"), (1e3, "kB")),
    "nodes": ((1.0, "nodes"),),
    "sessions": ((1.0, "sessions"),),
    "eps": ((1.0, "eps"),),
}
COLUMNS = ("what", "ours", "other", "ratio", "promised", "")
WIDTHS = (46, 10, 20, 6, 18, 4)


class Result(NamedTuple):
    """The cells of a row that was measured, whether its promise is kept, and what may keep it from that."""

    cells: tuple[str, ...]
    kept: bool
    limit: str = ""


@dataclass(frozen=True)
class Row:
    """One promise: `measure` returns our figure and the other's, both in `unit`.

    Exactly one of `at_least` (for other/ours) and `at_most` (for ours/other) is given. `limit` says what takes
    the time of a row that misses its promise on most runs.
    """

    what: str
    other: str
    measure: Callable[[], tuple[float, float]]
    unit: str = "s"
    at_least: float | None = None
    at_most: float = float("inf")
    limit: str = ""

    def run(self) -> Result:
        """Measure, and return the row's cells and whether the promise is kept."""
        try:
            ours, other = self.measure()
        except Exception:
            traceback.print_exc()
            return Result((self.what, "-", self.other, "-", self.promise(), "FAIL"), False)
        if self.at_least is not None:
            ratio = other / ours
            kept = ratio >= self.at_least
        else:
            ratio = ours / other
            kept = ratio <= self.at_most
        cells = (
            self.what,
            scaled(ours, self.unit),
            f"{scaled(other, self.unit)} {self.other}",
            f"{ratio:.3g}",
            self.promise(),
            "ok" if kept else "FAIL",
        )
        return Result(cells, kept, self.limit)

    def promise(self) -> str:
        """Return the promised ratio in words."""
        if self.at_least is not None:
            return f"other/ours >= {self.at_least:g}"
        return f"ours/other <= {self.at_most:g}"


def scaled(figure: float, unit: str) -> str:
    """Write `figure` in the largest fitting unit."""
    scales = UNITS[unit]
    factor, name = next((scale for scale in scales if abs(figure) >= scale[0]), scales[-1])
    return f"{figure / factor:.3g} {name}"


def show(groups: Mapping[str, Sequence[Row]]) -> dict[str, list[Result]]:
    """Measure and print row by row; return the results of each group."""
    print(_line(COLUMNS))
    print(_line(tuple("-" * width for width in WIDTHS)))
    results: dict[str, list[Result]] = {}
    for group, rows in groups.items():
        results[group] = []
        for row in rows:
            result = row.run()
            results[group].append(result)
            print(_line(result.cells), flush=True)
    broken = [result for table in results.values() for result in table if not result.kept]
    for result in broken:
        if result.limit:
            print(f"\n{result.cells[0]}: {result.limit}")
    return results


def write(path: Path, results: Sequence[Result]) -> None:
    """Write results as a table of the documentation."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("Task", "onnxp", "Alternative", "Ratio", "Promise"))
        table.writerows(result.cells[:-1] for result in results)


def _line(cells: tuple[str, ...]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True))
    return f"| {' | '.join(padded)} |"
