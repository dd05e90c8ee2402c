"""Provenance: the values of a file in one environment, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.config.environments.overrides import effective
from reconciler.config.yaml.node import with_child, without_child

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config.yaml.document import Document
    from reconciler.core.diagnostics import Path, Source


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """The provenance of a value: a text, number, truth value, or an empty list or mapping."""

    path: Path  # in the outcome
    source: Source
    overridden: bool


def outcome(document: Document, environment: str | None) -> Document:
    """Return the values in force in an environment, with its own keys; raise ConfigurationInvalid if it is unknown."""
    result = effective(document, environment)
    listing = document.root.children.get("environments")
    if environment is None or listing is None:
        return result
    entry = without_child(listing.children[environment], "overrides")
    for other in listing.children:
        if other != environment:
            listing = without_child(listing, str(other))
    return replace(result, root=with_child(result.root, "environments", with_child(listing, environment, entry)))


def origins(document: Document, environment: str | None) -> Iterator[ValueOrigin]:
    """Yield the provenance of every single value of the outcome, in order; arguments and errors as for `outcome`."""
    result = outcome(document, environment)
    overrides = document.root.at(("environments", environment, "overrides")) if environment else None
    for path, node in result.root.walk():
        if not node.children:
            overridden = overrides is not None and overrides.at(path) is node
            yield ValueOrigin(path, result.source(path), overridden)
