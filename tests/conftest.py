"""What all tests share."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

# How long an example takes tells of the machine and of what else runs on it.
settings.register_profile("onnxp", deadline=None)
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
