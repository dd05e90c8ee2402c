"""`portal promote`."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import click

from reconciler.cli import applying, options
from reconciler.cli import completion as completing
from reconciler.cli import help as manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config.yaml.document import Document
    from reconciler.core.document_types.plan import PlanDocument
    from reconciler.operations.promote.conditions import Waiver
    from reconciler.target.protocol import Target

_CONDITIONS = ("drift", "verified", "expectations", "soak")


@click.command(
    cls=manual.Verb,
    examples={
        "portal promote --from staging --to production --out plan.json": "A plan to be reviewed; nothing changes.",
        "portal promote --to production": "From the environment that promote_from names: show, ask, apply.",
        "portal promote --to production --waive soak --waived-by Ada --reason Leak": "Somebody answers for a "
        "condition that is not met.",
    },
    exits={0: "applied, written, or nothing to do", 3: "a condition is not met, or something forbids the changes"},
    see=("apply", "verify", "drift", "history"),
)
@options.file
@click.option(
    "--from",
    "origin",
    type=completing.Environment(),
    metavar="NAME",
    help="The environment to promote from. [default: promote_from]",
)
@click.option(
    "--to", "goal", type=completing.Environment(), required=True, metavar="NAME", help="The environment to promote to."
)
@click.option(
    "--waive",
    "waived",
    multiple=True,
    type=click.Choice(_CONDITIONS),
    help="Go on although this condition is not met; may be given several times.",
)
@click.option("--waived-by", metavar="NAME", help="Who answers for that.")
@click.option("--reason", metavar="TEXT", help="Why.")
@options.allow
@click.option("--out", metavar="FILE", help="Write the plan to a file for portal apply FILE, and change nothing.")
@applying.with_apply_flags
def command(
    file: str,
    origin: str | None,
    goal: str,
    waived: tuple[str, ...],
    waived_by: str | None,
    reason: str | None,
    allow: tuple[str, ...],
    out: str | None,
    *,
    flags: applying.ApplyFlags,
) -> int:
    """Apply in one environment what was proven in another.

    What moves is the configuration that was applied in the environment --from, as its workspace
    recorded it, and not what the file at hand says; of that only environments and promotion count.
    The overrides of --to are laid over it.

    It may move when four conditions are met there: nothing drifted (drift), its last portal verify
    passed (verified), the expectations hold (expectations), and it has been live for as long as
    promotion.soak says (soak). All of them are told. Each can be waived by somebody with a reason,
    which the plan and the receipt keep.

    Shows the plan with every field in both environments, asks, and applies it; a protected
    environment takes it with --out and portal apply FILE -e NAME.
    """
    from reconciler.cli import output

    with output.document_on_failure(flags.output_format):
        waivers = _waivers(waived, waived_by, reason)
        options.choose(goal)
        document = _read(file, origin, goal)
        name = _origin(document, origin, goal)
        with options.open_target(None, None) as target:
            _refuse_itself(target, name, goal)
            planned = _plan(document, (name, goal), target, waivers, allow)
            return applying.offer(planned, target, flags, out=out, instead=_saved_instead(planned, file, goal))


def _read(file: str, origin: str | None, goal: str) -> Document:
    """Read the file with both environments, wherever they stand."""
    document = options.checked(file, (goal, *((origin,) if origin else ())))
    named = document.root.at(("environments", goal, "promote_from"))
    if origin is not None or named is None:
        return document
    return options.checked(file, (goal, str(named.value)))


def _plan(
    document: Document, names: tuple[str, str], target: Target, waivers: tuple[Waiver, ...], allow: tuple[str, ...]
) -> dict[str, Any]:
    """Plan a promotion between two environments, as a document."""
    from reconciler.operations.plan import judged
    from reconciler.operations.promote import document as promotion_document
    from reconciler.operations.promote import evidence as promotion_source
    from reconciler.operations.promote import plan as promotion_plan
    from reconciler.plan.checks.guards import Risk

    origin, goal = names
    now = datetime.now(UTC)
    with _open(document, origin) as source:
        proof = promotion_source.find(source, document.values["name"], origin, now.date())
    allowed = [Risk(text) for text in allow]
    promotion = promotion_plan.make(document, proof, goal, target, now=now, waivers=waivers, allowed=allowed)
    return judged(promotion_document.to_document(*promotion))


@contextmanager
def _open(document: Document, name: str) -> Iterator[Target]:
    from reconciler.config.environments import environment as environments

    with options.opened(environments.environment(document, name)) as target:
        yield target


def _origin(document: Document, origin: str | None, goal: str) -> str:
    """Return the source environment of a promotion; a missing one is refused where it is looked for."""
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import Blocked, UsageError

    named = document.root.at(("environments", goal, "promote_from"))
    expected = None if named is None else str(named.value)
    if origin is None and expected is None:
        summary = f"the environment {goal} does not name its source"
        raise UsageError(error("promotion-source-missing", summary, remedy="Give --from, or add promote_from to it."))
    if origin == goal:
        summary = f"{goal} cannot be promoted to itself"
        raise UsageError(error("promotion-to-itself", summary, remedy="Give another --from."))
    if expected is not None and origin not in (None, expected):
        raise Blocked(
            error(
                "promotion-from-another",
                f"{goal} is promoted from {expected}, not from {origin}",
                remedy=f"Promote it to {expected} first, or change promote_from.",
                source=document.source(("environments", goal, "promote_from")),
            )
        )
    return origin or str(expected)


def _refuse_itself(target: Target, origin: str, goal: str) -> None:
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import Blocked

    if origin in [environment.name for environment in options.environments_at(target.endpoint.base_url)]:
        summary = f"{origin} and {goal} are one workspace: nothing was proven elsewhere"
        remedy = "Check the addresses of both environments, and the variables that hold them."
        raise Blocked(error("promotion-to-itself", summary, remedy=remedy))


def _waivers(waived: tuple[str, ...], by: str | None, reason: str | None) -> tuple[Waiver, ...]:
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError
    from reconciler.operations.promote.conditions import Name, Waiver

    reasons = [text.strip() for text in (by or "", reason or "")]
    if bool(waived) != any(reasons) or (waived and not all(reasons)):
        raise UsageError(
            error(
                "waiver-incomplete",
                "a waiver needs a condition, a name and a reason",
                remedy="Give --waive CONDITION, --waived-by NAME and --reason TEXT together.",
            )
        )
    return tuple(Waiver(Name(name), reasons[0], reasons[1]) for name in dict.fromkeys(waived))


def _saved_instead(document: dict[str, Any], file: str, goal: str) -> str:
    """Return the commands that promote to an environment that takes saved plans only."""
    from reconciler.render.text.promotion import command as promoting

    named = [] if file == "portal.yaml" else ["-f", file]
    saved = shlex.join([*promoting(cast("PlanDocument", document), document["promotion"]), "--out", "plan.json"])
    return f"{saved}, have it reviewed, then {shlex.join(['portal', 'apply', 'plan.json', '-e', goal, *named])}."
