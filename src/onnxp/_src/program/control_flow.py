"""Branches and loops that depend on traced values: `cond`, `while_loop`, `fori_loop`, `scan`.

The functions that they take are traced once. They may use arrays from outside.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from weakref import ref

from onnxp._src import ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import ArrayBase, from_host, materialized, new_array, sized, written
from onnxp._src.array.operands import as_array, scalar_array
from onnxp._src.dtypes import FILL_ADVICE, DType, bool_, int64, string
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import Body, Value, formal
from onnxp._src.program.tree import TreeDef, flatten, record_types, unflatten
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import same
from onnxp._src.shapes.shape import Shape, shape_text
from onnxp.errors import ArgumentError, ArgumentTypeError, DTypeError, ShapeError


def cond(
    pred: Any, true_fun: Callable[..., Any], false_fun: Callable[..., Any], /, *operands: Any
) -> Any:
    """Return ``true_fun(*operands)`` if `pred` is true, and ``false_fun(*operands)`` otherwise.

    Only the selected branch computes the operations that depend on `operands`. Operations that only depend
    on other arrays are always computed.

    Parameters
    ----------
    pred : array or bool
        A bool of rank 0.
    true_fun, false_fun : callable
        Functions of `operands` that return the same structure of arrays, with the same dtypes and ranks.
    *operands : arrays, or structures of arrays
        The arguments of the functions.

    Returns
    -------
    structure of arrays

    Raises
    ------
    ArgumentError
        If a function writes into an array that is not among `operands`.
    ArgumentTypeError
        If the functions return different structures.
    DTypeError, ShapeError
        If the functions return different dtypes or ranks.

    Examples
    --------
    >>> import onnxp as xp
    >>> x = xp.asarray(-2.0)
    >>> float(xp.cond(x < 0, lambda x: -x, lambda x: x * 10, x))
    2.0
    """
    condition = _condition(pred, "cond")
    arrays, tree = _open(operands, "cond: an operand")
    inputs = _planes(arrays)
    branches: list[tuple[list[Array], _Tree, Body]] = []
    for function in (true_fun, false_fun):
        formals = [_formal(a.dtype, a.shape) for a in arrays]
        with _apart("cond", "whichever branch is taken"):
            results, shape_of_results = _opened(
                function(*_build(tree, _copies(formals))), "cond: what a branch returns"
            )
        branches.append((results, shape_of_results, close(_planes(formals), _planes(results))))
    (yes, structure, then), (no, other, otherwise) = branches
    _same_structure("cond", structure, other)
    types = [(a.dtype, _unify("cond", a, b)) for a, b in zip(yes, no, strict=True)]
    shapes = [_placed(shape) for dtype, shape in types for _ in dtype.planes]
    values = ops.if_(condition, inputs, then, otherwise, shapes)
    return _build(structure, _arrays(types, values))


def while_loop(
    cond_fun: Callable[[Any], Any], body_fun: Callable[[Any], Any], init_val: Any
) -> Any:
    """Apply `body_fun` to a value repeatedly while `cond_fun` of the value is true.

    Parameters
    ----------
    cond_fun : callable
        A function of the value that returns a bool of rank 0.
    body_fun : callable
        A function of the value that returns the next value, with the same structure, dtypes and ranks. Sizes
        that change in an iteration are new named sizes in the result.
    init_val : array, or structure of arrays
        The initial value.

    Returns
    -------
    structure of arrays
        The last value.

    Raises
    ------
    ArgumentError
        If a function writes into an array that is not its argument.
    ArgumentTypeError
        If `body_fun` returns another structure than that of its argument.
    DTypeError, ShapeError
        If `body_fun` returns other dtypes or ranks.

    Examples
    --------
    >>> import onnxp as xp
    >>> int(xp.while_loop(lambda x: x < 100, lambda x: x * 2, xp.asarray(3)))
    192
    """
    arrays, tree = _open(init_val, "while_loop: the value")
    going = _condition(cond_fun(_build(tree, _copies(arrays))), "while_loop")

    def step(state: list[Array], _: Value) -> tuple[Value, list[Array], list[Array]]:
        results, structure = _opened(
            body_fun(_build(tree, _copies(state))), "while_loop: what body_fun returns"
        )
        _same_structure("while_loop", tree, structure)
        go_on = cond_fun(_build(tree, _copies(results)))
        return _condition(go_on, "while_loop"), results, []

    state, _ = _loop("while_loop", None, arrays, step, going=going)
    return _build(tree, state)


def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """Apply ``body_fun(i, value)`` for i from `lower` to `upper`, exclusive.

    Parameters
    ----------
    lower, upper : int, Dim, or integer array of rank 0
        The bounds.
    body_fun : callable
        A function of an int64 of rank 0 and the value that returns the next value, with the same structure,
        dtypes and ranks.
    init_val : array, or structure of arrays
        The initial value.

    Returns
    -------
    structure of arrays
        The last value.

    Raises
    ------
    ArgumentError
        If a function writes into an array that is not its argument.
    ArgumentTypeError
        If `body_fun` returns another structure than that of its argument.
    DTypeError, ShapeError
        If `body_fun` returns other dtypes or ranks.

    Examples
    --------
    >>> import onnxp as xp
    >>> int(xp.fori_loop(0, 5, lambda i, total: total + i, xp.asarray(0)))
    10
    """
    first, last = (_integer(bound, "fori_loop") for bound in (lower, upper))
    arrays, tree = _open(init_val, "fori_loop: the value")

    def step(state: list[Array], trip: Value) -> tuple[Value, list[Array], list[Array]]:
        i = new_array(int64, (ops.add(trip, first),))
        results, structure = _opened(
            body_fun(i, _build(tree, _copies(state))), "fori_loop: what body_fun returns"
        )
        _same_structure("fori_loop", tree, structure)
        return ops.scalar(True, bool_), results, []

    state, _ = _loop("fori_loop", ops.sub(last, first), arrays, step)
    return _build(tree, state)


def scan(
    f: Callable[[Any, Any], Any],
    init: Any,
    xs: Any,
    length: Any = None,
    *,
    reverse: bool = False,
) -> tuple[Any, Any]:
    """Apply a function to the elements of `xs` in order, carrying a value, and stack its outputs.

    Parameters
    ----------
    f : callable
        A function of the carried value and an element of `xs` that returns the next carried value and an
        output.
    init : array, or structure of arrays
        The initial value.
    xs : array, structure of arrays, or None
        The arrays to iterate over, along the first axis. Their first sizes must be equal.
    length : int or Dim, optional
        The number of steps, if `xs` is None.
    reverse : bool, optional
        Iterate from the last element to the first. The order of the outputs is that of `xs`.

    Returns
    -------
    carry : structure of arrays
        The last carried value.
    ys : structure of arrays
        The outputs, with a new first axis.

    Raises
    ------
    ArgumentError
        If `f` writes into an array that is not its argument.
    ArgumentTypeError
        If `f` does not return a pair, or changes the structure of the carried value.
    ShapeError
        If the first sizes differ, or neither `xs` nor `length` is given.
    DTypeError
        If an output is stored as strings, also beside others, which no runtime supports here.

    Examples
    --------
    >>> import onnxp as xp
    >>> last, sums = xp.scan(lambda s, x: (s + x, s + x), xp.asarray(0), xp.asarray([1, 2, 3]))
    >>> int(last), [int(s) for s in sums]
    (6, [1, 3, 6])
    """
    arrays, tree = _open(init, "scan: init")
    along, xs_tree = ([], _NOTHING) if xs is None else _open(xs, "scan: xs")
    steps = _steps(along, length)
    count = ops.scalar_size(steps)
    outputs: list[_Tree] = []

    def step(state: list[Array], trip: Value) -> tuple[Value, list[Array], list[Array]]:
        at = ops.sub(ops.sub(count, ops.scalar(1, int64)), trip) if reverse else trip
        parts = [new_array(a.dtype, tuple(ops.gather(p, at, 0) for p in a._planes)) for a in along]
        x = None if xs is None else _build(xs_tree, parts)
        pair = f(_build(tree, _copies(state)), x)
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise ArgumentTypeError(f"scan: f must return a pair (carry, output), not {pair!r}")
        results, structure = _opened(pair[0], "scan: what f carries")
        _same_structure("scan", tree, structure)
        nothing: tuple[list[Array], _Tree] = ([], _NOTHING)
        ys, ys_tree = nothing if pair[1] is None else _opened(pair[1], "scan: the output of f")
        if any(plane.dtype is string for y in ys for plane in y.dtype.planes):
            # Loop writes over memory when it collects strings (onnxruntime 1.20.1 to 1.32.0).
            raise DTypeError(
                "scan: outputs cannot be strings, or have them in a plane; return integers, and use them as "
                "indices into strings"
            )
        outputs[:] = [ys_tree]
        return ops.scalar(True, bool_), results, ys

    state, stacked = _loop("scan", count, arrays, step, collected=steps)
    carry = _build(tree, state)
    if outputs[0] is _NOTHING:
        return carry, None
    if reverse:
        stacked = [y[::-1, ...] for y in stacked]
    return carry, _build(outputs[0], stacked)


# Structures and loops


class _Tree(NamedTuple):
    """A structure of arrays without its arrays."""

    treedef: TreeDef
    types: dict[str, type]


_NOTHING = _Tree({"kind": "nothing"}, {})
Unknown = tuple[dims.Size | None, ...]  # a shape with None for sizes that have no symbol yet


def _loop(
    function: str,
    trips: Value | None,
    arrays: list[Array],
    step: Callable[[list[Array], Value], tuple[Value, list[Array], list[Array]]],
    *,
    going: Value | None = None,
    collected: dims.Size | None = None,
) -> tuple[list[Array], list[Array]]:
    """Record a Loop; the body is recorded again until the sizes that change are known."""
    types: list[tuple[DType, Unknown]] = [(a.dtype, a.shape) for a in arrays]
    for _ in range(1 + sum(len(shape) for _, shape in types)):
        state = [_formal(dtype, shape) for dtype, shape in types]
        trip = formal("trip", int64, ())
        with _apart(function, "once, not in each trip"):
            go_on, results, collect = step(state, trip)
        for before, after in zip(state, results, strict=True):
            if before.dtype is not after.dtype:
                raise DTypeError(
                    f"{function}: the initial value is {before.dtype} and the next one {after.dtype}; "
                    "convert one of them with xp.astype"
                )
        merged = [_unify(function, a, b) for a, b in zip(state, results, strict=True)]
        changed = [
            (dtype, tuple(None if q is None else p for p, q in zip(shape, after, strict=True)))
            for (dtype, shape), after in zip(types, merged, strict=True)
        ]
        if changed == types:
            break
        types = changed
    body = close(
        (trip, formal("going", bool_, ()), *_planes(state)),
        (go_on, *_planes(results), *_planes(collect)),
    )
    types += [(a.dtype, (collected, *a.shape)) for a in collect]
    plane_types = [(p.dtype, _placed(shape)) for dtype, shape in types for p in dtype.planes]
    values = ops.loop_node(trips, going, _planes(arrays), body, plane_types)
    closed = _arrays(types, values)
    return closed[: len(arrays)], closed[len(arrays) :]


def _placed(shape: Unknown) -> Shape:
    """Return a shape with 0 for the sizes that `_sized` will replace."""
    return tuple(0 if size is None else size for size in shape)


def _formal(dtype: DType, shape: Unknown) -> Array:
    """Return a formal input."""
    planes = tuple(formal("state", plane.dtype, ()) for plane in dtype.planes)
    return _sized(dtype, planes, shape)


def _sized(dtype: DType, planes: tuple[Value, ...], shape: Unknown) -> Array:
    """Return an array of planes, with a new symbol for each size that is None."""
    sizes = tuple(
        dims.dim(f"size_{axis}", 0, origin=(planes[0], axis)) if size is None else size
        for axis, size in enumerate(shape)
    )
    for plane in planes:
        plane.shape = sizes
    return new_array(dtype, planes)


def _arrays(types: Sequence[tuple[DType, Unknown]], values: Sequence[Value]) -> list[Array]:
    rest = iter(values)
    return [
        materialized(_sized(dtype, tuple(next(rest) for _ in dtype.planes), shape))
        for dtype, shape in types
    ]


def _condition(obj: Any, function: str) -> Value:
    array = scalar_array(obj, bool_, function) if isinstance(obj, bool) else as_array(obj, function)
    if array.dtype is not bool_ or array.ndim != 0:
        raise ArgumentTypeError(
            f"{function}: the condition must be a bool of rank 0, not {array.dtype} of shape "
            f"{shape_text(array.shape)}" + (f"; {FILL_ADVICE}" if array.dtype.is_nullable else "")
        )
    return array._planes[0]


def _integer(obj: Any, function: str) -> Value:
    if isinstance(obj, int | dims.Dim):
        return ops.scalar_size(obj)
    array = as_array(obj, function)
    if array.dtype.family not in ("int", "uint") or array.ndim != 0:
        raise ArgumentTypeError(f"{function}: a bound must be an integer of rank 0, not {array!r}")
    return ops.cast(array._planes[0], int64)


def _open(obj: Any, what: str) -> tuple[list[Array], _Tree]:
    leaves, treedef = flatten(obj, _is_leaf, what)
    return [_leaf(leaf) for _, leaf in leaves], _Tree(treedef, record_types(obj))


def _opened(obj: Any, what: str) -> tuple[list[Array], _Tree]:
    """Flatten the result of a function, without keeping its array objects; see `_apart`."""
    arrays, tree = _open(obj, what)
    return _copies(arrays), tree


def _copies(arrays: Sequence[Array]) -> list[Array]:
    return [new_array(array.dtype, array._planes) for array in arrays]


@contextmanager
def _apart(function: str, when: str) -> Iterator[None]:
    """Raise an error if a recorded function writes into arrays from outside, which outlive it.

    Raises
    ------
    ArgumentError
        If it writes into such an array.
    """
    noted: list[ref[ArrayBase]] = []
    token, unsized = written.set(noted), sized.set(None)
    try:
        yield
    finally:
        written.reset(token)
        sized.reset(unsized)
    if any(array() is not None for array in noted):
        gc.collect()
    for array in noted:
        outer = array()
        if outer is not None:
            raise ArgumentError(
                f"{function}: a function that it calls writes into {outer.dtype}{shape_text(outer.shape)} from "
                f"outside, which would happen {when}. Pass the array as an argument and return it"
            )


def _build(tree: _Tree, arrays: Iterable[Array]) -> Any:
    return unflatten(tree.treedef, iter(arrays), tree.types)


def _is_leaf(obj: object) -> bool:
    return isinstance(obj, Array | bool | int | float | complex | str) or hasattr(obj, "dtype")


def _leaf(obj: Any) -> Array:
    import numpy as np

    if isinstance(obj, bool | int | float | complex | str):
        return from_host(np.asarray(obj, object if isinstance(obj, str) else None))
    return as_array(obj, "control flow")


def _planes(arrays: Sequence[Array]) -> tuple[Value, ...]:
    return tuple(plane for array in arrays for plane in array._planes)


def _same_structure(function: str, a: _Tree, b: _Tree) -> None:
    if a != b:
        raise ArgumentTypeError(
            f"{function}: the structures of arrays differ: {_outline(a.treedef)} and "
            f"{_outline(b.treedef)}"
        )


def _outline(treedef: TreeDef) -> str:
    if treedef is None:
        return "array"
    inner = ", ".join(
        f"{key}: {_outline(item)}"
        for key, item in zip(treedef["keys"], treedef["items"], strict=True)
    )
    return f"{treedef['name'] or treedef['kind']}({inner})"


def _unify(function: str, a: Array, b: Array) -> Unknown:
    """Return the common shape, with None for sizes that differ."""
    if a.dtype is not b.dtype:
        raise DTypeError(
            f"{function}: dtypes {a.dtype} and {b.dtype} differ; convert one of them with xp.astype"
        )
    if a.ndim != b.ndim:
        raise ShapeError(
            f"{function}: shapes {shape_text(a.shape)} and {shape_text(b.shape)} differ in rank"
        )
    return tuple(p if same(p, q) else None for p, q in zip(a.shape, b.shape, strict=True))


def _steps(along: list[Array], length: dims.Size | None) -> dims.Size:
    if not along:
        if length is None:
            raise ShapeError("scan: without xs, pass length, the number of steps")
        return length
    for array in along:
        if array.ndim == 0:
            raise ShapeError("scan: xs of rank 0 has no first axis")
        if dims.equal(array.shape[0], along[0].shape[0]) is False:
            raise ShapeError(
                f"scan: the first sizes of xs differ: {array.shape[0]} and {along[0].shape[0]}"
            )
    return along[0].shape[0]
