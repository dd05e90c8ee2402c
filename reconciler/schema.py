"""Values × `schemas/portal.schema.json` → diagnostics.

A fast validator decides; it costs next to nothing on what is valid, which is nearly everything. Only for a document
that it refuses the explaining part (`explain`) is loaded.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from reconciler.declared import condition_types
from reconciler.diagnostics import Diagnostic, error
from reconciler.resources import load_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jsonschema_rs import Draft202012Validator

    from reconciler.diagnostics import Path
    from reconciler.phrases import Finding
    from reconciler.source import Document

NAME = "portal.schema.json"
MOST_FINDINGS = 1000


def check(document: Document) -> tuple[Diagnostic, ...]:
    """Return what the schema has against the document, sorted by place; nothing if it is valid."""
    if _decider("").is_valid(document.values):
        return ()
    return ordered(_diagnose(document, (), "", condition_types(document.values)))


def check_as(document: Document, path: Path, definition: str, types: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """Return what speaks against the value at `path` being what `definition` of the schema describes.

    Args:
        document: Where the value stands.
        path: Its place in the document.
        definition: A name in the schema's `$defs`.
        types: The condition type of every attribute that rules may name.
    """
    node = document.root.at(path)
    if node is None or _decider(definition).is_valid(node.value):
        return ()
    return ordered(_diagnose(document, path, definition, types))


def _diagnose(document: Document, path: Path, definition: str, types: Mapping[str, str]) -> list[Diagnostic]:
    from reconciler.explain import Context, explain

    node = document.root.at(path)
    value = node.value if node else None
    findings = islice(explain(value, Context(load_json(NAME), types), definition), MOST_FINDINGS)
    found = [_diagnostic(document, path, finding) for finding in findings]
    if found:
        return found
    # The two validators disagree. Refusing is safe, and says at least where.
    return [
        error("not-allowed-value", f"the schema refuses this: {one.message}", source=document.source(one_path))
        for one in _decider(definition).iter_errors(value)
        for one_path in [(*path, *one.instance_path)]
    ]


def _diagnostic(document: Document, base: Path, finding: Finding) -> Diagnostic:
    source = document.source((*base, *finding.path), key=finding.key)
    remedy = finding.remedy
    if finding.first is not None:
        first = document.source((*base, *finding.first))
        remedy = f"{remedy} The first is in line {first.line}, column {first.column}."
    return error(finding.code, finding.summary, remedy=remedy, source=source)


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics in the order of their places, one for each code and place."""
    unique: dict[tuple[Any, ...], Diagnostic] = {}
    for one in diagnostics:
        place = (one.source.line, one.source.column) if one.source else (0, 0)
        unique.setdefault((*place, one.code), one)
    return tuple(unique[key] for key in sorted(unique))


@cache
def _decider(definition: str) -> Draft202012Validator:
    import jsonschema_rs

    schema = load_json(NAME)
    if definition:
        schema = {"$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
