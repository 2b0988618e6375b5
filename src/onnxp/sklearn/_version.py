"""The versions of scikit-learn: the oldest that supports the array API widely enough, and the newest tested."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterable

from onnxp.errors import MissingPackageError, UntestedVersionWarning

OLDEST = (1, 8)
NEWEST = (1, 9)


def check() -> None:
    """Raise `MissingPackageError` if scikit-learn is missing or too old."""
    try:
        import sklearn
    except ImportError as error:
        raise MissingPackageError(
            f"onnxp.sklearn needs scikit-learn: pip install 'onnxp[sklearn]' ({error})"
        ) from None
    if _release(sklearn.__version__) < OLDEST:
        raise MissingPackageError(
            f"onnxp.sklearn needs scikit-learn {_text(OLDEST)} or newer, but "
            f"{sklearn.__version__} is installed: pip install --upgrade 'onnxp[sklearn]'"
        )


def warn_if_untested(paths: Iterable[str]) -> None:
    """Warn if scikit-learn is newer than tested, with those of its replaced functions that it no longer has.

    Parameters
    ----------
    paths : iterable of str
        The paths of the functions, ``"module:function"``.
    """
    import sklearn

    if _release(sklearn.__version__) <= NEWEST:
        return
    missing = sorted(path for path in paths if path.startswith("sklearn.") and not _exists(path))
    moved = f"; it has no {', '.join(missing)}, which onnxp replaces" if missing else ""
    warnings.warn(
        f"onnxp.sklearn is tested with scikit-learn {_text(OLDEST)} to {_text(NEWEST)}, and "
        f"{sklearn.__version__} is installed{moved}. Compare models with their estimators: pass example=, or "
        "call Program.check",
        UntestedVersionWarning,
        stacklevel=3,
    )


def _exists(path: str) -> bool:
    module, _, names = path.partition(":")
    try:
        owner = importlib.import_module(module)
        for name in names.split("."):
            owner = getattr(owner, name)
    except (ImportError, AttributeError):
        return False
    return True


def _release(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")[:2]))


def _text(release: tuple[int, ...]) -> str:
    return ".".join(map(str, release))


check()
