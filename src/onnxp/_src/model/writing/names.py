"""Names in a written model: unique, and telling for constants."""

from __future__ import annotations

from collections.abc import Iterable

from onnxp._src.graph.values import Op

_REDUCTIONS = ("Max", "Mean", "Min", "Prod", "Sum", "SumSquare")

ROLES: dict[tuple[Op, int], str] = {
    ("Reshape", 1): "shape",
    ("Expand", 1): "shape",
    ("ConstantOfShape", 0): "shape",
    ("Slice", 1): "starts",
    ("Slice", 2): "ends",
    ("Slice", 3): "axes",
    ("Slice", 4): "steps",
    ("Squeeze", 1): "axes",
    ("Unsqueeze", 1): "axes",
    ("Gather", 1): "indices",
    ("GatherElements", 1): "indices",
    ("GatherND", 1): "indices",
    ("ScatterND", 1): "indices",
    ("ScatterElements", 1): "indices",
    ("Tile", 1): "repeats",
    ("TopK", 1): "k",
    ("CumSum", 1): "axis",
    ("CumProd", 1): "axis",
    ("Loop", 0): "trips",
    ("Pad", 1): "pads",
    **{(f"Reduce{name}", 1): "axes" for name in _REDUCTIONS},
}
"""The names of constants, by the operator and the position of its input that they feed."""


class UniqueNames:
    """Names that are unique in a model, or in one of its functions."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._next: dict[str, int] = dict.fromkeys(taken, 1)

    def take(self, hint: str) -> str:
        """Return `hint`, with a number if it is taken."""
        counts = self._next
        while number := counts.get(hint, 0):
            counts[hint] = number + 1
            hint = f"{hint}_{number}"
        counts[hint] = 1
        return hint
