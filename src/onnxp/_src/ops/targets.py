"""The targets of models: what the runtimes that a model is for can load, as a table."""

from __future__ import annotations

from typing import Final

from onnxp._src.dtypes import STORED_BY_NAME
from onnxp._src.graph.values import Target, Value
from onnxp._src.ops.versions import RUNTIME_OPSETS
from onnxp.errors import ArgumentError, ArgumentTypeError, OpsetError

DEFAULT: Final = "onnxruntime>=1.20"
OLDEST_OPSET = 17
"""The oldest opset that models are written in."""

_PORTABLE = Target(
    "portable",
    RUNTIME_OPSETS[1, 20],
    functions=False,
    lacks=frozenset(STORED_BY_NAME),
    avoids=frozenset(
        {
            "ReduceMax of bool",
            "ReduceMin of bool",
            "IsNaN of float64",
            "IsInf of float64",
            "Gemm with an addend of float64",
        }
    ),
    replaces=frozenset({"Cast of bool to int64", "reduction that drops axes"}),
)

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        # 1.20.1 reads version 5 of ai.onnx.ml, but has no kernel of TreeEnsemble
        Target(DEFAULT, RUNTIME_OPSETS[1, 20], domains={"ai.onnx.ml": 3, "com.microsoft": 1}),
        Target(
            "onnxruntime>=1.23",
            RUNTIME_OPSETS[1, 23],
            domains={"ai.onnx.ml": 5, "com.microsoft": 1},
        ),
        _PORTABLE,
        _PORTABLE._replace(
            name="webgpu",
            lacks=_PORTABLE.lacks | {"float64"},
            replaces=_PORTABLE.replaces
            | {
                "ArgMax of float32",
                "ArgMin of float32",
                "Slice with negative steps",
                "Log of float32",
                "Acosh of float32",
                "Atanh of float32",
            },
        ),
    )
}
"""By name."""


def as_target(
    what: str, name: object = None, opset: object = None, functions: object = None
) -> Target:
    """Return the target with a name, with another opset or use of functions if they are given.

    Without a name it is the default target, but not strict: operators that the user names may be of any domain,
    and raise the opset unless that is given.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If there is no such target, opset or use of functions; `what` was given them.
    """
    if name is not None and (not isinstance(name, str) or name not in TARGETS):
        raise ArgumentError(f"{what}: target must be one of {', '.join(TARGETS)}, not {name!r}")
    target = TARGETS[DEFAULT if name is None else name]
    if name is None:
        target = target._replace(is_limit=False, is_strict=False)
    if opset is not None:
        if isinstance(opset, bool) or not isinstance(opset, int):
            raise ArgumentTypeError(
                f"opset must be an integer, not {opset!r} of type {type(opset).__name__}"
            )
        if opset < OLDEST_OPSET:
            raise OpsetError(
                f"every model needs opset {OLDEST_OPSET} at least, but opset={opset} was given"
            )
        target = target._replace(opset=opset, is_limit=True)
    if functions is not None:
        if not isinstance(functions, bool):
            raise ArgumentTypeError(
                f"{what}: functions must be True, False or None, not {functions!r}"
            )
        target = target._replace(functions=functions)
    return target


def target_of(*values: Value) -> Target:
    """Return the target of the model that values are recorded for; the default if it is not known."""
    for value in values:
        if value.trace is not None and value.trace.target is not None:
            return value.trace.target
    return TARGETS[DEFAULT]
