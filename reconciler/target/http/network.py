"""Connect to a server: its certificate authorities, and the proxy that the environment names for it, read here."""

from __future__ import annotations

import os
import re
import ssl
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from reconciler.core.diagnostics import error
from reconciler.core.errors import PortalError
from reconciler.core.secrets import reason

ONE_CONNECTION = httpx.Limits(max_connections=1)
"""The limits of every client: a line looks after one connection."""
_KINDS = ("http", "https", "socks5", "socks5h")
_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_PORTS = {"http": 80, "https": 443}


def transport(url: str) -> httpx.BaseTransport:
    """Build the transport to a server; raise PortalError for an invalid variable of the environment."""
    # The library would end in an exception of its own where a variable is malformed.
    variable, proxy = _proxy(url)
    try:
        return httpx.HTTPTransport(
            verify=_authorities(url),
            limits=ONE_CONNECTION,
            proxy=proxy
            and httpx.Proxy(proxy, ssl_context=_authorities(proxy) if proxy.startswith("https://") else None),
            trust_env=False,
        )
    except ImportError as missing:
        raise _unusable(variable, "names a SOCKS proxy", "Install what it needs: pip install socksio.") from missing
    except (ValueError, httpx.InvalidURL) as problem:
        raise _unusable(variable, f"names no proxy: {reason(problem)}", _LIKE) from problem


_LIKE = "Write it like http://proxy.example:3128, or unset it."


def _authorities(url: str) -> ssl.SSLContext:
    """Load the certificate authorities for a server; none, which is far quicker, where nothing is encrypted."""
    if not url.startswith("https://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.create_ssl_context()
    except OSError as problem:
        variable = next((name for name in _AUTHORITIES if os.environ.get(name)), _AUTHORITIES[0])
        remedy = "Name a file of PEM certificates of authorities, or unset it to trust the usual ones."
        raise _unusable(variable, f"cannot be used: {problem.strerror or reason(problem)}", remedy) from problem


def _proxy(url: str) -> tuple[str, str | None]:
    """Return the variable and the value of a server's proxy; `None` where there is none."""
    parts = urlsplit(url)
    proxies = getproxies()
    kind = next((text for text in (parts.scheme, "all") if proxies.get(text)), None)
    if kind is None or _is_direct(parts.hostname or "", parts.port or _PORTS[parts.scheme], proxies.get("no", "")):
        return "", None
    variable = next((name for name in (f"{kind}_proxy", f"{kind.upper()}_PROXY") if name in os.environ), "the system")
    proxy = proxies[kind] if "://" in proxies[kind] else f"http://{proxies[kind]}"
    if not proxy.isprintable() or proxy.partition("://")[0] not in _KINDS or _host(proxy) is None:
        raise _unusable(variable, "names no proxy", _LIKE)
    return variable, proxy


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname or None


def _is_direct(host: str, port: int, exceptions: str) -> bool:
    """Tell whether NO_PROXY names a server: by its host, a domain above it, its address, or a network."""
    return any(_names(text, host, port) for text in exceptions.lower().replace(",", " ").split())


def _names(exception: str, host: str, port: int) -> bool:
    if with_port := re.fullmatch(r"(\[.*\]|[^:]+):([0-9]+)", exception):
        exception = with_port[1]
        if int(with_port[2]) != port:
            return False
    exception = exception.strip("[]").removeprefix("*.").lstrip(".")
    try:
        return ip_address(host) in ip_network(exception, strict=False)
    except ValueError:
        return exception in ("*", host) or host.endswith(f".{exception}")


def _unusable(variable: str, what: str, remedy: str) -> PortalError:
    return PortalError(error("connection-settings-invalid", f"{variable} {what}", remedy=remedy))
