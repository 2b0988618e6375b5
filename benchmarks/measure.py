"""Ways to measure two things side by side, so that a busy machine slows both."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter, process_time, sleep

Action = Callable[[], object]
Clock = Callable[[], float]

ROUNDS = 15
SHORTEST_SAMPLE = 2e-3  # seconds; shorter samples measure the clock
LONGEST_ROW = 20.0  # seconds that the rounds of one row may take
SHORTEST_ROW = 1.0  # seconds that they take at least: a busy machine is idle in some of them
WARMING = (
    1e-2  # seconds; 16 MB that another action has pushed out of a cache are back in half of it
)
_clock: Clock = perf_counter


def use_processor_time() -> None:
    """Measure the time of the processor, in all threads, which a busy machine changes less."""
    global _clock
    _clock = process_time


def _sample(action: Action, times: int, clock: Clock) -> float:
    start = clock()
    for _ in range(times):
        action()
    return (clock() - start) / times


def _warm(action: Action) -> None:
    end = perf_counter() + WARMING
    while perf_counter() < end:
        action()


def _times(action: Action, clock: Clock) -> int:
    """Return how often to call `action` for one sample; the calls made here warm it up."""
    action()  # which may compile
    _warm(action)
    times = 1
    while (seconds := _sample(action, times, clock) * times) < SHORTEST_SAMPLE:
        times = max(times + 1, int(times * min(10, 1.2 * SHORTEST_SAMPLE / seconds)))
    return times


def seconds(
    first: Action, second: Action, clock: Clock | None = None, rest: float = 0.0
) -> tuple[float, float]:
    """Return what `least_seconds` does, for two actions."""
    one, two = least_seconds((first, second), clock, rest)
    return one, two


def least_seconds(
    actions: Sequence[Action], clock: Clock | None = None, rest: float = 0.0
) -> list[float]:
    """Return the least seconds that a call of each takes by `clock`, warm, sampled in turns.

    Before each sample it sleeps for `rest` seconds, in which the threads of others that spin end. A sample of
    short calls follows some that do not count, since the other action has taken the cache of the processor.
    """
    clock = clock or _clock
    times = [_times(action, clock) for action in actions]
    are_short = [_sample(action, 1, perf_counter) < WARMING for action in actions]
    samples: list[tuple[float, ...]] = []
    start = perf_counter()
    passed = 0.0
    while len(samples) < 3 or passed < (SHORTEST_ROW if len(samples) >= ROUNDS else LONGEST_ROW):
        sample = []
        for action, count, is_short in zip(actions, times, are_short, strict=True):
            if rest:
                sleep(rest)
            if is_short:
                _warm(action)
            sample.append(_sample(action, count, clock))
        samples.append(tuple(sample))
        passed = perf_counter() - start
    return [min(column) for column in zip(*samples, strict=True)]


def child(*arguments: str) -> float:
    """Return the number that a fresh interpreter with `arguments` prints.

    It may keep bytecode: an installed package has it, a checkout only once it was imported.
    """
    done = subprocess.run(
        [sys.executable, *arguments],
        env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(done.stdout)


def import_seconds(first: str, second: str) -> tuple[float, float]:
    """Return the median seconds that a fresh interpreter takes to import each module.

    A module may be followed by a semicolon and an expression, such as one of its names.
    """
    _import(first), _import(second)  # from here on both have bytecode and are in the disk cache
    samples = [(_import(first), _import(second)) for _ in range(ROUNDS)]
    one, two = (median(column) for column in zip(*samples, strict=True))
    return one, two


def _import(module: str) -> float:
    timed = f"from time import perf_counter as t; start = t(); import {module}; print(t() - start)"
    return child("-c", timed)
