"""Check values against `schemas/portal.schema.json`. A fast validator decides; `explain` is loaded where it refuses."""

from __future__ import annotations

from functools import cache, cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from reconciler.config.schema.attribute_types import condition_types
from reconciler.core.contract import load_json
from reconciler.core.diagnostics import Diagnostic, error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema_rs import Draft202012Validator

    from reconciler.config.schema.explain import Explainer
    from reconciler.config.schema.violation import Finding
    from reconciler.config.yaml.document import Document
    from reconciler.core.diagnostics import Path

NAME = "portal.schema.json"
MOST_FINDINGS = 300


class Checker:
    """Checks parts of one document, with the condition type of every attribute that its rules may name."""

    def __init__(self, document: Document, types: Mapping[str, str]) -> None:
        self._document = document
        self._types = types

    def check(self, path: Path = (), definition: str = "") -> Iterator[Diagnostic]:
        """Yield the violations of the value at `path` against a definition in `$defs`, or the whole schema."""
        node = self._document.root.at(path)
        if node is None or validator(definition).is_valid(node.value):
            return
        nothing = True
        for finding in islice(self._explainer.explain(node.value, path, definition), MOST_FINDINGS):
            nothing = False
            yield _diagnostic(self._document, finding)
        if nothing:
            yield from self._unexplained(path, node.value, definition)

    @cached_property
    def _explainer(self) -> Explainer:
        from reconciler.config.schema.explain import Context, Explainer

        def accepts(name: str, part: Any) -> bool:
            return validator(name).is_valid(part)

        return Explainer(Context(load_json(NAME), self._types, accepts, self._document.written))

    def _unexplained(self, path: Path, value: Any, definition: str) -> Iterator[Diagnostic]:
        """Report the place alone: the two validators disagree, and refusing is the safe side."""
        for violation in validator(definition).iter_errors(value):
            source = self._document.source((*path, *violation.instance_path))
            yield error("not-allowed-value", f"the schema refuses this: {violation.message}", source=source)


def check(document: Document) -> tuple[Diagnostic, ...]:
    """Check a document against the schema; errors are sorted by place."""
    return ordered(Checker(document, condition_types(document.values)).check(), document.file)


def _diagnostic(document: Document, finding: Finding) -> Diagnostic:
    source = document.source(finding.path, key=finding.key)
    remedy = finding.remedy
    if finding.first is not None:
        first = document.source(finding.first)
        remedy = f"{remedy} The first is in line {first.line}, column {first.column}."
    return error(finding.code, finding.summary, remedy=remedy, source=source)


def ordered(diagnostics: Iterable[Diagnostic], main: str) -> tuple[Diagnostic, ...]:
    """Sort diagnostics by place, those of `main` first, then by file; one for each code and place."""
    unique: dict[tuple[Any, ...], Diagnostic] = {}
    for diagnostic in diagnostics:
        source = diagnostic.source
        place = (source.file != main, source.file, source.line, source.column) if source else (False, "", 0, 0)
        unique.setdefault((*place, diagnostic.code), diagnostic)
    return tuple(unique[key] for key in sorted(unique))


@cache
def validator(definition: str) -> Draft202012Validator:
    """Return the fast validator of a definition, or of the whole schema if the name is empty."""
    import jsonschema_rs

    schema = load_json(NAME)
    if definition:
        schema = {"$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
