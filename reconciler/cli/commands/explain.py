"""`portal explain`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output
from reconciler.core.codes import CODES, advice, codes_document

if TYPE_CHECKING:
    from reconciler.config.desired import Config
    from reconciler.core.document_types.result import ExplanationDocument
    from reconciler.target.protocol import Target


@click.command(
    cls=manual.Verb,
    examples={
        "portal explain ada@examply.com": "Why does she get in, or why not?",
        "portal explain ada@examply.com --live": "The same with the settings that are live now.",
        "portal explain guard-exceeded": "What does this code mean, and what should I do?",
        "portal explain --list": "Every code with what it means.",
    },
    exits={0: "explained"},
    see=("preview", "verify", "validate"),
)
@click.argument("what", metavar="PERSON|CODE", required=False)
@click.option("--person", "person", metavar="PERSON", help="Somebody whose id is also a code.")
@options.together(options.file, options.workspace, options.seed)
@click.option("--live", is_flag=True, help="Explain the settings that are live now, not those of the file.")
@click.option("--list", "listed", is_flag=True, help="List every code with what it means.")
@options.together(options.output_format, options.no_color)
def command(
    what: str | None,
    person: str | None,
    file: str,
    workspace_url: str | None,
    seed: str | None,
    output_format: str,
    *,
    live: bool,
    listed: bool,
    no_color: bool,
) -> int:
    """Explain why a person gets in or not, or a diagnostic code.

    PERSON is an email address, a user id or a contact id: says which conditions of the audience
    hold for them, and which do not, as things would be once the file is applied.

    CODE is what stands in brackets behind error or warning: says what it means and what to do,
    with an example. No file is read and no workspace is asked. A word that is a code is never
    taken for a person; --person says that one is meant.
    """
    if (what is not None) + (person is not None) + listed != 1:
        raise click.UsageError("Give a person, a code, or --list.")
    if what is None and person is None:
        return _every_code(output_format, no_color=no_color)
    with output.document_on_failure(output_format, "explanation"):
        if what is not None and (code := _code(what)):
            return _one_code(code, output_format, no_color=no_color)
        config = options.read_config(file)
        with options.open_target(workspace_url, seed) as target:
            document = _explanation(config, target, person or what or "", live=live)
    if output_format == "json":
        output.print_json(document)
    else:
        from reconciler.render.text.people import explanation

        output.print_text(explanation(document), no_color=no_color)
    return 0


def _explanation(config: Config, target: Target, person: str, *, live: bool) -> ExplanationDocument:
    from reconciler.operations.access import explanation_document
    from reconciler.operations.observe import people_for, project_state
    from reconciler.target.protocol import find_person

    people_for(config, target)
    projected = project_state(config, target, now=datetime.now(UTC))
    view = projected.before if live else projected.after
    shown = None if live else projected.card_shown
    answers = target.check(config.help_center, [person], view, card_shown=shown)
    return explanation_document(view, find_person(answers, target.name), live=live)


_BRACKETS = re.compile(r"(?:error|warning|info)\[([a-z0-9-]+)\]:?")
_LIKE_A_CODE = re.compile(r"[A-Za-z]+([-_][A-Za-z0-9]+)*")
_CLOSE = 0.75


def _code(word: str) -> str:
    """Return the code that a word is; empty for a person; raise UsageError for a misspelled code."""
    match = _BRACKETS.fullmatch(word)
    name = match[1] if match else word
    if name in CODES or not _LIKE_A_CODE.fullmatch(name):
        return name if name in CODES else ""
    from difflib import get_close_matches

    close = get_close_matches(name.lower().replace("_", "-"), CODES, n=1, cutoff=0 if match else _CLOSE)
    if not close:
        return ""
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError

    remedy = f"Did you mean `{close[0]}`? portal explain --list lists all; --person {name} asks about somebody."
    raise UsageError(error("code-unknown", f"there is no diagnostic code `{name}`", remedy=remedy))


def _one_code(name: str, output_format: str, *, no_color: bool) -> int:
    """Print the advice about a code."""
    entry = advice(name)
    if output_format == "json":
        output.print_json(codes_document([entry]))
        return 0
    from reconciler.render.text import advice as render

    output.print_text(render.advice(entry), no_color=no_color)
    return 0


def _every_code(output_format: str, *, no_color: bool) -> int:
    if output_format == "json":
        output.print_json(codes_document([advice(name) for name in sorted(CODES)]))
        return 0
    from reconciler.render.text import advice as render

    output.print_text(render.index(CODES), no_color=no_color)
    return 0
