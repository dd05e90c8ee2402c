"""The sample workspace of `examples/`, real and embedded, at a fixed moment."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import make_url

from reconciler.target.rest import RestTarget
from tests.support import databases
from tests.support.contract import CheckedTransport
from workspace.serve.seed import load as seed
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKEN = "a-token-of-the-tests"
NAME = "embedded workspace .portal/workspace.db"


def fill(engine: Engine) -> None:
    """Fill a database from `examples/workspace.yaml`."""
    seed.load_file(engine, ROOT / "examples" / "workspace.yaml")


def template() -> Path:
    """Return an SQLite file that was filled from `examples/workspace.yaml`."""
    return Path(make_url(databases.template("sqlite", fill)).database or "")


class Sample:
    """One copy of the sample workspace."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def transport(self, actor: str) -> httpx.BaseTransport:
        settings = Settings(engine=self.engine, embedded=EphemeralToken(TOKEN, actor), clock=lambda: NOW)
        return CheckedTransport(httpx.WSGITransport(app=create_app(settings)))

    def target(self, actor: str = "ci") -> RestTarget:
        """Return the workspace as the tool sees it."""
        return RestTarget(NAME, "http://sample", TOKEN, self.transport(actor))

    def client(self, actor: str = "Mara Lindholm") -> httpx.Client:
        """Return a client of the workspace under another name."""
        return httpx.Client(
            transport=self.transport(actor),
            base_url="http://sample/portal_admin/v1/",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    def meddle(self, method: str, path: str, body: Any) -> None:
        """Change something behind the tool's back, whatever its revision is."""
        with self.client() as client:
            read = path.removesuffix("/publish").removesuffix("/draft")
            read = f"{read}/draft" if read.endswith("homepage") else read
            tag = client.get(read).headers.get("ETag")
            condition = {"If-Match": tag} if tag else {"If-None-Match": "*"}
            answer = client.request(method, path, json=body, headers=condition)
            assert answer.is_success, answer.text


@contextmanager
def sample(kind: str = "sqlite") -> Iterator[Sample]:
    """Yield a copy of the sample workspace on a database of a kind, and drop it afterwards."""
    with databases.copied(kind, fill) as engine:
        yield Sample(engine)
