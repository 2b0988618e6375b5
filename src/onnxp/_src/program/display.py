"""Programs as text and pictures."""

from __future__ import annotations

from onnxp._src.program.base import ProgramBase
from onnxp._src.shapes.shape import as_integer
from onnxp.errors import ArgumentError


class Display(ProgramBase):
    """The methods of `Program` that show the model."""

    __slots__ = ()

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
