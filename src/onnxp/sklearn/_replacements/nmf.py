"""Replacements in ``sklearn.decomposition._nmf``: weights of components, by loops of the model.

As in scikit-learn, when the iterations end depends on all rows of a batch together.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.errors import EstimatorError
from onnxp.sklearn._registry import replaces
from onnxp.sklearn._validity import require

_NMF = "sklearn.decomposition._nmf"
_LEAST = float(np.finfo(np.float32).eps)
_TINY = float(np.finfo(np.float64).eps)
_EVERY = 10  # iterations between two tests of convergence


@replaces(
    f"{_NMF}:NMF._fit_transform",
    reason="It iterates until the results change little (1.9.1, _nmf.py:1675).",
)
def _weights(
    xp: ModuleType, /, model: Any, X: Any, W: Any = None, H: Any = None, update_H: bool = True
) -> Any:
    if update_H:
        return NotImplemented
    model._check_params(X)
    l1, _, l2, _ = model._compute_regularization(X)
    components = np.asarray(H)
    if model.solver == "mu":
        update = _Update(xp, X, components, model._beta_loss, float(l1), float(l2))
        return update.until(model.max_iter, float(model.tol)), H, 0
    if model.shuffle:
        raise EstimatorError(
            f"{type(model).__name__}.transform cannot be traced with shuffle=True: it draws a random order"
        )
    return _descent(xp, X, components, model.max_iter, float(model.tol), l1, l2), H, 0


@replaces(
    f"{_NMF}:MiniBatchNMF._solve_W",
    reason="It iterates until the results change little (1.9.1, _nmf.py:2060).",
)
def _weights_of_batch(xp: ModuleType, /, model: Any, X: Any, H: Any, max_iter: int) -> Any:
    l1, _, l2, _ = model._compute_regularization(X)
    update = _Update(xp, X, np.asarray(H), model._beta_loss, float(l1), float(l2))

    def going(state: tuple[Any, Any, Any]) -> Any:
        return state[2] & (state[0] < max_iter)

    def improved(state: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        count, W, _ = state
        after = update(W, 1)
        change = xp.sqrt(xp.sum((after - W) ** 2)) / xp.sqrt(xp.sum(after * after))
        return count + 1, after, ~((change <= float(model.tol)) & (model.tol > 0))

    return xp.while_loop(going, improved, (xp.asarray(0), update.start(), xp.asarray(True)))[1]


def _descent(
    xp: ModuleType, X: Any, H: np.ndarray[Any, Any], most: int, tol: float, l1: float, l2: float
) -> Any:
    """Return the weights by coordinate descent."""
    gram = H @ H.T + l2 * np.eye(len(H), dtype=H.dtype)
    targets = X @ xp.asarray(H.T.copy()) - l1

    def going(state: tuple[Any, Any, Any, Any]) -> Any:
        return state[3] & (state[0] < most)

    def improved(state: tuple[Any, Any, Any, Any]) -> tuple[Any, Any, Any, Any]:
        count, first, W, _ = state
        columns = [W[:, t] for t in range(len(H))]
        violation = 0.0 * xp.sum(targets)
        for t, row in enumerate(gram.tolist()):
            gradient = sum(
                (weight * column for weight, column in zip(row, columns, strict=True)),
                start=-targets[:, t],
            )
            own = columns[t]
            projected = xp.where(own == 0, xp.minimum(gradient, 0.0), gradient)
            violation = violation + xp.sum(xp.abs(projected))
            if row[t] != 0:
                columns[t] = xp.maximum(own - gradient / row[t], 0.0)
        first = xp.where(count == 0, violation, first)
        share = violation / xp.where(first == 0, 1.0, first)
        return count + 1, first, xp.stack(columns, axis=1), (first != 0) & (share > tol)

    zero = 0.0 * xp.sum(targets)
    start = (xp.asarray(0), zero, xp.zeros_like(targets), xp.asarray(True))
    return xp.while_loop(going, improved, start)[2]


class _Update:
    """Multiplicative updates of the weights."""

    def __init__(
        self,
        xp: ModuleType,
        X: Any,
        H: np.ndarray[Any, Any],
        beta: float,
        l1: float,
        l2: float,
    ) -> None:
        self.xp, self.X, self.beta, self.l1, self.l2 = xp, X, float(beta), l1, l2
        self.H, self.transposed = xp.asarray(H), xp.asarray(H.T.copy())
        self.gram = xp.asarray(H @ H.T)
        self.sums = xp.asarray(H.sum(axis=1))
        self.count = len(H)
        if beta <= 0:
            require(X > 0)

    def start(self) -> Any:
        """Return the weights to begin with."""
        xp = self.xp
        average = xp.sqrt(xp.mean(self.X) / float(self.count))
        return xp.zeros((self.X.shape[0], self.count), dtype=self.X.dtype) + average

    def __call__(self, W: Any, count: Any) -> Any:
        """Return the weights after an update, which is the given one in number."""
        xp, beta = self.xp, self.beta
        l1 = self.l1
        if beta == 2:
            numerator, denominator = self.X @ self.transposed, W @ self.gram
        else:
            product = W @ self.H
            whole = xp.maximum(product, _LEAST) if beta < 1 else product
            safe = xp.maximum(product, _LEAST) if beta < 2 else product
            numerator = (self.X * safe ** (beta - 2.0)) @ self.transposed
            if beta == 1:
                # scikit-learn adds the penalty to the same sums each time (1.9.1, _nmf.py:638)
                denominator, l1 = self.sums[None, :] + 0.0 * W, self.l1 * count
            else:
                denominator = whole ** (beta - 1.0) @ self.transposed
        denominator = denominator + l1
        if self.l2 > 0:
            denominator = denominator + self.l2 * W
        change = numerator / xp.where(denominator == 0, _LEAST, denominator)
        if beta < 1:
            change = change ** (1.0 / (2.0 - beta))
        elif beta > 2:
            change = change ** (1.0 / (beta - 1.0))
        return xp.astype(W * change, W.dtype)

    def until(self, most: int, tol: float) -> Any:
        """Return the weights of which ten updates change the error little."""
        xp = self.xp

        def going(state: tuple[Any, Any, Any, Any, Any]) -> Any:
            return state[4] & (state[0] < most)

        def improved(state: tuple[Any, Any, Any, Any, Any]) -> tuple[Any, Any, Any, Any, Any]:
            count, W, previous, first, _ = state
            W = self(W, xp.astype(count + 1, W.dtype))
            if self.beta < 1:
                W = xp.where(W < _TINY, 0.0, W)
            is_tested = (count + 1) % _EVERY == 0
            error = self.error(W)
            done = is_tested & ((previous - error) / first < tol)
            return count + 1, W, xp.where(is_tested, error, previous), first, ~done

        start = self.start()
        error = self.error(start)
        state = (xp.asarray(0), start, error, error + 0.0, xp.asarray(True))
        if tol > 0:
            return xp.while_loop(going, improved, state)[1]
        return xp.fori_loop(0, most, lambda i, W: self(W, xp.astype(i + 1, W.dtype)), start)

    def error(self, W: Any) -> Any:
        """Return the root of twice the divergence."""
        xp, X, beta = self.xp, self.X, self.beta
        product = W @ self.H
        if beta == 2:
            return xp.sqrt(xp.sum((X - product) ** 2))
        is_used = _LEAST < X
        part = xp.where(is_used, xp.maximum(product, _LEAST), 1.0)
        rows = xp.where(is_used, X, 1.0)
        if beta == 1:
            terms = xp.where(is_used, rows * xp.log(rows / part), 0.0)
            result = xp.sum(terms) + xp.sum(xp.sum(W, axis=0) * self.sums)
            result = result - xp.sum(xp.where(is_used, rows, 0.0))
        elif beta == 0:
            ratio = rows / part
            terms = xp.where(is_used, ratio - xp.log(ratio), 0.0)
            result = xp.sum(terms) - xp.sum(xp.ones_like(X))
        else:
            terms = rows**beta - beta * rows * part ** (beta - 1.0)
            result = xp.sum(xp.where(is_used, terms, 0.0)) + (beta - 1.0) * xp.sum(product**beta)
            result = result / (beta * (beta - 1.0))
        return xp.sqrt(2.0 * xp.maximum(result, 0.0))
