"""`ProgramBase`: a model with its signature, that runs on flat lists of arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from onnxp._src.model.unparsed import Unparsed
from onnxp._src.program import encoding as encodings
from onnxp._src.program.progress import progress_bar, teller
from onnxp._src.program.runnable import Runnable
from onnxp._src.program.signature import (
    Assumption,
    Leaf,
    Signature,
)
from onnxp._src.runtime.blocks import thread_count
from onnxp._src.runtime.failures import failure, is_of_runtime
from onnxp._src.runtime.interrupt import SessionRunner
from onnxp._src.runtime.providers import ON_CPU, Provider, Providers
from onnxp.errors import ArgumentError, ArgumentTypeError, EvaluationError, RunTimeoutError

if TYPE_CHECKING:
    import onnxruntime
    from onnx import ModelProto, NodeProto

    from onnxp._src.graph.source import SourceInfo
    from onnxp._src.program.binding import InputBinder
    from onnxp._src.program.inline import Inliner
    from onnxp._src.program.locating import Origin
    from onnxp._src.program.program import Program


class ProgramBase:
    """What programs are made of, and what their other methods call. `Program` describes the attributes."""

    __slots__ = (
        "__weakref__",
        "_guard",
        "_inliner",
        "_kept_binder",
        "_origin",
        "_outputs",
        "_runnable",
        "_sources",
        "_types",
        "signature",
    )

    def __init__(
        self,
        model: ModelProto | Unparsed | None = None,
        signature: Signature | None = None,
        types: Mapping[str, type] | None = None,
        sources: Mapping[str, SourceInfo | None] | None = None,
        origin: Origin | None = None,
        guard: Program | None = None,
        providers: Providers = ON_CPU,
    ) -> None:
        if model is None or not isinstance(signature, Signature):
            raise ArgumentTypeError(
                "Program: programs are made by xp.trace of functions, and by xp.load of models, whether these "
                "are files, bytes or of onnx: xp.load(model)"
            )
        self._runnable = Runnable(model, signature, providers)
        self.signature = signature
        self._origin = origin
        self._guard = guard  # computes each of the assumptions as a bool
        self._kept_binder: InputBinder | None = None
        self._inliner: Inliner | None = None
        self._outputs = [name for leaf in signature.outputs for name in leaf.planes]
        self._types = dict(types or {})
        self._sources = dict(sources or {})  # of nodes, by name: the user's line that recorded each

    @property
    def _binder(self) -> InputBinder:
        """What binds arguments to the inputs, which a call of matching arrays does without."""
        if self._kept_binder is None:
            from onnxp._src.program.binding import InputBinder

            self._kept_binder = InputBinder(self.signature)
        return self._kept_binder

    @property
    def model(self) -> ModelProto:
        """The model."""
        return self._runnable.parsed()

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """The assumptions that were derived from the example."""
        return self.signature.assumptions

    @property
    def inputs(self) -> tuple[Leaf, ...]:
        """The names, dtypes and shapes of the inputs."""
        return self.signature.inputs

    @property
    def outputs(self) -> tuple[Leaf, ...]:
        """The names, dtypes and shapes of the outputs."""
        return self.signature.outputs

    @property
    def providers(self) -> list[Provider]:
        """The execution providers that were chosen: names, or names and options."""
        return self._runnable.providers.as_given

    @property
    def metadata(self) -> dict[str, Any]:
        """The metadata of the model: those given to `trace`, and the features and classes of an estimator.

        For a model of another tool, they are its ``metadata_props``.
        """
        return dict(self.signature.metadata)

    @property
    def versions(self) -> dict[str, str]:
        """The versions of the packages that made the model, such as ``{"onnxp": "0.1.0"}``."""
        return dict(self.signature.versions)

    @property
    def doc(self) -> str:
        """The description of the model, its ``doc_string``."""
        return str(self.model.doc_string)

    def run(
        self,
        arrays: Sequence[Any],
        timeout: float | None = None,
        threads: int | None = None,
        *,
        progress: bool = False,
    ) -> list[Any]:
        """Run the model on a flat list of arrays and return a flat list of numpy arrays.

        Raises
        ------
        ArgumentError
            If there are more or fewer arrays than inputs, or `timeout` or `threads` are not numbers above 0.
        FeedError, EvaluationError, RunTimeoutError
            If an array does not match its input, or the run fails or takes longer than `timeout`.
        """
        count = len(self.signature.inputs)
        if not hasattr(arrays, "__len__") or len(arrays) != count:
            raise ArgumentError(f"run takes a list of {count} arrays, one for each input")
        if timeout is not None:
            _check_seconds(timeout)
        if threads is not None:
            thread_count(threads)
        feeds = self._binder.feeds(arrays)
        runner = self._start()
        try:
            with progress_bar(progress, self.signature.name) as bar:
                results = runner.run(self._outputs, feeds, timeout, threads, teller(bar))
        except RunTimeoutError as error:
            raise RunTimeoutError(f"program {self.signature.name!r}: {error}") from None
        except Exception as error:
            if not is_of_runtime(error):
                raise
            raise self._failure(feeds, error) from None
        planes = iter(results)
        return [_merge(leaf, planes) for leaf in self.signature.outputs]

    def _failure(self, feeds: Mapping[str, Any], error: Exception) -> EvaluationError:
        """Return the error of a program for an error of the runtime."""
        what = f"program {self.signature.name!r}"
        return _explained(failure(what, feeds, error, self._place), self.signature.inputs, feeds)

    def session(
        self, options: onnxruntime.SessionOptions | None = None
    ) -> onnxruntime.InferenceSession:
        """Return the ``InferenceSession`` that calls use, or a new one with `options`."""
        if options is not None:
            return self._runnable.new_session(options)
        return self._start().session

    def run_directly(self, args: tuple[Any, ...]) -> list[Any] | None:
        """Run the model on numpy arrays that match its inputs exactly; return None for any others."""
        direct = self._runnable.direct
        return None if direct is None else direct(args)

    def _start(self, source: str | None = None) -> SessionRunner:
        """Return the session that calls use; `source` is the file that the model was read from, if any."""
        return self._runnable.runner or self._runnable.start(source)

    def _with_options(self, options: onnxruntime.SessionOptions) -> Self:
        """Return this program with a session of other options."""
        program = type(self)(self.model, self.signature, providers=self._runnable.providers)
        program._runnable.use(self._runnable.new_session(options))
        return program

    def _at_default_options(self) -> Self:
        """Return this program with the default options of the runtime, under which models run elsewhere."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = 1  # a pool of threads would only cost time
        return self._with_options(options)

    def _places(self) -> dict[str, str]:
        from onnxp._src.graph.source import SourceFormatter

        formatter = SourceFormatter()
        return {name: formatter.line(source) for name, source in self._sources.items() if source}

    def _lines(self) -> Callable[[NodeProto], str]:
        """Return a function that names the user's line of a node, as traced or from the model's metadata."""
        from onnxp._src.graph.source import SourceFormatter
        from onnxp._src.model.display.format import place

        places = SourceFormatter()

        def line(node: NodeProto) -> str:
            source = self._sources.get(node.name)
            return places.line(source) if source else place(node).partition(", in ")[0]

        return line

    def _place(self, name: str) -> str:
        """Return the line of the user's code that recorded a node, for messages."""
        from onnxp._src.graph.source import source_text
        from onnxp._src.model.display.format import every_node, place

        source = self._sources.get(name)
        if source is not None:
            return source_text(source)
        return next((place(n) for n in every_node(self.model.graph) if n.name == name), "")


def _explained(
    error: EvaluationError, leaves: Sequence[Leaf], feeds: Mapping[str, Any]
) -> EvaluationError:
    """Return the error of a run; if an input explains it, with what the input has."""
    if not str(error).startswith("Gather failed"):
        return error
    for leaf in leaves:
        if leaf.dtype is None:
            continue
        label = encodings.unknown_label(feeds[leaf.planes[0]], leaf.dtype, leaf.encoding)
        if label:
            return EvaluationError(
                f"input {leaf.name!r} has the label {label!r}, which {leaf.dtype} does not have ({error}). "
                "Declare unknown='missing' for an input whose other labels become missing"
            )
        if leaf.dtype.is_nullable and leaf.encoding is None and feeds[leaf.planes[-1]].any():
            return EvaluationError(
                f"input {leaf.name!r} has nulls, where the model may need elements without: {error}"
            )
    return error


def _merge(leaf: Leaf, planes: Iterator[Any]) -> Any:
    if leaf.dtype is None:
        return next(planes)
    return encodings.join(islice(planes, len(leaf.planes)), leaf.dtype, leaf.encoding)


def _check_seconds(timeout: Any) -> None:
    is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not is_number or not timeout > 0:
        raise ArgumentError(f"timeout must be a number of seconds above 0, not {timeout!r}")
