"""What follows from the bounds of symbols: the bounds of expressions, and their simplest form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from onnxp._src.shapes import intervals, piecewise, polynomials
from onnxp._src.shapes.atoms import Atom, Call, Symbol
from onnxp._src.shapes.grouping import grouped
from onnxp._src.shapes.intervals import UNBOUNDED, Bounds
from onnxp._src.shapes.piecewise import Graph, TooComplexError
from onnxp._src.shapes.polynomials import Monomial, Terms

_MAX_DEGREE = 10  # for `_shifted`, which takes 2**degree steps
_MOST_RELAXED = 3  # for `_relaxed`, which takes 2**calls steps
_MOST_BENDS = 8  # a form with more of them is not simpler
_MOST_QUOTIENTS = 2

_CALL_BOUNDS: dict[str, Callable[[Bounds, Bounds], Bounds]] = {
    "floordiv": intervals.floor_divide,
    "mod": intervals.remainder,
    "max": intervals.maximum,
    "min": intervals.minimum,
    "broadcast": intervals.broadcast,
}


def bounds(terms: Terms) -> Bounds:
    """Return the smallest and the largest value; None is unbounded."""
    calls = [a for monomial, _ in terms for a in monomial if type(a) is Call]
    if len(terms) == 1 or not calls:
        return intervals.both(_sum_bounds(terms), _shifted(terms))
    groups = [*_groups(terms)]
    found: Bounds = (0, 0)
    for _, group in groups:
        found = intervals.add(found, _group_bounds(group))
    if len(groups) == 1 and _graph(terms) is not None:
        return found  # it is exact
    found = intervals.both(found, _shifted(terms))
    others = grouped(terms)
    if others != terms:
        found = intervals.both(found, _sum_bounds(others))
    if len(calls) <= _MOST_RELAXED:
        found = intervals.both(found, _relaxed(terms))
    return found


def at_least(terms: Terms, limit: int) -> bool | None:
    """Return whether an expression is at least a number; None where the bounds leave it open."""
    low, high = bounds(terms)
    if low is not None and low >= limit:
        return True
    return False if high is not None and high < limit else None


def has_one_form(terms: Terms) -> bool:
    """Return whether equal expressions of this kind have equal terms: sums of symbols and ``max(n - c, 0)``."""
    for monomial, _ in terms:
        for atom in monomial:
            symbol = atom
            if type(atom) is Call:
                if len(monomial) > 1 or atom.function != "max" or len(atom.left) > 2:
                    return False
                symbol = atom.left[0][0][0]
            if type(symbol) is not Symbol or symbol.low == symbol.high:
                return False
    return True


def simplest(terms: Terms) -> Terms:
    """Return the one form of all expressions that are equal, as far as they depend on a single unknown.

    ``n - n//2`` becomes ``(n+1)//2``, and ``n//2 + (n+1)//2`` becomes ``n``.
    """
    result = terms
    for _, group in _groups(terms):
        if any(monomial and type(monomial[0]) is Call for monomial, _ in group):
            shorter = _rebuilt(group)
            if shorter is not None and shorter != group:
                result = polynomials.combine(result, group, -1)
                result = polynomials.combine(result, shorter, 1)
    return result


# Bounds


def _atom_bounds(atom: Atom) -> Bounds:
    if isinstance(atom, Call) and atom.bounds is None:
        atom.bounds = _CALL_BOUNDS[atom.function](bounds(atom.left), bounds(atom.right))
        moving = sum(1 for monomial, _ in atom.left if monomial)
        unknown = _graph_of_call(atom) if moving > 1 else None  # of one term, the bounds are exact
        if unknown is not None:
            atom.bounds = intervals.both(atom.bounds, piecewise.extremes(unknown.graph))
    found = atom.bounds
    assert found is not None
    return found


def _term_bounds(monomial: Monomial, factor: int) -> Bounds:
    product: Bounds = (1, 1)
    for atom in monomial:
        product = intervals.multiply(product, _atom_bounds(atom))
    return intervals.scale(product, factor)


def _sum_bounds(terms: Terms) -> Bounds:
    total: Bounds = (0, 0)
    for monomial, factor in terms:
        total = intervals.add(total, _term_bounds(monomial, factor))
    return total


def _group_bounds(group: Terms) -> Bounds:
    """Bounds of terms that depend on one unknown: exact, if they are not too complex."""
    if len(group) > 1:
        unknown = _graph(group)
        if unknown is not None:
            return piecewise.extremes(unknown.graph)
    return _sum_bounds(group)


def _shifted(terms: Terms) -> Bounds:
    """Bounds from rewriting each atom as its lower bound plus something that is not negative.

    This sees that ``N*M - N`` is at least 0, which adding up the terms' own bounds does not.
    """
    signs = {factor > 0 for monomial, factor in terms if monomial}
    degree = max((len(monomial) for monomial, _ in terms), default=0)
    if len(signs) < 2 or not 1 < degree <= _MAX_DEGREE:
        return UNBOUNDED
    total: dict[Monomial, int] = {}
    for monomial, factor in terms:
        expanded: dict[Monomial, int] = {(): factor}
        for atom in monomial:
            low = _atom_bounds(atom)[0]
            if low is None:
                return UNBOUNDED
            step: dict[Monomial, int] = {}
            for part, f in expanded.items():
                if low:
                    step[part] = step.get(part, 0) + f * low
                longer = tuple(sorted((*part, atom), key=lambda a: a.sort_key))
                step[longer] = step.get(longer, 0) + f
            expanded = step
        for part, f in expanded.items():
            total[part] = total.get(part, 0) + f
    rest = [factor for monomial, factor in total.items() if monomial]
    number = total.get((), 0)
    low_bound = number if all(f >= 0 for f in rest) else None
    high_bound = number if all(f <= 0 for f in rest) else None
    return low_bound, high_bound


def _relaxed(terms: Terms) -> Bounds:
    """Bounds from replacing a function by what it is at least, or at most.

    This sees that ``max(N-M, 0) - N + M`` is at least 0, and ``N*M - (N*M)//K``.
    """
    found = UNBOUNDED
    for monomial, factor in terms:
        if len(monomial) != 1 or type(monomial[0]) is not Call:
            continue
        least, most = _estimates(monomial[0])
        without = polynomials.combine(terms, ((monomial, factor),), -1)
        for estimate, is_least in [(x, True) for x in least] + [(x, False) for x in most]:
            low, high = bounds(polynomials.combine(without, estimate, factor))
            one_sided = (low, None) if is_least == (factor > 0) else (None, high)
            found = intervals.both(found, one_sided)
    return found


def _estimates(call: Call) -> tuple[list[Terms], list[Terms]]:
    """Return expressions that a function is at least, and those that it is at most."""
    if call.function == "max":
        return [call.left], []
    if call.function == "broadcast":
        positive = (bounds(call.left)[0] or 0) > 0 and (bounds(call.right)[0] or 0) > 0
        return [call.left, call.right] if positive else [], []
    low, divisor = bounds(call.left)[0], bounds(call.right)[0]
    return [], [call.left] if low is not None and low >= 0 and (divisor or 0) >= 1 else []


# Graphs: expressions as functions of their only unknown


class _Unknown(NamedTuple):
    """A function of one unknown, which is a product of symbols, or a function that is left as it is."""

    unknown: Monomial
    graph: Graph


def _groups(terms: Terms) -> Iterator[tuple[Monomial, Terms]]:
    """Return terms by the unknown that they depend on; () are numbers."""
    groups: dict[Monomial, list[tuple[Monomial, int]]] = {}
    for monomial, factor in terms:
        groups.setdefault(_unknown(monomial), []).append((monomial, factor))
    constant = groups.pop((), [])
    if not groups:
        yield (), tuple(constant)
    for unknown, group in groups.items():
        yield unknown, (*group, *constant)
        constant = []


def _unknown(monomial: Monomial) -> Monomial:
    if len(monomial) == 1 and type(monomial[0]) is Call:
        found = _graph_of_call(monomial[0])
        if found is not None:
            return found.unknown
    return monomial


def _graph(terms: Terms) -> _Unknown | None:
    """Return terms as a function of their only unknown; None if there are several, or it is too complex."""
    groups = [*_groups(terms)]
    if len(groups) != 1 or not groups[0][0]:
        return None
    unknown = groups[0][0]
    variable = piecewise.identity(_term_bounds(unknown, 1))
    total = piecewise.constant(0, variable)
    try:
        for monomial, factor in terms:
            if not monomial:
                part = piecewise.constant(1, variable)
            elif monomial == unknown:
                part = variable
            else:
                found = _graph_of_call(monomial[0])
                assert found is not None
                part = found.graph
            total = piecewise.add(total, part, factor)
    except TooComplexError:
        return None
    return _Unknown(unknown, total)


def _graph_of_call(call: Call) -> _Unknown | None:
    if call.graph is False:
        call.graph = _work_out(call)
    found: _Unknown | None = call.graph
    return found


def _work_out(call: Call) -> _Unknown | None:
    by = polynomials.number(call.right)
    is_division = call.function == "floordiv" and by is not None and by > 0
    inner = _graph(call.left) if is_division or (call.function == "max" and by == 0) else None
    if inner is None:
        return None
    try:
        if is_division:
            assert by is not None
            graph = piecewise.floor_divide(inner.graph, by)
        else:
            graph = piecewise.positive_part(inner.graph)
    except TooComplexError:
        return None
    return _Unknown(inner.unknown, piecewise.simplest(graph))


def _rebuilt(group: Terms) -> Terms | None:
    """Return the simplest terms with the graph that some terms have, or None if there are none."""
    found = _graph(group)
    if found is None:
        return None
    graph = piecewise.simplest(found.graph)
    variable = ((found.unknown, 1),)
    if all(len(piece.values) == 1 for piece in graph.pieces):
        bends = [*piecewise.bends(graph)]
        if len(bends) > _MOST_BENDS:
            return None
        slope, offset = piecewise.line(graph)
        total = polynomials.combine(polynomials.constant(offset), variable, slope)
        for place, change in bends:
            bent = polynomials.combine(variable, polynomials.constant(place), -1)
            total = polynomials.combine(total, ((((Call("max", bent, ())),), 1),), change)
        return total
    if len(graph.pieces) > 1 or len(set(graph.pieces[0].steps)) > 1:
        return None
    return _quotients(graph, variable)


def _quotients(graph: Graph, variable: Terms) -> Terms | None:
    """Return a function with a period as a line and quotients; what it adds at a residue is one of them."""
    period = len(graph.pieces[0].values)
    function = graph.pieces[0].at
    changes = [function(r) - function(r - 1) for r in range(period)]
    often = Counter(changes)
    slope = min(changes, key=lambda change: (-often[change], abs(change), -change))
    if period - often[slope] > _MOST_QUOTIENTS:
        return None
    total = polynomials.combine(polynomials.constant(function(0)), variable, slope)
    for r, change in enumerate(changes):
        if change != slope:
            shift = polynomials.constant((period - r) % period)
            call = Call(
                "floordiv", polynomials.combine(variable, shift, 1), polynomials.constant(period)
            )
            total = polynomials.combine(total, (((call,), 1),), change - slope)
    return total
