"""Requests and answers as small values: the HTTP library takes longer to load than a plan to make."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_REDIRECTS = (301, 302, 303, 307, 308)


class Headers:
    """Headers of an answer, whatever the case of their names."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take names with values; of several with one name, the values come to stand in one line."""
        self._values: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            self._values[key] = f"{self._values[key]}, {value}" if key in self._values else value

    def get(self, name: str, default: str = "") -> str:
        """Return the value of a header."""
        return self._values.get(name.lower(), default)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._values.items())


@dataclass(slots=True)
class Request:
    """A request below the address of a workspace; what only `reads` may be sent twice."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    reads: bool = False

    def written(self, common: Mapping[str, str]) -> tuple[dict[str, str], bytes | None]:
        """Return its headers, with those of every request, and its body; raise ValueError for what JSON cannot say."""
        if self.json is None:
            return {**common, **self.headers}, None
        body = json.dumps(self.json, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        described = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
        return {**common, **self.headers, **described}, body


@dataclass(slots=True)
class Answer:
    """A whole answer; `noted` has what was found out about it."""

    status_code: int
    headers: Headers
    content: bytes
    request: Request
    noted: dict[str, Any] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        """Whether its status is one of success."""
        return 200 <= self.status_code < 300  # noqa: PLR2004 (HTTP's)

    @property
    def redirected_to(self) -> str | None:
        """The address that it leads to; `None` where it leads nowhere."""
        return self.headers.get("Location") if self.status_code in _REDIRECTS and "Location" in self.headers else None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """An attempt without an answer; `sent` if it may have arrived, `lasting` if the next would end the same way."""

    code: str
    reason: str
    sent: bool
    lasting: bool = False
