"""Proxies in front of a workspace: what each may say of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from workspace.core.errors import WorkspaceError
from workspace.serve.proxies import TrustedProxies, networks

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORWARDED = {
    "HTTP_X_FORWARDED_FOR": "198.51.100.9, 203.0.113.5",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "help.acme.example",
}


def heard(client: str, trusted: Sequence[str], **headers: str) -> tuple[str, str, str]:
    """Return the client, the scheme and the host that the application sees."""
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], _start: object) -> list[bytes]:
        seen.update(environ)
        return []

    environ = {"REMOTE_ADDR": client, "wsgi.url_scheme": "http", "HTTP_HOST": "10.0.0.1:8470", **_FORWARDED, **headers}
    TrustedProxies(app, networks(trusted))(environ, lambda *_: None)  # type: ignore[arg-type]
    return seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], seen["HTTP_HOST"]


@pytest.mark.parametrize(
    ("client", "trusted", "expected"),
    [
        # A stranger is believed nothing.
        ("203.0.113.77", [], ("203.0.113.77", "http", "10.0.0.1:8470")),
        ("203.0.113.77", ["10.0.0.0/8"], ("203.0.113.77", "http", "10.0.0.1:8470")),
        ("not an address", ["10.0.0.0/8"], ("not an address", "http", "10.0.0.1:8470")),
        # A proxy on this machine may say that a request came by HTTPS, and no more.
        ("127.0.0.1", [], ("127.0.0.1", "https", "10.0.0.1:8470")),
        ("::1", [], ("::1", "https", "10.0.0.1:8470")),
        ("::ffff:127.0.0.1", [], ("::ffff:127.0.0.1", "https", "10.0.0.1:8470")),
        # A configured one says all three; of several clients it vouches for the last.
        ("10.1.2.3", ["10.0.0.0/8"], ("203.0.113.5", "https", "help.acme.example")),
        ("127.0.0.1", ["127.0.0.1"], ("203.0.113.5", "https", "help.acme.example")),
        ("fd00::7", ["10.0.0.0/8", "fd00::/8"], ("203.0.113.5", "https", "help.acme.example")),
    ],
)
def test_only_a_trusted_proxy_is_believed(client: str, trusted: list[str], expected: tuple[str, str, str]) -> None:
    assert heard(client, trusted) == expected


def test_a_proxy_of_this_machine_makes_nothing_less_safe() -> None:
    assert heard("127.0.0.1", [], HTTP_X_FORWARDED_PROTO="http")[1] == "http"
    assert heard("127.0.0.1", [], HTTP_X_FORWARDED_PROTO="javascript")[1] == "http"


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy.example", "", "10.0.0.0/33"])
def test_a_malformed_address_is_refused(text: str) -> None:
    with pytest.raises(WorkspaceError, match="not the address of a proxy"):
        networks([text])
