"""Constants (the standard's chapter of that name): Python floats, and None as the new axis."""

import math

e = math.e
inf = math.inf
nan = math.nan
newaxis = None
pi = math.pi
