"""The functions of numpy: ``python -m benchmarks.numpy_functions --write`` writes their page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

import onnxp._src.public  # noqa: F401 - registers the translations
from onnxp._src.numpy import masked_functions, text
from onnxp._src.numpy.dispatch import FUNCTIONS
from onnxp._src.numpy.refused import REASONS
from onnxp._src.numpy.scipy_distributions import FORMULAS as DISTRIBUTIONS
from onnxp._src.numpy.scipy_functions import FUNCTIONS as SCIPY_FUNCTIONS
from onnxp._src.numpy.ufuncs import is_translated

PAGE = Path(__file__).parent.parent / "docs" / "numpy.rst"

TRANSLATED = "translated"
HOST = "answered by numpy when nothing is traced"
REFUSED = "refused"


def functions() -> list[str]:
    """Return the names of all functions of numpy's main namespace."""
    objects = ((name, getattr(np, name)) for name in np.__all__)
    return sorted(name for name, obj in objects if callable(obj) and not isinstance(obj, type))


def status(name: str) -> str:
    """Return what becomes of a function that is called while a function is traced."""
    function = getattr(np, name)
    translated = (
        is_translated(function) if isinstance(function, np.ufunc) else function in FUNCTIONS
    )
    if translated:
        return TRANSLATED
    return REFUSED if name in REASONS else HOST


def page() -> str:
    """Return the text of the page."""
    names = functions()
    count = {kind: sum(status(n) == kind for n in names) for kind in (TRANSLATED, HOST, REFUSED)}
    lines = [
        "Functions of numpy",
        "==================",
        "",
        "``python -m benchmarks.numpy_functions --write`` generates this page.",
        "",
        f"Of the {len(names)} functions of numpy's main namespace, {count[TRANSLATED]} are translated:",
        "with traced arrays or sizes among the arguments, they are recorded. If nothing is traced, numpy",
        f"itself computes the result, a constant of the model. {count[HOST]} functions take no arrays, and",
        f"{count[REFUSED]} are refused with traced arrays: they raise ``NumpyFunctionError``.",
        "",
        "Translated",
        "----------",
        "",
        *wrapped([f"``{n}``" for n in names if status(n) == TRANSLATED]),
        "",
        "Answered by numpy when nothing is traced",
        "----------------------------------------",
        "",
        *wrapped([f"``{n}``" for n in names if status(n) == HOST]),
        "",
        "Refused",
        "-------",
        "",
        ".. list-table::",
        "   :header-rows: 1",
        "",
        "   * - Function",
        "     - Reason, or what to write",
    ]
    for name in names:
        if status(name) == REFUSED:
            lines += [f"   * - ``{name}``", f"     - {REASONS[name]}"]
    lines += [*_others("numpy.strings", "Text", _TEXT, text_functions())]
    lines += [*_others("numpy.ma", "Masked arrays", _MASKED, masked_functions.names())]
    lines += [*_others("scipy", "Functions of scipy", _SCIPY, scipy_functions())]
    return "\n".join(lines) + "\n"


_TEXT = (
    "These functions of text, of ``numpy.strings`` and ``numpy.char``, are recorded for traced arrays, and so "
    "is ``+``. Text that is looked for or put in its place must be a constant. Functions that put ``Σ`` "
    "into lower case fail, because another letter stands at the end of a word. ``split`` gives lists, which "
    "models do not have; ``np.char.partition`` gives the parts before and after a text. There are no kernels "
    "for others."
)
_MASKED = (
    "These functions of ``numpy.ma`` are recorded for traced arrays, and so are indexing, assignment and "
    "operators of masked arrays, and functions of numpy that are methods of them. What numpy masks because a "
    "function is not defined, such as a quotient by zero, is masked. A masked array that a function returns is "
    "a nullable output (:doc:`missing`). ``np.ma.is_masked`` is refused, because the elements are not known."
)
_SCIPY = (
    "Functions of scipy that support the array API accept traced arrays in a traced function, and most "
    "functions of ``scipy.special`` are those of ``xp.special``. These functions and distributions are "
    "translated, and so are piecewise polynomials and linear ``interp1d`` of ``scipy.interpolate``. Linear "
    "functions along an axis of known size, such as filters, cosine transforms and the transforms of spectra, "
    "become products with constant weights, for up to 1,024 elements."
)


def text_functions() -> list[str]:
    """Return the names of the functions of text that are translated."""
    of_strings = [name for name in np.strings.__all__ if getattr(np.strings, name) in FUNCTIONS]
    return sorted({*of_strings, *text.UFUNCS, "add"})


def scipy_functions() -> list[str]:
    """Return the names of the functions and distributions of scipy that are translated."""
    functions = [f"{module}.{name}" for module, name in SCIPY_FUNCTIONS]
    return sorted([*functions, *(f"scipy.stats.{name}" for name in DISTRIBUTIONS)])


def _others(module: str, title: str, description: str, names: list[str]) -> list[str]:
    short = [f"``{name}``" for name in names]
    return [
        "",
        title,
        "-" * len(title),
        "",
        *wrapped(description.split(), join=" "),
        "",
        *wrapped(short),
    ]


def wrapped(words: list[str], width: int = 120, join: str = ", ") -> list[str]:
    """Return lines of words."""
    lines = [""]
    for i, word in enumerate(words):
        entry = word + (join.strip() if i < len(words) - 1 else "")
        if len(lines[-1]) + len(entry) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {entry}".strip()
    return lines


def main(argv: list[str]) -> int:
    """Write the page, or print how many functions there are of each kind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.numpy_functions")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    if parser.parse_args(argv).write:
        PAGE.write_text(page(), encoding="utf-8")
    for kind in (TRANSLATED, HOST, REFUSED):
        print(sum(status(name) == kind for name in functions()), kind)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
