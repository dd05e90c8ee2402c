"""`portal intercom`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output
from reconciler.cli.support.interviewing import VARIABLE, token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    examined = _examined(*_where(file, region))
    if output_format == "json":
        output.print_json(examined)
    else:
        output.print_text("".join(f"{line}\n" for line in _lines(examined)), no_color=no_color)
    if examined["usable"]:
        return 0
    failed = {check["code"] for check in examined["checks"] if check["standing"] == "failed"}
    return 7 if "vendor-token" in failed else 1


def _where(file: str, region: str | None) -> tuple[str | None, str]:
    name = options.chosen()
    if name is None:
        return region, token(VARIABLE)
    from reconciler.config.environments.environment import INTERCOM, environment
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError

    place = environment(options.checked(file, (name,)), name)
    if not place.workspace.startswith(INTERCOM):
        message = f"the workspace of the environment {name} is not Intercom's"
        raise UsageError(error("command-line-wrong", message, remedy="Name one that has `intercom`, or none."))
    return region or place.workspace.removeprefix(INTERCOM).partition("/")[0], token(place.variable)


def _examined(region: str | None, secret: str) -> dict[str, Any]:
    from reconciler.target import local

    with local.explained(*local.NEEDED):
        from reconciler.target.embedded import examine_intercom

        return examine_intercom(region, secret)


def _lines(entry: Mapping[str, Any]) -> Iterator[str]:
    for check in entry["checks"]:
        code = f" [{check['code']}]" if check["code"] else ""
        yield f"{check['standing']:8}  {check['about']}: {check['said']}{code}"
        if check["remedy"] and check["standing"] != "ok":
            yield f"{'':8}  {check['remedy']}"
    yield ""
    if entry["usable"]:
        yield "portal can work with this workspace. Next: portal init --from intercom --ask"
    count = len(entry["shapes"])
    endpoints = "1 endpoint was" if count == 1 else f"{count} endpoints were"
    yield f"{endpoints} asked; --format json has the names and types of the answers."
