"""Options that mean the same in every verb, and what verbs do with them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.config import Config
    from reconciler.source import Document
    from reconciler.targets.base import Target

Decorated = Any

file = click.option(
    "-f",
    "--file",
    default="portal.yaml",
    show_default=True,
    metavar="FILE",
    help="The configuration; - reads it from stdin.",
)
workspace = click.option(
    "--workspace",
    "workspace_url",
    metavar="URL",
    help="The workspace, with its token in PORTAL_TOKEN. Without it: the embedded one in .portal/workspace.db.",
)
seed = click.option(
    "--seed", metavar="FILE", help="What the embedded workspace is filled from on first use, instead of the sample."
)
output_format = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to print on stdout.",
)
allow = click.option(
    "--allow",
    multiple=True,
    type=click.Choice(["widens_access", "narrows_access", "publishes_foreign_draft"]),
    help="Go past the guard against this risk; may be given several times.",
)
no_color = click.option("--no-color", is_flag=True, help="Print without colours; the variable NO_COLOR does the same.")
quiet = click.option("--quiet", is_flag=True, help="Tell nothing on stderr but problems.")


def together(*options: Callable[[Decorated], Decorated]) -> Callable[[Decorated], Decorated]:
    """Return a decorator that adds several options, in the order in which help lists them."""

    def decorate(function: Decorated) -> Decorated:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def read_config(path: str) -> Config:
    """Return the desired state that a file describes.

    Raises:
        ConfigurationInvalid: With everything that is wrong with it.
    """
    from reconciler import source

    return usable(source.load(path))


def usable(document: Document) -> Config:
    """Return the desired state that a document describes.

    Raises:
        ConfigurationInvalid: With everything that is wrong with it.
    """
    from reconciler import config, semantics
    from reconciler.diagnostics import Severity
    from reconciler.errors import ConfigurationInvalid

    problems = semantics.validate(document)
    if any(one.severity is Severity.ERROR for one in problems):
        raise ConfigurationInvalid(problems)
    return config.build(document)


@contextmanager
def open_target(url: str | None, seed_file: str | None) -> Iterator[Target]:
    """Give the workspace that the options name, and let go of it afterwards.

    Args:
        url: Where it is served; `None` for the embedded one.
        seed_file: What fills the embedded one on first use; `None` for the sample.
    """
    from reconciler.targets.choose import choose

    target = choose(
        url,
        token=os.environ.get("PORTAL_TOKEN"),
        seed=Path(seed_file) if seed_file else None,
        patience=os.environ.get("PORTAL_PATIENCE"),
    )
    try:
        yield target
    finally:
        target.close()


def print_text(text: str, *, no_color: bool, err: bool = False) -> None:
    """Print text on stdout, or on stderr, with its colours only where a person will see them."""
    click.echo(text, nl=False, err=err, color=False if no_color or os.environ.get("NO_COLOR") else None)


def print_plan(document: dict[str, Any], *, no_color: bool) -> None:
    """Print a plan document as text on stdout."""
    from reconciler.render.text import plan

    print_text(plan(document), no_color=no_color)


def print_json(document: Mapping[str, Any]) -> None:
    """Print a JSON document on stdout."""
    from reconciler.planfile import dumps

    click.echo(dumps(document), nl=False)
