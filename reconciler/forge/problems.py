"""Errors for failed requests to a forge."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.core.diagnostics import error, warning
from reconciler.core.errors import NotAllowed, PortalError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.target.http.message import NoAnswer

_UNAUTHENTICATED = 401
_FORBIDDEN = 403
_ABSENT = (404, 410)
_MOST_CHARACTERS = 300


def check_address(name: str, url: str, *, safe: bool) -> None:
    """Refuse an address that a token must not go to: not encrypted, or none; raise UsageError."""
    if not safe:
        raise UsageError(
            error(
                "forge-url-insecure",
                f"the address of {name} is none that a token may be sent to",
                remedy=f"Write {url.partition('://')[0] or 'it'} as https://…; plain http is for this machine only.",
            )
        )


def unanswered(name: str, what: str, lost: NoAnswer, *, uncertain: bool) -> PortalError:
    """Build the error for a request without an answer; `uncertain` if it may have been done nevertheless."""
    if lost.code == "workspace-certificate-invalid":
        remedy = (
            "Check the host of the API; name a file with the certificate of an authority of your own in SSL_CERT_FILE."
        )
    else:
        remedy = "Run the command again: it finds what it made before, and makes nothing twice."
    maybe = "; it may have been done nevertheless" if uncertain else ""
    return PortalError(
        error(
            "forge-unreachable",
            f"{name} did not answer {what}: {lost.reason}{maybe}",
            remedy=remedy,
        )
    )


def unreadable(name: str, message: str) -> PortalError:
    """Build the error for an answer of another form."""
    remedy = "Check the address of the API (--api): it is that of the API, not of the pages."
    return PortalError(error("forge-answer-unreadable", f"{name} cannot be understood: {message}", remedy=remedy))


@contextmanager
def understood(name: str) -> Iterator[None]:
    """Read answers of a forge; raise PortalError for one of another form."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise unreadable(name, "an answer of its API is of another form than usual") from problem


def not_notified(why: str) -> PortalError:
    """Build the remark that nobody could be told: everything else is as it is without that."""
    remedy = (
        "The work of the command is done, as its exit code says. Correct the variable or the webhook for the next time."
    )
    return PortalError(warning("notification-failed", f"no message was sent: {why}", remedy=remedy))


def refusal(
    name: str, what: str, status: int, message: object, *, wait: float, needs: str, limited: bool
) -> PortalError:
    """Build the error for a refusal; `wait` is seconds, `needs` the permissions that the forge asks for."""
    text = f": {message[:_MOST_CHARACTERS]}" if isinstance(message, str) and message else ""
    if status == _UNAUTHENTICATED:
        remedy = "Give a token that is valid in the variable that --token-variable names."
        return NotAllowed(error("forge-token-not-accepted", f"{name} does not accept the token{text}", remedy=remedy))
    if limited:
        when = f"in {math.ceil(wait)} seconds" if wait else "later"
        return PortalError(
            error("forge-refused", f"{name} takes no more requests for now{text}", remedy=f"Run it again {when}.")
        )
    if status == _FORBIDDEN:
        return NotAllowed(
            error(
                "forge-permission-missing",
                f"the token may not {what} on {name}{text}",
                remedy=_grant(name, what, needs),
            )
        )
    if status in _ABSENT:
        return PortalError(
            error(
                "forge-not-found",
                f"{name} has nothing at {what}{text}",
                remedy=f"Check repository and number; where both are right, {_lower(_grant(name, what, needs))}",
            )
        )
    return PortalError(error("forge-refused", f"{name} refused {what} with {status}{text}"))


def _grant(name: str, what: str, needs: str) -> str:
    if name == "GitLab":
        scope = "read_api" if what.startswith("GET ") else "api"
        return f"Use a project access token with the scope {scope} and the role Reporter or higher."
    if needs:
        desired = needs.replace("=", ": ").replace(";", ", or ")
    else:
        level = "read" if what.startswith("GET ") else "write"
        areas = (("/actions/", "actions"), ("/pulls", "pull-requests"), ("/comments", "pull-requests"))
        area = next((area for part, area in areas if part in what), "issues")
        desired = f"{area}: {level}"
    return f"Grant it under permissions of the job: {desired}. A workflow of a fork is given reading at most."


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
