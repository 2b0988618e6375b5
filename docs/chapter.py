"""The directive ``chapter``: what onnxp exports of one module, in the order of its source."""

from __future__ import annotations

from importlib import import_module

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import onnxp


class Chapter(SphinxDirective):
    """Document what `onnxp` exports from a module or package, under the names that users see."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module = import_module(self.arguments[0])
        names = [
            name
            for name, thing in vars(module).items()
            if callable(thing)
            and getattr(onnxp, name, None) is thing
            and f"{getattr(thing, '__module__', '')}.".startswith(f"{module.__name__}.")
        ]
        if not names:
            raise self.error(f"onnxp exports nothing of {module.__name__}")
        lines = []
        for name in names:
            thing = getattr(onnxp, name)
            if isinstance(thing, type):
                lines += [f".. autoclass:: onnxp.{name}", "   :members:"]
                lines += (
                    ["   :special-members: __call__", ""] if "__call__" in vars(thing) else [""]
                )
            else:
                lines += [f".. autofunction:: onnxp.{name}", ""]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=False)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("chapter", Chapter)
    return {"parallel_read_safe": True}
