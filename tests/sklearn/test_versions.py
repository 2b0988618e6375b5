"""Versions of scikit-learn: what is replaced is there, and others than those tested are told of."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys

import pytest
import sklearn

from onnxp.errors import (
    UntestedVersionWarning,
)
from onnxp.sklearn import _version
from onnxp.sklearn._registry import REPLACEMENTS, find


@pytest.mark.parametrize(
    "row",
    [row for row in REPLACEMENTS if row.path.startswith("sklearn.")],
    ids=lambda row: row.path,
)
def test_what_is_replaced_is_there(row):
    """A function that has gone, or has another name, would be replaced no more."""
    module, _, name = row.path.partition(":")
    importlib.import_module(module)
    owner, _ = find(row.path)
    assert owner.__name__ == (name.rpartition(".")[0].rpartition(".")[2] or module)
    assert re.search(r"\(\d+\.\d+\.\d+, \w+\.(?:pyx?|pxi):\d+", row.reason)


@pytest.mark.parametrize(
    ("version", "paths", "says"),
    [
        (
            "1.10.dev0",
            [],
            r"tested with scikit-learn 1.8 to 1.9, and 1.10.dev0 is installed\. Compare",
        ),
        (
            "2.0.1",
            ["sklearn.svm._base:gone", "sklearn.gone:f", "sklearn.svm:SVC.predict", "other:f"],
            "2.0.1 is installed; it has no sklearn.gone:f, sklearn.svm._base:gone, which onnxp replaces",
        ),
    ],
)
def test_scikit_learn_that_is_newer_than_tested(
    version: str, paths: list[str], says: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sklearn, "__version__", version)
    with pytest.warns(UntestedVersionWarning, match=says):
        _version.warn_if_untested(paths)


def test_scikit_learn_that_is_tested():
    _version.warn_if_untested(["sklearn.gone:f"])
    installed = tuple(map(int, sklearn.__version__.split(".")[:2]))
    assert _version.OLDEST <= installed <= _version.NEWEST


def test_import_of_a_newer_scikit_learn():
    script = "import sklearn; sklearn.__version__ = '9.9'; import onnxp.sklearn"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert (
        "UntestedVersionWarning: onnxp.sklearn is tested with scikit-learn 1.8 to 1.9"
        in done.stderr
    )


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("1.7.2", "needs scikit-learn 1.8 or newer, but 1.7.2 is installed"),
        (None, "needs scikit-learn: pip"),
    ],
)
def test_scikit_learn_that_is_too_old_or_missing(version: str | None, says: str):
    module = "None" if version is None else f"types.SimpleNamespace(__version__={version!r})"
    script = (
        f"import sys, types; sys.modules['sklearn'] = {module}\n"
        "import onnxp.errors\n"
        "try:\n    import onnxp.sklearn\n"
        "except onnxp.errors.MissingPackageError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert says in done.stdout, done.stderr
