"""Call functions with hostile values in another process, which must live, and say clearly what is wrong.

The process calls a function evaluated, then traced with every size symbolic and run, and sends back
what came of it; a process that dies is an outcome too.
"""

from __future__ import annotations

import importlib
import multiprocessing
import operator
import re
import signal
import traceback
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np

SECONDS = 60
MEMORY = 8 << 30


class Call(NamedTuple):
    """A function by its name, and arguments in which numpy arrays stand for arrays."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __repr__(self) -> str:
        parts = [*map(repr, self.args), *(f"{k}={v!r}" for k, v in self.kwargs.items())]
        return f"{self.name}({', '.join(parts)})"


class Outcome(NamedTuple):
    """What came of a call: complaints, empty if all is well, and whether there was a result."""

    complaint: str
    succeeded: bool


class Process:
    """A process that makes calls; a new one after each death."""

    def __init__(self, target: Callable[[Connection], None] | None = None) -> None:
        self._target = target or serve
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._connection, theirs = self._context.Pipe()
        self._process = self._context.Process(target=self._target, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def __call__(self, call: Call) -> Outcome:
        """Make a call."""
        self._connection.send(call)
        try:
            if self._connection.poll(SECONDS):
                return self._connection.recv()
            self._process.kill()
            how = f"no answer for {SECONDS} s"
        except (EOFError, ConnectionResetError):
            self._process.join()
            code = self._process.exitcode or 0
            how = f"the process ended: {signal.Signals(-code).name if code < 0 else code}"
        self._start()
        return Outcome(how, False)

    def stop(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join(10)
        self._process.kill()


def serve(connection: Connection) -> None:
    """Make the calls that come, until no more do."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except ImportError:  # not on Windows, where huge arrays are refused anyway
        pass
    warnings.simplefilter("error")
    while True:
        try:
            call = connection.recv()
        except EOFError:
            return
        connection.send(outcome(call))


# What is called beside the functions of the namespace; parameters are named for what they take.


def getitem(array: Any, key: Any) -> Any:
    return array[key]


def setitem(array: Any, key: Any, value: Any) -> Any:
    array[key] = value
    return array


def _operator(name: str) -> Callable[..., Any]:
    function = getattr(operator, name)

    def apply(x1: Any, x2: Any) -> Any:
        if not _arrays((x1, x2)):
            raise _Nothing
        return function(x1, x2)

    return apply


def _of(method: str) -> Callable[..., Any]:
    def look(array: Any) -> Any:
        return getattr(array, method)

    return look


def _by(function: Callable[[Any], Any]) -> Callable[..., Any]:
    def convert(array: Any) -> Any:
        return function(array)

    return convert


def to_device(array: Any, device: Any) -> Any:
    return array.to_device(device)


def namespace(array: Any, api_version: Any) -> Any:
    return array.__array_namespace__(api_version=api_version)


_BINARY = (
    "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift eq ne lt le gt ge "
    "iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor ilshift irshift"
)

_UNARY = ("neg", "pos", "invert", "abs")

METHODS: dict[str, Callable[..., Any]] = {
    "x[key]": getitem,
    "x[key] = value": setitem,
    **{f"operator.{name}": _operator(name) for name in _BINARY.split()},
    **{f"operator.{name}": _by(getattr(operator, name)) for name in _UNARY},
    **{f"x.{name}": _of(name) for name in ("T", "mT", "shape", "size", "ndim", "device", "dtype")},
    **{f.__name__: _by(f) for f in (bool, int, float, complex, len, list, repr, np.asarray)},
    "to_device": to_device,
    "__array_namespace__": namespace,
}

STANDARD: dict[str, tuple[type[Exception], ...]] = {
    "from_dlpack": (AttributeError, BufferError),
    "int": (OverflowError, ValueError),
}
"""Builtin errors that the standard asks for."""

TOOLS = frozenset(
    "argument build cond fori_loop jit load name_scope scan spec trace while_loop".split()
)
"""Functions of the namespace that take functions, files or specifications: tested elsewhere."""


def functions() -> dict[str, Callable[..., Any]]:
    """Return everything that is called."""
    xp = importlib.import_module("onnxp")
    named = {name: getattr(xp, name) for name in xp.__all__ if name not in TOOLS}
    public = {
        name: thing
        for name, thing in named.items()
        if callable(thing) and not isinstance(thing, type)
    }
    return public | METHODS


def outcome(call: Call) -> Outcome:
    """Make a call evaluated and traced, and judge."""
    evaluated, results = _judged(_evaluate, call)
    traced, run = _judged(_trace, call)
    complaint = "\n".join(
        f"{way}: {what}" for way, what in (("evaluated", evaluated), ("traced", traced)) if what
    )
    if not complaint and run is not None and results is None and _computes(call, run):
        complaint = f"traced gives {run}, evaluated raises"
    if not complaint and run is not None and results is not None:
        complaint = _difference(results, run)
    return Outcome(complaint, results is not None)


def _computes(call: Call, results: list[Any]) -> bool:
    """Whether there is anything to compute: if not, a run may not see that sizes do not fit."""
    arrays = _numpy(call)
    unchanged = call.name == "x[key] = value" and np.array_equal(results[0], arrays[0])
    whole = all(x.size for x in arrays) and any(x.size for x in results)
    return whole and not unchanged


def _judged(way: Callable[[Call], list[Any]], call: Call) -> tuple[str, list[Any] | None]:
    """Return a complaint, and the results if there are any."""
    from onnxp.errors import OnnxpError

    try:
        return "", way(call)
    except _Nothing:
        return "", None
    except OnnxpError as error:
        return _unclear(str(error)), None
    except (MemoryError, *STANDARD.get(call.name, ())):
        return "", None
    except Exception:
        return traceback.format_exc(), None


# what the runtime's own messages are full of
_DUMP = re.compile(r"onnxruntime::|/onnxruntime|\.cc:\d|\.h:\d|N11onnxruntime|\[ONNXRuntimeError\]")


def _unclear(message: str) -> str:
    found = _DUMP.search(message)
    if found or len(message) < 10 or len(message) > 2000:
        return f"unclear message: {message}"
    return ""


class _Nothing(Exception):
    """There is nothing to look at: Python refused the call before any of our code ran, or no array is made."""


def _called(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    try:
        return function(*args, **kwargs)
    except TypeError as error:
        # the wrong number or names of arguments, or an operator that no operand implements
        deeper = error.__traceback__.tb_next if error.__traceback__ is not None else None
        ours = any(frame.filename != __file__ for frame in traceback.extract_tb(deeper))
        if type(error) is TypeError and (not ours or str(error).startswith("unsupported operand")):
            raise _Nothing from None
        raise


def _evaluate(call: Call) -> list[Any]:
    import onnxp as xp

    args, kwargs = _replaced(call, xp.asarray)
    results = _arrays(_called(functions()[call.name], args, kwargs))
    for x in results:
        repr(x)
    return [np.asarray(xp.nulls.get_data(x) if x.dtype.is_nullable else x) for x in results]


def _trace(call: Call) -> list[Any]:
    import onnxp as xp
    from onnxp._src.shapes import dims

    arrays = _numpy(call)
    function = functions()[call.name]

    def traced(*given: Any) -> Any:
        # inputs of rank 0 are numbers, and what is evaluated are arrays
        waiting = iter([xp.asarray(x, copy=True) for x in given])
        args, kwargs = _replaced(call, lambda _: next(waiting))
        found = _arrays(_called(function, args, kwargs))
        if not found or not arrays:
            raise _Nothing
        return found

    specs = [
        xp.spec(tuple(dims.dim(f"s{i}_{k}", 0) for k in range(x.ndim)), x.dtype)
        for i, x in enumerate(arrays)
    ]
    names = [f"x{i}" for i in range(len(arrays))]
    # np.asarray is called as it is evaluated: by numpy
    program = xp.trace(traced, *specs, input_names=names, translate_numpy=False)
    return [np.asarray(x) for x in program(*arrays)]


def _replaced(call: Call, change: Callable[[Any], Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    def replace(obj: Any) -> Any:
        if isinstance(obj, np.ndarray):
            return change(obj)
        if isinstance(obj, tuple | list):
            return type(obj)([replace(part) for part in obj])
        return obj

    return replace(call.args), {name: replace(value) for name, value in call.kwargs.items()}


def _numpy(call: Call) -> list[Any]:
    found: list[Any] = []
    _replaced(call, found.append)
    return found


def _arrays(result: Any) -> list[Any]:
    import onnxp as xp

    if isinstance(result, xp.Array):
        return [result]
    return [x for part in result for x in _arrays(part)] if isinstance(result, tuple | list) else []


def _difference(expected: list[Any], found: list[Any]) -> str:
    if len(expected) != len(found):
        return f"traced gives {len(found)} arrays, evaluated {len(expected)}"
    for a, b in zip(expected, found, strict=True):
        if a.dtype != b.dtype or a.shape != b.shape:
            return f"traced gives {b.dtype}{b.shape}, evaluated {a.dtype}{a.shape}"
        if not np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"):
            return f"traced gives {b}, evaluated {a}"
    return ""
