"""Special functions, composed of operators in float64."""
