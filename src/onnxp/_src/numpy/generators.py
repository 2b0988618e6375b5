"""Random generators of numpy for code that is traced: they do not shuffle traced arrays."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from onnxp._src.numpy.dispatch import has_arrays
from onnxp.errors import NumpyFunctionError

_NAMES = ("Generator", "RandomState")


def generator_class(kind: Any) -> Any:
    """Return the class that stands for one of numpy's generators, None for other objects."""
    # numpy imports the module when it is first used
    random = sys.modules.get("numpy.random")
    is_generator = random is not None and any(kind is getattr(random, name) for name in _NAMES)
    return _subclass(kind) if is_generator else None


def stands_for_generator(obj: Any) -> Any:
    """Return the generator that stands for one of numpy, with the same state, None for other objects."""
    subclass = generator_class(type(obj))
    if subclass is None:
        return None
    return subclass(getattr(obj, "bit_generator", None) or obj._bit_generator)


@cache
def _subclass(kind: Any) -> Any:
    def shuffle(self: Any, x: Any, *args: Any, **kwargs: Any) -> None:
        if has_arrays(x):  # numpy exchanges rows one by one, through views of each other
            raise NumpyFunctionError(
                f"numpy.random.{kind.__name__}.shuffle: random numbers are drawn when the function is traced; "
                "write x[order] with order = rng.permutation(n) of a fixed size n, or pass the order as an "
                "argument"
            )
        kind.shuffle(self, x, *args, **kwargs)

    return type(kind.__name__, (kind,), {"shuffle": shuffle, "__module__": kind.__module__})
