"""Which targets a model meets, and what stands in the way of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, final

from onnxp._src.ops.targets import TARGETS

if TYPE_CHECKING:
    from onnx import ModelProto

    from onnxp._src.model.obstacles import Obstacle

SHOWN = 3
"""The number of obstacles to name for a target."""


@final
class Targets(Mapping[str, "tuple[Obstacle, ...]"]):
    """What stands in the way of a model, by target: nothing where the model meets it."""

    __slots__ = ("_obstacles",)

    def __init__(self, obstacles: Mapping[str, tuple[Obstacle, ...]]) -> None:
        self._obstacles = dict(obstacles)

    def __getitem__(self, name: str) -> tuple[Obstacle, ...]:
        return self._obstacles[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._obstacles)

    def __len__(self) -> int:
        return len(self._obstacles)

    def only(self, name: str) -> Targets:
        """Return what stands in the way of one target."""
        return Targets({name: self[name]})

    def __repr__(self) -> str:
        lines = []
        for name, found in self._obstacles.items():
            lines.append(f"{name}: {'no' if found else 'yes'}")
            lines += [f"    {obstacle}" for obstacle in found[:SHOWN]]
            if len(found) > SHOWN:
                lines.append(f"    and {len(found) - SHOWN} more")
        return "\n".join(lines)


def targets_of(model: ModelProto, places: Mapping[str, str]) -> Targets:
    """Return what stands in the way of a model, by target."""
    from onnxp._src.model.obstacles import obstacles

    return Targets({name: tuple(obstacles(model, t, places)) for name, t in TARGETS.items()})
