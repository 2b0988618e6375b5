"""The required version of scikit-learn, whose estimators support the array API."""

from __future__ import annotations

from onnxp.errors import MissingPackageError

OLDEST = (1, 8)


def check() -> None:
    """Raise `MissingPackageError` if scikit-learn is missing or too old."""
    try:
        import sklearn
    except ImportError as error:
        raise MissingPackageError(
            f"onnxp.sklearn needs scikit-learn: pip install 'onnxp[sklearn]' ({error})"
        ) from None
    if tuple(map(int, sklearn.__version__.split(".")[:2])) < OLDEST:
        raise MissingPackageError(
            f"onnxp.sklearn needs scikit-learn {'.'.join(map(str, OLDEST))} or newer, but "
            f"{sklearn.__version__} is installed: pip install --upgrade 'onnxp[sklearn]'"
        )


check()
