"""Which workspace a command talks to: one behind a URL, or the embedded one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.core.diagnostics import error
from reconciler.core.errors import NotAllowed, UsageError
from reconciler.target import local

if TYPE_CHECKING:
    from reconciler.target.http.retry import Limits
    from reconciler.target.protocol import Target

EMBEDDED = Path(".portal/workspace.db")
_MOST_PATIENCE = 3600
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def choose(
    url: str | None,
    *,
    token: str | None,
    seed: Path | None,
    patience: str | None = None,
    variable: str = "PORTAL_TOKEN",
) -> Target:
    """Return the workspace at `url`, or the embedded one where there is none.

    Args:
        url: Scheme, host and port of a workspace.
        token: The bearer token for it.
        seed: What fills the embedded workspace on first use; `None` for the sample.
        patience: For how many seconds to repeat one request, as text; `None` for as long as is usual.
        variable: The name of the variable that the token is from.

    Raises:
        UsageError: The URL is none, or would carry the token in the clear; or the patience is no number of seconds.
        NotAllowed: There is no token.
    """
    if url is None:
        return _embedded(seed)
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

    return RestTarget(url, url, token, limits=limits(patience))


def limits(patience: str | None) -> Limits:
    """Return how long to wait for answers.

    Args:
        patience: For how many seconds to repeat one request, as text; `None` for as long as is usual.

    Raises:
        UsageError: It is no number of seconds.
    """
    from reconciler.target.http.retry import Limits

    usual = Limits()
    return usual if patience is None else replace(usual, whole=_seconds(patience))


def _seconds(text: str) -> float:
    if text.isascii() and text.isdecimal() and int(text) <= _MOST_PATIENCE:
        return float(text)
    raise UsageError(
        error(
            "patience-invalid",
            f"PORTAL_PATIENCE is not a whole number of seconds up to {_MOST_PATIENCE}",
            remedy="Write it like 120; 0 sends every request once.",
        )
    )


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
        _ = parts.port
    except ValueError:
        parts, host, user = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host or user:
        raise UsageError(
            error(
                "workspace-url-invalid",
                "--workspace takes the URL of a workspace, without user and password",
                remedy="Write it like https://workspace.acme.example.",
            )
        )
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise UsageError(
            error(
                "workspace-url-insecure",
                f"{url} would carry the token unencrypted",
                remedy="Use https; plain http is for this machine (127.0.0.1) only.",
            )
        )


def _embedded(seed: Path | None) -> Target:
    with local.explained(*local.NEEDED):
        from reconciler.target.embedded import open_embedded

        return open_embedded(EMBEDDED, seed)
