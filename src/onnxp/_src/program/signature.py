"""The inputs and outputs of a program, and their description in the metadata of a model.

The schema of the metadata has a version. `load` reads all versions up to the current one. Version 2 added
dtypes with parameters, such as ``datetime64[s]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from onnxp._src.dtypes import BY_ONNX, EXTENSIONS, DType, Plane, as_dtype
from onnxp._src.program import encoding as encodings
from onnxp._src.program.encoding import Encoding
from onnxp._src.program.spec import LONGEST_SIZE, parse_size
from onnxp._src.program.tree import TreeDef, count_leaves
from onnxp._src.shapes import dims
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dims import Dim, Size, dim
from onnxp._src.shapes.shape import Shape, size_names
from onnxp.errors import AssumptionError, ModelFileError, OnnxpError

if TYPE_CHECKING:
    from onnx import ModelProto, ValueInfoProto

SCHEMA_VERSION = 2
METADATA_KEY = "onnxp.schema"
FEATURE_NAMES = "feature_names"
"""The key of the names of the columns that a model takes, among the metadata of a program."""


class Leaf(NamedTuple):
    """An input or output of a program.

    Attributes
    ----------
    name : str
        The name. The inputs or outputs of the model are named ``name`` or ``name_plane``.
    dtype : DType or None
        The dtype; None for types of foreign models that arrays do not have, such as sequences.
    shape : tuple or None
        The shape; None if the rank is unknown.
    encoding : str, int, float or None
        Of a nullable dtype, what stands for null, if the array is one input or output of the model.
    """

    name: str
    dtype: DType | None
    shape: Shape | None
    encoding: Encoding = None

    @property
    def planes(self) -> tuple[str, ...]:
        """The names of the inputs or outputs of the model."""
        return (self.name,) if self.dtype is None else tuple(t.name for t in self.tensors)

    @property
    def tensors(self) -> tuple[Plane, ...]:
        """The names and dtypes of the inputs or outputs of the model; none for types unknown to arrays."""
        if self.dtype is None:
            return ()
        return encodings.tensors(self.name, self.dtype, self.encoding)

    @property
    def is_matrix(self) -> bool:
        """Whether the array has rows and several columns, or any number of columns."""
        return self.shape is not None and len(self.shape) == 2 and not self.is_column

    @property
    def is_column(self) -> bool:
        """Whether the array has the shape of a column, (N,) or (N, 1)."""
        shape = self.shape
        return shape is not None and (
            len(shape) == 1 or (len(shape) == 2 and dims.same(shape[1], 1))
        )

    @property
    def text(self) -> str:
        """The type for messages, such as ``float32[N, 2]``."""
        if self.dtype is None:
            return "not a tensor"
        sizes = "..." if self.shape is None else ", ".join(map(str, self.shape))
        return f"{self.dtype}[{sizes}]{encodings.text(self.dtype, self.encoding)}"


class Assumption(NamedTuple):
    """A condition that an example answered, and that must hold for the model to be right.

    Attributes
    ----------
    text : str
        The expression, such as ``"any(X < 0)"``.
    expected : bool
        Its value for the example.
    place : str
        The file and the line that needed the value, such as ``"sklearn/utils/validation.py:134"``.
    function : str
        The name of the function that contains the line.
    fixes_size : bool
        Whether the condition fixes a size to one number.
    """

    text: str
    expected: bool
    place: str
    function: str
    fixes_size: bool

    def __repr__(self) -> str:
        fixes = " (fixes the size)" if self.fixes_size else ""
        return f"{self.text} is {self.expected}{fixes}   {self.place}"


def violation(name: str, failed: Sequence[Assumption], *, certain: bool) -> AssumptionError:
    """Return the error for data that violate assumptions of a program; all of them if that is certain."""
    which = "these assumptions do" if certain else "one of these assumptions does"
    which = which if len(failed) > 1 else "an assumption does"
    return AssumptionError(
        f"{which} not hold for these data: {'; '.join(map(repr, failed))}. Trace {name} with an example closer "
        "to them, or write the branch with xp.where"
    )


class Signature(NamedTuple):
    """The inputs and outputs of a program.

    The treedef of the inputs is a dict of the parameters. `guard` is the name of the output that tells whether
    the assumptions hold, or empty. `metadata` are values that JSON can store, such as the names of columns, and
    `versions` those of the packages that made the model.
    """

    name: str
    inputs: tuple[Leaf, ...]
    input_treedef: TreeDef
    outputs: tuple[Leaf, ...]
    output_treedef: TreeDef
    assumptions: tuple[Assumption, ...] = ()
    guard: str = ""
    metadata: Mapping[str, Any] = {}
    versions: Mapping[str, str] = {}

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs of the model."""
        names = [name for leaf in self.outputs for name in leaf.planes]
        return [*names, self.guard] if self.guard else names


def no_structure(names: Iterable[str]) -> TreeDef:
    """Return the treedef of a dict of arrays."""
    keys = list(names)
    return {"kind": "dict", "name": "", "keys": keys, "items": [None] * len(keys)}


def declare_sizes(signature: Signature, names: Mapping[Symbol, str]) -> Signature:
    """Return a signature whose symbols are declared under their names, as `from_json` declares them."""
    declared = {symbol: dim(name, symbol.low, symbol.high) for symbol, name in names.items()}

    def leaf(x: Leaf) -> Leaf:
        assert x.shape is not None
        return x._replace(shape=tuple(dims.substitute(s, declared.__getitem__) for s in x.shape))

    return signature._replace(
        inputs=tuple(map(leaf, signature.inputs)), outputs=tuple(map(leaf, signature.outputs))
    )


def shorten_sizes(
    signature: Signature, names: dict[Symbol, str]
) -> tuple[Signature, dict[Symbol, str]]:
    """Return a signature whose sizes `from_json` can read, and the names of its symbols.

    An expression that is too long as text becomes a symbol of its own.
    """
    symbols: dict[Dim, Dim] = {}

    def size(x: Size) -> Size:
        if not isinstance(x, Dim) or x.symbol is not None:
            return x
        if len(dims.text(x, names.__getitem__)) <= LONGEST_SIZE:
            return x
        low, high = dims.bounds(x)
        return symbols.setdefault(x, dim("size", max(low or 0, 0), high, origin=signature.name))

    def leaf(x: Leaf) -> Leaf:
        assert x.shape is not None
        return x._replace(shape=tuple(map(size, x.shape)))

    shortened = signature._replace(
        inputs=tuple(map(leaf, signature.inputs)), outputs=tuple(map(leaf, signature.outputs))
    )
    return shortened, size_names([tuple(symbols.values())], names) if symbols else names


def to_json(signature: Signature, names: Mapping[Symbol, str], producer: str) -> str:
    """Return a signature as text for the model's metadata, with the names of its symbols."""

    def size(x: Size) -> int | str:
        return x if type(x) is int else dims.text(x, names.__getitem__)

    def leaf(x: Leaf) -> dict[str, Any]:
        assert x.dtype is not None
        assert x.shape is not None
        content: dict[str, Any] = {
            "name": x.name,
            "dtype": x.dtype.name,
            "shape": [size(s) for s in x.shape],
            "planes": list(x.planes),
        }
        if x.encoding is not None:
            content["encoding"] = x.encoding
        if x.dtype.fields:
            content["parts"] = {name: kind.name for name, kind in x.dtype.fields.items()}
        return content

    content = {
        "version": SCHEMA_VERSION,
        "producer": producer,
        "name": signature.name,
        "symbols": {name: list(symbol.bounds) for symbol, name in names.items()},
        "inputs": [leaf(x) for x in signature.inputs],
        "input_structure": signature.input_treedef,
        "outputs": [leaf(x) for x in signature.outputs],
        "output_structure": signature.output_treedef,
    }
    if signature.assumptions or signature.guard:
        content["assumptions"] = [a._asdict() for a in signature.assumptions]
        content["assumptions_output"] = signature.guard
    if signature.metadata:
        content["metadata"] = dict(signature.metadata)
    if signature.versions:
        content["versions"] = dict(signature.versions)
    import json

    return json.dumps(content, separators=(",", ":"))


def from_json(text: str) -> Signature:
    """Parse a signature from the metadata of a model.

    Raises
    ------
    ModelFileError
        If a newer version of onnxp wrote it, or it is invalid.
    """
    import json

    try:
        content = json.loads(text)
        version = content["version"]
        if type(version) is not int or version < 1:
            raise ModelFileError(f"the model's metadata have no version, but {version!r}")
        if version > SCHEMA_VERSION:
            raise ModelFileError(
                f"the model's metadata have version {version}, written by {content.get('producer')}; this "
                f"onnxp reads up to version {SCHEMA_VERSION}. Upgrade it, or run the model in onnxruntime"
            )
        symbols = {name: _symbol(name, bounds) for name, bounds in content["symbols"].items()}
        inputs, input_structure = _leaves(content, "input", symbols)
        outputs, output_structure = _leaves(content, "output", symbols)
        signature = Signature(
            content["name"],
            inputs,
            input_structure,
            outputs,
            output_structure,
            tuple(Assumption(**fields) for fields in content.get("assumptions", ())),
            content.get("assumptions_output", ""),
            content.get("metadata", {}),
            content.get("versions", {}),
        )
        _check(signature)
    except ModelFileError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, OnnxpError, RecursionError) as error:
        raise ModelFileError(f"the model's metadata cannot be read: {error!r}") from None
    return signature


def _symbol(name: str, bounds: Any) -> Dim:
    low, high = bounds
    if type(low) is not int or low < 0 or (high is not None and type(high) is not int):
        raise ModelFileError(f"the model's metadata give the size {name!r} the bounds {bounds}")
    return dims.dim(name, low, high)


def _leaves(
    content: Mapping[str, Any], what: str, symbols: Mapping[str, Dim]
) -> tuple[tuple[Leaf, ...], TreeDef]:
    """Return the inputs or outputs, and their structure; those of unknown dtypes are dicts of their parts."""
    treedef = content[f"{what}_structure"]
    known: list[Leaf] = []
    parts: list[TreeDef] = []
    for x in content[f"{what}s"]:
        names = x.get("parts")
        if names is None or _is_registered(x["dtype"], names):
            known.append(_leaf(x, symbols))
            parts.append(None)
            continue
        single = len(names) == 1
        for name, dtype in names.items():
            label = x["name"] if single else f"{x['name']}_{name}"
            known.append(_leaf({**x, "name": label, "dtype": dtype, "planes": None}, symbols))
        parts.append(no_structure(names))
    if any(part is not None for part in parts):
        treedef = _with_parts(treedef, iter(parts))
    return tuple(known), treedef


def _is_registered(name: str, parts: Mapping[str, str]) -> bool:
    """Return whether there is a class of a user with the name and the parts that a file says it has."""
    if name.removesuffix("?") not in EXTENSIONS:
        return False
    return {n: kind.name for n, kind in as_dtype(name).fields.items()} == parts


def _with_parts(treedef: TreeDef, parts: Iterator[TreeDef]) -> TreeDef:
    if treedef is None:
        return next(parts)
    return {**treedef, "items": [_with_parts(item, parts) for item in treedef["items"]]}


def _leaf(content: Mapping[str, Any], symbols: Mapping[str, Dim]) -> Leaf:
    shape = tuple(
        size if type(size) is int else parse_size(size, symbols) for size in content["shape"]
    )
    if type(content["name"]) is not str:
        raise ModelFileError(f"the model's metadata have {content['name']!r} as a name")
    dtype = as_dtype(content["dtype"])
    encoding = content.get("encoding")
    encodings.check(encoding, dtype)
    leaf = Leaf(content["name"], dtype, shape, encoding)
    if (
        dtype.name != content["dtype"]
        or content["planes"] not in (None, list(leaf.planes))
        or any(type(s) is int and s < 0 for s in shape)
    ):
        raise ModelFileError(f"the model's metadata contradict themselves: {content}")
    return leaf


def _check(signature: Signature) -> None:
    """Raise an error unless the treedefs are valid and have as many leaves as there are arrays."""
    parts = (
        (signature.inputs, signature.input_treedef),
        (signature.outputs, signature.output_treedef),
    )
    counted = all(count_leaves(treedef) == len(leaves) for leaves, treedef in parts)
    parameters = signature.input_treedef
    named = isinstance(parameters, dict) and parameters["kind"] == "dict"
    if not (
        counted
        and named
        and all(isinstance(key, str) for key in parameters["keys"])
        and all(isinstance(text, str) for text in (signature.name, signature.guard))
        and all(map(_is_assumption, signature.assumptions))
        and _is_metadata(signature.metadata)
    ):
        raise ModelFileError("the model's metadata contradict themselves")


def _is_assumption(assumption: Assumption) -> bool:
    text, expected, place, function, fixes_size = assumption
    texts, answers = (text, place, function), (expected, fixes_size)
    return all(type(x) is str for x in texts) and all(type(x) is bool for x in answers)


def _is_metadata(metadata: Any) -> bool:
    if not isinstance(metadata, dict) or not all(type(key) is str for key in metadata):
        return False
    names = metadata.get(FEATURE_NAMES, [])
    return isinstance(names, list) and all(type(name) is str for name in names)


# From models


def signature_of(model: ModelProto) -> Signature:
    """Return the signature in the metadata of a model, or that of the model itself if another tool wrote it."""
    for entry in model.metadata_props:
        if entry.key == METADATA_KEY:
            return from_json(entry.value)
    inputs = tuple(_foreign(info) for info in required_inputs(model))
    outputs = tuple(_foreign(info) for info in model.graph.output)
    return Signature(
        _text(model.graph.name) or "model",
        inputs,
        no_structure(leaf.name for leaf in inputs),
        outputs,
        no_structure(leaf.name for leaf in outputs),
        metadata={entry.key: entry.value for entry in model.metadata_props},
    )


def required_inputs(model: ModelProto) -> list[ValueInfoProto]:
    """Return the inputs that have no default value."""
    initialized = {tensor.name for tensor in model.graph.initializer}
    return [info for info in model.graph.input if info.name not in initialized]


def _text(name: str | bytes) -> str:
    """Return text from a model; protobuf gives bytes where it is not UTF-8."""
    if isinstance(name, bytes):
        raise ModelFileError(f"the name {name!r} in the model is not text")
    return name


def _foreign(info: ValueInfoProto) -> Leaf:
    """Return an input or output of a model of unknown origin."""
    _text(info.name)
    if not info.type.HasField("tensor_type"):
        return Leaf(info.name, None, None)
    tensor = info.type.tensor_type
    dtype = BY_ONNX.get(tensor.elem_type)
    if dtype is None or dtype.family == "complex":
        return Leaf(info.name, None, None)
    if not tensor.HasField("shape"):
        return Leaf(info.name, dtype, None)
    sizes: list[Size] = []
    for axis, size in enumerate(tensor.shape.dim):
        if size.HasField("dim_value") and size.dim_value >= 0:
            sizes.append(size.dim_value)
        else:  # runtimes do not check names, so equal names are not a declaration
            name = _text(size.dim_param) or f"{info.name}_{axis}"
            sizes.append(dim(name, 0, origin=(info.name, axis)))
    return Leaf(info.name, dtype, tuple(sizes))
