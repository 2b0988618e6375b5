"""Images."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_predictors.cases import images
from tests.helpers.numpy_predictors.parameters import GAMMA


@images
def normalized_images(X):
    X = X.astype(np.float32) / 255.0
    return (X - 0.5) / 0.25


@images
def scaled_bytes(X):
    return X / 255


@images
def gamma_corrected(X):
    return (GAMMA[X] * 255).astype(np.uint8)


@images
def flipped_and_cropped(X):
    return X[:, ::-1, 1:-1]


@images
def pooled(X):
    n, h, w = X.shape
    return X.reshape(n, h // 2, 2, w // 2, 2).max(axis=(2, 4))


@images
def inverted_mask(X):
    mask = X > 128
    return np.where(~mask, X, 255 - X)


@images
def edges(X):
    X = np.pad(X.astype(float), ((0, 0), (1, 1), (1, 1)), mode="edge")
    gx = X[:, 1:-1, 2:] - X[:, 1:-1, :-2]
    gy = X[:, 2:, 1:-1] - X[:, :-2, 1:-1]
    return np.hypot(gx, gy)


@images
def rotated(X):
    return np.rot90(X, axes=(1, 2))
