"""Programs as people write them for numpy, of many fields: what they are given, and what they compute."""

from tests.helpers.numpy_programs import (
    features,
    mathematics,
    objects,
    sciences,
    scoring,
    times_and_text,
)
from tests.helpers.numpy_programs.cases import CASES

__all__ = ["CASES", "features", "mathematics", "objects", "sciences", "scoring", "times_and_text"]
