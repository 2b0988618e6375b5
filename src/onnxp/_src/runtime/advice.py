"""What to write in place of Python code that asks for the value of a traced array."""

from __future__ import annotations

import ast
import math
from linecache import getline

import numpy as np

from onnxp._src.graph.source import SourceInfo, user_source

_OF_CONVERSIONS = {
    "bool()": "`if`, `while`, `and` and bool() cannot use it; write xp.where(condition, a, b) for a branch",
    "int()": "int() cannot use it; write xp.astype(x, xp.int64)",
    "float()": (
        "float() and the functions of math cannot use it; write np.sqrt(x) for math.sqrt(x), and x for "
        "float(x), because an array of rank 0 computes as a number does"
    ),
    "complex()": "complex() cannot use it; leave it out, because an array of rank 0 computes as one does",
    "format()": "text cannot be made of its digits; return it, and format the results of the program",
    "item()": "item() cannot give a number; leave it out, because an array of rank 0 computes as a number does",
    "tolist()": "tolist() cannot give a list of Python; leave it out, and compute with the array",
    "an index": (
        "lists and range() cannot use it; write np.asarray(values)[i] for an element of a list, and "
        "xp.fori_loop for a loop"
    ),
}
"""By conversion to one of Python's numbers."""
_OF_TWO = {"max": "np.maximum", "min": "np.minimum"}
"""Functions of numpy for functions of Python, of two numbers."""
_BITS = {ast.And: "&", ast.Or: "|"}


def advice(conversion: str) -> str:
    """Return what to write for the expression of the user's code that needs a conversion of a traced array."""
    source = user_source()
    code = "" if source is None else _code(source)
    try:
        written = _rewritten(ast.parse(code, mode="eval").body) if code else ""
    except (SyntaxError, ValueError):
        written = ""
    if written:
        return f"Python's `{code[1:-1]}` cannot use it; write `{written}`"
    return _OF_CONVERSIONS.get(conversion, "Python cannot use it; write array functions")


def _code(source: SourceInfo) -> str:
    """Return the expression that an instruction belongs to, in parentheses; "" if it is not known."""
    code, instruction = source
    positions = [*code.co_positions()]
    place = instruction // 2
    line, end_line, start, end = positions[place] if 0 <= place < len(positions) else (None,) * 4
    if line is None or line != end_line or start is None or end is None:
        return ""
    text = getline(code.co_filename, line).encode()[start:end].decode(errors="replace")
    return f"({text})" if text else ""


def _rewritten(expression: ast.expr) -> str:
    """Return array code for an expression of Python that asks for truth values or numbers; "" for others."""
    match expression:
        case ast.Compare(left, operators, rights) if len(operators) > 1:
            lefts = [left, *rights[:-1]]
            parts = [
                ast.Compare(a, [op], [b]) for a, op, b in zip(lefts, operators, rights, strict=True)
            ]
            return " & ".join(map(_enclosed, parts))
        case ast.BoolOp(operator, parts):
            return f" {_BITS[type(operator)]} ".join(map(_enclosed, parts))
        case ast.UnaryOp(ast.Not(), operand):
            return f"~{_enclosed(operand)}"
        case ast.Call(ast.Name(name), [a, b], []) if name in _OF_TWO:
            return f"{_OF_TWO[name]}({ast.unparse(a)}, {ast.unparse(b)})"
        case ast.Call(ast.Name("sorted"), [a], []):
            return f"np.sort({ast.unparse(a)})"
        case ast.Compare(element, [ast.In() | ast.NotIn() as operator], [group]):
            not_ = "~" * isinstance(operator, ast.NotIn)
            return f"{not_}np.isin({ast.unparse(element)}, {ast.unparse(group)})"
        case ast.Call(ast.Attribute(ast.Name("math"), name) | ast.Name(name), arguments, []) if (
            hasattr(math, name) and hasattr(np, name)
        ):
            return f"np.{name}({', '.join(map(ast.unparse, arguments))})"
    return ""


def _enclosed(expression: ast.expr) -> str:
    """Return the code of an operand of `&`, `|` or `~`, which bind closer than comparisons."""
    is_simple = isinstance(expression, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
    text = ast.unparse(expression)
    return text if is_simple else f"({text})"
