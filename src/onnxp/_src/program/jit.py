"""`jit`: compile a function, once for each combination of dtypes and ranks."""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any, final, overload

import numpy as np

from onnxp._src.api.creation import asarray
from onnxp._src.array.array import Array
from onnxp._src.array.base import array_of, from_host, widened
from onnxp._src.array.column_types import is_column
from onnxp._src.dtypes import DType, of_host
from onnxp._src.graph.name_scopes import automatic
from onnxp._src.ops.versions import installed_opset
from onnxp._src.program.estimators import hint
from onnxp._src.program.program import Program
from onnxp._src.program.spec import Spec
from onnxp._src.program.tables import is_frame
from onnxp._src.program.trace import trace
from onnxp._src.program.tree import TreeDef, flatten, is_structure, record_types, unflatten
from onnxp._src.runtime.providers import ON_CPU, Provider, Providers, as_providers
from onnxp._src.shapes import dims
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentTypeError, ReadOnlyError, ShapeError, UnknownSizeError

if TYPE_CHECKING:
    from onnxp._src.numpy.translation import Modules

MAX_PROGRAMS = 256


@overload
def jit(
    function: Callable[..., Any],
    /,
    *,
    opset: int | None = None,
    translate_numpy: Modules = True,
    providers: Sequence[Provider] | None = None,
    fallback: bool = False,
) -> Jitted: ...
@overload
def jit(
    *,
    opset: int | None = None,
    translate_numpy: Modules = True,
    providers: Sequence[Provider] | None = None,
    fallback: bool = False,
) -> Callable[[Callable[..., Any]], Jitted]: ...


def jit(
    function: Callable[..., Any] | None = None,
    /,
    *,
    opset: int | None = None,
    translate_numpy: Modules = True,
    providers: Sequence[Provider] | None = None,
    fallback: bool = False,
) -> Any:
    """Compile a function into models, one for each combination of dtypes and ranks.

    Parameters
    ----------
    function : callable
        A function of arrays, or structures of arrays, that returns an array or a structure of arrays. Other
        arguments (numbers, strings, None, objects) are constants. The function is traced again for each of
        their values, so they must be hashable. Assigning to an attribute of an object triggers a new trace.
        Writing into its numpy arrays or into global variables does not.
    opset : int, optional
        The highest opset that the models may use.
    translate_numpy : bool, or sequence of modules or their names, optional
        Whether numpy's functions accept traced arrays and sizes in the modules of the function; see `trace`.
    providers, fallback : optional
        The execution providers to run on, as in `Program.to`. The default is the CPU.

    Returns
    -------
    Jitted
        The compiled function. It accepts numpy arrays or onnxp arrays and returns arrays of the same library;
        of columns of pandas, Polars and Arrow, it returns numpy arrays.
        Called with traced arrays, it calls `function`. Sizes are symbolic, unless the function needs them as
        numbers; it is then traced for each combination of sizes.

    Raises
    ------
    ArgumentTypeError
        By a call, if an argument is neither an array nor hashable. If `providers` is not a list of providers.
    ProviderError
        By a call, if an execution provider is not installed or cannot start, and `fallback` is false.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> @xp.jit
    ... def score(x):
    ...     return 1 / (1 + xp.exp(-x))
    >>> score(np.zeros(2))
    array([0.5, 0.5])
    """
    chosen = as_providers("jit", providers, fallback)
    new = functools.partial(Jitted, opset=opset, translate_numpy=translate_numpy, providers=chosen)
    return new if function is None else new(function)


@final
class Jitted:
    """A function that `jit` returns, with a cache of programs."""

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        opset: int | None = None,
        translate_numpy: Modules = True,
        providers: Providers = ON_CPU,
    ) -> None:
        if not callable(function):
            raise ArgumentTypeError(
                f"jit: a function is needed, not {function!r} of type {type(function).__name__}"
                f"{hint(function)}"
            )
        self.function = function
        self.opset = opset
        self.translate_numpy = (
            translate_numpy if isinstance(translate_numpy, bool) else tuple(translate_numpy)
        )
        self.providers = providers
        self._programs: OrderedDict[Any, _Traced] = OrderedDict()
        self._direct: dict[Any, _Traced] = {}  # for numpy arrays only, by their dtypes and ranks
        self._static: set[Any] = set()  # calls that are traced for each combination of sizes
        self._events: dict[Any, threading.Event] = {}  # of the traces that are under way
        self._lock = threading.Lock()
        functools.update_wrapper(self, function)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"jit({getattr(self, '__qualname__', self.function)})"

    def __reduce__(self) -> Any:
        """Pickle the function, or its name if it is decorated; programs are made anew."""
        target: Any = sys.modules.get(getattr(self, "__module__", ""))
        for name in getattr(self, "__qualname__", "").split("."):
            target = getattr(target, name, None)
        if target is self:
            return self.__qualname__
        options = {
            "opset": self.opset,
            "translate_numpy": self.translate_numpy,
            "providers": self.providers.as_given,
            "fallback": self.providers.fallback,
        }
        return functools.partial(jit, **options), (self.function,)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the function as a model."""
        if not kwargs:
            traced = self._direct.get(_direct_key(args))
            if traced is not None and traced.program is not None:
                direct = traced.program.run_directly(args)
                if direct is not None:
                    if traced.treedef is None:
                        return direct[0]
                    return unflatten(traced.treedef, iter(direct), traced.types)
        pairs, treedef = flatten([list(args), kwargs], lambda obj: not is_structure(obj), "jit")
        leaves = [leaf for _, leaf in pairs]
        to_numpy = any(isinstance(leaf, np.ndarray | np.generic) for leaf in leaves)
        for i, leaf in enumerate(leaves):
            if not _is_array(leaf) and is_column(leaf):
                leaves[i], to_numpy = asarray(leaf), True
        if any(map(_is_traced, leaves)):
            with automatic(getattr(self.function, "__name__", type(self.function).__name__)):
                return self.function(*args, **kwargs)
        arrays = [_host(leaf) for leaf in leaves if _is_array(leaf)]
        key = (repr(treedef), tuple(_key(leaf) for leaf in leaves))
        traced = self._find(key, leaves, treedef, arrays, record_types([args, kwargs]))
        if traced.written and _overlap(leaves):  # what is written to one argument shows in another
            return self.function(*args, **kwargs)
        if not kwargs and traced.symbolic and traced.returns_arrays and not traced.written:
            self._direct[_direct_key(args)] = traced
        results = iter([] if traced.program is None else traced.program.run(arrays))
        inputs = [leaf for leaf in leaves if _is_array(leaf)]
        for i in traced.written:
            if isinstance(inputs[i], Array):  # the caller's numpy arrays are left alone
                inputs[i][...] = array_of(inputs[i].dtype, next(results))
            else:
                next(results)
        merged = (
            leaf.taken(next(results), to_numpy) if isinstance(leaf, _Result) else leaf
            for leaf in traced.leaves
        )
        return unflatten(traced.treedef, merged, traced.types)

    def _find(
        self,
        key: Any,
        leaves: list[Any],
        treedef: TreeDef,
        arrays: list[np.ndarray[Any, Any]],
        types: Mapping[str, type],
    ) -> _Traced:
        sizes = tuple(array.shape for array in arrays)
        full = (key, sizes) if key in self._static else (key, None)
        cached = self._programs.get(full)
        if cached is not None:
            return cached
        with self._traced_once(full):
            if full in self._programs:  # another thread has traced it in the meantime
                return self._programs[full]
            try:
                traced = _Traced(self, leaves, treedef, types, symbolic=full[1] is None)
            except (UnknownSizeError, ReadOnlyError, ShapeError):  # with sizes it may be decided
                if full[1] is not None:
                    raise
                self._static.add(key)
            else:
                with self._lock:
                    while len(self._programs) >= MAX_PROGRAMS:
                        self._programs.popitem(last=False)
                        self._direct.clear()
                    return self._programs.setdefault(full, traced)
        return self._find(key, leaves, treedef, arrays, types)

    @contextlib.contextmanager
    def _traced_once(self, key: Any) -> Iterator[None]:
        """Wait until no other thread traces for the same key.

        But a thread that traces waits for none: two that trace functions which call each other would never end.
        So a function may be traced twice, and user code runs while no lock is held.
        """
        own = threading.Event()
        while True:
            with self._lock:
                other = self._events.setdefault(key, own)
            if other is own or _tracing.depth:
                break
            other.wait()
        _tracing.depth += 1
        try:
            yield
        finally:
            _tracing.depth -= 1
            if other is own:
                with self._lock:
                    del self._events[key]
                own.set()


class _Tracing(threading.local):
    """How many traces of jitted functions the current thread is in."""

    depth = 0


_tracing = _Tracing()


class _Result:
    """The place of a result of the model in the result of the function: an array, or a size."""

    def __init__(self, leaf: object) -> None:
        self.number = int if isinstance(leaf, Dim) else float if isinstance(leaf, DimReal) else None
        self.dtype = leaf.dtype if isinstance(leaf, Array) else None

    def taken(self, result: np.ndarray[Any, Any], to_numpy: bool) -> Any:
        """Convert a result of the model to the type that the caller expects."""
        if self.number is not None:
            return self.number(result)
        if self.dtype is not None and self.dtype.is_unknown_to_numpy:
            return result if to_numpy else array_of(self.dtype, result)
        if to_numpy or isinstance(result, np.ma.MaskedArray):
            return result if to_numpy else from_host(result)
        return from_host(np.ascontiguousarray(result).reshape(result.shape))


class _Traced:
    """A program, and the structure that combines its results and constants to the result of the function."""

    def __init__(
        self,
        jitted: Jitted,
        leaves: list[Any],
        treedef: TreeDef,
        types: Mapping[str, type],
        *,
        symbolic: bool,
    ) -> None:
        self.leaves: list[Any] = []
        self.written: list[int] = []  # the arguments that the function writes into
        self.symbolic = symbolic
        self.treedef: TreeDef = None
        self.types: dict[str, type] = {}

        called = jitted.function  # a variable, where constants are found

        def function(*arrays: Array) -> list[Array]:
            before = [array._planes for array in arrays]
            rest = iter(arrays)
            filled = (next(rest) if _is_array(leaf) else leaf for leaf in leaves)
            args, kwargs = unflatten(treedef, filled, types)
            result = called(*args, **kwargs)
            pairs, self.treedef = flatten(result, lambda obj: not is_structure(obj), "the result")
            self.types = record_types(result)
            results = [leaf for _, leaf in pairs]
            self.leaves = [_Result(leaf) if _is_computed(leaf) else leaf for leaf in results]
            self.written = [i for i, array in enumerate(arrays) if array._planes is not before[i]]
            outputs = [asarray(arrays[i], copy=True) for i in self.written]
            outputs += [widened(asarray(leaf)) for leaf in results if _is_computed(leaf)]
            # a model needs an output, even if the function returns constants only
            return outputs or [asarray(0)]

        function.__qualname__ = getattr(jitted, "__qualname__", function.__qualname__)
        arrays = [_host(leaf) for leaf in leaves if _is_array(leaf)]
        kinds = [_dtype(leaf) for leaf in leaves if _is_array(leaf)]
        specs = [
            _spec(i, array, kind, symbolic)
            for i, (array, kind) in enumerate(zip(arrays, kinds, strict=True))
        ]
        opset = jitted.opset or installed_opset()  # the model runs nowhere else
        program = trace(function, *specs, opset=opset, translate_numpy=jitted.translate_numpy)
        is_needed = self.written or any(isinstance(leaf, _Result) for leaf in self.leaves)
        if jitted.providers != ON_CPU:
            program = program.to(jitted.providers.as_given, fallback=jitted.providers.fallback)
        self.program: Program | None = program if is_needed else None

    @property
    def returns_arrays(self) -> bool:
        """Whether the results of the model are those of the function, which has no others."""
        return all(isinstance(leaf, _Result) and leaf.number is None for leaf in self.leaves)


def _direct_key(args: tuple[Any, ...]) -> Any:
    """Return the dtypes and ranks of arguments that are numpy arrays, and None for others."""
    key: list[Any] = []
    for array in args:
        if type(array) is not np.ndarray:
            return None
        key += array.dtype, array.ndim
    return tuple(key)


def _overlap(leaves: Sequence[Any]) -> bool:
    """Return whether arrays share their elements."""
    arrays = [leaf for leaf in leaves if isinstance(leaf, Array)]
    roots = [x if x._links is None or x._links.root is None else x._links.root for x in arrays]
    return len({id(root) for root in roots}) < len(roots)


def _dtype(leaf: Any) -> DType:
    return (leaf.dtype if isinstance(leaf, Array) else of_host(leaf)).computed


def _spec(number: int, array: np.ndarray[Any, Any], dtype: DType, symbolic: bool) -> Spec:
    shape = tuple(
        dims.dim(f"s{number}_{axis}", 0) if symbolic else size
        for axis, size in enumerate(array.shape)
    )
    return Spec(shape, dtype)


def _is_array(obj: object) -> bool:
    return isinstance(obj, Array | np.ndarray | np.generic)


def _host(obj: Any) -> np.ndarray[Any, Any]:
    array = obj._numpy() if isinstance(obj, Array) else obj
    if not isinstance(array, np.ma.MaskedArray):
        array = np.asarray(array)
    if array.dtype.isbuiltin == 2:  # of ml_dtypes
        return array.astype(of_host(array).host)
    if array.dtype.isnative:
        return array
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _is_computed(leaf: object) -> bool:
    return _is_array(leaf) or isinstance(leaf, Dim | DimReal)


def _is_traced(leaf: object) -> bool:
    return leaf.is_traced if isinstance(leaf, Array) else isinstance(leaf, Dim | DimReal)


def _key(leaf: Any) -> Any:
    if _is_array(leaf):
        return _dtype(leaf), leaf.ndim
    if isinstance(leaf, float):
        return type(leaf), leaf.hex()  # distinguishes signed zeros, but not NaNs
    if isinstance(leaf, complex):
        return type(leaf), leaf.real.hex(), leaf.imag.hex()
    if isinstance(leaf, slice):
        return slice, *map(_key, (leaf.start, leaf.stop, leaf.step))
    try:
        key = type(leaf), hash(leaf), leaf
        by_identity: Any = type(leaf).__hash__
        return (*key, _state(leaf, 0)) if by_identity is object.__hash__ else key
    except (TypeError, ValueError):
        columns = ", and a table as its columns" if is_frame(leaf) else ""
        raise ArgumentTypeError(
            f"jit: an argument of type {type(leaf).__name__} is neither an array nor hashable; "
            f"pass arrays, and constants that are hashable{columns}"
        ) from None


MAX_NESTING = 4
MAX_ATTRIBUTES = 256


class _Same:
    """An object that is compared by identity."""

    __slots__ = ("obj",)

    def __init__(self, obj: object) -> None:
        self.obj = obj

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.obj is other.obj

    def __hash__(self) -> int:
        return id(self.obj)


def _state(obj: object, depth: int) -> Any:
    """Return a key of the attributes of an object, which are constants of a trace."""
    if isinstance(obj, Array):
        return tuple(map(_Same, obj._planes))
    if isinstance(obj, bool | int | str | bytes | None):
        return type(obj), obj
    if isinstance(obj, float | complex):
        return _key(obj)
    if depth < MAX_NESTING and not isinstance(obj, type) and not callable(obj):
        if isinstance(obj, list | tuple) and len(obj) <= MAX_ATTRIBUTES:
            return type(obj), tuple(_state(part, depth + 1) for part in obj)
        if isinstance(obj, dict) and len(obj) <= MAX_ATTRIBUTES:
            return dict, tuple((k, _state(v, depth + 1)) for k, v in obj.items())
        attributes = getattr(obj, "__dict__", None)
        if isinstance(attributes, dict):
            return _Same(obj), _state(attributes, depth + 1)
    return _Same(obj)
