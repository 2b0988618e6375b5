"""Marks for errors of runtimes that onnxp does not avoid: rows of `ops.runtime_bugs`."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from onnxp._src.ops.runtime_bugs import RUNTIME_BUGS

INSTALLED = version("onnxruntime")


def affected(name: str) -> bool:
    """Return whether the installed runtime has an error that shows."""
    return RUNTIME_BUGS[name].shows and RUNTIME_BUGS[name].applies(INSTALLED)


def defect(name: str) -> pytest.MarkDecorator:
    """Expect a test to fail on the runtimes that have an error, and only there."""
    row = RUNTIME_BUGS[name]
    reason = f"docs/runtimes.rst, {name}: {row.operator} of {row.dtypes}: {row.what}"
    return pytest.mark.xfail(affected(name), reason=reason, strict=True)
