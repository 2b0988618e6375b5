"""The directive ``picture``: the graph of a program, drawn as in a notebook."""

from __future__ import annotations

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Picture(SphinxDirective):
    """Run code that makes a ``program``, show the code, and draw the program."""

    has_content = True
    option_spec: ClassVar = {"alt": directives.unchanged_required, "hide-code": directives.flag}

    def run(self) -> list[nodes.Node]:
        code = "\n".join(self.content)
        namespace: dict[str, Any] = {}
        exec(compile(code, self.get_location(), "exec"), namespace)
        drawing = namespace["program"]._repr_html_()
        label = self.options["alt"].replace('"', "&quot;")
        picture = nodes.raw(
            "",
            f'<div class="picture" role="img" aria-label="{label}">{drawing}</div>',
            format="html",
        )
        if "hide-code" in self.options:
            return [picture]
        block = nodes.literal_block(code, code, language="python")
        return [block, picture]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True}
