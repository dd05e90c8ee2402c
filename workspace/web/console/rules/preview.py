"""Whom the settings of access let in as they are typed, and who would gain and lose against what is live."""

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
    """What an audience comes to.

    Attributes:
        people: A page of the people whom it lets in, as the API answers it; None where the rule is wrong.
        change: The comparison with what is live.
        caveats: What is likely not meant.
        problems: What is wrong with the rule.
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
    """Return what an audience comes to.

    Args:
        configuration: The whole configuration of the Help Center.
        audience: The audience as it is typed.
        visibility: The ticket visibility as it is typed.
        page: Which page of the people.
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
