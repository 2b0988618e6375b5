"""Geometry of points."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_predictors.cases import points


@points
def cross_products(X):
    return np.cross(X, [0.0, 0.0, 1.0])


@points
def spherical(X):
    x, y, z = X.T
    r = np.sqrt(x**2 + y**2 + z**2)
    return np.stack([r, np.arccos(z / r), np.arctan2(y, x)], axis=1)


@points
def haversine(X):
    lat, lon = np.radians(X[:, 0]), np.radians(X[:, 1])
    a = np.sin(lat / 2) ** 2 + np.cos(lat) * np.sin(lon / 2) ** 2
    return 2 * 6371 * np.arcsin(np.minimum(1, np.sqrt(a)))


@points
def normalized_vectors(X):
    norms = np.linalg.norm(X, axis=1)
    out = np.zeros_like(X)
    np.divide(X, norms[:, None], out=out, where=norms[:, None] > 0)
    return out


@points
def in_the_box(X):
    low, high = [-1, -1, -1], [1, 1, 1]
    inside = np.minimum(X - low, np.array(high) - X)
    return np.all(inside >= 0, axis=1)


@points
def quaternion(X):
    half = np.linalg.norm(X, axis=1, keepdims=True) / 2
    return np.block([np.cos(half), np.sin(half) * X])


@points
def lower_triangle(X):
    L = np.zeros((len(X), 2, 2))
    L[:, 0, 0] = np.exp(X[:, 0])
    L[:, 1, 0] = X[:, 1]
    L[:, 1, 1] = np.exp(X[:, 2])
    return L @ L.transpose(0, 2, 1)
