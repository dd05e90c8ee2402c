"""Preview of unsaved settings of access: the people they admit, and the impact against the live ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.web.console import api
from workspace.web.console.api import Refusal
from workspace.web.console.rules.caveats import caveats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workspace.core.errors import Problem
    from workspace.web.console.rules.choices import Choices

PER_PAGE = 10
_SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """The preview of an audience: a page of people, None for an invalid rule, impact, likely mistakes, problems."""

    people: Mapping[str, Any] | None = None
    change: Mapping[str, Any] | None = None
    caveats: Sequence[str] = ()
    problems: Sequence[Problem] = ()


def preview(
    configuration: Mapping[str, Any],
    audience: Mapping[str, Any],
    visibility: Mapping[str, Any],
    known: Choices,
    page: int,
) -> Preview:
    """Preview an audience and a ticket visibility as typed, with a page of people."""
    path = f"/help_centers/{configuration['help_center']['identifier']}/access"
    live = _view(configuration["audience"]["values"], configuration["ticket_visibility"]["values"])
    try:
        body = {"audience": audience, "page": page, "per_page": PER_PAGE}
        people = api.send("POST", f"{path}/preview", body)
        desired = {"before": live, "after": _view(audience, visibility), "sample": _SAMPLE}
        change = api.send("POST", f"{path}/compare", desired)
    except Refusal as refusal:
        return Preview(problems=refusal.problems)
    results = caveats(audience, known, count=people["count"], people=change["people"])
    return Preview(people, change, results)


def _view(audience: Mapping[str, Any], visibility: Mapping[str, Any]) -> dict[str, Any]:
    # Who may open the portal is worth knowing before it is open.
    return {"open": True, "audience": audience, "ticket_visibility": visibility}
