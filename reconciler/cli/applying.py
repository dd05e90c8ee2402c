"""Shared by verbs that change a workspace: show the plan, ask, apply under a lock, report."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import wraps
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from reconciler.apply.lock import LONGEST, SHORTEST
from reconciler.cli import options, output
from reconciler.cli.support import notifying
from reconciler.core.errors import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.apply import run
    from reconciler.apply.executor import Event
    from reconciler.core.errors import Blocked
    from reconciler.plan.document.executable import ExecutablePlan
    from reconciler.plan.model import Plan
    from reconciler.target.protocol import Target

_yes = click.option("--yes", is_flag=True, help="Apply without asking.")
_MOST_MESSAGE = 500


def _one_line(_: click.Context, __: click.Parameter, value: str) -> str:
    message = " ".join(value.split())
    if len(message) > _MOST_MESSAGE:
        raise click.BadParameter(f"at most {_MOST_MESSAGE} characters")
    return message


_message = click.option(
    "--message", metavar="TEXT", default="", callback=_one_line, help="Why; the receipt and the history keep it."
)
_lock_wait = click.option(
    "--lock-wait",
    type=click.IntRange(0, 86400),
    default=0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait while somebody else applies the same configuration.",
)
_lock_ttl = click.option(
    "--lock-ttl",
    type=click.IntRange(SHORTEST, LONGEST),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="How long the lock lasts if this run dies; a running apply renews it.",
)


@dataclass(frozen=True, slots=True)
class ApplyFlags:
    """Options of an apply; times of the lock in seconds."""

    output_format: str
    no_color: bool
    quiet: bool
    yes: bool
    lock_wait: int
    lock_ttl: int
    message: str = ""
    notify: str | None = None  # the variable with the URL of a webhook
    saved: bool = False

    @property
    def core(self) -> run.ApplyOptions:
        """The options for the apply package."""
        from reconciler.apply import run

        return run.ApplyOptions(self.lock_ttl, self.lock_wait, self.saved, self.message)


def with_apply_flags_in(*formats: str) -> Callable[[options.Decorated], options.Decorated]:
    """Return `with_apply_flags` with other formats."""
    chosen = options.formats(*formats)
    return lambda verb: with_apply_flags(verb, chosen)


def with_apply_flags(
    verb: options.Decorated, output_format: options.Decorated = options.output_format
) -> options.Decorated:
    """Add the options of an apply, as the verb's argument `flags`."""

    @wraps(verb)
    def command(
        *args: Any,
        output_format: str,
        no_color: bool,
        quiet: bool,
        yes: bool,
        lock_wait: int,
        lock_ttl: int,
        message: str,
        notify: str | None,
        **others: Any,
    ) -> Any:
        flags = ApplyFlags(output_format, no_color, quiet, yes, lock_wait, lock_ttl, message, notify)
        return verb(*args, flags=flags, **others)

    added = (
        output_format,
        options.no_color,
        options.quiet,
        _yes,
        _message,
        notifying.option,
        _lock_wait,
        _lock_ttl,
    )
    return options.together(*added)(command)


def plan_and_offer(
    file: str,
    where: tuple[str | None, str | None],
    allow: tuple[str, ...],
    flags: ApplyFlags,
    *,
    out: str | None = None,
    maker: Callable[..., Plan] | None = None,
) -> int:
    """Plan a file, then offer the plan or write it to `out`; return the exit code."""
    from reconciler.cli import planning

    with output.document_on_failure(flags.output_format):
        config = options.read_config(file)
        with options.open_target(*where) as target:
            return offer(planning.document(config, target, allow, maker), target, flags, out=out)


def offer(
    document: dict[str, Any], target: Target, flags: ApplyFlags, *, out: str | None = None, instead: str | None = None
) -> int:
    """Show a plan, ask, and apply it, or write it to `out`. Return the exit code.

    `instead` replaces the usual remedy of an environment that takes saved plans only.
    """
    from reconciler.cli import planning
    from reconciler.plan.document import executable

    if out is not None:
        planning.save(document, out)
        return output.print_document(document, flags.output_format, no_color=flags.no_color)
    if (begun := _begun(document, target)) is not None:
        # Judged when it was begun, and again before it goes on: what is in between is no state to judge by.
        document = begun
    if flags.output_format == "text":
        output.print_plan(document, no_color=flags.no_color)
    plan = executable.of(document)
    if not (flags.saved or plan.nothing_to_write) and (protecting := options.protecting(target.endpoint.base_url)):
        raise _protected(protecting, instead)
    blocked = document["outcome"] == "blocked"
    if blocked or not (flags.yes or not plan.changes or _confirmed(plan)):
        return _end(document, flags, blocked=blocked)
    return _apply(plan, target, flags)


def _begun(document: dict[str, Any], target: Target) -> dict[str, Any] | None:
    """Return the plan of the waiting apply that a plan goes on with, if any."""
    if document.get("upstream") is None:
        return None
    from reconciler.apply import waiting
    from reconciler.plan.document import executable

    resumed = waiting.resumed(executable.of(document), target)
    return None if resumed is None else dict(resumed.plan.document)


def _protected(name: str, instead: str | None) -> Blocked:
    from reconciler.apply import run
    from reconciler.core.errors import Blocked

    usual = f"Save the plan with --out plan.json, have it reviewed, then portal apply plan.json -e {name}."
    return Blocked(run.protected(name, instead or usual))


def _end(document: dict[str, Any], flags: ApplyFlags, *, blocked: bool) -> int:
    from reconciler.apply import document as apply_document

    if flags.output_format == "json":
        output.print_json(apply_document.not_applied(document))
    if blocked:
        notifying.tell(flags.notify, document)
        return 3
    click.echo("Nothing was applied.", err=True)
    return 1


def _confirmed(executable: ExecutablePlan) -> bool:
    count = len(executable.changes)
    return confirmed(f"Apply these {count} changes?" if count > 1 else "Apply it?")


def confirmed(question: str) -> bool:
    """Ask for confirmation; raise UsageError where there is nobody to ask."""
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            error(
                "confirmation-impossible",
                "no terminal is there to confirm the plan",
                remedy="Give --yes to apply without asking.",
            )
        )
    return click.confirm(f"\n{question}", err=True)


def _apply(plan: ExecutablePlan, target: Target, flags: ApplyFlags) -> int:
    """Apply a plan; at a terminal, lead a person through its tasks. Return the exit code."""
    from reconciler.cli.support import leading

    while True:
        ended = _applied(plan, target, flags)
        task = ended.document.get("task")
        if task is None or ended.exit_code != Waiting.exit_code or not leading.possible(flags.output_format):
            return ended.exit_code
        if (left := leading.through(task, target)) is not None:
            return left


def _applied(plan: ExecutablePlan, target: Target, flags: ApplyFlags) -> run.ApplyReport:
    from reconciler.apply import run
    from reconciler.cli.support.interrupts import Stopping

    silent = flags.quiet or not plan.changes
    with Stopping() as stopping:
        ended = run.apply_plan(plan, target, flags.core, stopping, silence if silent else _Progress())
    if flags.output_format == "json":
        output.print_json(ended.document)
    elif ended.document["outcome"] != "nothing_to_do":
        from reconciler.render.text.applied import text

        output.print_text(text(ended.document), no_color=flags.no_color)
    notifying.tell(flags.notify, ended.document)
    return ended


def silence(event: Event) -> None:
    """Discard apply events."""


class _Progress:
    """Prints the progress of an apply on stderr."""

    def __init__(self) -> None:
        self._begun = False
        self._since, self._timed = monotonic(), sys.stderr.isatty()

    def __call__(self, event: Event) -> None:
        from reconciler.render.plain import line

        change = event.change
        if not self._begun:
            self._begun = True
            click.echo(err=True)
        if event.outcome is None:
            self._since = monotonic()
            click.echo(
                f"[{change.id}/{event.count}] {line(change.title)} {line(change.address)} … ", err=True, nl=False
            )
        else:
            # Elsewhere than on a terminal a log has its own times, or the output is compared with another.
            took = f"  {monotonic() - self._since:.1f} s" if self._timed else ""
            click.echo(f"{_OUTCOMES.get(event.outcome, 'failed')}{took}", err=True)


_OUTCOMES = {"applied": "done", "waiting": "waits for a person"}
