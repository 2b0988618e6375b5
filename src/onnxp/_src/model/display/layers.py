"""Layered layout of a graph: edges point downwards, with few crossings."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

SWEEPS = 8
BESIDE = 16.0  # the distance of boxes in a layer
BELOW = 54.0  # the distance of layers
LABEL = 18.0  # the length of the straight part of an edge beneath its label


@dataclass(slots=True)
class Box:
    """A rectangle. The layout sets `x`, its center, and `y`, its top."""

    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    layer: int = 0
    weight: float = 1.0  # its weight in the placement of its neighbors


class Edge(NamedTuple):
    """An edge from a box to a later one; `port` is its origin relative to the center."""

    source: int
    port: float
    target: int


@dataclass(slots=True)
class Arranged:
    """The size of the picture, and the points of each edge."""

    width: float = 0.0
    height: float = 0.0
    routes: list[list[tuple[float, float]]] = field(default_factory=list)


def arrange(boxes: Sequence[Box], edges: Sequence[Edge]) -> Arranged:
    """Place boxes, which are in topological order, and route edges between them."""
    _choose_layers(boxes, edges)
    every = list(boxes)
    chains = _bend(every, edges)
    depth = max((box.layer for box in every), default=-1) + 1
    layers: list[list[int]] = [[] for _ in range(depth)]
    for i, box in enumerate(every):
        layers[box.layer].append(i)
    above: dict[int, list[int]] = {i: [] for i in range(len(every))}
    below: dict[int, list[int]] = {i: [] for i in range(len(every))}
    for chain in chains:
        for a, b in pairwise(chain):
            if b not in below[a]:
                below[a].append(b)
                above[b].append(a)
    _order(layers, above, below)
    _spread(every, layers, above, below)
    return _measure(every, layers, edges, chains)


def _choose_layers(boxes: Sequence[Box], edges: Sequence[Edge]) -> None:
    """Put each box in the layer below its lowest predecessor, or above its successor if it has none."""
    for edge in sorted(edges, key=lambda edge: edge.source):
        boxes[edge.target].layer = max(boxes[edge.target].layer, boxes[edge.source].layer + 1)
    dependent = {edge.target for edge in edges}
    readers: dict[int, int] = {}
    for edge in edges:
        layer = boxes[edge.target].layer - 1
        readers[edge.source] = min(layer, readers.get(edge.source, layer))
    for source, layer in readers.items():
        if source not in dependent:
            boxes[source].layer = layer


def _bend(every: list[Box], edges: Sequence[Edge]) -> list[list[int]]:
    """Add an invisible box for each layer that an edge passes, and return the boxes of each edge.

    Edges with the same port share these boxes.
    """
    shared: dict[tuple[int, float, int], int] = {}
    chains: list[list[int]] = []
    for edge in edges:
        chain = [edge.source]
        for layer in range(every[edge.source].layer + 1, every[edge.target].layer):
            key = (edge.source, edge.port, layer)
            if key not in shared:
                shared[key] = len(every)
                every.append(Box(4.0, 0.0, layer=layer, weight=4.0))
            chain.append(shared[key])
        chains.append([*chain, edge.target])
    return chains


Neighbours = Mapping[int, Sequence[int]]


def _order(layers: list[list[int]], above: Neighbours, below: Neighbours) -> None:
    """Order the boxes of each layer by the mean position of their neighbors, and keep the best order."""
    best = [list(layer) for layer in layers]
    fewest = _crossings(layers, below)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        neighbours = above if downwards else below
        for layer in layers if downwards else reversed(layers):
            place = {i: k for row in layers for k, i in enumerate(row)}
            middle = {
                i: sum(place[n] for n in neighbours[i]) / len(neighbours[i])
                if neighbours[i]
                else place[i]
                for i in layer
            }
            layer.sort(key=middle.__getitem__)
        crossings = _crossings(layers, below)
        if crossings < fewest:
            fewest, best = crossings, [list(layer) for layer in layers]
    layers[:] = best


def _crossings(layers: Sequence[Sequence[int]], below: Neighbours) -> int:
    count = 0
    for layer, following in pairwise(layers):
        place = {i: k for k, i in enumerate(following)}
        seen: list[int] = []
        for i in layer:
            ends = sorted(place[n] for n in below[i])
            count += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
            for end in ends:
                insort(seen, end)
    return count


def _spread(
    every: Sequence[Box], layers: Sequence[Sequence[int]], above: Neighbours, below: Neighbours
) -> None:
    """Choose horizontal positions near the neighbors, in order and without overlaps."""
    for layer in layers:
        _place([every[i] for i in layer], [0.0] * len(layer))
    for sweep in range(SWEEPS + 1):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wishes = []
            for i in layer:
                near = [every[n] for n in (*above[i], *below[i])]
                total = sum(box.weight for box in near)
                middle = sum(box.x * box.weight for box in near) / total if near else every[i].x
                wishes.append(middle)
            _place([every[i] for i in layer], wishes)


def _place(boxes: Sequence[Box], wishes: Sequence[float]) -> None:
    """Place the boxes of a layer close to their preferred positions, with minimum distances (least squares).

    After subtracting the distances, this is isotonic regression, solved by pooling adjacent violators.
    """
    offsets: list[float] = []
    for i, box in enumerate(boxes):
        last = boxes[i - 1]
        offsets.append(offsets[-1] + (last.width + box.width) / 2 + BESIDE if i else 0.0)
    pools: list[tuple[float, float, int]] = []  # mean, weight, count
    for box, wish, offset in zip(boxes, wishes, offsets, strict=True):
        mean, weight, count = wish - offset, box.weight, 1
        while pools and pools[-1][0] > mean:
            other, more, several = pools.pop()
            mean = (mean * weight + other * more) / (weight + more)
            weight, count = weight + more, count + several
        pools.append((mean, weight, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    for box, mean, offset in zip(boxes, means, offsets, strict=True):
        box.x = mean + offset


def _measure(
    every: Sequence[Box],
    layers: Sequence[Sequence[int]],
    edges: Sequence[Edge],
    chains: Sequence[Sequence[int]],
) -> Arranged:
    """Move everything to positive coordinates, and route the edges."""
    result = Arranged()
    if not every:
        return result
    left = min(box.x - box.width / 2 for box in every) - BESIDE
    result.width = max(box.x + box.width / 2 for box in every) - left + BESIDE
    y = BESIDE
    bottoms = []
    for layer in layers:
        for i in layer:
            every[i].x -= left
            every[i].y = y
        bottoms.append(y + max(every[i].height for i in layer))
        y = bottoms[-1] + BELOW
    result.height = bottoms[-1] + BESIDE
    ends = _ends(every, edges, chains)
    for edge, chain, end in zip(edges, chains, ends, strict=True):
        source, target = every[edge.source], every[edge.target]
        x, y = source.x + edge.port, source.y + source.height
        route = [(x, y), (x, y + LABEL)]
        for i in chain[1:-1]:
            route += [(every[i].x, every[i].y), (every[i].x, bottoms[every[i].layer])]
        result.routes.append([*route, (target.x + end, target.y)])
    return result


def _ends(
    every: Sequence[Box], edges: Sequence[Edge], chains: Sequence[Sequence[int]]
) -> list[float]:
    """Return the end of each edge relative to the center of its target, in order of origin."""
    arriving: dict[int, list[int]] = {}
    for i, edge in enumerate(edges):
        arriving.setdefault(edge.target, []).append(i)
    ends = [0.0] * len(edges)
    for target, several in arriving.items():
        several.sort(
            key=lambda i: every[chains[i][-2]].x + (edges[i].port if len(chains[i]) == 2 else 0)
        )
        step = min(14.0, every[target].width / (len(several) + 1))
        for place, i in enumerate(several):
            ends[i] = (place - (len(several) - 1) / 2) * step
    return ends
