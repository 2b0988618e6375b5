"""`Rowwise`: whether each row of a program's result depends on the same row of its arguments only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from onnxp._src.model.rowwise.prover import Proof


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
