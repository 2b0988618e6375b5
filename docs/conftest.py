"""Doctests are in the pages; the modules here are for Sphinx, which `make test` does without."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from onnxp._src.dtypes import EXTENSIONS

collect_ignore_glob = ["*.py"]
collect_ignore = [] if find_spec("lightgbm") else ["boosters.rst"]


@pytest.fixture(autouse=True)
def no_dtypes_of_other_examples() -> Iterator[None]:
    """Let a page declare dtypes whose names another page or test has."""
    others = dict(EXTENSIONS)
    EXTENSIONS.clear()
    yield
    EXTENSIONS.clear()
    EXTENSIONS.update(others)
