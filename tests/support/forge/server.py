"""Shared parts of the stand-ins for both forges: a server, accounts, pages of lists, and a list of all requests."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_PER_PAGE = 2
"""Fewer than any forge gives, so that every list has several pages."""


@dataclass(frozen=True)
class Account:
    """The owner and the rights of a token."""

    id: int
    login: str
    may: frozenset[str]
    knows_itself: bool = True


@dataclass(frozen=True)
class Sent:
    """One request as it arrived."""

    method: str
    path: str
    body: Any
    token: str


class Refused(Exception):
    """Ends a request with a status and a message."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Log nothing."""


@dataclass
class Server:
    """A forge on loopback."""

    accounts: dict[str, Account] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    faults: list[Callable[[], Response | None]] = field(default_factory=list)
    """The faults of the next requests, one each; `None` for none."""

    def __post_init__(self) -> None:
        """Listen."""
        self.app = Flask(__name__)
        self.app.before_request(self._note)
        self.app.register_error_handler(Refused, _refusal)
        self.routes()
        self._server = make_server("127.0.0.1", 0, self.app, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)

    def routes(self) -> None:
        """Register the forge's routes."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def written(self) -> list[tuple[str, str]]:
        """Return method and path of each request that writes."""
        return [(one.method, one.path) for one in self.sent if one.method != "GET"]

    def account(self, *permissions: str) -> Account:
        """Return the caller's account; refuse one without all of `permissions`."""
        answer = self.accounts.get(token())
        if answer is None:
            raise Refused(401, "Bad credentials")
        # Whoever may write may read.
        if not all({one, one.replace(": read", ": write")} & answer.may for one in permissions):
            raise Refused(403, "Resource not accessible by integration")
        return answer

    def page(self, items: Sequence[Any], wrap: str | None = None) -> Response:
        """Answer with one page of a list."""
        size = min(int(request.args.get("per_page", 30)), MOST_PER_PAGE)
        number = int(request.args.get("page", 1))
        shown = list(items[(number - 1) * size : number * size])
        answer = jsonify(shown if wrap is None else {"total_count": len(items), wrap: shown})
        if number * size < len(items):
            answer.headers["Link"] = f'<{request.base_url}?page={number + 1}>; rel="next"'
        return answer

    def _note(self) -> Response | None:
        body = request.get_json(silent=True)
        self.sent.append(Sent(request.method, request.path, body, token()))
        return self.faults.pop(0)() if self.faults else None


def token() -> str:
    """Return the token that the request at hand carries, in the words of either forge."""
    return request.headers.get("PRIVATE-TOKEN") or request.headers.get("Authorization", "").removeprefix("Bearer ")


def _refusal(problem: Refused) -> Response:
    answer = jsonify({"message": problem.message})
    answer.status_code = problem.status
    answer.headers.update(problem.headers)
    return answer
