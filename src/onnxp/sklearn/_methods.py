"""The methods of estimators that can be traced."""

from __future__ import annotations

OUTPUT_NAMES = {
    "predict": "prediction",
    "predict_proba": "probabilities",
    "predict_log_proba": "log_probabilities",
    "predict_joint_log_proba": "joint_log_probabilities",
    "decision_function": "scores",
    "score_samples": "sample_scores",
    "transform": "transformed",
    "inverse_transform": "original",
}
"""The names of the outputs of methods. The output of ``predict`` is ``"label"`` if it returns labels."""
