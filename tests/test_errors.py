"""Every error class has a wrong and a right example, and a traceback leads to them."""

from __future__ import annotations

import copy
import doctest
import inspect
import pickle
import pydoc
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

import onnxp as xp
from onnxp import errors
from onnxp.errors import OnnxpError

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and kind.__module__ == errors.__name__
}
ERRORS = [
    kind
    for kind in CLASSES.values()
    if issubclass(kind, Exception) and not issubclass(kind, Warning)
]
PAGE = Path(__file__).parents[1] / "docs" / "errors.rst"


def examples(kind: type) -> list[doctest.Example]:
    return doctest.DocTestParser().get_examples(inspect.getdoc(kind) or "")


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_class_has_a_wrong_and_a_right_example(kind: type):
    """They run with the other doctests."""
    assert "Examples\n--------\n" in (inspect.getdoc(kind) or "")
    messages = [example.exc_msg or "" for example in examples(kind)]
    wrong = [i for i, message in enumerate(messages) if message]
    assert wrong, "no wrong example"
    assert not any(messages[wrong[-1] + 1 :])
    assert len(messages) > wrong[-1] + 1, "no right example after it"
    raised = [messages[i].partition(":")[0] for i in wrong]
    if kind is errors.OnnxpError:
        assert issubclass(CLASSES[raised[0].removeprefix("onnxp.errors.")], kind)
    else:
        assert raised == [f"onnxp.errors.{kind.__name__}"] * len(raised)


def test_every_warning_has_an_example():
    assert all(examples(kind) for kind in CLASSES.values() if kind not in ERRORS)


def tree(kind: type, indent: int = 4) -> Iterator[tuple[int, str, str]]:
    """Return the indent, the name and the other base classes of a class and its subclasses."""
    bases = [
        base.__name__ if base.__module__ != "numpy.linalg" else f"numpy.linalg.{base.__name__}"
        for base in kind.__bases__[1:]
    ]
    yield indent, kind.__name__, ", ".join(bases)
    for other in CLASSES.values():
        if other.__bases__[0] is kind:
            yield from tree(other, indent + 4)


def test_the_module_begins_with_the_tree_of_classes():
    rows = re.findall(r"(?m)^( +)(\w+(?:Error|Warning)) *(.*)$", errors.__doc__ or "")
    assert [(len(indent), name, bases) for indent, name, bases in rows] == [
        *((i, name, bases or ("also a" if i == 4 else "")) for i, name, bases in tree(OnnxpError)),
        (4, "CaughtErrorWarning", "UserWarning"),
        (4, "FixedSizeWarning", "UserWarning"),
        (4, "FrozenValueWarning", "UserWarning"),
        (4, "ProviderWarning", "UserWarning"),
        (4, "RuntimeBugWarning", "UserWarning"),
        (4, "TiesWarning", "UserWarning"),
        (4, "UntestedVersionWarning", "UserWarning"),
    ]
    assert [name for _, name, _ in rows] == list(CLASSES)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_a_note_leads_to_the_documentation(kind: type[Exception], capsys: pytest.CaptureFixture):
    error = kind("what is wrong")
    (note,) = error.__notes__
    assert note == f'For an explanation and examples: help("onnxp.errors.{kind.__name__}")'
    assert str(error) == "what is wrong"
    shown = "".join(traceback.format_exception_only(error))
    assert shown == f"onnxp.errors.{kind.__name__}: what is wrong\n{note}\n"
    pydoc.Helper(output=sys.stdout).help(note.partition('"')[2].rstrip('")'))
    summary = (inspect.getdoc(kind) or "").partition("\n")[0]
    assert summary in capsys.readouterr().out


def test_the_page_has_a_section_for_every_class():
    """Sphinx makes an anchor of each member's full name."""
    text = PAGE.read_text(encoding="utf-8")
    assert ".. automodule:: onnxp.errors\n   :members:\n" in text
    assert not any(
        name.startswith("_") or not inspect.getdoc(kind) for name, kind in CLASSES.items()
    )


def test_subclasses_outside_lead_to_the_nearest_documented_class():
    class Other(errors.AxisError):
        pass

    assert Other("x").__notes__[0].endswith('("onnxp.errors.AxisError")')


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_copies_have_one_note(kind: type[Exception]):
    for other in (pickle.loads(pickle.dumps(kind("x"))), copy.copy(kind("x"))):
        assert type(other) is kind
        assert str(other) == "x"
        assert len(other.__notes__) == 1


def test_an_error_of_the_system_keeps_its_number():
    error = errors.SaveError(2, "cannot write", "model.onnx")
    assert (error.errno, error.filename) == (2, "model.onnx")
    assert "model.onnx" in str(error)
    assert len(error.__notes__) == 1


def test_a_message_that_is_passed_on_has_one_note(tmp_path: Path):
    (tmp_path / "x.onnx").write_text("no model")
    with pytest.raises(errors.ModelFileError) as caught:
        xp.load(tmp_path / "x.onnx")
    assert "help(" not in str(caught.value)
    assert len(caught.value.__notes__) == 1
