"""Programs for other targets and on other execution providers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from onnxp._src.program.base import ProgramBase
from onnxp._src.runtime.providers import Provider, as_providers

if TYPE_CHECKING:
    from onnx import ModelProto

    from onnxp._src.program.device import DeviceArray
    from onnxp._src.program.targets import Targets


class Conversions(ProgramBase):
    """The methods of `Program` that rewrite the model, or run it elsewhere."""

    __slots__ = ()

    def to(self, providers: Sequence[Provider] | None, *, fallback: bool = False) -> Self:
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
        program = type(self)(
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

    def run_on_device(self, *args: Any, **kwargs: Any) -> list[DeviceArray]:
        """Run the model on arrays where they are, such as in the memory of a GPU, without a copy to the CPU.

        Load the program with the execution provider of the device (``providers=`` of `load`, or `to`). The
        arrays are exchanged by DLPack and bound to the inputs of the session; results stay on the device of the
        first array that is not in the memory of the CPU.

        Parameters
        ----------
        *args, **kwargs : arrays
            An array for each of `inputs`, in their order or by name: of torch, cupy, jax, numpy or any library
            with DLPack. It must have the dtype of the input, be contiguous, and not be changed meanwhile.

        Returns
        -------
        list of DeviceArray
            An array for each of `outputs`, which ``torch.from_dlpack`` and others take, and ``numpy()`` copies
            to the CPU.

        Raises
        ------
        FeedError
            If an array is missing, is not one, or has another dtype.
        ArgumentError
            If an input or output is not an array of numbers or bools, or the runtime cannot exchange the array.
        AssumptionError
            If the model has the output of ``check_assumptions=True``, and the data violate an assumption.
        EvaluationError
            If the runtime fails.

        Examples
        --------
        >>> import numpy as np
        >>> import onnxp as xp
        >>> program = xp.trace(lambda x: x + 1, "float32[N]")
        >>> (result,) = program.run_on_device(np.ones(2, np.float32))
        >>> result
        DeviceArray(float32[2] on cpu)
        >>> np.from_dlpack(result)
        array([2., 2.], dtype=float32)
        """
        from onnxp._src.program.device import run_on_device

        return run_on_device(self, args, kwargs)

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
    ) -> Self:
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
        from onnxp._src.model.messages import copied
        from onnxp._src.model.rewriting import adapt
        from onnxp._src.ops.targets import as_target

        copy = copied(self.model)
        adapt(copy, as_target("convert", target, opset, functions), self._places())
        return self._of(copy)

    def cast(self, dtype: str, *, keep: Sequence[str] = ()) -> Self:
        """Return the program with a model that computes in a narrower float dtype.

        Weights take half of the space, and hardware that has kernels for the dtype, such as a GPU, is faster; a
        CPU computes float16 in float32. Inputs and outputs keep their dtypes: the model casts them. Some nodes
        compute as before: operators that have no form in the dtype, such as trees, nodes with branches or
        loops, those that read a constant that would become infinite or 0, such as 1e-12 in float16, the scaling
        of columns by large constants, and those that `keep` names.

        Parameters
        ----------
        dtype : {"float16", "float32"}
            float16 for what is float32 and float64, or float32 for what is float64.
        keep : sequence of str, optional
            What stays as it is: names of nodes, of operators, or of steps, which are the first part of names
            such as ``standardscaler/Sub``. ``print(program)`` shows them.

        Returns
        -------
        Program
            `check` compares it with the traced function, or with this program if it was loaded. Give the
            tolerance that you accept.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            If there is no such dtype, a name of `keep` matches no node, or no node can compute in the dtype.

        Examples
        --------
        >>> import numpy as np
        >>> import onnxp as xp
        >>> W = np.linspace(0, 1, 3, dtype=np.float32)
        >>> program = xp.trace(lambda x: xp.exp(x @ W), "float32[N, 3]")
        >>> half = program.cast("float16", keep=["Exp"])
        >>> half
        Program(<lambda>(x: float32[N, 3]) -> output: float32[N])
        >>> bool(half.check(np.ones((2, 3), np.float32), rtol=0.01))
        True
        """
        from onnxp._src.program.casting import cast

        return self._of(cast(self, dtype, keep))

    def quantize(self, *, keep: Sequence[str] = (), per_channel: bool = False) -> Self:
        """Return the program with a model that multiplies matrices in integers of 8 bits.

        This is the dynamic quantization of onnxruntime's tool: constant matrices become uint8, which takes a
        quarter of the space, and the other factors are scaled to uint8 in each call, by their least and largest
        number in the whole batch. Products of float32 with a constant are replaced; all else stays in float32.
        Large products are faster on CPUs with instructions for int8, small ones slower.

        Parameters
        ----------
        keep : sequence of str, optional
            Products that stay in float32, by the names of nodes or steps as in `cast`.
        per_channel : bool, optional
            Scale each column of a matrix by its own largest number, which is more accurate.

        Returns
        -------
        Program
            `check` reports how far its results are from those of the traced function, or of this program if it
            was loaded. They also depend on the other rows of a batch.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            If the model has no such product, or a name of `keep` matches no node.

        Examples
        --------
        >>> import numpy as np
        >>> import onnxp as xp
        >>> W = np.linspace(-1, 1, 3, dtype=np.float32).reshape(3, 1)
        >>> program = xp.trace(lambda x: x @ W, "float32[N, 3]")
        >>> small = program.quantize()
        >>> bool(small.check(np.eye(3, dtype=np.float32), atol=0.02))
        True
        """
        from onnxp._src.program.casting import quantize

        return self._of(quantize(self, keep, per_channel))

    def _of(self, model: ModelProto) -> Self:
        """Return the program with another model that has the same inputs and outputs."""
        from onnxp._src.program.casting import origin_of

        return type(self)(
            model,
            self.signature,
            self._types,
            self._sources,
            origin_of(self),
            self._guard,
            providers=self._runnable.providers,
        )
