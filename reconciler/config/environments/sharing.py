"""Environments that share a workspace, by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.config.environments import environment as environments
from reconciler.core.errors import PortalError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.config.environments.environment import Environment
    from reconciler.config.yaml.document import Document

_PORTS = {"http": 80, "https": 443}


def at(document: Document, url: str, variables: Mapping[str, str]) -> Sequence[Environment]:
    """Return the environments whose workspace is at a URL; an address in an unset variable is no address."""
    results = []
    for name in document.values.get("environments") or {}:
        environment = environments.environment(document, name)
        try:
            if same(environment.address(variables), url):
                results.append(environment)
        except PortalError:
            # Its address is in a variable that is not set here.
            continue
    return results


def same(first: str, second: str) -> bool:
    """Tell whether two URLs are the address of one workspace."""
    return _canonical(first) == _canonical(second)


def _canonical(url: str) -> tuple[object, ...]:
    try:
        parts = urlsplit(url.strip())
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme), parts.path.rstrip("/")
    except ValueError:
        return (url,)
