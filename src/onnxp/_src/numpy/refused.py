"""The functions of numpy that have no translation for traced arrays, with reasons."""

from __future__ import annotations

_GROUPS: dict[str, str] = {
    "polydiv polymul roots": (
        "numpy leaves out zeros in front, so that the size of the result depends on the elements; write "
        "np.convolve(p, q) for a product, and np.linalg.eigvals of the companion matrix for roots"
    ),
    "array2string array_repr array_str save savetxt savez savez_compressed": (
        "a traced array has no elements to print or to save"
    ),
    "real_if_close": "the dtype of the result depends on the elements; write x.real",
    "asmatrix bmat": "np.matrix cannot hold traced arrays; write np.block",
    "row_stack": "the name is deprecated; write np.vstack",
    "isfortran": "a traced array has no memory",
    "mask_indices": "write np.nonzero(mask)",
    "nested_iters": "a loop over elements; write array functions",
}

REASONS: dict[str, str] = {
    name: reason for names, reason in _GROUPS.items() for name in names.split()
}
"""What to write instead, or why there is no translation, by the names of functions."""


def reason_for(name: str, module: str) -> str:
    """Return why a function is not translated, or what to write instead."""
    if module.rpartition(".")[2] in ("char", "defchararray", "strings"):
        return _COMPARISONS_OF_TEXT if name in _COMPARED else _OF_TEXT.get(name, _TEXT)
    for prefix, reason in _OF_MODULES.items():
        if module.startswith(prefix):
            return reason
    return REASONS.get(name, _OTHERS)


_COMPARED = frozenset(
    "equal not_equal greater greater_equal less less_equal compare_chararrays".split()
)
_COMPARISONS_OF_TEXT = (
    "write x == y, for which spaces at the end count; text has no other comparisons"
)
_RANDOM = (
    "a model draws no random numbers; make them an argument of the function, so that each call gives its own, "
    "or draw them outside of it with a fixed size, if the model shall keep them"
)
_LISTS = "it gives lists, which no array of a model holds; write np.strings.partition for two parts"
_OF_TEXT = {
    **dict.fromkeys(("split", "rsplit", "splitlines"), _LISTS),
    "index": "write np.strings.find, which gives -1 where there is none",
    "rindex": "write np.strings.rfind, which gives -1 where there is none",
    "rpartition": "text is divided from the front only, by np.strings.partition",
}
_OF_MODULES = {
    "numpy.random": _RANDOM,
    "numpy.ma": (
        "write x = xp.nulls.make_nullable(x, mask) for an array whose sums, means and the like leave out what "
        "is masked, or np.where(mask, np.nan, x) and np.nanmean"
    ),
    "numpy.rec": "models have no structured arrays; keep an array for each field, as in a dict",
    "numpy.testing": (
        "the elements are not known before the model runs; check them outside of the traced function, as by "
        "program.check(X)"
    ),
}
_TEXT = "no runtime has a kernel for it; change the text before it goes into the model"
_OTHERS = (
    "use functions of the namespace of the array, or call it outside the traced function if its arguments do "
    "not depend on the input"
)
