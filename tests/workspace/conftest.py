from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.postgres import drop_database, new_database
from tests.workspace.populate import scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes empty databases of one kind; whatever asks for it is asked of both kinds."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path_factory.mktemp('scratch') / 'scratch.db'}"
        return
    made: list[str] = []

    def new() -> str:
        made.append(new_database())
        return made[-1]

    yield new
    for url in made:
        drop_database(url)


@pytest.fixture(scope="module")
def blank(new_url: Callable[[], str]) -> Iterator[Connection]:
    """A database with tables, attributes and tags but nobody in it; nothing is ever committed."""
    with scratch(new_url()) as connection:
        yield connection
