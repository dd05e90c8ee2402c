"""`portal init`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output
from reconciler.cli.support import interviewing

if TYPE_CHECKING:
    from collections.abc import Mapping

USUAL = "portal.yaml"
INTERCOM = "intercom"
SCHEMA = "portal.schema.json"


@click.command(
    cls=manual.Verb,
    examples={
        "portal init": "Ask what is needed, and write portal.yaml.",
        "portal init --yes --help-center acme --domain help.acme.example": "Ask nothing.",
        "portal init --ci github --keep": "Add workflows for GitHub to what is there.",
        "portal init --from https://workspace.acme.example": "Describe what a workspace has.",
        "portal init --from intercom --ask": "The same of Intercom, asking what no API tells.",
    },
    exits={0: "written", 1: "a file is there already, and nothing was written; or another error", 7: "no token"},
    see=("pull", "validate", "plan", "schema"),
)
@click.option("--file", "-f", "out", metavar="FILE", default=USUAL, show_default=True, help="What to write.")
@click.option(
    "--from",
    "origin",
    metavar="URL|ENV|intercom",
    help="Say what this workspace has. ENV is one of portal.yaml; intercom takes a token from INTERCOM_TOKEN.",
)
@click.option("--ask", is_flag=True, help="With --from intercom: ask once for what no API tells, and keep the answers.")
@click.option("--help-center", metavar="IDENTIFIER", help="The Help Center. [default: acme, as in the sample]")
@click.option("--name", metavar="NAME", help="The configuration's name. [default: as the Help Center]")
@click.option("--domain", metavar="HOST", help="The Help Center's own domain. [default: help.IDENTIFIER.example]")
@click.option("--emails", metavar="ENDING", help="How the addresses of those end who get in. [default: @examply.com]")
@click.option(
    "--ci", type=click.Choice(["github", "gitlab", "none"]), help="Write workflows for this too. [default: none]"
)
@click.option(
    "--install",
    metavar="REQUIREMENT",
    help="With --ci: what pip installs in builds. [default: from where this was installed]",
)
@click.option("--keep", is_flag=True, help="Leave files that are there already as they are, and write the others.")
@click.option("--yes", is_flag=True, help="Ask nothing: use defaults where no option is given.")
@options.no_color
def command(
    out: str,
    origin: str | None,
    help_center: str | None,
    name: str | None,
    domain: str | None,
    emails: str | None,
    ci: str | None,
    install: str | None,
    *,
    ask: bool,
    keep: bool,
    yes: bool,
    no_color: bool,
) -> int:
    """Write a first configuration, with comments, and the schema that editors complete it from.

    Asks a few questions where both ends are a terminal. The file can be planned at once, against
    the workspace with sample people that needs nothing to run. With --from it says what a workspace
    has that is served already; with --from intercom, what an Intercom workspace has, as far as its
    API tells, and with --ask, what you say of the rest. No file is ever overwritten: where one is
    there, nothing is written.

    With --ci, run it in the root of the repository: it writes workflows that put plans on pull
    requests, apply what was reviewed once it is merged, and look for drift every morning.
    """
    from reconciler.core.contract import schema_path

    if origin is not None and (domain is not None or emails is not None):
        raise click.UsageError("With --from, domain and audience are those of the workspace.")
    if ask and origin != INTERCOM:
        raise click.UsageError("--ask needs --from intercom.")
    asking = not yes and sys.stdin.isatty() and sys.stdout.isatty()
    desired = {}
    if keep and Path(out).exists():
        click.echo(f"{out} was there already, and is as it was.", err=True)
    else:
        if asking:
            _refuse([out] if Path(out).exists() else [])
        if origin is None:
            desired[out] = _first(name, help_center, domain, emails, asking=asking)
        elif origin == INTERCOM:
            desired[out] = _of_intercom(help_center, name, ask=ask)
        else:
            desired[out] = _pulled(origin, help_center, name, no_color=no_color)
    desired[str(Path(out).with_name(SCHEMA))] = schema_path(SCHEMA).read_text(encoding="utf-8")
    desired |= _ignored()
    forge = _chosen_forge(ci, asking=asking)
    desired |= _workflows(out, forge, install)
    _write(desired, keep=keep)
    _tell(_next(out, origin))
    if forge != "none":
        from reconciler.operations.init.ci_settings import lines

        click.echo("\n" + "\n".join(lines(forge)), err=True)
    return 0


def _next(out: str, origin: str | None) -> str:
    where = "" if out == USUAL else f" -f {out}"
    if origin is None:
        return f"Next: portal plan{where}, then portal apply{where} --allow widens_access."
    if origin == INTERCOM:
        return f"Next: portal plan{where} -e production, which finds nothing to do, as far as can be seen."
    if "://" in origin:
        return f"Next: portal plan{where} --workspace {origin}, which finds nothing to do."
    return f"Next: portal validate{where}."


def _first(name: str | None, help_center: str | None, domain: str | None, emails: str | None, *, asking: bool) -> str:
    from reconciler.operations.init import first_file as starting

    def answer(given: str | None, question: str, usual: str) -> str:
        if given is not None or not asking:
            return usual if given is None else given
        prompt: str = click.prompt(question, default=usual, err=True)
        return prompt

    identifier = answer(help_center, "Identifier of the Help Center", "acme")
    return starting.first(
        starting.Answers(
            name=identifier if name is None else name,
            help_center=identifier,
            domain=answer(domain, "Its own domain", f"help.{identifier}.example"),
            emails=answer(emails, "Who may open the portal? People whose email address ends with", "@examply.com"),
        )
    )


def _chosen_forge(ci: str | None, *, asking: bool) -> str:
    if ci is None and asking:
        kinds = click.Choice(["github", "gitlab", "none"])
        ci = click.prompt("Write workflows for", type=kinds, default=_forge(), err=True)
    return ci or "none"


def _workflows(out: str, ci: str, install: str | None) -> Mapping[str, str]:
    from reconciler.operations.init import ci_workflows as starting_ci

    if ci == "none":
        return {}
    if not starting_ci.fits(out):
        raise click.UsageError("With --ci, -f takes a path below this folder, without blanks.")
    package = _package(install)
    return starting_ci.github(out, package) if ci == "github" else starting_ci.gitlab(out, package)


def _tell(text: str) -> None:
    output.print_text(f"{text}\n", no_color=True, err=True)


def _package(given: str | None) -> str:
    """Return the requirement for pip in builds; warn where it cannot be known here."""
    from reconciler.operations.init import installation

    if given is not None and not installation.fits(given):
        raise click.BadParameter(f"write {installation.NAME} @ git+https://…@COMMIT", param_hint="--install")
    usual = given or installation.requirement()
    if usual is None:
        usual = installation.usual()
        click.echo(
            f"Builds will install {usual}, which is on no index yet: this was installed from a folder. "
            "Give --install 'tickets-portal[serve,verify] @ git+https://ADDRESS@COMMIT'.",
            err=True,
        )
    return usual


_GITIGNORE = ".gitignore"
_DATABASES = "# Workspaces to try things on: databases, not for a repository.\n.portal/\n*.db\n*.db-*\n"


def _ignored() -> Mapping[str, str]:
    """Return the file that keeps databases out of the repository; an existing one is left alone."""
    there = _reads(_GITIGNORE)
    if there is None:
        return {_GITIGNORE: _DATABASES}
    if ".portal" not in there:
        click.echo(f"Add .portal/ to {_GITIGNORE}: there are the databases of workspaces to try things on.", err=True)
    return {}


def _forge() -> str:
    remotes = _reads(".git/config") or ""
    if Path(".github").is_dir() or "github.com" in remotes:
        return "github"
    return "gitlab" if Path(".gitlab-ci.yml").exists() or "gitlab" in remotes else "none"


def _pulled(origin: str, help_center: str | None, name: str | None, *, no_color: bool) -> str:
    from reconciler.cli.commands.pull import choose_help_center
    from reconciler.operations import pull
    from reconciler.operations.init import first_file as starting

    url = origin if "://" in origin else None
    if url is None:
        options.choose(origin)
    with options.open_target(url, None) as target:
        chosen = choose_help_center(target, help_center)
        pulled = pull.pulled(target.observe(chosen, chosen), name or chosen)
    if pulled.left_out:
        output.print_problems(pulled.left_out, no_color=no_color)
    return starting.with_environments(pulled.text)


def _of_intercom(help_center: str | None, name: str | None, *, ask: bool) -> str:
    from reconciler.cli.commands.pull import choose_help_center
    from reconciler.operations import pull
    from reconciler.operations.init import first_file as starting

    with interviewing.opened() as (target, region):
        chosen = choose_help_center(target, help_center)
        state = target.observe(chosen, chosen)
        if ask:
            interviewing.interview(target, state)
        people = target.refresh_people({"person": [], "company": []}, older_than=600)
        click.echo(f"{people['people']} people and {people['companies']} companies were read.", err=True)
        state = target.observe(chosen, chosen)
        pulled = pull.pulled(state, name or chosen)
    if pulled.left_out:
        more = "" if ask else " --ask asks you once."
        message = f"{len(pulled.left_out)} settings are left out, each with the reason in a comment.{more}"
        _tell(message)
    return starting.with_intercom(pulled.text, region)


def _write(desired: Mapping[str, str], *, keep: bool) -> None:
    """Write missing files, and report each; raise ConfigurationInvalid, and write none, if some differ."""
    from reconciler.config.edit import files

    there = {path for path in desired if Path(path).exists()}
    same = {path for path in there if _reads(path) == desired[path]}
    if not keep:
        _refuse(sorted(there - same))
    for path, text in desired.items():
        if path in there:
            click.echo(f"{path} was there already, and is as it was.", err=True)
            continue
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise files.unwritable(path, problem) from None
        files.create(path, text.encode(), force=False)
        click.echo(f"Wrote {path}.", err=True)


def _reads(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _refuse(there: list[str]) -> None:
    from reconciler.core.diagnostics import Source, error
    from reconciler.core.errors import ConfigurationInvalid

    if there:
        remedy = "Nothing was written. --keep leaves it as it is and writes the others; -f writes under another name."
        summary = "there is such a file already"
        raise ConfigurationInvalid(
            [error("file-exists", summary, remedy=remedy, source=Source(path, 1, 1)) for path in there]
        )
