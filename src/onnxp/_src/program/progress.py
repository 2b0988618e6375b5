"""Progress of long runs, shown by tqdm, which is optional."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from onnxp.errors import MissingPackageError


@contextmanager
def progress_bar(wanted: bool, title: str) -> Iterator[Any]:
    """Yield a bar of tqdm for a number of rows, which it shows in terminals; None without tqdm."""
    tqdm = _tqdm() if wanted else None
    if tqdm is None:
        yield None
        return
    with tqdm(unit=" rows", unit_scale=True, desc=title, disable=None) as bar:
        yield bar


def _tqdm() -> Any:
    from onnxp._src.program.tables import import_package

    try:
        return import_package("tqdm", "progress").tqdm
    except MissingPackageError:
        return None


def teller(bar: Any) -> Callable[[int, int], object] | None:
    """Return a function that lets a bar show how many rows are done, and of how many."""
    if bar is None:
        return None

    def tell(done: int, size: int) -> None:
        bar.total = size
        bar.update(done - bar.n)

    return tell
