"""Overridden values, and the names of settings that can be: paths with dots. Choices and lists differ as a whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.config.schema.unions import Schema, resolve
from reconciler.core.contract import load_json
from reconciler.core.wording import listed, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config.yaml.document import Document
    from reconciler.config.yaml.node import Node
    from reconciler.core.diagnostics import Path


def overridden(document: Document, environment: str) -> Iterator[Path]:
    """Yield the path of every value that an environment overrides, in file order."""
    overrides = document.root.at(("environments", environment, "overrides"))
    if overrides is not None:
        yield from _values(overrides, _settings(), ())


def suggest(name: str) -> str:
    """Return the remedy for an unknown setting, named by a path with dots; empty for a known one."""
    here, known = _settings(), ""
    for step in name.split("."):
        inner = _inner(here)
        if inner is None:
            return f"`{known}` is one value and differs as a whole: name that."
        entry = _step(inner, step)
        if entry is None:
            return _meant(name, known, step, inner)
        here, known = entry, f"{known}.{step}".removeprefix(".")
    return ""


# --- the schema ---------------------------------------------------------------------------------


def _settings() -> Schema:
    schema: Schema = load_json("portal.schema.json")["$defs"]["overrides"]
    return schema


def _inner(schema: Schema) -> Schema | None:
    """Return the schema of a mapping whose keys differ one by one; None for a single value."""
    target = resolve(schema, load_json("portal.schema.json")["$defs"]).schema
    return target if target.get("type") == "object" else None


def _step(inner: Schema, step: str) -> Schema | None:
    value = inner.get("properties", {}).get(step, inner.get("additionalProperties"))
    if not isinstance(value, dict):
        return None
    names = resolve(inner.get("propertyNames", {}), load_json("portal.schema.json")["$defs"]).schema
    return value if step in inner.get("properties", {}) or re.search(names["pattern"], step) else None


def _values(node: Node, schema: Schema, path: Path) -> Iterator[Path]:
    inner = _inner(schema)
    if inner is None or not isinstance(node.value, dict):
        yield path
        return
    for name, child in node.children.items():
        step = _step(inner, str(name))
        # What the schema does not know is told of by whoever checks against the schema.
        if step is not None:
            yield from _values(child, step, (*path, name))


# --- what was meant -----------------------------------------------------------------------------


def _meant(name: str, known: str, step: str, inner: Schema) -> str:
    choices = list(inner.get("properties", ()))
    if close := suggestion(step, choices):
        return f"Did you mean `{f'{known}.{close}'.removeprefix('.')}`?"
    last = name.rpartition(".")[2]
    places = [text for text in _names(_settings(), "") if text.rpartition(".")[2] == last]
    if places:
        return f"Did you mean {listed(places)}?"
    if not known and step in load_json("portal.schema.json")["properties"]:
        return f"`{step}` is the same in every environment."
    if not choices:
        return f"A name is {inner['x-name']}."
    return f"{f'`{known}` has' if known else 'There are'} {listed(choices, 'and')}."


def _names(schema: Schema, name: str) -> Iterator[str]:
    """Yield the name of every setting but those with the name of an attribute."""
    inner = _inner(schema)
    for step, part in (inner or {}).get("properties", {}).items():
        path = f"{name}.{step}".removeprefix(".")
        yield path
        yield from _names(part, path)
