"""HTTP requests to a forge's API, with retries. The only user of HTTP in this package."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import httpx

from reconciler import __version__
from reconciler.core.secrets import checked, reason
from reconciler.forge import problems
from reconciler.target.answers import body
from reconciler.target.http import network
from reconciler.target.http.message import NoAnswer
from reconciler.target.http.retry import Idempotency, RetryingClient, Timeouts
from reconciler.target.http.send import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MOST_PAGES = 100
"""The most pages of a list. More comments than that are not looked through."""
PER_PAGE = 100
_MOST_REDIRECTS = 3
_SECONDS = 10.0
"""Seconds for a message: whoever waits for the command waits for it, too."""
_REFUSED = 403
_TOO_MANY = 429
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ForgeClient:
    """The API of a forge behind one address, with one token."""

    def __init__(
        self,
        name: str,
        base: str,
        credentials: Mapping[str, str],
        limits: Timeouts,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Bind the client to an address, to which alone it sends the credentials, as headers; sends nothing yet."""
        problems.check_address(name, base, safe=_safe(base) and "?" not in base and "#" not in base)
        self._name, self._limits, self._sleep = name, limits, sleep
        agent = {"User-Agent": f"portal/{__version__}", "Accept": "application/json"}
        self._http = self._client(base, base_url=base.rstrip("/") + "/", headers={**agent, **credentials})
        self._retrying = RetryingClient(Connection(self._http), limits, _readable, sleep=sleep)

    def get(self, path: str, **params: str) -> Any:
        """Get a JSON value."""
        return _json(self._send("GET", path, params=params))

    def pages(self, path: str, key: str | None = None, **params: str) -> Iterator[Any]:
        """Yield the items of a list, from all of its pages, which have them under `key`, or are lists."""
        for page in range(1, MOST_PAGES + 1):
            answer = self._send("GET", path, params={**params, "per_page": str(PER_PAGE), "page": str(page)})
            contents = _json(answer)
            yield from contents if key is None else contents[key]
            if "next" not in answer.links:
                return

    def write(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Write a resource and return it; a POST is repeated only where it surely was not made, other writes may be."""
        return _json(self._send(method, path, json=body))

    def order(self, path: str) -> None:
        """Request an action without an answer."""
        self._send("POST", path, bare=True)

    def download(self, path: str) -> bytes:
        """Download a file. Redirects to another host go without the token."""
        answer = self._send("GET", path, bare=True)
        at = str(answer.url)
        for _ in range(_MOST_REDIRECTS):
            if not answer.has_redirect_location:
                return answer.content
            at = urljoin(at, answer.headers["Location"])
            problems.check_address(self._name, at, safe=_safe(at))
            client = self._client(at)
            retrying = RetryingClient(Connection(client), self._limits, lambda _: True, sleep=self._sleep)
            try:
                answer = self._settled(retrying, client.build_request("GET", at), "GET the file")
            finally:
                retrying.close()
        raise problems.unreadable(self._name, "it leads from one address to the next")

    def close(self) -> None:
        """Close connections."""
        self._retrying.close()

    def _client(self, url: str, **given: Any) -> httpx.Client:
        return httpx.Client(transport=_Limited(network.transport(url)), **given)

    def _send(self, method: str, path: str, *, bare: bool = False, **given: Any) -> httpx.Response:
        request = self._http.build_request(method, path, **given)
        if bare:
            request.headers["Accept"] = "*/*"
        return self._settled(self._retrying, request, f"{method} {path}")

    def _settled(
        self, retrying: RetryingClient[httpx.Request, httpx.Response], request: httpx.Request, what: str
    ) -> httpx.Response:
        """Send a request and return its useful answer; raise PortalError for any other."""
        ended = retrying.send(request, Idempotency.WRITE if request.method == "POST" else Idempotency.QUESTION)
        last = ended.last
        if isinstance(last, NoAnswer):
            raise problems.unanswered(self._name, what, last, uncertain=ended.uncertain)
        if not (last.is_success or last.has_redirect_location):
            problem = _json(last)
            message = problem.get("message") or problem.get("error") if isinstance(problem, dict) else None
            raise problems.refusal(
                self._name,
                what,
                last.status_code,
                message,
                wait=ended.pause,
                needs=_needs(last),
                limited=_limited(last),
            )
        if "json" in request.headers.get("Accept", ""):
            if last.has_redirect_location:
                raise problems.unreadable(self._name, f"{what} is answered with a redirect, which is not followed")
            if not _readable(last):
                raise problems.unreadable(self._name, f"{what} is answered with something else than JSON")
        return last


def post_message(variable: str, url: str, text: str) -> None:
    """Post a text to a webhook, once, in Slack's form; raise PortalError, which never shows the URL, a secret."""
    if not url:
        raise problems.not_notified(f"the variable {variable} is not set")
    if not _safe(checked(variable, url)):
        raise problems.not_notified(f"what {variable} holds is no URL that begins with https:// and a host")
    try:
        with httpx.Client(transport=network.transport(url), timeout=_SECONDS) as client:
            answer = client.post(url, json={"text": text})
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise problems.not_notified(f"the webhook of {variable} cannot be reached: {reason(problem)}") from problem
    if not answer.is_success:
        raise problems.not_notified(f"the webhook of {variable} answers with {answer.status_code}")


class _Limited(httpx.BaseTransport):
    """Turns any refusal for too many requests into a 429, which is waited for."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if answer.status_code == _REFUSED and _limited(answer):
            answer.status_code = _TOO_MANY
        return answer

    def close(self) -> None:
        self._inner.close()


def _limited(answer: httpx.Response) -> bool:
    """Tell whether a refusal is about too many requests."""
    query = "Retry-After" in answer.headers or answer.headers.get("X-RateLimit-Remaining") == "0"
    return answer.status_code == _TOO_MANY or (answer.status_code == _REFUSED and query)


def _needs(answer: httpx.Response) -> str:
    """Return the permissions that the forge says a request needs, if any."""
    return str(answer.headers.get("X-Accepted-GitHub-Permissions", ""))


def _safe(url: str) -> bool:
    """Tell whether a token may be sent to an address: encrypted, or to this machine."""
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
        _ = parts.port
    except ValueError:
        return False
    return bool(host) and not user and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def _readable(answer: httpx.Response) -> bool:
    return answer.has_redirect_location or "json" not in answer.request.headers["Accept"] or _json(answer) is not None


def _json(answer: httpx.Response) -> Any:
    return body(answer.content)
