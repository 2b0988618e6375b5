"""
A classifier and its model
==========================

A pipeline of scikit-learn decides the same in Python and as a model. The regions below are predicted by
onnxruntime, from the bytes of the model.
"""

import matplotlib.pyplot as plt
import numpy as np
import onnxruntime as ort
from sklearn.datasets import make_moons
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from onnxp.sklearn import trace_estimator

X, y = make_moons(200, noise=0.25, random_state=0)
pipeline = make_pipeline(StandardScaler(), SVC()).fit(X, y)
program = trace_estimator(pipeline, ["predict", "decision_function"])
session = ort.InferenceSession(bytes(program))

# %%
# The rows of a grid go through the session at once, since the batch is dynamic.
xs, ys = np.meshgrid(np.linspace(-2, 3, 200), np.linspace(-1.5, 2, 150))
grid = np.stack([xs.ravel(), ys.ravel()], axis=1)
label, scores = session.run(None, {"X": grid})

fig, axes = plt.subplots()
axes.contourf(xs, ys, scores.reshape(xs.shape), 20, cmap="RdBu", vmin=-2, vmax=2)
axes.contour(xs, ys, scores.reshape(xs.shape), [0], colors="k")
axes.scatter(*X.T, c=y, cmap="RdBu", edgecolors="k")
axes.set_title("decision_function of the ONNX model")
plt.show()

# %%
# Labels are equal, and scores differ in their last digits:
print((label == pipeline.predict(grid)).all())
print(f"{np.abs(scores - pipeline.decision_function(grid)).max():.1e}")
