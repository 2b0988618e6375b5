"""Functions of the namespace for nullable arrays: reductions leave nulls out, orders put them last.

Each is composed of the function for plain arrays, which checks the arguments, and gets elements that do not
matter in place of nulls. `definable` calls them by their names.
"""

from onnxp._src.api.nullable import ordering, products, reductions

__all__ = ["ordering", "products", "reductions"]
