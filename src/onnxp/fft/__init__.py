"""The Fourier transform extension of the standard.

All functions support all arrays. They compute in float64, with errors like those of numpy. A static length
becomes products with constant matrices. A length that is known only when a model runs takes more time, and its
results may differ in the last bits from those of a static one.
"""

from onnxp._src.namespace import claim
from onnxp.fft._frequencies import fftfreq, fftshift, ifftshift, rfftfreq
from onnxp.fft._multidimensional import fftn, ifftn, irfftn, rfftn
from onnxp.fft._transforms import fft, hfft, ifft, ihfft, irfft, rfft

__all__ = [
    "fft",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfftn",
    "rfft",
    "rfftfreq",
    "rfftn",
]

claim(globals())
