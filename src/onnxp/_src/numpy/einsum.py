"""`numpy.einsum`, by transpositions, sums and matrix products of two operands at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.operands import in_common, is_bool, required
from onnxp._src.numpy.results import stored
from onnxp._src.shapes.dims import Size, same
from onnxp._src.shapes.shape import broadcast, product, same_shape
from onnxp.errors import ArgumentError, ArgumentTypeError, DTypeError, ShapeError

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

Labels = tuple[str, ...]
Term = tuple[Any, Labels]


@implements(np.einsum)
def einsum(
    *operands: Any,
    out: object = None,
    dtype: object = None,
    order: str = "K",
    casting: Any = "safe",
    optimize: Any = False,
) -> Any:
    """Translate `numpy.einsum`; sizes may be symbolic."""
    text, arguments = _as_text(operands)
    arrays = in_common(*arguments)
    if dtype is not None:
        target = xp().zeros((), dtype=dtype).dtype
        if not all(np.can_cast(a.dtype.numpy, target.numpy, casting) for a in arrays):
            raise DTypeError(
                f"numpy.einsum: {arrays[0].dtype} is not cast to {target} with {casting=}"
            )
        arrays = [xp().astype(a, target, copy=False) for a in arrays]
    inputs, output = _parse(text, [array.ndim for array in arrays])
    of_truth = is_bool(arrays[0]) and not (len(arrays) == 1 and set(inputs[0]) == set(output))
    if of_truth:
        arrays = [xp().astype(a, xp().int64) for a in arrays]
    terms = [_diagonals(array, labels) for array, labels in zip(arrays, inputs, strict=True)]
    terms = _of_common_sizes(_without_ones(terms))
    while len(terms) > 1:
        first, second = terms[0], terms[_partner(terms)]
        rest = [term for term in terms if term is not first and term is not second]
        kept = {label for _, labels in rest for label in labels} | set(output)
        terms = [_contract(first, second, kept), *rest]
    array, labels = _summed(terms[0], set(output))
    array = xp().permute_dims(array, tuple(labels.index(x) for x in output if x in labels))
    missing = tuple(i for i, label in enumerate(output) if label not in labels)  # of size 1
    array = xp().expand_dims(array, axis=missing) if missing else array
    return stored(array != 0 if of_truth else array, out, "einsum", casting)


def _as_text(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Return the subscripts as text, and the operands; numpy also accepts lists of numbers as subscripts."""
    if not operands:
        raise ArgumentError("numpy.einsum: there are no operands")
    if isinstance(operands[0], str):
        return operands[0], list(operands[1:])
    terms = [_label_text(labels) for labels in operands[1::2]]
    arrays = list(operands[: len(terms) * 2 : 2])
    text = ",".join(terms)
    return (f"{text}->{_label_text(operands[-1])}" if len(operands) % 2 else text), arrays


def _label_text(labels: Sequence[Any]) -> str:
    if isinstance(labels, str) or not isinstance(labels, Sequence):
        raise ArgumentTypeError(
            f"numpy.einsum: labels are a list of numbers, not {labels!r} of type {type(labels).__name__}"
        )
    return "".join("..." if x is Ellipsis else LETTERS[x] for x in labels)


def _parse(text: str, ranks: list[int]) -> tuple[list[Labels], Labels]:
    """Return the labels of the axes of each operand and of the result; axes of an ellipsis have digits."""
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
            f"numpy.einsum: the labels of the result in {text!r} must occur once, and in an operand"
        )
    return inputs, tuple(output)


def _labels(part: str, text: str, rank: int) -> Labels:
    letters = part.replace("...", "")
    extra = rank - len(letters)
    if not all(x in LETTERS for x in letters) or part.count("...") > 1:
        raise ArgumentError(
            f"numpy.einsum: {part!r} in {text!r} must consist of letters and at most one ..."
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
    """Select diagonals, which are views, if an operand has a label twice."""
    for label in sorted(set(labels)):
        axes = [i for i, x in enumerate(labels) if x == label]
        if len(axes) < 2:
            continue
        sizes = [array.shape[i] for i in axes]
        if len({size for size in sizes if type(size) is int}) > 1:
            raise ShapeError(
                f"numpy.einsum: label {label!r} stands for axes of sizes {sizes}, which have no diagonal"
            )
        others = [i for i in range(len(labels)) if i not in axes]
        array = xp().permute_dims(array, (*axes, *others))
        index = xp().arange(array.shape[0])
        for size in sizes[1:]:
            if not same(size, sizes[0]):
                index = required(index, xp().asarray(size) == xp().asarray(sizes[0]))
        array = array._diagonal(index, len(axes))
        labels = (label, *(labels[i] for i in others))
    return array, labels


def _without_ones(terms: list[Term]) -> list[Term]:
    """Remove axes of size 1 that broadcast to other sizes of the same label."""
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


def _of_common_sizes(terms: list[Term]) -> list[Term]:
    """Broadcast operands to the sizes of their labels where a symbolic size may be 1 beside another."""
    sizes: dict[str, Size] = {}
    for array, labels in terms:
        for label, size in zip(labels, array.shape, strict=True):
            (sizes[label],) = broadcast((sizes.get(label, 1),), (size,), "numpy.einsum")
    results = []
    for array, labels in terms:
        shape = tuple(sizes[label] for label in labels)
        wide = array if same_shape(array.shape, shape) else xp().broadcast_to(array, shape)
        results.append((wide, labels))
    return results


def _partner(terms: list[Term]) -> int:
    """Return the index of the operand that shares the most labels with the first one."""
    first = set(terms[0][1])
    return max(range(1, len(terms)), key=lambda i: (len(first & set(terms[i][1])), -i))


def _summed(term: Term, kept: set[str]) -> Term:
    array, labels = term
    axes = tuple(i for i, label in enumerate(labels) if label not in kept)
    if not axes:
        return term
    result = xp().sum(array, axis=axes, dtype=array.dtype)
    return result, tuple(label for label in labels if label in kept)


def _contract(a: Term, b: Term, kept: set[str]) -> Term:
    """Multiply two operands and sum over labels that are not needed later, by a matrix product if possible."""
    x, p = _summed(a, kept | set(b[1]))
    y, q = _summed(b, kept | set(p))
    summed = [label for label in p if label in q and label not in kept]
    batch = [label for label in p if label in q and label in kept]
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
    result = xp().matmul(x, y)
    return xp().reshape(result, (*result.shape[:k], *outer, *wide)), labels
