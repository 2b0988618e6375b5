"""The errors of runtimes, as data: operator, dtypes, versions, what happens, and how it is avoided.

`onnxp._src.lowering` avoids most of them. The rest affects the results of models on these runtimes. Tests
verify each row on the runtimes that it names, and its absence on the others.
"""

from __future__ import annotations

from functools import cache

from onnxp._src.ops import crashing_kernels, wrong_kernels, wrong_rewrites
from onnxp._src.ops.runtime_bug import RuntimeBug
from onnxp._src.ops.versions import TRIED, installed_runtime, release

RUNTIME_BUGS: dict[str, RuntimeBug] = {
    **crashing_kernels.ROWS,
    **wrong_kernels.ROWS,
    **wrong_rewrites.ROWS,
}


@cache
def installed_has(name: str) -> bool:
    """Return whether the installed runtime has an error; untested versions count as the older tested one."""
    row = RUNTIME_BUGS[name]
    version = release(installed_runtime())
    following = [r for r in map(release, TRIED) if r > release(row.last)]
    return version >= release(row.first) and (not following or version < following[0])
