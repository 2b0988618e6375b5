"""Functions of text of numpy on traced arrays, against numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pytest

import onnxp as xp
from onnxp.errors import NumpyFunctionError, OnnxpError

WORDS = np.array(
    [
        "ab",
        "Cd",
        "",
        " x  y ",
        "éß日本",
        "a\nb\n",
        "ABBA",
        "12",
        "½",
        "٣",
        "\u2003",
        "Ǆǅǆ",
        "ǅ",
        "a.b*c",
        "xx",
        "bab",
    ]
)
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "add": lambda s: s + "!" + s,
    "add in front": lambda s: np.add("<", s),
    "char.add": lambda s: np.char.add(s, ["a"] * 16),
    "equal": lambda s: np.strings.equal(s, "ab"),
    "multiply": lambda s: np.char.multiply(s, 3),
    "str_len": lambda s: np.strings.str_len(s) + np.char.str_len(s),
    "startswith": lambda s: np.char.startswith(s, "a"),
    "starts with signs": lambda s: np.strings.startswith(s, "a."),
    "endswith": lambda s: np.char.endswith(s, "b\n") | np.strings.endswith(s, ""),
    "find": lambda s: np.char.find(s, "b"),
    "find signs": lambda s: np.strings.find(s, ".b*") + np.strings.find(s, ""),
    "rfind": lambda s: np.char.rfind(s, "b") + np.strings.rfind(s, ""),
    "count": lambda s: np.char.count(s, "b") + np.strings.count(s, ""),
    "count of overlaps": lambda s: np.strings.count(s + s, "xx"),
    "strip": lambda s: np.char.strip(s),
    "lstrip": lambda s: np.strings.lstrip(s),
    "rstrip": lambda s: np.strings.rstrip(s),
    "strip characters": lambda s: np.strings.strip(s, "ab-]^"),
    "lower": lambda s: np.char.lower(s),
    "upper": lambda s: np.char.upper(s),
    "rjust": lambda s: np.char.rjust(s, 8),
    "ljust": lambda s: np.strings.ljust(s, 8, fillchar="*"),
    "zfill": lambda s: np.char.zfill(s, 8),
    "zfill after a sign": lambda s: np.strings.zfill(np.where(s == "", "-", "+" + s), 20),
    "isalpha": lambda s: np.char.isalpha(s),
    "isdigit": lambda s: np.strings.isdigit(s),
    "isdecimal": lambda s: np.char.isdecimal(s),
    "isnumeric": lambda s: np.char.isnumeric(s),
    "isspace": lambda s: np.strings.isspace(s),
    "isalnum": lambda s: np.strings.isalnum(s),
    "isupper": lambda s: np.char.isupper(s),
    "islower": lambda s: np.char.islower(s),
    "capitalize": lambda s: np.strings.capitalize(s),
    "title": lambda s: np.char.title(s),
    "swapcase": lambda s: np.char.swapcase(s),
    "replace": lambda s: np.char.replace(s, "b", "<ab>"),
    "replace once": lambda s: np.strings.replace(s, ".", "", 1),
    "replace all of it": lambda s: np.strings.replace(s + s, "xx", ""),
    "replace nothing": lambda s: np.strings.replace(s, "b", "c", 0),
    "partition": lambda s: np.char.partition(s, "b")[..., 2] + np.char.partition(s, "B")[..., 0],
    "partition in the middle": lambda s: np.char.partition(s + "|" + s, "|")[..., 1],
    "char.partition": lambda s: np.char.partition(s, "b"),
    "center": lambda s: np.char.center(s, 9) + np.strings.center(s, 8, "*"),
}


REFUSED_BY_NUMPY = ("multiply", "just", "zfill", "replace", "partition", "center")
"""Functions that numpy refuses to apply to no text."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_in_numpy(name: str) -> None:
    function = FUNCTIONS[name]
    expected = function(WORDS)
    for spec in ("string[N]", "string[16]"):
        program = xp.trace(function, spec)
        session = onnxruntime.InferenceSession(program.model.SerializeToString())
        (result,) = session.run(None, {session.get_inputs()[0].name: WORDS.astype(object)})
        assert result.tolist() == expected.tolist()
        assert expected.dtype.kind == "U" or result.dtype == expected.dtype
    if "char.add" not in name:
        program = xp.trace(function, "string[N>=0, 4]")
        for rows in (0, 1, 4):
            data = WORDS.reshape(4, 4)[:rows]
            if rows == 0 and any(part in name for part in REFUSED_BY_NUMPY):
                continue
            result = program(data)
            assert result.tolist() == function(data).tolist()
            assert result.shape == function(data).shape
    evaluated = function(xp.asarray(WORDS))
    assert np.asarray(evaluated).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda s: np.char.lower(s), "ΑΣ"),
        (lambda s: np.char.title(s), "a ΑΣ"),
        (lambda s: np.strings.capitalize(s), "aΣ"),
        (lambda s: np.strings.swapcase(s), "aΣ"),
    ],
)
def test_a_run_fails_for_the_sigma_at_the_end_of_a_word(function: Any, text: str) -> None:
    program = xp.trace(function, "string[N]")
    assert program(np.array(["a"])).shape == (1,)
    with pytest.raises(OnnxpError):
        program(np.array([text]))


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda s: np.char.replace(s, s, "b"), "constant"),
        (lambda s: np.char.replace(s, "", "b"), "empty"),
        (lambda s: np.char.partition(s, ""), "empty"),
        (lambda s: np.strings.expandtabs(s), "kernel"),
        (lambda s: np.char.rpartition(s, "a"), "partition"),
        (lambda s: np.char.split(s), "lists"),
        (lambda s: np.char.join("-", s), "kernel"),
        (lambda s: np.char.index(s, "a"), "find"),
        (lambda s: np.char.equal(s, "a"), "x == y"),
        (lambda s: np.char.startswith(s, s), "constant"),
        (lambda s: np.char.find(s, "a", 1), "start and end"),
        (lambda s: s - "a", "string"),
        (lambda s: np.strings.str_len(xp.asarray([1])[s == "a"]), "text"),
    ],
)
def test_what_has_no_kernel(function: Callable[[Any], Any], match: str) -> None:
    with pytest.raises(OnnxpError, match=match) as raised:
        xp.trace(function, "string[N]")
    assert isinstance(raised.value, NumpyFunctionError | TypeError | ValueError)


@pytest.mark.parametrize("name", ["upper", "lower", "title", "capitalize", "swapcase"])
def test_letters_that_become_several(name: str) -> None:
    texts = ["Straße", "ŉx", "İ", "ab", "", "a ßa", "ǆa Ǆa ǅa", "ﬃ", "ΐΰ", "aǅ", "ᾳ"]
    expected = [getattr(text, name)() for text in texts]
    for module in (np.char, np.strings):
        function = getattr(module, name)
        assert function(xp.asarray(texts)).tolist() == expected
        program = xp.trace(function, "string[N>=0]")
        for count in (0, 1, len(texts)):
            assert program(np.array(texts)[:count]).tolist() == expected[:count]


@pytest.mark.parametrize("name", ["upper", "lower", "title", "capitalize", "swapcase"])
def test_every_letter_changes_its_case_as_in_python(name: str) -> None:
    letters = [c for c in map(chr, range(1, 0x20000)) if c.lower() != c.upper() and c != "Σ"]
    result = xp.trace(getattr(np.strings, name), "string[N]")(np.array(letters))
    assert result.tolist() == [getattr(letter, name)() for letter in letters]


BLANK: list[Callable[[Any], Any]] = [
    lambda x: np.empty(len(x), dtype="U6"),
    lambda x: np.full(x.shape, "higher"),
    lambda x: np.full_like(x, "higher", dtype="U6"),
    lambda x: np.zeros(x.shape[0], dtype="U6"),
]


@pytest.mark.parametrize("make", BLANK)
@pytest.mark.parametrize("spec", ["float64[N]", "float64[3]"])
def test_text_is_written_into_arrays_that_are_made(make: Callable[[Any], Any], spec: str) -> None:
    def function(x):
        labels = make(x)
        labels[x > 0] = "up"
        labels[x <= 0] = "down"
        return labels, labels == "up"

    x = np.array([1.0, -1.0, 0.0])
    for result, expected in zip(xp.trace(function, spec)(x), function(x), strict=True):
        assert result.tolist() == expected.tolist()


CUT: list[Callable[[Any], Any]] = [
    lambda s: s.astype("U3"),
    lambda s: np.astype(s, np.dtype("<U3")),
    lambda s: np.array(s, dtype="U2"),
    lambda s: np.asarray([s, s], dtype="U1"),
    lambda s: np.full_like(s, "abc", dtype="U2"),
    lambda s: np.array([s, s]),
    lambda s: s.astype("U").astype(str),
]


@pytest.mark.parametrize("function", CUT)
def test_text_is_cut_to_the_width_of_a_dtype(function: Callable[[Any], Any]) -> None:
    text = np.array(["abcdef", "xy", "", "\u00e4\n\U0001f600z"])
    program = xp.trace(function, "string[N]")
    for part in (text, text[:1]):
        assert program(part).tolist() == function(part).tolist()


def test_text_is_not_cut_to_more_than_an_expression_repeats() -> None:
    with pytest.raises(NumpyFunctionError, match="1000 or fewer; write astype"):
        xp.trace(lambda s: s.astype("U1001"), "string[N]")
