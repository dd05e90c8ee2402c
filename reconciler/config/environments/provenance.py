"""What a file comes to in one environment, and from where each value of that has come."""

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
    """Where a value comes from.

    Attributes:
        path: Where it is in the outcome: a text, a number, a truth value, or an empty list or mapping.
        source: Where it stands in a file.
        overridden: Whether the environment says so, and not the settings for all.
    """

    path: Path
    source: Source
    overridden: bool


def outcome(document: Document, environment: str | None) -> Document:
    """Return what counts in an environment: the settings with its overrides, and what else it says about itself.

    Args:
        document: A whole valid configuration.
        environment: The name of one of its environments; None for none.

    Raises:
        ConfigurationInvalid: There is no such environment in it.
    """
    found = effective(document, environment)
    listing = document.root.children.get("environments")
    if environment is None or listing is None:
        return found
    entry = without_child(listing.children[environment], "overrides")
    for other in listing.children:
        if other != environment:
            listing = without_child(listing, str(other))
    return replace(found, root=with_child(found.root, "environments", with_child(listing, environment, entry)))


def origins(document: Document, environment: str | None) -> Iterator[ValueOrigin]:
    """Yield where every single value of the outcome comes from, in its order; takes and raises what `outcome` does."""
    found = outcome(document, environment)
    overrides = document.root.at(("environments", environment, "overrides")) if environment else None
    for path, node in found.root.walk():
        if not node.children:
            overridden = overrides is not None and overrides.at(path) is node
            yield ValueOrigin(path, found.source(path), overridden)
