"""The functions of numpy that have no translation for traced arrays, with reasons."""

from __future__ import annotations

_GROUPS: dict[str, str] = {
    "poly polyadd polyder polydiv polyfit polyint polymul polysub roots": (
        "write the coefficients with array functions, such as np.convolve and np.polyval"
    ),
    "array2string array_repr array_str save savetxt savez savez_compressed": (
        "a traced array has no elements to print or to save"
    ),
    "packbits unpackbits bitwise_count": "write (x >> np.arange(8)) & 1, or sums of x << np.arange(8)",
    "frexp ldexp spacing": "no runtime has a kernel for parts of floating-point numbers",
    "gcd lcm": "the number of steps depends on the elements; write xp.while_loop",
    "busday_count busday_offset is_busday": "write xp.dates.is_business_day and the like",
    "datetime_as_string": "write x.astype(str)",
    "histogram2d histogramdd": (
        "write np.bincount(np.ravel_multi_index((i, j), shape)) with the bins i, j of np.searchsorted"
    ),
    "sort_complex": "complex numbers have no order in a model; write np.lexsort((x.imag, x.real))",
    "real_if_close trim_zeros": "what is returned depends on the elements; write x.real, or a slice",
    "resize": "write np.tile(x, n), and a slice",
    "asmatrix bmat": "np.matrix cannot hold traced arrays; write np.block",
    "row_stack": "the name is deprecated; write np.vstack",
    "asarray_chkfinite": "the elements are not known; write np.isfinite(x) where it matters",
    "isfortran": "a traced array has no memory",
    "geomspace logspace": "write base ** np.linspace(start, stop, num)",
    "frompyfunc": "the function would be called for each element; call it for the whole array",
    "mask_indices": "write np.nonzero(mask)",
    "common_type": "write np.result_type",
    "fromiter nested_iters": "a loop over elements; write array functions",
}

REASONS: dict[str, str] = {
    name: reason for names, reason in _GROUPS.items() for name in names.split()
}
"""What to write instead, or why there is no translation, by the names of functions."""


def reason_for(name: str, module: str) -> str:
    """Return why a function is not translated, or what to write instead."""
    if module.rpartition(".")[2] in ("char", "defchararray", "strings"):
        return _COMPARISONS_OF_TEXT if name in _COMPARED else _OF_TEXT.get(name, _TEXT)
    if module.startswith("numpy.ma"):
        return _OF_MASKED
    return REASONS.get(name, _OTHERS)


_COMPARED = frozenset(
    "equal not_equal greater greater_equal less less_equal compare_chararrays".split()
)
_COMPARISONS_OF_TEXT = (
    "write x == y, for which spaces at the end count; text has no other comparisons"
)
_LISTS = "it gives lists, which no array of a model holds; write np.strings.partition for two parts"
_OF_TEXT = {
    **dict.fromkeys(("split", "rsplit", "splitlines"), _LISTS),
    "index": "write np.strings.find, which gives -1 where there is none",
    "rindex": "write np.strings.rfind, which gives -1 where there is none",
    "rpartition": "text is divided from the front only, by np.strings.partition",
}
_OF_MASKED = (
    "write x = xp.nulls.make_nullable(x, mask) for an array whose sums, means and the like leave out what is "
    "masked, or np.where(mask, np.nan, x) and np.nanmean"
)
_TEXT = "no runtime has a kernel for it; change the text before it goes into the model"
_OTHERS = (
    "use functions of the namespace of the array, or call it outside the traced function if its arguments do "
    "not depend on the input"
)
