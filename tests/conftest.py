"""What all tests share."""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# How long an example takes tells of the machine and of what else runs on it.
# What lands must not depend on chance, so that examples are new each time except in CI.
settings.register_profile("onnxp", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("onnxp")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep the collector of cycles from going through 30,000 tests again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
