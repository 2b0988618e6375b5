"""Evaluation: values that depend on constants only are computed by onnxruntime.

A session is built once for each structure of nodes and serves all data of the same dtypes and ranks.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from onnxp._src.graph.source import source_text
from onnxp._src.graph.values import Function, Value
from onnxp._src.runtime.by_numpy import SLOW_KERNELS, by_numpy
from onnxp._src.runtime.failures import failure, is_of_runtime
from onnxp._src.runtime.interrupt import has_loops
from onnxp._src.runtime.plan import Plan, cutter_of, plan_node
from onnxp._src.runtime.questions import traced_error
from onnxp._src.runtime.session import CachedSession, create_session, find_session
from onnxp.errors import ArgumentError, EvaluationError, ProviderError

if TYPE_CHECKING:
    import numpy as np

    from onnxp._src.model.writing.writer import Written

MAX_DEPTH = 256
"""A chain of this many nodes that nothing evaluates is evaluated, so that it cannot grow for ever."""

_planning = threading.Lock()


def data_of(value: Value) -> np.ndarray[Any, Any]:
    """Return the elements of a value; it is evaluated if it has not been."""
    data = value.data
    if data is not None:
        return data
    # A value that is one node away from data, and whose session is cached, needs no lock: a node never changes,
    # values go from node to data only, and two threads that compute the same value get equal bits.
    node = value.node
    plan = None
    if node is not None and value.trace is None:
        if (type(node.op) is Function or node.op in SLOW_KERNELS) and (
            data := by_numpy(value, node, data_of)
        ) is not None:
            _settle(value, data)
            return data
        plan = plan_node(node)
    if plan is not None and (cached := find_session(plan[0])) is not None:
        try:
            result: np.ndarray[Any, Any] = cached.runner.run(cached.outputs, plan[1])[0]
        except Exception as error:  # which the long way translates
            if not is_of_runtime(error):
                raise
        else:
            _settle(value, result)
            return result
    evaluate((value,))
    assert value.data is not None
    return value.data


def _settle(value: Value, data: np.ndarray[Any, Any]) -> None:
    for size in value.shape:
        if type(size) is not int:
            value.shape = data.shape
            break
    # in this order: other threads that plan look for the node, the depth and the data
    value.data = data
    value.node = None
    value.depth = 0


def evaluate(targets: Sequence[Value]) -> None:
    """Give all `targets` their data, and what is alive behind them too.

    Raises
    ------
    TracedValueError
        If one depends on an argument.
    EvaluationError
        If the runtime fails.
    """
    for value in targets:
        if value.trace is not None:
            raise traced_error(value)
    # Without the lock, another thread that plans would refer to values that nothing else keeps.
    with _planning:
        written = None
        while True:
            missing = [value for value in targets if value.data is None]
            if not missing:
                return
            plan = Plan(missing)
            cached = find_session(plan.key)
            if cached is not None:
                break
            written = _write(plan)
            if plan.is_current():
                break
    if cached is None:
        assert written is not None
        cached = _create(plan, written)
    try:
        results = cached.runner.run(
            cached.outputs,
            dict(zip(cached.inputs, [value.data for value in plan.leaves], strict=True)),
        )
    except Exception as error:
        if not is_of_runtime(error):
            raise
        raise _translate(error, plan, cached.positions) from None
    with _planning:
        for value, result in zip(plan.outputs, results, strict=True):
            _settle(value, result)


def _write(plan: Plan) -> Written:
    from onnxp._src.model.writing.writer import evaluation_model

    return evaluation_model(plan.leaves, plan.outputs)


def _create(plan: Plan, written: Written) -> CachedSession:
    order = {node: i for i, node in enumerate(plan.nodes)}
    positions = {name: order[node] for name, node in written.made_by.items()}
    # the loops of our own functions end with the sizes of what they are given
    own = {name for name, i in positions.items() if isinstance(plan.nodes[i].op, Function)}
    loops = has_loops(node for node in written.model.graph.node if node.name not in own)
    try:
        cutter = cutter_of(plan.nodes, plan.leaves)
        return create_session(plan.key, written.model, positions, loops=loops, cutter=cutter)
    except (ArgumentError, ProviderError):  # of the variable that names providers
        raise
    except Exception as error:
        raise _translate(error, plan, positions) from None


def _translate(error: Exception, plan: Plan, positions: Mapping[str, int]) -> EvaluationError:
    def place(name: str) -> str:
        position = positions.get(name)
        return "" if position is None else source_text(plan.nodes[position].source)

    feeds = {f"i{i}": value.data for i, value in enumerate(plan.leaves)}
    return failure("evaluation", feeds, error, place)
