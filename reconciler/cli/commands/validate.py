"""`portal validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output
from reconciler.cli.fleet import options as fleet_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from reconciler.config.yaml.document import Document
    from reconciler.core.diagnostics import Diagnostic


@click.command(
    cls=manual.Verb,
    examples={
        "portal validate": "Is portal.yaml possible at all?",
        "portal validate -f acme.yaml --format json": "The same of another file, for a program.",
        "portal validate -e production": "As it turns out in one environment, with what its workspace can hold.",
        "portal validate -f portals": "All configurations below a directory.",
    },
    exits={0: "the file can be used", 1: "it cannot, and everything that is wrong with it was said"},
    see=("fmt", "explain", "plan"),
)
@options.together(fleet_options.file, options.environment, options.output_format, options.no_color)
def command(file: tuple[str, ...], output_format: str, *, no_color: bool) -> int:
    """Check configuration files without asking any workspace.

    Says everything that is wrong with them at once, each problem with its place, and checks every
    environment as it would turn out, those in files beside a file too. Where the workspace of an
    environment is Intercom, it says which part of a rule no person could enter there. Takes files,
    directories and patterns as portal plan does. Exits with 0 if all can be used and with 1 if one cannot.
    """
    from reconciler.core.diagnostics import Severity

    checked = [
        (name, diagnostics, not any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics))
        for name, diagnostics in _checked(file)
    ]
    if output_format == "json":
        _print_document(checked)
    else:
        for name, diagnostics, valid in checked:
            _print_text(name, diagnostics, valid=valid, no_color=no_color)
    return 0 if all(valid for _, _, valid in checked) else 1


def _checked(named: tuple[str, ...]) -> Iterator[tuple[str, Sequence[Diagnostic]]]:
    from datetime import UTC, datetime

    from reconciler.config.environments import files as source_environments
    from reconciler.config.yaml import document as source
    from reconciler.core.errors import ConfigurationInvalid
    from reconciler.fleet.load import discovery, stream

    today = datetime.now(UTC).date()
    single = discovery.single(named)
    for path in (single,) if single is not None else discovery.find(named):
        options.recover(path)
        name = source.shown_name(path)
        try:
            if single is not None:
                yield name, _problems(source_environments.load(path, None), today)
                continue
            for files in stream.read(path, None, source_environments.listed):
                place = name if files.first == 1 else f"{name}:{files.first}"
                try:
                    yield place, _problems(files.document(), today)
                except ConfigurationInvalid as problem:
                    yield place, problem.diagnostics
        except ConfigurationInvalid as problem:
            yield name, problem.diagnostics


def _problems(document: Document, today: date) -> Sequence[Diagnostic]:
    """Validate a document, and where it is valid, also against its workspaces' limits."""
    from reconciler.config import validate
    from reconciler.core.diagnostics import Severity
    from reconciler.target import screens

    diagnostics = validate.validate(document, today)
    if any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics):
        return diagnostics
    name = options.chosen()
    return (*diagnostics, *_too_many(document, name), *screens.of_environments(document, name))


def _too_many(document: Document, environment: str | None) -> Iterator[Diagnostic]:
    """Yield errors for grants beyond a limit; raise ConfigurationInvalid for an environment that there is not."""
    from reconciler.config.environments.overrides import effective

    meant = document if environment is None else effective(document, environment)
    # Few files grant anybody anything.
    if meant.values.get("granted_companies"):
        from reconciler.config import desired
        from reconciler.plan.checks import granted

        yield from granted.too_many(desired.of(document, environment))


def _print_document(checked: Sequence[tuple[str, Sequence[Diagnostic], bool]]) -> None:
    from reconciler.core.documents import diagnostic

    entries = [
        {"valid": valid, "file": name, "diagnostics": [diagnostic(item) for item in diagnostics]}
        for name, diagnostics, valid in checked
    ]
    one_of_many = {"valid": all(valid for _, _, valid in checked), "files": entries}
    output.print_json(entries[0] if len(entries) == 1 else one_of_many)


def _print_text(file: str, diagnostics: Sequence[Diagnostic], *, valid: bool, no_color: bool) -> None:
    if diagnostics:
        from reconciler.render.text.diagnostics import summary

        output.print_problems(diagnostics, no_color=no_color)
        output.print_text(f"\n{summary(diagnostics)}\n", no_color=no_color, err=True)
    if valid:
        output.print_text(f"{file} is valid.\n", no_color=no_color)
