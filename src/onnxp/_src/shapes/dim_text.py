"""Sizes as text, such as ``"2*N+1"`` or ``"max(N-6, 0)"``."""

from __future__ import annotations

import re
from collections.abc import Callable

from onnxp._src.shapes.atoms import Atom, Call, Symbol
from onnxp._src.shapes.grouping import grouped
from onnxp._src.shapes.polynomials import Monomial, Terms

_SIGNS = {"floordiv": "//", "mod": "%"}  # the others are written as functions

Name = Callable[[Symbol], str]


def text(terms: Terms, name: Name) -> str:
    """Return an expression as text, with symbols called by `name`."""
    shown = grouped(terms)
    joined = "".join(_term(m, f, name, first=i == 0) for i, (m, f) in enumerate(shown))
    if _only_call(shown) is not None and joined.startswith("("):
        return joined[1:-1]
    return joined or "0"


def _only_call(terms: Terms) -> Call | None:
    """Return the function that an expression consists of, or None."""
    if len(terms) == 1 and terms[0][1] == 1 and len(terms[0][0]) == 1:
        atom = terms[0][0][0]
        return atom if type(atom) is Call else None
    return None


def _term(monomial: Monomial, factor: int, name: Name, *, first: bool) -> str:
    sign = "-" if factor < 0 else "" if first else "+"
    if not monomial:
        return f"{sign}{abs(factor)}"
    powers: dict[Atom, int] = {}
    for atom in monomial:
        powers[atom] = powers.get(atom, 0) + 1
    factors = [] if abs(factor) == 1 else [str(abs(factor))]
    for atom, n in powers.items():
        factors.append(_atom(atom, name) + (f"**{n}" if n > 1 else ""))
    return sign + "*".join(factors)


def _atom(atom: Atom, name: Name) -> str:
    if isinstance(atom, Symbol):
        return name(atom)
    sign = _SIGNS.get(atom.function)
    if sign is None:
        return f"{atom.function}({text(atom.left, name)}, {text(atom.right, name)})"
    return f"({_operand(atom.left, name)}{sign}{_operand(atom.right, name)})"


def _operand(terms: Terms, name: Name) -> str:
    operand = text(terms, name)
    call = _only_call(grouped(terms))
    is_function = call is not None and call.function not in _SIGNS
    return operand if is_function or re.fullmatch(r"\w+", operand) else f"({operand})"
