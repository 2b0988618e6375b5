"""The page of what traced data frames have, made by ``python -m benchmarks.frame_methods --write``.

It goes through all names that DataFrame and Series of the installed pandas have.
"""

from __future__ import annotations

import sys
import textwrap
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from onnxp.sklearn._column import Column
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._lacks import OTHERWISE, reason

PAGE = Path(__file__).parent.parent / "docs" / "frame_methods.rst"
CLASSES: list[tuple[type[Any], type[Any]]] = [(pd.DataFrame, Frame), (pd.Series, Column)]
HEAD = """What traced data frames have
============================

Functions and transformers of your own get traced data frames (:doc:`dataframes`). This page lists what these
have of DataFrame and Series of pandas {version}. ``python -m benchmarks.frame_methods --write`` generates it.

"""
FUNCTIONS = """\
Methods that reduce or go from column to column, such as ``sum`` and ``cumsum``, take ``axis=1``. ``merge`` and
``join`` look up the rows of a table of pandas, with ``how="left"`` and distinct keys. Functions of pandas are
``concat`` with ``axis=1``, ``cut`` with edges, ``get_dummies`` of known categories or chosen columns,
``isna``, ``merge``, ``notna``, ``to_datetime``, ``to_numeric``, ``to_timedelta``, ``Categorical`` with
categories, and ``DataFrame`` and ``Series`` of columns and arrays."""


def names(kind: type[Any]) -> set[str]:
    """Return the public names of a class."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name for name in dir(kind) if not name.startswith("_")}


def supported() -> dict[str, list[str]]:
    """Return the names that traced frames and columns have, with the classes of pandas that have them."""
    result: dict[str, list[str]] = {}
    for kind, traced in CLASSES:
        own = set(dir(traced)) | {"name"} if traced is Column else set(dir(traced))
        for name in names(kind) & own:
            result.setdefault(name, []).append(kind.__name__)
    return dict(sorted(result.items()))


def refused() -> dict[str, dict[str, list[str]]]:
    """Return by reason the names that traced frames and columns lack, for each class."""
    result: dict[str, dict[str, list[str]]] = {}
    for kind, _ in CLASSES:
        missing = names(kind) - {n for n, kinds in supported().items() if kind.__name__ in kinds}
        for name in sorted(missing):
            why = reason(name)
            text = "not written yet" if why == OTHERWISE else why
            result.setdefault(text, {}).setdefault(kind.__name__, []).append(name)
    return dict(sorted(result.items()))


def page() -> str:
    """Return the page."""
    lines = [HEAD.format(version=".".join(pd.__version__.split(".")[:2])), "Supported", "-" * 9, ""]
    kinds = [kind.__name__ for kind, _ in CLASSES]
    for title, of in (
        ("DataFrame and Series", kinds),
        *((f"{kind} only", [kind]) for kind in kinds),
    ):
        lines += [title, _listed(name for name, own in supported().items() if own == of), ""]
    lines += [FUNCTIONS, "", "Not supported", "-" * 13, ""]
    for why, missing in refused().items():
        lines.append(f"{why[0].upper()}{why[1:]}")
        lines += [_listed(chosen, f"{kind}: ") for kind, chosen in missing.items()]
        lines.append("")
    return "\n".join(lines)


def _listed(chosen: Iterable[str], start: str = "") -> str:
    text = start + ", ".join(f"``{name}``" for name in chosen)
    return textwrap.indent(textwrap.fill(text, 110), "   ") + ("\n" if start else "")


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        print(page())
