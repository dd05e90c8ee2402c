"""A hundred slow clients, strangers and customers, beside people who are not."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

from tests.workspace.web.admin.test_serve import serving

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = (
    b"POST /messenger/ping HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
    b"POST /contacts/search HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer no\r\nContent-Length: 1000\r\n\r\n{",
    b"POST /hc/acme/en/tickets-portal/tickets/1/reply HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\ntext=",
    b"PATCH /portal_admin/v1/identity HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ",
)


def test_reads_and_writes_are_answered_within_a_second_beside_a_hundred_slow_clients(tmp_path: Path) -> None:
    with serving(folder=tmp_path) as server:
        port = int(server.url.rpartition(":")[2])
        wires = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(100)]
        for number, wire in enumerate(wires):
            wire.sendall(_KINDS[number % len(_KINDS)])
        with server.client() as http:
            # The first request of a client loads what checks its answers.
            identity = http.get("/identity")
            times = []
            for _ in range(20):
                begun = time.monotonic()
                assert http.get("/help_centers/acme/configuration").status_code == 200
                times.append(time.monotonic() - begun)
            assert max(times) < 1, times
            begun = time.monotonic()
            changed = http.patch("/identity", json={"mode": "hmac"}, headers={"If-Match": identity.headers["ETag"]})
            assert changed.status_code == 200
            assert time.monotonic() - begun < 1
        for wire in wires:
            wire.close()
