"""Calls of Intercom's public API: the only user of its HTTP client.

Every request names the version. The host is that of the region and no other: a redirect is not followed, and of the
address of a next page only its parameters are read. Requests keep to the rate in the answers' headers. A request that
may have taken effect is never repeated: a write without a usable answer raises `Uncertain`, and the writer looks again.
"""

from __future__ import annotations

import json
import random
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from workspace.core.errors import WorkspaceError
from workspace.upstream.intercom import answers
from workspace.upstream.intercom.answers import Heard
from workspace.upstream.problems import Uncertain, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERSION = "2.16"
PREVIEW = "Preview"
REGIONS = {"us": "api.intercom.io", "eu": "api.eu.intercom.io", "au": "api.au.intercom.io"}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TRIES = 4
_LARGEST = 64 * 1024 * 1024
_LONGEST_WAIT = 120.0
_WINDOW = 10.0
_TOO_MANY = 429
_NO_CONTENT = 204
_FAULTS = frozenset({500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Account:
    """The access to the API: a region of `REGIONS` and a token, which is in no output.

    `base_url` is another address, on this machine only: a server for tests, or a proxy.
    """

    region: str
    token: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        if self.region not in REGIONS:
            raise WorkspaceError(f"Intercom has no region {self.region!r}", f"Known: {', '.join(REGIONS)}.")
        if self.base_url is not None and not _is_here(self.base_url):
            raise WorkspaceError(
                "another address of Intercom's API would be given the token",
                "Only an address on this machine is taken, such as http://127.0.0.1:4010.",
            )

    def __repr__(self) -> str:
        return f"Account(region={self.region!r})"

    @property
    def url(self) -> str:
        """The address of the API."""
        return self.base_url or f"https://{REGIONS[self.region]}"


class Api:
    """The API of one workspace. One request at a time."""

    def __init__(
        self,
        account: Account,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        waiting: Callable[[float, str], None] = lambda _seconds, _why: None,
        hearing: Callable[[Heard], None] = lambda _heard: None,
    ) -> None:
        """Keep the access; nothing is sent yet. `waiting` gets a wait's seconds and reason, `hearing` each answer."""
        self.account, self.calls = account, 0
        self._sleep, self._clock, self._waiting, self._hearing = sleep, clock, waiting, hearing
        self._free_at = 0.0
        self._http = httpx.Client(
            base_url=account.url,
            headers={
                "Authorization": f"Bearer {account.token}",
                "Accept": "application/json",
                "Intercom-Version": VERSION,
                "User-Agent": "tickets-portal",
            },
            timeout=httpx.Timeout(30.0, connect=5.0),
            transport=transport,
            follow_redirects=False,
            trust_env=account.base_url is None,
            # Loading the authorities takes longer than many a request: not where nothing is encrypted.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if account.base_url else True,
        )

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        version: str = VERSION,
        after_faults: bool = True,
    ) -> dict[str, Any]:
        """Return the answer of a path, or raise UpstreamError; a retry `after_faults` loses a place in a scroll."""
        tries = _TRIES if after_faults else 1
        return self._send("GET", path, params=params, version=version, repeatable=True, faults=tries)

    def ask(
        self, path: str, body: Mapping[str, Any], *, params: Mapping[str, Any] | None = None, version: str = VERSION
    ) -> dict[str, Any]:
        """Return the answer to a POST that changes nothing, such as a search; UpstreamError without a usable one."""
        return self._send("POST", path, params=params, body=body, version=version, repeatable=True)

    def change(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, version: str = VERSION
    ) -> dict[str, Any]:
        """Send a write, again only if it surely had not begun; Uncertain if perhaps made, UpstreamError if refused."""
        return self._send(method, path, body=body, version=version, repeatable=False)

    def wait(self, seconds: float, why: str) -> None:
        """Wait, and report the wait."""
        self._waiting(seconds, why)
        self._sleep(seconds)

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def _send(
        self,
        method: str,
        path: str,
        *,
        repeatable: bool,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        version: str = VERSION,
        faults: int = _TRIES,
    ) -> dict[str, Any]:
        headers = {"Intercom-Version": version}
        request = self._http.build_request(method, path, params=params, headers=headers, json=body)
        what = f"{method} {path}"
        waited = 0.0
        for attempt in range(1, _TRIES + 1):
            waited += self._keep_to_the_rate()
            reply = self._attempt(request)
            if isinstance(reply, httpx.Response) and (answer := self._usable(reply, what)) is not None:
                return answer
            if not repeatable and not _untouched(reply):
                raise _uncertain(what, reply)
            pause = self._pause(reply, attempt)
            if attempt == _TRIES or (attempt >= faults and _is_fault(reply)) or waited + pause > _LONGEST_WAIT:
                break
            self.wait(pause, _why(reply))
            waited += pause
        raise _given_up(what, reply)

    def _attempt(self, request: httpx.Request) -> httpx.Response | httpx.HTTPError:
        self.calls += 1
        try:
            response = self._http.send(request, stream=True)
            try:
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _LARGEST:
                        raise answers.unreadable(str(request.url.path), f"the answer is longer than {_LARGEST} bytes")
            finally:
                response.close()
        except httpx.HTTPError as problem:
            return problem
        self._note_rate(response)
        response.extensions["portal_body"] = bytes(body)
        head = request.headers["Intercom-Version"], response.status_code, response.headers
        self._hearing(Heard(request.method, request.url.path, *head, _json(response)))
        return response

    def _usable(self, response: httpx.Response, what: str) -> dict[str, Any] | None:
        """Return the body of a final answer; None if a retry is due."""
        body = _json(response)
        status = response.status_code
        if status == _NO_CONTENT:
            return {}
        if response.is_success:
            return body if isinstance(body, dict) and body else None
        if status == _TOO_MANY or status in _FAULTS:
            return None
        raise answers.refusal(what, status, body, region=self.account.region, link=response.headers.get("Link"))

    def _note_rate(self, response: httpx.Response) -> None:
        reset = response.headers.get("X-RateLimit-Reset", "")
        if response.headers.get("X-RateLimit-Remaining") == "0" and reset.isdecimal():
            self._free_at = self._clock() + _until(response, float(reset), self._clock())

    def _keep_to_the_rate(self) -> float:
        wait = min(self._free_at - self._clock(), _LONGEST_WAIT)
        if wait <= 0:
            return 0.0
        self.wait(wait, "the rate limit of this window is used up")
        return wait

    def _pause(self, reply: httpx.Response | httpx.HTTPError, attempt: int) -> float:
        if isinstance(reply, httpx.Response) and reply.status_code == _TOO_MANY:
            reset: str = reply.headers.get("X-RateLimit-Reset", "")
            after: str = reply.headers.get("Retry-After", "")
            if reset.isdecimal():
                return max(_until(reply, float(reset), self._clock()), 0.1)
            return float(after) if after.isdecimal() else _WINDOW
        # Drawn, so that those who failed together do not return together.
        return (1 << (attempt - 1)) * (0.25 + random.random() / 4)  # noqa: S311 (no secret hangs on it)


def _is_here(address: str) -> bool:
    # What is no address is not here.
    with suppress(ValueError):
        parts = urlsplit(address)
        return parts.scheme == "http" and parts.hostname in _LOOPBACK and parts.username is None
    return False


def _until(answer: httpx.Response, moment: float, now: float) -> float:
    """Return the time until a moment, by the server's clock if it gives one."""
    # Without a date that can be read, our own clock counts.
    with suppress(ValueError, OverflowError):
        now = parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
    return max(0.0, moment - now)


def _untouched(reply: httpx.Response | httpx.HTTPError) -> bool:
    """Return True if a request surely had not begun."""
    if isinstance(reply, httpx.Response):
        return reply.status_code == _TOO_MANY
    return isinstance(reply, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)


def _is_fault(reply: httpx.Response | httpx.HTTPError) -> bool:
    return not isinstance(reply, httpx.Response) or reply.status_code in _FAULTS


def _why(reply: httpx.Response | httpx.HTTPError) -> str:
    if isinstance(reply, httpx.Response):
        if reply.is_success:
            return "the answer was empty"
        return "too many requests" if reply.status_code == _TOO_MANY else f"HTTP status {reply.status_code}"
    return type(reply).__name__


def _uncertain(what: str, reply: httpx.Response | httpx.HTTPError) -> Uncertain:
    message = f"it is not known whether Intercom has done {what}: {_why(reply)}"
    return Uncertain("upstream_uncertain", message, "Run portal plan: it looks again, and shows what is left to do.")


def _given_up(what: str, reply: httpx.Response | httpx.HTTPError) -> UpstreamError:
    remedy = "Try again later; check the network and Intercom's status page."
    return UpstreamError("upstream_unreachable", f"Intercom did not answer {what}: {_why(reply)}", remedy)


def _json(response: httpx.Response) -> Any:
    try:
        return json.loads(response.extensions["portal_body"])
    except (ValueError, RecursionError):
        return None
