"""`Rowwise`: whether each row of a program's result depends on the same row of its arguments only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, final

from onnxp._src.model.files import parse
from onnxp._src.model.unparsed import Unparsed
from onnxp._src.runtime.blocks import Cut, steps_of
from onnxp._src.runtime.interrupt import LARGE

if TYPE_CHECKING:
    from onnx import ModelProto

    from onnxp._src.model.rowwise.prover import Proof

_WORTH_PARSING = 10
"""How many times as much work as for other models there must be, to parse a model for a proof."""


@final
class Rowwise:
    """Whether a program is row-wise. As a bool, it is whether that is proved; as text, it says why not.

    Attributes
    ----------
    rows : str
        The name of the number of rows: the symbolic size of the first axis of the arguments.
    reason : str
        What a row of the result depends on besides the same row of the arguments, with the line of code;
        empty if the program is row-wise.
    """

    __slots__ = ("_proof", "reason")

    def __init__(self, proof: Proof, place: Callable[[str], str]) -> None:
        self._proof = proof
        self.reason = ""
        if proof.cause is not None:
            line = place(proof.cause.node) if proof.cause.node else ""
            self.reason = proof.cause.reason + (f" at {line}" if line else "")

    @property
    def rows(self) -> str:
        """The name of the number of rows."""
        return self._proof.rows

    def __bool__(self) -> bool:
        return self._proof.cause is None

    def __repr__(self) -> str:
        return f"Rowwise({self})"

    def __str__(self) -> str:
        if self:
            return f"row-wise in {self.rows}"
        return f"not proved to be row-wise: {self.reason}"


@final
class RowCutter:
    """Cuts runs of a model into blocks of rows, if it is proved to be row-wise."""

    __slots__ = ("_besides", "_gains", "_model", "_proof")

    def __init__(self, model: ModelProto | Unparsed, besides: str) -> None:
        self._besides = besides  # the output that checks the assumptions, of all rows together
        self._model: ModelProto | Unparsed | None = model
        self._proof: Proof | None = None
        self._gains = True

    def proof(self) -> Proof:
        """Return the proof, or why there is none."""
        model = self._model
        if self._proof is None and model is not None:
            from onnxp._src.model.rowwise.prover import prove
            from onnxp._src.runtime.plan import QUICK

            parsed = parse(model.content) if isinstance(model, Unparsed) else model
            self._proof = prove(parsed, self._besides)
            ops = [node.op_type for node in parsed.graph.node]
            self._gains = len(ops) > 1 or not QUICK.issuperset(ops)
            self._model = None
        assert self._proof is not None
        return self._proof

    def __call__(self, feeds: Mapping[str, Any], nodes: int, threads: int) -> Cut | None:
        """Return how to cut a run; see `Cutter`."""
        proof = self._proof
        if proof is None:
            if isinstance(self._model, Unparsed):
                size = sum(getattr(value, "nbytes", 0) for value in feeds.values())
                if size * nodes < _WORTH_PARSING * LARGE:
                    return None
            proof = self.proof()
        if proof.cause is not None or not self._gains:
            return None
        parts, whole = {}, {}
        size = -1
        for name, value in feeds.items():
            if name not in proof.inputs:
                whole[name] = value
                continue
            parts[name] = value
            if size not in (-1, len(value)):
                return None
            size = len(value)
        step, lead = steps_of(size, proof.row_bytes, nodes, threads)
        return Cut(parts, whole, 0, size, step, proof.outputs, lead=lead) if step else None
