"""Random functions of data frames, as data scientists write them; their models give what pandas gives."""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import FunctionTransformer

from onnxp.errors import OnnxpError
from onnxp.sklearn import trace_estimator
from tests.helpers.sessions import both

COLUMNS = {"n": ["a", "b", "g", "i", "u"], "b": ["f"], "t": ["s", "t"], "d": ["d", "e"]}
"""The columns of numbers, truth values, texts and dates."""


def frame(rows: int, seed: int) -> pd.DataFrame:
    """Return a frame with missing numbers, texts and dates, and columns without any."""
    rng = np.random.default_rng(seed)

    def holes(values: Any) -> Any:
        return np.where(rng.random(rows) < 0.25, np.nan, values)

    def dates(*texts: str) -> Any:
        return rng.choice(np.array(texts, "datetime64[us]"), rows)

    return pd.DataFrame(
        {
            "a": holes(np.round(rng.normal(size=rows) * 3, 1)),
            "b": np.round(rng.normal(size=rows) * 10) / 4 + 3,
            "g": holes(rng.integers(-2, 4, rows)).astype(np.float32),
            "i": rng.integers(-3, 5, rows),
            "u": rng.integers(0, 4, rows).astype(np.uint8),
            "f": rng.random(rows) < 0.5,
            "s": pd.Series(
                rng.choice(["x", "y", "zz top", "A-b", " pad ", None], rows), dtype="str"
            ),
            "t": pd.Series(rng.choice(["red", "green", "blue"], rows), dtype="str"),
            "d": dates("2020-01-31", "2021-12-31T23:30", "2024-02-29T12:00", "1969-07-20", "NaT"),
            "e": dates("2020-02-01", "2022-06-15T08:00", "2000-02-29"),
            "c": pd.Categorical(rng.choice(["lo", "mid", "hi"], rows), ["lo", "mid", "hi"]),
        }
    )


# In templates @n is an expression of numbers, @b of truth values, @t of texts, @d of dates, and @c a constant;
# @'x y' is one of the words.
_TEMPLATES = {
    "c": "0\n1\n-1\n2\n0.5\n1.5\n3\n-2.25\n10\n100",
    "n": """
(@n @'+ - * /' @n)
(@n @'+ - * / // % **' @'2 3 0.5 1 0')
(@c @'+ - * /' @n)
(-@n)
@n.fillna(@c)
@n.fillna(@n)
@n.clip(@'lower=0 upper=2 -1,1')
@n.abs()
@n.round(@'0 1 2')
@n.where(@b)
@n.where(@b, @n)
@n.where(lambda x: x > 0, 0)
@n.mask(@b)
@n.mask(@b, @c)
@n.astype(@'float "float64" np.float32')
@n.fillna(0).astype(@'int np.int32 bool').astype(float)
@b.astype(@'int float')
(@b * 1)
(~@b).astype(int)
((@b & @b) * @n)
(@b + @b.astype(int))
np.log1p(@n.abs())
np.sqrt(@n.abs())
np.exp(-@n.abs())
np.sign(@n)
np.floor(@n)
np.hypot(@n, @n)
np.maximum(@n, @n)
np.minimum(@n, @c)
pd.Series(np.where(@b, @n, @n), index=df.index)
pd.Series(np.where(@b, @c, @n), index=df.index)
pd.Series(np.select([@b, @b], [@n, @c], default=@c), index=df.index)
pd.cut(@n, [-5, 0, 1, 10], labels=False)
pd.cut(@n, [-5, 0, 1, 10], labels=False, right=False)
pd.to_numeric(@n, errors="coerce")
@n.replace(@'0,9 1,-1 {0:5,1:7} np.nan,4')
@n.combine_first(@n)
@n.@'add sub mul div rsub radd'(@n)
@n.@'add mul sub'(@n, fill_value=@c)
@n.pow(2)
@n.isin([0, 1, 2.5]).astype(int)
@n.between(0, 2).astype(int)
@n.pipe(lambda x: x * 2)
@n.apply(lambda v: v * 2)
@n.apply(lambda v: v + 1 if v > 0 else -v)
@n.apply(lambda v: 0 if v != v else v)
@n.apply(lambda v: abs(v) ** 0.5)
@n.apply(lambda v: int(v > 1))
@n.apply(lambda v: max(v, 0))
@n.map(lambda v: v - 1)
@n.map(lambda v: v if v == v else -1)
@t.map({"x": 1, "y": 2.5, "red": -1, "blue": 4})
@t.map({"x": 1, "y": 2, "green": 3}).fillna(0)
@t.str.len()
@t.str.count(@'"e" "x" "[a-z]"')
@t.str.find("e")
@t.apply(lambda v: len(v) if isinstance(v, str) else 0)
@t.apply(lambda v: 1 if v == "x" else 0)
@t.apply(lambda v: 0 if pd.isna(v) else 2)
@d.dt.@'year month day hour minute dayofweek dayofyear quarter days_in_month'
@d.dt.is_month_end.astype(int)
(@d - @d).dt.days
(@d - @d).dt.total_seconds()
df["c"].map({"lo": 0, "mid": 1, "hi": 2}).astype(@'float int')
df[["a", "b", "i"]].@'sum mean max min median prod count var std nunique'(axis=1)
df[["g", "u"]].@'sum mean max min'(axis="columns")
df[["a", "g", "s"]].isna().sum(axis=1)
@n.fillna(df[["b", "i"]].mean(axis=1))
df.eval("b * 2 + i")
df.eval("(b > 3) * 2.0")
df.apply(lambda r: r.i + r.u, axis=1)
df.apply(lambda r: r["i"] * 2 if r.f else r.b, axis=1)
df.apply(lambda r: r.b if r.t == "red" else -r.b, axis=1)
df.apply(lambda r: r.a if pd.notna(r.a) else r.b, axis=1)
df.apply(lambda r: 0.0 if r.i > 0 and r.u < 2 else r.b, axis=1)
""",
    "b": """
(@n > 0)
(@n @'> < >= <= == !=' @c)
(@n @'> < >= == !=' @n)
(@b & @b)
(@b | @b)
(@b ^ @b)
(~@b)
@b.eq(@b)
np.logical_and(@b, @b)
@n.isna()
@n.notna()
@t.isna()
@d.isna()
@n.isin([0, 1, 2])
@n.between(-1, 1)
@n.between(0, 2, inclusive=@'"left" "right" "neither"')
@n.@'gt lt eq ne ge le'(@c)
@n.fillna(0).astype(bool)
(@t @'== !=' @'"x" "red" "none" "X"')
(@t == @t)
@t.isin(["x", "red", "blue"])
@t.isin(["x", None])
@t.str.contains(@'"e" "x|y" "^r" "[A-Z]"', na=False)
@t.str.startswith("x", na=False)
@t.str.endswith("e").fillna(False).astype(bool)
(@t.str.len() > 2)
(@d @'> <= ==' pd.Timestamp("2020-06-01"))
(@d < @d)
@d.dt.is_month_end
(@d.dt.dayofweek >= 5)
(df["c"] == "hi")
df["c"].isin(["lo", "hi"])
df[["a", "g"]].isna().any(axis=1)
(df[["a", "b"]] > 0).all(axis=1)
""",
    "t": """
@t.fillna("none")
@t.fillna(@t)
@t.combine_first(@t)
@t.str.@'upper lower strip lstrip rstrip title capitalize'()
@t.str[@'0 1 -1 :2 1: -2:']
@t.str.slice(0, 2)
@t.str.zfill(4)
@t.str.replace(@'"e" "x"', @'"" "__" "Q"')
@t.str.replace("[aeiou]", "*", regex=True)
@t.str.removeprefix("r")
@t.str.split(@'"-" "e"').str[@'0 1 -1']
@t.str.extract(r"([a-z]+)", expand=False)
@t.str.cat(@t, sep="-")
(@t + "_" + @t)
("p_" + @t)
@t.where(@b, "other")
@t.where(@b)
@t.mask(@b, @t)
@t.map({"x": "ex", "y": "why", "red": "rot"})
@t.replace({"x": "ex", "red": "rot"})
@t.replace("x", "y")
@t.astype(str)
@t.apply(lambda v: v.upper() if isinstance(v, str) else "?")
@t.apply(lambda v: "A" if v == "x" else "B")
@t.apply(lambda v: v if pd.notna(v) else "n")
@n.apply(lambda v: "pos" if v > 0 else "neg")
@n.map({0: "zero", 1: "one"}).fillna("many")
pd.Series(np.where(@b, "p", "q"), index=df.index)
pd.cut(@n, [-5, 0, 1, 10], labels=["lo", "mid", "hi"]).astype(str)
df[@'"i" "u"'].astype(str)
df["c"].astype(str)
df.apply(lambda r: r.t + "!" if r.f else r.t, axis=1)
@d.dt.strftime(@'"%Y-%m" "%d/%m/%Y" "%H:%M"')
@d.dt.@'day_name month_name'()
""",
    "d": """
@d.dt.@'floor ceil round'(@'"D" "h" "15min"')
@d.dt.normalize()
(@d + pd.Timedelta(days=@'1 -3 400'))
(@d + pd.to_timedelta(df[@'"i" "u"'], unit=@'"D" "h"'))
@d.fillna(pd.Timestamp("2001-02-03"))
@d.fillna(@d)
@d.where(@b)
@d.where(@b, pd.Timestamp("1999-01-01"))
@d.mask(@b, @d)
@d.clip(lower=pd.Timestamp("2000-01-01"))
""",
    # Statements: @e is an expression of the kind of the new column @new.
    "s": """
df[@new] = @e
df[@new] = @e
df[@new] = @e
df = df.assign(**{@new: @e})
df = df.assign(**{@new: lambda df: @e})
df = df.pipe(lambda df: df.assign(**{@new: @e}))
df = pd.concat([df, (@e).rename(@new)], axis=1)
df.insert(0, @new, @e)
df.loc[@b, @'"a" "b"'] = @c
df.loc[@b, @'"a" "b"'] = @n
df.loc[@b, "a"] = np.nan
df.loc[@b, @'"a" "b"'] @'+= *=' @c
df.loc[@b, ["a", "b"]] = @'0 [1.0,2.0] df[["b","a"]].to_numpy().copy()'
df.loc[@b, "i"] = 7
df.loc[@b, "f"] = True
df.loc[@b, @'"s" "t"'] = @'"W" None'
df.loc[@b, "d"] = @'pd.Timestamp("2010-10-10") pd.NaT'
df[@'"a" "b"'] @'+= -= *= /=' @n
df = df.fillna({"a": @c, "s": "none"})
df[["a", "b"]] = df[["a", "b"]] * 2
df[["a", "b"]] = df[["a", "b"]].@'fillna(0) clip(-1,4) abs() round() replace(0,1)'
df[["a", "b"]] = df[["a", "b"]].where(df[["a", "b"]] > 0, 0)
df[["a", "b"]] = df[["a", "b"]].mask(df[["a", "b"]] < 0)
for k in ["a", "b", "i"]: df[k] = df[k].@'clip(0,1) fillna(0) add(1)'
df["b"] = df.join(pd.DataFrame({"t": ["red", "blue"], "w": [1.5, 2.5]}).set_index("t"), on="t")["w"].fillna(0)
df = df.rename(columns={"b": "z"}); df["b"] = df["z"] - 1; df = df.drop(columns="z")
""",
}
TEMPLATES = {kind: text.strip().split("\n") for kind, text in _TEMPLATES.items()}
_PLACE = re.compile(r"@'([^']*)'|@(new|\w)")
MOST_STATEMENTS = 4


class _Writer:
    """Writes one function; remembers the columns that it has made."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._columns = {kind: list(names) for kind, names in COLUMNS.items()}
        self.made: list[str] = []

    def function(self) -> str:
        lines = ["df = df.copy()"]
        lines += [self._statement() for _ in range(self._random.randint(1, MOST_STATEMENTS))]
        lines.append(f"return df[{[*self.made, 'a', 'b', 's']}]")
        return "def function(df):\n" + "".join(f"    {line}\n" for line in lines)

    def _statement(self) -> str:
        kind = self._random.choice("nnnnbttd")
        name = f"n{len(self.made) + 1}"
        template = self._random.choice(TEMPLATES["s"])
        line = self._filled(template, self._random.choice([1, 2, 2, 3]), {"e": kind, "new": name})
        if "@new" in template:
            self.made.append(name)
            self._columns[kind].append(name)
        return line

    def _expression(self, kind: str, depth: int) -> str:
        if kind in self._columns and (depth <= 0 or self._random.random() < 0.15):
            name = self._random.choice(self._columns[kind])
            return self._random.choice([f'df["{name}"]', f'df["{name}"]', f"df.{name}"])
        return self._filled(self._random.choice(TEMPLATES[kind]), depth - 1, {})

    def _filled(self, template: str, depth: int, names: dict[str, str]) -> str:
        def fill(place: re.Match[str]) -> str:
            if place[1] is not None:
                return self._random.choice(place[1].split(" "))
            if place[2] == "new":
                return repr(names["new"])
            return self._expression(names.get(place[2], place[2]), depth)

        return _PLACE.sub(fill, template)


def random_function(seed: int) -> str:
    """Return the source of a function of a data frame, the same for the same seed."""
    return _Writer(seed).function()


def compiled(source: str) -> Callable[[Any], Any]:
    """Return the function of a source."""
    names: dict[str, Any] = {"np": np, "pd": pd}
    exec(compile(source, "<function of a frame>", "exec"), names)
    return names["function"]


EXAMPLE = frame(40, 1)
OTHERS = [frame(1, 5), frame(7, 2), frame(25, 9)]


def complaint(source: str) -> str | None:
    """Return how the model of a function differs from pandas; "" if it does not, None if it was refused.

    Only a documented error refuses a function, and pandas may refuse it, too.
    """
    if ".split(" in source and "None]" in source:
        return ""  # columns of objects, in which pandas tells None from NaN
    function = compiled(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            step = FunctionTransformer(function).fit(EXAMPLE)
            step.transform(EXAMPLE)
        except Exception:
            return None
        try:
            program = trace_estimator(step, "transform", example=EXAMPLE, verify=False)
        except OnnxpError:
            return None
        except Exception as error:
            return f"{source}\n{type(error).__name__}: {error}"
        # in bare sessions; Where loses signs in some layouts: "selected zeros" in `runtime_bugs`
        model = both(program.model, has_signs=False)
        for rows in (EXAMPLE, *OTHERS):
            try:
                expected = function(rows)
            except Exception:  # which values decide
                continue
            try:
                result = program(rows)
                model.run(None, program.feeds(rows))
            except Exception as error:
                return f"{source}\n{len(rows)} rows: {type(error).__name__}: {error}"
            if not isinstance(result, dict):
                result = dict(zip(expected.columns, np.asarray(result).T, strict=True))
            for name in expected.columns:
                if found := _difference(result[name], expected[name]):
                    return f"{source}\n{len(rows)} rows, column {name}, {found}"
    return ""


def shrunk(source: str) -> str:
    """Return a source with the lines that its complaint needs."""
    lines = source.splitlines()
    place = len(lines) - 2
    while place > 1:
        fewer = lines[:place] + lines[place + 1 :]
        try:
            is_enough = bool(complaint("\n".join(fewer)))
        except SyntaxError:
            is_enough = False
        lines = fewer if is_enough else lines
        place -= 1
    return "\n".join(lines)


def _difference(result: np.ndarray, expected: pd.Series) -> str:
    if len(result) != len(expected):
        return f"{len(result)} elements for {len(expected)}"
    # For what was float32; and pandas' dtype of one row may depend on its value, such as float16 for uint8.
    kinds = {np.dtype(x).name for x in (result.dtype, expected.dtype) if isinstance(x, np.dtype)}
    tolerance = 2e-3 if "float16" in kinds else 1e-4 if "float32" in kinds else 2e-6
    for row, (x, y) in enumerate(zip(result.tolist(), expected.tolist(), strict=True)):
        x, y = _plain(x, result.dtype), _plain(y, expected.dtype)
        if isinstance(x, float) and isinstance(y, float):
            is_same = x == y or abs(x - y) <= tolerance * max(1.0, abs(x), abs(y))
        else:
            is_same = x == y
        if not is_same:
            return f"row {row}: {x!r} ({result.dtype}), pandas has {y!r} ({expected.dtype})"
    return ""


def _plain(value: Any, dtype: Any) -> Any:
    """Return a number as float, a time as text, and None for what is missing, as "" is in models."""
    if value is None or value is pd.NA or value is pd.NaT or value != value or value == "":
        return None
    if getattr(dtype, "kind", "") in "mM":
        return (
            str(np.datetime64(value, "us"))
            if dtype.kind == "M"
            else str(np.timedelta64(value, "us"))
        )
    return value if isinstance(value, str) else float(value)
