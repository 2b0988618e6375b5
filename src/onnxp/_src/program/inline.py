"""Calls of programs with traced arrays, each of which records one node."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, final

from onnxp._src import ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import map_planes, new_array
from onnxp._src.dtypes import BY_ONNX, DType, bool_
from onnxp._src.graph.record import record_many
from onnxp._src.graph.values import LinkedModel, Value
from onnxp._src.model.linker import open_model, raised
from onnxp._src.model.shape_inference import Inferred, Sizes, infer, sized
from onnxp._src.ops.origins import apart
from onnxp._src.ops.scales import passed
from onnxp._src.ops.versions import BASE_OPSET
from onnxp._src.program import encoding as encodings
from onnxp._src.program.binding import InputBinder
from onnxp._src.program.signature import METADATA_KEY, Leaf, Signature
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim, Size, substitute
from onnxp._src.shapes.shape import Shape, same_shape
from onnxp.errors import FeedError, InlineError, ShapeError

if TYPE_CHECKING:
    from collections.abc import ItemsView, KeysView, ValuesView

    from onnx import ModelProto

    from onnxp._src.model.linker import Opened


@final
class Inliner:
    """Records calls of a program with traced arrays.

    Parameters
    ----------
    model : callable
        Returns the model of the program.
    signature : Signature
        The inputs and outputs of the program.
    binder : InputBinder
        Binds arguments to the inputs.
    """

    __slots__ = ("_binder", "_lock", "_model", "_opened", "_raised", "_signature")

    def __init__(
        self, model: Callable[[], ModelProto], signature: Signature, binder: InputBinder
    ) -> None:
        self._model = model
        self._signature = signature
        self._binder = binder
        self._opened: Opened | None = None
        self._raised: ModelProto | None = None
        self._lock = threading.Lock()

    def __call__(self, arguments: Sequence[Any]) -> tuple[list[Array | str], Array | None]:
        """Record a call.

        Returns
        -------
        outputs : list of Array or str
            The outputs. An output that cannot be an array is replaced by the reason.
        guard : Array or None
            The output of the program that tells whether its assumptions hold, if there is one.

        Raises
        ------
        FeedError
            If an array does not match its input.
        InlineError
            If the model cannot be inlined.
        """
        opened = self._open()
        for leaf in self._signature.inputs:
            if leaf.dtype is None:
                raise InlineError(
                    f"{self._signature.name}: traced code does not support the type of the input {leaf.name!r}"
                )
        arrays = self._binder.arrays(arguments)
        sizes, shapes = self._binder.unify(arrays)
        arrays = [
            map_planes(array, partial(ops.require_shape, shape=shape))
            for array, shape in zip(arrays, shapes, strict=True)
        ]
        planes = {
            name: value
            for leaf, array in zip(self._signature.inputs, arrays, strict=True)
            for name, value in zip(leaf.planes, _tensors(leaf, array), strict=True)
        }
        inputs = tuple(planes[name] for name in opened.linked.inputs)
        if any(entry.key == METADATA_KEY for entry in self._model().metadata_props):
            return self._call_own(opened, inputs, sizes)
        return self._call_foreign(opened, inputs), None

    def _open(self) -> Opened:
        if self._opened is None:
            with self._lock:
                if self._opened is None:
                    self._opened = open_model(self._model(), self._signature.name)
        return self._opened

    def _call_own(
        self, opened: Opened, inputs: tuple[Value, ...], sizes: dict[str, Size]
    ) -> tuple[list[Array | str], Array | None]:
        """Record a call of a program of onnxp, whose signature has the types of the outputs."""
        types: dict[str, tuple[DType, Shape]] = {}
        guard = self._signature.guard
        if guard:
            types[guard] = bool_, ()
        for leaf in self._signature.outputs:
            assert leaf.dtype is not None
            assert leaf.shape is not None
            for name, dtype in leaf.tensors:
                types[name] = dtype, leaf.shape
        linked = opened.linked
        values = dict(
            zip(
                linked.outputs,
                record_many(
                    linked,
                    (*_arguments(linked, inputs), *opened.weights),
                    [types[n] for n in linked.outputs],
                ),
                strict=True,
            )
        )
        leaves = [
            (leaf.dtype, tuple(values[name] for name in leaf.planes))
            for leaf in self._signature.outputs
        ]
        _settle_sizes([leaf.shape or () for leaf in self._signature.outputs], leaves, sizes)
        arrays: list[Array | str] = [
            new_array(d, encodings.decoded(tensors, d, leaf.encoding))
            for leaf, (d, tensors) in zip(self._signature.outputs, leaves, strict=True)
            if d is not None
        ]
        return arrays, new_array(bool_, (values[guard],)) if guard else None

    def _call_foreign(self, opened: Opened, inputs: tuple[Value, ...]) -> list[Array | str]:
        """Record a call of a foreign model; inferred types take precedence over declared ones."""
        linked = opened.linked
        inferred = dict(zip(linked.outputs, self._infer(opened, inputs), strict=True))
        reasons = dict(opened.missing)
        types: list[tuple[DType, Shape]] = []
        shapes: dict[str, Sizes] = {}
        for leaf in self._signature.outputs:
            if leaf.name in reasons:
                continue
            kind = inferred[leaf.name]
            dtype = leaf.dtype if kind.elem_type is None else BY_ONNX.get(kind.elem_type)
            shape = kind.shape if kind.shape is not None else _unknown(leaf.shape)
            if dtype is None or not dtype.is_own_plane:
                reasons[leaf.name] = "of a type that arrays have not"
            elif shape is None:
                reasons[leaf.name] = "of a rank that is not known before the model runs"
            else:
                shapes[leaf.name] = shape
                types.append((dtype, ()))
                continue
            types.append((BY_ONNX[1], ()))  # a placeholder for an output that is not used
        if not shapes:
            raise _missing(self._signature.name, reasons)
        values = record_many(linked, (*_arguments(linked, inputs), *opened.weights), types)
        results = dict(zip(linked.outputs, values, strict=True))
        arrays: list[Array | str] = []
        for leaf in self._signature.outputs:
            if leaf.name not in shapes:
                arrays.append(reasons[leaf.name])
                continue
            value = results[leaf.name]
            value.shape = sized(value, shapes[leaf.name])
            arrays.append(new_array(value.dtype, (_checked(value, shapes[leaf.name], leaf),)))
        return arrays

    def _infer(self, opened: Opened, inputs: tuple[Value, ...]) -> list[Inferred]:
        linked = opened.linked
        if self._raised is None:  # newer versions of operators infer more
            least = max(BASE_OPSET, linked.lows.get("", BASE_OPSET))
            self._raised = raised(linked, {**linked.lows, "": least})
        model = self._raised
        types: dict[str, tuple[int, Sizes | None]] = {
            name: (value.dtype.onnx, value.shape)
            for name, value in zip(linked.inputs, inputs, strict=True)
        }
        try:
            return infer(model, types, strict=True)
        except ShapeError:
            pass  # because of known sizes, or an error of the inference: the model may run
        unsized: dict[str, tuple[int, Sizes | None]] = {
            name: (elem_type, None) for name, (elem_type, _) in types.items()
        }
        fixed: dict[str, tuple[int, Sizes | None]] = {
            name: (elem_type, tuple(n if type(n) is int else None for n in shape or ()))
            for name, (elem_type, shape) in types.items()
        }
        reason = self._contradicts(model, fixed)
        if reason and not self._contradicts(model, unsized):
            shapes = ", ".join(
                f"{name}: {value.dtype}[{', '.join(map(str, value.shape))}]"
                for name, value in zip(linked.inputs, inputs, strict=True)
            )
            raise FeedError(f"{self._signature.name} does not take {shapes}: {reason}")
        return infer(model, types, strict=False)

    @staticmethod
    def _contradicts(model: ModelProto, types: Mapping[str, tuple[int, Sizes | None]]) -> str:
        try:
            infer(model, types, strict=True)
        except ShapeError as error:
            return str(error)
        return ""


@final
class Results(dict[str, Any]):
    """The outputs of a foreign model, by name.

    Accessing one that cannot be an array raises an error with the reason, and so does going through all of
    them, which would pass over it.
    """

    __slots__ = ("_missing", "_name")

    def __init__(self, name: str, outputs: Mapping[str, Array | str]) -> None:
        super().__init__({k: v for k, v in outputs.items() if isinstance(v, Array)})
        self._name = name
        self._missing = {k: v for k, v in outputs.items() if isinstance(v, str)}

    def __missing__(self, key: str) -> Any:
        if key not in self._missing:
            raise KeyError(key)
        raise _missing(self._name, {key: self._missing[key]})

    def _require_all(self) -> None:
        """Raise if there is an output that cannot be an array.

        Raises
        ------
        InlineError
            If there is one.
        """
        if self._missing:
            name = next(iter(super().keys()), "")
            error = _missing(self._name, self._missing)
            raise InlineError(f"{error}; take others by name, as in results[{name!r}]")

    def __iter__(self) -> Iterator[str]:
        self._require_all()
        return super().__iter__()

    def __len__(self) -> int:
        self._require_all()
        return super().__len__()

    def keys(self) -> KeysView[str]:  # type: ignore[override]  # dict's own class is not generic
        """Return the names."""
        self._require_all()
        return super().keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]  # as above
        """Return the arrays."""
        self._require_all()
        return super().values()

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]  # as above
        """Return the names and the arrays."""
        self._require_all()
        return super().items()


def _missing(name: str, reasons: Mapping[str, str]) -> InlineError:
    what = ", ".join(f"the output {label!r} is {reason}" for label, reason in reasons.items())
    return InlineError(f"{name}: {what}; it cannot be used in traced code")


def _unknown(shape: Shape | None) -> tuple[None, ...] | None:
    return None if shape is None else (None,) * len(shape)


def _arguments(linked: LinkedModel, inputs: Sequence[Value]) -> Iterator[Value]:
    """Yield what the node of a call reads, such that optimizers may write the model inline."""
    for i, x in enumerate(inputs):
        yield passed(linked, i, apart(x))


def _tensors(leaf: Leaf, array: Array) -> tuple[Value, ...]:
    assert leaf.dtype is not None
    return encodings.encoded(array._planes, leaf.dtype, leaf.encoding)


def _checked(value: Value, shape: Sizes, leaf: Leaf) -> Value:
    """Add sizes that are declared but not inferred; the model fails if one of them is wrong.

    The first size is not used, because converters write 1 for the number of rows (onnxmltools 1.16).
    """
    declared = leaf.shape
    if declared is None or len(declared) != len(shape):
        return value
    sizes = tuple(
        said if axis and inferred is None and type(said) is int else size
        for axis, (inferred, said, size) in enumerate(
            zip(shape, declared, value.shape, strict=True)
        )
    )
    return value if same_shape(sizes, value.shape) else ops.reshape(value, sizes)


def _settle_sizes(
    shapes: Sequence[Shape],
    leaves: Sequence[tuple[DType | None, tuple[Value, ...]]],
    sizes: dict[str, Size],
) -> None:
    """Set the shapes of outputs in sizes of the caller; sizes that depend on data are new symbols."""
    for shape, (_, planes) in zip(shapes, leaves, strict=True):
        for axis, size in enumerate(shape):
            symbol = size.symbol if isinstance(size, Dim) else None
            if symbol is not None and symbol.name not in sizes:
                sizes[symbol.name] = dims.dim(
                    symbol.name, symbol.low, symbol.high, origin=(planes[0], axis)
                )
    for shape, (_, planes) in zip(shapes, leaves, strict=True):
        materialized = tuple(
            _settled(size, planes[0], axis, sizes) for axis, size in enumerate(shape)
        )
        for plane in planes:
            plane.shape = materialized


def _settled(size: Size, value: Value, axis: int, sizes: Mapping[str, Size]) -> Size:
    if not isinstance(size, Dim):
        return size
    if all(symbol.name in sizes for symbol in size.symbols):
        return substitute(size, lambda symbol: sizes[symbol.name])
    low = dims.bounds(size)[0]
    return dims.dim(f"size_{axis}", max(low or 0, 0), origin=(value, axis))
