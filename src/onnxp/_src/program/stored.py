"""Which constants of a model are computed from smaller ones, of dtypes that models store."""

from __future__ import annotations

from onnxp._src.graph.values import Target, Value
from onnxp._src.ops.versions import BASE_OPSET
from onnxp._src.shapes.shape import is_static, product


class StoredConstants:
    """The constants of stored dtypes that a target loads, and what is made of them."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._bits: dict[Value, int] = {}

    def shrink(self, value: Value) -> bool:
        """Return whether a model is smaller if it computes a constant from those of stored dtypes."""
        if value.data is not None or not is_static(value.shape):
            return False
        stored = self._stored_bits(value)
        return 0 < stored < product(value.shape) * value.dtype.bits

    def _stored_bits(self, value: Value) -> int:
        """Return the size of the constants of stored dtypes that a constant is made of."""
        stack = [value]
        while stack:
            last = stack[-1]
            if last not in self._bits and last.node is not None and last.data is None:
                sources = [v for v in last.node.inputs if v is not None]
                missing = [v for v in sources if v not in self._bits]
                if missing:
                    stack.extend(missing)
                    continue
                self._bits[last] = sum(self._bits[v] for v in sources)
            elif last not in self._bits:
                self._bits[last] = self._of_constant(last)
            stack.pop()
        return self._bits[value]

    def _of_constant(self, value: Value) -> int:
        dtype = value.dtype
        if dtype.family != "stored" or dtype.name in self._target.lacks:
            return 0
        if self._target.opset < BASE_OPSET:
            return 0
        assert value.data is not None
        return value.data.size * dtype.bits
