"""Copies of functions, in which Python's syntax for text and look-ups takes traced elements.

Python itself makes text of objects, and looks them up by their hash, so nothing can stand for that. A copy
calls functions instead, and is the same in all else: names, closures, and the lines that errors show.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, cast

_NOT_CALLED = frozenset("dir eval exec globals locals super vars".split())
"""The functions of Python that look at what calls them."""
_PREFIX = "_onnxp_"


def copied(function: Any, hooks: Mapping[str, Callable[..., Any]]) -> Any:
    """Return a copy of a function that calls others in place of Python's syntax; itself if it has no source.

    Parameters
    ----------
    function : callable
        A function, a method, a partial function or an object that Python code calls; others are returned as
        they are.
    hooks : mapping of callable
        What is called: ``called`` gets the function of a call, and returns what is called in its place;
        ``formatted`` the value, the conversion and the form of a part of an f-string, ``joined`` its parts;
        ``number`` an operand of arithmetic; ``remainder`` the operands of ``%``; ``item`` a container and the
        key in brackets; ``contains`` an object and the container that it may be in.
    """
    if isinstance(function, MethodType):
        return MethodType(copied(function.__func__, hooks), function.__self__)
    if type(function) is partial:
        return partial(copied(function.func, hooks), *function.args, **function.keywords)
    if not isinstance(function, FunctionType):
        call = getattr(type(function), "__call__", None)  # noqa: B004  # of an object
        is_object = isinstance(call, FunctionType)
        return MethodType(copied(call, hooks), function) if is_object else function
    code = _copy_of(function.__code__, _numpys(function))
    if code is None:
        return function
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    closure = tuple(
        cells[name] if name in cells else CellType(hooks[name.removeprefix(_PREFIX)])
        for name in code.co_freevars
    )
    copy = FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, closure
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__qualname__, copy.__dict__ = function.__qualname__, dict(vars(function))
    return copy


def _numpys(function: FunctionType) -> frozenset[str]:
    """Return the names of numpy in a function: what they have is looked up where it is called."""
    names = function.__globals__
    modules = (
        name for name in function.__code__.co_names if isinstance(names.get(name), ModuleType)
    )
    return frozenset(name for name in modules if names[name].__name__.startswith("numpy"))


@lru_cache(1024)
def _copy_of(code: CodeType, numpys: frozenset[str]) -> CodeType | None:
    """Return the code of a copy, None if there is no source or nothing to replace."""
    for node in _candidates(code):
        if _is_same(_compiled(node, code), code):
            replacer = _Replacer(numpys)
            node = cast("ast.Lambda | ast.FunctionDef", replacer.visit(node))
            return _compiled(node, code) if replacer.count else None
    return None


def _candidates(code: CodeType) -> Iterator[ast.Lambda | ast.FunctionDef]:
    """Return the functions in the file of a code that may be its source, each in a tree of its own."""
    text = "".join(linecache.getlines(code.co_filename))
    try:
        places = [i for i, node in enumerate(ast.walk(ast.parse(text))) if _starts_at(node, code)]
    except SyntaxError:
        return
    for place in places:
        node = list(ast.walk(ast.parse(text)))[place]
        assert isinstance(node, ast.Lambda | ast.FunctionDef)
        yield node


def _starts_at(node: ast.AST, code: CodeType) -> bool:
    if isinstance(node, ast.Lambda):
        return code.co_name == "<lambda>" and node.lineno == code.co_firstlineno
    if not isinstance(node, ast.FunctionDef) or node.name != code.co_name:
        return False
    return code.co_firstlineno in (node.lineno, *(part.lineno for part in node.decorator_list))


def _compiled(node: ast.Lambda | ast.FunctionDef, code: CodeType) -> CodeType | None:
    """Return the code of a function inside another one, which has the variables that it closes over."""
    names = [*code.co_freevars, *(_PREFIX + name for name in _HOOKS)]
    body: list[ast.stmt]
    if isinstance(node, ast.Lambda):
        body = [ast.Expr(node)]
    else:
        body = [ast.FunctionDef(node.name, _bare(node.args), node.body, [], None)]
    owner = code.co_qualname.split(".")[-2:-1]
    if owner and owner[0].isidentifier():  # a class, by whose name private names are told apart
        body = [ast.Global(owner), ast.ClassDef(owner[0], [], [], body, [])]
    arguments = ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])
    outer = ast.FunctionDef("outer", arguments, body, [], None)
    module = ast.fix_missing_locations(ast.Module([ast.copy_location(outer, node)], []))
    try:
        compiled = compile(module, code.co_filename, "exec", dont_inherit=True)
    except SyntaxError:  # a name that is assigned to by `nonlocal`, for one
        return None
    parts = _inside(compiled)
    for _ in body:  # a function, or one of a class
        parts = [inner for part in parts for inner in _inside(part)]
    return next((part for part in parts if part.co_name == code.co_name), None)


def _inside(code: CodeType) -> list[CodeType]:
    return [part for part in code.co_consts if isinstance(part, CodeType)]


def _bare(arguments: ast.arguments) -> ast.arguments:
    """Return parameters without annotations, which are evaluated where a function is made."""
    for part in ast.walk(arguments):
        if isinstance(part, ast.arg):
            part.annotation = None
    return arguments


def _is_same(copy: CodeType | None, code: CodeType) -> bool:
    """Return whether a code was compiled from the same place as another, with the same names and constants."""
    if copy is None or len(copy.co_consts) != len(code.co_consts):
        return False
    if any(getattr(copy, name) != getattr(code, name) for name in ("co_names", "co_varnames")):
        return False
    if _places(copy) != _places(code):
        return False
    pairs = zip(copy.co_consts, code.co_consts, strict=True)
    return all(_is_same(a, b) if isinstance(b, CodeType) else a == b for a, b in pairs)


def _places(code: CodeType) -> set[tuple[int | None, ...]]:
    """Return where the instructions of a code are, but for its start, which decorators move."""
    return {place for place in code.co_positions() if place[2] != place[3]}


_HOOKS = ("called", "contains", "formatted", "item", "joined", "number", "remainder")
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow, ast.LShift, ast.RShift)


class _Replacer(ast.NodeTransformer):
    """Puts calls in the place of syntax, and counts them."""

    def __init__(self, numpys: frozenset[str]) -> None:
        self.count = 0
        self._numpys = numpys

    def _call(self, name: str, node: ast.AST, *args: ast.expr) -> ast.Call:
        self.count += 1
        function = ast.copy_location(ast.Name(_PREFIX + name, ast.Load()), node)
        return ast.copy_location(ast.Call(function, list(args), []), node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        parts = [
            cast("ast.expr", self.visit(part) if isinstance(part, ast.FormattedValue) else part)
            for part in node.values
        ]
        return self._call("joined", node, *parts)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:
        form = ast.Constant("") if node.format_spec is None else self.visit(node.format_spec)
        conversion = ast.copy_location(ast.Constant(node.conversion), node)
        return self._call("formatted", node, self.visit(node.value), conversion, form)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.func.id == "print":
            return node
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute):
            owner = function.value
            while isinstance(owner, ast.Attribute):
                owner = owner.value
            is_replaced = not isinstance(owner, ast.Name) or owner.id not in self._numpys
        else:
            is_replaced = isinstance(function, ast.Name) and function.id not in _NOT_CALLED
        if is_replaced:
            node.func = self._call("called", function, function)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mod):
            return self._call("remainder", node, node.left, node.right)
        if isinstance(node.op, _ARITHMETIC):
            node.left, node.right = (self._number(part) for part in (node.left, node.right))
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.USub | ast.UAdd | ast.Invert):
            node.operand = self._number(node.operand)
        return node

    def _number(self, node: ast.expr) -> ast.expr:
        """Return an operand as a number, which a truth value is for Python."""
        return node if isinstance(node, ast.Constant) else self._call("number", node, node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load) or isinstance(node.slice, ast.Slice):
            return node
        if isinstance(node.slice, ast.Constant):
            return node
        return self._call("item", node, node.value, node.slice)

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        self.count += 1
        return cast("ast.stmt", _Quoting().visit(node))

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        node.test = self.visit(node.test)
        if node.msg is not None:
            self.count += 1
            node.msg = _Quoting().visit(node.msg)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.In | ast.NotIn):
            return node
        found = self._call("contains", node, node.left, node.comparators[0])
        if isinstance(node.ops[0], ast.In):
            return found
        return ast.copy_location(ast.UnaryOp(ast.Not(), found), node)


class _Quoting(ast.NodeTransformer):
    """Puts the source of f-strings in their place: what an error says is for people."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return ast.copy_location(ast.Constant(ast.unparse(node)), node)
