"""Which scikit-learn is needed: one with array API support in the estimators that are traced."""

from __future__ import annotations

from onnxp.errors import PackageError

OLDEST = (1, 8)

try:
    import sklearn
except ImportError as error:
    raise PackageError(
        f"onnxp.sklearn needs scikit-learn: pip install 'onnxp[sklearn]' ({error})"
    ) from None

if tuple(map(int, sklearn.__version__.split(".")[:2])) < OLDEST:
    raise PackageError(
        f"onnxp.sklearn needs scikit-learn {'.'.join(map(str, OLDEST))} or newer, but {sklearn.__version__} "
        "is installed: pip install --upgrade 'onnxp[sklearn]'"
    )
