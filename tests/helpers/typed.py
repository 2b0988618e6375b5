"""A user's code, for mypy: it sees all public modules and types, and an unused ignore is an error."""

from __future__ import annotations

import numpy as np

import onnxp as xp
from onnxp.onnx import op


def solve(x: xp.Array, size: int | xp.Dim, dtype: xp.DType, device: xp.Device) -> xp.Array:
    try:
        inverse: xp.Array = xp.linalg.inv(x)
    except xp.errors.LinearAlgebraError:
        inverse = xp.zeros((size, size), dtype=dtype, device=device)
    return inverse @ x + xp.mean(x)


def export(spec: xp.Spec) -> tuple[xp.Assumption, ...]:
    program: xp.Program = xp.trace(lambda x: x + 1, spec)
    comparison: xp.Comparison = program.check(np.zeros(2))
    differences: list[xp.Difference] = list(comparison)
    assert differences
    return program.assumptions


def mistakes() -> None:  # never called: an ignore that mypy does not need is an error
    xp.nonsense  # type: ignore[attr-defined]  # noqa: B018
    xp.array([1])  # type: ignore[attr-defined]  # the error is tested
    xp.linalg.inv(1)  # type: ignore[arg-type]  # the error is tested


def modules() -> None:
    print(xp.testing.run_all_ways, xp.sklearn.trace_estimator)
    op("Relu", xp.asarray([1.0]))
