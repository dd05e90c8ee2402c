"""An interview about a token's Intercom workspace: questions on stderr, answers from stdin."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from reconciler.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.kinds.state import State
    from reconciler.target.protocol import Target

VARIABLE = "INTERCOM_TOKEN"
"""The variable with the token where no environment of a file names another."""


def token(variable: str = VARIABLE) -> str:
    """Return the token of an Intercom workspace; raise NotAllowed without one, or for a malformed one."""
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import NotAllowed
    from reconciler.core.secrets import checked

    text = os.environ.get(variable)
    if not text:
        remedy = f"Put an access token of the workspace into the environment variable {variable}."
        raise NotAllowed(error("token-missing", "there is no token for Intercom", remedy=remedy))
    return checked(variable, text)


@contextmanager
def opened() -> Iterator[tuple[Target, str]]:
    """Open the token's workspace as the environment `production` of a file will have it, with its region."""
    from reconciler.cli.progress import show_progress
    from reconciler.target import connect, local

    secret = token()
    with local.explained(*local.NEEDED):
        from reconciler.target.embedded import find_intercom

        region = find_intercom(secret)
    address = f"{connect.INTERCOM}{region}/production"
    target = connect.connect(address, token=secret, seed=None, variable=VARIABLE)
    show_progress(target)
    try:
        yield target, region
    finally:
        target.close()


def interview(target: Target, state: State) -> None:
    """Ask for the settings that no API tells."""
    from reconciler.operations import pull
    from reconciler.operations.init import interview as asking
    from reconciler.target import screens

    vendor = state.upstream.vendor if state.upstream else ""
    person = asking.Person(ask=_answer, tell=_tell, places=screens.places(vendor), sections=screens.sections(vendor))
    _tell("Answer what you can see on the screens that are named. An empty answer leaves a setting unknown.")
    kept = asking.interview(target, state, person, pull.attributes(state))
    _tell(f"{kept} {'answer is' if kept == 1 else 'answers are'} kept as yours.")


def _answer(question: str) -> str:
    from reconciler.operations.init.interview import NoMoreAnswers

    click.echo(f"{_fitting(question + ':')} ", nl=False, err=True)
    line = sys.stdin.readline()
    if not line:
        click.echo("", err=True)
        raise NoMoreAnswers
    return line.strip()


def _tell(text: str) -> None:
    click.echo(_fitting(text), err=True)


def _fitting(text: str) -> str:
    from reconciler.render.text.fit import fitted

    return fitted(text, output.width(err=True))
