"""The page of errors: every class has a wrong and a right example, and its message leads to it."""

from __future__ import annotations

import copy
import doctest
import inspect
import pickle
import traceback
from pathlib import Path

import pytest

import onnxp as xp
from onnxp import errors

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


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_message_leads_to_its_section(kind: type[Exception]):
    error = kind("what is wrong")
    (note,) = error.__notes__
    assert note == f"See {errors.DOCUMENTATION}errors.html#onnxp.errors.{kind.__name__}"
    assert str(error) == "what is wrong"
    shown = "".join(traceback.format_exception_only(error))
    assert shown == f"onnxp.errors.{kind.__name__}: what is wrong\n{note}\n"


def test_the_page_has_a_section_for_every_class():
    """Sphinx makes an anchor of each member's full name."""
    text = PAGE.read_text(encoding="utf-8")
    assert ".. automodule:: onnxp.errors\n   :members:\n" in text
    assert not any(
        name.startswith("_") or not inspect.getdoc(kind) for name, kind in CLASSES.items()
    )


def test_classes_of_others_lead_to_the_nearest_section():
    class Own(errors.AxisError):
        pass

    assert Own("x").__notes__[0].endswith("#onnxp.errors.AxisError")


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
    assert "http" not in str(caught.value)
    assert len(caught.value.__notes__) == 1
