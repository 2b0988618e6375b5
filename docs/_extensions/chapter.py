"""The directive ``chapter``: the functions that onnxp exports from one module, in the order of its source."""

from __future__ import annotations

from importlib import import_module
from inspect import isfunction, unwrap

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import onnxp


class Chapter(SphinxDirective):
    """Document the functions that `onnxp` exports from a module or package, under their public names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module = import_module(self.arguments[0])
        names = [
            name
            for name, thing in vars(module).items()
            if isfunction(thing)
            and getattr(onnxp, name, None) is thing
            and f"{unwrap(thing).__globals__['__name__']}.".startswith(f"{module.__name__}.")
        ]
        if not names:
            raise self.error(f"onnxp exports no function of {module.__name__}")
        text = "\n".join(f".. autofunction:: onnxp.{name}\n" for name in names)
        return self.parse_text_to_nodes(text, allow_section_headings=False)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("chapter", Chapter)
    return {"parallel_read_safe": True}
