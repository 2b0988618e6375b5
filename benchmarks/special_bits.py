"""Whether models with special functions give the same bits on several versions of onnxruntime.

``python -m benchmarks.special_bits FOLDER PYTHON...`` writes a model of each function and dtype, runs it on the
newest version, and compares the bits of what other environments give at their default options. What differs is
printed, and makes the exit code 1 but for subnormal numbers and signs of zeros, where the kernel of Exp of
onnxruntime 1.20.1 gives others. ``make properties`` calls it.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

import onnxp as xp
from benchmarks.run_models import SMALL, encoded
from benchmarks.runtimes import Runtime, run
from tests.helpers.special import EDGES, USUAL, Arguments, function

DTYPES = ("float64", "float32")


def arguments_of(name: str) -> Arguments:
    """Return usual arguments of a function, numbers beside them, and special ones, broadcast to one vector."""
    columns = []
    for i, usual in enumerate(np.broadcast_arrays(*USUAL[name])):
        edges = [point[i] for point in product(*EDGES[name])] if name in EDGES else []
        columns.append(np.concatenate([usual.ravel(), np.nextafter(usual.ravel(), np.inf), edges]))
    return tuple(columns)


def export(folder: Path) -> list[str]:
    """Write the models with their cases, and return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    names: list[str] = []
    for name, dtype in product(USUAL, DTYPES):
        with np.errstate(over="ignore"):
            arrays = [a.astype(dtype) for a in arguments_of(name)]
        program = xp.trace(function(name), *[f"{dtype}[N]"] * len(arrays))
        feeds = {leaf.name: x for leaf, x in zip(program.inputs, arrays, strict=True)}
        session = program.session()
        outputs = {
            out.name: x
            for out, x in zip(session.get_outputs(), session.run(None, feeds), strict=True)
        }
        case = {
            "inputs": encoded(feeds),
            "outputs": encoded(outputs),
            "in_float32": False,
            "same_bits": True,
        }
        path = folder / f"{len(names)}.onnx"
        program.save(path)
        path.with_suffix(".json").write_text(json.dumps(case), encoding="utf-8")
        names.append(f"{name} of {dtype}")
    return names


def main(arguments: Sequence[str]) -> int:
    """Export the models, and run them in the environments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.special_bits", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the models are written")
    parser.add_argument("programs", nargs="*", metavar="PYTHON", help="of other environments")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    names = export(options.folder)
    failed = False
    for program in options.programs:
        runtime = Runtime(program, "onnxruntime")
        reasons = {names[n]: why for n, why in run(runtime, options.folder).items() if why}
        small = sum(why.startswith(SMALL) for why in reasons.values())
        failed |= len(reasons) > small
        print(
            f"{runtime.title()}: {len(reasons)} of {len(names)} models differ, "
            f"{small} of them in numbers below the least normal one only",
            *(f"  {name}: {why}" for name, why in reasons.items()),
            sep="\n",
            flush=True,
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
