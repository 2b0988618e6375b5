"""The directives for the package's tables about runtimes and dtypes, which become tables of a page."""

from __future__ import annotations

from collections.abc import Iterable

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from benchmarks import dtypes
from benchmarks.dtype_calls import ELEMENTS
from onnxp._src.ops.kernels import GAPS, NOT_ROUNDED
from onnxp._src.ops.optimizer_passes import NAMED_OPERATORS, NOT_TRIGGERED, TRIGGERED
from onnxp._src.ops.runtime_bugs import RUNTIME_BUGS
from onnxp._src.ops.versions import TRIED


def table(head: Iterable[str], rows: Iterable[Iterable[str]], widths: str) -> str:
    """Return a list-table."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in (head, *rows):
        lines += [
            f"   {'-' if i else '* -'} {cell}".replace("   -", "     -")
            for i, cell in enumerate(row)
        ]
    return "\n".join(lines)


def versions(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


class Gaps(SphinxDirective):
    """Kernels that runtimes lack."""

    def run(self) -> list[nodes.Node]:
        rows = [
            (gap.operators.replace(" ", ", "), gap.dtypes.replace(" ", ", "), gap.via, gap.until)
            for gap in GAPS
        ]
        head = ("Operators", "Dtypes", "Computed in", "Lacking until")
        return self.parse_text_to_nodes(table(head, rows, "35 35 15 15"))


class RuntimeBugs(SphinxDirective):
    """Errors of runtimes: those that affect results, or those that onnxp avoids."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        shown = directives.choice(self.arguments[0], ("shown", "avoided")) == "shown"
        rows = [
            (row.operator, row.dtypes, versions(row.first, row.last), row.what, row.answer)
            for row in RUNTIME_BUGS.values()
            if row.shows is shown
        ]
        head = ("Operators", "Dtypes", "onnxruntime", "What happens", "Instead")
        columns = 4 if shown else 5
        widths = "15 15 15 55" if shown else "12 12 12 32 32"
        text = table(head[:columns], [row[:columns] for row in rows], widths)
        return self.parse_text_to_nodes(text)


class Float16Operators(SphinxDirective):
    """Operators that are recorded in float32 for float16."""

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes(", ".join(NOT_ROUNDED.split()) + ".")


class OptimizerPasses(SphinxDirective):
    """The optimizations that change models, or those that do not, and the reason."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        kind = directives.choice(self.arguments[0], ("triggered", "named", "others"))
        if kind == "others":
            head = ("Optimization", "Not triggered, because")
            text = table(head, sorted(NOT_TRIGGERED.items()), "40 60")
        else:
            names = TRIGGERED if kind == "triggered" else NAMED_OPERATORS
            text = ", ".join(f"``{name}``" for name in names) + "."
        return self.parse_text_to_nodes(text)


class DtypeSupport(SphinxDirective):
    """The dtypes that functions take, or the reasons why they do not."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        kind = directives.choice(self.arguments[0], ("table", "reasons"))
        support = dtypes.support()
        if kind == "table":
            rows = [
                (f"``{name}``", *(dtypes.cell(row.get(head, {})) for head in ELEMENTS))
                for name, row in support.items()
            ]
            widths = " ".join(["16", *["10"] * len(ELEMENTS)])
            return self.parse_text_to_nodes(table(("Function", *ELEMENTS), rows, widths))
        lines: list[str] = []
        for head in ELEMENTS:
            reasons: dict[str, dict[str, None]] = {}
            for name, row in support.items():
                for message in filter(None, row.get(head, {}).values()):
                    why = dtypes.reason(name, message)
                    reasons.setdefault(why, {})[f"``{name}``"] = None
            lines += [f"**{head}**", ""]
            lines += [f"* {', '.join(names)}: ``{why}``" for why, names in reasons.items()]
            lines += [""]
        return self.parse_text_to_nodes("\n".join(lines))


class Runtimes(SphinxDirective):
    """The runtimes that are tried, in words."""

    def run(self) -> list[nodes.Node]:
        *older, newest = TRIED
        return self.parse_text_to_nodes(
            f"Tests run on onnxruntime {', '.join(older)} and {newest}; {TRIED[0]} is the oldest supported."
        )


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("dtype-support", DtypeSupport)
    app.add_directive("float16-operators", Float16Operators)
    app.add_directive("gaps", Gaps)
    app.add_directive("optimizer-passes", OptimizerPasses)
    app.add_directive("runtime-bugs", RuntimeBugs)
    app.add_directive("runtimes", Runtimes)
    return {"parallel_read_safe": True}
