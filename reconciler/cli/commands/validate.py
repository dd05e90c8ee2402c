"""`portal validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.core.diagnostics import Diagnostic


@click.command(
    cls=manual.Verb,
    examples={
        "portal validate": "Is portal.yaml possible at all?",
        "portal validate -f acme.yaml --format json": "The same of another file, for a program.",
    },
    exits={0: "the file can be used", 1: "it cannot, and everything that is wrong with it was said"},
    see=("fmt", "explain", "plan"),
)
@options.together(options.file, options.output_format, options.no_color)
def command(file: str, output_format: str, *, no_color: bool) -> int:
    """Check a configuration file without asking any workspace.

    Says everything that is wrong with it at once, each problem with its place, and checks every
    environment as it would turn out, those in files beside it too. Exits with 0 if the file can be
    used and with 1 if it cannot.
    """
    from datetime import UTC, datetime

    from reconciler.config import validate as semantics
    from reconciler.config.environments import files as source_environments
    from reconciler.config.yaml import document as source
    from reconciler.core.diagnostics import Severity
    from reconciler.core.errors import ConfigurationInvalid

    try:
        found: Sequence[Diagnostic] = semantics.validate(source_environments.load(file, None), datetime.now(UTC).date())
    except ConfigurationInvalid as problem:
        found = problem.diagnostics
    valid = not any(one.severity is Severity.ERROR for one in found)
    name = source.shown_name(file)
    if output_format == "json":
        _print_document(name, found, valid=valid)
    else:
        _print_text(name, found, valid=valid, no_color=no_color)
    return 0 if valid else 1


def _print_document(file: str, found: Sequence[Diagnostic], *, valid: bool) -> None:
    from reconciler.core.documents import diagnostic

    output.print_json({"valid": valid, "file": file, "diagnostics": [diagnostic(one) for one in found]})


def _print_text(file: str, found: Sequence[Diagnostic], *, valid: bool, no_color: bool) -> None:
    if found:
        from reconciler.render.text.diagnostics import summary, text

        output.print_text(f"{text(found)}\n{summary(found)}\n", no_color=no_color, err=True)
    if valid:
        output.print_text(f"{file} is valid.\n", no_color=no_color)
