"""Functions and nullable arrays: ``python -m benchmarks.nulls`` tries all, ``--write`` makes their page.

The examples are those of `benchmarks.names`, with nullable inputs. What is stored under nulls must not matter:
each example is evaluated several times, with other elements there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

import onnxp as xp
from benchmarks import names
from onnxp._src.array.base import new_array
from onnxp._src.graph.values import constant
from onnxp.errors import OnnxpError

PAGE = Path(__file__).parent.parent / "docs" / "missing_functions.rst"

LEFT_OUT = ("Array object", "Constants", "Data types", "Inspection")
"""Chapters without functions of arrays."""

SKIPPED = "Nulls are left out; the result is null if nothing is left."
LAST = "Nulls come last."
RULES = {
    **dict.fromkeys(("max", "min", "mean"), SKIPPED),
    **dict.fromkeys(("argmax", "argmin"), f"{SKIPPED} The dtype is ``int64?``."),
    **dict.fromkeys(
        ("std", "var"), "Nulls are left out; null unless more is left than ``correction``."
    ),
    "sum": "Nulls are left out; 0 if nothing is left.",
    "prod": "Nulls are left out; 1 if nothing is left.",
    "any": "Nulls are left out; Kleene's logic with ``skipna=False``.",
    "all": "Nulls are left out; Kleene's logic with ``skipna=False``.",
    **dict.fromkeys(("cumulative_sum", "cumulative_prod"), "Nulls are left out, and stay null."),
    **dict.fromkeys(("count_nonzero", "nonzero"), "A null counts as zero."),
    **dict.fromkeys(("argsort", "sort", "searchsorted"), LAST),
    **dict.fromkeys(
        ("unique_all", "unique_counts", "unique_inverse", "unique_values"), f"One null. {LAST}"
    ),
    "isin": "False at a null, and nulls are not looked for.",
    "astype": "To nullable dtypes. To others it is refused: write ``xp.nulls.fill_null(x, value)``.",
    **dict.fromkeys(
        ("matmul", "tensordot", "vecdot"),
        "Null if a factor of one of the products that are added is.",
    ),
    **dict.fromkeys(("take", "take_along_axis"), "Moves elements. A null index is refused."),
    "where": "A null in the condition counts as False.",
    **dict.fromkeys(
        ("bitwise_and", "bitwise_or", "logical_and", "logical_or"),
        "Kleene's logic of truth values: an operand may decide.",
    ),
}
"""What the functions do, if not what all of their chapter do."""

OF_CHAPTER = {
    "Creation functions": "Of a nullable dtype.",
    "Elementwise functions": "Null if an operand is.",
    "Indexing functions": "Moves elements.",
    "Linear algebra functions": "Moves elements.",
    "Manipulation functions": "Moves elements.",
    "Utility functions": "Null if an operand is.",
    "Data type functions": "Nulls stay.",
}


OTHER_EXAMPLES = {
    "astype": 'xp.astype(x, "float64?")',
    "take": "xp.take(x, np.asarray([2, 0]), axis=1)",
    "take_along_axis": "xp.take_along_axis(x, np.zeros((4, 3), int), axis=1)",
}
"""The examples of functions that need another one: a null is not an index, and a plain dtype has no nulls."""


def inputs(junk: int) -> dict[str, xp.Array]:
    """Return nullable inputs of the examples, with `junk` among the elements under nulls."""
    arrays = {}
    for name, data in names.data().items():
        null = np.random.default_rng(len(name) + data.size).random(data.shape) < 0.3
        data = np.where(null, np.asarray(junk).astype(data.dtype), data)
        array = xp.asarray(data)
        arrays[name] = new_array(xp.nullable(array.dtype), (*array._planes, constant(null)))
    return arrays


def host(result: Any) -> list[Any]:
    """Return results as numpy has them, masked arrays if they are nullable."""
    if isinstance(result, xp.Array):
        return [np.ma.asarray(result) if result.dtype.is_nullable else np.asarray(result)]
    if isinstance(result, tuple | list):
        return [x for part in result for x in host(part)]
    return [result]


def same(a: Any, b: Any) -> bool:
    """Return whether two results are equal, also under nulls, where there are blanks."""
    if isinstance(a, np.ma.MaskedArray):
        if not np.array_equal(np.ma.getmaskarray(a), np.ma.getmaskarray(b)):
            return False
        a, b = a.data, b.data
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    return bool(a == b)


def attempt(example: str) -> str:
    """Return why an example is refused, or ``""`` if it works.

    Raises
    ------
    AssertionError
        If what is stored under nulls can be seen.
    """
    try:
        results = [host(names.run(example, inputs(junk))) for junk in (0, 1, 3)]
    except OnnxpError as error:
        return f"{type(error).__name__}: {str(error.args[0]).splitlines()[0]}"
    first, *others = results
    for other in others:
        assert all(map(same, first, other)), f"{example}: what is under nulls can be seen"
    return ""


def rows() -> dict[str, dict[str, str]]:
    """Return for each function what it does with nulls, or why it refuses them."""
    found: dict[str, dict[str, str]] = {}
    for chapter, examples in names.CHAPTERS.items():
        if chapter not in LEFT_OUT:
            found[chapter] = {
                name: _row(chapter, name, example) for name, example in examples.items()
            }
    return found


REFUSED = dict.fromkeys(("finfo", "iinfo"), "refused: give the dtype ``x.dtype.plain``")


def _row(chapter: str, name: str, example: str) -> str:
    if not names.uses(example) or ".shape" in example or example.endswith(".shape)"):
        return "no array is read"
    if attempt(OTHER_EXAMPLES.get(name, example)):
        return REFUSED.get(name, "refused: write ``xp.nulls.fill_null(x, value)``")
    return RULES.get(name) or OF_CHAPTER.get(chapter, "yes")


def page(table: dict[str, dict[str, str]]) -> str:
    """Return the page of the documentation."""
    lines = [
        "Functions and missing values",
        "============================",
        "",
        "What each function of the main namespace does with nullable arrays (:doc:`missing`). Each was tried",
        "with the example of :doc:`names`, twice, with different elements under the nulls, which must not",
        "matter. ``python -m benchmarks.nulls --write`` generates this page. What is refused raises a",
        "`DTypeError <onnxp.errors.DTypeError>` that says so (:doc:`dtype_support`).",
        "",
        "The functions of `onnxp.special` give null where an operand is null; most of those of `onnxp.linalg`,",
        "`onnxp.fft` and `onnxp.dates` refuse nullable arrays (:doc:`dtype_support`).",
        "",
    ]
    for chapter, functions in table.items():
        lines += [chapter, "-" * len(chapter), "", ".. list-table::", "   :header-rows: 1"]
        lines += ["   :widths: 25 75", "", "   * - Function", "     - Nullable arrays"]
        for name, text in functions.items():
            lines += [f"   * - ``{name}``", f"     - {text}"]
        lines.append("")
    return "\n".join(lines)


def main(argv: list[str]) -> int:
    """Try all functions."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nulls", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args(argv)
    table = rows()
    if options.write:
        PAGE.write_text(page(table), encoding="utf-8")
    texts = [text for functions in table.values() for text in functions.values()]
    refused = sum(text.startswith("refused") for text in texts)
    print(f"{len(texts)} functions, {refused} refuse nullable arrays")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
