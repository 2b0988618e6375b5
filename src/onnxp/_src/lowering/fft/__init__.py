"""Discrete Fourier transforms of planes along one axis."""
