"""Sessions of tests: a model runs at the runtime's default options and at disabled ones, with one result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import onnx
import onnxruntime
from onnxruntime import GraphOptimizationLevel

import onnxp as xp
from onnxp.testing._differential import _leaves, check_model, compare, tolerance

LEVELS = {
    "default": GraphOptimizationLevel.ORT_ENABLE_ALL,
    "disabled": GraphOptimizationLevel.ORT_DISABLE_ALL,
}


@lru_cache(maxsize=32)
def _session(content: bytes, level: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = LEVELS[level]
    options.log_severity_level = 4
    options.intra_op_num_threads = 1  # a pool of threads for each session would only cost time
    return onnxruntime.InferenceSession(
        content, options, providers=["CPUExecutionProvider"], enable_fallback=0
    )


def session(model: onnx.ModelProto, level: str = "default") -> onnxruntime.InferenceSession:
    """Return a session without anything of onnxp; equal models share it.

    Parameters
    ----------
    model : ModelProto
        The model.
    level : {"default", "disabled"}
        What the runtime optimises: all that it does by default, or nothing.
    """
    return _session(model.SerializeToString(deterministic=True), level)


class Sessions:
    """Two sessions of one model, at default and at disabled options, which must agree."""

    def __init__(
        self, model: onnx.ModelProto, ulps: int | None = None, *, has_signs: bool = True
    ) -> None:
        self._has_signs = has_signs
        self._default, self._disabled = (session(model, level) for level in LEVELS)
        self._ulps = tolerance(model) if ulps is None else ulps
        self.get_inputs = self._default.get_inputs
        self.get_outputs = self._default.get_outputs

    def run(self, names: Sequence[str] | None, feeds: Mapping[str, Any]) -> list[Any]:
        """Run both and return the results at default options.

        Raises
        ------
        AssertionError
            If they differ in a dtype, a shape, text, an integer, or by more than the tolerance.
        """
        disabled = self._disabled.run(names, dict(feeds))
        default = self._default.run(names, dict(feeds))
        pair = [disabled, default] if self._has_signs else map(_unsigned_zeros, (disabled, default))
        compare("default options", *pair, ulps=self._ulps)
        return list(default)


def _unsigned_zeros(arrays: Sequence[Any]) -> list[Any]:
    return [a + a.dtype.type(0) if a.dtype.kind in "fc" else a for a in arrays]


def both(model: onnx.ModelProto, ulps: int | None = None, *, has_signs: bool = True) -> Sessions:
    """Return the sessions of a model.

    Parameters
    ----------
    model : ModelProto
        The model.
    ulps : int, optional
        How many units in the last place floating-point numbers may differ by. By default, none unless the
        model has operators that fusions compute in another order.
    has_signs : bool, optional
        Whether zeros must have the same sign.
    """
    return Sessions(model, ulps, has_signs=has_signs)


def run(model: onnx.ModelProto, feeds: Mapping[str, Any], *, ulps: int | None = None) -> list[Any]:
    """Run a model once at default and at disabled options; see `both`."""
    return both(model, ulps).run(None, feeds)


def parse(text: str, opset: int = 21) -> onnx.ModelProto:
    """Return the model of a graph in onnx's own syntax: ``g (float[N] x) => (float[N] y) { y = Abs(x) }``."""
    return onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : {opset}]>\n{text}')


def models(
    function: Callable[..., Any], *arrays: Any, static: bool = True, **options: Any
) -> list[Any]:
    """Run models of a function in sessions at default and at disabled options, which must agree.

    Parameters
    ----------
    function : callable
        A function of arrays.
    *arrays : numpy.ndarray
        Its arguments.
    static : bool
        Whether to run the model with static sizes as well as the one with symbolic sizes.
    **options
        Its keyword arguments.

    Returns
    -------
    list
        The results of the models, each a list if there are several.
    """
    types = tuple((a.ndim, str(a.dtype)) for a in arrays)
    both = [_symbolic(function, types, tuple(options.items()))]
    if static:
        specs = [xp.spec(a.shape, a.dtype) for a in arrays]
        both.append(programs(function, specs, options))
    results = []
    for program, default in both:
        disabled, found = _leaves(program(*arrays)), _leaves(default(*arrays))
        compare("default options", disabled, found, ulps=tolerance(program.model))
        results.append(found[0] if len(found) == 1 else found)
    return results


@lru_cache
def _symbolic(function: Callable[..., Any], types: Any, options: Any) -> Any:
    specs = [
        xp.spec(tuple(f"n{k}_{i}>=0" for i in range(rank)), dtype)
        for k, (rank, dtype) in enumerate(types)
    ]
    return programs(function, specs, dict(options))


def programs(function: Callable[..., Any], specs: Any, options: Any) -> Any:
    """Return a model of a function as two programs, with disabled and with default options."""
    program = xp.trace(lambda *arrays: function(*arrays, **options), *specs)
    check_model(program)
    return program, program._at_default_options()
