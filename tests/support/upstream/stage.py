"""The stage: one workspace of this repository plays Intercom, another one has it for its upstream."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx

from reconciler.target.rest import RestTarget
from tests.support import databases
from tests.support.public.spec import AT_HAND, JudgedTransport
from tests.support.sample import fill
from tests.support.upstream.vendor import TOKEN, Clock, Vendor
from workspace.upstream import observing
from workspace.upstream.intercom.api import Account, Api
from workspace.upstream.intercom.workspace import Intercom
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine


@dataclass
class Stage:
    """Both workspaces: `intercom` plays the vendor, `engine` is the database of the other; `vendor` connects them."""

    intercom: Engine
    engine: Engine
    vendor: Vendor
    clock: Clock = field(default_factory=Clock)

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now, UTC)

    def behind(self) -> httpx.Client:
        """The public API of Intercom as others use it, past everything that is bent."""
        return httpx.Client(
            transport=self.vendor.inner,
            base_url="http://intercom",
            headers={"Authorization": f"Bearer {TOKEN}", "Intercom-Version": "2.16"},
        )

    def upstream(self) -> Intercom:
        api = Api(
            Account("us", TOKEN),
            transport=self.vendor,
            sleep=self.clock.sleep,
            clock=self.clock,
            waiting=self.clock.note,
        )
        return Intercom(api, self.clock)

    def transport(self, actor: str = "ci") -> httpx.WSGITransport:
        settings = Settings(
            engine=self.engine,
            embedded=EphemeralToken(TOKEN, actor),
            clock=self.moment,
            upstream=self.upstream(),
            writes_per_minute=None,
        )
        return httpx.WSGITransport(app=create_app(settings))

    def admin(self, actor: str = "ci") -> httpx.Client:
        return httpx.Client(
            transport=self.transport(actor),
            base_url="http://upstream/portal_admin/v1",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    def target(self, actor: str = "ci") -> RestTarget:
        return RestTarget("Intercom", "http://upstream", TOKEN, self.transport(actor))

    def configuration(self, help_center: str = "acme", **params: str) -> Any:
        answer = self.admin().get(f"/help_centers/{help_center}/configuration", params=params)
        assert answer.is_success, answer.text
        return answer.json()


@contextmanager
def staged(kind: str = "sqlite", prepare: Callable[[Stage], object] | None = None) -> Iterator[Stage]:
    """Yield both workspaces, the first one filled from the example, the second one empty.

    `prepare` runs once before the first use, and each caller gets a copy of the result, on SQLite.
    """
    with databases.copied("sqlite", fill) as intercom, databases.copied(kind, databases.nothing) as engine:
        clock = Clock()
        if prepare is not None:
            *left, clock.now = _left_by(prepare)
            for one, path in zip((intercom, engine), left, strict=True):
                shutil.copy(path, str(one.url.database))
        app = create_app(
            Settings(
                engine=intercom,
                embedded=EphemeralToken(TOKEN, "Mara Lindholm"),
                clock=lambda: datetime.fromtimestamp(clock.now, UTC),
            )
        )
        inner: httpx.BaseTransport = httpx.WSGITransport(app=app)
        vendor = Vendor(JudgedTransport(inner) if AT_HAND else inner)
        yield Stage(intercom, engine, vendor, clock)
        assert not vendor.complaints, vendor.complaints


def looked(stage: Stage) -> None:
    """Let the second one look at all settings of the first one."""
    observing.look(stage.engine, stage.upstream())


@cache
def _left_by(prepare: Callable[[Stage], object]) -> tuple[str, str, float]:
    """Return copies of both databases as they are once a stage is prepared, and the moment of that."""
    with staged() as stage:
        prepare(stage)
        folder = databases.folder()
        for name, engine in (("intercom", stage.intercom), ("own", stage.engine)):
            # What stands beside a file is in it once nobody has it open.
            engine.dispose()
            shutil.copy(str(engine.url.database), f"{folder}/{name}.db")
        return f"{folder}/intercom.db", f"{folder}/own.db", stage.clock.now
