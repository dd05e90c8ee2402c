from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workspace.populate import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A database with tables, attributes and tags but nobody in it; nothing is ever committed."""
    with scratch(tmp_path_factory.mktemp("blank")) as connection:
        yield connection
