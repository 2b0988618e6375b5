"""The command line, as ``onnxp`` and ``python -m onnxp``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    try:
        import typer  # noqa: F401
    except ImportError:
        sys.exit("The command line needs typer: pip install 'onnxp[cli]'")
    from onnxp._src.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
