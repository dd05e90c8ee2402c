"""Lint a vendor's unknowns that a plan rests on: values nobody can see, people not all read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import warning
from reconciler.core.wording import people
from reconciler.kinds import audience, portal, ticket_visibility

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.plan.effect.projection import Projection

_DECIDE = ((portal.KIND, "enabled"), (audience.KIND, "rule"), (ticket_visibility.KIND, "mode"))
"""The fields that decide access."""


def about(projected: Projection) -> Iterator[Diagnostic]:
    """Warn of access that is counted from unknown values."""
    state = projected.state
    if state.upstream is None or not projected.changes_access:
        return
    unseen = []
    for kind, field in _DECIDE:
        known = state.known(kind.address(state.help_center), field)
        if known is not None and known.unknown:
            unseen.append(kind.title.lower())
    if unseen:
        yield warning(
            "access-before-unknown",
            f"the current values are unknown: {', '.join(unseen)}; access is counted from a closed portal",
            remedy="Look it up in the vendor's settings before you apply: people whom the plan shows as gaining access "
            "may have it now, and some may lose it.",
        )
    mirror = state.upstream.mirror
    if not mirror["complete"]:
        yield warning(
            "people-incomplete",
            f"not everybody was read from the vendor: {mirror['reason'] or 'a sweep is under way'}",
            remedy="Run portal mirror refresh; until it is complete, people are missing from the numbers.",
        )
    elif mirror["incomplete_people"]:
        yield warning(
            "people-incomplete",
            f"the companies or tags of {people(mirror['incomplete_people'])} could not be read",
            remedy="Run portal mirror refresh --whole; until then, only the readable part counts.",
        )


STRICT = frozenset({"people-incomplete", "people-differ"})
"""The warnings that the numbers of a preview may be wrong."""


def differing(
    config: Config, projected: Projection, compare: Callable[[Mapping[str, Any] | None], Mapping[str, Any] | None]
) -> Iterator[Diagnostic]:
    """Warn where the vendor's count of people differs from the mirror's, as `compare` asks for both."""
    if projected.state.upstream is None or not projected.changes_access:
        return
    meant = projected.after["audience"]
    comparison = compare(meant["rule"] if meant["mode"] == "rule" else None)
    if comparison is None or comparison["agrees"] or comparison["here"] is None:
        return
    what = "users" if comparison["part"] is None else "people for the conditions about people"
    yield warning(
        "people-differ",
        f"the vendor finds {comparison['theirs']} {what}, but the mirror has {comparison['here']}",
        remedy="Run portal mirror refresh --whole and plan again. If the numbers stay apart, the vendor compares texts "
        "otherwise: look at the upper and lower case of the values.",
        address=audience.KIND.address(config.help_center),
        source=config.source(("audience",)) if "audience" in config.settings else None,
    )
