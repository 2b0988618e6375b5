"""A linear regression trained with scipy, shipped as ONNX, run by onnxruntime alone."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnxruntime as ort
import scipy.linalg

import onnxp as xp


class LinearRegression:
    def fit(self, X, y):
        design = np.column_stack([X, np.ones(len(X), X.dtype)])
        solution, *_ = scipy.linalg.lstsq(design, y)
        self._coefficients, self._intercept = solution[:-1], solution[-1]
        return self

    def predict(self, X):
        return X @ self._coefficients + self._intercept


def main() -> None:
    random = np.random.default_rng(0)
    X_train = random.normal(size=(200, 2)).astype(np.float32)
    noise = random.normal(scale=0.01, size=200).astype(np.float32)
    y_train = X_train @ np.array([3.0, -2.0], np.float32) + np.float32(0.5) + noise
    lr = LinearRegression().fit(X_train, y_train)

    # The same predict, given a model input instead of data; "N" is decided at run time.
    X = xp.argument(shape=("N", 2), dtype=xp.float32)
    model_proto = xp.build({"X": X}, {"predictions": lr.predict(X)})

    X_test = random.normal(size=(7, 2)).astype(np.float32)
    session = ort.InferenceSession(model_proto.SerializeToString())
    (predictions,) = session.run(["predictions"], {"X": X_test})
    print("nodes:", ", ".join(node.op_type for node in model_proto.graph.node))
    print("onnxruntime:", predictions)
    print("numpy:      ", lr.predict(X_test))
    np.testing.assert_allclose(predictions, lr.predict(X_test), rtol=1e-6, atol=1e-6)

    # The same in one step, with the names taken from predict's parameters.
    program = xp.trace(lr.predict, X=xp.spec(("N", 2), xp.float32))
    np.testing.assert_array_equal(program(X_test), predictions)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        program.save(path)
        np.testing.assert_array_equal(xp.load(path)(X_test), predictions)

    # And evaluated eagerly, for tests and debugging.
    eager = np.asarray(lr.predict(xp.asarray(X_test)))
    np.testing.assert_allclose(eager, predictions, rtol=1e-6, atol=1e-6)


if __name__ == "__main__":
    main()
