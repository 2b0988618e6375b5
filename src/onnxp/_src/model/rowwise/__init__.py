"""Proof that a model is row-wise: each row of its outputs depends on the same row of its inputs only."""
