from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.admin.client import Clock
from tests.support.public.spec import JudgedTransport
from tests.support.sample import TOKEN, Sample, sample
from tests.workspace.conftest import new_url
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

__all__ = ["new_url"]

ACTOR = "Mara Lindholm"


@pytest.fixture
def workspace(database_kind: str) -> Iterator[Sample]:
    with sample(database_kind) as embedded:
        yield embedded


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(workspace: Sample, clock: Clock) -> Flask:
    return create_app(Settings(engine=workspace.engine, embedded=EphemeralToken(TOKEN, ACTOR), clock=clock))


@pytest.fixture
def api(app: Flask) -> httpx.Client:
    """The public API of the sample workspace; every answer is held against the vendor's description."""
    return httpx.Client(
        transport=JudgedTransport(httpx.WSGITransport(app)),
        base_url="http://workspace",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )


@pytest.fixture
def admin(app: Flask) -> httpx.Client:
    """The admin API of the same workspace."""
    return httpx.Client(
        transport=httpx.WSGITransport(app),
        base_url="http://workspace/portal_admin/v1",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
