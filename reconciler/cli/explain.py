"""`portal explain`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import options

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.targets.base import Target


@click.command(epilog="Example: portal explain ada@examply.com")
@click.argument("person", metavar="PERSON")
@options.together(options.file, options.workspace, options.seed)
@click.option("--live", is_flag=True, help="Explain the settings that are live now, not those of the file.")
@options.together(options.output_format, options.no_color)
def command(
    person: str,
    file: str,
    workspace_url: str | None,
    seed: str | None,
    output_format: str,
    *,
    live: bool,
    no_color: bool,
) -> int:
    """Say which conditions hold for a person, and which do not.

    PERSON is an email address, an external id or a contact id. What is explained is how things
    would be once the file is applied.
    """
    from reconciler.cli import planning

    with planning.document_on_failure(output_format, "explanation"):
        config = options.read_config(file)
        with options.open_target(workspace_url, seed) as target:
            document = _explanation(config, target, person, live=live)
    if output_format == "json":
        options.print_json(document)
    else:
        from reconciler.render.people import explanation

        options.print_text(explanation(document), no_color=no_color)
    return 0


def _explanation(config: Config, target: Target, person: str, *, live: bool) -> dict[str, Any]:
    from reconciler import resultfile
    from reconciler.planning import foresee
    from reconciler.targets.base import find_person

    foreseen = foresee(config, target, now=datetime.now(UTC))
    view = foreseen.before if live else foreseen.after
    shown = None if live else foreseen.card_shown
    found = target.check(config.help_center, [person], view, card_shown=shown)
    return resultfile.explanation(view, find_person(found, target.name), live=live)
