"""`numpy.einsum`, as transpositions, sums and matrix products of two operands at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import implements, in_common, no_out
from onnxp._src.shapes.shape import product
from onnxp.errors import ArgumentError

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

Labels = tuple[str, ...]
Term = tuple[Any, Labels]


@implements(np.einsum)
def einsum(
    *operands: Any,
    out: Any = None,
    dtype: Any = None,
    order: str = "K",
    casting: str = "safe",
    optimize: Any = False,
) -> Any:
    """Translate `numpy.einsum`; sizes may be symbolic."""
    no_out(out, "einsum")
    text, given = _as_text(operands)
    arrays = (
        in_common(*given) if dtype is None else [xp().astype(a, dtype) for a in in_common(*given)]
    )
    inputs, output = _parse(text, [array.ndim for array in arrays])
    terms = [_diagonals(array, labels) for array, labels in zip(arrays, inputs, strict=True)]
    terms = _without_ones(terms)
    while len(terms) > 1:
        first, second = terms[0], terms[_partner(terms)]
        rest = [term for term in terms if term is not first and term is not second]
        wanted = {label for _, labels in rest for label in labels} | set(output)
        terms = [_contract(first, second, wanted), *rest]
    array, labels = _summed(terms[0], set(output))
    array = xp().permute_dims(array, tuple(labels.index(x) for x in output if x in labels))
    missing = tuple(i for i, label in enumerate(output) if label not in labels)  # of size 1
    return xp().expand_dims(array, axis=missing) if missing else array


def _as_text(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Return subscripts as text: numpy takes lists of numbers beside the operands as well."""
    if not operands:
        raise ArgumentError("numpy.einsum: there are no operands")
    if isinstance(operands[0], str):
        return operands[0], list(operands[1:])
    terms = [_label_text(labels) for labels in operands[1::2]]
    given = list(operands[: len(terms) * 2 : 2])
    text = ",".join(terms)
    return (f"{text}->{_label_text(operands[-1])}" if len(operands) % 2 else text), given


def _label_text(labels: Sequence[Any]) -> str:
    return "".join("..." if x is Ellipsis else LETTERS[x] for x in labels)


def _parse(text: str, ranks: list[int]) -> tuple[list[Labels], Labels]:
    """Return the labels of each operand's axes and of the result's; axes of an ellipsis get digits."""
    left, arrow, right = text.replace(" ", "").partition("->")
    parts = left.split(",")
    if len(parts) != len(ranks):
        raise ArgumentError(
            f"numpy.einsum: {text!r} is for {len(parts)} operands, but there are {len(ranks)}"
        )
    inputs = [_labels(part, text, rank) for part, rank in zip(parts, ranks, strict=True)]
    counts = Counter(label for labels in inputs for label in labels)
    dots = sorted((label for label in counts if label.isdigit()), key=int, reverse=True)
    if not arrow:
        letters = sorted(x for x, n in counts.items() if n == 1 and not x.isdigit())
        return inputs, (*dots, *letters)
    output: list[str] = []
    for piece in right.replace("...", "."):
        output.extend(dots if piece == "." else [piece])
    if len(set(output)) != len(output) or set(output) - set(counts):
        raise ArgumentError(
            f"numpy.einsum: the result's labels in {text!r} must be of operands, each once"
        )
    return inputs, tuple(output)


def _labels(part: str, text: str, rank: int) -> Labels:
    letters = part.replace("...", "")
    extra = rank - len(letters)
    if not all(x in LETTERS for x in letters) or part.count("...") > 1:
        raise ArgumentError(
            f"numpy.einsum: {part!r} in {text!r} is not made of letters and one ..."
        )
    if extra < 0 or (extra > 0 and "..." not in part):
        raise ArgumentError(
            f"numpy.einsum: {part!r} in {text!r} does not fit an operand of rank {rank}"
        )
    before, _, after = part.partition("...")
    return (
        *before,
        *(str(i) for i in reversed(range(extra))),
        *after,
    )  # counted from the last axis


def _diagonals(array: Any, labels: Labels) -> Term:
    """Take diagonals where an operand has a label twice."""
    for label in sorted(set(labels)):
        axes = [i for i, x in enumerate(labels) if x == label]
        if len(axes) < 2:
            continue
        others = [i for i in range(len(labels)) if i not in axes]
        array = xp().permute_dims(array, (*axes, *others))
        index = xp().arange(array.shape[0])
        array = array[(index,) * len(axes)]
        labels = (label, *(labels[i] for i in others))
    return array, labels


def _without_ones(terms: list[Term]) -> list[Term]:
    """Drop axes of size 1 whose label has another size elsewhere, where they broadcast."""
    wide = {
        label
        for array, labels in terms
        for label, size in zip(labels, array.shape, strict=True)
        if type(size) is not int or size != 1
    }
    results = []
    for array, labels in terms:
        ones = tuple(
            i
            for i, (label, size) in enumerate(zip(labels, array.shape, strict=True))
            if label in wide and type(size) is int and size == 1
        )
        if ones:
            array = xp().squeeze(array, axis=ones)
            labels = tuple(x for i, x in enumerate(labels) if i not in ones)
        results.append((array, labels))
    return results


def _partner(terms: list[Term]) -> int:
    """Return which operand to contract the first one with: the one that it shares most labels with."""
    first = set(terms[0][1])
    return max(range(1, len(terms)), key=lambda i: (len(first & set(terms[i][1])), -i))


def _summed(term: Term, wanted: set[str]) -> Term:
    array, labels = term
    axes = tuple(i for i, label in enumerate(labels) if label not in wanted)
    if not axes:
        return term
    found = xp().sum(array, axis=axes, dtype=array.dtype)
    return found, tuple(label for label in labels if label in wanted)


def _contract(a: Term, b: Term, wanted: set[str]) -> Term:
    """Multiply two operands and sum over labels that nothing else wants: a matrix product, if any."""
    x, p = _summed(a, wanted | set(b[1]))
    y, q = _summed(b, wanted | set(p))
    summed = [label for label in p if label in q and label not in wanted]
    batch = [label for label in p if label in q and label in wanted]
    rows = [label for label in p if label not in q]
    columns = [label for label in q if label not in p]
    labels = (*batch, *rows, *columns)
    x = xp().permute_dims(x, tuple(p.index(label) for label in (*batch, *rows, *summed)))
    y = xp().permute_dims(y, tuple(q.index(label) for label in (*batch, *summed, *columns)))
    k, r = len(batch), len(rows)
    if not summed:
        x = xp().expand_dims(x, axis=tuple(range(k + r, len(labels)))) if columns else x
        y = xp().expand_dims(y, axis=tuple(range(k, k + r))) if rows else y
        return x * y, labels
    outer, wide = x.shape[k : k + r], y.shape[k + len(summed) :]
    inner, other = product(x.shape[k + r :]), product(y.shape[k : k + len(summed)])
    x = xp().reshape(x, (*x.shape[:k], product(outer), inner))
    y = xp().reshape(y, (*y.shape[:k], other, product(wide)))
    found = xp().matmul(x, y)
    return xp().reshape(found, (*found.shape[:k], *outer, *wide)), labels
