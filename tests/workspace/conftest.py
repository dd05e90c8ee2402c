from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from tests.workspace.populate import prepare
from workspace.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A database with tables, attributes and tags but nobody in it; nothing is ever committed."""
    engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('rules') / 'rules.db'}")
    metadata.create_all(engine)
    with engine.connect() as connection:
        prepare(connection)
        yield connection
    engine.dispose()
