"""Replacements in ``sklearn.linear_model``: products of terms, and orthogonal matching pursuit of all rows."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._registry import is_traced, replaces
from onnxp.sklearn._terms import dot, parts_of


@replaces(
    "sklearn.linear_model._base:LinearClassifierMixin._predict_proba_lr",
    reason="Two columns that are stacked from vectors take two nodes more (1.9.1, _base.py:440), and of more "
    "classes it asks whether all have no probability (1.9.1, _base.py:445).",
)
def _logistic_probabilities(xp: ModuleType, /, model: Any, X: Any) -> Any:
    scores = model.decision_function(X)
    if scores.ndim == 1:
        likely = 1.0 / (1.0 + xp.exp(-scores[:, None]))
        return xp.concat([1.0 - likely, likely], axis=1)
    return _normalized(xp, 1.0 / (1.0 + xp.exp(-scores)))


_MOST_ATOMS = 16  # nodes grow with the third power of the number of atoms


@replaces(
    "sklearn.linear_model._base:LinearModel._decision_function",
    reason="It multiplies arrays with a column for each term of a vocabulary (1.9.1, _base.py:297).",
)
def _of_terms(xp: ModuleType, /, model: Any, X: Any) -> Any:
    parts = parts_of(X)
    if parts is None:
        return NotImplemented
    return dot(parts, np.asarray(model.coef_).T) + model.intercept_


@replaces(
    "sklearn.linear_model._omp:orthogonal_mp_gram",
    reason="It goes through the targets (1.9.1, _omp.py:620).",
)
def _pursue(
    xp: ModuleType,
    /,
    Gram: Any,
    Xy: Any,
    *,
    n_nonzero_coefs: Any = None,
    tol: Any = None,
    return_path: bool = False,
    return_n_iter: bool = False,
    **_: Any,
) -> Any:
    if is_traced(Gram) or Xy.ndim != 2 or tol is not None or return_path or return_n_iter:
        return NotImplemented
    gram = np.asarray(Gram)
    count = int(n_nonzero_coefs or 0.1 * len(gram))
    if not 0 < count <= min(_MOST_ATOMS, len(gram)):
        return NotImplemented
    coefficients = _Pursuit(xp, gram, xp.matrix_transpose(Xy)).coefficients(count)
    return xp.astype(coefficients, Gram.dtype).T


class _Pursuit:
    """A pursuit of atoms for each row, with the Cholesky factors of the atoms that it has found."""

    def __init__(self, xp: ModuleType, gram: np.ndarray[Any, Any], products: Any) -> None:
        self.xp = xp
        self.products = products  # of the rows with all atoms
        self.gram = xp.asarray(gram, dtype=products.dtype)
        self.least = float(np.finfo(gram.dtype).eps)
        self.chosen: list[Any] = []  # the atoms as rows of 0 and 1
        self.factors: list[list[Any]] = []  # rows of the lower triangle
        self.forward: list[Any] = []  # the solution of the lower triangle

    def coefficients(self, count: int) -> Any:
        """Return the coefficients of all atoms, of which `count` are not 0."""
        xp = self.xp
        result = xp.zeros_like(self.products)
        is_done = xp.zeros_like(self.products[:, 0], dtype=xp.bool)
        for _ in range(count):
            is_done = self._add(self.products - result @ self.gram, is_done)
            result = self._solution()
        return result

    def _add(self, rest: Any, is_done: Any) -> Any:
        """Add the atom of each row that explains most of its rest; return which rows have no more atoms."""
        xp = self.xp
        size = xp.abs(rest)
        place = xp.argmax(size, axis=1)
        atoms = xp.arange(rest.shape[1])
        hot = xp.astype(place[:, None] == atoms, rest.dtype)
        # the rest of an atom that was chosen before is rounding errors
        is_done = is_done | (xp.max(size, axis=1) ** 2 < self.least)
        for before in self.chosen:
            is_done = is_done | (xp.sum(before * hot, axis=1) > 0)
        products = hot @ self.gram
        row: list[Any] = []
        for before, factors in zip(self.chosen, self.factors, strict=True):
            value = xp.sum(products * before, axis=1)
            value = value - sum(a * b for a, b in zip(row, factors, strict=False))
            row.append(value / factors[-1])
        diagonal = xp.sum(products * hot, axis=1) - sum(value * value for value in row)
        if row:
            is_done = is_done | (diagonal <= self.least)
        row = [xp.where(is_done, 0.0, value) for value in row]
        row.append(xp.sqrt(xp.where(is_done, 1.0, diagonal)))
        hot = xp.where(is_done[:, None], 0.0, hot)
        value = xp.sum(hot * self.products, axis=1)
        value = value - sum(a * b for a, b in zip(row, self.forward, strict=False))
        self.chosen.append(hot)
        self.factors.append(row)
        self.forward.append(value / row[-1])
        return is_done

    def _solution(self) -> Any:
        """Return the coefficients of the atoms found so far."""
        count = len(self.chosen)
        values: list[Any] = [None] * count
        for i in range(count - 1, -1, -1):
            rest = self.forward[i]
            for j in range(i + 1, count):
                rest = rest - self.factors[j][i] * values[j]
            values[i] = rest / self.factors[i][i]
        return sum(value[:, None] * hot for value, hot in zip(values, self.chosen, strict=True))


@replaces(
    "sklearn.linear_model._stochastic_gradient:SGDClassifier.predict_proba",
    reason="It asks whether all classes have no probability (1.9.1, _stochastic_gradient.py:1388).",
)
def _huber_probabilities(xp: ModuleType, /, model: Any, X: Any) -> Any:
    if model.loss != "modified_huber" or len(model.classes_) == 2:
        return NotImplemented
    return _normalized(xp, (xp.clip(model.decision_function(X), -1.0, 1.0) + 1.0) / 2.0)


def _normalized(xp: ModuleType, share: Any) -> Any:
    """Return the shares of classes in their sum, which are equal where the sum is 0."""
    total = xp.sum(share, axis=1, keepdims=True)
    return xp.where(total == 0, 1.0 / share.shape[1], share / xp.where(total == 0, 1.0, total))
