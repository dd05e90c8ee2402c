"""The parts of one running workspace application."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workspace.access.in_force import Kept
from workspace.core.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Engine

    from workspace.upstream.protocol import Upstream


CLOSE = "workspace.close"
"""The key in `Flask.extensions` of the function that closes an application's own database."""


@dataclass(frozen=True, slots=True)
class EphemeralToken:
    """A token for use inside one process, as `actor`: it lives as long as the application and is stored nowhere."""

    token: str = field(repr=False)
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The parts of an application for `workspace.web.app.create_app`.

    Attributes:
        engine: The database, migrated and initialised.
        embedded: A token beside those in the database.
        clock: The current moment in UTC.
        demo: True to serve a sample web application that signs anybody in as anybody.
        web_app: The address of the web application where customers sign in.
        requests_per_minute: The limit on a token's requests of the public API, spread over windows of ten seconds.
        writes_per_minute: The same for writes of the admin API; None where nobody else is kept waiting.
        look_again: The age at which an observation of the vendor is repeated, in seconds.
    """

    engine: Engine
    embedded: EphemeralToken | None = None
    clock: Callable[[], datetime] = utc_now
    demo: bool = False
    web_app: str | None = None
    requests_per_minute: int = 10_000
    writes_per_minute: int | None = 30_000
    kept: Kept = field(default_factory=Kept, repr=False, compare=False)
    upstream: Upstream | None = None
    look_again: float = 0.0
