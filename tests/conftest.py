"""What all tests share."""

from hypothesis import settings

# How long an example takes tells of the machine and of what else runs on it.
settings.register_profile("onnxp", deadline=None)
settings.load_profile("onnxp")
