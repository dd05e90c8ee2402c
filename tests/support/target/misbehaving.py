"""A server on loopback that follows a test's script, one connection after the other."""

from __future__ import annotations

import json
import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable


def answer(status: str = "200 OK", body: Any = None, **headers: str) -> Callable[..., None]:
    """Answer properly; header names are written with _ for -."""
    content = json.dumps({} if body is None else body).encode() if not isinstance(body, bytes) else body
    lines = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return raw(f"HTTP/1.1 {status}\r\n{head}Connection: close\r\n\r\n".encode() + content)


def raw(content: bytes) -> Callable[..., None]:
    """Send these bytes and hang up."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(content)

    return behave


def reset(connection: socket.socket, over: threading.Event) -> None:
    """Break the connection off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drip(content: bytes) -> Callable[..., None]:
    """Begin with this, then send single bytes for as long as anybody listens."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        with suppress(OSError):
            connection.sendall(content)
            while not over.wait(0.02):
                connection.sendall(b"x")

    return behave


class Misbehaving:
    """The server; each connection gets the next behaviour of the script, and the last one for ever."""

    def __init__(self, *script: Callable[..., None]) -> None:
        self.script = list(script)
        self.requests: list[str] = []
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._listen)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                behave = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                thread = threading.Thread(target=self._serve, args=(connection, behave))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket, behave: Callable[..., None]) -> None:
        with connection, suppress(OSError):
            self.requests.append(_read(connection))
            behave(connection, self._over)


def _read(connection: socket.socket) -> str:
    """Read one request and return its first line."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = next((int(one[15:]) for one in head.lower().split(b"\r\n") if one.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head.partition(b" HTTP/")[0].decode()
