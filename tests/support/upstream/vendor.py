"""This repository's workspace on the stage as Intercom, with the recorded misbehaviour of the real one.

The public REST API is the only way in: nothing here knows the admin API. Differences of the vendor from this workspace
are put on top, answer by answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.upstream import described
from workspace.upstream.intercom.api import Account, Api

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOKEN = "a-token-of-the-tests"
Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


@dataclass
class Vendor(httpx.BaseTransport):
    """A vendor whose answers can be bent.

    Attributes:
        inner: The real answers; None to serve only scripted ones.
        odd_cursors: True for cursors that break a careless client.
        bend: Changes the body of an answer, given the request.
        complaints: Deviations of requests from the vendor's description.
    """

    inner: httpx.BaseTransport | None = None
    requests: list[httpx.Request] = field(default_factory=list)
    odd_cursors: bool = False
    bend: Callable[[httpx.Request, Any], Any] | None = None
    region: str = "US"
    complaints: list[str] = field(default_factory=list)
    _scripted: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    _cursors: dict[str, str] = field(default_factory=dict)

    def script(self, method: str, path: str, *answers: Answer | Exception | None) -> None:
        """Answer the next requests to a path like this, in order; None lets one through."""
        self._scripted.setdefault((method, path), []).extend(answers)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        if "Intercom-Version" not in request.headers or request.headers.get("Accept") != "application/json":
            return answer(request, 400, error("intercom_version_missing"))
        queue = self._scripted.get((request.method, request.url.path), [])
        scripted = queue.pop(0) if queue else None
        if isinstance(scripted, Exception):
            raise scripted
        if scripted is not None:
            return answer(request, *scripted)
        if self.inner is None:
            return answer(request, 404, error("not_found"))
        if (wrong := described.complaint(request)) is not None:
            self.complaints.append(wrong)
        response = self.inner.handle_request(self._with_true_cursor(request))
        response.read()
        return self._bent(request, response)

    def paths(self) -> list[str]:
        return [f"{one.method} {one.url.path}" for one in self.requests]

    def _bent(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not answer.is_success or not answer.content:
            return answer
        body = answer.json()
        if request.url.path == "/me":
            body["app"].setdefault("region", self.region)
        if self.odd_cursors and isinstance(following := (body.get("pages") or {}).get("next"), dict):
            odd = f"a+b/c==\n\r{len(self._cursors)}&x=y %2B"
            self._cursors[odd] = following["starting_after"]
            following["starting_after"] = odd
        if self.bend is not None:
            body = self.bend(request, body)
        kept = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
        return httpx.Response(answer.status_code, json=body, headers=kept, request=request)

    def _with_true_cursor(self, request: httpx.Request) -> httpx.Request:
        if not self._cursors:
            return request
        body = json.loads(request.content) if request.content else None
        if body and (pagination := body.get("pagination")) and "starting_after" in pagination:
            pagination["starting_after"] = self._cursors[pagination["starting_after"]]
        url = request.url
        if "starting_after" in url.params:
            url = url.copy_set_param("starting_after", self._cursors[url.params["starting_after"]])
        headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
        return httpx.Request(request.method, url, headers=headers, json=body)


def answer(request: httpx.Request, status: int, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=content, headers=headers, request=request)


def error(code: str, message: str = "") -> dict[str, Any]:
    return {"type": "error.list", "errors": [{"code": code, "message": message or code}]}


@dataclass
class Clock:
    """A clock that moves when somebody waits."""

    now: float = 1_772_366_400.0
    waits: list[tuple[float, str]] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def note(self, seconds: float, why: str) -> None:
        self.waits.append((seconds, why))

    def __call__(self) -> float:
        return self.now


def api(vendor: httpx.BaseTransport, clock: Clock | None = None, region: str = "us") -> Api:
    clock = clock or Clock()
    return Api(Account(region, TOKEN), transport=vendor, sleep=clock.sleep, clock=clock, waiting=clock.note)


def numbers(answers: Sequence[dict[str, Any]]) -> list[Any]:
    return [one["id"] for one in answers]
