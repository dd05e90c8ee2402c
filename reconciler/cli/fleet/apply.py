"""`portal apply` over a fleet: plan all of it, show it, ask once, and apply each plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import applying, options
from reconciler.cli.fleet import run as fleets
from reconciler.cli.progress import bar
from reconciler.cli.support import notifying

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.cli.applying import ApplyFlags
    from reconciler.cli.fleet.options import FleetOptions
    from reconciler.cli.fleet.run import Survey
    from reconciler.fleet.document import Outcome
    from reconciler.fleet.ordering import Key
    from reconciler.fleet.planned import Planned

Where = tuple[str | None, str | None]


def apply(
    named: Sequence[str], where: Where, allow: tuple[str, ...], fleet_flags: FleetOptions, flags: ApplyFlags
) -> int:
    """Plan every member of a fleet, offer all of it, and return the exit code; `where` is an address and a seed."""
    from reconciler.cli import output

    with output.document_on_failure(flags.output_format, "fleet"):
        query = fleets.query("plan", allow)
        with fleet_flags.opened(where[0]) as executor:
            survey = fleets.find(named, where, fleet_flags, executor)
            results = fleets.outcomes(survey, query, executor, quiet=flags.quiet)
        shown = fleets.whole(results, query, fleet_flags) if flags.output_format == "text" else None
        return _offer(list(_planned(results, survey)), shown, fleet_flags, flags)


def apply_saved(path: str, document: dict[str, Any], where: Where, fleet_flags: FleetOptions, flags: ApplyFlags) -> int:
    """Offer a saved document of plans, and return the exit code; `where` as for `apply`."""
    from reconciler.cli import output
    from reconciler.fleet import saved as fleet_saved
    from reconciler.fleet.model import Choice, Site

    address, seed = where
    with output.document_on_failure(flags.output_format, "fleet"):
        fleets.one_place(address)
        fleet_saved.check(path, document)
        planned = fleet_saved.planned(path, document, Choice(options.chosen(), Site(address, seed=seed)))
        return _offer(planned, document if flags.output_format == "text" else None, fleet_flags, flags)


def _planned(results: Iterable[Outcome], survey: Survey) -> Iterable[Planned]:
    """Yield each member with its plan, and what applying it needs."""
    from reconciler.fleet.planned import Planned

    members = {(item.place.file, item.place.line): item for batch in survey.batches for item in batch.members}
    name = options.chosen()
    remedy = (
        f"Save the plans with portal plan --out fleet.json, have them reviewed, then portal apply fleet.json -e {name}."
    )
    for outcome in results:
        member = members.get((outcome.entry["file"], outcome.entry["line"]))
        protected = remedy if member and member.protected else None
        yield Planned(outcome, member.site if member else None, protected)


def _offer(
    planned: Sequence[Planned], shown: dict[str, Any] | None, fleet_flags: FleetOptions, flags: ApplyFlags
) -> int:
    """Show plans (`shown`, if any), ask, apply, and print the results; return the exit code."""
    from reconciler.fleet import planned as fleet_planned

    if shown is not None:
        fleets.report(shown, "text", no_color=flags.no_color)
    settled = {item.key: outcome for item in planned if (outcome := fleet_planned.settled(item)) is not None}
    todo = [item for item in planned if item.key not in settled]
    results = list(settled.values())
    news = shown is not None and (bool(todo) or _news(results, shown))
    agreed = flags.yes or _agreed(todo)
    results += (
        _done(planned, settled, fleet_flags, flags) if agreed else [fleet_planned.declined(item) for item in todo]
    )
    document = fleets.whole(results, fleets.query("apply"), fleet_flags)
    if agreed and news:
        click.echo()
    if shown is None or (agreed and news):
        fleets.report(document, flags.output_format, no_color=flags.no_color)
    if agreed:
        notifying.tell(flags.notify, document)
    else:
        click.echo("Nothing was applied.", err=True)
    code: int = document["exit_code"]
    return code


def _news(results: Iterable[Outcome], shown: dict[str, Any]) -> bool:
    """Tell whether a member's result was not in its plan, such as a refusal."""
    known = {(portal["file"], portal["line"]): (portal["outcome"], "nothing_to_do") for portal in shown["portals"]}
    return any(result.entry["outcome"] not in known[result.entry["file"], result.entry["line"]] for result in results)


def _agreed(todo: Sequence[Planned]) -> bool:
    """Ask for confirmation of all; changes of records alone need none."""
    counts = {planned.key: len(planned.plan.changes) for planned in todo}
    changed = [planned for planned in todo if counts[planned.key]]
    if not changed:
        return True
    changes, workspaces = sum(counts.values()), len({planned.entry["workspace"] for planned in changed})
    totals = (_counted(changes, "change"), _counted(len(changed), "portal"), _counted(workspaces, "workspace"))
    return applying.confirmed("Apply {} in {} of {}?".format(*totals))


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _done(
    planned: Sequence[Planned], settled: Mapping[Key, Outcome], fleet_flags: FleetOptions, flags: ApplyFlags
) -> list[Outcome]:
    from reconciler.cli.support.interrupts import Stopping
    from reconciler.fleet import apply as fleet_apply

    todo = len(planned) - len(settled)
    with Stopping() as stopping, bar("portals", todo, quiet=flags.quiet) as progress:
        return fleet_apply.run(planned, settled, flags.core, stopping, progress, jobs=fleet_flags.jobs)
