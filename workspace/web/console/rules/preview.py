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
    """The preview of an audience.

    Attributes:
        people: A page of its people, as the API answers it; None for an invalid rule.
        change: The comparison with the live settings.
        caveats: Likely mistakes.
        problems: The problems of the rule.
    """

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
    """Preview an audience.

    Args:
        configuration: The whole configuration of the Help Center.
        audience: As typed.
        visibility: The ticket visibility, as typed.
        page: The page of people.
    """
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
