"""Overrides: the settings of a file with those of one environment laid over them.

Mappings are merged key by key as far as the schema says that a part is a mapping. A choice (the audience, a rule, an
acknowledgement) and a list are replaced as a whole. Every value keeps its place in the file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.config.schema.unions import Schema, resolve
from reconciler.config.yaml.node import with_children, without_child
from reconciler.core.contract import load_json
from reconciler.core.diagnostics import error
from reconciler.core.errors import ConfigurationInvalid
from reconciler.core.wording import did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config.yaml.document import Document
    from reconciler.config.yaml.node import Node

_ENVIRONMENTS = "environments"


def effective(document: Document, environment: str | None) -> Document:
    """Return the document in an environment (None: no overrides); raise ConfigurationInvalid if unknown."""
    root = without_child(document.root, _ENVIRONMENTS)
    if environment is None:
        return replace(document, root=root)
    known = document.root.at((_ENVIRONMENTS,))
    entry = known.children.get(environment) if known else None
    if known is None or entry is None:
        names = list(dict.fromkeys([*map(str, known.children if known else ()), *document.beside]))
        otherwise = f"It has {listed(names, 'and')}." if names else "The file has no `environments`."
        problem = error(
            "unknown-environment",
            f"`{environment}` is not an environment of {document.file}",
            remedy=did_you_mean(environment, names, otherwise),
        )
        raise ConfigurationInvalid(problem)
    overrides = entry.children.get("overrides")
    schema = load_json("portal.schema.json")
    return replace(document, root=_merged(root, overrides, schema, schema["$defs"]) if overrides else root)


def overridden(document: Document) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield every environment with overrides, and the overridden settings."""
    environments = document.root.at((_ENVIRONMENTS,))
    for name, entry in environments.children.items() if environments else ():
        overrides = entry.children.get("overrides")
        if overrides and overrides.keys:
            yield str(name), frozenset(overrides.keys)


def only(document: Document, settings: frozenset[str]) -> Document:
    """Reduce a document to some of its settings."""
    children = document.root.children.items()
    kept: dict[str | int, Node] = {name: child for name, child in children if name in settings}
    return replace(document, root=with_children(document.root, kept, document.root.keys))


def joined(root: Node, other: Node, keys: tuple[str, ...]) -> Node:
    """Take some keys from another configuration; each value keeps its place."""
    mine = {key: child for key, child in root.children.items() if key not in keys}
    children = mine | {key: child for key, child in other.children.items() if key in keys}
    return with_children(root, children, {**root.keys, **other.keys})


def _merged(base: Node, over: Node, schema: Schema | None, definitions: dict[str, Schema]) -> Node:
    inner = resolve(schema, definitions).schema if schema else {}
    is_mapping = inner.get("type") == "object" and isinstance(base.value, dict) and isinstance(over.value, dict)
    if not is_mapping:
        return over
    children = dict(base.children)
    for name, child in over.children.items():
        part = inner.get("properties", {}).get(name, inner.get("additionalProperties"))
        known = part if isinstance(part, dict) else None
        children[name] = _merged(children[name], child, known, definitions) if name in children else child
    # A key stands in the same file as its value: that of a part which was merged is the one that it had before.
    replaced = {name: place for name, place in over.keys.items() if children[name] is over.children[name]}
    return with_children(base, children, {**base.keys, **replaced})
