"""Schemas of the operators that ``op`` records, and errors that quote them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from onnxp._src.dtypes import BY_NAME
from onnxp._src.model.version_converter import (
    enum_name,
    history,
    known_domains,
    schema,
    tensor_type,
)
from onnxp._src.ops.versions import BASE_OPSET
from onnxp.errors import OperatorError

if TYPE_CHECKING:
    from onnx.defs import OpSchema


def candidates(name: str, domain: str, version: int | None) -> list[OpSchema | None]:
    """Return the schema versions of an operator to try, or None for one without a schema."""
    forms = history(domain, name)
    if not forms:
        if domain in known_domains():
            raise OperatorError(unknown(name, domain))
        return [None]
    if version is not None:
        form = schema(domain, name, version)
        if form is None or form.deprecated:
            raise OperatorError(
                f"{name}: there is no such operator in version {version}; its versions are "
                f"{', '.join(str(f.since_version) for f in forms if not f.deprecated)}"
            )
        return [form]
    usable = [form for form in forms if not form.deprecated]
    if forms[-1].deprecated and domain == "" and forms[-1].since_version <= BASE_OPSET:
        raise OperatorError(
            f"{name} was removed in opset {forms[-1].since_version}; pass "
            f"version={usable[-1].since_version} to use its last version"
        )
    if domain != "":
        return [usable[-1]]
    old = [form for form in usable if form.since_version <= BASE_OPSET][-1:]
    return [*old, *(form for form in usable if form.since_version > BASE_OPSET)]


def unknown(name: str, domain: str) -> str:
    import difflib

    from onnx import defs

    names = sorted({s.name for s in defs.get_all_schemas() if s.domain == domain})
    close = difflib.get_close_matches(name, names, 3, 0.5)
    by_case = [n for n in names if n.lower() == name.lower()]
    hint = ", ".join(by_case or close)
    return f"there is no operator {name!r} in {domain or 'ONNX'}" + (
        f"; did you mean {hint}?" if hint else "; for an operator of another domain, pass domain="
    )


class Call(NamedTuple):
    """An operator with its schema."""

    name: str
    domain: str
    version: int | None
    schema: OpSchema | None

    def error(self, problem: str) -> OperatorError:
        return OperatorError(f"{self.name}: {problem}. {self.takes()}")

    def takes(self) -> str:
        """Describe the inputs and attributes of the operator for messages."""
        form = self.schema
        if form is None:
            return f"The operator has no schema in domain {self.domain!r}"
        inputs = ", ".join(
            formal.name + _OPTIONS[enum_name(formal.option)] + f" ({types_text(formal.types)})"
            for formal in form.inputs
        )
        attributes = ", ".join(
            f"{a.name} ({enum_name(a.type).lower()}{', required' if a.required else ''})"
            for a in sorted(form.attributes.values(), key=lambda a: a.name)
        )
        return (
            f"{self.name} of {self.domain or 'opset'} {form.since_version} takes the inputs "
            f"{inputs or 'none'}; the attributes {attributes or 'none'}"
        )


_OPTIONS = {"Single": "", "Optional": "?", "Variadic": "..."}


def types_text(types: Iterable[str]) -> str:
    names = [dtype.name for dtype in BY_NAME.values() if tensor_type(dtype) in types]
    others = [text for text in sorted(types) if not text.startswith("tensor(")]
    if len(names) >= 12 and not others:
        return "any"
    return ", ".join(names) if names else ", ".join(others[:3]) or "no supported dtype"
