"""Connect to a target: a workspace behind a URL, or the embedded one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.core.diagnostics import error
from reconciler.core.errors import NotAllowed, UsageError
from reconciler.core.secrets import checked
from reconciler.target import local

if TYPE_CHECKING:
    from reconciler.target.http.retry import Timeouts
    from reconciler.target.protocol import Target

INTERCOM = "intercom://"
"""The beginning of the address of a workspace that is Intercom's, as environments have it."""
EMBEDDED = Path(".portal/workspace.db")
_LONGEST_RETRY = 3600
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def connect(
    url: str | None,
    *,
    token: str | None,
    seed: Path | None,
    retry_seconds: str | None = None,
    variable: str = "PORTAL_TOKEN",
) -> Target:
    """Connect to the workspace at `url`, or to the embedded one; it is made from `seed`, by default the sample.

    Raises UsageError for a URL that is invalid, or would carry the token in the clear, or for `retry_seconds` that are
    no number; NotAllowed without a well-formed token.
    """
    if url is None:
        return _embedded(seed)
    if url.startswith(INTERCOM):
        return _intercom(url, token, retry_seconds, variable)
    _check_url(url)
    if seed is not None:
        raise UsageError(
            error(
                "seed-without-embedded",
                "--seed fills the embedded workspace only",
                remedy="Leave --seed or --workspace away.",
            )
        )
    if not token:
        raise NotAllowed(
            error(
                "token-missing",
                f"there is no token for {url}",
                remedy=f"Put a token of that workspace into the environment variable {variable}.",
            )
        )
    from reconciler.target.rest import RestTarget

    return RestTarget(url, url, checked(variable, token), limits=limits(retry_seconds), variable=variable)


def _intercom(url: str, token: str | None, retry_seconds: str | None, variable: str) -> Target:
    """Open a workspace in this process with Intercom upstream; its address has the region and a name."""
    region, _, name = url.removeprefix(INTERCOM).partition("/")
    if not token:
        raise NotAllowed(
            error(
                "token-missing",
                "there is no token for Intercom",
                remedy=f"Put an access token of the workspace into the environment variable {variable}.",
            )
        )
    seconds = None if retry_seconds is None else limits(retry_seconds).whole
    database = EMBEDDED.parent / f"intercom-{name}.db"
    with local.explained(*local.NEEDED):
        from reconciler.target.embedded import open_upstream

        return open_upstream(region, checked(variable, token), database, seconds, variable)


def limits(retry_seconds: str | None) -> Timeouts:
    """Return the timeouts of requests repeated for these seconds (`None`: default); raise UsageError for no number."""
    from reconciler.target.http.retry import Timeouts

    usual = Timeouts()
    return usual if retry_seconds is None else replace(usual, whole=_seconds(retry_seconds))


def _seconds(text: str) -> float:
    if text.isascii() and text.isdecimal() and int(text) <= _LONGEST_RETRY:
        return float(text)
    raise UsageError(
        error(
            "patience-invalid",
            f"PORTAL_PATIENCE is not a whole number of seconds up to {_LONGEST_RETRY}",
            remedy="Write it like 120; 0 sends every request once.",
        )
    )


def _check_url(url: str) -> None:
    if (wrong := _wrong_with(url)) is not None:
        # The URL may hold a secret: nothing of it is shown.
        raise UsageError(
            error(
                "workspace-url-invalid",
                f"the URL of the workspace {wrong}",
                remedy="Write it like https://workspace.acme.example: scheme, host and port. "
                "The token belongs into an environment variable.",
            )
        )
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise UsageError(
            error(
                "workspace-url-insecure",
                f"{url} would carry the token unencrypted",
                remedy="Use https; plain http is for this machine (127.0.0.1) only.",
            )
        )


def _wrong_with(url: str) -> str | None:
    """Describe the fault of a URL; `None` for that of a workspace."""
    if not url.isprintable() or " " in url:
        return "holds a blank, a line end or a control character"
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return "is malformed"
    faults = {
        "does not begin with https:// and a host": parts.scheme not in ("http", "https") or not host,
        "holds a user or a password": "@" in parts.netloc,
        "has a malformed host": re.fullmatch(r"[\w.:-]+", host or "") is None,
        "has a query or a fragment": "?" in url or "#" in url,
    }
    return next((fault for fault, is_so in faults.items() if is_so), None)


def _embedded(seed: Path | None) -> Target:
    with local.explained(*local.NEEDED):
        from reconciler.target.embedded import open_embedded

        return open_embedded(EMBEDDED, seed)
