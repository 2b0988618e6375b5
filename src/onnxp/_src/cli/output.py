"""Standard output, and what is said if it cannot be written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from onnxp.errors import SaveError


def say(text: str) -> None:
    """Write a text, and the end of a line.

    Raises
    ------
    SaveError
        If it cannot be written, such as on a full disk.
    """
    with _writing("what is printed"):
        typer.echo(text)


def write(content: bytes) -> None:
    """Write bytes at once, for others to read; see `say`."""
    with _writing("the scores"):
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


@contextmanager
def _writing(what: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # what reads has ended, which is no error
        raise
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise SaveError(
            error.errno,
            f"cannot write {what} to standard output: {why}; what is there is not complete. Make room, or "
            "direct the output elsewhere, and run the command again",
        ) from None
