"""The command line, as ``onnxp`` and ``python -m onnxp``."""

from __future__ import annotations

import sys
import warnings

from onnxp._src.cli.interrupts import ended_at_once


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    with ended_at_once():
        try:
            import typer  # noqa: F401
        except ImportError:
            sys.exit("The command line needs typer: pip install 'onnxp[cli]'")
        from onnxp._src.cli.app import run

    warnings.showwarning = _print_warning
    sys.exit(run(sys.argv[1:]))


def _print_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning without the line of the code, which is not the user's."""
    print(f"onnxp: {message}", file=sys.stderr)


if __name__ == "__main__":
    main()
