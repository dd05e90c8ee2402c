"""Requests of the admin API: sent, repeated where that is safe, checked, and kept to one history of the workspace."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.target import answers, moments, problems
from reconciler.target.http import plain
from reconciler.target.http.inside import Inside, InsideLine
from reconciler.target.http.message import NoAnswer, Request
from reconciler.target.http.retry import Endpoint, Idempotency, RetryingClient, Timeouts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    import httpx

    from reconciler.core.errors import PortalError
    from reconciler.target.http.message import Answer
    from reconciler.target.http.retry import Line, Outcome
    from reconciler.target.moments import Moment

ROOT = "/portal_admin/v1/"
USER_AGENT = f"portal/{__version__}"
NOT_MODIFIED = 304
_QUESTIONS = "leases/", "receipts", "mirror"
"""The beginnings of paths whose requests may arrive twice, whatever their method."""
_OF_PEOPLE, _OF_CONFIGURATIONS = "/access/", "configurations/"
"""What the paths of questions about people have, and the beginning of those about configurations: all of them read."""
TOGETHER = "/steps"
"""The end of the path of a request with several steps."""
_READ, _CHECKED = "read", "checked"


class AdminApi:
    """The admin API of one workspace, over any transport of httpx."""

    def __init__(
        self,
        name: str,
        base_url: str,
        token: str,
        transport: httpx.BaseTransport | Inside | None = None,
        *,
        limits: Timeouts | None = None,
        variable: str = "PORTAL_TOKEN",
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Bind the API to its address, with a name for messages; sends nothing yet."""
        self.name, self._variable = name, variable
        self._moment: Moment | None = None
        self.progress: Callable[[Mapping[str, Any]], None] = lambda _post: None
        self.waiting: Callable[[], AbstractContextManager[object]] = nullcontext
        self.endpoint = Endpoint(name, base_url, _visited(transport), limits or Timeouts())
        self._address = base_url.rstrip("/") + ROOT
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
            "Cache-Control": "no-cache",
        }
        self._client = RetryingClient(
            self._line(transport, base_url), self.endpoint.limits, _readable, sleep=sleep, clock=clock
        )

    def _line(self, transport: httpx.BaseTransport | Inside | None, base_url: str) -> Line[Request, Answer]:
        if isinstance(transport, Inside):
            return InsideLine(transport, self._address, self._headers)
        bare = transport is None and plain.is_direct(base_url)
        # What the environment says of the way there may be wrong: then nothing is begun.
        library = None if bare else self._library(transport)
        return plain.Line(self._address, self._headers, lambda: library or self._library(None), bare=bare)

    def _library(self, transport: httpx.BaseTransport | None) -> httpx.Client:
        """Create the library's client, over a transport or the network."""
        import httpx

        if transport is None:
            from reconciler.target.http import network

            transport = network.transport(self._address)
        return httpx.Client(base_url=self._address, headers=self._headers, transport=transport)

    def since(self, moment: str) -> None:
        """Require answers and writes to follow a moment of this workspace."""
        self._note(moments.parse(moment))

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _get(self, path: str, **params: str) -> dict[str, Any]:
        return self._send("GET", path, params=params)

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._send("POST", path, json=body)

    def _send(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json_of(self._answer(method, path, **given))
        return answer

    def _answer(self, method: str, path: str, **given: Any) -> Answer:
        """Return an answer with a mapping for its body, or one without a body because nothing has moved."""
        request, known = Request(method, path, **given, reads=_reads(method, path)), self._moment
        if known is not None:
            request.headers[moments.HEADER] = known.text
        idempotency = _idempotency(method, path, request.headers)
        with self.waiting():
            outcome = self._client.send(request, idempotency)
        if not isinstance(outcome.last, NoAnswer) and _is_answer(outcome.last):
            moment = moments.parse(outcome.last.headers.get(moments.HEADER))
            if known is not None and moment is not None and idempotency is Idempotency.QUESTION:
                moments.refuse_backwards(self.name, known, moment)
            self._note(moment)
            return outcome.last
        problem = self._problem(outcome, None if isinstance(outcome.last, NoAnswer) else json_of(outcome.last))
        raise problems.unknown(self.name, f"{method} {path}", problem) if outcome.uncertain else problem

    def _note(self, moment: Moment | None) -> None:
        if moment is not None and (self._moment is None or moment.revision > self._moment.revision):
            self._moment = moment

    def _hold(self, answer: Mapping[str, Any]) -> None:
        """Refuse an observation from before the known moment, which may have lost its headers; raise LookOutdated."""
        revision, known = answer["revision"], self._moment
        if known is not None and revision < known.revision:
            raise moments.behind(self.name, known.revision, revision)
        self._note(moments.parse(answer.get("moment")))

    def _problem(self, outcome: Outcome[Answer], answer: Any) -> PortalError:
        effort = _effort(outcome)
        if isinstance(outcome.last, NoAnswer):
            return problems.unanswered(self.name, outcome.last.code, outcome.last.reason, effort)
        status = outcome.last.status_code
        if outcome.last.is_success:
            complaint = _complaint(outcome.last) or f"HTTP status {status}"
            return problems.unanswered(self.name, "workspace-answer-unreadable", complaint, effort)
        if (elsewhere := outcome.last.redirected_to) is not None:
            return problems.redirected(self.name, elsewhere)
        return problems.refusal(self.name, status, answer, effort=effort, wait=outcome.pause, variable=self._variable)


def _visited(transport: httpx.BaseTransport | Inside | None) -> Callable[[], httpx.BaseTransport] | None:
    """Return what makes a transport for visits of its pages; `None` for the network."""
    if isinstance(transport, Inside):
        return transport.transport
    return None if transport is None else lambda: transport


def _reads(method: str, path: str) -> bool:
    """Tell whether a request changes nothing at all, whatever its method."""
    return method == "GET" or _OF_PEOPLE in path or path.startswith(_OF_CONFIGURATIONS)


def _idempotency(method: str, path: str, headers: Mapping[str, str]) -> Idempotency:
    if path.endswith(TOGETHER):
        return Idempotency.STEP
    if _reads(method, path) or path.startswith(_QUESTIONS):
        return Idempotency.QUESTION
    return Idempotency.STEP if "Portal-Step" in headers else Idempotency.WRITE


def _effort(outcome: Outcome[Answer]) -> str:
    return f" (tried {outcome.tries} times in {outcome.seconds:.0f} s)" if outcome.tries > 1 else ""


def _is_answer(answer: Answer) -> bool:
    if answer.status_code == NOT_MODIFIED:
        return answer.request.method == "GET" and "If-None-Match" in answer.request.headers
    return answer.is_success and _readable(answer)


def _readable(answer: Answer) -> bool:
    return _complaint(answer) is None


def _complaint(answer: Answer) -> str | None:
    """Describe the violation of a success; each answer is checked once."""
    if _CHECKED not in answer.noted:
        request = answer.request
        answer.noted[_CHECKED] = answers.complaint(request.method, request.path, answer.status_code, json_of(answer))
    complaint: str | None = answer.noted[_CHECKED]
    return complaint


def json_of(answer: Answer) -> Any:
    """Parse the JSON of an answer, once; `None` where it cannot be read."""
    if _READ not in answer.noted:
        answer.noted[_READ] = answers.body(answer.content)
    return answer.noted[_READ]
