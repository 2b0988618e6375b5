"""`Program`: a traced function, or a loaded model, that runs on numpy arrays and can be saved."""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import numpy as np

from onnxp._src.model.files import Blobs, save_model
from onnxp._src.program.arrays import is_array
from onnxp._src.program.conversions import Conversions
from onnxp._src.program.display import Display
from onnxp._src.program.rowwise import Rowwise
from onnxp._src.program.runnable import of_state
from onnxp._src.program.signature import Assumption, violation
from onnxp._src.program.tree import unflatten
from onnxp._src.runtime.failures import is_of_runtime
from onnxp._src.runtime.providers import Pairs, Providers
from onnxp.errors import (
    ArgumentError,
    InlineError,
)

if TYPE_CHECKING:
    from onnxp._src.array.array import Array
    from onnxp._src.program.check import Comparison
    from onnxp._src.program.scorer import Scorer


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
class Program(Conversions, Display):
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

    __slots__ = ()
    __signature__ = _CallSignature()  # for inspect.signature

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
            Raise an error if the data violate an assumption. By default, the assumptions are checked if the
            model has the output of ``check_assumptions=True``. (If the traced function has a parameter with
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
            If assumptions are checked, and the data violate one.
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
        guard = bool(self.signature.guard)
        check = guard if "check" in names else kwargs.pop("check", guard)
        timeout = None if "timeout" in names else kwargs.pop("timeout", None)
        threads = None if "threads" in names else kwargs.pop("threads", None)
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
            that an estimator was fitted on. To be given where the table has other names.
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
            If the columns are not known, or an input or output is not a column.

        Examples
        --------
        >>> import numpy as np
        >>> import onnxp as xp
        >>> program = xp.trace(lambda X: {"score": X @ xp.asarray([2.0, 1.0])}, "float64[N, 2]")
        >>> score = program.on(["age", "fare"], keep=["id"])
        >>> score({"fare": [1.0, 2.0], "id": [7, 8], "age": [0.5, 0.0]})
        {'id': [7, 8], 'score': array([2., 2.])}
        """
        from onnxp._src.program.scorer import Scorer

        return Scorer(self, columns, keep, cast)

    def _check_assumptions(self, arrays: Sequence[Any]) -> None:
        """Raise an error unless all assumptions hold."""
        if not self.assumptions:
            return
        certain = True
        if self._guard is not None:
            answers = [bool(answer) for answer in self._guard.run(arrays)]
            failed = [a for a, holds in zip(self.assumptions, answers, strict=True) if not holds]
        elif self.signature.guard:
            feeds = self._binder.feeds(arrays)
            try:
                (holds,) = self.session().run([self.signature.guard], feeds)
            except Exception as error:
                if not is_of_runtime(error):
                    raise
                raise self._failure(feeds, error) from None
            failed, certain = [] if holds else list(self.assumptions), False
        else:
            raise ArgumentError(
                f"the model of {self.signature.name} has no output that checks its assumptions; trace it with "
                "check_assumptions=True before saving it"
            )
        if failed:
            raise violation(self.signature.name, failed, certain=certain)

    def check(
        self,
        *args: Any,
        rtol: float | None = None,
        atol: float | None = None,
        locate: bool = False,
        **kwargs: Any,
    ) -> Comparison:
        """Run the traced function with numpy, and compare the result with that of the model.

        A program that was loaded does not know its function: give a function or a fitted estimator before the
        arguments, as in ``program.check(pipeline, X)``. It gets the arguments as they are.

        For dtypes that numpy does not have, such as nullable ones, and if it does not accept arrays of numpy,
        the function gets arrays of onnxp.

        Parameters
        ----------
        *args, **kwargs : arrays, structures of arrays, or one table
            The arguments, as in a call. A function or an estimator of scikit-learn in front of them is what to
            compare with; of an estimator, the methods that the outputs are named after in `trace_estimator`.
        rtol, atol : float, optional
            The tolerances, relative to the elements of the result of the function and absolute. By default,
            1e-6 of each element and of the largest one of its column for float64, 1e-3 for float32 and 0.02
            for float16; integers, bools and text must be equal. Columns are those of arrays of rank 2.
        locate : bool, optional
            Run the model at the default options of onnxruntime too. If there is a difference, say where it
            comes from: the first variable of the function, and its line, that has other values in the model;
            or the first node that an optimization changes. Arguments of few rows show it. Columns of data
            frames are no arrays: if only they differ, no step can be told apart. Where fitted rows are equally
            far, and only the choice of neighbors differs, no step is wrong, and it says so.

        Returns
        -------
        Comparison
            The largest differences, which print as a table. As a bool, it is whether all outputs agree;
            `Comparison.location` is where they part, and `Comparison.ties` says if only ties differ.

        Raises
        ------
        ArgumentError
            If the program was loaded from a file, which does not contain the function, and none is given; if
            the function fails, or accepts neither arrays of numpy nor of onnxp; or if an estimator has no
            method for an output.
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

        >>> loaded = xp.load(bytes(program))
        >>> bool(loaded.check(f, np.ones((3, 2))))
        False
        """
        from onnxp._src.program.locating import checked, located
        from onnxp._src.program.references import is_reference, origin_of

        origin = self._origin
        if args and is_reference(args[0]):
            if locate:
                raise ArgumentError(
                    "check: locate=True traces the function again, so it takes the program that trace or "
                    "trace_estimator has returned, and no other function"
                )
            origin = origin_of(args[0], self.signature)
            args = args[1:]
        elif origin is None:
            raise ArgumentError(
                f"the function of {self.signature.name} is unknown: a program has it in the process that "
                "traced it, and a file has not; give it, or the estimator, as in program.check(estimator, X)"
            )
        arrays = self._binder.bind(args, kwargs)
        if locate:
            return located(self, arrays, (args, kwargs), rtol, atol)
        return checked(self, origin, arrays, (args, kwargs), rtol, atol)

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
            ``score`` takes tables by the names of their columns. It needs onnxruntime and numpy, and not
            onnxp. Give the names of the columns if the program has one matrix and does not know them.

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
