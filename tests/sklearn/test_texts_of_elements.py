"""Functions of elements make text of them, match them, and look them up in large tables."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import FunctionTransformer

from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator
from tests.helpers.sessions import both

FRAME = pd.DataFrame(
    {
        "n": [3, 0, -12, 99, 1234567, np.iinfo(np.int64).min],
        "byte": np.uint8([0, 255, 7, 3, 1, 2]),
        "x": [2.675, -0.004, 0.125, 1e15, -99.995, 0.5],
        "gap": [np.nan, np.inf, -np.inf, -0.0, 2.5, 1.5],
        "flag": [True, False, True, True, False, False],
        "s": ["Mr. Smith", "a1b22", "école-Éa", "", "x, y (z)", "no 7"],
        "when": pd.to_datetime(
            ["2020-01-31", "1969-12-31", "2024-02-29", "1999-01-01"] + ["2000-10-10"] * 2
        ),
        "t": ["a-b", "q", "x-y-z", "-", "a--b", "long text - more"],
    }
)
EXISTING = FRAME[FRAME["s"] != ""]
SQUARES = {i: i * i for i in range(-50, 200)}
WORDS = {f"word{i}": f"w{i}" for i in range(100)} | {"q": "Q", "-": "dash"}
PAIRS = {(3, "a-b"): 1, (0, "q"): 2, (0, "z"): 3, (99, "-"): 4, (-12, 3): 9}
FLAGS = {i: i % 2 == 0 for i in range(100)}
EVEN = frozenset(range(0, 1000, 3))
NUMBER = re.compile(r"[0-9]+")
WIDTH = 8


def cleaned(text: Any) -> Any:
    text = re.sub(r"[^a-z0-9 ]", "", text.lower())
    return text.strip()


def first_number(text: Any) -> Any:
    match = NUMBER.search(text)
    if match is None:
        return -1
    return int(match.group(0))


def title(text: Any) -> Any:
    match = re.search(r" ([A-Za-z]+)", text)
    if match:
        return match.group(1)
    return "none"


def key_of(row: Any, sep: str = "_") -> str:
    kind = "big" if row["n"] > 50 else "small"
    return f"{kind}{sep}{row.t:<{WIDTH}}{sep}{row['n']:05d}"


def bracketed(function: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(function)
    def called(*args: Any) -> str:
        return f"[{function(*args)}]"

    return called


@bracketed
def label(n: Any) -> str:
    return "v" + str(n)


DEFAULTS = defaultdict(lambda: 7, SQUARES)
COUNTS = Counter({i: i for i in range(70)})
MIXED: dict[int, Any] = {i: None if i % 3 == 0 else i if i % 3 == 1 else i / 2 for i in range(90)}
NESTED = {"q": SQUARES, "-": {99: -1}}


class Private:
    def __init__(self) -> None:
        self.__table = SQUARES

    def get(self, n: Any) -> Any:
        return self.__table.get(n, -1)

    @staticmethod
    def of(n: Any) -> Any:
        return NESTED["q"].get(n, 0)


class Longer(Private):
    def get(self, n: Any) -> Any:
        return f"{super().get(n)}{self.of(n)}"


class Labels:
    prefix = "id"

    def label(self, n: Any) -> str:
        return "%s-%04d" % (self.prefix, n)  # noqa: UP031

    def again(self, n: Any) -> str:
        return self.label(n) + "!"


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "an f-string": lambda df: df["n"].apply(lambda v: f"id_{v}"),
    "an f-string of nothing else": lambda df: df["n"].apply(lambda v: f"{v}"),
    "zeros": lambda df: df["n"].map(lambda v: f"{v:03d}|{v:+06d}|{v: 4}|{v:>5}|{v:<5}|{v:*>7d}"),
    "of bytes": lambda df: df["byte"].map(lambda v: f"{v:04}"),
    "decimals": lambda df: df["x"].map(lambda v: f"{v:.2f}|{v:8.1f}|{v:+.0f}|{v:09.3f}"),
    "percent": lambda df: df["x"].map(lambda v: f"{v:.1%}"),
    "no numbers": lambda df: df["gap"].map(lambda v: f"{v:.1f}|{v:06.0f}|{v:F}"),
    "decimals of integers": lambda df: df["byte"].map(lambda v: f"{v:.2f}"),
    "bools": lambda df: df["flag"].map(lambda v: f"{v} {v:d}"),
    "text": lambda df: df["s"].map(lambda v: f"{v!s}|{v:>10}|{v:_<12s}"),
    "a row": lambda df: df.apply(key_of, axis=1),
    "format": lambda df: df["n"].apply("{:03d}".format),
    "format of several": lambda df: df.apply(
        lambda r: "{0}-{b:>4}-{0}".format(r["t"], b=r["byte"]), axis=1
    ),
    "the function format": lambda df: df["n"].map(lambda v: format(v, "05d")),
    "str": lambda df: df["n"].map(lambda v: str(v).zfill(6) + str(1)),
    "str of bools": lambda df: df["flag"].map(lambda v: str(v).lower()),
    "percent of texts": lambda df: df.apply(
        lambda r: "%s %5d %-6s|%.1f%%" % (r["t"], r["byte"], r["flag"], r["x"]),  # noqa: UP031
        axis=1,
    ),
    "a method": lambda df: df["n"].map(Labels().again),
    "join": lambda df: df.apply(lambda r: "_".join([r["s"], "k", r["t"]]), axis=1),
    "join of rows": lambda df: df[["s", "t"]].agg("_".join, axis=1),
    "join of rows by apply": lambda df: df[["s", "t"]].apply(" ".join, axis=1),
    "join of texts": lambda df: df.apply(
        lambda r: ",".join(str(v) for v in [r["n"], r["t"]]), axis=1
    ),
    "keys by text": lambda df: df.apply(
        lambda r: {"a-b_0": 1, "q_255": 2}.get(f"{r['t']}_{r['byte']}", 0), axis=1
    ),
    "int and float": lambda df: df["x"].map(lambda v: int(v) + float(v)),
    "int of text": lambda df: df["byte"].map(lambda v: int(str(v) + "0")),
    "a helper": lambda df: df["s"].map(cleaned),
    "a partial function": lambda df: df["s"].map(functools.partial(re.sub, "[0-9]", "#")),
    "sub": lambda df: df["s"].map(lambda v: re.sub("[aeiou]", "", v, flags=re.IGNORECASE)),
    "search": lambda df: df["s"].map(lambda v: 1 if re.search(r"\d", v) else 0),
    "match": lambda df: df["s"].map(lambda v: re.match("[a-m]", v) is not None),
    "fullmatch": lambda df: df["s"].map(lambda v: bool(re.fullmatch("[a-z0-9]+", v))),
    "findall": lambda df: df["s"].map(lambda v: len(re.findall("[a-z]", v))),
    "a compiled expression": lambda df: df["s"].map(first_number),
    "a group": lambda df: df["s"].map(title),
    "a large dict": lambda df: df["n"].map(lambda v: SQUARES.get(v, -1)),
    "a large dict, or not": lambda df: df["n"].map(lambda v: SQUARES[v] + 1 if v in SQUARES else 0),
    "a large dict of text": lambda df: df["t"].map(lambda v: WORDS.get(v, "?")),
    "a large dict of bools": lambda df: df["n"].map(lambda v: FLAGS.get(v, False)),
    "an error": lambda df: df["t"].map(lambda v: word(v)),
    "a large set": lambda df: df["n"].map(lambda v: v in EVEN and v not in {3}),
    "in a text": lambda df: df["t"].map(lambda v: v in "q-b"),
    "tuples": lambda df: df.apply(lambda r: PAIRS.get((r["n"], r["t"]), 0), axis=1),
    "a tuple in a set": lambda df: df.apply(lambda r: (r["n"], "q") in {(0, "q")}, axis=1),
    "a tuple with a constant": lambda df: df["n"].map(lambda v: PAIRS.get((v, "q"), -1)),
    "numbers or an error": lambda df: df["s"].str[1:2].map(number),
    "float of text": lambda df: (
        df["s"].str[1:3].map(lambda v: float(v) if v.replace(".", "").isdigit() else 0.5)
    ),
    "nothing with a key of NaN": lambda df: df["x"].map(lambda v: {math.nan: 3}.get(v, 0)),
    "dicts of dicts": lambda df: df["n"].map(lambda v: {3: {3: 4, 5: 6}}[v][v] if v == 3 else 0),
    "a decorated function": lambda df: df["n"].map(label),
    "private names": lambda df: df["n"].map(Private().get),
    "a class above": lambda df: df["n"].map(Longer().get),
    "static methods": lambda df: df["n"].map(Private.of),
    "a default dict": lambda df: df["n"].map(lambda v: DEFAULTS[v]),
    "a counter": lambda df: df["n"].map(lambda v: COUNTS[v]),
    "values of several kinds": lambda df: df["n"].map(
        lambda v: -1.5 if MIXED.get(v, 5) is None else MIXED.get(v, 5)
    ),
    "large dicts in a dict": lambda df: df.apply(
        lambda r: NESTED[r["t"]].get(r["n"], 0) if r["t"] in NESTED else -3, axis=1
    ),
    "places of a list": lambda df: df["byte"].map(lambda v: [5, 6, 7, 8][v % 4] + [1, 2][-(v % 2)]),
    "places of a text": lambda df: df["byte"].map(lambda v: "abc"[v % 3]),
    "places of an array": lambda df: df["byte"].map(lambda v: np.array([1.5, 2.5, 3.5])[v % 3]),
    "a place by truth": lambda df: df["flag"].map(lambda v: ("no", "yes")[v]),
    "keys and values": lambda df: df["n"].map(
        lambda v: v in SQUARES.keys() or v in {"a": 99}.values()  # noqa: SIM118
    ),
    "format of a row": lambda df: df.apply(lambda r: f"{r.t}-{r['n']}", axis=1),
    "join of words": lambda df: df["s"].map(lambda v: " ".join((v + "  x ").split())),
    "join of parts": lambda df: df["t"].map(
        lambda v: "+".join(v.split("-")) + "".join(v.split("a"))
    ),
    "join of map": lambda df: df.apply(lambda r: "-".join(map(str, [r["n"], r["t"]])), axis=1),
    "repr": lambda df: df["n"].map(lambda v: repr(v) + repr(v > 1)),
    "a time in a form": lambda df: df["when"].map(lambda v: f"{v:%d.%m.%Y}"),
    "what is no text": lambda df: df["n"].map(lambda v: v % 7),
    "text that is repeated": lambda df: df["t"].map(lambda v: v[0] * 3 + 2 * v),
    "text backwards": lambda df: df["s"].map(lambda v: v[::-1]) + df["s"].str[::-1],
    "fields of times": lambda df: df["when"].map(lambda v: f"{v.year}-{v.month:02d}-{v.day:2}"),
    "quarters": lambda df: df["when"].map(lambda v: f"{v.year % 100}Q{(v.month - 1) // 3 + 1:d}"),
    "names of days": lambda df: df["when"].map(
        lambda v: "Mo Tu We Th Fr Sa Su".split()[v.weekday()]
    ),
    "text of fields": lambda df: df.apply(
        lambda r: str(r["when"].year) + "Q" if pd.notna(r["when"]) else "never", axis=1
    ),
    "center": lambda df: df["t"].str.center(6, "*") + df["t"].str.pad(5) + "|",
    "pad": lambda df: df["t"].str.pad(7, side="both") + df["t"].str.pad(4, "right", "_"),
    "repeat": lambda df: df["s"].str.repeat(2),
    "casefold": lambda df: (df["s"] + "ẞßİ").str.casefold(),
    "partition": lambda df: df["t"].str.partition("-")[0] + "|" + df["t"].str.partition("-")[2],
    "the separator": lambda df: df["t"].str.partition("-")[1],
    "rpartition": lambda df: df["t"].str.rpartition(" - ")[0] + df["t"].str.rpartition("-")[2],
}


def number(text: Any) -> Any:
    try:
        return int(text)
    except ValueError:
        return -1


def word(text: Any) -> Any:
    try:
        return WORDS[text]
    except KeyError:
        return "none"


def refused(v: Any) -> Any:
    if v > 5:
        raise ValueError(f"{v} is too large")
    return v


def traced(function: Callable[[Any], Any], frame: pd.DataFrame) -> Any:
    def as_frame(df: Any) -> Any:
        result = function(df)
        return result.to_frame() if result.ndim == 1 else result

    step = FunctionTransformer(as_frame).fit(frame)
    return trace_estimator(step, "transform", example=frame, batch="N>=0")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    function, frame = FUNCTIONS[name], EXISTING
    program = traced(function, frame)
    assert program.assumptions == ()
    for rows in (frame, frame[:1], frame[::-1], frame[:0]):
        (result,) = both(program.model).run(None, program.feeds(rows))
        assert result[:, 0].tolist() == (function(rows).tolist() if len(rows) else [])


def test_missing_text_is_written_as_pandas_has_it() -> None:
    frame = pd.DataFrame({"s": pd.Series(["a", None, "b"], dtype="str")})
    program = traced(lambda df: df["s"].map(lambda v: f"<{v}>"), frame)
    assert program(frame)[:, 0].tolist() == ["<a>", "<nan>", "<b>"]


def test_fields_of_missing_times_are_written_as_nan() -> None:
    frame = pd.DataFrame({"t": pd.to_datetime(["2020-01-31", None])})
    program = traced(lambda df: df["t"].map(lambda v: f"{v.year}"), frame)
    assert program(frame)[:, 0].tolist() == ["2020", "nan"]


def test_rows_without_a_match_are_not_valid() -> None:
    step = FunctionTransformer(
        lambda df: df["s"].map(lambda v: re.search("([0-9])", v).group(1)).to_frame()  # type: ignore[union-attr]  # never None
    )
    program = trace_estimator(step, "transform", dtype={"s": "string"}, validity=True)
    result = program({"s": np.array(["a1", "x"])})
    assert result["valid"].tolist() == [True, False]
    assert result["transformed"][:, 0].tolist() == ["1", ""]


def test_too_many_digits_fail_in_the_run() -> None:
    frame = pd.DataFrame({"x": [1.0]})
    program = traced(lambda df: df["x"].map(lambda v: f"{v:.1f}"), frame)
    with pytest.raises(Exception, match=r"2\*\*63|Gather|index"):
        program(pd.DataFrame({"x": [1e20]}))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda df: df["x"].map(lambda v: f"{v}"), r"write the digits that it has"),
        (lambda df: df["x"].map(lambda v: f"{v:g}"), "not written by models as 'g'"),
        (lambda df: df["n"].map(lambda v: f"{v:^5}"), "not written by models as"),
        (lambda df: df["s"].map(lambda v: f"{v!r}"), "not by !r"),
        (lambda df: df["s"].map(lambda v: re.split("a", v)[0]), r"re\.split of an element"),
        (lambda df: df["s"].map(lambda v: re.sub("(a)", r"\1b", v)), "refers to groups"),
        (lambda df: df["s"].map(lambda v: re.findall("a", v)[0]), "only a length"),
        (lambda df: df["s"].map(lambda v: re.search("a", v).start()), "has no 'start'"),  # type: ignore[union-attr]  # never None
        (lambda df: df["s"].map(lambda v: sum(c.isdigit() for c in v)), "one by one"),
        (lambda df: df["s"].map(lambda v: ord(v[0])), "function of Python"),
        (lambda df: df["s"].map(lambda v: sum(len(w) for w in v.split())), "one by one"),
        (lambda df: df["t"].str.partition("-", expand=False), "three columns"),
        (lambda df: df["s"].map(lambda v: repr(v)), "not by repr"),
        (lambda df: df["n"].map(refused), r"ValueError: f'\{v\} is too large'.*return a value"),
    ],
)
def test_what_is_refused(function: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(EstimatorError, match=message):
        traced(function, EXISTING)
