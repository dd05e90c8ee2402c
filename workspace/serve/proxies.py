"""Proxies in front of a workspace: whose word on scheme, host and client is taken."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, TypeVar, cast

from werkzeug.middleware.proxy_fix import ProxyFix

from workspace.core.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from ipaddress import IPv4Network, IPv6Network
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    Network = IPv4Network | IPv6Network

_Result = TypeVar("_Result")
_THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Parse networks such as `10.0.0.7` or `10.0.0.0/8`; WorkspaceError for a malformed one."""
    results = []
    for text in texts:
        try:
            results.append(ip_network(text))
        except ValueError as problem:
            raise WorkspaceError(
                f"{text!r} is not the address of a proxy: {problem}",
                "Give an IP address, or a network like 10.0.0.0/8.",
            ) from problem
    return tuple(results)


class TrustedProxies:
    """An application behind proxies: a configured one sets the client, the scheme and the host.

    Any proxy on this machine may report HTTPS: that makes cookies and links safer, never less safe.
    """

    def __init__(self, app: WSGIApplication, trusted: Iterable[Network]) -> None:
        self._app = app
        self._trusted = tuple(trusted)
        self._behind = ProxyFix(app, x_for=1, x_proto=1, x_host=1)

    def before(self, look: Callable[[WSGIEnvironment], _Result]) -> Callable[[WSGIEnvironment], _Result]:
        """Return the same function of a request, which it is then given as the application sees it."""
        call: Any = TrustedProxies(cast("WSGIApplication", lambda environ, _start: look(environ)), self._trusted)
        return lambda environ: cast("_Result", call(environ, None))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        client = environ.get("REMOTE_ADDR", "")
        if _within(client, self._trusted):
            return self._behind(environ, start_response)
        if environ.get("HTTP_X_FORWARDED_PROTO") == "https" and _within(client, _THIS_MACHINE):
            environ["wsgi.url_scheme"] = "https"
        return self._app(environ, start_response)


def _within(client: str, trusted: Sequence[Network]) -> bool:
    if not trusted:
        return False
    try:
        address = ip_address(client)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in network for network in trusted)
