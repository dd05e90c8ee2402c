"""A person's way through the pages of a workspace: sign in with a signed identity, then look."""

from __future__ import annotations

import hashlib
import hmac
import warnings
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import httpx

from reconciler.diagnostics import error
from reconciler.errors import WorkspaceUnusable
from reconciler.targets.attempt import ONE_CONNECTION, Lost
from reconciler.targets.patience import Care, Limits, Patience
from reconciler.targets.refusals import unanswered
from reconciler.verify import Walk

if TYPE_CHECKING:
    from reconciler.verify import Identity, Setting

PING = "/messenger/ping"
MESSENGER = "/messenger"
_MOST_REDIRECTS = 3
_LIFETIME = 300
"""Seconds for which a token is valid; a verification takes less."""


class Browser:
    """Visits a workspace's pages as one person after the other. Keeps nothing between them."""

    def __init__(
        self, name: str, base_url: str, transport: httpx.BaseTransport | None, limits: Limits | None = None
    ) -> None:
        """Remember where to go; nothing is sent yet.

        Args:
            name: What to call the workspace in messages.
            base_url: Where the pages are reached.
            transport: How to get there, where it is not the network.
            limits: How long to wait for it, where the usual is not meant.
        """
        self._name = name
        self._http = httpx.Client(
            base_url=base_url, transport=transport, limits=ONE_CONNECTION, headers={"Accept": "text/html"}
        )
        self._patience = Patience(self._http, limits or Limits(), lambda _: True)

    def walk(self, identity: Identity, secret: str, setting: Setting) -> Walk:
        """Sign one person in and try every way into the portal.

        Args:
            identity: Who they are.
            secret: What their web application signs with; it goes nowhere but into the signature.
            setting: What the ways in depend on.
        """
        cookies = self._sign_in(_claims(identity, secret, setting), setting)
        home = self._arrive(setting.home_url, cookies)
        portal = self._get(setting.portal_url, cookies) if setting.portal_url else None
        messenger = self._get(urljoin(setting.home_url, MESSENGER), cookies)
        return Walk(
            signed_in=bool(cookies),
            card=_links_to(home.text, setting.home_url, setting.portal_url),
            portal=portal.status_code if portal is not None else None,
            banner=_links_to(messenger.text, setting.home_url, setting.portal_url),
        )

    def close(self) -> None:
        """Let go of connections."""
        self._patience.close()

    def _sign_in(self, claims: dict[str, str], setting: Setting) -> str:
        answer = self._send("POST", urljoin(setting.home_url, PING), "", claims)
        # The cookie jar would hold them for this host only, and the Help Center may be reached under another.
        return "; ".join(f"{name}={value}" for name, value in answer.cookies.items()) if answer.is_success else ""

    def _get(self, url: str, cookies: str) -> httpx.Response:
        return self._send("GET", url, cookies, None)

    def _arrive(self, url: str, cookies: str) -> httpx.Response:
        """Get a page, and the page that it leads on to as long as that is on the same site."""
        answer = self._get(url, cookies)
        for _ in range(_MOST_REDIRECTS):
            if not answer.has_redirect_location:
                break
            url = urljoin(url, answer.headers["Location"])
            answer = self._get(url, cookies)
        return answer

    def _send(self, method: str, url: str, cookies: str, body: dict[str, str] | None) -> httpx.Response:
        """Send a request for a page of the Help Center's own domain to wherever the workspace is reached.

        Whatever a page links or leads to, nothing is ever sent anywhere else.
        """
        parts = urlsplit(url)
        headers = {"Host": parts.netloc} | ({"Cookie": cookies} if cookies else {})
        # A client of its own for each request would be slow; its jar is emptied instead.
        self._http.cookies.clear()
        request = self._http.build_request(method, parts.path or "/", headers=headers, json=body)
        # Looking at a page and signing in leave nothing that a second time would add to.
        ended = self._patience.send(request, Care.QUESTION)
        if isinstance(ended.last, Lost):
            raise unanswered(f"a page of {self._name}", ended.last.code, ended.last.said, "")
        return ended.last


def _claims(identity: Identity, secret: str, setting: Setting) -> dict[str, str]:
    """Return what a web application would tell the Messenger about its user."""
    if setting.identity == "hmac":
        named = {"user_id": identity.external_id} if identity.external_id else {"email": identity.email or ""}
        signed = next(iter(named.values()))
        return {**named, "user_hash": hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()}
    try:
        import jwt
    except ModuleNotFoundError as missing:
        raise WorkspaceUnusable(
            error(
                "verify-not-installed",
                "signing an identity needs PyJWT, which is not installed",
                remedy="Install it: pip install 'tickets-portal[verify]'",
            )
        ) from missing
    import time

    now = int(time.time())
    claims = {"user_id": identity.external_id or "", "iat": now, "exp": now + _LIFETIME}
    with warnings.catch_warnings():
        # How long a secret is, the workspace decides; whether this one is right, it says itself.
        warnings.simplefilter("ignore")
        return {"intercom_user_jwt": jwt.encode(claims, secret, algorithm="HS256")}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _links_to(page: str, base: str, url: str | None) -> bool:
    """Tell whether a page has a link to `url`."""
    links = _Links()
    links.feed(page)
    return url is not None and any(urlsplit(urljoin(base, one)).path == urlsplit(url).path for one in links.found)
