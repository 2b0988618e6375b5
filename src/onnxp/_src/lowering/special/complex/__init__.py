"""Special functions of complex numbers."""
