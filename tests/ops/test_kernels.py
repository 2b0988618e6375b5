"""The tables of kernel gaps are those of the installed runtime, and the script that compares them sees it."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator

import pytest

import onnxp
import onnxp as xp
from benchmarks import kernels as script
from benchmarks.kernels import SAMPLES, Sample, Trial
from benchmarks.names import CHAPTERS, INPUTS, arrays, run
from onnxp._src.dtypes import BY_NAME, DTYPES, DType
from onnxp._src.graph.traversal import walk
from onnxp._src.graph.values import Function, Value
from onnxp._src.ops.kernels import GAPS, Gap
from onnxp._src.ops.versions import release


def test_tables_are_those_of_the_installed_runtime(capfd: pytest.CaptureFixture[str]):
    assert script.main([]) == 0, capfd.readouterr().out


@pytest.mark.parametrize(
    ("installed", "gaps", "detoured", "bare", "finding"),
    [
        ("1.20.1", [], "", "", ""),
        ("1.20.1", [], "none", "none", "needs a row: none"),
        ("1.20.1", [Gap("Abs", "int8", "int32", "1.20.1")], "", "none", ""),
        ("1.20.1", [Gap("Abs", "int8", "int32", "1.20.1")], "none", "none", "by int32 does not do"),
        ("1.20.1", [Gap("Abs", "int8", "int32", "1.20.1")], "", "", "needs no detour"),
        ("1.23.2", [Gap("Abs", "int8", "int32", "1.20.1")], "", "", ""),
        ("1.23.2", [Gap("Abs", "int8", "int32", "1.20.1")], "", "none", "but still: none"),
        ("1.23.2", [Gap("Dbs", "int8", "int32", "1.23.2")], "", "", "nothing tries it"),
    ],
)
def test_findings(
    installed: str,
    gaps: list[Gap],
    detoured: str,
    bare: str,
    finding: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(script.kernels, "GAPS", gaps)
    trial = Trial("Abs", "int8")
    found = " ".join(script.findings(installed, {trial: detoured}, {trial: bare}))
    assert finding in found
    assert bool(found) is bool(finding)


def test_trial_that_ends_its_process_is_an_outcome(monkeypatch: pytest.MonkeyPatch):
    code = (
        "import os, sys\n"
        "for line in sys.stdin:\n"
        "    if 'Sub' in line: os.abort()\n"
        "    print('fine', flush=True)\n"
    )
    monkeypatch.setattr(script, "WORKER", ("-c", code))
    trials = [Trial(operator, "int8") for operator in ("Add", "Sub", "Mul")]
    died = f"the process ended: {signal.SIGABRT.name}"
    assert list(script.outcomes(trials).values()) == ["fine", died, "fine"]


def test_wrong_result_is_an_outcome(monkeypatch: pytest.MonkeyPatch):
    right = SAMPLES["Add"]
    monkeypatch.setitem(SAMPLES, "Add", Sample(right.category, right.record, lambda x, _: x))
    assert Trial("Add", "int32").run().startswith("wrong: [[4, 3, 4], [6, 8, 4]], not [[3,")


def test_every_dtype_of_a_row_is_written_once():
    cells = [
        (op, dtype) for gap in GAPS for op in gap.operators.split() for dtype in gap.dtypes.split()
    ]
    assert len(set(cells)) == len(cells)


def test_every_kernel_in_use_is_tried():
    tried = {(operator, BY_NAME[dtype]) for operator, dtype in script.trials()}
    tried |= {("CumProd", dtype) for dtype in DTYPES} | {("BitCast", dtype) for dtype in DTYPES}
    used = set()
    for example in (example for chapter in CHAPTERS.values() for example in chapter.values()):
        for dtype in DTYPES:
            inputs = {
                name: xp.argument(tuple(spec.partition("[")[2].rstrip("]").split(", ")), dtype)
                for name, spec in INPUTS.items()
            }
            try:
                results = arrays(run(example, inputs))
            except onnxp.errors.OnnxpError:
                continue
            used |= set(kernels_in(plane for x in results for plane in x._planes))
    assert used - tried == set()


def kernels_in(values: Iterable[Value], stop: Iterable[Value] = ()) -> Iterator[tuple[str, DType]]:
    for value in walk(values, stop):
        node = value.node
        if node is None:
            continue
        if isinstance(node.op, Function):
            yield from kernels_in(node.op.outputs)
            continue
        for _, body in node.bodies:
            yield from kernels_in(body.outputs, body.inputs)
        if node.op not in ("Symbol", "If", "Loop"):
            place = {"Where": 1}.get(node.op, 0)
            source = None if node.op in ("ConstantOfShape", "EyeLike") else node.inputs[place]
            yield node.op, (source or value).dtype


def test_releases_compare():
    assert release("1.9.0") < release("1.20.1") < release("1.32.0.dev20260101") < release("2.0")
