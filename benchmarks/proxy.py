"""Stands between a command and a server: counts requests, adds latency, and keeps requests to send them again."""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from benchmarks.servers import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_PASSED_ON = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
_READS = ("GET", "HEAD")
_QUESTIONS = ("/access/", "/named_by_others")


@dataclass(frozen=True)
class Sent:
    """A request as it was sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def writes(self) -> bool:
        """Whether it can change something; some questions are a POST that cannot."""
        return self.method not in _READS and not any(one in self.path for one in _QUESTIONS)


@dataclass
class Proxy:
    """A running proxy.

    Attributes:
        port: Where it listens.
        sent: What has passed through.
    """

    port: int
    sent: list[Sent] = field(default_factory=list)

    @property
    def writes(self) -> int:
        return sum(one.writes for one in self.sent)


@contextmanager
def between(port: int, latency: float = 0.0) -> Iterator[Proxy]:
    """Pass requests on to `port`, each `latency` seconds later than it came."""
    proxy = Proxy(0)
    server = ThreadingHTTPServer((HOST, 0), _handler(proxy, port, latency))
    server.daemon_threads = True
    proxy.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()


def _handler(proxy: Proxy, port: int, latency: float) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self.onward = http.client.HTTPConnection(HOST, port)

        def finish(self) -> None:
            self.onward.close()
            super().finish()

        def parse_request(self) -> bool:
            # Every method is served by the same function.
            known = super().parse_request()
            if known:
                setattr(self, f"do_{self.command}", self.pass_on)
            return known

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sent = Sent(self.command, self.path, dict(self.headers), body)
            proxy.sent.append(sent)
            time.sleep(latency)
            self.onward.request(sent.method, sent.path, body=body or None, headers=sent.headers)
            answer = self.onward.getresponse()
            content = answer.read()
            head = [f"HTTP/1.1 {answer.status} {answer.reason}"]
            head += [f"{name}: {value}" for name, value in answer.getheaders() if name.lower() not in _NOT_PASSED_ON]
            head += [f"Content-Length: {len(content)}", "", ""]
            self.wfile.write("\r\n".join(head).encode("latin-1") + content)

        def log_message(self, *_: object) -> None:
            """Say nothing: what passes is counted."""

    return Handler
