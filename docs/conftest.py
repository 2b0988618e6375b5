"""Doctests are in the pages; the modules here are for Sphinx, which `make test` does without."""

collect_ignore_glob = ["*.py"]
