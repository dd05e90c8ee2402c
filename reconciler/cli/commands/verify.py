"""`portal verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output
from reconciler.cli.fleet import options as fleet_options
from reconciler.cli.fleet import run as fleets

if TYPE_CHECKING:
    from reconciler.config.desired import Config
    from reconciler.core.document_types.result import VerifyDocument
    from reconciler.operations.verify.checks import PersonUnderTest


@click.command(
    cls=manual.Verb,
    examples={
        "portal verify --evaluate-only": "Does everybody get what the expectations of the file say?",
        "portal verify --as ada@examply.com --not-as eve@elsewhere.example": "Log in as these two, and try.",
        "portal verify --format junit > verify.xml": "A report for a build.",
        "portal verify -f portals --evaluate-only": "All configurations below a directory.",
    },
    exits={0: "every check passed", 3: "a check failed"},
    see=("explain", "preview", "plan"),
)
@options.together(fleet_options.file, options.workspace, options.seed)
@click.option(
    "--as", "named", multiple=True, metavar="PERSON", help="Somebody who must get in; may be given several times."
)
@click.option("--not-as", "refused", multiple=True, metavar="PERSON", help="Somebody who must not get in.")
@click.option("--evaluate-only", is_flag=True, help="Do not log in: only ask what the workspace says.")
@options.formats("text", "json", "junit")
@options.no_color
@fleet_options.with_fleet_options
def command(
    file: tuple[str, ...],
    workspace_url: str | None,
    seed: str | None,
    named: tuple[str, ...],
    refused: tuple[str, ...],
    output_format: str,
    *,
    evaluate_only: bool,
    no_color: bool,
    fleet_flags: fleet_options.FleetOptions,
) -> int:
    """Visit the portal as real people, and check that only the right ones get in.

    Looks each person up, checks that they belong to a company and what the access conditions say,
    then logs in as them and tries the homepage card, the portal's address and the Messenger's
    banner, reads which tickets the portal lists, opens one, and tries some that are not theirs to
    see. At last it tries the same without logging in. People are those given, and those whom the
    expectations of the file name. PERSON is an email address, an external id or a contact id.
    Logging in needs the secret that the web application signs identities with, in
    PORTAL_IDENTITY_SECRET. Without it, the sample web application of the workspace in .portal, or
    of portal serve --demo, logs people in. Exits with 3 where a check fails.

    Where the file is what was last applied, the outcome is left in the workspace, for portal promote.
    That it could not be left there is told on stderr, and fails nothing.

    Of a fleet, every configuration is verified by its own expectations; one that has none is counted
    and passed over, where others have some.
    """
    from reconciler.operations.verify.document import verify_document

    single = fleets.single(file, fleet_flags)
    if single is None:
        from reconciler.cli.fleet import verify as fleet_verifying
        from reconciler.fleet.verify import VerifyQuery

        desired = VerifyQuery(named, refused, observe=not evaluate_only, whole=output_format == "junit")
        where = workspace_url, seed
        return fleet_verifying.verify(file, where, fleet_flags, desired, output_format, no_color=no_color)

    with output.document_on_failure("text" if output_format == "junit" else output_format, "verify"):
        config = options.read_config(single)
        people, secret = _people(config, named, refused), _secret(evaluate_only=evaluate_only)
        with options.open_target(workspace_url, seed) as target:
            from reconciler.cli.progress import bar
            from reconciler.operations.verify import run as verification

            with bar("people", len(people)) as progress:
                verified = verification.run(
                    config, target, people, observe=not evaluate_only, secret=secret, progress=progress
                )
            unnoted = verification.note(config, target, verified)
            document = verify_document(config, target.name, verified, unnoted)
    _print(document, output_format, no_color=no_color)
    if unnoted is not None:
        output.print_problems((unnoted,), no_color=no_color)
    return 0 if document["outcome"] == "passed" else 3


def _people(config: Config, named: tuple[str, ...], refused: tuple[str, ...]) -> list[PersonUnderTest]:
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError
    from reconciler.operations.verify import checks as verify

    people = verify.subjects(named, refused, config.expectations)
    if people:
        return people
    raise UsageError(
        error(
            "nobody-to-verify",
            f"{config.document.file} has no expectations, and nobody was named",
            remedy="Name somebody with --as, or write expectations.",
        )
    )


def _secret(*, evaluate_only: bool) -> str | None:
    if evaluate_only:
        return None
    from reconciler.fleet.verify import identity_secret

    return identity_secret()


def _print(document: VerifyDocument, output_format: str, *, no_color: bool) -> None:
    if output_format == "json":
        output.print_json(document)
    elif output_format == "junit":
        from reconciler.render import junit

        output.print_whole(junit.verification(document))
    else:
        from reconciler.render.text.verification import text

        output.print_text(text(document), no_color=no_color)
