"""How Sphinx builds the documentation: ``make docs``."""

from __future__ import annotations

import sys
from pathlib import Path

import onnxp

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "onnxp"
author = "The onnxp developers"
copyright = f"2026, {author}"
version = release = onnxp.__version__

extensions = [
    "chapter",
    "myst_parser",  # for the changelog, which is Markdown
    "numpydoc",
    "sphinx.ext.autodoc",
    "tables",
]
exclude_patterns = ["_build"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # numpydoc's parameter lists have the types
default_role = "py:obj"
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = "onnxp"
html_theme_options = {
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": False,
}
