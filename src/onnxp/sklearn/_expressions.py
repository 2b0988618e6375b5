"""Expressions of pandas as text, ``df.eval("ratio = a / b")``, computed with traced columns."""

from __future__ import annotations

import ast
import io
import operator
import re
import tokenize
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from onnxp.errors import FrameError

_FUNCTIONS = frozenset(
    "abs arccos arccosh arcsin arcsinh arctan arctan2 arctanh ceil cos cosh exp expm1 floor log log10 log1p "
    "sin sinh sqrt tan tanh".split()
)
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.And: operator.and_,
    ast.Or: operator.or_,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda column, values: column.isin(values),
    ast.NotIn: lambda column, values: ~column.isin(values),
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.invert,
    ast.Invert: operator.invert,
}
_WORDS = {"&": "and", "|": "or"}
_LOCAL, _QUOTED = "__local_", "__quoted_"


def evaluate(text: str, frame: Any, variables: Mapping[str, Any]) -> Any:
    """Return the value of an expression; of assignments, a frame with their columns.

    Parameters
    ----------
    text : str
        Expressions as `pandas.DataFrame.eval` takes them, one on each line.
    frame : Frame
        The columns, whose names are those of the expression.
    variables : mapping
        What names with ``@`` stand for.

    Raises
    ------
    FrameError
        If the text is not an expression, or names what does not exist.
    """
    quoted: list[str] = []

    def name(match: re.Match[str]) -> str:
        quoted.append(match[1])
        return f"{_QUOTED}{len(quoted) - 1}"

    code = re.sub(r"`([^`]+)`", name, text.strip())
    try:
        lines = [_parsed(line.strip()) for line in code.splitlines() if line.strip()]
    except (SyntaxError, tokenize.TokenError) as error:
        raise FrameError(f"eval: {text!r} is not an expression: {error.args[0]}") from None
    expression = _Expression(text, frame, variables, quoted)
    if len(lines) == 1 and isinstance(lines[0], ast.Expr):
        return expression.value(lines[0].value)
    for line in lines:
        expression.assign(line)
    return expression.frame


def _parsed(line: str) -> ast.stmt:
    """Return a line as pandas parses it: ``&`` binds as ``and``, and ``@`` marks a variable."""
    words: list[tuple[int, str]] = []
    for kind, word, *_ in tokenize.generate_tokens(io.StringIO(line).readline):
        if words and words[-1][1] == "@" and kind == tokenize.NAME:
            words[-1] = (tokenize.NAME, _LOCAL + word)
        else:
            words.append((tokenize.NAME, _WORDS[word]) if word in _WORDS else (kind, word))
    statements = ast.parse(tokenize.untokenize(words).strip()).body
    if len(statements) != 1:
        raise SyntaxError("a line has one expression")
    return statements[0]


class _Expression:
    """The names of an expression, and what they stand for."""

    def __init__(
        self, text: str, frame: Any, variables: Mapping[str, Any], quoted: list[str]
    ) -> None:
        self.text = text
        self.frame = frame.copy()
        self._variables = variables
        self._quoted = quoted

    def assign(self, line: ast.AST) -> None:
        """Add the column of an assignment to the frame."""
        if not (isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)):
            raise self._error("several lines must be assignments, as in 'ratio = a / b'")
        self.frame[self._label(line.targets[0].id)] = self.value(line.value)

    def value(self, node: ast.AST) -> Any:
        """Return the column or the constant that a part of an expression stands for."""
        match node:
            case ast.Constant():
                return node.value
            case ast.List() | ast.Tuple():
                return [self.value(part) for part in node.elts]
            case ast.Name():
                return self._named(node.id)
            case ast.UnaryOp():
                return self._apply(node.op, self.value(node.operand))
            case ast.BinOp():
                return self._apply(node.op, self.value(node.left), self.value(node.right))
            case ast.BoolOp():
                parts = map(self.value, node.values)
                return reduce(lambda a, b: self._apply(node.op, a, b), parts)
            case ast.Compare():
                return self._compared(node)
            case ast.Attribute():
                return getattr(self.value(node.value), node.attr)
            case ast.Call():
                arguments = [self.value(part) for part in node.args]
                options = {str(part.arg): self.value(part.value) for part in node.keywords}
                if isinstance(node.func, ast.Name):
                    return self._function(node.func.id)(*arguments, **options)
                return self.value(node.func)(*arguments, **options)
        raise self._error(f"{ast.unparse(node)} is not a part that columns are computed with")

    def _compared(self, node: ast.Compare) -> Any:
        sides = [self.value(part) for part in (node.left, *node.comparators)]
        pairs = zip(node.ops, sides, sides[1:], strict=False)
        return reduce(operator.and_, (self._apply(op, a, b) for op, a, b in pairs))

    def _apply(self, op: ast.AST, *sides: Any) -> Any:
        if isinstance(op, ast.Eq | ast.NotEq) and isinstance(sides[1], list):  # as pandas does
            op = ast.In() if isinstance(op, ast.Eq) else ast.NotIn()
        if type(op) not in _OPERATORS:
            raise self._error(f"the operator {type(op).__name__} is not one of pandas' expressions")
        return _OPERATORS[type(op)](*sides)

    def _function(self, name: str) -> Callable[..., Any]:
        if name.startswith(_LOCAL):
            return self._named(name)  # type: ignore[no-any-return]  # what the user calls
        if name not in _FUNCTIONS:
            raise self._error(f"{name} is not one of the functions {', '.join(sorted(_FUNCTIONS))}")
        return getattr(np, name)  # type: ignore[no-any-return]  # a ufunc

    def _label(self, name: str) -> str:
        is_quoted = name.startswith(_QUOTED)
        return self._quoted[int(name.removeprefix(_QUOTED))] if is_quoted else name

    def _named(self, name: str) -> Any:
        if name.startswith(_LOCAL):
            local = name.removeprefix(_LOCAL)
            if local not in self._variables:
                raise self._error(f"there is no variable {local!r}")
            return self._variables[local]
        if self._label(name) not in self.frame:
            raise self._error(f"{self._label(name)!r} is not among the columns {list(self.frame)}")
        return self.frame[self._label(name)]

    def _error(self, problem: str) -> FrameError:
        return FrameError(f"eval of {self.text!r}: {problem}")
