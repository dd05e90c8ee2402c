"""Options common to verbs, and their evaluation."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import completion as completing
from reconciler.render.formats import RENDERED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.config.desired import Config
    from reconciler.config.environments.environment import Environment
    from reconciler.config.yaml.document import Document
    from reconciler.target.protocol import Target

Decorated = Any

file = click.option(
    "-f",
    "--file",
    default="portal.yaml",
    show_default=True,
    metavar="FILE",
    help="The configuration; - reads it from stdin.",
)
_TOKEN = "PORTAL_TOKEN"  # noqa: S105 (the name of a variable)
_ENVIRONMENT = "portal.environment"
"""The key of the chosen environment in the click context: its name, and once the file is read, all of it."""


def _choose(ctx: click.Context, _: click.Parameter, name: str | None) -> None:
    ctx.meta[_ENVIRONMENT] = name


environment = click.option(
    "-e",
    "--env",
    type=completing.Environment(),
    metavar="NAME",
    expose_value=False,
    callback=_choose,
    help="An environment of the file: its workspace, its token, its overrides.",
)
address = click.option(
    "--workspace",
    "workspace_url",
    metavar="URL",
    help="The workspace, with its token in PORTAL_TOKEN. Without it: the embedded one in .portal/workspace.db.",
)
seed = click.option(
    "--seed", metavar="FILE", help="What the embedded workspace is filled from on first use, instead of the sample."
)


def formats(*names: str, about: str = "What to print on stdout.") -> Callable[[Decorated], Decorated]:
    """Return the option of the output format, the default first."""
    return click.option(
        "--format", "output_format", type=click.Choice(names), default=names[0], show_default=True, help=about
    )


output_format = formats("text", "json")
plan_format = formats(
    "text",
    "json",
    *RENDERED,
    about="What to print on stdout: a plan also for a pull request, code scanning, a test report, or as a graph.",
)
RISKS = ("widens_access", "narrows_access", "publishes_foreign_draft")
"""The risks that `--allow` permits by name."""
allow = click.option(
    "--allow",
    multiple=True,
    type=click.Choice(RISKS),
    help="Go past the guard against this risk; may be given several times.",
)
no_color = click.option("--no-color", is_flag=True, help="Print without colours; the variable NO_COLOR does the same.")
quiet = click.option("--quiet", is_flag=True, help="Print only problems on stderr.")


def together(*options: Callable[[Decorated], Decorated]) -> Callable[[Decorated], Decorated]:
    """Combine options into one decorator, in the order of help."""

    def decorate(function: Decorated) -> Decorated:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def workspace(function: Decorated) -> Decorated:
    """Add the options of the workspace: an environment of the file, or an address."""
    return environment(address(function))


def read_config(path: str) -> Config:
    """Return the desired state of a file in the chosen environment; raise ConfigurationInvalid with all errors."""
    return usable(load(path))


def load(path: str) -> Document:
    """Load a file with the chosen environment's own file; raise ConfigurationInvalid where it cannot be read."""
    from reconciler.config.environments import files as source_environments

    recover(path)
    name = chosen()
    return source_environments.load(path, () if name is None else (name,))


def recover(path: str) -> None:
    """Complete an interrupted edit of this file and those beside it."""
    from reconciler.config.edit.several import recover as finish

    if names := finish(path):
        click.echo(f"Finished an edit that was cut off: {', '.join(names)}.", err=True)


def checked(path: str, names: tuple[str, ...]) -> Document:
    """Load and validate a file with the own files of some environments; raise ConfigurationInvalid with all errors."""
    from reconciler.config.environments import environment as environments
    from reconciler.config.environments import files as source_environments

    recover(path)
    document, name = _valid(source_environments.load(path, names)), chosen()
    if name is not None:
        click.get_current_context().meta[_ENVIRONMENT] = environments.environment(document, name)
    return document


def _valid(document: Document) -> Document:
    from reconciler.config import validate

    validate.require_valid(document)
    return document


def usable(document: Document) -> Config:
    """Return the desired state of a document; raise ConfigurationInvalid with all errors."""
    from reconciler.config import desired as config

    name, document = chosen(), _valid(document)
    if name is not None:
        from reconciler.config.environments import environment as environments

        click.get_current_context().meta[_ENVIRONMENT] = environments.environment(document, name)
    return config.of(document, name)


def choose(name: str) -> None:
    """Choose an environment of the file, as --env does."""
    click.get_current_context().meta[_ENVIRONMENT] = name


def chosen() -> str | None:
    """Return the chosen environment, if any."""
    environment = click.get_current_context().meta.get(_ENVIRONMENT)
    return environment if environment is None or isinstance(environment, str) else str(environment.name)


def subject() -> tuple[str | None, str | None]:
    """Return the file's name and the chosen environment, as far as known."""
    context = click.get_current_context(silent=True)
    if context is None:
        return None, None
    from reconciler.config.yaml.document import shown_name

    file = _named(context)
    return (None if file is None else shown_name(file)), chosen()


def named_files() -> tuple[str, ...]:
    """Return the configuration files on the command line."""
    context = click.get_current_context(silent=True)
    named = context.params.get("file") if context is not None else None
    return tuple(named) if isinstance(named, tuple) else ((named,) if isinstance(named, str) else ())


def _named(context: click.Context) -> str | None:
    """Return the one file on the command line; `None` for none, or several."""
    file = context.params.get("file")
    if isinstance(file, tuple):
        return file[0] if len(file) == 1 else None
    return file


def protecting(url: str) -> str | None:
    """Return the protected environment that was chosen, or has that address; `None` for none."""
    environment = click.get_current_context().meta.get(_ENVIRONMENT)
    if environment is not None:
        return chosen() if getattr(environment, "protected", False) else None
    return next((item.name for item in environments_at(url) if item.protected), None)


def environments_at(url: str) -> Sequence[Environment]:
    """Return the environments of the file whose workspace is at a URL; none where the file cannot be read."""
    from reconciler.config.environments import files as source_environments
    from reconciler.config.environments import sharing
    from reconciler.config.yaml.document import STDIN
    from reconciler.core.errors import ConfigurationInvalid

    file = _named(click.get_current_context())
    if file is None or file == STDIN:
        return ()
    try:
        return sharing.at(_valid(source_environments.load(file, None)), url, os.environ)
    except ConfigurationInvalid:
        return ()


def _site(url: str | None) -> tuple[str | None, str | None, str]:
    """Return the address of the workspace, its token, and the token's variable."""
    context = click.get_current_context()
    if chosen() is None:
        return url, os.environ.get(_TOKEN), _TOKEN
    if url is not None:
        raise click.UsageError("Give --env or --workspace, not both.", context)
    if isinstance(context.meta[_ENVIRONMENT], str):
        read_config(_named(context) or "portal.yaml")
    environment: Environment = context.meta[_ENVIRONMENT]
    return _where(environment)


def site(url: str | None) -> str | None:
    """Return the address of the workspace, without its token; `None` for the embedded one."""
    context = click.get_current_context()
    if chosen() is None:
        return url
    if url is not None:
        raise click.UsageError("Give --env or --workspace, not both.", context)
    if isinstance(context.meta[_ENVIRONMENT], str):
        read_config(_named(context) or "portal.yaml")
    environment: Environment = context.meta[_ENVIRONMENT]
    return environment.address(os.environ)


def _where(environment: Environment) -> tuple[str, str, str]:
    return environment.address(os.environ), environment.secret(os.environ), environment.variable


@contextmanager
def opened(environment: Environment) -> Iterator[Target]:
    """Open the target of an environment and close it on exit."""
    with _opened(*_where(environment)) as target:
        yield target


@contextmanager
def open_target(url: str | None, seed_file: str | None) -> Iterator[Target]:
    """Open the target of the options, or the embedded one, and close it on exit."""
    with _opened(*_site(url), seed=Path(seed_file) if seed_file else None) as target:
        yield target


@contextmanager
def _opened(site: str | None, token: str | None, variable: str, seed: Path | None = None) -> Iterator[Target]:
    from reconciler.cli.progress import show_progress, waited_for
    from reconciler.target.connect import connect

    with waited_for(site or "the embedded workspace"):
        target = connect(
            site, token=token, seed=seed, retry_seconds=os.environ.get("PORTAL_PATIENCE"), variable=variable
        )
    show_progress(target)
    try:
        yield target
    finally:
        target.close()
