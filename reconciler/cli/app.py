"""The command `portal`. A verb's module is imported on use."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from reconciler import __version__
from reconciler.core.errors import PortalError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from reconciler.cli.support.streams import Guard

VERBS = {
    "init": "Write a first configuration, with comments.",
    "validate": "Check a configuration file without asking any workspace.",
    "fmt": "Put a configuration file into the usual order and layout.",
    "set": "Set one key of the file, and keep its comments.",
    "audience": "Add or remove a condition of the audience in the file.",
    "status": "Show the state of the portal, and how many people can open it.",
    "plan": "Show what applying a file would change, and whom it touches.",
    "apply": "Make the workspace what the file describes.",
    "promote": "Apply in one environment what was proven in another.",
    "show": "Show a saved plan, or what one apply did.",
    "publish": "Put a plan on its pull request, or drift or tasks into an issue.",
    "fetch": "Get the plan that was reviewed with a merged pull request.",
    "ci": "Look after the builds that plan and apply.",
    "drift": "Show what somebody else changed since the last apply.",
    "history": "List what was applied, when and by whom.",
    "undo": "Take back what one apply did.",
    "unlock": "End the lock of an apply that is gone.",
    "pull": "Write a configuration from what a workspace has.",
    "access": "List who gains and who loses access, one by one.",
    "preview": "List the people who match an audience rule.",
    "explain": "Explain why a person gets in or not, or a diagnostic code.",
    "verify": "Visit the portal as real people, and check that only the right ones get in.",
    "mirror": "Bring the people of a vendor's workspace here, and forget them.",
    "intercom": "Look at what works with an Intercom workspace.",
    "tasks": "List what only a person can do at the vendor.",
    "task": "Show such a task, confirm that it is done, or give it up.",
    "serve": "Run a workspace.",
    "open": "Open the console, the portal or the Help Center in a browser.",
    "token": "Make, list and revoke the tokens of a workspace.",
    "secret": "Make, list, rotate and revoke the secrets that identities are signed with.",
    "completion": "Make a shell complete verbs, options and their values.",
    "schema": "Print a schema: of the configuration, of a plan, of what verbs print.",
}
"""Every verb with its line in the help: the help must not import what the verbs need."""

_PARTS = {
    "Write a file": ("init", "pull", "set", "audience", "validate", "fmt"),
    "Change a workspace": ("status", "plan", "apply", "promote", "show", "history", "undo", "unlock"),
    "Work together": ("publish", "fetch", "drift", "ci"),
    "See who gets in": ("access", "preview", "explain", "verify"),
    "Run a workspace": ("serve", "open", "token", "secret"),
    "Use Intercom": ("intercom", "mirror", "tasks", "task"),
}
"""The groups of verbs in help; others come last."""

SAFE_SQLITE = (3, 51, 3)
"""The first SQLite that loses no write where several processes share a file and its log starts anew."""


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return super().get_command(ctx, cmd_name)
        command: click.Command = import_module(f"reconciler.cli.commands.{cmd_name}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        verbs = [CompletionItem(verb, help=message) for verb, message in VERBS.items() if verb.startswith(incomplete)]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[:1] == ["help"]:
            # As others have it: `portal help plan` is `portal plan --help`.
            args = [*args[1:2], "--help"]
            if len(args) == 1:
                click.echo(ctx.get_help())
                ctx.exit()
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as unknown:
            from difflib import get_close_matches

            from reconciler.cli.support import wrong_words

            if args[0] in wrong_words.VERBS:
                raise click.UsageError(f"There is no verb {args[0]!r}. {wrong_words.VERBS[args[0]]}", ctx) from unknown
            close = get_close_matches(args[0], VERBS, n=1)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            raise click.UsageError(f"There is no verb {args[0]!r}.{meant}", ctx) from unknown

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's)
        arranged = {verb for verbs in _PARTS.values() for verb in verbs}
        parts = {**_PARTS, "More": tuple(verb for verb in VERBS if verb not in arranged)}
        for title, verbs in parts.items():
            with formatter.section(title):
                formatter.write_dl([(verb, VERBS[verb]) for verb in verbs if verb in VERBS], col_max=12)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's)
        formatter.write_paragraph()
        formatter.write_text("portal VERB --help tells more about each, with examples.")


def _sqlite_warning(version: str) -> str:
    old = tuple(map(int, version.split("."))) < SAFE_SQLITE
    return f" (older than {'.'.join(map(str, SAFE_SQLITE))}: serve a SQLite file with one worker only)" if old else ""


def _version(ctx: click.Context, _: click.Parameter, shown: bool) -> None:  # noqa: FBT001 (click's signature)
    """Print the version, and those of what this installation depends on."""
    if not shown or ctx.resilient_parsing:
        return
    import platform

    # The driver's own module: the one around it takes longer to load.
    from _sqlite3 import sqlite_version
    from importlib.util import find_spec

    extras = {"serve": "granian", "verify": "jwt", "postgresql": "psycopg", "dask": "distributed"}
    results = [f"{name} {'yes' if find_spec(package) else 'no'}" for name, package in extras.items()]
    click.echo(f"portal {__version__}")
    click.echo(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    click.echo(f"SQLite {sqlite_version}{_sqlite_warning(sqlite_version)}")
    click.echo(f"extras: {', '.join(results)}")
    click.echo(f"from {os.path.dirname(os.path.dirname(os.path.dirname(__file__)))}")  # noqa: PTH120 (pathlib is not needed for more)
    ctx.exit()


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version, and what is installed with it.",
)
def portal() -> None:
    """Configuration as code for customer tickets portals.

    A file describes the portal; portal plan shows what it would change and who would gain or
    lose access; portal apply makes it so.
    """


COLLECTED_AFTER = 150_000
"""The number of new objects before Python collects garbage: a start makes fewer, all of them kept."""


def main() -> None:
    """Run the command line; end the process with an exit code of the table in `docs/`."""
    gc.set_threshold(COLLECTED_AFTER)
    from reconciler.cli.support import streams

    guard = streams.install()
    try:
        code = _delivered(run(sys.argv[1:]), guard)
    except MemoryError:
        # There is not even enough to say so in the usual way.
        streams.give_up("there is not enough memory")
    except Exception as problem:  # noqa: BLE001 (what reports a problem failed itself: to import a module takes memory)
        streams.give_up(f"portal could not report a problem ({type(problem).__name__})")
    # The process ends here, and all of its memory with it: there is no point in looking through it once more.
    gc.freeze()
    if code == _INTERRUPTED and "threading" in sys.modules:
        _leave_threads(code)
    sys.exit(code)


def _delivered(code: int, guard: Guard) -> int:
    """Return the exit code of a command, an error where its output was lost."""
    from reconciler.cli.support import streams

    sys.stdout.flush()
    if (problem := streams.lost(guard)) is None:
        return code
    from reconciler.core.diagnostics import error
    from reconciler.render.text.diagnostics import text

    remedy = "The work of the command is done; run it again to see its output."
    summary = f"stdout cannot be written: {problem.strerror}"
    click.echo(text((error("output-lost", summary, remedy=remedy),)), err=True, nl=False, color=False)
    return code or 1


_INTERRUPTED = 130


def _leave_threads(code: int) -> None:
    """End the process without waiting for its threads, which may be at work as long as a workspace is."""
    import threading

    if threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; no error ends in a traceback."""
    try:
        outcome: Any = _outcome(arguments)
    except PortalError as problem:
        from reconciler.cli.output import print_problems

        print_problems(problem.diagnostics, no_color="--no-color" in arguments)
        return problem.exit_code
    except click.UsageError as problem:
        return _wrong(problem, arguments)
    except click.Abort:
        click.echo("Interrupted.", err=True)
        return 130
    except click.ClickException as problem:
        problem.show()
        return 1
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not complain at its end either.
        sys.stdout = None
        return 1
    return outcome if isinstance(outcome, int) else 0


def _wrong(problem: click.UsageError, arguments: list[str]) -> int:
    """Report a wrong command line, with a correction; as a document too, where one is expected."""
    if isinstance(problem, click.exceptions.NoArgsIsHelpError):
        problem.show()
        return 64
    from reconciler.cli import output
    from reconciler.cli.support.wrong_words import complaint

    diagnostic = complaint(problem, arguments)
    output.print_problems((diagnostic,), no_color="--no-color" in arguments)
    if (document_format := _owed_document(arguments)) is not None:
        # Whoever reads the output of a program gets a whole document from this one, whatever becomes of it.
        output.print_failed(_PRINTS[arguments[0]], (diagnostic,), document_format)
    return 64


def _outcome(arguments: list[str]) -> Any:
    try:
        return portal.main(args=arguments, prog_name="portal", standalone_mode=False)
    except Exception as unexpected:
        from reconciler.cli.unexpected import problem_of

        raise problem_of(unexpected) from unexpected


_PRINTS = {
    "plan": "plan",
    "apply": "plan",
    "undo": "plan",
    "promote": "plan",
    "show": "receipt",
    "explain": "explanation",
    **{verb: verb for verb in ("status", "drift", "history", "unlock", "preview", "verify")},
}
"""The kind of document that each verb prints on failure."""


def _owed_document(arguments: list[str]) -> str | None:
    """Return the format of the document that a wrong command line still owes."""
    from reconciler.render.formats import RENDERED

    query = " ".join(arguments).replace("--format=", "--format ")
    if not arguments or arguments[0] not in _PRINTS:
        return None
    offered = ("json", *RENDERED) if arguments[0] == "plan" else ("json",)
    return next((name for name in offered if f"--format {name}" in query), None)
