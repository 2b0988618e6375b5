"""How Sphinx builds the documentation: ``make docs``."""

from __future__ import annotations

import sys
from pathlib import Path

import onnxp

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))
sys.path.insert(1, str(Path(__file__).parent.parent))  # for benchmarks, which makes tables

project = "onnxp"
author = "The onnxp developers"
copyright = f"2026, {author}"
version = release = onnxp.__version__

extensions = [
    "chapter",
    "myst_parser",  # for the changelog, which is Markdown
    "numpydoc",
    "pictures",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "tables",
]
exclude_patterns = ["_build", "gallery"]
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "generated/gallery",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 1e9,  # a page says what it shows, not how long it took
    "show_signature": False,
}

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # numpydoc's parameter lists have the types
default_role = "py:obj"
numpydoc_show_class_members = False

# What is copied has neither prompts nor results.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

html_theme = "pydata_sphinx_theme"
html_title = "onnxp"
html_sidebars = {"index": []}
html_static_path = ["_static"]
html_css_files = ["onnxp.css"]
html_theme_options = {
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
}
