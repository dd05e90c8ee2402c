"""A visitor's browser: signs in with a signed identity, or not, and reads the pages of a workspace."""

from __future__ import annotations

import hashlib
import hmac
import warnings
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import httpx

from reconciler.core.diagnostics import error
from reconciler.core.errors import WorkspaceUnusable
from reconciler.operations.verify.checks import MOST
from reconciler.operations.verify.markup import Markup, read
from reconciler.operations.verify.pages import Entrance, Listing, Page, Walk
from reconciler.target.http import network
from reconciler.target.http.message import NoAnswer
from reconciler.target.http.retry import Idempotency, RetryingClient
from reconciler.target.http.send import Connection
from reconciler.target.problems import unanswered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.operations.verify.checks import Hidden, Identity, PortalSetup
    from reconciler.target.http.retry import Endpoint

PING = "/messenger/ping"
SAMPLE = "/demo"
SAMPLE_SIGN_IN = "/demo/sign-in"
SHUTDOWN = "/messenger/shutdown"
MESSENGER = "/messenger"
BY_NUMBER = "?sort=number&order=asc"
"""The order in which tickets are read: one in which those that are added meanwhile come last."""
_MOST_REDIRECTS = 3
_MOST_PAGES = 100
_LIFETIME = 300
"""The lifetime of a token in seconds; a verification takes less."""


class Browser:
    """Visits pages as one person after the other. Keeps nothing between them."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Create the client; sends nothing yet."""
        self._name = endpoint.name
        self._http = httpx.Client(
            base_url=endpoint.base_url,
            transport=endpoint.transport() if endpoint.transport else network.transport(endpoint.base_url),
            headers={"Accept": "text/html"},
        )
        self._client = RetryingClient(Connection(self._http), endpoint.limits, lambda _: True)

    def has_sample(self) -> bool:
        """Tell whether the workspace serves a sample web application, which signs anybody in."""
        return self._get(SAMPLE, "").is_success

    def walk(self, identity: Identity, secret: str | None, setting: PortalSetup, hidden: Sequence[Hidden]) -> Walk:
        """Sign in as one person, try every way into the portal, read its list, try the hidden tickets, sign out.

        The secret signs their identity and goes nowhere else; without one, the sample web application signs them in.
        """
        cookies = self._sign_in(identity, secret, setting)
        try:
            return self._walk(cookies, setting, hidden)
        finally:
            if cookies:
                self._send("POST", urljoin(setting.home_url, SHUTDOWN), cookies, None)

    def walk_signed_out(self, setting: PortalSetup, hidden: Sequence[Hidden]) -> Walk:
        """Try every way into the portal, and the hidden tickets, without a session."""
        return self._walk("", setting, hidden)

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _walk(self, cookies: str, setting: PortalSetup, hidden: Sequence[Hidden]) -> Walk:
        home, at = self._arrive(setting.home_url, cookies)
        messenger = urljoin(setting.home_url, MESSENGER)

        def page(url: str) -> Page:
            return _page(self._get(url, cookies), home=at)

        def entrance(name: str, answer: httpx.Response, url: str) -> Entrance:
            markup = _markup(answer)
            leads = markup.ways.get(name)
            into = [
                link for link in markup.links if link != leads and _leads_into(urljoin(url, link), setting.portal_url)
            ]
            return Entrance(answer.status_code, page(urljoin(url, leads)) if leads else None, bool(into))

        portal = page(setting.portal_url) if setting.portal_url else None
        opens = setting.portal_url and portal is not None and portal.listed is not None
        listing, first = self._listing(setting.portal_url or "", cookies) if opens else (None, None)
        return Walk(
            signed_in=bool(cookies),
            card=entrance("card", home, at),
            portal=portal,
            banner=entrance("banner", self._get(messenger, cookies), messenger),
            listing=listing,
            ticket=page(first) if first else None,
            hidden=tuple((item, page(item.url)) for item in hidden),
        )

    def _listing(self, portal_url: str, cookies: str) -> tuple[Listing, str | None]:
        """Read all pages of the ticket list, and the address of its first ticket."""
        url: str | None = portal_url + BY_NUMBER
        numbers: list[int] = []
        first, read_pages = None, set[str]()
        while url is not None and url not in read_pages and len(numbers) < MOST and len(read_pages) < _MOST_PAGES:
            read_pages.add(url)
            markup = _markup(self._get(url, cookies))
            if markup.tickets and first is None:
                first = urljoin(url, markup.rows.get(markup.tickets[0], ""))
            numbers += markup.tickets
            url = urljoin(url, markup.next) if markup.next else None
        # Pages that lead in a circle, or on and on without tickets, are all that there is.
        return Listing(tuple(numbers), complete=url is None or len(numbers) < MOST), first

    def _sign_in(self, identity: Identity, secret: str | None, setting: PortalSetup) -> str:
        if secret is None:
            typed = {"person": identity.contact_id}
            answer = self._send("POST", urljoin(setting.home_url, SAMPLE_SIGN_IN), "", None, typed)
        else:
            answer = self._send("POST", urljoin(setting.home_url, PING), "", _claims(identity, secret, setting))
        # The cookie jar would hold them for this host only, and the Help Center may be reached under another.
        return "" if answer.is_error else "; ".join(f"{name}={value}" for name, value in answer.cookies.items())

    def _get(self, url: str, cookies: str) -> httpx.Response:
        return self._send("GET", url, cookies, None)

    def _arrive(self, url: str, cookies: str) -> tuple[httpx.Response, str]:
        """Get a page, following redirects, and its final address."""
        answer = self._get(url, cookies)
        for _ in range(_MOST_REDIRECTS):
            if not answer.has_redirect_location:
                break
            url = urljoin(url, answer.headers["Location"])
            answer = self._get(url, cookies)
        return answer, url

    def _send(
        self,
        method: str,
        url: str,
        cookies: str,
        body: dict[str, str] | None,
        typed: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request for the Help Center's domain to the workspace's endpoint, and nowhere else for any link."""
        parts = urlsplit(url)
        headers = {"Host": parts.netloc} | ({"Cookie": cookies} if cookies else {})
        # A client of its own for each request would be slow; its jar is emptied instead.
        self._http.cookies.clear()
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        request = self._http.build_request(method, path, headers=headers, json=body, data=typed)
        # Looking at a page and signing in leave nothing that a second time would add to.
        ended = self._client.send(request, Idempotency.QUESTION)
        if isinstance(ended.last, NoAnswer):
            raise unanswered(f"a page of {self._name}", ended.last.code, ended.last.reason, "")
        return ended.last


def _claims(identity: Identity, secret: str, setting: PortalSetup) -> dict[str, str]:
    """Return the identity claims that a web application gives the Messenger."""
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


def _markup(answer: httpx.Response) -> Markup:
    return read(answer.text)


def _page(answer: httpx.Response, *, home: str) -> Page:
    """Classify an answer; `home` is the address of the homepage."""
    ways = {home: "the homepage", urljoin(home, "sign-in"): "the page that asks everybody to sign in"}
    leads = ways.get(urljoin(home, answer.headers["Location"]), "") if answer.has_redirect_location else ""
    markup = _markup(answer) if answer.is_success else Markup()
    return Page(
        answer.status_code,
        # A redirect that has more to say, in its body or behind the address, gives something away.
        leads_to="" if answer.content else leads,
        listed=markup.count,
        more=markup.more,
        ticket=markup.tickets[0] if markup.tickets and markup.count is None else None,
    )


def _leads_into(url: str, portal_url: str | None) -> bool:
    if portal_url is None:
        return False
    path, portal = urlsplit(url).path, urlsplit(portal_url).path
    return path == portal or path.startswith(f"{portal}/")
