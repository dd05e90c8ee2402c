"""Pages of `docs/` that are written from the code; `tests/repository/test_docs.py` keeps them true."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING

import click

from reconciler.cli import help as manual
from reconciler.cli.app import VERBS, portal
from reconciler.core.codes import CODES, Advice, advice
from reconciler.core.errors import EXIT_CODES, PortalError
from tests.support.sample import ROOT
from workspace.upstream import capabilities

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE = "<!-- Written from the code: UPDATE_GOLDEN=1 make test -->"


def command_line() -> str:
    """Return the page about every verb and option."""
    lines = ["# The command line", "", NOTE, ""]
    lines += [
        "stdout carries one document; everything else goes to stderr. A question is asked only where both ends are a",
        "terminal. Colour obeys `NO_COLOR`. Without `--workspace`, commands talk to the embedded workspace in",
        "`.portal/workspace.db`, which is made and filled with sample people on first use.",
        "",
        "A request that a workspace does not answer, or answers with 429, 500, 502, 503 or 504, is sent again for up",
        "to 60 seconds where that cannot do anything twice; for 5 seconds where the workspace has not answered at all.",
        "`PORTAL_PATIENCE` sets another number of seconds than 60; with 0 every request is sent once.",
        "",
        "How commands end: [exit codes](exit-codes.md).",
        "",
    ]
    context = click.Context(portal, info_name="portal")
    for verb in VERBS:
        command = portal.get_command(context, verb)
        assert command is not None
        lines += _verb(command, click.Context(command, parent=context, info_name=verb), level=2)
    return "\n".join(lines).rstrip() + "\n"


def architecture(page: str) -> str:
    """Return the page about the architecture with the drawing of the packages as they are."""
    spec = spec_from_file_location("packages", ROOT / "docs" / "packages.py")
    assert spec is not None
    assert spec.loader is not None
    packages = module_from_spec(spec)
    spec.loader.exec_module(packages)
    before, mark, rest = page.partition("<!-- packages -->\n```\n")
    assert mark, "the page has no place for the drawing"
    after = rest.partition("```\n")[2]
    return f"{before}{mark}{packages.both()}\n```\n{after}"


def exit_codes() -> str:
    """Return the page about exit codes."""
    lines = ["# Exit codes", "", NOTE, ""]
    lines += ["Every verb ends with one of these, whatever `--format` says.", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    lines += [
        "",
        "## By verb",
        "",
        "What each code means there is on the page about [the command line](command-line.md).",
        "",
    ]
    lines += ["| verb | codes |", "|---|---|", *_codes_of_verbs(), "", "## What ends a command early", ""]
    lines += [
        "Each error has its exit code. stderr says what is wrong and what to do, with a [code](diagnostics.md).",
        "",
    ]
    lines += ["| error | code | when |", "|---|---|---|"]
    lines += [
        f"| `{one.__name__}` | {one.exit_code} | {paragraph_of(one.__doc__ or '')} |" for one in _errors(PortalError)
    ]
    return "\n".join(lines) + "\n"


def _codes_of_verbs() -> Iterator[str]:
    context = click.Context(portal, info_name="portal")
    for verb in VERBS:
        command = portal.get_command(context, verb)
        assert command is not None
        _, exits, _ = manual.sections(command)
        yield f"| [portal {verb}](command-line.md#portal-{verb}) | {', '.join(str(code) for code in exits)} |"


def _errors(kind: type[PortalError]) -> Iterator[type[PortalError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _errors(one)


def _verb(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    yield from (f"{'#' * level} {context.command_path}", "")
    usage = " ".join(command.collect_usage_pieces(context))
    yield from ("```", f"{context.command_path} {usage}", "```", "")
    yield from (paragraph_of(command.help or ""), "")
    options = [one for one in command.get_params(context) if isinstance(one, click.Option) and "--help" not in one.opts]
    if options:
        yield from ("| option | meaning |", "|---|---|")
        for option in options:
            name, said = option.get_help_record(context) or ("", "")
            escaped = name.replace("|", "\\|")
            yield f"| `{escaped}` | {said} |".replace("  [", " [")
        yield ""
    examples, exits, see = manual.sections(command)
    yield from ("```console", *(f"$ {line}  # {meaning}" for line, meaning in examples.items()), "```", "")
    yield from ("Exits with " + "; ".join(f"{code}: {meaning}" for code, meaning in exits.items()) + ".", "")
    if see:
        links = ", ".join(f"[portal {verb}](#portal-{verb.replace(' ', '-')})" for verb in see)
        yield from (f"See also {links}.", "")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            nested = command.get_command(context, name)
            assert nested is not None
            yield from _verb(nested, click.Context(nested, parent=context, info_name=name), level + 1)


def paragraph_of(text: str) -> str:
    """Return help text with its own line breaks taken out."""
    paragraphs = (" ".join(one.split()) for one in text.split("\n\n"))
    return "\n\n".join(paragraphs)


def diagnostics() -> str:
    """Return the page about every code."""
    lines = ["# Diagnostics", "", NOTE, ""]
    lines += [
        "Every complaint carries one of these codes. They are stable: tools may rely on them. `portal explain CODE`"
    ]
    lines += ["says the same in a terminal.", ""]
    for code in sorted(CODES):
        lines += _code(advice(code))
    return "\n".join(lines[:-1]) + "\n"


def _code(one: Advice) -> Iterator[str]:
    yield from (f"## {one.code}", "", one.meaning, "")
    if one.why:
        yield from (one.why, "")
    yield from (f"**What to do:** {one.remedy}", "")
    if one.bad:
        yield from ("Refused:", "", *_fence(one.bad))
    if one.good:
        yield from ("Mended:" if one.bad else "For example:", "", *_fence(one.good))
    if one.see:
        yield from ("See also " + ", ".join(f"`{line}`" for line in one.see) + ".", "")


def _fence(text: str) -> Iterator[str]:
    # Not `yaml`: the bad ones are not, and the others leave out what every file needs.
    yield from ("```", text.rstrip("\n"), "```", "")


_READ = {"api": "by the API", "part": "in part, by the API", "none": "a person says"}
_WRITTEN = {"api": "by the API", "person": "a person, about {} min", "never": "never"}
_PROOF = {
    "observed": "the API shows it",
    "count": "a count that a person reads back",
    "url": "an address that a person reads back",
    "text": "a text that a person reads back",
    "word": "a person's word",
}


def intercom_fields() -> str:
    """Return the page about readers and writers of each field with Intercom behind the workspace."""
    lines = ["# Every field in Intercom", "", NOTE, ""]
    lines += [
        "Who reads and who writes each field of a configuration file where the workspace is Intercom's. The facts are",
        "from the vendor's published description of its API and from its help articles; **nobody has run this against",
        "the real service yet**. Minutes are estimates of ours.",
        "",
        "| field | read | written | proof of a change | known from |",
        "|---|---|---|---|---|",
    ]
    for one in capabilities.table():
        written = _WRITTEN[one.written].format(one.minutes)
        lines.append(f"| `{one.field}` | {_READ[one.read]} | {written} | {_PROOF[one.proof]} | {one.source} |")
    return "\n".join(lines) + "\n"
