"""The rules of arithmetic: elementwise operators, reductions, products, and the operators of ai.onnx.ml."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np

from onnxp._src.model.rowwise.facts import (
    CONSTANT,
    COUNT,
    COUNTED,
    ROWS,
    Call,
    Fact,
    Host,
    Mixed,
    Selection,
    Size,
    Sizes,
    State,
    broadcast,
    is_counted,
    rows,
)
from onnxp._src.ops.elementwise import ELEMENTWISE_OPERATORS

Rule = Callable[[Call], list[Fact]]

RANDOM = frozenset(
    "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike".split()
)
"""The operators whose results differ from run to run."""


# Elementwise


def elementwise(call: Call) -> list[Fact]:
    """Apply an operator to each element."""
    if call.op == "Identity":
        return same(call)
    if call.op == "Cast":
        return [cast(call)]
    shape = broadcast([fact.sizes for fact in call.facts])
    state = aligned(call.facts, len(shape))
    return [Fact(state, shape, _computed(call))] * call.outputs


def aligned(facts: list[Fact], rank: int) -> State:
    """Return the state of what is computed from elements at the same places of broadcast arrays."""
    kinds = {fact.state.kind for fact in facts}
    if kinds <= {"constant"}:
        return CONSTANT
    if kinds <= {"constant", "count"}:
        return COUNT
    if "count" in kinds:
        raise Mixed("{op} of rows and the number of {rows}")
    if any(fact.state.own for fact in facts):
        raise Mixed("{op} of the numbers of {rows}")
    moved = {
        fact.state._replace(axis=fact.state.axis + rank - fact.rank)
        for fact in facts
        if fact.state.kind != "constant"
    }
    forms = {(state.kind, state.axis, state.times, state.numbered) for state in moved}
    if len(forms) == 1 and next(iter(moved)).kind == "flat":
        moved = {renewed(next(iter(moved)))}
    if len(moved) > 1:
        raise Mixed("{op} of the rows with each other")
    (state,) = moved
    for fact in facts:
        axis = state.axis - rank + fact.rank
        if fact.state.kind == "constant" and axis >= 0 and fact.sizes[axis] != 1:
            raise Mixed("{op} of rows and a constant with as many rows")
    return state


_INDEX_TYPES = (6, 7)
"""int32 and int64, by ``TensorProto.DataType``: casts to them change no size and no number of a row."""


def cast(call: Call) -> Fact:
    """Return what is known of a value in another dtype."""
    fact = call.facts[0]
    if call.get("to", 0) not in _INDEX_TYPES:
        if fact.state.own:
            raise Mixed("{op} of the numbers of {rows}")
        fact = fact._replace(data=None)
    return fact._replace(state=renewed(fact.state))


def renewed(state: State) -> State:
    """Return the state of a vector of elements that may be true where others are, as a mask of its own."""
    space = state.space
    if state.kind != "flat" or not isinstance(space, Selection):
        return state
    return state._replace(space=Selection(space.sizes, space.source))


_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": lambda a, b: a * b,
    "Min": min,
    "Max": max,
}


def _computed(call: Call) -> Host | None:
    """Return the elements of the result, if those of all operands are known."""
    data = [fact.data for fact in call.facts if fact.data is not None]
    if len(data) < len(call.facts):
        return None
    step = _ARITHMETIC.get(call.op)
    if step is None:
        return None

    def apply(a: object, b: object) -> object:
        if is_counted(a) or is_counted(b):
            return COUNTED
        return step(a, b) if isinstance(a, int) and isinstance(b, int) else None

    each = np.frompyfunc(apply, 2, 1)
    return reduce(lambda a, b: np.array(each(a, b), object), data)


def same(call: Call) -> list[Fact]:
    """Return what is known of the first input."""
    return [call.facts[0]]


# Along axes


def _along(fact: Fact, axes: set[int]) -> State:
    """Return the state of what is computed along axes."""
    if fact.state.kind in ("stacked", "flat") or fact.axis in axes:
        raise Mixed("{op} over {rows}")
    return fact.state


def reduction(call: Call) -> list[Fact]:
    """Reduce along the axes of an input or an attribute."""
    fact = call.facts[0]
    rank = fact.rank
    axes = call.axes()
    if not axes and not call.get("noop_with_empty_axes", 0):
        axes = list(range(rank))
    return _reduced(call, fact, {axis % rank for axis in axes})


def extreme(call: Call) -> list[Fact]:
    """Search along the axis of an attribute."""
    fact = call.facts[0]
    return _reduced(call, fact, {call.get("axis", 0) % fact.rank})


def _reduced(call: Call, fact: Fact, axes: set[int]) -> list[Fact]:
    state = _along(fact, axes)
    return [without_axes(fact, state, axes, keepdims=bool(call.get("keepdims", 1)))]


def without_axes(fact: Fact, state: State, axes: set[int], *, keepdims: bool) -> Fact:
    """Return what is known of a value with axes of size 1, or none, in place of some."""
    if keepdims:
        return Fact(state, tuple(1 if i in axes else n for i, n in enumerate(fact.sizes)))
    state = state._replace(axis=state.axis - sum(axis < state.axis for axis in axes))
    return Fact(state, tuple(n for i, n in enumerate(fact.sizes) if i not in axes))


def along_axis(default: int) -> Rule:
    """Return the rule of operators that keep the shape and compute along the axis of an attribute."""

    def rule(call: Call) -> list[Fact]:
        fact = call.first()
        state = _along(fact, {call.get("axis", default) % fact.rank})
        return [Fact(state, fact.shape)]

    return rule


def cumulative(call: Call) -> list[Fact]:
    """Compute along the axis of the second input."""
    fact = call.first()
    (axis,) = call.facts[1].integers()
    return [Fact(_along(fact, {axis % fact.rank}), fact.shape)]


def top_k(call: Call) -> list[Fact]:
    """Select along an axis."""
    fact = call.first()
    axis = call.get("axis", -1) % fact.rank
    state = _along(fact, {axis})
    count = call.facts[1].data
    sizes = list(fact.sizes)
    sizes[axis] = None if count is None else count.flat[0]
    return [Fact(state, tuple(sizes))] * 2


def from_axis(call: Call) -> list[Fact]:
    """Normalize over an axis and all that follow."""
    fact = call.first()
    first = call.get("axis", -1) % fact.rank
    state = _along(fact, set(range(first, fact.rank)))
    reduced = tuple(1 if i >= first else n for i, n in enumerate(fact.sizes))
    return [Fact(state, fact.shape), *[Fact(state, reduced)] * (call.outputs - 1)]


def of_images(call: Call) -> list[Fact]:
    """Compute each image of a batch by itself."""
    fact = call.first()
    if fact.state.kind == "rows" and fact.axis != 0:
        raise Mixed("{op} over {rows}")
    channels: Size = fact.sizes[1]
    if call.op == "Conv":
        channels = call.facts[1].sizes[0]
    shape: Sizes = (fact.sizes[0], channels, *[None] * (fact.rank - 2))
    if call.op == "BatchNormalization":
        if call.get("training_mode", 0):
            raise Mixed("{op} over {rows}")
        shape = fact.sizes
    return [Fact(fact.state, shape)]


# Products


def mat_mul(call: Call) -> list[Fact]:
    """Multiply matrices, or batches of them."""
    a, b = call.facts
    _refuse_counts(call)
    rank = max(a.rank, b.rank, 2)  # before the axes of vectors are dropped
    axes = {_product_axis(a, a.rank - 1, rank), _product_axis(b, max(b.rank - 2, 0), rank)}
    shape = _product_shape(a.sizes, b.sizes)
    axes.discard(None)
    if not axes:
        return [Fact(CONSTANT, shape)]
    counts = {fact.state.space for fact in (a, b) if fact.axis is not None}
    (axis, *others), (count, *more) = axes, counts
    assert axis is not None
    is_batch = axis < rank - 2
    if others or more or (a.axis is not None and b.axis is not None and not is_batch):
        raise Mixed("{op} of rows with rows")
    for other in (a, b):
        place = axis - rank + other.rank
        if is_batch and other.axis is None and place >= 0 and other.sizes[place] != 1:
            raise Mixed("{op} of rows and a constant with as many rows")
    return [Fact(rows(axis - (a.rank == 1 and axis == rank - 1), count), shape)]


def _product_axis(fact: Fact, summed: int, rank: int) -> int | None:
    """Return the axis of the rows in the product of a factor, of which it sums over one axis."""
    if fact.axis is None:
        return None
    if fact.axis == summed:
        raise Mixed("{op} over {rows}")
    return fact.axis + rank - fact.rank


def _product_shape(a: Sizes, b: Sizes) -> Sizes:
    right = b[-1:] if len(b) > 1 else ()
    return (*broadcast([a[:-2], b[:-2]]), *a[-2:-1], *right)


def gemm(call: Call) -> list[Fact]:
    """Multiply two matrices and add a third."""
    a, b, *added = call.facts
    _refuse_counts(call)
    turned = [bool(call.get(name, 0)) for name in ("transA", "transB")]
    left, right = a.sizes[1 if turned[0] else 0], b.sizes[0 if turned[1] else 1]
    shape = (left, right)
    if a.axis is not None and b.axis is not None:
        raise Mixed("{op} of rows with rows")
    if a.axis is None and b.axis is None:
        state = CONSTANT
    elif a.axis is not None:
        if a.axis != int(turned[0]):
            raise Mixed("{op} over {rows}")
        state = rows(0, a.state.space)
    else:
        if b.axis != 1 - int(turned[1]):
            raise Mixed("{op} over {rows}")
        state = rows(1, b.state.space)
    return [Fact(aligned([Fact(state, shape), *added], 2), shape)]


def einsum(call: Call) -> list[Fact]:
    """Sum products by a formula."""
    _refuse_counts(call)
    text = call.get("equation", b"").decode().replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if "..." in text or not arrow:
        raise Mixed("{op} by a short formula")
    letters = {
        (t[f.axis], f.state.space)
        for t, f in zip(terms, call.facts, strict=True)
        if f.axis is not None
    }
    sizes = {
        letter: size
        for term, fact in zip(terms, call.facts, strict=True)
        for letter, size in zip(term, fact.sizes, strict=True)
    }
    shape = tuple(sizes[letter] for letter in right)
    if not letters:
        return [Fact(CONSTANT, shape)]
    if len(letters) > 1:
        raise Mixed("{op} of rows with rows")
    ((letter, count),) = letters
    constants = [t for t, f in zip(terms, call.facts, strict=True) if f.axis is None]
    if letter not in right or any(t.count(letter) != (t not in constants) for t in terms):
        raise Mixed("{op} over {rows}")
    return [Fact(rows(right.index(letter), count), shape)]


def _refuse_counts(call: Call) -> None:
    if any(fact.state.kind in ("count", "stacked", "flat") for fact in call.facts):
        raise Mixed("{op} of the number of {rows}")


# ai.onnx.ml


def _of_rows(*columns: str) -> Rule:
    """Return the rule of operators that take a matrix, with an output for each size of a row."""

    def rule(call: Call) -> list[Fact]:
        fact = call.first()
        if fact.rank != 2 or fact.axis == 1 or fact.state.kind not in ("rows", "constant"):
            raise Mixed("{op} over {rows}")
        count = fact.sizes[0]
        shapes: dict[str, Sizes] = {
            "": (count,),
            "?": (count, None),
            "1": (count, 1),
            "=": fact.sizes,
        }
        return [Fact(fact.state, shapes[column]) for column in columns][: call.outputs]

    return rule


def _one_hot_encoder(call: Call) -> list[Fact]:
    fact = call.first()
    return [Fact(fact.state, (*fact.sizes, None))]


def _array_feature_extractor(call: Call) -> list[Fact]:
    fact = call.first()
    if fact.rank < 2 or fact.axis == fact.rank - 1:
        raise Mixed("{op} along {rows}")
    return [Fact(fact.state, (*fact.sizes[:-1], None))]


def _feature_vectorizer(call: Call) -> list[Fact]:
    states = {fact.state for fact in call.facts}
    if states != {rows(0)} or any(fact.rank != 2 for fact in call.facts):
        raise Mixed("{op} over {rows}")
    return [Fact(rows(0), (ROWS, None))]


def _text_normalizer(call: Call) -> list[Fact]:
    if call.get("stopwords", None):
        raise Mixed("{op} drops words")
    return same(call)


ML_RULES: dict[str, Rule] = {
    **dict.fromkeys("Binarizer CategoryMapper LabelEncoder".split(), elementwise),
    **dict.fromkeys("Imputer Normalizer Scaler".split(), _of_rows("=")),
    **dict.fromkeys("LinearRegressor TreeEnsemble TreeEnsembleRegressor".split(), _of_rows("?")),
    **dict.fromkeys(
        "LinearClassifier SVMClassifier TreeEnsembleClassifier".split(), _of_rows("", "?")
    ),
    "ArrayFeatureExtractor": _array_feature_extractor,
    "FeatureVectorizer": _feature_vectorizer,
    "OneHotEncoder": _one_hot_encoder,
    "SVMRegressor": _of_rows("1"),
}

ARITHMETIC_RULES: dict[str, Rule] = {
    **dict.fromkeys(ELEMENTWISE_OPERATORS, elementwise),
    **dict.fromkeys(
        "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
        "ReduceSumSquare".split(),
        reduction,
    ),
    **dict.fromkeys("ArgMax ArgMin".split(), extreme),
    **dict.fromkeys("Hardmax LogSoftmax LpNormalization Softmax".split(), along_axis(-1)),
    **dict.fromkeys("CumProd CumSum".split(), cumulative),
    **dict.fromkeys("LayerNormalization RMSNormalization".split(), from_axis),
    **dict.fromkeys(
        "AveragePool BatchNormalization Conv GlobalAveragePool GlobalMaxPool MaxPool".split(),
        of_images,
    ),
    "Einsum": einsum,
    "Gemm": gemm,
    "MatMul": mat_mul,
    "MatMulInteger": mat_mul,
    "StringNormalizer": _text_normalizer,
    "TfIdfVectorizer": _of_rows("?"),
    "TopK": top_k,
}
