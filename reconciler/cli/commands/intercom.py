"""`portal intercom`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VARIABLE = "INTERCOM_TOKEN"
"""The variable with the token where no environment of a file names another."""
REGIONS = ("us", "eu", "au")


@click.group(
    cls=manual.Verbs,
    examples={"portal intercom doctor": "What works of Intercom's API with the token in INTERCOM_TOKEN?"},
    see=("init", "mirror"),
)
def command() -> None:
    """Look at what works with an Intercom workspace.

    Nobody has run this against the real service yet. What the doctor reports holds no value of
    the workspace, so that it can be sent to whoever works on this.
    """


@command.command(
    cls=manual.Verb,
    examples={
        "portal intercom doctor": "With the token in INTERCOM_TOKEN; the region is found.",
        "portal intercom doctor -e production": "As an environment of portal.yaml names it.",
        "portal intercom doctor --format json > report.json": "A report to send: shapes of answers, and no values.",
    },
    exits={
        0: "everything that is needed works",
        1: "something that is needed does not work",
        7: "the token is missing, or not accepted, or lacks a permission that is needed",
    },
    see=("init", "mirror status", "validate"),
)
@options.together(options.file, options.environment)
@click.option("--region", type=click.Choice(REGIONS), help="Where the workspace is. Without it: found by asking.")
@options.together(options.output_format, options.no_color)
def doctor(file: str, region: str | None, output_format: str, *, no_color: bool) -> int:
    """Check the token, its permissions, the region, limits and required settings.

    Asks every part of the API that is used here once, and changes nothing. The report has the names
    and types of the fields that came, and no values: no person, no company, no name of an attribute
    of yours.
    """
    found = _examined(*_where(file, region))
    if output_format == "json":
        output.print_json(found)
    else:
        output.print_text("".join(f"{line}\n" for line in _lines(found)), no_color=no_color)
    if found["usable"]:
        return 0
    failed = {one["code"] for one in found["checks"] if one["standing"] == "failed"}
    return 7 if "vendor-token" in failed else 1


def _where(file: str, region: str | None) -> tuple[str | None, str | None, str]:
    """Return the region, the token, and the variable that the token is from."""
    name = options.chosen()
    if name is None:
        return region, os.environ.get(VARIABLE), VARIABLE
    from reconciler.config.environments.environment import INTERCOM, environment
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError

    found = environment(options.checked(file, (name,)), name)
    if not found.workspace.startswith(INTERCOM):
        said = f"the workspace of the environment {name} is not Intercom's"
        raise UsageError(error("command-line-wrong", said, remedy="Name one that has `intercom`, or none."))
    named = found.workspace.removeprefix(INTERCOM).partition("/")[0]
    return region or named, found.secret(os.environ), found.variable


def _examined(region: str | None, token: str | None, variable: str) -> dict[str, Any]:
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import NotAllowed
    from reconciler.core.secrets import checked
    from reconciler.target import local

    if not token:
        remedy = f"Put an access token of the workspace into the environment variable {variable}."
        raise NotAllowed(error("token-missing", "there is no token for Intercom", remedy=remedy))
    with local.explained(*local.NEEDED):
        from reconciler.target.embedded import examine_intercom

        return examine_intercom(region, checked(variable, token))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    width = max(len(one["about"]) for one in found["checks"])
    for one in found["checks"]:
        code = f" [{one['code']}]" if one["code"] else ""
        yield f"{one['standing']:8} {one['about']:{width}}  {one['said']}{code}"
        if one["remedy"] and one["standing"] != "ok":
            yield f"{'':8} {'':{width}}  {one['remedy']}"
    yield f"{len(found['shapes'])} endpoints were asked; --format json has the names and types of what they answered."
