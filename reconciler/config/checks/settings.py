"""Settings against each other: attributes, homepage sections, expectations, environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.wording import listed, show
from reconciler.rules.attributes import MODELS, builtin_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config.yaml.document import Document
    from reconciler.config.yaml.node import Node
    from reconciler.core.diagnostics import Path

_COMPANIES = ("contact", "companies")


def data_attributes(document: Document) -> Iterator[Diagnostic]:
    """Yield errors for attributes that hide a built-in one, and for options where there can be none."""
    builtin = builtin_types()
    for model, prefix in MODELS.items():
        entries = document.root.at(("data_attributes", model))
        for name, entry in entries.children.items() if entries else ():
            path = ("data_attributes", model, name)
            if f"{prefix}.{name}" in builtin:
                summary = f"`{prefix}.{name}` is built in"
                remedy = "Remove it here: rules may use it as it is. Give an attribute of your own another name."
                yield error("shadows-built-in", summary, remedy=remedy, source=document.source(path, key=True))
            elif (model, name) != _COMPANIES:
                yield from _options(document, path, entry)


def _options(document: Document, path: Path, entry: Node) -> Iterator[Diagnostic]:
    kind = entry.children.get("type")
    if kind and isinstance(kind.value, str) and kind.value != "string" and "options" in entry.keys:
        summary = f"an attribute of type `{kind.value}` cannot have options"
        remedy = "Make its type `string`, or remove `options`."
        yield error("options-not-allowed", summary, remedy=remedy, source=document.source((*path, "options"), key=True))


def homepage(document: Document) -> Iterator[Diagnostic]:
    """Yield errors for a list of sections that contradicts itself."""
    path: Path = ("homepage", "sections")
    sections = document.root.at(path)
    if sections is None or not isinstance(sections.value, list):
        return
    unlisted = document.root.at(("homepage", "unlisted"))
    if not sections.value and (unlisted is None or unlisted.value == "keep"):
        summary = "an empty list means no sections, but sections that are not listed are kept"
        remedy = "Add `unlisted: hide` to hide them all, or remove `sections` to leave the homepage as it is."
        yield error("empty-sections", summary, remedy=remedy, source=document.source(path, key=True))
    seen: dict[str, Path] = {}
    for index, section in sections.children.items():
        name = section.value.get("type") if isinstance(section.value, dict) else section.value
        if not isinstance(name, str):
            continue
        if name in seen:
            first = document.source(seen[name])
            summary = f"the section `{name}` is listed twice: before in line {first.line}, and here"
            source = document.source((*path, index))
            yield error("duplicate-section", summary, remedy="A section has one place; keep one.", source=source)
        seen.setdefault(name, (*path, index))


def expectations(document: Document) -> Iterator[Diagnostic]:
    """Yield errors for contradicting expectations of one person."""
    listing = document.root.at(("expectations",))
    claims: dict[tuple[str, str], tuple[str, Path]] = {}
    for index, entry in listing.children.items() if listing else ():
        person = entry.value.get("person") if isinstance(entry.value, dict) else None
        for side in ("can", "cannot") if isinstance(person, str) else ():
            abilities = entry.children.get(side)
            for step, ability in abilities.children.items() if abilities else ():
                path = ("expectations", index, side, step)
                yield from _contradiction(document, path, (str(person), str(ability.value)), claims)


def _contradiction(
    document: Document, path: Path, claim: tuple[str, str], claims: dict[tuple[str, str], tuple[str, Path]]
) -> Iterator[Diagnostic]:
    side = str(path[2])
    other, first = claims.setdefault((claim[0].casefold(), claim[1]), (side, path))
    if other != side:
        line = document.source(first).line
        summary = f"{show(claim[0])} is expected both to have and not to have `{claim[1]}` (line {line})"
        yield error("contradiction", summary, remedy="Keep one of the two.", source=document.source(path))


def environments(document: Document) -> Iterator[Diagnostic]:
    """Yield errors for environments promoted from an unknown one, or in a circle."""
    listing = document.root.at(("environments",))
    origins: dict[str, Any] = {
        str(name): entry.children["promote_from"].value
        for name, entry in (listing.children.items() if listing else ())
        if "promote_from" in entry.keys
    }
    reported: set[str] = set()
    for name, origin in origins.items():
        source = document.source(("environments", name, "promote_from"))
        names = [*(str(child) for child in listing.children), *document.beside] if listing else []
        if not isinstance(origin, str):
            continue
        if origin not in names:
            others = [text for text in names if text != name]
            remedy = f"Environments here: {listed(others, 'and')}." if others else "Describe it under `environments`."
            yield error("unknown-environment", f"there is no environment `{origin}`", remedy=remedy, source=source)
        elif name not in reported and (circle := _circle(name, origins)):
            reported.update(circle)
            summary = f"promotion goes in a circle: {' ← '.join(circle)}"
            remedy = "One environment has to be the first, without `promote_from`."
            yield error("promotion-circle", summary, remedy=remedy, source=source)


def _circle(name: str, origins: dict[str, Any]) -> list[str]:
    """Return the circle of origins through `name`; empty if there is none."""
    chain = [name]
    while (origin := origins.get(chain[-1])) in origins and origin != name:
        if origin in chain:
            return []
        chain.append(origin)
    return [*chain, name] if origin == name else []
