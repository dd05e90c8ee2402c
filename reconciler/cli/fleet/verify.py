"""`portal verify` over a fleet: every member by its own people, one document, one report."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from reconciler.cli.fleet import run as fleets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.fleet.options import FleetOptions
    from reconciler.cli.fleet.run import Survey
    from reconciler.core.document_types.fleet import FleetDocument
    from reconciler.fleet.verify import VerifyQuery

Where = tuple[str | None, str | None]


def verify(
    named: Sequence[str],
    where: Where,
    fleet_flags: FleetOptions,
    desired: VerifyQuery,
    output_format: str,
    *,
    no_color: bool,
) -> int:
    """Verify every member of a fleet, print the document, and return the exit code; `where` as for `apply`."""
    from reconciler.cli import output
    from reconciler.fleet import verify as fleet_verify

    with output.document_on_failure("text" if output_format == "junit" else output_format, "fleet"):
        if desired.observe:
            fleet_verify.identity_secret()
        with fleet_flags.opened(where[0]) as executor:
            survey = fleets.find(named, where, fleet_flags, executor)
            if fleet_flags.shard is None:
                _refuse_nobody(survey, desired)
            results = fleets.worked(survey, partial(fleet_verify.work, desired=desired), executor)
        document = fleets.whole(results, fleets.query("verify"), fleet_flags)
    if output_format == "junit":
        from reconciler.render import junit

        output.print_whole(junit.fleet_verification(cast("FleetDocument", document)))
    else:
        fleets.report(document, output_format, no_color=no_color)
    code: int = document["exit_code"]
    return code


def _refuse_nobody(survey: Survey, desired: VerifyQuery) -> None:
    """Refuse a fleet of which no member names anybody: to verify nobody must not look like a success."""
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError

    members = [member for batch in survey.batches for member in batch.members]
    if members and not any(desired.people(member.config) for member in members):
        summary = "no configuration of the fleet has expectations, and nobody was named"
        remedy = "Name somebody with --as, or write expectations."
        raise UsageError(error("nobody-to-verify", summary, remedy=remedy))
