"""`Program`: a traced function, or a loaded model, that runs on numpy arrays and can be saved."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import numpy as np

from onnxp._src.graph.source import SourceFormatter, SourceInfo, source_text
from onnxp._src.model.files import Blobs, save_model
from onnxp._src.model.unparsed import Unparsed
from onnxp._src.namespace import namespace
from onnxp._src.program import encoding as encodings
from onnxp._src.program.arrays import is_array
from onnxp._src.program.binding import InputBinder
from onnxp._src.program.progress import progress_bar, teller
from onnxp._src.program.rowwise import Rowwise
from onnxp._src.program.runnable import Runnable, of_state
from onnxp._src.program.signature import (
    Assumption,
    Leaf,
    Signature,
)
from onnxp._src.program.tree import unflatten
from onnxp._src.runtime.blocks import thread_count
from onnxp._src.runtime.failures import failure, is_of_runtime
from onnxp._src.runtime.interrupt import SessionRunner
from onnxp._src.runtime.providers import ON_CPU, Pairs, Provider, Providers, as_providers
from onnxp._src.shapes.shape import as_integer
from onnxp.errors import (
    ArgumentError,
    AssumptionError,
    InlineError,
    RunTimeoutError,
)

if TYPE_CHECKING:
    import onnxruntime
    from onnx import ModelProto, NodeProto

    from onnxp._src.array.array import Array
    from onnxp._src.program.check import Comparison
    from onnxp._src.program.inline import Inliner
    from onnxp._src.program.locating import Origin
    from onnxp._src.program.scorer import Scorer
    from onnxp._src.program.targets import Targets


class _CallSignature:
    """The parameters of a program; the class itself has none of its own."""

    def __get__(self, program: Program | None, owner: type) -> inspect.Signature:
        if program is None:
            raise AttributeError("__signature__")
        return inspect.Signature(
            [
                inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
                for name in program.signature.input_treedef["keys"]
            ]
        )


@final
class Program:
    """A model that is called like a function. `trace` and `load` create programs.

    A call runs the model. It takes the arguments of the traced function, as numpy arrays or concrete onnxp
    arrays, and returns its result with arrays of the same library. A call with traced arrays makes the
    program a function of the model being traced. A loaded model returns named tuples and dataclasses
    as instances of new classes with the same name and fields.

    Attributes
    ----------
    model : onnx.ModelProto
        The model.
    signature : Signature
        The names, dtypes and shapes of the inputs and outputs.
    assumptions : tuple of Assumption
        The assumptions that were derived from the example. The model is correct for all data that satisfy
        them.
    """

    __signature__ = _CallSignature()  # for inspect.signature
    __slots__ = (
        "__weakref__",
        "_binder",
        "_guard",
        "_inliner",
        "_origin",
        "_outputs",
        "_runnable",
        "_sources",
        "_types",
        "signature",
    )

    def __init__(
        self,
        model: ModelProto | Unparsed,
        signature: Signature,
        types: Mapping[str, type] | None = None,
        sources: Mapping[str, SourceInfo | None] | None = None,
        origin: Origin | None = None,
        guard: Program | None = None,
        providers: Providers = ON_CPU,
    ) -> None:
        self._runnable = Runnable(model, signature, providers)
        self.signature = signature
        self._origin = origin
        self._guard = guard  # computes each of the assumptions as a bool
        self._binder = InputBinder(signature)
        self._inliner: Inliner | None = None
        self._outputs = [name for leaf in signature.outputs for name in leaf.planes]
        self._types = dict(types or {})
        self._sources = dict(
            sources or {}
        )  # the line of the user's code that recorded each node, by name

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
    def rowwise(self) -> Rowwise:
        """Whether each row of the result depends on the same row of the arguments only.

        It is proved from the model, whatever the data are. The proof may fail for a program that is
        row-wise, but never succeeds for one that is not. A prediction that depends on the other rows of its
        batch is usually an error, and the text of the result names the line of code that makes it so.
        Large batches of row-wise programs run faster, in blocks of rows.

        Examples
        --------
        >>> import onnxp as xp
        >>> program = xp.trace(lambda X: X - xp.mean(X, axis=1, keepdims=True), "float32[N, 3]")
        >>> program.rowwise
        Rowwise(row-wise in N)
        >>> program = xp.trace(lambda X: X - xp.mean(X, axis=0), "float32[N, 3]")
        >>> not program.rowwise
        True
        >>> print(program.rowwise)
        not proved to be row-wise: mean over N at ...:1, in <lambda>
        """
        return Rowwise(self._runnable.rows.proof(), self._place)

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

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run the model, or inline it if the arguments are traced arrays.

        Parameters
        ----------
        *args, **kwargs : arrays, structures of arrays, or one table
            The arguments of the traced function. A table (a data frame of pandas or polars, an Arrow table, or
            a dict of arrays) gives its columns to the inputs with their names; other columns are ignored.
            Numbers are converted if no value changes; missing numbers become NaN, missing text ``""``. Lists
            and numbers of Python take the dtype of the input if they are of its kind, and arrays must have it.
        check : bool, optional
            Raise an error if the data violate an assumption. (If the traced function has a parameter with
            this name, the argument is passed to it instead.)
        cast : {"safe", "same_kind"}, optional
            Cast arrays of numbers to the dtypes of the inputs, where numpy's rule of this name allows it, such
            as float64 to float32; integers only to wider ones. (A parameter of the traced function with this
            name takes precedence.)
        timeout : float, optional
            The number of seconds after which the run is ended, as soon as the kernel at work has ended. (A
            parameter of the traced function with this name takes precedence, here and below. Inlining ignores
            these arguments.)
        threads : int, optional
            How many threads the run of a large batch may use, if the program is row-wise (see `rowwise`) and
            no other large batch is being run. The default is the value of the environment variable
            ``ONNXP_NUM_THREADS``, or else the number of processors. The result does not depend on it.
        progress : bool, optional
            Show a progress bar in terminals, with tqdm, if the batch is run in blocks of rows.

        Raises
        ------
        FeedError
            If an array does not match its input, or a table lacks a column.
        AssumptionError
            If `check` is true and the data violate an assumption.
        EvaluationError
            If the runtime fails.
        RunTimeoutError
            If the run takes longer than `timeout`.
        InlineError
            If the model cannot be inlined.

        Notes
        -----
        Ctrl-C ends a run within a second if the model has loops or much to do, or if it took long before. But a
        kernel, once it is at work, is not interrupted.
        """
        direct = self._runnable.direct
        if direct is not None and not kwargs:
            results = direct(args)
            if results is not None:
                treedef = self.signature.output_treedef
                return (
                    results[0]
                    if treedef is None
                    else unflatten(treedef, iter(results), self._types)
                )
        names = self.signature.input_treedef["keys"]
        check = False if "check" in names else kwargs.pop("check", False)
        timeout = None if "timeout" in names else _seconds(kwargs.pop("timeout", None))
        threads = None if "threads" in names else kwargs.pop("threads", None)
        if threads is not None:
            thread_count(threads)
        progress = False if "progress" in names else kwargs.pop("progress", False)
        casting = None if "cast" in names else kwargs.pop("cast", None)
        arrays = self._binder.bind(args, kwargs)
        if casting is not None:
            arrays = self._binder.cast(arrays, casting)
        if any(is_array(obj) and obj.is_traced for obj in arrays):
            return self._inline(arrays)
        if check:
            self._check_assumptions(arrays)
        results = self.run(arrays, timeout, threads, progress=progress)
        if any(map(is_array, arrays)):
            from onnxp._src.array.base import array_of

            pairs = zip(self.signature.outputs, results, strict=True)
            results = [r if leaf.dtype is None else array_of(leaf.dtype, r) for leaf, r in pairs]
        return unflatten(self.signature.output_treedef, iter(results), self._types)

    def _inline(self, arrays: Sequence[Any]) -> Any:
        from onnxp._src.program.inline import Results

        outputs, guard = self._inlined(arrays)
        if self.assumptions:
            self._pass_on_assumptions(arrays, guard)
        if any(isinstance(output, str) for output in outputs):  # only of foreign models
            names = [leaf.name for leaf in self.signature.outputs]
            return Results(self.signature.name, dict(zip(names, outputs, strict=True)))
        return unflatten(self.signature.output_treedef, iter(outputs), self._types)

    def _inlined(self, arrays: Sequence[Any]) -> tuple[list[Array | str], Array | None]:
        """Record a call on traced arrays; return the outputs, and whether the assumptions hold."""
        if self._inliner is None:
            from onnxp._src.program.inline import Inliner

            self._inliner = Inliner(self._runnable.parsed, self.signature, self._binder)
        return self._inliner(arrays)

    def _pass_on_assumptions(self, arrays: Sequence[Any], guard: Array | None) -> None:
        """Add the assumptions of this program to the program being traced."""
        from onnxp._src.runtime.assumptions import propagate

        title = self.signature.name
        if self._guard is not None:
            holds, _ = self._guard._inlined(arrays)
            pairs = list(zip(self.assumptions, holds, strict=True))
        elif guard is not None:
            texts = "; ".join(f"{a.text} is {a.expected}" for a in self.assumptions)
            fixes = any(a.fixes_size for a in self.assumptions)
            pairs = [
                (Assumption(f"assumptions_hold of {title} ({texts})", True, "", "", fixes), guard)
            ]
        else:
            raise InlineError(
                f"the model of {title} has no output that checks its assumptions; trace it with "
                "check_assumptions=True before saving it"
            )
        for assumption, holding_array in pairs:
            assert is_array(holding_array)
            (value,) = holding_array._planes
            strings, expected, fixes = assumption.text, assumption.expected, assumption.fixes_size
            if not propagate(value, strings, expected, fixes_size=fixes):
                raise InlineError(
                    f"{title} was traced with an example, so its assumptions must be recorded, which needs an "
                    "example here as well; pass one to xp.argument"
                )

    def feeds(self, /, *args: Any, **kwargs: Any) -> dict[str, np.ndarray[Any, Any]]:
        """Return the feeds of a session: a numpy array for each input of the model, by name.

        Parameters
        ----------
        *args, **kwargs : arrays, structures of arrays, or one table
            The arguments, as in a call.

        Raises
        ------
        FeedError
            If an array does not match its input, or a table lacks a column.

        Examples
        --------
        >>> import numpy as np
        >>> import onnxp as xp
        >>> program = xp.trace(lambda a, b: a / b, "float64[N]", "float64[N]")
        >>> program.feeds({"a": np.asarray([1.0, 2.0]), "b": np.asarray([4, 5]), "c": np.asarray([0, 0])})
        {'a': array([1., 2.]), 'b': array([4., 5.])}
        """
        return self._binder.feeds(self._binder.bind(args, kwargs))

    def on(
        self,
        columns: Sequence[str] | None = None,
        *,
        keep: Sequence[str] = (),
        cast: Literal["safe", "same_kind"] = "same_kind",
    ) -> Scorer:
        """Return a function of tables, which takes columns by name and returns the outputs as columns.

        Parameters
        ----------
        columns : list of str, optional
            The columns that the inputs take, in their order; or, if the only input is a matrix, the columns
            of the matrix. By default, those that the model knows: the names of its inputs, or of the features
            that an estimator was fitted on.
        keep : list of str, optional
            The columns of the table to keep in the result, such as a key.
        cast : {"same_kind", "safe"}, optional
            How numbers may be converted to the dtype of their input: ``"same_kind"`` rounds to an input of
            floating-point numbers, ``"safe"`` changes no value. Neither depends on the values, and integers
            never wrap.

        Returns
        -------
        Scorer

        Raises
        ------
        ArgumentError
            If the columns are not known, or an input or output is no column.

        Examples
        --------
        >>> import numpy as np
        >>> import onnxp as xp
        >>> program = xp.trace(lambda X: {"score": X @ xp.asarray([2.0, 1.0])}, "float64[N, 2]")
        >>> score = program.on(["age", "fare"], keep=["id"])
        >>> score({"fare": [1.0, 2.0], "id": [7, 8], "age": [0.5, 0.0]})
        {'id': [7, 8], 'score': array([2., 2.])}
        """
        scorer: Scorer = namespace().Scorer(self, columns, keep, cast)
        return scorer

    def run(
        self,
        arrays: Sequence[Any],
        timeout: float | None = None,
        threads: int | None = None,
        *,
        progress: bool = False,
    ) -> list[Any]:
        """Run the model on a flat list of arrays and return a flat list of numpy arrays."""
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
            what = f"program {self.signature.name!r}"
            raise failure(what, feeds, error, self._place) from None
        planes = iter(results)
        return [_merge(leaf, planes) for leaf in self.signature.outputs]

    def _check_assumptions(self, arrays: Sequence[Any]) -> None:
        """Raise an error unless all assumptions hold."""
        if not self.assumptions:
            return
        which = "these assumptions do"
        if self._guard is not None:
            answers = [bool(answer) for answer in self._guard.run(arrays)]
            failed = [a for a, holds in zip(self.assumptions, answers, strict=True) if not holds]
        elif self.signature.guard:
            guard = self.signature.guard
            (holds,) = self.session().run([guard], self._binder.feeds(arrays))
            failed = [] if holds else list(self.assumptions)
            which = "one of these assumptions does"
        else:
            raise ArgumentError(
                f"the model of {self.signature.name} has no output that checks its assumptions; trace it with "
                "check_assumptions=True before saving it"
            )
        if failed:
            which = which if len(failed) > 1 else "an assumption does"
            raise AssumptionError(
                f"{which} not hold for these data: {'; '.join(map(repr, failed))}. Trace "
                f"{self.signature.name} with an example closer to them, or write the branch with xp.where"
            )

    def check(
        self,
        *args: Any,
        rtol: float | None = None,
        atol: float | None = None,
        locate: bool = False,
        **kwargs: Any,
    ) -> Comparison:
        """Run the traced function with numpy, and compare the result with that of the model.

        For dtypes that numpy does not have, such as nullable ones, and if it does not accept arrays of numpy,
        the function gets arrays of onnxp.

        Parameters
        ----------
        *args, **kwargs : arrays, structures of arrays, or one table
            The arguments, as in a call.
        rtol, atol : float, optional
            The tolerances, relative to the elements of the result of the function and absolute. By default,
            1e-6 of each element and of the largest one for float64, 1e-3 for float32 and 0.02 for float16;
            integers, bools and text must be equal.
        locate : bool, optional
            Run the model at the default options of onnxruntime too. If there is a difference, say where it
            comes from: the first variable of the function, and its line, that has other values in the model;
            or the first node that an optimization changes. Arguments of few rows show it.

        Returns
        -------
        Comparison
            The largest differences, which print as a table. As a bool, it is whether all outputs agree;
            `Comparison.location` is where they part.

        Raises
        ------
        ArgumentError
            If the program was loaded from a file, which does not contain the function, or the function accepts
            neither arrays of numpy nor of onnxp.
        AssumptionError
            If the data violate an assumption.
        FeedError
            If an array does not match its input, or a table lacks a column.

        Examples
        --------
        >>> import numpy as np
        >>> import onnxp as xp
        >>> program = xp.trace(lambda X: X / 3, "float32[N, 2]")
        >>> bool(program.check(np.ones((3, 2), np.float32), rtol=1e-6))
        True

        >>> def f(X):
        ...     total = X.sum(axis=0)
        ...     return total if isinstance(X, xp.Array) else total / len(X)
        >>> program = xp.trace(f, "float64[N, 2]")
        >>> program.check(np.ones((3, 2)), locate=True).location.difference.name
        'the result'
        """
        if self._origin is None:
            raise ArgumentError(
                f"the function of {self.signature.name} is unknown: only programs of xp.trace have it"
            )
        arrays = self._binder.bind(args, kwargs)
        from onnxp._src.program.locating import checked, located

        if locate:
            return located(self, arrays, rtol, atol)
        return checked(self, arrays, (args, kwargs), rtol, atol)

    def to(self, providers: Sequence[Provider] | None, *, fallback: bool = False) -> Program:
        """Return the program on other execution providers of onnxruntime, such as a GPU.

        The arguments and results of calls remain numpy arrays. Providers round in their own way, so results may
        differ in the last bits from those of the CPU, and large batches are not run in blocks.

        Parameters
        ----------
        providers : list of str, or of tuples of str and dict, or None
            The providers in order of preference, by name or with options, as onnxruntime takes them; None is
            the CPU. Nodes that they have no kernel for run on the CPU. A pickle keeps them, a file does not.
        fallback : bool, optional
            Do without providers that are not installed or cannot start, and give a warning.

        Returns
        -------
        Program

        Raises
        ------
        ProviderError
            If a provider is not installed or cannot start, and `fallback` is false. A program that is unpickled
            raises it when it is first called.
        ArgumentTypeError, ArgumentError
            If `providers` is not such a list, is empty, or names a provider twice.

        Warns
        -----
        ProviderWarning
            If a provider is not installed or cannot start, and `fallback` is true.

        Examples
        --------
        >>> import numpy as np
        >>> import onnxp as xp
        >>> program = xp.trace(lambda x: x + 1, "float32[N]")
        >>> program.to([("CPUExecutionProvider", {})])(np.ones(2, np.float32))
        array([2., 2.], dtype=float32)
        >>> program.providers
        ['CPUExecutionProvider']
        """
        program = Program(
            self._runnable.model,
            self.signature,
            self._types,
            self._sources,
            self._origin,
            self._guard,
            as_providers("to", providers, fallback),
        )
        program._start()
        return program

    def targets(self) -> Targets:
        """Return which targets the model meets, and which nodes stand in the way of the others.

        Returns
        -------
        Targets
            A mapping from targets to obstacles, a tuple that is empty where the model meets the target. It
            prints as a list. An obstacle has a ``node``, its ``operator``, a ``reason`` and a ``place``, the
            line of code that recorded the node.

        Examples
        --------
        >>> import onnxp as xp
        >>> xp.trace(lambda x: x + 1, "float64[N]").targets()
        onnxruntime>=1.20: yes
        onnxruntime>=1.23: yes
        portable: yes
        webgpu: no
            Add (Add) at ...:1: float64
            the input 'x': float64
        """
        from onnxp._src.program.targets import targets_of

        return targets_of(self.model, self._places())

    def convert(
        self,
        target: str | None = None,
        *,
        opset: int | None = None,
        functions: bool | None = None,
    ) -> Program:
        """Return the program with its model rewritten for a target.

        `trace` with the same arguments may record other operators; this rewrites those that are there, and also
        the models of other tools.

        Parameters
        ----------
        target, opset, functions : optional
            What the model is for, as in `trace`.

        Raises
        ------
        OpsetError
            If a node has no form in the opset.
        TargetError
            If a node cannot run on the target.

        Examples
        --------
        >>> import onnxp as xp
        >>> program = xp.trace(lambda x: xp.max(x, axis=0), "int32[N, 2]")
        >>> old = program.convert(opset=17)
        >>> old.model.opset_import[0].version, old.model.graph.node[0].attribute[0].name
        (17, 'keepdims')
        """
        from onnxp._src.model.rewriting import adapt
        from onnxp._src.ops.targets import as_target

        copy = type(self.model)()
        copy.CopyFrom(self.model)
        adapt(copy, as_target("convert", target, opset, functions), self._places())
        return Program(
            copy,
            self.signature,
            self._types,
            self._sources,
            guard=self._guard,
            providers=self._runnable.providers,
        )

    def _places(self) -> dict[str, str]:
        formatter = SourceFormatter()
        return {name: formatter.line(source) for name, source in self._sources.items() if source}

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        target: str | None = None,
        external_data: bool = False,
        scorer: bool | Sequence[str] = False,
    ) -> None:
        """Write the model to a file.

        Parameters
        ----------
        path : str or path
            The file to write, usually ``*.onnx``.
        target : str, optional
            Write the model for this target; see `convert`.
        external_data : bool, optional
            Write large tensors to ``path + ".data"``. Models above 2 GB are always written like this.
        scorer : bool or sequence of str, optional
            Write a Python file beside the model, too: ``score_model.py`` for ``model.onnx``. Its function
            ``score`` takes tables by the names of their columns, and it is a command that scores a CSV file.
            It needs onnxruntime and numpy, and not onnxp. Give the names of the columns if the program
            has one matrix and does not know them.

        Raises
        ------
        SaveError
            If the file cannot be written. No partial file is left behind.
        OpsetError, TargetError
            If a node cannot run on the target.
        ArgumentError
            If there is no scorer for the program, which is not for tables of numbers and text.
        """
        from onnxp._src.program.standalone import standalone_scorer

        columns = None if isinstance(scorer, bool) else list(scorer)
        code = partial(standalone_scorer, self, columns) if scorer else None
        model = self.model if target is None else self.convert(target).model
        save_model(model, path, external_data=external_data, scorer=code)

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

    def _with_options(self, options: onnxruntime.SessionOptions) -> Program:
        """Return this program with a session of other options."""
        program = Program(self.model, self.signature, providers=self._runnable.providers)
        program._runnable.use(self._runnable.new_session(options))
        return program

    def _at_default_options(self) -> Program:
        """Return this program with the default options of the runtime, under which models run elsewhere."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = 1  # a pool of threads would only cost time
        return self._with_options(options)

    def __repr__(self) -> str:
        inputs = ", ".join(f"{x.name}: {x.text}" for x in self.signature.inputs)
        outputs = ", ".join(f"{y.name}: {y.text}" for y in self.signature.outputs)
        return f"Program({self.signature.name}({inputs}) -> {outputs})"

    def __str__(self) -> str:
        return self.text()

    def text(self, *, limit: int | None = 100, functions: bool = False) -> str:
        """Return a listing of the model, as ``print(program)`` shows it.

        The listing has a line for each initializer and each node, with its name, dtype and shape. On the right
        it shows the line of code that recorded the node, if it is known, and the name scope, if
        the name does not contain it. Assumptions are listed first.

        Parameters
        ----------
        limit : int or None, optional
            The number of nodes to show for each graph. Longer graphs are abbreviated in the middle. None
            shows all nodes.
        functions : bool, optional
            Show the nodes of the model's functions as well.

        Raises
        ------
        ArgumentError
            If `limit` is negative.

        Examples
        --------
        >>> import onnxp as xp
        >>> program = xp.trace(lambda x: xp.mean(x, axis=1) + 1, "float32[N, 10]")
        >>> print(program.text())
        <lambda>(x: float32[N, 10]) -> output: float32[N]:
            # 2 nodes, 2 initializers of 12 bytes, opset 21
            axes: int64[1] = [1]
            constant: float32[] = 1.
            reducemean: float32[N] = ReduceMean(x, axes, keepdims=0)  # ...:1
            output: float32[N] = Add(reducemean, constant)  # ...:1
            return output
        """
        if limit is not None:
            limit = as_integer(limit, "text", "limit")
            if limit < 0:
                raise ArgumentError(f"text: limit must be at least 0, not {limit}")
        from onnxp._src.model.display.text import listing

        leaves = (*self.signature.inputs, *self.signature.outputs)
        notes = [f"{x.name} has {x.dtype}" for x in leaves if x.dtype is not None and x.dtype.unit]
        notes += [f"assumes: {assumption}" for assumption in self.assumptions]
        return listing(self.model, self._lines(), notes=notes, limit=limit, functions=functions)

    def view(self, *, port: int | None = None, browse: bool = True) -> str:
        """Open the model in Netron, a viewer in the browser.

        Install Netron with ``pip install 'onnxp[view]'``. It runs until Python exits or ``netron.stop()``
        is called. Models above 2 GB are shown without their large constants.

        Parameters
        ----------
        port : int, optional
            The port of the server. The default is the first free port from 8080 on.
        browse : bool, optional
            Whether to open the browser.

        Returns
        -------
        str
            The address.

        Raises
        ------
        MissingPackageError
            If Netron is not installed.
        ArgumentError, ArgumentTypeError
            If `port` is not a valid port, or is in use.
        """
        from onnxp._src.model.display.netron import show

        return show(self.model, self.signature.name, port=port, browse=browse)

    def _repr_html_(self) -> str:
        """Draw the model for notebooks."""
        from onnxp._src.model.display.svg import drawing

        svg = drawing(self.model, self._lines())
        return f'<div style="max-height: 40em; overflow: auto">{svg}</div>'

    def _lines(self) -> Callable[[NodeProto], str]:
        """Return a function that names the user's line of a node, as traced or from the model's metadata."""
        from onnxp._src.model.display.format import place

        places = SourceFormatter()

        def line(node: NodeProto) -> str:
            source = self._sources.get(node.name)
            return places.line(source) if source else place(node).partition(", in ")[0]

        return line

    def _place(self, name: str) -> str:
        """Return the line of the user's code that recorded a node, for messages."""
        from onnxp._src.model.display.format import every_node, place

        source = self._sources.get(name)
        if source is not None:
            return source_text(source)
        return next((place(n) for n in every_node(self.model.graph) if n.name == name), "")

    def __bytes__(self) -> bytes:
        """Return the model as `save` writes it, if it has less than 2 GB."""
        content = self._runnable.content()
        if content is None:
            raise ArgumentError(
                "the model is larger than 2 GB, the limit of a protobuf message; use save"
            )
        return content

    def __getstate__(self) -> _State:
        providers = self._runnable.providers
        plain = providers.pairs, providers.fallback
        return *self._runnable.state(), self._types, self._guard, plain

    def __setstate__(self, state: _State) -> None:
        content, blobs, types, guard, (pairs, fallback) = state
        model, signature = of_state(content, blobs)
        providers = Providers(pairs, fallback)
        self.__init__(model, signature, types, guard=guard, providers=providers)


_State: TypeAlias = tuple[bytes, Blobs, dict[str, type], Program | None, tuple[Pairs, bool]]
"""What is pickled of a program."""

__test__ = {"Program": Program}
"""For doctest, which passes over a class whose ``__module__`` is another."""


def _seconds(timeout: Any) -> float | None:
    if timeout is None or (
        isinstance(timeout, int | float) and not isinstance(timeout, bool) and timeout > 0
    ):
        return timeout
    raise ArgumentError(f"timeout must be a number of seconds above 0, not {timeout!r}")


def _merge(leaf: Leaf, planes: Iterator[Any]) -> Any:
    if leaf.dtype is None:
        return next(planes)
    return encodings.join(islice(planes, len(leaf.planes)), leaf.dtype, leaf.encoding)
