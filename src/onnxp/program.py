"""`Program`: a traced function, or a loaded model, that runs on numpy arrays and can be saved."""

from __future__ import annotations

import inspect
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, final

import numpy as np

from onnxp import runtime
from onnxp.array import Array, from_host
from onnxp.building import build_model, check_opset, make_argument
from onnxp.dims import Size, dim
from onnxp.dtypes import BY_ONNX
from onnxp.errors import (
    ArgumentTypeError,
    ModelFileError,
    NameCollisionError,
    SpecError,
)
from onnxp.feeding import Feeder
from onnxp.files import Blobs, attach, detach, fits_protobuf, read_model, save_model
from onnxp.graph import Site, Trace
from onnxp.signature import METADATA_KEY, Leaf, Signature, from_json
from onnxp.specs import Spec, agree, as_spec, is_spec
from onnxp.structure import check_keys, flatten, names_of, record_types, unflatten

if TYPE_CHECKING:
    import onnxruntime
    from onnx import ModelProto, ValueInfoProto


@final
class Program:
    """A function as a model. `trace` and `load` make programs.

    Calling one runs the model: it takes what the traced function took, with numpy arrays (or concrete
    onnxp arrays) in place of traced ones, and returns the same structure of numpy (or onnxp) arrays.
    Where a loaded model has a named tuple or a dataclass, one of the same name and fields stands in for it.

    Attributes
    ----------
    model : onnx.ModelProto
        The model.
    signature : Signature
        Names, dtypes and shapes of what goes in and comes out.
    """

    __slots__ = (
        "__weakref__",
        "_feeder",
        "_lock",
        "_outputs",
        "_session",
        "_sites",
        "_types",
        "model",
        "signature",
    )

    def __init__(
        self,
        model: ModelProto,
        signature: Signature,
        types: Mapping[str, type] | None = None,
        sites: Mapping[str, Site | None] | None = None,
    ) -> None:
        self.model = model
        self.signature = signature
        self._feeder = Feeder(signature)
        self._outputs = [name for leaf in signature.outputs for name in leaf.planes]
        self._types = dict(types or {})
        self._sites = dict(sites or {})  # where the user's code asked for each node, by its name
        self._session: onnxruntime.InferenceSession | None = None
        self._lock = threading.Lock()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run the model.

        Raises
        ------
        FeedError
            If the arrays are not what the inputs declare.
        EvaluationError
            If the runtime fails.
        """
        given = self._feeder.bind(args, kwargs)
        results = self.run(given)
        if any(isinstance(obj, Array) for obj in given):
            pairs = zip(self.signature.outputs, results, strict=True)
            results = [r if leaf.dtype is None else from_host(r) for leaf, r in pairs]
        return unflatten(self.signature.output_skeleton, iter(results), self._types)

    def run(self, given: Sequence[Any]) -> list[Any]:
        """Run the model on a flat list of arrays and return a flat list of numpy arrays."""
        feeds = self._feeder.feeds(given)
        session = self.session()
        try:
            results = session.run(self._outputs, feeds)
        except Exception as error:
            what = f"program {self.signature.name!r}"
            raise runtime.failure(what, feeds, error, self._sites.get) from None
        planes = iter(results)
        return [_merge(leaf, planes) for leaf in self.signature.outputs]

    def save(self, path: str | os.PathLike[str], *, external_data: bool = False) -> None:
        """Write the model to a file.

        Parameters
        ----------
        path : str or path
            Where to, usually ``*.onnx``.
        external_data : bool, optional
            Put large tensors into ``path + ".data"``. Above 2 GB that is done anyway.

        Raises
        ------
        SaveError
            If it can not be written. No half-written file is left.
        """
        save_model(self.model, path, external_data=external_data)

    def session(
        self, options: onnxruntime.SessionOptions | None = None
    ) -> onnxruntime.InferenceSession:
        """Return the runtime's own session for the model: the one that calls use, or one with `options`."""
        if options is not None:
            return self._new_session(options)
        if self._session is None:
            with self._lock:
                if self._session is None:
                    self._session = self._new_session(runtime.options())
        return self._session

    def _new_session(
        self, options: onnxruntime.SessionOptions, source: str | None = None
    ) -> onnxruntime.InferenceSession:
        """Return a new session; `source` is the file that it was read from, if any."""
        import tempfile

        try:
            if fits_protobuf(self.model):
                content = self.model.SerializeToString()
                return _start(content, options)
            if source is not None:
                return _start(source, options)
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                path = os.path.join(folder, "model.onnx")
                self.save(path)
                return _start(path, options)
        except OSError:
            raise
        except Exception as error:
            raise ModelFileError(
                f"onnxruntime does not take the model {self.signature.name!r}: {error}"
            ) from None

    def __repr__(self) -> str:
        inputs = ", ".join(f"{x.name}: {x.text}" for x in self.signature.inputs)
        outputs = ", ".join(f"{y.name}: {y.text}" for y in self.signature.outputs)
        return f"Program({self.signature.name}({inputs}) -> {outputs})"

    def __getstate__(self) -> tuple[bytes, Blobs, dict[str, type]]:
        light, blobs = (self.model, []) if fits_protobuf(self.model) else detach(self.model)
        return light.SerializeToString(deterministic=True), blobs, self._types

    def __setstate__(self, state: tuple[bytes, Blobs, dict[str, type]]) -> None:
        from onnx import ModelProto

        content, blobs, types = state
        model = ModelProto()
        model.ParseFromString(content)
        attach(model, blobs)
        self.__init__(model, _signature(model), types)


def _start(model: bytes | str, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    import onnxruntime

    # without the fallback, which prints that it tries the same provider again
    return onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"], enable_fallback=0
    )


def _merge(leaf: Leaf, planes: Iterator[Any]) -> Any:
    if leaf.dtype is None or leaf.dtype.kind != "complex":
        return next(planes)
    real, imag = next(planes), next(planes)
    merged = np.empty(real.shape, leaf.dtype.numpy)
    merged.real, merged.imag = real, imag
    return merged


def trace(
    function: Callable[..., Any],
    /,
    *specs: Any,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    drop_unused: bool = False,
    opset: int | None = None,
    **named_specs: Any,
) -> Program:
    """Run a function on traced arrays and return what it computes as a program.

    Parameters
    ----------
    function : callable
        Array-API code: it takes arrays, or structures of them, and returns such.
    *specs, **named_specs : Spec, str, or structures of them
        What its arguments are: ``xp.spec(("N", 2), xp.float32)`` or ``"float32[N, 2]"``.
    input_names, output_names : sequence of str, optional
        Names of the arrays that go in and come out, in order. By default they come from the names of
        the parameters and the keys of structures: ``X``, ``params_w``, ``output``, ``output_0``.
    drop_unused : bool, optional
        Leave out inputs that no output depends on. Of a structure that is used in part, the arrays in use
        become arguments of their own, called as the model's inputs are.
    opset : int, optional
        The newest opset that the model may need.

    Returns
    -------
    Program

    Raises
    ------
    SpecError
        If an argument is not described by a spec, or two specs declare different bounds for one size.
    NotAnArrayError
        If the function returns something that is not an array or a structure of arrays.
    NameCollisionError
        If two inputs or outputs would have the same name.
    MixedTracesError
        If the function uses an array that was left over from another trace.
    TracedValueError
        If the function needs the value of a traced array, as in ``if x > 0``.
    UnknownSizeError
        If it needs a size as a number, as in ``range(x.shape[0])``.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> program = xp.trace(lambda X: {"double": X * 2}, "float32[N, 2]")
    >>> program(np.ones((3, 2), np.float32))["double"].shape
    (3, 2)
    """
    check_opset(opset)
    bound, positional = _bind_specs(function, specs, named_specs)
    leaves, skeleton = flatten(bound, is_spec, "the spec", needed="a spec", error=SpecError)
    check_keys(skeleton, "the spec")
    names = _given_names(input_names, [path for path, _ in leaves], "", "inputs")
    described = _agreed([as_spec(leaf) for _, leaf in leaves])
    name = getattr(function, "__qualname__", type(function).__name__)
    session = Trace(name, opset)
    arguments = [make_argument(s, n, session) for s, n in zip(described, names, strict=True)]
    # fresh array objects: the function may assign to its own
    handed = unflatten(
        skeleton, (Array(a.dtype, a._planes) for a in arguments), record_types(bound)
    )
    by_position = [handed.pop(name) for name in positional]
    result = function(*by_position, **handed)
    results, result_skeleton = flatten(result, lambda obj: isinstance(obj, Array), "the result")
    check_keys(result_skeleton, "the result")
    arrays = [array for _, array in results]
    types = record_types(result)
    unflatten(result_skeleton, iter(arrays), types)  # it must not fail when the program is called
    paths = [path for path, _ in results]
    root = "" if paths and all(path and isinstance(path[0], str) for path in paths) else "output"
    result_names = _given_names(output_names, paths, root, "outputs")
    signature = Signature(
        name,
        tuple(Leaf(n, s.dtype, s.shape) for n, s in zip(names, described, strict=True)),
        skeleton,
        tuple(Leaf(n, a.dtype, a.shape) for n, a in zip(result_names, arrays, strict=True)),
        result_skeleton,
    )
    model, made_by = build_model(signature, arguments, arrays, drop_unused=drop_unused, opset=opset)
    sites = {label: node.site for label, node in made_by.items()}
    return Program(model, _signature(model), types, sites)


def _agreed(specs: list[Spec]) -> list[Spec]:
    shapes = agree([spec.shape for spec in specs])
    return [Spec(shape, spec.dtype) for shape, spec in zip(shapes, specs, strict=True)]


def _bind_specs(
    function: Callable[..., Any], specs: tuple[Any, ...], named: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the specs by argument name, and the names of those to pass by position."""
    if not callable(function):
        raise ArgumentTypeError(
            f"trace: a function is needed, not {function!r} of type {type(function).__name__}"
        )
    try:
        signature = inspect.signature(function)
        bound = signature.bind(*specs, **named)
    except ValueError:
        raise SpecError(
            f"the parameters of {function!r} can not be found out; trace lambda x: {function!r}(x), say"
        ) from None
    except TypeError as error:
        raise SpecError(f"the specs do not fit the function: {error}") from None
    arguments: dict[str, Any] = {}
    positional: list[str] = []
    gap = False  # after an argument that keeps its default, the rest goes by name
    for name, parameter in signature.parameters.items():
        if name not in bound.arguments:
            gap = True
            continue
        value = bound.arguments[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            several = {f"{name}_{i}": v for i, v in enumerate(value)}
            arguments.update(several)
            positional.extend(several)
        elif parameter.kind is parameter.VAR_KEYWORD:
            clash = sorted(arguments.keys() & value.keys())
            if clash:
                raise NameCollisionError(
                    f"two parameters of {function!r} would be called {clash[0]!r}"
                )
            arguments.update(value)
        else:
            arguments[name] = value
            if not gap and parameter.kind is not parameter.KEYWORD_ONLY:
                positional.append(name)
    return arguments, positional


def _given_names(
    given: Sequence[str] | None, paths: list[tuple[str | int, ...]], root: str, what: str
) -> list[str]:
    if given is None:
        return names_of(paths, root, what)
    if isinstance(given, str) or not all(isinstance(name, str) for name in given):
        raise ArgumentTypeError(
            f"trace: the names of {what} must be a list of strings, not {given!r}"
        )
    names = list(given)
    if len(names) != len(paths):
        raise NameCollisionError(f"{len(paths)} {what} need as many names, but {names} was given")
    if len(set(names)) != len(names):
        raise NameCollisionError(f"the names of {what} must differ, but {names} was given")
    return names


def load(path: str | os.PathLike[str]) -> Program:
    """Read a model from a file.

    Parameters
    ----------
    path : str or path
        A model that `Program.save` wrote, or any other ONNX model: then the inputs are called as in the
        file, and the result is a dict of the outputs.

    Returns
    -------
    Program

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    PermissionError
        If it must not be read.
    ModelFileError
        If it is not a whole ONNX model, or one that the runtime does not take, or that a newer onnxp wrote.
    """
    model = read_model(path)
    try:
        program = Program(model, _signature(model))
        _check_names(program)
        source = os.path.realpath(os.fsdecode(path))
        program._session = program._new_session(runtime.options(), source)
    except UnicodeDecodeError as error:
        raise ModelFileError(f"{path} is not an ONNX model: {error}") from None
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None
    return program


def _signature(model: ModelProto) -> Signature:
    for entry in model.metadata_props:
        if entry.key == METADATA_KEY:
            return from_json(entry.value)
    inputs = tuple(_foreign(info) for info in _required_inputs(model))
    outputs = tuple(_foreign(info) for info in model.graph.output)
    return Signature(
        _text(model.graph.name) or "model",
        inputs,
        _flat([leaf.name for leaf in inputs]),
        outputs,
        _flat([leaf.name for leaf in outputs]),
    )


def _required_inputs(model: ModelProto) -> list[ValueInfoProto]:
    """Return the inputs without those that have a default."""
    initialized = {tensor.name for tensor in model.graph.initializer}
    return [info for info in model.graph.input if info.name not in initialized]


def _check_names(program: Program) -> None:
    """Raise unless the signature fits the model; another tool may have changed one of them."""
    model, signature = program.model, program.signature
    for what, leaves, infos in (
        ("inputs", signature.inputs, _required_inputs(model)),
        ("outputs", signature.outputs, model.graph.output),
    ):
        names = [name for leaf in leaves for name in leaf.planes]
        found = [info.name for info in infos]
        if Counter(names) != Counter(found):
            raise ModelFileError(
                f"the model's metadata name the {what} {names}, but the model has {found}; "
                f"without the metadata entry {METADATA_KEY!r} it loads by the names that it has"
            )


def _text(found: str | bytes) -> str:
    """Return text from a model; protobuf gives bytes where it is not UTF-8."""
    if isinstance(found, bytes):
        raise ModelFileError(f"the name {found!r} in the model is not text")
    return found


def _flat(names: list[str]) -> dict[str, Any]:
    return {"kind": "dict", "name": "", "keys": names, "items": [None] * len(names)}


def _foreign(info: ValueInfoProto) -> Leaf:
    """Return what a model of unknown origin says of an input or output."""
    _text(info.name)
    if not info.type.HasField("tensor_type"):
        return Leaf(info.name, None, None)
    tensor = info.type.tensor_type
    dtype = BY_ONNX.get(tensor.elem_type)
    if dtype is None or dtype.kind == "complex":
        return Leaf(info.name, None, None)
    if not tensor.HasField("shape"):
        return Leaf(info.name, dtype, None)
    sizes: list[Size] = []
    for axis, size in enumerate(tensor.shape.dim):
        if size.HasField("dim_value") and size.dim_value >= 0:
            sizes.append(size.dim_value)
        else:  # a name is a hint that nobody checks, so it is no declaration
            name = _text(size.dim_param) or f"{info.name}_{axis}"
            sizes.append(dim(name, 0, origin=(info.name, axis)))
    return Leaf(info.name, dtype, tuple(sizes))
