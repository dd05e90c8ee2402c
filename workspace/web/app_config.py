"""What one running workspace application is made of."""

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
"""The key in `Flask.extensions` of what closes the database of an application that owns it."""


@dataclass(frozen=True, slots=True)
class EphemeralToken:
    """A token that lives as long as the application and is stored nowhere; for use inside one process.

    Attributes:
        token: The token itself.
        actor: In whose name it acts; stands in activity entries.
    """

    token: str = field(repr=False)
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `workspace.web.app.create_app` needs.

    Attributes:
        engine: The database, migrated and initialised; from `workspace.database.engine.engine_for`.
        embedded: A token beside those in the database.
        clock: Tells the current moment in UTC.
        demo: Whether to serve a sample web application that signs anybody in as anybody.
        web_app: The address of the web application where customers sign in; None where nobody said it.
        requests_per_minute: How many requests of the public REST API one token may make, spread over
            windows of ten seconds.
        writes_per_minute: How many writes of the admin API one token may make, in the same windows; None for as many as
            it likes, where nobody else is kept waiting.
        kept: What is in force, for as long as nobody changes it.
        upstream: The vendor's workspace whose settings and people these are; None where they live here.
        look_again: For how many seconds a look at the vendor is good enough.
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
