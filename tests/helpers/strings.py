"""Arrays of text, and their comparison with numpy's."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.helpers import samples

LABELS = np.array(["dog", "cat", "", "é", "cat", "😀", "\uffff", "Cat"])


def text(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return samples.array(samples.TEXT, shape, seed)


def same(found: Any, expected: Any) -> None:
    """Compare with numpy's result, width of ``<U`` aside."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.dtype.kind == expected.dtype.kind
    assert found.shape == expected.shape
    assert found.tolist() == expected.tolist()
