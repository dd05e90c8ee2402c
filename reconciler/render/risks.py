"""What somebody who reviews a plan should look at first, the most dangerous thing first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Document = dict[str, Any]

RISKS = {
    "widens_access": "Widens access",
    "closes_portal": "Closes the portal",
    "deletes": "Deletes",
    "narrows_access": "Narrows access",
    "replaces_foreign_edit": "Replaces somebody else's edit",
    "publishes_foreign_draft": "Publishes somebody else's draft",
}
"""What each risk of a change is called, the most dangerous first."""


@dataclass(frozen=True, slots=True)
class Danger:
    """One risk of a plan.

    Attributes:
        name: The risk, or `everyone`.
        title: What it is called.
        changes: The changes that carry it.
        people: How many people it touches; `None` where that is not what it is about.
    """

    name: str
    title: str
    changes: tuple[Mapping[str, Any], ...]
    people: int | None = None


def dangers(document: Document) -> Iterator[Danger]:
    """Yield the risks of a plan, the most dangerous first."""
    changes = document["changes"]
    for risk, title in RISKS.items():
        found = tuple(one for one in changes if risk in one["risks"])
        if found:
            yield Danger(risk, title, found, _people(document, risk))
        if risk == "widens_access" and (open_to_all := tuple(one for one in changes if _everyone(one))):
            yield Danger("everyone", "Lets everyone in", open_to_all)


def place(change: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return where in the file a change comes from."""
    return next((field["source"] for field in change["fields"] if field["source"]), None)


def _people(document: Document, risk: str) -> int | None:
    crowd = {"widens_access": "gained", "narrows_access": "lost", "closes_portal": "lost"}.get(risk)
    access = document.get("access")
    return access[crowd]["count"] if access and crowd else None


def _everyone(change: Mapping[str, Any]) -> bool:
    kind = change["address"].partition("/")[0]
    return kind == "audience" and any(one.get("after") == "everyone" for one in change["fields"])
