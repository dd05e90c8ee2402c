from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import KINDS, empty
from tests.support.workspace.populate import scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection


@pytest.fixture(scope="module", params=KINDS)
def new_url(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes empty databases of one kind; whatever asks for it is asked of both kinds."""
    with ExitStack() as made:
        yield lambda: made.enter_context(empty(request.param))


@pytest.fixture(scope="module")
def blank(new_url: Callable[[], str]) -> Iterator[Connection]:
    """A database with tables, attributes and tags but nobody in it; nothing is ever committed."""
    with scratch(new_url()) as connection:
        yield connection
