"""Programs for other targets and on other execution providers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from onnxp._src.program.base import ProgramBase
from onnxp._src.runtime.providers import Provider, as_providers

if TYPE_CHECKING:
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
        from onnxp._src.model.rewriting import adapt
        from onnxp._src.ops.targets import as_target

        copy = type(self.model)()
        copy.CopyFrom(self.model)
        adapt(copy, as_target("convert", target, opset, functions), self._places())
        return type(self)(
            copy,
            self.signature,
            self._types,
            self._sources,
            guard=self._guard,
            providers=self._runnable.providers,
        )
