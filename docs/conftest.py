"""Doctests are in the pages; the modules here are for Sphinx, which `make test` does without."""

from importlib.util import find_spec

collect_ignore_glob = ["*.py"]
collect_ignore = [] if find_spec("lightgbm") else ["boosters.rst"]
