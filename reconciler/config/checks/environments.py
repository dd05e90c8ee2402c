"""Differences between environments against those that the file permits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.config.environments.overridable import overridden, suggest
from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.config.yaml.document import Document
    from reconciler.config.yaml.node import Node
    from reconciler.core.diagnostics import Path

_PATH = ("promotion", "may_differ")


def upstreams(document: Document) -> Iterator[Diagnostic]:
    """Yield errors for environments with two workspaces: an address, and Intercom's."""
    environments = document.root.at(("environments",))
    for name, entry in environments.children.items() if environments else ():
        for key in ("workspace", "token"):
            if {"intercom", key} <= entry.children.keys():
                yield error(
                    "two-workspaces",
                    f"the environment `{name}` names Intercom and also a {key}",
                    remedy=f"Leave `{key}` away: `intercom` says where the workspace is and which token opens it.",
                    source=document.source(("environments", str(name), key), key=True),
                )


def differences(document: Document) -> Iterator[Diagnostic]:
    """Yield errors for unknown overridable settings, and for overrides of others."""
    listing = document.root.at(_PATH)
    if listing is not None and not isinstance(listing.value, list):
        return
    named = [] if listing is None else [name for name in listing.value if isinstance(name, str)]
    for index, node in listing.children.items() if listing else ():
        remedy = suggest(node.value) if isinstance(node.value, str) and node.value else ""
        if remedy:
            summary = f"there is no setting {show(node.value)} that could differ"
            yield error("unknown-setting", summary, remedy=remedy, source=document.source((*_PATH, index)))
    environments = document.root.at(("environments",))
    for name, entry in environments.children.items() if environments else ():
        # Without a list, whoever writes an override into the main file declares it by doing so.
        if listing is not None or entry.text is not None:
            yield from _undeclared(document, str(name), named, listing)


def _undeclared(document: Document, name: str, named: Sequence[str], listing: Node | None) -> Iterator[Diagnostic]:
    for path in overridden(document, name):
        setting = ".".join(str(step) for step in path)
        if any(setting == name or setting.startswith(f"{name}.") for name in named):
            continue
        summary = f"`{setting}` differs in the environment `{name}`, and nothing says that it may"
        source = document.source(("environments", name, "overrides", *path), key=True)
        yield error("undeclared-difference", summary, remedy=_remedy(document, setting, listing), source=source)


def _remedy(document: Document, setting: str, listing: Node | None) -> str:
    if listing is not None:
        return f"Add `{setting}` to `may_differ` in {_line(document, _PATH)}, or remove it here."
    if document.root.at(_PATH[:1]) is not None:
        return f"Add `may_differ: [{setting}]` to `promotion` in {_line(document, _PATH[:1])}, or remove it here."
    return f"Add `promotion: {{may_differ: [{setting}]}}` to {document.file}, or remove it here."


def _line(document: Document, path: Path) -> str:
    source = document.source(path, key=True)
    return f"{source.file}:{source.line}"
